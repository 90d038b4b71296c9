use super::*;
use backplane::bench::{Bench, seeded};

/// Registers by their offsets.
const ID: u32 = 0x20;
const VERSION: u32 = 0x30;
const TPR: u32 = 0x80;
const PPR: u32 = 0xA0;
const EOI: u32 = 0xB0;
const LDR: u32 = 0xD0;
const DFR: u32 = 0xE0;
const SVR: u32 = 0xF0;
const ISR: u32 = 0x100;
const IRR: u32 = 0x200;
const ESR: u32 = 0x280;
const ICR: u32 = 0x300;
const ICR_HIGH: u32 = 0x310;
const TIMER: u32 = 0x320;
const THERMAL: u32 = 0x330;
const PERFORMANCE: u32 = 0x340;
const LINT0: u32 = 0x350;
const LINT1: u32 = 0x360;
const ERROR: u32 = 0x370;
const INITIAL: u32 = 0x380;
const CURRENT: u32 = 0x390;
const DIVIDE: u32 = 0x3E0;

/// ICR: to itself.
const TO_SELF: u32 = 1 << 18;
const NMI: u32 = 4 << 8;
const MASKED: u32 = 1 << 16;
const PERIODIC: u32 = 1 << 17;
/// Divide by one.
const BY_ONE: u32 = 0xB;

struct Rig(Bench<LocalApic>);

impl Rig {
    /// One that firmware has enabled.
    fn new() -> Rig {
        let mut rig = Rig(Bench::new(LocalApic::new(ApicGeneration::NetBurst)));
        rig.set(SVR, 0x1FF);
        rig
    }

    fn set(&mut self, register: u32, value: u32) -> &mut Rig {
        self.0.write(Addr::Mmio(BASE as u32 + register, Width::Dword), value);
        self
    }

    fn get(&mut self, register: u32) -> u32 {
        self.0.read(Addr::Mmio(BASE as u32 + register, Width::Dword))
    }

    fn acknowledge(&mut self) -> Option<u8> {
        self.0.chip.acknowledge()
    }
}

#[test]
fn after_reset_it_takes_no_interrupts_and_holds_the_8259a_back() {
    let mut rig = Rig(Bench::new(LocalApic::new(ApicGeneration::P6)));
    assert_eq!((rig.get(ID), rig.get(VERSION), rig.get(SVR)), (0, 0x0004_0011, 0xFF));
    assert_eq!((rig.get(DFR), rig.get(LINT0)), (u32::MAX, MASKED));
    rig.set(ICR, TO_SELF | 0x40);
    assert!(!rig.0.chip.interrupt(true));
    assert!(!rig.0.chip.passes_nmi());
}

#[test]
fn virtual_wire_mode_passes_intr_and_nmi() {
    let mut rig = Rig::new();
    rig.set(LINT0, 0x8700).set(LINT1, 0x8400);
    assert!(rig.0.chip.interrupt(true) && !rig.0.chip.interrupt(false));
    assert!(rig.0.chip.passes_nmi());
    assert_eq!(rig.acknowledge(), None, "the vector is the 8259A's");
    rig.set(SVR, 0xFF);
    assert!(!rig.0.chip.interrupt(true), "an APIC disabled by software masks its table");
    assert_eq!(rig.get(LINT0), 0x8700 | MASKED);
    rig.set(LINT0, 0x8700);
    assert_eq!(rig.get(LINT0), 0x8700 | MASKED, "and keeps it so");
}

#[test]
fn one_that_apic_base_switched_off_is_not_there() {
    let mut rig = Rig::new();
    rig.set(ICR, TO_SELF | 0x40);
    rig.0.chip.place(false, BASE);
    assert_eq!(rig.0.chip.claims().iter().count(), 0);
    assert!(rig.0.chip.interrupt(true) && !rig.0.chip.interrupt(false) && rig.0.chip.passes_nmi());
    rig.0.chip.place(true, BASE);
    assert_eq!((rig.get(SVR), rig.get(IRR + 0x20)), (0xFF, 0));
    rig.0.chip.place(true, 0xF_FEE0_0000);
    assert_eq!(rig.0.chip.claims().iter().count(), 0, "above 4 GiB nothing reaches it");
}

#[test]
fn interrupts_come_by_priority_and_nest() {
    let mut rig = Rig::new();
    rig.set(ICR, TO_SELF | 0x31).set(ICR, TO_SELF | 0x52).set(ICR, TO_SELF | 0x51);
    assert_eq!(rig.get(IRR + 0x10), 1 << 17);
    assert_eq!(rig.acknowledge(), Some(0x52));
    assert_eq!((rig.get(ISR + 0x20), rig.get(PPR)), (1 << 18, 0x50));
    assert_eq!(rig.acknowledge(), None, "the same class waits");
    rig.set(ICR, TO_SELF | 0x60);
    assert_eq!(rig.acknowledge(), Some(0x60));
    rig.set(EOI, 0);
    assert_eq!(rig.acknowledge(), None);
    rig.set(EOI, 0);
    assert_eq!(rig.acknowledge(), Some(0x51));
    rig.set(EOI, 0);
    assert_eq!(rig.acknowledge(), Some(0x31));
}

