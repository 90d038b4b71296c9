//! The VESA BIOS extension, called directly: what each function answers, and what it refuses.

use engine::Reg;
use firmware::vga::edid::edid;
use firmware::vga::vbe::{self, Layout, Mode};
use hypervisor::{Bytes, MachineConfig, Media, Vbe};
use relic_tests::service::{Answer, BUFFER, Bios, Registers};

const SUCCEEDED: u16 = 0x004F;
const UNKNOWN: u16 = 0x0100;
const FAILED: u16 = 0x014F;
const NOT_HERE: u16 = 0x024F;
const NOT_NOW: u16 = 0x034F;
/// In a mode number.
const LINEAR: u16 = 0x4000;
const KEEP_MEMORY: u16 = 0x8000;
/// The window of the VESA modes.
const WINDOW: u32 = 0xA_0000;
/// Where the routine of a far call is put.
const FAR_CALL: u32 = 0x2100;

fn vbe(bios: &mut Bios, registers: Registers) -> Answer {
    let answer = bios.call(0x10, registers);
    assert!(answer.keeps_high_halves(&[]), "{registers:X?}: {:X?}", answer.wide);
    answer
}

/// Calls a function that succeeds.
fn done(bios: &mut Bios, registers: Registers) -> Registers {
    let answer = vbe(bios, registers).registers;
    assert_eq!(answer.ax, SUCCEEDED, "{registers:X?}");
    answer
}

fn status(bios: &mut Bios, registers: Registers) -> u16 {
    vbe(bios, registers).registers.ax
}

fn function(number: u16) -> Registers {
    Registers { ax: 0x4F00 | number, di: BUFFER as u16, ..Registers::default() }
}

fn set_mode(bios: &mut Bios, mode: u16) {
    done(bios, Registers { bx: mode, ..function(2) });
}

