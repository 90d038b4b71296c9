//! Pictures: geometry, depths, scrolling.

use super::modes::{
    ALL, MODE_3, MODE_4, MODE_6, MODE_11, MODE_12, MODE_13, MODE_320X400, MODE_D, MODE_E, MODE_F, MODE_X,
};
use super::{A_FRAME, Guest, colour_of, in_mode, random};
use crate::vga::Screen;

#[test]
fn every_mode_has_its_geometry() {
    for mode in &ALL {
        let f = in_mode(mode).frame();
        assert_eq!((f.width, f.height), mode.size, "mode {}", mode.name);
        assert_eq!(f.pixels.len() as u32, f.width * f.height);
    }
}

#[test]
fn a_dark_screen_is_black_and_keeps_its_size() {
    for (name, dark) in [
        ("screen off", (0x3C4, 1, 0x21)),
        ("sequencer reset", (0x3C4, 0, 0x01)),
        ("no sync", (0x3D4, 0x17, 0x63)),
    ] {
        let mut b = in_mode(&MODE_12);
        b.poke(0xA_0000, 0xFF);
        assert_ne!(b.frame().at(0, 0), 0);
        b.indexed(dark.0, dark.1, dark.2);
        let f = b.frame();
        assert_eq!((f.width, f.height), (640, 480), "{name}");
        assert!(f.pixels.iter().all(|p| *p == 0), "{name}");
    }
    let mut b = in_mode(&MODE_12);
    b.poke(0xA_0000, 0xFF);
    b.inb(0x3DA);
    b.outb(0x3C0, 0x00);
    assert!(b.frame().pixels.iter().all(|p| *p == 0), "palette taken away");
}

#[test]
fn planar_pixels_take_a_bit_from_each_plane() {
    for mode in [MODE_D, MODE_E, MODE_12] {
        let mut b = in_mode(&mode);
        let pitch = mode.size.0 / 8;
        for plane in 0..4 {
            b.seq(2, 1 << plane);
            b.poke(
                0xA_0000 + 2 * pitch + 1,
                [0b1010_1010, 0b1100_1100, 0b1111_0000, 0b0000_0001][plane as usize],
            );
        }
        let f = b.frame();
        let seen: Vec<u32> = (0..8).map(|n| f.at(8 + n, 2)).collect();
        let expected = [7, 6, 5, 4, 3, 2, 1, 8].map(|n| colour_of(mode.attr[n]));
        assert_eq!(seen, expected, "mode {}", mode.name);
    }
}

#[test]
fn vga_12_two_colours_by_writes_to_one_plane() {
    let mut b = in_mode(&MODE_11);
    b.seq(2, 0x01);
    b.poke(0xA_0000 + 80 * 479 + 79, 0x01);
    let f = b.frame();
    assert_eq!((f.at(638, 479), f.at(639, 479)), (colour_of(0), colour_of(63)));
}

#[test]
fn vga_12_four_greys_through_two_planes_of_mode_12h() {
    let mut b = in_mode(&MODE_12);
    for (number, grey) in [(0, 0), (1, 21), (2, 42), (3, 63)] {
        b.colour(number, [grey; 3]);
    }
    b.seq(2, 0x01);
    b.poke(0xA_0000, 0x50);
    b.seq(2, 0x02);
    b.poke(0xA_0000, 0x30);
    let f = b.frame();
    assert_eq!([0, 1, 2, 3].map(|x| f.at(x, 0)), [0, 0x55_5555, 0xAA_AAAA, 0xFF_FFFF]);
}

#[test]
fn cga_modes_interleave_lines_in_two_banks_of_8_kib() {
    let mut b = in_mode(&MODE_4);
    b.poke(0xB_8000, 0b0001_1011);
    b.poke(0xB_8001, 0b1100_0000);
    b.poke(0xB_A000, 0b1000_0000);
    b.poke(0xB_8000 + 80, 0b0100_0000);
    let f = b.frame();
    let colour = |n: usize| colour_of(MODE_4.attr[n]);
    assert_eq!([0, 1, 2, 3, 4, 5].map(|x| f.at(x, 0)), [0, 1, 2, 3, 3, 0].map(colour));
    assert_eq!((f.at(0, 1), f.at(0, 2)), (colour(2), colour(1)));
    let mut b = in_mode(&MODE_6);
    b.poke(0xB_8000, 0x41);
    b.poke(0xB_A000 + 79, 0x01);
    let f = b.frame();
    let lit: Vec<(u32, u32)> = (0..200)
        .flat_map(|y| (0..640).map(move |x| (x, y)))
        .filter(|(x, y)| f.at(*x, *y) == colour_of(23))
        .collect();
    assert_eq!(lit, [(1, 0), (7, 0), (639, 1)]);
}

