//! A run as one animated picture: the first frame whole, of every other the rectangle that changed.
//!
//! Such a file begins with its size, and one of them with its number of frames, and nobody knows either before the end. So the frames go into a
//! file of their own, and the picture is put together when the run is over.

use crate::failure::{Failure, Result};
use crate::guest::Frame;
use crate::output::{self, Scratch};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A frame that is shown last stays so for this long at least.
const LAST_MS: u64 = 100;

/// What a kind of file has to say.
pub(super) trait Format {
    /// Writes everything up to the end of the first frame, of `count`.
    ///
    /// # Errors
    /// The file takes no more.
    fn begin(&self, file: &mut dyn Write, first: &Part, count: u32) -> io::Result<()>;

    /// Writes a later frame.
    ///
    /// # Errors
    /// The file takes no more.
    fn frame(&mut self, file: &mut dyn Write, part: &Part) -> io::Result<()>;

    /// Writes what stands behind the last frame.
    ///
    /// # Errors
    /// The file takes no more.
    fn end(&self, file: &mut dyn Write) -> io::Result<()>;
}

/// The part of the screen that changed.
pub(super) struct Part {
    /// Where.
    pub(super) place: Rectangle,
    /// Its dots.
    pub(super) rgb: Vec<u8>,
    /// When it begins to show, in milliseconds of guest time.
    pub(super) begin_ms: u64,
    /// When the next one does.
    pub(super) end_ms: u64,
}

/// A part of the screen, in dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A recording under way.
pub(super) struct Animation {
    target: PathBuf,
    format: Box<dyn Format>,
    frames: Scratch,
    count: u32,
    first: Option<First>,
    /// The screen as the frames so far draw it, as large as the largest of them; black where none has drawn.
    shown: Frame,
    /// What shows now; how long is not known yet.
    pending: Option<Part>,
}

struct First {
    frame: Frame,
    begin_ms: u64,
    end_ms: u64,
}

impl Animation {
    /// Begins a picture in a file.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(super) fn create(target: &Path, format: Box<dyn Format>) -> Result<Animation> {
        output::check(target, std::iter::empty())?;
        Ok(Animation {
            target: target.to_owned(),
            format,
            frames: Scratch::beside(target)?,
            count: 0,
            first: None,
            shown: Frame::default(),
            pending: None,
        })
    }

    /// The screen changes to `frame` at `now_ns`.
    ///
    /// # Errors
    /// The host cannot keep more.
    pub(super) fn add(&mut self, frame: &Frame, now_ns: u64) -> Result<()> {
        let begin_ms = now_ns / 1_000_000;
        self.flush(begin_ms).map_err(|error| Failure::write(&self.target, &error))?;
        let (width, height) = (self.shown.width.max(frame.width), self.shown.height.max(frame.height));
        let next = on_black(frame, width, height);
        self.count += 1;
        if self.first.is_some() {
            let place = changed(&on_black(&self.shown, width, height), &next);
            self.pending = Some(Part { place, rgb: inside(&next, place), begin_ms, end_ms: begin_ms });
        } else {
            self.first = Some(First { frame: frame.clone(), begin_ms, end_ms: begin_ms });
        }
        self.shown = next;
        Ok(())
    }

    /// What showed until now does so no longer.
    fn flush(&mut self, now_ms: u64) -> io::Result<()> {
        if let Some(pending) = self.pending.take() {
            return self.format.frame(self.frames.file(), &Part { end_ms: now_ms, ..pending });
        }
        if let Some(first) = &mut self.first {
            first.end_ms = now_ms;
        }
        Ok(())
    }

    /// Puts the picture together.
    ///
    /// # Errors
    /// The host cannot keep it, or there is nothing to keep.
    pub(super) fn finish(mut self, now_ns: u64) -> Result<()> {
        let Some(First { begin_ms, .. }) = self.first else {
            return Err(Failure::bad_file(&self.target, "nothing is recorded: the guest showed no picture"));
        };
        let begin_ms = self.pending.as_ref().map_or(begin_ms, |pending| pending.begin_ms);
        let end_ms = (now_ns / 1_000_000).max(begin_ms + LAST_MS);
        self.flush(end_ms).map_err(|error| Failure::write(&self.target, &error))?;
        let mut file = output::Pending::create(&self.target)?;
        self.assemble(&mut file).map_err(|error| Failure::write(&self.target, &error))?;
        file.finish()
    }

    fn assemble(&mut self, file: &mut output::Pending) -> io::Result<()> {
        let Some(First { frame, begin_ms, end_ms }) = self.first.take() else { return Ok(()) };
        let Frame { width, height, rgb } = on_black(&frame, self.shown.width, self.shown.height);
        let place = Rectangle { left: 0, top: 0, width, height };
        self.format.begin(file, &Part { place, rgb, begin_ms, end_ms }, self.count)?;
        io::copy(&mut self.frames.reread()?, file)?;
        self.format.end(file)
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

/// The dots of a rectangle.
fn inside(frame: &Frame, place: Rectangle) -> Vec<u8> {
    let lines = frame.rgb.chunks_exact(3 * frame.width.max(1) as usize);
    let lines = lines.skip(place.top as usize).take(place.height as usize);
    let (begin, length) = (3 * place.left as usize, 3 * place.width as usize);
    lines.flat_map(|line| &line[begin..begin + length]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rectangle_that_changed_is_kept() {
        let black = Frame { width: 10, height: 10, rgb: vec![0; 300] };
        let mut after = black.clone();
        after.rgb[3 * 23] = 1;
        after.rgb[3 * 47 + 2] = 2;
        let place = changed(&black, &after);
        assert_eq!(place, Rectangle { left: 3, top: 2, width: 5, height: 3 });
        let dots = inside(&after, place);
        assert_eq!((dots.len(), dots[0], dots[44]), (45, 1, 2));
        assert_eq!(changed(&black, &black).width, 1);
    }
}
