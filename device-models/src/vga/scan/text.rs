//! Scan-out of text: characters from plane 0, attributes from plane 1, glyphs from plane 2.

use super::Blink;
use super::graphics::dots;
use super::lines::Line;
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
/// Characters in a font.
const GLYPHS: u32 = 256;
/// Character codes whose ninth dot may repeat the eighth.
const LINE_GRAPHICS: std::ops::RangeInclusive<u8> = 0xC0..=0xDF;
/// Attribute bits that tell underlined characters, and their value.
pub(super) const UNDERLINE: (u8, u8) = (0x77, 0x01);
/// Attribute bit 7 where characters blink.
pub(super) const BLINKS: u8 = 0x80;

/// A character as it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    code: u8,
    attribute: u8,
    /// The cursor is on it.
    cursor: bool,
    /// It blinks, and is away.
    away: bool,
}

/// A row scan of a character.
struct Strokes {
    /// Eight dots, the leftmost in bit 7.
    bits: u8,
    /// The ninth dot.
    ninth: bool,
    foreground: u8,
    background: u8,
}

/// The way from memory to characters while the registers stand still.
pub(super) struct Characters<'a> {
    vram: Vram<'a>,
    addressing: Addressing,
    plane_mask: u32,
    count_shift: u32,
    skew: u32,
    fonts: [u32; 2],
    mode: AttributeMode,
    dots: usize,
    row_height: u32,
    underline: u32,
    cursor: Option<Cursor>,
    blink: Blink,
}

/// The cursor, while it shows.
struct Cursor {
    address: u32,
    skew: u32,
    rows: (u32, u32),
}

impl<'a> Characters<'a> {
    #[inline]
    pub(super) fn new(core: &Core, vram: Vram<'a>, blink: Blink) -> Self {
        let crtc = &core.crtc;
        let rows = crtc.cursor_rows().filter(|_| blink.cursor);
        let address = crtc.cursor().into();
        Characters {
            vram,
            addressing: crtc.addressing(),
            plane_mask: core.shown_plane_mask(),
            count_shift: crtc.count_shift(),
            skew: crtc.display_skew(),
            fonts: core.seq.fonts(),
            mode: core.attr.mode(),
            dots: core.seq.dots() as usize,
            row_height: crtc.row_height(),
            underline: crtc.underline(),
            cursor: rows.map(|rows| Cursor { address, skew: crtc.cursor_skew(), rows }),
            blink,
        }
    }

    /// Dots in a character.
    pub(super) fn dots(&self) -> usize {
        self.dots
    }

    /// The address counter at a character of a line that begins at `start`.
    fn counter(&self, start: u32, column: u32) -> u32 {
        self.addressing.wrapped(start.wrapping_add(column >> self.count_shift))
    }

    fn code_and_attribute(&self, start: u32, row_scan: u32, column: u32) -> (u8, u8) {
        let counter = self.counter(start, column + self.skew);
        let cell = self.vram.planes(self.addressing.plane_offset(counter, row_scan) & self.plane_mask);
        let [code, attribute, ..] = cell.to_le_bytes();
        (code, attribute)
    }

    /// Whether the cursor's signal comes at a character: as late as its skew says, in the same line.
    fn cursor_at(&self, start: u32, column: u32, cursor: &Cursor) -> bool {
        (column + self.skew)
            .checked_sub(cursor.skew)
            .is_some_and(|column| self.counter(start, column) == cursor.address)
    }

    /// The character at a place of a line.
    #[inline]
    pub(super) fn cell(&self, core: &Core, line: &Line, column: u32) -> Cell {
        let start = line.start.wrapping_add(line.byte_panning(core));
        let (code, attribute) = self.code_and_attribute(start, line.row_scan, column);
        let cursor = self.cursor.as_ref().is_some_and(|cursor| self.cursor_at(start, column, cursor));
        let away =
            self.mode.contains(AttributeMode::BLINK) && attribute & BLINKS != 0 && !self.blink.characters;
        Cell { code, attribute, cursor, away }
    }

