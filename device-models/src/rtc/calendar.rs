//! Dates, and how the clock's registers write them.

use super::regs::*;
use serde::{Deserialize, Serialize};

/// A date and time of day, without a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Date {
    /// Year with its century, 0-9999.
    pub year: u16,
    /// Month, 1-12.
    pub month: u8,
    /// Day of the month, 1-31.
    pub day: u8,
    /// Hour, 0-23.
    pub hour: u8,
    /// Minute, 0-59.
    pub minute: u8,
    /// Second, 0-59.
    pub second: u8,
}

pub(super) const DAY_SECONDS: u64 = 86_400;
/// Days in 400 years.
const CYCLE_DAYS: u64 = 146_097;

impl Date {
    /// Days since 1 March of the year -400, and the second of the day. Fields out of range are brought into it.
    fn days_and_seconds(&self) -> (u64, u64) {
        let month = u64::from(self.month.clamp(1, 12));
        // Years begin in March, so that the leap day is the last of its year.
        let year = u64::from(self.year) + 400 - u64::from(month < 3);
        let months_past = (month + 9) % 12;
        let day_of_year = (153 * months_past + 2) / 5 + u64::from(self.day.clamp(1, 31)) - 1;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
        let clock = [self.hour.min(23), self.minute.min(59), self.second.min(59)].map(u64::from);
        (days, (clock[0] * 60 + clock[1]) * 60 + clock[2])
    }

    /// The date so many seconds later.
    pub(super) fn plus(&self, seconds: u64) -> Date {
        let (days, second) = self.days_and_seconds();
        let total = second.saturating_add(seconds);
        let (days, second) = (days + total / DAY_SECONDS, total % DAY_SECONDS);
        let (cycle, day) = (days / CYCLE_DAYS, days % CYCLE_DAYS);
        let year_of_cycle = (day - day / 1460 + day / 36_524 - day / (CYCLE_DAYS - 1)) / 365;
        let day_of_year = day - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let months_past = (5 * day_of_year + 2) / 153;
        let month = (months_past + 2) % 12 + 1;
        let year = cycle * 400 + year_of_cycle + u64::from(month < 3);
        Date {
            year: ((year - 400) % 10_000) as u16,
            month: month as u8,
            day: (day_of_year - (153 * months_past + 2) / 5 + 1) as u8,
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
        }
    }

    /// The second of the day.
    pub(super) fn second_of_day(&self) -> u64 {
        self.days_and_seconds().1
    }

    /// Days from one date to another that is not earlier.
    pub(super) fn days_until(&self, later: &Date) -> u64 {
        later.days_and_seconds().0.saturating_sub(self.days_and_seconds().0)
    }

    /// The day of the week, 1 for Sunday.
    pub(super) fn weekday(&self) -> u8 {
        // Day 0 of the count, 1 March -400, is a Wednesday.
        ((self.days_and_seconds().0 + 3) % 7 + 1) as u8
    }
}

/// How register B has numbers written.
#[derive(Clone, Copy)]
pub(super) struct Notation {
    pub(super) binary: bool,
    pub(super) hours_24: bool,
}

impl Notation {
    pub(super) fn of(reg_b: u8) -> Self {
        let b = RegB::from_bits_retain(reg_b);
        Notation { binary: b.contains(RegB::BINARY), hours_24: b.contains(RegB::HOURS_24) }
    }

    pub(super) fn number(self, byte: u8) -> u8 {
        if self.binary { byte } else { (byte >> 4).wrapping_mul(10).wrapping_add(byte & 0xF) }
    }

    pub(super) fn byte(self, number: u8) -> u8 {
        if self.binary { number } else { (number / 10 % 10) << 4 | (number % 10) }
    }

    pub(super) fn hour(self, byte: u8) -> u8 {
        if self.hours_24 {
            return self.number(byte);
        }
        self.number(byte & !PM) % 12 + if byte & PM != 0 { 12 } else { 0 }
    }

    pub(super) fn hour_byte(self, hour: u8) -> u8 {
        if self.hours_24 {
            return self.byte(hour);
        }
        let of_twelve = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        self.byte(of_twelve) | if hour >= 12 { PM } else { 0 }
    }
}

/// The alarm's three bytes as numbers; `None` matches any.
#[derive(Clone, Copy)]
pub(super) struct Alarm {
    pub(super) hour: Option<u8>,
    pub(super) minute: Option<u8>,
    pub(super) second: Option<u8>,
}

impl Alarm {
    /// Seconds from a second of the day to the next match, at least 1. `None` if there is none.
    pub(super) fn next(&self, from: u64) -> Option<u64> {
        let matches = |wanted: Option<u8>, has: u64| wanted.is_none_or(|wanted| u64::from(wanted) == has);
        let mut at = from + 1;
        // At most the rest of an hour and minute, a day of hours, an hour of minutes, a minute of seconds.
        while at <= from + DAY_SECONDS {
            let clock = at % DAY_SECONDS;
            if !matches(self.hour, clock / 3600) {
                at += 3600 - clock % 3600;
            } else if !matches(self.minute, clock / 60 % 60) {
                at += 60 - clock % 60;
            } else if !matches(self.second, clock % 60) {
                at += 1;
            } else {
                return Some(at - from);
            }
        }
        None
    }
}
