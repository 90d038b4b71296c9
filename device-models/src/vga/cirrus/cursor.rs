//! The hardware cursor: a picture of 32 or 64 pixels square, two bits a pixel, over whatever is shown.
//!
//! Its patterns are in the last 16 KiB of video memory. The first bit of a pixel inverts what is under it, or chooses
//! between the two colours; the second one shows a colour.

use super::Cirrus;
use super::regs::CursorMode;
use crate::vga::vram::Vram;

/// Bytes at the end of video memory that hold patterns.
const PATTERNS: u32 = 16 << 10;
/// Bytes that the pattern address counts.
const PATTERN_STEP: u32 = 256;
/// Bits of the pattern address that a large cursor ignores, and those that exist.
const SMALL_BITS: u32 = 0x3F;
const LARGE_BITS: u32 = 0x3C;
/// What inverts a pixel.
const INVERT: u32 = 0xFF_FFFF;

/// The hardware cursor as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardwareCursor {
    /// Column of its upper left corner in the picture, 0-2047. The cursor may lie partly or wholly outside.
    pub x: u32,
    /// Line of its upper left corner.
    pub y: u32,
    /// Width and height: 32 or 64.
    pub size: u32,
}

impl Cirrus {
    /// The cursor, while it shows.
    pub(super) fn cursor_shown(&self) -> Option<HardwareCursor> {
        let mode = self.seq.cursor_mode();
        let (x, y) = self.seq.cursor;
        let size = if mode.contains(CursorMode::LARGE) { 64 } else { 32 };
        mode.contains(CursorMode::SHOW).then(|| HardwareCursor { x: x.into(), y: y.into(), size })
    }

    /// Where in video memory its pattern begins.
    pub(super) fn cursor_pattern(&self) -> u32 {
        let bits = if self.seq.cursor_mode().contains(CursorMode::LARGE) { LARGE_BITS } else { SMALL_BITS };
        self.vram - PATTERNS + (self.seq.cursor_pattern() & bits) * PATTERN_STEP
    }

    /// Draws what of the cursor lies in line `y` of the picture.
    pub(super) fn draw_cursor(&self, vram: Vram, y: u32, row: &mut [u32]) {
        let Some(cursor) = self.cursor_shown() else { return };
        let line = y.wrapping_sub(cursor.y);
        if line >= cursor.size {
            return;
        }
        // A large cursor has both bits of a line together, a small one the first bits of all lines first.
        let bytes = cursor.size / 8;
        let (stride, second) =
            if cursor.size == 64 { (2 * bytes, bytes) } else { (bytes, cursor.size * bytes) };
        let first = self.cursor_pattern() + line * stride;
        let colours = self.dac.cursor_colours();
        for (n, pixel) in (0..cursor.size).zip(row.iter_mut().skip(cursor.x as usize)) {
            let bit = |at: u32| vram.byte(at + n / 8) >> (7 - n % 8) & 1;
            match (bit(first + second), usize::from(bit(first))) {
                (0, 0) => {}
                (0, _) => *pixel ^= INVERT,
                (_, colour) => *pixel = colours[colour],
            }
        }
    }
}
