//! Operands where things happen.

use super::{ARITHMETIC, State};

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 32) % n
    }

    /// A floating-point number of `fraction` and `exponent` bits: every class, exponents near each other and near the edges, few
    /// or many significant bits.
    fn number(&mut self, fraction: u32, exponent: u32) -> u64 {
        let most = (1 << exponent) - 1;
        let bias = most >> 1;
        let mask = (1 << fraction) - 1;
        let mantissa = match self.below(6) {
            0 => 0,
            1 => self.next() & mask << self.below(u64::from(fraction)),
            2 => 1 << self.below(u64::from(fraction)),
            3 => !(1 << self.below(u64::from(fraction))),
            4 => mask >> self.below(u64::from(fraction)),
            _ => self.next(),
        } & mask;
        let near = u64::from(fraction) + 4;
        let biased = match self.below(16) {
            0 | 1 => 0,
            2 => most,
            3 => 1 + self.below(near),
            4 => most - 1 - self.below(near),
            5 => self.below(most),
            6 => bias / 2 + self.below(near),
            7 => bias + bias / 2 - self.below(near),
            8 => bias + 31 - self.below(3),
            _ => bias - near / 2 + self.below(near),
        };
        self.below(2) << (fraction + exponent) | biased << fraction | mantissa
    }

    fn single(&mut self) -> u64 {
        self.number(23, 8)
    }

    fn quad(&mut self) -> u64 {
        match self.below(8) {
            0..=2 => self.single() | self.single() << 32,
            3..=5 => self.number(52, 11),
            6 => self.below(80),
            _ => self.next() & u64::MAX << self.below(64),
        }
    }

    /// Exceptions masked; rounding, FTZ, DAZ and the flags so far at random.
    fn mxcsr(&mut self) -> u32 {
        let flags = [0, 0x20, 0x3F, self.next() as u32 & 0x3F][self.below(4) as usize];
        let control = [0, self.next() as u32 & 0xE040][self.below(2) as usize];
        0x1F80 | flags | control
    }

    pub(super) fn state(&mut self) -> State {
        let mut state = State {
            xmm: [[self.quad(), self.quad()], [self.quad(), self.quad()]],
            mm: [self.quad(), self.quad()],
            gpr: [self.quad() & 0xFFFF_FFFF, self.quad() & 0xFFFF_FFFF],
            mxcsr: self.mxcsr(),
            eflags: self.next() as u32 & ARITHMETIC,
            memory: [self.quad(), self.quad()],
            ..State::default()
        };
        if self.below(8) == 0 {
            state.xmm[1] = state.xmm[0];
            state.memory = state.xmm[0];
        }
        state
    }
}
