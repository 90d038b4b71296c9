//! The DAC: 256 colours, one address register with its read and write state, and the PEL mask.
//!
//! Follows: INMOS IMSG171 data sheet. Colours are kept 8 bits a component; a 6-bit access uses the upper six, so
//! that changing the width keeps the picture.

use serde::{Deserialize, Serialize};

/// Colours in the table.
const COLOURS: usize = 256;
/// DAC state after a write address was given.
const STATE_WRITE: u8 = 0;
/// DAC state after a read address was given.
const STATE_READ: u8 = 3;

/// The DAC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dac {
    /// Colours as 00RRGGBBh.
    #[serde(deserialize_with = "backplane::lists::exactly::<_, _, { COLOURS }>")]
    colours: Vec<u32>,
    /// Address register; after a read address was given it is one ahead of the colour that is read.
    address: u8,
    /// A read address was given last.
    reading: bool,
    /// Component that moves next: 0 red, 1 green, 2 blue.
    component: u8,
    /// The colour being read or gathered.
    holding: u32,
    /// PEL mask.
    pub(super) mask: u8,
    /// Components are 8 bits wide, not 6.
    pub(super) wide: bool,
}

impl Default for Dac {
    fn default() -> Self {
        Dac {
            colours: vec![0; COLOURS],
            address: 0,
            reading: false,
            component: 0,
            holding: 0,
            mask: u8::MAX,
            wide: false,
        }
    }
}

impl Dac {
    /// Takes a read address: its colour is fetched and the address moves on.
    pub(super) fn set_read_address(&mut self, address: u8) {
        self.reading = true;
        self.component = 0;
        self.address = address;
        self.fetch();
    }

    fn fetch(&mut self) {
        self.holding = self.colour(self.address);
        self.address = self.address.wrapping_add(1);
    }

    /// Takes a write address.
    pub(super) fn set_write_address(&mut self, address: u8) {
        self.reading = false;
        self.component = 0;
        self.address = address;
    }

    /// The address register.
    pub(super) fn address(&self) -> u8 {
        self.address
    }

    /// What the state register reads as.
    pub(super) fn state(&self) -> u8 {
        if self.reading { STATE_READ } else { STATE_WRITE }
    }

    /// Reads the next component.
    pub(super) fn read(&mut self) -> u8 {
        let value = (self.holding >> (8 * 2u32.saturating_sub(self.component.into()))) as u8;
        if self.next_component() {
            self.fetch();
        }
        if self.wide { value } else { value >> 2 }
    }

    /// Takes the next component; the third stores the colour. Returns whether a colour changed.
    pub(super) fn write(&mut self, value: u8) -> bool {
        let value = if self.wide { value } else { value << 2 };
        self.holding = (self.holding << 8 | u32::from(value)) & 0xFF_FFFF;
        if !self.next_component() {
            return false;
        }
        let holding = self.holding;
        let at = usize::from(self.address);
        self.address = self.address.wrapping_add(1);
        let Some(colour) = self.colours.get_mut(at) else { return false };
        std::mem::replace(colour, holding) != holding
    }

    /// Moves to the next component; true after the third.
    fn next_component(&mut self) -> bool {
        self.component += 1;
        let last = self.component >= 3;
        if last {
            self.component = 0;
        }
        last
    }

    /// Exchanges a colour and `value`: 00RRGGBBh.
    pub(super) fn swap(&mut self, address: u8, value: &mut u32) {
        if let Some(colour) = self.colours.get_mut(usize::from(address)) {
            std::mem::swap(colour, value);
        }
    }

    /// A colour as it is kept: 00RRGGBBh.
    pub(super) fn colour(&self, address: u8) -> u32 {
        self.colours.get(usize::from(address)).copied().unwrap_or(0)
    }

    /// What the screen shows for a colour number: 00RRGGBBh, the full range of 8 bits.
    pub(super) fn shown(&self, number: u8) -> u32 {
        let colour = self.colour(number & self.mask);
        if self.wide { colour } else { colour | colour >> 6 & 0x0003_0303 }
    }
}
