//! One bench for every chip: unit fixture, conformance test and fuzz target are the same code.
//!
//! A [`Bench`] holds a chip on a workbench of its own (store, DMA channels, signals, notes, drive bays, a clock) and gives it
//! accesses, time, resets and media. What is done is an [`Action`]; a list of them is a [`Script`] that people read, or a
//! program of bytes that a fuzzer changes ([`bytes`]). A [`Pair`] does each action to a [`Subject`] (a chip on its bench, or a
//! whole board) and to a twin that is rebuilt again and again from saved state: every answer, line, wake-up and claim must be
//! identical. That finds state that was forgotten in a snapshot, and behaviour that depends on anything but state.

mod act;
pub mod bytes;
mod memory;
mod pair;
mod places;
mod retold;
mod script;
pub mod search;
pub mod shrink;
mod subject;
mod text;
pub mod trace;
pub mod watch;

pub use act::set_channel;
pub use memory::Memory;
pub use pair::{Pair, seeded};
pub use places::{Behind, Places, PortPlace, WindowPlace};
pub use retold::{OpenNamed, Retell, Retold, Unlike};
pub use script::{Action, Input, Medium};
pub use subject::{Answer, Outside, StartStore, Subject, same_media, store_difference};
pub use text::{Script, ScriptError, TEXT_VERSION};

use crate::{Addr, Device, Drives, Instant, IsaDma, Notes, Ram, Repeat, Signals, Width, Wires};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a chip must be to stand beside a twin.
pub trait Chip: Device + Clone + PartialEq + Serialize + DeserializeOwned {}
impl<T: Device + Clone + PartialEq + Serialize + DeserializeOwned> Chip for T {}

/// How a bench hands what comes from outside the bus to its chip; what the chip says to it, if anything.
pub type TakeInput<D> = fn(&mut D, Input, Instant) -> Option<u32>;

/// A chip with its own surroundings.
pub struct Bench<D> {
    /// The chip.
    pub chip: D,
    /// The store it lives in.
    pub ram: Ram,
    /// ISA DMA channels.
    pub dma: IsaDma,
    /// Board signals.
    pub signals: Signals,
    /// Refusals.
    pub notes: Notes,
    /// Drive bays.
    pub drives: Drives,
    /// The present.
    pub now: Instant,
    take_input: TakeInput<D>,
    places: Places,
    /// The chip's `claims_key` when the places were looked at.
    places_key: Option<u64>,
    /// Repeated string instructions go element by element.
    single: bool,
}

/// Bytes in a bench's store when nothing else is asked for.
const STORE: usize = 1 << 20;
/// So many wake-ups at one instant are without end.
const WAKES_AT_ONCE: u32 = 1000;

impl<D: Device> Bench<D> {
    /// A chip on a bench with 1 MiB of store.
    pub fn new(chip: D) -> Self {
        Self::with_store(chip, STORE)
    }

    /// A chip on a bench with `bytes` of store.
    ///
    /// # Panics
    /// When the host has no memory for it.
    pub fn with_store(chip: D, bytes: usize) -> Self {
        Self::around(chip, Ram::new(bytes).expect("memory for the bench"), Drives::default())
    }

    /// A chip on a bench with this store and these drives.
    pub fn around(chip: D, ram: Ram, drives: Drives) -> Self {
        Bench {
            chip,
            ram,
            dma: IsaDma::default(),
            signals: Signals::default(),
            notes: Notes::default(),
            drives,
            now: Instant::ZERO,
            take_input: |_, _, _| None,
            places: Places::default(),
            places_key: None,
            single: false,
        }
    }

    /// The bench with a way for what comes from outside the bus.
    #[must_use]
    pub fn with_input(mut self, take_input: TakeInput<D>) -> Self {
        self.take_input = take_input;
        self
    }

    fn call<R>(&mut self, f: impl FnOnce(&mut D, &mut Wires) -> R) -> R {
        let mut wires = Wires {
            now: self.now,
            ram: &self.ram,
            dma: &mut self.dma,
            signals: &mut self.signals,
            notes: &mut self.notes,
            drives: &mut self.drives,
        };
        f(&mut self.chip, &mut wires)
    }

    /// A read, masked to its width.
    pub fn read(&mut self, at: Addr) -> u32 {
        self.call(|chip, w| chip.read(at, w)) & at.width().mask()
    }

    /// A write.
    pub fn write(&mut self, at: Addr, value: u32) {
        self.call(|chip, w| chip.write(at, value & at.width().mask(), w));
    }

    /// A repeated string instruction; how many elements the chip did at once.
    pub fn repeat(&mut self, repeat: &Repeat) -> u32 {
        self.call(|chip, w| chip.repeat(repeat, w))
    }

    /// A byte read of a port.
    pub fn inb(&mut self, port: u16) -> u8 {
        self.read(Addr::Port(port, Width::Byte)) as u8
    }

    /// A byte write to a port.
    pub fn outb(&mut self, port: u16, value: u8) {
        self.write(Addr::Port(port, Width::Byte), value.into());
    }

    /// Lets `ns` pass, running the chip's wake-ups at their instants as the board does.
    ///
    /// # Panics
    /// When the chip wakes up without end.
    pub fn advance(&mut self, ns: u64) {
        let end = self.now + ns;
        while !self.advance_by_wakes(end, u32::MAX) {}
    }

    /// Goes on to `end`, or to the last of so many wake-ups if they come first; whether it got to the end.
    fn advance_by_wakes(&mut self, end: Instant, most: u32) -> bool {
        let (mut left, mut here) = (most, 0);
        while let Some(at) = self.chip.wake().filter(|at| *at <= end) {
            if left == 0 {
                return false;
            }
            left -= 1;
            // A chip that asks for a wake-up again and again at one instant would hang the board.
            here = if at > self.now { 0 } else { here + 1 };
            assert!(here < WAKES_AT_ONCE, "{}: wake-ups without end at {:?}", self.chip.name(), self.now);
            self.now = self.now.max(at);
            self.call(|chip, w| chip.tick(w));
        }
        self.now = end;
        self.call(|chip, w| chip.tick(w));
        true
    }

    /// The level of the `n`-th interrupt claim.
    pub fn line(&self, n: u32) -> bool {
        self.chip.lines() >> n & 1 != 0
    }
}

impl<D: Chip> Bench<D> {
    /// The chip's state as a snapshot stores it.
    pub fn saved(&self) -> String {
        serde_json::to_string(&self.chip).expect("a chip's state can be written")
    }

    fn rebuilt_chip(&self) -> D {
        serde_json::from_str(&self.saved()).expect("a chip's saved state can be read")
    }

    /// A second bench in the same state, its chip rebuilt from saved state.
    pub fn twin(&self) -> Bench<D> {
        let twin = Bench {
            chip: self.rebuilt_chip(),
            ram: Ram::new(self.ram.len()).expect("memory for the bench"),
            dma: self.dma.clone(),
            signals: self.signals.clone(),
            notes: self.notes.clone(),
            drives: self.drives.clone(),
            now: self.now,
            take_input: self.take_input,
            places: Places::default(),
            places_key: None,
            single: true,
        };
        let mut store = vec![0; self.ram.len()];
        self.ram.read(0, &mut store);
        twin.ram.write(0, &store);
        twin.ram.set_dma_limit(self.ram.dma_limit());
        twin
    }
}
