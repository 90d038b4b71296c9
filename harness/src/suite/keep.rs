//! `--keep`: the guest of a case as the case left it, in a folder that `relic run` and `relic export` take.

use super::run::guest_of;
use crate::case::Case;
use crate::export::write_raw;
use crate::failure::{Failure, Result};
use crate::guest::Guest;
use crate::guest_file::{GuestFile, MediaTable, MediumEntry};
use crate::media;
use crate::output::{Pending, PendingFolder};
use crate::overlay::bay_name;
use crate::prepare::{self, Drive, Placed, Prepared, ide_position};
use backplane::Bay;
use std::path::{Component, Path, PathBuf};

/// Where a case's guest is kept below `folder`.
fn place(folder: &Path, case: &Case) -> PathBuf {
    let parts = Path::new(&case.name).components().filter(|part| matches!(part, Component::Normal(_)));
    folder.join(parts.collect::<PathBuf>())
}

/// Refuses a folder in which guests are already.
///
/// # Errors
/// It is not empty, or cannot be made.
pub(super) fn check(folder: &Path) -> Result<()> {
    PendingFolder::create(folder).map(drop)
}

/// Keeps the guest of a case: its machine, its hard disks and floppies as they are now, and its CD-ROM drive, empty.
///
/// # Errors
/// The host refuses; then nothing is left.
pub(super) fn keep(folder: &Path, case: &Case, prepared: &Prepared, guest: &dyn Guest) -> Result<()> {
    let to = place(folder, case);
    let pending = PendingFolder::create(&to)?;
    let (file, beside) = guest_of(case)?;
    let mut kept = GuestFile { name: Some(prepared.name.clone()), media: MediaTable::default(), ..file };
    for path in kept.machine.paths() {
        *path = prepare::written(&media::resolve(path, &beside)?);
    }
    for Placed { bay, drive, .. } in &prepared.drives {
        let position = ide_position(*bay).map(|at| at as u8);
        let mut entry = MediumEntry { position, ..MediumEntry::default() };
        if let Some(disk) = guest.medium(*bay).filter(|_| *drive != Drive::Cdrom) {
            let name = format!("{}.img", bay_name(*bay));
            let mut image = Pending::create(&pending.path().join(&name))?;
            write_raw(disk, &mut image).map_err(|error| Failure::write(&to, &error))?;
            image.finish()?;
            entry.write_protect = disk.write_protected;
            entry.path = Some(name.into());
        }
        match (drive, bay) {
            (Drive::HardDisk, _) => kept.media.disk.push(entry),
            (Drive::Cdrom, _) => kept.media.cdrom = Some(entry),
            (Drive::Floppy, Bay::FloppyB) => kept.media.floppy_b = Some(entry),
            (Drive::Floppy, _) => kept.media.floppy = Some(entry),
        }
    }
    let text =
        toml::to_string_pretty(&kept).map_err(|error| Failure::bad(format!("{}: {error}", prepared.name)))?;
    std::fs::write(pending.path().join("guest.toml"), text).map_err(|error| Failure::write(&to, &error))?;
    pending.finish()
}
