use super::*;
use backplane::Direction;
use backplane::bench::{Bench, seeded};

fn bench() -> Bench<Dma> {
    Bench::new(Dma::new())
}

#[test]
fn addresses_and_counts_go_through_the_flip_flop() {
    let mut b = bench();
    b.outb(0x0C, 0);
    b.outb(0x04, 0x34);
    b.outb(0x04, 0x12);
    b.outb(0x05, 0xFF);
    b.outb(0x05, 0x01);
    let channel = &b.dma.channels[2];
    assert_eq!((channel.base_address, channel.address), (0x1234, 0x1234));
    assert_eq!((channel.base_count, channel.count), (0x01FF, 0x01FF));
    assert_eq!((b.inb(0x04), b.inb(0x04)), (0x34, 0x12));
    b.inb(0x05);
    b.outb(0x0C, 0);
    assert_eq!(b.inb(0x05), 0xFF, "the flip-flop is cleared");
}

#[test]
fn the_second_controller_has_two_ports_a_register_and_a_flip_flop_of_its_own() {
    let mut b = bench();
    b.outb(0x00, 0x11);
    b.outb(0xC4, 0x78);
    b.outb(0xC5, 0x56);
    assert_eq!(b.dma.channels[5].address, 0x5678);
    b.outb(0xD6, 0x59);
    assert_eq!(b.dma.channels[5].mode.direction, Direction::FromMemory);
    b.outb(0xD4, 0x01);
    assert!(!b.dma.channels[5].masked && b.dma.channels[4].masked);
}

#[test]
fn mode_sets_direction_auto_init_and_order() {
    let mut b = bench();
    b.outb(0x0B, 0x76);
    let mode = b.dma.channels[2].mode;
    assert_eq!(mode.direction, Direction::ToMemory);
    assert!(mode.auto_init && mode.decrement);
    assert_eq!(mode.service, 1);
}

#[test]
fn masks_single_all_and_cleared() {
    let mut b = bench();
    let masks = |b: &Bench<Dma>| [0, 1, 2, 3].map(|n: usize| b.dma.channels[n].masked);
    assert_eq!(masks(&b), [true; 4]);
    b.outb(0x0A, 0x02);
    assert_eq!(masks(&b), [true, true, false, true]);
    b.outb(0x0F, 0x05);
    assert_eq!(masks(&b), [true, false, true, false]);
    b.outb(0x0E, 0);
    assert_eq!(masks(&b), [false; 4]);
    b.outb(0x0D, 0);
    assert_eq!(masks(&b), [true; 4]);
}

#[test]
fn status_shows_requests_and_terminal_counts_once() {
    let mut b = bench();
    b.dma.channels[2].reached_tc = true;
    b.dma.channels[3].request = true;
    b.outb(0x09, 0x05);
    assert_eq!(b.inb(0x08), 0xA4);
    assert_eq!(b.inb(0x08), 0xA0);
    b.outb(0x09, 0x01);
    assert_eq!(b.inb(0x08), 0x80);
}

#[test]
fn mem_04_a_transfer_uses_the_page_register_of_its_channel() {
    let mut b = bench();
    for (port, value) in
        [(0xD4, 0x00), (0x0C, 0), (0x0B, 0x46), (0x04, 0xFE), (0x04, 0xFF), (0x05, 3), (0x05, 0)]
    {
        b.outb(port, value);
    }
    b.outb(0x81, 0x03);
    b.outb(0x0A, 0x02);
    let moved = b.dma.transfer(2, &b.ram, &mut [1, 2, 3, 4]);
    assert!(moved.terminal_count);
    assert_eq!([0x3FFFE, 0x3FFFF, 0x30000, 0x30001].map(|at| b.ram.read_u8(at)), [1, 2, 3, 4]);
    assert_eq!(b.inb(0x08) & 0x0F, 0x04);
}

#[test]
fn page_registers_belong_to_the_channels_of_the_pc_at() {
    let mut b = bench();
    for (port, channel) in [(0x87, 0), (0x83, 1), (0x81, 2), (0x82, 3), (0x8B, 5), (0x89, 6), (0x8A, 7)] {
        b.outb(port, 0x40 + channel as u8);
        assert_eq!(b.dma.channels[channel].page, 0x40 + channel as u8);
        assert_eq!(b.inb(port), 0x40 + channel as u8);
    }
    for port in [0x80, 0x84, 0x85, 0x86, 0x88, 0x8C, 0x8D, 0x8E] {
        b.outb(port, port as u8);
        assert_eq!(b.inb(port), port as u8);
    }
}

#[test]
fn a_disabled_controller_serves_nothing() {
    let mut b = bench();
    b.outb(0xD4, 0x00);
    b.outb(0x0A, 0x01);
    assert!(b.dma.ready(1));
    b.outb(0x08, 0x04);
    assert!(!b.dma.ready(1));
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    seeded(bench, 16, 1000);
}
