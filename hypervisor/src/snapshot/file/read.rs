//! Reading a snapshot, and what it stands on.

use super::members::{Members, NextBlock, damaged};
use super::{BayMedium, FileError, MOST_BASES, Media, SnapshotId, Store};
use crate::log::Event;
use crate::medium::{MediumId, OpenMedium};
use crate::snapshot::{Pages, Saved, State};
use backplane::{Bay, CHUNK, Disk, Drives, Notes, PAGE};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// The largest store: guest RAM, ROMs and video memory.
const MOST_STORE: u64 = 3 << 30;

/// Opens the file of a snapshot that a difference stands on. The first one asked for is that of the file that is read, the next one
/// that of the first, and so on.
pub type OpenBase<'a> = &'a mut dyn FnMut(&SnapshotId) -> Result<Box<dyn Read>, String>;

/// What was written to a medium, by number of the chunk.
type Overlay = BTreeMap<u64, Arc<[u8; CHUNK]>>;

/// What a file has in blocks, with that of its bases below.
struct Blocks {
    media: Vec<(Bay, MediumId, Overlay)>,
    store: Pages,
}

/// A snapshot that differences are written to, and read with.
pub struct SnapshotBase {
    id: SnapshotId,
    blocks: Blocks,
}

impl SnapshotBase {
    /// Reads the snapshot that differences will name `name`, and those that it stands on itself.
    ///
    /// # Errors
    /// [`FileError`]; there are too many below it.
    pub fn read(name: &str, from: &mut dyn Read, open_base: OpenBase) -> Result<SnapshotBase, FileError> {
        SnapshotBase::read_below(1, name, None, from, open_base)
    }

    /// Bytes of the store of its machine.
    pub fn store_len(&self) -> usize {
        self.blocks.store.store_len()
    }

    pub(super) fn id(&self) -> &SnapshotId {
        &self.id
    }

    pub(super) fn store(&self) -> &Pages {
        &self.blocks.store
    }

    /// What was written to the medium of a bay, if it was this one.
    pub(super) fn overlay(&self, bay: Bay, medium: &MediumId) -> Option<&Overlay> {
        let found = self.blocks.media.iter().find(|(there, id, _)| (*there, id) == (bay, medium));
        found.map(|(_, _, overlay)| overlay)
    }

    /// Reads a base that has so many differences above it, if it is the `expected` one.
    fn read_below(
        above: usize,
        name: &str,
        expected: Option<&str>,
        from: &mut dyn Read,
        open_base: OpenBase,
    ) -> Result<SnapshotBase, FileError> {
        let mut tar = tar::Archive::new(from);
        let mut entries = tar.entries()?;
        let (mut members, head, xxh3) = Members::begin(&mut entries)?;
        if expected.is_some_and(|expected| expected != xxh3) {
            return Err(wrong(name, "not the snapshot that it was".into()));
        }
        let base = base_of(above, head.base.as_ref(), open_base)?;
        for name in ["state.json", "notes.json", "inputs.json"] {
            members.skip(name)?;
        }
        let (blocks, _) = Blocks::read(&mut members, base)?;
        Ok(SnapshotBase { id: SnapshotId { name: name.to_owned(), xxh3 }, blocks })
    }
}

/// Reads what a file with so many differences above it stands on.
fn base_of(above: usize, id: Option<&SnapshotId>, open_base: OpenBase) -> Result<Option<Blocks>, FileError> {
    let Some(id @ SnapshotId { name, xxh3 }) = id else { return Ok(None) };
    if above >= MOST_BASES {
        return Err(wrong(name, format!("more than {MOST_BASES} snapshots below one another")));
    }
    let mut from = open_base(id).map_err(|what| wrong(name, what))?;
    match SnapshotBase::read_below(above + 1, name, Some(xxh3), &mut from, open_base) {
        Ok(base) => Ok(Some(base.blocks)),
        Err(deeper @ FileError::Base { .. }) => Err(deeper),
        Err(error) => Err(wrong(name, error.to_string())),
    }
}

fn wrong(name: &str, what: String) -> FileError {
    FileError::Base { name: name.to_owned(), what }
}

impl Saved {
    /// Reads a snapshot and what the host had written beside it. `open` finds the media again, `open_base` the snapshots that a
    /// difference stands on.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(
        from: impl Read,
        open: OpenMedium,
        open_base: OpenBase,
    ) -> Result<(Saved, serde_json::Value), FileError> {
        let mut tar = tar::Archive::new(from);
        let mut entries = tar.entries()?;
        let (mut members, head, _) = Members::begin(&mut entries)?;
        let base = base_of(0, head.base.as_ref(), open_base)?;
        let state: State = members.json("state.json")?;
        let notes: Notes = members.json("notes.json")?;
        let events: Vec<Event> = members.json("inputs.json")?;
        let (blocks, changes) = Blocks::read(&mut members, base)?;
        let drives = Drives::restored(disks(blocks.media, open)?, changes);
        let inputs: Result<Vec<_>, String> = events.iter().map(|event| event.input(open)).collect();
        let inputs = inputs.map_err(FileError::Medium)?;
        Ok((Saved { state, store: blocks.store, drives, notes, inputs }, head.about))
    }
}

