//! The Cirrus Logic CL-GD5446.
//!
//! The manual is the CL-GD5446 Technical Reference Manual.

mod blits;
mod memory;
mod registers;
mod replay;

use super::pair;
use backplane::Width;
use backplane::bench::Action;
use hypervisor::VideoKind;
use relic_tests::differential::{Pair, read, write};

/// The function on both boards.
const FUNCTION: u8 = 0x10;
/// Where its base addresses are put: the apertures, and the page of registers.
const APERTURE: u32 = 0xE000_0000;
const PAGE: u32 = 0xE200_0000;
/// The window, and the blitter's registers behind it.
const WINDOW: u32 = 0xA_0000;
const MMIO: u32 = 0xB_8000;
/// Bytes of video memory.
const MEMORY: u32 = 4 << 20;
/// What a script finds in the first bytes of video memory repeats after so many; behind them are zeros.
const PERIOD: u32 = 251;
const FILLED: u32 = 0x1_0000 + PERIOD;

/// Both machines with the chip. QEMU's video memory lives longer than its machine's reset.
fn machines() -> Option<Pair> {
    pair(VideoKind::Cirrus, &["-vga", "none", "-device", "cirrus-vga,addr=02.0"])
}

/// Writes of registers behind an index port.
fn indexed(port: u16, writes: impl IntoIterator<Item = (u8, u8)>) -> impl Iterator<Item = Action> {
    let each = move |(index, value): (u8, u8)| [write(port, index.into()), write(port + 1, value.into())];
    writes.into_iter().flat_map(each)
}

fn sequencer(writes: impl IntoIterator<Item = (u8, u8)>) -> impl Iterator<Item = Action> {
    indexed(0x3C4, writes)
}

fn graphics(writes: impl IntoIterator<Item = (u8, u8)>) -> impl Iterator<Item = Action> {
    indexed(0x3CE, writes)
}

/// The chip with its base addresses, unlocked, in packed pixels of 8 bits, the blitter idle and all its registers zero.
fn chip_begin() -> Vec<Action> {
    let base =
        |(register, value)| Action::WriteConfig { function: FUNCTION, register, width: Width::Dword, value };
    let mut begin: Vec<Action> = [(0x10, APERTURE), (0x14, PAGE), (0x04, 3)].map(base).to_vec();
    begin.extend([write(0x3C2, 0x63), write(0x3C8, 0), read(0x3C8)]);
    begin.extend(sequencer([(0, 3), (1, 1), (2, 0xFF), (3, 0), (4, 0x0E), (6, 0x12), (7, 0xF1), (0x17, 0)]));
    // What the last script left in the middle is forgotten.
    begin.extend(graphics([(0x31, 0x04), (0x31, 0)]));
    let zeros = (0..0x0C).chain(0x10..0x16).chain(0x20..0x2A).chain([0x2C, 0x2D, 0x2E, 0x2F, 0x30]);
    begin.extend(graphics(zeros.chain(0x32..0x36).chain([0x38, 0x39]).map(|index| (index, 0))));
    begin.extend(graphics([(6, 0x05), (8, 0xFF), (0x2A, 0)]));
    begin
}

/// The same with the same bytes in all of both video memories.
fn memory_begin() -> Vec<Action> {
    let mut begin = chip_begin();
    // A solid fill with zeros: 1024 lines of 4096 bytes.
    begin.extend(graphics([
        (0x20, 0xFF),
        (0x21, 0x0F),
        (0x22, 0xFF),
        (0x23, 0x03),
        (0x25, 0x10),
        (0x27, 0x10),
    ]));
    begin.extend(graphics([(0x30, 0xC0), (0x33, 0x04), (0x32, 0x00), (0x31, 0x02)]));
    let seed = |n: u32| (n + 1).wrapping_mul(0x9E37_79B1) ^ n << 7;
    begin.extend((0..PERIOD.div_ceil(4)).map(|n| Action::Write {
        at: APERTURE + 4 * n,
        width: Width::Dword,
        value: seed(n),
    }));
    // A copy over itself repeats them: 16 lines.
    begin.extend(graphics([(0x22, 15), (0x23, 0), (0x28, PERIOD as u8), (0x30, 0), (0x33, 0), (0x32, 0x0D)]));
    begin.extend(graphics([(0x31, 0x02), (0x28, 0)]));
    begin
}
