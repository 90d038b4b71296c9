//! The run loop: time, sleep, resets, stops and input, with guests of a few instructions.

use crate::support::{COUNTER, Guest};
use engine::{CpuState, Model};
use hypervisor::{Bytes, Input, Instant, Key, Machine, MachineConfig, Stop, Until};

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;
/// CMOS: index and data ports, shutdown status byte, "jump through 40:67".
const CMOS: u16 = 0x70;
const SHUTDOWN: u8 = 0x0F;
const JUMP: u8 = 0x0A;
/// The scratch register of the first serial port, and port 92h.
const SCRATCH: u16 = 0x3FF;
const PORT_92: u16 = 0x92;

fn run(machine: &mut Machine, ns: u64) -> Stop {
    machine.run(Until::time(Instant(ns)))
}

fn ticks(machine: &Machine) -> u16 {
    machine.ram().read_u16(COUNTER.into())
}

fn text(machine: &mut Machine) -> String {
    String::from_utf8_lossy(&machine.take_debug_text()).into_owned()
}

fn died(stop: &Stop, with: &str) -> bool {
    matches!(stop, Stop::Died(why) if why.contains(with))
}

/// `lidt [600h]` (a limit of zero) and an exception: triple fault.
fn triple_fault(guest: Guest) -> Guest {
    guest.code(&[0x0F, 0x01, 0x1E, 0x00, 0x06, 0xCC])
}

#[test]
fn pwr_01_hlt_costs_nothing() {
    let mut machine = Guest::new().ticking(0).pics([0xFE, 0xFF]).idle().machine();
    assert_eq!(run(&mut machine, 10 * SECOND), Stop::Deadline);
    assert_eq!(machine.now(), Instant(10 * SECOND));
    assert_eq!(ticks(&machine), 182);
    assert!(machine.instructions() < 182 * 8 + 100, "{}", machine.instructions());
}

#[test]
fn pwr_01_a_request_that_is_masked_in_the_pic_does_not_wake() {
    let mut machine = Guest::new().ticking(0).pics([0xFF, 0xFF]).idle().machine();
    run(&mut machine, SECOND);
    let before = machine.instructions();
    assert_eq!(run(&mut machine, 10 * SECOND), Stop::Deadline);
    assert_eq!((machine.instructions(), ticks(&machine)), (before, 0));
    assert!(machine.cpu().halted);
}

#[test]
fn a_request_that_waits_when_the_cpu_halts_wakes_it_at_once() {
    // A one-shot that ends while interrupts are off, in a loop of 65,536 rounds; then STI and HLT.
    let guest = Guest::new().ticking(0).pics([0xFE, 0xFF]).out(0x43, 0x30).out(0x40, 100).out(0x40, 0);
    let mut machine = guest.code(&[0x31, 0xC9, 0xE2, 0xFE]).idle().machine();
    run(&mut machine, 10 * MS);
    assert_eq!(ticks(&machine), 1);
}

#[test]
fn a_halted_cpu_without_any_wake_up_sleeps_to_the_deadline() {
    let mut machine = Guest::new().idle().machine();
    assert_eq!(machine.run(Until::time(Instant::NEVER)), Stop::Deadline);
    assert_eq!(machine.now(), Instant::NEVER);
    assert_eq!(machine.run(Until::time(Instant::NEVER)), Stop::Deadline);
}

#[test]
fn a_chip_that_is_due_at_the_deadline_has_had_its_turn() {
    let fresh = || {
        let mut machine = Guest::new().pics([0xFE, 0xFF]).ticking(5000).idle().machine();
        run(&mut machine, MS);
        machine
    };
    let mut machine = fresh();
    // The counter's output falls, then rises.
    for request in [false, true] {
        let wake = machine.board().next_wake();
        assert_eq!(run(&mut machine, wake.ns()), Stop::Deadline);
        assert_eq!(machine.now(), wake);
        assert!(machine.board().next_wake() > wake);
        assert_eq!(machine.board().chips.pics.intr(), request);
    }
    // The guest is the same as one that was not stopped there.
    let mut other = fresh();
    run(&mut machine, 50 * MS);
    run(&mut other, 50 * MS);
    assert_eq!(machine.save().state, other.save().state);
}

