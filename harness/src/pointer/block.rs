//! A pointer that is a cell of a text screen, shown inverted or with another character.

use super::view::{Known, Sighting, Spot, View};

/// What was seen to become of bits that have one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Becomes {
    seen: u32,
    value: u32,
}

impl Becomes {
    fn allows(self, bits: u32, shown: u32) -> bool {
        (shown ^ self.value) & self.seen & bits == 0
    }

    fn learn(&mut self, bits: u32, shown: u32) {
        self.seen |= bits;
        self.value = self.value & !bits | shown & bits;
    }
}

/// The character's bits in a cell's point.
const CHARACTER: u32 = 0xFF00;

/// How a cell looks under the pointer: as drivers do it, each bit depends on the bit below alone (an AND mask and an XOR
/// mask).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    low: Becomes,
    high: Becomes,
    keeps_character: bool,
    /// Where it was seen last, and what the cell there showed.
    seen: (Spot, u32),
}

impl Block {
    /// The pointer of which these cells were seen, the last one at `at`: each as it is below the pointer, and as it is shown
    /// there. None if no pointer does that.
    pub(super) fn new(cells: [(u32, u32); 2], at: Spot) -> Option<Block> {
        let keeps_character = cells.iter().all(|(below, shown)| (below ^ shown) & CHARACTER == 0);
        let seen = (at, cells[1].1);
        let mut block = Block { low: Becomes::default(), high: Becomes::default(), keeps_character, seen };
        for (below, shown) in cells {
            if !block.allows(below, shown) {
                return None;
            }
            block.learn(below, shown);
        }
        Some(block)
    }

    fn allows(&self, below: u32, shown: u32) -> bool {
        let character = !self.keeps_character || (below ^ shown) & CHARACTER == 0;
        character && self.low.allows(!below, shown) && self.high.allows(below, shown)
    }

    fn learn(&mut self, below: u32, shown: u32) {
        self.low.learn(!below, shown);
        self.high.learn(below, shown);
    }

    /// It is seen at `at`.
    pub(super) fn remember(&mut self, view: &View, at: Spot) {
        if let Some(shown) = view.at(at) {
            self.seen = (at, shown);
        }
    }

    /// Where the pointer is in `view`, if it went from `left` since `before`; best near `expected`. It is seen where a cell
    /// came to look like one under it, and where the cell under it still looks as it did. If nothing changed, and something
    /// else was drawn over it before, it can only be guessed that it is still there.
    pub(super) fn find(
        &mut self,
        view: &View,
        before: &View,
        left: Spot,
        expected: Spot,
    ) -> Option<Sighting> {
        let changes = view.changes(before);
        let looks = |spot: Spot| Some((before.at(spot)?, view.at(spot)?));
        let came = |spot: &Spot| looks(*spot).is_some_and(|(old, new)| self.allows(old, new));
        let went = |spot: &Spot| looks(*spot).is_some_and(|(old, new)| self.allows(new, old));
        let nearest =
            |spots: &mut dyn Iterator<Item = Spot>| spots.min_by_key(|s| ((*s - expected).length(), *s));
        let arrival = |from: Option<Spot>| {
            nearest(&mut changes.iter().copied().filter(|s| Some(*s) != from && came(s)))
        };
        let was = Some(self.seen.0).filter(|spot| before.at(*spot) == Some(self.seen.1));
        let from = match was {
            Some(spot) if changes.contains(&spot) => was,
            // It did not go away from where it was; or it never was there.
            _ => nearest(&mut changes.iter().copied().filter(|s| went(s)))
                .filter(|s| arrival(Some(*s)).is_some()),
        };
        if from.is_none() && was.is_some() {
            return was.map(|at| Sighting { at, known: Known::Seen });
        }
        let Some(to) = arrival(from) else {
            return (changes.is_empty() && left == self.seen.0)
                .then_some(Sighting { at: left, known: Known::Guessed });
        };
        for (spot, shown, below) in
            from.map(|from| (from, before, view)).into_iter().chain([(to, view, before)])
        {
            // What it left may have become something else meanwhile.
            if let (Some(shown), Some(below)) = (shown.at(spot), below.at(spot))
                && self.allows(below, shown)
            {
                self.learn(below, shown);
            }
        }
        Some(Sighting { at: to, known: Known::Seen })
    }
}
