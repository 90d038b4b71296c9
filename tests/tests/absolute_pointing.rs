//! Random moves and clicks in programs that know nothing of relic land where they were sent, by what their mouse driver
//! or they themselves hold in memory.
//!
//! A slice runs always; `RELIC_POINTING=2000` sets how many moves and clicks each program gets.

use harness::guest::{Digests, Frame, Guest, Input, Machine, Stop, TextScreen};
use harness::keys;
use harness::pointer::{Button, Dot, Pointer, Target};
use harness::session::{Limits, Session};
use hypervisor::{Bay, Disk, Instant, Note, TextStyle, Until};
use relic_tests::media;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

/// Moves and clicks of a slice.
const SLICE: usize = 20;
/// How often the driver is looked at; its buttons change at most once in a packet, which is 3 ms on the wire.
const LOOK_NS: u64 = 3_000_000;

/// What a driver or a program thinks of the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Idea {
    buttons: u8,
    x: i32,
    y: i32,
}

/// What CuteMouse 2.1 beta 4 answers to INT 33h/AX=3, from where that function reads it in the segment of its interrupt's
/// vector.
mod cutemouse {
    use super::{Idea, Machine};

    const VECTOR_SEGMENT: usize = 4 * 0x33 + 2;
    const X: usize = 0xB4;
    const Y: usize = 0xB6;
    const BUTTONS: usize = 0x37A;

    pub(super) fn idea(machine: &Machine) -> Idea {
        let ram = machine.ram();
        let segment = usize::from(ram.read_u16(VECTOR_SEGMENT)) << 4;
        let word = |at: usize| i32::from(ram.read_u16(segment + at) as i16);
        Idea { buttons: ram.read_u8(segment + BUTTONS), x: word(X), y: word(Y) }
    }
}

/// A program's own position: two 32-bit words in RAM that follow the mouse's counts, found by moving it by hand.
mod own {
    use super::{Idea, Input, Machine, Session};
    use std::cell::RefCell;

    /// Counts by which it is moved from the top left corner, one a packet, as no program speeds that up.
    const MOVES: [(i32, i32); 5] = [(37, 41), (20, 15), (-12, 33), (39, -31), (-13, 5)];
    const PACKET_NS: u64 = 15_000_000;
    /// Longer than a program takes to look.
    const REST_NS: u64 = 300_000_000;

    pub(super) fn idea(machine: &Machine, at: usize) -> Idea {
        let word = |at: usize| machine.ram().read_u32(at) as i32;
        Idea { x: word(at), y: word(at + 4), ..super::cutemouse::idea(machine) }
    }

    pub(super) fn find(session: &mut Session, machine: &RefCell<Machine>) -> Vec<usize> {
        let mut by = |dx: i32, dy: i32, ns: u64| {
            session.guest().inject(Input::Mouse { dx, dy, wheel: 0, buttons: 0 });
            session.run_for(ns).expect("the program runs on");
        };
        (0..10).for_each(|_| by(-200, -200, REST_NS));
        let mut places: Vec<usize> = (0..machine.borrow().ram().len() - 8).step_by(4).collect();
        let (mut x, mut y) = (0, 0);
        for (dx, dy) in MOVES {
            let single = |counts: i32, n: i32| if n < counts.abs() { counts.signum() } else { 0 };
            (0..dx.abs().max(dy.abs())).for_each(|n| by(single(dx, n), single(dy, n), PACKET_NS));
            by(0, 0, REST_NS);
            (x, y) = (x + dx, y + dy);
            let machine = machine.borrow();
            places.retain(|at| matches!(idea(&machine, *at), Idea { x: a, y: b, .. } if (a, b) == (x, y)));
        }
        places
    }
}

/// What is thought now, and every time the buttons changed.
#[derive(Default)]
struct Seen {
    now: Idea,
    changes: Vec<Idea>,
}

/// A machine whose mouse driver is looked at.
struct Watched {
    machine: Rc<RefCell<Machine>>,
    seen: Rc<RefCell<Seen>>,
    /// Where the program's own position is, if that counts.
    own: Rc<Cell<Option<usize>>>,
}

impl Guest for Watched {
    fn run(&mut self, deadline: Instant) -> Stop {
        let machine = &mut self.machine.borrow_mut();
        loop {
            let look = (machine.now() + LOOK_NS).min(deadline);
            let stop = machine.run(Until::time(look));
            let idea = match self.own.get() {
                Some(at) => own::idea(machine, at),
                None => cutemouse::idea(machine),
            };
            let mut seen = self.seen.borrow_mut();
            if idea.buttons != seen.now.buttons {
                seen.changes.push(idea);
            }
            seen.now = idea;
            if stop != Stop::Deadline || machine.now() >= deadline {
                return stop;
            }
        }
    }

