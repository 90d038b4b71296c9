//! Random numbers, of the kind where things happen.

/// SplitMix64.
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The stream of case `n` of a seed.
    pub fn of_case(seed: u64, n: u64) -> Random {
        let mut random = Random(seed ^ n.wrapping_mul(0xD134_2543_DE82_EF95));
        Random(random.qword())
    }

    /// 64 random bits.
    pub fn qword(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// 32 random bits.
    pub fn dword(&mut self) -> u32 {
        self.qword() as u32
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.qword() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// One of a list, which must not be empty.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }

    /// An integer of `bits` bits: small, near an edge, or anything.
    pub fn integer(&mut self, bits: u32) -> u64 {
        let mask = u64::MAX >> (64 - bits);
        let value = match self.below(8) {
            0 => 0,
            1 => u64::from(self.below(9)),
            2 => u64::from(self.below(32)),
            3 => (1 << (bits - 1)) + u64::from(self.below(3)) - 1,
            4 => u64::from(self.below(4)).wrapping_neg(),
            5 => 1u64 << self.below(bits),
            _ => self.qword(),
        };
        value & mask
    }

    /// An 80-bit number of any class: mantissa, sign and exponent.
    pub fn extended(&mut self) -> (u64, u16) {
        const ONE: u64 = 1 << 63;
        let sign = (self.below(2) as u16) << 15;
        let few = self.below(64);
        let mantissa = match self.below(4) {
            0 => ONE,
            1 => ONE | self.qword() << few,
            _ => ONE | self.qword(),
        };
        let near = 0x3FFF + self.below(130) as u16 - 65;
        let (mantissa, exponent) = match self.below(20) {
            0 => (0, 0),
            1 => (ONE, 0x7FFF),
            2 => (mantissa | 1 << 62, 0x7FFF),
            3 => (mantissa & !(1 << 62) | 1, 0x7FFF),
            4 => (self.qword() >> 1 >> self.below(60), 0),
            5 => (mantissa, 0),
            6 => (self.qword() >> 1, self.qword() as u16 & 0x7FFF),
            7 => (mantissa, self.qword() as u16 & 0x7FFF),
            8 => (mantissa, 0x7FFE - self.below(3) as u16),
            9 => (mantissa, 1 + self.below(70) as u16),
            // Near the edges of the 64-bit and the 32-bit format.
            10 => (mantissa, self.pick(&[0x3C01, 0x43FE, 0x3F81, 0x407E]) + self.below(5) as u16 - 2),
            11 => (self.integer(32).max(1), 0x3FFF + 63),
            _ => (mantissa, near),
        };
        let normal = mantissa != 0 && exponent == 0x3FFF + 63;
        let shift = if normal { mantissa.leading_zeros() as u16 } else { 0 };
        (mantissa << shift, sign | (exponent - shift))
    }

    /// The bits of a 64-bit number of any class.
    pub fn double(&mut self) -> u64 {
        let sign = self.qword() << 63;
        let fraction = if self.one_in(3) { 0 } else { (self.qword() << self.below(52)) & ((1 << 52) - 1) };
        let exponent = match self.below(10) {
            0 => 0,
            1 => 0x7FF,
            2 => self.below(0x800),
            3 => self.pick(&[1, 2, 0x7FE, 0x381, 0x47E]),
            _ => 0x3FF + self.below(70) - 35,
        };
        sign | u64::from(exponent) << 52 | fraction
    }

    /// The bits of a 32-bit number of any class.
    pub fn single(&mut self) -> u32 {
        let sign = self.dword() << 31;
        let fraction = if self.one_in(3) { 0 } else { self.dword() << self.below(23) & 0x7F_FFFF };
        let exponent = match self.below(10) {
            0 => 0,
            1 => 0xFF,
            2 => self.below(0x100),
            3 => self.pick(&[1, 2, 0xFE]),
            _ => 0x7F + self.below(50) - 25,
        };
        sign | exponent << 23 | fraction
    }
}
