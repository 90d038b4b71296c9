//! Snapshots that are differences to others: what they hold, what comes back, and what is refused.

use crate::snapshot_file::{file, floppy, machine, members, tar_of};
use hypervisor::{Bay, FileError, Input, Instant, Machine, Saved, SnapshotBase, SnapshotId, Until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

const MS: u64 = 1_000_000;
/// A page of RAM that no guest here looks at.
const FREE: usize = 0x9_0000;

/// Snapshots by name, as files of a folder.
#[derive(Clone, Default)]
struct Shelf(BTreeMap<String, Vec<u8>>);

impl Shelf {
    fn put(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.insert(name.to_owned(), bytes);
    }

    fn open(&self, id: &SnapshotId) -> Result<Box<dyn Read>, String> {
        let bytes = self.0.get(&id.name).ok_or("not there")?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }

    fn base(&self, name: &str) -> Result<SnapshotBase, FileError> {
        SnapshotBase::read(name, &mut &self.0[name][..], &mut |id| self.open(id))
    }

    /// Adds what a machine is now, over a base.
    fn difference(&mut self, name: &str, saved: &Saved, base: &str) {
        let mut bytes = Vec::new();
        saved.write_difference(&self.base(base).unwrap(), &mut bytes, &Value::Null).unwrap();
        self.put(name, bytes);
    }

    fn read(&self, name: &str) -> Result<Saved, FileError> {
        let open = &mut |_: &hypervisor::MediumId| Ok(floppy());
        Saved::read(&self.0[name][..], open, &mut |id| self.open(id)).map(|(saved, _)| saved)
    }

    fn refused(&self, name: &str) -> String {
        let message = self.read(name).err().expect("refused").to_string();
        assert_eq!(message.lines().count(), 1, "{message}");
        message
    }

    /// Changes a document of a snapshot, with the sums as they must be then.
    fn change(&mut self, name: &str, member: &str, change: impl FnOnce(&mut Value)) {
        let mut members = members(&self.0[name]);
        let at = members.iter().position(|(name, _)| name == member).unwrap();
        let mut document: Value = serde_json::from_slice(&members[at].1).unwrap();
        change(&mut document);
        members[at].1 = serde_json::to_vec(&document).unwrap();
        if at > 0 {
            let mut head: Value = serde_json::from_slice(&members[0].1).unwrap();
            let sum = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&members[at].1));
            head["members"][member] = json!({ "bytes": members[at].1.len(), "xxh3": sum });
            members[0].1 = serde_json::to_vec(&head).unwrap();
        }
        self.put(name, tar_of(&members));
    }
}

/// A machine that goes on after `a`, and `b`, what it is a little later.
fn shelf() -> (Shelf, Machine) {
    let mut machine = machine();
    machine.ram().write(FREE, &[7; 8192]);
    let mut shelf = Shelf::default();
    shelf.put("a", file(&machine.save()));
    machine.run(Until::time(Instant(6 * MS)));
    machine.ram().write(FREE, &[0; 4096]);
    machine.ram().write(FREE + 4096, &[8]);
    shelf.difference("b", &machine.save(), "a");
    (shelf, machine)
}

fn text(shelf: &Shelf, name: &str, member: &str) -> Value {
    let all = members(&shelf.0[name]);
    serde_json::from_slice(&all.iter().find(|(name, _)| name == member).unwrap().1).unwrap()
}

#[test]
fn a_machine_goes_on_from_a_difference_as_if_it_had_never_stopped() {
    let (mut shelf, mut first) = shelf();
    first.run(Until::time(Instant(7 * MS)));
    shelf.difference("c", &first.save(), "b");
    let read = shelf.read("c").unwrap();
    assert!(read.store == first.save().store && read.state == first.save().state);
    let mut second = Machine::from_saved(&read).unwrap();
    for machine in [&mut first, &mut second] {
        machine.run(Until::time(Instant(9 * MS)));
    }
    assert_eq!(first.digests(), second.digests());
    assert_eq!(first.inputs().len(), second.inputs().len());
    let mut there = [0; 7];
    second.medium(Bay::FloppyA).unwrap().read(700, &mut there).unwrap();
    assert_eq!(&there, b"written");
}

#[test]
fn a_difference_has_what_is_not_as_in_its_base_and_nothing_else() {
    let (shelf, machine) = shelf();
    let base = shelf.read("a").unwrap().store;
    let store = text(&shelf, "b", "store.json");
    assert_eq!(store["zeros"], json!([[FREE, 1]]));
    let now = machine.save().store;
    let other = now.differences(&base).filter(|page| now.page(*page).is_some()).count();
    assert_eq!(members(&shelf.0["b"]).last().unwrap().1.len(), other * 4096);
    assert!(other * 3 < base.iter().count(), "{other} pages of {}", base.iter().count());
    let floppy = &text(&shelf, "b", "media.json")["bays"][0];
    assert_eq!((&floppy["over_base"], &floppy["written"]), (&json!(true), &json!([])));
}

