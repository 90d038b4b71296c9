//! Text: cells, glyphs, cursor, blink.

use super::modes::{MODE_1, MODE_3, MODE_7, MODE_12, Mode, TEXT_80X28, TEXT_80X43, TEXT_80X50};
use super::{A_FRAME, Guest, colour_of, in_mode};
use crate::vga::Video;
use backplane::bench::Bench;

/// A text mode with glyphs at map 0: each character's row `r` is its code, but for blank 20h.
fn with_font(mode: &Mode) -> Bench<Video> {
    let mut b = in_mode(mode);
    load_font(&mut b, mode, 0, |code, _| if code == 0x20 { 0 } else { code });
    b
}

/// Loads a font into a character map at plane 2, as a BIOS does.
fn load_font(b: &mut Bench<Video>, mode: &Mode, map: u32, glyph: impl Fn(u8, u32) -> u8) {
    b.seq(2, 0x04);
    b.seq(4, 0x06);
    b.gfx(5, 0x00);
    b.gfx(6, 0x04);
    for code in 0..=255u8 {
        for row in 0..32 {
            b.poke(0xA_0000 + map + u32::from(code) * 32 + row, glyph(code, row));
        }
    }
    b.seq(2, 0x03);
    b.seq(4, 0x02);
    b.gfx(5, mode.gfx[0]);
    b.gfx(6, mode.gfx[1]);
}

/// The DAC number of a text colour with the default palette.
fn ega(colour: u8) -> u32 {
    colour_of(MODE_3.attr[usize::from(colour)])
}

#[test]
fn text_reads_cells_and_cursor_of_every_geometry() {
    for (mode, columns, rows) in
        [(MODE_1, 40, 25), (MODE_3, 80, 25), (TEXT_80X28, 80, 28), (TEXT_80X43, 80, 43), (TEXT_80X50, 80, 50)]
    {
        let mut b = in_mode(&mode);
        let last = columns * rows - 1;
        b.poke_all(0xB_8000, b"A\x07B\x1F");
        b.poke_all(0xB_8000 + 2 * last, b"Z\x4E");
        b.crtc(0x0E, (last >> 8) as u8);
        b.crtc(0x0F, last as u8);
        let text = b.chip.text(&b.ram, b.now).expect("a text mode");
        assert_eq!((text.columns, text.rows), (columns, rows), "{}", mode.name);
        assert_eq!(text.cells.len() as u32, columns * rows);
        assert_eq!(text.cells[..2], [(b'A', 0x07), (b'B', 0x1F)]);
        assert_eq!(text.cells[last as usize], (b'Z', 0x4E));
        assert_eq!(text.cursor, Some((columns - 1, rows - 1)));
    }
}

#[test]
fn text_follows_the_start_address_and_monochrome_memory() {
    let mut b = in_mode(&MODE_7);
    b.poke_all(0xB_0000 + 160, b"second row");
    b.indexed(0x3B4, 0x0D, 80);
    b.advance(A_FRAME);
    let text = b.chip.text(&b.ram, b.now).expect("a text mode");
    assert_eq!(text.cells[0].0, b's');
    assert_eq!(text.cursor, None, "the cursor is above the screen");
}

#[test]
fn graphics_modes_have_no_text() {
    let b = in_mode(&MODE_12);
    assert_eq!(b.chip.text(&b.ram, b.now), None);
}

#[test]
fn glyphs_are_nine_dots_wide_and_only_line_graphics_repeat_the_eighth() {
    let mut b = with_font(&MODE_3);
    b.crtc(0x0A, 0x20);
    b.poke_all(0xB_8000, &[0xC1, 0x1E, 0x81, 0x1E]);
    let f = b.frame();
    let line: Vec<bool> = (0..18).map(|x| f.at(x, 0) == ega(0x0E)).collect();
    let dots = |pattern: &str| pattern.chars().map(|c| c == '#').collect::<Vec<_>>();
    assert_eq!(line, dots("##.....###......#."));
    assert!((0..18).all(|x| f.at(x, 0) == ega(0x0E) || f.at(x, 0) == ega(0x01)));
    b.attr(0x10, 0x08);
    assert_eq!(b.frame().at(8, 0), ega(0x01));
}

#[test]
fn eight_dot_text_is_640_wide() {
    let mut b = with_font(&MODE_3);
    b.seq(1, 0x01);
    b.poke_all(0xB_8002, &[0x81, 0x1E]);
    let f = b.frame();
    assert_eq!((f.width, f.height), (640, 400));
    assert_eq!((f.at(8, 0), f.at(9, 0), f.at(15, 0)), (ega(0x0E), ega(1), ega(0x0E)));
}

#[test]
fn attribute_bit_3_selects_the_second_font() {
    let mut b = with_font(&MODE_3);
    load_font(&mut b, &MODE_3, 0x4000, |_, _| 0x0F);
    b.seq(3, 0x04);
    b.crtc(0x0A, 0x20);
    b.poke_all(0xB_8000, &[0xF0, 0x07, 0xF0, 0x0F]);
    let f = b.frame();
    assert_eq!((f.at(0, 0), f.at(7, 0)), (ega(7), ega(0)));
    assert_eq!((f.at(9, 0), f.at(16, 0)), (ega(0), ega(15)));
}

