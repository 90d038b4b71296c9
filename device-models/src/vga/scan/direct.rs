//! Linear pictures: rows of pixels without the CRTC's addressing.

use super::Blink;
use super::graphics::planes;
use crate::vga::core::Core;
use crate::vga::picture::{Offsets, Pixel};
use crate::vga::vram::Vram;
use std::ops::Range;

/// The rows of a linear picture.
pub(super) struct Linear<'a> {
    pixel: Pixel,
    vram: Vram<'a>,
    offsets: Offsets,
    row_bytes: u32,
}

impl<'a> Linear<'a> {
    pub(super) fn new(pixel: Pixel, vram: Vram<'a>, offsets: Offsets, width: usize) -> Self {
        let row_bytes = (width as u32 * pixel.bits()).div_ceil(8);
        Linear { pixel, vram, offsets, row_bytes }
    }

    /// The colours of all colour numbers, where pixels are such.
    pub(super) fn colours(&self, core: &Core, blink: Blink) -> [u32; 256] {
        let planes = self.pixel == Pixel::Planes;
        std::array::from_fn(|n| {
            let number = n as u8;
            core.dac.shown(if planes {
                core.attr.dac_address(number & 0x0F, !blink.characters)
            } else {
                number
            })
        })
    }

    /// Room for a row's bytes.
    pub(super) fn buffer(&self) -> Vec<u8> {
        vec![0; self.row_bytes as usize]
    }

    fn start(&self, n: u32) -> u32 {
        self.offsets.start.wrapping_add(n.wrapping_mul(self.offsets.pitch))
    }

    /// The bytes of video memory that row `n` comes from; all of it where they are not one piece.
    pub(super) fn bytes(&self, n: u32) -> Range<u32> {
        let start = self.start(n) & (self.vram.len() - 1);
        match start.checked_add(self.row_bytes).filter(|end| *end <= self.vram.len()) {
            Some(end) => start..end,
            None => 0..self.vram.len(),
        }
    }

    /// Draws row `n`; `row` is a [`Linear::buffer`].
    pub(super) fn draw(&self, n: u32, row: &mut [u8], colours: &[u32; 256], out: &mut [u32]) {
        self.vram.read_row(self.start(n), row);
        put_row(self.pixel, row, colours, out);
    }
}

fn put_row(pixel: Pixel, row: &[u8], colours: &[u32; 256], out: &mut [u32]) {
    match pixel {
        Pixel::Planes => {
            for (four, out) in row.chunks_exact(4).zip(out.chunks_mut(8)) {
                let numbers = planes(u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
                for (pixel, number) in out.iter_mut().zip(numbers.to_le_bytes()) {
                    *pixel = colours[usize::from(number)];
                }
            }
        }
        Pixel::Index => put(row, out, |[number]: [u8; 1]| colours[usize::from(number)]),
        Pixel::Rgb555 => put(row, out, |bytes| {
            let v = u32::from(u16::from_le_bytes(bytes));
            five(v >> 10) << 16 | five(v >> 5) << 8 | five(v)
        }),
        Pixel::Rgb565 => put(row, out, |bytes| {
            let v = u32::from(u16::from_le_bytes(bytes));
            five(v >> 11) << 16 | six(v >> 5) << 8 | five(v)
        }),
        Pixel::Rgb888 => put(row, out, |[b, g, r]| u32::from_le_bytes([b, g, r, 0])),
        Pixel::Xrgb8888 => put(row, out, |[b, g, r, _]| u32::from_le_bytes([b, g, r, 0])),
    }
}

/// One pixel for every `N` bytes.
#[inline]
fn put<const N: usize>(row: &[u8], out: &mut [u32], colour: impl Fn([u8; N]) -> u32) {
    for (pixel, bytes) in out.iter_mut().zip(row.as_chunks::<N>().0) {
        *pixel = colour(*bytes);
    }
}

/// Five bits as eight.
#[inline]
fn five(v: u32) -> u32 {
    let v = v & 0x1F;
    v << 3 | v >> 2
}

/// Six bits as eight.
#[inline]
fn six(v: u32) -> u32 {
    let v = v & 0x3F;
    v << 2 | v >> 4
}
