//! The command line.

use crate::confine::{self, Needs};
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::glyphs::command::{FontCommand, font};
use crate::guest::Machines;
use crate::schema::SchemaOf;
use crate::suite::Shard;
use crate::{bisect, demo, doctor, export, fuzz, images, import, output, replay, run, span, suite};
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use regex::Regex;
use std::ffi::OsString;
use std::path::PathBuf;

/// A lab for legacy PC guests: run them, test their screens, master their media, export them.
#[derive(Parser)]
#[command(name = "relic", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Keep all the rights of this process, where landlock and seccomp would take away those that it does not need
    #[arg(long, global = true)]
    no_sandbox: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Master the probe disc, boot it, compare its screens, export a bundle
    Demo(DemoArgs),
    /// Boot a guest
    Run(Box<run::RunArgs>),
    /// Run again what a log says, to the same bits, and look at any moment of it
    Replay(replay::ReplayArgs),
    /// Find the first instant at which two runs, or two builds of relic, are not the same, and in what
    Bisect(bisect::BisectArgs),
    /// Run cases and compare their screens with golden pictures
    Test(TestArgs),
    /// Make a floppy, hard disk or El Torito disc from a recipe
    Master(MasterArgs),
    /// Write a guest's disks as a XenServer bundle or in another format
    Export(export::ExportArgs),
    /// Unpack a XenServer bundle into a folder with a guest.toml
    Import(ImportArgs),
    /// Learn a font that text in graphics is read with, or try one
    #[command(subcommand)]
    Font(FontCommand),
    /// Search for what breaks a chip or the board, or run a script on it
    Fuzz(fuzz::FuzzArgs),
    /// Print the JSON schema of a file, for editors
    Schema(SchemaArgs),
    /// Say what this host has
    Doctor(DoctorArgs),
}

impl Command {
    /// What it needs beyond reading files; `None` for one that runs other people's programs, or opens the host's devices.
    fn needs(&self) -> Option<Needs> {
        Some(match self {
            Command::Demo(args) => Needs::usual().folder(&args.output),
            Command::Run(args) => args.needs(),
            Command::Replay(args) => args.needs(),
            Command::Bisect(args) => return args.needs(),
            Command::Test(args) => args.needs(),
            Command::Master(args) => Needs::usual().folder(&args.output),
            Command::Export(args) => args.needs(),
            Command::Import(args) => Needs::usual().result(&args.output),
            Command::Font(command) => command.needs(),
            Command::Fuzz(args) => args.needs(),
            Command::Schema(_) => Needs::usual(),
            Command::Doctor(_) => return None,
        })
    }
}

#[derive(Args)]
struct DemoArgs {
    /// Folder for everything that is made
    #[arg(short, long, default_value = "relic-demo", value_name = "DIR")]
    output: PathBuf,
}

#[derive(Args)]
struct TestArgs {
    /// Cases, or folders with cases below them
    #[arg(default_value = "tests/cases")]
    paths: Vec<PathBuf>,
    /// Only cases whose name matches this regular expression
    #[arg(long, value_name = "REGEX")]
    filter: Option<Regex>,
    /// Only the cases of one share: `1/3` is the first of three
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Put this text in place of a variable of the cases
    #[arg(long, value_name = "NAME=TEXT", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Show what differs, and make the pictures of this run the golden ones
    #[arg(long)]
    bless: bool,
    /// With --bless: without asking
    #[arg(long, requires = "bless")]
    yes: bool,
    /// Begin no case after one has failed
    #[arg(long)]
    fail_fast: bool,
    /// Switch every case on, also where another one that begins alike has kept its machine with `save`
    #[arg(long)]
    from_boot: bool,
    /// Keep the guest of each case as the case left it, in a folder below this one, for `relic run` and `relic export`
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Write an HTML report into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write a JUnit report into this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Say failures as annotations [default: where GITHUB_ACTIONS is true]
    #[arg(long, value_name = "OF")]
    annotations: Option<Annotations>,
    /// Cases at a time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Results as lines of JSON
    #[arg(long)]
    json: bool,
}

impl TestArgs {
    /// What the cases need beyond reading files: pictures go beside those that they are compared with.
    fn needs(&self) -> Needs {
        let (files, folders): (Vec<_>, Vec<_>) = self.paths.iter().partition(|path| path.is_file());
        let needs = Needs::usual().results(files).results(&self.junit).results(&self.keep);
        let folders = folders.into_iter().chain(&self.report).chain(&self.keep);
        folders.fold(needs, |needs, folder| needs.folder(folder))
    }
}

/// Whose annotations.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Annotations {
    /// Of GitHub Actions
    Github,
    /// None
    None,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=TEXT".into()),
    }
}

#[derive(Args)]
struct SchemaArgs {
    /// Of which file
    file: SchemaOf,
}

#[derive(Args)]
struct MasterArgs {
    /// The recipe, a TOML file
    recipe: PathBuf,
    /// Folder for the medium
    #[arg(short, long, default_value = ".", value_name = "DIR")]
    output: PathBuf,
    /// Put this text in place of a variable of the recipe
    #[arg(long, value_name = "NAME=TEXT", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ImportArgs {
    /// The bundle, plain or compressed with gzip or zstd
    bundle: PathBuf,
    /// Folder to make
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Go on where blocks are damaged or missing, and say which
    #[arg(long)]
    recover: bool,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct DoctorArgs {
    /// Findings as JSON
    #[arg(long)]
    json: bool,
}

const WELCOME: &str = "\
relic boots DOS, Windows, OS/2, OPENSTEP and early-Linux media on device models written in Rust, types and
clicks for you, compares what the screen shows with golden pictures, and exports what works as a XenServer bundle.

Start with:
  relic demo                                    master a disc of our own, boot it, compare, export
  relic run dos.img                             the guest live on this terminal; Ctrl-] then q quits
  relic run dos.img --until-text 'A:\\>' --type 'ver<enter>' --screenshot ver.png
  relic test tests/cases --report out           run every case, write a report

