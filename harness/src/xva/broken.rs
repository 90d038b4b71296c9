//! What can be wrong with a bundle.

use crate::failure::plain;
use std::io;

/// Why a bundle cannot be read. Every message is one line without the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It is something else: its beginning is no bundle's.
    #[error("{0}")]
    Foreign(String),
    /// It breaks a rule of the format.
    #[error("{0}")]
    Format(String),
    /// It ends too soon; what it ends in.
    #[error("truncated: it ends in {0}")]
    Truncated(String),
    /// The last block of a disk is not there; whether the archive has ended.
    #[error("{what}")]
    Missing {
        /// The disk, and how far its blocks go.
        what: String,
        /// Whether nothing follows.
        ended: bool,
    },
    /// The compressed stream is damaged, or hides too much.
    #[error("{0}")]
    Packed(String),
    /// The host failed.
    #[error("cannot read: {}", plain(.0))]
    Host(io::Error),
    /// What comes out cannot be written.
    #[error("cannot write: {}", plain(.0))]
    Sink(io::Error),
}

/// The result of reading a bundle.
pub(super) type Result<T> = std::result::Result<T, Broken>;

/// A rule of the format that is broken.
pub(super) fn format<T>(message: impl Into<String>) -> Result<T> {
    Err(Broken::Format(message.into()))
}

/// A failure to read `what`.
pub(super) fn reading(error: io::Error, what: &str) -> Broken {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Broken::Truncated(what.to_owned()),
        _ => match error.downcast::<Broken>() {
            Ok(broken) => broken,
            Err(error) => Broken::Host(error),
        },
    }
}
