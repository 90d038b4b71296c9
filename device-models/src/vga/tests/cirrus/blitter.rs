//! The BitBLT engine.

use super::super::{Guest, random};
use super::{APERTURE, BLITTER_DATA, DWORDS, Driver, VRAM, WORDS, chip, packed};
use backplane::{Addr, Width};

const COPY: u8 = 0x0D;
const XOR: u8 = 0x59;
const BACKWARDS: u8 = 0x01;
const TO_SYSTEM: u8 = 0x02;
const FROM_SYSTEM: u8 = 0x04;
const TRANSPARENT: u8 = 0x08;
const PATTERN: u8 = 0x40;
const EXPAND: u8 = 0x80;
const BY_DWORDS: u8 = 0x01;
const SOLID: u8 = 0x04;

#[test]
fn all_sixteen_raster_operations_are_there() {
    let (s, d) = (0b1100_u8, 0b1010_u8);
    for (code, expected) in [
        (0x00, 0x00),
        (0x05, s & d),
        (0x06, d),
        (0x09, s & !d),
        (0x0B, !d),
        (0x0D, s),
        (0x0E, 0xFF),
        (0x50, !s & d),
        (0x59, s ^ d),
        (0x6D, s | d),
        (0x90, !s & !d),
        (0x95, !(s ^ d)),
        (0xAD, s | !d),
        (0xD0, !s),
        (0xD6, !s | d),
        (0xDA, !s | !d),
    ] {
        let mut b = packed(1);
        b.put(0, &[s]);
        b.put(100, &[d]);
        b.size(1, 1, 64);
        b.places(100, 0);
        b.blit(0, 0, code);
        assert_eq!(b.got(100, 1), [expected], "{code:02X}h");
    }
}

#[test]
fn overlapping_copies_go_in_the_order_that_is_asked_for() {
    let mut b = packed(1);
    b.put(0, &[1, 2, 3, 4, 5, 6, 7, 8]);
    b.size(6, 1, 64);
    b.places(7, 5);
    b.blit(BACKWARDS, 0, COPY);
    assert_eq!(b.got(0, 8), [1, 2, 1, 2, 3, 4, 5, 6]);
    b.put(0, &[1, 2, 3, 4, 5, 6, 7, 8]);
    b.places(0, 2);
    b.blit(0, 0, COPY);
    assert_eq!(b.got(0, 8), [3, 4, 5, 6, 7, 8, 7, 8]);
}

#[test]
fn cir_01_data_through_the_swapping_apertures_have_their_bytes_swapped() {
    for (aperture, expected) in [(APERTURE, [1, 2, 3, 4]), (WORDS, [2, 1, 4, 3]), (DWORDS, [4, 3, 2, 1])] {
        for base in [aperture, aperture + (BLITTER_DATA - APERTURE)] {
            let mut b = packed(1);
            b.size(4, 1, 64);
            b.places(0, 0);
            b.blit(FROM_SYSTEM, 0, COPY);
            b.poke32(base, 0x0403_0201);
            assert_eq!(b.got(0, 4), expected, "{base:X}h");
            assert!(!b.busy());
        }
    }
}

#[test]
fn cir_02_lines_of_bits_from_the_cpu_are_bytes_unless_dwords_are_asked_for() {
    for (extensions, data) in [(0, vec![0x0403_0201]), (BY_DWORDS, vec![0x01, 0x02, 0x03, 0x04])] {
        let mut b = packed(1);
        b.gfx(0x01, 0x77);
        b.size(8, 4, 16);
        b.places(0, 0);
        b.blit(FROM_SYSTEM | EXPAND, extensions, COPY);
        for dword in data {
            assert!(b.busy());
            b.poke32(APERTURE, dword);
        }
        assert!(!b.busy());
        let row =
            |n: u32| b.got(16 * n, 8).iter().fold(0u8, |bits, byte| bits << 1 | u8::from(*byte == 0x77));
        assert_eq!([0, 1, 2, 3].map(row), [1, 2, 3, 4], "{extensions}");
    }
}

#[test]
fn cir_02_the_cpu_reads_what_is_on_the_screen_in_whole_dwords() {
    let mut b = packed(1);
    b.put(64, &[1, 2, 3, 4, 5, 6]);
    b.put(128, &[7, 8, 9, 10, 11, 12]);
    b.size(6, 2, 64);
    b.places(0, 64);
    b.blit(TO_SYSTEM, 0, COPY);
    let mut read = Vec::new();
    while b.busy() && read.len() < 32 {
        read.extend(b.read(Addr::Mmio(APERTURE, Width::Dword)).to_le_bytes());
    }
    assert_eq!(read.len(), 16);
    assert_eq!((&read[..6], &read[8..14]), (&[1, 2, 3, 4, 5, 6][..], &[7, 8, 9, 10, 11, 12][..]));
}

