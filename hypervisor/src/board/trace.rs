//! The record of what passes between a guest and the chips of a board, as lines of a device trace
//! ([`backplane::bench::trace`]). `docs/device-traces.md` describes them.

use super::chips::{Call, Number};
use super::{Board, Chips};
use backplane::bench::trace::{EVERY_CHIP, Event, TraceLine};
use backplane::bench::{Action, Input};
use backplane::{Addr, BusMaster, DmaChannel, Instant, IsaDma, Ram, Repeat, Reset, Source, What};

/// The channel that the floppy controller is wired to.
const FLOPPY_CHANNEL: usize = 2;

/// A record under way.
pub(crate) struct Tracer {
    /// Bit n: the chip with number n is recorded.
    chips: u32,
    text: String,
    /// A chip is at work: what that moves elsewhere is told behind it.
    at_work: bool,
    behind: String,
    /// How each chip last saw the A20 gate.
    a20: [bool; Chips::COUNT],
    /// How the floppy controller last saw its channel.
    channel: DmaChannel,
    levels: u16,
}

impl Tracer {
    fn line(&mut self, at: Instant, chip: &str, event: Event) {
        let line = TraceLine { at, chip: chip.to_owned(), event };
        let text = if self.at_work { &mut self.behind } else { &mut self.text };
        text.push_str(&line.to_string());
        text.push('\n');
    }

    fn records(&self, number: u8) -> bool {
        self.chips >> number & 1 != 0
    }
}

impl Board {
    /// Begins the record of these chips, by the names that a trace has for them; of all, if none is named.
    ///
    /// # Errors
    /// The name of a chip that the board does not have.
    pub(crate) fn begin_trace(&mut self, names: &[String]) -> Result<(), String> {
        let numbers = || (0..Chips::COUNT as u8).filter(|n| self.chips.get(*n).is_some());
        let mut bits = 0;
        for name in names {
            let found = numbers().find(|number| self.chips.name(*number) == name);
            let all = || numbers().map(|number| self.chips.name(number)).collect::<Vec<_>>().join(", ");
            bits |= 1 << found.ok_or_else(|| format!("no chip `{name}`; this machine has {}", all()))?;
        }
        if names.is_empty() {
            bits = u32::MAX;
        }
        // What a chip has as plain memory no longer goes past it.
        self.map_version = self.map_version.wrapping_add(1);
        self.trace = Some(Box::new(Tracer {
            chips: bits,
            text: String::new(),
            at_work: false,
            behind: String::new(),
            a20: [self.signals.a20; Chips::COUNT],
            channel: self.isa_dma.channels[FLOPPY_CHANNEL].clone(),
            levels: self.isa_levels(),
        }));
        Ok(())
    }

    /// Takes the lines since the last call.
    pub(crate) fn take_trace(&mut self) -> String {
        self.trace.as_mut().map(|trace| std::mem::take(&mut trace.text)).unwrap_or_default()
    }

    /// Whether there is a record.
    pub(crate) fn has_trace(&self) -> bool {
        self.trace.is_some()
    }

