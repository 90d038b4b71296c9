//! Telling what a medium is by its content, and whether a BIOS could boot it.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{Error, Result};
use crate::geometry::{FloppyFormat, Geometry};
use crate::input;

const SECTOR: u64 = 512;
const BLOCK: u64 = 2048;
const DESCRIPTORS: u64 = 16 * BLOCK;
const TABLE: usize = 446;
const EL_TORITO: &[u8] = b"EL TORITO SPECIFICATION";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// An ISO 9660 disc.
    Iso,
    /// A floppy image.
    Floppy,
    /// A partitioned hard disk.
    Harddisk,
    /// A XenServer bundle.
    Xva,
    /// None of these.
    Unknown,
}

/// A recognised medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// What it is.
    pub kind: MediaKind,
    /// Length in bytes.
    pub bytes: u64,
    /// Geometry: of a floppy by its size, of a hard disk by the ends of its partitions.
    pub geometry: Option<Geometry>,
    /// Why a BIOS would not boot it, if so.
    pub not_bootable: Option<&'static str>,
}

/// One used entry of a partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionEntry {
    /// Marked active.
    pub active: bool,
    /// System type byte.
    pub system: u8,
    /// First sector.
    pub start: u32,
    /// Number of sectors.
    pub sectors: u32,
    last_head: u8,
    last_sector: u8,
}

/// Recognises the file at `path`.
///
/// # Errors
/// It cannot be read, is empty, is packed, or is shorter than its own headers say.
pub fn probe_kind(path: &Path) -> Result<Medium> {
    let (mut file, bytes) = input::open(path).map_err(|source| Error::read(path, source))?;
    recognise(&mut file, bytes, path)
}

/// Recognises a medium in memory; `name` is used in messages.
///
/// # Errors
/// It is empty, is packed, or is shorter than its own headers say.
pub fn probe_kind_of(medium: &[u8], name: &Path) -> Result<Medium> {
    recognise(&mut Cursor::new(medium), medium.len() as u64, name)
}

/// Recognises a medium of so many bytes that is read in place; `name` is used in messages.
///
/// # Errors
/// It cannot be read, is empty, is packed, or is shorter than its own headers say.
pub fn probe_kind_in(medium: &mut (impl Read + Seek), bytes: u64, name: &Path) -> Result<Medium> {
    recognise(medium, bytes, name)
}

trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

fn recognise(source: &mut dyn Source, bytes: u64, name: &Path) -> Result<Medium> {
    if bytes == 0 {
        return Err(Error::media(name, "the file is empty, expected a medium"));
    }
    let mut at = |offset, length| read_at(source, offset, length).map_err(|e| Error::read(name, e));
    let first = at(0, SECTOR)?;
    if first.starts_with(&[0x1F, 0x8B]) {
        return Err(Error::media(name, "packed with gzip, expected a medium; unpack it first"));
    }
    let descriptor = at(DESCRIPTORS, BLOCK)?;
    if descriptor.get(1..6) == Some(b"CD001") {
        let boot = at(DESCRIPTORS + BLOCK, BLOCK)?;
        let catalog = u64::from(le32(&boot, 0x47));
        let entry = at(catalog * BLOCK, 64)?;
        return iso(&descriptor, &boot, &entry, bytes).map_err(|m| Error::media(name, m));
    }
    let found = if let Some(xva) = xva(&first, bytes) {
        Ok(xva)
    } else if let Some(format) = FloppyFormat::of_size(bytes) {
        Ok(floppy(&first, format, bytes))
    } else {
        disk(&first, bytes)
    };
    found.map_err(|message| Error::media(name, message))
}

