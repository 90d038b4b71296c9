//! Programs as bytes, for fuzzers: a version, then records of one length.
//!
//! A record names a place of the subject by number, not by address, and is decoded when its turn comes: a window that a
//! program moved is found where it is. Any bytes are a program. A kind that this version does not know is no action, so
//! that a corpus stays what it was when kinds are added.

use super::places::Places;
use super::script::{Action, Input, Medium};
use crate::{Bay, Direction, Reset, Width};

/// Version of the byte form: the first byte of a program.
pub const BYTES_VERSION: u8 = 1;
/// Bytes of one record.
pub const RECORD: usize = 16;
/// Place number of an address that is none of the subject's places.
const ELSEWHERE: u16 = u16::MAX;

/// One record: kind, shape, place, offset, value, extra; numbers are little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Which action.
    pub kind: u8,
    /// Width and flags.
    pub shape: u8,
    /// Number of the place, channel or bay.
    pub place: u16,
    /// Where in the place.
    pub offset: u32,
    /// What is written, or how much.
    pub value: u32,
    /// Elements, or a second address.
    pub extra: u32,
}

/// Kinds of records. A number is never used for something else.
pub mod kind {
    #![allow(missing_docs)]
    pub const IN: u8 = 1;
    pub const OUT: u8 = 2;
    pub const IN_STRING: u8 = 3;
    pub const OUT_STRING: u8 = 4;
    pub const READ: u8 = 5;
    pub const WRITE: u8 = 6;
    pub const FILL: u8 = 7;
    pub const COPY: u8 = 8;
    pub const READ_CONFIG: u8 = 9;
    pub const WRITE_CONFIG: u8 = 10;
    pub const LOAD: u8 = 11;
    pub const STORE: u8 = 12;
    pub const CHANNEL: u8 = 13;
    pub const STEP: u8 = 14;
    pub const WAKE: u8 = 15;
    pub const KEY: u8 = 16;
    pub const POINTER: u8 = 17;
    pub const RECEIVE: u8 = 18;
    pub const LEVELS: u8 = 19;
    pub const ACKNOWLEDGE: u8 = 20;
    pub const PULSE: u8 = 21;
    pub const INSERT: u8 = 22;
    pub const EJECT: u8 = 23;
    pub const RESTORE: u8 = 24;
    pub const RESET: u8 = 25;
    /// The highest that is known.
    pub const LAST: u8 = RESET;
}

/// Flags of a shape, above the width.
const DOWN: u8 = 4;
const AUTO: u8 = 8;
const MASKED: u8 = 16;
/// A direction's place in a shape.
const DIRECTION_SHIFT: u32 = 5;

const DIRECTIONS: [Direction; 4] =
    [Direction::Verify, Direction::ToMemory, Direction::FromMemory, Direction::Illegal];

/// The records of a program; a last one that is cut off is none. Bytes of another version have no records.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Record> + Clone + '_ {
    let body = match bytes.split_first() {
        Some((&BYTES_VERSION, body)) => body,
        _ => &[],
    };
    body.chunks_exact(RECORD).map(Record::of_bytes)
}

/// A program of records.
pub fn program(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + records.len() * RECORD);
    bytes.push(BYTES_VERSION);
    records.iter().for_each(|record| bytes.extend(record.bytes()));
    bytes
}

/// A program of `len` records made from a seed: most kinds at most places, offsets and values as they often matter.
pub fn random(seed: u64, len: usize) -> Vec<u8> {
    let mut chance = Chance::new(seed);
    let records: Vec<Record> = (0..len).map(|_| Record::random(&mut chance)).collect();
    program(&records)
}

/// Numbers from a seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn any(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    /// A number below `end`, which is not zero.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.any()) * u64::from(end)) >> 32) as u32
    }

    /// A number as registers like it: small, a single bit, all ones, or anything.
    pub fn value(&mut self) -> u32 {
        let any = self.any();
        match self.below(8) {
            0 => any & 1,
            1 => 1 << (any & 31),
            2 => u32::MAX << (any & 31),
            3 => any & 0x0F,
            4..=5 => any & 0xFF,
            _ => any,
        }
    }
}

/// How often the kinds come in random programs.
const OFTEN: [(u8, u32); 25] = [
    (kind::IN, 120),
    (kind::OUT, 200),
    (kind::IN_STRING, 4),
    (kind::OUT_STRING, 4),
    (kind::READ, 40),
    (kind::WRITE, 60),
    (kind::FILL, 4),
    (kind::COPY, 4),
    (kind::READ_CONFIG, 8),
    (kind::WRITE_CONFIG, 16),
    (kind::LOAD, 2),
    (kind::STORE, 6),
    (kind::CHANNEL, 8),
    (kind::STEP, 24),
    (kind::WAKE, 24),
    (kind::KEY, 6),
    (kind::POINTER, 6),
    (kind::RECEIVE, 6),
    (kind::LEVELS, 8),
    (kind::ACKNOWLEDGE, 8),
    (kind::PULSE, 2),
    (kind::INSERT, 1),
    (kind::EJECT, 1),
    (kind::RESTORE, 4),
    (kind::RESET, 2),
];

