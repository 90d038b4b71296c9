//! What a chip may assume: time, memory, wires, disks, and the bench that drives it.
//!
//! A chip is its state. The addresses it answers, the interrupt lines it drives and the moment it wants to
//! be woken are pure functions of that state ([`Device`]); whatever else it touches reaches it through
//! [`Wires`], for the length of one call. A chip sees no CPU, no file, no host clock and no thread.

#![deny(unsafe_code)]

pub mod bench;
mod claims;
mod device;
mod disk;
mod isa_dma;
pub mod lists;
mod notes;
mod ram;
mod time;
mod wires;

pub use claims::{Claim, Claims, Irq, What};
pub use device::{Addr, Device, Repeat, Reset, Source, Width};
pub use disk::{Base, Bay, CHUNK, Disk, Drives, MediumError, pieces};
pub use isa_dma::{Direction, DmaChannel, DmaMode, IsaDma, Moved};
pub use notes::{Note, Notes, Refusal};
pub use ram::{BusMaster, PAGE, PageFlags, Ram, RamError, Region};
pub use time::Instant;
pub use wires::{Signals, Wires};
