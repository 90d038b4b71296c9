//! Comparing pictures: exactly, unless masks or a tolerance are declared.
//!
//! Rows that are equal are passed over; of the others all colour bytes are looked at in straight loops, in which each dot
//! has a weight at its first byte: 1 where it counts, 0 where it is masked. So masks and areas cost next to nothing.

use crate::guest::Frame;
use serde::Serialize;
use std::ops::Range;

/// A rectangle of dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Dots across.
    pub width: u32,
    /// Lines.
    pub height: u32,
}

impl Rect {
    /// Whether no dot of a picture of this size lies in it.
    pub fn is_outside(&self, width: u32, height: u32) -> bool {
        self.x >= width || self.y >= height || self.width == 0 || self.height == 0
    }

    /// Whether all of it lies in a picture of this size.
    pub fn is_inside(&self, width: u32, height: u32) -> bool {
        let fits =
            |from: u32, by: u32, size: u32| by > 0 && from.checked_add(by).is_some_and(|to| to <= size);
        fits(self.x, self.width, width) && fits(self.y, self.height, height)
    }

    fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.x && x - self.x < self.width && self.has_row(y)
    }

    fn has_row(&self, y: u32) -> bool {
        y >= self.y && y - self.y < self.height
    }

    /// Its colour bytes in a row of so many dots.
    fn bytes(&self, width: u32) -> Range<usize> {
        let (from, to) = (self.x.min(width), self.x.saturating_add(self.width).min(width));
        from as usize * 3..to as usize * 3
    }
}

/// A part of the picture that may differ in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Where.
    pub at: Rect,
    /// Most that a colour channel may differ there.
    pub tolerance: u8,
    /// How many dots of it may differ by more than that.
    pub outliers: u32,
}

/// What may differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The only part that is looked at, if not all of it.
    pub only: Option<Rect>,
    /// Dots in these are not looked at.
    pub masks: Vec<Rect>,
    /// Parts with a tolerance of their own; the first that has a dot judges it.
    pub areas: Vec<Area>,
    /// Most that a colour channel may differ.
    pub tolerance: u8,
    /// How many dots may differ by more than that.
    pub outliers: u32,
}

/// Dots that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// How many.
    pub dots: u32,
    /// The smallest rectangle around them.
    pub bounds: Rect,
    /// The largest difference of a colour channel.
    pub worst: u8,
}

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No dot differs beyond the rules.
    Same,
    /// Some do.
    Differs(Difference),
    /// The pictures have another size.
    Size {
        /// Width and height of the golden picture.
        expected: (u32, u32),
        /// Width and height of the screen.
        actual: (u32, u32),
    },
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Verdict::Same => write!(f, "the same"),
            Verdict::Differs(Difference { dots, bounds: b, worst }) => write!(
                f,
                "{dots} pixel{} differ{} inside {}x{} at ({}, {}), by up to {worst} of 255",
                if *dots == 1 { "" } else { "s" },
                if *dots == 1 { "s" } else { "" },
                b.width,
                b.height,
                b.x,
                b.y
            ),
            Verdict::Size { expected, actual } => write!(
                f,
                "the golden picture is {}x{}, the screen is {}x{}",
                expected.0, expected.1, actual.0, actual.1
            ),
        }
    }
}

/// Compares a screen with its golden picture.
pub fn compare(expected: &Frame, actual: &Frame, rules: &Rules) -> Verdict {
    if (expected.width, expected.height) != (actual.width, actual.height) {
        return Verdict::Size {
            expected: (expected.width, expected.height),
            actual: (actual.width, actual.height),
        };
    }
    differing(expected, actual, rules).map_or(Verdict::Same, Verdict::Differs)
}

