//! ATA disks through the command block.

use super::ata::{
    At, Channel, INTERRUPTS, PRIMARY, SECONDARY, SETTLE, content, drives, interrupts, registers,
};
use super::compare_on;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, Written, read, write};

/// Cylinders of 16 heads with 63 sectors, as both machines report them, of the disk that is alone on the primary channel.
const CYLINDERS: usize = 5;
/// Commands that write sectors.
const WRITES: [u8; 4] = [0x30, 0x31, 0x3C, 0xC5];
/// Commands that read sectors.
const READS: [u8; 4] = [0x20, 0x20, 0x21, 0xC4];

/// INITIALIZE DEVICE PARAMETERS and SET MULTIPLE MODE: a translation outlives QEMU's resets, and its disks begin with blocks of
/// 16 sectors.
fn settings(channel: Channel, device: u8) -> Vec<Action> {
    let mut set = registers(channel.block, &[(6, device | 0xF), (2, 63), (7, 0x91)]);
    set.extend([SETTLE, read(channel.command())]);
    set.extend(registers(channel.block, &[(6, device), (2, 16), (7, 0xC6)]));
    set.extend([SETTLE, read(channel.command())]);
    set
}

fn ide_begin() -> Vec<Action> {
    let mut begin = interrupts();
    for (channel, device) in [(PRIMARY, 0xA0), (SECONDARY, 0xB0), (SECONDARY, 0xA0)] {
        begin.extend(settings(channel, device));
    }
    for channel in [PRIMARY, SECONDARY] {
        begin.extend(registers(channel.block, &[(1, 0), (2, 1), (3, 1), (4, 0), (5, 0), (6, 0xA0)]));
    }
    begin
}

/// A command's registers, all of them: features, count, address and device.
fn file(channel: Channel, values: [&[u8]; 6]) -> Vec<Step> {
    let registers = (channel.error()..channel.command()).zip(values);
    registers.map(|(port, values)| Step::OneOf(port, values.to_vec())).collect()
}

/// Addresses of either kind, near the disks' ends and their cylinders'.
fn addresses(channel: Channel, counts: &[u8]) -> [Vec<Step>; 2] {
    const LOW: &[u8] = &[0, 1, 2, 0x3E, 0x3F, 0x40, 0x41, 0xAD, 0xAE, 0xAF, 0xB0, 0xFF];
    const BY_LBA: &[u8] = &[0xE0, 0xE0, 0xE0, 0xE0, 0x40, 0xE1, 0xF0];
    const BY_CHS: &[u8] = &[0xA0, 0xA0, 0xA1, 0x0F, 0xAF, 0xB0];
    [
        file(channel, [&[0], counts, LOW, &[0, 0, 1, 0x13, 0x14], &[0, 0, 0, 0, 1], BY_LBA]),
        file(
            channel,
            [&[0], counts, &[0, 1, 2, 62, 63, 64], &[0, 1, 2, 3, 4, 5, 0xFF], &[0, 0, 0, 1], BY_CHS],
        ),
    ]
}

/// Reads of sectors, whole.
fn reads(channel: Channel) -> Vec<Register> {
    let mut all = Vec::new();
    for (count, width) in [(1, Width::Word), (2, Width::Dword), (3, Width::Dword), (4, Width::Word)] {
        for mut steps in addresses(channel, &[count]) {
            steps.extend(channel.order(&READS));
            for _ in 0..count {
                steps.extend(channel.block(256, width));
            }
            steps.extend(channel.outcome());
            all.push(Register::Steps(steps));
        }
    }
    all
}

/// Writes of sectors, whole.
fn writes(channel: Channel) -> Vec<Register> {
    let mut all = Vec::new();
    for (count, width) in [(1, Width::Word), (2, Width::Dword), (3, Width::Word)] {
        for mut steps in addresses(channel, &[count]) {
            steps.extend(channel.order(&WRITES));
            for n in 0..count {
                steps.extend(channel.fill(256, width, u32::from(n ^ count) << 8));
            }
            steps.extend(channel.outcome());
            all.push(Register::Steps(steps));
        }
    }
    all
}

