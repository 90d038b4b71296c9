//! Reading a picture again and again: only where it changed.

use super::dots::Dots;
use super::font::Font;
use super::lines::Line;
use super::runs;
use crate::guest::Frame;
use std::sync::Arc;

/// Reads pictures with some fonts.
#[derive(Default)]
pub struct Reader {
    dots: Dots,
    fonts: Vec<ReadWith>,
    lines: Vec<Line>,
}

/// A font, and what was read with it; `None` before the first time.
struct ReadWith {
    font: Arc<Font>,
    lines: Option<Vec<Line>>,
}

impl Reader {
    /// The lines of a picture from top to bottom, those in the same row from left to right. Of fonts that read the same, the
    /// first counts.
    pub fn read(&mut self, frame: &Frame, fonts: &[Arc<Font>]) -> &[Line] {
        let size = (self.dots.width, self.dots.height);
        let changed = self.dots.update(frame);
        if size != (self.dots.width, self.dots.height) {
            self.fonts.clear();
        }
        if self.take_up(fonts) | !changed.is_empty() {
            let all = 0..self.dots.height;
            for ReadWith { font, lines } in &mut self.fonts {
                let (rows, kept) = match lines.take() {
                    Some(lines) => (changed.start.saturating_sub(font.height - 1)..changed.end, lines),
                    None => (all.clone(), vec![]),
                };
                let elsewhere = kept.into_iter().filter(|line| !rows.contains(&(line.y as usize)));
                let mut now: Vec<Line> = elsewhere.collect();
                now.extend(runs::find(font, &self.dots, rows));
                *lines = Some(now);
            }
            self.settle();
        }
        &self.lines
    }

    /// Makes these the fonts to read with, and says whether they are others than the last time.
    fn take_up(&mut self, fonts: &[Arc<Font>]) -> bool {
        let same = |(known, font): (&ReadWith, &Arc<Font>)| Arc::ptr_eq(&known.font, font);
        if self.fonts.len() == fonts.len() && self.fonts.iter().zip(fonts).all(same) {
            return false;
        }
        let mut known = std::mem::take(&mut self.fonts);
        self.fonts.extend(fonts.iter().map(|font| {
            let at = known.iter().position(|known| Arc::ptr_eq(&known.font, font));
            at.map_or_else(|| ReadWith { font: font.clone(), lines: None }, |at| known.swap_remove(at))
        }));
        true
    }

    /// Chooses among lines that lie over each other.
    fn settle(&mut self) {
        let mut all: Vec<(usize, usize, &Line)> = Vec::new();
        for (number, ReadWith { lines, .. }) in self.fonts.iter().enumerate() {
            all.extend(lines.iter().flatten().map(|line| (line.letters(), number, line)));
        }
        all.sort_by_key(|(letters, number, line)| (usize::MAX - letters, *number, line.y, line.at().x));
        let mut taken = Taken::new(self.dots.width, self.dots.height);
        let free = |(_, _, line): (usize, usize, &Line)| taken.take(line).then(|| line.clone());
        self.lines = all.into_iter().filter_map(free).collect();
        self.lines.sort_by_key(|line| (line.y, line.at().x));
    }
}

/// The dots of lines that were chosen.
struct Taken {
    words: usize,
    bits: Vec<u64>,
}

impl Taken {
    fn new(width: usize, height: usize) -> Self {
        let words = width.div_ceil(64);
        Taken { words, bits: vec![0; words * height] }
    }

    /// Takes the dots of a line if they are free.
    fn take(&mut self, line: &Line) -> bool {
        let at = line.at();
        let (from, to) = (at.x as usize, (at.x + at.width) as usize);
        let mask = |word: usize| {
            let below = |dot: usize| match dot.saturating_sub(word * 64) {
                0..64 => (1 << dot.saturating_sub(word * 64)) - 1,
                _ => u64::MAX,
            };
            below(to) & !below(from)
        };
        let rows = at.y as usize..(at.y + at.height) as usize;
        let words = from / 64..to.div_ceil(64);
        let places = || rows.clone().flat_map(|y| words.clone().map(move |word| (y, word)));
        if places().any(|(y, word)| self.bits[y * self.words + word] & mask(word) != 0) {
            return false;
        }
        places().for_each(|(y, word)| self.bits[y * self.words + word] |= mask(word));
        true
    }
}
