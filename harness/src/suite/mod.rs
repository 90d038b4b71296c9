//! `relic test`: finds cases, runs each twice, compares their pictures.

use crate::case::{self, Case, GuestRef, Mark, Run};
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::golden::{self, ShotResult};
use crate::guest::Machines;
use crate::guest_file::{GuestFile, MediumEntry};
use crate::prepare::{self, Prepared};
use crate::{media, output, overlay, report};
use backplane::Bay;
use serde::Serialize;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to test, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Cases, or folders with cases below them.
    pub paths: Vec<PathBuf>,
    /// Makes the pictures of this run the golden ones.
    pub bless: bool,
    /// Where the report goes.
    pub report: Option<PathBuf>,
    /// Only cases with this in their name.
    pub filter: Option<String>,
    /// Cases at a time.
    pub jobs: usize,
    /// Results as JSON instead of lines.
    pub json: bool,
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
    /// Its folder.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, in one line.
    pub reason: Option<Failure>,
    /// Its pictures.
    pub shots: Vec<ShotResult>,
    /// The first run, if it began.
    pub run: Option<Run>,
}

/// The folders with cases at and below the paths, in order.
///
/// # Errors
/// A path that does not exist, or has no case.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for path in paths {
        let path = match path.file_name() {
            Some(name) if name == "case.toml" => path.parent().unwrap_or(path),
            _ => path,
        };
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        if path.is_file() {
            return Err(Failure::bad_file(path, "a file, expected a case.toml or a folder with cases"));
        }
        let before = found.len();
        let known = std::fs::canonicalize(path).is_ok_and(|path| seen.contains(&path));
        collect(path, &mut found, &mut seen)?;
        if output::interrupted() {
            return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C while cases were looked for"));
        }
        if found.len() == before && !known {
            return Err(Failure::bad_file(path, "no case.toml in it or below it"));
        }
    }
    Ok(found)
}

/// Each folder once, by whatever names and links it is reached.
fn collect(folder: &Path, found: &mut Vec<PathBuf>, seen: &mut HashSet<PathBuf>) -> Result<()> {
    let real = std::fs::canonicalize(folder).map_err(|error| Failure::read(folder, &error))?;
    if !seen.insert(real) || output::interrupted() {
        return Ok(());
    }
    if folder.join("case.toml").is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))?;
    let mut below: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    below.retain(|path| path.is_dir());
    below.sort();
    below.iter().try_for_each(|path| collect(path, found, seen))
}

/// Runs the cases and reports.
///
/// # Errors
/// Bad options, or the first failure of a case.
pub fn test(options: &Options, machines: &dyn Machines, console: &Console) -> Result<()> {
    if options.bless && console.ci {
        return Err(Failure::bad(
            "--bless: never where CI is set; bless at home, after looking at the pictures",
        ));
    }
    let mut folders = discover(&options.paths)?;
    if let Some(filter) = &options.filter {
        folders.retain(|folder| folder.to_string_lossy().contains(filter.as_str()));
        if folders.is_empty() {
            return Err(Failure::bad(format!("--filter {filter}: no case has this in its name")));
        }
    }
    if let Some(folder) = &options.report {
        output::make_folder(folder)?;
    }
    let results = run_all(&folders, options, machines, console);
    let reported = options.report.as_ref().map_or(Ok(()), |folder| report::write(&results, folder));
    let judged = summary(&results, options, console);
    if output::interrupted() {
        let message = format!("stopped by Ctrl-C; {} of {} cases were begun", results.len(), folders.len());
        return Err(Failure::new(Exit::Interrupted, message));
    }
    judged.and(reported)
}

