//! The windows at A0000h-BFFFFh: where they are, and how the CPU reaches video memory through them.

use super::core::Core;
use super::memory::{Pipeline, is_direct};
use super::regs::Misc;

/// How a window's bytes are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// They are the bytes of video memory from this index on, a multiple of the page size.
    Plain(u32),
    /// Through the pipeline, which adds this many bytes (chain-4) or plane offsets.
    Planes(u32),
    /// By the card.
    Card,
}

/// A window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// First physical address.
    pub(super) first: u32,
    /// Length in bytes.
    pub(super) len: u32,
    /// How its bytes are reached.
    pub(super) access: Access,
}

/// The windows at one moment: none while the CPU does not reach video memory. They do not overlap.
pub(super) type Windows = [Option<Window>; 2];

impl Window {
    /// What tells this window from others.
    pub(super) fn key(&self) -> u64 {
        let access = match self.access {
            Access::Planes(bank) => u64::from(bank) << 2 | 1,
            Access::Plain(at) => u64::from(at) << 2,
            Access::Card => 2,
        };
        access << 24 | u64::from(self.first >> 12 & 0xFFF) << 12 | u64::from(self.len >> 12)
    }
}

/// What the registers make of an access to the windows: worked out when one comes, and forgotten when a register may have
/// changed. Not a part of the state but what follows from it: it is not saved, and equals any other.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach(Option<(Windows, Pipeline)>);

impl PartialEq for Reach {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Reach {}

impl Reach {
    /// Forgets it.
    #[inline]
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    /// What was worked out, or else what `registers` make now.
    #[inline]
    pub(super) fn get(&mut self, registers: impl FnOnce() -> (Windows, Pipeline)) -> &(Windows, Pipeline) {
        self.0.get_or_insert_with(registers)
    }
}

impl Core {
    /// Whether the planes are plain memory to the CPU.
    #[inline]
    pub(super) fn direct(&self) -> bool {
        is_direct(&self.seq, &self.gfx)
    }

    /// What becomes of an access to the planes.
    #[inline]
    pub(super) fn pipeline(&self) -> Pipeline {
        Pipeline::new(&self.seq, &self.gfx)
    }

    /// Whether the CPU reaches video memory.
    #[inline]
    pub(super) fn memory_enabled(&self) -> bool {
        self.misc.contains(Misc::MEMORY) && self.enabled()
    }

    /// The window that the VGA's own registers set.
    #[inline]
    pub(super) fn windows(&self) -> Windows {
        if !self.memory_enabled() {
            return [None, None];
        }
        let (first, len) = self.gfx.map().range();
        let access = if self.direct() { Access::Plain(0) } else { Access::Planes(0) };
        [Some(Window { first, len, access }), None]
    }
}
