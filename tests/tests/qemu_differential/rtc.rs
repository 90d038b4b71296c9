//! The MC146818A and its RAM.

use super::{compare, numbers};
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, read, write};

/// Every byte of the RTC that has a meaning: ten seconds before midnight.
fn rtc_begin() -> Vec<Action> {
    let set = |n, value| [write(0x70, n), write(0x71, value)];
    let time = [0x50, 0, 0x59, 0, 0x23, 0, 5, 0x28, 2, 0x96];
    let mut begin = [set(0x0B, 0x82), set(0x0A, 0x26)].concat();
    begin.extend((0..10).flat_map(|n| set(n, time[n as usize])));
    begin.extend((0x0E..0x80).flat_map(|n| set(n, if n == 0x32 || n == 0x37 { 0x19 } else { 0 })));
    begin.extend(set(0x0B, 2));
    begin.extend([write(0x70, 0x0C), read(0x71)]);
    begin
}

/// A register of the clock is set to one of these.
fn clock_set(number: u8, values: Vec<u8>) -> Register {
    Register::Steps(vec![Step::OneOf(0x70, vec![number]), Step::OneOf(0x71, values)])
}

#[test]
fn the_clock_agrees_with_qemus() {
    let field = Field {
        name: "RTC",
        begin: rtc_begin(),
        registers: vec![
            Register::Indexed { index: 0x70, data: 0x71, numbers: numbers(0x0E..0x32) },
            Register::Indexed { index: 0x70, data: 0x71, numbers: numbers(0x38..0x80) },
            Register::Indexed { index: 0x70, data: 0x71, numbers: vec![1, 3, 5, 0x0C, 0x0D] },
            Register::Steps(vec![Step::OneOf(0x70, numbers(0..14)), Step::Do(read(0x71))]),
            clock_set(0, vec![0x00, 0x59]),
            clock_set(2, vec![0x00, 0x59]),
            clock_set(4, vec![0x00, 0x23]),
            clock_set(6, vec![1, 7]),
            clock_set(7, vec![0x01, 0x28]),
            clock_set(8, vec![0x01, 0x12]),
            clock_set(9, vec![0x80, 0x99]),
            clock_set(0x0A, vec![0x26, 0x20, 0x2F, 0x66]),
            clock_set(0x0B, vec![0x02, 0x82, 0x12, 0x42, 0xC2]),
        ],
    };
    compare(
        &field,
        &[Known {
            name: "weekday",
            why: "MC146818A, Time, Calendar, and Alarm Locations: the day of the week is a counter like the others, and what was written; QEMU works it out from the date",
            bits: |written, action| match *action {
                Action::In { port: 0x71, .. } if written.byte(0x70) & 0x7F == 6 => 0xFF,
                _ => 0,
            },
            parts: false,
        }],
    );
}
