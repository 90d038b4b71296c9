//! One counter of the 8254: what its counting element, output and latches are at any clock.
//!
//! Nothing runs: the state holds at clock `at`, and [`Counter::settle`] carries it to a later clock in constant
//! time.

use super::regs::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Counter {
    /// The clock at which the fields below hold.
    at: u64,
    mode: Mode,
    bcd: bool,
    bytes: Bytes,
    gate: bool,
    /// OUT.
    out: bool,
    /// The count register: clocks of a whole count, 1 to 65536 (10000 in BCD).
    reload: u32,
    /// A count was written since the control word.
    written: bool,
    /// The count in the register was not yet taken into the counting element.
    null_count: bool,
    /// The clock that takes the count into the counting element.
    load_at: Option<u64>,
    /// A count was taken and the end of it has consequences.
    armed: bool,
    /// Clocks left: of the count, or in square wave mode of the half-wave.
    left: u32,
    /// Square wave mode: the count in progress is odd.
    odd: bool,
    /// First byte of a count written in two.
    low_byte: Option<u8>,
    /// The next read of two gives the high byte.
    high_next: bool,
    latch: Option<u16>,
    status_latch: Option<u8>,
}

impl Counter {
    pub(super) fn new(gate: bool) -> Self {
        Counter {
            at: 0,
            mode: Mode::TerminalCount,
            bcd: false,
            bytes: Bytes::Both,
            gate,
            out: false,
            reload: 0x10000,
            written: false,
            null_count: true,
            load_at: None,
            armed: false,
            left: 0x10000,
            odd: false,
            low_byte: None,
            high_next: false,
            latch: None,
            status_latch: None,
        }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn out(&self) -> bool {
        self.out
    }

    fn modulus(&self) -> u32 {
        if self.bcd { 10_000 } else { 0x10000 }
    }

    /// Whether clocks count now. The one-shots ignore a low gate; in mode 0 the first byte of a new count halts.
    fn counts(&self) -> bool {
        match self.mode {
            Mode::OneShot | Mode::HardwareStrobe => true,
            Mode::TerminalCount => self.gate && self.low_byte.is_none(),
            Mode::RateGenerator | Mode::SquareWave => self.gate && self.armed,
            Mode::SoftwareStrobe => self.gate,
        }
    }

    /// Carries the state to clock `now`.
    pub(super) fn settle(&mut self, now: u64) {
        if let Some(load_at) = self.load_at.filter(|load_at| *load_at <= now) {
            self.run_to(load_at);
            self.load();
        }
        self.run_to(now);
    }

    /// Takes the count into the counting element at clock `at`.
    fn load(&mut self) {
        self.load_at = None;
        self.null_count = false;
        self.armed = true;
        self.left = self.reload;
        match self.mode {
            Mode::OneShot => self.out = false,
            Mode::SquareWave => self.half_wave(true),
            Mode::RateGenerator => self.out = self.left != 1 || !self.gate,
            _ => {}
        }
    }

    /// Begins the high or the low half-wave.
    fn half_wave(&mut self, high: bool) {
        self.null_count = false;
        self.odd = self.reload & 1 != 0;
        self.out = high;
        self.left = self.half_clocks(high);
    }

    fn half_clocks(&self, high: bool) -> u32 {
        // An odd count is high for one clock more. The illegal count of 1 behaves as 2.
        (if high { self.reload.div_ceil(2) } else { self.reload / 2 }).max(1)
    }

    fn run_to(&mut self, now: u64) {
        let clocks = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        if clocks == 0 {
            return;
        }
        match self.mode {
            Mode::TerminalCount | Mode::OneShot => {
                if self.counts() && self.count_down(clocks).is_some() {
                    self.out = true;
                }
            }
            Mode::SoftwareStrobe | Mode::HardwareStrobe => self.run_strobe(clocks),
            Mode::RateGenerator if self.counts() => self.run_rate(clocks),
            Mode::SquareWave if self.counts() => self.run_square(clocks),
            Mode::RateGenerator | Mode::SquareWave => {}
        }
    }

    /// Counts down, around the end as often as it takes; gives the clocks since an armed count ended.
    fn count_down(&mut self, clocks: u64) -> Option<u64> {
        let ended = self.armed && clocks >= u64::from(self.left);
        let since = clocks.saturating_sub(self.left.into());
        let modulus = u64::from(self.modulus());
        let left = (u64::from(self.left) + modulus - clocks % modulus) % modulus;
        self.left = if left == 0 { modulus as u32 } else { left as u32 };
        if ended {
            self.armed = false;
        }
        ended.then_some(since)
    }

    fn run_strobe(&mut self, clocks: u64) {
        let since = if self.counts() { self.count_down(clocks) } else { None };
        self.out = since != Some(0);
    }

    fn run_rate(&mut self, clocks: u64) {
        match clocks.checked_sub(self.left.into()) {
            None => self.left -= clocks as u32,
            Some(beyond) => {
                self.null_count = false;
                self.left = self.reload - (beyond % u64::from(self.reload)) as u32;
            }
        }
        self.out = self.left != 1;
    }

    fn run_square(&mut self, clocks: u64) {
        let Some(beyond) = clocks.checked_sub(self.left.into()) else {
            self.left -= clocks as u32;
            return;
        };
        self.half_wave(!self.out);
        let wave = u64::from(self.half_clocks(true) + self.half_clocks(false));
        let beyond = (beyond % wave) as u32;
        match beyond.checked_sub(self.left) {
            None => self.left -= beyond,
            Some(rest) => {
                self.half_wave(!self.out);
                self.left -= rest;
            }
        }
    }

    /// A clock after `at` at which OUT may change, if there is one; OUT does not change before it.
    pub(super) fn next_change(&self) -> Option<u64> {
        let left = u64::from(self.left);
        let by_count = match self.mode {
            Mode::TerminalCount | Mode::OneShot => (self.armed && self.counts() && !self.out).then_some(left),
            Mode::RateGenerator if !self.counts() || self.reload == 1 && left == 1 => None,
            Mode::RateGenerator => Some(if left > 1 { left - 1 } else { 1 }),
            Mode::SquareWave => self.counts().then_some(left),
            Mode::SoftwareStrobe | Mode::HardwareStrobe if !self.out => Some(1),
            Mode::SoftwareStrobe | Mode::HardwareStrobe => (self.armed && self.counts()).then_some(left),
        };
        let by_count = by_count.map(|clocks| self.at + clocks);
        match (by_count, self.load_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// A control word: everything starts anew, only the counting element keeps its content.
    pub(super) fn program(&mut self, now: u64, p: Program) {
        self.settle(now);
        let count = self.count();
        *self = Counter {
            at: self.at,
            mode: p.mode,
            bcd: p.bcd,
            bytes: p.bytes,
            out: p.mode != Mode::TerminalCount,
            reload: self.reload,
            left: if count == 0 { self.modulus() } else { count },
            ..Counter::new(self.gate)
        };
    }

    /// A byte written to the counter's port.
    pub(super) fn write(&mut self, now: u64, value: u8) {
        self.settle(now);
        let count = match (self.bytes, self.low_byte) {
            (Bytes::Low, _) => u16::from(value),
            (Bytes::High, _) => u16::from(value) << 8,
            (Bytes::Both, Some(low)) => u16::from_le_bytes([low, value]),
            (Bytes::Both, None) => {
                self.low_byte = Some(value);
                if self.mode == Mode::TerminalCount {
                    self.out = false;
                    self.armed = false;
                }
                return;
            }
        };
        self.low_byte = None;
        self.take(count);
    }

    /// A whole count was written.
    fn take(&mut self, count: u16) {
        let clocks = if self.bcd { from_bcd(count) } else { u32::from(count) };
        // Digits above 9 have no defined effect; they must not exceed what the element can hold.
        self.reload = if clocks == 0 { self.modulus() } else { clocks.min(self.modulus()) };
        self.written = true;
        self.null_count = true;
        match self.mode {
            Mode::TerminalCount => {
                self.out = false;
                self.armed = false;
                self.load_at = Some(self.at + 1);
            }
            Mode::SoftwareStrobe => self.load_at = Some(self.at + 1),
            // A count in progress is finished first.
            Mode::RateGenerator | Mode::SquareWave if !self.armed => self.load_at = Some(self.at + 1),
            Mode::RateGenerator | Mode::SquareWave => {}
            // The gate starts the one-shots.
            Mode::OneShot | Mode::HardwareStrobe => {}
        }
    }

    /// The gate input.
    pub(super) fn set_gate(&mut self, now: u64, gate: bool) {
        self.settle(now);
        if gate == self.gate {
            return;
        }
        self.gate = gate;
        let triggered = match self.mode {
            Mode::OneShot | Mode::HardwareStrobe => gate,
            Mode::RateGenerator | Mode::SquareWave => {
                // OUT goes high at once when the gate drops; a rising gate starts a whole new count.
                self.out = true;
                gate
            }
            Mode::TerminalCount | Mode::SoftwareStrobe => false,
        };
        if triggered && self.written {
            self.load_at = Some(self.at + 1);
        }
    }

    /// The counting element as a number: 0 to 65535, or to 9999 in BCD.
    fn count(&self) -> u32 {
        let count = match self.mode {
            Mode::SquareWave if self.armed && self.odd && self.out => 2 * (self.left - 1),
            Mode::SquareWave if self.armed => 2 * self.left,
            _ => self.left,
        };
        count % self.modulus()
    }

    /// The counting element as read. An access to the chip takes longer than a clock, so that a count written by the
    /// access before is always taken; here accesses may come sooner.
    fn element(&self) -> u16 {
        let mut seen = *self;
        seen.settle(self.load_at.unwrap_or(self.at));
        let count = seen.count() as u16;
        if self.bcd { to_bcd(count) } else { count }
    }

    pub(super) fn latch_count(&mut self, now: u64) {
        self.settle(now);
        if self.latch.is_none() {
            self.latch = Some(self.element());
        }
    }

    pub(super) fn latch_status(&mut self, now: u64) {
        self.settle(now);
        let program = Program { bytes: self.bytes, mode: self.mode, bcd: self.bcd };
        let value = status(self.out, self.null_count, &program);
        self.status_latch.get_or_insert(value);
    }

    /// A read of the counter's port.
    pub(super) fn read(&mut self, now: u64) -> u8 {
        if let Some(status) = self.status_latch.take() {
            return status;
        }
        self.settle(now);
        let [low, high] = self.latch.unwrap_or_else(|| self.element()).to_le_bytes();
        let (value, last) = match self.bytes {
            Bytes::Low => (low, true),
            Bytes::High => (high, true),
            Bytes::Both => {
                self.high_next = !self.high_next;
                if self.high_next { (low, false) } else { (high, true) }
            }
        };
        if last {
            self.latch = None;
        }
        value
    }
}

fn from_bcd(value: u16) -> u32 {
    let digit = |n: u32| u32::from(value >> (4 * n) & 0xF);
    digit(3) * 1000 + digit(2) * 100 + digit(1) * 10 + digit(0)
}

fn to_bcd(value: u16) -> u16 {
    (value / 1000 % 10) << 12 | (value / 100 % 10) << 8 | (value / 10 % 10) << 4 | (value % 10)
}
