//! Video: a VGA core with the board around it: a plain ISA card, the Bochs adapter (PCI 1234:1111), or the Cirrus Logic
//! CL-GD5446 (`cirrus`).
//!
//! Silicon: IBM's VGA as the PS/2 has it, with 256 KiB in four planes. The parts are in files of their own: the
//! registers of the sequencer, the CRTC, the graphics controller, the attribute controller and the DAC; the memory
//! pipeline; the beam's timing; the scan-out, a pure function of registers and memory.
//!
//! | resource | plain | std |
//! |---|---|---|
//! | ports | 3B4h-3B5h, 3BAh or 3D4h-3D5h, 3DAh; 3C0h-3CFh; 46E8h | the same without 46E8h; 1CEh-1D0h |
//! | memory | A0000h-BFFFFh as graphics register 6 says; ROM at C0000h | the window; BAR 0, BAR 2, ROM BAR |
//! | interrupt | IRQ 2/9 when wired | the same |
//!
//! Follows: IBM Personal System/2 Hardware Interface Technical Reference, Video Subsystem (1992); Bochs VBE
//! Display API; QEMU `docs/specs/standard-vga`.
//! A frame shows the registers as they were when the beam passed (`history`), and memory as it is.
//! Deviations: a card's own packed pictures, and a frame in which the picture's shape changed, show the registers of one
//! instant. There is no light pen: CRTC registers 10h and 11h read as written, whatever bit 7 of register 3 says. The
//! enable registers are set after power-on, because firmware other than a card's own expects them so.

mod adapter;
mod attribute;
mod bochs;
mod cirrus;
mod core;
mod crtc;
mod dac;
mod dispi;
mod graphics;
mod history;
mod memory;
mod picture;
mod regs;
mod repeat;
mod scan;
mod sequencer;
#[cfg(test)]
mod tests;
mod timing;
mod vram;
mod window;

pub use cirrus::HardwareCursor;
pub use picture::{Depth, Offsets, Pixel, Resolution};
use scan::Passing;
pub use scan::{Frame, Look, Screen, TextScreen, TextStyle};
use window::{Access, Reach, Window, Windows};

use self::adapter::{Adapter, Plain, Regions, bytes, read_bytes};
use self::bochs::Std;
use self::cirrus::Cirrus;
use self::core::Core;
use self::memory::{Pipeline, Planes};
use self::regs::port;
use self::vram::Vram;
use backplane::{Addr, Claims, Device, Instant, Irq, Ram, Region, Repeat, Reset, What, Width, Wires};
use serde::{Deserialize, Serialize};

/// The name in notes and reports.
const NAME: &str = "vga";
/// The interrupt line that the ISA bus calls IRQ 2.
const IRQ: u8 = 9;
/// What nothing drives.
const OPEN_BUS: u8 = 0xFF;

/// The video adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    core: Core,
    adapter: Adapter,
    vram: Region,
    rom: Option<Region>,
    /// The vertical interrupt reaches the bus.
    irq_wired: bool,
    /// Where the beam was found last.
    #[serde(skip)]
    passing: Passing,
    #[serde(skip)]
    reach: Reach,
}

impl Video {
    /// A plain ISA VGA. `vram` is 256 KiB of the store; `rom` answers at C0000h.
    ///
    /// # Panics
    /// When the length of `vram` is not a power of two of at least 256 KiB, or a region is not whole pages.
    pub fn plain(vram: Region, rom: Option<Region>) -> Self {
        Self::new(Adapter::Plain(Plain), vram, rom)
    }

    /// The Bochs adapter. `vram` is usually 16 MiB of the store; `rom` is a power of two of at least 2 KiB and lies
    /// behind the expansion ROM base address.
    ///
    /// # Panics
    /// As [`Video::plain`], and when the length of `rom` is not a power of two.
    pub fn std(vram: Region, rom: Option<Region>) -> Self {
        assert!(rom.is_none_or(|rom| rom.len.is_power_of_two()), "an expansion ROM in {rom:?}");
        Self::new(Adapter::Std(Box::new(Std::new(vram, rom))), vram, rom)
    }

    /// The Cirrus Logic CL-GD5446. `vram` is 4 or 2 MiB of the store; `rom` as for [`Video::std`].
    ///
    /// # Panics
    /// As [`Video::std`], and when the length of `vram` is another.
    pub fn cirrus(vram: Region, rom: Option<Region>) -> Self {
        assert!(
            matches!(vram.len, CIRRUS_2M | CIRRUS_4M),
            "video memory of {} bytes on a CL-GD5446",
            vram.len
        );
        assert!(rom.is_none_or(|rom| rom.len.is_power_of_two()), "an expansion ROM in {rom:?}");
        Self::new(Adapter::Cirrus(Box::new(Cirrus::new(vram, rom))), vram, rom)
    }

