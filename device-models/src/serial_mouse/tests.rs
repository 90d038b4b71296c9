use super::*;
use crate::Uart;
use backplane::Device;
use backplane::bench::{Bench, seeded};

const BASE: u16 = 0x3F8;
const MS: u64 = 1_000_000;
/// A character of nine bits at 1200 baud.
const CHARACTER: u64 = 7_500_000;

const DATA: u16 = 0;
const LCR: u16 = 3;
const MCR: u16 = 4;
const LSR: u16 = 5;
const POWER: u8 = 0x03;
const SEVEN_BITS: u8 = 0x02;
const EIGHT_BITS: u8 = 0x03;

fn set(b: &mut Bench<Uart>, offset: u16, value: u8) {
    b.outb(BASE + offset, value);
}

/// Sets the port: data bits as in LCR, without parity.
fn format(b: &mut Bench<Uart>, baud: u32, data_bits: u8) {
    let divisor = (115_200 / baud) as u16;
    set(b, LCR, 0x80);
    set(b, DATA, divisor as u8);
    set(b, 1, (divisor >> 8) as u8);
    set(b, LCR, data_bits);
}

/// A port at 1200 7N1 with a mouse that has no power yet.
fn dark(model: SerialMouseModel) -> Bench<Uart> {
    let mut b = Bench::new(Uart::with_mouse(BASE, 4, 0, model));
    b.advance(MS);
    format(&mut b, 1200, SEVEN_BITS);
    b
}

/// With a mouse that has introduced itself.
fn ready(model: SerialMouseModel) -> Bench<Uart> {
    let mut b = dark(model);
    set(&mut b, MCR, POWER);
    heard(&mut b, 100);
    b
}

/// What arrives within `ms`, and whether it was framed as the port is set.
fn received(b: &mut Bench<Uart>, ms: u64) -> Vec<(u8, bool)> {
    let mut seen = Vec::new();
    for _ in 0..ms {
        b.advance(MS);
        let status = b.inb(BASE + LSR);
        if status & 0x01 != 0 {
            seen.push((b.inb(BASE + DATA), status & 0x08 == 0));
        }
    }
    seen
}

fn heard(b: &mut Bench<Uart>, ms: u64) -> Vec<u8> {
    received(b, ms)
        .into_iter()
        .map(|(byte, framed)| {
            assert!(framed, "{byte:02X} is whole");
            byte
        })
        .collect()
}

fn input(b: &mut Bench<Uart>, dx: i32, dy: i32, buttons: u8) {
    b.chip.mouse(dx, dy, buttons, b.now);
}

/// Sends to the mouse.
fn tell(b: &mut Bench<Uart>, command: &[u8]) {
    for byte in command {
        set(b, DATA, *byte);
        b.advance(2 * CHARACTER);
    }
}

#[test]
fn mou_13_a_mouse_introduces_itself_when_dtr_and_rts_go_high() {
    for (model, introduction) in [
        (SerialMouseModel::Microsoft, &b"M"[..]),
        (SerialMouseModel::Logitech, b"M3"),
        (SerialMouseModel::MouseSystems, b""),
    ] {
        let mut b = dark(model);
        for one_line in [0x01, 0x02] {
            set(&mut b, MCR, one_line);
            assert!(heard(&mut b, 100).is_empty(), "one line does not feed it");
        }
        for _ in 0..2 {
            set(&mut b, MCR, POWER);
            assert_eq!(heard(&mut b, 100), introduction);
            set(&mut b, MCR, 0x01);
        }
    }
}

#[test]
fn mou_13_microsoft_reports_have_three_bytes_of_seven_bits() {
    let mut b = ready(SerialMouseModel::Microsoft);
    input(&mut b, 5, -3, 0b001);
    assert_eq!(heard(&mut b, 50), [0x6C, 0x05, 0x3D]);
    input(&mut b, -100, 100, 0b010);
    assert_eq!(heard(&mut b, 50), [0x56, 0x1C, 0x24]);
    input(&mut b, 0, 0, 0b100);
    assert_eq!(heard(&mut b, 50), [0x40, 0, 0], "there is no middle button");
}

#[test]
fn mou_13_logitech_tells_the_middle_button_in_a_fourth_byte() {
    let mut b = ready(SerialMouseModel::Logitech);
    input(&mut b, 1, 0, 0b100);
    assert_eq!(heard(&mut b, 50), [0x40, 1, 0, 0x20]);
    input(&mut b, 2, 0, 0b101);
    assert_eq!(heard(&mut b, 50), [0x60, 2, 0, 0x20]);
    input(&mut b, 0, 0, 0b001);
    assert_eq!(heard(&mut b, 50), [0x60, 0, 0, 0x00]);
    input(&mut b, 0, 0, 0b000);
    assert_eq!(heard(&mut b, 50), [0x40, 0, 0]);
}

#[test]
fn mou_13_mouse_systems_reports_have_five_bytes_with_up_as_positive() {
    let mut b = ready(SerialMouseModel::MouseSystems);
    format(&mut b, 1200, EIGHT_BITS);
    input(&mut b, 5, 3, 0b001);
    assert_eq!(heard(&mut b, 80), [0x83, 5, 0xFD, 0, 0]);
    input(&mut b, 0, -300, 0b110);
    assert_eq!(heard(&mut b, 200), [0x83, 0, 127, 0, 0, 0x83, 0, 127, 0, 0, 0x84, 0, 46, 0, 0]);
}

