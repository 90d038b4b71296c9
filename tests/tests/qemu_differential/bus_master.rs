//! The IDE function's bus master, with an ATA disk on the primary channel and a CD-ROM drive on the secondary one.

use super::ata::{At, Channel, PRIMARY, SECONDARY, SETTLE, content, drives, interrupts};
use super::compare_on;
use backplane::Width;
use backplane::bench::Action;
use relic_tests::differential::{Field, Known, Register, Step, Written, read, write};

/// The bus-master ports of the primary channel; those of the secondary one follow.
const BASE: u16 = 0xC000;
/// Where the descriptor tables are.
const TABLE: u32 = 0x8000;
/// Flag of a table's last descriptor.
const END: u32 = 1 << 31;
/// Memory that transfers reach, by the page.
const PAGES: [u32; 8] = [0x1_0000, 0x1_1000, 0x1_2000, 0x1_3000, 0x1_F000, 0x2_0000, 0x2_1000, 0x2_2000];

/// The bus-master ports of a channel.
fn ports(channel: Channel) -> u16 {
    if channel.block == PRIMARY.block { BASE } else { BASE + 8 }
}

fn poke(at: u32, value: u32) -> Step {
    Step::Do(Action::Write { at, width: Width::Dword, value })
}

fn peek(at: u32) -> Step {
    Step::Do(Action::Read { at, width: Width::Dword })
}

/// The function's ports are where we look for them, and memory is as it is when it is new.
fn begin() -> Vec<Action> {
    let set = |register, value| Action::WriteConfig { function: 9, register, width: Width::Dword, value };
    let mut begin = interrupts();
    begin.extend([set(0x20, BASE.into()), set(0x04, 5)]);
    begin.extend(PAGES.iter().chain(&[TABLE]).map(|at| Action::Store { at: *at, len: 4096, byte: 0 }));
    begin.push(write(SECONDARY.command(), 0x08));
    begin.push(SETTLE);
    begin
}

/// Tables for so many bytes: whole, in parts, over a border of 64 KiB, with odd numbers, longer, and shorter.
fn tables(bytes: u32) -> Vec<Vec<(u32, u32)>> {
    vec![
        vec![(0x1_0000, bytes | END)],
        vec![(0x1_0000, 512), (0x1_1000, (bytes - 512) | END)],
        vec![(0x1_2000, 2), (0x1_0802, 510), (0x1_3000, (bytes - 512) | END)],
        vec![(0x1_FF80, bytes | END)],
        vec![(0x2_1004, bytes / 2), (0x2_0000, (bytes / 2) | END)],
        vec![(0x1_0001, 513), (0x1_1003, (bytes - 511) | END)],
        vec![(0x1_2000, (4 * bytes) | END)],
        vec![(0x1_2000, END)],
        vec![(0x1_0000, 512), (0x1_1000, bytes - 512), (0x1_2000, 512 | END)],
        vec![(0x1_0000, 700 | END)],
        vec![(0x1_3000, 512 | END)],
    ]
}

/// Memory that a transfer through one of those tables has changed, or has not.
fn looks() -> Vec<Step> {
    let places = [0x1_0000, 0x1_01FC, 0x1_0200, 0x1_0800, 0x1_1000, 0x1_2000, 0x1_3000, 0x1_FFFC];
    places.into_iter().chain([0x2_0000, 0x2_007C, 0x2_1004, 0x2_1204]).map(peek).collect()
}

/// The master's registers, and the drive's.
fn state(channel: Channel) -> Vec<Step> {
    let mut steps: Vec<Step> = [0, 2].map(|n| Step::Do(read(ports(channel) + n))).to_vec();
    steps.extend(channel.outcome());
    steps
}

/// A table, and the master made ready for it.
fn prepare(channel: Channel, table: &[(u32, u32)]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (n, (address, control)) in table.iter().enumerate() {
        steps.extend([poke(TABLE + 8 * n as u32, *address), poke(TABLE + 8 * n as u32 + 4, *control)]);
    }
    steps.push(Step::Do(Action::Out { port: ports(channel) + 4, width: Width::Dword, value: TABLE }));
    steps.push(Step::OneOf(ports(channel) + 2, vec![0x06, 0x26, 0x66]));
    steps
}

/// A disk's command, and the master's start before or after it.
fn disk(count: u8, table: &[(u32, u32)], to_memory: bool, early: bool) -> Register {
    let channel = PRIMARY;
    let mut steps = prepare(channel, table);
    let file: [(u16, &[u8]); 6] =
        [(1, &[0]), (2, &[count]), (3, &[0, 1, 7, 0xAC]), (4, &[0, 0x13]), (5, &[0]), (6, &[0xE0])];
    steps.extend(file.iter().map(|(n, values)| Step::OneOf(channel.block + n, values.to_vec())));
    let way = if to_memory { 8 } else { 0 };
    let start = [write(ports(channel), way), write(ports(channel), way | 1), SETTLE].map(Step::Do);
    let order = channel.order(if to_memory { &[0xC8, 0xC9] } else { &[0xCA, 0xCB] });
    if early {
        steps.extend(start);
        steps.extend(order);
    } else {
        steps.extend(order);
        steps.extend([read(channel.control), read(ports(channel) + 2)].map(Step::Do));
        steps.extend(start);
    }
    steps.extend(state(channel));
    steps.push(Step::Do(write(ports(channel), way)));
    steps.extend(state(channel));
    steps.extend(looks());
    Register::Steps(steps)
}

