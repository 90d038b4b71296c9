//! What a guest wrote, kept in its own folder: the base medium is never touched.
//!
//! `overlay/BAY.overlay` is a header, the chunks that were written, and a digest of both. It names the base by length and
//! digest, so that it is never laid over another medium.

use crate::failure::{Failure, Result, plain};
use crate::images::input;
use crate::output;
use crate::prepare::{Drive, Prepared};
use backplane::{Bay, CHUNK, Disk};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

const MAGIC: &[u8; 16] = b"relic overlay 1\n";
const HEADER: usize = 16 + 8 + 16 + 8;
const RECORD: usize = 8 + CHUNK;
/// Largest overlay that is read.
const MAX_OVERLAY: u64 = 4 << 30;

/// The name of a bay in files and on the command line.
pub(crate) fn bay_name(bay: Bay) -> &'static str {
    match bay {
        Bay::FloppyA => "floppy-a",
        Bay::FloppyB => "floppy-b",
        Bay::PrimaryMaster => "primary-master",
        Bay::PrimarySlave => "primary-slave",
        Bay::SecondaryMaster => "secondary-master",
        Bay::SecondarySlave => "secondary-slave",
    }
}

/// The bay of a name.
///
/// # Errors
/// The names that are known.
pub(crate) fn bay_named(name: &str) -> Result<Bay, String> {
    Bay::ALL
        .into_iter()
        .find(|bay| bay_name(*bay) == name)
        .ok_or_else(|| format!("no bay is named `{name}`; bays are {}", Bay::ALL.map(bay_name).join(", ")))
}

/// Where the overlay of a bay is kept.
pub(crate) fn file(folder: &Path, bay: Bay) -> PathBuf {
    folder.join("overlay").join(format!("{}.overlay", bay_name(bay)))
}

/// Lays the kept overlays over the media of a guest that has a folder.
///
/// # Errors
/// One is broken, or belongs to another base.
pub(crate) fn apply(prepared: &mut Prepared) -> Result<()> {
    let Some(folder) = prepared.folder.clone() else { return Ok(()) };
    for placed in prepared.drives.iter_mut().filter(|placed| placed.drive != Drive::Cdrom) {
        let path = file(&folder, placed.bay);
        if let Some(medium) = placed.medium.as_mut().filter(|_| path.is_file()) {
            lay(&path, &mut medium.disk)?;
        }
    }
    Ok(())
}

/// Lays an overlay over its medium.
///
/// # Errors
/// It cannot be read, is broken, or belongs to another base.
pub(crate) fn lay(path: &Path, disk: &mut Disk) -> Result<()> {
    let bytes = input::read(path, MAX_OVERLAY).map_err(|error| Failure::read(path, &error))?;
    unpack(&bytes, disk).map_err(|message| Failure::bad_file(path, message))
}

/// Keeps what a guest wrote to `disk` in its folder.
///
/// # Errors
/// The host refuses; then the overlay that was there before stays.
pub(crate) fn save(folder: &Path, bay: Bay, disk: &Disk) -> Result<PathBuf> {
    let path = file(folder, bay);
    let overlays = folder.join("overlay");
    if overlays.is_symlink() {
        return Err(Failure::bad_file(
            &overlays,
            "a link; what a guest wrote stays in the guest's own folder",
        ));
    }
    output::make_folder(&overlays)?;
    let bytes = pack(disk).map_err(|message| Failure::bad_file(&path, message))?;
    output::write_whole(&path, &bytes)?;
    Ok(path)
}

/// A disk without what was written to it.
fn base_digest(disk: &Disk) -> Result<u128, String> {
    let base = disk.base();
    let mut sum = Xxh3::new();
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    while offset < base.len() {
        let part = (base.len() - offset).min(buffer.len() as u64) as usize;
        base.read_at(offset, &mut buffer[..part]).map_err(|error| plain(&error))?;
        sum.update(&buffer[..part]);
        offset += part as u64;
    }
    Ok(sum.digest128())
}

fn pack(disk: &Disk) -> Result<Vec<u8>, String> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(disk.len().to_le_bytes());
    bytes.extend(base_digest(disk)?.to_le_bytes());
    bytes.extend((disk.written().count() as u64).to_le_bytes());
    for (number, chunk) in disk.written() {
        bytes.extend(number.to_le_bytes());
        bytes.extend(chunk);
    }
    bytes.extend(xxh3_128(&bytes).to_le_bytes());
    Ok(bytes)
}

fn unpack(bytes: &[u8], disk: &mut Disk) -> Result<(), String> {
    let body_len =
        bytes.len().checked_sub(16).filter(|len| *len >= HEADER).ok_or("not an overlay: too short")?;
    let (body, sum) = bytes.split_at(body_len);
    if !body.starts_with(MAGIC) {
        return Err("not an overlay: it begins otherwise".into());
    }
    if xxh3_128(body).to_le_bytes() != *sum {
        return Err("the overlay is damaged: its digest does not match".into());
    }
    if body[16..24] != disk.len().to_le_bytes() || body[24..40] != base_digest(disk)?.to_le_bytes() {
        return Err("the overlay belongs to another base medium; remove it, or run with --fresh".into());
    }
    for record in body[HEADER..].chunks_exact(RECORD) {
        let (number, chunk) = record.split_at(8);
        let number = number.try_into().map(u64::from_le_bytes).map_err(|_| "a cut record")?;
        let chunk: [u8; CHUNK] = chunk.try_into().map_err(|_| "a cut record")?;
        disk.restore_chunk(number, chunk.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(disk: &Disk) -> Vec<u8> {
        let mut bytes = vec![0; disk.len() as usize];
        disk.read(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn an_overlay_brings_back_what_was_written_and_only_that() {
        let mut disk = Disk::from_bytes(vec![7; 20_000]);
        disk.write(4000, &[1; 200]).unwrap();
        disk.write(19_990, &[2; 10]).unwrap();
        let packed = pack(&disk).unwrap();
        assert_eq!(packed.len(), HEADER + 3 * RECORD + 16);
        let mut other = Disk::from_bytes(vec![7; 20_000]);
        unpack(&packed, &mut other).unwrap();
        assert_eq!(contents(&other), contents(&disk));
    }

    #[test]
    fn a_damaged_overlay_or_one_of_another_base_is_refused() {
        let mut disk = Disk::from_bytes(vec![7; 20_000]);
        disk.write(0, &[1]).unwrap();
        let mut packed = pack(&disk).unwrap();
        let wrong = unpack(&packed, &mut Disk::from_bytes(vec![8; 20_000])).unwrap_err();
        assert!(wrong.contains("another base medium"), "{wrong}");
        packed[60] ^= 1;
        assert!(unpack(&packed, &mut disk).unwrap_err().contains("damaged"));
        assert!(unpack(&packed[..30], &mut disk).unwrap_err().contains("too short"));
    }
}
