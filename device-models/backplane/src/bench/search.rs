//! A search for programs that show something new, and for those that break a subject.
//!
//! What is new is told by [`Pair::novelty`]: (register, value, answer, lines, wake-up) that no program had before, and which
//! register came after which. A normal build has no counters of code that ran; these digests need none, and they follow the
//! chip's own state rather than the shape of its code.

use super::Pair;
use super::bytes::{self, Chance, Record};
use super::script::Action;
use super::shrink::{minimise, simplify};
use super::subject::Subject;
use super::text::Script;
use super::watch::{Progress, Running};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A pair of whatever subject.
pub trait Driven {
    /// As [`Pair::run_records`].
    fn run_records(&mut self, program: &[Record]);
    /// As [`Pair::run_script`].
    fn run_script(&mut self, script: &[Action]);
    /// As [`Pair::script_bytes`].
    fn script_bytes(&mut self, script: &[Action]) -> Vec<u8>;
    /// As [`Pair::done`].
    fn done(&self) -> &[Action];
    /// As [`Pair::actions_of`].
    fn actions_of(&mut self, program: &[Record]) -> Vec<Action>;
    /// As [`Pair::tell`].
    fn tell(&mut self, reached: Arc<AtomicU64>);
    /// As [`Pair::novelty`].
    fn novelty(&self) -> &[u32];
    /// A read and a write of each register that the claims name.
    fn registers(&mut self) -> Vec<Record>;
}

impl<S: Subject> Driven for Pair<S> {
    fn run_records(&mut self, program: &[Record]) {
        Pair::run_records(self, program.iter().copied());
    }

    fn run_script(&mut self, script: &[Action]) {
        Pair::run_script(self, script);
    }

    fn script_bytes(&mut self, script: &[Action]) -> Vec<u8> {
        Pair::script_bytes(self, script)
    }

    fn done(&self) -> &[Action] {
        Pair::done(self)
    }

    fn actions_of(&mut self, program: &[Record]) -> Vec<Action> {
        Pair::actions_of(self, program)
    }

    fn tell(&mut self, reached: Arc<AtomicU64>) {
        Pair::tell(self, reached);
    }

    fn novelty(&self) -> &[u32] {
        Pair::novelty(self)
    }

    fn registers(&mut self) -> Vec<Record> {
        self.places().registers()
    }
}

/// Makes a pair as it is before anything was done to it.
pub type Fresh = fn() -> Box<dyn Driven>;

/// Something that can be fuzzed, by name.
#[derive(Clone, Copy)]
pub struct Target {
    /// As a person names it.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// A fresh pair.
    pub pair: Fresh,
    /// Scripts to begin with ([`Script::all`]).
    pub seeds: &'static str,
}

/// A program that broke the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it said.
    pub message: String,
    /// The shortest script that makes it say so.
    pub script: Script,
}

/// Digests told apart: a byte each would do no better.
const DIGESTS: usize = 1 << 16;
/// The most records of a program.
const LONGEST: usize = 48;

/// A search in progress.
pub struct Search {
    fresh: Fresh,
    pair: Box<dyn Driven>,
    corpus: Vec<Vec<Record>>,
    seen: Vec<u64>,
    chance: Chance,
    program: Vec<Record>,
    running: Arc<Running>,
    /// Programs run.
    pub programs: u64,
    /// Actions done.
    pub actions: u64,
}

impl Search {
    /// A search whose choices come from a seed.
    pub fn new(target: &Target, seed: u64) -> Search {
        Search::watched(target, seed, Arc::default())
    }

    /// The same, which says what it does while it does it.
    pub(super) fn watched(target: &Target, seed: u64, running: Arc<Running>) -> Search {
        let mut pair = (target.pair)();
        pair.tell(Arc::clone(&running.reached));
        Search {
            fresh: target.pair,
            pair,
            corpus: Vec::new(),
            seen: vec![0; DIGESTS / 64],
            chance: Chance::new(seed),
            program: Vec::new(),
            running,
            programs: 0,
            actions: 0,
        }
    }

    /// Programs that showed something new.
    pub fn kept(&self) -> usize {
        self.corpus.len()
    }

    /// The programs as scripts, shortest first: those that show something which none before showed.
    pub fn scripts(&mut self) -> Vec<Script> {
        let mut programs = std::mem::take(&mut self.corpus);
        programs.sort_by_key(Vec::len);
        self.seen.fill(0);
        let mut scripts = Vec::new();
        for program in &programs {
            if self.attempt(program).is_ok() && self.is_new() {
                scripts.push(Script(self.pair.done().to_vec()));
            }
        }
        self.corpus = programs;
        scripts
    }

