//! The 8259A pair, with COM1 to raise a line.

use super::{compare, numbers};
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, write};

/// Both interrupt controllers as a BIOS leaves them, and COM1's interrupt line open.
fn pics_begin() -> Vec<Action> {
    let mut begin = vec![write(0x3F9, 0), write(0x3FC, 8)];
    for (port, icws) in [(0x20, [0x11, 0x08, 0x04, 0x01]), (0xA0, [0x11, 0x70, 0x02, 0x01])] {
        begin.push(write(port, icws[0]));
        begin.extend(icws[1..].iter().map(|icw| write(port + 1, *icw)));
        begin.push(write(port, 0x0A));
    }
    begin.extend([write(0x4D0, 0), write(0x4D1, 0)]);
    begin
}

/// Whole initialisations, and command words, of the controller at `port`.
fn pic_registers(port: u16, icw3: u8) -> Vec<Register> {
    let without_mark: Vec<u8> = numbers(0..256).into_iter().filter(|value| value & 0x10 == 0).collect();
    let initialise = vec![
        Step::OneOf(port, vec![0x11, 0x15, 0x19]),
        Step::Any(port + 1),
        Step::OneOf(port + 1, vec![icw3]),
        Step::OneOf(port + 1, vec![0x01, 0x03, 0x09, 0x0D, 0x11]),
    ];
    let mut registers = vec![Register::Chosen(port, without_mark); 3];
    registers.extend([Register::Steps(initialise), Register::Ports { first: port + 1, count: 1 }]);
    registers
}

#[test]
fn the_interrupt_controllers_agree_with_qemus() {
    let mut registers = [pic_registers(0x20, 0x04), pic_registers(0xA0, 0x02)].concat();
    registers.extend([
        Register::Ports { first: 0x4D0, count: 2 },
        // COM1's transmitter is empty: it raises IRQ 4 at once when it is asked to, the clock its IRQ 8.
        Register::Chosen(0x3F9, vec![0, 2]),
        Register::Chosen(0x3F9, vec![0, 2]),
    ]);
    let field = Field { name: "PICs", begin: pics_begin(), registers };
    compare(
        &field,
        &[
            Known {
                name: "edge without a line",
                why: "8259A, Interrupt Sequence: an input must stay high until the first acknowledge, its request goes with it; QEMU keeps an edge's",
                bits: |written, action| match *action {
                    Action::In { port: 0x20 | 0x21 | 0xA0 | 0xA1, .. } if written.byte(0x3F9) == 0 => 0xFF,
                    _ => 0,
                },
                parts: true,
            },
            Known {
                name: "trigger of a line that is high",
                why: "8259A, Edge and Level Triggered Modes: a request follows its line as soon as its input is level triggered; QEMU looks at the line when it changes",
                bits: |written, action| match *action {
                    Action::In { port: 0x20 | 0x21 | 0xA0 | 0xA1, .. }
                        if written.wrote(0x4D0, |value| value & 0x10 != 0) =>
                    {
                        0xFF
                    }
                    _ => 0,
                },
                parts: true,
            },
        ],
    );
}
