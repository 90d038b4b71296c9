//! RETF and IRET between privileges (SDM vol. 3, sections 5.8.6 and 6.12.1; vol. 2, RET and IRET).

use crate::case::*;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "retf_in_the_same_ring_pops_two",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 8 / push 18000h / retf", &[0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Gpr(Reg::Esp, 0x6000)],
    },
    Case {
        name: "retf_releases_parameters",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 8 / push 18000h / retf 20h",
            &[0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCA, 0x20, 0x00],
        ),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Gpr(Reg::Esp, 0x6020)],
    },
    Case {
        name: "retf_to_less_privilege_pops_the_stack_too",
        manual: "SDM 3, 5.8.6",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 23h / push 5000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x23, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |r| {
            r.steps = Some(5);
        },
        want: &[
            Eip(LANDING),
            Cpl(3),
            Selector(Seg::Ss, 0x23),
            Gpr(Reg::Esp, 0x5000),
            Selector(Seg::Cs, 0x1B),
        ],
    },
    Case {
        name: "retf_releases_parameters_of_both_stacks",
        manual: "SDM 3, 5.8.6",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 23h / push 5000h / sub esp, 8 / push 1Bh / push 18000h / retf 8",
            &[
                0x6A, 0x23, 0x68, 0x00, 0x50, 0x00, 0x00, 0x83, 0xEC, 0x08, 0x6A, 0x1B, 0x68, 0x00, 0x80,
                0x01, 0x00, 0xCA, 0x08, 0x00,
            ],
        ),
        setup: |r| {
            r.steps = Some(6);
        },
        want: &[Eip(LANDING), Cpl(3), Gpr(Reg::Esp, 0x5008)],
    },
    Case {
        name: "a_return_to_less_privilege_hides_inner_segments",
        manual: "SDM 3, 5.8.6",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 23h / mov es, ax / mov ax, 68h / mov fs, ax / push 23h / push 5000h / push 1Bh / push 18000h / retf",
            &[
                0x66, 0xB8, 0x23, 0x00, 0x8E, 0xC0, 0x66, 0xB8, 0x68, 0x00, 0x8E, 0xE0, 0x6A, 0x23, 0x68,
                0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB,
            ],
        ),
        setup: |r| {
            r.steps = Some(9);
        },
        want: &[
            Eip(LANDING),
            Null(Seg::Ds),
            Selector(Seg::Ds, 0),
            Null(Seg::Gs),
            Selector(Seg::Es, 0x23),
            Selector(Seg::Fs, 0x68),
        ],
    },
    Case {
        name: "a_return_to_more_privilege_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring3,
        code: ("push 8 / push 18000h / retf", &[0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE + 7, 0x1B, 0x1_0202, 0x5FF8])],
    },
    Case {
        name: "a_return_to_null_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 3 / push 18000h / retf", &[0x6A, 0x03, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 7])],
    },
    Case {
        name: "a_return_to_data_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 10h / push 18000h / retf", &[0x6A, 0x10, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 7])],
    },
    Case {
        name: "a_return_wants_a_dpl_equal_to_the_rpl",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 0Bh / push 18000h / retf", &[0x6A, 0x0B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE + 7])],
    },
    Case {
        name: "a_return_to_conforming_code_of_more_privilege_passes",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring3,
        code: ("push 6Bh / push 18000h / retf", &[0x6A, 0x6B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |r| {
            r.steps = Some(3);
        },
        want: &[Eip(LANDING), Cpl(3)],
    },
    Case {
        name: "a_return_to_code_that_is_not_present_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 30h / push 18000h / retf", &[0x6A, 0x30, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::CODE & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, CODE + 7])],
    },
    Case {
        name: "a_return_beyond_the_limit_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 30h / push 18000h / retf", &[0x6A, 0x30, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB]),
        setup: |r| {
            r.segment(sel::FREE, 0, 0xFFFF, access::CODE);
        },
        want: &[Vector(13), Stack(&[0, CODE + 7])],
    },
    Case {
        name: "an_outer_stack_of_null_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 0 / push 5000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x00, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 14])],
    },
    Case {
        name: "an_outer_stack_of_another_rpl_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 20h / push 5000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x20, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x20, CODE + 14])],
    },
    Case {
        name: "an_outer_stack_of_another_dpl_faults",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 13h / push 5000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x13, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 14])],
    },
    Case {
        name: "an_outer_stack_that_is_not_present_is_a_stack_fault",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 33h / push 5000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x33, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, (access::DATA | access::DPL_3) & !access::PRESENT);
        },
        want: &[Vector(12), Stack(&[0x30, CODE + 14])],
    },
    Case {
        name: "a_return_that_faults_leaves_esp",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 20h / push 5000h / push 1Bh / push 18000h / iret",
            &[0x6A, 0x20, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Esp, 0x5FE0)],
    },
    Case {
        name: "a_return_to_a_16_bit_stack_keeps_the_upper_half_of_esp",
        manual: "SDM 3, 21.31.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 33h / push 12345000h / push 1Bh / push 18000h / retf",
            &[0x6A, 0x33, 0x68, 0x00, 0x50, 0x34, 0x12, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB],
        ),
        setup: |r| {
            r.segment_16(sel::FREE, 0, 0xFFFF, access::DATA | access::DPL_3);
            r.steps = Some(5);
            r.cpu.gpr[4] = 0x3_6000;
        },
        want: &[Eip(LANDING), Gpr(Reg::Esp, 0x3_5000)],
    },
    Case {
        name: "a_16_bit_retf_pops_words",
        manual: "SDM 2, RET",
        on: FROM_386,
        start: Ring0,
        code: ("push 88000h / o16 retf", &[0x68, 0x00, 0x80, 0x08, 0x00, 0x66, 0xCB]),
        setup: |r| {
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Gpr(Reg::Esp, 0x6000)],
    },
    Case {
        name: "iret_restores_flags",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 3AD7h / push 8 / push 18000h / iret",
            &[0x68, 0xD7, 0x3A, 0x00, 0x00, 0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Flags(0xFFFF, 0x3AD7)],
    },
    Case {
        name: "iret_to_less_privilege_pops_the_stack_too",
        manual: "SDM 3, 6.12.1",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 23h / push 5000h / push 202h / push 1Bh / push 18000h / iret",
            &[
                0x6A, 0x23, 0x68, 0x00, 0x50, 0x00, 0x00, 0x68, 0x02, 0x02, 0x00, 0x00, 0x6A, 0x1B, 0x68,
                0x00, 0x80, 0x01, 0x00, 0xCF,
            ],
        ),
        setup: |r| {
            r.steps = Some(6);
        },
        want: &[Eip(LANDING), Cpl(3), Gpr(Reg::Esp, 0x5000), Flags(0x3202, 0x202), Null(Seg::Ds)],
    },
    Case {
        name: "iret_above_ring_0_keeps_iopl",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 3202h / push 1Bh / push 18000h / iret",
            &[0x68, 0x02, 0x32, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |r| {
            r.steps = Some(4);
        },
        want: &[Eip(LANDING), Flags(0x3202, 0x202)],
    },
    Case {
        name: "iret_above_iopl_keeps_if",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 2 / push 1Bh / push 18000h / iret",
            &[0x6A, 0x02, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |r| {
            r.steps = Some(4);
        },
        want: &[Eip(LANDING), Flags(0x200, 0x200)],
    },
    Case {
        name: "iret_to_more_privilege_faults",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 2 / push 8 / push 18000h / iret",
            &[0x6A, 0x02, 0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE + 9, 0x1B])],
    },
    Case {
        name: "iret_above_ring_0_takes_no_vm_flag",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring3,
        code: (
            "push 20202h / push 1Bh / push 18000h / iret",
            &[0x68, 0x02, 0x02, 0x02, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |r| {
            r.steps = Some(4);
        },
        want: &[Eip(LANDING), Flags(0x2_0000, 0)],
    },
    Case {
        name: "a_16_bit_iret_keeps_the_upper_flags",
        manual: "SDM 2, IRET",
        on: FROM_486,
        start: Ring0,
        code: (
            "push 20008h / push word 8000h / o16 iret",
            &[0x68, 0x08, 0x00, 0x02, 0x00, 0x66, 0x68, 0x00, 0x80, 0x66, 0xCF],
        ),
        setup: |r| {
            r.cpu.eflags |= 1 << 18;
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Flags(1 << 18, 1 << 18)],
    },
    Case {
        name: "iret_in_ring_0_restores_vif_and_vip",
        manual: "SDM 2, IRET",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "push 180002h / push 8 / push 18000h / iret",
            &[0x68, 0x02, 0x00, 0x18, 0x00, 0x6A, 0x08, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |_| {},
        want: &[Halted(LANDING + 1), Flags(0x18_0000, 0x18_0000)],
    },
    Case {
        name: "iret_above_ring_0_keeps_vif_and_vip",
        manual: "SDM 2, IRET",
        on: FROM_PENTIUM,
        start: Ring3,
        code: (
            "push 180202h / push 1Bh / push 18000h / iret",
            &[0x68, 0x02, 0x02, 0x18, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCF],
        ),
        setup: |r| {
            r.steps = Some(4);
        },
        want: &[Eip(LANDING), Flags(0x18_0000, 0)],
    },
    Case {
        name: "iret_of_real_mode_pops_words",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Real,
        code: (
            "push word 7202h / push word 0 / push word 8000h / iret",
            &[0x68, 0x02, 0x72, 0x6A, 0x00, 0x68, 0x00, 0x80, 0xCF],
        ),
        setup: |r| {
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Selector(Seg::Cs, 0), Flags(0x7202, 0x7202)],
    },
    Case {
        name: "iretd_of_real_mode_takes_no_vm_flag",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Real,
        code: (
            "push dword 23202h / push dword 0 / push dword 8000h / iretd",
            &[
                0x66, 0x68, 0x02, 0x32, 0x02, 0x00, 0x66, 0x6A, 0x00, 0x66, 0x68, 0x00, 0x80, 0x00, 0x00,
                0x66, 0xCF,
            ],
        ),
        setup: |r| {
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Flags(0x2_3202, 0x3202)],
    },
    Case {
        name: "iret_of_real_mode_ignores_nt",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Real,
        code: (
            "push word 4002h / popf / push word 2 / push word 0 / push word 8000h / iret",
            &[0x68, 0x02, 0x40, 0x9D, 0x6A, 0x02, 0x6A, 0x00, 0x68, 0x00, 0x80, 0xCF],
        ),
        setup: |r| {
            r.put8(0x8000, 0xF4);
        },
        want: &[Halted(0x8001), Selector(Seg::Cs, 0)],
    },
];
