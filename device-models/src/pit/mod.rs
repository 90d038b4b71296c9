//! The Intel 8254 programmable interval timer and system control port B of a PC/AT.
//!
//! Ports: 40h-42h counters, 43h control word, 61h port B (gate 2, speaker, OUT 2, refresh toggle, channel check). OUT 0 is
//! IRQ0. All counters run from 1,193,182 Hz; gates 0 and 1 are tied high.
//!
//! Every answer is derived from absolute time. Only OUT 0 needs wake-ups, one at each change.
//!
//! Follows the 8254 data sheet (Intel 231164) and, for the sources of NMI, the 82371SB (PIIX3) data sheet (290550, NMISC).
//!
//! Deviations: when OUT 0 falls within four clocks after it rose, the fall is shown up to three clocks late, so
//! that a count of two cannot ask for more wake-ups than a CPU can see interrupts. The illegal count of 1 holds OUT
//! low in mode 2 and counts as 2 in mode 3. The refresh toggle follows 18-clock cycles whatever counter 1 is
//! programmed to. RAM has no parity errors and nothing pulls SERR#, so that bit 7 of port B reads 0. Accesses may follow each other within a clock, as no ISA bus lets them; a count that waits for its clock
//! then reads as taken. A board reset puts the counters back to power-on, where all are idle in mode 0.

mod counter;
mod regs;
#[cfg(test)]
mod tests;

use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, Wires};
use counter::Counter;
use regs::*;
use serde::{Deserialize, Serialize};

pub use regs::CLOCK_HZ;

const NAME: &str = "pit";

/// Clocks between a rise of OUT 0 and the next fall that is shown.
const SHORTEST_HIGH: u64 = 4;

/// The interval timer with port B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pit {
    counters: [Counter; 3],
    port_b: PortB,
    /// A card pulled IOCHK# while port B let it.
    channel_check: bool,
    /// OUT 0 as shown to the interrupt controller.
    irq: bool,
    /// The clock at which it rose last.
    rose_at: u64,
    /// When OUT 0 must be looked at next.
    wake: Option<Instant>,
}

impl Default for Pit {
    fn default() -> Self {
        Self::new()
    }
}

impl Pit {
    /// All counters idle, gate 2 and speaker off.
    pub fn new() -> Self {
        Pit {
            counters: [Counter::new(true), Counter::new(true), Counter::new(false)],
            port_b: PortB::empty(),
            channel_check: false,
            irq: false,
            rose_at: 0,
            wake: None,
        }
    }

    /// The level that reaches the loudspeaker.
    pub fn speaker(&self, now: Instant) -> bool {
        let mut counter = self.counters[SPEAKER];
        counter.settle(now.ticks(CLOCK_HZ));
        counter.out() && self.port_b.contains(PortB::SPEAKER_DATA)
    }

    /// A card pulls IOCHK#.
    pub fn pull_channel_check(&mut self) {
        self.channel_check |= !self.port_b.contains(PortB::CHANNEL_OFF);
    }

    /// Whether a channel check asks for NMI.
    pub fn channel_check(&self) -> bool {
        self.channel_check
    }

    fn control(&mut self, value: u8, clock: u64) {
        match Control::new(value) {
            Control::Latch(n) => self.counters[n].latch_count(clock),
            Control::Program(n, program) => {
                self.counters[n].program(clock, program);
                self.show(n, clock);
            }
            Control::ReadBack { counters, count, status } => {
                for (n, counter) in self.counters.iter_mut().enumerate() {
                    let selected = counters >> n & 1 != 0;
                    if selected && count {
                        counter.latch_count(clock);
                    }
                    if selected && status {
                        counter.latch_status(clock);
                    }
                }
            }
        }
    }

    /// A counter was written: only the timer's OUT goes anywhere by itself.
    fn show(&mut self, counter: usize, clock: u64) {
        if counter == TIMER {
            self.show_timer(clock);
        }
    }

    /// Brings OUT 0 to the interrupt line and works out when it changes next.
    fn show_timer(&mut self, clock: u64) {
        let timer = &mut self.counters[TIMER];
        timer.settle(clock);
        let out = timer.out();
        if out != self.irq && (out || clock >= self.rose_at + SHORTEST_HIGH) {
            self.irq = out;
            if out {
                self.rose_at = clock;
            }
        }
        self.wake = self.next_look().map(|clock| Instant::of_tick(clock, CLOCK_HZ));
    }

    /// The first clock at which the line must be looked at.
    fn next_look(&self) -> Option<u64> {
        let mut timer = self.counters[TIMER];
        let start = timer.at();
        if self.irq {
            timer.settle(start.max(self.rose_at + SHORTEST_HIGH));
        }
        if timer.out() != self.irq && timer.at() > start {
            return Some(timer.at());
        }
        timer.next_change()
    }

    fn read_port_b(&self, clock: u64) -> u8 {
        let mut speaker = self.counters[SPEAKER];
        speaker.settle(clock);
        let mut value = self.port_b;
        value.set(PortB::OUT_2, speaker.out());
        value.set(PortB::CHANNEL_CHECK, self.channel_check);
        value.set(PortB::REFRESH, (clock / REFRESH_CLOCKS) & 1 != 0);
        value.bits()
    }
}

impl Device for Pit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("timer", COUNTERS, 4).ports("port B", PORT_B, 1).irq("timer", 0)
    }

    fn read(&mut self, at: Addr, w: &mut Wires) -> u32 {
        let Addr::Port(port, _) = at else { return at.width().mask() };
        let clock = w.now.ticks(CLOCK_HZ);
        match port {
            PORT_B => self.read_port_b(clock).into(),
            CONTROL => {
                w.note(NAME, Refusal::Register(CONTROL.into()));
                at.width().mask()
            }
            _ => match self.counters.get_mut(port.wrapping_sub(COUNTERS) as usize) {
                Some(counter) => counter.read(clock).into(),
                None => at.width().mask(),
            },
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        let Addr::Port(port, _) = at else { return };
        let (value, clock) = (value as u8, w.now.ticks(CLOCK_HZ));
        match port {
            PORT_B => {
                self.port_b = PortB::from_bits_retain(value) & PortB::WRITABLE;
                self.channel_check &= !self.port_b.contains(PortB::CHANNEL_OFF);
                self.counters[SPEAKER].set_gate(clock, self.port_b.contains(PortB::GATE_2));
            }
            CONTROL => self.control(value, clock),
            _ => {
                let number = usize::from(port.wrapping_sub(COUNTERS));
                if let Some(counter) = self.counters.get_mut(number) {
                    counter.write(clock, value);
                    self.show(number, clock);
                }
            }
        }
    }

    fn wake(&self) -> Option<Instant> {
        self.wake
    }

    fn tick(&mut self, w: &mut Wires) {
        // One change at a time: a board that comes late still sees the level fall and rise.
        if let Some(at) = self.wake.filter(|at| *at <= w.now) {
            self.show_timer(at.ticks(CLOCK_HZ));
        }
    }

    fn lines(&self) -> u16 {
        self.irq.into()
    }

    fn reset(&mut self, _kind: Reset) {
        *self = Pit::new();
    }
}
