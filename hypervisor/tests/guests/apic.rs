//! A guest and the local APIC of its CPU: messages to itself, the timer, and the 8259A behind pin LINT0.

use crate::support::{COUNTER, Guest};
use hypervisor::{Machine, MachineConfig, Media, Model, Stop, Until};

const MS: u64 = 1_000_000;
/// Registers, by their addresses.
const EOI: u32 = 0xFEE0_00B0;
const SPURIOUS: u32 = 0xFEE0_00F0;
const COMMAND: u32 = 0xFEE0_0300;
const TIMER: u32 = 0xFEE0_0320;
const LINT0: u32 = 0xFEE0_0350;
const INITIAL_COUNT: u32 = 0xFEE0_0380;
const DIVIDE: u32 = 0xFEE0_03E0;

/// A message with a vector, to its sender.
const TO_SELF: u32 = 1 << 18;
/// An NMI to the APIC with the identity of the destination, which is zero.
const NMI: u32 = 4 << 8 | 1 << 14;

/// Descriptors in the ROM: null, and data from 0 to 4 GiB.
const TABLE: u16 = 0xA000;

/// `mov dword [address], value`, with a DS that reaches everywhere.
fn set(guest: Guest, register: u32, value: u32) -> Guest {
    guest.code(&[0x67, 0x66, 0xC7, 0x05]).code(&register.to_le_bytes()).code(&value.to_le_bytes())
}

/// A guest that has enabled its APIC. Vector 40h says `S`, vector 2 says `N`.
fn guest() -> Guest {
    let end = [&[0x67, 0x66, 0xC7, 0x05][..], &EOI.to_le_bytes(), &[0; 4], &[0xCF]].concat();
    let served = [&[0xB0, b'S', 0xE6, 0xE9][..], &end].concat();
    let table = [&[0; 8][..], &[0xFF, 0xFF, 0, 0, 0, 0x92, 0xCF, 0]].concat();
    let [low, high] = TABLE.to_le_bytes();
    let pointer = [&[0x0F, 0, low, high, 0x0F, 0][..], &table].concat();
    let guest = Guest::new()
        .handler(0x40, 0x9000, &served)
        .handler(2, 0x9100, &[0xB0, b'N', 0xE6, 0xE9, 0xCF])
        // The pointer is six bytes of a handler's place that nothing calls.
        .handler(0xF0, TABLE - 6, &pointer);
    // lgdt [cs:TABLE - 6]; mov eax,cr0; or al,1; mov cr0,eax; mov bx,8; mov ds,bx; and al,FEh; mov cr0,eax
    let [low, high] = (TABLE - 6).to_le_bytes();
    let guest =
        guest.code(&[0x2E, 0x0F, 0x01, 0x16, low, high, 0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0]);
    let guest = guest.code(&[0xBB, 0x08, 0x00, 0x8E, 0xDB, 0x24, 0xFE, 0x0F, 0x22, 0xC0]);
    set(guest, SPURIOUS, 0x1FF)
}

fn machine(guest: Guest) -> Machine {
    guest.machine_as(
        MachineConfig { cpu: Model::Pentium4, apic: true, ..MachineConfig::default() },
        Media::default(),
    )
}

fn run(machine: &mut Machine, ns: u64) -> String {
    assert_eq!(machine.run(Until::time(machine.now() + ns)), Stop::Deadline);
    String::from_utf8(machine.take_debug_text()).expect("ASCII")
}

#[test]
fn a_message_to_itself_interrupts_when_interrupts_are_on() {
    let guest = set(guest(), COMMAND, TO_SELF | 0x40).say("off").code(&[0xFB, 0x90]).say("on");
    assert_eq!(run(&mut machine(guest.spin()), MS), "offSon");
}

#[test]
fn an_nmi_to_itself_comes_with_interrupts_off() {
    let guest = set(guest(), COMMAND, NMI).code(&[0x90]).say("on");
    assert_eq!(run(&mut machine(guest.spin()), MS), "Non");
}

#[test]
fn the_timer_wakes_a_halted_cpu_and_survives_a_snapshot() {
    let build = || {
        let guest = set(set(guest(), DIVIDE, 0xB), TIMER, 1 << 17 | 0x40);
        machine(set(guest, INITIAL_COUNT, 100_000).idle())
    };
    let mut first = build();
    let text = run(&mut first, 5 * MS + MS / 2);
    assert_eq!(text, "SSSSS", "one each millisecond of a bus of 100 MHz");
    let saved = first.save();
    let mut second = build();
    second.restore(&saved).expect("the same machine");
    assert_eq!(run(&mut second, 3 * MS), "SSS");
    assert_eq!((run(&mut first, 3 * MS).as_str(), first.digests()), ("SSS", second.digests()));
}

#[test]
fn the_8259a_comes_through_lint0_once_that_is_a_virtual_wire() {
    let ticks = |lint0| {
        let counter = guest().ticking(600).pics([0xFE, 0xFF]);
        let mut machine = machine(set(counter, LINT0, lint0).idle());
        run(&mut machine, 2 * MS);
        machine.ram().read_u32(usize::from(COUNTER)) as u16
    };
    assert_eq!(ticks(1 << 16), 0);
    assert!(ticks(0x700) >= 3);
}
