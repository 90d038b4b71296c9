//! Interrupts and exceptions through the gates of the IDT (SDM vol. 3, sections 6.10-6.13).

use crate::case::*;

const IF: u32 = 1 << 9;

pub(crate) const CASES: &[Case] = &[
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
        name: "delivery_clears_tf_and_nt_and_int_n_has_cleared_rf",
        manual: "SDM 3, 6.12.1, 17.3.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 0x1_4000;
        },
        want: &[Vector(0x40), Flags(0x1_4100, 0), Stack(&[CODE + 2, 8, 0x4002])],
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
];
