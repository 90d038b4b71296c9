//! Our board beside QEMU's, whose CPU and clock stand still: the same script of accesses on both, and every read compared.
//!
//! A [`Field`] says which accesses there are to a chip; scripts are made of them from seeds, and each begins with both
//! machines just switched on. Where the two differ on purpose, a [`Known`] says in which bits, and whose data sheet is
//! right. Any other difference is reported as the shortest script that shows it.

mod field;
mod known;
mod pair;
mod random;

pub use field::{Field, Register, Step, read, write};
pub use known::{Known, Written};
pub(crate) use pair::is_read;
pub use pair::{Found, Image, Pair};
pub use random::Random;
