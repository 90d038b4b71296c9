//! The window at A0000h-BFFFFh: where it is, and whether it is plain memory at this moment.

use super::Video;
use super::adapter::Adapter;
use super::dispi::BANK_LEN;
use super::graphics::Map;
use super::memory::Pipeline;
use super::regs::Misc;

/// How the window's bytes are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They are the bytes of video memory from this index on.
    Plain(u32),
    /// Through the pipeline.
    Planes,
}

/// The window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First physical address.
    pub first: u32,
    /// Length in bytes.
    pub len: u32,
    /// How its bytes are reached.
    pub access: Access,
}

impl Video {
    /// The pipeline with the present bank.
    #[inline]
    pub(super) fn pipeline(&self) -> Pipeline<'_> {
        let bank = match &self.adapter {
            Adapter::Std(std) if std.dispi.showing() => std.dispi.bank_offset(),
            _ => 0,
        };
        Pipeline { seq: &self.core.seq, gfx: &self.core.gfx, bank }
    }

    /// The window; `None` while the CPU does not reach video memory.
    ///
    /// While DISPI shows a packed picture, the 64 KiB at A0000h are its bank whatever the VGA registers say (VBE-02).
    #[inline]
    pub fn window(&self) -> Option<Window> {
        if let Adapter::Std(std) = &self.adapter
            && std.dispi.showing()
        {
            let (first, len) = Map::Low64K.range();
            let access =
                if std.dispi.planar() { Access::Planes } else { Access::Plain(std.dispi.bank_offset()) };
            return Some(Window { first, len, access });
        }
        if !self.core.misc.contains(Misc::MEMORY) || !self.core.enabled() {
            return None;
        }
        let (first, len) = self.core.gfx.map().range();
        let access = if self.pipeline().direct() { Access::Plain(0) } else { Access::Planes };
        Some(Window { first, len, access })
    }

    /// The window's share of the claims key.
    #[inline]
    pub(super) fn window_key(&self) -> u64 {
        match self.window() {
            None => 0,
            Some(w) => {
                let access = match w.access {
                    Access::Planes => 1,
                    Access::Plain(at) => 2 + at / BANK_LEN,
                };
                u64::from(w.first >> 15) << 24 | u64::from(w.len >> 15) << 16 | u64::from(access)
            }
        }
    }
}
