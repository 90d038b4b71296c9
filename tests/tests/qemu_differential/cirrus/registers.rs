//! The registers, behind the ports.

use super::super::vga::{KNOWN, lone_ports, vga_begin};
use super::super::{compare_on, numbers};
use super::{FUNCTION, chip_begin, graphics, indexed, machines};
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Step, Written, read, write};

/// How many reads of the PEL mask came before the next access of it: as the chip counts, and as QEMU does; and whether an access
/// ever found the hidden register with one alone.
fn mask_reads(written: &Written) -> (u32, u32, bool) {
    let (mut ours, mut its, mut parted) = (0, 0, false);
    for action in &written.before {
        let (Action::In { port, .. } | Action::Out { port, .. }) = *action else { continue };
        let reads = matches!(action, Action::In { .. });
        if port == 0x3C6 {
            parted |= (ours == 4) != (its == 4);
            let next = |count| if reads && count < 4 { count + 1 } else { 0 };
            (ours, its) = (next(ours), next(its));
        } else if (0x3C7..=0x3C9).contains(&port) {
            ours = 0;
            if port == 0x3C8 && reads {
                its = 0;
            }
        }
    }
    (ours, its, parted)
}

/// The bits of reads of register `number` behind an index port.
macro_rules! behind {
    ($port:literal, $number:pat, $bits:expr) => {
        |written, action| match (*action, written.byte($port)) {
            (Action::In { port, .. }, $number) if port == $port + 1 => $bits,
            _ => 0,
        }
    };
}

