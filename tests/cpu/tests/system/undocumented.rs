//! Test registers, LOADALL, and opcodes that manuals leave out.

use crate::case::*;

const PE: u32 = 1;

/// LOADALL's image for the 386 at 30000h: what the rig runs in, with EAX 55h, EIP at the landing, DS at 12345000h.
fn image_386(r: &Rig) {
    for (at, value) in [(0, 0x11), (4, 0x2), (8, LANDING), (0x18, 0x5000), (0x28, 0x55), (0x30, 0x400)] {
        r.put(DATA + at, value);
    }
    for (at, selector) in [(0x34, sel::TSS), (0x44, 0x1234), (0x48, sel::DATA_0), (0x4C, sel::CODE_0)] {
        r.put(DATA + at, u32::from(selector));
    }
    let hidden = |at: u32, access: u32, base: u32, limit: u32| {
        r.put(DATA + at, access);
        r.put(DATA + at + 4, base);
        r.put(DATA + at + 8, limit);
    };
    hidden(0x54, 0x8B00, TSS, 0x20FF);
    hidden(0x60, 0, IDT, 0x7FF);
    hidden(0x6C, 0, GDT, 0xFF);
    hidden(0x9C, 0x40_9300, 0x1234_5000, 0xFFF);
    hidden(0xA8, 0x40_9300, 0, u32::MAX);
    hidden(0xB4, 0x40_9B00, 0, u32::MAX);
}