#[test]
fn cir_03_registers_in_memory_start_blits_in_the_vgas_modes_too() {
    let mut b = chip();
    b.put(0x100, &[0x11, 0x22, 0x33, 0x44]);
    let registers = super::REGISTERS + 0x100;
    for (offset, value) in [(0x08, 3), (0x10, 0x200), (0x14, 0x100), (0x18, 0), (0x1A, u32::from(COPY))] {
        b.write(Addr::Mmio(registers + offset, Width::Word), value);
    }
    b.poke(registers + 0x40, 0x02);
    assert_eq!(b.got(0x200, 4), [0x11, 0x22, 0x33, 0x44]);
    b.poke(super::REGISTERS + 0x0E, 0x34);
    b.write(Addr::Mmio(registers + 0x1C, Width::Word), 0xBEEF);
    assert_eq!((b.inb(0x3CF), b.read_indexed(0x3CE, 0x35)), (0xEF, 0xBE), "the key, and the VGA's ports");
}

#[test]
fn cir_06_data_are_taken_wherever_in_the_aperture_they_go() {
    let mut b = packed(1);
    b.size(12, 1, 64);
    b.places(0, 0);
    b.blit(FROM_SYSTEM, 0, COPY);
    for (at, value) in [(0x3F_FFFC, 0x0403_0201), (0x1234, 0x0807_0605), (0xF_0003, 0x0C0B_0A09)] {
        b.poke32(APERTURE + at, value);
    }
    assert_eq!(b.got(0, 12), (1..=12).collect::<Vec<u8>>());
    assert!(!b.busy());
    b.blit(FROM_SYSTEM, 0, COPY);
    for n in 0..3 {
        b.poke32(0xA_0000 + 0x1000 * n, 0x5555_5555);
    }
    assert_eq!(b.got(0, 12), [0x55; 12], "through the window");
}

#[test]
fn cir_08_blits_and_direct_writes_come_in_the_guests_order() {
    let mut b = packed(1);
    b.size(4, 1, 64);
    b.places(8, 0);
    b.poke32(APERTURE, 0x4433_2211);
    b.blit(0, 0, COPY);
    assert!(!b.busy());
    b.poke32(APERTURE, 0);
    b.poke(APERTURE + 9, 0xEE);
    assert_eq!(b.got(0, 12), [0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0xEE, 0x33, 0x44]);
}

#[test]
fn cir_09_patterns_of_24_bits_repeat_after_eight_pixels_in_rows_of_32_bytes() {
    let mut b = packed(3);
    let pattern: Vec<u8> = (0..=255).collect();
    b.put(0x1000, &pattern);
    b.size(3 * 11, 10, 64);
    b.places(0, 0x1000 + 3);
    b.blit(PATTERN | 0x20, 0, COPY);
    for y in 0..10u32 {
        let row = ((y + 3) % 8 * 32) as u8;
        let expected: Vec<u8> = (0..33).map(|x| row + x % 24).collect();
        assert_eq!(b.got(64 * y, 33), expected, "line {y}");
    }
}

#[test]
fn cir_09_pixels_that_come_out_in_the_key_are_left_alone() {
    let mut b = packed(2);
    b.wide(0x34, 0x1234, 2);
    b.put(0, &[0x34, 0x12, 0x34, 0x13, 0x34, 0x12]);
    b.put(64, &[0xAA; 6]);
    b.size(6, 1, 64);
    b.places(64, 0);
    b.blit(TRANSPARENT | 0x10, 0, COPY);
    assert_eq!(b.got(64, 6), [0xAA, 0xAA, 0x34, 0x13, 0xAA, 0xAA]);
}

#[test]
fn solid_fills_take_no_data_and_draw_in_every_depth() {
    for pixel in 1..=4usize {
        let mut b = packed(pixel);
        for (index, value) in [0x01, 0x11, 0x13, 0x15].into_iter().zip([1, 2, 3, 4]) {
            b.gfx(index, value);
        }
        b.size(pixel as u32 * 5, 2, 64);
        b.places(16, 0);
        b.blit(PATTERN | EXPAND | (pixel as u8 - 1) << 4, SOLID, COPY);
        let expected: Vec<u8> = [1, 2, 3, 4][..pixel].repeat(5);
        assert_eq!((b.got(16, pixel * 5), b.got(80, pixel * 5)), (expected.clone(), expected));
        assert_eq!((b.got(15, 1), b.got(16 + pixel as u32 * 5, 1)), (vec![0], vec![0]));
    }
}

#[test]
fn writing_the_last_byte_of_the_target_starts_a_blit_on_request() {
    let mut b = packed(1);
    b.put(0, &[0x5A]);
    b.size(1, 1, 64);
    b.wide(0x2C, 0, 3);
    b.gfx(0x30, 0);
    b.gfx(0x32, COPY);
    b.gfx(0x31, 0x80);
    for target in [10, 20] {
        b.wide(0x28, target, 3);
        assert_eq!(b.got(target, 1), [0x5A]);
    }
}

