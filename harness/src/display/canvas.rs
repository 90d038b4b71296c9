//! The cells of the terminal: what they shall show, what they do show, and the bytes that lead from one to the other.

use super::colour::{Depth, Ground};
use std::fmt::Write as _;

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The character.
    pub(super) picture: char,
    /// Its colour, 00RRGGBBh.
    pub(super) ink: u32,
    /// The colour behind it.
    pub(super) paper: u32,
    /// Underlined.
    pub(super) underlined: bool,
}

impl Cell {
    /// An empty cell.
    pub(super) const BLANK: Cell = Cell { picture: ' ', ink: 0, paper: 0, underlined: false };
}

/// All cells of the terminal.
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    cells: Vec<Cell>,
    /// What the terminal shows; nothing is known of it after a change of its size.
    shown: Vec<Option<Cell>>,
    depth: Depth,
}

impl Canvas {
    pub(super) fn new(columns: usize, rows: usize, depth: Depth) -> Canvas {
        let cells = vec![Cell::BLANK; columns * rows];
        Canvas { columns, rows, shown: vec![None; cells.len()], cells, depth }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the terminal's new size.
    pub(super) fn resize(&mut self, columns: usize, rows: usize) {
        *self = Canvas::new(columns, rows, self.depth);
    }

    /// Makes all cells empty.
    pub(super) fn clear(&mut self) {
        self.cells.fill(Cell::BLANK);
    }

    /// What the terminal shows is not known any more.
    pub(super) fn forget(&mut self) {
        self.shown.fill(None);
    }

    /// Sets a cell; outside the terminal nothing happens.
    pub(super) fn put(&mut self, column: usize, row: usize, cell: Cell) {
        if column < self.columns && row < self.rows {
            self.cells[row * self.columns + column] = cell;
        }
    }

    /// A row of text over the whole width.
    pub(super) fn line(&mut self, row: usize, text: &str, ink: u32, paper: u32) {
        let mut characters = text.chars();
        for column in 0..self.columns {
            let picture = characters.next().unwrap_or(' ');
            self.put(column, row, Cell { picture, ink, paper, underlined: false });
        }
    }

    /// The bytes that make the terminal show all cells as they are now.
    pub(super) fn changes(&mut self) -> String {
        let mut out = String::new();
        let (mut pen, mut at) = (None, None);
        for (index, cell) in self.cells.iter().enumerate() {
            if self.shown[index] == Some(*cell) {
                continue;
            }
            self.shown[index] = Some(*cell);
            if at != Some(index) {
                out.push_str(&place(index % self.columns, index / self.columns));
            }
            let wanted = (cell.ink, cell.paper, cell.underlined);
            // The colour of a space does not matter.
            let same = |pen: (u32, u32, bool)| {
                pen == wanted || cell.picture == ' ' && (pen.1, pen.2) == (wanted.1, wanted.2)
            };
            if !pen.is_some_and(same) {
                self.depth_select(wanted, &mut out);
                pen = Some(wanted);
            }
            out.push(cell.picture);
            let row_goes_on = (index + 1) % self.columns != 0;
            at = (row_goes_on && is_one_wide(cell.picture)).then_some(index + 1);
        }
        out
    }

    fn depth_select(&self, (ink, paper, underlined): (u32, u32, bool), out: &mut String) {
        out.push_str(if underlined { "\x1b[0;4;" } else { "\x1b[0;" });
        self.depth.select(Ground::Ink, ink, out);
        out.push(';');
        self.depth.select(Ground::Paper, paper, out);
        out.push('m');
    }
}

/// Moves the terminal's cursor to a cell, counted from 0.
pub(super) fn place(column: usize, row: usize) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(out, "\x1b[{};{}H", row + 1, column + 1);
    out
}

/// Whether every terminal gives the character one column. Where one might take two, the next is placed anew.
fn is_one_wide(picture: char) -> bool {
    matches!(picture, '\u{20}'..='\u{17F}' | '\u{2500}'..='\u{259F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(picture: char) -> Cell {
        Cell { picture, ink: 0xAAAAAA, paper: 0, underlined: false }
    }

    #[test]
    fn only_cells_that_changed_are_written() {
        let mut canvas = Canvas::new(10, 3, Depth::True);
        canvas.changes();
        assert_eq!(canvas.changes(), "");
        canvas.put(4, 1, cell('a'));
        canvas.put(5, 1, cell('b'));
        assert_eq!(canvas.changes(), "\x1b[2;5H\x1b[0;38;2;170;170;170;48;2;0;0;0mab");
        canvas.put(5, 1, cell('c'));
        assert_eq!(canvas.changes(), "\x1b[2;6H\x1b[0;38;2;170;170;170;48;2;0;0;0mc");
    }

    #[test]
    fn behind_a_character_of_unsure_width_the_cursor_is_placed() {
        let mut canvas = Canvas::new(4, 1, Depth::Sixteen);
        canvas.put(0, 0, cell('\u{2665}'));
        canvas.put(1, 0, cell('x'));
        assert!(canvas.changes().contains("\u{2665}\x1b[1;2Hx"));
    }

    #[test]
    fn cells_outside_the_terminal_are_left_out() {
        let mut canvas = Canvas::new(2, 2, Depth::Sixteen);
        canvas.put(2, 0, cell('x'));
        canvas.put(0, 2, cell('x'));
        assert!(!canvas.changes().contains('x'));
    }
}
