//! Absolute pointing on a desk that is as awkward as a test wants it.

mod desk;

use desk::{ARROW, CELL, CROSS, Desk, HEIGHT, Log, Manner, Shown, WIDTH};
use harness::failure::{Exit, Result};
use harness::pointer::{Button, Dot, Gesture, Pointer, Target};
use harness::session::{Limits, Session};
use std::cell::RefCell;
use std::rc::Rc;

/// A desk under way, and the hand that points on it.
struct Trial {
    session: Session,
    pointer: Pointer,
    log: Rc<RefCell<Log>>,
}

fn target(x: i32, y: i32) -> Target {
    Target { dot: Dot { x: x as u32, y: y as u32 }, within: 0 }
}

impl Trial {
    fn new(manner: Manner) -> Trial {
        let (desk, log) = Desk::new(manner);
        let session = Session::new(Box::new(desk), Limits::default());
        Trial { session, pointer: Pointer::default(), log }
    }

    fn go(&mut self, (x, y): (i32, i32)) -> Result<()> {
        self.pointer.go(&mut self.session, target(x, y))
    }

    /// Brings the pointer to places all over the screen, its edges among them, and expects it there.
    fn lands(&mut self) {
        let places = [
            (5, 7),
            (300, 200),
            (WIDTH - 1, 90),
            (160, HEIGHT - 1),
            (110, 100),
            (111, 101),
            (0, 0),
            (46, 156),
        ];
        for place in places {
            self.go(place).unwrap_or_else(|failure| panic!("{place:?}: {}", failure.message));
            assert_eq!(self.log.borrow().at(), place);
        }
    }

    /// Brings the pointer to cells of a text screen, and expects it there.
    fn lands_in_cells(&mut self, places: &[(i32, i32)]) {
        for (x, y) in places {
            self.go((*x, *y)).unwrap_or_else(|failure| panic!("{x},{y}: {}", failure.message));
            let at = self.log.borrow().at();
            assert_eq!((at.0 / CELL, at.1 / CELL), (x / CELL, y / CELL), "{x},{y}");
        }
    }

    fn failure(&mut self) -> String {
        let failure = self.go((50, 50)).expect_err("there is nothing to find");
        assert_eq!(failure.exit, Exit::Mismatch);
        failure.message
    }
}

/// As drivers do it: twice as fast from 8 counts a packet, three times from 24.
fn speeds_up(counts: i32) -> i32 {
    match counts {
        0..8 => 4 * counts,
        8..24 => 8 * counts,
        _ => 12 * counts,
    }
}

#[test]
fn a_pointer_is_found_and_lands_to_the_dot() {
    Trial::new(Manner::default()).lands();
}

#[test]
fn a_pointer_is_found_beside_something_that_blinks() {
    Trial::new(Manner { blinks: true, ..Manner::default() }).lands();
}

#[test]
fn a_guest_that_speeds_up_is_learned() {
    let mut trial = Trial::new(Manner { curve: speeds_up, ..Manner::default() });
    trial.lands();
    // It knows now how far large packets go: a long way takes few.
    trial.go((10, 10)).unwrap();
    let before = trial.log.borrow().packets.len();
    trial.go((290, 10)).unwrap();
    let packets = trial.log.borrow().packets.len() - before;
    assert!(packets < 20, "{packets} packets for 280 dots");
}

#[test]
fn a_guest_whose_counts_are_parts_of_dots_is_met_to_the_dot() {
    Trial::new(Manner { curve: |counts| 3 * counts, ..Manner::default() }).lands();
}

#[test]
fn a_crosss_hot_spot_is_in_its_middle() {
    Trial::new(Manner { shown: Shown::Drawn(CROSS, (4, 4)), ..Manner::default() }).lands();
}

#[test]
fn a_hardware_cursor_is_followed_by_its_registers() {
    Trial::new(Manner { shown: Shown::Hardware((0, 0)), curve: speeds_up, ..Manner::default() }).lands();
}

#[test]
fn a_hardware_cursors_hot_spot_is_learned() {
    let mut trial = Trial::new(Manner { shown: Shown::Hardware((7, 3)), ..Manner::default() });
    trial.go((200, 120)).unwrap();
    assert_eq!(trial.log.borrow().at(), (200, 120));
}

#[test]
fn a_pointer_that_is_drawn_over_is_caught_in_the_moment_before() {
    let mut trial =
        Trial::new(Manner { drawn_over: 20..60, curve: |counts| 3 * counts, ..Manner::default() });
    for place in [(200, 100), (200, 40), (30, 22), (31, 58), (10, 220), (300, 30)] {
        trial.go(place).unwrap_or_else(|failure| panic!("{place:?}: {}", failure.message));
        assert_eq!(trial.log.borrow().at(), place);
    }
}

