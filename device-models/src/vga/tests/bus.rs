//! Claims, PCI, the register BAR, and the bench.

use super::modes::{ALL, MODE_3, MODE_12, MODE_13};
use super::{Guest, PLAIN_VRAM, ROM, STD_VRAM, plain, random, std_vga};
use crate::vga::Video;
use backplane::bench::{Bench, seeded};
use backplane::{Addr, Device, What, Width};

const FRAME_BUFFER: u32 = 0xE000_0000;
const REGISTERS: u32 = 0xFEB0_0000;

fn config(register: u8, width: Width) -> Addr {
    Addr::Config { function: 0, register, width }
}

/// The Bochs adapter with its base addresses assigned and memory enabled.
fn assigned() -> Bench<Video> {
    let mut b = std_vga();
    b.write(config(0x10, Width::Dword), FRAME_BUFFER);
    b.write(config(0x18, Width::Dword), REGISTERS);
    b.write(config(0x30, Width::Dword), 0xFEA0_0001);
    b.write(config(0x04, Width::Word), 3);
    b
}

fn claim(b: &Bench<Video>, name: &str) -> Option<What> {
    b.chip.claims().iter().find(|c| c.name == name).map(|c| c.what)
}

#[test]
fn the_function_is_the_bochs_adapter() {
    let mut b = std_vga();
    assert_eq!(b.read(config(0x00, Width::Dword)), 0x1111_1234);
    assert_eq!(b.read(config(0x08, Width::Dword)), 0x0300_0002);
    assert_eq!(claim(&b, "vga-config"), Some(What::Config { device: 2, function: 0 }));
    b.write(config(0x10, Width::Dword), u32::MAX);
    assert_eq!(b.read(config(0x10, Width::Dword)), !(STD_VRAM.len - 1) | 8);
    b.write(config(0x18, Width::Dword), u32::MAX);
    assert_eq!(b.read(config(0x18, Width::Dword)), 0xFFFF_F000);
    b.write(config(0x30, Width::Dword), u32::MAX);
    assert_eq!(b.read(config(0x30, Width::Dword)), !(ROM.len - 1) | 1);
    assert_eq!(b.read(config(0x3D, Width::Byte)), 0, "no interrupt pin");
}

#[test]
fn base_addresses_become_claims_while_memory_is_enabled() {
    let mut b = assigned();
    let frame_buffer =
        What::Ram { first: FRAME_BUFFER, len: STD_VRAM.len, offset: STD_VRAM.offset, read_only: false };
    assert_eq!(claim(&b, "vga-frame-buffer"), Some(frame_buffer));
    assert_eq!(claim(&b, "vga-bar2"), Some(What::Mmio { first: REGISTERS, len: 0x1000 }));
    let rom = What::Ram { first: 0xFEA0_0000, len: ROM.len, offset: ROM.offset, read_only: true };
    assert_eq!(claim(&b, "vga-rom"), Some(rom));
    let key = b.chip.claims_key();
    b.write(config(0x04, Width::Word), 1);
    assert_ne!(b.chip.claims_key(), key);
    assert_eq!(claim(&b, "vga-frame-buffer"), None);
    assert_eq!(claim(&b, "vga-bar2"), None);
    assert_eq!(claim(&b, "vga-rom"), None);
    assert!(claim(&b, "vga-registers").is_some(), "the ISA ports stay");
}

#[test]
fn the_plain_card_has_its_rom_at_c0000_and_no_pci() {
    let mut b = plain();
    let rom = What::Ram { first: 0xC_0000, len: ROM.len, offset: ROM.offset, read_only: true };
    assert_eq!(claim(&b, "vga-rom"), Some(rom));
    assert_eq!(claim(&b, "vga-config"), None);
    assert_eq!(claim(&b, "vga-dispi"), None);
    assert_eq!(b.read(config(0, Width::Dword)), u32::MAX);
}

#[test]
fn the_register_bar_shows_ports_and_dispi() {
    let mut b = assigned();
    b.write(Addr::Mmio(REGISTERS + 0x402, Width::Byte), 0x67);
    assert_eq!(b.inb(0x3CC), 0x67);
    b.write(Addr::Mmio(REGISTERS + 0x414, Width::Word), 0x130A);
    assert_eq!(b.read_indexed(0x3D4, 0x0A), 0x13);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 0x40C, Width::Byte)), 0x67);
    b.dispi(9);
    b.write(Addr::Mmio(REGISTERS + 0x502, Width::Word), 1024);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 0x502, Width::Word)), 1024);
    assert_eq!(b.read(Addr::Port(0x1CE, Width::Word)), 9, "the index register stays");
    assert_eq!(b.dispi(1), 1024);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 0x500, Width::Word)), 0xB0C5);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 0x600, Width::Dword)), 8);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 0x604, Width::Dword)), 0x1E1E_1E1E);
    assert_eq!(b.read(Addr::Mmio(REGISTERS, Width::Dword)), u32::MAX, "no display");
}

