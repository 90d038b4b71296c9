//! An ATAPI CD-ROM drive: packets, and their data through the data port.

use super::ata::{At, Channel, INTERRUPTS, PRIMARY, SECONDARY, SETTLE, content, drives, interrupts};
use super::compare_on;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Random, Register, Step, Written, read, write};

/// The drive is alone on the secondary channel; on the primary one is nothing.
const CD: Channel = SECONDARY;
/// Sectors of the disc.
const SECTORS: u32 = 300;
/// Packets that scripts choose from.
const PACKETS: u64 = 1500;
/// Commands that QEMU's drive does not have.
const OURS: [u8; 12] = [0x01, 0x15, 0x1A, 0x2F, 0x42, 0x44, 0x45, 0x4B, 0x4E, 0x52, 0x55, 0xBA];
/// Byte counts that a host allows for a block.
const LIMITS: [u16; 14] = [0xFFFE, 0xFFFE, 0xFFFF, 0x8000, 2048, 2352, 512, 31, 12, 8, 7, 2, 1, 0];

/// A command's registers, its packet, and what is read of its answer: blocks are not whole, but words one after the other.
fn packet(cdb: [u8; 12], limit: u16, words: usize) -> Vec<Step> {
    let [low, high] = limit.to_le_bytes();
    let file = [(1, 0), (2, 0), (3, 0), (4, low), (5, high), (6, 0xA0), (7, 0xA0)];
    let mut steps: Vec<Step> =
        file.iter().map(|(n, value)| Step::Do(write(CD.block + n, u32::from(*value)))).collect();
    steps.push(Step::Do(SETTLE));
    steps.extend(CD.status());
    for word in cdb.chunks(2) {
        let value = u16::from_le_bytes([word[0], word[1]]);
        steps.push(Step::Do(CD.put(Width::Word, value.into())));
    }
    steps.push(Step::Do(SETTLE));
    steps.extend(CD.outcome());
    for _ in 0..words {
        steps.extend([read(CD.control), CD.data(Width::Word), SETTLE].map(Step::Do));
    }
    steps.extend(CD.outcome());
    steps
}

/// A length field of a packet.
fn length(random: &mut Random) -> u16 {
    let any = random.dword() as u16;
    random.of(&[0, 1, 2, 4, 7, 8, 12, 18, 20, 36, 37, 96, 255, 256, 0xFFFF, any])
}

/// An address on the disc, or near it.
fn sector(random: &mut Random) -> u32 {
    let any = random.dword();
    random.of(&[0, 0, 1, 16, 17, 150, SECTORS - 2, SECTORS - 1, SECTORS, SECTORS + 1, u32::MAX, any])
}

