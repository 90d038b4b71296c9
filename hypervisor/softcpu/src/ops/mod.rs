//! The handlers, by family.

pub(crate) mod alu;
pub(crate) mod bcd;
pub(crate) mod bits;
pub(crate) mod control;
pub(crate) mod data;
pub(crate) mod escape;
pub(crate) mod identify;
pub(crate) mod io;
pub(crate) mod loadall;
pub(crate) mod msr;
pub(crate) mod muldiv;
pub(crate) mod segment;
pub(crate) mod shift;
pub(crate) mod stack;
pub(crate) mod string;
pub(crate) mod system;
