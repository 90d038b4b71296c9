//! The bytes that a keyboard sends for a key, in each scan code set.

use super::keyboard::ScanSet;
use super::keys::Key;
use super::regs::keyboard::{BREAK, EXTENDED, EXTENDED_1};

/// What happens to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    Make,
    Repeat,
    Break,
}

/// What else is held, as far as it changes the bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers {
    pub(super) left_shift: bool,
    pub(super) right_shift: bool,
    pub(super) ctrl: bool,
    pub(super) alt: bool,
    pub(super) num_lock: bool,
}

impl Modifiers {
    fn shift(self) -> bool {
        self.left_shift || self.right_shift
    }
}

/// Set 1 sends a released key's code with this bit.
const SET_1_BREAK: u8 = 0x80;
/// PrintScreen with Alt.
const SYS_REQ: (u8, u8) = (0x54, 0x84);
/// Pause with Ctrl, behind E0.
const CTRL_BREAK: (u8, u8) = (0x46, 0x7E);
/// Pause: Ctrl and NumLock behind E1.
const PAUSE: [(u8, u8); 2] = [(0x1D, 0x14), (0x45, 0x77)];

struct Sequence {
    set: ScanSet,
    bytes: Vec<u8>,
}

impl Sequence {
    /// One code as (set 1, set 2).
    fn code(&mut self, code: (u8, u8), release: bool) {
        match self.set {
            ScanSet::One => self.bytes.push(code.0 | if release { SET_1_BREAK } else { 0 }),
            _ => {
                if release {
                    self.bytes.push(BREAK);
                }
                self.bytes.push(code.1);
            }
        }
    }

    fn extended(&mut self, code: (u8, u8), release: bool) {
        self.bytes.push(EXTENDED);
        self.code(code, release);
    }

    /// The key's own code.
    fn key(&mut self, key: Key, release: bool) {
        let codes = key.codes();
        let code = (codes.set_1 as u8, codes.set_2 as u8);
        if codes.set_1 > 0xFF { self.extended(code, release) } else { self.code(code, release) }
    }

    /// A shift key that the keyboard pretends to press or release.
    fn pretend(&mut self, shift: Key, release: bool) {
        let codes = shift.codes();
        self.extended((codes.set_1 as u8, codes.set_2 as u8), release);
    }

    /// The key between pretended strokes that take back what the held shift keys would make of it.
    fn unshifted(&mut self, key: Key, stroke: Stroke, m: Modifiers) {
        let shifts = [(Key::LeftShift, m.left_shift), (Key::RightShift, m.right_shift)];
        let held = shifts.into_iter().filter(|(_, held)| *held).map(|(shift, _)| shift);
        match stroke {
            Stroke::Make => {
                held.for_each(|shift| self.pretend(shift, true));
                self.key(key, false);
            }
            Stroke::Repeat => self.key(key, false),
            Stroke::Break => {
                self.key(key, true);
                held.for_each(|shift| self.pretend(shift, false));
            }
        }
    }

    /// The key between a pretended press and release of the left shift key.
    fn shifted(&mut self, key: Key, stroke: Stroke) {
        match stroke {
            Stroke::Make => {
                self.pretend(Key::LeftShift, false);
                self.key(key, false);
            }
            Stroke::Repeat => self.key(key, false),
            Stroke::Break => {
                self.key(key, true);
                self.pretend(Key::LeftShift, true);
            }
        }
    }

    /// Pause has no break code: press and release come together.
    fn pause(&mut self, stroke: Stroke, m: Modifiers) {
        if stroke != Stroke::Make {
            return;
        }
        if m.ctrl {
            self.extended(CTRL_BREAK, false);
            self.extended(CTRL_BREAK, true);
            return;
        }
        for release in [false, true] {
            self.bytes.push(EXTENDED_1);
            for code in PAUSE {
                self.code(code, release);
            }
        }
    }
}

/// The bytes for a stroke in set 1 or 2.
fn sequence(key: Key, stroke: Stroke, set: ScanSet, m: Modifiers) -> Vec<u8> {
    let mut s = Sequence { set, bytes: Vec::with_capacity(8) };
    let release = stroke == Stroke::Break;
    match key {
        Key::Pause => s.pause(stroke, m),
        Key::PrintScreen if m.alt => s.code(SYS_REQ, release),
        Key::PrintScreen if m.ctrl || m.shift() => s.key(key, release),
        Key::PrintScreen => s.shifted(key, stroke),
        Key::KpSlash if m.shift() => s.unshifted(key, stroke, m),
        _ if key.is_gray_navigation() && m.num_lock && !m.shift() => s.shifted(key, stroke),
        _ if key.is_gray_navigation() && !m.num_lock && m.shift() => s.unshifted(key, stroke, m),
        _ => s.key(key, release),
    }
    s.bytes
}

/// The bytes for a stroke; in set 3 each key has one code, with F0 before it on release.
pub(super) fn encode(key: Key, stroke: Stroke, set: ScanSet, m: Modifiers) -> Vec<u8> {
    match (set, stroke) {
        (ScanSet::Three, Stroke::Break) => vec![BREAK, key.codes().set_3],
        (ScanSet::Three, _) => vec![key.codes().set_3],
        _ => sequence(key, stroke, set, m),
    }
}
