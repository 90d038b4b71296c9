//! Snapshots that a stranger changed, sums and all: each is refused in one line, or is a machine that runs. `RELIC_WILD=FROM..TO` runs
//! other seeds than the test's own (build with `CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true`).

use crate::chance::Chance;
use crate::guests;
use crate::mutation::{Seen, any_place};
use hypervisor::{Bay, Disk, FileError, Input, Instant, Key, Machine, MediumId, Saved, State, Until};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_128;

/// Machines that are saved, and how far they ran at most.
const MACHINES: u64 = 6;
const SAVED_BY_NS: u64 = 400_000_000;
/// What a restored machine runs.
const SLICES: u32 = 4;
const SLICE_NS: u64 = 5_000_000;
const SLICE_INSTRUCTIONS: u64 = 60_000;
/// The host's time for one: far more than it needs.
const PATIENCE: Duration = Duration::from_secs(300);
/// Members that are changed, and how often in so many.
const DOCUMENTS: [(&str, usize); 5] =
    [("state.json", 28), ("media.json", 1), ("inputs.json", 1), ("notes.json", 1), ("store.json", 1)];

/// A snapshot as it was written, and what it is restored into.
struct Original {
    machine: Machine,
    fresh: Saved,
    media: Vec<Disk>,
    members: Vec<(String, Vec<u8>)>,
    documents: BTreeMap<&'static str, Value>,
}

impl Original {
    /// What a wild guest makes of a machine.
    fn new(seed: u64) -> Original {
        let mut chance = Chance::seeded(seed);
        let (mut machine, _) = guests::machine(&mut chance);
        let media = Bay::ALL.iter().filter_map(|bay| machine.medium(*bay)).map(Disk::unwritten).collect();
        let fresh = machine.save();
        let end = Instant(SAVED_BY_NS / 4 + chance.next() % SAVED_BY_NS);
        while machine.now() < end && machine.stopped().is_none() {
            machine.run(Until::time(machine.now() + SLICE_NS));
            match chance.below(8) {
                0 => machine.inject(Input::Key { key: Key::A, down: true }),
                1 => machine.inject(Input::Mouse { dx: 70, dy: -300, wheel: 1, buttons: 1 }),
                2 => machine.inject(Input::Serial(b"typed".to_vec())),
                _ => {}
            }
        }
        let mut file = Vec::new();
        machine.save().write(&mut file, &Value::Null).expect("memory takes it");
        let members = members(&file);
        let document = |(name, _): (&'static str, usize)| {
            let (_, text) = members.iter().find(|member| member.0 == name).expect("a member");
            (name, serde_json::from_slice(text).expect("JSON"))
        };
        let documents = DOCUMENTS.into_iter().map(document).collect();
        Original { machine, fresh, media, members, documents }
    }

    /// The file with some documents changed and sealed again.
    fn with(&self, changed: &BTreeMap<&'static str, Value>) -> Vec<u8> {
        let mut members = self.members.clone();
        let mut head: Value = serde_json::from_slice(&members[0].1).expect("JSON");
        for (name, content) in &mut members[1..] {
            if let Some(document) = changed.get(name.as_str()) {
                *content = serde_json::to_vec(document).expect("JSON");
            }
            head["members"][name.as_str()] =
                serde_json::json!({ "bytes": content.len(), "xxh3": format!("{:032x}", xxh3_128(content)) });
        }
        members[0].1 = serde_json::to_vec(&head).expect("JSON");
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in &members {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, name, content.as_slice()).expect("memory takes it");
        }
        tar.into_inner().expect("memory takes it")
    }

    fn read(&self, file: &[u8]) -> Result<Saved, FileError> {
        let known = |id: &MediumId| {
            let mut media = self.media.iter();
            media.find(|disk| MediumId::of(disk).is_ok_and(|known| known.samples == id.samples)).cloned()
        };
        let open = &mut |id: &MediumId| known(id).ok_or("another medium".into());
        Saved::read(file, open, &mut |_| Err("no base".into())).map(|(saved, _)| saved)
    }

    /// Goes on from a file: whether that was possible.
    fn run(&mut self, file: &[u8]) -> Result<(), String> {
        let saved = self.read(file).map_err(|error| error.to_string())?;
        self.machine.restore(&saved).map_err(|error| error.to_string())?;
        let machine = &mut self.machine;
        machine.inject(Input::Key { key: Key::B, down: true });
        machine.inject(Input::Mouse { dx: -5, dy: 3, wheel: -1, buttons: 2 });
        machine.inject(Input::Serial(b"x".to_vec()));
        for _ in 0..SLICES {
            machine.run(Until { instructions: SLICE_INSTRUCTIONS, ..Until::time(machine.now() + SLICE_NS) });
            let frame = machine.frame();
            assert_eq!(frame.pixels.len(), (frame.width * frame.height) as usize);
            machine.text();
            machine.hardware_cursor();
        }
        machine.digests();
        let mut again = Vec::new();
        machine.save().write(&mut again, &Value::Null).map_err(|error| error.to_string())?;
        self.read(&again).expect("a machine that runs can be saved");
        Ok(())
    }
}

