//! What a glyph looks like at a glance: where the colour changes in two of its rows. Few places of a picture look so, and only
//! there the whole glyph is compared.

use super::dots::Dots;
use super::font::{Glyph, Spacing};
use std::ops::Range;

/// Edges of a row that are looked at.
const EDGES: usize = 7;
/// Signatures there are.
const ALL: usize = 1 << (2 * EDGES);
/// Two neighbours that ink covers by so much more or less have different colours, whatever the ink is, unless it is nearly as the paper.
const APART: u8 = 32;
/// Uncertain edges of a glyph that is looked for.
const MOST_UNCERTAIN: u32 = 8;

/// The signatures of a font.
pub(super) struct Signatures {
    /// The rows that are looked at.
    rows: [usize; 2],
    /// The first edge that is looked at, from a glyph's left side.
    first: usize,
    mask: usize,
    /// A bit for each signature that a letter or digit may have.
    sought: Vec<u64>,
    /// The glyphs that each signature may belong to.
    glyphs: Vec<Vec<u16>>,
}

/// The edges of a row: those that must be there, and those that may.
#[derive(Clone, Copy)]
struct Edges {
    set: usize,
    uncertain: usize,
}

impl Edges {
    fn of(glyph: &Glyph, row: usize, first: usize, mask: usize) -> Self {
        let row = &glyph.coverage[row * glyph.width..][..glyph.width];
        let covered = |column: usize| match column.checked_sub(1) {
            // Before a proportional glyph there is paper.
            None => Some(0),
            Some(column) => row.get(column).copied(),
        };
        let mut edges = Edges { set: 0, uncertain: 0 };
        for bit in (0..EDGES).filter(|bit| mask >> bit & 1 != 0) {
            match (covered(first + bit), covered(first + bit + 1)) {
                (Some(one), Some(next)) if one == next => {}
                (Some(one), Some(next)) if one.abs_diff(next) >= APART => edges.set |= 1 << bit,
                _ => edges.uncertain |= 1 << bit,
            }
        }
        edges
    }

    /// All that a row may look like.
    fn all(self) -> impl Iterator<Item = usize> {
        let Edges { set, uncertain } = self;
        let mut next = Some(0);
        std::iter::from_fn(move || {
            let some = next?;
            next = (some != uncertain).then(|| (some | !uncertain).wrapping_add(1) & uncertain);
            Some(set | some)
        })
    }
}

impl Signatures {
    pub(super) fn of(glyphs: &[Glyph], height: usize, spacing: Spacing) -> Self {
        let (first, mask) = match spacing {
            // What stands left of a cell is not its own.
            Spacing::Cell(width) => (1, (1 << (width - 1).min(EDGES)) - 1),
            Spacing::Proportional { .. } => (0, (1 << EDGES) - 1),
        };
        let rows = telling_rows(glyphs, height, first, mask);
        let mut all = Signatures { rows, first, mask, sought: vec![0; ALL / 64], glyphs: vec![vec![]; ALL] };
        for (number, glyph) in (0..=u16::MAX).zip(glyphs) {
            let edges = rows.map(|row| Edges::of(glyph, row, first, mask));
            let uncertain = edges.iter().map(|edges| edges.uncertain.count_ones()).sum::<u32>();
            let sure = edges.iter().any(|edges| edges.set != 0) && uncertain <= MOST_UNCERTAIN;
            let sought = glyph.character.is_alphanumeric() && sure;
            for signature in
                edges[0].all().flat_map(|one| edges[1].all().map(move |other| one | other << EDGES))
            {
                all.glyphs[signature].push(number);
                all.sought[signature / 64] |= u64::from(sought) << (signature % 64);
            }
        }
        all
    }

    /// The glyphs that may stand at a place.
    pub(super) fn at(&self, dots: &Dots, x: usize, y: usize) -> &[u16] {
        let row = |row: usize| dots.edges_from(x + self.first, y + row) as usize & self.mask;
        &self.glyphs[row(self.rows[0]) | row(self.rows[1]) << EDGES]
    }

    /// The places in a row of places that look like a letter or digit, left to right.
    pub(super) fn sought(&self, dots: &Dots, y: usize, columns: Range<usize>, found: &mut Vec<usize>) {
        let rows = self.rows.map(|row| dots.edges(y + row));
        let from = columns.start + self.first;
        let end = columns.end + self.first;
        let words = rows[0].len();
        for word in from / 64..words.min(end.div_ceil(64)) {
            let take = |row: &[u64]| {
                u128::from(row[word]) | u128::from(row.get(word + 1).copied().unwrap_or(0)) << 64
            };
            let (mut one, mut other) = (take(rows[0]), take(rows[1]));
            let mut at = word * 64;
            let last = at + 63;
            while at <= last {
                // Where nothing changes there is no letter.
                let both = (one | other) as u64;
                let skipped = (both.trailing_zeros() as usize).saturating_sub(EDGES - 1);
                if skipped > 0 {
                    (one, other, at) = (
                        one.checked_shr(skipped as u32).unwrap_or(0),
                        other.checked_shr(skipped as u32).unwrap_or(0),
                        at + skipped,
                    );
                    continue;
                }
                let signature = one as usize & self.mask | (other as usize & self.mask) << EDGES;
                if self.sought[signature / 64] >> (signature % 64) & 1 != 0 && (from..end).contains(&at) {
                    found.push(at - self.first);
                }
                (one, other, at) = (one >> 1, other >> 1, at + 1);
            }
        }
    }
}

/// The two rows in which letters and digits have the most edges and differ most.
fn telling_rows(glyphs: &[Glyph], height: usize, first: usize, mask: usize) -> [usize; 2] {
    let letters: Vec<&Glyph> = glyphs.iter().filter(|glyph| glyph.character.is_alphanumeric()).collect();
    let worth = |one: usize, other: usize| {
        let edges = |row: usize| letters.iter().map(move |glyph| Edges::of(glyph, row, first, mask).set);
        let mut distinct: Vec<(usize, usize)> = edges(one).zip(edges(other)).collect();
        let many = distinct.iter().filter(|(one, other)| one.count_ones() + other.count_ones() >= 2).count();
        distinct.sort_unstable();
        distinct.dedup();
        many * 4 + distinct.len()
    };
    let pairs = (0..height).flat_map(|one| (one + 1..height).map(move |other| [one, other]));
    pairs.max_by_key(|[one, other]| worth(*one, *other)).unwrap_or([0, 0])
}
