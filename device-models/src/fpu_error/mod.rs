//! The PC/AT's coprocessor error logic: FERR# becomes IRQ13, and the handler answers through ports.
//!
//! Ports: F0h clears the interrupt and, while FERR# is asserted, asserts IGNNE#; F1h (reset of a separate
//! coprocessor) clears too. IRQ13. Reads give an undriven bus.
//!
//! Follows the 82371SB (PIIX3) data sheet.

use backplane::{Addr, Claims, Device, Reset, Wires};
use serde::{Deserialize, Serialize};

const CLEAR_BUSY: u16 = 0xF0;

/// The error latch between FPU and interrupt controller.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FpuError {
    ferr: bool,
    irq: bool,
    ignne: bool,
}

impl FpuError {
    /// No error.
    pub fn new() -> Self {
        Self::default()
    }

    /// The CPU reports an unmasked floating-point error with CR0.NE clear: IRQ13 rises.
    pub fn assert_ferr(&mut self) {
        self.ferr = true;
        self.ignne = false;
        self.irq = true;
    }

    /// The FPU has no unmasked error pending any more: IGNNE# goes with it. IRQ13 stays until the handler clears it.
    pub fn release_ferr(&mut self) {
        self.ferr = false;
        self.ignne = false;
    }

    /// The handler acknowledged a pending error: the CPU runs floating-point instructions in spite of it.
    pub fn ignne(&self) -> bool {
        self.ignne
    }
}

impl Device for FpuError {
    fn name(&self) -> &'static str {
        "fpu error"
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("coprocessor", CLEAR_BUSY, 2).irq("coprocessor error", 13)
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        at.width().mask()
    }

    fn write(&mut self, at: Addr, _value: u32, _w: &mut Wires) {
        self.irq = false;
        if matches!(at, Addr::Port(CLEAR_BUSY, _)) {
            self.ignne = self.ferr;
        }
    }

    fn lines(&self) -> u16 {
        self.irq.into()
    }

    fn reset(&mut self, _kind: Reset) {
        let FpuError { ferr, irq, ignne } = self;
        (*ferr, *irq, *ignne) = (false, false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    #[test]
    fn cpu_08_ferr_raises_irq_13_until_port_f0_is_written() {
        let mut b = Bench::new(FpuError::new());
        b.chip.assert_ferr();
        assert!(b.line(0) && !b.chip.ignne());
        b.outb(CLEAR_BUSY, 0);
        assert!(!b.line(0) && b.chip.ignne());
        b.chip.release_ferr();
        assert!(!b.chip.ignne());
    }

    #[test]
    fn a_second_error_interrupts_again() {
        let mut b = Bench::new(FpuError::new());
        for _ in 0..2 {
            b.chip.assert_ferr();
            assert!(b.line(0));
            b.outb(CLEAR_BUSY, 0);
        }
        b.chip.assert_ferr();
        b.outb(CLEAR_BUSY + 1, 0);
        assert!(!b.line(0) && !b.chip.ignne());
    }

    #[test]
    fn clearing_without_an_error_asserts_nothing() {
        let mut b = Bench::new(FpuError::new());
        b.outb(CLEAR_BUSY, 0);
        assert!(!b.chip.ignne());
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        let fresh = || {
            let mut b = Bench::new(FpuError::new());
            b.chip.assert_ferr();
            b
        };
        seeded(fresh, 8, 200);
    }
}
