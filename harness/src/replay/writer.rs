//! The log of a run under way.

use super::head::Head;
use super::line::{Entry, First, Line, next_sums};
use crate::failure::{Failure, Result};
use crate::guest::{Machine, Stop};
use hypervisor::{Event, Moment};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A log under way. Every line is with the host before the guest runs on.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// How many inputs of the machine are written.
    inputs: usize,
    next_sums: u64,
    /// Nobody asked for it: what the host refuses is left out.
    silent: bool,
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
            file,
            inputs: machine.inputs().len(),
            next_sums: next_sums(machine.now().ns()),
            silent: false,
        };
        log.write(&First::of_this_relic())?;
        log.write(head)?;
        log.sums(machine)?;
        Ok(log)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<()> {
        let failed = |error: io::Error| Failure::write(&self.path, &error);
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        match self.file.write_all(&text) {
            Err(_) if self.silent => return Ok(()),
            written => written.map_err(failed)?,
        }
        Ok(())
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
            let Event { moment, what } = Event::of(input)
                .map_err(|wrong| Failure::bad(format!("{}: {wrong}", self.path.display())))?;
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
    pub(crate) fn end(mut self, machine: &Machine, ended: Option<&Stop>) -> Result<()> {
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
