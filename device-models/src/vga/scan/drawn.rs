//! A frame as the beam drew it while registers changed.
//!
//! Colours change at the dot, everything else that the beam reads at the line's end; the start address and the first row
//! scan are taken at the top.

use super::lines::{Counters, Line};
use super::source::{Blanking, Source};
use super::{Blink, Frame};
use crate::vga::adapter::Card;
use crate::vga::core::Core;
use crate::vga::history::{Change, Drawn};
use crate::vga::timing::Timing;
use crate::vga::vram::Vram;
use std::iter::Peekable;
use std::vec::IntoIter;

/// Draws a frame. Of lines that make one row of the picture the first is shown.
pub(super) fn draw(drawn: Drawn, card: &dyn Card, vram: Vram, blink: Blink, frame: &mut Frame) {
    let Drawn { frame: number, start, core, changes } = drawn;
    let (timing, lines_per_row) = (core.timing(), core.resolution().lines_per_row);
    let top = timing.clock(number, 0);
    let mut beam =
        Beam { core, timing, top, changes: changes.into_iter().peekable(), vram, blink, numbers: Vec::new() };
    beam.come_to(0);
    let (mut counters, mut number) = (Counters::new(&beam.core, start), 0);
    for (row, out) in (0..).zip(frame.pixels.chunks_exact_mut(frame.width as usize)) {
        beam.draw(&counters.line, number, out);
        for _ in 0..lines_per_row {
            number += 1;
            beam.come_to(number);
            counters.advance(&beam.core);
        }
        card.draw_over(vram, row, out);
    }
}

/// The beam on its way down a frame.
struct Beam<'a> {
    /// The registers as they are where the beam is.
    core: Core,
    timing: Timing,
    /// The clock at the top of the frame.
    top: u64,
    /// What is to change.
    changes: Peekable<IntoIter<Change>>,
    vram: Vram<'a>,
    blink: Blink,
    numbers: Vec<u8>,
}

impl Beam<'_> {
    /// The clock at which a line begins.
    fn clock(&self, line: u32) -> u64 {
        self.top + u64::from(line) * u64::from(self.timing.line_clocks)
    }

    /// The next change if it comes until `clock`.
    fn next(&mut self, clock: u64) -> Option<Change> {
        let hz = self.timing.clock_hz;
        self.changes.next_if(|change| change.at.ticks(hz) <= clock)
    }

    /// Makes the registers what they were when a line began.
    fn come_to(&mut self, line: u32) {
        let clock = self.clock(line);
        while let Some(mut change) = self.next(clock) {
            change.setting.swap(&mut self.core);
        }
    }

    /// Draws a line.
    fn draw(&mut self, line: &Line, number: u32, out: &mut [u32]) {
        let source = Source::new(&self.core, self.core.depth(), self.vram, self.blink);
        let pixels = source.pixels();
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.resize(out.len() + pixels, 0);
        source.fetch(&self.core, line, 0, &mut numbers);
        let panned = source.panned(&self.core, line);
        let blanking = Blanking::new(&self.core, (out.len() / pixels) as u32, pixels);
        let first = self.clock(number) + u64::from(self.timing.skew_clocks);
        let (shown, width) = (u64::from(self.timing.shown_clocks), out.len() as u64);
        let mut from = 0;
        loop {
            let change = self.next(first + shown);
            let to = change.map_or(width, |change| {
                change.at.ticks(self.timing.clock_hz).saturating_sub(first) * width / shown
            }) as usize;
            self.colour_in(&source, &numbers[panned + from..panned + to], &mut out[from..to]);
            let Some(mut change) = change else { break };
            change.setting.swap(&mut self.core);
            from = to;
        }
        blanking.apply(&self.core, number, out);
        self.numbers = numbers;
    }

    /// Colours a stretch of a line.
    fn colour_in(&self, source: &Source, numbers: &[u8], out: &mut [u32]) {
        if self.core.blanked() {
            out.fill(self.core.dark_colour());
            return;
        }
        for (pixel, number) in out.iter_mut().zip(numbers) {
            *pixel = self.core.dac.shown(source.dac_address(&self.core, self.blink, *number));
        }
    }
}
