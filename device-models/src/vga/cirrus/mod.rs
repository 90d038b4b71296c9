//! The Cirrus Logic CL-GD5446 on PCI.
//!
//! Silicon: CL-GD5446, PCI 1013:00B8, class 030000h, with 4 or 2 MiB of video memory. On top of the VGA: packed modes
//! of 8, 15, 16, 24 and 32 bits, two banks in the window, linear apertures, extended write modes, a hardware cursor,
//! the BitBLT engine, its registers in memory.
//!
//! | resource | what |
//! |---|---|
//! | ports | the VGA's |
//! | memory | the VGA's window; two BARs (see `pci`); B8000h-B80FFh in packed modes when asked for; ROM BAR |
//!
//! Follows: Cirrus Logic CL-GD5446 Technical Reference Manual. The extensions answer whether unlocked or not, as on
//! all chips from the CL-GD5429 on.
//! Deviations: a screen that was switched off (SR1) before a packed mode was set (SR7) shows all the same, since the BIOS
//! that QEMU brings for this chip leaves it so, and packed modes show without sync pulses (CR17), since Linux's DRM
//! driver, made for QEMU's chip, leaves them off. The linear apertures are packed memory in the VGA's modes too; the
//! read-only bit 5 of the blitter's status, the video overlay, EEPROM and DDC lines, and the signature generator are
//! absent.

mod banking;
mod blitter;
mod crtc;
mod cursor;
mod graphics;
mod hidden_dac;
mod mmio;
mod packed;
mod pci;
mod regs;
mod sequencer;

pub use cursor::HardwareCursor;

use self::blitter::Blitter;
use self::crtc::Crtc;
use self::graphics::Graphics;
use self::hidden_dac::HiddenDac;
use self::mmio::Register;
use self::packed::Packed;
use self::pci::{Order, Place};
use self::regs::{CursorMode, graphics as r};
use self::sequencer::Sequencer;
use super::OPEN_BUS;
use super::adapter::{Card, Regions, bytes, read_bytes, reset_config, write_core};
use super::core::Core;
use super::crtc::Extension;
use super::picture::{Depth, Offsets, Resolution};
use super::regs::port;
use super::vram::Vram;
use super::window::Windows;
use crate::pci::config::ConfigSpace;
use backplane::{Claims, Instant, Region, Reset, Width, Wires};
use serde::{Deserialize, Serialize};

/// Dots in a character of a packed mode, and bytes to a step of the address counter.
const CHARACTER: u32 = 8;
const STEP: u32 = 4;

/// The chip, without the VGA core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cirrus {
    pci: ConfigSpace,
    seq: Sequencer,
    crtc: Crtc,
    gfx: Graphics,
    dac: HiddenDac,
    blitter: Blitter,
    /// The eight data latches.
    latches: [u8; 8],
    /// The screen had been off when the packed mode was set, and nothing switched it since.
    off_before: bool,
    /// Bytes of video memory.
    vram: u32,
    /// Configuration writes so far: the part of the claims key that base addresses stand for.
    config_writes: u64,
}

impl Cirrus {
    /// The chip after power-on.
    pub(super) fn new(vram: Region, rom: Option<Region>) -> Self {
        Cirrus {
            pci: pci::configuration(rom),
            seq: Sequencer::new(vram.len),
            crtc: Crtc::default(),
            gfx: Graphics::default(),
            dac: HiddenDac::default(),
            blitter: Blitter::default(),
            latches: [0; 8],
            off_before: false,
            vram: vram.len,
            config_writes: 0,
        }
    }

    fn packed_access(&self) -> Packed {
        let (extensions, mode) = (self.gfx.extensions(), self.gfx.write_mode());
        Packed::new(extensions, mode, self.seq.pixel_mask(), self.gfx.colours())
    }

    fn read_vga_port(&mut self, core: &mut Core, at: u16, now: Instant) -> u8 {
        let (crtc, _) = core.moving_ports();
        match at {
            _ if !core.enabled() => core.read(at, now),
            port::SEQUENCER => self.seq.index(),
            port::SEQUENCER_DATA if !self.seq.is_vga() => self.seq.read(),
            port::GRAPHICS => self.gfx.index,
            port::GRAPHICS_DATA => {
                let own = self.gfx.read(usize::from(self.gfx.index));
                own.unwrap_or_else(|| core.read(at, now))
            }
            port::PEL_MASK => self.dac.read().unwrap_or_else(|| core.read(at, now)),
            port::DAC_DATA if self.extra_colours() => {
                self.dac.close();
                self.dac.read_extra()
            }
            port::DAC_READ..=port::DAC_DATA => {
                self.dac.close();
                core.read(at, now)
            }
            _ if at == crtc + 1 => {
                let own = self.crtc.read(core.crtc.index, core.attr.index);
                own.unwrap_or_else(|| core.read(at, now))
            }
            _ => core.read(at, now),
        }
    }