#[test]
fn mou_13_setting_the_baud_rate_leaves_prompt_mode_on() {
    let mut b = ready(SerialMouseModel::Logitech);
    tell(&mut b, b"D*p");
    input(&mut b, 7, 0, 0);
    format(&mut b, 4800, SEVEN_BITS);
    assert!(heard(&mut b, 100).is_empty(), "nothing unasked");
    set(&mut b, DATA, b'P');
    assert_eq!(heard(&mut b, 50), [0x40, 7, 0]);
    tell(&mut b, b"O");
    input(&mut b, 7, 0, 0);
    assert_eq!(heard(&mut b, 50), [0x40, 7, 0], "until continuous reports are asked for");
    set(&mut b, MCR, 0);
    set(&mut b, MCR, POWER);
    format(&mut b, 1200, SEVEN_BITS);
    assert_eq!(heard(&mut b, 100), b"M3", "power brings back 1200 baud");
}

#[test]
fn a_logitech_mouse_keeps_the_rate_and_format_that_were_asked_for() {
    let mut b = ready(SerialMouseModel::Logitech);
    tell(&mut b, b"J");
    let mut seen = Vec::new();
    for _ in 0..100 {
        input(&mut b, 1, 0, 0);
        seen.extend(heard(&mut b, 10));
    }
    assert!((30..=33).contains(&seen.len()), "ten reports in a second: {} bytes", seen.len());
    heard(&mut b, 200);
    tell(&mut b, b"U");
    format(&mut b, 1200, EIGHT_BITS);
    input(&mut b, 1, 0, 0);
    assert_eq!(heard(&mut b, 200), [0x87, 1, 0, 0, 0]);
    assert!(b.notes.list().is_empty());
    tell(&mut b, b"?");
    assert_eq!(b.notes.list().len(), 1, "a query is noted");
}

#[test]
fn reports_come_at_the_speed_of_the_line_and_movement_adds_up_between_them() {
    let mut b = ready(SerialMouseModel::Microsoft);
    input(&mut b, 1, 0, 0);
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.extend(heard(&mut b, 10));
        input(&mut b, 1, 0, 0);
    }
    seen.extend(heard(&mut b, 200));
    let reports: Vec<&[u8]> = seen.chunks(3).collect();
    assert!((43..=47).contains(&reports.len()), "{} reports in a second", reports.len());
    assert_eq!(reports.iter().map(|report| u32::from(report[1])).sum::<u32>(), 101);
}

#[test]
fn mou_03_fast_movement_on_a_serial_line_is_carried_not_wrapped() {
    let mut b = ready(SerialMouseModel::Microsoft);
    input(&mut b, 1000, -1000, 0);
    let seen = heard(&mut b, 400);
    let part = |low: u8, high: u8| i32::from((high << 6 | low & 0x3F) as i8);
    let sum = seen.chunks(3).fold((0, 0), |(x, y), report| {
        (x + part(report[1], report[0] & 3), y + part(report[2], report[0] >> 2 & 3))
    });
    assert_eq!(sum, (1000, -1000));
}

#[test]
fn mou_07_a_click_between_two_serial_reports_is_seen() {
    let mut b = ready(SerialMouseModel::Microsoft);
    for buttons in [1, 0, 1, 0] {
        input(&mut b, 0, 0, buttons);
    }
    let buttons: Vec<u8> = heard(&mut b, 200).chunks(3).map(|report| report[0] >> 5 & 1).collect();
    assert_eq!(buttons, [1, 0, 1, 0]);
}

#[test]
fn a_port_that_is_set_otherwise_hears_something_else() {
    for (baud, data_bits, expected) in [
        (1200, SEVEN_BITS, (b'M', true)),
        (1200, EIGHT_BITS, (b'M' | 0x80, true)),
        (2400, SEVEN_BITS, (0, false)),
    ] {
        let mut b = dark(SerialMouseModel::Microsoft);
        format(&mut b, baud, data_bits);
        set(&mut b, MCR, POWER);
        assert_eq!(received(&mut b, 100), [expected], "{baud} baud, LCR {data_bits}");
    }
    let mut b = ready(SerialMouseModel::MouseSystems);
    input(&mut b, 5, 0, 0);
    assert_eq!(received(&mut b, 100)[..2], [(0x07, true), (0x05, false)], "eight bits heard as seven");
}

#[test]
fn without_power_nothing_is_felt() {
    let mut b = dark(SerialMouseModel::Microsoft);
    input(&mut b, 50, 50, 1);
    assert_eq!(b.chip.wake(), None);
    set(&mut b, MCR, POWER);
    assert_eq!(heard(&mut b, 200), b"M");
    b.chip.receive(b"terminal", b.now);
    assert!(heard(&mut b, 100).is_empty(), "nobody types here");
}

#[test]
fn modem_inputs_are_open() {
    let mut b = ready(SerialMouseModel::Microsoft);
    assert_eq!(b.inb(BASE + 6) & 0xF0, 0);
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    let busy = || {
        let mut b = ready(SerialMouseModel::Logitech);
        for buttons in [1, 4, 2, 0] {
            input(&mut b, 3000, -2000, buttons);
        }
        b
    };
    seeded(busy, 24, 1000);
}
