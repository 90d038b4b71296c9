//! Bit tests and scans, and instructions on single flags.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, ud};
use crate::op::{Op, Place};
use crate::word::Word;
use engine::EFlags;

/// What a bit instruction makes of the bit: nothing, set, reset, complement.
#[inline(always)]
fn changed<const WHAT: u8>(value: u32, bit: u32) -> u32 {
    match WHAT {
        1 => value | bit,
        2 => value & !bit,
        3 => value ^ bit,
        _ => value,
    }
}

/// BT, BTS, BTR, BTC (by `WHAT`) with a register or immediate number of a bit inside the operand.
pub(crate) fn bit<W: Word, P: Place, const WHAT: u8>(cpu: &mut Cpu, op: &Op, number: u32) -> Done {
    let bit = 1 << (number & (W::BITS - 1));
    let value = if WHAT == 0 { P::get::<W>(cpu, op)? } else { P::get_to_set::<W>(cpu, op)? };
    if WHAT != 0 {
        P::set::<W>(cpu, op, changed::<WHAT>(value, bit))?;
    }
    cpu.set_cf(value & bit != 0);
    Ok(())
}

/// `bt rm, imm`
pub(crate) fn bit_imm<W: Word, P: Place, const WHAT: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    bit::<W, P, WHAT>(cpu, op, op.imm)
}

/// `bt reg, reg`
pub(crate) fn bit_reg<W: Word, P: Place, const WHAT: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    let number = W::get(&cpu.s.gpr, op.reg);
    bit::<W, P, WHAT>(cpu, op, number)
}

/// `bt mem, reg`: the number reaches anywhere in the segment, in units of the operand size.
pub(crate) fn bit_string<W: Word, P: Place, const WHAT: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    let number = W::sext(W::get(&cpu.s.gpr, op.reg)) as i32;
    let unit = (number >> W::BITS.trailing_zeros()) as u32;
    let moved = Op { disp: op.disp.wrapping_add(unit.wrapping_mul(W::BYTES)), ..*op };
    bit::<W, P, WHAT>(cpu, &moved, number as u32)
}

/// BSF; the destination stays when the source is 0.
pub(crate) fn bsf<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = P::get::<W>(cpu, op)?;
    scan::<W>(cpu, op, value, value.trailing_zeros())
}

/// BSR; the destination stays when the source is 0.
pub(crate) fn bsr<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = P::get::<W>(cpu, op)?;
    scan::<W>(cpu, op, value, 31u32.wrapping_sub(value.leading_zeros()))
}

fn scan<W: Word>(cpu: &mut Cpu, op: &Op, value: u32, number: u32) -> Done {
    cpu.logic::<W>(value);
    if value != 0 {
        W::set(&mut cpu.s.gpr, op.reg, number);
    }
    Ok(())
}

/// CLC, STC.
pub(crate) fn put_carry<const ON: bool>(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.set_cf(ON);
    Ok(())
}

/// CMC.
pub(crate) fn cmc(cpu: &mut Cpu, _: &Op) -> Done {
    let cf = cpu.lazy.cf();
    cpu.set_cf(!cf);
    Ok(())
}

/// CLD, STD.
pub(crate) fn put_direction<const ON: bool>(cpu: &mut Cpu, _: &Op) -> Done {
    let df = EFlags::DF.bits();
    cpu.s.eflags = if ON { cpu.s.eflags | df } else { cpu.s.eflags & !df };
    Ok(())
}

/// LAHF.
pub(crate) fn lahf(cpu: &mut Cpu, _: &Op) -> Done {
    let flags = cpu.flags() | EFlags::ONE.bits();
    u8::set(&mut cpu.s.gpr, 4, flags);
    Ok(())
}

/// SAHF.
pub(crate) fn sahf(cpu: &mut Cpu, _: &Op) -> Done {
    let ah = u8::get(&cpu.s.gpr, 4);
    cpu.set_arithmetic(0xFF, ah);
    Ok(())
}

/// SALC (undocumented): AL is FFh when CF is set, otherwise 0.
pub(crate) fn salc(cpu: &mut Cpu, _: &Op) -> Done {
    let value = u32::from(cpu.lazy.cf()).wrapping_neg();
    u8::set(&mut cpu.s.gpr, 0, value);
    Ok(())
}

/// An instruction that this silicon does not have.
pub(crate) fn undefined(_: &mut Cpu, _: &Op) -> Result<(), Stop> {
    Err(ud())
}
