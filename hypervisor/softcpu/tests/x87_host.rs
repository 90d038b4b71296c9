//! The software x87 against the host's: random operands of every class, stacks from empty to full, all rounding and precision
//! controls, masked and unmasked exceptions, bit for bit with all registers, tags and status bits. Transcendental functions
//! differ in the last place between processors and are compared within one unit.
//!
//! `X87_ROUNDS` sets how many situations are tried (default 5,000).
#![cfg(target_arch = "x86_64")]
// The host's x87 can be reached by assembly only.
#![allow(unsafe_code)]

#[path = "x87/cpu.rs"]
mod cpu;
#[path = "x87/instructions.rs"]
mod instructions;

use cpu::{Memory, Situation, SoftCpu};
use engine::F80;
use instructions::{EXACT, TRANSCENDENTAL};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 32) % n
    }

    /// Numbers where things happen: every class, few or many significant bits, exponents near each other and near the edges.
    fn number(&mut self) -> F80 {
        let sign = (self.below(2) as u16) << 15;
        let sparse = u64::MAX << self.below(64);
        let mantissa = match self.below(6) {
            0 => self.next() & sparse,
            1 => sparse,
            2 => 1 << self.below(64),
            3 => !(1 << self.below(64)),
            _ => self.next(),
        };
        let near = |edge: u16, random: &mut Random| edge + random.below(70) as u16;
        let (exponent, mantissa) = match self.below(20) {
            0 => (0, 0),
            1 => (0, mantissa),
            2 => (0x7FFF, 1 << 63),
            3 => (0x7FFF, mantissa),
            4 => (self.below(0x8000) as u16, mantissa),
            5 => (near(1, self), mantissa | 1 << 63),
            6 => (near(0x7FFE - 70, self), mantissa | 1 << 63),
            // The edges of doubles and singles.
            7 => (near(0x3FFF - 1074 - 10, self), mantissa | 1 << 63),
            8 => (near(0x3FFF - 150, self), mantissa | 1 << 63),
            9 => (near(0x3FFF + 1023 - 65, self), mantissa | 1 << 63),
            10 => (near(0x3FFF + 127 - 65, self), mantissa | 1 << 63),
            // Near each other.
            11 | 12 => (0x3FFF - 2 + self.below(4) as u16, mantissa | 1 << 63),
            _ => (near(0x3FFF - 35, self), mantissa | 1 << 63),
        };
        F80 { mantissa, sign_exponent: exponent | sign }
    }

    fn memory(&mut self) -> Memory {
        let bits = match self.below(6) {
            0 => self.next() & 0x807F_FFFF,
            1 => f64::from(self.next() as i32).to_bits(),
            2 => u64::from((self.next() as i32 as f32).to_bits()),
            // Digits, and numbers near the ends of the integers.
            3 => self.next() & 0x9999_9999_9999_9999,
            4 => (1u64 << self.below(64)).wrapping_sub(self.below(2)),
            _ => self.next(),
        };
        let mut memory = [0; 16];
        memory[..8].copy_from_slice(&bits.to_le_bytes());
        memory[8..].copy_from_slice(&(self.next() & 0x8099).to_le_bytes());
        memory
    }

    /// Mostly two operands and room for results, sometimes fewer or none.
    fn situation(&mut self, masks: u16) -> Situation {
        let top = self.below(8) as u16;
        let full = match self.below(24) {
            0 => 0,
            1 => 0b10,
            2 => 0b01,
            3 => 0xFF,
            4 => 0x7F,
            _ => 0b11u8,
        };
        let full = full.rotate_left(top.into());
        let tags = (0..8).filter(|n| full >> n & 1 == 0).fold(0, |tags, n| tags | 3 << (2 * n));
        let precision = [0, 2, 3, 3][self.below(4) as usize];
        let rounding = [0, 0, 1, 2, 3][self.below(5) as usize];
        let conditions = self.next() as u16 & 0x4700;
        Situation {
            control: rounding << 10 | precision << 8 | 0x40 | masks,
            status: top << 11 | conditions,
            tags,
            st: std::array::from_fn(|_| self.number()),
            memory: self.memory(),
        }
    }
}

