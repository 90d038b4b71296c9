//! Scan-out of linear pictures: rows of pixels without the CRTC's addressing.

use super::Frame;
use super::graphics::planes;
use crate::vga::picture::{Offsets, Pixel};
use crate::vga::vram::Vram;

/// Draws a linear picture.
pub(super) fn draw(pixel: Pixel, offsets: Offsets, colours: &[u32; 256], vram: Vram, frame: &mut Frame) {
    let width = frame.width as usize;
    let mut row = vec![0; (width * pixel.bits() as usize).div_ceil(8)];
    let mut start = offsets.start;
    for out in frame.pixels.chunks_exact_mut(width) {
        vram.read_row(start, &mut row);
        put_row(pixel, &row, colours, out);
        start = start.wrapping_add(offsets.pitch);
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
