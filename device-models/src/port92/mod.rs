//! System control port A of the PS/2 and of PCI chip sets: A20 and the fast CPU reset.
//!
//! Port: 92h. Bit 0 written as 1 resets the CPU, bit 1 is the A20 gate; the other bits are kept.
//!
//! Follows the 82371SB (PIIX3) data sheet. Deviation: bit 0 reads as 0 after it was written, so that a
//! read-modify-write of bit 1 never resets, and each write of 1 resets.

use backplane::{Addr, Claims, Device, Reset, Wires};
use bitflags::bitflags;
use serde::{Deserialize, Serialize};

const PORT: u16 = 0x92;

bitflags! {
    struct PortA: u8 {
        const FAST_RESET = 1 << 0;
        const A20 = 1 << 1;
    }
}

/// Port 92h.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Port92 {
    /// Bits 7-2 as written.
    kept: u8,
}

impl Port92 {
    /// The port as after a reset.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Device for Port92 {
    fn name(&self) -> &'static str {
        "port 92h"
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("port A", PORT, 1)
    }

    fn read(&mut self, _at: Addr, w: &mut Wires) -> u32 {
        let a20 = if w.signals.a20 { PortA::A20 } else { PortA::empty() };
        (self.kept | a20.bits()).into()
    }

    fn write(&mut self, _at: Addr, value: u32, w: &mut Wires) {
        let port = PortA::from_bits_retain(value as u8);
        self.kept = value as u8 & !PortA::all().bits();
        w.signals.a20 = port.contains(PortA::A20);
        if port.contains(PortA::FAST_RESET) {
            w.signals.reset = Some(Reset::Cpu);
        }
    }

    fn reset(&mut self, _kind: Reset) {
        let Port92 { kept } = self;
        *kept = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    #[test]
    fn kbd_03_bit_1_is_the_a20_gate_whoever_wrote_it_last() {
        let mut b = Bench::new(Port92::new());
        b.outb(PORT, 0x00);
        assert!(!b.signals.a20);
        b.outb(PORT, 0x02);
        assert!(b.signals.a20);
        b.signals.a20 = false;
        assert_eq!(b.inb(PORT), 0x00, "the keyboard controller closed it");
    }

    #[test]
    fn bit_0_resets_the_cpu_and_reads_as_zero() {
        let mut b = Bench::new(Port92::new());
        b.outb(PORT, 0x26);
        assert_eq!(b.signals.reset, None);
        b.outb(PORT, 0x27);
        assert_eq!(b.signals.reset, Some(Reset::Cpu));
        assert_eq!(b.inb(PORT), 0x26);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(|| Bench::new(Port92::new()), 8, 500);
    }
}
