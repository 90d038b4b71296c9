//! XenServer bundles: a tar stream of `ova.xml` and the blocks of every disk, each with its checksum.
//!
//! [`write()`] makes one, [`Unpacking`] reads one as a stream, compressed or not, [`index`] finds the blocks of a plain one so
//! that its disks are read in place.

mod broken;
mod checksum;
mod contents;
mod drives;
mod index;
mod members;
mod network;
mod ova;
mod parse;
mod tar;
mod unpack;
mod value;
mod walk;
mod writer;

pub use broken::Broken;
pub use checksum::Hash;
pub use contents::{Contents, VirtualDisk};
pub use index::{BundledDisk, index};
pub use ova::{Bundle, BundleDisk, CdDrive, Display, ova_xml};
pub use tar::header;
pub use unpack::{Outcome, Packing, Unpacking};
pub use value::Value;
pub use writer::{BLOCK, padded_len, write};