/// What differs in those parts that differ more than they may.
fn differing(expected: &Frame, actual: &Frame, rules: &Rules) -> Option<Difference> {
    let stride = (expected.width as usize * 3).max(1);
    let rows = expected.rgb.chunks_exact(stride).zip(actual.rgb.chunks_exact(stride));
    let (mut tallies, mut row) = (vec![Tally::default(); rules.areas.len() + 1], Row::new(stride));
    for (y, (one, other)) in (0..).zip(rows).filter(|(_, (one, other))| one != other) {
        row.measure(one, other);
        for (part, tally) in tallies.iter_mut().enumerate() {
            if let Some(bytes) = row.weigh(rules, part, expected.width, y) {
                *tally = tally.and(row.tally(bytes, rules.tolerance_of(part), y));
            }
        }
    }
    let beyond = tallies.iter().enumerate().filter(|(part, tally)| tally.dots > rules.outliers_of(*part));
    beyond.map(|(_, tally)| *tally).reduce(Tally::and).map(Tally::difference)
}

impl Rules {
    fn area(&self, part: usize) -> Option<&Area> {
        self.areas.get(part)
    }

    fn tolerance_of(&self, part: usize) -> u8 {
        self.area(part).map_or(self.tolerance, |area| area.tolerance)
    }

    fn outliers_of(&self, part: usize) -> u32 {
        self.area(part).map_or(self.outliers, |area| area.outliers)
    }

    fn looks_at(&self, x: u32, y: u32) -> bool {
        self.only.is_none_or(|only| only.contains(x, y)) && !self.masks.iter().any(|mask| mask.contains(x, y))
    }

    fn tolerance_at(&self, x: u32, y: u32) -> u8 {
        let area = self.areas.iter().find(|area| area.at.contains(x, y));
        area.map_or(self.tolerance, |area| area.tolerance)
    }

    /// The first declared rectangle that has no dot of a picture of this size.
    pub fn misplaced(&self, width: u32, height: u32) -> Option<(&'static str, Rect)> {
        let masks = self.masks.iter().map(|mask| ("mask", *mask));
        let areas = self.areas.iter().map(|area| ("area", area.at));
        let only = self.only.map(|only| ("area", only));
        masks.chain(areas).chain(only).find(|(_, rect)| rect.is_outside(width, height))
    }
}

/// One row of two pictures.
struct Row {
    /// How far each colour byte is from the other picture's.
    apart: Vec<u8>,
    /// At the first byte of each dot: the farthest of its three.
    farthest: Vec<u8>,
    /// At the first byte of each dot: whether it counts.
    weights: Vec<u8>,
    /// The weights where all dots count.
    all: Vec<u8>,
}

impl Row {
    fn new(stride: usize) -> Self {
        let all: Vec<u8> = [1, 0, 0].into_iter().cycle().take(stride).collect();
        Row { apart: vec![0; stride + 2], farthest: vec![0; stride], weights: all.clone(), all }
    }

    fn measure(&mut self, one: &[u8], other: &[u8]) {
        for (apart, (a, b)) in self.apart.iter_mut().zip(one.iter().zip(other)) {
            *apart = a.abs_diff(*b);
        }
        let (first, second, third) = (&self.apart, &self.apart[1..], &self.apart[2..]);
        for (farthest, ((a, b), c)) in self.farthest.iter_mut().zip(first.iter().zip(second).zip(third)) {
            *farthest = (*a).max(*b).max(*c);
        }
    }

    /// Weighs the dots of this row that a part judges, and says in which bytes they are; `None` if there are none.
    fn weigh(&mut self, rules: &Rules, part: usize, width: u32, y: u32) -> Option<Range<usize>> {
        let within = [rules.area(part).map(|area| area.at), rules.only];
        let mut bytes = 0..self.all.len();
        for rect in within.iter().flatten() {
            let of = if rect.has_row(y) { rect.bytes(width) } else { 0..0 };
            bytes = bytes.start.max(of.start)..bytes.end.min(of.end);
        }
        if bytes.is_empty() {
            return None;
        }
        self.weights[bytes.clone()].copy_from_slice(&self.all[bytes.clone()]);
        let earlier = rules.areas[..part.min(rules.areas.len())].iter().map(|area| area.at);
        for rect in rules.masks.iter().copied().chain(earlier).filter(|rect| rect.has_row(y)) {
            self.weights[rect.bytes(width)].fill(0);
        }
        Some(bytes)
    }

