//! `relic replay TRACE`: a device trace told to each chip that it has, alone, as the machine of the trace has it, and the first answer
//! that is not the same.

use super::head::Head;
use super::shelf::Shelf;
use crate::console::Console;
use crate::device_trace::MACHINE;
use crate::failure::{Exit, Failure, Result};
use crate::output;
use backplane::Disk;
use backplane::bench::trace::{EVERY_CHIP, Event, TRACE_HEAD, TraceLine};
use backplane::bench::{Retell, Unlike};
use hypervisor::NoChip;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// The longest line that is read: a chip moves less memory at once.
const MOST_BYTES: u64 = 64 << 20;

/// The lines of a device trace that are events, each with its number.
pub(crate) struct TraceFile<'p> {
    path: &'p Path,
    file: BufReader<File>,
    number: usize,
    line: String,
}

impl<'p> TraceFile<'p> {
    /// Whether a file says that it is a device trace.
    pub(crate) fn is_one(path: &Path) -> bool {
        let mut head = [0; TRACE_HEAD.len()];
        File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
            && head == *TRACE_HEAD.as_bytes()
    }

    /// Opens a trace.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(path: &'p Path) -> Result<TraceFile<'p>> {
        let file = File::open(path).map_err(|error| Failure::read(path, &error))?;
        Ok(TraceFile { path, file: BufReader::new(file), number: 0, line: String::new() })
    }

    /// The machine of the trace, which the second line has.
    fn head(path: &Path) -> Result<Head> {
        let mut file = TraceFile::open(path)?;
        file.next_line()?;
        file.next_line()?;
        let head = file.line.strip_prefix(MACHINE);
        let head =
            head.ok_or_else(|| Failure::bad_file(path, "its second line does not name the machine"))?;
        serde_json::from_str(head).map_err(|error| Failure::bad_file(path, format!("line 2: {error}")))
    }

    /// Reads a line; false at the end.
    fn next_line(&mut self) -> Result<bool> {
        self.line.clear();
        self.number += 1;
        let read = self.file.by_ref().take(MOST_BYTES).read_line(&mut self.line);
        let read = read.map_err(|error| Failure::read(self.path, &error))?;
        if read as u64 == MOST_BYTES {
            return Err(self.wrong("the line has no end"));
        }
        Ok(read > 0)
    }

    /// The next event of a chip, or of every chip; of any, if none is named.
    ///
    /// # Errors
    /// The file cannot be read, or the line is none of a trace.
    pub(crate) fn next_event(&mut self, chip: Option<&str>) -> Result<Option<TraceLine>> {
        while self.next_line()? {
            let line = self.line.trim_end();
            let is_asked = |of: &str| chip.is_none_or(|chip| of == chip || of == EVERY_CHIP);
            if line.is_empty() || line.starts_with('#') || self.chip().is_some_and(|of| !is_asked(of)) {
                continue;
            }
            // The last line of a run that was killed may be a part of one.
            return match line.parse() {
                Ok(line) => Ok(Some(line)),
                Err(_) if !self.line.ends_with('\n') => Ok(None),
                Err(error) => Err(self.wrong(&error.to_string())),
            };
        }
        Ok(None)
    }

    /// The chip of the line, which need not be a whole one.
    fn chip(&self) -> Option<&str> {
        self.line.trim_end().split(' ').nth(1)
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::bad_file(self.path, format!("line {}: {what}", self.number))
    }
}

/// Tells a trace to these chips, or to all that it has.
///
/// # Errors
/// The trace or a medium is not to be had; a chip is unlike the trace ([`Exit::Mismatch`]).
pub(super) fn replay(path: &Path, chips: &[String], shelf: &Shelf, console: &Console) -> Result<()> {
    let head = TraceFile::head(path)?;
    let named: BTreeSet<String> = if chips.is_empty() { all(path)? } else { chips.iter().cloned().collect() };
    for chip in &named {
        let machine = head.switch_on(shelf)?;
        match machine.into_chip(chip) {
            Ok(mut retold) => {
                let told = tell(path, chip, &mut *retold, shelf)?;
                console.say(format!("{chip}: {told} lines, the same"));
            }
            Err(why @ NoChip::Coupled(_)) if chips.is_empty() => console.complain(why.to_string()),
            Err(why) => return Err(Failure::bad_file(path, why)),
        }
    }
    Ok(())
}

/// The chips of a trace.
fn all(path: &Path) -> Result<BTreeSet<String>> {
    let (mut file, mut names) = (TraceFile::open(path)?, BTreeSet::new());
    while file.next_line()? {
        let chip = file.chip().filter(|chip| *chip != EVERY_CHIP && !file.line.starts_with('#'));
        if let Some(chip) = chip.filter(|chip| !names.contains(*chip)) {
            names.insert(chip.to_owned());
        }
    }
    Ok(names)
}

/// Tells a chip its part of a trace; how many lines that are.
fn tell(path: &Path, chip: &str, retold: &mut dyn Retell, shelf: &Shelf) -> Result<u64> {
    let unlike = |place: String, why: Unlike| match why {
        Unlike::Answer(_) => Failure::new(Exit::Mismatch, format!("{}: {place}: {why}", path.display())),
        Unlike::Medium(_) => Failure::bad_file(path, format!("{place}: {why}")),
    };
    let mut open = |name: &str| -> Result<Disk, String> {
        let id = serde_json::from_str(name).map_err(|error| format!("a medium without a name: {error}"))?;
        shelf.medium(&id).map(|opened| opened.disk).map_err(|failure| failure.message)
    };
    let (mut file, mut told) = (TraceFile::open(path)?, 0);
    while let Some(line) = file.next_event(Some(chip))? {
        retold
            .tell(&line, &mut open)
            .map_err(|why| unlike(format!("line {}: `{}`", file.number, brief(&line)), why))?;
        told += 1;
        if output::interrupted() {
            return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"));
        }
    }
    retold.end().map_err(|why| unlike(format!("{chip}, at the end"), why))?;
    Ok(told)
}

/// A line for people: what is moved in memory is not all told.
fn brief(line: &TraceLine) -> String {
    const MOST: usize = 16;
    let TraceLine { at, chip, event } = line;
    match event {
        Event::Finds(_, bytes) | Event::Stores(_, bytes) if bytes.len() > MOST => {
            let whole = line.to_string();
            let cut = whole.len() - 2 * (bytes.len() - MOST);
            format!("{}... ({} bytes)", &whole[..cut], bytes.len())
        }
        event => format!("{} {chip} {event}", at.ns()),
    }
}
