//! A chip on its bench as a subject: what the board does with an access, in small.

use super::memory::{Memory, halved};
use super::places::{Behind, Places};
use super::script::Action;
use super::subject::{Answer, Outside, StartStore, Subject, same_media, store_difference};
use super::{Bench, Chip};
use crate::{
    Addr, DmaChannel, DmaMode, Drives, Instant, IsaDma, Notes, Ram, Repeat, Reset, Signals, Source, Width,
};

/// The most bytes of a chip's saved state: far more than any chip has, far less than a host.
const MOST_SAVED: usize = 16 << 20;

/// What a bench goes back to.
pub struct Start<D> {
    chip: D,
    store: StartStore,
    dma: IsaDma,
    signals: Signals,
    notes: Notes,
    drives: Drives,
    now: Instant,
}

impl<D: Chip> Subject for Bench<D> {
    type Start = Start<D>;

    fn name(&self) -> &'static str {
        self.chip.name()
    }

    fn act(&mut self, action: &Action) -> Answer {
        match *action {
            Action::In { port, width } => return Answer::Value(self.port_in(port, width)),
            Action::Out { port, width, value } => self.port_out(port, width, value),
            Action::InString { port, width, to, count } => {
                for n in 0..u32::from(count) {
                    let value = self.port_in(port, width).to_le_bytes();
                    self.ram.dma_write(to.wrapping_add(n * width.bytes()), &value[..width.bytes() as usize]);
                }
            }
            Action::OutString { port, width, from, count } => {
                for n in 0..u32::from(count) {
                    let value = self.memory(from.wrapping_add(n * width.bytes()), width);
                    self.port_out(port, width, value);
                }
            }
            Action::Read { at, width } => return Answer::Value(self.read_at(at, width)),
            Action::Write { at, width, value } => self.write_at(at, width, value),
            Action::Fill { to, width, value, count, down } => {
                let count = count.into();
                self.repeated(Repeat { from: Source::Value(value), to, width, count, down });
            }
            Action::Copy { from, to, width, count, down } => {
                let count = count.into();
                self.repeated(Repeat { from: Source::Chip(from), to, width, count, down });
            }
            Action::ReadConfig { function, register, width } => {
                return Answer::Value(self.config(function, register, width, None));
            }
            Action::WriteConfig { function, register, width, value } => {
                self.config(function, register, width, Some(value));
            }
            Action::Load { at, len } => {
                let mut bytes = vec![0; len.into()];
                self.ram.dma_read(at, &mut bytes);
                return Answer::Bytes(bytes);
            }
            Action::Store { at, len, byte } => {
                self.ram.dma_write(at, &[byte; Action::MOST as usize][..len.min(Action::MOST).into()]);
            }
            Action::Channel { .. } => set_channel(&mut self.dma, action),
            Action::Step(ns) => {
                self.advance_by_wakes(self.now + u64::from(ns), Action::WAKES);
            }
            Action::Wake => {
                if let Some(at) = self.chip.wake() {
                    self.advance_by_wakes(self.now.max(at), Action::WAKES);
                }
            }
            Action::Input(input) => {
                let now = self.now;
                return (self.take_input)(&mut self.chip, input, now).map_or(Answer::Nothing, Answer::Value);
            }
            Action::Insert(bay, medium) => drop(self.drives.insert(bay, medium.disk())),
            Action::Eject(bay) => drop(self.drives.eject(bay)),
            Action::Restore | Action::Reset(Reset::Cpu) => {}
            Action::Reset(kind) => self.reset(kind),
        }
        Answer::Nothing
    }

    fn places(&mut self) -> &Places {
        let key = self.chip.claims_key();
        if self.places_key != Some(key) {
            self.places = self.derived_places();
            self.places_key = Some(key);
        }
        &self.places
    }

    fn outside(&self) -> Outside {
        let chip = &self.chip;
        Outside { lines: chip.lines().into(), wake: chip.wake(), claims_key: chip.claims_key() }
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn twin(&self) -> Self {
        Bench::twin(self)
    }

    fn start(&self) -> Start<D> {
        Start {
            chip: self.chip.clone(),
            store: StartStore::of(&self.ram),
            dma: self.dma.clone(),
            signals: self.signals.clone(),
            notes: self.notes.clone(),
            drives: self.drives.clone(),
            now: self.now,
        }
    }

    fn rewind(&mut self, start: &Start<D>) {
        let Start { chip, store, dma, signals, notes, drives, now } = start;
        store.put_back(&self.ram);
        self.chip.clone_from(chip);
        self.dma.clone_from(dma);
        self.signals.clone_from(signals);
        self.notes.clone_from(notes);
        self.drives.clone_from(drives);
        self.now = *now;
        // Keys of claims are only told apart along one way from the start.
        self.places_key = None;
    }

    fn restore(&mut self, from: &Self) {
        let saved = from.saved();
        assert!(saved.len() <= MOST_SAVED, "{}: {} bytes of saved state", self.name(), saved.len());
        self.chip = serde_json::from_str(&saved).expect("a chip's saved state can be read");
        if self.chip != from.chip {
            assert_eq!(self.saved(), saved, "{}: restored another chip", self.name());
            panic!("{}: the restored chip differs in what is not saved", self.name());
        }
    }

    fn saved_bytes(&self) -> usize {
        self.saved().len()
    }

    fn difference(&self, twin: &Self) -> Option<String> {
        let parts = [
            (self.chip == twin.chip, "the chip's state"),
            (self.signals == twin.signals, "board signals"),
            (self.dma == twin.dma, "DMA channels"),
            (self.notes == twin.notes, "notes"),
            (same_media(&self.drives, &twin.drives), "media"),
            (
                self.places_key != Some(self.chip.claims_key()) || self.places == self.derived_places(),
                "claims that moved without their key",
            ),
        ];
        let part = parts.iter().find(|(same, _)| !same).map(|(_, part)| (*part).to_owned());
        part.or_else(|| store_difference(&self.ram, &twin.ram))
    }
}

