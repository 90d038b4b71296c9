//! XenServer bundles: a tar stream of `ova.xml` and the blocks of every disk, each with its checksum.

mod ova;
mod tar;
mod value;
mod writer;

pub use ova::{Bundle, BundleDisk, Display, ova_xml};
pub use tar::header;
pub use value::Value;
pub use writer::{BLOCK, DiskSource, padded_len, write};
