//! Debug registers: instruction, data and port breakpoints (Intel SDM vol. 3, chapter 17).

use crate::cpu::{Cpu, cr4};
use crate::tlb::PAGE_MASK;

/// Bits of DR6 and DR7.
pub(crate) mod dr6 {
    /// General detect: MOV to or from a debug register while DR7.GD.
    pub(crate) const DETECT: u32 = 1 << 13;
    /// Single step.
    pub(crate) const STEP: u32 = 1 << 14;
    /// Task switch into a TSS with the T bit.
    pub(crate) const TASK: u32 = 1 << 15;
    /// DR7: enables that a task switch clears.
    pub(crate) const LOCAL_ENABLES: u32 = 0x155;
    /// DR7: general detect enable.
    pub(crate) const GENERAL_DETECT: u32 = 1 << 13;
}

/// DR7 conditions.
const EXECUTE: u32 = 0;
const WRITE: u32 = 1;
const PORT: u32 = 2;

/// An enabled breakpoint.
struct Breakpoint {
    bit: u32,
    condition: u32,
    first: u32,
    last: u32,
}

impl Cpu<'_> {
    fn breakpoints(&self) -> impl Iterator<Item = Breakpoint> + use<> {
        let (dr, dr7) = (self.s.dr, self.s.dr[7]);
        (0..4usize).filter(move |n| dr7 >> (2 * n) & 3 != 0).map(move |n| {
            let field = dr7 >> (16 + 4 * n) & 0xF;
            let size = match field >> 2 {
                0 => 1,
                1 => 2,
                2 => 8,
                _ => 4,
            };
            let first = dr[n] & !(size - 1);
            Breakpoint { bit: 1 << n, condition: field & 3, first, last: first.wrapping_add(size - 1) }
        })
    }

    /// After a change of DR0-DR3 or DR7.
    pub(crate) fn derive_watch(&mut self) {
        let guests = self.s.dr[7] & 0xFF != 0 && self.breakpoints().any(|b| b.condition != EXECUTE);
        let watching = guests || self.debugger.watches();
        if watching || self.watching {
            self.tlb.flush();
            self.attention = true;
        }
        self.watching = watching;
    }

    /// Whether an instruction breakpoint is enabled.
    pub(crate) fn stops_at_code(&self) -> bool {
        self.s.dr[7] & 0xFF != 0 && self.breakpoints().any(|b| b.condition == EXECUTE)
    }

    /// DR6 bits of the instruction breakpoints at a linear address.
    pub(crate) fn code_breakpoints(&self, linear: u32) -> u32 {
        let hits = self.breakpoints().filter(|b| b.condition == EXECUTE && b.first == linear);
        hits.fold(0, |bits, b| bits | b.bit)
    }

    /// Whether a linear page has a data breakpoint.
    pub(crate) fn watched_page(&self, page: u32) -> bool {
        self.breakpoints().any(|b| b.condition != EXECUTE && b.first & PAGE_MASK == page)
            || self.debugger.watches_page(page)
    }

    /// Notes data breakpoints that an access meets.
    pub(crate) fn watch(&mut self, linear: u32, size: u32, write: bool) {
        let last = linear.wrapping_add(size - 1);
        let hits = self.breakpoints().filter(|b| {
            let kind = b.condition == 3 || write && b.condition == WRITE;
            kind && b.first <= last && linear <= b.last
        });
        let bits = hits.fold(0, |bits, b| bits | b.bit);
        self.note_traps(bits);
        self.debugger.accessed(linear, size, write);
    }

    /// Notes port breakpoints (CR4.DE) that an access meets.
    #[inline]
    pub(crate) fn watch_port(&mut self, port: u16, size: u32) {
        if self.watching && self.s.cr4 & cr4::DE != 0 {
            self.meet_port(port, size);
        }
    }

    #[cold]
    fn meet_port(&mut self, port: u16, size: u32) {
        let (first, last) = (u32::from(port), u32::from(port) + size - 1);
        let hits = self.breakpoints().filter(|b| b.condition == PORT && b.first <= last && first <= b.last);
        let bits = hits.fold(0, |bits, b| bits | b.bit);
        self.note_traps(bits);
    }

    fn note_traps(&mut self, bits: u32) {
        if bits != 0 {
            self.traps |= bits;
            self.attention = true;
        }
    }
}
