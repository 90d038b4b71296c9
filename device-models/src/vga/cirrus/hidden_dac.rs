//! The hidden DAC register behind the PEL mask, and the 16 extra colours.

use crate::vga::dac::Dac;
use serde::{Deserialize, Serialize};

/// Reads of the PEL mask that open the hidden register.
const READS: u8 = 4;
/// Hidden register: the format of 16-bit pixels, and the one with six bits of green.
const FORMAT: u8 = 0x0F;
const RGB565: u8 = 1;
/// Extra colours.
const EXTRA: u8 = 0x0F;

/// The extensions of the DAC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HiddenDac {
    register: u8,
    reads: u8,
    /// The extra colours, behind the same ports as the others.
    extra: Dac,
}

impl HiddenDac {
    /// A read of the PEL mask; the hidden register when it is open, which closes it.
    pub(super) fn read(&mut self) -> Option<u8> {
        if self.reads == READS {
            self.reads = 0;
            return Some(self.register);
        }
        self.reads += 1;
        None
    }

    /// A write of the PEL mask. Whether the hidden register changed; `None` when it was not open.
    pub(super) fn write(&mut self, value: u8) -> Option<bool> {
        let open = std::mem::take(&mut self.reads) == READS;
        open.then(|| std::mem::replace(&mut self.register, value) != value)
    }

    /// Any other access of the DAC closes the hidden register.
    pub(super) fn close(&mut self) {
        self.reads = 0;
    }

    /// Takes a read address of the extra colours.
    pub(super) fn set_read_address(&mut self, address: u8) {
        self.extra.set_read_address(address & EXTRA);
    }

    /// Takes a write address of the extra colours.
    pub(super) fn set_write_address(&mut self, address: u8) {
        self.extra.set_write_address(address & EXTRA);
    }

    /// Reads a component of an extra colour.
    pub(super) fn read_extra(&mut self) -> u8 {
        self.extra.read()
    }

    /// Writes a component of an extra colour. Whether a colour changed.
    pub(super) fn write_extra(&mut self, value: u8) -> bool {
        self.extra.write(value)
    }

    /// Whether 16-bit pixels have six bits of green.
    pub(super) fn green6(&self) -> bool {
        self.register & FORMAT == RGB565
    }

    /// The cursor's two colours, 00RRGGBBh: the first and the last extra one.
    pub(super) fn cursor_colours(&self) -> [u32; 2] {
        [0, EXTRA].map(|n| self.extra.shown(n))
    }
}
