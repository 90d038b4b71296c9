//! The controller's own behaviour; keyboard and mouse have files of their own.

mod keyboard;
mod mouse;

use super::*;
use backplane::bench::{Bench, seeded};

const MS: u64 = 1_000_000;
const NOTHING: [u16; 0] = [];

/// A bench whose guest has set the command byte: both interrupts, both interfaces, translation.
fn bench() -> Bench<I8042> {
    with(I8042::new())
}

fn with(chip: I8042) -> Bench<I8042> {
    let mut b = Bench::new(chip);
    b.advance(MS);
    b.outb(COMMAND, 0x60);
    b.outb(DATA, 0x47);
    b
}

fn full(b: &mut Bench<I8042>) -> bool {
    b.inb(COMMAND) & 0x01 != 0
}

/// All bytes that come within `ms`, with those of the mouse above FFh.
fn bytes(b: &mut Bench<I8042>, ms: u64) -> Vec<u16> {
    let mut seen = Vec::new();
    for _ in 0..ms * 20 {
        b.advance(MS / 20);
        let status = b.inb(COMMAND);
        if status & 0x01 != 0 {
            let aux = if status & 0x20 != 0 { 0x100 } else { 0 };
            seen.push(u16::from(b.inb(DATA)) | aux);
        }
    }
    seen
}

/// A controller command and its answer.
fn ask(b: &mut Bench<I8042>, command: u8) -> u8 {
    b.outb(COMMAND, command);
    assert!(full(b), "command {command:02X}h has an answer");
    b.inb(DATA)
}

#[test]
fn kbd_01_the_interrupt_follows_the_output_buffer() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.advance(MS - 1);
    assert!(!full(&mut b));
    b.advance(1);
    assert!(full(&mut b) && !b.line(0));
    b.advance(IRQ_DELAY_NS - 1);
    assert!(!b.line(0));
    b.advance(1);
    assert!(b.line(0) && !b.line(1));
    assert_eq!(b.inb(DATA), 0x1E);
    assert!(!b.line(0) && !full(&mut b));
}

#[test]
fn kbd_01_a_byte_that_is_polled_in_time_does_not_interrupt() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.advance(MS);
    b.inb(DATA);
    b.advance(100 * MS);
    assert!(!b.line(0));
}

#[test]
fn kbd_02_the_output_port_is_written_at_once_beside_unread_bytes() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.advance(2 * MS);
    b.outb(COMMAND, 0xD1);
    b.outb(DATA, 0xDD);
    assert!(!b.signals.a20);
    assert_eq!(b.inb(DATA), 0x1E, "the byte that waited is still there");
}

#[test]
fn kbd_03_a20_by_output_port_and_by_commands_never_makes_a_byte() {
    let mut b = bench();
    let steps: [(&[(u16, u8)], bool); 4] = [
        (&[(COMMAND, 0xD1), (DATA, 0xDD)], false),
        (&[(COMMAND, 0xD1), (DATA, 0xDF)], true),
        (&[(COMMAND, 0xDD)], false),
        (&[(COMMAND, 0xDF)], true),
    ];
    for (writes, a20) in steps {
        for (port, value) in writes {
            b.outb(*port, *value);
        }
        assert_eq!(b.signals.a20, a20);
        assert_eq!(ask(&mut b, 0xD0) & 0x03, 0x01 | u8::from(a20) << 1);
    }
    assert_eq!(bytes(&mut b, 10), NOTHING);
    assert!(!b.line(0));
    assert_eq!(b.signals.reset, None);
}

#[test]
fn kbd_05_controller_ram_reads_zero_and_swallows_a_byte() {
    let mut b = bench();
    for command in [0x21, 0x30, 0x3F] {
        assert_eq!(ask(&mut b, command), 0);
    }
    for command in [0x61, 0x7F] {
        b.outb(COMMAND, command);
        b.outb(DATA, 0xF2);
    }
    assert_eq!(bytes(&mut b, 10), NOTHING, "the keyboard saw no command");
}

#[test]
fn kbd_06_reset_drops_half_finished_commands() {
    let mut b = bench();
    b.outb(DATA, 0xED);
    b.outb(COMMAND, 0x60);
    b.chip.reset(Reset::Board);
    b.outb(DATA, 0xEE);
    assert_eq!(bytes(&mut b, 10), [0xEE]);
    b.chip.key(Key::A, true, b.now);
    assert_eq!(bytes(&mut b, 10), [0x1E]);
}

#[test]
fn kbd_09_an_empty_output_buffer_gives_the_last_byte() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.chip.key(Key::A, false, b.now);
    b.advance(MS);
    assert_eq!([b.inb(DATA), b.inb(DATA)], [0x1E; 2]);
    b.advance(MS / 2);
    assert_eq!(b.inb(DATA), 0x1E, "a chained handler reads it half a millisecond later");
}

#[test]
fn tests_and_identification_of_the_controller() {
    let mut b = bench();
    assert_eq!(b.inb(COMMAND) & 0x04, 0x04, "the command byte says that the self-test was passed");
    for (command, answer) in
        [(0xAA, 0x55), (0xAB, 0x00), (0xA9, 0x00), (0xA4, 0xF1), (0xC0, 0xA0), (0xE0, 0x03)]
    {
        assert_eq!(ask(&mut b, command), answer, "command {command:02X}h");
    }
}

