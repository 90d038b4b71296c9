//! The store page by page. Copies share the pages, so a snapshot costs what was written since the one before.

use backplane::{PAGE, PageFlags, Ram};
use std::sync::Arc;

/// One page.
type Page = [u8; PAGE];

const ZEROS: Page = [0; PAGE];

/// Pages of a leaf: 2 MiB of the store.
const LEAF: usize = 512;

/// A stretch of pages; those of zeros are absent.
#[derive(Clone)]
struct Leaf([Option<Arc<Page>>; LEAF]);

/// The content of a store, without the pages that hold zeros only.
#[derive(Clone)]
pub struct Pages {
    len: usize,
    leaves: Vec<Option<Arc<Leaf>>>,
}

impl Pages {
    /// A store of `len` bytes, a multiple of [`PAGE`], that are all zero.
    pub(crate) fn zeros(len: usize) -> Pages {
        Pages { len, leaves: vec![None; (len / PAGE).div_ceil(LEAF)] }
    }

    /// Bytes of the whole store, a multiple of [`PAGE`].
    pub fn store_len(&self) -> usize {
        self.len
    }

    /// The pages that hold anything: byte offset in the store, and content.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[u8; PAGE])> {
        let leaves = self.leaves.iter().enumerate().filter_map(|(n, leaf)| Some((n, leaf.as_ref()?)));
        leaves.flat_map(|(n, leaf)| {
            let pages = leaf.0.iter().enumerate();
            pages.filter_map(move |(at, page)| Some(((n * LEAF + at) * PAGE, &**page.as_ref()?)))
        })
    }

    /// The page at a byte offset, a multiple of [`PAGE`]; none if it holds zeros only.
    pub fn page(&self, offset: usize) -> Option<&[u8; PAGE]> {
        self.shared(offset / PAGE).map(|page| &**page)
    }

    /// Byte offsets of the pages that differ from those of another store of the same length.
    pub fn differences<'a>(&'a self, other: &'a Pages) -> impl Iterator<Item = usize> + 'a {
        let pages = 0..self.len / PAGE;
        pages.filter(|&n| !same(self.shared(n), other.shared(n))).map(|n| n * PAGE)
    }

    fn shared(&self, number: usize) -> Option<&Arc<Page>> {
        self.leaves.get(number / LEAF)?.as_ref()?.0[number % LEAF].as_ref()
    }

    /// Puts a page in its place; one of zeros is not kept.
    pub(crate) fn set(&mut self, number: usize, page: &Page) {
        if self.page(number * PAGE).unwrap_or(&ZEROS) != page {
            self.place(number, Arc::new(*page));
        }
    }

    /// As [`Pages::set`], of a page that is on the heap already.
    pub(super) fn place(&mut self, number: usize, page: Arc<Page>) {
        let Some(leaf) = self.leaves.get_mut(number / LEAF) else { return };
        let leaf = leaf.get_or_insert_with(|| Arc::new(Leaf([const { None }; LEAF])));
        Arc::make_mut(leaf).0[number % LEAF] = (*page != ZEROS).then_some(page);
    }

    /// Takes over what was written to `ram`, which held these pages, and has its pages count as not written.
    pub(super) fn follow(&mut self, ram: &Ram) {
        let mut page = [0; PAGE];
        for number in (0..self.len / PAGE).filter(|n| is_written(ram, *n)) {
            ram.read(number * PAGE, &mut page);
            self.set(number, &page);
        }
        ram.clear_flags(0, self.len, PageFlags::SNAPSHOT_DIRTY);
    }

    /// Brings `ram`, which held `from` and was written to since, to these pages. Pages that are equal already are not touched.
    pub(super) fn put(&self, ram: &Ram, from: &Pages) {
        let mut page = ZEROS;
        for number in 0..self.len / PAGE {
            let (wanted, held) = (self.shared(number), from.shared(number));
            if !is_written(ram, number) {
                if !same(wanted, held) {
                    ram.write(number * PAGE, wanted.map_or(&ZEROS, |page| &**page));
                }
                continue;
            }
            let wanted = wanted.map_or(&ZEROS, |page| &**page);
            ram.read(number * PAGE, &mut page);
            if page != *wanted {
                ram.write(number * PAGE, wanted);
            }
        }
        ram.clear_flags(0, self.len, PageFlags::SNAPSHOT_DIRTY);
    }
}

fn is_written(ram: &Ram, number: usize) -> bool {
    ram.flags(number * PAGE).contains(PageFlags::SNAPSHOT_DIRTY)
}

/// Whether two places of pages are equal, which those that are shared are without a look.
fn same(a: Option<&Arc<Page>>, b: Option<&Arc<Page>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        (None, None) => true,
        _ => false,
    }
}

impl PartialEq for Pages {
    fn eq(&self, other: &Pages) -> bool {
        self.len == other.len && self.differences(other).next().is_none()
    }
}

impl Eq for Pages {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ram() -> Ram {
        Ram::new(3 * LEAF * PAGE).unwrap()
    }

    fn follow(pages: &mut Pages, ram: &Ram) -> Pages {
        pages.follow(ram);
        pages.clone()
    }

    #[test]
    fn copies_share_all_but_what_was_written() {
        let ram = ram();
        let mut pages = Pages::zeros(ram.len());
        ram.write(5 * PAGE, &[1]);
        ram.write(2 * LEAF * PAGE + 7, &[2]);
        let first = follow(&mut pages, &ram);
        ram.write(5 * PAGE, &[3]);
        let second = follow(&mut pages, &ram);
        let places = |pages: &Pages| pages.iter().map(|(at, page)| (at / PAGE, page[0])).collect::<Vec<_>>();
        assert_eq!(places(&first), [(5, 1), (2 * LEAF, 0)]);
        assert_eq!(places(&second), [(5, 3), (2 * LEAF, 0)]);
        assert!(std::ptr::eq(first.page(2 * LEAF * PAGE).unwrap(), second.page(2 * LEAF * PAGE).unwrap()));
        assert_eq!(first.differences(&second).collect::<Vec<_>>(), [5 * PAGE]);
    }

    #[test]
    fn pages_that_became_zero_are_dropped() {
        let ram = ram();
        let mut pages = Pages::zeros(ram.len());
        ram.write(9, &[1]);
        pages.follow(&ram);
        ram.write(9, &[0]);
        pages.follow(&ram);
        assert_eq!(pages.iter().count(), 0);
        assert!(pages == Pages::zeros(ram.len()));
    }

    #[test]
    fn a_store_is_brought_back_from_anywhere_and_equal_pages_are_left_alone() {
        let ram = ram();
        let mut pages = Pages::zeros(ram.len());
        ram.write(0, &[1; PAGE]);
        ram.write(PAGE, &[2; PAGE]);
        let first = follow(&mut pages, &ram);
        ram.write(PAGE, &[3; PAGE]);
        ram.write(LEAF * PAGE, &[4]);
        let second = follow(&mut pages, &ram);
        ram.write(0, &[5]);
        ram.clear_flags(0, ram.len(), PageFlags::VIDEO_DIRTY);
        first.put(&ram, &second);
        let mut seen = Pages::zeros(ram.len());
        for number in 0..ram.len() / PAGE {
            let mut page = [0; PAGE];
            ram.read(number * PAGE, &mut page);
            seen.set(number, &page);
        }
        assert!(seen == first);
        let touched = |n: usize| ram.flags(n * PAGE).contains(PageFlags::VIDEO_DIRTY);
        assert_eq!([0, 1, 2, LEAF].map(touched), [true, true, false, true]);
    }
}
