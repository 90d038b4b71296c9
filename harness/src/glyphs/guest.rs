//! The fonts that a guest has: those that its vectors and the BIOS data area name, and those of our VGA BIOS.

use super::font::Font;
use crate::guest::Guest;
use firmware::fonts;
use std::sync::Arc;

/// Vector 1Fh: the upper half of the 8x8 font. Vector 43h: the font of the graphics mode (IBM VGA BIOS, INT 10h/AX=11xxh).
const UPPER_8X8: u32 = 4 * 0x1F;
const GRAPHICS_FONT: u32 = 4 * 0x43;
/// The BIOS data area's rows of a character.
const CHARACTER_ROWS: u32 = 0x485;
/// Where every PC's BIOS has the lower half of the 8x8 font.
const LOWER_8X8: u32 = 0xF_FA6E;
/// Characters of a half.
const HALF: usize = 128;

/// The fonts of a guest, as they were found last.
#[derive(Default)]
pub(crate) struct GuestFonts {
    /// What the guest loaded.
    loaded: Vec<(Vec<u8>, Arc<Font>)>,
    /// Those of our ROM.
    of_rom: Vec<Arc<Font>>,
}

impl GuestFonts {
    /// Finds the guest's fonts.
    pub(crate) fn look(&mut self, guest: &mut dyn Guest) -> Vec<Arc<Font>> {
        if self.of_rom.is_empty() {
            self.of_rom = of_rom();
        }
        let loaded: Vec<Vec<u8>> = [graphics_font(guest), font_8x8(guest)].into_iter().flatten().collect();
        let news = loaded.into_iter().filter(|bytes| !rom_bytes().contains(&bytes.as_slice()));
        let known = std::mem::take(&mut self.loaded);
        for bytes in news {
            let seen = known.iter().find(|(old, _)| *old == bytes).map(|(_, font)| font.clone());
            let font = seen.or_else(|| Font::of_codes("the guest's font", &bytes, 8).map(Arc::new));
            self.loaded.extend(font.map(|font| (bytes, font)));
        }
        self.loaded.iter().map(|(_, font)| font).chain(&self.of_rom).cloned().collect()
    }
}

fn rom_bytes() -> [&'static [u8]; 3] {
    [fonts::font_8x16(), fonts::font_8x14(), fonts::font_8x8()]
}

/// The fonts of our VGA BIOS.
pub(super) fn of_rom() -> Vec<Arc<Font>> {
    let font = |bytes: &[u8]| Font::of_codes("ROM", bytes, 8).map(Arc::new);
    rom_bytes().into_iter().filter_map(font).collect()
}

fn bytes(guest: &mut dyn Guest, at: u32, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    (guest.peek(at, &mut bytes) == len).then_some(bytes)
}

/// The address that a vector holds.
fn vector(guest: &mut dyn Guest, at: u32) -> Option<u32> {
    let vector = bytes(guest, at, 4)?;
    let word = |at: usize| u32::from(u16::from_le_bytes([vector[at], vector[at + 1]]));
    Some(word(2) * 16 + word(0)).filter(|address| *address != 0)
}

fn graphics_font(guest: &mut dyn Guest) -> Option<Vec<u8>> {
    let rows = bytes(guest, CHARACTER_ROWS, 2)?;
    let rows = usize::from(u16::from_le_bytes([rows[0], rows[1]]));
    let at = vector(guest, GRAPHICS_FONT)?;
    matches!(rows, 1..=32).then(|| bytes(guest, at, 2 * HALF * rows))?
}

fn font_8x8(guest: &mut dyn Guest) -> Option<Vec<u8>> {
    let upper = vector(guest, UPPER_8X8)?;
    let halves = [bytes(guest, LOWER_8X8, HALF * 8)?, bytes(guest, upper, HALF * 8)?];
    Some(halves.concat())
}