    /// Counts the dots in some bytes of row `y` that differ by more than `tolerance`.
    fn tally(&self, bytes: Range<usize>, tolerance: u8, y: u32) -> Tally {
        let (farthest, weights) = (&self.farthest[bytes.clone()], &self.weights[bytes.clone()]);
        let (mut dots, mut worst) = (0, 0);
        // A sum of so few stays in a byte, which lets the loop take many at a time.
        for (farthest, weights) in farthest.chunks(255).zip(weights.chunks(255)) {
            let mut some = 0;
            for (far, weight) in farthest.iter().zip(weights) {
                let counts = u8::from(*far > tolerance) & weight;
                some += counts;
                worst = worst.max(far & 0u8.wrapping_sub(counts));
            }
            dots += u32::from(some);
        }
        let mut counts = farthest.iter().zip(weights).map(|(far, weight)| *far > tolerance && *weight == 1);
        let (left, right) = match dots {
            0 => return Tally::default(),
            _ => (counts.position(|counts| counts).unwrap_or(0), counts.rposition(|counts| counts)),
        };
        // The last is counted from behind the first, if it is another.
        let right = right.map_or(left, |right| left + 1 + right);
        let x = |at: usize| ((bytes.start + at) / 3) as u32;
        Tally { dots, worst, edges: [x(left), y, x(right), y] }
    }
}

/// Dots that differ: how many, by how much, and left, top, right and bottom.
#[derive(Clone, Copy, Default)]
struct Tally {
    dots: u32,
    worst: u8,
    edges: [u32; 4],
}

impl Tally {
    fn and(self, other: Tally) -> Tally {
        if self.dots == 0 || other.dots == 0 {
            return if self.dots == 0 { other } else { self };
        }
        let ([left, top, right, bottom], [l, t, r, b]) = (self.edges, other.edges);
        Tally {
            dots: self.dots + other.dots,
            worst: self.worst.max(other.worst),
            edges: [left.min(l), top.min(t), right.max(r), bottom.max(b)],
        }
    }

    fn difference(self) -> Difference {
        let [left, top, right, bottom] = self.edges;
        let bounds = Rect { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
        Difference { dots: self.dots, bounds, worst: self.worst }
    }
}

/// The golden picture in pale grey, what differs in red, masks in blue. Of pictures of another size, where both have
/// dots.
pub fn difference_picture(expected: &Frame, actual: &Frame, rules: &Rules) -> Frame {
    let (width, height) = (expected.width.max(actual.width), expected.height.max(actual.height));
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            rgb.extend(shade(dot(expected, x, y), dot(actual, x, y), rules, x, y));
        }
    }
    Frame { width, height, rgb }
}

fn shade(expected: Option<[u8; 3]>, actual: Option<[u8; 3]>, rules: &Rules, x: u32, y: u32) -> [u8; 3] {
    let (Some(one), Some(other)) = (expected, actual) else { return [255, 128, 0] };
    let grey = 160 + (one.iter().map(|&c| u16::from(c)).sum::<u16>() / 12) as u8;
    if !rules.looks_at(x, y) {
        return [grey - 100, grey - 60, 255];
    }
    let apart = one.iter().zip(other).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
    if apart > rules.tolerance_at(x, y) { [128 + apart / 2, 0, 0] } else { [grey; 3] }
}

