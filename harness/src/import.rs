//! `relic import`: a bundle becomes a guest's folder. What a bundle says of its machine is told as `guest.toml` tells it.

use crate::console::Console;
use crate::disk::{self, write_sparse};
use crate::failure::{Failure, Result};
use crate::guest::{Bytes, MachineConfig};
use crate::guest_file::GuestFile;
use crate::images::{input, wording};
use crate::output::{self, PendingFolder};
use crate::prepare;
use crate::xva::{Broken, Contents, Outcome, Unpacking, VirtualDisk};
use backplane::PAGE;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// IDE drives of a machine.
const IDE_DRIVES: u8 = 4;

/// What was imported.
pub(crate) struct Imported {
    name: String,
    disks: Vec<(String, u64)>,
    outcome: Outcome,
}

impl Imported {
    pub(crate) fn json(&self, folder: &Path) -> serde_json::Value {
        let disk = |(file, bytes): &(String, u64)| serde_json::json!({ "file": file, "bytes": bytes });
        serde_json::json!({
            "path": folder,
            "name": self.name,
            "disks": self.disks.iter().map(disk).collect::<Vec<_>>(),
            "blocks": self.outcome.blocks,
            "damaged": self.outcome.damaged,
            "lost": self.outcome.lost,
        })
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let disks: Vec<&str> = self.disks.iter().map(|(file, _)| file.as_str()).collect();
        write!(f, "{}, with {}", self.name, disks.join(", "))
    }
}

/// Unpacks a bundle into a new folder.
///
/// # Errors
/// The bundle is broken, or the folder cannot be made; then nothing is left.
pub(crate) fn import(bundle: &Path, to: &Path, recover: bool, console: &Console) -> Result<Imported> {
    let (file, length) = input::open(bundle).map_err(|error| Failure::read(bundle, &error))?;
    let failed = |broken: Broken| match broken {
        Broken::Sink(error) => Failure::write(to, &error),
        broken => Failure::bad_file(bundle, broken),
    };
    let unpacking = Unpacking::open(file, length).map_err(failed)?;
    let contents = unpacking.contents().clone();
    let folder = PendingFolder::create(to)?;
    let mut disks = Disks::create(&contents, &folder).map_err(|error| Failure::write(to, &error))?;
    let progress = console.progress(contents.disks.iter().map(|disk| disk.bytes >> 20).sum(), "importing");
    let unpacked = unpacking.unpack(recover, |disk, offset, data| {
        progress.inc(data.len() as u64 >> 20);
        disks.write(disk, offset, data)
    });
    progress.finish_and_clear();
    let outcome = unpacked.map_err(failed)?;
    complain(bundle, &outcome, console);
    if outcome.damaged_count > 0 && !recover {
        return Err(Failure::bad_file(
            bundle,
            format!(
                "{} of {} blocks are damaged; nothing is written; --recover keeps what there is",
                outcome.damaged_count, outcome.blocks
            ),
        ));
    }
    let (text, notes) = guest_text(&contents, |index, _| format!("path = {}", quoted(&disks.files[index].0)));
    let kept = disks.finish().and_then(|()| fs::write(folder.path().join("guest.toml"), text));
    kept.map_err(|error| Failure::write(to, &error))?;
    folder.finish()?;
    for note in notes {
        console.complain(format!("relic: {}: {note}", bundle.display()));
    }
    let disks = disks.files.iter().zip(&contents.disks).map(|((name, _), disk)| (name.clone(), disk.bytes));
    Ok(Imported { name: contents.name, disks: disks.collect(), outcome })
}

/// The guest in a bundle, to be booted in place, if the file is one.
///
/// # Errors
/// The file cannot be read, or is a broken bundle.
pub(crate) fn guest_of_bundle(path: &Path) -> Result<Option<GuestFile>> {
    let (file, length) = input::open(path).map_err(|error| Failure::read(path, &error))?;
    let Some((contents, _)) = disk::bundle(path, &file, length)? else { return Ok(None) };
    let place = quoted(&prepare::written(path).to_string_lossy());
    let (text, _) = guest_text(&contents, |index, _| format!("path = {place}, index = {index}"));
    wording::from_toml(&text).map(Some).map_err(|message| Failure::bad_file(path, message))
}

fn complain(bundle: &Path, outcome: &Outcome, console: &Console) {
    let damaged = outcome.damaged.iter().map(|name| format!("block {name}: its checksum does not match"));
    for line in damaged.chain(outcome.lost.iter().cloned()) {
        console.complain(format!("relic: {}", Failure::bad_file(bundle, line)));
    }
}

/// The images under way.
struct Disks {
    files: Vec<(String, File)>,
}

