//! Pictures of half blocks: two dots in each cell of the terminal.

use super::canvas::{Canvas, Cell};
use super::fit;
use crate::guest::Frame;

const UPPER_HALF: char = '▀';

/// The size in cells that a picture gets in an area of the terminal; of the last row it may be half.
pub(super) fn size(frame: &Frame, columns: usize, rows: usize) -> (f64, f64) {
    let (width, height) = fit::inside(frame, columns, 2 * rows);
    (width as f64, height as f64 / 2.0)
}

/// Draws the picture into the upper left of the canvas, `rows` rows at most.
pub(super) fn paint(frame: &Frame, canvas: &mut Canvas, rows: usize) {
    let (width, height) = fit::inside(frame, canvas.columns(), 2 * rows);
    let small = fit::scale(frame, width, height);
    let colour = |column: usize, line: usize| {
        let dot = small.rgb.get(3 * (line * width + column)..).and_then(|rest| rest.first_chunk());
        dot.map_or(0, |[r, g, b]: &[u8; 3]| u32::from_be_bytes([0, *r, *g, *b]))
    };
    for row in 0..height.div_ceil(2) {
        for column in 0..width {
            let paper = if 2 * row + 1 < height { colour(column, 2 * row + 1) } else { 0 };
            let ink = colour(column, 2 * row);
            let picture = if ink == paper { ' ' } else { UPPER_HALF };
            canvas.put(column, row, Cell { picture, ink, paper, underlined: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::colour::Depth;

    #[test]
    fn a_cell_shows_two_dots() {
        let rgb = [[255, 0, 0], [0, 0, 255], [0, 255, 0], [0, 0, 255]].concat();
        let frame = Frame { width: 2, height: 2, rgb };
        let mut canvas = Canvas::new(2, 1, Depth::True);
        // Two by two dots fill a screen of 4:3, so only one line of them fits.
        paint(&frame, &mut canvas, 1);
        assert_eq!(size(&frame, 2, 1), (2.0, 0.5));
        let bytes = canvas.changes();
        assert!(bytes.contains("38;2;128;128;0;48;2;0;0;0m▀"), "{bytes}");
    }
}
