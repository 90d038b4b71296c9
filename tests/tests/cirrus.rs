//! The CL-GD5446 under its own VGA BIOS: VESA's modes, and what Cirrus Logic's BIOSes had beside them.

use firmware::vga::cirrus;
use firmware::vga::vbe::{Layout, Mode};
use hypervisor::{Frame, MachineConfig, Media, VideoKind};
use relic_tests::media;
use relic_tests::pc::Pc;
use relic_tests::qemu::{CIRRUS, Firmware, Qemu};
use relic_tests::seabios::{self, Build};
use relic_tests::service::{Answer, BUFFER, Bios, Registers};
use std::time::Duration;

const SUCCEEDED: u16 = 0x004F;
const FAILED: u16 = 0x014F;
/// In a mode number.
const LINEAR: u16 = 0x4000;
const KEEP_MEMORY: u16 = 0x8000;
/// The window of the VESA modes.
const WINDOW: u32 = 0xA_0000;
/// Video memory: the last 4 MiB of the store.
const VIDEO_MEMORY: usize = 4 << 20;

fn boot() -> Bios {
    Bios::boot_on(MachineConfig { video: VideoKind::Cirrus, ..MachineConfig::default() }, Media::default())
}

fn call(bios: &mut Bios, registers: Registers) -> Registers {
    let answer: Answer = bios.call(0x10, registers);
    assert!(answer.keeps_high_halves(&[]), "{registers:X?}: {:X?}", answer.wide);
    answer.registers
}

fn function(number: u16) -> Registers {
    Registers { ax: 0x4F00 | number, di: BUFFER as u16, ..Registers::default() }
}

/// Calls a VESA function that succeeds.
fn done(bios: &mut Bios, registers: Registers) -> Registers {
    let answer = call(bios, registers);
    assert_eq!(answer.ax, SUCCEEDED, "{registers:X?}");
    answer
}

fn set_mode(bios: &mut Bios, mode: u16) {
    done(bios, Registers { bx: mode, ..function(2) });
}

/// Sets a mode by AH = 0.
fn set_own_mode(bios: &mut Bios, mode: u16) {
    call(bios, Registers { ax: mode, ..Registers::default() });
}

fn own_question(bios: &mut Bios, number: u16, al: u16) -> Registers {
    call(bios, Registers { ax: 0x1200 | al, bx: number, ..Registers::default() })
}

fn frame_buffer(bios: &mut Bios, mode: u16) -> u32 {
    done(bios, Registers { cx: mode, ..function(1) });
    let bytes = bios.bytes(BUFFER + 40, 4);
    u32::from_le_bytes(bytes.try_into().expect("four bytes"))
}

fn video_memory(bios: &Bios, at: usize, len: usize) -> Vec<u8> {
    bios.video_memory(VIDEO_MEMORY, at, len)
}

fn set_video_memory(bios: &Bios, at: usize, bytes: &[u8]) {
    bios.set_video_memory(VIDEO_MEMORY, at, bytes);
}

/// The picture once the beam has taken the registers.
fn frame(bios: &mut Bios) -> Frame {
    bios.run(50_000_000);
    bios.machine.frame()
}

/// A pixel of full red as a mode's memory has it, and what else than the size of the picture follows.
fn red(mode: &Mode) -> &'static [u8] {
    match mode.layout {
        Layout::Rgb555 => &[0x00, 0x7C],
        Layout::Rgb565 => &[0x00, 0xF8],
        Layout::Rgb888 => &[0, 0, 0xFF],
        Layout::Xrgb8888 => &[0, 0, 0xFF, 0],
        _ => &[0x28],
    }
}

#[test]
fn every_mode_is_set_and_shown_in_its_size() {
    let mut bios = boot();
    for mode in cirrus::modes() {
        let linear = if mode.depth() > 4 { LINEAR } else { 0 };
        set_mode(&mut bios, mode.number | linear);
        assert_eq!(done(&mut bios, function(3)).bx, mode.number | linear);
        let frame = bios.machine.frame();
        let (width, height) = match mode.layout {
            Layout::Text(lines) => (8 * mode.width, u16::from(lines) * mode.height),
            _ => (mode.width, mode.height),
        };
        assert_eq!((frame.width, frame.height), (u32::from(width), u32::from(height)), "{:X}h", mode.number);
    }
}

