//! Reading on along a line from a letter or digit that was found.

use super::dots::Dots;
use super::font::{Font, Glyph, Inks, Spacing};
use super::lines::{Character, Line};
use std::ops::Range;

/// Stands for what is there and cannot be read.
pub(super) const UNREADABLE: char = char::REPLACEMENT_CHARACTER;
/// Cells in a row that may be unreadable, as those below a pointer are.
const MOST_UNREADABLE: usize = 2;

/// All lines whose upper rows are among these.
pub(super) fn find(font: &Font, dots: &Dots, rows: Range<usize>) -> Vec<Line> {
    let (mut lines, mut places) = (Vec::<Line>::new(), Vec::new());
    let narrowest = font.glyphs.iter().map(|glyph| glyph.width).min().unwrap_or(0);
    let from = match font.spacing {
        Spacing::Cell(_) => 0,
        Spacing::Proportional { .. } => 1,
    };
    let end = (dots.height + 1).saturating_sub(font.height).min(rows.end);
    if font.is_empty() || dots.width < from + narrowest {
        return lines;
    }
    for y in rows.start..end {
        let in_row = lines.len();
        places.clear();
        font.signatures.sought(dots, y, from..dots.width - narrowest + 1, &mut places);
        for &x in &places {
            if lines[in_row..].iter().any(|line| has_read(line, x)) {
                continue;
            }
            lines.extend(match font.spacing {
                Spacing::Cell(width) => cells(font, dots, width, x, y),
                Spacing::Proportional { space } => pieces(font, dots, space, x, y),
            });
        }
    }
    lines
}

/// Whether a line of the same row has read what stands at `x`.
fn has_read(line: &Line, x: usize) -> bool {
    let at = line.at();
    let x = x as u32;
    x >= at.x && x < at.x + at.width && line.cell.is_none_or(|cell| (x - at.x).is_multiple_of(cell))
}

fn line(font: &Font, y: usize, left: Vec<Character>, right: Vec<Character>, cell: Option<u32>) -> Line {
    let characters = left.into_iter().rev().chain(right).collect();
    Line { characters, y: y as u32, height: font.height as u32, cell }.trimmed()
}

fn character(character: char, x: usize, width: usize) -> Character {
    Character { character, x: x as u32, width: width as u32 }
}

/// The line of cells around a letter or digit.
fn cells(font: &Font, dots: &Dots, width: usize, x: usize, y: usize) -> Option<Line> {
    cell(font, dots, x, y).filter(|character| character.is_alphanumeric())?;
    let right = (x..dots.width).step_by(width).take_while(|x| x + width <= dots.width);
    let left = (1..=x / width).map(|cells| x - cells * width);
    let read = |places: &mut dyn Iterator<Item = usize>| {
        let (mut read, mut unreadable) = (Vec::new(), 0);
        for x in places {
            let found = cell(font, dots, x, y);
            unreadable = if found.is_none() { unreadable + 1 } else { 0 };
            if unreadable > MOST_UNREADABLE {
                break;
            }
            read.push(character(found.unwrap_or(UNREADABLE), x, width));
        }
        read
    };
    let (right, left) = (read(&mut { right }), read(&mut { left }));
    Some(line(font, y, left, right, Some(width as u32)))
}

/// What a cell shows; nothing is a space.
fn cell(font: &Font, dots: &Dots, x: usize, y: usize) -> Option<char> {
    let Spacing::Cell(width) = font.spacing else { return None };
    if x + width > dots.width {
        return None;
    }
    let known = font.signatures.at(dots, x, y).iter().map(|number| &font.glyphs[usize::from(*number)]);
    let found = known.filter(|glyph| glyph.inks(dots, x, y).is_some()).map(|glyph| glyph.character).next();
    let blank = || dots.alike(x, y, font.height) >= width && dots.column(x, y, font.height).is_some();
    found.or_else(|| blank().then_some(' '))
}

/// The line of a proportional font around a letter or digit, with paper left of it.
fn pieces(font: &Font, dots: &Dots, space: usize, x: usize, y: usize) -> Option<Line> {
    let known = font.signatures.at(dots, x, y).iter().map(|number| &font.glyphs[usize::from(*number)]);
    let stands = |glyph: &&Glyph| {
        glyph.character.is_alphanumeric()
            && x + glyph.width <= dots.width
            && glyph.inks(dots, x, y).is_some_and(|inks| inks.paper == dots.colour(x - 1, y))
    };
    let glyph = known.into_iter().find(stands)?;
    let inks = glyph.inks(dots, x, y)?;
    let paper = Paper { font, dots, y, inks, space };
    paper.is_blank(x - 1).then_some(())?;
    let (read, end) = paper.piece(x)?;
    let (mut right, mut left) = (read, Vec::new());
    paper.rightwards(end, &mut right);
    paper.leftwards(x, &mut left);
    Some(line(font, y, left, right, None))
}

/// Rows of a picture that are read in two colours.
struct Paper<'a> {
    font: &'a Font,
    dots: &'a Dots,
    y: usize,
    inks: Inks,
    space: usize,
}

impl Paper<'_> {
    fn is_blank(&self, x: usize) -> bool {
        self.dots.column(x, self.y, self.font.height) == Some(self.inks.paper)
    }

    /// The characters of a piece, which begins with ink and ends before a blank column, and that column.
    fn piece(&self, from: usize) -> Option<(Vec<Character>, usize)> {
        let (mut read, mut x) = (Vec::new(), from);
        while x < self.dots.width && (x == from || !self.is_blank(x)) {
            let widest = self.font.widest_first.iter().map(|number| &self.font.glyphs[usize::from(*number)]);
            let stands = |glyph: &&Glyph| {
                x + glyph.width <= self.dots.width && glyph.stands(self.dots, x, self.y, self.inks)
            };
            let glyph = widest.into_iter().find(stands)?;
            read.push(character(glyph.character, x, glyph.width));
            x += glyph.width;
        }
        Some((read, x))
    }

    /// Reads on from a blank column at the end of a piece.
    fn rightwards(&self, mut end: usize, read: &mut Vec<Character>) {
        loop {
            let reach = self.dots.width.min(end + self.font.height + 1);
            let Some(begin) = (end..reach).find(|x| !self.is_blank(*x)) else { return };
            let (characters, next) = match self.piece(begin) {
                Some(piece) => piece,
                None => {
                    let reach = self.dots.width.min(begin + 2 * self.font.height);
                    let Some(next) = (begin..reach).find(|x| self.is_blank(*x)) else { return };
                    (vec![character(UNREADABLE, begin, next - begin)], next)
                }
            };
            if begin - end >= self.space {
                read.push(character(' ', end, begin - end));
            }
            read.extend(characters);
            end = next;
        }
    }

    /// Reads on to the left of the piece that begins at `begin`; the nearest character comes first.
    fn leftwards(&self, mut begin: usize, read: &mut Vec<Character>) {
        loop {
            let reach = begin.saturating_sub(self.font.height + 1);
            let Some(last) = (reach..begin).rfind(|x| !self.is_blank(*x)) else { return };
            let end = last + 1;
            let from = (0..last).rfind(|x| self.is_blank(*x)).map_or(0, |blank| blank + 1);
            let characters = match self.piece(from) {
                Some((characters, to)) if to == end => characters,
                _ if end - from > 2 * self.font.height => return,
                _ => vec![character(UNREADABLE, from, end - from)],
            };
            if begin - end >= self.space {
                read.push(character(' ', end, begin - end));
            }
            read.extend(characters.into_iter().rev());
            begin = from;
        }
    }
}
