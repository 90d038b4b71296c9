//! Configuration space of the functions that both boards have.

use super::compare;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register};

/// The functions that both boards have.
const FUNCTIONS: [u8; 5] = [0x00, 0x08, 0x09, 0x0B, 0x10];

/// The bits of a byte of configuration space that both have: identity, and what guests set.
fn shared(function: u8, register: u8) -> u8 {
    match (function, register) {
        (_, 0x00..=0x03 | 0x08..=0x0B | 0x0E) => 0xFF,
        (0x00, 0x59) => 0x30,
        (0x00, 0x5A..=0x5F) => 0x33,
        (0x08, 0x60..=0x63) => 0x8F,
        (0x09, 0x04) => 0x05,
        (0x10, 0x04) => 0x03,
        (0x0B, 0x90) => 0xF0,
        (0x09, 0x20..=0x23) | (0x10, 0x10..=0x1B) | (0x0B, 0x91) => 0xFF,
        (0x10, 0x3C) => 0xFF,
        _ => 0,
    }
}

/// Everything that is written stands at zero; nothing of it is ours alone then.
fn pci_begin() -> Vec<Action> {
    let set = |function, register| Action::WriteConfig { function, register, width: Width::Dword, value: 0 };
    let registers = [0x04, 0x0C, 0x10, 0x14, 0x20, 0x30, 0x3C].into_iter().chain((0x40..=0xFC).step_by(4));
    registers.flat_map(|register| FUNCTIONS.map(|function| set(function, register))).collect()
}

#[test]
fn pci_configuration_space_agrees_with_qemus() {
    let registers = FUNCTIONS.map(|function| {
        let shared = (0..64).map(|n| n * 4).filter(|n| (*n..n + 4).any(|byte| shared(function, byte) != 0));
        Register::Config { function, numbers: shared.collect() }
    });
    let field = Field { name: "PCI", begin: pci_begin(), registers: registers.to_vec() };
    compare(
        &field,
        &[Known {
            name: "bits of one alone",
            why: "82441FX, 82371SB, 82371AB: registers and reserved bits; QEMU's bridges keep what is written, and lack most of what the chips have",
            bits: |_, action| match *action {
                Action::ReadConfig { function, register, width } => {
                    let bytes = [0, 1, 2, 3].map(|n| !shared(function, register.wrapping_add(n)));
                    u32::from_le_bytes(bytes) & width.mask()
                }
                _ => 0,
            },
            parts: false,
        }],
    );
}
