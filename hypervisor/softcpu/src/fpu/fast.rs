//! The common case of the basic operations: normal numbers in, a normal number out, in a few machine instructions.
//!
//! Every function gives `None` for anything else, and the general lane (`arithmetic`, `convert`, `stack`) answers. Where
//! both answer, they agree in every bit and flag.

use super::arithmetic::Dyadic;
use super::convert::Format;
use super::float::{MAX_EXPONENT, Rounded, zero};
use super::regs::Status;
use super::stack::Order;
use engine::F80;

const HALF: u64 = 1 << 63;
const SIGN: u16 = 0x8000;
const EXPONENT: u16 = 0x7FFF;

/// A normal number taken apart; the exponent is biased, the sign is 0 or 8000h.
#[derive(Clone, Copy)]
struct Normal {
    sign: u16,
    exp: i32,
    sig: u64,
}

#[inline(always)]
fn normal(f: F80) -> Option<Normal> {
    let exp = f.sign_exponent & EXPONENT;
    let is_normal = exp.wrapping_sub(1) < EXPONENT - 1 && f.mantissa >= HALF;
    is_normal.then_some(Normal { sign: f.sign_exponent & SIGN, exp: i32::from(exp), sig: f.mantissa })
}

/// Whether a number goes up in magnitude when `rest`, a fraction of its last place with 64 bits, is dropped.
#[inline(always)]
fn goes_up(control: u16, negative: bool, odd: bool, rest: u64) -> bool {
    match control >> 10 & 3 {
        0 => rest > HALF || rest == HALF && odd,
        1 => negative && rest != 0,
        2 => !negative && rest != 0,
        _ => false,
    }
}

#[inline(always)]
fn exactness(rest: u64, up: bool) -> Status {
    let (inexact, up) = (u16::from(rest != 0) * Status::PE.bits(), u16::from(up) * Status::C1.bits());
    Status::from_bits_retain(inexact | up)
}

/// Control word bits of "64 bits, to nearest", which is nearly always what is asked for.
const FULL_TO_NEAREST: u16 = 0x300;

/// Whether [`dyadic`] may be asked with `PLAIN`.
#[inline(always)]
pub(super) fn is_plain(control: u16) -> bool {
    control & 0xF00 == FULL_TO_NEAREST
}

/// Rounds to the register format. Bit 63 of `high` is set; the lowest bit of `low` may be a sticky one.
#[inline(always)]
fn round<const PLAIN: bool>(sign: u16, exp: i32, high: u64, low: u64, control: u16) -> Option<Rounded<F80>> {
    if PLAIN {
        let up = low.checked_add(HALF - 1 + (high & 1)).is_none();
        return finish(sign, exp, high.overflowing_add(up.into()), exactness(low, up));
    }
    let dropped = match control >> 8 & 3 {
        0 => 40,
        2 => 11,
        _ => 0,
    };
    let unit = 1u64 << dropped;
    let rest = if dropped == 0 { low } else { high << (64 - dropped) | u64::from(low != 0) };
    let kept = high & unit.wrapping_neg();
    let up = goes_up(control, sign != 0, kept & unit != 0, rest);
    finish(sign, exp, kept.overflowing_add(if up { unit } else { 0 }), exactness(rest, up))
}

/// A rounded significand, which may have carried out of bit 63, as a normal number.
#[inline(always)]
fn finish(sign: u16, exp: i32, (sum, carry): (u64, bool), flags: Status) -> Option<Rounded<F80>> {
    let exp = exp + i32::from(carry);
    let mantissa = sum | u64::from(carry) << 63;
    let fits = (1..i32::from(EXPONENT)).contains(&exp);
    fits.then_some((F80 { mantissa, sign_exponent: sign | exp as u16 }, flags))
}

/// `a op b`.
#[inline(always)]
pub(super) fn dyadic<const PLAIN: bool>(op: Dyadic, a: F80, b: F80, control: u16) -> Option<Rounded<F80>> {
    let (a, b) = (normal(a)?, normal(b)?);
    let sign = a.sign ^ b.sign;
    match op {
        Dyadic::Add => sum::<PLAIN>(a, b, control),
        Dyadic::Subtract => sum::<PLAIN>(a, Normal { sign: b.sign ^ SIGN, ..b }, control),
        Dyadic::Multiply => {
            let product = u128::from(a.sig) * u128::from(b.sig);
            let shift = i32::from(product >> 127 == 0);
            let product = product << shift;
            let exp = a.exp + b.exp - MAX_EXPONENT + 1 - shift;
            round::<PLAIN>(sign, exp, (product >> 64) as u64, product as u64, control)
        }
        Dyadic::Divide => {
            let less = a.sig < b.sig;
            let dividend = u128::from(a.sig) << if less { 64 } else { 63 };
            let divisor = u128::from(b.sig);
            let quotient = dividend / divisor;
            let rest = dividend - quotient * divisor;
            // Half a place and what is beside it, as the rounding needs to know.
            let low = u64::from(rest << 1 >= divisor) << 63 | u64::from(rest != 0 && rest << 1 != divisor);
            round::<PLAIN>(
                sign,
                a.exp - b.exp + MAX_EXPONENT - i32::from(less),
                quotient as u64,
                low,
                control,
            )
        }
    }
}

