//! Intel 82441FX (440FX PMC): host bridge, 8086:1237, PCI device 0 function 0.
//!
//! Ports: CF8 as a dword (configuration address). The data ports CFC-CFF are the board's: it asks
//! [`I440fx::config_address`] and hands the access to the function addressed. CF9 inside the latch belongs to
//! the PIIX3, and only dword accesses reach the latch.
//!
//! The memory map is the board's work too: [`I440fx::pam`] and [`I440fx::smram`] say what it must be,
//! [`I440fx::claims_key`] tells when it moved.
//!
//! Follows: Intel 82441FX PCI and Memory Controller datasheet (290549). Deviations: DRAM timing, row boundary
//! and error registers are stored and have no effect.

mod regs;
#[cfg(test)]
mod tests;

use super::config::{Command, ConfigSpace, Identity};
use backplane::{Addr, Claims, Device, Refusal, Reset, What, Width, Wires};
use regs::{Attribute, SmramBits};
use serde::{Deserialize, Serialize};

const NAME: &str = "i440FX";

/// What the address latch selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigAddress {
    /// Bus number; the machine has bus 0 only.
    pub bus: u8,
    /// Device number, 0-31.
    pub device: u8,
    /// Function number, 0-7.
    pub function: u8,
    /// Register of the dword, a multiple of 4; the low bits come from the data port.
    pub register: u8,
}

/// Where accesses to a segment go: to DRAM, or to PCI and so to the ROMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pam {
    /// Reads go to DRAM.
    pub read_ram: bool,
    /// Writes go to DRAM.
    pub write_ram: bool,
}

/// System management RAM at A0000-BFFFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Smram {
    /// SMRAM exists at all (G_SMRAME).
    pub enabled: bool,
    /// The CPU sees it outside SMM too (D_OPEN).
    pub open: bool,
    /// Data accesses in SMM go to the VGA all the same (D_CLS).
    pub closed: bool,
}

/// The host bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct I440fx {
    config: ConfigSpace,
    address: u32,
}

impl Default for I440fx {
    fn default() -> Self {
        Self::new()
    }
}

impl I440fx {
    /// Segments that have attributes of their own: 0-11 are the 16 KiB from C0000 to EFFFF in ascending order,
    /// 12 is F0000-FFFFF.
    pub const SEGMENTS: usize = 13;

    /// A bridge as after reset.
    pub fn new() -> Self {
        let fixed = Command::MEMORY | Command::MASTER;
        let mut config = ConfigSpace::new(Identity {
            vendor: 0x8086,
            device: 0x1237,
            revision: 2,
            class: 0x06_0000,
            multi_function: false,
            subsystem: (0, 0),
        })
        .with_command(fixed, Command::PARITY_RESPONSE | Command::SERR)
        .with_status(0x0280, 0xF900)
        .with_register(super::config::offset::LATENCY, Width::Byte, 0, 0xF8)
        .with_register(super::config::offset::INTERRUPT_LINE, Width::Byte, 0, 0)
        .with_register(regs::PMCCFG, Width::Word, 0, 0xFFFF)
        .with_register(regs::DETURBO, Width::Byte, 0, 0xFF)
        .with_register(regs::DBC, Width::Byte, 0x80, 0xFF)
        .with_register(regs::AXC, Width::Byte, 0, 0xFF)
        .with_register(regs::DRT, Width::Word, 0, 0xFFFF)
        .with_register(regs::DRAMC, Width::Byte, 1, 0xFF)
        .with_register(regs::DRAMT, Width::Byte, 0, 0xFF)
        .with_register(regs::FDHC, Width::Byte, 0, 0xC0)
        .with_register(regs::MTT, Width::Byte, 0, 0xF8)
        .with_register(regs::CLT, Width::Byte, 0x10, 0x1F)
        .with_register(regs::SMRAM, Width::Byte, SmramBits::BASE_SEGMENT.bits().into(), 0x78)
        .with_register(regs::ERRCMD, Width::Byte, 0, 0xFF)
        .with_clear_by_one(regs::ERRSTS, Width::Byte, 0x11);
        for n in 0..regs::PAM_REGISTERS {
            // The low half of PAM0 is reserved.
            let writable = if n == 0 { 0x30 } else { 0x33 };
            config = config.with_register(regs::PAM0 + n, Width::Byte, 0, writable);
        }
        for n in 0..8 {
            config = config.with_register(regs::DRB0 + n, Width::Byte, 1, 0xFF);
        }
        I440fx { config, address: 0 }
    }