`relic help` lists all commands, `relic doctor` says what this host has.";

/// What the command leaves of the rights of the process that it runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// All: for a process that does other things, too.
    Keep,
    /// Those that it needs itself, unless it is told to keep them all. The calling thread, and every one that it begins later,
    /// loses the others for good.
    GiveUp,
}

/// Runs the command and returns its exit code.
pub fn main(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    machines: &dyn Machines,
    console: &Console,
    rights: Rights,
) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let help = help_for(&arguments);
    let matches = match Cli::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return explain(&error, &help, console),
    };
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => {
            // Before the first thread: what is given up now, every thread has given up.
            if rights == Rights::GiveUp {
                give_up_rights(&cli, console);
            }
            output::watch_for_interrupt();
            finish(dispatch(cli, &matches, machines, console), console)
        }
        Err(error) => explain(&error, &help, console),
    }
}

/// The help that would have told: of the command that was asked for, if there is such a one.
fn help_for(arguments: &[OsString]) -> String {
    let commands = Cli::command();
    let command = arguments.get(1).and_then(|name| commands.find_subcommand(name));
    command.map_or("relic help".into(), |command| format!("relic help {}", command.get_name()))
}

/// The text of `--help`, or what is wrong with the arguments on one line.
fn explain(error: &clap::Error, help: &str, console: &Console) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        console.say(error.to_string().trim_end());
        return finish(Ok(()), console);
    }
    let text = error.to_string();
    let wrong: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| {
            let says_nothing = ["Usage:", "For more information", "tip: to pass"];
            !line.is_empty() && !says_nothing.iter().any(|begin| line.starts_with(begin))
        })
        .collect();
    let message = wrong.join(" ").replace(" tip: ", "; ");
    let message = message.trim_start_matches("error: ");
    finish(Err(Failure::bad(format!("{message}; see `{help}`"))), console)
}

/// Keeps only the rights that the command needs, and tells a person where the kernel does not help.
fn give_up_rights(cli: &Cli, console: &Console) {
    let needs = cli.command.as_ref().filter(|_| !cli.no_sandbox).and_then(Command::needs);
    let missing = needs.and_then(|needs| confine::confine(&needs).missing());
    if let Some(missing) = missing.filter(|_| console.interactive) {
        console.complain(format!("relic: going on without a sandbox of the kernel's ({missing})"));
    }
}

fn finish(result: Result<()>, console: &Console) -> Exit {
    match result {
        Ok(()) => match console.lost() {
            None => Exit::Expected,
            Some(reason) => {
                console.complain(format!("relic: standard output: cannot write: {reason}"));
                Exit::BadInput
            }
        },
        Err(failure) => {
            console.complain(format!("relic: {failure}"));
            failure.exit
        }
    }
}

fn dispatch(cli: Cli, matches: &ArgMatches, machines: &dyn Machines, console: &Console) -> Result<()> {
    match cli.command {
        None => {
            console.say(WELCOME);
            Ok(())
        }
        Some(Command::Demo(args)) => demo::demo(&args.output, machines, console),
        Some(Command::Run(args)) => {
            let script = matches.subcommand_matches("run").map(run::script).transpose()?.unwrap_or_default();
            run::run(&args, &script, machines, console)
        }
        Some(Command::Replay(args)) => replay::replay(&args, console),
        Some(Command::Bisect(args)) => bisect::bisect(&args, console),
        Some(Command::Test(args)) => test(args, machines, console),
        Some(Command::Master(args)) => master(&args, console),
        Some(Command::Export(args)) => export::export(&args, console),
        Some(Command::Import(args)) => import(&args, console),
        Some(Command::Font(command)) => font(&command, console),
        Some(Command::Fuzz(args)) => fuzz::fuzz(&args, console),
        Some(Command::Schema(args)) => {
            console.say(args.file.schema());
            Ok(())
        }
        Some(Command::Doctor(args)) => {
            doctor::doctor(args.json, console);
            Ok(())
        }
    }
}

fn test(args: TestArgs, machines: &dyn Machines, console: &Console) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let on_github = || std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let options = suite::Options {
        paths: args.paths,
        filter: args.filter,
        shard: args.shard,
        set: args.set.into_iter().collect(),
        bless: args.bless,
        yes: args.yes,
        fail_fast: args.fail_fast,
        from_boot: args.from_boot,
        keep: args.keep,
        jobs: args.jobs.map_or(cores, usize::from),
        report: args.report,
        junit: args.junit,
        json: args.json,
        annotations: args.annotations.map_or_else(on_github, |of| of == Annotations::Github),
    };
    suite::test(&options, machines, console)
}

fn master(args: &MasterArgs, console: &Console) -> Result<()> {
    let made = images::master(&args.recipe, &args.output, &args.set.iter().cloned().collect())?;
    let kind = made.kind.name();
    if args.json {
        let json = serde_json::json!({ "path": made.path, "kind": kind, "bytes": made.bytes });
        console.say(json.to_string());
    } else {
        console.say(format!("{}: {kind}, {}", made.path.display(), span::show_size(made.bytes)));
    }
    Ok(())
}

fn import(args: &ImportArgs, console: &Console) -> Result<()> {
    let imported = import::import(&args.bundle, &args.output, args.recover, console)?;
    if args.json {
        console.say(imported.json(&args.output).to_string());
    } else {
        console.say(format!("{}: {imported}", args.output.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
