//! The software x87 against the host's: random operands of every class, all rounding and precision controls, bit for bit with
//! all status bits. Transcendental functions differ in the last place between vendors and are compared within one unit.
//!
//! `X87_ROUNDS` sets how many operand pairs are tried (default 20,000).
#![cfg(target_arch = "x86_64")]
// The host's x87 can be reached by assembly only.
#![allow(unsafe_code)]

use engine::{F80, Features, Fpu};
use softcpu::fpu::{Operand, execute};

struct Memory([u8; 16]);

impl Operand for Memory {
    type Fault = ();
    fn load(&mut self, buf: &mut [u8]) -> Result<(), ()> {
        buf.copy_from_slice(&self.0[..buf.len()]);
        Ok(())
    }
    fn store(&mut self, data: &[u8]) -> Result<(), ()> {
        self.0[..data.len()].copy_from_slice(data);
        Ok(())
    }
    fn size32(&self) -> bool {
        true
    }
    fn protected(&self) -> bool {
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Answer {
    top: [u8; 10],
    memory: [u8; 16],
    status: u16,
}

type Stub = unsafe fn(&[u8; 10], &[u8; 10], u16, &mut [u8; 16]) -> Answer;

/// A function that runs `fld b; fld a; OP; fnstsw; fstp` on the host.
macro_rules! stub {
    ($asm:literal) => {{
        unsafe fn stub(a: &[u8; 10], b: &[u8; 10], control: u16, memory: &mut [u8; 16]) -> Answer {
            let mut top = [0u8; 10];
            let mut status = 0u16;
            // SAFETY: loads and stores stay inside the arrays, and the x87 unit is left initialised.
            unsafe {
                std::arch::asm!(
                    "fninit",
                    "fldcw word ptr [{cw}]",
                    "fld tbyte ptr [{b}]",
                    "fld tbyte ptr [{a}]",
                    "fnclex",
                    concat!($asm, " # {m}"),
                    "fnstsw word ptr [{sw}]",
                    "fstp tbyte ptr [{top}]",
                    "fninit",
                    cw = in(reg) &control, a = in(reg) a, b = in(reg) b, m = in(reg) &mut *memory,
                    sw = in(reg) &mut status, top = in(reg) &mut top,
                    out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                    out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
                );
            }
            Answer { top, memory: *memory, status }
        }
        stub
    }};
}

macro_rules! host_ops {
    ($($name:literal, $escape:expr, $asm:literal;)*) => {
        const OPS: &[(&str, u16, Stub)] = &[$(($name, $escape, stub!($asm)),)*];
    };
}

macro_rules! host_functions {
    ($($asm:literal;)*) => {
        const FUNCTIONS: &[Stub] = &[$(stub!($asm),)*];
    };
}

host_ops! {
    "fadd", 0x0C1, "fadd st(0), st(1)";
    "fsub", 0x0E1, "fsub st(0), st(1)";
    "fsubr", 0x0E9, "fsubr st(0), st(1)";
    "fmul", 0x0C9, "fmul st(0), st(1)";
    "fdiv", 0x0F1, "fdiv st(0), st(1)";
    "fdivr", 0x0F9, "fdivr st(0), st(1)";
    "faddp", 0x6C1, "faddp st(1), st(0)";
    "dc fsub", 0x4E9, "fsub st(1), st(0)";
    "dc fsubr", 0x4E1, "fsubr st(1), st(0)";
    "fdivp", 0x6F9, "fdivp st(1), st(0)";
    "fsqrt", 0x1FA, "fsqrt";
    "fprem", 0x1F8, "fprem";
    "fprem1", 0x1F5, "fprem1";
    "frndint", 0x1FC, "frndint";
    "fscale", 0x1FD, "fscale";
    "fxtract", 0x1F4, "fxtract";
    "fcom", 0x0D1, "fcom st(1)";
    "fucom", 0x5E1, "fucom st(1)";
    "ftst", 0x1E4, "ftst";
    "fxam", 0x1E5, "fxam";
    "fchs", 0x1E0, "fchs";
    "fst m32", 0x110, "fst dword ptr [{m}]";
    "fst m64", 0x510, "fst qword ptr [{m}]";
    "fist m16", 0x710, "fist word ptr [{m}]";
    "fist m32", 0x310, "fist dword ptr [{m}]";
    "fistp m64", 0x738, "fistp qword ptr [{m}]";
    "fbstp", 0x730, "fbstp tbyte ptr [{m}]";
    "fadd m32", 0x000, "fadd dword ptr [{m}]";
    "fmul m64", 0x408, "fmul qword ptr [{m}]";
    "fild m64", 0x728, "fild qword ptr [{m}]";
    "fiadd m16", 0x600, "fiadd word ptr [{m}]";
    "fld m32", 0x100, "fld dword ptr [{m}]";
    "fld m64", 0x500, "fld qword ptr [{m}]";
}

const TRANSCENDENTAL: &[(&str, u16)] = &[
    ("f2xm1", 0x1F0),
    ("fyl2x", 0x1F1),
    ("fyl2xp1", 0x1F9),
    ("fpatan", 0x1F3),
    ("fsin", 0x1FE),
    ("fcos", 0x1FF),
    ("fsincos", 0x1FB),
    ("fptan", 0x1F2),
];

host_functions! {
    "f2xm1"; "fyl2x"; "fyl2xp1"; "fpatan"; "fsin"; "fcos"; "fsincos"; "fptan";
}

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
    fn number(&mut self) -> [u8; 10] {
        let sign = (self.below(2) as u16) << 15;
        let sparse = u64::MAX << self.below(64);
        let mantissa = match self.below(6) {
            0 => self.next() & sparse,
            1 => sparse,
            2 => 1 << self.below(64),
            3 => !(1 << self.below(64)),
            _ => self.next(),
        };
        let (exponent, mantissa) = match self.below(16) {
            0 => (0, 0),
            1 => (0, mantissa),
            2 => (0x7FFF, 1 << 63),
            3 => (0x7FFF, mantissa),
            4 => (self.below(0x8000) as u16, mantissa),
            5 => (1 + self.below(70) as u16, mantissa | 1 << 63),
            6 => (0x7FFE - self.below(70) as u16, mantissa | 1 << 63),
            7 => (0x7FFE / 2 + 1 - 1074 + self.below(70) as u16, mantissa | 1 << 63),
            _ => (0x3FFF - 70 + self.below(140) as u16, mantissa | 1 << 63),
        };
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&mantissa.to_le_bytes());
        bytes[8..].copy_from_slice(&(exponent | sign).to_le_bytes());
        bytes
    }