    fn extra_colours(&self) -> bool {
        self.seq.cursor_mode().contains(CursorMode::EXTRA_COLOURS)
    }

    fn write_vga_port(&mut self, core: &mut Core, vram: Vram, at: u16, value: u8, w: &mut Wires) {
        let (crtc, _) = core.moving_ports();
        let changed = match at {
            _ if !core.enabled() => return write_core(core, at, value, w),
            port::SEQUENCER => {
                if self.seq.select(value) {
                    write_core(core, at, value, w);
                }
                return;
            }
            port::SEQUENCER_DATA if self.seq.index() == regs::sequencer::CLOCKING => {
                self.off_before = false;
                return write_core(core, at, value, w);
            }
            port::SEQUENCER_DATA if !self.seq.is_vga() => {
                let vgas = self.seq.index() <= regs::sequencer::LAST_OF_VGA;
                self.off_before |= self.seq.index() == regs::sequencer::MODE && core.screen_off();
                let changed = self.seq.write(value);
                // The first write of all takes the standard clocks away, whatever it changes.
                let clocks_hz = Some(self.seq.clocks_hz());
                let changed = std::mem::replace(&mut core.clocks_hz, clocks_hz) != clocks_hz || changed;
                if vgas {
                    write_core(core, at, value, w);
                }
                changed
            }
            port::GRAPHICS => {
                self.gfx.select(value);
                return write_core(core, at, value, w);
            }
            port::GRAPHICS_DATA => {
                return self.write_graphics(core, vram, usize::from(self.gfx.index), value, w.now);
            }
            port::PEL_MASK => match self.dac.write(value) {
                Some(changed) => changed,
                None => return write_core(core, at, value, w),
            },
            port::DAC_READ..=port::DAC_DATA => return self.write_dac(core, at, value, w),
            _ if at == crtc + 1 => match self.crtc.write(core.crtc.index, value) {
                Some(changed) => !self.extend_crtc(core, w.now) && changed,
                None => return write_core(core, at, value, w),
            },
            _ => return write_core(core, at, value, w),
        };
        if changed {
            core.note(None, w.now);
        }
    }

    fn write_dac(&mut self, core: &mut Core, at: u16, value: u8, w: &mut Wires) {
        self.dac.close();
        match at {
            port::DAC_DATA if self.extra_colours() => {
                let changed = self.dac.write_extra(value);
                core.generation = core.generation.wrapping_add(changed.into());
                return;
            }
            port::DAC_READ => self.dac.set_read_address(value),
            port::DAC_WRITE => self.dac.set_write_address(value),
            _ => {}
        }
        write_core(core, at, value, w);
    }

    fn write_graphics(&mut self, core: &mut Core, vram: Vram, index: usize, value: u8, now: Instant) {
        let old = self.gfx.write(index, value);
        if index <= r::LAST_OF_VGA {
            core.write_graphics(index as u8, value, now);
        }
        let drawn = self.blitter.written(index, &mut self.gfx.regs, old, vram);
        core.generation = core.generation.wrapping_add(drawn.into());
    }

    /// Gives the core the upper bits of its values. Whether they changed.
    fn extend_crtc(&self, core: &mut Core, now: Instant) -> bool {
        let extension = Extension {
            start_high: self.crtc.start_high(),
            offset_high: self.crtc.offset_high(),
            wide: self.crtc.wide(),
        };
        core.extend_crtc(extension, now)
    }

    fn read_byte(&mut self, core: &mut Core, vram: Vram, at: u32, w: &Wires) -> u8 {
        match self.place(at) {
            Place::Page(at) => match mmio::in_page(at) {
                Register::Port(port) => self.read_vga_port(core, port, w.now),
                Register::Graphics(index) => self.gfx.read(index).unwrap_or(OPEN_BUS),
                Register::None => OPEN_BUS,
            },
            Place::Blitter(at) => match mmio::blitter(at) {
                Register::Graphics(index) => self.gfx.read(index).unwrap_or(OPEN_BUS),
                _ => OPEN_BUS,
            },
            Place::Memory(at, order) => {
                let at = order.address(at);
                let access = self.packed_access();
                access.read(vram, &mut self.latches, at)
            }
            Place::BlitterData(_) | Place::None => OPEN_BUS,
        }
    }

    fn write_byte(&mut self, core: &mut Core, vram: Vram, at: u32, value: u8, w: &mut Wires) {
        match self.place(at) {
            Place::Page(at) => match mmio::in_page(at) {
                Register::Port(port) => self.write_vga_port(core, vram, port, value, w),
                Register::Graphics(index) => self.write_graphics(core, vram, index, value, w.now),
                Register::None => {}
            },
            Place::Blitter(at) => {
                if let Register::Graphics(index) = mmio::blitter(at) {
                    self.write_graphics(core, vram, index, value, w.now);
                }
            }
            Place::Memory(at, order) => {
                self.packed_access().write(vram, &self.latches, order.address(at), value);
            }
            Place::BlitterData(_) | Place::None => {}
        }
    }

