//! The video parameter table: what each standard mode puts into the VGA's registers.
//!
//! Follows IBM's PS/2 Hardware Interface Technical Reference (video subsystem) for the values and the PS/2 and
//! PC BIOS Interface Technical Reference for the order of the table.

/// Registers and BIOS data of one mode; [`Parameters::bytes`] is an entry of the BIOS's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Characters a row.
    pub columns: u8,
    /// Rows of characters.
    pub rows: u8,
    /// Scan lines a character.
    pub height: u8,
    /// Bytes from one page to the next.
    pub page_size: u16,
    /// Sequencer registers 1-4.
    pub sequencer: [u8; 4],
    /// Miscellaneous output.
    pub misc: u8,
    /// CRTC registers 00h-18h.
    pub crtc: [u8; 25],
    /// Attribute controller registers 00h-13h.
    pub attribute: [u8; 20],
    /// Graphics controller registers 0-8.
    pub graphics: [u8; 9],
}

/// Bytes of a table entry.
pub const ENTRY_SIZE: usize = 64;
/// Entries of the table.
pub const ENTRIES: usize = 29;

impl Parameters {
    /// The entry as the BIOS has it.
    #[must_use]
    pub fn bytes(&self) -> [u8; ENTRY_SIZE] {
        let mut entry = [0; ENTRY_SIZE];
        let head = [self.columns, self.rows - 1, self.height];
        let parts: [&[u8]; 7] = [
            &head,
            &self.page_size.to_le_bytes(),
            &self.sequencer,
            &[self.misc],
            &self.crtc,
            &self.attribute,
            &self.graphics,
        ];
        let mut rest = &mut entry[..];
        for part in parts {
            let (place, after) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        entry
    }
}

/// CRTC registers 00h-05h.
type Horizontal = [u8; 6];

const TEXT_40: Horizontal = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0];
const TEXT_80: Horizontal = [0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81];
const TEXT_132: Horizontal = [0x9b, 0x83, 0x85, 0x9e, 0x8a, 0x1a];
const GRAPHICS_40: Horizontal = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80];
const GRAPHICS_80: Horizontal = [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80];

/// The vertical registers of a frame: total, overflow, then retrace start and end, display end, blanking
/// start and end.
struct Vertical {
    total: u8,
    overflow: u8,
    retrace: [u8; 2],
    shown: u8,
    blanking: [u8; 2],
}

const LINES_400: Vertical =
    Vertical { total: 0xbf, overflow: 0x1f, retrace: [0x9c, 0x8e], shown: 0x8f, blanking: [0x96, 0xb9] };
const LINES_350: Vertical =
    Vertical { total: 0xbf, overflow: 0x1f, retrace: [0x83, 0x85], shown: 0x5d, blanking: [0x63, 0xba] };
const LINES_480: Vertical =
    Vertical { total: 0x0b, overflow: 0x3e, retrace: [0xea, 0x8c], shown: 0xdf, blanking: [0xe7, 0x04] };

/// The CRTC registers: `lines` is register 09h, `cursor` 0Ah-0Bh, `underline` 14h, `mode` 17h.
fn crtc(
    horizontal: Horizontal,
    vertical: &Vertical,
    lines: u8,
    cursor: [u8; 2],
    underline: u8,
    mode: u8,
) -> [u8; 25] {
    let mut registers = [0; 25];
    registers[..6].copy_from_slice(&horizontal);
    registers[0x06] = vertical.total;
    registers[0x07] = vertical.overflow;
    registers[0x09] = lines;
    registers[0x0a..0x0c].copy_from_slice(&cursor);
    registers[0x10..0x12].copy_from_slice(&vertical.retrace);
    registers[0x12] = vertical.shown;
    registers[0x13] = horizontal[1].div_ceil(2);
    registers[0x14] = underline;
    registers[0x15..0x17].copy_from_slice(&vertical.blanking);
    registers[0x17] = mode;
    registers[0x18] = 0xff;
    registers
}

