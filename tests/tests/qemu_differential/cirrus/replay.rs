//! What a script has done to the chip, as far as known differences depend on it.

use super::{APERTURE, MEMORY, MMIO, PAGE};
use backplane::bench::Action;
use relic_tests::differential::Written;

/// Bits of graphics register 30h.
pub(super) const BACKWARDS: u8 = 0x01;
pub(super) const TO_SYSTEM: u8 = 0x02;
pub(super) const FROM_SYSTEM: u8 = 0x04;
pub(super) const TRANSPARENT: u8 = 0x08;
pub(super) const PATTERN: u8 = 0x40;
pub(super) const EXPAND: u8 = 0x80;
/// Bits of graphics register 33h.
pub(super) const DWORDS: u8 = 0x01;
pub(super) const INVERTED: u8 = 0x02;
pub(super) const SOLID: u8 = 0x04;
pub(super) const CLIP_BACKGROUND: u8 = 0x08;
/// Bits of graphics register 31h.
const START: u8 = 0x02;
const RESET: u8 = 0x04;
const AUTOSTART: u8 = 0x80;
/// Bits of sequencer register 17h: the blitter's registers in memory, and at the end of the aperture.
const IN_MEMORY: u8 = 0x44;

/// Which graphics register answers at each of the first bytes of the blitter's registers; FFh is none.
pub(super) const IN_PAGE: [u8; 0x22] = [
    0x00, 0x10, 0x12, 0x14, 0x01, 0x11, 0x13, 0x15, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2A, 0xFF, 0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0xFF, 0x32, 0x33, 0x34, 0x35, 0xFF, 0xFF, 0x38, 0x39,
];
/// Where the blitter's status answers.
pub(super) const STATUS: u32 = 0x40;

/// A blit as its registers describe it when it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blit {
    /// Bytes in a pixel of the screen, by sequencer register 7.
    pub(super) screen: u32,
    /// Bytes in a pixel.
    pub(super) pixel: u32,
    /// Bytes in a line.
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes from line to line: of the target and of the source.
    pub(super) pitches: [u32; 2],
    pub(super) target: u32,
    pub(super) source: u32,
    /// Without the size of pixels.
    pub(super) mode: u8,
    pub(super) extensions: u8,
    pub(super) rop: u8,
    pub(super) clip: u8,
    pub(super) colours: [u32; 2],
    pub(super) key: u16,
}

impl Blit {
    /// The blit that registers describe.
    fn of(gfx: &[u8; 0x40], screen: u32) -> Blit {
        let number = |places: &[usize]| places.iter().rev().fold(0, |n, at| n << 8 | u32::from(gfx[*at]));
        Blit {
            screen,
            pixel: u32::from(gfx[0x30] >> 4 & 3) + 1,
            width: (number(&[0x20, 0x21]) & 0x1FFF) + 1,
            height: (number(&[0x22, 0x23]) & 0x7FF) + 1,
            pitches: [number(&[0x24, 0x25]) & 0x1FFF, number(&[0x26, 0x27]) & 0x1FFF],
            target: number(&[0x28, 0x29, 0x2A]) % MEMORY,
            source: number(&[0x2C, 0x2D, 0x2E]) % MEMORY,
            mode: gfx[0x30] & !0x30,
            extensions: gfx[0x33],
            rop: gfx[0x32],
            clip: gfx[0x2F],
            colours: [number(&[0x00, 0x10, 0x12, 0x14]), number(&[0x01, 0x11, 0x13, 0x15])],
            key: number(&[0x34, 0x35]) as u16,
        }
    }

    /// Whether all these bits of the mode are set.
    pub(super) fn is(&self, mode: u8) -> bool {
        self.mode & mode == mode
    }

    /// Whether it draws, and none of the modes that no chip has: data to the CPU from anything but video memory.
    pub(super) fn runs(&self) -> bool {
        !self.is(TO_SYSTEM) || self.mode & (FROM_SYSTEM | PATTERN | EXPAND) == 0
    }

    /// Whether its source is a rectangle: neither a pattern nor bits.
    pub(super) fn copies(&self) -> bool {
        self.mode & (PATTERN | EXPAND) == 0
    }

    pub(super) fn solid(&self) -> bool {
        self.is(PATTERN | EXPAND) && self.extensions & SOLID != 0
    }

    /// Whether pixels that come out in a colour are left alone.
    pub(super) fn keyed(&self) -> bool {
        self.is(TRANSPARENT) && !self.is(EXPAND) && self.pixel <= 2
    }

    /// Whether the source is read in video memory.
    pub(super) fn reads_memory(&self) -> bool {
        !self.is(FROM_SYSTEM) && !self.solid()
    }

    /// Pixels or bytes that are clipped at the left.
    pub(super) fn clipped(&self) -> u8 {
        self.clip & if self.pixel == 3 { 0x1F } else { 0x07 }
    }

    /// Bytes from the first one to the last one of a rectangle with a pitch.
    pub(super) fn extent(&self, pitch: u32) -> u32 {
        (self.height - 1) * pitch + self.width
    }