/// LOADALL's image for the 286 at 800h: real mode at 1800:0000, ES at 200000h.
fn image_286(r: &Rig) {
    let word = |at: u32, value: u16| r.put16(0x800 + at, value);
    for (at, value) in
        [(0x06, 0xFFF0), (0x18, 2), (0x20, 0x2000), (0x22, 0x1800), (0x2C, 0x100), (0x34, 0x55AA)]
    {
        word(at, value);
    }
    for (at, base, access) in [(0x36, 0x20_0000, 0x93), (0x3C, LANDING, 0x93), (0x42, 0x2_0000, 0x93)] {
        r.put(0x800 + at, base | access << 24);
        word(at + 4, 0xFFFF);
    }
    word(0x5E, 0x3FF);
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_486_keeps_its_test_registers",
        manual: "486, 10.5",
        on: &[Model::I486],
        start: Ring0,
        code: (
            "mov eax, 12345678h / db 0Fh, 26h, 0D8h / db 0Fh, 24h, 0D9h / hlt",
            &[0xB8, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x26, 0xD8, 0x0F, 0x24, 0xD9, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0x1234_5678)],
    },
    Case {
        name: "a_look_up_in_the_tlb_misses",
        manual: "386, 10.6.1",
        on: &[Model::I386, Model::I486],
        start: Ring0,
        code: (
            "mov eax, 10h / db 0Fh, 26h, 0F8h / inc eax / db 0Fh, 26h, 0F0h / db 0Fh, 24h, 0F9h / hlt",
            &[0xB8, 0x10, 0x00, 0x00, 0x00, 0x0F, 0x26, 0xF8, 0x40, 0x0F, 0x26, 0xF0, 0x0F, 0x24, 0xF9, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0)],
    },
    Case {
        name: "a_386_has_two_test_registers",
        manual: "386, 10.6.1",
        on: &[Model::I386],
        start: Ring0,
        code: ("db 0Fh, 24h, 0D9h", &[0x0F, 0x24, 0xD9]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "test_registers_are_privileged",
        manual: "386, 17.2.2 (MOV)",
        on: &[Model::I386, Model::I486],
        start: Ring3,
        code: ("db 0Fh, 24h, 0F1h", &[0x0F, 0x24, 0xF1]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_pentium_has_no_test_registers",
        manual: "P5, 23.3",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("db 0Fh, 24h, 0F1h", &[0x0F, 0x24, 0xF1]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "umov_moves_up_to_the_486",
        manual: "386 and 486, undocumented",
        on: &[Model::I386, Model::I486],
        start: Ring0,
        code: (
            "mov eax, 12345678h / db 0Fh, 11h, 05h, 00h, 00h, 03h, 00h / db 0Fh, 13h, 0Dh, 00h, 00h, 03h, 00h / hlt",
            &[
                0xB8, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x11, 0x05, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x13, 0x0D,
                0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0x1234_5678), Memory(DATA, u32::MAX, 0x1234_5678)],
    },
    Case {
        name: "a_pentium_has_no_umov",
        manual: "P5, appendix A",
        on: &[Model::Pentium, Model::PentiumMmx],
        start: Ring0,
        code: ("db 0Fh, 11h, 05h, 00h, 00h, 03h, 00h", &[0x0F, 0x11, 0x05, 0x00, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "salc_spreads_the_carry",
        manual: "SDM 3, 21.15; undocumented",
        on: FROM_386,
        start: Ring0,
        code: (
            "stc / db 0D6h / mov cl, al / clc / db 0D6h / hlt",
            &[0xF9, 0xD6, 0x88, 0xC1, 0xF8, 0xD6, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0), Gpr(Reg::Ecx, 0xFF)],
    },
    Case {
        name: "shift_group_6_is_a_shift_left",
        manual: "undocumented",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 41h / db 0D0h, 0F0h / mov ecx, 1 / db 0D3h, 0F1h / hlt",
            &[0xB8, 0x41, 0x00, 0x00, 0x00, 0xD0, 0xF0, 0xB9, 0x01, 0x00, 0x00, 0x00, 0xD3, 0xF1, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x82), Gpr(Reg::Ecx, 2)],
    },
    Case {
        name: "later_386s_have_no_xbts",
        manual: "386, undocumented",
        on: FROM_386.split_at(4).0,
        start: Ring0,
        code: ("db 0Fh, 0A6h, 0C8h", &[0x0F, 0xA6, 0xC8]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "loadall_of_the_386_loads_hidden_parts",
        manual: "386, undocumented",
        on: &[Model::I386],
        start: Ring0,
        code: ("mov edi, 30000h / db 0Fh, 07h", &[0xBF, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x07]),
        setup: |r| {
            image_386(r);
        },
        want: &[
            Halted(LANDING + 1),
            Gpr(Reg::Eax, 0x55),
            Gpr(Reg::Esp, 0x5000),
            Selector(Seg::Ds, 0x1234),
            Base(Seg::Ds, 0x1234_5000),
            Limit(Seg::Ds, 0xFFF),
            Cpl(0),
        ],
    },
    Case {
        name: "loadall_of_the_386_can_enter_ring_3",
        manual: "386, undocumented",
        on: &[Model::I386],
        start: Ring0,
        code: ("mov edi, 30000h / db 0Fh, 07h", &[0xBF, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x07]),
        setup: |r| {
            image_386(r);
            r.put(DATA + 0xA8, 0x40_F300);
            r.put(DATA + 0xB4, 0x40_FB00);
            r.put(DATA + 0x4C, 0x1B);
            r.steps = Some(2);
        },
        want: &[Eip(LANDING), Cpl(3)],
    },
    Case {
        name: "loadall_of_the_386_is_privileged",
        manual: "386, undocumented",
        on: &[Model::I386],
        start: Ring3,
        code: ("db 0Fh, 07h", &[0x0F, 0x07]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_486_has_no_loadall",
        manual: "386, undocumented",
        on: FROM_486,
        start: Ring0,
        code: ("db 0Fh, 07h", &[0x0F, 0x07]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "cpu_14_loadall_of_the_286_loads_hidden_parts",
        manual: "286, undocumented",
        on: &[Model::I80286],
        start: Real,
        code: ("db 0Fh, 05h", &[0x0F, 0x05]),
        setup: |r| {
            image_286(r);
        },
        want: &[
            Halted(1),
            Selector(Seg::Cs, 0x1800),
            Base(Seg::Cs, LANDING),
            Base(Seg::Es, 0x20_0000),
            Gpr(Reg::Eax, 0x55AA),
            Gpr(Reg::Esp, 0x100),
            Cr0(PE, 0),
        ],
    },
    Case {
        name: "a_386_has_no_loadall_of_the_286",
        manual: "386, undocumented",
        on: FROM_386,
        start: Real,
        code: ("db 0Fh, 05h", &[0x0F, 0x05]),
        setup: |_| {},
        want: &[Vector(6), Words(&[0, 0x1000])],
    },
];
