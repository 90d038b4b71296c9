//! A pointer as it looks among dots, and where on the screen it is.

use super::view::{Known, Sighting, Spot, View};

/// Percent of its visible dots that may differ: the rim may be blended with what is below.
const MISSES: usize = 10;
/// The same where it is expected: the guest may have drawn over it.
const MISSES_EXPECTED: usize = 40;
/// How near that is.
const EXPECTED_WITHIN: i32 = 6;
/// Percent of the places where its colour ends that must be seen to end: a white pointer is not all over a white window.
const EDGES: usize = 30;
/// Percent of its dots that must be on the screen, but where it is expected.
const VISIBLE: usize = 50;
/// How far around the place where it is expected it is looked for first.
const NEAR: i32 = 24;

/// How the dots of a pointer come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// They have colours of their own.
    Opaque,
    /// They are what is below, inverted in some way.
    Inverting,
}

/// A pointer's dots, counted from the top left one of the rectangle around them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) ink: Ink,
    pub(super) size: Spot,
    dots: Vec<(Spot, u32)>,
    /// Pairs of neighbours: a dot of the pointer, and one that is none or has another colour.
    edges: Vec<(Spot, Spot)>,
}

/// How well a shape fits at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    misses: usize,
    from_expected: i32,
    corner: Spot,
}

impl Shape {
    /// The shape of these dots of the screen, and its corner there; none without dots.
    pub(super) fn new(ink: Ink, dots: &[(Spot, u32)]) -> Option<(Shape, Spot)> {
        let xs = || dots.iter().map(|(spot, _)| spot.x);
        let ys = || dots.iter().map(|(spot, _)| spot.y);
        let corner = Spot::new(xs().min()?, ys().min()?);
        let size = Spot::new(xs().max()?, ys().max()?) - corner + Spot::new(1, 1);
        let mut dots: Vec<(Spot, u32)> =
            dots.iter().map(|(spot, colour)| (*spot - corner, *colour)).collect();
        dots.sort_by_key(|(spot, _)| (spot.y, spot.x));
        dots.dedup_by_key(|(spot, _)| *spot);
        let colour_at = |spot: Spot| {
            let found = dots.binary_search_by_key(&(spot.y, spot.x), |(spot, _)| (spot.y, spot.x));
            found.ok().map(|index| dots[index].1)
        };
        let sides = [Spot::new(1, 0), Spot::new(-1, 0), Spot::new(0, 1), Spot::new(0, -1)];
        let pairs = dots.iter().flat_map(|(spot, colour)| sides.map(|side| (*spot, *spot + side, *colour)));
        let edges = pairs.filter(|(_, next, colour)| colour_at(*next) != Some(*colour));
        let edges = edges.map(|(spot, next, _)| (spot, next)).collect();
        Some((Shape { ink, size, dots, edges }, corner))
    }

    /// Where its corner is in `view`, if it is there, best near `expected`. `before` is the screen before it went from
    /// `left`.
    pub(super) fn find(&self, view: &View, before: &View, left: Spot, expected: Spot) -> Option<Sighting> {
        match self.ink {
            Ink::Opaque => self.find_opaque(view, before, expected),
            Ink::Inverting => {
                let at = self.find_inverting(view, before, left, expected)?;
                Some(Sighting { at, known: Known::Seen })
            }
        }
    }

    /// Where its corner is in `view`, about `expected`, if it is there as a whole.
    pub(super) fn glimpsed(&self, view: &View, expected: Spot) -> Option<Spot> {
        let fit = |corner| self.fit(view, corner, expected, MISSES);
        (self.ink == Ink::Opaque).then(|| self.search(view, expected, around(expected, NEAR), fit))?
    }

    /// Whether enough of it is on the screen, at `corner`, to find it there to the dot.
    pub(super) fn is_clear(&self, view: &View, corner: Spot) -> bool {
        let visible = self.dots.iter().filter(|(dot, _)| view.at(corner + *dot).is_some()).count();
        visible * 100 >= self.dots.len() * VISIBLE
    }

    /// The part of it that is seen in `view` near `expected`, and the corner of that part in the whole.
    pub(super) fn as_seen(&self, view: &View, expected: Spot) -> Option<(Shape, Spot)> {
        let fit = |corner| self.fit(view, corner, corner, MISSES_EXPECTED);
        let corner = self.search(view, expected, around(expected, NEAR), fit)?;
        let same = |(dot, colour): &(Spot, u32)| view.at(corner + *dot).is_none_or(|seen| seen == *colour);
        Shape::new(self.ink, &self.dots.iter().copied().filter(same).collect::<Vec<_>>())
    }

