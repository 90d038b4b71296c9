//! Animated GIF (GIF89a). A part with more colours than the 256 of its palette gets the nearest of them.

use super::animation::{Format, Part};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::io::{self, Write};

/// Frames a second at most: viewers show a shorter frame for far longer than it says.
pub(super) const MOST_A_SECOND: u16 = 50;
/// What ends a file.
const TRAILER: u8 = 0x3B;
/// How hard colours are looked for, 1 (best) to 30 (fastest).
const SPEED: i32 = 10;

/// The blocks of a GIF.
pub(super) struct Gif;

impl Format for Gif {
    fn begin(&self, file: &mut dyn Write, first: &Part, _count: u32) -> io::Result<()> {
        let (width, height) = (side(first.place.width)?, side(first.place.height)?);
        let mut encoder = Encoder::new(Vec::new(), width, height, &[]).map_err(io::Error::other)?;
        encoder.set_repeat(Repeat::Infinite).map_err(io::Error::other)?;
        file.write_all(encoder.get_ref())?;
        frame(file, first)
    }

    fn frame(&mut self, file: &mut dyn Write, part: &Part) -> io::Result<()> {
        frame(file, part)
    }

    fn end(&self, file: &mut dyn Write) -> io::Result<()> {
        file.write_all(&[TRAILER])
    }
}

/// Writes a frame; of one that stands for very long several, each with as much of the time as it can have.
fn frame(file: &mut dyn Write, part: &Part) -> io::Result<()> {
    let (width, height) = (side(part.place.width)?, side(part.place.height)?);
    let mut frame = Frame::from_rgb_speed(width, height, &part.rgb, SPEED);
    (frame.left, frame.top) = (side(part.place.left)?, side(part.place.top)?);
    frame.dispose = DisposalMethod::Keep;
    let mut left = part.end_ms / 10 - part.begin_ms / 10;
    loop {
        frame.delay = u16::try_from(left).unwrap_or(u16::MAX);
        left -= u64::from(frame.delay);
        file.write_all(&blocks(&frame).map_err(io::Error::other)?)?;
        if left == 0 {
            return Ok(());
        }
    }
}

/// The frame without what stands before and behind it in a file.
fn blocks(frame: &Frame) -> Result<Vec<u8>, gif::EncodingError> {
    let mut encoder = Encoder::new(Vec::new(), frame.width, frame.height, &[])?;
    let head = encoder.get_ref().len();
    encoder.write_frame(frame)?;
    Ok(encoder.get_ref()[head..].to_vec())
}

fn side(dots: u32) -> io::Result<u16> {
    u16::try_from(dots).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::animation::Animation;

    /// What a decoder reads: of each frame its delay in hundredths of a second and the screen as it then is.
    fn through(frames: &[(&crate::guest::Frame, u64)], end_ms: u64) -> Vec<(u16, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.gif");
        let mut animation = Animation::create(&path, Box::new(Gif)).unwrap();
        for (frame, ms) in frames {
            animation.add(frame, ms * 1_000_000).unwrap();
        }
        animation.finish(end_ms * 1_000_000).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(std::fs::File::open(&path).unwrap()).unwrap();
        let width = usize::from(decoder.width());
        let mut screen = vec![0; 3 * width * usize::from(decoder.height())];
        let mut read = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (n, dot) in frame.buffer.chunks_exact(4).enumerate() {
                let (x, y) = (n % usize::from(frame.width), n / usize::from(frame.width));
                let at = (usize::from(frame.top) + y) * width + usize::from(frame.left) + x;
                screen[3 * at..3 * at + 3].copy_from_slice(&dot[..3]);
            }
            read.push((frame.delay, screen.clone()));
        }
        read
    }

    fn grey(width: u32, height: u32, value: u8) -> crate::guest::Frame {
        crate::guest::Frame { width, height, rgb: vec![value; 3 * (width * height) as usize] }
    }

    #[test]
    fn every_frame_comes_back_with_its_time_and_none_is_lost_to_rounding() {
        let (one, mut two) = (grey(8, 4, 10), grey(8, 4, 10));
        two.rgb[3 * 13] = 200;
        let read = through(&[(&one, 0), (&two, 66), (&one, 133)], 500);
        let expected = [(6, one.rgb.clone()), (7, two.rgb), (37, one.rgb)];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_larger_screen_makes_the_picture_larger() {
        let (small, large) = (grey(2, 2, 50), grey(4, 3, 90));
        let read = through(&[(&small, 0), (&large, 100)], 200);
        assert_eq!(read[1].1, large.rgb);
        assert_eq!(read[0].1.iter().filter(|dot| **dot == 50).count(), small.rgb.len());
    }

    #[test]
    fn a_screen_that_stands_for_hours_keeps_its_time() {
        let read = through(&[(&grey(2, 2, 1), 0)], 10_000_000);
        assert_eq!(read.iter().map(|(delay, _)| u64::from(*delay)).sum::<u64>(), 1_000_000);
    }
}
