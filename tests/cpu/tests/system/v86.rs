//! Virtual-8086 mode and its ports (SDM vol. 3, chapter 20).

use crate::case::*;

const IF: u32 = 1 << 9;
const VM: u32 = 1 << 17;

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
];
