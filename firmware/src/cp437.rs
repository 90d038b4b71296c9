//! Code page 437, the character set of the PC's ROM, as Unicode.
//!
//! All 256 codes have a picture: 00h and FFh are blanks, 01h-1Fh and 7Fh the symbols that text memory shows
//! for them (not the control characters a terminal would obey).

/// The characters of codes 00h-1Fh as text memory shows them.
const SYMBOLS: [char; 32] = [
    '\0', '☺', '☻', '♥', '♦', '♣', '♠', '•', '◘', '○', '◙', '♂', '♀', '♪', '♫', '☼', //
    '►', '◄', '↕', '‼', '¶', '§', '▬', '↨', '↑', '↓', '→', '←', '∟', '↔', '▲', '▼',
];

/// The character of code 7Fh.
const HOUSE: char = '⌂';

/// The characters of codes 80h-FFh.
const UPPER: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', //
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', '¢', '£', '¥', '₧', 'ƒ', //
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '⌐', '¬', '½', '¼', '¡', '«', '»', //
    '░', '▒', '▓', '│', '┤', '╡', '╢', '╖', '╕', '╣', '║', '╗', '╝', '╜', '╛', '┐', //
    '└', '┴', '┬', '├', '─', '┼', '╞', '╟', '╚', '╔', '╩', '╦', '╠', '═', '╬', '╧', //
    '╨', '╤', '╥', '╙', '╘', '╒', '╓', '╫', '╪', '┘', '┌', '█', '▄', '▌', '▐', '▀', //
    'α', 'ß', 'Γ', 'π', 'Σ', 'σ', 'µ', 'τ', 'Φ', 'Θ', 'Ω', 'δ', '∞', 'φ', 'ε', '∩', //
    '≡', '±', '≥', '≤', '⌠', '⌡', '÷', '≈', '°', '∙', '·', '√', 'ⁿ', '²', '■', '\u{a0}',
];

/// The character that text memory shows for `code`; `'\0'` and the no-break space for the blanks 00h and FFh.
#[must_use]
pub const fn to_char(code: u8) -> char {
    match code {
        0x00..=0x1f => SYMBOLS[code as usize],
        0x20..=0x7e => code as char,
        0x7f => HOUSE,
        0x80..=0xff => UPPER[code as usize - 0x80],
    }
}

/// The code whose picture is `character`, or `None` if code page 437 has none. The inverse of [`to_char`].
#[must_use]
pub fn from_char(character: char) -> Option<u8> {
    (0..=u8::MAX).find(|&code| to_char(code) == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_from_its_character() {
        for code in 0..=u8::MAX {
            assert_eq!(from_char(to_char(code)), Some(code));
        }
    }

    #[test]
    fn characters_outside_the_page_have_no_code() {
        assert_eq!(from_char('€'), None);
        assert_eq!(from_char('\n'), None);
    }
}