/// Commands without data.
fn plain(channel: Channel) -> Vec<Register> {
    const DEVICES: &[u8] = &[0xE0, 0xA0, 0xE0, 0xA3, 0xEF, 0xB0];
    let with = |features: &[u8], counts: &[u8], devices: &[u8], codes: &[u8]| {
        let file = file(channel, [features, counts, &[0, 1, 0x55], &[0, 0x4F], &[0, 0xC2], devices]);
        Register::Steps([file, channel.order(codes), channel.outcome()].concat())
    };
    const FEATURES: &[u8] = &[0x02, 0x82, 0x55, 0xAA, 0x66, 0xCC, 0x05, 0x85, 0x01, 0x00, 0xFF];
    let mut all = vec![
        // SET MULTIPLE MODE.
        with(&[0], &[0, 1, 2, 3, 4, 8, 16, 17, 32, 0xFF], DEVICES, &[0xC6]),
        // INITIALIZE DEVICE PARAMETERS, mostly to a translation that works. QEMU ends with a division by a track of no sectors.
        with(&[0], &[1, 17, 63, 63], &[0xAF, 0xAF, 0xA3, 0xA0, 0xAE, 0xBF], &[0x91]),
        // SET FEATURES, and its transfer modes.
        with(FEATURES, &[0, 1], DEVICES, &[0xEF]),
        with(&[0x03], &[0, 1, 8, 0xC, 0x20, 0x22, 0x42, 0x10, 0xFF], DEVICES, &[0xEF]),
        // EXECUTE DEVICE DIAGNOSTIC, READ NATIVE MAX ADDRESS, NOP, FLUSH CACHE.
        with(&[0], &[0, 1], DEVICES, &[0x90, 0xF8, 0x00, 0xE7]),
        // The power commands, with a count for their timers.
        with(&[0], &[0, 1, 0xFF], DEVICES, &[0xE0, 0xE1, 0xE2, 0xE3, 0xE5, 0xE6, 0x94, 0x97, 0x98]),
        // What is another kind of device's, not there, or longer than 28 bits.
        with(
            &[0, 0xD0, 0xD8],
            &[0, 1],
            DEVICES,
            &[0x08, 0xA0, 0xA1, 0xB0, 0xB1, 0xF1, 0xF6, 0x80, 0x9A, 0xFF, 0x24, 0x42],
        ),
    ];
    for counts in [&[1, 2, 3][..], &[0, 1, 0xFF]] {
        for address in addresses(channel, counts) {
            let with = |codes: &[u8]| {
                Register::Steps([address.clone(), channel.order(codes), channel.outcome()].concat())
            };
            // READ VERIFY; SEEK, RECALIBRATE with any low digit.
            all.extend([with(&[0x40, 0x41]), with(&[0x70, 0x10, 0x75, 0x1F])]);
        }
    }
    all
}

/// IDENTIFY DEVICE.
fn identify(channel: Channel) -> Register {
    let mut steps = file(channel, [&[0], &[0, 1], &[0, 1], &[0, 1], &[0, 1], &[0xA0, 0xE0, 0xB0]]);
    steps.extend(channel.order(&[0xEC]));
    steps.extend(channel.block(256, Width::Word));
    steps.extend(channel.outcome());
    Register::Steps(steps)
}

