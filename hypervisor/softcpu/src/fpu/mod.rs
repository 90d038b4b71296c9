//! The x87 unit in software: every result correctly rounded and the same on every host.
//!
//! [`Unit`] works on an [`engine::Fpu`]: `stack` has what all instructions are made of, `register` the register forms,
//! `environment` the images. Numbers are computed by `fast` when they are ordinary, otherwise by `arithmetic` and `convert`,
//! and by `transcendental`. Availability, pending exceptions, memory operands and the last instruction's pointers are the
//! CPU's: `ops::escape`.
//!
//! Follows: Intel SDM vol. 1 chapter 8 and vol. 2. Of the tag word in [`engine::Fpu`] only "empty" counts; the other tags
//! are made when the word is stored.

mod arithmetic;
pub(crate) mod convert;
pub(crate) mod environment;
mod fast;
mod float;
pub(crate) mod register;
mod regs;
mod stack;
#[cfg(test)]
mod tests;
mod transcendental;

use engine::Features;
pub(crate) use float::{INDEFINITE, Rounded};
pub(crate) use regs::Status;
pub(crate) use stack::Unit;

/// Whether the preset lacks an escape: #UD. `major` is the low three bits of the first byte.
pub(crate) fn undefined(features: Features, major: u8, mod_rm: u8) -> bool {
    let cmov = features.contains(Features::CMOV);
    let minor = mod_rm >> 3 & 7;
    match (major, mod_rm < 0xC0) {
        (1 | 5, true) if minor == 1 => true,
        (3, true) => matches!(minor, 1 | 4 | 6),
        (5, true) => minor == 5,
        (7, true) => minor == 1,
        (1, false) => matches!(mod_rm, 0xD1..=0xD7 | 0xE2 | 0xE3 | 0xE6 | 0xE7 | 0xEF),
        (2, false) => !(cmov && mod_rm < 0xE0 || mod_rm == 0xE9),
        (3, false) => match mod_rm {
            0xC0..=0xDF | 0xE8..=0xF7 => !cmov,
            code => code > 0xE4,
        },
        (5, false) => mod_rm >= 0xF0,
        (6, false) => matches!(mod_rm, 0xD8 | 0xDA..=0xDF),
        (7, false) => match mod_rm {
            0xE8..=0xF7 => !cmov,
            code => code > 0xE0,
        },
        _ => false,
    }
}