/// Attribute registers: the palette, then mode control, planes and panning. Overscan is black.
fn attribute(palette: [u8; 16], mode: u8, planes: u8, panning: u8) -> [u8; 20] {
    let mut registers = [0; 20];
    registers[..16].copy_from_slice(&palette);
    registers[16] = mode;
    registers[18] = planes;
    registers[19] = panning;
    registers
}

/// Graphics controller registers that differ between modes: 5, 6 and 7.
fn graphics(mode: u8, misc: u8, dont_care: u8) -> [u8; 9] {
    [0, 0, 0, 0, 0, mode, misc, dont_care, 0xff]
}

/// 16 colours on an RGBI display: bit 4 is intensity.
const PALETTE_RGBI: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
/// 16 colours on a display with two bits a gun; 14h is brown.
const PALETTE_64: [u8; 16] = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f];
/// A CGA's palette 1 with intensity: cyan, magenta, white.
const PALETTE_CGA: [u8; 16] =
    [0, 0x13, 0x15, 0x17, 2, 4, 6, 7, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17];
/// Monochrome text.
const PALETTE_MDA: [u8; 16] = [0, 8, 8, 8, 8, 8, 8, 8, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18];
/// Monochrome graphics: planes 0 and 2 are video and intensity.
const PALETTE_MONO: [u8; 16] = [0, 8, 0, 0, 0x18, 0x18, 0, 0, 0, 8, 0, 0, 0, 0x18, 0, 0];
/// The DAC's first 16 colours.
const PALETTE_DAC: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Black, and `ink` for all the rest.
fn two_colours(ink: u8) -> [u8; 16] {
    std::array::from_fn(|index| if index == 0 { 0 } else { ink })
}

/// Of the miscellaneous output.
const CLOCK_28_MHZ: u8 = 0x04;

const GC_TEXT_COLOUR: (u8, u8) = (0x10, 0x0e);
const GC_TEXT_MONO: (u8, u8) = (0x10, 0x0a);

/// A colour text mode with `columns` and an RGBI (200 lines) or 64-colour palette.
fn colour_text(columns: u8, height: u8) -> Parameters {
    let wide = columns == 80;
    let horizontal = if wide { TEXT_80 } else { TEXT_40 };
    let page_size = if wide { 0x1000 } else { 0x0800 };
    // 8-line characters are shown with 200 lines, each twice; only 400 lines have nine dots a character.
    let (vertical, lines, cursor, misc) = match height {
        8 => (&LINES_400, 0xc7, [6, 7], 0x63),
        14 => (&LINES_350, 0x4d, [0x0b, 0x0c], 0xa3),
        _ => (&LINES_400, 0x4f, [0x0d, 0x0e], 0x67),
    };
    let nine_dots = height == 16;
    let palette = if height == 8 { PALETTE_RGBI } else { PALETTE_64 };
    let clocking = u8::from(!nine_dots) | if wide { 0 } else { 8 };
    Parameters {
        columns,
        rows: 25,
        height,
        page_size,
        sequencer: [clocking, 3, 0, 2],
        misc,
        crtc: crtc(horizontal, vertical, lines, cursor, 0x1f, 0xa3),
        attribute: attribute(palette, if nine_dots { 0x0c } else { 8 }, 0x0f, if nine_dots { 8 } else { 0 }),
        graphics: graphics(GC_TEXT_COLOUR.0, GC_TEXT_COLOUR.1, 0),
    }
}