    /// What a row scan of a character is made of.
    #[inline]
    fn strokes(&self, cell: Cell, row_scan: u32) -> Strokes {
        let Cell { code, attribute, cursor, away } = cell;
        let (mut foreground, mut background) = (attribute & 0x0F, attribute >> 4);
        if self.mode.contains(AttributeMode::BLINK) {
            background &= 7;
        }
        if away {
            foreground = background;
        }
        let cursor = cursor
            && self.cursor.as_ref().is_some_and(|cursor| (cursor.rows.0..=cursor.rows.1).contains(&row_scan));
        let solid = cursor || row_scan == self.underline && attribute & UNDERLINE.0 == UNDERLINE.1;
        let bits = if solid { u8::MAX } else { self.glyph_row(attribute >> 3 & 1, code, row_scan) };
        let line_graphics = self.mode.contains(AttributeMode::LINE_GRAPHICS) && LINE_GRAPHICS.contains(&code);
        Strokes { bits, ninth: solid || line_graphics && bits & 1 != 0, foreground, background }
    }

    /// The dots of a character in a row scan as colour numbers.
    fn put(&self, cell: Cell, row_scan: u32, out: &mut [u8]) {
        let Strokes { bits, ninth: set, foreground, background } = self.strokes(cell, row_scan);
        let spread = |number: u8| u64::from(number) * 0x0101_0101_0101_0101;
        let (eight, ninth) = out.split_at_mut(8);
        let numbers = spread(background) ^ (dots(bits) * u64::from(foreground ^ background));
        eight.copy_from_slice(&numbers.to_le_bytes());
        if let Some(ninth) = ninth.first_mut() {
            *ninth = if set { foreground } else { background };
        }
    }

    /// One dot of a character as a colour number.
    #[inline]
    pub(super) fn number(&self, core: &Core, line: &Line, column: u32, dot: u32) -> u8 {
        let strokes = self.strokes(self.cell(core, line, column), line.row_scan);
        let set = if dot < 8 { strokes.bits << dot & 0x80 != 0 } else { strokes.ninth };
        if set { strokes.foreground } else { strokes.background }
    }

    fn glyph_row(&self, font: u8, code: u8, row_scan: u32) -> u8 {
        let at = (self.fonts[usize::from(font)] + u32::from(code) * GLYPH_BYTES + row_scan) & self.plane_mask;
        self.vram.byte(at * 4 + 2)
    }

    /// Fetches the characters of a line from `first` on as colour numbers.
    pub(super) fn fetch(&self, core: &Core, line: &Line, first: u32, out: &mut [u8]) {
        for (column, out) in (first..).zip(out.chunks_exact_mut(self.dots)) {
            self.put(self.cell(core, line, column), line.row_scan, out);
        }
    }

    /// Reads the glyphs of both fonts, as far as rows are high, into `out`.
    pub(super) fn read_fonts(&self, out: &mut Vec<u8>) {
        out.clear();
        let fonts: &[u8] = if self.fonts[0] == self.fonts[1] { &[0] } else { &[0, 1] };
        for font in fonts {
            for code in 0..GLYPHS {
                out.extend((0..self.row_height).map(|row| self.glyph_row(*font, code as u8, row)));
            }
        }
    }
}

/// Reads the characters of a text screen.
pub(super) fn read(core: &Core, vram: Vram, offsets: Offsets) -> TextScreen {
    let characters = Characters::new(core, vram, Blink { cursor: true, characters: true });
    let columns = core.crtc.columns();
    let size = core.resolution();
    let rows = (size.height / core.crtc.row_height()).max(1);
    let mut screen = TextScreen { columns, rows: 0, cells: Vec::new(), cursor: None };
    let mut last = None;
    for line in (0..size.height).map(|n| Line::at(core, offsets, n * size.lines_per_row)) {
        let row = (line.start, line.split);
        if last == Some(row) {
            continue;
        }
        if screen.rows == rows {
            break;
        }
        last = Some(row);
        for column in 0..columns {
            let cell = characters.cell(core, &line, column);
            screen.cells.push((cell.code, cell.attribute));
            if cell.cursor {
                screen.cursor = screen.cursor.or(Some((column, screen.rows)));
            }
        }
        screen.rows += 1;
    }
    screen
}
