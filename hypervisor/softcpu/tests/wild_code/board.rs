//! A board whose store has a margin on either side of the guest's RAM, and a ROM: bytes that no guest can change.

use crate::chance::Chance;
use backplane::{Ram, Width};
use engine::{Bus, Page, Poll};
use std::cell::Cell;

/// Bytes of the guest's RAM.
pub(crate) const RAM: u32 = 2 << 20;
/// Bytes of each margin.
const MARGIN: u32 = 0x1_0000;
/// The pages of a device.
const DEVICE: std::ops::Range<u32> = 0xA_0000..0xB_0000;
/// The ROM; its bytes lie behind the RAM in the store.
const ROM: std::ops::Range<u32> = 0xF_0000..0x10_0000;
const ROM_BYTES: u32 = ROM.end - ROM.start;
const UNTOUCHED: u8 = 0xA5;

pub(crate) struct Board {
    /// When the engine must come back.
    pub(crate) due: u64,
    /// The vector that the interrupt controller holds up.
    pub(crate) vector: Option<u8>,
    /// How often the engine may ask what is due before it comes back: bounds the host's work. What it asks after an access does not
    /// count: one instruction makes some hundreds at most.
    pub(crate) patience: Cell<u64>,
    /// Changes of the map so far: A20 is closed when it is odd, and then one page of RAM is a device's.
    map_version: u32,
    noise: Chance,
}

impl Board {
    pub(crate) fn new(seed: u64) -> Board {
        let noise = Chance::seeded(!seed);
        Board { due: 0, vector: None, patience: Cell::new(0), map_version: 0, noise }
    }

    /// Moves the A20 gate and a page.
    pub(crate) fn change_map(&mut self) {
        self.map_version += 1;
    }

    /// A device may want the CPU to come back earlier than it thought.
    fn disturb(&mut self, retired: u64) {
        if self.noise.once_in(4) {
            self.due = self.due.min(retired + 1 + u64::from(self.noise.below(8)));
        }
        if self.noise.once_in(16) {
            self.vector = Some(self.noise.byte());
        }
    }
}

impl Bus for Board {
    fn read_port(&mut self, _: u16, _: Width, retired: u64) -> u32 {
        self.disturb(retired);
        self.noise.dword()
    }
    fn write_port(&mut self, _: u16, _: Width, _: u32, retired: u64) {
        self.disturb(retired);
    }
    fn read_mmio(&mut self, address: u32, width: Width, retired: u64) -> u32 {
        stays_in_a_dword(address, width);
        self.disturb(retired);
        self.noise.dword()
    }
    fn write_mmio(&mut self, address: u32, width: Width, _: u32, retired: u64) {
        stays_in_a_dword(address, width);
        self.disturb(retired);
    }
    fn page(&mut self, address: u32) -> Page {
        assert_eq!(address & !self.a20_mask(), 0, "A20 is closed");
        if ROM.contains(&address) {
            return Page::Ram { offset: MARGIN + RAM + (address - ROM.start), writable: false };
        }
        let moved = self.map_version % 2 == 1 && address == 0x3_0000;
        if address >= RAM || DEVICE.contains(&address) || moved {
            return Page::Device;
        }
        Page::Ram { offset: MARGIN + address, writable: true }
    }
    fn a20_mask(&self) -> u32 {
        if self.map_version % 2 == 1 { !(1 << 20) } else { u32::MAX }
    }
    fn map_version(&self) -> u32 {
        self.map_version
    }
    fn due(&self) -> u64 {
        let left = self.patience.get();
        assert!(left > 0, "the engine turns in place before {}", self.due);
        self.patience.set(left - 1);
        self.due
    }
    fn poll(&self) -> Poll {
        Poll { due: self.due, map_version: self.map_version, interrupt: self.interrupt() }
    }
    fn interrupt(&self) -> bool {
        self.vector.is_some()
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        // A line that stays up must not stop time either.
        if self.noise.once_in(8) { self.vector.unwrap_or(0xFF) } else { self.vector.take().unwrap_or(0xFF) }
    }
    fn fpu_error(&mut self, retired: u64) {
        self.disturb(retired);
    }
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

#[track_caller]
fn stays_in_a_dword(address: u32, width: Width) {
    let bytes = match width {
        Width::Byte => 1,
        Width::Word => 2,
        Width::Dword => 4,
    };
    assert!(address % 4 + bytes <= 4, "an access of {width:?} at {address:X} crosses a dword");
}

/// The store: margin, RAM of zeros, ROM, margin.
pub(crate) struct Store(pub(crate) Ram);

impl Store {
    pub(crate) fn new() -> Store {
        let ram = Ram::new((2 * MARGIN + RAM + ROM_BYTES) as usize).expect("a small mapping");
        for (at, bytes) in Store::fixed() {
            ram.write(at, &vec![UNTOUCHED; bytes]);
        }
        Store(ram)
    }

    /// What lies outside the guest's RAM: offset and length.
    fn fixed() -> [(usize, usize); 2] {
        [(0, MARGIN as usize), ((MARGIN + RAM) as usize, (ROM_BYTES + MARGIN) as usize)]
    }

    /// Writes guest RAM as a bus master does.
    pub(crate) fn put(&self, address: u32, bytes: &[u8]) {
        self.0.write((MARGIN + address) as usize, bytes);
    }

    pub(crate) fn put_dword(&self, address: u32, value: u32) {
        self.put(address, &value.to_le_bytes());
    }

    /// The bytes of the guest's RAM, after a look at everything around them.
    pub(crate) fn checked(&self) -> Vec<u8> {
        let read = |at: usize, len: usize| {
            let mut bytes = vec![0; len];
            self.0.read(at, &mut bytes);
            bytes
        };
        for (at, len) in Store::fixed() {
            let changed = read(at, len).iter().position(|&b| b != UNTOUCHED);
            assert_eq!(changed, None, "a byte of the store at {at:X} + changed");
        }
        read(MARGIN as usize, RAM as usize)
    }
}
