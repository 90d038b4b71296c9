//! The cache of decoded blocks.
//!
//! A block is a run of instructions inside one page of the store, found by the store offset of its first byte and
//! the code size. Its instructions lie in one arena; a write inside one instruction decodes that one again, any other
//! drops the block, and its place in the arena is lost until the arena is full and everything is forgotten.

use crate::code_map::CodeMap;
use crate::decode::Decoded;
use crate::op::Op;
use std::ops::Range;

const NONE: u32 = u32::MAX;
const BUCKETS: usize = 1 << 14;
/// Instructions that the arena holds before it starts afresh.
const ARENA: usize = 1 << 19;
/// Blocks of a page that a write to its code looks at. Overlapping code can make thousands, and a guest that writes there
/// all the time would wait for each of them: what lies behind these is dropped and decoded again when it runs.
const MOST_KEPT: usize = 512;

/// More bytes than any segment has.
const DROPPED: u64 = 1 << 33;

/// A decoded block.
#[derive(Clone, Copy)]
struct Block {
    /// Store offset of its first byte.
    at: u32,
    code32: bool,
    /// Bytes of code; [`DROPPED`] for a block that is only remembered by links and guesses.
    bytes: u64,
    /// Its instructions in the arena. Before the last two there may lie one step that does what both do.
    first: u32,
    count: u32,
    paired: bool,
    next_in_bucket: u32,
    next_in_page: u32,
    /// What ran after it: the first that did, and the last other one.
    links: [Guess; 2],
}

impl Block {
    /// Store offset behind its last byte.
    fn end(&self) -> u32 {
        self.at.saturating_add(self.bytes as u32)
    }
}

/// Code that was decoded into the arena's last steps.
pub(crate) struct Code {
    /// Store offset of its first byte.
    pub(crate) at: u32,
    pub(crate) code32: bool,
    pub(crate) bytes: u32,
    /// Its first step in the arena.
    pub(crate) first: usize,
    /// The third step from the end does what the last two do.
    pub(crate) paired: bool,
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

    /// Forgets everything; the code map is the caller's to clear.
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
        (guess.means(linear, generation) && self.bytes(guess.block) != DROPPED).then_some(guess.block)
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

    /// Bytes of code of a block; more than any segment has, when it was dropped.
    #[inline(always)]
    pub(crate) fn bytes(&self, n: u32) -> u64 {
        self.list.get(n as usize).map_or(DROPPED, |block| block.bytes)
    }

    /// Steps that do the first instructions of a block, at least one and at most `most`.
    #[inline(always)]
    pub(crate) fn steps(&self, n: u32, most: u64) -> &[Op] {
        let block = &self.list[n as usize];
        let (first, count) = (block.first as usize, block.count as usize);
        if most < count as u64 {
            return self.part(block, most as usize);
        }
        &self.ops[first..first + count - usize::from(block.paired)]
    }

    #[cold]
    fn part(&self, block: &Block, most: usize) -> &[Op] {
        let first = block.first as usize;
        let alone = block.count as usize - if block.paired { 2 } else { 0 };
        if alone == 0 {
            // Only the first half of the pair, which lies behind it.
            return &self.ops[first + 1..first + 2];
        }
        &self.ops[first..first + most.min(alone)]
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

    /// Adds a block whose instructions are the arena's last.
    pub(crate) fn insert(&mut self, code: Code, map: &mut CodeMap) -> u32 {
        let Code { at, code32, bytes, first, paired } = code;
        let n = self.list.len() as u32;
        let page = (at >> 12) as usize;
        let head = &mut self.buckets[bucket(at)];
        let in_page = &mut self.pages[page];
        let count = (self.ops.len() - first) as u32 - u32::from(paired);
        let (next_in_bucket, next_in_page) = (*head, *in_page);
        self.list.push(Block {
            at,
            code32,
            bytes: u64::from(bytes),
            first: first as u32,
            count,
            paired,
            next_in_bucket,
            next_in_page,
            links: [Guess::NONE; 2],
        });
        *head = n;
        *in_page = n;
        map.add(at, bytes);
        n
    }

    /// Brings the blocks that overlap a range of the store inside one page up to what is there now: one whose change lies
    /// inside one instruction gets that instruction from `decode` (store offset, code size), any other is dropped.
    pub(crate) fn overwrite(
        &mut self,
        at: u32,
        bytes: u32,
        map: &mut CodeMap,
        decode: impl Fn(u32, bool) -> Option<Decoded>,
    ) {
        let page = (at >> 12) as usize;
        if page >= self.pages.len() {
            return;
        }
        let end = at.saturating_add(bytes);
        let mut kept = NONE;
        let mut count = 0;
        let (mut in_vain, mut dropped) = (true, false);
        let mut n = self.pages[page];
        while let Some(&block) = self.list.get(n as usize) {
            let met = block.at < end && at < block.end();
            in_vain &= !met;
            if count == MOST_KEPT || met && !self.patch(&block, at..end, &decode) {
                self.unlink(n, &block);
                self.list[n as usize].bytes = DROPPED;
                dropped = true;
            } else {
                self.list[n as usize].next_in_page = kept;
                kept = n;
                count += 1;
            }
            n = block.next_in_page;
        }
        self.pages[page] = kept;
        if in_vain || dropped {
            map.replace(page, self.in_page(page), in_vain);
        }
    }

    /// Where the blocks of a page are: store offset and bytes.
    fn in_page(&self, page: usize) -> impl Iterator<Item = (u32, u32)> {
        let block = |n: u32| self.list.get(n as usize);
        let blocks = std::iter::successors(block(self.pages[page]), move |at| block(at.next_in_page));
        blocks.map(|block| (block.at, block.end() - block.at))
    }

    /// Decodes again the one instruction that a write changed, if there is just one and it goes on as long as before.
    fn patch(
        &mut self,
        block: &Block,
        written: Range<u32>,
        decode: impl Fn(u32, bool) -> Option<Decoded>,
    ) -> bool {
        let alone = block.count as usize - if block.paired { 2 } else { 0 };
        let first = block.first as usize;
        let mut at = block.at;
        for (n, op) in self.ops[first..first + alone].iter_mut().enumerate() {
            let behind = at + u32::from(op.len);
            if at <= written.start && written.end <= behind {
                let last = n + 1 == block.count as usize;
                let same = |new: &Decoded| new.op.len == op.len && (last || !new.ends_block);
                return decode(at, block.code32).filter(same).map(|new| *op = new.op).is_some();
            }
            at = behind;
        }
        false
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
