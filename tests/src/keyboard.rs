//! Text as keys of a US keyboard.

use hypervisor::Key;

/// Character, name of the key, whether with shift.
const OTHERS: &[(char, &str, bool)] = &[
    ('\n', "enter", false),
    (' ', "space", false),
    ('.', "dot", false),
    (',', "comma", false),
    (':', "semicolon", true),
    (';', "semicolon", false),
    ('\\', "backslash", false),
    ('/', "slash", false),
    ('-', "minus", false),
    ('_', "minus", true),
    ('*', "8", true),
    ('>', "dot", true),
    ('|', "backslash", true),
    ('\'', "quote", false),
    ('=', "equal", false),
];

/// The key that types a character, and whether shift is held.
///
/// # Panics
/// For a character that no test types.
pub fn key_for(c: char) -> (Key, bool) {
    let (name, shift) = match OTHERS.iter().find(|(other, ..)| *other == c) {
        Some((_, name, shift)) => ((*name).to_owned(), *shift),
        None => (c.to_ascii_lowercase().to_string(), c.is_ascii_uppercase()),
    };
    (name.parse().unwrap_or_else(|_| panic!("no key types {c:?}")), shift)
}

/// The same keystroke as QEMU's monitor takes it with `sendkey`.
pub fn qemu_name(c: char) -> String {
    let (key, shift) = key_for(c);
    let name = match key.name() {
        "enter" => "ret",
        "space" => "spc",
        other => other,
    };
    if shift { format!("shift-{name}") } else { name.to_owned() }
}
