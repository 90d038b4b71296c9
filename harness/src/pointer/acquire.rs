//! Finding the pointer: the mouse is nudged, and the picture that follows is taken on.

use super::Pointer;
use super::finder::{Followed, Nudged};
use super::hand::{glimpsed, rest, send, settle};
use super::picture::Picture;
use super::response::{Response, Stretch};
use super::servo::Outcome;
use super::view::{Known, Sighting, Spot, View};
use crate::failure::{Exit, Failure, Result};
use crate::session::Session;
use crate::span;

/// Counts in the packets of a nudge: few, so that little acceleration is in it.
const NUDGE: i32 = 8;
/// Packets that take the pointer away from an edge before it is nudged there.
const MARGIN: u32 = 4;
/// Nudges about the place where the pointer should be: packets of each, and where they begin.
const NUDGES_HERE: [(u32, Start); 4] =
    [(4, Start::Above), (4, Start::Below), (12, Start::Above), (12, Start::Below)];
/// Packets of the nudges from the top left corner: larger ones if the pointer is so large, or so slow, that they are
/// needed.
const NUDGES_FROM_CORNER: [u32; 3] = [4, 12, 30];
/// Rounds to the corner, and counts and packets of each.
const CORNER_ROUNDS: u32 = 16;
const CORNER_SIZE: i32 = -64;
const CORNER_PACKETS: u32 = 8;
/// How far what the corner says of a hot spot may be from what the nudge said: a guest may speed up in between.
const HOT_ERROR: i32 = 16;
/// Pictures that are kept.
const PICTURES: usize = 8;

/// Where nudges begin: so that they end at the place where the pointer is, or so that they lead away from it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Above,
    Below,
}

impl Start {
    /// Counts and packets of the two ways to the first of the three places, both axes alike.
    fn ways(self, packets: u32) -> [(i32, u32); 2] {
        match self {
            Start::Above => [(-NUDGE, 3 * packets + MARGIN), (NUDGE, MARGIN)],
            Start::Below => [(NUDGE, 3 * packets + MARGIN), (-NUDGE, 2 * packets + MARGIN)],
        }
    }
}

/// Finds the pointer by a picture that is new: about `expected`, where it is by what was sent, or else from the corner.
pub(super) fn acquire(
    pointer: &mut Pointer,
    session: &mut Session,
    expected: Option<Spot>,
) -> Result<Outcome> {
    let began = session.now_ns();
    let mut followers = 0;
    if let Some(mut at) = expected {
        for nudge in NUDGES_HERE {
            if let Some(outcome) = attempt(pointer, session, &mut at, nudge, &mut followers)? {
                return Ok(outcome);
            }
        }
    }
    for packets in NUDGES_FROM_CORNER {
        to_corner(pointer, session)?;
        let mut at = Spot::default();
        if let Some(outcome) = attempt(pointer, session, &mut at, (packets, Start::Below), &mut followers)? {
            if outcome == Outcome::Done {
                refine_hot(pointer, session)?;
            }
            return Ok(outcome);
        }
    }
    let counts = NUDGES_FROM_CORNER.map(|packets| (packets as i32 * NUDGE).to_string()).join(", ");
    Err(Failure::new(
        Exit::Mismatch,
        format!(
            "no pointer was found: nudged by {counts} counts from {} to {} after switch-on, {followers} points of the \
             screen followed and make no pointer{}",
            span::show(began),
            span::show(session.now_ns()),
            pointer.last_seen()
        ),
    ))
}

