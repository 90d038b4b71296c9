//! The BitBLT engine: whole blits with what they leave in video memory, and lone writes of its registers.

use super::super::compare_on;
use super::replay::{
    BACKWARDS, Blit, CLIP_BACKGROUND, DWORDS, EXPAND, FROM_SYSTEM, IN_PAGE, INVERTED, PATTERN, Replay, SOLID,
    STATUS, TO_SYSTEM, TRANSPARENT,
};
use super::{APERTURE, FILLED, MEMORY, MMIO, PAGE, WINDOW, graphics, machines, memory_begin, sequencer};
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Step, read, write};

/// Where patterns and bits lie, and what no target reaches if it is not meant to.
const SOURCES: u32 = 0xE000;
const SOURCES_END: u32 = 0x2_0000;
/// The aperture of the blitter's data alone.
const DATA: u32 = APERTURE + (16 << 20);
const ROPS: [u8; 14] = [0x00, 0x05, 0x06, 0x09, 0x0B, 0x0D, 0x0E, 0x50, 0x59, 0x6D, 0x95, 0xAD, 0xD0, 0xD6];
const MODES: [u8; 20] = [
    0,
    0,
    BACKWARDS,
    BACKWARDS,
    TRANSPARENT,
    TRANSPARENT | BACKWARDS,
    PATTERN,
    PATTERN,
    PATTERN | EXPAND,
    PATTERN | EXPAND,
    PATTERN | EXPAND | TRANSPARENT,
    EXPAND,
    EXPAND | TRANSPARENT,
    FROM_SYSTEM,
    FROM_SYSTEM | TRANSPARENT,
    FROM_SYSTEM | EXPAND,
    FROM_SYSTEM | EXPAND | TRANSPARENT,
    FROM_SYSTEM | PATTERN,
    FROM_SYSTEM | PATTERN | EXPAND,
    FROM_SYSTEM | TO_SYSTEM,
];
/// Blits of which one is changed into what only one of the two does.
const PLAIN: u32 = 30;

/// Bytes that the first bytes of lines are multiples of, where QEMU has whole pixels alone.
fn alignment(blit: &Blit) -> u32 {
    let whole = !blit.copies() || blit.keyed();
    if whole && blit.pixel != 3 { blit.pixel } else { 1 }
}

/// Width, height and pitches: small, wide or tall.
fn set_size(random: &mut Random, blit: &mut Blit) {
    let columns = |bytes: u32, random: &mut Random| blit.pixel * (1 + random.below(bytes / blit.pixel));
    (blit.width, blit.height) = match random.below(10) {
        _ if blit.is(FROM_SYSTEM) => (columns(36, random), 1 + random.below(5)),
        0 => (columns(0x2000, random), 1 + random.below(4)),
        1 => (columns(16, random), 1 + random.below(0x800)),
        _ => (columns(160, random), 1 + random.below(24)),
    };
    let step = alignment(blit);
    let width = blit.width;
    blit.pitches = [(); 2].map(|()| {
        let near = width + 1 + random.below(64);
        let some = random.of(&[width, near, 160, 640, 1024, 4096, 0x1FFF]);
        some.max(width).next_multiple_of(step).min(0x2000 - step)
    });
    if blit.width > 0x2000 - step {
        blit.height = 1;
    }
    if blit.is(EXPAND) {
        blit.pitches[1] = 1 + random.below(0x100);
    }
}

/// A place for a rectangle: beside the sources, behind them, or at the very end.
fn place(random: &mut Random, extent: u32, step: u32) -> u32 {
    let behind = MEMORY - SOURCES_END;
    if random.below(8) == 0 && extent <= behind {
        MEMORY - extent
    } else if extent < SOURCES {
        random.below(SOURCES - extent) / step * step
    } else {
        SOURCES_END + random.below(behind.saturating_sub(extent)) / step * step
    }
}

