//! Conversions between the register format and memory formats: single, double, integers, packed BCD.
//!
//! Follows: Intel SDM vol. 1, sections 4.2, 4.7 and 8.2.

use super::arithmetic::invalid;
use super::fast;
use super::float::{
    Class, Context, MAX_EXPONENT, Rounded, Rounding, Wide, class, infinity, negative, pack, quieted,
    round_bits, shift_right_sticky, unpack, with_sign, zero,
};
use super::regs::Status;
use engine::F80;

/// A binary interchange format: bits of the stored fraction and of the exponent.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(super) fraction: u32,
    exponent: u32,
}

pub(crate) const SINGLE: Format = Format { fraction: 23, exponent: 8 };
pub(crate) const DOUBLE: Format = Format { fraction: 52, exponent: 11 };

impl Format {
    pub(super) fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }

    pub(super) fn special(self) -> u64 {
        (1 << self.exponent) - 1
    }

    pub(super) fn join(self, negative: bool, biased: u64, fraction: u64) -> u64 {
        u64::from(negative) << (self.fraction + self.exponent) | biased << self.fraction | fraction
    }
}

/// Loads a single or double; exact. NaNs stay as they are; denormals raise DE.
#[inline(always)]
pub(crate) fn from_binary(bits: u64, format: Format) -> Rounded<F80> {
    let negative = bits >> (format.fraction + format.exponent) & 1 != 0;
    let biased = bits >> format.fraction & format.special();
    let fraction = bits & ((1 << format.fraction) - 1);
    let mantissa = fraction << (63 - format.fraction);
    if biased == format.special() {
        return (pack(negative, 2 * MAX_EXPONENT + 1, mantissa | 1 << 63), Status::empty());
    }
    if biased != 0 {
        return (
            pack(negative, biased as i32 - format.bias() + MAX_EXPONENT, mantissa | 1 << 63),
            Status::empty(),
        );
    }
    if fraction == 0 {
        return (zero(negative), Status::empty());
    }
    let shift = mantissa.leading_zeros();
    let exponent = 1 - format.bias() - shift as i32;
    (pack(negative, exponent + MAX_EXPONENT, mantissa << shift), Status::DE)
}

/// FLD of a single or double: a conversion, which a signalling NaN does not pass.
#[inline(always)]
pub(crate) fn load_binary(bits: u64, format: Format) -> Rounded<F80> {
    let (value, flags) = from_binary(bits, format);
    if class(value) == Class::Signalling { (quieted(value), Status::IE) } else { (value, flags) }
}

/// Stores as a single or double.
#[inline(always)]
pub(crate) fn to_binary(f: F80, format: Format, control: u16) -> Rounded<u64> {
    match fast::to_binary(f, format, control) {
        Some(result) => result,
        None => any_to_binary(f, format, Context::of(control)),
    }
}

/// Stores any number as a single or double.
#[cold]
#[inline(never)]
pub(super) fn any_to_binary(f: F80, format: Format, context: Context) -> Rounded<u64> {
    let sign = negative(f);
    let quiet = 1u64 << (format.fraction - 1);
    let kept = (f.mantissa << 1) >> (64 - format.fraction);
    match class(f) {
        Class::Zero => (format.join(sign, 0, 0), Status::empty()),
        Class::Infinity => (format.join(sign, format.special(), 0), Status::empty()),
        Class::Unsupported => (format.join(true, format.special(), quiet), Status::IE),
        Class::Quiet => (format.join(sign, format.special(), kept), Status::empty()),
        Class::Signalling => (format.join(sign, format.special(), kept | quiet), Status::IE),
        Class::Denormal | Class::Normal => finite_to_binary(unpack(f), format, context),
    }
}

fn finite_to_binary(w: Wide, format: Format, context: Context) -> Rounded<u64> {
    let bits = format.fraction + 1;
    let (rounded, inexact, up) = round_bits(w.sig, bits, w.negative, context.rounding);
    let exponent = w.exp + i32::from(rounded == 0);
    let mut flags = Status::empty();
    if exponent > format.bias() {
        let away = match context.rounding {
            Rounding::Nearest => true,
            Rounding::Down => w.negative,
            Rounding::Up => !w.negative,
            Rounding::Chop => false,
        };
        flags |= Status::OE | Status::PE;
        flags.set(Status::C1, away);
        let largest = format.join(w.negative, format.special() - 1, (1 << format.fraction) - 1);
        return (if away { format.join(w.negative, format.special(), 0) } else { largest }, flags);
    }
    if exponent < 1 - format.bias() {
        let shifted = shift_right_sticky(w.sig, (1 - format.bias() - w.exp) as u32);
        let (rounded, inexact, up) = round_bits(shifted, bits, w.negative, context.rounding);
        flags.set(Status::PE, inexact);
        flags.set(Status::C1, up);
        flags.set(Status::UE, inexact || !context.masked.contains(Status::UE));
        // A carry into the integer bit makes the smallest normal number: the bit lands in the exponent.
        let value = (rounded >> (128 - bits)) as u64;
        return (format.join(w.negative, 0, 0) + value, flags);
    }
    flags.set(Status::PE, inexact);
    flags.set(Status::C1, up);
    let fraction = (rounded << 1 >> (128 - format.fraction)) as u64;
    (format.join(w.negative, (exponent + format.bias()) as u64, fraction), flags)
}

/// Loads an integer; exact.
#[inline(always)]
pub(crate) fn from_integer(value: i64) -> F80 {
    if value == 0 {
        return zero(false);
    }
    let magnitude = value.unsigned_abs();
    let shift = magnitude.leading_zeros();
    pack(value < 0, 63 - shift as i32 + MAX_EXPONENT, magnitude << shift)
}

