//! Segment registers: what a load checks, what an access checks (SDM vol. 3, chapters 3 and 5).

use crate::case::*;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_null_selector_loads_and_faults_when_used",
        manual: "SDM 3, 3.4.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "xor eax, eax / mov es, ax / mov al, [es:5000h]",
            &[0x31, 0xC0, 0x8E, 0xC0, 0x26, 0xA0, 0x00, 0x50, 0x00, 0x00],
        ),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 4, 8]), Null(Seg::Es)],
    },
    Case {
        name: "ss_refuses_a_null_selector",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("xor eax, eax / mov ss, ax", &[0x31, 0xC0, 0x8E, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 2])],
    },
    Case {
        name: "ss_wants_an_rpl_equal_to_cpl",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 13h / mov ss, ax", &[0x66, 0xB8, 0x13, 0x00, 0x8E, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 4])],
    },
    Case {
        name: "ss_wants_a_dpl_equal_to_cpl",
        manual: "SDM 3, 5.7",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 20h / mov ss, ax", &[0x66, 0xB8, 0x20, 0x00, 0x8E, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x20, CODE + 4])],
    },
    Case {
        name: "ss_refuses_read_only_data",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / mov ss, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xD0]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::READ_ONLY);
        },
        want: &[Vector(13), Stack(&[0x30, CODE + 4])],
    },
    Case {
        name: "ss_refuses_code",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 8 / mov ss, ax", &[0x66, 0xB8, 0x08, 0x00, 0x8E, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[8, CODE + 4])],
    },
    Case {
        name: "ss_that_is_not_present_is_a_stack_fault",
        manual: "SDM 3, 6.15 (vector 12)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / mov ss, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xD0]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA & !access::PRESENT);
        },
        want: &[Vector(12), Stack(&[0x30, CODE + 4])],
    },
    Case {
        name: "ds_refuses_execute_only_code",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / mov ds, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xD8]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::EXECUTE_ONLY);
        },
        want: &[Vector(13), Stack(&[0x30, CODE + 4]), Selector(Seg::Ds, sel::DATA_0)],
    },
    Case {
        name: "ds_takes_readable_code",
        manual: "SDM 3, 5.6.1",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 8 / mov ds, ax / hlt", &[0x66, 0xB8, 0x08, 0x00, 0x8E, 0xD8, 0xF4]),
        setup: |_| {},
        want: &[Halted(CODE + 7), Selector(Seg::Ds, 8)],
    },
    Case {
        name: "ds_takes_conforming_code_of_any_privilege",
        manual: "SDM 3, 5.6.1",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 68h / mov ds, ax / int 40h", &[0x66, 0xB8, 0x68, 0x00, 0x8E, 0xD8, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Selector(Seg::Ds, 0x68)],
    },
    Case {
        name: "ds_refuses_data_of_more_privilege",
        manual: "SDM 3, 5.6",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 10h / mov ds, ax", &[0x66, 0xB8, 0x10, 0x00, 0x8E, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 4, 0x1B])],
    },
    Case {
        name: "an_rpl_weakens_the_privilege_of_a_load",
        manual: "SDM 3, 5.6",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 13h / mov ds, ax", &[0x66, 0xB8, 0x13, 0x00, 0x8E, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 4])],
    },
    Case {
        name: "ds_that_is_not_present_faults_with_its_selector",
        manual: "SDM 3, 6.15 (vector 11)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / mov fs, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xE0]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, CODE + 4])],
    },
    Case {
        name: "privilege_is_checked_before_presence",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 30h / mov ds, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xD8]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA & !access::PRESENT);
        },
        want: &[Vector(13), Stack(&[0x30, CODE + 4])],
    },
    Case {
        name: "a_selector_beyond_the_gdt_faults",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x200, CODE + 4])],
    },
    Case {
        name: "a_selector_beyond_the_ldt_faults_with_its_table_bit",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 44h / mov ds, ax", &[0x66, 0xB8, 0x44, 0x00, 0x8E, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x44, CODE + 4])],
    },
    Case {
        name: "the_ldt_gives_segments",
        manual: "SDM 3, 3.5.1",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 0Ch / mov ds, ax / mov al, [0] / hlt",
            &[0x66, 0xB8, 0x0C, 0x00, 0x8E, 0xD8, 0xA0, 0x00, 0x00, 0x00, 0x00, 0xF4],
        ),
        setup: |r| {
            r.segment(0x0C, DATA, 0xFFF, access::DATA);
            r.put8(DATA, 0x77);
        },
        want: &[Base(Seg::Ds, DATA), Limit(Seg::Ds, 0xFFF), Gpr(Reg::Eax, 0x77)],
    },
    Case {
        name: "ds_refuses_a_system_descriptor",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 40h / mov ds, ax", &[0x66, 0xB8, 0x40, 0x00, 0x8E, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x40, CODE + 4])],
    },
    Case {
        name: "a_load_sets_the_accessed_bit",
        manual: "SDM 3, 3.4.5.1",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / mov gs, ax / hlt", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xE8, 0xF4]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA);
        },
        want: &[Halted(CODE + 7), Memory(GDT + 0x34, 0xFF00, 0x9300)],
    },
    Case {
        name: "a_refused_load_leaves_the_accessed_bit",
        manual: "SDM 3, 3.4.5.1",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 30h / mov gs, ax", &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xE8]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA);
        },
        want: &[Vector(13), Memory(GDT + 0x34, 0xFF00, 0x9200)],
    },
    Case {
        name: "the_last_byte_of_a_segment_can_be_read",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov al, [4FFFh] / mov eax, [4FFCh] / hlt",
            &[0xA0, 0xFF, 0x4F, 0x00, 0x00, 0xA1, 0xFC, 0x4F, 0x00, 0x00, 0xF4],
        ),
        setup: |r| {
            r.cpu.seg[3].limit = 0x4FFF;
        },
        want: &[Halted(CODE + 11)],
    },
    Case {
        name: "a_dword_across_the_limit_faults",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov eax, [4FFDh]", &[0xA1, 0xFD, 0x4F, 0x00, 0x00]),
        setup: |r| {
            r.cpu.seg[3].limit = 0x4FFF;
        },
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "a_stack_access_beyond_the_limit_is_a_stack_fault",
        manual: "SDM 3, 6.15 (vector 12)",
        on: FROM_386,
        start: Ring3,
        code: ("mov ebp, 5000h / mov eax, [ebp]", &[0xBD, 0x00, 0x50, 0x00, 0x00, 0x8B, 0x45, 0x00]),
        setup: |r| {
            r.cpu.seg[2].limit = 0x4FFF;
            r.cpu.gpr[4] = 0x4F00;
        },
        want: &[Vector(12), Stack(&[0, CODE + 5])],
    },
    Case {
        name: "granularity_adds_twelve_ones_to_the_limit",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 30h / mov es, ax / mov al, [es:0FFFh] / mov al, [es:1000h]",
            &[
                0x66, 0xB8, 0x30, 0x00, 0x8E, 0xC0, 0x26, 0xA0, 0xFF, 0x0F, 0x00, 0x00, 0x26, 0xA0, 0x00,
                0x10, 0x00, 0x00,
            ],
        ),
        setup: |r| {
            r.segment(sel::FREE, DATA, 0, access::DATA);
            r.put8(GDT + 0x36, 0xC0);
        },
        want: &[Vector(13), Stack(&[0, CODE + 12]), Limit(Seg::Es, 0xFFF)],
    },
    Case {
        name: "an_expand_down_segment_begins_above_its_limit",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 30h / mov es, ax / mov al, [es:1000h] / mov al, [es:0FFFh]",
            &[
                0x66, 0xB8, 0x30, 0x00, 0x8E, 0xC0, 0x26, 0xA0, 0x00, 0x10, 0x00, 0x00, 0x26, 0xA0, 0xFF,
                0x0F, 0x00, 0x00,
            ],
        ),
        setup: |r| {
            r.segment(sel::FREE, DATA, 0xFFF, access::DOWN);
        },
        want: &[Vector(13), Stack(&[0, CODE + 12])],
    },
    Case {
        name: "a_small_expand_down_segment_ends_at_64_kib",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 30h / mov es, ax / mov al, [es:0FFFFh] / mov ax, [es:0FFFFh]",
            &[
                0x66, 0xB8, 0x30, 0x00, 0x8E, 0xC0, 0x26, 0xA0, 0xFF, 0xFF, 0x00, 0x00, 0x26, 0x66, 0xA1,
                0xFF, 0xFF, 0x00, 0x00,
            ],
        ),
        setup: |r| {
            r.segment_16(sel::FREE, DATA, 0xFFF, access::DOWN);
        },
        want: &[Vector(13), Stack(&[0, CODE + 12])],
    },
    Case {
        name: "a_big_expand_down_segment_ends_at_4_gib",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 30h / mov es, ax / mov al, [es:0FFFFFFFFh] / hlt",
            &[0x66, 0xB8, 0x30, 0x00, 0x8E, 0xC0, 0x26, 0xA0, 0xFF, 0xFF, 0xFF, 0xFF, 0xF4],
        ),
        setup: |r| {
            r.segment(sel::FREE, DATA, 0xFFF, access::DOWN);
        },
        want: &[Halted(CODE + 13)],
    },
    Case {
        name: "read_only_data_cannot_be_written",
        manual: "SDM 3, 5.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ax, 30h / mov es, ax / mov al, [es:0] / mov [es:0], al",
            &[
                0x66, 0xB8, 0x30, 0x00, 0x8E, 0xC0, 0x26, 0xA0, 0x00, 0x00, 0x00, 0x00, 0x26, 0xA2, 0x00,
                0x00, 0x00, 0x00,
            ],
        ),
        setup: |r| {
            r.segment(sel::FREE, DATA, 0xFFF, access::READ_ONLY);
        },
        want: &[Vector(13), Stack(&[0, CODE + 12])],
    },
    Case {
        name: "execute_only_code_cannot_be_read",
        manual: "SDM 3, 5.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "jmp 30h:10007h / mov al, [cs:0]",
            &[0xEA, 0x07, 0x00, 0x01, 0x00, 0x30, 0x00, 0x2E, 0xA0, 0x00, 0x00, 0x00, 0x00],
        ),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::EXECUTE_ONLY);
        },
        want: &[Vector(13), Stack(&[0, CODE + 7, 0x30])],
    },
    Case {
        name: "code_cannot_be_written",
        manual: "SDM 3, 5.5",
        on: FROM_386,
        start: Ring0,
        code: ("mov [cs:30000h], al", &[0x2E, 0xA2, 0x00, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE]), Memory(DATA, 0xFF, 0)],
    },
    Case {
        name: "a_jump_beyond_the_limit_faults_at_the_jump",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 20000h", &[0xE9, 0xFB, 0xFF, 0x00, 0x00]),
        setup: |r| {
            r.cpu.seg[1].limit = 0x1_FFFF;
        },
        want: &[Vector(13), Stack(&[0, CODE])],
    },
    Case {
        name: "a_call_beyond_the_limit_pushes_nothing",
        manual: "SDM 2, CALL",
        on: FROM_386,
        start: Ring3,
        code: ("call 20000h", &[0xE8, 0xFB, 0xFF, 0x00, 0x00]),
        setup: |r| {
            r.cpu.seg[1].limit = 0x1_FFFF;
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B]), Memory(0x5FFC, u32::MAX, 0)],
    },
    Case {
        name: "an_instruction_across_the_limit_faults",
        manual: "SDM 3, 5.3",
        on: FROM_386,
        start: Ring0,
        code: ("nop / mov eax, 12345678h", &[0x90, 0xB8, 0x78, 0x56, 0x34, 0x12]),
        setup: |r| {
            r.cpu.seg[1].limit = CODE + 4;
        },
        want: &[Vector(13), Stack(&[0, CODE + 1])],
    },
    Case {
        name: "mov_to_cs_is_invalid",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("db 8Eh, 0C8h", &[0x8E, 0xC8]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE, 8])],
    },
    Case {
        name: "a_segment_register_that_does_not_exist_is_invalid",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("db 8Eh, 0F0h", &[0x8E, 0xF0]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE, 8])],
    },
    Case {
        name: "pop_of_a_bad_selector_leaves_esp",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring3,
        code: ("push 10h / pop ds", &[0x6A, 0x10, 0x1F]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 2, 0x1B]), Memory(0x6FF8, u32::MAX, 0x5FFC)],
    },
    Case {
        name: "lds_of_a_bad_selector_leaves_the_register",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring0,
        code: ("lds esi, [30000h]", &[0xC5, 0x35, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.put(DATA, 0x1234_5678);
            r.put(DATA + 4, 0x200);
        },
        want: &[Vector(13), Stack(&[0x200, CODE]), Gpr(Reg::Esi, 0)],
    },
    Case {
        name: "real_mode_wants_offsets_below_64_kib",
        manual: "SDM 3, 20.1.1",
        on: FROM_386,
        start: Real,
        code: ("mov ax, [0FFFFh]", &[0xA1, 0xFF, 0xFF]),
        setup: |_| {},
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "real_mode_keeps_the_limit_of_protected_mode",
        manual: "SDM 3, 9.9.2",
        on: FROM_386,
        start: Real,
        code: (
            "mov ax, 1000h / mov es, ax / mov al, [es:dword 20000h] / hlt",
            &[0xB8, 0x00, 0x10, 0x8E, 0xC0, 0x26, 0x67, 0xA0, 0x00, 0x00, 0x02, 0x00, 0xF4],
        ),
        setup: |r| {
            r.cpu.seg[0].limit = u32::MAX;
            r.put8(DATA, 0x5A);
        },
        want: &[Halted(13), Base(Seg::Es, 0x1_0000), Gpr(Reg::Eax, 0x105A)],
    },
];