impl Record {
    /// A random record.
    pub fn random(chance: &mut Chance) -> Record {
        let whole = OFTEN.iter().map(|(_, weight)| weight).sum();
        let mut left = chance.below(whole);
        let kind = OFTEN.iter().find(|(_, weight)| {
            let found = left < *weight;
            left = left.wrapping_sub(*weight);
            found
        });
        let kind = kind.map_or(kind::OUT, |(kind, _)| *kind);
        let (value, extra) = match kind {
            // Powers of two up to a second.
            kind::STEP => (1 << chance.below(31), 0),
            kind::IN_STRING | kind::OUT_STRING | kind::STORE | kind::FILL => {
                (chance.value(), 1 << chance.below(10))
            }
            kind::COPY => (chance.any() & 0x7_0000 | 1 << chance.below(10), chance.value()),
            _ => (chance.value(), 0),
        };
        Record {
            kind,
            shape: chance.any() as u8,
            place: chance.below(32) as u16,
            offset: chance.value(),
            value,
            extra,
        }
    }
}

/// The first elements of a count, as many as an action may have.
fn limited(count: u32) -> u16 {
    (count % (u32::from(Action::MOST) + 1)) as u16
}

fn shape(width: Width) -> u8 {
    match width {
        Width::Byte => 0,
        Width::Word => 1,
        Width::Dword => 2,
    }
}

fn two_halves(low: u16, high: u16) -> u32 {
    u32::from(low) | u32::from(high) << 16
}

