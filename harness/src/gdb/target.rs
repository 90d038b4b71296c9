//! The guest as GDB's target.

use super::past::{Back, Past};
use super::{monitor, registers};
use crate::failure::{Failure, Result};
use crate::guest::{Machine, Stop};
use crate::keys::KeyEvent;
use crate::session::Session;
use gdbstub::common::Signal;
use gdbstub::stub::SingleThreadStopReason;
use gdbstub::target::ext::base::BaseOps;
use gdbstub::target::ext::base::reverse_exec::{
    ReplayLogPosition, ReverseCont, ReverseContOps, ReverseStep, ReverseStepOps,
};
use gdbstub::target::ext::base::singlethread::{
    SingleThreadBase, SingleThreadResume, SingleThreadResumeOps, SingleThreadSingleStep,
    SingleThreadSingleStepOps,
};
use gdbstub::target::ext::breakpoints::{
    Breakpoints, BreakpointsOps, HwBreakpoint, HwBreakpointOps, HwWatchpoint, HwWatchpointOps, SwBreakpoint,
    SwBreakpointOps, WatchKind,
};
use gdbstub::target::ext::monitor_cmd::{ConsoleOutput, MonitorCmd, MonitorCmdOps, outputln};
use gdbstub::target::{Target, TargetError, TargetResult};
use gdbstub_arch::x86::X86_SSE;
use gdbstub_arch::x86::reg::X86CoreRegs;
use hypervisor::{Hit, Stops, Watch};

/// Virtual nanoseconds that a guest runs before the debugger is listened to again.
const SLICE_NS: u64 = 1_000_000;

/// A guest that a debugger leads.
pub(super) struct Debuggee<'s> {
    pub(super) session: &'s mut Session,
    stops: Stops,
    way: Way,
    past: Past,
}

/// How the guest goes on.
#[derive(Clone, Copy)]
enum Way {
    /// To the next stop.
    Run,
    /// By an instruction.
    Step,
    /// Back to the last stop.
    Back,
    /// Back by an instruction.
    StepBack,
}

impl<'s> Debuggee<'s> {
    pub(super) fn new(session: &'s mut Session) -> Result<Self> {
        let machine = session.guest().machine();
        let machine = machine.ok_or_else(|| Failure::bad("--gdb: this guest has no CPU to look at"))?;
        let past = Past::new(machine);
        Ok(Debuggee { session, stops: Stops::default(), way: Way::Run, past })
    }

    /// The machine. It is there: [`Debuggee::new`] has looked.
    fn with<R>(&mut self, work: impl FnOnce(&mut Machine) -> R) -> TargetResult<R, Self> {
        self.session.guest().machine().map(work).ok_or(TargetError::NonFatal)
    }

    /// Lets the guest run a little; why it stopped, if it did.
    pub(super) fn slice(&mut self) -> Result<Option<SingleThreadStopReason<u32>>> {
        let stepping = match self.way {
            Way::Run => false,
            Way::Step => true,
            Way::Back | Way::StepBack => return self.back().map(Some),
        };
        let stop = match self.forward(stepping)? {
            Stop::Deadline | Stop::DebugLine => return Ok(None),
            Stop::Stepped if !stepping => return Ok(None),
            stop => stop,
        };
        Ok(Some(match stop {
            Stop::Stepped => SingleThreadStopReason::DoneStep,
            Stop::Met(hit) => met(&hit),
            Stop::PowerOff => SingleThreadStopReason::Exited(0),
            // What killed the guest can still be looked at.
            _ => SingleThreadStopReason::Signal(Signal::SIGABRT),
        }))
    }

    /// Runs on a little. In the past what came from outside comes again.
    fn forward(&mut self, stepping: bool) -> Result<Stop> {
        let (mut ns, mut instructions) = (SLICE_NS, if stepping { 1 } else { u64::MAX });
        if let Some(machine) = self.session.guest().machine() {
            self.past.come(machine);
            let (until, now) = (self.past.until(machine), machine.moment());
            match until.at_ns.saturating_sub(now.at_ns) {
                0 => instructions = 1,
                left => ns = ns.min(left),
            }
        }
        let stop = self.session.slice(ns, instructions)?;
        if let Some(machine) = self.session.guest().machine() {
            self.past.follow(machine);
        }
        Ok(stop)
    }

