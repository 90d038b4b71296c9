//! Glyphs drawn as text: `glyphs/8x<height>.txt`.

use super::Error;
use std::collections::BTreeMap;

/// The glyphs of one sheet by code.
pub(super) type Sheet = BTreeMap<u8, Vec<u8>>;

/// The drawn glyphs of the font with `height` lines.
pub(super) fn sheet(height: usize) -> Result<Sheet, Error> {
    let text = match height {
        16 => include_str!("../../glyphs/8x16.txt"),
        14 => include_str!("../../glyphs/8x14.txt"),
        _ => include_str!("../../glyphs/8x8.txt"),
    };
    parse(text, height).map_err(|error| Error::Glyphs(format!("glyphs/8x{height}.txt: {error}")))
}

/// Reads a sheet: lines of eight `.` and `#` are rows of the glyph whose hexadecimal code stands above them;
/// `;` starts a comment line.
fn parse(text: &str, height: usize) -> Result<Sheet, String> {
    let mut sheet = Sheet::new();
    let mut current = None;
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if line.len() == 8 && line.bytes().all(|dot| dot == b'.' || dot == b'#') {
            let code = current.ok_or(format!("line {}: a row without a code above it", number + 1))?;
            let row = line.bytes().fold(0, |row, dot| row << 1 | u8::from(dot == b'#'));
            sheet.entry(code).or_default().push(row);
        } else {
            let code = line.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
            let code = code.ok_or(format!("line {}: neither a row nor a code: {line:?}", number + 1))?;
            if sheet.insert(code, Vec::new()).is_some() {
                return Err(format!("line {}: {code:02X} is drawn twice", number + 1));
            }
            current = Some(code);
        }
    }
    match sheet.iter().find(|(_, rows)| rows.len() != height) {
        Some((code, rows)) => Err(format!("{code:02X} has {} rows, not {height}", rows.len())),
        None => Ok(sheet),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn rows_become_bytes_with_the_left_dot_highest() {
        let sheet = parse("; two rows\n41 A\n#......#\n.#......\n", 2).expect("parses");
        assert_eq!(sheet[&0x41], [0x81, 0x40]);
    }

    #[test]
    fn a_glyph_of_the_wrong_height_is_refused() {
        assert_eq!(parse("41\n........\n", 2), Err("41 has 1 rows, not 2".into()));
    }

    #[test]
    fn a_glyph_drawn_twice_is_refused() {
        assert!(parse("41\n........\n41\n", 1).is_err());
    }
}
