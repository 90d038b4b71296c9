//! A guest under way, in virtual time: it runs, is looked at, kept and logged; `waits` has what it waits for.

mod waits;

use crate::device_trace::DeviceTrace;
use crate::display::{Display, Mouse};
use crate::failure::{Exit, Failure, Result};
use crate::glyphs::guest::GuestFonts;
use crate::glyphs::{Font, Line, Reader};
use crate::guest::{Frame, Guest, Kept, Machine, Stop};
use crate::heard::{Heard, Said};
use crate::record::Recorder;
use crate::replay::Log;
use crate::trace::Trace;
use crate::{output, span, text};
use backplane::{Bay, Disk, Instant};
use hypervisor::{Moment, Until};
use std::sync::Arc;
use std::time::Duration;

/// How often a condition is looked at, in virtual nanoseconds.
const POLL_NS: u64 = 10_000_000;
/// How much is traced at a time: every instruction, and accesses to chips.
const TRACE_NS: u64 = 50_000;
const DEVICE_TRACE_NS: u64 = 1_000_000;

/// Limits of a run; by default it takes as long as it takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Virtual nanoseconds since switch-on.
    pub virtual_ns: u64,
    /// Time of the host; none if it may take as long as it takes.
    pub host: Option<Duration>,
    /// Bytes of its media that the guest may write. They are in the host's memory until the run has ended.
    pub written: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { virtual_ns: u64::MAX, host: None, written: 4 << 30 }
    }
}

/// A guest under way.
pub struct Session {
    guest: Box<dyn Guest>,
    limits: Limits,
    began: std::time::Instant,
    debug: Heard,
    serial: Heard,
    ended: Option<Stop>,
    step_deadline: Option<u64>,
    trace: Option<Trace>,
    device_trace: Option<DeviceTrace>,
    recorder: Option<Recorder>,
    display: Option<Display>,
    log: Option<Log>,
    /// A debugger went back: until this moment everything was told already, and is not told again.
    told: Option<Moment>,
    /// Fonts that graphics are read with before the guest's own.
    fonts: Vec<Arc<Font>>,
    guest_fonts: GuestFonts,
    reader: Reader,
}

/// A guest under way, as it was at one moment.
pub struct Checkpoint {
    guest: Kept,
    now: Instant,
    debug: Said,
    serial: Said,
    ended: Option<Stop>,
    log: Option<Log>,
}

impl Checkpoint {
    /// Virtual nanoseconds since switch-on, then.
    pub fn now_ns(&self) -> u64 {
        self.now.ns()
    }
}

impl Session {
    /// Takes a guest that was just switched on.
    pub fn new(guest: Box<dyn Guest>, limits: Limits) -> Self {
        Session {
            guest,
            limits,
            began: std::time::Instant::now(),
            debug: Heard::default(),
            serial: Heard::default(),
            ended: None,
            step_deadline: None,
            trace: None,
            device_trace: None,
            recorder: None,
            display: None,
            log: None,
            told: None,
            fonts: Vec::new(),
            guest_fonts: GuestFonts::default(),
            reader: Reader::default(),
        }
    }

    /// Reads graphics with these fonts, too; what they and the guest's own both read is theirs.
    pub fn set_fonts(&mut self, fonts: Vec<Arc<Font>>) {
        self.fonts = fonts;
    }

    /// From now on at most `ns` of virtual time, inside the limit of the whole run; or only that.
    pub fn allow(&mut self, ns: Option<u64>) {
        self.step_deadline = ns.map(|ns| self.now_ns().saturating_add(ns));
    }

    /// Keeps everything as it is now.
    ///
    /// # Errors
    /// The guest is a stand-in that cannot be kept.
    pub fn save(&self) -> Result<Checkpoint> {
        let guest = self.guest.save().ok_or_else(|| Failure::bad("this guest cannot be kept"))?;
        let (debug, serial) = (self.debug.kept(), self.serial.kept());
        let log = self.log.as_ref().and_then(Log::kept);
        Ok(Checkpoint { guest, now: self.guest.now(), debug, serial, ended: self.ended.clone(), log })
    }

