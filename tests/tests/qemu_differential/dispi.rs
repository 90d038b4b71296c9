//! Bochs's display interface.

use super::compare;
use super::vga::vga_begin;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Written};

/// Whether the register that switches the interface on asks for its limits.
fn gets_capabilities(written: &Written) -> bool {
    let (mut index, mut enable) = (0, 0);
    for action in &written.before {
        match *action {
            Action::Out { port: 0x1CE, value, .. } => index = value,
            Action::Out { port: 0x1CF, value, .. } if index == 4 => enable = value,
            _ => {}
        }
    }
    enable & 2 != 0
}

#[test]
fn the_display_interface_agrees_with_qemus() {
    let index = |number: u32| Action::Out { port: 0x1CE, width: Width::Word, value: number };
    let data = |value: u32| Action::Out { port: 0x1CF, width: Width::Word, value };
    let begin = (0..10)
        .map(|n| n as u32)
        .flat_map(|n| [index(n), data([0xB0C5, 640, 480, 8, 0, 0, 640, 0, 0, 0][n as usize])]);
    let field = Field {
        name: "DISPI",
        begin: begin.collect(),
        registers: [
            (0, vec![0, 0xB0BF, 0xB0C0, 0xB0C4, 0xB0C5, 0xB0C6, 0xFFFF]),
            (1, vec![320, 640, 800, 1024, 1280]),
            (2, vec![200, 480, 600, 768, 1024]),
            (3, vec![4, 8, 15, 16, 24, 32]),
            (4, vec![0, 1, 0x41, 0x61, 0xC1, 2, 3, 0xE1]),
            (5, vec![0, 1, 15, 255, 256, 0xFFFF]),
            (6, vec![640, 1024, 2048]),
            (8, vec![0, 8, 100]),
            (9, vec![0, 1, 100]),
            (10, vec![0, 1]),
        ]
        .map(|(number, values)| Register::IndexedWord { index: 0x1CE, data: 0x1CF, number, values })
        .to_vec(),
    };
    compare(
        &field,
        &[
            Known {
                name: "bank",
                why: "Bochs, vga.cc: switching the interface on or off puts the window back on bank 0; in QEMU the register keeps its number",
                bits: |written, action| match *action {
                    Action::In { port: 0x1CF, .. } if written.byte(0x1CE) == 5 => 0xFFFF,
                    _ => 0,
                },
                parts: true,
            },
            Known {
                name: "virtual width",
                why: "Bochs, vga.cc: a width below the screen's is not taken; QEMU mends it when it is switched on",
                bits: |written, action| match *action {
                    Action::In { port: 0x1CF, .. } if written.byte(0x1CE) == 6 => 0xFFFF,
                    _ => 0,
                },
                parts: false,
            },
            Known {
                name: "capabilities",
                why: "Bochs, vbe.h: with VBE_DISPI_GETCAPS the size and depth are the most that there are, which is the adapter's to say",
                bits: |written, action| match *action {
                    Action::In { port: 0x1CF, .. }
                        if matches!(written.byte(0x1CE), 1..=3) && gets_capabilities(written) =>
                    {
                        0xFFFF
                    }
                    _ => 0,
                },
                parts: false,
            },
        ],
    );
}

/// Where the frame buffer and the registers are put.
const FRAME_BUFFER: u32 = 0xE000_0000;
const PAGE: u32 = 0xE200_0000;
const WINDOW: u32 = 0xA_0000;
/// Bytes of video memory.
const MEMORY: u32 = 16 << 20;
/// What QEMU takes at most of columns and lines.
const MOST_COLUMNS: u32 = 16000;
const MOST_LINES: u32 = 12000;
/// Banks that are looked into; those of planes, and those of bytes.
const BANKS: [u32; 6] = [0, 1, 2, 15, 63, 255];
/// Offsets in a bank that are.
const PLACES: [u32; 2] = [0, 0x8000];
const LEN: u32 = 16;

const fn word(port: u16, value: u32) -> Action {
    Action::Out { port, width: Width::Word, value }
}

/// Writes a register, behind its ports or in memory.
fn set(random: &mut Random, register: u32, value: u32, script: &mut Vec<Action>) {
    match random.below(4) {
        0 => script.push(Action::Write { at: PAGE + 0x500 + 2 * register, width: Width::Word, value }),
        _ => script.extend([word(0x1CE, register), word(0x1CF, value)]),
    }
}

fn get(random: &mut Random, register: u32, script: &mut Vec<Action>) {
    match random.below(4) {
        0 if register <= 10 => {
            script.push(Action::Read { at: PAGE + 0x500 + 2 * register, width: Width::Word });
        }
        _ => script.extend([word(0x1CE, register), Action::In { port: 0x1CF, width: Width::Word }]),
    }
}

