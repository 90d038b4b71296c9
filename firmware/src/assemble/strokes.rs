//! Box drawing, shades and blocks: computed for any cell height, so that neighbours always join.
//!
//! A single line is two dots wide upright (columns 3 and 4) and one scan line flat; a double one leaves two
//! columns or one scan line free in its middle. Where two double lines meet, the outline of both is drawn.

use std::ops::Range;

/// What leads from the middle of a cell to its edges: 0 nothing, 1 a single, 2 a double line.
struct Arms {
    up: u8,
    down: u8,
    left: u8,
    right: u8,
}

/// Up, down, left, right of the characters from B3h on.
const ARMS: [[u8; 4]; 40] = [
    [1, 1, 0, 0],
    [1, 1, 1, 0],
    [1, 1, 2, 0],
    [2, 2, 1, 0],
    [0, 2, 1, 0],
    [0, 1, 2, 0],
    [2, 2, 2, 0],
    [2, 2, 0, 0],
    [0, 2, 2, 0],
    [2, 0, 2, 0],
    [2, 0, 1, 0],
    [1, 0, 2, 0],
    [0, 1, 1, 0],
    [1, 0, 0, 1],
    [1, 0, 1, 1],
    [0, 1, 1, 1],
    [1, 1, 0, 1],
    [0, 0, 1, 1],
    [1, 1, 1, 1],
    [1, 1, 0, 2],
    [2, 2, 0, 1],
    [2, 0, 0, 2],
    [0, 2, 0, 2],
    [2, 0, 2, 2],
    [0, 2, 2, 2],
    [2, 2, 0, 2],
    [0, 0, 2, 2],
    [2, 2, 2, 2],
    [1, 0, 2, 2],
    [2, 0, 1, 1],
    [0, 1, 2, 2],
    [0, 2, 1, 1],
    [2, 0, 0, 1],
    [1, 0, 0, 2],
    [0, 1, 0, 2],
    [0, 2, 0, 1],
    [2, 2, 1, 1],
    [1, 1, 2, 2],
    [1, 0, 1, 0],
    [0, 1, 0, 1],
];

const FIRST_BOX: u8 = 0xb3;

const WIDTH: usize = 8;
/// The columns of a single upright line, and the free ones inside a double one.
const CORE: Range<usize> = 3..5;
/// The columns a double upright line spans.
const BAND: Range<usize> = 1..7;

/// The rows of character `code` in a cell of `height` lines, if it is one of those computed here.
pub(super) fn glyph(code: u8, height: usize) -> Option<Vec<u8>> {
    let rows = |row: &dyn Fn(usize) -> u8| Some((0..height).map(row).collect());
    let alternate = |even: u8, odd: u8| rows(&|y| if y % 2 == 0 { even } else { odd });
    match code {
        0xb0 => alternate(0x22, 0x88),
        0xb1 => alternate(0x55, 0xaa),
        0xb2 => alternate(0xdd, 0x77),
        FIRST_BOX..=0xda => Some(draw(ARMS[usize::from(code - FIRST_BOX)], height)),
        0xdb => rows(&|_| 0xff),
        0xdc => rows(&|y| if y >= height / 2 { 0xff } else { 0 }),
        0xdd => rows(&|_| 0xf0),
        0xde => rows(&|_| 0x0f),
        0xdf => rows(&|y| if y < height / 2 { 0xff } else { 0 }),
        _ => None,
    }
}

/// A cell while it is drawn.
struct Cell(Vec<u8>);

impl Cell {
    fn put(&mut self, x: &Range<usize>, y: &Range<usize>, ink: bool) {
        let dots = x.clone().fold(0, |dots, column| dots | 0x80u8 >> column);
        for row in &mut self.0[y.clone()] {
            *row = if ink { *row | dots } else { *row & !dots };
        }
    }
}

fn draw([up, down, left, right]: [u8; 4], height: usize) -> Vec<u8> {
    let arms = Arms { up, down, left, right };
    let mut cell = Cell(vec![0; height]);
    let middle = height / 2 - 1;
    double_lines(&mut cell, &arms, middle, height);
    single_lines(&mut cell, &arms, middle, height);
    cell.0
}