    fn memory(&mut self) -> [u8; 16] {
        let mut memory = [0; 16];
        let bits = match self.below(4) {
            0 => self.next() & 0x807F_FFFF,
            1 => f64::from(self.next() as i32).to_bits(),
            2 => u64::from((self.next() as i32 as f32).to_bits()),
            _ => self.next(),
        };
        memory[..8].copy_from_slice(&bits.to_le_bytes());
        memory
    }
}

fn register(bytes: &[u8; 10]) -> F80 {
    let (m, e) = bytes.split_at(8);
    F80 {
        mantissa: u64::from_le_bytes(m.try_into().unwrap()),
        sign_exponent: u16::from_le_bytes(e.try_into().unwrap()),
    }
}

fn ours(escape: u16, a: &[u8; 10], b: &[u8; 10], control: u16, memory: &mut [u8; 16]) -> (Answer, Fpu) {
    let mut fpu = Fpu { control, ..Fpu::default() };
    fpu.st[7] = register(b);
    fpu.st[6] = register(a);
    fpu.status = 6 << 11;
    fpu.tags = 0x0FFF;
    let mut operand = Memory(*memory);
    execute(&mut fpu, &mut 0, Features::all(), escape, &mut operand).unwrap();
    *memory = operand.0;
    let st = fpu.st[(fpu.status >> 11 & 7) as usize];
    let mut top = [0; 10];
    top[..8].copy_from_slice(&st.mantissa.to_le_bytes());
    top[8..].copy_from_slice(&st.sign_exponent.to_le_bytes());
    (Answer { top, memory: *memory, status: fpu.status }, fpu)
}