fn set_places(random: &mut Random, blit: &mut Blit) {
    let step = alignment(blit);
    let extents = blit.pitches.map(|pitch| blit.extent(pitch));
    blit.target = place(random, extents[0], step);
    blit.source = match blit.mode & (PATTERN | EXPAND) {
        0 => place(random, extents[1], step),
        EXPAND => SOURCES + random.below(0x1000),
        _ if blit.is(FROM_SYSTEM) => random.below(8),
        _ => SOURCES + random.below(0x20) * 0x100,
    };
    if blit.copies() && blit.is(BACKWARDS) {
        blit.target += extents[0] - 1;
        blit.source += extents[1] - 1;
    }
}

/// A blit that both do.
fn plain(random: &mut Random) -> Blit {
    let mut mode = random.of(&MODES);
    let mut pixel = 1 + random.below(4);
    if mode & TRANSPARENT != 0 && mode & EXPAND == 0 {
        pixel = 1 + random.below(2);
    }
    // A pattern of 24 bits from the CPU is another thing in QEMU.
    if mode & (PATTERN | EXPAND | FROM_SYSTEM) == PATTERN | FROM_SYSTEM && pixel == 3 {
        pixel = 4;
    }
    let both = PATTERN | EXPAND;
    let extensions = match mode & (both | TRANSPARENT) {
        _ if mode & EXPAND == 0 => random.of(&[0, INVERTED]),
        _ if mode & TRANSPARENT != 0 => random.of(&[0, INVERTED]),
        own if own == both => random.of(&[0, SOLID, SOLID, INVERTED]),
        _ => 0,
    };
    if mode & both == both && random.below(16) == 0 {
        mode |= BACKWARDS;
    }
    let rop = if random.below(24) == 0 { random.value() as u8 & 0xFE } else { random.of(&ROPS) };
    let mut blit = Blit {
        screen: pixel,
        pixel,
        width: 1,
        height: 1,
        pitches: [0; 2],
        target: 0,
        source: 0,
        mode,
        extensions,
        rop: if matches!(rop, 0x90 | 0xDA) { 0x0D } else { rop },
        clip: 0,
        colours: [random.dword(), random.dword()],
        key: random.dword() as u16,
    };
    if !blit.copies() && !blit.solid() && pixel != 3 {
        blit.clip = random.below(8) as u8;
    }
    set_size(random, &mut blit);
    set_places(random, &mut blit);
    blit
}

/// Makes of a blit one that only one of the two does, most times.
fn bend(random: &mut Random, blit: &mut Blit) {
    let far = MEMORY - 1 - random.below(0x2000);
    let clip = random.value() as u8;
    match random.below(19) {
        0 => (blit.mode, blit.extensions) = (FROM_SYSTEM | EXPAND, DWORDS),
        1 => (blit.mode, blit.source) = (PATTERN | blit.mode & EXPAND, SOURCES + random.below(0x1000)),
        2 => (blit.mode, blit.extensions, blit.clip) = (PATTERN | EXPAND, SOLID, clip),
        3 => {
            (blit.mode, blit.extensions, blit.clip) = (random.of(&[EXPAND, PATTERN]), 0, clip);
            set_pixel(blit, 3);
        }
        4 => blit.target += 1,
        5 => blit.rop = random.of(&[0x90, 0xDA]),
        6 => blit.target = random.of(&[0, MEMORY - 1, far]),
        7 => blit.source = random.of(&[0, MEMORY - 1, far]),
        8 => blit.pitches[random.below(2) as usize] = 0,
        9 => {
            blit.mode &= !(PATTERN | EXPAND | FROM_SYSTEM | BACKWARDS | TRANSPARENT);
            blit.pitches[random.below(2) as usize] = 1 + random.below(blit.width);
        }
        10 => {
            blit.mode = TRANSPARENT | random.of(&[0, FROM_SYSTEM]);
            let pixel = random.of(&[3, 4]);
            set_pixel(blit, pixel);
        }
        11 => {
            (blit.mode, blit.rop, blit.key) = (TRANSPARENT | PATTERN, 0x00, 0);
            let pixel = random.of(&[1, 2]);
            set_pixel(blit, pixel);
        }
        12 => blit.width = 1 + random.below(64),
        13 => blit.mode = TO_SYSTEM,
        14 => (blit.mode, blit.extensions, blit.clip) = (EXPAND, CLIP_BACKGROUND, clip),
        15 => (blit.mode, blit.extensions) = (PATTERN | EXPAND | TRANSPARENT, SOLID),
        16 => {
            (blit.mode, blit.height) = (FROM_SYSTEM | PATTERN, 8);
            set_pixel(blit, 3);
        }
        17 => blit.mode = FROM_SYSTEM | BACKWARDS,
        _ => (blit.mode, blit.target) = (random.of(&[PATTERN, EXPAND]), blit.source),
    }
}

