//! The memory pipeline between the CPU and the planes: latch, rotate, set/reset, functions, bit mask, write
//! modes 0-3, read modes 0-1, odd/even and chain-4 addressing. The four planes are worked on as one dword.
//!
//! Chain-4 is the packed layout (VGA-01): CPU address `a` is byte `a` of video memory, plane `a & 3` at plane
//! offset `a / 4`, as on the ET4000, the Cirrus chips and the Bochs adapter. IBM's and Paradise's silicon puts it
//! at plane offset `a & ~3`. What the CRTC fetches in doubleword mode is packed as well, so a picture looks the
//! same in both; only a program that writes in one addressing and reads back in the other sees the difference.
//!
//! Follows: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem, "Graphics Controller".
//! Deviations: while a window is plain memory (a `Ram` claim) reads do not load the latch; the odd/even page
//! bit of the miscellaneous output register is ignored, as on all later clones.

use super::graphics::{Function, Graphics, Map};
use super::regs::{GraphicsMisc, GraphicsMode, MemoryMode};
use super::sequencer::Sequencer;
use super::vram::Vram;

/// All planes.
const ALL_PLANES: u8 = 0x0F;
/// Planes that even addresses reach in odd/even mode; odd addresses reach the others.
const EVEN_PLANES: u8 = 0b0101;

/// Four plane bits as four bytes of 00h or FFh.
#[inline]
pub(super) fn spread(planes: u8) -> u32 {
    const fn table() -> [u32; 16] {
        let mut table = [0; 16];
        let mut n = 0;
        while n < 16 {
            let bits = n as u32;
            table[n] = ((bits & 1) | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21) * 0xFF;
            n += 1;
        }
        table
    }
    const TABLE: [u32; 16] = table();
    TABLE[usize::from(planes & ALL_PLANES)]
}

/// A byte on all four planes.
#[inline]
fn on_all(byte: u8) -> u32 {
    u32::from(byte) * 0x0101_0101
}

/// Where a CPU address falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Plane offset.
    pub(super) offset: u32,
    /// Planes that a write may reach, before the map mask.
    pub(super) write_planes: u8,
    /// Plane that read mode 0 gives.
    pub(super) read_plane: u8,
}

/// The registers that rule a memory access.
#[derive(Clone, Copy)]
pub(super) struct Pipeline<'a> {
    /// Sequencer.
    pub(super) seq: &'a Sequencer,
    /// Graphics controller.
    pub(super) gfx: &'a Graphics,
    /// Bytes (chain-4) or plane offsets that a bank register adds.
    pub(super) bank: u32,
}

impl Pipeline<'_> {
    /// Whether accesses go to consecutive bytes of video memory unchanged: the window may be plain memory.
    #[inline]
    pub(super) fn direct(&self) -> bool {
        self.seq.memory_mode().contains(MemoryMode::CHAIN4)
            && self.seq.map_mask() == ALL_PLANES
            && self.gfx.transparent()
    }

    /// Where offset `a` in the CPU's window falls.
    #[inline]
    pub(super) fn place(&self, a: u32) -> Place {
        let memory = self.seq.memory_mode();
        if memory.contains(MemoryMode::CHAIN4) {
            let plane = (a & 3) as u8;
            return Place {
                offset: a.wrapping_add(self.bank) >> 2,
                write_planes: 1 << plane,
                read_plane: plane,
            };
        }
        let odd = (a & 1) as u8;
        let write_planes =
            if memory.contains(MemoryMode::SEQUENTIAL) { ALL_PLANES } else { EVEN_PLANES << odd };
        let read_plane = if self.gfx.mode().contains(GraphicsMode::HOST_ODD_EVEN) {
            self.gfx.read_map() & 2 | odd
        } else {
            self.gfx.read_map()
        };
        let offset = self.unchained(a).wrapping_add(self.bank);
        Place { offset, write_planes, read_plane }
    }

    /// With odd/even chaining address bit 0 selects planes; in the 128 KiB window bit 16 takes its place.
    #[inline]
    fn unchained(&self, a: u32) -> u32 {
        let mask = self.seq.plane_mask();
        if !self.gfx.misc().contains(GraphicsMisc::CHAIN_ODD_EVEN) {
            return a & mask;
        }
        let low = if self.gfx.map() == Map::All128K { a >> 16 & 1 } else { 0 };
        a & mask & !1 | low
    }

    /// Reads the byte at offset `a` in the CPU's window and loads the latch.
    #[inline]
    pub(super) fn read(&self, vram: Vram, latch: &mut u32, a: u32) -> u8 {
        let place = self.place(a);
        *latch = vram.planes(place.offset);
        if self.gfx.mode().contains(GraphicsMode::READ_COMPARE) {
            let differs = (*latch ^ spread(self.gfx.colour_compare())) & spread(self.gfx.colour_care());
            let differs = differs | differs >> 16;
            !(differs | differs >> 8) as u8
        } else {
            (*latch >> (8 * u32::from(place.read_plane))) as u8
        }
    }

    /// Writes a byte at offset `a` in the CPU's window.
    #[inline]
    pub(super) fn write(&self, vram: Vram, latch: u32, a: u32, value: u8) {
        self.store(vram, a, self.modified(latch, value));
    }

    /// Stores what the write mode made of a byte in the planes that it reaches.
    #[inline]
    pub(super) fn store(&self, vram: Vram, a: u32, data: u32) {
        let place = self.place(a);
        let planes = spread(place.write_planes & self.seq.map_mask());
        if planes == 0 {
            return;
        }
        let old = if planes == u32::MAX { 0 } else { vram.planes(place.offset) };
        vram.set_planes(place.offset, old & !planes | data & planes);
    }

    /// What the write mode makes of the CPU's byte, for all planes.
    #[inline]
    pub(super) fn modified(&self, latch: u32, value: u8) -> u32 {
        let gfx = self.gfx;
        let rotated = value.rotate_right(gfx.rotate());
        let (data, mask) = match gfx.write_mode() {
            0 => {
                let fixed = spread(gfx.enable_set_reset());
                (on_all(rotated) & !fixed | spread(gfx.set_reset()) & fixed, gfx.bit_mask())
            }
            1 => return latch,
            2 => (spread(value), gfx.bit_mask()),
            _ => (spread(gfx.set_reset()), gfx.bit_mask() & rotated),
        };
        let data = match gfx.function() {
            Function::Copy => data,
            Function::And => data & latch,
            Function::Or => data | latch,
            Function::Xor => data ^ latch,
        };
        let mask = on_all(mask);
        data & mask | latch & !mask
    }
}