/// A VESA text mode. 132 columns are shown with the 28 MHz clock and eight dots a character; rows decide on the lines.
pub(super) fn vesa_text(columns: u8, rows: u8, height: u8) -> Parameters {
    let wide = columns > 80;
    let lines = u16::from(rows) * u16::from(height);
    // The signs of the retrace pulses, by which a monitor knows the lines, and the clock.
    let (vertical, signs) = match lines {
        0..=350 => (Vertical { shown: ((lines - 1) & 0xff) as u8, ..LINES_350 }, 0xa3),
        351..=400 => (LINES_400, 0x63),
        _ => (LINES_480, 0xe3),
    };
    let misc = signs | if wide { CLOCK_28_MHZ } else { 0 };
    let cursor = if height == 8 { [6, 7] } else { [0x0d, 0x0e] };
    Parameters {
        columns,
        rows,
        height,
        page_size: (u16::from(columns) * u16::from(rows) * 2).next_multiple_of(0x800),
        sequencer: [1, 3, 0, 2],
        misc,
        crtc: crtc(if wide { TEXT_132 } else { TEXT_80 }, &vertical, 0x40 | (height - 1), cursor, 0x1f, 0xa3),
        attribute: attribute(PALETTE_64, 8, 0x0f, 0),
        graphics: graphics(GC_TEXT_COLOUR.0, GC_TEXT_COLOUR.1, 0),
    }
}

/// Mode 7.
fn mono_text(height: u8) -> Parameters {
    let tall = height == 16;
    let (vertical, lines, cursor, misc) =
        if tall { (&LINES_400, 0x4f, [0x0d, 0x0e], 0x66) } else { (&LINES_350, 0x4d, [0x0b, 0x0c], 0xa6) };
    Parameters {
        columns: 80,
        rows: 25,
        height,
        page_size: 0x1000,
        sequencer: [0, 3, 0, 2],
        misc,
        crtc: crtc(TEXT_80, vertical, lines, cursor, height - 1, 0xa3),
        attribute: attribute(PALETTE_MDA, 0x0e, 0x0f, 8),
        graphics: graphics(GC_TEXT_MONO.0, GC_TEXT_MONO.1, 0),
    }
}

/// Modes 4 and 5.
fn cga_4_colours() -> Parameters {
    Parameters {
        columns: 40,
        rows: 25,
        height: 8,
        page_size: 0x4000,
        sequencer: [9, 3, 0, 2],
        misc: 0x63,
        crtc: crtc(GRAPHICS_40, &LINES_400, 0xc1, [0, 0], 0, 0xa2),
        attribute: attribute(PALETTE_CGA, 1, 3, 0),
        graphics: graphics(0x30, 0x0f, 0),
    }
}

/// Mode 6.
fn cga_2_colours() -> Parameters {
    Parameters {
        columns: 80,
        sequencer: [1, 1, 0, 6],
        crtc: crtc(GRAPHICS_80, &LINES_400, 0xc1, [0, 0], 0, 0xc2),
        attribute: attribute(two_colours(0x17), 1, 1, 0),
        graphics: graphics(0, 0x0d, 0),
        ..cga_4_colours()
    }
}

/// Modes 0Dh and 0Eh: 200 lines in 16 colours.
fn planar_200(columns: u8) -> Parameters {
    let wide = columns == 80;
    Parameters {
        columns,
        rows: 25,
        height: 8,
        page_size: if wide { 0x4000 } else { 0x2000 },
        sequencer: [if wide { 1 } else { 9 }, 0x0f, 0, 6],
        misc: 0x63,
        crtc: crtc(if wide { GRAPHICS_80 } else { GRAPHICS_40 }, &LINES_400, 0xc0, [0, 0], 0, 0xe3),
        attribute: attribute(PALETTE_RGBI, 1, 0x0f, 0),
        graphics: graphics(0, 5, 0x0f),
    }
}

/// Mode 10h: 350 lines in 16 colours.
fn planar_350() -> Parameters {
    Parameters {
        columns: 80,
        rows: 25,
        height: 14,
        page_size: 0x8000,
        sequencer: [1, 0x0f, 0, 6],
        misc: 0xa3,
        crtc: crtc(GRAPHICS_80, &LINES_350, 0x40, [0, 0], 0x0f, 0xe3),
        attribute: attribute(PALETTE_64, 1, 0x0f, 0),
        graphics: graphics(0, 5, 0x0f),
    }
}

/// Mode 0Fh: 350 lines in monochrome.
fn planar_mono() -> Parameters {
    Parameters {
        misc: 0xa2,
        attribute: attribute(PALETTE_MONO, 0x0b, 5, 0),
        graphics: graphics(0, 5, 5),
        ..planar_350()
    }
}

