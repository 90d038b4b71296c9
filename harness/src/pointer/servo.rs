//! Bringing the pointer to a place: predict, send, look, correct.

use super::acquire::acquire;
use super::hand::{locate, packet, packets, send, send_and_glimpse, settle};
use super::response::{Response, Stretch};
use super::view::{Known, Sighting, Spot, View};
use super::{Dot, Pointer, Target};
use crate::failure::{Exit, Failure, Result};
use crate::session::Session;

/// How long one movement may take in all.
const MOVE_NS: u64 = 20_000_000_000;
/// Largest packets of the first approach, and of the corrections that follow.
const SIZES: [u32; 8] = [64, 32, 16, 8, 8, 4, 4, 2];
/// What a packet of so many counts would reach is left to packets of one, as no guest speeds those up.
const FINE: u32 = 8;
/// How far the pointer is brought without being seen, how long between its packets, and how many single counts are practised
/// before.
const FARTHEST_HOP: i32 = 48;
const PACE_NS: u64 = 20_000_000;
const SINGLES: i32 = 32;
/// Counts of a stir: enough for a dot on every guest. And how many there are.
const STIR: i32 = 4;
const STIRS: u32 = 3;
/// Movements in a row that may be rounded away.
const UNDRAWN: u32 = 3;
/// Steps on the way back to where it is seen.
const STEP_BACK: i32 = 24;
/// Movements that may do nothing before the picture is doubted.
const STANDSTILLS: u32 = 4;

/// What became of an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// The guest changed the screen's mode meanwhile: all was for nothing.
    OtherMode,
}

/// Where a pointer is to come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goal {
    Dot(Dot),
    /// In parts of the screen's width and height.
    Part((f64, f64)),
}

/// Where a pointer is to come, and in what way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Aim {
    goal: Goal,
    /// Points that it may be off.
    within: u32,
    /// Somebody leads it, who may want it elsewhere before it is there: it comes as near as it is able to.
    led: bool,
}

impl Aim {
    /// Just there.
    pub(super) fn exactly(Target { dot, within }: Target) -> Aim {
        Aim { goal: Goal::Dot(dot), within, led: false }
    }

    /// Where the session's user leads it, in parts of the screen's width and height.
    pub(super) fn led(part: (f64, f64)) -> Aim {
        Aim { goal: Goal::Part(part), within: 0, led: true }
    }

    /// What is to be said of a pointer that does not come to its goal.
    fn falls_short(self, failure: impl FnOnce() -> Failure) -> Result<Outcome> {
        if self.led { Ok(Outcome::Done) } else { Err(failure()) }
    }

    /// The place among the points of `view`.
    fn point(self, view: &View, session: &mut Session) -> Result<Spot> {
        let dot = match self.goal {
            Goal::Part((x, y)) => {
                let along = |part: f64, points: i32| (part * f64::from(points)) as i32;
                return Ok(view.clamp(Spot::new(along(x, view.width), along(y, view.height))));
            }
            Goal::Dot(dot) => dot,
        };
        let frame = session.frame();
        if dot.x >= frame.width || dot.y >= frame.height {
            return Err(Failure::new(
                Exit::Mismatch,
                format!("the screen has {}x{} dots", frame.width, frame.height),
            ));
        }
        let part = |at: u32, all: u32, points: i32| (u64::from(at) * points as u64 / u64::from(all)) as i32;
        Ok(Spot::new(part(dot.x, frame.width, view.width), part(dot.y, frame.height, view.height)))
    }
}

/// Brings the pointer to a place.
pub(super) fn go(pointer: &mut Pointer, session: &mut Session, aim: Aim) -> Result<()> {
    let deadline = session.now_ns() + MOVE_NS;
    while approach(pointer, session, aim, deadline)? == Outcome::OtherMode {}
    Ok(())
}