    fn find_opaque(&self, view: &View, before: &View, expected: Spot) -> Option<Sighting> {
        let near = |far, misses| {
            self.search(view, expected, around(expected, far), |at| self.fit(view, at, expected, misses))
        };
        // Elsewhere what was there before is something that looks like it, or what is left of it.
        let came = |corner: Spot| {
            let changed = |(dot, _): &(Spot, u32)| view.at(corner + *dot) != before.at(corner + *dot);
            view == before || self.dots.iter().any(changed)
        };
        let far = |corner| self.fit(view, corner, expected, MISSES).filter(|_| came(corner));
        if let Some(at) = near(NEAR, MISSES) {
            Some(Sighting { at, known: Known::Seen })
        } else if let Some(at) = near(EXPECTED_WITHIN, MISSES_EXPECTED) {
            Some(Sighting { at, known: Known::Guessed })
        } else {
            let at = self.search(view, expected, self.everywhere(view), far)?;
            Some(Sighting { at, known: Known::Seen })
        }
    }

    fn everywhere(&self, view: &View) -> (Spot, Spot) {
        (Spot::default() - self.size, Spot::new(view.width, view.height))
    }

    /// Whether so many dots are enough to believe in it at `corner`.
    fn shows_enough(&self, visible: usize, corner: Spot, expected: Spot) -> bool {
        let near = (corner - expected).length() <= EXPECTED_WITHIN;
        visible > 0 && (near || visible * 100 >= self.dots.len() * VISIBLE)
    }

    fn search(
        &self,
        view: &View,
        expected: Spot,
        (from, to): (Spot, Spot),
        misses: impl Fn(Spot) -> Option<usize>,
    ) -> Option<Spot> {
        let (from, to) = (
            Spot::new(from.x.max(-self.size.x), from.y.max(-self.size.y)),
            Spot::new(to.x.min(view.width), to.y.min(view.height)),
        );
        let mut best: Option<Fit> = None;
        for y in from.y..to.y {
            for x in from.x..to.x {
                let corner = Spot::new(x, y);
                if let Some(misses) = misses(corner) {
                    let fit = Fit { misses, from_expected: (corner - expected).length(), corner };
                    best = Some(best.map_or(fit, |best| best.min(fit)));
                }
            }
        }
        best.map(|fit| fit.corner)
    }

    /// Dots that are not the pointer's, of at most so many percent, if it may be there all the same.
    fn fit(&self, view: &View, corner: Spot, expected: Spot, percent: usize) -> Option<usize> {
        let most = self.dots.len() * percent / 100;
        let (mut visible, mut misses) = (0, 0);
        for (dot, colour) in &self.dots {
            let Some(seen) = view.at(corner + *dot) else { continue };
            visible += 1;
            misses += usize::from(seen != *colour);
            if misses > most {
                return None;
            }
        }
        if misses * 100 > visible * percent || !self.shows_enough(visible, corner, expected) {
            return None;
        }
        let (mut ends, mut seen) = (0, 0);
        for (dot, next) in &self.edges {
            if let (Some(dot), Some(next)) = (view.at(corner + *dot), view.at(corner + *next)) {
                ends += usize::from(dot != next);
                seen += 1;
            }
        }
        (ends > 0 && ends * 100 >= seen * EDGES).then_some(misses)
    }

    fn find_inverting(&self, view: &View, before: &View, left: Spot, expected: Spot) -> Option<Spot> {
        let changed = |spot: Spot| Some(view.at(spot)? != before.at(spot)?);
        if self.dots.iter().all(|(dot, _)| changed(left + *dot) != Some(true)) {
            return Some(left);
        }
        let was_there = |spot: Spot| {
            let place = (spot.y - left.y, spot.x - left.x);
            self.dots.binary_search_by_key(&place, |(dot, _)| (dot.y, dot.x)).is_ok()
        };
        let misses = |corner: Spot| {
            let (mut visible, mut misses) = (0, 0);
            for (dot, _) in &self.dots {
                let spot = corner + *dot;
                visible += usize::from(view.at(spot).is_some());
                // Where it was inverted before and after, nothing need have changed.
                misses += usize::from(changed(spot) == Some(false) && !was_there(spot));
                if misses * 100 > self.dots.len() * MISSES {
                    return None;
                }
            }
            (corner != left && self.shows_enough(visible, corner, expected)).then_some(misses)
        };
        self.search(view, expected, around(expected, NEAR), misses)
            .or_else(|| self.search(view, expected, self.everywhere(view), misses))
    }
}

/// The places from which `expected` is at most so far.
fn around(expected: Spot, far: i32) -> (Spot, Spot) {
    (expected - Spot::new(far, far), expected + Spot::new(far + 1, far + 1))
}
