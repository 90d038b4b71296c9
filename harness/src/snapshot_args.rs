//! Options of `relic run` for snapshots: a guest goes on where another run stopped.

use crate::failure::{Failure, Result};
use crate::guest::{Guest, Machine};
use crate::media;
use crate::output::Pending;
use crate::prepare::Prepared;
use clap::Args;
use hypervisor::{FileError, MediumId, OpenMedium, Saved};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Options of `relic run` for snapshots.
#[derive(Args)]
#[command(next_help_heading = "Snapshots")]
pub(crate) struct SnapshotArgs {
    /// Go on from a snapshot of this guest, instead of switching it on
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Write the machine as it is at the end of the run: a tar of its state and memory, and of what was written to its media
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
}

impl SnapshotArgs {
    /// The file that is written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.snapshot.iter()
    }

    /// Makes a guest that was switched on the one of the snapshot.
    ///
    /// # Errors
    /// The file is no snapshot, one of another relic's schema, damaged, or of another machine or other media.
    pub(crate) fn restore(&self, machine: &mut dyn Guest, guest: &Prepared) -> Result<()> {
        let Some(path) = &self.from else { return Ok(()) };
        let Some(machine) = machine.machine() else { return Err(no_machine()) };
        let elsewhere = &mut |id: &MediumId| {
            media::open(Path::new(&id.name), None)
                .map(|opened| opened.disk)
                .map_err(|failure| failure.message)
        };
        restore(path, machine, guest, elsewhere)
    }

    /// The snapshot that a run goes on from.
    pub(crate) fn from(&self) -> Option<&Path> {
        self.from.as_deref()
    }

    /// Writes the snapshot that was asked for.
    ///
    /// # Errors
    /// The host refuses; then nothing is left.
    pub(crate) fn write(&self, machine: &mut dyn Guest, guest: &Prepared) -> Result<()> {
        let Some(path) = &self.snapshot else { return Ok(()) };
        let Some(machine) = machine.machine() else { return Err(no_machine()) };
        let mut file = Pending::create(path)?;
        let about = serde_json::json!({ "guest": guest.name });
        machine.save().write(&mut file, &about).map_err(|error| Failure::write(path, &error))?;
        file.finish()
    }
}

fn no_machine() -> Failure {
    Failure::bad("this guest cannot be saved")
}

/// Makes a machine the one of a snapshot. Media are the guest's own, or opened `elsewhere` if they were inserted later.
///
/// # Errors
/// The file is no snapshot, one of another relic's schema, damaged, or of another machine or other media.
pub(crate) fn restore(
    path: &Path,
    machine: &mut Machine,
    guest: &Prepared,
    elsewhere: OpenMedium,
) -> Result<()> {
    let file = File::open(path).map_err(|error| Failure::read(path, &error))?;
    let mut open = |id: &MediumId| {
        let own = guest.drives.iter().filter_map(|placed| Some(&placed.medium.as_ref()?.disk));
        match own.into_iter().find(|disk| disk.name() == id.name && disk.len() == id.bytes) {
            Some(disk) => Ok(disk.unwritten()),
            None => elsewhere(id),
        }
    };
    let saved = match Saved::read(BufReader::with_capacity(1 << 20, file), &mut open) {
        Ok((saved, _)) => saved,
        Err(FileError::Read(error)) => return Err(Failure::read(path, &error)),
        Err(error) => return Err(Failure::bad_file(path, error)),
    };
    machine.restore(&saved).map_err(|error| Failure::bad_file(path, error))
}