    fn new(adapter: Adapter, vram: Region, rom: Option<Region>) -> Self {
        assert!(vram.len.is_power_of_two() && vram.len >= MIN_VRAM, "video memory of {} bytes", vram.len);
        for region in [Some(vram), rom].into_iter().flatten() {
            let page = backplane::PAGE as u32;
            assert!(region.offset % page == 0 && region.len % page == 0, "{region:?} is not whole pages");
        }
        Video {
            core: Core::default(),
            adapter,
            vram,
            rom,
            irq_wired: false,
            passing: Passing::default(),
            reach: Reach::default(),
        }
    }

    /// Wires the vertical interrupt to IRQ 2/9. Most cards leave it off.
    #[must_use]
    pub fn with_interrupt(mut self) -> Self {
        self.irq_wired = true;
        self
    }

    /// Makes switching DISPI off wait for a VGA mode set, for Windows 9x with DOS boxes in windows. Nothing on a plain
    /// card.
    #[must_use]
    pub fn with_deferred_disable(mut self) -> Self {
        if let Adapter::Std(std) = &mut self.adapter {
            std.defer_disable();
        }
        self
    }

    /// Connects a display that tells its `edid`: blocks of 128 bytes, at most eight. Only the Bochs adapter has registers
    /// for it; the others' DDC lines are absent.
    #[must_use]
    pub fn with_edid(mut self, edid: &[u8]) -> Self {
        if let Adapter::Std(std) = &mut self.adapter {
            std.connect(edid);
        }
        self
    }

    fn regions(&self) -> Regions {
        Regions { vram: self.vram, rom: self.rom }
    }

    /// How the CPU reaches video memory at A0000h-BFFFFh.
    #[inline]
    fn windows(&self) -> Windows {
        self.adapter.windows(&self.core)
    }

    /// The window that holds an address, the offset in it, and the pipeline.
    #[inline]
    fn in_window(&mut self, address: u32) -> Option<(Window, u32, &Pipeline)> {
        let Video { core, adapter, reach, .. } = self;
        let registers = || (adapter.windows(core), core.pipeline());
        let (windows, pipeline) = reach.get(registers);
        debug_assert_eq!((*windows, *pipeline), registers(), "a register changed unseen");
        windows.iter().flatten().find_map(|window| {
            let at = address.wrapping_sub(window.first);
            (at < window.len).then_some((*window, at, pipeline))
        })
    }

    fn read_memory(&mut self, address: u32, width: Width, w: &mut Wires) -> u32 {
        self.read_window(w.ram, address, width).unwrap_or_else(|| {
            self.reach.forget();
            let vram = Vram::new(w.ram, self.vram);
            self.adapter.card_mut().read_memory(&mut self.core, vram, address, width, w)
        })
    }

    /// Reads video memory through a window, if an address is in one and nothing but the latch changes: neither claims nor
    /// lines nor wake-ups need be looked at.
    #[inline]
    pub fn read_window(&mut self, ram: &Ram, address: u32, width: Width) -> Option<u32> {
        let vram = Vram::new(ram, self.vram);
        let mut latch = self.core.latch;
        let (window, at, pipeline) = self.in_window(address)?;
        match window.access {
            Access::Planes(bank) => {
                let planes = Planes { pipeline, vram, bank };
                let value = read_bytes(at, width, |at| planes.read(&mut latch, at));
                self.core.latch = latch;
                Some(value)
            }
            Access::Plain(first) => Some(read_bytes(at, width, |at| vram.byte(first + at))),
            Access::Card => None,
        }
    }

    fn write_memory(&mut self, address: u32, width: Width, value: u32, w: &mut Wires) {
        if !self.write_window(w.ram, address, width, value) {
            self.reach.forget();
            let vram = Vram::new(w.ram, self.vram);
            self.adapter.card_mut().write_memory(&mut self.core, vram, address, width, value, w);
        }
    }

