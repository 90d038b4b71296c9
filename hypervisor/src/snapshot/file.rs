//! A snapshot in a file: a tar whose members people can read.
//!
//! | member | what it holds |
//! |---|---|
//! | `snapshot.json` | schema, instant, what the host wants to remember, and length and XXH3-128 of every other member |
//! | `state.json` | CPU, chips and wires ([`State`]) |
//! | `notes.json` | what the guest asked for and did not get |
//! | `inputs.json` | what was injected until then |
//! | `media.json` | the medium of each bay: which base, and the numbers of the chunks that the guest wrote |
//! | `media.chunks` | those chunks, 4 KiB each |
//! | `store.json` | length of the store, and its pages that are not all zeros: first byte and count of each run |
//! | `store.pages` | those pages, 4 KiB each |

use super::{Pages, Saved, State};
use crate::log::Event;
use crate::medium::{MediumId, OpenMedium};
use backplane::{Bay, CHUNK, Disk, Drives, Notes, PAGE};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// The layout of [`State`] and of the other members. It grows with every change that an older file does not have.
pub const SCHEMA: u32 = 2;

const FORMAT: &str = "relic snapshot";
const HEAD: &str = "snapshot.json";
/// Members in the order of the file.
const MEMBERS: [&str; 7] =
    ["state.json", "notes.json", "inputs.json", "media.json", "media.chunks", "store.json", "store.pages"];
/// The most that a member of text may hold; one of state is some 2 MB.
const MOST_TEXT: u64 = 256 << 20;
/// The largest store: guest RAM, ROMs and video memory.
const MOST_STORE: u64 = 3 << 30;

/// Why a file gives no machine.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read: {0}")]
    Read(#[from] io::Error),
    /// It is something else.
    #[error("not a snapshot of relic: {0}")]
    Foreign(String),
    /// It was written by a relic that keeps another schema.
    #[error("the snapshot has schema {found} (of relic {relic}); this relic {} reads schema {SCHEMA}", env!("CARGO_PKG_VERSION"))]
    Schema {
        /// The file's.
        found: u32,
        /// The version that wrote it.
        relic: String,
    },
    /// Something in it is missing or wrong.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
    /// A medium of the machine is not to be had.
    #[error("{0}")]
    Medium(String),
}

/// `snapshot.json`.
#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    schema: u32,
    relic: String,
    at_ns: u64,
    instructions: u64,
    /// The host's own: how the machine was configured.
    about: serde_json::Value,
    members: BTreeMap<String, Member>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Member {
    bytes: u64,
    xxh3: String,
}

/// `media.json`.
#[derive(Serialize, Deserialize)]
struct Media {
    bays: Vec<BayMedium>,
    /// How often the media of all bays, in their order, were changed.
    changes: [u32; 6],
}

#[derive(Serialize, Deserialize)]
struct BayMedium {
    bay: Bay,
    medium: MediumId,
    written: Vec<u64>,
}

/// `store.json`.
#[derive(Serialize, Deserialize)]
struct Store {
    bytes: usize,
    runs: Vec<(usize, usize)>,
}

