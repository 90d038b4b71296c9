//! Video: a VGA core with the board around it, a plain ISA card or the Bochs adapter (PCI 1234:1111).
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
//! Deviations: a frame shows the registers and the memory of one instant, not what they were as the beam passed;
//! light pen registers, the 64 KiB EGA addressing (shift load), blanking inside the displayed area,
//! and the video feedback bits of input status 1 are absent; the enable registers are set after power-on.

mod adapter;
mod attribute;
mod core;
mod crtc;
mod dac;
mod dispi;
mod graphics;
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

pub use picture::{Depth, Offsets, Pixel, Resolution};
pub use scan::{Frame, Look, TextScreen};
pub use window::{Access, Window};

use self::adapter::{Adapter, BAR_FRAME_BUFFER, BAR_REGISTERS, PCI_DEVICE, REGISTERS_LEN, Register, Std};
use self::core::Core;
use self::dispi::Effect;
use self::regs::{GraphicsMisc, port};
use self::vram::Vram;
use backplane::{Addr, Claims, Device, Instant, Irq, Refusal, Region, Repeat, Reset, What, Width, Wires};
use serde::{Deserialize, Serialize};

/// The name in notes and reports.
const NAME: &str = "vga";
/// Where a plain card's ROM answers.
const ISA_ROM: u32 = 0xC_0000;
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
}

impl Video {
    /// A plain ISA VGA. `vram` is 256 KiB of the store; `rom` answers at C0000h.
    ///
    /// # Panics
    /// When the length of `vram` is not a power of two of at least 256 KiB, or a region is not whole pages.
    pub fn plain(vram: Region, rom: Option<Region>) -> Self {
        Self::new(Adapter::Plain, vram, rom)
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

    fn new(adapter: Adapter, vram: Region, rom: Option<Region>) -> Self {
        assert!(vram.len.is_power_of_two() && vram.len >= MIN_VRAM, "video memory of {} bytes", vram.len);
        for region in [Some(vram), rom].into_iter().flatten() {
            let page = backplane::PAGE as u32;
            assert!(region.offset % page == 0 && region.len % page == 0, "{region:?} is not whole pages");
        }
        Video { core: Core::default(), adapter, vram, rom, irq_wired: false }
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
            std.dispi.defer_off();
        }
        self
    }

    /// Reads one byte of the window.
    fn read_window(&mut self, address: u32, w: &Wires) -> u8 {
        let Some((window, at)) = self.in_window(address) else { return OPEN_BUS };
        let vram = Vram::new(w.ram, self.vram);
        match window.access {
            Access::Plain(first) => vram.byte(first + at),
            Access::Planes => {
                let mut latch = self.core.latch;
                let value = self.pipeline().read(vram, &mut latch, at);
                self.core.latch = latch;
                value
            }
        }
    }

    /// Writes one byte of the window.
    fn write_window(&mut self, address: u32, value: u8, w: &Wires) {
        let Some((window, at)) = self.in_window(address) else { return };
        let vram = Vram::new(w.ram, self.vram);
        match window.access {
            Access::Plain(first) => vram.set_byte(first + at, value),
            Access::Planes => self.pipeline().write(vram, self.core.latch, at, value),
        }
    }

    #[inline]
    fn in_window(&self, address: u32) -> Option<(Window, u32)> {
        let window = self.window()?;
        let at = address.wrapping_sub(window.first);
        (at < window.len).then_some((window, at))
    }

    /// The offset in the register BAR.
    fn in_registers(&self, address: u32) -> Option<u32> {
        let Adapter::Std(std) = &self.adapter else { return None };
        let at = address.wrapping_sub(std.pci.memory_base(BAR_REGISTERS)?);
        (at < REGISTERS_LEN).then_some(at)
    }

    fn read_memory(&mut self, address: u32, width: Width, w: &Wires) -> u32 {
        let legacy = address >> 17 == LEGACY >> 17;
        bytes(address, width).fold(0, |value, (n, at)| {
            let byte = if legacy { self.read_window(at, w) } else { self.read_register_bar(at, w) };
            value | u32::from(byte) << (8 * n)
        })
    }

    fn write_memory(&mut self, address: u32, width: Width, value: u32, w: &mut Wires) {
        if address >> 17 == LEGACY >> 17 {
            for (n, at) in bytes(address, width) {
                self.write_window(at, (value >> (8 * n)) as u8, w);
            }
        } else {
            self.write_register_bar(address, width, value, w);
        }
    }

