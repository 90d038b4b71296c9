//! A subject and its twin: one program after the other, each from the same start.

use super::bytes::{self, Record, kind};
use super::places::Places;
use super::script::Action;
use super::subject::{Answer, Outside, Subject};
use super::{Bench, Chip};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Every so many programs one is run twice, and every so many again and again while the state grows.
const TWICE: u64 = 1 << 8;
const WHILE_IT_GROWS: u64 = 1 << 14;
/// A state that grows by so many bytes when a program is repeated, or whenever it is repeated so often, has no bound. The
/// longest list of a chip is the VGA's, of 32,768 changes that the beam may still meet.
const MOST_GROWN: usize = 1 << 22;
const MOST_REPEATED: usize = 1 << 16;

/// How closely a program is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Once,
    Twice,
    WhileItGrows,
}

/// A subject beside its twin.
pub struct Pair<S: Subject> {
    subject: S,
    twin: S,
    starts: (S::Start, S::Start),
    programs: u64,
    done: Vec<Action>,
    novelty: Vec<u32>,
    before: u64,
    /// The twin has no part: it is only seen whether the state grows.
    alone: bool,
    /// Runs so far, of programs and their repetitions.
    runs: u64,
    reached: Arc<AtomicU64>,
}

impl<S: Subject> Pair<S> {
    /// A subject in the state in which its programs begin, and a twin of it.
    pub fn new(subject: S) -> Self {
        let twin = subject.twin();
        let starts = (subject.start(), twin.start());
        Pair {
            subject,
            twin,
            starts,
            programs: 0,
            done: Vec::new(),
            novelty: Vec::new(),
            before: 0,
            alone: false,
            runs: 0,
            reached: Arc::default(),
        }
    }

    /// Has the number of the record or action that is done told to somebody on another thread: in the low half, and in the high one the
    /// number of the run, for a program may be run many times.
    pub fn tell(&mut self, reached: Arc<AtomicU64>) {
        self.reached = reached;
    }

    #[inline]
    fn reach(&self, number: usize) {
        self.reached.store(self.runs << 32 | number as u64, Relaxed);
    }

    /// Where accesses go now.
    pub fn places(&mut self) -> &Places {
        self.subject.places()
    }

    /// The actions of the last program, as far as it came.
    pub fn done(&self) -> &[Action] {
        &self.done
    }

    /// Digests of what the last program showed: of each action which register, how it answered, and what the board sees after it.
    /// A program with a digest that no program had before it is worth keeping.
    pub fn novelty(&self) -> &[u32] {
        &self.novelty
    }

    /// The actions of a program, the last of which is not done.
    ///
    /// # Panics
    /// As [`Pair::run_bytes`], of those before the last.
    pub fn actions_of(&mut self, program: &[Record]) -> Vec<Action> {
        let Some((last, before)) = program.split_last() else { return Vec::new() };
        self.run_records(before.iter().copied());
        let mut actions = self.done.clone();
        actions.extend(last.action(self.subject.places()));
        actions
    }

    /// Runs a program of the byte form.
    ///
    /// # Panics
    /// When the subject panics, breaks its contract, or is not what its twin is: the message says after which action.
    /// One in 256 programs is looked at closely, as a script is.
    pub fn run_bytes(&mut self, program: &[u8]) {
        self.run_records(bytes::records(program));
    }

    /// Runs a program of records.
    ///
    /// # Panics
    /// As [`Pair::run_bytes`].
    pub fn run_records(&mut self, program: impl Iterator<Item = Record> + Clone) {
        let look = match self.programs + 1 {
            n if n % WHILE_IT_GROWS == 0 => Look::WhileItGrows,
            n if n % TWICE == 0 => Look::Twice,
            _ => Look::Once,
        };
        self.run(look, |pair| {
            for (number, record) in program.clone().enumerate() {
                pair.reach(number);
                if let Some(action) = record.action(pair.subject.places()) {
                    pair.step(&action);
                }
            }
        });
    }

