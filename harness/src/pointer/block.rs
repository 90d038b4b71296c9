//! A pointer that is a cell of a text screen, shown inverted or with another character.

use super::view::{Spot, View};

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
}

impl Block {
    /// The pointer of which these cells were seen: each as it is below the pointer, and as it is shown there. None if no
    /// pointer does that.
    pub(super) fn new(seen: &[(u32, u32)]) -> Option<Block> {
        let keeps_character = seen.iter().all(|(below, shown)| (below ^ shown) & CHARACTER == 0);
        let mut block = Block { low: Becomes::default(), high: Becomes::default(), keeps_character };
        for (below, shown) in seen {
            if !block.allows(*below, *shown) {
                return None;
            }
            block.learn(*below, *shown);
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

    /// Where the pointer is in `view`, if it went from `left` since `before`; best near `expected`.
    pub(super) fn find(&mut self, view: &View, before: &View, left: Spot, expected: Spot) -> Option<Spot> {
        let changes = view.changes(before);
        let looks = |spot: Spot| Some((before.at(spot)?, view.at(spot)?));
        let came = |spot: &Spot| looks(*spot).is_some_and(|(old, new)| self.allows(old, new));
        let went = |spot: &Spot| looks(*spot).is_some_and(|(old, new)| self.allows(new, old));
        let nearest =
            |spots: &mut dyn Iterator<Item = Spot>| spots.min_by_key(|s| ((*s - expected).length(), *s));
        let from = if changes.contains(&left) {
            left
        } else {
            // It did not go away from where it was; or it never was there.
            let elsewhere = nearest(&mut changes.iter().copied().filter(|s| went(s)));
            match elsewhere {
                Some(from) if changes.iter().any(|s| *s != from && came(s)) => from,
                _ => return Some(left),
            }
        };
        let to = nearest(&mut changes.iter().copied().filter(|s| *s != from && came(s)))?;
        for (spot, shown, below) in [(from, before, view), (to, view, before)] {
            if let (Some(shown), Some(below)) = (shown.at(spot), below.at(spot)) {
                self.learn(below, shown);
            }
        }
        Some(to)
    }
}
