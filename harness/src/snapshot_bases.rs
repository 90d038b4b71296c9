//! Snapshots that differences stand on: found by the path from the difference on.

use crate::failure::{Failure, Result, plain};
use crate::guest::Machine;
use crate::images::input;
use hypervisor::{FileError, SnapshotBase, SnapshotId};
use std::fs;
use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};

/// Finds what a snapshot stands on, one after the other.
pub(crate) struct Bases {
    folder: PathBuf,
    found: Vec<PathBuf>,
}

impl Bases {
    /// Of a snapshot in a file.
    pub(crate) fn of(snapshot: &Path) -> Bases {
        Bases { folder: folder_of(snapshot), found: Vec::new() }
    }

    /// Opens the next one: where the one above it says, or beside that one.
    ///
    /// # Errors
    /// It is not to be had.
    pub(crate) fn open(&mut self, id: &SnapshotId) -> Result<Box<dyn Read>, String> {
        let named = self.folder.join(&id.name);
        let beside = named.file_name().map(|name| self.folder.join(name)).filter(|beside| beside.is_file());
        let path = if named.exists() { named } else { beside.unwrap_or(named) };
        let (file, _) = input::open(&path).map_err(|error| format!("cannot read: {}", plain(&error)))?;
        self.folder = folder_of(&path);
        self.found.push(path);
        Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
    }

    /// Those that were opened.
    pub(crate) fn found(self) -> Vec<PathBuf> {
        self.found
    }
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// Reads what a new snapshot is to stand on, and says which files that takes.
///
/// # Errors
/// It is no snapshot, damaged, of a machine with other memory, or too many stand below it.
pub(crate) fn read(base: &Path, snapshot: &Path, machine: &Machine) -> Result<(SnapshotBase, Vec<PathBuf>)> {
    let (file, _) = input::open(base).map_err(|error| Failure::read(base, &error))?;
    let name = name(base, snapshot)?;
    let mut bases = Bases::of(base);
    let mut from = BufReader::with_capacity(1 << 20, file);
    let found = SnapshotBase::read(&name, &mut from, &mut |id| bases.open(id));
    let found = found.map_err(|error| failure(base, error))?;
    let (there, here) = (found.store_len(), machine.ram().len());
    if there != here {
        let message = format!("a snapshot of {there} bytes of memory; this machine has {here}");
        return Err(Failure::bad_file(base, message));
    }
    let files = [base.to_owned()].into_iter().chain(bases.found()).collect();
    Ok((found, files))
}

/// What is wrong with a snapshot.
pub(crate) fn failure(path: &Path, error: FileError) -> Failure {
    match error {
        FileError::Read(error) => Failure::read(path, &error),
        error => Failure::bad_file(path, error),
    }
}

/// The name that a snapshot has of its base: the path from its folder on, if the two have a folder in common.
fn name(base: &Path, snapshot: &Path) -> Result<String> {
    let whole = |path: &Path| fs::canonicalize(path).map_err(|error| Failure::read(path, &error));
    let folder = folder_of(snapshot);
    let folder = whole(if folder.as_os_str().is_empty() { Path::new(".") } else { &folder })?;
    let base = whole(base)?;
    let same = folder.components().zip(base.components()).take_while(|(a, b)| a == b);
    let common = same.clone().count();
    let is_near = same.clone().any(|(step, _)| matches!(step, Component::Normal(_)));
    let name = if is_near {
        let up = folder.components().skip(common).map(|_| Some(".."));
        let down = base.components().skip(common).map(|step| step.as_os_str().to_str());
        up.chain(down).collect::<Option<Vec<_>>>().map(|steps| steps.join("/"))
    } else {
        base.to_str().map(str::to_owned)
    };
    name.ok_or_else(|| Failure::bad_file(&base, "a difference has no way to write this name; use Unicode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_named_from_the_folder_of_the_difference_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("new/deep")).unwrap();
        fs::create_dir(path("bases")).unwrap();
        fs::write(path("bases/a.snap"), "").unwrap();
        let from = |snapshot: &str| name(&path("bases/a.snap"), &path(snapshot)).unwrap();
        assert_eq!(from("bases/b.snap"), "a.snap");
        assert_eq!(from("b.snap"), "bases/a.snap");
        assert_eq!(from("new/deep/b.snap"), "../../bases/a.snap");
        assert!(name(&path("bases/none.snap"), &path("b.snap")).is_err());
    }
}
