//! Running cases: each twice, many at a time, told in order.

use super::board::Board;
use super::discover::Chosen;
use super::{CaseResult, Options, Outcome, keep};
use crate::case::{self, Action, Beginnings, Case, GuestRef, Place, Watch};
use crate::console::Console;
use crate::engine_args::EngineKind;
use crate::failure::{Exit, Failure, Result};
use crate::guest::{Guest, Machines};
use crate::guest_file::{GuestFile, MediumEntry};
use crate::prepare::{self, Prepared};
use crate::{images, media, output, replay};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Runs all; `told` gets each result in the order of the cases. After Ctrl-C, or with `--fail-fast` after the first failure, the
/// rest is not begun.
pub(super) fn all(
    chosen: &[Chosen],
    options: &Options,
    machines: &dyn Machines,
    console: &Console,
    told: &(dyn Fn(&CaseResult) + Sync),
) -> Vec<CaseResult> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let in_order = Mutex::new(InOrder { results: chosen.iter().map(|_| None).collect(), told: 0 });
    let board = Board::new(console, chosen.len());
    let beginnings = if options.from_boot { Beginnings::default() } else { shared_by(chosen) };
    let how = How { film: options.report.is_some(), keep: options.keep.as_deref() };
    let stopped = || output::interrupted() || options.fail_fast && failed.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, chosen.len().max(1)) {
            scope.spawn(|| {
                while !stopped() {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = chosen.get(at) else { break };
                    let result = apart(case, &how, machines, &board, &beginnings);
                    failed.fetch_or(result.outcome == Outcome::Failed, Ordering::Relaxed);
                    board.one_done();
                    if let Ok(mut in_order) = in_order.lock() {
                        in_order.results[at] = Some(result);
                        board.suspend(|| in_order.tell(told, false));
                    }
                }
            });
        }
    });
    board.finish();
    let Ok(mut in_order) = in_order.into_inner() else { return vec![] };
    in_order.tell(told, true);
    in_order.results.into_iter().flatten().collect()
}

/// Results as they come, and how many were told.
struct InOrder {
    results: Vec<Option<CaseResult>>,
    told: usize,
}

impl InOrder {
    /// Tells those whose forerunners are all told; at the end all.
    fn tell(&mut self, told: &dyn Fn(&CaseResult), at_end: bool) {
        while let Some(result) = self.results.get(self.told) {
            match result {
                Some(result) => told(result),
                None if at_end => {}
                None => return,
            }
            self.told += 1;
        }
    }
}

/// What a case leaves besides its result.
#[derive(Clone, Copy, Default)]
struct How<'a> {
    /// Whether the first run is filmed.
    film: bool,
    /// The folder where the first run's guest is kept.
    keep: Option<&'a Path>,
}

/// A fault of our own in one case leaves the others their results.
fn apart(
    chosen: &Chosen,
    how: &How,
    machines: &dyn Machines,
    board: &Board,
    beginnings: &Beginnings,
) -> CaseResult {
    let run = AssertUnwindSafe(|| match chosen {
        Chosen::Case(case) => one(case, how, machines, board, beginnings),
        Chosen::Broken(name, file, failure) => broken(name, file, failure.clone()),
    });
    std::panic::catch_unwind(run).unwrap_or_else(|_| {
        let ours = Failure::new(Exit::Mismatch, "relic itself failed; please report it with this case");
        CaseResult::not_run(chosen.name().to_owned(), Outcome::Failed, ours)
    })
}

fn broken(name: &str, file: &Path, failure: Failure) -> CaseResult {
    let place = Some(Place { file: file.to_owned(), line: line_in(&failure.message), included: false });
    CaseResult { place, ..CaseResult::not_run(name.to_owned(), Outcome::Failed, failure) }
}

/// The line that a message of a file names; the first if it names none.
fn line_in(message: &str) -> usize {
    let number = message.split_once("line ").and_then(|(_, rest)| rest.split(':').next()?.parse().ok());
    number.unwrap_or(1)
}

/// Runs the case of a folder on each of its video adapters, by each of its engines.
pub fn run_case(folder: &Path, machines: &dyn Machines) -> Vec<CaseResult> {
    let quiet = Board::hidden();
    match case::parse(folder, &case::Variables::new()) {
        Ok(cases) => {
            let run = |case| one(case, &How::default(), machines, &quiet, &Beginnings::default());
            cases.iter().map(run).collect()
        }
        Err(failure) => vec![broken(&case::name(folder), &folder.join("case.toml"), failure)],
    }
}

fn one(
    case: &Case,
    how: &How,
    machines: &dyn Machines,
    board: &Board,
    beginnings: &Beginnings,
) -> CaseResult {
    let failed = |failure| CaseResult::not_run(case.name.clone(), Outcome::Failed, failure);
    let result = match prepare_case(case) {
        Ok(Found::Guest(guest)) => match without_engine(case, &guest, machines) {
            Some(why) => CaseResult::not_run(case.name.clone(), Outcome::Skipped, Failure::bad(why)),
            None => twice(case, &guest, how, machines, board, beginnings).unwrap_or_else(failed),
        },
        Ok(Found::NoMedia(written)) => {
            let reason = format!("{written}: {} is not set to a folder of media", media::MEDIA_VARIABLE);
            CaseResult::not_run(case.name.clone(), Outcome::Skipped, Failure::bad(reason))
        }
        Err(failure) => failed(failure),
    };
    beginnings.done(case);
    result
}