    /// Writes video memory through a window, if an address is in one and nothing else follows: neither claims nor lines
    /// nor wake-ups need be looked at. Otherwise nothing is done, and false returned.
    #[inline]
    pub fn write_window(&mut self, ram: &Ram, address: u32, width: Width, value: u32) -> bool {
        let vram = Vram::new(ram, self.vram);
        let latch = self.core.latch;
        let Some((window, at, pipeline)) = self.in_window(address) else { return false };
        match window.access {
            Access::Planes(bank) => {
                let planes = Planes { pipeline, vram, bank };
                for (n, at) in bytes(at, width) {
                    planes.write(latch, at, (value >> (8 * n)) as u8);
                }
            }
            Access::Plain(first) => {
                for (n, at) in bytes(at, width) {
                    vram.set_byte(first + at, (value >> (8 * n)) as u8);
                }
            }
            Access::Card => return false,
        }
        true
    }
}

/// The two sizes of a CL-GD5446's memory.
const CIRRUS_2M: u32 = 2 << 20;
const CIRRUS_4M: u32 = 4 << 20;
/// Smallest video memory: four planes of 64 KiB.
const MIN_VRAM: u32 = 0x4_0000;
/// The 128 KiB that the VGA's window moves in.
const LEGACY: u32 = 0xA_0000;
/// An odd number that spreads the parts of the claims key over its bits.
const KEY_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Device for Video {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        let claims = self.windows().into_iter().flatten().fold(self.port_claims(), |claims, window| {
            let Window { first, len, access } = window;
            match access {
                Access::Planes(_) | Access::Card => claims.mmio("vga-window", first, len),
                Access::Plain(at) => {
                    let offset = vram::VramOffset::byte(self.vram, at).in_store() as u32;
                    claims.with("vga-window", What::Ram { first, len, offset, read_only: false })
                }
            }
        });
        let claims = self.adapter.card().claims(&self.core, self.regions(), claims);
        if self.irq_wired { claims.with("vga-irq", What::Irq(Irq::Isa(IRQ))) } else { claims }
    }

    fn claims_key(&self) -> u64 {
        let ports = u64::from(self.core.enabled()) << 1 | u64::from(self.core.moving_ports().0 & 0x20) >> 5;
        let windows = self.windows().into_iter().flatten().map(|window| window.key());
        windows.fold(self.adapter.card().claims_key() << 2 | ports, |key, window| {
            (key ^ window).wrapping_mul(KEY_FACTOR).rotate_left(29)
        })
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        match at {
            Addr::Port(port, _) if self.core.enabled() && port == self.core.moving_ports().1 => {
                self.read_status1(w.ram, w.now).bits().into()
            }
            Addr::Port(port, _) => {
                let vram = Vram::new(w.ram, self.vram);
                self.adapter.card_mut().read_port(&mut self.core, vram, port, w)
            }
            Addr::Mmio(address, width) => self.read_memory(address, width, w),
            Addr::Config { register, width, .. } => {
                self.adapter.card().config().map_or(width.mask(), |config| config.read(register, width))
            }
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        if !matches!(at, Addr::Mmio(..)) {
            self.reach.forget();
        }
        match at {
            Addr::Port(port, _) => {
                let vram = Vram::new(w.ram, self.vram);
                self.adapter.card_mut().write_port(&mut self.core, vram, port, value, w);
            }
            Addr::Mmio(address, width) => self.write_memory(address, width, value, w),
            Addr::Config { register, width, .. } => {
                self.adapter.card_mut().write_config(register, width, value);
            }
        }
    }

    fn repeat(&mut self, repeat: &Repeat, w: &mut Wires) -> u32 {
        if repeat.to >> 17 == LEGACY >> 17 { self.repeat_window(repeat, w) } else { 0 }
    }

    fn wake(&self) -> Option<Instant> {
        if self.irq_wired { self.core.interrupt_wake() } else { None }
    }

    fn tick(&mut self, w: &mut Wires) {
        self.core.interrupt = self.core.interrupt_due(w.now);
    }

    fn lines(&self) -> u16 {
        (self.irq_wired && self.core.interrupt && self.core.crtc.interrupt_enabled()).into()
    }

    fn reset(&mut self, kind: Reset) {
        let before = self.clone();
        let Video { core, adapter, vram: _, rom: _, irq_wired: _, passing, reach } = self;
        reach.forget();
        core.reset(kind);
        *passing = Passing::default();
        adapter.card_mut().reset(kind);
        if kind != Reset::PowerOn && *self != before {
            self.core.generation = self.core.generation.wrapping_add(1);
        }
    }
}

impl Video {
    fn port_claims(&self) -> Claims {
        if !self.core.enabled() {
            return Claims::none().ports("vga-enable", port::ENABLE, 1);
        }
        let (crtc, status1) = self.core.moving_ports();
        Claims::none().ports("vga-registers", port::ATTRIBUTE, 16).ports("vga-crtc", crtc, 2).ports(
            "vga-status",
            status1,
            1,
        )
    }
}
