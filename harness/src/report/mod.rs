//! The report: one HTML file with everything in it. The same results go to other programs as lines of JSON, as JUnit XML and as
//! annotations.

pub(crate) mod annotations;
pub(crate) mod json;
pub(crate) mod junit;

use crate::case::{Place, Run, StepTime, Still};
use crate::compare::{Verdict, difference_picture};
use crate::engine_args;
use crate::failure::{Failure, Result};
use crate::golden::ShotResult;
use crate::guest::Frame;
use crate::suite::{CaseResult, Counts, Outcome, show_digests};
use crate::{output, picture, span};
use base64::Engine;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use std::path::{Component, Path, PathBuf};

const TEMPLATE: &str = include_str!("page.html");

#[derive(Serialize)]
struct Page {
    cases: Vec<CasePage>,
    counts: Counts,
}

#[derive(Serialize)]
struct CasePage {
    name: String,
    outcome: Outcome,
    reason: Option<String>,
    place: Option<String>,
    film: Vec<StillPage>,
    shots: Vec<ShotPage>,
    steps: Vec<StepPage>,
    notes: Vec<String>,
    debug_text: String,
    digests: Vec<(String, String)>,
    virtual_time: Option<String>,
    host_ms: Option<u128>,
    instructions: Option<u64>,
    engines: Option<String>,
    last: Option<String>,
    /// The log's file beside the page, and what is typed to see the failing moment.
    log: Option<LogPage>,
}

#[derive(Serialize)]
struct LogPage {
    file: String,
    until: String,
}

#[derive(Serialize)]
struct StillPage {
    step: usize,
    said: String,
    at: String,
    picture: String,
}

#[derive(Serialize)]
struct StepPage {
    said: String,
    at: String,
    host_ms: String,
    place: String,
}

#[derive(Serialize)]
struct ShotPage {
    name: String,
    size: String,
    at: String,
    verdict: String,
    same: bool,
    /// Whether both pictures lie over each other dot for dot.
    slides: bool,
    expected: Option<String>,
    actual: String,
    difference: Option<String>,
    text: Option<String>,
}

/// Writes `index.html` into a folder.
///
/// # Errors
/// The host refuses.
pub(crate) fn write(results: &[CaseResult], folder: &Path) -> Result<()> {
    output::make_folder(folder)?;
    for result in results {
        if let Some(log) = result.run.as_ref().and_then(|run| run.log.as_ref()) {
            let file = folder.join(log_file(result));
            file.parent().map_or(Ok(()), output::make_folder)?;
            output::write_whole(&file, log)?;
        }
    }
    write_file(results, &folder.join("index.html"))
}

/// Writes the report as one file.
///
/// # Errors
/// The host refuses.
pub(crate) fn write_file(results: &[CaseResult], file: &Path) -> Result<()> {
    output::write_whole(file, html(results)?.as_bytes())
}

fn html(results: &[CaseResult]) -> Result<String> {
    let cases = results.iter().map(case_page).collect::<Result<_>>()?;
    let page = Page { counts: Counts::of(results, results.len()), cases };
    let mut environment = Environment::new();
    let rendered = environment.add_template("page.html", TEMPLATE).and_then(|()| {
        environment.get_template("page.html").and_then(|template| template.render(Serde(page)))
    });
    rendered.map_err(|error| Failure::bad(format!("the report: {error}")))
}

fn case_page(result: &CaseResult) -> Result<CasePage> {
    let run = result.run.as_ref();
    let last = run.and_then(|run| run.last_frame.as_ref()).map(data_uri).transpose()?;
    Ok(CasePage {
        name: result.name.clone(),
        outcome: result.outcome,
        reason: result.reason.as_ref().map(ToString::to_string),
        place: result.place.as_ref().map(place),
        film: run.map_or(vec![], |run| run.film.iter().map(|still| still_page(run, still)).collect()),
        shots: result.shots.iter().map(shot_page).collect::<Result<_>>()?,
        steps: run.map_or(vec![], |run| run.steps.iter().map(step_page).collect()),
        notes: run.map_or(vec![], |run| run.notes.clone()),
        debug_text: run.map_or(String::new(), |run| run.debug_text.clone()),
        digests: run.and_then(|run| run.marks.last()).map_or(vec![], show_digests),
        virtual_time: run.map(|run| span::show(run.virtual_ns)),
        host_ms: run.map(|run| run.host.as_millis()),
        instructions: run.map(|run| run.instructions),
        engines: run.and_then(|run| run.shares.as_ref()).map(engine_args::told),
        last,
        log: run.and_then(|run| log_page(result, run)),
    })
}

/// Where the log of a case is, beside the page.
fn log_file(result: &CaseResult) -> PathBuf {
    let parts = Path::new(&result.name).components().filter(|part| matches!(part, Component::Normal(_)));
    let mut name = Path::new("logs").join(parts.collect::<PathBuf>()).into_os_string();
    name.push(".log");
    name.into()
}

/// The failing moment is the end of a run that failed, otherwise that of the first picture that is not as expected.
fn log_page(result: &CaseResult, run: &Run) -> Option<LogPage> {
    run.log.as_ref()?;
    let other = result.shots.iter().find(|shot| shot.verdict != Some(Verdict::Same));
    let until = match other.filter(|_| run.failure.is_none()) {
        Some(shot) => format!("{}ns", shot.taken.now_ns),
        None => "end".into(),
    };
    Some(LogPage { file: log_file(result).display().to_string(), until })
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.file.display(), place.line)
}

fn still_page(run: &Run, still: &Still) -> StillPage {
    let said = run.steps.get(still.step).map_or(String::new(), |step| step.said.clone());
    StillPage { step: still.step + 1, said, at: span::show(still.virtual_ns), picture: png_uri(&still.png) }
}

fn step_page(step: &StepTime) -> StepPage {
    StepPage {
        said: step.said.clone(),
        at: span::show(step.virtual_ns),
        host_ms: format!("{:.1}", step.host.as_secs_f64() * 1000.0),
        place: place(&step.place),
    }
}

fn shot_page(shot: &ShotResult) -> Result<ShotPage> {
    let same = shot.verdict == Some(Verdict::Same);
    let expected = shot.expected.as_ref().filter(|_| !same);
    let difference =
        expected.map(|expected| difference_picture(expected, &shot.taken.frame, &shot.taken.shot.rules));
    Ok(ShotPage {
        name: shot.name.clone(),
        size: format!("{}x{}", shot.taken.frame.width, shot.taken.frame.height),
        at: span::show(shot.taken.now_ns),
        verdict: verdict_line(shot),
        same,
        slides: matches!(shot.verdict, Some(Verdict::Differs(_))),
        expected: expected.map(data_uri).transpose()?,
        actual: data_uri(&shot.taken.frame)?,
        difference: difference.as_ref().map(data_uri).transpose()?,
        text: shot.taken.text.as_ref().map(|rows| rows.join("\n").trim_end().to_owned()),
    })
}

fn verdict_line(shot: &ShotResult) -> String {
    match (&shot.blessed, shot.verdict) {
        (Some(what), _) => format!("blessed: {what}"),
        (None, Some(Verdict::Same)) if shot.accepted.is_some() => {
            let other = shot.accepted.as_ref();
            other.map_or(String::new(), |other| format!("as {}.png: {}", other.picture, other.reason))
        }
        (None, Some(verdict)) => verdict.to_string(),
        (None, None) => "no golden picture".into(),
    }
}

fn data_uri(frame: &Frame) -> Result<String> {
    Ok(png_uri(&picture::to_png(frame)?))
}

fn png_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png))
}
