//! What is left of the process's rights once its arguments are known: it reads files, and writes where it was told to.
//!
//! On Linux, landlock takes away writing outside the folders of the results, running programs, the network and the
//! signals of other processes; a seccomp filter takes away the system calls that no guest needs. Both hold for every
//! thread that is begun afterwards, and for good. Where the kernel has neither, relic runs on without: then what keeps
//! a guest in is that its devices are safe Rust.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
use linux as host;

use std::path::{Path, PathBuf};

/// What a command needs beyond reading files; nothing by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    folders: Vec<PathBuf>,
    network: bool,
}

impl Needs {
    /// What every command needs: temporary files, the terminal and other devices.
    pub(crate) fn usual() -> Self {
        Needs::default().folder(&std::env::temp_dir()).folder(Path::new("/dev"))
    }

    /// Writes a file, or a folder under this name.
    pub(crate) fn result(mut self, path: &Path) -> Self {
        self.folders.push(path.parent().unwrap_or(path).to_owned());
        self
    }

    /// Writes files, or folders under these names.
    pub(crate) fn results<'a>(self, paths: impl IntoIterator<Item = &'a PathBuf>) -> Self {
        paths.into_iter().fold(self, |needs, path| needs.result(path))
    }

    /// Writes into a folder, or makes it.
    pub(crate) fn folder(mut self, path: &Path) -> Self {
        self.folders.push(path.to_owned());
        self
    }

    /// Waits for a peer on the network.
    pub(crate) fn network(mut self, needed: bool) -> Self {
        self.network |= needed;
        self
    }

    /// The folders that there are: a folder that is not made yet is made in the nearest one above it.
    fn writable(&self) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().filter_map(|folder| {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let above = std::path::absolute(folder).ok()?;
            above.ancestors().find(|place| place.exists()).map(Path::to_owned)
        })
    }
}

/// What holds from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confined {
    /// Whether landlock watches over files, programs and the network; otherwise why not.
    pub(crate) files: Result<(), String>,
    /// Whether system calls are filtered; otherwise why not.
    pub(crate) calls: Result<(), String>,
}

impl Confined {
    /// Nothing holds.
    fn nothing(why: &str) -> Self {
        Confined { files: Err(why.into()), calls: Err(why.into()) }
    }

    /// What is missing, on one line.
    pub(crate) fn missing(&self) -> Option<String> {
        let missing = [("landlock", &self.files), ("seccomp", &self.calls)]
            .into_iter()
            .filter_map(|(what, held)| Some(format!("{what}: {}", held.as_ref().err()?)));
        Some(missing.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
    }
}

/// Gives up what is not needed, for this thread and those that it begins.
pub(crate) fn confine(needs: &Needs) -> Confined {
    host::confine(needs)
}

/// What [`confine`] would reach, without giving up anything.
pub(crate) fn look() -> Confined {
    std::thread::spawn(|| confine(&Needs::default()))
        .join()
        .unwrap_or_else(|_| Confined::nothing("the attempt failed"))
}

#[cfg(not(target_os = "linux"))]
mod host {
    use super::{Confined, Needs};

    pub(super) fn confine(_: &Needs) -> Confined {
        Confined::nothing("not on this system")
    }
}
