//! What moves the mouse and looks at what came of it.

use super::Pointer;
use super::response::Stretch;
use super::view::{Known, Sighting, Spot, View};
use crate::failure::{Exit, Failure, Result};
use crate::guest::Input;
use crate::session::Session;

/// How often the mouse is asked whether the guest has read it.
const READ_NS: u64 = 1_000_000;
/// How long the guest may leave it unread.
const UNREAD_NS: u64 = 1_000_000_000;
/// Between two looks at a pointer that may be under way.
const LOOK_NS: u64 = 20_000_000;
/// Glimpses: so many, so far apart. The first thing that a program draws anew may be what is above the pointer.
const GLIMPSES: [(usize, u64); 2] = [(20, 10_000), (30, 50_000)];
/// Looks after a movement until the pointer stands still.
const LOOKS: u32 = 15;
/// Looks at a still screen without the pointer until it is not waited for any more.
const LOOKS_STILL: u32 = 5;

/// Sends one packet and waits until the guest has read it.
pub(super) fn packet(pointer: &Pointer, session: &mut Session, counts: (i32, i32)) -> Result<()> {
    hand_over(pointer, session, counts, READ_NS)
}

/// Sends packets, right and down.
pub(super) fn send(pointer: &Pointer, session: &mut Session, plan: [Stretch; 2]) -> Result<()> {
    packets(plan).try_for_each(|counts| packet(pointer, session, counts))
}

/// Sends packets and looks for the pointer while the guest deals with the last of them: what is drawn over it comes a
/// moment later.
pub(super) fn send_and_glimpse(
    pointer: &Pointer,
    session: &mut Session,
    plan: [Stretch; 2],
    expected: Spot,
) -> Result<Option<Spot>> {
    packets(plan).try_for_each(|counts| hand_over(pointer, session, counts, GLIMPSES[0].1))?;
    let mut last = None;
    for ns in GLIMPSES.into_iter().flat_map(|(looks, ns)| std::iter::repeat_n(ns, looks)) {
        session.run_for(ns)?;
        last = glimpsed(pointer, &View::of(session), expected).or(last);
    }
    Ok(last)
}

/// Turns the wheel, and waits until the guest has read it.
pub(super) fn turn(pointer: &Pointer, session: &mut Session, wheel: i32) -> Result<()> {
    session.guest().inject(Input::Mouse { dx: 0, dy: 0, wheel, buttons: pointer.buttons });
    until_read(session, READ_NS)
}

/// Hands a packet to the mouse, and asks it every `ns` whether the guest has read it.
fn hand_over(pointer: &Pointer, session: &mut Session, (dx, dy): (i32, i32), ns: u64) -> Result<()> {
    session.guest().inject(Input::Mouse { dx, dy, wheel: 0, buttons: pointer.buttons });
    until_read(session, ns)
}

fn until_read(session: &mut Session, ns: u64) -> Result<()> {
    let deadline = session.now_ns() + UNREAD_NS;
    while !session.guest().is_mouse_read() {
        if session.now_ns() > deadline {
            return Err(Failure::new(Exit::Mismatch, "the guest does not read its mouse"));
        }
        session.run_for(ns)?;
    }
    Ok(())
}

/// The packets of a plan, counts right and down in each.
pub(super) fn packets(plan: [Stretch; 2]) -> impl Iterator<Item = (i32, i32)> {
    let [mut xs, mut ys] = plan.map(Stretch::counts);
    std::iter::from_fn(move || match (xs.next(), ys.next()) {
        (None, None) => None,
        (dx, dy) => Some((dx.unwrap_or(0), dy.unwrap_or(0))),
    })
}

/// Where the pointer is in `view`, about `expected`, if one of its pictures is there as a whole.
pub(super) fn glimpsed(pointer: &Pointer, view: &View, expected: Spot) -> Option<Spot> {
    let seen = pointer.pictures.iter().filter_map(|picture| picture.glimpsed(view, expected));
    seen.min_by_key(|at| ((*at - expected).length(), *at))
}

/// Looks until the pointer, which went from `left` since `before`, stands still; none if it is not to be seen.
pub(super) fn settle(
    pointer: &mut Pointer,
    session: &mut Session,
    before: &View,
    left: Spot,
    expected: Spot,
) -> Result<Option<Sighting>> {
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
        let stands = at == last && (at.is_some() || still == LOOKS_STILL);
        (last, last_view) = (at, Some(view));
        if stands {
            break;
        }
    }
    if let (Some(Sighting { at, known: Known::Seen }), Some(view), Some(picture)) =
        (last, &last_view, pointer.pictures.first_mut())
    {
        picture.remember(view, at);
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
) -> Option<Sighting> {
    let mut found: Vec<(Sighting, usize)> = Vec::new();
    for (index, picture) in pointer.pictures.iter_mut().enumerate() {
        if let Some(sighting) = picture.find(view, before, left, expected) {
            found.push((sighting, index));
        }
    }
    let worth =
        |(Sighting { at, known }, index): &(Sighting, usize)| (*known, (*at - expected).length(), *index);
    let (sighting, index) = found.into_iter().min_by_key(worth)?;
    pointer.pictures[..=index].rotate_right(1);
    Some(sighting)
}
