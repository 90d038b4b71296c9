//! The board without a CPU: accesses as an engine makes them.

mod interrupts;
mod memory;
mod pci;
mod ports;
mod time;

use super::{Board, BoardBus};
use crate::build::{Media, assemble};
use crate::config::{Bytes, MachineConfig, Preset};
use backplane::{Instant, Ram, Width};
use engine::{Bus, Page};

/// A board and its store, with a present that stands still.
struct Rig {
    ram: Ram,
    board: Board,
    retired: u64,
}

/// The standard VGA: PCI device, base address registers of the frame buffer (16 MiB) and the registers (4 KiB), ROM.
const VGA: u8 = 2;
const BAR0: u8 = 0x10;
const BAR2: u8 = 0x18;
const ROM_BAR: u8 = 0x30;
const COMMAND: u8 = 0x04;

impl Rig {
    fn new(config: &MachineConfig) -> Rig {
        let (ram, board) = assemble(config, Media::default()).unwrap();
        Rig { ram, board, retired: 0 }
    }

    fn pc() -> Rig {
        Rig::new(&MachineConfig::default())
    }

    fn isa() -> Rig {
        Rig::new(&MachineConfig { preset: Preset::Isa486, ..MachineConfig::default() })
    }

    fn with_ram(bytes: u64) -> Rig {
        Rig::new(&MachineConfig { ram: Bytes(bytes), ..MachineConfig::default() })
    }

    fn bus(&mut self) -> BoardBus<'_> {
        BoardBus { board: &mut self.board, ram: &self.ram }
    }

    fn input(&mut self, port: u16, width: Width) -> u32 {
        let retired = self.retired;
        self.bus().read_port(port, width, retired)
    }

    fn output(&mut self, port: u16, width: Width, value: u32) {
        let retired = self.retired;
        self.bus().write_port(port, width, value, retired);
    }

    fn inb(&mut self, port: u16) -> u8 {
        self.input(port, Width::Byte) as u8
    }

    fn outb(&mut self, port: u16, value: u8) {
        self.output(port, Width::Byte, value.into());
    }

    /// A memory read as the CPU does it.
    fn read(&mut self, address: u32, width: Width) -> u32 {
        let retired = self.retired;
        let address = address & self.bus().a20_mask();
        match self.bus().page(address) {
            Page::Ram { offset, .. } => self.ram.read_wide((offset + (address & 0xFFF)) as usize, width),
            Page::Device => self.bus().read_mmio(address, width, retired),
        }
    }

    fn write(&mut self, address: u32, width: Width, value: u32) {
        let retired = self.retired;
        let address = address & self.bus().a20_mask();
        let bytes = &value.to_le_bytes()[..width.bytes() as usize];
        match self.bus().page(address) {
            Page::Ram { offset, writable: true } => {
                self.ram.write((offset + (address & 0xFFF)) as usize, bytes);
            }
            Page::Ram { .. } => {}
            Page::Device => self.bus().write_mmio(address, width, value, retired),
        }
    }

    /// Points the address latch at a register of bus 0.
    fn select(&mut self, device: u8, function: u8, register: u8) {
        let place = u32::from(device) << 11 | u32::from(function) << 8 | u32::from(register & !3);
        self.output(0xCF8, Width::Dword, 1 << 31 | place);
    }

    fn config_write(&mut self, device: u8, function: u8, register: u8, width: Width, value: u32) {
        self.select(device, function, register);
        self.output(0xCFC + u16::from(register & 3), width, value);
    }

    /// Places a window of the VGA and switches its memory decoding on.
    fn place_vga(&mut self, register: u8, base: u32) {
        self.config_write(VGA, 0, register, Width::Dword, base);
        self.config_write(VGA, 0, COMMAND, Width::Word, 2);
    }

    fn notes(&self) -> Vec<String> {
        self.board.notes.list().iter().map(|note| note.refusal.to_string()).collect()
    }

    /// Both interrupt controllers as firmware leaves them, every input open.
    fn open_pics(&mut self) {
        for (port, bytes) in [(0x20, [0x11, 0x08, 0x04, 0x01]), (0xA0, [0x11, 0x70, 0x02, 0x01])] {
            self.outb(port, bytes[0]);
            for byte in &bytes[1..] {
                self.outb(port + 1, *byte);
            }
            self.outb(port + 1, 0);
        }
    }

    /// The interrupt request registers: bit `n` is IRQ `n`, without the cascade.
    fn requests(&mut self) -> u16 {
        self.outb(0x20, 0x0A);
        self.outb(0xA0, 0x0A);
        u16::from_le_bytes([self.inb(0x20) & !4, self.inb(0xA0)])
    }

    fn now(&self) -> Instant {
        self.board.clock.now(self.retired)
    }
}
