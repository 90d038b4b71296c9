//! The beam: where it is at an instant of virtual time, and when it comes to vertical retrace.
//!
//! The beam is a pure function of the CRTC's registers and absolute time; nothing counts. A change of timing moves
//! it at once.

use super::crtc::Crtc;
use super::regs::{Clocking, Misc, Status1};
use super::sequencer::Sequencer;
use backplane::Instant;

/// Dot clock for 640-dot modes, in hertz; also what an unconnected external clock is taken for.
const CLOCK_640: u64 = 25_175_000;
/// Dot clock for 720-dot modes, in hertz.
const CLOCK_720: u64 = 28_322_000;

/// The timing that the registers set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Timing {
    /// Dot clock in hertz, not halved.
    pub(super) clock_hz: u64,
    /// Clocks in a character.
    pub(super) character_clocks: u32,
    /// Clocks in a line, retrace included.
    pub(super) line_clocks: u32,
    /// Clocks from a line's start to what is displayed of it.
    pub(super) skew_clocks: u32,
    /// Clocks of a line in which something is displayed.
    pub(super) shown_clocks: u32,
    /// Lines in a frame.
    pub(super) frame_lines: u32,
    /// Displayed lines.
    pub(super) shown_lines: u32,
    /// First line of vertical retrace.
    pub(super) retrace_start: u32,
    /// Lines of vertical retrace.
    pub(super) retrace_lines: u32,
}

/// Where the beam is at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Beam {
    /// Frames begun since switch-on, less one.
    pub(super) frame: u64,
    /// Line of the frame.
    pub(super) line: u32,
    /// Clock of the line.
    pub(super) clock: u32,
}

impl Timing {
    /// Derives the timing.
    #[inline]
    pub(super) fn new(misc: Misc, seq: &Sequencer, crtc: &Crtc) -> Self {
        let fast = misc & (Misc::CLOCK0 | Misc::CLOCK1) == Misc::CLOCK0;
        let halved = u32::from(seq.clocking().contains(Clocking::HALF_DOT_CLOCK));
        let character = seq.dots() << halved;
        Timing {
            clock_hz: if fast { CLOCK_720 } else { CLOCK_640 },
            character_clocks: character,
            line_clocks: crtc.horizontal_total() * character,
            skew_clocks: crtc.display_skew() * character,
            shown_clocks: crtc.columns() * character,
            frame_lines: crtc.vertical_total(),
            shown_lines: crtc.lines(),
            retrace_start: crtc.retrace_start(),
            retrace_lines: crtc.retrace_lines(),
        }
    }

    /// Clocks in a frame; never zero.
    fn frame_clocks(&self) -> u64 {
        u64::from(self.line_clocks) * u64::from(self.frame_lines)
    }

    /// The instant so many frames ago, or switch-on.
    pub(super) fn ago(&self, frames: u64, now: Instant) -> Instant {
        Instant(now - Instant::of_tick(frames * self.frame_clocks(), self.clock_hz))
    }

    /// The clock since switch-on at which a line of a frame begins.
    pub(super) fn clock(&self, frame: u64, line: u32) -> u64 {
        frame * self.frame_clocks() + u64::from(line) * u64::from(self.line_clocks)
    }

    /// The instant at which it does.
    pub(super) fn instant(&self, frame: u64, line: u32) -> Instant {
        Instant::of_tick(self.clock(frame, line), self.clock_hz)
    }

    /// Where the beam is.
    #[inline]
    pub(super) fn beam(&self, now: Instant) -> Beam {
        let (clocks, frame_clocks) = (now.ticks(self.clock_hz), self.frame_clocks());
        let frame = clocks / frame_clocks;
        let clock = (clocks - frame * frame_clocks) as u32;
        let line = clock / self.line_clocks;
        Beam { frame, line, clock: clock - line * self.line_clocks }
    }

    /// Input status 1 without video feedback: displayed area and vertical retrace. Bit 0 is the inverse of display enable,
    /// so it is set in the borders, while the beam is blanked and in both retraces; bit 3 is vertical retrace alone.
    #[inline]
    pub(super) fn status(&self, beam: Beam) -> Status1 {
        let mut status = Status1::empty();
        let displayed =
            beam.line < self.shown_lines && beam.clock.wrapping_sub(self.skew_clocks) < self.shown_clocks;
        status.set(Status1::BLANKED, !displayed);
        let in_retrace = beam.line.wrapping_sub(self.retrace_start) < self.retrace_lines;
        status.set(Status1::VERTICAL_RETRACE, in_retrace);
        status
    }

    /// Vertical retraces begun since switch-on; `None` when the beam never comes to one.
    pub(super) fn retraces(&self, now: Instant) -> Option<u64> {
        let first = self.first_retrace()?;
        let frame = self.frame_clocks();
        Some((now.ticks(self.clock_hz) + frame - first) / frame)
    }

    /// Clocks from the top of the frame to vertical retrace.
    fn first_retrace(&self) -> Option<u64> {
        (self.retrace_start < self.frame_lines)
            .then(|| u64::from(self.retrace_start) * u64::from(self.line_clocks))
    }

    /// When the first vertical retrace after `now` begins.
    pub(super) fn next_retrace(&self, now: Instant) -> Option<Instant> {
        let clock = self.retraces(now)? * self.frame_clocks() + self.first_retrace()?;
        Some(Instant::of_tick(clock, self.clock_hz))
    }
}
