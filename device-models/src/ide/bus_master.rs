//! One channel of the PIIX3's bus master: registers and the walk through the physical region descriptors.
//!
//! Follows: Programming Interface for Bus Master IDE Controller, revision 1.0.

use super::regs::{MasterCommand, MasterStatus};
use backplane::Ram;
use serde::{Deserialize, Serialize};

/// Descriptor flag: the last of the table.
const END_OF_TABLE: u32 = 1 << 31;

/// A channel's registers and its place in the descriptor table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BusMaster {
    command: MasterCommand,
    status: MasterStatus,
    table: u32,
    /// Address of the next descriptor.
    next: u32,
    /// What is left of the present region.
    address: u32,
    left: u32,
    last: bool,
}

impl Default for BusMaster {
    fn default() -> Self {
        BusMaster {
            command: MasterCommand::empty(),
            status: MasterStatus::empty(),
            table: 0,
            next: 0,
            address: 0,
            left: 0,
            last: false,
        }
    }
}

impl BusMaster {
    pub(super) fn read(&self, offset: u16) -> u8 {
        match offset & 7 {
            0 => self.command.bits(),
            2 => self.status.bits(),
            n @ 4..=7 => (self.table >> (8 * (n - 4))) as u8,
            _ => 0,
        }
    }

    /// Takes a byte; true when a transfer was started.
    pub(super) fn write(&mut self, offset: u16, value: u8) -> bool {
        match offset & 7 {
            0 => return self.write_command(MasterCommand::from_bits_truncate(value)),
            2 => {
                let value = MasterStatus::from_bits_truncate(value);
                let latches = MasterStatus::DRIVE0 | MasterStatus::DRIVE1;
                let cleared = value & (MasterStatus::ERROR | MasterStatus::INTERRUPT);
                self.status = (self.status - latches - cleared) | value & latches;
            }
            // The high half can be written alone, as OS/2 does.
            n @ 4..=7 => {
                let shift = 8 * (n - 4);
                self.table = (self.table & !(0xFF << shift) | u32::from(value) << shift) & !3;
            }
            _ => {}
        }
        false
    }

    fn write_command(&mut self, command: MasterCommand) -> bool {
        let started = command.contains(MasterCommand::START) && !self.command.contains(MasterCommand::START);
        self.command = command;
        if started {
            self.next = self.table;
            self.left = 0;
            self.last = false;
            self.status |= MasterStatus::ACTIVE;
        } else if !command.contains(MasterCommand::START) {
            self.status -= MasterStatus::ACTIVE;
        }
        started
    }

    pub(super) fn active(&self) -> bool {
        self.status.contains(MasterStatus::ACTIVE)
    }

    /// The drive's interrupt line rose.
    pub(super) fn interrupt(&mut self) {
        self.status |= MasterStatus::INTERRUPT;
    }

    /// Moves `data` to the regions; gives the bytes for which there was room.
    pub(super) fn store(&mut self, ram: &Ram, data: &[u8]) -> usize {
        self.walk(ram, data.len(), |ram, address, range| ram.dma_write(address, &data[range]))
    }

    /// Fills `data` from the regions; gives the bytes that there were.
    pub(super) fn fetch(&mut self, ram: &Ram, data: &mut [u8]) -> usize {
        self.walk(ram, data.len(), |ram, address, range| ram.dma_read(address, &mut data[range]))
    }

    fn walk(
        &mut self,
        ram: &Ram,
        len: usize,
        mut each: impl FnMut(&Ram, u32, std::ops::Range<usize>),
    ) -> usize {
        let mut done = 0;
        while done < len {
            if self.left == 0 && !self.next_region(ram) {
                break;
            }
            let part = (self.left as usize).min(len - done);
            each(ram, self.address, done..done + part);
            done += part;
            self.address = self.address.wrapping_add(part as u32);
            self.left -= part as u32;
        }
        // "The Active bit is cleared when the last transfer for a region is performed, where EOT is set."
        if self.left == 0 && self.last {
            self.status -= MasterStatus::ACTIVE;
        }
        done
    }

    fn next_region(&mut self, ram: &Ram) -> bool {
        if self.last {
            return false;
        }
        let mut descriptor = [0; 8];
        ram.dma_read(self.next, &mut descriptor);
        let [a0, a1, a2, a3, c0, c1, c2, c3] = descriptor;
        let (address, control) = (u32::from_le_bytes([a0, a1, a2, a3]), u32::from_le_bytes([c0, c1, c2, c3]));
        self.address = address & !1;
        self.left = match control & 0xFFFE {
            0 => 0x1_0000,
            len => len,
        };
        self.last = control & END_OF_TABLE != 0;
        self.next = self.next.wrapping_add(8);
        true
    }
}