fn mode_bytes(bios: &mut Bios, number: u16) -> Vec<u8> {
    done(bios, Registers { cx: number, ..function(1) });
    bios.bytes(BUFFER, 256)
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn dword(bytes: &[u8], at: usize) -> u32 {
    u32::from(word(bytes, at)) | u32::from(word(bytes, at + 2)) << 16
}

/// A far pointer as a physical address.
fn far(bytes: &[u8], at: usize) -> u32 {
    (u32::from(word(bytes, at + 2)) << 4) + u32::from(word(bytes, at))
}

/// A byte as the CPU sees it: ROM too.
fn seen(bios: &mut Bios, at: u32) -> u8 {
    let mut byte = [0];
    assert_eq!(bios.machine.peek(at, &mut byte), 1, "{at:X}h");
    byte[0]
}

/// Writes a byte as the CPU would.
fn put(bios: &mut Bios, at: u32, byte: u8) {
    assert!(bios.machine.poke(at, &[byte]), "{at:X}h");
}

/// Video memory: the last 16 MiB of the store.
const VIDEO_MEMORY: usize = 16 << 20;

fn video_memory(bios: &Bios, at: usize, len: usize) -> Vec<u8> {
    bios.video_memory(VIDEO_MEMORY, at, len)
}

fn set_video_memory(bios: &Bios, at: usize, bytes: &[u8]) {
    bios.set_video_memory(VIDEO_MEMORY, at, bytes);
}

/// The zero-terminated text at an address the CPU sees.
fn text(bios: &mut Bios, at: u32) -> String {
    (at..).map(|at| seen(bios, at)).take_while(|byte| *byte != 0).map(char::from).collect()
}

fn listed(bios: &mut Bios) -> Vec<u16> {
    done(bios, function(0));
    let at = far(&bios.bytes(BUFFER, 20), 14);
    let word = |n: u32| u16::from(seen(bios, at + 2 * n)) | u16::from(seen(bios, at + 2 * n + 1)) << 8;
    (0..).map(word).take_while(|number| *number != 0xFFFF).collect()
}

#[test]
fn the_controller_says_vbe_3_its_names_and_its_memory() {
    let mut bios = Bios::boot();
    bios.put(BUFFER, b"VBE2");
    bios.put(BUFFER + 512, &[0xEE]);
    done(&mut bios, function(0));
    let block = bios.bytes(BUFFER, 513);
    assert_eq!(&block[..4], b"VESA");
    assert_eq!((word(&block, 4), word(&block, 18)), (0x0300, 256));
    assert_eq!(dword(&block, 10), 1, "the DAC can be switched to 8 bits");
    assert!(text(&mut bios, far(&block, 6)).starts_with("relic VBE"));
    assert_eq!(text(&mut bios, far(&block, 22)), "relic");
    assert_eq!(text(&mut bios, far(&block, 26)), text(&mut bios, far(&block, 6)));
    assert_eq!(text(&mut bios, far(&block, 30)), "1.0");
    assert_eq!(block[512], 0xEE, "512 bytes, no more");
}

#[test]
fn the_controller_writes_256_bytes_for_callers_of_vbe_1() {
    let mut bios = Bios::boot();
    bios.put(BUFFER, &[0xEE; 257]);
    done(&mut bios, function(0));
    let block = bios.bytes(BUFFER, 257);
    assert_eq!(&block[..4], b"VESA");
    assert_eq!(word(&block, 20), 0, "no revision");
    assert_eq!(block[256], 0xEE);
}

#[test]
fn the_list_has_every_mode_of_the_table_once() {
    let mut bios = Bios::boot();
    let table: Vec<u16> = vbe::modes().iter().map(|mode| mode.number).collect();
    assert_eq!(listed(&mut bios), table);
}

fn expect_information(bios: &mut Bios, mode: &Mode) {
    let number = mode.number;
    let info = mode_bytes(bios, number);
    assert_eq!((word(&info, 18), word(&info, 20)), (mode.width, mode.height), "{number:X}h");
    assert_eq!(u32::from(word(&info, 16)), mode.pitch(), "{number:X}h");
    assert_eq!((info[22], info[23]), (8, mode.cell()), "{number:X}h");
    let (attributes, planes, depth, model) = match mode.layout {
        Layout::Text(_) => (0x0F, 4, 4, 0),
        Layout::Planes => (0x3B, 4, 4, 3),
        Layout::Index => (0xBB, 1, 8, 4),
        _ => (0xBB, 1, mode.depth(), 6),
    };
    assert_eq!(word(&info, 0), attributes, "{number:X}h");
    assert_eq!((info[24], info[25], info[26], info[27]), (planes, depth, 1, model), "{number:X}h");
    let colours: [u8; 8] = match mode.layout {
        Layout::Rgb555 => [5, 10, 5, 5, 5, 0, 1, 15],
        Layout::Rgb565 => [5, 11, 6, 5, 5, 0, 0, 0],
        Layout::Rgb888 => [8, 16, 8, 8, 8, 0, 0, 0],
        Layout::Xrgb8888 => [8, 16, 8, 8, 8, 0, 8, 24],
        _ => [0; 8],
    };
    assert_eq!((&info[31..39], &info[54..62]), (&colours[..], &colours[..]), "{number:X}h");
    let memory = if mode.depth() == 0 { 32 << 10 } else { 16 << 20 };
    let pages = (memory / mode.bytes() - 1).min(255) as u8;
    assert_eq!((info[29], info[30]), (pages, 1), "{number:X}h");
}

#[test]
fn vbe_06_mode_information_follows_from_the_table() {
    let mut bios = Bios::boot();
    for mode in vbe::modes() {
        expect_information(&mut bios, &mode);
    }
}

#[test]
fn vbe_07_windows_are_64_kib_in_steps_of_64() {
    let mut bios = Bios::boot();
    for mode in vbe::modes().iter().filter(|mode| mode.depth() != 0) {
        let info = mode_bytes(&mut bios, mode.number);
        assert_eq!((info[2], info[3]), (7, 0), "window A, no window B");
        assert_eq!((word(&info, 4), word(&info, 6)), (64, 64));
        assert_eq!((word(&info, 8), word(&info, 10)), (0xA000, 0));
    }
}

#[test]
fn the_frame_buffer_is_where_pci_has_it() {
    let mut bios = Bios::boot();
    let at = dword(&mode_bytes(&mut bios, 0x101), 40);
    assert!(at >= 0x8000_0000 && at.is_multiple_of(16 << 20), "{at:X}h");
    set_mode(&mut bios, 0x101 | LINEAR);
    put(&mut bios, at + 640 * 479 + 639, 0x5A);
    assert_eq!(video_memory(&bios, 640 * 479 + 639, 1), [0x5A]);
}

#[test]
fn modes_that_are_not_there_are_refused() {
    let mut bios = Bios::boot();
    for number in [0x0FF, 0x120, 0x13F, 0x162, 0x1FF, 0x200, 0] {
        let known = vbe::modes().iter().any(|mode| mode.number == number & 0x1FF);
        assert!(!known, "{number:X}h");
        assert_eq!(status(&mut bios, Registers { cx: number, ..function(1) }), FAILED, "{number:X}h");
    }
    for mode in [0x120, 0x1FF, 0x81FF, 0x0015, 0x4102, 0x4109] {
        assert_eq!(status(&mut bios, Registers { bx: mode, ..function(2) }), FAILED, "{mode:X}h");
    }
    assert_eq!(done(&mut bios, function(3)).bx, 3, "the mode is still text");
}

#[test]
fn functions_that_are_not_there_are_unknown() {
    let mut bios = Bios::boot();
    for number in [0x0B, 0x0C, 0x11, 0x14, 0x16, 0x7F, 0xFF] {
        assert_eq!(status(&mut bios, function(number)), UNKNOWN, "4F{number:02X}h");
    }
}

#[test]
fn every_mode_is_set_and_shown_in_its_size() {
    let mut bios = Bios::boot();
    for mode in vbe::modes() {
        let linear = if mode.depth() > 4 { LINEAR } else { 0 };
        set_mode(&mut bios, mode.number | linear);
        assert_eq!(done(&mut bios, function(3)).bx, mode.number | linear);
        let frame = bios.machine.frame();
        let (width, height) = match mode.layout {
            Layout::Text(lines) => (8 * mode.width, u16::from(lines) * mode.height),
            _ => (mode.width, mode.height),
        };
        assert_eq!((frame.width, frame.height), (u32::from(width), u32::from(height)), "{:X}h", mode.number);
        let columns = if mode.depth() == 0 { mode.width } else { mode.width / 8 };
        assert_eq!(bios.word(0x44A), columns, "{:X}h", mode.number);
    }
}

#[test]
fn ibm_modes_are_set_and_told_too() {
    let mut bios = Bios::boot();
    for (set, told) in [(0x13, 0x13), (0x8012, 0x8012), (3, 3)] {
        set_mode(&mut bios, 0x101);
        set_mode(&mut bios, set);
        assert_eq!(done(&mut bios, function(3)).bx, told);
    }
    bios.call(0x10, Registers { ax: 0x0013, ..Registers::default() });
    assert_eq!(done(&mut bios, function(3)).bx, 0x13);
}

#[test]
fn bit_15_keeps_memory_and_its_absence_clears_it() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x101 | LINEAR);
    set_video_memory(&bios, 0, &[0x77; 640 * 480]);
    set_mode(&mut bios, 0x101 | LINEAR | KEEP_MEMORY);
    assert!(video_memory(&bios, 0, 640 * 480).iter().all(|byte| *byte == 0x77));
    assert_eq!(done(&mut bios, function(3)).bx, 0xC101);
    set_mode(&mut bios, 0x103);
    assert!(video_memory(&bios, 0, 800 * 600).iter().all(|byte| *byte == 0));
}

