//! `relic fuzz`: searches for programs that break a chip or the board, and replays the scripts that do.

use crate::confine::Needs;
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::output;
use crate::replay::TraceFile;
use backplane::bench::Script;
use backplane::bench::bytes::BYTES_VERSION;
use backplane::bench::search::{Finding, Target, dictionary};
use backplane::bench::trace::Cutter;
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
    /// Folder of scripts, of programs as libFuzzer keeps them, or of device traces, to begin with; what shows something new is kept there
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Where the script of what is found is written
    #[arg(short, long, default_value = "relic-fuzz", value_name = "DIR")]
    output: PathBuf,
    /// Run this script, or program that libFuzzer wrote, instead of searching
    #[arg(long, value_name = "FILE", conflicts_with_all = ["corpus", "dictionary", "programs"])]
    script: Option<PathBuf>,
    /// The seed of all choices
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Print a dictionary for libFuzzer instead of searching
    #[arg(long)]
    dictionary: bool,
    /// Write what the search would begin with into a folder for libFuzzer instead of searching
    #[arg(long, value_name = "DIR", conflicts_with = "dictionary")]
    programs: Option<PathBuf>,
}

impl FuzzArgs {
    /// What it needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        let folders = self.corpus.iter().chain(&self.programs);
        folders.fold(Needs::usual().folder(&self.output), |needs, folder| needs.folder(folder))
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
    let result = match (&args.script, &args.programs) {
        (Some(file), _) => replay(target, file, args, console),
        (None, Some(folder)) => programs(target, folder, args),
        (None, None) => search(target, args, console),
    };
    drop(std::panic::take_hook());
    result
}

fn replay(target: &Target, file: &Path, args: &FuzzArgs, console: &Console) -> Result<()> {
    let script = read(target, file)?;
    match watch::replay(target, script.clone(), Bounds::default()) {
        None => {
            console.say(format!("{}: {} actions, nothing found", target.name, script.0.len()));
            Ok(())
        }
        Some(finding) if finding.script == script => {
            Err(Failure::new(Exit::Mismatch, format!("{}: {}", file.display(), finding.message)))
        }
        Some(finding) => Err(found(target, &finding, args)),
    }
}

/// A script, or the actions of a program in the form that libFuzzer changes.
fn read(target: &Target, file: &Path) -> Result<Script> {
    let bytes = std::fs::read(file).map_err(|error| Failure::read(file, &error))?;
    if bytes.first() == Some(&BYTES_VERSION) {
        return Ok(watch::script_of(target, &bytes, Bounds::default()));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| Failure::bad_file(file, "neither a script nor a program"))?;
    text.parse().map_err(|error| Failure::bad_file(file, error))
}

/// The target's own seeds and the scripts of the corpus, and which of them are in the corpus.
fn seeds(target: &Target, args: &FuzzArgs) -> Result<(Vec<Script>, BTreeSet<String>)> {
    let mut seeds = Script::all(target.seeds).map_err(Failure::bad)?;
    let mut there = BTreeSet::new();
    let files = args.corpus.as_deref().map(files_in).transpose()?;
    for file in files.unwrap_or_default() {
        if TraceFile::is_one(&file) {
            seeds.extend(cut(target, &file)?);
            continue;
        }
        let script = read(target, &file)?;
        if file.extension().is_some_and(|ending| ending == "txt") {
            there.insert(script.to_string());
        }
        seeds.push(script);
    }
    Ok((seeds, there))
}

/// Scripts of a target's part of a device trace.
fn cut(target: &Target, file: &Path) -> Result<Vec<Script>> {
    let chip = match target.name {
        "vga" | "vbe" | "cirrus" => "video",
        "uart" | "serial-mouse" => "com1",
        name => name,
    };
    let (mut trace, mut cutter) = (TraceFile::open(file)?, Cutter::default());
    let chip = Some(chip).filter(|chip| *chip != hypervisor::board::bench::TARGET.name);
    while let Some(line) = trace.next_event(chip)? {
        cutter.add(&line);
    }
    Ok(cutter.scripts())
}

/// Writes the seeds in the form that libFuzzer changes.
fn programs(target: &Target, folder: &Path, args: &FuzzArgs) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::write(folder, &error))?;
    let mut pair = (target.pair)();
    for script in seeds(target, args)?.0 {
        let program = pair.script_bytes(&script.0);
        let file = folder.join(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&program)));
        std::fs::write(&file, program).map_err(|error| Failure::write(&file, &error))?;
    }
    Ok(())
}

fn search(target: &Target, args: &FuzzArgs, console: &Console) -> Result<()> {
    let (seeds, there) = seeds(target, args)?;
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

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file());
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
