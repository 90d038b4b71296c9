use super::Rig;
use backplane::{Reset, Width};

const DATA: u16 = 0xCFC;

#[test]
fn every_width_at_every_data_port_stays_inside_the_dword() {
    let mut rig = Rig::pc();
    rig.select(0, 0, 0);
    let bytes: Vec<u32> = (0..4).map(|n| rig.input(DATA + n, Width::Byte)).collect();
    assert_eq!(bytes, [0x86, 0x80, 0x37, 0x12]);
    let words: Vec<u32> = (0..4).map(|n| rig.input(DATA + n, Width::Word)).collect();
    assert_eq!(words, [0x8086, 0x3780, 0x1237, 0xFF12]);
    let dwords: Vec<u32> = (0..4).map(|n| rig.input(DATA + n, Width::Dword)).collect();
    assert_eq!(dwords, [0x1237_8086, 0xFF12_3780, 0xFFFF_1237, 0xFFFF_FF12]);
}

#[test]
fn narrow_writes_change_their_bytes_alone() {
    let mut rig = Rig::pc();
    rig.config_write(super::VGA, 0, super::BAR0, Width::Dword, 0xE000_0000);
    rig.config_write(super::VGA, 0, super::BAR0 + 3, Width::Byte, 0xC1);
    rig.select(super::VGA, 0, super::BAR0);
    assert_eq!(rig.input(DATA, Width::Dword), 0xC100_0008);
    rig.output(DATA + 3, Width::Word, 0xFFD2);
    assert_eq!(rig.input(DATA, Width::Dword), 0xD200_0008, "the byte at D00h is nobody's");
}

#[test]
fn the_data_ports_are_dead_while_the_latch_is_disabled() {
    let mut rig = Rig::pc();
    rig.output(0xCF8, Width::Dword, 0);
    assert_eq!(rig.input(DATA, Width::Dword), 0xFFFF_FFFF);
    rig.output(DATA + 4, Width::Word, 0);
    assert_eq!(rig.input(DATA + 2, Width::Byte), 0xFF);
}

#[test]
fn narrow_accesses_do_not_reach_the_latch() {
    let mut rig = Rig::pc();
    rig.select(1, 0, 0);
    rig.outb(0xCF8, 0xFF);
    rig.output(0xCFA, Width::Word, 0xFFFF);
    assert_eq!(rig.input(DATA, Width::Dword), 0x7000_8086);
    rig.outb(0xCF9, 0x06);
    assert_eq!(rig.board.signals.reset, Some(Reset::Board));
}

#[test]
fn absent_functions_and_other_buses_read_as_ones() {
    let mut rig = Rig::pc();
    for (device, function) in [(31, 0), (3, 0), (0, 1), (super::VGA, 7)] {
        rig.select(device, function, 0);
        rig.output(DATA, Width::Dword, 0);
        assert_eq!(rig.input(DATA, Width::Dword), 0xFFFF_FFFF, "{device}.{function}");
    }
    rig.output(0xCF8, Width::Dword, 1 << 31 | 1 << 16);
    assert_eq!(rig.input(DATA, Width::Dword), 0xFFFF_FFFF);
}

#[test]
fn a_board_without_pci_has_no_configuration_ports() {
    let mut rig = Rig::isa();
    rig.select(0, 0, 0);
    assert_eq!(rig.input(0xCF8, Width::Dword), 0xFFFF_FFFF);
    assert_eq!(rig.input(DATA, Width::Dword), 0xFFFF_FFFF);
}