/// A packet with fields that make sense, and at times one that does not.
fn command(random: &mut Random) -> [u8; 12] {
    const CODES: [u8; 21] = [
        0x00, 0x03, 0x12, 0x12, 0x1B, 0x1E, 0x25, 0x28, 0x28, 0x2B, 0x43, 0x43, 0x43, 0x46, 0x46, 0x4A, 0x51,
        0x5A, 0x5A, 0xA8, 0xBD,
    ];
    let mut cdb = [0; 12];
    cdb[0] = match random.below(24) {
        0 => random.of(&OURS),
        1 | 2 => 0xBE,
        _ => random.of(&CODES),
    };
    let length = length(random).to_be_bytes();
    let count = random.of(&[0, 1, 1, 1, 2, 3]);
    match cdb[0] {
        0x03 | 0x12 => cdb[4] = length[1],
        // Neither loads nor ejects.
        0x1B => cdb[4] = random.of(&[0, 1]),
        0x1E => cdb[4] = random.of(&[0, 1]),
        0x1A => (cdb[2], cdb[4]) = (page(random), length[1]),
        0x5A => (cdb[2], cdb[7], cdb[8]) = (page(random), length[0], length[1]),
        0x28 | 0x2B | 0x2F => {
            cdb[2..6].copy_from_slice(&sector(random).to_be_bytes());
            cdb[8] = count;
        }
        0xA8 => {
            cdb[2..6].copy_from_slice(&sector(random).to_be_bytes());
            cdb[9] = count;
        }
        0xBE => {
            cdb[2..6].copy_from_slice(&sector(random).to_be_bytes());
            (cdb[8], cdb[9]) = (count, random.of(&[0x10, 0xF8, 0x10, 0xF8, 0x00, 0x20, 0x30, 0xB8, 0x18]));
        }
        0x43 => {
            cdb[1] = random.of(&[0, 2]);
            cdb[6] = random.of(&[0, 1, 1, 2, 0xAA, 0xFF]);
            cdb[9] = random.of(&[0, 0, 0x40, 0x80, 0xC0]);
            (cdb[7], cdb[8]) = (length[0], length[1]);
        }
        0x46 => {
            (cdb[1], cdb[3]) = (random.of(&[0, 1, 2, 3]), random.of(&[0, 0, 0, 1, 3, 0x10]));
            (cdb[7], cdb[8]) = (length[0], length[1]);
        }
        0x4A => {
            (cdb[1], cdb[4]) = (random.of(&[1, 1, 1, 0]), random.of(&[0x10, 0x10, 0x00, 0x02, 0xFF]));
            (cdb[7], cdb[8]) = (length[0], length[1]);
        }
        0xBD => (cdb[8], cdb[9]) = (length[0], length[1]),
        0x42 | 0x44 | 0x51 | 0x52 | 0x55 => (cdb[7], cdb[8]) = (length[0], length[1]),
        _ => {}
    }
    if random.below(20) == 0 {
        cdb[0] = random.of(&[0x02, 0x0A, 0x2A, 0x23, 0x35, 0x5B, 0xA0, 0xA3, 0xAD, 0xFF]);
    }
    cdb
}

fn page(random: &mut Random) -> u8 {
    random.of(&[0x01, 0x0E, 0x2A, 0x2A, 0x3F, 0x0D, 0x00, 0x05, 0x41, 0xC1])
}

/// A packet, and often the sense it left; a reset of the device ends what is under way.
fn packets() -> impl Iterator<Item = Register> {
    (0..PACKETS).map(|seed| {
        let random = &mut Random::seeded(seed);
        let (cdb, limit) = (command(random), random.of(&LIMITS));
        // More than any answer that is no sector: then nothing is under way.
        let whole = !matches!(cdb[0], 0x28 | 0xA8 | 0xBE) && random.below(2) == 0;
        let mut steps = packet(cdb, limit, if whole { 33 } else { random.of(&[3, 6, 12]) });
        if whole {
            steps.extend(packet([3, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0], 0xFFFE, 9));
        }
        steps.extend(CD.order(&[0x08]));
        steps.extend(CD.outcome());
        Register::Steps(steps)
    })
}

/// Whole sectors.
fn sectors() -> Vec<Register> {
    let read = |cdb: [u8; 12], blocks: usize, bytes: usize| {
        let mut steps = packet(cdb, bytes as u16, 0);
        for _ in 0..blocks {
            steps.extend(CD.block(bytes / 2, Width::Dword));
        }
        steps.extend(CD.outcome());
        Register::Steps(steps)
    };
    vec![
        read([0x28, 0, 0, 0, 0, 16, 0, 0, 2, 0, 0, 0], 2, 2048),
        read([0xA8, 0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0], 4, 512),
        read([0xBE, 0, 0, 0, 0, 17, 0, 0, 1, 0xF8, 0, 0], 1, 2352),
    ]
}