/// A packet with data by DMA.
fn packet(cdb: [u8; 12], table: &[(u32, u32)]) -> Register {
    let channel = SECONDARY;
    let mut steps = prepare(channel, table);
    for (n, value) in [(1, 1), (2, 0), (3, 0), (4, 0xFE), (5, 0xFF), (6, 0xA0), (7, 0xA0)] {
        steps.push(Step::Do(write(channel.block + n, value)));
    }
    steps.push(Step::Do(SETTLE));
    for word in cdb.chunks(2) {
        let value = u16::from_le_bytes([word[0], word[1]]);
        steps.push(Step::Do(channel.put(Width::Word, value.into())));
    }
    steps.push(Step::Do(SETTLE));
    steps.extend([write(ports(channel), 8), write(ports(channel), 9), SETTLE].map(Step::Do));
    steps.extend(state(channel));
    steps.push(Step::Do(write(ports(channel), 8)));
    steps.extend(state(channel));
    steps.extend(looks());
    steps.extend(channel.order(&[0x08]));
    Register::Steps(steps)
}

/// Registers of the master that no transfer uses.
fn idle(channel: Channel) -> Vec<Register> {
    let first = ports(channel);
    let mut all = vec![
        Register::Chosen(first, vec![0, 8]),
        Register::Chosen(first + 2, vec![0, 2, 4, 6, 0x20, 0x40, 0x60, 0xFF]),
        Register::Ports { first: first + 4, count: 4 },
    ];
    for width in [Width::Word, Width::Dword] {
        let value = 0x1234_5678 & width.mask();
        let set = Step::Do(Action::Out { port: first + 4, width, value });
        let get = Step::Do(Action::In { port: first + 4, width: Width::Dword });
        all.push(Register::Steps(vec![set, get]));
    }
    all
}

#[test]
fn the_bus_master_agrees_with_qemus() {
    let mut all = [idle(PRIMARY), idle(SECONDARY)].concat();
    for count in [2, 3, 4] {
        for table in tables(u32::from(count) * 512) {
            for (to_memory, early) in [(true, false), (true, true), (false, false), (false, true)] {
                all.push(disk(count, &table, to_memory, early));
            }
        }
    }
    for table in tables(4096) {
        all.push(packet([0x28, 0, 0, 0, 0, 16, 0, 0, 2, 0, 0, 0], &table));
        all.push(packet([0xA8, 0, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0], &table));
    }
    let field = Field { name: "bus master", begin: begin(), registers: all };
    let positions =
        [At::Disk(content(5 * 16 * 63 * 512)), At::Nothing, At::Disc(content(300 * 2048)), At::Nothing];
    compare_on(drives(positions), &field, &known());
}

/// The descriptors that were written last.
fn table(written: &Written) -> Vec<(u32, u32)> {
    let word = |at: u32| {
        let values = written.before.iter().rev().filter_map(|action| match *action {
            Action::Write { at: there, value, .. } if there == at => Some(value),
            _ => None,
        });
        values.into_iter().next().unwrap_or(0)
    };
    let mut table = Vec::new();
    for n in 0..4 {
        table.push((word(TABLE + 8 * n), word(TABLE + 8 * n + 4)));
        if table.last().is_some_and(|(_, control)| control & END != 0) {
            break;
        }
    }
    table
}

/// Whether the regions have less room than the last command's data.
fn is_short(written: &Written) -> bool {
    let room = |(_, control): &(u32, u32)| if control & 0xFFFE == 0 { 0x1_0000 } else { control & 0xFFFE };
    let room: u32 = table(written).iter().map(room).sum();
    let disk = written.last_of(&[PRIMARY.command(), SECONDARY.command()]) == Some(PRIMARY.command());
    room < if disk { u32::from(written.byte(PRIMARY.block + 2)) * 512 } else { 4096 }
}

fn known() -> Vec<Known> {
    vec![
        Known {
            name: "last address",
            why: "ATA-3, READ and WRITE DMA: the registers end with the address of the last sector, or of the one that failed; QEMU's with the next one's",
            bits: |written, action| match PRIMARY.place(written, action) {
                Some((0xC8..=0xCB, 3..=5)) => 0xFF,
                Some((0xC8..=0xCB, 6)) => 0x0F,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "service",
            why: "ATA-4, PACKET command: bit 4 of status is SERV, for commands that overlap; QEMU shows DSC",
            bits: |written, action| match SECONDARY.place(written, action) {
                Some((_, 7)) => 0x10,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "byte count",
            why: "SFF-8020i, Byte count registers: they count the bytes of a block, and nothing when there is none; QEMU keeps what was written",
            bits: |written, action| match SECONDARY.place(written, action) {
                Some((0xA0, 4 | 5)) => 0xFF,
                _ => 0,
            },
            parts: false,
        },
        Known {
            name: "short table",
            why: "Programming Interface for Bus Master IDE Controller 1.0, Status register: a table with less room than the data is used up, and the master not active then; QEMU moves nothing",
            bits: |written, _| if is_short(written) { u32::MAX } else { 0 },
            parts: true,
        },
        Known {
            name: "odd address",
            why: "Programming Interface for Bus Master IDE Controller 1.0, Physical region descriptor: regions are aligned to words, bit 0 of an address is 0; QEMU uses it",
            bits: |written, action| match *action {
                Action::Read { .. }
                    if written.before.iter().any(
                        |action| matches!(*action, Action::Write { at: TABLE, value, .. } if value & 1 != 0),
                    ) =>
                {
                    u32::MAX
                }
                _ => 0,
            },
            parts: true,
        },
        Known {
            name: "room left by a packet",
            why: "Programming Interface for Bus Master IDE Controller 1.0, Status register: a table with more room than the data leaves the master active; QEMU's only after a disk's",
            bits: at_ports!(0xC00A, 0x01),
            parts: false,
        },
    ]
}
