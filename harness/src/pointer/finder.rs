//! Which part of the screen follows the mouse: the pointer's picture, from screens taken while it was nudged.

use super::block::Block;
use super::picture::Picture;
use super::shape::{Ink, Shape};
use super::view::{Grain, Spot, View};
use std::collections::BTreeSet;

/// Points that may change at one place of the pointer: with more of them it is a window that moved, or a film.
const MOST_CHANGES: usize = 5000;
/// The longest side of a pointer.
const LARGEST: i32 = 64;
/// Fewest dots of a pointer.
const SMALLEST: usize = 4;

/// Screens with the pointer at three places, one nudge right and down from each to the next: there and beyond it twice,
/// here again and again, and once nothing was sent between two. What changes by itself does not keep time with that, and
/// what shows the pointer's coordinates changes at all three.
pub(super) struct Nudged {
    pub(super) here: [View; 3],
    pub(super) there: [View; 3],
    pub(super) beyond: [View; 2],
}

/// What followed a nudge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Followed {
    pub(super) picture: Picture,
    /// The place of its top left corner before the nudge.
    pub(super) corner: Spot,
    /// How far it went.
    pub(super) by: Spot,
}

/// Points that changed for the pointer's being here, and for its being there.
struct Changes {
    here: BTreeSet<Spot>,
    there: BTreeSet<Spot>,
}

impl Nudged {
    /// What follows the mouse, if anything does.
    pub(super) fn followed(&self) -> Option<Followed> {
        if let Some(followed) = self.hardware() {
            return Some(followed);
        }
        match self.here[0].grain {
            Grain::Cells => self.block(&self.locked()),
            Grain::Dots => self.shape(&self.locked()).or_else(|| self.shape(&self.loose())),
        }
    }

    /// The adapter's cursor, if it goes and comes with the mouse.
    fn hardware(&self) -> Option<Followed> {
        let (corner, there) = (self.here[2].hardware?, self.there[2].hardware?);
        let by = there - corner;
        let follows = by.x > 0 && by.y > 0 && self.here.iter().all(|view| view.hardware == Some(corner));
        follows.then_some(Followed { picture: Picture::Hardware(Spot::default()), corner, by })
    }

    /// How many points kept time with the nudges.
    pub(super) fn followers(&self) -> usize {
        let Changes { here, there } = self.locked();
        here.len() + there.len()
    }

    /// Whether all screens are of the mode of this one.
    pub(super) fn is_all_like(&self, seen: &View) -> bool {
        self.here.iter().chain(&self.there).chain(&self.beyond).all(|view| view.is_like(seen))
    }

    /// Points that have one look whenever the pointer is at one place, and another when it is at the other two.
    fn locked(&self) -> Changes {
        let steady = |views: &[View], spot: Spot| views.iter().all(|view| view.at(spot) == views[0].at(spot));
        let steady = |spot: &Spot| {
            steady(&self.here, *spot) && steady(&self.there, *spot) && steady(&self.beyond, *spot)
        };
        let mut changes = self.loose();
        changes.here.retain(steady);
        changes.there.retain(steady);
        changes
    }

    /// The same for the last time at each place alone, for a pointer that does not come back to the dot.
    fn loose(&self) -> Changes {
        let restless: BTreeSet<Spot> = self.there[1].changes(&self.there[0]).into_iter().collect();
        let (here, there, beyond) = (&self.here[2], &self.there[2], &self.beyond[1]);
        let only = |one: &View, two: &View, three: &View| -> BTreeSet<Spot> {
            let changes = one.changes(two).into_iter();
            changes.filter(|spot| two.at(*spot) == three.at(*spot) && !restless.contains(spot)).collect()
        };
        Changes { here: only(here, there, beyond), there: only(there, here, beyond) }
    }

    fn block(&self, changes: &Changes) -> Option<Followed> {
        let looks = |spot: &Spot| Some((self.here[2].at(*spot)?, self.there[2].at(*spot)?));
        let pairs = changes.here.iter().flat_map(|from| changes.there.iter().map(move |to| (from, to)));
        let mut blocks = pairs.filter_map(|(from, to)| {
            let by = *to - *from;
            let ((shown, below), (below_too, shown_too)) = (looks(from)?, looks(to)?);
            let block = Block::new([(below_too, shown_too), (below, shown)], *from)?;
            (by.x >= 0 && by.y >= 0).then_some(Followed { picture: Picture::Block(block), corner: *from, by })
        });
        blocks.next()
    }