/// Rounds to an integer of at most 65 bits: magnitude, flags. `None` when it is larger.
fn integral(w: Wide, rounding: Rounding) -> Option<(u128, Status)> {
    if w.exp >= 65 {
        return None;
    }
    // The integer part in bits 127-63 after the shift, 63 fraction bits below.
    let shifted = shift_right_sticky(w.sig, (64 - w.exp) as u32);
    let (rounded, inexact, up) = round_bits(shifted, 65, w.negative, rounding);
    let mut flags = Status::empty();
    flags.set(Status::PE, inexact);
    flags.set(Status::C1, up);
    Some((rounded >> 63, flags))
}

/// Stores as an integer of `bits` bits; the indefinite integer and IE when it does not fit.
#[inline(always)]
pub(crate) fn to_integer(f: F80, bits: u32, control: u16) -> Rounded<i64> {
    match fast::to_integer(f, bits, control) {
        Some(result) => result,
        None => any_to_integer(f, bits, Context::of(control).rounding),
    }
}

/// Stores any number as an integer.
#[cold]
#[inline(never)]
pub(super) fn any_to_integer(f: F80, bits: u32, rounding: Rounding) -> Rounded<i64> {
    let indefinite = (i64::MIN >> (64 - bits), Status::IE);
    let w = match class(f) {
        Class::Zero => return (0, Status::empty()),
        Class::Denormal | Class::Normal => unpack(f),
        _ => return indefinite,
    };
    let limit = 1u128 << (bits - 1);
    match integral(w, rounding) {
        Some((magnitude, flags)) if w.negative && magnitude <= limit => {
            ((magnitude as u64).wrapping_neg() as i64, flags)
        }
        Some((magnitude, flags)) if !w.negative && magnitude < limit => (magnitude as i64, flags),
        _ => indefinite,
    }
}

/// FRNDINT.
pub(super) fn round_to_integer(f: F80, rounding: Rounding) -> Rounded<F80> {
    let w = match class(f) {
        Class::Unsupported => return invalid(),
        Class::Signalling => return (quieted(f), Status::IE),
        Class::Zero | Class::Infinity | Class::Quiet => return (f, Status::empty()),
        Class::Denormal | Class::Normal => unpack(f),
    };
    let denormal = if class(f) == Class::Denormal { Status::DE } else { Status::empty() };
    match integral(w, rounding) {
        Some((magnitude, flags)) if w.exp < 64 => {
            let sig = magnitude << 64 >> 1;
            // 2^64 does not fit the shift; it comes only from rounding up just below it.
            let whole = if magnitude >> 64 != 0 {
                Wide { negative: w.negative, exp: 64, sig: 1 << 127 }
            } else {
                Wide { negative: w.negative, exp: 64, sig }.normalised()
            };
            if whole.is_zero() {
                return (zero(w.negative), flags | denormal);
            }
            (pack(w.negative, whole.exp + MAX_EXPONENT, (whole.sig >> 64) as u64), flags | denormal)
        }
        _ => (f, denormal),
    }
}

/// Bytes of a packed BCD number.
pub(crate) const BCD: usize = 10;

/// FBLD: eighteen digits and a sign. Digits above nine count as what they are.
pub(crate) fn from_bcd(bytes: [u8; BCD]) -> F80 {
    let magnitude = bytes[..9].iter().rev().fold(0u64, |value, byte| {
        value.wrapping_mul(100).wrapping_add(u64::from(byte >> 4) * 10 + u64::from(byte & 15))
    });
    with_sign(from_integer(magnitude as i64), bytes[9] & 0x80 != 0)
}

/// FBSTP.
pub(crate) fn to_bcd(f: F80, control: u16) -> Rounded<[u8; BCD]> {
    const LIMIT: u128 = 1_000_000_000_000_000_000;
    let indefinite = ([0, 0, 0, 0, 0, 0, 0, 0xC0, 0xFF, 0xFF], Status::IE);
    let (magnitude, flags) = match class(f) {
        Class::Zero => (0, Status::empty()),
        Class::Denormal | Class::Normal => match integral(unpack(f), Context::of(control).rounding) {
            Some((magnitude, flags)) if magnitude < LIMIT => (magnitude as u64, flags),
            _ => return indefinite,
        },
        _ => return indefinite,
    };
    let mut bytes = [0; BCD];
    let mut rest = magnitude;
    for byte in &mut bytes[..9] {
        *byte = ((rest % 10) | (rest / 10 % 10) << 4) as u8;
        rest /= 100;
    }
    bytes[9] = if negative(f) { 0x80 } else { 0 };
    (bytes, flags)
}

/// FXTRACT: exponent and significand.
pub(super) fn extract(f: F80) -> (F80, Rounded<F80>) {
    match class(f) {
        Class::Unsupported => (invalid().0, invalid()),
        Class::Quiet => (f, (f, Status::empty())),
        Class::Signalling => (quieted(f), (quieted(f), Status::IE)),
        Class::Infinity => (infinity(false), (f, Status::empty())),
        Class::Zero => (infinity(true), (f, Status::ZE)),
        Class::Denormal | Class::Normal => {
            let w = unpack(f);
            let flags = if class(f) == Class::Denormal { Status::DE } else { Status::empty() };
            (from_integer(w.exp.into()), (pack(w.negative, MAX_EXPONENT, (w.sig >> 64) as u64), flags))
        }
    }
}
