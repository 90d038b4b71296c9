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

/// The registers that rule a memory access, as an access needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    address: Address,
    /// What the write mode takes the data from.
    write: WriteMode,
    function: Function,
    /// How far the CPU's byte is rotated to the right.
    rotate: u32,
    /// Bits of write mode 0's data that come from the CPU, on all planes; the others come from `set`.
    from_cpu: u32,
    /// The set/reset value on all planes; in write mode 0 only on those that take it.
    set: u32,
    /// The bit mask, on all planes.
    bits: u32,
    /// Read mode 1: the colour looked for, and the planes that count.
    compare: Option<(u32, u32)>,
}

/// Where the CPU's addresses fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Address {
    /// Address bits that count.
    mask: u32,
    /// What of address bit 16 becomes bit 0: one, or nothing.
    page: u32,
    /// Address bits that choose a plane.
    shift: u32,
    /// Planes that a write reaches, by address bits 0 and 1.
    reaches: &'static [u32; 4],
    /// The map mask, on all planes.
    map: u32,
    /// The plane that read mode 0 gives, but for the address bits that are a part of its number.
    read_plane: u32,
    /// These bits.
    read_bits: u32,
}

/// A plane for each address.
const CHAINED: [u32; 4] = [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000];
/// All planes.
const SEQUENTIAL: [u32; 4] = [u32::MAX; 4];
/// Planes 0 and 2 at even addresses, the others at odd ones.
const ODD_EVEN: [u32; 4] = [0x00FF_00FF, 0xFF00_FF00, 0x00FF_00FF, 0xFF00_FF00];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WriteMode {
    Byte,
    Latch,
    Colour,
    SetReset,
}

impl Address {
    #[inline]
    fn new(seq: &Sequencer, gfx: &Graphics) -> Address {
        let memory = seq.memory_mode();
        let map = spread(seq.map_mask());
        if memory.contains(MemoryMode::CHAIN4) {
            let (mask, reaches) = (u32::MAX, &CHAINED);
            return Address { mask, page: 0, shift: 2, reaches, map, read_plane: 0, read_bits: 3 };
        }
        // With odd/even chaining address bit 0 selects planes; in the 128 KiB window bit 16 takes its place.
        let chained = gfx.misc().contains(GraphicsMisc::CHAIN_ODD_EVEN);
        let read_bits = u32::from(gfx.mode().contains(GraphicsMode::HOST_ODD_EVEN));
        Address {
            mask: seq.plane_mask() & !u32::from(chained),
            page: u32::from(chained && gfx.map() == Map::All128K),
            shift: 0,
            reaches: if memory.contains(MemoryMode::SEQUENTIAL) { &SEQUENTIAL } else { &ODD_EVEN },
            map,
            read_plane: u32::from(gfx.read_map()) & !read_bits,
            read_bits,
        }
    }

    /// The plane offset of offset `a` in the CPU's window.
    #[inline]
    fn offset(&self, bank: u32, a: u32) -> u32 {
        (a & self.mask | a >> 16 & self.page).wrapping_add(bank) >> self.shift
    }

    /// The planes that a write at offset `a` reaches, as bytes.
    #[inline]
    fn written_planes(&self, a: u32) -> u32 {
        self.reaches[a as usize % 4] & self.map
    }

    /// The plane that read mode 0 gives at offset `a`.
    #[inline]
    fn read_plane(&self, a: u32) -> u32 {
        self.read_plane | a & self.read_bits
    }
}

/// Whether accesses go to consecutive bytes of video memory unchanged: the window may be plain memory.
#[inline]
pub(super) fn is_direct(seq: &Sequencer, gfx: &Graphics) -> bool {
    seq.memory_mode().contains(MemoryMode::CHAIN4) && seq.map_mask() == ALL_PLANES && gfx.transparent()
}

impl Pipeline {
    /// The pipeline that the registers make.
    #[inline]
    pub(super) fn new(seq: &Sequencer, gfx: &Graphics) -> Pipeline {
        let set = spread(gfx.set_reset());
        let fixed = spread(gfx.enable_set_reset());
        let (write, set) = match gfx.write_mode() {
            0 => (WriteMode::Byte, set & fixed),
            1 => (WriteMode::Latch, set),
            2 => (WriteMode::Colour, set),
            _ => (WriteMode::SetReset, set),
        };
        let compares = gfx.mode().contains(GraphicsMode::READ_COMPARE);
        Pipeline {
            address: Address::new(seq, gfx),
            write,
            function: gfx.function(),
            rotate: gfx.rotate(),
            from_cpu: !fixed,
            set,
            bits: on_all(gfx.bit_mask()),
            compare: compares.then(|| (spread(gfx.colour_compare()), spread(gfx.colour_care()))),
        }
    }

    /// What the write mode makes of the CPU's byte, for all planes.
    #[inline]
    pub(super) fn modified(&self, latch: u32, value: u8) -> u32 {
        let rotated = || on_all(value.rotate_right(self.rotate));
        let (data, bits) = match self.write {
            WriteMode::Byte => (rotated() & self.from_cpu | self.set, self.bits),
            WriteMode::Latch => return latch,
            WriteMode::Colour => (spread(value), self.bits),
            WriteMode::SetReset => (self.set, self.bits & rotated()),
        };
        let data = match self.function {
            Function::Copy => data,
            Function::And => data & latch,
            Function::Or => data | latch,
            Function::Xor => data ^ latch,
        };
        data & bits | latch & !bits
    }
}

/// Video memory behind the pipeline, in a window with this bank.
#[derive(Clone, Copy)]
pub(super) struct Planes<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) vram: Vram<'a>,
    /// Bytes (chain-4) or plane offsets that a bank register adds.
    pub(super) bank: u32,
}

impl Planes<'_> {
    /// Reads the byte at offset `a` in the CPU's window and loads the latch.
    #[inline]
    pub(super) fn read(&self, latch: &mut u32, a: u32) -> u8 {
        let Planes { vram, pipeline, bank } = *self;
        *latch = vram.planes(pipeline.address.offset(bank, a));
        let Some((colour, planes)) = pipeline.compare else {
            return (*latch >> (8 * pipeline.address.read_plane(a))) as u8;
        };
        let differs = (*latch ^ colour) & planes;
        let differs = differs | differs >> 16;
        !(differs | differs >> 8) as u8
    }

    /// Writes a byte at offset `a` in the CPU's window.
    #[inline]
    pub(super) fn write(&self, latch: u32, a: u32, value: u8) {
        self.store(a, self.pipeline.modified(latch, value));
    }

    /// Stores what the write mode made of a byte in the planes that it reaches.
    #[inline]
    pub(super) fn store(&self, a: u32, data: u32) {
        let Planes { vram, pipeline, bank } = *self;
        let planes = pipeline.address.written_planes(a);
        if planes == 0 {
            return;
        }
        let offset = pipeline.address.offset(bank, a);
        let old = if planes == u32::MAX { 0 } else { vram.planes(offset) };
        vram.set_planes(offset, old & !planes | data & planes);
    }
}
