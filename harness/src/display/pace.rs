//! The guest's time beside the host's. This is the one place where a run looks at the host's clock.

use std::time::{Duration, Instant};

/// How much the guest may fall behind before what is lost is given up: a host that is too slow shows a slow guest, not
/// one that runs after lost time.
const MOST_BEHIND: Duration = Duration::from_millis(100);
/// How often the ratio is measured.
const MEASURED: Duration = Duration::from_millis(1000);

/// How fast the guest's time goes: times the host's, or as fast as the host is able to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    Times(f64),
    Max,
}

/// Reads `1`, `0.5`, `max`.
///
/// # Errors
/// Anything else.
pub(crate) fn speed(text: &str) -> Result<Speed, String> {
    let times = text.parse().ok().filter(|times| (0.01..=1000.0).contains(times));
    match text {
        "max" => Ok(Speed::Max),
        _ => times.map(Speed::Times).ok_or("write a number from 0.01 to 1000, or `max`".into()),
    }
}

/// The two clocks.
pub(super) struct Pace {
    speed: Speed,
    /// A moment on both clocks.
    together: (Instant, u64),
    /// The same, for the ratio.
    measured: (Instant, u64),
    ratio: Option<f64>,
}

impl Pace {
    pub(super) fn new(speed: Speed, guest_ns: u64) -> Pace {
        let now = (Instant::now(), guest_ns);
        Pace { speed, together: now, measured: now, ratio: None }
    }

    /// Begins anew: the guest stood still.
    pub(super) fn restart(&mut self, guest_ns: u64) {
        *self = Pace::new(self.speed, guest_ns);
    }

    /// How far the guest's time may have come by now.
    pub(super) fn allowed(&self) -> u64 {
        match self.speed {
            Speed::Max => u64::MAX,
            Speed::Times(times) => {
                let host = self.together.0.elapsed().as_nanos() as f64;
                self.together.1.saturating_add((host * times) as u64)
            }
        }
    }

    /// How long the guest must wait for the host's clock.
    pub(super) fn ahead(&self, guest_ns: u64) -> Option<Duration> {
        let Speed::Times(times) = self.speed else { return None };
        let ahead = guest_ns.saturating_sub(self.allowed());
        (ahead > 0).then(|| Duration::from_nanos((ahead as f64 / times) as u64))
    }

    /// Looks at both clocks: gives up what cannot be caught up with, and measures. Whether it has measured.
    pub(super) fn look(&mut self, guest_ns: u64) -> bool {
        let Speed::Times(times) = self.speed else { return self.measure(guest_ns) };
        let behind = self.allowed().saturating_sub(guest_ns) as f64 / times;
        if behind > MOST_BEHIND.as_nanos() as f64 {
            self.together = (Instant::now(), guest_ns);
        }
        self.measure(guest_ns)
    }

    fn measure(&mut self, guest_ns: u64) -> bool {
        let host = self.measured.0.elapsed();
        if host < MEASURED {
            return false;
        }
        let ratio = guest_ns.saturating_sub(self.measured.1) as f64 / host.as_nanos() as f64;
        self.measured = (Instant::now(), guest_ns);
        self.ratio = Some(ratio);
        true
    }

    /// The guest's time by the host's, for the status line.
    pub(super) fn shown(&self) -> String {
        self.ratio.map_or(String::new(), |ratio| format!("{:.0} %", ratio * 100.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_that_is_ahead_waits_and_one_behind_does_not() {
        let pace = Pace::new(Speed::Times(2.0), 0);
        let wait = pace.ahead(2_000_000_000).unwrap();
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
        assert_eq!(pace.ahead(0), None);
        assert_eq!(Pace::new(Speed::Max, 0).ahead(u64::MAX), None);
    }

    #[test]
    fn lost_time_is_given_up_and_not_run_after() {
        let mut pace = Pace::new(Speed::Times(1000.0), 0);
        std::thread::sleep(2 * MOST_BEHIND);
        assert!(pace.allowed() > 100_000_000_000);
        pace.look(5);
        assert!(pace.allowed() < 100_000_000_000);
    }

    #[test]
    fn speeds_are_numbers_or_max() {
        assert_eq!(speed("max"), Ok(Speed::Max));
        assert_eq!(speed("0.5"), Ok(Speed::Times(0.5)));
        for wrong in ["0", "-1", "nan", "inf", "fast", ""] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }
}
