//! Everything a chip may touch during one call.

use crate::{Drives, Instant, IsaDma, Notes, Ram, Refusal, Reset};
use serde::{Deserialize, Serialize};

/// Board-level signals that chips drive and read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// The A20 gate: one latch, last writer wins (8042 output port, port 92h). `false` masks address bit 20.
    pub a20: bool,
    /// A reset that a chip asks for; the board takes it before the next instruction.
    pub reset: Option<Reset>,
    /// A chip asks for power-off; the machine stops.
    pub power_off: bool,
    /// A test program ended the run with this status; the machine stops.
    pub exit: Option<u32>,
    /// What was written to the debug ports since the machine last took it.
    pub debug_text: Vec<u8>,
    /// What was sent on each serial port since the machine last took it.
    pub serial_text: [Vec<u8>; 4],
}

impl Signals {
    /// Without the text that the host may take whenever it likes.
    pub fn without_text(&self) -> Signals {
        let Signals { a20, reset, power_off, exit, .. } = *self;
        Signals { a20, reset, power_off, exit, debug_text: Vec::new(), serial_text: Default::default() }
    }
}

impl Default for Signals {
    fn default() -> Self {
        Signals {
            a20: true,
            reset: None,
            power_off: false,
            exit: None,
            debug_text: Vec::new(),
            serial_text: Default::default(),
        }
    }
}

/// What the board lends a chip for one call.
pub struct Wires<'a> {
    /// The present.
    pub now: Instant,
    /// Guest RAM, ROM and video memory, for DMA and for chips whose memory lives in the store. Bus masters see
    /// physical addresses below the RAM size.
    pub ram: &'a Ram,
    /// The ISA DMA channels.
    pub dma: &'a mut IsaDma,
    /// Board signals.
    pub signals: &'a mut Signals,
    /// Refusals.
    pub notes: &'a mut Notes,
    /// The drive bays with their media.
    pub drives: &'a mut Drives,
}

impl Wires<'_> {
    /// Records that `chip` refused something.
    pub fn note(&mut self, chip: &'static str, refusal: Refusal) {
        self.notes.add(self.now, chip, refusal);
    }
}