fn approach(pointer: &mut Pointer, session: &mut Session, aim: Aim, deadline: u64) -> Result<Outcome> {
    let view = View::of(session);
    let goal = aim.point(&view, session)?;
    if !pointer.seen.as_ref().is_some_and(|seen| seen.is_like(&view)) {
        *pointer = Pointer { buttons: pointer.buttons, clicked: pointer.clicked, ..Pointer::default() };
        pointer.seen = Some(view.clone());
    }
    let left = pointer.at;
    if pointer.known == Known::Seen {
        let expected = (!pointer.pictures.is_empty()).then_some(left);
        match locate(pointer, &view, &view, left, left) {
            Some(sighting) => pointer.saw(sighting),
            None if aim.led && pointer.buttons != 0 => {}
            None if stir(pointer, session)? => {}
            None if acquire(pointer, session, expected)? == Outcome::OtherMode => {
                return Ok(Outcome::OtherMode);
            }
            None => {}
        }
    }
    match pointer.pictures.first().and_then(|picture| picture.in_full(&view, goal)) {
        Some(stop) if pointer.at != goal => {
            let outcome = reach(pointer, session, stop, Aim { within: 0, ..aim }, deadline)?;
            if outcome == Outcome::Done { reach(pointer, session, goal, aim, deadline) } else { Ok(outcome) }
        }
        _ => reach(pointer, session, goal, aim, deadline),
    }
}

/// Moves the pointer a little and back, so that the guest draws it anew: whether a known picture showed by that.
fn stir(pointer: &mut Pointer, session: &mut Session) -> Result<bool> {
    if pointer.pictures.is_empty() {
        return Ok(false);
    }
    let mut glimpsed = None;
    for counts in [STIR, -STIR] {
        glimpsed = send_and_glimpse(pointer, session, [Stretch::even(counts, 1); 2], pointer.at)?;
    }
    if let Some(at) = glimpsed {
        pointer.saw(Sighting { at, known: Known::Glimpsed });
    }
    Ok(glimpsed.is_some())
}

/// Brings the pointer to a place where it can be seen, unless something is drawn over it.
fn reach(
    pointer: &mut Pointer,
    session: &mut Session,
    goal: Spot,
    aim: Aim,
    deadline: u64,
) -> Result<Outcome> {
    let within = aim.within as i32;
    let mut approach = Approach { within, ..Approach::default() };
    loop {
        let off = goal - pointer.at;
        if off.length() <= within {
            approach.stirs += 1;
            let known = pointer.known != Known::Guessed || aim.led;
            if known || approach.stirs > STIRS || !stir(pointer, session)? {
                return Ok(Outcome::Done);
            }
            continue;
        }
        if aim.led && approach.rounds > 0 && session.is_led_on() {
            return Ok(Outcome::Done);
        }
        if session.now_ns() > deadline {
            return aim.falls_short(|| off_target(pointer, off, approach.rounds));
        }
        let Some(plan) = approach.plan(&pointer.response, off) else {
            return aim.falls_short(|| too_coarse(off));
        };
        let before = View::of(session);
        if !pointer.seen.as_ref().is_some_and(|seen| seen.is_like(&before)) {
            return Ok(Outcome::OtherMode);
        }
        let left = pointer.at;
        let expected = before.clamp(left + predicted(&pointer.response, plan));
        let lost = match look(pointer, session, plan, &before, expected, approach.unseen > 0)? {
            // What was glimpsed just now is trusted more than a guess: it may have been rounded away, and nothing drawn.
            None | Some(Sighting { known: Known::Guessed, .. })
                if pointer.known == Known::Glimpsed && approach.undrawn < UNDRAWN =>
            {
                approach.undrawn += 1;
                if plan.iter().any(|stretch| !stretch.is_at_most_one()) {
                    pointer.saw(Sighting { at: expected, known: Known::Guessed });
                }
                false
            }
            Some(sighting) => {
                approach.went(plan, sighting.at - left);
                if pointer.known.max(sighting.known) != Known::Guessed {
                    learn(pointer, &before, plan, left, sighting.at);
                    approach.saw(plan, off, sighting.at - left);
                    approach.undrawn = 0;
                }
                pointer.saw(sighting);
                let stands = approach.stands_still();
                if stands && aim.led {
                    // A program may keep it from there.
                    return Ok(Outcome::Done);
                }
                stands
            }
            // What is dragged may cover it, and searching for it would drag that about.
            None if aim.led && pointer.buttons != 0 => {
                pointer.saw(Sighting { at: expected, known: Known::Guessed });
                false
            }
            None if comes_back(pointer, session, expected)? => {
                approach.unseen += 1;
                if approach.unseen > 1 && (goal - pointer.at).length() <= FARTHEST_HOP {
                    return hop(pointer, session, goal, within);
                }
                false
            }
            None => true,
        };
        if lost && acquire(pointer, session, None)? == Outcome::OtherMode {
            return Ok(Outcome::OtherMode);
        }
    }
}

