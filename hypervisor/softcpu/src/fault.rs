//! What ends an instruction before its end.

/// Exception vectors (Intel SDM vol. 3, table 6-1).
pub(crate) mod vector {
    pub(crate) const DIVIDE: u8 = 0;
    pub(crate) const DEBUG: u8 = 1;
    pub(crate) const NMI: u8 = 2;
    pub(crate) const BREAKPOINT: u8 = 3;
    pub(crate) const OVERFLOW: u8 = 4;
    pub(crate) const BOUND: u8 = 5;
    pub(crate) const INVALID_OPCODE: u8 = 6;
    pub(crate) const NO_FPU: u8 = 7;
    pub(crate) const DOUBLE_FAULT: u8 = 8;
    pub(crate) const INVALID_TSS: u8 = 10;
    pub(crate) const NOT_PRESENT: u8 = 11;
    pub(crate) const STACK: u8 = 12;
    pub(crate) const PROTECTION: u8 = 13;
    pub(crate) const PAGE: u8 = 14;
    pub(crate) const FPU: u8 = 16;
    pub(crate) const ALIGNMENT: u8 = 17;
    pub(crate) const SIMD: u8 = 19;
}

/// An exception, with its error code where the vector has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) vector: u8,
    pub(crate) code: Option<u16>,
}

/// Why a handler did not complete its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Fault(Fault),
    /// A string instruction did some iterations and goes on at the same address; they are counted already.
    Again,
    /// Nothing happened yet: an interrupt comes before this instruction.
    Before,
    /// Delivering an exception failed for good.
    Shutdown,
}

/// What a handler returns.
pub(crate) type Done = Result<(), Stop>;

const fn with_code(vector: u8, code: u16) -> Stop {
    Stop::Fault(Fault { vector, code: Some(code) })
}

const fn plain(vector: u8) -> Stop {
    Stop::Fault(Fault { vector, code: None })
}

/// #GP.
pub(crate) const fn gp(code: u16) -> Stop {
    with_code(vector::PROTECTION, code)
}

/// #SS.
pub(crate) const fn ss(code: u16) -> Stop {
    with_code(vector::STACK, code)
}

/// A stack fault that a frame on a new stack makes names that stack's selector, or tells that an interrupt made it.
pub(crate) fn stack_fault_as(code: u16) -> impl Fn(Stop) -> Stop {
    move |stop| if stop == ss(0) { ss(code) } else { stop }
}

/// #NP.
pub(crate) const fn np(code: u16) -> Stop {
    with_code(vector::NOT_PRESENT, code)
}

/// #TS.
pub(crate) const fn ts(code: u16) -> Stop {
    with_code(vector::INVALID_TSS, code)
}

/// #PF; CR2 is set by the walk.
pub(crate) const fn pf(code: u16) -> Stop {
    with_code(vector::PAGE, code)
}

/// #AC.
pub(crate) const fn ac() -> Stop {
    with_code(vector::ALIGNMENT, 0)
}

/// #UD.
pub(crate) const fn ud() -> Stop {
    plain(vector::INVALID_OPCODE)
}

/// #NM.
pub(crate) const fn nm() -> Stop {
    plain(vector::NO_FPU)
}

/// #MF.
pub(crate) const fn mf() -> Stop {
    plain(vector::FPU)
}

/// #XM.
pub(crate) const fn xm() -> Stop {
    plain(vector::SIMD)
}

/// #DE.
pub(crate) const fn de() -> Stop {
    plain(vector::DIVIDE)
}

/// #BR.
pub(crate) const fn br() -> Stop {
    plain(vector::BOUND)
}

/// #DB as a fault (instruction breakpoint, general detect).
pub(crate) const fn db() -> Stop {
    plain(vector::DEBUG)
}
