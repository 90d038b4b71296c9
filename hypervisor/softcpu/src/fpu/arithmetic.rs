//! Exact arithmetic on finite numbers, and the operand rules in front of it: NaNs, infinities, zeros.
//!
//! Follows: Intel SDM vol. 1, sections 4.8.3.5 (NaN operands) and 8.5.

use super::fast;
use super::float::{
    Class, Context, INDEFINITE, Rounded, Wide, class, infinity, negative, quieted, round, shift_right_sticky,
    unpack, zero,
};
use super::regs::Status;
use engine::F80;

/// The four dyadic operations that memory and register forms share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dyadic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// `a + b` for finite numbers, exact but for a sticky lowest bit. Exact zeros are positive.
pub(super) fn add(a: Wide, b: Wide) -> Wide {
    if a.is_zero() || b.is_zero() {
        return if a.is_zero() { b } else { a };
    }
    let (big, small) = if (a.exp, a.sig) >= (b.exp, b.sig) { (a, b) } else { (b, a) };
    // One bit of room above for the carry.
    let exp = big.exp + 1;
    let high = shift_right_sticky(big.sig, 1);
    let low = shift_right_sticky(small.sig, ((big.exp - small.exp) as u32).saturating_add(1));
    let sig = if big.negative == small.negative { high + low } else { high - low };
    if sig == 0 {
        return Wide::ZERO;
    }
    Wide { negative: big.negative, exp, sig }.normalised()
}

/// `a * b`, keeping 128 bits and a sticky one.
pub(super) fn multiply(a: Wide, b: Wide) -> Wide {
    let negative = a.negative ^ b.negative;
    if a.is_zero() || b.is_zero() {
        return Wide { negative, ..Wide::ZERO };
    }
    let (high, low) = product(a.sig, b.sig);
    let sig = if high >> 127 != 0 {
        high | u128::from(low != 0)
    } else {
        high << 1 | low >> 127 | u128::from(low << 1 != 0)
    };
    let exp = a.exp + b.exp + i32::from(high >> 127 != 0);
    Wide { negative, exp, sig }
}

/// The 256-bit product, upper and lower half.
pub(super) fn product(a: u128, b: u128) -> (u128, u128) {
    let split = |v: u128| (v >> 64, v & u128::from(u64::MAX));
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    let (low, high) = (al * bl, ah * bh);
    let (middle, carry) = (ah * bl).overflowing_add(al * bh);
    let (low, carry_low) = low.overflowing_add(middle << 64);
    (high + (middle >> 64) + (u128::from(carry) << 64) + u128::from(carry_low), low)
}

/// `a / b` with 128 quotient bits, the lowest sticky; `b` is not zero.
pub(super) fn divide(a: Wide, b: Wide) -> Wide {
    let negative = a.negative ^ b.negative;
    if a.is_zero() {
        return Wide { negative, ..Wide::ZERO };
    }
    // The dividend is made less than the divisor, so that the quotient has 128 bits.
    let halve = a.sig >= b.sig;
    let (rest, next) = if halve { (a.sig >> 1, (a.sig as u64) << 63) } else { (a.sig, 0) };
    let (high, rest) = quotient_digit(rest, next, b.sig);
    let (low, rest) = quotient_digit(rest, 0, b.sig);
    let sig = u128::from(high) << 64 | u128::from(low) | u128::from(rest != 0);
    Wide { negative, exp: a.exp - b.exp - i32::from(!halve), sig }
}

/// `(rest * 2^64 + next) / divisor` and its remainder, where `rest` is less than the divisor and bit 127 of that is set
/// (Knuth, The Art of Computer Programming, vol. 2, 4.3.1, algorithm D).
fn quotient_digit(rest: u128, next: u64, divisor: u128) -> (u64, u128) {
    let (first, second) = (divisor >> 64, divisor & u128::from(u64::MAX));
    let mut digit = (rest / first).min(u64::MAX.into());
    let mut left = rest - digit * first;
    // At most twice too large.
    while left >> 64 == 0 && digit * second > (left << 64 | u128::from(next)) {
        digit -= 1;
        left += first;
    }
    let left = (left << 64 | u128::from(next)).wrapping_sub(digit * second);
    (digit as u64, left)
}

