//! Colours as a terminal takes them.

use std::fmt::Write as _;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// The 16 of a PC, as terminals number them.
    Sixteen,
    /// The cube and the greys of xterm.
    Many,
    /// 24 bits.
    True,
}

/// Which of two colours a cell has is being set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// The character's.
    Ink,
    /// The one behind it.
    Paper,
}

/// The colours 0-15 of terminals, as 00RRGGBBh: a PC's, with red and blue exchanged in the number.
const SIXTEEN: [u32; 16] = [
    0x000000, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA, //
    0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF,
];

/// The steps of each primary in the cube of 216 colours, which begins at number 16.
const CUBE: [u32; 6] = [0, 95, 135, 175, 215, 255];
const CUBE_BEGIN: u32 = 16;
/// The 24 greys: their first number, the first value, the step.
const GREYS: (u32, u32, u32) = (232, 8, 10);

impl Depth {
    /// What the environment says about the terminal.
    pub(super) fn of(colorterm: &str, term: &str) -> Depth {
        if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            Depth::True
        } else if term.contains("256color") || term.contains("kitty") {
            Depth::Many
        } else {
            Depth::Sixteen
        }
    }

    /// Adds the parameters of SGR that set a colour.
    pub(super) fn select(self, ground: Ground, colour: u32, out: &mut String) {
        let base = if ground == Ground::Ink { 30 } else { 40 };
        // Writing to a string cannot fail.
        let _ = match self {
            Depth::True => {
                let [_, r, g, b] = colour.to_be_bytes();
                write!(out, "{};2;{r};{g};{b}", base + 8)
            }
            Depth::Many => write!(out, "{};5;{}", base + 8, of_256(colour)),
            Depth::Sixteen => match nearest(colour, SIXTEEN.into_iter().zip(0..)) {
                bright @ 8.. => write!(out, "{}", base + 60 + bright - 8),
                dark => write!(out, "{}", base + dark),
            },
        };
    }
}

fn of_256(colour: u32) -> u32 {
    let cube = (0..216).map(|n| {
        let step = |divisor: u32| CUBE[(n / divisor % 6) as usize];
        (step(36) << 16 | step(6) << 8 | step(1), CUBE_BEGIN + n)
    });
    let greys = (0..24).map(|n| ((GREYS.1 + GREYS.2 * n) * 0x0001_0101, GREYS.0 + n));
    nearest(colour, cube.chain(greys))
}

/// The number of the colour that differs least.
fn nearest(colour: u32, among: impl Iterator<Item = (u32, u32)>) -> u32 {
    let distance = |other: u32| -> u32 {
        let parts = colour.to_be_bytes().into_iter().zip(other.to_be_bytes());
        parts.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    among.min_by_key(|(other, _)| distance(*other)).map_or(0, |(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(depth: Depth, ground: Ground, colour: u32) -> String {
        let mut out = String::new();
        depth.select(ground, colour, &mut out);
        out
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        assert_eq!(Depth::of("truecolor", "xterm-256color"), Depth::True);
        assert_eq!(Depth::of("", "screen-256color"), Depth::Many);
        assert_eq!(Depth::of("", "linux"), Depth::Sixteen);
    }

    #[test]
    fn the_pc_colours_are_exact_where_the_terminal_has_them() {
        assert_eq!(selected(Depth::True, Ground::Paper, 0x0000AA), "48;2;0;0;170");
        assert_eq!(selected(Depth::Sixteen, Ground::Paper, 0x0000AA), "44");
        assert_eq!(selected(Depth::Sixteen, Ground::Ink, 0xFFFF55), "93");
    }

    #[test]
    fn other_colours_become_the_nearest_of_256() {
        assert_eq!(selected(Depth::Many, Ground::Ink, 0xFFFFFF), "38;5;231");
        assert_eq!(selected(Depth::Many, Ground::Ink, 0x0000AA), "38;5;19");
        assert_eq!(selected(Depth::Many, Ground::Paper, 0x121313), "48;5;233");
    }
}
