//! The lines of a log after its head, and the log read back.

use super::head::Head;
use crate::failure::{Failure, Result};
use crate::images::input;
use crate::span;
use hypervisor::{Moment, Sums, What};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the format. It grows with every change that an older relic does not understand.
pub(crate) const SCHEMA: u32 = 1;
const FORMAT: &str = "relic log";
/// The largest log that is read: years of typing.
const MOST_BYTES: u64 = 64 << 20;
const SECOND_NS: u64 = 1_000_000_000;

/// The first line.
#[derive(Serialize, Deserialize)]
pub(super) struct First {
    format: String,
    schema: u32,
    relic: String,
}

impl First {
    pub(super) fn of_this_relic() -> Self {
        First { format: FORMAT.into(), schema: SCHEMA, relic: env!("CARGO_PKG_VERSION").into() }
    }
}

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// When.
    #[serde(flatten)]
    pub(crate) moment: Moment,
    /// What.
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Entry {
    /// What came from outside.
    Input(What),
    /// The digests of every part of the machine.
    Sums(Sums),
    /// A debugger changed the guest: what follows is not to be had again.
    Changed(String),
    /// The end of the run, and how the guest was then. A run that was killed has none.
    End(String),
}

/// When the first digests after an instant are due.
pub(super) fn next_sums(after_ns: u64) -> u64 {
    let mut due = 0_u64;
    while due <= after_ns {
        let seconds = due / SECOND_NS;
        due = due.saturating_add((seconds / 60).max(1) * SECOND_NS);
        if due == u64::MAX {
            break;
        }
    }
    due
}

/// A log that was read.
#[derive(Clone)]
pub(crate) struct ReadLog {
    /// The machine.
    pub(crate) head: Head,
    /// What happened.
    pub(crate) lines: Vec<Line>,
}

impl ReadLog {
    /// Reads a log. Of one that was cut, as that of a run that was killed, what is whole counts.
    ///
    /// # Errors
    /// One line: it is none, of another version, or what is wrong in which line.
    pub(crate) fn read(path: &Path) -> Result<ReadLog> {
        let bytes = input::read(path, MOST_BYTES).map_err(|error| Failure::read(path, &error))?;
        let text = String::from_utf8_lossy(&bytes);
        parse(&text).map_err(|wrong| Failure::bad_file(path, wrong))
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> Moment {
        self.lines.last().map_or(Moment::default(), |line| line.moment)
    }

    /// Where it begins: at switch-on, or at a snapshot.
    pub(crate) fn start(&self) -> Moment {
        self.lines.first().map_or(Moment::default(), |line| line.moment)
    }

    /// How far its machine may run: a run that was killed went on a little after it had written its last line.
    pub(crate) fn limit_ns(&self) -> u64 {
        let end_ns = self.end().at_ns;
        if self.is_whole() { end_ns } else { next_sums(end_ns) }
    }

    /// How far its run can be had again, in virtual nanoseconds: to its end, or to where a debugger changed it. Of a run that was killed
    /// the last input may have come with others that were not written any more.
    pub(crate) fn reach_ns(&self) -> u64 {
        let changed = self.lines.iter().find(|line| matches!(line.entry, Entry::Changed(_)));
        match changed {
            Some(line) => line.moment.at_ns.saturating_sub(1),
            None if self.is_whole() => self.end().at_ns,
            None => self.end().at_ns.saturating_sub(1),
        }
    }

    /// Whether the run came to its end, and was not killed.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.lines.last(), Some(Line { entry: Entry::End(_), .. }))
    }
}

fn parse(text: &str) -> Result<ReadLog, String> {
    let mut rest = text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line));
    let first = rest.next().and_then(|(_, line)| serde_json::from_str::<serde_json::Value>(line).ok());
    let first = first.filter(|first| first["format"] == FORMAT).ok_or("not a log of a run of relic")?;
    if first["schema"] != SCHEMA {
        let relic = first["relic"].as_str().unwrap_or("of no version");
        let found = &first["schema"];
        let here = env!("CARGO_PKG_VERSION");
        return Err(format!(
            "the log has schema {found} (of relic {relic}); this relic {here} reads schema {SCHEMA}"
        ));
    }
    let (_, head) = rest.next().ok_or("the log ends before it names the machine")?;
    let head: Head = serde_json::from_str(head).map_err(|error| format!("line 2: {error}"))?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, written) in rest {
        let line: Line = match serde_json::from_str(written) {
            Ok(line) => line,
            // The last thing that a killed run wrote.
            Err(_) if !written.ends_with('\n') => break,
            Err(error) => return Err(format!("line {number}: {error}")),
        };
        let before = lines.last().map(|line| line.moment);
        check(&line, before, head.from.is_some()).map_err(|wrong| format!("line {number}: {wrong}"))?;
        lines.push(line);
    }
    Ok(ReadLog { head, lines })
}

/// Refuses what no run can have written. Digests are never far apart: an instant that is far away is none that a run has seen, and
/// would take for ever to come to.
fn check(line: &Line, before: Option<Moment>, goes_on: bool) -> Result<(), String> {
    let (at, last) = (line.moment, before.unwrap_or_default());
    if at.at_ns < last.at_ns || at.instructions < last.instructions {
        return Err(format!("{} is before the line above it, {}", show(at), show(last)));
    }
    let far = at.at_ns > next_sums(last.at_ns).saturating_add(SECOND_NS);
    match far && !(goes_on && before.is_none()) {
        true => Err(format!("{} is too long after {}: digests are missing between", show(at), show(last))),
        false => Ok(()),
    }
}

/// A moment for people.
pub(crate) fn show(moment: Moment) -> String {
    format!("{} ({} ns, {} instructions)", span::show(moment.at_ns), moment.at_ns, moment.instructions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_a_second_apart_at_first_and_then_a_sixtieth_of_the_time() {
        assert_eq!(next_sums(0), SECOND_NS);
        assert_eq!(next_sums(SECOND_NS - 1), SECOND_NS);
        assert_eq!(next_sums(119 * SECOND_NS), 120 * SECOND_NS);
        assert_eq!(next_sums(120 * SECOND_NS), 122 * SECOND_NS);
        let (mut at, mut count) = (0, 0);
        while at < 86_400 * SECOND_NS {
            (at, count) = (next_sums(at), count + 1);
        }
        assert!(count < 600, "a day has {count}");
        assert_eq!(next_sums(u64::MAX), u64::MAX);
    }
}
