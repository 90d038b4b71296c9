//! A job of the blitter: what its registers said when it was started.
//!
//! Widths, heights and pitches have the bits of their registers, so a job is at most 8192 bytes by 2048 lines; addresses
//! go to [`Vram`], which wraps them. No job leaves video memory (CIR-12).

use super::super::regs::{BltExtensions, BltMode, graphics as r};
use super::rop::Rop;
use serde::{Deserialize, Serialize};

/// Bits of width and pitches, of the height, and of addresses.
const WIDTH_BITS: u32 = 0x1FFF;
const HEIGHT_BITS: u32 = 0x07FF;
const ADDRESS_BITS: u32 = 0x3F_FFFF;
/// Lines and columns of a pattern.
pub(super) const PATTERN: u32 = 8;
/// Clipping: bytes with 24 bits a pixel, pixels otherwise; bytes of the CPU's first dword.
const CLIP_BYTES: u8 = 0x1F;
const CLIP_PIXELS: u8 = 0x07;
const CLIP_DWORD_SHIFT: u8 = 5;
const CLIP_DWORD_BYTES: u8 = 0x03;

/// What the blitter is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    /// Bytes in a line, 1-8192.
    pub(super) width: u32,
    /// Lines, 1-2048.
    pub(super) height: u32,
    /// First byte drawn.
    pub(super) target: u32,
    /// First byte of the source.
    pub(super) source: u32,
    /// Bytes from line to line.
    pub(super) target_pitch: u32,
    /// Bytes from line to line of the source.
    pub(super) source_pitch: u32,
    /// Mode.
    pub(super) mode: BltMode,
    /// Mode extensions.
    pub(super) extensions: BltExtensions,
    /// Bytes in a pixel, 1-4.
    pub(super) pixel: u32,
    rop: u8,
    clip: u8,
    /// The colour that is not drawn.
    pub(super) key: [u8; 2],
    /// Colour of ones.
    pub(super) foreground: [u8; 4],
    /// Colour of zeros.
    pub(super) background: [u8; 4],
}

impl Job {
    /// The job that the graphics registers describe.
    pub(super) fn new(regs: &[u8; r::COUNT]) -> Self {
        let number = |at: &[usize]| at.iter().rev().fold(0, |n, at| n << 8 | u32::from(regs[*at]));
        Job {
            width: (number(&r::WIDTH) & WIDTH_BITS) + 1,
            height: (number(&r::HEIGHT) & HEIGHT_BITS) + 1,
            target: number(&r::TARGET) & ADDRESS_BITS,
            source: number(&r::SOURCE) & ADDRESS_BITS,
            target_pitch: number(&r::TARGET_PITCH) & WIDTH_BITS,
            source_pitch: number(&r::SOURCE_PITCH) & WIDTH_BITS,
            mode: BltMode::from_bits_truncate(regs[r::BLT_MODE]),
            extensions: BltExtensions::from_bits_truncate(regs[r::BLT_EXTENSIONS]),
            pixel: u32::from(regs[r::BLT_MODE] >> 4 & 3) + 1,
            rop: regs[r::ROP],
            clip: regs[r::CLIP],
            key: r::KEY.map(|at| regs[at]),
            foreground: r::FOREGROUND.map(|at| regs[at]),
            background: r::BACKGROUND.map(|at| regs[at]),
        }
    }

    /// The raster operation.
    pub(super) fn rop(&self) -> Rop {
        Rop::from_code(self.rop)
    }

    /// Whether addresses fall: only copies can.
    pub(super) fn backwards(&self) -> bool {
        let sources = BltMode::PATTERN | BltMode::EXPAND | BltMode::FROM_SYSTEM;
        self.mode.contains(BltMode::BACKWARDS) && !self.mode.intersects(sources)
    }

    /// The first byte of line `y` of what begins at `first`: of the lowest address, in falling order too.
    pub(super) fn line(&self, first: u32, pitch: u32, y: u32) -> u32 {
        let distance = pitch.wrapping_mul(y);
        if self.backwards() {
            first.wrapping_sub(distance).wrapping_sub(self.width - 1)
        } else {
            first.wrapping_add(distance)
        }
    }

    /// Pixels in a line, the last of which may be cut off.
    pub(super) fn pixels(&self) -> u32 {
        self.width.div_ceil(self.pixel)
    }

    /// Whether pixels that come out in the key's colour are left alone: 8 and 16 bits can.
    pub(super) fn keyed(&self) -> bool {
        self.mode.contains(BltMode::TRANSPARENT) && !self.mode.contains(BltMode::EXPAND) && self.pixel <= 2
    }

    /// Bytes at the left of each line that are not drawn. Copies have none.
    pub(super) fn clipped(&self) -> u32 {
        if !self.mode.intersects(BltMode::PATTERN | BltMode::EXPAND) {
            0
        } else if self.pixel == 3 {
            (self.clip & CLIP_BYTES).into()
        } else {
            u32::from(self.clip & CLIP_PIXELS) * self.pixel
        }
    }

    /// Bytes at the beginning of each line from the CPU that are not used, where lines begin with a dword.
    pub(super) fn unused(&self) -> u32 {
        (self.clip >> CLIP_DWORD_SHIFT & CLIP_DWORD_BYTES).into()
    }

    /// Bytes in a line of a pattern, and from line to line.
    pub(super) fn pattern_line(&self) -> (u32, u32) {
        let bytes = if self.mode.contains(BltMode::EXPAND) { 1 } else { PATTERN * self.pixel };
        (bytes, bytes.next_power_of_two())
    }

    /// Whether the pattern is all ones.
    pub(super) fn solid(&self) -> bool {
        self.extensions.contains(BltExtensions::SOLID)
            && self.mode.contains(BltMode::PATTERN | BltMode::EXPAND)
    }
}
