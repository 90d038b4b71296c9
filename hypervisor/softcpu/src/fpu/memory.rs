//! Escapes with a memory operand.

use super::arithmetic::Dyadic;
use super::convert::{
    BCD, DOUBLE, Format, SINGLE, from_bcd, from_binary, from_integer, to_bcd, to_binary, to_integer,
};
use super::environment::{LONGEST, Layout, REGISTER, from_bytes, set_control, to_bytes};
use super::float::{Class, INDEFINITE, Rounded, class, quieted};
use super::regs::Status;
use super::stack::Unit;
use super::{Escape, Operand};
use engine::{F80, Fpu};

/// Number formats of memory operands.
#[derive(Clone, Copy)]
enum Number {
    Binary(Format, usize),
    Integer(usize),
    Extended,
    Bcd,
}

const SINGLE_REAL: Number = Number::Binary(SINGLE, 4);
const DOUBLE_REAL: Number = Number::Binary(DOUBLE, 8);

pub(super) fn execute<O: Operand>(unit: &mut Unit, e: Escape, operand: &mut O) -> Result<(), O::Fault> {
    match (e.major, e.minor()) {
        (0, minor) => arithmetic(unit, minor, SINGLE_REAL, operand),
        (2, minor) => arithmetic(unit, minor, Number::Integer(4), operand),
        (4, minor) => arithmetic(unit, minor, DOUBLE_REAL, operand),
        (6, minor) => arithmetic(unit, minor, Number::Integer(2), operand),
        (1, 0) => push(unit, SINGLE_REAL, operand),
        (3, 0) => push(unit, Number::Integer(4), operand),
        (5, 0) => push(unit, DOUBLE_REAL, operand),
        (7, 0) => push(unit, Number::Integer(2), operand),
        (3, 5) => push(unit, Number::Extended, operand),
        (7, 4) => push(unit, Number::Bcd, operand),
        (7, 5) => push(unit, Number::Integer(8), operand),
        (1, minor @ (2 | 3)) => store(unit, SINGLE_REAL, minor == 3, operand),
        (3, minor @ (2 | 3)) => store(unit, Number::Integer(4), minor == 3, operand),
        (5, minor @ (2 | 3)) => store(unit, DOUBLE_REAL, minor == 3, operand),
        (7, minor @ (2 | 3)) => store(unit, Number::Integer(2), minor == 3, operand),
        (3, 7) => store(unit, Number::Extended, true, operand),
        (7, 6) => store(unit, Number::Bcd, true, operand),
        (7, 7) => store(unit, Number::Integer(8), true, operand),
        (1, 4) => load_environment(unit, operand),
        (1, 5) => load_control(unit, operand),
        (1, 6) => store_environment(unit, operand),
        (1, 7) => operand.store(&unit.fpu.control.to_le_bytes()),
        (5, 4) => restore(unit, operand),
        (5, 6) => save(unit, operand),
        (5, 7) => operand.store(&unit.fpu.status.to_le_bytes()),
        _ => Ok(()),
    }
}

/// Loads a number. A denormal of the shorter formats raises DE, although it is a normal number in a register.
fn load<O: Operand>(number: Number, operand: &mut O) -> Result<Rounded<F80>, O::Fault> {
    let mut bytes = [0; 16];
    let len = match number {
        Number::Binary(_, len) | Number::Integer(len) => len,
        Number::Extended => REGISTER,
        Number::Bcd => BCD,
    };
    operand.load(&mut bytes[..len])?;
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ..] = bytes;
    let bits = u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]);
    let ten = [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9];
    Ok(match number {
        Number::Binary(format, _) => from_binary(bits, format),
        Number::Integer(len) => {
            let unused = 64 - 8 * len as u32;
            (from_integer((bits << unused) as i64 >> unused), Status::empty())
        }
        Number::Extended => (from_bytes(ten), Status::empty()),
        Number::Bcd => (from_bcd(ten), Status::empty()),
    })
}

fn push<O: Operand>(unit: &mut Unit, number: Number, operand: &mut O) -> Result<(), O::Fault> {
    let (value, flags) = load(number, operand)?;
    // Conversion to the register format is an operation on a signalling NaN; FLD m80 is a mere copy.
    let signals = matches!(number, Number::Binary(..)) && class(value) == Class::Signalling;
    unit.push(if signals { (quieted(value), Status::IE) } else { (value, flags) });
    Ok(())
}

fn arithmetic<O: Operand>(
    unit: &mut Unit,
    minor: u8,
    number: Number,
    operand: &mut O,
) -> Result<(), O::Fault> {
    let (value, flags) = load(number, operand)?;
    let st = unit.st(0);
    let (op, a, b) = match minor {
        0 => (Dyadic::Add, st, value),
        1 => (Dyadic::Multiply, st, value),
        2 | 3 => {
            if let Some(order) = unit.compare((value, flags), false, &[0]) {
                unit.compared(order);
                unit.pops(minor - 2);
            }
            return Ok(());
        }
        4 => (Dyadic::Subtract, st, value),
        5 => (Dyadic::Subtract, value, st),
        6 => (Dyadic::Divide, st, value),
        _ => (Dyadic::Divide, value, st),
    };
    unit.operate_with(op, a, b, flags);
    Ok(())
}

