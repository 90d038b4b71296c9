//! Fonts: glyphs, and how they follow each other.

use super::dots::Dots;
use super::signature::Signatures;
use firmware::cp437;

/// Ink that covers a dot wholly.
pub(super) const FULL: u8 = u8::MAX;
/// Characters of a font of the PC.
const CODES: usize = 256;

/// A set of glyphs of one height.
pub struct Font {
    pub(super) name: String,
    pub(super) height: usize,
    pub(super) spacing: Spacing,
    /// Those that are preferred first.
    pub(super) glyphs: Vec<Glyph>,
    /// Their numbers: what a wide glyph begins like may be a narrow one.
    pub(super) widest_first: Vec<u16>,
    pub(super) signatures: Signatures,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} ({} glyphs)", self.name, self.glyphs.len())
    }
}

/// How glyphs follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// In cells of so many columns.
    Cell(usize),
    /// As wide as each glyph is; so many blank columns, or more, are a space.
    Proportional { space: usize },
}

/// The colours of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inks {
    pub(super) ink: u32,
    pub(super) paper: u32,
}

impl Inks {
    /// The colour of a dot that ink covers so far: each channel as X's Render extension, and so every toolkit on it, rounds.
    pub(super) fn cover(self, coverage: u8) -> u32 {
        let part = |of: u32, by: u32| {
            let product = of * by + 0x80;
            (product + (product >> 8)) >> 8
        };
        let (by, rest) = (u32::from(coverage), u32::from(FULL - coverage));
        let channel = |shift: u32| {
            let (ink, paper) = (self.ink >> shift & 0xFF, self.paper >> shift & 0xFF);
            (part(ink, by) + part(paper, rest)).min(0xFF) << shift
        };
        channel(16) | channel(8) | channel(0)
    }
}

/// The picture of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) character: char,
    pub(super) width: usize,
    /// How far ink covers each dot, row by row.
    pub(super) coverage: Vec<u8>,
    /// Columns and rows of a dot that is ink, and of one that is paper.
    ink: Option<(usize, usize)>,
    paper: Option<(usize, usize)>,
}

impl Glyph {
    pub(super) fn new(character: char, width: usize, coverage: Vec<u8>) -> Self {
        let place = |of: u8| {
            let at = coverage.iter().position(|covered| *covered == of)?;
            Some((at % width, at / width))
        };
        Glyph { character, width, ink: place(FULL), paper: place(0), coverage }
    }

    /// Whether nothing of it is seen, or all of it is.
    fn is_blank(&self) -> bool {
        self.coverage.iter().all(|covered| *covered == self.coverage[0])
    }

    /// The colours at a place, if it stands there.
    pub(super) fn inks(&self, dots: &Dots, x: usize, y: usize) -> Option<Inks> {
        let (ink, paper) = (self.ink?, self.paper?);
        let colour = |(column, row): (usize, usize)| dots.colour(x + column, y + row);
        let inks = Inks { ink: colour(ink), paper: colour(paper) };
        (inks.ink != inks.paper && self.stands(dots, x, y, inks)).then_some(inks)
    }

    /// Whether it stands at a place, in these colours.
    pub(super) fn stands(&self, dots: &Dots, x: usize, y: usize, inks: Inks) -> bool {
        let dot = |(colour, coverage): (&u32, &u8)| match *coverage {
            0 => *colour == inks.paper,
            FULL => *colour == inks.ink,
            part => *colour == inks.cover(part),
        };
        let mut rows = (y..).zip(self.coverage.chunks_exact(self.width));
        rows.all(|(y, row)| dots.row(x, y, self.width).iter().zip(row).all(dot))
    }
}

impl Font {
    /// A font of glyphs that are all `height` rows high; the first of those that are alike is kept.
    pub(super) fn new(name: String, height: usize, spacing: Spacing, mut glyphs: Vec<Glyph>) -> Self {
        glyphs.retain(|glyph| !glyph.is_blank());
        glyphs.truncate(usize::from(u16::MAX));
        let signatures = Signatures::of(&glyphs, height, spacing);
        let mut widest_first: Vec<u16> = (0..glyphs.len() as u16).collect();
        widest_first.sort_by_key(|number| usize::MAX - glyphs[usize::from(*number)].width);
        Font { name, height, spacing, glyphs, widest_first, signatures }
    }

    /// A font as the PC's ROMs and memory have it: 256 characters of code page 437, a byte a row, the leftmost dot in bit 7. With
    /// nine columns a cell ends with a blank one, or, of line graphics, with the eighth once more. `None` if the bytes are
    /// not those of 256 characters.
    pub fn of_codes(name: &str, bytes: &[u8], columns: usize) -> Option<Font> {
        let height = bytes.len() / CODES;
        if !matches!(height, 1..=32) || !bytes.len().is_multiple_of(CODES) || !matches!(columns, 8 | 9) {
            return None;
        }
        let glyph = |code: usize| {
            let rows = &bytes[code * height..][..height];
            let repeats = matches!(code, 0xC0..=0xDF);
            let dots = rows.iter().flat_map(|row| {
                (0..columns).map(move |column| match column {
                    8 => *row & u8::from(repeats) != 0,
                    _ => row & 0x80 >> column != 0,
                })
            });
            let coverage = dots.map(|dot| if dot { FULL } else { 0 }).collect();
            Glyph::new(cp437::to_char(code as u8), columns, coverage)
        };
        // Those that people write first, then those that few know.
        let order = (0x20..0x7F).chain(0x80..0xFF).chain(0x01..0x20).chain([0x7F]);
        let glyphs = order.map(glyph).collect();
        Some(Font::new(name.to_owned(), height, Spacing::Cell(columns), glyphs))
    }

    /// Its name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many glyphs it has.
    pub fn len(&self) -> usize {
        self.glyphs.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }
}
