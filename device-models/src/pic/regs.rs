//! Register layout of the 8259A.

use bitflags::bitflags;

bitflags! {
    /// Initialisation command word 1: a write to the even port with bit 4 set.
    pub(super) struct Icw1: u8 {
        /// ICW4 follows.
        const NEEDS_ICW4 = 1 << 0;
        /// No cascade: ICW3 is left out.
        const SINGLE = 1 << 1;
        /// Tells ICW1 from OCW2 and OCW3.
        const MARK = 1 << 4;
    }

    /// Initialisation command word 4.
    pub(super) struct Icw4: u8 {
        /// 8086 mode; otherwise 8080.
        const MODE_8086 = 1 << 0;
        /// Automatic end of interrupt.
        const AUTO_EOI = 1 << 1;
        /// Special fully nested mode.
        const SPECIAL_FULLY_NESTED = 1 << 4;
    }

    /// Operation command word 3.
    pub(super) struct Ocw3: u8 {
        /// The register to read is the ISR, not the IRR.
        const READ_ISR = 1 << 0;
        /// `READ_ISR` counts.
        const SELECT_REGISTER = 1 << 1;
        /// The next read polls.
        const POLL = 1 << 2;
        /// Tells OCW3 from OCW2.
        const MARK = 1 << 3;
        /// The new state of special mask mode.
        const SPECIAL_MASK = 1 << 5;
        /// `SPECIAL_MASK` counts.
        const SELECT_SPECIAL_MASK = 1 << 6;
    }
}

/// What an OCW2 orders, from its bits 7-5 (rotate, specific, EOI); a specific one names a level in bits 2-0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ocw2 {
    RotateInAutoEoi(bool),
    Eoi { rotate: bool },
    SpecificEoi { level: u8, rotate: bool },
    SetPriority { lowest: u8 },
    Nothing,
}

impl Ocw2 {
    pub(super) fn new(value: u8) -> Self {
        let level = value & 7;
        match value >> 5 {
            0b000 => Ocw2::RotateInAutoEoi(false),
            0b001 => Ocw2::Eoi { rotate: false },
            0b010 => Ocw2::Nothing,
            0b011 => Ocw2::SpecificEoi { level, rotate: false },
            0b100 => Ocw2::RotateInAutoEoi(true),
            0b101 => Ocw2::Eoi { rotate: true },
            0b110 => Ocw2::SetPriority { lowest: level },
            _ => Ocw2::SpecificEoi { level, rotate: true },
        }
    }
}

/// Even port of the first controller.
pub(super) const MASTER: u16 = 0x20;
/// Even port of the second controller.
pub(super) const SLAVE: u16 = 0xA0;
/// Edge/level control register of IRQ 0-7; the next port has IRQ 8-15.
pub(super) const ELCR: u16 = 0x4D0;
/// Lines that are always edge-triggered: timer, keyboard, cascade; RTC and coprocessor.
pub(super) const EDGE_ONLY: [u8; 2] = [0b0000_0111, 0b0010_0001];
/// The first controller's input that the second one drives.
pub(super) const CASCADE: u8 = 2;
/// A poll's answer has this bit when there is an interrupt.
pub(super) const POLL_FOUND: u8 = 0x80;
/// The level that stands for "no request after all".
pub(super) const SPURIOUS: u8 = 7;
