//! Registers: what they keep, and who may write them.

use super::modes::{MODE_3, MODE_7, MODE_12, MODE_13};
use super::{Guest, in_mode, plain, random, std_vga};
use crate::vga::{Passing, Video};
use backplane::bench::Bench;
use backplane::{Device, Instant, Reset};

#[test]
fn after_power_on_all_registers_are_clear_and_no_memory_answers() {
    let mut b = plain();
    assert_eq!(b.inb(0x3CC), 0);
    assert_eq!(b.inb(0x3C6), 0xFF);
    for index in 0..0x19 {
        assert_eq!(b.read_indexed(0x3B4, index), 0, "CRTC {index:X}");
    }
    assert_eq!(b.inb(0x3D4), 0xFF, "monochrome emulation after reset");
    assert!(b.chip.windows() == [None, None]);
    assert_eq!(b.peek(0xB_0000), 0xFF);
    assert!(b.frame().pixels.iter().all(|p| *p == 0));
}

#[test]
fn a_reset_forgets_everything_but_memory() {
    for mut b in [plain(), std_vga()] {
        let fresh = b.chip.clone();
        b.program(&MODE_12);
        b.poke(0xA_0000, 0xAA);
        b.chip.reset(Reset::Board);
        let mut expected = fresh.core;
        expected.generation = b.chip.core.generation;
        assert_eq!(b.chip.core, expected);
        assert_eq!(b.plane(0, 0), 0xAA);
    }
}

#[test]
fn registers_read_back_the_bits_that_exist() {
    let mut b = in_mode(&MODE_3);
    b.crtc(0x11, 0x00);
    for (port, masks) in [
        (0x3C4, &[0x03, 0x3D, 0x0F, 0x3F, 0x0E][..]),
        (0x3CE, &[0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF][..]),
    ] {
        for (index, mask) in (0..).zip(masks) {
            b.indexed(port, index, 0xFF);
            assert_eq!(b.read_indexed(port, index), *mask, "{port:X} index {index:X}");
        }
    }
    for (index, mask) in [(0x08, 0x7F), (0x0A, 0x3F), (0x0B, 0x7F), (0x14, 0x7F), (0x17, 0xEF), (0x18, 0xFF)]
    {
        b.crtc(index, 0xFF);
        assert_eq!(b.read_indexed(0x3D4, index), mask, "CRTC {index:X}");
    }
}

#[test]
fn crtc_bit_7_of_register_11_protects_registers_0_to_7_but_for_line_compare_bit_8() {
    let mut b = in_mode(&MODE_3);
    b.crtc(0x11, 0x8E);
    for index in 0..7 {
        b.crtc(index, 0x00);
        assert_eq!(b.read_indexed(0x3D4, index), MODE_3.crtc[usize::from(index)], "index {index}");
    }
    b.crtc(0x07, 0x00);
    assert_eq!(b.read_indexed(0x3D4, 0x07), 0x0F);
    b.crtc(0x07, 0xFF);
    assert_eq!(b.read_indexed(0x3D4, 0x07), 0x1F);
    b.crtc(0x09, 0x47);
    assert_eq!(b.read_indexed(0x3D4, 0x09), 0x47);
}

#[test]
fn misc_bit_0_moves_the_crtc_between_3bx_and_3dx() {
    let mut b = in_mode(&MODE_7);
    assert_eq!(b.read_indexed(0x3B4, 0x0A), 0x0D);
    assert_eq!(b.read_indexed(0x3D4, 0x0A), 0xFF);
    assert!(
        b.chip
            .claims()
            .iter()
            .any(|c| c.what
                == backplane::What::Ports { first: 0x3B4, count: 2, width: backplane::Width::Byte })
    );
    let key = b.chip.claims_key();
    b.outb(0x3C2, 0x67);
    assert_eq!(b.read_indexed(0x3D4, 0x0A), 0x0D);
    assert_ne!(b.chip.claims_key(), key);
}

#[test]
fn vga_08_the_attribute_port_takes_index_and_data_in_turn_and_3da_starts_over() {
    let mut b = in_mode(&MODE_3);
    b.inb(0x3DA);
    b.outb(0x3C0, 0x31);
    assert_eq!(b.read_indexed(0x3D4, 0x24), 0x80);
    b.outb(0x3C0, 0x07);
    assert_eq!(b.inb(0x3C1), 0x07);
    assert_eq!(b.inb(0x3C0), 0x31);
    b.outb(0x3C0, 0x20);
    b.inb(0x3DA);
    b.outb(0x3C0, 0x32);
    assert_eq!(b.inb(0x3C0), 0x32, "an index, not data");
}

#[test]
fn the_palette_takes_data_only_while_the_screen_does_not_use_it() {
    let mut b = in_mode(&MODE_3);
    b.inb(0x3DA);
    b.outb(0x3C0, 0x21);
    b.outb(0x3C0, 0x3F);
    assert_eq!(b.inb(0x3C1), 0x01);
    b.outb(0x3C0, 0x01);
    b.outb(0x3C0, 0xFF);
    assert_eq!(b.inb(0x3C1), 0x3F);
}

#[test]
fn vga_05_dac_values_have_six_bits_and_addresses_move_after_three() {
    let mut b = in_mode(&MODE_3);
    b.outb(0x3C8, 0xFF);
    for value in [0xC1, 0x02, 0x7F, 4, 5, 6] {
        b.outb(0x3C9, value);
    }
    assert_eq!(b.inb(0x3C8), 1, "past FFh comes 0");
    assert_eq!(b.inb(0x3C7), 0, "write state");
    b.outb(0x3C7, 0xFF);
    assert_eq!(b.inb(0x3C7), 3, "read state");
    let read = std::array::from_fn(|_| b.inb(0x3C9));
    assert_eq!(read, [0x01, 0x02, 0x3F, 4, 5, 6]);
}