/// What two operands of which one is a NaN give; `None` without NaNs. SNaNs raise IE.
pub(super) fn nan_of(a: F80, b: F80) -> Option<Rounded<F80>> {
    let (ca, cb) = (class(a), class(b));
    let is_nan = |c| matches!(c, Class::Quiet | Class::Signalling);
    let signals = ca == Class::Signalling || cb == Class::Signalling;
    let flags = if signals { Status::IE } else { Status::empty() };
    let pick = match (is_nan(ca), is_nan(cb)) {
        (false, false) => return None,
        (true, false) => a,
        (false, true) => b,
        (true, true) if ca == Class::Signalling && cb == Class::Quiet => b,
        (true, true) if ca == Class::Quiet && cb == Class::Signalling => a,
        (true, true) if a.mantissa != b.mantissa => {
            if a.mantissa > b.mantissa {
                a
            } else {
                b
            }
        }
        (true, true) => {
            if negative(a) {
                b
            } else {
                a
            }
        }
    };
    Some((quieted(pick), flags))
}

/// The invalid-operation response.
pub(super) fn invalid() -> Rounded<F80> {
    (INDEFINITE, Status::IE)
}

/// DE when an operand is denormal.
pub(super) fn denormal_flag(operands: &[F80]) -> Status {
    if operands.iter().any(|f| class(*f) == Class::Denormal) { Status::DE } else { Status::empty() }
}

/// `a op b`, rounded.
pub(super) fn dyadic(op: Dyadic, a: F80, b: F80, control: u16) -> Rounded<F80> {
    match fast::dyadic::<false>(op, a, b, control) {
        Some(result) => result,
        None => dyadic_of_any(op, a, b, Context::of(control)),
    }
}

/// `a op b` with all operand rules.
#[cold]
#[inline(never)]
pub(super) fn dyadic_of_any(op: Dyadic, a: F80, b: F80, context: Context) -> Rounded<F80> {
    if class(a) == Class::Unsupported || class(b) == Class::Unsupported {
        return invalid();
    }
    if let Some(nan) = nan_of(a, b) {
        return nan;
    }
    let sign = negative(a) ^ negative(b);
    let (ca, cb) = (class(a), class(b));
    let denormal = denormal_flag(&[a, b]);
    let result = match (op, ca, cb) {
        (Dyadic::Add | Dyadic::Subtract, ..) => return sum(a, b, op == Dyadic::Subtract, context),
        (Dyadic::Multiply, Class::Infinity, Class::Zero)
        | (Dyadic::Multiply, Class::Zero, Class::Infinity) => {
            return invalid();
        }
        (Dyadic::Divide, Class::Infinity, Class::Infinity) | (Dyadic::Divide, Class::Zero, Class::Zero) => {
            return invalid();
        }
        (Dyadic::Multiply, Class::Infinity, _)
        | (Dyadic::Multiply, _, Class::Infinity)
        | (Dyadic::Divide, Class::Infinity, _) => (infinity(sign), Status::empty()),
        (Dyadic::Divide, _, Class::Infinity) => (zero(sign), Status::empty()),
        (Dyadic::Divide, _, Class::Zero) => return (infinity(sign), Status::ZE),
        (Dyadic::Multiply, ..) => round(multiply(unpack(a), unpack(b)), context),
        (Dyadic::Divide, Class::Zero, _) => (zero(sign), Status::empty()),
        (Dyadic::Divide, ..) => round(divide(unpack(a), unpack(b)), context),
    };
    (result.0, result.1 | denormal)
}

fn sum(a: F80, b: F80, subtract: bool, context: Context) -> Rounded<F80> {
    let b_negative = negative(b) ^ subtract;
    let denormal = denormal_flag(&[a, b]);
    match (class(a), class(b)) {
        (Class::Infinity, Class::Infinity) if negative(a) != b_negative => return invalid(),
        (Class::Infinity, _) => return (a, denormal),
        (_, Class::Infinity) => return (infinity(b_negative), denormal),
        _ => {}
    }
    let (wa, wb) = (unpack(a), Wide { negative: b_negative, ..unpack(b) });
    let total = add(wa, wb);
    if total.is_zero() {
        // Equal signs keep theirs; x - x is +0, but -0 when rounding down.
        let both = wa.is_zero() && wb.is_zero() && wa.negative == wb.negative;
        let sign = if both { wa.negative } else { context.rounding == super::float::Rounding::Down };
        return (zero(sign), denormal);
    }
    let (value, flags) = round(total, context);
    (value, flags | denormal)
}

/// FSQRT.
pub(super) fn square_root(a: F80, control: u16) -> Rounded<F80> {
    match fast::square_root(a, control) {
        Some(result) => result,
        None => square_root_of_any(a, Context::of(control)),
    }
}