/// What is no packet.
fn others() -> Vec<Register> {
    let with = |features: &[u8], counts: &[u8], codes: &[u8]| {
        let values =
            [(1, features), (2, counts), (3, &[0, 1]), (4, &[0, 7]), (5, &[0, 7]), (6, &[0xA0, 0xE0, 0xB0])];
        let mut steps: Vec<Step> =
            values.iter().map(|(n, values)| Step::OneOf(CD.block + n, values.to_vec())).collect();
        steps.extend(CD.order(codes));
        steps.extend(CD.outcome());
        Register::Steps(steps)
    };
    let mut identify = vec![Step::OneOf(CD.device(), vec![0xA0, 0xB0])];
    identify.extend(CD.order(&[0xA1]));
    identify.extend(CD.block(256, Width::Word));
    identify.extend(CD.outcome());
    let mut reset = [write(CD.control, 4), SETTLE, write(CD.control, 0), SETTLE].map(Step::Do).to_vec();
    reset.extend(CD.outcome());
    let nothing = (0..8).map(|n| Step::Do(read(PRIMARY.block + n))).chain([Step::Do(read(PRIMARY.control))]);
    vec![
        with(&[0], &[0, 1], &[0xEC, 0x20, 0x21, 0x00, 0x90, 0x08]),
        with(&[0], &[0, 1], &[0xE0, 0xE1, 0xE3, 0xE5, 0xE6, 0xE7]),
        with(&[0], &[0, 1], &[0x30, 0x40, 0xC4, 0xC6, 0x91, 0x70, 0x10, 0xF8, 0xFF]),
        with(&[3, 0x66, 0xCC, 2, 0x55], &[0, 8, 0x22, 0xFF], &[0xEF]),
        with(&[2, 3], &[0], &[0xA0]),
        Register::Steps(identify),
        Register::Steps(reset),
        Register::Steps(nothing.collect()),
    ]
}

/// Whether the drive's data request is for data from the host: a packet, or parameters.
fn wants_data(written: &Written) -> bool {
    match CD.packet(written) {
        Some((cdb, _)) => matches!(cdb[0], 0x15 | 0x55),
        None => CD.last(written) == 0xA0,
    }
}

/// The bytes that a packet has room for, if it says so.
fn allocation(cdb: &[u8; 12]) -> u16 {
    match cdb[0] {
        0x03 | 0x12 => cdb[4].into(),
        0xBD => u16::from_be_bytes([cdb[8], cdb[9]]),
        0x43 | 0x46 | 0x4A | 0x51 | 0x5A => u16::from_be_bytes([cdb[7], cdb[8]]),
        _ => 0,
    }
}

