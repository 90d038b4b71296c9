//! Paging with pages of 4 KiB (SDM vol. 3, chapter 4).

use crate::case::*;

const P: u32 = 1;
const W: u32 = 2;
const U: u32 = 4;
/// A place that is mapped as a case wants.
const HERE: u32 = DATA;
/// CR4.
const PGE: u32 = 1 << 7;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_read_of_a_missing_page",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [30123h]", &[0xA0, 0x23, 0x01, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[0, CODE, 8]), Cr2(0x3_0123)],
    },
    Case {
        name: "a_write_of_a_missing_page",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring0,
        code: ("mov [30123h], al", &[0xA2, 0x23, 0x01, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[W, CODE]), Cr2(0x3_0123)],
    },
    Case {
        name: "a_read_modify_write_is_a_write",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring0,
        code: ("inc byte [30123h]", &[0xFE, 0x05, 0x23, 0x01, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[W, CODE])],
    },
    Case {
        name: "a_users_read_of_a_missing_page",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring3,
        code: ("mov al, [30123h]", &[0xA0, 0x23, 0x01, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[U, CODE, 0x1B])],
    },
    Case {
        name: "a_users_access_to_a_supervisor_page",
        manual: "SDM 3, 4.6",
        on: FROM_386,
        start: Ring3,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, HERE | 3);
        },
        want: &[Vector(14), Stack(&[U | P, CODE, 0x1B])],
    },
    Case {
        name: "a_users_write_to_a_read_only_page",
        manual: "SDM 3, 4.6",
        on: FROM_386,
        start: Ring3,
        code: (
            "mov al, [30000h] / mov [30000h], al",
            &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xA2, 0x00, 0x00, 0x03, 0x00],
        ),
        setup: |r| {
            r.page(HERE, HERE | 5);
        },
        want: &[Vector(14), Stack(&[U | W | P, CODE + 5, 0x1B])],
    },
    Case {
        name: "a_fetch_from_a_missing_page",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 30010h", &[0xE9, 0x0B, 0x00, 0x02, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[U, 0x3_0010, 0x1B]), Cr2(0x3_0010)],
    },
    Case {
        name: "a_fetch_across_into_a_missing_page_names_that_page",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 2FFFEh", &[0xE9, 0xF9, 0xFF, 0x01, 0x00]),
        setup: |r| {
            r.page(HERE, 0);
            r.put(0x2_FFFC, 0x00B8_0000);
        },
        want: &[Vector(14), Stack(&[0, 0x2_FFFE]), Cr2(0x3_0000)],
    },
    Case {
        name: "the_directory_forbids_for_the_whole_table",
        manual: "SDM 3, 4.6",
        on: FROM_386,
        start: Ring3,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, HERE | 7);
            r.put(0x4_0000, 0x4_1003);
        },
        want: &[Vector(14), Stack(&[U | P, CODE, 0x1B]), Cr2(CODE)],
    },
    Case {
        name: "a_386_lets_ring_0_write_read_only_pages",
        manual: "386, 6.4.1.3",
        on: &[Model::I386],
        start: Ring0,
        code: (
            "mov eax, cr0 / or eax, 10000h / mov cr0, eax / mov [30000h], al / hlt",
            &[
                0x0F, 0x20, 0xC0, 0x0D, 0x00, 0x00, 0x01, 0x00, 0x0F, 0x22, 0xC0, 0xA2, 0x00, 0x00, 0x03,
                0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 5);
        },
        want: &[Halted(CODE + 17)],
    },
    Case {
        name: "wp_makes_ring_0_obey",
        manual: "SDM 3, 4.6",
        on: FROM_486,
        start: Ring0,
        code: (
            "mov [30000h], al / mov eax, cr0 / or eax, 10000h / mov cr0, eax / mov [30000h], al",
            &[
                0xA2, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x20, 0xC0, 0x0D, 0x00, 0x00, 0x01, 0x00, 0x0F, 0x22,
                0xC0, 0xA2, 0x00, 0x00, 0x03, 0x00,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 5);
        },
        want: &[Vector(14), Stack(&[W | P, CODE + 16])],
    },
    Case {
        name: "a_read_sets_accessed",
        manual: "SDM 3, 4.8",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [30000h] / hlt", &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xF4]),
        setup: |r| {
            r.page(HERE, HERE | 7);
        },
        want: &[Entry(HERE, 0xFFF, 0x27), Memory(0x4_0000, 0xFFF, 0x27)],
    },
    Case {
        name: "a_write_sets_dirty",
        manual: "SDM 3, 4.8",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov [30000h], al / hlt",
            &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xA2, 0x00, 0x00, 0x03, 0x00, 0xF4],
        ),
        setup: |r| {
            r.page(HERE, HERE | 7);
        },
        want: &[Entry(HERE, 0xFFF, 0x67)],
    },
    Case {
        name: "a_refused_write_sets_no_dirty",
        manual: "SDM 3, 4.8",
        on: FROM_386,
        start: Ring3,
        code: ("mov [30000h], al", &[0xA2, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, HERE | 5);
        },
        want: &[Vector(14), Entry(HERE, 0x40, 0)],
    },
    Case {
        name: "a_write_across_pages_does_nothing_when_the_second_faults",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov dword [2FFFEh], 11223344h",
            &[0xC7, 0x05, 0xFE, 0xFF, 0x02, 0x00, 0x44, 0x33, 0x22, 0x11],
        ),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Cr2(HERE), Memory(0x2_FFFC, u32::MAX, 0)],
    },
    Case {
        name: "a_push_that_faults_leaves_esp",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring3,
        code: ("mov esp, 30002h / push eax", &[0xBC, 0x02, 0x00, 0x03, 0x00, 0x50]),
        setup: |r| {
            r.page(0x2_F000, 0);
        },
        want: &[Vector(14), Stack(&[U | W, CODE + 5, 0x1B, 0x1_0202, 0x3_0002]), Cr2(0x2_FFFE)],
    },
    Case {
        name: "pusha_that_faults_leaves_esp",
        manual: "SDM 3, 6.5",
        on: FROM_386,
        start: Ring3,
        code: ("mov esp, 30008h / pusha", &[0xBC, 0x08, 0x00, 0x03, 0x00, 0x60]),
        setup: |r| {
            r.page(0x2_F000, 0);
        },
        want: &[Vector(14), Stack(&[U | W, CODE + 5, 0x1B, 0x1_0202, 0x3_0008])],
    },
    Case {
        name: "a_string_instruction_stops_at_the_faulting_element",
        manual: "SDM 2, REP",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ecx, 8 / mov edi, 2FFF0h / rep stosd",
            &[0xB9, 0x08, 0x00, 0x00, 0x00, 0xBF, 0xF0, 0xFF, 0x02, 0x00, 0xF3, 0xAB],
        ),
        setup: |r| {
            r.page(HERE, 0);
        },
        want: &[Vector(14), Stack(&[W, CODE + 10]), Gpr(Reg::Ecx, 4), Gpr(Reg::Edi, HERE), Cr2(HERE)],
    },
    Case {
        name: "descriptor_reads_are_the_supervisors",
        manual: "SDM 3, 4.6",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 23h / mov ds, ax / int 40h", &[0x66, 0xB8, 0x23, 0x00, 0x8E, 0xD8, 0xCD, 0x40]),
        setup: |r| {
            r.page(GDT, GDT | 3);
        },
        want: &[Vector(13), Stack(&[0x202, CODE + 6, 0x1B])],
    },
    Case {
        name: "a_missing_descriptor_page_faults_as_the_supervisor",
        manual: "SDM 3, 4.7",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 3F03h / mov ds, ax", &[0x66, 0xB8, 0x03, 0x3F, 0x8E, 0xD8]),
        setup: |r| {
            r.page(HERE, 0);
            r.cpu.gdtr.limit = 0xFFFF;
            r.cpu.gdtr.base = GDT;
            r.put(0x4_1000 + 4 * 5, 0);
        },
        want: &[Vector(14), Stack(&[0, CODE + 4, 0x1B]), Cr2(0x5F00)],
    },
    Case {
        name: "a_stale_translation_holds_until_invlpg",
        manual: "SDM 3, 4.10.4.1",
        on: FROM_486,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31007h / mov ah, [30000h] / invlpg [30000h] / mov bl, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x10, 0x03, 0x00,
                0x8A, 0x25, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x01, 0x3D, 0x00, 0x00, 0x03, 0x00, 0x8A, 0x1D,
                0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 7);
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0101), Gpr(Reg::Ebx, 2)],
    },
    Case {
        name: "a_load_of_cr3_forgets_translations",
        manual: "SDM 3, 4.10.4.1",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31007h / mov ecx, cr3 / mov cr3, ecx / mov ah, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x10, 0x03, 0x00,
                0x0F, 0x20, 0xD9, 0x0F, 0x22, 0xD9, 0x8A, 0x25, 0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 7);
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0201)],
    },
    Case {
        name: "invlpg_is_privileged",
        manual: "SDM 2, INVLPG",
        on: FROM_486,
        start: Ring3,
        code: ("invlpg [30000h]", &[0x0F, 0x01, 0x3D, 0x00, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "invlpg_of_a_register_is_invalid",
        manual: "SDM 2, INVLPG",
        on: FROM_486,
        start: Ring0,
        code: ("db 0Fh, 01h, 0F8h", &[0x0F, 0x01, 0xF8]),
        setup: |_| {},
        want: &[Vector(6)],
    },
    Case {
        name: "a_386_has_no_invlpg",
        manual: "486, B.1",
        on: &[Model::I386],
        start: Ring0,
        code: ("invlpg [30000h]", &[0x0F, 0x01, 0x3D, 0x00, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "paging_wants_protection",
        manual: "SDM 3, 4.1.1",
        on: FROM_386,
        start: Real,
        code: ("mov eax, 80000000h / mov cr0, eax", &[0x66, 0xB8, 0x00, 0x00, 0x00, 0x80, 0x0F, 0x22, 0xC0]),
        setup: |_| {},
        want: &[Vector(13), Words(&[6, 0x1000]), Cr0(1 << 31, 0)],
    },
    // Global pages.
    Case {
        name: "a_global_page_survives_cr3",
        manual: "SDM 3, 4.10.2.4",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31107h / mov ecx, cr3 / mov cr3, ecx / mov ah, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x11, 0x03, 0x00,
                0x0F, 0x20, 0xD9, 0x0F, 0x22, 0xD9, 0x8A, 0x25, 0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 0x107);
            r.cpu.cr4 |= PGE;
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0101)],
    },
    Case {
        name: "invlpg_forgets_a_global_page",
        manual: "SDM 3, 4.10.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31107h / invlpg [30000h] / mov ah, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x11, 0x03, 0x00,
                0x0F, 0x01, 0x3D, 0x00, 0x00, 0x03, 0x00, 0x8A, 0x25, 0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 0x107);
            r.cpu.cr4 |= PGE;
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0201)],
    },
    Case {
        name: "a_change_of_pge_forgets_global_pages",
        manual: "SDM 3, 4.10.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31107h / mov ecx, cr4 / xor ecx, 80h / mov cr4, ecx / mov ah, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x11, 0x03, 0x00,
                0x0F, 0x20, 0xE1, 0x81, 0xF1, 0x80, 0x00, 0x00, 0x00, 0x0F, 0x22, 0xE1, 0x8A, 0x25, 0x00,
                0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 0x107);
            r.cpu.cr4 |= PGE;
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0201)],
    },
    Case {
        name: "without_pge_no_page_is_global",
        manual: "SDM 3, 4.10.2.4",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov dword [410C0h], 31107h / mov ecx, cr3 / mov cr3, ecx / mov ah, [30000h] / hlt",
            &[
                0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x04, 0x00, 0x07, 0x11, 0x03, 0x00,
                0x0F, 0x20, 0xD9, 0x0F, 0x22, 0xD9, 0x8A, 0x25, 0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.page(HERE, HERE | 0x107);
            r.put8(HERE, 1);
            r.put8(HERE + 0x1000, 2);
        },
        want: &[Gpr(Reg::Eax, 0x0201)],
    },
];
