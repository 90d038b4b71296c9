//! `relic font`: learning a font, and trying what it reads.

use super::file::{self, FontFile};
use super::guest::of_rom;
use super::learn::{Learner, Sample};
use super::{Line, Reader};
use crate::compare::Rect;
use crate::confine::Needs;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::images::input;
use crate::{output, picture};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;

/// What is done with fonts.
#[derive(Subcommand)]
pub(crate) enum FontCommand {
    /// Learn a font from a picture whose text is known
    Learn(LearnArgs),
    /// Print the text that is read in a picture, with the VGA BIOS's fonts and learnt ones
    Read(ReadArgs),
}

#[derive(Args)]
pub(crate) struct LearnArgs {
    /// The picture, a PNG file
    picture: PathBuf,
    /// A file with its text, as many lines as there are; letters that touch in a proportional font have spaces between
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// The part of the picture with this text [default: all of it]
    #[arg(long, value_name = "X,Y,W,H", value_parser = rect)]
    at: Option<Rect>,
    /// Columns and rows of a character, as 8x16; without it the font is proportional, and the text one line
    #[arg(long, value_name = "WxH", value_parser = cell)]
    cell: Option<(u32, u32)>,
    /// How many blank columns, or more, are a space of a proportional font [default: as few as in the text]
    #[arg(long, value_name = "DOTS")]
    space: Option<u32>,
    /// A font to learn more characters of; may be given several times
    #[arg(long = "with", value_name = "FONT")]
    with: Vec<PathBuf>,
    /// The font, a file for people to read [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ReadArgs {
    /// The picture, a PNG file
    picture: PathBuf,
    /// A learnt font; may be given several times
    #[arg(long, value_name = "FILE")]
    font: Vec<PathBuf>,
    /// Each line with its place, as JSON
    #[arg(long)]
    json: bool,
}

impl FontCommand {
    /// What it needs beyond reading files.
    pub(crate) fn needs(&self) -> Needs {
        match self {
            FontCommand::Learn(args) => Needs::usual().results(&args.output),
            FontCommand::Read(_) => Needs::usual(),
        }
    }
}

fn rect(text: &str) -> Result<Rect, String> {
    let numbers: Option<Vec<u32>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[x, y, width, height]) => Ok(Rect { x, y, width, height }),
        _ => Err("a part of a picture is left, top, width and height, as `0,64,640,16`".into()),
    }
}

fn cell(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').map(|(width, height)| (width.parse(), height.parse()));
    match sides {
        Some((Ok(width), Ok(height))) => Ok((width, height)),
        _ => Err("a cell is its columns and rows, as `8x16`".into()),
    }
}

/// Does what was asked for.
///
/// # Errors
/// The text does not fit the picture, or a file cannot be read or written.
pub(crate) fn font(command: &FontCommand, console: &Console) -> Result<()> {
    match command {
        FontCommand::Learn(args) => learn(args, console),
        FontCommand::Read(args) => read(args, console),
    }
}

fn learn(args: &LearnArgs, console: &Console) -> Result<()> {
    let known: Vec<FontFile> = args.with.iter().map(|path| FontFile::read(path)).collect::<Result<_>>()?;
    let cell = args.cell.or_else(|| known.first().and_then(FontFile::cell));
    if known.iter().any(|font| font.cell() != cell) {
        return Err(Failure::bad("--with: the fonts have different cells"));
    }
    let mut learner = Learner::new(cell).map_err(Failure::bad)?;
    known.into_iter().try_for_each(|font| font.teach(&mut learner))?;
    args.space.into_iter().for_each(|space| learner.set_space(space));
    let text = input::read_text(&args.text).map_err(|error| Failure::read(&args.text, &error))?;
    let picture = picture::load(&args.picture)?;
    let all = Rect { x: 0, y: 0, width: picture.width, height: picture.height };
    let sample = Sample { at: args.at.unwrap_or(all), text };
    let wrong = |message: String| Failure::bad_file(&args.picture, message);
    learner.learn(&picture, &sample).map_err(wrong)?;
    let font = learner.font("learnt").map_err(wrong)?;
    match &args.output {
        None => console.say(file::write(&font).trim_end()),
        Some(path) => {
            output::write_named(path, file::write(&font).as_bytes())?;
            console.say(format!("{}: {} characters", path.display(), font.len()));
        }
    }
    Ok(())
}

fn read(args: &ReadArgs, console: &Console) -> Result<()> {
    let learnt = args.font.iter().map(|path| file::load(path).map(Arc::new));
    let fonts = learnt.chain(of_rom().into_iter().map(Ok)).collect::<Result<Vec<_>>>()?;
    let picture = picture::load(&args.picture)?;
    for line in Reader::default().read(&picture, &fonts) {
        match args.json {
            true => console.say(serde_json::json!({ "text": line.text(), "at": Line::at(line) }).to_string()),
            false => console.say(line.text()),
        }
    }
    Ok(())
}