#[test]
fn bytes_are_pixels_chained_and_unchained() {
    let mut b = in_mode(&MODE_13);
    b.poke(0xA_0000 + 320 * 199 + 319, 0xAB);
    assert_eq!(b.frame().at(319, 199), colour_of(0xAB));
    for mode in [MODE_X, MODE_320X400] {
        let mut b = in_mode(&mode);
        b.seq(2, 0x08);
        let last = mode.size.1 - 1;
        b.poke(0xA_0000 + 80 * last + 79, 0xCD);
        assert_eq!(b.frame().at(319, last), colour_of(0xCD), "mode {}", mode.name);
    }
}

#[test]
fn word_addressing_of_an_unchained_mode_skips_every_other_offset() {
    let mut b = in_mode(&MODE_X);
    b.seq(2, 0x01);
    b.poke(0xA_0002, 0x11);
    b.crtc(0x17, 0xA3);
    assert_eq!(b.frame().at(4, 0), colour_of(0x11));
}

#[test]
fn vga_05_the_pel_mask_applies_to_what_is_shown() {
    let mut b = in_mode(&MODE_13);
    b.poke(0xA_0000, 0xF3);
    b.outb(0x3C6, 0x0F);
    assert_eq!(b.frame().at(0, 0), colour_of(0x03));
}

#[test]
fn the_colour_select_register_gives_the_upper_palette_bits() {
    let mut b = in_mode(&MODE_12);
    b.poke(0xA_0000, 0x80);
    b.attr(0x14, 0x0E);
    assert_eq!(b.frame().at(0, 0), colour_of(0xC0 | 0x3F));
    b.attr(0x10, 0x81);
    assert_eq!(b.frame().at(0, 0), colour_of(0xE0 | 0x0F));
}

#[test]
fn vga_07_blinking_graphics_invert_bit_3() {
    let mut b = in_mode(&MODE_F);
    b.seq(2, 0x04);
    b.poke(0xA_0000, 0x80);
    b.seq(2, 0x01);
    b.poke(0xA_0000, 0x40);
    assert_eq!((b.frame().at(0, 0), b.frame().at(1, 0)), (colour_of(24), colour_of(8)));
    b.advance(17 * 16_683_000);
    assert_eq!((b.frame().at(0, 0), b.frame().at(1, 0)), (colour_of(0), colour_of(8)));
    let mut b = in_mode(&MODE_12);
    b.attr(0x10, 0x09);
    b.seq(2, 0x08);
    b.poke(0xA_0000, 0x80);
    assert_eq!(b.frame().at(0, 0), colour_of(MODE_12.attr[8]));
    b.advance(17 * 16_683_000);
    assert_eq!(b.frame().at(0, 0), colour_of(MODE_12.attr[0]));
}

/// The runs of rows that are not black in the left column: the first, and the one after the last.
fn lit_rows(f: &super::Frame) -> Vec<(u32, u32)> {
    let lit = |y: u32| f.at(0, y) != 0;
    let edges = |from: bool| {
        (0..f.height).filter(move |y| lit(*y) == from && (*y == 0 || lit(*y - 1) != from)).collect::<Vec<_>>()
    };
    let ends = edges(false).into_iter().filter(|y| *y > 0).chain([f.height]);
    edges(true).into_iter().zip(ends).collect()
}

#[test]
fn vga_03_vertical_blanking_blackens_its_lines_and_wraps_into_the_next_frame() {
    let mut b = in_mode(&MODE_12);
    b.colour(0, [63, 0, 0]);
    b.crtc(0x11, 0);
    // Overflow bit 3 and register 9 bit 5 are bits 8 and 9 of the first blanked line.
    for (overflow, start, end, lit) in [
        (0x3E, 0xE7, 0x04, vec![(0, 480)]),
        (0x36, 100, 120, vec![(0, 100), (120, 480)]),
        (0x3E, 0x90, 0x04, vec![(0, 400)]),
        // Of 525 lines none after 504 ends in 20h: the next is line 32 of the next frame.
        (0x3E, 0xF8, 0x20, vec![(32, 480)]),
        (0x3E, 0xE7, 0xE0, vec![(96, 480)]),
    ] {
        b.crtc(0x07, overflow);
        b.crtc(0x15, start);
        b.crtc(0x16, end);
        assert_eq!(lit_rows(&b.frame()), lit, "start {start:X} end {end:X}");
    }
}