impl Saved {
    /// Writes the snapshot. `about` is the host's own, given back by [`Saved::read`].
    ///
    /// # Errors
    /// The writer's; a medium that cannot be read or be named.
    pub fn write(&self, to: &mut dyn Write, about: &serde_json::Value) -> io::Result<()> {
        let events: Result<Vec<Event>, String> = self.inputs.iter().map(Event::of).collect();
        let texts = BTreeMap::from([
            ("state.json", pretty(&self.state)?),
            ("notes.json", pretty(&self.notes)?),
            ("inputs.json", pretty(&events.map_err(io::Error::other)?)?),
            ("media.json", pretty(&self.media()?)?),
            ("store.json", serde_json::to_vec(&Store { bytes: self.store.store_len(), runs: self.runs() })?),
        ]);
        let disks = || Bay::ALL.into_iter().filter_map(|bay| self.drives.get(bay));
        let content = |name: &str| -> Box<dyn Read + '_> {
            match texts.get(name) {
                Some(text) => Box::new(text.as_slice()),
                None if name == "media.chunks" => {
                    Box::new(Slices::new(disks().flat_map(Disk::written).map(|(_, chunk)| &chunk[..])))
                }
                None => Box::new(Slices::new(self.store.iter().map(|(_, page)| &page[..]))),
            }
        };
        let members: Vec<Member> =
            MEMBERS.iter().map(|name| digest(&mut content(name))).collect::<io::Result<_>>()?;
        let head = Head {
            format: FORMAT.into(),
            schema: SCHEMA,
            relic: env!("CARGO_PKG_VERSION").into(),
            at_ns: self.state.clock.now(self.state.cpu.retired).ns(),
            instructions: self.state.cpu.retired,
            about: about.clone(),
            members: MEMBERS.iter().map(|name| (*name).to_owned()).zip(members.clone()).collect(),
        };
        let head = pretty(&head)?;
        let mut tar = tar::Builder::new(to);
        append(&mut tar, HEAD, head.len() as u64, head.as_slice())?;
        for (name, member) in MEMBERS.iter().zip(&members) {
            append(&mut tar, name, member.bytes, content(name))?;
        }
        tar.finish()
    }

    /// Reads a snapshot and what the host had written beside it. `open` finds the base media again.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(from: impl Read, open: OpenMedium) -> Result<(Saved, serde_json::Value), FileError> {
        let mut tar = tar::Archive::new(from);
        let mut entries = tar.entries()?;
        let mut members = Members { entries: &mut entries, known: BTreeMap::new() };
        let head = members.head()?;
        members.known = head.members;
        let state: State = members.json("state.json")?;
        let notes: Notes = members.json("notes.json")?;
        let events: Vec<Event> = members.json("inputs.json")?;
        let media: Media = members.json("media.json")?;
        let mut disks = open_media(&media, open)?;
        members.blocks("media.chunks", |blocks| fill_media(&media, &mut disks, blocks))?;
        let store: Store = members.json("store.json")?;
        let mut pages = Pages::zeros(store.checked()?);
        members.blocks("store.pages", |blocks| fill_store(&store, &mut pages, blocks))?;
        let inputs: Result<Vec<_>, String> = events.iter().map(|event| event.input(open)).collect();
        let drives = Drives::restored(disks, media.changes);
        let inputs = inputs.map_err(FileError::Medium)?;
        Ok((Saved { state, store: pages, drives, notes, inputs }, head.about))
    }

    fn media(&self) -> io::Result<Media> {
        let mut bays = Vec::new();
        for bay in Bay::ALL {
            let Some(disk) = self.drives.get(bay) else { continue };
            let written = disk.written().map(|(number, _)| number).collect();
            bays.push(BayMedium { bay, medium: MediumId::of(disk)?, written });
        }
        Ok(Media { bays, changes: Bay::ALL.map(|bay| self.drives.changes(bay)) })
    }

    /// Runs of pages that hold anything: first byte and count.
    fn runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (offset, _) in self.store.iter() {
            match runs.last_mut() {
                Some((first, count)) if *first + *count * PAGE == offset => *count += 1,
                _ => runs.push((offset, 1)),
            }
        }
        runs
    }
}

impl Store {
    /// The length of the store, if that and the runs are possible.
    fn checked(&self) -> Result<usize, FileError> {
        let mut end = 0;
        for (first, count) in &self.runs {
            let after = count.checked_mul(PAGE).and_then(|len| first.checked_add(len));
            match after.filter(|after| *first >= end && first % PAGE == 0 && *after <= self.bytes) {
                Some(after) => end = after,
                None => return Err(damaged(format!("store.json: no run of {count} pages at {first}"))),
            }
        }
        if self.bytes as u64 > MOST_STORE || !self.bytes.is_multiple_of(PAGE) {
            return Err(damaged(format!("store.json: no store has {} bytes", self.bytes)));
        }
        Ok(self.bytes)
    }
}

fn open_media(media: &Media, open: OpenMedium) -> Result<[Option<Disk>; 6], FileError> {
    let mut disks = [const { None }; 6];
    for BayMedium { bay, medium, written } in &media.bays {
        if disks[*bay as usize].is_some() {
            return Err(damaged(format!("media.json: two media in {bay:?}")));
        }
        let disk = medium.open(open).map_err(FileError::Medium)?;
        let chunks = disk.len().div_ceil(CHUNK as u64);
        if !written.is_sorted_by(|a, b| a < b) || written.last().is_some_and(|last| *last >= chunks) {
            return Err(damaged(format!("media.json: no medium in {bay:?} has these chunks")));
        }
        disks[*bay as usize] = Some(disk);
    }
    Ok(disks)
}

/// Reads the next block of 4 KiB into its place.
type NextBlock<'a> = &'a mut dyn FnMut(&mut [u8; PAGE]) -> Result<(), FileError>;

fn fill_media(media: &Media, disks: &mut [Option<Disk>; 6], next: NextBlock) -> Result<(), FileError> {
    const { assert!(CHUNK == PAGE) };
    for BayMedium { bay, written, .. } in &media.bays {
        for number in written {
            let mut chunk = [0; CHUNK];
            next(&mut chunk)?;
            if let Some(disk) = &mut disks[*bay as usize] {
                disk.restore_chunk(*number, chunk);
            }
        }
    }
    Ok(())
}

fn fill_store(store: &Store, pages: &mut Pages, next: NextBlock) -> Result<(), FileError> {
    for (first, count) in &store.runs {
        for n in 0..*count {
            let mut page = Arc::new([0; PAGE]);
            next(Arc::make_mut(&mut page))?;
            pages.place(first / PAGE + n, page);
        }
    }
    Ok(())
}

