//! Programs of a few instructions, and what they must leave behind.

mod code;
mod debug;
mod paging;
mod privilege;
mod random;
mod real;
mod rig;
mod simd;
mod simd_state;
mod tasks;
mod v86;