#[test]
fn crtc_timings_of_the_caller_are_accepted() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x103 | 0x0800);
    let frame = bios.machine.frame();
    assert_eq!((frame.width, frame.height), (800, 600));
}

#[test]
fn the_window_reaches_all_memory_bank_by_bank() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x103);
    for bank in [0, 1, 7, 255] {
        done(&mut bios, Registers { dx: bank, ..function(5) });
        assert_eq!(done(&mut bios, Registers { bx: 0x0100, ..function(5) }).dx, bank);
        put(&mut bios, WINDOW + 5, bank as u8 ^ 0x5A);
        assert_eq!(video_memory(&bios, usize::from(bank) << 16 | 5, 1), [bank as u8 ^ 0x5A]);
    }
    assert_eq!(status(&mut bios, Registers { dx: 256, ..function(5) }), FAILED);
    assert_eq!(status(&mut bios, Registers { bx: 0x0001, ..function(5) }), FAILED, "no window B");
    assert_eq!(status(&mut bios, Registers { bx: 0x0200, ..function(5) }), FAILED);
    set_mode(&mut bios, 0x102);
    assert_eq!(status(&mut bios, Registers { dx: 64, ..function(5) }), FAILED, "64 KiB of each plane");
    set_mode(&mut bios, 0x103 | LINEAR);
    assert_eq!(status(&mut bios, function(5)), NOT_NOW);
    set_mode(&mut bios, 3);
    assert_eq!(status(&mut bios, function(5)), FAILED);
}

