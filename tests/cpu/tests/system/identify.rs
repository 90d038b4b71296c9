//! CPUID and model-specific registers by preset.

use crate::case::*;

const GP: Want = Vector(13);
const P5: &[Model] = &[Model::Pentium, Model::PentiumMmx];
const P6: &[Model] = &[Model::Pentium2, Model::Pentium3];
const PENTIUM_4: &[Model] = &[Model::Pentium4];
/// CPUID leaf 1 EDX without what SIMD units add (MMX, FXSR, SSE, SSE2, CLFSH).
const fn fixed(edx: u32) -> u32 {
    edx & !0x0788_0000
}

/// Reads the MSR that ECX names.
const READ: Code = ("rdmsr / hlt", &[0x0F, 0x32, 0xF4]);
/// Writes EDX:EAX to it, clears both and reads it back.
const WRITE: Code = (
    "wrmsr / xor eax, eax / xor edx, edx / rdmsr / hlt",
    &[0x0F, 0x30, 0x31, 0xC0, 0x31, 0xD2, 0x0F, 0x32, 0xF4],
);
const CPUID: Code = ("cpuid / hlt", &[0x0F, 0xA2, 0xF4]);

fn at(r: &mut Rig, address: u32) {
    r.cpu.gpr[1] = address;
}

fn put(r: &mut Rig, address: u32, value: u64) {
    r.cpu.gpr[1] = address;
    r.cpu.gpr[0] = value as u32;
    r.cpu.gpr[2] = (value >> 32) as u32;
}

/// Leaf 1, with the bits of SIMD units taken out of EDX.
const LEAF_1: Code = (
    "mov eax, 1 / cpuid / and edx, 0F877FFFFh / hlt",
    &[0xB8, 0x01, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0x81, 0xE2, 0xFF, 0xFF, 0x77, 0xF8, 0xF4],
);

