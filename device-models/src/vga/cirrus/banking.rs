//! The window at A0000h: two halves of 32 KiB, each with an offset in video memory.

use super::Cirrus;
use crate::vga::core::Core;
use crate::vga::graphics::Map;
use crate::vga::window::{Access, Window, Windows};

/// Bytes in half of the window.
pub(super) const HALF: u32 = 0x8000;
/// First address of the window.
const FIRST: u32 = 0xA_0000;

impl Cirrus {
    /// The windows of packed modes: 64 KiB at A0000h, whatever the VGA's registers say.
    pub(super) fn packed_windows(&self) -> Windows {
        let plain = self.packed_access().plain() && !self.blitter.waits();
        self.halves(|bank| if plain && bank + HALF <= self.vram { Access::Plain(bank) } else { Access::Card })
    }

    /// The windows of the VGA's modes: the offset registers add to them where they lie at A0000h.
    pub(super) fn banked_windows(&self, core: &Core) -> Windows {
        if core.gfx.map() != Map::Low64K || self.gfx.banks() == [0, HALF] {
            return core.windows();
        }
        self.halves(|bank| match core.direct() && bank + HALF <= self.vram {
            true => Access::Plain(bank),
            false => Access::Planes(bank),
        })
    }

    fn halves(&self, access: impl Fn(u32) -> Access) -> Windows {
        let [low, high] = self.gfx.banks().map(access);
        [(FIRST, low), (FIRST + HALF, high)].map(|(first, access)| Some(Window { first, len: HALF, access }))
    }

    /// Where an address of the window falls in packed memory, before groups are counted.
    pub(super) fn banked(&self, address: u32) -> Option<u32> {
        let at = address.checked_sub(FIRST).filter(|at| *at < 2 * HALF)?;
        let bank = self.gfx.banks()[(at / HALF) as usize];
        Some(bank + at % HALF)
    }
}
