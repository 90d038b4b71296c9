//! Large pages, reserved bits and physical addresses of 36 bits (SDM vol. 3, sections 4.3 and 4.4).

use crate::case::*;

const P: u32 = 1;
const W: u32 = 2;
const U: u32 = 4;
const RSVD: u32 = 8;
/// A place that is mapped as a case wants.
const HERE: u32 = DATA;

/// CR4.
const PSE: u32 = 1 << 4;
const PAE: u32 = 1 << 5;

/// A directory entry for 00C00000h.
fn large(r: &mut Rig, entry: u32) {
    r.page(HERE, HERE | 7);
    r.cpu.cr4 |= PSE;
    r.put(0x4_000C, entry);
}

pub(crate) const CASES: &[Case] = &[
    // Large pages.
    Case {
        name: "a_large_page_maps_4_mib",
        manual: "SDM 3, 4.3",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "mov al, [0C30000h] / mov [0C30001h], al / hlt",
            &[0xA0, 0x00, 0x00, 0xC3, 0x00, 0xA2, 0x01, 0x00, 0xC3, 0x00, 0xF4],
        ),
        setup: |r| {
            large(r, 0x83);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x5A), Memory(0x4_000C, u32::MAX, 0xE3)],
    },
    Case {
        name: "without_pse_the_size_bit_means_nothing",
        manual: "SDM 3, 4.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [0C30000h] / hlt", &[0xA0, 0x00, 0x00, 0xC3, 0x00, 0xF4]),
        setup: |r| {
            r.page(HERE, HERE | 7);
            r.put(0x4_000C, 0x4_1087);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x5A)],
    },
    Case {
        name: "a_reserved_bit_of_a_large_page_faults",
        manual: "SDM 3, 4.7",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("mov [0C30000h], al", &[0xA2, 0x00, 0x00, 0xC3, 0x00]),
        setup: |r| {
            large(r, 0x20_0087);
        },
        want: &[Vector(14), Stack(&[RSVD | U | W | P, CODE, 0x1B]), Cr2(0xC3_0000)],
    },
    Case {
        name: "without_pat_bit_12_of_a_large_page_is_reserved",
        manual: "SDM 3, 4.3",
        on: &[Model::Pentium, Model::PentiumMmx],
        start: Ring0,
        code: ("mov al, [0C30000h]", &[0xA0, 0x00, 0x00, 0xC3, 0x00]),
        setup: |r| {
            large(r, 0x1083);
        },
        want: &[Vector(14), Stack(&[RSVD | P, CODE])],
    },
    Case {
        name: "without_pat_bit_7_of_a_page_is_reserved_under_pse",
        manual: "SDM 3, 4.3",
        on: &[Model::Pentium, Model::PentiumMmx],
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page(HERE, HERE | 0x87);
            r.cpu.cr4 |= PSE;
        },
        want: &[Vector(14), Stack(&[RSVD | P, CODE])],
    },
    Case {
        name: "with_pat_bit_12_of_a_large_page_is_its_own",
        manual: "SDM 3, 4.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [0C30000h] / hlt", &[0xA0, 0x00, 0x00, 0xC3, 0x00, 0xF4]),
        setup: |r| {
            large(r, 0x1083);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x5A)],
    },
    Case {
        name: "pse_36_reaches_beyond_4_gib",
        manual: "SDM 3, 4.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [0C30000h] / hlt", &[0xA0, 0x00, 0x00, 0xC3, 0x00, 0xF4]),
        setup: |r| {
            large(r, 0x2083);
        },
        want: &[Gpr(Reg::Eax, 0xFF)],
    },
    Case {
        name: "a_reserved_bit_of_a_missing_page_does_not_count",
        manual: "SDM 3, 4.7",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("mov al, [0C30000h]", &[0xA0, 0x00, 0x00, 0xC3, 0x00]),
        setup: |r| {
            large(r, 0x20_0086);
        },
        want: &[Vector(14), Stack(&[0, CODE])],
    },
    // Physical address extension.
    Case {
        name: "pae_walks_three_levels",
        manual: "SDM 3, 4.4.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov [31000h], al / hlt",
            &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xA2, 0x00, 0x10, 0x03, 0x00, 0xF4],
        ),
        setup: |r| {
            r.page_pae(HERE, 0x3_2007);
            r.put8(HERE + 0x2000, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x5A), Memory(HERE + 0x1000, 0xFF, 0x5A), Memory(0x4_6188, 0xFF, 0x67)],
    },
    Case {
        name: "pae_maps_2_mib",
        manual: "SDM 3, 4.4.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [230000h] / hlt", &[0xA0, 0x00, 0x00, 0x23, 0x00, 0xF4]),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
            r.put(0x4_5008, 0x83);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x5A), Memory(0x4_5008, 0xFFF, 0xA3)],
    },
    Case {
        name: "a_missing_directory_pointer_is_a_missing_page",
        manual: "SDM 3, 4.7",
        on: FROM_PENTIUM_2,
        start: Ring3,
        code: ("mov al, [40000000h]", &[0xA0, 0x00, 0x00, 0x00, 0x40]),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
        },
        want: &[Vector(14), Stack(&[U, CODE, 0x1B]), Cr2(0x4000_0000)],
    },
    Case {
        name: "an_address_of_more_than_36_bits_is_reserved",
        manual: "SDM 3, 4.4.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page_pae(HERE, 0x10_0003_0007);
        },
        want: &[Vector(14), Stack(&[RSVD | P, CODE])],
    },
    Case {
        name: "no_model_has_execute_disable",
        manual: "SDM 3, 4.4.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            r.page_pae(HERE, 0x8000_0000_0003_0007);
        },
        want: &[Vector(14), Stack(&[RSVD | P, CODE])],
    },
    Case {
        name: "reserved_bits_of_2_mib_pages_fault",
        manual: "SDM 3, 4.4.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov al, [230000h]", &[0xA0, 0x00, 0x00, 0x23, 0x00]),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
            r.put(0x4_5008, 0x10_0083);
        },
        want: &[Vector(14), Stack(&[RSVD | P, CODE])],
    },
    Case {
        name: "directory_pointers_are_read_when_cr3_is_loaded",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov dword [44000h], 0 / mov eax, cr3 / invlpg [30000h] / mov al, [30000h] / mov dword [44000h], 45001h / mov ecx, cr3 / mov cr3, ecx / hlt",
            &[
                0xC7, 0x05, 0x00, 0x40, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0F, 0x20, 0xD8, 0x0F, 0x01,
                0x3D, 0x00, 0x00, 0x03, 0x00, 0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0x00, 0x40, 0x04,
                0x00, 0x01, 0x50, 0x04, 0x00, 0x0F, 0x20, 0xD9, 0x0F, 0x22, 0xD9, 0xF4,
            ],
        ),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x4_405A)],
    },
    Case {
        name: "a_changed_directory_pointer_counts_after_cr3",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov dword [44008h], 45001h / mov eax, cr3 / mov cr3, eax / mov al, [40030000h] / hlt",
            &[
                0xC7, 0x05, 0x08, 0x40, 0x04, 0x00, 0x01, 0x50, 0x04, 0x00, 0x0F, 0x20, 0xD8, 0x0F, 0x22,
                0xD8, 0xA0, 0x00, 0x00, 0x03, 0x40, 0xF4,
            ],
        ),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0x4_405A)],
    },
    Case {
        name: "a_reserved_bit_of_a_directory_pointer_refuses_cr3",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov dword [44008h], 45003h / mov eax, cr3 / mov cr3, eax",
            &[0xC7, 0x05, 0x08, 0x40, 0x04, 0x00, 0x03, 0x50, 0x04, 0x00, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8],
        ),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
        },
        want: &[Vector(13), Stack(&[0, CODE + 13])],
    },
    Case {
        name: "a_reserved_bit_of_a_missing_directory_pointer_passes",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov dword [44008h], 45002h / mov eax, cr3 / mov cr3, eax / hlt",
            &[
                0xC7, 0x05, 0x08, 0x40, 0x04, 0x00, 0x02, 0x50, 0x04, 0x00, 0x0F, 0x20, 0xD8, 0x0F, 0x22,
                0xD8, 0xF4,
            ],
        ),
        setup: |r| {
            r.page_pae(HERE, 0x3_0007);
        },
        want: &[Halted(CODE + 17)],
    },
    Case {
        name: "directory_pointers_are_read_when_paging_goes_on",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov eax, 44000h / mov cr3, eax / mov eax, cr0 / bts eax, 31 / mov cr0, eax / mov al, [30000h] / hlt",
            &[
                0xB8, 0x00, 0x40, 0x04, 0x00, 0x0F, 0x22, 0xD8, 0x0F, 0x20, 0xC0, 0x0F, 0xBA, 0xE8, 0x1F,
                0x0F, 0x22, 0xC0, 0xA0, 0x00, 0x00, 0x03, 0x00, 0xF4,
            ],
        ),
        setup: |r| {
            r.cpu.cr4 |= PAE;
            r.put8(HERE, 0x5A);
        },
        want: &[Gpr(Reg::Eax, 0xE000_005A)],
    },
    Case {
        name: "without_paging_directory_pointers_are_not_read",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov eax, 30000h / mov cr3, eax / hlt",
            &[0xB8, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x22, 0xD8, 0xF4],
        ),
        setup: |r| {
            r.cpu.cr4 |= PAE;
            r.put(HERE, 0x3);
        },
        want: &[Halted(CODE + 9), Cr3(HERE)],
    },
    Case {
        name: "a_change_of_pae_reads_the_directory_pointers",
        manual: "SDM 3, 4.4.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: ("mov eax, cr4 / or al, 20h / mov cr4, eax", &[0x0F, 0x20, 0xE0, 0x0C, 0x20, 0x0F, 0x22, 0xE0]),
        setup: |r| {
            r.page(HERE, HERE | 7);
            r.put(0x4_0000, 0x4_1007);
        },
        want: &[Vector(13), Stack(&[0, CODE + 5])],
    },
];
