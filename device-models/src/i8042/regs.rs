//! Register layout and command codes of the keyboard controller, and times on the wires behind it.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

/// Data port.
pub(super) const DATA: u16 = 0x60;
/// Status when read, commands when written.
pub(super) const COMMAND: u16 = 0x64;

bitflags! {
    /// Status register.
    pub(super) struct Status: u8 {
        /// The output buffer holds a byte.
        const OUTPUT_FULL = 1 << 0;
        /// As bit 2 of the command byte: the self-test was passed.
        const SYSTEM = 1 << 2;
        /// The last write went to the command port.
        const COMMAND = 1 << 3;
        /// The keyboard lock is open.
        const UNLOCKED = 1 << 4;
        /// The byte in the output buffer is the mouse's.
        const AUX = 1 << 5;
        /// No device took the byte that the controller sent it.
        const TIME_OUT = 1 << 6;
    }

    /// Command byte.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct CommandByte: u8 {
        /// IRQ1 with a keyboard byte.
        const KEYBOARD_IRQ = 1 << 0;
        /// IRQ12 with a mouse byte.
        const MOUSE_IRQ = 1 << 1;
        /// Shown in the status register.
        const SYSTEM = 1 << 2;
        /// The keyboard lock is ignored; kept and without effect.
        const LOCK_IGNORED = 1 << 3;
        /// The keyboard's clock is held.
        const KEYBOARD_OFF = 1 << 4;
        /// The mouse's clock is held.
        const MOUSE_OFF = 1 << 5;
        /// Keyboard bytes are translated from set 2 to set 1.
        const TRANSLATE = 1 << 6;
    }

    /// Output port of the 8042.
    pub(super) struct OutputPort: u8 {
        /// Low resets the CPU.
        const NO_RESET = 1 << 0;
        /// The A20 gate.
        const A20 = 1 << 1;
        /// A keyboard byte waits.
        const KEYBOARD_FULL = 1 << 4;
        /// A mouse byte waits.
        const MOUSE_FULL = 1 << 5;
        /// Clock and data of both devices are high.
        const DEVICE_LINES = 0b1100_1100;
    }
}

/// Commands of the controller (port 64h).
pub(super) mod controller {
    pub(in super::super) const READ_COMMAND_BYTE: u8 = 0x20;
    pub(in super::super) const READ_RAM_FIRST: u8 = 0x21;
    pub(in super::super) const READ_RAM_LAST: u8 = 0x3F;
    pub(in super::super) const WRITE_COMMAND_BYTE: u8 = 0x60;
    pub(in super::super) const WRITE_RAM_FIRST: u8 = 0x61;
    pub(in super::super) const WRITE_RAM_LAST: u8 = 0x7F;
    pub(in super::super) const TEST_PASSWORD: u8 = 0xA4;
    pub(in super::super) const MOUSE_OFF: u8 = 0xA7;
    pub(in super::super) const MOUSE_ON: u8 = 0xA8;
    pub(in super::super) const TEST_MOUSE: u8 = 0xA9;
    pub(in super::super) const SELF_TEST: u8 = 0xAA;
    pub(in super::super) const TEST_KEYBOARD: u8 = 0xAB;
    pub(in super::super) const KEYBOARD_OFF: u8 = 0xAD;
    pub(in super::super) const KEYBOARD_ON: u8 = 0xAE;
    pub(in super::super) const READ_INPUT_PORT: u8 = 0xC0;
    pub(in super::super) const READ_OUTPUT_PORT: u8 = 0xD0;
    pub(in super::super) const WRITE_OUTPUT_PORT: u8 = 0xD1;
    pub(in super::super) const WRITE_KEYBOARD_BUFFER: u8 = 0xD2;
    pub(in super::super) const WRITE_MOUSE_BUFFER: u8 = 0xD3;
    pub(in super::super) const WRITE_MOUSE: u8 = 0xD4;
    pub(in super::super) const A20_OFF: u8 = 0xDD;
    pub(in super::super) const A20_ON: u8 = 0xDF;
    pub(in super::super) const READ_TEST_INPUTS: u8 = 0xE0;
    pub(in super::super) const PULSE_FIRST: u8 = 0xF0;

