//! The last piece that was read of a disk that is slow to read: guests read sector by sector.

use backplane::Base;
use std::io;
use std::sync::Mutex;

/// Bytes that are read at once.
const PIECE: u64 = 64 << 10;

/// A disk and the last piece of it.
pub(super) struct Cached<D> {
    disk: D,
    last: Mutex<Option<(u64, Vec<u8>)>>,
}

impl<D: Base> Cached<D> {
    pub(super) fn new(disk: D) -> Self {
        Cached { disk, last: Mutex::default() }
    }
}

impl<D: Base> Base for Cached<D> {
    fn len(&self) -> u64 {
        self.disk.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let (start, end) = (offset / PIECE * PIECE, offset + buf.len() as u64);
        if buf.is_empty() || end > start + PIECE {
            return self.disk.read_at(offset, buf);
        }
        let Ok(mut last) = self.last.lock() else { return self.disk.read_at(offset, buf) };
        if last.as_ref().is_none_or(|(at, _)| *at != start) {
            let mut piece = vec![0; PIECE.min(self.disk.len() - start) as usize];
            *last = None;
            self.disk.read_at(start, &mut piece)?;
            *last = Some((start, piece));
        }
        if let Some((_, piece)) = &*last {
            buf.copy_from_slice(&piece[(offset - start) as usize..(end - start) as usize]);
        }
        Ok(())
    }
}
