//! What can go wrong while media are mastered or recognised. Every message is one line that names the file,
//! what was found and what was expected.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of mastering or of recognising media.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recipe is wrong: syntax, an unknown key, a value out of range, a name DOS cannot store.
    #[error("{}: {message}", file.display())]
    Recipe {
        /// The recipe.
        file: PathBuf,
        /// What was found and what was expected.
        message: String,
    },
    /// A file that the recipe names, or a medium, cannot be read.
    #[error("{}: cannot read: {}", file.display(), plain(source))]
    Read {
        /// The file.
        file: PathBuf,
        /// The host's reason.
        source: io::Error,
    },
    /// A medium or an image that a recipe embeds has the wrong content.
    #[error("{}: {message}", file.display())]
    Media {
        /// The image.
        file: PathBuf,
        /// What was found and what was expected.
        message: String,
    },
    /// The result cannot be written; nothing is left behind.
    #[error("{}: cannot write: {}", file.display(), plain(source))]
    Write {
        /// The file that was to be made.
        file: PathBuf,
        /// The host's reason.
        source: io::Error,
    },
}

/// The result of everything fallible here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn recipe(file: &Path, message: impl Into<String>) -> Self {
        Self::Recipe { file: file.to_owned(), message: message.into() }
    }

    pub(crate) fn media(file: &Path, message: impl Into<String>) -> Self {
        Self::Media { file: file.to_owned(), message: message.into() }
    }

    pub(crate) fn read(file: &Path, source: io::Error) -> Self {
        Self::Read { file: file.to_owned(), source }
    }

    pub(crate) fn write(file: &Path, source: io::Error) -> Self {
        Self::Write { file: file.to_owned(), source }
    }
}

/// The host's reason in words, without the number behind it.
pub fn plain(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".into(),
        io::ErrorKind::FileTooLarge => "the file would exceed the size that the host allows".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        io::ErrorKind::AlreadyExists => "a file of that name is in the way".into(),
        io::ErrorKind::InvalidFilename => "the name is too long".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        _ => {
            let said = source.to_string();
            said.split_once(" (os error").map_or(said.clone(), |(words, _)| words.to_lowercase())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_in_words() {
        let error = Error::write(Path::new("out/a.iso"), io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.to_string(), "out/a.iso: cannot write: the disk is full");
    }
}
