//! What an IDE function is built from: which drives are where, and who they say they are.

use serde::{Deserialize, Serialize};

/// Cylinders, heads and sectors as a disk reports them in IDENTIFY DEVICE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geometry {
    /// Cylinders, 1-65535; IDENTIFY never shows more than 16383.
    pub cylinders: u16,
    /// Heads, 1-16.
    pub heads: u8,
    /// Sectors a track, 1-63.
    pub sectors: u8,
}

impl Geometry {
    /// The geometry that drives of a size report: 16 heads of 63 sectors, at most 16383 cylinders; fewer
    /// heads and sectors for media under a megabyte.
    pub fn of_size(bytes: u64) -> Geometry {
        let total = (bytes / super::regs::SECTOR as u64).max(1);
        let (heads, sectors) = if total >= 16 * 63 { (16, 63) } else { (1, total.min(63) as u8) };
        let cylinders = (total / (u64::from(heads) * u64::from(sectors))).clamp(1, 16_383) as u16;
        Geometry { cylinders, heads, sectors }
    }
}

/// A hard disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskModel {
    /// The default translation.
    pub geometry: Geometry,
    /// Model, at most 40 characters.
    pub model: String,
    /// Serial number, at most 20 characters.
    pub serial: String,
    /// Firmware revision, at most 8 characters.
    pub firmware: String,
}

impl DiskModel {
    /// A disk of a geometry.
    pub fn new(geometry: Geometry) -> Self {
        DiskModel {
            geometry,
            model: "RELIC HARDDISK".into(),
            serial: "RL00001".into(),
            firmware: "1.0".into(),
        }
    }
}

/// How long a packet device may take to ask for the packet, as it says in IDENTIFY PACKET DEVICE. The answer is
/// immediate in any case (IDE-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PacketDrq {
    /// Within 3 ms.
    Microprocessor,
    /// Within 50 us.
    Accelerated,
}

/// A CD-ROM drive. Drivers of OEM discs check who made it (CD-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdModel {
    /// INQUIRY vendor, at most 8 characters.
    pub vendor: String,
    /// INQUIRY product, at most 16 characters.
    pub product: String,
    /// INQUIRY revision, at most 4 characters.
    pub revision: String,
    /// Serial number, at most 20 characters.
    pub serial: String,
    /// How it answers PACKET.
    pub drq: PacketDrq,
}

impl Default for CdModel {
    fn default() -> Self {
        CdModel {
            vendor: "RELIC".into(),
            product: "CD-ROM".into(),
            revision: "1.0".into(),
            serial: "RL00002".into(),
            drq: PacketDrq::Accelerated,
        }
    }
}

/// What is attached at a position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriveKind {
    /// Nothing.
    #[default]
    None,
    /// A hard disk whose medium is in the position's bay.
    Disk(DiskModel),
    /// An ATAPI CD-ROM drive.
    Cd(CdModel),
}

/// What the function is built from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdeConfig {
    /// A function of the PIIX3 with bus master; without it, two ISA channels that know PIO only.
    pub pci: bool,
    /// Primary master and slave, secondary master and slave.
    pub drives: [DriveKind; 4],
}