#[test]
fn the_task_priority_holds_its_class_and_those_below_back() {
    let mut rig = Rig::new();
    rig.set(TPR, 0x4F).set(ICR, TO_SELF | 0x4F).set(ICR, TO_SELF | 0x50);
    assert_eq!(rig.acknowledge(), Some(0x50));
    rig.set(EOI, 0);
    assert!(!rig.0.chip.interrupt(false));
    assert_eq!(rig.get(PPR), 0x4F);
    rig.set(TPR, 0x3F);
    assert_eq!(rig.acknowledge(), Some(0x4F));
}

#[test]
fn a_message_finds_its_destination() {
    let logical = 1 << 11;
    let mut rig = Rig::new();
    rig.set(ID, 3 << 24).set(LDR, 0x12 << 24);
    for (high, low, taken) in [
        (3, 0, true),
        (2, 0, false),
        (0xFF, 0, true),
        (0x02, logical, true),
        (0x0D, logical, false),
        (0, 3 << 18, false),
        (0, 2 << 18, true),
    ] {
        rig.set(ICR_HIGH, high << 24).set(ICR, low | 0x40);
        assert_eq!(rig.acknowledge().is_some(), taken, "{high:X} {low:X}");
        rig.set(EOI, 0);
    }
    rig.set(DFR, 0);
    for (high, taken) in [(0x12, true), (0x22, false), (0xF2, true), (0x11, false)] {
        rig.set(ICR_HIGH, high << 24).set(ICR, logical | 0x40);
        assert_eq!(rig.acknowledge().is_some(), taken, "cluster {high:X}");
        rig.set(EOI, 0);
    }
}

#[test]
fn an_nmi_to_itself_is_told_once_and_init_resets_the_cpu() {
    let mut rig = Rig::new();
    rig.set(ICR, NMI | 1 << 14);
    assert!(rig.0.chip.take_nmi() && !rig.0.chip.take_nmi());
    rig.set(ICR, 3 << 18 | 5 << 8 | 1 << 14);
    assert_eq!(rig.0.signals.reset, None, "INIT to the others");
    rig.set(ICR, 5 << 8 | 1 << 15);
    assert_eq!(rig.0.signals.reset, None, "INIT de-asserted");
    rig.set(ICR, 5 << 8 | 1 << 14);
    assert_eq!(rig.0.signals.reset, Some(Reset::Cpu));
}

#[test]
fn errors_are_shown_after_a_write_and_interrupt() {
    let mut rig = Rig::new();
    rig.set(ERROR, 0xFE).set(ICR, TO_SELF | 0x0F);
    assert_eq!(rig.get(ESR), 0);
    rig.set(ESR, 0);
    assert_eq!(rig.get(ESR), 1 << 5);
    assert_eq!(rig.acknowledge(), Some(0xFE));
    rig.get(0x40);
    rig.set(ESR, 0);
    assert_eq!(rig.get(ESR), 1 << 7);
}

#[test]
fn a_one_shot_timer_interrupts_once_after_its_counts() {
    let mut rig = Rig::new();
    rig.set(DIVIDE, 0x3).set(TIMER, 0x40).set(INITIAL, 100);
    // 100 counts of 16 clocks of 10 ns.
    rig.0.advance(8_000);
    assert_eq!((rig.get(CURRENT), rig.acknowledge()), (50, None));
    rig.0.advance(7_999);
    assert_eq!(rig.acknowledge(), None);
    rig.0.advance(1);
    assert_eq!((rig.get(CURRENT), rig.acknowledge()), (0, Some(0x40)));
    rig.set(EOI, 0);
    rig.0.advance(100_000);
    assert_eq!((rig.get(INITIAL), rig.acknowledge(), rig.0.chip.wake()), (100, None, None));
}

#[test]
fn a_periodic_timer_goes_on_and_a_masked_one_only_counts() {
    let mut rig = Rig::new();
    rig.set(DIVIDE, BY_ONE).set(TIMER, PERIODIC | 0x40).set(INITIAL, 1000);
    for _ in 0..3 {
        rig.0.advance(10_000);
        assert_eq!(rig.acknowledge(), Some(0x40));
        rig.set(EOI, 0);
    }
    rig.set(TIMER, MASKED | PERIODIC | 0x40);
    assert_eq!(rig.0.chip.wake(), None);
    rig.0.advance(12_500);
    assert_eq!((rig.get(CURRENT), rig.acknowledge()), (750, None));
    rig.set(TIMER, PERIODIC | 0x40);
    rig.0.advance(7_500);
    assert_eq!(rig.acknowledge(), Some(0x40));
    rig.set(INITIAL, 0);
    assert_eq!((rig.get(CURRENT), rig.0.chip.wake()), (0, None));
}

#[test]
fn each_generation_has_its_own_table() {
    for (generation, present) in [
        (ApicGeneration::Pentium, [false, false]),
        (ApicGeneration::P6, [false, true]),
        (ApicGeneration::NetBurst, [true, true]),
    ] {
        let mut rig = Rig(Bench::new(LocalApic::new(generation)));
        let there = [THERMAL, PERFORMANCE].map(|register| rig.get(register) == MASKED);
        assert_eq!(there, present, "{generation:?}");
    }
}

#[test]
fn seeded_accesses_agree_with_the_rebuilt_twin() {
    seeded(|| Rig::new().0, 16, 2000);
}
