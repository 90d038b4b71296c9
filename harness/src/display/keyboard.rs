//! From what a terminal reports to the keys of a PC.
//!
//! A terminal with kitty's keyboard protocol reports keys as they go down and up, by what they carry without shift. Others report characters:
//! of these the keys are made that give them on a US keyboard.

use crate::guest::Key;
use crate::keys;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, ModifierKeyCode};

/// A key as it moves. `None` for keys that a PC's keyboard lacks.
pub(super) fn moved(event: &KeyEvent) -> Option<(Key, bool)> {
    let keypad = event.state.contains(KeyEventState::KEYPAD);
    let key = if keypad { keypad_key(event.code) } else { None };
    Some((
        key.or_else(|| named(event.code)).or_else(|| lettered(event.code))?,
        event.kind != KeyEventKind::Release,
    ))
}

/// The keys that are down together to give what a terminal reports: modifiers first. Empty for what a US keyboard lacks.
pub(super) fn chord(event: &KeyEvent) -> Vec<Key> {
    let mut modifiers = event.modifiers;
    let key = match event.code {
        // Control characters without a letter of their own, as terminals call them.
        KeyCode::Char('4') if modifiers == KeyModifiers::CONTROL => Some(Key::Backslash),
        KeyCode::Char('5') if modifiers == KeyModifiers::CONTROL => Some(Key::RightBracket),
        KeyCode::Char('7') if modifiers == KeyModifiers::CONTROL => Some(Key::Minus),
        KeyCode::F(n @ 13..=24) => {
            modifiers |= KeyModifiers::SHIFT;
            named(KeyCode::F(n - 12))
        }
        KeyCode::Char(c) => keys::us_layout(c).map(|(key, shifted)| {
            modifiers.set(KeyModifiers::SHIFT, shifted || modifiers.contains(KeyModifiers::SHIFT));
            key
        }),
        code => named(code),
    };
    let held = [
        (KeyModifiers::CONTROL, Key::LeftCtrl),
        (KeyModifiers::ALT, Key::LeftAlt),
        (KeyModifiers::SHIFT, Key::LeftShift),
    ];
    let held = held.into_iter().filter(|(modifier, _)| modifiers.contains(*modifier));
    key.map_or(Vec::new(), |key| held.map(|(_, key)| key).chain([key]).collect())
}

/// Whether this is Ctrl-], which belongs to relic: a terminal without kitty's protocol calls it Ctrl-5.
pub(super) fn is_escape(event: &KeyEvent, kitty: bool) -> bool {
    let code = KeyCode::Char(if kitty { ']' } else { '5' });
    let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
    event.kind == KeyEventKind::Press && event.code == code && modifiers == KeyModifiers::CONTROL
}

fn named(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Esc => Key::Esc,
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Insert => Key::Insert,
        KeyCode::Delete => Key::Delete,
        KeyCode::F(n @ 1..=12) => format!("f{n}").parse().ok()?,
        KeyCode::CapsLock => Key::CapsLock,
        KeyCode::NumLock => Key::NumLock,
        KeyCode::ScrollLock => Key::ScrollLock,
        KeyCode::PrintScreen => Key::PrintScreen,
        KeyCode::Pause => Key::Pause,
        KeyCode::Menu => Key::Menu,
        KeyCode::KeypadBegin => Key::Kp5,
        KeyCode::Modifier(modifier) => match modifier {
            ModifierKeyCode::LeftShift => Key::LeftShift,
            ModifierKeyCode::RightShift => Key::RightShift,
            ModifierKeyCode::LeftControl => Key::LeftCtrl,
            ModifierKeyCode::RightControl => Key::RightCtrl,
            ModifierKeyCode::LeftAlt | ModifierKeyCode::LeftMeta => Key::LeftAlt,
            ModifierKeyCode::RightAlt | ModifierKeyCode::RightMeta | ModifierKeyCode::IsoLevel3Shift => {
                Key::RightAlt
            }
            ModifierKeyCode::LeftSuper => Key::LeftWin,
            ModifierKeyCode::RightSuper => Key::RightWin,
            _ => return None,
        },
        _ => return None,
    })
}

fn lettered(code: KeyCode) -> Option<Key> {
    let KeyCode::Char(c) = code else { return None };
    keys::us_layout(c).map(|(key, _)| key)
}

