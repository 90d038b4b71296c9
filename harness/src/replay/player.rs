//! A run again, from its log: forwards, and backwards from what was kept in memory.

use super::line::{self, Entry, Line, ReadLog};
use super::shelf::Shelf;
use crate::failure::{Exit, Failure, Result};
use crate::guest::{Machine, Stop};
use crate::output;
use crate::replay::kept::Kept;
use backplane::Instant;
use hypervisor::{Event, Moment, Until};
use serde::{Deserialize, Serialize};

/// Virtual nanoseconds that a guest runs before Ctrl-C is listened to again.
const SLICE_NS: u64 = 50_000_000;

/// A place to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Target {
    /// An instant; what came from outside by then has come.
    Time(u64),
    /// So many instructions, as soon as they are retired.
    Instructions(u64),
    /// Where the log ends.
    End,
}

impl Target {
    /// Whether what comes at a moment has not come there yet.
    pub(crate) fn is_before(self, moment: Moment) -> bool {
        match self {
            Target::Time(at_ns) => moment.at_ns > at_ns,
            Target::Instructions(count) => moment.instructions >= count,
            Target::End => false,
        }
    }
}

/// A run of a log.
pub(crate) struct Player {
    log: ReadLog,
    shelf: Shelf,
    machine: Machine,
    /// The line of the log that comes next.
    next: usize,
    /// How many lines of digests were the same, up to `next`.
    same: usize,
    /// Whether the log's digests must be those of this run.
    compares: bool,
    /// With `next` and `same` of each.
    kept: Option<Kept<(usize, usize)>>,
}

impl Player {
    /// Switches the machine of a log on. With `back` it keeps what it needs to go back.
    ///
    /// # Errors
    /// A file is not to be had, or there is no such machine.
    pub(crate) fn new(log: ReadLog, shelf: Shelf, back: bool) -> Result<Player> {
        let machine = log.head.switch_on(&shelf)?;
        let kept = back.then(|| Kept::new(&machine, (0, 0)));
        Ok(Player { log, shelf, machine, next: 0, same: 0, compares: true, kept })
    }

    /// The same run, whatever digests the log has: it may be another build's.
    pub(crate) fn comparing_nothing(self) -> Player {
        Player { compares: false, ..self }
    }

    /// The log.
    pub(crate) fn log(&self) -> &ReadLog {
        &self.log
    }

    /// The machine as it stands.
    pub(crate) fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// How many lines of digests were the same so far.
    pub(crate) fn same(&self) -> usize {
        self.same
    }

    /// Goes to a place, back or on, and compares the digests on the way.
    ///
    /// # Errors
    /// The run is not the same as that of the log, Ctrl-C.
    pub(crate) fn to(&mut self, target: Target) -> Result<()> {
        if self.is_behind(target) {
            self.go_back(target);
        }
        for place in self.places_on_the_way(target) {
            self.on_to(place)?;
            self.keep();
        }
        self.on_to(target)
    }

    /// Whether a place is one that the run has left behind.
    fn is_behind(&self, target: Target) -> bool {
        let now = self.machine.moment();
        match target {
            Target::Time(at_ns) => at_ns < now.at_ns,
            Target::Instructions(count) => {
                count < now.instructions || count == now.instructions && self.next > 0
            }
            Target::End => false,
        }
    }

    fn go_back(&mut self, target: Target) {
        let Some(kept) = &self.kept else { return };
        let one = kept.before(target);
        // It is of this very machine.
        if self.machine.restore(&one.saved).is_ok() {
            (self.next, self.same) = one.place;
        }
    }

    /// Halves of the way that is left: whoever goes back once often goes on going back.
    fn places_on_the_way(&self, target: Target) -> Vec<Target> {
        const HALVES: u32 = 16;
        let now = self.machine.moment();
        let halves = |from: u64, to: u64| {
            let way = to.saturating_sub(from);
            (1..=HALVES).map(move |n| way >> n).take_while(|left| *left > 1000).map(move |left| to - left)
        };
        match target {
            _ if self.kept.is_none() => Vec::new(),
            Target::Time(at_ns) => halves(now.at_ns, at_ns).map(Target::Time).collect(),
            Target::Instructions(count) => {
                halves(now.instructions, count).map(Target::Instructions).collect()
            }
            Target::End => Vec::new(),
        }
    }