#[test]
fn vga_03_an_overlarge_vertical_blank_end_does_not_blank_everything() {
    let mut b = in_mode(&MODE_13);
    b.colour(0, [63, 0, 0]);
    b.crtc(0x11, 0);
    b.crtc(0x16, 0xFF);
    assert_eq!(lit_rows(&b.frame()), [(64, 200)], "127 lines at most: the comparison has 7 bits");
}

#[test]
fn horizontal_blanking_inside_the_displayed_area_is_black() {
    let mut b = in_mode(&MODE_12);
    b.colour(0, [63, 0, 0]);
    b.crtc(0x11, 0);
    b.crtc(0x02, 10);
    b.crtc(0x03, 0x80 | 12);
    b.crtc(0x05, 0x00);
    let f = b.frame();
    let black: Vec<u32> = (0..640).filter(|x| f.at(*x, 240) == 0).collect();
    assert_eq!(black, (80..96).collect::<Vec<u32>>());
}

#[test]
fn the_whole_screen_has_the_borders_colour_while_the_palette_belongs_to_the_cpu() {
    let mut b = in_mode(&MODE_12);
    b.attr(0x11, 0x5A);
    assert_eq!(b.frame().at(320, 240), colour_of(0));
    b.inb(0x3DA);
    b.outb(0x3C0, 0x00);
    assert!(b.frame().pixels.iter().all(|p| *p == colour_of(0x5A)));
    b.seq(1, 0x21);
    assert!(b.frame().pixels.iter().all(|p| *p == 0), "the screen is off");
}

#[test]
fn shift_registers_loaded_at_every_second_or_fourth_character_chain_the_planes() {
    let mut b = in_mode(&MODE_12);
    for plane in 0..4 {
        b.seq(2, 1 << plane);
        b.poke(0xA_0000, 0x80 >> plane);
        b.poke(0xA_0002, 0x80 >> plane);
    }
    // The planes that an EGA with 64 KiB shows: 0, which 1 follows, and 2, which 3 follows.
    b.attr(0x12, 0x05);
    let lit = |b: &backplane::bench::Bench<super::Video>| {
        let f = b.frame();
        let number = |x| MODE_12.attr.iter().position(|n| colour_of(*n) == f.at(x, 0)).expect("a colour");
        (0..32).filter(|x| number(*x) != 0).map(|x| (x, number(x))).collect::<Vec<_>>()
    };
    assert_eq!(lit(&b), [(0, 1), (2, 4), (16, 1), (18, 4)]);
    b.seq(1, 0x05);
    assert_eq!(lit(&b), [(0, 1), (2, 4), (9, 1), (11, 4), (16, 1), (18, 4), (25, 1), (27, 4)]);
    b.seq(1, 0x11);
    assert_eq!(lit(&b), [(0, 1), (2, 4), (9, 1), (11, 4), (18, 1), (27, 1)]);
}

#[test]
fn without_extended_memory_planes_have_16_kib() {
    let mut b = in_mode(&MODE_12);
    b.seq(4, 0x04);
    b.poke(0xA_4000, 0x80);
    b.poke(0xA_8001, 0x01);
    assert_eq!((b.plane(0, 0), b.plane(3, 1)), (0x80, 0x01));
    let f = b.frame();
    let lit = colour_of(MODE_12.attr[15]);
    // 16384 bytes on, the first pixel is there again: 204 rows of 80 bytes and 64 more.
    assert_eq!((f.at(0, 0), f.at(15, 0), f.at(64 * 8, 204)), (lit, lit, lit));
}

