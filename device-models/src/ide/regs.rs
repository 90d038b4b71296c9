//! Registers and codes of an ATA channel, the PIIX3's IDE function, and ATAPI.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// First command block port of each channel.
pub(super) const COMMAND_BLOCK: [u16; 2] = [0x1F0, 0x170];
/// How many command block ports a channel has.
pub(super) const BLOCK_PORTS: u16 = 8;
/// Device control and alternate status port of each channel.
pub(super) const CONTROL: [u16; 2] = [0x3F6, 0x376];
/// Interrupt of each channel.
pub(super) const IRQ: [u8; 2] = [14, 15];

/// PCI device number of the PIIX3.
pub(super) const PCI_DEVICE: u8 = 1;
/// PCI function number of the IDE part.
pub(super) const PCI_FUNCTION: u8 = 1;
/// The bus-master ports are base address register 4.
pub(super) const BUS_MASTER_BAR: usize = 4;
/// How many bus-master ports there are: eight a channel.
pub(super) const BUS_MASTER_PORTS: u16 = 16;
/// IDE timing of the primary channel, word; the secondary's follows.
pub(super) const IDETIM: u8 = 0x40;
/// Slave timing, byte.
pub(super) const SIDETIM: u8 = 0x44;
/// IDETIM bit 15: the channel's ports are decoded.
pub(super) const IDETIM_DECODE: u16 = 1 << 15;

/// Offsets in the command block.
pub(super) mod block {
    pub(in super::super) const DATA: u16 = 0;
    /// Error when read, features when written.
    pub(in super::super) const ERROR: u16 = 1;
    /// Sector count; interrupt reason of ATAPI.
    pub(in super::super) const COUNT: u16 = 2;
    pub(in super::super) const LOW: u16 = 3;
    /// LBA mid, cylinder low; byte count low of ATAPI.
    pub(in super::super) const MID: u16 = 4;
    pub(in super::super) const HIGH: u16 = 5;
    pub(in super::super) const DEVICE: u16 = 6;
    /// Status when read, command when written.
    pub(in super::super) const COMMAND: u16 = 7;
}

/// What a channel without drives reads as: pulled up, DD7 pulled down by the host.
pub(super) const FLOATING: u8 = 0x7F;
/// What a read of the data port gives when there is no data to take.
pub(super) const NO_DATA: u32 = u32::MAX;

bitflags! {
    /// The status register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Status: u8 {
        /// Error; CHECK of ATAPI.
        const ERR = 1 << 0;
        /// Data request.
        const DRQ = 1 << 3;
        /// Device seek complete.
        const DSC = 1 << 4;
        /// Device fault.
        const DF = 1 << 5;
        /// Device ready.
        const DRDY = 1 << 6;
        /// Busy: the device owns the command block.
        const BSY = 1 << 7;
    }

    /// The error register of a disk.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct AtaError: u8 {
        /// Aborted command. Also "diagnostics passed" after a reset, as bit 0.
        const ABRT = 1 << 2;
        /// The sector was not found.
        const IDNF = 1 << 4;
        /// The data cannot be read.
        const UNC = 1 << 6;
    }

    /// The device register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct DeviceBits: u8 {
        /// Drive 1 is selected.
        const DEV = 1 << 4;
        /// The address is an LBA.
        const LBA = 1 << 6;
        /// Obsolete bits that read as one.
        const ALWAYS = 0xA0;
    }

    /// The device control register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct ControlBits: u8 {
        /// Interrupts are off.
        const NIEN = 1 << 1;
        /// Software reset.
        const SRST = 1 << 2;
    }

    /// The interrupt reason register of ATAPI.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Reason: u8 {
        /// The packet is awaited, or with `TO_HOST` the command is complete.
        const COMMAND = 1 << 0;
        /// Data goes to the host.
        const TO_HOST = 1 << 1;
    }

    /// The bus master's command register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct MasterCommand: u8 {
        /// Runs.
        const START = 1 << 0;
        /// From the drive to memory.
        const TO_MEMORY = 1 << 3;
    }

    /// The bus master's status register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct MasterStatus: u8 {
        /// A transfer is under way.
        const ACTIVE = 1 << 0;
        /// The bus failed.
        const ERROR = 1 << 1;
        /// The drive's interrupt line rose.
        const INTERRUPT = 1 << 2;
        /// Firmware's note that drive 0 can do DMA.
        const DRIVE0 = 1 << 5;
        /// Firmware's note that drive 1 can do DMA.
        const DRIVE1 = 1 << 6;
    }
}

/// What the error register says after a diagnosis that found nothing.
pub(super) const DIAGNOSTIC_PASSED: u8 = 0x01;
/// Cylinder low and high of a packet device after reset.
pub(super) const PACKET_SIGNATURE: (u8, u8) = (0x14, 0xEB);

