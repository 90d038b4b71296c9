//! A machine restored from a snapshot continues bit for bit as the one that was saved.

use crate::support::{COUNTER, Guest};
use engine::CrZero;
use flate2::read::GzDecoder;
use hypervisor::{
    Bay, Disk, Drive, Input, Instant, Key, Machine, MachineConfig, Media, Preset, RestoreError, Saved, State,
    Stop, TextScreen, Until,
};
use std::io::Read;
use std::path::{Path, PathBuf};

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;

/// Instants before `end`, drawn from a seed (xorshift64) and in order.
fn instants(count: usize, end: u64, mut seed: u64) -> Vec<u64> {
    let mut list: Vec<u64> = (0..count)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % end
        })
        .collect();
    list.sort_unstable();
    list
}

/// The snapshot with its readable part written as JSON and read back.
fn through_json(saved: &Saved) -> Saved {
    let text = serde_json::to_string(&saved.state).unwrap();
    let state: State = serde_json::from_str(&text).unwrap();
    assert_eq!(state, saved.state);
    Saved { state, ..saved.clone() }
}

/// Runs one machine to `end` and another, through a snapshot into a fresh machine at each instant, to the same; both must
/// be equal in everything.
fn same_through_snapshots(
    fresh: impl Fn() -> Machine,
    feed: impl Fn(&mut Machine),
    points: &[u64],
    end: u64,
) {
    let mut whole = fresh();
    feed(&mut whole);
    let stop = whole.run(Until::time(Instant(end)));
    let mut cut = fresh();
    feed(&mut cut);
    for &at in points {
        cut.run(Until::time(Instant(at)));
        let saved = through_json(&cut.save());
        cut = fresh();
        cut.restore(&saved).unwrap();
    }
    assert_eq!(cut.run(Until::time(Instant(end))), stop);
    assert_eq!(cut.digests(), whole.digests());
    let (cut, whole) = (cut.save(), whole.save());
    assert_eq!(cut.state, whole.state);
    assert!(cut.store == whole.store, "the stores differ");
    assert_eq!(cut.notes, whole.notes);
}

fn no_input(_: &mut Machine) {}

/// Ticks, and fills memory in between.
fn busy_guest() -> Guest {
    Guest::new().pics([0xFE, 0xFF]).ticking(333).code(&[0xFB, 0x40, 0xF3, 0xAB, 0xEB, 0xFB])
}

#[test]
fn a_busy_guest_continues_alike_from_any_point() {
    same_through_snapshots(|| busy_guest().machine(), no_input, &instants(10, 20 * MS, 1), 20 * MS);
}

#[test]
fn a_sleeping_guest_continues_alike_from_any_point() {
    let fresh = || Guest::new().ticking(0).pics([0xFE, 0xFF]).idle().machine();
    same_through_snapshots(fresh, no_input, &instants(10, 3 * SECOND, 2), 3 * SECOND);
}

#[test]
fn every_preset_continues_alike_through_its_firmware() {
    for preset in [Preset::Pc, Preset::XenServer, Preset::Isa486] {
        let config = MachineConfig { preset, ..MachineConfig::default() };
        let fresh = || Machine::new(&config, Media::default()).unwrap();
        let press = |machine: &mut Machine| machine.inject(Input::Key { key: Key::A, down: true });
        same_through_snapshots(fresh, press, &instants(4, 300 * MS, 3), 300 * MS);
    }
}

#[test]
fn tim_03_a_restored_level_is_not_an_edge() {
    // The handler of IRQ 4 counts, but leaves the serial port's line high.
    let [low, high] = COUNTER.to_le_bytes();
    let count = [0xFF, 0x06, low, high, 0xB0, 0x20, 0xE6, 0x20, 0xCF];
    let guest = || {
        let guest = Guest::new().handler(0x0C, 0x9000, &count).pics([0xEF, 0xFF]);
        guest.out(0x3FC, 0x08).out(0x3F9, 0x02).idle().machine()
    };
    let mut machine = guest();
    machine.run(Until::time(Instant(MS)));
    let mut restored = guest();
    restored.restore(&machine.save()).unwrap();
    assert_eq!(restored.ram().read_u16(COUNTER.into()), 1);
    assert!(!restored.board().chips.pics.intr());
    restored.run(Until::time(Instant(2 * MS)));
    assert_eq!(restored.ram().read_u16(COUNTER.into()), 1);
}

