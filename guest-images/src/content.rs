//! Content of media from the host: files, literal text, packed images, and files off other media.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::geometry::FloppyFormat;
use crate::input;
use crate::places;
use crate::reading::{Found, found_on};
use crate::recipe::FileEntry;

/// Largest file that goes onto a medium: a disc is laid out in memory.
const MAX_FILE: u64 = 1 << 30;
const SECTOR: usize = 512;

/// A file to be stored.
pub(crate) struct Stored {
    /// Its path on the medium.
    pub(crate) to: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether no entry names it: it came with a folder.
    came_along: bool,
}

impl Stored {
    /// A file by its path on the medium.
    pub(crate) fn new(to: impl Into<String>, bytes: Vec<u8>) -> Self {
        Stored { to: to.into(), bytes, came_along: false }
    }
}

/// A host path of a recipe: relative ones start at the recipe's folder.
pub(crate) fn beside(recipe: &Path, path: &str) -> Result<PathBuf> {
    let folder = recipe.parent().unwrap_or(Path::new(""));
    places::resolve(Path::new(path), folder).map_err(|message| Error::recipe(recipe, message))
}

/// The bytes of `path`; a packed file is unpacked.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let bytes = read_file(path)?;
    match input::is_packed(&bytes) {
        true => input::unpack(bytes.as_slice()).map_err(|message| Error::media(path, message)),
        false => Ok(bytes),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    input::read(path, MAX_FILE).map_err(|source| Error::read(path, source))
}

/// The files of all entries, in their order. A file that an entry names takes the place of one that comes with a folder.
/// `dos_text` turns the line ends of literal text into CR LF.
pub(crate) fn files(entries: &[FileEntry], recipe: &Path, dos_text: bool) -> Result<Vec<Stored>> {
    let (mut files, mut media) = (Vec::new(), Media::default());
    for entry in entries {
        match (&entry.from, &entry.text, &entry.medium) {
            (Some(from), None, None) => {
                let path = beside(recipe, from)?;
                files.push(Stored::new(target(entry, from), read_file(&path)?));
            }
            (Some(from), None, Some(medium)) => {
                media.take(entry, from, &beside(recipe, medium)?, &mut files)?;
            }
            (None, Some(text), None) => files.push(Stored::new(&entry.to, literal(text, dos_text))),
            (None, Some(_), Some(_)) => {
                return Err(Error::recipe(
                    recipe,
                    format!("`{}` has `text`, which is on no `medium`", entry.to),
                ));
            }
            _ => return Err(Error::recipe(recipe, format!("`{}` needs either `from` or `text`", entry.to))),
        }
    }
    let same = |to: &str| to.trim_matches('/').to_ascii_uppercase();
    let named: BTreeSet<String> =
        files.iter().filter(|file| !file.came_along).map(|file| same(&file.to)).collect();
    files.retain(|file| !file.came_along || !named.contains(&same(&file.to)));
    Ok(files)
}

fn literal(text: &str, dos_text: bool) -> Vec<u8> {
    match dos_text {
        true => text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes(),
        false => text.as_bytes().to_vec(),
    }
}

/// Where a file goes: a `to` that ends in `/` is a folder in which it keeps its name.
fn target(entry: &FileEntry, from: &str) -> String {
    let own = from.rsplit(['/', '\\']).next().unwrap_or(from);
    if entry.to.ends_with('/') { format!("{}{own}", entry.to) } else { entry.to.clone() }
}

/// Media that files are taken from, each unpacked once.
#[derive(Default)]
struct Media(BTreeMap<PathBuf, Vec<u8>>);

impl Media {
    /// Adds the file `from` of a medium; or all files in and below that folder; or those of a folder that match, where the last
    /// part has `*` or `?`.
    fn take(&mut self, entry: &FileEntry, from: &str, path: &Path, files: &mut Vec<Stored>) -> Result<()> {
        if !self.0.contains_key(path) {
            self.0.insert(path.to_owned(), read(path)?);
        }
        let (folder, pattern) = match from.rsplit_once('/').unwrap_or(("", from)) {
            (folder, last) if last.contains(['*', '?']) => (folder, Some(last)),
            _ => (from, None),
        };
        let found = found_on(&self.0[path], None, folder).map_err(|message| Error::media(path, message))?;
        let none = || Error::media(path, format!("there is no `{from}` on it"));
        match found.ok_or_else(none)? {
            Found::File(_) if pattern.is_some() => return Err(none()),
            Found::File(bytes) => files.push(Stored::new(target(entry, from), bytes)),
            Found::Folder(mut inside) => {
                inside.retain(|(name, _)| pattern.is_none_or(|pattern| matches(pattern, name)));
                if pattern.is_some() && inside.is_empty() {
                    return Err(none());
                }
                let folder = entry.to.trim_end_matches('/');
                let along =
                    |(name, bytes)| Stored { to: format!("{folder}/{name}"), bytes, came_along: true };
                files.extend(inside.into_iter().map(along));
            }
        }
        Ok(())
    }
}

/// Whether a file in a folder has a name that matches, as DOS does it: `*` stands for the rest of the name or of the extension,
/// `?` for one character or none.
fn matches(pattern: &str, name: &str) -> bool {
    let part = |pattern: &str, text: &str| {
        let mut text = text.chars();
        for wanted in pattern.chars() {
            match (wanted, text.next()) {
                ('*', _) => return true,
                ('?', _) => {}
                (wanted, found) if found.is_some_and(|found| found.eq_ignore_ascii_case(&wanted)) => {}
                _ => return false,
            }
        }
        text.next().is_none()
    };
    let (base, extension) = name.split_once('.').unwrap_or((name, ""));
    let (wanted_base, wanted_extension) = pattern.split_once('.').unwrap_or((pattern, ""));
    !name.contains('/') && part(wanted_base, base) && part(wanted_extension, extension)
}

/// A boot sector from the host: 512 bytes that end in 55 AA, or the first ones of a floppy.
pub(crate) fn boot_sector(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = read(path)?;
    let found = bytes.len();
    if FloppyFormat::of_size(found as u64).is_some() {
        bytes.truncate(SECTOR);
    }
    if bytes.len() != SECTOR || bytes[510..] != [0x55, 0xAA] {
        return Err(Error::media(
            path,
            format!(
                "not a boot sector: expected 512 bytes that end in 55 AA, or a floppy, found {found} bytes"
            ),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_dos_matches_them() {
        for (pattern, name) in
            [("*.*", "KERNEL.SYS"), ("*.*", "COPYING"), ("K*.sys", "KERNEL.SYS"), ("DISK?.IMG", "DISK1.IMG")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*", "KERNEL.SYS"), ("*.*", "SUB/A.TXT"), ("DISK?.IMG", "DISK10.IMG"), ("A*.C", "B.C")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
