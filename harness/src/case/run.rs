//! One run of a case: its steps, the pictures it took, and digests to compare with another run.

use super::beginning::{Beginning, Beginnings};
use super::contents;
use super::parse::Case;
use super::sought::Sought;
use super::step::{Action, ClickText, End, Motion, Place, Shot, Step, Wait};
use crate::engine_args::{self, EngineKind};
use crate::failure::{Exit, Failure, Result};
use crate::guest::{Digests, Frame, Guest, Input, Machines, Stop};
use crate::guest_file::MediumEntry;
use crate::picture;
use crate::pointer::{Dot, Pointer, Target};
use crate::prepare::{Drive, Prepared, open_entry};
use crate::replay::Log;
use crate::session::{Checkpoint, Limits, Session};
use backplane::Bay;
use hypervisor::Shares;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Digests at a moment that both runs must reach alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which moment.
    pub at: String,
    /// Virtual time then.
    pub now: backplane::Instant,
    /// RAM, screen and disks.
    pub digests: Digests,
}

/// A picture that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it is compared with, and how.
    pub shot: Shot,
    /// The screen.
    pub frame: Frame,
    /// The rows of a text mode, or the lines that were read in graphics.
    pub text: Option<Vec<String>>,
    /// Virtual nanoseconds since switch-on.
    pub now_ns: u64,
}

/// A step, and how long it took.
#[derive(Clone, Debug)]
pub struct StepTime {
    /// What it does.
    pub said: String,
    /// Where it is written.
    pub place: Place,
    /// Virtual nanoseconds at its end.
    pub virtual_ns: u64,
    /// Time of the host that it took.
    pub host: Duration,
}

/// A picture of the film strip.
#[derive(Clone, Debug)]
pub struct Still {
    /// Which step it was taken after, from 0 on.
    pub step: usize,
    /// Virtual nanoseconds then.
    pub virtual_ns: u64,
    /// The screen as a PNG file.
    pub png: Vec<u8>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Each picture, in order.
    pub taken: Vec<Taken>,
    /// Digests at each picture, at each `save` and at the end.
    pub marks: Vec<Mark>,
    /// Each step that was begun.
    pub steps: Vec<StepTime>,
    /// The screen after the steps that changed it, if a film was asked for.
    pub film: Vec<Still>,
    /// Notes at the end, one a line.
    pub notes: Vec<String>,
    /// All that came from the debug ports.
    pub debug_text: String,
    /// Virtual nanoseconds.
    pub virtual_ns: u64,
    /// Instructions.
    pub instructions: u64,
    /// Time of the host.
    pub host: Duration,
    /// Which engine ran how much, if there were two.
    pub shares: Option<Shares>,
    /// Why it did not come to its end.
    pub failure: Option<Failure>,
    /// The screen at a failure.
    pub last_frame: Option<Frame>,
    /// What came from outside and digests, as lines of a log, if a film was asked for and the guest is a machine.
    pub log: Option<Vec<u8>>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// How many steps are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// What is being done.
    pub doing: &'a str,
    /// Virtual nanoseconds.
    pub now_ns: u64,
}

/// How a run is watched.
pub struct Watch<'a> {
    /// Told before each step.
    pub progress: &'a dyn Fn(Progress),
    /// Whether the screen is kept after each step.
    pub film: bool,
    /// Where it goes on, instead of being switched on.
    pub from: Option<Arc<Beginning>>,
    /// Where it leaves what other cases begin with.
    pub beginnings: &'a Beginnings,
    /// What is done with the guest when all steps are done.
    pub at_end: &'a dyn Fn(&dyn Guest) -> Result<()>,
}

/// Pictures of a film strip.
const MOST_STILLS: usize = 60;