#[test]
fn the_cursor_has_its_rows_and_blinks_every_eight_frames() {
    let mut b = with_font(&MODE_3);
    b.poke_all(0xB_8000, &[0x20, 0x07, 0x20, 0x07]);
    b.crtc(0x0F, 1);
    let f = b.frame();
    let rows: Vec<u32> = (0..16).filter(|y| f.at(9, *y) == ega(7)).collect();
    assert_eq!(rows, [13, 14]);
    assert_eq!(f.at(17, 13), ega(7), "the ninth dot too");
    b.advance(9 * 14_286_000);
    assert_eq!(b.frame().at(9, 13), ega(0));
    b.advance(8 * 14_286_000);
    assert_eq!(b.frame().at(9, 13), ega(7));
    b.crtc(0x0A, 0x2D);
    assert_eq!(b.frame().at(9, 13), ega(0), "switched off");
    b.crtc(0x0A, 0x0F);
    assert_eq!(b.frame().at(9, 13), ega(0), "ends before it starts");
}

#[test]
fn the_cursor_skew_moves_it_to_the_right_but_not_into_the_next_row() {
    for (skew, address, expected) in
        [(0x4E, 1, Some((3, 0))), (0x2E, 78, Some((79, 0))), (0x2E, 79, None), (0x6E, 80, Some((3, 1)))]
    {
        let mut b = with_font(&MODE_3);
        b.crtc(0x0F, address);
        b.crtc(0x0B, skew);
        let text = b.chip.text(&b.ram, b.now).expect("a text mode");
        assert_eq!(text.cursor, expected, "skew {skew:X} at {address}");
        b.poke_all(0xB_8000, &[0x20, 0x07].repeat(160));
        let f = b.frame();
        let lit = (0..160).find(|n| f.at(n % 80 * 9, n / 80 * 16 + 13) == ega(7)).map(|n| (n % 80, n / 80));
        assert_eq!(lit, expected, "skew {skew:X} at {address}");
    }
}

#[test]
fn cursor_shapes_are_what_start_and_end_say() {
    let mut b = with_font(&MODE_3);
    b.poke_all(0xB_8000, &[0x20, 0x07]);
    for (start, end, rows) in
        [(0, 15, 0..16), (13, 14, 13..15), (15, 15, 15..16), (4, 31, 4..16), (14, 13, 0..0), (16, 31, 0..0)]
    {
        b.crtc(0x0A, start);
        b.crtc(0x0B, end);
        let f = b.frame();
        let seen: Vec<u32> = (0..16).filter(|y| f.at(0, *y) == ega(7)).collect();
        assert_eq!(seen, rows.collect::<Vec<u32>>(), "{start} to {end}");
    }
}

#[test]
fn attribute_bit_7_blinks_or_brightens_the_background() {
    let mut b = with_font(&MODE_3);
    b.crtc(0x0A, 0x20);
    b.poke_all(0xB_8000, &[0x80, 0x9E]);
    assert_eq!((b.frame().at(0, 0), b.frame().at(1, 0)), (ega(14), ega(1)));
    b.advance(17 * 14_286_000);
    assert_eq!((b.frame().at(0, 0), b.frame().at(1, 0)), (ega(1), ega(1)));
    b.attr(0x10, 0x04);
    assert_eq!((b.frame().at(0, 0), b.frame().at(1, 0)), (ega(14), ega(9)));
}

#[test]
fn monochrome_attribute_1_is_underlined() {
    let mut b = with_font(&MODE_7);
    b.indexed(0x3B4, 0x0A, 0x20);
    b.poke_all(0xB_0000, &[0x20, 0x01, 0x20, 0x07]);
    let f = b.frame();
    let rows: Vec<u32> = (0..16).filter(|y| f.at(0, *y) == colour_of(8)).collect();
    assert_eq!(rows, [15]);
    assert!((0..16).all(|y| f.at(9, y) == colour_of(0)));
}

#[test]
fn preset_row_scan_and_panning_scroll_text_smoothly() {
    let mut b = in_mode(&MODE_3);
    load_font(&mut b, &MODE_3, 0, |code, row| if code == 0x20 { 0 } else { row as u8 });
    b.crtc(0x0A, 0x20);
    for cell in 0..160 {
        b.poke_all(0xB_8000 + 2 * cell, &[0x41, 0x0F]);
    }
    b.crtc(0x08, 0x03);
    let shown = |b: &Bench<Video>, y| {
        let f = b.frame();
        (0..8).fold(0u32, |bits, x| bits << 1 | u32::from(f.at(x, y) == ega(15)))
    };
    assert_eq!((shown(&b, 0), shown(&b, 12), shown(&b, 13)), (3, 15, 0));
    b.attr(0x13, 0x00);
    assert_eq!(shown(&b, 12), 0b0001_1110, "one dot to the left: the ninth comes in");
}

#[test]
fn the_split_screen_shows_text_from_address_0() {
    let mut b = in_mode(&MODE_3);
    b.poke_all(0xB_8000, b"S");
    b.poke_all(0xB_8000 + 160 * 30, b"T");
    b.crtc(0x0C, ((80u32 * 30) >> 8) as u8);
    b.crtc(0x0D, (80u32 * 30) as u8);
    b.crtc(0x11, 0);
    b.crtc(0x07, 0x0F);
    b.crtc(0x09, 0x0F);
    b.crtc(0x18, 159);
    b.advance(A_FRAME);
    let text = b.chip.text(&b.ram, b.now).expect("a text mode");
    assert_eq!((text.cells[0].0, text.cells[800].0), (b'T', b'S'));
    assert_eq!(text.rows, 25);
}
