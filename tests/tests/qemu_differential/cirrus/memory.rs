//! The CPU's accesses of packed memory: banks, write modes and latches, and the blitter's registers in memory.

use super::super::{compare_on, numbers};
use super::replay::Replay;
use super::{APERTURE, FILLED, MEMORY, MMIO, PAGE, WINDOW, graphics, machines, memory_begin, sequencer};
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Step, Written, read, write};

/// The apertures with the bytes of words and of dwords swapped.
const SWAPPED: u32 = APERTURE + (4 << 20);
const SWAPPED_END: u32 = APERTURE + (12 << 20);
/// Bits of graphics register 0Bh: groups of 8 bytes, extended write modes, eight latches, groups of 16 bytes.
const BY_8: u8 = 0x02;
const WRITE_MODES: u8 = 0x04;
const LATCHES: u8 = 0x08;
const WORDS: u8 = 0x10;

/// An access of any width at an address.
fn access(random: &mut Random, at: u32, script: &mut Vec<Action>) {
    let width = random.of(&[Width::Byte, Width::Byte, Width::Word, Width::Dword]);
    let at = at & !(width.bytes() - 1);
    script.push(match random.below(2) {
        0 => Action::Read { at, width },
        _ => Action::Write { at, width, value: random.dword() & width.mask() },
    });
}

/// Somewhere in the window, most times in a few bytes of either half.
fn in_window(random: &mut Random, script: &mut Vec<Action>) {
    let at = WINDOW + random.of(&[0, 0x400, 0x8000, 0x8400]) + random.below(16);
    let anywhere = WINDOW + random.below(0x1_0000);
    let at = if random.below(4) == 0 { anywhere } else { at };
    access(random, at, script);
}

/// Somewhere in the first aperture.
fn in_aperture(random: &mut Random, script: &mut Vec<Action>) {
    let first = random.of(&[0, 0x400, 0x8000, FILLED & !0xFF, MEMORY / 2, MEMORY - 0x10]);
    let at = APERTURE + first + random.below(16);
    access(random, at, script);
}

/// One of the blitter's registers, in one of the places where they may be; none that starts.
fn in_registers(random: &mut Random, script: &mut Vec<Action>) {
    let base = random.of(&[PAGE + 0x100, MMIO, APERTURE + MEMORY - 0x100]);
    let at = base + random.below(0x24);
    access(random, at, script);
}

/// The VGA's ports in the page of registers: an index and its register, but for what the ports are asked elsewhere.
fn ports_in_page(random: &mut Random, script: &mut Vec<Action>) {
    let byte = |at, value| Action::Write { at: PAGE + at, width: Width::Byte, value };
    let (index, number) =
        random.of(&[(0x04, 0x09), (0x04, 0x0A), (0x0E, 0x10), (0x0E, 0x11), (0x14, 0x19), (0x14, 0x1D)]);
    script.push(byte(index, number));
    script.push(match random.below(2) {
        0 => Action::Read { at: PAGE + index + 1, width: Width::Byte },
        _ => byte(index + 1, random.value() & 0xFF),
    });
}

/// An access of memory in a way that QEMU does not have.
fn swapped(random: &mut Random, script: &mut Vec<Action>) {
    let at = random.of(&[SWAPPED, SWAPPED_END - (4 << 20)]) + random.below(16);
    if random.below(16) == 0 {
        access(random, at, script);
    }
}

/// Where an access of memory goes before its address is shifted: into the window, or into the aperture.
fn reaches(action: &Action, is: impl Fn(u32) -> bool) -> bool {
    match *action {
        Action::Read { at, width } | Action::Write { at, width, .. } => (at..at + width.bytes()).any(is),
        _ => false,
    }
}

/// Whether a byte of the window lies behind the end of video memory.
fn behind_the_end(replay: &Replay, at: u32) -> bool {
    let Some(at) = at.checked_sub(WINDOW).filter(|at| *at < 0x1_0000) else { return false };
    let (dual, shift) = (replay.gfx[0x0B] & 1 != 0, if replay.gfx[0x0B] & 0x20 != 0 { 14 } else { 12 });
    let bank = replay.gfx[if dual && at >= 0x8000 { 0x0A } else { 0x09 }];
    let at = if dual { at % 0x8000 } else { at };
    (u32::from(bank) << shift) + at >= MEMORY
}

/// Whether a script has written memory in a way.
fn wrote(written: &Written, is: impl Fn(&Replay, u32) -> bool) -> bool {
    let mut found = false;
    Replay::each(written, |replay, action| {
        found |= matches!(action, Action::Write { .. })
            && reaches(action, |at| {
                let memory =
                    (WINDOW..WINDOW + 0x1_0000).contains(&at) || (APERTURE..SWAPPED_END).contains(&at);
                memory && replay.in_memory(at).is_none() && is(replay, at)
            });
    });
    found
}