/// Runs a case once.
///
/// # Errors
/// There is no such machine, or it is not the one of the beginning. What goes wrong later is in [`Run::failure`].
pub fn run(case: &Case, guest: &Prepared, machines: &dyn Machines, watch: &Watch) -> Result<Run> {
    let mut machine = machines
        .power_on(&guest.config, guest.media())
        .map_err(|message| Failure::bad(format!("{}: {message}", guest.name)))?;
    if case.engine == EngineKind::Kvm {
        guest.engine.run_on_kvm(&mut *machine).map_err(Failure::bad)?;
    }
    let limits = Limits { virtual_ns: case.limit_ns, host: Some(case.host_limit), ..Limits::default() };
    let mut session = Session::new(machine, limits);
    session.set_fonts(case.fonts.clone());
    let mut running = Running {
        case,
        watch,
        session,
        pointer: Pointer::default(),
        kept: BTreeMap::new(),
        taken: vec![],
        marks: vec![],
        steps: vec![],
        film: vec![],
        last_seen: Frame::default(),
    };
    if watch.film
        && let Some(machine) = running.session.guest().machine()
    {
        let log = Log::in_memory(machine)?;
        running.session.set_log(log);
    }
    if let Some(beginning) = &watch.from {
        running.go_on_from(beginning)?;
    }
    let done = running.all_steps().and_then(|()| (watch.at_end)(running.session.guest()));
    running.mark("end");
    Ok(running.finish(done.err()))
}

struct Running<'a> {
    case: &'a Case,
    watch: &'a Watch<'a>,
    session: Session,
    pointer: Pointer,
    kept: BTreeMap<String, Arc<Checkpoint>>,
    taken: Vec<Taken>,
    marks: Vec<Mark>,
    steps: Vec<StepTime>,
    film: Vec<Still>,
    last_seen: Frame,
}