/// Bytes in a line of so many pixels.
fn pitch(width: u32, depth: u32) -> u32 {
    width * depth.next_multiple_of(4) / 8
}

/// A mode of any size, its virtual screen, and what it shows of it; then all registers.
fn mode(random: &mut Random, depths: &[u32], script: &mut Vec<Action>) {
    let (width, height) = match random.below(4) {
        0 => (random.of(&[640, 800, 1024, 1280]), random.of(&[400, 480, 600, 768, 1024])),
        _ => (random.below(2561), random.below(1601)),
    };
    let depth = random.of(depths);
    for (register, value) in [(4, 0), (1, width), (2, height), (3, depth)] {
        set(random, register, value, script);
    }
    let options = random.of(&[0, 0x40, 0x80, 0x20, 0xE0]);
    set(random, 4, 0x01 | options, script);
    let (width, height) = ((width & !7).max(8), height.max(1));
    let depth = if depth == 0 { 8 } else { depth };
    let mut virtual_width = width;
    if random.below(2) == 0 {
        let most = (MEMORY / height).min(0x2000) / pitch(8, depth) * 8;
        let beyond = random.below(32) == 0;
        let asked = if beyond { random.below(0x1_0000) } else { random.below(most.max(1)) };
        set(random, 6, asked, script);
        virtual_width = (asked & !7).max(width);
    }
    if random.below(2) == 0 {
        let lines = MEMORY / pitch(virtual_width, depth);
        let most = [virtual_width - width, lines.saturating_sub(height + 1)];
        let beyond = random.below(32) == 0;
        for (register, most) in [(8, most[0]), (9, most[1])] {
            let value = random.below(if beyond { 0x1_0000 } else { most.min(MOST_LINES) + 1 });
            set(random, register, value, script);
        }
    }
    for register in 0..14 {
        get(random, register, script);
    }
    accesses(random, depth == 4, script);
}

/// Accesses through the window in some banks, and through the frame buffer.
fn accesses(random: &mut Random, planes: bool, script: &mut Vec<Action>) {
    let banks = if planes { &BANKS[..5] } else { &BANKS };
    for _ in 0..4 {
        let bank = random.of(banks);
        let over = random.of(&[0, 0, 0, 0x100, 0xFF00]);
        set(random, 5, bank | over, script);
        get(random, 5, script);
        for _ in 0..3 {
            let at = random.of(&PLACES) + random.below(LEN);
            let linear = FRAME_BUFFER + (random.of(banks) << 16) + at;
            let at = random.of(&[WINDOW + at, linear]);
            let width = random.of(&[Width::Byte, Width::Word, Width::Dword]);
            let at = at & !(width.bytes() - 1);
            let read = Action::Read { at, width };
            let write = Action::Write { at, width, value: random.dword() & width.mask() };
            script.push(random.of(&[read, write]));
        }
    }
    script.push(Action::Read { at: PAGE + 0x40C, width: Width::Byte });
    script.push(Action::Read { at: PAGE + random.of(&[0x600, 0x604]), width: Width::Dword });
}

/// What a script has set last: width, height, depth and virtual width, offsets; and whether the screen or what is shown of it
/// ever left video memory, or went beyond what QEMU takes.
struct Shown {
    registers: [u32; 16],
    left: bool,
    /// The bank was chosen after the interface was switched.
    bank: bool,
}

impl Shown {
    fn of(written: &Written) -> Shown {
        let mut shown = Shown { registers: [0; 16], left: false, bank: false };
        let mut index = 0;
        for action in &written.before {
            match *action {
                Action::Out { port: 0x1CE, value, .. } => index = value,
                Action::Out { port: 0x1CF, value, .. } => shown.set(index, value),
                Action::Write { at, value, .. } if at & !0x1F == PAGE + 0x500 => {
                    shown.set((at & 0x1F) / 2, value)
                }
                _ => {}
            }
        }
        shown
    }

    fn set(&mut self, register: u32, value: u32) {
        let Some(held) = self.registers.get_mut(register as usize) else { return };
        *held = value;
        self.bank = register == 5 || register != 4 && self.bank;
        let [_, width, height, depth, enable, ..] = self.registers;
        let width = (width & !7).clamp(8, 2560);
        if register == 4 && enable & 1 != 0 {
            (self.registers[6], self.registers[8], self.registers[9]) = (width, 0, 0);
        }
        let depth = if depth == 0 { 8 } else { depth };
        let line = u64::from(pitch((self.registers[6] & !7).max(width), depth));
        let lines = u64::from(self.registers[9] + height.max(1) + 1);
        let [virtual_width, x, y] = [6, 8, 9].map(|n| self.registers[n]);
        let far = virtual_width.max(x) > MOST_COLUMNS || y > MOST_LINES;
        self.left |= enable & 1 != 0 && (line * lines > MEMORY.into() || far);
    }

