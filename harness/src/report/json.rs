//! Results as lines of JSON, one object each, for other programs.

use super::verdict_line;
use crate::compare::Verdict;
use crate::engine_args;
use crate::golden::ShotResult;
use crate::suite::{CaseResult, Counts, Outcome, show_digests};
use serde::Serialize;
use std::path::Path;

/// One case.
pub(crate) fn case(result: &CaseResult) -> String {
    line(&case_json(result))
}

/// The end of all.
pub(crate) fn end(counts: Counts) -> String {
    line(&EndJson { event: "end", counts })
}

fn line(value: &impl Serialize) -> String {
    // Texts and numbers always have a form in JSON.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct EndJson {
    event: &'static str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct CaseJson<'a> {
    event: &'static str,
    name: &'a str,
    outcome: Outcome,
    reason: Option<String>,
    exit: Option<i32>,
    file: Option<&'a Path>,
    line: Option<usize>,
    shots: Vec<ShotJson<'a>>,
    virtual_ns: Option<u64>,
    host_ms: Option<u128>,
    instructions: Option<u64>,
    engines: Option<serde_json::Value>,
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

fn case_json(result: &CaseResult) -> CaseJson<'_> {
    let run = result.run.as_ref();
    CaseJson {
        event: "case",
        name: &result.name,
        outcome: result.outcome,
        reason: result.reason.as_ref().map(ToString::to_string),
        exit: result.reason.as_ref().map(|failure| failure.exit as i32),
        file: result.place.as_ref().map(|place| place.file.as_path()),
        line: result.place.as_ref().map(|place| place.line),
        shots: result.shots.iter().map(shot_json).collect(),
        virtual_ns: run.map(|run| run.virtual_ns),
        host_ms: run.map(|run| run.host.as_millis()),
        instructions: run.map(|run| run.instructions),
        engines: run.and_then(|run| run.shares.as_ref()).map(engine_args::to_json),
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