/// FSQRT with all operand rules.
pub(super) fn square_root_of_any(a: F80, context: Context) -> Rounded<F80> {
    match class(a) {
        Class::Unsupported => return invalid(),
        Class::Quiet | Class::Signalling => return nan_of(a, a).unwrap_or_else(invalid),
        Class::Zero => return (a, Status::empty()),
        _ if negative(a) => return invalid(),
        Class::Infinity => return (a, Status::empty()),
        Class::Denormal | Class::Normal => {}
    }
    let w = unpack(a);
    // An even exponent, and room so that the root of 128 bits has 64.
    let odd = w.exp & 1;
    let radicand = if odd != 0 { w.sig } else { w.sig >> 1 };
    let root = radicand.isqrt();
    let rest = radicand - root * root;
    // The root's next bit is one exactly when the remainder exceeds the root.
    let sig = root << 64 | u128::from(rest > root) << 63 | u128::from(rest != 0);
    let (value, flags) = round(Wide { negative: false, exp: (w.exp - odd) / 2, sig }, context);
    (value, flags | denormal_flag(&[a]))
}

/// What FPREM and FPREM1 leave.
pub(super) struct Remainder {
    pub(super) value: F80,
    pub(super) quotient: Quotient,
    pub(super) flags: Status,
}

/// What is known of the quotient of a remainder.
#[derive(Clone, Copy)]
pub(super) enum Quotient {
    /// There is none: an operand was a NaN or invalid.
    None,
    /// The reduction is partial.
    Partial,
    /// Its low bits.
    Low(u8),
}

/// FPREM (`nearest` false) and FPREM1: exact, reducing the exponent by at most 63 a step.
pub(super) fn remainder(a: F80, b: F80, nearest: bool, context: Context) -> Remainder {
    let none = |(value, flags): Rounded<F80>| Remainder { value, quotient: Quotient::None, flags };
    let zero_times = |(value, flags): Rounded<F80>| Remainder { value, quotient: Quotient::Low(0), flags };
    if class(a) == Class::Unsupported || class(b) == Class::Unsupported {
        return none(invalid());
    }
    if let Some(nan) = nan_of(a, b) {
        return none(nan);
    }
    let flags = denormal_flag(&[a, b]);
    match (class(a), class(b)) {
        (Class::Infinity, _) | (_, Class::Zero) => return none(invalid()),
        (Class::Zero, _) => return zero_times((a, flags)),
        (_, Class::Infinity) => {
            let (value, more) = round(unpack(a), context.full());
            return zero_times((value, flags | more));
        }
        _ => {}
    }
    let (n, d) = (unpack(a), unpack(b));
    let distance = n.exp - d.exp;
    if distance < -1 || distance < 0 && !nearest {
        let (value, more) = round(n, context.full());
        return zero_times((value, flags | more));
    }
    let partial = distance >= 64;
    // A partial step leaves the exponents between 32 and 63 apart, as the silicon may.
    let steps = if partial { 32 + distance % 32 } else { distance };
    let (mut rest, mut quotient, exp) = long_division(n.sig >> 64, d.sig >> 64, steps);
    let mut value = Wide { negative: n.negative, exp: n.exp - exp, sig: rest << 64 };
    if nearest && !partial {
        let divisor = (d.sig >> 64) << 1;
        let twice = if distance < 0 { rest << 1 } else { rest << 2 };
        if twice > divisor || twice == divisor && quotient & 1 != 0 {
            quotient = quotient.wrapping_add(1);
            let unit = if distance < 0 { d.sig >> 63 } else { d.sig >> 64 };
            rest = unit - rest;
            value = Wide { negative: !n.negative, sig: rest << 64, ..value };
        }
    }
    let quotient = if partial { Quotient::Partial } else { Quotient::Low(quotient as u8) };
    if value.sig == 0 {
        return Remainder { value: zero(n.negative), quotient, flags };
    }
    let (value, more) = round(value.normalised(), context.full());
    Remainder { value, quotient, flags: flags | more }
}

/// `steps + 1` quotient bits of `n / d` (both 64 bits, normalised): remainder, quotient's low bits, and how many bits the
/// remainder moved up.
fn long_division(n: u128, d: u128, steps: i32) -> (u128, u64, i32) {
    let (mut rest, mut quotient) = (n, 0u64);
    for step in 0..=steps {
        if step > 0 {
            rest <<= 1;
        }
        quotient <<= 1;
        if rest >= d {
            rest -= d;
            quotient |= 1;
        }
    }
    (rest, quotient, steps.max(0))
}
