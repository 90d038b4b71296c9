//! QEMU's qcow2 (docs/interop/qcow2.txt of QEMU). Read by the `imago` crate; written here, because what that writes lies in
//! another order every time. Fields are big-endian.

mod read;
mod write;

pub(super) use read::open;
pub(crate) use write::write;

pub(super) const MAGIC: &[u8; 4] = b"QFI\xFB";

/// Where the fields of a header lie.
mod header {
    /// Bytes of a header of version 2.
    pub(super) const LEN_2: usize = 72;
    /// Bytes of a header of version 3.
    pub(super) const LEN_3: usize = 104;
    pub(super) const VERSION: usize = 4;
    pub(super) const CLUSTER_BITS: usize = 20;
    pub(super) const SIZE: usize = 24;
    pub(super) const ENCRYPTION: usize = 32;
    pub(super) const L1_ENTRIES: usize = 36;
    pub(super) const L1_AT: usize = 40;
    pub(super) const REFERENCES_AT: usize = 48;
    pub(super) const REFERENCE_CLUSTERS: usize = 56;
    pub(super) const REFERENCE_ORDER: usize = 96;
    pub(super) const LENGTH: usize = 100;
}
