//! `relic bisect`: the first virtual instant at which two runs, or two builds of relic, are not the same, and in what.
//!
//! Both runs are had again from their logs, side by side: first from digests to digests, then by halving the time between the last
//! instant at which they are the same and the first at which they are not, and at last by single instructions. Each goes back to the
//! nearest machine that it has kept in memory.

mod difference;
mod search;
mod side;

use crate::confine::Needs;
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use crate::replay::{self, Entry, Given, Place, Player, ReadLog, Shelf, Stand, Target};
use crate::span;
use clap::Args;
use search::{Found, Pair, Parted};
use serde::Serialize;
use side::Side;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `relic bisect`.
#[derive(Args)]
pub(crate) struct BisectArgs {
    /// The log of a run
    a: PathBuf,
    /// The log of another run [default: the same log, as it was written or as --with runs it]
    b: Option<PathBuf>,
    /// Another build of relic, which runs the second log, or the only one
    #[arg(long, value_name = "RELIC")]
    with: Option<PathBuf>,
    /// Where the media are, if not where the logs say: a folder, or NAME=FILE
    #[arg(long, value_name = "PLACE", value_parser = replay::given)]
    media: Vec<Given>,
}

impl BisectArgs {
    /// What it needs beyond reading files; nobody knows what the other build does.
    pub(crate) fn needs(&self) -> Option<Needs> {
        self.with.is_none().then(Needs::usual)
    }
}

/// A log by its file.
struct Named<'a> {
    path: &'a Path,
    log: ReadLog,
}

impl Named<'_> {
    fn read(path: &Path) -> Result<Named<'_>> {
        Ok(Named { path, log: ReadLog::read(path)? })
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn here(&self, name: String, media: &[Given]) -> Result<Side> {
        let player = Player::new(self.log.clone(), Shelf::of(self.path, media), true);
        let player = player.map_err(|failure| failure.within(self.path.display()))?;
        Ok(Side::here(name, player.comparing_nothing()))
    }
}

/// Finds where two runs part.
///
/// # Errors
/// They part ([`Exit::Mismatch`]), or a log or a medium is not to be had.
pub(crate) fn bisect(args: &BisectArgs, console: &Console) -> Result<()> {
    let a = Named::read(&args.a)?;
    let b = Named::read(args.b.as_ref().unwrap_or(&args.a))?;
    let one = args.b.is_none();
    let (mut name_a, mut name_b) = (a.name(), b.name());
    if let (true, Some(relic)) = (one, &args.with) {
        (name_a, name_b) = ("this relic".into(), relic.display().to_string());
    }
    let here = a.here(name_a, &args.media)?;
    let other = match &args.with {
        Some(relic) => Side::there(name_b, relic, b.path, &args.media)?,
        None if one => return as_written(&a, here, console),
        None => b.here(name_b, &args.media)?,
    };
    between(&a, &b, Pair { sides: [here, other] }, console)
}

/// A log and its run by this build.
fn as_written(written: &Named, mut run: Side, console: &Console) -> Result<()> {
    let mut last = None;
    for at_ns in search::instants(&written.log, &written.log) {
        let place = run.to(Target::Time(at_ns))?;
        if let Some(parts) = unlike(&written.log, at_ns, &place) {
            last.iter().for_each(|stand| console.say(same_until(stand)));
            console.say("what the machine was then the relic that wrote the log can tell: --with names it");
            return Err(not_the_same([&written.name(), "its run by this relic"], at_ns, &parts));
        }
        if let Place::At(stand) = place {
            last = Some(stand);
        }
    }
    last.iter().for_each(|stand| console.say(same_to(stand)));
    Ok(())
}

/// Two runs.
fn between(a: &Named, b: &Named, mut pair: Pair, console: &Console) -> Result<()> {
    let names = pair.sides.each_ref().map(|side| side.name.clone());
    let mut heads = Vec::new();
    difference::fields("", &json(&a.log.head)?, &json(&b.log.head)?, &mut heads);
    for field in heads.iter().filter(|field| field.path != "guest") {
        let [in_a, in_b] = &field.values;
        console.say(format!("{}: {in_a} in {}, {in_b} in {}", field.path, names[0], names[1]));
    }
    let mut others = [None, None];
    let found = pair.search(&search::instants(&a.log, &b.log), |at_ns, places| {
        for ((named, place), other) in [a, b].into_iter().zip(places).zip(&mut others) {
            *other = other.take().or_else(|| Some((at_ns, unlike(&named.log, at_ns, place)?)));
        }
    })?;
    if a.path != b.path && others.iter().any(Option::is_some) {
        for (named, other) in [a, b].into_iter().zip(&others) {
            let Some((at_ns, parts)) = other else { continue };
            console.say(format!(
                "{}: another relic wrote it, --with names which: run here it is another run by {}, {}",
                named.name(),
                at(*at_ns),
                parts.join(", ")
            ));
        }
        if let Some((at_ns, parts)) = recorded(&a.log, &b.log) {
            return Err(not_the_same([&a.name(), &b.name()], at_ns, &parts));
        }
    }
    match found {
        Found::Same(stand) => {
            console.say(same_to(&stand));
            for (named, other) in [(a, b), (b, a)] {
                if named.log.end().at_ns > other.log.end().at_ns {
                    console.say(format!("{} goes on to {}", named.name(), replay::show(named.log.end())));
                }
            }
            Ok(())
        }
        Found::Parted(parted) => tell(&parted, [&a.log, &b.log], &mut pair, console),
    }
}

