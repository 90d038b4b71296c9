//! A pointer's picture, whatever draws it.

use super::block::Block;
use super::shape::Shape;
use super::view::{Known, Sighting, Spot, View};

/// How far outside its picture a hot spot may be: what is seen of a picture may be a part of it.
const HOT_MARGIN: i32 = 8;
/// Width and height of the largest hardware cursor.
const HARDWARE: i32 = 64;

/// A pointer's picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Picture {
    /// Dots that the guest draws, and where among them it points.
    Shape(Shape, Spot),
    /// A cell of a text screen.
    Block(Block),
    /// The adapter's hardware cursor, and where in it the guest points.
    Hardware(Spot),
}

impl Picture {
    /// Where it points in `view`, if it is there, best near `expected`. `before` is the screen before the pointer went
    /// from `left`.
    pub(super) fn find(
        &mut self,
        view: &View,
        before: &View,
        left: Spot,
        expected: Spot,
    ) -> Option<Sighting> {
        let at = match self {
            Picture::Shape(shape, hot) => {
                let corner = shape.find(view, before, left - *hot, expected - *hot)?;
                return Some(Sighting { at: corner.at + *hot, ..corner });
            }
            Picture::Block(block) => return block.find(view, before, left, expected),
            Picture::Hardware(hot) => view.hardware? + *hot,
        };
        Some(Sighting { at, known: Known::Seen })
    }

    /// It was looked at until it stood still, and is seen at `at`.
    pub(super) fn remember(&mut self, view: &View, at: Spot) {
        if let Picture::Block(block) = self {
            block.remember(view, at);
        }
    }

    /// Where it points in `view`, about `expected`, by its look alone.
    pub(super) fn glimpsed(&self, view: &View, expected: Spot) -> Option<Spot> {
        match self {
            Picture::Shape(shape, hot) => Some(shape.glimpsed(view, expected - *hot)? + *hot),
            Picture::Block(_) | Picture::Hardware(_) => None,
        }
    }

    /// The place nearest to `at` where all of it is on the screen, if too little is where it points to `at` to tell dot
    /// from dot.
    pub(super) fn in_full(&self, view: &View, at: Spot) -> Option<Spot> {
        let Picture::Shape(shape, hot) = self else { return None };
        let corner = at - *hot;
        let most = Spot::new(view.width, view.height) - shape.size;
        let whole = Spot::new(corner.x.clamp(0, most.x.max(0)), corner.y.clamp(0, most.y.max(0)));
        (!shape.is_clear(view, corner)).then_some(whole + *hot)
    }

    /// Takes on where it points, from its top left corner, if a pointer may point there.
    pub(super) fn set_hot(&mut self, new: Spot) -> bool {
        let (size, hot) = match self {
            Picture::Shape(shape, hot) => (shape.size, hot),
            Picture::Hardware(hot) => (Spot::new(HARDWARE, HARDWARE), hot),
            Picture::Block(_) => return true,
        };
        let inside = |at: i32, side: i32| (-HOT_MARGIN..side + HOT_MARGIN).contains(&at);
        let may_be = inside(new.x, size.x) && inside(new.y, size.y);
        if may_be {
            *hot = new;
        }
        may_be
    }
}
