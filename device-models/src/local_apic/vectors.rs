//! A register of 256 bits, one a vector: requests, interrupts in service, trigger modes.

use serde::{Deserialize, Serialize};

/// A set of vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vectors([u32; 8]);

impl Vectors {
    pub(super) fn insert(&mut self, vector: u8) {
        self.0[usize::from(vector >> 5)] |= 1 << (vector & 31);
    }

    pub(super) fn remove(&mut self, vector: u8) {
        self.0[usize::from(vector >> 5)] &= !(1 << (vector & 31));
    }

    /// The vector of the highest priority.
    pub(super) fn highest(&self) -> Option<u8> {
        let (n, word) = self.0.iter().enumerate().rev().find(|(_, word)| **word != 0)?;
        Some((n as u32 * 32 + 31 - word.leading_zeros()) as u8)
    }

    /// Vectors 32 `n` to 32 `n` + 31 as a register has them.
    pub(super) fn word(&self, n: u32) -> u32 {
        self.0.get(n as usize).copied().unwrap_or(0)
    }
}
