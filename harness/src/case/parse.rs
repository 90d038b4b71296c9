//! `case.toml`: no key is ignored, and every step says exactly one thing to do.

use crate::compare::{Rect, Rules};
use crate::failure::{Failure, Result};
use crate::guest_file::{GuestFile, MediumEntry};
use crate::images::{input, wording};
use crate::keys::{self, KeyEvent};
use crate::pointer::{Button, Dot, Gesture, Target};
use crate::{overlay, prepare, span};
use backplane::Bay;
use regex::Regex;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Virtual time a case may take, unless it says otherwise.
const LIMIT_NS: u64 = 60_000_000_000;
/// Clicks of one step.
const MOST_CLICKS: u32 = 10;
/// Time of the host that one run may take, unless the case says otherwise.
const HOST_LIMIT_NS: u64 = 300_000_000_000;

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Path of its folder as it was found: the case's name.
    pub name: String,
    /// The folder with the golden pictures.
    pub folder: PathBuf,
    /// The guest.
    pub guest: GuestRef,
    /// The guest's video adapter, for a case that names several.
    pub video: Option<String>,
    /// Whether pictures of its own go before those of the first adapter.
    pub own_pictures: bool,
    /// Virtual nanoseconds that it may take.
    pub limit_ns: u64,
    /// Time of the host that one run may take.
    pub host_limit: Duration,
    /// Why it fails, for a case that is known to fail.
    pub known_failure: Option<String>,
    /// What to do.
    pub steps: Vec<Step>,
}

/// Which guest.
#[derive(Clone, Debug)]
pub enum GuestRef {
    /// A folder or file, relative to the case, or the name of a guest.
    Named(String),
    /// Written in the case.
    Inline(Box<GuestFile>),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// Virtual nanoseconds that this step may take.
    pub limit_ns: Option<u64>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Runs until the screen shows this text.
    WaitText(String),
    /// Runs until a row of the screen matches.
    WaitMatch(Regex),
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
    /// Puts a medium into a bay.
    Insert(Bay, MediumEntry),
    /// Takes a medium out.
    Eject(Bay),
    /// Sends the mouse's own counts and buttons.
    Mouse(Motion),
    /// Brings the pointer to a dot of the screen, clicks or drags there.
    Point(Gesture),
    /// Presses the reset button.
    Reset,
    /// Presses the breakout switch: an NMI.
    Nmi,
}

/// How a guest ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It switched itself off.
    PowerOff,
    /// It cannot go on.
    Died,
}

/// What the mouse tells: counts, and which buttons are down from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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

