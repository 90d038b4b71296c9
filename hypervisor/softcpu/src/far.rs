//! Far jumps, calls and returns, with call gates and privilege changes.

use crate::cpu::Cpu;
use crate::descriptor::{Descriptor, error_code, is_null, kind, rpl};
use crate::fault::{Done, Stop, gp, np, stack_fault_as, ts};
use crate::task::Switch;
use engine::{Seg, Segment};

const CS: usize = Seg::Cs as usize;
const SS: usize = Seg::Ss as usize;

impl Cpu<'_> {
    /// JMP far.
    pub(crate) fn jump_far(&mut self, selector: u16, offset: u32, wide: bool) -> Done {
        self.atomically(|cpu| {
            if !cpu.selectors() {
                return cpu.jump_far_real(selector, offset, wide);
            }
            let descriptor = cpu.far_target(selector)?;
            if descriptor.is_code() {
                return cpu.jump_to_code(selector, descriptor, if wide { offset } else { offset & 0xFFFF });
            }
            match descriptor.kind() {
                kind::CALL_GATE_16 | kind::CALL_GATE_32 => cpu.jump_through_gate(selector, descriptor),
                _ => cpu.far_task(selector, descriptor, Switch::Jump),
            }
        })
    }

    fn jump_far_real(&mut self, selector: u16, offset: u32, wide: bool) -> Done {
        let offset = if wide { offset } else { offset & 0xFFFF };
        if offset > self.s.seg[CS].limit {
            return Err(gp(0));
        }
        self.load_real_seg(CS, selector);
        self.s.eip = offset;
        Ok(())
    }

    /// The descriptor that a far transfer names.
    fn far_target(&mut self, selector: u16) -> Result<Descriptor, Stop> {
        if is_null(selector) {
            return Err(gp(0));
        }
        self.descriptor(selector, gp)
    }

    /// Privilege rules of a direct transfer to a code segment.
    fn check_code(&self, selector: u16, descriptor: Descriptor) -> Done {
        let (cpl, dpl) = (self.s.cpl, descriptor.dpl());
        let allowed =
            if descriptor.is_conforming() { dpl <= cpl } else { rpl(selector) <= cpl && dpl == cpl };
        if !allowed {
            return Err(gp(error_code(selector)));
        }
        if !descriptor.present() {
            return Err(np(error_code(selector)));
        }
        Ok(())
    }

    fn jump_to_code(&mut self, selector: u16, descriptor: Descriptor, offset: u32) -> Done {
        self.check_code(selector, descriptor)?;
        self.enter_code(selector, descriptor, offset, self.s.cpl)
    }

    /// Loads CS:EIP; the selector's RPL becomes the new CPL.
    pub(crate) fn enter_code(&mut self, selector: u16, descriptor: Descriptor, offset: u32, cpl: u8) -> Done {
        if offset > descriptor.limit() {
            return Err(gp(0));
        }
        let selector = error_code(selector) | u16::from(cpl);
        let segment = self.mark_accessed(selector, descriptor)?.segment(selector);
        self.set_seg(CS, segment);
        self.set_cpl(cpl);
        self.s.eip = offset;
        Ok(())
    }

    /// Checks a gate and fetches the code segment behind it.
    fn through_gate(&mut self, selector: u16, gate: Descriptor) -> Result<(u16, Descriptor), Stop> {
        if gate.dpl() < self.s.cpl.max(rpl(selector)) {
            return Err(gp(error_code(selector)));
        }
        if !gate.present() {
            return Err(np(error_code(selector)));
        }
        let target = gate.gate_selector();
        let code = self.far_target(target)?;
        if !code.is_code() || code.dpl() > self.s.cpl {
            return Err(gp(error_code(target)));
        }
        Ok((target, code))
    }

    fn jump_through_gate(&mut self, selector: u16, gate: Descriptor) -> Done {
        let (target, code) = self.through_gate(selector, gate)?;
        if !code.is_conforming() && code.dpl() != self.s.cpl {
            return Err(gp(error_code(target)));
        }
        if !code.present() {
            return Err(np(error_code(target)));
        }
        self.enter_code(target, code, gate.gate_offset(), self.s.cpl)
    }

    /// A far transfer to a task gate or a TSS.
    fn far_task(&mut self, selector: u16, descriptor: Descriptor, how: Switch) -> Done {
        let error = error_code(selector);
        let task_kind = matches!(descriptor.kind(), kind::TASK_GATE | kind::TSS_16 | kind::TSS_32);
        if !task_kind || descriptor.dpl() < self.s.cpl.max(rpl(selector)) {
            return Err(gp(error));
        }
        if !descriptor.present() {
            return Err(np(error));
        }
        let tss = if descriptor.kind() == kind::TASK_GATE { descriptor.gate_selector() } else { selector };
        self.switch_task(tss, how, None)
    }

    /// CALL far.
    pub(crate) fn call_far(&mut self, selector: u16, offset: u32, wide: bool) -> Done {
        self.atomically(|cpu| {
            let offset = if wide { offset } else { offset & 0xFFFF };
            if !cpu.selectors() {
                let (cs, eip) = (u32::from(cpu.s.seg[CS].selector), cpu.s.eip);
                cpu.push_sized(wide, cs)?;
                cpu.push_sized(wide, eip)?;
                return cpu.jump_far_real(selector, offset, wide);
            }
            let descriptor = cpu.far_target(selector)?;
            if descriptor.is_code() {
                cpu.check_code(selector, descriptor)?;
                cpu.push_return(wide)?;
                return cpu.enter_code(selector, descriptor, offset, cpu.s.cpl);
            }
            match descriptor.kind() {
                kind::CALL_GATE_16 | kind::CALL_GATE_32 => cpu.call_through_gate(selector, descriptor),
                _ => cpu.far_task(selector, descriptor, Switch::Call),
            }
        })
    }

    fn push_return(&mut self, wide: bool) -> Done {
        let (cs, eip) = (u32::from(self.s.seg[CS].selector), self.s.eip);
        self.push_sized(wide, cs)?;
        self.push_sized(wide, eip)
    }

    fn call_through_gate(&mut self, selector: u16, gate: Descriptor) -> Done {
        let (target, code) = self.through_gate(selector, gate)?;
        if !code.present() {
            return Err(np(error_code(target)));
        }
        let wide = gate.kind() == kind::CALL_GATE_32;
        if code.is_conforming() || code.dpl() == self.s.cpl {
            self.push_return(wide)?;
            return self.enter_code(target, code, gate.gate_offset(), self.s.cpl);
        }
        self.call_inner(target, code, gate, wide)
    }

    /// A call to more privilege: the stack comes from the TSS, and the gate's parameters are copied to it.
    fn call_inner(&mut self, target: u16, code: Descriptor, gate: Descriptor, wide: bool) -> Done {
        let old = (self.s.seg[SS], self.s.gpr[4], self.s.seg[CS].selector, self.s.eip);
        let parameters = self.parameters(gate.gate_count(), wide)?;
        self.switch_stack(code.dpl())?;
        let stack = error_code(self.s.seg[SS].selector);
        let pushed = [u32::from(old.0.selector), old.1].into_iter();
        let parameters = parameters.into_iter().take(gate.gate_count() as usize).rev();
        for value in pushed.chain(parameters).chain([u32::from(old.2), old.3]) {
            self.push_sized(wide, value).map_err(stack_fault_as(stack))?;
        }
        self.enter_code(target, code, gate.gate_offset(), code.dpl())
    }

    fn parameters(&mut self, count: u32, wide: bool) -> Result<[u32; 32], Stop> {
        let mut values = [0; 32];
        let sp = self.sp();
        for n in 0..count.min(31) {
            let size = if wide { 4 } else { 2 };
            let at = sp.wrapping_add(n * size) & self.stack_mask;
            values[n as usize] = if wide { self.read::<u32>(2, at)? } else { self.read::<u16>(2, at)? };
        }
        Ok(values)
    }

    /// SS:ESP of privilege level `cpl` from the TSS, checked; CPL becomes `cpl`.
    pub(crate) fn switch_stack(&mut self, cpl: u8) -> Done {
        let (selector, sp) = self.inner_stack(cpl)?;
        let segment = self.stack_segment(selector, cpl, ts)?;
        self.set_cpl(cpl);
        self.set_seg(SS, segment);
        self.s.gpr[4] = sp;
        Ok(())
    }

    fn inner_stack(&mut self, cpl: u8) -> Result<(u16, u32), Stop> {
        let tr = self.s.tr;
        let level = u32::from(cpl);
        let is_32 = tr.access.bits() & 8 != 0;
        let (at, last) = if is_32 { (4 + 8 * level, 5) } else { (2 + 4 * level, 3) };
        if at + last > tr.limit {
            return Err(ts(error_code(tr.selector)));
        }
        let at = tr.base.wrapping_add(at);
        if is_32 {
            let sp = self.read_system::<u32>(at)?;
            Ok((self.read_system::<u16>(at.wrapping_add(4))? as u16, sp))
        } else {
            let sp = self.read_system::<u16>(at)?;
            Ok((self.read_system::<u16>(at.wrapping_add(2))? as u16, sp))
        }
    }

    /// RETF.
    pub(crate) fn return_far(&mut self, release: u16, wide: bool) -> Done {
        self.atomically(|cpu| {
            let eip = cpu.pop_sized(wide)?;
            let selector = cpu.pop_sized(wide)? as u16;
            if !cpu.selectors() {
                cpu.jump_far_real(selector, eip, wide)?;
                cpu.set_sp(cpu.sp().wrapping_add(u32::from(release)));
                return Ok(());
            }
            let code = cpu.return_target(selector)?;
            let sp = cpu.sp().wrapping_add(u32::from(release));
            cpu.set_sp(sp);
            if rpl(selector) == cpu.s.cpl {
                return cpu.enter_code(selector, code, eip, cpu.s.cpl);
            }
            let new_sp = cpu.pop_sized(wide)?;
            let new_ss = cpu.pop_sized(wide)? as u16;
            cpu.enter_outer(selector, code, eip, new_ss, new_sp)?;
            cpu.set_sp(cpu.sp().wrapping_add(u32::from(release)));
            Ok(())
        })
    }

    /// Checks the code segment that RETF or IRET returns to.
    pub(crate) fn return_target(&mut self, selector: u16) -> Result<Descriptor, Stop> {
        let code = self.far_target(selector)?;
        let (level, dpl) = (rpl(selector), code.dpl());
        let privilege = if code.is_conforming() { dpl <= level } else { dpl == level };
        if !code.is_code() || level < self.s.cpl || !privilege {
            return Err(gp(error_code(selector)));
        }
        if !code.present() {
            return Err(np(error_code(selector)));
        }
        Ok(code)
    }

    /// The part of a return to less privilege that loads CS:EIP, SS:ESP and clears what the outer level may not see.
    pub(crate) fn enter_outer(
        &mut self,
        selector: u16,
        code: Descriptor,
        eip: u32,
        new_ss: u16,
        new_sp: u32,
    ) -> Done {
        let cpl = rpl(selector);
        let stack = self.stack_segment(new_ss, cpl, gp)?;
        self.enter_code(selector, code, eip, cpl)?;
        self.set_seg(SS, stack);
        self.set_sp(new_sp);
        for n in [Seg::Es, Seg::Ds, Seg::Fs, Seg::Gs] {
            self.hide_inner(n as usize);
        }
        Ok(())
    }

    fn hide_inner(&mut self, n: usize) {
        let segment: Segment = self.s.seg[n];
        let a = segment.access.bits();
        let conforming = a & 0x1C == 0x1C;
        let dpl = (a >> 5 & 3) as u8;
        if !conforming && dpl < self.s.cpl {
            let null = self.null_segment(n, 0);
            self.set_seg(n, null);
        }
    }
}
