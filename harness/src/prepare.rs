//! From a guest as written to a machine that can be switched on: every file opened and looked at.

use crate::engine_args::EngineChoice;
use crate::failure::{Failure, Result};
use crate::guest::{self, FloppyType, MachineConfig, Media};
use crate::guest_file::{BootFiles, GuestFile, MediumEntry};
use crate::images::{self, MediaKind};
use crate::import;
use crate::media::{self, Opened};
use backplane::{Bay, Disk};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What stands in a bay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drive {
    /// A floppy drive.
    Floppy,
    /// A hard disk.
    HardDisk,
    /// A CD-ROM drive.
    Cdrom,
}

/// A drive of the guest, with its medium.
#[derive(Clone)]
pub struct Placed {
    /// Where.
    pub bay: Bay,
    /// What stands there.
    pub drive: Drive,
    /// What is in it.
    pub medium: Option<Opened>,
}

/// A guest that can be switched on.
#[derive(Clone)]
pub struct Prepared {
    /// What to call it.
    pub name: String,
    /// The machine.
    pub config: MachineConfig,
    /// Its drives.
    pub drives: Vec<Placed>,
    /// Where its overlays are, for a guest that has a folder.
    pub folder: Option<PathBuf>,
    /// The files whose bytes are in the machine's configuration.
    pub files: BootFiles,
    /// What runs it with `relic run`.
    pub engine: EngineChoice,
}

/// The IDE bays by position.
pub const IDE: [Bay; 4] = [Bay::PrimaryMaster, Bay::PrimarySlave, Bay::SecondaryMaster, Bay::SecondarySlave];

impl Prepared {
    /// All media for switch-on.
    pub fn media(&self) -> Media {
        let mut media = Media::default();
        for placed in &self.drives {
            let disk = placed.medium.as_ref().map(|medium| medium.disk.clone());
            match (ide_position(placed.bay), placed.drive) {
                (None, _) => media.floppies[usize::from(placed.bay == Bay::FloppyB)] = disk,
                (Some(at), Drive::Cdrom) => media.drives[at] = guest::Drive::Cd(disk),
                (Some(at), _) => media.drives[at] = disk.map_or(guest::Drive::None, guest::Drive::Disk),
            }
        }
        media
    }

    /// The files that its media come from.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.drives.iter().filter_map(|placed| placed.medium.as_ref()).map(|medium| medium.path.as_path())
    }

    /// Refuses a guest none of whose media a BIOS would boot, unless it brings a kernel, or a ROM, which may boot anything.
    ///
    /// # Errors
    /// The file and the reason.
    pub fn check_bootable(&self) -> Result<()> {
        let media = || self.drives.iter().filter_map(|placed| placed.medium.as_ref());
        let boots_itself = self.config.kernel.is_some() || !self.config.roms.is_empty();
        if boots_itself || media().any(|medium| medium.not_bootable.is_none()) {
            return Ok(());
        }
        match media().next() {
            Some(first) => Err(Failure::bad_file(
                &first.path,
                format!("not bootable: {}", first.not_bootable.unwrap_or("no reason known")),
            )),
            None => Err(Failure::bad(format!(
                "{}: the guest has no medium to boot from; give it a floppy, a disk or a CD",
                self.name
            ))),
        }
    }
}

/// Position 0-3 of an IDE bay.
pub fn ide_position(bay: Bay) -> Option<usize> {
    IDE.iter().position(|known| *known == bay)
}

