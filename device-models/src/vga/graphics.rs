//! The graphics controller's registers; what they do to memory accesses is in `memory`.

use super::regs::{GraphicsMisc, GraphicsMode, graphics as r};
use serde::{Deserialize, Serialize};

/// Bits that exist in each register.
const MASKS: [u8; r::COUNT] = [0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF];
/// Bits of the mode register that the picture depends on.
const PICTURE_MODE: u8 = GraphicsMode::INTERLEAVE.union(GraphicsMode::COLOURS256).bits();
/// Bits of the index register.
const INDEX_MASK: u8 = 0x0F;

/// The graphics controller's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Graphics {
    /// Index register.
    pub(super) index: u8,
    regs: [u8; r::COUNT],
}

/// What a write does with the latch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// Replace.
    Copy,
    /// AND with the latch.
    And,
    /// OR with the latch.
    Or,
    /// Exclusive OR with the latch.
    Xor,
}

/// The window that video memory shows the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    /// A0000h-BFFFFh.
    All128K,
    /// A0000h-AFFFFh.
    Low64K,
    /// B0000h-B7FFFh.
    Mono32K,
    /// B8000h-BFFFFh.
    Colour32K,
}

impl Map {
    /// First physical address and length in bytes.
    #[inline]
    pub(super) fn range(self) -> (u32, u32) {
        match self {
            Map::All128K => (0xA_0000, 0x2_0000),
            Map::Low64K => (0xA_0000, 0x1_0000),
            Map::Mono32K => (0xB_0000, 0x8000),
            Map::Colour32K => (0xB_8000, 0x8000),
        }
    }
}

impl Graphics {
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
        let changed = std::mem::replace(reg, value & mask) ^ value & mask;
        match index {
            r::MODE => changed & PICTURE_MODE != 0,
            r::MISC => changed & GraphicsMisc::GRAPHICS.bits() != 0,
            _ => false,
        }
    }

    /// Mode, without the write mode.
    #[inline]
    pub(super) fn mode(&self) -> GraphicsMode {
        GraphicsMode::from_bits_truncate(self.regs[r::MODE])
    }

    /// Write mode 0-3.
    #[inline]
    pub(super) fn write_mode(&self) -> u8 {
        self.regs[r::MODE] & 3
    }

    /// Miscellaneous, without the memory map.
    #[inline]
    pub(super) fn misc(&self) -> GraphicsMisc {
        GraphicsMisc::from_bits_truncate(self.regs[r::MISC])
    }

    /// The CPU's window.
    #[inline]
    pub(super) fn map(&self) -> Map {
        match self.regs[r::MISC] >> 2 & 3 {
            0 => Map::All128K,
            1 => Map::Low64K,
            2 => Map::Mono32K,
            _ => Map::Colour32K,
        }
    }

    /// Rotation of the CPU's byte to the right.
    #[inline]
    pub(super) fn rotate(&self) -> u32 {
        u32::from(self.regs[r::DATA_ROTATE] & 7)
    }

    /// What a write does with the latch.
    #[inline]
    pub(super) fn function(&self) -> Function {
        match self.regs[r::DATA_ROTATE] >> 3 & 3 {
            0 => Function::Copy,
            1 => Function::And,
            2 => Function::Or,
            _ => Function::Xor,
        }
    }

    /// Set/reset value, a bit a plane.
    #[inline]
    pub(super) fn set_reset(&self) -> u8 {
        self.regs[r::SET_RESET]
    }

    /// Planes that take the set/reset value, a bit a plane.
    #[inline]
    pub(super) fn enable_set_reset(&self) -> u8 {
        self.regs[r::ENABLE_SET_RESET]
    }

    /// The colour that read mode 1 looks for.
    #[inline]
    pub(super) fn colour_compare(&self) -> u8 {
        self.regs[r::COLOUR_COMPARE]
    }

    /// Planes that read mode 1 looks at.
    #[inline]
    pub(super) fn colour_care(&self) -> u8 {
        self.regs[r::COLOUR_CARE]
    }

    /// The plane that read mode 0 gives.
    #[inline]
    pub(super) fn read_map(&self) -> u8 {
        self.regs[r::READ_MAP]
    }

    /// Bits that the CPU changes; the others come from the latch.
    #[inline]
    pub(super) fn bit_mask(&self) -> u8 {
        self.regs[r::BIT_MASK]
    }

    /// Whether a byte goes to memory and comes from it unchanged.
    #[inline]
    pub(super) fn transparent(&self) -> bool {
        self.write_mode() == 0
            && !self.mode().contains(GraphicsMode::READ_COMPARE)
            && self.regs[r::DATA_ROTATE] == 0
            && self.regs[r::ENABLE_SET_RESET] == 0
            && self.regs[r::BIT_MASK] == u8::MAX
    }
}
