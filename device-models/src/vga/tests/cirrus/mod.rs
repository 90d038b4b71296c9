//! The CL-GD5446: a rig that sets its packed modes and starts blits as drivers do.

mod blitter;
mod cursor;
mod memory;

use super::modes::MODE_13;
use super::{Guest, ROM};
use crate::vga::Video;
use backplane::bench::{Bench, seeded};
use backplane::{Addr, Region, Width};

/// Video memory: behind something else, to find missing base offsets.
const VRAM: Region = Region { offset: 0x40_0000, len: 0x40_0000 };
/// Where the apertures and the registers are put.
const APERTURE: u32 = 0xE000_0000;
const WORDS: u32 = APERTURE + (4 << 20);
const DWORDS: u32 = APERTURE + (8 << 20);
const BLITTER_DATA: u32 = APERTURE + (16 << 20);
const REGISTERS: u32 = 0xF000_0000;

/// Sequencer register 7 by bytes in a pixel, and the hidden DAC register that goes with it.
const FORMATS: [(u8, u8); 4] = [(0xF1, 0x00), (0xF7, 0xE1), (0xF5, 0xE5), (0xF9, 0xE5)];

/// The chip on PCI, unlocked, in mode 13h.
pub(super) fn chip() -> Bench<Video> {
    let mut b = Bench::with_store(Video::cirrus(VRAM, Some(ROM)), 0x80_0000);
    for (register, value) in [(0x10, APERTURE), (0x14, REGISTERS), (0x04, 3)] {
        b.write(Addr::Config { function: 0, register, width: Width::Dword }, value);
    }
    b.program(&MODE_13);
    b.seq(0x06, 0x12);
    b
}

/// 320x200 packed pixels of so many bytes, rows of 2048 bytes.
fn packed(pixel: usize) -> Bench<Video> {
    let mut b = chip();
    let (mode, dac) = FORMATS[pixel - 1];
    b.seq(0x07, mode);
    b.hidden_dac(dac);
    b.crtc(0x11, 0);
    b.crtc(0x01, 39);
    b.crtc(0x13, 0x00);
    b.crtc(0x1B, 0x12);
    b
}

/// What drivers do to the chip.
trait Driver {
    /// Writes the hidden DAC register.
    fn hidden_dac(&mut self, value: u8);
    /// Puts bytes into video memory.
    fn put(&self, at: u32, bytes: &[u8]);
    /// Bytes of video memory.
    fn got(&self, at: u32, len: usize) -> Vec<u8>;
    /// Writes a double word of memory.
    fn poke32(&mut self, at: u32, value: u32);
    /// Writes a number to graphics registers, low byte first.
    fn wide(&mut self, first: u8, value: u32, bytes: usize);
    /// Sets the size and the pitches of a blit, in bytes.
    fn size(&mut self, width: u32, height: u32, pitch: u32);
    /// Sets where a blit goes to and comes from.
    fn places(&mut self, target: u32, source: u32);
    /// Sets mode, extensions and raster operation of a blit, and starts it.
    fn blit(&mut self, mode: u8, extensions: u8, rop: u8);
    /// Whether the blitter is busy.
    fn busy(&mut self) -> bool;
}

impl Driver for Bench<Video> {
    fn hidden_dac(&mut self, value: u8) {
        self.inb(0x3C8);
        for _ in 0..4 {
            self.inb(0x3C6);
        }
        self.outb(0x3C6, value);
    }

    fn put(&self, at: u32, bytes: &[u8]) {
        self.ram.write((VRAM.offset + at) as usize, bytes);
    }

    fn got(&self, at: u32, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.ram.read((VRAM.offset + at) as usize, &mut bytes);
        bytes
    }

    fn poke32(&mut self, at: u32, value: u32) {
        self.write(Addr::Mmio(at, Width::Dword), value);
    }

    fn wide(&mut self, first: u8, value: u32, bytes: usize) {
        for (index, byte) in (first..).zip(value.to_le_bytes()).take(bytes) {
            self.gfx(index, byte);
        }
    }

    fn size(&mut self, width: u32, height: u32, pitch: u32) {
        for (first, value) in [(0x20, width - 1), (0x22, height - 1), (0x24, pitch), (0x26, pitch)] {
            self.wide(first, value, 2);
        }
    }

    fn places(&mut self, target: u32, source: u32) {
        self.wide(0x28, target, 3);
        self.wide(0x2C, source, 3);
    }

    fn blit(&mut self, mode: u8, extensions: u8, rop: u8) {
        self.gfx(0x30, mode);
        self.gfx(0x32, rop);
        self.gfx(0x33, extensions);
        self.gfx(0x31, 0x02);
    }

    fn busy(&mut self) -> bool {
        self.read_indexed(0x3CE, 0x31) & 0x01 != 0
    }
}

#[test]
fn cir_05_the_part_says_what_it_is_and_unlocks_with_12h() {
    let mut b = Bench::with_store(Video::cirrus(VRAM, None), 0x80_0000);
    b.outb(0x3C2, 0x63);
    assert_eq!(b.read_indexed(0x3C4, 0x06), 0x0F);
    b.seq(0x06, 0x12);
    assert_eq!(b.read_indexed(0x3C4, 0x06), 0x12);
    assert_eq!(b.read_indexed(0x3D4, 0x27), 0xB8);
    b.crtc(0x27, 0x55);
    assert_eq!(b.read_indexed(0x3D4, 0x27), 0xB8);
    assert_eq!(b.read_indexed(0x3C4, 0x0F) & 0x98, 0x98, "4 MiB");
    let id = b.read(Addr::Config { function: 0, register: 0, width: Width::Dword });
    assert_eq!(id, 0x00B8_1013);
}

