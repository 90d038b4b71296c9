//! The guest's pointer where the terminal's mouse is, on `--display terminal`.
//!
//! A guest that shows no pointer gets the mouse's movement alone, and is watched: when a movement changes a screen that was still, there
//! may be a pointer, and it is looked for. On a screen that is never still it is looked for once in each mode.

use super::servo::{self, Aim};
use super::view::View;
use super::{Pointer, hand};
use crate::display::{Act, Follows};
use crate::failure::{Exit, Result};
use crate::guest::Stop;
use crate::session::Session;

/// How often the user's mouse is asked.
const STEP_NS: u64 = 2_000_000;
/// How often a guest that follows relatively is watched: longer than it takes to draw its pointer anew.
const WATCH_NS: u64 = 40_000_000;
/// How long after a search in vain there is none; twice as long after each.
const AGAIN_NS: u64 = 4_000_000_000;
const AGAIN_AT_MOST_NS: u64 = 64_000_000_000;

/// Runs the guest on a terminal under its user's hand until it ends.
///
/// # Errors
/// The user left, or a limit came first.
pub(crate) fn live(session: &mut Session) -> Result<Stop> {
    let (mut pointer, mut watch) = (Pointer::default(), Watch::default());
    loop {
        let done = match session.mouse().map(|mouse| (mouse.follows(), mouse.next_act())) {
            Some((_, Some(act))) => pointer.act(session, act),
            Some((Follows::Relatively, None)) => watch.wait(session, &mut pointer),
            _ => session.run_for(STEP_NS),
        };
        if let Some(stop) = session.ended() {
            return Ok(stop.clone());
        }
        match done {
            Err(failure) if failure.exit == Exit::Mismatch => watch.gave_up(session),
            done => done?,
        }
    }
}

impl Pointer {
    /// Does what the mouse did.
    fn act(&mut self, session: &mut Session, act: Act) -> Result<()> {
        match act {
            Act::Go(part) => {
                servo::go(self, session, Aim::led(part))?;
                follow(session, Follows::Exactly);
                Ok(())
            }
            Act::Press(buttons) => self.hold(session, buttons),
            Act::Turn(wheel) => hand::turn(self, session, wheel),
        }
    }
}

fn follow(session: &mut Session, follows: Follows) {
    if let Some(mouse) = session.mouse() {
        mouse.set_follows(follows);
    }
}

/// What is known of a guest that follows relatively.
#[derive(Default)]
struct Watch {
    /// The screen when it was looked at last, and how often the mouse had moved until then.
    seen: Option<(View, u64)>,
    /// Nothing had moved and nothing changed between the last two looks.
    still: bool,
    /// The mode has shown a still screen, or was searched for a pointer.
    judged: bool,
    /// Searches in vain in this mode, and when the next is worth its while.
    vain: u32,
    again_ns: u64,
}

impl Watch {
    /// Runs on, and begins to look for the guest's pointer where there may be one.
    fn wait(&mut self, session: &mut Session, pointer: &mut Pointer) -> Result<()> {
        session.run_for(WATCH_NS)?;
        let (moved, held) = session.mouse().map_or((0, true), |mouse| (mouse.movements(), mouse.is_held()));
        let view = View::of(session);
        let Some((last, moved_until)) = self.seen.replace((view.clone(), moved)) else { return Ok(()) };
        if !last.is_like(&view) {
            *self = Watch { seen: self.seen.take(), ..Watch::default() };
            return Ok(());
        }
        let (still, moves) = (last == view, moved != moved_until);
        let answers = self.still && moves && !still;
        let never_still = !self.judged && moves && !still;
        self.still = still && !moves;
        self.judged |= self.still;
        if (answers || never_still) && !held && session.now_ns() >= self.again_ns {
            self.judged = true;
            *pointer = Pointer::default();
            follow(session, Follows::Soon);
            if let Some(mouse) = session.mouse() {
                mouse.go_there();
            }
        }
        Ok(())
    }

    /// The guest's pointer is not to be found, or not any more.
    fn gave_up(&mut self, session: &mut Session) {
        follow(session, Follows::Relatively);
        self.again_ns = session.now_ns() + (AGAIN_NS << self.vain.min(4)).min(AGAIN_AT_MOST_NS);
        self.vain += 1;
        (self.seen, self.still) = (None, false);
    }
}
