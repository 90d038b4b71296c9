//! Frames as the beam drew them while registers changed.

use super::cirrus::chip as cirrus;
use super::modes::{MODE_3, MODE_12, MODE_13};
use super::{Guest, colour_of, in_mode, random};
use crate::vga::{Frame, Video};
use backplane::Instant;
use backplane::bench::Bench;

const HZ: u64 = 25_175_000;
/// Clocks of a line, and lines of a frame of mode 12h; mode 13h has 449.
const LINE: u64 = 800;
const LINES_12: u64 = 525;
const LINES_13: u64 = 449;

fn clock_of(lines: u64, frame: u64, line: u64, clock: u64) -> Instant {
    Instant::of_tick((frame * lines + line) * LINE + clock, HZ)
}

/// Mode 12h full of colour number 1, or mode 13h with the row's number in each pixel.
fn in_12() -> Bench<Video> {
    let mut b = in_mode(&MODE_12);
    b.seq(2, 0x01);
    (0..0x1_0000).for_each(|n| b.poke(0xA_0000 + n, 0xFF));
    b
}

fn in_13() -> Bench<Video> {
    let mut b = in_mode(&MODE_13);
    (0..0x1_0000).for_each(|n| b.poke(0xA_0000 + n, (n / 320) as u8));
    b
}

type Change = fn(&mut Bench<Video>);

/// Mode 12h's picture after a change in the middle of line 100 of frame 1.
fn changed_in_12(change: Change) -> Frame {
    let mut b = in_12();
    b.now = clock_of(LINES_12, 1, 100, 320);
    change(&mut b);
    b.now = clock_of(LINES_12, 1, 490, 0);
    b.frame()
}

/// Mode 13h's picture after the same.
fn changed_in_13(change: Change) -> Frame {
    let mut b = in_13();
    b.now = clock_of(LINES_13, 1, 100, 320);
    change(&mut b);
    b.now = clock_of(LINES_13, 1, 420, 0);
    b.frame()
}

#[test]
fn a_colour_changes_at_the_dot_where_the_beam_is() {
    let changes: [(&str, Change, u32); 6] = [
        ("DAC", |b| b.colour(1, [0x3F, 0, 0x3F]), 0xFF_00FF),
        ("palette", |b| b.attr(0x01, 0x0A), colour_of(0x0A)),
        ("PEL mask", |b| b.outb(0x3C6, 0xFE), colour_of(0)),
        ("colour select", |b| b.attr(0x14, 0x04), colour_of(0x41)),
        ("plane enable", |b| b.attr(0x12, 0x0E), colour_of(0)),
        ("screen off", |b| b.seq(1, 0x21), 0),
    ];
    for (name, change, below) in changes {
        let f = changed_in_12(change);
        let seen = [(0, 0), (639, 99), (319, 100), (320, 100), (0, 101), (639, 479)].map(|(x, y)| f.at(x, y));
        let above = colour_of(1);
        assert_eq!(seen, [above, above, above, below, below, below], "{name}");
    }
}

#[test]
fn text_changes_its_colours_at_the_dot_too() {
    let mut b = in_mode(&MODE_3);
    let at = |line: u64, clock| Instant::of_tick((449 + line) * 900 + clock, 28_322_000);
    b.now = at(200, 90);
    b.attr(0x00, 0x05);
    b.now = at(420, 0);
    let f = b.frame();
    assert_eq!([(719, 199), (89, 200), (90, 200)].map(|(x, y)| f.at(x, y)), [0, 0, 5].map(colour_of));
}

#[test]
fn the_palette_with_the_cpu_shows_the_border_meanwhile() {
    let mut b = in_12();
    b.attr(0x11, 0x3A);
    for (clock, index) in [(100, 0x00), (164, 0x20)] {
        b.now = clock_of(LINES_12, 1, 100, clock);
        b.inb(0x3DA);
        b.outb(0x3C0, index);
    }
    b.now = clock_of(LINES_12, 1, 490, 0);
    let f = b.frame();
    assert_eq!([99, 100, 163, 164].map(|x| f.at(x, 100)), [1, 0x3A, 0x3A, 1].map(colour_of));
}

#[test]
fn a_frame_stays_as_it_was_drawn_until_the_next_is() {
    let mut b = in_12();
    b.now = clock_of(LINES_12, 1, 100, 320);
    b.colour(1, [0x3F, 0, 0]);
    let mut tops = Vec::new();
    for (frame, line) in [(1, 101), (1, 480), (1, 524), (2, 0), (2, 479), (2, 480)] {
        b.now = clock_of(LINES_12, frame, line, 0);
        tops.push(b.frame().at(0, 0));
    }
    let (old, new) = (colour_of(1), 0xFF_0000);
    assert_eq!(tops, [new, old, old, old, old, new], "the present colour rules before and after");
}

