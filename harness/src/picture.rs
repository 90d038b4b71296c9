//! Pictures: frames to PNG and back.

use crate::failure::{Failure, Result};
use crate::guest::Frame;
use crate::images::input;
use crate::output;
use image::{ImageError, ImageFormat, ImageReader, Limits};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};
use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;

/// Most dots a side of a golden picture, and most bytes of its file.
const MAX_SIDE: u32 = 8192;
const MAX_BYTES: u64 = 64 << 20;

/// Most colours of a picture that is written with a palette.
const MOST_COLOURS: usize = 256;

/// A frame as the bytes of a PNG file: with a palette if it has few colours, as most screens of the time do, which is both
/// smaller and sooner done.
///
/// # Errors
/// A frame without dots.
pub fn to_png(frame: &Frame) -> Result<Vec<u8>> {
    encode(frame, Compression::Fast)
}

fn encode(frame: &Frame, compression: Compression) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, frame.width, frame.height);
    encoder.set_compression(compression);
    encoder.set_filter(Filter::NoFilter);
    let written = match Indexed::of(frame) {
        Some(indexed) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_depth(indexed.depth);
            encoder.set_palette(indexed.palette);
            write(encoder, &indexed.dots)
        }
        None => {
            encoder.set_color(ColorType::Rgb);
            write(encoder, &frame.rgb)
        }
    };
    written
        .map_err(|error| Failure::bad(format!("a screen of {}x{}: {error}", frame.width, frame.height)))?;
    Ok(bytes)
}

fn write(encoder: Encoder<&mut Vec<u8>>, dots: &[u8]) -> Result<(), EncodingError> {
    let mut writer = encoder.write_header()?;
    writer.write_image_data(dots)?;
    writer.finish()
}

/// A picture of few colours.
struct Indexed {
    /// Three bytes a colour, in the order in which they come.
    palette: Vec<u8>,
    depth: BitDepth,
    /// Rows of palette indices, as tightly as the depth allows.
    dots: Vec<u8>,
}

impl Indexed {
    fn of(frame: &Frame) -> Option<Self> {
        let (mut known, mut indices) = (HashMap::new(), Vec::with_capacity(frame.rgb.len() / 3));
        let (mut last, mut index, mut palette) = (None, 0, Vec::new());
        for dot in frame.rgb.chunks_exact(3) {
            if last != Some(dot) {
                index = *known.entry(dot).or_insert(palette.len() / 3);
                if index == palette.len() / 3 {
                    palette.extend(dot);
                }
                if index == MOST_COLOURS {
                    return None;
                }
                last = Some(dot);
            }
            indices.push(index as u8);
        }
        let (depth, bits) = match palette.len() / 3 {
            0..=2 => (BitDepth::One, 1),
            3..=4 => (BitDepth::Two, 2),
            5..=16 => (BitDepth::Four, 4),
            _ => (BitDepth::Eight, 8),
        };
        let pack = |dots: &[u8]| {
            let high_first = dots.iter().zip((0..8 / bits).rev());
            high_first.fold(0, |byte, (index, place)| byte | index << (place * bits))
        };
        let rows = indices.chunks(frame.width.max(1) as usize);
        let dots = rows.flat_map(|row| row.chunks(8 / bits).map(pack)).collect();
        Some(Indexed { palette, depth, dots })
    }
}

/// The frame in the bytes of a PNG file; `name` is used in messages.
///
/// # Errors
/// It is no PNG, or a broken one.
pub fn from_png(bytes: &[u8], name: &Path) -> Result<Frame> {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => {
            Failure::bad_file(name, format!("a picture of more than {MAX_SIDE} dots a side; no screen is"))
        }
        error => Failure::bad_file(name, format!("not a readable PNG picture: {error}")),
    })?;
    let picture = picture.to_rgb8();
    Ok(Frame { width: picture.width(), height: picture.height(), rgb: picture.into_raw() })
}

/// Reads a PNG file.
///
/// # Errors
/// It cannot be read, or is no PNG.
pub fn load(path: &Path) -> Result<Frame> {
    let bytes = input::read(path, MAX_BYTES).map_err(|error| Failure::read(path, &error))?;
    from_png(&bytes, path)
}

/// Writes a PNG file with a name of our choice, whole or not at all.
///
/// # Errors
/// It cannot be written.
pub fn save(frame: &Frame, path: &Path) -> Result<()> {
    output::write_whole(path, &to_png(frame)?)
}

/// Writes a PNG file that is kept, whole or not at all: slower than [`save`], and smaller.
///
/// # Errors
/// It cannot be written.
pub fn save_kept(frame: &Frame, path: &Path) -> Result<()> {
    output::write_whole(path, &encode(frame, Compression::Balanced)?)
}

/// Writes a PNG file that the user named, whole or not at all.
///
/// # Errors
/// It cannot be written.
pub fn save_named(frame: &Frame, path: &Path) -> Result<()> {
    output::write_named(path, &to_png(frame)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_brings_the_same_dots_back_whatever_the_number_of_colours() {
        for colours in [1, 2, 3, 4, 5, 16, 17, 256, 257, 400] {
            let dot = |at: u32| [(at % colours) as u8, ((at % colours) >> 8) as u8, 7];
            let frame = Frame { width: 37, height: 23, rgb: (0..37 * 23).flat_map(dot).collect() };
            let back = from_png(&to_png(&frame).unwrap(), Path::new("x.png")).unwrap();
            assert_eq!(back, frame, "{colours} colours");
        }
        assert!(to_png(&Frame::default()).is_err());
    }

    #[test]
    fn a_picture_larger_than_any_screen_is_refused_before_it_is_unpacked() {
        let huge = Frame { width: MAX_SIDE + 1, height: 1, rgb: vec![0; 3 * (MAX_SIDE as usize + 1)] };
        let failure = from_png(&to_png(&huge).unwrap(), Path::new("gold.png")).unwrap_err();
        assert!(failure.message.contains("more than 8192 dots a side"), "{failure}");
    }

    #[test]
    fn a_broken_png_is_named() {
        let failure = from_png(b"\x89PNG\r\n", Path::new("gold.png")).unwrap_err();
        assert!(failure.message.starts_with("gold.png: not a readable PNG picture"), "{failure}");
    }
}
