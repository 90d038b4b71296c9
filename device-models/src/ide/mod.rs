//! Intel 82371SB (PIIX3), function 1: two ATA channels with bus master, 8086:7010, PCI device 1.
//!
//! Ports: 1F0-1F7 and 3F6 (ISA interrupt 14), 170-177 and 376 (15), and 16 bus-master ports at base address
//! register 4. Without PCI ([`IdeConfig::pci`]) the same channels are a plain ISA adapter without DMA.
//!
//! Drives: ATA disks with CHS and 28-bit LBA, and ATAPI CD-ROM drives; media are in the position's bay.
//!
//! Follows: Intel 82371FB/82371SB datasheet (290550), Programming Interface for Bus Master IDE Controller 1.0,
//! ATA-1 to ATA-4, SFF-8020i and MMC-2. Deviations: IDETIM starts with both channels decoded, and the channels
//! answer whatever the command register says, so that a firmware without PCI can boot; timing modes have no
//! effect; SLEEP is left by any command; there is no LBA48, SMART, security or host protected area.

mod atapi;
mod bus_master;
mod channel;
mod config;
mod disk;
mod drive;
mod identify;
mod regs;
#[cfg(test)]
mod tests;

use crate::pci::config::{Bar, Command, ConfigSpace, Identity};
use backplane::{Addr, Bay, Claims, Device, Instant, Reset, What, Width, Wires};
use channel::Channel;
pub use config::{CdModel, DiskModel, DriveKind, Geometry, IdeConfig, PacketDrq};
use drive::Drive;
use serde::{Deserialize, Serialize};

/// The IDE function, or an ISA adapter of two channels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ide {
    config: Option<ConfigSpace>,
    channels: [Channel; 2],
}

/// Where a port leads.
enum Place {
    Block(usize, u16),
    Control(usize),
    Master(u16),
}

impl Ide {
    /// A function with drives as `config` says.
    pub fn new(config: &IdeConfig) -> Self {
        const BAYS: [[Bay; 2]; 2] =
            [[Bay::PrimaryMaster, Bay::PrimarySlave], [Bay::SecondaryMaster, Bay::SecondarySlave]];
        let drive = |c: usize, n: usize| Drive::new(BAYS[c][n], &config.drives[2 * c + n], config.pci);
        Ide {
            config: config.pci.then(function),
            channels: [0, 1].map(|c| Channel::new([drive(c, 0), drive(c, 1)])),
        }
    }

    /// The first bus-master port while they are enabled.
    fn master_base(&self) -> Option<u16> {
        self.config.as_ref()?.io_base(regs::BUS_MASTER_BAR)
    }

    /// Whether a channel's ports are decoded.
    fn decoded(&self, channel: usize) -> bool {
        let timing = |c: &ConfigSpace| c.word(regs::IDETIM + 2 * channel as u8);
        self.config.as_ref().is_none_or(|c| timing(c) & regs::IDETIM_DECODE != 0)
    }

    #[inline]
    fn place(&self, port: u16) -> Option<Place> {
        const PRIMARY: u16 = regs::COMMAND_BLOCK[0];
        const SECONDARY: u16 = regs::COMMAND_BLOCK[1];
        for (channel, first) in [(0, PRIMARY), (1, SECONDARY)] {
            let offset = port.wrapping_sub(first);
            if offset < regs::BLOCK_PORTS {
                return Some(Place::Block(channel, offset));
            }
        }
        if let Some(channel) = regs::CONTROL.iter().position(|control| *control == port) {
            return Some(Place::Control(channel));
        }
        let offset = port.checked_sub(self.master_base()?)?;
        (offset < regs::BUS_MASTER_PORTS).then_some(Place::Master(offset))
    }

    fn read_master(&mut self, offset: u16, width: Width, w: &mut Wires) -> u32 {
        (0..width.bytes() as u16).fold(0, |value, n| {
            let at = offset + n;
            let channel = &mut self.channels[usize::from(at >> 3 & 1)];
            channel.tick(w);
            value | u32::from(channel.master.read(at)) << (8 * n)
        })
    }
}

