//! The report: one HTML file with everything in it, and the same results as JSON.

use crate::compare::{Verdict, difference_picture};
use crate::failure::{Failure, Result};
use crate::golden::ShotResult;
use crate::guest::Frame;
use crate::suite::{CaseResult, Outcome, show_digests};
use crate::{output, picture, span};
use base64::Engine;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use std::path::Path;

const TEMPLATE: &str = include_str!("report.html");

#[derive(Serialize)]
struct Page {
    cases: Vec<CasePage>,
    passed: usize,
    failed: usize,
    known: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct CasePage {
    name: String,
    outcome: Outcome,
    reason: Option<String>,
    shots: Vec<ShotPage>,
    steps: Vec<(String, String)>,
    notes: Vec<String>,
    debug_text: String,
    digests: Vec<(String, String)>,
    virtual_time: Option<String>,
    host_ms: Option<u128>,
    instructions: Option<u64>,
    last: Option<String>,
}

#[derive(Serialize)]
struct ShotPage {
    name: String,
    size: String,
    at: String,
    verdict: String,
    same: bool,
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
    let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
    let page = Page {
        passed: count(Outcome::Passed),
        failed: count(Outcome::Failed),
        known: count(Outcome::KnownFailure),
        skipped: count(Outcome::Skipped),
        cases: results.iter().map(case_page).collect::<Result<_>>()?,
    };
    let mut environment = Environment::new();
    let rendered = environment.add_template("report.html", TEMPLATE).and_then(|()| {
        environment.get_template("report.html").and_then(|template| template.render(Serde(page)))
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
        shots: result.shots.iter().map(shot_page).collect::<Result<_>>()?,
        steps: run
            .map_or(vec![], |r| r.steps.iter().map(|(what, ns)| (what.clone(), span::show(*ns))).collect()),
        notes: run.map_or(vec![], |run| run.notes.clone()),
        debug_text: run.map_or(String::new(), |run| run.debug_text.clone()),
        digests: run.and_then(|run| run.marks.last()).map_or(vec![], show_digests),
        virtual_time: run.map(|run| span::show(run.virtual_ns)),
        host_ms: run.map(|run| run.host.as_millis()),
        instructions: run.map(|run| run.instructions),
        last,
    })
}

fn shot_page(shot: &ShotResult) -> Result<ShotPage> {
    let same = shot.verdict == Some(Verdict::Same);
    let expected = shot.expected.as_ref().filter(|_| !same);
    let difference =
        expected.map(|expected| difference_picture(expected, &shot.taken.frame, &shot.taken.rules));
    Ok(ShotPage {
        name: shot.name.clone(),
        size: format!("{}x{}", shot.taken.frame.width, shot.taken.frame.height),
        at: span::show(shot.taken.now_ns),
        verdict: verdict_line(shot),
        same,
        expected: expected.map(data_uri).transpose()?,
        actual: data_uri(&shot.taken.frame)?,
        difference: difference.as_ref().map(data_uri).transpose()?,
        text: shot.taken.text.as_ref().map(|rows| rows.join("\n").trim_end().to_owned()),
    })
}

fn verdict_line(shot: &ShotResult) -> String {
    match (&shot.blessed, shot.verdict) {
        (Some(what), _) => format!("blessed: {what}"),
        (None, Some(verdict)) => verdict.to_string(),
        (None, None) => "no golden picture".into(),
    }
}

fn data_uri(frame: &Frame) -> Result<String> {
    let png = picture::to_png(frame)?;
    Ok(format!("data:image/png;base64,{}", base64::engine::general_purpose::STANDARD.encode(png)))
}

#[derive(Serialize)]
struct CaseJson<'a> {
    name: &'a str,
    outcome: Outcome,
    reason: Option<String>,
    exit: Option<i32>,
    shots: Vec<ShotJson<'a>>,
    virtual_ns: Option<u64>,
    host_ms: Option<u128>,
    instructions: Option<u64>,
    digests: Vec<(String, String)>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ShotJson<'a> {
    name: &'a str,
    verdict: String,
    same: bool,
    width: u32,
    height: u32,
    virtual_ns: u64,
}

/// The results for another program.
pub(crate) fn json(results: &[CaseResult]) -> String {
    let cases: Vec<CaseJson> = results.iter().map(case_json).collect();
    serde_json::to_string_pretty(&cases).unwrap_or_default()
}

fn case_json(result: &CaseResult) -> CaseJson<'_> {
    let run = result.run.as_ref();
    CaseJson {
        name: &result.name,
        outcome: result.outcome,
        reason: result.reason.as_ref().map(ToString::to_string),
        exit: result.reason.as_ref().map(|failure| failure.exit as i32),
        shots: result.shots.iter().map(shot_json).collect(),
        virtual_ns: run.map(|run| run.virtual_ns),
        host_ms: run.map(|run| run.host.as_millis()),
        instructions: run.map(|run| run.instructions),
        digests: run.and_then(|run| run.marks.last()).map_or(vec![], show_digests),
        notes: run.map_or(vec![], |run| run.notes.clone()),
    }
}

fn shot_json(shot: &ShotResult) -> ShotJson<'_> {
    ShotJson {
        name: &shot.name,
        verdict: verdict_line(shot),
        same: shot.verdict == Some(Verdict::Same),
        width: shot.taken.frame.width,
        height: shot.taken.frame.height,
        virtual_ns: shot.taken.now_ns,
    }
}
