//! Steps: what each of them does, and in which words it is told.

use super::Variables;
use super::file::{AreaTable, DragTable, FileTable, StepTable};
use crate::compare::{Area, Rect, Rules};
use crate::guest_file::MediumEntry;
use crate::keys::{self, KeyEvent};
use crate::pointer::{Button, Dot, Gesture, Target};
use crate::{overlay, span};
use backplane::Bay;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Clicks of one step.
const MOST_CLICKS: u32 = 10;

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// Virtual nanoseconds that this step may take.
    pub limit_ns: Option<u64>,
    /// Where it is written.
    pub place: Place,
}

/// A line of a case or step file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1 on.
    pub line: usize,
    /// Whether it is a file that the case includes.
    pub included: bool,
}

impl Place {
    /// What paths in the file are relative to.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Runs until the screen shows this text.
    WaitText(String),
    /// Runs until a row of the screen matches.
    WaitMatch(Regex),
    /// Runs until the screen is as in a golden picture.
    WaitShot(Wait),
    /// Runs until this text has come from the first serial port.
    WaitSerial(String),
    /// Sends to the first serial port.
    Send(String),
    /// Runs until this text has come from a debug port.
    WaitDebug(String),
    /// Runs until the screen has not changed for so many virtual nanoseconds.
    WaitStill(u64),
    /// Runs until the guest ends: `power-off` or `died`.
    WaitEnd(End),
    /// Runs for so many virtual nanoseconds.
    RunFor(u64),
    /// Types.
    Keys(Vec<KeyEvent>),
    /// Compares the screen with a golden picture.
    Shot(Shot),
    /// The screen shows this text.
    ExpectText(String),
    /// This text has come from a debug port.
    ExpectDebug(String),
    /// The guest's notes: each matches one of these, and each of these matches a note.
    ExpectNotes(Vec<String>),
    /// What a file on a medium holds.
    ExpectFile(FileCheck),
    /// Puts a medium into a bay.
    Insert(Bay, MediumEntry),
    /// Takes a medium out.
    Eject(Bay),
    /// Sends the mouse's own counts and buttons.
    Mouse(Motion),
    /// Brings the pointer to a dot of the screen, clicks or drags there.
    Point(Gesture),
    /// Clicks on a text.
    ClickText(ClickText),
    /// Presses the reset button.
    Reset,
    /// Presses the power button.
    Power,
    /// Presses the breakout switch: an NMI.
    Nmi,
    /// Keeps the machine under a name.
    Save(String),
    /// Goes on from the machine that was kept under a name.
    Restore(String),
}

/// How a guest ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It switched itself off.
    PowerOff,
    /// It cannot go on.
    Died,
}

/// What the mouse tells: counts, and which buttons are down from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Motion {
    /// Right is positive.
    pub dx: i32,
    /// Down is positive.
    pub dy: i32,
    /// Towards the user is positive.
    pub wheel: i32,
    /// Which buttons are down: `left`, `right`, `middle`, `back`, `forward`.
    pub buttons: Vec<Button>,
}

/// A text to click on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickText {
    /// What the screen shows there.
    pub text: String,
    /// With which button.
    pub button: Button,
    /// How often: 2 is a double click.
    pub count: u32,
    /// How many dots off the pointer may be.
    pub within: u32,
}

/// A picture to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shot {
    /// Name of the golden picture, without `.png`.
    pub name: String,
    /// What may differ.
    pub rules: Rules,
    /// Other golden pictures that are as good.
    pub accepted: Vec<Accepted>,
}

/// Another golden picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its name, without `.png`.
    pub picture: String,
    /// Why it is as good.
    pub reason: String,
}

/// A picture to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The picture, what of it is looked at, and what may differ.
    pub shot: Shot,
    /// Whether it may be anywhere on the screen.
    pub anywhere: bool,
}

/// Which volume of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The medium's bay.
    pub bay: Bay,
    /// The partition, from 1 on.
    pub partition: Option<u8>,
}

/// What is expected of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// The volume that has it.
    pub volume: Volume,
    /// Its path there.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
    /// Text in it.
    pub contains: Option<String>,
    /// A file of the host with the same bytes.
    pub equals: Option<PathBuf>,
    /// Its sum.
    pub sha256: Option<String>,
}

/// A step as written: one of its own, or those of another file.
pub(super) enum Written {
    /// To be read.
    Step(Box<StepTable>),
    /// The file, and texts for its variables.
    Include(PathBuf, Variables),
}

impl StepTable {
    pub(super) fn split(mut self) -> Result<Written, String> {
        match (self.include.take(), self.vars.take()) {
            (Some(file), vars) if self == StepTable::default() => {
                Ok(Written::Include(file, vars.unwrap_or_default()))
            }
            (Some(_), _) => Err("include is a step of its own, with nothing but vars".into()),
            (None, Some(_)) => Err("vars belongs to include, or stands beside the steps".into()),
            (None, None) => Ok(Written::Step(Box::new(self))),
        }
    }

