//! What snapshots cost: `cargo bench -p relic-tests --bench snapshots`, with FreeDOS's hard disk in `RELIC_MEDIA`.
//!
//! Milliseconds of a core, the median of several rounds, beside what the host needs to copy the guest's RAM once: a machine
//! of 256 MB with FreeDOS at its prompt, and the same with all its RAM filled.

use backplane::Bay;
use hypervisor::{
    Bytes, Disk, Input, Instant, Key, Machine, MachineConfig, MediumId, Saved, SnapshotBase, SnapshotId,
    Until,
};
use relic_tests::cost::median;
use relic_tests::media;
use serde_json::Value;
use std::hint::black_box;
use std::io::{Cursor, Read};
use std::sync::Arc;

const RAM: u64 = 256 << 20;
const MS: u64 = 1_000_000;
const ROUNDS: usize = 15;
/// Forks that are run and thrown away.
const FORKS: usize = 1000;
/// After so many the allocator has what it needs: what the process grows by from then on is leaked.
const SETTLED: usize = 100;

/// The median cost of an operation, in milliseconds.
fn cost(mut operation: impl FnMut()) -> f64 {
    let round = |_| {
        let start = std::time::Instant::now();
        operation();
        start.elapsed().as_secs_f64() * 1000.0
    };
    median((0..ROUNDS).map(round).collect())
}

fn booted(image: &[u8]) -> Machine {
    let (config, media) = media::with_hard_disk(image.to_vec(), None);
    let mut machine = Machine::new(&MachineConfig { ram: Bytes(RAM), ..config }, media).expect("a machine");
    let at_prompt = |machine: &Machine| {
        let text = machine.text().map(|screen| screen.cells.iter().map(|cell| cell.0).collect::<Vec<u8>>());
        text.is_some_and(|text| text.windows(4).any(|part| part == b"C:\\>"))
    };
    while !at_prompt(&machine) {
        assert!(machine.now() < Instant(60_000 * MS), "FreeDOS comes to its prompt");
        machine.run(Until::time(machine.now() + 100 * MS));
    }
    machine
}

/// A key is typed, and DOS shows it.
fn live(machine: &mut Machine) {
    for down in [true, false] {
        machine.inject(Input::Key { key: Key::A, down });
        machine.run(Until::time(machine.now() + 50 * MS));
    }
}

fn table(name: &str, mut machine: Machine, image: &[u8]) {
    let saved = machine.save();
    let base = machine
        .medium(Bay::PrimaryMaster)
        .map(Disk::unwritten)
        .unwrap_or_else(|| Disk::from_bytes(image.to_vec()));
    let save = cost(|| {
        live(&mut machine);
        black_box(machine.save());
    });
    let run = cost(|| live(&mut machine));
    let restore = cost(|| machine.restore(&saved).expect("the same machine"));
    let back = cost(|| {
        live(&mut machine);
        machine.restore(&saved).expect("the same machine");
    });
    let fork = cost(|| drop(black_box(machine.fork().expect("memory"))));
    let (from, mut to) = (vec![1u8; RAM as usize], vec![0u8; RAM as usize]);
    let copy = cost(|| to.copy_from_slice(black_box(&from)));
    println!("{name}: {} pages", saved.store.iter().count());
    println!("  a key that is typed {run:8.3} ms");
    println!("  that and a snapshot {save:8.3} ms");
    println!("  restore, unchanged  {restore:8.3} ms");
    println!("  that run and back   {back:8.3} ms");
    println!("  fork                {fork:8.3} ms");
    println!("  a copy of 256 MB    {copy:8.3} ms");
    files(&mut machine, &base);
}

/// A snapshot in a file, and after a key another one, whole and as a difference to the first.
fn files(machine: &mut Machine, medium: &Disk) {
    let write = |saved: &Saved, base: Option<&SnapshotBase>| {
        let mut bytes = Vec::new();
        let written = match base {
            None => saved.write(&mut bytes, &Value::Null),
            Some(base) => saved.write_difference(base, &mut bytes, &Value::Null),
        };
        written.expect("memory takes it");
        bytes
    };
    let first: Arc<[u8]> = write(&machine.save(), None).into();
    let none = |_: &SnapshotId| Err("the first has no base".into());
    let base = SnapshotBase::read("first", &mut &first[..], &mut { none }).expect("a snapshot");
    live(machine);
    let typed = machine.save();
    let (whole, difference) = (write(&typed, None), write(&typed, Some(&base)));
    let mut open_base = |_: &SnapshotId| Ok(Box::new(Cursor::new(first.clone())) as Box<dyn Read>);
    let mut read = |bytes: &[u8]| {
        let open = &mut |_: &MediumId| Ok(medium.clone());
        let (read, _) = Saved::read(bytes, open, &mut open_base).expect("a snapshot");
        machine.restore(&read).expect("the same machine");
    };
    let costs = [cost(|| drop(write(&typed, None))), cost(|| drop(write(&typed, Some(&base))))];
    let back = [cost(|| read(&whole)), cost(|| read(&difference))];
    for (n, (name, bytes)) in [("whole file", &whole), ("difference", &difference)].into_iter().enumerate() {
        let (size, write, read) = (bytes.len() as f64 / 1e3, costs[n], back[n]);
        println!("  {name}: {size:10.1} kB, written in {write:8.3} ms, restored from in {read:8.3} ms");
    }
}

fn forks(machine: &Machine) {
    let start = std::time::Instant::now();
    let mut resident = 0.0;
    for fork in 0..FORKS {
        if fork == SETTLED {
            resident = resident_mb();
        }
        let mut fork = machine.fork().expect("memory");
        live(&mut fork);
    }
    let seconds = start.elapsed().as_secs_f64();
    let grown = resident_mb() - resident;
    println!(
        "{FORKS} forks that run and go: {seconds:.2} s; after the first {SETTLED} {grown:+.1} MB resident"
    );
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

fn main() {
    let Some(image) = media::hard_disk() else {
        return eprintln!("snapshots: no FreeDOS hard disk; RELIC_MEDIA names its folder");
    };
    let machine = booted(&image);
    forks(&machine);
    table("FreeDOS at its prompt", machine, &image);
    let filled = booted(&image);
    for page in (2 << 20..RAM as usize).step_by(4096) {
        filled.ram().write(page, &(page as u64).to_le_bytes());
    }
    table("the same with its RAM filled", filled, &image);
}