/// ATA command codes.
pub(super) mod command {
    pub(in super::super) const NOP: u8 = 0x00;
    pub(in super::super) const DEVICE_RESET: u8 = 0x08;
    pub(in super::super) const RECALIBRATE: u8 = 0x10;
    pub(in super::super) const READ: u8 = 0x20;
    pub(in super::super) const READ_NO_RETRY: u8 = 0x21;
    pub(in super::super) const WRITE: u8 = 0x30;
    pub(in super::super) const WRITE_NO_RETRY: u8 = 0x31;
    pub(in super::super) const WRITE_VERIFY: u8 = 0x3C;
    pub(in super::super) const VERIFY: u8 = 0x40;
    pub(in super::super) const VERIFY_NO_RETRY: u8 = 0x41;
    pub(in super::super) const SEEK: u8 = 0x70;
    pub(in super::super) const DIAGNOSTIC: u8 = 0x90;
    pub(in super::super) const INITIALIZE_PARAMETERS: u8 = 0x91;
    pub(in super::super) const PACKET: u8 = 0xA0;
    pub(in super::super) const IDENTIFY_PACKET: u8 = 0xA1;
    pub(in super::super) const READ_MULTIPLE: u8 = 0xC4;
    pub(in super::super) const WRITE_MULTIPLE: u8 = 0xC5;
    pub(in super::super) const SET_MULTIPLE: u8 = 0xC6;
    pub(in super::super) const READ_DMA: u8 = 0xC8;
    pub(in super::super) const READ_DMA_NO_RETRY: u8 = 0xC9;
    pub(in super::super) const WRITE_DMA: u8 = 0xCA;
    pub(in super::super) const WRITE_DMA_NO_RETRY: u8 = 0xCB;
    pub(in super::super) const STANDBY_IMMEDIATE: u8 = 0xE0;
    pub(in super::super) const IDLE_IMMEDIATE: u8 = 0xE1;
    pub(in super::super) const IDLE: u8 = 0xE3;
    pub(in super::super) const READ_BUFFER: u8 = 0xE4;
    pub(in super::super) const CHECK_POWER: u8 = 0xE5;
    pub(in super::super) const SLEEP: u8 = 0xE6;
    pub(in super::super) const FLUSH: u8 = 0xE7;
    pub(in super::super) const WRITE_BUFFER: u8 = 0xE8;
    pub(in super::super) const IDENTIFY: u8 = 0xEC;
    pub(in super::super) const SET_FEATURES: u8 = 0xEF;
    pub(in super::super) const READ_NATIVE_MAX: u8 = 0xF8;
    /// The codes that ATA-1 gave the power commands: 94h-99h for E0h-E3h, E5h, E6h.
    pub(in super::super) const OLD_POWER: std::ops::RangeInclusive<u8> = 0x94..=0x99;
}

/// SET FEATURES subcommands.
pub(super) mod feature {
    pub(in super::super) const WRITE_CACHE_ON: u8 = 0x02;
    pub(in super::super) const TRANSFER_MODE: u8 = 0x03;
    pub(in super::super) const POWER_ON: u8 = 0x05;
    pub(in super::super) const LOOK_AHEAD_OFF: u8 = 0x55;
    pub(in super::super) const KEEP_SETTINGS: u8 = 0x66;
    pub(in super::super) const WRITE_CACHE_OFF: u8 = 0x82;
    pub(in super::super) const POWER_OFF: u8 = 0x85;
    pub(in super::super) const LOOK_AHEAD_ON: u8 = 0xAA;
    pub(in super::super) const REVERT_SETTINGS: u8 = 0xCC;
    /// PACKET feature bit 0: data goes by DMA.
    pub(in super::super) const PACKET_DMA: u8 = 1;
    /// PACKET feature bit 1: overlapped, which no drive here is.
    pub(in super::super) const PACKET_OVERLAP: u8 = 2;
}

/// Delays in nanoseconds. They are short: enough for a driver to see BSY before the interrupt (IDE-14), and
/// far below a real seek.
pub(super) mod delay {
    /// From a command without data to its interrupt.
    pub(in super::super) const PLAIN: u64 = 20_000;
    /// From a read command to its first block.
    pub(in super::super) const FIRST_BLOCK: u64 = 30_000;
    /// From one block to the next, and from a block written to its interrupt.
    pub(in super::super) const NEXT_BLOCK: u64 = 10_000;
    /// From a write command to its first data request.
    pub(in super::super) const WRITE_REQUEST: u64 = 2_000;
    /// From the end of a software reset, or a diagnosis, to ready.
    pub(in super::super) const RESET: u64 = 100_000;
    /// From the start of a DMA transfer to its first chunk.
    pub(in super::super) const DMA: u64 = 20_000;
    /// For every byte moved by DMA.
    pub(in super::super) const DMA_BYTE: u64 = 5;
    /// From a packet to its data or completion.
    pub(in super::super) const PACKET: u64 = 40_000;
}

/// Bytes in a sector of a disk.
pub(super) const SECTOR: usize = 512;
/// The most sectors in a block of READ MULTIPLE.
pub(super) const MAX_MULTIPLE: u8 = 16;
/// Bytes moved by DMA before time passes again.
pub(super) const DMA_CHUNK: u32 = 0x1_0000;
