//! The 8042 with a keyboard and a mouse.
//!
//! Left out: what pulls the CPU's reset, commands F0h-FEh with an even code and an even output port, because it resets QEMU's
//! whole machine at a moment of its own.

use super::compare_settled;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Written, read, write};

const DATA: u16 = 0x60;
const CONTROL: u16 = 0x64;
/// Longer than a device's self-test.
const SETTLE_NS: u64 = 4_000_000;
/// Reads of the data port behind which nothing waits any more.
const ALL: usize = 12;

/// The status and a byte, some times.
fn drain(script: &mut Vec<Action>, times: usize) {
    for _ in 0..times {
        script.extend([read(CONTROL), read(DATA)]);
    }
    script.push(read(CONTROL));
}

/// To whom a byte goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Controller,
    Keyboard,
    Mouse,
}

/// A byte, and what is answered.
fn tell(script: &mut Vec<Action>, to: To, byte: u8, answers: usize) {
    match to {
        To::Controller => script.push(write(CONTROL, byte.into())),
        To::Keyboard => script.push(write(DATA, byte.into())),
        To::Mouse => script.extend([write(CONTROL, 0xD4), write(DATA, byte.into())]),
    }
    drain(script, answers);
}

/// Everything reset, interfaces on, interrupts and translation.
fn begin() -> Vec<Action> {
    let mut script = Vec::new();
    drain(&mut script, 4);
    tell(&mut script, To::Controller, 0xAA, 2);
    script.extend([write(CONTROL, 0xA8), write(CONTROL, 0xDF), write(CONTROL, 0x60), write(DATA, 0x47)]);
    tell(&mut script, To::Mouse, 0xFF, 4);
    tell(&mut script, To::Keyboard, 0xFF, 3);
    script
}

/// A command of the controller, with its byte.
fn controller(random: &mut Random, script: &mut Vec<Action>) {
    let command = random.of(&[0x20, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAD, 0xAE, 0xD0, 0xDD, 0xDF, 0xFF]);
    match random.below(60) {
        0..=5 => script
            .extend([write(CONTROL, 0x60), write(DATA, random.of(&[0x47, 0x07, 0x03, 0x77, 0x40, 0x65]))]),
        6..=11 => script.extend([write(CONTROL, random.of(&[0xD2, 0xD3])), write(DATA, random.dword())]),
        12..=17 => {
            script.extend([write(CONTROL, 0xD1), write(DATA, random.of(&[0xCF, 0xDD, 0xDF, 0x03, 0xFF]))])
        }
        18 => unusual(random, script),
        _ => script.push(write(CONTROL, command)),
    }
    drain(script, random.of(&[1, 2, 2, 3]));
}

/// A command that few know: of the controller's RAM, of its ports, or none.
fn unusual(random: &mut Random, script: &mut Vec<Action>) {
    let command = random.of(&[0x21, 0x3F, 0x61, 0x7F, 0xA1, 0xA4, 0xAC, 0xC0, 0xC1, 0xE0, 0x00, 0x90]);
    script.push(write(CONTROL, command));
    if command & 0x60 == 0x60 && command < 0x80 {
        script.push(write(DATA, random.of(&[0, 0x55, 0xF2])));
    }
}

/// A command of the keyboard, with its byte.
fn keyboard(random: &mut Random, script: &mut Vec<Action>) {
    let answers = 4;
    match random.below(60) {
        0..=19 => {
            let command = random.of(&[0xED, 0xF0, 0xF3]);
            tell(script, To::Keyboard, command, 1);
            let seldom = random.below(40) == 0;
            let byte = if seldom { random.dword() as u8 } else { random.of(&[0, 1, 2, 3, 7, 0x20, 0x7F]) };
            tell(script, To::Keyboard, byte, answers);
        }
        20 => tell(script, To::Keyboard, random.dword() as u8, answers),
        _ => tell(script, To::Keyboard, random.of(&[0xEE, 0xF2, 0xF4, 0xF5, 0xF6, 0xFA, 0xFF]), answers),
    }
}

