//! What a division leaves in the flags that Intel calls undefined, on the CPUs that divide bit by bit.
//!
//! The 8086's microcode is public (its patent US 4,363,091 and the disassembled ROM name the routines PREIDIV, CORD
//! and POSTIDIV); the 80286's loop is inferred from captures of the part. Both also set the flags that #DE pushes.

use crate::cpu::Cpu;
use crate::word::Word;
use engine::Model;

/// Signs of an IDIV's operands: true is negative.
#[derive(Clone, Copy)]
pub(crate) struct Signs {
    pub(crate) dividend: bool,
    pub(crate) divisor: bool,
}

/// Sets the flags of a division of magnitudes, whether it succeeds or not; later CPUs keep theirs.
#[inline(always)]
pub(crate) fn flags<W: Word>(cpu: &mut Cpu, dividend: u64, divisor: u32, signs: Option<Signs>) {
    match (cpu.s.model, signs) {
        (Model::I8086, _) => i8086::<W>(cpu, dividend, divisor, signs.is_some()),
        (Model::I80286, None) => i286_unsigned::<W>(cpu, dividend, divisor),
        (Model::I80286, Some(signs)) => i286_signed::<W>(cpu, dividend, divisor, signs),
        _ => {}
    }
}

fn high<W: Word>(dividend: u64) -> u32 {
    (dividend >> W::BITS) as u32 & W::MASK
}

/// The remainder so far with the dividend's next bit shifted in; whether a one was shifted out.
fn shifted<W: Word>(rest: u32, dividend: u64, bit: u32) -> (u32, bool) {
    let wide = u64::from(rest) << 1 | dividend >> bit & 1;
    (wide as u32 & W::MASK, wide >> W::BITS != 0)
}

/// CORD: subtractions set the flags, except where a one shifted out makes them certain.
#[inline(never)]
fn i8086<W: Word>(cpu: &mut Cpu, dividend: u64, divisor: u32, signed: bool) {
    let mut rest = high::<W>(dividend);
    cpu.sub::<W>(rest, divisor, 0);
    if !cpu.lazy.cf() {
        return;
    }
    let mut fits_signed = true;
    for bit in (0..W::BITS).rev() {
        let (wide, out) = shifted::<W>(rest, dividend, bit);
        let less = if out { wide.wrapping_sub(divisor) & W::MASK } else { cpu.sub::<W>(wide, divisor, 0) };
        let one = out || !cpu.lazy.cf();
        rest = if one { less } else { wide };
        if bit == W::BITS - 1 {
            fits_signed = !one;
        }
    }
    let (af, of) = (cpu.lazy.af(), cpu.lazy.of());
    if signed && fits_signed {
        cpu.set_carry_overflow(false, false);
    } else {
        cpu.set_carry_overflow(fits_signed, of);
    }
    cpu.set_af(af);
}

/// An overflow shows in the last quotient bit but one, whose subtraction the flags then describe.
#[inline(never)]
fn i286_unsigned<W: Word>(cpu: &mut Cpu, dividend: u64, divisor: u32) {
    let mut rest = high::<W>(dividend);
    let overflows = rest >= divisor;
    let mut out = false;
    for bit in (0..W::BITS).rev() {
        let less = cpu.sub::<W>(rest, divisor, 0);
        if out || !cpu.lazy.cf() {
            rest = less;
        }
        if bit > 0 || !overflows {
            (rest, out) = shifted::<W>(rest, dividend, bit);
        }
    }
    if !overflows {
        let less = cpu.sub::<W>(rest, divisor, 0);
        let borrow = cpu.lazy.cf();
        finish_286::<W>(cpu, if out || !borrow { less } else { rest }, borrow);
    }
}

/// The quotient's top bit is not tried, and ones shifted out of the remainder are lost.
#[inline(never)]
fn i286_signed<W: Word>(cpu: &mut Cpu, dividend: u64, divisor: u32, signs: Signs) {
    let mut rest = high::<W>(dividend);
    for bit in (0..W::BITS).rev() {
        rest = shifted::<W>(rest, dividend, bit).0;
        if rest >= divisor {
            rest -= divisor;
        }
    }
    let whole = rest == divisor;
    let below = rest < divisor || whole && signs.dividend && divisor != 0;
    let carry = below != signs.divisor;
    if whole {
        rest = 0;
    }
    finish_286::<W>(cpu, if signs.dividend { rest.wrapping_neg() } else { rest }, carry);
}

/// The remainder's last move is a shift: it sets AF, and OF as CF.
fn finish_286<W: Word>(cpu: &mut Cpu, remainder: u32, carry: bool) {
    cpu.set_zsp::<W>(remainder);
    cpu.set_carry_overflow(carry, carry);
    cpu.set_af(true);
}
