//! Content of media from the host: files, literal text and packed images.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::input;
use crate::recipe::FileEntry;

/// Largest file that goes onto a medium: a disc is laid out in memory.
const MAX_FILE: u64 = 1 << 30;

/// A host path of a recipe: relative ones start at the recipe's folder.
pub(crate) fn beside(recipe: &Path, path: &str) -> PathBuf {
    recipe.parent().unwrap_or(Path::new("")).join(path)
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

/// The content of one entry. `dos_text` turns the line ends of literal text into CR LF.
pub(crate) fn entry(entry: &FileEntry, recipe: &Path, dos_text: bool) -> Result<Vec<u8>> {
    match (&entry.from, &entry.text) {
        (Some(from), None) => read_file(&beside(recipe, from)),
        (None, Some(text)) if dos_text => Ok(text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()),
        (None, Some(text)) => Ok(text.clone().into_bytes()),
        _ => Err(Error::recipe(recipe, format!("`{}` needs either `from` or `text`", entry.to))),
    }
}

/// A boot sector from the host: 512 bytes that end in 55 AA.
pub(crate) fn boot_sector(path: &Path) -> Result<Vec<u8>> {
    let bytes = read(path)?;
    if bytes.len() != 512 || bytes[510..] != [0x55, 0xAA] {
        let found = bytes.len();
        return Err(Error::media(
            path,
            format!("not a boot sector: expected 512 bytes that end in 55 AA, found {found} bytes"),
        ));
    }
    Ok(bytes)
}
