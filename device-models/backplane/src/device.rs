//! The contract between a chip and the board.

use crate::{Claims, Instant, Wires};
use serde::{Deserialize, Serialize};

/// How many bytes one bus access moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Width {
    /// One byte.
    Byte,
    /// Two bytes.
    Word,
    /// Four bytes.
    Dword,
}

impl Width {
    /// Bytes moved: 1, 2 or 4.
    #[inline]
    pub const fn bytes(self) -> u32 {
        match self {
            Width::Byte => 1,
            Width::Word => 2,
            Width::Dword => 4,
        }
    }

    /// All bits that an access of this width carries. Also what an undriven bus reads as.
    #[inline]
    pub const fn mask(self) -> u32 {
        match self {
            Width::Byte => 0xFF,
            Width::Word => 0xFFFF,
            Width::Dword => 0xFFFF_FFFF,
        }
    }
}

/// Where an access goes. Addresses are absolute: a chip subtracts its own base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addr {
    /// An I/O port. The board never passes a width greater than the claim's.
    Port(u16, Width),
    /// A physical memory address. Never crosses a dword boundary.
    Mmio(u32, Width),
    /// A register (0-255) of the PCI configuration space of the function that the chip claims. Never crosses
    /// a dword boundary.
    Config {
        /// Function number, 0-7, for chips that claim several.
        function: u8,
        /// Byte offset in the 256-byte configuration space.
        register: u8,
        /// Bytes moved.
        width: Width,
    },
}

impl Addr {
    /// Bytes moved by the access.
    #[inline]
    pub const fn width(self) -> Width {
        match self {
            Addr::Port(_, width) | Addr::Mmio(_, width) | Addr::Config { width, .. } => width,
        }
    }
}

/// Where the elements of a [`Repeat`] come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The same value each time.
    Value(u32),
    /// The chip's own memory, from this physical address on.
    Chip(u32),
    /// The store, from this offset on.
    Store(u32),
}

/// Iterations of a repeated string instruction (STOS, MOVS) that write to a chip's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// What is written.
    pub from: Source,
    /// Physical address of the first element.
    pub to: u32,
    /// Size of an element.
    pub width: Width,
    /// Elements.
    pub count: u32,
    /// Addresses fall.
    pub down: bool,
}

impl Repeat {
    /// How far the `n`-th element lies from the first, wrapping.
    #[inline]
    pub const fn distance(&self, n: u32) -> u32 {
        let distance = n.wrapping_mul(self.width.bytes());
        if self.down { distance.wrapping_neg() } else { distance }
    }
}

/// Why a chip goes back to its initial state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reset {
    /// Power was switched on, or everything is to be as if it had been.
    PowerOn,
    /// The reset line of the board (CF9h, the reset button). Battery-backed and sticky state survives.
    Board,
    /// INIT to the CPU only (8042 command FEh, port 92h bit 0, shutdown cycle): never reaches a chip, but is
    /// what [`crate::Signals::reset`] asks the board for.
    Cpu,
}

/// A chip.
///
/// All methods but `read`, `write`, `tick` and `reset` are pure functions of the chip's state. A guest cannot
/// make an error: whatever it does gets what the real part does, and at most a note; a panic is our bug.
pub trait Device {
    /// The name used in notes, reports and overlap messages.
    fn name(&self) -> &'static str;

    /// What the chip answers and drives, in a fixed order.
    fn claims(&self) -> Claims;

    /// A cheap digest of the state that `claims` depends on. The board asks for `claims` again when it differs
    /// after an access; chips whose claims never move keep the default.
    fn claims_key(&self) -> u64 {
        0
    }

    /// Answers a read. The value is masked to the access width by the board.
    fn read(&mut self, at: Addr, w: &mut Wires) -> u32;

    /// Takes a write. `value` is already masked to the access width.
    fn write(&mut self, at: Addr, value: u32, w: &mut Wires);

    /// Does the first elements of `repeat` as `write` (and `read`, for [`Source::Chip`]) would one after the other; how many.
    /// Only where such accesses do not depend on time and leave claims, lines and wake-ups alone; 0 elsewhere.
    fn repeat(&mut self, _repeat: &Repeat, _w: &mut Wires) -> u32 {
        0
    }

    /// When `tick` must run next.
    fn wake(&self) -> Option<Instant> {
        None
    }

    /// Catches up to `w.now`. May be called at any time, also early.
    fn tick(&mut self, _w: &mut Wires) {}

    /// The levels of the chip's interrupt claims: bit `n` is the `n`-th [`crate::What::Irq`] of `claims`.
    fn lines(&self) -> u16 {
        0
    }

    /// Goes back to the initial state. `kind` is never [`Reset::Cpu`].
    fn reset(&mut self, kind: Reset);
}
