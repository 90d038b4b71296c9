//! The rows of a picture at one instant, each to be drawn by itself.

use super::Frame;
use super::direct::Linear;
use super::lines::Line;
use super::source::{Blanking, Source, colour_in};
use super::text::Cell;
use crate::vga::adapter::Card;
use crate::vga::core::Core;
use crate::vga::picture::{Depth, Offsets, Resolution};
use crate::vga::vram::Vram;
use backplane::Instant;
use std::ops::Range;

/// The rows.
pub(super) struct Rows<'a> {
    core: &'a Core,
    card: &'a dyn Card,
    vram: Vram<'a>,
    way: Way<'a>,
    size: Resolution,
    colours: [u32; 256],
    numbers: Vec<u8>,
}

/// How a row comes out of video memory.
enum Way<'a> {
    /// Through the CRTC's addressing.
    Beam { source: Source<'a>, blanking: Blanking, offsets: Offsets },
    /// Straight.
    Linear(Linear<'a>),
}

impl<'a> Rows<'a> {
    pub(super) fn new(core: &'a Core, card: &'a dyn Card, vram: Vram<'a>, now: Instant) -> Self {
        let (depth, size, offsets) = (card.depth(core), card.resolution(core), card.offsets(core, now));
        let (width, blink) = (size.width as usize, core.blink(now));
        if let Depth::Linear(pixel) = depth {
            let linear = Linear::new(pixel, vram, offsets, width);
            let (colours, numbers) = (linear.colours(core, blink), linear.buffer());
            return Rows { core, card, vram, way: Way::Linear(linear), size, colours, numbers };
        }
        let source = Source::new(core, depth, vram, blink);
        let pixels = source.pixels();
        let blanking = Blanking::new(core, size.width / pixels as u32, pixels);
        let (colours, numbers) = (source.colours(core, blink), vec![0; width + pixels]);
        Rows { core, card, vram, way: Way::Beam { source, blanking, offsets }, size, colours, numbers }
    }

    /// Draws row `n`.
    pub(super) fn draw(&mut self, n: u32, out: &mut [u32]) {
        match &self.way {
            Way::Linear(linear) => linear.draw(n, &mut self.numbers, &self.colours, out),
            Way::Beam { source, blanking, offsets } => {
                let number = n * self.size.lines_per_row;
                let line = Line::at(self.core, *offsets, number);
                source.fetch(self.core, &line, 0, &mut self.numbers);
                let numbers = &self.numbers[source.panned(self.core, &line)..];
                colour_in(numbers, &self.colours, out);
                blanking.apply(self.core, number, out);
            }
        }
        self.card.draw_over(self.vram, n, out);
    }

    /// Draws all rows.
    pub(super) fn draw_all(&mut self, frame: &mut Frame) {
        for (n, out) in (0..).zip(frame.pixels.chunks_exact_mut(self.size.width as usize)) {
            self.draw(n, out);
        }
    }

    /// The bytes of video memory that row `n` comes from; all of it where they are not one piece. Not for text, which
    /// takes from its fonts as well.
    pub(super) fn bytes(&self, n: u32) -> Range<u32> {
        match &self.way {
            Way::Linear(linear) => linear.bytes(n),
            Way::Beam { source, offsets, .. } => {
                let line = Line::at(self.core, *offsets, n * self.size.lines_per_row);
                let columns = (self.numbers.len() / source.pixels()) as u32;
                source.bytes(self.core, &line, columns).unwrap_or(0..self.vram.len())
            }
        }
    }

    /// The glyphs of a text picture's fonts.
    pub(super) fn read_fonts(&self, out: &mut Vec<u8>) {
        if let Way::Beam { source: Source::Text(characters), .. } = &self.way {
            characters.read_fonts(out);
        }
    }

    /// The row after the last that shows the characters of row `n`.
    pub(super) fn row_of_characters(&self, n: u32) -> u32 {
        let Way::Beam { offsets, .. } = &self.way else { return n + 1 };
        let start = |n: u32| {
            let line = Line::at(self.core, *offsets, n * self.size.lines_per_row);
            (line.start, line.split)
        };
        let first = start(n);
        (n + 1..self.size.height).find(|n| start(*n) != first).unwrap_or(self.size.height)
    }

    /// The characters that row `n` of a text picture shows.
    pub(super) fn cells(&self, n: u32, out: &mut Vec<Cell>) {
        out.clear();
        if let Way::Beam { source: Source::Text(characters), offsets, .. } = &self.way {
            let line = Line::at(self.core, *offsets, n * self.size.lines_per_row);
            let columns = (self.numbers.len() / characters.dots()) as u32;
            out.extend((0..columns).map(|column| characters.cell(self.core, &line, column)));
        }
    }
}