/// A command of the mouse, with its byte.
fn mouse(random: &mut Random, script: &mut Vec<Action>) {
    let answers = 5;
    let seldom = random.below(40) == 0;
    match random.below(60) {
        0..=9 => {
            tell(script, To::Mouse, 0xF3, 1);
            let byte = if seldom { random.dword() as u8 } else { random.of(&[10, 20, 40, 60, 80, 100]) };
            tell(script, To::Mouse, byte, answers);
        }
        10..=19 => {
            tell(script, To::Mouse, 0xE8, 1);
            tell(
                script,
                To::Mouse,
                if seldom { random.dword() as u8 } else { random.of(&[0, 1, 2, 3]) },
                answers,
            );
        }
        20..=24 => {
            for rate in random.of(&[[200, 100, 80], [200, 200, 80], [100, 100, 80], [200, 80, 100]]) {
                tell(script, To::Mouse, 0xF3, 1);
                tell(script, To::Mouse, rate, 1);
            }
            tell(script, To::Mouse, 0xF2, answers);
        }
        25..=29 => {
            tell(script, To::Mouse, 0xEE, 1);
            tell(script, To::Mouse, random.of(&[0, 0x55, 0xE9, 0xF2, 0xF3, 0xF4]), answers);
            tell(script, To::Mouse, 0xEC, 1);
        }
        30 => {
            let any = random.dword() as u8;
            tell(script, To::Mouse, random.of(&[0xEC, 0xEE, 0xFE, any]), answers);
        }
        _ => {
            let commands = [0xE6, 0xE7, 0xE9, 0xEA, 0xEB, 0xF0, 0xF2, 0xF4, 0xF5, 0xF6, 0xFF];
            tell(script, To::Mouse, random.of(&commands), answers);
        }
    }
}

#[test]
fn the_keyboard_controller_agrees_with_qemus() {
    let makes: [fn(&mut Random, &mut Vec<Action>); 3] = [controller, keyboard, mouse];
    let mut registers = [makes; 30].concat().into_iter().map(Register::Made).collect::<Vec<_>>();
    registers.push(Register::Chosen(
        CONTROL,
        vec![0x20, 0x60, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAD, 0xAE, 0xD0, 0xD2, 0xD3, 0xD4],
    ));
    registers.push(Register::Chosen(DATA, vec![0x47, 0xEE, 0xF2, 0xF4, 0xF5, 0xE9, 0xFE, 0x00]));
    compare_settled(&Field { name: "8042", begin: begin(), registers }, KNOWN, SETTLE_NS);
}

/// Who was given which bytes, the last first.
fn told(written: &Written) -> Vec<(To, u8)> {
    let (mut told, mut to) = (Vec::new(), To::Keyboard);
    for action in &written.before {
        match *action {
            Action::Out { port: CONTROL, value, .. } => {
                let command = value as u8;
                to = match command {
                    0xD4 => To::Mouse,
                    0x60..=0x7F | 0xD1..=0xD3 => To::Controller,
                    _ => To::Keyboard,
                };
                if to != To::Mouse {
                    told.push((To::Controller, command));
                }
            }
            Action::Out { port: DATA, value, .. } => {
                told.push((to, value as u8));
                to = To::Keyboard;
            }
            _ => {}
        }
    }
    told.reverse();
    told
}

/// All bits of any answer if `is` holds of the bytes that were told.
fn of_told(written: &Written, action: &Action, is: impl Fn(&[(To, u8)]) -> bool) -> u32 {
    match *action {
        Action::In { port: DATA | CONTROL, .. } if is(&told(written)) => 0xFF,
        _ => 0,
    }
}

/// The bytes that a device was given, the last first.
fn to(told: &[(To, u8)], whom: To) -> Vec<u8> {
    told.iter().filter(|(to, _)| *to == whom).map(|(_, byte)| *byte).collect()
}

/// Whether one of the controller's last commands was this.
fn controller_was_told(written: &Written, command: u8) -> bool {
    to(&told(written), To::Controller).iter().take(6).any(|byte| *byte == command)
}

/// Whether a command came between another and its byte, and then a byte.
fn is_interrupted(written: &Written) -> bool {
    let (mut awaits, mut between) = (false, false);
    written.before.iter().any(|action| match *action {
        Action::Out { port: CONTROL, value, .. } => {
            let takes = matches!(value as u8, 0x60 | 0xD1..=0xD4);
            between = awaits && !takes;
            awaits |= takes;
            false
        }
        Action::Out { port: DATA, .. } => {
            awaits = false;
            std::mem::take(&mut between)
        }
        _ => false,
    })
}

