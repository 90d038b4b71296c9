//! `relic run --display terminal`: the guest on the terminal, live.
//!
//! A session calls [`Display::look`] between stretches of the guest's time. There the guest waits for the host's clock, what was typed
//! and pointed goes in by [`Guest::inject`], and the screen is painted. Nothing here reaches the guest in another way: the log of its
//! inputs replays the run.

mod blocks;
mod canvas;
mod colour;
mod fit;
mod keyboard;
mod kitty;
mod menu;
mod mouse;
mod pace;
mod painter;
mod query;
mod signals;
mod sixel;
mod terminal;
mod text;
mod typist;
mod wire;

pub(crate) use mouse::{Act, Follows, Mouse};
pub(crate) use pace::{Speed, speed};
pub(crate) use painter::Method;
pub(crate) use terminal::restore;

use crate::failure::{Exit, Failure, Result, plain};
use crate::guest::{Guest, Input, Key};
use crate::{output, picture};
use crossterm::event::{self, Event, KeyEvent, KeyEventKind, MouseEvent};
use menu::Choice;
use pace::Pace;
use painter::{Painter, Status};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use terminal::Terminal;
use typist::Typist;

/// How often input is asked for while the guest has no time to wait.
const POLL: Duration = Duration::from_millis(5);
/// The guest's time between two looks while it runs.
const STRETCH_NS: u64 = 2_000_000;
/// The longest sleep of a guest that need not be looked at: it makes up for it afterwards.
const LULL: Duration = Duration::from_millis(16);
/// How long a message stays in the status line.
const MESSAGE: Duration = Duration::from_secs(4);
/// How long a paused guest's terminal sleeps, to notice a signal.
const PAUSED: Duration = Duration::from_millis(50);

/// What the user chose on the command line.
pub(crate) struct Options {
    /// The guest's name.
    pub(crate) name: String,
    /// How fast its time goes.
    pub(crate) speed: Speed,
    /// How pictures are shown.
    pub(crate) method: Method,
}

/// The guest on the terminal.
pub(crate) struct Display {
    name: String,
    terminal: Terminal,
    painter: Painter,
    pace: Pace,
    typist: Typist,
    mouse: Mouse,
    /// What came from the terminal and was not handed on yet.
    arrived: VecDeque<Event>,
    next_poll: Instant,
    menu: bool,
    paused: bool,
    message: Option<(String, Instant)>,
    opened: Instant,
}

/// The user left.
fn left() -> Failure {
    Failure::new(Exit::Expected, "the display was left")
}

fn gone(error: &std::io::Error) -> Failure {
    Failure::bad(format!("--display terminal: {}", plain(error)))
}

impl Display {
    /// Takes the terminal.
    ///
    /// # Errors
    /// The host refuses.
    pub(crate) fn open(options: Options) -> Result<Display> {
        let terminal = Terminal::take().map_err(|error| gone(&error))?;
        let painter = Painter::new(&terminal, options.method).map_err(|error| gone(&error))?;
        Ok(Display {
            name: options.name,
            terminal,
            painter,
            pace: Pace::new(options.speed, 0),
            typist: Typist::default(),
            mouse: Mouse::default(),
            arrived: VecDeque::new(),
            next_poll: Instant::now(),
            menu: false,
            paused: false,
            message: None,
            opened: Instant::now(),
        })
    }

    /// How far the guest may run until the next look.
    pub(crate) fn next(&self, now_ns: u64) -> u64 {
        let step = if self.typist.is_busy() {
            typist::STEP_NS
        } else if self.mouse.is_busy() {
            STRETCH_NS.min(mouse::STEP_NS)
        } else {
            STRETCH_NS
        };
        now_ns.saturating_add(step)
    }

    /// The mouse, for whoever leads the guest's pointer by it.
    pub(crate) fn mouse(&mut self) -> &mut Mouse {
        &mut self.mouse
    }

