//! Snapshots that a stranger changed, sums and all: each is refused in one line, or is a machine that runs. `RELIC_WILD=FROM..TO` runs
//! other seeds than the test's own (build with `CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true`).

use crate::bases::{self, Base};
use crate::chance::Chance;
use crate::mutation::{Seen, any_place};
use hypervisor::{
    Bay, Disk, FileError, Input, Key, Machine, MediumId, Saved, SnapshotBase, SnapshotId, State, Until,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_128;

/// What a restored machine runs.
const SLICES: u32 = 4;
const SLICE_NS: u64 = 5_000_000;
const SLICE_INSTRUCTIONS: u64 = 60_000;
/// The host's time for one: far more than it needs.
const PATIENCE: Duration = Duration::from_secs(300);
/// Members that are changed, and how often in so many.
const DOCUMENTS: [(&str, usize); 6] = [
    ("state.json", 27),
    ("media.json", 1),
    ("inputs.json", 1),
    ("notes.json", 1),
    ("store.json", 1),
    (HEAD, 1),
];
const HEAD: &str = "snapshot.json";

/// A snapshot as it was written, and what it is restored into.
struct Original {
    machine: Machine,
    fresh: Saved,
    media: Vec<Disk>,
    members: Vec<(String, Vec<u8>)>,
    documents: BTreeMap<&'static str, Value>,
    /// What it is a difference to, if it is one.
    below: Option<Vec<u8>>,
}

impl Original {
    /// The later instant of a machine, whole or over the earlier one.
    fn new(base: Base, is_difference: bool) -> Original {
        let Base { fresh: machine, instants: [earlier, later] } = base;
        let media = Bay::ALL.iter().filter_map(|bay| machine.medium(*bay)).map(Disk::unwritten).collect();
        let fresh = machine.save();
        let mut file = Vec::new();
        let below = is_difference.then(|| {
            let mut below = Vec::new();
            earlier.save().write(&mut below, &Value::Null).expect("memory takes it");
            below
        });
        match &below {
            None => later.save().write(&mut file, &Value::Null),
            Some(below) => {
                let none = &mut |_: &SnapshotId| Err("a whole one".into());
                let base = SnapshotBase::read("below", &mut &below[..], none).expect("a snapshot");
                later.save().write_difference(&base, &mut file, &Value::Null)
            }
        }
        .expect("memory takes it");
        let members = members(&file);
        let document = |(name, _): (&'static str, usize)| {
            let (_, text) = members.iter().find(|member| member.0 == name).expect("a member");
            (name, serde_json::from_slice(text).expect("JSON"))
        };
        let documents = DOCUMENTS.into_iter().map(document).collect();
        Original { machine, fresh, media, members, documents, below }
    }

    /// The file with some documents changed and sealed again.
    fn with(&self, changed: &BTreeMap<&'static str, Value>) -> Vec<u8> {
        let mut members = self.members.clone();
        let mut head = changed.get(HEAD).unwrap_or(&self.documents[HEAD]).clone();
        for (name, content) in &mut members[1..] {
            if let Some(document) = changed.get(name.as_str()) {
                *content = serde_json::to_vec(document).expect("JSON");
            }
            if let Some(sums) = head.pointer_mut("/members").and_then(Value::as_object_mut) {
                let sum = format!("{:032x}", xxh3_128(content));
                sums.insert(name.clone(), serde_json::json!({ "bytes": content.len(), "xxh3": sum }));
            }
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
        let below = &mut |_: &SnapshotId| match &self.below {
            Some(below) => Ok(Box::new(Cursor::new(below.clone())) as Box<dyn Read>),
            None => Err("no base".into()),
        };
        Saved::read(file, open, below).map(|(saved, _)| saved)
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
        let bases = bases::all().into_iter().enumerate();
        let originals: Vec<Original> = bases.map(|(n, base)| Original::new(base, n % 2 == 1)).collect();
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
    let seeds = std::env::var("RELIC_WILD").unwrap_or_else(|_| "0..600".into());
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