/// Nudges from `at`, which is kept up to date, and takes on what followed; none if nothing did.
fn attempt(
    pointer: &mut Pointer,
    session: &mut Session,
    at: &mut Spot,
    (packets, start): (u32, Start),
    followers: &mut usize,
) -> Result<Option<Outcome>> {
    let nudged = nudge(pointer, session, packets, start)?;
    let Some(view) = pointer.seen.clone().filter(|seen| nudged.is_all_like(seen)) else {
        return Ok(Some(Outcome::OtherMode));
    };
    *followers = nudged.followers().max(*followers);
    let followed = nudged.followed();
    if let Some(Followed { by, .. }) = &followed {
        pointer.response[0].learn(NUDGE as u32, packets, f64::from(by.x));
        pointer.response[1].learn(NUDGE as u32, packets, f64::from(by.y));
    }
    for (size, packets) in start.ways(packets) {
        *at = view.clamp(*at + travel(&pointer.response, size * packets as i32));
    }
    let Some(Followed { mut picture, corner, .. }) = followed else { return Ok(None) };
    // Counts may have been rounded on the way; a picture that is known says it to the dot.
    *at = glimpsed(pointer, &nudged.here[2], *at).unwrap_or(*at);
    if !picture.set_hot(*at - corner) {
        return Ok(None);
    }
    pointer.at = if matches!(picture, Picture::Block(_)) { corner } else { *at };
    pointer.known = Known::Seen;
    pointer.pictures.insert(0, picture);
    pointer.pictures.truncate(PICTURES);
    Ok(Some(Outcome::Done))
}

/// How far so many counts in packets of a nudge go on both axes.
fn travel(response: &[Response; 2], counts: i32) -> Spot {
    let along = |axis: usize| {
        (response[axis].points(NUDGE as u32) * f64::from(counts) / f64::from(NUDGE)).round() as i32
    };
    Spot::new(along(0), along(1))
}

/// Shows the pointer at three places, again and again; it ends at the first.
fn nudge(pointer: &Pointer, session: &mut Session, packets: u32, start: Start) -> Result<Nudged> {
    let mut by = |size: i32, packets: u32| -> Result<View> {
        send(pointer, session, [Stretch::even(size, packets); 2])?;
        rest(session)
    };
    for (size, packets) in start.ways(packets) {
        by(size, packets)?;
    }
    by(NUDGE, packets)?;
    let first_here = by(-NUDGE, packets)?;
    let (first_there, second_there) = (by(NUDGE, packets)?, by(NUDGE, 0)?);
    let second_here = by(-NUDGE, packets)?;
    by(NUDGE, packets)?;
    let first_beyond = by(NUDGE, packets)?;
    let last_there = by(-NUDGE, packets)?;
    let last_beyond = by(NUDGE, packets)?;
    by(-NUDGE, packets)?;
    let last_here = by(-NUDGE, packets)?;
    Ok(Nudged {
        here: [first_here, second_here, last_here],
        there: [first_there, second_there, last_there],
        beyond: [first_beyond, last_beyond],
    })
}

/// Drives the pointer into the top left corner, where the guest stops it: the one place that is known without seeing it.
fn to_corner(pointer: &Pointer, session: &mut Session) -> Result<()> {
    let mut last = View::of(session);
    let mut still = 0;
    for _ in 0..CORNER_ROUNDS {
        send(pointer, session, [Stretch::even(CORNER_SIZE, CORNER_PACKETS); 2])?;
        let view = rest(session)?;
        still = if view == last { still + 1 } else { 0 };
        if still == 2 {
            break;
        }
        last = view;
    }
    Ok(())
}

/// Looks at a new picture once more in the corner, where its hot spot is seen to the dot. A hardware cursor says nothing
/// there: it cannot leave the screen, so drivers shift its picture.
fn refine_hot(pointer: &mut Pointer, session: &mut Session) -> Result<()> {
    let Some(Picture::Shape(_, hot)) = pointer.pictures.first() else { return Ok(()) };
    let (hot, before, left) = (*hot, View::of(session), pointer.at);
    to_corner(pointer, session)?;
    let corner = Spot::default();
    let seen = settle(pointer, session, &before, left, corner)?;
    pointer.at = corner;
    if let (Some(Sighting { at, .. }), Some(picture)) = (seen, pointer.pictures.first_mut())
        && at.length() <= HOT_ERROR
    {
        picture.set_hot(hot - at);
    }
    Ok(())
}