/// Gives it other pixels, whole ones, and a pattern that both take.
fn set_pixel(blit: &mut Blit, pixel: u32) {
    (blit.screen, blit.pixel) = (pixel, pixel);
    blit.width = (blit.width / pixel).max(1) * pixel;
    if blit.is(PATTERN) {
        (blit.source, blit.target) = (SOURCES, blit.target & !3);
        blit.pitches[0] = blit.pitches[0].next_multiple_of(4).min(0x1FFC);
    }
}

/// The graphics registers of a blit; the target's last byte last.
fn registers(blit: &Blit) -> Vec<(u8, u8)> {
    let [background, foreground] = blit.colours.map(u32::to_le_bytes);
    let mut registers: Vec<(u8, u8)> = [0x00, 0x10, 0x12, 0x14].into_iter().zip(background).collect();
    registers.extend([0x01, 0x11, 0x13, 0x15].into_iter().zip(foreground));
    let ([target, source], key) = (blit.pitches, u32::from(blit.key));
    for (index, value) in
        [(0x20, blit.width - 1), (0x22, blit.height - 1), (0x24, target), (0x26, source), (0x34, key)]
    {
        registers.extend([(index, value as u8), (index + 1, (value >> 8) as u8)]);
    }
    registers.extend((0x2C..0x2F).zip(blit.source.to_le_bytes()));
    let mode = blit.mode | (blit.pixel as u8 - 1) << 4;
    registers.extend([(0x2F, blit.clip), (0x30, mode), (0x32, blit.rop), (0x33, blit.extensions)]);
    registers.extend((0x28..0x2B).zip(blit.target.to_le_bytes()));
    registers
}

/// The same as dwords of the registers in memory from `base` on.
fn in_memory(base: u32, registers: &[(u8, u8)]) -> Vec<Action> {
    let value = |register: u8| {
        let at = registers.iter().find(|(index, _)| *index == register);
        at.map_or(0, |(_, value)| *value)
    };
    let dwords = IN_PAGE.chunks(4).zip(0..).filter(|(group, _)| group.len() == 4);
    let mut writes: Vec<Action> = dwords
        .map(|(group, n)| {
            let bytes = [group[0], group[1], group[2], group[3]].map(value);
            Action::Write { at: base + 4 * n, width: Width::Dword, value: u32::from_le_bytes(bytes) }
        })
        .collect();
    // The target comes last: it may be what starts.
    let target = writes.remove(4);
    writes.push(target);
    writes
}

