//! A run that answers questions about itself. `relic bisect` asks two: one of this build is asked by a call, one of another build is a
//! `relic replay --answer` that gets a question a line of JSON on its standard input and gives an answer a line on its standard output.

use super::player::{Player, Target};
use super::show;
use crate::console::Console;
use crate::failure::{Exit, Failure, Result};
use backplane::{Bay, CHUNK, PAGE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hypervisor::{Disk, Machine, Moment, Sums};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Read as _};
use xxhash_rust::xxh3::xxh3_64;

/// The version of questions and answers. It grows with every change that another build does not understand.
const SCHEMA: u32 = 1;
const FORMAT: &str = "relic answers";
/// The longest question.
const MOST_ASKED: u64 = 64 << 10;

/// What an answering relic says first.
#[derive(Serialize, Deserialize)]
pub(crate) struct Greeting {
    format: String,
    schema: u32,
}

impl Greeting {
    /// Of this build.
    pub(crate) fn of_this_relic() -> Self {
        Greeting { format: FORMAT.into(), schema: SCHEMA }
    }

    /// Whether this build understands what comes.
    pub(crate) fn is_understood(&self) -> bool {
        self.format == FORMAT && self.schema == SCHEMA
    }
}

/// A question.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ask {
    /// Goes to a place, back or on.
    To(Target),
    /// CPU, chips and wires as they are.
    State,
    /// Digests of all blocks of a space, but for those that hold nothing.
    Blocks(Space),
    /// The bytes of a block.
    Block(Space, u64),
}

/// What has blocks of 4 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Space {
    /// RAM, ROM images and video memory. Blocks of zeros are left out.
    Store,
    /// The medium of a bay, as far as the guest has written to it.
    Medium(Bay),
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stand {
    /// When.
    pub(crate) moment: Moment,
    /// Digests of every part.
    pub(crate) sums: Sums,
    /// The instruction that comes next.
    pub(crate) next: String,
}

/// Where a run has come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// There.
    At(Stand),
    /// Something comes from outside at a moment that this run does not come by, and why.
    Off(String),
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// To [`Ask::To`].
    Place(Place),
    /// To [`Ask::State`].
    State(Value),
    /// To [`Ask::Blocks`]: digests by number.
    Blocks(BTreeMap<u64, String>),
    /// To [`Ask::Block`], in base 64.
    Block(String),
    /// None can be had, and why.
    Failed(String),
}

/// Answers a question.
///
/// # Errors
/// A medium is not to be had, the place is behind the log's end, Ctrl-C.
pub(crate) fn answer(player: &mut Player, ask: Ask) -> Result<Answer> {
    match ask {
        Ask::To(target) => match player.to(target) {
            Ok(()) => Ok(Answer::Place(Place::At(stand(player.machine())))),
            Err(failure) if failure.exit == Exit::Mismatch => Ok(Answer::Place(Place::Off(failure.message))),
            Err(failure) => Err(failure),
        },
        Ask::State => {
            let mut state = player.machine().save().state;
            // As in the digests.
            state.signals = state.signals.without_text();
            serde_json::to_value(state).map(Answer::State).map_err(Failure::bad)
        }
        Ask::Blocks(space) => Ok(Answer::Blocks(blocks(player.machine(), space))),
        Ask::Block(space, number) => {
            block(player.machine(), space, number).map(|bytes| Answer::Block(STANDARD.encode(bytes)))
        }
    }
}

fn stand(machine: &mut Machine) -> Stand {
    Stand { moment: machine.moment(), sums: machine.sums(), next: show::next(machine) }
}

fn blocks(machine: &Machine, space: Space) -> BTreeMap<u64, String> {
    let sum = |bytes: &[u8]| format!("{:016x}", xxh3_64(bytes));
    match space {
        Space::Store => {
            let store = machine.save().store;
            store.iter().map(|(offset, page)| ((offset / PAGE) as u64, sum(page))).collect()
        }
        Space::Medium(bay) => {
            let written = machine.medium(bay).into_iter().flat_map(Disk::written);
            written.map(|(number, chunk)| (number, sum(chunk))).collect()
        }
    }
}

fn block(machine: &Machine, space: Space, number: u64) -> Result<Vec<u8>> {
    let outside = || Failure::bad(format!("there is no block {number}"));
    match space {
        Space::Store => {
            let offset = usize::try_from(number).ok().and_then(|number| number.checked_mul(PAGE));
            let offset = offset.filter(|offset| *offset < machine.ram().len()).ok_or_else(outside)?;
            let mut page = vec![0; PAGE];
            machine.ram().read(offset, &mut page);
            Ok(page)
        }
        Space::Medium(bay) => {
            let disk = machine.medium(bay).ok_or_else(outside)?;
            let offset = number.checked_mul(CHUNK as u64).filter(|offset| *offset < disk.len());
            let offset = offset.ok_or_else(outside)?;
            let mut chunk = vec![0; (disk.len() - offset).min(CHUNK as u64) as usize];
            disk.read(offset, &mut chunk)
                .map_err(|error| Failure::bad(format!("{}: {error}", disk.name())))?;
            Ok(chunk)
        }
    }
}

/// Answers what is asked on standard input until that ends.
///
/// # Errors
/// Standard input cannot be read, or has something else.
pub(super) fn serve(player: &mut Player, console: &Console) -> Result<()> {
    let say = |answer: serde_json::Result<String>| answer.map(|line| console.say(line)).map_err(Failure::bad);
    say(serde_json::to_string(&Greeting::of_this_relic()))?;
    let mut input = io::stdin().lock();
    loop {
        let mut line = String::new();
        let read = input.by_ref().take(MOST_ASKED).read_line(&mut line);
        if read.map_err(|error| Failure::bad(format!("standard input: {error}")))? == 0 {
            return Ok(());
        }
        let ask = serde_json::from_str(&line)
            .map_err(|error| Failure::bad(format!("standard input: no question: {error}")))?;
        let answer = answer(player, ask).unwrap_or_else(|failure| Answer::Failed(failure.message));
        say(serde_json::to_string(&answer))?;
    }
}