/// Software reset, and interrupts off and on.
fn control(channel: Channel) -> Vec<Register> {
    let mut reset = vec![Step::Do(write(channel.control, 4)), Step::Do(SETTLE)];
    reset.extend(channel.outcome());
    reset.extend([Step::Do(write(channel.control, 0)), Step::Do(SETTLE)]);
    reset.extend(channel.outcome());
    for device in [0xB0, 0xA0] {
        reset.extend(settings(channel, device).into_iter().map(Step::Do));
    }
    // A transfer that a reset ends.
    let mut cut = file(channel, [&[0], &[1, 2], &[1, 2], &[0], &[0], &[0xE0, 0xF0]]);
    cut.extend(channel.order(&[0x20, 0x30, 0xC4, 0xC5, 0xEC]));
    cut.extend(channel.status());
    cut.extend(vec![Step::Do(channel.data(Width::Word)); 3]);
    cut.extend(vec![Step::Do(channel.put(Width::Word, 0x1234)); 3]);
    cut.extend(reset.clone());
    let mut interrupts = vec![Step::OneOf(channel.control, vec![0, 2, 8, 10]), Step::Do(SETTLE)];
    interrupts.extend(channel.status());
    [reset, cut, interrupts].map(Register::Steps).to_vec()
}

/// The channel that is read, with what [`Channel::place`] says of it.
fn place(written: &Written, action: &Action) -> Option<(Channel, u8, u16)> {
    [PRIMARY, SECONDARY].into_iter().find_map(|channel| {
        let (code, register) = channel.place(written, action)?;
        Some((channel, code, register))
    })
}

/// Whether the drives of a channel are held in software reset.
fn is_held(written: &Written, channel: Channel) -> bool {
    written.wrote(channel.control, |_| true) && written.byte(channel.control) & 4 != 0
}

/// The registers of a channel at each of its commands so far, and as they are.
fn files(written: &Written, channel: Channel) -> (Vec<[u8; 8]>, [u8; 8]) {
    let (mut files, mut file) = (Vec::new(), [0; 8]);
    for action in &written.before {
        let Action::Out { port, value, .. } = *action else { continue };
        if let Some(register) = port.checked_sub(channel.block).filter(|n| *n < 8) {
            file[usize::from(register)] = value as u8;
            if register == 7 {
                files.push(file);
            }
        }
    }
    (files, file)
}

/// The registers with which a command was given to the selected device last.
fn given(written: &Written, channel: Channel, code: u8) -> Option<[u8; 8]> {
    let (files, now) = files(written, channel);
    files.into_iter().rev().find(|file| file[7] == code && (file[6] ^ now[6]) & 0x10 == 0)
}

/// Whether the registers have a sector or head that the translation of the selected device does not.
fn is_outside(written: &Written, channel: Channel) -> bool {
    let (_, now) = files(written, channel);
    let chosen = given(written, channel, 0x91).unwrap_or([0; 8]);
    let (sectors, heads) = (chosen[2], (chosen[6] & 0xF) + 1);
    now[6] & 0x40 == 0 && (now[3] == 0 || now[3] > sectors || now[6] & 0xF >= heads)
}

/// Whether the selected device was given a block that it does not have.
fn is_without_blocks(written: &Written, channel: Channel) -> bool {
    given(written, channel, 0xC6).is_some_and(|file| file[2] > 16 || !file[2].is_power_of_two())
}

const VERIFIES: [u8; 2] = [0x40, 0x41];
const POWER: [u8; 9] = [0xE0, 0xE1, 0xE2, 0xE3, 0xE6, 0x94, 0x95, 0x96, 0x97];

