//! QEMU's `pc-testdev`: what the kvm-unit-tests for x86 exercise the CPU's I/O with.
//!
//! Ports: E0h-E3h a latch of 32 bits at any width, E8h-EBh the same latch byte by byte, E4h the flush register, 2000h-2017h
//! the interrupt lines. Memory: 64 KiB at FF000000h, each access handed to the device. Interrupts: every ISA line.
//!
//! Follows QEMU's hw/misc/pc-testdev.c. Deviations: flushing a page changes nothing, since no page of a guest is ever taken
//! away from it; lines 16-23 go nowhere on a board without an I/O APIC.

mod regs;

use backplane::{Addr, Claims, Device, Irq, Reset, What, Width, Wires};
use regs::{BYTE_LATCH, FLUSH, IRQ, IRQ_PORTS, ISA_LINES, LATCH, MEMORY, MEMORY_LEN, REGISTER_PORTS};
use serde::{Deserialize, Serialize};

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PcTestdev {
    latch: u32,
    lines: u16,
    #[serde(deserialize_with = "backplane::lists::exactly::<_, _, { MEMORY_LEN as usize }>")]
    memory: Vec<u8>,
}

impl PcTestdev {
    /// The device with everything zero.
    pub fn new() -> Self {
        PcTestdev { latch: 0, lines: 0, memory: vec![0; MEMORY_LEN as usize] }
    }

    fn cells(&mut self, address: u32, width: Width) -> Option<&mut [u8]> {
        let first = address.wrapping_sub(MEMORY) as usize;
        self.memory.get_mut(first..first.saturating_add(width.bytes() as usize))
    }

    fn set_line(&mut self, line: u16, high: bool) {
        let bit = 1u16.checked_shl(line.into()).unwrap_or(0);
        self.lines = if high { self.lines | bit } else { self.lines & !bit };
    }
}

impl Default for PcTestdev {
    fn default() -> Self {
        Self::new()
    }
}

/// Where in the latch an access to one of its ports begins, in bits.
fn shift(port: u16) -> u32 {
    8 * u32::from(port & 3)
}

impl Device for PcTestdev {
    fn name(&self) -> &'static str {
        "pc-testdev"
    }

    fn claims(&self) -> Claims {
        let claims = Claims::none()
            .wide_ports("latch", LATCH, REGISTER_PORTS, Width::Dword)
            .wide_ports("flush", FLUSH, REGISTER_PORTS, Width::Dword)
            .ports("latch by bytes", BYTE_LATCH, REGISTER_PORTS)
            .ports("interrupt lines", IRQ, IRQ_PORTS)
            .mmio("memory", MEMORY, MEMORY_LEN);
        (0..ISA_LINES).fold(claims, |claims, line| claims.with("interrupt", What::Irq(Irq::Isa(line))))
    }

    fn read(&mut self, at: Addr, _w: &mut Wires) -> u32 {
        match at {
            Addr::Port(port, _) if (LATCH..FLUSH).contains(&port) || (BYTE_LATCH..IRQ).contains(&port) => {
                self.latch >> shift(port)
            }
            Addr::Mmio(address, width) => {
                let mut value = [0; 4];
                if let Some(cells) = self.cells(address, width) {
                    value[..cells.len()].copy_from_slice(cells);
                }
                u32::from_le_bytes(value)
            }
            _ => 0,
        }
    }

    fn write(&mut self, at: Addr, value: u32, _w: &mut Wires) {
        match at {
            Addr::Port(port, _) if port >= IRQ => self.set_line(port - IRQ, value != 0),
            Addr::Port(port, _) if (FLUSH..BYTE_LATCH).contains(&port) => {}
            Addr::Port(port, width) => {
                let mask = width.mask() << shift(port);
                self.latch = self.latch & !mask | value << shift(port) & mask;
            }
            Addr::Mmio(address, width) => {
                if let Some(cells) = self.cells(address, width) {
                    cells.copy_from_slice(&value.to_le_bytes()[..width.bytes() as usize]);
                }
            }
            Addr::Config { .. } => {}
        }
    }

    fn lines(&self) -> u16 {
        self.lines
    }

    fn reset(&mut self, _kind: Reset) {
        let PcTestdev { latch, lines, memory } = self;
        (*latch, *lines) = (0, 0);
        memory.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::{Bench, seeded};

    fn bench() -> Bench<PcTestdev> {
        Bench::new(PcTestdev::new())
    }

    #[test]
    fn the_latch_takes_any_width_at_its_four_ports() {
        let mut b = bench();
        b.write(Addr::Port(LATCH, Width::Dword), 0x1234_5678);
        b.write(Addr::Port(LATCH + 2, Width::Word), 0xABCD);
        b.outb(LATCH + 1, 0xEF);
        assert_eq!(b.read(Addr::Port(LATCH, Width::Dword)), 0xABCD_EF78);
        assert_eq!((b.inb(LATCH + 3), b.inb(BYTE_LATCH + 1)), (0xAB, 0xEF));
        b.outb(BYTE_LATCH, 1);
        assert_eq!(b.read(Addr::Port(LATCH, Width::Word)), 0xEF01);
    }

    #[test]
    fn an_interrupt_line_follows_its_port() {
        let mut b = bench();
        b.outb(IRQ + 11, 0x80);
        assert!(b.line(11) && !b.line(10));
        b.outb(IRQ + 23, 1);
        assert_eq!(b.chip.lines(), 1 << 11);
        b.outb(IRQ + 11, 0);
        assert_eq!(b.chip.lines(), 0);
    }

    #[test]
    fn memory_is_read_as_it_was_written_and_flushing_changes_nothing() {
        let mut b = bench();
        b.write(Addr::Mmio(MEMORY + 0xFFFC, Width::Dword), 0x8899_AABB);
        b.write(Addr::Port(FLUSH, Width::Dword), 0x1000);
        assert_eq!(b.read(Addr::Mmio(MEMORY + 0xFFFE, Width::Word)), 0x8899);
        assert_eq!(b.read(Addr::Mmio(MEMORY, Width::Dword)), 0);
    }

    #[test]
    fn seeded_accesses_agree_with_the_rebuilt_twin() {
        seeded(bench, 8, 400);
    }
}
