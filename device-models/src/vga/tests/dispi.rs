//! DISPI and the linear frame buffer.

use super::modes::{MODE_3, MODE_12, MODE_13};
use super::{A_FRAME, Guest, STD_VRAM, colour_of, std_vga};
use crate::vga::Video;
use backplane::bench::Bench;
use backplane::{Device, Region, What};

const ENABLED: u16 = 0x01;
const GETCAPS: u16 = 0x02;
const DAC8: u16 = 0x20;
const KEEP: u16 = 0x80;

/// A DISPI mode set as the VBE BIOS does it, from mode 13h.
fn in_dispi(width: u16, height: u16, bpp: u16) -> Bench<Video> {
    let mut b = std_vga();
    b.program(&MODE_13);
    b.set_dispi(4, 0);
    b.set_dispi(1, width);
    b.set_dispi(2, height);
    b.set_dispi(3, bpp);
    b.set_dispi(4, ENABLED);
    b
}

/// Puts bytes into video memory, as a write to the linear frame buffer does.
fn put(b: &Bench<Video>, at: u32, bytes: &[u8]) {
    b.ram.write((STD_VRAM.offset + at) as usize, bytes);
}

#[test]
fn vbe_01_the_index_reads_back_and_the_id_can_be_lowered() {
    let mut b = std_vga();
    assert_eq!(b.dispi(0), 0xB0C5);
    b.set_dispi(0, 0xB0C2);
    assert_eq!(b.dispi(0), 0xB0C2);
    b.set_dispi(0, 0x1234);
    assert_eq!(b.dispi(0), 0xB0C2);
    b.dispi(5);
    assert_eq!(b.read(backplane::Addr::Port(0x1CE, backplane::Width::Word)), 5);
    assert_eq!(b.dispi(10), (STD_VRAM.len / 0x1_0000) as u16);
}

#[test]
fn vbe_01_the_virtual_width_is_never_zero() {
    let mut b = std_vga();
    assert_ne!(b.dispi(6), 0);
    for (register, value) in [(6, 0), (1, 0), (6, 0), (4, 1), (6, 0)] {
        b.set_dispi(register, value);
        assert_ne!(b.dispi(6), 0, "after {value} to register {register}");
        assert_ne!(b.dispi(7), 0);
    }
}

#[test]
fn vbe_01_the_virtual_width_is_never_less_than_the_width() {
    let mut b = in_dispi(640, 480, 8);
    b.set_dispi(1, 1024);
    assert_eq!(b.dispi(6), 1024);
    b.set_dispi(6, 800);
    assert_eq!(b.dispi(6), 1024);
    b.set_dispi(6, 1285);
    assert_eq!(b.dispi(6), 1280);
}

#[test]
fn vbe_01_the_virtual_screen_stays_in_memory() {
    let mut b = in_dispi(640, 480, 32);
    b.set_dispi(6, 0xFFFF);
    let most = STD_VRAM.len / 480 / 4 / 8 * 8;
    assert_eq!(u32::from(b.dispi(6)), most);
    assert!(b.dispi(7) >= 480);
    assert_eq!(b.dispi(2), 480);
}

#[test]
fn vbe_01_getcaps_shows_the_greatest_mode() {
    let mut b = std_vga();
    b.set_dispi(1, 800);
    b.set_dispi(4, GETCAPS);
    assert_eq!([1, 2, 3].map(|n| b.dispi(n)), [2560, 1600, 32]);
    b.set_dispi(4, 0);
    assert_eq!([1, 2, 3].map(|n| b.dispi(n)), [800, 480, 8]);
}

#[test]
fn enabling_clears_memory_unless_told_not_to_and_resets_the_virtual_screen() {
    let mut b = in_dispi(640, 480, 8);
    put(&b, 1000, &[0x55]);
    b.set_dispi(6, 1024);
    b.set_dispi(8, 16);
    b.set_dispi(9, 4);
    b.set_dispi(4, 0);
    b.set_dispi(4, ENABLED | KEEP);
    assert_eq!([6, 8, 9].map(|n| b.dispi(n)), [640, 0, 0]);
    assert_eq!(b.frame().at(360, 1), colour_of(0x55));
    b.set_dispi(4, 0);
    b.set_dispi(4, ENABLED);
    assert_eq!(b.frame().at(360, 1), colour_of(0));
}