    fn read_register_bar(&mut self, address: u32, w: &Wires) -> u8 {
        let Some(at) = self.in_registers(address) else { return OPEN_BUS };
        match Register::at(at) {
            Register::Port(port) => self.core.read(port, w.now),
            Register::Dispi(index, upper) => {
                self.dispi_at(index).map_or(OPEN_BUS, |value| value.to_le_bytes()[usize::from(upper)])
            }
            Register::Extended(at) => adapter::EXTENDED_REGISTERS.get(at as usize).copied().unwrap_or(0),
            Register::None => OPEN_BUS,
        }
    }

    /// DISPI registers take words; everything else takes bytes.
    fn write_register_bar(&mut self, address: u32, width: Width, value: u32, w: &mut Wires) {
        let Some(first) = self.in_registers(address) else { return };
        for (n, at) in bytes(first, width) {
            let part = value >> (8 * n);
            match Register::at(at) {
                Register::Port(port) => self.write_port(port, part as u8, w),
                Register::Dispi(index, false) if width != Width::Byte => {
                    self.write_dispi_at(index, part as u16, w);
                }
                _ => {}
            }
        }
    }

    /// A DISPI register by index, without moving the index register.
    fn dispi_at(&self, index: u16) -> Option<u16> {
        let Adapter::Std(std) = &self.adapter else { return None };
        let mut view = std.dispi.clone();
        view.index = index;
        Some(view.read(self.vram.len))
    }

    fn write_dispi_at(&mut self, index: u16, value: u16, w: &mut Wires) {
        let Adapter::Std(std) = &mut self.adapter else { return };
        let kept = std::mem::replace(&mut std.dispi.index, index);
        self.write_dispi(value, w);
        if let Adapter::Std(std) = &mut self.adapter {
            std.dispi.index = kept;
        }
    }

    fn write_dispi(&mut self, value: u16, w: &mut Wires) {
        let Adapter::Std(std) = &mut self.adapter else { return };
        match std.dispi.write(value, self.vram.len) {
            Effect::None => {}
            Effect::Clear(len) => Vram::new(w.ram, self.vram).clear(len),
            Effect::Refused => {
                let register = format!("DISPI register {}", std.dispi.index);
                w.note(NAME, Refusal::Value(register, value.into()));
            }
        }
        self.core.dac.wide = std.dispi.wide_dac();
        self.core.generation = self.core.generation.wrapping_add(1);
    }

    fn read_port(&mut self, at: u16, w: &Wires) -> u32 {
        match (&self.adapter, at) {
            (Adapter::Std(std), port::DISPI) => std.dispi.index.into(),
            (Adapter::Std(std), _) if is_dispi(at) => std.dispi.read(self.vram.len).into(),
            _ => self.core.read(at, w.now).into(),
        }
    }

    fn write_any_port(&mut self, at: u16, value: u32, w: &mut Wires) {
        match &mut self.adapter {
            Adapter::Std(std) if at == port::DISPI => std.dispi.index = value as u16,
            Adapter::Std(_) if is_dispi(at) => self.write_dispi(value as u16, w),
            _ => self.write_port(at, value as u8, w),
        }
    }

    fn write_port(&mut self, at: u16, value: u8, w: &mut Wires) {
        if !self.core.write(at, value, w.now) {
            w.note(NAME, Refusal::Register(self.core.crtc.index.into()));
        }
        let Adapter::Std(std) = &mut self.adapter else { return };
        match at {
            port::MISC_WRITE => std.dispi.mode_set(),
            port::GRAPHICS_DATA if usize::from(self.core.gfx.index) == regs::graphics::MISC => {
                std.dispi.switched(!self.core.gfx.misc().contains(GraphicsMisc::GRAPHICS));
            }
            _ => return,
        }
        self.core.dac.wide = std.dispi.wide_dac();
        self.core.generation = self.core.generation.wrapping_add(1);
    }
}

/// Smallest video memory: four planes of 64 KiB.
const MIN_VRAM: u32 = 0x4_0000;
/// The 128 KiB that the VGA's window moves in.
const LEGACY: u32 = 0xA_0000;