#[test]
fn vbe_09_the_window_moves_by_a_far_call_too() {
    let mut bios = Bios::boot();
    let info = mode_bytes(&mut bios, 0x103);
    set_mode(&mut bios, 0x103);
    // CALL FAR, then a jump to itself.
    let mut code = vec![0x9A];
    code.extend(&info[12..16]);
    code.extend([0xEB, 0xFE]);
    bios.put(FAR_CALL, &code);
    bios.start(FAR_CALL, Registers { dx: 6, ..Registers::default() });
    bios.finish(FAR_CALL + 5);
    assert_eq!(done(&mut bios, Registers { bx: 0x0100, ..function(5) }).dx, 6);
    bios.start(FAR_CALL, Registers { bx: 0x0100, ..Registers::default() });
    assert_eq!(bios.finish(FAR_CALL + 5).registers.dx, 6);
}

#[test]
fn line_length_is_set_in_pixels_or_bytes_and_told() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x111);
    let told = |a: Registers| (a.bx, a.cx, a.dx);
    assert_eq!(told(done(&mut bios, Registers { bx: 1, ..function(6) })), (1280, 640, 13107));
    let wider = Registers { bx: 0, cx: 1001, ..function(6) };
    assert_eq!(told(done(&mut bios, wider)), (2016, 1008, 8322));
    let bytes = Registers { bx: 2, cx: 2049, ..function(6) };
    assert_eq!(told(done(&mut bios, bytes)), (2064, 1032, 8128));
    let narrower = Registers { bx: 0, cx: 100, ..function(6) };
    assert_eq!(told(done(&mut bios, narrower)), (1280, 640, 13107), "not below the mode's");
    let (bytes, pixels, rows) = told(done(&mut bios, Registers { bx: 3, ..function(6) }));
    assert_eq!((u32::from(bytes), pixels % 8), (2 * u32::from(pixels), 0));
    assert!(rows >= 480);
    done(&mut bios, Registers { bx: 0, cx: pixels, ..function(6) });
    assert_eq!(status(&mut bios, Registers { bx: 0, cx: pixels + 1, ..function(6) }), NOT_HERE);
    assert_eq!(status(&mut bios, Registers { bx: 4, ..function(6) }), FAILED);
    set_mode(&mut bios, 0x108);
    assert_eq!(status(&mut bios, Registers { bx: 1, ..function(6) }), FAILED, "in text");
}

#[test]
fn line_length_in_planes_is_told_for_one() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x102);
    let answer = done(&mut bios, Registers { bx: 2, cx: 128, ..function(6) });
    assert_eq!((answer.bx, answer.cx, answer.dx), (128, 1024, 32768));
}

