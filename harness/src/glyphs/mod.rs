//! Text in graphics: a picture is read with fonts, whose glyphs stand in it dot for dot or not at all.
//!
//! A [`Font`] comes out of the guest's memory (`guest`), or is learnt from a picture whose text is known (`learn`, in a
//! [`file`] beside the cases). A glyph is what it covers: a dot is paper, ink, or ink over paper as far as the glyph says, each
//! computed as the guest computes it. Which colours these are is the picture's choice, so inverse and coloured text reads as well.
//! There is no threshold: one wrong dot, and the glyph is not there.
//!
//! A [`Reader`] looks for letters and digits at every dot of the picture, and reads from there along the line to both sides. Where
//! readings overlap, the one with more letters and digits is right, then the earlier font's. Characters with the same glyph are
//! read as the one that the font names first; a font out of memory names ASCII first, and no blanks but the space. Marks alone,
//! without a letter or digit beside them, are not looked for: a window's frame has plenty of lines that would pass for one.

pub(crate) mod command;
mod dots;
pub(crate) mod file;
mod font;
pub(crate) mod guest;
mod learn;
mod lines;
mod reader;
mod runs;
mod signature;

pub use font::Font;
pub use learn::{Learner, Sample};
pub use lines::{Character, Line, find, shows};
pub use reader::Reader;

#[cfg(test)]
mod tests;
