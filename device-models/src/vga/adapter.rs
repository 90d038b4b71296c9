//! What surrounds the VGA core: a plain ISA card, or the Bochs adapter on PCI.
//!
//! The Bochs adapter ("standard VGA" of QEMU): PCI 1234:1111, class 030000h, revision 2. BAR 0 is all of video
//! memory, prefetchable; BAR 2 is 4 KiB of registers: the VGA ports 3C0h-3DFh at 400h, the DISPI registers as
//! words at 500h, the extended registers (their size, and the byte order of the frame buffer) at 600h. The
//! EDID block at 0 is absent and reads as ones.
//!
//! Follows: the text `docs/specs/standard-vga` of QEMU. Deviation that QEMU shares: the ISA ports and the window
//! at A0000h answer whatever the command register says.

use super::dispi::Dispi;
use crate::pci::config::{Bar, ConfigSpace, Identity};
use backplane::Region;
use serde::{Deserialize, Serialize};

/// PCI device number of the Bochs adapter.
pub(super) const PCI_DEVICE: u8 = 2;
/// BAR of the linear frame buffer.
pub(super) const BAR_FRAME_BUFFER: usize = 0;
/// BAR of the registers.
pub(super) const BAR_REGISTERS: usize = 2;
/// Bytes behind the register BAR.
pub(super) const REGISTERS_LEN: u32 = 0x1000;

const IDENTITY: Identity = Identity {
    vendor: 0x1234,
    device: 0x1111,
    revision: 2,
    class: 0x03_0000,
    multi_function: false,
    subsystem: (0x1AF4, 0x1100),
};

/// The board around the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Adapter {
    /// An ISA card with nothing but the VGA.
    Plain,
    /// The Bochs adapter.
    Std(Box<Std>),
}

/// The Bochs adapter's own state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Std {
    /// PCI configuration space.
    pub(super) pci: ConfigSpace,
    /// Bochs display interface.
    pub(super) dispi: Dispi,
    /// Configuration writes so far: the part of the claims key that base addresses stand for.
    pub(super) config_writes: u32,
}

impl Std {
    /// The adapter after power-on.
    pub(super) fn new(vram: Region, rom: Option<Region>) -> Self {
        let pci = ConfigSpace::new(IDENTITY)
            .with_bar(BAR_FRAME_BUFFER, Bar::Memory { len: vram.len, prefetchable: true })
            .with_bar(BAR_REGISTERS, Bar::Memory { len: REGISTERS_LEN, prefetchable: false });
        let pci = match rom {
            Some(rom) => pci.with_rom(rom.len),
            None => pci,
        };
        Std { pci, dispi: Dispi::default(), config_writes: 0 }
    }
}

/// A register of the register BAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    /// A VGA port.
    Port(u16),
    /// A DISPI register by its index; the flag is set for its upper byte.
    Dispi(u16, bool),
    /// A byte of the extended registers.
    Extended(u32),
    /// Nothing.
    None,
}

/// Offsets in the register BAR.
const PORTS: std::ops::Range<u32> = 0x400..0x420;
const DISPI: std::ops::Range<u32> = 0x500..0x516;
const EXTENDED: std::ops::Range<u32> = 0x600..0x608;
/// The port at the first offset of the ports.
const FIRST_PORT: u16 = 0x3C0;
/// The extended registers: their size and the byte order "little".
pub(super) const EXTENDED_REGISTERS: [u8; 8] = [8, 0, 0, 0, 0x1E, 0x1E, 0x1E, 0x1E];

impl Register {
    /// What answers at an offset.
    pub(super) fn at(offset: u32) -> Self {
        if PORTS.contains(&offset) {
            Register::Port(FIRST_PORT + (offset - PORTS.start) as u16)
        } else if DISPI.contains(&offset) {
            let at = (offset - DISPI.start) as u16;
            Register::Dispi(at / 2, at & 1 != 0)
        } else if EXTENDED.contains(&offset) {
            Register::Extended(offset - EXTENDED.start)
        } else {
            Register::None
        }
    }
}