impl Unit<'_> {
    /// `ST(0) = a op b`, where an operand came from memory with the exceptions `loaded`.
    fn operate_with(&mut self, op: Dyadic, a: F80, b: F80, loaded: Status) {
        if self.is_empty(0) {
            if self.underflow() {
                self.set(0, INDEFINITE);
            }
            return;
        }
        let (value, flags) = super::arithmetic::dyadic(op, a, b, self.context());
        let counts = !flags.intersects(Status::IE | Status::ZE) && class(value) != Class::Quiet;
        self.deliver(0, (value, if counts { flags | loaded } else { flags }));
    }
}

/// A number as bytes, how many, and the exceptions of the conversion.
fn bytes_of(f: F80, number: Number, unit: &Unit) -> ([u8; REGISTER], usize, Status) {
    let context = unit.context();
    let mut bytes = [0; REGISTER];
    match number {
        Number::Binary(format, len) => {
            let (bits, flags) = to_binary(f, format, context);
            bytes[..8].copy_from_slice(&bits.to_le_bytes());
            (bytes, len, flags)
        }
        Number::Integer(len) => {
            let (value, flags) = to_integer(f, 8 * len as u32, context.rounding);
            bytes[..8].copy_from_slice(&value.to_le_bytes());
            (bytes, len, flags)
        }
        Number::Extended => (to_bytes(f), REGISTER, Status::empty()),
        Number::Bcd => {
            let (bytes, flags) = to_bcd(f, context.rounding);
            (bytes, BCD, flags)
        }
    }
}

/// Nothing is stored or popped when an exception other than "inexact" is unmasked.
fn store<O: Operand>(unit: &mut Unit, number: Number, pop: bool, operand: &mut O) -> Result<(), O::Fault> {
    let empty = unit.is_empty(0);
    let value = if empty { INDEFINITE } else { unit.st(0) };
    let (bytes, len, flags) = bytes_of(value, number, unit);
    let flags = if empty { Status::IE | Status::SF } else { flags };
    let stored = !unit.unmasked(flags & !Status::PE);
    if stored {
        operand.store(&bytes[..len])?;
        unit.raise(flags);
        unit.pops(pop.into());
    } else {
        unit.raise(flags & !(Status::PE | Status::C1));
    }
    Ok(())
}

fn layout<O: Operand>(operand: &O) -> Layout {
    Layout { wide: operand.size32(), protected: operand.protected() }
}

fn load_control<O: Operand>(unit: &mut Unit, operand: &mut O) -> Result<(), O::Fault> {
    let mut word = [0; 2];
    operand.load(&mut word)?;
    set_control(unit.fpu, u16::from_le_bytes(word));
    Ok(())
}

fn load_environment<O: Operand>(unit: &mut Unit, operand: &mut O) -> Result<(), O::Fault> {
    let layout = layout(operand);
    let mut image = [0; LONGEST];
    operand.load(&mut image[..layout.len()])?;
    layout.load(unit.fpu, &image);
    Ok(())
}

/// FNSTENV masks all exceptions afterwards.
fn store_environment<O: Operand>(unit: &mut Unit, operand: &mut O) -> Result<(), O::Fault> {
    let layout = layout(operand);
    operand.store(&layout.store(unit.fpu)[..layout.len()])?;
    let masked = unit.fpu.control | super::regs::Control::MASKS;
    set_control(unit.fpu, masked);
    Ok(())
}

/// FNSAVE stores environment and stack (ST(0) first), then initialises the unit.
fn save<O: Operand>(unit: &mut Unit, operand: &mut O) -> Result<(), O::Fault> {
    let layout = layout(operand);
    let mut image = [0; LONGEST + 8 * REGISTER];
    image[..LONGEST].copy_from_slice(&layout.store(unit.fpu));
    for i in 0..8 {
        let at = layout.len() + i * REGISTER;
        image[at..at + REGISTER].copy_from_slice(&to_bytes(unit.st(i)));
    }
    operand.store(&image[..layout.len() + 8 * REGISTER])?;
    initialise(unit.fpu);
    Ok(())
}

fn restore<O: Operand>(unit: &mut Unit, operand: &mut O) -> Result<(), O::Fault> {
    let layout = layout(operand);
    let mut image = [0; LONGEST + 8 * REGISTER];
    operand.load(&mut image[..layout.len() + 8 * REGISTER])?;
    let mut environment = [0; LONGEST];
    environment.copy_from_slice(&image[..LONGEST]);
    layout.load(unit.fpu, &environment);
    for i in 0..8 {
        let at = layout.len() + i * REGISTER;
        let mut bytes = [0; REGISTER];
        bytes.copy_from_slice(&image[at..at + REGISTER]);
        let n = (super::environment::top(unit.fpu) + i) & 7;
        unit.fpu.st[n] = from_bytes(bytes);
    }
    Ok(())
}

/// FNINIT: the registers' contents stay, but all are empty.
pub(super) fn initialise(fpu: &mut Fpu) {
    *fpu = Fpu { st: fpu.st, ..Fpu::default() };
}
