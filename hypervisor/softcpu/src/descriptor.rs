//! Descriptors, and what a load of a segment register checks (Intel SDM vol. 3, chapters 3 and 5).

use crate::cpu::Cpu;
use crate::fault::{Done, Stop, gp, np, ss};
use engine::{Seg, SegAccess, Segment};

/// System descriptor types.
pub(crate) mod kind {
    pub(crate) const TSS_16: u8 = 1;
    pub(crate) const LDT: u8 = 2;
    pub(crate) const TSS_16_BUSY: u8 = 3;
    pub(crate) const CALL_GATE_16: u8 = 4;
    pub(crate) const TASK_GATE: u8 = 5;
    pub(crate) const INTERRUPT_GATE_16: u8 = 6;
    pub(crate) const TRAP_GATE_16: u8 = 7;
    pub(crate) const TSS_32: u8 = 9;
    pub(crate) const TSS_32_BUSY: u8 = 11;
    pub(crate) const CALL_GATE_32: u8 = 12;
    pub(crate) const INTERRUPT_GATE_32: u8 = 14;
    pub(crate) const TRAP_GATE_32: u8 = 15;
}

/// Eight bytes of a descriptor table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl Descriptor {
    pub(crate) fn access(self) -> SegAccess {
        SegAccess::from_bits_retain((self.high >> 8 & 0xF0FF) as u16)
    }
    pub(crate) fn present(self) -> bool {
        self.high & 1 << 15 != 0
    }
    pub(crate) fn dpl(self) -> u8 {
        (self.high >> 13 & 3) as u8
    }
    /// Code or data.
    pub(crate) fn is_segment(self) -> bool {
        self.high & 1 << 12 != 0
    }
    pub(crate) fn is_code(self) -> bool {
        self.is_segment() && self.high & 1 << 11 != 0
    }
    pub(crate) fn is_conforming(self) -> bool {
        self.is_code() && self.high & 1 << 10 != 0
    }
    pub(crate) fn is_readable(self) -> bool {
        self.is_segment() && (!self.is_code() || self.high & 1 << 9 != 0)
    }
    pub(crate) fn is_writable_data(self) -> bool {
        self.is_segment() && !self.is_code() && self.high & 1 << 9 != 0
    }
    /// Type of a system descriptor; 0 for code and data.
    pub(crate) fn kind(self) -> u8 {
        if self.is_segment() { 0 } else { (self.high >> 8 & 0xF) as u8 }
    }
    pub(crate) fn base(self) -> u32 {
        self.low >> 16 | (self.high & 0xFF) << 16 | self.high & 0xFF00_0000
    }
    /// Limit in bytes.
    pub(crate) fn limit(self) -> u32 {
        let raw = self.low & 0xFFFF | self.high & 0x000F_0000;
        if self.access().contains(SegAccess::GRANULAR) { raw << 12 | 0xFFF } else { raw }
    }
    pub(crate) fn gate_selector(self) -> u16 {
        (self.low >> 16) as u16
    }
    /// Offset in a gate; a 16-bit gate has 16 bits of it.
    pub(crate) fn gate_offset(self) -> u32 {
        if self.kind() & 8 != 0 { self.low & 0xFFFF | self.high & 0xFFFF_0000 } else { self.low & 0xFFFF }
    }
    /// Parameters that a call gate copies.
    pub(crate) fn gate_count(self) -> u32 {
        self.high & 0x1F
    }

    /// The hidden part for a register that holds `selector`.
    pub(crate) fn segment(self, selector: u16) -> Segment {
        Segment { base: self.base(), limit: self.limit(), selector, access: self.access() }
    }
}

/// Whether a selector is null.
pub(crate) fn is_null(selector: u16) -> bool {
    selector & !3 == 0
}

/// The selector as error codes have it.
pub(crate) fn error_code(selector: u16) -> u16 {
    selector & !3
}

/// The requested privilege level.
pub(crate) fn rpl(selector: u16) -> u8 {
    (selector & 3) as u8
}

/// Data segment of virtual-8086 mode.
const V86: SegAccess = SegAccess::PRESENT
    .union(SegAccess::CODE_DATA)
    .union(SegAccess::READ_WRITE)
    .union(SegAccess::ACCESSED)
    .union(SegAccess::DPL);