    /// Goes on from a moment that was kept: with its virtual time, and with what had come from the ports until then.
    ///
    /// # Errors
    /// It was kept of another guest.
    pub fn restore(&mut self, kept: &Checkpoint) -> Result<()> {
        self.guest.restore(&kept.guest).map_err(Failure::bad)?;
        self.debug.go_on_from(&kept.debug);
        self.serial.go_on_from(&kept.serial);
        self.ended.clone_from(&kept.ended);
        // A log tells one time only: what came after this moment has not come any more.
        if self.log.is_some() {
            self.log = kept.log.as_ref().and_then(Log::kept);
        }
        Ok(())
    }

    /// The guest.
    pub fn guest(&mut self) -> &mut dyn Guest {
        &mut *self.guest
    }

    /// Virtual nanoseconds since switch-on.
    pub fn now_ns(&self) -> u64 {
        self.guest.now().ns()
    }

    /// Time of the host since switch-on.
    pub fn host_time(&self) -> Duration {
        self.began.elapsed()
    }

    /// How the guest ended, if it did.
    pub fn ended(&self) -> Option<&Stop> {
        self.ended.as_ref()
    }

    /// All that came from the debug ports.
    pub fn debug_text(&self) -> String {
        self.debug.text()
    }

    /// What the screen shows.
    pub fn frame(&mut self) -> Frame {
        self.guest.frame()
    }

    /// The rows of a text screen, or the lines that are read in graphics, if any are.
    pub fn text_lines(&mut self) -> Option<Vec<String>> {
        match self.guest.text() {
            Some(screen) => Some(text::lines(&screen)),
            None => {
                let lines: Vec<String> = self.read().0.iter().map(Line::text).collect();
                Some(lines).filter(|lines| !lines.is_empty())
            }
        }
    }

    /// The lines of text in the picture, and its columns of dots.
    fn read(&mut self) -> (&[Line], u32) {
        let frame = self.guest.frame();
        let mut fonts = self.fonts.clone();
        fonts.extend(self.guest_fonts.look(&mut *self.guest));
        (self.reader.read(&frame, &fonts), frame.width)
    }

    /// Runs on for at most `ns`.
    fn advance(&mut self, ns: u64) -> Result<()> {
        self.refuse_ended()?;
        let until = self.guest.now() + ns;
        loop {
            // A record is taken before it fills the host's memory.
            let slice = match (&self.trace, &self.device_trace) {
                (Some(_), _) => TRACE_NS,
                (None, Some(_)) => DEVICE_TRACE_NS,
                (None, None) => ns,
            };
            let left = until.ns().saturating_sub(self.now_ns());
            self.slice(left.min(slice), u64::MAX)?;
            self.refuse_ended()?;
            if self.guest.now() >= until || slice == ns {
                return Ok(());
            }
        }
    }

    /// Runs on for at most `ns` and `instructions`, and says why it stopped.
    ///
    /// # Errors
    /// A limit came first, or Ctrl-C.
    pub(crate) fn slice(&mut self, ns: u64, instructions: u64) -> Result<Stop> {
        self.check_host()?;
        let limit = Instant(self.step_deadline.unwrap_or(u64::MAX).min(self.limits.virtual_ns));
        let deadline = (self.guest.now() + ns).min(limit);
        let last = self.guest.instructions().saturating_add(instructions);
        let stop = loop {
            self.follow_inputs()?;
            let stop = self.stretch(self.next_look().min(deadline), last);
            let machine = self.guest.machine();
            self.told.take_if(|told| machine.is_some_and(|machine| machine.moment() >= *told));
            self.take_text();
            self.take_trace()?;
            self.check_written()?;
            let stop = self.be_seen(stop)?;
            if stop != Stop::Deadline || self.guest.now() >= deadline {
                break stop;
            }
            self.check_host()?;
        };
        match &stop {
            Stop::Deadline | Stop::DebugLine if self.guest.now() >= limit => return Err(self.virtual_limit()),
            Stop::PowerOff | Stop::Exited(_) | Stop::Died(_) => self.ended = Some(stop.clone()),
            _ => {}
        }
        Ok(stop)
    }

    /// Runs to a deadline, or until so many instructions were retired since switch-on.
    fn stretch(&mut self, deadline: Instant, last: u64) -> Stop {
        let left = last - self.guest.instructions().min(last);
        match self.guest.machine() {
            Some(machine) if last != u64::MAX => {
                machine.run(Until { instructions: left, debug_line: true, ..Until::time(deadline) })
            }
            _ => self.guest.run(deadline),
        }
    }

