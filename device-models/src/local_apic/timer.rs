//! The timer: a count-down of the bus clock, divided.

use super::regs::BUS_HZ;
use backplane::Instant;
use serde::{Deserialize, Serialize};

/// The counter. It is worked out when it is looked at; nothing ticks in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    /// Initial count; 0 stops it.
    initial: u32,
    /// Divide configuration: bits 3, 1 and 0.
    divide: u32,
    /// Bus clock at which the count that is under way began.
    start: u64,
    /// It starts over at zero.
    periodic: bool,
    /// It counts. A one-shot count stops at zero.
    running: bool,
}

impl Timer {
    pub(super) fn initial(&self) -> u32 {
        self.initial
    }

    pub(super) fn divide(&self) -> u32 {
        self.divide
    }

    /// Bus clocks a count: 2, 4, ... 128, and 1 for the last setting.
    fn clocks(&self) -> u64 {
        let setting = self.divide >> 1 & 4 | self.divide & 3;
        1 << ((setting + 1) & 7)
    }

    /// Bus clocks from the start to zero.
    fn length(&self) -> u64 {
        u64::from(self.initial) * self.clocks()
    }

    /// Starts a count.
    pub(super) fn load(&mut self, initial: u32, now: Instant) {
        *self = Timer { initial, start: now.ticks(BUS_HZ), running: initial != 0, ..*self };
    }

    /// The count under way starts over with another divider.
    pub(super) fn set_divide(&mut self, divide: u32, now: Instant) {
        self.divide = divide & 0xB;
        if self.running {
            self.start = now.ticks(BUS_HZ);
        }
    }

    pub(super) fn set_periodic(&mut self, periodic: bool) {
        self.periodic = periodic;
    }

    /// The current count.
    pub(super) fn current(&self, now: Instant) -> u32 {
        if !self.running {
            return 0;
        }
        let passed = now.ticks(BUS_HZ).saturating_sub(self.start).min(self.length());
        self.initial - (passed / self.clocks()) as u32
    }

    /// When it reaches zero next.
    pub(super) fn expiry(&self) -> Option<Instant> {
        self.running.then(|| Instant::of_tick(self.start.saturating_add(self.length()), BUS_HZ))
    }

    /// Whether it reached zero; a periodic one is then in its next period that is not over.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let over = self.expiry().is_some_and(|expiry| expiry <= now);
        if over && self.periodic {
            let passed = now.ticks(BUS_HZ) - self.start;
            self.start += passed - passed % self.length();
        } else if over {
            self.running = false;
        }
        over
    }
}