impl Record {
    /// The record as bytes.
    pub fn bytes(&self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..2].copy_from_slice(&[self.kind, self.shape]);
        bytes[2..4].copy_from_slice(&self.place.to_le_bytes());
        for (part, number) in bytes[4..].chunks_exact_mut(4).zip([self.offset, self.value, self.extra]) {
            part.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Record {
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Record {
            kind: bytes[0],
            shape: bytes[1],
            place: u16::from_le_bytes([bytes[2], bytes[3]]),
            offset: number(4),
            value: number(8),
            extra: number(12),
        }
    }

    fn width(&self) -> Width {
        [Width::Byte, Width::Word, Width::Dword, Width::Byte][usize::from(self.shape & 3)]
    }

    fn port(&self, places: &Places) -> Option<(u16, Width)> {
        if self.place == ELSEWHERE {
            return Some((self.offset as u16, self.width()));
        }
        let place = places.ports.get(usize::from(self.place) % places.ports.len().max(1))?;
        let port = place.first + (self.offset % u32::from(place.count.max(1))) as u16;
        Some((port, self.width()))
    }

    fn address(&self, place: u16, offset: u32, places: &Places) -> Option<u32> {
        if place == ELSEWHERE {
            return Some(offset);
        }
        let window = places.windows.get(usize::from(place) % places.windows.len().max(1))?;
        Some(window.first + offset % window.len)
    }

    fn function(&self, places: &Places) -> Option<u8> {
        if self.place >= 0x8000 {
            return Some(self.place as u8);
        }
        places.functions.get(usize::from(self.place) % places.functions.len().max(1)).copied()
    }

    /// The action that the record is for a subject with these places.
    pub fn action(&self, places: &Places) -> Option<Action> {
        let width = self.width();
        let value = self.value & width.mask();
        let down = self.shape & DOWN != 0;
        let bay = Bay::ALL[usize::from(self.place) % Bay::ALL.len()];
        Some(match self.kind {
            kind::IN => self.port(places).map(|(port, width)| Action::In { port, width })?,
            kind::OUT => self.port(places).map(|(port, width)| Action::Out { port, width, value })?,
            kind::IN_STRING => {
                let (port, width) = self.port(places)?;
                Action::InString { port, width, to: self.value, count: limited(self.extra) }
            }
            kind::OUT_STRING => {
                let (port, width) = self.port(places)?;
                Action::OutString { port, width, from: self.value, count: limited(self.extra) }
            }
            kind::READ => Action::Read { at: self.address(self.place, self.offset, places)?, width },
            kind::WRITE => Action::Write { at: self.address(self.place, self.offset, places)?, width, value },
            kind::FILL => {
                let to = self.address(self.place, self.offset, places)?;
                Action::Fill { to, width, value, count: limited(self.extra), down }
            }
            kind::COPY => {
                let to = self.address(self.place, self.offset, places)?;
                let from = self.address((self.value >> 16) as u16, self.extra, places)?;
                Action::Copy { from, to, width, count: limited(self.value & 0xFFFF), down }
            }
            kind::READ_CONFIG => {
                Action::ReadConfig { function: self.function(places)?, register: self.offset as u8, width }
            }
            kind::WRITE_CONFIG => {
                let function = self.function(places)?;
                Action::WriteConfig { function, register: self.offset as u8, width, value }
            }
            kind::LOAD => Action::Load { at: self.offset, len: limited(self.extra) },
            kind::STORE => {
                Action::Store { at: self.offset, len: limited(self.extra), byte: self.value as u8 }
            }
            kind::CHANNEL => Action::Channel {
                channel: self.place as u8 & 7,
                direction: DIRECTIONS[usize::from(self.shape >> DIRECTION_SHIFT & 3)],
                address: self.offset & 0xFF_FFFF,
                count: self.value as u16,
                masked: self.shape & MASKED != 0,
                auto_init: self.shape & AUTO != 0,
                decrement: down,
            },
            kind::STEP => Action::Step(self.value),
            kind::WAKE => Action::Wake,
            kind::INSERT => Action::Insert(bay, Medium::ALL[self.value as usize % Medium::ALL.len()]),
            kind::EJECT => Action::Eject(bay),
            kind::RESTORE => Action::Restore,
            kind::RESET => Action::Reset(if down { Reset::PowerOn } else { Reset::Board }),
            _ => return self.input().map(Action::Input),
        })
    }

    fn input(&self) -> Option<Input> {
        Some(match self.kind {
            kind::KEY => Input::Key { key: self.value as u8, down: self.shape & DOWN != 0 },
            kind::POINTER => Input::Pointer {
                dx: self.offset as u16 as i16,
                dy: (self.offset >> 16) as u16 as i16,
                wheel: self.value as u8 as i8,
                buttons: (self.value >> 8) as u8,
            },
            kind::RECEIVE => Input::Receive(self.value as u8),
            kind::LEVELS => Input::Levels(self.value as u16),
            kind::ACKNOWLEDGE => Input::Acknowledge,
            kind::PULSE => Input::Pulse,
            _ => return None,
        })
    }

    /// The record that is `action` for a subject with these places.
    pub fn of(action: &Action, places: &Places) -> Record {
        let port = |kind, port: u16, width| {
            let (place, offset) = match places.port(port) {
                Some((n, place)) => (n as u16, u32::from(port - place.first)),
                None => (ELSEWHERE, port.into()),
            };
            Record { kind, shape: shape(width), place, offset, ..Record::default() }
        };
        let window = |address: u32| match places.window_at(address) {
            Some((n, window)) => (n as u16, address - window.first),
            None => (ELSEWHERE, address),
        };
        let memory = |kind, address, width| {
            let (place, offset) = window(address);
            Record { kind, shape: shape(width), place, offset, ..Record::default() }
        };
        let config = |kind, function: u8, register: u8, width| {
            let place = places.functions.iter().position(|f| *f == function);
            let place = place.map_or(0x8000 | u16::from(function), |n| n as u16);
            Record { kind, shape: shape(width), place, offset: register.into(), ..Record::default() }
        };
        let falling = |down| if down { DOWN } else { 0 };
        let bare = |kind| Record { kind, ..Record::default() };
        match *action {
            Action::In { port: at, width } => port(kind::IN, at, width),
            Action::Out { port: at, width, value } => Record { value, ..port(kind::OUT, at, width) },
            Action::InString { port: at, width, to, count } => {
                Record { value: to, extra: count.into(), ..port(kind::IN_STRING, at, width) }
            }
            Action::OutString { port: at, width, from, count } => {
                Record { value: from, extra: count.into(), ..port(kind::OUT_STRING, at, width) }
            }
            Action::Read { at, width } => memory(kind::READ, at, width),
            Action::Write { at, width, value } => Record { value, ..memory(kind::WRITE, at, width) },
            Action::Fill { to, width, value, count, down } => {
                let record = memory(kind::FILL, to, width);
                Record { shape: record.shape | falling(down), value, extra: count.into(), ..record }
            }
            Action::Copy { from, to, width, count, down } => {
                let record = memory(kind::COPY, to, width);
                let (place, extra) = window(from);
                Record {
                    shape: record.shape | falling(down),
                    value: two_halves(count, place),
                    extra,
                    ..record
                }
            }
            Action::ReadConfig { function, register, width } => {
                config(kind::READ_CONFIG, function, register, width)
            }
            Action::WriteConfig { function, register, width, value } => {
                Record { value, ..config(kind::WRITE_CONFIG, function, register, width) }
            }
            Action::Load { at, len } => Record { offset: at, extra: len.into(), ..bare(kind::LOAD) },
            Action::Store { at, len, byte } => {
                Record { offset: at, extra: len.into(), value: byte.into(), ..bare(kind::STORE) }
            }
            Action::Channel { channel, direction, address, count, masked, auto_init, decrement } => {
                let direction = DIRECTIONS.iter().position(|d| *d == direction).unwrap_or(0) as u8;
                let flags = [(masked, MASKED), (auto_init, AUTO), (decrement, DOWN)];
                let flags = flags.iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | bit);
                Record {
                    shape: direction << DIRECTION_SHIFT | flags,
                    place: channel.into(),
                    offset: address,
                    value: count.into(),
                    ..bare(kind::CHANNEL)
                }
            }
            Action::Step(ns) => Record { value: ns, ..bare(kind::STEP) },
            Action::Wake => bare(kind::WAKE),
            Action::Input(input) => Record::of_input(input),
            Action::Insert(bay, medium) => {
                let value = Medium::ALL.iter().position(|m| *m == medium).unwrap_or(0) as u32;
                Record { place: bay as u16, value, ..bare(kind::INSERT) }
            }
            Action::Eject(bay) => Record { place: bay as u16, ..bare(kind::EJECT) },
            Action::Restore => bare(kind::RESTORE),
            Action::Reset(reset) => Record { shape: falling(reset == Reset::PowerOn), ..bare(kind::RESET) },
        }
    }

