//! Task switches through 16- and 32-bit task-state segments (Intel SDM vol. 3, chapter 8).

use crate::cpu::{Cpu, cr4};
use crate::debug::dr6;
use crate::descriptor::{Descriptor, error_code, is_null, kind, rpl};
use crate::fault::{Done, Fault, Stop, gp, np, ts, vector};
use crate::ops::stack::{extended_flags, virtual_flags};
use crate::paging::Want;
use engine::{CrZero, EFlags, Seg, SegAccess, Segment};

/// What makes the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Jump,
    Call,
    Interrupt {
        /// EXT bit of error codes.
        ext: u16,
    },
    Return,
}

impl Switch {
    fn nests(self) -> bool {
        matches!(self, Switch::Call | Switch::Interrupt { .. })
    }
}

/// Bytes that a TSS must have: its last byte's offset.
const LAST_16: u32 = 0x2B;
const LAST_32: u32 = 0x67;
/// Bit of the type that says "busy".
const BUSY: u32 = 1 << 9;

/// What a TSS holds.
struct Image {
    cr3: Option<u32>,
    eip: u32,
    eflags: u32,
    gpr: [u32; 8],
    /// ES, CS, SS, DS, FS, GS.
    seg: [u16; 6],
    ldt: u16,
    trap: bool,
}

