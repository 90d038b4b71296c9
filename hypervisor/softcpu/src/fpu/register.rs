//! Escapes whose operands are registers.

use super::arithmetic::{Dyadic, Quotient, nan_of, remainder, square_root};
use super::convert::{any_to_integer, extract, round_to_integer};
use super::environment::{initialise, summarise};
use super::float::{
    Class, INDEFINITE, ONE, Rounded, Rounding, Wide, class, infinity, negative, round, unpack, with_sign,
    zero,
};

use super::regs::Status;
use super::stack::{Order, Unit};
use super::transcendental::{Angle, angle, two_to_x_minus_one, y_log2_x, y_log2_x_plus_1};
use engine::{EFlags, F80};

/// A register form by the low three bits of its first byte and bits 5-3 of its second, with the register in bits 2-0; FCMOVcc,
/// FCOMI and FNSTSW AX, which share state with the CPU, have functions of their own.
#[inline(always)]
pub(crate) fn execute<const MAJOR: u8, const MINOR: u8>(unit: &mut Unit, i: usize) {
    match (MAJOR, MINOR) {
        (0 | 4, 2 | 3) => compare(unit, i, false, MINOR - 2),
        (0, _) => arithmetic(unit, MINOR, 0, i, 0),
        (4, _) => arithmetic(unit, MINOR, i, i, 0),
        (6, 2) => compare(unit, i, false, 1),
        (6, 3) => compare(unit, 1, false, 2),
        (6, _) => arithmetic(unit, MINOR, i, i, 1),
        (1, 0) => load(unit, i),
        (1 | 5 | 7, 1) => unit.exchange(i),
        (1, 3) => store_unchecked(unit, i),
        (5, 3) | (7, 2 | 3) => store(unit, i, 1),
        (5, 2) => store(unit, i, 0),
        (1, 4) => match i {
            0 | 1 => sign(unit, i == 0),
            4 => test(unit),
            _ => examine(unit),
        },
        (1, 5) => constant(unit, i),
        (1, 6 | 7) => function(unit, 0xC0 | MINOR << 3 | i as u8),
        (2, 5) => compare(unit, 1, true, 2),
        (3, 4) => control(unit, i),
        (5 | 7, 0) => {
            // C1 is undefined; it is cleared as by everything else.
            unit.raise(Status::empty());
            unit.free(i);
            unit.pops((MAJOR == 7).into());
        }
        (5, 4 | 5) => compare(unit, i, true, MINOR - 4),
        _ => {}
    }
}

/// FNCLEX and FNINIT; the 8087's and 80287's other control instructions do nothing.
fn control(unit: &mut Unit, which: usize) {
    match which {
        2 => {
            unit.fpu.status &= !Status::CLEARED.bits();
            summarise(unit.fpu);
        }
        3 => initialise(unit.fpu),
        _ => {}
    }
}

/// Bits 5-3 of an arithmetic escape: the operation, and whether ST(0) is its second operand. Comparisons (2 and 3) are not
/// meant.
#[inline(always)]
fn operation(minor: u8) -> (Dyadic, bool) {
    let op = match minor {
        0 => Dyadic::Add,
        1 => Dyadic::Multiply,
        4 | 5 => Dyadic::Subtract,
        _ => Dyadic::Divide,
    };
    (op, minor & 5 == 5)
}

/// The eight arithmetic codes on ST(0) and ST(i), result to ST(to). The forms that write ST(i) swap the direction of
/// subtractions and divisions in the encoding; bit 3 of the second byte means `ST(i) op ST(0)` in all of them.
#[inline(always)]
fn arithmetic(unit: &mut Unit, minor: u8, to: usize, i: usize, pops: u8) {
    let (op, reversed) = operation(minor);
    unit.operate(op, reversed, to, i, pops);
}

/// The eight arithmetic codes on ST(0) and a number from memory.
#[inline(always)]
pub(crate) fn arithmetic_with<const MINOR: u8>(unit: &mut Unit, number: Rounded<F80>) {
    if let 2 | 3 = MINOR {
        if let Some(order) = unit.compare_with(number, false) {
            unit.compared(order);
            unit.pops(MINOR - 2);
        }
        return;
    }
    let (op, reversed) = operation(MINOR);
    unit.operate_with(op, reversed, number);
}

#[inline(always)]
fn compare(unit: &mut Unit, i: usize, quiet: bool, pops: u8) {
    if let Some(order) = unit.compare(i, quiet) {
        unit.compared(order);
        unit.pops(pops);
    }
}

/// FCOMI and FUCOMI: the arithmetic flags, unless an exception stops the instruction.
#[inline(always)]
pub(crate) fn compare_flags(unit: &mut Unit, i: usize, quiet: bool, pops: u8) -> Option<EFlags> {
    let order = unit.compare(i, quiet)?;
    unit.pops(pops);
    Some(match order {
        Order::Greater => EFlags::empty(),
        Order::Less => EFlags::CF,
        Order::Equal => EFlags::ZF,
        Order::Unordered => EFlags::ZF | EFlags::PF | EFlags::CF,
    })
}

