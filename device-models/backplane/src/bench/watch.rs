//! A search on a thread of its own, watched from outside: a chip that never comes back from a call, or takes memory without
//! end, is a finding like others.
//!
//! A thread cannot be stopped from outside, so what is lost runs on until the process ends: end it soon after such a finding.

use super::bytes::{self, Record};
use super::script::Action;
use super::search::{Finding, Fresh, Search, Target, failure};
use super::shrink::minimise;
use super::text::Script;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a program may take before it is as good as one without an end.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of the host's time.
    pub time: Duration,
    /// Bytes of the host's memory, beyond what there was when the search began. Only looked at where there is a /proc.
    pub memory: u64,
}

impl Default for Bounds {
    /// Ten seconds, and 1 GiB: a thousand times what any program of a chip takes.
    fn default() -> Self {
        Bounds { time: Duration::from_secs(10), memory: 1 << 30 }
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Programs run.
    pub programs: u64,
    /// Actions done.
    pub actions: u64,
    /// Programs kept, since they showed something new.
    pub kept: usize,
}

/// What came of a search.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How far it came.
    pub progress: Progress,
    /// What broke, if anything did.
    pub finding: Option<Finding>,
    /// The programs kept; none if the search was lost with the thread it ran on.
    pub corpus: Vec<Script>,
}

/// How often the search is looked at.
const TICK: Duration = Duration::from_millis(50);
/// Programs between two looks at whether to go on.
const BATCH: u32 = 64;
/// As the main thread has.
const STACK: usize = 8 << 20;
/// The most threads that are given up to make the script of a hang shorter.
const MOST_LOST: u32 = 12;

/// Searches from `scripts` on while `go_on`, which is asked before it begins and some twenty times a second, says so.
///
/// # Panics
/// When the host has no more threads, or the subject cannot be made.
pub fn search(
    target: &Target,
    seed: u64,
    scripts: Vec<Script>,
    bounds: Bounds,
    mut go_on: impl FnMut(Progress) -> bool,
) -> Outcome {
    let running = Arc::new(Running::default());
    if !go_on(Progress::default()) {
        running.stop.store(true, Relaxed);
    }
    let memory = memory_taken().saturating_add(bounds.memory);
    let (tell, told) = channel();
    let (searching, watched) = (*target, Arc::clone(&running));
    let worker = thread(move || drop(tell.send(work(&searching, seed, &scripts, &watched))));
    let mut last = ((0, 0), Instant::now());
    loop {
        match told.recv_timeout(TICK) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => return Outcome::default(),
            },
            Err(RecvTimeoutError::Timeout) => {}
        }
        let progress = running.progress();
        // A program that is run again and again gets on, too.
        let place = (running.beats.load(Relaxed), running.reached.load(Relaxed));
        if place != last.0 {
            last = (place, Instant::now());
        }
        let finding = if memory_taken() > memory {
            Some(Finding { message: "takes memory without end".to_owned(), script: running.script(target) })
        } else if last.1.elapsed() > bounds.time {
            Some(hang(target, running.script(target), bounds.time))
        } else {
            None
        };
        if finding.is_some() {
            return Outcome { progress, finding, corpus: Vec::new() };
        }
        if !go_on(progress) {
            running.stop.store(true, Relaxed);
        }
    }
}

/// Runs a script; what it breaks, with the shortest script that does.
///
/// # Panics
/// As [`search`].
pub fn replay(target: &Target, script: Script, bounds: Bounds) -> Option<Finding> {
    search(target, 0, vec![script], bounds, |_| false).finding
}

/// The actions of a program of the byte form in a fresh pair, as far as it comes: up to the one that breaks the pair, or does not come back.
///
/// # Panics
/// As [`search`].
pub fn script_of(target: &Target, program: &[u8], bounds: Bounds) -> Script {
    let (fresh, reached) = (target.pair, Arc::<AtomicU64>::default());
    let records: Vec<Record> = bytes::records(program).collect();
    let (tell, told) = channel();
    let (running, number) = (records.clone(), Arc::clone(&reached));
    thread(move || {
        let mut pair = fresh();
        pair.tell(number);
        let _ = catch_unwind(AssertUnwindSafe(|| pair.run_records(&running)));
        tell.send(pair.done().to_vec()).ok();
    });
    Script(told.recv_timeout(bounds.time).unwrap_or_else(|_| {
        let come = (number_of(reached.load(Relaxed)) + 1).min(records.len());
        fresh().actions_of(&records[..come])
    }))
}