/// Why the engine of a case cannot run it here.
fn without_engine(case: &Case, guest: &Prepared, machines: &dyn Machines) -> Option<String> {
    if case.engine == EngineKind::Soft {
        return None;
    }
    let mut machine = machines.power_on(&guest.config, guest.media()).ok()?;
    guest.engine.run_on_kvm(&mut *machine).err()
}

/// Runs a case twice, both from switch-on or both from where another case kept its machine. Under KVM no two runs are alike: there it
/// runs once.
fn twice(
    case: &Case,
    guest: &Prepared,
    how: &How,
    machines: &dyn Machines,
    board: &Board,
    beginnings: &Beginnings,
) -> Result<CaseResult> {
    let bar = board.begin(&case.name);
    let from = beginnings.longest(case);
    let watched = |how: &How| {
        let at_end = |left: &dyn Guest| match how.keep {
            Some(folder) => keep::keep(folder, case, guest, left),
            None => Ok(()),
        };
        let watch = Watch {
            progress: &|p| bar.show(p),
            film: how.film,
            from: from.clone(),
            beginnings,
            at_end: &at_end,
        };
        case::run(case, guest, machines, &watch)
    };
    let first = watched(how)?;
    let unsteady = match case.engine {
        EngineKind::Kvm => None,
        EngineKind::Soft => first
            .parts_from(&watched(&How::default())?)
            .filter(|_| first.failure.as_ref().is_none_or(|failure| failure.exit != Exit::HostLimit))
            .map(|parts| Failure::new(Exit::Mismatch, parts)),
    };
    let mut result = CaseResult::judged(case.clone(), first, unsteady);
    // A log without its head is of no use, nor is one of a case that passed or ran under KVM.
    let failed = result.outcome == Outcome::Failed && case.engine == EngineKind::Soft;
    if let Some(run) = &mut result.run {
        run.log = run.log.take().filter(|_| failed).and_then(|lines| replay::whole(guest, &lines).ok());
    }
    Ok(result)
}

enum Found {
    Guest(Box<Prepared>),
    NoMedia(String),
}

/// The beginnings that the chosen cases have in common.
fn shared_by(chosen: &[Chosen]) -> Beginnings {
    let keeps = |case: &Case| case.steps.iter().any(|step| matches!(step.action, Action::Save(_)));
    Beginnings::of(chosen.iter().filter_map(|chosen| match chosen {
        Chosen::Case(case) if keeps(case) && case.engine == EngineKind::Soft => {
            let (guest, folder) = guest_of(case).ok()?;
            let beside = files(&guest).any(|path| !media::is_absolute(path));
            Some((&**case, format!("{guest:?} {:?}", beside.then_some(folder))))
        }
        _ => None,
    }))
}

/// The guest of a case, and what its paths are relative to.
///
/// # Errors
/// There is none of this name, or its file cannot be read.
pub(super) fn guest_of(case: &Case) -> Result<(GuestFile, PathBuf)> {
    let (mut guest, folder) = match &case.guest {
        GuestRef::Inline(guest) => ((**guest).clone(), case.folder.clone()),
        GuestRef::Named(name) => named_guest(name, &case.folder)?,
    };
    if case.video.is_some() {
        guest.machine.video.clone_from(&case.video);
    }
    Ok((guest, folder))
}

fn prepare_case(case: &Case) -> Result<Found> {
    let (guest, folder) = guest_of(case)?;
    if let Some(written) = missing_media(case, &guest, &folder) {
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

/// What a case, or a recipe of one of its media, names of the folder of media where there is none.
fn missing_media(case: &Case, guest: &GuestFile, folder: &Path) -> Option<String> {
    let inserted = case.steps.iter().filter_map(|step| match &step.action {
        Action::Insert(_, entry) => Some((entry, step.place.folder())),
        _ => None,
    });
    let all: Vec<_> = entries(guest).map(|entry| (entry, folder)).chain(inserted).collect();
    let recipes = all.iter().filter_map(|(entry, at)| media::resolve(entry.master.as_ref()?, at).ok());
    let in_recipes: Vec<PathBuf> = recipes.flat_map(|recipe| images::paths_in(&recipe)).collect();
    let of_media = all.iter().filter_map(|(entry, _)| file_of(entry));
    let missing = files(guest)
        .chain(of_media)
        .chain(&in_recipes)
        .find(|written| media::needs_missing_folder(written))?;
    Some(missing.display().to_string())
}

/// The files that a guest names.
fn files(guest: &GuestFile) -> impl Iterator<Item = &PathBuf> {
    let written = entries(guest).filter_map(file_of);
    let machine = &guest.machine;
    let named = [&machine.bios, &machine.vga_bios, &machine.kernel, &machine.initrd];
    written.chain(named.into_iter().flatten()).chain(machine.rom.iter().map(|rom| &rom.path))
}

/// The media that a guest starts with.
fn entries(guest: &GuestFile) -> impl Iterator<Item = &MediumEntry> {
    let media = &guest.media;
    [&media.floppy, &media.floppy_b, &media.cdrom].into_iter().flatten().chain(&media.disk)
}

/// The file or the recipe of a medium.
fn file_of(entry: &MediumEntry) -> Option<&PathBuf> {
    entry.path.as_ref().or(entry.master.as_ref())
}
