//! The keyboard: keys, typematic repeat, commands from the host.

use super::encode::{Modifiers, Stroke, encode};
use super::keys::{Key, KeyType};
use super::regs::{ANSWER_NS, BYTE_NS, SELF_TEST_NS, device, keyboard::*};
use super::wire::Wire;
use backplane::Instant;
use serde::{Deserialize, Serialize};

/// Scan code set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ScanSet {
    One = 1,
    Two = 2,
    Three = 3,
}

/// A set of keys, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Keys([u32; 4]);

impl Keys {
    fn of_type(wanted: fn(KeyType) -> bool) -> Keys {
        let mut keys = Keys::default();
        for key in Key::ALL {
            keys.set(*key, wanted(key.default_type()));
        }
        keys
    }

    fn place(key: Key) -> (usize, u32) {
        ((key as usize / 32) & 3, 1 << (key as usize % 32))
    }

    fn has(&self, key: Key) -> bool {
        let (word, bit) = Self::place(key);
        self.0[word] & bit != 0
    }

    fn set(&mut self, key: Key, on: bool) {
        let (word, bit) = Self::place(key);
        let word = &mut self.0[word];
        *word = if on { *word | bit } else { *word & !bit };
    }
}

/// What the next byte from the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Expect {
    Command,
    Leds,
    Rate,
    Set,
    /// Set 3 codes of keys that get this type, until a command comes.
    KeyTypes {
        typematic: bool,
        breaks: bool,
    },
}

/// What a host byte left to note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusual {
    /// A command that the device does not have.
    Command(u8),
    /// The host lets answers pile up.
    AnswersLost,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Keyboard {
    set: ScanSet,
    scanning: bool,
    leds: u8,
    /// Typematic byte of command F3.
    rate: u8,
    expect: Expect,
    /// Keys that are down.
    held: Keys,
    /// Keys that repeat in set 3, and keys that have a break code in it.
    typematic: Keys,
    breaks: Keys,
    /// The key that repeats, and when it does next.
    repeat: Option<(Key, Instant)>,
    answers: Wire,
    codes: Wire,
    /// The last code byte sent was a prefix: no answer may come between.
    mid_sequence: bool,
    last_sent: u8,
}

/// 500 ms, 10.9 per second.
const DEFAULT_RATE: u8 = 0x2B;

impl Keyboard {
    pub(super) fn new() -> Self {
        Keyboard {
            set: ScanSet::Two,
            scanning: true,
            leds: 0,
            rate: DEFAULT_RATE,
            expect: Expect::Command,
            held: Keys::default(),
            typematic: Keys::of_type(|t| t == KeyType::Typematic),
            breaks: Keys::of_type(|t| t == KeyType::MakeBreak),
            repeat: None,
            answers: Wire::default(),
            codes: Wire::default(),
            mid_sequence: false,
            last_sent: 0,
        }
    }

    /// Scroll lock, num lock, caps lock in bits 0-2.
    pub(super) fn leds(&self) -> u8 {
        self.leds
    }

    /// Nothing waits to be sent.
    pub(super) fn is_idle(&self) -> bool {
        self.answers.is_empty() && self.codes.is_empty()
    }

    /// A key goes down or up.
    pub(super) fn key(&mut self, key: Key, down: bool, now: Instant) {
        if self.held.has(key) == down {
            return;
        }
        self.held.set(key, down);
        if down {
            self.stroke(key, Stroke::Make, now);
            let repeats = key != Key::Pause && (self.set != ScanSet::Three || self.typematic.has(key));
            self.repeat = repeats.then(|| (key, now + self.repeat_delay_ns()));
        } else {
            if self.set != ScanSet::Three || self.breaks.has(key) {
                self.stroke(key, Stroke::Break, now);
            }
            if self.repeat.is_some_and(|(repeating, _)| repeating == key) {
                self.repeat = None;
            }
        }
    }

    /// Sends a stroke, all of it or, for want of room, nothing.
    fn stroke(&mut self, key: Key, stroke: Stroke, now: Instant) {
        if !self.scanning {
            return;
        }
        let bytes = encode(key, stroke, self.set, self.modifiers());
        if bytes.len() <= self.codes.room() {
            for byte in bytes {
                self.codes.push(byte, BYTE_NS, now);
            }
        }
    }

    fn modifiers(&self) -> Modifiers {
        let held = |key| self.held.has(key);
        Modifiers {
            left_shift: held(Key::LeftShift),
            right_shift: held(Key::RightShift),
            ctrl: held(Key::LeftCtrl) || held(Key::RightCtrl),
            alt: held(Key::LeftAlt) || held(Key::RightAlt),
            num_lock: self.leds & NUM_LOCK_LED != 0,
        }
    }

    fn repeat_delay_ns(&self) -> u64 {
        (u64::from(self.rate >> 5 & 3) + 1) * 250_000_000
    }

    fn repeat_period_ns(&self) -> u64 {
        let units = (8 + u64::from(self.rate & 7)) << (self.rate >> 3 & 3);
        units * 1_000_000_000 / 240
    }

    /// When the held key repeats.
    pub(super) fn repeat_at(&self) -> Option<Instant> {
        self.repeat.map(|(_, at)| at)
    }

    /// Repeats the held key. Nothing is sent while earlier codes wait: no backlog builds up.
    pub(super) fn repeat(&mut self, now: Instant) {
        if let Some((key, at)) = self.repeat {
            if self.codes.is_empty() {
                self.stroke(key, Stroke::Repeat, now);
            }
            self.repeat = Some((key, at.max(now) + self.repeat_period_ns()));
        }
    }