/// Mode 12h: 480 lines in 16 colours.
fn planar_480() -> Parameters {
    Parameters {
        rows: 30,
        height: 16,
        page_size: 0xa000,
        misc: 0xe3,
        crtc: crtc(GRAPHICS_80, &LINES_480, 0x40, [0, 0], 0, 0xe3),
        ..planar_350()
    }
}

/// Mode 11h: 480 lines in 2 colours.
fn planar_480_2_colours() -> Parameters {
    Parameters {
        crtc: crtc(GRAPHICS_80, &LINES_480, 0x40, [0, 0], 0, 0xc3),
        attribute: attribute(two_colours(0x3f), 1, 0x0f, 0),
        graphics: graphics(0, 5, 1),
        ..planar_480()
    }
}

/// Mode 13h: 320x200 in 256 colours.
fn packed() -> Parameters {
    Parameters {
        columns: 40,
        rows: 25,
        height: 8,
        page_size: 0x2000,
        sequencer: [1, 0x0f, 0, 0x0e],
        misc: 0x63,
        crtc: crtc(GRAPHICS_80, &LINES_400, 0x41, [0, 0], 0x40, 0xa3),
        attribute: attribute(PALETTE_DAC, 0x41, 0x0f, 0),
        graphics: graphics(0x40, 5, 0x0f),
    }
}

/// The table, in the order of the BIOS: modes 0-7 with 200 (7: 350) lines; three reserved; two an EGA loads
/// fonts with; 0Dh, 0Eh; 0Fh and 10h of an EGA with 64 KiB; 0Fh, 10h; 0-3 with 350 lines; 0/1, 2/3 and 7 with
/// 400 lines; 11h, 12h, 13h.
#[must_use]
pub fn table() -> [Parameters; ENTRIES] {
    let text_40 = colour_text(40, 8);
    let text_80 = colour_text(80, 8);
    let reserved = text_80;
    [
        text_40,
        text_40,
        text_80,
        text_80,
        cga_4_colours(),
        cga_4_colours(),
        cga_2_colours(),
        mono_text(14),
        reserved,
        reserved,
        reserved,
        reserved,
        reserved,
        planar_200(40),
        planar_200(80),
        planar_mono(),
        planar_350(),
        planar_mono(),
        planar_350(),
        colour_text(40, 14),
        colour_text(40, 14),
        colour_text(80, 14),
        colour_text(80, 14),
        colour_text(40, 16),
        colour_text(80, 16),
        mono_text(16),
        planar_480_2_colours(),
        planar_480(),
        packed(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entry of modes 2 and 3 with 400 lines.
    const TEXT_400: usize = 0x18;

    #[test]
    fn text_mode_3_has_ibms_values() {
        let entry = table()[TEXT_400].bytes();
        assert_eq!(entry[..10], [80, 24, 16, 0, 0x10, 0, 3, 0, 2, 0x67]);
        assert_eq!(
            entry[10..35],
            [
                0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00,
                0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
            ]
        );
        assert_eq!(entry[51..55], [0x0c, 0, 0x0f, 8]);
        assert_eq!(entry[55..], [0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff]);
    }

    #[test]
    fn mode_13h_is_chain_4_with_double_scan() {
        let packed = table()[ENTRIES - 1];
        assert_eq!(packed.sequencer[3], 0x0e);
        assert_eq!(packed.crtc[0x09], 0x41);
        assert_eq!((packed.crtc[0x14], packed.crtc[0x17]), (0x40, 0xa3));
        assert_eq!(packed.attribute[16], 0x41);
    }

    #[test]
    fn an_entry_has_no_gap_and_no_rest() {
        let entry = table()[0];
        let parts = 5 + entry.sequencer.len() + 1 + entry.crtc.len() + entry.attribute.len();
        assert_eq!(parts + entry.graphics.len(), ENTRY_SIZE);
        assert_eq!(entry.bytes()[ENTRY_SIZE - 1], 0xff, "the bit mask comes last");
    }
}