fn thread(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    std::thread::Builder::new().stack_size(STACK).spawn(work).expect("the host has threads")
}

fn work(target: &Target, seed: u64, scripts: &[Script], running: &Arc<Running>) -> Outcome {
    let mut search = Search::watched(target, seed, Arc::clone(running));
    let mut result = scripts.iter().try_for_each(|script| search.seed(script));
    while result.is_ok() && !running.stop.load(Relaxed) {
        result = (0..BATCH).try_for_each(|_| search.next_program());
    }
    let finding = result.err().map(|finding| *finding);
    let progress = Progress { kept: search.kept(), ..running.progress() };
    Outcome { progress, finding, corpus: search.scripts() }
}

/// The shortest script that still does not come back, as far as threads may be lost for it.
fn hang(target: &Target, script: Script, time: Duration) -> Finding {
    let (fresh, patience) = (target.pair, time / 5);
    let mut lost = 0;
    let script = minimise(script.0, |script| {
        let hangs = lost < MOST_LOST && !comes_back(fresh, script.to_vec(), patience);
        lost += u32::from(hangs);
        hangs
    });
    let again = if lost == 0 { ", but not when it is run again" } else { "" };
    let last = script.last().map(Action::to_string).unwrap_or_default();
    Finding { message: format!("does not come back from `{last}`{again}"), script: Script(script) }
}

fn comes_back(fresh: Fresh, script: Vec<Action>, patience: Duration) -> bool {
    let (tell, told) = channel();
    thread(move || {
        failure(fresh, &script);
        tell.send(()).ok();
    });
    told.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
}

/// The number of the record or action in what a pair tells.
fn number_of(reached: u64) -> usize {
    reached as u32 as usize
}

/// Bytes of address space that the process has; 0 where nobody says.
fn memory_taken() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// What a search says of itself while it runs.
#[derive(Default)]
pub(super) struct Running {
    begun: Mutex<Begun>,
    /// Where it is ([`super::Pair::tell`]).
    pub(super) reached: Arc<AtomicU64>,
    /// Changes as long as it gets on.
    beats: AtomicU64,
    programs: AtomicU64,
    actions: AtomicU64,
    kept: AtomicUsize,
    stop: AtomicBool,
}

/// The program that runs.
#[derive(Default)]
struct Begun {
    script: Vec<Action>,
    /// Instead of a script.
    records: Vec<Record>,
}