fn rounds() -> u64 {
    std::env::var("X87_ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(20_000)
}

/// Bits of the status word that the manual leaves undefined after an instruction.
fn undefined(name: &str) -> u16 {
    match name {
        // Only FPREM's quotient bits are defined.
        "fprem" | "fprem1" | "fxam" => 0,
        "fcom" | "fucom" | "ftst" => 0,
        // C0, C2 and C3 are undefined.
        _ => 0x4500,
    }
}

#[test]
fn arithmetic_equals_the_host_bit_for_bit() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let mut failures = 0;
    for round in 0..rounds() {
        let (a, b) = (random.number(), random.number());
        let control = 0x007F | ((random.below(4) as u16) << 10) | ([0, 2, 3][random.below(3) as usize] << 8);
        let input = random.memory();
        for (name, escape, host) in OPS {
            let (mut theirs, mut mine) = (input, input);
            // SAFETY: the stub leaves the x87 unit initialised and touches only its arguments.
            let theirs = unsafe { host(&a, &b, control, &mut theirs) };
            let mine = ours(*escape, &a, &b, control, &mut mine).0;
            let care = !undefined(name);
            let same = theirs.top == mine.top
                && theirs.memory == mine.memory
                && theirs.status & care == mine.status & care;
            if !same && !partial_reductions_differ(name, &theirs, &mine) {
                failures += 1;
                if failures < 20 {
                    println!(
                        "round {round} {name} a {:x?} b {:x?} cw {control:04x} m {input:x?}\n host {theirs:x?}\n ours {mine:x?}",
                        register(&a),
                        register(&b)
                    );
                }
            }
        }
    }
    assert_eq!(failures, 0, "of {} operand pairs and {} instructions", rounds(), OPS.len());
}

/// A partial FPREM may reduce by any amount from 32 to 63 bits.
fn partial_reductions_differ(name: &str, a: &Answer, b: &Answer) -> bool {
    const C2: u16 = 0x400;
    name.starts_with("fprem") && a.status & b.status & C2 != 0
}

/// The distance of two numbers of one sign in units of the last place.
fn distance(a: F80, b: F80) -> u64 {
    let key = |f: F80| (u128::from(f.sign_exponent) << 63) + u128::from(f.mantissa & (u64::MAX >> 1));
    u64::try_from(key(a).abs_diff(key(b))).unwrap_or(u64::MAX)
}

#[test]
fn transcendental_functions_are_within_one_unit_of_the_host() {
    let mut random = Random(0x0DDB_1A5E_5BAD_5EED);
    let mut failures = 0;
    for round in 0..rounds() / 4 {
        let (a, b) = (random.number(), random.number());
        for ((name, escape), host) in TRANSCENDENTAL.iter().zip(FUNCTIONS) {
            if undefined_argument(name, register(&a)) {
                continue;
            }
            let (mut m0, mut m1) = ([0; 16], [0; 16]);
            // SAFETY: as above.
            let theirs = unsafe { host(&a, &b, 0x037F, &mut m0) };
            let (mine, _) = ours(*escape, &a, &b, 0x037F, &mut m1);
            let near = distance(register(&theirs.top), register(&mine.top)) <= 1;
            // Underflow, inexactness and rounding direction depend on the last place.
            let care = !(0x4500u16 | 0x0200 | 0x0030);
            if !near || theirs.status & care != mine.status & care {
                failures += 1;
                if failures < 20 {
                    println!(
                        "round {round} {name} a {:x?} b {:x?}\n host {theirs:x?}\n ours {mine:x?}",
                        register(&a),
                        register(&b)
                    );
                }
            }
        }
    }
    assert_eq!(failures, 0);
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
