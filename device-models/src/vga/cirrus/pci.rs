//! The chip on PCI, and its apertures.
//!
//! | BAR | offset | what |
//! |---|---|---|
//! | 0 | 0 | video memory, 4 MiB (repeated if there is less) |
//! | 0 | 4 MiB, 8 MiB | the same with the bytes of words, or of dwords, swapped (CIR-01) |
//! | 0 | 12 MiB | nothing |
//! | 0 | 16 MiB | 16 MiB for data of the blitter alone |
//! | 1 | 0 | the VGA's ports, and at 100h the blitter's registers; also in the VGA's modes (CIR-03) |

use super::Cirrus;
use super::regs::Configuration;
use crate::pci::config::{Bar, ConfigSpace, Identity};
use crate::vga::adapter::{PCI_DEVICE, Regions, with_rom};
use backplane::{Claims, Region, What, Width};

/// BAR of the apertures.
pub(super) const BAR_APERTURES: usize = 0;
/// BAR of the registers.
pub(super) const BAR_REGISTERS: usize = 1;
/// Bytes behind the first BAR.
const APERTURES_LEN: u32 = 32 << 20;
/// Bytes of each of the first four apertures.
const APERTURE_LEN: u32 = 4 << 20;
/// Where the blitter's data begin.
const BLITTER_DATA: u32 = 16 << 20;
/// Bytes behind the second BAR.
pub(super) const REGISTERS_LEN: u32 = 0x1000;
/// Bytes of the blitter's registers where they lie over video memory.
const BLITTER_LEN: u32 = 0x100;
/// Where they answer in packed modes, if not in the linear aperture.
const MMIO: u32 = 0xB_8000;
/// Smallest claim.
const PAGE: u32 = backplane::PAGE as u32;

const IDENTITY: Identity = Identity {
    vendor: 0x1013,
    device: 0x00B8,
    revision: 0,
    class: 0x03_0000,
    multi_function: false,
    subsystem: (0x1AF4, 0x1100),
};

/// The configuration space.
pub(super) fn configuration(rom: Option<Region>) -> ConfigSpace {
    let pci = ConfigSpace::new(IDENTITY)
        .with_bar(BAR_APERTURES, Bar::Memory { len: APERTURES_LEN, prefetchable: true })
        .with_bar(BAR_REGISTERS, Bar::Memory { len: REGISTERS_LEN, prefetchable: false });
    match rom {
        Some(rom) => pci.with_rom(rom.len),
        None => pci,
    }
}

/// How an aperture orders bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As they are.
    Plain,
    /// The bytes of each word change places.
    Words,
    /// Those of each dword do.
    Dwords,
}

impl Order {
    /// Where the byte of an address lies.
    pub(super) fn address(self, at: u32) -> u32 {
        match self {
            Order::Plain => at,
            Order::Words => at ^ 1,
            Order::Dwords => at ^ 3,
        }
    }

    /// A value as the aperture turns it.
    pub(super) fn value(self, value: u32, width: Width) -> u32 {
        match (self, width) {
            (Order::Plain, _) | (_, Width::Byte) => value,
            (_, Width::Word) => u32::from((value as u16).swap_bytes()),
            (Order::Words, Width::Dword) => value.swap_bytes().rotate_left(16),
            (Order::Dwords, Width::Dword) => value.swap_bytes(),
        }
    }
}

/// What an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A byte of packed memory, through an aperture.
    Memory(u32, Order),
    /// The blitter's data alone.
    BlitterData(Order),
    /// A register of the page.
    Page(u32),
    /// A register of the blitter where it lies over video memory.
    Blitter(u8),
    /// Nothing.
    None,
}

impl Cirrus {
    /// What an address belongs to that is not in a window of the core's.
    pub(super) fn place(&self, address: u32) -> Place {
        if let Some(at) = self.banked(address) {
            return Place::Memory(at, Order::Plain);
        }
        if address.wrapping_sub(MMIO) < BLITTER_LEN && self.mmio_at_b8000() {
            return Place::Blitter(address as u8);
        }
        let offset = |bar, len| {
            self.pci.memory_base(bar).map(|base| address.wrapping_sub(base)).filter(|at| *at < len)
        };
        if let Some(at) = offset(BAR_REGISTERS, REGISTERS_LEN) {
            return Place::Page(at);
        }
        let Some(at) = offset(BAR_APERTURES, APERTURES_LEN) else { return Place::None };
        let order = match at / APERTURE_LEN % 4 {
            0 => Order::Plain,
            1 => Order::Words,
            2 => Order::Dwords,
            _ => return Place::None,
        };
        if at >= BLITTER_DATA {
            Place::BlitterData(order)
        } else if self.mmio_in_aperture() && at % self.vram >= self.vram - BLITTER_LEN {
            Place::Blitter(at as u8)
        } else {
            Place::Memory(at % self.vram, order)
        }
    }

    /// Whether the blitter's registers answer at B8000h: in packed modes, where no text is there (CIR-04).
    pub(super) fn mmio_at_b8000(&self) -> bool {
        let configuration = self.seq.configuration();
        self.seq.packed()
            && configuration & (Configuration::MMIO | Configuration::MMIO_LINEAR) == Configuration::MMIO
    }

    /// Whether they answer at the end of the linear aperture.
    pub(super) fn mmio_in_aperture(&self) -> bool {
        self.seq.configuration().contains(Configuration::MMIO | Configuration::MMIO_LINEAR)
    }

    /// Whether the first aperture is plain memory.
    pub(super) fn plain_aperture(&self) -> bool {
        self.packed_access().plain() && !self.blitter.waits()
    }

    /// The claims of the chip beside the VGA's.
    pub(super) fn chip_claims(&self, regions: Regions, claims: Claims) -> Claims {
        let mut claims = claims.with("vga-config", What::Config { device: PCI_DEVICE, function: 0 });
        if self.mmio_at_b8000() {
            claims = claims.mmio("cirrus-blitter", MMIO, PAGE);
        }
        if let Some(first) = self.pci.memory_base(BAR_REGISTERS) {
            claims = claims.mmio("cirrus-registers", first, REGISTERS_LEN);
        }
        if let Some(first) = self.pci.memory_base(BAR_APERTURES) {
            claims = self.aperture_claims(first, regions.vram, claims);
        }
        with_rom(claims, self.pci.rom_base(), regions.rom)
    }

    fn aperture_claims(&self, first: u32, vram: Region, mut claims: Claims) -> Claims {
        if !self.plain_aperture() {
            return claims.mmio("cirrus-apertures", first, APERTURES_LEN);
        }
        let hidden = if self.mmio_in_aperture() { PAGE } else { 0 };
        let len = vram.len - hidden;
        for first in (first..first + APERTURE_LEN).step_by(vram.len as usize) {
            let what = What::Ram { first, len, offset: vram.offset, read_only: false };
            claims = claims.with("cirrus-memory", what);
            if hidden != 0 {
                claims = claims.mmio("cirrus-blitter", first + len, hidden);
            }
        }
        claims.mmio("cirrus-apertures", first + APERTURE_LEN, APERTURES_LEN - APERTURE_LEN)
    }
}
