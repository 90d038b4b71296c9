//! How a text screen looks beside its characters.

use super::super::Video;
use super::super::regs::AttributeMode;
use crate::vga::picture::Depth;
use backplane::Instant;

/// The look of a text screen at an instant: for displays that draw characters with a font of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// The colours of the attributes' nibbles as 00RRGGBBh; all black while the screen is dark.
    pub colours: [u32; 16],
    /// Attribute bit 7 makes a character blink; otherwise it belongs to the background.
    pub blinks: bool,
    /// Blinking characters show at this instant.
    pub blink_shows: bool,
    /// Characters whose attribute says so are underlined.
    pub underlines: bool,
    /// Lines of a row, 1-32.
    pub row_height: u32,
    /// First and last line of the cursor in its row; `None` while it is off.
    pub cursor: Option<(u32, u32)>,
}

impl Video {
    /// The look of the text screen at an instant; `None` in graphics modes.
    pub fn text_style(&self, now: Instant) -> Option<TextStyle> {
        if self.depth() != Depth::Text {
            return None;
        }
        let (core, blink) = (&self.core, self.core.blink(now));
        let colour = |number| core.dac.shown(core.attr.dac_address(number, false));
        let row_height = core.crtc.row_height();
        Some(TextStyle {
            colours: std::array::from_fn(|n| if self.dark() { 0 } else { colour(n as u8) }),
            blinks: core.attr.mode().contains(AttributeMode::BLINK),
            blink_shows: blink.characters,
            underlines: core.crtc.underline() < row_height,
            row_height,
            cursor: core.crtc.cursor_rows().filter(|_| !self.dark()),
        })
    }
}

impl TextStyle {
    /// Foreground and background of an attribute, and whether its character is underlined.
    pub fn pen(&self, attribute: u8) -> (u32, u32, bool) {
        let colour = |number: u8| self.colours[usize::from(number & 0x0F)];
        let (mut ink, mut paper) = (colour(attribute), colour(attribute >> 4));
        if self.blinks {
            paper = colour(attribute >> 4 & 7);
            if attribute & super::text::BLINKS != 0 && !self.blink_shows {
                ink = paper;
            }
        }
        let (mask, value) = super::text::UNDERLINE;
        (ink, paper, self.underlines && attribute & mask == value)
    }
}
