//! The two floating-point formats of SSE: classes, unpacking, exact arithmetic, and the one place where results are rounded.
//!
//! Numbers are bit patterns in a `u64`, singles in the lower half. Tininess is detected after rounding; denormal operands set DE
//! unless a NaN, an invalid operation or a division by zero comes first. Follows: Intel SDM vol. 1, sections 4.8, 4.9 and 11.5.

use super::regs::Mxcsr;

/// A result with the exceptions it raised.
pub(crate) type Rounded = (u64, Mxcsr);

/// A format of IEEE 754.
pub(crate) trait Format: 'static {
    /// Stored bits of the significand.
    const FRACTION: u32;
    /// Bits of the exponent.
    const EXPONENT: u32;

    const BITS: u32 = 1 + Self::EXPONENT + Self::FRACTION;
    const BIAS: i32 = (1 << (Self::EXPONENT - 1)) - 1;
    const SIGN: u64 = 1 << (Self::BITS - 1);
    const INFINITY: u64 = ((1 << Self::EXPONENT) - 1) << Self::FRACTION;
    const FRACTION_MASK: u64 = (1 << Self::FRACTION) - 1;
    /// The bit that makes a NaN quiet.
    const QUIET: u64 = 1 << (Self::FRACTION - 1);
    /// The default NaN.
    const INDEFINITE: u64 = Self::SIGN | Self::INFINITY | Self::QUIET;

    /// The host's own operation, which rounds to nearest.
    fn on_host(operator: Operator, a: u64, b: u64) -> u64;
}

/// The operations that the host computes as IEEE 754 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Of the second operand.
    SquareRoot,
}

/// 32 bits.
pub(crate) struct Single;
/// 64 bits.
pub(crate) struct Double;

macro_rules! on_host {
    ($float:ty, $bits:ty) => {
        #[inline(always)]
        fn on_host(operator: Operator, a: u64, b: u64) -> u64 {
            let (a, b) = (<$float>::from_bits(a as $bits), <$float>::from_bits(b as $bits));
            let result = match operator {
                Operator::Add => a + b,
                Operator::Subtract => a - b,
                Operator::Multiply => a * b,
                Operator::Divide => a / b,
                Operator::SquareRoot => b.sqrt(),
            };
            u64::from(result.to_bits())
        }
    };
}

impl Format for Single {
    const FRACTION: u32 = 23;
    const EXPONENT: u32 = 8;
    on_host!(f32, u32);
}

impl Format for Double {
    const FRACTION: u32 = 52;
    const EXPONENT: u32 = 11;
    on_host!(f64, u64);
}

/// Rounding control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    Nearest,
    Down,
    Up,
    Chop,
}

/// How MXCSR says to compute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) rounding: Rounding,
    pub(crate) daz: bool,
    ftz: bool,
    overflow_masked: bool,
    underflow_masked: bool,
    /// Rounding to nearest, and an inexact result changes nothing.
    pub(crate) plain: bool,
}

impl Context {
    #[inline(always)]
    pub(crate) fn of(mxcsr: u32) -> Context {
        let bits = Mxcsr::from_bits_retain(mxcsr);
        let rounding = [Rounding::Nearest, Rounding::Down, Rounding::Up, Rounding::Chop]
            [(mxcsr >> Mxcsr::RC_SHIFT & 3) as usize];
        let inexact_is_old = bits.contains(Mxcsr::PE | Mxcsr::PM);
        Context {
            rounding,
            daz: bits.contains(Mxcsr::DAZ),
            ftz: bits.contains(Mxcsr::FTZ | Mxcsr::UM),
            overflow_masked: bits.contains(Mxcsr::OM),
            underflow_masked: bits.contains(Mxcsr::UM),
            plain: rounding == Rounding::Nearest && inexact_is_old,
        }
    }

    /// The same with another rounding.
    pub(crate) fn rounding(self, rounding: Rounding) -> Context {
        Context { rounding, plain: false, ..self }
    }

    /// An operand as the instruction sees it: with DAZ, denormals are zeros of the same sign.
    #[inline(always)]
    pub(crate) fn operand<F: Format>(&self, bits: u64) -> u64 {
        if self.daz && bits & F::INFINITY == 0 { bits & F::SIGN } else { bits }
    }
}

pub(crate) fn is_nan<F: Format>(bits: u64) -> bool {
    bits & !F::SIGN > F::INFINITY
}

pub(crate) fn is_signalling<F: Format>(bits: u64) -> bool {
    is_nan::<F>(bits) && bits & F::QUIET == 0
}

pub(crate) fn is_zero<F: Format>(bits: u64) -> bool {
    bits & !F::SIGN == 0
}

