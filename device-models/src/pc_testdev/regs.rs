//! Ports and memory of the test device.

/// A 32-bit latch: what is written is read back.
pub(super) const LATCH: u16 = 0xE0;
/// A physical address whose page the host is to take from the guest and give back.
pub(super) const FLUSH: u16 = 0xE4;
/// The same latch once more, which takes bytes only: the bus cuts wider accesses.
pub(super) const BYTE_LATCH: u16 = 0xE8;
/// Ports of the latch, of the flush register, and of the latch taken in bytes.
pub(super) const REGISTER_PORTS: u16 = 4;

/// One port an interrupt line: a byte that is not zero raises it.
pub(super) const IRQ: u16 = 0x2000;
/// Lines 16-23 are inputs of an I/O APIC only.
pub(super) const IRQ_PORTS: u16 = 24;
/// Lines of the ISA bus.
pub(super) const ISA_LINES: u8 = 16;

/// Memory that is reached access by access.
pub(super) const MEMORY: u32 = 0xFF00_0000;
pub(super) const MEMORY_LEN: u32 = 0x1_0000;
