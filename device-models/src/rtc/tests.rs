use super::*;
use backplane::bench::{Bench, seeded};

const SECOND: u64 = 1_000_000_000;
const NEW_YEAR: Date = Date { year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 58 };

fn bench() -> Bench<Rtc> {
    Bench::new(Rtc::new(NEW_YEAR))
}

fn get(b: &mut Bench<Rtc>, index: usize) -> u8 {
    b.outb(BANK_0, index as u8);
    b.inb(BANK_0 + 1)
}

fn set(b: &mut Bench<Rtc>, index: usize, value: u8) {
    b.outb(BANK_0, index as u8);
    b.outb(BANK_0 + 1, value);
}

/// Century, year, month, day, weekday, hours, minutes, seconds as bytes.
fn shown(b: &mut Bench<Rtc>) -> [u8; 8] {
    [CENTURY, YEAR, MONTH, DAY, WEEKDAY, HOURS, MINUTES, SECONDS].map(|index| get(b, index))
}

#[test]
fn the_date_given_is_shown_in_bcd_and_carries_over() {
    let mut b = bench();
    assert_eq!(shown(&mut b), [0x19, 0x99, 0x12, 0x31, 6, 0x23, 0x59, 0x58]);
    b.advance(2 * SECOND);
    assert_eq!(shown(&mut b), [0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x00]);
}

#[test]
fn tim_04_the_century_is_at_32h_and_37h() {
    let mut b = bench();
    assert_eq!((get(&mut b, CENTURY), get(&mut b, CENTURY_PS2)), (0x19, 0x19));
    b.advance(2 * SECOND);
    assert_eq!((get(&mut b, CENTURY), get(&mut b, CENTURY_PS2)), (0x20, 0x20));
    set(&mut b, CENTURY, 0x18);
    assert_eq!(get(&mut b, CENTURY_PS2), 0x18);
    set(&mut b, CENTURY_PS2, 0x21);
    assert_eq!(get(&mut b, CENTURY), 0x21);
}

#[test]
fn tim_04_uip_rises_244_us_before_the_update() {
    let mut b = bench();
    b.advance(SECOND - 245_000);
    assert_eq!(get(&mut b, REG_A) & 0x80, 0);
    b.advance(2_000);
    assert_eq!(get(&mut b, REG_A) & 0x80, 0x80);
    assert_eq!(get(&mut b, SECONDS), 0x58);
    b.advance(243_000);
    assert_eq!(get(&mut b, REG_A) & 0x80, 0);
    assert_eq!(get(&mut b, SECONDS), 0x59);
}

#[test]
fn tim_04_the_update_ended_interrupt_comes_with_each_update() {
    let mut b = bench();
    set(&mut b, REG_B, 0x12);
    assert_eq!(b.chip.wake(), Some(Instant(SECOND)));
    b.advance(SECOND - 1);
    assert!(!b.line(0));
    b.advance(1);
    assert!(b.line(0));
    assert_eq!(get(&mut b, REG_C) & !0x40, 0x90);
    assert!(!b.line(0));
    assert_eq!(b.chip.wake(), Some(Instant(2 * SECOND)));
}

#[test]
fn the_periodic_interrupt_follows_the_rate() {
    let mut b = bench();
    set(&mut b, REG_A, 0x2F);
    set(&mut b, REG_B, 0x42);
    let mut count = 0;
    let end = Instant(10 * SECOND);
    get(&mut b, REG_C);
    while let Some(at) = b.chip.wake().filter(|at| *at <= end) {
        b.advance(at - b.now);
        assert!(b.line(0));
        assert_eq!(get(&mut b, REG_C) & 0xC0, 0xC0);
        count += 1;
    }
    assert_eq!(count, 20, "2 Hz for 10 s");
    for (rate, hz) in [(1, 256), (2, 128), (3, 8192), (6, 1024), (15, 2)] {
        assert_eq!(period(rate), Some(CRYSTAL_HZ / hz));
    }
}

#[test]
fn flags_are_set_without_wake_ups_and_cleared_by_reading() {
    let mut b = bench();
    assert_eq!(b.chip.wake(), None);
    set(&mut b, SECONDS_ALARM, 0x00);
    set(&mut b, MINUTES_ALARM, 0x00);
    set(&mut b, HOURS_ALARM, 0xFF);
    get(&mut b, REG_C);
    b.advance(SECOND);
    assert_eq!(get(&mut b, REG_C), 0x50);
    assert_eq!(get(&mut b, REG_C), 0x00);
    b.advance(3600 * SECOND);
    assert_eq!(get(&mut b, REG_C), 0x70);
}

