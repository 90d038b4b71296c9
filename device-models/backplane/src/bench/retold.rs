//! A device trace told to a chip on its bench: the same accesses at the same times, and every answer compared.

use super::script::Action;
use super::subject::{Answer, Subject as _};
use super::trace::{EVERY_CHIP, Event, TraceLine};
use super::{Bench, Chip};
use crate::{BusMaster, Disk};
use std::collections::VecDeque;

/// Opens a medium by the name that a trace has for it.
pub type OpenNamed<'a> = &'a mut dyn FnMut(&str) -> Result<Disk, String>;

/// Why a trace cannot be told on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unlike {
    /// The chip did something else than the trace says.
    #[error("{0}")]
    Answer(String),
    /// A medium of the trace is not to be had.
    #[error("{0}")]
    Medium(String),
}

/// A chip that a trace is told to, line by line.
pub trait Retell {
    /// Does what a line says, if it is this chip's or every chip's.
    ///
    /// # Errors
    /// [`Unlike`]: the chip answered, stored or drove something else than the trace says, up to and with this line.
    fn tell(&mut self, line: &TraceLine, open: OpenNamed) -> Result<(), Unlike>;

    /// Says that the trace has ended.
    ///
    /// # Errors
    /// As [`Retell::tell`].
    fn end(&mut self) -> Result<(), Unlike>;
}

/// A chip on its bench, which does nothing of its own accord: not even its wake-ups, for a trace has them.
pub struct Retold<D> {
    bench: Bench<D>,
    name: String,
    /// Levels that the trace was seen to have.
    lines: u16,
    /// What the chip wrote to memory in its last access.
    stored: VecDeque<BusMaster>,
}

impl<D: Chip> Retold<D> {
    /// A chip as it is when the trace begins, under the trace's name for it.
    pub fn new(bench: Bench<D>, name: &str) -> Retold<D> {
        Retold { lines: bench.chip.lines(), bench, name: name.to_owned(), stored: VecDeque::new() }
    }

    /// What a chip did in its last access and a trace does not say.
    fn more(&self) -> Result<(), Unlike> {
        if let Some(BusMaster { address, bytes, .. }) = self.stored.front() {
            let more = Event::Stores(*address, bytes.clone());
            return Err(Unlike::Answer(format!("here the chip `{more}`, which the trace does not have")));
        }
        let lines = self.bench.chip.lines();
        if lines != self.lines {
            let more = Event::Lines(lines);
            return Err(Unlike::Answer(format!(
                "here the chip drives `{more}`, which the trace does not have"
            )));
        }
        Ok(())
    }

    fn act(&mut self, action: &Action, told: Option<u32>) -> Result<(), Unlike> {
        let Bench { ram, .. } = &self.bench;
        ram.listen(true);
        let answer = self.bench.act(action);
        self.take_stored();
        if matches!(action, Action::Reset(_)) {
            // The board adopts the levels of a chip that was reset: nobody saw them change.
            self.lines = self.bench.chip.lines();
        }
        let Some(told) = told else { return Ok(()) };
        match answer {
            Answer::Value(here) if here == told => Ok(()),
            Answer::Value(here) => Err(Unlike::Answer(format!("{told:#x} in the trace, {here:#x} here"))),
            _ => Err(Unlike::Answer(format!("{told:#x} in the trace, no answer here"))),
        }
    }

    fn take_stored(&mut self) {
        self.bench.ram.listen(false);
        let heard = self.bench.ram.take_heard();
        self.stored = heard.into_iter().filter(|heard| heard.wrote).collect();
    }

    fn compare_store(&mut self, address: u32, bytes: &[u8]) -> Result<(), Unlike> {
        match self.stored.pop_front() {
            None => Err(Unlike::Answer("here the chip stores nothing".into())),
            Some(here) if here.address == address && here.bytes == bytes => Ok(()),
            Some(here) if here.address != address || here.bytes.len() != bytes.len() => {
                let (at, len) = (here.address, here.bytes.len());
                Err(Unlike::Answer(format!(
                    "here the chip stores {len} bytes at {at:#x}, not {} there",
                    bytes.len()
                )))
            }
            Some(here) => {
                let pairs = || bytes.iter().zip(&here.bytes);
                let at = pairs().position(|(told, here)| told != here).unwrap_or(0);
                let place = address.wrapping_add(at as u32);
                let (told, here) = (bytes[at], here.bytes[at]);
                Err(Unlike::Answer(format!("at {place:#x} {told:#04x} in the trace, {here:#04x} here")))
            }
        }
    }
}

