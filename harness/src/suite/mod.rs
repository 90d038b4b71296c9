//! `relic test`: finds cases, runs each twice, compares their pictures.

mod bless;
mod board;
mod discover;
mod judge;
mod keep;
mod run;

pub use discover::{Shard, discover};
pub use run::run_case;

use crate::case::{Case, Mark, Place, Run, Variables};
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::golden::ShotResult;
use crate::guest::Machines;
use crate::{engine_args, output, overlay, report};
use backplane::Bay;
use regex::Regex;
use serde::Serialize;
use std::path::PathBuf;

/// What to test, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cases, or folders with cases below them.
    pub paths: Vec<PathBuf>,
    /// Only cases whose name matches.
    pub filter: Option<Regex>,
    /// Only a share of them.
    pub shard: Option<Shard>,
    /// Texts for the cases' variables.
    pub set: Variables,
    /// Makes the pictures of this run the golden ones, after showing what changes.
    pub bless: bool,
    /// Without asking.
    pub yes: bool,
    /// No case is begun after one has failed.
    pub fail_fast: bool,
    /// Every case is switched on, also where another one that begins alike has kept its machine.
    pub from_boot: bool,
    /// The folder where the guest of each case is kept as the case left it.
    pub keep: Option<PathBuf>,
    /// Cases at a time.
    pub jobs: usize,
    /// The folder of the HTML report.
    pub report: Option<PathBuf>,
    /// The file of the JUnit report.
    pub junit: Option<PathBuf>,
    /// Results as lines of JSON.
    pub json: bool,
    /// Failures as annotations of GitHub.
    pub annotations: bool,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As expected.
    Passed,
    /// Not as expected.
    Failed,
    /// Failed, and is known to.
    KnownFailure,
    /// Could not be run here.
    Skipped,
}

/// A case and what came of it.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its folder, and its adapter and engine if it names them.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, in one line.
    pub reason: Option<Failure>,
    /// The line that failed.
    pub place: Option<Place>,
    /// Its pictures.
    pub shots: Vec<ShotResult>,
    /// The first run, if it began.
    pub run: Option<Run>,
    /// The case, if it was run.
    pub case: Option<Case>,
    /// How its second run was not the same.
    pub unsteady: Option<Failure>,
}

/// Runs the cases and reports.
///
/// # Errors
/// Bad options, or the first failure of a case.
pub fn test(options: &Options, machines: &dyn Machines, console: &Console) -> Result<()> {
    check(options, console)?;
    let chosen = discover::chosen(options)?;
    let told = |result: &CaseResult| {
        if !options.bless {
            tell(result, options, console);
        }
    };
    let mut results = run::all(&chosen, options, machines, console, &told);
    let stopped = output::interrupted();
    if options.bless && !stopped {
        results = bless::bless(results, options.yes, console)?;
        results.iter().for_each(|result| tell(result, options, console));
    }
    let reported = write_reports(&results, options);
    let judged = summary(&results, chosen.len(), options, console);
    if stopped {
        let message = format!("stopped by Ctrl-C; {} of {} cases were run", results.len(), chosen.len());
        return Err(Failure::new(Exit::Interrupted, message));
    }
    judged.and(reported)
}

/// Refuses before long work what would be refused after it.
fn check(options: &Options, console: &Console) -> Result<()> {
    if options.bless && console.ci && !options.yes {
        return Err(Failure::bad(
            "--bless: not where CI is set, unless with --yes; bless at home, after looking at the pictures",
        ));
    }
    if let Some(folder) = &options.report {
        output::make_folder(folder)?;
    }
    options.keep.as_deref().map_or(Ok(()), keep::check)?;
    options.junit.as_ref().map_or(Ok(()), |file| output::check(file, std::iter::empty()))
}

fn write_reports(results: &[CaseResult], options: &Options) -> Result<()> {
    let page = options.report.as_ref().map_or(Ok(()), |folder| report::write(results, folder));
    let junit = options.junit.as_ref().map_or(Ok(()), |file| report::junit::write(results, file));
    page.and(junit)
}