#[test]
fn two_dots_make_a_pixel_where_the_attribute_controller_says_so() {
    let mut b = in_mode(&MODE_13);
    b.poke_all(0xA_0000, &[0x12, 0x34]);
    b.attr(0x10, 0x01);
    let f = b.frame();
    assert_eq!(f.width, 640);
    assert_eq!([0, 1, 2, 3].map(|x| f.at(x, 0)), [1, 2, 3, 4].map(colour_of), "halves of bytes");
    let mut b = in_mode(&MODE_12);
    (0..16).for_each(|n| b.attr(n, n));
    b.seq(2, 0x01);
    b.poke(0xA_0000, 0b0111_0010);
    b.attr(0x10, 0x41);
    let f = b.frame();
    assert_eq!(f.width, 320);
    assert_eq!([0, 1, 2, 3].map(|x| f.at(x, 0)), [0x01, 0x11, 0x00, 0x10].map(colour_of), "pairs of dots");
}

#[test]
fn the_palette_and_the_plane_enable_act_on_both_halves_of_a_256_colour_pixel() {
    let mut b = in_mode(&MODE_13);
    b.poke(0xA_0000, 0x5A);
    b.attr(0x05, 0x03);
    assert_eq!(b.frame().at(0, 0), colour_of(0x3A));
    b.attr(0x12, 0x03);
    assert_eq!(b.frame().at(0, 0), colour_of(0x12));
}

/// Mode X where each pixel's colour is its column's low byte.
fn ramp() -> backplane::bench::Bench<super::Video> {
    let mut b = in_mode(&MODE_X);
    for plane in 0..4 {
        b.seq(2, 1 << plane);
        for at in 0..80 * 480 {
            b.poke(0xA_0000 + at, (at % 80 * 4 + plane) as u8);
        }
    }
    b
}

#[test]
fn vga_02_panning_in_256_colours_counts_half_pixels() {
    let mut b = ramp();
    for (panning, first) in [(0, 0), (2, 1), (4, 2), (6, 3)] {
        b.attr(0x13, panning);
        let f = b.frame();
        assert_eq!((f.at(0, 0), f.at(1, 0)), (colour_of(first), colour_of(first + 1)), "panning {panning}");
    }
}

#[test]
fn byte_panning_skips_whole_characters_in_the_split_screen_too_unless_panning_ends_there() {
    let mut b = ramp();
    b.crtc(0x08, 0x40);
    assert_eq!(b.frame().at(0, 0), colour_of(8));
    b.crtc(0x11, 0);
    b.crtc(0x07, 0x2E);
    b.crtc(0x09, 0x01);
    b.crtc(0x18, 199);
    assert_eq!(b.frame().at(0, 100), colour_of(8));
    b.attr(0x10, 0x61);
    assert_eq!((b.frame().at(0, 99), b.frame().at(0, 100)), (colour_of(8), colour_of(0)));
}

#[test]
fn vga_02_the_split_screen_starts_at_address_0_with_panning_reset_by_mode_bit_5() {
    let mut b = ramp();
    b.seq(2, 0x0F);
    for at in 0..80 {
        b.poke(0xA_0000 + at, 0xE0 + (at as u8 & 7));
    }
    b.attr(0x13, 2);
    b.crtc(0x0C, 0x20);
    b.crtc(0x11, 0);
    b.crtc(0x07, 0x2E);
    b.crtc(0x09, 0x01);
    b.crtc(0x18, 199);
    b.advance(A_FRAME);
    let f = b.frame();
    assert_eq!(f.at(0, 99), colour_of(((0x2000 % 80) * 4 + 1) as u8));
    assert_eq!(
        (f.at(0, 100), f.at(2, 100), f.at(3, 100)),
        (colour_of(0xE0), colour_of(0xE0), colour_of(0xE1))
    );
    b.attr(0x10, 0x61);
    let f = b.frame();
    assert_eq!(f.at(0, 99), colour_of(((0x2000 % 80) * 4 + 1) as u8));
    assert_eq!((f.at(3, 100), f.at(4, 100)), (colour_of(0xE0), colour_of(0xE1)));
}

#[test]
fn changed_tells_writes_registers_and_blinking_but_not_rest() {
    let mut b = in_mode(&MODE_3);
    let rest = |b: &mut backplane::bench::Bench<super::Video>| {
        b.chip.seen(&b.ram, b.now);
        b.chip.look(b.now)
    };
    let look = rest(&mut b);
    assert!(!b.chip.changed(&b.ram, &look, b.now));
    b.advance(1_000_000);
    b.inb(0x3DA);
    b.crtc(0x0A, 0x0D);
    assert!(!b.chip.changed(&b.ram, &look, b.now), "the same value again");
    b.poke(0xB_8000, 0x41);
    assert!(b.chip.changed(&b.ram, &look, b.now));
    let look = rest(&mut b);
    b.crtc(0x0F, 5);
    assert!(b.chip.changed(&b.ram, &look, b.now));
    let look = rest(&mut b);
    b.advance(8 * 14_286_000);
    assert!(b.chip.changed(&b.ram, &look, b.now), "the cursor blinks");
}