pub(crate) const CASES: &[Case] = &[
    // CPUID.
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
        on: PENTIUM_4,
        start: Ring0,
        code: LEAF_1,
        setup: |_| {},
        want: &[
            Gpr(Reg::Eax, 0xF12),
            Gpr(Reg::Edx, fixed(0x078B_F9FF)),
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
        on: PENTIUM_4,
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
        on: PENTIUM_4,
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
        on: PENTIUM_4,
        start: Ring0,
        code: CPUID,
        setup: |r| {
            r.cpu.gpr[0] = 0x8000_0000;
        },
        want: &[Gpr(Reg::Eax, 0x8000_0004)],
    },
    // MSRs of every family.
    Case {
        name: "rdmsr_is_privileged",
        manual: "SDM 2, RDMSR",
        on: FROM_PENTIUM,
        start: Ring3,
        code: READ,
        setup: |r| {
            at(r, 0x10);
        },
        want: &[GP, Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "wrmsr_is_privileged",
        manual: "SDM 2, WRMSR",
        on: FROM_PENTIUM,
        start: Ring3,
        code: WRITE,
        setup: |r| {
            at(r, 0x10);
        },
        want: &[GP, Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_486_has_no_rdmsr",
        manual: "P5, 23.3",
        on: &[Model::I386, Model::I486],
        start: Ring0,
        code: READ,
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "an_msr_that_does_not_exist_faults",
        manual: "SDM 2, RDMSR",
        on: FROM_PENTIUM,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x1234);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_write_to_an_msr_that_does_not_exist_faults",
        manual: "SDM 2, WRMSR",
        on: FROM_PENTIUM,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            at(r, 0x1234);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "the_time_stamp_counter_can_be_set",
        manual: "SDM 3, 17.17",
        on: FROM_PENTIUM,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x10, 0x5_0000_0000);
        },
        want: &[Gpr(Reg::Edx, 5), Gpr(Reg::Eax, 3)],
    },
    Case {
        name: "machine_check_registers_of_the_p5_answer_everywhere",
        manual: "SDM 4, table 2-2",
        on: FROM_PENTIUM,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 1);
            r.cpu.gpr[0] = 5;
        },
        want: &[Gpr(Reg::Eax, 0), Gpr(Reg::Edx, 0)],
    },
    // MSRs of the Pentium.
    Case {
        name: "a_pentium_keeps_tr12",
        manual: "P5, 16.2",
        on: P5,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x0E, 0x200);
        },
        want: &[Gpr(Reg::Eax, 0x200), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "a_pentium_has_reserved_msrs",
        manual: "P5, 16.2",
        on: P5,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x03);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "cesr_has_two_halves_of_10_bits",
        manual: "P5, 17.3",
        on: P5,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x11, 0xFFFF_FFFF);
        },
        want: &[Gpr(Reg::Eax, 0x03FF_03FF)],
    },
    Case {
        name: "counters_of_a_pentium_have_40_bits",
        manual: "P5, 17.3",
        on: P5,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x12, 0xFFFF_1234_5678_9ABC);
        },
        want: &[Gpr(Reg::Eax, 0x5678_9ABC), Gpr(Reg::Edx, 0x34)],
    },
    Case {
        name: "a_pentium_has_no_msrs_of_the_p6",
        manual: "P5, 16.2",
        on: P5,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x1B);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_pentium_has_no_mtrrs",
        manual: "P5, 16.2",
        on: P5,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0xFE);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    // MSRs since the P6.
    Case {
        name: "the_apic_is_off",
        manual: "SDM 3, 10.4.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x1B);
        },
        want: &[Gpr(Reg::Eax, 0xFEE0_0100), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "the_apic_stays_off",
        manual: "SDM 3, 10.4.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x1B, 0xFEE0_0900);
        },
        want: &[Gpr(Reg::Eax, 0xFEE0_0100)],
    },
    Case {
        name: "the_apic_base_has_reserved_bits",
        manual: "SDM 3, 10.4.4",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x1B, 0xFEE0_0901);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "cpu_10_the_platform_and_microcode_registers_answer",
        manual: "SDM 4, table 2-2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov ecx, 17h / rdmsr / mov ecx, 8Bh / xor eax, eax / wrmsr / rdmsr / mov ecx, 79h / wrmsr / hlt",
            &[
                0xB9, 0x17, 0x00, 0x00, 0x00, 0x0F, 0x32, 0xB9, 0x8B, 0x00, 0x00, 0x00, 0x31, 0xC0, 0x0F,
                0x30, 0x0F, 0x32, 0xB9, 0x79, 0x00, 0x00, 0x00, 0x0F, 0x30, 0xF4,
            ],
        ),
        setup: |_| {},
        want: &[Halted(CODE + 26)],
    },
    Case {
        name: "sysenter_registers_hold_what_is_written",
        manual: "SDM 4, table 2-2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x176, 0x1234_5678);
        },
        want: &[Gpr(Reg::Eax, 0x1234_5678), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "the_machine_check_architecture_has_no_bank",
        manual: "SDM 3, 15.3.1.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x179);
        },
        want: &[Gpr(Reg::Eax, 0), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "mcg_cap_cannot_be_written",
        manual: "SDM 3, 15.3.1.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            at(r, 0x179);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "without_mcg_ctl_p_there_is_no_mcg_ctl",
        manual: "SDM 3, 15.3.1.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x17B);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "mtrrcap_tells_eight_ranges",
        manual: "SDM 3, 11.11.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0xFE);
        },
        want: &[Gpr(Reg::Eax, 0x508)],
    },
    Case {
        name: "mtrrcap_cannot_be_written",
        manual: "SDM 3, 11.11.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0xFE, 0x508);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_variable_range_holds_base_and_type",
        manual: "SDM 3, 11.11.2.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x20E, 0xF_FFFF_F006);
        },
        want: &[Gpr(Reg::Eax, 0xFFFF_F006), Gpr(Reg::Edx, 0xF)],
    },
    Case {
        name: "a_variable_range_refuses_address_bits_beyond_35",
        manual: "SDM 3, 11.11.2.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x201, 0x10_0000_0800);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_variable_range_refuses_a_reserved_type",
        manual: "SDM 3, 11.11.2.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x200, 2);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_mask_has_a_valid_bit_and_no_type",
        manual: "SDM 3, 11.11.2.3",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x201, 0x806);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "a_fixed_range_refuses_a_reserved_type_in_any_byte",
        manual: "SDM 3, 11.11.2.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x26F, 0x0606_0606_0706_0606);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "each_fixed_range_has_its_own_register",
        manual: "SDM 3, 11.11.2.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov ecx, 250h / wrmsr / mov ecx, 259h / rdmsr / hlt",
            &[0xB9, 0x50, 0x02, 0x00, 0x00, 0x0F, 0x30, 0xB9, 0x59, 0x02, 0x00, 0x00, 0x0F, 0x32, 0xF4],
        ),
        setup: |r| {
            r.cpu.gpr[0] = 0x0606_0606;
            r.cpu.gpr[2] = 0x0606_0606;
        },
        want: &[Gpr(Reg::Eax, 0), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "the_default_type_refuses_reserved_bits",
        manual: "SDM 3, 11.11.2.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x2FF, 0x1C06);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "the_default_type_holds_its_enables",
        manual: "SDM 3, 11.11.2.1",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x2FF, 0xC06);
        },
        want: &[Gpr(Reg::Eax, 0xC06)],
    },
    Case {
        name: "the_pat_has_its_reset_value",
        manual: "SDM 3, 11.12.4",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x277);
        },
        want: &[Gpr(Reg::Eax, 0x0007_0406), Gpr(Reg::Edx, 0x0007_0406)],
    },
    Case {
        name: "the_pat_refuses_a_reserved_type",
        manual: "SDM 3, 11.12.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x277, 0x0007_0406_0002_0406);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "the_pat_takes_uncached_minus",
        manual: "SDM 3, 11.12.2",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x277, 0x0706_0504_0100_0706);
        },
        want: &[Gpr(Reg::Eax, 0x0100_0706), Gpr(Reg::Edx, 0x0706_0504)],
    },
    Case {
        name: "counters_of_a_p6_repeat_bit_31",
        manual: "SDM 3, 18.6.8.3",
        on: P6,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0xC1, 0x1234_8000_0001);
        },
        want: &[Gpr(Reg::Eax, 0x8000_0001), Gpr(Reg::Edx, 0xFF)],
    },
    Case {
        name: "rdpmc_reads_the_counter",
        manual: "SDM 2, RDPMC",
        on: P6,
        start: Ring0,
        code: (
            "wrmsr / mov ecx, 1 / rdpmc / hlt",
            &[0x0F, 0x30, 0xB9, 0x01, 0x00, 0x00, 0x00, 0x0F, 0x33, 0xF4],
        ),
        setup: |r| {
            put(r, 0xC2, 0x1234);
        },
        want: &[Gpr(Reg::Eax, 0x1234), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "the_serial_number_cannot_be_enabled_again",
        manual: "AP-485, 4.1",
        on: P6,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x119, 0);
        },
        want: &[Gpr(Reg::Eax, 1 << 21)],
    },
    Case {
        name: "a_p6_has_no_misc_enable",
        manual: "SDM 4, table 2-2",
        on: P6,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0x1A0);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
    Case {
        name: "misc_enable_tells_what_a_pentium_4_has",
        manual: "SDM 4, IA32_MISC_ENABLE",
        on: PENTIUM_4,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x1A0, 0x80);
        },
        want: &[Gpr(Reg::Eax, 0x1800)],
    },
    Case {
        name: "a_pentium_4_has_no_p6_counters",
        manual: "SDM 4, MSRs of the Pentium 4",
        on: PENTIUM_4,
        start: Ring0,
        code: READ,
        setup: |r| {
            at(r, 0xC1);
        },
        want: &[GP, Stack(&[0, CODE])],
    },
];
