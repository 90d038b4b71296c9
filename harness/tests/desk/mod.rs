//! A guest that is nothing but a screen and a pointer on it, to test absolute pointing in no time.

use backplane::{Bay, Disk, Instant, Note};
use harness::guest::{Digests, Frame, Guest, Input, Stop, TextScreen, TextStyle};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

pub(crate) const WIDTH: i32 = 320;
pub(crate) const HEIGHT: i32 = 240;
/// How long the mouse's packet is under way, and how long after that the program draws its lines anew.
const PACKET_NS: u64 = 8_000_000;
const PROGRAM_NS: u64 = 200_000;
const BLINK_NS: u64 = 35_000_000;
/// Dots of a side of a text screen's cell, and what inverts its attribute.
pub(crate) const CELL: i32 = 8;
const INVERTED: u8 = 0x77;
/// Parts of a dot, as the guest counts.
const PARTS: i32 = 4;

/// How the pointer is drawn. `#` is black, `.` white.
pub(crate) const ARROW: &[&str] = &[
    "#", "##", "#.#", "#..#", "#...#", "#....#", "#.....#", "#...###", "#.#.#", "## #.#", "#  #.#", "    #",
];
pub(crate) const CROSS: &[&str] = &[
    "   ###   ",
    "   #.#   ",
    "   #.#   ",
    "####.####",
    "#.......#",
    "####.####",
    "   #.#   ",
    "   #.#   ",
    "   ###   ",
];

/// What shows the pointer.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// The guest draws it, with its hot spot there.
    Drawn(&'static [&'static str], (i32, i32)),
    /// The video adapter, from its registers; it is not in the picture.
    Hardware((i32, i32)),
    /// It is the cell of a text screen that is inverted.
    Cell,
    /// Nothing does.
    Not,
}

/// What a desk is like.
pub(crate) struct Manner {
    pub(crate) shown: Shown,
    /// Quarters of a dot for a packet of so many counts.
    pub(crate) curve: fn(i32) -> i32,
    /// Something blinks elsewhere.
    pub(crate) blinks: bool,
    /// Lines that a program draws anew after each packet, over the pointer.
    pub(crate) drawn_over: Range<i32>,
    /// Whether the guest has a mouse driver.
    pub(crate) reads_mouse: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            shown: Shown::Drawn(ARROW, (0, 0)),
            curve: |counts| PARTS * counts,
            blinks: false,
            drawn_over: 0..0,
            reads_mouse: true,
        }
    }
}

/// What the guest knows of its mouse: after every packet its buttons and its place.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) packets: Vec<(u8, (i32, i32))>,
    /// When the buttons changed, and to what.
    pub(crate) presses: Vec<(Instant, u8)>,
}

impl Log {
    /// Where the pointer is now.
    pub(crate) fn at(&self) -> (i32, i32) {
        self.packets.last().map_or((WIDTH / 2, HEIGHT / 2), |(_, at)| *at)
    }

    /// The buttons as they changed.
    pub(crate) fn buttons(&self) -> Vec<u8> {
        self.presses.iter().map(|(_, buttons)| *buttons).collect()
    }
}

/// The guest.
pub(crate) struct Desk {
    manner: Manner,
    log: Rc<RefCell<Log>>,
    now: Instant,
    /// In parts of a dot.
    at: (i32, i32),
    buttons: u8,
    /// A packet under way, and when the guest has it.
    packet: Option<(Instant, (i32, i32), u8)>,
    read_at: Instant,
}

impl Desk {
    pub(crate) fn new(manner: Manner) -> (Desk, Rc<RefCell<Log>>) {
        let log = Rc::<RefCell<Log>>::default();
        let at = (WIDTH / 2 * PARTS, HEIGHT / 2 * PARTS);
        let (now, read_at) = (Instant::ZERO, Instant::ZERO);
        (Desk { manner, log: Rc::clone(&log), now, at, buttons: 0, packet: None, read_at }, log)
    }

    fn dot(&self) -> (i32, i32) {
        (self.at.0 / PARTS, self.at.1 / PARTS)
    }

