//! PUSH, POP and their relatives.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop, gp};
use crate::op::{Op, Place};
use crate::word::Word;
use engine::{EFlags, Model, Seg};

const SS: u8 = Seg::Ss as u8;
const ESP: usize = 4;

impl Cpu<'_> {
    /// The stack pointer as the stack segment's size cuts it.
    #[inline(always)]
    pub(crate) fn sp(&self) -> u32 {
        self.s.gpr[ESP] & self.stack_mask
    }

    #[inline(always)]
    pub(crate) fn set_sp(&mut self, sp: u32) {
        self.s.gpr[ESP] = self.s.gpr[ESP] & !self.stack_mask | sp & self.stack_mask;
    }

    #[inline(always)]
    pub(crate) fn push<W: Word>(&mut self, value: u32) -> Done {
        let sp = self.sp().wrapping_sub(W::BYTES) & self.stack_mask;
        self.write::<W>(SS, sp, value)?;
        self.set_sp(sp);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn pop<W: Word>(&mut self) -> Result<u32, Stop> {
        let sp = self.sp();
        let value = self.read::<W>(SS, sp)?;
        self.set_sp(sp.wrapping_add(W::BYTES));
        Ok(value)
    }

    /// Pushes a word or a dword.
    pub(crate) fn push_sized(&mut self, wide: bool, value: u32) -> Done {
        if wide { self.push::<u32>(value) } else { self.push::<u16>(value) }
    }

    pub(crate) fn pop_sized(&mut self, wide: bool) -> Result<u32, Stop> {
        if wide { self.pop::<u32>() } else { self.pop::<u16>() }
    }
}

/// `push reg`
pub(crate) fn push_reg<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = W::get(&cpu.s.gpr, op.rm);
    cpu.push::<W>(value)
}

/// `push sp` on an 8086: the value after the decrement.
pub(crate) fn push_sp_8086(cpu: &mut Cpu, _: &Op) -> Done {
    let value = cpu.sp().wrapping_sub(2);
    cpu.push::<u16>(value)
}

/// `push mem`
pub(crate) fn push_rm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = P::get::<W>(cpu, op)?;
    cpu.push::<W>(value)
}

/// `push imm`
pub(crate) fn push_imm<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.push::<W>(op.imm)
}

/// `pop reg`
pub(crate) fn pop_reg<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let value = cpu.pop::<W>()?;
    W::set(&mut cpu.s.gpr, op.rm, value);
    Ok(())
}

/// `pop mem`: an address based on ESP uses the value after the increment.
pub(crate) fn pop_mem<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let old = cpu.s.gpr[ESP];
    let value = cpu.pop::<W>()?;
    P::set::<W>(cpu, op, value).inspect_err(|_| {
        // The 286 leaves SP moved.
        if !cpu.is_286() {
            cpu.s.gpr[ESP] = old;
        }
    })
}

/// PUSHA, PUSHAD.
pub(crate) fn pusha<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let old = cpu.s.gpr[ESP];
    for r in 0..8 {
        let value = if r == ESP { old } else { cpu.s.gpr[r] };
        if let Err(stop) = cpu.push::<W>(value) {
            cpu.s.gpr[ESP] = old;
            return Err(stop);
        }
    }
    Ok(())
}

/// POPA, POPAD.
pub(crate) fn popa<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let old = cpu.s.gpr[ESP];
    let mut values = [0; 8];
    for r in (0..8).rev() {
        values[r] = cpu.pop::<W>().inspect_err(|_| cpu.s.gpr[ESP] = old)?;
    }
    for (r, value) in (0..8).zip(values) {
        if usize::from(r) != ESP {
            W::set(&mut cpu.s.gpr, r, value);
        }
    }
    Ok(())
}

/// ENTER: `imm` bytes of locals, `extra` levels.
pub(crate) fn enter<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let (old_sp, old_bp) = (cpu.s.gpr[ESP], cpu.s.gpr[5]);
    enter_frame::<W>(cpu, op).inspect_err(|_| {
        cpu.s.gpr[ESP] = old_sp;
        cpu.s.gpr[5] = old_bp;
    })
}

fn enter_frame<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let level = op.extra & 0x1F;
    let bp = W::get(&cpu.s.gpr, 5);
    cpu.push::<W>(bp)?;
    let frame = cpu.s.gpr[ESP];
    if level > 0 {
        let mut at = cpu.s.gpr[5];
        for _ in 1..level {
            at = at.wrapping_sub(W::BYTES);
            let display = cpu.read::<W>(SS, at & cpu.stack_mask)?;
            cpu.push::<W>(display)?;
        }
        cpu.push::<W>(frame)?;
    }
    let sp = cpu.sp().wrapping_sub(op.imm & 0xFFFF) & cpu.stack_mask;
    if !cpu.is_8086() && !cpu.is_286() {
        // The new top of the stack must be writable already.
        let stack = cpu.stack_mask;
        cpu.probe(Seg::Ss, sp & stack, W::BYTES)?;
    }
    W::set(&mut cpu.s.gpr, 5, frame);
    cpu.set_sp(sp);
    Ok(())
}

