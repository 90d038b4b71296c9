//! The colour at the beam, as input status 1 shows it to diagnostic programs.
//!
//! Guests ask in loops, thousands of times in a line: what holds for a whole line is found once ([`Passing`]).

use super::Blink;
use super::lines::Line;
use super::source::Source;
use crate::vga::Video;
use crate::vga::core::Core;
use crate::vga::crtc::Blank;
use crate::vga::picture::Depth;
use crate::vga::regs::Status1;
use crate::vga::timing::{Beam, Timing};
use crate::vga::vram::Vram;
use backplane::{Instant, Ram};

/// The line that the beam was in when it was last asked for. Not a part of the state but what follows from it: it is not saved,
/// and equals any other.
#[derive(Clone, Debug, Default)]
pub(in crate::vga) struct Passing(BeamLine);

impl PartialEq for Passing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Passing {}

/// A line of the beam under registers that stand still; the default has no clocks.
#[derive(Clone, Copy, Debug, Default)]
struct BeamLine {
    /// The registers' generation.
    generation: u64,
    timing: Timing,
    /// The clock since switch-on at which it begins.
    begins: u64,
    /// The beam at its beginning.
    beam: Beam,
    source: Lit,
    blanked_columns: Blank,
}

/// What the attribute controller gets in a line.
#[derive(Clone, Copy, Debug, Default)]
enum Lit {
    /// Nothing: the beam is blanked, or a card's own picture does not pass there.
    #[default]
    Never,
    /// The border.
    Border,
    /// The border, and a line of the picture.
    Picture(Depth, Line, Blink),
}

impl Video {
    /// Reads input status 1: where the beam is, and two of the lines from the attribute controller to the DAC.
    pub(in crate::vga) fn read_status1(&mut self, ram: &Ram, now: Instant) -> Status1 {
        let clock = self.find_line(now);
        let BeamLine { timing, beam, source, blanked_columns, .. } = &self.passing.0;
        let mut status = self.core.read_status1(timing, Beam { clock, ..*beam });
        let (column, behind) = (clock / timing.character_clocks, clock % timing.character_clocks);
        let address = match source {
            Lit::Never => 0,
            _ if blanked_columns.contains(column) => 0,
            Lit::Picture(depth, line, blink) if !status.contains(Status1::BLANKED) => {
                let source = Source::new(&self.core, *depth, Vram::new(ram, self.vram), *blink);
                let column = column - self.core.crtc.display_skew();
                let number = source.number(&self.core, line, column, (behind, timing.character_clocks));
                source.dac_address(&self.core, *blink, number)
            }
            _ => self.core.attr.overscan(),
        };
        let [upper, lower] = self.core.attr.video_status(address);
        status.set(Status1::VIDEO1, upper);
        status.set(Status1::VIDEO0, lower);
        status
    }

    /// Finds the line that the beam is in, and the clock of it.
    #[inline]
    fn find_line(&mut self, now: Instant) -> u32 {
        let line = &self.passing.0;
        let clock = now.ticks(line.timing.clock_hz).wrapping_sub(line.begins);
        if line.generation == self.core.generation && clock < line.timing.line_clocks.into() {
            clock as u32
        } else {
            self.next_line(now)
        }
    }

    #[inline(never)]
    fn next_line(&mut self, now: Instant) -> u32 {
        let core = &self.core;
        let timing = core.timing();
        let beam = timing.beam(now);
        let source = match self.depth() {
            Depth::Linear(_) => Lit::Never,
            _ if core.stopped() || core.line_is_blanked(beam.line) => Lit::Never,
            _ if !core.attr.screen_on() => Lit::Border,
            depth => {
                let line = Line::at(core, core.offsets(now), beam.line);
                Lit::Picture(depth, line, core.blink_in(beam.frame))
            }
        };
        self.passing.0 = BeamLine {
            generation: core.generation,
            begins: timing.clock(beam.frame, beam.line),
            beam,
            source,
            blanked_columns: core.crtc.blanked_columns(),
            timing,
        };
        beam.clock
    }
}

impl Core {
    /// Whether the beam is blanked in a whole line, whatever the display enable says.
    fn line_is_blanked(&self, line: u32) -> bool {
        self.crtc.blanked_lines().contains(line / self.crtc.line_unit())
    }
}
