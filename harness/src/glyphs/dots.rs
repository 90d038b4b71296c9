//! A picture made ready for the search: colours as numbers, and where in a row the colour changes.

use crate::guest::Frame;
use std::ops::Range;

/// Bits of a word of edges.
const BITS: usize = u64::BITS as usize;

/// The dots of a picture.
#[derive(Default)]
pub(super) struct Dots {
    pub(super) width: usize,
    pub(super) height: usize,
    /// As 00RRGGBBh, row by row.
    colours: Vec<u32>,
    /// A bit for each dot, lowest first: it has another colour than its left neighbour. Each row ends with a word of zeros.
    edges: Vec<u64>,
    /// The picture as it was taken.
    rgb: Vec<u8>,
}

impl Dots {
    /// Takes another picture, and says which rows differ from the last one's.
    pub(super) fn update(&mut self, frame: &Frame) -> Range<usize> {
        let (width, height) = (frame.width as usize, frame.height as usize);
        let stride = width * 3;
        if (width, height) != (self.width, self.height) {
            *self = Dots { width, height, ..Dots::default() };
            self.rgb = vec![0; stride * height];
            self.colours = vec![0; width * height];
            self.edges = vec![0; (width / BITS + 2) * height];
            self.rgb.copy_from_slice(&frame.rgb);
            (0..height).for_each(|y| self.prepare(y));
            return 0..height;
        }
        let differs = |y: &usize| self.rgb[y * stride..][..stride] != frame.rgb[y * stride..][..stride];
        let Some(first) = (0..height).find(differs) else { return 0..0 };
        let last = (first..height).rfind(differs).unwrap_or(first);
        let changed = first * stride..(last + 1) * stride;
        self.rgb[changed.clone()].copy_from_slice(&frame.rgb[changed]);
        (first..=last).for_each(|y| self.prepare(y));
        first..last + 1
    }

    fn prepare(&mut self, y: usize) {
        let (width, words) = (self.width, self.words());
        let colours = &mut self.colours[y * width..][..width];
        for (colour, dot) in colours.iter_mut().zip(self.rgb[y * width * 3..].chunks_exact(3)) {
            *colour = u32::from(dot[0]) << 16 | u32::from(dot[1]) << 8 | u32::from(dot[2]);
        }
        let edges = &mut self.edges[y * words..][..words];
        let mut last = colours.first().copied().unwrap_or(0);
        for (word, colours) in edges.iter_mut().zip(colours.chunks(BITS)) {
            *word = 0;
            for (bit, colour) in colours.iter().enumerate() {
                *word |= u64::from(*colour != last) << bit;
                last = *colour;
            }
        }
    }

    fn words(&self) -> usize {
        self.width / BITS + 2
    }

    /// The colours of some dots of a row.
    pub(super) fn row(&self, x: usize, y: usize, len: usize) -> &[u32] {
        &self.colours[y * self.width + x..][..len]
    }

    pub(super) fn colour(&self, x: usize, y: usize) -> u32 {
        self.colours[y * self.width + x]
    }

    /// The words of a row's edges.
    pub(super) fn edges(&self, y: usize) -> &[u64] {
        &self.edges[y * self.words()..][..self.words()]
    }

    /// 64 bits of a row's edges from dot `x` on.
    pub(super) fn edges_from(&self, x: usize, y: usize) -> u64 {
        let row = self.edges(y);
        let word = |at: usize| u128::from(row.get(at).copied().unwrap_or(0));
        ((word(x / BITS) | word(x / BITS + 1) << BITS) >> (x % BITS)) as u64
    }

    /// The colour of a column of dots, if it is all one.
    pub(super) fn column(&self, x: usize, y: usize, height: usize) -> Option<u32> {
        let colour = self.colour(x, y);
        (1..height).all(|down| self.colour(x, y + down) == colour).then_some(colour)
    }

    /// How many columns from `x` on are as the one at `x`, over some rows.
    pub(super) fn alike(&self, x: usize, y: usize, height: usize) -> usize {
        let until = |row: usize| {
            let words = self.edges(row);
            let from = x + 1;
            let first = words[from / BITS] >> (from % BITS) << (from % BITS);
            let mut rest = std::iter::once(first).chain(words[from / BITS + 1..].iter().copied());
            let word = rest.position(|word| word != 0)?;
            let bits = if word == 0 { first } else { words[from / BITS + word] };
            Some((from / BITS + word) * BITS + bits.trailing_zeros() as usize)
        };
        let end = (y..y + height).filter_map(until).min().unwrap_or(self.width);
        end - x
    }
}
