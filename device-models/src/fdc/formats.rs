//! Drives, and the formats of the media that go into them.
//!
//! A medium's format is known by its size (FDC-08). Firmware uses the same table for its disk parameters.

use serde::{Deserialize, Serialize};

/// A floppy drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DriveType {
    /// 5.25 inch, 360 KB: 40 tracks.
    D360,
    /// 5.25 inch, 1.2 MB: 80 tracks at 360 rpm.
    D1200,
    /// 3.5 inch, 720 KB.
    D720,
    /// 3.5 inch, 1.44 MB.
    D1440,
    /// 3.5 inch, 2.88 MB.
    D2880,
}

impl DriveType {
    /// The nibble that CMOS register 10h has for it.
    pub const fn cmos(self) -> u8 {
        match self {
            DriveType::D360 => 1,
            DriveType::D1200 => 2,
            DriveType::D720 => 3,
            DriveType::D1440 => 4,
            DriveType::D2880 => 5,
        }
    }

    /// The innermost cylinder that the head reaches, with the few beyond the nominal ones.
    pub const fn last_cylinder(self) -> u8 {
        match self {
            DriveType::D360 => 41,
            _ => 83,
        }
    }

    /// Nanoseconds a revolution.
    pub const fn revolution_ns(self) -> u64 {
        match self {
            DriveType::D1200 => 166_666_667,
            _ => 200_000_000,
        }
    }

    /// Whether the drive reads media of a density.
    const fn takes(self, density: Density) -> bool {
        match density {
            Density::Double => true,
            Density::High => !matches!(self, DriveType::D360 | DriveType::D720),
            Density::ExtraHigh => matches!(self, DriveType::D2880),
        }
    }
}

/// How closely the bits of a medium lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// 250 kbit/s; 300 in a drive of 360 rpm.
    Double,
    /// 500 kbit/s.
    High,
    /// 1 Mbit/s.
    ExtraHigh,
}

/// Data rates by their code in the chip's registers.
mod rate {
    pub(super) const K500: u8 = 0;
    pub(super) const K300: u8 = 1;
    pub(super) const K250: u8 = 2;
    pub(super) const M1: u8 = 3;
}

/// A format of a medium, with sectors of 512 bytes numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The field's name for it.
    pub name: &'static str,
    /// Tracks a side.
    pub cylinders: u8,
    /// Sides.
    pub heads: u8,
    /// Sectors a track.
    pub sectors: u8,
    /// Density.
    pub density: Density,
}

const fn format(name: &'static str, cylinders: u8, heads: u8, sectors: u8, density: Density) -> Format {
    Format { name, cylinders, heads, sectors, density }
}

/// All formats. No two have the same size.
pub const FORMATS: [Format; 17] = [
    format("160K", 40, 1, 8, Density::Double),
    format("180K", 40, 1, 9, Density::Double),
    format("320K", 40, 2, 8, Density::Double),
    format("360K", 40, 2, 9, Density::Double),
    format("400K", 40, 2, 10, Density::Double),
    format("640K", 80, 2, 8, Density::Double),
    format("720K", 80, 2, 9, Density::Double),
    format("800K", 80, 2, 10, Density::Double),
    format("820K", 82, 2, 10, Density::Double),
    format("1.2M", 80, 2, 15, Density::High),
    format("1.44M", 80, 2, 18, Density::High),
    format("1.48M", 82, 2, 18, Density::High),
    format("1.6M", 80, 2, 20, Density::High),
    format("1.68M DMF", 80, 2, 21, Density::High),
    format("1.72M", 82, 2, 21, Density::High),
    format("1.76M", 80, 2, 22, Density::High),
    format("2.88M", 80, 2, 36, Density::ExtraHigh),
];

impl Format {
    /// Bytes on the medium.
    pub const fn bytes(&self) -> u64 {
        self.cylinders as u64 * self.heads as u64 * self.sectors as u64 * super::regs::SECTOR as u64
    }

    /// The format of a medium of exactly so many bytes.
    pub fn of_size(bytes: u64) -> Option<&'static Format> {
        FORMATS.iter().find(|f| f.bytes() == bytes)
    }

    /// The format that a drive takes a medium for. An image cut short counts as the smallest format of the
    /// drive's kind that holds it, and its missing sectors cannot be read; `None` for what is empty or larger.
    pub fn in_drive(bytes: u64, drive: DriveType) -> Option<&'static Format> {
        let kinds: &[&str] = match drive {
            DriveType::D360 | DriveType::D1200 => &["360K", "1.2M"],
            DriveType::D720 | DriveType::D1440 | DriveType::D2880 => &["720K", "1.44M", "2.88M"],
        };
        let holds = |f: &&Format| kinds.contains(&f.name) && bytes > 0 && bytes < f.bytes();
        Format::of_size(bytes).or_else(|| FORMATS.iter().find(holds))
    }

    /// Whether a drive reads the format at a data rate code. A double-density medium in a 5.25 inch drive is
    /// taken at 250 and 300 kbit/s alike: which of them is right depends on the drive's speed, and firmware
    /// does not always know it.
    pub fn readable(&self, drive: DriveType, rate: u8) -> bool {
        let five_inch = matches!(drive, DriveType::D360 | DriveType::D1200);
        drive.takes(self.density)
            && match self.density {
                Density::Double => rate == rate::K250 || (five_inch && rate == rate::K300),
                Density::High => rate == rate::K500,
                Density::ExtraHigh => rate == rate::M1,
            }
    }

    /// Whether tracks of this format lie on every second cylinder of the drive.
    pub fn double_step(&self, drive: DriveType) -> bool {
        drive == DriveType::D1200 && self.cylinders <= 42
    }
}