    pub(super) fn read(mut self, place: Place) -> Result<Step, String> {
        let limit_ns = self.limit.take().map(|text| span::parse(&text)).transpose()?;
        let (picture, named) = self.picture()?;
        let gesture = self.gesture()?;
        let mut actions = self.actions()?;
        actions.extend(picture);
        actions.extend(gesture);
        let action = match actions.len() {
            1 => actions.remove(0),
            0 => return Err(format!("it does nothing; give it one of {ACTIONS}")),
            _ => return Err(format!("it does {} things; give each its own step", actions.len())),
        };
        if named && !matches!(action, Action::Shot(_) | Action::WaitShot(_)) {
            return Err(
                "area, mask, tolerance, outliers, areas and accept belong to a shot or wait_shot".into()
            );
        }
        Ok(Step { action, limit_ns, place })
    }

    /// The picture to take or to wait for, and whether anything was said that belongs to one.
    fn picture(&mut self) -> Result<(Vec<Action>, bool), String> {
        let anywhere = self.find.take();
        let rules = self.rules();
        let accepted = self.accepted()?;
        let plain = Rules { only: rules.only, ..Rules::default() } == rules && accepted.is_empty();
        let named = rules != Rules::default() || !accepted.is_empty();
        if anywhere.is_some() && self.wait_shot.is_none() {
            return Err("find belongs to a wait_shot".into());
        }
        if anywhere == Some(true) && !plain {
            return Err(
                "find looks for the very dots: mask, tolerance, outliers, areas and accept do not go with it"
                    .into(),
            );
        }
        let shot = |name| Shot { name, rules: rules.clone(), accepted: accepted.clone() };
        let wait = |name| Wait { shot: shot(name), anywhere: anywhere == Some(true) };
        let actions = [
            self.shot.take().map(|name| Action::Shot(shot(name))),
            self.wait_shot.take().map(|name| Action::WaitShot(wait(name))),
        ];
        Ok((actions.into_iter().flatten().collect(), named))
    }

    fn rules(&mut self) -> Rules {
        let area = |AreaTable { at, tolerance, outliers }| Area { at: rect(at), tolerance, outliers };
        Rules {
            only: self.area.take().map(rect),
            masks: self.mask.take().unwrap_or_default().into_iter().map(rect).collect(),
            areas: self.areas.take().unwrap_or_default().into_iter().map(area).collect(),
            tolerance: self.tolerance.unwrap_or(0),
            outliers: self.outliers.unwrap_or(0),
        }
    }

    fn accepted(&mut self) -> Result<Vec<Accepted>, String> {
        let list = self.accept.take().unwrap_or_default().into_iter();
        let accepted: Vec<Accepted> =
            list.map(|other| Accepted { picture: other.picture, reason: other.reason }).collect();
        match accepted.iter().find(|other| other.reason.trim().is_empty()) {
            Some(other) => Err(format!("accept `{}`: say the reason", other.picture)),
            None => Ok(accepted),
        }
    }

    /// What the pointer is to do; one thing, with what belongs to it.
    fn gesture(&mut self) -> Result<Option<Action>, String> {
        let (button, count, within) = (self.button.take(), self.count.take(), self.within.take());
        let target = |[x, y]: [u32; 2]| Target { dot: Dot { x, y }, within: within.unwrap_or(0) };
        let text = not_empty("click_text", self.click_text.take())?;
        let gesture = match (self.go.take(), self.click.take(), text, self.drag.take()) {
            (None, None, None, None) if within.is_some() => {
                return Err("within belongs to a move, click or drag".into());
            }
            (None, None, None, None) => None,
            (Some(to), None, None, None) => Some(Gesture::Move(target(to))),
            (None, Some(at), None, None) => {
                let (button, count) = clicks(button, count)?;
                return Ok(Some(Action::Point(Gesture::Click { at: target(at), button, count })));
            }
            (None, None, Some(text), None) => {
                let (button, count) = clicks(button, count)?;
                let within = within.unwrap_or(0);
                return Ok(Some(Action::ClickText(ClickText { text, button, count, within })));
            }
            (None, None, None, Some(DragTable { from, to })) => {
                Some(Gesture::Drag { from: target(from), to: target(to), button: button.unwrap_or_default() })
            }
            _ => return Err("move, click, click_text and drag are steps of their own".into()),
        };
        let takes_button = matches!(gesture, Some(Gesture::Drag { .. }));
        if count.is_some() || button.is_some() && !takes_button {
            return Err("count belongs to a click, button to a click or drag".into());
        }
        Ok(gesture.map(Action::Point))
    }

