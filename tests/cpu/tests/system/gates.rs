//! Far transfers between code segments, directly and through call gates (SDM vol. 3, section 5.8).

use crate::case::*;

/// A call gate of DPL 3 at 30h to the landing.
fn gate(r: &Rig, target: u16, count: u32) {
    r.gate(sel::FREE, target, LANDING, access::CALL_32 | access::DPL_3, count);
}

/// A stack segment for ring 0 in the TSS.
fn stack_0(r: &Rig, selector: u16) {
    r.put(TSS + 8, u32::from(selector));
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_far_jump_gives_cs_the_rpl_of_cpl",
        manual: "SDM 3, 5.8.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 8:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x08, 0x00]),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Selector(Seg::Cs, 8)],
    },
    Case {
        name: "a_far_jump_to_code_of_another_dpl_faults",
        manual: "SDM 3, 5.8.1.1",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 8:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x08, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE, 0x1B])],
    },
    Case {
        name: "a_far_jump_with_an_rpl_above_cpl_faults",
        manual: "SDM 3, 5.8.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 0Bh:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x0B, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE])],
    },
    Case {
        name: "a_far_jump_to_conforming_code_keeps_cpl",
        manual: "SDM 3, 5.8.1.2",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 68h:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x68, 0x00]),
        setup: |r| {
            r.steps = Some(1);
        },
        want: &[Eip(LANDING), Selector(Seg::Cs, 0x6B), Cpl(3)],
    },
    Case {
        name: "conforming_code_of_less_privilege_is_out_of_reach",
        manual: "SDM 3, 5.8.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::CONFORMING | access::DPL_3);
        },
        want: &[Vector(13), Stack(&[0x30, CODE])],
    },
    Case {
        name: "a_far_jump_to_null_faults",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 3:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "a_far_jump_to_data_faults",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 10h:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x10, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE])],
    },
    Case {
        name: "a_far_jump_to_an_ldt_faults",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 40h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x40, CODE])],
    },
    Case {
        name: "a_far_jump_to_code_that_is_not_present_faults",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::CODE & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, CODE])],
    },
    Case {
        name: "a_far_jump_beyond_the_new_limit_faults",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:18000h", &[0xEA, 0x00, 0x80, 0x01, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.segment(sel::FREE, 0, 0x1_7FFF, access::CODE);
        },
        want: &[Vector(13), Stack(&[0, CODE, 8])],
    },
    Case {
        name: "a_far_call_pushes_the_return_address",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring0,
        code: ("call 8:18000h", &[0x9A, 0x00, 0x80, 0x01, 0x00, 0x08, 0x00]),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Stack(&[CODE + 7, 8]), Gpr(Reg::Esp, 0x5FF8)],
    },
    Case {
        name: "a_far_call_that_faults_pushes_nothing",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 30h:18000h", &[0x9A, 0x00, 0x80, 0x01, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.segment(sel::FREE, 0, 0x1_7FFF, access::CODE | access::DPL_3);
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B]), Memory(0x6FF8, u32::MAX, 0x6000)],
    },
    Case {
        name: "a_call_gate_overrides_the_offset",
        manual: "SDM 3, 5.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("call 30h:12345678h", &[0x9A, 0x78, 0x56, 0x34, 0x12, 0x30, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_0, 0);
        },
        want: &[Halted(LANDING + 1), Stack(&[CODE + 7, 8])],
    },
    Case {
        name: "a_call_gate_to_more_privilege_switches_stacks",
        manual: "SDM 3, 5.8.5",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_0, 0);
        },
        want: &[
            Halted(LANDING + 1),
            Stack(&[CODE + 7, 0x1B, 0x6000, 0x23]),
            Cpl(0),
            Gpr(Reg::Esp, 0x6FF0),
            Selector(Seg::Ss, sel::DATA_0),
        ],
    },
    Case {
        name: "cpu_03_a_call_gate_gives_cs_the_rpl_of_the_new_cpl",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_0 | 3, 0);
        },
        want: &[Halted(LANDING + 1), Selector(Seg::Cs, 8)],
    },
    Case {
        name: "a_call_gate_to_ring_1_takes_the_stack_of_ring_1",
        manual: "SDM 3, 5.8.5",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.steps = Some(1);
        },
        want: &[
            Eip(LANDING),
            Cpl(1),
            Selector(Seg::Cs, 0x59),
            Selector(Seg::Ss, 0x61),
            Gpr(Reg::Esp, 0x73F0),
        ],
    },
    Case {
        name: "a_call_gate_copies_its_parameters",
        manual: "SDM 3, 5.8.5",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 11h / push 22h / call 33h:0",
            &[0x6A, 0x11, 0x6A, 0x22, 0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00],
        ),
        setup: |r| {
            gate(r, sel::CODE_0, 2);
        },
        want: &[Halted(LANDING + 1), Stack(&[CODE + 11, 0x1B, 0x22, 0x11, 0x5FF8, 0x23])],
    },
    Case {
        name: "cpu_04_a_16_bit_call_gate_has_16_bits_of_offset_and_pushes_words",
        manual: "SDM 3, 5.8.3; 21.4",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 11112222h / call 33h:0",
            &[0x68, 0x22, 0x22, 0x11, 0x11, 0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00],
        ),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, 0x5_8000, access::CALL_16 | access::DPL_3, 2);
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Words(&[0x000C, 0x1B, 0x2222, 0x1111, 0x5FFC, 0x23])],
    },
    Case {
        name: "a_gate_in_the_ldt_serves",
        manual: "SDM 3, 5.8.3",
        on: FROM_386,
        start: Ring3,
        code: ("call 0Fh:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x0F, 0x00]),
        setup: |r| {
            r.gate(0x0C, sel::CODE_0, LANDING, access::CALL_32 | access::DPL_3, 0);
        },
        want: &[Halted(LANDING + 1), Stack(&[CODE + 7, 0x1B])],
    },
    Case {
        name: "a_gate_below_cpl_is_out_of_reach",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring3,
        code: ("call 30h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, LANDING, access::CALL_32, 0);
        },
        want: &[Vector(13), Stack(&[0x30, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_below_the_rpl_is_out_of_reach",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring0,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, LANDING, access::CALL_32, 0);
        },
        want: &[Vector(13), Stack(&[0x30, CODE])],
    },
    Case {
        name: "a_gate_that_is_not_present_faults_with_its_selector",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, LANDING, (access::CALL_32 | access::DPL_3) & !access::PRESENT, 0);
        },
        want: &[Vector(11), Stack(&[0x30, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_to_null_faults",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, 0, 0);
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_to_beyond_the_table_faults",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::BEYOND, 0);
        },
        want: &[Vector(13), Stack(&[0x200, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_to_data_faults",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::DATA_0, 0);
        },
        want: &[Vector(13), Stack(&[0x10, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_to_less_privilege_faults",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring0,
        code: ("call 30h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_3, 0);
        },
        want: &[Vector(13), Stack(&[0x18, CODE])],
    },
    Case {
        name: "a_gate_to_code_that_is_not_present_faults",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.segment(sel::FREE_2, 0, u32::MAX, access::CODE & !access::PRESENT);
            gate(r, sel::FREE_2, 0);
        },
        want: &[Vector(11), Stack(&[0x38, CODE, 0x1B])],
    },
    Case {
        name: "a_jump_through_a_gate_cannot_gain_privilege",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 33h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_0, 0);
        },
        want: &[Vector(13), Stack(&[8, CODE, 0x1B])],
    },
    Case {
        name: "a_jump_through_a_gate_reaches_conforming_code",
        manual: "SDM 3, 5.8.4",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 33h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CONFORMING, 0);
            r.steps = Some(1);
        },
        want: &[Eip(LANDING), Cpl(3), Selector(Seg::Cs, 0x6B)],
    },
    Case {
        name: "a_call_through_a_gate_to_conforming_code_keeps_the_stack",
        manual: "SDM 3, 5.8.5",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CONFORMING, 3);
            r.steps = Some(1);
        },
        want: &[Eip(LANDING), Cpl(3), Gpr(Reg::Esp, 0x5FF8), Stack(&[CODE + 7, 0x1B])],
    },
    Case {
        name: "a_null_inner_stack_is_an_invalid_tss",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.put(TSS + 16, 0);
        },
        want: &[Vector(10), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_beyond_the_table_is_an_invalid_tss",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.put(TSS + 16, 0x201);
        },
        want: &[Vector(10), Stack(&[0x200, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_of_another_rpl_is_an_invalid_tss",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.put(TSS + 16, 0x60);
        },
        want: &[Vector(10), Stack(&[0x60, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_of_another_dpl_is_an_invalid_tss",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.put(TSS + 16, 0x11);
        },
        want: &[Vector(10), Stack(&[0x10, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_that_cannot_be_written_is_an_invalid_tss",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.segment(sel::FREE_2, 0, u32::MAX, access::READ_ONLY | 0x20);
            r.put(TSS + 16, 0x39);
        },
        want: &[Vector(10), Stack(&[0x38, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_that_is_not_present_is_a_stack_fault",
        manual: "SDM 3, 6.15 (vector 12)",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.segment(sel::FREE_2, 0, u32::MAX, 0x32);
            r.put(TSS + 16, 0x39);
        },
        want: &[Vector(12), Stack(&[0x38, CODE, 0x1B])],
    },
    Case {
        name: "an_inner_stack_without_room_is_a_stack_fault_with_its_selector",
        manual: "SDM 3, 6.15 (vector 12)",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.segment(sel::FREE_2, 0, 0x73FF, access::DOWN | 0x20);
            r.put(TSS + 16, 0x39);
        },
        want: &[Vector(12), Stack(&[0x38, CODE, 0x1B, 0x1_0202, 0x6000, 0x23])],
    },
    Case {
        name: "a_tss_too_short_for_the_inner_stack_is_invalid",
        manual: "SDM 3, table 6-6",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            gate(r, sel::CODE_1, 0);
            r.cpu.tr.limit = 0x10;
        },
        want: &[Vector(10), Stack(&[0x28, CODE, 0x1B])],
    },
    Case {
        name: "a_gate_to_an_offset_beyond_the_limit_faults_on_the_old_stack",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.segment(sel::FREE_2, 0, 0xFFFF, access::CODE);
            gate(r, sel::FREE_2, 0);
            stack_0(r, sel::DATA_0);
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B, 0x1_0202, 0x6000, 0x23])],
    },
];
