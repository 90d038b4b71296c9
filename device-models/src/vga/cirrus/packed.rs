//! CPU accesses to packed memory: plain bytes, or the extended addressing, write modes and latches.

use super::regs::Extensions;
use crate::vga::vram::Vram;

/// Pixels that a byte of an extended write mode stands for.
const PIXELS: u32 = 8;

/// What a written byte does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    /// It is stored.
    Store,
    /// Its ones, or all its bits, become pixels of so many bytes.
    Expand {
        /// Zeros are drawn too: write mode 5, not 4.
        zeros: bool,
        /// Bytes in a pixel.
        bytes: u32,
    },
    /// The eight latches are stored: write mode 1.
    Latches,
}

/// How the CPU reaches packed memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    /// Addresses count groups of this many bytes, as a power of two.
    shift: u32,
    write: Write,
    latches: bool,
    /// Pixels that expansion and latches reach, bit 7 the leftmost.
    mask: u8,
    colours: [[u8; 4]; 2],
}

impl Packed {
    /// The access that the registers set.
    pub(super) fn new(extensions: Extensions, write_mode: u8, mask: u8, colours: [[u8; 4]; 2]) -> Self {
        let modes = extensions.contains(Extensions::WRITE_MODES);
        let words = modes && extensions.contains(Extensions::WORDS);
        let by_8 = extensions.contains(Extensions::BY_8);
        let latches = by_8 && extensions.contains(Extensions::LATCHES_8);
        let shift = if words { 4 } else { 3 * u32::from(by_8) };
        let write = match write_mode {
            4 | 5 if modes => Write::Expand { zeros: write_mode == 5, bytes: if words { 2 } else { 1 } },
            1 if latches => Write::Latches,
            _ => Write::Store,
        };
        Packed { shift, write, latches, mask, colours }
    }

    /// Whether accesses are plain bytes of memory.
    pub(super) fn plain(&self) -> bool {
        self.shift == 0 && self.write == Write::Store
    }

    /// Reads a byte.
    pub(super) fn read(&self, vram: Vram, latches: &mut [u8; 8], address: u32) -> u8 {
        let at = address << self.shift;
        if self.latches {
            vram.read_row(at, latches);
        }
        vram.byte(at)
    }

    /// Writes a byte.
    pub(super) fn write(&self, vram: Vram, latches: &[u8; 8], address: u32, value: u8) {
        let at = address << self.shift;
        match self.write {
            Write::Store => vram.set_byte(at, value),
            Write::Latches => self.each_pixel(|n| vram.set_byte(at.wrapping_add(n), latches[n as usize])),
            Write::Expand { zeros, bytes } => self.each_pixel(|n| {
                let one = value >> (PIXELS - 1 - n) & 1;
                if one != 0 || zeros {
                    for (k, byte) in (0..bytes).zip(self.colours[usize::from(one)]) {
                        vram.set_byte(at.wrapping_add(n * bytes + k), byte);
                    }
                }
            }),
        }
    }

    fn each_pixel(&self, draw: impl Fn(u32)) {
        (0..PIXELS).filter(|n| self.mask >> (PIXELS - 1 - n) & 1 != 0).for_each(draw);
    }
}
