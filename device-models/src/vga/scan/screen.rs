//! The picture as the host keeps it: drawn again where it changed, at no cost while it did not.

use super::rows::Rows;
use super::text::Cell;
use super::{Frame, Look};
use crate::vga::Video;
use crate::vga::picture::Depth;
use crate::vga::vram::Vram;
use backplane::{Instant, Ram};

/// The last picture of one adapter. It is no part of the adapter's state; two of them for one adapter would take each
/// other's notice of written memory.
#[derive(Clone, Debug)]
pub struct Screen {
    frame: Frame,
    /// What the frame depends on besides video memory; `None` before the first.
    look: Option<Look>,
    /// The characters of a text picture, line by line.
    cells: Vec<Cell>,
    /// Its fonts.
    fonts: Vec<u8>,
}

impl Default for Screen {
    fn default() -> Self {
        let frame = Frame { width: 0, height: 0, pixels: Vec::new() };
        Screen { frame, look: None, cells: Vec::new(), fonts: Vec::new() }
    }
}

impl Screen {
    /// The picture at an instant: what [`Video::frame`] gives.
    pub fn update(&mut self, video: &Video, ram: &Ram, now: Instant) -> &Frame {
        let look = video.look(now);
        let written = video.written(ram, now);
        if self.look == Some(look) && !written {
            return &self.frame;
        }
        let stands = self.look.is_some_and(|last| last.stands(&look)) && !video.cursor_written(ram);
        let blinks = self.look.is_none_or(|last| last.blink != look.blink);
        match video.depth() {
            _ if video.dark() || look.changing_frame.is_some() => video.draw(ram, now, &mut self.frame),
            Depth::Text if stands => self.draw_cells(&mut video.rows(ram, now), false),
            Depth::Text => {
                self.frame.resize(video.resolution());
                self.draw_cells(&mut video.rows(ram, now), true);
            }
            _ if stands && !blinks => {
                self.draw_written(&mut video.rows(ram, now), Vram::new(ram, video.vram))
            }
            _ => video.draw(ram, now, &mut self.frame),
        }
        self.look = Some(look);
        if written {
            video.seen(ram, now);
        }
        &self.frame
    }

    /// Draws the rows whose memory was written.
    fn draw_written(&mut self, rows: &mut Rows, vram: Vram) {
        for (n, out) in (0..).zip(self.frame.pixels.chunks_exact_mut(self.frame.width as usize)) {
            let bytes = rows.bytes(n);
            if vram.dirty(bytes.start, bytes.end - bytes.start) {
                rows.draw(n, out);
            }
        }
    }

    /// Draws the rows of characters that look different now; all of them if the fonts do, or if asked to.
    fn draw_cells(&mut self, rows: &mut Rows, all: bool) {
        let mut fonts = Vec::with_capacity(self.fonts.len());
        rows.read_fonts(&mut fonts);
        let all = all || fonts != self.fonts;
        self.fonts = fonts;
        let (width, height) = (self.frame.width as usize, self.frame.height);
        let (mut first, mut at, mut cells) = (0, 0, Vec::new());
        while first < height {
            let end = rows.row_of_characters(first).min(height);
            rows.cells(first, &mut cells);
            let kept = at..at + cells.len();
            if all || self.cells.get(kept.clone()) != Some(&cells) {
                let lines = &mut self.frame.pixels[first as usize * width..end as usize * width];
                for (n, out) in (first..).zip(lines.chunks_exact_mut(width)) {
                    rows.draw(n, out);
                }
                self.cells.resize(self.cells.len().max(kept.end), Cell::default());
                self.cells[kept.clone()].copy_from_slice(&cells);
            }
            (first, at) = (end, kept.end);
        }
        self.cells.truncate(at);
    }
}