    /// When a recording or the display wants to see the guest again.
    fn next_look(&self) -> Instant {
        let recorder = self.recorder.as_ref().map_or(u64::MAX, Recorder::next);
        let display = self.display.as_ref().map_or(u64::MAX, |display| display.next(self.now_ns()));
        let log = self.log.as_ref().map_or(u64::MAX, Log::next);
        Instant(recorder.min(display).min(log))
    }

    /// Lets a recording and the display see the guest. Before a display, a guest that died may be reset.
    fn be_seen(&mut self, stop: Stop) -> Result<Stop> {
        if let Some(recorder) = &mut self.recorder {
            recorder.look(&mut *self.guest);
        }
        if let (Some(log), Some(machine), None) = (&mut self.log, self.guest.machine(), self.told) {
            log.look(machine)?;
        }
        let Some(display) = &mut self.display else { return Ok(stop) };
        display.look(&mut *self.guest)?;
        match &stop {
            Stop::Died(why) if display.died(why, &mut *self.guest)? => Ok(Stop::Deadline),
            _ => Ok(stop),
        }
    }

    /// From now on what comes from outside is written down, and digests with it.
    pub(crate) fn set_log(&mut self, log: Log) {
        self.log = Some(log);
    }

    /// What came from outside is in the log before the guest sees it.
    fn follow_inputs(&mut self) -> Result<()> {
        match (&mut self.log, self.guest.machine()) {
            _ if self.told.is_some() => Ok(()),
            (Some(log), Some(machine)) => log.follow(machine),
            _ => Ok(()),
        }
    }

    /// A debugger changes the guest: from here on the log alone does not tell what happens.
    ///
    /// # Errors
    /// The log cannot be written.
    pub(crate) fn changed(&mut self, what: &str) -> Result<()> {
        self.follow_inputs()?;
        let told = self.told.take();
        if let (Some(log), Some(machine)) = (&mut self.log, self.guest.machine()) {
            log.changed(told.unwrap_or(machine.moment()), what)?;
        }
        if told.is_some() {
            // The log has a time that has not been any more.
            self.log = None;
        }
        Ok(())
    }

    /// A debugger goes back by `back`: what has been told is not told again on the way on.
    pub(crate) fn go_back<R>(&mut self, back: impl FnOnce(&mut Machine) -> R) -> Result<Option<R>> {
        self.follow_inputs()?;
        let Some(machine) = self.guest.machine() else { return Ok(None) };
        self.told.get_or_insert(machine.moment());
        self.ended = None;
        Ok(Some(back(machine)))
    }

    /// Ends the log, if there is one.
    ///
    /// # Errors
    /// Its rest cannot be written.
    pub(crate) fn end_log(&mut self) -> Result<()> {
        match (self.log.take(), self.guest.machine()) {
            // A run that ends in its own past is told until where it was; nothing says how it ended.
            (Some(mut log), Some(machine)) if self.told.is_none() => log.end(machine, self.ended.as_ref()),
            _ => Ok(()),
        }
    }

    /// Ends a log in memory; its lines.
    pub(crate) fn end_log_in_memory(&mut self) -> Option<Vec<u8>> {
        let (mut log, machine) = (self.log.take()?, self.guest.machine()?);
        log.end(machine, self.ended.as_ref()).ok()?;
        log.lines()
    }

    /// From now on the screen is recorded.
    pub(crate) fn set_recorder(&mut self, recorder: Recorder) {
        self.recorder = Some(recorder);
    }

    /// From now on the guest is on the terminal.
    pub(crate) fn set_display(&mut self, display: Display) {
        self.display = Some(display);
    }

    /// Whether the guest is on the terminal.
    pub(crate) fn is_live(&self) -> bool {
        self.display.is_some()
    }

    /// The mouse of the terminal that the guest is on.
    pub(crate) fn mouse(&mut self) -> Option<&mut Mouse> {
        self.display.as_mut().map(Display::mouse)
    }

    /// Whether the terminal's mouse has gone on from where the guest's pointer was to come.
    pub(crate) fn is_led_on(&mut self) -> bool {
        self.mouse().is_some_and(|mouse| mouse.has_gone_on())
    }

