//! What can stand on the bench: a chip with its surroundings, or a whole board.

use super::places::Places;
use super::script::Action;
use crate::{Drives, Instant, PAGE, PageFlags, Ram};

/// What an action brought.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Nothing to see.
    Nothing,
    /// What was read.
    Value(u32),
    /// RAM.
    Bytes(Vec<u8>),
}

/// What a board sees of a subject without asking anything of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outside {
    /// Levels of the interrupt lines, or the CPU's pins.
    pub lines: u32,
    /// The next wake-up.
    pub wake: Option<Instant>,
    /// Changes when the claims do.
    pub claims_key: u64,
}

/// What stands on the bench.
///
/// Two subjects of one make that get the same actions are the same in everything, always.
pub trait Subject: Sized {
    /// All that an action can change, as it is when programs begin.
    type Start;

    /// What the subject calls itself in messages.
    fn name(&self) -> &'static str;

    /// Does an action.
    ///
    /// # Panics
    /// When the subject breaks its contract.
    fn act(&mut self, action: &Action) -> Answer;

    /// Where accesses go now.
    fn places(&mut self) -> &Places;

    /// What is seen from outside now.
    fn outside(&self) -> Outside;

    /// The present.
    fn now(&self) -> Instant;

    /// A second subject in the same state, rebuilt from what a snapshot stores. It does string instructions element by element.
    fn twin(&self) -> Self;

    /// The state that programs begin with.
    fn start(&self) -> Self::Start;

    /// Goes back to the start, at a cost that follows what was changed.
    fn rewind(&mut self, start: &Self::Start);

    /// Becomes what the saved state of `from` says, and nothing else.
    ///
    /// # Panics
    /// When that is not what `from` is, or the state has grown without bound.
    fn restore(&mut self, from: &Self);

    /// Bytes of its saved state, without what the host may take out of it whenever it likes.
    fn saved_bytes(&self) -> usize;

    /// The first thing in which the two are not the same.
    fn difference(&self, twin: &Self) -> Option<String>;
}

/// The store as it is when programs begin.
pub struct StartStore(Vec<u8>);

impl StartStore {
    /// Copies a store, and begins to follow what is written to it.
    pub fn of(ram: &Ram) -> StartStore {
        let mut bytes = vec![0; ram.len()];
        ram.read(0, &mut bytes);
        ram.clear_flags(0, ram.len(), PageFlags::SNAPSHOT_DIRTY);
        StartStore(bytes)
    }

    /// Puts back the pages that were written.
    pub fn put_back(&self, ram: &Ram) {
        ram.each_dirty_page(|page| {
            let at = page * PAGE;
            ram.write(at, &self.0[at..at + PAGE]);
            ram.clear_flags(at, PAGE, PageFlags::SNAPSHOT_DIRTY);
        });
    }
}

/// Where two stores differ that were the same before they were written to.
pub fn store_difference(one: &Ram, other: &Ram) -> Option<String> {
    let mut difference = None;
    let mut look = |page| difference = difference.or_else(|| one.page_difference(other, page));
    one.each_dirty_page(&mut look);
    other.each_dirty_page(|page| {
        if !one.flags(page * PAGE).contains(PageFlags::SNAPSHOT_DIRTY) {
            look(page);
        }
    });
    difference.map(|at| format!("memory at {at:#x} of the store"))
}

/// Whether the same was written to the media of both.
pub fn same_media(one: &Drives, other: &Drives) -> bool {
    crate::Bay::ALL.iter().all(|bay| {
        one.changes(*bay) == other.changes(*bay)
            && match (one.get(*bay), other.get(*bay)) {
                (None, None) => true,
                (Some(one), Some(other)) => one.len() == other.len() && one.written().eq(other.written()),
                _ => false,
            }
    })
}
