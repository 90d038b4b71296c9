//! A POST card: keeps the codes that firmware and test programs write to the diagnostic port.
//!
//! The card only listens: port 80h belongs to the DMA page registers, which go on to answer it, and a port of nobody's stays
//! one. It hears byte cycles; wider writes reach it as the bytes that the bus cuts them into. No interrupts.

use backplane::{Addr, Claims, Device, Reset, Wires};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The diagnostic port of the PC/AT.
pub const PORT: u16 = 0x80;
/// Codes kept; of more, the oldest are forgotten.
pub const MOST_CODES: usize = 256;

/// The card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostCard {
    port: u16,
    codes: VecDeque<u8>,
}

impl PostCard {
    /// A card that listens to `port`.
    pub fn new(port: u16) -> Self {
        PostCard { port, codes: VecDeque::new() }
    }

    /// The codes in the order in which they came; a code that was written again and again stands once.
    pub fn codes(&self) -> impl DoubleEndedIterator<Item = u8> + '_ {
        self.codes.iter().copied()
    }

    /// A byte is written to a port of the board.
    #[inline]
    pub fn hear(&mut self, port: u16, value: u8) {
        if port == self.port && self.codes.back() != Some(&value) {
            self.keep(value);
        }
    }

    fn keep(&mut self, code: u8) {
        if self.codes.len() >= MOST_CODES {
            self.codes.pop_front();
        }
        self.codes.push_back(code);
    }
}

impl Device for PostCard {
    fn name(&self) -> &'static str {
        "POST card"
    }

    fn claims(&self) -> Claims {
        Claims::none()
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        at.width().mask()
    }

    fn write(&mut self, _at: Addr, _value: u32, _w: &mut Wires) {}

    /// What led to a reset of the board is still shown after it.
    fn reset(&mut self, kind: Reset) {
        let PostCard { port: _, codes } = self;
        if kind == Reset::PowerOn {
            codes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    fn heard(writes: &[(u16, u8)]) -> Vec<u8> {
        let mut card = PostCard::new(0x190);
        for (port, value) in writes {
            card.hear(*port, *value);
        }
        card.codes().collect()
    }

    #[test]
    fn codes_are_kept_in_order_and_repeats_once() {
        let writes = [(0x190, 1), (0x190, 2), (0x190, 2), (0x80, 9), (0x190, 2), (0x190, 1)];
        assert_eq!(heard(&writes), [1, 2, 1]);
    }

    #[test]
    fn of_many_codes_the_newest_are_kept() {
        let writes: Vec<(u16, u8)> = (0..1000).map(|n| (0x190, n as u8)).collect();
        let codes = heard(&writes);
        assert_eq!((codes.len(), codes.last()), (MOST_CODES, Some(&(999_u16 as u8))));
    }

    #[test]
    fn a_board_reset_keeps_what_led_to_it() {
        let mut b = Bench::new(PostCard::new(PORT));
        b.chip.hear(PORT, 0x42);
        b.chip.reset(Reset::Board);
        assert_eq!(b.chip.codes().last(), Some(0x42));
        b.chip.reset(Reset::PowerOn);
        assert_eq!(b.chip.codes().last(), None);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(|| Bench::new(PostCard::new(PORT)), 4, 200);
    }
}
