//! What can be done to a subject of the bench, as values: a script is a list of them.

use crate::{Bay, Direction, Disk, Reset, Width};

/// One thing that is done to a chip or a board. Addresses are absolute, as a guest has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// IN.
    In {
        /// The port.
        port: u16,
        /// Bytes read.
        width: Width,
    },
    /// OUT.
    Out {
        /// The port.
        port: u16,
        /// Bytes written.
        width: Width,
        /// What is written; bits beyond the width are not.
        value: u32,
    },
    /// REP INS: `count` reads of a port, stored one after the other.
    InString {
        /// The port.
        port: u16,
        /// Size of an element.
        width: Width,
        /// Physical address of the first element.
        to: u32,
        /// Elements, [`Action::MOST`] at most.
        count: u16,
    },
    /// REP OUTS.
    OutString {
        /// The port.
        port: u16,
        /// Size of an element.
        width: Width,
        /// Physical address of the first element.
        from: u32,
        /// Elements, [`Action::MOST`] at most.
        count: u16,
    },
    /// A CPU's read of physical memory: a chip's window or RAM, whichever lies there.
    Read {
        /// Physical address.
        at: u32,
        /// Bytes read.
        width: Width,
    },
    /// A CPU's write to physical memory.
    Write {
        /// Physical address.
        at: u32,
        /// Bytes written.
        width: Width,
        /// What is written.
        value: u32,
    },
    /// REP STOS.
    Fill {
        /// Physical address of the first element.
        to: u32,
        /// Size of an element.
        width: Width,
        /// What is written each time.
        value: u32,
        /// Elements, [`Action::MOST`] at most.
        count: u16,
        /// Addresses fall.
        down: bool,
    },
    /// REP MOVS.
    Copy {
        /// Physical address of the first element read.
        from: u32,
        /// Physical address of the first element written.
        to: u32,
        /// Size of an element.
        width: Width,
        /// Elements, [`Action::MOST`] at most.
        count: u16,
        /// Addresses fall.
        down: bool,
    },
    /// A read of PCI configuration space, bus 0.
    ReadConfig {
        /// Device number in bits 7-3, function in bits 2-0.
        function: u8,
        /// The register.
        register: u8,
        /// Bytes read.
        width: Width,
    },
    /// A write to PCI configuration space.
    WriteConfig {
        /// Device number in bits 7-3, function in bits 2-0.
        function: u8,
        /// The register.
        register: u8,
        /// Bytes written.
        width: Width,
        /// What is written.
        value: u32,
    },
    /// Looks at RAM, as a bus master would find it.
    Load {
        /// Physical address.
        at: u32,
        /// Bytes, [`Action::MOST`] at most.
        len: u16,
    },
    /// Fills RAM for a bus master to find.
    Store {
        /// Physical address.
        at: u32,
        /// Bytes, [`Action::MOST`] at most.
        len: u16,
        /// What each becomes.
        byte: u8,
    },
    /// Sets an ISA DMA channel, and lets the cascade through.
    Channel {
        /// 0-7.
        channel: u8,
        /// Which way it moves.
        direction: Direction,
        /// Page and address, 24 bits.
        address: u32,
        /// Transfers less one.
        count: u16,
        /// Its mask bit.
        masked: bool,
        /// Starts over at terminal count.
        auto_init: bool,
        /// Addresses fall.
        decrement: bool,
    },
    /// Lets so many nanoseconds pass, or as many as a chip that wakes up very often needs for [`Action::WAKES`] wake-ups.
    Step(u32),
    /// Lets time pass until the next wake-up, if there is one.
    Wake,
    /// Something from outside the bus.
    Input(Input),
    /// Puts a medium into a bay.
    Insert(Bay, Medium),
    /// Takes the medium out of a bay.
    Eject(Bay),
    /// The twin becomes what the subject's saved state says.
    Restore,
    /// A reset, [`Reset::Board`] or [`Reset::PowerOn`].
    Reset(Reset),
}

/// What reaches a chip from outside the bus. Which of it a chip takes is its bench's matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A key goes down or up.
    Key {
        /// Its place in the list of keys.
        key: u8,
        /// Down, or up.
        down: bool,
    },
    /// The pointing device moves.
    Pointer {
        /// Counts to the right.
        dx: i16,
        /// Counts down.
        dy: i16,
        /// Wheel steps towards the user.
        wheel: i8,
        /// Buttons that are down, the left one in bit 0.
        buttons: u8,
    },
    /// A byte arrives on a serial line.
    Receive(u8),
    /// The levels of the sixteen interrupt lines into an interrupt controller.
    Levels(u16),
    /// The CPU asks for the vector.
    Acknowledge,
    /// A button or another single wire of the chip.
    Pulse,
}

/// Media for the bays: contents differ from sector to sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A floppy of 1.44 MB.
    Floppy1440,
    /// The same with its tab set.
    Protected1440,
    /// A floppy of 720 KB, or a disk of that size.
    Floppy720,
    /// 1000 bytes: no whole number of sectors.
    Sliver,
    /// 300 sectors of 2048 bytes.
    Disc,
}

impl Action {
    /// The most elements or bytes of one action.
    pub const MOST: u16 = 4096;
    /// The most wake-ups of one [`Action::Step`].
    pub const WAKES: u32 = 20_000;
}

impl Medium {
    /// All media.
    pub const ALL: [Medium; 5] =
        [Medium::Floppy1440, Medium::Protected1440, Medium::Floppy720, Medium::Sliver, Medium::Disc];

    /// The medium, fresh.
    pub fn disk(self) -> Disk {
        let bytes = match self {
            Medium::Floppy1440 | Medium::Protected1440 => 1_474_560,
            Medium::Floppy720 => 737_280,
            Medium::Sliver => 1000,
            Medium::Disc => 300 * 2048,
        };
        let disk = Disk::new(std::sync::Arc::new(Sectors(bytes)));
        if self == Medium::Protected1440 { disk.protected() } else { disk }
    }
}

/// A base of so many bytes that takes no memory.
struct Sectors(u64);

impl crate::Base for Sectors {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
        for (at, byte) in (offset..).zip(buf) {
            *byte = (at / 512 * 7 + at) as u8;
        }
        Ok(())
    }
}
