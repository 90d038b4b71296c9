//! Escapes whose operands are registers.

use super::Escape;
use super::arithmetic::{Dyadic, nan_of, remainder, square_root};
use super::convert::{extract, round_to_integer, to_integer};
use super::environment::summarise;
use super::float::{
    Class, INDEFINITE, ONE, Rounded, Rounding, Wide, class, infinity, negative, round, unpack, with_sign,
    zero,
};
use super::memory::initialise;
use super::regs::Status;
use super::stack::{Order, Unit};
use super::transcendental::{
    Trigonometric, angle, trigonometric, two_to_x_minus_one, y_log2_x, y_log2_x_plus_1,
};
use engine::{EFlags, F80};

pub(super) fn execute(unit: &mut Unit, e: Escape, eflags: &mut u32) {
    let i = e.i();
    match (e.major, e.mod_rm) {
        (0, _) => arithmetic(unit, e.minor(), 0, i, 0),
        (4, 0xD0..=0xDF) => compare(unit, i, false, e.minor() - 2),
        (4, _) => arithmetic(unit, e.minor(), i, i, 0),
        (6, 0xD0..=0xD7) => compare(unit, i, false, 1),
        (6, 0xD9) => compare(unit, 1, false, 2),
        (6, _) => arithmetic(unit, e.minor(), i, i, 1),
        (1, 0xC0..=0xC7) => load(unit, i),
        (1 | 5 | 7, 0xC8..=0xCF) => exchange(unit, i),
        (1, 0xD8..=0xDF) | (5, 0xD8..=0xDF) | (7, 0xD0..=0xDF) => store(unit, i, 1),
        (5, 0xD0..=0xD7) => store(unit, i, 0),
        (1, 0xE0 | 0xE1) => sign(unit, e.mod_rm == 0xE0),
        (1, 0xE4) => test(unit),
        (1, 0xE5) => examine(unit),
        (1, 0xE8..=0xEE) => constant(unit, e.mod_rm - 0xE8),
        (1, 0xF0..=0xFF) => function(unit, e.mod_rm),
        (2, 0xE9) => compare(unit, 1, true, 2),
        (2 | 3, 0xC0..=0xDF) => conditional_move(unit, e, *eflags),
        (3, 0xE2) => {
            unit.fpu.status &= !Status::CLEARED.bits();
            summarise(unit.fpu);
        }
        (3, 0xE3) => initialise(unit.fpu),
        (3, 0xE8..=0xF7) => compare_flags(unit, i, e.mod_rm < 0xF0, 0, eflags),
        (7, 0xE8..=0xF7) => compare_flags(unit, i, e.mod_rm < 0xF0, 1, eflags),
        (5, 0xC0..=0xC7) => unit.free(i),
        (7, 0xC0..=0xC7) => {
            unit.free(i);
            unit.move_top(1);
        }
        (5, 0xE0..=0xEF) => compare(unit, i, true, u8::from(e.mod_rm >= 0xE8)),
        _ => {}
    }
}

/// The eight arithmetic codes: ST(0) and ST(i), result to ST(to). When the result goes to ST(i), the subtractions and divisions
/// swap their direction with the encoding.
fn arithmetic(unit: &mut Unit, minor: u8, to: usize, i: usize, pops: u8) {
    let (st0, sti) = (unit.st(0), unit.st(i));
    // D8 forms compute ST(0) op ST(i); DC and DE forms write ST(i) and encode ST(i) op ST(0) with bit 3 set.
    let (op, a, b) = match minor {
        0 => (Dyadic::Add, st0, sti),
        1 => (Dyadic::Multiply, st0, sti),
        2 | 3 => return compare(unit, i, false, minor - 2),
        4 => (Dyadic::Subtract, st0, sti),
        5 => (Dyadic::Subtract, sti, st0),
        6 => (Dyadic::Divide, st0, sti),
        _ => (Dyadic::Divide, sti, st0),
    };
    if unit.operate(op, to, a, b, &[0, i]) {
        unit.pops(pops);
    }
}

fn compare(unit: &mut Unit, i: usize, quiet: bool, pops: u8) {
    let other = (unit.st(i), Status::empty());
    if let Some(order) = unit.compare(other, quiet, &[0, i]) {
        unit.compared(order);
        unit.pops(pops);
    }
}

/// FCOMI and FUCOMI.
fn compare_flags(unit: &mut Unit, i: usize, quiet: bool, pops: u8, eflags: &mut u32) {
    let other = (unit.st(i), Status::empty());
    let Some(order) = unit.compare(other, quiet, &[0, i]) else { return };
    let all = EFlags::ZF | EFlags::PF | EFlags::CF;
    let set = match order {
        Order::Greater => EFlags::empty(),
        Order::Less => EFlags::CF,
        Order::Equal => EFlags::ZF,
        Order::Unordered => all,
    };
    *eflags = *eflags & !all.bits() | set.bits();
    unit.pops(pops);
}

fn test(unit: &mut Unit) {
    if let Some(order) = unit.compare((zero(false), Status::empty()), false, &[0]) {
        unit.compared(order);
    }
}

fn load(unit: &mut Unit, i: usize) {
    if unit.is_empty(i) {
        // A full stack is found first; otherwise the source is missing.
        if !unit.is_empty(7) {
            return unit.push((INDEFINITE, Status::empty()));
        }
        if unit.underflow() {
            unit.move_top(7);
            unit.set(0, INDEFINITE);
        }
        return;
    }
    let value = unit.st(i);
    unit.push((value, Status::empty()));
}

