use super::Rig;
use crate::board::{Board, Chips};
use backplane::{Instant, Width};
use engine::Bus;

/// One-shot on counter 0, `count` ticks of 1.193182 MHz from now.
fn one_shot(rig: &mut Rig, count: u16) {
    rig.outb(0x43, 0x30);
    rig.outb(0x40, count as u8);
    rig.outb(0x40, (count >> 8) as u8);
}

#[test]
fn an_access_that_arms_a_timer_brings_the_due_time_forward() {
    let mut rig = Rig::pc();
    rig.board.arm(Instant(1_000_000_000), u64::MAX);
    let before = rig.bus().due();
    one_shot(&mut rig, 100);
    let due = rig.bus().due();
    assert!(due < before);
    assert!(rig.board.clock.now(due) >= rig.board.next_wake());
    assert!(rig.board.next_wake() > rig.now());
}

#[test]
fn a_tick_at_the_wake_up_leaves_nothing_due() {
    let mut rig = Rig::pc();
    rig.board.arm(Instant::NEVER, u64::MAX);
    rig.outb(0x43, 0x34);
    rig.outb(0x40, 100);
    rig.outb(0x40, 0);
    for _ in 0..100 {
        rig.retired = rig.bus().due();
        rig.board.tick(&rig.ram, rig.retired);
        assert!(rig.board.next_wake() > rig.now());
        assert!(rig.bus().due() > rig.retired);
    }
}

#[test]
fn a_chip_that_is_always_due_lets_the_engine_run_an_instruction() {
    let mut rig = Rig::pc();
    rig.board.arm(Instant::NEVER, u64::MAX);
    rig.retired = 10;
    // As after a chip's wake-up that its tick does not move.
    (rig.board.wake, rig.board.due_retired) = (Instant::ZERO, 0);
    rig.board.tick(&rig.ram, 10);
    assert_eq!(rig.board.wake, Instant::ZERO);
    assert_eq!(rig.bus().due(), 11);
}

#[test]
fn a_reset_request_stops_the_engine_at_once() {
    let mut rig = Rig::pc();
    rig.board.arm(Instant::NEVER, u64::MAX);
    rig.outb(0x64, 0xFE);
    assert_eq!(rig.bus().due(), 0);
}

#[test]
fn derived_wake_ups_are_those_of_the_running_board() {
    let mut rig = Rig::pc();
    one_shot(&mut rig, 5000);
    rig.outb(0x3F8, b'x');
    let wakes = |board: &Board| -> [Instant; Chips::COUNT] { std::array::from_fn(|n| board.seen[n].wake) };
    let running = wakes(&rig.board);
    rig.board.derive_all();
    assert_eq!(wakes(&rig.board), running);
}

#[test]
fn kbd_04_a_board_reset_opens_a20_and_keeps_what_was_written_for_the_host() {
    let mut rig = Rig::pc();
    rig.outb(0x92, 0);
    rig.outb(0xE9, b'x');
    rig.config_write(super::VGA, 0, super::BAR0, Width::Dword, 0xE000_0000);
    rig.config_write(super::VGA, 0, super::COMMAND, Width::Word, 2);
    let map = rig.bus().map_version();
    rig.board.reset(backplane::Reset::Board);
    assert!(rig.board.signals.a20);
    assert_ne!(rig.bus().map_version(), map);
    assert_eq!(rig.board.signals.debug_text, b"x");
    assert_eq!(rig.read(0xE000_0000, Width::Dword), u32::MAX, "base addresses are gone");
}