fn dot(frame: &Frame, x: u32, y: u32) -> Option<[u8; 3]> {
    if x >= frame.width || y >= frame.height {
        return None;
    }
    let at = (y as usize * frame.width as usize + x as usize) * 3;
    frame.rgb.get(at..at + 3)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn black(width: u32, height: u32) -> Frame {
        Frame { width, height, rgb: vec![0; (width * height * 3) as usize] }
    }

    fn with_dot(mut frame: Frame, x: u32, y: u32, level: u8) -> Frame {
        frame.rgb[((y * frame.width + x) * 3) as usize + 1] = level;
        frame
    }

    #[test]
    fn one_dot_is_found_counted_and_bounded() {
        let actual = with_dot(with_dot(black(8, 4), 5, 1, 1), 6, 3, 200);
        let verdict = compare(&black(8, 4), &actual, &Rules::default());
        let bounds = Rect { x: 5, y: 1, width: 2, height: 3 };
        assert_eq!(verdict, Verdict::Differs(Difference { dots: 2, bounds, worst: 200 }));
        assert_eq!(verdict.to_string(), "2 pixels differ inside 2x3 at (5, 1), by up to 200 of 255");
    }

    #[test]
    fn masks_tolerance_and_outliers_forgive_what_they_declare_and_no_more() {
        let actual = with_dot(with_dot(black(8, 4), 5, 1, 9), 6, 3, 8);
        let mask = Rect { x: 5, y: 1, width: 1, height: 1 };
        let rules =
            |masks: Vec<Rect>, tolerance, outliers| Rules { masks, tolerance, outliers, ..Rules::default() };
        let same = |rules: Rules| compare(&black(8, 4), &actual, &rules) == Verdict::Same;
        assert!(same(rules(vec![mask], 8, 0)));
        assert!(!same(rules(vec![mask], 7, 0)));
        assert!(!same(rules(vec![], 8, 0)));
        assert!(same(rules(vec![], 8, 1)));
        assert!(same(rules(vec![], 9, 0)));
    }

    #[test]
    fn an_area_judges_its_dots_alone_and_the_first_of_two_has_them() {
        let actual = with_dot(with_dot(black(8, 4), 5, 1, 9), 6, 3, 8);
        let area =
            |x, tolerance, outliers| Area { at: Rect { x, y: 0, width: 8, height: 2 }, tolerance, outliers };
        let verdict = |areas: Vec<Area>| compare(&black(8, 4), &actual, &Rules { areas, ..Rules::default() });
        let outside = Rect { x: 6, y: 3, width: 1, height: 1 };
        assert_eq!(
            verdict(vec![area(5, 9, 0)]),
            Verdict::Differs(Difference { dots: 1, bounds: outside, worst: 8 })
        );
        let both = |areas| Rules { areas, outliers: 1, ..Rules::default() };
        let same = |rules: Rules| compare(&black(8, 4), &actual, &rules) == Verdict::Same;
        assert!(same(both(vec![area(5, 9, 0)])) && same(both(vec![area(5, 0, 1)])));
        assert!(!same(both(vec![area(5, 8, 0)])));
        assert!(
            same(both(vec![area(5, 9, 0), area(0, 0, 0)])) && !same(both(vec![area(0, 0, 0), area(5, 9, 0)]))
        );
    }

    #[test]
    fn only_the_named_part_is_looked_at() {
        let actual = with_dot(black(8, 4), 5, 1, 9);
        let only = |x| Rules { only: Some(Rect { x, y: 1, width: 1, height: 1 }), ..Rules::default() };
        assert_eq!(compare(&black(8, 4), &actual, &only(4)), Verdict::Same);
        assert_ne!(compare(&black(8, 4), &actual, &only(5)), Verdict::Same);
    }

    #[test]
    fn counts_are_those_of_a_plain_loop() {
        let noise = |seed: u32| {
            let byte = |at: u32| (at.wrapping_mul(seed) >> 13) as u8;
            Frame { width: 301, height: 7, rgb: (0..301 * 7 * 3).map(byte).collect() }
        };
        let (one, other) = (noise(2_654_435_761), noise(2_246_822_519));
        let apart = |(a, b): (&[u8], &[u8])| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        let dots = one.rgb.chunks(3).zip(other.rgb.chunks(3)).map(apart).filter(|apart| *apart > 40).count();
        let verdict = compare(&one, &other, &Rules { tolerance: 40, ..Rules::default() });
        let Verdict::Differs(difference) = verdict else { panic!("{verdict}") };
        assert_eq!(difference.dots as usize, dots);
    }

    #[test]
    fn another_size_is_said_in_numbers() {
        let verdict = compare(&black(640, 400), &black(720, 400), &Rules::default());
        assert_eq!(verdict.to_string(), "the golden picture is 640x400, the screen is 720x400");
    }

    #[test]
    fn the_difference_picture_is_red_where_dots_differ_and_covers_both_sizes() {
        let picture = difference_picture(&black(2, 1), &with_dot(black(2, 2), 1, 0, 255), &Rules::default());
        assert_eq!((picture.width, picture.height), (2, 2));
        assert_eq!(picture.rgb, [160, 160, 160, 255, 0, 0, 255, 128, 0, 255, 128, 0]);
    }
}