    /// Runs a script to begin with, and keeps it if it shows something new.
    ///
    /// # Errors
    /// What it found.
    pub fn seed(&mut self, script: &Script) -> Result<(), Box<Finding>> {
        self.running.begin(&script.0, &[]);
        let program = catch_unwind(AssertUnwindSafe(|| self.pair.script_bytes(&script.0)));
        self.note();
        match program {
            Ok(program) => {
                if self.is_new() {
                    self.corpus.push(bytes::records(&program).collect());
                }
                Ok(())
            }
            Err(panic) => Err(Box::new(self.finding(message_of(&*panic)))),
        }
    }

    /// Runs one more program.
    ///
    /// # Errors
    /// What it found.
    pub fn next_program(&mut self) -> Result<(), Box<Finding>> {
        self.choose();
        let program = std::mem::take(&mut self.program);
        let result = self.attempt(&program);
        self.program = program;
        match result {
            Ok(()) => {
                if self.is_new() {
                    self.corpus.push(self.program.clone());
                }
                Ok(())
            }
            Err(message) => Err(Box::new(self.finding(message))),
        }
    }

    fn attempt(&mut self, program: &[Record]) -> Result<(), String> {
        self.running.begin(&[], program);
        let pair = &mut self.pair;
        let result = catch_unwind(AssertUnwindSafe(|| pair.run_records(program)));
        self.note();
        result.map_err(|panic| message_of(&*panic))
    }

    fn note(&mut self) {
        self.programs += 1;
        self.actions += self.pair.done().len() as u64;
        let (programs, actions, kept) = (self.programs, self.actions, self.corpus.len());
        self.running.note(Progress { programs, actions, kept });
    }

    /// Whether the last program showed something new, which it is not the next time.
    fn is_new(&mut self) -> bool {
        let mut new = false;
        for digest in self.pair.novelty() {
            let digest = *digest as usize % DIGESTS;
            let (word, bit) = (&mut self.seen[digest / 64], 1 << (digest % 64));
            new |= *word & bit == 0;
            *word |= bit;
        }
        new
    }

    /// Makes the next program: a random one, or one of the corpus, changed in a few places.
    fn choose(&mut self) {
        let chance = &mut self.chance;
        self.program.clear();
        if self.corpus.is_empty() || chance.below(16) == 0 {
            let len = 1 + chance.below(LONGEST as u32 / 2);
            self.program.extend((0..len).map(|_| Record::random(chance)));
            return;
        }
        // Half of the time one of the newest.
        let kept = self.corpus.len() as u32;
        let newest = kept.min(64);
        let from = if chance.below(2) == 0 { kept - 1 - chance.below(newest) } else { chance.below(kept) };
        self.program.extend_from_slice(&self.corpus[from as usize]);
        for _ in 0..1 << chance.below(4) {
            change(&mut self.program, &self.corpus, chance);
        }
        self.program.truncate(LONGEST);
    }

    /// Makes the shortest script of what was just done. The pair is fresh afterwards.
    fn finding(&mut self, message: String) -> Finding {
        let script = self.pair.done().to_vec();
        let fresh = self.fresh;
        let mut fails = |script: &[Action]| {
            self.running.beat();
            failure(fresh, script).is_some_and(|found| is_same_failure(&found, &message))
        };
        let script = simplify(minimise(script, &mut fails), &mut fails);
        self.pair = fresh();
        self.pair.tell(Arc::clone(&self.running.reached));
        Finding { message: failure(fresh, &script).unwrap_or(message), script: Script(script) }
    }
}