/// Writes the registers in one of the ways that there are, and starts.
fn start(random: &mut Random, blit: &Blit, script: &mut Vec<Action>) {
    let format = [0xF1, 0xF7, 0xF5, 0xF9][blit.screen as usize - 1];
    script.extend(sequencer([(7, format)]));
    let alone = random.below(4) == 0;
    script.extend(graphics([(0x31, 0x04), (0x31, if alone { 0x80 } else { 0 })]));
    let registers = registers(blit);
    let (base, set) = match random.below(6) {
        0 => (PAGE + 0x100, 0),
        1 => (MMIO, 0x04),
        2 => (APERTURE + MEMORY - 0x100, 0x44),
        _ => (0, 0),
    };
    if base == 0 {
        script.extend(graphics(registers));
    } else {
        script.extend(sequencer([(0x17, set)]));
        script.extend(in_memory(base, &registers));
    }
    if !alone && base == 0 {
        script.extend(graphics([(0x31, 0x02)]));
    } else if !alone {
        script.push(Action::Write { at: base + STATUS, width: Width::Byte, value: 0x02 });
    }
    if base != 0 {
        script.extend(sequencer([(0x17, 0)]));
    }
}

/// Bytes that the CPU is to send.
fn data_len(blit: &Blit) -> u32 {
    if !blit.is(FROM_SYSTEM) || blit.is(TO_SYSTEM) || blit.solid() {
        0
    } else if blit.is(PATTERN) {
        blit.pattern_len()
    } else if blit.is(EXPAND) {
        (blit.width / blit.pixel).div_ceil(8) * blit.height
    } else {
        blit.width.next_multiple_of(4) * blit.height
    }
}

/// Sends bytes wherever the blitter takes them, in accesses of all widths.
fn send(random: &mut Random, mut bytes: u32, script: &mut Vec<Action>) {
    while bytes > 0 {
        if random.below(64) == 0 {
            glance(random, script);
        }
        let width = random.of(&[Width::Byte, Width::Word, Width::Dword, Width::Dword]);
        let width = if width.bytes() > bytes { Width::Byte } else { width };
        let base = random.of(&[APERTURE, APERTURE, DATA, WINDOW]);
        let at = base + random.below(0x4000) * 4;
        script.push(Action::Write { at, width, value: random.dword() & width.mask() });
        bytes -= width.bytes();
    }
}

/// Reads of lines within and around the target: before, in and behind them.
fn look(random: &mut Random, blit: &Blit, script: &mut Vec<Action>) {
    let backwards = blit.copies() && blit.is(BACKWARDS);
    let extent = blit.extent(blit.pitches[0]);
    let first = if backwards { (blit.target + 1).wrapping_sub(extent) } else { blit.target };
    for n in 0..6 {
        let line = match n {
            0 => 0,
            1 => blit.height - 1,
            _ => random.below(blit.height + 1),
        };
        let line = first.wrapping_add(line * blit.pitches[0]);
        let columns = [random.below(blit.width + 8).wrapping_sub(4), blit.width.wrapping_sub(3)];
        script.extend(columns.map(|column| {
            let at = line.wrapping_add(column) % MEMORY;
            Action::Read { at: APERTURE + at.min(MEMORY - 4), width: Width::Dword }
        }));
    }
}

fn whole_blit(random: &mut Random, script: &mut Vec<Action>) {
    let mut blit = plain(random);
    if random.below(PLAIN) == 0 {
        bend(random, &mut blit);
    }
    start(random, &blit, script);
    let status = [write(0x3CE, 0x31), read(0x3CF)];
    let data = data_len(&blit);
    if data != 0 {
        script.extend(status);
        let bytes = if random.below(8) == 0 { random.below(data) } else { data };
        send(random, bytes, script);
    }
    script.extend(status);
    // One that still waits ends here.
    script.extend(graphics([(0x31, 0x04), (0x31, 0)]));
    look(random, &blit, script);
}

/// A read of the bytes that scripts begin with.
fn glance(random: &mut Random, script: &mut Vec<Action>) {
    let width = random.of(&[Width::Byte, Width::Word, Width::Dword]);
    let at = match random.below(2) {
        0 => APERTURE + random.below(FILLED),
        _ => WINDOW + random.below(0xFFFD),
    };
    script.push(Action::Read { at, width });
}

