//! Spans of virtual time and sizes, as people write and read them.

const NS: [(&str, u64); 5] =
    [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)];

/// Nanoseconds of `500ms`, `60s`, `1.5s`, `2m`, `10us`.
///
/// # Errors
/// One line with what was found and what is expected.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no span of time; write `500ms`, `60s` or `2m`");
    let (digits, unit) = text.split_at(text.find(char::is_alphabetic).ok_or_else(wrong)?);
    let (_, unit) = NS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    let ns = number * *unit as f64;
    (number >= 0.0 && ns < 1e18).then_some(ns as u64).ok_or_else(wrong)
}

/// A span for people: `1.250 s`.
pub(crate) fn show(ns: u64) -> String {
    format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1000)
}

/// A size for people: `32 MiB`, `1.4 MiB`, `160 KiB`.
pub(crate) fn show_size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => tenths(bytes, 1 << 10, "KiB"),
        0x10_0000..0x4000_0000 => tenths(bytes, 1 << 20, "MiB"),
        _ => tenths(bytes, 1 << 30, "GiB"),
    }
}

fn tenths(bytes: u64, unit: u64, name: &str) -> String {
    match bytes % unit * 10 / unit {
        0 => format!("{} {name}", bytes / unit),
        tenth => format!("{}.{tenth} {name}", bytes / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_need_a_unit() {
        assert_eq!(parse("500ms"), Ok(500_000_000));
        assert_eq!(parse("1.5s"), Ok(1_500_000_000));
        assert_eq!(parse("2m"), Ok(120_000_000_000));
        assert_eq!(parse("10 us"), Ok(10_000));
        for wrong in ["60", "s", "-1s", "60h", "1ps", "5hours", "1e30s", "nans", "\u{661}s", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(show(1_234_567_890), "1.234 s");
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(show_size(1_474_560), "1.4 MiB");
        assert_eq!(show_size(32 << 20), "32 MiB");
    }
}
