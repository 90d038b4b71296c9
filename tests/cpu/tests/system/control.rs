//! Control and table registers, counters, fast system calls.

use crate::case::*;

const PE: u32 = 1;

/// SYSENTER to the landing.
fn enter(r: &mut Rig) {
    r.cpu.msr.sysenter_cs = u32::from(sel::CODE_0);
    r.cpu.msr.sysenter_esp = 0x7000;
    r.cpu.msr.sysenter_eip = LANDING;
}

pub(crate) const CASES: &[Case] = &[
    // Control registers.
    Case {
        name: "cr0_is_privileged",
        manual: "SDM 2, MOV (control registers)",
        on: FROM_386,
        start: Ring3,
        code: ("mov eax, cr0", &[0x0F, 0x20, 0xC0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "nw_without_cd_faults",
        manual: "SDM 2, MOV (control registers)",
        on: FROM_486,
        start: Ring0,
        code: ("mov eax, 20000011h / mov cr0, eax", &[0xB8, 0x11, 0x00, 0x00, 0x20, 0x0F, 0x22, 0xC0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 5])],
    },
    Case {
        name: "control_registers_that_do_not_exist_are_invalid",
        manual: "SDM 2, MOV (control registers)",
        on: FROM_386,
        start: Ring0,
        code: ("db 0Fh, 20h, 0C8h", &[0x0F, 0x20, 0xC8]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "before_the_pentium_there_is_no_cr4",
        manual: "P5, 23.2",
        on: FROM_386.split_at(2).0,
        start: Ring0,
        code: ("mov eax, cr4", &[0x0F, 0x20, 0xE0]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "cr4_refuses_what_a_pentium_lacks",
        manual: "SDM 3, 2.5",
        on: &[Model::Pentium, Model::PentiumMmx],
        start: Ring0,
        code: ("mov eax, 20h / mov cr4, eax", &[0xB8, 0x20, 0x00, 0x00, 0x00, 0x0F, 0x22, 0xE0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 5])],
    },
    Case {
        name: "cr4_refuses_reserved_bits",
        manual: "SDM 3, 2.5",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("mov eax, 80000000h / mov cr4, eax", &[0xB8, 0x00, 0x00, 0x00, 0x80, 0x0F, 0x22, 0xE0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 5])],
    },
    Case {
        name: "cr4_keeps_what_a_pentium_has",
        manual: "SDM 3, 2.5",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "mov eax, 5Fh / mov cr4, eax / mov ecx, cr4 / hlt",
            &[0xB8, 0x5F, 0x00, 0x00, 0x00, 0x0F, 0x22, 0xE0, 0x0F, 0x20, 0xE1, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0x5F)],
    },
    Case {
        name: "cr2_holds_anything",
        manual: "SDM 3, 2.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 12345678h / mov cr2, eax / mov ecx, cr2 / hlt",
            &[0xB8, 0x78, 0x56, 0x34, 0x12, 0x0F, 0x22, 0xD0, 0x0F, 0x20, 0xD1, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0x1234_5678)],
    },
    Case {
        name: "protection_goes_off_and_segments_stay",
        manual: "SDM 3, 9.9.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, cr0 / and al, 0FEh / mov cr0, eax / hlt",
            &[0x0F, 0x20, 0xC0, 0x24, 0xFE, 0x0F, 0x22, 0xC0, 0xF4],
        ),
        setup: |_| {},
        want: &[Halted(CODE + 9), Cr0(PE, 0), Limit(Seg::Ds, u32::MAX)],
    },
    Case {
        name: "protection_goes_on_with_cpl_0",
        manual: "SDM 3, 9.9.1",
        on: FROM_386,
        start: Real,
        code: (
            "mov eax, cr0 / inc ax / mov cr0, eax / hlt",
            &[0x0F, 0x20, 0xC0, 0x40, 0x0F, 0x22, 0xC0, 0xF4],
        ),
        setup: |_| {},
        want: &[Halted(8), Cr0(PE, PE), Cpl(0)],
    },
    Case {
        name: "lmsw_cannot_clear_pe",
        manual: "SDM 2, LMSW",
        on: FROM_386,
        start: Ring0,
        code: ("mov eax, 0Eh / lmsw ax / hlt", &[0xB8, 0x0E, 0x00, 0x00, 0x00, 0x0F, 0x01, 0xF0, 0xF4]),
        setup: |_| {},
        want: &[Halted(CODE + 9), Cr0(0xF, 0xF)],
    },
    Case {
        name: "lmsw_is_privileged",
        manual: "SDM 2, LMSW",
        on: FROM_386,
        start: Ring3,
        code: ("lmsw ax", &[0x0F, 0x01, 0xF0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "smsw_is_not_privileged",
        manual: "SDM 2, SMSW",
        on: FROM_386,
        start: Ring3,
        code: ("smsw ecx / int 40h", &[0x0F, 0x01, 0xE1, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.cr0 = 0x13;
        },
        want: &[Vector(13), Gpr(Reg::Ecx, 0x13)],
    },
    Case {
        name: "smsw_writes_a_word_of_memory",
        manual: "SDM 2, SMSW",
        on: FROM_386,
        start: Ring0,
        code: ("smsw [30000h] / hlt", &[0x0F, 0x01, 0x25, 0x00, 0x00, 0x03, 0x00, 0xF4]),
        setup: |r| {
            r.put(DATA, 0xAAAA_AAAA);
            r.cpu.cr0 = 0x13;
        },
        want: &[Memory(DATA, u32::MAX, 0xAAAA_0013)],
    },
    Case {
        name: "clts_is_privileged",
        manual: "SDM 2, CLTS",
        on: FROM_386,
        start: Ring3,
        code: ("clts", &[0x0F, 0x06]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "clts_clears_ts",
        manual: "SDM 2, CLTS",
        on: FROM_386,
        start: Ring0,
        code: ("clts / hlt", &[0x0F, 0x06, 0xF4]),
        setup: |r| {
            r.cpu.cr0 |= 8;
        },
        want: &[Cr0(8, 0)],
    },
    Case {
        name: "wbinvd_is_privileged",
        manual: "SDM 2, WBINVD",
        on: FROM_486,
        start: Ring3,
        code: ("wbinvd", &[0x0F, 0x09]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "lgdt_is_privileged",
        manual: "SDM 2, LGDT/LIDT",
        on: FROM_386,
        start: Ring3,
        code: ("lgdt [30000h]", &[0x0F, 0x01, 0x15, 0x00, 0x00, 0x03, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "lgdt_with_16_bit_operands_takes_24_bits_of_base",
        manual: "SDM 2, LGDT/LIDT",
        on: FROM_386,
        start: Ring0,
        code: (
            "o16 lgdt [30000h] / sgdt [30010h] / hlt",
            &[0x66, 0x0F, 0x01, 0x15, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x01, 0x05, 0x10, 0x00, 0x03, 0x00, 0xF4],
        ),
        setup: |r| {
            r.put(DATA, 0x3456_0FFF);
            r.put(DATA + 4, 0xFF12);
        },
        want: &[Memory(DATA + 0x10, u32::MAX, 0x3456_0FFF), Memory(DATA + 0x14, 0xFFFF, 0x12)],
    },
    Case {
        name: "cpu_01_sidt_with_16_bit_operands_stores_the_whole_base",
        manual: "SDM 3, 21.31.3",
        on: FROM_386,
        start: Ring0,
        code: ("o16 sidt [30000h] / hlt", &[0x66, 0x0F, 0x01, 0x0D, 0x00, 0x00, 0x03, 0x00, 0xF4]),
        setup: |r| {
            r.cpu.idtr.base = 0x8765_4321;
        },
        want: &[Memory(DATA, u32::MAX, 0x4321_07FF), Memory(DATA + 4, u32::MAX, 0x8765)],
    },
    Case {
        name: "sgdt_of_a_register_is_invalid",
        manual: "SDM 2, SGDT",
        on: FROM_386.split_at(4).0,
        start: Ring0,
        code: ("db 0Fh, 01h, 0C0h", &[0x0F, 0x01, 0xC0]),
        setup: |_| {},
        want: &[Vector(6)],
    },
    // Time-stamp and performance counters.
    Case {
        name: "rdtsc_is_free_without_tsd",
        manual: "SDM 2, RDTSC",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("nop / rdtsc / int 40h", &[0x90, 0x0F, 0x31, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Eax, 1), Gpr(Reg::Edx, 0)],
    },
    Case {
        name: "rdtsc_is_privileged_with_tsd",
        manual: "SDM 2, RDTSC",
        on: FROM_PENTIUM,
        start: Ring3,
        code: ("rdtsc", &[0x0F, 0x31]),
        setup: |r| {
            r.cpu.cr4 |= 4;
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_486_has_no_rdtsc",
        manual: "P5, 23.3",
        on: &[Model::I386, Model::I486],
        start: Ring0,
        code: ("rdtsc", &[0x0F, 0x31]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "rdpmc_is_privileged_without_pce",
        manual: "SDM 2, RDPMC",
        on: FROM_386.split_at(3).1,
        start: Ring3,
        code: ("rdpmc", &[0x0F, 0x33]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "rdpmc_is_free_with_pce",
        manual: "SDM 2, RDPMC",
        on: FROM_386.split_at(3).1,
        start: Ring3,
        code: ("mov eax, 5 / rdpmc / int 40h", &[0xB8, 0x05, 0x00, 0x00, 0x00, 0x0F, 0x33, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.cr4 |= 0x100;
        },
        want: &[Vector(13), Stack(&[0x202, CODE + 7]), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "rdpmc_of_a_third_counter_faults",
        manual: "SDM 2, RDPMC",
        on: &[Model::PentiumMmx, Model::Pentium2, Model::Pentium3],
        start: Ring0,
        code: ("mov ecx, 2 / rdpmc", &[0xB9, 0x02, 0x00, 0x00, 0x00, 0x0F, 0x33]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 5])],
    },
    Case {
        name: "a_pentium_has_no_rdpmc",
        manual: "SDM 3, 21.2",
        on: &[Model::Pentium],
        start: Ring0,
        code: ("rdpmc", &[0x0F, 0x33]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
    // SYSENTER and SYSEXIT.
    Case {
        name: "sysenter_makes_flat_segments_of_ring_0",
        manual: "SDM 2, SYSENTER",
        on: FROM_PENTIUM_2,
        start: Ring3,
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |r| {
            enter(r);
        },
        want: &[
            Halted(LANDING + 1),
            Cpl(0),
            Selector(Seg::Cs, 8),
            Selector(Seg::Ss, 0x10),
            Gpr(Reg::Esp, 0x7000),
            Flags(0x200, 0),
            Limit(Seg::Cs, u32::MAX),
        ],
    },
    Case {
        name: "sysenter_leaves_virtual_8086_mode",
        manual: "SDM 2, SYSENTER",
        on: FROM_PENTIUM_2,
        start: V86(0),
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |r| {
            enter(r);
        },
        want: &[Halted(LANDING + 1), Cpl(0), Flags(1 << 17, 0)],
    },
    Case {
        name: "sysenter_without_a_selector_faults",
        manual: "SDM 2, SYSENTER",
        on: FROM_PENTIUM_2,
        start: Ring3,
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |r| {
            r.cpu.msr.sysenter_cs = 3;
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "sysenter_faults_in_real_mode",
        manual: "SDM 2, SYSENTER",
        on: FROM_PENTIUM_2,
        start: Real,
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |r| {
            enter(r);
        },
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "sysexit_makes_flat_segments_of_ring_3",
        manual: "SDM 2, SYSEXIT",
        on: FROM_PENTIUM_2,
        start: Ring0,
        code: (
            "mov edx, 18000h / mov ecx, 5000h / sysexit",
            &[0xBA, 0x00, 0x80, 0x01, 0x00, 0xB9, 0x00, 0x50, 0x00, 0x00, 0x0F, 0x35],
        ),
        setup: |r| {
            enter(r);
            r.steps = Some(3);
        },
        want: &[
            Eip(LANDING),
            Cpl(3),
            Selector(Seg::Cs, 0x1B),
            Selector(Seg::Ss, 0x23),
            Gpr(Reg::Esp, 0x5000),
        ],
    },
    Case {
        name: "sysexit_is_privileged",
        manual: "SDM 2, SYSEXIT",
        on: FROM_PENTIUM_2,
        start: Ring3,
        code: ("sysexit", &[0x0F, 0x35]),
        setup: |r| {
            enter(r);
        },
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "a_pentium_has_no_sysenter",
        manual: "SDM 3, 21.2",
        on: &[Model::Pentium, Model::PentiumMmx],
        start: Ring0,
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[CODE])],
    },
];
