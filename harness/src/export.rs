//! `relic export`: the guest's disks, base and overlay together, as a bundle or a plain image.

use crate::disk::DiskSource;
use crate::failure::{Failure, Result};
use crate::guest::{BootDevice, VideoKind};
use crate::output::Pending;
use crate::prepare::{Drive, Prepared, hard_disks};
use crate::xva::{self, Bundle, BundleDisk, Display, Hash};
use backplane::Disk;
use std::io::{self, Write};
use std::path::Path;

/// Bytes moved at once.
const PIECE: usize = 1 << 20;

/// What a disk says that cannot be read: not the fault of the file that is written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(String);

impl DiskSource for Disk {
    fn len(&self) -> u64 {
        Disk::len(self)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.read(offset, buf).map_err(|error| io::Error::other(Unreadable(error.to_string())))
    }
}

/// Writes a XenServer bundle and returns its length.
///
/// # Errors
/// The guest has no hard disk, or the host refuses; then nothing is left.
pub(crate) fn export_xva(guest: &Prepared, to: &Path) -> Result<u64> {
    let mut disks: Vec<(usize, &Disk)> = hard_disks(guest).collect();
    if disks.is_empty() {
        return Err(no_disk(guest));
    }
    disks.sort_by_key(|(position, _)| *position);
    let bundle = bundle(guest, &disks);
    let ids: Vec<String> = (0..disks.len()).map(Bundle::vdi).collect();
    let sources: Vec<(&str, &dyn DiskSource)> =
        ids.iter().zip(&disks).map(|(id, (_, disk))| (id.as_str(), *disk as &dyn DiskSource)).collect();
    let failed = |error: io::Error| failed(guest, to, &error);
    let xml = xva::ova_xml(&bundle).map_err(failed)?;
    let mut file = Counted { to: Pending::create(to)?, bytes: 0 };
    xva::write(&mut file, &xml, &sources, Hash::Sha1).map_err(failed)?;
    file.to.finish()?;
    Ok(file.bytes)
}

/// Writes one hard disk as it is and returns its length.
///
/// # Errors
/// The guest has no such disk, or the host refuses; then nothing is left.
pub(crate) fn export_raw(guest: &Prepared, position: Option<usize>, to: &Path) -> Result<u64> {
    let disks: Vec<(usize, &Disk)> = hard_disks(guest).collect();
    let positions = || disks.iter().map(|(at, _)| at.to_string()).collect::<Vec<_>>().join(", ");
    let disk = match (position, disks.as_slice()) {
        (_, []) => return Err(no_disk(guest)),
        (None, [(_, only)]) => only,
        (None, _) => {
            return Err(Failure::bad(format!(
                "{}: the guest has disks on IDE positions {}; say which with --position",
                guest.name,
                positions()
            )));
        }
        (Some(wanted), all) => match all.iter().find(|(at, _)| *at == wanted) {
            Some((_, disk)) => disk,
            None => {
                return Err(Failure::bad(format!(
                    "{}: no disk on IDE position {wanted}, only on {}",
                    guest.name,
                    positions()
                )));
            }
        },
    };
    write_raw(guest, disk, to)
}

fn failed(guest: &Prepared, to: &Path, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Unreadable>()) {
        Some(reason) => Failure::bad(format!("{}: cannot read its disk: {reason}", guest.name)),
        None => Failure::write(to, error),
    }
}

fn write_raw(guest: &Prepared, disk: &Disk, to: &Path) -> Result<u64> {
    let failed = |error: io::Error| failed(guest, to, &error);
    let mut file = Pending::create(to)?;
    let mut buffer = vec![0; PIECE];
    let mut offset = 0;
    while offset < disk.len() {
        let part = (disk.len() - offset).min(PIECE as u64) as usize;
        DiskSource::read_at(disk, offset, &mut buffer[..part]).map_err(failed)?;
        file.write_all(&buffer[..part]).map_err(failed)?;
        offset += part as u64;
    }
    file.finish()?;
    Ok(offset)
}

/// A floppy or a disc cannot travel as one: the importer streams hard disks only.
fn no_disk(guest: &Prepared) -> Failure {
    let mediums = || guest.drives.iter().filter_map(|placed| Some((placed.drive, placed.medium.as_ref()?)));
    let (what, advice) = match mediums().next() {
        Some((Drive::Floppy, _)) => {
            ("only a floppy", "master its files onto a disk with a `kind = \"harddisk\"` recipe")
        }
        Some((Drive::Cdrom, _)) => {
            ("only a CD", "copy the ISO to the host and insert it there, or install it to a disk first")
        }
        _ => ("no medium", "give it a hard disk"),
    };
    let file = mediums().next().map_or(guest.name.clone(), |(_, medium)| medium.path.display().to_string());
    Failure::bad(format!("{file}: the guest has {what}, and an export carries hard disks; {advice}"))
}

fn bundle(guest: &Prepared, disks: &[(usize, &Disk)]) -> Bundle {
    let display = match guest.config.video {
        VideoKind::Std | VideoKind::Vga => Display::Std,
        VideoKind::Cirrus => Display::Cirrus,
    };
    Bundle {
        name: guest.name.clone(),
        ram_bytes: guest.config.ram.0,
        display,
        boot_order: boot_letters(&guest.config.boot),
        disks: disks
            .iter()
            .map(|(position, disk)| BundleDisk {
                position: *position,
                bytes: xva::padded_len(Disk::len(disk)),
            })
            .collect(),
    }
}

/// The host has no floppy drive; a disk is exported, so it is tried in any case.
fn boot_letters(order: &[BootDevice]) -> String {
    let mut letters: String = order
        .iter()
        .filter_map(|device| match device {
            BootDevice::Disk => Some('c'),
            BootDevice::Cdrom => Some('d'),
            BootDevice::Floppy => None,
        })
        .collect();
    if !letters.contains('c') {
        letters.push('c');
    }
    letters
}

struct Counted {
    to: Pending,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
