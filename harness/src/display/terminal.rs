//! The terminal as relic takes it and gives it back.

use super::query::Abilities;
use crossterm::event::KeyboardEnhancementFlags;
use crossterm::terminal;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, Once};

/// Alternate screen, no wrapping at the right edge, pasting in brackets, reports of the focus.
const ENTER: &str = "\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?1004h\x1b[2J";
/// All of it back, beginning with whatever a broken write has left: the end of a string, of a frame, of the colours.
const LEAVE: &str = "\x1b\\\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[0 q\x1b[?25h\x1b[?1049l";
/// Reports of buttons and of all movement, in numbers of any size.
const MOUSE_ON: &str = "\x1b[?1003h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1016l\x1b[?1006l\x1b[?1003l";
/// Reports of the mouse in pixels.
const PIXELS_ON: &str = "\x1b[?1016h";
const KEYS_OFF: &str = "\x1b[<u";
/// Between these, a terminal shows nothing half done.
const FRAME: (&str, &str) = ("\x1b[?2026h", "\x1b[?2026l");

/// What gives the terminal back; nothing while it is not taken.
static TAKEN: Mutex<Option<String>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// Gives the terminal back, if it is taken. Any thread may call it, any number of times.
pub(crate) fn restore() {
    let Some(bytes) = TAKEN.lock().ok().and_then(|mut taken| taken.take()) else { return };
    // A terminal that is gone needs nothing back.
    let _ = send(&bytes);
    let _ = terminal::disable_raw_mode();
}

fn send(bytes: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes.as_bytes())?;
    out.flush()
}

/// The terminal while it is taken.
pub(super) struct Terminal {
    pub(super) abilities: Abilities,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal: raw, on its alternate screen.
    ///
    /// # Errors
    /// The host refuses.
    pub(super) fn take() -> io::Result<Terminal> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                before(panic);
            }));
        });
        terminal::enable_raw_mode()?;
        if let Ok(mut taken) = TAKEN.lock() {
            *taken = Some(format!("{MOUSE_OFF}{LEAVE}"));
        }
        let mut this = Terminal { abilities: Abilities::default(), mouse: false };
        this.abilities = Abilities::ask()?;
        send(&this.enter())?;
        this.set_mouse(true)?;
        Ok(this)
    }

    /// Takes everything that the terminal has; what that needs to be given back is known before it is taken.
    fn enter(&self) -> String {
        let (mut enter, mut leave) = (String::from(ENTER), String::from(MOUSE_OFF));
        if self.abilities.kitty_keys {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
                | KeyboardEnhancementFlags::REPORT_EVENT_TYPES
                | KeyboardEnhancementFlags::REPORT_ALL_KEYS_AS_ESCAPE_CODES;
            // Writing to a string cannot fail.
            let _ = write!(enter, "\x1b[>{}u", flags.bits());
            leave.push_str(KEYS_OFF);
        }
        if self.abilities.kitty_pictures {
            leave.push_str(super::kitty::REMOVE);
        }
        leave.push_str(LEAVE);
        if let Ok(mut taken) = TAKEN.lock() {
            *taken = Some(leave);
        }
        enter
    }

    /// Whether the mouse belongs to the guest.
    pub(super) fn has_mouse(&self) -> bool {
        self.mouse
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        match on {
            true if self.abilities.pixel_mouse() => send(&format!("{MOUSE_ON}{PIXELS_ON}")),
            true => send(MOUSE_ON),
            false => send(MOUSE_OFF),
        }
    }

    /// Writes a frame: all of it shows at once, where the terminal can do that.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write(&self, bytes: &str) -> io::Result<()> {
        send(&format!("{}{bytes}{}", FRAME.0, FRAME.1))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}
