//! Animated PNG (PNG third edition, clause 11.3.4): the first frame whole, of every other the rectangle that changed.
//!
//! The header says how many frames there are and how large the largest is, and nobody knows before the end. So the frames go into a file
//! of their own, and the picture is put together when the run is over. That is why no encoder of a crate serves: those want both first.

use crate::failure::{Failure, Result};
use crate::guest::Frame;
use crate::output::{self, Scratch};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Eight bits a sample, true colour.
const FORMAT: [u8; 5] = [8, 2, 0, 0, 0];
/// What a line of dots begins with: no filter.
const NO_FILTER: u8 = 0;
/// The frame before stays, and is overwritten.
const DISPOSE_NONE_BLEND_SOURCE: [u8; 2] = [0, 0];
/// A frame that is shown last stays so for this long at least.
const LAST_MS: u64 = 100;

/// A recording under way.
pub(super) struct Apng {
    target: PathBuf,
    frames: Scratch,
    count: u32,
    sequence: u32,
    /// The largest frame so far.
    width: u32,
    height: u32,
    first: Option<Frame>,
    /// The screen as the frames so far draw it; black where none has drawn.
    shown: Frame,
    pending: Option<Pending>,
    first_ms: u64,
}

/// The frame that shows now; how long is not known yet.
struct Pending {
    place: Rectangle,
    data: Vec<u8>,
    begin_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rectangle {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Apng {
    pub(super) fn create(target: &Path) -> Result<Apng> {
        output::check(target, std::iter::empty())?;
        Ok(Apng {
            target: target.to_owned(),
            frames: Scratch::beside(target)?,
            count: 0,
            sequence: 1,
            width: 0,
            height: 0,
            first: None,
            shown: Frame::default(),
            pending: None,
            first_ms: 0,
        })
    }

    /// The screen changes to `frame` at `now_ns`.
    pub(super) fn add(&mut self, frame: &Frame, now_ns: u64) -> Result<()> {
        let begin_ms = now_ns / 1_000_000;
        self.flush(begin_ms).map_err(|error| Failure::write(&self.target, &error))?;
        (self.width, self.height) = (self.width.max(frame.width), self.height.max(frame.height));
        let next = on_black(frame, self.width, self.height);
        let before = on_black(&self.shown, self.width, self.height);
        let place = changed(&before, &next);
        let data = if self.first.is_some() { compressed(&next, place) } else { Vec::new() };
        self.first.get_or_insert_with(|| frame.clone());
        self.count += 1;
        self.pending = Some(Pending { place, data, begin_ms });
        self.shown = next;
        Ok(())
    }

    /// Writes the frame that showed until now.
    fn flush(&mut self, now_ms: u64) -> io::Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let shown_ms = now_ms.saturating_sub(pending.begin_ms);
        if self.count == 1 {
            self.first_ms = shown_ms;
            return Ok(());
        }
        let file = self.frames.file();
        chunk(file, b"fcTL", &[&control(self.sequence, pending.place, shown_ms)])?;
        chunk(file, b"fdAT", &[&(self.sequence + 1).to_be_bytes(), &pending.data])?;
        self.sequence += 2;
        Ok(())
    }

    /// Puts the picture together.
    pub(super) fn finish(mut self, now_ns: u64) -> Result<()> {
        let begin_ms = self.pending.as_ref().map_or(0, |pending| pending.begin_ms);
        let end_ms = (now_ns / 1_000_000).max(begin_ms + LAST_MS);
        self.flush(end_ms).map_err(|error| Failure::write(&self.target, &error))?;
        let Some(first) = self.first.take() else {
            return Err(Failure::bad_file(&self.target, "nothing is recorded: the guest showed no picture"));
        };
        let mut file = output::Pending::create(&self.target)?;
        self.assemble(&first, &mut file).map_err(|error| Failure::write(&self.target, &error))?;
        file.finish()
    }

    fn assemble(&mut self, first: &Frame, file: &mut output::Pending) -> io::Result<()> {
        let whole = Rectangle { left: 0, top: 0, width: self.width, height: self.height };
        file.write_all(SIGNATURE)?;
        chunk(file, b"IHDR", &[&self.width.to_be_bytes(), &self.height.to_be_bytes(), &FORMAT])?;
        chunk(file, b"acTL", &[&self.count.to_be_bytes(), &0u32.to_be_bytes()])?;
        chunk(file, b"fcTL", &[&control(0, whole, self.first_ms)])?;
        chunk(file, b"IDAT", &[&compressed(&on_black(first, self.width, self.height), whole)])?;
        io::copy(&mut self.frames.reread()?, file)?;
        chunk(file, b"IEND", &[])
    }
}

/// The frame in the upper left of a black screen.
fn on_black(frame: &Frame, width: u32, height: u32) -> Frame {
    let mut rgb = vec![0; 3 * width as usize * height as usize];
    let lines = frame.rgb.chunks_exact(3 * frame.width.max(1) as usize);
    for (to, from) in rgb.chunks_exact_mut(3 * width.max(1) as usize).zip(lines) {
        to[..from.len()].copy_from_slice(from);
    }
    Frame { width, height, rgb }
}

/// What differs between two frames of one size; one dot if nothing does.
fn changed(before: &Frame, after: &Frame) -> Rectangle {
    let stride = 3 * after.width.max(1) as usize;
    let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
    for (y, (a, b)) in before.rgb.chunks_exact(stride).zip(after.rgb.chunks_exact(stride)).enumerate() {
        if a == b {
            continue;
        }
        let differ = |i: &usize| a[*i] != b[*i];
        let (first, last) = ((0..stride).find(differ).unwrap_or(0), (0..stride).rfind(differ).unwrap_or(0));
        (left, right) = (left.min(first / 3), right.max(last / 3));
        (top, bottom) = (top.min(y), y);
    }
    if top == usize::MAX {
        return Rectangle { left: 0, top: 0, width: 1, height: 1 };
    }
    Rectangle {
        left: left as u32,
        top: top as u32,
        width: (right - left + 1) as u32,
        height: (bottom - top + 1) as u32,
    }
}

/// The dots of a rectangle as the data of a PNG.
fn compressed(frame: &Frame, place: Rectangle) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let stride = 3 * frame.width as usize;
    for line in (place.top..place.top + place.height).map(|y| y as usize) {
        let begin = line * stride + 3 * place.left as usize;
        let dots = &frame.rgb[begin..begin + 3 * place.width as usize];
        // Writing into memory cannot fail.
        let _ = encoder.write_all(&[NO_FILTER]).and_then(|()| encoder.write_all(dots));
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
        let mut apng = Apng::create(&path).unwrap();
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
        let cornered = on_black(&small, 4, 3);
        assert_eq!([&read[0].3, &read[1].3, &read[2].3], [&cornered.rgb, &large.rgb, &cornered.rgb]);
    }

    #[test]
    fn a_screen_that_stands_for_hours_is_one_frame() {
        let read = through(&[(&frame(2, 2, 1), 0)], 10_000_000);
        assert_eq!((read.len(), read[0].0), (1, 10_000_000));
    }

    #[test]
    fn only_the_rectangle_that_changed_is_kept() {
        let (before, mut after) = (frame(10, 10, 0), frame(10, 10, 0));
        after.rgb[3 * 23] = 1;
        after.rgb[3 * 47 + 2] = 1;
        assert_eq!(changed(&before, &after), Rectangle { left: 3, top: 2, width: 5, height: 3 });
        assert_eq!(changed(&before, &before).width, 1);
    }
}