    fn back(&mut self) -> Result<SingleThreadStopReason<u32>> {
        let (past, stops) = (&mut self.past, &self.stops);
        let back = match self.way {
            Way::StepBack => self.session.go_back(|machine| past.step(machine)),
            _ => self.session.go_back(|machine| past.last_met(machine, stops)),
        };
        let back = back?.unwrap_or(Ok(Back::Begin))?;
        if let Some(machine) = self.session.guest().machine() {
            machine.set_stops(self.stops.clone());
        }
        Ok(match back {
            Back::Stepped => SingleThreadStopReason::DoneStep,
            Back::Met(hit) => met(&hit),
            Back::Begin => SingleThreadStopReason::ReplayLog { tid: None, pos: ReplayLogPosition::Begin },
        })
    }

    /// The debugger changes the guest: there is no way back behind this, and what was to come again is not.
    pub(super) fn changed(&mut self, what: &str) -> Result<()> {
        if let Some(machine) = self.session.guest().machine() {
            self.past = Past::new(machine);
        }
        self.session.changed(what)
    }

    /// Types. In the past what was to come is another future then.
    pub(super) fn type_keys(&mut self, events: &[KeyEvent]) -> Result<()> {
        if self.past.is_behind_the_present() {
            self.changed("what comes from outside")?;
        }
        self.session.type_keys(events)
    }

    fn arm(&mut self) -> TargetResult<bool, Self> {
        let stops = self.stops.clone();
        self.with(|machine| machine.set_stops(stops))?;
        Ok(true)
    }
}

impl Drop for Debuggee<'_> {
    /// A guest that goes on alone stops nowhere.
    fn drop(&mut self) {
        if let Some(machine) = self.session.guest().machine() {
            machine.set_stops(Stops::default());
        }
    }
}

fn met(hit: &Hit) -> SingleThreadStopReason<u32> {
    match hit {
        Hit::Code => SingleThreadStopReason::SwBreak(()),
        Hit::Data(watch) => {
            SingleThreadStopReason::Watch { tid: (), kind: kind_of(watch), addr: watch.first }
        }
    }
}

fn kind_of(watch: &Watch) -> WatchKind {
    match (watch.read, watch.write) {
        (true, true) => WatchKind::ReadWrite,
        (true, false) => WatchKind::Read,
        _ => WatchKind::Write,
    }
}

impl Target for Debuggee<'_> {
    type Arch = X86_SSE;
    type Error = Failure;

    fn base_ops(&mut self) -> BaseOps<'_, X86_SSE, Failure> {
        BaseOps::SingleThread(self)
    }

    fn support_breakpoints(&mut self) -> Option<BreakpointsOps<'_, Self>> {
        Some(self)
    }

    fn support_monitor_cmd(&mut self) -> Option<MonitorCmdOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadBase for Debuggee<'_> {
    fn read_registers(&mut self, regs: &mut X86CoreRegs) -> TargetResult<(), Self> {
        *regs = self.with(|machine| registers::of(machine.cpu()))?;
        Ok(())
    }

    fn write_registers(&mut self, regs: &X86CoreRegs) -> TargetResult<(), Self> {
        self.with(|machine| registers::set(machine.cpu_mut(), regs))?;
        self.changed("registers").map_err(TargetError::Fatal)
    }

    fn read_addrs(&mut self, start: u32, data: &mut [u8]) -> TargetResult<usize, Self> {
        match self.with(|machine| machine.peek(start, data))? {
            0 => Err(TargetError::NonFatal),
            len => Ok(len),
        }
    }

    fn write_addrs(&mut self, start: u32, data: &[u8]) -> TargetResult<(), Self> {
        let written = self.with(|machine| machine.poke(start, data))?;
        if !written {
            return Err(TargetError::NonFatal);
        }
        self.changed("memory").map_err(TargetError::Fatal)
    }

    fn support_resume(&mut self) -> Option<SingleThreadResumeOps<'_, Self>> {
        Some(self)
    }
}

