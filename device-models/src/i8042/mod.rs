//! The keyboard controller of a PS/2 compatible PC (8042) with an enhanced keyboard and a PS/2 mouse behind it.
//!
//! Ports: 60h data, 64h status and commands. IRQ1 for keyboard bytes, IRQ12 for mouse bytes. Drives the A20 gate
//! and the CPU's reset.
//!
//! The output buffer holds one byte; its interrupt follows 20 us later and is not raised if the byte was read
//! before. A device's next byte needs a millisecond on its wire, counted from the host's read, in which the data
//! port still gives the old byte.
//!
//! Follows the IBM PS/2 hardware interface technical reference (keyboard and auxiliary device controller, 101/102-key
//! keyboard), and the IntelliMouse and IntelliMouse Explorer extensions as documented by Microsoft.
//!
//! Deviations: commands are carried out at once, so the input buffer is never full; self-tests take 2 ms instead of
//! half a second; a held key does not repeat while its earlier codes wait; the mouse reports movement in its own
//! counts whatever resolution is set; an unknown command is noted and, by the controller, ignored.

mod controller;
mod encode;
mod keyboard;
mod keys;
mod mouse;
mod regs;
#[cfg(test)]
mod tests;
mod wire;

use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, Wires};
use keyboard::{Keyboard, Unusual};
use mouse::Mouse;
use regs::*;
use serde::{Deserialize, Serialize};

pub use keys::{Key, UnknownKey};
pub use mouse::MouseModel;

const NAME: &str = "i8042";

/// Where the byte in the output buffer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    Controller,
    Device,
    /// The controller, because no device took the byte that it was given.
    TimeOut,
}

/// What the next byte written to the data port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Expect {
    KeyboardByte,
    CommandByte,
    RamByte,
    OutputPort,
    KeyboardBuffer,
    MouseBuffer,
    MouseByte,
}

/// The controller, the keyboard and the mouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct I8042 {
    keyboard: Keyboard,
    mouse: Mouse,
    command_byte: CommandByte,
    expect: Expect,
    /// The last write went to the command port.
    command_last: bool,
    /// The byte in the output buffer, or the last one that was.
    output: u8,
    /// Where it came from; `None` once it was read.
    full: Option<Source>,
    /// It is the mouse's.
    aux: bool,
    /// An answer of the controller that waits for the output buffer, whether it goes out as the mouse's, and its source.
    answer: Option<(u8, bool, Source)>,
    /// When the interrupt of the byte in the output buffer is raised.
    irq_at: Option<Instant>,
    /// It was raised.
    irq: bool,
    /// F0 came from the keyboard and is to become bit 7 of the next byte.
    translating_break: bool,
    /// No device byte comes before.
    wire_free: Instant,
    /// The last moment at which anything happened.
    latest: Instant,
    wake: Option<Instant>,
}

impl Default for I8042 {
    fn default() -> Self {
        Self::new()
    }
}

impl I8042 {
    /// With a mouse that has all extensions.
    pub fn new() -> Self {
        Self::with_mouse(MouseModel::default())
    }

    /// With a mouse of a certain kind, or without one.
    pub fn with_mouse(model: MouseModel) -> Self {
        I8042 {
            keyboard: Keyboard::new(),
            mouse: Mouse::new(model),
            command_byte: CommandByte::TRANSLATE | CommandByte::KEYBOARD_IRQ | CommandByte::MOUSE_OFF,
            expect: Expect::KeyboardByte,
            command_last: false,
            output: 0,
            full: None,
            aux: false,
            answer: None,
            irq_at: None,
            irq: false,
            translating_break: false,
            wire_free: Instant::ZERO,
            latest: Instant::ZERO,
            wake: None,
        }
    }

    /// A key of the keyboard goes down or up. The board asks for `lines` and `wake` anew afterwards.
    pub fn key(&mut self, key: Key, down: bool, now: Instant) {
        self.catch_up(now);
        self.keyboard.key(key, down, now);
        self.touched(now);
    }

    /// The mouse moves, in counts (`dx` to the right, `dy` down, `wheel` steps towards the user), with the buttons
    /// that are down: bit 0 left, 1 right, 2 middle, 3 and 4 the side buttons. The board asks for `lines` and
    /// `wake` anew afterwards.
    pub fn mouse(&mut self, dx: i32, dy: i32, wheel: i32, buttons: u8, now: Instant) {
        self.catch_up(now);
        self.mouse.input(dx, dy, wheel, buttons);
        self.touched(now);
    }

    /// The guest has read all that the keyboard had to say: a key typed now is not lost.
    pub fn ready_for_key(&self) -> bool {
        self.keyboard.is_idle() && self.full.is_none() && self.answer.is_none()
    }

    /// The guest has read all that the mouse had to tell. It never does while the mouse is switched off.
    pub fn is_mouse_read(&self) -> bool {
        self.mouse.is_idle() && self.full.is_none()
    }

    /// The keyboard's LEDs: bit 0 scroll lock, 1 num lock, 2 caps lock.
    pub fn leds(&self) -> u8 {
        self.keyboard.leds()
    }

