//! Keys on their way into the guest: in their order, none lost, and none held longer than a hand would.

use crate::guest::{Guest, Input, Key};
use std::collections::VecDeque;

/// How long a key stays down that a terminal reports without its release. Games look at what is down once a frame; a PC
/// repeats a key only after 250 ms.
const HELD_NS: u64 = 60_000_000;
/// How long a key waits for a guest that takes none, before it goes in as a keyboard would send it.
const PATIENCE_NS: u64 = 500_000_000;
/// Key movements that wait at most: a long paste.
const MOST: usize = 1 << 16;
/// How often the guest is asked whether it takes a key.
pub(super) const STEP_NS: u64 = 1_000_000;

struct Waiting {
    key: Key,
    down: bool,
    /// Waits for as long as the guest is busy: pasted text, of which nothing must be lost.
    pasted: bool,
}

/// Types what the user types.
#[derive(Default)]
pub(super) struct Typist {
    waiting: VecDeque<Waiting>,
    /// Keys that are down in the guest.
    down: Vec<Key>,
    /// Keys that will be down when all that waits is typed, and whose release no terminal will report.
    chord: Vec<Key>,
    /// When they are let go.
    release_at: u64,
    /// When the guest last had room for a key.
    taken_at: u64,
}

impl Typist {
    /// A key that went down or up.
    pub(super) fn moved(&mut self, key: Key, down: bool) {
        self.put(key, down, false);
    }

    /// Keys of which only is known that they were pressed together.
    pub(super) fn pressed(&mut self, chord: Vec<Key>, pasted: bool) {
        if chord.is_empty() {
            return;
        }
        self.let_go(pasted);
        chord.iter().for_each(|key| self.put(*key, true, pasted));
        self.chord = chord;
    }

    fn let_go(&mut self, pasted: bool) {
        let chord = std::mem::take(&mut self.chord);
        chord.into_iter().rev().for_each(|key| self.put(key, false, pasted));
    }

    fn put(&mut self, key: Key, down: bool, pasted: bool) {
        if self.waiting.len() < MOST || !down {
            self.waiting.push_back(Waiting { key, down, pasted });
        }
    }

    /// Forgets what waits, and lets go of everything: the keyboard's cable went to somebody else.
    pub(super) fn release_all(&mut self) {
        self.waiting.clear();
        self.chord.clear();
        for key in self.down.clone() {
            self.put(key, false, false);
        }
    }

    /// Whether the guest must be looked at often.
    pub(super) fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands over what the guest takes now.
    pub(super) fn feed(&mut self, guest: &mut dyn Guest) {
        let now = guest.now().ns();
        if self.waiting.is_empty() && !self.chord.is_empty() && now >= self.release_at {
            self.let_go(false);
        }
        let ready = guest.ready_for_key();
        if ready {
            self.taken_at = now;
        }
        let patient = |next: &Waiting| next.pasted || now < self.taken_at + PATIENCE_NS;
        if !ready && self.waiting.front().is_some_and(patient) {
            return;
        }
        if let Some(Waiting { key, down, .. }) = self.waiting.pop_front() {
            guest.inject(Input::Key { key, down });
            self.down.retain(|other| *other != key);
            if down {
                self.down.push(key);
            }
            self.release_at = now + HELD_NS;
        }
    }
}