fn test(unit: &mut Unit) {
    if let Some(order) = unit.compare_with((zero(false), Status::empty()), false) {
        unit.compared(order);
    }
}

/// FLD ST(i).
#[inline(always)]
fn load(unit: &mut Unit, i: usize) {
    if unit.is_empty(i) {
        return load_empty(unit);
    }
    let value = unit.st(i);
    unit.push((value, Status::empty()));
}

/// FLD of an empty register: a full stack is found first; otherwise the source is missing.
#[cold]
fn load_empty(unit: &mut Unit) {
    if !unit.is_empty(7) {
        return unit.push((INDEFINITE, Status::empty()));
    }
    if unit.underflow() {
        unit.move_top(7);
        unit.set(0, INDEFINITE);
    }
}

/// FST and FSTP.
#[inline(always)]
fn store(unit: &mut Unit, i: usize, pops: u8) {
    if unit.is_empty(0) {
        return unit.starved(i, pops);
    }
    let value = unit.st(0);
    unit.deliver(i, (value, Status::empty()), pops);
}

/// FSTPNCE, the undocumented alias of FSTP: an empty ST(0) is popped without being stored.
fn store_unchecked(unit: &mut Unit, i: usize) {
    unit.raise(Status::empty());
    if !unit.is_empty(0) {
        unit.set(i, unit.st(0));
    }
    unit.pops(1);
}

/// FCHS and FABS never fault on NaNs.
#[inline(always)]
fn sign(unit: &mut Unit, change: bool) {
    if unit.is_empty(0) {
        return unit.starved(0, 0);
    }
    let st = unit.st(0);
    unit.deliver(0, (with_sign(st, change && !negative(st)), Status::empty()), 0);
}

fn examine(unit: &mut Unit) {
    let st = unit.st(0);
    let kind = match class(st) {
        _ if unit.is_empty(0) => Status::C3 | Status::C0,
        Class::Unsupported => Status::empty(),
        Class::Quiet | Class::Signalling => Status::C0,
        Class::Normal => Status::C2,
        Class::Infinity => Status::C2 | Status::C0,
        Class::Zero => Status::C3,
        Class::Denormal => Status::C3 | Status::C2,
    };
    unit.condition(kind | if negative(st) { Status::C1 } else { Status::empty() });
}

/// FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: the irrational ones obey rounding control.
fn constant(unit: &mut Unit, which: usize) {
    let wide = |exp, sig| Wide { negative: false, exp, sig };
    let value = match which {
        0 => wide(0, 1 << 127),
        1 => wide(1, 0xD49A_784B_CD1B_8AFE_492B_F6FF_4DAF_DB4C),
        2 => wide(0, 0xB8AA_3B29_5C17_F0BB_BE87_FED0_691D_3E88),
        3 => wide(1, 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1),
        4 => wide(-2, 0x9A20_9A84_FBCF_F798_8F89_59AC_0B7C_9178),
        5 => wide(-1, 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF),
        _ => Wide::ZERO,
    };
    let (value, _) = round(value, unit.context().full());
    unit.push((value, Status::empty()));
}

/// FCMOVcc. An empty register is a stack underflow whatever the condition; C1 stays unless there was one.
pub(crate) fn conditional_move(unit: &mut Unit, i: usize, taken: bool) {
    if unit.is_empty(0) || unit.is_empty(i) {
        return unit.starved(0, 0);
    }
    if taken {
        let value = unit.st(i);
        unit.set(0, value);
    }
}

/// D9 F0-FF.
#[inline(never)]
fn function(unit: &mut Unit, code: u8) {
    match code {
        0xF6 | 0xF7 => {
            unit.raise(Status::empty());
            return unit.move_top(if code == 0xF6 { 7 } else { 1 });
        }
        _ => {}
    }
    let two = matches!(code, 0xF1 | 0xF3 | 0xF5 | 0xF8 | 0xF9 | 0xFD);
    if unit.is_empty(0) || two && unit.is_empty(1) {
        return starved(unit, code);
    }
    let (x, y, context) = (unit.st(0), unit.st(1), unit.context());
    match code {
        0xF0 => deliver(unit, two_to_x_minus_one(x, context)),
        0xF1 => deliver_and_pop(unit, y_log2_x(y, x, context)),
        0xF2 | 0xFB | 0xFE | 0xFF => turn(unit, code, x),
        0xF3 => deliver_and_pop(unit, angle(y, x, context)),
        0xF4 => {
            let (exponent, (significand, flags)) = extract(x);
            deliver_and_push(unit, (exponent, flags), significand);
        }
        0xF5 | 0xF8 => partial_remainder(unit, code == 0xF5),
        0xF9 => deliver_and_pop(unit, y_log2_x_plus_1(y, x, context)),
        0xFA => deliver(unit, square_root(x, unit.fpu.control)),
        0xFC => deliver(unit, round_to_integer(x, context.rounding)),
        _ => deliver(unit, scale(x, y, unit)),
    }
}

