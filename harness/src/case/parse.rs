//! `case.toml` and the step files that it includes: no key is ignored, and every step says exactly one thing to do.

use super::file::{CaseTable, StepTable, StepsTable};
use super::step::{Action, Place, Shot, Step, Written};
use crate::engine_args::EngineKind;
use crate::failure::{Failure, Result};
use crate::glyphs::{Font, file as font_file};
use crate::guest_file::GuestFile;
use crate::images::vars::{self, Variables};
use crate::images::{input, wording};
use crate::text_or_table::TextOr;
use crate::{prepare, span};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;

/// Virtual time a case may take, unless it says otherwise.
const LIMIT_NS: u64 = 60_000_000_000;
/// Time of the host that one run may take, unless the case says otherwise.
const HOST_LIMIT_NS: u64 = 300_000_000_000;
/// How many files deep steps may be included.
const MOST_DEEP: usize = 8;
/// Steps of a case, those of included files among them.
const MOST_STEPS: usize = 10_000;

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
    /// What runs it.
    pub engine: EngineKind,
    /// Virtual nanoseconds that it may take.
    pub limit_ns: u64,
    /// Time of the host that one run may take.
    pub host_limit: Duration,
    /// Why it fails, for a case that is known to fail.
    pub known_failure: Option<String>,
    /// The names of its variables and of those of included files: what `--set` may change.
    pub variables: BTreeSet<String>,
    /// Learnt fonts that graphics are read with.
    pub fonts: Vec<Arc<Font>>,
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

/// Reads the case in `folder`, with the texts of `set` in place of its own variables: one for each video adapter and each engine
/// that it names.
///
/// # Errors
/// One line that names the file, the line or step, and what is wrong.
pub fn parse(folder: &Path, set: &Variables) -> Result<Vec<Case>> {
    let file = folder.join("case.toml");
    let text = input::read_text(&file).map_err(|error| Failure::read(&file, &error))?;
    let (case, each) = case(&text, folder, set)?;
    on_each(case, &each).map_err(|message| Failure::bad_file(&file, message))
}

/// What a case runs on, one after the other.
struct Each {
    videos: Option<Vec<String>>,
    engines: Option<Vec<String>>,
}

fn on_each(case: Case, each: &Each) -> Result<Vec<Case>, String> {
    let mut cases = vec![case];
    if let Some(videos) = &each.videos {
        check_list("video", "adapter", videos)?;
        let on = |case: &Case, at: usize, video: &String| Case {
            name: format!("{} on {video}", case.name),
            video: Some(video.clone()),
            own_pictures: at > 0,
            ..case.clone()
        };
        cases = videos.iter().enumerate().map(|(at, video)| on(&cases[0], at, video)).collect();
    }
    if let Some(engines) = &each.engines {
        check_list("engine", "engine", engines)?;
        let by = |case: &Case, name: &String| {
            let known = EngineKind::NAMES.iter().find(|(known, _)| known == name);
            let (_, engine) = known.ok_or(format!("engine: `{name}` is unknown; known are soft, kvm"))?;
            Ok(Case { name: format!("{} by {name}", case.name), engine: *engine, ..case.clone() })
        };
        let by_each = cases.iter().flat_map(|case| engines.iter().map(move |name| by(case, name)));
        cases = by_each.collect::<Result<_, String>>()?;
    }
    Ok(cases)
}

fn check_list(key: &str, what: &str, names: &[String]) -> Result<(), String> {
    if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(format!("{key}: `{}` stands there twice", twice.1));
    }
    if names.is_empty() {
        return Err(format!("{key}: no {what} is named"));
    }
    Ok(())
}

fn case(text: &str, folder: &Path, set: &Variables) -> Result<(Case, Each)> {
    let file = folder.join("case.toml");
    let wrong = |message: String| Failure::bad_file(&file, message);
    let (table, variables) = vars::read::<CaseTable>(text, set).map_err(wrong)?;
    let mut steps = Steps::default();
    steps.read_with(&file, &table.fonts)?;
    steps.add(&file, text, table.steps, &variables)?;
    check_shot_names(&steps.read).map_err(wrong)?;
    check_kept_names(&steps.read).map_err(wrong)?;
    let span_of = |what: &str, text: Option<String>, default: u64| {
        text.map_or(Ok(default), |text| span::parse(&text).map_err(|message| format!("{what}: {message}")))
    };
    let case = Case {
        name: name(folder),
        folder: folder.to_owned(),
        guest: match table.guest {
            TextOr::Text(name) => GuestRef::Named(name),
            TextOr::Table(guest) => GuestRef::Inline(Box::new(guest)),
        },
        video: None,
        own_pictures: false,
        engine: EngineKind::Soft,
        limit_ns: span_of("limit", table.limit, LIMIT_NS).map_err(wrong)?,
        host_limit: Duration::from_nanos(
            span_of("host_limit", table.host_limit, HOST_LIMIT_NS).map_err(wrong)?,
        ),
        known_failure: table.known_failure,
        variables: table.vars.into_keys().chain(steps.variables).collect(),
        fonts: steps.fonts.into_iter().map(|(_, font)| font).collect(),
        steps: steps.read,
    };
    Ok((case, Each { videos: table.video, engines: table.engine }))
}

