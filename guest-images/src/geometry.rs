//! Geometry of disks, and the nine floppy formats DOS knows.
//!
//! Follows: Microsoft, "FAT: General Overview of On-Disk Format" 1.03 (parameter block); the format tables of MS-DOS
//! 3.3-5.0 FORMAT for the allocation unit, root directory and table sizes.

/// Cylinders, heads and sectors per track of a disk with 512-byte sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// 1 to 1024.
    pub cylinders: u16,
    /// 1 to 255.
    pub heads: u8,
    /// Sectors per track, 1 to 63.
    pub sectors: u8,
}

impl Geometry {
    /// Sectors of one cylinder.
    pub fn cylinder_sectors(self) -> u32 {
        u32::from(self.heads) * u32::from(self.sectors)
    }

    /// Sectors of the whole disk.
    pub fn total_sectors(self) -> u32 {
        u32::from(self.cylinders) * self.cylinder_sectors()
    }
}

/// A floppy format: geometry and what FORMAT puts into its parameter block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloppyFormat {
    /// As recipes write it.
    pub name: &'static str,
    /// Tracks, sides and sectors per track.
    pub geometry: Geometry,
    /// Media descriptor byte.
    pub media: u8,
    /// Sectors per allocation unit.
    pub cluster_sectors: u8,
    /// Entries of the root directory.
    pub root_entries: u16,
    /// Sectors of one allocation table.
    pub fat_sectors: u16,
}

impl FloppyFormat {
    /// Every format, smallest first.
    pub const ALL: [Self; 9] = [
        format("160K", (40, 1, 8), 0xFE, 1, 64, 1),
        format("180K", (40, 1, 9), 0xFC, 1, 64, 2),
        format("320K", (40, 2, 8), 0xFF, 2, 112, 1),
        format("360K", (40, 2, 9), 0xFD, 2, 112, 2),
        format("640K", (80, 2, 8), 0xFB, 2, 112, 2),
        format("720K", (80, 2, 9), 0xF9, 2, 112, 3),
        format("1200K", (80, 2, 15), 0xF9, 1, 224, 7),
        format("1440K", (80, 2, 18), 0xF0, 1, 224, 9),
        format("2880K", (80, 2, 36), 0xF0, 2, 240, 9),
    ];

    /// The format a recipe names; `1.2M`, `1.44M` and `2.88M` are accepted too.
    pub fn named(name: &str) -> Option<Self> {
        let name = match name.to_ascii_uppercase().as_str() {
            "1.2M" => "1200K".into(),
            "1.44M" => "1440K".into(),
            "2.88M" => "2880K".into(),
            other => other.to_owned(),
        };
        Self::ALL.into_iter().find(|format| format.name == name)
    }

    /// The format whose image is `bytes` long.
    pub fn of_size(bytes: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.bytes() == bytes)
    }

    /// Size of the image.
    pub fn bytes(self) -> u64 {
        u64::from(self.geometry.total_sectors()) * 512
    }
}

/// The geometry of a floppy image of `bytes` bytes, if a floppy has that size.
pub fn floppy_geometry(bytes: u64) -> Option<Geometry> {
    FloppyFormat::of_size(bytes).map(|format| format.geometry)
}

const fn format(
    name: &'static str,
    (cylinders, heads, sectors): (u16, u8, u8),
    media: u8,
    cluster_sectors: u8,
    root_entries: u16,
    fat_sectors: u16,
) -> FloppyFormat {
    let geometry = Geometry { cylinders, heads, sectors };
    FloppyFormat { name, geometry, media, cluster_sectors, root_entries, fat_sectors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_sizes_are_their_names() {
        for format in FloppyFormat::ALL {
            let kib: u64 = format.name.trim_end_matches('K').parse().unwrap();
            assert_eq!(format.bytes(), kib * 1024, "{}", format.name);
        }
    }

    #[test]
    fn geometry_follows_from_the_image_size() {
        let geometry = floppy_geometry(1_474_560).unwrap();
        assert_eq!((geometry.cylinders, geometry.heads, geometry.sectors), (80, 2, 18));
        assert_eq!(floppy_geometry(1_474_559), None);
    }

    #[test]
    fn decimal_names_are_accepted() {
        assert_eq!(FloppyFormat::named("1.44M"), FloppyFormat::named("1440K"));
        assert_eq!(FloppyFormat::named("1.3M"), None);
    }
}
