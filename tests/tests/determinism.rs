//! The same machine, media and input give the same bits, however the run is cut into slices.

use guest_images::probe::{self, CdBoot};
use hypervisor::{Digests, Input, Instant, Key, Machine, MachineConfig, Media, Stop, Until};
use relic_tests::media;
use relic_tests::pc::Pc;
use relic_tests::probe::hurried;

const MS: u64 = 1_000_000;

/// Runs to `end` in slices of the lengths that `slice` gives, with keys at fixed instants.
fn digests((config, media): (MachineConfig, Media), end: u64, mut slice: impl FnMut() -> u64) -> Digests {
    let mut machine = Machine::new(&config, media).unwrap();
    let keys = [(end / 2, Key::D), (end * 5 / 8, Key::I), (end * 6 / 8, Key::R), (end * 7 / 8, Key::Enter)];
    let events = keys.into_iter().flat_map(|(at, key)| [(at, key, true), (at + 20 * MS, key, false)]);
    let mut run_to = |machine: &mut Machine, at: u64| {
        while machine.now().ns() < at {
            let next = Instant(at.min(machine.now().ns() + slice()));
            if machine.run(Until::time(next)) != Stop::Deadline {
                break;
            }
        }
    };
    for (at, key, down) in events {
        run_to(&mut machine, at);
        machine.inject(Input::Key { key, down });
    }
    run_to(&mut machine, end);
    machine.digests()
}

fn is_deterministic(machine: impl Fn() -> (MachineConfig, Media), end: u64) {
    let whole = digests(machine(), end, || u64::MAX / 2);
    assert_eq!(whole, digests(machine(), end, || u64::MAX / 2), "two runs");
    // Lengths that hit no boundary of anything: a linear congruential sequence of 1 ns to 4 ms.
    let mut state = 1u64;
    let odd = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % (4 * MS)
    };
    assert_eq!(whole, digests(machine(), end, odd), "in slices");
}

#[test]
fn dos_from_a_floppy_gives_equal_digests_in_two_runs_and_in_slices() {
    let Some(image) = media::floppy("1.4MB") else { return };
    is_deterministic(|| media::with_floppy(image.clone()), 1500 * MS);
}

#[test]
fn dos_from_a_hard_disk_gives_equal_digests_in_two_runs_and_in_slices() {
    let Some(image) = media::hard_disk() else { return };
    let disc = probe::iso(CdBoot::NoEmulation);
    is_deterministic(|| media::with_hard_disk(image.clone(), Some(disc.clone())), 3000 * MS);
}

#[test]
fn the_probe_gives_equal_digests_in_two_runs_and_in_slices() {
    is_deterministic(|| media::with_floppy(probe::floppy_with(&hurried())), 3000 * MS);
}

#[test]
fn slices_of_one_instruction_change_nothing() {
    let end = 12 * MS;
    let machine = || media::with_disc(probe::iso_with(CdBoot::Floppy, &hurried()));
    assert_eq!(digests(machine(), end, || u64::MAX / 2), digests(machine(), end, || 1));
}

#[test]
fn what_a_guest_writes_to_its_disk_is_the_same_in_two_runs() {
    let Some(image) = media::floppy("720K") else { return };
    let run = || {
        let mut pc = Pc::start(media::with_floppy(image.clone()));
        pc.wait_prompt("A:\\>", 10);
        pc.command("copy readme.txt copy.txt", "A:\\>");
        pc.command("del readme.txt", "A:\\>");
        pc.digests()
    };
    let (first, second) = (run(), run());
    assert_eq!(first, second);
    let untouched = Pc::start(media::with_floppy(image.clone())).digests();
    assert_ne!(first.media, untouched.media, "the floppy was written");
}
