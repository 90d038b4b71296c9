//! VMware's VMDK in one file: monolithic sparse, and stream-optimised as it lies in an OVA ("Virtual Disk Format 5.0", VMware).
//! Fields are little-endian, places are in sectors. A header, a descriptor in text, and grains of 64 KiB, found through a directory
//! of tables.

mod read;
mod write;

pub(super) use read::open;
pub(crate) use write::write;

const SECTOR: u64 = 512;
pub(super) const MAGIC: &[u8; 4] = b"KDMV";
/// Entries of a table of grains.
const TABLE: u64 = 512;
/// A place in the header that says: look into the footer.
const IN_FOOTER: u64 = u64::MAX;
/// Line ends as they must be after a transfer.
const LINE_ENDS: &[u8; 4] = b"\n \r\n";

bitflags::bitflags! {
    /// What a header says about its file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Flags: u32 {
        const LINE_ENDS = 1 << 0;
        const SECOND_DIRECTORY = 1 << 1;
        const ZEROED_GRAINS = 1 << 2;
        const COMPRESSED = 1 << 16;
        const MARKERS = 1 << 17;
    }
}

/// Where the fields of a header lie.
mod header {
    pub(super) const VERSION: usize = 4;
    pub(super) const FLAGS: usize = 8;
    pub(super) const CAPACITY: usize = 12;
    pub(super) const GRAIN: usize = 20;
    pub(super) const DESCRIPTOR: usize = 28;
    pub(super) const DESCRIPTOR_LEN: usize = 36;
    pub(super) const TABLE: usize = 44;
    pub(super) const SECOND_DIRECTORY: usize = 48;
    pub(super) const DIRECTORY: usize = 56;
    pub(super) const OVERHEAD: usize = 64;
    pub(super) const LINE_ENDS: usize = 73;
    pub(super) const COMPRESSION: usize = 77;
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}
