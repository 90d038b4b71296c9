//! A serial port: National Semiconductor PC16550D.
//!
//! Ports: eight from the base (COM1 3F8h, COM2 2F8h, COM3 3E8h, COM4 2E8h). One ISA interrupt, let out by OUT2.
//!
//! At the other end is a terminal that is always ready (CTS, DSR and DCD high): what is sent becomes
//! `Signals::serial_text`, what the host gives to [`Uart::receive`] arrives. Both directions keep the programmed
//! time per character. Or there is a mouse (CTS, DSR and DCD open): it sends in its own time and format, which the
//! port had better be set to.
//!
//! Follows the PC16550D data sheet.
//!
//! Deviations: the interrupt is let out by the OUT2 bit in loopback too, as in integrated parts; DMA signalling has
//! no pins; parity is not checked; a character at a wrong baud rate is received as one zero with a framing error; a
//! break is received in loopback only.

mod regs;
#[cfg(test)]
mod tests;

use crate::serial_mouse::{Character, SerialMouse, SerialMouseModel};
use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, Wires};
use regs::*;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const NAME: &str = "uart";

/// Bytes sent that are kept for the host until it takes them; what follows is dropped and noted.
pub const MOST_TEXT: usize = 1 << 20;

/// Characters without traffic after which a receiver FIFO below its trigger level interrupts.
const TIMEOUT_CHARACTERS: u64 = 4;
/// Characters that a terminal holds back until the line takes them.
const HELD_BACK: usize = 8 << 10;

/// Where a port sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    base: u16,
    irq: u8,
    /// Which of `Signals::serial_text`.
    index: usize,
}

/// What is plugged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum FarEnd {
    Terminal,
    Mouse(SerialMouse),
}

impl FarEnd {
    /// The modem inputs that it holds high.
    fn inputs(&self) -> Msr {
        match self {
            FarEnd::Terminal => Msr::CTS | Msr::DSR | Msr::DCD,
            FarEnd::Mouse(_) => Msr::empty(),
        }
    }

    /// As it is after the machine's reset, which takes DTR and RTS away.
    fn after_reset(&self) -> FarEnd {
        match self {
            FarEnd::Terminal => FarEnd::Terminal,
            FarEnd::Mouse(mouse) => FarEnd::Mouse(mouse.without_power()),
        }
    }
}

/// A serial port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uart {
    place: Place,
    far_end: FarEnd,
    divisor: u16,
    ier: Ier,
    fifos: bool,
    /// Receiver trigger level.
    trigger: usize,
    lcr: Lcr,
    mcr: Mcr,
    /// Errors of the line status register; the rest is worked out.
    errors: Lsr,
    msr: Msr,
    scratch: u8,
    /// Received characters, each with what was wrong with it.
    received: VecDeque<(u8, Lsr)>,
    /// Nobody touched the receiver FIFO for a while.
    timed_out: bool,
    timeout_at: Option<Instant>,
    /// Characters that wait for the shift register.
    waiting: VecDeque<u8>,
    /// The character in the shift register and when its last bit is out.
    shifting: Option<(u8, Instant)>,
    /// The transmitter-empty interrupt is pending.
    empty_pending: bool,
    /// What the host sends, and when the next character has arrived.
    incoming: VecDeque<u8>,
    arrives_at: Option<Instant>,
    wake: Option<Instant>,
}

impl Uart {
    /// A port at `base` with ISA interrupt `irq`, sending to `Signals::serial_text[index]` (0-3).
    pub fn new(base: u16, irq: u8, index: usize) -> Self {
        Self::with(FarEnd::Terminal, Place { base, irq, index: index & 3 })
    }

    /// A port with a mouse.
    pub fn with_mouse(base: u16, irq: u8, index: usize, model: SerialMouseModel) -> Self {
        Self::with(FarEnd::Mouse(SerialMouse::new(model)), Place { base, irq, index: index & 3 })
    }

    fn with(far_end: FarEnd, place: Place) -> Self {
        Uart {
            place,
            msr: far_end.inputs(),
            far_end,
            divisor: 12,
            ier: Ier::empty(),
            fifos: false,
            trigger: 1,
            lcr: Lcr::empty(),
            mcr: Mcr::empty(),
            errors: Lsr::empty(),
            scratch: 0,
            received: VecDeque::new(),
            timed_out: false,
            timeout_at: None,
            waiting: VecDeque::new(),
            shifting: None,
            empty_pending: false,
            incoming: VecDeque::new(),
            arrives_at: None,
            wake: None,
        }
    }

    /// Whether a mouse is plugged in.
    pub fn has_mouse(&self) -> bool {
        matches!(self.far_end, FarEnd::Mouse(_))
    }