#[test]
fn vga_05_an_unfinished_colour_is_not_stored() {
    let mut b = in_mode(&MODE_3);
    b.colour(7, [1, 2, 3]);
    b.outb(0x3C8, 7);
    b.outb(0x3C9, 63);
    b.outb(0x3C9, 63);
    b.outb(0x3C7, 7);
    assert_eq!(std::array::from_fn(|_| b.inb(0x3C9)), [1, 2, 3]);
}

#[test]
fn vga_09_switch_sense_shows_the_switch_that_the_clock_select_names() {
    let mut b = in_mode(&MODE_3);
    let switches: [bool; 4] = std::array::from_fn(|clock| {
        b.outb(0x3C2, 0x63 | (clock as u8) << 2);
        b.inb(0x3C2) & 0x10 != 0
    });
    assert_eq!(switches, [true, false, false, true]);
}

#[test]
fn a_disabled_card_answers_at_its_enable_port_only() {
    let mut b = in_mode(&MODE_3);
    b.outb(0x3C3, 0);
    assert_eq!(b.inb(0x3CC), 0xFF);
    b.outb(0x3C2, 0);
    assert!(b.chip.windows() == [None, None]);
    let claims = b.chip.claims();
    assert!(!claims.iter().any(|c| c.name == "vga-crtc"));
    b.outb(0x3C3, 1);
    assert_eq!(b.inb(0x3CC), 0x67);
    b.outb(0x46E8, 0x16);
    assert_eq!(b.inb(0x3CC), 0xFF);
    b.outb(0x46E8, 0x0E);
    assert_eq!(b.inb(0x3CC), 0x67);
}

#[test]
fn feature_control_reads_at_3ca() {
    let mut b = in_mode(&MODE_3);
    b.outb(0x3DA, 0x08);
    assert_eq!(b.inb(0x3CA), 0x08);
}

#[test]
fn a_write_to_a_crtc_register_that_is_not_there_leaves_a_note() {
    let mut b = in_mode(&MODE_3);
    b.crtc(0x25, 1);
    assert_eq!(b.notes.list().len(), 1);
}

/// Input status 1 at a dot of a line, in a mode of 800 clocks a line.
fn status_at(b: &mut Bench<Video>, line: u64, dot: u64) -> u8 {
    b.now = Instant((line * 800 + dot) * 1_000_000_000 / 25_175_000 + 20);
    b.inb(0x3DA)
}

#[test]
fn the_video_status_multiplexer_shows_two_lines_of_the_colour_at_the_beam() {
    let mut b = in_mode(&MODE_12);
    b.attr(0x11, 0xC0);
    b.attr(0x05, 0b10_0110);
    b.seq(2, 0x05);
    b.poke(0xA_0000 + 80 * 7 + 3, 0x10);
    for (mux, pixel, border) in
        [(0x0F, 0x20, 0x00), (0x1F, 0x20, 0x00), (0x2F, 0x10, 0x00), (0x3F, 0x00, 0x30)]
    {
        b.attr(0x12, mux);
        assert_eq!(status_at(&mut b, 7, 27) & 0x30, pixel, "multiplexer {mux:X}");
        assert_eq!(status_at(&mut b, 7, 26) & 0x30, 0, "multiplexer {mux:X}, the pixel before");
        assert_eq!(status_at(&mut b, 482, 27) & 0x30, border, "multiplexer {mux:X}, the border");
        assert_eq!(status_at(&mut b, 495, 27) & 0x30, 0, "multiplexer {mux:X}, blanked");
    }
}

#[test]
fn the_display_enable_skew_moves_the_displayed_area_to_the_right() {
    let mut b = in_mode(&MODE_12);
    b.crtc(0x11, 0);
    b.crtc(0x02, 0x52);
    b.crtc(0x03, 0xC4);
    b.poke(0xA_0002, 0x80);
    b.poke(0xA_0000 + 81, 0x01);
    let edges = [15, 17, 655, 657].map(|dot| status_at(&mut b, 3, dot) & 1);
    assert_eq!(edges, [1, 0, 0, 1]);
    let f = b.frame();
    assert_eq!((f.width, f.at(0, 0)), (640, super::colour_of(MODE_12.attr[15])), "the first two are lost");
    assert_eq!(f.at(639, 0), super::colour_of(MODE_12.attr[15]), "two more come at the end");
}

/// The ports that rule the beam and the colour at it, with data ports behind their index.
fn change_something(b: &mut Bench<Video>, state: &mut u64) {
    let value = random(state) as u8;
    let index = random(state) as u8;
    match random(state) % 8 {
        0 => b.crtc(index % 0x19, value),
        1 => b.attr(index % 0x15, value),
        2 => b.seq(index % 5, value),
        3 => b.gfx(index % 9, value),
        4 => b.outb(0x3C2, value | 3),
        5 => b.outb(0x3C0, value & 0x3F),
        _ => b.poke(0xB_8000 + u32::from(index), value),
    }
}

#[test]
fn what_input_status_1_shows_does_not_depend_on_when_it_was_read_before() {
    for mode in [&MODE_3, &MODE_12, &MODE_13] {
        let mut b = in_mode(mode);
        b.crtc(0x11, 0);
        let mut state = 0x3DA;
        for n in 0..20_000 {
            match random(&mut state) % 8 {
                0 => change_something(&mut b, &mut state),
                1 => b.now = b.now + u64::from(random(&mut state) % 20_000_000),
                _ => b.now = b.now + u64::from(random(&mut state) % 4_000),
            }
            let known = b.inb(0x3DA);
            b.chip.passing = Passing::default();
            assert_eq!(known, b.inb(0x3DA), "step {n}");
        }
    }
}
