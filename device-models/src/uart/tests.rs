use super::*;
use backplane::bench::{Bench, seeded};

const BASE: u16 = 0x3F8;
/// A character of ten bits at 9600 baud.
const CHARACTER: u64 = 10 * 1_000_000_000 / 9600;

/// COM1 at 9600 8N1 with the interrupt let out.
fn bench() -> Bench<Uart> {
    let mut b = Bench::new(Uart::new(BASE, 4, 0));
    for (offset, value) in [(LCR, 0x83), (DATA, 12), (IER, 0), (LCR, 0x03), (MCR, 0x0B)] {
        b.outb(BASE + offset, value);
    }
    b
}

fn get(b: &mut Bench<Uart>, offset: u16) -> u8 {
    b.inb(BASE + offset)
}

fn set(b: &mut Bench<Uart>, offset: u16, value: u8) {
    b.outb(BASE + offset, value);
}

#[test]
fn characters_leave_at_the_programmed_rate() {
    let mut b = bench();
    assert_eq!(get(&mut b, LSR), 0x60);
    set(&mut b, DATA, b'a');
    assert_eq!(get(&mut b, LSR), 0x20, "the shift register took it");
    set(&mut b, DATA, b'b');
    assert_eq!(get(&mut b, LSR), 0x00);
    b.advance(CHARACTER);
    assert_eq!(b.signals.serial_text[0], b"a");
    assert_eq!(get(&mut b, LSR), 0x20);
    b.advance(CHARACTER);
    assert_eq!(b.signals.serial_text[0], b"ab");
    assert_eq!(get(&mut b, LSR), 0x60);
    assert_eq!(b.chip.wake(), None);
}

#[test]
fn the_transmitter_interrupts_when_empty_and_is_quiet_once_identified() {
    let mut b = bench();
    set(&mut b, IER, 0x02);
    assert!(b.line(0), "enabled while empty");
    assert_eq!(get(&mut b, IIR_FCR), 0x02);
    assert!(!b.line(0));
    set(&mut b, DATA, 1);
    assert!(b.line(0), "the holding register is empty again");
    set(&mut b, DATA, 2);
    assert!(!b.line(0));
    b.advance(CHARACTER);
    assert!(b.line(0));
    set(&mut b, IER, 0);
    set(&mut b, IER, 2);
    assert_eq!(get(&mut b, IIR_FCR), 0x02);
}

#[test]
fn ser_01_fifos_are_detected_by_the_identification_register() {
    let mut b = bench();
    assert_eq!(get(&mut b, IIR_FCR), 0x01);
    set(&mut b, IIR_FCR, 0x01);
    assert_eq!(get(&mut b, IIR_FCR), 0xC1);
    set(&mut b, IIR_FCR, 0x00);
    assert_eq!(get(&mut b, IIR_FCR), 0x01);
    set(&mut b, 7, 0x5A);
    assert_eq!(get(&mut b, 7), 0x5A);
}

#[test]
fn ser_01_loopback_turns_data_and_modem_lines_around() {
    let mut b = bench();
    assert_eq!(get(&mut b, MSR), 0xB0);
    set(&mut b, MCR, 0x1A);
    assert_eq!(get(&mut b, MSR) & 0xF0, 0x90, "as Windows and Linux probe it");
    set(&mut b, MCR, 0x1F);
    get(&mut b, MSR);
    set(&mut b, MCR, 0x10);
    assert_eq!(get(&mut b, MSR), 0x0F, "all changed, the ring ended");
    set(&mut b, DATA, 0xA5);
    b.advance(CHARACTER);
    assert_eq!((get(&mut b, LSR), get(&mut b, DATA)), (0x61, 0xA5));
    assert!(b.signals.serial_text[0].is_empty());
}

#[test]
fn ser_01_a_second_source_keeps_the_line_up() {
    let mut b = bench();
    set(&mut b, IER, 0x03);
    b.chip.receive(b"x", b.now);
    b.advance(CHARACTER);
    assert_eq!(get(&mut b, IIR_FCR), 0x04, "received data goes first");
    assert_eq!(get(&mut b, DATA), b'x');
    assert!(b.line(0));
    assert_eq!(get(&mut b, IIR_FCR), 0x02);
    assert!(!b.line(0));
}

