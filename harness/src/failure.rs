//! Why a command did not end as asked: one line and an exit code.

use crate::output;
use std::fmt::Display;
use std::io;
use std::path::Path;

pub use crate::images::plain;

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// As expected.
    Expected = 0,
    /// A comparison or an expectation failed.
    Mismatch = 1,
    /// Bad arguments or bad input.
    BadInput = 2,
    /// The limit of virtual time.
    VirtualLimit = 3,
    /// The guest died.
    GuestDied = 4,
    /// The limit of the host's time.
    HostLimit = 5,
    /// Ctrl-C, as shells count it.
    Interrupted = 130,
}

/// A failure: printed as `relic: MESSAGE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One line: the file, what was found and what was expected.
    pub message: String,
}

/// The result of everything that can fail in the command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with an exit code.
    pub fn new(exit: Exit, message: impl Display) -> Self {
        Failure { exit, message: one_line(&message.to_string()) }
    }

    /// Bad arguments or input.
    pub fn bad(message: impl Display) -> Self {
        Self::new(Exit::BadInput, message)
    }

    /// Bad content of a file.
    pub fn bad_file(file: &Path, message: impl Display) -> Self {
        Self::bad(format!("{}: {message}", file.display()))
    }

    /// A file that cannot be read.
    pub fn read(file: &Path, error: &io::Error) -> Self {
        Self::bad_file(file, format!("cannot read: {}", plain(error)))
    }

    /// A file that cannot be written.
    pub fn write(file: &Path, error: &io::Error) -> Self {
        if output::interrupted() {
            return Self::new(
                Exit::Interrupted,
                format!("stopped by Ctrl-C; {} is not written", file.display()),
            );
        }
        Self::bad_file(file, format!("cannot write: {}", plain(error)))
    }

    /// The same failure with what was being done in front.
    #[must_use]
    pub fn within(mut self, context: impl Display) -> Self {
        self.message = one_line(&format!("{context}: {}", self.message));
        self
    }
}

/// One line that a terminal shows as it is: names of files and texts of guests may hold anything.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let line = lines.collect::<Vec<_>>().join("; ");
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    shorten(line.chars().map(shown).collect())
}

/// Nobody reads on after this many characters: the middle is left out.
const MOST_CHARS: usize = 1000;

fn shorten(line: String) -> String {
    let chars: Vec<char> = line.chars().collect();
    if chars.len() <= MOST_CHARS {
        return line;
    }
    let (begin, end) = (&chars[..MOST_CHARS / 2], &chars[chars.len() - MOST_CHARS / 3..]);
    format!("{} ... {}", String::from_iter(begin), String::from_iter(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_the_message_is_one_plain_line() {
        let failure = Failure::bad_file(Path::new("a\u{1b}[31m\rb"), "cannot read").within("x\ny");
        assert_eq!(failure.message, "x; y: a\\u{1b}[31m\\rb: cannot read");
        let long = Failure::bad("\u{e9}".repeat(100_000)).message;
        assert!(long.chars().count() < MOST_CHARS);
    }
}
