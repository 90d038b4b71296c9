//! Writing a monolithic sparse VMDK.

use super::{Flags, LINE_ENDS, MAGIC, SECTOR, TABLE, header};
use crate::disk::{DiskSource, each_piece};
use crate::output::Pending;
use std::io::{self, Seek, SeekFrom, Write};

/// Sectors of a grain, as every other writer has them.
const GRAIN: u64 = 128;
const VERSION: u32 = 1;
/// Sectors of the descriptor, which comes after the header.
const DESCRIPTOR: u64 = 20;
/// Heads and sectors a track of an IDE disk in VMware.
const HEADS: u64 = 16;
const TRACK: u64 = 63;
/// Cylinders that an IDE disk says at most.
const MOST_CYLINDERS: u64 = 16_383;
/// Sectors of a table of grains.
const TABLE_SECTORS: u64 = TABLE * 4 / SECTOR;

/// Where things are, in sectors.
struct Layout {
    grains: u64,
    tables: u64,
    /// The two directories, each with its tables after it.
    directories: [u64; 2],
    /// The first grain.
    data: u64,
}

impl Layout {
    fn of(sectors: u64) -> Self {
        let grains = sectors.div_ceil(GRAIN);
        let tables = grains.div_ceil(TABLE);
        let directory = (4 * tables).div_ceil(SECTOR) + tables * TABLE_SECTORS;
        let first = 1 + DESCRIPTOR;
        let data = (first + 2 * directory).next_multiple_of(GRAIN);
        Layout { grains, tables, directories: [first, first + directory], data }
    }

    /// The first table of a directory.
    fn first_table(&self, directory: u64) -> u64 {
        directory + (4 * self.tables).div_ceil(SECTOR)
    }
}

/// Writes a disk; grains that are zero are left out. `file` is the name that the descriptor says.
///
/// # Errors
/// Those of the disk and of the host.
pub(crate) fn write(disk: &dyn DiskSource, file: &str, out: &mut Pending) -> io::Result<()> {
    let sectors = disk.len().div_ceil(SECTOR);
    let layout = Layout::of(sectors);
    let mut grains = vec![0u32; (layout.tables * TABLE) as usize];
    let mut next = layout.data;
    out.seek(SeekFrom::Start(next * SECTOR))?;
    each_piece(disk, (GRAIN * SECTOR) as usize, |offset, data| {
        grains[(offset / (GRAIN * SECTOR)) as usize] = u32::try_from(next).map_err(io::Error::other)?;
        out.write_all(data)?;
        out.write_all(&vec![0; (GRAIN * SECTOR) as usize - data.len()])?;
        next += GRAIN;
        Ok(())
    })?;
    out.set_len(next * SECTOR)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header(sectors, &layout))?;
    out.write_all(&descriptor(sectors, file))?;
    for directory in layout.directories {
        out.seek(SeekFrom::Start(directory * SECTOR))?;
        for table in 0..layout.tables {
            out.write_all(&((layout.first_table(directory) + table * TABLE_SECTORS) as u32).to_le_bytes())?;
        }
        out.seek(SeekFrom::Start(layout.first_table(directory) * SECTOR))?;
        grains.iter().try_for_each(|grain| out.write_all(&grain.to_le_bytes()))?;
    }
    Ok(())
}

fn header(sectors: u64, layout: &Layout) -> [u8; SECTOR as usize] {
    let mut bytes = [0; SECTOR as usize];
    let flags = Flags::LINE_ENDS | Flags::SECOND_DIRECTORY;
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, MAGIC);
    put(header::VERSION, &VERSION.to_le_bytes());
    put(header::FLAGS, &flags.bits().to_le_bytes());
    put(header::CAPACITY, &sectors.to_le_bytes());
    put(header::GRAIN, &GRAIN.to_le_bytes());
    put(header::DESCRIPTOR, &1u64.to_le_bytes());
    put(header::DESCRIPTOR_LEN, &DESCRIPTOR.to_le_bytes());
    put(header::TABLE, &(TABLE as u32).to_le_bytes());
    put(header::SECOND_DIRECTORY, &layout.directories[0].to_le_bytes());
    put(header::DIRECTORY, &layout.directories[1].to_le_bytes());
    put(header::OVERHEAD, &layout.data.to_le_bytes());
    put(header::LINE_ENDS, LINE_ENDS);
    debug_assert!(layout.grains <= layout.tables * TABLE);
    bytes
}

/// The descriptor, filled with zeros. The content's id is a constant: the same disk gives the same bytes.
fn descriptor(sectors: u64, file: &str) -> Vec<u8> {
    // Room for the rest must stay.
    let name: String = file.chars().filter(|c| !c.is_control() && *c != '"').take(64).collect();
    let cylinders = (sectors / (HEADS * TRACK)).min(MOST_CYLINDERS);
    let text = format!(
        "# Disk DescriptorFile\nversion=1\nCID=52454c43\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n\n\
         # Extent description\nRW {sectors} SPARSE \"{name}\"\n\n# The Disk Data Base\n#DDB\n\n\
         ddb.virtualHWVersion = \"4\"\nddb.geometry.cylinders = \"{cylinders}\"\nddb.geometry.heads = \"{HEADS}\"\n\
         ddb.geometry.sectors = \"{TRACK}\"\nddb.adapterType = \"ide\"\n"
    );
    let mut bytes = text.into_bytes();
    bytes.resize((DESCRIPTOR * SECTOR) as usize, 0);
    bytes
}