impl Running<'_> {
    /// Goes on where a case with the same first steps kept its machine.
    fn go_on_from(&mut self, beginning: &Beginning) -> Result<()> {
        self.session.restore(&beginning.checkpoint)?;
        let Beginning { checkpoint: _, pointer, kept, taken, marks, steps, film, last_seen } =
            beginning.clone();
        (self.pointer, self.kept, self.taken, self.marks) = (pointer, kept, taken, marks);
        (self.steps, self.last_seen) = (steps, last_seen);
        self.film = if self.watch.film { film } else { vec![] };
        // They are told as this case's own.
        for (time, step) in self.steps.iter_mut().zip(&self.case.steps) {
            time.place.clone_from(&step.place);
        }
        Ok(())
    }

    fn all_steps(&mut self) -> Result<()> {
        let of = self.case.steps.len();
        for (at, step) in self.case.steps.iter().enumerate().skip(self.steps.len()) {
            let (said, began) = (step.action.describe(), Instant::now());
            let now_ns = self.session.now_ns();
            (self.watch.progress)(Progress { done: at, of, doing: &said, now_ns });
            self.session.allow(step.limit_ns);
            let done = self.step(step);
            self.session.allow(None);
            let virtual_ns = self.session.now_ns();
            let place = step.place.clone();
            self.steps.push(StepTime { said: said.clone(), place, virtual_ns, host: began.elapsed() });
            self.expose(at)?;
            done.map_err(|failure| failure.within(named(at, &said, step)))?;
            if let Action::Save(name) = &step.action {
                self.offer(at, name);
            }
        }
        Ok(())
    }

    /// Leaves the machine that was just kept to other cases that begin as this one did.
    fn offer(&self, at: usize, name: &str) {
        let before = &self.case.steps[..at];
        let save = before.iter().filter(|step| matches!(step.action, Action::Save(_))).count();
        if !self.watch.beginnings.wants(self.case, save) {
            return;
        }
        let Some(checkpoint) = self.kept.get(name).cloned() else { return };
        let beginning = Beginning {
            checkpoint,
            pointer: self.pointer.clone(),
            kept: self.kept.clone(),
            taken: self.taken.clone(),
            marks: self.marks.clone(),
            steps: self.steps.clone(),
            film: self.film.clone(),
            last_seen: self.last_seen.clone(),
        };
        self.watch.beginnings.keep(self.case, save, beginning);
    }

    /// Keeps the screen for the film strip, if it is another than after the step before.
    fn expose(&mut self, step: usize) -> Result<()> {
        if !self.watch.film || self.film.len() >= MOST_STILLS {
            return Ok(());
        }
        let frame = self.session.frame();
        if frame != self.last_seen {
            let png = picture::to_png(&frame)?;
            self.film.push(Still { step, virtual_ns: self.session.now_ns(), png });
            self.last_seen = frame;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        let session = &mut self.session;
        match &step.action {
            Action::WaitText(wanted) => session.wait_text(wanted),
            Action::WaitMatch(regex) => session
                .wait_until(|s| s.text_lines().is_some_and(|rows| rows.iter().any(|row| regex.is_match(row))))
                .map_err(|failure| session.on_screen(failure, "no row matched")),
            Action::WaitShot(wait) => self.wait_shot(wait),
            Action::WaitDebug(wanted) => session.wait_debug(wanted),
            Action::WaitSerial(wanted) => session.wait_serial(wanted),
            Action::Send(text) => {
                session.send_serial(text);
                Ok(())
            }
            Action::WaitStill(ns) => session.wait_still(*ns),
            Action::WaitEnd(end) => wait_end(session, *end),
            Action::RunFor(ns) => session.run_for(*ns),
            Action::Keys(events) => session.type_keys(events),
            Action::Shot(shot) => {
                self.shot(shot);
                Ok(())
            }
            Action::ExpectText(wanted) if session.shows(wanted) => Ok(()),
            Action::ExpectText(_) => Err(unmet(format!("it does not show; {}", session.shown()))),
            Action::ExpectDebug(wanted) if session.debug_text().contains(wanted) => Ok(()),
            Action::ExpectDebug(_) => Err(unmet("it did not come from the debug port")),
            Action::ExpectNotes(expected) => expect_notes(session, expected),
            Action::ExpectFile(file) => {
                contents::check(file, session.guest().medium(file.volume.bay), step.place.folder())
            }
            Action::Insert(bay, entry) => self.insert(*bay, entry, step.place.folder()),
            Action::Eject(bay) => self.inject(Input::Eject { bay: *bay }),
            Action::Mouse(motion) => {
                self.pointer.set_buttons(buttons(motion));
                self.inject(mouse(motion))
            }
            Action::Point(gesture) => self.pointer.follow(session, gesture),
            Action::ClickText(click) => self.click_text(click),
            Action::Reset => self.inject(Input::Reset),
            Action::Power => self.inject(Input::Power),
            Action::Nmi => self.inject(Input::Nmi),
            Action::Save(name) => {
                let kept = session.save()?;
                self.kept.insert(name.clone(), Arc::new(kept));
                self.mark(&format!("save `{name}`"));
                Ok(())
            }
            Action::Restore(name) => self.restore(name),
        }
    }

    fn inject(&mut self, input: Input) -> Result<()> {
        self.session.guest().inject(input);
        Ok(())
    }

    fn insert(&mut self, bay: Bay, entry: &MediumEntry, folder: &Path) -> Result<()> {
        let drive = if matches!(bay, Bay::FloppyA | Bay::FloppyB) { Drive::Floppy } else { Drive::Cdrom };
        match open_entry(entry, drive, folder)? {
            Some(opened) => self.inject(Input::Insert { bay, disk: opened.disk }),
            None => Err(Failure::bad("a medium needs a `path`, a `master` or a `blank`")),
        }
    }

    fn click_text(&mut self, click: &ClickText) -> Result<()> {
        let Some(at) = self.session.find_text(&click.text) else {
            return Err(unmet(format!("it does not show; {}", self.session.shown())));
        };
        let dot = Dot { x: at.x + at.width / 2, y: at.y + at.height / 2 };
        let target = Target { dot, within: click.within };
        self.pointer.click(&mut self.session, target, click.button, click.count)
    }

    fn restore(&mut self, name: &str) -> Result<()> {
        let kept =
            self.kept.get(name).ok_or_else(|| Failure::bad(format!("nothing was kept as `{name}`")))?;
        self.session.restore(kept)?;
        // What it learnt of the guest's pointer may not have happened yet.
        self.pointer = Pointer::default();
        Ok(())
    }

    fn wait_shot(&mut self, wait: &Wait) -> Result<()> {
        let sought = Sought::load(self.case, wait, &self.taken)?;
        let Err(failure) = self.session.wait_until(|s| sought.is_on(&s.frame())) else { return Ok(()) };
        let missed = sought.missed(&self.session.frame());
        if !wait.anywhere {
            self.shot(&wait.shot);
        }
        Err(Failure::new(failure.exit, format!("{missed}: {}", failure.message)))
    }

    fn shot(&mut self, shot: &Shot) {
        let (frame, text) = (self.session.frame(), self.session.text_lines());
        let now_ns = self.session.now_ns();
        self.taken.push(Taken { shot: shot.clone(), frame, text, now_ns });
        self.mark(&format!("shot `{}`", shot.name));
    }

    fn mark(&mut self, at: &str) {
        let guest = self.session.guest();
        let mark = Mark { at: at.to_owned(), now: guest.now(), digests: guest.digests() };
        self.marks.push(mark);
    }

    fn finish(mut self, failure: Option<Failure>) -> Run {
        let last_frame = failure.is_some().then(|| self.session.frame());
        let log = self.session.end_log_in_memory();
        Run {
            notes: self.session.guest().notes().iter().map(ToString::to_string).collect(),
            debug_text: self.session.debug_text(),
            virtual_ns: self.session.now_ns(),
            instructions: self.session.guest().instructions(),
            host: self.session.host_time(),
            shares: engine_args::shares(self.session.guest()),
            taken: self.taken,
            marks: self.marks,
            steps: self.steps,
            film: self.film,
            failure,
            last_frame,
            log,
        }
    }
}

