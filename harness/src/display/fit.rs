//! Pictures at another size.

use crate::guest::Frame;

/// Width and height that a picture has on a monitor, as a ratio. What a VGA shows fills a 4:3 screen however many dots it
/// has; from 480 lines on, dots are square.
fn aspect(frame: &Frame) -> (u64, u64) {
    let square = frame.height >= 480 && frame.width >= frame.height;
    if square { (frame.width.into(), frame.height.into()) } else { (4, 3) }
}

/// The largest size inside a box of square dots that keeps the picture's shape; at least one dot each way.
pub(super) fn inside(frame: &Frame, width: usize, height: usize) -> (usize, usize) {
    let (across, down) = aspect(frame);
    let (w, h) = (width as u64, height as u64);
    let (w, h) = if w * down <= h * across { (w, w * down / across) } else { (h * across / down, h) };
    (w.max(1) as usize, h.max(1) as usize)
}

/// The picture with `width` x `height` dots: each the mean of the area that it covers.
pub(super) fn scale(frame: &Frame, width: usize, height: usize) -> Frame {
    let (from_width, from_height) = (frame.width as usize, frame.height as usize);
    if (from_width, from_height) == (width, height) || frame.rgb.is_empty() {
        return frame.clone();
    }
    let mut rgb = Vec::with_capacity(3 * width * height);
    let mut sums = vec![0u64; 3 * from_width];
    for y in 0..height {
        sums.fill(0);
        for (line, weight) in covered(y, from_height, height) {
            let dots = &frame.rgb[3 * from_width * line..][..3 * from_width];
            for (sum, dot) in sums.iter_mut().zip(dots) {
                *sum += u64::from(*dot) * weight;
            }
        }
        let area = (from_width * from_height) as u64;
        for x in 0..width {
            let mut dot = [0u64; 3];
            for (column, weight) in covered(x, from_width, width) {
                for (sum, part) in dot.iter_mut().zip(&sums[3 * column..]) {
                    *sum += part * weight;
                }
            }
            rgb.extend(dot.map(|sum| ((sum + area / 2) / area) as u8));
        }
    }
    Frame { width: width as u32, height: height as u32, rgb }
}

/// The dots of `from` under dot `at` of `to`, each with how much of it is covered: `from` in all, in units of `1/to`.
fn covered(at: usize, from: usize, to: usize) -> impl Iterator<Item = (usize, u64)> {
    let (begin, end) = (at * from, (at + 1) * from);
    (begin / to..end.div_ceil(to)).map(move |dot| {
        let part = end.min((dot + 1) * to) - begin.max(dot * to);
        (dot, part as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, values: &[u8]) -> Frame {
        Frame { width, height, rgb: values.iter().flat_map(|v| [*v; 3]).collect() }
    }

    #[test]
    fn a_smaller_picture_has_the_mean_of_each_area() {
        assert_eq!(scale(&grey(2, 2, &[0, 100, 200, 100]), 1, 1), grey(1, 1, &[100]));
        assert_eq!(scale(&grey(3, 1, &[0, 90, 240]), 2, 1), grey(2, 1, &[30, 190]));
        assert_eq!(scale(&grey(1, 4, &[10, 20, 30, 50]), 1, 2), grey(1, 2, &[15, 40]));
    }

    #[test]
    fn a_larger_picture_repeats_its_dots() {
        assert_eq!(scale(&grey(2, 1, &[0, 255]), 4, 2), grey(4, 2, &[0, 0, 255, 255, 0, 0, 255, 255]));
    }

    #[test]
    fn white_stays_white_at_any_size() {
        let white = grey(7, 5, &[255; 35]);
        for (width, height) in [(1, 1), (3, 4), (6, 11), (320, 200)] {
            assert!(scale(&white, width, height).rgb.iter().all(|dot| *dot == 255));
        }
    }

    #[test]
    fn pictures_keep_the_shape_that_a_monitor_gives_them() {
        let of = |width, height| Frame { width, height, rgb: Vec::new() };
        assert_eq!(inside(&of(320, 200), 160, 500), (160, 120));
        assert_eq!(inside(&of(320, 200), 500, 120), (160, 120));
        assert_eq!(inside(&of(1280, 1024), 1280, 2000), (1280, 1024));
        assert_eq!(inside(&of(360, 480), 400, 300), (400, 300), "not square dots");
        assert_eq!(inside(&of(640, 480), 1, 0), (1, 1));
    }
}