#[test]
fn the_status_says_what_the_blitter_does_and_is_not_written() {
    let mut b = packed(1);
    b.gfx(0x31, 0x19);
    assert_eq!(b.read_indexed(0x3CE, 0x31), 0x00, "idle");
    b.size(8, 1, 64);
    b.places(0, 0);
    b.blit(FROM_SYSTEM, 0, COPY);
    assert_eq!(b.read_indexed(0x3CE, 0x31), 0x0B, "started, busy, in progress");
    b.gfx(0x31, 0x80);
    assert_eq!(b.read_indexed(0x3CE, 0x31), 0x89);
    b.gfx(0x31, 0x02);
    b.poke32(APERTURE, 0x5555_5555);
    b.poke32(APERTURE, 0x5555_5555);
    assert_eq!(b.read_indexed(0x3CE, 0x31), 0x00, "one job, at its end");
    assert_eq!(b.got(0, 8), [0x55; 8]);
}

#[test]
fn a_blit_that_starts_by_itself_does_not_show_the_start_bit() {
    let mut b = packed(1);
    b.size(4, 1, 64);
    b.gfx(0x30, FROM_SYSTEM);
    b.gfx(0x31, 0x80);
    b.wide(0x28, 0, 3);
    assert_eq!(b.read_indexed(0x3CE, 0x31), 0x89);
}

#[test]
fn a_reset_ends_a_blit_that_waits_for_the_cpu() {
    let mut b = packed(1);
    b.size(64, 64, 64);
    b.blit(FROM_SYSTEM, 0, COPY);
    assert!(b.busy());
    b.gfx(0x31, 0x04);
    assert!(!b.busy());
    b.poke(APERTURE + 5, 0x66);
    assert_eq!(b.got(5, 1), [0x66], "memory is memory again");
}

#[test]
fn cir_12_blits_stay_in_video_memory_whatever_the_registers_hold() {
    let mut state = 0x1234_5678_9ABC_DEF1;
    let mut b = packed(1);
    let outside = [vec![0x5A; VRAM.offset as usize], Vec::new()];
    b.ram.write(0, &outside[0]);
    for _ in 0..300 {
        for index in 0x20..=0x30 {
            b.gfx(index, random(&mut state) as u8);
        }
        b.gfx(0x23, 0);
        let mode = random(&mut state) as u8;
        b.blit(mode, random(&mut state) as u8, [COPY, XOR][usize::from(mode & 1)]);
        for _ in 0..64 {
            b.poke32(APERTURE + random(&mut state) % 0x40_0000, random(&mut state));
            b.read(Addr::Mmio(APERTURE + random(&mut state) % 0x200_0000, Width::Dword));
        }
        b.gfx(0x31, 0x04);
    }
    let mut after = vec![0; VRAM.offset as usize];
    b.ram.read(0, &mut after);
    assert!(after == outside[0]);
}

#[test]
fn cve_2017_2620_a_blit_from_the_cpu_past_the_end_of_memory_goes_on_at_its_beginning() {
    let mut b = packed(1);
    let before = vec![0x5A; VRAM.offset as usize];
    b.ram.write(0, &before);
    b.size(16, 2, 0x1000);
    b.places(VRAM.len - 8, 0);
    b.blit(FROM_SYSTEM, 0, COPY);
    for n in 0..8u8 {
        b.poke32(APERTURE, u32::from_le_bytes([1, 2, 3, 4].map(|byte| 4 * n + byte)));
    }
    assert!(!b.busy());
    let row = |first: u8| (first..first + 8).collect::<Vec<u8>>();
    assert_eq!((b.got(VRAM.len - 8, 8), b.got(0, 8)), (row(1), row(9)));
    assert_eq!((b.got(0xFF8, 8), b.got(0x1000, 8)), (row(17), row(25)));
    let mut after = vec![0; VRAM.offset as usize];
    b.ram.read(0, &mut after);
    assert!(after == before);
}

#[test]
fn cve_2016_9603_a_screen_that_grows_in_the_middle_of_a_blit_is_drawn_in_its_new_size() {
    let mut b = packed(1);
    let small = b.frame();
    b.size(64, 64, 64);
    b.places(VRAM.len - 64, 0);
    b.blit(FROM_SYSTEM, 0, COPY);
    b.crtc(0x01, 79);
    let grown = b.frame();
    assert_eq!((grown.width, grown.height), (2 * small.width, small.height));
    for _ in 0..64 * 64 / 4 {
        b.poke32(APERTURE, 0x5555_5555);
    }
    assert!(!b.busy());
    let drawn = b.frame();
    assert_eq!(drawn.pixels.len(), (drawn.width * drawn.height) as usize);
}
