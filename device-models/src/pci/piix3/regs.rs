//! Registers of the 82371SB, function 0, and its reset and APM ports.

use bitflags::bitflags;

/// PCI device number; function 0.
pub(super) const DEVICE: u8 = 1;
/// Reset control register.
pub(super) const RC: u16 = 0xCF9;
/// Advanced power management control; APMS follows it.
pub(super) const APMC: u16 = 0xB2;
/// Advanced power management status.
pub(super) const APMS: u16 = 0xB3;

/// ISA I/O recovery timer.
pub(super) const IORT: u8 = 0x4C;
/// X-bus chip select, word.
pub(super) const XBCS: u8 = 0x4E;
/// Routes of PIRQA#-PIRQD#.
pub(super) const PIRQRC: u8 = 0x60;
/// Top of memory.
pub(super) const TOM: u8 = 0x69;
/// Miscellaneous status, word.
pub(super) const MSTAT: u8 = 0x6A;
/// Motherboard device interrupt routing.
pub(super) const MBIRQ: u8 = 0x70;
/// Motherboard device DMA control, two bytes.
pub(super) const MBDMA: u8 = 0x76;
/// Programmable chip select, word.
pub(super) const PCSC: u8 = 0x78;
/// APIC base address relocation.
pub(super) const APICBASE: u8 = 0x80;
/// Deterministic latency control.
pub(super) const DLC: u8 = 0x82;
/// SMI control.
pub(super) const SMICNTL: u8 = 0xA0;
/// SMI enable, word.
pub(super) const SMIEN: u8 = 0xA2;
/// System event enable, dword.
pub(super) const SEE: u8 = 0xA4;
/// Fast-off timer.
pub(super) const FTMR: u8 = 0xA8;
/// SMI request, word.
pub(super) const SMIREQ: u8 = 0xAA;
/// Clock throttle low timer.
pub(super) const CTLTMR: u8 = 0xAC;
/// Clock throttle high timer.
pub(super) const CTHTMR: u8 = 0xAE;

bitflags! {
    /// The reset control register.
    pub(super) struct ResetControl: u8 {
        /// The reset that RCPU makes is a hard one.
        const SRST = 1 << 1;
        /// A rising edge resets.
        const RCPU = 1 << 2;
    }
}

/// PIRQRC bit 7: the PIRQ is routed nowhere.
pub(super) const PIRQ_OFF: u8 = 0x80;
/// ISA interrupts that PIRQs cannot reach: reserved in the routing register.
pub(super) const UNROUTABLE: u16 = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 8 | 1 << 13;
/// SMICNTL bit 0: SMI# is let through.
pub(super) const SMI_GATE: u8 = 1;
/// SMIEN bit 7: a write to APMC asks for SMI#.
pub(super) const SMI_ON_APMC: u8 = 1 << 7;
