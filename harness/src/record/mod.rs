//! `relic run --record`: the run's screen over virtual time, as an animated PNG or GIF or as a folder of numbered frames.
//!
//! The screen is looked at a fixed number of times a virtual second, so that the same run gives the same bytes on every host. What does
//! not change takes no room. A failure to write ends the recording, never the run; it is reported at the end.

mod animation;
mod apng;
mod gif;
mod sequence;

use crate::failure::{Failure, Result};
use crate::guest::{Frame, Guest};
use crate::output;
use animation::Animation;
use apng::Apng;
use gif::Gif;
use sequence::Sequence;
use std::path::Path;

/// Frames a virtual second when the command line says nothing.
pub(crate) const RATE: u16 = 15;
/// A monitor repeats the dots and lines of modes with fewer than these; so does a recording.
const FEW: (u32, u32) = (400, 300);

/// A recording under way.
pub(crate) struct Recorder {
    rate: u64,
    /// Looks so far.
    looks: u64,
    last: Option<Frame>,
    to: Kind,
    failed: Option<Failure>,
}

enum Kind {
    Animation(Box<Animation>),
    Sequence(Sequence),
}

impl Recorder {
    /// Begins a recording of `rate` frames a virtual second: in a file if the name ends in `.png` or `.gif`, otherwise in a
    /// folder.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(crate) fn create(path: &Path, rate: u16) -> Result<Recorder> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let animation = |format| Animation::create(path, format).map(|it| Kind::Animation(Box::new(it)));
        let to = match extension.as_deref() {
            Some("png" | "apng") => animation(Box::<Apng>::default())?,
            Some("gif") if rate > gif::MOST_A_SECOND => {
                return Err(Failure::bad(format!(
                    "--record-rate: a GIF has {} frames a second at most",
                    gif::MOST_A_SECOND
                )));
            }
            Some("gif") => animation(Box::new(Gif))?,
            Some(other) if !path.is_dir() => {
                let message = format!(
                    "--record: `.{other}` is not written; name a .png or a .gif for an animated picture, or a folder for its frames"
                );
                return Err(Failure::bad_file(path, message));
            }
            _ => Kind::Sequence(Sequence::create(path, rate)?),
        };
        Ok(Recorder { rate: rate.max(1).into(), looks: 0, last: None, to, failed: None })
    }

    /// When the next look is due, in virtual nanoseconds.
    pub(crate) fn next(&self) -> u64 {
        if self.failed.is_some() {
            return u64::MAX;
        }
        due(self.looks, self.rate)
    }

    /// Looks, if it is due.
    pub(crate) fn look(&mut self, guest: &mut dyn Guest) {
        let now_ns = guest.now().ns();
        if now_ns < self.next() || output::interrupted() {
            return;
        }
        // A clock that jumped over looks leaves them out.
        self.looks = looks_by(now_ns, self.rate);
        let frame = as_a_monitor(guest.frame());
        if self.last.as_ref() == Some(&frame) || frame.rgb.is_empty() {
            return;
        }
        let added = match &mut self.to {
            Kind::Animation(animation) => animation.add(&frame, now_ns),
            Kind::Sequence(sequence) => sequence.add(&frame, now_ns),
        };
        self.failed = added.err();
        self.last = Some(frame);
    }

    /// Ends the recording at `now_ns`.
    ///
    /// # Errors
    /// What went wrong since it began.
    pub(crate) fn finish(self, now_ns: u64) -> Result<()> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        match self.to {
            Kind::Animation(animation) => animation.finish(now_ns),
            Kind::Sequence(sequence) => sequence.finish(now_ns),
        }
    }
}

/// When a look is due: the first nanosecond at which [`looks_by`] counts it.
fn due(look: u64, rate: u64) -> u64 {
    let ns = (u128::from(look) * 1_000_000_000).div_ceil(rate.into());
    u64::try_from(ns).unwrap_or(u64::MAX)
}

/// Looks that are due at `now_ns` or before.
fn looks_by(now_ns: u64, rate: u64) -> u64 {
    (u128::from(now_ns) * u128::from(rate) / 1_000_000_000) as u64 + 1
}

/// Repeats dots and lines of coarse modes.
fn as_a_monitor(frame: Frame) -> Frame {
    let (across, down) = (1 + usize::from(frame.width < FEW.0), 1 + usize::from(frame.height < FEW.1));
    if (across, down) == (1, 1) {
        return frame;
    }
    let line = |dots: &[u8]| -> Vec<u8> {
        dots.chunks_exact(3).flat_map(|dot| dot.repeat(across)).collect::<Vec<u8>>().repeat(down)
    };
    let rgb = frame.rgb.chunks_exact(3 * frame.width.max(1) as usize).flat_map(line).collect();
    Frame { width: frame.width * across as u32, height: frame.height * down as u32, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_at_the_instant_when_it_is_due_is_done_with() {
        for rate in 1..=100 {
            for look in [0, 1, 2, 7, 1_000_003] {
                assert_eq!(looks_by(due(look, rate), rate), look + 1, "look {look} at {rate} a second");
            }
        }
    }

    #[test]
    fn coarse_modes_are_doubled() {
        let frame = Frame { width: 2, height: 1, rgb: vec![1, 1, 1, 2, 2, 2] };
        let line = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2];
        assert_eq!(as_a_monitor(frame), Frame { width: 4, height: 2, rgb: line.repeat(2) });
        let fine = Frame { width: 640, height: 350, rgb: vec![0; 640 * 350 * 3] };
        assert_eq!(as_a_monitor(fine.clone()), fine);
    }
}
