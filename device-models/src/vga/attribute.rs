//! The attribute controller: palette, panning, blink, and its index/data flip-flop.

use super::regs::{AttributeMode, attribute as r};
use serde::{Deserialize, Serialize};

/// Bits of a palette register.
const PALETTE_MASK: u8 = 0x3F;
/// Bits of the registers behind the palette.
const MASKS: [u8; r::COUNT - r::PALETTE] = [0xEF, 0xFF, 0x3F, 0x0F, 0x0F];
/// Bits of the index register that select.
const INDEX_MASK: u8 = 0x1F;

/// The attribute controller's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attribute {
    /// Index register with the palette source bit.
    pub(super) index: u8,
    /// The next write to the port is data.
    pub(super) data_next: bool,
    regs: [u8; r::COUNT],
}

impl Attribute {
    /// Takes a write to the port: index and data in turn. Returns whether the picture may have changed.
    pub(super) fn write(&mut self, value: u8) -> bool {
        let data = self.data_next;
        self.data_next = !data;
        if data { self.write_data(value) } else { self.write_index(value) }
    }

    fn write_index(&mut self, value: u8) -> bool {
        let was = self.screen_on();
        self.index = value & (INDEX_MASK | r::PALETTE_SOURCE);
        self.screen_on() != was
    }

    /// The palette takes data only while it belongs to the CPU.
    fn write_data(&mut self, value: u8) -> bool {
        let index = usize::from(self.selected());
        if index < r::PALETTE && self.screen_on() {
            return false;
        }
        let Some(reg) = self.regs.get_mut(index) else { return false };
        let value = value & MASKS.get(index.wrapping_sub(r::PALETTE)).unwrap_or(&PALETTE_MASK);
        let changed = *reg != value;
        *reg = value;
        changed
    }

    /// The selected register's index.
    pub(super) fn selected(&self) -> u8 {
        self.index & INDEX_MASK
    }

    /// A register behind the index.
    pub(super) fn register(&mut self, index: u8) -> Option<&mut u8> {
        self.regs.get_mut(usize::from(index))
    }

    /// Reads the selected register; zero where there is none.
    pub(super) fn read(&self) -> u8 {
        self.regs.get(usize::from(self.selected())).copied().unwrap_or(0)
    }

    /// Whether the palette belongs to the screen. While it does not, nothing is shown.
    pub(super) fn screen_on(&self) -> bool {
        self.index & r::PALETTE_SOURCE != 0
    }

    /// Mode control.
    pub(super) fn mode(&self) -> AttributeMode {
        AttributeMode::from_bits_truncate(self.regs[r::MODE])
    }

    /// Planes that reach the palette, a bit a plane.
    pub(super) fn plane_enable(&self) -> u8 {
        self.regs[r::PLANE_ENABLE] & 0x0F
    }

    /// Overscan colour: a DAC address.
    pub(super) fn overscan(&self) -> u8 {
        self.regs[r::OVERSCAN]
    }

    /// The two of a DAC address's bits that the video status multiplexer selects, the upper one first.
    pub(super) fn video_status(&self, address: u8) -> [bool; 2] {
        let lines = match self.regs[r::PLANE_ENABLE] >> 4 & 3 {
            0 => [2, 0],
            1 => [5, 4],
            2 => [3, 1],
            _ => [7, 6],
        };
        lines.map(|line| address >> line & 1 != 0)
    }

    /// Panning register.
    pub(super) fn panning(&self) -> u32 {
        self.regs[r::PANNING].into()
    }

    /// The DAC address, before the PEL mask, of an 8-bit colour: two 4-bit ones on their way through the palette,
    /// which for that is to give each number itself.
    pub(super) fn wide_dac_address(&self, colour: u8) -> u8 {
        let entry = |number: u8| self.regs[usize::from(number & self.plane_enable())] & 0x0F;
        entry(colour >> 4) << 4 | entry(colour & 0x0F)
    }

    /// The DAC address, before the PEL mask, of a 4-bit colour. `flip` inverts bit 3 behind the plane enable: the
    /// other phase of blinking graphics.
    pub(super) fn dac_address(&self, colour: u8, flip: bool) -> u8 {
        let entry = (colour & self.plane_enable()) ^ u8::from(flip) << 3;
        let palette = self.regs[usize::from(entry & 0x0F)];
        let select = self.regs[r::COLOUR_SELECT];
        let low = if self.mode().contains(AttributeMode::SELECT_54) {
            palette & 0x0F | (select & 3) << 4
        } else {
            palette
        };
        low & PALETTE_MASK | (select & 0x0C) << 4
    }
}
