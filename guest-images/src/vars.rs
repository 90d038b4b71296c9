//! `${name}` in recipes, case files and step files.

use crate::places::MEDIA_VARIABLE;
use crate::wording;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Texts by name.
pub type Variables = BTreeMap<String, String>;

/// Most bytes of a text with its variables put in.
const MOST_BYTES: usize = 1 << 20;

/// Reads a file, with the texts of `outer` and, for names that are not there, those of its own table `vars` put in for
/// `${name}`. Hands out all of them, too.
///
/// # Errors
/// One line with the line number.
pub fn read<T: DeserializeOwned>(text: &str, outer: &Variables) -> Result<(T, Variables), String> {
    let mut document = wording::document(text)?;
    let mut scope = declared(document.get_ref());
    scope.extend(outer.iter().map(|(name, value)| (name.clone(), value.clone())));
    for (_, value) in document.get_mut().iter_mut().filter(|(key, _)| key.get_ref() != "vars") {
        put_in(value, &scope)
            .map_err(|(at, message)| format!("line {}: {message}", wording::line_of(text, at)))?;
    }
    Ok((wording::from_document(document, text)?, scope))
}

/// The table `vars`; what is no text in it is refused when the file is read.
fn declared(document: &DeTable) -> Variables {
    let Some(table) = document.get("vars").and_then(|vars| vars.get_ref().as_table()) else {
        return Variables::new();
    };
    let texts = table
        .iter()
        .filter_map(|(name, value)| Some((name.get_ref().to_string(), value.get_ref().as_str()?.to_owned())));
    texts.collect()
}

/// Puts variables into all texts of a value; a failure says at which byte of the file.
fn put_in(value: &mut Spanned<DeValue>, scope: &Variables) -> Result<(), (usize, String)> {
    let at = value.span().start;
    match value.get_mut() {
        DeValue::String(text) => {
            if let Some(changed) = replaced(text, scope).map_err(|message| (at, message))? {
                *text = changed.into();
            }
        }
        DeValue::Array(list) => list.iter_mut().try_for_each(|one| put_in(one, scope))?,
        DeValue::Table(table) => table.iter_mut().try_for_each(|(_, one)| put_in(one, scope))?,
        _ => {}
    }
    Ok(())
}

/// The text with variables put in, if it has any. `$${` is `${`.
fn replaced(text: &str, scope: &Variables) -> Result<Option<String>, String> {
    let mut parts = text.split("${");
    let (mut whole, mut changed) = (parts.next().unwrap_or_default().to_owned(), false);
    for part in parts {
        if whole.ends_with('$') {
            whole.push('{');
            whole.push_str(part);
            changed = true;
            continue;
        }
        let (name, rest) = part.split_once('}').ok_or("`${` without `}`; write `$${` for `${` itself")?;
        if name == MEDIA_VARIABLE {
            whole.push_str("${");
            whole.push_str(part);
            continue;
        }
        whole.push_str(scope.get(name).ok_or_else(|| unknown(name, scope))?);
        whole.push_str(rest);
        changed = true;
        if whole.len() > MOST_BYTES {
            return Err(format!("with its variables the text is longer than {MOST_BYTES} bytes"));
        }
    }
    Ok(changed.then_some(whole))
}

/// That there is no variable of this name, and which one is nearest.
pub fn unknown(name: &str, scope: &Variables) -> String {
    match wording::nearest(name, scope.keys().map(String::as_str)) {
        Some(near) => format!("no variable `{name}`; did you mean `{near}`?"),
        None => format!("no variable `{name}`; variables stand in the table `vars`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Variables {
        [("user", "root"), ("drive", "C:")].map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    #[test]
    fn variables_are_put_in_and_the_media_folder_stays() {
        let text = |text: &str| replaced(text, &scope()).unwrap();
        assert_eq!(text("${user} on ${drive}\\").as_deref(), Some("root on C:\\"));
        assert_eq!(text("$${user} ${user}").as_deref(), Some("${user} root"));
        assert_eq!(text("${RELIC_MEDIA}/a.img"), None);
        assert_eq!(text("costs $5 {x}"), None);
    }

    #[test]
    fn a_variable_that_is_not_there_is_named_with_the_nearest_and_its_line() {
        let read = |text: &str| read::<toml::Table>(text, &scope()).unwrap_err();
        assert_eq!(
            read("a = 1\nb = [ { c = '${usr}' } ]"),
            "line 2: no variable `usr`; did you mean `user`?"
        );
        assert!(read("a = '${user'").starts_with("line 1: `${` without `}`"));
    }

    #[test]
    fn whoever_includes_a_file_has_the_last_word() {
        let text = "a = '${user} ${shell}'\n[vars]\nuser = 'nobody'\nshell = 'sh'";
        let (table, all) = read::<toml::Table>(text, &scope()).unwrap();
        assert_eq!(table["a"].as_str(), Some("root sh"));
        assert_eq!(all["user"], "root");
    }
}