impl Cpu<'_> {
    /// Switches to the task whose TSS `selector` names.
    pub(crate) fn switch_task(&mut self, selector: u16, how: Switch, code: Option<u16>) -> Done {
        let tss = self.task_descriptor(selector, how)?;
        let is_32 = tss.kind() & 8 != 0;
        let base = tss.base();
        let size = if is_32 { LAST_32 + 1 } else { LAST_16 + 1 };
        let want = if how.nests() { Want::Write } else { Want::Read };
        self.probe_system(base, size, want)?;
        let image = if is_32 { self.read_task_32(base)? } else { self.read_task_16(base)? };
        self.probe_busy(selector)?;
        self.leave_task(how)?;
        if how.nests() {
            self.write_system::<u16>(base, u32::from(self.s.tr.selector))?;
        }
        if how != Switch::Return {
            self.set_busy(selector, true)?;
        }
        self.s.tr = Segment { access: tss.access() | SegAccess::READ_WRITE, ..tss.segment(selector) };
        self.s.cr0 |= CrZero::TS.bits();
        self.adopt(&image, how);
        // From here on the new task runs: what goes wrong is its exception.
        let entered = self.enter_task(&image).and_then(|()| match code {
            Some(code) => self.push_sized(is_32, u32::from(code)),
            None => Ok(()),
        });
        if let Err(Stop::Fault(mut fault)) = entered {
            if let (Some(code), Switch::Interrupt { ext }) = (&mut fault.code, how)
                && fault.vector != vector::PAGE
            {
                *code |= ext;
            }
            self.start = self.s.eip;
            return self.raise(fault);
        }
        if image.trap {
            self.traps |= dr6::TASK;
        }
        entered
    }

    fn task_descriptor(&mut self, selector: u16, how: Switch) -> Result<Descriptor, Stop> {
        let (fault, ext): (fn(u16) -> Stop, u16) = match how {
            Switch::Return => (ts, 0),
            Switch::Interrupt { ext } => (gp, ext),
            Switch::Jump | Switch::Call => (gp, 0),
        };
        let error = error_code(selector) | ext;
        if is_null(selector) || selector & 4 != 0 {
            return Err(fault(error));
        }
        let tss = self.descriptor(selector, fault)?;
        let right = match how {
            Switch::Return => matches!(tss.kind(), kind::TSS_16_BUSY | kind::TSS_32_BUSY),
            _ => matches!(tss.kind(), kind::TSS_16 | kind::TSS_32),
        };
        if !right {
            return Err(fault(error));
        }
        if !tss.present() {
            return Err(np(error));
        }
        let last = if tss.kind() & 8 != 0 { LAST_32 } else { LAST_16 };
        if tss.limit() < last { Err(ts(error)) } else { Ok(tss) }
    }

    /// Makes sure that the busy bits of both tasks can be written.
    fn probe_busy(&mut self, selector: u16) -> Done {
        for task in [selector, self.s.tr.selector] {
            if let Some(at) = self.descriptor_at(task & !4) {
                self.probe_system(at.wrapping_add(5), 1, Want::Write)?;
            }
        }
        Ok(())
    }

    fn set_busy(&mut self, selector: u16, busy: bool) -> Done {
        let Some(at) = self.descriptor_at(selector & !4) else { return Ok(()) };
        let high = self.read_system::<u32>(at.wrapping_add(4))?;
        let high = if busy { high | BUSY } else { high & !BUSY };
        self.write_system::<u8>(at.wrapping_add(5), high >> 8)
    }

    fn read_task_32(&mut self, base: u32) -> Result<Image, Stop> {
        let mut dword = |at: u32| self.read_system::<u32>(base.wrapping_add(at));
        let mut image = Image {
            cr3: Some(dword(0x1C)?),
            eip: dword(0x20)?,
            eflags: dword(0x24)?,
            gpr: [0; 8],
            seg: [0; 6],
            ldt: dword(0x60)? as u16,
            trap: dword(0x64)? & 1 != 0,
        };
        for (at, r) in (0x28..).step_by(4).zip(&mut image.gpr) {
            *r = dword(at)?;
        }
        for (at, s) in (0x48..).step_by(4).zip(&mut image.seg) {
            *s = dword(at)? as u16;
        }
        Ok(image)
    }

    fn read_task_16(&mut self, base: u32) -> Result<Image, Stop> {
        let mut word = |at: u32| self.read_system::<u16>(base.wrapping_add(at));
        let mut image = Image {
            cr3: None,
            eip: word(0x0E)?,
            eflags: word(0x10)?,
            gpr: [0; 8],
            seg: [0; 6],
            ldt: word(0x2A)? as u16,
            trap: false,
        };
        for (at, r) in (0x12..).step_by(2).zip(&mut image.gpr) {
            *r = word(at)? | 0xFFFF_0000;
        }
        for (at, s) in (0x22..).step_by(2).zip(image.seg.iter_mut().take(4)) {
            *s = word(at)? as u16;
        }
        Ok(image)
    }

    /// Saves the running task, and makes it available again unless the new one is nested in it.
    fn leave_task(&mut self, how: Switch) -> Done {
        let tr = self.s.tr;
        let is_32 = tr.access.bits() & 8 != 0;
        let (first, last) = if is_32 { (0x20, 0x5F) } else { (0x0E, 0x29) };
        self.probe_system(tr.base.wrapping_add(first), last - first + 1, Want::Write)?;
        if !how.nests() {
            self.set_busy(tr.selector, false)?;
        }
        let mut flags = self.flags();
        if how == Switch::Return {
            flags &= !EFlags::NT.bits();
        }
        if is_32 { self.save_task_32(tr.base, flags) } else { self.save_task_16(tr.base, flags) }
    }

    fn save_task_32(&mut self, base: u32, flags: u32) -> Done {
        self.write_system::<u32>(base.wrapping_add(0x20), self.s.eip)?;
        self.write_system::<u32>(base.wrapping_add(0x24), flags)?;
        for (at, r) in (0x28..).step_by(4).zip(self.s.gpr) {
            self.write_system::<u32>(base.wrapping_add(at), r)?;
        }
        for (at, s) in (0x48..).step_by(4).zip(self.s.seg) {
            self.write_system::<u16>(base.wrapping_add(at), u32::from(s.selector))?;
        }
        Ok(())
    }

    fn save_task_16(&mut self, base: u32, flags: u32) -> Done {
        self.write_system::<u16>(base.wrapping_add(0x0E), self.s.eip)?;
        self.write_system::<u16>(base.wrapping_add(0x10), flags)?;
        for (at, r) in (0x12..).step_by(2).zip(self.s.gpr) {
            self.write_system::<u16>(base.wrapping_add(at), r)?;
        }
        for (at, s) in (0x22..).step_by(2).zip(self.s.seg.into_iter().take(4)) {
            self.write_system::<u16>(base.wrapping_add(at), u32::from(s.selector))?;
        }
        Ok(())
    }

    /// Loads what needs no check.
    fn adopt(&mut self, image: &Image, how: Switch) {
        self.s.eip = image.eip;
        self.s.gpr = image.gpr;
        let nested = if how.nests() { EFlags::NT.bits() } else { 0 };
        let wide = image.cr3.is_some();
        let mask = 0x7FD5
            | if wide {
                (EFlags::RF | EFlags::VM).bits() | extended_flags(self) | virtual_flags(self)
            } else {
                0
            };
        self.set_flags(image.eflags & mask | nested);
        self.s.dr[7] &= !dr6::LOCAL_ENABLES;
        self.derive_watch();
        for (n, &selector) in image.seg.iter().enumerate() {
            let null = self.null_segment(n, selector);
            self.set_seg(n, null);
        }
        self.s.ldtr = Segment { selector: image.ldt, access: SegAccess::UNUSABLE, ..self.s.ldtr };
        self.attention = true;
        self.keep_rf = true;
    }

    /// Loads the LDT and the segments, each checked; faults are #TS of the new task.
    fn enter_task(&mut self, image: &Image) -> Done {
        self.load_task_directory(image)?;
        let v86 = self.v86();
        let cpl = if v86 { 3 } else { rpl(image.seg[Seg::Cs as usize]) };
        self.set_cpl(cpl);
        self.load_task_ldt(image.ldt)?;
        if v86 {
            self.enter_v86(image.seg);
            return Ok(());
        }
        let stack = self.stack_segment(image.seg[Seg::Ss as usize], cpl, ts)?;
        self.set_seg(Seg::Ss as usize, stack);
        for n in [Seg::Es, Seg::Ds, Seg::Fs, Seg::Gs] {
            let selector = image.seg[n as usize];
            let segment = self.data_segment(selector).map_err(as_task_fault)?;
            if let Some(segment) = segment {
                self.set_seg(n as usize, segment);
            }
        }
        self.load_task_code(image.seg[Seg::Cs as usize])
    }

    fn load_task_directory(&mut self, image: &Image) -> Done {
        let Some(cr3) = image.cr3.filter(|_| self.s.cr0 & CrZero::PG.bits() != 0) else { return Ok(()) };
        if self.s.cr4 & cr4::PAE != 0 {
            self.load_directory_pointers(cr3)?;
        }
        self.s.cr3 = cr3;
        self.flush_tlb();
        Ok(())
    }

    fn load_task_code(&mut self, selector: u16) -> Done {
        let error = error_code(selector);
        if is_null(selector) {
            return Err(ts(0));
        }
        let code = self.descriptor(selector, ts)?;
        let level = rpl(selector);
        let privilege = if code.is_conforming() { code.dpl() <= level } else { code.dpl() == level };
        if !code.is_code() || !privilege {
            return Err(ts(error));
        }
        if !code.present() {
            return Err(np(error));
        }
        let segment = self.mark_accessed(selector, code)?.segment(selector);
        self.set_seg(Seg::Cs as usize, segment);
        if self.s.eip > segment.limit { Err(gp(0)) } else { Ok(()) }
    }

    fn load_task_ldt(&mut self, selector: u16) -> Done {
        if is_null(selector) {
            return Ok(());
        }
        let error = error_code(selector);
        if selector & 4 != 0 {
            return Err(ts(error));
        }
        let ldt = self.descriptor(selector, ts)?;
        if ldt.kind() != kind::LDT || !ldt.present() {
            return Err(ts(error));
        }
        self.s.ldtr = ldt.segment(selector);
        Ok(())
    }

    /// IRET with NT set: back to the task that the running one is nested in.
    pub(crate) fn return_from_task(&mut self) -> Done {
        let link = self.read_system::<u16>(self.s.tr.base)? as u16;
        self.switch_task(link, Switch::Return, None)
    }
}

/// Selector faults of a task switch are #TS instead of #GP.
fn as_task_fault(stop: Stop) -> Stop {
    match stop {
        Stop::Fault(Fault { vector: vector::PROTECTION, code: Some(code) }) => ts(code),
        other => other,
    }
}
