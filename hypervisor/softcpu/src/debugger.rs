//! The host's debugger, as the interpreter carries it: where to stop, what was met, what was executed.

use crate::tlb::PAGE_MASK;
use engine::{Executed, Stops, Watch};

/// Stops and record; idle unless a debugger asked for something.
#[derive(Default)]
pub(crate) struct Debugger {
    stops: Stops,
    /// `retired` when it last stopped before an instruction: that instruction runs when the CPU goes on.
    stopped: Option<u64>,
    access: Option<Watch>,
    trace: Option<Vec<Executed>>,
}

impl Debugger {
    pub(crate) fn set_stops(&mut self, stops: Stops) {
        self.stops = stops;
        self.access = None;
    }

    pub(crate) fn set_trace(&mut self, on: bool) {
        self.trace = on.then(Vec::new);
    }

    pub(crate) fn take_trace(&mut self) -> Vec<Executed> {
        self.trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn is_tracing(&self) -> bool {
        self.trace.is_some()
    }

    /// Instructions have to run one by one.
    pub(crate) fn is_on(&self) -> bool {
        self.is_tracing() || !self.stops.is_empty()
    }

    pub(crate) fn record(&mut self, executed: Executed) {
        if let Some(trace) = &mut self.trace {
            trace.push(executed);
        }
    }

    /// Whether to stop before the instruction at a linear address.
    pub(crate) fn stops_before(&mut self, linear: u32, retired: u64) -> bool {
        let stop = self.stops.code.contains(&linear) && self.stopped != Some(retired);
        self.stopped = stop.then_some(retired);
        stop
    }

    pub(crate) fn watches(&self) -> bool {
        !self.stops.data.is_empty()
    }

    /// Whether a linear page has watched bytes.
    pub(crate) fn watches_page(&self, page: u32) -> bool {
        self.stops.data.iter().any(|watch| watch.first & PAGE_MASK <= page && page <= watch.last)
    }

    /// Notes an access that is watched.
    pub(crate) fn accessed(&mut self, linear: u32, size: u32, write: bool) {
        if let Some(watch) = self.stops.data.iter().find(|watch| watch.meets(linear, size, write)) {
            self.access = Some(*watch);
        }
    }

    pub(crate) fn take_access(&mut self) -> Option<Watch> {
        self.access.take()
    }
}
