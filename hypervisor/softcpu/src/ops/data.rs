//! Moves.

use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::{Op, Place, with_rm};
use crate::word::Word;

/// `mov rm, reg`
pub(crate) fn mov_rm_reg<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = W::get(&cpu.s.gpr, op.reg);
    P::set::<W>(cpu, op, value)
}

/// `mov reg, mem`
pub(crate) fn mov_reg_rm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<W, P>(cpu, op, |cpu, op, value| W::set(&mut cpu.s.gpr, op.reg, value))
}

/// `mov rm, imm`
pub(crate) fn mov_rm_imm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    P::set::<W>(cpu, op, op.imm)
}

/// MOVZX with a byte source.
pub(crate) fn movzx8<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<u8, P>(cpu, op, |cpu, op, value| W::set(&mut cpu.s.gpr, op.reg, value))
}

/// MOVZX with a word source.
pub(crate) fn movzx16<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<u16, P>(cpu, op, |cpu, op, value| W::set(&mut cpu.s.gpr, op.reg, value))
}

/// MOVSX with a byte source.
pub(crate) fn movsx8<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<u8, P>(cpu, op, |cpu, op, value| W::set(&mut cpu.s.gpr, op.reg, u8::sext(value)))
}

/// MOVSX with a word source.
pub(crate) fn movsx16<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<u16, P>(cpu, op, |cpu, op, value| W::set(&mut cpu.s.gpr, op.reg, u16::sext(value)))
}

/// LEA.
pub(crate) fn lea<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let offset = op.offset(cpu);
    W::set(&mut cpu.s.gpr, op.reg, offset);
    Ok(())
}

/// `xchg rm, reg`
pub(crate) fn xchg<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let old = P::get_to_set::<W>(cpu, op)?;
    let new = W::get(&cpu.s.gpr, op.reg);
    P::set::<W>(cpu, op, new)?;
    W::set(&mut cpu.s.gpr, op.reg, old);
    Ok(())
}

/// CMOVcc: the source is read whatever the condition.
pub(crate) fn cmov<const CC: u8, W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = P::get::<W>(cpu, op)?;
    if cpu.condition::<CC>() {
        W::set(&mut cpu.s.gpr, op.reg, value);
    }
    Ok(())
}

/// SETcc.
pub(crate) fn setcc<const CC: u8, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = u32::from(cpu.condition::<CC>());
    P::set::<u8>(cpu, op, value)
}

/// XLAT.
pub(crate) fn xlat(cpu: &mut Cpu, op: &Op) -> Done {
    let offset = cpu.s.gpr[3].wrapping_add(cpu.s.gpr[0] & 0xFF) & op.mask;
    let value = cpu.read::<u8>(op.seg, offset)?;
    u8::set(&mut cpu.s.gpr, 0, value);
    Ok(())
}

/// BSWAP; of a 16-bit register the result is undefined, and silicon clears it.
pub(crate) fn bswap(cpu: &mut Cpu, op: &Op) -> Done {
    let r = usize::from(op.rm & 7);
    if op.wide {
        cpu.s.gpr[r] = cpu.s.gpr[r].swap_bytes();
    } else {
        u16::set(&mut cpu.s.gpr, op.rm, 0);
    }
    Ok(())
}

/// CBW, CWDE.
pub(crate) fn cbw<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let value = if W::BYTES == 2 { u8::sext(cpu.s.gpr[0]) } else { u16::sext(cpu.s.gpr[0]) };
    W::set(&mut cpu.s.gpr, 0, value);
    Ok(())
}

/// CWD, CDQ.
pub(crate) fn cwd<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let sign = W::sext(cpu.s.gpr[0]) >> 31;
    W::set(&mut cpu.s.gpr, 2, sign.wrapping_neg());
    Ok(())
}

/// NOP, PAUSE, hints.
pub(crate) fn nop(_: &mut Cpu, _: &Op) -> Done {
    Ok(())
}
