//! The 16550A of COM1, with nothing at its other end.

use super::compare_settled;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Written, read, write};

const BASE: u16 = 0x3F8;
const DATA: u16 = BASE;
const IER: u16 = BASE + 1;
const IIR_FCR: u16 = BASE + 2;
const LCR: u16 = BASE + 3;
const MCR: u16 = BASE + 4;
const LSR: u16 = BASE + 5;
const MSR: u16 = BASE + 6;

/// Longer than a character and the receiver's time-out at the slowest rate.
const SETTLE_NS: u64 = 35_000_000_000;

/// All registers as after power-on, FIFOs empty, no change of a modem line to be told.
fn begin() -> Vec<Action> {
    let set = [
        (LCR, 0x80),
        (DATA, 12),
        (IER, 0),
        (LCR, 3),
        (IER, 0),
        (MCR, 0),
        (IIR_FCR, 1),
        (IIR_FCR, 0),
        (BASE + 7, 0),
    ];
    let mut script: Vec<Action> = set.map(|(port, value)| write(port, value)).to_vec();
    script.extend([read(LSR), read(DATA), read(MSR), read(IIR_FCR)]);
    script
}

/// Characters that go out, or come back.
fn characters(random: &mut Random, script: &mut Vec<Action>) {
    let count = random.of(&[1, 2, 4, 15, 16, 17, 20]);
    script.extend((0..count).map(|_| write(DATA, random.dword())));
    script.extend([read(LSR), read(IIR_FCR)]);
    script.extend(vec![read(DATA); random.below(count + 2) as usize]);
}

#[test]
fn the_serial_port_agrees_with_qemus() {
    let registers = vec![
        Register::Ports { first: BASE, count: 8 },
        Register::Chosen(IER, vec![0, 1, 2, 4, 8, 0x0F, 0xFF]),
        Register::Chosen(IIR_FCR, vec![0, 1, 0x41, 0x81, 0xC1, 3, 5, 7, 0xCF, 6]),
        Register::Chosen(LCR, vec![3, 3, 3, 0, 0x1F, 0x43, 0x83]),
        Register::Chosen(MCR, vec![0x10, 0x1F, 0x18, 0x0B, 0]),
        Register::Made(characters),
        Register::Made(characters),
    ];
    compare_settled(&Field { name: "UART", begin: begin(), registers }, KNOWN, SETTLE_NS);
}

/// Whether the FIFOs are on.
fn has_fifos(written: &Written) -> bool {
    written.byte(IIR_FCR) & 1 != 0
}

/// Whether the port was in loopback.
fn looped(written: &Written) -> bool {
    written.wrote(MCR, |value| value & 0x10 != 0)
}

/// Whether the FIFOs were controlled since a character was last given to the transmitter.
fn is_cleared(written: &Written) -> bool {
    let (mut divisor, mut cleared) = (false, false);
    for action in &written.before {
        match *action {
            Action::Out { port: LCR, value, .. } => divisor = value & 0x80 != 0,
            Action::Out { port: DATA, .. } if !divisor => cleared = false,
            Action::Out { port: IIR_FCR, .. } => cleared = true,
            _ => {}
        }
    }
    cleared
}

const KNOWN: &[Known] = &[
    Known {
        name: "word length",
        why: "PC16550D, Line Control Register, WLS: characters have five to eight bits; QEMU's have eight",
        bits: |written, action| match *action {
            Action::In { port: DATA, .. } if written.wrote(LCR, |value| value & 3 != 3) => 0xE0,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "time-out",
        why: "PC16550D, FIFO Interrupt Mode Operation: four characters later the FIFO's first ones interrupt; QEMU waits on its clock, which stands still here",
        bits: |written, action| match *action {
            Action::In { port: IIR_FCR, .. } if written.answer(IIR_FCR) & 0x0F == 0x0C => 0x0F,
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "changes in loopback",
        why: "PC16550D, Modem Control Register, bit 4: the inputs follow the outputs, and their changes are told and interrupt; QEMU tells levels alone",
        bits: |written, action| match *action {
            Action::In { port: MSR, .. } if looped(written) => 0x0F,
            Action::In { port: IIR_FCR, .. } if looped(written) && written.answer(IIR_FCR) & 0x0F == 0 => {
                0x01
            }
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "nothing received",
        why: "PC16550D, Line Status Register, DR: with it clear the receiver buffer holds nothing, and nobody says what is read then; ours gives 0, QEMU the last character",
        bits: |written, action| match *action {
            Action::In { port: DATA, .. } if !has_fifos(written) && written.answer(DATA) == 0 => 0xFF,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "empty transmitter cleared",
        why: "PC16550D, Interrupt Identification Register, THRE: a FIFO that becomes empty interrupts; QEMU's does when it is cleared, empty or not",
        bits: |written, action| match *action {
            Action::In { port: IIR_FCR, .. }
                if written.answer(IIR_FCR) & 0x0F <= 1 && is_cleared(written) =>
            {
                0x03
            }
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "cleared without FIFOs",
        why: "PC16550D, FIFO Control Register, bit 0: as long as it is 0 the other bits are not programmed; QEMU clears the receiver",
        bits: |written, action| {
            let cleared = written.wrote(IIR_FCR, |value| value & 3 == 2);
            match *action {
                Action::In { port: LSR, .. } if cleared => 0x03,
                Action::In { port: DATA | IIR_FCR, .. } if cleared => 0xFF,
                _ => 0,
            }
        },
        parts: true,
    },
    Known {
        name: "break in loopback",
        why: "PC16550D, Line Control Register, bit 6: the transmitter sends a break, in loopback to its own receiver; QEMU's reaches nobody",
        bits: |written, action| match *action {
            Action::In { port: DATA | IIR_FCR | LSR, .. }
                if looped(written) && written.wrote(LCR, |value| value & 0x40 != 0) =>
            {
                0xFF
            }
            _ => 0,
        },
        parts: true,
    },
];