#[test]
fn enabling_an_interrupt_whose_flag_is_set_asserts_the_line() {
    let mut b = bench();
    b.advance(SECOND);
    set(&mut b, REG_B, 0x12);
    assert!(b.line(0));
}

#[test]
fn the_alarm_interrupts_at_its_time() {
    let mut b = bench();
    for (index, value) in [(HOURS_ALARM, 0x07), (MINUTES_ALARM, 0x30), (SECONDS_ALARM, 0x15)] {
        set(&mut b, index, value);
    }
    set(&mut b, REG_B, 0x22);
    let until = 2 + (7 * 60 + 30) * 60 + 15;
    b.advance(until * SECOND - 1);
    assert!(!b.line(0));
    b.advance(1);
    assert!(b.line(0));
    assert_eq!((get(&mut b, HOURS), get(&mut b, SECONDS)), (0x07, 0x15));
    assert_eq!(get(&mut b, REG_C) & 0xA0, 0xA0);
}

#[test]
fn binary_and_twelve_hours() {
    let mut b = bench();
    set(&mut b, REG_B, 0x84);
    for (index, value) in [(HOURS, 0x8B), (MINUTES, 59), (SECONDS, 59), (DAY, 28), (MONTH, 2), (YEAR, 99)] {
        set(&mut b, index, value);
    }
    set(&mut b, CENTURY, 19);
    set(&mut b, WEEKDAY, 7);
    set(&mut b, REG_B, 0x04);
    b.advance(SECOND);
    assert_eq!(shown(&mut b), [19, 99, 3, 1, 1, 12, 0, 0]);
    b.advance(12 * 3600 * SECOND);
    assert_eq!(get(&mut b, HOURS), 0x8C, "noon is 12 PM");
}

#[test]
fn set_stops_updates_and_clears_the_update_enable() {
    let mut b = bench();
    set(&mut b, REG_B, 0x92);
    assert_eq!(get(&mut b, REG_B), 0x82);
    b.advance(5 * SECOND);
    assert_eq!(get(&mut b, SECONDS), 0x58);
    assert_eq!(get(&mut b, REG_C) & 0x10, 0);
    set(&mut b, REG_B, 0x02);
    b.advance(SECOND);
    assert_eq!(get(&mut b, SECONDS), 0x59);
}

#[test]
fn releasing_the_divider_gives_the_first_update_after_half_a_second() {
    let mut b = bench();
    b.advance(SECOND / 4);
    set(&mut b, REG_A, 0x76);
    b.advance(3 * SECOND);
    assert_eq!(get(&mut b, SECONDS), 0x58);
    set(&mut b, REG_A, 0x26);
    b.advance(SECOND / 2 - 100_000);
    assert_eq!(get(&mut b, SECONDS), 0x58);
    b.advance(200_000);
    assert_eq!(get(&mut b, SECONDS), 0x59);
}

#[test]
fn years_pass_at_once() {
    let mut b = bench();
    b.advance(86_400 * SECOND * 790);
    assert_eq!(shown(&mut b), [0x20, 0x02, 0x02, 0x28, 5, 0x23, 0x59, 0x58]);
}

#[test]
fn ram_banks_are_apart_and_the_index_masks_nmi() {
    let mut b = bench();
    set(&mut b, 0x50, 0xAA);
    b.outb(BANK_1, 0x50);
    b.outb(BANK_1 + 1, 0x55);
    assert_eq!((get(&mut b, 0x50), b.inb(BANK_1 + 1)), (0xAA, 0x55));
    assert_eq!((b.chip.cmos(0x50), b.chip.cmos(0xD0)), (0xAA, 0x55));
    assert!(!b.chip.nmi_masked());
    b.outb(BANK_0, 0x8F);
    assert!(b.chip.nmi_masked());
    assert_eq!(b.inb(BANK_0), 0xFF);
    b.chip.set_cmos(0x0F, 5);
    assert_eq!(b.inb(BANK_0 + 1), 5);
}

#[test]
fn register_d_says_the_battery_is_good_and_c_is_read_only() {
    let mut b = bench();
    set(&mut b, REG_D, 0);
    set(&mut b, REG_C, 0xFF);
    assert_eq!((get(&mut b, REG_D), get(&mut b, REG_C)), (0x80, 0));
}

#[test]
fn a_reset_keeps_time_and_ram_and_disables_interrupts() {
    let mut b = bench();
    set(&mut b, 0x30, 7);
    set(&mut b, REG_B, 0x72);
    b.advance(SECOND);
    b.chip.reset(Reset::Board);
    assert_eq!((get(&mut b, 0x30), get(&mut b, REG_B), b.line(0)), (7, 0x02, false));
    assert_eq!(get(&mut b, SECONDS), 0x59);
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    seeded(bench, 24, 1000);
}
