//! The x87 unit in software: every result correctly rounded and the same on every host.
//!
//! The CPU decodes an escape (D8h-DFh), checks CR0 and computes the operand's address; [`execute`] does the rest on an
//! [`engine::Fpu`]. Memory is reached through [`Operand`], before any state changes, so that a page fault leaves the
//! instruction restartable.
//!
//! Follows: Intel SDM vol. 1 chapter 8 and vol. 2. Of the tag word in [`engine::Fpu`] only "empty" counts; the other tags are made
//! when the word is stored.

mod arithmetic;
mod convert;
mod environment;
mod float;
mod memory;
mod register;
mod regs;
mod stack;
#[cfg(test)]
mod tests;
mod transcendental;

use engine::{Features, Fpu};
use regs::Status;
use stack::Unit;

/// The operand of an escape: memory, or AX for FNSTSW AX. Address, segment and paging checks are the CPU's.
pub trait Operand {
    /// What an access can end in.
    type Fault;

    /// Fills `buf` from the operand's first byte on.
    ///
    /// # Errors
    /// The CPU's fault.
    fn load(&mut self, buf: &mut [u8]) -> Result<(), Self::Fault>;

    /// Stores `data` from the operand's first byte on, all or nothing.
    ///
    /// # Errors
    /// The CPU's fault.
    fn store(&mut self, data: &[u8]) -> Result<(), Self::Fault>;

    /// Whether the operand size is 32 bits: it selects the environment's layout.
    fn size32(&self) -> bool;

    /// Whether the CPU is in protected mode (not virtual-8086): likewise.
    fn protected(&self) -> bool;
}

/// What became of an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was executed; it may have raised an exception that the next waiting instruction reports.
    Done,
    /// An unmasked exception was pending: nothing was executed. The CPU raises #MF or FERR#.
    ExceptionPending,
}

/// The two bytes of an escape, taken apart.
#[derive(Clone, Copy)]
struct Escape {
    /// Low three bits of the first byte.
    major: u8,
    mod_rm: u8,
}

impl Escape {
    fn of(escape: u16) -> Escape {
        Escape { major: (escape >> 8 & 7) as u8, mod_rm: escape as u8 }
    }

    fn in_memory(self) -> bool {
        self.mod_rm < 0xC0
    }

    /// Bits 5-3 of the ModRM byte.
    fn minor(self) -> u8 {
        self.mod_rm >> 3 & 7
    }

    /// ST(i) of a register form.
    fn i(self) -> usize {
        (self.mod_rm & 7) as usize
    }
}

/// Whether an escape is a control instruction: it leaves the last instruction's pointers and opcode alone.
pub fn is_control(escape: u16) -> bool {
    let e = Escape::of(escape);
    match (e.major, e.in_memory()) {
        (1, true) => e.minor() >= 4,
        (5, true) => matches!(e.minor(), 4 | 6 | 7),
        (3, false) => matches!(e.mod_rm, 0xE0..=0xE4),
        (7, false) => e.mod_rm == 0xE0,
        _ => false,
    }
}

/// Whether an escape waits for (reports) a pending exception before it starts.
fn waits(e: Escape) -> bool {
    match (e.major, e.in_memory()) {
        (1, true) => !matches!(e.minor(), 6 | 7),
        (5, true) => !matches!(e.minor(), 6 | 7),
        (3, false) => !matches!(e.mod_rm, 0xE0..=0xE4),
        (7, false) => e.mod_rm != 0xE0,
        _ => true,
    }
}

/// Whether the preset lacks an escape: #UD.
pub fn undefined(features: Features, escape: u16) -> bool {
    let e = Escape::of(escape);
    let cmov = features.contains(Features::CMOV);
    match (e.major, e.in_memory()) {
        (1 | 5, true) if e.minor() == 1 => true,
        (3, true) => matches!(e.minor(), 1 | 4 | 6),
        (5, true) => e.minor() == 5,
        (7, true) => e.minor() == 1,
        (1, false) => matches!(e.mod_rm, 0xD1..=0xD7 | 0xE2 | 0xE3 | 0xE6 | 0xE7 | 0xEF),
        (2, false) => !(cmov && e.mod_rm < 0xE0 || e.mod_rm == 0xE9),
        (3, false) => match e.mod_rm {
            0xC0..=0xDF | 0xE8..=0xF7 => !cmov,
            code => code > 0xE4,
        },
        (5, false) => e.mod_rm >= 0xF0,
        (6, false) => matches!(e.mod_rm, 0xD8 | 0xDA..=0xDF),
        (7, false) => match e.mod_rm {
            0xE8..=0xF7 => !cmov,
            code => code > 0xE0,
        },
        _ => false,
    }
}

/// FWAIT.
pub fn wait(fpu: &Fpu) -> Outcome {
    if fpu.status & Status::ES.bits() != 0 { Outcome::ExceptionPending } else { Outcome::Done }
}

/// Executes an escape that is not [`undefined`]. `escape` has the low three bits of the first byte in bits 10-8 and the ModRM
/// byte below; `eflags` takes ZF, PF and CF of FCOMI and gives them to FCMOVcc. The CPU has set the instruction and operand
/// pointers in `fpu` unless [`is_control`].
///
/// # Errors
/// The operand's fault; then nothing has changed.
pub fn execute<O: Operand>(
    fpu: &mut Fpu,
    eflags: &mut u32,
    features: Features,
    escape: u16,
    operand: &mut O,
) -> Result<Outcome, O::Fault> {
    let e = Escape::of(escape);
    if waits(e) && wait(fpu) == Outcome::ExceptionPending {
        return Ok(Outcome::ExceptionPending);
    }
    if undefined(features, escape) {
        return Ok(Outcome::Done);
    }
    let opcode = fpu.opcode;
    if !is_control(escape) {
        fpu.opcode = escape & 0x7FF;
    }
    let mut unit = Unit { fpu };
    if e.in_memory() {
        if let Err(fault) = memory::execute(&mut unit, e, operand) {
            unit.fpu.opcode = opcode;
            return Err(fault);
        }
    } else if (e.major, e.mod_rm) == (7, 0xE0) {
        operand.store(&unit.fpu.status.to_le_bytes())?;
    } else {
        register::execute(&mut unit, e, eflags);
    }
    Ok(Outcome::Done)
}
