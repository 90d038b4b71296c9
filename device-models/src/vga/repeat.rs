//! Repeated string instructions on the window, many iterations in one call.

use super::Video;
use super::memory::Planes;
use super::vram::Vram;
use super::window::{Access, Window};
use backplane::{Ram, Repeat, Source, Wires};

impl Video {
    /// Does as much of `repeat` as lies in the window, while its bytes go through the pipeline.
    pub(super) fn repeat_window(&mut self, repeat: &Repeat, w: &Wires) -> u32 {
        let video_memory = Vram::new(w.ram, self.vram);
        let mut latch = self.core.latch;
        let Some((window, _, pipeline)) = self.in_window(repeat.to) else { return 0 };
        let Access::Planes(bank) = window.access else { return 0 };
        let Some(to) = inside(&window, repeat, repeat.to) else { return 0 };
        let planes = Planes { pipeline, vram: video_memory, bank };
        match repeat.from {
            Source::Value(value) => fill(planes, latch, repeat, to, value),
            Source::Store(from) => load(planes, latch, repeat, to, from, w.ram),
            Source::Chip(from) => {
                let Some(from) = inside(&window, repeat, from) else { return 0 };
                copy(planes, &mut latch, repeat, to, from);
            }
        }
        self.core.latch = latch;
        repeat.count
    }
}

/// The offset in the window of an address from which on all elements lie in it.
fn inside(window: &Window, repeat: &Repeat, address: u32) -> Option<u32> {
    let first = address.wrapping_sub(window.first);
    let last = first.wrapping_add(repeat.distance(repeat.count.checked_sub(1)?));
    let fits = |at: u32| u64::from(at) + u64::from(repeat.width.bytes()) <= u64::from(window.len);
    (fits(first) && fits(last)).then_some(first)
}

fn fill(planes: Planes, latch: u32, repeat: &Repeat, to: u32, value: u32) {
    // The latch stays as it is, so each byte of the element makes the same of all planes every time.
    let data = value.to_le_bytes().map(|byte| planes.pipeline.modified(latch, byte));
    for n in 0..repeat.count {
        let at = to.wrapping_add(repeat.distance(n));
        for (k, data) in (0..repeat.width.bytes()).zip(data) {
            planes.store(at.wrapping_add(k), data);
        }
    }
}

fn load(planes: Planes, latch: u32, repeat: &Repeat, to: u32, from: u32, ram: &Ram) {
    for n in 0..repeat.count {
        let distance = repeat.distance(n);
        for k in 0..repeat.width.bytes() {
            let byte = ram.read_u8(from.wrapping_add(distance).wrapping_add(k) as usize);
            planes.write(latch, to.wrapping_add(distance).wrapping_add(k), byte);
        }
    }
}

fn copy(planes: Planes, latch: &mut u32, repeat: &Repeat, to: u32, from: u32) {
    for n in 0..repeat.count {
        let distance = repeat.distance(n);
        let (from, to) = (from.wrapping_add(distance), to.wrapping_add(distance));
        let mut element = [0; 4];
        let bytes = repeat.width.bytes() as usize;
        for (k, byte) in (0..).zip(&mut element[..bytes]) {
            *byte = planes.read(latch, from.wrapping_add(k));
        }
        for (k, byte) in (0..).zip(&element[..bytes]) {
            planes.write(*latch, to.wrapping_add(k), *byte);
        }
    }
}