/// The path as it was found; the folder's own name for `.` and `..`.
pub fn name(folder: &Path) -> String {
    match folder.file_name() {
        Some(_) => folder.to_string_lossy().trim_start_matches("./").to_owned(),
        None => prepare::default_name(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned())),
    }
}

/// The steps of a case in the order in which they are done.
#[derive(Default)]
struct Steps {
    read: Vec<Step>,
    /// The fonts of all files, each once.
    fonts: Vec<(PathBuf, Arc<Font>)>,
    /// Names of variables of included files.
    variables: BTreeSet<String>,
    /// The files that are being included, from the outermost to the one being read.
    within: Vec<PathBuf>,
}

impl Steps {
    fn add(
        &mut self,
        file: &Path,
        text: &str,
        written: Vec<Spanned<StepTable>>,
        variables: &Variables,
    ) -> Result<()> {
        for (at, step) in written.into_iter().enumerate() {
            let line = wording::line_of(text, step.span().start);
            let wrong =
                |message: String| Failure::bad_file(file, format!("line {line}: step {}: {message}", at + 1));
            match step.into_inner().split().map_err(wrong)? {
                Written::Include(path, given) => {
                    let path = file.with_file_name("").join(path);
                    let variables = variables.clone().into_iter().chain(given).collect();
                    self.include(&path, &variables, &wrong)?;
                }
                Written::Step(step) => {
                    let place = Place { file: file.to_owned(), line, included: !self.within.is_empty() };
                    self.read.push(step.read(place).map_err(wrong)?);
                }
            }
            if self.read.len() > MOST_STEPS {
                return Err(wrong(format!("the case has more than {MOST_STEPS} steps")));
            }
        }
        Ok(())
    }

