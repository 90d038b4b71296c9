//! Pseudo-random choices from a seed.

/// A source of choices.
pub struct Random(u64);

impl Random {
    /// A source of its own for each seed.
    pub fn seeded(seed: u64) -> Random {
        Random(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 32 bits.
    pub fn dword(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 24) as u32
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        self.dword() % end.max(1)
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len() as u32) as usize]
    }

    /// A value that a register likes or does not: few bits, all bits, a small number, or anything.
    pub fn value(&mut self) -> u32 {
        match self.below(8) {
            0 => 0,
            1 => u32::MAX,
            2 => 1 << self.below(8),
            3 => !(1 << self.below(8)),
            4 => self.below(16),
            _ => self.dword(),
        }
    }
}