#[test]
fn display_start_moves_the_picture_and_is_told() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x101 | LINEAR);
    done(&mut bios, Registers { bx: 0, cx: 1024, ..function(6) });
    set_video_memory(&bios, 1024 * 300 + 100, &[15]);
    for bx in [0x00, 0x80] {
        done(&mut bios, Registers { bx, cx: 0, dx: 0, ..function(7) });
        assert_ne!(white(&mut bios), Some((0, 0)));
        done(&mut bios, Registers { bx, cx: 100, dx: 300, ..function(7) });
        let told = done(&mut bios, Registers { bx: 0xAA01, ..function(7) });
        assert_eq!((told.bx, told.cx, told.dx), (0x0001, 100, 300));
        assert_eq!(white(&mut bios), Some((0, 0)));
    }
}

/// Where the first white pixel is shown.
fn white(bios: &mut Bios) -> Option<(u32, u32)> {
    bios.run(50_000_000);
    let frame = bios.machine.frame();
    let at = frame.pixels.iter().position(|pixel| *pixel == 0xFF_FFFF)? as u32;
    Some((at % frame.width, at / frame.width))
}

#[test]
fn display_start_is_bounded_by_memory() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x144 | LINEAR);
    let last_row = (VIDEO_MEMORY / 4096 - 768) as u16;
    done(&mut bios, Registers { dx: last_row, ..function(7) });
    for (cx, dx) in [(0, last_row + 1), (1, last_row), (0, 0xFFFF), (0xFFFF, 0xFFFF)] {
        assert_eq!(status(&mut bios, Registers { cx, dx, ..function(7) }), FAILED, "{cx} {dx}");
    }
    for bx in [0x03, 0x05, 0x06, 0x7F] {
        assert_eq!(status(&mut bios, Registers { bx, ..function(7) }), FAILED, "{bx}");
    }
    set_mode(&mut bios, 3);
    assert_eq!(status(&mut bios, function(7)), FAILED, "in text");
}

#[test]
fn display_start_takes_a_byte_address_too() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x115 | LINEAR);
    let mut schedule = |bx, at: u32| {
        bios.prepare(0x10, Registers { bx, ..function(7) });
        bios.machine.cpu_mut().gpr[Reg::Ecx as usize] = at;
        let answer = bios.finish_call().registers.ax;
        let told = done(&mut bios, Registers { bx: 1, ..function(7) });
        (answer, told.cx, told.dx)
    };
    assert_eq!(schedule(0x02, (700 * 800 + 40) * 3), (SUCCEEDED, 40, 700));
    assert_eq!(schedule(0x82, 800 * 3), (SUCCEEDED, 0, 1));
    assert_eq!(schedule(0x02, 16 << 20).0, FAILED);
    assert_eq!(schedule(0x02, u32::MAX).0, FAILED);
    assert_ne!(done(&mut bios, Registers { bx: 4, ..function(7) }).cx, 0, "nothing waits to be shown");
}

#[test]
fn the_dac_has_6_or_8_bits() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x101);
    let mut ask = |bx| done(&mut bios, Registers { bx, ..function(8) }).bx >> 8;
    assert_eq!(ask(0x0001), 6);
    assert_eq!((ask(0x0800), ask(0x0001)), (8, 8));
    assert_eq!((ask(0x0700), ask(0x0001)), (6, 6), "seven are not to be had");
    assert_eq!(ask(0xFF00), 8);
    assert_eq!(status(&mut bios, Registers { bx: 2, ..function(8) }), FAILED);
    set_mode(&mut bios, 0x101);
    assert_eq!(done(&mut bios, Registers { bx: 1, ..function(8) }).bx >> 8, 6, "a mode begins with six");
    set_mode(&mut bios, 0x111);
    assert_eq!(status(&mut bios, Registers { bx: 1, ..function(8) }), NOT_NOW);
}

#[test]
fn vbe_09_the_palette_is_set_and_read_back() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x101);
    let colours = [1, 2, 3, 0, 0x3F, 0x20, 0x10, 0];
    for bx in [0x00, 0x80] {
        bios.put(BUFFER, &colours);
        done(&mut bios, Registers { bx, cx: 2, dx: 254, ..function(9) });
        bios.put(BUFFER, &[0xEE; 9]);
        done(&mut bios, Registers { bx: 1, cx: 2, dx: 254, ..function(9) });
        assert_eq!(bios.bytes(BUFFER, 9), [&colours[..], &[0xEE]].concat());
    }
    let first = bios.call(0x10, Registers { ax: 0x1015, bx: 254, ..Registers::default() }).registers;
    assert_eq!((first.dx >> 8, first.cx), (3, 0x0201), "red, green and blue by INT 10h/1015h");
}

