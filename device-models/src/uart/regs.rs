//! Register layout of the 16550A, at offsets from the base port.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Data, or low divisor byte.
pub(super) const DATA: u16 = 0;
/// Interrupt enable, or high divisor byte.
pub(super) const IER: u16 = 1;
/// Interrupt identification when read, FIFO control when written.
pub(super) const IIR_FCR: u16 = 2;
pub(super) const LCR: u16 = 3;
pub(super) const MCR: u16 = 4;
pub(super) const LSR: u16 = 5;
pub(super) const MSR: u16 = 6;

/// Ports of the chip.
pub(super) const PORTS: u16 = 8;
/// Characters in either FIFO.
pub(super) const FIFO: usize = 16;
/// Baud rate at divisor 1.
pub(super) const BASE_BAUD: u64 = 115_200;

bitflags! {
    /// Interrupt enable register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Ier: u8 {
        const RECEIVED = 1 << 0;
        const TRANSMITTER_EMPTY = 1 << 1;
        const LINE_STATUS = 1 << 2;
        const MODEM_STATUS = 1 << 3;
    }

    /// FIFO control register; bits 7-6 are the trigger level.
    pub(super) struct Fcr: u8 {
        const ENABLE = 1 << 0;
        const CLEAR_RECEIVER = 1 << 1;
        const CLEAR_TRANSMITTER = 1 << 2;
    }

    /// Line control register; bits 1-0 are the data bits less five.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Lcr: u8 {
        const DATA_BITS = 0b11;
        const TWO_STOP_BITS = 1 << 2;
        const PARITY = 1 << 3;
        const EVEN = 1 << 4;
        const STICK = 1 << 5;
        const BREAK = 1 << 6;
        /// The first two registers are the divisor.
        const DIVISOR = 1 << 7;
    }

    /// Modem control register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Mcr: u8 {
        const DTR = 1 << 0;
        const RTS = 1 << 1;
        const OUT_1 = 1 << 2;
        /// On a PC: lets the interrupt out to the bus.
        const OUT_2 = 1 << 3;
        const LOOPBACK = 1 << 4;
    }

    /// Line status register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Lsr: u8 {
        const DATA_READY = 1 << 0;
        const OVERRUN = 1 << 1;
        const PARITY_ERROR = 1 << 2;
        const FRAMING_ERROR = 1 << 3;
        const BREAK = 1 << 4;
        const HOLDING_EMPTY = 1 << 5;
        const TRANSMITTER_EMPTY = 1 << 6;
        /// Some character in the FIFO has an error.
        const FIFO_ERROR = 1 << 7;
        /// The errors that raise a line status interrupt and are cleared by reading.
        const ERRORS = 0b1_1110;
        /// The errors that belong to a character.
        const OF_CHARACTERS = 0b1_1100;
    }

    /// Modem status register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Msr: u8 {
        const CTS_CHANGED = 1 << 0;
        const DSR_CHANGED = 1 << 1;
        const RING_ENDED = 1 << 2;
        const DCD_CHANGED = 1 << 3;
        const CTS = 1 << 4;
        const DSR = 1 << 5;
        const RING = 1 << 6;
        const DCD = 1 << 7;
        const CHANGES = 0x0F;
    }
}

/// Interrupt sources, the codes in the identification register.
pub(super) mod iir {
    pub(in super::super) const NONE: u8 = 0b0001;
    pub(in super::super) const LINE_STATUS: u8 = 0b0110;
    pub(in super::super) const RECEIVED: u8 = 0b0100;
    pub(in super::super) const TIMEOUT: u8 = 0b1100;
    pub(in super::super) const TRANSMITTER_EMPTY: u8 = 0b0010;
    pub(in super::super) const MODEM_STATUS: u8 = 0b0000;
    /// The FIFOs are enabled.
    pub(in super::super) const FIFOS: u8 = 0b1100_0000;
}

/// Characters in the receiver FIFO at which it interrupts, from the FIFO control register.
pub(super) fn trigger(fcr: u8) -> usize {
    [1, 4, 8, 14][(fcr >> 6) as usize & 3]
}
