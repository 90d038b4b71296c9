use super::Rig;
use backplane::Width;

/// Scratch register and line control of the second serial port.
const COM2_SCRATCH: u16 = 0x2FF;
/// Base address register of the IDE bus master: 16 ports; device 1, function 1.
const BUS_MASTER_BAR: u8 = 0x20;

fn place_bus_master(rig: &mut Rig, base: u32) {
    rig.config_write(1, 1, BUS_MASTER_BAR, Width::Dword, base | 1);
    rig.config_write(1, 1, super::COMMAND, Width::Word, 1);
}

#[test]
fn ports_that_nobody_claims_read_as_ones_at_every_width() {
    let mut rig = Rig::pc();
    for (width, ones) in [(Width::Byte, 0xFF), (Width::Word, 0xFFFF), (Width::Dword, 0xFFFF_FFFF)] {
        rig.output(0x5000, width, 0);
        assert_eq!(rig.input(0x5000, width), ones);
    }
    assert!(rig.notes().is_empty());
}

#[test]
fn a_word_over_a_port_of_nobody_and_one_of_a_chip_reaches_the_chip() {
    let mut rig = Rig::pc();
    assert_eq!(rig.input(0xE8, Width::Word), 0xE9FF);
    rig.output(0xE8, Width::Word, 0x4130);
    rig.output(0xE6, Width::Dword, 0x4233_3231);
    assert_eq!(rig.board.signals.debug_text, b"AB");
}

#[test]
fn a_word_over_two_chips_is_cut_between_them() {
    let mut rig = Rig::pc();
    rig.outb(0x61, 0x03);
    let (keyboard, speaker) = (rig.inb(0x60), rig.inb(0x61) & 0x03);
    let word = rig.input(0x60, Width::Word);
    assert_eq!((word as u8, (word >> 8) as u8 & 0x03), (keyboard, speaker));
    assert_eq!(speaker, 0x03);
    rig.output(0x5F, Width::Dword, 0x0001_0000);
    assert_eq!(rig.inb(0x61) & 0x03, 0x01);
}

#[test]
fn ports_wrap_after_ffff() {
    let mut rig = Rig::pc();
    const CLEAR_FLIP_FLOP: u16 = 0x0C;
    rig.outb(CLEAR_FLIP_FLOP, 0);
    rig.output(0xFFFF, Width::Word, 0x3400);
    rig.outb(CLEAR_FLIP_FLOP, 0);
    assert_eq!(rig.input(0xFFFF, Width::Word), 0x34FF);
    rig.outb(CLEAR_FLIP_FLOP, 0);
    assert_eq!(rig.input(0xFFFD, Width::Dword), 0x34FF_FFFF);
}

#[test]
fn a_word_register_of_one_port_takes_a_word_whole() {
    let mut rig = Rig::pc();
    const INDEX: u16 = 0x1CE;
    const DATA: u16 = 0x1CF;
    rig.output(INDEX, Width::Word, 1);
    rig.output(DATA, Width::Word, 800);
    assert_eq!(rig.input(DATA, Width::Word), 800);
}

#[test]
fn an_earlier_chip_takes_a_port_and_gives_it_back_when_it_moves_away() {
    let mut rig = Rig::pc();
    rig.outb(COM2_SCRATCH, 0x5A);
    place_bus_master(&mut rig, 0x2F0);
    assert_eq!(rig.inb(COM2_SCRATCH), 0, "the bus master's table register");
    assert_eq!(rig.notes().len(), 1, "{:?}", rig.notes());
    assert!(rig.notes()[0].contains("both claim port 2F8h"), "{:?}", rig.notes());
    place_bus_master(&mut rig, 0xC000);
    assert_eq!(rig.inb(COM2_SCRATCH), 0x5A);
    assert_eq!(rig.inb(0xC000), 0);
}

#[test]
fn a_later_chip_does_not_take_a_port() {
    let mut rig = Rig::pc();
    rig.outb(0x21, 0xA5);
    place_bus_master(&mut rig, 0x20);
    assert_eq!(rig.inb(0x21), 0xA5);
    assert_eq!(rig.inb(0x24), 0, "a port that was free");
    assert_eq!(rig.notes().len(), 1);
}

#[test]
fn who_owns_a_port_does_not_depend_on_the_way_there() {
    let mut moved = Rig::pc();
    place_bus_master(&mut moved, 0x20);
    place_bus_master(&mut moved, 0x2F0);
    let chips = moved.board.chips.clone();
    moved.outb(COM2_SCRATCH, 0x77);
    let mut fresh = Rig::pc();
    fresh.board.chips = chips;
    fresh.board.derive_all().expect("the overlap is there from the start");
    fresh.outb(COM2_SCRATCH, 0x77);
    assert_eq!(moved.board.chips, fresh.board.chips);
}
