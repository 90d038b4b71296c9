//! The scan-out: from registers and video memory to a picture.
//!
//! A frame is a pure function of the registers, video memory and the instant (for the start address and the
//! blink phases). Each distinct pixel and line is there once: 320x200 for mode 13h, 720x400 for 9-dot text;
//! overscan is not shown. A dark screen is a black frame of the same size.

mod direct;
mod graphics;
mod lines;
mod style;
mod text;

pub use style::TextStyle;
pub use text::TextScreen;

use super::core::Core;
use super::picture::{Depth, Offsets, Pixel, Resolution};
use super::regs::AttributeMode;
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
    fn black(size: Resolution) -> Self {
        let pixels = vec![0; size.width as usize * size.height as usize];
        Frame { width: size.width, height: size.height, pixels }
    }
}

/// What a picture depends on besides video memory: two equal looks at clean memory mean two equal frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    generation: u64,
    start: u32,
    blink: Blink,
}

/// The phases of what blinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blink {
    /// The cursor shows.
    cursor: bool,
    /// Blinking characters show.
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
        let frame = self.timing().frame(now);
        Blink {
            cursor: (frame / CURSOR_FRAMES).is_multiple_of(2),
            characters: (frame / CHARACTER_FRAMES).is_multiple_of(2),
        }
    }

    /// The 16 colours of text and planar pictures; bytes above 15 repeat them. In graphics modes blinking inverts
    /// bit 3 in every other phase (VGA-07).
    fn colours16(&self, blink: Blink, graphics: bool) -> [u32; 256] {
        let flip = graphics && self.attr.mode().contains(AttributeMode::BLINK) && !blink.characters;
        std::array::from_fn(|n| self.dac.shown(self.attr.dac_address(n as u8 & 0x0F, flip)))
    }

    /// The 256 colours of byte pictures.
    fn colours256(&self) -> [u32; 256] {
        std::array::from_fn(|n| self.dac.shown(n as u8))
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
        let size = self.resolution();
        let mut frame = Frame::black(size);
        if self.dark() {
            return frame;
        }
        let vram = Vram::new(ram, self.vram);
        let offsets = self.offsets(now);
        let blink = self.core.blink(now);
        match self.depth() {
            Depth::Text => text::draw(&self.core, vram, offsets, blink, &mut frame),
            Depth::Linear(pixel) => {
                let colours = match pixel {
                    Pixel::Planes => self.core.colours16(blink, true),
                    _ => self.core.colours256(),
                };
                direct::draw(pixel, offsets, &colours, vram, &mut frame);
            }
            depth => {
                let colours = match depth {
                    Depth::Bytes => self.core.colours256(),
                    _ => self.core.colours16(blink, true),
                };
                graphics::draw(&self.core, depth, vram, offsets, &colours, &mut frame);
            }
        }
        if self.adapter.card().cursor().is_some() {
            for (y, row) in (0..).zip(frame.pixels.chunks_exact_mut(size.width as usize)) {
                self.adapter.card().draw_over(vram, y, row);
            }
        }
        frame
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
        Look { generation: self.core.generation, start: self.offsets(now).start, blink: self.core.blink(now) }
    }

    /// Whether the picture may differ from the one at `before`, after which [`Video::seen`] was called. Never says
    /// no wrongly; may say yes where a register or an unseen part of memory changed.
    pub fn changed(&self, ram: &Ram, before: &Look, now: Instant) -> bool {
        let vram = Vram::new(ram, self.vram);
        self.look(now) != *before || self.shown_bytes(now).any(|(index, len)| vram.dirty(index, len))
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
