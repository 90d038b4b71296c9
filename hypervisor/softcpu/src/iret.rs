//! IRET in all modes.

use crate::cpu::{Cpu, cr4};
use crate::descriptor::rpl;
use crate::fault::{Done, gp};
use crate::flags::ARITHMETIC;
use crate::ops::stack::{extended_flags, virtual_flags};
use engine::{EFlags, Model, Seg};

const CS: usize = Seg::Cs as usize;

impl Cpu<'_> {
    /// IRET, IRETD.
    pub(crate) fn return_from_interrupt(&mut self, wide: bool) -> Done {
        self.atomically(|cpu| {
            if !cpu.protected() {
                return cpu.iret_real(wide);
            }
            if cpu.v86() {
                return cpu.iret_v86(wide);
            }
            if cpu.flag(EFlags::NT) {
                return cpu.return_from_task();
            }
            cpu.iret_protected(wide)
        })?;
        self.s.interruptibility.nmi_blocked = false;
        self.attention = true;
        self.keep_rf = true;
        Ok(())
    }

    /// Flags that IRET may load at privilege `cpl` (that of the instruction).
    fn returnable(&self, wide: bool) -> u32 {
        let mut mask = ARITHMETIC | (EFlags::TF | EFlags::DF | EFlags::NT).bits();
        if !self.protected() || self.s.cpl <= self.iopl() {
            mask |= EFlags::IF.bits();
        }
        if !self.protected() || self.s.cpl == 0 {
            mask |= EFlags::IOPL.bits();
        }
        if wide {
            mask |= extended_flags(self) | EFlags::RF.bits();
        }
        match self.s.model {
            Model::I8086 => mask & 0xFFF,
            Model::I80286 if !self.protected() => mask & 0xFFF,
            _ => mask,
        }
    }

    fn iret_real(&mut self, wide: bool) -> Done {
        let eip = self.pop_sized(wide)?;
        let selector = self.pop_sized(wide)? as u16;
        let flags = self.pop_sized(wide)?;
        if eip > self.s.seg[CS].limit {
            return Err(gp(0));
        }
        self.load_real_seg(CS, selector);
        self.s.eip = eip;
        let mask = self.returnable(wide);
        self.set_flags(self.flags() & !mask | flags & mask);
        Ok(())
    }

    fn iret_v86(&mut self, wide: bool) -> Done {
        let virtual_interrupts = self.iopl() < 3;
        if virtual_interrupts && (wide || self.s.cr4 & cr4::VME == 0) {
            return Err(gp(0));
        }
        let eip = self.pop_sized(wide)?;
        let selector = self.pop_sized(wide)? as u16;
        let flags = self.pop_sized(wide)?;
        if eip > self.s.seg[CS].limit {
            return Err(gp(0));
        }
        if virtual_interrupts {
            crate::ops::stack::pop_virtual(self, flags)?;
        } else {
            let mask = self.returnable(wide) & !EFlags::IOPL.bits();
            self.set_flags(self.flags() & !mask | flags & mask);
        }
        self.load_real_seg(CS, selector);
        self.s.eip = eip;
        Ok(())
    }

    fn iret_protected(&mut self, wide: bool) -> Done {
        let eip = self.pop_sized(wide)?;
        let selector = self.pop_sized(wide)? as u16;
        let flags = self.pop_sized(wide)?;
        if wide && flags & EFlags::VM.bits() != 0 && self.s.cpl == 0 {
            return self.return_to_v86(eip, selector, flags);
        }
        let code = self.return_target(selector)?;
        let mut mask = self.returnable(wide);
        if wide && self.s.cpl == 0 {
            mask |= virtual_flags(self);
        }
        let flags = self.flags() & !mask | flags & mask;
        if rpl(selector) == self.s.cpl {
            self.enter_code(selector, code, eip, self.s.cpl)?;
        } else {
            let new_sp = self.pop_sized(wide)?;
            let new_ss = self.pop_sized(wide)? as u16;
            self.enter_outer(selector, code, eip, new_ss, new_sp)?;
        }
        self.set_flags(flags);
        Ok(())
    }

    fn return_to_v86(&mut self, eip: u32, selector: u16, flags: u32) -> Done {
        let sp = self.pop::<u32>()?;
        let mut popped = [0u16; 5];
        for slot in &mut popped {
            *slot = self.pop::<u32>()? as u16;
        }
        let [new_ss, es, ds, fs, gs] = popped;
        if eip > 0xFFFF {
            return Err(gp(0));
        }
        let mask = self.returnable(true) | virtual_flags(self) | EFlags::VM.bits();
        let flags = self.flags() & !mask | flags & mask;
        self.s.cpl = 3;
        self.set_flags(flags);
        self.enter_v86([es, selector, new_ss, ds, fs, gs]);
        self.s.gpr[4] = sp;
        self.s.eip = eip;
        Ok(())
    }
}