fn run_all(
    folders: &[PathBuf],
    options: &Options,
    machines: &dyn Machines,
    console: &Console,
) -> Vec<CaseResult> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let bar = console.progress(folders.len() as u64, "cases");
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, folders.len().max(1)) {
            scope.spawn(|| {
                while let Some((at, folder)) = take(&next, folders) {
                    let of_folder = run_case_apart(folder, options.bless, machines);
                    if !options.json {
                        bar.suspend(|| of_folder.iter().for_each(|result| console.say(line(result))));
                    }
                    bar.inc(1);
                    if let Ok(mut results) = results.lock() {
                        results.push((at, of_folder));
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().flat_map(|(_, of_folder)| of_folder).collect()
}

fn take<'a>(next: &AtomicUsize, folders: &'a [PathBuf]) -> Option<(usize, &'a PathBuf)> {
    if output::interrupted() {
        return None;
    }
    let at = next.fetch_add(1, Ordering::Relaxed);
    Some((at, folders.get(at)?))
}

/// As [`run_case`]; a fault of our own in one case leaves the others their results.
fn run_case_apart(folder: &Path, bless: bool, machines: &dyn Machines) -> Vec<CaseResult> {
    let run = AssertUnwindSafe(|| run_case(folder, bless, machines));
    let ours = || Failure::new(Exit::Mismatch, "relic itself failed; please report it with this case");
    std::panic::catch_unwind(run)
        .unwrap_or_else(|_| vec![not_run(case::name(folder), Outcome::Failed, ours())])
}

fn not_run(name: String, outcome: Outcome, reason: Failure) -> CaseResult {
    CaseResult { name, outcome, reason: Some(reason), shots: vec![], run: None }
}

/// Runs the case of a folder, twice on each of its video adapters, and compares.
pub fn run_case(folder: &Path, bless: bool, machines: &dyn Machines) -> Vec<CaseResult> {
    match case::parse(folder) {
        Ok(cases) => cases.iter().map(|case| run_on_adapter(case, bless, machines)).collect(),
        Err(failure) => vec![not_run(case::name(folder), Outcome::Failed, failure)],
    }
}

fn run_on_adapter(case: &Case, bless: bool, machines: &dyn Machines) -> CaseResult {
    let failed = |failure| not_run(case.name.clone(), Outcome::Failed, failure);
    match prepare_case(case) {
        Ok(Found::Guest(guest)) => judge(case, &guest, bless, machines).unwrap_or_else(failed),
        Ok(Found::NoMedia(written)) => {
            let reason = format!("{written}: {} is not set to a folder of media", media::MEDIA_VARIABLE);
            not_run(case.name.clone(), Outcome::Skipped, Failure::bad(reason))
        }
        Err(failure) => failed(failure),
    }
}

enum Found {
    Guest(Box<Prepared>),
    NoMedia(String),
}

fn prepare_case(case: &Case) -> Result<Found> {
    let (mut guest, folder) = match &case.guest {
        GuestRef::Inline(guest) => ((**guest).clone(), case.folder.clone()),
        GuestRef::Named(name) => named_guest(name, &case.folder)?,
    };
    if case.video.is_some() {
        guest.machine.video.clone_from(&case.video);
    }
    if let Some(written) = missing_media(&guest) {
        return Ok(Found::NoMedia(written));
    }
    prepare::prepare(&guest, &case.name, &folder).map(|guest| Found::Guest(Box::new(guest)))
}

/// A guest beside the case, or in a `guests` folder above it.
fn named_guest(name: &str, folder: &Path) -> Result<(GuestFile, PathBuf)> {
    let beside = folder.join(name);
    let above = folder.ancestors().flat_map(|up| {
        let guests = up.join("guests");
        [guests.join(name), guests.join(format!("{name}.toml"))]
    });
    let found = std::iter::once(beside).chain(above).find(|path| path.exists());
    match found {
        Some(path) => prepare::guest_named(&path),
        None => Err(Failure::bad_file(
            &folder.join("case.toml"),
            format!("guest `{name}`: neither beside the case nor in a `guests` folder above it"),
        )),
    }
}

fn missing_media(guest: &GuestFile) -> Option<String> {
    let media = &guest.media;
    let entries = [&media.floppy, &media.floppy_b, &media.cdrom].into_iter().flatten().chain(&media.disk);
    let written = entries.filter_map(|MediumEntry { path, master, .. }| path.clone().or(master.clone()));
    let roms = [&guest.machine.bios, &guest.machine.vga_bios].into_iter().flatten().cloned();
    let missing = written.chain(roms).find(|written| media::needs_missing_folder(written))?;
    Some(missing.display().to_string())
}

fn judge(case: &Case, guest: &Prepared, bless: bool, machines: &dyn Machines) -> Result<CaseResult> {
    let first = case::run(case, guest, machines)?;
    let again = case::run(case, guest, machines)?;
    let steady = match first.parts_from(&again) {
        Some(parts) if first.failure.as_ref().is_none_or(|f| f.exit != Exit::HostLimit) => {
            Err(Failure::new(Exit::Mismatch, parts))
        }
        _ => Ok(()),
    };
    let may_bless = bless && steady.is_ok() && first.failure.is_none();
    let mut shots = Vec::new();
    for taken in &first.taken {
        shots.push(golden::judge(case, taken, may_bless)?);
    }
    let wrong = first
        .failure
        .clone()
        .or(steady.err())
        .or_else(|| shots.iter().find_map(|shot| golden::complaint(case, shot)));
    let (outcome, reason) = verdict(case, wrong);
    Ok(CaseResult { name: case.name.clone(), outcome, reason, shots, run: Some(first) })
}

fn verdict(case: &Case, wrong: Option<Failure>) -> (Outcome, Option<Failure>) {
    match (wrong, &case.known_failure) {
        (None, None) => (Outcome::Passed, None),
        (Some(failure), _) if failure.exit == Exit::Interrupted => (Outcome::Failed, Some(failure)),
        (Some(failure), None) => (Outcome::Failed, Some(failure)),
        (Some(failure), Some(why)) => (Outcome::KnownFailure, Some(failure.within(why))),
        (None, Some(why)) => {
            let message = format!("it passes, but is marked as a known failure ({why}); take the mark away");
            (Outcome::Failed, Some(Failure::new(Exit::Mismatch, message)))
        }
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
        format!(" ({} guest, {} ms)", crate::span::show(run.virtual_ns), run.host.as_millis())
    });
    let reason = result.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let blessed = result
        .shots
        .iter()
        .filter_map(|shot| Some(format!("\n      blessed {}.png: {}", shot.name, shot.blessed.as_ref()?)));
    format!("{word} {}{times}{reason}{}", result.name, blessed.collect::<String>())
}

fn summary(results: &[CaseResult], options: &Options, console: &Console) -> Result<()> {
    if options.json {
        console.say(report::json(results));
    } else {
        let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
        console.say(format!(
            "{} passed, {} failed, {} known failures, {} skipped",
            count(Outcome::Passed),
            count(Outcome::Failed),
            count(Outcome::KnownFailure),
            count(Outcome::Skipped)
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
