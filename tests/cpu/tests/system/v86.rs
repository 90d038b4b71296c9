//! Virtual-8086 mode, its extensions, and protected-mode virtual interrupts (SDM vol. 3, chapter 20).

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
    Case {
        name: "an_interrupt_saves_nine_dwords_and_clears_the_data_segments",
        manual: "SDM 3, 20.3.1.1",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[
            Vector(0x40),
            Stack(&[2, 0x1000, 0x2_3202, 0x8000, 0x2000, 0x3000, 0x3000, 0x3000, 0x3000]),
            Flags(VM | IF, 0),
            Null(Seg::Ds),
            Selector(Seg::Gs, 0),
            Gpr(Reg::Esp, 0x6FDC),
        ],
    },
    Case {
        name: "a_trap_gate_keeps_if",
        manual: "SDM 3, 20.3.1.1",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::TRAP_32 | access::DPL_3);
        },
        want: &[Vector(0x40), Flags(VM | IF, IF)],
    },
    Case {
        name: "a_handler_must_be_in_ring_0",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_1, HANDLERS, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(13), Stack(&[0x58, 0, 0x1000])],
    },
    Case {
        name: "a_handler_must_not_conform",
        manual: "SDM 2, INT n",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CONFORMING, HANDLERS, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(13), Stack(&[0x68, 0, 0x1000])],
    },
    Case {
        name: "int_n_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(2),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.vector(0x40, sel::CODE_0, HANDLERS + 0x400, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "int3_asks_no_iopl",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("int3", &[0xCC]),
        setup: |r| {
            r.vector(3, sel::CODE_0, HANDLERS + 0x30, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(3), Stack(&[1, 0x1000])],
    },
    Case {
        name: "into_asks_no_iopl",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("into", &[0xCE]),
        setup: |r| {
            r.vector(4, sel::CODE_0, HANDLERS + 0x40, access::INTERRUPT_32 | access::DPL_3);
            r.cpu.eflags |= 1 << 11;
        },
        want: &[Vector(4), Stack(&[1, 0x1000])],
    },
    Case {
        name: "cli_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("cli", &[0xFA]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "sti_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("sti", &[0xFB]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "pushf_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("pushf", &[0x9C]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "popf_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("popf", &[0x9D]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "iret_below_iopl_3_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(0),
        code: ("iret", &[0xCF]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "with_iopl_3_flags_are_the_tasks_own",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(3),
        code: ("cli / pushf / pop ax / popf", &[0xFA, 0x9C, 0x58, 0x9D]),
        setup: |r| {
            r.put(0x2_8000, 0x0202);
            r.steps = Some(4);
        },
        want: &[Gpr(Reg::Eax, 0x3002), Flags(VM | IF | 0x3000, VM | IF | 0x3000)],
    },
    Case {
        name: "iret_with_iopl_3_stays_in_the_mode",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: V86(3),
        code: (
            "push word 0002h / push word 1800h / push word 10h / iret",
            &[0x6A, 0x02, 0x68, 0x00, 0x18, 0x6A, 0x10, 0xCF],
        ),
        setup: |r| {
            r.steps = Some(4);
        },
        want: &[Eip(0x10), Base(Seg::Cs, 0x1_8000), Flags(VM | IF | 0x3000, VM | 0x3000)],
    },
    Case {
        name: "hlt_faults",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(3),
        code: ("hlt", &[0xF4]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "control_registers_fault",
        manual: "SDM 3, 20.2.7",
        on: FROM_386,
        start: V86(3),
        code: ("mov eax, cr0", &[0x0F, 0x20, 0xC0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "lgdt_faults",
        manual: "SDM 2, LGDT/LIDT",
        on: FROM_386,
        start: V86(3),
        code: ("lgdt [0]", &[0x0F, 0x01, 0x16, 0x00, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "smsw_and_sidt_pass",
        manual: "SDM 2, SMSW, SIDT",
        on: FROM_386,
        start: V86(0),
        code: ("smsw ax / sidt [0] / int3", &[0x0F, 0x01, 0xE0, 0x0F, 0x01, 0x0E, 0x00, 0x00, 0xCC]),
        setup: |r| {
            r.vector(3, sel::CODE_0, HANDLERS + 0x30, access::INTERRUPT_32 | access::DPL_3);
        },
        want: &[Vector(3), Memory(DATA, u32::MAX, 0x1000_07FF)],
    },
    Case {
        name: "segments_are_those_of_an_8086",
        manual: "SDM 3, 20.2.1",
        on: FROM_386,
        start: V86(3),
        code: ("mov ax, 1234h / mov es, ax", &[0xB8, 0x34, 0x12, 0x8E, 0xC0]),
        setup: |r| {
            r.steps = Some(2);
        },
        want: &[Selector(Seg::Es, 0x1234), Base(Seg::Es, 0x1_2340), Limit(Seg::Es, 0xFFFF)],
    },
    Case {
        name: "offsets_end_at_64_kib",
        manual: "SDM 3, 20.2.1",
        on: FROM_386,
        start: V86(3),
        code: ("mov ax, [0FFFFh]", &[0xA1, 0xFF, 0xFF]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, 0, 0x1000])],
    },
    Case {
        name: "stack_accesses_beyond_64_kib_are_stack_faults",
        manual: "SDM 3, 20.2.1",
        on: FROM_386,
        start: V86(3),
        code: ("push eax", &[0x66, 0x50]),
        setup: |r| {
            r.cpu.gpr[4] = 2;
        },
        want: &[Vector(12), Stack(&[0, 0, 0x1000, 0x3_3202, 2])],
    },
    Case {
        name: "ports_ask_the_map_whatever_the_iopl",
        manual: "SDM 3, 20.2.8.1",
        on: FROM_386,
        start: V86(3),
        code: ("in al, 60h / in al, 61h", &[0xE4, 0x60, 0xE4, 0x61]),
        setup: |r| {
            r.put8(TSS + 0x88 + 0xC, 0x02);
        },
        want: &[Vector(13), Stack(&[0, 2, 0x1000]), Ports(&[0x60])],
    },
    Case {
        name: "a_word_of_ports_asks_two_bits",
        manual: "SDM 1, 18.5.2",
        on: FROM_386,
        start: V86(3),
        code: ("in ax, 60h", &[0xE5, 0x60]),
        setup: |r| {
            r.put8(TSS + 0x88 + 0xC, 0x02);
        },
        want: &[Vector(13), Ports(&[])],
    },
    Case {
        name: "a_map_beyond_the_limit_forbids",
        manual: "SDM 1, 18.5.2",
        on: FROM_386,
        start: V86(3),
        code: ("in al, 60h", &[0xE4, 0x60]),
        setup: |r| {
            r.cpu.tr.limit = 0x88 + 0xC;
        },
        want: &[Vector(13), Ports(&[])],
    },
    Case {
        name: "the_byte_behind_the_last_of_the_map_must_be_inside",
        manual: "SDM 1, 18.5.2",
        on: FROM_386,
        start: V86(3),
        code: ("in al, 60h", &[0xE4, 0x60]),
        setup: |r| {
            r.cpu.tr.limit = 0x88 + 0xD;
            r.steps = Some(1);
        },
        want: &[Eip(2), Ports(&[0x60])],
    },
    Case {
        name: "in_ring_3_iopl_opens_the_ports_without_a_map",
        manual: "SDM 1, 18.5.1",
        on: FROM_386,
        start: Ring3,
        code: ("in al, 60h / int 40h", &[0xE4, 0x60, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 0x3000;
            r.put(TSS + 0x64, 0xFFFF_0000);
        },
        want: &[Vector(13), Ports(&[0x60])],
    },
    Case {
        name: "iret_of_ring_0_enters_the_mode",
        manual: "SDM 3, 20.2.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 1 / push 2 / push 3 / push 4 / push 2000h / push 8000h / push 23002h / push 1800h / push 10h / iret",
            &[
                0x6A, 0x01, 0x6A, 0x02, 0x6A, 0x03, 0x6A, 0x04, 0x68, 0x00, 0x20, 0x00, 0x00, 0x68, 0x00,
                0x80, 0x00, 0x00, 0x68, 0x02, 0x30, 0x02, 0x00, 0x68, 0x00, 0x18, 0x00, 0x00, 0x6A, 0x10,
                0xCF,
            ],
        ),
        setup: |r| {
            r.steps = Some(10);
        },
        want: &[
            Eip(0x10),
            Cpl(3),
            Base(Seg::Cs, 0x1_8000),
            Selector(Seg::Es, 4),
            Selector(Seg::Ds, 3),
            Selector(Seg::Fs, 2),
            Selector(Seg::Gs, 1),
            Gpr(Reg::Esp, 0x8000),
            Flags(VM | 0x3000, VM | 0x3000),
        ],
    },
    Case {
        name: "iret_to_the_mode_wants_ip_below_64_kib",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 1 / push 2 / push 3 / push 4 / push 2000h / push 8000h / push 23002h / push 1800h / push 10000h / iret",
            &[
                0x6A, 0x01, 0x6A, 0x02, 0x6A, 0x03, 0x6A, 0x04, 0x68, 0x00, 0x20, 0x00, 0x00, 0x68, 0x00,
                0x80, 0x00, 0x00, 0x68, 0x02, 0x30, 0x02, 0x00, 0x68, 0x00, 0x18, 0x00, 0x00, 0x68, 0x00,
                0x00, 0x01, 0x00, 0xCF,
            ],
        ),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Esp, 0x5FCC)],
    },
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
