//! A mailbox card: a queue of eight bytes, and an alarm.
//!
//! Ports: 300h data, a write queues a byte and a read takes the oldest; 301h status, how many bytes wait; 302h alarm, a write
//! of N rings in N milliseconds and a read ends the ringing. Interrupt: IRQ 5 while it rings.

use backplane::{Addr, Claims, Device, Instant, Refusal, Reset, Wires};
use serde::{Deserialize, Serialize};

const DATA: u16 = 0x300;
const STATUS: u16 = 0x301;
const ALARM: u16 = 0x302;
const DEPTH: usize = 8;
const NS_PER_MS: u64 = 1_000_000;

/// The card: all of its state, which is all that a snapshot needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mailbox {
    queue: [u8; DEPTH],
    waiting: u8,
    rings_at: Option<Instant>,
    rings: bool,
}

impl Mailbox {
    fn put(&mut self, byte: u8, w: &mut Wires) {
        if usize::from(self.waiting) == DEPTH && !cfg!(feature = "fault") {
            w.note(self.name(), Refusal::Value("full queue".to_owned(), byte.into()));
            return;
        }
        self.queue[usize::from(self.waiting)] = byte;
        self.waiting += 1;
    }

    fn take(&mut self) -> u8 {
        let oldest = self.queue[0];
        self.queue.rotate_left(1);
        self.waiting = self.waiting.saturating_sub(1);
        oldest
    }
}

impl Device for Mailbox {
    fn name(&self) -> &'static str {
        "mailbox"
    }

    fn claims(&self) -> Claims {
        Claims::none().ports("registers", DATA, 3).irq("alarm", 5)
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        match at {
            Addr::Port(DATA, _) => self.take().into(),
            Addr::Port(STATUS, _) => self.waiting.into(),
            Addr::Port(ALARM, _) => std::mem::take(&mut self.rings).into(),
            _ => 0,
        }
    }

    fn write(&mut self, at: Addr, value: u32, w: &mut Wires) {
        match at {
            Addr::Port(DATA, _) => self.put(value as u8, w),
            Addr::Port(ALARM, _) => self.rings_at = Some(w.now + u64::from(value) * NS_PER_MS),
            _ => {}
        }
    }

    fn wake(&self) -> Option<Instant> {
        self.rings_at
    }

    fn tick(&mut self, w: &mut Wires) {
        if self.rings_at.is_some_and(|at| at <= w.now) {
            (self.rings_at, self.rings) = (None, true);
        }
    }

    fn lines(&self) -> u16 {
        self.rings.into()
    }

    fn reset(&mut self, _kind: Reset) {
        *self = Mailbox::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, Retell as _, Retold};

    #[test]
    fn bytes_come_out_in_the_order_in_which_they_went_in() {
        let mut bench = Bench::new(Mailbox::default());
        [1, 2, 3].into_iter().for_each(|byte| bench.outb(DATA, byte));
        assert_eq!(bench.inb(STATUS), 3);
        assert_eq!([DATA, DATA, DATA, STATUS].map(|port| bench.inb(port)), [1, 2, 3, 0]);
    }

    #[test]
    fn the_alarm_rings_at_its_instant_until_it_is_read() {
        let mut bench = Bench::new(Mailbox::default());
        bench.outb(ALARM, 5);
        bench.advance(5 * NS_PER_MS - 1);
        assert!(!bench.line(0));
        bench.advance(1);
        assert!(bench.line(0));
        assert_eq!((bench.inb(ALARM), bench.line(0)), (1, false));
    }

    /// What a driver did, as `docs/device-traces.md` writes it down.
    #[test]
    fn a_trace_is_told_to_the_card() {
        let mut card = Retold::new(Bench::new(Mailbox::default()), "mailbox");
        let mut tell = |line: &str| card.tell(&line.parse().unwrap(), &mut |_| Err("no media".to_owned()));
        for line in [
            "100 mailbox outb 0x300 0x7",
            "200 mailbox outb 0x302 0x1",
            "1000200 mailbox tick",
            "1000200 mailbox lines 0x1",
            "1000300 mailbox inb 0x300 = 0x7",
        ] {
            assert_eq!(tell(line), Ok(()), "{line}");
        }
        let unlike = tell("1000400 mailbox inb 0x301 = 0x1").unwrap_err();
        assert_eq!(unlike.to_string(), "0x1 in the trace, 0x0 here");
    }

    /// 500 programs of 100 actions, each beside a twin that is rebuilt from saved state.
    #[cfg(not(feature = "fault"))]
    #[test]
    fn random_programs_agree_with_the_rebuilt_twin() {
        backplane::bench::seeded(|| Bench::new(Mailbox::default()), 500, 100);
    }
}