#[test]
fn the_last_pixel_of_every_packed_mode_is_where_the_frame_buffer_has_it() {
    let mut bios = boot();
    assert!(!bios.call(0x15, Registers { ax: 0x2401, ..Registers::default() }).carry(), "A20 is on");
    for mode in cirrus::modes().iter().filter(|mode| mode.depth() > 4) {
        let at = frame_buffer(&mut bios, mode.number);
        set_mode(&mut bios, mode.number | LINEAR);
        let pixel = red(mode);
        assert!(bios.machine.poke(at + mode.bytes() - pixel.len() as u32, pixel), "{:X}h", mode.number);
        let frame = frame(&mut bios);
        let shown = frame.pixels.iter().filter(|pixel| **pixel == 0xFF_0000).count();
        assert_eq!((shown, frame.pixels.last()), (1, Some(&0xFF_0000)), "{:X}h", mode.number);
    }
}

#[test]
fn the_list_has_what_four_mebibytes_hold() {
    let mut bios = boot();
    done(&mut bios, function(0));
    let block = bios.bytes(BUFFER, 20);
    let word = |at: usize| u16::from_le_bytes([block[at], block[at + 1]]);
    assert_eq!(word(18), 64, "units of 64 KiB");
    let at = u32::from(word(16)) * 16 + u32::from(word(14));
    let mut listed = Vec::new();
    loop {
        let mut number = [0; 2];
        assert_eq!(bios.machine.peek(at + 2 * listed.len() as u32, &mut number), 2);
        match u16::from_le_bytes(number) {
            0xFFFF => break,
            number => listed.push(number),
        }
    }
    assert_eq!(listed, cirrus::modes().iter().map(|mode| mode.number).collect::<Vec<_>>());
}

#[test]
fn the_window_reaches_all_memory_bank_by_bank() {
    let mut bios = boot();
    set_mode(&mut bios, 0x103);
    for bank in [0, 1, 7, 63] {
        done(&mut bios, Registers { dx: bank, ..function(5) });
        assert_eq!(done(&mut bios, Registers { bx: 0x0100, ..function(5) }).dx, bank);
        for at in [5, 0xFFF3] {
            assert!(bios.machine.poke(WINDOW + at, &[bank as u8 ^ 0x5A]));
            let written = video_memory(&bios, usize::from(bank) << 16 | at as usize, 1);
            assert_eq!(written, [bank as u8 ^ 0x5A], "bank {bank}");
        }
    }
    assert_eq!(call(&mut bios, Registers { dx: 64, ..function(5) }).ax, FAILED);
}

#[test]
fn rows_and_the_display_start_move_the_picture_and_are_told() {
    let mut bios = boot();
    for (mode, column) in [(0x101, 100u16), (0x111, 102), (0x112, 104), (0x142, 101), (0x102, 104)] {
        let linear = if mode == 0x102 { 0 } else { LINEAR };
        set_mode(&mut bios, mode | linear);
        let told = done(&mut bios, Registers { bx: 0, cx: 1000, ..function(6) });
        let planes = if mode == 0x102 { 4 } else { 1 };
        assert_eq!((told.cx, u32::from(told.bx) * planes % 8), (1008, 0), "{mode:X}h");
        assert_eq!(done(&mut bios, Registers { bx: 1, ..function(6) }).cx, 1008, "{mode:X}h");
        done(&mut bios, Registers { cx: column, dx: 300, ..function(7) });
        let start = done(&mut bios, Registers { bx: 1, ..function(7) });
        assert_eq!((start.cx, start.dx), (column, 300), "{mode:X}h");
        let at = usize::from(told.bx) * 300 * planes as usize
            + usize::from(column) * usize::from(told.bx) * planes as usize / 1008;
        set_video_memory(&bios, at, &[0xA8]);
        assert_ne!(frame(&mut bios).pixels[0], 0, "{mode:X}h");
        set_video_memory(&bios, at, &[0]);
    }
}

#[test]
fn rows_are_no_longer_than_the_offset_register() {
    let mut bios = boot();
    set_mode(&mut bios, 0x112 | LINEAR);
    let longest = done(&mut bios, Registers { bx: 3, ..function(6) });
    assert_eq!((longest.bx, longest.cx), (1360 * 3, 1360));
    done(&mut bios, Registers { cx: longest.cx, ..function(6) });
    assert_eq!(done(&mut bios, Registers { bx: 1, ..function(6) }).bx, 1360 * 3);
    assert_ne!(call(&mut bios, Registers { cx: longest.cx + 1, ..function(6) }).ax, SUCCEEDED);
}