/// All bits of reads of video memory and of the status, once a blit of this kind was started.
macro_rules! after {
    ($blit:ident, $is:expr) => {
        |written, action| {
            let reads = matches!(action, Action::Read { .. } | Action::In { port: 0x3CF, .. });
            let shows = |$blit: &Blit| $blit.runs() && $is;
            if reads && Replay::of(written).blits.iter().any(shows) { u32::MAX } else { 0 }
        }
    };
}

/// A difference that leaves the two in other states.
const fn known(
    name: &'static str,
    why: &'static str,
    bits: fn(&relic_tests::differential::Written, &Action) -> u32,
) -> Known {
    Known { name, why, bits, parts: true }
}

const KNOWN: [Known; 20] = [
    Known {
        name: "progress",
        why: "the manual, GR31 bit 3: one between a blit's start and its end; QEMU has no such bit",
        bits: |written, action| match *action {
            Action::In { port: 0x3CF, .. } if Replay::of(written).awaits => 0x08,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "reads between data",
        why: "the manual, System-to-Screen BitBLT: the CPU's accesses of video memory are the blitter's; QEMU lets reads through",
        bits: |written, action| match *action {
            Action::Read { width, .. } if Replay::of(written).awaits => width.mask(),
            _ => 0,
        },
        parts: false,
    },
    known(
        "dwords",
        "the manual, GR33 bit 0: each line of bits begins with a dword; in QEMU a line has a quarter of its bytes then",
        after!(blit, blit.is(FROM_SYSTEM | EXPAND) && !blit.is(PATTERN) && blit.extensions & DWORDS != 0),
    ),
    known(
        "pattern address",
        "the manual, GR2C: bits 0-2 are the pattern's first line; QEMU takes the address down to 64 bytes a byte of the screen's pixels",
        after!(blit, {
            let rows = 64 * blit.screen.next_power_of_two();
            blit.is(PATTERN) && blit.reads_memory() && !blit.source.is_multiple_of(rows)
        }),
    ),
    known(
        "clipped fill",
        "the manual, GR2F: pixels at the left of each line are not written; in QEMU's solid fills they are",
        after!(blit, blit.solid() && blit.clipped() != 0),
    ),
    known(
        "clip of 24 bits",
        "the manual, GR2F: with 24 bits a pixel it counts bytes; in QEMU bits and patterns then begin at other pixels",
        after!(blit, blit.pixel == 3 && !blit.copies() && blit.clipped() != 0),
    ),
    known(
        "pixels at odd addresses",
        "the manual, GR28: the address is of a byte; QEMU moves pixels of 16 and 32 bits to whole ones",
        after!(blit, {
            let step = alignment(blit);
            let low = if blit.copies() && blit.is(BACKWARDS) { blit.width - 1 } else { 0 };
            let source = blit.copies() && blit.reads_memory();
            let places =
                [blit.target.wrapping_sub(low), if source { blit.source.wrapping_sub(low) } else { 0 }];
            let pitches = [blit.pitches[0], if source { blit.pitches[1] } else { 0 }];
            places.iter().chain(&pitches).any(|place| place % step != 0)
        }),
    ),
    known(
        "NOR and NAND",
        "the manual, GR32: 90h is ~(S + D), DAh ~(S . D); QEMU has them the other way around",
        after!(blit, matches!(blit.rop, 0x90 | 0xDA)),
    ),
    known(
        "outside of video memory",
        "the manual, GR28-GR2E: addresses have the bits of the memory; QEMU does not start a blit that would leave it, or whose bits would if they were a rectangle",
        after!(blit, blit.leaves_memory()),
    ),
    known(
        "no pitch",
        "the manual, GR24-GR27: lines begin so many bytes from each other, and bits have no pitch; QEMU does not start a blit with a pitch of 0",
        after!(blit, blit.without_pitch()),
    ),
    known(
        "narrow pitch",
        "the manual, GR24-GR27: lines begin so many bytes from each other; QEMU copies nothing if that is less than the width",
        after!(blit, {
            let forwards = blit.copies() && blit.mode & (BACKWARDS | FROM_SYSTEM) == 0;
            forwards && blit.height > 1 && blit.pitches.iter().any(|pitch| *pitch < blit.width)
        }),
    ),
    known(
        "transparent copies of 24 and 32 bits",
        "the manual, GR34: colours are compared with 8 and 16 bits a pixel; QEMU does not start a blit of others",
        after!(blit, blit.copies() && blit.is(TRANSPARENT) && blit.pixel > 2),
    ),
    known(
        "transparent patterns",
        "the manual, GR30 bit 3: pixels of a colour are not written, those of patterns, too; in QEMU they are",
        after!(blit, blit.keyed() && blit.is(PATTERN)),
    ),
    known(
        "part of a pixel",
        "the manual, GR20: the width is in bytes; QEMU draws all of the last pixel",
        after!(blit, !blit.width.is_multiple_of(blit.pixel) && (!blit.copies() || blit.keyed())),
    ),
    known(
        "to the CPU",
        "the manual, GR30 bit 1: the CPU reads what the blitter reads; QEMU has no such blits",
        after!(blit, blit.is(TO_SYSTEM)),
    ),
    known(
        "clip of zeros",
        "the manual, GR33 bit 3: the clip is of zeros alone; QEMU has no such bit",
        after!(blit, blit.is(EXPAND) && blit.extensions & CLIP_BACKGROUND != 0 && blit.clipped() != 0),
    ),
    known(
        "over its own source",
        "the manual, 8 x 8 patterns and colour expansion: the source is fetched, then drawn with; QEMU reads it as it draws",
        after!(blit, blit.over_source()),
    ),
    known(
        "transparent fill",
        "the manual, GR33 bit 2: a solid fill has no pattern; QEMU reads one if it is transparent",
        after!(blit, blit.solid() && blit.is(TRANSPARENT)),
    ),
    known(
        "24-bit pattern from the CPU",
        "the manual, 8 x 8 patterns: lines of 24 bits a pixel are 32 bytes; in QEMU 24 of the CPU's",
        after!(blit, blit.is(FROM_SYSTEM | PATTERN) && !blit.is(EXPAND) && blit.pixel == 3),
    ),
    known(
        "backwards from the CPU",
        "the manual, GR30 bit 0: data of the CPU go up; in QEMU down, from outside of its buffer",
        after!(blit, blit.copies() && blit.is(FROM_SYSTEM | BACKWARDS)),
    ),
];

#[test]
fn blits_agree_with_qemus() {
    let lone = |index, values: Vec<u8>| {
        Register::Steps(vec![Step::OneOf(0x3CE, vec![index]), Step::OneOf(0x3CF, values)])
    };
    let any = |indices: &[u8]| Register::Steps(vec![Step::OneOf(0x3CE, indices.to_vec()), Step::Any(0x3CF)]);
    let start = [(0x31, 0x04), (0x31, 0x00), (0x31, 0x02)].into_iter();
    let start = graphics(start).map(Step::Do).chain([Step::Do(read(0x3CF))]).collect();
    let mut registers = vec![Register::Made(whole_blit); 12];
    registers.extend([
        Register::Made(glance),
        Register::Made(glance),
        any(&[0x00, 0x01, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x34, 0x35, 0x38, 0x39]),
        any(&[0x20, 0x22, 0x24, 0x26, 0x28, 0x2C]),
        lone(0x32, ROPS.to_vec()),
        // None that waits for the CPU.
        lone(0x30, (0..=0xFF).filter(|mode| mode & (FROM_SYSTEM | TO_SYSTEM) == 0).collect()),
        lone(0x33, vec![0, INVERTED, SOLID]),
        Register::Steps(start),
    ]);
    let field = Field { name: "Cirrus blitter", begin: memory_begin(), registers };
    compare_on(machines(), &field, &KNOWN);
}