/// Sends packets and looks where that brings the pointer: by glimpses, too, where something is drawn over it.
fn look(
    pointer: &mut Pointer,
    session: &mut Session,
    plan: [Stretch; 2],
    before: &View,
    expected: Spot,
    covered: bool,
) -> Result<Option<Sighting>> {
    let left = pointer.at;
    let glimpsed = if covered || pointer.known != Known::Seen {
        send_and_glimpse(pointer, session, plan, expected)?
    } else {
        send(pointer, session, plan)?;
        None
    };
    let glimpsed = glimpsed.map(|at| Sighting { at, known: Known::Glimpsed });
    let seen = settle(pointer, session, before, left, expected)?;
    Ok(seen.into_iter().chain(glimpsed).min_by_key(|sighting| sighting.known))
}

/// The last bit of a way, to a place where the pointer is not seen: by what was learned alone.
fn hop(pointer: &mut Pointer, session: &mut Session, goal: Spot, within: i32) -> Result<Outcome> {
    if pointer.response.iter().any(|axis| !axis.knows_singles()) {
        practise(pointer, session)?;
    }
    let off = goal - pointer.at;
    if off.length() > within {
        let plan = [(0, off.x), (1, off.y)].map(|(axis, off)| pointer.response[axis].plan(off, 1));
        slowly(pointer, session, plan)?;
        pointer.saw(Sighting { at: goal, known: Known::Guessed });
    }
    Ok(Outcome::Done)
}

/// Learns what single counts do, on a way towards the middle of the screen and back.
fn practise(pointer: &mut Pointer, session: &mut Session) -> Result<()> {
    let view = View::of(session);
    let towards = [(pointer.at.x, view.width), (pointer.at.y, view.height)]
        .map(|(at, side)| if 2 * at < side { SINGLES } else { -SINGLES });
    for sign in [1, -1] {
        let plan = towards.map(|counts| Stretch::even(sign * counts.signum(), counts.unsigned_abs()));
        let (before, left) = (View::of(session), pointer.at);
        slowly(pointer, session, plan)?;
        let expected = before.clamp(left + predicted(&pointer.response, plan));
        if let Some(sighting) = settle(pointer, session, &before, left, expected)? {
            learn(pointer, &before, plan, left, sighting.at);
            pointer.saw(sighting);
        }
    }
    Ok(())
}

/// Sends packets so far apart that a guest that looks at counts in a time does not speed up either.
fn slowly(pointer: &Pointer, session: &mut Session, plan: [Stretch; 2]) -> Result<()> {
    for counts in packets(plan) {
        packet(pointer, session, counts)?;
        session.run_for(PACE_NS)?;
    }
    Ok(())
}

/// Goes back to where the pointer was seen last, step by step, until it shows again: it was not lost, but something is
/// drawn over it at `unseen`. False if it does not show there either.
fn comes_back(pointer: &mut Pointer, session: &mut Session, unseen: Spot) -> Result<bool> {
    let way = pointer.seen_at - unseen;
    let steps = way.length() / STEP_BACK + 1;
    let mut at = unseen;
    for step in 1..=steps {
        let next = unseen + Spot::new(way.x * step / steps, way.y * step / steps);
        let off = next - at;
        let plan = [(0, off.x), (1, off.y)].map(|(axis, off)| pointer.response[axis].plan(off, FINE));
        let before = View::of(session);
        send(pointer, session, plan)?;
        let seen = settle(pointer, session, &before, at, next)?;
        at = seen.map_or(next, |sighting| sighting.at);
        if let Some(sighting) = seen.filter(|sighting| sighting.known == Known::Seen) {
            pointer.saw(sighting);
            return Ok(true);
        }
    }
    Ok(false)
}

