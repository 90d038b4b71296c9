//! What a chip answers to: ports, memory windows, configuration space, interrupt lines.

use crate::Width;

/// An interrupt line as the chip is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Irq {
    /// ISA interrupt request 0-15.
    Isa(u8),
    /// PCI INTA#-INTD# (`pin` 0-3) of a device number 0-31; the south bridge routes it.
    Pci {
        /// PCI device number, 0-31.
        device: u8,
        /// 0 for INTA#, 3 for INTD#.
        pin: u8,
    },
}

/// One thing a chip claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// I/O ports `first .. first + count`. An access wider than `width` is split by the board into accesses of
    /// that width to ascending ports, as the ISA bus does for an 8-bit card.
    Ports {
        /// The first port.
        first: u16,
        /// How many ports.
        count: u16,
        /// The widest access the chip takes whole.
        width: Width,
    },
    /// Physical addresses `first .. first + len`, each access handed to the chip.
    Mmio {
        /// First physical address.
        first: u32,
        /// Length in bytes.
        len: u32,
    },
    /// Physical addresses that are plain bytes of the [`crate::Ram`] store, from `offset` on. All three are
    /// multiples of the page size.
    Ram {
        /// First physical address.
        first: u32,
        /// Length in bytes.
        len: u32,
        /// Offset of the first byte in the store.
        offset: u32,
        /// Writes are ignored.
        read_only: bool,
    },
    /// An interrupt line; its level is the next bit of [`crate::Device::lines`].
    Irq(Irq),
    /// A PCI function of bus 0.
    Config {
        /// Device number, 0-31.
        device: u8,
        /// Function number, 0-7.
        function: u8,
    },
}

/// A named claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What the claim is for, as shown by `relic inspect` and in overlap messages.
    pub name: &'static str,
    /// What is claimed.
    pub what: What,
}

/// The claims of one chip: a short list without allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    list: [Option<Claim>; Claims::MAX],
    len: usize,
}

impl Default for Claims {
    fn default() -> Self {
        Claims { list: [None; Claims::MAX], len: 0 }
    }
}

impl Claims {
    /// The most claims a chip can have.
    pub const MAX: usize = 24;

    /// No claims.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a claim.
    ///
    /// # Panics
    /// With more than [`Claims::MAX`] claims: a fault of the chip's author, found by its first test.
    #[must_use]
    pub fn with(mut self, name: &'static str, what: What) -> Self {
        self.list[self.len] = Some(Claim { name, what });
        self.len += 1;
        self
    }

    /// Adds ports that take bytes only.
    #[must_use]
    pub fn ports(self, name: &'static str, first: u16, count: u16) -> Self {
        self.with(name, What::Ports { first, count, width: Width::Byte })
    }

    /// Adds ports that take accesses up to `width` whole.
    #[must_use]
    pub fn wide_ports(self, name: &'static str, first: u16, count: u16, width: Width) -> Self {
        self.with(name, What::Ports { first, count, width })
    }

    /// Adds a memory window handed to the chip access by access.
    #[must_use]
    pub fn mmio(self, name: &'static str, first: u32, len: u32) -> Self {
        self.with(name, What::Mmio { first, len })
    }

    /// Adds an ISA interrupt line.
    #[must_use]
    pub fn irq(self, name: &'static str, number: u8) -> Self {
        self.with(name, What::Irq(Irq::Isa(number)))
    }

    /// The claims in order.
    pub fn iter(&self) -> impl Iterator<Item = Claim> + '_ {
        self.list[..self.len].iter().flatten().copied()
    }
}
