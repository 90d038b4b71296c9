//! The CPU while it runs: the state, what is derived from it, and the board.

use crate::code_map::CodeMap;
use crate::debugger::Debugger;
use crate::fault::Stop;
use crate::flags::{ARITHMETIC, Lazy};
use crate::tlb::{HALF, Tlb};
use backplane::Ram;
use engine::{Bus, CpuState, CrZero, EFlags, Features, Model, Poll, Seg, SegAccess, Segment};

/// CR4 bits.
pub(crate) mod cr4 {
    pub(crate) const VME: u32 = 1 << 0;
    pub(crate) const PVI: u32 = 1 << 1;
    pub(crate) const TSD: u32 = 1 << 2;
    pub(crate) const DE: u32 = 1 << 3;
    pub(crate) const PSE: u32 = 1 << 4;
    pub(crate) const PAE: u32 = 1 << 5;
    pub(crate) const PGE: u32 = 1 << 7;
    pub(crate) const PCE: u32 = 1 << 8;
    pub(crate) const OSFXSR: u32 = 1 << 9;
    pub(crate) const OSXMMEXCPT: u32 = 1 << 10;
}

/// What a segment lets through without a second look: last valid offset for reads and writes, -1 for "look".
#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    pub(crate) base: u32,
    pub(crate) read: i64,
    pub(crate) write: i64,
}

/// Everything a handler works on.
pub(crate) struct Cpu<'a> {
    /// The architectural state. Arithmetic flags in `eflags` are stale (see `lazy`); `eip` points behind the instruction
    /// in progress when that is the last one of its block, and is stale before.
    pub(crate) s: CpuState,
    pub(crate) lazy: Lazy,
    pub(crate) windows: [Window; 8],
    /// FFFFh or all ones: the part of ESP that stack instructions use.
    pub(crate) stack_mask: u32,
    /// EIP of the instruction in progress.
    pub(crate) start: u32,
    /// Half of the TLB that data accesses use: 0 or [`HALF`].
    pub(crate) side: usize,
    /// Misaligned accesses fault (AC, AM, CPL 3): every window says "look".
    pub(crate) aligned: bool,
    /// What stopped the last outlined memory access that gave no value.
    pub(crate) failure: Stop,
    /// Set by anything after which the run loop has to look around before the next instruction.
    pub(crate) attention: bool,
    /// One instruction at a time: a string instruction stops after each iteration.
    pub(crate) stepping: bool,
    /// A single-step trap is not due after this instruction.
    pub(crate) no_step: bool,
    /// This instruction loaded RF.
    pub(crate) keep_rf: bool,
    /// Iterations that a 286 has counted by the time an access of a string instruction faults.
    pub(crate) counted_ahead: u32,
    /// DR6 bits of data breakpoints and task switches that this instruction met.
    pub(crate) traps: u32,
    /// Some data breakpoint is on.
    pub(crate) watching: bool,
    /// The host's debugger.
    pub(crate) debugger: &'a mut Debugger,
    /// Changes with everything that decides which code an EIP means.
    pub(crate) generation: u32,
    pub(crate) due: u64,
    /// What [`Ram::epoch`] was when the TLB was last found right.
    pub(crate) epoch: u32,
    /// What [`Bus::map_version`] was then.
    pub(crate) map_version: u32,
    pub(crate) features: Features,
    pub(crate) tlb: &'a mut Tlb,
    pub(crate) ram: &'a Ram,
    pub(crate) bus: &'a mut dyn Bus,
    /// Where code was decoded from.
    pub(crate) code: &'a mut CodeMap,
    /// Store ranges with code that was overwritten: (offset, bytes).
    pub(crate) overwritten: &'a mut Vec<(u32, u32)>,
}

