//! The colour at the beam, as input status 1 shows it to diagnostic programs.

use super::lines::Line;
use super::source::Source;
use crate::vga::Video;
use crate::vga::core::Core;
use crate::vga::picture::{Depth, Offsets};
use crate::vga::regs::Status1;
use crate::vga::timing::{Beam, Timing};
use crate::vga::vram::Vram;
use backplane::{Instant, Ram};

/// Dots of the widest character.
const WIDEST: usize = 9;

impl Video {
    /// Reads input status 1: where the beam is, and two of the lines from the attribute controller to the DAC. A card's own
    /// pictures do not pass there.
    pub(in crate::vga) fn read_status1(&mut self, ram: &Ram, now: Instant) -> Status1 {
        let timing = self.core.timing();
        let beam = timing.beam(now);
        let mut status = self.core.read_status1(&timing, beam);
        let address = match self.depth() {
            Depth::Linear(_) => 0,
            _ if self.core.stopped() || self.core.beam_is_blanked(&timing, beam) => 0,
            _ if status.contains(Status1::BLANKED) || !self.core.attr.screen_on() => {
                self.core.attr.overscan()
            }
            depth => {
                let offsets = self.core.offsets(now);
                self.core.address_at_beam(depth, Vram::new(ram, self.vram), offsets, &timing, beam)
            }
        };
        let [upper, lower] = self.core.attr.video_status(address);
        status.set(Status1::VIDEO1, upper);
        status.set(Status1::VIDEO0, lower);
        status
    }
}

impl Core {
    /// Whether the beam is blanked, whatever the display enable says.
    fn beam_is_blanked(&self, timing: &Timing, beam: Beam) -> bool {
        self.crtc.blanked_lines().contains(beam.line / self.crtc.line_unit())
            || self.crtc.blanked_columns().contains(beam.clock / timing.character_clocks)
    }

    /// The DAC address that the attribute controller gives at the beam, inside the displayed area.
    fn address_at_beam(&self, depth: Depth, vram: Vram, offsets: Offsets, timing: &Timing, beam: Beam) -> u8 {
        let blink = self.blink_in(beam.frame);
        let source = Source::new(self, depth, vram, blink);
        let line = Line::at(self, offsets, beam.line);
        // Pixels from the line's first character on, panning included.
        let pixels = source.pixels() as u32;
        let clock = beam.clock - timing.skew_clocks;
        let pixel = clock * pixels / timing.character_clocks + source.panned(self, &line) as u32;
        let mut numbers = [0; WIDEST];
        source.fetch(self, &line, pixel / pixels, &mut numbers[..pixels as usize]);
        source.dac_address(self, blink, numbers[(pixel % pixels) as usize])
    }
}
