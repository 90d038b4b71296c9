//! Guest media that other people made: found through `RELIC_MEDIA`, unpacked in memory.

use flate2::read::GzDecoder;
use hypervisor::{Disk, Drive, FloppyType, MachineConfig, Media};
use std::io::Read as _;
use std::path::PathBuf;

/// The floppies of `dos/`, by what their names say of their format.
pub const FLOPPIES: [&str; 8] = ["160K", "180K", "320K", "360K", "640K", "720K", "1200K", "1.4MB"];

/// Where media are unless `RELIC_MEDIA` says otherwise, from the workspace's folder.
const STANDARD: &str = "../shared/media";

fn folder() -> PathBuf {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::env::var_os("RELIC_MEDIA").map_or_else(|| PathBuf::from(workspace).join(STANDARD), PathBuf::from)
}

/// The path of a medium as it lies there; without it the test is skipped.
pub fn path(name: &str) -> Option<PathBuf> {
    let path = folder().join(name);
    if !path.is_file() {
        crate::skip(&format!("RELIC_MEDIA ({}) has no {name}", folder().display()));
        return None;
    }
    Some(path)
}

fn unpacked(name: &str) -> Option<Vec<u8>> {
    let packed = std::fs::read(path(name)?).expect("a medium is readable");
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("a medium is whole");
    Some(bytes)
}

/// Name of the FreeDOS floppy of a format of [`FLOPPIES`].
pub fn floppy_name(format: &str) -> String {
    format!("dos/freedos-floppy-{format}.img.gz")
}

/// The FreeDOS floppy of a format of [`FLOPPIES`].
pub fn floppy(format: &str) -> Option<Vec<u8>> {
    unpacked(&floppy_name(format))
}

/// Name of the FreeDOS hard disk.
pub const HARD_DISK: &str = "dos/freedos-hdd-64M.img.gz";

/// The FreeDOS hard disk.
pub fn hard_disk() -> Option<Vec<u8>> {
    unpacked(HARD_DISK)
}

/// The drive that a floppy of a size is meant for.
pub fn drive_for(bytes: usize) -> FloppyType {
    match bytes >> 10 {
        0..=360 => FloppyType::F360,
        361..=720 => FloppyType::F720,
        721..=1200 => FloppyType::F1200,
        1201..=1440 => FloppyType::F1440,
        _ => FloppyType::F2880,
    }
}

/// A standard machine with a floppy in A:, and a drive that takes it.
pub fn with_floppy(image: Vec<u8>) -> (MachineConfig, Media) {
    let floppy = [drive_for(image.len()), FloppyType::None];
    let media = Media { floppies: [Some(Disk::from_bytes(image)), None], ..Media::default() };
    (MachineConfig { floppy, ..MachineConfig::default() }, media)
}

/// A standard machine with a hard disk, and a CD-ROM drive that is empty or not.
pub fn with_hard_disk(image: Vec<u8>, disc: Option<Vec<u8>>) -> (MachineConfig, Media) {
    let cd = Drive::Cd(disc.map(Disk::from_bytes));
    let drives = [Drive::Disk(Disk::from_bytes(image)), Drive::None, cd, Drive::None];
    (MachineConfig::default(), Media { drives, ..Media::default() })
}

/// A standard machine with a disc in its CD-ROM drive and nothing else.
pub fn with_disc(disc: Vec<u8>) -> (MachineConfig, Media) {
    let cd = Drive::Cd(Some(Disk::from_bytes(disc)));
    let drives = [Drive::None, Drive::None, cd, Drive::None];
    (MachineConfig::default(), Media { drives, ..Media::default() })
}
