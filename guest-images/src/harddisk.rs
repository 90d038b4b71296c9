//! Hard disks: a master boot record and one to four primary FAT partitions that start and end on track and cylinder
//! bounds, as DOS FDISK makes them. A BIOS that emulates a hard disk from a CD takes the geometry from the end of the
//! first partition, so every partition ends on the last head and sector of a cylinder.

use std::path::Path;

use mbrman::{BOOT_ACTIVE, BOOT_INACTIVE, CHS, MBRHeader, MBRPartitionEntry};

use crate::boot;
use crate::content;
use crate::error::{Error, Result};
use crate::fat::Parameters;
use crate::geometry::Geometry;
use crate::recipe::{Fat, HarddiskRecipe, PartitionRecipe};
use crate::serial;
use crate::sparse::{PIECE, is_blank};
use crate::volume::Contents;

const SECTOR: usize = 512;
const BOOT_CODE_BYTES: usize = 440;
const FIXED_DISK: u8 = 0xF8;
const FIRST_HARD_DISK: u8 = 0x80;
const MAX_CYLINDERS: u32 = 1024;
const SIXTEEN_MIB: u64 = 16 << 20;
const STANDARD_SIZE: u64 = 32 << 20;

/// System type bytes of the partition table.
mod system {
    pub(super) const FAT12: u8 = 0x01;
    pub(super) const FAT16_SMALL: u8 = 0x04;
    pub(super) const FAT16: u8 = 0x06;
    /// Sectors a 16-bit count holds: above it the type is FAT16 "huge".
    pub(super) const SMALL_LIMIT: u32 = 0x1_0000;
}

/// A partition's place, in sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    sectors: u32,
}

/// Builds the disk; `file` is the recipe.
pub(crate) fn build(recipe: &HarddiskRecipe, file: &Path) -> Result<Vec<u8>> {
    let refuse = |message: String| Error::recipe(file, message);
    if recipe.partitions.is_empty() || recipe.partitions.len() > 4 {
        return Err(refuse(format!("{} partitions; a hard disk has 1 to 4", recipe.partitions.len())));
    }
    let geometry = geometry(recipe).map_err(refuse)?;
    let spans = spans(&recipe.partitions, geometry).map_err(refuse)?;
    let mut disk = vec![0; geometry.total_sectors() as usize * SECTOR];
    let mut header = MBRHeader::new(signature(recipe));
    header.bootstrap_code = boot_code(recipe, file)?;
    for (index, (partition, span)) in recipe.partitions.iter().zip(&spans).enumerate() {
        let kind = fat_kind(partition, *span);
        let at = span.start as usize * SECTOR;
        let volume = volume(partition, kind, *span, geometry, file)?;
        copy_used(&volume, &mut disk[at..at + volume.len()]);
        let entry = header.get_mut(index + 1).ok_or_else(|| refuse("too many partitions".into()))?;
        *entry = table_entry(kind, *span, geometry, is_active(recipe, index)).map_err(refuse)?;
    }
    header.write_into(&mut std::io::Cursor::new(&mut disk[..])).map_err(|error| refuse(error.to_string()))?;
    Ok(disk)
}

/// Copies what is not zero into zeros: the host gives memory only to pages that are written.
fn copy_used(from: &[u8], to: &mut [u8]) {
    for (from, to) in from.chunks(PIECE).zip(to.chunks_mut(PIECE)) {
        if !is_blank(from) {
            to.copy_from_slice(from);
        }
    }
}

fn signature(recipe: &HarddiskRecipe) -> [u8; 4] {
    let labels: Vec<&str> = recipe.partitions.iter().map(|p| p.label.as_deref().unwrap_or("")).collect();
    recipe.disk_signature.unwrap_or_else(|| serial::of(&labels)).to_le_bytes()
}

fn boot_code(recipe: &HarddiskRecipe, file: &Path) -> Result<[u8; BOOT_CODE_BYTES]> {
    let bytes = match &recipe.boot_code {
        Some(path) => content::read(&content::beside(file, path)?)?,
        None => boot::MASTER.to_vec(),
    };
    let fits = bytes.len() <= BOOT_CODE_BYTES || bytes.len() == SECTOR;
    if !fits {
        let message = format!("boot_code has {} bytes; up to 440, or a 512-byte sector, fit", bytes.len());
        return Err(Error::recipe(file, message));
    }
    let mut code = [0; BOOT_CODE_BYTES];
    let used = bytes.len().min(BOOT_CODE_BYTES);
    code[..used].copy_from_slice(&bytes[..used]);
    Ok(code)
}

