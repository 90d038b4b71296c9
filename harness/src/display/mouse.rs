//! The mouse: what the terminal's does, for whoever brings the guest's pointer to the same place ([`crate::pointer`]'s `live`). Until
//! the guest has a pointer to be seen, its way on the terminal is that of a mouse on a pad.

use crate::guest::{Guest, Input};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use std::collections::VecDeque;

/// Counts a step at most, and how often a step goes in: what a mouse of 100 packets a second reports without loss.
const STEP_COUNTS: i32 = 100;
pub(super) const STEP_NS: u64 = 10_000_000;
/// Steps that wait at most.
const MOST: usize = 256;

/// Where the guest's picture is on the terminal, and how far its pointer goes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pad {
    /// Columns and rows of the terminal that show the picture, or would show all of it.
    pub(super) cells: (f64, f64),
    /// Where on the guest's screen the first of them is, in parts of its width and height: a smaller terminal shows a part.
    pub(super) begin: (f64, f64),
    /// Counts for a column and for a row.
    pub(super) counts: (f64, f64),
    /// At the picture's edge the guest's pointer is pushed against it, so that both meet again: right for a pointer, wrong for a game that
    /// turns with the mouse.
    pub(super) meets_at_edges: bool,
}

impl Pad {
    /// The place of the guest's screen that is shown at a place of the terminal, in parts of the screen's width and height.
    fn shown_at(&self, (column, row): (f64, f64)) -> (f64, f64) {
        (self.begin.0 + column / self.cells.0.max(1.0), self.begin.1 + row / self.cells.1.max(1.0))
    }
}

/// What the terminal's mouse did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// It went to a place of the guest's screen, in parts of its width and height.
    Go((f64, f64)),
    /// Its buttons came to be these.
    Press(u8),
    /// Its wheel turned: down is positive.
    Turn(i32),
}

/// How the guest follows the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Follows {
    /// By the mouse's movement alone.
    #[default]
    Relatively,
    /// Its pointer is being found.
    Soon,
    /// Its pointer is where the terminal's is.
    Exactly,
}

#[derive(Clone, Copy, Default)]
struct Step {
    counts: (i32, i32),
    wheel: i32,
    buttons: u8,
}

/// The mouse's state.
#[derive(Default)]
pub(crate) struct Mouse {
    pub(super) pad: Pad,
    follows: Follows,
    at: Option<(f64, f64)>,
    buttons: u8,
    /// What was not done yet, while the guest's pointer is led.
    acts: VecDeque<Act>,
    /// Something is being done.
    acting: bool,
    /// Parts of counts that were not reported yet.
    rest: (f64, f64),
    steps: VecDeque<Step>,
    next_step: u64,
    movements: u64,
    said: &'static str,
}

impl Mouse {
    /// What the terminal reports, at a place in columns and rows.
    pub(super) fn report(&mut self, event: &MouseEvent, at: (f64, f64)) {
        self.go(at);
        match event.kind {
            MouseEventKind::Down(button) => self.press(self.buttons | bit(button)),
            MouseEventKind::Up(button) => self.press(self.buttons & !bit(button)),
            MouseEventKind::ScrollDown => self.turn(1),
            MouseEventKind::ScrollUp => self.turn(-1),
            _ => {}
        }
    }

