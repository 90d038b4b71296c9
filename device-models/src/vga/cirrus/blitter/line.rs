//! A line of the source as it is worked into video memory: its bytes, and which of them are drawn.

use super::super::regs::{BltExtensions, BltMode};
use super::job::{Job, PATTERN};
use crate::vga::vram::Vram;

/// A line of the source.
pub(super) struct Line {
    /// Its bytes.
    bytes: Vec<u8>,
    /// FFh for each byte that is drawn, 00h for the others.
    drawn: Vec<u8>,
    /// What is in video memory, and what comes there.
    old: Vec<u8>,
    new: Vec<u8>,
}

impl Line {
    /// A line for a job, all of it drawn but what is clipped.
    pub(super) fn new(job: &Job) -> Self {
        let width = job.width as usize;
        let mut drawn = vec![u8::MAX; width];
        let clipped = (job.clipped() as usize).min(width);
        drawn[..clipped].fill(0);
        Line { bytes: vec![0; width], drawn, old: vec![0; width], new: vec![0; width] }
    }

    /// Takes bytes as they are.
    pub(super) fn copy(&mut self, bytes: &[u8]) {
        for (byte, source) in self.bytes.iter_mut().zip(bytes) {
            *byte = *source;
        }
    }

    /// Takes bits, a pixel each, from the left.
    pub(super) fn expand(&mut self, job: &Job, mut bit: impl FnMut(u32) -> bool) {
        let transparent = job.mode.contains(BltMode::TRANSPARENT);
        let spared = job.extensions.contains(BltExtensions::INVERTED);
        let clips_all = !job.extensions.contains(BltExtensions::CLIP_BACKGROUND);
        let clipped = job.clipped();
        for n in 0..job.pixels() {
            let one = bit(n);
            let colour = if one { job.foreground } else { job.background };
            let shown = !transparent || one != spared;
            for (at, byte) in (n * job.pixel..job.width).zip(&colour[..job.pixel as usize]) {
                let inside = at >= clipped || one && !transparent && !clips_all;
                self.bytes[at as usize] = *byte;
                self.drawn[at as usize] = if shown && inside { u8::MAX } else { 0 };
            }
        }
    }

    /// Takes line `y` of a pattern.
    pub(super) fn pattern(&mut self, job: &Job, pattern: &[u8], y: u32) {
        let (len, pitch) = job.pattern_line();
        let row = (job.source.wrapping_add(y) % PATTERN * pitch) as usize;
        let row = pattern.get(row..row + len as usize).unwrap_or(&[]);
        if job.mode.contains(BltMode::EXPAND) {
            let bits = if job.solid() { u8::MAX } else { row.first().copied().unwrap_or(0) };
            self.expand(job, |n| bits >> (7 - n % PATTERN) & 1 != 0);
        } else {
            for (byte, source) in self.bytes.iter_mut().zip(row.iter().cycle()) {
                *byte = *source;
            }
        }
    }

    /// Works the line into video memory from `target` on.
    pub(super) fn draw(&mut self, job: &Job, vram: Vram, target: u32) {
        vram.read_row(target, &mut self.old);
        self.new.copy_from_slice(&self.old);
        job.rop().apply(&self.bytes, &mut self.new);
        if job.keyed() {
            let size = job.pixel as usize;
            for (old, new) in self.old.chunks(size).zip(self.new.chunks_mut(size)) {
                if is_key(job, new) {
                    new.copy_from_slice(old);
                }
            }
        }
        for ((new, old), drawn) in self.new.iter_mut().zip(&self.old).zip(&self.drawn) {
            *new = *new & drawn | old & !drawn;
        }
        vram.write_row(target, &self.new);
    }

    /// Copies a line of video memory from `source` to `target`.
    pub(super) fn draw_copy(&mut self, job: &Job, vram: Vram, source: u32, target: u32) {
        let distance =
            if job.backwards() { source.wrapping_sub(target) } else { target.wrapping_sub(source) };
        let distance = vram.wrapped(distance);
        if distance != 0 && distance < job.width {
            draw_overlapping(job, vram, source, target, distance);
        } else {
            vram.read_row(source, &mut self.bytes);
            self.draw(job, vram, target);
        }
    }
}

/// Copies a line whose target lies so little ahead of its source that pixels which were drawn are the source of later
/// ones.
fn draw_overlapping(job: &Job, vram: Vram, source: u32, target: u32, distance: u32) {
    let (width, backwards) = (job.width as usize, job.backwards());
    let mut span = vec![0; distance as usize + width];
    let (first, from, to) =
        if backwards { (target, distance as usize, 0) } else { (source, 0, distance as usize) };
    vram.read_row(first, &mut span);
    let size = if job.keyed() { job.pixel as usize } else { 1 };
    let pixels = width.div_ceil(size);
    for n in 0..pixels {
        let at = size * if backwards { pixels - 1 - n } else { n };
        let len = size.min(width - at);
        let (mut pixel, mut new) = ([0; 2], [0; 2]);
        pixel[..len].copy_from_slice(&span[from + at..][..len]);
        new[..len].copy_from_slice(&span[to + at..][..len]);
        job.rop().apply(&pixel[..len], &mut new[..len]);
        if !job.keyed() || !is_key(job, &new[..len]) {
            span[to + at..][..len].copy_from_slice(&new[..len]);
        }
    }
    vram.write_row(target, &span[to..to + width]);
}

/// Whether a pixel has the colour that is not drawn.
fn is_key(job: &Job, pixel: &[u8]) -> bool {
    job.key.starts_with(pixel)
}