fn read_at(source: &mut dyn Source, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    source.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn iso(descriptor: &[u8], boot: &[u8], catalog: &[u8], bytes: u64) -> std::result::Result<Medium, String> {
    let promised = u64::from(le32(descriptor, 80)) * BLOCK;
    if promised > bytes {
        return Err(truncated("ISO 9660 disc", promised, bytes));
    }
    let has_record = boot.first() == Some(&0) && boot.get(7..7 + EL_TORITO.len()) == Some(EL_TORITO);
    let not_bootable = match (has_record, catalog.get(32)) {
        (false, _) => Some("the disc has no El Torito boot record"),
        (true, Some(0x88)) => None,
        (true, _) => Some("the disc's El Torito catalog has no bootable entry"),
    };
    Ok(Medium { kind: MediaKind::Iso, bytes, geometry: None, not_bootable })
}

/// A XenServer bundle is a tar file whose first member is `ova.xml`.
fn xva(first: &[u8], bytes: u64) -> Option<Medium> {
    let name = first.split(|&byte| byte == 0).next()?;
    let is_tar = first.len() == SECTOR as usize && checksum_matches(first);
    let named = name == b"ova.xml" || name == b"./ova.xml";
    (is_tar && named).then_some(Medium {
        kind: MediaKind::Xva,
        bytes,
        geometry: None,
        not_bootable: Some("a bundle is no medium, its disks are"),
    })
}

/// A tar header's checksum is the sum of its bytes with the checksum field read as blanks.
fn checksum_matches(header: &[u8]) -> bool {
    let sum: u32 = header
        .iter()
        .enumerate()
        .map(|(i, &b)| if (148..156).contains(&i) { 32 } else { u32::from(b) })
        .sum();
    let field: String = header[148..156].iter().map(|&b| b as char).collect();
    u32::from_str_radix(field.trim_matches([' ', '\0']), 8) == Ok(sum)
}

fn floppy(first: &[u8], format: FloppyFormat, bytes: u64) -> Medium {
    let not_bootable = match (has_signature(first), first.iter().all(|&b| b == 0)) {
        (_, true) => Some("the floppy's boot sector is blank"),
        (false, _) => Some("the floppy's boot sector does not end in 55 AA"),
        (true, _) => None,
    };
    Medium { kind: MediaKind::Floppy, bytes, geometry: Some(format.geometry), not_bootable }
}

fn disk(first: &[u8], bytes: u64) -> std::result::Result<Medium, String> {
    if let Some(volume) = parameter_block_sectors(first) {
        let promised = u64::from(volume) * SECTOR;
        return match promised.cmp(&bytes) {
            std::cmp::Ordering::Greater => Err(truncated("FAT volume", promised, bytes)),
            _ => Ok(Medium {
                kind: MediaKind::Unknown,
                bytes,
                geometry: None,
                not_bootable: Some("a FAT volume that is neither a floppy nor partitioned"),
            }),
        };
    }
    let Some(partitions) = partition_table(first) else {
        return Ok(Medium {
            kind: MediaKind::Unknown,
            bytes,
            geometry: None,
            not_bootable: Some("no boot signature 55 AA"),
        });
    };
    let end =
        partitions.iter().map(|p| (u64::from(p.start) + u64::from(p.sectors)) * SECTOR).max().unwrap_or(0);
    if end > bytes {
        return Err(truncated("partitioned disk", end, bytes));
    }
    let not_bootable = match partitions.iter().any(|p| p.active) {
        true => None,
        false => Some("no partition is marked active"),
    };
    Ok(Medium { kind: MediaKind::Harddisk, bytes, geometry: disk_geometry(&partitions, bytes), not_bootable })
}

/// Sectors per track and heads are what the partitions end on, as a BIOS's translation sees them.
fn disk_geometry(partitions: &[PartitionEntry], bytes: u64) -> Option<Geometry> {
    let first = partitions.first()?;
    let (heads, sectors) = (first.last_head.checked_add(1)?, first.last_sector);
    let cylinder = u64::from(heads) * u64::from(sectors) * SECTOR;
    let cylinders = u16::try_from((bytes / cylinder.max(1)).min(1024)).ok()?;
    (sectors > 0 && cylinders > 0).then_some(Geometry { cylinders, heads, sectors })
}

/// Total sectors by the parameter block of a FAT boot sector, if this is one.
fn parameter_block_sectors(first: &[u8]) -> Option<u32> {
    let jump = matches!((first.first()?, first.get(2)?), (0xEB, 0x90) | (0xE9, _));
    let sane = le16(first, 0x0B) == 512 && matches!(first.get(0x10)?, 1 | 2) && *first.get(0x15)? >= 0xF0;
    let small = u32::from(le16(first, 0x13));
    let total = if small == 0 { le32(first, 0x20) } else { small };
    (jump && sane && total > 0).then_some(total)
}

/// The used entries of the partition table in the first sector of `disk`, or nothing when that is no master boot
/// record.
pub fn partition_table(disk: &[u8]) -> Option<Vec<PartitionEntry>> {
    let sector = disk.get(..SECTOR as usize)?;
    if !has_signature(sector) {
        return None;
    }
    let entries = sector[TABLE..TABLE + 64].chunks_exact(16);
    if entries.clone().any(|e| e[0] & 0x7F != 0) {
        return None;
    }
    let used = entries.filter(|e| e[4] != 0).map(|e| PartitionEntry {
        active: e[0] == 0x80,
        system: e[4],
        start: le32(e, 8),
        sectors: le32(e, 12),
        last_head: e[5],
        last_sector: e[6] & 0x3F,
    });
    let used: Vec<PartitionEntry> = used.collect();
    (!used.is_empty()).then_some(used)
}

fn has_signature(sector: &[u8]) -> bool {
    sector.get(510..512) == Some(&[0x55, 0xAA])
}

fn truncated(what: &str, promised: u64, found: u64) -> String {
    format!("truncated {what}: its headers say {promised} bytes, the file has {found}")
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests;