/// An operand is missing: the masked response puts the indefinite NaN where results go.
fn starved(unit: &mut Unit, code: u8) {
    if matches!(code, 0xF2 | 0xF5 | 0xF8 | 0xFB | 0xFE | 0xFF) {
        unit.incomplete(false);
    }
    match code {
        0xF1 | 0xF3 | 0xF9 => unit.starved(1, 1),
        0xF2 | 0xF4 | 0xFB => {
            if unit.underflow() {
                unit.set(0, INDEFINITE);
                unit.move_top(7);
                unit.set(0, INDEFINITE);
            }
        }
        _ => unit.starved(0, 0),
    }
}

fn deliver(unit: &mut Unit, result: Rounded<F80>) {
    unit.deliver(0, result, 0);
}

fn deliver_and_pop(unit: &mut Unit, result: Rounded<F80>) {
    unit.deliver(1, result, 1);
}

/// Results in ST(0) and above it; nothing happens to ST(0) when there is no room above.
fn deliver_and_push(unit: &mut Unit, below: Rounded<F80>, above: F80) {
    if !unit.is_empty(7) {
        let flags = Status::IE | Status::SF | Status::C1;
        let withheld = unit.withheld(flags);
        unit.raise(flags);
        if !withheld {
            unit.set(0, INDEFINITE);
            unit.move_top(7);
            unit.set(0, INDEFINITE);
        }
        return;
    }
    if unit.deliver(0, below, 0) {
        unit.move_top(7);
        unit.set(0, above);
    }
}

/// FPTAN, FSINCOS, FSIN, FCOS.
fn turn(unit: &mut Unit, code: u8, x: F80) {
    let (angle, context) = (Angle::of(x), unit.context());
    // A full stack is found first.
    let overflows = matches!(code, 0xF2 | 0xFB) && !unit.is_empty(7);
    let out_of_range = matches!(angle, Angle::OutOfRange) && !overflows;
    unit.incomplete(out_of_range);
    if out_of_range {
        return;
    }
    match code {
        0xF2 => {
            let tangent = angle.tangent(context);
            let above = if let Angle::Special((nan, _)) = angle { nan } else { ONE };
            deliver_and_push(unit, tangent, above);
        }
        0xFB => {
            let (sine, cosine) = (angle.sine(context), angle.cosine(context));
            deliver_and_push(unit, (sine.0, sine.1 | cosine.1 & !Status::C1), cosine.0);
        }
        0xFE => deliver(unit, angle.sine(context)),
        _ => deliver(unit, angle.cosine(context)),
    }
}

fn partial_remainder(unit: &mut Unit, nearest: bool) {
    let result = remainder(unit.st(0), unit.st(1), nearest, unit.context());
    unit.incomplete(false);
    if !unit.deliver(0, (result.value, result.flags & !Status::C1), 0) {
        return;
    }
    match result.quotient {
        Quotient::None => {}
        Quotient::Partial => unit.condition(Status::C2),
        Quotient::Low(q) => {
            let mut codes = Status::empty();
            codes.set(Status::C0, q & 4 != 0);
            codes.set(Status::C3, q & 2 != 0);
            codes.set(Status::C1, q & 1 != 0);
            unit.condition(codes);
        }
    }
}

/// FSCALE.
fn scale(x: F80, y: F80, unit: &Unit) -> Rounded<F80> {
    if class(x) == Class::Unsupported || class(y) == Class::Unsupported {
        return super::arithmetic::invalid();
    }
    if let Some(nan) = nan_of(x, y) {
        return nan;
    }
    let denormal = super::arithmetic::denormal_flag(&[x, y]);
    match (class(x), class(y)) {
        (Class::Zero, Class::Infinity) if !negative(y) => super::arithmetic::invalid(),
        (Class::Infinity, Class::Infinity) if negative(y) => super::arithmetic::invalid(),
        (_, Class::Infinity) if negative(y) => (zero(negative(x)), denormal),
        (_, Class::Infinity) => (infinity(negative(x)), denormal),
        (Class::Zero | Class::Infinity, _) => (x, denormal),
        _ => {
            const ENOUGH: i64 = 0x1_0000;
            let w = unpack(x);
            let by = match any_to_integer(y, 32, Rounding::Chop) {
                (value, flags) if flags.contains(Status::IE) && value < 0 && !negative(y) => ENOUGH,
                (value, _) => value.clamp(-ENOUGH, ENOUGH),
            };
            let (value, flags) = round(Wide { exp: w.exp + by as i32, ..w }, unit.context().full());
            (value, flags | denormal)
        }
    }
}
