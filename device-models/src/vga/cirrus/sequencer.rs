//! The sequencer's extension registers: unlocking, packed modes, clocks, memory size, cursor.

use super::regs::{Configuration, CursorMode, SequencerMode, sequencer as r};
use crate::vga::picture::Pixel;
use serde::{Deserialize, Serialize};

/// The reference of the clock synthesizers, in hertz.
const REFERENCE_HZ: u64 = 14_318_180;
/// The four video clocks after reset: numerators, and denominators with post scalars.
const CLOCKS: ([u8; 4], [u8; 4]) = ([0x66, 0x5B, 0x45, 0x7E], [0x3B, 0x2F, 0x2C, 0x33]);
/// Bytes of the larger memory.
const MEMORY_4M: u32 = 4 << 20;

/// The registers, and the cursor's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sequencer {
    /// Index register, whole.
    index: u8,
    regs: [u8; r::COUNT],
    /// Column and line of the cursor's upper left corner, 0-2047.
    pub(super) cursor: (u16, u16),
}

impl Sequencer {
    /// The registers after reset, with `vram` bytes of memory.
    pub(super) fn new(vram: u32) -> Self {
        let large = vram >= MEMORY_4M;
        let mut regs = [0; r::COUNT];
        regs[usize::from(r::UNLOCK)] = r::LOCKED;
        regs[usize::from(r::DRAM)] = if large { r::DRAM_4M } else { r::DRAM_2M };
        regs[usize::from(r::MEMORY_SIZE)] = if large { 4 } else { 3 };
        regs[usize::from(r::MEMORY_CLOCK)] = r::MEMORY_CLOCK_RESET;
        for n in 0..CLOCKS.0.len() {
            regs[usize::from(r::CLOCK_NUMERATOR) + n] = CLOCKS.0[n];
            regs[usize::from(r::CLOCK_DENOMINATOR) + n] = CLOCKS.1[n];
        }
        Sequencer { index: 0, regs, cursor: (0, 0) }
    }

    /// Takes an index. Returns whether the register is the VGA's.
    pub(super) fn select(&mut self, index: u8) -> bool {
        self.index = index;
        index <= r::LAST_OF_VGA
    }

    /// The index register; for the cursor's place it shows the bits that were written with it.
    pub(super) fn index(&self) -> u8 {
        match self.selected() {
            r::CURSOR_X => r::CURSOR_X | (self.cursor.0 as u8 & 7) << 5,
            r::CURSOR_Y => r::CURSOR_Y | (self.cursor.1 as u8 & 7) << 5,
            _ => self.index,
        }
    }

    /// The selected register. The cursor's place has eight indices an axis.
    fn selected(&self) -> u8 {
        let low = self.index & r::INDEX;
        if matches!(low, r::CURSOR_X | r::CURSOR_Y) { low } else { self.index }
    }

    /// Whether the selected register is the VGA's alone.
    pub(super) fn is_vga(&self) -> bool {
        self.index <= r::LAST_OF_VGA && self.index != r::MAP_MASK
    }

    /// Reads the selected register.
    pub(super) fn read(&self) -> u8 {
        let index = self.selected();
        let value = self.regs.get(usize::from(index)).copied().unwrap_or(u8::MAX);
        match index {
            r::CONFIGURATION => value & !r::BUS | r::BUS_PCI,
            _ => value,
        }
    }

    /// Writes the selected register. Returns whether anything changed.
    pub(super) fn write(&mut self, value: u8) -> bool {
        let index = self.selected();
        let place = u16::from(value) << 3 | u16::from(self.index >> 5);
        let moved = match index {
            r::CURSOR_X => std::mem::replace(&mut self.cursor.0, place) != place,
            r::CURSOR_Y => std::mem::replace(&mut self.cursor.1, place) != place,
            _ => false,
        };
        let value = match index {
            r::UNLOCK if value & r::UNLOCK_BITS == r::UNLOCKED => r::UNLOCKED,
            r::UNLOCK => r::LOCKED,
            _ => value,
        };
        let Some(reg) = self.regs.get_mut(usize::from(index)) else { return false };
        std::mem::replace(reg, value) != value || moved
    }

    fn get(&self, index: u8) -> u8 {
        self.regs[usize::from(index & r::INDEX)]
    }

    /// Pixels that extended write modes reach, bit 7 the leftmost.
    pub(super) fn pixel_mask(&self) -> u8 {
        self.get(r::MAP_MASK)
    }

    /// Whether memory is linear, whatever the VGA's registers say.
    #[inline]
    pub(super) fn packed(&self) -> bool {
        SequencerMode::from_bits_truncate(self.get(r::MODE)).contains(SequencerMode::PACKED)
    }

    /// The pixels of packed modes; `green6` where 16 bits have six of green.
    pub(super) fn pixel(&self, green6: bool) -> Pixel {
        match self.get(r::MODE) & r::MODE_FORMAT {
            0x02 | 0x06 if green6 => Pixel::Rgb565,
            0x02 | 0x06 => Pixel::Rgb555,
            0x04 => Pixel::Rgb888,
            0x08 => Pixel::Xrgb8888,
            _ => Pixel::Index,
        }
    }

    /// Configuration.
    pub(super) fn configuration(&self) -> Configuration {
        Configuration::from_bits_truncate(self.get(r::CONFIGURATION))
    }

    /// Cursor attributes.
    pub(super) fn cursor_mode(&self) -> CursorMode {
        CursorMode::from_bits_truncate(self.get(r::CURSOR))
    }

    /// The cursor's pattern address.
    pub(super) fn cursor_pattern(&self) -> u32 {
        self.get(r::CURSOR_PATTERN).into()
    }

    /// The four video clocks in hertz. A clock whose denominator is zero stands still; it counts as 1 here.
    pub(super) fn clocks_hz(&self) -> [u64; 4] {
        std::array::from_fn(|n| {
            let numerator = u64::from(self.regs[usize::from(r::CLOCK_NUMERATOR) + n] & 0x7F).max(1);
            let low = self.regs[usize::from(r::CLOCK_DENOMINATOR) + n];
            let denominator = u64::from(low >> 1 & 0x1F).max(1) << (low & 1);
            REFERENCE_HZ * numerator / denominator
        })
    }
}
