//! The fonts: drawn glyphs before computed ones before those of the font crates.

use super::{Error, drawn, strokes};
use crate::{cp437, fonts::GLYPHS};
use font8x8::UnicodeFonts as _;

/// The font with `height` (8, 14 or 16) lines a character: 256 glyphs of `height` bytes, by code.
///
/// # Errors
/// If a drawn sheet does not parse or a character is drawn nowhere.
pub fn font(height: usize) -> Result<Vec<u8>, Error> {
    let drawn = drawn::sheet(height)?;
    let base: Vec<Option<Vec<u8>>> = match height {
        16 => (0..=u8::MAX).map(|code| spleen(cp437::to_char(code))).collect(),
        14 => font(16)?.chunks(16).map(|tall| Some(without_two_rows(tall))).collect(),
        _ => (0..=u8::MAX).map(|code| font8x8(cp437::to_char(code))).collect(),
    };
    let mut font = Vec::with_capacity(GLYPHS * height);
    let mut missing = String::new();
    for (code, base) in (0..=u8::MAX).zip(base) {
        match drawn.get(&code).cloned().or_else(|| strokes::glyph(code, height)).or(base) {
            Some(glyph) => font.extend(glyph),
            None => missing.extend([' ', cp437::to_char(code)]),
        }
    }
    if missing.is_empty() {
        Ok(font)
    } else {
        Err(Error::Glyphs(format!("no 8x{height} glyphs for{missing}")))
    }
}

/// The 8x8 crate's glyph; it has the leftmost dot lowest.
fn font8x8(character: char) -> Option<Vec<u8>> {
    let sets: [&dyn Fn(char) -> Option<[u8; 8]>; 6] = [
        &|c| font8x8::BASIC_FONTS.get(c),
        &|c| font8x8::LATIN_FONTS.get(c),
        &|c| font8x8::GREEK_FONTS.get(c),
        &|c| font8x8::MISC_FONTS.get(c),
        &|c| font8x8::BLOCK_FONTS.get(c),
        &|c| font8x8::BOX_FONTS.get(c),
    ];
    let rows = sets.iter().find_map(|set| set(character))?;
    Some(rows.iter().map(|row| row.reverse_bits()).collect())
}

const PSF1_MAGIC: [u8; 2] = [0x36, 0x04];
const PSF1_512_GLYPHS: u8 = 1;
const PSF1_SEPARATOR: u16 = 0xffff;
const PSF1_HEADER: usize = 4;
const TALL: usize = 16;

/// Spleen's 8x16 glyph. The crate's file is a PSF version 1, whose mode and size bytes the crate's own reader
/// takes for each other, so it is read here: header, glyphs, then for each the characters it serves.
fn spleen(character: char) -> Option<Vec<u8>> {
    let file = spleen_font::FONT_8X16;
    let [m0, m1, mode, size] = *file.first_chunk::<PSF1_HEADER>()?;
    if [m0, m1] != PSF1_MAGIC || usize::from(size) != TALL {
        return None;
    }
    let count = if mode & PSF1_512_GLYPHS == 0 { 256 } else { 512 };
    let (glyphs, table) = file.get(PSF1_HEADER..)?.split_at_checked(count * TALL)?;
    let wanted = u16::try_from(u32::from(character)).ok()?;
    let mut glyph = 0;
    for unit in table.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])) {
        match unit {
            PSF1_SEPARATOR => glyph += 1,
            unit if unit == wanted => return glyphs.chunks(TALL).nth(glyph).map(<[u8]>::to_vec),
            _ => {}
        }
    }
    None
}

/// A 16-line glyph in 14: the first and the last line go if they are blank, else a line that repeats its
/// neighbour on that side of the baseline, so that letters stay on one line.
fn without_two_rows(tall: &[u8]) -> Vec<u8> {
    const BASELINE: usize = 11;
    let mut rows = tall.to_vec();
    let last = rows.len() - 1;
    let low = if rows[last] == 0 { last } else { repeated(&rows, BASELINE + 1..last + 1).unwrap_or(last) };
    rows.remove(low);
    let high = if rows[0] == 0 { 0 } else { repeated(&rows, 1..BASELINE + 1).unwrap_or(0) };
    rows.remove(high);
    rows
}

/// The lowest line of a range that equals the one above it.
fn repeated(rows: &[u8], mut range: std::ops::Range<usize>) -> Option<usize> {
    range.rfind(|&y| rows[y] == rows[y - 1])
}
