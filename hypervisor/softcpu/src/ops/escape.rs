//! Escapes to the x87 and WAIT: operands, availability, error reporting.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, mf, nm, ud};
use crate::fpu::{self, Operand, Outcome};
use crate::op::Op;
use engine::{CrZero, EFlags, Fpu, Model, Reg, Seg};

/// The operand of one escape: memory, or AX.
struct EscapeOperand<'c, 'a> {
    cpu: &'c mut Cpu<'a>,
    seg: u8,
    offset: u32,
    mask: u32,
    wide: bool,
    /// A register form: FNSTSW AX is the one that stores.
    register: bool,
}

impl Operand for EscapeOperand<'_, '_> {
    type Fault = Stop;

    fn load(&mut self, buf: &mut [u8]) -> Result<(), Stop> {
        let mut at = self.offset;
        let (dwords, rest) = buf.as_chunks_mut::<4>();
        for chunk in dwords {
            *chunk = self.cpu.read::<u32>(self.seg, at)?.to_le_bytes();
            at = at.wrapping_add(4) & self.mask;
        }
        let (words, _) = rest.as_chunks_mut::<2>();
        for chunk in words {
            *chunk = (self.cpu.read::<u16>(self.seg, at)? as u16).to_le_bytes();
            at = at.wrapping_add(2) & self.mask;
        }
        Ok(())
    }

    fn store(&mut self, data: &[u8]) -> Result<(), Stop> {
        if let (true, [low, high]) = (self.register, data) {
            self.cpu.s.gpr[Reg::Eax as usize] &= 0xFFFF_0000;
            self.cpu.s.gpr[Reg::Eax as usize] |= u32::from(u16::from_le_bytes([*low, *high]));
            return Ok(());
        }
        self.probe(data.len() as u32)?;
        let mut at = self.offset;
        let (dwords, rest) = data.as_chunks::<4>();
        for chunk in dwords {
            self.cpu.write::<u32>(self.seg, at, u32::from_le_bytes(*chunk))?;
            at = at.wrapping_add(4) & self.mask;
        }
        let (words, _) = rest.as_chunks::<2>();
        for chunk in words {
            self.cpu.write::<u16>(self.seg, at, u32::from(u16::from_le_bytes(*chunk)))?;
            at = at.wrapping_add(2) & self.mask;
        }
        Ok(())
    }

    fn size32(&self) -> bool {
        self.wide
    }

    fn protected(&self) -> bool {
        self.cpu.selectors()
    }
}

impl EscapeOperand<'_, '_> {
    /// Nothing is stored unless everything can be: the first word and the last are probed.
    fn probe(&mut self, len: u32) -> Done {
        if len <= 4 || self.cpu.is_8086() {
            return Ok(());
        }
        self.cpu.read_to_write::<u16>(self.seg, self.offset)?;
        let last = self.offset.wrapping_add(len - 2) & self.mask;
        self.cpu.read_to_write::<u16>(self.seg, last).map(|_| ())
    }
}

/// An escape that the x87 does not define.
pub(crate) fn undefined(cpu: &mut Cpu, _: &Op) -> Done {
    available(cpu)?;
    Err(ud())
}

fn available(cpu: &Cpu) -> Done {
    let cr0 = CrZero::from_bits_retain(cpu.s.cr0);
    if cr0.intersects(CrZero::EM | CrZero::TS) { Err(nm()) } else { Ok(()) }
}

/// Error summary and busy bits of the status word.
const SUMMARY: u16 = 0x8080;

/// An exception was pending already. With CR0.NE it is #MF. Otherwise FERR# rises: the interrupt that it causes comes
/// before the escape; when none can come, the escape goes on as if IGNNE# were active.
fn report(cpu: &mut Cpu) -> Done {
    if cpu.s.cr0 & CrZero::NE.bits() != 0 {
        return Err(mf());
    }
    cpu.attention = true;
    cpu.bus.fpu_error(cpu.s.retired);
    if cpu.flag(EFlags::IF) && cpu.bus.interrupt() { Err(Stop::Before) } else { Ok(()) }
}

/// Any escape.
pub(crate) fn execute(cpu: &mut Cpu, op: &Op) -> Done {
    if cpu.is_8086() {
        // No 8087 is modelled: the CPU reads the operand and goes on.
        return if op.memory { crate::op::get::<u16>(cpu, op).map(|_| ()) } else { Ok(()) };
    }
    available(cpu)?;
    let escape = op.imm as u16;
    let mut unit = cpu.s.fpu.clone();
    let offset = op.offset(cpu);
    if !fpu::is_control(escape) {
        unit.ip = cpu.start;
        unit.cs = cpu.seg(Seg::Cs).selector;
        if op.memory {
            unit.dp = offset;
            unit.ds = cpu.s.seg[usize::from(op.seg)].selector;
        }
    }
    let outcome = attempt(cpu, op, offset, escape, &mut unit)?;
    if outcome == Outcome::ExceptionPending {
        report(cpu)?;
        let pending = unit.status & SUMMARY;
        unit.status &= !SUMMARY;
        attempt(cpu, op, offset, escape, &mut unit)?;
        if unit.status & !unit.control & 0x3F != 0 {
            unit.status |= pending;
        }
    }
    cpu.s.fpu = unit;
    Ok(())
}

/// Runs an escape on `unit`.
fn attempt(cpu: &mut Cpu, op: &Op, offset: u32, escape: u16, unit: &mut Fpu) -> Result<Outcome, Stop> {
    let features = cpu.features;
    let before = cpu.lazy.bits();
    let mut flags = before;
    let mut operand =
        EscapeOperand { seg: op.seg, offset, mask: op.mask, wide: op.wide, register: !op.memory, cpu };
    let outcome = fpu::execute(unit, &mut flags, features, escape, &mut operand)?;
    if flags != before {
        cpu.set_arithmetic((EFlags::ZF | EFlags::PF | EFlags::CF).bits(), flags);
    }
    Ok(outcome)
}

/// WAIT, FWAIT.
pub(crate) fn wait(cpu: &mut Cpu, _: &Op) -> Done {
    let cr0 = CrZero::from_bits_retain(cpu.s.cr0);
    if cr0.contains(CrZero::MP | CrZero::TS) {
        return Err(nm());
    }
    if cpu.s.model == Model::I8086 {
        return Ok(());
    }
    match fpu::wait(&cpu.s.fpu) {
        Outcome::Done => Ok(()),
        Outcome::ExceptionPending => report(cpu),
    }
}
