use super::*;
use backplane::bench::{Bench, seeded};

const PM: u16 = 0x600;

fn config(register: u8, width: Width) -> Addr {
    Addr::Config { function: 3, register, width }
}

fn word(offset: u16) -> Addr {
    Addr::Port(PM + offset, Width::Word)
}

fn bench() -> Bench<Piix4Pm> {
    let mut b = Bench::new(Piix4Pm::new());
    b.write(config(0x40, Width::Dword), PM.into());
    b.write(config(0x80, Width::Byte), 1);
    b.write(config(0x90, Width::Dword), 0x700);
    b.write(config(0xD2, Width::Byte), 9);
    b.write(config(0x04, Width::Word), 1);
    b
}

#[test]
fn the_function_is_an_82371ab_with_smm_set_up() {
    let mut b = Bench::new(Piix4Pm::new());
    assert_eq!(b.read(config(0x00, Width::Dword)), 0x7113_8086);
    assert_eq!(b.read(config(0x08, Width::Dword)), 0x0680_0003);
    assert_eq!(b.read(config(0x40, Width::Dword)), 1);
    assert_eq!(b.read(config(0x58, Width::Dword)), 1 << 25);
    assert_eq!(b.chip.claims().iter().count(), 3);
}

#[test]
fn ports_appear_when_enabled() {
    let mut b = bench();
    assert_eq!(b.chip.pm_base(), Some(PM));
    assert_eq!(b.chip.claims().iter().count(), 5);
    let before = b.chip.claims_key();
    b.write(config(0x80, Width::Byte), 0);
    assert_eq!(b.chip.pm_base(), None);
    assert_ne!(b.chip.claims_key(), before);
}

#[test]
fn the_timer_runs_at_3_579545_mhz_in_24_bits() {
    let mut b = bench();
    b.advance(1_000_000_000);
    assert_eq!(b.read(Addr::Port(PM + 8, Width::Dword)), 3_579_545);
    b.advance(4_000_000_000);
    assert_eq!(b.read(Addr::Port(PM + 8, Width::Dword)), (5 * 3_579_545) & 0xFF_FFFF);
}

#[test]
fn the_timer_s_top_bit_raises_the_sci_when_enabled() {
    let mut b = bench();
    b.write(word(2), 1);
    b.outb(0xB2, 0xF1);
    assert_eq!(b.read(word(4)), 1);
    b.advance(2_343_000_000);
    assert!(!b.line(0));
    b.advance(1_000_000);
    assert!(b.line(0));
    b.write(word(0), 1);
    assert!(!b.line(0));
    assert!(b.chip.wake().is_some());
}

#[test]
fn polled_status_shows_the_overflow_without_a_wake_up() {
    let mut b = bench();
    assert_eq!(b.chip.wake(), None);
    b.now = Instant(2_400_000_000);
    assert_eq!(b.read(word(0)), 1);
}

#[test]
fn soft_off_stops_the_machine_and_other_suspends_are_noted() {
    let mut b = bench();
    b.write(word(4), 0x2400);
    assert!(!b.signals.power_off);
    assert_eq!(b.notes.list().len(), 1);
    b.write(word(4), 0x2000);
    assert!(b.signals.power_off);
    assert_eq!(b.read(word(4)), 0);
}

#[test]
fn the_power_button_is_an_event() {
    let mut b = bench();
    b.write(word(2), 0x100);
    b.write(word(4), 1);
    b.chip.press_power_button();
    assert!(b.line(0));
    assert_eq!(b.read(word(0)), 0x100);
}

#[test]
fn an_smbus_transaction_finds_no_device() {
    let mut b = bench();
    b.outb(0x702, 0x48);
    assert_eq!((b.inb(0x700), b.inb(0x702)), (0x04, 0x08));
    b.outb(0x700, 0x04);
    assert_eq!(b.inb(0x700), 0);
}

#[test]
fn seeded_accesses_find_no_difference() {
    seeded(bench, 12, 4000);
}