fn known() -> Vec<Known> {
    vec![
        Known {
            name: "no data",
            why: "ATA-4, Data register: its content is valid only while DRQ is set",
            bits: |written, action| match CD.place(written, action) {
                Some((_, 0)) if CD.is_without_data(written) || wants_data(written) => u32::MAX,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "nobody there",
            why: "ATA-4, Electrical: the host pulls DD7 down and the rest is pulled up where no device drives the bus; QEMU gives 0",
            bits: |_, action| match *action {
                Action::In { port: 0x1F0..=0x1F7 | 0x3F6, .. } => u32::MAX,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "ours alone",
            why: "SFF-8020i and MMC-2, Commands: REZERO UNIT, VERIFY, audio, sub-channels, headers, track information, MODE SELECT and the short MODE SENSE; QEMU's drive does not know them",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some(_), Some((cdb, _))) if OURS.contains(&cdb[0]) => u32::MAX,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "parts of sectors",
            why: "MMC-2, READ CD: each of the flags asks for one part of a sector; QEMU knows user data, everything and nothing",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some(_), Some((cdb, _))) if cdb[0] == 0xBE && !matches!(cdb[9] & 0xF8, 0 | 0x10 | 0xF8) => {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "binary header",
            why: "ECMA-130, Sector header: minutes, seconds and frames have two decimal digits each; QEMU's are binary",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some((cdb, word))) if cdb[0] == 0xBE && cdb[9] & 0xF8 == 0xF8 => {
                    match word % 1176 {
                        6 => 0x00FF_FFFF,
                        7 => 0x0000_00FF,
                        _ => 0,
                    }
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "names",
            why: "SFF-8020i, INQUIRY and IDENTIFY PACKET DEVICE: vendor, product, revision and serial number are the maker's",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([0x12, ..], 4..=17))) => 0xFFFF,
                (Some((0xA1, 0)), _) if matches!(CD.word(written), 10..=19 | 23..=46) => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "session",
            why: "MMC-2, READ TOC, format 1: the first track of the last session, with control, number and address; QEMU gives zeros",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some((cdb, 2..=5))) if cdb[0] == 0x43 && cdb[9] >> 6 == 1 => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "pages",
            why: "SFF-8020i, MODE SENSE: page 3Fh is all pages, 0Dh the CD-ROM parameters, and page control 1 shows what can be changed; QEMU has the current 01h, 0Eh and 2Ah",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some(_), Some((cdb, _))) if cdb[0] == 0x5A && !matches!(cdb[2], 0x01 | 0x0E | 0x2A) => {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "reset's interrupt",
            why: "ATA-4, Software reset: it ends without an interrupt; QEMU's raises one",
            bits: |written, action| match *action {
                Action::In { port: INTERRUPTS, .. }
                    if written.last_of(&[CD.control, CD.command()]) == Some(CD.control) =>
                {
                    0x80
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "no byte count",
            why: "ATA-4, PACKET: a byte count of zero is no limit for a block, and ours ends a command that has data without them; QEMU aborts it, as ACS-3 has it, and without an interrupt",
            bits: |written, action| match (CD.packet(written), *action) {
                (Some(_), Action::In { port, .. })
                    if written.byte(CD.block + 4) == 0
                        && written.byte(CD.block + 5) == 0
                        && (CD.place(written, action).is_some() || port == INTERRUPTS) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "lead-out",
            why: "ECMA-130, Q-channel control: the lead-out is recorded as the track before it, whose copy bit is off; QEMU sets it",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some((cdb, 2 | 6))) if cdb[0] == 0x43 && cdb[9] >> 6 == 0 => 0x0200,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "power",
            why: "ATA-4, Power Management feature set: packet devices have its commands, too; QEMU's aborts them",
            bits: |written, action| match CD.place(written, action) {
                Some((0xE0..=0xE3 | 0xE5..=0xE7, 1 | 2 | 7)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "nobody's signature",
            why: "ATA-4, Single device configurations: device 0 answers for device 1 with a status of zero; ours keeps its cylinder at zero, too, lest it be a packet device's signature, QEMU's is FFFFh, or what was written",
            bits: |written, action| match CD.place(written, action) {
                Some((_, 4 | 5)) if CD.second(written) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "complete disc",
            why: "MMC-2, READ DISC INFORMATION: a complete disc has no next session, and FFh for where it would begin and end; QEMU has 0",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([0x51, ..], 8..=11))) => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "features",
            why: "MMC-2, GET CONFIGURATION: features from the one that was asked for on; ours has two more, and QEMU gives all or, from another than 0, none",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, at)), Some((cdb, word))) if cdb[0] == 0x46 => {
                    let asked = cdb[1] & 3 != 0 || cdb[3] != 0;
                    let is_length = matches!(at, 4 | 5) || word == 1;
                    if asked || is_length || word >= 10 { u32::MAX } else { 0 }
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "a byte at a time",
            why: "SFF-8020i, Byte count: no block but the last may be odd, which a limit of one byte would have; ours goes by two, QEMU by none",
            bits: |written, action| match CD.packet(written) {
                Some(_) if written.byte(CD.block + 4) == 1 && written.byte(CD.block + 5) == 0 => {
                    CD.place(written, action).map_or(0, |_| u32::MAX)
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "length of events",
            why: "MMC-2, GET EVENT STATUS NOTIFICATION: the length is that of all that follows it; QEMU leaves the rest of the header out",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([0x4A, ..], 0))) => 0x0600,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "capabilities",
            why: "SFF-8020i, MODE SENSE: page 2Ah is what a drive can do, 18 bytes of it; QEMU's is 20 bytes and another drive's",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some(_), Some(([0x5A, _, 0x2A, ..], _))) => u32::MAX,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "abilities",
            why: "ATA-4, IDENTIFY PACKET DEVICE: words 20-22 are retired, those from 49 on what a drive can do, as ATA-4 and ATAPI-4 have it; QEMU's is another drive",
            bits: |written, action| match CD.place(written, action) {
                Some((0xA1, 0)) if matches!(CD.word(written), 20..=22 | 49..=255) => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "features of disks",
            why: "ATA-4, SET FEATURES: what a device does not have is aborted; a drive without caches has neither write cache nor look-ahead, QEMU's says yes",
            bits: |written, action| match CD.place(written, action) {
                Some((0xEF, register @ (1 | 7))) if written.byte(CD.error()) != 3 => {
                    if register == 1 {
                        0x04
                    } else {
                        0x01
                    }
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "audio",
            why: "SFF-8020i, MODE SENSE: page 0Eh has Immed, which cannot be changed, ports and volumes; QEMU's is of zeros",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([0x5A, _, 0x0E, ..], 5..=11))) => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "DVD structure",
            why: "MMC-2, Feature sets: READ DVD STRUCTURE is a command of drives that read DVD; ours does not know it, QEMU's cannot do it to a CD",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([3, ..], 6))) if written.answer(CD.block) == 0x20 => 0x10,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "raw TOC",
            why: "MMC-2, READ TOC, format 2: the addresses are minutes, seconds and frames whatever the MSF bit says; QEMU heeds it",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some((cdb, 16..=18 | 22 | 23))) if cdb[0] == 0x43 && cdb[9] >> 6 == 2 => {
                    0xFFFF
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "medium type",
            why: "SFF-8020i, MODE SENSE: 01h is a disc of data; QEMU says that there is none, 70h",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([0x5A, ..], 1))) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "diagnosis of both",
            why: "ATA-4, EXECUTE DEVICE DIAGNOSTIC: both devices do it whichever is selected, and device 0 is afterwards; in QEMU the selected one does",
            bits: |written, action| match CD.place(written, action) {
                Some((0x90, 1..=7)) if CD.second(written) => 0xFF,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "device 0",
            why: "ATA-4, Software reset: the device register is cleared, so device 0 is selected; QEMU's keeps its DEV bit",
            bits: |written, action| match CD.place(written, action) {
                Some(_)
                    if CD.second(written)
                        && written.last_of(&[CD.control, CD.device()]) == Some(CD.control) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "diagnosis",
            why: "ATA-4, EXECUTE DEVICE DIAGNOSTIC: device 0 interrupts at its end; QEMU's only if it is a disk",
            bits: |written, action| match *action {
                Action::In { port: INTERRUPTS, .. } if CD.last(written) == 0x90 => 0x80,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "odd end",
            why: "SFF-8020i, Byte count: the last word of an odd block has one byte; QEMU's never ends",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some(_), Some((cdb, word)))
                    if allocation(&cdb) % 2 == 1 && word >= u32::from(allocation(&cdb) / 2) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "read without retry",
            why: "ATA-4, READ SECTOR(S): a packet device aborts it with its signature; QEMU's knows the command by one of its codes",
            bits: |written, action| match CD.place(written, action) {
                Some((0x21, 2..=5)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "valid",
            why: "SFF-8020i, REQUEST SENSE: bit 7 of byte 0 says that the information field is valid, which it never is; QEMU sets it",
            bits: |written, action| match (CD.place(written, action), CD.packet(written)) {
                (Some((_, 0)), Some(([3, ..], 0))) => 0x80,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "reset's code",
            why: "ATA-4, DEVICE RESET: the error register has the diagnostic code; QEMU clears it",
            bits: |written, action| match CD.place(written, action) {
                Some((0x08, 1)) => 0x01,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "aborted",
            why: "SFF-8020i, Error register: ABRT beside the sense key, as the command was not done; QEMU has the key alone",
            bits: |written, action| match CD.place(written, action) {
                Some((0xA0, 1)) => 0x04,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "byte count",
            why: "SFF-8020i, Byte count registers: they count the bytes of a block, and nothing when there is none; QEMU keeps the last count, or what was written",
            bits: |written, action| match CD.place(written, action) {
                Some((0xA0, 4 | 5)) if CD.is_without_data(written) || wants_data(written) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "service",
            why: "ATA-4, PACKET command: bit 4 of status is SERV, for commands that overlap; QEMU shows DSC",
            bits: |written, action| match CD.place(written, action) {
                Some((_, 7)) => 0x10,
                _ => 0,
            },
            parts: false,
        },
    ]
}

#[test]
fn the_cd_drive_agrees_with_qemus() {
    let mut all: Vec<Register> = packets().collect();
    all.extend(vec![sectors(); 40].concat());
    all.extend(vec![others(); 80].concat());
    let mut begin = interrupts();
    begin.extend([write(CD.command(), 0x08), SETTLE]);
    let field = Field { name: "ATAPI", begin, registers: all };
    let disc = At::Disc(content(SECTORS as usize * 2048));
    compare_on(drives([At::Nothing, At::Nothing, disc, At::Nothing]), &field, &known());
}