fn store(unit: &mut Unit, i: usize, pops: u8) {
    if unit.is_empty(0) {
        if unit.underflow() {
            unit.set(i, INDEFINITE);
            unit.pops(pops);
        }
        return;
    }
    unit.raise(Status::empty());
    let value = unit.st(0);
    unit.set(i, value);
    unit.pops(pops);
}

fn exchange(unit: &mut Unit, i: usize) {
    let (mut a, mut b) = (unit.st(0), unit.st(i));
    if unit.is_empty(0) || unit.is_empty(i) {
        if !unit.underflow() {
            return;
        }
        a = if unit.is_empty(0) { INDEFINITE } else { a };
        b = if unit.is_empty(i) { INDEFINITE } else { b };
    } else {
        unit.raise(Status::empty());
    }
    unit.set(0, b);
    unit.set(i, a);
}

/// FCHS and FABS never fault on NaNs.
fn sign(unit: &mut Unit, change: bool) {
    if unit.is_empty(0) {
        if unit.underflow() {
            unit.set(0, INDEFINITE);
        }
        return;
    }
    unit.raise(Status::empty());
    let st = unit.st(0);
    unit.set(0, with_sign(st, change && !negative(st)));
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
fn constant(unit: &mut Unit, which: u8) {
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

fn conditional_move(unit: &mut Unit, e: Escape, eflags: u32) {
    let flag = |f: EFlags| eflags & f.bits() != 0;
    let condition = match e.minor() {
        0 => flag(EFlags::CF),
        1 => flag(EFlags::ZF),
        2 => flag(EFlags::CF) || flag(EFlags::ZF),
        _ => flag(EFlags::PF),
    };
    let taken = condition ^ (e.major == 3);
    if unit.is_empty(0) || unit.is_empty(e.i()) {
        if unit.underflow() && taken {
            unit.set(0, INDEFINITE);
        }
        return;
    }
    unit.raise(Status::empty());
    if taken {
        let value = unit.st(e.i());
        unit.set(0, value);
    }
}

/// D9 F0-FF.
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
        0xF0 => drop(unit.deliver(0, two_to_x_minus_one(x, context))),
        0xF1 => deliver_and_pop(unit, y_log2_x(y, x, context)),
        0xF2 | 0xFB | 0xFE | 0xFF => turn(unit, code, x),
        0xF3 => deliver_and_pop(unit, angle(y, x, context)),
        0xF4 => {
            let (exponent, (significand, flags)) = extract(x);
            deliver_and_push(unit, (exponent, flags), significand);
        }
        0xF5 | 0xF8 => partial_remainder(unit, code == 0xF5),
        0xF9 => deliver_and_pop(unit, y_log2_x_plus_1(y, x, context)),
        0xFA => drop(unit.deliver(0, square_root(x, context))),
        0xFC => drop(unit.deliver(0, round_to_integer(x, context.rounding))),
        _ => drop(unit.deliver(0, scale(x, y, unit))),
    }
}

/// An operand is missing: the masked response puts the indefinite NaN where results go.
fn starved(unit: &mut Unit, code: u8) {
    if !unit.underflow() {
        return;
    }
    match code {
        0xF1 | 0xF3 | 0xF9 => {
            unit.set(1, INDEFINITE);
            unit.pop();
        }
        0xF2 | 0xF4 | 0xFB => {
            unit.set(0, INDEFINITE);
            unit.move_top(7);
            unit.set(0, INDEFINITE);
        }
        _ => unit.set(0, INDEFINITE),
    }
}

fn deliver_and_pop(unit: &mut Unit, result: Rounded<F80>) {
    if unit.deliver(1, result) {
        unit.pop();
    }
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
    if unit.deliver(0, below) {
        unit.move_top(7);
        unit.set(0, above);
    }
}

/// FPTAN, FSINCOS, FSIN, FCOS.
fn turn(unit: &mut Unit, code: u8, x: F80) {
    match trigonometric(x, unit.context()) {
        Trigonometric::OutOfRange => unit.incomplete(true),
        Trigonometric::Done { sine, cosine, tangent } => {
            unit.incomplete(false);
            let nan = matches!(class(sine.0), Class::Quiet);
            match code {
                0xF2 => deliver_and_push(unit, tangent, if nan { tangent.0 } else { ONE }),
                0xFB => deliver_and_push(unit, (sine.0, sine.1 | cosine.1 & !Status::C1), cosine.0),
                0xFE => drop(unit.deliver(0, sine)),
                _ => drop(unit.deliver(0, cosine)),
            }
        }
    }
}

fn partial_remainder(unit: &mut Unit, nearest: bool) {
    let result = remainder(unit.st(0), unit.st(1), nearest, unit.context());
    if !unit.deliver(0, (result.value, result.flags & !Status::C1)) {
        return;
    }
    let mut codes = Status::empty();
    match result.quotient {
        None => codes |= Status::C2,
        Some(q) => {
            codes.set(Status::C0, q & 4 != 0);
            codes.set(Status::C3, q & 2 != 0);
            codes.set(Status::C1, q & 1 != 0);
        }
    }
    unit.condition(codes);
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
            let by = match to_integer(y, 32, Rounding::Chop) {
                (value, flags) if flags.contains(Status::IE) && value < 0 && !negative(y) => ENOUGH,
                (value, _) => value.clamp(-ENOUGH, ENOUGH),
            };
            let (value, flags) = round(Wide { exp: w.exp + by as i32, ..w }, unit.context().full());
            (value, flags | denormal)
        }
    }
}
