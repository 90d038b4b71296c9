//! One run of a case: its steps, the pictures it took, and digests to compare with another run.

use super::parse::{Action, Case, End, Motion, Step};
use crate::compare::Rules;
use crate::failure::{Exit, Failure, Result};
use crate::guest::{Digests, Frame, Input, Machines, Stop};
use crate::pointer::Pointer;
use crate::prepare::{Drive, Prepared, open_entry};
use crate::session::{Limits, Session};
use backplane::{Bay, Instant};
use std::time::Duration;

/// Digests at a moment that both runs must reach alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which moment.
    pub at: String,
    /// Virtual time then.
    pub now: Instant,
    /// RAM, screen and disks.
    pub digests: Digests,
}

/// A picture that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Name of the golden picture, without `.png`.
    pub name: String,
    /// What may differ.
    pub rules: Rules,
    /// The screen.
    pub frame: Frame,
    /// Its rows, in a text mode.
    pub text: Option<Vec<String>>,
    /// Virtual nanoseconds since switch-on.
    pub now_ns: u64,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Each picture, in order.
    pub taken: Vec<Taken>,
    /// Digests at each picture and at the end.
    pub marks: Vec<Mark>,
    /// Each step with the virtual nanoseconds at its end.
    pub steps: Vec<(String, u64)>,
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
    /// Why it did not come to its end.
    pub failure: Option<Failure>,
    /// The screen at a failure.
    pub last_frame: Option<Frame>,
}

/// Runs a case once.
///
/// # Errors
/// There is no such machine. What goes wrong later is in [`Run::failure`].
pub fn run(case: &Case, guest: &Prepared, machines: &dyn Machines) -> Result<Run> {
    let machine = machines
        .power_on(&guest.config, guest.media())
        .map_err(|message| Failure::bad(format!("{}: {message}", guest.name)))?;
    let limits = Limits { virtual_ns: case.limit_ns, host: Some(case.host_limit) };
    let mut running = Running {
        case,
        session: Session::new(machine, limits),
        pointer: Pointer::default(),
        taken: vec![],
        marks: vec![],
        steps: vec![],
    };
    let failure = running.all_steps().err();
    running.mark("end");
    Ok(running.finish(failure))
}

struct Running<'a> {
    case: &'a Case,
    session: Session,
    pointer: Pointer,
    taken: Vec<Taken>,
    marks: Vec<Mark>,
    steps: Vec<(String, u64)>,
}

impl Running<'_> {
    fn all_steps(&mut self) -> Result<()> {
        for (at, step) in self.case.steps.iter().enumerate() {
            let said = step.action.describe();
            self.session.allow(step.limit_ns);
            self.step(step).map_err(|failure| failure.within(format!("step {} ({said})", at + 1)))?;
            self.session.allow(None);
            self.steps.push((said, self.session.now_ns()));
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
                self.shot(&shot.name, &shot.rules);
                Ok(())
            }
            Action::ExpectText(wanted) if session.shows(wanted) => Ok(()),
            Action::ExpectText(_) => Err(unmet(format!("it does not show; {}", session.shown()))),
            Action::ExpectDebug(wanted) if session.debug_text().contains(wanted) => Ok(()),
            Action::ExpectDebug(_) => Err(unmet("it did not come from the debug port")),
            Action::ExpectNotes(expected) => expect_notes(session, expected),
            Action::Insert(bay, entry) => self.insert(*bay, entry),
            Action::Eject(bay) => self.inject(Input::Eject { bay: *bay }),
            Action::Mouse(motion) => {
                self.pointer.set_buttons(buttons(motion));
                self.inject(mouse(motion))
            }
            Action::Point(gesture) => self.pointer.follow(session, gesture),
            Action::Reset => self.inject(Input::Reset),
            Action::Nmi => self.inject(Input::Nmi),
        }
    }

    fn inject(&mut self, input: Input) -> Result<()> {
        self.session.guest().inject(input);
        Ok(())
    }

    fn insert(&mut self, bay: Bay, entry: &crate::guest_file::MediumEntry) -> Result<()> {
        let drive = if matches!(bay, Bay::FloppyA | Bay::FloppyB) { Drive::Floppy } else { Drive::Cdrom };
        match open_entry(entry, drive, &self.case.folder)? {
            Some(opened) => self.inject(Input::Insert { bay, disk: opened.disk }),
            None => Err(Failure::bad("a medium needs a `path` or a `master`")),
        }
    }

    fn shot(&mut self, name: &str, rules: &Rules) {
        let (frame, text) = (self.session.frame(), self.session.text_lines());
        let now_ns = self.session.now_ns();
        self.taken.push(Taken { name: name.to_owned(), rules: rules.clone(), frame, text, now_ns });
        self.mark(&format!("shot `{name}`"));
    }

    fn mark(&mut self, at: &str) {
        let guest = self.session.guest();
        let mark = Mark { at: at.to_owned(), now: guest.now(), digests: guest.digests() };
        self.marks.push(mark);
    }

    fn finish(mut self, failure: Option<Failure>) -> Run {
        let last_frame = failure.is_some().then(|| self.session.frame());
        Run {
            notes: self.session.guest().notes().iter().map(ToString::to_string).collect(),
            debug_text: self.session.debug_text(),
            virtual_ns: self.session.now_ns(),
            instructions: self.session.guest().instructions(),
            host: self.session.host_time(),
            taken: self.taken,
            marks: self.marks,
            steps: self.steps,
            failure,
            last_frame,
        }
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
            return Some(format!(
                "the runs took {} and {} pictures",
                self.marks.len() - 1,
                other.marks.len() - 1
            ));
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
