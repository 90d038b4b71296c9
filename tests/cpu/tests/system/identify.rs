//! CPUID by preset.

use crate::case::*;

/// CPUID leaf 1 EDX without what SIMD units add (MMX, FXSR, SSE, SSE2, CLFSH).
const fn fixed(edx: u32) -> u32 {
    edx & !0x0788_0000
}

const CPUID: Code = ("cpuid / hlt", &[0x0F, 0xA2, 0xF4]);
/// Leaf 1, with the bits of SIMD units taken out of EDX.
const LEAF_1: Code = (
    "mov eax, 1 / cpuid / and edx, 0F877FFFFh / hlt",
    &[0xB8, 0x01, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0x81, 0xE2, 0xFF, 0xFF, 0x77, 0xF8, 0xF4],
);

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_386_has_no_cpuid",
        manual: "SDM 3, 21.1",
        on: &[Model::I386],
        start: Ring0,
        code: CPUID,
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "a_local_apic_is_told_by_cpuid",
        manual: "SDM 2, CPUID (leaf 1)",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "mov eax, 1 / cpuid / and edx, 200h / hlt",
            &[0xB8, 0x01, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0x81, 0xE2, 0x00, 0x02, 0x00, 0x00, 0xF4],
        ),
        setup: |r| {
            r.cpu.fit_local_apic(true);
        },
        want: &[Gpr(Reg::Edx, 0x200)],
    },
    Case {
        name: "the_vendor_is_intel",
        manual: "SDM 2, CPUID (leaf 0)",
        on: FROM_486,
        start: Ring0,
        code: CPUID,
        setup: |_| {},
        want: &[Gpr(Reg::Ebx, 0x756E_6547), Gpr(Reg::Edx, 0x4965_6E69), Gpr(Reg::Ecx, 0x6C65_746E)],
    },
    Case {
        name: "up_to_the_pentium_leaf_1_is_the_last",
        manual: "AP-485, 3.1",
        on: FROM_486.split_at(3).0,
        start: Ring0,
        code: CPUID,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 1)],
    },
    Case {
        name: "cpu_09_since_the_pentium_ii_leaf_2_is_the_last",
        manual: "AP-485, 3.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: CPUID,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 2)],
    },
    Case {
        name: "a_leaf_beyond_the_last_answers_as_the_last",
        manual: "SDM 2, CPUID",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov eax, 2 / cpuid / mov esi, edx / mov eax, 7 / cpuid / sub esi, edx / hlt",
            &[
                0xB8, 0x02, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0x89, 0xD6, 0xB8, 0x07, 0x00, 0x00, 0x00, 0x0F,
                0xA2, 0x29, 0xD6, 0xF4,
            ],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Esi, 0)],
    },
    Case {
        name: "cpuid_needs_no_privilege",
        manual: "SDM 2, CPUID",
        on: FROM_486,
        start: Ring3,
        code: ("cpuid / int 40h", &[0x0F, 0xA2, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Ebx, 0x756E_6547)],
    },
    Case {
        name: "the_id_flag_can_be_changed_where_cpuid_is",
        manual: "SDM 3, 2.3",
        on: FROM_486,
        start: Ring0,
        code: (
            "push 200002h / popf / pushf / pop eax / hlt",
            &[0x68, 0x02, 0x00, 0x20, 0x00, 0x9D, 0x9C, 0x58, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x20_0002)],
    },
    Case {
        name: "a_486_is_an_sl_enhanced_dx2",
        manual: "AP-485, table 3-3",
        on: &[Model::I486],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x435), Gpr(Reg::Edx, 1), Gpr(Reg::Ebx, 0)],
    },
    Case {
        name: "a_pentium_is_a_p54c",
        manual: "AP-485, tables 3-3, 3-5",
        on: &[Model::Pentium],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x52C), Gpr(Reg::Edx, 0x1BF)],
    },
    Case {
        name: "a_pentium_mmx_is_a_p55c",
        manual: "AP-485, tables 3-3, 3-5",
        on: &[Model::PentiumMmx],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x543), Gpr(Reg::Edx, 0x1BF)],
    },
    Case {
        name: "a_pentium_ii_is_a_deschutes",
        manual: "AP-485, tables 3-3, 3-5",
        on: &[Model::Pentium2],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x652), Gpr(Reg::Edx, fixed(0x0183_F9FF)), Gpr(Reg::Ebx, 0)],
    },
    Case {
        name: "a_pentium_iii_is_a_coppermine",
        manual: "AP-485, tables 3-3, 3-5, 3-7",
        on: &[Model::Pentium3],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x686), Gpr(Reg::Edx, fixed(0x0383_F9FF)), Gpr(Reg::Ebx, 2)],
    },
    Case {
        name: "a_pentium_4_is_a_willamette",
        manual: "AP-485, tables 3-3, 3-5, 3-7",
        on: &[Model::Pentium4],
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[
            Gpr(Reg::Eax, 0xF12),
            Gpr(Reg::Edx, fixed(0x0F8B_F9FF)),
            Gpr(Reg::Ebx, 0x0808),
            Gpr(Reg::Ecx, 0),
        ],
    },
    Case {
        name: "a_pentium_ii_has_512_kib_of_l2",
        manual: "AP-485, table 3-8",
        on: &[Model::Pentium2],
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 2;
        },
        want: &[Gpr(Reg::Eax, 0x0302_0101), Gpr(Reg::Edx, 0x0C04_0843)],
    },
    Case {
        name: "a_pentium_iii_has_256_kib_of_l2",
        manual: "AP-485, table 3-8",
        on: &[Model::Pentium3],
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 2;
        },
        want: &[Gpr(Reg::Eax, 0x0302_0101), Gpr(Reg::Edx, 0x0C04_0882)],
    },
    Case {
        name: "a_pentium_4_has_a_trace_cache",
        manual: "SDM 2, CPUID (example 3-1)",
        on: &[Model::Pentium4],
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 2;
        },
        want: &[Gpr(Reg::Eax, 0x665B_5001), Gpr(Reg::Ebx, 0), Gpr(Reg::Ecx, 0), Gpr(Reg::Edx, 0x007A_7000)],
    },
    Case {
        name: "a_pentium_4_says_its_name",
        manual: "SDM 2, CPUID (leaf 80000004h)",
        on: &[Model::Pentium4],
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 0x8000_0004;
        },
        want: &[
            Gpr(Reg::Eax, 0x2034_2029),
            Gpr(Reg::Ebx, 0x2055_5043),
            Gpr(Reg::Ecx, 0x3030_3531),
            Gpr(Reg::Edx, 0x007A_484D),
        ],
    },
    Case {
        name: "a_pentium_4_has_four_extended_leaves",
        manual: "SDM 2, CPUID (leaf 80000000h)",
        on: &[Model::Pentium4],
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 0x8000_0000;
        },
        want: &[Gpr(Reg::Eax, 0x8000_0004)],
    },
];