    fn shape(&self, changes: &Changes) -> Option<Followed> {
        let enough = SMALLEST..MOST_CHANGES;
        if !enough.contains(&changes.here.len()) || !enough.contains(&changes.there.len()) {
            return None;
        }
        self.opaque(changes).or_else(|| self.inverting(changes))
    }

    /// Dots of the same colour, moved all alike.
    fn opaque(&self, changes: &Changes) -> Option<Followed> {
        let (here, there) = (&self.here[2], &self.there[2]);
        let by = self.most_common(changes, |from, to| here.at(from) == there.at(to))?;
        let moved = |from: &Spot| here.at(*from).is_some() && here.at(*from) == there.at(*from + by);
        let at_both = |from: &Spot| changes.there.contains(&(*from + by)) && moved(from);
        let both = close_together(&changes.here.iter().copied().filter(at_both).collect::<Vec<_>>());
        if both.len() < SMALLEST || both.len() * 5 < changes.here.len().min(changes.there.len()) {
            return None;
        }
        // Where the pointer has the colour of what is below, only one of its two places changed.
        let starts = changes.here.iter().copied().chain(changes.there.iter().map(|to| *to - by));
        let all: BTreeSet<Spot> = starts.filter(|from| moved(from) && is_near(*from, &both)).collect();
        let dots: Vec<(Spot, u32)> = all.iter().filter_map(|spot| Some((*spot, here.at(*spot)?))).collect();
        let (shape, corner) = apart(Ink::Opaque, &dots, by)?;
        // By chance a dot may look as if it had moved once, but not twice.
        let (shape, inside) = shape.as_seen(&self.beyond[1], corner + by + by)?;
        Some(followed(shape, corner + inside, by))
    }

    /// Dots whose only likeness is that they moved all alike, and that hardly anything else changed.
    fn inverting(&self, changes: &Changes) -> Option<Followed> {
        let by = self.most_common(changes, |_, _| true)?;
        let moved = changes.here.iter().filter(|from| changes.there.contains(&(**from + by)));
        let dots: Vec<(Spot, u32)> = moved.map(|from| (*from, 0)).collect();
        let most = changes.here.len().max(changes.there.len());
        if dots.len() * 5 < most * 4 {
            return None;
        }
        apart(Ink::Inverting, &dots, by).map(|(shape, corner)| followed(shape, corner, by))
    }

    /// The way right and down from points here to points there that most pairs have between them, alike ones for it and
    /// others against it: on a screen of two colours half of all pairs are alike by chance.
    fn most_common(&self, changes: &Changes, alike: impl Fn(Spot, Spot) -> bool) -> Option<Spot> {
        let (width, height) = (self.here[0].width, self.here[0].height);
        let mut votes = vec![0i32; usize::try_from(width * height).ok()?];
        for from in &changes.here {
            for to in &changes.there {
                let by = *to - *from;
                if by.x >= 0 && by.y >= 0 && by != Spot::default() {
                    votes[(by.y * width + by.x) as usize] += if alike(*from, *to) { 1 } else { -1 };
                }
            }
        }
        let (index, most) = votes.iter().enumerate().max_by_key(|(_, vote)| **vote)?;
        (*most > 0).then_some(Spot::new(index as i32 % width, index as i32 / width))
    }
}

/// The shape and its corner, if it is as small as a pointer and its two places do not overlap: overlapping, it would have
/// holes.
fn apart(ink: Ink, dots: &[(Spot, u32)], by: Spot) -> Option<(Shape, Spot)> {
    let (shape, corner) = Shape::new(ink, dots)?;
    let small = shape.size.length() <= LARGEST;
    let apart = by.x >= shape.size.x || by.y >= shape.size.y;
    (small && apart).then_some((shape, corner))
}

fn followed(shape: Shape, corner: Spot, by: Spot) -> Followed {
    Followed { picture: Picture::Shape(shape, Spot::default()), corner, by }
}

/// Those of `spots` that are no farther from the middle one than a pointer reaches.
fn close_together(spots: &[Spot]) -> Vec<Spot> {
    let middle = |mut values: Vec<i32>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    };
    let centre =
        Spot::new(middle(spots.iter().map(|s| s.x).collect()), middle(spots.iter().map(|s| s.y).collect()));
    spots.iter().copied().filter(|spot| (*spot - centre).length() < LARGEST / 2).collect()
}

fn is_near(spot: Spot, spots: &[Spot]) -> bool {
    spots.iter().any(|other| (*other - spot).length() <= 2)
}