impl Cpu<'_> {
    /// Linear address of a descriptor; `None` outside its table.
    pub(crate) fn descriptor_at(&self, selector: u16) -> Option<u32> {
        let index = u32::from(selector & !7);
        let (base, limit) = if selector & 4 == 0 {
            (self.s.gdtr.base, u32::from(self.s.gdtr.limit))
        } else if self.s.ldtr.access.contains(SegAccess::UNUSABLE) || is_null(self.s.ldtr.selector) {
            return None;
        } else {
            (self.s.ldtr.base, self.s.ldtr.limit)
        };
        (index + 7 <= limit).then(|| base.wrapping_add(index))
    }

    /// Fetches a descriptor; outside the table `fault(selector)`.
    pub(crate) fn descriptor(&mut self, selector: u16, fault: fn(u16) -> Stop) -> Result<Descriptor, Stop> {
        let Some(at) = self.descriptor_at(selector) else { return Err(fault(error_code(selector))) };
        self.descriptor_from(at)
    }

    pub(crate) fn descriptor_from(&mut self, at: u32) -> Result<Descriptor, Stop> {
        let low = self.read_system::<u32>(at)?;
        let mut high = self.read_system::<u32>(at.wrapping_add(4))?;
        if self.is_286() {
            high &= 0xFFFF;
        }
        Ok(Descriptor { low, high })
    }

    /// Sets the accessed bit in the table; the descriptor with the bit set.
    pub(crate) fn mark_accessed(
        &mut self,
        selector: u16,
        descriptor: Descriptor,
    ) -> Result<Descriptor, Stop> {
        let marked = Descriptor { high: descriptor.high | 1 << 8, ..descriptor };
        if marked != descriptor
            && let Some(at) = self.descriptor_at(selector)
        {
            self.write_system::<u8>(at.wrapping_add(5), marked.high >> 8)?;
        }
        Ok(marked)
    }

    /// MOV, POP and LxS into a segment register other than CS.
    pub(crate) fn load_seg(&mut self, n: usize, selector: u16) -> Done {
        if !self.selectors() {
            self.load_real_seg(n, selector);
            return Ok(());
        }
        if n == Seg::Ss as usize {
            let segment = self.stack_segment(selector, self.s.cpl, gp)?;
            self.set_seg(n, segment);
            return Ok(());
        }
        let segment = self.data_segment(selector)?;
        let segment = segment.unwrap_or_else(|| self.null_segment(n, selector));
        self.set_seg(n, segment);
        Ok(())
    }

    /// A register after a load of a null selector.
    pub(crate) fn null_segment(&self, n: usize, selector: u16) -> Segment {
        let old = self.s.seg[n.min(5)];
        Segment { selector, access: old.access | SegAccess::UNUSABLE, ..old }
    }

    /// Real and virtual-8086 mode. Real mode leaves limit and rights as they are: "unreal" mode lives on that.
    pub(crate) fn load_real_seg(&mut self, n: usize, selector: u16) {
        let n = n.min(5);
        let old = self.s.seg[n];
        let base = u32::from(selector) << 4;
        let segment = if self.v86() {
            Segment { base, limit: 0xFFFF, selector, access: V86 }
        } else {
            let mut access = (old.access | SegAccess::PRESENT | SegAccess::CODE_DATA) - SegAccess::UNUSABLE;
            if n == Seg::Cs as usize {
                access = access - SegAccess::CODE - SegAccess::DOWN_CONFORMING - SegAccess::DPL;
                access |= SegAccess::READ_WRITE | SegAccess::ACCESSED;
            }
            Segment { base, limit: old.limit, selector, access }
        };
        self.set_seg(n, segment);
    }

    /// All six registers as virtual-8086 mode has them, from their selectors.
    pub(crate) fn enter_v86(&mut self, selectors: [u16; 6]) {
        for (n, selector) in selectors.into_iter().enumerate() {
            let segment = Segment { base: u32::from(selector) << 4, limit: 0xFFFF, selector, access: V86 };
            self.set_seg(n, segment);
        }
    }

    /// Checks for a data register; `None` for a null selector.
    pub(crate) fn data_segment(&mut self, selector: u16) -> Result<Option<Segment>, Stop> {
        if is_null(selector) {
            return Ok(None);
        }
        let descriptor = self.descriptor(selector, gp)?;
        let error = error_code(selector);
        if !descriptor.is_readable() {
            return Err(gp(error));
        }
        let level = self.s.cpl.max(rpl(selector));
        if !descriptor.is_conforming() && level > descriptor.dpl() {
            return Err(gp(error));
        }
        if !descriptor.present() {
            return Err(np(error));
        }
        Ok(Some(self.mark_accessed(selector, descriptor)?.segment(selector)))
    }

    /// Checks for SS at privilege `cpl`; a bad selector raises `fault` (#GP, or #TS from a TSS).
    pub(crate) fn stack_segment(
        &mut self,
        selector: u16,
        cpl: u8,
        fault: fn(u16) -> Stop,
    ) -> Result<Segment, Stop> {
        if is_null(selector) {
            return Err(fault(0));
        }
        let descriptor = self.descriptor(selector, fault)?;
        let error = error_code(selector);
        if rpl(selector) != cpl || descriptor.dpl() != cpl || !descriptor.is_writable_data() {
            return Err(fault(error));
        }
        if !descriptor.present() {
            return Err(ss(error));
        }
        Ok(self.mark_accessed(selector, descriptor)?.segment(selector))
    }

    /// #GP(0) unless at CPL 0.
    pub(crate) fn require_cpl0(&self) -> Done {
        if self.protected() && self.s.cpl != 0 { Err(gp(0)) } else { Ok(()) }
    }
}
