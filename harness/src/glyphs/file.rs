//! A font as a file: its glyphs for people to read, or a picture beside the file with the text of its lines, learnt anew each time.

use super::font::{FULL, Font, Spacing};
use super::learn::{Learner, Sample};
use crate::compare::Rect;
use crate::failure::{Failure, Result};
use crate::images::{input, wording};
use crate::picture;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::{Spanned, Value};

/// A font that text in graphics is read with: glyphs, or a picture with its text, or both.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FontTable {
    /// Columns and rows of a character; without it the font is proportional.
    cell: Option<[u32; 2]>,
    /// How many blank columns, or more, are a space of a proportional font; the narrowest of its lines unless told.
    space: Option<u32>,
    /// A picture that the font is learnt from, a PNG file, by its path from this file.
    picture: Option<PathBuf>,
    /// What stands where in the picture. All lines of a proportional font are of one height, with the base line in one row of it.
    #[serde(default)]
    #[schemars(with = "Vec<LineTable>")]
    lines: Vec<Spanned<LineTable>>,
    /// A character each, row by row, with two places for a dot: `..` is paper, `##` ink, and two hex digits say how far ink covers it.
    #[serde(default)]
    glyphs: BTreeMap<String, String>,
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
/// One line that names the file and what is wrong in it.
pub(crate) fn load(path: &Path) -> Result<Font> {
    let file = FontFile::read(path)?;
    let mut learner = Learner::new(file.cell()).map_err(|message| Failure::bad_file(path, message))?;
    file.teach(&mut learner)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    learner.font(&name).map_err(|message| Failure::bad_file(path, message))
}

/// A file as it was read.
pub(super) struct FontFile {
    path: PathBuf,
    text: String,
    table: FontTable,
}

impl FontFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = input::read_text(path).map_err(|error| Failure::read(path, &error))?;
        let table = wording::from_toml(&text).map_err(|message| Failure::bad_file(path, message))?;
        Ok(FontFile { path: path.to_owned(), text, table })
    }

    /// Columns and rows of its cells.
    pub(super) fn cell(&self) -> Option<(u32, u32)> {
        self.table.cell.map(|[width, height]| (width, height))
    }

    /// Makes a font of the same cells know what it says.
    pub(super) fn teach(self, learner: &mut Learner) -> Result<()> {
        let FontFile { path, text: file, table } = self;
        let FontTable { cell: _, space, picture, lines, glyphs } = table;
        let wrong = |message: String| Failure::bad_file(&path, message);
        space.into_iter().for_each(|space| learner.set_space(space));
        for (name, drawn) in &glyphs {
            let (character, width, coverage) = glyph(name, drawn).map_err(wrong)?;
            learner.know(character, width, &coverage).map_err(wrong)?;
        }
        let Some(picture) = picture else {
            return if lines.is_empty() { Ok(()) } else { Err(wrong("`lines` are of a `picture`".into())) };
        };
        let picture = picture::load(&path.with_file_name("").join(picture))?;
        for line in lines {
            let number = wording::line_of(&file, line.span().start);
            let LineTable { at: [x, y, width, height], text } = line.into_inner();
            let sample = Sample { at: Rect { x, y, width, height }, text };
            learner.learn(&picture, &sample).map_err(|message| wrong(format!("line {number}: {message}")))?;
        }
        Ok(())
    }
}

/// A glyph as it is drawn: its character, its columns, and how far ink covers each dot.
fn glyph(name: &str, drawn: &str) -> Result<(char, usize, Vec<u8>), String> {
    let mut characters = name.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return Err(format!("glyphs: `{name}` is not one character"));
    };
    let dot = |dot: &[u8]| match dot {
        b".." => Some(0),
        b"##" => Some(FULL),
        [high @ (b'0'..=b'9' | b'a'..=b'f'), low @ (b'0'..=b'9' | b'a'..=b'f')] => {
            Some(hex(*high) << 4 | hex(*low))
        }
        _ => None,
    };
    let row = |row: &str| row.as_bytes().chunks(2).map(dot).collect::<Option<Vec<u8>>>();
    let rows: Option<Vec<Vec<u8>>> = drawn.lines().map(row).collect();
    let rows = rows.ok_or_else(|| format!("`{character}`: a dot is `..`, `##` or two hex digits"))?;
    let width = rows.first().map_or(0, Vec::len);
    if width == 0 || rows.iter().any(|row| row.len() != width) {
        return Err(format!("`{character}`: its rows are not of one width"));
    }
    Ok((character, width, rows.concat()))
}

/// What a digit of a small hex number counts.
fn hex(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

/// A font as the text of a file.
pub(super) fn write(font: &Font) -> String {
    let mut text =
        "# Two places are a dot: `..` is paper, `##` ink, and two hex digits say how far ink covers it.\n"
            .to_owned();
    text += &match font.spacing {
        Spacing::Cell(width) => format!("cell = [{width}, {}]\n", font.height),
        Spacing::Proportional { space } => format!("space = {space}\n"),
    };
    text += "\n[glyphs]\n";
    for glyph in &font.glyphs {
        text += &format!("{} = '''\n", Value::from(glyph.character.to_string()));
        for row in glyph.coverage.chunks(glyph.width) {
            for covered in row {
                match *covered {
                    0 => text += "..",
                    FULL => text += "##",
                    // Text takes whatever is written.
                    part => drop(write!(text, "{part:02x}")),
                }
            }
            text.push('\n');
        }
        text += "'''\n";
    }
    text
}