fn is_infinite<F: Format>(bits: u64) -> bool {
    bits & !F::SIGN == F::INFINITY
}

/// DE when an operand is denormal.
pub(crate) fn denormal_flag<F: Format>(a: u64, b: u64) -> Mxcsr {
    let denormal = |bits: u64| bits & F::INFINITY == 0 && !is_zero::<F>(bits);
    if denormal(a) || denormal(b) { Mxcsr::DE } else { Mxcsr::empty() }
}

/// A finite number: `sig * 2^(exp - 127)`, bit 127 of `sig` set unless it is zero. The lowest bit may be a sticky one.
#[derive(Clone, Copy)]
pub(crate) struct Wide {
    negative: bool,
    exp: i32,
    sig: u128,
}

impl Wide {
    /// `integer * 2^unit`.
    pub(crate) fn of(negative: bool, integer: u128, unit: i32) -> Wide {
        let shift = integer.leading_zeros().min(127);
        Wide { negative, exp: unit + 127 - shift as i32, sig: integer << shift }
    }

    /// Takes a finite number apart.
    pub(crate) fn unpack<F: Format>(bits: u64) -> Wide {
        let biased = (bits & F::INFINITY) >> F::FRACTION;
        let fraction = bits & F::FRACTION_MASK;
        let hidden = u64::from(biased != 0) << F::FRACTION;
        let unit = (biased.max(1)) as i32 - F::BIAS - F::FRACTION as i32;
        Wide::of(bits & F::SIGN != 0, u128::from(hidden | fraction), unit)
    }
}

/// Shifts right; bits that fall out stay as a sticky lowest bit.
fn shift_right_sticky(sig: u128, count: u32) -> u128 {
    match count {
        0 => sig,
        1..=127 => sig >> count | u128::from(sig << (128 - count) != 0),
        _ => u128::from(sig != 0),
    }
}

/// Whether to round up: the kept part is odd, and the rest is this much compared with half a unit.
fn rounds_up(rounding: Rounding, negative: bool, odd: bool, rest: u128, half: u128) -> bool {
    match rounding {
        Rounding::Nearest => rest > half || rest == half && odd,
        Rounding::Down => negative && rest != 0,
        Rounding::Up => !negative && rest != 0,
        Rounding::Chop => false,
    }
}

/// Rounds the significand to its upper `bits` bits, kept as an integer that may carry to one bit more; and whether it was inexact.
fn round_significand(sig: u128, bits: u32, negative: bool, rounding: Rounding) -> (u64, bool) {
    let below = 128 - bits;
    let (kept, rest) = ((sig >> below) as u64, sig & ((1 << below) - 1));
    let up = rounds_up(rounding, negative, kept & 1 != 0, rest, 1 << (below - 1));
    (kept + u64::from(up), rest != 0)
}

/// Rounds a number to a format.
pub(crate) fn round<F: Format>(number: Wide, c: &Context) -> Rounded {
    let sign = if number.negative { F::SIGN } else { 0 };
    if number.sig == 0 {
        return (sign, Mxcsr::empty());
    }
    let bits = F::FRACTION + 1;
    let smallest = 1 - F::BIAS;
    let (kept, inexact) = round_significand(number.sig, bits, number.negative, c.rounding);
    let exp = number.exp + (kept >> bits) as i32;
    let lost = |inexact| if inexact { Mxcsr::PE } else { Mxcsr::empty() };
    if exp > F::BIAS {
        // Unmasked, the flags tell of the result with an unbounded exponent.
        let flags = if c.overflow_masked { Mxcsr::OE | Mxcsr::PE } else { Mxcsr::OE | lost(inexact) };
        let finite = match c.rounding {
            Rounding::Nearest => false,
            Rounding::Down => !number.negative,
            Rounding::Up => number.negative,
            Rounding::Chop => true,
        };
        return (sign | if finite { F::INFINITY - 1 } else { F::INFINITY }, flags);
    }
    if number.exp >= smallest {
        // The hidden bit, or a carry out of the significand, adds to the exponent below it.
        let biased = (number.exp + F::BIAS) as u64;
        return (sign | (((biased - 1) << F::FRACTION) + kept), lost(inexact));
    }
    let tiny = exp < smallest;
    if tiny && c.ftz {
        return (sign, Mxcsr::UE | Mxcsr::PE);
    }
    if tiny && !c.underflow_masked {
        return (sign, Mxcsr::UE | lost(inexact));
    }
    let sig = shift_right_sticky(number.sig, (smallest - number.exp) as u32);
    let (kept, inexact) = round_significand(sig, bits, number.negative, c.rounding);
    let underflow = if tiny && inexact { Mxcsr::UE } else { Mxcsr::empty() };
    (sign | kept, underflow | lost(inexact))
}

