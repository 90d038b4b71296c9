//! Finding a part of a picture anywhere on the screen, dot for dot.

use crate::compare::Rect;
use crate::guest::Frame;
use memchr::memmem::Finder;

/// The topmost, leftmost place where the dots of `part` stand on the screen.
pub fn find(part: &Frame, screen: &Frame) -> Option<Rect> {
    let (width, height) = (part.width as usize, part.height as usize);
    if width == 0 || height == 0 || part.width > screen.width || part.height > screen.height {
        return None;
    }
    let row = |of: &Frame, y: usize| -> std::ops::Range<usize> {
        let stride = of.width as usize * 3;
        y * stride..(y + 1) * stride
    };
    // The busiest row is looked for; few places have it, and there all rows are compared.
    let busiest = (0..height).max_by_key(|y| (changes(&part.rgb[row(part, *y)]), height - y))?;
    let finder = Finder::new(&part.rgb[row(part, busiest)]);
    let stands_at = |x: usize, y: usize| {
        (0..height).all(|dy| {
            let from = row(screen, y + dy).start + x * 3;
            screen.rgb[from..from + width * 3] == part.rgb[row(part, dy)]
        })
    };
    (0..=screen.height as usize - height).find_map(|y| {
        let line = &screen.rgb[row(screen, y + busiest)];
        let x = places(&finder, line).find(|x| stands_at(*x, y))?;
        Some(Rect { x: x as u32, y: y as u32, width: part.width, height: part.height })
    })
}

/// How often neighbours differ in a row.
fn changes(row: &[u8]) -> usize {
    row.chunks_exact(3).zip(row[3..].chunks_exact(3)).filter(|(one, next)| one != next).count()
}

/// The dots of a line at which what is looked for begins; places may overlap.
fn places<'a>(finder: &'a Finder, line: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + finder.find(line.get(from..)?)?;
            from = at + 1;
            if at % 3 == 0 {
                return Some(at / 3);
            }
        }
    })
}

/// The part of a picture in a rectangle that lies inside it.
pub fn cut(frame: &Frame, at: Rect) -> Frame {
    let stride = frame.width as usize * 3;
    let rows = frame.rgb.chunks_exact(stride.max(1)).skip(at.y as usize).take(at.height as usize);
    let (from, to) = (at.x as usize * 3, (at.x + at.width) as usize * 3);
    Frame { width: at.width, height: at.height, rgb: rows.flat_map(|row| &row[from..to]).copied().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dots whose colours come again every 61 dots.
    fn pattern(width: u32, height: u32) -> Frame {
        let dot = |at: u32| [(at % 61) as u8, (at % 7) as u8, 0];
        Frame { width, height, rgb: (0..width * height).flat_map(dot).collect() }
    }

    #[test]
    fn a_part_is_found_where_it_was_cut_out() {
        let screen = pattern(100, 50);
        for at in [(0, 0), (37, 11), (80, 40)] {
            let at = Rect { x: at.0, y: at.1, width: 20, height: 10 };
            let part = cut(&screen, at);
            let found = find(&part, &screen).unwrap();
            assert_eq!(cut(&screen, found), part);
            assert!((found.y, found.x) <= (at.y, at.x), "the first place is the one");
        }
    }

    #[test]
    fn one_dot_off_is_not_there_and_a_blank_part_is_found_at_once() {
        let screen = pattern(100, 50);
        let mut part = cut(&screen, Rect { x: 37, y: 11, width: 20, height: 10 });
        part.rgb[4] ^= 1;
        assert_eq!(find(&part, &screen), None);
        let blank = |width, height| Frame { width, height, rgb: vec![7; (width * height * 3) as usize] };
        assert_eq!(find(&blank(3, 3), &blank(9, 9)), Some(Rect { x: 0, y: 0, width: 3, height: 3 }));
        assert_eq!(find(&blank(10, 3), &blank(9, 9)), None);
        assert_eq!(find(&blank(1, 1), &pattern(9, 9)), None);
    }
}
