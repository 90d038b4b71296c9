//! FSIN, FCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1.
//!
//! Power series in 126- to 128-bit fixed point on reduced arguments, exact to 100 bits or more, so that results are within one
//! unit of the last place (nearly always correctly rounded) and the same on every host. Trigonometric arguments are reduced with the 66-bit value of pi that the hardware uses.
//!
//! Follows: Intel SDM vol. 1, section 8.3.8 and 8.3.10, and the operand tables of vol. 2 for each instruction.

use super::arithmetic::{add, denormal_flag, divide, invalid, multiply, nan_of};
use super::float::{
    Class, Context, ONE, Rounded, Wide, class, infinity, negative, round, unpack, with_sign, zero,
};
use super::regs::Status;
use engine::F80;

/// One in fixed point with 127 and 126 fraction bits.
const Q127: u128 = 1 << 127;
const Q126: u128 = 1 << 126;

const fn constant(exp: i32, sig: u128) -> Wide {
    Wide { negative: false, exp, sig }
}

const PI: Wide = constant(1, 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1);
const HALF_PI: Wide = constant(0, PI.sig);
const QUARTER_PI: Wide = constant(-1, PI.sig);
const THREE_QUARTER_PI: Wide = constant(1, 0x96CB_E3F9_990E_91A7_9394_C9E8_A0A5_159D);
const LN_2: Wide = constant(-1, 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF);
/// Two over the natural logarithm of two.
const TWO_LOG2_E: Wide = constant(1, 0xB8AA_3B29_5C17_F0BB_BE87_FED0_691D_3E89);
const UNITY: Wide = constant(0, Q127);
/// The square root of two, rounded down: above it a significand is halved before its logarithm is taken.
const ROOT_2: u128 = 0xB504_F333_F9DE_6484_597D_89B3_754A_BE9F;

/// atan(n / 16) with 127 fraction bits.
const ATAN: [u128; 17] = [
    0,
    0x07fd_56ed_cb3f_7a71_b659_3c96_e071_706b,
    0x0fea_dd4d_5617_b6e3_2c89_7989_f3e8_88ef,
    0x17b9_7b4b_ce5b_0226_8f61_69f1_0393_8e91,
    0x1f5b_75f9_2c80_dd62_adb8_f3de_bef4_42fd,
    0x26c4_ee6e_0fd7_979a_716a_ed26_349e_bcca,
    0x2dec_3283_c9bd_e11c_e2a8_c848_b73f_9121,
    0x34c9_dd87_9847_f96d_909f_257a_4007_9c4e,
    0x3b58_ce0a_c376_9ed1_5bf9_117b_2f0e_a341,
    0x4195_fa53_6cc3_3f15_25b5_04e5_b0d2_8ae0,
    0x4780_2eaf_7bfa_cfcd_ae41_af0b_32e2_1ba4,
    0x4d17_c073_38de_ed10_2113_7c71_1027_f9de,
    0x525e_3e8c_9a7b_8492_0cd4_3f95_22be_d64f,
    0x5756_261c_5a6c_6040_0a39_2f17_9f29_0385,
    0x5c02_9f15_e118_cf39_e596_d2a9_0852_221f,
    0x6067_42dc_5629_3320_44ee_b162_3749_7d12,
    0x6487_ed51_10b4_611a_6263_3145_c06e_0e69,
];

/// The upper half of a product of fixed-point numbers, at most three units too low.
fn mul_high(a: u128, b: u128) -> u128 {
    let split = |v: u128| (v >> 64, v & u128::from(u64::MAX));
    let ((ah, al), (bh, bl)) = (split(a), split(b));
    ah * bh + ((ah * bl) >> 64) + ((al * bh) >> 64)
}

/// `c[0] + c[1] * z + c[2] * z^2 ...`, or with alternating signs: for `z` in `[0, 1)` with 128 fraction bits and coefficients
/// that fall fast enough. Even and odd powers are summed side by side.
fn polynomial(z: u128, coefficients: &[u128], alternating: bool) -> u128 {
    let square = mul_high(z, z);
    let (pairs, last) = coefficients.as_chunks::<2>();
    let start = (last.first().copied().unwrap_or(0), 0);
    let (even, odd) = pairs
        .iter()
        .rev()
        .fold(start, |(even, odd), [c0, c1]| (c0 + mul_high(square, even), c1 + mul_high(square, odd)));
    let odd = mul_high(z, odd);
    if alternating { even - odd } else { even + odd }
}

