//! Screenshots that other programs took.

use hypervisor::Frame;
use image::ImageReader;
use std::path::Path;

/// Reads a picture file.
///
/// # Panics
/// If it is not one.
pub fn from_file(path: &Path) -> Frame {
    let picture = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let picture =
        picture.expect("a screenshot is readable").decode().expect("a screenshot is a picture").to_rgb8();
    let dot = |rgb: &image::Rgb<u8>| u32::from_be_bytes([0, rgb.0[0], rgb.0[1], rgb.0[2]]);
    Frame { width: picture.width(), height: picture.height(), pixels: picture.pixels().map(dot).collect() }
}

/// Reads an X window dump (`XWDFile.h`, version 7) of 32 bits a pixel.
///
/// # Panics
/// If it is not one.
pub fn from_xwd(bytes: &[u8]) -> Frame {
    let field = |n: usize| u32::from_be_bytes(bytes[n * 4..][..4].try_into().expect("four bytes"));
    let (header, version, width, height) = (field(0), field(1), field(4), field(5));
    let (little, bits, line, colours) = (field(7) == 0, field(11), field(12), field(19));
    assert_eq!((version, bits), (7, 32), "an X window dump");
    let dot = |dot: &[u8; 4]| {
        let value = if little { u32::from_le_bytes(*dot) } else { u32::from_be_bytes(*dot) };
        value & 0xFF_FFFF
    };
    let lines = bytes[(header + colours * 12) as usize..].chunks_exact(line as usize).take(height as usize);
    let pixels = lines.flat_map(|line| line.as_chunks::<4>().0[..width as usize].iter().map(dot)).collect();
    Frame { width, height, pixels }
}

/// A part of a picture.
///
/// # Panics
/// If it does not lie inside.
pub fn cut(picture: &Frame, (left, top): (u32, u32), (width, height): (u32, u32)) -> Frame {
    let line = |y: u32| {
        let start = ((top + y) * picture.width + left) as usize;
        &picture.pixels[start..start + width as usize]
    };
    assert!(left + width <= picture.width && top + height <= picture.height, "the part lies inside");
    Frame { width, height, pixels: (0..height).flat_map(line).copied().collect() }
}
