//! Register layout of the MC146818 and its CMOS RAM.

use bitflags::bitflags;

/// Index port of the first bank, with the NMI mask in bit 7; data follows.
pub(super) const BANK_0: u16 = 0x70;
/// Index port of the second bank; data follows.
pub(super) const BANK_1: u16 = 0x72;
/// Bytes in a bank.
pub(super) const BANK_BYTES: usize = 128;
/// Index port bit 7: NMI is masked.
pub(super) const NMI_MASK: u8 = 0x80;

pub(super) const SECONDS: usize = 0x00;
pub(super) const SECONDS_ALARM: usize = 0x01;
pub(super) const MINUTES: usize = 0x02;
pub(super) const MINUTES_ALARM: usize = 0x03;
pub(super) const HOURS: usize = 0x04;
pub(super) const HOURS_ALARM: usize = 0x05;
pub(super) const WEEKDAY: usize = 0x06;
pub(super) const DAY: usize = 0x07;
pub(super) const MONTH: usize = 0x08;
pub(super) const YEAR: usize = 0x09;
pub(super) const REG_A: usize = 0x0A;
pub(super) const REG_B: usize = 0x0B;
pub(super) const REG_C: usize = 0x0C;
pub(super) const REG_D: usize = 0x0D;
/// The century where an AT BIOS keeps it.
pub(super) const CENTURY: usize = 0x32;
/// The century where a PS/2 BIOS keeps it.
pub(super) const CENTURY_PS2: usize = 0x37;

/// Hours register in 12-hour mode: afternoon.
pub(super) const PM: u8 = 0x80;
/// An alarm byte from here on matches any value.
pub(super) const ANY: u8 = 0xC0;
/// Register D: the battery is good.
pub(super) const VALID: u8 = 0x80;

bitflags! {
    /// Register A without its rate and divider fields.
    pub(super) struct RegA: u8 {
        /// An update is less than 244 us away; read only.
        const UPDATE_IN_PROGRESS = 1 << 7;
    }

    /// Register B.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) struct RegB: u8 {
        /// Hours run from 0 to 23.
        const HOURS_24 = 1 << 1;
        /// Numbers are binary; otherwise BCD.
        const BINARY = 1 << 2;
        /// IRQ8 at the end of each update.
        const UPDATE_ENABLE = 1 << 4;
        /// IRQ8 at the alarm.
        const ALARM_ENABLE = 1 << 5;
        /// IRQ8 at the periodic rate.
        const PERIODIC_ENABLE = 1 << 6;
        /// No updates.
        const SET = 1 << 7;
        /// The three enables; their flags have the same places in register C.
        const ENABLES = 0x70;
        /// What a reset clears: the enables and the square wave.
        const RESET = 0x78;
    }

    /// Register C: what happened since it was read.
    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) struct RegC: u8 {
        /// An update ended.
        const UPDATE = 1 << 4;
        /// The alarm was met.
        const ALARM = 1 << 5;
        /// A period ended.
        const PERIODIC = 1 << 6;
        /// IRQ8 is asserted.
        const IRQ = 1 << 7;
    }
}

/// Divider field of register A, bits 6-4: the 32,768 Hz chain runs.
pub(super) fn divider_runs(reg_a: u8) -> bool {
    // 11x holds the chain in reset; the other time bases do not exist on a PC and run as 010.
    reg_a & 0x60 != 0x60
}

/// Periodic rate of register A, bits 3-0, in cycles of 32,768 Hz. `None` when off.
pub(super) fn period(reg_a: u8) -> Option<u64> {
    match reg_a & 0x0F {
        0 => None,
        // The two fastest codes are those of the slower time bases.
        rate @ 1..=2 => Some(1 << (rate + 6)),
        rate => Some(1 << (rate - 1)),
    }
}
