//! How the CPU reaches video memory.

use super::super::modes::{MODE_3, MODE_12};
use super::super::{A_FRAME, Guest, colour_of};
use super::{APERTURE, DWORDS, Driver, VRAM, WORDS, chip, packed};
use backplane::{Addr, Device, What, Width};

const WINDOW: u32 = 0xA_0000;

#[test]
fn banks_move_the_window_in_steps_of_4_or_16_kib_as_one_or_in_halves() {
    for (extensions, banks, at, expected) in [
        (0x00, [3, 9], 0x10, 0x3010),
        (0x00, [3, 9], 0x8010, 0xB010),
        (0x20, [3, 9], 0x8010, 0x1_4010),
        (0x01, [3, 9], 0x10, 0x3010),
        (0x01, [3, 9], 0x8010, 0x9010),
        (0x21, [3, 0xFC], 0x8010, 0x3F_0010),
    ] {
        let mut b = packed(1);
        b.gfx(0x0B, extensions);
        b.gfx(0x09, banks[0]);
        b.gfx(0x0A, banks[1]);
        b.poke(WINDOW + at, 0x5A);
        assert_eq!(b.got(expected, 1), [0x5A], "{extensions:X}h {banks:?} {at:X}h");
        assert_eq!(b.peek(WINDOW + at), 0x5A);
    }
}

#[test]
fn a_plain_bank_is_memory_of_the_store() {
    let mut b = packed(1);
    b.gfx(0x0B, 0x20);
    b.gfx(0x09, 8);
    let window = b.chip.claims().iter().find(|c| c.name == "vga-window").map(|c| c.what);
    let offset = VRAM.offset + 0x2_0000;
    assert_eq!(window, Some(What::Ram { first: WINDOW, len: 0x8000, offset, read_only: false }));
}

#[test]
fn cir_01_the_swapping_apertures_turn_the_bytes_of_words_and_dwords() {
    let mut b = packed(1);
    b.put(0x100, &[1, 2, 3, 4]);
    let read = |b: &mut backplane::bench::Bench<_>, at| b.read(Addr::Mmio(at + 0x100, Width::Dword));
    assert_eq!(read(&mut b, APERTURE), 0x0403_0201);
    assert_eq!(read(&mut b, WORDS), 0x0304_0102);
    assert_eq!(read(&mut b, DWORDS), 0x0102_0304);
    b.poke32(DWORDS + 0x200, 0x1122_3344);
    assert_eq!(b.got(0x200, 4), [0x11, 0x22, 0x33, 0x44]);
}

#[test]
fn write_modes_4_and_5_expand_bits_into_pixels() {
    for (mode, expected) in [(4, [0xF0, 0xEE, 0xF0, 0xEE]), (5, [0xF0, 0x0B, 0xF0, 0x0B])] {
        let mut b = packed(1);
        b.put(0, &[0xEE; 8]);
        b.gfx(0x0B, 0x06);
        b.gfx(0x05, mode);
        b.gfx(0x00, 0x0B);
        b.gfx(0x01, 0xF0);
        b.seq(0x02, 0xFF);
        b.poke(WINDOW, 0b1010_1010);
        assert_eq!(b.got(0, 4), expected, "mode {mode}");
        b.put(8, &[0xEE; 8]);
        b.seq(0x02, 0x0F);
        b.poke(WINDOW + 1, 0xFF);
        assert_eq!(b.got(8, 8), [0xEE, 0xEE, 0xEE, 0xEE, 0xF0, 0xF0, 0xF0, 0xF0], "the pixel mask");
    }
}

#[test]
fn eight_latches_copy_eight_bytes_with_write_mode_1() {
    let mut b = packed(1);
    b.put(0x80, &[1, 2, 3, 4, 5, 6, 7, 8]);
    b.gfx(0x0B, 0x0E);
    b.gfx(0x05, 0x01);
    b.seq(0x02, 0xFF);
    b.peek(WINDOW + 0x10);
    b.poke(WINDOW + 0x20, 0);
    assert_eq!(b.got(0x100, 8), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn cir_03_the_blitters_registers_lie_at_b8000_or_at_the_end_of_the_aperture_on_request() {
    let mut b = packed(1);
    b.seq(0x17, 0x04);
    b.poke(0xB_8008, 0x5A);
    assert_eq!(b.read_indexed(0x3CE, 0x20), 0x5A);
    b.seq(0x17, 0x44);
    b.poke(APERTURE + VRAM.len - 0x100 + 8, 0xA5);
    assert_eq!(b.read_indexed(0x3CE, 0x20), 0xA5);
    b.seq(0x17, 0);
    b.poke(APERTURE + VRAM.len - 0x100 + 8, 0x77);
    assert_eq!((b.read_indexed(0x3CE, 0x20), b.got(VRAM.len - 0xF8, 1)), (0xA5, vec![0x77]));
}

#[test]
fn cir_04_text_is_the_vgas_whatever_extensions_are_on() {
    let mut b = chip();
    b.program(&MODE_3);
    b.seq(0x17, 0x04);
    b.poke_all(0xB_8000, b"t\x07e\x07");
    let text = b.chip.text(&b.ram, b.now).expect("text");
    assert_eq!(text.cells[..2], [(b't', 7), (b'e', 7)]);
    assert_eq!((b.frame().width, b.frame().height), (720, 400));
}

#[test]
fn cir_11_planes_beyond_64_kib_are_reached_by_banks_and_shown_from_there() {
    let mut b = chip();
    b.program(&MODE_12);
    b.crtc(0x1B, 0x02);
    b.gfx(0x0B, 0x20);
    b.gfx(0x09, 4);
    b.seq(0x02, 0x05);
    b.poke(WINDOW, 0x80);
    b.crtc(0x1B, 0x03);
    b.advance(A_FRAME);
    let f = b.frame();
    assert_eq!((f.at(0, 0), f.at(1, 0)), (colour_of(MODE_12.attr[5]), colour_of(MODE_12.attr[0])));
}

#[test]
fn cir_11_a_picture_scrolls_in_packed_memory_as_the_start_address_moves() {
    let mut b = packed(1);
    b.put(2048 * 3, &[0x44]);
    b.crtc(0x0C, ((2048 * 3 / 4) >> 8) as u8);
    b.crtc(0x0D, 0);
    b.advance(A_FRAME);
    assert_eq!(b.frame().at(0, 0), colour_of(0x44));
}