    /// Runs a script.
    ///
    /// # Panics
    /// As [`Pair::run_bytes`], and when a second run is not as the first, or the saved state grows whenever the script is
    /// repeated.
    pub fn run_script(&mut self, script: &[Action]) {
        self.run(Look::WhileItGrows, |pair| {
            for (number, action) in script.iter().enumerate() {
                pair.reach(number);
                pair.step(action);
            }
        });
    }

    /// The bytes of a script, which needs to be run for it: where a record goes depends on what went before.
    ///
    /// # Panics
    /// As [`Pair::run_bytes`].
    pub fn script_bytes(&mut self, script: &[Action]) -> Vec<u8> {
        let mut records = Vec::new();
        self.run(Look::WhileItGrows, |pair| {
            records.clear();
            for (number, action) in script.iter().enumerate() {
                pair.reach(number);
                records.push(Record::of(action, pair.subject.places()));
                pair.step(action);
            }
        });
        bytes::program(&records)
    }

    fn run(&mut self, look: Look, mut program: impl FnMut(&mut Self)) {
        self.programs += 1;
        let first = self.once(&mut program);
        if look == Look::WhileItGrows {
            self.repeat(&mut program);
        }
        if look != Look::Once {
            let second = self.once(&mut program);
            assert!(first == second, "{}: two runs of one program are not the same", self.subject.name());
        }
    }

    /// Goes on with the program again and again, as long as the state that it leaves grows each time.
    fn repeat(&mut self, program: &mut impl FnMut(&mut Self)) {
        self.alone = true;
        let start = self.subject.saved_bytes();
        let (mut before, mut times) = (start, 1);
        loop {
            (0..times).for_each(|_| self.go_on(program));
            let after = self.subject.saved_bytes();
            if after < before + times {
                break;
            }
            (before, times) = (after, 2 * times);
            let (name, grown) = (self.subject.name(), before - start);
            assert!(
                grown <= MOST_GROWN && times < MOST_REPEATED,
                "{name}: its state grows whenever this is repeated: by {grown} bytes after {} times",
                times - 1
            );
        }
        self.alone = false;
    }

    /// One run from the start; a digest of it.
    fn once(&mut self, program: &mut impl FnMut(&mut Self)) -> u64 {
        self.subject.rewind(&self.starts.0);
        self.twin.rewind(&self.starts.1);
        self.go_on(program);
        self.compare();
        let mut digest = DefaultHasher::new();
        (&self.novelty, self.subject.now(), self.subject.outside()).hash(&mut digest);
        digest.finish()
    }

    /// One run from where the last one ended.
    fn go_on(&mut self, program: &mut impl FnMut(&mut Self)) {
        self.done.clear();
        self.novelty.clear();
        self.before = 0;
        self.runs += 1;
        program(self);
    }

    /// Does one action to both.
    ///
    /// # Panics
    /// As [`Pair::run_bytes`].
    pub fn step(&mut self, action: &Action) {
        self.done.push(*action);
        if self.alone {
            self.subject.act(action);
            return;
        }
        let mut answered = None;
        if *action == Action::Restore {
            self.twin.restore(&self.subject);
        } else {
            let answer = self.subject.act(action);
            let twin = self.twin.act(action);
            if answer != twin {
                self.differ(&format!("answers {answer:x?}, its twin {twin:x?}"));
            }
            answered = Some(answer);
        }
        let (outside, twin) = (self.subject.outside(), self.twin.outside());
        if outside != twin {
            self.differ(&format!("has {outside:x?}, its twin {twin:x?}"));
        }
        if let Some(answer) = answered {
            self.watch(action, &answer, outside);
        }
    }

    /// Compares everything.
    fn compare(&self) {
        if let Some(what) = self.subject.difference(&self.twin) {
            self.differ(&format!("is not its twin: {what}"));
        }
    }

    #[cold]
    fn differ(&self, what: &str) -> ! {
        let (name, number) = (self.subject.name(), self.done.len());
        let last = self.done.last().map(Action::to_string).unwrap_or_default();
        panic!("{name}: after action {number} (`{last}`) it {what}")
    }

