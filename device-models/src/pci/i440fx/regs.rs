//! Registers of the 82441FX.

use bitflags::bitflags;

/// PCI device number; function 0.
pub(super) const DEVICE: u8 = 0;
/// CONFADD, the configuration address latch: answers dword accesses only.
pub(super) const CONFADD: u16 = 0xCF8;

/// PMC configuration, word.
pub(super) const PMCCFG: u8 = 0x50;
/// De-turbo counter.
pub(super) const DETURBO: u8 = 0x52;
/// DRAM buffer control.
pub(super) const DBC: u8 = 0x53;
/// Auxiliary control.
pub(super) const AXC: u8 = 0x54;
/// DRAM row type, word.
pub(super) const DRT: u8 = 0x55;
/// DRAM control.
pub(super) const DRAMC: u8 = 0x57;
/// DRAM timing.
pub(super) const DRAMT: u8 = 0x58;
/// Programmable attribute map: PAM0-PAM6.
pub(super) const PAM0: u8 = 0x59;
/// How many PAM registers there are.
pub(super) const PAM_REGISTERS: u8 = 7;
/// DRAM row boundaries, eight bytes.
pub(super) const DRB0: u8 = 0x60;
/// Fixed DRAM hole control.
pub(super) const FDHC: u8 = 0x68;
/// Multi-transaction timer.
pub(super) const MTT: u8 = 0x70;
/// CPU latency timer.
pub(super) const CLT: u8 = 0x71;
/// System management RAM control.
pub(super) const SMRAM: u8 = 0x72;
/// Error command.
pub(super) const ERRCMD: u8 = 0x90;
/// Error status, bits clear when written as one.
pub(super) const ERRSTS: u8 = 0x91;

bitflags! {
    /// Half of a PAM register.
    pub(super) struct Attribute: u8 {
        /// Reads go to DRAM.
        const READ = 1 << 0;
        /// Writes go to DRAM.
        const WRITE = 1 << 1;
    }

    /// The SMRAM register.
    pub(super) struct SmramBits: u8 {
        /// C_BASE_SEG, always 010: A0000-BFFFF.
        const BASE_SEGMENT = 1 << 1;
        /// G_SMRAME.
        const ENABLE = 1 << 3;
        /// D_LCK.
        const LOCK = 1 << 4;
        /// D_CLS.
        const CLOSE = 1 << 5;
        /// D_OPEN.
        const OPEN = 1 << 6;
    }
}

/// CONFADD bit 31: accesses to CFC-CFF are configuration cycles.
pub(super) const CONFADD_ENABLE: u32 = 1 << 31;
/// CONFADD bits that exist.
pub(super) const CONFADD_BITS: u32 = 0x80FF_FFFC;