/// `one / (first + 2k)!`, k = 0, 1...
const fn inverse_factorials<const N: usize>(one: u128, first: u128, step: u128) -> [u128; N] {
    let mut table = [one; N];
    let (mut k, mut n, mut factorial) = (0, 0, 1);
    while k < N {
        while n < first + k as u128 * step {
            n += 1;
            factorial *= n;
        }
        table[k] = one / factorial;
        k += 1;
    }
    table
}

/// `one / (2k + 1)`, k = 0, 1...
const fn inverse_odds<const N: usize>(one: u128) -> [u128; N] {
    let mut table = [one; N];
    let mut k = 0;
    while k < N {
        table[k] = one / (2 * k as u128 + 1);
        k += 1;
    }
    table
}

/// Coefficients of sine, cosine, the exponential less one (each over its argument but the cosine), arc tangent and its
/// hyperbolic sister.
const SINE: [u128; 14] = inverse_factorials(Q127, 1, 2);
const COSINE: [u128; 14] = inverse_factorials(Q127, 0, 2);
const EXPONENTIAL: [u128; 28] = inverse_factorials(Q126, 1, 1);
const ARC_TANGENT: [u128; 11] = inverse_odds(Q127);
const AREA_TANGENT: [u128; 22] = inverse_odds(Q126);

/// The magnitude of a number below one, with 128 fraction bits.
fn fixed128(w: Wide) -> u128 {
    match -(w.exp + 1) {
        shift @ 0..=127 => w.sig >> shift,
        _ => 0,
    }
}

/// A number from fixed point with `fraction` bits below the point.
fn from_fixed(sig: u128, fraction: i32) -> Wide {
    Wide { negative: false, exp: 127 - fraction, sig }.normalised()
}

/// The sine of a reduced argument, at most an eighth of a turn.
fn reduced_sine(r: Wide) -> Wide {
    let z = fixed128(r);
    multiply(r, from_fixed(polynomial(mul_high(z, z), &SINE, true), 127))
}

/// The cosine of a reduced argument.
fn reduced_cosine(r: Wide) -> Wide {
    let z = fixed128(r);
    from_fixed(polynomial(mul_high(z, z), &COSINE, true), 127)
}

/// An argument below 2^63 reduced modulo half pi to at most a quarter of pi, and the quadrant.
fn reduce(x: Wide) -> (Wide, u8) {
    /// Half of the hardware's pi with 65 fraction bits, and 2^193 over it.
    const HALF_PI_66: u128 = 0x3_243F_6A88_85A3_08D3;
    const INVERSE: u128 = 0xA2F9_836E_4E44_152A_0006_2BC4_0DA2_76BE;
    const FRACTION: i32 = 65;
    if x.exp < -1 {
        return (x, 0);
    }
    // The number in units of 2^-65: exact, as a significand has 64 bits.
    let units = x.sig >> (62 - x.exp).clamp(0, 127);
    let mut quotient = mul_high(units, INVERSE) >> FRACTION;
    let mut rest = units - quotient * HALF_PI_66;
    while rest >= HALF_PI_66 {
        rest -= HALF_PI_66;
        quotient += 1;
    }
    let reduced = if rest > HALF_PI_66 / 2 {
        quotient += 1;
        Wide { negative: true, ..from_fixed(HALF_PI_66 - rest, FRACTION) }
    } else {
        from_fixed(rest, FRACTION)
    };
    // Sine is odd, cosine even: a negative argument turns the other way.
    let quadrant = if x.negative { (quotient as u8).wrapping_neg() } else { quotient as u8 };
    (reduced.negated_if(x.negative), quadrant & 3)
}

/// An argument of the trigonometric instructions.
pub(super) enum Angle {
    /// Too large: C2.
    OutOfRange,
    /// A zero, which all functions but the cosine return.
    Zero(F80),
    /// A NaN or infinity, with what all functions return.
    Special(Rounded<F80>),
    /// Reduced; the quadrant; DE for a denormal.
    Reduced(Wide, u8, Status),
}

impl Angle {
    pub(super) fn of(x: F80) -> Angle {
        match class(x) {
            Class::Unsupported | Class::Infinity => Angle::Special(invalid()),
            Class::Quiet | Class::Signalling => Angle::Special(nan_of(x, x).unwrap_or_else(invalid)),
            Class::Zero => Angle::Zero(x),
            Class::Denormal | Class::Normal if unpack(x).exp >= 63 => Angle::OutOfRange,
            Class::Denormal | Class::Normal => {
                let (reduced, quadrant) = reduce(unpack(x));
                Angle::Reduced(reduced, quadrant, denormal_flag(&[x]))
            }
        }
    }

    pub(super) fn sine(&self, context: Context) -> Rounded<F80> {
        self.function(context, |z| (z, Status::empty()), turned_sine)
    }

