//! The ISA DMA channels as cards and the pair of 8237A controllers see them.
//!
//! The controllers' register interface is a chip of its own; the channels live here because a card moves data
//! by them in the middle of its own access. Channels 0-3 move bytes, 5-7 words; 4 is the cascade.
//! Addresses are 24 bits wide and wrap inside a 64 KiB (128 KiB for words) page, as the page registers make
//! them do on a PC/AT (MEM-04).

use crate::Ram;
use serde::{Deserialize, Serialize};

/// Transfer type, mode register bits 3-2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Addresses run, nothing is moved.
    #[default]
    Verify,
    /// From the card to memory.
    ToMemory,
    /// From memory to the card.
    FromMemory,
    /// The undefined combination; treated as verify.
    Illegal,
}

/// The mode register of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmaMode {
    /// Bits 3-2.
    pub direction: Direction,
    /// Bit 4: address and count are reloaded at terminal count.
    pub auto_init: bool,
    /// Bit 5: addresses run downwards.
    pub decrement: bool,
    /// Bits 7-6: 0 demand, 1 single, 2 block, 3 cascade.
    pub service: u8,
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmaChannel {
    /// Address loaded by the CPU, reloaded by auto-initialisation.
    pub base_address: u16,
    /// Transfers less one, likewise.
    pub base_count: u16,
    /// Address of the next transfer (in words for channels 5-7).
    pub address: u16,
    /// Transfers left less one; FFFFh after terminal count.
    pub count: u16,
    /// Page register: address bits 16-23.
    pub page: u8,
    /// Mode register.
    pub mode: DmaMode,
    /// Mask bit: requests are ignored.
    pub masked: bool,
    /// Terminal count was reached since the status register was read.
    pub reached_tc: bool,
    /// The card's request line (DREQ), as the status register shows it.
    pub request: bool,
}

impl Default for DmaChannel {
    fn default() -> Self {
        DmaChannel {
            base_address: 0,
            base_count: 0,
            address: 0,
            count: 0,
            page: 0,
            mode: DmaMode::default(),
            masked: true,
            reached_tc: false,
            request: false,
        }
    }
}

/// What a transfer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Bytes moved (or run over, for verify), at most the length of the card's buffer.
    pub bytes: usize,
    /// The channel reached terminal count with the last of them: TC is asserted to the card.
    pub terminal_count: bool,
}

/// All eight channels and the two controllers' enable bits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsaDma {
    /// Channels 0-3 (first controller) and 4-7 (second).
    pub channels: [DmaChannel; 8],
    /// Command register bit 2 of each controller: disabled.
    pub disabled: [bool; 2],
}

impl IsaDma {
    /// Whether a request on `channel` would be served now.
    pub fn ready(&self, channel: usize) -> bool {
        let cascade = channel < 4 && (self.disabled[1] || self.channels[4].masked);
        !self.channels[channel & 7].masked && !self.disabled[(channel >> 2) & 1] && !cascade
    }

    /// Moves up to `data.len()` bytes between the card's `data` and memory, in the direction the channel's mode
    /// says, until the data or the count run out. Nothing moves when the channel is masked.
    pub fn transfer(&mut self, channel: usize, ram: &Ram, data: &mut [u8]) -> Moved {
        let channel = channel & 7;
        let unit = if channel >= 4 { 2 } else { 1 };
        if !self.ready(channel) {
            return Moved { bytes: 0, terminal_count: false };
        }
        let ch = &mut self.channels[channel];
        let mut bytes = 0;
        while bytes + unit <= data.len() {
            let at = physical(ch, unit);
            let piece = &mut data[bytes..bytes + unit];
            match ch.mode.direction {
                Direction::ToMemory => ram.dma_write(at, piece),
                Direction::FromMemory => ram.dma_read(at, piece),
                Direction::Verify | Direction::Illegal => {}
            }
            bytes += unit;
            if ch.step() {
                return Moved { bytes, terminal_count: true };
            }
        }
        Moved { bytes, terminal_count: false }
    }
}

/// The physical address of the next transfer.
fn physical(ch: &DmaChannel, unit: usize) -> u32 {
    match unit {
        1 => u32::from(ch.page) << 16 | u32::from(ch.address),
        _ => u32::from(ch.page & 0xFE) << 16 | u32::from(ch.address) << 1,
    }
}

impl DmaChannel {
    /// Counts one transfer; true at terminal count.
    fn step(&mut self) -> bool {
        let step = if self.mode.decrement { 0xFFFF } else { 1 };
        self.address = self.address.wrapping_add(step);
        self.count = self.count.wrapping_sub(1);
        if self.count != 0xFFFF {
            return false;
        }
        self.reached_tc = true;
        if self.mode.auto_init {
            self.address = self.base_address;
            self.count = self.base_count;
        } else {
            self.masked = true;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dma(channel: usize, direction: Direction, address: u16, count: u16) -> IsaDma {
        let mut dma = IsaDma::default();
        dma.channels[4].masked = false;
        let ch = &mut dma.channels[channel];
        ch.masked = false;
        ch.mode.direction = direction;
        (ch.address, ch.count, ch.page) = (address, count, 1);
        dma
    }

    #[test]
    fn addresses_wrap_inside_the_page_and_tc_masks_the_channel() {
        let ram = Ram::new(0x40000).unwrap();
        let mut dma = dma(2, Direction::ToMemory, 0xFFFF, 1);
        let moved = dma.transfer(2, &ram, &mut [1, 2, 3]);
        assert_eq!(moved, Moved { bytes: 2, terminal_count: true });
        assert_eq!((ram.read_u8(0x1FFFF), ram.read_u8(0x10000)), (1, 2));
        assert!(dma.channels[2].masked && dma.channels[2].reached_tc);
        assert_eq!(dma.transfer(2, &ram, &mut [9]).bytes, 0);
    }

    #[test]
    fn mem_04_the_last_page_wraps_below_16_mib() {
        const TOP: usize = 16 << 20;
        let ram = Ram::new(TOP + 0x1000).unwrap();
        let mut dma = dma(2, Direction::ToMemory, 0xFFFF, 1);
        dma.channels[2].page = 0xFF;
        assert_eq!(dma.transfer(2, &ram, &mut [1, 2]).bytes, 2);
        assert_eq!((ram.read_u8(TOP - 1), ram.read_u8(TOP - 0x1_0000), ram.read_u8(TOP)), (1, 2, 0));
    }

    #[test]
    fn word_channels_count_words_in_128k_pages() {
        let ram = Ram::new(0x40000).unwrap();
        ram.write(0x00004, &[5, 6, 7, 8]);
        let mut dma = dma(5, Direction::FromMemory, 2, 9);
        let mut data = [0; 4];
        assert_eq!(dma.transfer(5, &ram, &mut data).bytes, 4);
        assert_eq!(data, [5, 6, 7, 8]);
        assert_eq!(dma.channels[5].address, 4);
    }
}