    /// What the status line says of it.
    pub(super) fn told(&self) -> &'static str {
        match self.follows {
            Follows::Relatively if self.at.is_none() => "",
            Follows::Relatively => "relative mouse",
            Follows::Soon => "finding the pointer",
            Follows::Exactly => "",
        }
    }

    /// Whether the status line says something else than when this was asked last.
    pub(super) fn says_something_else(&mut self) -> bool {
        let told = self.told();
        std::mem::replace(&mut self.said, told) != told
    }

    /// How the guest follows.
    pub(crate) fn follows(&self) -> Follows {
        self.follows
    }

    /// From now on the guest follows so. What was not done yet is done in the new way.
    pub(crate) fn set_follows(&mut self, follows: Follows) {
        self.follows = follows;
        if follows != Follows::Relatively {
            return;
        }
        self.acting = false;
        for act in std::mem::take(&mut self.acts) {
            match act {
                Act::Go(_) => {}
                Act::Press(buttons) => self.push(Step { buttons, ..Step::default() }),
                Act::Turn(wheel) => self.push(Step { wheel, buttons: self.buttons, ..Step::default() }),
            }
        }
    }

    /// The mouse goes where it is: so that the guest's pointer comes there.
    pub(crate) fn go_there(&mut self) {
        if let Some(at) = self.at {
            self.acts.push_front(Act::Go(self.pad.shown_at(at)));
        }
    }

    /// The next thing to do, when the last one is done; none while the guest follows relatively.
    pub(crate) fn next_act(&mut self) -> Option<Act> {
        let act = if self.steps.is_empty() { self.acts.pop_front() } else { None };
        self.acting = act.is_some();
        act
    }

    /// Whether it has gone on from where it was when the last act was taken.
    pub(crate) fn has_gone_on(&self) -> bool {
        matches!(self.acts.front(), Some(Act::Go(_)))
    }

    /// How often the guest was told of a movement while it followed relatively.
    pub(crate) fn movements(&self) -> u64 {
        self.movements
    }

    /// Whether a button is down.
    pub(crate) fn is_held(&self) -> bool {
        self.buttons != 0
    }

    fn go(&mut self, to: (f64, f64)) {
        let to = (to.0.clamp(0.0, self.pad.cells.0), to.1.clamp(0.0, self.pad.cells.1));
        let from = self.at.replace(to);
        if self.follows != Follows::Relatively {
            if self.acts.back().is_some_and(|last| matches!(last, Act::Go(_))) {
                self.acts.pop_back();
            }
            return self.act(Act::Go(self.pad.shown_at(to)));
        }
        let Some(from) = from else { return };
        let (cells, counts, meets) = (self.pad.cells, self.pad.counts, self.pad.meets_at_edges);
        let x = along((from.0, to.0), cells.0, counts.0, meets, &mut self.rest.0);
        let y = along((from.1, to.1), cells.1, counts.1, meets, &mut self.rest.1);
        let steps = (x.abs().max(y.abs()) + STEP_COUNTS - 1) / STEP_COUNTS;
        for step in 0..steps {
            let part = |all: i32| all * (step + 1) / steps - all * step / steps;
            self.push(Step { counts: (part(x), part(y)), wheel: 0, buttons: self.buttons });
        }
    }

    fn press(&mut self, buttons: u8) {
        self.buttons = buttons;
        match self.follows {
            Follows::Relatively => self.push(Step { buttons, ..Step::default() }),
            _ => self.act(Act::Press(buttons)),
        }
    }

    fn turn(&mut self, wheel: i32) {
        match self.follows {
            Follows::Relatively => self.push(Step { wheel, buttons: self.buttons, ..Step::default() }),
            _ => self.act(Act::Turn(wheel)),
        }
    }

    fn act(&mut self, act: Act) {
        if self.acts.len() < MOST {
            self.acts.push_back(act);
        }
    }

    fn push(&mut self, step: Step) {
        let moves_on = |last: &Step| last.buttons == step.buttons && last.wheel == 0 && step.wheel == 0;
        if let Some(last) = self.steps.back_mut().filter(|last| moves_on(last)) {
            let sum = (last.counts.0 + step.counts.0, last.counts.1 + step.counts.1);
            if sum.0.abs() <= STEP_COUNTS && sum.1.abs() <= STEP_COUNTS {
                last.counts = sum;
                return;
            }
        }
        if self.steps.len() < MOST {
            self.steps.push_back(step);
        }
    }

    /// Whether movement waits, or is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.acting || !self.steps.is_empty()
    }

    /// Hands over what is due now.
    pub(super) fn feed(&mut self, guest: &mut dyn Guest) {
        let now = guest.now().ns();
        if now < self.next_step {
            return;
        }
        if let Some(Step { counts: (dx, dy), wheel, buttons }) = self.steps.pop_front() {
            guest.inject(Input::Mouse { dx, dy, wheel, buttons });
            self.movements += u64::from((dx, dy) != (0, 0));
            self.next_step = now + STEP_NS;
        }
    }
}