#[test]
fn every_depth_shows_its_pixels() {
    for (bpp, bytes, expected) in [
        (8, &[0x12][..], colour_of(0x12)),
        (15, &[0x1F, 0x7C], 0xFF_00FF),
        (16, &[0xE0, 0x07], 0x00_FF00),
        (24, &[0x11, 0x22, 0x33], 0x33_2211),
        (32, &[0x11, 0x22, 0x33, 0xFF], 0x33_2211),
    ] {
        let b = in_dispi(800, 600, bpp);
        let size = u32::from(bpp).div_ceil(8);
        put(&b, (800 * 599 + 799) * size, bytes);
        let f = b.frame();
        assert_eq!((f.width, f.height), (800, 600));
        assert_eq!(f.at(799, 599), expected, "{bpp} bits");
        assert_eq!(f.at(798, 599), f.at(0, 0), "{bpp} bits");
    }
}

#[test]
fn four_bit_pictures_go_through_the_planes() {
    let mut b = std_vga();
    b.program(&MODE_12);
    b.set_dispi(1, 800);
    b.set_dispi(2, 600);
    b.set_dispi(3, 4);
    b.set_dispi(4, ENABLED);
    b.seq(2, 0x05);
    b.poke(0xA_0000 + 100 * 599 + 99, 0x01);
    let f = b.frame();
    assert_eq!((f.width, f.height), (800, 600));
    assert_eq!((f.at(798, 599), f.at(799, 599)), (colour_of(0), colour_of(MODE_12.attr[5])));
}

#[test]
fn the_picture_scrolls_over_the_virtual_screen() {
    let mut b = in_dispi(640, 480, 16);
    b.set_dispi(6, 1024);
    b.set_dispi(8, 3);
    b.set_dispi(9, 2);
    put(&b, (1024 * 2 + 3) * 2, &[0xFF, 0xFF]);
    assert_eq!(b.frame().at(0, 0), 0xFF_FFFF);
    put(&b, (1024 * 3 + 4) * 2, &[0x00, 0xF8]);
    assert_eq!(b.frame().at(1, 1), 0xFF_0000);
}

#[test]
fn the_dac_has_eight_bits_on_request() {
    let mut b = in_dispi(640, 480, 8);
    b.colour(0, [0x3F, 0x20, 0]);
    assert_eq!(b.frame().at(0, 0), 0xFF_8200);
    b.set_dispi(4, ENABLED | DAC8);
    b.outb(0x3C7, 0);
    assert_eq!(b.inb(0x3C9), 0xFC, "six bits sit at the top");
    b.colour(0, [0xFE, 0x81, 0x7F]);
    assert_eq!(b.frame().at(0, 0), 0xFE_817F);
}

#[test]
fn vbe_02_banked_writes_are_valid_whatever_the_vga_registers_say() {
    let mut b = std_vga();
    b.program(&MODE_3);
    b.seq(2, 0);
    b.set_dispi(1, 640);
    b.set_dispi(2, 480);
    b.set_dispi(3, 8);
    b.set_dispi(4, ENABLED);
    b.set_dispi(5, 4);
    b.poke(0xA_0010, 0x66);
    assert_eq!(b.peek(0xA_0010), 0x66);
    let at = 4 * 0x1_0000 + 0x10;
    assert_eq!(b.frame().at(at % 640, at / 640), colour_of(0x66));
    let window = b.chip.claims().iter().find(|c| c.name == "vga-window").map(|c| c.what);
    let offset = STD_VRAM.offset + 4 * 0x1_0000;
    assert_eq!(window, Some(What::Ram { first: 0xA_0000, len: 0x1_0000, offset, read_only: false }));
}

#[test]
fn a_bank_beyond_memory_wraps() {
    let mut b = in_dispi(640, 480, 8);
    b.set_dispi(5, 0xFFFF);
    assert_eq!(u32::from(b.dispi(5)), STD_VRAM.len / 0x1_0000 - 1);
}

#[test]
fn vbe_04_switching_off_shows_the_mode_of_the_vga_registers_again() {
    let mut b = std_vga();
    b.program(&MODE_3);
    b.poke_all(0xB_8000, b"C\x07");
    b.set_dispi(1, 1024);
    b.set_dispi(2, 768);
    b.set_dispi(3, 8);
    b.set_dispi(4, ENABLED | KEEP);
    assert_eq!((b.frame().width, b.frame().height), (1024, 768));
    assert_eq!(b.chip.text(&b.ram, b.now), None);
    b.set_dispi(4, 0);
    assert_eq!((b.frame().width, b.frame().height), (720, 400));
    assert_eq!(b.chip.text(&b.ram, b.now).map(|t| t.cells[0]), Some((b'C', 7)));
}

