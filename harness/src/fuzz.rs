//! `relic fuzz`: searches for programs that break a chip or the board, and replays the scripts that do.

use crate::confine::Needs;
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::output;
use backplane::bench::Script;
use backplane::bench::search::{Finding, Target, dictionary, failure};
use backplane::bench::watch::{self, Bounds, Progress};
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `relic fuzz`.
#[derive(Args)]
pub(crate) struct FuzzArgs {
    /// A chip, or `board`; without one, all are listed
    target: Option<String>,
    /// How long to search
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// Folder of scripts to begin with; what shows something new is kept there
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Where the script of what is found is written
    #[arg(short, long, default_value = "relic-fuzz", value_name = "DIR")]
    output: PathBuf,
    /// Run this script instead of searching
    #[arg(long, value_name = "FILE", conflicts_with_all = ["corpus", "dictionary"])]
    script: Option<PathBuf>,
    /// The seed of all choices
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Print a dictionary for libFuzzer instead of searching
    #[arg(long)]
    dictionary: bool,
}

impl FuzzArgs {
    /// What it needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        self.corpus.iter().fold(Needs::usual().folder(&self.output), |needs, folder| needs.folder(folder))
    }
}

fn targets() -> impl Iterator<Item = &'static Target> {
    device_models::targets::TARGETS.iter().chain([&hypervisor::board::bench::TARGET])
}

/// Searches, lists, or replays.
///
/// # Errors
/// Something was found ([`Exit::Mismatch`]), or the arguments or files are bad.
pub(crate) fn fuzz(args: &FuzzArgs, console: &Console) -> Result<()> {
    let Some(name) = &args.target else {
        for target in targets() {
            console.say(format!("{:14}{}", target.name, target.about));
        }
        return Ok(());
    };
    let Some(target) = targets().find(|target| target.name == name) else {
        return Err(Failure::bad(format!("no chip `{name}`; `relic fuzz` lists them")));
    };
    if args.dictionary {
        console.say(dictionary(target).trim_end());
        return Ok(());
    }
    // What a chip says when it breaks is told in one line, with its script.
    std::panic::set_hook(Box::new(|_| {}));
    let result = match &args.script {
        Some(file) => replay(target, file, console),
        None => search(target, args, console),
    };
    drop(std::panic::take_hook());
    result
}

fn replay(target: &Target, file: &Path, console: &Console) -> Result<()> {
    let script = read(file)?;
    match failure(target.pair, &script.0) {
        None => {
            console.say(format!("{}: {} actions, nothing found", target.name, script.0.len()));
            Ok(())
        }
        Some(message) => Err(Failure::new(Exit::Mismatch, format!("{}: {message}", file.display()))),
    }
}

fn read(file: &Path) -> Result<Script> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::read(file, &error))?;
    text.parse().map_err(|error| Failure::bad_file(file, error))
}

fn search(target: &Target, args: &FuzzArgs, console: &Console) -> Result<()> {
    let mut seeds = Script::all(target.seeds).map_err(Failure::bad)?;
    let mut there = BTreeSet::new();
    if let Some(folder) = &args.corpus {
        for file in scripts_in(folder)? {
            let script = read(&file)?;
            there.insert(script.to_string());
            seeds.push(script);
        }
    }
    let bar = console.progress(0, target.name);
    let start = Instant::now();
    let outcome = watch::search(target, args.seed, seeds, Bounds::default(), |progress| {
        let Progress { programs, kept, .. } = progress;
        let passed = start.elapsed();
        let rate = programs as f64 / passed.as_secs_f64();
        let (at, end) = (passed.as_secs(), args.seconds);
        bar.set_message(format!("{at} of {end} s, {programs} programs, {rate:.0}/s, {kept} kept"));
        bar.tick();
        at < end && !output::interrupted()
    });
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    if let Some(folder) = &args.corpus {
        keep(&outcome.corpus, folder, &there)?;
    }
    if let Some(finding) = &outcome.finding {
        return Err(found(target, finding, args));
    }
    let Progress { programs, actions, kept } = outcome.progress;
    let rate = programs as f64 / seconds;
    console.say(format!(
        "{}: {programs} programs, {actions} actions in {seconds:.0} s ({rate:.0} programs/s), {kept} kept, nothing found",
        target.name,
    ));
    if output::interrupted() {
        return Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"));
    }
    Ok(())
}

/// Writes the script of a finding, and says where it is.
fn found(target: &Target, finding: &Finding, args: &FuzzArgs) -> Failure {
    let sum = xxhash_rust::xxh3::xxh3_64(finding.script.to_string().as_bytes());
    let file = args.output.join(format!("{}-{sum:016x}.txt", target.name));
    let text = format!("{}# {}\n", finding.script, finding.message.replace('\n', " "));
    let written = std::fs::create_dir_all(&args.output).and_then(|()| std::fs::write(&file, text));
    let place = match written {
        Ok(()) => format!("`relic fuzz {} --script {}` shows it", target.name, file.display()),
        Err(error) => format!("{}: cannot write: {error}", file.display()),
    };
    Failure::new(Exit::Mismatch, format!("{}: {}; {place}", target.name, finding.message))
}

fn scripts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    Ok(files)
}

/// Adds the programs that are not in the folder yet.
fn keep(corpus: &[Script], folder: &Path, there: &BTreeSet<String>) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::write(folder, &error))?;
    for script in corpus {
        let text = script.to_string();
        if !there.contains(&text) {
            let sum = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
            let file = folder.join(format!("{sum:016x}.txt"));
            std::fs::write(&file, text).map_err(|error| Failure::write(&file, &error))?;
        }
    }
    Ok(())
}
