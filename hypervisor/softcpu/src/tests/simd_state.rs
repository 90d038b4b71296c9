//! MXCSR, unmasked exceptions, FXSAVE and FXRSTOR, and what CPUID and CR4 say of them.

use super::rig::Rig;
use super::simd::{DATA, OSFXSR, at, rig};
use engine::{EFlags, F80, Model};

const ONE: u32 = 1f32.to_bits();
const THIRD: u32 = 3f32.to_bits();
const LARGEST: u32 = f32::MAX.to_bits();
const SMALLEST_NORMAL: u32 = f32::MIN_POSITIVE.to_bits();
const DENORMAL: u32 = 1;
const SIGNALLING: u32 = 0x7F80_0001;
const QUIET: u32 = 0x7FC0_0000;

const ADDPS: u8 = 0x58;
const MULPS: u8 = 0x59;
const DIVPS: u8 = 0x5E;

fn pack([a, b, c, d]: [u32; 4]) -> [u64; 2] {
    [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
}

/// `xmm0 op= xmm1` on two lanes, the others 1 op 1.
fn lanes(opcode: u8, mxcsr: u32, a: [u32; 2], b: [u32; 2]) -> Rig {
    let mut rig = rig(Model::Pentium4, &[0x0F, opcode, 0xC1, 0xF4]);
    rig.cpu.mxcsr = mxcsr;
    rig.cpu.xmm[0] = pack([a[0], a[1], ONE, ONE]);
    rig.cpu.xmm[1] = pack([b[0], b[1], ONE, ONE]);
    rig
}

#[test]
fn an_unmasked_exception_is_vector_19_and_leaves_the_destination() {
    let mut unmasked = lanes(DIVPS, 0x1D80, [ONE, ONE], [0, THIRD]);
    let before = unmasked.cpu.xmm[0];
    assert_eq!(unmasked.vector(), 19);
    assert_eq!(unmasked.cpu.xmm[0], before);
    assert_eq!(unmasked.stack(0), super::rig::CODE);

    let mut unannounced = lanes(DIVPS, 0x1D80, [ONE, ONE], [0, THIRD]);
    unannounced.cpu.cr4 = OSFXSR;
    assert_eq!(unannounced.vector(), 6);
    assert_eq!(unannounced.cpu.mxcsr, 0x1D84);
}

/// SDM vol. 1, sections 11.5.2 and 11.5.3: the flags that an unmasked exception leaves, all lanes together.
#[test]
fn exceptions_after_computing_do_not_count_beside_an_unmasked_one_before() {
    let table = [
        // Invalid unmasked: the other lane's inexact result is not computed, its division by zero is found.
        (DIVPS, 0x1F00, [SIGNALLING, ONE], [ONE, THIRD], 0x01),
        (DIVPS, 0x1F00, [SIGNALLING, ONE], [ONE, 0], 0x05),
        (DIVPS, 0x1D80, [ONE, DENORMAL], [0, ONE], 0x06),
        // Denormal unmasked: the underflow is not computed.
        (MULPS, 0x1E80, [DENORMAL, ONE], [SMALLEST_NORMAL, ONE], 0x02),
        // Precision unmasked: masked exceptions of either kind are flagged too.
        (DIVPS, 0x0F80, [ONE, SIGNALLING], [THIRD, ONE], 0x21),
        (MULPS, 0x0F80, [LARGEST, ONE], [LARGEST, ONE], 0x28),
        // Overflow unmasked: inexact is what the unbounded exponent leaves.
        (MULPS, 0x1B80, [LARGEST, ONE], [LARGEST, ONE], 0x28),
        (MULPS, 0x1B80, [0x7180_0000, ONE], [0x7180_0000, ONE], 0x08),
        // Underflow unmasked: a tiny result is enough, exact or not, with FTZ or without.
        (MULPS, 0x1780, [SMALLEST_NORMAL, ONE], [0x3F00_0000, ONE], 0x10),
        (MULPS, 0x9780, [SMALLEST_NORMAL, ONE], [0x3F00_0000, ONE], 0x10),
        // FTZ with underflow masked is inexact.
        (MULPS, 0x8F80, [SMALLEST_NORMAL, ONE], [0x3F00_0000, ONE], 0x30),
    ];
    for (opcode, mxcsr, a, b, flags) in table {
        let mut rig = lanes(opcode, mxcsr, a, b);
        let before = rig.cpu.xmm[0];
        assert_eq!(rig.vector(), 19, "{opcode:x} {mxcsr:x} {a:x?} {b:x?}");
        assert_eq!(rig.cpu.mxcsr & 0x3F, flags, "{opcode:x} {mxcsr:x} {a:x?} {b:x?}");
        assert_eq!(rig.cpu.xmm[0], before);
    }
}

#[test]
fn a_nan_or_a_division_by_zero_hides_a_denormal() {
    for (opcode, a, b, flags) in [(ADDPS, QUIET, DENORMAL, 0), (DIVPS, DENORMAL, 0, 4)] {
        let mut rig = lanes(opcode, 0x1E80, [a, ONE], [b, ONE]);
        rig.run();
        assert_eq!(rig.cpu.mxcsr & 0x3F, flags);
    }
}

#[test]
fn flags_from_before_do_not_fault_when_unmasked() {
    let mut rig = lanes(ADDPS, 0x003F, [ONE, ONE], [ONE, ONE]);
    rig.run();
    assert_eq!(rig.cpu.xmm[0], pack([2f32.to_bits(); 4]));
}

#[test]
fn an_unmasked_comparison_leaves_eflags_and_a_conversion_its_register() {
    for code in [[0x0F, 0x2F, 0xC1], [0x0F, 0x2D, 0xC1]] {
        let mut rig = rig(Model::Pentium3, &code);
        rig.cpu.mxcsr = 0x1F00;
        rig.cpu.xmm[1] = pack([SIGNALLING; 4]);
        rig.cpu.eflags |= EFlags::OF.bits();
        rig.cpu.fpu.st[0].mantissa = 5;
        assert_eq!(rig.vector(), 19);
        assert_ne!(rig.stack(2) & EFlags::OF.bits(), 0);
        assert_eq!((rig.cpu.fpu.st[0].mantissa, rig.cpu.fpu.tags), (5, 0x5555));
    }
}

#[test]
fn reserved_bits_of_mxcsr_fault() {
    const DAZ: u32 = 1 << 6;
    for (model, value, faults) in [
        (Model::Pentium3, 0xFFBF, false),
        (Model::Pentium3, 0x1F80 | DAZ, true),
        (Model::Pentium4, 0xFFFF, false),
        (Model::Pentium4, 0x1_1F80, true),
    ] {
        let mut rig = rig(model, &at(&[0x0F, 0xAE, 0x10], DATA));
        rig.ram.write_u32(DATA as usize, value);
        if faults {
            assert_eq!(rig.vector(), 13);
            assert_eq!(rig.cpu.mxcsr, 0x1F80);
        } else {
            rig.run();
            assert_eq!(rig.cpu.mxcsr, value);
        }
    }
}

#[test]
fn stmxcsr_stores_mxcsr() {
    let mut rig = rig(Model::Pentium3, &at(&[0x0F, 0xAE, 0x18], DATA));
    rig.cpu.mxcsr = 0x9FA1;
    rig.run();
    assert_eq!(rig.ram.read_u32(DATA as usize), 0x9FA1);
}

const FXSAVE: [u8; 3] = [0x0F, 0xAE, 0x00];
const FXRSTOR: [u8; 3] = [0x0F, 0xAE, 0x08];

/// A CPU whose x87 and SSE state has something everywhere: TOP 6, R6 and R7 in use.
fn full(model: Model, code: &[u8]) -> Rig {
    let mut rig = rig(model, code);
    let fpu = &mut rig.cpu.fpu;
    (fpu.control, fpu.status, fpu.tags, fpu.opcode) = (0x027F, 6 << 11 | 0x4100, 0x0FFF, 0x5A3);
    (fpu.ip, fpu.cs, fpu.dp, fpu.ds) = (0x1111_2222, 0x3333, 0x4444_5555, 0x6666);
    for n in 0..8 {
        fpu.st[n] = F80 { mantissa: 0x8000_0000_0000_0010 + n as u64, sign_exponent: 0x4000 + n as u16 };
        rig.cpu.xmm[n] = [n as u64 + 100, n as u64 + 200];
    }
    rig.cpu.mxcsr = 0x1FA0;
    rig
}

fn dword(rig: &Rig, n: u32) -> u32 {
    rig.ram.read_u32((DATA + n) as usize)
}

/// SDM vol. 1, table 10-2.
#[test]
fn fxsave_stores_the_image_of_the_manual() {
    let mut rig = full(Model::Pentium4, &at(&FXSAVE, DATA));
    rig.ram.write(DATA as usize, &[0xEE; 512]);
    rig.run();
    assert_eq!(dword(&rig, 0), 0x7100_027F);
    assert_eq!(dword(&rig, 4), 0x05A3_00C0, "one tag bit a physical register");
    assert_eq!([8, 12, 16, 20].map(|n| dword(&rig, n)), [0x1111_2222, 0x3333, 0x4444_5555, 0x6666]);
    assert_eq!([24, 28].map(|n| dword(&rig, n)), [0x1FA0, 0xFFFF]);
    // ST(0) is R6, ST(2) is R0.
    assert_eq!([32, 36, 40, 44].map(|n| dword(&rig, n)), [0x16, 0x8000_0000, 0x4006, 0]);
    assert_eq!(dword(&rig, 64), 0x10);
    assert_eq!([160, 168, 272, 280].map(|n| dword(&rig, n)), [100, 200, 107, 207]);
    assert_eq!([288, 508].map(|n| dword(&rig, n)), [0xEEEE_EEEE; 2], "the reserved end is left alone");
}

#[test]
fn fxrstor_takes_back_what_fxsave_stored() {
    let save = at(&FXSAVE, DATA);
    let mut saved = full(Model::Pentium4, &[&save[..7], &at(&FXRSTOR, DATA)].concat());
    let before = saved.cpu.clone();
    saved.step(1);
    (saved.cpu.fpu, saved.cpu.xmm, saved.cpu.mxcsr) = (Default::default(), [[0; 2]; 8], 0x1F80);
    saved.step(1);
    assert_eq!((saved.cpu.fpu.st, saved.cpu.xmm), (before.fpu.st, before.xmm));
    assert_eq!((saved.cpu.fpu.tags, saved.cpu.fpu.status), (0x0FFF, before.fpu.status));
    assert_eq!((saved.cpu.fpu.ip, saved.cpu.fpu.opcode, saved.cpu.mxcsr), (0x1111_2222, 0x5A3, 0x1FA0));
}

#[test]
fn the_pentium_iii_has_no_daz_in_its_mask() {
    let mut rig = full(Model::Pentium3, &at(&FXSAVE, DATA));
    rig.run();
    assert_eq!(dword(&rig, 28), 0xFFBF);
}

#[test]
fn without_sse_the_images_sse_parts_are_left_alone() {
    for (model, cr4) in [(Model::Pentium2, OSFXSR), (Model::Pentium3, 0)] {
        let mut rig = full(model, &[&at(&FXSAVE, DATA)[..7], &at(&FXRSTOR, DATA)].concat());
        rig.cpu.cr4 = cr4;
        rig.ram.write(DATA as usize, &[0xEE; 512]);
        rig.run();
        assert_eq!([24, 28, 160, 284].map(|n| dword(&rig, n)), [0xEEEE_EEEE; 4]);
        assert_eq!((rig.cpu.xmm[0], rig.cpu.mxcsr), ([100, 200], 0x1FA0));
    }
}

#[test]
fn fxrstor_of_reserved_mxcsr_bits_faults_and_changes_nothing() {
    let mut rig = full(Model::Pentium4, &at(&FXRSTOR, DATA));
    rig.ram.write_u32(DATA as usize + 24, 1 << 16);
    let before = rig.cpu.clone();
    assert_eq!(rig.vector(), 13);
    assert_eq!((rig.cpu.fpu.clone(), rig.cpu.xmm, rig.cpu.mxcsr), (before.fpu, before.xmm, before.mxcsr));
}

#[test]
fn fxsave_demands_alignment_all_its_memory_and_the_x87() {
    let mut misaligned = full(Model::Pentium3, &at(&FXSAVE, DATA + 8));
    assert_eq!(misaligned.vector(), 13);

    let mut missing = full(Model::Pentium3, &at(&FXSAVE, DATA + 0x1000 - 256));
    missing.page();
    missing.ram.write_u32(Rig::pte(DATA + 0x1000), 0);
    assert_eq!(missing.vector(), 14);
    assert_eq!(missing.cpu.cr2, DATA + 0x1000);
    assert_eq!(missing.ram.read_u32(DATA as usize + 0x1000 - 256), 0);

    for bit in [4, 8] {
        let mut away = full(Model::Pentium3, &at(&FXSAVE, DATA));
        away.cpu.cr0 |= bit;
        assert_eq!(away.vector(), 7);
    }
}

#[test]
fn fxrstor_of_an_unmasked_x87_exception_makes_it_pending() {
    // FXRSTOR, FWAIT.
    let mut rig = full(Model::Pentium3, &[&at(&FXRSTOR, DATA)[..7], &[0x9B]].concat());
    rig.ram.write_u32(DATA as usize, 0x0004_037B);
    rig.ram.write_u32(DATA as usize + 24, 0x1F80);
    assert_eq!(rig.vector(), 16);
}

#[test]
fn cpuid_tells_the_sets_and_cr4_has_their_bits() {
    const MMX: u32 = 1 << 23;
    const FXSR: u32 = 1 << 24;
    const SSE: u32 = 1 << 25;
    const SSE2: u32 = 1 << 26 | 1 << 19;
    for (model, sets, cr4) in [
        (Model::Pentium, 0, 0),
        (Model::PentiumMmx, MMX, 0),
        (Model::Pentium2, MMX | FXSR, 0x200),
        (Model::Pentium3, MMX | FXSR | SSE, 0x600),
        (Model::Pentium4, MMX | FXSR | SSE | SSE2, 0x600),
    ] {
        let mut cpuid = Rig::protected(model, 0, &[0x0F, 0xA2, 0xF4]);
        cpuid.cpu.gpr[0] = 1;
        cpuid.run();
        assert_eq!(cpuid.cpu.gpr[2] & (MMX | FXSR | SSE | SSE2), sets, "{model:?}");
        let line = if sets & SSE2 != 0 { 8 } else { 0 };
        assert_eq!(cpuid.cpu.gpr[3] >> 8 & 0xFF, line, "{model:?}");
        for bit in [0x200, 0x400] {
            let mut rig = Rig::protected(model, 0, &[0x0F, 0x22, 0xE0, 0xF4]);
            rig.cpu.gpr[0] = bit;
            rig.run();
            assert_eq!(rig.cpu.cr4, bit & cr4, "{model:?}");
        }
    }
}