    fn actions(self) -> Result<Vec<Action>, String> {
        let wait_match = self.wait_match.map(|text| Regex::new(&text)).transpose();
        let keys = self.keys.map(|text| keys::parse(&text)).transpose()?;
        let insert =
            self.insert.map(|i| Ok::<_, String>((overlay::bay_named(&i.bay)?, i.medium))).transpose()?;
        let pressed = |button: Option<bool>, action| button.filter(|pressed| *pressed).map(|_| action);
        let all = [
            not_empty("wait_text", self.wait_text)?.map(Action::WaitText),
            wait_match.map_err(|error| format!("wait_match: {error}"))?.map(Action::WaitMatch),
            not_empty("wait_debug", self.wait_debug)?.map(Action::WaitDebug),
            not_empty("wait_serial", self.wait_serial)?.map(Action::WaitSerial),
            not_empty("send_serial", self.send_serial)?.map(Action::Send),
            self.wait_still.map(|text| span::parse(&text)).transpose()?.map(Action::WaitStill),
            self.wait_end.map(Action::WaitEnd),
            self.run_for.map(|text| span::parse(&text)).transpose()?.map(Action::RunFor),
            keys.map(Action::Keys),
            not_empty("expect_text", self.expect_text)?.map(Action::ExpectText),
            not_empty("expect_debug", self.expect_debug)?.map(Action::ExpectDebug),
            self.expect_notes.map(Action::ExpectNotes),
            self.expect_file.map(FileTable::read).transpose()?.map(Action::ExpectFile),
            insert.map(|(bay, medium)| Action::Insert(bay, medium)),
            self.eject.map(|name| overlay::bay_named(&name)).transpose()?.map(Action::Eject),
            self.mouse.map(Action::Mouse),
            pressed(self.reset, Action::Reset),
            pressed(self.power, Action::Power),
            pressed(self.nmi, Action::Nmi),
            not_empty("save", self.save)?.map(Action::Save),
            not_empty("restore", self.restore)?.map(Action::Restore),
        ];
        Ok(all.into_iter().flatten().collect())
    }
}

const ACTIONS: &str = "include, wait_text, wait_match, wait_shot, wait_debug, wait_serial, wait_still, wait_end, \
    run_for, keys, send_serial, shot, expect_text, expect_debug, expect_notes, expect_file, insert, eject, mouse, move, click, \
    click_text, drag, reset, power, nmi, save, restore";

impl FileTable {
    fn read(self) -> Result<FileCheck, String> {
        let FileTable { bay, partition, path, exists, contains, equals, sha256 } = self;
        let volume = Volume { bay: overlay::bay_named(&bay)?, partition };
        if !exists && (contains.is_some() || equals.is_some() || sha256.is_some()) {
            return Err("expect_file: a file that is not there holds nothing".into());
        }
        if sha256.as_ref().is_some_and(|sum| sum.len() != 64 || !sum.chars().all(|c| c.is_ascii_hexdigit())) {
            return Err("expect_file: a SHA-256 sum has 64 hex digits".into());
        }
        Ok(FileCheck { volume, path, exists, contains, equals, sha256 })
    }
}

/// How a click is done.
fn clicks(button: Option<Button>, count: Option<u32>) -> Result<(Button, u32), String> {
    match count.unwrap_or(1) {
        count @ 1..=MOST_CLICKS => Ok((button.unwrap_or_default(), count)),
        count => Err(format!("count: 1 to {MOST_CLICKS}, found {count}")),
    }
}

fn rect([x, y, width, height]: [u32; 4]) -> Rect {
    Rect { x, y, width, height }
}

fn not_empty(what: &str, text: Option<String>) -> Result<Option<String>, String> {
    match text {
        Some(text) if text.is_empty() => Err(format!("{what}: the text is empty")),
        other => Ok(other),
    }
}

impl Action {
    /// What the step does, in the words of the case file.
    pub fn describe(&self) -> String {
        match self {
            Action::WaitText(text) => format!("wait_text `{text}`"),
            Action::WaitMatch(regex) => format!("wait_match `{regex}`"),
            Action::WaitShot(wait) => format!("wait_shot `{}`", wait.shot.name),
            Action::WaitDebug(text) => format!("wait_debug `{text}`"),
            Action::WaitSerial(text) => format!("wait_serial `{text}`"),
            Action::Send(text) => format!("send_serial `{text}`"),
            Action::WaitStill(ns) => format!("wait_still {}", span::show(*ns)),
            Action::WaitEnd(end) => {
                format!("wait_end {}", if *end == End::Died { "died" } else { "power-off" })
            }
            Action::RunFor(ns) => format!("run_for {}", span::show(*ns)),
            Action::Keys(events) => format!("keys, {} movements", events.len()),
            Action::Shot(shot) => format!("shot `{}`", shot.name),
            Action::ExpectText(text) => format!("expect_text `{text}`"),
            Action::ExpectDebug(text) => format!("expect_debug `{text}`"),
            Action::ExpectNotes(_) => "expect_notes".into(),
            Action::ExpectFile(file) => {
                format!("expect_file `{}` on {}", file.path, overlay::bay_name(file.volume.bay))
            }
            Action::Insert(bay, _) => format!("insert {}", overlay::bay_name(*bay)),
            Action::Eject(bay) => format!("eject {}", overlay::bay_name(*bay)),
            Action::Mouse(_) => "mouse".into(),
            Action::Point(gesture) => gesture.to_string(),
            Action::ClickText(click) => format!("click_text `{}`", click.text),
            Action::Reset => "reset".into(),
            Action::Power => "power".into(),
            Action::Nmi => "nmi".into(),
            Action::Save(name) => format!("save `{name}`"),
            Action::Restore(name) => format!("restore `{name}`"),
        }
    }
}