#[test]
fn how_time_is_cut_into_runs_makes_no_difference() {
    // Halting, and counting in a loop between the ticks.
    for rest in [&[0xFB, 0xF4, 0xEB, 0xFD][..], &[0xFB, 0x40, 0xF3, 0xAB, 0xEB, 0xFB]] {
        let fresh = || Guest::new().pics([0xFE, 0xFF]).ticking(333).code(rest).machine();
        let (mut whole, mut cut) = (fresh(), fresh());
        run(&mut whole, 20 * MS);
        for slice in (0..=20 * MS).step_by(12_345).chain([20 * MS]) {
            run(&mut cut, slice);
        }
        assert_eq!(whole.save().state, cut.save().state);
        assert_eq!(whole.digests(), cut.digests());
        assert!(ticks(&whole) > 0);
    }
}

#[test]
fn a_deadline_that_has_passed_runs_nothing() {
    let mut machine = Guest::new().spin().machine();
    run(&mut machine, MS);
    let before = machine.instructions();
    assert_eq!(run(&mut machine, MS), Stop::Deadline);
    assert_eq!(run(&mut machine, 0), Stop::Deadline);
    assert_eq!(machine.instructions(), before);
}

#[test]
fn a_dead_machine_stays_dead_until_its_reset_button_is_pressed() {
    let mut machine = Guest::new().first_time(Guest::stop).say("again").spin().machine();
    let stop = run(&mut machine, MS);
    assert!(died(&stop, "halted with interrupts off at F000:"), "{stop:?}");
    let (now, instructions) = (machine.now(), machine.instructions());
    assert_eq!(run(&mut machine, SECOND), stop);
    machine.inject(Input::Key { key: Key::A, down: true });
    assert_eq!(run(&mut machine, SECOND), stop);
    assert_eq!((machine.now(), machine.instructions()), (now, instructions));
    machine.inject(Input::Reset);
    assert_eq!(run(&mut machine, MS), Stop::Deadline);
    assert_eq!(text(&mut machine), "again");
}

#[test]
fn a_machine_that_is_off_stays_off() {
    // Base of the power management ports, their enable bit, then SLP_EN with the type of soft-off.
    let config = |register: u32| 1 << 31 | 1 << 11 | 3 << 8 | register;
    let guest = Guest::new().out_dword(0xCF8, config(0x40)).out_dword(0xCFC, 0xB001);
    let guest = guest.out_dword(0xCF8, config(0x80)).out(0xCFC, 1).out(0xB005, 0x20);
    let mut machine = guest.spin().machine();
    assert_eq!(run(&mut machine, MS), Stop::PowerOff);
    machine.inject(Input::Reset);
    assert_eq!(run(&mut machine, SECOND), Stop::PowerOff);
    assert!(machine.now() < Instant(MS));
}

#[test]
fn cpu_13_the_reset_button_puts_the_cpu_in_its_true_reset_state() {
    let guest = Guest::new().code(&[0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0]).spin();
    let mut machine = guest.machine();
    run(&mut machine, MS);
    assert_eq!(machine.cpu().cr0 & 1, 1, "protected mode");
    machine.inject(Input::Reset);
    let retired = machine.instructions();
    run(&mut machine, MS);
    assert_eq!(*machine.cpu(), CpuState { retired, ..CpuState::power_on(Model::default()) });
}

#[test]
fn kbd_04_a_cpu_reset_keeps_the_chips_and_opens_a20() {
    let mut machine = Guest::new()
        .first_time(|guest| guest.out(SCRATCH, 0x5A).out(PORT_92, 0).out(0x64, 0xFE).say("never").spin())
        .show_port(SCRATCH)
        .spin()
        .machine();
    run(&mut machine, MS);
    assert_eq!(text(&mut machine), "Z");
    assert!(machine.board().signals.a20);
}

#[test]
fn kbd_04_a_board_reset_starts_the_chips_over_and_opens_a20() {
    let mut machine = Guest::new()
        .first_time(|guest| {
            let guest = guest.say("kept").pics([b'Z', 0xFF]).out(PORT_92, 0).show_port(0x21);
            guest.out(0xCF9, 0x06).say("never").spin()
        })
        .show_port(0x21)
        .spin()
        .machine();
    run(&mut machine, MS);
    assert!(machine.board().signals.a20);
    assert_eq!(machine.take_debug_text(), b"keptZ\0");
    assert_eq!(ticks(&machine), 2, "RAM is as it was");
}