    /// Loads the fonts that a file names.
    fn read_with(&mut self, file: &Path, fonts: &[PathBuf]) -> Result<()> {
        for font in fonts {
            let path = file.with_file_name("").join(font);
            let real =
                path.canonicalize().map_err(|error| Failure::bad_file(file, Failure::read(&path, &error)))?;
            if !self.fonts.iter().any(|(known, _)| *known == real) {
                self.fonts.push((real, Arc::new(font_file::load(&path)?)));
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        path: &Path,
        variables: &Variables,
        wrong: &dyn Fn(String) -> Failure,
    ) -> Result<()> {
        let real = path.canonicalize().map_err(|error| wrong(Failure::read(path, &error).message))?;
        if self.within.contains(&real) {
            return Err(wrong(format!("{} includes itself", path.display())));
        }
        if self.within.len() == MOST_DEEP {
            return Err(wrong(format!("{}: included more than {MOST_DEEP} files deep", path.display())));
        }
        let text = input::read_text(path).map_err(|error| Failure::read(path, &error))?;
        let (table, variables) =
            vars::read::<StepsTable>(&text, variables).map_err(|message| Failure::bad_file(path, message))?;
        self.variables.extend(table.vars.into_keys());
        self.read_with(path, &table.fonts)?;
        self.within.push(real);
        self.add(path, &text, table.steps, &variables)?;
        self.within.pop();
        Ok(())
    }
}

fn check_shot_names(steps: &[Step]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for step in steps {
        let (shot, taken): (&Shot, bool) = match &step.action {
            Action::Shot(shot) => (shot, true),
            Action::WaitShot(wait) => (&wait.shot, false),
            _ => continue,
        };
        for name in std::iter::once(&shot.name).chain(shot.accepted.iter().map(|other| &other.picture)) {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            if name.is_empty() || !plain {
                return Err(format!("shot `{name}`: a name has letters, digits, `-` and `_` only"));
            }
        }
        if taken && seen.contains(&shot.name.as_str()) {
            return Err(format!("shot `{}`: two shots have this name", shot.name));
        }
        seen.extend(taken.then_some(shot.name.as_str()));
    }
    Ok(())
}

/// Only what an earlier step has kept can be gone on from.
fn check_kept_names(steps: &[Step]) -> Result<(), String> {
    let mut kept: Vec<&str> = Vec::new();
    for step in steps {
        match &step.action {
            Action::Save(name) => kept.push(name),
            Action::Restore(name) if !kept.contains(&name.as_str()) => {
                return Err(format!("line {}: restore `{name}`: no earlier step saves it", step.place.line));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Area, Rect};

    fn parsed(text: &str) -> Result<Case, String> {
        case(text, Path::new("cases/x"), &Variables::new())
            .map(|(case, _)| case)
            .map_err(|failure| failure.message)
    }

    fn on_all(keys: &str) -> Result<Vec<Case>, String> {
        let text = format!("guest = 'g'\n{keys}\nsteps = []");
        let (case, each) = case(&text, Path::new("cases/x"), &Variables::new()).unwrap();
        on_each(case, &each)
    }

    #[test]
    fn a_case_runs_on_each_adapter_that_it_names() {
        let cases = on_all("video = ['std', 'cirrus']").unwrap();
        let told: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.own_pictures)).collect();
        assert_eq!(told, [("cases/x on std", false), ("cases/x on cirrus", true)]);
        assert_eq!(cases[1].video.as_deref(), Some("cirrus"));
        assert!(on_all("video = []").unwrap_err().contains("no adapter"));
        assert!(on_all("video = ['std', 'std']").unwrap_err().contains("twice"));
    }

    #[test]
    fn a_case_runs_by_each_engine_that_it_names_and_by_the_software_cpu_otherwise() {
        let cases = on_all("video = ['std', 'vga']\nengine = ['soft', 'kvm']").unwrap();
        let told: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.engine)).collect();
        let (soft, kvm) = (EngineKind::Soft, EngineKind::Kvm);
        let std = [("cases/x on std by soft", soft), ("cases/x on std by kvm", kvm)];
        assert_eq!(told, [std, [("cases/x on vga by soft", soft), ("cases/x on vga by kvm", kvm)]].concat());
        assert_eq!(on_all("").unwrap()[0].engine, soft);
        assert!(on_all("engine = ['qemu']").unwrap_err().contains("known are soft, kvm"));
        assert!(on_all("engine = []").unwrap_err().contains("no engine"));
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
            "{ click_text = 'Exit', button = 'right', count = 2, within = 1 }",
            "{ drag = { from = [3, 4], to = [5, 6] }, button = 'middle' }",
            "{ reset = true }",
            "{ nmi = true }",
            "{ power = true }",
            "{ wait_shot = 'desk', area = [0, 0, 9, 9], find = true }",
            "{ wait_shot = 'desk', mask = [[0, 0, 9, 9]], limit = '5s' }",
            "{ expect_file = { bay = 'floppy-a', path = 'A.TXT', contains = 'x' } }",
            "{ expect_file = { bay = 'primary-master', partition = 1, path = 'A.TXT', exists = false } }",
            "{ save = 'prompt' }",
        ] {
            let case = with_step(step).unwrap_or_else(|error| panic!("{step}: {error}"));
            assert!(!case.steps[0].action.describe().is_empty());
        }
    }

    #[test]
    fn wrong_steps_are_named_by_number_and_reason() {
        let wrong = |step: &str| with_step(step).unwrap_err();
        assert!(wrong("{ wait_txt = 'x' }").contains("unknown key `wait_txt`; did you mean `wait_text`?"));
        assert!(wrong("{ wait_text = 'x', keys = 'y' }").contains("step 1: it does 2 things"));
        assert!(wrong("{ limit = '1s' }").contains("step 1: it does nothing"));
        assert!(wrong("{ keys = '<entr>' }").contains("step 1: no key is named `entr`"));
        assert!(wrong("{ keys = 'x', tolerance = 3 }").contains("belong to a shot"));
        assert!(wrong("{ click = [1, 2], keys = 'x' }").contains("it does 2 things"));
        assert!(wrong("{ click = [1, 2], move = [1, 2] }").contains("steps of their own"));
        assert!(wrong("{ click = [1, 2], click_text = 'x' }").contains("steps of their own"));
        assert!(wrong("{ click_text = '' }").contains("empty"));
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
        assert!(parsed("guest = 1\nsteps = []").unwrap_err().contains("expected a text or a table"));
        assert!(wrong("{ shot = 'a', find = true }").contains("find belongs to a wait_shot"));
        assert!(wrong("{ wait_shot = 'a', find = true, tolerance = 1 }").contains("the very dots"));
        assert!(
            wrong("{ shot = 'a', accept = [{ picture = 'b', reason = ' ' }] }").contains("say the reason")
        );
        assert!(wrong("{ include = 'x.toml', limit = '1s' }").contains("a step of its own"));
        assert!(wrong("{ keys = 'x', vars = {} }").contains("vars belongs to include"));
        assert!(wrong("{ restore = 'x' }").contains("line 2: restore `x`: no earlier step saves it"));
        assert!(
            wrong("{ expect_file = { bay = 'floppy-a', path = 'A', sha256 = 'x' } }")
                .contains("64 hex digits")
        );
    }

    #[test]
    fn areas_and_accepted_pictures_belong_to_their_shot() {
        let case = with_step(
            "{ shot = 'a', area = [0, 0, 90, 90], areas = [{ at = [1, 2, 3, 4], tolerance = 5 }], \
             accept = [{ picture = 'b', reason = 'a slower clock' }] }",
        )
        .unwrap();
        let Action::Shot(shot) = &case.steps[0].action else { panic!("{:?}", case.steps[0]) };
        let at = Rect { x: 1, y: 2, width: 3, height: 4 };
        assert_eq!(shot.rules.areas, [Area { at, tolerance: 5, outliers: 0 }]);
        assert_eq!(shot.rules.only.map(|only| only.width), Some(90));
        assert_eq!(
            (shot.accepted[0].picture.as_str(), shot.accepted[0].reason.as_str()),
            ("b", "a slower clock")
        );
    }

    /// A folder with a case and step files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn steps_of_another_file_are_done_in_place_with_the_texts_given() {
        let folder = folder(&[
            (
                "case.toml",
                "guest = 'g'\nsteps = [ { include = 'steps/login.toml', vars = { user = 'root' } },\n{ reset = true } ]\n[vars]\nhost = 'pc'",
            ),
            (
                "steps/login.toml",
                "steps = [\n{ wait_text = '${host} login:' },\n{ include = 'type.toml', vars = { text = '${user}' } } ]\n[vars]\nhost = 'any'",
            ),
            ("steps/type.toml", "steps = [ { keys = '${text}<enter>' } ]"),
        ]);
        let told = |set: &Variables| {
            let case = parse(folder.path(), set).unwrap().remove(0);
            let places = case.steps.iter().map(|step| (step.place.line, step.place.included));
            assert_eq!(places.collect::<Vec<_>>(), [(2, true), (1, true), (3, false)]);
            case.steps.iter().map(|step| step.action.describe()).collect::<Vec<_>>()
        };
        assert_eq!(told(&Variables::new()), ["wait_text `pc login:`", "keys, 10 movements", "reset"]);
        let set = Variables::from([("host".to_owned(), "box".to_owned())]);
        assert_eq!(told(&set)[0], "wait_text `box login:`");
    }

    #[test]
    fn files_in_a_circle_and_too_deep_ones_are_refused_and_wrong_lines_named() {
        let wrong =
            |files: &[(&str, &str)]| parse(folder(files).path(), &Variables::new()).unwrap_err().message;
        let case = ("case.toml", "guest = 'g'\nsteps = [ { include = 'a.toml' } ]");
        let circle = wrong(&[
            case,
            ("a.toml", "steps = [ { include = 'b.toml' } ]"),
            ("b.toml", "steps = [\n{ include = 'a.toml' } ]"),
        ]);
        assert!(
            circle.contains("b.toml: line 2: step 1: ") && circle.ends_with("a.toml includes itself"),
            "{circle}"
        );
        let names: Vec<String> = (0..9).map(|n| format!("{n}.toml")).collect();
        let texts: Vec<String> = (1..10).map(|n| format!("steps = [ {{ include = '{n}.toml' }} ]")).collect();
        let mut chain: Vec<(&str, &str)> =
            names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        chain.push(("9.toml", "steps = []"));
        chain.push(("case.toml", "guest = 'g'\nsteps = [ { include = '0.toml' } ]"));
        assert!(wrong(&chain).contains("more than 8 files deep"));
        let typo = wrong(&[case, ("a.toml", "steps = [\n{ wait_txt = 'x' } ]")]);
        assert!(
            typo.ends_with("a.toml: line 2: unknown key `wait_txt`; did you mean `wait_text`?"),
            "{typo}"
        );
        assert!(
            wrong(&[case]).contains("line 2: step 1: ") && wrong(&[case]).contains("a.toml: cannot read")
        );
    }
}
