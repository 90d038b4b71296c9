//! Which bytes of the store code was decoded from, so that a write knows at once whether it changes any.
//!
//! Every page has one bit for 64 bytes. A page in which data lies that close to code, and is written, gets a bit for each
//! byte as well: old programs keep their variables and stack between their routines.

const PAGE: u32 = 0x1000;
const WORDS: usize = PAGE as usize / 64;

/// The bytes of a page that are code, one bit each.
type Bytes = [u64; WORDS];

/// The map, of a store of whole pages.
pub(crate) struct CodeMap {
    /// One word a page, one bit for 64 bytes.
    granules: Vec<u64>,
    /// The pages for which more had to be known.
    exact: Vec<Option<Box<Bytes>>>,
}

impl CodeMap {
    /// A map without code for a store of `pages` pages.
    pub(crate) fn new(pages: usize) -> CodeMap {
        CodeMap { granules: vec![0; pages], exact: vec![None; pages] }
    }

    /// Pages of the store.
    pub(crate) fn pages(&self) -> usize {
        self.granules.len()
    }

    /// Forgets all code.
    pub(crate) fn clear(&mut self) {
        self.granules.fill(0);
        self.exact.fill(None);
    }

    /// Notes code at a range inside one page.
    pub(crate) fn add(&mut self, at: u32, bytes: u32) {
        let page = (at / PAGE) as usize;
        self.granules[page] |= granules(at, bytes);
        if let Some(map) = &mut self.exact[page] {
            mark(map, at, bytes);
        }
    }

    /// Replaces what is known of the page at `page * 4096` by `ranges`, byte for byte if `exactly` or if it was.
    pub(crate) fn replace(&mut self, page: usize, ranges: impl Iterator<Item = (u32, u32)>, exactly: bool) {
        self.granules[page] = 0;
        match &mut self.exact[page] {
            Some(map) => map.fill(0),
            none if exactly => *none = Some(Box::new([0; WORDS])),
            _ => {}
        }
        ranges.for_each(|(at, bytes)| self.add(at, bytes));
        if self.granules[page] == 0 {
            self.exact[page] = None;
        }
    }

    /// Whether a range inside one page touches code; near it counts in a page where a write has not yet asked for more.
    #[inline]
    pub(crate) fn touches(&self, at: u32, bytes: u32) -> bool {
        let near = self.granules.get((at / PAGE) as usize).is_some_and(|map| map & granules(at, bytes) != 0);
        near && self.touches_bytes(at, bytes)
    }

    #[inline(never)]
    fn touches_bytes(&self, at: u32, bytes: u32) -> bool {
        let Some(map) = &self.exact[(at / PAGE) as usize] else { return true };
        words(at, bytes).any(|(word, bits)| map[word] & bits != 0)
    }
}

fn mark(map: &mut Bytes, at: u32, bytes: u32) {
    words(at, bytes).for_each(|(word, bits)| map[word] |= bits);
}

/// First and last byte in its page of a range that ends there.
#[inline]
fn ends(at: u32, bytes: u32) -> (u32, u32) {
    let first = at % PAGE;
    (first, (first + bytes.max(1) - 1).min(PAGE - 1))
}

/// The granules of a page that a range touches.
#[inline]
fn granules(at: u32, bytes: u32) -> u64 {
    let (first, last) = ends(at, bytes);
    between(first / 64, last / 64)
}

/// The words of a page's exact map that a range touches, and its bits in each.
fn words(at: u32, bytes: u32) -> impl Iterator<Item = (usize, u64)> {
    let (first, last) = ends(at, bytes);
    (first / 64..=last / 64).map(move |word| {
        let start = word * 64;
        (word as usize, between(first.max(start) - start, last.min(start + 63) - start))
    })
}

/// Bits `first` to `last`.
#[inline]
fn between(first: u32, last: u32) -> u64 {
    u64::MAX << first & u64::MAX >> (63 - last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_near_code_touches_it_until_the_page_is_known_exactly() {
        let mut map = CodeMap::new(2);
        map.add(0x1010, 4);
        assert!(map.touches(0x1014, 1), "the same 64 bytes");
        assert!(!map.touches(0x1040, 4) && !map.touches(0x10, 4));
        map.replace(1, [(0x1010, 4)].into_iter(), true);
        assert!(!map.touches(0x1014, 1) && !map.touches(0x100C, 4));
        assert!(map.touches(0x1013, 1) && map.touches(0x100D, 4));
    }

    #[test]
    fn code_added_to_an_exact_page_is_known_exactly_over_every_boundary() {
        let mut map = CodeMap::new(1);
        map.replace(0, [(0x100, 1)].into_iter(), true);
        map.add(0x3E, 0x84);
        for at in 0..0x1000 {
            assert_eq!(map.touches(at, 1), (0x3E..0xC2).contains(&at) || at == 0x100, "{at:x}");
        }
        assert!(map.touches(0, 0x1000));
    }

    #[test]
    fn a_page_whose_code_is_gone_is_not_kept_exactly() {
        let mut map = CodeMap::new(1);
        map.replace(0, [(0xFFF, 1)].into_iter(), true);
        assert!(map.touches(0xFFF, 1));
        map.replace(0, std::iter::empty(), false);
        map.add(0xFFF, 1);
        assert!(map.touches(0xFC0, 1), "by granules again");
    }
}