    /// Whether a chip's accesses are recorded.
    #[inline]
    pub(super) fn is_traced(&self, number: u8) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.records(number))
    }

    /// A call to a chip, told.
    #[cold]
    pub(super) fn traced_call(&mut self, number: u8, ram: &Ram, now: Instant, call: &Call) -> Option<u32> {
        self.trace_surroundings(number, now);
        let lines = self.seen[number as usize].lines;
        // What nobody asked about is gone.
        ram.take_heard();
        ram.listen(true);
        self.set_at_work(true);
        let value = self.call_plainly(number, ram, now, call);
        self.set_at_work(false);
        ram.listen(false);
        let heard = ram.take_heard();
        let after = self.seen[number as usize].lines;
        let device = self.device_number(number);
        let events = value.map(|value| events_of(call, value, device, ram)).unwrap_or_default();
        let name = self.chips.name(number);
        let (channel, a20) = (self.isa_dma.channels[FLOPPY_CHANNEL].clone(), self.signals.a20);
        let Some(trace) = &mut self.trace else { return value };
        trace.a20[number as usize] = a20;
        if number == Number::fdc as u8 {
            trace.channel = channel;
        }
        let (wrote, read): (Vec<_>, Vec<_>) = heard.into_iter().partition(|moved| moved.wrote);
        for BusMaster { address, bytes, .. } in read {
            trace.line(now, name, Event::Finds(address, bytes));
        }
        events.into_iter().for_each(|event| trace.line(now, name, event));
        for BusMaster { address, bytes, .. } in wrote {
            trace.line(now, name, Event::Stores(address, bytes));
        }
        if lines != after {
            trace.line(now, name, Event::Lines(after));
        }
        let behind = std::mem::take(&mut trace.behind);
        trace.text.push_str(&behind);
        value
    }

    fn set_at_work(&mut self, at_work: bool) {
        if let Some(trace) = &mut self.trace {
            trace.at_work = at_work;
        }
    }

    /// What a chip sees of others and may have changed since it last looked.
    fn trace_surroundings(&mut self, number: u8, now: Instant) {
        let (a20, name) = (self.signals.a20, self.chips.name(number));
        let channel = floppy_channel(&self.isa_dma);
        let Some(trace) = &mut self.trace else { return };
        if trace.a20[number as usize] != a20 {
            trace.line(now, name, Event::A20(a20));
        }
        if number == Number::fdc as u8 && trace.channel != self.isa_dma.channels[FLOPPY_CHANNEL] {
            trace.line(now, name, Event::Act(channel, None));
        }
    }

    fn device_number(&self, number: u8) -> u8 {
        let device = |claim: backplane::Claim| match claim.what {
            What::Config { device, .. } => Some(device),
            _ => None,
        };
        self.seen[number as usize].claims.iter().find_map(device).unwrap_or(0)
    }

    /// Tells that the interrupt controllers' lines are at these levels.
    pub(super) fn trace_levels(&mut self, levels: u16, now: Instant) {
        if let Some(trace) = &mut self.trace
            && trace.records(Number::pics as u8)
            && trace.levels != levels
        {
            trace.levels = levels;
            trace.line(now, "pic", Event::Act(Action::Input(Input::Levels(levels)), None));
        }
    }

    /// Tells that the CPU took a vector from the interrupt controllers.
    #[inline]
    pub(super) fn trace_acknowledge(&mut self, vector: u8, retired: u64) {
        if self.trace.is_some() {
            let event = Event::Act(Action::Input(Input::Acknowledge), Some(vector.into()));
            self.trace_event(Some(Number::pics), retired, event);
        }
    }

    /// Whether plain memory at an address and at this offset of the store is that of a chip which is recorded.
    #[inline]
    pub(super) fn hides_from_trace(&self, address: u32, offset: u32) -> bool {
        self.trace.is_some()
            && offset >= self.layout.ram_bytes
            && self.windows.find(address).is_some_and(|window| self.is_traced(window.chip))
    }

    /// Tells what came to a chip from outside, or that every chip is reset.
    pub(crate) fn trace_event(&mut self, chip: Option<Number>, retired: u64, event: Event) {
        let now = self.clock.now(retired);
        let name = chip.map_or(EVERY_CHIP, |chip| self.chips.name(chip as u8));
        if let Some(trace) = &mut self.trace
            && chip.is_none_or(|chip| trace.records(chip as u8))
        {
            trace.line(now, name, event);
        }
    }

    /// Tells of a reset of every chip.
    pub(crate) fn trace_reset(&mut self, kind: Reset, retired: u64) {
        self.trace_event(None, retired, Event::Act(Action::Reset(kind), None));
        let levels = self.isa_levels();
        if let Some(trace) = &mut self.trace {
            trace.a20 = [true; Chips::COUNT];
            trace.channel = DmaChannel::default();
            trace.levels = levels;
        }
    }

    /// Tells of an access to what a chip has as plain memory.
    pub(super) fn trace_plain(&mut self, at: Addr, value: u32, wrote: bool, retired: u64) {
        let Addr::Mmio(address, _) = at else { return };
        let Some(chip) = self.windows.find(address).map(|window| window.chip) else { return };
        if self.is_traced(chip) {
            let (name, now) = (self.chips.name(chip), self.clock.now(retired));
            let event = if wrote { write_event(at, value, 0) } else { read_event(at, value, 0) };
            if let Some(trace) = &mut self.trace {
                trace.line(now, name, event);
            }
        }
    }
}

/// The floppy controller's channel, in the words of a script.
fn floppy_channel(dma: &IsaDma) -> Action {
    let DmaChannel { address, count, page, mode, .. } = dma.channels[FLOPPY_CHANNEL].clone();
    Action::Channel {
        channel: FLOPPY_CHANNEL as u8,
        direction: mode.direction,
        address: u32::from(page) << 16 | u32::from(address),
        count,
        masked: !dma.ready(FLOPPY_CHANNEL),
        auto_init: mode.auto_init,
        decrement: mode.decrement,
    }
}

/// What a call was, with its answer, in the words of a script; `device` is the chip's PCI device number.
fn events_of(call: &Call, value: u32, device: u8, ram: &Ram) -> Vec<Event> {
    match *call {
        Call::Read(at) => vec![read_event(at, value, device)],
        Call::Write(at, value) => vec![write_event(at, value, device)],
        Call::Repeat(repeat) => repeat_events(repeat, value, ram),
        Call::Tick => vec![Event::Tick],
    }
}

fn read_event(at: Addr, value: u32, device: u8) -> Event {
    let action = match at {
        Addr::Port(port, width) => Action::In { port, width },
        Addr::Mmio(at, width) => Action::Read { at, width },
        Addr::Config { function, register, width } => {
            Action::ReadConfig { function: device << 3 | function, register, width }
        }
    };
    Event::Act(action, Some(value & at.width().mask()))
}

fn write_event(at: Addr, value: u32, device: u8) -> Event {
    let action = match at {
        Addr::Port(port, width) => Action::Out { port, width, value },
        Addr::Mmio(at, width) => Action::Write { at, width, value },
        Addr::Config { function, register, width } => {
            Action::WriteConfig { function: device << 3 | function, register, width, value }
        }
    };
    Event::Act(action, None)
}

/// The `done` elements of a string instruction that a chip did at once. Those from memory are told one by one, with what they were.
fn repeat_events(repeat: &Repeat, done: u32, ram: &Ram) -> Vec<Event> {
    let Repeat { from, to, width, down, .. } = *repeat;
    let at = |first: u32, n: u32| first.wrapping_add(repeat.distance(n));
    let told = |action| Event::Act(action, None);
    let store = |first: u32| {
        (0..done).map(move |n| {
            let value = ram.read_u32(at(first, n) as usize) & width.mask();
            told(Action::Write { at: at(to, n), width, value })
        })
    };
    let pieces = (0..done).step_by(Action::MOST.into());
    let piece = |n: u32| (n, (done - n).min(Action::MOST.into()) as u16);
    match from {
        Source::Store(first) => store(first).collect(),
        Source::Value(value) => pieces
            .map(piece)
            .map(|(n, count)| told(Action::Fill { to: at(to, n), width, value, count, down }))
            .collect(),
        Source::Chip(first) => pieces
            .map(piece)
            .map(|(n, count)| told(Action::Copy { from: at(first, n), to: at(to, n), width, count, down }))
            .collect(),
    }
}