/// The guest that `argument` names: a folder with `guest.toml`, a TOML file, or a medium by its content.
///
/// # Errors
/// It is none of these, or cannot be read.
pub fn guest_named(argument: &Path) -> Result<(GuestFile, PathBuf)> {
    let file = if argument.is_dir() { argument.join("guest.toml") } else { argument.to_owned() };
    if argument.is_dir() && !file.is_file() {
        let hint = if argument.join("case.toml").is_file() { "; it is a case, for `relic test`" } else { "" };
        return Err(Failure::bad_file(argument, format!("a folder without a guest.toml{hint}")));
    }
    if argument.file_name().is_some_and(|name| name == "case.toml") {
        return Err(Failure::bad_file(argument, "a case, not a guest; `relic test` runs it"));
    }
    if file.extension().is_some_and(|extension| extension == "toml") {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let loaded = GuestFile::load(&file).map_err(|wrong| match images::is_recipe(&file) {
            true => Failure::bad_file(&file, "a recipe, not a guest; `relic master` makes its medium"),
            false => wrong,
        });
        return Ok((loaded?, folder));
    }
    Ok((guest_of_medium(&file)?, PathBuf::new()))
}

fn guest_of_medium(path: &Path) -> Result<GuestFile> {
    if let Some(guest) = import::guest_of_bundle(path)? {
        return Ok(guest);
    }
    let mut guest =
        GuestFile { name: path.file_name().map(|n| n.to_string_lossy().into_owned()), ..Default::default() };
    let entry = MediumEntry::path(written(path));
    let order = match media::open(path, None)?.kind {
        MediaKind::Iso => {
            guest.media.cdrom = Some(entry);
            ["cdrom", "floppy", "disk"]
        }
        MediaKind::Floppy => {
            guest.media.floppy = Some(entry);
            ["floppy", "disk", "cdrom"]
        }
        MediaKind::Harddisk => {
            guest.media.disk.push(entry);
            ["disk", "floppy", "cdrom"]
        }
        MediaKind::Xva | MediaKind::Unknown => {
            return Err(Failure::bad_file(
                path,
                "not recognised; expected a guest.toml, an ISO 9660 disc, a floppy of 160K to 2880K or a partitioned disk (--floppy, --disk and --cdrom take any image)",
            ));
        }
    };
    guest.machine.boot = Some(order.map(str::to_owned).to_vec());
    Ok(guest)
}

