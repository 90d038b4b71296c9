//! What a debugger asks of an engine: places to stop at, and a record of what was executed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Places at which an engine comes back with [`crate::Exit::Stopped`]. Addresses are linear. They are the host's own:
/// the guest's debug registers neither see nor lose anything by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stops {
    /// Instructions: the engine stops before one of these is executed. One at which it has just stopped is executed.
    pub code: BTreeSet<u32>,
    /// Data: the engine stops behind the instruction that makes the access.
    pub data: Vec<Watch>,
}

impl Stops {
    /// Whether there is nothing to stop at.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty() && self.data.is_empty()
    }
}

/// A range of linear addresses whose accesses stop the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its first byte.
    pub first: u32,
    /// Its last byte.
    pub last: u32,
    /// Reads stop.
    pub read: bool,
    /// Writes stop.
    pub write: bool,
}

impl Watch {
    /// Whether an access meets the range.
    pub fn meets(&self, linear: u32, size: u32, write: bool) -> bool {
        let last = linear.saturating_add(size.saturating_sub(1));
        let kind = if write { self.write } else { self.read };
        kind && self.first <= last && linear <= self.last
    }
}

/// What the CPU stopped at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hit {
    /// An instruction of [`Stops::code`]; its linear address is CS's base plus EIP.
    Code,
    /// An access to data: the linear address that is watched.
    Data(Watch),
}

/// An instruction that is about to be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Instructions retired before it.
    pub retired: u64,
    /// CS selector.
    pub cs: u16,
    /// Offset in CS.
    pub eip: u32,
    /// 32-bit code.
    pub code32: bool,
    /// Its bytes, and what follows them as far as the page goes.
    pub bytes: [u8; 15],
    /// How many of `bytes` there are.
    pub len: u8,
}