    /// Notes what an action showed, coarsely.
    fn watch(&mut self, action: &Action, answer: &Answer, outside: Outside) {
        let place = place_of(action);
        let Outside { lines, wake, claims_key } = outside;
        // How far off the wake-up is, in powers of four.
        let wake = wake.map(|at| (at - self.subject.now()).max(1).ilog2() / 2);
        // A status may be a byte; of wider numbers the size may say something.
        let shown = match answer {
            Answer::Value(value) => u64::from(value & 0xFF | (value >> 8).checked_ilog2().unwrap_or(0) << 8),
            Answer::Nothing | Answer::Bytes(_) => 0,
        };
        let state = mix(mix(u64::from(lines), wake.map_or(0, |w| u64::from(w) + 1)), claims_key);
        self.novelty.push((mix(mix(place, shown), state) >> 32) as u32);
        self.novelty.push((mix(place, self.before) >> 32) as u32);
        self.before = place;
    }
}

/// The register that an action goes to, with what is written to it as far as that may be a command; windows by their pages.
fn place_of(action: &Action) -> u64 {
    let command = |value: u32| u64::from(value & 0xFF);
    let (kind, place, value) = match *action {
        Action::In { port, width } => (kind::IN, u64::from(port) << 2 | width as u64, 0),
        Action::Out { port, width, value } => {
            (kind::OUT, u64::from(port) << 2 | width as u64, command(value))
        }
        Action::InString { port, .. } => (kind::IN_STRING, u64::from(port), 0),
        Action::OutString { port, .. } => (kind::OUT_STRING, u64::from(port), 0),
        Action::Read { at, .. } => (kind::READ, register_or_page(at), 0),
        Action::Write { at, value, .. } => (kind::WRITE, register_or_page(at), command(value)),
        Action::Fill { to, .. } => (kind::FILL, u64::from(to >> 12), 0),
        Action::Copy { to, from, .. } => (kind::COPY, u64::from(to >> 12) << 20 | u64::from(from >> 12), 0),
        Action::ReadConfig { function, register, .. } => {
            (kind::READ_CONFIG, u64::from(function) << 8 | u64::from(register), 0)
        }
        Action::WriteConfig { function, register, value, .. } => {
            (kind::WRITE_CONFIG, u64::from(function) << 8 | u64::from(register), command(value))
        }
        Action::Channel { channel, direction, .. } => {
            (kind::CHANNEL, u64::from(channel) << 2 | direction as u64, 0)
        }
        Action::Input(input) => (kind::PULSE, mix(0, hash_of(&input)), 0),
        Action::Insert(bay, medium) => (kind::INSERT, (bay as u64) << 8 | medium as u64, 0),
        Action::Reset(reset) => (kind::RESET, reset as u64, 0),
        Action::Load { .. } | Action::Store { .. } => (kind::STORE, 0, 0),
        Action::Step(_) | Action::Wake => (kind::STEP, 0, 0),
        Action::Eject(bay) => (kind::EJECT, bay as u64, 0),
        Action::Restore => (kind::RESTORE, 0, 0),
    };
    mix(u64::from(kind) << 56 ^ place, value)
}

/// High windows may be registers, low ones are memory.
fn register_or_page(at: u32) -> u64 {
    if at >= 0x8000_0000 { u64::from(at & 0xFFFF) } else { u64::from(at >> 12) << 16 }
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A cheap mixture of two numbers.
fn mix(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ a >> 31
}

/// Drives a chip by seeded programs: `rounds` of them, `len` actions each. Every chip's tests call this.
///
/// # Panics
/// As [`Pair::run_bytes`], after the script that shows it was written to the standard error output.
pub fn seeded<D: Chip>(fresh: impl Fn() -> Bench<D>, rounds: u64, len: usize) {
    let mut pair = Pair::new(fresh());
    for seed in 0..rounds {
        let program = bytes::random(seed, len);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pair.run_bytes(&program))) {
            eprintln!("{}", super::Script(pair.done().to_vec()));
            resume_unwind(panic);
        }
    }
}
