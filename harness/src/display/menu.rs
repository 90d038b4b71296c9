//! What Ctrl-] leads to: one row of choices, one key to choose.

use crossterm::event::{KeyCode, KeyEvent};

/// What the user wants of relic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Quit,
    Reset,
    CtrlAltDel,
    Screenshot,
    Pause,
    Mouse,
    /// Stops relic, so that the shell takes commands.
    Shell,
    /// Ctrl-] itself.
    Escape,
    Back,
}

/// The choices in one row.
pub(super) const ROW: &str = " q quit  r reset  c C-A-Del  s shot  p pause  m mouse  z shell  Ctrl-] itself";

/// How to get there.
pub(super) const HINT: &str = "Ctrl-] then q quits";

/// What a key chooses. Modifiers alone choose nothing.
pub(super) fn choice(event: &KeyEvent, is_escape: bool) -> Option<Choice> {
    Some(match event.code {
        _ if is_escape => Choice::Escape,
        KeyCode::Modifier(_) | KeyCode::CapsLock | KeyCode::NumLock | KeyCode::ScrollLock => return None,
        KeyCode::Char('q' | 'Q') => Choice::Quit,
        KeyCode::Char('r' | 'R') => Choice::Reset,
        KeyCode::Char('c' | 'C') => Choice::CtrlAltDel,
        KeyCode::Char('s' | 'S') => Choice::Screenshot,
        KeyCode::Char('p' | 'P') => Choice::Pause,
        KeyCode::Char('m' | 'M') => Choice::Mouse,
        KeyCode::Char('z' | 'Z') if cfg!(unix) => Choice::Shell,
        KeyCode::Char(']') => Choice::Escape,
        _ => Choice::Back,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyModifiers, ModifierKeyCode};

    #[test]
    fn the_row_names_the_keys_that_choose() {
        let choose = |c| choice(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), false);
        for (key, expected) in [
            ('q', Choice::Quit),
            ('r', Choice::Reset),
            ('c', Choice::CtrlAltDel),
            ('s', Choice::Screenshot),
            ('p', Choice::Pause),
            ('m', Choice::Mouse),
            ('z', Choice::Shell),
        ] {
            assert_eq!(choose(key), Some(expected));
            assert!(ROW.contains(&format!(" {key} ")), "{key}");
        }
        assert_eq!(choose('x'), Some(Choice::Back));
        assert!(ROW.len() <= 80);
    }

    #[test]
    fn the_control_key_on_the_way_to_a_choice_is_none() {
        let control = KeyCode::Modifier(ModifierKeyCode::LeftControl);
        assert_eq!(choice(&KeyEvent::new(control, KeyModifiers::CONTROL), false), None);
        assert_eq!(
            choice(&KeyEvent::new(KeyCode::Char(']'), KeyModifiers::CONTROL), true),
            Some(Choice::Escape)
        );
    }
}