    pub(super) fn cosine(&self, context: Context) -> Rounded<F80> {
        self.function(context, |_| (ONE, Status::empty()), |r, quadrant| turned_sine(r, quadrant + 1))
    }

    pub(super) fn tangent(&self, context: Context) -> Rounded<F80> {
        let quotient = |r, quadrant| {
            let cosine = turned_sine(r, quadrant + 1);
            // No 64-bit number is close enough to an odd multiple of half pi.
            if cosine.is_zero() { cosine } else { divide(turned_sine(r, quadrant), cosine) }
        };
        self.function(context, |z| (z, Status::empty()), quotient)
    }

    fn function(
        &self,
        context: Context,
        of_zero: impl FnOnce(F80) -> Rounded<F80>,
        of_reduced: impl FnOnce(Wide, u8) -> Wide,
    ) -> Rounded<F80> {
        match *self {
            Angle::OutOfRange => invalid(),
            Angle::Zero(zero) => of_zero(zero),
            Angle::Special(result) => result,
            Angle::Reduced(r, quadrant, denormal) => {
                inexact(round(of_reduced(r, quadrant), context.full()), denormal)
            }
        }
    }
}

/// The sine of a reduced argument plus `quadrant` quarter turns.
fn turned_sine(r: Wide, quadrant: u8) -> Wide {
    let value = if quadrant & 1 == 0 { reduced_sine(r) } else { reduced_cosine(r) };
    value.negated_if(quadrant & 2 != 0)
}

/// No non-trivial value of these functions is representable.
fn inexact(result: Rounded<F80>, more: Status) -> Rounded<F80> {
    (result.0, result.1 | Status::PE | more)
}

/// The arc tangent of `y / x`: positive numbers of 64 significant bits, `y` at most `x`.
fn arc_tangent(y: Wide, x: Wide) -> Wide {
    let distance = (x.exp - y.exp) as u32;
    if distance > 6 {
        return arc_tangent_near_zero(divide(y, x));
    }
    // The nearest n/16, and the tangent of the difference: (16y - nx) / (16x + ny), exact before the division.
    let (y, x) = ((y.sig >> 64) as i128, (x.sig >> 64 << distance) as i128);
    let n = (((y >> 32) << 5) / (x >> 32) + 1) >> 1;
    let (over, under) = (16 * y - n * x, 16 * x + n * y);
    let centre = from_fixed(ATAN[n.clamp(0, 16) as usize], 127);
    if over == 0 {
        return centre;
    }
    let ratio = divide(from_fixed(over.unsigned_abs(), 0), from_fixed(under.unsigned_abs(), 0));
    add(centre, arc_tangent_near_zero(ratio.negated_if(over < 0)))
}

fn arc_tangent_near_zero(t: Wide) -> Wide {
    let z = fixed128(t);
    multiply(t, from_fixed(polynomial(mul_high(z, z), &ARC_TANGENT, true), 127))
}

/// FPATAN: the angle of the point (`x`, `y`).
pub(super) fn angle(y: F80, x: F80, context: Context) -> Rounded<F80> {
    if class(x) == Class::Unsupported || class(y) == Class::Unsupported {
        return invalid();
    }
    if let Some(nan) = nan_of(y, x) {
        return nan;
    }
    let denormal = denormal_flag(&[x, y]);
    let signed = |w: Wide| inexact(round(w.negated_if(negative(y)), context.full()), denormal);
    match (class(y), class(x)) {
        (Class::Infinity, Class::Infinity) => signed(if negative(x) { THREE_QUARTER_PI } else { QUARTER_PI }),
        (Class::Infinity, _) => signed(HALF_PI),
        (Class::Zero, _) | (_, Class::Infinity) if negative(x) => signed(PI),
        (Class::Zero, _) | (_, Class::Infinity) => (zero(negative(y)), denormal),
        (_, Class::Zero) => signed(HALF_PI),
        _ => {
            let (wy, wx) = (Wide { negative: false, ..unpack(y) }, Wide { negative: false, ..unpack(x) });
            let steep = (wy.exp, wy.sig) > (wx.exp, wx.sig);
            let acute = if steep { arc_tangent(wx, wy) } else { arc_tangent(wy, wx) };
            let angle = match (steep, negative(x)) {
                (false, false) => acute,
                (false, true) => add(PI, acute.negated_if(true)),
                (true, false) => add(HALF_PI, acute.negated_if(true)),
                (true, true) => add(HALF_PI, acute),
            };
            signed(angle)
        }
    }
}

