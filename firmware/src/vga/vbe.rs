//! The VESA modes: one table for the ROMs, their tests and the chips' tests.
//!
//! Numbers below 120h are VESA's; the others are those that the VGA BIOSes of Bochs and QEMU use, so software that knows
//! them by heart finds them.

use super::modes::{self, Parameters};

/// What a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Characters, as many scan lines each.
    Text(u8),
    /// Four planes of one bit.
    Planes,
    /// A byte that the DAC looks up.
    Index,
    /// 15 bits in a word.
    Rgb555,
    /// A word.
    Rgb565,
    /// Three bytes.
    Rgb888,
    /// Three bytes of four.
    Xrgb8888,
}

/// A VESA mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Its number, from 100h on.
    pub number: u16,
    /// Pixels in a row; in text modes columns.
    pub width: u16,
    /// Rows of pixels; in text modes of characters.
    pub height: u16,
    /// What a pixel is.
    pub layout: Layout,
}

impl Mode {
    /// Bits in a pixel; none in text modes. A mode with 15 bits counts 15.
    #[must_use]
    pub fn depth(&self) -> u8 {
        match self.layout {
            Layout::Text(_) => 0,
            Layout::Planes => 4,
            Layout::Index => 8,
            Layout::Rgb555 => 15,
            Layout::Rgb565 => 16,
            Layout::Rgb888 => 24,
            Layout::Xrgb8888 => 32,
        }
    }

    /// Bytes from row to row; in 4-bit modes of each plane.
    #[must_use]
    pub fn pitch(&self) -> u32 {
        let width = u32::from(self.width);
        match self.layout {
            Layout::Text(_) => width * 2,
            Layout::Planes => width / 8,
            _ => width * u32::from(self.depth()).div_ceil(8),
        }
    }

    /// Bytes of video memory that the picture takes.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        let planes = if self.layout == Layout::Planes { 4 } else { 1 };
        self.pitch() * u32::from(self.height) * planes
    }

    /// Scan lines of a character that the BIOS draws.
    #[must_use]
    pub fn cell(&self) -> u8 {
        match self.layout {
            Layout::Text(lines) => lines,
            _ if self.height <= 240 => 8,
            _ => 16,
        }
    }
}

/// A resolution with its numbers for 8, 15, 16, 24 and 32 bits.
type Family = ((u16, u16), [u16; 5]);

/// The graphics modes of one or more bytes a pixel.
const PACKED: [Family; 11] = [
    ((320, 200), [0x146, 0x10D, 0x10E, 0x10F, 0x140]),
    ((320, 240), [0x150, 0x151, 0x152, 0x153, 0x154]),
    ((400, 300), [0x155, 0x156, 0x157, 0x158, 0x159]),
    ((512, 384), [0x15A, 0x15B, 0x15C, 0x15D, 0x15E]),
    ((640, 400), [0x100, 0x15F, 0x160, 0x161, 0x141]),
    ((640, 480), [0x101, 0x110, 0x111, 0x112, 0x142]),
    ((800, 600), [0x103, 0x113, 0x114, 0x115, 0x143]),
    ((1024, 768), [0x105, 0x116, 0x117, 0x118, 0x144]),
    ((1152, 864), [0x148, 0x149, 0x14A, 0x14B, 0x14C]),
    ((1280, 1024), [0x107, 0x119, 0x11A, 0x11B, 0x145]),
    ((1600, 1200), [0x11C, 0x11D, 0x11E, 0x11F, 0x147]),
];

const PACKED_LAYOUTS: [Layout; 5] =
    [Layout::Index, Layout::Rgb555, Layout::Rgb565, Layout::Rgb888, Layout::Xrgb8888];

/// The modes in planes: number, width, height.
const PLANES: [(u16, u16, u16); 3] = [(0x102, 800, 600), (0x104, 1024, 768), (0x106, 1280, 1024)];

/// The first text mode; the others follow it.
pub const FIRST_TEXT: u16 = 0x108;
/// The text modes: columns, rows, scan lines of a character.
const TEXT: [(u16, u16, u8); 5] = [(80, 60, 8), (132, 25, 16), (132, 43, 8), (132, 50, 8), (132, 60, 8)];

/// All modes; those that take the most memory come first, and of those the highest number.
#[must_use]
pub fn modes() -> Vec<Mode> {
    let packed = PACKED.iter().flat_map(|&((width, height), numbers)| {
        numbers.into_iter().zip(PACKED_LAYOUTS).map(move |(number, layout)| Mode {
            number,
            width,
            height,
            layout,
        })
    });
    let planes =
        PLANES.iter().map(|&(number, width, height)| Mode { number, width, height, layout: Layout::Planes });
    let text = (FIRST_TEXT..).zip(TEXT).map(|(number, (width, height, lines))| Mode {
        number,
        width,
        height,
        layout: Layout::Text(lines),
    });
    let mut all: Vec<Mode> = packed.chain(planes).chain(text).collect();
    all.sort_by_key(|mode| std::cmp::Reverse((mode.bytes(), mode.number)));
    all
}

/// The text modes' register values, in the order of their numbers.
#[must_use]
pub fn text_parameters() -> Vec<Parameters> {
    TEXT.iter().map(|&(columns, rows, lines)| modes::vesa_text(columns as u8, rows as u8, lines)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(number: u16) -> Mode {
        *modes().iter().find(|mode| mode.number == number).expect("there is such a mode")
    }

    #[test]
    fn every_number_stands_once() {
        let mut numbers: Vec<u16> = modes().iter().map(|mode| mode.number).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
        assert!((0x100..=0x11F).all(|number| numbers.contains(&number)), "VESA's own are all there");
    }

    #[test]
    fn numbers_mean_what_vesa_says() {
        for (number, width, height, depth) in [
            (0x100, 640, 400, 8),
            (0x102, 800, 600, 4),
            (0x105, 1024, 768, 8),
            (0x109, 132, 25, 0),
            (0x10D, 320, 200, 15),
            (0x112, 640, 480, 24),
            (0x114, 800, 600, 16),
            (0x119, 1280, 1024, 15),
        ] {
            let mode = mode(number);
            assert_eq!((mode.width, mode.height, mode.depth()), (width, height, depth), "{number:X}h");
        }
    }

    #[test]
    fn no_row_of_pixels_ends_within_eight() {
        assert!(modes().iter().all(|mode| mode.layout == Layout::Text(mode.cell()) || mode.width % 8 == 0));
    }

    #[test]
    fn what_fits_into_memory_is_an_end_of_the_table() {
        let bytes: Vec<u32> = modes().iter().map(Mode::bytes).collect();
        assert!(bytes.is_sorted_by(|one, next| one >= next));
    }

    #[test]
    fn text_modes_have_the_lines_that_their_rows_need() {
        let texts = modes().into_iter().filter(|mode| mode.depth() == 0).count();
        assert_eq!(text_parameters().len(), texts);
        for parameters in text_parameters() {
            let overflow = u32::from(parameters.crtc[7]);
            let shown = u32::from(parameters.crtc[0x12]) | (overflow & 2) << 7 | (overflow & 0x40) << 3;
            let needed = u32::from(parameters.rows) * u32::from(parameters.height);
            assert!((needed..needed + 8).contains(&(shown + 1)), "{parameters:?}");
        }
    }
}
