//! A mouse at the far end of a serial line, fed by DTR and RTS: Microsoft, Logitech or Mouse Systems.
//!
//! It is not on the bus: [`crate::Uart`] hands it its modem control lines and what it sends, and takes its
//! characters at the instants at which they have arrived. When both lines go high it introduces itself (`M`, Logitech
//! `M3`, Mouse Systems not at all), then it reports changes at 1200 baud: with 7 data bits in three bytes, a fourth
//! for Logitech's middle button, or with 8 data bits in Mouse Systems' five bytes.
//!
//! A Logitech mouse takes commands: prompt mode and polls, report rates, baud rates, and either format.
//!
//! Follows the Microsoft serial mouse format as described in Logitech's Technical Reference and Programming Guide,
//! and that guide for Logitech's commands.
//!
//! Deviations: no wheel and no Plug and Play identification; Logitech's other formats and its queries are noted and
//! ignored; the second pair of movements in a report of five bytes is always zero.

mod regs;
mod report;
#[cfg(test)]
mod tests;

use crate::motion::Motion;
use backplane::Instant;
use regs::*;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Which mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SerialMouseModel {
    /// Two buttons, three bytes.
    #[default]
    Microsoft,
    /// Three buttons: Microsoft's format with a fourth byte for the middle one. Takes commands.
    Logitech,
    /// Three buttons, five bytes, without identification.
    MouseSystems,
}

impl SerialMouseModel {
    /// The buttons that exist, as in [`SerialMouse::input`].
    fn buttons(self) -> u8 {
        if self == SerialMouseModel::Microsoft { LEFT | RIGHT } else { LEFT | RIGHT | MIDDLE }
    }

    fn format(self) -> Format {
        if self == SerialMouseModel::MouseSystems { Format::FiveBytes } else { Format::Microsoft }
    }

    fn introduction(self) -> &'static [u8] {
        match self {
            SerialMouseModel::Microsoft => b"M",
            SerialMouseModel::Logitech => b"M3",
            SerialMouseModel::MouseSystems => b"",
        }
    }
}

/// The shape of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    Microsoft,
    FiveBytes,
}

impl Format {
    fn data_bits(self) -> u32 {
        if self == Format::Microsoft { 7 } else { 8 }
    }
}

/// A character on the way to the port, and how it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Character {
    pub(crate) byte: u8,
    pub(crate) baud: u32,
    /// Without parity, with one stop bit.
    pub(crate) data_bits: u32,
}

/// A serial mouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SerialMouse {
    model: SerialMouseModel,
    powered: bool,
    format: Format,
    baud: u32,
    /// Reports are sent when asked for only.
    prompt: bool,
    /// The next character chooses the baud rate.
    expects_baud: bool,
    /// From one report's beginning to the next one's at least, in nanoseconds.
    period_ns: u64,
    buttons: u8,
    motion: Motion,
    /// What is being sent.
    out: VecDeque<u8>,
    /// When its first character has arrived.
    arrives: Instant,
    /// No report begins before.
    next_report: Instant,
}

impl SerialMouse {
    pub(crate) fn new(model: SerialMouseModel) -> Self {
        SerialMouse {
            model,
            powered: false,
            format: model.format(),
            baud: BAUD,
            prompt: false,
            expects_baud: false,
            period_ns: 0,
            buttons: 0,
            motion: Motion::default(),
            out: VecDeque::new(),
            arrives: Instant::ZERO,
            next_report: Instant::ZERO,
        }
    }

    /// As it comes up again after the machine's reset.
    pub(crate) fn without_power(&self) -> SerialMouse {
        SerialMouse::new(self.model)
    }

    /// DTR and RTS are both high, or not. When they become so the mouse starts over.
    pub(crate) fn power(&mut self, on: bool, now: Instant) {
        if on == self.powered {
            return;
        }
        let buttons = self.buttons;
        *self = SerialMouse { powered: on, buttons, ..self.without_power() };
        self.motion.forget(buttons);
        if on {
            self.next_report = now + WARM_UP_NS;
            self.out.extend(self.model.introduction());
            self.arrives = self.next_report + self.character_ns();
        }
    }