/// Fills the bands of the double lines, then frees what lies inside them.
fn double_lines(cell: &mut Cell, arms: &Arms, middle: usize, height: usize) {
    let flat_double = arms.left == 2 || arms.right == 2;
    let upright_double = arms.up == 2 || arms.down == 2;
    // A double line ends on the far edge of a double line it meets, on a single one, or in the middle.
    let flat = if flat_double { middle - 1..middle + 2 } else { middle..middle + 1 };
    let upright = if upright_double { BAND } else { CORE };
    let ends = [
        (arms.up, BAND, 0..flat.end, CORE, 0..if flat_double { middle + 1 } else { middle }),
        (arms.down, BAND, flat.start..height, CORE, if flat_double { middle } else { middle + 1 }..height),
        (arms.left, 0..upright.end, middle - 1..middle + 2, 0..CORE.end, middle..middle + 1),
        (arms.right, upright.start..WIDTH, middle - 1..middle + 2, CORE.start..WIDTH, middle..middle + 1),
    ];
    let doubles = || ends.iter().filter(|(arm, ..)| *arm == 2);
    for (_, x, y, ..) in doubles() {
        cell.put(x, y, true);
    }
    for (.., x, y) in doubles() {
        cell.put(x, y, false);
    }
    if arms.up == 2 && arms.down == 2 && !flat_double {
        cell.put(&CORE, &(0..height), false);
    }
}

/// Single lines reach the near edge of a double line that passes, the far one of a double line that turns,
/// and cross when they go on at the other side.
fn single_lines(cell: &mut Cell, arms: &Arms, middle: usize, height: usize) {
    let passes = arms.left == 2 && arms.right == 2;
    let crosses = arms.up == 1 && arms.down == 1;
    let (up_end, down_start) = match (arms.left == 2 || arms.right == 2, passes && !crosses) {
        (false, _) => (middle + 1, middle),
        (true, true) => (middle, middle + 1),
        (true, false) => (middle + 2, middle - 1),
    };
    if arms.up == 1 {
        cell.put(&CORE, &(0..up_end), true);
    }
    if arms.down == 1 {
        cell.put(&CORE, &(down_start..height), true);
    }
    let passes = arms.up == 2 && arms.down == 2;
    let crosses = arms.left == 1 && arms.right == 1;
    let (left_end, right_start) = match (arms.up == 2 || arms.down == 2, passes && !crosses) {
        (false, _) => (CORE.end, CORE.start),
        (true, true) => (CORE.start, CORE.end),
        (true, false) => (BAND.end, BAND.start),
    };
    let line = middle..middle + 1;
    if arms.left == 1 {
        cell.put(&(0..left_end), &line, true);
    }
    if arms.right == 1 {
        cell.put(&(right_start..WIDTH), &line, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each edge of a glyph carries the line that its arms promise.
    #[test]
    fn every_line_reaches_the_edges_its_arms_name_and_no_other() {
        for height in [8, 14, 16] {
            let middle = height / 2 - 1;
            for (code, [up, down, left, right]) in (FIRST_BOX..).zip(ARMS) {
                let rows = glyph(code, height).expect("computed");
                let upright = |arm| [0, 0x18, 0x66][usize::from(arm)];
                assert_eq!(rows[0], upright(up), "top of {code:02X}");
                assert_eq!(rows[height - 1], upright(down), "bottom of {code:02X}");
                let flat = |mask: u8| (0..height).filter(|&y| rows[y] & mask != 0).collect::<Vec<_>>();
                let lines =
                    |arm| [vec![], vec![middle], vec![middle - 1, middle + 1]][usize::from(arm)].clone();
                assert_eq!(flat(0x80), lines(left), "left of {code:02X}");
                assert_eq!(flat(0x01), lines(right), "right of {code:02X}");
            }
        }
    }

    #[test]
    fn lines_that_reach_the_ninth_dot_are_the_ones_the_vga_repeats() {
        for (code, [.., right]) in (FIRST_BOX..).zip(ARMS) {
            assert!(right == 0 || code >= 0xc0, "{code:02X}");
        }
    }
}