/// Whether a port is one of DISPI's two data ports.
fn is_dispi(at: u16) -> bool {
    at == port::DISPI + 1 || at == port::DISPI + 2
}

/// The bytes of an access with their place in the value.
fn bytes(first: u32, width: Width) -> impl Iterator<Item = (u32, u32)> {
    (0..width.bytes()).map(move |n| (n, first.wrapping_add(n)))
}

impl Device for Video {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        let mut claims = self.port_claims();
        if let Some(window) = self.window() {
            let Window { first, len, access } = window;
            claims = match access {
                Access::Planes => claims.mmio("vga-window", first, len),
                Access::Plain(at) => {
                    let offset = vram::VramOffset::byte(self.vram, at).in_store() as u32;
                    claims.with("vga-window", What::Ram { first, len, offset, read_only: false })
                }
            };
        }
        claims = self.adapter_claims(claims);
        if self.irq_wired { claims.with("vga-irq", What::Irq(Irq::Isa(IRQ))) } else { claims }
    }

    fn claims_key(&self) -> u64 {
        let ports = u64::from(self.core.enabled()) << 1 | u64::from(self.core.moving_ports().0 & 0x20) >> 5;
        let config = match &self.adapter {
            Adapter::Plain => 0,
            Adapter::Std(std) => std.config_writes,
        };
        self.window_key() << 2 & 0xFFFF_FFFF | ports | u64::from(config) << 32
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        match at {
            Addr::Port(port, _) => self.read_port(port, w),
            Addr::Mmio(address, width) => self.read_memory(address, width, w),
            Addr::Config { register, width, .. } => match &self.adapter {
                Adapter::Std(std) => std.pci.read(register, width),
                Adapter::Plain => width.mask(),
            },
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        match at {
            Addr::Port(port, _) => self.write_any_port(port, value, w),
            Addr::Mmio(address, width) => self.write_memory(address, width, value, w),
            Addr::Config { register, width, .. } => {
                if let Adapter::Std(std) = &mut self.adapter {
                    std.pci.write(register, width, value);
                    std.config_writes = std.config_writes.wrapping_add(1);
                }
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

    fn reset(&mut self, _kind: Reset) {
        let Video { core, adapter, vram: _, rom: _, irq_wired: _ } = self;
        core.reset();
        match adapter {
            Adapter::Plain => {}
            Adapter::Std(std) => {
                let Std { pci, dispi, config_writes } = std.as_mut();
                pci.reset();
                dispi.reset();
                *config_writes = config_writes.wrapping_add(1);
            }
        }
    }
}

impl Video {
    fn port_claims(&self) -> Claims {
        let mut claims = Claims::none();
        if self.core.enabled() {
            let (crtc, status1) = self.core.moving_ports();
            claims = claims.ports("vga-registers", port::ATTRIBUTE, 16).ports("vga-crtc", crtc, 2).ports(
                "vga-status",
                status1,
                1,
            );
        } else {
            claims = claims.ports("vga-enable", port::ENABLE, 1);
        }
        match &self.adapter {
            Adapter::Plain => claims.ports("vga-adapter-enable", port::ADAPTER_ENABLE, 1),
            Adapter::Std(_) => claims.wide_ports("vga-dispi", port::DISPI, 3, Width::Word),
        }
    }

    fn adapter_claims(&self, claims: Claims) -> Claims {
        let rom_at = |claims: Claims, base: Option<u32>| match (base, self.rom) {
            (Some(first), Some(rom)) => {
                let what = What::Ram { first, len: rom.len, offset: rom.offset, read_only: true };
                claims.with("vga-rom", what)
            }
            _ => claims,
        };
        let Adapter::Std(std) = &self.adapter else { return rom_at(claims, Some(ISA_ROM)) };
        let mut claims = claims.with("vga-config", What::Config { device: PCI_DEVICE, function: 0 });
        if let Some(first) = std.pci.memory_base(BAR_FRAME_BUFFER) {
            let what = What::Ram { first, len: self.vram.len, offset: self.vram.offset, read_only: false };
            claims = claims.with("vga-frame-buffer", what);
        }
        if let Some(first) = std.pci.memory_base(BAR_REGISTERS) {
            claims = claims.mmio("vga-bar2", first, REGISTERS_LEN);
        }
        rom_at(claims, std.pci.rom_base())
    }
}
