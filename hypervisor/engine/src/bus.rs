//! What an engine sees of the board.

use backplane::{Repeat, Width};

/// How the CPU reaches one 4 KiB page of physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Plain bytes of the store: the page begins at `offset`. Without `writable` (ROM, write-protected shadow)
    /// CPU writes are ignored.
    Ram {
        /// Offset of the page's first byte in the store; a multiple of 4096.
        offset: u32,
        /// Whether CPU writes reach the bytes.
        writable: bool,
    },
    /// Every access goes through [`Bus::read_mmio`] and [`Bus::write_mmio`].
    Device,
}

/// What an access to a chip may have changed for the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// [`Bus::due`].
    pub due: u64,
    /// [`Bus::map_version`].
    pub map_version: u32,
    /// [`Bus::interrupt`].
    pub interrupt: bool,
}

/// The board, as an engine sees it.
///
/// `retired` is [`crate::CpuState::retired`] at the instruction that makes the access (instructions completed before
/// it; completed iterations of a string instruction included): the board derives virtual time from it.
/// After every port or MMIO access, and after anything that lets interrupts in (STI, POPF, IRET, MOV SS's
/// successor), an engine looks at [`Bus::due`], [`Bus::interrupt`] and [`Bus::map_version`] again ([`Bus::poll`]).
pub trait Bus {
    /// Reads a port.
    fn read_port(&mut self, port: u16, width: Width, retired: u64) -> u32;
    /// Writes a port.
    fn write_port(&mut self, port: u16, width: Width, value: u32, retired: u64);
    /// Does the first iterations of a repeated string instruction on [`Page::Device`] pages at once, as single accesses one
    /// after the other would; how many. 0 when they have to come one by one.
    fn repeat(&mut self, _repeat: &Repeat, _retired: u64) -> u32 {
        0
    }
    /// Reads physical memory of a [`Page::Device`] page. The access does not cross a dword boundary.
    fn read_mmio(&mut self, address: u32, width: Width, retired: u64) -> u32;
    /// Writes physical memory of a [`Page::Device`] page. The access does not cross a dword boundary.
    fn write_mmio(&mut self, address: u32, width: Width, value: u32, retired: u64);

    /// How the page of physical address `address` (A20 already applied) is reached.
    fn page(&mut self, address: u32) -> Page;
    /// As [`Bus::page`], with the last address (at least that of its page) up to which memory goes on in the same way: RAM with
    /// consecutive offsets, or chips.
    fn span(&mut self, address: u32) -> (Page, u32) {
        (self.page(address), address | (backplane::PAGE as u32 - 1))
    }
    /// The mask that the A20 gate puts on physical addresses: all ones, or all but bit 20.
    fn a20_mask(&self) -> u32;
    /// Changes whenever an answer of [`Bus::page`] or [`Bus::a20_mask`] may have changed.
    fn map_version(&self) -> u32;

    /// The value of `retired` at which the engine must return [`crate::Exit::Due`]. An instruction (or iteration) is
    /// started only while `retired` is below it.
    fn due(&self) -> u64;
    /// Everything that an access may have changed, by one call.
    fn poll(&self) -> Poll {
        Poll { due: self.due(), map_version: self.map_version(), interrupt: self.interrupt() }
    }
    /// Level of the INTR line.
    fn interrupt(&self) -> bool;
    /// Interrupt acknowledge: the vector.
    fn acknowledge(&mut self, retired: u64) -> u8;
    /// The CPU's APIC_BASE is written: whether the local APIC is on, and the physical address of its registers. Only a CPU that
    /// has one ([`crate::CpuState::local_apic`]) calls this.
    fn place_apic(&mut self, _on: bool, _base: u64, _retired: u64) {}
    /// The FPU reports an unmasked exception while CR0.NE is clear: FERR# rises (IRQ 13 on a PC).
    fn fpu_error(&mut self, retired: u64);
    /// The time-stamp counter.
    fn tsc(&self, retired: u64) -> u64;
}
