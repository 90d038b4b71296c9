//! The debug output ports of Bochs, QEMU and their firmware.
//!
//! Ports: E9h (Bochs) and 402h (SeaBIOS), or others that the machine is given. A byte written is text for the host; a read gives E9h, by which a guest
//! knows that somebody listens.

use backplane::{Addr, Claims, Device, Refusal, Reset, Wires};
use serde::{Deserialize, Serialize};

const NAME: &str = "debug ports";
/// The port of Bochs.
pub const BOCHS: u16 = 0xE9;
/// The port of SeaBIOS.
pub const SEABIOS: u16 = 0x402;
const PRESENT: u32 = 0xE9;

/// Bytes kept for the host until it takes them; what follows is dropped and noted.
pub const MOST_TEXT: usize = 1 << 20;

/// The debug ports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DebugPorts {
    ports: Vec<u16>,
}

impl DebugPorts {
    /// The device at these ports, at most [`Claims::MAX`].
    pub fn new(ports: &[u16]) -> Self {
        DebugPorts { ports: ports.iter().copied().take(Claims::MAX).collect() }
    }
}

impl Device for DebugPorts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        self.ports.iter().fold(Claims::none(), |claims, port| claims.ports("debug text", *port, 1))
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
        let DebugPorts { ports: _ } = self;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    fn bench() -> Bench<DebugPorts> {
        Bench::new(DebugPorts::new(&[BOCHS, SEABIOS]))
    }

    #[test]
    fn text_of_both_ports_reaches_the_host_in_order() {
        let mut b = bench();
        for (port, byte) in [(BOCHS, b'a'), (SEABIOS, b'b'), (BOCHS, b'c')] {
            b.outb(port, byte);
        }
        assert_eq!(b.signals.debug_text, b"abc");
        assert_eq!((b.inb(BOCHS), b.inb(SEABIOS)), (0xE9, 0xE9));
    }

    #[test]
    fn a_flood_is_bounded_and_noted() {
        let mut b = bench();
        b.signals.debug_text = vec![0; MOST_TEXT];
        b.outb(BOCHS, 1);
        assert_eq!(b.signals.debug_text.len(), MOST_TEXT);
        assert_eq!(b.notes.list().len(), 1);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(bench, 4, 500);
    }
}
