//! RESET and INIT (SDM vol. 3, table 9-1).

use crate::case::*;

/// The state as RESET leaves it.
fn reset(r: &mut Rig) {
    r.cpu = CpuState::power_on(r.cpu.model);
    r.steps = Some(0);
}

/// The state after INIT in the middle of a protected-mode program.
fn init(r: &mut Rig) {
    r.page(DATA, DATA | 7);
    r.cpu.fpu.control = 0x27F;
    r.cpu.xmm[3] = [1, 2];
    r.cpu.msr.pat = 0x0606_0606_0606_0606;
    r.cpu.msr.tsc_offset = 77;
    r.cpu.cr2 = 5;
    r.cpu.dr = [1; 8];
    r.cpu.gpr = [9; 8];
    r.cpu.halted = true;
    r.cpu.retired = 3;
    r.cpu.init();
    r.steps = Some(0);
}

const NOTHING: Code = ("", &[]);

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "reset_begins_16_bytes_below_4_gib",
        manual: "SDM 3, table 9-1",
        on: FROM_386,
        start: Real,
        code: NOTHING,
        setup: |r| {
            reset(r);
        },
        want: &[
            Eip(0xFFF0),
            Selector(Seg::Cs, 0xF000),
            Base(Seg::Cs, 0xFFFF_0000),
            Limit(Seg::Cs, 0xFFFF),
            Flags(u32::MAX, 2),
            Cpl(0),
        ],
    },
    Case {
        name: "reset_clears_data_segments_and_registers",
        manual: "SDM 3, table 9-1",
        on: FROM_386,
        start: Real,
        code: NOTHING,
        setup: |r| {
            reset(r);
        },
        want: &[
            Selector(Seg::Ds, 0),
            Base(Seg::Ds, 0),
            Limit(Seg::Ds, 0xFFFF),
            Gpr(Reg::Eax, 0),
            Gpr(Reg::Esp, 0),
            Cr2(0),
            Cr3(0),
        ],
    },
    Case {
        name: "reset_leaves_the_signature_in_edx",
        manual: "386, 10.1",
        on: &[Model::I386],
        start: Real,
        code: NOTHING,
        setup: |r| {
            reset(r);
        },
        want: &[Gpr(Reg::Edx, 0x308), Cr0(u32::MAX, 0x10)],
    },
    Case {
        name: "reset_leaves_the_caches_off",
        manual: "SDM 3, table 9-1",
        on: FROM_486,
        start: Real,
        code: NOTHING,
        setup: |r| {
            reset(r);
        },
        want: &[Cr0(u32::MAX, 0x6000_0010)],
    },
    Case {
        name: "edx_after_reset_is_what_cpuid_says",
        manual: "SDM 3, 9.1.2",
        on: FROM_486,
        start: Real,
        code: (
            "mov esi, edx / mov eax, 1 / cpuid / sub eax, esi / hlt",
            &[0x66, 0x89, 0xD6, 0x66, 0xB8, 0x01, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0x66, 0x29, 0xF0, 0xF4],
        ),
        setup: |r| {
            r.cpu.gpr[2] = CpuState::power_on(r.cpu.model).gpr[2];
        },
        want: &[Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "reset_sets_the_debug_registers",
        manual: "SDM 3, table 9-1",
        on: FROM_386,
        start: Real,
        code: NOTHING,
        setup: |r| {
            reset(r);
        },
        want: &[Dr(0, u32::MAX, 0), Dr(6, u32::MAX, 0xFFFF_0FF0), Dr(7, u32::MAX, 0x400)],
    },
    Case {
        name: "the_idt_of_a_486_has_room_for_real_mode",
        manual: "486, 10.1",
        on: &[Model::I386, Model::I486],
        start: Real,
        code: ("sidt [0] / hlt", &[0x0F, 0x01, 0x0E, 0x00, 0x00, 0xF4]),
        setup: |r| {
            r.cpu.idtr = CpuState::power_on(r.cpu.model).idtr;
        },
        want: &[Memory(DATA, u32::MAX, 0x3FF)],
    },
    Case {
        name: "the_idt_of_a_pentium_has_64_kib",
        manual: "SDM 3, table 9-1",
        on: FROM_PENTIUM,
        start: Real,
        code: ("sidt [0] / hlt", &[0x0F, 0x01, 0x0E, 0x00, 0x00, 0xF4]),
        setup: |r| {
            r.cpu.idtr = CpuState::power_on(r.cpu.model).idtr;
        },
        want: &[Memory(DATA, u32::MAX, 0xFFFF)],
    },
    Case {
        name: "init_goes_back_to_real_mode",
        manual: "SDM 3, table 9-1",
        on: FROM_386,
        start: Ring0,
        code: NOTHING,
        setup: |r| {
            init(r);
        },
        want: &[
            Eip(0xFFF0),
            Base(Seg::Cs, 0xFFFF_0000),
            Cr0(0x8000_0001, 0),
            Cr2(0),
            Cr3(0),
            Gpr(Reg::Ebx, 0),
            Dr(0, u32::MAX, 0),
            Dr(7, u32::MAX, 0x400),
            Retired(3),
        ],
    },
    Case {
        name: "init_keeps_cd_and_nw",
        manual: "SDM 3, table 9-1",
        on: FROM_486,
        start: Ring0,
        code: NOTHING,
        setup: |r| {
            r.cpu.cr0 = 0x11;
            init(r);
        },
        want: &[Cr0(u32::MAX, 0x10)],
    },
    Case {
        name: "init_keeps_the_fpu",
        manual: "SDM 3, table 9-1",
        on: FROM_386,
        start: Ring0,
        code: ("fnstcw [30000h] / hlt", &[0xD9, 0x3D, 0x00, 0x00, 0x03, 0x00, 0xF4]),
        setup: |r| {
            r.cpu.fpu.control = 0x27F;
            let seg = r.cpu.seg;
            let cr0 = r.cpu.cr0;
            r.cpu.init();
            r.cpu.seg = seg;
            r.cpu.cr0 = cr0;
            r.cpu.eip = CODE;
        },
        want: &[Memory(DATA, 0xFFFF, 0x27F)],
    },
    Case {
        name: "init_keeps_msrs",
        manual: "SDM 3, table 9-1",
        on: FROM_PENTIUM_2,
        start: Real,
        code: ("mov ecx, 277h / rdmsr / hlt", &[0x66, 0xB9, 0x77, 0x02, 0x00, 0x00, 0x0F, 0x32, 0xF4]),
        setup: |r| {
            init(r);
            let state = Rig::new(r.cpu.model, Start::Real, &[]).cpu;
            r.cpu = CpuState { msr: r.cpu.msr.clone(), ..state };
            r.steps = None;
        },
        want: &[Gpr(Reg::Eax, 0x0606_0606)],
    },
];