impl Blocks {
    /// Reads the members from `media.json` on: what they have, and how often the medium of each bay was changed.
    fn read<R: Read>(
        members: &mut Members<R>,
        base: Option<Blocks>,
    ) -> Result<(Blocks, [u32; 6]), FileError> {
        let (below, pages) = base.map_or((None, None), |base| (Some(base.media), Some(base.store)));
        let media: Media = members.json("media.json")?;
        let mut overlays = media.begin(below.unwrap_or_default())?;
        members.blocks("media.chunks", |next| media.fill(&mut overlays, next))?;
        let store: Store = members.json("store.json")?;
        let mut pages = store.begin(pages)?;
        members.blocks("store.pages", |next| store.fill(&mut pages, next))?;
        Ok((Blocks { media: overlays, store: pages }, media.changes))
    }
}

impl Media {
    /// The media before the chunks of the file are read: with what was written to them in the base, where the file says so.
    fn begin(
        &self,
        mut below: Vec<(Bay, MediumId, Overlay)>,
    ) -> Result<Vec<(Bay, MediumId, Overlay)>, FileError> {
        let mut overlays: Vec<(Bay, MediumId, Overlay)> = Vec::new();
        for BayMedium { bay, medium, over_base, written } in &self.bays {
            if overlays.iter().any(|(there, _, _)| there == bay) {
                return Err(damaged(format!("media.json: two media in {bay:?}")));
            }
            let chunks = medium.bytes.div_ceil(CHUNK as u64);
            if !written.is_sorted_by(|a, b| a < b) || written.last().is_some_and(|last| *last >= chunks) {
                return Err(damaged(format!("media.json: no medium in {bay:?} has these chunks")));
            }
            let there = below.iter().position(|(there, id, _)| (there, id) == (bay, medium));
            let overlay = match (over_base, there) {
                (false, _) => Overlay::new(),
                (true, Some(at)) => below.swap_remove(at).2,
                (true, None) => {
                    return Err(damaged(format!("media.json: the base has no such medium in {bay:?}")));
                }
            };
            overlays.push((*bay, medium.clone(), overlay));
        }
        Ok(overlays)
    }

    fn fill(&self, overlays: &mut [(Bay, MediumId, Overlay)], next: NextBlock) -> Result<(), FileError> {
        const { assert!(CHUNK == PAGE) };
        // A file may be all zeros and take no place on the host's disk.
        let zeros = Arc::new([0; CHUNK]);
        for (BayMedium { written, .. }, (_, _, overlay)) in self.bays.iter().zip(overlays) {
            for number in written {
                let mut chunk = [0; CHUNK];
                next(&mut chunk)?;
                let chunk = if chunk == *zeros { zeros.clone() } else { Arc::new(chunk) };
                overlay.insert(*number, chunk);
            }
        }
        Ok(())
    }
}

/// Opens the media, and puts what was written to them in its place.
fn disks(media: Vec<(Bay, MediumId, Overlay)>, open: OpenMedium) -> Result<[Option<Disk>; 6], FileError> {
    let mut disks = [const { None }; 6];
    for (bay, medium, overlay) in media {
        let mut disk = medium.open(open).map_err(FileError::Medium)?;
        overlay.into_iter().for_each(|(number, chunk)| disk.restore_chunk(number, chunk));
        disks[bay as usize] = Some(disk);
    }
    Ok(disks)
}

impl Store {
    /// The pages before those of the file are read: the base's, without those that hold nothing now.
    fn begin(&self, base: Option<Pages>) -> Result<Pages, FileError> {
        if self.bytes as u64 > MOST_STORE || !self.bytes.is_multiple_of(PAGE) {
            return Err(damaged(format!("store.json: no store has {} bytes", self.bytes)));
        }
        self.check(&self.runs)?;
        self.check(&self.zeros)?;
        let mut pages = base.unwrap_or_else(|| Pages::zeros(self.bytes));
        if pages.store_len() != self.bytes {
            let there = pages.store_len();
            return Err(damaged(format!("store.json: {} bytes over a base of {there}", self.bytes)));
        }
        for (first, count) in &self.zeros {
            (0..*count).for_each(|n| pages.set(first / PAGE + n, &[0; PAGE]));
        }
        Ok(pages)
    }

    /// Refuses runs of pages that the store cannot have.
    fn check(&self, runs: &[(usize, usize)]) -> Result<(), FileError> {
        let mut end = 0;
        for (first, count) in runs {
            let after = count.checked_mul(PAGE).and_then(|len| first.checked_add(len));
            match after.filter(|after| *first >= end && first % PAGE == 0 && *after <= self.bytes) {
                Some(after) => end = after,
                None => return Err(damaged(format!("store.json: no run of {count} pages at {first}"))),
            }
        }
        Ok(())
    }

    fn fill(&self, pages: &mut Pages, next: NextBlock) -> Result<(), FileError> {
        for (first, count) in &self.runs {
            for n in 0..*count {
                let mut page = Arc::new([0; PAGE]);
                next(Arc::make_mut(&mut page))?;
                pages.place(first / PAGE + n, page);
            }
        }
        Ok(())
    }
}
