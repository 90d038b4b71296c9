//! The hardware cursor.

use super::super::Guest;
use super::{Driver, VRAM, chip, packed};
use crate::vga::HardwareCursor;

/// Where the first pattern lies.
const PATTERNS: u32 = VRAM.len - 0x4000;
const SHOW: u8 = 0x01;
const COLOURS: u8 = 0x02;
const LARGE: u8 = 0x04;

/// Puts the cursor at a place: the lower three bits go with the index.
fn place(b: &mut impl Guest, x: u16, y: u16) {
    for (index, value) in [(0x10, x), (0x11, y)] {
        b.seq(index | (value as u8 & 7) << 5, (value >> 3) as u8);
    }
}

/// Sets the two colours: those of zeros and of ones.
fn colours(b: &mut impl Guest, zeros: [u8; 3], ones: [u8; 3]) {
    b.seq(0x12, COLOURS);
    b.colour(0, zeros);
    b.colour(15, ones);
}

#[test]
fn cir_07_a_small_cursor_shows_in_its_place_in_every_depth() {
    for pixel in 1..=4 {
        let mut b = packed(pixel);
        colours(&mut b, [0x3F, 0, 0], [0, 0x3F, 0]);
        // The first line: eight pixels each of ones, zeros, inverse, nothing.
        b.put(PATTERNS, &[0xFF, 0, 0xFF, 0]);
        b.put(PATTERNS + 128, &[0xFF, 0xFF, 0, 0]);
        b.seq(0x13, 0);
        b.seq(0x12, SHOW);
        place(&mut b, 101, 53);
        let f = b.frame();
        assert_eq!([f.at(101, 53), f.at(109, 53)], [0x00_FF00, 0xFF_0000], "{pixel} bytes");
        assert_eq!(f.at(117, 53), f.at(0, 0) ^ 0xFF_FFFF, "{pixel} bytes");
        assert_eq!([f.at(125, 53), f.at(100, 53), f.at(101, 52), f.at(101, 54)], [f.at(0, 0); 4]);
        assert_eq!(b.chip.hardware_cursor(), Some(HardwareCursor { x: 101, y: 53, size: 32 }));
    }
}

#[test]
fn cir_07_a_large_cursor_has_both_bits_of_a_line_together() {
    let mut b = packed(1);
    colours(&mut b, [0x3F, 0, 0], [0, 0x3F, 0]);
    b.put(PATTERNS + 0x400 + 63 * 16 + 7, &[0x01]);
    b.put(PATTERNS + 0x400 + 63 * 16 + 15, &[0x01]);
    b.seq(0x13, 4);
    b.seq(0x12, SHOW | LARGE);
    place(&mut b, 0, 8);
    let f = b.frame();
    assert_eq!(f.pixels.iter().filter(|pixel| **pixel == 0x00_FF00).count(), 1);
    assert_eq!(f.at(63, 71), 0x00_FF00);
    assert_eq!(b.chip.hardware_cursor(), Some(HardwareCursor { x: 0, y: 8, size: 64 }));
}

#[test]
fn cir_07_the_cursor_hides_and_is_cut_off_at_the_edges() {
    let mut b = packed(1);
    let empty = b.frame();
    colours(&mut b, [0, 0, 0], [0x3F, 0x3F, 0x3F]);
    assert_eq!(b.chip.hardware_cursor(), None);
    b.put(PATTERNS, &[0xFF; 256]);
    b.seq(0x12, SHOW);
    place(&mut b, 310, 190);
    let f = b.frame();
    let shown = f.pixels.iter().zip(&empty.pixels).filter(|(a, b)| a != b).count();
    assert_eq!((shown, f.at(319, 199)), (100, 0xFF_FFFF));
    place(&mut b, 2000, 2000);
    assert_eq!(b.frame(), empty);
    b.seq(0x12, 0);
    assert_eq!((b.chip.hardware_cursor(), b.frame()), (None, empty));
}

#[test]
fn moving_the_cursor_changes_the_picture() {
    let mut b = packed(1);
    b.seq(0x12, SHOW);
    let look = b.chip.look(b.now);
    b.chip.seen(&b.ram, b.now);
    assert!(!b.chip.changed(&b.ram, &look, b.now));
    place(&mut b, 1, 0);
    assert!(b.chip.changed(&b.ram, &look, b.now));
}

#[test]
fn a_plain_mode_has_the_cursor_too() {
    let mut b = chip();
    colours(&mut b, [0, 0, 0], [0x3F, 0x3F, 0x3F]);
    b.put(PATTERNS, &[0xFF; 256]);
    b.seq(0x12, SHOW);
    place(&mut b, 16, 16);
    assert_eq!(b.frame().at(16, 16), 0xFF_FFFF);
}
