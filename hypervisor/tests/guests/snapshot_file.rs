//! Snapshots in files: what comes back, what is refused, and that a file is what people can read.

use crate::support::Guest;
use hypervisor::{
    Bay, Disk, Drive, FileError, Input, Instant, Key, Machine, MachineConfig, Media, Model, Preset, SCHEMA,
    Saved, SerialMouse, SerialMouseModel, SerialPort, SnapshotId, Until, VideoKind,
};
use std::io::Read;

const MS: u64 = 1_000_000;

pub(crate) fn floppy() -> Disk {
    Disk::from_bytes((0..1_474_560).map(|n| (n / 512) as u8).collect()).named("floppy.img")
}

/// A machine that ticks, with a floppy that was written to, and inputs behind it.
pub(crate) fn machine() -> Machine {
    let guest = Guest::new().pics([0xFE, 0xFF]).ticking(333).code(&[0xFB, 0x40, 0xF3, 0xAB, 0xEB, 0xFB]);
    let mut disk = floppy();
    disk.write(700, b"written").unwrap();
    let media = Media { floppies: [Some(disk), None], ..Media::default() };
    let mut machine = guest.machine_as(MachineConfig::default(), media);
    machine.run(Until::time(Instant(3 * MS)));
    machine.inject(Input::Key { key: Key::A, down: true });
    machine.inject(Input::Insert { bay: Bay::FloppyB, disk: floppy() });
    machine.run(Until::time(Instant(5 * MS)));
    machine
}

pub(crate) fn file(saved: &Saved) -> Vec<u8> {
    let mut bytes = Vec::new();
    saved.write(&mut bytes, &serde_json::json!({ "guest": "dos" })).unwrap();
    bytes
}

fn no_base(id: &SnapshotId) -> Result<Box<dyn Read>, String> {
    Err(format!("no snapshot {}", id.name))
}

fn read(bytes: &[u8]) -> Result<(Saved, serde_json::Value), FileError> {
    Saved::read(bytes, &mut |_| Ok(floppy()), &mut no_base)
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).err().expect("refused").to_string()
}

/// The members of a tar, by name.
pub(crate) fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut tar = tar::Archive::new(bytes);
    let member = |entry: Result<tar::Entry<&[u8]>, std::io::Error>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), content)
    };
    tar.entries().unwrap().map(member).collect()
}

pub(crate) fn tar_of(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn a_machine_goes_on_from_a_file_as_if_it_had_never_stopped() {
    let mut first = machine();
    let bytes = file(&first.save());
    assert_eq!(bytes, file(&first.save()), "equal snapshots are equal files");
    let (saved, about) = read(&bytes).unwrap();
    assert_eq!(about["guest"], "dos");
    let mut second = Machine::from_saved(&saved).unwrap();
    for machine in [&mut first, &mut second] {
        machine.run(Until::time(Instant(9 * MS)));
    }
    assert_eq!(first.digests(), second.digests());
    assert_eq!(first.save().state, second.save().state);
    assert_eq!(first.inputs().len(), second.inputs().len());
    let mut there = [0; 7];
    second.medium(Bay::FloppyA).unwrap().read(700, &mut there).unwrap();
    assert_eq!(&there, b"written");
}

#[test]
fn a_file_is_a_tar_of_text_and_pages() {
    let members = members(&file(&machine().save()));
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..3], ["snapshot.json", "state.json", "notes.json"]);
    let text = |n: usize| serde_json::from_slice::<serde_json::Value>(&members[n].1).unwrap();
    assert_eq!(text(0)["at_ns"], 5 * MS);
    assert!(text(1)["cpu"]["eip"].is_number());
    let media = &text(4)["bays"][0];
    assert_eq!(
        (&media["medium"]["name"], &media["written"]),
        (&"floppy.img".into(), &serde_json::json!([0]))
    );
    let pages = &members.last().unwrap().1;
    assert!(pages.len() < 1 << 20 && pages.len().is_multiple_of(4096), "only pages that hold something");
}