#[test]
fn a_machine_goes_back_to_what_it_was() {
    let mut machine = busy_guest().machine();
    machine.run(Until::time(Instant(5 * MS)));
    let saved = machine.save();
    machine.run(Until::time(Instant(10 * MS)));
    let first = machine.save();
    machine.restore(&saved).unwrap();
    assert_eq!(machine.now(), Instant(saved.state.clock.now(saved.state.cpu.retired).ns()));
    machine.run(Until::time(Instant(10 * MS)));
    let second = machine.save();
    assert_eq!(first.state, second.state);
    assert!(first.store == second.store);
}

#[test]
fn code_that_differs_is_not_run_from_the_cache() {
    // The loop at 0:7E00h: `inc word [500h]; jmp $-6`, or with `dec`.
    let mut machine = Guest::new().code(&[0xEA, 0x00, 0x7E, 0x00, 0x00]).machine();
    let program = |direction: u8| [0xFF, direction, 0x00, 0x05, 0xEB, 0xFA];
    machine.ram().write(0x7E00, &program(0x06));
    machine.run(Until::time(Instant(MS)));
    let saved_up = machine.save();
    machine.ram().write(0x7E00, &program(0x0E));
    machine.run(Until::time(Instant(2 * MS)));
    let up = saved_up.state.cpu.retired;
    machine.restore(&saved_up).unwrap();
    let before = machine.ram().read_u16(COUNTER.into());
    machine.run(Until::time(Instant(2 * MS)));
    let steps = (machine.instructions() - up) / 2;
    assert_eq!(machine.ram().read_u16(COUNTER.into()), before.wrapping_add(steps as u16));
}

#[test]
fn translations_of_before_are_forgotten() {
    const DIRECTORY: usize = 0x1_0000;
    const TABLE: usize = 0x1_1000;
    const PRESENT_WRITABLE: u32 = 3;
    // Copies the byte at 5000h to 6000h for ever; 5000h is mapped to the page at `source`, all else to itself.
    let guest = |source: u32| {
        let mut machine = Guest::new().code(&[0xA0, 0x00, 0x50, 0xA2, 0x00, 0x60, 0xEB, 0xF8]).machine();
        machine.run(Until::time(Instant(1000)));
        machine.ram().write_u32(DIRECTORY, TABLE as u32 | PRESENT_WRITABLE);
        for page in 0..1024 {
            machine.ram().write_u32(TABLE + 4 * page, (page as u32) << 12 | PRESENT_WRITABLE);
        }
        machine.ram().write_u32(TABLE + 4 * 5, source | PRESENT_WRITABLE);
        machine.ram().write(0x7000, b"A");
        machine.ram().write(0x8000, b"B");
        let cpu = machine.cpu_mut();
        cpu.cr3 = DIRECTORY as u32;
        cpu.cr0 |= (CrZero::PE | CrZero::PG).bits();
        machine.run(Until::time(Instant(MS)));
        machine
    };
    let (a, mut b) = (guest(0x7000), guest(0x8000));
    assert_eq!((a.ram().read_u8(0x6000), b.ram().read_u8(0x6000)), (b'A', b'B'));
    b.restore(&a.save()).unwrap();
    b.run(Until::time(Instant(2 * MS)));
    assert_eq!(b.ram().read_u8(0x6000), b'A');
}

#[test]
fn media_come_back_with_what_was_written() {
    let media = || Media { floppies: [Some(Disk::from_bytes(vec![0; 1_474_560])), None], ..Media::default() };
    let fresh = || Guest::new().spin().machine_as(MachineConfig::default(), media());
    let bay = hypervisor::Bay::FloppyA;
    let mut machine = fresh();
    let mut disk = machine.medium(bay).unwrap().clone();
    disk.write(512, b"written").unwrap();
    machine.inject(Input::Insert { bay, disk });
    let saved = machine.save();
    let mut restored = fresh();
    restored.restore(&saved).unwrap();
    assert_eq!(restored.digests(), machine.digests());
    let mut bytes = [0; 7];
    restored.medium(bay).unwrap().read(512, &mut bytes).unwrap();
    assert_eq!(&bytes, b"written");
}