/// Counts for a way along one side of the picture.
fn along((from, to): (f64, f64), cells: f64, counts: f64, meets: bool, rest: &mut f64) -> i32 {
    let edge = |at: f64| {
        if at < 1.0 {
            -1.0
        } else if at >= cells - 1.0 {
            1.0
        } else {
            0.0
        }
    };
    let exact = (to - from) * counts + *rest;
    *rest = exact.fract();
    let push = if meets && edge(to) != edge(from) { edge(to) * cells * counts } else { 0.0 };
    (exact.trunc() + push) as i32
}

fn bit(button: MouseButton) -> u8 {
    match button {
        MouseButton::Left => 1,
        MouseButton::Right => 2,
        MouseButton::Middle => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    /// A mouse on a text screen of which the lower half shows.
    fn mouse() -> Mouse {
        let pad = Pad { cells: (80.0, 25.0), begin: (0.0, 0.48), counts: (8.0, 16.0), meets_at_edges: true };
        Mouse { pad, ..Mouse::default() }
    }

    fn report(mouse: &mut Mouse, kind: MouseEventKind, at: (f64, f64)) {
        mouse.report(&MouseEvent { kind, column: 0, row: 0, modifiers: KeyModifiers::NONE }, at);
    }

    fn acts(mouse: &mut Mouse) -> Vec<Act> {
        std::iter::from_fn(|| mouse.next_act()).collect()
    }

    const LEFT: MouseButton = MouseButton::Left;

    #[test]
    fn of_movements_the_last_one_counts_and_a_click_comes_after_it() {
        let mut mouse = mouse();
        mouse.set_follows(Follows::Exactly);
        (1..60).for_each(|column| report(&mut mouse, MouseEventKind::Moved, (f64::from(column), 5.0)));
        report(&mut mouse, MouseEventKind::Down(LEFT), (40.0, 10.0));
        report(&mut mouse, MouseEventKind::Drag(LEFT), (20.0, 10.0));
        assert!(mouse.has_gone_on());
        let (there, dragged) = (Act::Go((0.5, 0.88)), Act::Go((0.25, 0.88)));
        assert_eq!(acts(&mut mouse), [there, Act::Press(1), dragged]);
        assert!(!mouse.is_busy() && !mouse.has_gone_on());
    }

    #[test]
    fn clicks_are_not_lost_when_the_pointer_is() {
        let mut mouse = mouse();
        mouse.set_follows(Follows::Soon);
        for kind in [MouseEventKind::Down(LEFT), MouseEventKind::Up(LEFT), MouseEventKind::ScrollDown] {
            report(&mut mouse, kind, (3.0, 3.0));
        }
        mouse.set_follows(Follows::Relatively);
        assert!(mouse.acts.is_empty());
        let steps: Vec<(u8, i32)> = mouse.steps.iter().map(|step| (step.buttons, step.wheel)).collect();
        assert_eq!(steps, [(1, 0), (0, 0), (0, 1)]);
    }

    #[test]
    fn the_status_line_is_told_once_of_every_change() {
        let mut mouse = mouse();
        assert!(!mouse.says_something_else(), "nobody has touched it");
        report(&mut mouse, MouseEventKind::Moved, (1.0, 1.0));
        assert!(mouse.says_something_else() && !mouse.says_something_else());
        assert_eq!(mouse.told(), "relative mouse");
        mouse.set_follows(Follows::Exactly);
        assert!(mouse.says_something_else());
        assert_eq!(mouse.told(), "");
    }
}
