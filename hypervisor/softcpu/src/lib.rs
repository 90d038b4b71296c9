//! The software CPU: an interpreter over decoded blocks, from the 8086 to the Pentium 4's SSE2.
//!
//! [`Interpreter`] is an [`engine::Engine`]. `decode` and `lower` turn bytes into `op::Op`s, kept in `blocks`;
//! `interpreter` runs them; `ops`, `fpu` and `simd` have the handlers. `memory`, `wide`, `paging` and `tlb` carry
//! accesses; `descriptor`, `far`, `interrupt`, `iret`, `task` and `v86` the protected-mode machinery; `debug` breakpoints.
//!
//! Not modelled: the prefetch queue (a store to the next instruction takes effect at once, as on a 486 and later
//! after a jump), caches, records of branches and stepping by branch (DEBUGCTL), system management mode.
#![forbid(unsafe_code)]

mod blocks;
mod code_map;
mod cpu;
mod debug;
mod debugger;
mod decode;
mod descriptor;
mod far;
mod fault;
mod flags;
mod fpu;
mod interpreter;
mod interrupt;
mod iret;
mod lower;
mod memory;
mod op;
mod ops;
mod paging;
mod simd;
mod task;
mod tlb;
mod v86;
mod wide;
mod word;

pub use interpreter::Interpreter;

#[cfg(test)]
mod tests;