fn known() -> Vec<Known> {
    let own = [
        Known {
            name: "PEL mask",
            why: "the manual, Pixel Mask: it reads back; QEMU has none, and reads FFh",
            bits: |written, action| match (*action, mask_reads(written)) {
                (Action::In { port: 0x3C6, .. }, (0..4, 0..4, _)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "hidden register closes",
            why: "the manual, Hidden DAC Register: any other access of the DAC ends the count of reads; in QEMU only a read of 3C8h does",
            bits: |written, action| match (*action, mask_reads(written)) {
                (Action::In { port: 0x3C6, .. }, (ours, its, parted))
                    if parted || (ours == 4) != (its == 4) =>
                {
                    0xFF
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "map mask",
            why: "the manual, SR2: eight bits, which extended write modes use; QEMU keeps four",
            bits: behind!(0x3C4, 0x02, 0xF0),
            parts: false,
        },
        Known {
            name: "cursor index",
            why: "the manual, SRX: with the cursor's place the upper bits are that place's, whichever index reads it; in QEMU they are the index's",
            bits: |written, action| match *action {
                Action::In { port: 0x3C4, .. } if matches!(written.byte(0x3C4) & 0x1F, 0x10 | 0x11) => 0xE0,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "graphics index",
            why: "the manual, GRX: six bits; QEMU keeps eight",
            bits: at_ports!(0x3CE, 0xC0),
            parts: false,
        },
        Known {
            name: "graphics registers of one alone",
            why: "the manual, GRC-GRF, GR18-GR1F: colour key, power management, DRAM, GPIO, scratch and chroma key; QEMU drops what is written",
            bits: behind!(0x3CE, 0x0C..=0x0F | 0x18..=0x1F, 0xFF),
            parts: false,
        },
        Known {
            name: "height",
            why: "the manual, GR23: three bits; QEMU keeps five",
            bits: behind!(0x3CE, 0x23, 0x18),
            parts: false,
        },
        Known {
            name: "status bits",
            why: "the manual, GR31: bits 0, 3 and 4 say what the blitter does, and cannot be written; in QEMU they can",
            bits: behind!(0x3CE, 0x31, 0x19),
            parts: false,
        },
    ];
    KNOWN.into_iter().chain(own).collect()
}

/// A DAC access that closes the hidden register on both, and so many reads of the PEL mask.
fn after_reads(count: usize, last: Step) -> Register {
    let close = [Step::Any(0x3C8), Step::Do(read(0x3C8))];
    Register::Steps(close.into_iter().chain(vec![Step::Do(read(0x3C6)); count]).chain([last]).collect())
}

/// Seldom: an address of the DAC between reads of the PEL mask.
fn between_reads(random: &mut Random, script: &mut Vec<Action>) {
    if random.below(64) == 0 {
        let reads = [read(0x3C6); 2];
        script.extend(reads.into_iter().chain([write(0x3C7, random.value())]).chain(reads));
    }
}

#[test]
fn the_registers_agree_with_qemus() {
    let mut begin = [vga_begin(), chip_begin()].concat();
    // The colours are none on both.
    begin.retain(|action| !matches!(action, Action::Out { port: 0x3C9, .. }));
    begin.extend(indexed(0x3D4, (0x19..0x1E).map(|n| (n, 0))));
    begin.extend(indexed(0x3C4, (8..0x17).chain(0x18..0x20).map(|n| (n, 0))));
    begin.extend(graphics([(0x18, 0x0F)]));
    // The sixteen colours of the cursor and the border outlive QEMU's reset.
    begin.extend(indexed(0x3C4, [(0x12, 2)]).chain([write(0x3C8, 0)]));
    begin.extend((0..48).map(|_| write(0x3C9, 0)));
    begin.extend(indexed(0x3C4, [(0x12, 0)]));
    begin.extend([write(0x3C8, 0), read(0x3C8), write(0x3C6, 0xFF)]);
    let cursor: Vec<u8> = numbers(0..0x100).into_iter().filter(|n| matches!(n & 0x1F, 0x10 | 0x11)).collect();
    let registers = vec![
        Register::Indexed { index: 0x3C4, data: 0x3C5, numbers: numbers(0..5) },
        Register::Indexed { index: 0x3C4, data: 0x3C5, numbers: numbers(6..0x20) },
        Register::Steps(vec![
            Step::OneOf(0x3C4, numbers(0x20..0x100).into_iter().filter(|n| !cursor.contains(n)).collect()),
            Step::Any(0x3C5),
            Step::Do(read(0x3C5)),
        ]),
        Register::Steps(vec![Step::OneOf(0x3C4, cursor), Step::Any(0x3C5), Step::Do(read(0x3C4))]),
        Register::Chosen(0x3C4, numbers(0..0x20)),
        Register::Indexed { index: 0x3D4, data: 0x3D5, numbers: numbers(0..0x19) },
        Register::Indexed {
            index: 0x3D4,
            data: 0x3D5,
            numbers: vec![0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x24, 0x25, 0x26, 0x27],
        },
        Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(0..0x10) },
        Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(0x10..0x16) },
        Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(0x18..0x20) },
        Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: numbers(0x20..0x2B) },
        Register::Indexed {
            index: 0x3CE,
            data: 0x3CF,
            numbers: vec![0x2C, 0x2D, 0x2E, 0x2F, 0x30, 0x32, 0x33],
        },
        Register::Indexed { index: 0x3CE, data: 0x3CF, numbers: vec![0x34, 0x35, 0x38, 0x39] },
        // Nothing starts here.
        Register::Steps(vec![
            Step::OneOf(0x3CE, vec![0x31]),
            Step::OneOf(0x3CF, vec![0, 0x01, 0x04, 0x08, 0x10, 0x20, 0x40, 0x7D]),
            Step::Do(read(0x3CF)),
            Step::Do(write(0x3CF, 0)),
            Step::Do(read(0x3CF)),
        ]),
        Register::Steps(vec![Step::Any(0x3CE), Step::Do(read(0x3CE)), Step::OneOf(0x3CE, vec![8])]),
        after_reads(4, Step::Any(0x3C6)),
        after_reads(4, Step::Do(read(0x3C6))),
        after_reads(3, Step::Any(0x3C6)),
        Register::Ports { first: 0x3C6, count: 1 },
        Register::Made(between_reads),
    ];
    let field = Field { name: "Cirrus registers", begin, registers: [lone_ports(), registers].concat() };
    compare_on(machines(), &field, &known());
}

#[test]
fn the_configuration_space_agrees_with_qemus() {
    let set =
        |register, value| Action::WriteConfig { function: FUNCTION, register, width: Width::Dword, value };
    let field = Field {
        name: "Cirrus configuration space",
        begin: [0x04, 0x0C, 0x10, 0x14, 0x30, 0x3C].map(|register| set(register, 0)).to_vec(),
        registers: vec![Register::Config { function: FUNCTION, numbers: (0..64).map(|n| n * 4).collect() }],
    };
    let known = Known {
        name: "what is not there",
        why: "the manual, PCI Configuration: no SERR#, no interrupt to disable, no cache line size, nothing behind the header; QEMU keeps what is written",
        bits: |_, action| match *action {
            Action::ReadConfig { register, width, .. } => {
                let bits = |byte| match byte {
                    0x05 => 0x05,
                    0x0C | 0x40.. => 0xFF,
                    _ => 0,
                };
                u32::from_le_bytes([0, 1, 2, 3].map(|n| bits(register.wrapping_add(n)))) & width.mask()
            }
            _ => 0,
        },
        parts: false,
    };
    compare_on(machines(), &field, &[known]);
}
