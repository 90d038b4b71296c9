//! The NASM includes generated from Rust.

use super::{Error, font};
use crate::{
    fonts,
    vga::{
        cirrus, edid, modes,
        options::OPTIONS_AT,
        palettes::{self, Colour},
        vbe,
    },
};
use std::fmt::Write as _;

/// All generated includes: file name and text.
pub(super) fn all() -> Result<Vec<(&'static str, String)>, Error> {
    Ok(vec![
        ("layout.inc", layout()),
        ("fonts.inc", font_tables()?),
        ("font8x8.inc", lower_half()?),
        ("parameters.inc", parameter_table()),
        ("palettes.inc", palette_tables()),
        ("edid.inc", format!("edid:\n{}\nedid_end:\n", bytes(&edid::edid()))),
        ("vbe_modes_std.inc", vbe_modes(&vbe::modes())),
        ("vbe_modes_cirrus.inc", vbe_modes(&cirrus::modes()) + &cirrus_timings()),
    ])
}

/// Where things lie that Rust looks up in the image.
fn layout() -> String {
    format!("FONT_8X16_AT equ {:#x}\nVBE_OPTIONS_AT equ {OPTIONS_AT:#x}\n", fonts::FONT_8X16_AT)
}

/// The three fonts, in the order of [`fonts`].
fn font_tables() -> Result<String, Error> {
    let mut text = String::new();
    for height in [16, 14, 8] {
        let _ = writeln!(text, "font_8x{height}:");
        for (code, glyph) in (0..=u8::MAX).zip(font(height)?.chunks(height)) {
            let _ = writeln!(text, "{} ; {code:02X}", bytes(glyph));
        }
    }
    Ok(text)
}

/// Characters 00h-7Fh in 8x8, which the system BIOS has at F000:FA6E.
fn lower_half() -> Result<String, Error> {
    Ok(font(8)?.chunks(8).take(0x80).map(|glyph| bytes(glyph) + "\n").collect())
}

/// The video parameter table.
fn parameter_table() -> String {
    let mut text = String::from("parameter_table:\n");
    for entry in modes::table() {
        let _ = writeln!(text, "{}", bytes(&entry.bytes()));
    }
    text
}

/// The DAC palettes.
fn palette_tables() -> String {
    let tables: [(&str, &[Colour]); 4] = [
        ("mono", &palettes::mono()),
        ("cga", &palettes::cga()),
        ("ega", &palettes::ega()),
        ("vga", &palettes::vga()),
    ];
    let mut text = String::new();
    for (name, colours) in tables {
        let _ = writeln!(text, "palette_{name}:");
        for colour in colours {
            let _ = writeln!(text, "{}", bytes(colour));
        }
    }
    text
}

/// An adapter's VESA modes: the table, the list of their numbers, the text modes' register values.
fn vbe_modes(modes: &[vbe::Mode]) -> String {
    let mut text = String::from("vbe_modes:\n");
    for mode in modes {
        let vbe::Mode { number, width, height, .. } = mode;
        let _ = writeln!(text, "\tdw {number:#x},{width},{height}\n\tdb {},{}", mode.depth(), mode.cell());
    }
    text.push_str("vbe_modes_end:\nvbe_mode_list:\n");
    for mode in modes {
        let _ = writeln!(text, "\tdw {:#x}", mode.number);
    }
    text.push_str("\tdw VBE_LIST_END\nvbe_text_parameters:\n");
    for entry in vbe::text_parameters() {
        let _ = writeln!(text, "{}", bytes(&entry.bytes()));
    }
    text
}

/// The timings of the CL-GD5446, and the CRTC registers that hold them.
fn cirrus_timings() -> String {
    let count = cirrus::TIMED.len();
    let mut text =
        format!("CIRRUS_TIMED equ {count}\ncirrus_timed:\n{}\ncirrus_timings:\n", bytes(&cirrus::TIMED));
    for cirrus::Timing { size: (width, height), misc, clock, crtc } in cirrus::timings() {
        let _ = writeln!(text, "\tdw {width},{height}\n\tdb {misc}\n{}\n{}", bytes(&clock), bytes(&crtc));
    }
    text
}

/// A `db` line.
fn bytes(values: &[u8]) -> String {
    let list: Vec<String> = values.iter().map(|value| format!("0x{value:02x}")).collect();
    format!("\tdb {}", list.join(","))
}