#[test]
fn another_schema_is_refused_with_both_numbers() {
    let mut members = members(&file(&machine().save()));
    let mut head: serde_json::Value = serde_json::from_slice(&members[0].1).unwrap();
    head["schema"] = (SCHEMA + 1).into();
    head["relic"] = "9.9.9".into();
    members[0].1 = head.to_string().into_bytes();
    let message = refused(&tar_of(&members));
    for part in [&format!("schema {}", SCHEMA + 1), "9.9.9", &format!("reads schema {SCHEMA}")] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn foreign_files_are_no_snapshots() {
    let readme = tar_of(&[("readme".into(), b"hello".to_vec())]);
    let other = tar_of(&[("snapshot.json".into(), br#"{"format":"other"}"#.to_vec())]);
    for bytes in [&b""[..], b"relic", &[0; 4096], &[0xFF; 4096], &readme, &other] {
        let error = read(bytes).err().expect("refused");
        assert!(matches!(error, FileError::Foreign(_)), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let bytes = file(&machine().save());
    for at in (512..bytes.len() - 1024).step_by(bytes.len() / 97) {
        read(&bytes[..at]).err().unwrap_or_else(|| panic!("cut at {at}"));
    }
}

#[test]
fn a_damaged_member_is_named() {
    let whole = members(&file(&machine().save()));
    for n in 1..whole.len() {
        let mut damaged = whole.clone();
        let middle = damaged[n].1.len() / 2;
        match damaged[n].1.get_mut(middle) {
            Some(byte) => *byte ^= 1,
            None => continue,
        }
        let message = refused(&tar_of(&damaged));
        assert!(message.contains(&whole[n].0), "{message}");
        let mut missing = whole.clone();
        missing.remove(n);
        assert!(refused(&tar_of(&missing)).contains(&whole[n].0));
    }
    let mut paths = whole.clone();
    paths[1].0 = "up/state.json".into();
    assert!(refused(&tar_of(&paths)).contains("up/state.json"));
}

#[test]
fn another_medium_in_its_place_is_refused() {
    let bytes = file(&machine().save());
    let read = |disk: fn() -> Disk| Saved::read(&bytes[..], &mut |_| Ok(disk()), &mut no_base);
    let other = |disk: fn() -> Disk| read(disk).err().unwrap().to_string();
    assert!(other(|| Disk::from_bytes(vec![0; 1_474_560])).contains("floppy.img: another content"));
    assert!(other(|| Disk::from_bytes(vec![0; 512])).contains("512 bytes, expected 1474560"));
}

/// Every place of the state, as `cpu.fpu.control`: what a file has to have to be understood.
fn places(value: &serde_json::Value, at: &str, list: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{at}.{name}"), list);
            }
        }
        serde_json::Value::Array(items) if items.first().is_some_and(|item| !item.is_number()) => {
            items.iter().for_each(|item| places(item, &format!("{at}[]"), list));
        }
        _ => drop(list.insert(at.trim_start_matches('.').to_owned())),
    }
}

/// Machines that have every part between them.
fn every_part() -> [(MachineConfig, Media); 3] {
    let isa = MachineConfig { preset: Preset::Isa486, ..MachineConfig::default() };
    let full = MachineConfig {
        video: VideoKind::Cirrus,
        serial_mouse: Some(SerialMouse { port: SerialPort::Com1, model: SerialMouseModel::Logitech }),
        cpu: Model::Pentium,
        apic: true,
        debug_exit: Some(0xF4),
        testdev: true,
        ..MachineConfig::default()
    };
    let drives = [Drive::Disk(floppy()), Drive::Cd(Some(floppy())), Drive::None, Drive::None];
    let media = Media { floppies: [Some(floppy()), None], drives };
    [(MachineConfig::default(), Media::default()), (isa, Media::default()), (full, media)]
}

/// The places of the state are those of this schema's list. If they changed on purpose, count `SCHEMA` up and write the list
/// anew with `RELIC_BLESS=1`.
#[test]
fn the_schema_number_names_this_state() {
    let mut list = std::collections::BTreeSet::new();
    for (config, media) in every_part() {
        let state = Machine::new(&config, media).unwrap().save().state;
        places(&serde_json::to_value(state).unwrap(), "", &mut list);
    }
    let found: String = list.iter().map(|place| format!("{place}\n")).collect();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/state-{SCHEMA}.txt"));
    if std::env::var_os("RELIC_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &found).unwrap();
    }
    let known = std::fs::read_to_string(&path).expect("the list of this schema");
    let changed: Vec<&str> = known.lines().filter(|line| !list.contains(*line)).collect();
    let new: Vec<&String> = list.iter().filter(|place| !known.lines().any(|line| line == *place)).collect();
    assert!(changed.is_empty() && new.is_empty(), "gone: {changed:?}, new: {new:?}");
}
