//! How long things take.

use super::formats::{DriveType, Format};
use backplane::Instant;
use serde::{Deserialize, Serialize};

/// Whether a drive takes its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FloppySpeed {
    /// Steps and revolutions as the silicon and the motor have them.
    Real,
    /// Everything takes time, but little: 100 us a step, 200 us a sector.
    #[default]
    Fast,
}

const FAST_STEP_NS: u64 = 100_000;
const FAST_SECTOR_NS: u64 = 200_000;
const FAST_REVOLUTION_NS: u64 = 4_000_000;
/// Step time unit of SPECIFY at 500 kbit/s; longer at lower rates.
const STEP_UNIT_NS: u64 = 1_000_000;

impl FloppySpeed {
    /// `steps` step pulses, at least one's time: a seek to the present track still takes a moment (FDC-04).
    /// `srt` is SPECIFY's step rate (0-15), `rate` the data rate code.
    pub(super) fn seek_ns(self, steps: u16, srt: u8, rate: u8) -> u64 {
        let step = match self {
            FloppySpeed::Fast => FAST_STEP_NS,
            FloppySpeed::Real => {
                let unit = match rate & 3 {
                    0 => STEP_UNIT_NS,
                    1 => STEP_UNIT_NS * 5 / 3,
                    2 => STEP_UNIT_NS * 2,
                    _ => STEP_UNIT_NS / 2,
                };
                unit * u64::from(16 - (srt & 15))
            }
        };
        step * u64::from(steps.max(1))
    }

    fn revolution_ns(self, drive: Option<DriveType>) -> u64 {
        match self {
            FloppySpeed::Fast => FAST_REVOLUTION_NS,
            FloppySpeed::Real => drive.unwrap_or(DriveType::D1440).revolution_ns(),
        }
    }

    /// FDC-06: the chip gives up after it has seen the index hole twice.
    pub(super) fn give_up_ns(self, drive: Option<DriveType>) -> u64 {
        2 * self.revolution_ns(drive)
    }

    /// One sector passing the head.
    pub(super) fn sector_ns(self, drive: Option<DriveType>, format: Option<&Format>) -> u64 {
        match (self, format) {
            (FloppySpeed::Fast, _) => FAST_SECTOR_NS,
            (_, Some(format)) => self.revolution_ns(drive) / u64::from(format.sectors.max(1)),
            (_, None) => self.revolution_ns(drive),
        }
    }

    /// From now until sector `sector` has passed the head.
    pub(super) fn first_sector_ns(
        self,
        drive: Option<DriveType>,
        format: Option<&Format>,
        sector: u8,
        now: Instant,
    ) -> u64 {
        let one = self.sector_ns(drive, format);
        if self == FloppySpeed::Fast {
            return one;
        }
        let revolution = self.revolution_ns(drive);
        let begins = one * u64::from(sector.saturating_sub(1)) % revolution;
        let here = now.ns() % revolution;
        (begins + revolution - here) % revolution + one
    }
}