/// The members of a file that is read from front to back.
struct Members<'a, 'b, R: Read> {
    entries: &'a mut tar::Entries<'b, R>,
    known: BTreeMap<String, Member>,
}

impl<'b, R: Read> Members<'_, 'b, R> {
    fn next(&mut self, name: &str) -> Result<tar::Entry<'b, R>, FileError> {
        let entry = match self.entries.next() {
            Some(entry) => entry.map_err(|error| damaged(format!("{name}: {error}")))?,
            None => return Err(damaged(format!("{name} is missing"))),
        };
        match entry.path_bytes().as_ref() == name.as_bytes() {
            true => Ok(entry),
            false => {
                let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                Err(damaged(format!("`{found}` where {name} should be")))
            }
        }
    }

    /// The first member, which tells whether the others can be understood.
    fn head(&mut self) -> Result<Head, FileError> {
        let foreign = |message: String| FileError::Foreign(message);
        let entry = match self.entries.next() {
            Some(Ok(entry)) if entry.path_bytes().as_ref() == HEAD.as_bytes() => entry,
            Some(Ok(_)) => return Err(foreign(format!("its first member is not {HEAD}"))),
            Some(Err(_)) | None => return Err(foreign("not a tar".into())),
        };
        let text = whole(entry, HEAD)?;
        let head: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| foreign(format!("{HEAD}: {error}")))?;
        if head["format"] != FORMAT {
            return Err(foreign(format!("{HEAD} names another format")));
        }
        let found = head["schema"].as_u64().unwrap_or(0) as u32;
        if found != SCHEMA {
            let relic = head["relic"].as_str().unwrap_or("of no version").to_owned();
            return Err(FileError::Schema { found, relic });
        }
        serde_json::from_value(head).map_err(|error| damaged(format!("{HEAD}: {error}")))
    }

    fn json<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, FileError> {
        let text = whole(self.next(name)?, name)?;
        self.check(name, digest(&mut text.as_slice())?)?;
        serde_json::from_slice(&text).map_err(|error| damaged(format!("{name}: {error}")))
    }

    /// Reads a member of blocks; `take` asks for each.
    fn blocks(
        &mut self,
        name: &str,
        take: impl FnOnce(NextBlock) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let mut entry = self.next(name)?;
        let (mut sum, mut bytes) = (Xxh3::new(), 0);
        let size = entry.size();
        take(&mut |block| {
            entry.read_exact(block).map_err(|_| damaged(format!("{name} ends early")))?;
            sum.update(block);
            bytes += PAGE as u64;
            Ok(())
        })?;
        if bytes != size {
            return Err(damaged(format!("{name} has {size} bytes, expected {bytes}")));
        }
        self.check(name, Member { bytes, xxh3: hex(&sum) })
    }

    fn check(&self, name: &str, found: Member) -> Result<(), FileError> {
        match self.known.get(name) {
            Some(known) if known.bytes == found.bytes && known.xxh3 == found.xxh3 => Ok(()),
            Some(_) => Err(damaged(format!("{name} does not have its checksum"))),
            None => Err(damaged(format!("{HEAD} does not know {name}"))),
        }
    }
}

fn damaged(message: String) -> FileError {
    FileError::Damaged(message)
}

fn whole(mut entry: impl Read, name: &str) -> Result<Vec<u8>, FileError> {
    let mut text = Vec::new();
    let got = (&mut entry).take(MOST_TEXT + 1).read_to_end(&mut text);
    match got {
        Ok(len) if len as u64 <= MOST_TEXT => Ok(text),
        Ok(_) => Err(damaged(format!("{name} is too long"))),
        Err(error) => Err(damaged(format!("{name}: {error}"))),
    }
}

fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(value)?)
}

fn hex(sum: &Xxh3) -> String {
    format!("{:032x}", sum.digest128())
}

fn digest(from: &mut dyn Read) -> io::Result<Member> {
    let (mut sum, mut bytes) = (Xxh3::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let got = from.read(&mut buffer)?;
        if got == 0 {
            return Ok(Member { bytes, xxh3: hex(&sum) });
        }
        sum.update(&buffer[..got]);
        bytes += got as u64;
    }
}

/// Appends a member; equal content gives equal bytes.
fn append(tar: &mut tar::Builder<&mut dyn Write>, name: &str, bytes: u64, from: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    tar.append_data(&mut header, name, from)
}

/// Slices read one after the other.
struct Slices<'a, I> {
    rest: I,
    now: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Slices<'a, I> {
    fn new(rest: I) -> Self {
        Slices { rest, now: &[] }
    }
}

impl<'a, I: Iterator<Item = &'a [u8]>> Read for Slices<'a, I> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.now.is_empty() {
            self.now = self.rest.next().unwrap_or(&[]);
        }
        self.now.read(to)
    }
}
