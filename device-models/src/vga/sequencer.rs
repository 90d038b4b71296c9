//! The sequencer: clocks, map mask, character maps, memory mode.

use super::regs::{Clocking, MemoryMode, SeqReset, sequencer as r};
use serde::{Deserialize, Serialize};

/// Bits that exist in each register.
const MASKS: [u8; r::COUNT] = [0x03, 0x3D, 0x0F, 0x3F, 0x0E];
/// Bits of each register that the picture depends on.
const PICTURE: [u8; r::COUNT] = [0x03, 0x3D, 0, 0x3F, MemoryMode::EXTENDED.bits()];
/// Bits of the index register.
const INDEX_MASK: u8 = 0x07;

/// The sequencer's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sequencer {
    /// Index register.
    pub(super) index: u8,
    regs: [u8; r::COUNT],
}

impl Sequencer {
    /// Takes an index.
    pub(super) fn select(&mut self, index: u8) {
        self.index = index & INDEX_MASK;
    }

    /// Reads the selected register; zero where there is none.
    pub(super) fn read(&self) -> u8 {
        self.regs.get(usize::from(self.index)).copied().unwrap_or(0)
    }

    /// Writes the selected register. Returns whether the picture may have changed.
    pub(super) fn write(&mut self, value: u8) -> bool {
        let index = usize::from(self.index);
        let Some((reg, mask)) = self.regs.get_mut(index).zip(MASKS.get(index)) else { return false };
        let was = std::mem::replace(reg, value & mask);
        (was ^ value) & mask & PICTURE[index] != 0
    }

    /// A register behind the index.
    pub(super) fn register(&mut self, index: u8) -> Option<&mut u8> {
        self.regs.get_mut(usize::from(index))
    }

    /// Clocking mode.
    #[inline]
    pub(super) fn clocking(&self) -> Clocking {
        Clocking::from_bits_truncate(self.regs[r::CLOCKING])
    }

    /// Memory mode.
    #[inline]
    pub(super) fn memory_mode(&self) -> MemoryMode {
        MemoryMode::from_bits_truncate(self.regs[r::MEMORY_MODE])
    }

    /// Planes that writes reach, one bit each.
    #[inline]
    pub(super) fn map_mask(&self) -> u8 {
        self.regs[r::MAP_MASK]
    }

    /// Plane offsets that exist: 64 Ki, or the 16 Ki of an EGA with 64 KiB in all.
    #[inline]
    pub(super) fn plane_mask(&self) -> u32 {
        if self.memory_mode().contains(MemoryMode::EXTENDED) { 0xFFFF } else { 0x3FFF }
    }

    /// Characters from one load of the shift registers to the next, as a power of two: 0, 1 or 2.
    pub(super) fn load_shift(&self) -> u32 {
        let clocking = self.clocking();
        if clocking.contains(Clocking::SHIFT_FOUR) {
            2
        } else {
            clocking.contains(Clocking::SHIFT_LOAD).into()
        }
    }

    /// Whether neither reset holds the sequencer.
    pub(super) fn runs(&self) -> bool {
        SeqReset::from_bits_truncate(self.regs[r::RESET]).is_all()
    }

    /// Dots in a character: 8 or 9.
    pub(super) fn dots(&self) -> u32 {
        if self.clocking().contains(Clocking::EIGHT_DOTS) { 8 } else { 9 }
    }

    /// Offsets in plane 2 of the fonts for attribute bit 3 clear and set.
    pub(super) fn fonts(&self) -> [u32; 2] {
        let select = u32::from(self.regs[r::CHARACTER_MAP]);
        let b = select & 3 | (select >> 4 & 1) << 2;
        let a = select >> 2 & 3 | (select >> 5 & 1) << 2;
        [font_offset(b), font_offset(a)]
    }
}

/// Where character map 0-7 begins: maps 0-3 every 16 KiB, maps 4-7 8 KiB behind them.
fn font_offset(map: u32) -> u32 {
    (map & 3) << 14 | (map >> 2 & 1) << 13
}
