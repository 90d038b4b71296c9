//! Virtual time.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// A point of virtual time: nanoseconds since the machine was switched on.
///
/// A chip converts from absolute time to its own clock ([`Instant::ticks`]), so that rounding never
/// accumulates. Durations are plain nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(pub u64);

const NS_PER_SECOND: u64 = 1_000_000_000;

impl Instant {
    /// The moment the machine was switched on.
    pub const ZERO: Instant = Instant(0);
    /// Later than any guest will live.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// Nanoseconds since switch-on.
    #[inline]
    pub const fn ns(self) -> u64 {
        self.0
    }

    /// Whole periods of a clock of `hz` hertz (at most 18 GHz) that have passed since switch-on.
    #[inline]
    pub const fn ticks(self, hz: u64) -> u64 {
        (self.0 / NS_PER_SECOND) * hz + (self.0 % NS_PER_SECOND) * hz / NS_PER_SECOND
    }

    /// The first instant at which [`Instant::ticks`] of the same clock (at most 1 GHz) is `ticks`.
    #[inline]
    pub const fn of_tick(ticks: u64, hz: u64) -> Instant {
        let rest = (ticks % hz * NS_PER_SECOND).div_ceil(hz);
        Instant((ticks / hz).saturating_mul(NS_PER_SECOND).saturating_add(rest))
    }
}

impl Add<u64> for Instant {
    type Output = Instant;
    /// Later by so many nanoseconds; saturates.
    #[inline]
    fn add(self, ns: u64) -> Instant {
        Instant(self.0.saturating_add(ns))
    }
}

impl Sub for Instant {
    type Output = u64;
    /// Nanoseconds from `earlier` to `self`; zero if it is not earlier.
    #[inline]
    fn sub(self, earlier: Instant) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_tick_is_the_first_instant_of_that_tick() {
        for hz in [1_193_182, 32_768, 48_000_000, 3, 1_000_000_000] {
            for tick in [0, 1, 2, 3, 1000, 65_536, 1_193_181, 1_193_182, 10_000_000_000] {
                let at = Instant::of_tick(tick, hz);
                assert_eq!(at.ticks(hz), tick, "{tick} at {hz} Hz");
                if at.0 > 0 {
                    assert!(Instant(at.0 - 1).ticks(hz) < tick);
                }
            }
        }
    }
}
