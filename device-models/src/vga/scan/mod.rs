//! The scan-out: from registers and video memory to a picture.
//!
//! A picture is a pure function of the registers, what they were lately, video memory and the instant. Where registers
//! changed while the beam drew the last whole frame, that frame is shown as it was drawn; otherwise the present registers
//! rule, so that a change which is over is seen at once. Each distinct pixel and line is there once: 320x200 for mode 13h,
//! 720x400 for 9-dot text. The border is not part of it; its colour is seen where the whole screen has it, while the
//! palette belongs to the CPU. A screen that is dark otherwise is black, and so is what is blanked inside the displayed
//! area.

mod direct;
mod drawn;
mod feedback;
mod graphics;
mod lines;
mod rows;
mod screen;
mod source;
mod style;
mod text;

pub(super) use feedback::Passing;
pub use screen::Screen;
pub use style::TextStyle;
pub use text::TextScreen;

use self::rows::Rows;
use super::core::Core;
use super::history::Drawn;
use super::picture::{Depth, Offsets, Resolution};
use super::regs::{AttributeMode, GraphicsMisc};
use super::vram::Vram;
use super::{HardwareCursor, Video};
use backplane::{Instant, Ram};

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Pixels in a line.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// Pixels as 00RRGGBBh, line by line from the top left.
    pub pixels: Vec<u32>,
}

impl Frame {
    fn resize(&mut self, size: Resolution) {
        (self.width, self.height) = (size.width, size.height);
        self.pixels.resize(size.width as usize * size.height as usize, 0);
    }
}

/// What a picture depends on besides video memory: two equal looks at clean memory mean two equal frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    generation: u64,
    start: u32,
    blink: Blink,
    /// The frame that is shown as it was drawn.
    changing_frame: Option<u64>,
}

impl Look {
    /// Whether the registers stand as they did: what differs at most is what blinks.
    fn stands(&self, now: &Look) -> bool {
        *self == Look { blink: self.blink, ..*now }
    }
}

/// The phases of what blinks; what does not blink counts as there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blink {
    /// The cursor shows.
    cursor: bool,
    /// Blinking characters and pixels show.
    characters: bool,
}

/// Frames for which the cursor shows, and is then away.
const CURSOR_FRAMES: u64 = 8;
/// Frames for which blinking characters show, and are then away.
const CHARACTER_FRAMES: u64 = 16;
/// Video memory that the core's address counter reaches.
const CORE_BYTES: u32 = 0x4_0000;

impl Core {
    fn blink(&self, now: Instant) -> Blink {
        self.blink_in(self.timing().beam(now).frame)
    }

    fn blink_in(&self, frame: u64) -> Blink {
        let text = !self.gfx.misc().contains(GraphicsMisc::GRAPHICS);
        let blinks = self.attr.mode().contains(AttributeMode::BLINK);
        Blink {
            cursor: !text || (frame / CURSOR_FRAMES).is_multiple_of(2),
            characters: !blinks || (frame / CHARACTER_FRAMES).is_multiple_of(2),
        }
    }

    /// The colour of the whole screen while it is dark: the border's if only the palette is away, else black.
    fn dark_colour(&self) -> u32 {
        if self.attr.screen_on() || self.stopped() { 0 } else { self.dac.shown(self.attr.overscan()) }
    }
}

impl Video {
    /// How video memory becomes pixels.
    pub fn depth(&self) -> Depth {
        self.adapter.card().depth(&self.core)
    }

    /// Where rows begin at an instant.
    pub fn offsets(&self, now: Instant) -> Offsets {
        self.adapter.card().offsets(&self.core, now)
    }

    /// The picture's size.
    pub fn resolution(&self) -> Resolution {
        self.adapter.card().resolution(&self.core)
    }

    /// Whether the screen is dark.
    fn dark(&self) -> bool {
        self.adapter.card().dark(&self.core)
    }