fn is_swapped(at: u32) -> bool {
    (SWAPPED..SWAPPED_END).contains(&at)
}

/// All bits of reads of memory behind a write in a way.
macro_rules! behind_write {
    ($is:expr) => {
        |written, action| match *action {
            Action::Read { .. } if wrote(written, $is) => u32::MAX,
            _ => 0,
        }
    };
}

const KNOWN: [Known; 5] = [
    Known {
        name: "pixel mask",
        why: "the manual, SR2: in write modes 4 and 5 it says which of the eight pixels are written; in QEMU all are",
        bits: behind_write!(|replay, _| {
            let expands = replay.gfx[0x0B] & WRITE_MODES != 0 && matches!(replay.gfx[0x05] & 7, 4 | 5);
            expands && replay.seq[2] != 0xFF
        }),
        parts: true,
    },
    Known {
        name: "eight latches",
        why: "the manual, GRB bit 3: write mode 1 stores eight bytes that a read has latched; QEMU stores the CPU's byte",
        bits: behind_write!(|replay, _| {
            replay.gfx[0x0B] & (BY_8 | LATCHES) == BY_8 | LATCHES && replay.gfx[0x05] & 7 == 1
        }),
        parts: true,
    },
    Known {
        name: "swapped apertures",
        why: "the manual, PCI10: the second and the third 4 MiB have their bytes swapped; QEMU has nothing there",
        bits: |written, action| match *action {
            Action::Read { .. } if wrote(written, |_, at| is_swapped(at)) => u32::MAX,
            Action::Read { width, .. } if reaches(action, is_swapped) => width.mask(),
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "behind the end",
        why: "the manual, GR9: an offset is added to the address, which has the bits of the memory; QEMU has nothing behind the end of memory",
        bits: |written, action| match *action {
            Action::Read { .. } if wrote(written, behind_the_end) => u32::MAX,
            Action::Read { width, .. } => {
                let replay = Replay::of(written);
                if reaches(action, |at| behind_the_end(&replay, at)) { width.mask() } else { 0 }
            }
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "height",
        why: "the manual, GR23: three bits; QEMU keeps five",
        bits: |written, action| {
            let replay = Replay::of(written);
            match *action {
                Action::Read { at, width } => (0..width.bytes())
                    .filter(|n| replay.in_memory(at + n) == Some(0x23))
                    .map(|n| 0x18 << (8 * n))
                    .sum(),
                _ => 0,
            }
        },
        parts: false,
    },
];

#[test]
fn memory_agrees_with_qemus() {
    let set = |index: u16, number: u8, values: Vec<u8>| {
        Register::Steps(vec![Step::OneOf(index, vec![number]), Step::OneOf(index + 1, values)])
    };
    let banks = [numbers(0..4), vec![0x10, 0x3F, 0x40, 0xFC, 0xFF]].concat();
    let mut begin = memory_begin();
    begin.extend(sequencer([(9, 0), (0x0A, 0)]));
    begin.extend(graphics([(0x22, 0)]));
    begin.extend([0x19, 0x1D].into_iter().flat_map(|n| [write(0x3D4, n), write(0x3D5, 0)]));
    let registers = vec![
        set(0x3CE, 0x09, banks.clone()),
        set(0x3CE, 0x0A, banks),
        set(0x3CE, 0x0B, vec![0, 0, 0x01, 0x20, 0x21, BY_8, WRITE_MODES, WRITE_MODES | BY_8]),
        set(
            0x3CE,
            0x0B,
            vec![0, WRITE_MODES | WORDS, WRITE_MODES | WORDS | BY_8 | 0x20, WORDS, LATCHES, BY_8 | LATCHES],
        ),
        set(0x3CE, 0x05, vec![0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 0x40]),
        set(0x3C4, 0x02, [vec![0xFF; 31], vec![0x0F]].concat()),
        // A mode of the VGA leaves QEMU's window where the packed one had it.
        set(0x3C4, 0x07, vec![0x01, 0xF1, 0xF3, 0xF5, 0xF7, 0xF9]),
        set(0x3C4, 0x17, vec![0, 0x04, 0x40, 0x44]),
        Register::Steps(vec![Step::OneOf(0x3CE, vec![0x00, 0x01, 0x10, 0x11]), Step::Any(0x3CF)]),
        Register::Steps(vec![Step::OneOf(0x3CE, vec![0x05, 0x09, 0x0A, 0x0B]), Step::Do(read(0x3CF))]),
        Register::Made(in_window),
        Register::Made(in_window),
        Register::Made(in_window),
        Register::Made(in_window),
        Register::Made(in_aperture),
        Register::Made(in_aperture),
        Register::Made(in_registers),
        Register::Made(ports_in_page),
        Register::Made(swapped),
    ];
    let field = Field { name: "Cirrus memory", begin, registers };
    compare_on(machines(), &field, &KNOWN);
}
