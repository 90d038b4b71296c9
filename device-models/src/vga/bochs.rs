//! The Bochs adapter ("standard VGA" of QEMU): PCI 1234:1111, class 030000h, revision 2. BAR 0 is all of video
//! memory, prefetchable; BAR 2 is 4 KiB of registers: the display's EDID at 0, the VGA ports 3C0h-3DFh at 400h, the
//! DISPI registers as words at 500h, the extended registers (their size, and the byte order of the frame buffer) at
//! 600h. Without a display that tells its EDID, that reads as ones.
//!
//! Follows: the text `docs/specs/standard-vga` of QEMU. Deviation that QEMU shares: the ISA ports and the window
//! at A0000h answer whatever the command register says.

use super::adapter::{Card, PCI_DEVICE, Regions, bytes, read_bytes, reset_config, with_rom, write_core};
use super::core::Core;
use super::dispi::{Dispi, Effect};
use super::graphics::Map;
use super::picture::{Depth, Offsets, Resolution};
use super::regs::{GraphicsMisc, graphics, port};
use super::vram::Vram;
use super::window::{Access, Window, Windows};
use super::{NAME, OPEN_BUS};
use crate::pci::config::{Bar, ConfigSpace, Identity};
use backplane::{Claims, Instant, Refusal, Region, Reset, What, Width, Wires};
use serde::{Deserialize, Serialize};

/// BAR of the linear frame buffer.
const BAR_FRAME_BUFFER: usize = 0;
/// BAR of the registers.
const BAR_REGISTERS: usize = 2;
/// Bytes behind the register BAR.
const REGISTERS_LEN: u32 = 0x1000;

const IDENTITY: Identity = Identity {
    vendor: 0x1234,
    device: 0x1111,
    revision: 2,
    class: 0x03_0000,
    multi_function: false,
    subsystem: (0x1AF4, 0x1100),
};

/// The Bochs adapter's own state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Std {
    /// PCI configuration space.
    pci: ConfigSpace,
    /// Bochs display interface.
    dispi: Dispi,
    /// What the display says of itself; nothing, or blocks of 128 bytes.
    edid: Vec<u8>,
    /// Configuration writes so far: the claims key.
    config_writes: u64,
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
        Std { pci, dispi: Dispi::default(), edid: Vec::new(), config_writes: 0 }
    }

    /// Makes switching DISPI off wait for a VGA mode set.
    pub(super) fn defer_disable(&mut self) {
        self.dispi.defer_off();
    }

    /// Connects a display.
    pub(super) fn connect(&mut self, edid: &[u8]) {
        self.edid = edid.to_vec();
    }

    /// The offset in the register BAR.
    fn in_registers(&self, address: u32) -> Option<u32> {
        let at = address.wrapping_sub(self.pci.memory_base(BAR_REGISTERS)?);
        (at < REGISTERS_LEN).then_some(at)
    }

    fn read_register(&self, core: &mut Core, vram: Vram, at: u32, now: Instant) -> u8 {
        match Register::at(at) {
            Register::Edid(at) => self.edid.get(at as usize).copied().unwrap_or(OPEN_BUS),
            Register::Port(port) => core.read(port, now),
            Register::Dispi(index, upper) => self.dispi_at(index, vram).to_le_bytes()[usize::from(upper)],
            Register::Extended(at) => EXTENDED_REGISTERS.get(at as usize).copied().unwrap_or(0),
            Register::None => OPEN_BUS,
        }
    }

    /// A DISPI register by index, without moving the index register.
    fn dispi_at(&self, index: u16, vram: Vram) -> u16 {
        let mut view = self.dispi.clone();
        view.index = index;
        view.read(vram.len())
    }

    fn write_dispi_at(&mut self, core: &mut Core, vram: Vram, index: u16, value: u16, w: &mut Wires) {
        let kept = std::mem::replace(&mut self.dispi.index, index);
        self.write_dispi(core, vram, value, w);
        self.dispi.index = kept;
    }

    fn write_dispi(&mut self, core: &mut Core, vram: Vram, value: u16, w: &mut Wires) {
        match self.dispi.write(value, vram.len()) {
            Effect::None => {}
            Effect::Clear(len) => vram.clear(len),
            Effect::Refused => {
                let register = format!("DISPI register {}", self.dispi.index);
                w.note(NAME, Refusal::Value(register, value.into()));
            }
        }
        self.rules(core, w.now);
    }

    /// Lets the core know what DISPI rules now.
    fn rules(&self, core: &mut Core, now: Instant) {
        core.dac.wide = self.dispi.wide_dac();
        core.note(None, now);
    }

    /// Writes a port of the core, and lets DISPI take notice of it.
    fn write_vga(&mut self, core: &mut Core, at: u16, value: u8, w: &mut Wires) {
        write_core(core, at, value, w);
        match at {
            port::MISC_WRITE => self.dispi.mode_set(),
            port::GRAPHICS_DATA if usize::from(core.gfx.index) == graphics::MISC => {
                self.dispi.switched(!core.gfx.misc().contains(GraphicsMisc::GRAPHICS));
            }
            _ => return,
        }
        self.rules(core, w.now);
    }
}

