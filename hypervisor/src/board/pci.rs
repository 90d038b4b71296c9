//! PCI configuration mechanism 1: CF8h selects, CFCh-CFFh reach the register of the selected function.
//!
//! The host bridge holds the address register; the board routes the data port, because the functions are chips of
//! their own. Follows: PCI Local Bus Specification 2.1, section 3.7.4.1.

use super::{Board, BoardBus, Call};
use backplane::{Addr, Claims, What, Width};

/// The first of the four data ports.
const DATA_PORT: u16 = 0xCFC;

/// The data ports, each with the widest access that stays inside the dword.
pub(super) fn data_ports() -> Claims {
    const NAME: &str = "PCI configuration data";
    Claims::none()
        .wide_ports(NAME, DATA_PORT, 1, Width::Dword)
        .wide_ports(NAME, DATA_PORT + 1, 2, Width::Word)
        .ports(NAME, DATA_PORT + 3, 1)
}

/// Which chip is which function of bus 0.
#[derive(Default)]
pub(super) struct FunctionTable(Vec<(u8, u8)>);

impl FunctionTable {
    /// Adds a chip's functions. A place that another chip has stays with it and is returned.
    pub(super) fn add(&mut self, chip: u8, claims: &Claims) -> Option<(u8, String)> {
        let mut overlap = None;
        for claim in claims.iter() {
            let What::Config { device, function } = claim.what else { continue };
            let place = device << 3 | function;
            match self.find(place) {
                Some(owner) if owner == chip => {}
                Some(owner) => overlap = Some((owner, format!("PCI device {device} function {function}"))),
                None => self.0.push((place, chip)),
            }
        }
        overlap
    }

    fn find(&self, place: u8) -> Option<u8> {
        self.0.iter().find(|(p, _)| *p == place).map(|(_, chip)| *chip)
    }
}

/// An address register, taken apart.
struct Target {
    chip: u8,
    at: Addr,
}

impl Board {
    fn target(&self, port: u16, width: Width) -> Option<Target> {
        let address = self.chips.i440fx.as_ref()?.config_address()?;
        if address.bus != 0 {
            return None;
        }
        let register = address.register & !3 | (port & 3) as u8;
        let place = address.device << 3 | address.function;
        let at = Addr::Config { function: address.function, register, width };
        Some(Target { chip: self.functions.find(place)?, at })
    }
}

impl BoardBus<'_> {
    /// Reads the data port; a function that is not there reads as all ones.
    pub(super) fn read_config(&mut self, port: u16, width: Width, retired: u64) -> u32 {
        let now = self.board.clock.now(retired);
        let Some(Target { chip, at }) = self.board.target(port, width) else { return width.mask() };
        self.board.call(chip, self.ram, now, &Call::Read(at)).unwrap_or(u32::MAX) & width.mask()
    }

    /// Writes the data port. A write to a function that is not there is lost.
    pub(super) fn write_config(&mut self, port: u16, width: Width, value: u32, retired: u64) {
        let now = self.board.clock.now(retired);
        let Some(Target { chip, at }) = self.board.target(port, width) else { return };
        self.board.call(chip, self.ram, now, &Call::Write(at, value));
    }
}
