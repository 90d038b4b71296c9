//! The cache of decoded blocks.
//!
//! A block is a run of instructions inside one page of the store, found by the store offset of its first byte and
//! the code size. Its instructions lie in one arena; an overwritten block is unlinked and its place in the arena
//! is lost until the arena is full and everything is forgotten.

use crate::op::Op;

const NONE: u32 = u32::MAX;
const BUCKETS: usize = 1 << 14;
/// Instructions that the arena holds before it starts afresh.
const ARENA: usize = 1 << 19;
/// Blocks of a page that a write to its code looks at. Overlapping code can make thousands, and a guest that writes there
/// all the time would wait for each of them: what lies behind these is dropped and decoded again when it runs.
const MOST_KEPT: usize = 512;

/// A decoded block.
#[derive(Clone, Copy)]
struct Block {
    /// Store offset of its first byte.
    at: u32,
    code32: bool,
    /// Bytes of code.
    bytes: u32,
    /// Its instructions in the arena.
    first: u32,
    count: u32,
    next_in_bucket: u32,
    next_in_page: u32,
    /// What ran after it: the first that did, and the last other one.
    links: [Guess; 2],
}

/// A guess which block a linear address means; right as long as the generation is the same.
#[derive(Clone, Copy)]
struct Guess {
    linear: u32,
    generation: u32,
    block: u32,
}

impl Guess {
    const NONE: Guess = Guess { linear: 0, generation: NONE, block: NONE };

    #[inline(always)]
    fn means(&self, linear: u32, generation: u32) -> bool {
        self.linear == linear && self.generation == generation
    }
}

const GUESSES: usize = 1 << 12;

/// All blocks.
pub(crate) struct Blocks {
    pub(crate) ops: Vec<Op>,
    list: Vec<Block>,
    buckets: Vec<u32>,
    pages: Vec<u32>,
    guesses: Vec<Guess>,
}

impl Blocks {
    pub(crate) fn new() -> Blocks {
        Blocks {
            ops: Vec::new(),
            list: Vec::new(),
            buckets: vec![NONE; BUCKETS],
            pages: Vec::new(),
            guesses: vec![Guess::NONE; GUESSES],
        }
    }

    /// Makes room for a store of `pages` pages.
    pub(crate) fn size_for(&mut self, pages: usize) {
        if self.pages.len() != pages {
            self.clear();
            self.pages = vec![NONE; pages];
        }
    }

    /// Forgets everything; the granules are the caller's to clear.
    pub(crate) fn clear(&mut self) {
        self.ops.clear();
        self.list.clear();
        self.buckets.fill(NONE);
        self.pages.fill(NONE);
        self.guesses.fill(Guess::NONE);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.ops.len() > ARENA
    }

    #[inline(always)]
    pub(crate) fn guess(&self, linear: u32, generation: u32) -> Option<u32> {
        let guess = &self.guesses[guess_index(linear)];
        guess.means(linear, generation).then_some(guess.block)
    }

    /// The block that followed block `n` before, and its linear address, if that is `linear`.
    #[inline(always)]
    pub(crate) fn follow(&self, n: u32, linear: u32, generation: u32) -> Option<(u32, u32)> {
        let links = &self.list[n as usize].links;
        let link = links.iter().find(|link| link.means(linear, generation))?;
        Some((link.block, link.linear))
    }

    /// Lets block `n` know what followed it.
    pub(crate) fn link(&mut self, n: u32, linear: u32, generation: u32, block: u32) {
        let links = &mut self.list[n as usize].links;
        let place = usize::from(links[0].generation == generation);
        links[place] = Guess { linear, generation, block };
    }

    pub(crate) fn remember(&mut self, linear: u32, generation: u32, block: u32) {
        self.guesses[guess_index(linear)] = Guess { linear, generation, block };
    }

    /// Bytes of code of a block.
    #[inline(always)]
    pub(crate) fn bytes(&self, n: u32) -> u32 {
        self.list[n as usize].bytes
    }

    /// The first instructions of a block, at most `most`.
    #[inline(always)]
    pub(crate) fn ops_of(&self, n: u32, most: u64) -> &[Op] {
        let block = &self.list[n as usize];
        let first = block.first as usize;
        &self.ops[first..first + most.min(u64::from(block.count)) as usize]
    }

    pub(crate) fn find(&self, at: u32, code32: bool) -> Option<u32> {
        let mut n = self.buckets[bucket(at)];
        while let Some(block) = self.list.get(n as usize) {
            if block.at == at && block.code32 == code32 {
                return Some(n);
            }
            n = block.next_in_bucket;
        }
        None
    }

    /// Adds a block whose instructions are the arena's from `first` on.
    pub(crate) fn insert(
        &mut self,
        at: u32,
        code32: bool,
        bytes: u32,
        first: usize,
        granules: &mut [u64],
    ) -> u32 {
        let n = self.list.len() as u32;
        let page = (at >> 12) as usize;
        let head = &mut self.buckets[bucket(at)];
        let in_page = &mut self.pages[page];
        let count = (self.ops.len() - first) as u32;
        let (next_in_bucket, next_in_page) = (*head, *in_page);
        self.list.push(Block {
            at,
            code32,
            bytes,
            first: first as u32,
            count,
            next_in_bucket,
            next_in_page,
            links: [Guess::NONE; 2],
        });
        *head = n;
        *in_page = n;
        granules[page] |= span(at & 0xFFF, bytes);
        n
    }

    /// Drops the blocks that overlap a range of the store inside one page. Whoever calls changes the generation.
    pub(crate) fn overwrite(&mut self, at: u32, bytes: u32, granules: &mut [u64]) {
        let page = (at >> 12) as usize;
        if page >= self.pages.len() {
            return;
        }
        let end = at.saturating_add(bytes);
        let mut map = 0;
        let mut kept = NONE;
        let mut count = 0;
        let mut n = self.pages[page];
        while let Some(&block) = self.list.get(n as usize) {
            if count == MOST_KEPT || block.at < end && at < block.at + block.bytes {
                self.unlink(n, &block);
            } else {
                map |= span(block.at & 0xFFF, block.bytes);
                self.list[n as usize].next_in_page = kept;
                kept = n;
                count += 1;
            }
            n = block.next_in_page;
        }
        self.pages[page] = kept;
        granules[page] = map;
    }

    fn unlink(&mut self, n: u32, block: &Block) {
        let head = bucket(block.at);
        if self.buckets[head] == n {
            self.buckets[head] = block.next_in_bucket;
            return;
        }
        let mut at = self.buckets[head];
        while let Some(other) = self.list.get_mut(at as usize) {
            if other.next_in_bucket == n {
                other.next_in_bucket = block.next_in_bucket;
                return;
            }
            at = other.next_in_bucket;
        }
    }
}

fn guess_index(linear: u32) -> usize {
    (linear ^ linear >> 12) as usize & (GUESSES - 1)
}

fn bucket(at: u32) -> usize {
    (at ^ at >> 14) as usize & (BUCKETS - 1)
}

/// Granules that a range inside a page touches.
fn span(at: u32, bytes: u32) -> u64 {
    let last = (at + bytes.max(1) - 1).min(0xFFF) >> 6;
    u64::MAX << (at >> 6) & u64::MAX >> (63 - last)
}