/// What two operands of which one is a NaN give: the first NaN, quieted. `None` without NaNs.
#[inline(always)]
fn nan_of<F: Format>(a: u64, b: u64) -> Option<Rounded> {
    let pick = match (is_nan::<F>(a), is_nan::<F>(b)) {
        (false, false) => return None,
        (true, _) => a,
        (false, true) => b,
    };
    let signals = is_signalling::<F>(a) || is_signalling::<F>(b);
    Some((pick | F::QUIET, if signals { Mxcsr::IE } else { Mxcsr::empty() }))
}

fn invalid<F: Format>() -> Rounded {
    (F::INDEFINITE, Mxcsr::IE)
}

/// `a op b`, exact in value and exceptions.
#[inline(never)]
pub(crate) fn compute<F: Format>(operator: Operator, a: u64, b: u64, c: &Context) -> Rounded {
    let (a, b) = (c.operand::<F>(a), c.operand::<F>(b));
    if operator == Operator::SquareRoot {
        return square_root::<F>(b, c);
    }
    if let Some(nan) = nan_of::<F>(a, b) {
        return nan;
    }
    let (value, flags) = match operator {
        Operator::Add => sum::<F>(a, b, c),
        Operator::Subtract => sum::<F>(a, b ^ F::SIGN, c),
        Operator::Multiply => product::<F>(a, b, c),
        _ => quotient::<F>(a, b, c),
    };
    let refused = flags.intersects(Mxcsr::IE | Mxcsr::ZE);
    (value, if refused { flags } else { flags | denormal_flag::<F>(a, b) })
}

fn sum<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
    match (is_infinite::<F>(a), is_infinite::<F>(b)) {
        (true, true) if a != b => return invalid::<F>(),
        (true, _) => return (a, Mxcsr::empty()),
        (_, true) => return (b, Mxcsr::empty()),
        _ => {}
    }
    let (wide_a, wide_b) = (Wide::unpack::<F>(a), Wide::unpack::<F>(b));
    match (wide_a.sig, wide_b.sig) {
        (0, 0) if a == b => return (a, Mxcsr::empty()),
        (0, 0) => return (zero_difference::<F>(c), Mxcsr::empty()),
        (0, _) => return round::<F>(wide_b, c),
        (_, 0) => return round::<F>(wide_a, c),
        _ => {}
    }
    let ordered = (wide_a.exp, wide_a.sig) >= (wide_b.exp, wide_b.sig);
    let (big, small) = if ordered { (wide_a, wide_b) } else { (wide_b, wide_a) };
    // One bit of room above for the carry.
    let high = big.sig >> 1;
    let low = shift_right_sticky(small.sig, (big.exp - small.exp) as u32 + 1);
    let total = if big.negative == small.negative { high + low } else { high - low };
    if total == 0 {
        return (zero_difference::<F>(c), Mxcsr::empty());
    }
    round::<F>(Wide::of(big.negative, total, big.exp - 126), c)
}

/// The sign of `x - x`: negative only when rounding down.
fn zero_difference<F: Format>(c: &Context) -> u64 {
    if c.rounding == Rounding::Down { F::SIGN } else { 0 }
}

fn product<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
    let sign = (a ^ b) & F::SIGN;
    if is_infinite::<F>(a) || is_infinite::<F>(b) {
        let undefined = is_zero::<F>(a) || is_zero::<F>(b);
        return if undefined { invalid::<F>() } else { (sign | F::INFINITY, Mxcsr::empty()) };
    }
    let (wide_a, wide_b) = (Wide::unpack::<F>(a), Wide::unpack::<F>(b));
    let exact = (wide_a.sig >> 64) * (wide_b.sig >> 64);
    round::<F>(Wide::of(sign != 0, exact, wide_a.exp + wide_b.exp - 126), c)
}

fn quotient<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
    let sign = (a ^ b) & F::SIGN;
    match (is_infinite::<F>(a), is_infinite::<F>(b)) {
        (true, true) => return invalid::<F>(),
        (true, false) => return (sign | F::INFINITY, Mxcsr::empty()),
        (false, true) => return (sign, Mxcsr::empty()),
        _ => {}
    }
    match (is_zero::<F>(a), is_zero::<F>(b)) {
        (true, true) => return invalid::<F>(),
        (false, true) => return (sign | F::INFINITY, Mxcsr::ZE),
        (true, false) => return (sign, Mxcsr::empty()),
        _ => {}
    }
    let (n, d) = (Wide::unpack::<F>(a), Wide::unpack::<F>(b));
    // 64 or 65 bits of quotient, and a sticky one.
    let divisor = d.sig >> 64;
    let digits = (n.sig / divisor) << 1 | u128::from(n.sig % divisor != 0);
    round::<F>(Wide::of(sign != 0, digits, n.exp - d.exp - 65), c)
}

