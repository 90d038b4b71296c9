//! One of the two runs: in this process, or in another build of relic that is asked through a pipe.

use crate::failure::{Failure, Result};
use crate::replay::{self, Answer, Ask, Given, Greeting, Place, Player, Space, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The longest answer that is read: the digests of 3 GiB of pages take some 30 MB.
const MOST_ANSWERED: u64 = 256 << 20;

/// A run, and what it is called.
pub(super) struct Side {
    pub(super) name: String,
    run: Run,
}

enum Run {
    Here(Box<Player>),
    There(Other),
}

impl Side {
    /// A run of this build.
    pub(super) fn here(name: String, player: Player) -> Side {
        Side { name, run: Run::Here(Box::new(player)) }
    }

    /// The run of a log by another build.
    ///
    /// # Errors
    /// It cannot be started, does not know how to answer, or has no such machine or media.
    pub(super) fn there(name: String, relic: &Path, log: &Path, media: &[Given]) -> Result<Side> {
        Ok(Side { name, run: Run::There(Other::start(relic, log, media)?) })
    }

    fn ask(&mut self, ask: Ask) -> Result<Answer> {
        let answer = match &mut self.run {
            Run::Here(player) => replay::answer(player, ask),
            Run::There(other) => other.ask(ask),
        };
        match answer {
            Ok(Answer::Failed(why)) => Err(Failure::bad(why)),
            answer => answer,
        }
        .map_err(|failure| failure.within(&self.name))
    }

    /// Goes to a place.
    ///
    /// # Errors
    /// A medium is not to be had, Ctrl-C, the other build has gone.
    pub(super) fn to(&mut self, target: Target) -> Result<Place> {
        match self.ask(Ask::To(target))? {
            Answer::Place(place) => Ok(place),
            _ => Err(self.off_the_point()),
        }
    }

    /// CPU, chips and wires.
    ///
    /// # Errors
    /// The other build has gone.
    pub(super) fn state(&mut self) -> Result<Value> {
        match self.ask(Ask::State)? {
            Answer::State(state) => Ok(state),
            _ => Err(self.off_the_point()),
        }
    }

    /// Digests of the blocks of a space.
    ///
    /// # Errors
    /// The other build has gone.
    pub(super) fn blocks(&mut self, space: Space) -> Result<BTreeMap<u64, String>> {
        match self.ask(Ask::Blocks(space))? {
            Answer::Blocks(blocks) => Ok(blocks),
            _ => Err(self.off_the_point()),
        }
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// There is none, or the other build has gone.
    pub(super) fn block(&mut self, space: Space, number: u64) -> Result<Vec<u8>> {
        match self.ask(Ask::Block(space, number))? {
            Answer::Block(bytes) => STANDARD.decode(bytes).map_err(|_| self.off_the_point()),
            _ => Err(self.off_the_point()),
        }
    }

    fn off_the_point(&self) -> Failure {
        Failure::bad(format!("{}: it answers something else than was asked", self.name))
    }
}

/// A build that answers. It ends with this value.
struct Other {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start(relic: &Path, log: &Path, media: &[Given]) -> Result<Other> {
        let failed =
            |why: &dyn std::fmt::Display| Failure::bad_file(relic, format!("cannot be asked: {why}"));
        let mut command = Command::new(relic);
        command.arg("replay").arg(log).arg("--answer");
        for given in media {
            command.args(["--media", &given.to_string()]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| failed(&error))?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed(&"it has no pipes"));
        };
        let mut other = Other { process, questions, answers: BufReader::new(answers) };
        match other.answer::<Greeting>() {
            Some(greeting) if greeting.is_understood() => Ok(other),
            _ => Err(failed(&other.last_words())),
        }
    }

    /// A line of its answers; none if it has gone or says something else.
    fn answer<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut line = Vec::new();
        self.answers.by_ref().take(MOST_ANSWERED).read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }

    fn ask(&mut self, ask: Ask) -> Result<Answer> {
        let mut question = serde_json::to_vec(&ask).map_err(Failure::bad)?;
        question.push(b'\n');
        let asked = self.questions.write_all(&question).and_then(|()| self.questions.flush());
        match asked.ok().and_then(|()| self.answer()) {
            Some(answer) => Ok(answer),
            None => Err(Failure::bad(format!("it has gone: {}", self.last_words()))),
        }
    }

    /// Ends it, and gives what it complained of.
    fn last_words(&mut self) -> String {
        const MOST: u64 = 4096;
        let _ = self.process.kill();
        let mut words = String::new();
        if let Some(errors) = self.process.stderr.take() {
            let _ = errors.take(MOST).read_to_string(&mut words);
        }
        let words = words.trim().trim_start_matches("relic: ");
        if words.is_empty() { "it says nothing".into() } else { words.to_owned() }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may have gone by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
