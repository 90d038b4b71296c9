//! FAT12 and FAT16 volumes, on top of the `hadris-fat` crate.
//!
//! The crate lays out tables and directories; it knows neither floppy geometry nor boot code, so this module writes
//! those fields of the boot sector itself.
//!
//! Follows: Microsoft, "FAT: General Overview of On-Disk Format" 1.03.

use hadris_fat::sync::{FatFs, format};
use hadris_fat::{FatKind, FatOptions, VolumeLabel};
use hadris_fs::sync::Volume;
use hadris_fs::{Extent, MountOptions, OpenOptions};
use hadris_storage::{BlockSize, MemDevice};

use crate::content::Stored;
use crate::geometry::Geometry;
use crate::names::{dos_label, dos_path};
use crate::recipe::Fat;

const SECTOR: usize = 512;
/// Boot sector fields (offset of the first byte).
mod bpb {
    pub(super) const OEM: usize = 0x03;
    pub(super) const SECTORS_PER_TRACK: usize = 0x18;
    pub(super) const HEADS: usize = 0x1A;
    pub(super) const HIDDEN: usize = 0x1C;
    pub(super) const DRIVE: usize = 0x24;
    /// First byte of boot code: the parameter block with its extension ends here.
    pub(super) const CODE: usize = 0x3E;
    pub(super) const SIGNATURE: usize = 0x1FE;
}

/// What is written into the parameter block.
pub(crate) struct Parameters<'a> {
    pub(crate) kind: Fat,
    pub(crate) sectors: u32,
    pub(crate) hidden: u32,
    pub(crate) geometry: Geometry,
    pub(crate) media: u8,
    pub(crate) drive: u8,
    pub(crate) cluster_sectors: Option<u8>,
    pub(crate) root_entries: u16,
    pub(crate) label: Option<&'a str>,
    pub(crate) serial: u32,
    /// A 512-byte boot sector whose code is kept.
    pub(crate) boot_sector: &'a [u8],
}

/// Where a file lies: first sector counted from the start of the volume, and its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) sector: u32,
    pub(crate) bytes: u64,
}

type Mounted = FatFs<MemDevice<Vec<u8>>>;

/// Builds the volume: files in their given order, so that a system file listed first lies first.
pub(crate) fn build(p: &Parameters<'_>, folders: &[String], files: &[Stored]) -> Result<Vec<u8>, String> {
    let mut device = device(vec![0; p.sectors as usize * SECTOR]);
    format(&mut device, &options(p)?).map_err(|error| format!("cannot lay out the FAT volume: {error}"))?;
    let volume = Volume::new(mount(device)?);
    for folder in folders {
        let path = dos_path(folder)?;
        volume.create_dir_all(format!("/{path}")).map_err(|error| format!("folder `{folder}`: {error}"))?;
    }
    for file in files {
        store(&volume, file, p)?;
    }
    let fs = volume.into_inner().map_err(|_| "the FAT volume is still in use")?;
    let mut bytes =
        fs.unmount().map_err(|error| format!("cannot finish the FAT volume: {error}"))?.into_inner();
    patch_boot_sector(&mut bytes, p);
    Ok(bytes)
}

fn options(p: &Parameters<'_>) -> Result<FatOptions, String> {
    let kind = match p.kind {
        Fat::Fat12 => FatKind::Fat12,
        Fat::Fat16 => FatKind::Fat16,
    };
    let mut options = FatOptions::new()
        .with_kind(kind)
        .with_serial(p.serial)
        .with_media(p.media)
        .with_root_entries(p.root_entries)
        .with_oem_name(*b"RELIC1.0")
        .with_partition_offset(u64::from(p.hidden) * SECTOR as u64);
    if let Some(sectors) = p.cluster_sectors {
        options = options.with_cluster_size(u32::from(sectors) * SECTOR as u32);
    }
    if let Some(label) = p.label {
        let label = dos_label(label)?;
        options =
            options.with_label(VolumeLabel::new(&label).map_err(|_| format!("label `{label}` is refused"))?);
    }
    Ok(options)
}

fn store(volume: &Volume<Mounted>, file: &Stored, p: &Parameters<'_>) -> Result<(), String> {
    let path = dos_path(&file.to)?;
    let refused = |error: &dyn std::fmt::Display| {
        let size = u64::from(p.sectors) * SECTOR as u64;
        format!("`{}` ({} bytes) does not go onto the {size}-byte volume: {error}", file.to, file.bytes.len())
    };
    if let Some((folder, _)) = path.rsplit_once('/') {
        volume.create_dir_all(format!("/{folder}")).map_err(|error| refused(&error))?;
    }
    let full = format!("/{path}");
    if volume.exists(&full).map_err(|error| refused(&error))? {
        return Err(format!("`{}` is stored twice", file.to));
    }
    volume.write(&full, &file.bytes).map_err(|error| refused(&error))
}

/// Geometry, drive number and boot code; the jump and the code come from the boot sector given.
fn patch_boot_sector(volume: &mut [u8], p: &Parameters<'_>) {
    let g = p.geometry;
    volume[..bpb::OEM].copy_from_slice(&p.boot_sector[..bpb::OEM]);
    volume[bpb::SECTORS_PER_TRACK..][..2].copy_from_slice(&u16::from(g.sectors).to_le_bytes());
    volume[bpb::HEADS..][..2].copy_from_slice(&u16::from(g.heads).to_le_bytes());
    volume[bpb::HIDDEN..][..4].copy_from_slice(&p.hidden.to_le_bytes());
    volume[bpb::DRIVE] = p.drive;
    volume[bpb::CODE..bpb::SIGNATURE].copy_from_slice(&p.boot_sector[bpb::CODE..bpb::SIGNATURE]);
    volume[bpb::SIGNATURE..SECTOR].copy_from_slice(&[0x55, 0xAA]);
}

fn device(bytes: Vec<u8>) -> MemDevice<Vec<u8>> {
    MemDevice::new(bytes, BlockSize::new(SECTOR as u32).expect("512 is a block size"))
}

fn mount(device: MemDevice<Vec<u8>>) -> Result<Mounted, String> {
    FatFs::mount(device, MountOptions::new()).map_err(|error| format!("not a FAT volume: {error}"))
}

/// Reads the file `path` (`DIR/NAME.EXT`) out of a FAT volume image; for tests and for guests that leave results.
///
/// # Errors
/// The bytes are no FAT volume, or there is no such file.
pub fn read_file(volume: &[u8], path: &str) -> Result<Vec<u8>, String> {
    let volume = Volume::new(mount(device(volume.to_vec()))?);
    volume.read(format!("/{}", path.trim_start_matches('/'))).map_err(|error| format!("`{path}`: {error}"))
}

/// Where the file lies, if it lies in one piece.
pub(crate) fn locate(volume: &[u8], path: &str) -> Result<Run, String> {
    let found = Volume::new(mount(device(volume.to_vec()))?);
    let file = found
        .open(format!("/{path}"), OpenOptions::new().read())
        .map_err(|error| format!("`{path}`: {error}"))?;
    let node = file.node();
    let mut extents = [Extent::new(0, 0); 2];
    let count = found
        .lock()
        .and_then(|mut fs| fs.extents(node, 0, &mut extents))
        .map_err(|error| format!("`{path}`: {error}"))?;
    match (count, extents[0]) {
        (1, extent) => Ok(Run { sector: (extent.offset() / SECTOR as u64) as u32, bytes: extent.len() }),
        (count, _) => Err(format!("`{path}` lies in {count} pieces, expected one")),
    }
}
