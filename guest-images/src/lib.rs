//! Guest media: recipes, mastering, recognition, and the probe guest.
//!
//! [`master`] turns a TOML recipe into a floppy, hard disk or El Torito disc, byte for byte the same every time:
//! no clock and no chance enters it. [`probe_kind`] tells what a medium is. [`probe`] is a guest of our own that walks
//! the hardware and shows it.
#![forbid(unsafe_code)]

mod boot;
mod content;
mod error;
mod fat;
mod floppy;
mod geometry;
mod harddisk;
pub mod input;
mod iso;
mod master;
mod media;
mod names;
pub mod part;
pub mod places;
pub mod probe;
mod reading;
pub mod recipe;
mod serial;
mod sparse;
pub mod vars;
mod volume;
pub mod wording;

pub use error::{Error, Result, plain};
pub use fat::read_file;
pub use geometry::{FloppyFormat, Geometry, floppy_geometry};
pub use master::{Mastered, build, master, master_with};
pub use media::{
    MediaKind, Medium, PartitionEntry, partition_table, probe_kind, probe_kind_in, probe_kind_of,
};
pub use reading::{MediumBytes, file_on};
pub use recipe::{Kind, Recipe};
