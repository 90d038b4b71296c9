//! Virtual-8086 mode extensions and protected-mode virtual interrupts (SDM vol. 3, sections 20.3 and 20.4).

use crate::case::*;

const VIF: u32 = 1 << 19;
const VIP: u32 = 1 << 20;
const IF: u32 = 1 << 9;
const VM: u32 = 1 << 17;

fn vme(r: &mut Rig) {
    r.cpu.cr4 |= 1;
}

fn pvi(r: &mut Rig) {
    r.cpu.cr4 |= 2;
}

pub(crate) const CASES: &[Case] = &[
    // Extensions.
    Case {
        name: "a_pentium_keeps_cli_to_the_virtual_flag",
        manual: "SDM 3, 20.3.2",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("cli", &[0xFA]),
        setup: |r| {
            vme(r);
            r.cpu.eflags |= VIF;
            r.steps = Some(1);
        },
        want: &[Eip(1), Flags(VIF | IF, IF)],
    },
    Case {
        name: "a_pentium_keeps_sti_to_the_virtual_flag",
        manual: "SDM 3, 20.3.2",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("sti", &[0xFB]),
        setup: |r| {
            vme(r);
            r.steps = Some(1);
        },
        want: &[Eip(1), Flags(VIF | IF, VIF | IF)],
    },
    Case {
        name: "sti_with_a_virtual_interrupt_pending_faults",
        manual: "SDM 3, 20.3.2",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("sti", &[0xFB]),
        setup: |r| {
            vme(r);
            r.cpu.eflags |= VIP;
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000]), Flags(VIF, 0)],
    },
    Case {
        name: "pushf_shows_the_virtual_flag_and_iopl_3",
        manual: "SDM 2, PUSHF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("pushf / pop ax / sti / pushf / pop cx", &[0x9C, 0x58, 0xFB, 0x9C, 0x59]),
        setup: |r| {
            vme(r);
            r.steps = Some(5);
        },
        want: &[Gpr(Reg::Eax, 0x3002), Gpr(Reg::Ecx, 0x3202)],
    },
    Case {
        name: "popf_loads_the_virtual_flag",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("push word 0202h / popf", &[0x68, 0x02, 0x02, 0x9D]),
        setup: |r| {
            vme(r);
            r.steps = Some(2);
        },
        want: &[Flags(VIF | IF | 0x3000, VIF | IF)],
    },
    Case {
        name: "popf_with_a_virtual_interrupt_pending_faults",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("push word 0202h / popf", &[0x68, 0x02, 0x02, 0x9D]),
        setup: |r| {
            vme(r);
            r.cpu.eflags |= VIP;
        },
        want: &[Vector(13), Stack(&[0, 3, 0x1000, 0x13_0202, 0x7FFE])],
    },
    Case {
        name: "popf_of_tf_faults",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("push word 0102h / popf", &[0x68, 0x02, 0x01, 0x9D]),
        setup: |r| {
            vme(r);
        },
        want: &[Vector(13), Stack(&[0, 3, 0x1000])],
    },
    Case {
        name: "popfd_faults",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("popfd", &[0x66, 0x9D]),
        setup: |r| {
            vme(r);
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "pushfd_faults",
        manual: "SDM 2, PUSHF",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("pushfd", &[0x66, 0x9C]),
        setup: |r| {
            vme(r);
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "iret_loads_the_virtual_flag",
        manual: "SDM 2, IRET",
        on: FROM_PENTIUM,
        start: V86(0),
        code: (
            "push word 0202h / push word 1800h / push word 10h / iret",
            &[0x68, 0x02, 0x02, 0x68, 0x00, 0x18, 0x6A, 0x10, 0xCF],
        ),
        setup: |r| {
            vme(r);
            r.steps = Some(4);
        },
        want: &[Eip(0x10), Base(Seg::Cs, 0x1_8000), Flags(VIF | IF | 0x3000, VIF | IF)],
    },
    Case {
        name: "iret_with_a_virtual_interrupt_pending_faults",
        manual: "SDM 2, IRET",
        on: FROM_PENTIUM,
        start: V86(0),
        code: (
            "push word 0202h / push word 1800h / push word 10h / iret",
            &[0x68, 0x02, 0x02, 0x68, 0x00, 0x18, 0x6A, 0x10, 0xCF],
        ),
        setup: |r| {
            vme(r);
            r.cpu.eflags |= VIP;
        },
        want: &[Vector(13), Stack(&[0, 8, 0x1000])],
    },
    Case {
        name: "iretd_faults",
        manual: "SDM 2, IRET",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("iretd", &[0x66, 0xCF]),
        setup: |r| {
            vme(r);
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "a_clear_bit_redirects_int_n_to_the_task",
        manual: "SDM 3, table 20-2 (method 6)",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("int 21h", &[0xCD, 0x21]),
        setup: |r| {
            vme(r);
            r.cpu.eflags |= VIF;
            r.put(0x84, 0x3000_0123);
            r.steps = Some(1);
        },
        want: &[
            Eip(0x123),
            Selector(Seg::Cs, 0x3000),
            Words(&[2, 0x1000, 0x3202]),
            Flags(VM | VIF | IF, VM | IF),
        ],
    },
    Case {
        name: "with_iopl_3_a_redirected_int_n_clears_if",
        manual: "SDM 3, table 20-2 (method 5)",
        on: FROM_PENTIUM,
        start: V86(3),
        code: ("int 21h", &[0xCD, 0x21]),
        setup: |r| {
            vme(r);
            r.put(0x84, 0x3000_0123);
            r.steps = Some(1);
        },
        want: &[Eip(0x123), Selector(Seg::Cs, 0x3000), Words(&[2, 0x1000, 0x3202]), Flags(VM | IF, VM)],
    },
    Case {
        name: "a_set_bit_below_iopl_3_faults",
        manual: "SDM 3, table 20-2 (method 3)",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("int 21h", &[0xCD, 0x21]),
        setup: |r| {
            vme(r);
            r.put8(TSS + 0x68 + 4, 0x02);
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "a_set_bit_at_iopl_3_takes_the_gate",
        manual: "SDM 3, table 20-2 (method 4)",
        on: FROM_PENTIUM,
        start: V86(3),
        code: ("int 41h", &[0xCD, 0x41]),
        setup: |r| {
            vme(r);
            r.put8(TSS + 0x68 + 8, 0x02);
            r.vector(0x41, sel::CODE_0, HANDLERS + 0x410, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(0x41), Stack(&[2, 0x1000, 0x2_3202])],
    },
    Case {
        name: "an_external_interrupt_is_never_redirected",
        manual: "SDM 3, 20.3.1",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("nop", &[0x90]),
        setup: |r| {
            vme(r);
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[0, 0x1000, 0x2_0202])],
    },
    Case {
        name: "int3_is_never_redirected",
        manual: "SDM 3, 20.3.3",
        on: FROM_PENTIUM,
        start: V86(0),
        code: ("int3", &[0xCC]),
        setup: |r| {
            vme(r);
            r.vector(3, sel::CODE_0, HANDLERS + 0x30, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(3), Stack(&[1, 0x1000])],
    },
    Case {
        name: "a_return_with_both_virtual_flags_faults_before_the_next_instruction",
        manual: "SDM 3, 20.3.2",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "push 1 / push 2 / push 3 / push 4 / push 2000h / push 8000h / push 1A0202h / push 1800h / push 10h / iret",
            &[
                0x6A, 0x01, 0x6A, 0x02, 0x6A, 0x03, 0x6A, 0x04, 0x68, 0x00, 0x20, 0x00, 0x00, 0x68, 0x00,
                0x80, 0x00, 0x00, 0x68, 0x02, 0x02, 0x1A, 0x00, 0x68, 0x00, 0x18, 0x00, 0x00, 0x6A, 0x10,
                0xCF,
            ],
        ),
        setup: |r| {
            vme(r);
        },
        want: &[Vector(13), Stack(&[0, 0x10, 0x1800, 0x1B_0202])],
    },
    Case {
        name: "without_vme_both_virtual_flags_mean_nothing",
        manual: "SDM 3, 20.3.2",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "push 1 / push 2 / push 3 / push 4 / push 2000h / push 8000h / push 1A0202h / push 1800h / push 10h / iret",
            &[
                0x6A, 0x01, 0x6A, 0x02, 0x6A, 0x03, 0x6A, 0x04, 0x68, 0x00, 0x20, 0x00, 0x00, 0x68, 0x00,
                0x80, 0x00, 0x00, 0x68, 0x02, 0x02, 0x1A, 0x00, 0x68, 0x00, 0x18, 0x00, 0x00, 0x6A, 0x10,
                0xCF,
            ],
        ),
        setup: |r| {
            r.put8(LANDING + 0x10, 0x90);
            r.steps = Some(11);
        },
        want: &[Eip(0x11), Flags(VIF | VIP | VM, VIF | VIP | VM)],
    },
    // Protected-mode virtual interrupts.
    Case {
        name: "pvi_keeps_cli_and_sti_to_the_virtual_flag",
        manual: "SDM 3, 20.4",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("sti / cli / sti", &[0xFB, 0xFA, 0xFB]),
        setup: |r| {
            pvi(r);
            r.steps = Some(3);
        },
        want: &[Eip(CODE + 3), Flags(VIF | IF, VIF | IF)],
    },
    Case {
        name: "pvi_faults_sti_with_an_interrupt_pending",
        manual: "SDM 3, 20.4",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("sti", &[0xFB]),
        setup: |r| {
            pvi(r);
            r.cpu.eflags |= VIP;
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "pvi_leaves_pushf_and_popf",
        manual: "SDM 3, 20.4",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("cli / pushf / pop eax / push 2 / popf", &[0xFA, 0x9C, 0x58, 0x6A, 0x02, 0x9D]),
        setup: |r| {
            pvi(r);
            r.steps = Some(5);
        },
        want: &[Eip(CODE + 6), Gpr(Reg::Eax, 0x202), Flags(IF, IF)],
    },
    Case {
        name: "a_486_has_no_virtual_flags",
        manual: "486, 3.3",
        on: &[Model::I486],
        start: Ring3,
        code: ("sti", &[0xFB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
];
