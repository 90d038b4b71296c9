use super::*;
use backplane::bench::{Bench, seeded};

fn bench() -> Bench<I440fx> {
    Bench::new(I440fx::new())
}

fn config(register: u8, width: Width) -> Addr {
    Addr::Config { function: 0, register, width }
}

const LATCH: Addr = Addr::Port(0xCF8, Width::Dword);

#[test]
fn the_bridge_is_an_82441fx() {
    let mut b = bench();
    assert_eq!(b.read(config(0x00, Width::Dword)), 0x1237_8086);
    assert_eq!(b.read(config(0x04, Width::Dword)), 0x0280_0006);
    assert_eq!(b.read(config(0x08, Width::Dword)), 0x0600_0002);
    assert_eq!(b.read(config(0x72, Width::Byte)), 0x02);
}

#[test]
fn only_dwords_reach_the_address_latch() {
    let mut b = bench();
    b.write(LATCH, 0x8000_0B43);
    assert_eq!(b.read(LATCH), 0x8000_0B40);
    b.outb(0xCF8, 0x12);
    assert_eq!(b.inb(0xCF8), 0xFF);
    assert_eq!(
        b.chip.config_address(),
        Some(ConfigAddress { bus: 0, device: 1, function: 3, register: 0x40 })
    );
    b.write(LATCH, 0x0000_0B40);
    assert_eq!(b.chip.config_address(), None);
}

#[test]
fn each_pam_nibble_steers_its_segment() {
    let mut b = bench();
    // Segment, register, value with read enabled.
    for (segment, register, shift) in [(12, 0x59, 4), (0, 0x5A, 0), (1, 0x5A, 4), (7, 0x5D, 4), (11, 0x5F, 4)]
    {
        let before = b.chip.claims_key();
        b.write(config(register, Width::Byte), 1 << shift);
        assert_eq!(b.chip.pam(segment), Pam { read_ram: true, write_ram: false });
        assert_ne!(b.chip.claims_key(), before);
        b.write(config(register, Width::Byte), 2 << shift);
        assert_eq!(b.chip.pam(segment), Pam { read_ram: false, write_ram: true });
        b.write(config(register, Width::Byte), 0);
        let open = (0..20).filter(|n| b.chip.pam(*n) != Pam { read_ram: false, write_ram: false });
        assert_eq!(open.count(), 0);
    }
}

#[test]
fn a_locked_smram_register_stays_locked_until_reset() {
    let mut b = bench();
    b.write(config(0x72, Width::Byte), 0x48);
    assert_eq!(b.chip.smram(), Smram { enabled: true, open: true, closed: false });
    b.write(config(0x72, Width::Byte), 0x58);
    assert_eq!(b.read(config(0x72, Width::Byte)), 0x1A);
    b.write(config(0x72, Width::Byte), 0x60);
    assert_eq!(b.chip.smram(), Smram { enabled: true, open: false, closed: true });
    b.chip.reset(Reset::Board);
    assert_eq!(b.read(config(0x72, Width::Byte)), 0x02);
}

#[test]
fn seeded_accesses_find_no_difference() {
    seeded(bench, 12, 4000);
}
