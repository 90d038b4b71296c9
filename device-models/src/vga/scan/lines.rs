//! The lines of a frame as the CRTC counts them: rows, row scans, double scan, split screen.

use crate::vga::core::Core;
use crate::vga::picture::Offsets;
use crate::vga::regs::{AttributeMode, crtc};

/// One line of the beam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The address counter at the line's start, before byte panning.
    pub(super) start: u32,
    /// The row scan.
    pub(super) row_scan: u32,
    /// The line belongs to the split screen.
    pub(super) split: bool,
}

/// Row scans that the counter runs through when it misses the last one of a row.
const ROW_SCANS: u32 = crtc::ROW_SCAN as u32 + 1;

impl Line {
    /// Line `number` of a frame in which the registers stand still.
    pub(super) fn at(core: &Core, offsets: Offsets, number: u32) -> Line {
        let crtc = &core.crtc;
        let after_split = number.checked_sub(crtc.line_compare() + 1);
        let (number, start, row_scan) = match after_split {
            Some(number) => (number, 0, 0),
            None => (number, offsets.start, crtc.preset_row_scan()),
        };
        let scans = if crtc.double_scan() { number / 2 } else { number };
        let (height, split) = (crtc.row_height(), after_split.is_some());
        let scans = if row_scan < height {
            scans + row_scan
        } else if row_scan + scans < ROW_SCANS {
            return Line { start, row_scan: row_scan + scans, split };
        } else {
            row_scan + scans - ROW_SCANS
        };
        Line {
            start: start.wrapping_add((scans / height).wrapping_mul(offsets.pitch)),
            row_scan: scans % height,
            split,
        }
    }

    /// Steps of the address counter that byte panning skips: none in the split screen if panning ends there.
    pub(super) fn byte_panning(&self, core: &Core) -> u32 {
        if self.pans(core) { core.crtc.byte_panning() } else { 0 }
    }

    /// The panning register as the line has it: none in the split screen if panning ends there.
    pub(super) fn panning(&self, core: &Core) -> u32 {
        if self.pans(core) { core.attr.panning() } else { 0 }
    }

    fn pans(&self, core: &Core) -> bool {
        !(self.split && core.attr.mode().contains(AttributeMode::PAN_TOP_ONLY))
    }
}

/// The CRTC's counters as they go from line to line, whatever the registers become meanwhile.
pub(super) struct Counters {
    /// The line that they are at.
    pub(super) line: Line,
    number: u32,
    second: bool,
}

impl Counters {
    /// At the top of a frame that begins at `start`.
    pub(super) fn new(core: &Core, start: u32) -> Self {
        let line = Line { start, row_scan: core.crtc.preset_row_scan(), split: false };
        Counters { line, number: 0, second: false }
    }

    /// Goes to the next line under the present registers.
    pub(super) fn advance(&mut self, core: &Core) {
        let repeat = core.crtc.double_scan() && !self.second;
        self.second = repeat;
        if self.number == core.crtc.line_compare() {
            self.line = Line { start: 0, row_scan: 0, split: true };
            self.second = false;
        } else if !repeat {
            let line = &mut self.line;
            if line.row_scan + 1 == core.crtc.row_height() {
                line.row_scan = 0;
                line.start = line.start.wrapping_add(core.crtc.pitch());
            } else {
                line.row_scan = (line.row_scan + 1) % ROW_SCANS;
            }
        }
        self.number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vga::tests::{Guest, in_mode, modes, random};

    #[test]
    fn a_line_is_where_the_counters_come_to() {
        let mut state = 0x5EED_0F11_9E55_0001;
        for round in 0..200 {
            let mut b = in_mode(&modes::ALL[round % modes::ALL.len()]);
            b.crtc(0x11, 0);
            for index in [0x07, 0x08, 0x09, 0x13, 0x18] {
                b.crtc(index, random(&mut state) as u8);
            }
            let core = &b.chip.core;
            let offsets = Offsets { start: random(&mut state) & 0xFFFF, pitch: core.crtc.pitch() };
            let mut counters = Counters::new(core, offsets.start);
            for number in 0..600 {
                assert_eq!(Line::at(core, offsets, number), counters.line, "round {round} line {number}");
                counters.advance(core);
            }
        }
    }
}