    /// The byte order of data of the blitter at an address; `None` where none go.
    fn data_order(&self, at: u32) -> Option<Order> {
        match self.place(at) {
            Place::Memory(_, order) | Place::BlitterData(order) if self.blitter.waits() => Some(order),
            _ => None,
        }
    }
}

impl Card for Cirrus {
    fn depth(&self, core: &Core) -> Depth {
        if self.seq.packed() { Depth::Linear(self.seq.pixel(self.dac.green6())) } else { core.depth() }
    }

    fn offsets(&self, core: &Core, now: Instant) -> Offsets {
        let steps = core.offsets(now);
        if !self.seq.packed() {
            return steps;
        }
        Offsets { start: steps.start * STEP, pitch: steps.pitch * STEP }
    }

    fn resolution(&self, core: &Core) -> Resolution {
        let fields = if self.crtc.interlaced() { 2 } else { 1 };
        if !self.seq.packed() {
            let field = core.resolution();
            return Resolution { height: field.height * fields, ..field };
        }
        let lines_per_row = core.crtc.row_height() * if core.crtc.double_scan() { 2 } else { 1 };
        Resolution {
            width: core.crtc.columns() * CHARACTER,
            height: (core.crtc.lines() * fields / lines_per_row).max(1),
            lines_per_row,
        }
    }

    fn dark(&self, core: &Core) -> bool {
        let off = if self.seq.packed() {
            core.unlit() || core.screen_off() && !self.off_before
        } else {
            core.blanked()
        };
        off || self.gfx.dac_off()
    }

    #[inline]
    fn windows(&self, core: &Core) -> Windows {
        if !core.memory_enabled() {
            [None, None]
        } else if self.seq.packed() {
            self.packed_windows()
        } else {
            self.banked_windows(core)
        }
    }

    fn read_memory(&mut self, core: &mut Core, vram: Vram, at: u32, width: Width, w: &mut Wires) -> u32 {
        let Some(order) = self.data_order(at) else {
            return read_bytes(at, width, |at| self.read_byte(core, vram, at, w));
        };
        let data = read_bytes(at, width, |_| self.blitter.give(&mut self.gfx.regs, vram).unwrap_or(OPEN_BUS));
        order.value(data, width)
    }

    fn write_memory(
        &mut self,
        core: &mut Core,
        vram: Vram,
        at: u32,
        width: Width,
        value: u32,
        w: &mut Wires,
    ) {
        let Some(order) = self.data_order(at) else {
            for (n, at) in bytes(at, width) {
                self.write_byte(core, vram, at, (value >> (8 * n)) as u8, w);
            }
            return;
        };
        let data = order.value(value, width);
        for (n, _) in bytes(at, width) {
            self.blitter.take((data >> (8 * n)) as u8, &mut self.gfx.regs, vram);
        }
    }

    fn read_port(&mut self, core: &mut Core, _vram: Vram, at: u16, w: &mut Wires) -> u32 {
        self.read_vga_port(core, at, w.now).into()
    }

    fn write_port(&mut self, core: &mut Core, vram: Vram, at: u16, value: u32, w: &mut Wires) {
        self.write_vga_port(core, vram, at, value as u8, w);
    }

    fn config(&self) -> Option<&ConfigSpace> {
        Some(&self.pci)
    }

    fn write_config(&mut self, register: u8, width: Width, value: u32) {
        self.pci.write(register, width, value);
        self.config_writes = self.config_writes.wrapping_add(1);
    }

    fn claims(&self, _core: &Core, regions: Regions, claims: Claims) -> Claims {
        self.chip_claims(regions, claims)
    }

    fn claims_key(&self) -> u64 {
        let apertures = [self.plain_aperture(), self.mmio_in_aperture(), self.mmio_at_b8000()];
        apertures.iter().fold(self.config_writes, |key, flag| key << 1 | u64::from(*flag))
    }

    fn cursor(&self) -> Option<HardwareCursor> {
        self.cursor_shown()
    }

    fn cursor_bytes(&self) -> Option<(u32, u32)> {
        self.cursor_shown().map(|cursor| (self.cursor_pattern(), cursor.size * cursor.size / 4))
    }

    fn draw_over(&self, vram: Vram, y: u32, row: &mut [u32]) {
        self.draw_cursor(vram, y, row);
    }

    fn reset(&mut self, kind: Reset) {
        let Cirrus { pci, seq, crtc, gfx, dac, blitter, latches, off_before, vram, config_writes } = self;
        *config_writes = reset_config(pci, *config_writes, kind);
        *seq = Sequencer::new(*vram);
        *crtc = Crtc::default();
        *gfx = Graphics::default();
        *dac = HiddenDac::default();
        *blitter = Blitter::default();
        *latches = [0; 8];
        *off_before = false;
    }
}