    /// Bytes of a pattern, as far as its rows go.
    pub(super) fn pattern_len(&self) -> u32 {
        if self.is(EXPAND) { 8 } else { 64 * self.pixel.next_power_of_two() }
    }

    /// Bytes of the source in video memory, from its first one on; of patterns, from the aligned address.
    fn source_range(&self) -> std::ops::Range<u32> {
        if self.is(PATTERN) {
            let first = self.source & !7;
            first..first + self.pattern_len()
        } else {
            self.source..self.source + (self.width / self.pixel).div_ceil(8) * self.height
        }
    }

    /// Whether it draws over the pattern or the bits that it reads.
    pub(super) fn over_source(&self) -> bool {
        let source = self.source_range();
        let target = self.target..self.target + self.extent(self.pitches[0]);
        self.reads_memory() && !self.copies() && source.start < target.end && target.start < source.end
    }

    /// Whether a rectangle leaves video memory.
    fn outside(&self, first: u32, pitch: u32) -> bool {
        if self.copies() && self.is(BACKWARDS) && !self.is(FROM_SYSTEM) {
            first + 1 < self.extent(pitch)
        } else {
            first + self.extent(pitch) > MEMORY
        }
    }

    /// Whether the target leaves video memory, or what would be a source that was a rectangle.
    pub(super) fn leaves_memory(&self) -> bool {
        let source = self.reads_memory() && !self.is(PATTERN);
        self.outside(self.target, self.pitches[0]) || source && self.outside(self.source, self.pitches[1])
    }

    /// Whether a pitch is zero; that of bits, too.
    pub(super) fn without_pitch(&self) -> bool {
        let source = self.reads_memory() && !self.is(PATTERN);
        self.pitches[0] == 0 || source && self.pitches[1] == 0
    }
}

/// The registers behind the script so far.
pub(super) struct Replay {
    pub(super) seq: [u8; 0x20],
    pub(super) gfx: [u8; 0x40],
    /// The blits that were started.
    pub(super) blits: Vec<Blit>,
    /// One of them wants data of the CPU, and nothing has reset the blitter since.
    pub(super) awaits: bool,
    indices: [u8; 2],
}

impl Replay {
    /// Goes through a script, and gives to `see` each action with the registers before it.
    pub(super) fn each(written: &Written, mut see: impl FnMut(&Replay, &Action)) -> Replay {
        let (seq, gfx) = ([0; 0x20], [0; 0x40]);
        let mut replay = Replay { seq, gfx, blits: Vec::new(), awaits: false, indices: [0; 2] };
        for action in &written.before {
            see(&replay, action);
            replay.note(action);
        }
        replay
    }

    /// Goes through a script.
    pub(super) fn of(written: &Written) -> Replay {
        Replay::each(written, |_, _| {})
    }

    fn note(&mut self, action: &Action) {
        match *action {
            Action::Out { port: 0x3C4, value, .. } => self.indices[0] = value as u8,
            Action::Out { port: 0x3CE, value, .. } => self.indices[1] = value as u8,
            Action::Out { port: 0x3C5, value, .. } => {
                if let Some(register) = self.seq.get_mut(usize::from(self.indices[0])) {
                    *register = value as u8;
                }
            }
            Action::Out { port: 0x3CF, value, .. } => self.graphics(self.indices[1], value as u8),
            Action::Write { at, width, value } => {
                for n in 0..width.bytes() {
                    if let Some(register) = self.in_memory(at + n) {
                        self.graphics(register, (value >> (8 * n)) as u8);
                    }
                }
            }
            _ => {}
        }
    }

    /// Which graphics register answers at an address.
    pub(super) fn in_memory(&self, at: u32) -> Option<u8> {
        let set = self.seq[0x17] & IN_MEMORY;
        let offset = match at {
            _ if at & !0xFF == PAGE + 0x100 => at & 0xFF,
            _ if at & !0xFF == MMIO && set == 0x04 => at & 0xFF,
            _ if at & !0xFF == APERTURE + MEMORY - 0x100 && set == IN_MEMORY => at & 0xFF,
            _ => return None,
        };
        match offset {
            STATUS => Some(0x31),
            _ => IN_PAGE.get(offset as usize).copied().filter(|register| *register != 0xFF),
        }
    }

    fn graphics(&mut self, register: u8, value: u8) {
        let Some(held) = self.gfx.get_mut(usize::from(register)) else { return };
        let old = std::mem::replace(held, value);
        let starts = match register {
            0x31 => value & START != 0 && old & START == 0,
            0x2A => self.gfx[0x31] & AUTOSTART != 0,
            _ => false,
        };
        if starts {
            let screen = match self.seq[7] & 0x0E {
                0x02 | 0x06 => 2,
                0x04 => 3,
                0x08 => 4,
                _ => 1,
            };
            let blit = Blit::of(&self.gfx, screen);
            self.awaits |= blit.is(FROM_SYSTEM) && !blit.solid() && blit.runs();
            self.blits.push(blit);
        }
        if register == 0x31 && value & RESET != 0 {
            self.awaits = false;
        }
        // It has ended, but for one that waits for data, which nothing starts anew.
        if register == 0x31 {
            self.gfx[0x31] &= !START;
        }
    }
}