#[test]
fn the_palette_has_256_colours_and_no_second() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x101);
    for (cx, dx) in [(257, 0), (2, 255), (1, 256), (0xFFFF, 0xFFFF), (0, 257)] {
        assert_eq!(status(&mut bios, Registers { cx, dx, ..function(9) }), FAILED, "{cx} {dx}");
    }
    done(&mut bios, Registers { cx: 0, dx: 256, ..function(9) });
    for bx in [2, 3] {
        assert_eq!(status(&mut bios, Registers { bx, cx: 1, ..function(9) }), NOT_HERE);
    }
}

#[test]
fn state_comes_back_as_it_was_saved() {
    let mut bios = Bios::boot();
    set_mode(&mut bios, 0x111 | LINEAR);
    done(&mut bios, Registers { cx: 1024, ..function(6) });
    done(&mut bios, Registers { cx: 8, dx: 5, ..function(7) });
    // Beyond what text mode and its fonts lie in.
    set_video_memory(&bios, 0x4_0000, &[0x77; 16]);
    let all = Registers { cx: 0x0F, bx: 0x6000, ..function(4) };
    let blocks = done(&mut bios, all).bx;
    assert!((14..40).contains(&blocks), "{blocks} blocks of 64 bytes");
    bios.put(BUFFER + u32::from(blocks) * 64, &[0xEE]);
    done(&mut bios, Registers { dx: 1, ..all });
    assert_eq!(bios.byte(BUFFER + u32::from(blocks) * 64), 0xEE);
    set_mode(&mut bios, 3 | KEEP_MEMORY);
    done(&mut bios, Registers { dx: 2, ..all });
    assert_eq!(done(&mut bios, function(3)).bx, 0x111 | LINEAR);
    let start = done(&mut bios, Registers { bx: 1, ..function(7) });
    assert_eq!((start.cx, start.dx), (8, 5));
    assert_eq!(done(&mut bios, Registers { bx: 1, ..function(6) }).cx, 1024);
    assert_eq!(bios.machine.frame().width, 640);
    assert_eq!(video_memory(&bios, 0x4_0000, 16), [0x77; 16], "restoring does not clear");
}

#[test]
fn text_comes_back_from_a_vesa_mode() {
    let mut bios = Bios::boot();
    let all = Registers { cx: 0x0F, bx: 0x6000, ..function(4) };
    done(&mut bios, Registers { dx: 1, ..all });
    set_mode(&mut bios, 0x103 | LINEAR);
    done(&mut bios, Registers { dx: 2, ..all });
    assert_eq!(done(&mut bios, function(3)).bx, 3);
    assert_eq!((bios.machine.frame().width, bios.machine.frame().height), (720, 400));
}

#[test]
fn state_refuses_parts_and_functions_that_are_not_there() {
    let mut bios = Bios::boot();
    assert_eq!(status(&mut bios, Registers { cx: 0x10, ..function(4) }), FAILED);
    assert_eq!(status(&mut bios, Registers { cx: 0x0F, dx: 3, bx: 0x6000, ..function(4) }), FAILED);
}

#[test]
fn power_states_switch_the_picture_off_and_on() {
    let mut bios = Bios::boot();
    assert_eq!(done(&mut bios, function(0x10)).bx, 0x0710);
    for state in [0x0400, 0x0100, 0x0000] {
        done(&mut bios, Registers { bx: state | 1, ..function(0x10) });
        assert_eq!(done(&mut bios, Registers { bx: 2, ..function(0x10) }).bx & 0xFF00, state);
        let lit = bios.machine.frame().pixels.iter().any(|pixel| *pixel != 0);
        assert_eq!(lit, state == 0);
    }
    for bx in [0x0801, 0x0003] {
        assert_eq!(status(&mut bios, Registers { bx, ..function(0x10) }), FAILED);
    }
}

