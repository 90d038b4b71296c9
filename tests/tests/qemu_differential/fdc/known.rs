//! What differs on purpose, by the commands before it.

use super::{A, B, CUT, SECTOR, port};
use backplane::bench::Action;
use relic_tests::differential::{Known, Written};

/// What the FIFO was for until now.
struct Said {
    /// Commands, the last first.
    commands: Vec<Vec<u8>>,
    /// Results fetched since time last passed.
    fetched: usize,
    /// A sector went through the FIFO since the last command.
    moved: bool,
}

fn said(written: &Written) -> Said {
    let uses = |part: &[Action]| {
        let byte = |action: &Action| match *action {
            Action::Out { port: port::FIFO, value, .. } => Some(value as u8),
            _ => None,
        };
        let reads =
            part.iter().filter(|action| matches!(action, Action::In { port: port::FIFO, .. })).count();
        (part.iter().filter_map(byte).collect::<Vec<u8>>(), reads)
    };
    let mut parts = written.before.split(|action| matches!(action, Action::Step(_))).rev().map(uses);
    let (_, fetched) = parts.next().unwrap_or_default();
    let mut said = Said { commands: Vec::new(), fetched, moved: false };
    for (bytes, reads) in parts {
        let is_data = bytes.len().max(reads) >= SECTOR as usize;
        said.moved |= is_data && said.commands.is_empty();
        if !bytes.is_empty() && !is_data {
            said.commands.push(bytes);
        }
    }
    said
}

/// The bits of a result that `bits` names by the commands, the last first, and the result's number.
fn of_results(written: &Written, action: &Action, bits: impl Fn(&[Vec<u8>], usize) -> u32) -> u32 {
    let Action::In { port: port::FIFO, .. } = *action else { return 0 };
    let Said { commands, fetched, moved } = said(written);
    let is_data = is_without_dma(&commands) && is_about_sectors(&commands[0]) && !moved;
    if is_data { 0 } else { bits(&commands, fetched) }
}

/// Whether a command moves or looks at sectors.
fn is_about_sectors(command: &[u8]) -> bool {
    command.len() == 9
        && matches!(command[0] & 0x1F, 0x02 | 0x05 | 0x06 | 0x09 | 0x0C | 0x11 | 0x16 | 0x19 | 0x1D)
}

/// The bytes that channel 2 was programmed for.
fn channel_bytes(written: &Written) -> u32 {
    let mut counts = written.before.iter().rev().filter_map(|action| match *action {
        Action::Out { port: 0x05, value, .. } => Some(value & 0xFF),
        _ => None,
    });
    let high = counts.next().unwrap_or(0);
    (high << 8 | counts.next().unwrap_or(0)) + 1
}

/// Whether data goes through the FIFO, as the last SPECIFY said.
fn is_without_dma(commands: &[Vec<u8>]) -> bool {
    commands.iter().find(|command| command[0] == 0x03).is_some_and(|command| command.get(2) == Some(&3))
}

/// Whether a command asks for an ID that no sector on the disks has, or for single density.
fn names_no_sector(command: &[u8]) -> bool {
    let [code, select, cylinder, head, sector, size, ..] = *command else { return false };
    let sectors = if select & 1 == 0 { A.sectors } else { B.sectors };
    let is_there = cylinder < 80 && head == select >> 2 & 1 && (1..=sectors).contains(&sector) && size == 2;
    is_about_sectors(command) && (!is_there || code & 0x40 == 0)
}

/// The sectors that a command may come to until its track ends, or the second side.
fn sectors_to_the_end(command: &[u8]) -> u32 {
    let on_the_first = u32::from(command[6].saturating_sub(command[4])) + 1;
    let both = command[0] & 0x80 != 0 && command[1] & 4 == 0;
    if both { on_the_first + u32::from(command[6]) } else { on_the_first }
}

/// Whether a result says where a head is.
fn tells_the_cylinder(command: &[u8], result: usize) -> bool {
    matches!((command[0], result), (0x0E, 0 | 1) | (0x08, 1) | (0x04, 0))
}

