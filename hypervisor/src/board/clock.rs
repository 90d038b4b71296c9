//! Virtual time from retired instructions.

use backplane::Instant;
use engine::Model;
use serde::{Deserialize, Serialize};

/// Turns a count of retired instructions into virtual time and back. HLT warps: an idle CPU retires nothing, so the
/// time it slept is added as an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    picoseconds_per_instruction: u64,
    tsc_hz: u64,
    slept_ns: u64,
}

impl Clock {
    /// A clock at zero, at the constant instruction rate of a CPU preset.
    pub fn new(model: Model) -> Self {
        Clock {
            picoseconds_per_instruction: model.picoseconds_per_instruction(),
            tsc_hz: model.tsc_hz(),
            slept_ns: 0,
        }
    }

    /// Whether another clock is of the same CPU preset.
    pub(crate) fn same_rates(&self, other: &Clock) -> bool {
        let rates = |clock: &Clock| (clock.picoseconds_per_instruction, clock.tsc_hz);
        rates(self) == rates(other)
    }

    /// Virtual time before the instruction that follows `retired` others.
    #[inline]
    pub fn now(&self, retired: u64) -> Instant {
        // In two parts, so that no product overflows in a guest's lifetime.
        let (thousands, rest) = (retired / 1000, retired % 1000);
        let awake_ns = thousands.saturating_mul(self.picoseconds_per_instruction);
        Instant(self.slept_ns) + awake_ns + rest * self.picoseconds_per_instruction / 1000
    }

    /// The time-stamp counter in ticks of the preset's frequency, which runs on while the CPU sleeps.
    pub fn tsc(&self, retired: u64) -> u64 {
        self.now(retired).ticks(self.tsc_hz)
    }

    /// The smallest count of retired instructions at which `at` is reached, were the CPU never to sleep again.
    pub fn retired_at(&self, at: Instant) -> u64 {
        let awake_ps = u128::from(at.ns().saturating_sub(self.slept_ns)) * 1000;
        u64::try_from(awake_ps.div_ceil(u128::from(self.picoseconds_per_instruction))).unwrap_or(u64::MAX)
    }

    /// Lets an idle CPU that retired so many instructions sleep until `at`; an instant that has passed changes nothing.
    pub fn sleep_until(&mut self, at: Instant, retired: u64) {
        self.slept_ns = self.slept_ns.saturating_add(at - self.now(retired));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_at_is_the_first_count_at_or_after_an_instant() {
        let mut clock = Clock::new(Model::Pentium3);
        clock.sleep_until(Instant(77), 13);
        for ns in [77, 78, 100, 1001, 123_456_789] {
            let count = clock.retired_at(Instant(ns));
            assert!(clock.now(count) >= Instant(ns));
            assert!(count == 0 || clock.now(count - 1) < Instant(ns));
        }
    }

    #[test]
    fn years_of_work_and_the_end_of_time_do_not_overflow() {
        let mut clock = Clock::new(Model::I386);
        let year = clock.retired_at(Instant(365 * 86_400 * 1_000_000_000));
        assert_eq!(clock.now(year).ns(), 365 * 86_400 * 1_000_000_000);
        assert_eq!(clock.now(u64::MAX), Instant::NEVER);
        clock.sleep_until(Instant::NEVER, year);
        assert_eq!(clock.now(year + 1_000_000), Instant::NEVER);
    }

    #[test]
    fn sleep_in_pieces_is_sleep_in_one() {
        let (mut pieces, mut whole) = (Clock::new(Model::Pentium4), Clock::new(Model::Pentium4));
        for ns in [100, 101, 5000, 4000, 1_000_000] {
            pieces.sleep_until(Instant(ns), 77);
        }
        whole.sleep_until(Instant(1_000_000), 77);
        assert_eq!(pieces, whole);
    }
}