    /// Lines that memory has.
    fn lines(&self) -> u32 {
        let [_, width, _, depth, _, _, virtual_width, ..] = self.registers;
        let depth = if depth == 0 { 8 } else { depth };
        MEMORY / pitch((virtual_width & !7).max((width & !7).clamp(8, 2560)), depth)
    }
}

/// Whether an action reads this register.
fn reads(written: &Written, action: &Action, register: u32) -> bool {
    match *action {
        Action::In { port: 0x1CF, .. } => u32::from(written.byte(0x1CE)) == register,
        Action::Read { at, .. } => at == PAGE + 0x500 + 2 * register,
        _ => false,
    }
}

/// Whether the window was written since the base addresses were.
fn wrote_window(written: &Written) -> bool {
    let mut since =
        written.before.iter().rev().take_while(|action| !matches!(action, Action::WriteConfig { .. }));
    since.any(|action| matches!(action, Action::Write { at: ..FRAME_BUFFER, .. }))
}

const KNOWN: [Known; 3] = [
    Known {
        name: "outside of video memory",
        why: "Bochs, vga.cc: a virtual width is taken down to what the height leaves, and offsets are taken as they are; QEMU takes the height and the offsets down",
        bits: |written, action| match *action {
            Action::In { port: 0x1CF, .. } | Action::Read { .. } if Shown::of(written).left => u32::MAX,
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "bank",
        why: "Bochs, vga.cc: switching the interface on or off puts the window back on bank 0; in QEMU the register keeps its number",
        bits: |written, action| {
            if reads(written, action, 5) && !Shown::of(written).bank { 0xFFFF } else { 0 }
        },
        parts: false,
    },
    Known {
        name: "virtual height",
        why: "Bochs, vbe.h: the lines of the virtual screen; where they do not fit in 16 bits QEMU shows the low ones, ours the most there is",
        bits: |written, action| {
            if reads(written, action, 7) && Shown::of(written).lines() > 0xFFFF { 0xFFFF } else { 0 }
        },
        parts: false,
    },
];

#[test]
fn packed_modes_agree_with_qemus() {
    let mode = |random: &mut Random, script: &mut Vec<Action>| mode(random, &[0, 8, 15, 16, 24, 32], script);
    agree("DISPI, packed", 8, Register::Made(mode), &KNOWN);
}

#[test]
fn planar_modes_agree_with_qemus() {
    let mode = |random: &mut Random, script: &mut Vec<Action>| mode(random, &[4], script);
    let planes = Known {
        name: "planes",
        why: "Bochs, VBE Display API: with 4 bits the window goes through the VGA's planes; QEMU has other sequencer registers there, with no plane on",
        bits: |written, action| match *action {
            Action::Read { at, width } if at < PAGE && wrote_window(written) => width.mask(),
            _ => 0,
        },
        parts: false,
    };
    agree("DISPI, planes", 4, Register::Made(mode), &[KNOWN.as_slice(), &[planes]].concat());
}

fn agree(name: &'static str, depth: u32, modes: Register, known: &[Known]) {
    let base =
        |(register, value)| Action::WriteConfig { function: 0x10, register, width: Width::Dword, value };
    let mut begin = vga_begin();
    begin.retain(|action| !matches!(action, Action::Out { port: 0x3C9, .. }));
    begin.extend([(0x10, FRAME_BUFFER), (0x18, PAGE), (0x04, 2)].map(base));
    begin.extend(
        [(1, 640), (2, 480), (3, depth), (4, 0x81), (0, 0xB0C5)]
            .into_iter()
            .flat_map(|(n, value)| [word(0x1CE, n), word(0x1CF, value)]),
    );
    // QEMU's video memory outlives its machine's reset.
    let offsets = BANKS.into_iter().flat_map(|bank| PLACES.map(|place| (bank << 16) + place));
    let bytes = offsets.clone().flat_map(|at| (0..LEN / 4).map(move |n| at + 4 * n));
    let planes = offsets.flat_map(|at| (0..LEN).map(move |n| 4 * (at + n) % MEMORY));
    begin.extend(bytes.chain(planes).map(|at| Action::Write {
        at: FRAME_BUFFER + at,
        width: Width::Dword,
        value: 0,
    }));
    compare(&Field { name, begin, registers: vec![modes] }, known);
}