    fn now(&self) -> Instant {
        self.machine.borrow().now()
    }

    fn instructions(&self) -> u64 {
        self.machine.borrow().instructions()
    }

    fn inject(&mut self, input: Input) {
        self.machine.borrow_mut().inject(input);
    }

    fn ready_for_key(&mut self) -> bool {
        self.machine.borrow().ready_for_key()
    }

    fn is_mouse_read(&self) -> bool {
        self.machine.borrow().is_mouse_read()
    }

    fn hardware_cursor(&self) -> Option<(u32, u32)> {
        Guest::hardware_cursor(&*self.machine.borrow())
    }

    fn frame(&mut self) -> Frame {
        Guest::frame(&mut *self.machine.borrow_mut())
    }

    fn text(&mut self) -> Option<TextScreen> {
        Guest::text(&mut *self.machine.borrow_mut())
    }

    fn text_style(&mut self) -> Option<TextStyle> {
        self.machine.borrow().text_style()
    }

    fn take_debug_text(&mut self) -> Vec<u8> {
        self.machine.borrow_mut().take_debug_text()
    }

    fn post_codes(&self) -> Vec<u8> {
        self.machine.borrow().post_codes()
    }

    fn notes(&self) -> Vec<Note> {
        self.machine.borrow().notes().list()
    }

    fn digests(&mut self) -> Digests {
        self.machine.borrow().digests()
    }

    fn medium(&self, _: Bay) -> Option<&Disk> {
        None
    }
}

/// Whose idea of the position counts.
#[derive(Clone, Copy, PartialEq)]
enum Judge {
    Driver,
    Program,
}

/// A program, and what is known of it.
struct Program {
    name: &'static str,
    /// What is typed at the prompt, and what the text screen shows when the program waits for more.
    start: (&'static str, Option<&'static str>),
    /// What is typed then.
    then: &'static str,
    /// Virtual time that it takes to come up.
    settles_ns: u64,
    /// Dots where nothing is clicked, as a click there would end the program or start another.
    spared: (Range<u32>, Range<u32>),
    judge: Judge,
    /// A dot of the screen as the judge counts.
    place: fn(Dot, &Frame) -> (i32, i32),
    /// What the judge may have beyond that and still be right: in a text mode it may be anywhere in the cell.
    right: Range<i32>,
}

/// Dots of a cell of a text mode as the driver counts.
const CELL: i32 = 8;

fn same(dot: Dot, _: &Frame) -> (i32, i32) {
    (dot.x as i32, dot.y as i32)
}

fn cell(dot: Dot, frame: &Frame) -> (i32, i32) {
    ((dot.x * 80 / frame.width) as i32 * CELL, (dot.y * 25 / frame.height) as i32 * CELL)
}

fn inside((columns, lines): &(Range<u32>, Range<u32>), dot: Dot) -> bool {
    columns.contains(&dot.x) && lines.contains(&dot.y)
}

/// A generator of numbers that are the same every time (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32 % most
    }
}

/// What came of it.
#[derive(Debug, Default)]
struct Score {
    moves: usize,
    clicks: usize,
    /// Moves and clicks by how far off they were, as the judge counts: none, one, more.
    off: [usize; 3],
    /// Clicks that the driver saw not at all, not once, or with another button.
    wrong_clicks: usize,
}

struct Trial {
    program: &'static Program,
    session: Session,
    pointer: Pointer,
    seen: Rc<RefCell<Seen>>,
    score: Score,
}

impl Trial {
    fn start(program: &'static Program) -> Option<Trial> {
        let (config, media) = media::with_hard_disk(media::hard_disk()?, None);
        let machine = Machine::new(&config, media).expect("there is such a machine");
        let machine = Rc::new(RefCell::new(machine));
        let (seen, own) = (Rc::<RefCell<Seen>>::default(), Rc::<Cell<Option<usize>>>::default());
        let guest = Watched { machine: Rc::clone(&machine), seen: Rc::clone(&seen), own: Rc::clone(&own) };
        let mut session = Session::new(Box::new(guest), Limits::default());
        session.allow(Some(120_000_000_000));
        session.wait_text("C:\\>").expect("DOS comes up");
        type_keys(&mut session, program.start.0);
        if let Some(text) = program.start.1 {
            session.wait_text(text).expect("the program comes up");
        }
        type_keys(&mut session, program.then);
        session.run_for(program.settles_ns).expect("the program runs on");
        if program.judge == Judge::Program {
            let places = own::find(&mut session, &machine);
            println!("{}: its position is at {places:X?}", program.name);
            own.set(Some(*places.first().expect("the program has a position")));
        }
        session.allow(None);
        Some(Trial { program, session, pointer: Pointer::default(), seen, score: Score::default() })
    }

