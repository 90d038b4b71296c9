use super::*;
use backplane::bench::{Bench, seeded};

/// Both controllers as a PC BIOS leaves them: vectors 08h and 70h, all unmasked.
fn bench() -> Bench<Pics> {
    let mut b = Bench::new(Pics::new());
    init(&mut b, 0x01);
    b
}

fn init(b: &mut Bench<Pics>, icw4: u8) {
    for (port, base, icw3) in [(MASTER, 0x08, 4), (SLAVE, 0x70, 2)] {
        b.outb(port, 0x11);
        b.outb(port + 1, base);
        b.outb(port + 1, icw3);
        b.outb(port + 1, icw4);
        b.outb(port + 1, 0);
    }
}

fn irr(b: &mut Bench<Pics>, port: u16) -> u8 {
    b.outb(port, 0x0A);
    b.inb(port)
}

fn isr(b: &mut Bench<Pics>, port: u16) -> u8 {
    b.outb(port, 0x0B);
    b.inb(port)
}

#[test]
fn a_rising_line_interrupts_once_until_it_rises_again() {
    let mut b = bench();
    b.chip.set_levels(1 << 1);
    assert!(b.chip.intr());
    assert_eq!(b.chip.acknowledge(), 0x09);
    assert_eq!(isr(&mut b, MASTER), 1 << 1);
    b.outb(MASTER, 0x20);
    assert!(!b.chip.intr(), "the line is still high, but there was no edge");
    b.chip.set_levels(0);
    b.chip.set_levels(1 << 1);
    assert!(b.chip.intr());
}

#[test]
fn the_slave_interrupts_through_the_cascade_and_needs_two_ends() {
    let mut b = bench();
    b.chip.set_levels(1 << 12);
    assert_eq!(b.chip.acknowledge(), 0x74);
    assert_eq!((isr(&mut b, MASTER), isr(&mut b, SLAVE)), (1 << 2, 1 << 4));
    b.chip.set_levels(1 << 12 | 1 << 3);
    assert!(!b.chip.intr(), "IRQ3 is below the cascade in priority");
    b.outb(SLAVE, 0x20);
    b.outb(MASTER, 0x20);
    assert_eq!(b.chip.acknowledge(), 0x0B);
}

#[test]
fn a_second_slave_request_follows_the_first() {
    let mut b = bench();
    b.chip.set_levels(1 << 8 | 1 << 14);
    assert_eq!(b.chip.acknowledge(), 0x70);
    b.outb(SLAVE, 0x20);
    b.outb(MASTER, 0x20);
    assert_eq!(b.chip.acknowledge(), 0x76);
}

#[test]
fn a_request_left_at_the_slave_in_auto_eoi_mode_is_not_lost() {
    let mut b = bench();
    init(&mut b, 0x03);
    b.chip.set_levels(1 << 8 | 1 << 14);
    assert_eq!((b.chip.acknowledge(), b.chip.acknowledge()), (0x70, 0x76));
    assert!(!b.chip.intr());
}

#[test]
fn tim_03_a_line_that_drops_before_the_acknowledge_is_spurious() {
    let mut b = bench();
    b.chip.set_levels(1 << 5);
    b.chip.set_levels(0);
    assert!(!b.chip.intr());
    assert_eq!(b.chip.acknowledge(), 0x0F, "level 7 of the first controller");
    assert_eq!(isr(&mut b, MASTER), 0, "nothing is in service");
    let mut slave = Controller::new();
    slave.write_even(0x11);
    for value in [0x70, 2, 1] {
        slave.write_odd(value, 2);
    }
    assert_eq!(slave.vector(slave.clone().acknowledge(None).unwrap_or(SPURIOUS)), 0x77);
}

#[test]
fn tim_03_a_level_line_requests_until_it_drops() {
    let mut b = bench();
    b.outb(ELCR + 1, 0xFF);
    assert_eq!(b.inb(ELCR + 1), 0xDE, "IRQ 8 and 13 stay edge-triggered");
    b.outb(ELCR, 0xFF);
    assert_eq!(b.inb(ELCR), 0xF8);
    b.chip.set_levels(1 << 11);
    for _ in 0..2 {
        assert_eq!(b.chip.acknowledge(), 0x73);
        assert_eq!(irr(&mut b, SLAVE), 1 << 3);
        b.outb(SLAVE, 0x20);
        b.outb(MASTER, 0x20);
        assert!(b.chip.intr(), "the line is still high");
    }
    b.chip.set_levels(0);
    assert!(!b.chip.intr());
}

#[test]
fn the_irr_shows_masked_requests_and_the_mask_holds_them_back() {
    let mut b = bench();
    b.outb(MASTER + 1, 0xFF);
    b.chip.set_levels(1 << 0 | 1 << 4);
    assert!(!b.chip.intr());
    assert_eq!(irr(&mut b, MASTER), 0x11);
    assert_eq!(b.inb(MASTER + 1), 0xFF);
    b.outb(MASTER + 1, 0xEF);
    assert_eq!(b.chip.acknowledge(), 0x0C);
    assert_eq!(irr(&mut b, MASTER), 0x01);
}