#[test]
fn the_display_start_lies_anywhere_in_memory() {
    let mut bios = boot();
    set_mode(&mut bios, 0x101 | LINEAR);
    for row in [410, 819, 1640, 3278, 6000] {
        done(&mut bios, Registers { dx: row, ..function(7) });
        assert_eq!(done(&mut bios, Registers { bx: 1, ..function(7) }).dx, row);
        set_video_memory(&bios, usize::from(row) * 640, &[0x28]);
        assert_eq!(frame(&mut bios).pixels[0], 0xFF_0000, "row {row}");
    }
}

#[test]
fn the_state_is_saved_and_restored() {
    let mut bios = boot();
    let all = Registers { cx: 0x0F, bx: BUFFER as u16, ..function(4) };
    set_mode(&mut bios, 0x111 | LINEAR);
    done(&mut bios, Registers { cx: 704, ..function(6) });
    set_video_memory(&bios, 1408, &[0, 0xF8]);
    let before = frame(&mut bios);
    assert_eq!(before.pixels[640], 0xFF_0000);
    done(&mut bios, Registers { dx: 1, ..all });
    set_mode(&mut bios, 3);
    assert_eq!(frame(&mut bios).width, 720);
    done(&mut bios, Registers { dx: 2, ..all });
    assert_eq!(done(&mut bios, function(3)).bx, 0x111 | LINEAR);
    set_video_memory(&bios, 0, &vec![0; VIDEO_MEMORY]);
    set_video_memory(&bios, 1408, &[0, 0xF8]);
    assert!(frame(&mut bios) == before);
}

#[test]
fn the_display_is_switched_off_and_on_in_packed_modes() {
    let mut bios = boot();
    for mode in [0x101, 0x111, 0x112] {
        set_mode(&mut bios, mode);
        set_video_memory(&bios, 0, &[0x28; 4]);
        let lit = |bios: &mut Bios| frame(bios).pixels[0] != 0;
        assert!(lit(&mut bios), "{mode:X}h");
        for (state, shows) in [(0x0100, false), (0, true), (0x0400, false), (0, true)] {
            done(&mut bios, Registers { bx: state | 1, ..function(0x10) });
            assert_eq!(lit(&mut bios), shows, "{mode:X}h in state {state:X}h");
        }
        for (al, shows) in [(1, false), (0, true)] {
            assert_eq!(own_question(&mut bios, 0x36, al).ax & 0xFF, 0x12);
            assert_eq!(lit(&mut bios), shows, "{mode:X}h after 12h");
        }
    }
}

#[test]
fn cir_10_own_mode_numbers_fill_memory_with_ones_and_vesas_with_zeros() {
    let mut bios = boot();
    for (own, vesa) in [(0x5F, 0x101), (0x5C, 0x103), (0x60, 0x105), (0x64, 0x111), (0x71, 0x112)] {
        set_own_mode(&mut bios, own);
        assert_eq!(done(&mut bios, function(3)).bx, vesa);
        assert_eq!(call(&mut bios, Registers { ax: 0x0F00, ..Registers::default() }).ax & 0xFF, own);
        assert!(video_memory(&bios, 0, VIDEO_MEMORY).iter().all(|byte| *byte == 0xFF), "{own:X}h");
        set_video_memory(&bios, 1 << 20, &[0x77]);
        set_own_mode(&mut bios, own | 0x80);
        assert_eq!(video_memory(&bios, 1 << 20, 2), [0x77, 0xFF], "{own:X}h keeps memory");
        set_mode(&mut bios, vesa | KEEP_MEMORY);
        assert_eq!(video_memory(&bios, 1 << 20, 2), [0x77, 0xFF], "{vesa:X}h keeps memory");
        set_mode(&mut bios, vesa);
        assert!(video_memory(&bios, 0, VIDEO_MEMORY).iter().all(|byte| *byte == 0), "{vesa:X}h");
    }
}

#[test]
fn own_text_modes_have_132_columns() {
    let mut bios = boot();
    for (own, rows) in [(0x14, 25), (0x54, 43), (0x55, 25)] {
        set_own_mode(&mut bios, own);
        let text = bios.machine.text().expect("text");
        assert_eq!((text.columns, text.rows), (132, rows), "{own:X}h");
    }
}

#[test]
fn modes_that_nobody_has_change_nothing() {
    let mut bios = boot();
    for mode in [0x08, 0x15, 0x5B, 0x7E] {
        set_own_mode(&mut bios, mode);
        assert_eq!(bios.byte(0x449), 3, "{mode:X}h");
    }
}

