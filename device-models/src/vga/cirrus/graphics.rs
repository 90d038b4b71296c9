//! The graphics controller's extension registers as they are stored: colours, offsets, write modes, blitter.

use super::regs::{BltStatus, Extensions, graphics as r};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Graphics {
    /// Index register.
    pub(super) index: u8,
    /// All registers. Those of the VGA are here as they were written; the core has its own.
    #[serde(serialize_with = "save", deserialize_with = "load")]
    pub(super) regs: [u8; r::COUNT],
}

fn save<S: Serializer>(regs: &[u8; r::COUNT], s: S) -> Result<S::Ok, S::Error> {
    regs.as_slice().serialize(s)
}

fn load<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; r::COUNT], D::Error> {
    let regs = Vec::<u8>::deserialize(d)?;
    regs.try_into().map_err(|_| serde::de::Error::custom("not as many graphics registers as there are"))
}

impl Default for Graphics {
    /// The state after reset.
    fn default() -> Self {
        let mut regs = [0; r::COUNT];
        regs[r::DRAM] = r::DRAM_RESET;
        Graphics { index: 0, regs }
    }
}

/// Bits that exist in a register.
fn mask(index: usize) -> u8 {
    match index {
        r::MODE => 0x7F,
        _ if [r::WIDTH[1], r::TARGET_PITCH[1], r::SOURCE_PITCH[1]].contains(&index) => 0x1F,
        _ if index == r::HEIGHT[1] => 0x07,
        _ if [r::TARGET[2], r::SOURCE[2]].contains(&index) => 0x3F,
        _ => 0xFF,
    }
}

impl Graphics {
    /// Takes an index.
    pub(super) fn select(&mut self, index: u8) {
        self.index = index & r::INDEX;
    }

    /// Reads a register; `None` for those that are the core's.
    pub(super) fn read(&self, index: usize) -> Option<u8> {
        let own = index > r::LAST_OF_VGA || matches!(index, 0 | 1 | r::MODE);
        own.then(|| self.regs.get(index).copied().unwrap_or(u8::MAX))
    }

    /// Stores a register. What it was before.
    pub(super) fn write(&mut self, index: usize, value: u8) -> u8 {
        let Some(reg) = self.regs.get_mut(index) else { return value };
        let kept = if index == r::BLT_STATUS { BltStatus::READ_ONLY.bits() } else { 0 };
        std::mem::replace(reg, value & mask(index) & !kept | *reg & kept)
    }

    /// Mode extensions.
    #[inline]
    pub(super) fn extensions(&self) -> Extensions {
        Extensions::from_bits_truncate(self.regs[r::EXTENSIONS])
    }

    /// Whether power management has the DAC off.
    pub(super) fn dac_off(&self) -> bool {
        self.regs[r::POWER] & r::DAC_OFF != 0
    }

    /// The write mode with its third bit.
    pub(super) fn write_mode(&self) -> u8 {
        self.regs[r::MODE] & r::WRITE_MODE
    }

    /// What the offset registers add in the lower and the upper half of the window, in bytes.
    #[inline]
    pub(super) fn banks(&self) -> [u32; 2] {
        let extensions = self.extensions();
        let shift = if extensions.contains(Extensions::OFFSET_16K) { 14 } else { 12 };
        let [low, high] = r::OFFSETS.map(|at| u32::from(self.regs[at]) << shift);
        if extensions.contains(Extensions::DUAL) { [low, high] } else { [low, low + super::banking::HALF] }
    }

    /// The colours of zeros and of ones, lowest byte first.
    pub(super) fn colours(&self) -> [[u8; 4]; 2] {
        [r::BACKGROUND, r::FOREGROUND].map(|colour| colour.map(|at| self.regs[at]))
    }
}
