//! Register layout of the 8254 and of system control port B.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Input clock of all three counters, in hertz: 14.31818 MHz / 12.
pub const CLOCK_HZ: u64 = 1_193_182;

/// Ports of counters 0-2; the control word register follows.
pub(super) const COUNTERS: u16 = 0x40;
/// Control word register.
pub(super) const CONTROL: u16 = 0x43;
/// System control port B.
pub(super) const PORT_B: u16 = 0x61;
/// The counter whose output is IRQ0.
pub(super) const TIMER: usize = 0;
/// The counter behind the speaker.
pub(super) const SPEAKER: usize = 2;
/// Clocks between two refresh cycles, as counter 1 of a PC/AT is programmed: 15.085 us.
pub(super) const REFRESH_CLOCKS: u64 = 18;

bitflags! {
    /// System control port B.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct PortB: u8 {
        /// Gate of counter 2.
        const GATE_2 = 1 << 0;
        /// Output 2 reaches the speaker.
        const SPEAKER_DATA = 1 << 1;
        /// RAM parity checks are off.
        const PARITY_OFF = 1 << 2;
        /// I/O channel checks are off, and one that came is forgotten.
        const CHANNEL_OFF = 1 << 3;
        /// Toggles with each refresh cycle; read only.
        const REFRESH = 1 << 4;
        /// Output 2; read only.
        const OUT_2 = 1 << 5;
        /// A card pulled IOCHK#; read only.
        const CHANNEL_CHECK = 1 << 6;
        /// What a write keeps.
        const WRITABLE = 0x0F;
    }
}

/// Which bytes of a count are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Bytes {
    Low,
    High,
    /// Low, then high.
    Both,
}

/// What a counter does, with the gate's part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mode {
    /// 0: OUT rises when the count is over.
    TerminalCount,
    /// 1: OUT is low for the count after the gate rises.
    OneShot,
    /// 2: OUT is low for the last clock of each count.
    RateGenerator,
    /// 3: OUT is high for one half of the count and low for the other.
    SquareWave,
    /// 4: OUT is low for one clock after the count.
    SoftwareStrobe,
    /// 5: as 4, started by the gate.
    HardwareStrobe,
}

/// A control word that programs a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) bytes: Bytes,
    pub(super) mode: Mode,
    pub(super) bcd: bool,
}

/// A write to the control word register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Latch the count of one counter.
    Latch(usize),
    /// Latch counts and status of the counters in the mask.
    ReadBack {
        counters: u8,
        count: bool,
        status: bool,
    },
    Program(usize, Program),
}

impl Control {
    pub(super) fn new(value: u8) -> Control {
        let counter = (value >> 6) as usize;
        if counter == 3 {
            // Count and status are latched when their bits are clear.
            return Control::ReadBack {
                counters: value >> 1 & 7,
                count: value & 1 << 5 == 0,
                status: value & 1 << 4 == 0,
            };
        }
        let bytes = match value >> 4 & 3 {
            0 => return Control::Latch(counter),
            1 => Bytes::Low,
            2 => Bytes::High,
            _ => Bytes::Both,
        };
        let mode = match value >> 1 & 7 {
            0 => Mode::TerminalCount,
            1 => Mode::OneShot,
            2 | 6 => Mode::RateGenerator,
            3 | 7 => Mode::SquareWave,
            4 => Mode::SoftwareStrobe,
            _ => Mode::HardwareStrobe,
        };
        Control::Program(counter, Program { bytes, mode, bcd: value & 1 != 0 })
    }
}

/// A counter's status byte.
pub(super) fn status(out: bool, null_count: bool, p: &Program) -> u8 {
    let bytes = match p.bytes {
        Bytes::Low => 1,
        Bytes::High => 2,
        Bytes::Both => 3,
    };
    let mode = match p.mode {
        Mode::TerminalCount => 0,
        Mode::OneShot => 1,
        Mode::RateGenerator => 2,
        Mode::SquareWave => 3,
        Mode::SoftwareStrobe => 4,
        Mode::HardwareStrobe => 5,
    };
    u8::from(out) << 7 | u8::from(null_count) << 6 | bytes << 4 | mode << 1 | u8::from(p.bcd)
}