#[inline(always)]
fn sum<const PLAIN: bool>(a: Normal, b: Normal, control: u16) -> Option<Rounded<F80>> {
    let (big, small) = if a.exp >= b.exp { (a, b) } else { (b, a) };
    let distance = (big.exp - small.exp) as u32;
    let (high, low) = match distance {
        0..64 => (small.sig >> distance, small.sig << 1 << (63 - distance)),
        // Beyond 66 places only the presence of the smaller number matters.
        64..=66 => (0, small.sig >> (distance - 64) | u64::from(small.sig & 3 != 0)),
        _ => (0, 1),
    };
    if big.sign == small.sign {
        let (sum, carry) = big.sig.overflowing_add(high);
        if carry {
            let low = sum << 63 | low >> 1 | low & 1;
            return round::<PLAIN>(big.sign, big.exp + 1, HALF | sum >> 1, low, control);
        }
        return round::<PLAIN>(big.sign, big.exp, sum, low, control);
    }
    difference::<PLAIN>(
        big,
        (u128::from(big.sig) << 64).overflowing_sub(u128::from(high) << 64 | u128::from(low)),
        control,
    )
}

/// Rounds what is left of a number after a subtraction, which borrows when the exponents were equal and it was the smaller
/// one.
#[inline(always)]
fn difference<const PLAIN: bool>(
    big: Normal,
    (rest, borrowed): (u128, bool),
    control: u16,
) -> Option<Rounded<F80>> {
    if rest == 0 {
        return Some((zero(control >> 10 & 3 == 1), Status::empty()));
    }
    let (rest, sign) = if borrowed { (rest.wrapping_neg(), big.sign ^ SIGN) } else { (rest, big.sign) };
    let shift = rest.leading_zeros();
    let rest = rest << shift;
    round::<PLAIN>(sign, big.exp - shift as i32, (rest >> 64) as u64, rest as u64, control)
}

/// FSQRT.
#[inline(always)]
pub(super) fn square_root(a: F80, control: u16) -> Option<Rounded<F80>> {
    let a = normal(a)?;
    if a.sign != 0 {
        return None;
    }
    let odd = (a.exp - MAX_EXPONENT) & 1;
    let radicand = u128::from(a.sig) << (63 + odd);
    let root = integer_root(radicand);
    let rest = radicand - u128::from(root) * u128::from(root);
    // The root's next bit is one exactly when the remainder exceeds the root.
    let low = u64::from(rest > u128::from(root)) << 63 | u64::from(rest != 0);
    round::<false>(0, (a.exp - MAX_EXPONENT - odd) / 2 + MAX_EXPONENT, root, low, control)
}

/// The whole square root of a number of at least 2^126.
fn integer_root(n: u128) -> u64 {
    /// 2^32.
    const SCALE: f64 = 4_294_967_296.0;
    let square = |root: u64| u128::from(root) * u128::from(root);
    // The estimate is good to 2^11 or so, a step of Newton's method to one; the rest is exact.
    let estimate = (((n >> 64) as u64 as f64).sqrt() * SCALE) as u64;
    let error = (n.wrapping_sub(square(estimate)) as i128 >> 16) as i64;
    let step = error as f64 * 32768.0 / estimate as f64;
    let mut root = estimate.saturating_add_signed(step as i64);
    while square(root) > n {
        root -= 1;
    }
    while n - square(root) > u128::from(root) << 1 {
        root += 1;
    }
    root
}

/// How two numbers compare that are normal or zero.
#[inline(always)]
pub(super) fn order(a: F80, b: F80) -> Option<Order> {
    let key = |f: F80| (f.sign_exponent & EXPONENT, f.mantissa);
    let plain = |f: F80| normal(f).is_some() || key(f) == (0, 0);
    if !(plain(a) && plain(b)) {
        return None;
    }
    let (negative_a, negative_b) = (a.sign_exponent & SIGN != 0, b.sign_exponent & SIGN != 0);
    let both_zero = a.mantissa | b.mantissa == 0;
    let less = if negative_a != negative_b {
        negative_a
    } else if negative_a {
        key(b) < key(a)
    } else {
        key(a) < key(b)
    };
    Some(if both_zero || key(a) == key(b) && negative_a == negative_b {
        Order::Equal
    } else if less {
        Order::Less
    } else {
        Order::Greater
    })
}

/// Stores as a single or double.
#[inline(always)]
pub(super) fn to_binary(f: F80, format: Format, control: u16) -> Option<Rounded<u64>> {
    let a = normal(f)?;
    let exp = a.exp - MAX_EXPONENT + format.bias();
    // Room for a carry that makes the exponent one larger.
    if !(1..format.special() as i32 - 1).contains(&exp) {
        return None;
    }
    let dropped = 63 - format.fraction;
    let (kept, rest) = (a.sig >> dropped, a.sig << (64 - dropped));
    let up = goes_up(control, a.sign != 0, kept & 1 != 0, rest);
    // The integer bit lands in the exponent, which is therefore one less; so does a carry.
    let magnitude = ((exp as u64 - 1) << format.fraction) + kept + u64::from(up);
    Some((format.join(a.sign != 0, 0, 0) | magnitude, exactness(rest, up)))
}

/// Stores as an integer of `bits` bits.
#[inline(always)]
pub(super) fn to_integer(f: F80, bits: u32, control: u16) -> Option<Rounded<i64>> {
    let a = normal(f)?;
    let places = (a.exp - MAX_EXPONENT) as u32;
    // Numbers below one have "many" places.
    if places >= bits - 1 {
        return None;
    }
    let (kept, rest) = (a.sig >> (63 - places), a.sig << 1 << places);
    let up = goes_up(control, a.sign != 0, kept & 1 != 0, rest);
    let magnitude = (kept + u64::from(up)) as i64;
    if magnitude >> (bits - 1) != 0 {
        return None;
    }
    Some((if a.sign != 0 { -magnitude } else { magnitude }, exactness(rest, up)))
}