#[test]
fn the_self_test_sets_the_system_flag() {
    let mut b = Bench::new(I8042::new());
    assert_eq!(b.inb(COMMAND) & 0x04, 0);
    assert_eq!(ask(&mut b, 0xAA), 0x55);
    assert_eq!(b.inb(COMMAND) & 0x0C, 0x0C);
    b.outb(DATA, 0xEE);
    assert_eq!(b.inb(COMMAND) & 0x0C, 0x04);
}

#[test]
fn interfaces_are_disabled_in_the_command_byte() {
    let mut b = bench();
    for (command, byte) in [(0xAD, 0x57), (0xA7, 0x77), (0xAE, 0x67), (0xA8, 0x47)] {
        b.outb(COMMAND, command);
        assert_eq!(ask(&mut b, 0x20), byte);
    }
}

#[test]
fn a_disabled_keyboard_keeps_its_bytes() {
    let mut b = bench();
    b.outb(COMMAND, 0xAD);
    b.chip.key(Key::A, true, b.now);
    assert_eq!(bytes(&mut b, 5), NOTHING);
    b.outb(COMMAND, 0xAE);
    assert_eq!(bytes(&mut b, 5), [0x1E]);
}

#[test]
fn a_byte_for_the_keyboard_enables_it() {
    let mut b = bench();
    b.outb(COMMAND, 0xAD);
    b.outb(DATA, 0xF4);
    assert_eq!(bytes(&mut b, 5), [0xFA]);
}

#[test]
fn written_output_buffers_interrupt_as_their_device() {
    let mut b = bench();
    for (command, lines, status) in [(0xD2, (true, false), 0x01), (0xD3, (false, true), 0x21)] {
        b.outb(COMMAND, command);
        b.outb(DATA, 0x5A);
        b.advance(IRQ_DELAY_NS);
        assert_eq!((b.line(0), b.line(1)), lines);
        assert_eq!(b.inb(COMMAND) & 0x21, status);
        assert_eq!(b.inb(DATA), 0x5A, "without translation");
    }
}

#[test]
fn interrupts_follow_their_enable_bits() {
    let mut b = bench();
    b.outb(COMMAND, 0x60);
    b.outb(DATA, 0x44);
    b.chip.key(Key::A, true, b.now);
    b.advance(2 * MS);
    assert!(full(&mut b) && !b.line(0));
    b.outb(COMMAND, 0x60);
    b.outb(DATA, 0x45);
    assert!(b.line(0));
}

#[test]
fn pulses_of_output_bit_0_reset_the_cpu() {
    for (command, reset) in [(0xFE, true), (0xF0, true), (0xFF, false), (0xFD, false)] {
        let mut b = bench();
        b.outb(COMMAND, command);
        assert_eq!(b.signals.reset, reset.then_some(Reset::Cpu), "command {command:02X}h");
    }
    let mut b = bench();
    b.outb(COMMAND, 0xD1);
    b.outb(DATA, 0xDE);
    assert_eq!(b.signals.reset, Some(Reset::Cpu));
}

#[test]
fn an_answer_waits_behind_a_device_byte_and_replaces_an_answer() {
    let mut b = bench();
    b.chip.key(Key::A, true, b.now);
    b.advance(MS);
    b.outb(COMMAND, 0xAB);
    assert_eq!([b.inb(DATA), b.inb(DATA)], [0x1E, 0x00]);
    b.outb(COMMAND, 0xAA);
    b.outb(COMMAND, 0x20);
    assert_eq!(b.inb(DATA), 0x47);
    assert!(!full(&mut b));
}

#[test]
fn unknown_commands_are_noted() {
    let mut b = bench();
    b.outb(COMMAND, 0x00);
    assert_eq!(b.notes.list().len(), 1);
    assert!(!full(&mut b));
}

#[test]
fn a_wake_up_at_rest_is_not_needed() {
    let mut b = bench();
    assert_eq!(b.chip.wake(), None);
    b.chip.mouse(5, 5, 0, 0, b.now);
    assert_eq!(b.chip.wake(), None, "nobody enabled the mouse");
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    let busy = || {
        let mut b = bench();
        for byte in [0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF4] {
            b.outb(COMMAND, 0xD4);
            b.outb(DATA, byte);
            b.advance(MS);
            b.inb(DATA);
        }
        b.chip.key(Key::PrintScreen, true, b.now);
        b.chip.mouse(3000, -2000, 9, 0x1F, b.now);
        b
    };
    seeded(busy, 24, 1000);
}

#[test]
fn input_that_nobody_reads_does_not_grow_the_queues() {
    let mut b = bench();
    let before = b.saved().len();
    for n in 0..5000 {
        b.chip.key(Key::ALL[n % Key::ALL.len()], n % 3 != 0, b.now);
        b.chip.mouse(100, -100, 1, n as u8 & 7, b.now);
    }
    b.advance(1_000 * MS);
    assert!(b.saved().len() < before + 4096, "{} bytes of state", b.saved().len());
    assert!(full(&mut b));
}
