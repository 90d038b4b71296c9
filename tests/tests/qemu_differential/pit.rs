//! The 8254 and port 61h.

use super::compare;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Written, read, write};

/// Port 61h and the counters; what was latched is read.
fn pit_begin() -> Vec<Action> {
    let mut begin: Vec<Action> = [0x40, 0x41, 0x42].iter().flat_map(|port| [read(*port); 4]).collect();
    begin.push(write(0x61, 0));
    for (port, control) in [(0x40, 0x36), (0x41, 0x74), (0x42, 0xB6)] {
        begin.extend([write(0x43, control), write(port, 0x12), write(port, 0x34)]);
    }
    begin
}

/// The control word of a counter that was written last, and how many bytes of a count since.
fn control(written: &Written, counter: u16) -> (u8, usize) {
    let mut state = (0, 0);
    for action in &written.before {
        match *action {
            Action::Out { port: 0x43, value, .. }
                if value >> 6 == u32::from(counter) && value & 0x30 != 0 =>
            {
                state = (value as u8, 0);
            }
            Action::Out { port, .. } if port == 0x40 + counter => state.1 += 1,
            _ => {}
        }
    }
    state
}

/// Whether a counter's count is not written, or to one half.
fn is_half_programmed(written: &Written, counter: u16) -> bool {
    let (word, bytes) = control(written, counter);
    if word & 0x30 == 0x30 { bytes < 2 || bytes % 2 != 0 } else { bytes == 0 }
}

/// Whether a counter was latched.
fn is_latched(written: &Written, counter: u16) -> bool {
    let latches = |value: u8| value & 0x30 == 0 && u16::from(value >> 6) == counter || value >> 6 == 3;
    written.wrote(0x43, latches)
}

#[test]
fn the_timer_agrees_with_qemus() {
    let field = Field {
        name: "PIT",
        begin: pit_begin(),
        registers: vec![Register::Ports { first: 0x40, count: 4 }, Register::Ports { first: 0x61, count: 1 }],
    };
    compare(
        &field,
        &[
            Known {
                name: "refresh",
                why: "QEMU turns bit 4 of port 61h at each read; ours stands still with the time",
                bits: at_ports!(0x61, 0x10),
                parts: false,
            },
            Known {
                name: "checks",
                why: "82371SB, NMISC: bits 2 and 3, which switch the checks of memory and channel off, read back; QEMU drops them",
                bits: at_ports!(0x61, 0x0C),
                parts: false,
            },
            Known {
                name: "no count yet",
                why: "8254, Programming: a control word sets OUT to its mode's first level, and the counting element has no new count before both bytes are written; QEMU goes on with the old count in the new mode",
                bits: |written, action| match *action {
                    Action::In { port: 0x61, .. } if is_half_programmed(written, 2) => 0x20,
                    Action::In { port: port @ 0x40..=0x42, .. }
                        if is_half_programmed(written, port - 0x40) =>
                    {
                        0xFF
                    }
                    _ => 0,
                },
                parts: true,
            },
            Known {
                name: "no decimal digits",
                why: "8254, Mode Definitions: a BCD count has four decimal digits; others mean nothing",
                bits: |written, action| match *action {
                    Action::In { port: port @ 0x40..=0x42, .. }
                        if control(written, port - 0x40).0 & 1 != 0 =>
                    {
                        0xFF
                    }
                    Action::In { port: 0x61, .. } if control(written, 2).0 & 1 != 0 => 0x20,
                    _ => 0,
                },
                parts: true,
            },
            Known {
                name: "latches",
                why: "8254, Read Operations: a latch is held until it is read or the counter programmed anew, and the bytes of a count come in turns, latched or not; QEMU's latch outlives a control word and has turns of its own",
                bits: |written, action| match *action {
                    Action::In { port: port @ 0x40..=0x42, .. } if is_latched(written, port - 0x40) => 0xFF,
                    _ => 0,
                },
                parts: true,
            },
            Known {
                name: "modes 6 and 7",
                why: "8254, Control Word Format: they are modes 2 and 3; QEMU counts as in mode 0",
                bits: |written, action| match *action {
                    Action::In { port: 0x61, .. } if control(written, 2).0 & 0x0C == 0x0C => 0x20,
                    Action::In { port: port @ 0x40..=0x42, .. }
                        if control(written, port - 0x40).0 & 0x0C == 0x0C =>
                    {
                        0xFF
                    }
                    _ => 0,
                },
                parts: false,
            },
            Known {
                name: "one-shots",
                why: "8254, Modes 1 and 5: a gate loads the count; QEMU shows it at once",
                bits: |written, action| match *action {
                    Action::In { port: port @ 0x40..=0x42, .. }
                        if matches!(control(written, port - 0x40).0 >> 1 & 7, 1 | 5) =>
                    {
                        0xFF
                    }
                    _ => 0,
                },
                parts: false,
            },
            Known {
                name: "strobes",
                why: "8254, Modes 2, 4 and 5: OUT is high but for one clock; QEMU has it low but for one",
                bits: |written, action| match *action {
                    Action::In { port: 0x61, .. } if matches!(control(written, 2).0 >> 1 & 7, 2 | 4..=6) => {
                        0x20
                    }
                    _ => 0,
                },
                parts: false,
            },
            Known {
                name: "square wave",
                why: "8254, Mode 3: an odd count is loaded less one and counts by two; QEMU shows it odd",
                bits: |written, action| match *action {
                    Action::In { port: port @ 0x40..=0x42, .. }
                        if control(written, port - 0x40).0 & 6 == 6 =>
                    {
                        1
                    }
                    _ => 0,
                },
                parts: false,
            },
            Known {
                name: "control word",
                why: "8254, Read operations: with A1 and A0 high nothing drives the bus, and it floats; QEMU reads 0",
                bits: at_ports!(0x43, 0xFF),
                parts: false,
            },
        ],
    );
}
