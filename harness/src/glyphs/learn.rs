//! Learning a font from pictures whose text is known.
//!
//! In cells each character has its own. Proportional glyphs are told apart by the blank columns between them; where letters touch,
//! they have to be written with spaces between. The same character has the same glyph wherever it stands, in whatever colours, or
//! the text is not that of the picture.

use super::dots::Dots;
use super::font::{FULL, Font, Glyph, Inks, Spacing};
use crate::compare::Rect;
use crate::guest::Frame;
use std::collections::HashMap;
use std::ops::Range;

/// Characters that a font may have.
const MOST_GLYPHS: usize = 4096;
/// Rows and columns of a glyph.
pub(super) const MOST_SIDE: usize = 64;

/// A part of a picture, and its text: of a font of cells perhaps several rows.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The part.
    pub at: Rect,
    /// What stands there.
    pub text: String,
}

/// A font that is being learnt.
pub struct Learner {
    /// Columns and rows of a cell; none if the font is proportional.
    cell: Option<(usize, usize)>,
    height: Option<usize>,
    /// The fewest blank columns of a space, and the most inside words.
    space: Option<usize>,
    within: usize,
    told_space: Option<usize>,
    glyphs: Vec<Learnt>,
    known: HashMap<char, usize>,
}

/// A glyph as far as it is known.
struct Learnt {
    character: char,
    width: usize,
    /// The least and the most that ink may cover each dot: dark ink on dark paper does not tell exactly.
    coverage: Vec<(u8, u8)>,
}

impl Learner {
    /// A font whose characters stand in cells of so many columns and rows, or else a proportional one.
    ///
    /// # Errors
    /// A cell that no font has.
    pub fn new(cell: Option<(u32, u32)>) -> Result<Self, String> {
        let cell = cell.map(|(width, height)| (width as usize, height as usize));
        if let Some((width, height)) = cell
            && !((2..=MOST_SIDE).contains(&width) && (2..=MOST_SIDE).contains(&height))
        {
            return Err(format!(
                "a cell of {width}x{height} dots; 2x2 to {MOST_SIDE}x{MOST_SIDE} are possible"
            ));
        }
        let height = cell.map(|(_, height)| height);
        Ok(Learner {
            cell,
            height,
            space: None,
            within: 0,
            told_space: None,
            glyphs: vec![],
            known: HashMap::new(),
        })
    }

    /// Learns from a part of a picture.
    ///
    /// # Errors
    /// One line that says how the text does not fit the picture.
    pub fn learn(&mut self, picture: &Frame, sample: &Sample) -> Result<(), String> {
        let Rect { x, y, width, height } = sample.at;
        if !sample.at.is_inside(picture.width, picture.height) {
            let Frame { width: across, height: down, .. } = picture;
            return Err(format!(
                "{width}x{height} dots at ({x}, {y}) are not inside the picture of {across}x{down}"
            ));
        }
        let mut dots = Dots::default();
        dots.update(picture);
        match self.cell {
            Some(cell) => self.cells(&dots, sample, cell),
            None => self.line(&dots, sample),
        }
    }

    fn cells(&mut self, dots: &Dots, sample: &Sample, (width, height): (usize, usize)) -> Result<(), String> {
        let Rect { x, y, width: across, height: down } = sample.at;
        let (columns, rows) = (across as usize / width, down as usize / height);
        if !(across as usize).is_multiple_of(width) || !(down as usize).is_multiple_of(height) {
            return Err(format!("{across}x{down} dots are no whole cells of {width}x{height}"));
        }
        let text: Vec<&str> = sample.text.lines().collect();
        if text.len() > rows {
            return Err(format!("the text has {} rows, the picture {rows}", text.len()));
        }
        let colours = Colours::of(dots, sample.at);
        for (row, line) in text.into_iter().enumerate() {
            let said = |message: String| format!("row {} of the text: {message}", row + 1);
            let count = line.chars().count();
            if count > columns {
                return Err(said(format!("it has {count} characters, the picture {columns} columns")));
            }
            for (column, character) in line.chars().chain(std::iter::repeat(' ')).take(columns).enumerate() {
                let at = (x as usize + column * width, y as usize + row * height);
                self.cell(dots, &colours, at, (width, height), character)
                    .map_err(|message| said(format!("column {}: {message}", column + 1)))?;
            }
        }
        Ok(())
    }

    fn cell(
        &mut self,
        dots: &Dots,
        colours: &Colours,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
        character: char,
    ) -> Result<(), String> {
        let blank = dots.column(x, y, height).is_some() && dots.alike(x, y, height) >= width;
        match (blank, character) {
            (true, ' ') => Ok(()),
            (true, _) => Err(format!("`{character}` shows nothing")),
            (false, ' ') => Err("there is something where the text has a space".into()),
            (false, _) => self.glyph(dots, colours, (x..x + width, y..y + height), character),
        }
    }