fn keypad_key(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Char('0') | KeyCode::Insert => Key::Kp0,
        KeyCode::Char('1') | KeyCode::End => Key::Kp1,
        KeyCode::Char('2') | KeyCode::Down => Key::Kp2,
        KeyCode::Char('3') | KeyCode::PageDown => Key::Kp3,
        KeyCode::Char('4') | KeyCode::Left => Key::Kp4,
        KeyCode::Char('5') | KeyCode::KeypadBegin => Key::Kp5,
        KeyCode::Char('6') | KeyCode::Right => Key::Kp6,
        KeyCode::Char('7') | KeyCode::Home => Key::Kp7,
        KeyCode::Char('8') | KeyCode::Up => Key::Kp8,
        KeyCode::Char('9') | KeyCode::PageUp => Key::Kp9,
        KeyCode::Char('.' | ',') | KeyCode::Delete => Key::KpDot,
        KeyCode::Char('/') => Key::KpSlash,
        KeyCode::Char('*') => Key::KpStar,
        KeyCode::Char('-') => Key::KpMinus,
        KeyCode::Char('+') => Key::KpPlus,
        KeyCode::Enter => Key::KpEnter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(code: KeyCode, modifiers: KeyModifiers) -> Vec<Key> {
        chord(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn characters_become_the_keys_of_a_us_keyboard() {
        assert_eq!(plain(KeyCode::Char('a'), KeyModifiers::NONE), [Key::A]);
        assert_eq!(plain(KeyCode::Char('A'), KeyModifiers::SHIFT), [Key::LeftShift, Key::A]);
        assert_eq!(plain(KeyCode::Char('"'), KeyModifiers::NONE), [Key::LeftShift, Key::Quote]);
        assert_eq!(plain(KeyCode::Char('\u{e9}'), KeyModifiers::NONE), []);
    }

    #[test]
    fn control_and_alt_are_held_with_the_key() {
        assert_eq!(plain(KeyCode::Char('c'), KeyModifiers::CONTROL), [Key::LeftCtrl, Key::C]);
        assert_eq!(plain(KeyCode::Char('f'), KeyModifiers::ALT), [Key::LeftAlt, Key::F]);
        assert_eq!(plain(KeyCode::Char(' '), KeyModifiers::CONTROL), [Key::LeftCtrl, Key::Space]);
        assert_eq!(plain(KeyCode::Char('4'), KeyModifiers::CONTROL), [Key::LeftCtrl, Key::Backslash]);
    }

    #[test]
    fn keys_without_a_character_have_their_place() {
        assert_eq!(plain(KeyCode::F(10), KeyModifiers::NONE), [Key::F10]);
        assert_eq!(plain(KeyCode::F(15), KeyModifiers::NONE), [Key::LeftShift, Key::F3]);
        assert_eq!(plain(KeyCode::BackTab, KeyModifiers::SHIFT), [Key::LeftShift, Key::Tab]);
        let all = [KeyModifiers::CONTROL, KeyModifiers::ALT].into_iter().collect();
        assert_eq!(plain(KeyCode::Delete, all), [Key::LeftCtrl, Key::LeftAlt, Key::Delete]);
    }

    #[test]
    fn kitty_reports_keys_as_they_move() {
        let event =
            |code, kind, state| KeyEvent::new_with_kind_and_state(code, KeyModifiers::SHIFT, kind, state);
        let shift = KeyCode::Modifier(ModifierKeyCode::RightShift);
        let none = KeyEventState::NONE;
        assert_eq!(moved(&event(shift, KeyEventKind::Press, none)), Some((Key::RightShift, true)));
        assert_eq!(moved(&event(KeyCode::Char('2'), KeyEventKind::Repeat, none)), Some((Key::Digit2, true)));
        assert_eq!(
            moved(&event(KeyCode::Char('2'), KeyEventKind::Release, none)),
            Some((Key::Digit2, false))
        );
        let keypad = event(KeyCode::Char('2'), KeyEventKind::Press, KeyEventState::KEYPAD);
        assert_eq!(moved(&keypad), Some((Key::Kp2, true)));
    }

    #[test]
    fn only_control_and_bracket_lead_out() {
        let event = |c, modifiers| KeyEvent::new(KeyCode::Char(c), modifiers);
        assert!(is_escape(&event(']', KeyModifiers::CONTROL), true));
        assert!(is_escape(&event('5', KeyModifiers::CONTROL), false));
        assert!(!is_escape(&event('5', KeyModifiers::CONTROL), true), "a key of its own there");
        assert!(!is_escape(&event(']', KeyModifiers::NONE), true));
    }
}
