//! Interrupts and exceptions: gates, frames, error codes, priorities, shadows (SDM vol. 3, chapter 6).

use crate::case::*;

const RF: u32 = 1 << 16;
const IF: u32 = 1 << 9;

pub(crate) const CASES: &[Case] = &[
    // Gates.
    Case {
        name: "int_n_wants_a_gate_of_its_privilege",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x202, CODE, 0x1B, 0x1_0202, 0x6000, 0x23])],
    },
    Case {
        name: "int_n_through_a_gate_of_dpl_3_pushes_the_next_address",
        manual: "SDM 3, 6.12.1",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(0x40), Stack(&[CODE + 2, 0x1B, 0x202, 0x6000, 0x23]), Gpr(Reg::Esp, 0x6FEC), Cpl(0)],
    },
    Case {
        name: "int3_wants_a_gate_of_its_privilege",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("int3", &[0xCC]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x1A, CODE, 0x1B])],
    },
    Case {
        name: "into_wants_a_gate_of_its_privilege",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("into", &[0xCE]),
        setup: |r| {
            r.cpu.eflags |= 1 << 11;
        },
        want: &[Vector(13), Stack(&[0x22, CODE, 0x1B])],
    },
    Case {
        name: "into_without_overflow_goes_on",
        manual: "SDM 2, INT n/INTO",
        on: FROM_386,
        start: Ring0,
        code: ("into / hlt", &[0xCE, 0xF4]),
        setup: |_| {},
        want: &[Halted(CODE + 2)],
    },
    Case {
        name: "icebp_asks_no_privilege_and_leaves_dr6",
        manual: "SDM 2, INT1",
        on: FROM_386,
        start: Ring3,
        code: ("db 0F1h", &[0xF1]),
        setup: |_| {},
        want: &[Vector(1), Stack(&[CODE + 1, 0x1B, 0x202]), Dr(6, 0xF00F, 0)],
    },
    Case {
        name: "an_exception_asks_no_privilege",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE, 0x1B, 0x1_0202, 0x6000, 0x23])],
    },
    Case {
        name: "an_external_interrupt_asks_no_privilege",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE, 0x1B, 0x202, 0x6000, 0x23])],
    },
    Case {
        name: "int_n_beyond_the_idt_faults",
        manual: "SDM 3, 6.15 (vector 13)",
        on: FROM_386,
        start: Ring0,
        code: ("int 80h", &[0xCD, 0x80]),
        setup: |r| {
            r.cpu.idtr.limit = 0x3FF;
        },
        want: &[Vector(13), Stack(&[0x402, CODE])],
    },
    Case {
        name: "an_external_interrupt_beyond_the_idt_faults_with_ext",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring3,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.cpu.idtr.limit = 0x3FF;
            r.board.irq = Some(0x80);
        },
        want: &[Vector(13), Stack(&[0x403, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_that_is_not_present_faults_with_its_vector",
        manual: "SDM 3, 6.15 (vector 11)",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS, access::INTERRUPT_32 & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x202, CODE])],
    },
    Case {
        name: "an_exceptions_gate_that_is_not_present_faults_with_ext",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.vector(6, sel::CODE_0, HANDLERS, access::INTERRUPT_32 & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x33, CODE])],
    },
    Case {
        name: "a_call_gate_in_the_idt_faults",
        manual: "SDM 3, 6.11",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS, access::CALL_32);
        },
        want: &[Vector(13), Stack(&[0x202, CODE])],
    },
    Case {
        name: "an_interrupt_gate_clears_if",
        manual: "SDM 3, 6.12.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("sti / int 40h", &[0xFB, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(0x40), Flags(IF, 0), Stack(&[CODE + 3, 8, 0x202])],
    },
    Case {
        name: "a_trap_gate_keeps_if",
        manual: "SDM 3, 6.12.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("sti / int 40h", &[0xFB, 0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::TRAP_32);
        },
        want: &[Vector(0x40), Flags(IF, IF)],
    },
    Case {
        name: "delivery_clears_tf_nt_and_rf",
        manual: "SDM 3, 6.12.1",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 0x1_4000;
        },
        want: &[Vector(0x40), Flags(0x1_4100, 0), Stack(&[CODE + 2, 8, 0x1_4002])],
    },
    Case {
        name: "a_16_bit_gate_pushes_words_and_has_16_bits_of_offset",
        manual: "SDM 3, 21.4",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, 0x5_0000 + HANDLERS + 0x400, access::INTERRUPT_16);
        },
        want: &[Vector(0x40), Words(&[2, 8, 2]), Gpr(Reg::Esp, 0x5FFA)],
    },
    Case {
        name: "a_16_bit_trap_gate_keeps_if",
        manual: "SDM 3, 6.12.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("sti / int 40h", &[0xFB, 0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::TRAP_16);
        },
        want: &[Vector(0x40), Flags(IF, IF)],
    },
    Case {
        name: "a_gate_to_null_faults",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, 0, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "an_exceptions_gate_to_null_faults_with_ext",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.vector(6, 0, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[1, CODE])],
    },
    Case {
        name: "a_gate_to_data_faults",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::DATA_0, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0x10, CODE])],
    },
    Case {
        name: "a_gate_to_less_privilege_faults",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_3, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0x18, CODE])],
    },
    Case {
        name: "a_gate_to_code_that_is_not_present_faults",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::CODE & !access::PRESENT);
            r.vector(0x40, sel::FREE, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(11), Stack(&[0x30, CODE])],
    },
    Case {
        name: "a_gate_beyond_the_limit_of_its_code_faults",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.segment(sel::FREE, 0, 0xFF, access::CODE);
            r.vector(0x40, sel::FREE, HANDLERS, access::INTERRUPT_32);
        },
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "conforming_handlers_keep_cpl_and_stack",
        manual: "SDM 3, 6.12.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CONFORMING, LANDING, access::INTERRUPT_32 | access::DPL_3);
            r.steps = Some(1);
        },
        want: &[
            Eip(LANDING),
            Cpl(3),
            Selector(Seg::Cs, 0x6B),
            Stack(&[CODE + 2, 0x1B, 0x202]),
            Gpr(Reg::Esp, 0x5FF4),
        ],
    },
    Case {
        name: "a_bad_inner_stack_is_an_invalid_tss_with_ext",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring3,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.vector(6, sel::CODE_1, HANDLERS, access::INTERRUPT_32);
            r.put(TSS + 16, 0x60);
        },
        want: &[Vector(10), Stack(&[0x61, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_without_room_is_a_stack_fault_with_its_selector",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_1, HANDLERS, access::INTERRUPT_32 | access::DPL_3);
            r.segment(sel::FREE, 0, 0x73F7, access::DOWN | 0x20);
            r.put(TSS + 16, 0x31);
        },
        want: &[Vector(12), Stack(&[0x30, CODE, 0x1B, 0x1_0202, 0x6000, 0x23])],
    },
    Case {
        name: "a_page_fault_on_the_inner_stack_is_a_supervisor_write",
        manual: "SDM 3, 6.15 (vector 14)",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS, access::INTERRUPT_32 | access::DPL_3);
            r.page(0x6000, 0);
            r.vector(14, sel::TSS_32, 0, access::TASK_GATE);
            r.task_32();
            r.put(TSS_32 + 0x1C, 0x4_0000);
        },
        want: &[Halted(LANDING + 1), Cr2(0x6FFC), Stack(&[2]), Memory(TSS + 0x20, u32::MAX, CODE)],
    },
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
        start: Ring0,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |r| {
            r.page(0x9000, 0);
            r.segment(sel::FREE, 0, 0, access::CODE);
            r.cpu.idtr.base = 0x8FF8;
            r.ram.put_copy(0x1000, 0x8FF8, 8);
            for n in 0..32 {
                r.put(0x8FF8 + 8 * n, r.get(IDT + 8 * n));
                r.put(0x8FFC + 8 * n, r.get(IDT + 4 + 8 * n));
            }
        },
        want: &[Shutdown],
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
    // Masking.
    Case {
        name: "interrupts_wait_while_if_is_clear",
        manual: "SDM 3, 6.8.1",
        on: FROM_386,
        start: Ring0,
        code: ("nop / hlt", &[0x90, 0xF4]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Halted(CODE + 2)],
    },
    Case {
        name: "sti_lets_one_more_instruction_through",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / inc eax / inc eax", &[0xFB, 0x40, 0x40]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 2, 8]), Gpr(Reg::Eax, 1)],
    },
    Case {
        name: "sti_with_interrupts_on_shields_nothing",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / nop / sti / inc eax", &[0xFB, 0x90, 0xFB, 0x40]),
        setup: |r| {
            r.cpu.eflags |= IF;
            r.cpu.interruptibility.sti_shadow = true;
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 1, 8]), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "sti_before_cli_lets_nothing_in",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / cli / hlt", &[0xFB, 0xFA, 0xF4]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Halted(CODE + 3)],
    },
    Case {
        name: "sti_before_hlt_wakes_behind_it",
        manual: "SDM 2, HLT",
        on: FROM_386,
        start: Ring0,
        code: ("sti / hlt / nop", &[0xFB, 0xF4, 0x90]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 2, 8])],
    },
    Case {
        name: "popf_shields_nothing",
        manual: "SDM 3, 6.8.1",
        on: FROM_386,
        start: Ring0,
        code: ("push 202h / popf / inc eax", &[0x68, 0x02, 0x02, 0x00, 0x00, 0x9D, 0x40]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 6, 8]), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "mov_ss_shields_the_next_instruction",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, ss / mov ss, ax / inc ecx / inc ecx", &[0x66, 0x8C, 0xD0, 0x8E, 0xD0, 0x41, 0x41]),
        setup: |r| {
            r.cpu.eflags |= IF;
            r.cpu.interruptibility.ss_shadow = true;
            r.board.irq = Some(0x30);
            r.put8(CODE, 0x66);
        },
        want: &[Vector(0x30)],
    },
    Case {
        name: "pop_ss_shields_the_next_instruction",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("push ss / sti / pop ss / inc ecx / inc ecx", &[0x16, 0xFB, 0x17, 0x41, 0x41]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 4, 8]), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "lss_shields_nothing",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("sti / lss esp, [30000h] / inc ecx", &[0xFB, 0x0F, 0xB2, 0x25, 0x00, 0x00, 0x03, 0x00, 0x41]),
        setup: |r| {
            r.put(DATA, 0x6000);
            r.put(DATA + 4, 0x10);
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 8, 8]), Gpr(Reg::Ecx, 0)],
    },
    Case {
        name: "cli_above_iopl_faults",
        manual: "SDM 2, CLI",
        on: FROM_386,
        start: Ring3,
        code: ("cli", &[0xFA]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "sti_at_iopl_passes",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring3,
        code: ("cli / sti / int 40h", &[0xFA, 0xFB, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 0x3000;
        },
        want: &[Vector(13), Stack(&[0x202, CODE + 2, 0x1B, 0x1_3202])],
    },
    Case {
        name: "popf_above_iopl_keeps_if_silently",
        manual: "SDM 2, POPF",
        on: FROM_386,
        start: Ring3,
        code: ("push 0 / popf / int 40h", &[0x6A, 0x00, 0x9D, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x202, CODE + 3, 0x1B, 0x1_0202])],
    },
    Case {
        name: "popf_above_ring_0_keeps_iopl",
        manual: "SDM 2, POPF",
        on: FROM_386,
        start: Ring3,
        code: ("push 3002h / popf / int 40h", &[0x68, 0x02, 0x30, 0x00, 0x00, 0x9D, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x202, CODE + 6, 0x1B, 0x1_0202])],
    },
    Case {
        name: "pushfd_hides_rf_and_vm",
        manual: "SDM 2, PUSHF",
        on: FROM_386,
        start: Ring0,
        code: ("pushf / pop eax / hlt", &[0x9C, 0x58, 0xF4]),
        setup: |r| {
            r.cpu.eflags |= RF;
        },
        want: &[Gpr(Reg::Eax, 2)],
    },
    Case {
        name: "popfd_changes_what_the_model_has_of_ac_and_id",
        manual: "SDM 3, 2.3",
        on: &[Model::I386],
        start: Ring0,
        code: (
            "push 240002h / popf / pushf / pop eax / hlt",
            &[0x68, 0x02, 0x00, 0x24, 0x00, 0x9D, 0x9C, 0x58, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 2)],
    },
    Case {
        name: "popfd_leaves_vif_and_vip",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "push 240002h / popf / pushf / pop eax / hlt",
            &[0x68, 0x02, 0x00, 0x24, 0x00, 0x9D, 0x9C, 0x58, 0xF4],
        ),
        setup: |r| {
            r.cpu.eflags |= 0x18_0000;
        },
        want: &[Gpr(Reg::Eax, 0x3C_0002)],
    },
    Case {
        name: "an_nmi_comes_with_interrupts_off",
        manual: "SDM 3, 6.7",
        on: FROM_386,
        start: Ring0,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.cpu.interruptibility.nmi_pending = true;
        },
        want: &[Vector(2), Stack(&[CODE, 8, 2])],
    },
    Case {
        name: "an_nmi_waits_for_the_iret_of_another",
        manual: "SDM 3, 6.7.1",
        on: FROM_386,
        start: Ring0,
        code: (
            "inc eax / push 2 / push 8 / push 10010h / iret / times 8 nop / inc eax / hlt",
            &[
                0x40, 0x6A, 0x02, 0x6A, 0x08, 0x68, 0x10, 0x00, 0x01, 0x00, 0xCF, 0x90, 0x90, 0x90, 0x90,
                0x90, 0x90, 0x90, 0x90, 0x40, 0xF4,
            ],
        ),
        setup: |r| {
            r.cpu.interruptibility.nmi_pending = true;
            r.cpu.interruptibility.nmi_blocked = true;
            r.put8(CODE + 0x10, 0x90);
        },
        want: &[Vector(2), Stack(&[CODE + 0x10, 8, 2]), Gpr(Reg::Eax, 1)],
    },
    Case {
        name: "an_nmi_wakes_a_halted_cpu",
        manual: "SDM 2, HLT",
        on: FROM_386,
        start: Ring0,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.cpu.halted = true;
            r.cpu.interruptibility.nmi_pending = true;
        },
        want: &[Vector(2), Stack(&[CODE, 8, 2])],
    },
    // Real mode.
    Case {
        name: "real_mode_pushes_flags_cs_and_ip",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("sti / int 40h", &[0xFB, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(0x40), Words(&[3, 0x1000, 0x202]), Flags(0x300, 0)],
    },
    Case {
        name: "real_mode_faults_push_no_code",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("mov eax, [0FFFEh]", &[0x66, 0xA1, 0xFE, 0xFF]),
        setup: |_| {},
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "the_table_of_real_mode_can_move",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("lidt [0] / int 1", &[0x0F, 0x01, 0x1E, 0x00, 0x00, 0xCD, 0x01]),
        setup: |r| {
            r.put(DATA, 0x1000_03FF);
            r.put(DATA + 4, 0x3);
            r.put(0x3_1004, 0x0800_0420);
        },
        want: &[Vector(0x42)],
    },
    Case {
        name: "a_table_too_short_for_int_n_is_a_double_fault_up_to_the_486",
        manual: "386, 14.7; 486, 23.7",
        on: FROM_386.split_at(2).0,
        start: Real,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.idtr.limit = 0xFF;
        },
        want: &[Vector(8), Words(&[0, 0x1000])],
    },
    Case {
        name: "a_table_too_short_for_int_n_is_a_protection_fault_since_the_pentium",
        manual: "SDM 2, INT n (real-address mode)",
        on: FROM_PENTIUM,
        start: Real,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.idtr.limit = 0xFF;
        },
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "a_real_mode_stack_without_room_shuts_down",
        manual: "SDM 2, INT n (real-address mode)",
        on: FROM_386,
        start: Real,
        code: ("mov sp, 1 / int 40h", &[0xBC, 0x01, 0x00, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Shutdown],
    },
];
