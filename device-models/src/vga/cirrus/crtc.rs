//! The CRTC's extension registers: the upper bits of start address and pitch, interlace, the chip's id.

use super::regs::crtc;
use serde::{Deserialize, Serialize};

/// The CRTC's extension registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Crtc {
    regs: [u8; Crtc::COUNT],
}

impl Crtc {
    const COUNT: usize = (crtc::OVERLAY - crtc::INTERLACE_END + 1) as usize;

    fn register(index: u8) -> Option<usize> {
        (crtc::INTERLACE_END..=crtc::OVERLAY)
            .contains(&index)
            .then(|| usize::from(index - crtc::INTERLACE_END))
    }

    /// Reads a register; `None` where there is no extension.
    pub(super) fn read(&self, index: u8, attribute_index: u8) -> Option<u8> {
        match index {
            crtc::PART_STATUS => Some(0),
            crtc::ATTRIBUTE_INDEX => Some(attribute_index),
            crtc::PART_ID => Some(crtc::ID_5446),
            _ => Self::register(index).map(|at| self.regs[at]),
        }
    }

    /// Writes a register. Returns whether it changed; `None` where there is no extension.
    pub(super) fn write(&mut self, index: u8, value: u8) -> Option<bool> {
        if matches!(index, crtc::PART_STATUS | crtc::ATTRIBUTE_INDEX | crtc::PART_ID) {
            return Some(false);
        }
        let reg = &mut self.regs[Self::register(index)?];
        Some(std::mem::replace(reg, value) != value)
    }

    fn get(&self, index: u8) -> u8 {
        self.regs[usize::from(index - crtc::INTERLACE_END)]
    }

    /// Bits 16-19 of the start address.
    pub(super) fn start_high(&self) -> u32 {
        let (display, overlay) = (u32::from(self.get(crtc::DISPLAY)), u32::from(self.get(crtc::OVERLAY)));
        display & 1 | (display >> 2 & 3) << 1 | (overlay >> 7) << 3
    }

    /// Bit 8 of the offset register.
    pub(super) fn offset_high(&self) -> u32 {
        u32::from(self.get(crtc::DISPLAY)) >> 4 & 1
    }

    /// Whether planar addresses go beyond 64 Ki.
    pub(super) fn wide(&self) -> bool {
        self.get(crtc::DISPLAY) & crtc::WIDE != 0
    }

    /// Whether a frame is drawn in two fields.
    pub(super) fn interlaced(&self) -> bool {
        self.get(crtc::MISC) & crtc::INTERLACED != 0
    }
}