    /// When the devices' next byte or repeat, or the interrupt, is due.
    fn next_event(&self) -> Option<Instant> {
        let fill = if self.full.is_none() { self.next_device_byte() } else { None };
        [self.irq_at, fill, self.keyboard.repeat_at()]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.max(self.latest))
    }

    fn keyboard_ready(&self) -> Option<Instant> {
        let off = self.command_byte.contains(CommandByte::KEYBOARD_OFF);
        self.keyboard.ready(self.wire_free).filter(|_| !off)
    }

    fn mouse_ready(&self) -> Option<Instant> {
        let off = self.command_byte.contains(CommandByte::MOUSE_OFF);
        self.mouse.ready(self.wire_free).filter(|_| !off)
    }

    fn next_device_byte(&self) -> Option<Instant> {
        [self.keyboard_ready(), self.mouse_ready()].into_iter().flatten().min()
    }

    /// Runs all that is due up to `now`, each at its own moment.
    fn catch_up(&mut self, now: Instant) {
        while let Some(at) = self.wake.filter(|at| *at <= now) {
            self.latest = at;
            if self.irq_at.is_some_and(|due| due <= at) {
                self.irq_at = None;
                self.irq = true;
            }
            if self.keyboard.repeat_at().is_some_and(|due| due <= at) {
                self.keyboard.repeat(at);
            }
            if self.full.is_none() {
                self.take_device_byte(at);
            }
            self.wake = self.next_event();
        }
    }

    fn take_device_byte(&mut self, now: Instant) {
        if self.keyboard_ready().is_some_and(|at| at <= now) {
            if let Some(byte) = self.keyboard.send(now).and_then(|byte| self.translate(byte)) {
                self.fill(byte, false, Source::Device, now);
            }
        } else if self.mouse_ready().is_some_and(|at| at <= now)
            && let Some(byte) = self.mouse.send(now)
        {
            self.fill(byte, true, Source::Device, now);
        }
    }

    /// The controller's translation; F0 is kept for the next byte.
    fn translate(&mut self, byte: u8) -> Option<u8> {
        if !self.command_byte.contains(CommandByte::TRANSLATE) {
            self.translating_break = false;
            return Some(byte);
        }
        if byte == regs::keyboard::BREAK {
            self.translating_break = true;
            return None;
        }
        let release = if std::mem::take(&mut self.translating_break) { 0x80 } else { 0 };
        Some(keys::translate(byte) | release)
    }

    /// Puts a byte into the output buffer; its interrupt comes later (KBD-01).
    fn fill(&mut self, byte: u8, aux: bool, source: Source, now: Instant) {
        (self.output, self.aux, self.full) = (byte, aux, Some(source));
        self.irq = false;
        self.irq_at = Some(now + IRQ_DELAY_NS);
    }

    fn read_data(&mut self, now: Instant) -> u8 {
        let byte = self.output;
        if self.full.take().is_some() {
            self.irq = false;
            self.irq_at = None;
            self.wire_free = now + BYTE_NS;
            if let Some((byte, aux, source)) = self.answer.take() {
                self.fill(byte, aux, source, now);
            }
            self.touched(now);
        }
        byte
    }

    fn status(&self) -> u8 {
        let mut status = Status::UNLOCKED;
        status.set(Status::OUTPUT_FULL, self.full.is_some());
        status.set(Status::SYSTEM, self.command_byte.contains(CommandByte::SYSTEM));
        status.set(Status::COMMAND, self.command_last);
        status.set(Status::AUX, self.full.is_some() && self.aux);
        status.set(Status::TIME_OUT, self.full == Some(Source::TimeOut));
        status.bits()
    }

    /// Something changed at `now`.
    fn touched(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
        self.wake = self.next_event();
    }

    fn note(w: &mut Wires, who: &str, unusual: Option<Unusual>) {
        let refusal = match unusual {
            Some(Unusual::Command(code)) => Refusal::Value(format!("{who} command"), code.into()),
            Some(Unusual::AnswersLost) => Refusal::Feature(format!("more than 16 {who} answers unread")),
            None => return,
        };
        w.note(NAME, refusal);
    }
}

impl Device for I8042 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none()
            .ports("keyboard data", DATA, 1)
            .ports("keyboard control", COMMAND, 1)
            .irq("keyboard", 1)
            .irq("mouse", 12)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        self.catch_up(w.now);
        match at {
            Addr::Port(DATA, _) => self.read_data(w.now).into(),
            Addr::Port(COMMAND, _) => self.status().into(),
            _ => at.width().mask(),
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        self.catch_up(w.now);
        self.latest = self.latest.max(w.now);
        let value = value as u8;
        match at {
            Addr::Port(DATA, _) => self.write_data(value, w),
            Addr::Port(COMMAND, _) => self.write_command(value, w),
            _ => {}
        }
        self.touched(w.now);
    }

    fn wake(&self) -> Option<Instant> {
        self.wake
    }

    fn tick(&mut self, w: &mut Wires) {
        self.catch_up(w.now);
    }

    fn lines(&self) -> u16 {
        let wanted = if self.aux { CommandByte::MOUSE_IRQ } else { CommandByte::KEYBOARD_IRQ };
        let raised = self.irq && self.command_byte.contains(wanted);
        u16::from(raised) << u16::from(self.aux)
    }

    /// Controller and devices start anew, half-finished commands included; keys and buttons count as up.
    fn reset(&mut self, kind: Reset) {
        let I8042 {
            keyboard,
            mouse,
            command_byte,
            expect,
            command_last,
            output,
            full,
            aux,
            answer,
            irq_at,
            irq,
            translating_break,
            wire_free,
            latest,
            wake,
        } = self;
        let fresh = I8042::with_mouse(mouse.model());
        (*keyboard, *mouse) = (fresh.keyboard, fresh.mouse);
        (*command_byte, *expect, *command_last) = (fresh.command_byte, fresh.expect, fresh.command_last);
        (*output, *full, *aux, *answer) = (fresh.output, fresh.full, fresh.aux, fresh.answer);
        (*irq_at, *irq, *translating_break, *wake) =
            (fresh.irq_at, fresh.irq, fresh.translating_break, fresh.wake);
        if kind == Reset::PowerOn {
            (*wire_free, *latest) = (fresh.wire_free, fresh.latest);
        }
    }
}