    /// What the address latch selects; `None` while configuration cycles are disabled.
    pub fn config_address(&self) -> Option<ConfigAddress> {
        (self.address & regs::CONFADD_ENABLE != 0).then_some(ConfigAddress {
            bus: (self.address >> 16) as u8,
            device: (self.address >> 11 & 0x1F) as u8,
            function: (self.address >> 8 & 7) as u8,
            register: self.address as u8,
        })
    }

    /// The attributes of a segment, numbered as [`I440fx::SEGMENTS`] says; later segments are never DRAM.
    pub fn pam(&self, segment: usize) -> Pam {
        let bits = match segment {
            0..=11 => self.config.byte(regs::PAM0 + 1 + segment as u8 / 2) >> (4 * (segment % 2)),
            12 => self.config.byte(regs::PAM0) >> 4,
            _ => 0,
        };
        let bits = Attribute::from_bits_truncate(bits);
        Pam { read_ram: bits.contains(Attribute::READ), write_ram: bits.contains(Attribute::WRITE) }
    }

    /// The state of system management RAM.
    pub fn smram(&self) -> Smram {
        let bits = SmramBits::from_bits_truncate(self.config.byte(regs::SMRAM));
        Smram {
            enabled: bits.contains(SmramBits::ENABLE),
            open: bits.contains(SmramBits::OPEN),
            closed: bits.contains(SmramBits::CLOSE),
        }
    }

    /// "When D_LCK is set, D_OPEN is set to 0, and D_LCK, D_OPEN and G_SMRAME become read only" until reset.
    fn write_config(&mut self, register: u8, width: Width, value: u32) {
        let before = self.config.byte(regs::SMRAM);
        self.config.write(register, width, value);
        let mut smram = self.config.byte(regs::SMRAM);
        if before & SmramBits::LOCK.bits() != 0 {
            let close = SmramBits::CLOSE.bits();
            smram = before & !close | smram & close;
        } else if smram & SmramBits::LOCK.bits() != 0 {
            smram &= !SmramBits::OPEN.bits();
        }
        self.config.set(regs::SMRAM, Width::Byte, smram.into());
    }
}

impl Device for I440fx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().with("host bridge", What::Config { device: regs::DEVICE, function: 0 }).wide_ports(
            "configuration address",
            regs::CONFADD,
            1,
            Width::Dword,
        )
    }

    /// Changes with the attribute map and SMRAM, so that the board rebuilds its memory map.
    fn claims_key(&self) -> u64 {
        let low = self.config.dword(regs::PAM0 & !3) as u64;
        let high = self.config.dword((regs::PAM0 & !3) + 4) as u64;
        low >> 8 | high << 24 | u64::from(self.config.byte(regs::SMRAM)) << 56
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        match at {
            Addr::Port(regs::CONFADD, Width::Dword) => self.address,
            Addr::Config { register, width, .. } => self.config.read(register, width),
            _ => u32::MAX,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        match at {
            Addr::Port(regs::CONFADD, Width::Dword) => self.address = value & regs::CONFADD_BITS,
            Addr::Config { register, width, .. } => self.write_config(register, width, value),
            Addr::Port(port, _) => w.note(NAME, Refusal::Register(port.into())),
            Addr::Mmio(..) => {}
        }
    }

    fn reset(&mut self, _kind: Reset) {
        let I440fx { config, address } = self;
        config.reset();
        *address = 0;
    }
}