#[test]
fn a_dead_machine_is_restored_dead_and_a_live_one_alive() {
    let fresh = || Guest::new().stop().machine();
    let (mut dead, live) = (fresh(), fresh().save());
    let stop = dead.run(Until::time(Instant(MS)));
    assert!(matches!(stop, Stop::Died(_)));
    let saved = dead.save();
    let mut other = fresh();
    other.restore(&saved).unwrap();
    assert_eq!(other.run(Until::time(Instant(MS))), stop);
    other.restore(&live).unwrap();
    assert_eq!(other.now(), Instant::ZERO);
    assert_eq!(other.run(Until::time(Instant(MS))), stop);
}

#[test]
fn forks_go_their_own_ways_and_leave_the_first_alone() {
    let mut first = busy_guest().machine();
    first.run(Until::time(Instant(5 * MS)));
    let before = first.digests();
    let mut forks: Vec<Machine> = (0..3).map(|_| first.fork().unwrap()).collect();
    for (n, fork) in forks.iter_mut().enumerate() {
        fork.run(Until::time(Instant((6 + n as u64) * MS)));
    }
    assert_eq!(first.digests(), before);
    first.run(Until::time(Instant(8 * MS)));
    assert_eq!(first.digests(), forks[2].digests());
    assert_eq!(first.save().state, forks[2].save().state);
    assert_ne!(forks[0].digests(), forks[1].digests());
}

#[test]
fn a_machine_goes_back_and_forth_between_its_snapshots() {
    let mut machine = busy_guest().machine();
    let mut saved = Vec::new();
    for at in 1..6 {
        machine.run(Until::time(Instant(at * MS)));
        saved.push((machine.save(), machine.digests()));
    }
    for n in [2, 0, 4, 4, 1, 3, 0] {
        let (snapshot, digests) = &saved[n];
        machine.run(Until::time(machine.now() + MS / 3));
        machine.restore(snapshot).unwrap();
        assert_eq!(machine.digests(), *digests, "snapshot {n}");
        assert!(machine.save().store == snapshot.store, "snapshot {n}");
    }
}

#[test]
fn a_snapshot_of_another_make_is_refused_and_changes_nothing() {
    let saved = Guest::new().spin().machine().save();
    for config in [
        MachineConfig { ram: hypervisor::Bytes(16 << 20), ..MachineConfig::default() },
        MachineConfig { preset: Preset::Isa486, ..MachineConfig::default() },
        MachineConfig { preset: Preset::XenServer, ..MachineConfig::default() },
    ] {
        let mut machine = Guest::new().spin().machine_as(config, Media::default());
        machine.run(Until::time(Instant(MS)));
        let before = machine.digests();
        let error = machine.restore(&saved).unwrap_err();
        assert!(error.to_string().contains("snapshot"), "{error}");
        assert_eq!((machine.digests(), machine.now()), (before, Instant(MS)));
    }
}

#[test]
fn a_time_that_is_not_that_of_the_chips_is_refused_and_not_made_up_for() {
    let build = || Guest::new().ticking(1193).pics([0xFE, 0xFF]).idle().machine();
    let mut machine = build();
    machine.run(Until::time(Instant(5 * MS)));
    for retired in [1 << 48, u64::MAX] {
        let mut saved = machine.save();
        saved.state.cpu.retired = retired;
        assert_eq!(build().restore(&saved), Err(RestoreError::Time));
    }
}

/// No CPU of ours gets there; a file may say so.
#[test]
fn a_halted_cpu_in_a_shadow_of_the_instruction_before_wakes_up() {
    for shadow in [[true, false], [false, true], [true, true]] {
        let build = || Guest::new().ticking(1193).pics([0xFE, 0xFF]).idle().machine();
        let mut machine = build();
        machine.run(Until::time(Instant(5 * MS + MS / 2)));
        let mut saved = machine.save();
        assert!(saved.state.cpu.halted);
        let state = &mut saved.state.cpu.interruptibility;
        [state.sti_shadow, state.ss_shadow] = shadow;
        let mut again = build();
        again.restore(&saved).unwrap();
        for machine in [&mut machine, &mut again] {
            assert_eq!(machine.run(Until::time(Instant(9 * MS))), Stop::Deadline);
        }
        assert_eq!(machine.digests(), again.digests());
    }
}