/// Whether a port is one of DISPI's two data ports.
fn is_dispi(at: u16) -> bool {
    at == port::DISPI + 1 || at == port::DISPI + 2
}

impl Card for Std {
    fn depth(&self, core: &Core) -> Depth {
        if self.dispi.showing() { self.dispi.depth() } else { core.depth() }
    }

    fn offsets(&self, core: &Core, now: Instant) -> Offsets {
        if self.dispi.showing() { self.dispi.offsets() } else { core.offsets(now) }
    }

    fn resolution(&self, core: &Core) -> Resolution {
        if self.dispi.showing() { self.dispi.resolution() } else { core.resolution() }
    }

    /// DISPI needs no running CRTC, only a screen that is not switched off.
    fn dark(&self, core: &Core) -> bool {
        if self.dispi.showing() { core.screen_off() } else { core.blanked() }
    }

    /// While DISPI shows a packed picture, the 64 KiB at A0000h are its bank whatever the VGA registers say (VBE-02).
    #[inline]
    fn windows(&self, core: &Core) -> Windows {
        if !self.dispi.showing() {
            return core.windows();
        }
        let (first, len) = Map::Low64K.range();
        let bank = self.dispi.bank_offset();
        let access = if self.dispi.planar() { Access::Planes(bank) } else { Access::Plain(bank) };
        [Some(Window { first, len, access }), None]
    }

    fn read_memory(&mut self, core: &mut Core, vram: Vram, at: u32, width: Width, w: &mut Wires) -> u32 {
        let Some(first) = self.in_registers(at) else { return width.mask() };
        read_bytes(first, width, |at| self.read_register(core, vram, at, w.now))
    }

    /// DISPI registers take words; everything else takes bytes.
    fn write_memory(
        &mut self,
        core: &mut Core,
        vram: Vram,
        at: u32,
        width: Width,
        value: u32,
        w: &mut Wires,
    ) {
        let Some(first) = self.in_registers(at) else { return };
        for (n, at) in bytes(first, width) {
            let part = value >> (8 * n);
            match Register::at(at) {
                Register::Port(port) => self.write_vga(core, port, part as u8, w),
                Register::Dispi(index, false) if width != Width::Byte => {
                    self.write_dispi_at(core, vram, index, part as u16, w);
                }
                _ => {}
            }
        }
    }

    fn read_port(&mut self, core: &mut Core, vram: Vram, at: u16, w: &mut Wires) -> u32 {
        match at {
            port::DISPI => self.dispi.index.into(),
            _ if is_dispi(at) => self.dispi.read(vram.len()).into(),
            _ => core.read(at, w.now).into(),
        }
    }

    fn write_port(&mut self, core: &mut Core, vram: Vram, at: u16, value: u32, w: &mut Wires) {
        match at {
            port::DISPI => self.dispi.index = value as u16,
            _ if is_dispi(at) => self.write_dispi(core, vram, value as u16, w),
            _ => self.write_vga(core, at, value as u8, w),
        }
    }

    fn config(&self) -> Option<&ConfigSpace> {
        Some(&self.pci)
    }

    fn write_config(&mut self, register: u8, width: Width, value: u32) {
        self.pci.write(register, width, value);
        self.config_writes = self.config_writes.wrapping_add(1);
    }

    fn claims(&self, _core: &Core, regions: Regions, claims: Claims) -> Claims {
        let mut claims = claims
            .wide_ports("vga-dispi", port::DISPI, 3, Width::Word)
            .with("vga-config", What::Config { device: PCI_DEVICE, function: 0 });
        if let Some(first) = self.pci.memory_base(BAR_FRAME_BUFFER) {
            let Region { offset, len } = regions.vram;
            claims = claims.with("vga-frame-buffer", What::Ram { first, len, offset, read_only: false });
        }
        if let Some(first) = self.pci.memory_base(BAR_REGISTERS) {
            claims = claims.mmio("vga-bar2", first, REGISTERS_LEN);
        }
        with_rom(claims, self.pci.rom_base(), regions.rom)
    }

    fn claims_key(&self) -> u64 {
        self.config_writes
    }

    fn reset(&mut self, kind: Reset) {
        let Std { pci, dispi, edid: _, config_writes } = self;
        *config_writes = reset_config(pci, *config_writes, kind);
        dispi.reset();
    }
}

/// A register of the register BAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    /// A byte of the EDID.
    Edid(u32),
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
const EDID: std::ops::Range<u32> = 0..0x400;
const PORTS: std::ops::Range<u32> = 0x400..0x420;
const DISPI: std::ops::Range<u32> = 0x500..0x516;
const EXTENDED: std::ops::Range<u32> = 0x600..0x608;
/// The port at the first offset of the ports.
const FIRST_PORT: u16 = 0x3C0;
/// The extended registers: their size and the byte order "little".
const EXTENDED_REGISTERS: [u8; 8] = [8, 0, 0, 0, 0x1E, 0x1E, 0x1E, 0x1E];

impl Register {
    /// What answers at an offset.
    fn at(offset: u32) -> Self {
        if EDID.contains(&offset) {
            Register::Edid(offset - EDID.start)
        } else if PORTS.contains(&offset) {
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
