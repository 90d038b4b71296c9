//! Comparing pictures: exactly, unless masks or a tolerance are declared.

use crate::guest::Frame;
use serde::Serialize;

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

    fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.x && x - self.x < self.width && y >= self.y && y - self.y < self.height
    }
}

/// What may differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Dots in these are not looked at.
    pub masks: Vec<Rect>,
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
    let found = differing(expected, actual, rules);
    match found {
        Some(difference) if difference.dots > rules.outliers => Verdict::Differs(difference),
        _ => Verdict::Same,
    }
}

fn differing(expected: &Frame, actual: &Frame, rules: &Rules) -> Option<Difference> {
    if expected.rgb == actual.rgb {
        return None;
    }
    let mut found: Option<(u32, u8, [u32; 4])> = None;
    for (x, y, apart) in distances(expected, actual) {
        if apart <= rules.tolerance || rules.masks.iter().any(|mask| mask.contains(x, y)) {
            continue;
        }
        let (dots, worst, [left, top, right, bottom]) = found.unwrap_or((0, 0, [x, y, x, y]));
        let edges = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
        found = Some((dots + 1, worst.max(apart), edges));
    }
    found.map(|(dots, worst, [left, top, right, bottom])| Difference {
        dots,
        worst,
        bounds: Rect { x: left, y: top, width: right - left + 1, height: bottom - top + 1 },
    })
}

/// Of each dot: where it is, and how far its colours are apart.
fn distances<'a>(expected: &'a Frame, actual: &'a Frame) -> impl Iterator<Item = (u32, u32, u8)> + 'a {
    let width = expected.width.max(1) as usize;
    let dots = expected.rgb.chunks_exact(3).zip(actual.rgb.chunks_exact(3));
    dots.enumerate().map(move |(at, (one, other))| {
        let apart = one.iter().zip(other).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
        ((at % width) as u32, (at / width) as u32, apart)
    })
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
    if rules.masks.iter().any(|mask| mask.contains(x, y)) {
        return [grey - 100, grey - 60, 255];
    }
    let apart = one.iter().zip(other).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
    if apart > rules.tolerance { [128 + apart / 2, 0, 0] } else { [grey; 3] }
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
        let rules = |masks: Vec<Rect>, tolerance, outliers| Rules { masks, tolerance, outliers };
        let same = |rules: Rules| compare(&black(8, 4), &actual, &rules) == Verdict::Same;
        assert!(same(rules(vec![mask], 8, 0)));
        assert!(!same(rules(vec![mask], 7, 0)));
        assert!(!same(rules(vec![], 8, 0)));
        assert!(same(rules(vec![], 8, 1)));
        assert!(same(rules(vec![], 9, 0)));
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