#[test]
fn a_snapshot_holds_no_empty_pages() {
    let saved = Guest::new().spin().machine().save();
    assert!(saved.store.iter().all(|(_, page)| page.iter().any(|byte| *byte != 0)));
    assert!(saved.store.iter().count() < 200);
    assert!(saved.store.store_len() > 48 << 20);
}

/// The folder of other people's media: `RELIC_MEDIA`, or the one beside the workspace. Only outside CI may it be absent.
fn media(name: &str) -> Option<PathBuf> {
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let path = std::env::var_os("RELIC_MEDIA").map_or(standard, PathBuf::from).join(name);
    assert!(path.is_file() || std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{path:?} is missing");
    path.is_file().then_some(path)
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_freedos_boot_from_floppy_continues_alike_from_any_point() {
    let name = "a_freedos_boot_from_floppy_continues_alike_from_any_point";
    let Some(path) = media("dos/freedos-floppy-1.4MB.img.gz") else {
        return eprintln!("skipped {name}: no RELIC_MEDIA");
    };
    let floppy = Disk::from_bytes(unpacked(&path));
    let config = MachineConfig::default();
    let fresh = || {
        let media = Media {
            floppies: [Some(floppy.clone()), None],
            drives: [
                Drive::Disk(Disk::from_bytes(vec![0; 8 << 20])),
                Drive::None,
                Drive::Cd(None),
                Drive::None,
            ],
        };
        Machine::new(&config, media).unwrap()
    };
    let prompt = (1..300).map(|tenths| tenths * 100 * MS).find({
        let mut machine = fresh();
        move |&at| {
            machine.run(Until::time(Instant(at)));
            machine.text().is_some_and(|screen| shows(&screen, "A:\\>"))
        }
    });
    let end = prompt.expect("the floppy boots to its prompt within 30 s");
    every_write_is_marked(fresh(), end);
    same_through_snapshots(fresh, no_input, &instants(10, end, 0x5EED), end);
}

/// A snapshot holds what the store does: no engine and no chip writes without marking the page.
fn every_write_is_marked(mut machine: Machine, end: u64) {
    for at in instants(10, end, 0x0DD) {
        machine.run(Until::time(Instant(at)));
        let saved = machine.save();
        let mut page = [0; 4096];
        for offset in (0..machine.ram().len()).step_by(page.len()) {
            machine.ram().read(offset, &mut page);
            assert!(page == *saved.store.page(offset).unwrap_or(&[0; 4096]), "page at {offset:X}h");
        }
    }
}

/// Types `ver` at the prompt, moves the mouse, changes the floppy and presses reset; then another machine does the same from the log.
#[test]
fn the_log_of_inputs_replays_a_run_bit_for_bit() {
    let name = "the_log_of_inputs_replays_a_run_bit_for_bit";
    let Some(path) = media("dos/freedos-floppy-1.4MB.img.gz") else {
        return eprintln!("skipped {name}: no RELIC_MEDIA");
    };
    let floppy = Disk::from_bytes(unpacked(&path));
    let config = MachineConfig::default();
    let fresh = || {
        let media = Media { floppies: [Some(floppy.clone()), None], ..Media::default() };
        Machine::new(&config, media).unwrap()
    };
    let mut first = fresh();
    first.run(Until::time(Instant(500 * MS)));
    for key in [Key::V, Key::E, Key::R, Key::Enter] {
        for down in [true, false] {
            first.inject(Input::Key { key, down });
            first.run(Until::time(first.now() + 40 * MS + 77));
        }
    }
    first.inject(Input::Mouse { dx: 5, dy: -3, wheel: 0, buttons: 1 });
    first.inject(Input::Insert { bay: Bay::FloppyA, disk: floppy.clone() });
    first.run(Until::time(first.now() + 10 * MS));
    let typed = first.text().unwrap();
    assert!(shows(&typed, "FreeCom version"));
    first.inject(Input::Reset);
    let end = first.now() + SECOND;
    let stop = first.run(Until::time(end));

    let mut second = fresh();
    assert_eq!(second.replay(first.inputs(), end), stop);
    assert_eq!(second.digests(), first.digests());
    assert_eq!(second.save().state, first.save().state);
}

fn shows(screen: &TextScreen, text: &str) -> bool {
    let bytes: Vec<u8> = screen.cells.iter().map(|cell| cell.0).collect();
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}