    /// Gives the terminal back.
    pub(crate) fn close_display(&mut self) {
        self.display = None;
    }

    /// Ends the recording, if there is one.
    ///
    /// # Errors
    /// What went wrong since it began.
    pub(crate) fn end_recording(&mut self) -> Result<()> {
        let now_ns = self.now_ns();
        self.recorder.take().map_or(Ok(()), |recorder| recorder.finish(now_ns))
    }

    /// From now on every executed instruction is written down.
    ///
    /// # Errors
    /// The guest has no CPU to look at.
    pub(crate) fn set_trace(&mut self, trace: Trace) -> Result<()> {
        let machine = self.guest.machine();
        machine.ok_or_else(|| Failure::bad("--trace: this guest has no CPU to look at"))?.set_trace(true);
        self.trace = Some(trace);
        Ok(())
    }

    /// From now on what the machine records of its chips is written down.
    pub(crate) fn set_device_trace(&mut self, trace: DeviceTrace) {
        self.device_trace = Some(trace);
    }

    fn take_trace(&mut self) -> Result<()> {
        let Some(machine) = self.guest.machine() else { return Ok(()) };
        if let Some(trace) = &mut self.trace {
            trace.write(&machine.take_trace())?;
        }
        match &mut self.device_trace {
            Some(trace) => trace.write(&machine.take_device_trace()),
            None => Ok(()),
        }
    }

    /// Ends the traces, if there are any.
    ///
    /// # Errors
    /// The rest cannot be written.
    pub(crate) fn end_trace(&mut self) -> Result<()> {
        self.take_trace()?;
        self.device_trace.take().map_or(Ok(()), DeviceTrace::finish)?;
        self.trace.take().map_or(Ok(()), Trace::finish)
    }

    fn refuse_ended(&self) -> Result<()> {
        let at = span::show(self.now_ns());
        match &self.ended {
            None | Some(Stop::Deadline | Stop::DebugLine | Stop::Stepped | Stop::Met(_)) => Ok(()),
            Some(Stop::PowerOff) => {
                Err(Failure::new(Exit::Mismatch, format!("the guest switched itself off after {at}")))
            }
            Some(Stop::Exited(status)) => {
                Err(Failure::new(Exit::Mismatch, format!("the guest exited with {status} after {at}")))
            }
            Some(Stop::Died(why)) => {
                Err(Failure::new(Exit::GuestDied, format!("the guest died after {at}: {why}")))
            }
        }
    }

    pub(crate) fn check_host(&self) -> Result<()> {
        if output::interrupted() {
            let at = span::show(self.now_ns());
            return Err(Failure::new(
                Exit::Interrupted,
                format!("stopped by Ctrl-C after {at} of guest time"),
            ));
        }
        match self.limits.host {
            Some(limit) if self.began.elapsed() >= limit => Err(Failure::new(
                Exit::HostLimit,
                format!(
                    "the host limit of {:.1} s is used up, after {} of guest time",
                    limit.as_secs_f64(),
                    span::show(self.now_ns())
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The guest's writes must not fill the host's memory.
    fn check_written(&self) -> Result<()> {
        let media = Bay::ALL.iter().filter_map(|bay| self.guest.medium(*bay));
        let written: u64 = media.map(Disk::written_bytes).sum();
        if written <= self.limits.written {
            return Ok(());
        }
        let message = format!(
            "the guest has written more than {} to its media, the limit, after {} of guest time",
            span::show_size(self.limits.written),
            span::show(self.now_ns())
        );
        Err(Failure::new(Exit::HostLimit, message))
    }

    fn virtual_limit(&self) -> Failure {
        let message = match self.step_deadline.filter(|deadline| *deadline < self.limits.virtual_ns) {
            Some(deadline) => {
                format!("the step's limit is used up, {} after switch-on", span::show(deadline))
            }
            None => format!("the limit of {} of guest time is used up", span::show(self.limits.virtual_ns)),
        };
        Failure::new(Exit::VirtualLimit, message)
    }

    fn take_text(&mut self) {
        let (debug, serial) = (self.guest.take_debug_text(), self.guest.take_serial_text());
        if self.told.is_none() {
            self.debug.take(&debug);
            self.serial.take(&serial);
        }
    }
}
