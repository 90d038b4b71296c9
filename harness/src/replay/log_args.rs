//! Where `relic run` writes its log.

use super::head::Head;
use super::writer::Log;
use crate::failure::{Failure, Result};
use crate::prepare::Prepared;
use crate::session::Session;
use clap::Args;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The variable that names the folder of logs that nobody named; empty for none.
const FOLDER_VARIABLE: &str = "RELIC_LOGS";
/// How many of these are kept.
const MOST: u64 = 32;

/// Options of `relic run` for the log of the run.
#[derive(Args)]
#[command(next_help_heading = "The log of the run")]
pub(crate) struct LogArgs {
    /// Write what came from outside, and digests, into this file, for `relic replay` [default: a numbered file in
    /// ~/.local/state/relic, of which the last 32 are kept; RELIC_LOGS names another folder, or none if it is empty]
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

impl LogArgs {
    /// The file that is written.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.log.iter()
    }

    /// The folder of the log that nobody named.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        if self.log.is_some() { None } else { folder() }
    }

    /// Begins the log of a guest that was just switched on, or went on `from` a snapshot.
    ///
    /// # Errors
    /// The file that was named cannot be written, or a medium not be read.
    pub(crate) fn begin(&self, session: &mut Session, guest: &Prepared, from: Option<&Path>) -> Result<()> {
        let Some(machine) = session.guest().machine() else { return Ok(()) };
        let log = match &self.log {
            Some(path) => Log::begin(path, &Head::of(guest, from)?, machine)?,
            None => {
                let Some(path) = folder().and_then(|folder| numbered(&folder).ok()) else { return Ok(()) };
                // Whatever keeps it from being written, the run goes on without.
                match Head::of(guest, from).and_then(|head| Log::begin(&path, &head, machine)) {
                    Ok(log) => log.silent(),
                    Err(_) => return Ok(()),
                }
            }
        };
        session.set_log(log);
        Ok(())
    }
}

/// The folder of logs that nobody named.
fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let some = |path: PathBuf| Some(path).filter(|path| !path.as_os_str().is_empty());
    if let Some(folder) = set(FOLDER_VARIABLE) {
        return some(folder);
    }
    let state = set("XDG_STATE_HOME").and_then(some);
    let home = || set("HOME").and_then(some).map(|home| home.join(".local/state"));
    let local = || set("LOCALAPPDATA").and_then(some);
    Some(state.or_else(home).or_else(local)?.join("relic"))
}

/// The numbers of the logs in a folder.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let number = |name: &str| name.strip_prefix("run-")?.strip_suffix(".log")?.parse().ok();
    let names = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name());
    Ok(names.filter_map(|name| number(name.to_str()?)).collect())
}

fn named(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("run-{number}.log"))
}

/// A new file behind the others, of which the oldest go.
fn numbered(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let there = numbers(folder)?;
    let mut number = there.iter().max().map_or(1, |last| last.saturating_add(1));
    for old in there.iter().filter(|old| **old + MOST <= number) {
        // Another process may have been quicker.
        let _ = fs::remove_file(named(folder, *old));
    }
    loop {
        match File::options().write(true).create_new(true).open(named(folder, number)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number = number.saturating_add(1),
            made => return made.map(|_| named(folder, number)),
        }
    }
}

/// The newest log that nobody named.
///
/// # Errors
/// There is none.
pub(super) fn newest() -> Result<PathBuf> {
    let folder =
        folder().ok_or_else(|| Failure::bad("replay: name a log; there is no folder of logs here"))?;
    let last = numbers(&folder).ok().and_then(|numbers| numbers.into_iter().max());
    last.map(|number| named(&folder, number))
        .ok_or_else(|| Failure::bad(format!("{}: no log of a run here; name one", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_numbered_on_and_the_last_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=40 {
            assert_eq!(numbered(folder.path()).unwrap(), named(folder.path(), number));
        }
        fs::write(folder.path().join("run-x.log"), "").unwrap();
        let mut kept = numbers(folder.path()).unwrap();
        kept.sort_unstable();
        assert_eq!(kept, (9..=40).collect::<Vec<_>>());
    }
}