    /// Hands input to the guest, shows its screen, and waits while it is ahead of the host's clock.
    ///
    /// # Errors
    /// The user left, or the terminal is gone.
    pub(crate) fn look(&mut self, guest: &mut dyn Guest) -> Result<()> {
        let now_ns = guest.now().ns();
        self.heed_signals(now_ns)?;
        while let Some(event) = self.arrived.pop_front() {
            self.handle(event, guest)?;
        }
        self.typist.feed(guest);
        self.mouse.feed(guest);
        // The ratio is new every second, and with it whatever the line says for a while only.
        if self.pace.look(now_ns) | self.mouse.says_something_else() {
            self.painter.status_changed();
        }
        self.paint(guest)?;
        self.wait(now_ns)
    }

    /// Shows a guest that died until the user leaves or resets it: whether it goes on.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(crate) fn died(&mut self, why: &str, guest: &mut dyn Guest) -> Result<bool> {
        self.say(format!("the guest died: {why}"));
        self.paused = true;
        match self.stand(guest) {
            Err(failure) if failure.exit == Exit::Expected => Ok(false),
            stood => stood.map(|()| true),
        }
    }

    /// Waits for the user while the guest stands still.
    fn stand(&mut self, guest: &mut dyn Guest) -> Result<()> {
        while self.paused && !output::interrupted() {
            self.heed_signals(guest.now().ns())?;
            self.paint(guest)?;
            self.read(PAUSED)?;
            while let Some(event) = self.arrived.pop_front() {
                self.handle(event, guest)?;
            }
        }
        self.pace.restart(guest.now().ns());
        Ok(())
    }

    /// Lets relic be stopped, and takes the terminal again afterwards.
    fn heed_signals(&mut self, now_ns: u64) -> Result<()> {
        if self.terminal.is_taken_again().map_err(|error| gone(&error))? {
            self.back(now_ns);
        }
        Ok(())
    }

    /// The terminal is relic's again.
    fn back(&mut self, now_ns: u64) {
        self.typist.release_all();
        self.painter.repaint();
        self.pace.restart(now_ns);
    }

    fn paint(&mut self, guest: &mut dyn Guest) -> Result<()> {
        if self.message.as_ref().is_some_and(|(_, since)| since.elapsed() >= MESSAGE) && !self.paused {
            self.message = None;
            self.painter.status_changed();
        }
        // A terminal that has not taken the last frame gets no other: what it is too slow for is left out.
        if !self.painter.is_due() || !self.terminal.is_ready().map_err(|error| gone(&error))? {
            return Ok(());
        }
        let status = Status {
            name: &self.name,
            menu: self.menu,
            paused: self.paused,
            message: self.message.as_ref().map(|(text, _)| text.as_str()),
            begins: self.opened.elapsed() < MESSAGE,
            ratio: self.pace.shown(),
            mouse: if self.terminal.has_mouse() { self.mouse.told() } else { "no mouse" },
        };
        self.painter.paint(guest, &status, &mut self.terminal).map_err(|error| gone(&error))?;
        self.mouse.pad = self.painter.pad();
        Ok(())
    }

    /// Waits until the guest may go on, something is to be painted, or something was typed.
    fn wait(&mut self, now_ns: u64) -> Result<()> {
        let ahead = self.pace.ahead(now_ns);
        if ahead.is_none() && Instant::now() < self.next_poll {
            return Ok(());
        }
        self.next_poll = Instant::now() + POLL;
        let busy = self.typist.is_busy() || self.mouse.is_busy();
        let frame = if self.terminal.is_ready().map_err(|error| gone(&error))? { LULL } else { POLL };
        let patience = match ahead {
            // The guest sleeps through what it is ahead, and through the rest of the frame as well.
            Some(ahead) if !busy => ahead.max(self.painter.due_in().min(frame)),
            Some(ahead) => ahead,
            None => Duration::ZERO,
        };
        self.read(patience)
    }

    /// Takes what comes from the terminal, the first of it within `patience`.
    fn read(&mut self, patience: Duration) -> Result<()> {
        let mut patience = patience;
        while event::poll(patience).map_err(|error| gone(&error))? {
            self.arrived.push_back(event::read().map_err(|error| gone(&error))?);
            patience = Duration::ZERO;
        }
        Ok(())
    }

    fn handle(&mut self, event: Event, guest: &mut dyn Guest) -> Result<()> {
        match event {
            Event::Key(key) => return self.key(&key, guest),
            Event::Mouse(mouse) => {
                let at = self.place(&mouse);
                self.mouse.report(&mouse, at);
            }
            Event::Paste(text) => {
                let text = text.replace("\r\n", "\n").replace('\r', "\n");
                for c in text.chars() {
                    let (code, none) =
                        (crossterm::event::KeyCode::Char(c), crossterm::event::KeyModifiers::NONE);
                    self.typist.pressed(keyboard::chord(&KeyEvent::new(code, none)), true);
                }
            }
            Event::FocusLost => self.typist.release_all(),
            Event::FocusGained => {}
            Event::Resize(columns, rows) => self.painter.resize(columns.into(), rows.into()),
        }
        Ok(())
    }

    /// Where the mouse is, in columns and rows: the middle of the pixel or the cell that the terminal tells.
    fn place(&self, mouse: &MouseEvent) -> (f64, f64) {
        let (x, y) = (f64::from(mouse.column) + 0.5, f64::from(mouse.row) + 0.5);
        match self.terminal.abilities.cell {
            Some((width, height)) if self.terminal.abilities.pixel_mouse() => {
                (x / f64::from(width), y / f64::from(height))
            }
            _ => (x, y),
        }
    }

    fn key(&mut self, event: &KeyEvent, guest: &mut dyn Guest) -> Result<()> {
        let kitty = self.terminal.abilities.kitty_keys;
        let is_escape = keyboard::is_escape(event, kitty);
        if event.kind == KeyEventKind::Press && (self.menu || is_escape) {
            self.painter.status_changed();
            if !self.menu {
                self.menu = true;
                return Ok(());
            }
            let Some(choice) = menu::choice(event, is_escape) else { return Ok(()) };
            self.menu = false;
            return self.choose(choice, guest);
        }
        if self.paused {
            return Ok(());
        }
        if !kitty {
            self.typist.pressed(keyboard::chord(event), false);
        } else if let Some((key, down)) = keyboard::moved(event) {
            self.typist.moved(key, down);
        }
        Ok(())
    }

    fn choose(&mut self, choice: Choice, guest: &mut dyn Guest) -> Result<()> {
        match choice {
            Choice::Quit => return Err(left()),
            Choice::Reset => {
                self.typist.release_all();
                guest.inject(Input::Reset);
                self.paused = false;
                self.say("reset".into());
            }
            Choice::CtrlAltDel => {
                self.typist.release_all();
                self.typist.pressed(vec![Key::LeftCtrl, Key::LeftAlt, Key::Delete], false);
            }
            Choice::Screenshot => self.screenshot(guest),
            Choice::Pause => {
                self.paused = !self.paused;
                if self.paused {
                    return self.stand(guest);
                }
            }
            Choice::Mouse => {
                let on = !self.terminal.has_mouse();
                self.terminal.set_mouse(on).map_err(|error| gone(&error))?;
                self.mouse.set_follows(Follows::Relatively);
                self.say(if on { "the mouse is the guest's" } else { "the mouse is the terminal's" }.into());
            }
            Choice::Shell => {
                self.terminal.suspend().map_err(|error| gone(&error))?;
                self.back(guest.now().ns());
            }
            Choice::Escape => self.typist.pressed(vec![Key::LeftCtrl, Key::RightBracket], false),
            Choice::Back => {}
        }
        Ok(())
    }

    fn screenshot(&mut self, guest: &mut dyn Guest) {
        let name = (1..).map(|n| PathBuf::from(format!("{}-{n}.png", self.name)));
        let Some(path) = name.into_iter().find(|path| !path.exists()) else { return };
        let saved = picture::save(&guest.frame(), &path);
        self.say(saved.map_or_else(|failure| failure.message, |()| format!("wrote {}", path.display())));
    }

    fn say(&mut self, message: String) {
        self.message = Some((message, Instant::now()));
        self.painter.status_changed();
    }
}
