//! The approximations RCPPS, RCPSS, RSQRTPS and RSQRTSS.
//!
//! The manual bounds their relative error by 1.5 * 2^-12 and leaves the bits to the silicon. Here they are what a table of the
//! Pentium III's size gives: the upper eleven bits of the significand (for the root ten, and the exponent's lowest) name an interval,
//! whose middle's reciprocal is rounded to thirteen significant bits. That is 2^-12 for the interval and 2^-13 for the rounding, and of
//! 1.0 makes 0.99975586, as that silicon does. Denormal operands are zeros, tiny results become zeros, MXCSR is neither
//! read nor changed.

use super::float::{Format, Single, is_nan};

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = Single::INFINITY as u32;
const QUIET: u32 = Single::QUIET as u32;
const INDEFINITE: u32 = Single::INDEFINITE as u32;
/// Significant bits of a result.
const BITS: u32 = 13;

/// A number of [`BITS`] significant bits, worth from one half to one, times two to the power `exponent`; tiny ones are zeros.
fn pack(sign: u32, digits: u32, exponent: i32) -> u32 {
    // `digits` can be the power of two itself, which is one.
    let (digits, exponent) =
        if digits >> BITS != 0 { (digits >> 1, exponent + 1) } else { (digits, exponent) };
    let biased = exponent - 1 + Single::BIAS;
    if biased <= 0 {
        return sign;
    }
    let fraction = (digits & !(1 << (BITS - 1))) << (Single::FRACTION + 1 - BITS);
    sign | (biased as u32) << Single::FRACTION | fraction
}

/// Rounds a quotient to the nearest integer.
fn divide(n: u32, d: u32) -> u32 {
    (n + d / 2) / d
}

/// An approximation of `1 / x`.
pub(super) fn reciprocal(x: u32) -> u32 {
    let sign = x & SIGN;
    if is_nan::<Single>(x.into()) {
        return x | QUIET;
    }
    match x & INFINITY {
        INFINITY => return sign,
        0 => return sign | INFINITY,
        _ => {}
    }
    // The middle of the interval, in units of 2^-12.
    let middle = 1 << 12 | (x >> 12 & 0x7FF) << 1 | 1;
    let exponent = (x >> Single::FRACTION & 0xFF) as i32 - Single::BIAS;
    pack(sign, divide(1 << (12 + BITS), middle), -exponent)
}

/// An approximation of `1 / sqrt(x)`.
pub(super) fn reciprocal_root(x: u32) -> u32 {
    if is_nan::<Single>(x.into()) {
        return x | QUIET;
    }
    if x & INFINITY == 0 {
        return x & SIGN | INFINITY;
    }
    if x & SIGN != 0 {
        return INDEFINITE;
    }
    if x == INFINITY {
        return 0;
    }
    let exponent = (x >> Single::FRACTION & 0xFF) as i32 - Single::BIAS;
    let odd = exponent & 1;
    // The middle of the interval in units of 2^-11, from one to four.
    let middle = u64::from(1 << 11 | (x >> 13 & 0x3FF) << 1 | 1) << odd;
    // One more bit than wanted, to round by: sqrt(2^(2 BITS + 2) / middle).
    let twice = ((1u64 << (2 * BITS + 2 + 11)) / middle).isqrt() as u32;
    pack(0, twice.div_ceil(2), -(exponent - odd) / 2)
}
