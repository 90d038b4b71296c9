//! Reading files off a medium as a guest left it: a floppy, a partition of a hard disk, a disc.
//!
//! `hadris-fat` and `hadris-iso` read the volumes; a guest may have written anything there, so what is wrong is told, and no
//! more than [`MOST_BYTES`] are read.

use hadris_fs::sync::{FileSystem, Volume};
use hadris_fs::{ErrorKind, MountOptions};
use hadris_io::{Error, ErrorType};
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};
use std::io;

use crate::media::partition_table;

const SECTOR: u64 = 512;
/// Most that is read of a file, or of a folder's files together.
const MOST_BYTES: u64 = 256 << 20;
/// Most logical drives that are looked for; a chain of them may run in a circle.
const MOST_LOGICAL: usize = 24;
/// System types of partitions that hold logical drives.
const EXTENDED: [u8; 3] = [0x05, 0x0F, 0x85];
/// System types of partitions with FAT12, FAT16 and FAT32.
const FAT: [u8; 6] = [0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E];
/// The number of the first logical drive.
const FIRST_LOGICAL: u8 = 5;

/// The bytes of a medium.
pub trait MediumBytes {
    /// How many.
    fn size(&self) -> u64;

    /// Fills `buf` from `offset` on. The range lies inside the medium.
    ///
    /// # Errors
    /// Those of the host's file.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;
}

impl MediumBytes for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let from = offset as usize;
        buf.copy_from_slice(self.get(from..from + buf.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// What a path of a volume names.
pub(crate) enum Found {
    /// A file.
    File(Vec<u8>),
    /// A folder: the files in it and in the folders below it, in the order in which they stand there, with their paths from it.
    Folder(Vec<(String, Vec<u8>)>),
}

/// The bytes of a file on a medium; `None` if the volume has no such file. `partition` counts the used places of the partition
/// table from 1 on, logical drives from 5 on; without it the volume is the whole medium, or the first partition with a FAT. Upper
/// and lower case are the same.
///
/// # Errors
/// One line: there is no such partition, or what is wrong with the volume.
pub fn file_on(
    medium: &dyn MediumBytes,
    partition: Option<u8>,
    path: &str,
) -> Result<Option<Vec<u8>>, String> {
    match found_on(medium, partition, path)? {
        Some(Found::File(bytes)) => Ok(Some(bytes)),
        Some(Found::Folder(_)) => Err(format!("`{path}` is a folder")),
        None => Ok(None),
    }
}

/// What a path names on a medium, as [`file_on`] finds it.
///
/// # Errors
/// As [`file_on`].
pub(crate) fn found_on(
    medium: &dyn MediumBytes,
    partition: Option<u8>,
    path: &str,
) -> Result<Option<Found>, String> {
    let path = format!("/{}", path.replace('\\', "/").trim_matches('/'));
    let sector = |at: u64| -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; SECTOR as usize];
        let inside = at.checked_mul(SECTOR).filter(|offset| offset + SECTOR <= medium.size());
        let offset = inside.ok_or_else(|| format!("the medium has no sector {at}"))?;
        medium.read_at(offset, &mut bytes).map_err(|error| crate::plain(&error))?;
        Ok(bytes)
    };
    if is_disc(medium) {
        let disc = Window { medium, offset: 0, blocks: medium.size() / SECTOR };
        let mounted = hadris_iso::sync::IsoFs::mount(disc, MountOptions::new());
        return read(
            &Volume::new(mounted.map_err(|error| format!("not an ISO 9660 volume: {error}"))?),
            &path,
        );
    }
    let partitions = partitions(&sector)?;
    let (first, blocks) = match partition {
        Some(wanted) => place(&partitions, wanted)?,
        None => match partitions.iter().find(|partition| FAT.contains(&partition.system)) {
            Some(Partition { first, sectors, .. }) => (*first, *sectors),
            None => (0, medium.size() / SECTOR),
        },
    };
    let window = Window { medium, offset: first * SECTOR, blocks };
    let mounted = hadris_fat::sync::FatFs::mount(window, MountOptions::new());
    read(&Volume::new(mounted.map_err(|error| format!("not a FAT volume: {error}"))?), &path)
}

/// A partition: its number, system type, first sector and how many.
struct Partition {
    number: u8,
    system: u8,
    first: u64,
    sectors: u64,
}

fn place(partitions: &[Partition], wanted: u8) -> Result<(u64, u64), String> {
    let found = partitions.iter().find(|partition| partition.number == wanted);
    found.map(|partition| (partition.first, partition.sectors)).ok_or_else(|| {
        let numbers: Vec<String> = partitions.iter().map(|partition| partition.number.to_string()).collect();
        match numbers.is_empty() {
            true => format!("no partition {wanted}: the medium has no partition table"),
            false => format!("no partition {wanted}; there are {}", numbers.join(", ")),
        }
    })
}