/// What a script breaks in a fresh pair, if anything.
pub fn failure(fresh: Fresh, script: &[Action]) -> Option<String> {
    let run = catch_unwind(AssertUnwindSafe(|| fresh().run_script(script)));
    run.err().map(|panic| message_of(&*panic))
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

/// Numbers, and the action in backquotes, may differ.
fn is_same_failure(one: &str, other: &str) -> bool {
    let words = |text: &str| -> String {
        let outside = text.split('`').step_by(2).collect::<String>();
        outside.chars().filter(|c| c.is_alphabetic() && !c.is_ascii_hexdigit()).take(40).collect()
    };
    words(one) == words(other)
}

/// Changes a program in one place: a record, a piece of one, or some records of the corpus, which has at least one program.
pub fn change(program: &mut Vec<Record>, corpus: &[Vec<Record>], chance: &mut Chance) {
    let len = program.len() as u32;
    let at = chance.below(len + 1) as usize;
    match chance.below(10) {
        0 => program.insert(at, Record::random(chance)),
        1 if len > 1 => drop(program.remove(chance.below(len) as usize)),
        2 | 3 => {
            let other = &corpus[chance.below(corpus.len() as u32) as usize];
            if !other.is_empty() {
                let first = chance.below(other.len() as u32) as usize;
                let last = other.len().min(first + 1 + chance.below(8) as usize);
                program.splice(at..at, other[first..last].iter().copied());
            }
        }
        4 if len > 0 => {
            let again = program[chance.below(len) as usize];
            program.insert(at, again);
        }
        _ if len > 0 => {
            let record = &mut program[chance.below(len) as usize];
            match chance.below(6) {
                0 => record.offset = chance.value(),
                1 => record.offset ^= 1 << chance.below(8),
                2 => record.value = chance.value(),
                3 => record.value ^= 1 << chance.below(32),
                4 => record.shape = chance.any() as u8,
                _ => *record = Record::random(chance),
            }
        }
        _ => program.push(Record::random(chance)),
    }
}

/// A dictionary for libFuzzer: the head of a record for each register of the subject, and each record of its seeds.
pub fn dictionary(target: &Target) -> String {
    let mut lines = std::collections::BTreeSet::new();
    let mut pair = (target.pair)();
    let quoted = |bytes: &[u8]| -> String {
        let digits: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("\"{digits}\"")
    };
    for script in Script::all(target.seeds).unwrap_or_default() {
        let program = pair.script_bytes(&script.0);
        for record in bytes::records(&program) {
            lines.insert(quoted(&record.bytes()));
        }
    }
    for record in pair.registers() {
        // Kind, width, place and offset: a register, whatever is written.
        lines.insert(quoted(&record.bytes()[..8]));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::{Addr, Claims, Device, Reset, Width, Wires};
    use serde::{Deserialize, Serialize};

    /// A chip that counts, and breaks when 3, 1 and 2 were written in this order; its last byte is not saved.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Faulty {
        step: u8,
        #[serde(skip)]
        last: u8,
    }

    impl Device for Faulty {
        fn name(&self) -> &'static str {
            "faulty"
        }
        fn claims(&self) -> Claims {
            Claims::none().ports("faulty", 0x80, 2)
        }
        fn read(&mut self, _at: Addr, _w: &mut Wires) -> u32 {
            self.last.into()
        }
        fn write(&mut self, at: Addr, value: u32, _w: &mut Wires) {
            if at == Addr::Port(0x81, Width::Byte) {
                self.last = value as u8;
                return;
            }
            self.step = match (self.step, value) {
                (_, 3) => 1,
                (1, 1) => 2,
                (2, 2) => panic!("broken"),
                _ => 0,
            };
        }
        fn reset(&mut self, _kind: Reset) {
            *self = Faulty::default();
        }
    }

    fn target() -> Target {
        let pair: Fresh = || Box::new(Pair::new(Bench::new(Faulty::default())));
        Target { name: "faulty", about: "", pair, seeds: "" }
    }

    fn found(seed: &str) -> Finding {
        let mut search = Search::new(&target(), 1);
        *search.seed(&seed.parse().unwrap()).unwrap_err()
    }

    #[test]
    fn a_panic_is_found_and_its_script_is_the_shortest() {
        let finding =
            found("inb 0x80\noutb 0x80 3\nclock_step 5\noutb 0x80 1\ninb 0x80\noutb 0x80 2\ninb 0x80\n");
        assert_eq!(finding.message, "broken");
        assert_eq!(
            finding.script.to_string(),
            "# relic script 1\noutb 0x80 0x3\noutb 0x80 0x1\noutb 0x80 0x2\n"
        );
    }

    #[test]
    fn state_that_is_not_saved_is_found() {
        let finding = found("outb 0x80 3\noutb 0x81 9\nrestore\n");
        assert_eq!(finding.script.to_string(), "# relic script 1\noutb 0x81 0x1\nrestore\n");
        assert!(finding.message.contains("differs in what is not saved"), "{}", finding.message);
    }

    #[test]
    fn a_search_comes_to_it_by_itself() {
        let mut search = Search::new(&target(), 7);
        let findings = (0..200_000).filter_map(|_| search.next_program().err());
        let shortest = findings.map(|finding| finding.script.0.len()).take(3).min();
        assert_eq!(shortest, Some(2), "state that is not saved needs a write and a restore");
        assert!(search.kept() > 3 && search.programs > 1);
    }
}
