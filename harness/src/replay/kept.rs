//! Machines that are kept in memory to go back to: few, and the closer together the nearer they are.

use super::player::Target;
use crate::guest::Machine;
use hypervisor::{Moment, Saved};

/// How many are kept at most.
const MOST: usize = 48;
/// Pages that they may hold together beside the first: 512 MiB.
const MOST_PAGES: usize = 128 << 10;

/// One of them.
pub(crate) struct One<P> {
    pub(crate) moment: Moment,
    /// What whoever keeps it must know to go on from there.
    pub(super) place: P,
    pub(crate) saved: Saved,
    /// Pages that are not shared with the one before.
    pages: usize,
}

/// All of them, in the order of time. The first is the beginning and always there.
pub(crate) struct Kept<P> {
    first: One<P>,
    others: Vec<One<P>>,
}

impl<P> One<P> {
    fn is_before(&self, target: Target) -> bool {
        match target {
            Target::Time(at_ns) => self.moment.at_ns <= at_ns,
            // At the same count there may be more than one moment, and the first is meant.
            Target::Instructions(count) => self.moment.instructions < count,
            Target::End => true,
        }
    }

    /// Inputs come at a moment, too: which of them had come tells apart machines of the same moment.
    fn order(&self) -> (Moment, usize) {
        (self.moment, self.saved.inputs.len())
    }
}

impl<P> Kept<P> {
    /// With a machine at the beginning.
    pub(crate) fn new(machine: &Machine, place: P) -> Kept<P> {
        let first = One { moment: machine.moment(), place, saved: machine.save(), pages: 0 };
        Kept { first, others: Vec::new() }
    }

    /// The beginning.
    pub(crate) fn first(&self) -> &One<P> {
        &self.first
    }

    /// The last one before a place.
    pub(crate) fn before(&self, target: Target) -> &One<P> {
        self.others.iter().rev().find(|one| one.is_before(target)).unwrap_or(&self.first)
    }

    /// Keeps a machine as it stands.
    pub(crate) fn keep(&mut self, machine: &Machine, place: P) {
        let moment = machine.moment();
        let order = (moment, machine.inputs().len());
        let at = self.others.partition_point(|one| one.order() < order);
        if self.others.get(at).is_some_and(|one| one.order() == order) {
            return;
        }
        let saved = machine.save();
        let before = at.checked_sub(1).map_or(&self.first, |before| &self.others[before]);
        let pages = saved.store.differences(&before.saved.store).count();
        self.others.insert(at, One { moment, place, saved, pages });
        while self.others.len() > MOST || self.others.len() > 1 && self.pages() > MOST_PAGES {
            self.drop_one(moment);
        }
    }

    fn pages(&self) -> usize {
        self.others.iter().map(|one| one.pages).sum()
    }

    /// Drops the one that is missed least at `now`: whose neighbours are close together for their distance from there.
    fn drop_one(&mut self, now: Moment) {
        let time = |one: &One<P>| one.moment.at_ns;
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