/// A picture to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Name of the golden picture, without `.png`.
    pub name: String,
    /// What may differ.
    pub rules: Rules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    guest: toml::Value,
    video: Option<Vec<String>>,
    limit: Option<String>,
    host_limit: Option<String>,
    known_failure: Option<String>,
    steps: Vec<StepTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StepTable {
    wait_text: Option<String>,
    wait_match: Option<String>,
    wait_debug: Option<String>,
    wait_serial: Option<String>,
    send_serial: Option<String>,
    wait_still: Option<String>,
    wait_end: Option<End>,
    run_for: Option<String>,
    keys: Option<String>,
    shot: Option<String>,
    expect_text: Option<String>,
    expect_debug: Option<String>,
    expect_notes: Option<Vec<String>>,
    insert: Option<InsertTable>,
    eject: Option<String>,
    mouse: Option<Motion>,
    #[serde(rename = "move")]
    go: Option<[u32; 2]>,
    click: Option<[u32; 2]>,
    drag: Option<DragTable>,
    button: Option<Button>,
    count: Option<u32>,
    within: Option<u32>,
    reset: Option<bool>,
    nmi: Option<bool>,
    limit: Option<String>,
    mask: Option<Vec<[u32; 4]>>,
    tolerance: Option<u8>,
    outliers: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsertTable {
    bay: String,
    medium: MediumEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DragTable {
    from: [u32; 2],
    to: [u32; 2],
}

/// Reads the case in `folder`: one for each video adapter that it names.
///
/// # Errors
/// One line that names the file, the line or step, and what is wrong.
pub fn parse(folder: &Path) -> Result<Vec<Case>> {
    let file = folder.join("case.toml");
    let text = input::read_text(&file).map_err(|error| Failure::read(&file, &error))?;
    let wrong = |message: String| Failure::bad_file(&file, message);
    let (case, videos) = case(&text, folder).map_err(wrong)?;
    match videos {
        None => Ok(vec![case]),
        Some(videos) => on_each(&case, &videos).map_err(wrong),
    }
}

fn on_each(case: &Case, videos: &[String]) -> Result<Vec<Case>, String> {
    if let Some(twice) = videos.iter().enumerate().find(|(at, video)| videos[..*at].contains(video)) {
        return Err(format!("video: `{}` stands there twice", twice.1));
    }
    if videos.is_empty() {
        return Err("video: no adapter is named".into());
    }
    let on = |(at, video): (usize, &String)| Case {
        name: format!("{} on {video}", case.name),
        video: Some(video.clone()),
        own_pictures: at > 0,
        ..case.clone()
    };
    Ok(videos.iter().enumerate().map(on).collect())
}

fn case(text: &str, folder: &Path) -> Result<(Case, Option<Vec<String>>), String> {
    let table: CaseTable = wording::from_toml(text)?;
    let mut steps = Vec::new();
    for (at, step) in table.steps.into_iter().enumerate() {
        steps.push(step.read().map_err(|message| format!("step {}: {message}", at + 1))?);
    }
    check_shot_names(&steps)?;
    let span_of = |what: &str, text: Option<String>, default: u64| {
        text.map_or(Ok(default), |text| span::parse(&text).map_err(|message| format!("{what}: {message}")))
    };
    let case = Case {
        name: name(folder),
        folder: folder.to_owned(),
        guest: guest(table.guest)?,
        video: None,
        own_pictures: false,
        limit_ns: span_of("limit", table.limit, LIMIT_NS)?,
        host_limit: Duration::from_nanos(span_of("host_limit", table.host_limit, HOST_LIMIT_NS)?),
        known_failure: table.known_failure,
        steps,
    };
    Ok((case, table.video))
}

/// The path as it was found; the folder's own name for `.` and `..`.
pub fn name(folder: &Path) -> String {
    match folder.file_name() {
        Some(_) => folder.to_string_lossy().trim_start_matches("./").to_owned(),
        None => prepare::default_name(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned())),
    }
}

fn guest(value: toml::Value) -> Result<GuestRef, String> {
    match value {
        toml::Value::String(name) => Ok(GuestRef::Named(name)),
        toml::Value::Table(table) => wording::from_table(table)
            .map(|file: GuestFile| GuestRef::Inline(Box::new(file)))
            .map_err(|message| format!("guest: {message}")),
        other => Err(format!("guest: the name of a guest or a table, found {}", other.type_str())),
    }
}

fn check_shot_names(steps: &[Step]) -> Result<(), String> {
    let mut seen = Vec::new();
    for step in steps {
        let Action::Shot(shot) = &step.action else { continue };
        let plain = shot.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if shot.name.is_empty() || !plain {
            return Err(format!("shot `{}`: a name has letters, digits, `-` and `_` only", shot.name));
        }
        if seen.contains(&&shot.name) {
            return Err(format!("shot `{}`: two shots have this name", shot.name));
        }
        seen.push(&shot.name);
    }
    Ok(())
}

impl StepTable {
    fn read(mut self) -> Result<Step, String> {
        let limit_ns = self.limit.take().map(|text| span::parse(&text)).transpose()?;
        let rules = self.rules();
        let has_rules = rules != Rules::default();
        let gesture = self.gesture()?;
        let mut actions = self.actions(rules)?;
        actions.extend(gesture.map(Action::Point));
        let action = match actions.len() {
            1 => actions.remove(0),
            0 => return Err("it does nothing; give it one of wait_text, wait_match, wait_debug, wait_serial, wait_still, wait_end, run_for, keys, send_serial, shot, expect_text, expect_debug, expect_notes, insert, eject, mouse, move, click, drag, reset, nmi".into()),
            _ => return Err(format!("it does {} things; give each its own step", actions.len())),
        };
        if has_rules && !matches!(action, Action::Shot(_)) {
            return Err("mask, tolerance and outliers belong to a shot".into());
        }
        Ok(Step { action, limit_ns })
    }

    fn rules(&mut self) -> Rules {
        let rect = |[x, y, width, height]: [u32; 4]| Rect { x, y, width, height };
        Rules {
            masks: self.mask.take().unwrap_or_default().into_iter().map(rect).collect(),
            tolerance: self.tolerance.unwrap_or(0),
            outliers: self.outliers.unwrap_or(0),
        }
    }

    /// What the pointer is to do; one thing, with what belongs to it.
    fn gesture(&mut self) -> Result<Option<Gesture>, String> {
        let (button, count, within) = (self.button.take(), self.count.take(), self.within.take());
        let target = |[x, y]: [u32; 2]| Target { dot: Dot { x, y }, within: within.unwrap_or(0) };
        let gesture = match (self.go.take(), self.click.take(), self.drag.take()) {
            (None, None, None) if within.is_some() => {
                return Err("within belongs to a move, click or drag".into());
            }
            (None, None, None) => None,
            (Some(to), None, None) => Some(Gesture::Move(target(to))),
            (None, Some(at), None) => {
                let (button, count) = (button.unwrap_or_default(), count.unwrap_or(1));
                if !(1..=MOST_CLICKS).contains(&count) {
                    return Err(format!("count: 1 to {MOST_CLICKS}, found {count}"));
                }
                return Ok(Some(Gesture::Click { at: target(at), button, count }));
            }
            (None, None, Some(DragTable { from, to })) => {
                Some(Gesture::Drag { from: target(from), to: target(to), button: button.unwrap_or_default() })
            }
            _ => return Err("move, click and drag are steps of their own".into()),
        };
        let takes_button = matches!(gesture, Some(Gesture::Drag { .. }));
        if count.is_some() || button.is_some() && !takes_button {
            return Err("count belongs to a click, button to a click or drag".into());
        }
        Ok(gesture)
    }

    fn actions(self, rules: Rules) -> Result<Vec<Action>, String> {
        let wait_match = self.wait_match.map(|text| Regex::new(&text)).transpose();
        let keys = self.keys.map(|text| keys::parse(&text)).transpose()?;
        let insert =
            self.insert.map(|i| Ok::<_, String>((overlay::bay_named(&i.bay)?, i.medium))).transpose()?;
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
            self.shot.map(|name| Action::Shot(Shot { name, rules })),
            not_empty("expect_text", self.expect_text)?.map(Action::ExpectText),
            not_empty("expect_debug", self.expect_debug)?.map(Action::ExpectDebug),
            self.expect_notes.map(Action::ExpectNotes),
            insert.map(|(bay, medium)| Action::Insert(bay, medium)),
            self.eject.map(|name| overlay::bay_named(&name)).transpose()?.map(Action::Eject),
            self.mouse.map(Action::Mouse),
            self.reset.filter(|pressed| *pressed).map(|_| Action::Reset),
            self.nmi.filter(|pressed| *pressed).map(|_| Action::Nmi),
        ];
        Ok(all.into_iter().flatten().collect())
    }
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
            Action::Insert(bay, _) => format!("insert {}", overlay::bay_name(*bay)),
            Action::Eject(bay) => format!("eject {}", overlay::bay_name(*bay)),
            Action::Mouse(_) => "mouse".into(),
            Action::Point(gesture) => gesture.to_string(),
            Action::Reset => "reset".into(),
            Action::Nmi => "nmi".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Case, String> {
        case(text, Path::new("cases/x")).map(|(case, _)| case)
    }

    fn on_adapters(videos: &str) -> Result<Vec<Case>, String> {
        let (case, videos) =
            case(&format!("guest = 'g'\nvideo = {videos}\nsteps = []"), Path::new("cases/x"))?;
        on_each(&case, &videos.unwrap())
    }

    #[test]
    fn a_case_runs_on_each_adapter_that_it_names() {
        let cases = on_adapters("['std', 'cirrus']").unwrap();
        let told: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.own_pictures)).collect();
        assert_eq!(told, [("cases/x on std", false), ("cases/x on cirrus", true)]);
        assert_eq!(cases[1].video.as_deref(), Some("cirrus"));
        assert!(on_adapters("[]").unwrap_err().contains("no adapter"));
        assert!(on_adapters("['std', 'std']").unwrap_err().contains("twice"));
    }

    fn with_step(step: &str) -> Result<Case, String> {
        parsed(&format!("guest = 'g'\nsteps = [ {step} ]"))
    }

    #[test]
    fn the_example_of_the_documentation_parses() {
        let case = parsed(
            "guest = 'freedos-1.3'\nlimit = '60s'\nsteps = [\n  { wait_text = 'A:\\>' },\n  { keys = 'ver<enter>' },\n  \
             { shot = 'ver', mask = [[0, 0, 640, 16]], tolerance = 3 },\n  { expect_notes = [] },\n]",
        )
        .unwrap();
        assert_eq!((case.steps.len(), case.limit_ns), (4, 60_000_000_000));
        let Action::Shot(shot) = &case.steps[2].action else { panic!("{:?}", case.steps[2]) };
        assert_eq!(shot.rules.masks, [Rect { x: 0, y: 0, width: 640, height: 16 }]);
        assert_eq!(shot.rules.tolerance, 3);
    }

    #[test]
    fn every_action_parses() {
        for step in [
            "{ wait_match = 'A:.*>' }",
            "{ wait_debug = 'x', limit = '5s' }",
            "{ wait_serial = 'x' }",
            "{ send_serial = 'ls\\r' }",
            "{ wait_still = '500ms' }",
            "{ wait_end = 'power-off' }",
            "{ run_for = '1s' }",
            "{ expect_text = 'x' }",
            "{ expect_debug = 'x' }",
            "{ insert = { bay = 'floppy-a', medium = 'b.img' } }",
            "{ eject = 'secondary-master' }",
            "{ mouse = { dx = 3, buttons = ['left'] } }",
            "{ move = [3, 4] }",
            "{ click = [3, 4], button = 'right', count = 2, within = 1 }",
            "{ drag = { from = [3, 4], to = [5, 6] }, button = 'middle' }",
            "{ reset = true }",
            "{ nmi = true }",
        ] {
            let case = with_step(step).unwrap_or_else(|error| panic!("{step}: {error}"));
            assert!(!case.steps[0].action.describe().is_empty());
        }
    }

    #[test]
    fn wrong_steps_are_named_by_number_and_reason() {
        let wrong = |step: &str| with_step(step).unwrap_err();
        assert!(
            wrong("{ wait_txt = 'x' }")
                .contains("unknown key `wait_txt`; the nearest known key is `wait_text`")
        );
        assert!(wrong("{ wait_text = 'x', keys = 'y' }").contains("step 1: it does 2 things"));
        assert!(wrong("{ limit = '1s' }").contains("step 1: it does nothing"));
        assert!(wrong("{ keys = '<entr>' }").contains("step 1: no key is named `entr`"));
        assert!(wrong("{ keys = 'x', tolerance = 3 }").contains("belong to a shot"));
        assert!(wrong("{ click = [1, 2], keys = 'x' }").contains("it does 2 things"));
        assert!(wrong("{ click = [1, 2], move = [1, 2] }").contains("steps of their own"));
        assert!(wrong("{ move = [1, 2], button = 'left' }").contains("button to a click or drag"));
        assert!(wrong("{ keys = 'x', within = 1 }").contains("within belongs to"));
        assert!(wrong("{ click = [1, 2], count = 0 }").contains("count: 1 to 10, found 0"));
        assert!(wrong("{ click = [-1, 2] }").contains("-1"));
        assert!(wrong("{ shot = '../x' }").contains("letters, digits"));
        assert!(wrong("{ eject = 'floppy' }").contains("bays are floppy-a"));
        assert!(wrong("{ run_for = '3' }").contains("no span of time"));
        assert!(wrong("{ wait_match = '(' }").contains("wait_match"));
        assert!(wrong("{ wait_text = '' }").contains("empty"));
        assert!(
            parsed("guest = 'g'\nsteps = [{ shot = 'a' }, { shot = 'a' }]")
                .unwrap_err()
                .contains("two shots")
        );
        assert!(parsed("guest = { machin = {} }\nsteps = []").unwrap_err().contains("`machine`"));
        assert!(parsed("guest = 1\nsteps = []").unwrap_err().contains("found integer"));
    }
}
