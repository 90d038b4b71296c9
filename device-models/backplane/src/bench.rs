//! One bench for every chip: unit fixture, conformance test and fuzz target are the same code.
//!
//! A [`Bench`] holds a chip on a workbench of its own (store, DMA channels, signals, notes, drive bays, a clock)
//! and gives it accesses, time, resets and media. [`Bench::drive`] takes the actions from bytes and lets a shadow
//! twin, rebuilt again and again from the chip's saved state, answer the same accesses: every answer, line,
//! wake-up and claim must be identical. That finds state that was forgotten in a snapshot, and behaviour that
//! depends on anything but state.

use crate::{
    Addr, Bay, Claims, Device, Disk, Drives, Instant, IsaDma, Notes, Ram, Repeat, Reset, Signals, What,
    Width, Wires,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a chip must be to stand on the bench.
pub trait Subject: Device + Serialize + DeserializeOwned {}
impl<T: Device + Serialize + DeserializeOwned> Subject for T {}

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
}

/// Bytes in a bench's store when nothing else is asked for.
const STORE: usize = 1 << 20;

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
        Bench {
            chip,
            ram: Ram::new(bytes).expect("memory for the bench"),
            dma: IsaDma::default(),
            signals: Signals::default(),
            notes: Notes::default(),
            drives: Drives::default(),
            now: Instant::ZERO,
        }
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
    pub fn advance(&mut self, ns: u64) {
        let end = self.now + ns;
        // A chip that asks for a wake-up again and again at one instant would hang the board.
        let mut left = 1_000_000;
        while let Some(at) = self.chip.wake().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.call(|chip, w| chip.tick(w));
            left -= 1;
            assert!(left > 0, "{}: wake-ups without end before {end:?}", self.chip.name());
        }
        self.now = end;
        self.call(|chip, w| chip.tick(w));
    }

    /// The level of the `n`-th interrupt claim.
    pub fn line(&self, n: u32) -> bool {
        self.chip.lines() >> n & 1 != 0
    }
}

/// Bytes as a stream of choices; zeros when they run out.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn dword(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    fn width(&mut self) -> Width {
        [Width::Byte, Width::Byte, Width::Word, Width::Dword][(self.byte() & 3) as usize]
    }
}

/// An address inside one of the claims, chosen by bytes. `None` for a chip without addresses.
fn choose(claims: &Claims, c: &mut Choices) -> Option<Addr> {
    let places: Vec<What> =
        claims.iter().map(|c| c.what).filter(|w| !matches!(w, What::Irq(_) | What::Ram { .. })).collect();
    let pick = c.byte() as usize;
    let width = c.width();
    Some(match *places.get(pick % places.len().max(1))? {
        What::Ports { first, count, width: widest } => {
            let width = width.min(widest);
            let room = u32::from(count).saturating_sub(width.bytes());
            Addr::Port(first + (u32::from(c.byte()) % (room + 1)) as u16, width)
        }
        What::Mmio { first, len } => {
            let at = c.dword() % len.max(1);
            Addr::Mmio(first + (at & !(width.bytes() - 1)), width)
        }
        What::Config { function, .. } => {
            Addr::Config { function, register: c.byte() & !(width.bytes() as u8 - 1), width }
        }
        What::Irq(_) | What::Ram { .. } => return None,
    })
}

