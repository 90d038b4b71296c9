//! What a CPU makes of an access to memory: one that crosses a dword is two, and a string instruction goes element by element
//! where nobody does more of it at once.

use super::subject::Subject;
use crate::{Ram, Repeat, Source, Width};

/// A subject whose memory is accessed as a CPU does.
pub trait Memory: Subject {
    /// The store.
    fn store(&self) -> &Ram;

    /// A read inside one dword.
    fn read_within(&mut self, at: u32, width: Width) -> u32;

    /// A write inside one dword; `value` has no bits beyond its width.
    fn write_within(&mut self, at: u32, width: Width, value: u32);

    /// A string instruction; how many elements were done at once, from the first on.
    fn at_once(&mut self, repeat: &Repeat) -> u32;

    /// A read.
    fn read_at(&mut self, at: u32, width: Width) -> u32 {
        if !crosses(at, width) {
            return self.read_within(at, width);
        }
        let half = halved(width);
        let high = 8 * half.bytes();
        self.read_at(at, half) | self.read_at(at.wrapping_add(half.bytes()), half) << high
    }

    /// A write; bits of `value` beyond the width are not.
    fn write_at(&mut self, at: u32, width: Width, value: u32) {
        if !crosses(at, width) {
            return self.write_within(at, width, value & width.mask());
        }
        let half = halved(width);
        self.write_at(at, half, value);
        self.write_at(at.wrapping_add(half.bytes()), half, value >> (8 * half.bytes()));
    }

    /// A whole string instruction.
    ///
    /// # Panics
    /// When more was done at once than was asked for.
    fn repeated(&mut self, repeat: Repeat) {
        let at = |first: u32, n| first.wrapping_add(repeat.distance(n));
        let mut done = 0;
        while done < repeat.count {
            let from = match repeat.from {
                Source::Chip(first) => Source::Chip(at(first, done)),
                other => other,
            };
            let rest = Repeat { from, to: at(repeat.to, done), count: repeat.count - done, ..repeat };
            let at_once = self.at_once(&rest);
            assert!(at_once <= rest.count, "{}: did {at_once} of {} elements", self.name(), rest.count);
            done += at_once;
            if at_once == 0 {
                let value = match from {
                    Source::Chip(address) => self.read_at(address, repeat.width),
                    Source::Value(value) => value,
                    Source::Store(offset) => self.store().read_u32(offset as usize),
                };
                self.write_at(at(repeat.to, done), repeat.width, value);
                done += 1;
            }
        }
    }
}

/// The width of half an access.
#[inline]
pub(super) fn halved(width: Width) -> Width {
    if width == Width::Dword { Width::Word } else { Width::Byte }
}

/// Whether an access crosses a dword boundary.
#[inline]
fn crosses(at: u32, width: Width) -> bool {
    at % 4 + width.bytes() > 4
}
