//! Machines that a player keeps in memory to go back to: few, and the closer together the nearer they are.

use super::player::Target;
use crate::guest::Machine;
use hypervisor::{Moment, Saved};

/// How many are kept at most.
const MOST: usize = 48;
/// Pages that they may hold together beside the first: 512 MiB.
const MOST_PAGES: usize = 128 << 10;

/// One of them.
pub(super) struct One {
    pub(super) moment: Moment,
    /// The player's place in the log.
    pub(super) next: usize,
    pub(super) same: usize,
    pub(super) saved: Saved,
    /// Pages that are not shared with the one before.
    pages: usize,
}

/// All of them, in the order of time. The first is the beginning and always there.
pub(super) struct Kept {
    first: One,
    others: Vec<One>,
}

impl One {
    fn is_before(&self, target: Target) -> bool {
        match target {
            Target::Time(at_ns) => self.moment.at_ns <= at_ns,
            // At the same count there may be more than one moment, and the first is meant.
            Target::Instructions(count) => self.moment.instructions < count,
            Target::End => true,
        }
    }
}

impl Kept {
    /// With a machine at the beginning of its log.
    pub(super) fn new(machine: &Machine) -> Kept {
        let first = One { moment: machine.moment(), next: 0, same: 0, saved: machine.save(), pages: 0 };
        Kept { first, others: Vec::new() }
    }

    /// The last one before a place.
    pub(super) fn before(&self, target: Target) -> &One {
        self.others.iter().rev().find(|one| one.is_before(target)).unwrap_or(&self.first)
    }

    /// Keeps a machine as it stands.
    pub(super) fn keep(&mut self, machine: &Machine, next: usize, same: usize) {
        let moment = machine.moment();
        let at = self.others.partition_point(|one| (one.moment, one.next) < (moment, next));
        if self.others.get(at).is_some_and(|one| (one.moment, one.next) == (moment, next)) {
            return;
        }
        let saved = machine.save();
        let before = at.checked_sub(1).map_or(&self.first, |before| &self.others[before]);
        let pages = saved.store.differences(&before.saved.store).count();
        self.others.insert(at, One { moment, next, same, saved, pages });
        while self.others.len() > MOST || self.others.len() > 1 && self.pages() > MOST_PAGES {
            self.drop_one(moment);
        }
    }

    fn pages(&self) -> usize {
        self.others.iter().map(|one| one.pages).sum()
    }

    /// Drops the one that is missed least at `now`: whose neighbours are close together for their distance from there.
    fn drop_one(&mut self, now: Moment) {
        let time = |one: &One| one.moment.at_ns;
        let missed = |at: usize| {
            let before = at.checked_sub(1).map_or(time(&self.first), |before| time(&self.others[before]));
            let after = self.others.get(at + 1).map_or(now.at_ns, time);
            let away = now.at_ns.abs_diff(time(&self.others[at]));
            after.abs_diff(before) as f64 / (away + 1) as f64
        };
        let least = (0..self.others.len()).min_by(|a, b| missed(*a).total_cmp(&missed(*b)));
        if let Some(least) = least {
            self.others.remove(least);
        }
    }
}
