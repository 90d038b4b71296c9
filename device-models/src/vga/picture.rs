//! The three questions that a picture answers: depth, offsets, resolution.
//!
//! The VGA core answers them from its registers; an adapter with extensions answers in its stead while they are
//! on. The scan-out asks nobody else.

use super::core::Core;
use super::regs::{AttributeMode, GraphicsMisc, GraphicsMode};
use super::timing::Timing;
use backplane::Instant;

/// How video memory becomes pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Characters in plane 0, attributes in plane 1, fonts in plane 2.
    Text,
    /// One bit of a colour in each plane.
    Planes,
    /// The CGA's two bits a pixel, alternating between two planes.
    Interleaved,
    /// Bytes: two halves of a colour of 256 in each plane.
    Bytes,
    /// Rows of pixels without the CRTC's addressing.
    Linear(Pixel),
}

/// A pixel of a linear picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pixel {
    /// 4 bits, one in each plane.
    Planes,
    /// 8 bits, a colour of the DAC.
    Index,
    /// 15 bits.
    Rgb555,
    /// 16 bits.
    Rgb565,
    /// 24 bits, blue first.
    Rgb888,
    /// 32 bits, blue first, the last byte unused.
    Xrgb8888,
}

impl Pixel {
    /// Bits of video memory for a pixel.
    pub fn bits(self) -> u32 {
        match self {
            Pixel::Planes => 4,
            Pixel::Index => 8,
            Pixel::Rgb555 | Pixel::Rgb565 => 16,
            Pixel::Rgb888 => 24,
            Pixel::Xrgb8888 => 32,
        }
    }
}

/// Where rows begin: steps of the address counter, or bytes in linear pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// The first row.
    pub start: u32,
    /// From a row to the next.
    pub pitch: u32,
}

/// A picture's size, each distinct pixel and line counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Pixels in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Lines of the beam that show the same: double scan, and row scans that do not reach the address.
    pub lines_per_row: u32,
}

/// Pixels of graphics in a character clock.
const DOTS_PER_CHARACTER: u32 = 8;
/// The same where two dots make one.
const WIDE_PER_CHARACTER: u32 = 4;

/// What a picture's pixels are laid out by, in space and in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    timing: Timing,
    depth: Depth,
    resolution: Resolution,
}

impl Core {
    /// The picture's shape.
    pub(super) fn shape(&self) -> Shape {
        Shape { timing: self.timing(), depth: self.depth(), resolution: self.resolution() }
    }

    /// How video memory becomes pixels.
    pub(super) fn depth(&self) -> Depth {
        let mode = self.gfx.mode();
        if !self.gfx.misc().contains(GraphicsMisc::GRAPHICS) {
            Depth::Text
        } else if mode.contains(GraphicsMode::COLOURS256) {
            Depth::Bytes
        } else if mode.contains(GraphicsMode::INTERLEAVE) {
            Depth::Interleaved
        } else {
            Depth::Planes
        }
    }

    /// Plane offsets that the beam reaches: those of the CPU, or all that a card's address counter does.
    pub(super) fn shown_plane_mask(&self) -> u32 {
        if self.crtc.extension.wide { u32::MAX } else { self.seq.plane_mask() }
    }

    /// Where rows begin at an instant.
    pub(super) fn offsets(&self, now: Instant) -> Offsets {
        Offsets { start: self.shown_start(now), pitch: self.crtc.pitch() }
    }

    /// The picture's size. Text: all dots of all row scans. Graphics: a dot each, half of them in 256 colours; row
    /// scans of a row count once unless the address depends on them; double scan counts once. Whether two dots make a
    /// pixel is the attribute controller's affair, not the shift registers'.
    pub(super) fn resolution(&self) -> Resolution {
        let depth = self.depth();
        let dots = match depth {
            Depth::Text => self.seq.dots(),
            _ if self.attr.mode().contains(AttributeMode::WIDE_PIXELS) => WIDE_PER_CHARACTER,
            _ => DOTS_PER_CHARACTER,
        };
        let doubled = if self.crtc.double_scan() { 2 } else { 1 };
        let same =
            if depth == Depth::Text || self.crtc.scan_in_address() { 1 } else { self.crtc.row_height() };
        let lines_per_row = doubled * same;
        Resolution {
            width: self.crtc.columns() * dots,
            height: (self.crtc.lines() / lines_per_row).max(1),
            lines_per_row,
        }
    }
}
