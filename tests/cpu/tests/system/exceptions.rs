//! What each exception saves, and faults while one is delivered (SDM vol. 3, section 6.15).

use crate::case::*;

const RF: u32 = 1 << 16;

pub(crate) const CASES: &[Case] = &[
    // Frames and error codes.
    Case {
        name: "a_divide_error_saves_its_own_address_and_no_code",
        manual: "SDM 3, 6.15 (vector 0)",
        on: FROM_386,
        start: Ring0,
        code: ("xor ecx, ecx / div ecx", &[0x31, 0xC9, 0xF7, 0xF1]),
        setup: |_| {},
        want: &[Vector(0), Stack(&[CODE + 2, 8, RF | 0x46])],
    },
    Case {
        name: "the_smallest_quotient_divides_without_error",
        manual: "SDM 3, 21.18.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 8000h / mov cl, 1 / cwd / mov cx, 1 / idiv cx / hlt",
            &[0x66, 0xB8, 0x00, 0x80, 0xB1, 0x01, 0x66, 0x99, 0x66, 0xB9, 0x01, 0x00, 0x66, 0xF7, 0xF9, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x8000)],
    },
    Case {
        name: "int3_is_a_trap",
        manual: "SDM 3, 6.15 (vector 3)",
        on: FROM_386,
        start: Ring0,
        code: ("int3", &[0xCC]),
        setup: |_| {},
        want: &[Vector(3), Stack(&[CODE + 1, 8, 2])],
    },
    Case {
        name: "into_is_a_trap",
        manual: "SDM 3, 6.15 (vector 4)",
        on: FROM_386,
        start: Ring0,
        code: ("into", &[0xCE]),
        setup: |r| {
            r.cpu.eflags |= 1 << 11;
        },
        want: &[Vector(4), Stack(&[CODE + 1, 8, 0x802])],
    },
    Case {
        name: "bound_is_a_fault",
        manual: "SDM 3, 6.15 (vector 5)",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 5 / bound eax, [30000h]",
            &[0xB8, 0x05, 0x00, 0x00, 0x00, 0x62, 0x05, 0x00, 0x00, 0x03, 0x00],
        ),
        setup: |r| {
            r.put(DATA, 6);
            r.put(DATA + 4, 7);
        },
        want: &[Vector(5), Stack(&[CODE + 5, 8, RF | 2])],
    },
    Case {
        name: "ud2_is_a_fault_on_every_model",
        manual: "SDM 3, 6.15 (vector 6)",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE, 8, RF | 2])],
    },
    Case {
        name: "the_fpu_is_not_available_with_ts_or_em",
        manual: "SDM 3, 6.15 (vector 7)",
        on: FROM_386,
        start: Ring0,
        code: ("fld1", &[0xD9, 0xE8]),
        setup: |r| {
            r.cpu.cr0 |= 8;
        },
        want: &[Vector(7), Stack(&[CODE, 8, RF | 2])],
    },
    Case {
        name: "wait_asks_ts_and_mp_together",
        manual: "SDM 3, 2.5 (CR0.MP)",
        on: FROM_386,
        start: Ring0,
        code: (
            "wait / mov eax, cr0 / or al, 2 / mov cr0, eax / wait",
            &[0x9B, 0x0F, 0x20, 0xC0, 0x0C, 0x02, 0x0F, 0x22, 0xC0, 0x9B],
        ),
        setup: |r| {
            r.cpu.cr0 = r.cpu.cr0 & !2 | 8;
        },
        want: &[Vector(7), Stack(&[CODE + 9, 8])],
    },
    Case {
        name: "alignment_faults_have_a_code_of_zero",
        manual: "SDM 3, 6.15 (vector 17)",
        on: FROM_486,
        start: Ring3,
        code: ("mov eax, [30001h]", &[0xA1, 0x01, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.cpu.cr0 |= 1 << 18;
            r.cpu.eflags |= 1 << 18;
        },
        want: &[Vector(17), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "alignment_is_not_checked_below_ring_3",
        manual: "SDM 3, 6.15 (vector 17)",
        on: FROM_486,
        start: Ring0,
        code: ("mov eax, [30001h] / hlt", &[0xA1, 0x01, 0x00, 0x03, 0x00, 0xF4]),
        setup: |r| {
            r.cpu.cr0 |= 1 << 18;
            r.cpu.eflags |= 1 << 18;
        },
        want: &[Halted(CODE + 6)],
    },
    Case {
        name: "alignment_is_not_checked_without_am",
        manual: "SDM 3, 2.5 (CR0.AM)",
        on: FROM_486,
        start: Ring3,
        code: ("mov eax, [30001h] / int 40h", &[0xA1, 0x01, 0x00, 0x03, 0x00, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 1 << 18;
        },
        want: &[Vector(13)],
    },
    Case {
        name: "a_386_checks_no_alignment",
        manual: "486, B.1",
        on: &[Model::I386],
        start: Ring3,
        code: ("mov eax, [30001h] / int 40h", &[0xA1, 0x01, 0x00, 0x03, 0x00, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.cr0 |= 1 << 18;
            r.cpu.eflags |= 1 << 18;
        },
        want: &[Vector(13)],
    },
    Case {
        name: "words_align_to_two_bytes",
        manual: "SDM 3, table 6-7",
        on: FROM_486,
        start: Ring3,
        code: (
            "mov ax, [30002h] / mov al, [30003h] / mov ax, [30003h]",
            &[
                0x66, 0xA1, 0x02, 0x00, 0x03, 0x00, 0xA0, 0x03, 0x00, 0x03, 0x00, 0x66, 0xA1, 0x03, 0x00,
                0x03, 0x00,
            ],
        ),
        setup: |r| {
            r.cpu.cr0 |= 1 << 18;
            r.cpu.eflags |= 1 << 18;
        },
        want: &[Vector(17), Stack(&[0, CODE + 11, 0x1B])],
    },
    Case {
        name: "delivery_itself_checks_no_alignment",
        manual: "SDM 3, 6.15 (vector 17)",
        on: FROM_486,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.cr0 |= 1 << 18;
            r.cpu.eflags |= 1 << 18;
            r.put(TSS + 4, 0x6FFD);
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(0x40), Gpr(Reg::Esp, 0x6FE9)],
    },
    Case {
        name: "hlt_is_privileged",
        manual: "SDM 2, HLT",
        on: FROM_386,
        start: Ring3,
        code: ("hlt", &[0xF4]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "an_instruction_of_more_than_15_bytes_is_a_general_protection_fault",
        manual: "SDM 3, 6.15 (vector 13)",
        on: FROM_386,
        start: Ring0,
        code: (
            "times 15 db 2Eh / nop",
            &[0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x2E, 0x90],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "lock_where_it_may_not_stand_is_invalid",
        manual: "SDM 2, LOCK",
        on: FROM_386,
        start: Ring0,
        code: ("db 0F0h / nop", &[0xF0, 0x90]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    // Faults while an exception is delivered.
    Case {
        name: "two_contributory_faults_make_a_double_fault",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |r| {
            r.vector(13, sel::CODE_0, HANDLERS, access::INTERRUPT_32 & !access::PRESENT);
        },
        want: &[Vector(8), Stack(&[0, CODE + 4, 8])],
    },
    Case {
        name: "a_contributory_fault_after_a_benign_one_is_served",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.vector(6, sel::BEYOND, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0x201, CODE, 8])],
    },
    Case {
        name: "a_page_fault_after_a_contributory_one_is_served",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |r| {
            r.page(0x6000, 0);
            r.vector(14, sel::TSS_32, 0, access::TASK_GATE);
            r.task_32();
            r.put(TSS_32 + 0x1C, 0x4_0000);
        },
        want: &[Halted(LANDING + 1), Cr2(0x6FFC), Stack(&[2]), Memory(TSS + 0x20, u32::MAX, CODE + 4)],
    },
    Case {
        name: "a_page_fault_while_a_page_fault_is_delivered_is_a_double_fault",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring3,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(0x6000, 0);
            r.page(DATA, 0);
            r.vector(8, sel::TSS_32, 0, access::TASK_GATE);
            r.task_32();
            r.put(TSS_32 + 0x1C, 0x4_0000);
        },
        want: &[Halted(LANDING + 1), Cr2(0x6FFC), Stack(&[0])],
    },
    Case {
        name: "a_fault_while_a_page_fault_is_delivered_is_a_double_fault",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(DATA, 0);
            r.vector(14, sel::BEYOND, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(8), Stack(&[0, CODE, 8]), Cr2(DATA)],
    },
    Case {
        name: "a_fault_while_a_double_fault_is_delivered_shuts_down",
        manual: "SDM 3, 6.15 (vector 8)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |r| {
            r.cpu.idtr.limit = 0;
        },
        want: &[Shutdown],
    },
    Case {
        name: "an_external_interrupt_is_benign",
        manual: "SDM 3, table 6-5",
        on: FROM_386,
        start: Ring3,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.board.irq = Some(0x30);
            r.vector(0x30, sel::DATA_0, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0x11, CODE, 0x1B])],
    },
    Case {
        name: "a_stack_fault_in_its_own_ring_shuts_down",
        manual: "SDM 3, 6.15 (vector 8)",
        on: FROM_386,
        start: Ring0,
        code: ("push eax", &[0x50]),
        setup: |r| {
            r.cpu.gpr[4] = 2;
            r.cpu.seg[2].limit = 0x5FFF;
        },
        want: &[Shutdown],
    },
];
