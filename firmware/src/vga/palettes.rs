//! The colours a mode set loads into the DAC, in six bits a gun.

/// A DAC colour: red, green, blue, 0-63 each.
pub type Colour = [u8; 3];

/// Full, two-thirds, one-third intensity of a gun.
const FULL: u8 = 0x3f;
const TWO_THIRDS: u8 = 0x2a;
const ONE_THIRD: u8 = 0x15;

/// Modes with 350 and 400 lines in 16 colours: an EGA's 64, numbered by bits `rgbRGB` (capitals weigh two
/// thirds, small letters one third).
#[must_use]
pub fn ega() -> [Colour; 64] {
    let gun = |index: usize, strong: usize, weak: usize| {
        let share = |bit: usize, weight: u8| if index >> bit & 1 == 1 { weight } else { 0 };
        share(strong, TWO_THIRDS) + share(weak, ONE_THIRD)
    };
    std::array::from_fn(|index| [gun(index, 2, 5), gun(index, 1, 4), gun(index, 0, 3)])
}

/// Modes with 200 lines: a CGA's 16 (bit 4 is intensity, bits 3 and 5 do nothing); dark yellow is brown.
#[must_use]
pub fn cga() -> [Colour; 64] {
    std::array::from_fn(|index| rgbi(index & 7 | (index & 0x10) >> 1))
}

/// Monochrome modes: bit 3 is video, bit 4 intensity.
#[must_use]
pub fn mono() -> [Colour; 64] {
    std::array::from_fn(|index| match index >> 3 & 3 {
        0 | 2 => [0; 3],
        1 => [TWO_THIRDS; 3],
        _ => [FULL; 3],
    })
}

/// The colour an RGBI display makes of four bits.
fn rgbi(code: usize) -> Colour {
    const BROWN: usize = 6;
    let base = if code & 8 == 8 { ONE_THIRD } else { 0 };
    let gun = |bit: usize| base + if code >> bit & 1 == 1 { TWO_THIRDS } else { 0 };
    let green = if code == BROWN { ONE_THIRD } else { gun(1) };
    [gun(2), green, gun(0)]
}

/// Mode 13h: the 16 colours of a CGA, 16 greys, three intensities of three saturations of 24 hues, 8 blacks.
#[must_use]
pub fn vga() -> [Colour; 256] {
    const GREYS: [u8; 16] = [0, 5, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63];
    /// For each intensity and saturation: a gun's five steps from least to most.
    const RAMPS: [[u8; 5]; 9] = [
        [0, 16, 31, 47, 63],
        [31, 39, 47, 55, 63],
        [45, 49, 54, 58, 63],
        [0, 7, 14, 21, 28],
        [14, 17, 21, 24, 28],
        [20, 22, 24, 26, 28],
        [0, 4, 8, 12, 16],
        [8, 10, 12, 14, 16],
        [11, 12, 13, 15, 16],
    ];
    const HUES: usize = 24;
    let mut colours = [[0; 3]; 256];
    for (index, colour) in colours.iter_mut().enumerate() {
        *colour = match index {
            0..16 => rgbi(index),
            16..32 => [GREYS[index - 16]; 3],
            32..248 => hue((index - 32) % HUES).map(|step| RAMPS[(index - 32) / HUES][step]),
            _ => [0; 3],
        };
    }
    colours
}

/// The step (0-4) of each gun for a hue, going round from blue over red and green.
fn hue(hue: usize) -> [usize; 3] {
    // How strong a gun is, by distance in hues from where it is strongest.
    let strength = |peak: usize| {
        let distance = hue.abs_diff(peak).min(24 - hue.abs_diff(peak));
        8usize.saturating_sub(distance).min(4)
    };
    [strength(8), strength(16), strength(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ega_colour_20_is_brown() {
        assert_eq!(ega()[0x14], [0x2a, 0x15, 0]);
        assert_eq!(ega()[0x3f], [0x3f; 3]);
    }

    #[test]
    fn cga_bit_4_is_intensity() {
        assert_eq!(cga()[0x06], [0x2a, 0x15, 0]);
        assert_eq!(cga()[0x16], [0x3f, 0x3f, 0x15]);
        assert_eq!(cga()[0x08], [0; 3]);
    }

    #[test]
    fn vga_hues_start_at_blue_and_pass_magenta() {
        let colours = vga();
        assert_eq!(colours[32], [0, 0, 63]);
        assert_eq!(colours[33], [16, 0, 63]);
        assert_eq!(colours[36], [63, 0, 63]);
        assert_eq!(colours[40], [63, 0, 0]);
        assert_eq!(colours[48], [0, 63, 0]);
        assert_eq!(colours[55], [0, 16, 63]);
        assert_eq!(colours[56], [31, 31, 63]);
        assert_eq!(colours[247], [11, 12, 16]);
    }
}
