//! Options of `relic run` for snapshots: a guest goes on where another run stopped.

use crate::failure::{Failure, Result};
use crate::guest::{Guest, Machine};
use crate::media;
use crate::output::Pending;
use crate::prepare::Prepared;
use crate::snapshot_bases::{self, Bases};
use clap::Args;
use hypervisor::{MediumId, OpenMedium, Saved, SnapshotBase};
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
    /// Let --snapshot write only what is not as in this snapshot, which must stay what it is
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    base: Option<PathBuf>,
}

/// What a run with snapshots keeps until its end.
#[derive(Default)]
pub(crate) struct Begun {
    /// What the new snapshot stands on.
    base: Option<SnapshotBase>,
    /// Files that must stay what they are: whatever was read stands on them.
    files: Vec<PathBuf>,
}

impl SnapshotArgs {
    /// The file that is written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.snapshot.iter()
    }

    /// Makes a guest that was switched on the one of the snapshot, and reads what the new snapshot is to stand on.
    ///
    /// # Errors
    /// A file is no snapshot, one of another relic's schema, damaged, or of another machine or other media.
    pub(crate) fn begin(&self, machine: &mut dyn Guest, guest: &Prepared) -> Result<Begun> {
        let mut begun = Begun::default();
        if self.from.is_none() && self.base.is_none() {
            return Ok(begun);
        }
        let Some(machine) = machine.machine() else { return Err(no_machine()) };
        if let Some(path) = &self.from {
            let elsewhere = &mut |id: &MediumId| {
                media::open(Path::new(&id.name), None)
                    .map(|opened| opened.disk)
                    .map_err(|failure| failure.message)
            };
            begun.files = restore(path, machine, guest, elsewhere)?;
        }
        if let (Some(base), Some(snapshot)) = (&self.base, &self.snapshot) {
            let (base, files) = snapshot_bases::read(base, snapshot, machine)?;
            begun.base = Some(base);
            begun.files.extend(files);
        }
        Ok(begun)
    }

    /// The snapshot that a run goes on from.
    pub(crate) fn from(&self) -> Option<&Path> {
        self.from.as_deref()
    }

    /// Writes the snapshot that was asked for.
    ///
    /// # Errors
    /// The host refuses; then nothing is left.
    pub(crate) fn write(&self, machine: &mut dyn Guest, guest: &Prepared, begun: &Begun) -> Result<()> {
        let Some(path) = &self.snapshot else { return Ok(()) };
        let Some(machine) = machine.machine() else { return Err(no_machine()) };
        let mut file = Pending::create(path)?;
        let about = serde_json::json!({ "guest": guest.name });
        let written = match &begun.base {
            None => machine.save().write(&mut file, &about),
            Some(base) => machine.save().write_difference(base, &mut file, &about),
        };
        written.map_err(|error| Failure::write(path, &error))?;
        file.finish()
    }
}

impl Begun {
    /// Files that must stay what they are.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }
}

fn no_machine() -> Failure {
    Failure::bad("this guest cannot be saved")
}

/// Makes a machine the one of a snapshot, and says which others that one stands on. Media are the guest's own, or opened `elsewhere` if
/// they were inserted later.
///
/// # Errors
/// The file is no snapshot, one of another relic's schema, damaged, or of another machine or other media.
pub(crate) fn restore(
    path: &Path,
    machine: &mut Machine,
    guest: &Prepared,
    elsewhere: OpenMedium,
) -> Result<Vec<PathBuf>> {
    let file = File::open(path).map_err(|error| Failure::read(path, &error))?;
    let mut open = |id: &MediumId| {
        let own = guest.drives.iter().filter_map(|placed| Some(&placed.medium.as_ref()?.disk));
        match own.into_iter().find(|disk| disk.name() == id.name && disk.len() == id.bytes) {
            Some(disk) => Ok(disk.unwritten()),
            None => elsewhere(id),
        }
    };
    let mut bases = Bases::of(path);
    let from = BufReader::with_capacity(1 << 20, file);
    let (saved, _) = Saved::read(from, &mut open, &mut |id| bases.open(id))
        .map_err(|error| snapshot_bases::failure(path, error))?;
    machine.restore(&saved).map_err(|error| Failure::bad_file(path, error))?;
    Ok(bases.found())
}