    /// The mouse, if there is one, moves: counts to the right and down, with the buttons that are down: bit 0 left, 1
    /// right, 2 middle. The board asks for `wake` anew afterwards.
    pub fn mouse(&mut self, dx: i32, dy: i32, buttons: u8, now: Instant) {
        if let FarEnd::Mouse(mouse) = &mut self.far_end {
            mouse.input(dx, dy, buttons, now);
            self.schedule();
        }
    }

    /// Characters from a terminal, to arrive one after the other. Those that it can no longer hold back are lost. The board
    /// asks for `wake` anew afterwards.
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        if self.has_mouse() {
            return;
        }
        let room = HELD_BACK - self.incoming.len().min(HELD_BACK);
        self.incoming.extend(bytes.iter().take(room));
        if self.arrives_at.is_none() && !self.incoming.is_empty() {
            self.arrives_at = Some(now + self.character_ns());
        }
        self.schedule();
    }

    /// Time of one character on the line, in nanoseconds.
    fn character_ns(&self) -> u64 {
        let stop = if self.lcr.contains(Lcr::TWO_STOP_BITS) { 2 } else { 1 };
        let bits = 1 + self.data_bits() + u32::from(self.lcr.contains(Lcr::PARITY)) + stop;
        u64::from(bits) * self.divisor() * 1_000_000_000 / BASE_BAUD
    }

    fn divisor(&self) -> u64 {
        if self.divisor == 0 { 0x10000 } else { u64::from(self.divisor) }
    }

    fn baud(&self) -> u64 {
        BASE_BAUD / self.divisor()
    }

    fn data_bits(&self) -> u32 {
        u32::from((self.lcr & Lcr::DATA_BITS).bits()) + 5
    }

    fn data_mask(&self) -> u8 {
        0xFF >> (8 - self.data_bits())
    }

    fn loopback(&self) -> bool {
        self.mcr.contains(Mcr::LOOPBACK)
    }

    fn capacity(&self) -> usize {
        if self.fifos { FIFO } else { 1 }
    }

    /// The guest has read all that the mouse, if there is one, had to tell.
    pub fn is_mouse_read(&self) -> bool {
        self.received.is_empty() && !matches!(&self.far_end, FarEnd::Mouse(mouse) if mouse.has_news())
    }

    /// Runs all that is due up to `now`, each at its own moment.
    fn catch_up(&mut self, w: &mut Wires) {
        while let Some(at) = self.wake.filter(|at| *at <= w.now) {
            if let Some((byte, _)) = self.shifting.filter(|(_, done)| *done <= at) {
                self.sent(byte, at, w);
            }
            if self.arrives_at.is_some_and(|due| due <= at) {
                self.arrive(at);
            }
            if let FarEnd::Mouse(mouse) = &mut self.far_end
                && let Some(character) = mouse.tick(at)
            {
                self.arrive_from_mouse(character, at);
            }
            if self.timeout_at.is_some_and(|due| due <= at) {
                self.timeout_at = None;
                self.timed_out = true;
            }
            self.schedule();
        }
    }

    fn schedule(&mut self) {
        let shifted = self.shifting.map(|(_, done)| done);
        let mouse = match &self.far_end {
            FarEnd::Mouse(mouse) => mouse.next_event(),
            FarEnd::Terminal => None,
        };
        self.wake = [shifted, self.arrives_at, mouse, self.timeout_at].into_iter().flatten().min();
    }

    /// A character has left the shift register.
    fn sent(&mut self, byte: u8, now: Instant, w: &mut Wires) {
        self.shifting = None;
        let baud = self.baud();
        if self.loopback() {
            self.take_in(byte, Lsr::empty(), now);
        } else if let FarEnd::Mouse(mouse) = &mut self.far_end {
            if let Some(command) = mouse.hear(byte, baud, now) {
                w.note("serial mouse", Refusal::Command(command.into()));
            }
        } else if w.signals.serial_text[self.place.index].len() < MOST_TEXT {
            w.signals.serial_text[self.place.index].push(byte);
        } else {
            w.note(NAME, Refusal::Feature("more than 1 MiB of text at a time".into()));
        }
        self.shift_next(now);
    }

    /// Moves the next waiting character into the shift register.
    fn shift_next(&mut self, now: Instant) {
        if self.shifting.is_some() {
            return;
        }
        if let Some(byte) = self.waiting.pop_front() {
            self.shifting = Some((byte, now + self.character_ns()));
            if self.waiting.is_empty() {
                self.empty_pending = true;
            }
        }
    }

    fn arrive(&mut self, now: Instant) {
        if let Some(byte) = self.incoming.pop_front()
            && !self.loopback()
        {
            self.take_in(byte, Lsr::empty(), now);
        }
        self.arrives_at = (!self.incoming.is_empty()).then(|| now + self.character_ns());
    }

    /// A character as the mouse sends it, sampled as the port is set. After its data bits the line is high.
    fn arrive_from_mouse(&mut self, character: Character, now: Instant) {
        if self.loopback() {
            return;
        }
        if u64::from(character.baud) != self.baud() {
            return self.take_in(0, Lsr::FRAMING_ERROR, now);
        }
        let line = u16::from(character.byte) | u16::MAX << character.data_bits;
        let stopped = line >> self.data_bits() & 1 != 0;
        let error = if stopped { Lsr::empty() } else { Lsr::FRAMING_ERROR };
        self.take_in(line as u8, error, now);
    }

    /// A character is in the receiver's shift register: into the FIFO, or lost. Without FIFOs the new one replaces
    /// the old.
    fn take_in(&mut self, byte: u8, errors: Lsr, now: Instant) {
        if self.received.len() >= self.capacity() {
            self.errors |= Lsr::OVERRUN;
            if self.fifos {
                return;
            }
            self.received.clear();
        }
        self.received.push_back((byte & self.data_mask(), errors));
        self.show_errors();
        self.restart_timeout(now);
    }

    /// What is wrong with a character is reported when it is the next to be read.
    fn show_errors(&mut self) {
        if let Some((_, errors)) = self.received.front_mut() {
            self.errors |= std::mem::replace(errors, Lsr::empty());
        }
    }

    fn restart_timeout(&mut self, now: Instant) {
        self.timed_out = false;
        let runs = self.fifos && !self.received.is_empty();
        self.timeout_at = runs.then(|| now + TIMEOUT_CHARACTERS * self.character_ns());
    }

    fn line_status(&self) -> Lsr {
        let mut lsr = self.errors;
        lsr.set(Lsr::DATA_READY, !self.received.is_empty());
        lsr.set(Lsr::HOLDING_EMPTY, self.waiting.is_empty());
        lsr.set(Lsr::TRANSMITTER_EMPTY, self.waiting.is_empty() && self.shifting.is_none());
        let waiting = self.received.iter().any(|(_, errors)| !errors.is_empty());
        lsr.set(Lsr::FIFO_ERROR, self.fifos && (waiting || self.errors.intersects(Lsr::OF_CHARACTERS)));
        lsr
    }

    /// The pending interrupt of highest priority.
    fn pending(&self) -> u8 {
        let on = |enable| self.ier.contains(enable);
        if on(Ier::LINE_STATUS) && self.errors.intersects(Lsr::ERRORS) {
            iir::LINE_STATUS
        } else if on(Ier::RECEIVED) && self.received.len() >= self.trigger {
            iir::RECEIVED
        } else if on(Ier::RECEIVED) && self.timed_out {
            iir::TIMEOUT
        } else if on(Ier::TRANSMITTER_EMPTY) && self.empty_pending {
            iir::TRANSMITTER_EMPTY
        } else if on(Ier::MODEM_STATUS) && self.msr.intersects(Msr::CHANGES) {
            iir::MODEM_STATUS
        } else {
            iir::NONE
        }
    }

    fn read_register(&mut self, offset: u16, now: Instant) -> u8 {
        let [low, high] = self.divisor.to_le_bytes();
        let divisor = self.lcr.contains(Lcr::DIVISOR);
        match offset {
            DATA if divisor => low,
            IER if divisor => high,
            DATA => self.read_data(now),
            IER => self.ier.bits(),
            IIR_FCR => {
                let source = self.pending();
                if source == iir::TRANSMITTER_EMPTY {
                    self.empty_pending = false;
                }
                source | if self.fifos { iir::FIFOS } else { 0 }
            }
            LCR => self.lcr.bits(),
            MCR => self.mcr.bits(),
            LSR => {
                let lsr = self.line_status();
                self.errors = Lsr::empty();
                lsr.bits()
            }
            MSR => {
                let msr = self.msr;
                self.msr.remove(Msr::CHANGES);
                msr.bits()
            }
            _ => self.scratch,
        }
    }

    fn read_data(&mut self, now: Instant) -> u8 {
        let byte = self.received.pop_front().map_or(0, |(byte, _)| byte);
        self.show_errors();
        self.restart_timeout(now);
        byte
    }

    fn write_register(&mut self, offset: u16, value: u8, now: Instant) {
        let [low, high] = self.divisor.to_le_bytes();
        let divisor = self.lcr.contains(Lcr::DIVISOR);
        match offset {
            DATA if divisor => self.divisor = u16::from_le_bytes([value, high]),
            IER if divisor => self.divisor = u16::from_le_bytes([low, value]),
            DATA => self.write_data(value, now),
            IER => self.write_ier(value),
            IIR_FCR => self.write_fcr(value),
            LCR => self.write_lcr(value, now),
            MCR => self.write_mcr(value, now),
            // The status registers can be written in the factory only.
            LSR | MSR => {}
            _ => self.scratch = value,
        }
    }

    fn write_data(&mut self, value: u8, now: Instant) {
        self.empty_pending = false;
        if self.waiting.len() >= self.capacity() {
            // The holding register is overwritten; a full FIFO takes nothing.
            if self.fifos {
                return;
            }
            self.waiting.clear();
        }
        self.waiting.push_back(value & self.data_mask());
        self.shift_next(now);
    }

    fn write_ier(&mut self, value: u8) {
        let before = self.ier;
        self.ier = Ier::from_bits_truncate(value);
        // Enabling it while the transmitter is empty interrupts at once.
        if (self.ier - before).contains(Ier::TRANSMITTER_EMPTY) && self.waiting.is_empty() {
            self.empty_pending = true;
        }
    }

    fn write_fcr(&mut self, value: u8) {
        let fcr = Fcr::from_bits_retain(value);
        let enable = fcr.contains(Fcr::ENABLE);
        let switched = enable != self.fifos;
        self.fifos = enable;
        self.trigger = if enable { trigger(value) } else { 1 };
        if switched || enable && fcr.contains(Fcr::CLEAR_RECEIVER) {
            self.received.clear();
            self.timed_out = false;
            self.timeout_at = None;
        }
        if (switched || enable && fcr.contains(Fcr::CLEAR_TRANSMITTER)) && !self.waiting.is_empty() {
            self.waiting.clear();
            self.empty_pending = true;
        }
    }

    fn write_lcr(&mut self, value: u8, now: Instant) {
        let before = self.lcr;
        self.lcr = Lcr::from_bits_retain(value);
        if (self.lcr - before).contains(Lcr::BREAK) && self.loopback() {
            self.take_in(0, Lsr::BREAK, now);
        }
    }

    fn write_mcr(&mut self, value: u8, now: Instant) {
        self.mcr = Mcr::from_bits_truncate(value);
        if let FarEnd::Mouse(mouse) = &mut self.far_end {
            // The outputs are low in loopback.
            let feeds = self.mcr.contains(Mcr::DTR | Mcr::RTS) && !self.mcr.contains(Mcr::LOOPBACK);
            mouse.power(feeds, now);
        }
        let levels = if self.loopback() {
            let wired =
                [(Mcr::RTS, Msr::CTS), (Mcr::DTR, Msr::DSR), (Mcr::OUT_1, Msr::RING), (Mcr::OUT_2, Msr::DCD)];
            let high = wired.into_iter().filter(|(output, _)| self.mcr.contains(*output));
            high.fold(Msr::empty(), |levels, (_, input)| levels | input)
        } else {
            self.far_end.inputs()
        };
        let before = self.msr;
        let turned = (levels ^ before) - Msr::CHANGES;
        self.msr = levels | before & Msr::CHANGES;
        for (input, change) in
            [(Msr::CTS, Msr::CTS_CHANGED), (Msr::DSR, Msr::DSR_CHANGED), (Msr::DCD, Msr::DCD_CHANGED)]
        {
            if turned.contains(input) {
                self.msr |= change;
            }
        }
        if turned.contains(Msr::RING) && before.contains(Msr::RING) {
            self.msr |= Msr::RING_ENDED;
        }
    }
}