fn rounds() -> u64 {
    std::env::var("X87_ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(5_000)
}

const ALL_MASKED: u16 = 0x3F;
const C0: u16 = 0x100;
const C1: u16 = 0x200;
const C2: u16 = 0x400;
const C3: u16 = 0x4000;

/// Bits of the status word that the manual leaves undefined after an instruction. Of a comparison that an unmasked exception
/// stops, the manual says that the condition codes are not set; not all processors follow it.
fn undefined(name: &str, from: &Situation, host: &Situation) -> u16 {
    let invalid_or_denormal = host.status & !from.control & 3 != 0;
    match name {
        "fprem" | "fprem1" | "fxam" | "fninit" => 0,
        "ftst" if !invalid_or_denormal => 0,
        _ if name.contains("com") && !invalid_or_denormal => 0,
        _ if name.starts_with("ffree") => C0 | C1 | C2 | C3,
        _ => C0 | C2 | C3,
    }
}

fn same(name: &str, host: &Situation, ours: &Situation, care: u16) -> bool {
    // Of a tag only "empty" is compared: the others say what is in the register.
    let empty = |tags: u16| tags & tags >> 1 & 0x5555;
    let partial = name.starts_with("fprem") && host.status & ours.status & C2 != 0;
    // A partial FPREM may reduce by any amount from 32 to 63 bits.
    partial
        || host.control == ours.control
            && host.status & care == ours.status & care
            && empty(host.tags) == empty(ours.tags)
            && host.st == ours.st
            && host.memory == ours.memory
}

/// Says what an instruction began with and how the results differ.
fn report(name: &str, from: &Situation, host: &Situation, ours: &Situation) {
    let number = |f: F80| format!("{:04x} {:016x}", f.sign_exponent, f.mantissa);
    println!("{name}: control {:04x} status {:04x} tags {:04x}", from.control, from.status, from.tags);
    println!("  {} , {} , memory {:x?}", number(from.st[0]), number(from.st[1]), from.memory);
    for (who, after) in [("host", host), ("ours", ours)] {
        print!("  {who} {:04x} {:04x} {:04x}", after.control, after.status, after.tags);
        for (i, st) in after.st.iter().enumerate().filter(|(i, _)| host.st[*i] != ours.st[*i]) {
            print!(", ST({i}) {}", number(*st));
        }
        if host.memory != ours.memory {
            print!(", memory {:x?}", after.memory);
        }
        println!();
    }
}

/// Compares all instructions in random situations.
fn compare(seed: u64, mut masks: impl FnMut(&mut Random) -> u16) {
    let mut random = Random(seed);
    let mut cpu = SoftCpu::new(EXACT);
    let mut failures = 0;
    for _ in 0..rounds() {
        let masks = masks(&mut random);
        let situation = random.situation(masks);
        for (n, instruction) in EXACT.iter().enumerate() {
            let host = situation.on_host(instruction);
            let ours = cpu.run(n, &situation);
            if !same(instruction.name, &host, &ours, !undefined(instruction.name, &situation, &host)) {
                failures += 1;
                if failures < 20 {
                    report(instruction.name, &situation, &host, &ours);
                }
            }
        }
    }
    assert_eq!(failures, 0, "of {} situations and {} instructions", rounds(), EXACT.len());
}

#[test]
fn masked_results_equal_the_host_bit_for_bit() {
    compare(0x1234_5678_9ABC_DEF1, |_| ALL_MASKED);
}

#[test]
fn unmasked_exceptions_leave_what_they_leave_on_the_host() {
    compare(0x0BAD_5EED_0DDB_1A5E, |random| random.next() as u16 & ALL_MASKED);
}

/// The distance of two numbers of one sign in units of the last place.
fn distance(a: F80, b: F80) -> u64 {
    let key = |f: F80| (u128::from(f.sign_exponent) << 63) + u128::from(f.mantissa & (u64::MAX >> 1));
    u64::try_from(key(a).abs_diff(key(b))).unwrap_or(u64::MAX)
}

#[test]
fn transcendental_functions_are_within_one_unit_of_the_host() {
    let mut random = Random(0x0DDB_1A5E_5BAD_5EED);
    let mut cpu = SoftCpu::new(TRANSCENDENTAL);
    let mut failures = 0;
    for _ in 0..rounds() {
        let situation = Situation { control: 0x037F, ..random.situation(ALL_MASKED) };
        for (n, instruction) in TRANSCENDENTAL.iter().enumerate() {
            if undefined_argument(instruction.name, situation.st[0]) {
                continue;
            }
            let host = situation.on_host(instruction);
            let ours = cpu.run(n, &situation);
            let near = host.st.iter().zip(ours.st).all(|(a, b)| distance(*a, b) <= 1);
            // Underflow, inexactness and rounding direction depend on the last place.
            let care = !(C0 | C3 | C1 | 0x0030);
            if !near || host.status & care != ours.status & care {
                failures += 1;
                if failures < 20 {
                    report(instruction.name, &situation, &host, &ours);
                }
            }
        }
    }
    assert_eq!(failures, 0, "of {} situations and {} instructions", rounds(), TRANSCENDENTAL.len());
}

/// Arguments for which the manual defines no result.
fn undefined_argument(name: &str, x: F80) -> bool {
    let exponent = i32::from(x.sign_exponent & 0x7FFF) - 16383;
    let finite = exponent < 16384;
    match name {
        "f2xm1" => finite && exponent >= 0,
        "fyl2xp1" => finite && exponent >= -2,
        _ => false,
    }
}
