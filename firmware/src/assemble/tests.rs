use super::*;
use crate::{CIRRUS_VGA_BIOS, STD_VGA_BIOS, VGA_BIOS, fonts};

/// The committed image of `rom`.
fn committed(rom: &Rom) -> Vec<u8> {
    fs::read(sources().join("roms").join(format!("{}.bin", rom.name))).expect("committed")
}

#[test]
fn rebuild() {
    if !nasm_installed() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI must have nasm");
        eprintln!("rebuild: skipped, nasm is not installed");
        return;
    }
    for rom in ROMS {
        let image = build(rom).unwrap_or_else(|error| panic!("{error}"));
        assert!(image == committed(rom), "{}: run `cargo xtask firmware` and commit roms/", rom.name);
    }
}

#[test]
fn the_lock_file_has_the_images_sums() {
    let images: Vec<_> = ROMS.iter().map(|rom| (rom.name, committed(rom))).collect();
    let locked = fs::read_to_string(sources().join("roms/roms.lock")).expect("committed");
    assert_eq!(locked, lock(&images));
}

#[test]
fn the_vga_bioses_are_option_roms_of_at_most_32_kib_with_sum_0() {
    for image in [VGA_BIOS, STD_VGA_BIOS, CIRRUS_VGA_BIOS] {
        assert_eq!(image[..2], [0x55, 0xaa]);
        assert_eq!(usize::from(image[2]) * OPTION_ROM_UNIT, image.len());
        assert!(image.len() <= 32 << 10);
        assert_eq!(image.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte)), 0);
    }
}

#[test]
fn the_bioses_of_adapters_on_pci_name_them_in_their_pci_data_and_the_plain_one_has_none() {
    for (image, ids) in [(STD_VGA_BIOS, [0x34, 0x12, 0x11, 0x11]), (CIRRUS_VGA_BIOS, [0x13, 0x10, 0xb8, 0])] {
        let at = usize::from(u16::from_le_bytes([image[0x18], image[0x19]]));
        assert_eq!(&image[at..at + 4], b"PCIR");
        assert_eq!(image[at + 4..at + 8], ids);
        assert_eq!(image[at + 13..at + 16], [0, 0, 3], "class VGA");
        assert_eq!(image[at + 16], image[2], "length");
        assert_eq!(image[at + 21], 0x80, "last image");
    }
    assert_eq!(VGA_BIOS[0x18..0x1a], [0, 0]);
}

#[test]
fn all_vga_bioses_have_the_fonts_in_one_place() {
    let fonts = fonts::FONT_8X16_AT..fonts::FONT_8X8_AT + 256 * 8;
    assert!(VGA_BIOS[fonts.clone()] == STD_VGA_BIOS[fonts.clone()]);
    assert!(VGA_BIOS[fonts.clone()] == CIRRUS_VGA_BIOS[fonts]);
}

#[test]
fn the_fonts_handed_out_are_the_ones_composed() {
    assert!(font(16).expect("composes") == fonts::font_8x16());
    assert!(font(14).expect("composes") == fonts::font_8x14());
    assert!(font(8).expect("composes") == fonts::font_8x8());
}

#[test]
fn all_glyphs_but_the_blanks_have_ink_and_differ() {
    for height in [8, 14, 16] {
        let font = font(height).expect("composes");
        let glyphs: Vec<&[u8]> = font.chunks(height).collect();
        for (code, glyph) in glyphs.iter().enumerate() {
            let blank = matches!(code, 0x00 | 0x20 | 0xff);
            assert_eq!(glyph.iter().all(|&row| row == 0), blank, "8x{height} {code:02X}");
            let twin = glyphs.iter().position(|other| other == glyph);
            assert!(blank || twin == Some(code), "8x{height} {code:02X} looks like {twin:02X?}");
        }
    }
}

#[test]
fn capitals_and_digits_stand_on_one_line() {
    for (height, baseline) in [(8, 6), (14, 10), (16, 11)] {
        let font = font(height).expect("composes");
        for code in (b'A'..=b'Z').chain(b'0'..=b'9').filter(|&code| code != b'Q') {
            let glyph = &font[usize::from(code) * height..][..height];
            assert_eq!(
                glyph.iter().rposition(|&row| row != 0),
                Some(baseline),
                "8x{height} {}",
                code as char
            );
        }
    }
}

#[test]
fn integral_halves_join_one_above_the_other() {
    for height in [8, 14, 16] {
        let font = font(height).expect("composes");
        let (top, bottom) = (&font[0xf4 * height..][..height], &font[0xf5 * height..][..height]);
        assert_eq!(top[height - 1], bottom[0], "8x{height}");
        assert_ne!(bottom[0], 0, "8x{height}");
    }
}
