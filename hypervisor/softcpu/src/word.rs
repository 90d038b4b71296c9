//! Operand sizes as types, so that one handler body serves bytes, words and dwords.

use backplane::{Ram, Width};

/// An operand size. Values travel zero-extended in a `u32`.
pub(crate) trait Word: 'static {
    const BYTES: u32;
    const BITS: u32 = Self::BYTES * 8;
    const MASK: u32;
    const SIGN: u32 = 1 << (Self::BITS - 1);
    const WIDTH: Width;
    /// Reads the register of encoding number `r`.
    fn get(gpr: &[u32; 8], r: u8) -> u32;
    /// Writes the register of encoding number `r`; the rest of a wider register stays.
    fn set(gpr: &mut [u32; 8], r: u8, value: u32);
    fn load(ram: &Ram, offset: usize) -> u32;
    fn store(ram: &Ram, offset: usize, value: u32);
    /// The value sign-extended to 32 bits.
    #[inline(always)]
    fn sext(value: u32) -> u32 {
        ((value << (32 - Self::BITS)) as i32 >> (32 - Self::BITS)) as u32
    }
}

impl Word for u8 {
    const BYTES: u32 = 1;
    const MASK: u32 = 0xFF;
    const WIDTH: Width = Width::Byte;
    #[inline(always)]
    fn get(gpr: &[u32; 8], r: u8) -> u32 {
        gpr[usize::from(r & 3)] >> ((r & 4) << 1) & 0xFF
    }
    #[inline(always)]
    fn set(gpr: &mut [u32; 8], r: u8, value: u32) {
        let shift = (r & 4) << 1;
        let whole = &mut gpr[usize::from(r & 3)];
        *whole = *whole & !(0xFF << shift) | (value & 0xFF) << shift;
    }
    #[inline(always)]
    fn load(ram: &Ram, offset: usize) -> u32 {
        u32::from(ram.read_u8(offset))
    }
    #[inline(always)]
    fn store(ram: &Ram, offset: usize, value: u32) {
        ram.put_u8(offset, value as u8);
    }
}

impl Word for u16 {
    const BYTES: u32 = 2;
    const MASK: u32 = 0xFFFF;
    const WIDTH: Width = Width::Word;
    #[inline(always)]
    fn get(gpr: &[u32; 8], r: u8) -> u32 {
        gpr[usize::from(r & 7)] & 0xFFFF
    }
    #[inline(always)]
    fn set(gpr: &mut [u32; 8], r: u8, value: u32) {
        let whole = &mut gpr[usize::from(r & 7)];
        *whole = *whole & 0xFFFF_0000 | value & 0xFFFF;
    }
    #[inline(always)]
    fn load(ram: &Ram, offset: usize) -> u32 {
        u32::from(ram.read_u16(offset))
    }
    #[inline(always)]
    fn store(ram: &Ram, offset: usize, value: u32) {
        ram.put_u16(offset, value as u16);
    }
}

impl Word for u32 {
    const BYTES: u32 = 4;
    const MASK: u32 = u32::MAX;
    const WIDTH: Width = Width::Dword;
    #[inline(always)]
    fn get(gpr: &[u32; 8], r: u8) -> u32 {
        gpr[usize::from(r & 7)]
    }
    #[inline(always)]
    fn set(gpr: &mut [u32; 8], r: u8, value: u32) {
        gpr[usize::from(r & 7)] = value;
    }
    #[inline(always)]
    fn load(ram: &Ram, offset: usize) -> u32 {
        ram.read_u32(offset)
    }
    #[inline(always)]
    fn store(ram: &Ram, offset: usize, value: u32) {
        ram.put_u32(offset, value);
    }
}
