//! Arithmetic flags kept as results until somebody asks.
//!
//! `zero` is 0 exactly when ZF is set. `sign` carries SF in bit 31 and the byte whose parity PF is in bits 7-0.
//! `carry` is the vector of carries: out of the operand's top bit in bit 31 (CF), into it in bit 30 (CF and OF
//! together), out of bit 3 in bit 3 (AF). Any combination of flags can be expressed, and no consumer needs to
//! know which operation made them.

use crate::cpu::Cpu;
use crate::word::Word;
use engine::EFlags;

/// CF, PF, AF, ZF, SF and OF.
pub(crate) const ARITHMETIC: u32 = EFlags::CF.bits()
    | EFlags::PF.bits()
    | EFlags::AF.bits()
    | EFlags::ZF.bits()
    | EFlags::SF.bits()
    | EFlags::OF.bits();

/// The six arithmetic flags.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lazy {
    pub(crate) zero: u32,
    pub(crate) sign: u32,
    pub(crate) carry: u32,
}

const CARRY: u32 = 1 << 31;
const INTO_TOP: u32 = 1 << 30;
const AUXILIARY: u32 = 1 << 3;

impl Lazy {
    pub(crate) fn of_bits(bits: u32) -> Lazy {
        let f = EFlags::from_bits_retain(bits);
        let mut carry = 0;
        if f.contains(EFlags::CF) {
            carry |= CARRY;
        }
        if f.contains(EFlags::CF) != f.contains(EFlags::OF) {
            carry |= INTO_TOP;
        }
        if f.contains(EFlags::AF) {
            carry |= AUXILIARY;
        }
        Lazy {
            zero: u32::from(!f.contains(EFlags::ZF)),
            sign: u32::from(f.contains(EFlags::SF)) << 31 | u32::from(!f.contains(EFlags::PF)),
            carry,
        }
    }

    #[inline(always)]
    pub(crate) fn cf(&self) -> bool {
        self.carry & CARRY != 0
    }
    #[inline(always)]
    pub(crate) fn of(&self) -> bool {
        (self.carry ^ self.carry << 1) & CARRY != 0
    }
    #[inline(always)]
    pub(crate) fn af(&self) -> bool {
        self.carry & AUXILIARY != 0
    }
    #[inline(always)]
    pub(crate) fn zf(&self) -> bool {
        self.zero == 0
    }
    #[inline(always)]
    pub(crate) fn sf(&self) -> bool {
        self.sign & 1 << 31 != 0
    }
    #[inline(always)]
    pub(crate) fn pf(&self) -> bool {
        (self.sign as u8).count_ones() & 1 == 0
    }

    pub(crate) fn bits(&self) -> u32 {
        u32::from(self.cf())
            | u32::from(self.pf()) << 2
            | u32::from(self.af()) << 4
            | u32::from(self.zf()) << 6
            | u32::from(self.sf()) << 7
            | u32::from(self.of()) << 11
    }
}

impl Cpu<'_> {
    /// EFLAGS, complete.
    pub(crate) fn flags(&self) -> u32 {
        self.s.eflags & !ARITHMETIC | self.lazy.bits()
    }

    /// Replaces the arithmetic flags in `mask` by those of `bits`.
    pub(crate) fn set_arithmetic(&mut self, mask: u32, bits: u32) {
        self.lazy = Lazy::of_bits(self.lazy.bits() & !mask | bits & mask);
    }

    /// ZF, SF and PF of a result.
    #[inline(always)]
    pub(crate) fn set_zsp<W: Word>(&mut self, result: u32) {
        self.lazy.zero = result & W::MASK;
        self.lazy.sign = W::sext(result);
    }

    /// CF and OF; AF clear.
    #[inline(always)]
    pub(crate) fn set_carry_overflow(&mut self, cf: bool, of: bool) {
        self.lazy.carry = u32::from(cf) << 31 | u32::from(cf != of) << 30;
    }

    #[inline(always)]
    pub(crate) fn set_af(&mut self, af: bool) {
        self.lazy.carry = self.lazy.carry & !AUXILIARY | u32::from(af) << 3;
    }

    #[inline(always)]
    pub(crate) fn set_cf(&mut self, cf: bool) {
        let of = self.lazy.of();
        self.lazy.carry = self.lazy.carry & AUXILIARY | u32::from(cf) << 31 | u32::from(cf != of) << 30;
    }

    /// `a + b + carry_in`, with all flags.
    #[inline(always)]
    pub(crate) fn add<W: Word>(&mut self, a: u32, b: u32, carry_in: u32) -> u32 {
        let r = a.wrapping_add(b).wrapping_add(carry_in);
        let carries = a & b | (a | b) & !r;
        self.lazy.carry = carries << (32 - W::BITS) & (CARRY | INTO_TOP) | carries & AUXILIARY;
        self.set_zsp::<W>(r);
        r & W::MASK
    }

    /// `a - b - borrow_in`, with all flags.
    #[inline(always)]
    pub(crate) fn sub<W: Word>(&mut self, a: u32, b: u32, borrow_in: u32) -> u32 {
        let r = a.wrapping_sub(b).wrapping_sub(borrow_in);
        let borrows = !a & b | (!a | b) & r;
        self.lazy.carry = borrows << (32 - W::BITS) & (CARRY | INTO_TOP) | borrows & AUXILIARY;
        self.set_zsp::<W>(r);
        r & W::MASK
    }

    /// Flags of AND, OR, XOR and TEST.
    #[inline(always)]
    pub(crate) fn logic<W: Word>(&mut self, r: u32) -> u32 {
        self.lazy.carry = 0;
        self.set_zsp::<W>(r);
        r
    }

    /// Condition `CC` of Jcc, SETcc and CMOVcc by encoding number.
    #[inline(always)]
    pub(crate) fn condition<const CC: u8>(&self) -> bool {
        let f = &self.lazy;
        let base = match CC >> 1 {
            0 => f.of(),
            1 => f.cf(),
            2 => f.zf(),
            3 => f.cf() || f.zf(),
            4 => f.sf(),
            5 => f.pf(),
            6 => f.sf() != f.of(),
            _ => f.zf() || f.sf() != f.of(),
        };
        base != (CC & 1 == 1)
    }
}
