//! Reading a VMDK in place.

use super::{Flags, IN_FOOTER, LINE_ENDS, MAGIC, SECTOR, TABLE, header, le32, le64};
use crate::disk::MAX_DISK;
use crate::failure::plain;
use crate::media::read_exact_at;
use backplane::{Base, pieces};
use std::fs::File;
use std::io::{self, Read};

/// Sizes of a grain, in sectors: the specification says a power of two above 4 KiB.
const GRAINS: std::ops::RangeInclusive<u64> = 8..=16_384;
/// A grain that says it is zeros.
const ZEROED: u32 = 1;
/// The only way of compressing grains.
const DEFLATE: u16 = 1;
/// Before a compressed grain: its first sector on the disk, and how long it is.
const MARKER: u64 = 12;

/// A disk in a VMDK.
pub(in crate::disk) struct Sparse {
    file: File,
    /// Bytes of the disk.
    len: u64,
    /// Bytes of a grain.
    grain: u64,
    /// First sectors of the tables.
    directory: Vec<u32>,
    flags: Flags,
}

/// Opens the disk in a VMDK.
///
/// # Errors
/// One line: what is wrong with the file.
pub(in crate::disk) fn open(file: File, length: u64) -> Result<Sparse, String> {
    let header_at = |at: u64| -> Result<[u8; SECTOR as usize], String> {
        let mut bytes = [0; SECTOR as usize];
        read_exact_at(&file, at, &mut bytes).map_err(|_| "truncated: the VMDK ends in its header")?;
        match bytes.starts_with(MAGIC) {
            true => Ok(bytes),
            false => Err("truncated: the VMDK has no footer".into()),
        }
    };
    let mut header = header_at(0)?;
    if le64(&header, header::DIRECTORY) == IN_FOOTER {
        // The footer and a sector of zeros end the file.
        header = header_at(length.saturating_sub(2 * SECTOR))?;
    }
    let (capacity, grain) = (le64(&header, header::CAPACITY), le64(&header, header::GRAIN));
    let flags = Flags::from_bits_retain(le32(&header, header::FLAGS));
    let compression = le32(&header, header::COMPRESSION) as u16;
    if flags.contains(Flags::LINE_ENDS) && &header[header::LINE_ENDS..header::LINE_ENDS + 4] != LINE_ENDS {
        return Err("the VMDK was changed by a transfer as text".into());
    }
    if capacity == 0 || capacity > MAX_DISK / SECTOR {
        return Err(format!("a VMDK of {capacity} sectors, expected 1 to {}", MAX_DISK / SECTOR));
    }
    if !grain.is_power_of_two()
        || !GRAINS.contains(&grain)
        || u64::from(le32(&header, header::TABLE)) != TABLE
    {
        return Err(format!("a VMDK with grains of {grain} sectors or tables of another size than {TABLE}"));
    }
    if flags.contains(Flags::COMPRESSED) && compression != DEFLATE {
        return Err(format!("a VMDK compressed in the unknown way {compression}"));
    }
    let tables = capacity.div_ceil(grain * TABLE);
    let directory_at = le64(&header, header::DIRECTORY).checked_mul(SECTOR);
    let inside = directory_at.filter(|at| at.checked_add(4 * tables).is_some_and(|end| end <= length));
    let Some(directory_at) = inside else {
        return Err("truncated: the VMDK's directory is past its end".into());
    };
    let mut directory = vec![0; 4 * tables as usize];
    read_exact_at(&file, directory_at, &mut directory).map_err(|error| plain(&error))?;
    let directory: Vec<u32> = directory.chunks_exact(4).map(|entry| le32(entry, 0)).collect();
    if let Some(table) = directory.iter().find(|table| (u64::from(**table) + 4) * SECTOR > length) {
        return Err(format!("truncated: the table of grains at sector {table} is past the end"));
    }
    Ok(Sparse { file, len: capacity * SECTOR, grain: grain * SECTOR, directory, flags })
}

impl Sparse {
    /// Where a grain lies.
    fn place(&self, number: u64) -> io::Result<Option<u64>> {
        let table = u64::from(self.directory.get((number / TABLE) as usize).copied().unwrap_or(0));
        if table == 0 {
            return Ok(None);
        }
        let mut entry = [0; 4];
        read_exact_at(&self.file, table * SECTOR + 4 * (number % TABLE), &mut entry)?;
        Ok(match u32::from_le_bytes(entry) {
            0 => None,
            ZEROED if self.flags.contains(Flags::ZEROED_GRAINS) => None,
            sector => Some(u64::from(sector) * SECTOR),
        })
    }

    /// A compressed grain, from `within` on.
    fn inflate(&self, number: u64, at: u64, within: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut marker = [0; MARKER as usize];
        read_exact_at(&self.file, at, &mut marker)?;
        let length = u64::from(le32(&marker, 8));
        if length > 2 * self.grain || le64(&marker, 0) != number * self.grain / SECTOR {
            return Err(io::Error::other(format!("the marker of the compressed grain {number} is damaged")));
        }
        let mut packed = vec![0; length as usize];
        read_exact_at(&self.file, at + MARKER, &mut packed)?;
        let mut unpacked = flate2::read::ZlibDecoder::new(&packed[..]);
        io::copy(&mut (&mut unpacked).take(within), &mut io::sink())?;
        unpacked
            .read_exact(buf)
            .map_err(|_| io::Error::other(format!("the compressed grain {number} is damaged")))
    }
}

impl Base for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        for (number, within, part) in pieces(offset, buf.len(), self.grain) {
            let part = &mut buf[part];
            match self.place(number)? {
                None => part.fill(0),
                Some(place) if self.flags.contains(Flags::COMPRESSED) => {
                    self.inflate(number, place, within, part)?
                }
                Some(place) => read_exact_at(&self.file, place + within, part)?,
            }
        }
        Ok(())
    }
}
