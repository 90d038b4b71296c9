//! The lines of a frame as the CRTC counts them: rows, row scans, double scan, split screen.

use crate::vga::core::Core;
use crate::vga::picture::Offsets;
use crate::vga::regs::{AttributeMode, crtc};

/// One line of the beam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The address counter at the line's start.
    pub start: u32,
    /// The row scan.
    pub row_scan: u32,
    /// The line belongs to the split screen.
    pub split: bool,
}

/// All lines from the top; never ends.
pub(super) struct Lines {
    next: Line,
    number: u32,
    second: bool,
    pitch: u32,
    row_height: u32,
    double_scan: bool,
    line_compare: u32,
}

/// The greatest row scan.
const LAST_ROW_SCAN: u32 = crtc::ROW_SCAN as u32;

impl Lines {
    pub(super) fn new(core: &Core, offsets: Offsets) -> Self {
        Lines {
            next: Line { start: offsets.start, row_scan: core.crtc.preset_row_scan(), split: false },
            number: 0,
            second: false,
            pitch: offsets.pitch,
            row_height: core.crtc.row_height(),
            double_scan: core.crtc.double_scan(),
            line_compare: core.crtc.line_compare(),
        }
    }

    fn advance(&mut self) {
        let repeat = self.double_scan && !self.second;
        self.second = repeat;
        if self.number == self.line_compare {
            self.next = Line { start: 0, row_scan: 0, split: true };
            self.second = false;
        } else if !repeat {
            let line = &mut self.next;
            if line.row_scan + 1 == self.row_height {
                line.row_scan = 0;
                line.start = line.start.wrapping_add(self.pitch);
            } else {
                line.row_scan = (line.row_scan + 1) & LAST_ROW_SCAN;
            }
        }
        self.number += 1;
    }
}

impl Iterator for Lines {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let line = self.next;
        self.advance();
        Some(line)
    }
}

/// Pixels that a line begins late: none in the split screen if panning ends there.
pub(super) fn panning(core: &Core, line: &Line, pixels: impl FnOnce(u32) -> usize) -> usize {
    if line.split && core.attr.mode().contains(AttributeMode::PAN_TOP_ONLY) {
        0
    } else {
        pixels(core.attr.panning())
    }
}
