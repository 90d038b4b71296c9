//! Bochs's display interface.

use super::compare;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Written};

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
                why: "Bochs, vga.cc: a width below the screen's, or beyond the memory, is not taken; QEMU mends it when it is switched on",
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
