//! Programs of a few instructions, and what they must leave behind.

mod blocks;
mod code;
mod debug;
mod operands;
mod paging;
mod privilege;
mod real;
mod rig;
mod simd;
mod simd_state;
mod tasks;
mod v86;
mod x87;
