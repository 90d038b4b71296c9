//! NMI from an ISA card: IOCHK#, the bits of ports 61h and 70h that let it through, and the CPU's end of it.

use crate::support::Guest;
use hypervisor::{Input, Machine, Stop, Until};

const MS: u64 = 1_000_000;
/// Port 70h: NMI on and off, with the index on register 0Dh.
const RTC: u16 = 0x70;
const ON: u8 = 0x0D;
const OFF: u8 = 0x8D;
const PORT_B: u16 = 0x61;
/// Port 61h: channel checks off.
const CHANNEL_OFF: u8 = 8;
/// What the handler says: port 61h's bits of channel checks (one came, they are on), and that it ends.
const NMI: &str = "@N";

/// A guest whose NMI handler says [`NMI`] and allows the next channel check.
fn guest() -> Guest {
    let in_and_show = [0xE4, 0x61, 0x24, 0x48, 0xE6, 0xE9, 0xB0, b'N', 0xE6, 0xE9];
    let forget_and_allow = [0xB0, CHANNEL_OFF, 0xE6, 0x61, 0x30, 0xC0, 0xE6, 0x61];
    let handler = [&in_and_show[..], &forget_and_allow, &[0xCF]].concat();
    Guest::new().handler(2, 0x9000, &handler)
}

fn press(machine: &mut Machine) -> (Stop, String) {
    machine.inject(Input::Nmi);
    go_on(machine)
}

fn go_on(machine: &mut Machine) -> (Stop, String) {
    let stop = machine.run(Until::time(machine.now() + MS));
    (stop, String::from_utf8(machine.take_debug_text()).expect("ASCII"))
}

#[test]
fn a_channel_check_interrupts_a_guest_with_interrupts_off_once_each_time() {
    let mut machine = guest().out(RTC, ON).spin().machine();
    assert_eq!(go_on(&mut machine), (Stop::Deadline, String::new()));
    for _ in 0..2 {
        assert_eq!(press(&mut machine), (Stop::Deadline, NMI.into()));
    }
}

#[test]
fn port_61h_refuses_a_channel_check_and_forgets_it() {
    let allow_later =
        |guest: Guest| guest.ticking(600).pics([0xFE, 0xFF]).code(&[0xFB, 0xF4, 0xFA]).out(PORT_B, 0);
    let mut machine = allow_later(guest().out(RTC, ON).out(PORT_B, CHANNEL_OFF)).spin().machine();
    machine.run(Until::time(machine.now() + MS / 10));
    machine.inject(Input::Nmi);
    assert_eq!(go_on(&mut machine), (Stop::Deadline, String::new()));
    assert_eq!(press(&mut machine), (Stop::Deadline, NMI.into()), "allowed by now");
}

#[test]
fn port_70h_holds_an_nmi_back_until_it_lets_it_through() {
    let wait = |guest: Guest| guest.ticking(6000).pics([0xFE, 0xFF]).code(&[0xFB, 0xF4, 0xFA]);
    let mut machine = wait(guest().out(RTC, OFF)).out(RTC, ON).spin().machine();
    machine.run(Until::time(machine.now() + MS));
    assert_eq!(press(&mut machine), (Stop::Deadline, String::new()));
    for _ in 0..5 {
        machine.run(Until::time(machine.now() + MS));
    }
    assert_eq!(go_on(&mut machine), (Stop::Deadline, NMI.into()));
}

#[test]
fn nmi_is_off_after_power_on() {
    let mut machine = guest().spin().machine();
    go_on(&mut machine);
    assert_eq!(press(&mut machine), (Stop::Deadline, String::new()));
}

#[test]
fn an_nmi_wakes_a_cpu_that_halted_with_interrupts_off() {
    let mut machine = guest().out(RTC, ON).stop().say("up").spin().machine();
    assert!(matches!(go_on(&mut machine).0, Stop::Died(_)));
    assert_eq!(press(&mut machine).1, "@Nup");
}

#[test]
fn an_nmi_that_waits_survives_a_snapshot() {
    let mut machine = guest().out(RTC, ON).spin().machine();
    go_on(&mut machine);
    machine.inject(Input::Nmi);
    let saved = machine.save();
    let mut other = guest().out(RTC, ON).spin().machine();
    other.restore(&saved).expect("the same machine");
    assert_eq!(go_on(&mut other), (Stop::Deadline, NMI.into()));
    assert_eq!(go_on(&mut other), (Stop::Deadline, String::new()), "once");
}