#[test]
fn higher_priority_interrupts_a_service_and_the_plain_eoi_ends_the_highest() {
    let mut b = bench();
    b.chip.set_levels(1 << 5);
    b.chip.acknowledge();
    b.chip.set_levels(1 << 5 | 1 << 1);
    assert_eq!(b.chip.acknowledge(), 0x09);
    b.outb(MASTER, 0x20);
    assert_eq!(isr(&mut b, MASTER), 1 << 5);
    b.outb(MASTER, 0x60 | 5);
    assert_eq!(isr(&mut b, MASTER), 0);
}

#[test]
fn rotation_gives_the_level_just_served_the_lowest_priority() {
    let mut b = bench();
    b.chip.set_levels(1 << 3);
    b.chip.acknowledge();
    b.outb(MASTER, 0xA0);
    b.chip.set_levels(1 << 4);
    b.chip.set_levels(1 << 4 | 1 << 3 | 1 << 0);
    assert_eq!(b.chip.acknowledge(), 0x0C, "4 is now the highest");
    b.outb(MASTER, 0x20);
    assert_eq!(b.chip.acknowledge(), 0x08);
    b.outb(MASTER, 0xE0);
    assert_eq!(b.chip.acknowledge(), 0x0B);
    b.outb(MASTER, 0x60 | 3);
    b.outb(MASTER, 0xC0 | 7);
    b.chip.set_levels(0);
    b.chip.set_levels(0x11);
    assert_eq!(b.chip.acknowledge(), 0x08, "priorities set back to 0-7");
}

#[test]
fn auto_eoi_leaves_nothing_in_service_and_may_rotate() {
    let mut b = bench();
    init(&mut b, 0x03);
    b.outb(MASTER, 0x80);
    b.chip.set_levels(1 << 0);
    assert_eq!(b.chip.acknowledge(), 0x08);
    assert_eq!(isr(&mut b, MASTER), 0);
    b.chip.set_levels(0);
    b.chip.set_levels(0x03);
    assert_eq!((b.chip.acknowledge(), b.chip.acknowledge()), (0x09, 0x08));
}

#[test]
fn special_mask_mode_lets_lower_levels_through_a_masked_service() {
    let mut b = bench();
    b.chip.set_levels(1 << 1);
    b.chip.acknowledge();
    b.chip.set_levels(1 << 1 | 1 << 6);
    b.outb(MASTER + 1, 1 << 1);
    assert!(!b.chip.intr());
    b.outb(MASTER, 0x68);
    assert_eq!(b.chip.acknowledge(), 0x0E);
    b.outb(MASTER, 0x20);
    assert_eq!(isr(&mut b, MASTER), 1 << 1, "the masked level stays in service");
    b.outb(MASTER, 0x48);
    b.outb(MASTER, 0x20);
    assert_eq!(isr(&mut b, MASTER), 0);
}

#[test]
fn special_fully_nested_mode_lets_the_slave_nest() {
    for (icw4, nests) in [(0x01, false), (0x11, true)] {
        let mut b = bench();
        init(&mut b, icw4);
        b.chip.set_levels(1 << 14);
        b.chip.acknowledge();
        b.chip.set_levels(1 << 14 | 1 << 8);
        assert_eq!(b.chip.intr(), nests);
    }
}

#[test]
fn a_poll_acknowledges_without_the_cpu() {
    let mut b = bench();
    b.chip.set_levels(1 << 3);
    b.outb(MASTER, 0x0C);
    assert_eq!(b.inb(MASTER), 0x83);
    assert_eq!(isr(&mut b, MASTER), 1 << 3);
    assert!(!b.chip.intr());
    b.outb(MASTER, 0x0C);
    assert_eq!(b.inb(MASTER), 0);
    assert_eq!(b.inb(MASTER), 1 << 3, "the poll is over, the ISR is selected again");
}

#[test]
fn initialisation_forgets_edges_masks_and_services() {
    let mut b = bench();
    b.chip.set_levels(1 << 1);
    b.chip.acknowledge();
    b.outb(MASTER + 1, 0x55);
    b.chip.set_levels(1 << 1 | 1 << 4);
    b.outb(MASTER, 0x11);
    assert_eq!(irr(&mut b, MASTER), 0, "a line that is high must rise again");
    assert_eq!(isr(&mut b, MASTER), 0);
    for value in [0x20, 4, 1] {
        b.outb(MASTER + 1, value);
    }
    assert_eq!(b.inb(MASTER + 1), 0);
    b.chip.set_levels(0);
    b.chip.set_levels(1 << 4);
    assert_eq!(b.chip.acknowledge(), 0x24);
}

#[test]
fn a_single_controller_without_icw4_takes_one_more_word() {
    let mut b = bench();
    b.outb(MASTER, 0x12);
    b.outb(MASTER + 1, 0x43);
    b.outb(MASTER + 1, 0xFE);
    assert_eq!(b.inb(MASTER + 1), 0xFE, "the third word is the mask");
    b.chip.set_levels(1);
    assert_eq!(b.chip.acknowledge(), 0x40);
    assert_eq!(b.notes.list().len(), 1, "8080 mode is noted");
}

#[test]
fn adopted_levels_are_no_edges() {
    let mut b = bench();
    b.chip.set_levels(1 << 1);
    let mut restored = b.twin();
    restored.chip.adopt_levels(1 << 1 | 1 << 9);
    assert_eq!(irr(&mut restored, SLAVE), 0);
    assert_eq!(restored.chip.acknowledge(), 0x09, "the request from before is kept");
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    seeded(
        || {
            let mut b = bench();
            b.chip.set_levels(0x5252);
            b
        },
        64,
        2000,
    );
}
