//! What the shift registers make of memory in graphics modes: planes, CGA interleave, bytes.

use super::lines::Line;
use crate::vga::core::Core;
use crate::vga::crtc::Addressing;
use crate::vga::picture::Depth;
use crate::vga::regs::AttributeMode;
use crate::vga::vram::Vram;
use std::ops::Range;

/// The bits of each byte as eight bytes of 0 or 1, the leftmost dot lowest.
const DOTS: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= (byte as u64 >> (7 - bit) & 1) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// The bit pairs of each byte as four bytes of 0-3, the leftmost pixel lowest.
const PAIRS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut pair = 0;
        while pair < 4 {
            table[byte] |= (byte as u32 >> (6 - 2 * pair) & 3) << (8 * pair);
            pair += 1;
        }
        byte += 1;
    }
    table
};

/// The dots of a byte: 0 or 1 each, the leftmost lowest.
#[inline]
pub(super) fn dots(byte: u8) -> u64 {
    DOTS[usize::from(byte)]
}

/// Eight pixels, one bit of each in each plane.
#[inline]
pub(super) fn planes(data: u32) -> u64 {
    let [p0, p1, p2, p3] = data.to_le_bytes();
    dots(p0) | dots(p1) << 1 | dots(p2) << 2 | dots(p3) << 3
}

/// Eight pixels of two bits: four from planes 0 and 2, four from planes 1 and 3.
#[inline]
fn interleaved(data: u32) -> u64 {
    let pairs = data.to_le_bytes().map(|byte| PAIRS[usize::from(byte)]);
    u64::from(pairs[0] | pairs[2] << 2) | u64::from(pairs[1] | pairs[3] << 2) << 32
}

/// The halves of four bytes, the upper ones first.
#[inline]
fn halves(data: u32) -> u64 {
    let [a, b, c, d] = data.to_le_bytes();
    u64::from_le_bytes([a >> 4, a & 15, b >> 4, b & 15, c >> 4, c & 15, d >> 4, d & 15])
}

/// Four colours of eight bits from eight of four: what the attribute controller makes of two dots.
#[inline]
fn joined(numbers: u64) -> [u8; 4] {
    let [a, b, c, d, e, f, g, h] = numbers.to_le_bytes();
    [a << 4 | b, c << 4 | d, e << 4 | f, g << 4 | h]
}

/// The address counter's steps and plane offsets that follow each other straight, whatever the addressing.
const STRAIGHT: u32 = 1 << 13;

/// The way from memory to colour numbers while the registers stand still.
pub(super) struct Shifter<'a> {
    vram: Vram<'a>,
    addressing: Addressing,
    plane_mask: u32,
    count_shift: u32,
    load_shift: u32,
    skew: u32,
    depth: Depth,
    wide: bool,
}

impl<'a> Shifter<'a> {
    pub(super) fn new(core: &Core, depth: Depth, vram: Vram<'a>) -> Self {
        Shifter {
            vram,
            addressing: core.crtc.addressing(),
            plane_mask: core.shown_plane_mask(),
            count_shift: core.crtc.count_shift(),
            load_shift: core.seq.load_shift(),
            skew: core.crtc.display_skew(),
            depth,
            wide: core.attr.mode().contains(AttributeMode::WIDE_PIXELS),
        }
    }

    /// Pixels in a character.
    pub(super) fn pixels(&self) -> usize {
        if self.wide { 4 } else { 8 }
    }

    /// The address counter when the shift registers are loaded for a character, and how many characters ago that was.
    #[inline]
    fn load(&self, start: u32, column: u32) -> (u32, u32) {
        let column = column + self.skew;
        let loaded = column >> self.load_shift << self.load_shift;
        (start.wrapping_add(loaded >> self.count_shift), column - loaded)
    }

    #[inline]
    fn plane_offset(&self, counter: u32, row_scan: u32) -> u32 {
        self.addressing.plane_offset(counter, row_scan) & self.plane_mask
    }

    /// The planes' bytes for a character of a line whose address counter begins at `start`. Between two loads the shift
    /// registers go on with what the next plane's register held: 16 bits of planes 0 and 1, or 32 of all four.
    #[inline]
    fn data(&self, start: u32, row_scan: u32, column: u32) -> u32 {
        let (counter, age) = self.load(start, column);
        self.vram.planes(self.plane_offset(counter, row_scan)) >> (8 * age)
    }

    /// The bytes of video memory that `columns` characters of a line come from; `None` where the address wraps among
    /// them.
    pub(super) fn bytes(&self, core: &Core, line: &Line, columns: u32) -> Option<Range<u32>> {
        let start = line.start.wrapping_add(line.byte_panning(core));
        let counters =
            [0, columns.saturating_sub(1)].map(|column| self.addressing.wrapped(self.load(start, column).0));
        let [first, last] = counters.map(|counter| self.plane_offset(counter, line.row_scan));
        let one_piece = |[a, b]: [u32; 2]| a <= b && a / STRAIGHT == b / STRAIGHT;
        (one_piece(counters) && one_piece([first, last])).then(|| first * 4..(last + 1) * 4)
    }

    /// Fetches the characters of a line from `first` on as colour numbers.
    pub(super) fn fetch(&self, core: &Core, line: &Line, first: u32, out: &mut [u8]) {
        match (self.depth, self.wide) {
            (Depth::Bytes, true) => self.each(core, line, first, out, u32::to_le_bytes),
            (Depth::Bytes, false) => self.each(core, line, first, out, |d| halves(d).to_le_bytes()),
            (Depth::Interleaved, true) => self.each(core, line, first, out, |d| joined(interleaved(d))),
            (Depth::Interleaved, false) => {
                self.each(core, line, first, out, |d| interleaved(d).to_le_bytes())
            }
            (_, true) => self.each(core, line, first, out, |d| joined(planes(d))),
            (_, false) => self.each(core, line, first, out, |d| planes(d).to_le_bytes()),
        }
    }

    #[inline]
    fn each<const N: usize>(
        &self,
        core: &Core,
        line: &Line,
        first: u32,
        out: &mut [u8],
        pixels: impl Fn(u32) -> [u8; N],
    ) {
        let start = line.start.wrapping_add(line.byte_panning(core));
        for (column, out) in (first..).zip(out.as_chunks_mut::<N>().0) {
            *out = pixels(self.data(start, line.row_scan, column));
        }
    }
}
