//! The VESA modes of the CL-GD5446, and the beam's timing for each of their sizes.
//!
//! Follows: Cirrus Logic CL-GD5446 Technical Reference Manual, "Extension Registers" (SRE, SR1E, CR1A). Timings are of
//! 60 frames or fields a second; their blanking takes a fifth of a line and about a twentieth of a frame.

use super::vbe::{self, Layout, Mode};

/// The longest row in bytes that the offset register has room for.
const LONGEST_PITCH: u32 = 0x1FF * 8;
/// The largest video memory.
const MEMORY: u32 = 4 << 20;
/// Lines beyond which a frame is drawn in two fields: a vertical counter has ten bits.
const LINES_OF_A_FIELD: u32 = 900;
/// Lines below which each row is drawn twice.
const LINES_OF_A_MONITOR: u32 = 400;
const FIELDS_A_SECOND: u32 = 60;
/// The reference of the clock synthesizers, in hertz.
const REFERENCE_HZ: u32 = 14_318_180;

/// Miscellaneous output: colour, memory, the fourth clock, the upper page; and the signs of the retrace pulses for 400
/// and 480 lines.
const MISC: u8 = 0x2F;
const SIGNS_400: u8 = 0x40;
const SIGNS_480: u8 = 0xC0;

/// The CRTC registers that a timing sets, in the order of [`Timing::crtc`].
pub const TIMED: [u8; 16] =
    [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, 0x10, 0x12, 0x15, 0x16, 0x19, 0x1A, 0x11];

/// How the beam draws pictures of a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Pixels in a row, and rows.
    pub size: (u16, u16),
    /// Miscellaneous output.
    pub misc: u8,
    /// Numerator and denominator of the fourth clock (SRE, SR1E).
    pub clock: [u8; 2],
    /// CRTC registers [`TIMED`].
    pub crtc: [u8; TIMED.len()],
}

/// All modes that the chip can have, in the order of [`vbe::modes`].
#[must_use]
pub fn modes() -> Vec<Mode> {
    vbe::modes().into_iter().filter(|mode| mode.pitch() <= LONGEST_PITCH && mode.bytes() <= MEMORY).collect()
}

/// The timings of all sizes of [`modes`] that have pixels.
#[must_use]
pub fn timings() -> Vec<Timing> {
    let with_pixels = modes().into_iter().filter(|mode| !matches!(mode.layout, Layout::Text(_)));
    let mut sizes: Vec<(u16, u16)> = with_pixels.map(|mode| (mode.width, mode.height)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.into_iter().map(Timing::new).collect()
}

impl Timing {
    fn new(size: (u16, u16)) -> Self {
        let (columns, rows) = (u32::from(size.0) / 8, u32::from(size.1));
        let doubled = rows < LINES_OF_A_MONITOR;
        let interlaced = rows > LINES_OF_A_FIELD;
        let lines = if doubled { 2 * rows } else { rows } / if interlaced { 2 } else { 1 };

        // A quarter of a line's picture is blank; retrace is in the middle of it, and not longer than its register.
        let line = columns + columns / 4;
        let (gap, retrace) = (columns / 16, (columns / 8).min(31));
        let frame = lines + lines / 20;
        let sync = lines + lines / 80;
        let pixels = line * 8 * frame;

        let bit = |value: u32, bit: u32, to: u32| ((value >> bit & 1) << to) as u8;
        let (total, shown, blank) = (frame - 2, lines - 1, lines);
        let overflow = bit(total, 8, 0) | bit(shown, 8, 1) | bit(sync, 8, 2) | bit(blank, 8, 3) | 1 << 4;
        let overflow = overflow | bit(total, 9, 5) | bit(shown, 9, 6) | bit(sync, 9, 7);
        let blank_end = line - 1;
        let retrace_end = (columns + gap + retrace) & 0x1F;
        // The end of blanking has bits in three registers.
        let extended = (blank_end >> 6 & 3) << 4 | u32::from(interlaced);
        let signs = match lines {
            400 => SIGNS_400,
            480 => SIGNS_480,
            _ => 0,
        };
        Timing {
            size,
            misc: MISC | signs,
            clock: clock(pixels * FIELDS_A_SECOND),
            crtc: [
                (line - 5) as u8,
                (columns - 1) as u8,
                columns as u8,
                (0x80 | blank_end & 0x1F) as u8,
                (columns + gap) as u8,
                ((blank_end >> 5 & 1) << 7 | retrace_end) as u8,
                total as u8,
                overflow,
                bit(blank, 9, 5) | 1 << 6 | u8::from(doubled),
                sync as u8,
                shown as u8,
                blank as u8,
                (frame - 1) as u8,
                (line / 2) as u8,
                extended as u8,
                (0x80 | (sync + 3) & 0x0F) as u8,
            ],
        }
    }
}

/// The numerator and the denominator with post scalar of the clock that comes nearest to a frequency.
fn clock(hertz: u32) -> [u8; 2] {
    let choices = (1..0x20u32).flat_map(|denominator| (0..2u32).map(move |scalar| (denominator, scalar)));
    let nearest = choices.filter_map(|(denominator, scalar)| {
        let divisor = u64::from(denominator << scalar);
        let numerator = (u64::from(hertz) * divisor + u64::from(REFERENCE_HZ / 2)) / u64::from(REFERENCE_HZ);
        let made = u64::from(REFERENCE_HZ) * numerator / divisor;
        (1..0x80)
            .contains(&numerator)
            .then(|| (made.abs_diff(hertz.into()), [numerator as u8, (denominator << 1 | scalar) as u8]))
    });
    nearest.min().map_or([0, 0], |(_, clock)| clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(width: u16, height: u16) -> Timing {
        let size = (width, height);
        *timings().iter().find(|timing| timing.size == size).expect("there is such a size")
    }

    #[test]
    fn every_mode_with_pixels_has_a_timing_and_rows_that_the_offset_register_holds() {
        for mode in modes().iter().filter(|mode| mode.depth() != 0) {
            assert!(mode.pitch() <= LONGEST_PITCH, "{mode:?}");
            assert_eq!(timing(mode.width, mode.height).size, (mode.width, mode.height));
        }
    }

    #[test]
    fn the_modes_that_programs_ask_for_are_there() {
        for number in [0x101, 0x103, 0x105, 0x107, 0x111, 0x114, 0x117, 0x112, 0x115, 0x118, 0x11C] {
            assert!(modes().iter().any(|mode| mode.number == number), "{number:X}h");
        }
    }

    #[test]
    fn registers_say_the_size_again() {
        for Timing { size, crtc, .. } in timings() {
            let overflow = u16::from(crtc[7]);
            let shown = u16::from(crtc[10]) | (overflow & 2) << 7 | (overflow & 0x40) << 3;
            let fields = 1 + u16::from(crtc[14] & 1);
            let rows = (shown + 1) * fields / u16::from((crtc[8] & 0x1F) + 1);
            assert_eq!(((u16::from(crtc[1]) + 1) * 8, rows), size);
        }
    }

    #[test]
    fn clocks_are_near_what_was_asked_for() {
        for hertz in [12_600_000u32, 25_175_000, 40_000_000, 65_000_000, 79_380_000] {
            let [numerator, low] = clock(hertz).map(u32::from);
            let made = REFERENCE_HZ / ((low >> 1) << (low & 1)) * numerator;
            assert!(made.abs_diff(hertz) < hertz / 200, "{made} Hz for {hertz}");
        }
    }
}
