//! The two Intel 8237A DMA controllers of a PC/AT and their page registers.
//!
//! Ports: 00h-0Fh (channels 0-3), C0h-DFh (channels 4-7, each register at two ports), 80h-8Fh (pages; those that
//! belong to no channel are plain latches, 80h among them: the POST code).
//!
//! The channels themselves are [`backplane::IsaDma`], where the cards find them; this chip is the registers. What a
//! board reset does to the channels is the board's part: it puts back `IsaDma::default()`.
//!
//! Follows the 8237A data sheet (Intel 231466) and the page map of the PC/AT.
//!
//! Deviations: memory-to-memory transfers and transfers started by the request register are noted and not done; a
//! request stays visible in the status register.

mod regs;
#[cfg(test)]
mod tests;

use backplane::{Addr, Claims, Device, DmaChannel, IsaDma, Refusal, Reset, Wires};
use regs::*;
use serde::{Deserialize, Serialize};

const NAME: &str = "dma";

/// The controllers' registers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dma {
    /// The next address or count byte is the high one.
    high_next: [bool; 2],
    /// Software requests.
    requests: [u8; 2],
    /// Page registers as latched; those of a channel are read from the channel.
    pages: [u8; 16],
}

impl Dma {
    /// Both controllers as after a reset.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which byte of a 16-bit register the next access moves: 0 low, 1 high.
    fn flip(&mut self, controller: usize) -> usize {
        let high = self.high_next[controller];
        self.high_next[controller] = !high;
        high.into()
    }

    fn read_register(&mut self, controller: usize, register: Register, dma: &mut IsaDma) -> u8 {
        match register {
            Register::Address(n) => {
                dma.channels[controller * 4 + n].address.to_le_bytes()[self.flip(controller)]
            }
            Register::Count(n) => dma.channels[controller * 4 + n].count.to_le_bytes()[self.flip(controller)],
            Register::Command => self.status(controller, dma),
            // The temporary register serves memory-to-memory transfers only; the others cannot be read.
            _ => 0,
        }
    }

    /// The status register; reading it clears the terminal counts.
    fn status(&self, controller: usize, dma: &mut IsaDma) -> u8 {
        let mut status = self.requests[controller] << 4;
        for (n, channel) in group(dma, controller).iter_mut().enumerate() {
            status |= u8::from(std::mem::take(&mut channel.reached_tc)) << n;
            status |= u8::from(channel.request) << (n + 4);
        }
        status
    }

    fn write_register(&mut self, controller: usize, register: Register, value: u8, w: &mut Wires) {
        let selected = controller * 4 + (value & 3) as usize;
        match register {
            Register::Address(n) => {
                let (byte, channel) = (self.flip(controller), &mut w.dma.channels[controller * 4 + n]);
                put_byte(&mut channel.base_address, byte, value);
                put_byte(&mut channel.address, byte, value);
            }
            Register::Count(n) => {
                let (byte, channel) = (self.flip(controller), &mut w.dma.channels[controller * 4 + n]);
                put_byte(&mut channel.base_count, byte, value);
                put_byte(&mut channel.count, byte, value);
            }
            Register::Command => {
                let command = Command::from_bits_retain(value);
                w.dma.disabled[controller] = command.contains(Command::DISABLED);
                if command.contains(Command::MEMORY_TO_MEMORY) {
                    w.note(NAME, Refusal::Feature("memory-to-memory transfer".into()));
                }
            }
            Register::Request => self.request(controller, value, w),
            Register::SingleMask => w.dma.channels[selected].masked = value & SET != 0,
            Register::Mode => w.dma.channels[selected].mode = mode(value),
            Register::ClearFlipFlop => self.high_next[controller] = false,
            Register::MasterClear => self.master_clear(controller, w.dma),
            Register::ClearMask => mask(w.dma, controller, 0),
            Register::AllMask => mask(w.dma, controller, value),
        }
    }

    fn request(&mut self, controller: usize, value: u8, w: &mut Wires) {
        let bit = 1 << (value & 3);
        if value & SET != 0 {
            self.requests[controller] |= bit;
            w.note(NAME, Refusal::Feature("transfer started by software".into()));
        } else {
            self.requests[controller] &= !bit;
        }
    }

    fn master_clear(&mut self, controller: usize, dma: &mut IsaDma) {
        self.high_next[controller] = false;
        self.requests[controller] = 0;
        dma.disabled[controller] = false;
        mask(dma, controller, 0x0F);
        for channel in group(dma, controller) {
            channel.reached_tc = false;
        }
    }
}

/// Replaces one byte of a 16-bit register.
fn put_byte(register: &mut u16, byte: usize, value: u8) {
    let mut bytes = register.to_le_bytes();
    bytes[byte & 1] = value;
    *register = u16::from_le_bytes(bytes);
}

/// The four channels of a controller.
fn group(dma: &mut IsaDma, controller: usize) -> &mut [DmaChannel] {
    let (first, second) = dma.channels.split_at_mut(4);
    if controller == 0 { first } else { second }
}

/// Sets the mask of each channel of a controller from bits 3-0.
fn mask(dma: &mut IsaDma, controller: usize, bits: u8) {
    for (n, channel) in group(dma, controller).iter_mut().enumerate() {
        channel.masked = bits >> n & 1 != 0;
    }
}

/// The controller and register at a port, or the index of a page register.
fn decode(port: u16) -> Result<(usize, Register), usize> {
    match port {
        PAGES.. if port < SECOND => Err((port & 15) as usize),
        SECOND.. => Ok((1, Register::at((port - SECOND) / 2))),
        _ => Ok((0, Register::at(port - FIRST))),
    }
}

impl Device for Dma {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("dma 1", FIRST, 16).ports("dma pages", PAGES, 16).ports("dma 2", SECOND, 32)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let Addr::Port(port, _) = at else { return at.width().mask() };
        let value = match decode(port) {
            Ok((controller, register)) => self.read_register(controller, register, w.dma),
            Err(page) => PAGE_CHANNEL[page].map_or(self.pages[page], |channel| w.dma.channels[channel].page),
        };
        value.into()
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Port(port, _) = at else { return };
        let value = value as u8;
        match decode(port) {
            Ok((controller, register)) => self.write_register(controller, register, value, w),
            Err(page) => match PAGE_CHANNEL[page] {
                Some(channel) => w.dma.channels[channel].page = value,
                None => self.pages[page] = value,
            },
        }
    }

    fn reset(&mut self, _kind: Reset) {
        let Dma { high_next, requests, pages } = self;
        (*high_next, *requests, *pages) = Default::default();
    }
}
