//! What a pointing device has felt and not reported yet: movement and button changes, in the order in which they came.
//!
//! Movement between two button changes adds up, so however slowly reports go out nothing trails behind the hand; a
//! button change waits for the movement before it and holds back the movement after it, so a click lands where the
//! pointer was meant to be and a drag begins there.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Movement: right, up or down as the device counts it, and the wheel.
pub(crate) type Movement = [i32; 3];

/// The most button changes that wait: beyond that the newest state of the buttons replaces the one before.
const MOST_CHANGES: usize = 16;

/// Buttons, and the movement while they were so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Stretch {
    buttons: u8,
    moved: Movement,
}

/// Movement and button changes that wait to be reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Motion {
    /// Its buttons were reported; its movement was not.
    now: Stretch,
    #[serde(deserialize_with = "backplane::lists::at_most::<_, _, _, { MOST_CHANGES }>")]
    later: VecDeque<Stretch>,
}

/// What one report says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) moved: Movement,
    pub(crate) buttons: u8,
}

impl Motion {
    /// Movement that ends with these buttons. What waits stops at `most` either way.
    pub(crate) fn add(&mut self, moved: Movement, buttons: u8, most: i32) {
        let full = self.later.len() >= MOST_CHANGES;
        let last = self.later.back_mut().unwrap_or(&mut self.now);
        for (sum, delta) in last.moved.iter_mut().zip(moved) {
            *sum = sum.saturating_add(delta).clamp(-most, most);
        }
        if full {
            last.buttons = buttons;
        } else if last.buttons != buttons {
            self.later.push_back(Stretch { buttons, moved: [0; 3] });
        }
    }

    /// Something waits.
    pub(crate) fn has_news(&self) -> bool {
        self.now.moved != [0; 3] || !self.later.is_empty()
    }

    /// The buttons as they were last reported.
    pub(crate) fn told(&self) -> u8 {
        self.now.buttons
    }

    /// Takes the next report: for each direction between the least and the most that it can say; the rest is carried.
    pub(crate) fn take(&mut self, limits: [(i32, i32); 3]) -> Report {
        let mut moved = [0; 3];
        for ((part, sum), (least, most)) in moved.iter_mut().zip(&mut self.now.moved).zip(limits) {
            *part = (*sum).clamp(least, most);
            *sum -= *part;
        }
        if self.now.moved == [0; 3]
            && let Some(next) = self.later.pop_front()
        {
            self.now = next;
        }
        Report { moved, buttons: self.now.buttons }
    }

    /// Forgets all that waits; these buttons count as reported.
    pub(crate) fn forget(&mut self, buttons: u8) {
        *self = Motion { now: Stretch { buttons, moved: [0; 3] }, later: VecDeque::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [(i32, i32); 3] = [(-100, 100); 3];

    fn all(motion: &mut Motion) -> Vec<(i32, u8)> {
        std::iter::from_fn(|| motion.has_news().then(|| motion.take(LIMITS)))
            .map(|report| (report.moved[0], report.buttons))
            .collect()
    }

    #[test]
    fn a_button_waits_for_the_movement_before_it_and_a_drag_for_the_button() {
        let mut motion = Motion::default();
        motion.add([250, 0, 0], 1, i32::MAX);
        motion.add([30, 0, 0], 1, i32::MAX);
        motion.add([3, 0, 0], 0, i32::MAX);
        assert_eq!(all(&mut motion), [(100, 0), (100, 0), (50, 1), (33, 0)]);
    }

    #[test]
    fn a_double_click_between_two_reports_stays_one() {
        let mut motion = Motion::default();
        for buttons in [1, 0, 1, 0] {
            motion.add([0; 3], buttons, i32::MAX);
        }
        assert_eq!(all(&mut motion), [(0, 1), (0, 0), (0, 1), (0, 0)]);
    }

    #[test]
    fn however_many_changes_wait_the_last_state_is_reported() {
        let mut motion = Motion::default();
        for n in 0..100 {
            motion.add([1, 0, 0], n % 3, i32::MAX);
        }
        motion.add([0; 3], 2, i32::MAX);
        let reports = all(&mut motion);
        assert!(reports.len() <= MOST_CHANGES + 1, "{reports:?}");
        assert_eq!(reports.last().map(|(_, buttons)| *buttons), Some(2));
        assert_eq!(reports.iter().map(|(moved, _)| moved).sum::<i32>(), 100);
    }
}