fn known() -> Vec<Known> {
    vec![
        Known {
            name: "no data",
            why: "ATA-4, Data register: its content is valid only while DRQ is set, and there are data to read",
            bits: |written, action| match place(written, action) {
                Some((channel, code, 0)) if channel.is_without_data(written) || WRITES.contains(&code) => {
                    u32::MAX
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "seek complete",
            why: "ATA-3, Status register: DSC says whether the heads are settled, an error or a power mode leaves it; QEMU clears it",
            bits: |written, action| match (place(written, action), *action) {
                (Some((_, code, 7)), Action::In { port, .. })
                    if written.answer(port) & 1 != 0 || POWER.contains(&code) =>
                {
                    0x10
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "last address",
            why: "ATA-3, READ and WRITE SECTOR(S): the registers end with the address of the last sector, or of the one that failed, and with what is left; QEMU's with the address of the next one, and whole blocks",
            bits: |written, action| match place(written, action) {
                Some((_, code, 3..=5)) if READS.contains(&code) || WRITES.contains(&code) => 0xFF,
                Some((channel, code, 2))
                    if (READS.contains(&code) || WRITES.contains(&code))
                        && written.answer(channel.command()) & 1 != 0 =>
                {
                    0xFF
                }
                Some((_, code, 6)) if READS.contains(&code) || WRITES.contains(&code) => 0x0F,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "verified",
            why: "ATA-3, READ VERIFY SECTOR(S): as READ SECTOR(S), with errors and the address of the last sector; QEMU looks at neither address nor count",
            bits: |written, action| match place(written, action) {
                Some((_, code, 1..=7)) if VERIFIES.contains(&code) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "sought",
            why: "ATA-3, SEEK: IDNF where there is no such sector; QEMU does not look",
            bits: |written, action| match place(written, action) {
                Some((_, 0x70, 1)) => 0x10,
                Some((_, 0x70, 7)) => 0x01,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "low digits",
            why: "ATA-1, Command codes: RECALIBRATE is 1Xh and SEEK 7Xh; QEMU has 10h and 70h",
            bits: |written, action| match place(written, action) {
                Some((_, 0x11..=0x1F | 0x71..=0x7F, 1..=7)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "cylinder 0",
            why: "ATA-1, RECALIBRATE: the heads go to cylinder 0, and our registers show it; what they hold is left open, QEMU keeps it",
            bits: |written, action| match place(written, action) {
                Some((_, 0x10, 4 | 5)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "nobody's signature",
            why: "ATA-4, Single device configurations: device 0 answers for device 1 with a status of zero; ours keeps its cylinder at zero, too, lest it be a packet device's signature, QEMU's holds what was written",
            bits: |written, action| match place(written, action) {
                Some((channel, _, 4 | 5)) if channel.block == PRIMARY.block && channel.second(written) => {
                    0xFF
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "not found",
            why: "ATA-3, READ SECTOR(S): IDNF for an address that is not there; QEMU has ABRT, which later texts allow",
            bits: |written, action| match (place(written, action), *action) {
                (Some((_, code, 1)), Action::In { port, .. })
                    if (READS.contains(&code) || WRITES.contains(&code))
                        && written.answer(port) & 0x10 != 0 =>
                {
                    0x14
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "held in reset",
            why: "ATA-4, Software reset: BSY as long as SRST is set, and no interrupt; QEMU is through with it at once, and interrupts",
            bits: |written, action| match (place(written, action), *action) {
                (Some((channel, ..)), _) if is_held(written, channel) => u32::MAX,
                (_, Action::In { port: INTERRUPTS, .. }) => {
                    u32::from(is_held(written, PRIMARY)) << 6 | u32::from(is_held(written, SECONDARY)) << 7
                }
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "outside the translation",
            why: "ATA-3, READ SECTOR(S): IDNF for a sector number of zero, or above those of a track, or a head that is not there; QEMU multiplies",
            bits: |written, action| match place(written, action) {
                Some((channel, code, 7))
                    if (READS.contains(&code) || WRITES.contains(&code)) && is_outside(written, channel) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "identity",
            why: "ATA-3, IDENTIFY DEVICE: serial number, firmware revision and model are the maker's",
            bits: |written, action| match place(written, action) {
                Some((channel, 0xEC, 0)) => match channel.word(written) {
                    10..=19 | 23..=46 => 0xFFFF,
                    _ => 0,
                },
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "capabilities",
            why: "ATA-4, IDENTIFY DEVICE: what a disk can do; ours is one of ATA-4 with multiword DMA, QEMU's has single-word and Ultra DMA, 48-bit addresses and SMART",
            bits: |written, action| match place(written, action) {
                Some((channel, 0xEC, 0)) => match channel.word(written) {
                    49 | 52 | 53 | 62 | 63 | 69..=255 => 0xFFFF,
                    _ => 0,
                },
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "told once",
            why: "ATA-3, IDENTIFY DEVICE: words 3, 4 and 6 are the default translation, 54-59 the current one and the current block; QEMU tells for ever what held when it was asked first, and has no default",
            bits: |written, action| match place(written, action) {
                Some((channel, 0xEC, 0)) if matches!(channel.word(written), 3 | 4 | 6 | 54..=59) => 0xFFFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "transfer modes",
            why: "ATA-4, SET FEATURES: a mode that the device does not have is aborted; ours has multiword DMA, QEMU's single-word and Ultra DMA, too",
            bits: |written, action| match place(written, action) {
                Some((channel, 0xEF, register @ (1 | 7)))
                    if written.byte(channel.error()) == 3
                        && matches!(written.byte(channel.error() + 1) >> 3, 2 | 8) =>
                {
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
            name: "power modes",
            why: "ATA-4, CHECK POWER MODE: 0 in standby, 80h when idle; QEMU's disk is always active",
            bits: |written, action| match place(written, action) {
                Some((_, 0xE5 | 0x98, 2)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "refused at once",
            why: "ATA-3, PIO data out: a device that cannot do the command ends it instead of asking for data; QEMU looks at the address of a write when it has them",
            bits: |written, action| match (place(written, action), *action) {
                (Some((_, code, 7)), Action::In { port, .. })
                    if WRITES.contains(&code) && written.answer(port) & 1 != 0 =>
                {
                    0xFF
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "48 bits",
            why: "ATA-6, 48-bit Address feature set: it is optional, and newer than our disk, which aborts its commands",
            bits: |written, action| match place(written, action) {
                Some((_, 0x24 | 0x42, 1..=7)) => 0xFF,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "diagnosis",
            why: "ATA-4, EXECUTE DEVICE DIAGNOSTIC: both devices do it whichever is selected, and device 0 is afterwards; in QEMU the selected one does",
            bits: |written, action| match place(written, action) {
                Some((channel, 0x90, 1..=7)) if channel.second(written) => 0xFF,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "device 0",
            why: "ATA-4, Software reset: the device register is cleared, so device 0 is selected; QEMU's keeps its DEV bit",
            bits: |written, action| match place(written, action) {
                Some((channel, ..))
                    if channel.second(written)
                        && written.last_of(&[channel.control, channel.device()]) == Some(channel.control)
                        && written.wrote(channel.control, |value| value & 4 != 0) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "SMART",
            why: "ATA-4, SMART feature set: it is optional, and our disk, which has none, aborts its command",
            bits: |written, action| match place(written, action) {
                Some((_, 0xB0, 1..=7)) => 0xFF,
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "bad block",
            why: "ATA-1, SET MULTIPLE MODE: a count that the disk does not have is aborted, and disables READ and WRITE MULTIPLE; QEMU stays with the last one",
            bits: |written, action| match place(written, action) {
                Some((channel, 0xC4 | 0xC5, 7)) if is_without_blocks(written, channel) => 0xFF,
                _ => 0,
            },
            parts: true,
        },
    ]
}

#[test]
fn the_disks_agree_with_qemus() {
    let mut all = Vec::new();
    for channel in [PRIMARY, SECONDARY] {
        all.extend(reads(channel));
        all.extend(vec![plain(channel); 3].concat());
        all.extend(vec![identify(channel); 2]);
        all.extend(control(channel));
        all.extend(writes(channel));
    }
    let field = Field { name: "IDE", begin: ide_begin(), registers: all };
    // The disk at the primary channel has no other beside it, the two at the secondary one are smaller.
    let disk = |cylinders| At::Disk(content(cylinders * 16 * 63 * 512));
    let positions = [disk(CYLINDERS), At::Nothing, disk(2), disk(3)];
    compare_on(drives(positions), &field, &known());
}
