//! Delivery of interrupts and exceptions.

use crate::cpu::Cpu;
use crate::debug::dr6;
use crate::descriptor::{Descriptor, error_code, is_null, kind};
use crate::fault::{Done, Fault, Stop, gp, np, stack_fault_as, vector};
use crate::ops::stack::flags_image;
use crate::task::Switch;
use engine::{EFlags, Model, Seg};

const CS: usize = Seg::Cs as usize;
const SS: usize = Seg::Ss as usize;

/// Where an interrupt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// INT n, INT3, INTO: the gate's DPL is checked.
    Software,
    /// The INTR line, NMI, ICEBP.
    Hardware,
    /// An exception; the saved EIP is its instruction's (a fault), or the next one's (a trap).
    Exception,
}

/// What an interrupt saves of what it interrupts.
struct Interrupted {
    eflags: u32,
    selectors: [u32; 6],
    eip: u32,
    esp: u32,
}

/// Faults one in another, of which none makes a double fault, before they are taken to go on for ever.
const MOST_FAULTS: u32 = 8;

impl Cpu<'_> {
    /// Delivers a fault of the instruction in progress: EIP goes back to it first. What goes wrong on the way
    /// becomes a double fault, and then a shutdown; or it goes on for ever, as when #AC is pushed on a stack that is not aligned. A
    /// processor hangs then; here the instruction starts over, so that time goes on.
    pub(crate) fn raise(&mut self, fault: Fault) -> Done {
        self.s.eip = self.start;
        // The instruction runs again: so will its data breakpoints.
        self.traps = 0;
        let mut fault = fault;
        // Only faults leave RF set in the saved image; a double fault is an abort.
        let rf = EFlags::RF.bits();
        let saved_rf = self.s.eflags & rf;
        if !self.is_8086() && !self.is_286() && fault.vector != vector::DOUBLE_FAULT {
            self.s.eflags |= rf;
        }
        for _ in 0..MOST_FAULTS {
            match self.deliver(fault.vector, Source::Exception, fault.code) {
                Err(Stop::Fault(next)) => {
                    if fault.vector == vector::DOUBLE_FAULT {
                        return Err(Stop::Shutdown);
                    }
                    fault = combine(fault, next);
                    if fault.vector == vector::DOUBLE_FAULT {
                        self.s.eflags = self.s.eflags & !rf | saved_rf;
                    }
                }
                other => return other,
            }
        }
        self.s.eflags = self.s.eflags & !rf | saved_rf;
        Ok(())
    }

    /// Delivers an interrupt or exception with the CPU's state as it is.
    pub(crate) fn deliver(&mut self, number: u8, source: Source, code: Option<u16>) -> Done {
        self.no_step = true;
        self.attention = true;
        self.atomically(|cpu| {
            if cpu.protected() {
                cpu.deliver_protected(number, source, code)
            } else {
                cpu.deliver_real(number)
            }
        })?;
        self.s.interruptibility.sti_shadow = false;
        self.s.interruptibility.ss_shadow = false;
        self.s.halted = false;
        if number == vector::DEBUG && source != Source::Software {
            self.s.dr[7] &= !dr6::GENERAL_DETECT;
        }
        Ok(())
    }

    fn deliver_real(&mut self, number: u8) -> Done {
        let at = u32::from(number) * 4;
        if at + 3 > u32::from(self.s.idtr.limit) {
            // "Interrupt table limit too small" up to the 486.
            return Err(match self.s.model {
                Model::I8086 | Model::I80286 | Model::I386 | Model::I486 => {
                    Stop::Fault(Fault { vector: vector::DOUBLE_FAULT, code: None })
                }
                _ => gp(u16::from(number) * 8 + 2),
            });
        }
        let entry = self.read_system::<u32>(self.s.idtr.base.wrapping_add(at))?;
        let (flags, cs, eip) = (flags_image(self), u32::from(self.s.seg[CS].selector), self.s.eip);
        self.push::<u16>(flags)?;
        self.push::<u16>(cs)?;
        self.push::<u16>(eip)?;
        self.s.eflags &= !(EFlags::IF | EFlags::TF | EFlags::AC | EFlags::RF).bits();
        self.derive_privilege();
        self.load_real_seg(CS, (entry >> 16) as u16);
        self.s.eip = entry & 0xFFFF;
        Ok(())
    }

    fn deliver_protected(&mut self, number: u8, source: Source, code: Option<u16>) -> Done {
        let ext = u16::from(source != Source::Software);
        let error = u16::from(number) * 8 + 2;
        let at = u32::from(number) * 8;
        if at + 7 > u32::from(self.s.idtr.limit) {
            return Err(gp(error | ext));
        }
        let gate = self.descriptor_from(self.s.idtr.base.wrapping_add(at))?;
        let known = matches!(
            gate.kind(),
            kind::TASK_GATE
                | kind::INTERRUPT_GATE_16
                | kind::TRAP_GATE_16
                | kind::INTERRUPT_GATE_32
                | kind::TRAP_GATE_32
        );
        if !known {
            return Err(gp(error | ext));
        }
        if source == Source::Software && gate.dpl() < self.s.cpl {
            return Err(gp(error));
        }
        if !gate.present() {
            return Err(np(error | ext));
        }
        if gate.kind() == kind::TASK_GATE {
            return self.switch_task(gate.gate_selector(), Switch::Interrupt { ext }, code);
        }
        self.enter_handler(gate, code, ext)
    }

    fn enter_handler(&mut self, gate: Descriptor, code: Option<u16>, ext: u16) -> Done {
        let selector = gate.gate_selector();
        if is_null(selector) {
            return Err(gp(ext));
        }
        let error = error_code(selector) | ext;
        let segment = match self.descriptor(selector, gp) {
            Err(Stop::Fault(fault)) if fault.vector == vector::PROTECTION => return Err(gp(error)),
            other => other?,
        };
        if !segment.is_code() || segment.dpl() > self.s.cpl {
            return Err(gp(error));
        }
        if !segment.present() {
            return Err(np(error));
        }
        let wide = gate.kind() & 8 != 0;
        let inner = !segment.is_conforming() && segment.dpl() < self.s.cpl;
        let v86 = self.v86();
        if v86 && (!inner || segment.dpl() != 0) {
            return Err(gp(error));
        }
        let saved = Interrupted {
            eflags: self.flags(),
            selectors: self.s.seg.map(|s| u32::from(s.selector)),
            eip: self.s.eip,
            esp: self.s.gpr[4],
        };
        let cpl = if inner { segment.dpl() } else { self.s.cpl };
        if inner {
            self.s.eflags &= !EFlags::VM.bits();
            self.switch_stack_for(cpl, ext)?;
        }
        let stack = if inner { error_code(self.s.seg[SS].selector) } else { 0 };
        self.push_frame(wide, inner, v86, &saved, code).map_err(stack_fault_as(stack | ext))?;
        if v86 {
            for n in [Seg::Gs, Seg::Fs, Seg::Ds, Seg::Es] {
                let null = self.null_segment(n as usize, 0);
                self.set_seg(n as usize, null);
            }
        }
        let entered = self.enter_code(selector, segment, gate.gate_offset(), cpl);
        entered.map_err(|stop| if stop == gp(0) { gp(ext) } else { stop })?;
        self.s.eflags &= !(EFlags::TF | EFlags::NT | EFlags::RF | EFlags::VM).bits();
        if gate.kind() & 1 == 0 {
            self.s.eflags &= !EFlags::IF.bits();
        }
        self.derive_privilege();
        Ok(())
    }

    /// Pushes what IRET will want back.
    fn push_frame(
        &mut self,
        wide: bool,
        inner: bool,
        v86: bool,
        saved: &Interrupted,
        code: Option<u16>,
    ) -> Done {
        if v86 {
            for n in [Seg::Gs, Seg::Fs, Seg::Ds, Seg::Es] {
                self.push_sized(wide, saved.selectors[n as usize])?;
            }
        }
        if inner {
            self.push_sized(wide, saved.selectors[SS])?;
            self.push_sized(wide, saved.esp)?;
        }
        self.push_sized(wide, saved.eflags)?;
        self.push_sized(wide, saved.selectors[CS])?;
        self.push_sized(wide, saved.eip)?;
        match code {
            Some(code) => self.push_sized(wide, u32::from(code)),
            None => Ok(()),
        }
    }

    /// As [`Cpu::switch_stack`], with EXT in the error codes.
    fn switch_stack_for(&mut self, cpl: u8, ext: u16) -> Done {
        self.switch_stack(cpl).map_err(|stop| match stop {
            Stop::Fault(Fault {
                vector: number @ (vector::INVALID_TSS | vector::STACK),
                code: Some(code),
            }) => Stop::Fault(Fault { vector: number, code: Some(code | ext) }),
            other => other,
        })
    }

    /// Takes the interrupt that the INTR line announces.
    pub(crate) fn take_interrupt(&mut self) -> Done {
        let number = self.bus.acknowledge(self.s.retired);
        self.start = self.s.eip;
        self.deliver_or_raise(number)
    }

    /// Takes an NMI.
    pub(crate) fn take_nmi(&mut self) -> Done {
        self.s.interruptibility.nmi_pending = false;
        self.s.interruptibility.nmi_blocked = true;
        self.start = self.s.eip;
        self.deliver_or_raise(vector::NMI)
    }

    fn deliver_or_raise(&mut self, number: u8) -> Done {
        match self.deliver(number, Source::Hardware, None) {
            Err(Stop::Fault(fault)) => self.raise(fault),
            other => other,
        }
    }
}

/// Exceptions that make a double fault with another of their kind.
fn contributory(number: u8) -> bool {
    matches!(
        number,
        vector::DIVIDE | vector::INVALID_TSS | vector::NOT_PRESENT | vector::STACK | vector::PROTECTION
    )
}

/// What comes of `second` while `first` was delivered (SDM vol. 3, table 6-5).
fn combine(first: Fault, second: Fault) -> Fault {
    let page = vector::PAGE;
    let double = contributory(first.vector) && contributory(second.vector)
        || first.vector == page && (second.vector == page || contributory(second.vector))
        || second.vector == vector::DOUBLE_FAULT;
    if double { Fault { vector: vector::DOUBLE_FAULT, code: Some(0) } } else { second }
}
