//! The debug output ports of Bochs, QEMU and their firmware.
//!
//! Ports: E9h (Bochs) and 402h (SeaBIOS). A byte written is text for the host; a read gives E9h, by which a guest
//! knows that somebody listens.

use backplane::{Addr, Claims, Device, Refusal, Reset, Wires};
use serde::{Deserialize, Serialize};

const NAME: &str = "debug ports";
const BOCHS: u16 = 0xE9;
const SEABIOS: u16 = 0x402;
const PRESENT: u32 = 0xE9;

/// Bytes kept for the host until it takes them; what follows is dropped and noted.
pub const MOST_TEXT: usize = 1 << 20;

/// Both debug ports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DebugPorts {}

impl DebugPorts {
    /// The ports.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Device for DebugPorts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("debug text", BOCHS, 1).ports("firmware debug text", SEABIOS, 1)
    }

    fn read(&mut self, _at: Addr, _w: &mut Wires) -> u32 {
        PRESENT
    }

    fn write(&mut self, _at: Addr, value: u32, w: &mut Wires) {
        if w.signals.debug_text.len() < MOST_TEXT {
            w.signals.debug_text.push(value as u8);
        } else {
            w.note(NAME, Refusal::Feature("more than 1 MiB of text at a time".into()));
        }
    }

    fn reset(&mut self, _kind: Reset) {
        let DebugPorts {} = self;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    #[test]
    fn text_of_both_ports_reaches_the_host_in_order() {
        let mut b = Bench::new(DebugPorts::new());
        for (port, byte) in [(BOCHS, b'a'), (SEABIOS, b'b'), (BOCHS, b'c')] {
            b.outb(port, byte);
        }
        assert_eq!(b.signals.debug_text, b"abc");
        assert_eq!((b.inb(BOCHS), b.inb(SEABIOS)), (0xE9, 0xE9));
    }

    #[test]
    fn a_flood_is_bounded_and_noted() {
        let mut b = Bench::new(DebugPorts::new());
        b.signals.debug_text = vec![0; MOST_TEXT];
        b.outb(BOCHS, 1);
        assert_eq!(b.signals.debug_text.len(), MOST_TEXT);
        assert_eq!(b.notes.list().len(), 1);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(|| Bench::new(DebugPorts::new()), 4, 500);
    }
}