fn square_root<F: Format>(a: u64, c: &Context) -> Rounded {
    if let Some(nan) = nan_of::<F>(a, a) {
        return nan;
    }
    if is_zero::<F>(a) {
        return (a, Mxcsr::empty());
    }
    if a & F::SIGN != 0 {
        return invalid::<F>();
    }
    if is_infinite::<F>(a) {
        return (a, Mxcsr::empty());
    }
    let number = Wide::unpack::<F>(a);
    // The unit's exponent, exp - 127, has to be even; the significand's low bits are zeros.
    let (radicand, unit) = if number.exp & 1 != 0 {
        (number.sig, number.exp - 127)
    } else {
        (number.sig >> 1, number.exp - 126)
    };
    let root = radicand.isqrt();
    let digits = root << 1 | u128::from(root * root != radicand);
    let (value, flags) = round::<F>(Wide::of(false, digits, unit / 2 - 1), c);
    (value, flags | denormal_flag::<F>(a, a))
}

/// How two operands compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    Equal,
    Greater,
    Unordered,
}

/// Compares two operands; `quiet` comparisons accept quiet NaNs.
#[inline(always)]
pub(crate) fn order<F: Format>(a: u64, b: u64, quiet: bool) -> (Order, Mxcsr) {
    if is_nan::<F>(a) || is_nan::<F>(b) {
        let invalid = !quiet || is_signalling::<F>(a) || is_signalling::<F>(b);
        return (Order::Unordered, if invalid { Mxcsr::IE } else { Mxcsr::empty() });
    }
    let key = |bits: u64| {
        let magnitude = (bits & !F::SIGN) as i64;
        if bits & F::SIGN != 0 { -magnitude } else { magnitude }
    };
    let order = match key(a).cmp(&key(b)) {
        std::cmp::Ordering::Less => Order::Less,
        std::cmp::Ordering::Equal => Order::Equal,
        std::cmp::Ordering::Greater => Order::Greater,
    };
    (order, denormal_flag::<F>(a, b))
}

/// Converts from one format to another.
pub(crate) fn convert<From: Format, To: Format>(a: u64, c: &Context) -> Rounded {
    let a = c.operand::<From>(a);
    let sign = if a & From::SIGN != 0 { To::SIGN } else { 0 };
    if let Some((nan, flags)) = nan_of::<From>(a, a) {
        let fraction = (nan & From::FRACTION_MASK) << (64 - From::FRACTION);
        return (sign | To::INFINITY | fraction >> (64 - To::FRACTION), flags);
    }
    if is_infinite::<From>(a) {
        return (sign | To::INFINITY, Mxcsr::empty());
    }
    let (value, flags) = round::<To>(Wide::unpack::<From>(a), c);
    (value, flags | denormal_flag::<From>(a, a))
}

/// Converts a signed integer.
pub(crate) fn from_integer<F: Format>(integer: i32, c: &Context) -> Rounded {
    round::<F>(Wide::of(integer < 0, integer.unsigned_abs().into(), 0), c)
}

/// Converts to a signed integer; NaNs and what is too large give 80000000h and IE.
pub(crate) fn to_integer<F: Format>(a: u64, c: &Context) -> (u32, Mxcsr) {
    const INDEFINITE: (u32, Mxcsr) = (0x8000_0000, Mxcsr::IE);
    let a = c.operand::<F>(a);
    if a & F::INFINITY == F::INFINITY {
        return INDEFINITE;
    }
    let number = Wide::unpack::<F>(a);
    if number.exp > 31 {
        return INDEFINITE;
    }
    // The integer, and two bits below it of which the lower is sticky.
    let fixed = shift_right_sticky(number.sig, (125 - number.exp) as u32);
    let (kept, rest) = ((fixed >> 2) as u64, fixed & 3);
    let rounded = kept + u64::from(rounds_up(c.rounding, number.negative, kept & 1 != 0, rest, 2));
    if rounded > 0x7FFF_FFFF + u64::from(number.negative) {
        return INDEFINITE;
    }
    let value = if number.negative { (rounded as u32).wrapping_neg() } else { rounded as u32 };
    (value, if rest != 0 { Mxcsr::PE } else { Mxcsr::empty() })
}
