//! What the display says of itself: one block of EDID 1.3 (VESA E-EDID, release A), for function 4F15h and for drivers
//! that ask the adapter's registers.
//!
//! It is an analog display that shows all that the adapters have, to 1600x1200 at 60 Hz, and likes 1024x768 best.

/// Bytes of the block.
pub const LEN: usize = 128;

/// Established timings: 720x400 at 70, 640x480, 800x600 and 1024x768 at 60 Hz.
const ESTABLISHED: [u8; 3] = [0xA1, 0x08, 0x00];

/// Aspect ratio of a standard timing.
#[derive(Clone, Copy)]
enum Aspect {
    Ratio4To3 = 1,
    Ratio5To4 = 2,
}

/// Standard timings at 60 Hz: width, aspect ratio.
const STANDARD: [(u16, Aspect); 2] = [(1280, Aspect::Ratio5To4), (1600, Aspect::Ratio4To3)];
/// A place for a standard timing that is not used.
const NO_STANDARD: [u8; 2] = [1, 1];

/// 1024x768 at 60 Hz as VESA's Display Monitor Timings have it: shown, blanked, from the end of the shown ones to the
/// sync pulse, its length; in pixels and in lines.
const PIXEL_CLOCK_10_KHZ: u16 = 6500;
const HORIZONTAL: [u16; 4] = [1024, 320, 24, 136];
const VERTICAL: [u16; 4] = [768, 38, 3, 6];
/// The picture in millimetres.
const SIZE_MM: (u16, u16) = (320, 240);
/// Analog, sync on separate lines, both negative.
const SEPARATE_SYNC: u8 = 0x18;

/// A place for a descriptor that is not used.
const NO_DESCRIPTOR: [u8; 18] = [0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// sRGB's primaries and white point.
const CHROMATICITY: [u8; 10] = [0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26, 0x0F, 0x50, 0x54];

/// The block.
#[must_use]
pub fn edid() -> [u8; LEN] {
    let mut block = Vec::with_capacity(LEN);
    block.extend([0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00]);
    block.extend(maker(*b"RLC"));
    block.extend([1, 0, 0, 0, 0, 0]); // product 1, no serial number
    block.extend([0, 0]); // 1990
    block.extend([1, 3]);
    // Analog with separate sync, size in centimetres, gamma 2.2, RGB with a preferred timing.
    block.extend([0x08, (SIZE_MM.0 / 10) as u8, (SIZE_MM.1 / 10) as u8, 120, 0x0A]);
    block.extend(CHROMATICITY);
    block.extend(ESTABLISHED);
    for (width, aspect) in STANDARD {
        block.extend([(width / 8 - 31) as u8, (aspect as u8) << 6]);
    }
    (STANDARD.len()..8).for_each(|_| block.extend(NO_STANDARD));
    block.extend(preferred());
    block.extend(text(0xFC, b"relic"));
    // 50 to 75 Hz, 30 to 80 kHz, to 170 MHz.
    block.extend([0, 0, 0, 0xFD, 0, 50, 75, 30, 80, 17, 0, b'\n', b' ', b' ', b' ', b' ', b' ', b' ']);
    block.extend(NO_DESCRIPTOR);
    block.push(0); // no further block
    let sum = block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    block.push(sum.wrapping_neg());
    let mut bytes = [0; LEN];
    bytes.copy_from_slice(&block);
    bytes
}

/// Three letters in five bits each, `A` being 1.
fn maker(letters: [u8; 3]) -> [u8; 2] {
    letters.iter().fold(0u16, |all, letter| all << 5 | u16::from(letter - b'A' + 1)).to_be_bytes()
}

/// The detailed timing that the display likes best.
fn preferred() -> [u8; 18] {
    let [clock_low, clock_high] = PIXEL_CLOCK_10_KHZ.to_le_bytes();
    let [shown, blank, front, sync] = HORIZONTAL;
    let [lines, blank_lines, front_lines, sync_lines] = VERTICAL;
    let high = |first: u16, second: u16| (first >> 8 << 4 | second >> 8) as u8;
    [
        clock_low,
        clock_high,
        shown as u8,
        blank as u8,
        high(shown, blank),
        lines as u8,
        blank_lines as u8,
        high(lines, blank_lines),
        front as u8,
        sync as u8,
        (front_lines << 4 | sync_lines) as u8,
        0,
        SIZE_MM.0 as u8,
        SIZE_MM.1 as u8,
        high(SIZE_MM.0, SIZE_MM.1),
        0,
        0,
        SEPARATE_SYNC,
    ]
}

/// A descriptor with a text of at most 12 characters.
fn text(kind: u8, text: &[u8]) -> [u8; 18] {
    let mut descriptor = [b' '; 18];
    descriptor[..5].copy_from_slice(&[0, 0, 0, kind, 0]);
    descriptor[5..5 + text.len()].copy_from_slice(text);
    descriptor[5 + text.len()] = b'\n';
    descriptor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vga::vbe;

    #[test]
    fn the_block_begins_and_adds_up_as_edid_does() {
        let block = edid();
        assert_eq!(&block[..8], &[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]);
        assert_eq!(block.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
        assert_eq!(&block[18..20], &[1, 3]);
    }

    #[test]
    fn the_preferred_timing_is_a_mode_of_the_adapters_at_60_hz() {
        let block = edid();
        let wide = |low: usize, high: usize, shift: u8| {
            u32::from(block[54 + low]) | u32::from(block[54 + high] >> shift & 0xF) << 8
        };
        let (width, height) = (wide(2, 4, 4), wide(5, 7, 4));
        assert!(vbe::modes().iter().any(|m| (u32::from(m.width), u32::from(m.height)) == (width, height)));
        let total = (width + wide(3, 4, 0)) * (height + wide(6, 7, 0));
        let clock = u32::from(u16::from_le_bytes([block[54], block[55]])) * 10_000;
        assert_eq!((clock + total / 2) / total, 60);
    }

    #[test]
    fn standard_timings_are_modes_of_the_adapters() {
        for (width, aspect) in STANDARD {
            let height = match aspect {
                Aspect::Ratio4To3 => width * 3 / 4,
                Aspect::Ratio5To4 => width * 4 / 5,
            };
            assert!(vbe::modes().iter().any(|mode| (mode.width, mode.height) == (width, height)));
        }
    }
}
