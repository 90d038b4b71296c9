//! Text screens as lines of Unicode.

use crate::guest::TextScreen;
use firmware::cp437;

/// The picture of a code; blanks as a space.
pub(crate) fn to_char(code: u8) -> char {
    match cp437::to_char(code) {
        '\0' | '\u{a0}' => ' ',
        picture => picture,
    }
}

/// The rows of a screen, without the blanks at their ends.
pub(crate) fn lines(screen: &TextScreen) -> Vec<String> {
    rows(screen).map(|row| row.trim_end().to_owned()).collect()
}

fn rows(screen: &TextScreen) -> impl Iterator<Item = String> {
    let table: Vec<char> = (0..=255).map(to_char).collect();
    let row = move |cells: &[(u8, u8)]| cells.iter().map(|cell| table[usize::from(cell.0)]).collect();
    screen.cells.chunks(screen.columns.max(1) as usize).map(row)
}

/// Whether the screen shows `wanted` in a row, or running on from one row to the next.
pub(crate) fn shows(screen: &TextScreen, wanted: &str) -> bool {
    let rows: Vec<String> = rows(screen).collect();
    rows.iter().any(|row| row.contains(wanted)) || rows.concat().contains(wanted)
}

/// The column and row of the first place in a row that shows `wanted`.
pub(crate) fn find(screen: &TextScreen, wanted: &str) -> Option<(u32, u32)> {
    (0..).zip(rows(screen)).find_map(|(number, row)| {
        let before = &row[..row.find(wanted)?];
        Some((before.chars().count() as u32, number))
    })
}

/// The lowest row that is not blank, for messages.
pub(crate) fn last_line(screen: &TextScreen) -> Option<String> {
    lines(screen).into_iter().rfind(|line| !line.is_empty())
}

/// Bytes of a debug port: line ends kept, the rest as code page 437.
pub(crate) fn debug_text(bytes: &[u8]) -> String {
    let table: Vec<char> = (0..=255).map(to_char).collect();
    let shown = bytes.iter().filter(|byte| **byte != b'\r');
    shown
        .map(|&byte| if matches!(byte, b'\n' | b'\t') { char::from(byte) } else { table[usize::from(byte)] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(columns: usize, text: &[u8]) -> TextScreen {
        let rows = text.len().div_ceil(columns);
        let mut cells: Vec<(u8, u8)> = text.iter().map(|&c| (c, 7)).collect();
        cells.resize(rows * columns, (0, 7));
        TextScreen { columns: columns as u32, rows: rows as u32, cells, cursor: None }
    }

    #[test]
    fn text_is_found_in_a_row_and_across_the_wrap() {
        let screen = screen(8, b"A:\\>dir /wide   ");
        assert!(shows(&screen, "A:\\>dir /wide"));
        assert!(!shows(&screen, "wide/"));
        assert_eq!(lines(&screen), ["A:\\>dir", "/wide"]);
        assert_eq!(find(&screen, "wide"), Some((1, 1)));
        assert_eq!(find(&screen, "dir /"), None);
        assert_eq!(last_line(&screen).as_deref(), Some("/wide"));
    }
}