    /// One move or click.
    fn gesture(&mut self, dice: &mut Dice) {
        let Program { name, spared, place, .. } = self.program;
        let frame = self.session.frame();
        let dot = Dot { x: dice.below(frame.width), y: dice.below(frame.height) };
        let target = Target { dot, within: 0 };
        let button = if dice.below(4) == 0 { Button::Right } else { Button::Left };
        let clicks = dice.below(2) == 0 && !inside(spared, dot);
        let what = if clicks { "click" } else { "move" };
        self.seen.borrow_mut().changes.clear();
        let done = if clicks {
            self.score.clicks += 1;
            self.pointer.click(&mut self.session, target, button, 1)
        } else {
            self.score.moves += 1;
            self.pointer.go(&mut self.session, target)
        };
        if let Err(failure) = done {
            panic!("{name}, {what} {dot} {:?}: {}", self.score, failure.message);
        }
        let wanted = place(dot, &frame);
        let seen = self.seen.borrow();
        let all = seen.changes.iter().chain([&seen.now]);
        let off = all.map(|idea| self.program.off(idea, wanted)).max().unwrap_or_default();
        self.score.off[off.clamp(0, 2) as usize] += 1;
        let buttons: Vec<u8> = seen.changes.iter().map(|idea| idea.buttons).collect();
        let expected: &[u8] = if clicks { &[button as u8, 0] } else { &[] };
        self.score.wrong_clicks += usize::from(buttons != expected);
        if off > 0 || buttons != expected {
            println!("{name}: {what} {dot} {button:?}: {:?} then {:?}", seen.changes, seen.now);
        }
    }
}

fn type_keys(session: &mut Session, text: &str) {
    let events = keys::parse(text).expect("keys have names");
    session.type_keys(&events).expect("keys are taken");
}

impl Program {
    fn off(&self, idea: &Idea, wanted: (i32, i32)) -> i32 {
        let axis = |is: i32, wanted: i32| {
            let off = is - wanted;
            if self.right.contains(&off) { 0 } else { off.abs() }
        };
        axis(idea.x, wanted.0).max(axis(idea.y, wanted.1))
    }
}

fn lands_where_it_is_sent(program: &'static Program) {
    let gestures =
        std::env::var("RELIC_POINTING").map_or(SLICE, |text| text.parse().expect("a number of gestures"));
    let Some(mut trial) = Trial::start(program) else { return };
    let began = trial.session.now_ns();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    (0..gestures).for_each(|_| trial.gesture(&mut dice));
    let (score, took) = (&trial.score, (trial.session.now_ns() - began) as f64 / 1e9);
    println!("{}: {score:?}, {:.2} s of guest time each", program.name, took / gestures as f64);
    assert_eq!((score.off[2], score.wrong_clicks), (0, 0), "{}: {score:?}", program.name);
}

#[test]
fn clicks_land_in_a_text_editor() {
    lands_where_it_is_sent(&Program {
        name: "EDIT",
        start: ("edit readme.txt<enter>", Some("Opendawn")),
        then: "",
        settles_ns: 1_000_000_000,
        spared: (0..720, 0..48),
        judge: Judge::Driver,
        place: cell,
        right: 0..CELL,
    });
}

#[test]
fn clicks_land_in_vga_graphics() {
    lands_where_it_is_sent(&Program {
        name: "MOUSETST",
        start: ("mousetst<enter>", Some("s show, h hide")),
        then: "fs",
        settles_ns: 1_000_000_000,
        spared: (0..0, 0..0),
        judge: Judge::Driver,
        place: same,
        right: 0..1,
    });
}

#[test]
fn clicks_land_in_a_vbe_desktop() {
    lands_where_it_is_sent(&Program {
        name: "oZone",
        start: ("cd \\progs\\ozonegui<enter>main<enter>", None),
        then: "",
        settles_ns: 15_000_000_000,
        spared: (0..50, 0..40),
        judge: Judge::Program,
        place: same,
        right: 0..1,
    });
}