#[test]
fn bio_07_a_triple_fault_with_a_shutdown_code_resets_the_cpu_alone() {
    let mut machine = Guest::new()
        .first_time(|guest| triple_fault(guest.out(CMOS, SHUTDOWN).out(CMOS + 1, JUMP).out(SCRATCH, 0x5A)))
        .out(CMOS, SHUTDOWN)
        .show_port(CMOS + 1)
        .show_port(SCRATCH)
        .spin()
        .machine();
    assert_eq!(run(&mut machine, MS), Stop::Deadline);
    assert_eq!(machine.take_debug_text(), [JUMP, 0x5A]);
}

#[test]
fn a_triple_fault_without_a_shutdown_code_is_the_end() {
    let mut machine = triple_fault(Guest::new()).spin().machine();
    let stop = run(&mut machine, MS);
    assert!(died(&stop, "triple fault at F000:"), "{stop:?}");
    assert_eq!(run(&mut machine, SECOND), stop);
}

#[test]
fn a_guest_that_shuts_down_for_ever_meets_its_deadline() {
    let guest = Guest::new().out(CMOS, SHUTDOWN).out(CMOS + 1, JUMP);
    let mut machine = triple_fault(guest).machine();
    assert_eq!(run(&mut machine, MS), Stop::Deadline);
}

#[test]
fn a_debug_line_stops_the_run_that_asks_for_it_right_there() {
    let mut machine = Guest::new().say("one\n").say("two").spin().machine();
    let until = Until { debug_line: true, ..Until::time(Instant(MS)) };
    assert_eq!(machine.run(until), Stop::DebugLine);
    let there = machine.instructions();
    assert_eq!(machine.run(until), Stop::DebugLine, "the line was not taken");
    assert_eq!(machine.instructions(), there);
    assert_eq!(text(&mut machine), "one\n");
    assert_eq!(machine.run(until), Stop::Deadline);
    assert_eq!(text(&mut machine), "two");
}

#[test]
fn a_debug_line_does_not_stop_a_run_that_does_not_ask() {
    let mut machine = Guest::new().say("one\n").spin().machine();
    assert_eq!(run(&mut machine, MS), Stop::Deadline);
    assert_eq!(machine.now(), Instant(MS));
}

#[test]
fn input_of_one_instant_arrives_in_order() {
    // Keyboard and translation on; then every byte of port 60h goes to the debug port.
    let guest = Guest::new().out(0x64, 0x60).out(0x60, 0x40);
    // poll: in al,64h; test al,1; jz poll; in al,60h; out E9h,al; jmp poll
    let guest = guest.code(&[0xE4, 0x64, 0xA8, 0x01, 0x74, 0xFA, 0xE4, 0x60, 0xE6, 0xE9, 0xEB, 0xF4]);
    let mut machine = guest.machine();
    run(&mut machine, MS);
    for (key, down) in [(Key::A, true), (Key::S, true), (Key::A, false), (Key::S, false)] {
        machine.inject(Input::Key { key, down });
    }
    run(&mut machine, 100 * MS);
    assert_eq!(machine.take_debug_text(), [0x1E, 0x1F, 0x9E, 0x9F]);
}

#[test]
fn serial_input_is_read_where_it_came_in() {
    let wait_and_show = [0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xFB, 0xBA, 0xF8, 0x03, 0xEC, 0xE6, 0xE9];
    let eight_bits = Guest::new().out(0x3FB, 3);
    let guest = eight_bits.code(&wait_and_show).code(&[0xEB, 0xF0]);
    let mut machine = guest.machine();
    run(&mut machine, MS);
    machine.inject(Input::Serial(b"ab".to_vec()));
    machine.inject(Input::Serial(b"c".to_vec()));
    run(&mut machine, SECOND);
    assert_eq!(text(&mut machine), "abc");
}

#[test]
fn every_ram_size_runs_and_ends_where_it_says() {
    for bytes in [1 << 20, (1 << 20) + 4096, 640 << 20, 2 << 30] {
        let config = MachineConfig { ram: Bytes(bytes), ..MachineConfig::default() };
        let mut machine = Guest::new().say("up").spin().machine_as(config, Default::default());
        run(&mut machine, MS);
        assert_eq!(text(&mut machine), "up", "{bytes}");
        assert_eq!(u64::from(machine.board().layout().ram_bytes), bytes);
    }
}

#[test]
fn our_own_firmware_stops_where_there_is_nothing_to_boot() {
    let mut machine = Machine::new(&MachineConfig::default(), Default::default()).unwrap();
    assert_eq!(run(&mut machine, 5 * SECOND), Stop::Deadline);
    assert!(machine.text().is_some());
    assert!(machine.notes().list().is_empty(), "{:?}", machine.notes().list());
}