impl Running {
    /// A program begins: a script, or records.
    pub(super) fn begin(&self, script: &[Action], records: &[Record]) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        script.clone_into(&mut begun.script);
        records.clone_into(&mut begun.records);
        self.reached.store(0, Relaxed);
        self.beat();
    }

    /// It gets on.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Relaxed);
    }

    /// So far is the search.
    pub(super) fn note(&self, progress: Progress) {
        self.programs.store(progress.programs, Relaxed);
        self.actions.store(progress.actions, Relaxed);
        self.kept.store(progress.kept, Relaxed);
    }

    fn progress(&self) -> Progress {
        Progress {
            programs: self.programs.load(Relaxed),
            actions: self.actions.load(Relaxed),
            kept: self.kept.load(Relaxed),
        }
    }

    /// The script that runs, as far as it came.
    fn script(&self, target: &Target) -> Script {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = number_of(self.reached.load(Relaxed)) + 1;
        let whole = |len: usize| reached.min(len);
        Script(match begun.script[..] {
            [] => (target.pair)().actions_of(&begun.records[..whole(begun.records.len())]),
            _ => begun.script[..whole(begun.script.len())].to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::search::Driven;
    use crate::bench::{Bench, Pair};
    use crate::{Addr, Claims, Device, Reset, Wires};
    use serde::{Deserialize, Serialize};

    /// A chip that breaks at a write to port 81h after `7` was written to port 80h, as its kind says.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Bad {
        kind: Kind,
        armed: bool,
        taken: Vec<u8>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Hangs,
        Swallows,
        Grows,
        /// Grows for a while, and takes its time.
        Dawdles,
        Sound,
    }

    /// What is lost in a test ends when its test does.
    static OVER: AtomicBool = AtomicBool::new(false);

    impl Bad {
        fn target(pair: Fresh) -> Target {
            Target { name: "bad", about: "", pair, seeds: "" }
        }

        fn pair(kind: Kind) -> Box<dyn Driven> {
            Box::new(Pair::new(Bench::new(Bad { kind, armed: false, taken: Vec::new() })))
        }
    }

    impl Device for Bad {
        fn name(&self) -> &'static str {
            "bad"
        }
        fn claims(&self) -> Claims {
            Claims::none().ports("bad", 0x80, 2)
        }
        fn read(&mut self, _at: Addr, _w: &mut Wires) -> u32 {
            0
        }
        fn write(&mut self, at: Addr, value: u32, _w: &mut Wires) {
            match (at, self.kind) {
                (Addr::Port(0x80, _), _) => self.armed = value == 7,
                _ if !self.armed => {}
                (_, Kind::Hangs) => {
                    while !OVER.load(Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                (_, Kind::Swallows) => {
                    let mut all = Vec::new();
                    while !OVER.load(Relaxed) && all.len() < 64 {
                        all.push(vec![1_u8; 1 << 20]);
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    while !OVER.load(Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                (_, Kind::Grows) => self.taken.push(value as u8),
                (_, Kind::Dawdles) => {
                    std::thread::sleep(Duration::from_millis(1));
                    if self.taken.len() < 128 {
                        self.taken.push(value as u8);
                    }
                }
                (_, Kind::Sound) => {}
            }
        }
        fn reset(&mut self, _kind: Reset) {
            *self = Bad { kind: self.kind, armed: false, taken: Vec::new() };
        }
    }

    const SHORTEST: &str = "# relic script 1\noutb 0x80 0x7\noutb 0x81 0x0\n";

    #[test]
    fn a_chip_that_hangs_and_one_that_takes_all_memory_are_found_with_their_scripts() {
        let seed = "inb 0x80\noutb 0x80 7\ninb 0x81\noutb 0x81 0\ninb 0x80\n".parse::<Script>().unwrap();
        let bounds = Bounds { time: Duration::from_millis(500), memory: 16 << 20 };
        let hanging = Bad::target(|| Bad::pair(Kind::Hangs));
        let finding =
            search(&hanging, 1, vec![seed.clone()], Bounds { memory: 1 << 40, ..bounds }, |_| true).finding;
        let finding = finding.expect("it hangs");
        assert_eq!(finding.message, "does not come back from `outb 0x81 0x0`");
        assert_eq!(finding.script.to_string(), SHORTEST);
        let program = Bad::pair(Kind::Sound).script_bytes(&seed.0);
        let script = script_of(&hanging, &program, Bounds { time: Duration::from_millis(200), ..bounds });
        assert_eq!(script.0, seed.0[..4], "up to where it hangs");

        let swallowing = Bad::target(|| Bad::pair(Kind::Swallows));
        let finding =
            search(&swallowing, 1, vec![seed], Bounds { time: Duration::from_secs(60), ..bounds }, |_| true)
                .finding;
        OVER.store(true, Relaxed);
        let finding = finding.expect("it takes all");
        assert_eq!(finding.message, "takes memory without end");
        assert_eq!(finding.script.0.len(), 4, "as far as it came");
    }

    #[test]
    fn a_program_that_is_repeated_for_long_is_not_taken_for_one_that_hangs() {
        let dawdling = Bad::target(|| Bad::pair(Kind::Dawdles));
        let bounds = Bounds { time: Duration::from_millis(100), memory: 1 << 40 };
        let begun = Instant::now();
        let finding = replay(&dawdling, "outb 0x80 7\noutb 0x81 0\n".parse().unwrap(), bounds);
        assert_eq!(finding, None);
        assert!(begun.elapsed() > 2 * bounds.time, "it was long");
    }

    #[test]
    fn a_search_comes_to_a_state_that_grows_without_bound() {
        let growing = Bad::target(|| Bad::pair(Kind::Grows));
        let finding = search(&growing, 3, Vec::new(), Bounds::default(), |p| p.programs < 2_000_000).finding;
        let finding = finding.expect("it grows");
        assert!(finding.message.contains("its state grows"), "{}", finding.message);
        assert!(finding.script.0.len() <= 2, "{}", finding.script);
    }

    #[test]
    fn a_search_goes_on_until_it_is_told_to_stop_and_hands_over_its_corpus() {
        let target = Bad::target(|| Bad::pair(Kind::Sound));
        let outcome = search(&target, 1, Vec::new(), Bounds::default(), |_| false);
        assert_eq!(outcome.progress.programs, 0);
        let outcome = search(&target, 1, Vec::new(), Bounds::default(), |p| p.programs < 1000);
        assert!(outcome.finding.is_none() && outcome.progress.programs >= 1000);
        assert!((1..=outcome.progress.kept).contains(&outcome.corpus.len()));
    }
}
