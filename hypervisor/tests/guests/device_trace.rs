//! Device traces: what comes from outside, and resets.

use crate::support::Guest;
use backplane::bench::trace::{EVERY_CHIP, TraceLine};
use hypervisor::{Bay, Disk, Input, Key, Machine, NoChip, Until};
use std::collections::BTreeSet;

const MS: u64 = 1_000_000;

/// A guest that polls the keyboard controller and a register of the video adapter with the timer ticking.
fn machine() -> Machine {
    let poll = [0xE4, 0x64, 0xE4, 0x60, 0xBA, 0xCC, 0x03, 0xEC, 0xEB, 0xF6];
    Guest::new().ticking(600).pics([0xFE, 0xFF]).out(0x70, 0x0D).code(&[0xFB]).code(&poll).machine()
}

#[test]
fn every_input_and_a_reset_are_told_and_told_again() {
    let mut machine = machine();
    machine.begin_device_trace(&[]).unwrap();
    let medium = || Disk::from_bytes(vec![0; 1_474_560]).named("floppy.img");
    for input in [
        Input::Key { key: Key::A, down: true },
        Input::Mouse { dx: 3, dy: -40_000, wheel: 1, buttons: 1 },
        Input::Serial(b"hi".to_vec()),
        Input::Nmi,
        Input::Insert { bay: Bay::FloppyA, disk: medium() },
        Input::Eject { bay: Bay::FloppyA },
        Input::Power,
        Input::Reset,
        Input::Key { key: Key::A, down: false },
    ] {
        machine.inject(input);
        machine.run(Until::time(machine.now() + MS));
    }
    let trace = machine.take_device_trace();
    for line in [
        "i8042 key ",
        "i8042 pointer 3 -32768 1 0x1",
        "com1 receive 0x68",
        "pit pulse",
        "fdc insert floppy_a {\"name\":\"floppy.img\"",
        "fdc eject floppy_a",
        "piix4-pm pulse",
        "* reset board",
        "pic acknowledge = ",
        "video inb 0x3cc = ",
    ] {
        assert!(trace.contains(&format!(" {line}")), "{line}");
    }
    let lines: Vec<TraceLine> = trace.lines().map(|line| line.parse().unwrap()).collect();
    let chips: BTreeSet<&str> = lines.iter().map(|line| line.chip.as_str()).collect();
    for chip in chips.into_iter().filter(|chip| *chip != EVERY_CHIP) {
        let mut retold = match self::machine().into_chip(chip) {
            Ok(retold) => retold,
            Err(why) => {
                assert_eq!((why, chip), (NoChip::Coupled(chip.to_owned()), "idle"));
                continue;
            }
        };
        for line in &lines {
            assert_eq!(retold.tell(line, &mut |_| Ok(medium())), Ok(()), "{line}");
        }
        assert_eq!(retold.end(), Ok(()), "{chip}");
    }
}