/// One way to one place.
#[derive(Default)]
struct Approach {
    within: i32,
    rounds: usize,
    standstills: u32,
    /// On each axis: how often a single count went too far, as the finest step there is.
    overshot: [u32; 2],
    /// How often the pointer was not seen after a movement.
    unseen: u32,
    /// How often it was not even glimpsed.
    undrawn: u32,
    /// How often it was stirred at the goal.
    stirs: u32,
}

impl Approach {
    /// What to send; nothing if finer steps would be needed than there are.
    fn plan(&mut self, response: &[Response; 2], off: Spot) -> Option<[Stretch; 2]> {
        let size = SIZES.get(self.rounds).copied().unwrap_or(1);
        self.rounds += 1;
        let single = |axis: usize| self.overshot[axis] > 0;
        let along = |axis: usize, off: i32| {
            if off.abs() <= self.within {
                Stretch::default()
            } else if single(axis) {
                Stretch::even(off.signum(), 1)
            } else if f64::from(off.abs()) <= response[axis].points(FINE) {
                response[axis].plan(off, 1)
            } else {
                response[axis].plan(off, size)
            }
        };
        (self.overshot.iter().all(|times| *times < 4)).then(|| [along(0, off.x), along(1, off.y)])
    }

    /// It did nothing so often that it is another thing that is looked at.
    fn stands_still(&mut self) -> bool {
        let so_long = self.standstills > STANDSTILLS;
        if so_long {
            self.standstills = 0;
        }
        so_long
    }

    fn went(&mut self, plan: [Stretch; 2], went: Spot) {
        let done = plan.iter().any(|stretch| stretch.counts().next().is_some());
        self.standstills = if done && went == Spot::default() { self.standstills + 1 } else { 0 };
    }

    fn saw(&mut self, plan: [Stretch; 2], off: Spot, went: Spot) {
        let last = SIZES.len() < self.rounds;
        for (axis, (off, went)) in [(off.x, went.x), (off.y, went.y)].into_iter().enumerate() {
            let too_far = off != 0 && went.signum() == off.signum() && went.abs() > off.abs();
            if too_far && (last || plan[axis].is_finest()) {
                self.overshot[axis] += 1;
            }
        }
    }
}

fn predicted(response: &[Response; 2], plan: [Stretch; 2]) -> Spot {
    let along = |axis: usize| response[axis].distance(&plan[axis]).round() as i32;
    Spot::new(along(0), along(1))
}

/// Learns from a movement how the guest responds, on each axis on which no edge stopped it.
fn learn(pointer: &mut Pointer, view: &View, plan: [Stretch; 2], left: Spot, at: Spot) {
    if at.x > 0 && at.x < view.width - 1 {
        pointer.response[0].learn_stretch(&plan[0], at.x - left.x);
    }
    if at.y > 0 && at.y < view.height - 1 {
        pointer.response[1].learn_stretch(&plan[1], at.y - left.y);
    }
}

fn off_target(pointer: &Pointer, off: Spot, rounds: usize) -> Failure {
    let last_seen = pointer.last_seen();
    Failure::new(
        Exit::Mismatch,
        format!("{rounds} corrections left it {},{} points away{last_seen}", off.x, off.y),
    )
}

fn too_coarse(off: Spot) -> Failure {
    let nearest = off.length();
    Failure::new(
        Exit::Mismatch,
        format!(
            "one count of the mouse moves it by more than a dot here; the nearest is {nearest} away, which `within = {nearest}` accepts"
        ),
    )
}
