//! The way back: machines that are kept while a debugger leads a guest, and the guest run again from the nearest of them.
//!
//! It goes back to where the debugger came in, or last changed the guest. Going on from the past, what came from outside comes again at its
//! moments, until the place is reached from which the debugger went back.

use crate::failure::{Exit, Failure, Result};
use crate::guest::{Input, Machine, Stop};
use crate::output;
use crate::replay::Kept;
use backplane::Instant;
use hypervisor::{Hit, Moment, Stops, Until};

/// Virtual nanoseconds between two machines that are kept.
const KEEP_NS: u64 = 10_000_000;
/// Virtual nanoseconds that a guest is run again before Ctrl-C is listened to.
const SLICE_NS: u64 = 10_000_000;

/// What was kept, and what is to come again.
pub(super) struct Past {
    kept: Kept<()>,
    next_ns: u64,
    /// The place from which the debugger went back, and all that had come from outside by then; none in the present.
    future: Option<(Moment, Vec<(Moment, Input)>)>,
}

/// Where a way back has ended.
pub(super) enum Back {
    /// So many instructions back.
    Stepped,
    /// Where something was met.
    Met(Hit),
    /// At the beginning of what was kept.
    Begin,
}

impl Past {
    /// From a machine as it stands.
    pub(super) fn new(machine: &Machine) -> Past {
        Past { kept: Kept::new(machine, ()), next_ns: machine.now().ns() + KEEP_NS, future: None }
    }

    /// Looks at a machine that has run on: keeps it if it is time, and ends the past where the present is reached.
    pub(super) fn follow(&mut self, machine: &Machine) {
        self.future.take_if(|(end, inputs)| *end <= machine.moment() && next(inputs, machine).is_none());
        if self.future.is_none() && machine.now().ns() >= self.next_ns {
            self.kept.keep(machine, ());
            self.next_ns = machine.now().ns() + KEEP_NS;
        }
    }

    /// How far a machine may run on before [`Past::come`] must be asked.
    pub(super) fn until(&self, machine: &Machine) -> Moment {
        match &self.future {
            Some((end, inputs)) => next(inputs, machine).map_or(*end, |(moment, _)| *moment),
            None => Moment { at_ns: u64::MAX, instructions: u64::MAX },
        }
    }

    /// Whether there is something to come again.
    pub(super) fn is_behind_the_present(&self) -> bool {
        self.future.is_some()
    }

    /// Lets come again what came from outside at this moment.
    pub(super) fn come(&self, machine: &mut Machine) {
        if let Some((_, inputs)) = &self.future {
            come(inputs, machine);
        }
    }

    /// Goes back one instruction.
    ///
    /// # Errors
    /// Ctrl-C.
    pub(super) fn step(&mut self, machine: &mut Machine) -> Result<Back> {
        let Some(count) = machine.instructions().checked_sub(1) else { return Ok(Back::Begin) };
        if count < self.kept.first().moment.instructions {
            return self.begin(machine);
        }
        self.to(machine, count).map(|()| Back::Stepped)
    }

    /// Goes back to the last place at which one of `stops` was met, or to the beginning. The machine stops nowhere then.
    ///
    /// # Errors
    /// Ctrl-C.
    pub(super) fn last_met(&mut self, machine: &mut Machine, stops: &Stops) -> Result<Back> {
        let mut end = machine.instructions();
        while end > self.kept.first().moment.instructions {
            let began = self.restore(machine, end);
            let (mut met, mut last) = (0, None);
            self.again(machine, end, stops, |at, hit| {
                met += 1;
                last = Some((at, hit, met));
                false
            })?;
            match last {
                None => end = began,
                // In that direction an access is met before its instruction.
                Some((at, hit @ Hit::Data(_), _)) => {
                    return self.to(machine, at - 1).map(|()| Back::Met(hit));
                }
                Some((_, hit, last)) => {
                    self.restore(machine, end);
                    let mut met = 0;
                    self.again(machine, end, stops, |_, _| {
                        met += 1;
                        met == last
                    })?;
                    return Ok(Back::Met(hit));
                }
            }
        }
        self.begin(machine)
    }

    fn begin(&mut self, machine: &mut Machine) -> Result<Back> {
        self.restore(machine, 0);
        Ok(Back::Begin)
    }

    /// Goes to a count of instructions in the past, as soon as they are retired.
    fn to(&mut self, machine: &mut Machine, count: u64) -> Result<()> {
        self.restore(machine, count);
        self.again(machine, count, &Stops::default(), |_, _| true)
    }

    /// The nearest machine that is kept before a count of instructions; how many it has retired.
    fn restore(&mut self, machine: &mut Machine, count: u64) -> u64 {
        self.future.get_or_insert_with(|| (machine.moment(), machine.inputs().to_vec()));
        let one = self.kept.before(crate::replay::Target::Instructions(count));
        // It is of this very machine.
        let _ = machine.restore(&one.saved);
        one.moment.instructions
    }

    /// Runs again to a count of instructions; `met` is told of every stop on the way, with the count there, and may end it.
    fn again(
        &self,
        machine: &mut Machine,
        count: u64,
        stops: &Stops,
        mut met: impl FnMut(u64, Hit) -> bool,
    ) -> Result<()> {
        let Some((_, inputs)) = &self.future else { return Ok(()) };
        machine.set_stops(stops.clone());
        let mut ended = false;
        while machine.instructions() < count && !ended {
            if output::interrupted() {
                return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"));
            }
            come(inputs, machine);
            let left = count - machine.instructions();
            let slice = machine.now() + SLICE_NS;
            let (deadline, left) = match next(inputs, machine) {
                Some((moment, _)) if moment.at_ns <= machine.now().ns() => (Instant::NEVER, 1),
                Some((moment, _)) => (slice.min(Instant(moment.at_ns)), left),
                None => (slice, left),
            };
            let before = machine.moment();
            match machine.run(Until { instructions: left, ..Until::time(deadline) }) {
                Stop::Met(hit) => ended = met(machine.instructions(), hit),
                // Only what comes from outside goes on from there.
                Stop::PowerOff | Stop::Exited(_) | Stop::Died(_) => {
                    ended = machine.moment() == before && !is_due(inputs, machine);
                }
                _ => {}
            }
            machine.take_debug_text();
            machine.take_serial_text(0);
        }
        machine.set_stops(Stops::default());
        Ok(())
    }
}

/// What comes next to a machine of all that came from outside.
fn next<'a>(inputs: &'a [(Moment, Input)], machine: &Machine) -> Option<&'a (Moment, Input)> {
    inputs.get(machine.inputs().len())
}

fn is_due(inputs: &[(Moment, Input)], machine: &Machine) -> bool {
    next(inputs, machine).is_some_and(|(moment, _)| *moment <= machine.moment())
}

fn come(inputs: &[(Moment, Input)], machine: &mut Machine) {
    while let Some((_, input)) = next(inputs, machine).filter(|(moment, _)| *moment <= machine.moment()) {
        machine.inject(input.clone());
    }
}