    fn keep(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.keep(&self.machine, (self.next, self.same));
        }
    }

    fn on_to(&mut self, target: Target) -> Result<()> {
        while let Some(line) =
            self.log.lines.get(self.next).filter(|line| !target.is_before(line.moment)).cloned()
        {
            self.run_to(line.moment)?;
            self.apply(&line)?;
            self.next += 1;
            if matches!(line.entry, Entry::Sums(_)) {
                self.keep();
            }
        }
        let limit = self.log.limit_ns();
        match target {
            Target::Time(at_ns) if at_ns <= limit => self.run_until(Until::time(Instant(at_ns))),
            Target::Instructions(count) => {
                let instructions = count.saturating_sub(self.machine.instructions());
                self.run_until(Until { instructions, ..Until::time(Instant(limit)) })?;
                if self.machine.instructions() == count { Ok(()) } else { Err(self.beyond()) }
            }
            Target::Time(_) => Err(self.beyond()),
            Target::End => Ok(()),
        }
    }

    fn beyond(&self) -> Failure {
        Failure::bad(format!("the log ends at {}", line::show(self.log.end())))
    }

    /// Runs on in slices, until it is done or the guest stops.
    fn run_until(&mut self, until: Until) -> Result<()> {
        let last = self.machine.instructions().saturating_add(until.instructions);
        while self.machine.now() < until.deadline && self.machine.instructions() < last {
            if output::interrupted() {
                let at = line::show(self.machine.moment());
                return Err(Failure::new(Exit::Interrupted, format!("stopped by Ctrl-C at {at}")));
            }
            let deadline = (self.machine.now() + SLICE_NS).min(until.deadline);
            let instructions = last - self.machine.instructions();
            let stop = self.machine.run(Until { instructions, ..Until::time(deadline) });
            self.machine.take_debug_text();
            self.machine.take_serial_text(0);
            if matches!(stop, Stop::PowerOff | Stop::Exited(_) | Stop::Died(_) | Stop::Met(_)) {
                break;
            }
        }
        Ok(())
    }

    /// Runs to a moment of the log.
    fn run_to(&mut self, moment: Moment) -> Result<()> {
        self.run_until(Until::time(Instant(moment.at_ns)))?;
        if self.machine.run_to(moment) {
            return Ok(());
        }
        let (log, here) = (line::show(moment), line::show(self.machine.moment()));
        Err(parted(format!(
            "the log has something at {log}; this run does not come by there, but is at {here}"
        )))
    }

    /// Does what a line says, or compares with it.
    fn apply(&mut self, line: &Line) -> Result<()> {
        let at = || line::show(line.moment);
        match &line.entry {
            Entry::Input(what) => {
                let event = Event { moment: line.moment, what: what.clone() };
                let shelf = &self.shelf;
                let opened = event.input(&mut |id| {
                    shelf.medium(id).map(|opened| opened.disk).map_err(|failure| failure.message)
                });
                let (_, input) = opened.map_err(Failure::bad)?;
                self.machine.inject(input);
            }
            Entry::Sums(_) if !self.compares => {}
            Entry::Sums(sums) => {
                let here = self.machine.sums();
                let parts: Vec<&str> = sums.differing(&here).collect();
                if !parts.is_empty() {
                    let parts = parts.join(", ");
                    let before = self.same;
                    return Err(parted(format!(
                        "at {} these are not as in the log: {parts}; {before} digests before were",
                        at()
                    )));
                }
                self.same += 1;
            }
            Entry::Changed(what) => {
                return Err(Failure::bad(format!(
                    "at {} a debugger changed {what}; what came then cannot be had again",
                    at()
                )));
            }
            Entry::End(_) => {}
        }
        Ok(())
    }
}

fn parted(message: String) -> Failure {
    Failure::new(Exit::Mismatch, message)
}