#[test]
fn a_cell_of_a_text_screen_is_found_and_lands() {
    let mut trial = Trial::new(Manner { shown: Shown::Cell, curve: speeds_up, ..Manner::default() });
    trial.lands_in_cells(&[(5, 7), (300, 200), (WIDTH - 1, 90), (110, 100), (110, 100), (0, 0), (46, 156)]);
}

#[test]
fn a_cell_that_is_drawn_over_is_not_believed_to_be_where_it_is_not_seen() {
    let manner = Manner { shown: Shown::Cell, curve: speeds_up, drawn_over: 0..16, ..Manner::default() };
    let mut trial = Trial::new(manner);
    trial.lands_in_cells(&[(160, 200), (200, 12), (100, 100), (30, 4), (31, 60), (280, 9), (10, 220)]);
}

#[test]
fn without_a_pointer_it_says_that_none_was_found() {
    let message = Trial::new(Manner { shown: Shown::Not, blinks: true, ..Manner::default() }).failure();
    assert!(message.starts_with("the pointer is not at 50,50 after "), "{message}");
    assert!(message.contains("no pointer was found: nudged by 32, 96, 240 counts"), "{message}");
}

#[test]
fn a_guest_that_does_not_read_its_mouse_is_said_to_do_so() {
    let message = Trial::new(Manner { reads_mouse: false, ..Manner::default() }).failure();
    assert!(message.ends_with("the guest does not read its mouse"), "{message}");
}

#[test]
fn a_guest_with_steps_of_two_dots_wants_to_be_allowed_one() {
    let mut trial = Trial::new(Manner { curve: |counts| 8 * counts, ..Manner::default() });
    trial.go((100, 100)).unwrap();
    let message = trial.go((105, 100)).expect_err("it goes in twos").message;
    assert!(message.contains("`within = 1` accepts"), "{message}");
    let near = Target { within: 1, ..target(105, 100) };
    trial.pointer.go(&mut trial.session, near).unwrap();
    assert!([(104, 100), (106, 100)].contains(&trial.log.borrow().at()));
}

#[test]
fn a_drag_holds_its_button_all_the_way() {
    let mut trial = Trial::new(Manner { curve: speeds_up, ..Manner::default() });
    let (from, to) = ((40, 200), (250, 30));
    let drag = Gesture::Drag { from: target(from.0, from.1), to: target(to.0, to.1), button: Button::Right };
    trial.pointer.follow(&mut trial.session, &drag).unwrap();
    let log = trial.log.borrow();
    assert_eq!(log.buttons(), [2, 0]);
    let held: Vec<(i32, i32)> =
        log.packets.iter().filter(|(buttons, _)| *buttons == 2).map(|(_, at)| *at).collect();
    assert_eq!((held.first(), held.last()), (Some(&from), Some(&to)));
    assert!(held.len() > 3, "it went there while the button was down: {held:?}");
    assert_eq!(log.at(), to);
}

#[test]
fn a_drag_lets_go_where_it_cannot_go_on() {
    let mut trial = Trial::new(Manner { curve: |counts| 8 * counts, ..Manner::default() });
    let drag = Gesture::Drag { from: target(100, 100), to: target(131, 100), button: Button::Left };
    trial.pointer.follow(&mut trial.session, &drag).expect_err("it goes in twos");
    assert_eq!(trial.log.borrow().buttons(), [1, 0]);
}

#[test]
fn two_clicks_at_one_place_are_no_double_click() {
    let mut trial = Trial::new(Manner { shown: Shown::Drawn(ARROW, (0, 0)), ..Manner::default() });
    for _ in 0..2 {
        trial.pointer.click(&mut trial.session, target(70, 70), Button::Left, 1).unwrap();
    }
    let log = trial.log.borrow();
    assert_eq!(log.buttons(), [1, 0, 1, 0]);
    let apart = log.presses[2].0.ns() - log.presses[1].0.ns();
    assert!(apart >= 500_000_000, "{apart} ns");
}

#[test]
fn a_double_click_is_quick() {
    let mut trial = Trial::new(Manner::default());
    trial.pointer.click(&mut trial.session, target(70, 70), Button::Left, 2).unwrap();
    let log = trial.log.borrow();
    assert_eq!(log.buttons(), [1, 0, 1, 0]);
    let whole = log.presses[3].0.ns() - log.presses[0].0.ns();
    assert!(whole <= 250_000_000, "{whole} ns");
}
