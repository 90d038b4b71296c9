use super::Rig;
use crate::board::Number;
use backplane::{Irq, Width};
use device_models::Uart;
use engine::Bus;

const COM: [u16; 2] = [0x3F8, 0x2F8];
/// Registers of a serial port, and the bits that make an idle transmitter interrupt.
const IER: u16 = 1;
const MCR: u16 = 4;
const TRANSMITTER_EMPTY: u8 = 2;
const OUT2: u8 = 8;
const IRQ4: u16 = 1 << 4;
/// PIRQ route registers of the south bridge.
const PIRQ_A: u8 = 0x60;
const OFF: u32 = 0x80;
const ELCR_HIGH: u16 = 0x4D1;

/// Two serial ports on one line.
fn shared() -> Rig {
    let mut rig = Rig::pc();
    rig.board.chips.com2 = Some(Uart::new(COM[1], 4, 1));
    assert_eq!(rig.board.derive_all(), None);
    rig.open_pics();
    for port in COM {
        rig.outb(port + MCR, OUT2);
    }
    rig
}

fn raise(rig: &mut Rig, port: u16) {
    rig.outb(port + IER, TRANSMITTER_EMPTY);
}

fn lower(rig: &mut Rig, port: u16) {
    rig.outb(port + IER, 0);
}

fn serve(rig: &mut Rig) -> u8 {
    let vector = rig.bus().acknowledge(0);
    rig.outb(0x20, 0x20);
    vector
}

#[test]
fn chips_on_one_edge_line_make_one_edge_until_all_let_go() {
    let mut rig = shared();
    raise(&mut rig, COM[0]);
    assert!(rig.bus().interrupt());
    assert_eq!(serve(&mut rig), 0x0C);
    raise(&mut rig, COM[1]);
    lower(&mut rig, COM[0]);
    assert!(!rig.bus().interrupt(), "the line never fell");
    lower(&mut rig, COM[1]);
    raise(&mut rig, COM[1]);
    assert!(rig.bus().interrupt());
}

#[test]
fn tim_03_chips_on_one_level_line_interrupt_until_all_let_go() {
    let mut rig = shared();
    rig.outb(0x4D0, IRQ4 as u8);
    raise(&mut rig, COM[0]);
    raise(&mut rig, COM[1]);
    serve(&mut rig);
    lower(&mut rig, COM[0]);
    assert!(rig.bus().interrupt());
    serve(&mut rig);
    lower(&mut rig, COM[1]);
    assert!(!rig.bus().interrupt());
}

#[test]
fn a_request_that_goes_away_while_masked_is_gone() {
    let mut rig = shared();
    rig.outb(0x21, 0xFF);
    raise(&mut rig, COM[0]);
    assert!(!rig.bus().interrupt());
    assert_eq!(rig.requests(), IRQ4);
    rig.outb(0x21, 0);
    assert!(rig.bus().interrupt());
    rig.outb(0x21, 0xFF);
    lower(&mut rig, COM[0]);
    rig.outb(0x21, 0);
    assert!(!rig.bus().interrupt());
}

#[test]
fn tim_03_derived_levels_are_adopted_without_an_edge() {
    let mut rig = shared();
    raise(&mut rig, COM[0]);
    serve(&mut rig);
    let chips = rig.board.chips.clone();
    assert_eq!(rig.board.derive_all(), None);
    assert!(!rig.bus().interrupt());
    assert_eq!(rig.board.chips, chips);
    // A line that the controllers never saw rise.
    let mut other = shared();
    other.board.chips.com1 = chips.com1;
    other.board.derive_all();
    assert!(!other.bus().interrupt());
    lower(&mut other, COM[0]);
    raise(&mut other, COM[0]);
    assert!(other.bus().interrupt(), "the next edge is seen");
}

#[test]
fn tim_03_a_request_that_waits_survives_derivation() {
    let mut rig = shared();
    raise(&mut rig, COM[0]);
    rig.board.derive_all();
    assert!(rig.bus().interrupt());
    assert_eq!(serve(&mut rig), 0x0C);
}

/// A board whose debug ports drive INTA# of PCI device 2, high.
fn with_pci_line() -> Rig {
    let mut rig = Rig::pc();
    rig.open_pics();
    let seen = &mut rig.board.seen[Number::debug_ports as usize];
    seen.irqs[0] = Some(Irq::Pci { device: 2, pin: 0 });
    seen.lines = 1;
    rig
}

fn route(rig: &mut Rig, irq: u32) -> u16 {
    rig.config_write(1, 0, PIRQ_A + 1, Width::Byte, irq);
    rig.requests()
}

#[test]
fn a_pci_line_follows_its_route() {
    let mut rig = with_pci_line();
    assert_eq!(route(&mut rig, 11), 1 << 11);
    assert_eq!(route(&mut rig, 10), 1 << 10);
    assert_eq!(route(&mut rig, 8), 0, "a reserved number");
    assert_eq!(route(&mut rig, 5), 1 << 5);
    assert_eq!(route(&mut rig, OFF | 5), 0);
    rig.config_write(1, 0, PIRQ_A, Width::Byte, 11);
    assert_eq!(rig.requests(), 0, "another PIRQ");
}

#[test]
fn a_level_triggered_pci_line_asks_again_after_its_eoi() {
    let mut rig = with_pci_line();
    rig.outb(ELCR_HIGH, 1 << 3);
    route(&mut rig, 11);
    for _ in 0..2 {
        assert!(rig.bus().interrupt());
        assert_eq!(rig.bus().acknowledge(0), 0x73);
        assert!(!rig.bus().interrupt(), "in service");
        rig.outb(0xA0, 0x20);
        rig.outb(0x20, 0x20);
    }
    route(&mut rig, OFF);
    assert!(!rig.bus().interrupt());
}
