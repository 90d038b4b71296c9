//! The log of a run under way.

use super::head::Head;
use super::line::{Entry, First, Line, next_sums};
use crate::failure::{Failure, Result};
use crate::guest::{Machine, Stop};
use crate::prepare::Prepared;
use hypervisor::{Event, Moment};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A log under way. Every line is with the host before the guest runs on.
pub(crate) struct Log {
    path: PathBuf,
    to: To,
    /// How many inputs of the machine are written.
    inputs: usize,
    next_sums: u64,
    /// Nobody asked for it: what the host refuses is left out.
    silent: bool,
}

/// Where lines go.
enum To {
    File(File),
    /// Only those behind the head, for a guest that goes back to moments that were kept.
    Memory(Vec<u8>),
    /// Something came from outside that no log can tell.
    Nowhere,
}

/// A whole log of a guest, of the lines behind its head.
///
/// # Errors
/// A medium cannot be read.
pub(crate) fn whole(guest: &Prepared, lines: &[u8]) -> Result<Vec<u8>> {
    let head = (First::of_this_relic(), Head::of(guest, None)?);
    let head = [serde_json::to_vec(&head.0), serde_json::to_vec(&head.1)];
    let [first, head] = head.map(|line| line.map_err(Failure::bad));
    Ok([first?.as_slice(), b"\n", head?.as_slice(), b"\n", lines].concat())
}

impl Log {
    /// Begins the log of a machine as it stands. It is in its file from now on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn begin(path: &Path, head: &Head, machine: &Machine) -> Result<Log> {
        let file = File::create(path).map_err(|error| Failure::write(path, &error))?;
        let mut log = Log {
            path: path.to_owned(),
            to: To::File(file),
            inputs: machine.inputs().len(),
            next_sums: next_sums(machine.now().ns()),
            silent: false,
        };
        log.write(&First::of_this_relic())?;
        log.write(head)?;
        log.sums(machine)?;
        Ok(log)
    }

    /// Begins the log of a machine that was just switched on, in memory. Nothing is refused: what no log can tell ends it.
    pub(crate) fn in_memory(machine: &Machine) -> Result<Log> {
        let (path, to, next_sums) = (PathBuf::new(), To::Memory(Vec::new()), next_sums(machine.now().ns()));
        let mut log = Log { path, to, inputs: machine.inputs().len(), next_sums, silent: true };
        log.sums(machine)?;
        Ok(log)
    }

    /// A log in memory as it is now.
    pub(crate) fn kept(&self) -> Option<Log> {
        let To::Memory(lines) = &self.to else { return None };
        Some(Log { path: self.path.clone(), to: To::Memory(lines.clone()), ..*self })
    }

    /// The lines of a log in memory behind its head.
    pub(crate) fn lines(self) -> Option<Vec<u8>> {
        match self.to {
            To::Memory(lines) => Some(lines),
            _ => None,
        }
    }

    fn write(&mut self, line: &impl Serialize) -> Result<()> {
        let failed = |error: io::Error| Failure::write(&self.path, &error);
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        match &mut self.to {
            To::File(file) => file.write_all(&text).or_else(|error| match self.silent {
                true => Ok(()),
                false => Err(failed(error)),
            }),
            To::Memory(lines) => {
                lines.extend(text);
                Ok(())
            }
            To::Nowhere => Ok(()),
        }
    }

    /// The same log, which nobody asked for: a run does not fail for it.
    pub(crate) fn silent(self) -> Log {
        Log { silent: true, ..self }
    }

    fn sums(&mut self, machine: &Machine) -> Result<()> {
        self.write(&Line { moment: machine.moment(), entry: Entry::Sums(machine.sums()) })
    }

    /// Writes what came from outside since the last time: before the guest runs on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn follow(&mut self, machine: &Machine) -> Result<()> {
        let inputs = machine.inputs();
        for input in inputs.get(self.inputs..).unwrap_or(&[]) {
            let Event { moment, what } = match Event::of(input) {
                Ok(event) => event,
                Err(_) if self.silent => {
                    self.to = To::Nowhere;
                    break;
                }
                Err(wrong) => return Err(Failure::bad_file(&self.path, wrong)),
            };
            self.write(&Line { moment, entry: Entry::Input(what) })?;
        }
        self.inputs = self.inputs.max(inputs.len());
        Ok(())
    }

    /// When it wants to see the machine again, in virtual nanoseconds.
    pub(crate) fn next(&self) -> u64 {
        self.next_sums
    }

    /// Writes digests, if they are due.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn look(&mut self, machine: &Machine) -> Result<()> {
        if machine.now().ns() >= self.next_sums {
            self.next_sums = next_sums(machine.now().ns());
            self.sums(machine)?;
        }
        Ok(())
    }

    /// Says that a debugger changed the guest.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn changed(&mut self, moment: Moment, what: &str) -> Result<()> {
        self.write(&Line { moment, entry: Entry::Changed(what.to_owned()) })
    }

    /// Ends it: the last digests, and how the guest was.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn end(&mut self, machine: &Machine, ended: Option<&Stop>) -> Result<()> {
        self.follow(machine)?;
        self.sums(machine)?;
        let how = match ended {
            Some(Stop::PowerOff) => "switched off".into(),
            Some(Stop::Exited(status)) => format!("exited with {status}"),
            Some(Stop::Died(why)) => format!("died: {why}"),
            _ => "running".into(),
        };
        self.write(&Line { moment: machine.moment(), entry: Entry::End(how) })
    }
}
