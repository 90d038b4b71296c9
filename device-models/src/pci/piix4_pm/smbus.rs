//! The SMBus host controller of a bus without devices: every transaction ends in a device error.

use super::regs::smb;
use serde::{Deserialize, Serialize};

/// Ports that are plain latches.
const LATCHES: usize = smb::DATA1 as usize + 1;

/// The host's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SmbusHost {
    status: u8,
    slave_control: u8,
    /// Control, command, address and data at their offsets; the status slots stay zero.
    latches: [u8; LATCHES],
}

impl SmbusHost {
    pub(super) fn read(&self, offset: u8) -> u8 {
        match offset {
            smb::STATUS => self.status,
            smb::SLAVE_CONTROL => self.slave_control,
            _ => self.latches.get(usize::from(offset)).copied().unwrap_or(0),
        }
    }

    pub(super) fn write(&mut self, offset: u8, value: u8) {
        match offset {
            smb::STATUS => self.status &= !(value & smb::STATUS_BITS),
            smb::SLAVE_STATUS => {}
            smb::SLAVE_CONTROL => self.slave_control = value & 0x0F,
            _ => {
                if let Some(latch) = self.latches.get_mut(usize::from(offset)) {
                    *latch = value;
                }
            }
        }
        if offset == smb::CONTROL {
            self.latches[usize::from(smb::CONTROL)] &= !smb::START;
            if value & smb::START != 0 {
                self.status |= smb::DEVICE_ERROR;
            }
        }
    }
}
