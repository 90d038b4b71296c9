//! Boot code of our own for media that boot nothing else. Sources in `boot/`, built bytes in `built/`.

/// Master boot record code: starts the active partition, by LBA where the BIOS has it.
pub(crate) const MASTER: &[u8] = include_bytes!("../built/mbr.bin");
/// Boot sector that says there is no system on the volume.
pub(crate) const NO_SYSTEM: &[u8] = include_bytes!("../built/nosystem.bin");
