//! The soft TLB: linear pages to places in the store.
//!
//! Direct-mapped, one half for supervisor and one for user accesses. An entry answers four questions by four
//! tags: may I read, write, execute here without a second look, and is the translation known at all (for pages
//! of devices, pages with code, pages under a watchpoint).

use crate::word::Word;

/// Entries in one half.
pub(crate) const HALF: usize = 2048;
/// A tag that no access can have: bit 11 is never part of one.
pub(crate) const NEVER: u32 = 0x800;
/// A tag that no access can have, in an entry that a flush of one page emptied.
const GONE: u32 = 0x801;
/// Linear address bits of the page.
pub(crate) const PAGE_MASK: u32 = 0xFFFF_F000;

/// A translation.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Entry {
    /// Page that may be read at `offset` with no further look.
    pub(crate) read: u32,
    /// Page that may be written at `offset` with no further look.
    pub(crate) write: u32,
    /// Page whose code may be fetched at `offset`.
    pub(crate) exec: u32,
    /// Page that the rest of the entry describes.
    pub(crate) known: u32,
    /// Where the page begins in the store, when `kind` is not a device.
    pub(crate) offset: u32,
    /// Physical address of the page, A20 applied.
    pub(crate) physical: u32,
    pub(crate) kind: Kind,
    /// The page tables allow writes, and the dirty bit is set.
    pub(crate) writable: bool,
    pub(crate) global: bool,
}

/// What lies behind a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Ram,
    Rom,
    Device,
    /// Beyond 4 GiB of physical address: an undriven bus.
    Nowhere,
}

impl Entry {
    pub(crate) const EMPTY: Entry = Entry {
        read: NEVER,
        write: NEVER,
        exec: NEVER,
        known: NEVER,
        offset: 0,
        physical: 0,
        kind: Kind::Nowhere,
        writable: false,
        global: false,
    };
}

/// The array.
pub(crate) struct Tlb {
    pub(crate) entries: [Entry; 2 * HALF],
    /// Places that are in use: what a flush has to visit.
    filled: Vec<u16>,
}

impl Tlb {
    pub(crate) fn new() -> Tlb {
        Tlb { entries: [Entry::EMPTY; 2 * HALF], filled: Vec::with_capacity(2 * HALF) }
    }

    /// The entry that an access from `side` looks at.
    #[inline(always)]
    pub(crate) fn at(&self, linear: u32, side: usize) -> &Entry {
        &self.entries[(index(linear) + side) & (2 * HALF - 1)]
    }

    pub(crate) fn fill(&mut self, at: usize, entry: Entry) {
        let at = at & (2 * HALF - 1);
        if self.entries[at].known == NEVER {
            self.filled.push(at as u16);
        }
        self.entries[at] = entry;
    }

    pub(crate) fn flush(&mut self) {
        for at in self.filled.drain(..) {
            self.entries[usize::from(at)] = Entry::EMPTY;
        }
    }

    /// What a load of CR3 does when global pages are on.
    pub(crate) fn flush_local(&mut self) {
        let entries = &mut self.entries;
        self.filled.retain(|&at| {
            let entry = &mut entries[usize::from(at)];
            if !entry.global {
                *entry = Entry::EMPTY;
            }
            entry.global
        });
    }

    /// Forgets one linear page in both halves.
    pub(crate) fn flush_page(&mut self, linear: u32) {
        let page = index(linear);
        for at in [page, page + HALF] {
            // A place stays listed as filled, so it must not look empty: only its tags go.
            let entry = &mut self.entries[at];
            if entry.known != NEVER {
                *entry = Entry { known: GONE, global: false, ..Entry::EMPTY };
            }
        }
    }

    /// Takes fast writes away from the page at `offset` of the store: it holds code now.
    pub(crate) fn guard_writes(&mut self, offset: u32) {
        for &at in &self.filled {
            let entry = &mut self.entries[usize::from(at)];
            if entry.offset == offset {
                entry.write = NEVER;
            }
        }
    }
}

/// The entry of a linear address in the supervisor half.
#[inline(always)]
pub(crate) fn index(linear: u32) -> usize {
    (linear >> 12) as usize & (HALF - 1)
}

/// The tag by which an entry lets a whole access through: the page of its last byte. An access that crosses into the next
/// page looks at the entry of its first one, and so never finds it.
#[inline(always)]
pub(crate) fn tag<W: Word>(linear: u32) -> u32 {
    linear.wrapping_add(W::BYTES - 1) & PAGE_MASK
}
