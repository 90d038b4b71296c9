//! Animated PNG (PNG third edition, clause 11.3.4).
//!
//! No encoder of a crate serves: those want the number of frames and the size first, and keep no frames for later.

use super::animation::{Format, Part, Rectangle};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Eight bits a sample, true colour.
const FORMAT: [u8; 5] = [8, 2, 0, 0, 0];
/// What a line of dots begins with: no filter.
const NO_FILTER: u8 = 0;
/// The frame before stays, and is overwritten.
const DISPOSE_NONE_BLEND_SOURCE: [u8; 2] = [0, 0];

/// The chunks of an animated PNG.
#[derive(Default)]
pub(super) struct Apng {
    /// Numbered chunks behind the first frame's so far.
    sequence: u32,
}

impl Format for Apng {
    fn begin(&self, file: &mut dyn Write, first: &Part, count: u32) -> io::Result<()> {
        let (width, height) = (first.place.width.to_be_bytes(), first.place.height.to_be_bytes());
        file.write_all(SIGNATURE)?;
        chunk(file, b"IHDR", &[&width, &height, &FORMAT])?;
        chunk(file, b"acTL", &[&count.to_be_bytes(), &0u32.to_be_bytes()])?;
        chunk(file, b"fcTL", &[&control(0, first.place, first.end_ms - first.begin_ms)])?;
        chunk(file, b"IDAT", &[&compressed(first)])
    }

    fn frame(&mut self, file: &mut dyn Write, part: &Part) -> io::Result<()> {
        let shown_ms = part.end_ms - part.begin_ms;
        chunk(file, b"fcTL", &[&control(self.sequence + 1, part.place, shown_ms)])?;
        chunk(file, b"fdAT", &[&(self.sequence + 2).to_be_bytes(), &compressed(part)])?;
        self.sequence += 2;
        Ok(())
    }

    fn end(&self, file: &mut dyn Write) -> io::Result<()> {
        chunk(file, b"IEND", &[])
    }
}

/// The dots as the data of a PNG.
fn compressed(part: &Part) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    for line in part.rgb.chunks_exact(3 * part.place.width as usize) {
        // Writing into memory cannot fail.
        let _ = encoder.write_all(&[NO_FILTER]).and_then(|()| encoder.write_all(line));
    }
    encoder.finish().unwrap_or_default()
}

/// The content of an fcTL chunk.
fn control(sequence: u32, place: Rectangle, shown_ms: u64) -> Vec<u8> {
    // The delay is a fraction of two 16-bit numbers: in milliseconds up to a minute, coarser beyond.
    let scale = [1000, 100, 10, 1].into_iter().find(|scale| shown_ms * scale / 1000 <= u64::from(u16::MAX));
    let scale = scale.unwrap_or(1);
    let delay = u16::try_from(shown_ms * scale / 1000).unwrap_or(u16::MAX);
    let numbers = [sequence, place.width, place.height, place.left, place.top];
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    bytes.extend(delay.to_be_bytes());
    bytes.extend((scale as u16).to_be_bytes());
    bytes.extend(DISPOSE_NONE_BLEND_SOURCE);
    bytes
}

/// Writes a chunk: length, kind, content, check sum of kind and content.
fn chunk(file: &mut dyn Write, kind: &[u8; 4], parts: &[&[u8]]) -> io::Result<()> {
    let mut sum = Crc::new();
    sum.update(kind);
    parts.iter().for_each(|part| sum.update(part));
    let length = parts.iter().map(|part| part.len() as u32).sum::<u32>();
    file.write_all(&length.to_be_bytes())?;
    file.write_all(kind)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.write_all(&sum.sum().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Frame;
    use crate::record::animation::Animation;
    use image::AnimationDecoder;
    use image::codecs::png::PngDecoder;

    fn frame(width: u32, height: u32, colour: u8) -> Frame {
        Frame { width, height, rgb: vec![colour; 3 * (width * height) as usize] }
    }

    /// Writes frames with their times, ended at the last time, and reads them by another's decoder: delays in
    /// milliseconds and dots.
    fn through(frames: &[(&Frame, u64)], end_ms: u64) -> Vec<(u32, u32, u32, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.png");
        let mut apng = Animation::create(&path, Box::new(Apng::default())).unwrap();
        for (frame, ms) in frames {
            apng.add(frame, ms * 1_000_000).unwrap();
        }
        apng.finish(end_ms * 1_000_000).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the picture is left");
        let bytes = std::fs::read(&path).unwrap();
        let decoder = PngDecoder::new(io::Cursor::new(bytes)).unwrap().apng().unwrap();
        let frames = decoder.into_frames().map(|frame| {
            let frame = frame.unwrap();
            let (ms, of) = frame.delay().numer_denom_ms();
            let picture = image::DynamicImage::from(frame.into_buffer()).to_rgb8();
            (ms / of, picture.width(), picture.height(), picture.into_raw())
        });
        frames.collect()
    }

    #[test]
    fn every_frame_comes_back_with_its_time() {
        let mut second = frame(8, 4, 10);
        second.rgb[3 * 13] = 200;
        let first = frame(8, 4, 10);
        let read = through(&[(&first, 0), (&second, 66), (&first, 133)], 500);
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].0, &read[0].3), (66, &first.rgb));
        assert_eq!((read[1].0, &read[1].3), (67, &second.rgb));
        assert_eq!((read[2].0, &read[2].3), (367, &first.rgb));
    }

    #[test]
    fn frames_of_other_sizes_stand_in_the_corner_of_the_largest() {
        let (small, large) = (frame(2, 2, 50), frame(4, 3, 90));
        let read = through(&[(&small, 0), (&large, 10), (&small, 20)], 120);
        let mut cornered = vec![0; large.rgb.len()];
        [0, 12].into_iter().for_each(|line| cornered[line..line + 6].fill(50));
        assert_eq!([&read[0].3, &read[1].3, &read[2].3], [&cornered, &large.rgb, &cornered]);
    }

    #[test]
    fn a_screen_that_stands_for_hours_is_one_frame() {
        let read = through(&[(&frame(2, 2, 1), 0)], 10_000_000);
        assert_eq!((read.len(), read[0].0), (1, 10_000_000));
    }
}
