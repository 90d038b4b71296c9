//! A folder of numbered frames, and an index with their times.

use crate::failure::{Failure, Result};
use crate::guest::Frame;
use crate::output::{self, PendingFolder};
use crate::picture;
use serde::Serialize;
use std::path::Path;

const INDEX: &str = "index.json";

/// A recording under way.
pub(super) struct Sequence {
    folder: PendingFolder,
    index: Index,
}

#[derive(Serialize)]
struct Index {
    /// Looks a virtual second.
    rate: u16,
    /// Virtual nanoseconds since switch-on at the end of the recording.
    end_ns: u64,
    frames: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    file: String,
    width: u32,
    height: u32,
    /// Virtual nanoseconds since switch-on; the frame shows until the next one's.
    at_ns: u64,
}

impl Sequence {
    pub(super) fn create(folder: &Path, rate: u16) -> Result<Sequence> {
        let folder = PendingFolder::create(folder)?;
        let index = Index { rate, end_ns: 0, frames: Vec::new() };
        Ok(Sequence { folder, index })
    }

    pub(super) fn add(&mut self, frame: &Frame, at_ns: u64) -> Result<()> {
        let file = format!("{:06}.png", self.index.frames.len() + 1);
        picture::save(frame, &self.folder.path().join(&file))?;
        self.index.frames.push(Entry { file, width: frame.width, height: frame.height, at_ns });
        Ok(())
    }

    pub(super) fn finish(mut self, now_ns: u64) -> Result<()> {
        self.index.end_ns = now_ns;
        let path = self.folder.path().join(INDEX);
        let text =
            serde_json::to_string_pretty(&self.index).map_err(|error| Failure::bad_file(&path, error))?;
        output::write_whole(&path, text.as_bytes())?;
        self.folder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_and_the_index_has_their_times() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frames");
        let mut sequence = Sequence::create(&path, 10).unwrap();
        let frame = Frame { width: 1, height: 1, rgb: vec![1, 2, 3] };
        sequence.add(&frame, 0).unwrap();
        sequence.add(&frame, 200_000_000).unwrap();
        sequence.finish(300_000_000).unwrap();
        assert_eq!(picture::load(&path.join("000002.png")).unwrap(), frame);
        let index: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.join(INDEX)).unwrap()).unwrap();
        assert_eq!(index["frames"][1]["at_ns"], 200_000_000);
        assert_eq!((&index["rate"], &index["end_ns"]), (&10.into(), &300_000_000.into()));
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), b"").unwrap();
        let failure = Sequence::create(folder.path(), 10).err().unwrap();
        assert!(failure.message.contains("not empty"), "{failure}");
    }
}