impl<D: Chip> Retell for Retold<D> {
    fn tell(&mut self, line: &TraceLine, open: OpenNamed) -> Result<(), Unlike> {
        if line.chip != self.name && line.chip != EVERY_CHIP {
            return Ok(());
        }
        if !matches!(line.event, Event::Stores(..) | Event::Lines(_)) {
            self.more()?;
        }
        self.bench.now = line.at;
        match &line.event {
            Event::Act(action, told) => self.act(action, *told),
            Event::Tick => {
                self.bench.ram.listen(true);
                self.bench.call(|chip, w| chip.tick(w));
                self.take_stored();
                Ok(())
            }
            Event::Finds(address, bytes) => {
                self.bench.ram.dma_write(*address, bytes);
                Ok(())
            }
            Event::Stores(address, bytes) => self.compare_store(*address, bytes),
            Event::Lines(told) => {
                self.lines = *told;
                let here = self.bench.chip.lines();
                if here == *told {
                    Ok(())
                } else {
                    Err(Unlike::Answer(format!("here the levels are {here:#x}")))
                }
            }
            Event::A20(open) => {
                self.bench.signals.a20 = *open;
                Ok(())
            }
            Event::Insert(bay, name) => {
                let disk = open(name).map_err(Unlike::Medium)?;
                self.bench.drives.insert(*bay, disk);
                Ok(())
            }
        }
    }

    fn end(&mut self) -> Result<(), Unlike> {
        self.more()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Addr, Claims, Device, Reset, Wires};
    use serde::{Deserialize, Serialize};

    /// A card that copies a byte from 100h to 200h when it is written to, adds the value, and interrupts; a read acknowledges. Its time
    /// stores the nanosecond.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Copier {
        done: bool,
    }

    impl Device for Copier {
        fn name(&self) -> &'static str {
            "copier"
        }
        fn claims(&self) -> Claims {
            Claims::none().ports("copier", 0x80, 1).irq("done", 5)
        }
        fn read(&mut self, _at: Addr, _w: &mut Wires) -> u32 {
            std::mem::take(&mut self.done).into()
        }
        fn write(&mut self, _at: Addr, value: u32, w: &mut Wires) {
            let mut byte = [0];
            w.ram.dma_read(0x100, &mut byte);
            w.ram.dma_write(0x200, &[byte[0].wrapping_add(value as u8)]);
            self.done = true;
        }
        fn tick(&mut self, w: &mut Wires) {
            w.ram.dma_write(0x300, &[w.now.ns() as u8]);
        }
        fn lines(&self) -> u16 {
            self.done.into()
        }
        fn reset(&mut self, _kind: Reset) {
            *self = Copier::default();
        }
    }

    /// Tells a trace; what is unlike, and after how many lines.
    fn told(lines: &[&str]) -> Result<(), (usize, String)> {
        let mut retold = Retold::new(Bench::new(Copier::default()), "copier");
        let mut open = |_: &str| Err("no media".to_owned());
        for (number, line) in lines.iter().enumerate() {
            retold.tell(&line.parse().unwrap(), &mut open).map_err(|why| (number, why.to_string()))?;
        }
        retold.end().map_err(|why| (lines.len(), why.to_string()))
    }

    const GOOD: [&str; 9] = [
        "10 copier finds 0x100 05",
        "10 copier outb 0x80 0x2",
        "10 copier stores 0x200 07",
        "10 copier lines 0x1",
        "11 another outb 0x80 0x9",
        "11 copier inb 0x80 = 0x1",
        "11 copier lines 0x0",
        "12 copier tick",
        "12 copier stores 0x300 0c",
    ];

    #[test]
    fn a_chip_that_does_what_a_trace_says_is_told_all_of_it() {
        assert_eq!(told(&GOOD), Ok(()));
        assert_eq!(told(&[GOOD[0], GOOD[1], GOOD[2], GOOD[3], "11 * reset board"]), Ok(()));
    }

    #[test]
    fn the_first_answer_byte_or_level_that_is_not_the_same_is_told() {
        for (at, other, said) in [
            (0, "10 copier finds 0x100 06", (2, "at 0x200 0x07 in the trace, 0x08 here")),
            (2, "10 copier stores 0x208 07", (2, "here the chip stores 1 bytes at 0x200, not 1 there")),
            (3, "10 copier lines 0x2", (3, "here the levels are 0x1")),
            (
                3,
                "10 another lines 0x1",
                (5, "here the chip drives `lines 0x1`, which the trace does not have"),
            ),
            (5, "11 copier inb 0x80 = 0x0", (5, "0x0 in the trace, 0x1 here")),
            (8, "12 another tick", (9, "here the chip `stores 0x300 0c`, which the trace does not have")),
            (7, "12 copier insert floppy_a x", (7, "no media")),
            (7, "12 copier inb 0x80 = 0x0", (8, "here the chip stores nothing")),
        ] {
            let mut lines = GOOD;
            lines[at] = other;
            assert_eq!(told(&lines), Err((said.0, said.1.to_owned())), "{other}");
        }
    }
}