/// LEAVE.
pub(crate) fn leave<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let old = cpu.s.gpr[ESP];
    let bp = cpu.s.gpr[5];
    cpu.set_sp(bp);
    let value = cpu.pop::<W>().inspect_err(|_| cpu.s.gpr[ESP] = old)?;
    W::set(&mut cpu.s.gpr, 5, value);
    Ok(())
}

/// FLAGS as the model pushes them.
pub(crate) fn flags_image(cpu: &Cpu) -> u32 {
    let flags = cpu.flags();
    match cpu.s.model {
        Model::I8086 => flags & 0xFFF | 0xF000,
        Model::I80286 if !cpu.protected() => flags & 0xFFF,
        _ => flags,
    }
}

/// PUSHF, PUSHFD.
pub(crate) fn pushf<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let mut image = flags_image(cpu) & !(EFlags::RF | EFlags::VM).bits();
    if cpu.v86() && cpu.iopl() < 3 {
        if W::BYTES == 4 || cpu.s.cr4 & cr4::VME == 0 {
            return Err(gp(0));
        }
        image = virtual_image(cpu);
    }
    cpu.push::<W>(image)
}

/// FLAGS as a V86 task with VME sees them: IF is VIF, IOPL is 3.
pub(crate) fn virtual_image(cpu: &Cpu) -> u32 {
    let vif = cpu.s.eflags & EFlags::VIF.bits() != 0;
    let flags = cpu.flags() & !EFlags::IF.bits() | EFlags::IOPL.bits();
    if vif { flags | EFlags::IF.bits() } else { flags }
}

/// Flags that POPF may change at this privilege.
fn poppable(cpu: &Cpu, wide: bool) -> u32 {
    use crate::flags::ARITHMETIC;
    let mut mask = ARITHMETIC | (EFlags::TF | EFlags::DF).bits();
    match cpu.s.model {
        Model::I8086 => return mask | EFlags::IF.bits(),
        Model::I80286 if !cpu.protected() => return mask | EFlags::IF.bits(),
        _ => mask |= EFlags::NT.bits(),
    }
    let cpl = if cpu.protected() { cpu.s.cpl } else { 0 };
    if cpl == 0 {
        mask |= EFlags::IOPL.bits();
    }
    if cpl <= cpu.iopl() || !cpu.protected() {
        mask |= EFlags::IF.bits();
    }
    if wide {
        mask |= extended_flags(cpu);
    }
    mask
}

/// Flags above bit 15 that this model has and POPFD may change.
pub(crate) fn extended_flags(cpu: &Cpu) -> u32 {
    use engine::Features;
    let mut mask = 0;
    if cpu.has(Features::I486) {
        mask |= EFlags::AC.bits();
    }
    if cpu.has(Features::CPUID) {
        mask |= EFlags::ID.bits();
    }
    mask
}

/// VIF and VIP, where the model has them.
pub(crate) fn virtual_flags(cpu: &Cpu) -> u32 {
    if cpu.has(engine::Features::VME) { (EFlags::VIF | EFlags::VIP).bits() } else { 0 }
}

/// POPF, POPFD.
pub(crate) fn popf<W: Word>(cpu: &mut Cpu, _: &Op) -> Done {
    let wide = W::BYTES == 4;
    let virtual_interrupts = cpu.v86() && cpu.iopl() < 3;
    if virtual_interrupts && (wide || cpu.s.cr4 & cr4::VME == 0) {
        return Err(gp(0));
    }
    let old = cpu.s.gpr[ESP];
    let value = cpu.pop::<W>()?;
    if virtual_interrupts {
        return pop_virtual(cpu, value).inspect_err(|_| cpu.s.gpr[ESP] = old);
    }
    let mask = poppable(cpu, wide);
    let mut flags = cpu.flags() & !mask | value & mask;
    if wide {
        flags &= !EFlags::RF.bits();
    }
    cpu.set_flags(flags);
    Ok(())
}

/// POPF of a V86 task with VME: IF goes to VIF; #GP when an interrupt waits for it, or for TF.
pub(crate) fn pop_virtual(cpu: &mut Cpu, value: u32) -> Done {
    let (want, tf) = (value & EFlags::IF.bits() != 0, value & EFlags::TF.bits() != 0);
    if tf || want && cpu.flag(EFlags::VIP) {
        return Err(gp(0));
    }
    let keep = (EFlags::IF | EFlags::IOPL).bits() | 0xFFFF_0000;
    let mut flags = cpu.flags() & keep & !EFlags::VIF.bits() | value & 0xFFFF & !keep;
    if want {
        flags |= EFlags::VIF.bits();
    }
    cpu.set_flags(flags);
    Ok(())
}
