//! Programs of a few instructions, and what they must leave behind.

mod code;
mod debug;
mod paging;
mod privilege;
mod random;
mod real;
mod rig;
mod tasks;
mod v86;
mod x87;