#[test]
fn a_terminal_holds_back_so_much_and_no_more() {
    let mut b = bench();
    for _ in 0..3 {
        b.chip.receive(&[b'.'; HELD_BACK / 2], b.now);
    }
    b.chip.receive(b"lost", b.now);
    for _ in 0..HELD_BACK {
        b.advance(CHARACTER);
        assert_eq!(get(&mut b, DATA), b'.');
    }
    b.advance(CHARACTER);
    assert_eq!(get(&mut b, LSR), 0x60, "nothing more comes");
}

#[test]
fn characters_arrive_at_the_programmed_rate_and_overrun() {
    let mut b = bench();
    b.chip.receive(b"xyz", b.now);
    b.advance(CHARACTER);
    assert_eq!((get(&mut b, LSR), get(&mut b, DATA)), (0x61, b'x'));
    assert_eq!(get(&mut b, LSR), 0x60);
    b.advance(2 * CHARACTER);
    assert_eq!(get(&mut b, LSR), 0x63, "y was overwritten");
    assert_eq!((get(&mut b, LSR), get(&mut b, DATA)), (0x61, b'z'));
}

#[test]
fn the_receiver_fifo_interrupts_at_its_trigger_or_after_a_pause() {
    let mut b = bench();
    set(&mut b, IIR_FCR, 0x41);
    set(&mut b, IER, 0x01);
    b.chip.receive(b"12345", b.now);
    b.advance(3 * CHARACTER);
    assert!(!b.line(0));
    b.advance(CHARACTER);
    assert_eq!(get(&mut b, IIR_FCR), 0xC4);
    for expected in b"1234" {
        assert_eq!(get(&mut b, DATA), *expected);
    }
    assert!(!b.line(0));
    b.advance(5 * CHARACTER + 1);
    assert_eq!(get(&mut b, IIR_FCR), 0xCC, "four characters' time without traffic");
    assert_eq!(get(&mut b, DATA), b'5');
    assert_eq!(get(&mut b, IIR_FCR), 0xC1);
}

#[test]
fn a_full_fifo_keeps_the_old_characters() {
    let mut b = bench();
    set(&mut b, IIR_FCR, 0x01);
    set(&mut b, IER, 0x04);
    b.chip.receive(b"0123456789abcdefX", b.now);
    b.advance(17 * CHARACTER);
    assert_eq!(get(&mut b, IIR_FCR), 0xC6);
    assert_eq!(get(&mut b, LSR), 0x63);
    assert_eq!(get(&mut b, LSR), 0x61, "reading clears the error");
    let text: Vec<u8> = (0..16).map(|_| get(&mut b, DATA)).collect();
    assert_eq!(text, b"0123456789abcdef");
}

#[test]
fn the_transmitter_fifo_takes_sixteen() {
    let mut b = bench();
    set(&mut b, IIR_FCR, 0x01);
    for byte in 0..18 {
        set(&mut b, DATA, byte);
    }
    b.advance(18 * CHARACTER);
    assert_eq!(
        b.signals.serial_text[0],
        (0..17).collect::<Vec<u8>>(),
        "one in the shift register, sixteen behind"
    );
}

#[test]
fn out2_lets_the_interrupt_out() {
    let mut b = bench();
    set(&mut b, IER, 0x02);
    set(&mut b, MCR, 0x03);
    assert!(!b.line(0));
    set(&mut b, MCR, 0x0B);
    assert!(b.line(0));
}

#[test]
fn a_break_in_loopback_is_a_line_status() {
    let mut b = bench();
    set(&mut b, MCR, 0x18);
    set(&mut b, IER, 0x04);
    set(&mut b, LCR, 0x43);
    assert_eq!(get(&mut b, IIR_FCR), 0x06);
    assert_eq!((get(&mut b, LSR), get(&mut b, DATA)), (0x71, 0));
}

#[test]
fn the_divisor_lies_over_the_first_registers() {
    let mut b = bench();
    set(&mut b, IER, 0x05);
    set(&mut b, LCR, 0x83);
    set(&mut b, DATA, 0x34);
    set(&mut b, IER, 0x12);
    assert_eq!((get(&mut b, DATA), get(&mut b, IER)), (0x34, 0x12));
    set(&mut b, LCR, 0x03);
    assert_eq!(get(&mut b, IER), 0x05);
}

#[test]
fn short_characters_have_no_high_bits() {
    let mut b = bench();
    set(&mut b, LCR, 0x02);
    set(&mut b, DATA, 0xC1);
    b.advance(CHARACTER);
    assert_eq!(b.signals.serial_text[0], [0x41]);
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    let busy = || {
        let mut b = bench();
        b.chip.receive(b"some text that arrives while the guest does what it does", b.now);
        b
    };
    seeded(busy, 24, 1000);
}
