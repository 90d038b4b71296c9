//! A learnt font as a file: a picture beside it, and the text of its lines.

use super::font::Font;
use super::learn::{Learner, Sample};
use crate::compare::Rect;
use crate::failure::{Failure, Result};
use crate::images::{input, wording};
use crate::picture;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// A font that is learnt from a picture with its text.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FontTable {
    /// The picture, a PNG file, by its path from this file.
    picture: PathBuf,
    /// Columns and rows of a character; without it the font is proportional.
    cell: Option<[u32; 2]>,
    /// How many blank columns, or more, are a space of a proportional font; the narrowest of its lines unless told.
    space: Option<u32>,
    /// What stands where in the picture. All lines of a proportional font are of one height, with the base line in one row of it.
    #[schemars(with = "Vec<LineTable>")]
    lines: Vec<Spanned<LineTable>>,
}

/// A part of the picture, and what it says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineTable {
    /// Left, top, width and height in dots.
    at: [u32; 4],
    /// The text: one line, or with `cell` as many as there are rows. Letters that touch each other have spaces between.
    text: String,
}

/// Reads the font of a file.
///
/// # Errors
/// One line that names the file, the line in it and what is wrong.
pub(crate) fn load(path: &Path) -> Result<Font> {
    let text = input::read_text(path).map_err(|error| Failure::read(path, &error))?;
    let wrong = |message: String| Failure::bad_file(path, message);
    let FontTable { picture, cell, space, lines } = wording::from_toml(&text).map_err(wrong)?;
    let picture = picture::load(&path.with_file_name("").join(picture))?;
    let mut learner = Learner::new(cell.map(|[width, height]| (width, height))).map_err(wrong)?;
    for line in lines {
        let number = wording::line_of(&text, line.span().start);
        let LineTable { at: [x, y, width, height], text } = line.into_inner();
        let sample = Sample { at: Rect { x, y, width, height }, text };
        learner.learn(&picture, &sample).map_err(|message| wrong(format!("line {number}: {message}")))?;
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    learner.font(&name, space).map_err(wrong)
}