    fn read(&mut self) {
        let Some((at, (dx, dy), buttons)) = self.packet.take_if(|(at, ..)| *at <= self.now) else { return };
        let along = |at: i32, counts: i32, dots: i32| {
            (at + counts.signum() * (self.manner.curve)(counts.abs())).clamp(0, dots * PARTS - 1)
        };
        self.at = (along(self.at.0, dx, WIDTH), along(self.at.1, dy, HEIGHT));
        self.read_at = at;
        let mut log = self.log.borrow_mut();
        if buttons != self.buttons {
            log.presses.push((at, buttons));
        }
        self.buttons = buttons;
        log.packets.push((buttons, self.dot()));
    }

    /// A desk with something in each corner of it, and a window of another colour.
    fn below(&self, x: i32, y: i32) -> [u8; 3] {
        let blinks = self.manner.blinks && (self.now.ns() / BLINK_NS).is_multiple_of(2);
        match (x, y) {
            (40..52, 150..162) if blinks => [255; 3],
            (100..220, 60..140) => [220, 220, (x * 7 + y * 3) as u8 & 0x40],
            _ if (x ^ y) & 8 == 0 => [0, 96, 128],
            _ => [0, 128, 128],
        }
    }

    fn is_drawn_over(&self, y: i32) -> bool {
        self.manner.drawn_over.contains(&y) && self.now >= self.read_at + PROGRAM_NS
    }

    fn pointer(&self, x: i32, y: i32) -> Option<[u8; 3]> {
        let Shown::Drawn(picture, hot) = self.manner.shown else { return None };
        if self.is_drawn_over(y) {
            return None;
        }
        let at = self.dot();
        let (column, row) = (x - at.0 + hot.0, y - at.1 + hot.1);
        let line = picture.get(usize::try_from(row).ok()?)?;
        match line.as_bytes().get(usize::try_from(column).ok()?)? {
            b'#' => Some([0; 3]),
            b'.' => Some([255; 3]),
            _ => None,
        }
    }
}

impl Guest for Desk {
    fn run(&mut self, deadline: Instant) -> Stop {
        self.now = self.now.max(deadline);
        if self.manner.reads_mouse {
            self.read();
        }
        Stop::Deadline
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn instructions(&self) -> u64 {
        self.now.ns() / 10
    }

    fn inject(&mut self, input: Input) {
        let Input::Mouse { dx, dy, buttons, .. } = input else { return };
        assert!(self.packet.is_none(), "a packet came before the last was read");
        self.packet = Some((self.now + PACKET_NS, (dx, dy), buttons));
    }

    fn ready_for_key(&mut self) -> bool {
        true
    }

    fn is_mouse_read(&self) -> bool {
        self.packet.is_none()
    }

    fn hardware_cursor(&self) -> Option<(u32, u32)> {
        let Shown::Hardware(hot) = self.manner.shown else { return None };
        let (x, y) = self.dot();
        Some(((x - hot.0).max(0) as u32, (y - hot.1).max(0) as u32))
    }

    fn frame(&mut self) -> Frame {
        let dots = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        let rgb = dots.flat_map(|(x, y)| self.pointer(x, y).unwrap_or_else(|| self.below(x, y))).collect();
        Frame { width: WIDTH as u32, height: HEIGHT as u32, rgb }
    }

    fn text(&mut self) -> Option<TextScreen> {
        if !matches!(self.manner.shown, Shown::Cell) {
            return None;
        }
        let (columns, rows) = (WIDTH / CELL, HEIGHT / CELL);
        let (x, y) = self.dot();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        let cells = cells.map(|(column, row)| {
            let attribute = if row == 0 { 0x70 } else { 0x17 };
            let here = (column, row) == (x / CELL, y / CELL) && !self.is_drawn_over(y);
            (b'a' + (column * 7 + row * 3) as u8 % 26, if here { attribute ^ INVERTED } else { attribute })
        });
        let cells = cells.collect();
        Some(TextScreen { columns: columns as u32, rows: rows as u32, cells, cursor: None })
    }

    fn text_style(&mut self) -> Option<TextStyle> {
        None
    }

    fn take_debug_text(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn post_codes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }

    fn digests(&mut self) -> Digests {
        Digests { ram: 0, screen: 0, media: [0; 6] }
    }

    fn medium(&self, _: Bay) -> Option<&Disk> {
        None
    }
}
