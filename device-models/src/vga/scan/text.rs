//! Scan-out of text: characters from plane 0, attributes from plane 1, glyphs from plane 2.

use super::lines::{Line, Lines, panning};
use super::{Blink, Frame, graphics::dots};
use crate::vga::core::Core;
use crate::vga::crtc::Addressing;
use crate::vga::picture::Offsets;
use crate::vga::regs::AttributeMode;
use crate::vga::vram::Vram;

/// The characters of a text screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextScreen {
    /// Characters in a row.
    pub columns: u32,
    /// Rows that are shown whole.
    pub rows: u32,
    /// Character codes and attributes, row by row.
    pub cells: Vec<(u8, u8)>,
    /// Column and row of the cursor, if it is switched on and inside the screen.
    pub cursor: Option<(u32, u32)>,
}

/// Bytes from a glyph to the next in a font.
const GLYPH_BYTES: u32 = 32;
/// Plane offsets in a plane.
const PLANE_MASK: u32 = 0xFFFF;
/// Character codes whose ninth dot may repeat the eighth.
const LINE_GRAPHICS: std::ops::RangeInclusive<u8> = 0xC0..=0xDF;
/// Attribute bits that tell underlined characters, and their value.
pub(super) const UNDERLINE: (u8, u8) = (0x77, 0x01);
/// Attribute bit 7 where characters blink.
pub(super) const BLINKS: u8 = 0x80;

/// What the lines of one frame share.
struct Characters<'a> {
    vram: Vram<'a>,
    addressing: Addressing,
    per_count: u32,
    fonts: [u32; 2],
    mode: AttributeMode,
    dots: usize,
    underline: u32,
    cursor: Option<(u32, (u32, u32))>,
    blink: Blink,
}

/// Colour numbers and dots of one character in one line.
struct Glyph {
    dots: u8,
    ninth: bool,
    foreground: u8,
    background: u8,
}

impl Characters<'_> {
    fn glyph(&self, counter: u32, row_scan: u32) -> Glyph {
        let cell = self.vram.planes(self.addressing.plane_offset(counter, row_scan));
        let [code, attribute, ..] = cell.to_le_bytes();
        let font = self.fonts[usize::from(attribute >> 3 & 1)];
        let at = (font + u32::from(code) * GLYPH_BYTES + row_scan) & PLANE_MASK;
        let bits = self.vram.byte(at * 4 + 2);
        let line_graphics = self.mode.contains(AttributeMode::LINE_GRAPHICS) && LINE_GRAPHICS.contains(&code);
        let (mut foreground, mut background) = (attribute & 0x0F, attribute >> 4);
        if self.mode.contains(AttributeMode::BLINK) {
            background &= 7;
            if attribute & BLINKS != 0 && !self.blink.characters {
                foreground = background;
            }
        }
        let underlined = row_scan == self.underline && attribute & UNDERLINE.0 == UNDERLINE.1;
        if underlined || self.cursor_at(counter, row_scan) {
            return Glyph { dots: u8::MAX, ninth: true, foreground, background };
        }
        Glyph { dots: bits, ninth: line_graphics && bits & 1 != 0, foreground, background }
    }

    fn cursor_at(&self, counter: u32, row_scan: u32) -> bool {
        self.cursor
            .is_some_and(|(at, (first, last))| counter & 0xFFFF == at && (first..=last).contains(&row_scan))
    }

    /// Fetches the characters of a line as colour numbers into `out`.
    fn fetch(&self, line: &Line, out: &mut [u8]) {
        for (column, out) in (0u32..).zip(out.chunks_exact_mut(self.dots)) {
            let counter = line.start.wrapping_add(column / self.per_count);
            let glyph = self.glyph(counter, line.row_scan);
            let spread = |number: u8| u64::from(number) * 0x0101_0101_0101_0101;
            let change = u64::from(glyph.foreground ^ glyph.background);
            let (eight, ninth) = out.split_at_mut(8);
            let numbers = spread(glyph.background) ^ (dots(glyph.dots) * change);
            eight.copy_from_slice(&numbers.to_le_bytes());
            if let Some(ninth) = ninth.first_mut() {
                *ninth = if glyph.ninth { glyph.foreground } else { glyph.background };
            }
        }
    }
}

/// Draws a text picture.
pub(super) fn draw(core: &Core, vram: Vram, offsets: Offsets, blink: Blink, frame: &mut Frame) {
    let dots = core.seq.dots() as usize;
    let rows = core.crtc.cursor_rows().filter(|_| blink.cursor);
    let characters = Characters {
        vram,
        addressing: core.crtc.addressing(),
        per_count: core.crtc.characters_per_count(),
        fonts: core.seq.fonts(),
        mode: core.attr.mode(),
        dots,
        underline: core.crtc.underline(),
        cursor: rows.map(|rows| (core.crtc.cursor().into(), rows)),
        blink,
    };
    let colours = core.colours16(blink, false);
    let width = frame.width as usize;
    let mut fetched = vec![0; width + dots];
    let step = core.resolution().lines_per_row as usize;
    let lines = Lines::new(core, offsets).step_by(step);
    for (line, out) in lines.zip(frame.pixels.chunks_exact_mut(width)) {
        characters.fetch(&line, &mut fetched);
        let pan = panning(core, &line, |p| first_dot(p, dots));
        for (pixel, number) in out.iter_mut().zip(&fetched[pan..]) {
            *pixel = colours[usize::from(*number)];
        }
    }
}

/// Dots that panning skips: with 9-dot characters the register counts from 8, which means none.
fn first_dot(panning: u32, dots: usize) -> usize {
    match (dots, panning) {
        (9, 8..) => 0,
        (9, p) => p as usize + 1,
        (_, p) => (p & 7) as usize,
    }
}

/// Reads the characters of a text screen.
pub(super) fn read(core: &Core, vram: Vram, offsets: Offsets) -> TextScreen {
    let columns = core.crtc.columns();
    let addressing = core.crtc.addressing();
    let size = core.resolution();
    let rows = (size.height / core.crtc.row_height()).max(1);
    let cursor_at = core.crtc.cursor_rows().map(|_| u32::from(core.crtc.cursor()));
    let mut screen = TextScreen { columns, rows: 0, cells: Vec::new(), cursor: None };
    let mut last = None;
    let lines = Lines::new(core, offsets).step_by(size.lines_per_row as usize);
    for line in lines.take(size.height as usize) {
        let row = (line.start, line.split);
        if last == Some(row) {
            continue;
        }
        if screen.rows == rows {
            break;
        }
        last = Some(row);
        for column in 0..columns {
            let counter = line.start.wrapping_add(column / core.crtc.characters_per_count());
            let cell = vram.planes(addressing.plane_offset(counter, line.row_scan));
            let [code, attribute, ..] = cell.to_le_bytes();
            screen.cells.push((code, attribute));
            if cursor_at == Some(counter & 0xFFFF) {
                screen.cursor = screen.cursor.or(Some((column, screen.rows)));
            }
        }
        screen.rows += 1;
    }
    screen
}
