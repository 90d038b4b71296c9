//! Random bytes as code, in every mode of every model: nothing panics, and time goes on exactly.

use super::rig::{CODE, Rig};
use engine::{EFlags, Exit, Model, SegAccess, Segment};

/// SplitMix64.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
}

/// Fills the code's surroundings with random bytes and the registers with random values; handlers return.
fn shuffle(rig: &mut Rig, seed: &mut Seed) {
    for at in (CODE..CODE + 0x2000).step_by(4) {
        rig.ram.write_u32(at as usize, seed.next() as u32);
    }
    for n in 0..256 {
        rig.ram.write_u8(0x8000 + 16 * n, 0xCF);
    }
    for r in 0..8 {
        rig.cpu.gpr[r] = seed.next() as u32 >> (seed.next() % 32);
    }
}

/// Runs a number of instructions in slices of random length; how many the CPU did.
fn go(rig: &mut Rig, seed: &mut Seed, count: u64) -> u64 {
    let from = rig.cpu.retired;
    for _ in 0..count {
        let slice = seed.next() % 50 + 1;
        rig.board.vector = (seed.next().is_multiple_of(8)).then_some(0x30);
        rig.board.mmio.clear();
        rig.board.ports.clear();
        let exit = rig.step(slice);
        assert!(rig.cpu.retired <= rig.board.due, "never past what is due");
        match exit {
            Exit::Due => assert_eq!(rig.cpu.retired, rig.board.due),
            Exit::Halted => rig.cpu.halted = false,
            Exit::Shutdown | Exit::Stopped(_) => break,
        }
        if seed.next().is_multiple_of(16) {
            rig.cpu.eip = seed.next() as u32 & 0x1FFF | if rig.cpu.cr0 & 1 == 0 { 0 } else { CODE };
        }
    }
    rig.cpu.retired - from
}

const MODELS: [Model; 9] = [
    Model::I8086,
    Model::I80286,
    Model::I386,
    Model::I486,
    Model::Pentium,
    Model::PentiumMmx,
    Model::Pentium2,
    Model::Pentium3,
    Model::Pentium4,
];

#[test]
fn random_code_in_real_mode_harms_nobody() {
    let mut seed = Seed(1);
    let mut done = 0;
    for round in 0..180 {
        let mut rig = Rig::real(MODELS[round % 9], &[]);
        shuffle(&mut rig, &mut seed);
        done += go(&mut rig, &mut seed, 100);
    }
    assert!(done > 10_000, "{done}");
}

#[test]
fn random_code_in_protected_mode_harms_nobody() {
    let mut seed = Seed(2);
    let mut done = 0;
    for round in 0..360 {
        let mut rig = Rig::protected(MODELS[round % 7 + 2], if round % 2 == 0 { 0 } else { 3 }, &[]);
        shuffle(&mut rig, &mut seed);
        if round % 3 == 0 {
            rig.page();
        }
        rig.cpu.eflags |= (EFlags::IF | EFlags::IOPL).bits();
        if round % 5 == 0 {
            rig.cpu.eflags |= EFlags::TF.bits();
        }
        if round % 4 == 0 {
            rig.cpu.seg[1].access -= SegAccess::BIG;
        }
        done += go(&mut rig, &mut seed, 100);
    }
    assert!(done > 10_000, "{done}");
}

#[test]
fn random_code_in_v86_mode_harms_nobody() {
    let mut seed = Seed(3);
    let mut done = 0;
    for round in 0..180 {
        let mut rig = Rig::protected(MODELS[round % 7 + 2], 3, &[]);
        shuffle(&mut rig, &mut seed);
        for n in 0..6 {
            let base = if n == 1 { 0x1000 } else { 0x2000 };
            rig.cpu.seg[n] = Segment::real(base, SegAccess::from_bits_retain(0xF3));
        }
        rig.cpu.eip = 0;
        rig.cpu.eflags = (EFlags::VM | EFlags::IOPL | EFlags::IF | EFlags::ONE).bits();
        rig.cpu.cr4 = u32::from(round % 2 == 0 && rig.cpu.model.features().contains(engine::Features::VME));
        done += go(&mut rig, &mut seed, 100);
    }
    assert!(done > 10_000, "{done}");
}

#[test]
fn loadall_of_anything_harms_nobody() {
    let mut seed = Seed(4);
    let mut done = 0;
    for round in 0..400 {
        // 386: loadall, from ES:EDI; 286: loadall, from 800h.
        let (mut rig, at) = if round % 2 == 0 {
            (Rig::protected(Model::I386, 0, &[]), 0x5000)
        } else {
            (Rig::real(Model::I80286, &[]), 0x800)
        };
        shuffle(&mut rig, &mut seed);
        for n in (0..0xCC).step_by(4) {
            rig.ram.write_u32(at + n, seed.next() as u32 >> (seed.next() % 32));
        }
        rig.ram.write(CODE as usize, &[0x0F, if round % 2 == 0 { 0x07 } else { 0x05 }]);
        rig.cpu.gpr[7] = 0x5000;
        done += go(&mut rig, &mut seed, 20);
    }
    assert!(done > 1000, "{done}");
}