impl Device for Uart {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("serial port", self.place.base, PORTS).irq("serial port", self.place.irq)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let Addr::Port(port, _) = at else { return at.width().mask() };
        self.catch_up(w);
        let value = self.read_register(port.wrapping_sub(self.place.base), w.now);
        self.schedule();
        value.into()
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Port(port, _) = at else { return };
        self.catch_up(w);
        self.write_register(port.wrapping_sub(self.place.base), value as u8, w.now);
        self.schedule();
    }

    fn wake(&self) -> Option<Instant> {
        self.wake
    }

    fn tick(&mut self, w: &mut Wires) {
        self.catch_up(w);
    }

    fn lines(&self) -> u16 {
        u16::from(self.mcr.contains(Mcr::OUT_2) && self.pending() != iir::NONE)
    }

    /// The divisor and the scratch register keep their values as long as there is power; what the host sent is forgotten.
    fn reset(&mut self, kind: Reset) {
        let Uart {
            place,
            far_end,
            divisor,
            ier: _,
            fifos: _,
            trigger: _,
            lcr: _,
            mcr: _,
            errors: _,
            msr: _,
            scratch,
            received: _,
            timed_out: _,
            timeout_at: _,
            waiting: _,
            shifting: _,
            empty_pending: _,
            incoming: _,
            arrives_at: _,
            wake: _,
        } = self;
        let fresh = Uart::with(far_end.after_reset(), *place);
        *self = match kind {
            Reset::PowerOn => fresh,
            Reset::Board | Reset::Cpu => Uart { divisor: *divisor, scratch: *scratch, ..fresh },
        };
    }
}