#[test]
fn own_questions_are_answered() {
    let mut bios = boot();
    assert_eq!(own_question(&mut bios, 0x80, 0).ax, 0x39, "CL-GD5446");
    assert_eq!(own_question(&mut bios, 0x85, 0).ax & 0xFF, 64, "units of 64 KiB");
    for (mode, there) in [(0x03, 1), (0x13, 1), (0x5F, 1), (0x60, 1), (0x7B, 1), (0x0A, 0), (0x61, 0)] {
        assert_eq!(own_question(&mut bios, 0xA0, mode).ax >> 8, there, "{mode:X}h");
    }
    assert_eq!(bios.byte(0x449), 3);
}

#[test]
fn seabioss_video_bios_for_the_cirrus_sets_all_its_modes() {
    let config = MachineConfig { video: VideoKind::Cirrus, ..MachineConfig::default() };
    let Some(config) = seabios::on(config, Build::Large) else { return };
    // SeaBIOS's system BIOS waits for its boot menu; ours is enough to start the other.
    let mut bios = Bios::boot_on(MachineConfig { bios: None, ..config }, Media::default());
    assert!(!bios.call(0x15, Registers { ax: 0x2401, ..Registers::default() }).carry(), "A20 is on");
    let mut shown = 0;
    for number in 0x100..0x180 {
        if bios.call(0x10, Registers { cx: number, ..function(1) }).registers.ax != SUCCEEDED {
            continue;
        }
        let info = bios.bytes(BUFFER, 64);
        let word = |at: usize| u32::from(u16::from_le_bytes([info[at], info[at + 1]]));
        let (packed, pitch, bits) = (matches!(info[27], 4 | 6), word(16), u32::from(info[25]));
        if !packed {
            continue;
        }
        let at = u32::from_le_bytes([info[40], info[41], info[42], info[43]]);
        assert_eq!(bios.call(0x10, Registers { bx: number | LINEAR, ..function(2) }).registers.ax, SUCCEEDED);
        let empty = frame(&mut bios);
        assert_eq!((empty.width, empty.height), (word(18), word(20)), "{number:X}h");
        let last = pitch * (word(20) - 1) + (word(18) - 1) * bits.div_ceil(8);
        assert!(bios.machine.poke(at + last, &[0x2A]), "{number:X}h");
        let frame = frame(&mut bios);
        let changed = frame.pixels.iter().zip(&empty.pixels).filter(|(now, before)| now != before).count();
        assert_eq!((changed, frame.pixels.last() != empty.pixels.last()), (1, true), "{number:X}h");
        shown += 1;
    }
    assert!(shown >= 15, "{shown} modes");
}

/// A boot sector that sets a mode, puts a pattern into the window and says so: each byte is the last one and `change`
/// by the instruction `how`.
fn pattern(mode: u16, how: u8, change: u8) -> Vec<u8> {
    let [low, high] = mode.to_le_bytes();
    let mut sector = vec![0x31, 0xC0, 0xFC, 0xB8, 0x02, 0x4F, 0xBB, low, high, 0xCD, 0x10];
    sector.extend([0xB8, 0x00, 0xA0, 0x8E, 0xC0, 0x31, 0xFF, 0x31, 0xC9, 0xB0, 0x00]);
    sector.extend([0xAA, how, change, 0xE2, 0xFB]);
    for letter in *b"done\n" {
        sector.extend([0xB0, letter, 0xE6, 0xE9]);
    }
    sector.extend([0xF4, 0xEB, 0xFD]);
    sector.resize(1_474_560, 0);
    sector[510..512].copy_from_slice(&[0x55, 0xAA]);
    sector
}

const ADD: u8 = 0x04;
const XOR: u8 = 0x34;

#[test]
fn our_video_bios_sets_the_same_pictures_on_qemus_cirrus() {
    for (mode, how, change) in [
        (0x101, XOR, 15),
        (0x105, XOR, 15),
        (0x107, XOR, 15),
        (0x112, ADD, 7),
        (0x118, ADD, 5),
        (0x143, ADD, 3),
    ] {
        let medium = pattern(mode, how, change);
        let drive = |file: &str| vec!["-drive".into(), format!("if=floppy,format=raw,file={file}")];
        let Some(mut qemu) = Qemu::with_adapter(CIRRUS, Firmware::Ours, &medium, drive) else { return };
        let (config, media) = media::with_floppy(medium.clone());
        let mut ours = Pc::start((MachineConfig { video: VideoKind::Cirrus, ..config }, media));
        ours.wait_debug("done", 20);
        ours.run(50_000_000);
        qemu.wait_debug("done", Duration::from_secs(60));
        assert!(qemu.picture() == ours.frame(), "{mode:X}h");
    }
}