/// F2XM1. Arguments beyond one are undefined and come back as they are.
pub(super) fn two_to_x_minus_one(x: F80, context: Context) -> Rounded<F80> {
    match class(x) {
        Class::Unsupported => return invalid(),
        Class::Quiet | Class::Signalling => return nan_of(x, x).unwrap_or_else(invalid),
        Class::Zero => return (x, Status::empty()),
        Class::Infinity => return (if negative(x) { with_sign(ONE, true) } else { x }, Status::empty()),
        Class::Denormal | Class::Normal => {}
    }
    let w = unpack(x);
    if w.exp > 0 || w.exp == 0 && w.sig != Q127 {
        return (x, denormal_flag(&[x]));
    }
    if w.exp == 0 {
        let half = constant(-1, Q127).negated_if(true);
        return round(if w.negative { half } else { UNITY }, context.full());
    }
    let y = multiply(w, LN_2);
    let series = polynomial(fixed128(y), &EXPONENTIAL, y.negative);
    inexact(round(multiply(y, from_fixed(series, 126)), context.full()), denormal_flag(&[x]))
}

/// The base-2 logarithm of `(1 + s) / (1 - s)`, `s` at most 0.18.
fn log2_by_ratio(s: Wide) -> Wide {
    let z = fixed128(s);
    let series = polynomial(mul_high(z, z), &AREA_TANGENT, false);
    multiply(multiply(s, from_fixed(series, 126)), TWO_LOG2_E)
}

/// The base-2 logarithm of a positive number.
fn log2(x: Wide) -> Wide {
    let halve = x.sig > ROOT_2;
    let (whole, m) = if halve { (x.exp + 1, Wide { exp: -1, ..x }) } else { (x.exp, Wide { exp: 0, ..x }) };
    let less = add(m, UNITY.negated_if(true));
    let rest = if less.is_zero() { Wide::ZERO } else { log2_by_ratio(divide(less, add(m, UNITY))) };
    let characteristic = unpack(super::convert::from_integer(whole.into()));
    add(characteristic, rest)
}

/// FYL2X: `y * log2(x)`.
pub(super) fn y_log2_x(y: F80, x: F80, context: Context) -> Rounded<F80> {
    if class(x) == Class::Unsupported || class(y) == Class::Unsupported {
        return invalid();
    }
    if let Some(nan) = nan_of(y, x) {
        return nan;
    }
    let denormal = denormal_flag(&[x, y]);
    let plain = |value| (value, denormal);
    match (class(x), class(y)) {
        (Class::Zero, Class::Zero) => return invalid(),
        (Class::Zero, Class::Infinity) => return (infinity(!negative(y)), Status::empty()),
        (Class::Zero, _) => return (infinity(!negative(y)), Status::ZE),
        _ if negative(x) => return invalid(),
        (Class::Infinity, Class::Zero) => return invalid(),
        (Class::Infinity, _) => return plain(infinity(negative(y))),
        _ => {}
    }
    let w = unpack(x);
    let (below_one, one) = (w.exp < 0, w.exp == 0 && w.sig == Q127);
    match class(y) {
        Class::Infinity if one => invalid(),
        Class::Infinity => plain(infinity(negative(y) ^ below_one)),
        Class::Zero => plain(zero(negative(y) ^ below_one)),
        _ if one => plain(zero(negative(y))),
        _ => {
            let exact = w.sig == Q127;
            let result = round(multiply(log2(w), unpack(y)), context.full());
            if exact { (result.0, result.1 | denormal) } else { inexact(result, denormal) }
        }
    }
}

/// FYL2XP1: `y * log2(x + 1)`. Defined for `x` between -0.3 and 0.41; beyond it gives the logarithm all the same.
pub(super) fn y_log2_x_plus_1(y: F80, x: F80, context: Context) -> Rounded<F80> {
    if class(x) == Class::Unsupported || class(y) == Class::Unsupported {
        return invalid();
    }
    if let Some(nan) = nan_of(y, x) {
        return nan;
    }
    let denormal = denormal_flag(&[x, y]);
    let sign = negative(x) ^ negative(y);
    match (class(x), class(y)) {
        (Class::Zero, Class::Infinity) | (Class::Infinity, Class::Zero) => return invalid(),
        (Class::Infinity, _) if negative(x) => return invalid(),
        (Class::Infinity, _) | (_, Class::Infinity) => return (infinity(sign), denormal),
        (Class::Zero, _) | (_, Class::Zero) => return (zero(sign), denormal),
        _ => {}
    }
    let w = unpack(x);
    let sum = add(UNITY, w);
    if sum.is_zero() || sum.negative {
        return invalid();
    }
    let small = w.exp < -2;
    let log = if small { log2_by_ratio(divide(w, add(constant(1, Q127), w))) } else { log2(sum) };
    inexact(round(multiply(log, unpack(y)), context.full()), denormal)
}
