//! Lines of text that were read in a picture.

use super::runs::UNREADABLE;
use crate::compare::Rect;
use std::collections::BTreeMap;

/// A character of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Character {
    /// What it stands for.
    pub character: char,
    /// Its left column in the picture.
    pub x: u32,
    /// Its columns.
    pub width: u32,
}

/// A line of text, as long as one font reads on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its characters from left to right; a proportional font's space is as wide as it happens to be. What is unreadable between
    /// them is `U+FFFD`.
    pub characters: Vec<Character>,
    /// The upper row in the picture.
    pub y: u32,
    /// Its rows.
    pub height: u32,
    /// The columns of a cell, of a font that has cells.
    pub cell: Option<u32>,
}

impl Line {
    /// What it says.
    pub fn text(&self) -> String {
        self.characters.iter().map(|one| one.character).collect()
    }

    /// Where the line is.
    pub fn at(&self) -> Rect {
        self.part(0, self.characters.len())
    }

    /// Where some of its characters are.
    fn part(&self, from: usize, to: usize) -> Rect {
        let (first, last) = (&self.characters[from], &self.characters[to - 1]);
        Rect { x: first.x, y: self.y, width: last.x + last.width - first.x, height: self.height }
    }

    /// How many letters and digits it has.
    pub(super) fn letters(&self) -> usize {
        self.characters.iter().filter(|one| one.character.is_alphanumeric()).count()
    }

    /// Takes blanks and what is unreadable away from both ends.
    pub(super) fn trimmed(mut self) -> Self {
        let nothing = |one: &Character| matches!(one.character, ' ' | UNREADABLE);
        let end = self.characters.iter().rposition(|one| !nothing(one)).map_or(0, |last| last + 1);
        self.characters.truncate(end);
        let begin = self.characters.iter().position(|one| !nothing(one)).unwrap_or(0);
        self.characters.drain(..begin);
        self
    }
}

/// Where a text stands in a line: the first of such places.
pub fn find(lines: &[Line], wanted: &str) -> Option<Rect> {
    lines.iter().find_map(|line| {
        let text = line.text();
        let from = text[..text.find(wanted)?].chars().count();
        Some(line.part(from, from + wanted.chars().count().max(1)))
    })
}

/// Whether a text stands in a line, or runs on from one row of cells to the next in a picture of so many columns.
pub fn shows(lines: &[Line], wanted: &str, columns: u32) -> bool {
    find(lines, wanted).is_some() || screens(lines, columns).iter().any(|screen| screen.contains(wanted))
}

/// Rows of cells that lie below each other without a gap, each as long as the picture is wide, in one.
fn screens(lines: &[Line], columns: u32) -> Vec<String> {
    let mut grids: BTreeMap<_, BTreeMap<u32, Vec<char>>> = BTreeMap::new();
    for line in lines {
        let (Some(cell), Some(first)) = (line.cell, line.characters.first()) else { continue };
        let (phase, height) = (first.x % cell, line.height);
        let rows = grids.entry((cell, height, phase, line.y % height)).or_default();
        let row =
            rows.entry(line.y / height).or_insert_with(|| vec![' '; ((columns - phase) / cell) as usize]);
        for one in &line.characters {
            if let Some(place) = row.get_mut((one.x / cell) as usize) {
                *place = one.character;
            }
        }
    }
    let mut screens = Vec::new();
    for rows in grids.into_values() {
        let mut last = None;
        for (number, row) in rows {
            match (last, screens.last_mut()) {
                (Some(last), Some(screen)) if last + 1 == number => String::extend(screen, row),
                _ => screens.push(row.into_iter().collect()),
            }
            last = Some(number);
        }
    }
    screens
}
