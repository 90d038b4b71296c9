//! What moves the mouse and looks at what came of it.

use super::Pointer;
use super::response::Stretch;
use super::view::{Spot, View};
use crate::failure::{Exit, Failure, Result};
use crate::guest::Input;
use crate::session::Session;

/// How often the mouse is asked whether the guest has read it.
const READ_NS: u64 = 1_000_000;
/// How long the guest may leave it unread.
const UNREAD_NS: u64 = 1_000_000_000;
/// Between two looks at a pointer that may be under way.
const LOOK_NS: u64 = 20_000_000;
/// Looks after a movement until the pointer stands still.
const LOOKS: u32 = 15;
/// Looks at a still screen without the pointer until it is not waited for any more.
const LOOKS_STILL: u32 = 5;

/// Sends one packet and waits until the guest has read it.
pub(super) fn packet(pointer: &Pointer, session: &mut Session, dx: i32, dy: i32) -> Result<()> {
    session.guest().inject(Input::Mouse { dx, dy, wheel: 0, buttons: pointer.buttons });
    let deadline = session.now_ns() + UNREAD_NS;
    while !session.guest().is_mouse_read() {
        if session.now_ns() > deadline {
            return Err(Failure::new(Exit::Mismatch, "the guest does not read its mouse"));
        }
        session.run_for(READ_NS)?;
    }
    Ok(())
}

/// Sends packets, right and down.
pub(super) fn send(pointer: &Pointer, session: &mut Session, plan: [Stretch; 2]) -> Result<()> {
    let [mut xs, mut ys] = plan.map(Stretch::counts);
    loop {
        match (xs.next(), ys.next()) {
            (None, None) => return Ok(()),
            (dx, dy) => packet(pointer, session, dx.unwrap_or(0), dy.unwrap_or(0))?,
        }
    }
}

/// Looks until the pointer, which went from `left` since `before`, stands still; none if it is not to be seen.
pub(super) fn settle(
    pointer: &mut Pointer,
    session: &mut Session,
    before: &View,
    left: Spot,
    expected: Spot,
) -> Result<Option<Spot>> {
    let (mut last, mut last_view) = (None, None);
    let mut still = 0;
    for _ in 0..LOOKS {
        session.run_for(LOOK_NS)?;
        let view = View::of(session);
        if !view.is_like(before) {
            return Ok(None);
        }
        let at = locate(pointer, &view, before, left, expected);
        still = if last_view.as_ref() == Some(&view) { still + 1 } else { 0 };
        if at == last && (at.is_some() || still == LOOKS_STILL) {
            return Ok(at);
        }
        (last, last_view) = (at, Some(view));
    }
    Ok(last)
}

/// The screen when it is still, or has not been for a while.
pub(super) fn rest(session: &mut Session) -> Result<View> {
    session.run_for(LOOK_NS)?;
    let mut last = View::of(session);
    for _ in 0..LOOKS {
        session.run_for(LOOK_NS)?;
        let view = View::of(session);
        if view == last {
            break;
        }
        last = view;
    }
    Ok(last)
}

/// Where the pointer is in `view`, by the pictures that are known.
pub(super) fn locate(
    pointer: &mut Pointer,
    view: &View,
    before: &View,
    left: Spot,
    expected: Spot,
) -> Option<Spot> {
    let mut found: Vec<(Spot, usize)> = Vec::new();
    for (index, picture) in pointer.pictures.iter_mut().enumerate() {
        if let Some(at) = picture.find(view, before, left, expected) {
            found.push((at, index));
        }
    }
    let (at, index) = found.into_iter().min_by_key(|(at, index)| ((*at - expected).length(), *index))?;
    pointer.pictures[..=index].rotate_right(1);
    Some(at)
}
