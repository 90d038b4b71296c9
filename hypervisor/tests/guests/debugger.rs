//! What a debugger asks of a machine, and that the guest notices nothing of it.

use crate::support::{COUNTER, Guest};
use hypervisor::{Hit, Instant, Machine, Stop, Stops, Until, Watch};

const MS: u64 = 1_000_000;
/// Linear address of the timer's handler.
const HANDLER: u32 = 0xF_8000;
const COUNTED: Watch = Watch { first: COUNTER as u32, last: COUNTER as u32 + 1, read: false, write: true };

fn ticking() -> Machine {
    Guest::new().ticking(1000).pics([0xFE, 0xFF]).idle().machine()
}

/// Runs to 10 ms through every stop; how many there were.
fn finish(machine: &mut Machine) -> u32 {
    let mut stops = 0;
    while machine.run(Until::time(Instant(10 * MS))) != Stop::Deadline {
        stops += 1;
    }
    stops
}

fn counted(machine: &Machine) -> u32 {
    u32::from(machine.ram().read_u16(COUNTER.into()))
}

#[test]
fn a_run_stops_once_before_each_marked_instruction() {
    let mut machine = ticking();
    machine.set_stops(Stops { code: [HANDLER].into(), data: Vec::new() });
    let stop = machine.run(Until::time(Instant(10 * MS)));
    assert_eq!((stop, counted(&machine)), (Stop::Met(Hit::Code), 0));
    assert_eq!(finish(&mut machine) + 1, counted(&machine));
    assert!(counted(&machine) > 10);
}

#[test]
fn a_run_stops_behind_each_watched_write() {
    let mut machine = ticking();
    machine.set_stops(Stops { code: [].into(), data: vec![COUNTED] });
    let stop = machine.run(Until::time(Instant(10 * MS)));
    assert_eq!((stop, counted(&machine)), (Stop::Met(Hit::Data(COUNTED)), 1));
    assert_eq!(finish(&mut machine) + 1, counted(&machine));
}

#[test]
fn a_step_is_one_instruction_and_a_halted_cpu_steps_when_it_wakes() {
    let mut machine = ticking();
    for n in 1..=200 {
        assert_eq!(machine.run(Until::instructions(1)), Stop::Stepped);
        assert_eq!(machine.instructions(), n);
    }
}

#[test]
fn the_guest_notices_neither_stops_nor_steps_nor_a_trace() {
    let mut plain = ticking();
    finish(&mut plain);
    let mut watched = ticking();
    watched.set_stops(Stops { code: [HANDLER, HANDLER + 4].into(), data: vec![COUNTED] });
    watched.set_trace(true);
    while watched.now() < Instant(10 * MS) && watched.instructions() < plain.instructions() {
        watched.run(Until { deadline: Instant(10 * MS), ..Until::instructions(7) });
    }
    finish(&mut watched);
    let trace = watched.take_trace();
    assert_eq!(trace.len() as u64, watched.instructions());
    assert!(trace.iter().zip(0..).all(|(executed, n)| executed.retired == n));
    assert_eq!(watched.digests(), plain.digests());
    assert_eq!(watched.cpu(), plain.cpu());
}

#[test]
fn memory_is_seen_and_changed_by_linear_address_and_devices_are_left_alone() {
    let mut machine = ticking();
    finish(&mut machine);
    let mut word = [0; 2];
    assert_eq!(machine.peek(COUNTER.into(), &mut word), 2);
    assert_eq!(u32::from(u16::from_le_bytes(word)), counted(&machine));
    assert!(machine.poke(COUNTER.into(), &[0x34, 0x12]));
    assert_eq!(counted(&machine), 0x1234);
    assert_eq!(machine.peek(HANDLER, &mut word), 2);
    assert_eq!(word, [0xFF, 0x06]);
    assert!(!machine.poke(HANDLER, &[0]), "ROM");
    assert_eq!(machine.peek(0x9_FFFF, &mut word), 1, "the video window is no memory");
    assert!(!machine.poke(0x9_FFFF, &[1, 2]));
    assert_eq!(machine.peek(0x9_FFFF, &mut word[..1]), 1);
    assert_eq!(word[0], 0, "nothing is half written");
}
