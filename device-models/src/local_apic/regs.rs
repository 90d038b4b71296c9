//! Registers of a local APIC: offsets from its base, and their bits.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Where the registers lie unless APIC_BASE moves them.
pub(super) const BASE: u64 = 0xFEE0_0000;
/// Bytes that they fill: each register is the first dword of 16 bytes.
pub(super) const LEN: u32 = 0x1000;
/// The input clock of the timer's divider, in hertz: a bus of 100 MHz.
pub(super) const BUS_HZ: u64 = 100_000_000;

/// Offsets of the registers, in units of 16 bytes.
pub(super) mod at {
    pub(crate) const ID: u32 = 0x02;
    pub(crate) const VERSION: u32 = 0x03;
    pub(crate) const TASK_PRIORITY: u32 = 0x08;
    pub(crate) const ARBITRATION_PRIORITY: u32 = 0x09;
    pub(crate) const PROCESSOR_PRIORITY: u32 = 0x0A;
    pub(crate) const END_OF_INTERRUPT: u32 = 0x0B;
    pub(crate) const LOGICAL_DESTINATION: u32 = 0x0D;
    pub(crate) const DESTINATION_FORMAT: u32 = 0x0E;
    pub(crate) const SPURIOUS: u32 = 0x0F;
    pub(crate) const IN_SERVICE: u32 = 0x10;
    pub(crate) const IN_SERVICE_LAST: u32 = 0x17;
    pub(crate) const TRIGGER_MODE: u32 = 0x18;
    pub(crate) const TRIGGER_MODE_LAST: u32 = 0x1F;
    pub(crate) const REQUEST: u32 = 0x20;
    pub(crate) const REQUEST_LAST: u32 = 0x27;
    pub(crate) const ERROR_STATUS: u32 = 0x28;
    pub(crate) const COMMAND_LOW: u32 = 0x30;
    pub(crate) const COMMAND_HIGH: u32 = 0x31;
    pub(crate) const TIMER: u32 = 0x32;
    pub(crate) const THERMAL: u32 = 0x33;
    pub(crate) const PERFORMANCE: u32 = 0x34;
    pub(crate) const LINT0: u32 = 0x35;
    pub(crate) const LINT1: u32 = 0x36;
    pub(crate) const ERROR: u32 = 0x37;
    pub(crate) const INITIAL_COUNT: u32 = 0x38;
    pub(crate) const CURRENT_COUNT: u32 = 0x39;
    pub(crate) const DIVIDE: u32 = 0x3E;
}

bitflags! {
    /// Spurious-interrupt vector register, above the vector.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Spurious: u32 {
        /// The APIC takes interrupts.
        const ENABLED = 1 << 8;
        /// What a write keeps.
        const KEPT = 0x3FF;
    }

    /// Local vector table entry, above the vector and the delivery mode.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Lvt: u32 {
        /// No interrupt.
        const MASKED = 1 << 16;
        /// Timer: starts over at zero.
        const PERIODIC = 1 << 17;
        /// Vector, mask and mode: what a write to the timer's keeps.
        const TIMER = 0x3_00FF;
        /// Vector, delivery mode and mask.
        const INTERNAL = 0x1_07FF;
        /// Those, polarity and trigger mode.
        const PIN = 0x1_A7FF;
        /// Vector and mask.
        const ERROR = 0x1_00FF;
    }

    /// Error status.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Errors: u32 {
        /// A message that nobody took.
        const SEND_ACCEPT = 1 << 2;
        /// A message with a vector below 16.
        const SEND_ILLEGAL_VECTOR = 1 << 5;
        /// The same, received.
        const RECEIVE_ILLEGAL_VECTOR = 1 << 6;
        /// A register that there is not.
        const ILLEGAL_REGISTER = 1 << 7;
    }

    /// Interrupt command register, low half, above the vector and the delivery mode.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Command: u32 {
        /// The destination is logical.
        const LOGICAL = 1 << 11;
        /// Asserted, as against de-asserted.
        const ASSERT = 1 << 14;
        /// What a write keeps: all but the delivery status.
        const KEPT = 0xC_CFFF;
    }
}

/// Bits 10-8 of a table entry and of a command: what is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Fixed,
    LowestPriority,
    Nmi,
    Init,
    ExtInt,
    /// SMI, start-up and the reserved ones: nothing here takes them.
    Other,
}

impl Delivery {
    pub(super) fn of(register: u32) -> Delivery {
        match register >> 8 & 7 {
            0 => Delivery::Fixed,
            1 => Delivery::LowestPriority,
            4 => Delivery::Nmi,
            5 => Delivery::Init,
            7 => Delivery::ExtInt,
            _ => Delivery::Other,
        }
    }
}

/// Bits 19-18 of a command: to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shorthand {
    None,
    This,
    All,
    Others,
}

impl Shorthand {
    pub(super) fn of(command: u32) -> Shorthand {
        match command >> 18 & 3 {
            0 => Shorthand::None,
            1 => Shorthand::This,
            2 => Shorthand::All,
            _ => Shorthand::Others,
        }
    }
}
