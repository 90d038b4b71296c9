//! The members of a snapshot's tar, one after the other, each with its sum.

use super::{DIFFERENCE, FORMAT, FileError, HEAD, Head, Member, SCHEMA};
use backplane::PAGE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use xxhash_rust::xxh3::Xxh3;

/// The most that [`HEAD`] may hold; it is some 1 KB.
const MOST_HEAD: u64 = 1 << 20;
/// The most that another member of text may hold; one of state is some 2 MB.
const MOST_TEXT: u64 = 256 << 20;

/// Reads the next block of 4 KiB into its place.
pub(super) type NextBlock<'a> = &'a mut dyn FnMut(&mut [u8; PAGE]) -> Result<(), FileError>;

/// The members of a file that is read from front to back.
pub(super) struct Members<'a, 'b, R: Read> {
    entries: &'a mut tar::Entries<'b, R>,
    known: BTreeMap<String, Member>,
}

impl<'a, 'b, R: Read> Members<'a, 'b, R> {
    /// Reads the first member, which tells whether the others can be understood: what it says, and its XXH3-128.
    pub(super) fn begin(entries: &'a mut tar::Entries<'b, R>) -> Result<(Self, Head, String), FileError> {
        let foreign = |message: String| FileError::Foreign(message);
        let entry = match entries.next() {
            Some(Ok(entry)) if entry.path_bytes().as_ref() == HEAD.as_bytes() => entry,
            Some(Ok(_)) => return Err(foreign(format!("its first member is not {HEAD}"))),
            Some(Err(_)) | None => return Err(foreign("not a tar".into())),
        };
        let text = whole(entry, HEAD, MOST_HEAD)?;
        let head: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| foreign(format!("{HEAD}: {error}")))?;
        let is_difference = head["format"] == DIFFERENCE;
        if head["format"] != FORMAT && !is_difference {
            return Err(foreign(format!("{HEAD} names another format")));
        }
        let found = head["schema"].as_u64().unwrap_or(0) as u32;
        if found != SCHEMA {
            let relic = head["relic"].as_str().unwrap_or("of no version").to_owned();
            return Err(FileError::Schema { found, relic });
        }
        let mut head: Head =
            serde_json::from_value(head).map_err(|error| damaged(format!("{HEAD}: {error}")))?;
        match (is_difference, &head.base) {
            (true, None) => return Err(damaged(format!("{HEAD}: a difference from nothing"))),
            (false, Some(_)) => return Err(damaged(format!("{HEAD}: only a difference has a base"))),
            _ => {}
        }
        let known = std::mem::take(&mut head.members);
        Ok((Members { entries, known }, head, digest(&mut text.as_slice())?.xxh3))
    }

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

    /// Reads a member of text.
    pub(super) fn json<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, FileError> {
        let text = whole(self.next(name)?, name, MOST_TEXT)?;
        self.check(name, digest(&mut text.as_slice())?)?;
        serde_json::from_slice(&text).map_err(|error| damaged(format!("{name}: {error}")))
    }

    /// Reads a member for its sum alone.
    pub(super) fn skip(&mut self, name: &str) -> Result<(), FileError> {
        let mut entry = self.next(name)?;
        let found = digest(&mut entry).map_err(|error| damaged(format!("{name}: {error}")))?;
        self.check(name, found)
    }

    /// Reads a member of blocks; `take` asks for each.
    pub(super) fn blocks(
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

pub(super) fn damaged(message: String) -> FileError {
    FileError::Damaged(message)
}

fn whole(mut entry: impl Read, name: &str, most: u64) -> Result<Vec<u8>, FileError> {
    let mut text = Vec::new();
    let got = (&mut entry).take(most + 1).read_to_end(&mut text);
    match got {
        Ok(len) if len as u64 <= most => Ok(text),
        Ok(_) => Err(damaged(format!("{name} is too long"))),
        Err(error) => Err(damaged(format!("{name}: {error}"))),
    }
}

pub(super) fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec_pretty(value)?)
}

fn hex(sum: &Xxh3) -> String {
    format!("{:032x}", sum.digest128())
}

pub(super) fn digest(from: &mut dyn Read) -> io::Result<Member> {
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
pub(super) fn append(
    tar: &mut tar::Builder<&mut dyn Write>,
    name: &str,
    bytes: u64,
    from: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    tar.append_data(&mut header, name, from)
}

/// Slices read one after the other.
pub(super) struct Slices<'a, I> {
    rest: I,
    now: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Slices<'a, I> {
    /// From the first on.
    pub(super) fn new(rest: I) -> Self {
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