fn with(vbe: Vbe) -> Bios {
    Bios::boot_on(MachineConfig { vbe, ..MachineConfig::default() }, Media::default())
}

#[test]
fn vbe_08_on_request_there_is_no_linear_frame_buffer() {
    let mut bios = with(Vbe { banked_only: true, ..Vbe::default() });
    done(&mut bios, function(0));
    assert_eq!(word(&bios.bytes(BUFFER, 20), 4), 0x0102, "VBE 1.2");
    let info = mode_bytes(&mut bios, 0x101);
    assert_eq!((word(&info, 0) & 0x80, dword(&info, 40)), (0, 0));
    assert_eq!(status(&mut bios, Registers { bx: 0x101 | LINEAR, ..function(2) }), FAILED);
    assert_eq!(status(&mut bios, function(0x0A)), NOT_HERE);
    set_mode(&mut bios, 0x101);
}

#[test]
fn vbe_08_on_request_truecolour_has_32_bits() {
    let mut bios = with(Vbe { truecolour_32: true, ..Vbe::default() });
    let info = mode_bytes(&mut bios, 0x112);
    assert_eq!((info[25], word(&info, 16)), (32, 2560));
    set_mode(&mut bios, 0x112 | LINEAR);
    set_video_memory(&bios, 2560, &[0xFF, 0xFF, 0xFF, 0]);
    assert_eq!(white(&mut bios), Some((0, 1)));
}

#[test]
fn vbe_08_on_request_the_list_is_in_the_callers_block() {
    let mut bios = with(Vbe { list_in_block: true, ..Vbe::default() });
    bios.put(BUFFER, b"VBE2");
    done(&mut bios, function(0));
    let at = far(&bios.bytes(BUFFER, 20), 14);
    assert!((BUFFER + 34..BUFFER + 256).contains(&at), "{at:X}h");
    let table: Vec<u16> = vbe::modes().iter().map(|mode| mode.number).collect();
    assert_eq!(listed(&mut bios), table);
}

#[test]
fn vbe_10_modes_beyond_the_memory_are_not_listed() {
    let video_memory = Some(Bytes(4 << 20));
    let config = MachineConfig { video_memory, ..MachineConfig::default() };
    let mut bios = Bios::boot_on(config, Media::default());
    done(&mut bios, function(0));
    assert_eq!(word(&bios.bytes(BUFFER, 20), 18), 64);
    let fitting = vbe::modes().into_iter().filter(|mode| mode.bytes() <= 4 << 20);
    assert_eq!(listed(&mut bios), fitting.map(|mode| mode.number).collect::<Vec<_>>());
    assert_eq!(status(&mut bios, Registers { bx: 0x147, ..function(2) }), FAILED);
}

#[test]
fn the_display_tells_its_edid() {
    let mut bios = Bios::boot();
    assert_eq!(done(&mut bios, function(0x15)).bx, 0x0102, "DDC2, a second a block");
    let read = Registers { bx: 1, ..function(0x15) };
    bios.put(BUFFER, &[0xEE; 129]);
    done(&mut bios, read);
    assert_eq!(bios.bytes(BUFFER, 129), [&edid()[..], &[0xEE]].concat());
    for wrong in [Registers { dx: 1, ..read }, Registers { cx: 1, ..read }, Registers { bx: 2, ..read }] {
        assert_eq!(status(&mut bios, wrong), FAILED, "{wrong:X?}");
    }
}

#[test]
fn vga_11_functions_need_little_of_the_callers_stack() {
    let mut bios = Bios::boot();
    for registers in [
        function(0),
        Registers { cx: 0x101, ..function(1) },
        Registers { bx: 0x101, ..function(2) },
        Registers { bx: 1, ..function(6) },
        function(7),
        Registers { cx: 0x0F, dx: 1, bx: 0x6000, ..function(4) },
    ] {
        done(&mut bios, registers);
        assert!(bios.stack_used() < 140, "{registers:X?}: {} bytes", bios.stack_used());
    }
}
