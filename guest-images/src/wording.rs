//! Wording for what people write wrong: keys and names that do not exist, with the nearest that does.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

/// Parses TOML; the error is one line with the line number.
///
/// # Errors
/// Bad syntax, an unknown key, a value of another kind.
pub fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_document(document(text)?, text)
}

/// The values of a TOML text, each with its place; [`from_document`] reads them.
///
/// # Errors
/// Bad syntax.
pub fn document(text: &str) -> Result<Spanned<DeTable<'_>>, String> {
    DeTable::parse(text).map_err(|error| located(&error, text))
}

/// Reads the values of `text`; the error is one line with the line number.
///
/// # Errors
/// An unknown key, a value of another kind.
pub fn from_document<T: DeserializeOwned>(document: Spanned<DeTable<'_>>, text: &str) -> Result<T, String> {
    T::deserialize(Deserializer::from(document)).map_err(|error| located(&error, text))
}

/// The line of a byte of `text`, from 1 on.
pub fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn located(error: &toml::de::Error, text: &str) -> String {
    let message = explain(error.message());
    match error.span() {
        Some(span) => format!("line {}: {message}", line_of(text, span.start)),
        None => message,
    }
}

/// Takes a TOML table apart; the error is one line.
///
/// # Errors
/// An unknown key, a value of another kind.
pub fn from_table<T: DeserializeOwned>(table: toml::Table) -> Result<T, String> {
    table.try_into().map_err(|error: toml::de::Error| explain(error.message()))
}

/// The message of the TOML reader on one line; for an unknown key, with the nearest known one.
fn explain(message: &str) -> String {
    let one_line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quoted = one_line.split('`').skip(1).step_by(2);
    let (unknown, what) = match one_line.split_once(" `") {
        Some(("unknown field", _)) => (quoted.next(), "key"),
        Some(("unknown variant", _)) => (quoted.next(), "value"),
        _ => (None, ""),
    };
    let Some(unknown) = unknown else { return one_line };
    let known: Vec<&str> = quoted.collect();
    match nearest(unknown, known.into_iter()) {
        Some(near) => format!("unknown {what} `{unknown}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{unknown}`; none is known here"),
    }
}

/// The known word that takes the fewest edits.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A word that only lacks an ending is nearer than any respelling.
    let extends = |candidate: &str| candidate.starts_with(word);
    let rank = |candidate: &str| if extends(candidate) { 1 } else { distance(word, candidate) };
    known.min_by_key(|candidate| rank(candidate))
}

/// Levenshtein distance: insertions, deletions and replacements that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(distance("lable", "label"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("volume", "volume"), 0);
    }

    #[test]
    fn other_messages_stay_but_on_one_line() {
        assert_eq!(
            explain("invalid type: integer,\n expected a string"),
            "invalid type: integer, expected a string"
        );
    }
}