    pub(in super::super) const SELF_TEST_PASSED: u8 = 0x55;
    pub(in super::super) const INTERFACE_GOOD: u8 = 0x00;
    pub(in super::super) const NO_PASSWORD: u8 = 0xF1;
    /// No device took the byte.
    pub(in super::super) const NOBODY: u8 = 0xFE;
    /// Input port: lock open, no manufacturing jumper, colour display.
    pub(in super::super) const INPUT_PORT: u8 = 0xA0;
}

/// Commands and answers of keyboard and mouse alike.
pub(super) mod device {
    pub(in super::super) const IDENTIFY: u8 = 0xF2;
    pub(in super::super) const SET_RATE: u8 = 0xF3;
    pub(in super::super) const ENABLE: u8 = 0xF4;
    pub(in super::super) const DISABLE: u8 = 0xF5;
    pub(in super::super) const DEFAULTS: u8 = 0xF6;
    pub(in super::super) const RESEND: u8 = 0xFE;
    pub(in super::super) const RESET: u8 = 0xFF;

    pub(in super::super) const ACK: u8 = 0xFA;
    pub(in super::super) const TEST_PASSED: u8 = 0xAA;
}

/// Commands of the keyboard.
pub(super) mod keyboard {
    pub(in super::super) const FIRST: u8 = 0xED;
    pub(in super::super) const SET_LEDS: u8 = 0xED;
    pub(in super::super) const ECHO: u8 = 0xEE;
    pub(in super::super) const SCAN_CODE_SET: u8 = 0xF0;
    pub(in super::super) const ALL_TYPEMATIC: u8 = 0xF7;
    pub(in super::super) const ALL_MAKE_BREAK: u8 = 0xF8;
    pub(in super::super) const ALL_MAKE: u8 = 0xF9;
    pub(in super::super) const ALL_TYPEMATIC_BREAK: u8 = 0xFA;
    pub(in super::super) const KEY_TYPEMATIC: u8 = 0xFB;
    pub(in super::super) const KEY_MAKE_BREAK: u8 = 0xFC;
    pub(in super::super) const KEY_MAKE: u8 = 0xFD;

    pub(in super::super) const ID: [u8; 2] = [0xAB, 0x83];
    pub(in super::super) const EXTENDED: u8 = 0xE0;
    pub(in super::super) const EXTENDED_1: u8 = 0xE1;
    pub(in super::super) const BREAK: u8 = 0xF0;
    /// LED bit that says that the keypad gives digits.
    pub(in super::super) const NUM_LOCK_LED: u8 = 1 << 1;
}

/// Commands of the mouse.
pub(super) mod mouse {
    pub(in super::super) const FIRST: u8 = 0xE6;
    pub(in super::super) const SCALING_1_1: u8 = 0xE6;
    pub(in super::super) const SCALING_2_1: u8 = 0xE7;
    pub(in super::super) const SET_RESOLUTION: u8 = 0xE8;
    pub(in super::super) const STATUS: u8 = 0xE9;
    pub(in super::super) const STREAM_MODE: u8 = 0xEA;
    pub(in super::super) const READ_DATA: u8 = 0xEB;
    pub(in super::super) const LEAVE_WRAP: u8 = 0xEC;
    pub(in super::super) const WRAP_MODE: u8 = 0xEE;
    pub(in super::super) const REMOTE_MODE: u8 = 0xF0;
}

/// From the output buffer's filling to its interrupt (KBD-01).
pub(super) const IRQ_DELAY_NS: u64 = 20_000;
/// One byte on a device's wire, and the shortest time between the host's read and the next one (KBD-09).
pub(super) const BYTE_NS: u64 = 1_000_000;
/// From a command to its first answer.
pub(super) const ANSWER_NS: u64 = 100_000;
/// The self-test of keyboard and mouse; real ones take half a second.
pub(super) const SELF_TEST_NS: u64 = 2_000_000;
