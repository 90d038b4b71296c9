//! The terminal as relic takes it and gives it back.

use super::query::Abilities;
use super::signals::Signals;
use super::wire::Wire;
use crossterm::event::KeyboardEnhancementFlags;
use crossterm::terminal;
use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, Once};
use std::time::Duration;

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

/// How long a terminal may take until it is given back; one that takes nothing is left as it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// What gives the terminal back; nothing while it is not taken.
static TAKEN: Mutex<Option<(Wire, String)>> = Mutex::new(None);
static HOOK: Once = Once::new();

/// Gives the terminal back, if it is taken. Any thread may call it, any number of times.
pub(crate) fn restore() {
    let Some((mut wire, bytes)) = TAKEN.lock().ok().and_then(|mut taken| taken.take()) else { return };
    // A terminal that is gone needs nothing back.
    let _ = wire.send(&bytes).and_then(|()| wire.flow_for(PATIENCE));
    let _ = terminal::disable_raw_mode();
}

/// From now on these bytes give the terminal back.
fn owe(leave: String) -> io::Result<()> {
    let wire = Wire::open()?;
    if let Ok(mut taken) = TAKEN.lock() {
        *taken = Some((wire, leave));
    }
    Ok(())
}

/// The terminal while it is taken.
pub(super) struct Terminal {
    pub(super) abilities: Abilities,
    wire: Wire,
    signals: Signals,
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
        let (wire, signals) = (Wire::open()?, Signals::watch()?);
        owe(format!("{MOUSE_OFF}{LEAVE}"))?;
        terminal::enable_raw_mode()?;
        let abilities = Abilities::ask()?;
        let mut this = Terminal { abilities, wire, signals, mouse: true };
        this.enter()?;
        Ok(this)
    }

    /// Takes everything that the terminal has; what that needs to be given back is known before it is taken.
    fn enter(&mut self) -> io::Result<()> {
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
        owe(leave)?;
        self.wire.send(&enter)?;
        self.set_mouse(self.mouse)
    }

    /// Takes the terminal again if somebody else had it: relic was stopped.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn is_taken_again(&mut self) -> io::Result<bool> {
        if self.signals.must_stop() {
            self.suspend()?;
            return Ok(true);
        }
        let again = self.signals.goes_on();
        if again {
            self.retake()?;
        }
        Ok(again)
    }

    /// Gives the terminal back, stops relic, and takes the terminal again when relic goes on.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        restore();
        self.signals.stop()?;
        self.retake()
    }

    fn retake(&mut self) -> io::Result<()> {
        // Whatever of it stayed: a shell has changed the modes meanwhile.
        restore();
        self.wire.clear();
        terminal::enable_raw_mode()?;
        self.enter()
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
            true if self.abilities.pixel_mouse() => self.wire.send(&format!("{MOUSE_ON}{PIXELS_ON}")),
            true => self.wire.send(MOUSE_ON),
            false => self.wire.send(MOUSE_OFF),
        }
    }

    /// Whether the terminal has taken all of the last frame. What it has not takes the next chance to go.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn is_ready(&mut self) -> io::Result<bool> {
        self.wire.flow()?;
        Ok(self.wire.is_clear())
    }

    /// Writes a frame: all of it shows at once, where the terminal can do that.
    ///
    /// # Errors
    /// The terminal is gone.
    pub(super) fn write(&mut self, bytes: &str) -> io::Result<()> {
        self.wire.send(&format!("{}{bytes}{}", FRAME.0, FRAME.1))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}
