//! The beam.

use super::modes::{MODE_3, MODE_12, MODE_13, MODE_X};
use super::{A_FRAME, Guest, PLAIN_VRAM, colour_of, in_mode, plain};
use crate::vga::Video;
use crate::vga::core::Core;
use backplane::bench::Bench;
use backplane::{Device, Instant};

/// Nanoseconds of `clocks` of the 25.175 MHz dot clock.
fn clocks(clocks: u64) -> u64 {
    clocks * 1_000_000_000 / 25_175_000
}

#[test]
fn vga_08_retrace_and_blanking_follow_virtual_time() {
    let mut b = in_mode(&MODE_12);
    let line = 800;
    let mut at = |clock: u64| {
        b.now = Instant(clocks(clock) + 40);
        b.inb(0x3DA) & 9
    };
    assert_eq!(at(0), 0, "top left");
    assert_eq!(at(639), 0, "last dot");
    assert_eq!(at(641), 1, "right of the picture");
    assert_eq!(at(479 * line + 10), 0, "last line");
    assert_eq!(at(480 * line + 10), 1, "below the picture");
    assert_eq!(at(489 * line + 700), 1, "before retrace");
    assert_eq!(at(490 * line), 9, "retrace");
    assert_eq!(at(491 * line + 790), 9, "its second and last line");
    assert_eq!(at(492 * line), 1, "behind it");
    assert_eq!(at(525 * line), 0, "the next frame");
}

#[test]
fn vga_08_reads_at_one_instant_agree() {
    let mut b = in_mode(&MODE_3);
    b.now = Instant(123_456_789);
    let first = b.inb(0x3DA);
    assert!((0..100).all(|_| b.inb(0x3DA) == first));
}

#[test]
fn vga_08_mode_3_runs_at_70_hertz() {
    let mut b = in_mode(&MODE_3);
    let mut retraces = 0;
    let mut last = true;
    for us in (0..1_000_000).step_by(20) {
        b.now = Instant(us * 1000);
        let now = b.inb(0x3DA) & 8 != 0;
        retraces += u32::from(now && !last);
        last = now;
    }
    assert_eq!(retraces, 70);
}

/// Mode 13h where the byte at offset `n` is `n / 256`.
fn striped() -> Bench<Video> {
    let mut b = in_mode(&MODE_13);
    for n in 0..0x1_0000 {
        b.poke(0xA_0000 + n, (n >> 8) as u8);
    }
    b
}

#[test]
fn vga_02_the_start_address_counts_dwords_in_mode_13h() {
    let mut b = striped();
    b.crtc(0x0C, 0x02);
    b.crtc(0x0D, 0x40);
    b.advance(A_FRAME);
    assert_eq!(b.frame().at(0, 0), colour_of(0x09));
}

#[test]
fn vga_02_the_start_address_waits_for_vertical_retrace() {
    let mut b = striped();
    b.advance(1_000_000);
    b.crtc(0x0C, 0x40 >> 2);
    b.crtc(0x0D, 0x00);
    assert_eq!(b.frame().at(0, 0), colour_of(0), "still the old page");
    // Retrace begins at line 412 of 449 at 31.47 kHz: 13.1 ms into the frame.
    b.advance(12_000_000);
    assert_eq!(b.frame().at(0, 0), colour_of(0));
    b.advance(200_000);
    assert_eq!(b.frame().at(0, 0), colour_of(0x40));
}

#[test]
fn a_beam_that_never_comes_to_retrace_takes_the_start_address_at_once() {
    let mut b = striped();
    b.crtc(0x11, 0);
    b.crtc(0x10, 0xFF);
    b.crtc(0x07, 0x1F | 0x80);
    b.crtc(0x0C, 0x10);
    assert_eq!(b.frame().at(0, 0), colour_of(0x40));
}

#[test]
fn vga_06_pages_beyond_the_window_can_be_shown() {
    let mut b = in_mode(&MODE_X);
    b.seq(2, 0x0F);
    b.poke(0xA_C000, 0x5A);
    b.crtc(0x0C, 0xC0);
    b.advance(A_FRAME);
    assert_eq!(b.frame().at(0, 0), colour_of(0x5A));
}

#[test]
fn the_vertical_interrupt_comes_at_retrace_and_stays_until_cleared() {
    let mut b = Bench::with_store(Video::plain(PLAIN_VRAM, None).with_interrupt(), 0x10_0000);
    b.program(&MODE_12);
    assert!(b.chip.wake().is_none(), "cleared by register 11h bit 4");
    b.crtc(0x11, 0x1C);
    let due = b.chip.wake().expect("armed");
    assert_eq!(due.ns() / 1000, 490 * 800 * 1000 / 25_175);
    b.advance(due - b.now);
    assert!(b.line(0));
    assert_eq!(b.inb(0x3C2) & 0x80, 0x80);
    assert!(b.chip.wake().is_none());
    b.crtc(0x11, 0x0C);
    assert!(!b.line(0));
    assert_eq!(b.inb(0x3C2) & 0x80, 0);
    b.crtc(0x11, 0x1C);
    assert_eq!((b.chip.wake().expect("armed again") - due) / 1000, 525 * 800 * 1000 / 25_175);
    b.crtc(0x11, 0x3C);
    assert!(b.chip.wake().is_none(), "switched off by register 11h bit 5");
}

#[test]
fn without_the_wire_there_is_no_interrupt_and_no_wake_up() {
    let mut b = plain();
    b.program(&MODE_12);
    b.crtc(0x11, 0x1C);
    assert!(b.chip.wake().is_none());
    b.advance(A_FRAME);
    assert_eq!(b.chip.lines(), 0);
    assert_eq!(b.inb(0x3C2) & 0x80, 0x80, "the status bit tells all the same");
}

#[test]
fn a_retrace_that_ends_on_its_own_low_bits_lasts_16_lines() {
    let mut b = in_mode(&MODE_12);
    b.crtc(0x11, 0x0A);
    for (line, inside) in [(489, false), (490, true), (505, true), (506, false)] {
        b.now = Instant(clocks(line * 800 + 10));
        assert_eq!(b.inb(0x3DA) & 8 != 0, inside, "line {line}");
    }
}

#[test]
fn a_clock_that_no_card_has_comes_out_of_a_snapshot_and_stops_nothing() {
    for hz in [0, u64::MAX] {
        let mut core = Core::default();
        core.clocks_hz = Some([hz; 4]);
        let timing = core.timing();
        for now in [Instant::ZERO, Instant(1 << 40), Instant(1 << 62)] {
            let beam = timing.beam(now);
            assert!(timing.instant(beam.frame, beam.line) <= now, "{hz} Hz at {now:?}");
            timing.next_retrace(now);
        }
    }
}
