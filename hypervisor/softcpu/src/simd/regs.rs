//! Layout of MXCSR.
//!
//! Follows: Intel SDM vol. 1, section 10.2.3 and 11.6.6 (MXCSR_MASK).

use bitflags::bitflags;
use engine::Features;

bitflags! {
    /// The control and status register, and sets of exceptions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Mxcsr: u32 {
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
        /// Denormal operands are taken for zeros.
        const DAZ = 1 << 6;
        /// Overflow is masked.
        const OM = 1 << 10;
        /// Underflow is masked.
        const UM = 1 << 11;
        /// Inexact results are masked.
        const PM = 1 << 12;
        /// Rounding control.
        const RC = 3 << 13;
        /// Tiny results become zeros when underflow is masked.
        const FTZ = 1 << 15;
    }
}

impl Mxcsr {
    /// Exceptions that are found before anything is computed.
    pub(crate) const BEFORE: Mxcsr = Mxcsr::IE.union(Mxcsr::DE).union(Mxcsr::ZE);
    /// Where the exceptions' masks begin.
    pub(crate) const MASKS_SHIFT: u32 = 7;
    /// Where rounding control begins.
    pub(crate) const RC_SHIFT: u32 = 13;
}

/// The bits of MXCSR that a model has: those of the Pentium III lack DAZ.
pub(crate) fn mxcsr_mask(features: Features) -> u32 {
    let all = 0xFFFF;
    if features.contains(Features::SSE2) { all } else { all & !Mxcsr::DAZ.bits() }
}