    fn line(&mut self, dots: &Dots, sample: &Sample) -> Result<(), String> {
        let Rect { x, y, width, height } = sample.at;
        let (from, end) = (x as usize, (x + width) as usize);
        let rows = y as usize..(y + height) as usize;
        match self.height {
            Some(known) if known != rows.len() => {
                return Err(format!(
                    "it is {height} dots high, and an earlier one {known}; all glyphs of a font are alike"
                ));
            }
            _ if !(2..=MOST_SIDE).contains(&rows.len()) => {
                return Err(format!("a line of {height} dots; 2 to {MOST_SIDE} are possible"));
            }
            _ => self.height = Some(rows.len()),
        }
        let colours = Colours::of(dots, sample.at);
        let inked = |x: usize| dots.column(x, rows.start, rows.len()) != Some(colours.inks.paper);
        let (mut pieces, mut x) = (Vec::<Range<usize>>::new(), from);
        while let Some(begin) = (x..end).find(|x| inked(*x)) {
            x = (begin..end).find(|x| !inked(*x)).unwrap_or(end);
            pieces.push(begin..x);
        }
        let words: Vec<&str> = sample.text.split_whitespace().collect();
        for (word, pieces) in words.iter().zip(self.words(&words, &pieces)?) {
            let spans = spans(word, pieces)?;
            for (character, columns) in word.chars().zip(spans) {
                self.glyph(dots, &colours, (columns, rows.clone()), character)?;
            }
        }
        Ok(())
    }

    /// The pieces of each word: the widest gaps are the spaces.
    fn words<'a>(
        &mut self,
        words: &[&str],
        pieces: &'a [Range<usize>],
    ) -> Result<Vec<&'a [Range<usize>]>, String> {
        let gaps: Vec<usize> = pieces.windows(2).map(|pair| pair[1].start - pair[0].end).collect();
        let spaces = words.len().saturating_sub(1);
        if words.is_empty() || pieces.len() < words.len() {
            return Err(format!(
                "the text has {} words, and the picture {} pieces",
                words.len(),
                pieces.len()
            ));
        }
        let mut widest = gaps.clone();
        widest.sort_unstable_by(|one, other| other.cmp(one));
        let narrowest_space = spaces.checked_sub(1).map(|last| widest[last]);
        let within = widest.get(spaces).copied().unwrap_or(0);
        if narrowest_space.is_some_and(|space| space <= within) {
            return Err(format!("of {} gaps it is not clear which {spaces} are spaces", gaps.len()));
        }
        self.within = self.within.max(within);
        self.space = self.space.into_iter().chain(narrowest_space).min();
        let ends = (0..gaps.len()).filter(|at| narrowest_space.is_some_and(|space| gaps[*at] >= space));
        let ends: Vec<usize> = ends.map(|at| at + 1).chain([pieces.len()]).collect();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        Ok(begins.zip(&ends).map(|(begin, end)| &pieces[begin..*end]).collect())
    }

    /// Learns one character, or finds it as it is known.
    fn glyph(
        &mut self,
        dots: &Dots,
        colours: &Colours,
        (columns, rows): (Range<usize>, Range<usize>),
        character: char,
    ) -> Result<(), String> {
        let (width, at) = (columns.len(), (columns.start, rows.start));
        if width > MOST_SIDE {
            return Err(format!("`{character}` would be {width} dots wide; {MOST_SIDE} are possible"));
        }
        let coverage = colours.coverage(dots, &columns, &rows, self.cell.is_some()).map_err(|(x, y)| {
            format!("`{character}`: the dot at ({x}, {y}) is neither paper nor ink nor of both")
        })?;
        if self.take(Learnt { character, width, coverage })? {
            return Ok(());
        }
        Err(format!(
            "`{character}` at ({}, {}) looks different than before: is that what the picture shows?",
            at.0, at.1
        ))
    }

    /// So many blank columns, or more, are a space of the proportional font, whatever the samples say.
    pub fn set_space(&mut self, columns: u32) {
        self.told_space = Some(columns as usize);
    }

    /// Takes on a glyph as it is known: `coverage` says how far ink covers each dot, row by row.
    pub(super) fn know(&mut self, character: char, width: usize, coverage: &[u8]) -> Result<(), String> {
        let height = coverage.len() / width;
        if self.cell.is_some_and(|cell| cell != (width, height))
            || self.height.is_some_and(|known| known != height)
        {
            return Err(format!("`{character}` has {width}x{height} dots, which is not as the others"));
        }
        if !(1..=MOST_SIDE).contains(&width) || !(2..=MOST_SIDE).contains(&height) {
            return Err(format!(
                "`{character}` has {width}x{height} dots; 1x2 to {MOST_SIDE}x{MOST_SIDE} are possible"
            ));
        }
        self.height = Some(height);
        let exactly = coverage.iter().map(|covered| (*covered, *covered)).collect();
        let agrees = self.take(Learnt { character, width, coverage: exactly })?;
        agrees.then_some(()).ok_or_else(|| format!("`{character}` is known, and looks different"))
    }

    /// Keeps a glyph, or finds it as it is known; whether it is.
    fn take(&mut self, glyph: Learnt) -> Result<bool, String> {
        let Some(known) = self.known.get(&glyph.character).map(|at| &mut self.glyphs[*at]) else {
            if self.glyphs.len() == MOST_GLYPHS {
                return Err(format!("the font has more than {MOST_GLYPHS} characters"));
            }
            self.known.insert(glyph.character, self.glyphs.len());
            self.glyphs.push(glyph);
            return Ok(true);
        };
        let both = |(one, other): (&(u8, u8), &(u8, u8))| {
            let (least, most) = (one.0.max(other.0), one.1.min(other.1));
            (least <= most).then_some((least, most))
        };
        let agreed: Option<Vec<_>> = known.coverage.iter().zip(&glyph.coverage).map(both).collect();
        let agreed = agreed.filter(|_| known.width == glyph.width);
        Ok(agreed.map(|agreed| known.coverage = agreed).is_some())
    }

    /// The font. Its characters are in the order of their codes.
    ///
    /// # Errors
    /// Nothing was learnt, or it is not known what a space is.
    pub fn font(mut self, name: &str) -> Result<Font, String> {
        let height = self.height.filter(|_| !self.glyphs.is_empty()).ok_or("nothing was learnt")?;
        let spacing = match (self.cell, self.told_space.or(self.space)) {
            (Some((width, _)), _) => Spacing::Cell(width),
            (None, Some(space)) if space > self.within => Spacing::Proportional { space },
            (None, Some(space)) => {
                let within = self.within;
                return Err(format!(
                    "a space is {space} blank columns or more, but there are {within} inside a word"
                ));
            }
            (None, None) => return Err("no line has a space; say how many blank columns are one".into()),
        };
        self.glyphs.sort_by_key(|glyph| glyph.character);
        let middle = |(least, most): &(u8, u8)| (u16::from(*least) + u16::from(*most)).div_ceil(2) as u8;
        let glyph = |learnt: Learnt| {
            Glyph::new(learnt.character, learnt.width, learnt.coverage.iter().map(middle).collect())
        };
        Ok(Font::new(name.to_owned(), height, spacing, self.glyphs.into_iter().map(glyph).collect()))
    }
}