#[test]
fn a_medium_that_was_written_further_or_changed_comes_back() {
    let (mut shelf, mut machine) = shelf();
    let mut further = machine.save();
    for (at, bytes) in [(700, b"anew"), (20_000, b"more")] {
        further.drives.get_mut(Bay::FloppyA).unwrap().write(at, bytes).unwrap();
    }
    shelf.difference("further", &further, "b");
    let chunks = |saved: &Saved| {
        let disk = saved.drives.get(Bay::FloppyA).unwrap();
        disk.written().map(|(n, chunk)| (n, *chunk)).collect::<Vec<_>>()
    };
    assert!(chunks(&shelf.read("further").unwrap()) == chunks(&further));
    shelf.difference("last", &further, "further");
    let written =
        ["further", "last"].map(|name| text(&shelf, name, "media.json")["bays"][0]["written"].clone());
    assert_eq!(written, [json!([0, 4]), json!([])]);
    machine.inject(Input::Insert { bay: Bay::FloppyA, disk: floppy() });
    shelf.difference("changed", &machine.save(), "a");
    let read = shelf.read("changed").unwrap();
    assert!(chunks(&read).is_empty());
    assert_eq!(read.drives.changes(Bay::FloppyA), machine.save().drives.changes(Bay::FloppyA));
}

#[test]
fn a_base_that_is_gone_changed_foreign_or_cut_is_one_line() {
    let (whole, mut machine) = shelf();
    let mut gone = whole.clone();
    gone.0.remove("a");
    assert_eq!(gone.refused("b"), "its base a: not there");
    machine.run(Until::time(Instant(8 * MS)));
    let with = |bytes: &[u8]| {
        let mut shelf = whole.clone();
        shelf.put("a", bytes.to_vec());
        shelf.refused("b")
    };
    assert_eq!(with(&file(&machine.save())), "its base a: not the snapshot that it was");
    assert!(with(b"").starts_with("its base a: not a snapshot of relic"));
    assert!(with(&whole.0["b"]).starts_with("its base a: not the snapshot"), "a loop");
    let a = &whole.0["a"];
    for at in (1024..a.len() - 1024).step_by(a.len() / 29) {
        let message = with(&a[..at]);
        assert!(message.starts_with("its base a: "), "cut at {at}: {message}");
    }
    let mut members = members(a);
    let page = members.last_mut().unwrap();
    page.1[5000] ^= 1;
    assert_eq!(
        with(&tar_of(&members)),
        "its base a: the snapshot is damaged: store.pages does not have its checksum"
    );
}

#[test]
fn a_difference_that_does_not_fit_its_base_is_refused() {
    let (whole, _) = shelf();
    let with = |member: &str, change: &dyn Fn(&mut Value)| {
        let mut shelf = whole.clone();
        shelf.change("b", member, change);
        shelf.refused("b")
    };
    assert!(
        with("snapshot.json", &|head| drop(head.as_object_mut().unwrap().remove("base")))
            .contains("from nothing")
    );
    assert!(
        with("snapshot.json", &|head| head["format"] = "relic snapshot".into()).contains("only a difference")
    );
    assert!(with("snapshot.json", &|head| head["base"]["xxh3"] = "0".into()).contains("not the snapshot"));
    let other = with("media.json", &|media| media["bays"][0]["medium"]["name"] = "other.img".into());
    assert!(other.contains("the base has no such medium in FloppyA"), "{other}");
    assert!(with("store.json", &|store| store["bytes"] = 4096.into()).contains("no run"));
    let larger = with("store.json", &|store| store["bytes"] = (1 << 30).into());
    assert!(larger.contains("1073741824 bytes over a base of"), "{larger}");
    for zeros in [json!([[1, 1]]), json!([[0, u64::MAX]]), json!([[8192, 1], [0, 1]])] {
        assert!(with("store.json", &|store| store["zeros"] = zeros.clone()).contains("no run"));
    }
}

#[test]
fn sixteen_snapshots_stand_below_one_another_and_no_more() {
    let mut machine = machine();
    let mut shelf = Shelf::default();
    shelf.put("0", file(&machine.save()));
    for n in 1..=16 {
        machine.run(Until::time(machine.now() + MS / 10));
        shelf.difference(&n.to_string(), &machine.save(), &(n - 1).to_string());
    }
    assert!(shelf.read("16").unwrap().store == machine.save().store);
    let error = shelf.base("16").err().unwrap().to_string();
    assert_eq!(error, "its base 0: more than 16 snapshots below one another");
    // Whoever writes one all the same.
    let sum = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&members(&shelf.0["16"])[0].1));
    shelf.put("17", shelf.0["16"].clone());
    shelf.change("17", "snapshot.json", |head| head["base"] = json!({ "name": "16", "xxh3": sum }));
    assert_eq!(shelf.refused("17"), error);
}