#[test]
fn vbe_05_text_over_dispi_uses_the_crtc_offset() {
    let mut b = in_dispi(1024, 768, 8);
    b.set_dispi(6, 2048);
    b.program(&MODE_3);
    b.poke_all(0xB_8000 + 160, b"row 1");
    b.advance(A_FRAME);
    let text = b.chip.text(&b.ram, b.now).expect("text over DISPI");
    assert_eq!((text.columns, text.rows), (80, 25));
    assert_eq!(text.cells[80].0, b'r');
    b.gfx(6, 0x05);
    assert_eq!(b.frame().width, 1024);
}

#[test]
fn vbe_10_the_memory_size_is_the_region_and_shows_everywhere() {
    for mib in [1u32, 16, 64] {
        let video = Video::std(Region { offset: 0, len: mib << 20 }, None);
        let mut b = Bench::new(video);
        assert_eq!(u32::from(b.dispi(10)), mib * 16);
        let bar =
            |register| backplane::Addr::Config { function: 0, register, width: backplane::Width::Dword };
        b.write(bar(0x10), 0xFFFF_FFFF);
        assert_eq!(!(b.read(bar(0x10)) & !0xF) + 1, mib << 20);
    }
}

#[test]
fn a_depth_that_does_not_exist_is_refused_with_a_note() {
    let mut b = in_dispi(640, 480, 8);
    b.set_dispi(3, 12);
    assert_eq!(b.dispi(3), 8);
    assert_eq!(b.notes.list().len(), 1);
}

#[test]
fn vbe_03_a_deferred_disable_keeps_the_desktop_until_a_mode_set() {
    for deferred in [false, true] {
        let mut b = in_dispi(800, 600, 8);
        if deferred {
            b.chip = b.chip.clone().with_deferred_disable();
        }
        b.set_dispi(4, ENABLED | DAC8 | KEEP);
        put(&b, 0, &[0x77]);
        let desktop = b.frame();
        b.set_dispi(4, 0);
        assert_eq!(b.dispi(4), 0, "the register tells what was written");
        assert_eq!(b.frame() == desktop, deferred);
        b.program(&MODE_3);
        assert_eq!((b.frame().width, b.frame().height), (720, 400));
    }
}

#[test]
fn a_deferred_disable_is_over_when_dispi_is_switched_on_again() {
    let mut b = in_dispi(800, 600, 8);
    b.chip = b.chip.clone().with_deferred_disable();
    b.set_dispi(4, 0);
    put(&b, 0, &[0x77]);
    b.set_dispi(1, 640);
    b.set_dispi(2, 480);
    b.set_dispi(4, ENABLED);
    let f = b.frame();
    assert_eq!((f.width, f.height, f.at(0, 0)), (640, 480, colour_of(0)));
    assert_eq!(b.dispi(6), 640);
}

#[test]
fn cve_2016_3710_banked_accesses_stay_in_video_memory_whatever_the_vga_registers_say() {
    let mut b = in_dispi(640, 480, 4);
    let before = vec![0x5A; STD_VRAM.offset as usize];
    b.ram.write(0, &before);
    for bank in [0, 1, u16::try_from(STD_VRAM.len >> 16).unwrap() - 1, u16::MAX] {
        // Every place of the window, chained and not, in odd/even mode and not.
        for (map, memory, mode) in
            (0..4).flat_map(|map| [(map, 0x06, 0), (map, 0x0E, 0x40), (map, 0x02, 0x10)])
        {
            b.set_dispi(5, bank);
            b.gfx(6, map << 2 | 1);
            b.seq(4, memory);
            b.seq(2, 0x0F);
            b.gfx(5, mode);
            for at in [0xA_0000, 0xA_FFFF, 0xB_0000, 0xB_7FFF, 0xB_8000, 0xB_FFFF] {
                b.poke(at, 0xFF);
                b.peek(at);
            }
        }
    }
    // Behind it the store ends: nothing is there to be written.
    let mut after = vec![0; before.len()];
    b.ram.read(0, &mut after);
    assert!(after == before);
}