impl SingleThreadResume for Debuggee<'_> {
    fn resume(&mut self, _: Option<Signal>) -> Result<()> {
        self.way = Way::Run;
        Ok(())
    }

    fn support_single_step(&mut self) -> Option<SingleThreadSingleStepOps<'_, Self>> {
        Some(self)
    }

    fn support_reverse_step(&mut self) -> Option<ReverseStepOps<'_, (), Self>> {
        Some(self)
    }

    fn support_reverse_cont(&mut self) -> Option<ReverseContOps<'_, (), Self>> {
        Some(self)
    }
}

impl SingleThreadSingleStep for Debuggee<'_> {
    fn step(&mut self, _: Option<Signal>) -> Result<()> {
        self.way = Way::Step;
        Ok(())
    }
}

impl ReverseStep<()> for Debuggee<'_> {
    fn reverse_step(&mut self, (): ()) -> Result<()> {
        self.way = Way::StepBack;
        Ok(())
    }
}

impl ReverseCont<()> for Debuggee<'_> {
    fn reverse_cont(&mut self) -> Result<()> {
        self.way = Way::Back;
        Ok(())
    }
}

impl Breakpoints for Debuggee<'_> {
    fn support_sw_breakpoint(&mut self) -> Option<SwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_breakpoint(&mut self) -> Option<HwBreakpointOps<'_, Self>> {
        Some(self)
    }

    fn support_hw_watchpoint(&mut self) -> Option<HwWatchpointOps<'_, Self>> {
        Some(self)
    }
}

impl SwBreakpoint for Debuggee<'_> {
    fn add_sw_breakpoint(&mut self, addr: u32, _: usize) -> TargetResult<bool, Self> {
        self.stops.code.insert(addr);
        self.arm()
    }

    fn remove_sw_breakpoint(&mut self, addr: u32, _: usize) -> TargetResult<bool, Self> {
        self.stops.code.remove(&addr);
        self.arm()
    }
}

/// No breakpoint writes into the guest: both kinds are one.
impl HwBreakpoint for Debuggee<'_> {
    fn add_hw_breakpoint(&mut self, addr: u32, kind: usize) -> TargetResult<bool, Self> {
        self.add_sw_breakpoint(addr, kind)
    }

    fn remove_hw_breakpoint(&mut self, addr: u32, kind: usize) -> TargetResult<bool, Self> {
        self.remove_sw_breakpoint(addr, kind)
    }
}

fn watch(addr: u32, len: u32, kind: WatchKind) -> Watch {
    Watch {
        first: addr,
        last: addr.saturating_add(len.max(1) - 1),
        read: kind != WatchKind::Write,
        write: kind != WatchKind::Read,
    }
}

impl HwWatchpoint for Debuggee<'_> {
    fn add_hw_watchpoint(&mut self, addr: u32, len: u32, kind: WatchKind) -> TargetResult<bool, Self> {
        self.stops.data.push(watch(addr, len, kind));
        self.arm()
    }

    fn remove_hw_watchpoint(&mut self, addr: u32, len: u32, kind: WatchKind) -> TargetResult<bool, Self> {
        let gone = watch(addr, len, kind);
        if let Some(at) = self.stops.data.iter().position(|there| *there == gone) {
            self.stops.data.remove(at);
        }
        self.arm()
    }
}

impl MonitorCmd for Debuggee<'_> {
    fn handle_monitor_cmd(&mut self, cmd: &[u8], mut out: ConsoleOutput<'_>) -> Result<()> {
        for line in monitor::answer(self, &String::from_utf8_lossy(cmd)) {
            outputln!(out, "{line}");
        }
        Ok(())
    }
}
