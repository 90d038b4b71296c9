//! Pictures: frames to PNG and back.

use crate::failure::{Failure, Result};
use crate::guest::Frame;
use crate::images::input;
use crate::output;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;

/// Most dots a side of a golden picture, and most bytes of its file.
const MAX_SIDE: u32 = 8192;
const MAX_BYTES: u64 = 64 << 20;

/// A frame as the bytes of a PNG file.
///
/// # Errors
/// A frame without dots.
pub fn to_png(frame: &Frame) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::NoFilter);
    let encoded = encoder.write_image(&frame.rgb, frame.width, frame.height, ExtendedColorType::Rgb8);
    encoded
        .map_err(|error| Failure::bad(format!("a screen of {}x{}: {error}", frame.width, frame.height)))?;
    Ok(bytes)
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
    fn a_png_brings_the_same_dots_back() {
        let frame = Frame { width: 3, height: 2, rgb: (0..18).collect() };
        assert_eq!(from_png(&to_png(&frame).unwrap(), Path::new("x.png")).unwrap(), frame);
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
