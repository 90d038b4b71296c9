//! The 80-bit extended format: classes, unpacking, and the one place where results are rounded.
//!
//! Follows: Intel SDM vol. 1, chapter 4.2 and 8.5 (precision and rounding control, masked and unmasked responses).

use super::regs::{Control, Status};
use engine::F80;

/// Exponent of the largest finite number, unbiased; the bias is the same.
pub(super) const MAX_EXPONENT: i32 = 16383;
/// Exponent of the smallest normal number.
pub(super) const MIN_EXPONENT: i32 = -16382;
/// What an unmasked overflow or underflow adds to or takes from the exponent of the delivered result.
const EXPONENT_WRAP: i32 = 24576;
const INTEGER_BIT: u64 = 1 << 63;
const QUIET_BIT: u64 = 1 << 62;
const EXPONENT_MASK: u16 = 0x7FFF;
const SIGN: u16 = 0x8000;

/// What kind of number a bit pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Zero,
    /// Denormals and pseudo-denormals.
    Denormal,
    Normal,
    Infinity,
    Quiet,
    Signalling,
    /// Unnormals, pseudo-infinities and pseudo-NaNs: invalid operands since the 387.
    Unsupported,
}

/// A finite number with a normalised significand: `sig * 2^(exp - 127)`, bit 127 of `sig` set unless it is zero. The lowest
/// bit may be a sticky one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide {
    pub(super) negative: bool,
    pub(super) exp: i32,
    pub(super) sig: u128,
}

pub(super) const ZERO: F80 = F80 { mantissa: 0, sign_exponent: 0 };
pub(super) const ONE: F80 = F80 { mantissa: INTEGER_BIT, sign_exponent: 16383 };
/// The default quiet NaN ("real indefinite").
pub(crate) const INDEFINITE: F80 =
    F80 { mantissa: INTEGER_BIT | QUIET_BIT, sign_exponent: SIGN | EXPONENT_MASK };

pub(super) fn class(f: F80) -> Class {
    match (f.sign_exponent & EXPONENT_MASK, f.mantissa) {
        (0, 0) => Class::Zero,
        (0, _) => Class::Denormal,
        (_, m) if m & INTEGER_BIT == 0 => Class::Unsupported,
        (EXPONENT_MASK, INTEGER_BIT) => Class::Infinity,
        (EXPONENT_MASK, m) if m & QUIET_BIT != 0 => Class::Quiet,
        (EXPONENT_MASK, _) => Class::Signalling,
        _ => Class::Normal,
    }
}

pub(super) fn negative(f: F80) -> bool {
    f.sign_exponent & SIGN != 0
}

pub(super) fn with_sign(f: F80, negative: bool) -> F80 {
    F80 { sign_exponent: f.sign_exponent & EXPONENT_MASK | if negative { SIGN } else { 0 }, ..f }
}

pub(super) fn quieted(f: F80) -> F80 {
    F80 { mantissa: f.mantissa | QUIET_BIT, ..f }
}

pub(super) fn zero(negative: bool) -> F80 {
    with_sign(ZERO, negative)
}

pub(super) fn infinity(negative: bool) -> F80 {
    with_sign(F80 { mantissa: INTEGER_BIT, sign_exponent: EXPONENT_MASK }, negative)
}

/// Takes a finite number apart.
pub(super) fn unpack(f: F80) -> Wide {
    let biased = i32::from(f.sign_exponent & EXPONENT_MASK).max(1);
    Wide { negative: negative(f), exp: biased - MAX_EXPONENT, sig: u128::from(f.mantissa) << 64 }.normalised()
}

/// Puts a biased exponent and a significand together.
pub(super) fn pack(negative: bool, biased: i32, mantissa: u64) -> F80 {
    with_sign(F80 { mantissa, sign_exponent: biased as u16 & EXPONENT_MASK }, negative)
}

impl Wide {
    pub(super) const ZERO: Wide = Wide { negative: false, exp: 0, sig: 0 };

    /// Shifts the significand up until bit 127 is set.
    pub(super) fn normalised(self) -> Wide {
        if self.sig == 0 {
            return self;
        }
        let shift = self.sig.leading_zeros();
        Wide { exp: self.exp - shift as i32, sig: self.sig << shift, ..self }
    }

    pub(super) fn is_zero(self) -> bool {
        self.sig == 0
    }

    pub(super) fn negated_if(self, negate: bool) -> Wide {
        Wide { negative: self.negative ^ negate, ..self }
    }
}

/// Shifts right; bits that fall out stay as a sticky lowest bit.
pub(super) fn shift_right_sticky(sig: u128, count: u32) -> u128 {
    match count {
        0 => sig,
        1..=127 => sig >> count | u128::from(sig << (128 - count) != 0),
        _ => u128::from(sig != 0),
    }
}

