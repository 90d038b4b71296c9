//! Registers of the 82371AB, function 3: configuration space, power management and SMBus ports.

use bitflags::bitflags;

/// PCI device number.
pub(super) const DEVICE: u8 = 1;
/// PCI function number.
pub(super) const FUNCTION: u8 = 3;
/// The system control interrupt is wired to this ISA interrupt.
pub(super) const SCI: u8 = 9;
/// APM control; APMS follows it.
pub(super) const APMC: u16 = 0xB2;

/// Power management base address, dword.
pub(super) const PMBA: u8 = 0x40;
/// Count A, and with it all dwords of counters and device activity up to 7Fh, most of them plain latches.
pub(super) const CNTA: u8 = 0x44;
/// Device activity B, dword.
pub(super) const DEVACTB: u8 = 0x58;
/// The last of the dword latches.
pub(super) const DEVRES_LAST: u8 = 0x7C;
/// Miscellaneous power management: bit 0 enables the ports at PMBA.
pub(super) const PMREGMISC: u8 = 0x80;
/// SMBus base address, dword.
pub(super) const SMBBA: u8 = 0x90;
/// SMBus host configuration: bit 0 enables the ports at SMBBA.
pub(super) const SMBHSTCFG: u8 = 0xD2;
/// SMBus slave command and the two shadow ports.
pub(super) const SMBSLVC: u8 = 0xD3;
/// SMBus revision.
pub(super) const SMBREV: u8 = 0xD6;

/// DEVACTB bit 25: a write to APMC asks for SMI#.
pub(super) const APMC_EN: u32 = 1 << 25;
/// How many ports lie at PMBA.
pub(super) const PM_PORTS: u16 = 64;
/// How many ports lie at SMBBA.
pub(super) const SMB_PORTS: u16 = 16;

/// Frequency of the power management timer in hertz.
pub(super) const TIMER_HZ: u64 = 3_579_545;
/// Bits of the timer.
pub(super) const TIMER_MASK: u32 = 0x00FF_FFFF;
/// Ticks between two changes of the timer's top bit.
pub(super) const TIMER_HALF: u32 = 23;

/// Dwords of the power management ports, by offset.
pub(super) mod pm {
    pub(in super::super) const EVENT: u8 = 0x00;
    pub(in super::super) const CONTROL: u8 = 0x04;
    pub(in super::super) const TIMER: u8 = 0x08;
    pub(in super::super) const GENERAL_EVENT: u8 = 0x0C;
    pub(in super::super) const PROCESSOR: u8 = 0x10;
    pub(in super::super) const GLOBAL_STATUS: u8 = 0x18;
    pub(in super::super) const DEVICE_STATUS: u8 = 0x1C;
    pub(in super::super) const GLOBAL_ENABLE: u8 = 0x20;
    pub(in super::super) const GLOBAL_CONTROL: u8 = 0x28;
    pub(in super::super) const DEVICE_CONTROL: u8 = 0x2C;
    pub(in super::super) const OUTPUTS: u8 = 0x34;
}

/// SMBus host ports, by offset.
pub(super) mod smb {
    pub(in super::super) const STATUS: u8 = 0;
    pub(in super::super) const SLAVE_STATUS: u8 = 1;
    pub(in super::super) const CONTROL: u8 = 2;
    pub(in super::super) const DATA1: u8 = 6;
    pub(in super::super) const SLAVE_CONTROL: u8 = 8;
    /// Host control bit 6: starts a transaction; reads as zero.
    pub(in super::super) const START: u8 = 1 << 6;
    /// Host status bit 2: no device answered.
    pub(in super::super) const DEVICE_ERROR: u8 = 1 << 2;
    /// Host status bits that clear when written as one.
    pub(in super::super) const STATUS_BITS: u8 = 0x1E;
}

bitflags! {
    /// PM1 status; the enable register has the same positions.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct Event: u16 {
        /// The top bit of the timer changed.
        const TIMER = 1 << 0;
        /// A bus master asked for the bus.
        const BUS_MASTER = 1 << 4;
        /// The firmware released the global lock.
        const GLOBAL = 1 << 5;
        /// The power button was pressed.
        const POWER_BUTTON = 1 << 8;
        /// The RTC's alarm went off.
        const RTC = 1 << 10;
        /// The machine woke up.
        const RESUME = 1 << 15;
    }

    /// PM1 control.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct Control: u16 {
        /// Events raise SCI instead of SMI#.
        const SCI_EN = 1 << 0;
        /// A bus-master request leaves C3.
        const BRLD_EN_BM = 1 << 1;
        /// Tells the firmware that the global lock was released.
        const GBL_RLS = 1 << 2;
        /// Suspend type, lowest bit.
        const SUS_TYP0 = 1 << 10;
        /// Suspend type, middle bit.
        const SUS_TYP1 = 1 << 11;
        /// Suspend type, top bit.
        const SUS_TYP2 = 1 << 12;
        /// Enters the suspend type; reads as zero.
        const SUS_EN = 1 << 13;
    }
}

/// Events that can raise the SCI.
pub(super) const SCI_EVENTS: Event =
    Event::TIMER.union(Event::GLOBAL).union(Event::POWER_BUTTON).union(Event::RTC);

/// Position of the suspend type in PM1 control. Type 0 is soft off.
pub(super) const SUS_TYP: u32 = 10;
/// APM commands by which ACPI takes over and gives back, as this board's FADT names them.
pub(super) const ACPI_ENABLE: u8 = 0xF1;
/// See [`ACPI_ENABLE`].
pub(super) const ACPI_DISABLE: u8 = 0xF0;
