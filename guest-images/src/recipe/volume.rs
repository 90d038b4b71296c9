//! The recipes of floppies and hard disks.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{FileEntry, Kind, ProbeTable};
use crate::vars::Variables;

/// `kind = "floppy"`: one FAT12 volume without partitions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloppyRecipe {
    /// `floppy`
    pub kind: Kind,
    /// Name of the file to write; the recipe's own name with `.img` unless told.
    pub output: Option<String>,
    /// `160K 180K 320K 360K 640K 720K 1200K 1440K 2880K`; 1440K unless told.
    pub format: Option<String>,
    /// Volume label.
    pub label: Option<String>,
    /// Boot sector (512 bytes or a floppy image, a host path); its code is kept, its parameter block is replaced.
    /// Without one the floppy says that it has no system.
    pub boot_sector: Option<String>,
    /// The files, stored in this order.
    #[serde(default)]
    pub files: Vec<FileEntry>,
    /// Folders that must exist even when empty.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Boot the probe.
    pub probe: Option<ProbeTable>,
    /// Texts for `${name}`.
    #[serde(default)]
    pub vars: Variables,
}

/// `kind = "harddisk"`: a partition table and FAT volumes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarddiskRecipe {
    /// `harddisk`
    pub kind: Kind,
    /// Name of the file to write; the recipe's own name with `.img` unless told.
    pub output: Option<String>,
    /// Cylinders, heads and sectors. Heads 16 and sectors 63 unless told, cylinders from `size` or from what
    /// the partitions need.
    pub geometry: Option<GeometryRecipe>,
    /// Size of the whole disk, rounded up to cylinders.
    pub size: Option<Size>,
    /// Code of the master boot record (up to 440 bytes are used); our own unless told.
    pub boot_code: Option<String>,
    /// The four bytes at 1B8h as a number; a fixed one unless told.
    pub disk_signature: Option<u32>,
    /// One to four primary partitions.
    #[serde(default)]
    pub partitions: Vec<PartitionRecipe>,
    /// Texts for `${name}`.
    #[serde(default)]
    pub vars: Variables,
}

/// The `geometry` of a hard disk.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeometryRecipe {
    /// 1 to 1024.
    pub cylinders: Option<u16>,
    /// 1 to 255.
    pub heads: Option<u8>,
    /// Sectors per track, 1 to 63.
    pub sectors: Option<u8>,
}

/// One entry of the partition table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionRecipe {
    /// 12 or 16; chosen by size unless told (FAT12 below 16 MiB).
    pub fat: Option<Fat>,
    /// Size, rounded to whole cylinders; the last partition takes what is left unless told.
    pub size: Option<Size>,
    /// The flag the master boot record looks for; on the first partition unless any partition says otherwise.
    pub active: Option<bool>,
    /// Volume label.
    pub label: Option<String>,
    /// Boot sector (512 bytes or a floppy image, a host path); its code is kept, its parameter block is replaced.
    pub boot_sector: Option<String>,
    /// The files, stored in this order.
    #[serde(default)]
    pub files: Vec<FileEntry>,
    /// Folders that must exist even when empty.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Boot the probe.
    pub probe: Option<ProbeTable>,
}

/// Width of the allocation table's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fat {
    /// 12 bits.
    Fat12,
    /// 16 bits.
    Fat16,
}

impl<'de> Deserialize<'de> for Fat {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match u8::deserialize(d)? {
            12 => Ok(Self::Fat12),
            16 => Ok(Self::Fat16),
            other => Err(D::Error::custom(format!("fat is {other}; 12 and 16 are known"))),
        }
    }
}

/// A size in bytes, written `"512K"`, `"32M"`, `"1G"` or as a number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(d)?;
        let bytes = match &value {
            toml::Value::Integer(bytes) => u64::try_from(*bytes).ok(),
            toml::Value::String(text) => parse_size(text),
            _ => None,
        };
        bytes
            .map(Size)
            .ok_or_else(|| D::Error::custom(format!("size is {value}; write \"512K\", \"32M\" or bytes")))
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}
