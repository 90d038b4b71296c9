//! Scan-out of graphics through the CRTC's addressing: planes, CGA interleave, bytes.

use super::Frame;
use super::lines::{Line, Lines, panning};
use crate::vga::core::Core;
use crate::vga::crtc::Addressing;
use crate::vga::picture::{Depth, Offsets};
use crate::vga::vram::Vram;

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

/// What the lines of one frame share.
struct Row<'a> {
    vram: Vram<'a>,
    addressing: Addressing,
    per_count: u32,
    depth: Depth,
}

impl Row<'_> {
    /// Fetches the characters of a line as colour numbers into `out`.
    fn fetch(&self, line: &Line, out: &mut [u8]) {
        match self.depth {
            Depth::Bytes => self.each(line, out.chunks_exact_mut(4), |data, out| {
                out.copy_from_slice(&data.to_le_bytes());
            }),
            Depth::Interleaved => self.each(line, out.chunks_exact_mut(8), |data, out| {
                out.copy_from_slice(&interleaved(data).to_le_bytes());
            }),
            _ => self.each(line, out.chunks_exact_mut(8), |data, out| {
                out.copy_from_slice(&planes(data).to_le_bytes());
            }),
        }
    }

    #[inline]
    fn each<'o>(
        &self,
        line: &Line,
        characters: impl Iterator<Item = &'o mut [u8]>,
        put: impl Fn(u32, &mut [u8]),
    ) {
        for (column, out) in (0u32..).zip(characters) {
            let counter = line.start.wrapping_add(column / self.per_count);
            put(self.vram.planes(self.addressing.plane_offset(counter, line.row_scan)), out);
        }
    }
}

/// Draws a graphics picture.
pub(super) fn draw(
    core: &Core,
    depth: Depth,
    vram: Vram,
    offsets: Offsets,
    colours: &[u32; 256],
    frame: &mut Frame,
) {
    let row =
        Row { vram, addressing: core.crtc.addressing(), per_count: core.crtc.characters_per_count(), depth };
    let character = if depth == Depth::Bytes { 4 } else { 8 };
    let width = frame.width as usize;
    let mut fetched = vec![0; width + character];
    let step = core.resolution().lines_per_row as usize;
    let lines = Lines::new(core, offsets).step_by(step);
    let mut last = None;
    for (line, out) in lines.zip(frame.pixels.chunks_exact_mut(width)) {
        if last != Some(line) {
            row.fetch(&line, &mut fetched);
            last = Some(line);
        }
        // In 256 colours a pixel takes two dots, and panning counts dots.
        let pan = panning(core, &line, |p| (p & 7) as usize * character / 8);
        for (pixel, number) in out.iter_mut().zip(&fetched[pan..]) {
            *pixel = colours[usize::from(*number)];
        }
    }
}