fn geometry(recipe: &HarddiskRecipe) -> std::result::Result<Geometry, String> {
    let asked = recipe.geometry;
    let heads = asked.and_then(|g| g.heads).unwrap_or(16);
    let sectors = asked.and_then(|g| g.sectors).unwrap_or(63);
    if heads == 0 || !(1..=63).contains(&sectors) {
        return Err(format!(
            "geometry of {heads} heads and {sectors} sectors; heads are 1 to 255, sectors 1 to 63"
        ));
    }
    let cylinder = u64::from(heads) * u64::from(sectors) * SECTOR as u64;
    let wanted = recipe.size.map_or_else(|| partitions_size(&recipe.partitions, cylinder), |size| size.0);
    let from_size = wanted.div_ceil(cylinder).max(1);
    let cylinders = asked.and_then(|g| g.cylinders).map_or(from_size, u64::from);
    if cylinders == 0 || cylinders > u64::from(MAX_CYLINDERS) {
        return Err(format!(
            "{cylinders} cylinders of {heads} heads and {sectors} sectors; 1 to {MAX_CYLINDERS} fit"
        ));
    }
    Ok(Geometry { cylinders: cylinders as u16, heads, sectors })
}

fn partitions_size(partitions: &[PartitionRecipe], cylinder: u64) -> u64 {
    let sized = |p: &PartitionRecipe| p.size.map_or(STANDARD_SIZE, |size| size.0);
    partitions.iter().map(|p| sized(p).div_ceil(cylinder) * cylinder).sum()
}

/// The first partition leaves the first track to the master boot record; the others begin on a cylinder.
fn spans(partitions: &[PartitionRecipe], g: Geometry) -> std::result::Result<Vec<Span>, String> {
    let cylinder = g.cylinder_sectors();
    let last = partitions.len() - 1;
    let mut first_cylinder = 0u32;
    let mut spans = Vec::new();
    for (index, partition) in partitions.iter().enumerate() {
        let left = u32::from(g.cylinders).saturating_sub(first_cylinder);
        let cylinders = match partition.size {
            Some(size) => size.0.div_ceil(u64::from(cylinder) * SECTOR as u64).max(1),
            None if index == last => u64::from(left),
            None => {
                return Err(format!(
                    "partition {} has no size; only the last one may leave it out",
                    index + 1
                ));
            }
        };
        if cylinders == 0 || cylinders > u64::from(left) {
            return Err(format!(
                "partition {} needs {cylinders} cylinders, the disk has {left} left of {}",
                index + 1,
                g.cylinders
            ));
        }
        let start = (first_cylinder * cylinder).max(u32::from(g.sectors));
        first_cylinder += cylinders as u32;
        let end = first_cylinder * cylinder;
        if end <= start {
            return Err(format!("partition {} is empty: a cylinder has only one track", index + 1));
        }
        spans.push(Span { start, sectors: end - start });
    }
    Ok(spans)
}

fn fat_kind(partition: &PartitionRecipe, span: Span) -> Fat {
    let bytes = u64::from(span.sectors) * SECTOR as u64;
    partition.fat.unwrap_or(if bytes < SIXTEEN_MIB { Fat::Fat12 } else { Fat::Fat16 })
}

fn volume(p: &PartitionRecipe, kind: Fat, span: Span, geometry: Geometry, file: &Path) -> Result<Vec<u8>> {
    let contents = Contents::read(file, &p.files, &p.folders, p.boot_sector.as_deref(), p.probe.as_ref())?;
    let parameters = Parameters {
        kind,
        sectors: span.sectors,
        hidden: span.start,
        geometry,
        media: FIXED_DISK,
        drive: FIRST_HARD_DISK,
        cluster_sectors: None,
        root_entries: 512,
        label: p.label.as_deref(),
        serial: serial::of(&[p.label.as_deref().unwrap_or(""), &span.start.to_string()]),
        boot_sector: &contents.boot_sector,
    };
    contents.build(file, &parameters)
}

fn is_active(recipe: &HarddiskRecipe, index: usize) -> bool {
    let any_said = recipe.partitions.iter().any(|p| p.active == Some(true));
    recipe.partitions[index].active.unwrap_or(index == 0 && !any_said)
}

fn table_entry(
    kind: Fat,
    span: Span,
    g: Geometry,
    active: bool,
) -> std::result::Result<MBRPartitionEntry, String> {
    let chs =
        |lba| CHS::from_lba_exact(lba, g.cylinders, g.heads, g.sectors).map_err(|error| error.to_string());
    let sys = match kind {
        Fat::Fat12 => system::FAT12,
        Fat::Fat16 if span.sectors < system::SMALL_LIMIT => system::FAT16_SMALL,
        Fat::Fat16 => system::FAT16,
    };
    Ok(MBRPartitionEntry {
        boot: if active { BOOT_ACTIVE } else { BOOT_INACTIVE },
        first_chs: chs(span.start)?,
        sys,
        last_chs: chs(span.start + span.sectors - 1)?,
        starting_lba: span.start,
        sectors: span.sectors,
    })
}
