//! The idle port: tells firmware that the guest is only polling the keyboard.
//!
//! DOS programs wait for a key by asking INT 16h function 01h again and again; none of them halts the CPU. Firmware reads this port
//! on each "no key" answer, and executes HLT when it reads 01h: when it was asked many times in quick succession while the guest did
//! nothing else on the bus. The next interrupt, at the latest the timer's, ends the HLT, so that a wait costs the host next to
//! nothing and the guest no more than one tick (PWR-01, PWR-04).
//!
//! Port: 5245h, read only. A board without the chip reads FFh there, which firmware takes as "busy". No real part has this port.

use backplane::{Addr, Claims, Device, Instant, Reset, Wires};
use serde::{Deserialize, Serialize};

/// The port.
pub const PORT: u16 = 0x5245;
/// Questions in a row that make a wait: about a millisecond of polling.
const POLLS: u32 = 256;
/// The longest time between two questions of a wait: a program that does more is not idle.
const GAP_NS: u64 = 20_000;
const BUSY: u32 = 0;
const IDLE: u32 = 1;

/// The idle detector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdlePort {
    polls: u32,
    last: Instant,
}

impl IdlePort {
    /// A detector that was never asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// The CPU accessed another chip: the guest is not idle.
    #[inline]
    pub fn other_access(&mut self) {
        self.polls = 0;
    }
}

impl Device for IdlePort {
    fn name(&self) -> &'static str {
        "idle port"
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("idle port", PORT, 1)
    }

    fn read(&mut self, _at: Addr, w: &mut Wires) -> u32 {
        let quick = w.now - self.last <= GAP_NS;
        self.polls = if quick { self.polls.saturating_add(1) } else { 0 };
        self.last = w.now;
        if self.polls < POLLS {
            return BUSY;
        }
        self.polls = 0;
        IDLE
    }

    fn write(&mut self, _at: Addr, _value: u32, _w: &mut Wires) {}

    fn reset(&mut self, _kind: Reset) {
        let IdlePort { polls, last } = self;
        (*polls, *last) = (0, Instant::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    fn polled(bench: &mut Bench<IdlePort>, times: u32, gap_ns: u64) -> bool {
        (0..times).any(|_| {
            bench.advance(gap_ns);
            u32::from(bench.inb(PORT)) == IDLE
        })
    }

    #[test]
    fn pwr_04_quick_polling_alone_is_idle() {
        let mut b = Bench::new(IdlePort::new());
        assert!(!polled(&mut b, POLLS - 1, 2000));
        assert!(polled(&mut b, 2, 2000));
    }

    #[test]
    fn work_between_the_questions_is_not_idle() {
        let mut b = Bench::new(IdlePort::new());
        assert!(!polled(&mut b, 10 * POLLS, GAP_NS + 1));
        for _ in 0..10 {
            assert!(!polled(&mut b, POLLS - 1, 2000));
            b.chip.other_access();
        }
    }

    #[test]
    fn bench_finds_nothing() {
        seeded(|| Bench::new(IdlePort::new()), 50, 400);
    }
}
