//! The first place at which two runs are not the same, by going back and forth in both.

use super::side::Side;
use crate::failure::{Failure, Result};
use crate::replay::{Entry, Line, Place, ReadLog, Stand, Target};

/// Instructions that two instants a nanosecond apart can have between them.
const MOST_INSTRUCTIONS: u64 = 64;

/// What came of the search. The sides stand where the runs are different.
pub(super) enum Found {
    /// They are the same as far as both go.
    Same(Stand),
    /// They are not.
    Parted(Parted),
}

/// Where two runs part.
pub(super) struct Parted {
    /// The last place at which both were the same; none if they never were.
    pub(super) before: Option<(Target, Stand)>,
    /// The first at which they are not: a count of instructions if it was the last of these that parted them.
    pub(super) at: Target,
    /// Where they are there.
    pub(super) places: [Place; 2],
}

/// Two runs side by side.
pub(super) struct Pair {
    pub(super) sides: [Side; 2],
}

impl Pair {
    fn to(&mut self, target: Target) -> Result<[Place; 2]> {
        let [a, b] = &mut self.sides;
        Ok([a.to(target)?, b.to(target)?])
    }

    /// Goes through instants in their order, halves the time before the first at which the runs are not the same, and then takes single
    /// instructions. `seen` is told of every place on the first way.
    ///
    /// # Errors
    /// A run cannot be had.
    pub(super) fn search(
        &mut self,
        instants: &[u64],
        mut seen: impl FnMut(u64, &[Place; 2]),
    ) -> Result<Found> {
        let mut last: Option<(u64, Stand)> = None;
        for &at_ns in instants {
            let places = self.to(Target::Time(at_ns))?;
            seen(at_ns, &places);
            match (alike(&places), last) {
                (Some(stand), _) => last = Some((at_ns, stand.clone())),
                (None, Some(last)) => return self.narrow(last, (at_ns, places)).map(Found::Parted),
                (None, None) => {
                    return Ok(Found::Parted(Parted { before: None, at: Target::Time(at_ns), places }));
                }
            }
        }
        // There is a first instant, and both runs were there.
        last.map(|(_, stand)| Found::Same(stand)).ok_or_else(|| Failure::bad("there is nothing to compare"))
    }

    fn narrow(&mut self, last: (u64, Stand), first: (u64, [Place; 2])) -> Result<Parted> {
        let ((mut same_ns, mut stand), (mut other_ns, mut after)) = (last, first);
        while other_ns - same_ns > 1 {
            let middle = same_ns + (other_ns - same_ns) / 2;
            let places = self.to(Target::Time(middle))?;
            match alike(&places) {
                Some(there) => (same_ns, stand) = (middle, there.clone()),
                None => (other_ns, after) = (middle, places),
            }
        }
        let mut before = (Target::Time(same_ns), stand);
        let done = before.1.moment.instructions;
        let last = after.iter().filter_map(instructions).max().unwrap_or(done + 1);
        for count in done + 1..=last.min(done + MOST_INSTRUCTIONS) {
            let at = Target::Instructions(count);
            let places = self.to(at)?;
            match alike(&places) {
                Some(stand) => before = (at, stand.clone()),
                None => return Ok(Parted { before: Some(before), at, places }),
            }
        }
        let at = Target::Time(other_ns);
        Ok(Parted { before: Some(before), at, places: self.to(at)? })
    }
}

fn instructions(place: &Place) -> Option<u64> {
    match place {
        Place::At(stand) => Some(stand.moment.instructions),
        Place::Off(_) => None,
    }
}

/// Where both runs stand, if they are the same.
fn alike(places: &[Place; 2]) -> Option<&Stand> {
    match places {
        [Place::At(a), Place::At(b)] if a.moment == b.moment && a.sums == b.sums => Some(a),
        _ => None,
    }
}

/// The instants at which two runs are compared first: where either has digests, where the first input comes that the other does not have,
/// and the end of the shorter one.
pub(super) fn instants(a: &ReadLog, b: &ReadLog) -> Vec<u64> {
    let start = a.start().at_ns.max(b.start().at_ns);
    let end = a.reach_ns().min(b.reach_ns()).max(start);
    let sums = |log: &ReadLog| {
        let lines = log.lines.iter().filter(|line| matches!(line.entry, Entry::Sums(_)));
        lines.map(|line| line.moment.at_ns).collect::<Vec<_>>()
    };
    let mut instants = [sums(a), sums(b), vec![start, end]].concat();
    instants.extend(first_other_input(a, b));
    instants.retain(|at_ns| (start..=end).contains(at_ns));
    instants.sort_unstable();
    instants.dedup();
    instants
}

fn first_other_input(a: &ReadLog, b: &ReadLog) -> Option<u64> {
    let (mut a, mut b) = (inputs(a), inputs(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (one, other) if one != other => {
                return [one, other].into_iter().flatten().map(|line| line.moment.at_ns).min();
            }
            _ => {}
        }
    }
}

/// What comes from outside in a log.
pub(super) fn inputs(log: &ReadLog) -> impl Iterator<Item = &Line> {
    log.lines.iter().filter(|line| matches!(line.entry, Entry::Input(_)))
}