/// The first digests that two logs have of one moment and that are not the same.
fn recorded(a: &ReadLog, b: &ReadLog) -> Option<(u64, Vec<String>)> {
    let sums = |log: &ReadLog| {
        let sums = log.lines.iter().filter_map(|line| match &line.entry {
            Entry::Sums(sums) => Some((line.moment, sums.clone())),
            _ => None,
        });
        sums.collect::<BTreeMap<_, _>>()
    };
    let (of_a, of_b) = (sums(a), sums(b));
    of_a.iter().find_map(|(moment, in_a)| {
        let parts: Vec<String> = in_a.differing(of_b.get(moment)?).map(str::to_owned).collect();
        (!parts.is_empty()).then_some((moment.at_ns, parts))
    })
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(Failure::bad)
}

/// The parts in which a run is not what its log says at an instant; none where the log says nothing.
fn unlike(log: &ReadLog, at_ns: u64, place: &Place) -> Option<Vec<String>> {
    let stand = match place {
        Place::At(stand) => stand,
        Place::Off(why) => return Some(vec![why.clone()]),
    };
    // Digests that were taken before an input of the same instant are not those behind it.
    let mut then = log.lines.iter().filter(|line| line.moment.at_ns == at_ns);
    let last = then.rfind(|line| matches!(line.entry, Entry::Sums(_) | Entry::Input(_)))?;
    let Entry::Sums(sums) = &last.entry else { return None };
    let parts: Vec<String> = sums.differing(&stand.sums).map(str::to_owned).collect();
    (!parts.is_empty()).then_some(parts)
}

/// Says where two runs part, and in what.
fn tell(found: &Parted, logs: [&ReadLog; 2], pair: &mut Pair, console: &Console) -> Result<()> {
    if let Some((target, stand)) = &found.before {
        console.say(same_until(stand));
        for (side, log) in pair.sides.iter().zip(logs) {
            let came = |moment| target.is_before(moment) && !found.at.is_before(moment);
            for line in search::inputs(log).filter(|line| came(line.moment)) {
                if let Entry::Input(what) = &line.entry {
                    console.say(format!("from outside in {}: {}", side.name, json(what)?));
                }
            }
        }
        if let Target::Instructions(_) = found.at {
            console.say(format!("then {}", stand.next));
        }
    }
    let names = pair.sides.each_ref().map(|side| side.name.clone());
    let (a, b) = match &found.places {
        [Place::At(a), Place::At(b)] => (a, b),
        [Place::Off(why), _] => return Err(Failure::new(Exit::Mismatch, why).within(&names[0])),
        [_, Place::Off(why)] => return Err(Failure::new(Exit::Mismatch, why).within(&names[1])),
    };
    let parts: Vec<&str> = a.sums.differing(&b.sums).collect();
    difference::of(pair, &parts)?.iter().for_each(|line| console.say(line));
    let parts: Vec<String> = parts.into_iter().map(str::to_owned).collect();
    Err(not_the_same([&names[0], &names[1]], a.moment.at_ns, &parts))
}

fn same_until(stand: &Stand) -> String {
    format!("the same until {}", replay::show(stand.moment))
}

fn same_to(stand: &Stand) -> String {
    format!("the same to {}", replay::show(stand.moment))
}

fn at(at_ns: u64) -> String {
    format!("{} ({at_ns} ns)", span::show(at_ns))
}

fn not_the_same([a, b]: [&str; 2], at_ns: u64, parts: &[String]) -> Failure {
    let (at, parts) = (at(at_ns), parts.join(", "));
    Failure::new(Exit::Mismatch, format!("{a} and {b} are not the same at {at}: {parts}"))
}
