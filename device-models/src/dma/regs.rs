//! Register layout of the 8237A pair and the page registers.

use backplane::{Direction, DmaMode};
use bitflags::bitflags;

/// First port of the first controller; its ports are one apart.
pub(super) const FIRST: u16 = 0x00;
/// First port of the second controller; its ports are two apart.
pub(super) const SECOND: u16 = 0xC0;
/// First page register.
pub(super) const PAGES: u16 = 0x80;

/// The channel that a page register belongs to; the others are plain latches. 8Fh is the refresh page, which the
/// cascade channel stands for.
pub(super) const PAGE_CHANNEL: [Option<usize>; 16] = [
    None,
    Some(2),
    Some(3),
    Some(1),
    None,
    None,
    None,
    Some(0),
    None,
    Some(6),
    Some(7),
    Some(5),
    None,
    None,
    None,
    Some(4),
];

/// A register of one controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    Address(usize),
    Count(usize),
    /// Status when read.
    Command,
    Request,
    SingleMask,
    Mode,
    ClearFlipFlop,
    /// The temporary register when read.
    MasterClear,
    ClearMask,
    AllMask,
}

impl Register {
    /// The register at an offset 0-15.
    pub(super) fn at(offset: u16) -> Register {
        match offset & 15 {
            n @ 0..=7 if n & 1 == 0 => Register::Address((n / 2) as usize),
            n @ 0..=7 => Register::Count((n / 2) as usize),
            8 => Register::Command,
            9 => Register::Request,
            10 => Register::SingleMask,
            11 => Register::Mode,
            12 => Register::ClearFlipFlop,
            13 => Register::MasterClear,
            14 => Register::ClearMask,
            _ => Register::AllMask,
        }
    }
}

bitflags! {
    /// Command register.
    pub(super) struct Command: u8 {
        /// Memory to memory, channel 0 to 1.
        const MEMORY_TO_MEMORY = 1 << 0;
        /// The controller ignores requests.
        const DISABLED = 1 << 2;
    }
}

/// The bit of the request and single-mask registers that sets; bits 1-0 select the channel.
pub(super) const SET: u8 = 1 << 2;

/// A mode register write without its channel field.
pub(super) fn mode(value: u8) -> DmaMode {
    DmaMode {
        direction: match value >> 2 & 3 {
            0 => Direction::Verify,
            1 => Direction::ToMemory,
            2 => Direction::FromMemory,
            _ => Direction::Illegal,
        },
        auto_init: value & 1 << 4 != 0,
        decrement: value & 1 << 5 != 0,
        service: value >> 6,
    }
}
