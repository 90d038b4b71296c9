//! What a session waits for, and what it does in between: text, debug and serial output, stillness, keys.

use super::{POLL_NS, Session};
use crate::compare::Rect;
use crate::failure::{Failure, Result};
use crate::guest::{Frame, Input, Key, Stop, TextScreen};
use crate::keys::KeyEvent;
use crate::{glyphs, span, text};
use std::io::Write;

/// How often the keyboard is asked whether it has room.
const KEY_POLL_NS: u64 = 1_000_000;
/// A guest that has read no key for so long reads no more of them.
const UNREAD_NS: u64 = 1_000_000_000;

impl Session {
    /// Runs until `met` says so. It is asked before the first instruction, too.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn wait_until(&mut self, mut met: impl FnMut(&mut Session) -> bool) -> Result<()> {
        while !met(self) {
            self.advance(POLL_NS)?;
        }
        Ok(())
    }

    /// Runs until the screen shows `wanted`.
    ///
    /// # Errors
    /// The guest ended, or a limit came first: with the last line of the screen.
    pub fn wait_text(&mut self, wanted: &str) -> Result<()> {
        let waited = self.wait_until(|s| s.shows(wanted));
        waited.map_err(|f| self.on_screen(f, &format!("the text `{wanted}` did not show")))
    }

    /// Whether the screen shows `wanted` now.
    pub fn shows(&mut self, wanted: &str) -> bool {
        match self.guest.text() {
            Some(screen) => text::shows(&screen, wanted),
            None => {
                let (lines, columns) = self.read();
                glyphs::shows(lines, wanted, columns)
            }
        }
    }

    /// The dots of the first place in a row of the screen that shows `wanted`.
    pub fn find_text(&mut self, wanted: &str) -> Option<Rect> {
        let Some(screen) = self.guest.text() else { return glyphs::find(self.read().0, wanted) };
        let (column, row) = text::find(&screen, wanted)?;
        let frame = self.guest.frame();
        let (width, height) = (frame.width / screen.columns.max(1), frame.height / screen.rows.max(1));
        let wanted = wanted.chars().count() as u32;
        Some(Rect { x: column * width, y: row * height, width: wanted * width, height })
    }

    /// A failure with what was missed and what the screen shows instead.
    pub fn on_screen(&mut self, failure: Failure, missed: &str) -> Failure {
        let shown = self.shown();
        Failure::new(failure.exit, format!("{missed}: {}; {shown}", failure.message))
    }

    /// What the screen shows, in a few words.
    pub fn shown(&mut self) -> String {
        match self.guest.text() {
            Some(screen) => match text::last_line(&screen) {
                Some(line) => format!("the last line on the screen is `{}`", line.trim()),
                None => "the screen is blank".into(),
            },
            None => {
                let frame = self.guest.frame();
                let read = match self.read().0.last() {
                    Some(line) => format!("the last text read in it is `{}`", line.text()),
                    None => "no text is read in it".into(),
                };
                format!("the screen shows graphics, {}x{}; {read}", frame.width, frame.height)
            }
        }
    }

    /// Runs until `wanted` has come from a debug port, after whatever an earlier call has found.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn wait_debug(&mut self, wanted: &str) -> Result<()> {
        let waited = self.wait_until(|s| s.debug.finds(wanted));
        waited.map_err(|f| self.on_screen(f, &format!("`{wanted}` did not come from the debug port")))
    }

    /// Runs until a whole line that was not handed out yet has come from a debug port.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn next_debug_line(&mut self) -> Result<String> {
        self.wait_until(|s| s.debug.has_line())
            .map_err(|f| self.on_screen(f, "no further line came from the debug port"))?;
        Ok(self.debug.line())
    }

    /// The codes on the POST card in hex, the newest last.
    pub fn post_codes(&self) -> Vec<String> {
        self.guest.post_codes().iter().map(|code| format!("{code:02X}")).collect()
    }

    /// Runs until the POST card shows `code`, or has shown it. It may be the last thing that the guest does.
    ///
    /// # Errors
    /// The guest ended without it, or a limit came first.
    pub fn wait_post(&mut self, code: u8) -> Result<()> {
        let shows = |s: &mut Session| s.guest.post_codes().contains(&code);
        match self.wait_until(shows) {
            Err(failure) if !shows(self) => {
                let codes = self.post_codes();
                let last =
                    codes.last().map_or("there was none".into(), |last| format!("the last was {last}"));
                let message = format!("the POST code {code:02X} did not come; {last}: {}", failure.message);
                Err(Failure::new(failure.exit, message))
            }
            _ => Ok(()),
        }
    }

    /// Runs until `wanted` has come from the first serial port, after whatever an earlier call has found.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn wait_serial(&mut self, wanted: &str) -> Result<()> {
        let waited = self.wait_until(|s| s.serial.finds(wanted));
        waited.map_err(|f| self.on_screen(f, &format!("`{wanted}` did not come from the serial port")))
    }

    /// All that came from the first serial port.
    pub fn serial_text(&self) -> String {
        self.serial.text()
    }

    /// Sends text to the first serial port.
    pub fn send_serial(&mut self, text: &str) {
        self.guest.inject(Input::Serial(text.as_bytes().to_vec()));
    }

    /// From now on what comes from the first serial port is written there at once.
    pub(crate) fn listen_serial(&mut self, live: Box<dyn Write + Send>) {
        self.serial.listen(live);
    }

    /// Runs until the screen has not changed for `ns`.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn wait_still(&mut self, ns: u64) -> Result<()> {
        let (mut last, mut since) = (self.look(), self.now_ns());
        let waited = self.wait_until(|s| {
            let seen = s.look();
            if seen != last {
                (last, since) = (seen, s.now_ns());
            }
            s.now_ns() - since >= ns
        });
        waited.map_err(|f| self.on_screen(f, &format!("the screen was not still for {}", span::show(ns))))
    }

    fn look(&mut self) -> Look {
        match self.guest.text() {
            Some(screen) => Look::Text(screen),
            None => Look::Dots(self.guest.frame()),
        }
    }

    /// Runs for `ns`.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn run_for(&mut self, ns: u64) -> Result<()> {
        let until = self.now_ns().saturating_add(ns);
        while self.now_ns() < until {
            self.advance((until - self.now_ns()).min(POLL_NS))?;
        }
        Ok(())
    }

    /// Runs until the guest ends, and says how.
    ///
    /// # Errors
    /// A limit came first.
    pub fn wait_end(&mut self) -> Result<Stop> {
        loop {
            if let Some(stop) = &self.ended {
                return Ok(stop.clone());
            }
            let advanced = self.advance(POLL_NS);
            if self.ended.is_none() {
                advanced?;
            }
        }
    }

    /// Types keys, each when the guest has taken the one before, and Ctrl-Alt-Del when it has read all, if it goes on reading. A guest may
    /// switch itself off on the last key that goes down.
    ///
    /// # Errors
    /// The guest ended, or a limit came first.
    pub fn type_keys(&mut self, events: &[KeyEvent]) -> Result<()> {
        for (typed, event) in events.iter().enumerate() {
            let waited = match overtakes(&events[..=typed]) {
                true => self.wait_for_reader(),
                false => self.wait_for_keyboard(),
            };
            if let Err(failure) = waited {
                let only_releases = events[typed..].iter().all(|event| !event.down);
                if self.ended == Some(Stop::PowerOff) && only_releases {
                    return Ok(());
                }
                let missed = format!("the guest took {typed} of {} key movements", events.len());
                return Err(self.on_screen(failure, &missed));
            }
            self.guest.inject(Input::Key { key: event.key, down: event.down });
        }
        Ok(())
    }

    fn wait_for_keyboard(&mut self) -> Result<()> {
        while !self.guest.ready_for_key() {
            self.advance(KEY_POLL_NS)?;
        }
        Ok(())
    }

    fn wait_for_reader(&mut self) -> Result<()> {
        self.wait_for_keyboard()?;
        let (mut held, mut waited) = (self.guest.keys_held(), 0);
        while held > 0 && waited < UNREAD_NS {
            self.advance(KEY_POLL_NS)?;
            let before = std::mem::replace(&mut held, self.guest.keys_held());
            waited = if held == before { waited + KEY_POLL_NS } else { 0 };
        }
        Ok(())
    }
}

/// Whether the last of these is the Del of Ctrl-Alt-Del: the BIOS acts on it at once, whatever keys it still holds.
fn overtakes(events: &[KeyEvent]) -> bool {
    let Some((last, before)) = events.split_last() else { return false };
    let is_down = |keys: [Key; 2]| {
        before.iter().rev().find(|event| keys.contains(&event.key)).is_some_and(|event| event.down)
    };
    let deletes = [Key::Delete, Key::KpDot].contains(&last.key) && last.down;
    deletes && is_down([Key::LeftCtrl, Key::RightCtrl]) && is_down([Key::LeftAlt, Key::RightAlt])
}

#[derive(PartialEq)]
enum Look {
    Text(TextScreen),
    Dots(Frame),
}