#[test]
fn a_change_while_nothing_is_displayed_leaves_no_trace() {
    let mut b = in_12();
    b.now = clock_of(LINES_12, 1, 485, 0);
    b.colour(1, [0x3F, 0, 0]);
    assert!(b.frame().pixels.iter().all(|pixel| *pixel == 0xFF_0000));
    b.now = clock_of(LINES_12, 2, 485, 0);
    assert!(b.frame().pixels.iter().all(|pixel| *pixel == 0xFF_0000));
}

#[test]
fn vga_02_a_start_address_written_in_mid_frame_shows_in_the_next() {
    let mut b = in_13();
    // A colour that is not seen changes in each frame, so that each is shown as it was drawn.
    let mut tops = Vec::new();
    for frame in 1..4 {
        b.now = clock_of(LINES_13, frame, 200, 0);
        b.colour(0xFF, [frame as u8; 3]);
        if frame == 1 {
            b.crtc(0x0C, 0x03);
            b.crtc(0x0D, 0x20);
        }
        b.now = clock_of(LINES_13, frame, 405, 0);
        let f = b.frame();
        tops.push((f.at(0, 0), f.at(0, 190)));
    }
    let rows = |top, bottom| (colour_of(top), colour_of(bottom));
    assert_eq!(tops, [rows(0, 190), rows(10, 200), rows(10, 200)]);
}

#[test]
fn vga_02_a_line_compare_written_in_mid_frame_splits_it() {
    let f = changed_in_13(|b| {
        b.crtc(0x07, 0x0F);
        b.crtc(0x09, 0x01);
        b.crtc(0x18, 149);
    });
    let rows: Vec<u32> = [0, 49, 74, 75, 76, 199].map(|y| f.at(0, y)).to_vec();
    assert_eq!(rows, [0, 49, 74, 0, 1, 124].map(colour_of));
}

#[test]
fn panning_and_pitch_change_from_the_next_line_on() {
    let mut b = in_mode(&MODE_13);
    (0..0x1_0000).for_each(|n| b.poke(0xA_0000 + n, (n % 320) as u8));
    b.now = clock_of(LINES_13, 1, 100, 320);
    b.attr(0x13, 0x04);
    b.now = clock_of(LINES_13, 1, 420, 0);
    let f = b.frame();
    assert_eq!([49, 50, 51, 199].map(|y| f.at(10, y)), [10, 10, 12, 12].map(colour_of));

    let f = changed_in_13(|b| b.crtc(0x13, 0x50));
    assert_eq!([50, 51, 52, 60].map(|y| f.at(0, y)), [50, 52, 54, 70].map(colour_of));
}

#[test]
fn a_change_of_the_pictures_shape_falls_back_to_the_present_registers() {
    let f = changed_in_12(|b| {
        b.colour(1, [0x3F, 0, 0]);
        b.attr(0x10, 0x41);
    });
    assert_eq!((f.width, f.height), (320, 480));
    let mut b = in_12();
    b.colour(1, [0x3F, 0, 0]);
    b.attr(0x10, 0x41);
    assert!(f == b.frame());
}

#[test]
fn a_guest_that_never_stops_changing_colours_is_kept_in_bounds() {
    let mut b = in_12();
    b.now = clock_of(LINES_12, 1, 0, 0);
    for n in 0..100_000u32 {
        b.now = b.now + 150;
        b.colour(1, [n as u8 & 0x3F, 0, 0]);
    }
    assert_eq!(b.chip.core.history.len(), 1 << 15);
    let present = b.frame().at(0, 0);
    assert!(b.frame().pixels.iter().all(|pixel| *pixel == present), "half a frame is known: it is not shown");
    for n in 0..1000u32 {
        b.now = b.now + 1_000_000;
        b.colour(1, [n as u8 & 0x3F, 0, 0]);
    }
    let kept = b.chip.core.history.len();
    assert!((33..60).contains(&kept), "{kept} milliseconds are two to three frames");
}

#[test]
fn a_frame_in_change_is_in_the_saved_state() {
    let mut b = in_12();
    let mut state = 0x5EED_BEA3_0000_0001;
    for line in 0..480 {
        b.now = clock_of(LINES_12, 3, line, u64::from(random(&mut state)) % LINE);
        b.colour(1, [0, random(&mut state) as u8 & 0x3F, 0]);
    }
    b.now = clock_of(LINES_12, 3, 500, 0);
    let frame = b.frame();
    assert!((1..480).filter(|y| frame.at(0, *y) != frame.at(0, y - 1)).count() > 400);
    assert!(b.twin().frame() == frame);
}

#[test]
fn the_upper_bits_of_a_cirrus_start_address_wait_for_retrace_too() {
    let mut b = cirrus();
    b.seq(0x02, 0x0F);
    b.ram.write_u8((b.chip.vram.offset + 0x4_0000) as usize, 0x77);
    let mut tops = Vec::new();
    for frame in 1..3 {
        b.now = b.chip.core.timing().instant(frame, 200);
        b.colour(0xFF, [frame as u8; 3]);
        b.crtc(0x1B, 0x03);
        b.now = b.chip.core.timing().instant(frame, 405);
        tops.push(b.frame().at(0, 0));
    }
    assert_eq!(tops, [0, 0x77].map(colour_of));
}
