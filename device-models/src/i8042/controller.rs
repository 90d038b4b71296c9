//! What the host writes to the controller: its own commands and their bytes.

use super::regs::controller::*;
use super::regs::{CommandByte, OutputPort};
use super::{Expect, I8042, NAME, Source};
use backplane::{Refusal, Reset, Wires};

impl I8042 {
    /// A byte written to the data port.
    pub(super) fn write_data(&mut self, value: u8, w: &mut Wires) {
        self.command_last = false;
        match std::mem::replace(&mut self.expect, Expect::KeyboardByte) {
            Expect::KeyboardByte => {
                // A byte for a device opens its interface.
                self.command_byte.remove(CommandByte::KEYBOARD_OFF);
                let unusual = self.keyboard.receive(value, w.now);
                Self::note(w, "keyboard", unusual);
            }
            Expect::MouseByte if !self.mouse.is_plugged_in() => {
                self.put(NOBODY, true, Source::TimeOut, w);
            }
            Expect::MouseByte => {
                self.command_byte.remove(CommandByte::MOUSE_OFF);
                let unusual = self.mouse.receive(value, w.now);
                Self::note(w, "mouse", unusual);
            }
            Expect::CommandByte => self.command_byte = CommandByte::from_bits_truncate(value),
            Expect::RamByte => {}
            Expect::OutputPort => Self::write_output_port(value, w),
            Expect::KeyboardBuffer => self.answer(value, false, w),
            Expect::MouseBuffer => self.answer(value, true, w),
        }
    }

    /// A byte written to the command port. It drops a command that still waited for its byte.
    pub(super) fn write_command(&mut self, command: u8, w: &mut Wires) {
        self.command_last = true;
        self.expect = Expect::KeyboardByte;
        match command {
            READ_COMMAND_BYTE => self.answer(self.command_byte.bits(), false, w),
            READ_RAM_FIRST..=READ_RAM_LAST => self.answer(0, false, w),
            WRITE_COMMAND_BYTE => self.expect = Expect::CommandByte,
            WRITE_RAM_FIRST..=WRITE_RAM_LAST => self.expect = Expect::RamByte,
            TEST_PASSWORD => self.answer(NO_PASSWORD, false, w),
            MOUSE_OFF => self.command_byte.insert(CommandByte::MOUSE_OFF),
            MOUSE_ON => self.command_byte.remove(CommandByte::MOUSE_OFF),
            KEYBOARD_OFF => self.command_byte.insert(CommandByte::KEYBOARD_OFF),
            KEYBOARD_ON => self.command_byte.remove(CommandByte::KEYBOARD_OFF),
            TEST_MOUSE | TEST_KEYBOARD => self.answer(INTERFACE_GOOD, false, w),
            SELF_TEST => {
                self.translating_break = false;
                self.command_byte.insert(CommandByte::SYSTEM);
                self.answer(SELF_TEST_PASSED, false, w);
            }
            READ_INPUT_PORT => self.answer(INPUT_PORT, false, w),
            READ_OUTPUT_PORT => self.answer(self.output_port(w), false, w),
            WRITE_OUTPUT_PORT => self.expect = Expect::OutputPort,
            WRITE_KEYBOARD_BUFFER => self.expect = Expect::KeyboardBuffer,
            WRITE_MOUSE_BUFFER => self.expect = Expect::MouseBuffer,
            WRITE_MOUSE => self.expect = Expect::MouseByte,
            A20_OFF => w.signals.a20 = false,
            A20_ON => w.signals.a20 = true,
            READ_TEST_INPUTS => self.answer(self.test_inputs(), false, w),
            PULSE_FIRST.. => {
                // Bits 3-0 that are clear pulse low; the reset is the one that anything hangs on.
                if command & OutputPort::NO_RESET.bits() == 0 {
                    w.signals.reset = Some(Reset::Cpu);
                }
            }
            _ => w.note(NAME, Refusal::Command(command.into())),
        }
    }

    fn answer(&mut self, byte: u8, aux: bool, w: &mut Wires) {
        self.put(byte, aux, Source::Controller, w);
    }

    /// Puts an answer into the output buffer: over an earlier answer, but after a device's byte.
    fn put(&mut self, byte: u8, aux: bool, source: Source, w: &mut Wires) {
        if self.full == Some(Source::Device) {
            self.answer = Some((byte, aux, source));
        } else {
            self.fill(byte, aux, source, w.now);
        }
    }

    fn write_output_port(value: u8, w: &mut Wires) {
        let port = OutputPort::from_bits_retain(value);
        w.signals.a20 = port.contains(OutputPort::A20);
        if !port.contains(OutputPort::NO_RESET) {
            w.signals.reset = Some(Reset::Cpu);
        }
    }

    fn output_port(&self, w: &Wires) -> u8 {
        let mut port = OutputPort::NO_RESET | OutputPort::DEVICE_LINES;
        port.set(OutputPort::A20, w.signals.a20);
        port.set(OutputPort::KEYBOARD_FULL, self.full.is_some() && !self.aux);
        port.set(OutputPort::MOUSE_FULL, self.full.is_some() && self.aux);
        port.bits()
    }

    /// Test inputs 0 and 1: the clock lines of keyboard and mouse, high unless held.
    fn test_inputs(&self) -> u8 {
        let keyboard = !self.command_byte.contains(CommandByte::KEYBOARD_OFF);
        let mouse = !self.command_byte.contains(CommandByte::MOUSE_OFF);
        u8::from(keyboard) | u8::from(mouse) << 1
    }
}