    /// The mouse moves, in counts to the right and down, with the buttons that are down: bit 0 left, 1 right, 2 middle.
    pub(crate) fn input(&mut self, dx: i32, dy: i32, buttons: u8, now: Instant) {
        self.buttons = buttons & self.model.buttons();
        if self.powered {
            let most = if self.prompt { FARTHEST } else { i32::MAX };
            self.motion.add([dx, dy, 0], self.buttons, most);
            self.next_report = self.next_report.max(now);
        }
    }

    /// Something waits, or is being sent.
    pub(crate) fn has_news(&self) -> bool {
        self.motion.has_news() || !self.out.is_empty()
    }

    /// When it does something next.
    pub(crate) fn next_event(&self) -> Option<Instant> {
        if !self.out.is_empty() {
            return Some(self.arrives);
        }
        let reports = self.powered && !self.prompt && self.motion.has_news();
        reports.then_some(self.next_report)
    }

    /// Does what is due: the character that has arrived, if one has. A report is made when its first character goes on
    /// the line, so it holds all movement up to then and no second one ever waits.
    pub(crate) fn tick(&mut self, now: Instant) -> Option<Character> {
        if self.next_event().is_none_or(|due| due > now) {
            return None;
        }
        let Some(byte) = self.out.pop_front() else {
            self.report(now);
            return None;
        };
        let character = Character { byte, baud: self.baud, data_bits: self.format.data_bits() };
        self.arrives = now + self.character_ns();
        self.next_report = self.next_report.max(now);
        Some(character)
    }

    fn character_ns(&self) -> u64 {
        let bits = 1 + self.format.data_bits() + 1;
        u64::from(bits) * 1_000_000_000 / u64::from(self.baud)
    }

    fn report(&mut self, now: Instant) {
        if self.out.is_empty() {
            self.arrives = now + self.character_ns();
        }
        self.next_report = now + self.period_ns;
        let report = match self.format {
            Format::Microsoft => report::microsoft(&mut self.motion, self.model),
            Format::FiveBytes => report::five_bytes(&mut self.motion),
        };
        self.out.extend(report);
    }

    /// A character from the port. Gives back a command that this mouse does not have.
    pub(crate) fn hear(&mut self, byte: u8, baud: u64, now: Instant) -> Option<u8> {
        let understands = self.powered && self.model == SerialMouseModel::Logitech;
        if !understands || baud != u64::from(self.baud) {
            return None;
        }
        if std::mem::take(&mut self.expects_baud) {
            self.set_baud(byte);
            return None;
        }
        match byte {
            PROMPT_MODE => self.prompt = true,
            POLL => {
                self.prompt = true;
                if self.out.len() <= LONGEST_REPORT {
                    self.report(now);
                }
            }
            CONTINUOUS => self.set_rate(0, now),
            SET_BAUD => self.expects_baud = true,
            FORMAT_MICROSOFT => self.format = Format::Microsoft,
            FORMAT_FIVE_BYTES => self.format = Format::FiveBytes,
            _ => match RATES.iter().find(|(command, _)| *command == byte) {
                Some((_, rate)) => self.set_rate(1_000_000_000 / rate, now),
                None => return Some(byte),
            },
        }
        None
    }

    fn set_rate(&mut self, period_ns: u64, now: Instant) {
        self.period_ns = period_ns;
        self.prompt = false;
        self.next_report = self.next_report.max(now);
    }

    /// The rate changes and nothing else: prompt mode stays (MOU-13).
    fn set_baud(&mut self, byte: u8) {
        if let Some((_, baud)) = BAUD_RATES.iter().find(|(command, _)| *command == byte) {
            self.baud = *baud;
        }
    }
}
