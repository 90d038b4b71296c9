//! What a log says of the machine, and the machine built again from it.

use super::shelf::Shelf;
use crate::failure::{Failure, Result};
use crate::guest::{Kernel, Machine, MachineConfig, Rom};
use crate::overlay;
use crate::prepare::{Drive, Placed, Prepared};
use backplane::{Bay, Disk};
use hypervisor::MediumId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The machine of a run, with every file that it was made of by name, length and digest.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Head {
    /// What the guest is called.
    pub(crate) guest: String,
    /// The machine.
    pub(crate) machine: MachineConfig,
    /// The snapshot that the run went on from.
    pub(crate) from: Option<MediumId>,
    bios: Option<MediumId>,
    vga_bios: Option<MediumId>,
    roms: Vec<RomFile>,
    kernel: Option<KernelFiles>,
    drives: Vec<DriveLine>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RomFile {
    address: u32,
    file: MediumId,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct KernelFiles {
    name: String,
    image: MediumId,
    initrd: Option<MediumId>,
    command_line: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct DriveLine {
    bay: Bay,
    drive: Drive,
    medium: Option<MediumId>,
    /// What the guest had written in earlier runs.
    overlay: Option<Overlay>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Overlay {
    path: PathBuf,
    digest: String,
}

impl Head {
    /// The head of a guest's log; `from` is the snapshot that it goes on from.
    ///
    /// # Errors
    /// A medium cannot be read.
    pub(crate) fn of(guest: &Prepared, from: Option<&Path>) -> Result<Head> {
        let config = &guest.config;
        let files = &guest.files;
        let given = |path: &Option<PathBuf>, bytes: &Option<Vec<u8>>| match (path, bytes) {
            (Some(path), Some(bytes)) => file_id(path, bytes).map(Some),
            _ => Ok(None),
        };
        let roms = files.roms.iter().zip(&config.roms);
        let kernel = match (&config.kernel, &files.kernel) {
            (Some(kernel), Some(path)) => Some(KernelFiles {
                name: kernel.name.clone(),
                image: file_id(path, &kernel.image)?,
                initrd: given(&files.initrd, &kernel.initrd)?,
                command_line: kernel.command_line.clone(),
            }),
            _ => None,
        };
        Ok(Head {
            guest: guest.name.clone(),
            machine: MachineConfig {
                bios: None,
                vga_bios: None,
                roms: vec![],
                kernel: None,
                ..config.clone()
            },
            from: from.map(|path| id(&Shelf::raw(path)?)).transpose()?,
            bios: given(&files.bios, &config.bios)?,
            vga_bios: given(&files.vga_bios, &config.vga_bios)?,
            roms: roms
                .map(|(path, rom)| Ok(RomFile { address: rom.address, file: file_id(path, &rom.bytes)? }))
                .collect::<Result<_>>()?,
            kernel,
            drives: guest.drives.iter().map(|placed| drive_line(placed, guest)).collect::<Result<_>>()?,
        })
    }

    /// The guest of the log, ready to be switched on.
    ///
    /// # Errors
    /// A file is not to be had, or is another one than that of the run.
    pub(crate) fn prepare(&self, shelf: &Shelf) -> Result<Prepared> {
        let file = |id: &Option<MediumId>| id.as_ref().map(|id| shelf.file(id)).transpose();
        let mut config = self.machine.clone();
        config.bios = file(&self.bios)?;
        config.vga_bios = file(&self.vga_bios)?;
        let rom = |rom: &RomFile| Ok(Rom { address: rom.address, bytes: shelf.file(&rom.file)? });
        config.roms = self.roms.iter().map(rom).collect::<Result<_>>()?;
        if let Some(KernelFiles { name, image, initrd, command_line }) = &self.kernel {
            config.kernel = Some(Kernel {
                name: name.clone(),
                image: shelf.file(image)?,
                initrd: file(initrd)?,
                command_line: command_line.clone(),
            });
        }
        let drives = self.drives.iter().map(|line| line.placed(shelf)).collect::<Result<_>>()?;
        Ok(Prepared {
            name: self.guest.clone(),
            config,
            drives,
            folder: None,
            files: Default::default(),
            engine: Default::default(),
        })
    }

    /// The machine at the log's beginning.
    ///
    /// # Errors
    /// As [`Head::prepare`]; there is no such machine; the snapshot is not to be had.
    pub(crate) fn switch_on(&self, shelf: &Shelf) -> Result<Machine> {
        let guest = self.prepare(shelf)?;
        let mut machine = Machine::new(&guest.config, guest.media())
            .map_err(|error| Failure::bad(format!("{}: {error}", self.guest)))?;
        if let Some(from) = &self.from {
            shelf.restore(from, &mut machine, &guest)?;
        }
        Ok(machine)
    }
}

impl DriveLine {
    fn placed(&self, shelf: &Shelf) -> Result<Placed> {
        let Some(id) = &self.medium else {
            return Ok(Placed { bay: self.bay, drive: self.drive, medium: None });
        };
        let mut medium = shelf.medium(id)?;
        if let Some(overlay) = &self.overlay {
            overlay::lay(&overlay.path, &mut medium.disk)?;
            if written(&medium.disk) != overlay.digest {
                return Err(Failure::bad_file(
                    &overlay.path,
                    "it was written to since the run began; what the guest's disk held then is gone",
                ));
            }
        }
        Ok(Placed { bay: self.bay, drive: self.drive, medium: Some(medium) })
    }
}

fn drive_line(placed: &Placed, guest: &Prepared) -> Result<DriveLine> {
    let disk = placed.medium.as_ref().map(|medium| &medium.disk);
    let laid = disk.filter(|disk| disk.written().next().is_some()).zip(guest.folder.as_ref());
    Ok(DriveLine {
        bay: placed.bay,
        drive: placed.drive,
        medium: disk.map(id).transpose()?,
        overlay: laid.map(|(disk, folder)| Overlay {
            path: absolute(&overlay::file(folder, placed.bay)),
            digest: written(disk),
        }),
    })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn written(disk: &Disk) -> String {
    format!("{:032x}", hypervisor::disk_digest(disk))
}

fn id(disk: &Disk) -> Result<MediumId> {
    MediumId::of(disk).map_err(|error| Failure::read(Path::new(disk.name()), &error))
}

fn file_id(path: &Path, bytes: &[u8]) -> Result<MediumId> {
    id(&Disk::from_bytes(bytes.to_vec()).named(&absolute(path).to_string_lossy()))
}
