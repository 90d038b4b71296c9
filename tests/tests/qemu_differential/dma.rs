//! The 8237A pair and the page registers.

use super::compare;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, read, write};

/// Both controllers cleared, addresses, counts, modes and pages set.
fn dma_begin() -> Vec<Action> {
    let mut begin = vec![write(0x0D, 0), write(0xDA, 0)];
    for channel in 0..4 {
        begin.extend([write(0x0B, 0x40 | channel), write(0xD6, 0x40 | channel)]);
    }
    for port in (0..8).chain((0xC0..0xD0).step_by(2)) {
        begin.extend([write(port, 0), write(port, 0)]);
    }
    begin.extend((0x80..0x90).map(|port| write(port, 0)));
    begin
}

/// Writes, and reads, of both bytes of a controller's 16-bit registers.
fn both_bytes(clear: u16, ports: impl Iterator<Item = u16>) -> impl Iterator<Item = Register> {
    ports.flat_map(move |port| {
        let clear = Step::Do(write(clear, 0));
        let get = Step::Do(read(port));
        let set = Step::Any(port);
        [vec![clear.clone(), set.clone(), set], vec![clear, get.clone(), get]].map(Register::Steps)
    })
}

#[test]
fn the_dma_controllers_agree_with_qemus() {
    let mut registers = both_bytes(0x0C, 0..8).collect::<Vec<_>>();
    registers.extend(both_bytes(0xD8, (0xC0..0xD0).step_by(2)));
    registers.extend(vec![Register::Ports { first: 0x08, count: 8 }; 4]);
    registers.extend(vec![Register::Ports { first: 0xD0, count: 16 }; 4]);
    registers.extend(vec![Register::Ports { first: 0x80, count: 16 }; 4]);
    let field = Field { name: "DMA", begin: dma_begin(), registers };
    compare(
        &field,
        &[
            Known {
                name: "pages",
                why: "82371SB, DMA: all of 80h-8Fh are registers; QEMU has those of the channels",
                bits: at_ports!(0x80 | 0x84..=0x86 | 0x88 | 0x8C..=0x8E, 0xFF),
                parts: false,
            },
            Known {
                name: "write only",
                why: "8237A, Software Commands: reads of 9 are illegal and nobody says what they give",
                bits: at_ports!(0x09 | 0xD2 | 0xD3, 0xFF),
                parts: false,
            },
        ],
    );
}