#[test]
fn the_register_bar_shows_what_the_display_says() {
    let mut b = assigned();
    b.chip = b.chip.clone().with_edid(&[0, 1, 2, 3, 4]);
    assert_eq!(b.read(Addr::Mmio(REGISTERS, Width::Dword)), 0x0302_0100);
    assert_eq!(b.read(Addr::Mmio(REGISTERS + 4, Width::Word)), 0xFF04);
    b.write(Addr::Mmio(REGISTERS, Width::Byte), 9);
    assert_eq!(b.read(Addr::Mmio(REGISTERS, Width::Byte)), 0);
}

#[test]
fn claims_move_only_with_their_key() {
    let mut state = 0xDEAD_BEEF_1234_5677;
    let mut b = assigned();
    b.program(&MODE_13);
    let mut before = (b.chip.claims_key(), b.chip.claims());
    for step in 0..20_000 {
        let r = random(&mut state);
        let (index, value) = ((r >> 8) as u8, (r >> 16) as u8);
        match r % 8 {
            0 => b.seq(index & 7, value),
            1 => b.gfx(index & 15, value),
            2 => b.outb(0x3C2, value),
            3 => b.outb(0x3C3, value | u8::from(r & 0x700 != 0)),
            4 => b.set_dispi(u16::from(index & 15), value.into()),
            5 => b.write(config(0x04, Width::Byte), value.into()),
            6 => b.write(config(index & 0x3C, Width::Dword), r),
            _ => b.gfx(5, value & 0x40),
        }
        let now = (b.chip.claims_key(), b.chip.claims());
        assert!(now.1 == before.1 || now.0 != before.0, "step {step}: claims moved, their key did not");
        before = now;
    }
}

#[test]
fn seeded_programs_find_no_panic_and_no_twin_mismatch() {
    seeded(plain, 20, 1500);
    seeded(|| Bench::with_store(Video::plain(PLAIN_VRAM, None).with_interrupt(), 0x10_0000), 20, 1500);
    seeded(assigned, 20, 1500);
    seeded(
        || {
            let mut b = assigned();
            b.chip = b.chip.clone().with_interrupt().with_deferred_disable();
            b
        },
        20,
        1500,
    );
    seeded(
        || {
            let mut b = assigned();
            b.program(&MODE_12);
            b
        },
        10,
        1500,
    );
}

#[test]
fn pictures_of_random_registers_are_whole_and_do_not_panic() {
    let mut state = 0x0BAD_CAFE_0000_0001;
    for round in 0..150 {
        let mut b = std_vga();
        b.program(&ALL[round % ALL.len()]);
        b.crtc(0x11, 0);
        for _ in 0..20 {
            let r = random(&mut state);
            let (index, value) = ((r >> 8) as u8, (r >> 16) as u8);
            match r % 6 {
                // Sizes stay moderate, to keep the test quick.
                0 | 1 if !matches!(index % 0x19, 1 | 7 | 0x12) => b.crtc(index % 0x19, value),
                2 => b.gfx(5 + (index & 1), value),
                3 => b.attr(0x10 + index % 5, value),
                4 if index & 7 == 0 => b.set_dispi(u16::from(value & 0x0F), (r >> 20) as u16 & 0x3FF),
                _ => b.seq(3 + (index & 1), value),
            }
            // Some are written in the middle of the frame that is looked at.
            b.advance(u64::from(r % 4_000_000));
        }
        b.colour(0, [0x3F; 3]);
        b.advance(u64::from(random(&mut state) % 50_000_000));
        let f = b.frame();
        assert_eq!(f.pixels.len(), f.width as usize * f.height as usize);
        if let Some(text) = b.chip.text(&b.ram, b.now) {
            assert_eq!(text.cells.len() as u32, text.columns * text.rows);
        }
    }
}

#[test]
fn a_saved_card_is_the_same_card() {
    let mut b = std_vga();
    b.program(&MODE_3);
    b.poke_all(0xB_8000, b"s\x1Fa\x2Fv\x3Fe\x4F");
    b.peek(0xB_8000);
    b.advance(1_000_000);
    b.crtc(0x0C, 0x01);
    b.advance(30_000_000);
    b.crtc(0x0C, 0x02);
    b.crtc(0x11, 0x1E);
    b.outb(0x3C8, 7);
    b.outb(0x3C9, 9);
    assert_ne!(b.chip.core.latch, 0);
    let twin = b.twin();
    assert_eq!(twin.chip, b.chip);
    assert_eq!(twin.frame(), b.frame());
}
