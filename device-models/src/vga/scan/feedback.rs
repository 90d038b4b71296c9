//! The colour at the beam, as input status 1 shows it to diagnostic programs.

use super::lines::Line;
use super::source::Source;
use crate::vga::Video;
use crate::vga::core::Core;
use crate::vga::picture::Depth;
use crate::vga::regs::Status1;
use crate::vga::vram::Vram;
use backplane::{Instant, Ram};

/// Dots of the widest character.
const WIDEST: usize = 9;

impl Video {
    /// Two of the lines from the attribute controller to the DAC, as they are at an instant. A card's own pictures do not
    /// pass there.
    pub(in crate::vga) fn feedback(&self, ram: &Ram, now: Instant) -> Status1 {
        let address = match self.depth() {
            Depth::Linear(_) => 0,
            depth => self.core.address_at_beam(depth, Vram::new(ram, self.vram), now),
        };
        let [upper, lower] = self.core.attr.video_status(address);
        let mut status = Status1::empty();
        status.set(Status1::VIDEO1, upper);
        status.set(Status1::VIDEO0, lower);
        status
    }
}

impl Core {
    /// The DAC address that the attribute controller gives at the beam: that of the border beside the displayed area, 0
    /// where the beam is blanked.
    fn address_at_beam(&self, depth: Depth, vram: Vram, now: Instant) -> u8 {
        if self.stopped() {
            return 0;
        }
        let (number, clock) = self.timing().beam(now);
        let character = self.timing().character_clocks;
        let blanked_line = self.crtc.blanked_lines().contains(number / self.crtc.line_unit());
        if blanked_line || self.crtc.blanked_columns().contains(clock / character) {
            return 0;
        }
        if self.timing().status(now).contains(Status1::BLANKED) || !self.attr.screen_on() {
            return self.attr.overscan();
        }
        let blink = self.blink(now);
        let source = Source::new(self, depth, vram, blink);
        let line = Line::at(self, self.offsets(now), number);
        let clock = clock - self.timing().skew_clocks;
        // Pixels from the line's first character on, panning included.
        let pixels = source.pixels() as u32;
        let pixel = clock * pixels / character + source.panned(self, &line) as u32;
        let mut numbers = [0; WIDEST];
        source.fetch(self, &line, pixel / pixels, &mut numbers[..pixels as usize]);
        source.dac_address(self, blink, numbers[(pixel % pixels) as usize])
    }
}
