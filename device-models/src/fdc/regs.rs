//! Registers and command codes of the 82077AA.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Ports, absolute. 3F6 between them belongs to IDE.
pub(super) mod port {
    /// The first of the chip's ports; 3F0 and 3F1 are the PS/2 status registers, undriven in AT mode.
    pub(in super::super) const FIRST: u16 = 0x3F0;
    pub(in super::super) const COUNT: u16 = 6;
    /// Digital output register.
    pub(in super::super) const DOR: u16 = 0x3F2;
    /// Tape drive register.
    pub(in super::super) const TDR: u16 = 0x3F3;
    /// Main status when read, data rate select when written.
    pub(in super::super) const MSR: u16 = 0x3F4;
    pub(in super::super) const FIFO: u16 = 0x3F5;
    /// Digital input when read, configuration control when written.
    pub(in super::super) const DIR: u16 = 0x3F7;
}

/// Its interrupt.
pub(super) const IRQ: u8 = 6;
/// Its ISA DMA channel.
pub(super) const DMA: usize = 2;

bitflags! {
    /// The digital output register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Dor: u8 {
        /// Drive select.
        const SELECT = 0x03;
        /// 0 holds the chip in reset.
        const RUN = 1 << 2;
        /// Interrupt and DMA request reach the bus.
        const GATE = 1 << 3;
        /// Motor of drive 0; three more follow.
        const MOTORS = 0xF0;
    }

    /// The main status register.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Msr: u8 {
        /// Drive 0 seeks; drive 1 is the next bit.
        const DRIVE0 = 1 << 0;
        /// A command is in progress.
        const BUSY = 1 << 4;
        /// Execution without DMA.
        const NON_DMA = 1 << 5;
        /// The FIFO goes to the host.
        const TO_HOST = 1 << 6;
        /// The FIFO wants to be read or written.
        const REQUEST = 1 << 7;
    }

    /// Status register 0 without head and drive.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct St0: u8 {
        /// Equipment check.
        const EQUIPMENT_CHECK = 1 << 4;
        /// Seek end.
        const SEEK_END = 1 << 5;
        /// Abnormal termination.
        const ABNORMAL = 1 << 6;
        /// Invalid command.
        const INVALID = 1 << 7;
        /// Abnormal by polling: after reset.
        const POLLING = 3 << 6;
    }

    /// Status register 1.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct St1: u8 {
        /// Missing address mark.
        const NO_ADDRESS_MARK = 1 << 0;
        /// Write-protected.
        const NOT_WRITABLE = 1 << 1;
        /// The sector was not found.
        const NO_DATA = 1 << 2;
        /// The host was too slow.
        const OVERRUN = 1 << 4;
        /// CRC error.
        const DATA_ERROR = 1 << 5;
        /// Past the last sector that the command allows.
        const END_OF_CYLINDER = 1 << 7;
    }

    /// Status register 2.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct St2: u8 {
        /// Bad cylinder: its ID says FFh.
        const BAD_CYLINDER = 1 << 1;
        /// Scan not satisfied.
        const SCAN_NOT_SATISFIED = 1 << 2;
        /// Scan found equality.
        const SCAN_EQUAL = 1 << 3;
        /// The track has another cylinder's IDs.
        const WRONG_CYLINDER = 1 << 4;
        /// CRC error in the data field.
        const DATA_FIELD_ERROR = 1 << 5;
        /// A data mark of the other kind.
        const CONTROL_MARK = 1 << 6;
    }

    /// Status register 3 without head and drive.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct St3: u8 {
        /// Always set: two-sided and ready.
        const ALWAYS = 0x28;
        /// The head is on track 0.
        const TRACK0 = 1 << 4;
        /// Write-protected.
        const PROTECTED = 1 << 6;
    }
}

/// Digital input bit 7: the selected drive's change line.
pub(super) const DIR_CHANGED: u8 = 1 << 7;
/// Data rate select bit 7: resets the chip and clears itself.
pub(super) const DSR_RESET: u8 = 1 << 7;
/// Data rate bits of DSR and CCR.
pub(super) const RATE: u8 = 3;
/// Data rate after a hardware reset: 250 kbit/s.
pub(super) const RATE_RESET: u8 = 2;

/// Commands: the low five bits of the first byte.
pub(super) mod command {
    pub(in super::super) const READ_TRACK: u8 = 0x02;
    pub(in super::super) const SPECIFY: u8 = 0x03;
    pub(in super::super) const SENSE_DRIVE: u8 = 0x04;
    pub(in super::super) const WRITE: u8 = 0x05;
    pub(in super::super) const READ: u8 = 0x06;
    pub(in super::super) const RECALIBRATE: u8 = 0x07;
    pub(in super::super) const SENSE_INTERRUPT: u8 = 0x08;
    pub(in super::super) const WRITE_DELETED: u8 = 0x09;
    pub(in super::super) const READ_ID: u8 = 0x0A;
    pub(in super::super) const READ_DELETED: u8 = 0x0C;
    pub(in super::super) const FORMAT: u8 = 0x0D;
    pub(in super::super) const DUMPREG: u8 = 0x0E;
    pub(in super::super) const SEEK: u8 = 0x0F;
    pub(in super::super) const VERSION: u8 = 0x10;
    pub(in super::super) const SCAN_EQUAL: u8 = 0x11;
    pub(in super::super) const PERPENDICULAR: u8 = 0x12;
    pub(in super::super) const CONFIGURE: u8 = 0x13;
    pub(in super::super) const LOCK: u8 = 0x14;
    pub(in super::super) const VERIFY: u8 = 0x16;
    pub(in super::super) const SCAN_LOW: u8 = 0x19;
    pub(in super::super) const SCAN_HIGH: u8 = 0x1D;
    pub(in super::super) const CODE: u8 = 0x1F;
    /// Bit 7: multi-track; of LOCK: lock; of SEEK: relative.
    pub(in super::super) const MULTI_TRACK: u8 = 1 << 7;
    /// Bit 6: double density; of relative SEEK: inwards.
    pub(in super::super) const MFM: u8 = 1 << 6;
    /// Bit 5: skip sectors with the other data mark.
    pub(in super::super) const SKIP: u8 = 1 << 5;
    /// Second byte bit 2: the head.
    pub(in super::super) const HEAD: u8 = 1 << 2;
    /// VERIFY's second byte bit 7: the last parameter counts sectors.
    pub(in super::super) const ENABLE_COUNT: u8 = 1 << 7;
}

/// What VERSION answers.
pub(super) const VERSION: u8 = 0x90;

bitflags! {
    /// CONFIGURE's second parameter above the FIFO threshold.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct Configure: u8 {
        /// FIFO threshold.
        const THRESHOLD = 0x0F;
        /// Polling is off: reset makes no interrupt.
        const NO_POLLING = 1 << 4;
        /// The FIFO is off, as on an 8272.
        const NO_FIFO = 1 << 5;
        /// Data commands seek first.
        const IMPLIED_SEEK = 1 << 6;
    }
}

/// Size code of 512-byte sectors, and their size.
pub(super) const SIZE_CODE: u8 = 2;
/// See [`SIZE_CODE`].
pub(super) const SECTOR: usize = 512;
/// Step pulses of RECALIBRATE before it gives up.
pub(super) const RECALIBRATE_STEPS: u8 = 79;
/// From the end of reset to the chip being ready, in nanoseconds.
pub(super) const RESET_NS: u64 = 20_000;
