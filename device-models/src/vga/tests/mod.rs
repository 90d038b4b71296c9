//! The adapter on the bench: a rig that programs it through its ports, as a BIOS does.

mod beam;
mod bus;
mod cirrus;
mod dispi;
pub(super) mod modes;
mod picture;
mod pipeline;
mod registers;
mod repeat;
mod text;
mod timing;

use super::{Frame, Video};
use backplane::bench::Bench;
use backplane::{Addr, Region, Width};
use modes::Mode;

/// Video memory of a plain card in the bench's store: behind something else, to find missing base offsets.
const PLAIN_VRAM: Region = Region { offset: 0x4_0000, len: 0x4_0000 };
/// Video memory of the Bochs adapter: 2 MiB are enough here.
const STD_VRAM: Region = Region { offset: 0x20_0000, len: 0x20_0000 };
/// A ROM in the store.
const ROM: Region = Region { offset: 0x1_0000, len: 0x1_0000 };
/// Bytes of the bench's store.
const STORE: usize = 0x40_0000;

fn plain() -> Bench<Video> {
    Bench::with_store(Video::plain(PLAIN_VRAM, Some(ROM)), 0x10_0000)
}

fn std_vga() -> Bench<Video> {
    Bench::with_store(Video::std(STD_VRAM, Some(ROM)), STORE)
}

/// A plain card in a mode.
pub(super) fn in_mode(mode: &Mode) -> Bench<Video> {
    let mut b = plain();
    b.program(mode);
    b
}

/// What a guest does to the card.
pub(super) trait Guest {
    /// Writes an indexed register.
    fn indexed(&mut self, port: u16, index: u8, value: u8);
    /// Reads an indexed register.
    fn read_indexed(&mut self, port: u16, index: u8) -> u8;
    /// Writes a CRTC register in colour emulation.
    fn crtc(&mut self, index: u8, value: u8) {
        self.indexed(0x3D4, index, value);
    }
    /// Writes a sequencer register.
    fn seq(&mut self, index: u8, value: u8) {
        self.indexed(0x3C4, index, value);
    }
    /// Writes a graphics register.
    fn gfx(&mut self, index: u8, value: u8) {
        self.indexed(0x3CE, index, value);
    }
    /// Writes an attribute register, screen on.
    fn attr(&mut self, index: u8, value: u8);
    /// Sets a colour of the DAC, 6 bits a component.
    fn colour(&mut self, number: u8, rgb: [u8; 3]);
    /// Sets a mode: registers, and a DAC where each number is its own colour.
    fn program(&mut self, mode: &Mode);
    /// Reads a byte of memory.
    fn peek(&mut self, address: u32) -> u8;
    /// Writes a byte of memory.
    fn poke(&mut self, address: u32, value: u8);
    /// Writes bytes of memory.
    fn poke_all(&mut self, address: u32, values: &[u8]) {
        for (n, value) in (0..).zip(values) {
            self.poke(address + n, *value);
        }
    }
    /// Reads a DISPI register.
    fn dispi(&mut self, index: u16) -> u16;
    /// Writes a DISPI register.
    fn set_dispi(&mut self, index: u16, value: u16);
    /// The picture now.
    fn frame(&self) -> Frame;
    /// A byte of a plane.
    fn plane(&self, plane: u32, offset: u32) -> u8;
}

/// The DAC colour that `program` gives a number: told apart by its number alone.
fn colour_of(number: u8) -> u32 {
    let [r, g, b] = components(number).map(|six| u32::from(six << 2 | six >> 4));
    r << 16 | g << 8 | b
}

fn components(number: u8) -> [u8; 3] {
    [number >> 4 & 0x0F, number & 0x0F, number >> 2 & 0x3F]
}

impl Guest for Bench<Video> {
    fn indexed(&mut self, port: u16, index: u8, value: u8) {
        self.outb(port, index);
        self.outb(port + 1, value);
    }

    fn read_indexed(&mut self, port: u16, index: u8) -> u8 {
        self.outb(port, index);
        self.inb(port + 1)
    }

    fn attr(&mut self, index: u8, value: u8) {
        self.inb(0x3DA);
        self.inb(0x3BA);
        self.outb(0x3C0, index);
        self.outb(0x3C0, value);
        self.outb(0x3C0, 0x20);
    }

    fn colour(&mut self, number: u8, rgb: [u8; 3]) {
        self.outb(0x3C8, number);
        for component in rgb {
            self.outb(0x3C9, component);
        }
    }

    fn program(&mut self, mode: &Mode) {
        self.outb(0x3C2, mode.misc);
        let crtc = if mode.misc & 1 != 0 { 0x3D4 } else { 0x3B4 };
        for (index, value) in (1..).zip(mode.seq) {
            self.seq(index, value);
        }
        self.seq(0, 3);
        self.indexed(crtc, 0x11, 0);
        for (index, value) in (0..).zip(mode.crtc) {
            self.indexed(crtc, index, value);
        }
        for (index, value) in (0..).zip([0, 0, 0, 0, 0]) {
            self.gfx(index, value);
        }
        for (index, value) in (5..).zip(mode.gfx) {
            self.gfx(index, value);
        }
        self.gfx(8, 0xFF);
        for (index, value) in (0..).zip(mode.attr) {
            self.attr(index, value);
        }
        for number in 0..=255 {
            self.colour(number, components(number));
        }
    }

    fn peek(&mut self, address: u32) -> u8 {
        self.read(Addr::Mmio(address, Width::Byte)) as u8
    }

    fn poke(&mut self, address: u32, value: u8) {
        self.write(Addr::Mmio(address, Width::Byte), value.into());
    }

    fn dispi(&mut self, index: u16) -> u16 {
        self.write(Addr::Port(0x1CE, Width::Word), index.into());
        self.read(Addr::Port(0x1CF, Width::Word)) as u16
    }

    fn set_dispi(&mut self, index: u16, value: u16) {
        self.write(Addr::Port(0x1CE, Width::Word), index.into());
        self.write(Addr::Port(0x1CF, Width::Word), value.into());
    }

    fn frame(&self) -> Frame {
        self.chip.frame(&self.ram, self.now)
    }

    fn plane(&self, plane: u32, offset: u32) -> u8 {
        self.ram.read_u8((self.chip.vram.offset + offset * 4 + plane) as usize)
    }
}

impl Frame {
    /// The pixel at a place.
    fn at(&self, x: u32, y: u32) -> u32 {
        self.pixels[(y * self.width + x) as usize]
    }
}

/// So many nanoseconds are more than one frame of every mode here.
const A_FRAME: u64 = 20_000_000;

/// The next pseudo-random number.
pub(super) fn random(state: &mut u64) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 24) as u32
}