/// A step in messages: its number, what it does, and where it is written if that is not the case's own file.
fn named(at: usize, said: &str, step: &Step) -> String {
    let place = &step.place;
    match place.included {
        true => format!("step {} ({said}, {} line {})", at + 1, place.file.display(), place.line),
        false => format!("step {} ({said})", at + 1),
    }
}

fn unmet(message: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Mismatch, message)
}

fn wait_end(session: &mut Session, end: End) -> Result<()> {
    match (session.wait_end()?, end) {
        (Stop::PowerOff, End::PowerOff) | (Stop::Died(_), End::Died) => Ok(()),
        (Stop::Died(why), _) => Err(Failure::new(Exit::GuestDied, format!("the guest died: {why}"))),
        (Stop::Exited(status), _) => Err(unmet(format!("the guest exited with {status}"))),
        _ => Err(unmet("the guest switched itself off")),
    }
}

fn buttons(motion: &Motion) -> u8 {
    motion.buttons.iter().fold(0, |all, button| all | *button as u8)
}

fn mouse(motion: &Motion) -> Input {
    Input::Mouse { dx: motion.dx, dy: motion.dy, wheel: motion.wheel, buttons: buttons(motion) }
}

fn expect_notes(session: &mut Session, expected: &[String]) -> Result<()> {
    let notes: Vec<String> = session.guest().notes().iter().map(ToString::to_string).collect();
    if let Some(note) = notes.iter().find(|note| !expected.iter().any(|part| note.contains(part.as_str()))) {
        return Err(unmet(format!("a note that was not expected: {note}")));
    }
    match expected.iter().find(|part| !notes.iter().any(|note| note.contains(part.as_str()))) {
        Some(missing) => Err(unmet(format!("no note has `{missing}`"))),
        None => Ok(()),
    }
}

impl Run {
    /// The first moment at which another run was not the same, and in what.
    pub fn parts_from(&self, other: &Run) -> Option<String> {
        if self.marks.len() != other.marks.len() {
            let taken = [self, other].map(|run| run.marks.len() - 1);
            return Some(format!("the runs came to {} and {} marks", taken[0], taken[1]));
        }
        let (one, two) = self.marks.iter().zip(&other.marks).find(|(one, two)| one != two)?;
        let mut what = Vec::new();
        if one.now != two.now {
            what.push(format!("time ({} and {} ns)", one.now.ns(), two.now.ns()));
        }
        if one.digests.ram != two.digests.ram {
            what.push("RAM".into());
        }
        if one.digests.screen != two.digests.screen {
            what.push("screen".into());
        }
        if one.digests.media != two.digests.media {
            what.push("disks".into());
        }
        Some(format!("two runs differ at {}: {}", one.at, what.join(", ")))
    }
}
