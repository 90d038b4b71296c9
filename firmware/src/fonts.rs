//! The ROM's fonts, as the VGA BIOS loads them: 256 characters of code page 437, one byte a scan line, the
//! leftmost pixel in bit 7. In nine-dot text the VGA repeats the eighth pixel of C0h-DFh and blanks the ninth
//! of the others.

use crate::VGA_BIOS;

/// Characters of a font.
pub const GLYPHS: usize = 256;

/// Where the VGA BIOS has its 8x16 font; the 8x14 and the 8x8 font follow.
pub const FONT_8X16_AT: usize = 0x0100;
/// Where the VGA BIOS has its 8x14 font.
pub const FONT_8X14_AT: usize = FONT_8X16_AT + GLYPHS * 16;
/// Where the VGA BIOS has its 8x8 font.
pub const FONT_8X8_AT: usize = FONT_8X14_AT + GLYPHS * 14;

/// The font of 400-line text: 16 bytes a character.
#[must_use]
pub fn font_8x16() -> &'static [u8] {
    &VGA_BIOS[FONT_8X16_AT..][..GLYPHS * 16]
}

/// The font of 350-line text: 14 bytes a character.
#[must_use]
pub fn font_8x14() -> &'static [u8] {
    &VGA_BIOS[FONT_8X14_AT..][..GLYPHS * 14]
}

/// The font of 200-line modes: 8 bytes a character.
#[must_use]
pub fn font_8x8() -> &'static [u8] {
    &VGA_BIOS[FONT_8X8_AT..][..GLYPHS * 8]
}
