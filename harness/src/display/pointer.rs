//! The mouse: from places on the terminal to the movement of a mouse on a pad.

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
    /// Columns and rows of the terminal that show the picture.
    pub(super) cells: (f64, f64),
    /// Counts for a column and for a row.
    pub(super) counts: (f64, f64),
    /// At the picture's edge the guest's pointer is pushed against it, so that both meet again: right for a pointer, wrong for a game that
    /// turns with the mouse.
    pub(super) meets_at_edges: bool,
}

#[derive(Clone, Copy, Default)]
struct Step {
    counts: (i32, i32),
    wheel: i32,
    buttons: u8,
}

/// The mouse's state.
#[derive(Default)]
pub(super) struct Pointer {
    pub(super) pad: Pad,
    at: Option<(f64, f64)>,
    /// Parts of counts that were not reported yet.
    rest: (f64, f64),
    buttons: u8,
    steps: VecDeque<Step>,
    next_step: u64,
}

impl Pointer {
    /// What the terminal reports, at a place in columns and rows.
    pub(super) fn report(&mut self, event: &MouseEvent, at: (f64, f64)) {
        self.go(at);
        let wheel = match event.kind {
            MouseEventKind::Down(button) => {
                self.buttons |= bit(button);
                0
            }
            MouseEventKind::Up(button) => {
                self.buttons &= !bit(button);
                0
            }
            MouseEventKind::ScrollDown => 1,
            MouseEventKind::ScrollUp => -1,
            _ => return,
        };
        self.push(Step { counts: (0, 0), wheel, buttons: self.buttons });
    }

    fn go(&mut self, to: (f64, f64)) {
        let to = (to.0.clamp(0.0, self.pad.cells.0), to.1.clamp(0.0, self.pad.cells.1));
        let Some(from) = self.at.replace(to) else { return };
        let x = along(
            (from.0, to.0),
            self.pad.cells.0,
            self.pad.counts.0,
            self.pad.meets_at_edges,
            &mut self.rest.0,
        );
        let y = along(
            (from.1, to.1),
            self.pad.cells.1,
            self.pad.counts.1,
            self.pad.meets_at_edges,
            &mut self.rest.1,
        );
        let steps = (x.abs().max(y.abs()) + STEP_COUNTS - 1) / STEP_COUNTS;
        for step in 0..steps {
            let part = |all: i32| all * (step + 1) / steps - all * step / steps;
            self.push(Step { counts: (part(x), part(y)), wheel: 0, buttons: self.buttons });
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

    /// Whether movement waits.
    pub(super) fn is_busy(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Hands over what is due now.
    pub(super) fn feed(&mut self, guest: &mut dyn Guest) {
        let now = guest.now().ns();
        if now < self.next_step {
            return;
        }
        if let Some(Step { counts: (dx, dy), wheel, buttons }) = self.steps.pop_front() {
            guest.inject(Input::Mouse { dx, dy, wheel, buttons });
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