    fn of_input(input: Input) -> Record {
        let bare = |kind, value| Record { kind, value, ..Record::default() };
        match input {
            Input::Key { key, down } => {
                Record { shape: if down { DOWN } else { 0 }, ..bare(kind::KEY, key.into()) }
            }
            Input::Pointer { dx, dy, wheel, buttons } => Record {
                offset: two_halves(dx as u16, dy as u16),
                ..bare(kind::POINTER, u32::from(wheel as u8) | u32::from(buttons) << 8)
            },
            Input::Receive(byte) => bare(kind::RECEIVE, byte.into()),
            Input::Levels(levels) => bare(kind::LEVELS, levels.into()),
            Input::Acknowledge => bare(kind::ACKNOWLEDGE, 0),
            Input::Pulse => bare(kind::PULSE, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claims, Ram};

    fn places() -> Places {
        let claims = Claims::none()
            .ports("registers", 0x60, 5)
            .wide_ports("data", 0x1F0, 1, Width::Dword)
            .mmio("window", 0xA_0000, 0x2_0000)
            .with("function", crate::What::Config { device: 2, function: 1 });
        let mut places = Places::memory(0x1_0000);
        places.add("chip", &claims, &Ram::new(0x1_0000).unwrap());
        places
    }

    #[test]
    fn every_action_is_the_same_through_bytes() {
        let text = "\
inb 0x60
outl 0x1f0 0x12345678
inw 0x3f6
insw 0x1f0 0x1000 256
outsl 0x1f0 0x1000 128
readl 0xa0004
writeb 0xfee00000 0xff
writew 0x1234 0xbeef
stosl 0xa0000 0xffffffff 4096 down
movsb 0xa0000 0xa8000 9
movsw 0x10 0xa8000 9 down
config_readl 2.1 0x10
config_writew 31.7 0x4 0x5
read 0x1000 512
memset 0x1000 4096 0xaa
channel 2 to_memory 0x12345 511 masked auto down
channel 5 illegal 0xffffff 0
clock_step 4294967295
clock_step
key 30 down
pointer 3 -2 -1 0x1
receive 0x41
levels 0x8012
acknowledge
pulse
insert secondary_slave disc
eject floppy_b
restore
reset board
reset power_on
";
        let script: super::super::Script = text.parse().unwrap();
        let places = places();
        let bytes = program(&script.0.iter().map(|a| Record::of(a, &places)).collect::<Vec<_>>());
        let back: Vec<Action> = records(&bytes).filter_map(|r| r.action(&places)).collect();
        assert_eq!(back, script.0);
    }

    #[test]
    fn unknown_kinds_other_versions_and_cut_records_are_no_actions() {
        let known = Record { kind: kind::LAST, ..Record::default() };
        let unknown = Record { kind: kind::LAST + 1, ..Record::default() };
        let mut bytes = program(&[unknown, known]);
        bytes.push(kind::RESTORE);
        assert_eq!(records(&bytes).filter_map(|r| r.action(&places())).count(), 1);
        bytes[0] = BYTES_VERSION + 1;
        assert_eq!(records(&bytes).count(), 0);
        assert_eq!(records(&[]).count(), 0);
    }

    #[test]
    fn a_subject_without_ports_has_no_port_actions() {
        let record = Record { kind: kind::OUT, ..Record::default() };
        assert_eq!(record.action(&Places::memory(4096)), None);
    }
}
