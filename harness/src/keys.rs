//! What a user types: text on a US keyboard, and keys by name in angle brackets.
//!
//! `dir<enter>` types four keys; `<ctrl-alt-del>` is a chord; `<down*3>` repeats; `<f1 f2>` is two keys one after
//! the other; `<+lshift>` and `<-lshift>` hold and let go; `<lt>` is the character `<`. A line end is the enter key.

use crate::guest::Key;

/// A key going down or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEvent {
    /// Which.
    pub key: Key,
    /// Down, or up.
    pub down: bool,
}

/// Most repeats of one token.
const MAX_REPEAT: usize = 1000;

/// Names that people use beside the keyboard's own.
const ALIASES: &[(&str, &str)] = &[
    ("ctrl", "lctrl"),
    ("control", "lctrl"),
    ("alt", "lalt"),
    ("altgr", "ralt"),
    ("shift", "lshift"),
    ("win", "lwin"),
    ("super", "lwin"),
    ("del", "delete"),
    ("ins", "insert"),
    ("escape", "esc"),
    ("return", "enter"),
    ("ret", "enter"),
    ("bksp", "backspace"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("page-up", "pageup"),
    ("page-down", "pagedown"),
    ("print", "printscreen"),
    ("period", "dot"),
    ("caps", "capslock"),
    ("num", "numlock"),
    ("scroll", "scrolllock"),
    ("spacebar", "space"),
    ("apostrophe", "quote"),
    ("backquote", "grave"),
    ("plus", "kpplus"),
];

/// Parses what is to be typed.
///
/// # Errors
/// One line that says which part is wrong and what would be right.
pub fn parse(text: &str) -> Result<Vec<KeyEvent>, String> {
    let mut events = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let Some(end) = rest.find('>') else {
                return Err(format!(
                    "`{rest}`: `<` begins a key name and has no `>`; the character itself is `<lt>`"
                ));
            };
            named(&rest[1..end], &mut events)?;
            rest = &rest[end + 1..];
        } else {
            character(c, &mut events)?;
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(events)
}

fn named(inside: &str, events: &mut Vec<KeyEvent>) -> Result<(), String> {
    if inside.trim().is_empty() {
        return Err("`<>` names no key; the characters themselves are `<lt>` and `>`".into());
    }
    inside.split_whitespace().try_for_each(|token| repeated(token, events))
}

fn repeated(token: &str, events: &mut Vec<KeyEvent>) -> Result<(), String> {
    let (chord_text, times) = match token.rsplit_once('*') {
        Some((chord_text, times)) if !chord_text.is_empty() => {
            let count = times.parse().ok().filter(|n| (1..=MAX_REPEAT).contains(n));
            (
                chord_text,
                count.ok_or(format!("`<{token}>`: `{times}` is not a count from 1 to {MAX_REPEAT}"))?,
            )
        }
        _ => (token, 1),
    };
    for _ in 0..times {
        chord(chord_text, events)?;
    }
    Ok(())
}

fn chord(text: &str, events: &mut Vec<KeyEvent>) -> Result<(), String> {
    for (sign, down) in [('+', true), ('-', false)] {
        if let Some(name) = text.strip_prefix(sign).filter(|name| !name.is_empty()) {
            events.push(KeyEvent { key: lookup(name)?, down });
            return Ok(());
        }
    }
    if text == "lt" {
        return character('<', events);
    }
    let keys = match lookup(text) {
        Ok(key) => vec![key],
        Err(wrong) if !text.contains('-') => return Err(wrong),
        Err(_) => text.split('-').map(lookup).collect::<Result<_, _>>()?,
    };
    press(&keys, events);
    Ok(())
}

fn press(keys: &[Key], events: &mut Vec<KeyEvent>) {
    events.extend(keys.iter().map(|&key| KeyEvent { key, down: true }));
    events.extend(keys.iter().rev().map(|&key| KeyEvent { key, down: false }));
}

fn lookup(name: &str) -> Result<Key, String> {
    let lower = name.to_lowercase();
    let aliased = ALIASES.iter().find(|(alias, _)| *alias == lower).map_or(lower.as_str(), |(_, key)| key);
    if let Ok(key) = aliased.parse() {
        return Ok(key);
    }
    if let Some((key, false)) = single(&lower).and_then(us_layout) {
        return Ok(key);
    }
    let known = Key::ALL.iter().map(|key| key.name()).chain(ALIASES.iter().map(|(alias, _)| *alias));
    let near = crate::images::wording::nearest(&lower, known).unwrap_or("enter");
    Err(format!("no key is named `{name}`; the nearest is `{near}`"))
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn character(c: char, events: &mut Vec<KeyEvent>) -> Result<(), String> {
    let Some((key, shifted)) = us_layout(c) else {
        return Err(format!(
            "`{c}` is not on a US keyboard; printable ASCII and key names such as `<enter>` are"
        ));
    };
    match shifted.then(|| "lshift".parse::<Key>().ok()).flatten() {
        Some(shift) => press(&[shift, key], events),
        None => press(&[key], events),
    }
    Ok(())
}

/// Unshifted character, shifted character, key.
const PUNCTUATION: &[(char, char, &str)] = &[
    ('1', '!', "1"),
    ('2', '@', "2"),
    ('3', '#', "3"),
    ('4', '$', "4"),
    ('5', '%', "5"),
    ('6', '^', "6"),
    ('7', '&', "7"),
    ('8', '*', "8"),
    ('9', '(', "9"),
    ('0', ')', "0"),
    ('-', '_', "minus"),
    ('=', '+', "equal"),
    ('[', '{', "leftbracket"),
    (']', '}', "rightbracket"),
    ('\\', '|', "backslash"),
    (';', ':', "semicolon"),
    ('\'', '"', "quote"),
    ('`', '~', "grave"),
    (',', '<', "comma"),
    ('.', '>', "dot"),
    ('/', '?', "slash"),
    (' ', ' ', "space"),
    ('\n', '\n', "enter"),
    ('\t', '\t', "tab"),
];

/// The key that makes a character on a US keyboard, and whether with shift.
pub(crate) fn us_layout(c: char) -> Option<(Key, bool)> {
    if c.is_ascii_alphabetic() {
        let key = c.to_ascii_lowercase().to_string().parse().ok()?;
        return Some((key, c.is_ascii_uppercase()));
    }
    let (plain, _, name) = PUNCTUATION.iter().find(|(plain, shifted, _)| c == *plain || c == *shifted)?;
    Some((name.parse().ok()?, c != *plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        let events = parse(text).unwrap();
        events.iter().map(|e| format!("{}{} ", if e.down { '+' } else { '-' }, e.key.name())).collect()
    }

    #[test]
    fn every_printable_ascii_character_and_alias_has_a_key() {
        for c in (' '..='~').filter(|c| *c != '<').chain(['\n', '\t']) {
            parse(&c.to_string()).unwrap();
        }
        for (alias, key) in ALIASES {
            assert!(key.parse::<Key>().is_ok(), "{alias} -> {key}");
        }
    }

    #[test]
    fn text_is_typed_with_shift_where_a_us_keyboard_needs_it() {
        assert_eq!(spelled("a:"), "+a -a +lshift +semicolon -semicolon -lshift ");
        assert_eq!(spelled("B\n"), "+lshift +b -b -lshift +enter -enter ");
        assert_eq!(spelled("<lt>"), "+lshift +comma -comma -lshift ");
    }

    #[test]
    fn chords_go_down_in_order_and_up_in_reverse() {
        assert_eq!(spelled("<ctrl-alt-del>"), "+lctrl +lalt +delete -delete -lalt -lctrl ");
        assert_eq!(spelled("<ctrl-C>"), "+lctrl +c -c -lctrl ");
    }

    #[test]
    fn keys_repeat_and_follow_each_other_inside_brackets() {
        assert_eq!(spelled("<up*2 f1>"), "+up -up +up -up +f1 -f1 ");
        assert_eq!(spelled("<+shift>a<-shift>"), "+lshift +a -a -lshift ");
    }

    #[test]
    fn wrong_keys_are_named_with_the_nearest_right_one() {
        assert_eq!(parse("<entr>").unwrap_err(), "no key is named `entr`; the nearest is `enter`");
        assert!(parse("dir<enter").unwrap_err().contains("has no `>`"));
        assert!(parse("caf\u{e9}").unwrap_err().contains("`\u{e9}` is not on a US keyboard"));
        assert!(parse("<>").is_err());
        assert!(parse("<up*0>").unwrap_err().contains("`0` is not a count"));
        assert!(parse("<ctrl-nosuch>").unwrap_err().contains("`nosuch`"));
    }
}
