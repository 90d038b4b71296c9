//! Layout of the x87 control and status words.
//!
//! Follows: Intel SDM vol. 1, sections 8.1.3 and 8.1.5.

use bitflags::bitflags;

bitflags! {
    /// The status word without TOP.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Status: u16 {
        /// Invalid operation.
        const IE = 1 << 0;
        /// Denormal operand.
        const DE = 1 << 1;
        /// Division by zero.
        const ZE = 1 << 2;
        /// Overflow.
        const OE = 1 << 3;
        /// Underflow.
        const UE = 1 << 4;
        /// Inexact result.
        const PE = 1 << 5;
        /// Stack fault.
        const SF = 1 << 6;
        /// An unmasked exception is pending.
        const ES = 1 << 7;
        const C0 = 1 << 8;
        const C1 = 1 << 9;
        const C2 = 1 << 10;
        const C3 = 1 << 14;
        /// Follows ES since the 387.
        const BUSY = 1 << 15;
    }
}

impl Status {
    /// The six exceptions.
    pub(crate) const EXCEPTIONS: Status = Status::from_bits_retain(0x3F);
    /// What an operation may raise: exceptions, the stack fault, and C1, which tells more about them.
    pub(super) const RECORDED: Status = Status::from_bits_retain(0x027F);
    /// What FNCLEX clears.
    pub(super) const CLEARED: Status = Status::from_bits_retain(0x80FF);
    /// All condition codes.
    pub(super) const CONDITION: Status = Status::C0.union(Status::C1).union(Status::C2).union(Status::C3);
    /// The codes that a comparison sets.
    pub(super) const COMPARISON: Status = Status::C0.union(Status::C2).union(Status::C3);
}

/// Where TOP is in the status word.
pub(super) const TOP_SHIFT: u16 = 11;
/// TOP's three bits in place.
pub(super) const TOP_MASK: u16 = 7 << TOP_SHIFT;

/// The control word.
pub(super) struct Control;

impl Control {
    /// Exception masks.
    pub(super) const MASKS: u16 = 0x3F;
    /// Bits that can be written; bit 6 always reads as one.
    pub(super) const WRITABLE: u16 = 0x1F3F;
    /// Bit 6.
    pub(super) const ALWAYS: u16 = 0x0040;
}
