//! Options of `relic run` for looking at the guest while it runs, and for recording what it shows.

use crate::console::Console;
use crate::display::{self, Method, Speed};
use crate::failure::{Failure, Result};
use crate::record::{RATE, Recorder};
use crate::session::Session;
use clap::Args;
use std::path::PathBuf;

/// Options of `relic run` for the display and the recording.
#[derive(Args)]
#[command(next_help_heading = "Looking")]
pub(crate) struct LiveArgs {
    /// How --display terminal shows graphics
    #[arg(long, value_enum, default_value = "auto")]
    picture: Method,
    /// How fast the guest's time goes by on --display terminal: 1 is real time, 2 twice that, `max` as fast as this host is able to
    #[arg(long, value_name = "N|max", default_value = "1", value_parser = display::speed)]
    speed: Speed,
    /// Record the screen: an animated picture if FILE ends in .png or .gif, otherwise a folder of numbered frames with an index
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Frames a second of guest time that --record looks at
    #[arg(long, value_name = "N", default_value_t = RATE, value_parser = clap::value_parser!(u16).range(1..=100))]
    record_rate: u16,
}

impl LiveArgs {
    /// The file that is recorded to.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.record.iter().filter(|path| !path.is_dir() && path.extension().is_some())
    }

    /// The folder that is recorded into.
    pub(crate) fn folder(&self) -> Option<&PathBuf> {
        self.record.as_ref().filter(|path| path.is_dir() || path.extension().is_none())
    }

    /// Begins what was asked for: the recording, and the guest on the terminal if `display` says so.
    ///
    /// # Errors
    /// The recording cannot be written, or there is no terminal.
    pub(crate) fn begin(&self, session: &mut Session, name: &str, display: bool) -> Result<()> {
        if let Some(path) = &self.record {
            session.set_recorder(Recorder::create(path, self.record_rate)?);
        }
        if display {
            let options = display::Options { name: name.to_owned(), speed: self.speed, method: self.picture };
            session.set_display(display::Display::open(options)?);
        }
        Ok(())
    }
}

/// Refuses a display where there is nothing to show it on.
///
/// # Errors
/// Input or output is not a terminal.
pub(crate) fn check_terminal(console: &Console) -> Result<()> {
    if console.interactive {
        return Ok(());
    }
    Err(Failure::bad(
        "--display terminal: standard input and output must be a terminal, and TERM not `dumb`; --display text prints the last screen",
    ))
}