/// The 82077AA's data sheet against QEMU's controller.
pub(super) const KNOWN: &[Known] = &[
    Known {
        name: "relative seeks",
        why: "82077AA, Relative Seek: the cylinder number is counted modulo 256; QEMU keeps it on the disk",
        bits: |written, action| {
            of_results(written, action, |commands, result| match &commands[0][..] {
                last if tells_the_cylinder(last, result) && commands[1][0] & 0x8F == 0x8F => 0xFF,
                _ => 0,
            })
        },
        parts: true,
    },
    Known {
        name: "seek end",
        why: "82077AA, Status Register 0: SE says that a seek, recalibration or implied seek ended; QEMU sets it at the end of a track",
        bits: |written, action| {
            of_results(written, action, |commands, result| match result {
                0 if is_about_sectors(&commands[0]) => 0x20,
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "end of cylinder",
        why: "82077AA, Status Register 1, EN: a command that meets its last sector without a terminal count ends abnormally; QEMU's is content",
        bits: |written, action| {
            of_results(written, action, |commands, result| {
                let last = &commands[0];
                let without_dma = is_without_dma(commands);
                let counts = last[0] & 0x1F == 0x16;
                if !is_about_sectors(last)
                    || !without_dma && !counts && channel_bytes(written) <= sectors_to_the_end(last) * SECTOR
                {
                    return 0;
                }
                match result {
                    0 => 0x40,
                    1 => 0x80,
                    // Through the FIFO, QEMU names the last sector, too.
                    3..=5 if without_dma => 0xFF,
                    _ => 0,
                }
            })
        },
        parts: false,
    },
    Known {
        name: "count of sectors",
        why: "82077AA, Verify: with EC set the last parameter is the number of sectors; QEMU goes to the end of the track",
        bits: |written, action| {
            of_results(written, action, |commands, result| match (commands[0][0] & 0x1F, result) {
                (0x16, 3..=5) if commands[0][1] & 0x80 != 0 => 0xFF,
                _ => 0,
            })
        },
        parts: true,
    },
    Known {
        name: "head after a track",
        why: "82077AA, Read Data: behind the last sector the results name the next cylinder's, where the head does not go; QEMU's does",
        bits: |written, action| {
            of_results(written, action, |commands, result| match &commands[0][..] {
                last if tells_the_cylinder(last, result) && commands.iter().any(|c| is_about_sectors(c)) => {
                    0xFF
                }
                _ => 0,
            })
        },
        parts: true,
    },
    Known {
        name: "cut sector",
        why: "82077AA, Terminal Count: the sector under way is finished, and the results name the one behind it; QEMU names this one",
        bits: |written, action| {
            of_results(written, action, |commands, result| match result {
                3..=5 if is_about_sectors(&commands[0]) && !channel_bytes(written).is_multiple_of(SECTOR) => {
                    0xFF
                }
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "selected head",
        why: "82077AA, Status Register 0, H: the head that is selected, which stays the second one when a command ends there; QEMU has selected the first",
        bits: |written, action| {
            of_results(written, action, |commands, result| match &commands[0][..] {
                last if result == 0 && is_about_sectors(last) && last[0] & 0x80 != 0 => 0x04,
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "end of a write through the FIFO",
        why: "82077AA, Write Data: behind the last sector come the results; QEMU waits for ever when it is the track's",
        bits: |written, action| match *action {
            Action::In { port: port::MSR, .. } if said(written).moved => 0xFF,
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "format",
        why: "82077AA, Format Track: writes each sector whose ID the host gives; QEMU does nothing",
        bits: |written, action| {
            let formats =
                |commands: &[Vec<u8>]| commands.iter().any(|c| c[0] & 0x1F == 0x0D && c.last() != Some(&0));
            match *action {
                Action::Read { .. } if formats(&said(written).commands) => u32::MAX,
                _ => of_results(written, action, |commands, _| if formats(commands) { 0xFF } else { 0 }),
            }
        },
        parts: true,
    },
    Known {
        name: "read ID",
        why: "82077AA, Read ID: answers once an ID passed; QEMU's waits on its clock, which stands still here",
        bits: |written, action| match *action {
            Action::In { port: port::MSR | port::FIFO, .. } => match said(written).commands.first() {
                Some(last) if last[0] & 0x1F == 0x0A => 0xFF,
                _ => 0,
            },
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "read track",
        why: "82077AA, Read a Track: reads from the index on, whatever sector is named; QEMU begins with that sector",
        bits: |written, action| {
            let Said { commands, .. } = said(written);
            let reads = commands.iter().any(|command| is_about_sectors(command) && command[0] & 0x1F == 0x02);
            match *action {
                Action::Read { .. } if reads => u32::MAX,
                _ => of_results(written, action, |_, _| if reads { 0xFF } else { 0 }),
            }
        },
        parts: true,
    },
    Known {
        name: "second side",
        why: "82077AA, Read Data: with MT a command ends with the second side; QEMU's goes on with the next cylinder",
        bits: |written, action| {
            let Said { commands, .. } = said(written);
            let Some(last) = commands.first().filter(|last| is_about_sectors(last)) else { return 0 };
            if last[0] & 0x80 == 0 || channel_bytes(written) <= sectors_to_the_end(last) * SECTOR {
                return 0;
            }
            match *action {
                Action::Read { .. } => u32::MAX,
                _ => {
                    of_results(written, action, |_, result| if (3..=5).contains(&result) { 0xFF } else { 0 })
                }
            }
        },
        parts: true,
    },
    Known {
        name: "tape drive",
        why: "82077AA, Tape Drive Register: bits 1 and 0 read back, the others float; QEMU has the 82078's boot select alone",
        bits: at_ports!(0x3F3, 0x03),
        parts: false,
    },
    Known {
        name: "settings after reset",
        why: "82077AA, Configure and Lock: a software reset sets defaults unless they are locked; QEMU keeps what was set",
        bits: |written, action| {
            of_results(written, action, |commands, result| match (commands[0][0], result) {
                (0x0E, 8 | 9) => 0xFF,
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "dumped registers",
        why: "82077AA, Dumpreg: the whole of SPECIFY's bytes, and the last EOT or SC; QEMU has the step rate alone, the gate of DOR for ND, and the sectors of the disk",
        bits: |written, action| {
            of_results(written, action, |commands, result| match (commands[0][0], result) {
                (0x0E, 4 | 6) => 0xFF,
                (0x0E, 5) => 0x01,
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "gate",
        why: "82077AA, Digital Output Register: with DMAGATE 0 no DMA request is driven, and a transfer overruns; QEMU's SPECIFY drives it again",
        bits: |written, action| {
            of_results(written, action, |commands, _| {
                if is_about_sectors(&commands[0]) && written.byte(port::DOR) & 8 == 0 { 0xFF } else { 0 }
            })
        },
        parts: true,
    },
    Known {
        name: "protected at another rate",
        why: "82077AA, Status Register 1, NW: a write ends on the pin before it looks for a sector; QEMU looks at the rate first",
        bits: |written, action| {
            of_results(written, action, |commands, result| match (commands[0][0] & 0x1F, result) {
                (0x05, 1) if commands[0].get(1).is_some_and(|select| select & 3 == A.unit) => 0x03,
                _ => 0,
            })
        },
        parts: false,
    },
    Known {
        name: "rest of a cut sector",
        why: "82077AA, Write Data: behind the terminal count the sector is filled with zeros; QEMU leaves what was there",
        bits: |written, action| {
            let is_data = matches!(action, Action::Read { .. } | Action::In { port: port::FIFO, .. });
            let cut = written.wrote(0x05, |value| value == (SECTOR - CUT - 1) as u8);
            if is_data && cut { u32::MAX } else { 0 }
        },
        parts: true,
    },
    Known {
        name: "implied seek",
        why: "82077AA, Configure: without EIS a command looks on the cylinder where the head is; QEMU's seeks always",
        bits: |written, action| {
            let Said { commands, .. } = said(written);
            let configured = commands.iter().find(|command| command[0] == 0x13 && command.len() == 4);
            let implied = configured.is_some_and(|command| command[2] & 0x40 != 0);
            let shows = matches!(action, Action::In { port: port::MSR | port::FIFO, .. });
            if shows && is_about_sectors(&commands[0]) && !implied { 0xFF } else { 0 }
        },
        parts: true,
    },
    Known {
        name: "digital output",
        why: "82077AA, Digital Output Register: reads back; in QEMU's, SPECIFY changes the gate, commands the drive, and a reset by DSR all of it",
        bits: |written, action| match *action {
            Action::In { port: port::DOR, .. } if written.wrote(port::MSR, |value| value & 0x80 != 0) => 0xFB,
            Action::In { port: port::DOR, .. } => 0x0B,
            _ => 0,
        },
        parts: false,
    },
    Known {
        name: "reset",
        why: "82077AA, Main Status Register: no bit is set as long as reset is; QEMU's ends when the register is read, and some registers are not written until then",
        bits: |written, action| match *action {
            Action::In { port: port::DOR..=port::CCR, .. } if written.byte(port::DOR) & 4 == 0 => 0xFF,
            _ => 0,
        },
        parts: true,
    },
    Known {
        name: "scans",
        why: "uPD765, Scan Commands: SH says equal, SN that no sector met the condition, which FFh always does; QEMU says equal always",
        bits: |written, action| {
            of_results(written, action, |commands, _| match commands[0][0] & 0x1F {
                0x11 | 0x19 | 0x1D => 0xFF,
                _ => 0,
            })
        },
        parts: true,
    },
    Known {
        name: "no such sector",
        why: "82077AA, Read Data: all of a sector's ID is compared, the head is the selected one, and single density finds nothing; QEMU reads the cylinder and head that it is told, in one size and density, and answers otherwise when there is none",
        bits: |written, action| {
            of_results(written, action, |commands, _| if names_no_sector(&commands[0]) { 0xFF } else { 0 })
        },
        parts: true,
    },
    Known {
        name: "deleted data",
        why: "82077AA, Read Deleted Data: a sector with a data mark is read, and ends the command with CM; QEMU refuses both commands",
        bits: |written, action| {
            of_results(written, action, |commands, _| match commands[0][0] & 0x1F {
                0x0C | 0x09 => 0xFF,
                _ => 0,
            })
        },
        parts: true,
    },
    Known {
        name: "seeks that wait to be told",
        why: "82077AA, Sense Interrupt Status: it tells of each seek that ended; QEMU forgets them with any other command's results",
        bits: |written, action| {
            of_results(written, action, |commands, result| match (commands[0][0], result) {
                (0x08, 0) => 0xFF,
                _ => 0,
            })
        },
        parts: true,
    },
];