fn tell(result: &CaseResult, options: &Options, console: &Console) {
    if options.json {
        console.say(report::json::case(result));
    } else {
        console.say(line(result));
    }
    if let (true, Some(annotation)) = (options.annotations, report::annotations::github(result)) {
        // Beside lines of JSON an annotation has its place on the other stream; GitHub reads both.
        if options.json { console.complain(annotation) } else { console.say(annotation) }
    }
}

fn line(result: &CaseResult) -> String {
    let word = match result.outcome {
        Outcome::Passed => "pass ",
        Outcome::Failed => "FAIL ",
        Outcome::KnownFailure => "known",
        Outcome::Skipped => "skip ",
    };
    let times = result.run.as_ref().map_or(String::new(), |run| {
        let shares =
            run.shares.as_ref().map_or(String::new(), |shares| format!("; {}", engine_args::told(shares)));
        format!(" ({} guest, {} ms{shares})", crate::span::show(run.virtual_ns), run.host.as_millis())
    });
    let reason = result.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let said = result.shots.iter().filter_map(|shot| match (&shot.blessed, &shot.accepted) {
        (Some(what), _) => Some(format!("\n      blessed {}.png: {what}", shot.name)),
        (None, Some(other)) => {
            Some(format!("\n      {} is as {}.png: {}", shot.name, other.picture, other.reason))
        }
        (None, None) => None,
    });
    format!("{word} {}{times}{reason}{}", result.name, said.collect::<String>())
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) known_failures: usize,
    pub(crate) skipped: usize,
    pub(crate) not_run: usize,
}

impl Counts {
    /// Of the results of so many cases.
    pub(crate) fn of(results: &[CaseResult], chosen: usize) -> Self {
        let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
        Counts {
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            known_failures: count(Outcome::KnownFailure),
            skipped: count(Outcome::Skipped),
            not_run: chosen - results.len(),
        }
    }
}

fn summary(results: &[CaseResult], chosen: usize, options: &Options, console: &Console) -> Result<()> {
    let counts = Counts::of(results, chosen);
    if options.json {
        console.say(report::json::end(counts));
    } else {
        let not_run = match counts.not_run {
            0 => String::new(),
            some => format!(", {some} not run"),
        };
        console.say(format!(
            "{} passed, {} failed, {} known failures, {} skipped{not_run}",
            counts.passed, counts.failed, counts.known_failures, counts.skipped
        ));
        if let Some(folder) = &options.report {
            console.say(format!("report: {}", folder.join("index.html").display()));
        }
    }
    let failed: Vec<Failure> =
        results.iter().filter(|result| result.outcome == Outcome::Failed).filter_map(named_reason).collect();
    let Some(first) = failed.first() else { return Ok(()) };
    let exit =
        if failed.iter().all(|failure| failure.exit == first.exit) { first.exit } else { Exit::Mismatch };
    let more = if failed.len() > 1 { format!(" (and {} more)", failed.len() - 1) } else { String::new() };
    Err(Failure::new(exit, format!("{first}{more}")))
}

/// Why a case failed, with its name in front unless a file of it is named already.
fn named_reason(result: &CaseResult) -> Option<Failure> {
    let reason = result.reason.clone()?;
    match reason.message.starts_with(&result.name) {
        true => Some(reason),
        false => Some(reason.within(&result.name)),
    }
}

/// Digests of a mark for people: RAM, screen, disks.
pub fn show_digests(mark: &Mark) -> Vec<(String, String)> {
    let mut shown = vec![
        ("ram".to_owned(), format!("{:032x}", mark.digests.ram)),
        ("screen".to_owned(), format!("{:032x}", mark.digests.screen)),
    ];
    let media = Bay::ALL.iter().zip(mark.digests.media).filter(|(_, sum)| *sum != 0);
    shown.extend(media.map(|(bay, sum)| (overlay::bay_name(*bay).to_owned(), format!("{sum:032x}"))));
    shown
}
