use super::*;
use backplane::bench::{Bench, seeded};

fn bench() -> Bench<Piix3> {
    Bench::new(Piix3::new())
}

fn config(register: u8, width: Width) -> Addr {
    Addr::Config { function: 0, register, width }
}

#[test]
fn the_bridge_is_a_multi_function_82371sb() {
    let mut b = bench();
    assert_eq!(b.read(config(0x00, Width::Dword)), 0x7000_8086);
    assert_eq!(b.read(config(0x04, Width::Dword)), 0x0200_0007);
    assert_eq!(b.read(config(0x08, Width::Dword)), 0x0601_0000);
    assert_eq!(b.read(config(0x0E, Width::Byte)), 0x80);
    assert_eq!(b.read(config(0x60, Width::Dword)), 0x8080_8080);
}

#[test]
fn pirqs_go_where_the_routing_register_says() {
    let mut b = bench();
    assert_eq!(b.chip.route(0), None);
    b.write(config(0x60, Width::Dword), 0x0D80_0B0A);
    assert_eq!([0, 1, 2, 3].map(|n| b.chip.route(n)), [Some(10), Some(11), None, None]);
    assert_eq!((Piix3::pirq(1, 0), Piix3::pirq(2, 0), Piix3::pirq(3, 3), Piix3::pirq(0, 0)), (0, 1, 1, 3));
}

#[test]
fn cf9_resets_the_board_or_the_cpu_by_bit_1() {
    let mut b = bench();
    b.outb(0xCF9, 0x02);
    assert_eq!((b.signals.reset, b.inb(0xCF9)), (None, 0x02));
    b.outb(0xCF9, 0x06);
    assert_eq!(b.signals.reset.take(), Some(Reset::Board));
    b.outb(0xCF9, 0x04);
    assert_eq!(b.signals.reset.take(), Some(Reset::Cpu));
}

#[test]
fn apm_ports_are_latches_and_a_lost_smi_is_noted() {
    let mut b = bench();
    b.outb(0xB3, 0x55);
    b.outb(0xB2, 0xAA);
    assert_eq!((b.inb(0xB2), b.inb(0xB3)), (0xAA, 0x55));
    assert!(b.notes.list().is_empty());
    b.write(config(0xA0, Width::Byte), 1);
    b.write(config(0xA2, Width::Word), 0x80);
    b.outb(0xB2, 1);
    assert_eq!(b.notes.list().len(), 1);
    assert_eq!(Piix3::beside_piix4().claims().iter().count(), 2);
}

#[test]
fn seeded_accesses_find_no_difference() {
    seeded(bench, 12, 4000);
}
