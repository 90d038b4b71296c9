//! `relic replay`: a run again, its digests compared, and any moment of it looked at; or a device trace told to its chips.

use super::line::{self, Entry, ReadLog};
use super::player::{Player, Target};
use super::shelf::{self, Given, Shelf};
use super::{asked, device, log_args, show};
use crate::confine::Needs;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::guest::Guest;
use crate::{output, picture, span};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `relic replay`.
#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// The log of a run [default: that of the last `relic run`], or a device trace, which is told to its chips and every answer
    /// compared
    log: Option<PathBuf>,
    /// Of a device trace, this chip alone; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with_all = ["until", "at", "screenshot", "answer"])]
    chip: Vec<String>,
    /// Run to this moment and show the registers and the screen: `1.5s`, `300ms`, `end`, or a count of instructions
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<Target>,
    /// Show this moment, too; may be given several times, in any order of time
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    at: Vec<Target>,
    /// Write the last screen as a picture
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// Where the media are, if not where the log says: a folder, or NAME=FILE
    #[arg(long, value_name = "PLACE", value_parser = shelf::given)]
    media: Vec<Given>,
    /// Answer what is asked on standard input, a question a line: for `relic bisect --with`
    #[arg(long, hide = true, conflicts_with_all = ["until", "at", "screenshot"])]
    answer: bool,
}

impl ReplayArgs {
    /// What a replay needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        Needs::usual().results(&self.screenshot)
    }
}

/// A moment as people write it: a span since switch-on, a count of instructions, or the end.
pub(super) fn moment(text: &str) -> Result<Target, String> {
    match text.parse() {
        Ok(count) => Ok(Target::Instructions(count)),
        Err(_) if text == "end" => Ok(Target::End),
        Err(_) => span::parse(text).map(Target::Time).map_err(|_| {
            format!("`{text}` is no moment; write `1.5s`, `300ms`, `77ns`, `end`, or a count of instructions")
        }),
    }
}

/// Runs a log again.
///
/// # Errors
/// The log or a medium is not to be had; the run is not the same.
pub(crate) fn replay(args: &ReplayArgs, console: &Console) -> Result<()> {
    let path = args.log.clone().map_or_else(log_args::newest, Ok)?;
    if let Some(screenshot) = &args.screenshot {
        output::check(screenshot, [path.as_path()].into_iter())?;
    }
    if device::TraceFile::is_one(&path) {
        return device::replay(&path, &args.chip, &Shelf::of(&path, &args.media), console);
    }
    if !args.chip.is_empty() {
        return Err(Failure::bad_file(&path, "--chip: it is no device trace"));
    }
    let log = ReadLog::read(&path)?;
    let shelf = Shelf::of(&path, &args.media);
    if args.answer {
        let mut player = Player::new(log, shelf, true)?.comparing_nothing();
        return asked::serve(&mut player, console);
    }
    let mut player = Player::new(log, shelf, !args.at.is_empty())?;
    let told = told(args, &mut player, console).map_err(|failure| failure.within(path.display()));
    if let Some(screenshot) = &args.screenshot {
        picture::save_named(&Guest::frame(player.machine()), screenshot)?;
    }
    told
}

fn told(args: &ReplayArgs, player: &mut Player, console: &Console) -> Result<()> {
    let places: Vec<Target> = args.at.iter().chain(&args.until).copied().collect();
    for place in &places {
        player.to(*place)?;
        show::state(player.machine()).iter().for_each(|row| console.say(row));
    }
    if places.is_empty() {
        player.to(Target::End)?;
        console.say(summary(player));
    }
    Ok(())
}

/// What was the same.
fn summary(player: &Player) -> String {
    let log = player.log();
    let inputs = log.lines.iter().filter(|line| matches!(line.entry, Entry::Input(_))).count();
    let cut = if log.is_whole() { "" } else { "; the run was killed after that" };
    let (same, end) = (player.same(), line::show(log.end()));
    format!("{}: the same {same} digests, {inputs} inputs, to {end}{cut}", log.head.guest)
}