    /// When a byte is ready. Codes also wait until `wire_free`; answers do not, but never split a code.
    pub(super) fn ready(&self, wire_free: Instant) -> Option<Instant> {
        let answers = if self.mid_sequence { None } else { self.answers.ready() };
        // Scanning stops while the host owes the second byte of a command.
        answers.or_else(|| {
            let halted = self.expect != Expect::Command && !self.mid_sequence;
            self.codes.ready().filter(|_| !halted).map(|at| at.max(wire_free))
        })
    }

    /// Sends the byte that is ready.
    pub(super) fn send(&mut self, now: Instant) -> Option<u8> {
        if !self.mid_sequence
            && let Some(byte) = self.answers.pop(now)
        {
            self.last_sent = byte;
            return Some(byte);
        }
        let byte = self.codes.pop(now)?;
        self.mid_sequence = matches!(byte, EXTENDED | EXTENDED_1 | BREAK) && !self.codes.is_empty();
        self.last_sent = byte;
        Some(byte)
    }

    /// A byte from the host.
    pub(super) fn receive(&mut self, byte: u8, now: Instant) -> Option<Unusual> {
        let expect = std::mem::replace(&mut self.expect, Expect::Command);
        if byte >= FIRST {
            return self.command(byte, now);
        }
        match expect {
            Expect::Command => self.refuse(byte, now),
            Expect::Leds => {
                self.leds = byte & 7;
                self.answer(&[device::ACK], now)
            }
            Expect::Rate => {
                self.rate = byte & 0x7F;
                self.answer(&[device::ACK], now)
            }
            Expect::Set => self.choose_set(byte, now),
            Expect::KeyTypes { typematic, breaks } => {
                self.expect = expect;
                if let Some(key) = Key::from_set_3(byte) {
                    self.typematic.set(key, typematic);
                    self.breaks.set(key, breaks);
                }
                self.answer(&[device::ACK], now)
            }
        }
    }

    fn choose_set(&mut self, byte: u8, now: Instant) -> Option<Unusual> {
        self.set = match byte {
            0 => return self.answer(&[device::ACK, self.set as u8], now),
            1 => ScanSet::One,
            2 => ScanSet::Two,
            3 => ScanSet::Three,
            _ => return self.refuse(byte, now),
        };
        self.forget_codes();
        self.answer(&[device::ACK], now)
    }

    fn command(&mut self, command: u8, now: Instant) -> Option<Unusual> {
        match command {
            SET_LEDS => self.expect = Expect::Leds,
            device::SET_RATE => self.expect = Expect::Rate,
            SCAN_CODE_SET => self.expect = Expect::Set,
            KEY_TYPEMATIC => self.expect = Expect::KeyTypes { typematic: true, breaks: false },
            KEY_MAKE_BREAK => self.expect = Expect::KeyTypes { typematic: false, breaks: true },
            KEY_MAKE => self.expect = Expect::KeyTypes { typematic: false, breaks: false },
            ALL_TYPEMATIC => self.set_types(true, false),
            ALL_MAKE_BREAK => self.set_types(false, true),
            ALL_MAKE => self.set_types(false, false),
            ALL_TYPEMATIC_BREAK => self.set_types(true, true),
            ECHO => return self.answer(&[ECHO], now),
            device::RESEND => return self.answer(&[self.last_sent], now),
            device::IDENTIFY => return self.answer(&[device::ACK, ID[0], ID[1]], now),
            device::ENABLE => {
                self.scanning = true;
                self.forget_codes();
            }
            device::DISABLE => {
                self.set_defaults();
                self.scanning = false;
            }
            device::DEFAULTS => self.set_defaults(),
            device::RESET => return self.self_test(now),
            _ => return self.refuse(command, now),
        }
        self.answer(&[device::ACK], now)
    }

    fn set_types(&mut self, typematic: bool, breaks: bool) {
        for key in Key::ALL {
            self.typematic.set(*key, typematic);
            self.breaks.set(*key, breaks);
        }
    }

    /// The power-on state, but for LEDs, keys that are down, answers and whether it scans.
    fn set_defaults(&mut self) {
        let fresh = Keyboard::new();
        self.set = fresh.set;
        self.rate = fresh.rate;
        self.typematic = fresh.typematic;
        self.breaks = fresh.breaks;
        self.forget_codes();
    }

    fn forget_codes(&mut self) {
        self.codes.clear();
        self.mid_sequence = false;
        self.repeat = None;
    }

    fn self_test(&mut self, now: Instant) -> Option<Unusual> {
        *self = Keyboard { held: self.held, last_sent: self.last_sent, ..Keyboard::new() };
        self.answers.push(device::ACK, ANSWER_NS, now);
        self.answers.push(device::TEST_PASSED, SELF_TEST_NS, now);
        None
    }

    fn refuse(&mut self, byte: u8, now: Instant) -> Option<Unusual> {
        self.answer(&[device::RESEND], now);
        Some(Unusual::Command(byte))
    }

    fn answer(&mut self, bytes: &[u8], now: Instant) -> Option<Unusual> {
        let mut fits = true;
        for (n, byte) in bytes.iter().enumerate() {
            fits &= self.answers.push(*byte, if n == 0 { ANSWER_NS } else { BYTE_NS }, now);
        }
        (!fits).then_some(Unusual::AnswersLost)
    }
}