/// The columns of each character of a word.
fn spans(word: &str, pieces: &[Range<usize>]) -> Result<Vec<Range<usize>>, String> {
    match word.chars().count() {
        // A character may be of several strokes.
        1 => Ok(std::iter::once(pieces[0].start..pieces[pieces.len() - 1].end).collect()),
        count if count == pieces.len() => Ok(pieces.to_vec()),
        count => Err(format!(
            "`{word}` has {count} characters in {} pieces; write letters that touch with spaces between",
            pieces.len()
        )),
    }
}

/// The colours of a sample.
struct Colours {
    inks: Inks,
    /// The least and the most that ink covers a dot of a colour.
    coverage: HashMap<u32, (u8, u8)>,
}

impl Colours {
    /// The paper is the colour that most dots have, the ink the one farthest from it.
    fn of(dots: &Dots, at: Rect) -> Self {
        let rows = at.y as usize..(at.y + at.height) as usize;
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for y in rows {
            for colour in dots.row(at.x as usize, y, at.width as usize) {
                *counts.entry(*colour).or_default() += 1;
            }
        }
        let most = counts.iter().max_by_key(|(colour, count)| (**count, **colour));
        let paper = most.map_or(0, |(colour, _)| *colour);
        let ink = counts.keys().copied().max_by_key(|colour| (apart(*colour, paper), *colour)).unwrap_or(0);
        let inks = Inks { ink, paper };
        let mut coverage: HashMap<u32, (u8, u8)> = HashMap::new();
        for covered in 0..=FULL {
            let (_, most) = coverage.entry(inks.cover(covered)).or_insert((covered, covered));
            *most = covered;
        }
        // What has these very colours is covered wholly or not at all.
        coverage.insert(ink, (FULL, FULL));
        coverage.insert(paper, (0, 0));
        Colours { inks, coverage }
    }

    /// How far ink covers some dots, or the first that no ink can explain. A cell
    /// of two colours has its own ink.
    fn coverage(
        &self,
        dots: &Dots,
        columns: &Range<usize>,
        rows: &Range<usize>,
        in_cells: bool,
    ) -> Result<Vec<(u8, u8)>, (usize, usize)> {
        let places = || rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y)));
        let mut others = places().map(|(x, y)| dots.colour(x, y)).filter(|colour| *colour != self.inks.paper);
        let other = others.next();
        let is_plain = others.all(|colour| Some(colour) == other) && in_cells;
        let covered = |(x, y): (usize, usize)| match dots.colour(x, y) {
            colour if colour == self.inks.paper => Ok((0, 0)),
            _ if is_plain => Ok((FULL, FULL)),
            colour => self.coverage.get(&colour).copied().ok_or((x, y)),
        };
        places().map(covered).collect()
    }
}

/// How far two colours are from each other.
fn apart(one: u32, other: u32) -> u32 {
    let channel = |shift: u32| (one >> shift & 0xFF).abs_diff(other >> shift & 0xFF);
    channel(16) + channel(8) + channel(0)
}