impl Cpu<'_> {
    #[inline(always)]
    pub(crate) fn flag(&self, flag: EFlags) -> bool {
        self.s.eflags & flag.bits() != 0
    }
    #[inline(always)]
    pub(crate) fn protected(&self) -> bool {
        self.s.cr0 & CrZero::PE.bits() != 0
    }
    #[inline(always)]
    pub(crate) fn v86(&self) -> bool {
        self.flag(EFlags::VM)
    }
    /// Protected mode and not virtual-8086: selectors name descriptors.
    #[inline(always)]
    pub(crate) fn selectors(&self) -> bool {
        self.protected() && !self.v86()
    }
    #[inline(always)]
    pub(crate) fn iopl(&self) -> u8 {
        (self.s.eflags >> 12 & 3) as u8
    }
    #[inline(always)]
    pub(crate) fn has(&self, feature: Features) -> bool {
        self.features.contains(feature)
    }
    pub(crate) fn is_8086(&self) -> bool {
        self.s.model == Model::I8086
    }
    pub(crate) fn is_286(&self) -> bool {
        self.s.model == Model::I80286
    }
    #[inline(always)]
    pub(crate) fn code32(&self) -> bool {
        self.seg(Seg::Cs).access.contains(SegAccess::BIG)
    }
    #[inline(always)]
    pub(crate) fn seg(&self, seg: Seg) -> &Segment {
        &self.s.seg[seg as usize]
    }

    /// Replaces a segment register, with what is derived from it.
    pub(crate) fn set_seg(&mut self, n: usize, segment: Segment) {
        let n = n.min(5);
        let size = SegAccess::BIG;
        if n == Seg::Cs as usize && (self.s.seg[n].access ^ segment.access).contains(size) {
            self.generation = self.generation.wrapping_add(1);
        }
        self.s.seg[n] = segment;
        self.derive_segment(n);
    }

    fn derive_segment(&mut self, n: usize) {
        let segment = self.s.seg[n];
        let a = segment.access;
        let code = a.contains(SegAccess::CODE);
        let usable = a.contains(SegAccess::PRESENT) && !a.contains(SegAccess::UNUSABLE);
        let plain = usable && (code || !a.contains(SegAccess::DOWN_CONFORMING));
        let limit = i64::from(segment.limit);
        let readable = plain && (!code || a.contains(SegAccess::READ_WRITE));
        let writable = plain && !code && a.contains(SegAccess::READ_WRITE);
        self.windows[n] = Window {
            base: segment.base,
            read: if readable && !self.aligned { limit } else { -1 },
            write: if writable && !self.aligned { limit } else { -1 },
        };
        if n == Seg::Ss as usize {
            self.stack_mask = if a.contains(SegAccess::BIG) { u32::MAX } else { 0xFFFF };
        }
    }

    /// Recomputes everything that is derived from the state.
    pub(crate) fn derive(&mut self) {
        for n in 0..6 {
            self.derive_segment(n);
        }
        self.lazy = Lazy::of_bits(self.s.eflags);
        self.derive_privilege();
        self.derive_watch();
    }

    /// After a change of CPL, AC or AM.
    pub(crate) fn derive_privilege(&mut self) {
        let user = self.s.cpl == 3;
        let side = if user { HALF } else { 0 };
        if side != self.side {
            self.side = side;
            self.generation = self.generation.wrapping_add(1);
        }
        let checked = user && self.flag(EFlags::AC) && self.s.cr0 & CrZero::AM.bits() != 0;
        let aligned = checked && self.has(Features::I486);
        if aligned != self.aligned {
            self.aligned = aligned;
            (0..6).for_each(|n| self.derive_segment(n));
        }
    }

    pub(crate) fn set_cpl(&mut self, cpl: u8) {
        self.s.cpl = cpl & 3;
        self.derive_privilege();
    }

    /// Replaces EFLAGS whole, with what is derived from it.
    pub(crate) fn set_flags(&mut self, flags: u32) {
        self.s.eflags = flags | EFlags::ONE.bits();
        self.lazy = Lazy::of_bits(flags);
        self.derive_privilege();
        self.attention = true;
    }

    /// Replaces the flags in `mask` that are not arithmetic ones.
    pub(crate) fn change_flags(&mut self, mask: u32, bits: u32) {
        let mask = mask & !ARITHMETIC;
        self.s.eflags = self.s.eflags & !mask | bits & mask;
        self.derive_privilege();
        self.attention = true;
    }

    /// After an access that a chip saw: attention when it changed something that the instructions behind it depend on.
    pub(crate) fn look_around(&mut self) {
        let Poll { due, map_version, interrupt } = self.bus.poll();
        self.attention |= due < self.due
            || map_version != self.map_version
            || interrupt && self.flag(EFlags::IF)
            || self.ram.epoch() != self.epoch
            || self.ram.has_stale_code();
        self.due = due;
    }

    /// Forgets every translation.
    pub(crate) fn flush_tlb(&mut self) {
        self.tlb.flush();
        self.generation = self.generation.wrapping_add(1);
        self.attention = true;
    }

    /// Runs something that must happen whole or not at all. Memory that it wrote stays written.
    pub(crate) fn atomically(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let (gpr, eip, eflags, lazy) = (self.s.gpr, self.s.eip, self.s.eflags, self.lazy);
        let (seg, ldtr, tr) = (self.s.seg, self.s.ldtr, self.s.tr);
        let (cr0, cr3, cpl) = (self.s.cr0, self.s.cr3, self.s.cpl);
        let result = work(self);
        if result.is_err() {
            self.s.gpr = gpr;
            self.s.eip = eip;
            self.s.eflags = eflags;
            for (n, segment) in seg.into_iter().enumerate() {
                self.set_seg(n, segment);
            }
            self.s.ldtr = ldtr;
            self.s.tr = tr;
            self.s.cr0 = cr0;
            if self.s.cr3 != cr3 {
                self.s.cr3 = cr3;
                self.flush_tlb();
            }
            self.set_cpl(cpl);
            self.lazy = lazy;
        }
        result
    }
}
