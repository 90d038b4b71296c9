//! Where a subject's accesses go: its claims, sorted by kind, so that a byte program can name them by number.

use super::bytes::{Record, kind};
use crate::{Claims, PAGE, Ram, What, Width};

/// Ports of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortPlace {
    /// The first port.
    pub first: u16,
    /// How many.
    pub count: u16,
    /// The widest access taken whole.
    pub width: Width,
}

/// A range of physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPlace {
    /// First physical address.
    pub first: u32,
    /// Length in bytes.
    pub len: u32,
    /// What answers there.
    pub behind: Behind,
}

/// What answers in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// The chip, access by access.
    Chip,
    /// Plain bytes of the store.
    Plain {
        /// Offset of the first in the store.
        offset: u32,
        /// Writes are ignored.
        read_only: bool,
    },
    /// Guest RAM.
    Memory,
}

/// All places of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Ports, in the order of the claims.
    pub ports: Vec<PortPlace>,
    /// Windows, in the order of the claims, and guest RAM last.
    pub windows: Vec<WindowPlace>,
    /// PCI functions: device number in bits 7-3, function in bits 2-0.
    pub functions: Vec<u8>,
}

impl Places {
    /// Guest RAM alone, `bytes` long from address 0 on.
    pub fn memory(bytes: usize) -> Places {
        let memory = WindowPlace { first: 0, len: bytes as u32, behind: Behind::Memory };
        Places { windows: vec![memory], ..Places::default() }
    }

    /// Adds a chip's claims, before guest RAM.
    ///
    /// # Panics
    /// When a claim goes past the end of ports, addresses or store: a fault of the chip.
    pub fn add(&mut self, chip: &str, claims: &Claims, store: &Ram) {
        for claim in claims.iter() {
            let name = claim.name;
            match claim.what {
                What::Ports { first, count, width } => {
                    let last = u32::from(first) + u32::from(count);
                    assert!(last <= 0x1_0000, "{chip}: {name} claims ports to {last:#x}");
                    self.ports.push(PortPlace { first, count, width });
                }
                What::Mmio { first, len } => self.window(chip, name, first, len, Behind::Chip),
                What::Ram { first, len, offset, read_only } => {
                    let page = PAGE as u32;
                    let whole = [first, len, offset].iter().all(|n| n.is_multiple_of(page));
                    let inside = store.holds(offset as usize, len as usize);
                    assert!(
                        whole && inside,
                        "{chip}: {name} claims {len:#x} bytes at {offset:#x} of the store"
                    );
                    self.window(chip, name, first, len, Behind::Plain { offset, read_only });
                }
                What::Config { device, function } => self.functions.push(device << 3 | function),
                What::Irq(_) => {}
            }
        }
    }

    fn window(&mut self, chip: &str, name: &str, first: u32, len: u32, behind: Behind) {
        let end = u64::from(first) + u64::from(len);
        assert!(end <= 1 << 32, "{chip}: {name} claims addresses to {end:#x}");
        if len > 0 {
            let memory = self.windows.len() - 1;
            self.windows.insert(memory, WindowPlace { first, len, behind });
        }
    }

    /// A read and a write of each port, of the dwords of each window's first registers, and of configuration space.
    pub fn registers(&self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut add = |read, write, place: usize, offset: u32, shape| {
            let record = Record { shape, place: place as u16, offset, ..Record::default() };
            records.extend([read, write].map(|kind| Record { kind, ..record }));
        };
        for (place, ports) in self.ports.iter().enumerate() {
            (0..u32::from(ports.count.min(64))).for_each(|n| add(kind::IN, kind::OUT, place, n, 0));
        }
        for (place, window) in self.windows.iter().enumerate() {
            (0..window.len.min(256)).step_by(4).for_each(|n| add(kind::READ, kind::WRITE, place, n, 2));
        }
        for place in 0..self.functions.len() {
            (0..256).step_by(4).for_each(|n| add(kind::READ_CONFIG, kind::WRITE_CONFIG, place, n, 2));
        }
        records
    }

    /// The place of a port, by number.
    #[inline]
    pub fn port(&self, port: u16) -> Option<(usize, &PortPlace)> {
        self.ports.iter().enumerate().find(|(_, p)| port.wrapping_sub(p.first) < p.count)
    }

    /// The place of an address, by number.
    #[inline]
    pub fn window_at(&self, address: u32) -> Option<(usize, &WindowPlace)> {
        self.windows.iter().enumerate().find(|(_, w)| address.wrapping_sub(w.first) < w.len)
    }
}
