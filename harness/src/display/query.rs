//! What a terminal says that it is able to do.

use std::io;
use std::time::Duration;

/// How long an answer may take; a terminal that gives none has nothing to offer.
const PATIENCE: Duration = Duration::from_millis(1000);

/// Asks for kitty's pictures and keyboard, for mouse reports in pixels (DECRQM 1016), for the size of a cell, and, because every terminal
/// answers it and does so in order, for the device attributes (DA1).
const QUESTIONS: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[?u\x1b[?1016$p\x1b[16t\x1b[c";

/// The number of sixel graphics among the device attributes.
const DA1_SIXEL: &str = "4";

/// What a terminal is able to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// It reports keys by kitty's keyboard protocol.
    pub(super) kitty_keys: bool,
    /// It shows pictures by kitty's graphics protocol.
    pub(super) kitty_pictures: bool,
    /// It shows sixels.
    pub(super) sixel: bool,
    /// It reports the mouse in pixels.
    pixel_reports: bool,
    /// Width and height of a cell in pixels.
    pub(super) cell: Option<(u16, u16)>,
}

impl Abilities {
    /// Asks the terminal, which must be raw. What is typed meanwhile is lost.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn ask() -> io::Result<Abilities> {
        Ok(Abilities::parse(&answers(QUESTIONS)?))
    }

    /// Whether reports of the mouse in pixels are of use: the size of a cell must be known.
    pub(super) fn pixel_mouse(&self) -> bool {
        self.pixel_reports && self.cell.is_some()
    }

    fn parse(answers: &str) -> Abilities {
        let mut abilities =
            Abilities { kitty_pictures: answers.contains("\x1b_Gi=31;OK"), ..Abilities::default() };
        for answer in answers.split("\x1b[").skip(1) {
            let Some(end) = answer.find(|c: char| c.is_ascii_alphabetic()) else { continue };
            let (parameters, kind) = (&answer[..end], &answer[end..=end]);
            match (kind, parameters.strip_prefix('?')) {
                ("u", Some(_)) => abilities.kitty_keys = true,
                ("c", Some(list)) => abilities.sixel = list.split(';').any(|n| n == DA1_SIXEL),
                ("y", Some("1016;1$" | "1016;2$")) => abilities.pixel_reports = true,
                ("t", None) => abilities.cell = cell(parameters).or(abilities.cell),
                _ => {}
            }
        }
        abilities
    }
}

/// The size in the answer `6;HEIGHT;WIDTH`.
fn cell(parameters: &str) -> Option<(u16, u16)> {
    let (height, width) = parameters.strip_prefix("6;")?.split_once(';')?;
    let (width, height): (u16, u16) = (width.parse().ok()?, height.parse().ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Whether the answer to the last question has come.
#[cfg(any(unix, test))]
fn complete(answers: &str) -> bool {
    answers.split("\x1b[?").skip(1).any(|answer| {
        let end = answer.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| answer[end..].starts_with('c'))
    })
}

#[cfg(unix)]
fn answers(questions: &str) -> io::Result<String> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    let mut out = io::stdout().lock();
    out.write_all(questions.as_bytes())?;
    out.flush()?;
    let mut terminal = std::fs::File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (began, mut bytes) = (std::time::Instant::now(), Vec::new());
    loop {
        let left = PATIENCE.saturating_sub(began.elapsed());
        let timeout = Timespec { tv_sec: 0, tv_nsec: left.as_nanos().min(999_999_999) as i64 };
        let ready = poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&timeout));
        if left.is_zero() || ready.is_ok_and(|ready| ready == 0) {
            break;
        }
        let mut piece = [0; 1024];
        let length = terminal.read(&mut piece)?;
        bytes.extend_from_slice(&piece[..length]);
        if length == 0 || complete(&String::from_utf8_lossy(&bytes)) {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(not(unix))]
fn answers(_questions: &str) -> io::Result<String> {
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_says_what_it_has() {
        let answers = "\x1b_Gi=31;OK\x1b\\\x1b[?0u\x1b[?1016;2$y\x1b[6;20;10t\x1b[?62;52;c";
        let abilities = Abilities::parse(answers);
        assert!(
            abilities.kitty_pictures && abilities.kitty_keys && abilities.pixel_mouse() && !abilities.sixel
        );
        assert_eq!(abilities.cell, Some((10, 20)));
        assert!(complete(answers));
    }

    #[test]
    fn xterm_with_sixels_says_so() {
        let answers = "\x1b[?1016;2$y\x1b[6;13;6t\x1b[?64;1;2;4;6;9;15;22c";
        let abilities = Abilities::parse(answers);
        assert!(abilities.sixel && !abilities.kitty_pictures && !abilities.kitty_keys);
    }

    #[test]
    fn a_terminal_that_only_has_attributes_has_nothing_else() {
        assert_eq!(Abilities::parse("\x1b[?1;2c"), Abilities::default());
        assert_eq!(Abilities::parse("\x1b[?1016;0$y\x1b[?64;41c"), Abilities::default());
        assert!(complete("\x1b[?1;2c") && !complete("\x1b[?0u") && !complete("\x1b[?1;2"));
    }

    #[test]
    fn pixels_without_a_cell_size_are_of_no_use() {
        assert!(!Abilities::parse("\x1b[?1016;2$y\x1b[?64c").pixel_mouse());
        assert_eq!(Abilities::parse("\x1b[6;0;0t\x1b[?64c").cell, None);
    }
}