fn function() -> ConfigSpace {
    let decode = u32::from(regs::IDETIM_DECODE);
    ConfigSpace::new(Identity {
        vendor: 0x8086,
        device: 0x7010,
        revision: 0,
        class: 0x01_0180,
        multi_function: false,
        subsystem: (0, 0),
    })
    .with_command(Command::empty(), Command::IO | Command::MASTER)
    .with_status(0x0280, 0x3800)
    .with_register(crate::pci::config::offset::LATENCY, Width::Byte, 0, 0xF0)
    .with_bar(regs::BUS_MASTER_BAR, Bar::Io { len: regs::BUS_MASTER_PORTS.into() })
    .with_register(regs::IDETIM, Width::Word, decode, 0xF3FF)
    .with_register(regs::IDETIM + 2, Width::Word, decode, 0xF3FF)
    .with_register(regs::SIDETIM, Width::Byte, 0, 0xFF)
}

impl Device for Ide {
    fn name(&self) -> &'static str {
        "IDE"
    }

    fn claims(&self) -> Claims {
        const NAMES: [[&str; 4]; 2] = [
            ["primary interrupt", "primary data", "primary command block", "primary control"],
            ["secondary interrupt", "secondary data", "secondary command block", "secondary control"],
        ];
        let mut claims = Claims::none();
        for (channel, [irq, data, block, control]) in NAMES.into_iter().enumerate() {
            claims = claims.irq(irq, regs::IRQ[channel]);
            if self.decoded(channel) {
                let first = regs::COMMAND_BLOCK[channel];
                claims = claims
                    .wide_ports(data, first, 1, Width::Dword)
                    .ports(block, first + 1, regs::BLOCK_PORTS - 1)
                    .ports(control, regs::CONTROL[channel], 1);
            }
        }
        if self.config.is_some() {
            claims = claims.with(
                "IDE function",
                What::Config { device: regs::PCI_DEVICE, function: regs::PCI_FUNCTION },
            );
        }
        match self.master_base() {
            Some(base) => claims.wide_ports("bus master", base, regs::BUS_MASTER_PORTS, Width::Dword),
            None => claims,
        }
    }

    fn claims_key(&self) -> u64 {
        let master = self.master_base().map_or(0, |base| u64::from(base) << 1 | 1);
        master << 2 | u64::from(self.decoded(0)) << 1 | u64::from(self.decoded(1))
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let (port, width) = match (at, &self.config) {
            (Addr::Config { register, width, .. }, Some(config)) => return config.read(register, width),
            (Addr::Port(port, width), _) => (port, width),
            _ => return u32::MAX,
        };
        match self.place(port) {
            Some(Place::Block(n, regs::block::DATA)) => self.channels[n].read_data(width, w),
            Some(Place::Block(n, offset)) => self.channels[n].read(offset, w).into(),
            Some(Place::Control(n)) => self.channels[n].alternate_status(w).into(),
            Some(Place::Master(offset)) => self.read_master(offset, width, w),
            None => u32::MAX,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let (port, width) = match (at, &mut self.config) {
            (Addr::Config { register, width, .. }, Some(config)) => {
                return config.write(register, width, value);
            }
            (Addr::Port(port, width), _) => (port, width),
            _ => return,
        };
        match self.place(port) {
            Some(Place::Block(n, regs::block::DATA)) => self.channels[n].write_data(width, value, w),
            Some(Place::Block(n, offset)) => self.channels[n].write(offset, value as u8, w),
            Some(Place::Control(n)) => self.channels[n].write_control(value as u8, w),
            Some(Place::Master(offset)) => {
                // An access that crosses from one channel's registers to the other's is cut there.
                let bytes = value.to_le_bytes();
                let len = (width.bytes() as usize).min(usize::from(8 - offset % 8));
                self.channels[usize::from(offset >> 3 & 1)].write_master(offset, &bytes[..len], w);
            }
            None => {}
        }
    }

    fn wake(&self) -> Option<Instant> {
        self.channels.iter().filter_map(Channel::wake).min()
    }

    fn tick(&mut self, w: &mut Wires) {
        for channel in &mut self.channels {
            channel.tick(w);
        }
    }

    fn lines(&self) -> u16 {
        u16::from(self.channels[0].intrq()) | u16::from(self.channels[1].intrq()) << 1
    }

    fn reset(&mut self, kind: Reset) {
        let Ide { config, channels } = self;
        if let Some(config) = config {
            config.reset();
        }
        for channel in channels {
            channel.reset(kind == Reset::PowerOn);
        }
    }
}
