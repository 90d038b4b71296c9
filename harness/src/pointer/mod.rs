//! Absolute pointing with a relative mouse: `click = [x, y]` on any guest, with nothing installed in it.
//!
//! The mouse is nudged, and what the screen does in time with it is the pointer (`acquire`, `finder`): the adapter's
//! hardware cursor if that moves, or else a picture (`shape`, or `block` on a text screen) that is found again after
//! every movement. How far a packet of so many counts goes is learned from that (`response`), and corrections follow
//! until the pointer is where it is wanted (`servo`). Its hot spot is learned from the top left corner of the screen,
//! where the guest stops it. Where a program draws over the pointer, it is caught in the moment between the driver's drawing
//! and the program's.
//!
//! Nothing but packets, the picture and virtual time is used, so a case does the same in every run.

mod acquire;
mod block;
mod finder;
mod hand;
mod live;
mod picture;
mod response;
mod servo;
mod shape;
mod view;

pub(crate) use live::live;

use crate::failure::Result;
use crate::session::Session;
use crate::span;
use picture::Picture;
use response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use servo::Aim;
use std::fmt::{Display, Formatter};
use view::{Known, Sighting, Spot, View};

/// How long a button stays down, and up after that: longer than a tick of the BIOS's clock, so that a guest that only looks
/// then sees both.
const BUTTON_NS: u64 = 60_000_000;
/// Clicks nearer in time and place than this may count as a double click somewhere.
const DOUBLE_NS: u64 = 700_000_000;
const DOUBLE_DOTS: i32 = 8;

/// A button of the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Button {
    /// Bit 0.
    #[default]
    Left = 1,
    /// Bit 1.
    Right = 2,
    /// Bit 2.
    Middle = 4,
    /// Bit 3.
    Back = 8,
    /// Bit 4.
    Forward = 16,
}

/// A dot of the screen: the picture's own, from the top left. On a text screen it stands for its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dot {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
}

impl Display for Dot {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{}", self.x, self.y)
    }
}

/// Where to bring the pointer, and how exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The dot.
    pub dot: Dot,
    /// Dots (on a text screen cells) that it may be off on each axis, for guests whose steps are larger.
    pub within: u32,
}

/// What a pointer is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// To come to a place.
    Move(Target),
    /// To click there.
    Click {
        /// The place.
        at: Target,
        /// With which button.
        button: Button,
        /// How often: 2 is a double click.
        count: u32,
    },
    /// To go from one place to another with a button down.
    Drag {
        /// Where the button goes down.
        from: Target,
        /// Where it comes up.
        to: Target,
        /// Which button.
        button: Button,
    },
}

impl Display for Gesture {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Gesture::Move(Target { dot, .. }) => write!(f, "move {dot}"),
            Gesture::Click { at, .. } => write!(f, "click {}", at.dot),
            Gesture::Drag { from, to, .. } => write!(f, "drag {} to {}", from.dot, to.dot),
        }
    }
}

/// What is known of a guest's pointer.
#[derive(Clone, Debug, Default)]
pub struct Pointer {
    /// A screen of the mode in which all else was learned.
    seen: Option<View>,
    /// The pictures it had, the last one first.
    pictures: Vec<Picture>,
    /// Where it points.
    at: Spot,
    known: Known,
    /// Where it was seen last: there nothing is drawn over it.
    seen_at: Spot,
    response: [Response; 2],
    buttons: u8,
    /// When and where the last click was.
    clicked: Option<(u64, Dot)>,
}

impl Pointer {
    /// Buttons that are down now, however they came down.
    pub fn set_buttons(&mut self, buttons: u8) {
        self.buttons = buttons;
    }

    /// Does what a gesture says.
    ///
    /// # Errors
    /// There is no pointer, it cannot come there, the guest ended, or a limit came first.
    pub fn follow(&mut self, session: &mut Session, gesture: &Gesture) -> Result<()> {
        match *gesture {
            Gesture::Move(to) => self.go(session, to),
            Gesture::Click { at, button, count } => self.click(session, at, button, count),
            Gesture::Drag { from, to, button } => self.drag(session, from, to, button),
        }
    }

    /// Moves the pointer.
    ///
    /// # Errors
    /// There is no pointer, it cannot come there, the guest ended, or a limit came first.
    pub fn go(&mut self, session: &mut Session, target: Target) -> Result<()> {
        let began = session.now_ns();
        servo::go(self, session, Aim::exactly(target)).map_err(|failure| {
            let spent = span::show(session.now_ns() - began);
            failure.within(format!("the pointer is not at {} after {spent}", target.dot))
        })
    }

    /// Moves the pointer and clicks `count` times, as fast as a double click.
    ///
    /// # Errors
    /// As [`Pointer::go`].
    pub fn click(&mut self, session: &mut Session, target: Target, button: Button, count: u32) -> Result<()> {
        self.go(session, target)?;
        if let Some((at, dot)) = self.clicked
            && dot.x.abs_diff(target.dot.x).max(dot.y.abs_diff(target.dot.y)) <= DOUBLE_DOTS as u32
        {
            session.run_for((at + DOUBLE_NS).saturating_sub(session.now_ns()))?;
        }
        for _ in 0..count {
            self.press(session, button, true)?;
            self.press(session, button, false)?;
        }
        self.clicked = Some((session.now_ns(), target.dot));
        Ok(())
    }

    /// Presses a button at one place and lets it go at another.
    ///
    /// # Errors
    /// As [`Pointer::go`].
    pub fn drag(&mut self, session: &mut Session, from: Target, to: Target, button: Button) -> Result<()> {
        self.go(session, from)?;
        self.press(session, button, true)?;
        let moved = self.go(session, to);
        self.press(session, button, false)?;
        moved
    }

    fn press(&mut self, session: &mut Session, button: Button, down: bool) -> Result<()> {
        self.hold(session, if down { self.buttons | button as u8 } else { self.buttons & !(button as u8) })
    }

    /// Presses these buttons and lets the others go.
    fn hold(&mut self, session: &mut Session, buttons: u8) -> Result<()> {
        self.buttons = buttons;
        hand::packet(self, session, (0, 0))?;
        session.run_for(BUTTON_NS)
    }

    fn saw(&mut self, Sighting { at, known }: Sighting) {
        (self.at, self.known) = (at, known);
        if known == Known::Seen {
            self.seen_at = at;
        }
    }

    fn last_seen(&self) -> String {
        if self.pictures.is_empty() {
            String::new()
        } else {
            format!("; last seen at {},{}", self.seen_at.x, self.seen_at.y)
        }
    }
}