/// Rounding control, bits 11-10 of the control word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    Nearest,
    Down,
    Up,
    Chop,
}

/// How to round: direction, significant bits, and the exceptions that are masked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) rounding: Rounding,
    pub(super) bits: u32,
    pub(super) masked: Status,
}

impl Context {
    /// From a control word. Precision control 01 is reserved and acts as 64 bits.
    pub(super) fn of(control: u16) -> Context {
        let rounding =
            [Rounding::Nearest, Rounding::Down, Rounding::Up, Rounding::Chop][(control >> 10 & 3) as usize];
        let bits = [24, 64, 53, 64][(control >> 8 & 3) as usize];
        Context { rounding, bits, masked: Status::from_bits_retain(control & Control::MASKS) }
    }

    /// The same with all 64 bits: for operations that precision control does not touch.
    pub(super) fn full(self) -> Context {
        Context { bits: 64, ..self }
    }
}

/// A result with the exceptions it raised; `C1` among them says that it was rounded up.
pub(crate) type Rounded<T> = (T, Status);

/// Rounds a significand to its `bits` upper bits: the rounded significand (zero when it carried out of bit 127), whether
/// anything was lost, whether it went up.
pub(super) fn round_bits(sig: u128, bits: u32, negative: bool, rounding: Rounding) -> (u128, bool, bool) {
    let unit = 1u128 << (128 - bits);
    let rest = sig & (unit - 1);
    let half = unit >> 1;
    let up = match rounding {
        Rounding::Nearest => rest > half || rest == half && sig & unit != 0,
        Rounding::Down => negative && rest != 0,
        Rounding::Up => !negative && rest != 0,
        Rounding::Chop => false,
    };
    let kept = sig - rest;
    (if up { kept.wrapping_add(unit) } else { kept }, rest != 0, up)
}

/// Rounds to the register format.
pub(super) fn round(value: Wide, context: Context) -> Rounded<F80> {
    let Wide { negative, exp, sig } = value;
    if sig == 0 {
        return (zero(negative), Status::empty());
    }
    let (mut rounded, inexact, up) = round_bits(sig, context.bits, negative, context.rounding);
    let mut exponent = exp;
    if rounded == 0 {
        rounded = 1 << 127;
        exponent += 1;
    }
    if exponent > MAX_EXPONENT {
        return overflow(negative, exponent, rounded, inexact, up, context);
    }
    let mut flags = exactness(inexact, up);
    if exponent < MIN_EXPONENT {
        if context.masked.contains(Status::UE) {
            return denormal(value, context);
        }
        flags |= Status::UE;
        exponent += EXPONENT_WRAP;
        // Only FSCALE can underflow or overflow by more than that.
        if exponent < MIN_EXPONENT {
            return (zero(negative), Status::UE | Status::PE);
        }
    }
    (pack(negative, exponent + MAX_EXPONENT, (rounded >> 64) as u64), flags)
}

fn exactness(inexact: bool, up: bool) -> Status {
    let mut flags = Status::empty();
    flags.set(Status::PE, inexact);
    flags.set(Status::C1, up);
    flags
}

/// The masked response to underflow: a denormal, and UE only when it is inexact.
fn denormal(value: Wide, context: Context) -> Rounded<F80> {
    let shifted = shift_right_sticky(value.sig, (MIN_EXPONENT - value.exp) as u32);
    let (rounded, inexact, up) = round_bits(shifted, context.bits, value.negative, context.rounding);
    let mantissa = (rounded >> 64) as u64;
    let mut flags = exactness(inexact, up);
    flags.set(Status::UE, inexact);
    // Rounding may have carried into the smallest normal number.
    (pack(value.negative, i32::from(mantissa & INTEGER_BIT != 0), mantissa), flags)
}

fn overflow(
    negative: bool,
    exponent: i32,
    sig: u128,
    inexact: bool,
    up: bool,
    context: Context,
) -> Rounded<F80> {
    if !context.masked.contains(Status::OE) {
        if exponent - EXPONENT_WRAP > MAX_EXPONENT {
            return (infinity(negative), Status::OE | Status::PE | Status::C1);
        }
        let flags = exactness(inexact, up) | Status::OE;
        return (pack(negative, exponent - EXPONENT_WRAP + MAX_EXPONENT, (sig >> 64) as u64), flags);
    }
    let away = match context.rounding {
        Rounding::Nearest => true,
        Rounding::Down => negative,
        Rounding::Up => !negative,
        Rounding::Chop => false,
    };
    let flags = Status::OE | exactness(true, away);
    if away {
        return (infinity(negative), flags);
    }
    let mantissa = u64::MAX << (64 - context.bits);
    (pack(negative, 2 * MAX_EXPONENT, mantissa), flags)
}
