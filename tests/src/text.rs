//! Text screens as people read them.

use hypervisor::TextScreen;

/// The rows of a screen in Unicode, without the blanks at their ends.
pub fn rows(screen: &TextScreen) -> Vec<String> {
    lines(screen.cells.iter().map(|cell| cell.0), screen.columns as usize)
}

/// The rows of 80x25 characters and attributes, as they lie in video memory.
pub fn rows_of_memory(bytes: &[u8]) -> Vec<String> {
    lines(bytes.chunks_exact(2).map(|cell| cell[0]), 80)
}

fn lines(codes: impl Iterator<Item = u8>, columns: usize) -> Vec<String> {
    let blank = |c| if c == '\0' || c == '\u{a0}' { ' ' } else { c };
    let characters: Vec<char> = codes.map(|code| blank(firmware::cp437::to_char(code))).collect();
    let line = |row: &[char]| row.iter().collect::<String>().trim_end().to_owned();
    characters.chunks(columns.max(1)).map(line).collect()
}

/// The lowest row that is not blank: at a prompt, the prompt.
pub fn last(rows: &[String]) -> &str {
    rows.iter().rfind(|row| !row.is_empty()).map_or("", String::as_str)
}
