//! Where the command speaks: results on one stream, failures and progress on the other. A reader that went away is no
//! failure.

use crate::failure::plain;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;

/// The two streams of a command.
pub struct Console {
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
    lost: Mutex<Option<String>>,
    /// Whether a person watches.
    pub terminal: bool,
    /// Whether a person may also type: the process's own input and output are a terminal, and one that is more than a
    /// printer.
    pub interactive: bool,
    /// Whether this is CI, where nobody looks at a picture before it becomes golden.
    pub ci: bool,
}

impl Console {
    /// The streams of the process.
    pub fn process() -> Self {
        let terminal = io::stderr().is_terminal();
        let able = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let interactive = able && io::stdin().is_terminal() && io::stdout().is_terminal();
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true" || ci == "1");
        Console { terminal, interactive, ci, ..Self::with(Box::new(io::stdout()), Box::new(io::stderr())) }
    }

    /// Other streams, watched by nobody.
    pub fn with(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let (out, err) = (Mutex::new(out), Mutex::new(err));
        Console { out, err, lost: Mutex::new(None), terminal: false, interactive: false, ci: false }
    }

    /// One line of results.
    pub fn say(&self, line: impl AsRef<str>) {
        let written = write_line(&self.out, line.as_ref());
        if let (Err(error), Ok(mut lost)) = (written, self.lost.lock()) {
            lost.get_or_insert(plain(&error));
        }
    }

    /// Why results were lost, if some were: a full disk, not a reader that left.
    pub fn lost(&self) -> Option<String> {
        self.lost.lock().ok()?.clone()
    }

    /// One line about what went wrong.
    pub fn complain(&self, line: impl AsRef<str>) {
        // If this cannot be said either, the exit code is all that is left.
        let _ = write_line(&self.err, line.as_ref());
    }

    /// Asks the person at the terminal; where nobody can answer the answer is no.
    pub fn ask(&self, question: &str) -> bool {
        if !self.interactive {
            return false;
        }
        self.complain(format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// A progress bar; hidden when nobody watches.
    pub fn progress(&self, steps: u64, what: &str) -> ProgressBar {
        if !self.terminal {
            return ProgressBar::hidden();
        }
        let bar = if steps == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(steps) };
        let template =
            if steps == 0 { "{spinner} {prefix} {msg}" } else { "{bar:30} {pos}/{len} {prefix} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.with_prefix(what.to_owned())
    }
}

fn write_line(to: &Mutex<Box<dyn Write + Send>>, line: &str) -> io::Result<()> {
    let Ok(mut stream) = to.lock() else { return Ok(()) };
    match writeln!(stream, "{line}").and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