    /// The picture at an instant.
    pub fn frame(&self, ram: &Ram, now: Instant) -> Frame {
        let mut frame = Frame { width: 0, height: 0, pixels: Vec::new() };
        self.draw(ram, now, &mut frame);
        frame
    }

    fn draw(&self, ram: &Ram, now: Instant, frame: &mut Frame) {
        frame.resize(self.resolution());
        if let Some(drawn) = self.drawn(now) {
            drawn::draw(drawn, self.adapter.card(), Vram::new(ram, self.vram), self.core.blink(now), frame);
        } else if self.dark() {
            frame.pixels.fill(self.core.dark_colour());
        } else {
            self.rows(ram, now).draw_all(frame);
        }
    }

    /// The last frame as it was drawn, if registers changed meanwhile.
    fn drawn(&self, now: Instant) -> Option<Drawn> {
        self.has_beam().then(|| self.core.drawn(now))?
    }

    /// Whether the picture is the core's: a card's own shows the registers of one instant.
    fn has_beam(&self) -> bool {
        !matches!(self.depth(), Depth::Linear(_)) && self.resolution() == self.core.resolution()
    }

    /// The rows of the picture at an instant, while the screen is not dark.
    fn rows<'a>(&'a self, ram: &'a Ram, now: Instant) -> Rows<'a> {
        Rows::new(&self.core, self.adapter.card(), Vram::new(ram, self.vram), now)
    }

    /// The cursor that the adapter lays over the picture, while it shows: where a guest's own pointer is, if the guest
    /// uses it. Adapters without one, and guests that draw their pointer, have none.
    pub fn hardware_cursor(&self) -> Option<HardwareCursor> {
        self.adapter.card().cursor()
    }

    /// The text screen at an instant; `None` in graphics modes.
    pub fn text(&self, ram: &Ram, now: Instant) -> Option<TextScreen> {
        (self.depth() == Depth::Text)
            .then(|| text::read(&self.core, Vram::new(ram, self.vram), self.offsets(now)))
    }

    /// What the picture depends on besides video memory.
    pub fn look(&self, now: Instant) -> Look {
        Look {
            generation: self.core.generation,
            start: self.offsets(now).start,
            blink: self.core.blink(now),
            changing_frame: self.has_beam().then(|| self.core.changing_frame(now)).flatten(),
        }
    }

    /// Whether the picture may differ from the one at `before`, after which [`Video::seen`] was called. Never says
    /// no wrongly; may say yes where a register or an unseen part of memory changed.
    pub fn changed(&self, ram: &Ram, before: &Look, now: Instant) -> bool {
        self.look(now) != *before || self.written(ram, now)
    }

    /// Whether memory that the picture comes from was written since [`Video::seen`].
    fn written(&self, ram: &Ram, now: Instant) -> bool {
        let vram = Vram::new(ram, self.vram);
        self.shown_bytes(now).any(|(index, len)| vram.dirty(index, len))
    }

    /// The same of what the card lays over the picture.
    fn cursor_written(&self, ram: &Ram) -> bool {
        let bytes = self.adapter.card().cursor_bytes();
        bytes.is_some_and(|(index, len)| Vram::new(ram, self.vram).dirty(index, len))
    }

    /// Calls shown memory clean: pages written from here on count for [`Video::changed`].
    pub fn seen(&self, ram: &Ram, now: Instant) {
        for (index, len) in self.shown_bytes(now) {
            Vram::new(ram, self.vram).forget_dirt(index, len);
        }
    }

    /// The ranges of video memory that the picture comes from: first byte and length.
    fn shown_bytes(&self, now: Instant) -> impl Iterator<Item = (u32, u32)> {
        let picture = match self.depth() {
            Depth::Linear(_) => {
                let offsets = self.offsets(now);
                (offsets.start, offsets.pitch.saturating_mul(self.resolution().height))
            }
            _ if self.core.crtc.extension.wide => (0, self.vram.len),
            _ => (0, CORE_BYTES),
        };
        [Some(picture), self.adapter.card().cursor_bytes()].into_iter().flatten()
    }
}
