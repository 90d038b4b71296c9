//! Microsoft's VHD, fixed and dynamic ("Virtual Hard Disk Image Format Specification", 2006). Fields are big-endian. A footer
//! ends the file; a dynamic disk also begins with a copy of it, then has a header and a table of blocks of 2 MiB.

mod read;
mod write;

pub(super) use read::{kind, open};
pub(crate) use write::{write_dynamic, write_fixed};

const SECTOR: usize = 512;
const COOKIE: &[u8; 8] = b"conectix";
const HEADER_COOKIE: &[u8; 8] = b"cxsparse";
const HEADER_LEN: usize = 1024;
const VERSION: u32 = 0x0001_0000;
/// An entry of the table of blocks without a block.
const NO_BLOCK: u32 = u32::MAX;
/// Offsets that lead nowhere.
const NOWHERE: u64 = u64::MAX;

/// Where the fields of a footer lie.
mod footer {
    pub(super) const FEATURES: usize = 8;
    pub(super) const VERSION: usize = 12;
    pub(super) const HEADER_AT: usize = 16;
    pub(super) const CREATOR: usize = 28;
    pub(super) const CREATOR_VERSION: usize = 32;
    pub(super) const CREATOR_HOST: usize = 36;
    pub(super) const ORIGINAL_SIZE: usize = 40;
    pub(super) const SIZE: usize = 48;
    pub(super) const CYLINDERS: usize = 56;
    pub(super) const HEADS: usize = 58;
    pub(super) const SECTORS: usize = 59;
    pub(super) const KIND: usize = 60;
    pub(super) const SUM: usize = 64;
    pub(super) const ID: usize = 68;
}

/// Where the fields of a dynamic disk's header lie.
mod header {
    pub(super) const NEXT: usize = 8;
    pub(super) const TABLE_AT: usize = 16;
    pub(super) const VERSION: usize = 24;
    pub(super) const ENTRIES: usize = 28;
    pub(super) const BLOCK: usize = 32;
    pub(super) const SUM: usize = 36;
}

/// What a footer says the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The disk, and then the footer.
    Fixed,
    /// Blocks that were written.
    Dynamic,
    /// Changes against another file.
    Differencing,
}

impl Kind {
    const ALL: [(u32, Kind); 3] = [(2, Kind::Fixed), (3, Kind::Dynamic), (4, Kind::Differencing)];

    fn code(self) -> u32 {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or(0, |(code, _)| *code)
    }
}

/// The complement of the sum of all bytes, those of the sum itself left out.
fn sum(bytes: &[u8], at: usize) -> u32 {
    let sum = bytes.iter().enumerate().filter(|(n, _)| !(at..at + 4).contains(n));
    !sum.fold(0, |sum: u32, (_, byte)| sum.wrapping_add(u32::from(*byte)))
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn be64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes)
}

/// Bytes of the bitmap before a block's data: a bit a sector, whole sectors.
fn bitmap_len(block: u64) -> u64 {
    (block / SECTOR as u64).div_ceil(8).next_multiple_of(SECTOR as u64)
}
