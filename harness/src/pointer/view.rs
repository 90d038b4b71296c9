//! What the screen shows, as points over which a pointer moves.

use crate::session::Session;
use std::ops::{Add, Sub};

/// A point of a view, or the way from one to another: right and down are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Spot {
    pub(super) fn new(x: i32, y: i32) -> Spot {
        Spot { x, y }
    }

    /// The longer of its two sides.
    pub(super) fn length(self) -> i32 {
        self.x.abs().max(self.y.abs())
    }
}

impl Add for Spot {
    type Output = Spot;

    fn add(self, other: Spot) -> Spot {
        Spot::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Spot {
    type Output = Spot;

    fn sub(self, other: Spot) -> Spot {
        Spot::new(self.x - other.x, self.y - other.y)
    }
}

/// How it is known where a pointer is, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// All of its picture that is on the screen is seen.
    #[default]
    Seen,
    /// It was seen until the guest drew over it.
    Glimpsed,
    /// By a part of its picture, or by what was sent.
    Guessed,
}

/// Where a pointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) at: Spot,
    pub(super) known: Known,
}

/// What the points of a view are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Dots: a colour each.
    Dots,
    /// Cells of a text screen: a character and an attribute each.
    Cells,
}

/// The screen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) grain: Grain,
    /// Points in a line.
    pub(super) width: i32,
    /// Lines.
    pub(super) height: i32,
    points: Vec<u32>,
    /// The top left corner of the adapter's hardware cursor, while it shows.
    pub(super) hardware: Option<Spot>,
}

impl View {
    /// The cells of a text screen, and otherwise the dots.
    pub(super) fn of(session: &mut Session) -> View {
        let hardware = session.guest().hardware_cursor().map(|(x, y)| Spot::new(x as i32, y as i32));
        match session.guest().text() {
            Some(text) => View {
                grain: Grain::Cells,
                width: text.columns as i32,
                height: text.rows as i32,
                points: text
                    .cells
                    .iter()
                    .map(|(code, look)| u32::from(*code) << 8 | u32::from(*look))
                    .collect(),
                hardware,
            },
            None => {
                let frame = session.frame();
                let (dots, _) = frame.rgb.as_chunks::<3>();
                View {
                    grain: Grain::Dots,
                    width: frame.width as i32,
                    height: frame.height as i32,
                    points: dots.iter().map(|[r, g, b]| u32::from_be_bytes([0, *r, *g, *b])).collect(),
                    hardware,
                }
            }
        }
    }

    /// Whether both are of one screen mode.
    pub(super) fn is_like(&self, other: &View) -> bool {
        (self.grain, self.width, self.height) == (other.grain, other.width, other.height)
    }

    /// The point at a place, if that is on the screen.
    pub(super) fn at(&self, spot: Spot) -> Option<u32> {
        if !(0..self.width).contains(&spot.x) {
            return None;
        }
        let index = usize::try_from(spot.y).ok()? * self.width as usize + spot.x as usize;
        self.points.get(index).copied()
    }

    /// The nearest place on the screen.
    pub(super) fn clamp(&self, spot: Spot) -> Spot {
        Spot::new(spot.x.clamp(0, self.width - 1), spot.y.clamp(0, self.height - 1))
    }

    /// Where the view is not as another of the same mode.
    pub(super) fn changes(&self, other: &View) -> Vec<Spot> {
        let both = self.points.iter().zip(&other.points).enumerate();
        both.filter(|(_, (one, two))| one != two).map(|(index, _)| self.spot(index)).collect()
    }

    fn spot(&self, index: usize) -> Spot {
        let width = self.width.max(1) as usize;
        Spot::new((index % width) as i32, (index / width) as i32)
    }
}