impl<D: Chip> Memory for Bench<D> {
    fn store(&self) -> &Ram {
        &self.ram
    }

    fn read_within(&mut self, at: u32, width: Width) -> u32 {
        match self.places().window_at(at).map(|(_, w)| (w.behind, at - w.first)) {
            Some((Behind::Chip, _)) => self.read(Addr::Mmio(at, width)),
            Some((Behind::Plain { offset, .. }, within)) => {
                self.ram.read_wide((offset + within) as usize, width)
            }
            Some((Behind::Memory, _)) => self.memory(at, width),
            None => width.mask(),
        }
    }

    fn write_within(&mut self, at: u32, width: Width, value: u32) {
        let bytes = &value.to_le_bytes()[..width.bytes() as usize];
        match self.places().window_at(at).map(|(_, w)| (w.behind, at - w.first)) {
            Some((Behind::Chip, _)) => self.write(Addr::Mmio(at, width), value),
            Some((Behind::Plain { offset, read_only: false }, within)) => {
                self.ram.write((offset + within) as usize, bytes);
            }
            Some((Behind::Memory, _)) => self.ram.dma_write(at, bytes),
            Some((Behind::Plain { .. }, _)) | None => {}
        }
    }

    fn at_once(&mut self, repeat: &Repeat) -> u32 {
        if self.single || !self.inside_chip(repeat) { 0 } else { self.repeat(repeat) }
    }
}

impl<D: Chip> Bench<D> {
    fn derived_places(&self) -> Places {
        let mut places = Places::memory(self.ram.dma_limit());
        places.add(self.chip.name(), &self.chip.claims(), &self.ram);
        places
    }

    /// A read of a port as the board routes it: cut in halves where the claim is narrower.
    fn port_in(&mut self, port: u16, width: Width) -> u32 {
        match self.routed(port, width) {
            Some(true) => self.read(Addr::Port(port, width)),
            None if width == Width::Byte => width.mask(),
            _ => {
                let half = halved(width);
                let high = 8 * half.bytes();
                self.port_in(port, half) | self.port_in(port.wrapping_add(half.bytes() as u16), half) << high
            }
        }
    }

    fn port_out(&mut self, port: u16, width: Width, value: u32) {
        match self.routed(port, width) {
            Some(true) => self.write(Addr::Port(port, width), value),
            None if width == Width::Byte => {}
            _ => {
                let half = halved(width);
                self.port_out(port, half, value);
                self.port_out(port.wrapping_add(half.bytes() as u16), half, value >> (8 * half.bytes()));
            }
        }
    }

    /// Whether the chip takes an access whole; `None` if it does not answer at the port.
    fn routed(&mut self, port: u16, width: Width) -> Option<bool> {
        self.places().port(port).map(|(_, place)| width <= place.width)
    }

    fn memory(&self, at: u32, width: Width) -> u32 {
        if self.ram.dma_limit() >= at as usize + 4 {
            return self.ram.read_wide(at as usize, width);
        }
        let mut bytes = [0; 4];
        self.ram.dma_read(at, &mut bytes[..width.bytes() as usize]);
        u32::from_le_bytes(bytes)
    }

    /// Whether all elements lie in one window of the chip, as the board demands before it offers them to it.
    fn inside_chip(&mut self, repeat: &Repeat) -> bool {
        let mut chips = |first: u32| {
            let last = first.wrapping_add(repeat.distance(repeat.count.wrapping_sub(1)));
            let (low, high) = (first.min(last), first.max(last).checked_add(repeat.width.bytes() - 1));
            let window = self.places().window_at(low).map(|(_, w)| *w).filter(|w| w.behind == Behind::Chip);
            window.is_some_and(|w| high.is_some_and(|high| high - w.first < w.len))
        };
        chips(repeat.to) && !matches!(repeat.from, Source::Chip(from) if !chips(from))
    }

    /// An access to configuration space, within its dword; a function that the chip does not claim reads as ones.
    fn config(&mut self, function: u8, register: u8, width: Width, value: Option<u32>) -> u32 {
        if !self.places().functions.contains(&function) {
            return width.mask();
        }
        let register = register & !(width.bytes() as u8 - 1);
        let at = Addr::Config { function: function & 7, register, width };
        match value {
            Some(value) => {
                self.write(at, value);
                0
            }
            None => self.read(at),
        }
    }

    fn reset(&mut self, kind: Reset) {
        self.chip.reset(kind);
        let mut again = self.chip.clone();
        again.reset(kind);
        assert!(again == self.chip, "{}: a second {kind:?} reset changes it", self.chip.name());
    }
}

/// Sets an ISA DMA channel as [`Action::Channel`] says, and lets the cascade through; nothing for other actions.
pub fn set_channel(dma: &mut IsaDma, action: &Action) {
    let Action::Channel { channel, direction, address, count, masked, auto_init, decrement } = *action else {
        return;
    };
    let (page, address) = ((address >> 16) as u8, address as u16);
    dma.channels[usize::from(channel & 7)] = DmaChannel {
        base_address: address,
        base_count: count,
        address,
        count,
        page,
        mode: DmaMode { direction, auto_init, decrement, service: 1 },
        masked,
        ..DmaChannel::default()
    };
    dma.channels[4].masked = false;
}