/// A path of the command line, as an entry of a guest file.
pub fn written(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Opens everything a guest names; paths in it are relative to `folder`.
///
/// # Errors
/// A value that means nothing, a medium that cannot be read or does not fit its drive, two drives in one place.
pub fn prepare(guest: &GuestFile, name: &str, folder: &Path) -> Result<Prepared> {
    let mut config = guest.machine.config(folder).map_err(|failure| failure.within(name))?;
    let mut drives = Vec::new();
    let floppies = [(Bay::FloppyA, &guest.media.floppy), (Bay::FloppyB, &guest.media.floppy_b)];
    for (at, (bay, entry)) in floppies.into_iter().enumerate() {
        if let Some(entry) = entry {
            let medium = open_entry(entry, Drive::Floppy, folder)?;
            config.floppy[at] = medium.as_ref().map_or(FloppyType::F1440, |m| drive_for(m.disk.len()));
            drives.push(Placed { bay, drive: Drive::Floppy, medium });
        }
    }
    for entry in &guest.media.disk {
        let bay = place(entry, &[0, 1, 2, 3], &drives, name)?;
        let medium = open_entry(entry, Drive::HardDisk, folder)?;
        if medium.is_none() {
            return Err(Failure::bad(format!("{name}: a hard disk needs a `path`, a `master` or a `blank`")));
        }
        drives.push(Placed { bay, drive: Drive::HardDisk, medium });
    }
    if let Some(entry) = &guest.media.cdrom {
        let bay = place(entry, &[2, 3, 1, 0], &drives, name)?;
        drives.push(Placed { bay, drive: Drive::Cdrom, medium: open_entry(entry, Drive::Cdrom, folder)? });
    }
    let name = guest.name.clone().unwrap_or_else(|| name.to_owned());
    let files = guest.machine.files(folder)?;
    let engine = guest.machine.engine().map_err(|failure| failure.within(&name))?;
    Ok(Prepared { name, config, drives, folder: None, files, engine })
}

/// The drive that people had for a floppy of so many bytes.
fn drive_for(bytes: u64) -> FloppyType {
    match bytes >> 10 {
        0..=360 => FloppyType::F360,
        361..=720 => FloppyType::F720,
        721..=1200 => FloppyType::F1200,
        1201..=1440 => FloppyType::F1440,
        _ => FloppyType::F2880,
    }
}

fn place(entry: &MediumEntry, order: &[u8], drives: &[Placed], name: &str) -> Result<Bay> {
    let taken = |at: u8| drives.iter().any(|placed| IDE.get(usize::from(at)) == Some(&placed.bay));
    let wanted = match entry.position {
        Some(at) if taken(at) => {
            return Err(Failure::bad(format!("{name}: two drives on IDE position {at}")));
        }
        Some(at) => Some(at),
        None => order.iter().copied().find(|at| !taken(*at)),
    };
    let bay = wanted.and_then(|at| IDE.get(usize::from(at)).copied());
    bay.ok_or_else(|| Failure::bad(format!("{name}: IDE has positions 0 to 3, and no more is free")))
}

/// Opens one medium.
///
/// # Errors
/// It cannot be read, or does not fit the drive.
pub fn open_entry(entry: &MediumEntry, drive: Drive, folder: &Path) -> Result<Option<Opened>> {
    let mut opened = match (&entry.path, &entry.master, &entry.blank) {
        (Some(path), ..) => {
            media::open_disk(&media::resolve(path, folder)?, entry.sha256.as_deref(), entry.index)?
        }
        (_, Some(recipe), _) => {
            let recipe = media::resolve(recipe, folder)?;
            media::from_bytes(&recipe, images::build(&recipe)?)?
        }
        (.., Some(size)) => media::blank(size)?,
        (None, None, None) => return Ok(None),
    };
    check_fit(&opened, drive)?;
    opened.disk.write_protected = entry.write_protect || drive == Drive::Cdrom;
    Ok(Some(opened))
}

fn check_fit(medium: &Opened, drive: Drive) -> Result<()> {
    let bytes = medium.disk.len();
    let expected = match drive {
        Drive::Floppy if medium.kind != MediaKind::Floppy => "a floppy image of 160K to 2880K",
        Drive::Cdrom if !bytes.is_multiple_of(2048) => "a disc of whole 2048-byte blocks",
        Drive::Cdrom if medium.kind == MediaKind::Floppy => "a disc",
        Drive::HardDisk if !bytes.is_multiple_of(512) => "a disk of whole 512-byte sectors",
        _ => return Ok(()),
    };
    Err(Failure::bad_file(&medium.path, format!("{bytes} bytes, expected {expected}")))
}

/// The hard disks with their IDE positions.
pub fn hard_disks(prepared: &Prepared) -> impl Iterator<Item = (usize, &Disk)> {
    prepared.drives.iter().filter(|placed| placed.drive == Drive::HardDisk).filter_map(|placed| {
        let medium = placed.medium.as_ref()?;
        Some((ide_position(placed.bay)?, &medium.disk))
    })
}

/// What to call a guest that has no name of its own.
pub fn default_name(argument: &Path) -> String {
    let absolute = std::path::absolute(argument).unwrap_or_else(|_| argument.to_owned());
    let named = match argument.file_name() {
        Some(name) if name == "guest.toml" => absolute.parent().and_then(Path::file_name),
        Some(_) if argument.is_dir() => absolute.file_name(),
        Some(_) if argument.extension().is_some_and(|e| e == "toml") => absolute.file_stem(),
        _ => absolute.file_name(),
    };
    named.map_or("guest".into(), |name| name.to_string_lossy().into_owned())
}

/// The folder where a guest's overlays are, for one that has a folder or a file.
pub fn folder_of(argument: &Path) -> Option<PathBuf> {
    if argument.is_dir() {
        return Some(argument.to_owned());
    }
    let is_file = argument.extension().is_some_and(|extension| extension == "toml");
    is_file.then(|| argument.parent().unwrap_or(Path::new("")).to_owned())
}
