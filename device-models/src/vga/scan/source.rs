//! From memory to colour numbers, and from those to colours, while the registers stand still.

use super::Blink;
use super::graphics::Shifter;
use super::lines::Line;
use super::text::Characters;
use crate::vga::core::Core;
use crate::vga::picture::Depth;
use crate::vga::regs::AttributeMode;
use crate::vga::vram::Vram;
use std::ops::Range;

/// What the characters of a line are made from, in pictures that go through the CRTC's addressing.
pub(super) enum Source<'a> {
    /// Cells and fonts.
    Text(Characters<'a>),
    /// The shift registers.
    Graphics(Shifter<'a>),
}

impl<'a> Source<'a> {
    #[inline]
    pub(super) fn new(core: &Core, depth: Depth, vram: Vram<'a>, blink: Blink) -> Self {
        match depth {
            Depth::Text => Source::Text(Characters::new(core, vram, blink)),
            _ => Source::Graphics(Shifter::new(core, depth, vram)),
        }
    }

    /// Pixels in a character.
    pub(super) fn pixels(&self) -> usize {
        match self {
            Source::Text(characters) => characters.dots(),
            Source::Graphics(shifter) => shifter.pixels(),
        }
    }

    /// Fetches whole characters of a line from `first` on as colour numbers.
    pub(super) fn fetch(&self, core: &Core, line: &Line, first: u32, out: &mut [u8]) {
        match self {
            Source::Text(characters) => characters.fetch(core, line, first, out),
            Source::Graphics(shifter) => shifter.fetch(core, line, first, out),
        }
    }

    /// The colour number at the beam: so many of a character's clocks behind the beginning of one of a line's characters,
    /// before panning.
    #[inline]
    pub(super) fn number(&self, core: &Core, line: &Line, column: u32, (behind, clocks): (u32, u32)) -> u8 {
        let pixels = self.pixels() as u32;
        let behind = if clocks == pixels { behind } else { behind * pixels / clocks };
        let pixel = behind + self.panned(core, line) as u32;
        // Panning goes no further than into the next character.
        let (column, pixel) = if pixel < pixels { (column, pixel) } else { (column + 1, pixel - pixels) };
        match self {
            Source::Text(characters) => characters.number(core, line, column, pixel),
            Source::Graphics(shifter) => {
                let mut numbers = [0; 8];
                shifter.fetch(core, line, column, &mut numbers[..pixels as usize]);
                numbers[pixel as usize]
            }
        }
    }

    /// The bytes of video memory that `columns` characters of a line come from. `None` where they are not one piece, and
    /// for text, which takes from its fonts as well.
    pub(super) fn bytes(&self, core: &Core, line: &Line, columns: u32) -> Option<Range<u32>> {
        match self {
            Source::Text(_) => None,
            Source::Graphics(shifter) => shifter.bytes(core, line, columns),
        }
    }

    /// Pixels of its first character that a line does not show. With 9-dot characters the panning register counts from
    /// 8, which means none; a pixel of two dots is panned as a whole.
    pub(super) fn panned(&self, core: &Core, line: &Line) -> usize {
        match (self.pixels(), line.panning(core) as usize) {
            (9, 8..) => 0,
            (9, panning) => panning + 1,
            (pixels, panning) => (panning & 7) * pixels / 8,
        }
    }

    /// What the DAC is asked for by each colour number: 16 of text and planes, which numbers above repeat; 256 where two
    /// dots make a pixel. In graphics modes blinking inverts bit 3 in every other phase (VGA-07).
    pub(super) fn dac_address(&self, core: &Core, blink: Blink, number: u8) -> u8 {
        let graphics = matches!(self, Source::Graphics(_));
        if graphics && core.attr.mode().contains(AttributeMode::WIDE_PIXELS) {
            core.attr.wide_dac_address(number)
        } else {
            core.attr.dac_address(number & 0x0F, graphics && !blink.characters)
        }
    }

    /// The colours of all colour numbers.
    pub(super) fn colours(&self, core: &Core, blink: Blink) -> [u32; 256] {
        std::array::from_fn(|n| core.dac.shown(self.dac_address(core, blink, n as u8)))
    }
}

/// Where a line is black: the beam is blanked there, whatever the display enable says.
pub(super) struct Blanking {
    pixels: usize,
    columns: Vec<bool>,
}

impl Blanking {
    /// For lines of `columns` characters of `pixels` pixels.
    pub(super) fn new(core: &Core, columns: u32, pixels: usize) -> Self {
        let (blank, skew) = (core.crtc.blanked_columns(), core.crtc.display_skew());
        let mut columns: Vec<bool> = (0..columns).map(|column| blank.contains(column + skew)).collect();
        if !columns.contains(&true) {
            columns.clear();
        }
        Blanking { pixels, columns }
    }

    /// Blackens what is blanked of line `number`.
    pub(super) fn apply(&self, core: &Core, number: u32, out: &mut [u32]) {
        if core.crtc.blanked_lines().contains(number / core.crtc.line_unit()) {
            out.fill(0);
            return;
        }
        for (_, out) in self.columns.iter().zip(out.chunks_mut(self.pixels)).filter(|(blanked, _)| **blanked)
        {
            out.fill(0);
        }
    }
}

/// Colours a stretch of colour numbers.
#[inline]
pub(super) fn colour_in(numbers: &[u8], colours: &[u32; 256], out: &mut [u32]) {
    for (pixel, number) in out.iter_mut().zip(numbers) {
        *pixel = colours[usize::from(*number)];
    }
}