fn partitions(sector: &dyn Fn(u64) -> Result<Vec<u8>, String>) -> Result<Vec<Partition>, String> {
    let (mut found, mut extended) = (Vec::new(), None);
    for (number, entry) in (1..).zip(partition_table(&sector(0)?).unwrap_or_default()) {
        let (first, sectors) = (u64::from(entry.start), u64::from(entry.sectors));
        match EXTENDED.contains(&entry.system) {
            true => extended = Some(first),
            false => found.push(Partition { number, system: entry.system, first, sectors }),
        }
    }
    let (Some(base), mut number) = (extended, FIRST_LOGICAL) else { return Ok(found) };
    let mut table = Some(base);
    while let Some(at) = table.take().filter(|_| usize::from(number - FIRST_LOGICAL) < MOST_LOGICAL) {
        for entry in partition_table(&sector(at)?).unwrap_or_default() {
            if EXTENDED.contains(&entry.system) {
                table = Some(base + u64::from(entry.start));
                continue;
            }
            let (first, sectors) = (at + u64::from(entry.start), u64::from(entry.sectors));
            found.push(Partition { number, system: entry.system, first, sectors });
            number += 1;
        }
    }
    Ok(found)
}

/// The identifier of the first volume descriptor, ECMA-119 8.1.2.
fn is_disc(medium: &dyn MediumBytes) -> bool {
    const DESCRIPTOR: u64 = 16 * 2048;
    let mut identifier = [0; 6];
    medium.size() >= DESCRIPTOR + 2048
        && medium.read_at(DESCRIPTOR, &mut identifier).is_ok()
        && identifier[1..] == *b"CD001"
}

fn read<F: FileSystem>(volume: &Volume<F>, path: &str) -> Result<Option<Found>, String> {
    let spellings = [path.to_owned(), path.to_ascii_uppercase(), path.to_ascii_lowercase()];
    for path in &spellings {
        let wrong = |error: hadris_fs::Error<F::DeviceError>| format!("`{path}`: {error}");
        let found = match volume.metadata(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            found => found.map_err(wrong)?,
        };
        if found.file_type().is_dir() {
            return read_folder(volume, path).map(Found::Folder).map(Some);
        }
        check_size(path, found.len())?;
        return volume.read(path).map(Found::File).map(Some).map_err(wrong);
    }
    Ok(None)
}

fn read_folder<F: FileSystem>(volume: &Volume<F>, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
    let wrong = |error: hadris_fs::Error<F::DeviceError>| format!("`{path}`: {error}");
    let (mut files, mut bytes) = (Vec::new(), 0);
    for entry in volume.walk(path).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if !entry.entry().file_type().is_file() {
            continue;
        }
        let whole = String::from_utf8_lossy(entry.path()).into_owned();
        bytes += entry.entry().metadata().len();
        check_size(path, bytes)?;
        let below = whole.strip_prefix(path).unwrap_or(&whole).trim_start_matches('/');
        files.push((below.to_owned(), volume.read(&whole).map_err(wrong)?));
    }
    Ok(files)
}

fn check_size(path: &str, bytes: u64) -> Result<(), String> {
    match bytes > MOST_BYTES {
        true => Err(format!("`{path}`: {bytes} bytes, more than {MOST_BYTES}")),
        false => Ok(()),
    }
}

/// A part of a medium, as sectors.
struct Window<'a> {
    medium: &'a dyn MediumBytes,
    offset: u64,
    blocks: u64,
}

impl ErrorType for Window<'_> {
    type Error = io::Error;
}

impl BlockDevice for Window<'_> {
    fn block_size(&self) -> BlockSize {
        BlockSize::new(SECTOR as u32).expect("512 is a block size")
    }

    fn block_count(&self) -> u64 {
        self.blocks
    }

    fn disk_offset(&self) -> u64 {
        self.offset
    }

    fn read_blocks(&mut self, first: BlockIndex, buf: &mut [u8]) -> Result<(), Error<io::Error>> {
        let from = first.get().checked_mul(SECTOR).and_then(|from| from.checked_add(self.offset));
        let inside = from
            .filter(|from| from.checked_add(buf.len() as u64).is_some_and(|end| end <= self.medium.size()));
        let read = inside.ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        read.and_then(|from| self.medium.read_at(from, buf))
            .map_err(|error| Error::device(error, "the medium could not be read"))
    }
}

#[cfg(test)]
mod tests;
