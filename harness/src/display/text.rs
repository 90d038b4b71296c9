//! Text screens, cell for cell.

use super::canvas::{Canvas, Cell};
use crate::guest::{TextScreen, TextStyle};
use crate::text::to_char;

/// The shape of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Block,
    Underline,
}

/// The part of a guest's screen that the terminal shows: the guest's column and row in its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) column: usize,
    pub(super) row: usize,
}

impl View {
    /// Moves just so far that the cursor shows in an area of the terminal.
    fn follow(&mut self, screen: &TextScreen, (columns, rows): (usize, usize)) {
        let cursor = screen.cursor.map(|(column, row)| (column as usize, row as usize));
        slide(&mut self.column, columns, screen.columns as usize, cursor.map(|at| at.0));
        slide(&mut self.row, rows, screen.rows as usize, cursor.map(|at| at.1));
    }
}

/// Keeps a window of `length` on `all` cells over `wanted`.
fn slide(begin: &mut usize, length: usize, all: usize, wanted: Option<usize>) {
    if let Some(wanted) = wanted {
        *begin = (*begin).clamp((wanted + 1).saturating_sub(length), wanted);
    }
    *begin = (*begin).min(all.saturating_sub(length));
}

/// Draws the screen into the upper `rows` rows. Returns where the terminal's cursor stands, if the guest's shows.
pub(super) fn paint(
    screen: &TextScreen,
    style: &TextStyle,
    view: &mut View,
    canvas: &mut Canvas,
    rows: usize,
) -> Option<(usize, usize, Shape)> {
    let area = (canvas.columns(), rows);
    view.follow(screen, area);
    let width = screen.columns.max(1) as usize;
    for (row, cells) in screen.cells.chunks(width).skip(view.row).take(area.1).enumerate() {
        for (column, &(code, attribute)) in cells.iter().skip(view.column).enumerate() {
            let (ink, paper, underlined) = style.pen(attribute);
            canvas.put(column, row, Cell { picture: to_char(code), ink, paper, underlined });
        }
    }
    let (first, last) = style.cursor?;
    let (column, row) = screen.cursor?;
    let at = ((column as usize).checked_sub(view.column)?, (row as usize).checked_sub(view.row)?);
    let shape = if (last - first + 1) * 2 >= style.row_height { Shape::Block } else { Shape::Underline };
    (first < style.row_height && at.0 < area.0 && at.1 < area.1).then_some((at.0, at.1, shape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::colour::Depth;

    const STYLE: TextStyle = TextStyle {
        colours: [
            0, 0xAA, 0xAA00, 0xAAAA, 0xAA0000, 0, 0, 0xAAAAAA, 0x555555, 0, 0, 0, 0, 0, 0xFFFF55, 0xFFFFFF,
        ],
        blinks: true,
        blink_shows: true,
        underlines: false,
        row_height: 16,
        cursor: Some((13, 14)),
    };

    fn screen(columns: u32, rows: u32, cursor: (u32, u32)) -> TextScreen {
        let cells = (0..columns * rows).map(|n| (b'A' + (n % columns % 26) as u8, 0x1E)).collect();
        TextScreen { columns, rows, cells, cursor: Some(cursor) }
    }

    fn painted(screen: &TextScreen, style: &TextStyle, columns: usize, rows: usize) -> (String, View) {
        let (mut canvas, mut view) = (Canvas::new(columns, rows, Depth::True), View::default());
        paint(screen, style, &mut view, &mut canvas, rows);
        (canvas.changes(), view)
    }

    #[test]
    fn a_cell_has_the_colours_of_the_dac() {
        let (bytes, _) = painted(&screen(1, 1, (0, 0)), &STYLE, 1, 1);
        assert_eq!(bytes, "\x1b[1;1H\x1b[0;38;2;255;255;85;48;2;0;0;170mA");
    }

    #[test]
    fn a_blinking_character_goes_and_comes() {
        let blinking = TextScreen { cells: vec![(b'A', 0x9E)], ..screen(1, 1, (0, 0)) };
        let hidden = TextStyle { blink_shows: false, ..STYLE };
        assert!(painted(&blinking, &hidden, 1, 1).0.contains("38;2;0;0;170;48;2;0;0;170"));
        assert!(painted(&blinking, &STYLE, 1, 1).0.contains("38;2;255;255;85;48;2;0;0;170"));
    }

    #[test]
    fn on_a_smaller_terminal_the_view_follows_the_cursor() {
        let (_, view) = painted(&screen(80, 25, (79, 24)), &STYLE, 40, 10);
        assert_eq!(view, View { column: 40, row: 15 });
        let (_, view) = painted(&screen(80, 25, (0, 3)), &STYLE, 40, 10);
        assert_eq!(view, View { column: 0, row: 0 });
    }

    #[test]
    fn the_view_moves_no_farther_than_it_must() {
        let mut view = View { column: 0, row: 5 };
        view.follow(&screen(80, 25, (0, 14)), (80, 10));
        assert_eq!(view.row, 5);
        view.follow(&screen(80, 25, (0, 15)), (80, 10));
        assert_eq!(view.row, 6);
        view.follow(&screen(80, 25, (0, 2)), (80, 10));
        assert_eq!(view.row, 2);
    }

    #[test]
    fn the_cursor_is_a_block_from_half_a_row_on() {
        let (mut canvas, mut view) = (Canvas::new(80, 25, Depth::True), View::default());
        let mut shape = |cursor| {
            let style = TextStyle { cursor, ..STYLE };
            paint(&screen(80, 25, (3, 4)), &style, &mut view, &mut canvas, 25)
        };
        assert_eq!(shape(Some((13, 14))), Some((3, 4, Shape::Underline)));
        assert_eq!(shape(Some((0, 15))), Some((3, 4, Shape::Block)));
        assert_eq!(shape(Some((20, 22))), None, "below the row's last line nothing shows");
        assert_eq!(shape(None), None);
    }
}
