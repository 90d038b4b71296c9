//! What surrounds the VGA core. The core's owner asks its card; each question is answered by the bare core unless a
//! card has more to say.

use super::NAME;
use super::bochs::Std;
use super::cirrus::{Cirrus, HardwareCursor};
use super::core::Core;
use super::picture::{Depth, Offsets, Resolution};
use super::vram::Vram;
use super::window::Windows;
use crate::pci::config::ConfigSpace;
use backplane::{Claims, Instant, Refusal, Region, Reset, What, Width, Wires};
use serde::{Deserialize, Serialize};

/// PCI device number of the cards on PCI.
pub(super) const PCI_DEVICE: u8 = 2;
/// Where the ROM of a card on ISA answers.
const ISA_ROM: u32 = 0xC_0000;

/// The card around the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Adapter {
    /// An ISA card with nothing but the VGA.
    Plain(Plain),
    /// The Bochs adapter.
    Std(Box<Std>),
    /// The CL-GD5446.
    Cirrus(Box<Cirrus>),
}

impl Adapter {
    /// The card to ask.
    #[inline]
    pub(super) fn card(&self) -> &dyn Card {
        match self {
            Adapter::Plain(plain) => plain,
            Adapter::Std(std) => std.as_ref(),
            Adapter::Cirrus(cirrus) => cirrus.as_ref(),
        }
    }

    /// The card's windows. They are asked for after every change of a register: each card's in a place of its own.
    #[inline]
    pub(super) fn windows(&self, core: &Core) -> Windows {
        match self {
            Adapter::Plain(plain) => plain.windows(core),
            Adapter::Std(std) => std.windows(core),
            Adapter::Cirrus(cirrus) => cirrus.windows(core),
        }
    }

    /// The card to change.
    #[inline]
    pub(super) fn card_mut(&mut self) -> &mut dyn Card {
        match self {
            Adapter::Plain(plain) => plain,
            Adapter::Std(std) => std.as_mut(),
            Adapter::Cirrus(cirrus) => cirrus.as_mut(),
        }
    }
}

/// A card's regions of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Regions {
    /// Video memory.
    pub(super) vram: Region,
    /// Its ROM.
    pub(super) rom: Option<Region>,
}

/// What a card answers, and what it adds to the core.
pub(super) trait Card {
    /// How video memory becomes pixels.
    fn depth(&self, core: &Core) -> Depth {
        core.depth()
    }

    /// Where rows begin at an instant.
    fn offsets(&self, core: &Core, now: Instant) -> Offsets {
        core.offsets(now)
    }

    /// The picture's size.
    fn resolution(&self, core: &Core) -> Resolution {
        core.resolution()
    }

    /// Whether the screen is dark.
    fn dark(&self, core: &Core) -> bool {
        core.blanked()
    }

    /// The cursor that the card lays over the picture.
    fn cursor(&self) -> Option<HardwareCursor> {
        None
    }

    /// Where in video memory the cursor's picture is, while it shows: first byte and length.
    fn cursor_bytes(&self) -> Option<(u32, u32)> {
        None
    }

    /// Draws what the card lays over line `y` of the picture: `row` is the line's pixels as 00RRGGBBh.
    fn draw_over(&self, _vram: Vram, _y: u32, _row: &mut [u32]) {}

    /// How the CPU reaches video memory at A0000h-BFFFFh.
    #[inline]
    fn windows(&self, core: &Core) -> Windows {
        core.windows()
    }

    /// Reads memory behind a claim of the card's own, or a window whose accesses are the card's.
    fn read_memory(&mut self, _core: &mut Core, _vram: Vram, _at: u32, width: Width, _w: &mut Wires) -> u32 {
        width.mask()
    }

    /// Writes memory behind a claim of the card's own, or a window whose accesses are the card's.
    fn write_memory(
        &mut self,
        _core: &mut Core,
        _vram: Vram,
        _at: u32,
        _width: Width,
        _value: u32,
        _w: &mut Wires,
    ) {
    }

    /// Reads a port.
    fn read_port(&mut self, core: &mut Core, _vram: Vram, at: u16, w: &mut Wires) -> u32 {
        core.read(at, w.now).into()
    }

    /// Writes a port.
    fn write_port(&mut self, core: &mut Core, _vram: Vram, at: u16, value: u32, w: &mut Wires) {
        write_core(core, at, value as u8, w);
    }

    /// The configuration space of a card on PCI.
    fn config(&self) -> Option<&ConfigSpace> {
        None
    }

    /// Takes a configuration write.
    fn write_config(&mut self, _register: u8, _width: Width, _value: u32) {}

    /// What the card claims beside the VGA's ports and windows.
    fn claims(&self, core: &Core, regions: Regions, claims: Claims) -> Claims;

    /// What [`Card::claims`] depends on.
    fn claims_key(&self) -> u64;

    /// Back to the state after power-on; the core was reset already.
    fn reset(&mut self, kind: Reset);
}

/// An ISA card with nothing but the VGA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plain;

impl Card for Plain {
    fn claims(&self, _core: &Core, regions: Regions, claims: Claims) -> Claims {
        let claims = claims.ports("vga-adapter-enable", super::port::ADAPTER_ENABLE, 1);
        with_rom(claims, Some(ISA_ROM), regions.rom)
    }

    fn claims_key(&self) -> u64 {
        0
    }

    fn reset(&mut self, _kind: Reset) {}
}

/// Adds the card's ROM at a base address.
pub(super) fn with_rom(claims: Claims, base: Option<u32>, rom: Option<Region>) -> Claims {
    match (base, rom) {
        (Some(first), Some(rom)) => {
            claims.with("vga-rom", What::Ram { first, len: rom.len, offset: rom.offset, read_only: true })
        }
        _ => claims,
    }
}

/// Resets a card's configuration space. How many writes there have been then: one more if that changed something.
pub(super) fn reset_config(pci: &mut ConfigSpace, writes: u64, kind: Reset) -> u64 {
    let before = pci.clone();
    pci.reset();
    if kind == Reset::PowerOn { 0 } else { writes.wrapping_add(u64::from(*pci != before)) }
}

/// Writes a port of the core, with a note when there is no such register.
pub(super) fn write_core(core: &mut Core, at: u16, value: u8, w: &mut Wires) {
    if !core.write(at, value, w.now) {
        w.note(NAME, Refusal::Register(core.crtc.index.into()));
    }
}

/// An access as bytes: what each byte reads as, put together.
#[inline]
pub(super) fn read_bytes(first: u32, width: Width, mut byte: impl FnMut(u32) -> u8) -> u32 {
    let mut value = 0;
    for (n, at) in bytes(first, width) {
        value |= u32::from(byte(at)) << (8 * n);
    }
    value
}

/// The bytes of an access with their place in the value.
#[inline]
pub(super) fn bytes(first: u32, width: Width) -> impl Iterator<Item = (u32, u32)> {
    (0..width.bytes()).map(move |n| (n, first.wrapping_add(n)))
}