impl Disks {
    fn create(contents: &Contents, folder: &PendingFolder) -> io::Result<Self> {
        let file = |(index, disk): (usize, &VirtualDisk)| {
            let name = match ide_position(contents, index) {
                Some(position) => format!("disk{position}.img"),
                None => format!("unattached{index}.img"),
            };
            let file = File::create_new(folder.path().join(&name))?;
            file.set_len(disk.bytes)?;
            Ok((name, file))
        };
        Ok(Disks { files: contents.disks.iter().enumerate().map(file).collect::<io::Result<_>>()? })
    }

    fn write(&mut self, disk: usize, offset: u64, data: &[u8]) -> io::Result<()> {
        if output::interrupted() {
            return Err(io::Error::other("stopped by Ctrl-C"));
        }
        write_sparse(&mut self.files[disk].1, offset, data).map(drop)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.files.iter().try_for_each(|(_, file)| file.sync_all())
    }
}

/// The IDE position of a disk; nothing for one that no IDE drive holds, or whose place another one has taken.
fn ide_position(contents: &Contents, index: usize) -> Option<u8> {
    let position = contents.disks[index].position.filter(|position| *position < IDE_DRIVES)?;
    let taken = contents.disks[..index].iter().any(|disk| disk.position == Some(position));
    (!taken).then_some(position)
}

/// The text of a `guest.toml` for the guest of a bundle, and what of the bundle has no place in it. `medium` says, as keys
/// of a table, where a disk is.
pub(crate) fn guest_text(
    contents: &Contents,
    medium: impl Fn(usize, &VirtualDisk) -> String,
) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    let possible = MachineConfig::RAM;
    let ram = contents.ram_bytes.clamp(*possible.start(), *possible.end());
    let ram = ram - ram % PAGE as u64;
    if ram != contents.ram_bytes {
        notes.push(format!("its RAM of {} bytes becomes {}", contents.ram_bytes, Bytes(ram)));
    }
    if !contents.by_bios {
        notes.push("the guest is not booted by a BIOS; it may not start".into());
    }
    if contents.networks > 0 {
        notes.push("its network interfaces are left out: the machine has none".into());
    }
    let mut text = format!(
        "name = {}\n\n[machine]\npreset = \"xenserver\"\nram = \"{}\"\n",
        quoted(&contents.name),
        Bytes(ram)
    );
    text.push_str(&video(contents));
    text.push_str(&format!("boot = {}\n\n[media]\n", boot(&contents.boot_order)));
    let mut disks = Vec::new();
    for (index, disk) in contents.disks.iter().enumerate() {
        let Some(position) = ide_position(contents, index) else {
            notes.push(format!(
                "the disk {} is on none of the IDE positions 0 to 3; no drive has it",
                disk.id
            ));
            continue;
        };
        let protect = if disk.read_only { ", write_protect = true" } else { "" };
        disks.push((
            position,
            format!("    {{ {}, position = {position}{protect} }},\n", medium(index, disk)),
        ));
    }
    disks.sort();
    let disks: String = disks.into_iter().map(|(_, line)| line).collect();
    text.push_str(&format!("disk = [\n{disks}]\n"));
    if let Some((position, disc)) = &contents.cd {
        let free = (0..contents.disks.len()).all(|index| ide_position(contents, index) != Some(*position));
        if free && *position < IDE_DRIVES {
            text.push_str(&format!("cdrom = {{ position = {position} }}\n"));
        }
        if let Some(disc) = disc {
            notes.push(format!("the disc {disc} is not in the bundle; the CD drive is empty"));
        }
    }
    (text, notes)
}

/// A host gives a guest a Cirrus, unless it is told otherwise, with 4 MiB.
fn video(contents: &Contents) -> String {
    let platform = |name: &str| contents.platform.get(name).map(String::as_str);
    if platform("vga") != Some("std") {
        return "video = \"cirrus\"\n".into();
    }
    let mib = platform("videoram").and_then(|mib| mib.parse::<u64>().ok()).unwrap_or(4);
    format!("video = \"std\"\nvideo_memory = \"{}M\"\n", mib.clamp(1, 64).next_power_of_two())
}

/// Letters tried left to right: a floppy, a disk, a CD; the machine boots from no network.
fn boot(letters: &str) -> String {
    let device = |letter| match letter {
        'a' => Some("floppy"),
        'c' => Some("disk"),
        'd' => Some("cdrom"),
        _ => None,
    };
    let mut devices = Vec::new();
    for device in letters.chars().filter_map(device).chain(["disk", "cdrom"]) {
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
    format!("{devices:?}")
}

/// Text as TOML has it.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
