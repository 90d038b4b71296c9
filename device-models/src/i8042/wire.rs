//! What a keyboard or mouse has to send: a bounded queue whose bytes become ready one after the other.

use backplane::Instant;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The most bytes that wait, as in an AT keyboard.
pub(super) const CAPACITY: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Wire {
    /// Bytes with the time each needs after its predecessor, in nanoseconds.
    #[serde(deserialize_with = "backplane::lists::at_most::<_, _, _, { CAPACITY }>")]
    queue: VecDeque<(u8, u64)>,
    /// When the first byte is ready.
    ready: Instant,
}

impl Wire {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn room(&self) -> usize {
        CAPACITY - self.queue.len()
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// Adds a byte that is ready `delay_ns` after its predecessor. When the queue is full the oldest byte is lost:
    /// returns false.
    pub(super) fn push(&mut self, byte: u8, delay_ns: u64, now: Instant) -> bool {
        let fits = self.queue.len() < CAPACITY;
        if !fits {
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            self.ready = now + delay_ns;
        }
        self.queue.push_back((byte, delay_ns));
        fits
    }

    /// When the first byte is ready.
    pub(super) fn ready(&self) -> Option<Instant> {
        (!self.queue.is_empty()).then_some(self.ready)
    }

    /// Takes the first byte.
    pub(super) fn pop(&mut self, now: Instant) -> Option<u8> {
        let (byte, _) = self.queue.pop_front()?;
        self.ready = now + self.queue.front().map_or(0, |(_, delay_ns)| *delay_ns);
        Some(byte)
    }
}
