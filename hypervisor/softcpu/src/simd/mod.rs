//! MMX, SSE, SSE2 and the state instructions around them.
//!
//! `state` has the register files and the rules of availability; `lanes` the packed integer operations on 64 bits, which
//! `integer` applies to registers; `shuffle` and `moves` move data; `float` computes exactly in the two formats, `arithmetic`,
//! `compare` and `convert` are the instructions on it, `estimate` the reciprocal approximations; `image` is FXSAVE and the control
//! register. Every result is the same on every host.
//!
//! Handlers find the destination in [`crate::op::Op::reg`] and the source in `rm` or memory. Follows: Intel SDM vol. 1, chapters 9
//! to 11, and vol. 2.

pub(crate) mod arithmetic;
pub(crate) mod compare;
pub(crate) mod convert;
mod estimate;
pub(crate) mod float;
pub(crate) mod image;
pub(crate) mod integer;
pub(crate) mod lanes;
pub(crate) mod moves;
mod regs;
pub(crate) mod shuffle;
pub(crate) mod state;