#[test]
fn every_register_that_the_picture_depends_on_changes_the_look() {
    let mut b = in_mode(&MODE_12);
    let mut look = b.chip.look(b.now);
    let mut differs = |b: &backplane::bench::Bench<super::Video>, what: &str| {
        let now = b.chip.look(b.now);
        assert_ne!(now, look, "{what}");
        look = now;
    };
    for (port, index, value) in
        [(0x3C4, 1, 0x21), (0x3C4, 3, 0x04), (0x3CE, 5, 0x40), (0x3CE, 6, 0x04), (0x3D4, 0x14, 0x1F)]
    {
        b.indexed(port, index, value);
        differs(&b, &format!("{port:X} index {index:X}"));
    }
    b.attr(0x05, 0x3F);
    differs(&b, "palette");
    b.outb(0x3C6, 0x7F);
    differs(&b, "PEL mask");
    b.colour(9, [1, 2, 3]);
    differs(&b, "DAC");
    b.outb(0x3C2, 0x67);
    differs(&b, "miscellaneous output");
}

#[test]
fn word_addressing_brings_counter_bit_15_or_13_round_to_bit_0() {
    let mut b = in_mode(&MODE_X);
    b.seq(2, 0x0F);
    b.poke(0xA_0011, 0x15);
    b.poke(0xA_4011, 0x13);
    for (mode, start, expected) in [(0xA3, 0x80, 0x15), (0x83, 0x20, 0x13)] {
        b.crtc(0x17, mode);
        b.crtc(0x0C, start);
        b.crtc(0x0D, 0x08);
        b.advance(2 * A_FRAME);
        assert_eq!(b.frame().at(0, 0), colour_of(expected), "mode control {mode:X}");
    }
}

#[test]
fn the_address_counter_can_move_every_second_or_fourth_character() {
    let mut b = in_mode(&MODE_X);
    b.seq(2, 0x01);
    b.poke_all(0xA_0000, &[1, 2, 3]);
    b.crtc(0x17, 0xEB);
    let f = b.frame();
    assert_eq!([0, 4, 8, 12, 16].map(|x| f.at(x, 0)), [1, 1, 2, 2, 3].map(colour_of));
    b.crtc(0x14, 0x20);
    let f = b.frame();
    assert_eq!([0, 12, 16, 28, 32].map(|x| f.at(x, 0)), [1, 1, 2, 2, 3].map(colour_of));
}

#[test]
fn a_kept_screen_is_the_picture_whatever_is_written() {
    let mut state = 0x0DD_BA11_5C4E_E400;
    for round in 0..3 * ALL.len() {
        let mode = &ALL[round % ALL.len()];
        let mut b = in_mode(mode);
        let base = b.chip.windows()[0].expect("memory is enabled").first;
        let mut screen = Screen::default();
        for step in 0..60 {
            let r = random(&mut state);
            match r % 16 {
                0 => b.attr(r as u8 >> 4, (r >> 8) as u8 & 0x3F),
                1 => b.crtc(0x0F, (r >> 8) as u8),
                2 => b.crtc(0x08, (r >> 8) as u8),
                3 => b.crtc(0x0C, (r >> 8) as u8 & 0x0F),
                4 | 7 => b.advance(u64::from(r >> 8)),
                6 => b.colour(r as u8 >> 4, [r >> 8, r >> 14, r >> 20].map(|six| six as u8 & 0x3F)),
                5 => {
                    b.seq(2, 0x04);
                    b.poke(base + (r >> 8 & 0x1FFF), r as u8);
                    b.seq(2, mode.seq[1]);
                }
                _ => (0..r >> 4 & 0x3F).for_each(|n| b.poke(base + (r >> 12 & 0x7FFF) + n, n as u8 ^ 0xA5)),
            }
            let kept = screen.update(&b.chip, &b.ram, b.now);
            assert!(*kept == b.chip.frame(&b.ram, b.now), "mode {} step {step}: {r:X}", mode.name);
        }
    }
}