#[test]
fn cir_05_attribute_registers_beyond_the_vgas_take_nothing() {
    let mut b = chip();
    let before = b.frame();
    for index in [0x15, 0x16] {
        b.attr(index, 0xFF);
        b.outb(0x3C0, index | 0x20);
        assert_eq!(b.inb(0x3C1), 0);
    }
    assert_eq!(b.frame(), before);
}

#[test]
fn two_mebibytes_are_told_and_repeat_in_the_aperture() {
    let vram = Region { offset: 0, len: 2 << 20 };
    let mut b = Bench::with_store(Video::cirrus(vram, None), 2 << 20);
    b.outb(0x3C2, 0x63);
    b.write(Addr::Config { function: 0, register: 0x10, width: Width::Dword }, APERTURE);
    b.write(Addr::Config { function: 0, register: 0x04, width: Width::Word }, 3);
    assert_eq!(b.read_indexed(0x3C4, 0x0F) & 0x98, 0x18);
    b.seq(0x0F, 0x65);
    assert_eq!(b.read_indexed(0x3C4, 0x0F), 0x65, "what the firmware sets");
    b.seq(0x07, 0xF1);
    b.poke(APERTURE + (2 << 20) + 5, 0x77);
    assert_eq!(b.ram.read_u8(5), 0x77);
}

#[test]
fn every_depth_shows_its_pixels() {
    for (pixel, bytes, colour) in [
        (1, &[0x12][..], super::colour_of(0x12)),
        (2, &[0xE0, 0x07], 0x00_FF00),
        (3, &[0x11, 0x22, 0x33], 0x33_2211),
        (4, &[0x11, 0x22, 0x33, 0x44], 0x33_2211),
    ] {
        let b = packed(pixel);
        b.put(2048 * 199 + 319 * pixel as u32, bytes);
        let f = b.frame();
        assert_eq!((f.width, f.height), (320, 200), "{pixel} bytes");
        assert_eq!((f.at(319, 199), f.at(318, 199)), (colour, f.at(0, 0)), "{pixel} bytes");
    }
    let mut b = packed(2);
    b.hidden_dac(0xF0);
    b.put(0, &[0x00, 0x7C]);
    assert_eq!(b.frame().at(0, 0), 0xFF_0000, "15 bits");
}

#[test]
fn the_hidden_dac_register_shows_after_four_reads_of_the_mask_and_hides_again() {
    let mut b = chip();
    b.hidden_dac(0xE1);
    b.inb(0x3C8);
    let reads: Vec<u8> = (0..6).map(|_| b.inb(0x3C6)).collect();
    assert_eq!(reads, [0xFF, 0xFF, 0xFF, 0xFF, 0xE1, 0xFF]);
    b.inb(0x3C8);
    b.outb(0x3C6, 0x0F);
    assert_eq!(b.inb(0x3C6), 0x0F, "the mask itself");
}

#[test]
fn the_start_address_and_the_pitch_reach_all_memory() {
    let mut b = packed(1);
    b.put(0x3F_0000, &[0x55]);
    let start = 0x3F_0000 / 4;
    b.crtc(0x0C, (start >> 8) as u8);
    b.crtc(0x0D, start as u8);
    b.crtc(0x1B, 0x12 | (start >> 16 & 1) as u8 | (start >> 15 & 0x0C) as u8);
    b.crtc(0x1D, (start >> 12 & 0x80) as u8);
    b.advance(super::A_FRAME);
    assert_eq!(b.frame().at(0, 0), super::colour_of(0x55));
}

#[test]
fn every_mode_is_dark_while_power_management_has_the_dac_off() {
    let mut b = packed(1);
    b.put(0, &[0x55]);
    for off in [0x02, 0x04, 0x06, 0x08] {
        b.gfx(0x0E, off);
        assert_eq!(b.frame().at(0, 0), 0);
    }
    b.gfx(0x0E, 0);
    assert_eq!(b.frame().at(0, 0), super::colour_of(0x55));
}

#[test]
fn the_screen_off_bit_darkens_packed_modes_unless_they_were_set_under_it() {
    let mut b = packed(1);
    b.put(0, &[0x55]);
    b.seq(0x01, 0x21);
    assert_eq!(b.frame().at(0, 0), 0, "switched off");
    b.seq(0x07, 0xF1);
    assert_eq!(b.frame().at(0, 0), super::colour_of(0x55), "a mode set under it");
    b.seq(0x01, 0x21);
    assert_eq!(b.frame().at(0, 0), 0, "switched off again");
    b.seq(0x01, 0x01);
    assert_eq!(b.frame().at(0, 0), super::colour_of(0x55), "switched on");
    b.seq(0x01, 0x21);
    b.seq(0x07, 0);
    assert!(b.frame().pixels.iter().all(|pixel| *pixel == 0), "a plain mode obeys the bit");
}

#[test]
fn packed_modes_show_without_sync_pulses_as_linux_sets_them() {
    let mut b = packed(1);
    b.put(0, &[0x55]);
    b.crtc(0x17, 0x03);
    assert_eq!(b.frame().at(0, 0), super::colour_of(0x55));
    b.seq(0x07, 0);
    assert!(b.frame().pixels.iter().all(|pixel| *pixel == 0), "plain modes do not");
}

#[test]
fn cir_12_nothing_that_is_written_to_the_chip_harms_it() {
    seeded(|| packed(1), 8, 800);
}