fn members(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut tar = tar::Archive::new(file);
    let member = |entry: std::io::Result<tar::Entry<&[u8]>>| {
        let mut entry = entry.expect("a member");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("whole");
        (entry.path().expect("a name").to_string_lossy().into_owned(), content)
    };
    tar.entries().expect("a tar").map(member).collect()
}

/// The snapshots, and what was seen in all of them.
struct Lab {
    originals: Vec<Original>,
    seen: BTreeMap<&'static str, Seen>,
}

impl Lab {
    fn new() -> Lab {
        let originals: Vec<Original> = (0..MACHINES).map(Original::new).collect();
        let mut seen: BTreeMap<&'static str, Seen> = BTreeMap::new();
        for (name, document) in originals.iter().flat_map(|original| &original.documents) {
            seen.entry(name).or_default().look_at(document);
        }
        let complaint = |state: &Value| State::deserialize(state).err().map(|error| error.to_string());
        for original in &originals {
            seen.entry("state.json").or_default().ask(&original.documents["state.json"], complaint);
        }
        Lab { originals, seen }
    }

    /// Changes one of the snapshots: which, the changes as text, and the file.
    fn change(&self, seed: u64) -> (usize, Vec<String>, Vec<u8>) {
        let mut chance = Chance::seeded(seed);
        let at = chance.below(self.originals.len());
        let original = &self.originals[at];
        let mut changed = original.documents.clone();
        let mut told = Vec::new();
        // Many changes at once are refused for one of them, as a rule.
        for _ in 0..=[0, 0, 0, 1, 2, 8][chance.below(6)] {
            let weights: Vec<&str> =
                DOCUMENTS.iter().flat_map(|(name, weight)| std::iter::repeat_n(*name, *weight)).collect();
            let name = chance.of(&weights);
            let document = changed.get_mut(name).expect("a document");
            let Some(place) = any_place(document, &mut chance) else { continue };
            let place = &place;
            let old = document.pointer(place).map(Value::to_string);
            self.seen[name].mutate(document, place, &mut chance);
            let new = document.pointer(place).map(Value::to_string);
            let short =
                |value: Option<String>| value.unwrap_or_default().chars().take(200).collect::<String>();
            told.push(format!("{name} {place}: {} -> {}", short(old), short(new)));
        }
        (at, told, original.with(&changed))
    }
}

/// What the thread with the machines says.
enum Report {
    /// The snapshot that comes next.
    Begins(String),
    Ran,
    Refused,
    Panicked,
}

#[test]
fn changed_snapshots_are_refused_or_run() {
    let seeds = std::env::var("RELIC_WILD").unwrap_or_else(|_| "0..500".into());
    let (from, to) = seeds.split_once("..").expect("RELIC_WILD=FROM..TO");
    let seeds = from.parse::<u64>().expect("a number")..to.parse().expect("a number");
    let (send, results) = mpsc::channel();
    let all = seeds.clone();
    std::thread::spawn(move || {
        let mut lab = Lab::new();
        for original in &mut lab.originals {
            let file = original.with(&BTreeMap::new());
            original.run(&file).expect("what nobody changed runs");
        }
        for seed in all {
            let (at, changes, file) = lab.change(seed);
            if send.send(Report::Begins(format!("seed {seed}, machine {at}: {changes:#?}"))).is_err() {
                return;
            }
            let original = &mut lab.originals[at];
            let ended = catch_unwind(AssertUnwindSafe(|| original.run(&file)));
            if ended.is_err() {
                original.machine = Machine::from_saved(&original.fresh).expect("a machine");
            }
            let report = match ended {
                Ok(Ok(())) => Report::Ran,
                Ok(Err(_)) => Report::Refused,
                Err(_) => Report::Panicked,
            };
            if send.send(report).is_err() {
                return;
            }
        }
    });
    let (mut ran, mut refused, mut failed) = (0, 0, Vec::new());
    let mut now = String::new();
    loop {
        match results.recv_timeout(PATIENCE) {
            Ok(Report::Begins(what)) => now = what,
            Ok(Report::Ran) => ran += 1,
            Ok(Report::Refused) => refused += 1,
            Ok(Report::Panicked) => failed.push(std::mem::take(&mut now)),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs: {now}\nbefore that {failed:#?}"),
        }
    }
    println!("{ran} ran, {refused} were refused");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