/// How many bytes answer one, at most.
fn answers(to: To, byte: u8) -> usize {
    match (to, byte) {
        (To::Keyboard, 0xF2) | (To::Mouse, 0xFF) => 3,
        (To::Keyboard, 0 | 0xFF) | (To::Mouse, 0xF2) => 2,
        (To::Mouse, 0xE9 | 0xEB) => 5,
        (To::Controller, 0x20..=0x3F | 0xA4 | 0xA9..=0xAB | 0xC0 | 0xD0 | 0xD2 | 0xD3 | 0xE0) => 1,
        (To::Controller, _) => 0,
        _ => 1,
    }
}

/// Whether a device or the controller was given a byte before everything that was there was read, and not everything was read since.
fn is_behind(written: &Written) -> bool {
    let (mut waiting, mut reads, mut behind) = (0_usize, 0, false);
    let mut told = told(written);
    for action in &written.before {
        match *action {
            Action::In { port: DATA, .. } => {
                waiting = waiting.saturating_sub(1);
                reads += 1;
                behind &= reads < ALL;
            }
            Action::Out { port: CONTROL, value: 0xD4, .. } => {}
            Action::Out { port: DATA | CONTROL, .. } => {
                let Some((to, byte)) = told.pop() else { break };
                behind |= waiting > 0;
                waiting += answers(to, byte);
                reads = 0;
            }
            _ => {}
        }
    }
    behind
}

