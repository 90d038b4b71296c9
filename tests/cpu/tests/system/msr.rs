//! Model-specific registers by preset.

use crate::case::*;

const GP: Want = Vector(13);
const P5: &[Model] = &[Model::Pentium, Model::PentiumMmx];
const P6: &[Model] = &[Model::Pentium2, Model::Pentium3];
const PENTIUM_4: &[Model] = &[Model::Pentium4];

/// Reads the MSR that ECX names.
const READ: Code = ("rdmsr / hlt", &[0x0F, 0x32, 0xF4]);
/// Writes EDX:EAX to it, clears both and reads it back.
const WRITE: Code = (
    "wrmsr / xor eax, eax / xor edx, edx / rdmsr / hlt",
    &[0x0F, 0x30, 0x31, 0xC0, 0x31, 0xD2, 0x0F, 0x32, 0xF4],
);

/// Switches the APIC off and on again.
const OFF_AND_ON: Code = (
    "mov eax, FEE00000h / wrmsr / mov eax, FEE00800h / wrmsr / rdmsr / hlt",
    &[0xB8, 0x00, 0x00, 0xE0, 0xFE, 0x0F, 0x30, 0xB8, 0x00, 0x08, 0xE0, 0xFE, 0x0F, 0x30, 0x0F, 0x32, 0xF4],
);

/// A CPU with a local APIC, whose APIC_BASE is named.
fn with_apic(r: &mut Rig) {
    r.cpu.fit_local_apic(true);
    put(r, 0x1B, 0);
}

fn at(r: &mut Rig, address: u32) {
    r.cpu.gpr[1] = address;
}

fn put(r: &mut Rig, address: u32, value: u64) {
    r.cpu.gpr[1] = address;
    r.cpu.gpr[0] = value as u32;
    r.cpu.gpr[2] = (value >> 32) as u32;
}

pub(crate) const CASES: &[Case] = &[
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
        name: "a_write_of_the_time_stamp_counter_clears_its_upper_half",
        manual: "SDM 3, 17.17",
        on: FROM_PENTIUM,
        start: Ring0,
        code: WRITE,
        setup: |r| {
            put(r, 0x10, 0x5_0000_1000);
        },
        want: &[Gpr(Reg::Edx, 0), Gpr(Reg::Eax, 0x1003)],
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
        name: "an_apic_that_was_switched_off_stays_so_until_reset",
        manual: "SDM 3, 10.4.3",
        on: P6,
        start: Ring0,
        code: OFF_AND_ON,
        setup: with_apic,
        want: &[Gpr(Reg::Eax, 0xFEE0_0100)],
    },
    Case {
        name: "an_apic_of_a_pentium_4_comes_back",
        manual: "SDM 3, 10.4.3",
        on: PENTIUM_4,
        start: Ring0,
        code: OFF_AND_ON,
        setup: with_apic,
        want: &[Gpr(Reg::Eax, 0xFEE0_0900)],
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