impl<D: Subject> Bench<D> {
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
        };
        let mut store = vec![0; self.ram.len()];
        self.ram.read(0, &mut store);
        twin.ram.write(0, &store);
        twin
    }

    /// Drives the chip and its twin by `bytes`.
    ///
    /// # Panics
    /// When the chip panics, and when the twin differs: the message says in which action.
    pub fn drive(&mut self, bytes: &[u8]) {
        let mut twin = self.twin();
        let mut choices = Choices(bytes);
        let mut action = 0u32;
        while !choices.0.is_empty() {
            let kind = choices.byte();
            let mut copy = Choices(choices.0);
            let answer = self.act(kind, &mut choices);
            if kind & 0x3F == 0x3F {
                twin.chip = self.rebuilt_chip();
            } else {
                assert_eq!(
                    answer,
                    twin.act(kind, &mut copy),
                    "action {action}: the twin answers differently"
                );
            }
            self.must_equal(&twin, action);
            action += 1;
        }
        assert_eq!(self.saved(), twin.saved(), "the twin's state differs at the end");
        let mut stores = (vec![0; self.ram.len()], vec![0; self.ram.len()]);
        self.ram.read(0, &mut stores.0);
        twin.ram.read(0, &mut stores.1);
        assert!(stores.0 == stores.1, "the twin's memory differs at the end");
    }

    fn act(&mut self, kind: u8, c: &mut Choices) -> Option<u32> {
        match kind & 0x1F {
            0..=10 => {
                let at = choose(&self.chip.claims(), c)?;
                Some(self.read(at))
            }
            11..=24 => {
                let at = choose(&self.chip.claims(), c)?;
                let value = c.dword();
                self.write(at, value);
                None
            }
            25 | 26 => {
                self.advance(1 << (c.byte() % 31));
                None
            }
            27 => {
                if let Some(at) = self.chip.wake() {
                    self.advance(at - self.now);
                }
                None
            }
            28 => {
                let (at, fill) = (c.dword() as usize % self.ram.len(), c.byte());
                self.ram.write(at, &[fill; 64]);
                None
            }
            29 => {
                let (channel, bits) = ((c.byte() & 7) as usize, c.byte());
                let ch = &mut self.dma.channels[channel];
                ch.masked = bits & 1 != 0;
                ch.mode.direction =
                    if bits & 2 != 0 { crate::Direction::ToMemory } else { crate::Direction::FromMemory };
                ch.count = c.dword() as u16;
                self.dma.channels[4].masked = false;
                None
            }
            30 => {
                self.change_medium(c.byte());
                None
            }
            _ => {
                if c.byte() & 7 == 0 {
                    self.chip.reset(if c.byte() & 1 == 0 { Reset::Board } else { Reset::PowerOn });
                }
                None
            }
        }
    }

    fn change_medium(&mut self, choice: u8) {
        let bay = Bay::ALL[choice as usize % Bay::ALL.len()];
        match choice >> 5 {
            0..=2 => drop(self.drives.eject(bay)),
            3 => drop(self.drives.insert(bay, Disk::from_bytes(pattern(1_474_560)).protected())),
            4 => drop(self.drives.insert(bay, Disk::from_bytes(pattern(1000)))),
            _ => drop(self.drives.insert(bay, Disk::from_bytes(pattern(737_280)))),
        }
    }

    fn must_equal(&self, twin: &Bench<D>, action: u32) {
        let name = self.chip.name();
        assert_eq!(self.chip.lines(), twin.chip.lines(), "{name}: interrupt lines after action {action}");
        assert_eq!(self.chip.wake(), twin.chip.wake(), "{name}: wake-up after action {action}");
        assert_eq!(
            self.chip.claims_key(),
            twin.chip.claims_key(),
            "{name}: claims key after action {action}"
        );
        assert_eq!(self.signals, twin.signals, "{name}: board signals after action {action}");
        assert_eq!(self.dma, twin.dma, "{name}: DMA channels after action {action}");
    }
}

/// A medium's content that differs from sector to sector.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i / 512 * 7 + i) as u8).collect()
}

/// Drives fresh chips by seeded bytes: `rounds` programs of `len` bytes. Every chip's tests call this.
///
/// # Panics
/// As [`Bench::drive`], naming the seed.
pub fn seeded<D: Subject>(fresh: impl Fn() -> Bench<D>, rounds: u64, len: usize) {
    for seed in 0..rounds {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let bytes: Vec<u8> = (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect();
        let run = std::panic::AssertUnwindSafe(|| fresh().drive(&bytes));
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("bench: seed {seed} of {rounds}, {len} bytes");
            std::panic::resume_unwind(panic);
        }
    }
}