const KNOWN: &[Known] = &[
    Known {
        name: "command or data",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Status Register bit 3: which port was written last; QEMU has it set",
        bits: at_ports!(CONTROL, 0x08),
        parts: false,
    },
    Known {
        name: "system flag",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Status Register bit 2: it is the command byte's; QEMU sets it by the self-test alone",
        bits: |written, action| match *action {
            Action::In { port: CONTROL, .. } => 0x04,
            Action::In { port: DATA, .. } if controller_was_told(written, 0x20) => 0x04,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "refused mouse bytes",
        why: "IBM PS/2, Mouse, Resend: what is no command is answered with FEh; QEMU says nothing",
        bits: |written, action| {
            of_told(written, action, |told| match told[0] {
                (To::Mouse, byte) => matches!(byte, ..0xE6 | 0xED | 0xEF | 0xF1 | 0xF7..=0xFD),
                _ => false,
            })
        },
        parts: true,
    },
    Known {
        name: "refused keyboard bytes",
        why: "IBM PS/2, 101/102-Key Keyboard, Resend: what is no command is answered with FEh; QEMU acknowledges 0",
        bits: |written, action| {
            of_told(written, action, |told| told.iter().take(3).any(|told| *told == (To::Keyboard, 0)))
        },
        parts: true,
    },
    Known {
        name: "knock behind a knock",
        why: "Microsoft, IntelliMouse: the last three rates count; QEMU loses a knock that follows a 200 set before",
        bits: |written, action| {
            of_told(written, action, |told| matches!(to(told, To::Mouse)[..], [0xF2, 80, 0xF3, ..]))
        },
        parts: true,
    },
    Known {
        name: "defaults",
        why: "IBM PS/2, Mouse, Set Default: the state after power-on, which has no wheel; QEMU's goes on to have one",
        bits: |written, action| {
            of_told(written, action, |told| {
                let bytes = to(told, To::Mouse);
                let knocks = bytes.windows(2).any(|last| last == [80, 0xF3]);
                knocks && bytes.contains(&0xF6)
            })
        },
        parts: true,
    },
    Known {
        name: "key types",
        why: "IBM PS/2, 101/102-Key Keyboard, Set Key Type: F7h-FAh are for all keys, FBh-FDh for those that follow until the next command; QEMU has FAh, and FCh for one key",
        bits: |written, action| {
            of_told(written, action, |told| {
                to(told, To::Keyboard).iter().take(2).any(|byte| (0xF7..0xFE).contains(byte))
            })
        },
        parts: true,
    },
    Known {
        name: "controller's RAM",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Controller Commands: 20h-3Fh read, 60h-7Fh write it; QEMU has byte 0 alone, and gives the others' bytes to the keyboard",
        bits: |written, action| {
            of_told(written, action, |told| {
                let commands = to(told, To::Controller);
                commands.iter().take(2).any(|byte| matches!(byte, 0x21..=0x3F | 0x61..=0x7F))
            })
        },
        parts: true,
    },
    Known {
        name: "controller's other commands",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Controller Commands: A4h tests for a password, E0h reads the test inputs; QEMU has neither",
        bits: |written, action| {
            of_told(written, action, |told| matches!(told[0], (To::Controller, 0xA4 | 0xE0)))
        },
        parts: true,
    },
    Known {
        name: "output port",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Output Port: bits 5 and 4 tell of the output buffer; 7, 6, 3 and 2 are the devices' lines, which D1h writes, too, and ours has high, as they are whenever no byte is held back; QEMU has what was written",
        bits: |written, action| match *action {
            Action::In { port: DATA, .. } if controller_was_told(written, 0xD0) => 0xFC,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "command byte",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Controller Command Byte: bit 7 is reserved and 0; QEMU keeps it",
        bits: |written, action| match *action {
            Action::In { port: DATA, .. } if controller_was_told(written, 0x20) => 0x80,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "command before a byte",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Controller Commands: the byte of a command is the one written next to the data port after it; with a command between, ours is the new one's, QEMU's the old one's",
        bits: |written, action| of_told(written, action, |_| is_interrupted(written)),
        parts: true,
    },
    Known {
        name: "input port",
        why: "IBM AT, 8042, Input Port: bit 5 says that the manufacturing jumper is not there; QEMU has it there",
        bits: |written, action| match *action {
            Action::In { port: DATA, .. } if controller_was_told(written, 0xC0) => 0x20,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "leaving no wrap mode",
        why: "IBM PS/2, Mouse, Reset Wrap Mode: it is acknowledged; QEMU says nothing outside wrap mode",
        bits: |written, action| of_told(written, action, |told| matches!(told[0], (To::Mouse, 0xEC))),
        parts: true,
    },
    Known {
        name: "reset in wrap mode",
        why: "IBM PS/2, Mouse, Reset: it ends wrap mode; QEMU's goes on to echo",
        bits: |written, action| {
            of_told(written, action, |told| {
                let bytes = to(told, To::Mouse);
                let reset = bytes.iter().position(|byte| *byte == 0xFF);
                reset.is_some_and(|at| {
                    bytes[at..].iter().find(|byte| matches!(byte, 0xEC | 0xEE)) == Some(&0xEE)
                })
            })
        },
        parts: true,
    },
    Known {
        name: "bytes of commands",
        why: "IBM PS/2, 101/102-Key Keyboard and Mouse, Commands: a command in the place of another's byte is carried out, and a byte that means nothing refused; QEMU takes anything for that byte",
        bits: |written, action| {
            of_told(written, action, |told| {
                let (keyboard, mouse) = (to(told, To::Keyboard), to(told, To::Mouse));
                // A reset ends what a byte has set, unless it was taken for one itself.
                let reset = mouse.iter().position(|byte| *byte == 0xFF);
                let since = &mouse[..reset.map_or(mouse.len(), |at| mouse.len().min(at + 2))];
                let taken = since.windows(2).any(|last| match *last {
                    [byte, 0xE8] => byte > 3,
                    [rate, 0xF3] => ![10, 20, 40, 60, 80, 100, 200].contains(&rate),
                    _ => false,
                });
                taken || matches!(keyboard[..], [0xED..=0xFF, 0xED | 0xF0 | 0xF3, ..])
            })
        },
        parts: true,
    },
    Known {
        name: "resend",
        why: "IBM PS/2, 101/102-Key Keyboard and Mouse, Resend: FEh repeats the last byte sent; QEMU's keyboard asks for it anew, its mouse says nothing",
        bits: |written, action| {
            of_told(written, action, |told| {
                told.iter().take(3).any(|told| matches!(told, (To::Keyboard | To::Mouse, 0xFE)))
            })
        },
        parts: true,
    },
    Known {
        name: "unread bytes",
        why: "IBM PS/2, Keyboard and Auxiliary Device Controller, Output Buffer: it holds its byte until that is read, and a device drops what it has still to send when a byte comes; QEMU's buffer is the first of a queue, which a keyboard's byte empties and a mouse's goes on, and tells who sent a byte that another has replaced",
        bits: |written, action| of_told(written, action, |_| is_behind(written)),
        parts: true,
    },
];
