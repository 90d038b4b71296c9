//! Guests gone wild: seeded boot sectors of noise, and of code that throws values at ports, video memory, firmware
//! services and control registers. Whatever they do, a run ends at its virtual deadline or with the guest's death, and
//! the picture is whole.

use crate::chance::Chance;
use hypervisor::{
    Bay, BootDevice, Bytes, Disk, Drive, Input, Instant, Key, Machine, MachineConfig, Media, Model, Preset,
    Stop, Until, VideoKind,
};

const GUESTS: u64 = 48;
/// Instructions of one guest after its boot sector has begun.
const INSTRUCTIONS: u64 = 300_000;
/// Virtual time of one guest, for those that sleep.
const LIMIT_NS: u64 = 500_000_000;
const SLICE_NS: u64 = 500_000;
/// The slow ones: firmware that waits for a device runs through few instructions on them.
const CPUS: [Model; 3] = [Model::I386, Model::I486, Model::Pentium];
/// `mov al, 10`, `out E9h, al`: tells that the boot sector has begun.
const BEGUN: [u8; 4] = [0xB0, 10, 0xE6, 0xE9];

const PORTS: [u16; 36] = [
    0x20, 0x21, 0xA0, 0xA1, 0x4D0, 0x40, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x92, 0x00, 0x05, 0x0B,
    0x0C, 0x81, 0xD6, 0x1CE, 0x1D0, 0x3F2, 0x3F5, 0x3F7, 0x3C0, 0x3C2, 0x3C5, 0x3CF, 0x3D4, 0x3D5, 0x3F8,
    0x3FB, 0xB004, 0xC000, 0xC002,
];

/// `mov dx, port`
fn mov_dx(code: &mut Vec<u8>, port: u16) {
    code.push(0xBA);
    code.extend(port.to_le_bytes());
}

/// A few instructions.
fn snippet(chance: &mut Chance, code: &mut Vec<u8>) {
    let [a, b, c, d]: [u8; 4] = std::array::from_fn(|_| chance.byte());
    let port = if a & 3 == 0 { u16::from_le_bytes([b, c]) } else { chance.of(&PORTS) };
    match chance.below(12) {
        0 | 1 => {
            mov_dx(code, port);
            code.extend([0xB0, d, 0xEE]);
        }
        2 => {
            mov_dx(code, port);
            code.extend([0x66, 0xB8, a, b, c, d, 0x66, 0xEF]);
        }
        3 => {
            // String input and output.
            mov_dx(code, port);
            code.extend([0xB9, a, 1, 0xF3, 0x6C + (d & 3)]);
        }
        4 => drive_command(chance, code, [a, b, c, d]),
        5 => {
            // A configuration register of the PCI bus.
            mov_dx(code, 0xCF8);
            code.extend([0x66, 0xB8, a & 0xFC, b & 0x3F, 0, 0x80, 0x66, 0xEF]);
            mov_dx(code, 0xCFC);
            code.extend([0x66, 0xB8, c, d, a, b, 0x66, 0xEF]);
        }
        6 => {
            // A block into video memory, ROM or the interrupt table.
            let segment: u16 = chance.of(&[0xA000, 0xB800, 0xC000, 0xF000, 0xFFFF, 0x0000]);
            code.push(0xB8);
            code.extend(segment.to_le_bytes());
            code.extend([0x8E, 0xC0, 0xBF, a, b, 0xB9, c, 0x10, 0xF3, chance.of(&[0xAA, 0xAB, 0xA4])]);
        }
        7 => {
            let service = chance.of(&[0x10, 0x10, 0x13, 0x13, 0x14, 0x15, 0x1A]);
            code.extend([0xB8, a, b & 0x5F, 0xBB, c, d, 0xCD, service]);
        }
        // A control register.
        8 => code.extend([0x66, 0xB8, a, b, 0, c & 0x80, 0x0F, 0x22, chance.of(&[0xC0, 0xD8, 0xE0])]),
        9 => code.extend([0x0F, a, b, c]),
        10 => code.extend([0xD8 | a & 7, b, c]),
        _ => code.extend([a, b, c, d]),
    }
}

/// A task file and a command for a disk or a CD drive, and some of its data.
fn drive_command(chance: &mut Chance, code: &mut Vec<u8>, [a, b, c, d]: [u8; 4]) {
    let base = chance.of(&[0x1F0, 0x170]);
    let command = chance.of(&[0x20, 0x30, 0xA0, 0xC4, 0xC6, 0xC8, 0xCA, 0xEC, 0xEF, d]);
    for (register, value) in [(2, a), (3, b), (4, c), (5, 0), (6, 0xE0 | d & 0x1F), (7, command)] {
        mov_dx(code, base + register);
        code.extend([0xB0, value, 0xEE]);
    }
    mov_dx(code, base);
    code.extend([0xB9, 0, 1, 0xF3, 0x6D + (a & 2)]);
}

fn boot_sector(chance: &mut Chance) -> Vec<u8> {
    let mut sector = BEGUN.to_vec();
    if chance.below(4) == 0 {
        sector.extend((BEGUN.len()..510).map(|_| chance.byte()));
    } else {
        // sti; snippets; jmp to the first.
        sector.push(0xFB);
        while sector.len() < 460 {
            snippet(chance, &mut sector);
        }
        let back = BEGUN.len() as i16 - (sector.len() as i16 + 3);
        sector.push(0xE9);
        sector.extend(back.to_le_bytes());
    }
    sector.resize(510, 0x90);
    sector.extend([0x55, 0xAA]);
    sector
}

/// A disc without emulation whose boot image is the sector.
fn disc(sector: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 2048;
    const CATALOG: usize = 20 * BLOCK;
    let mut disc = vec![0; 40 * BLOCK];
    disc[16 * BLOCK..][..6].copy_from_slice(b"\x01CD001");
    disc[17 * BLOCK..][..30].copy_from_slice(b"\x00CD001\x01EL TORITO SPECIFICATION");
    disc[17 * BLOCK + 0x47] = 20;
    disc[CATALOG] = 1;
    disc[CATALOG + 28..][..4].copy_from_slice(&[0xAA, 0x55, 0x55, 0xAA]);
    disc[CATALOG + 32] = 0x88;
    disc[CATALOG + 38] = 4;
    disc[CATALOG + 40] = 21;
    disc[21 * BLOCK..][..512].copy_from_slice(sector);
    disc
}

/// A machine, and its configuration, that boots a wild sector.
pub(crate) fn machine(chance: &mut Chance) -> (Machine, MachineConfig) {
    let sector = boot_sector(chance);
    let medium = |bytes: usize| {
        let mut medium = vec![0; bytes];
        medium[..512].copy_from_slice(&sector);
        Disk::from_bytes(medium)
    };
    let config = MachineConfig {
        preset: chance.of(&[Preset::Pc, Preset::Isa486, Preset::XenServer]),
        cpu: chance.of(&CPUS),
        video: chance.of(&[VideoKind::Std, VideoKind::Vga, VideoKind::Cirrus]),
        ram: chance.of(&[Bytes(1 << 20), Bytes(4 << 20), Bytes((8 << 20) + 4096)]),
        boot: vec![chance.of(&[BootDevice::Floppy, BootDevice::Disk, BootDevice::Cdrom]), BootDevice::Disk],
        ..MachineConfig::default()
    };
    let drives = [
        Drive::Disk(medium(4 << 20)),
        Drive::Disk(medium(3 * 512)),
        Drive::Cd(Some(Disk::from_bytes(disc(&sector)))),
        Drive::Cd(None),
    ];
    let media = Media { floppies: [Some(medium(1_474_560)), None], drives };
    (Machine::new(&config, media).unwrap(), config)
}

/// What comes from outside, as wild as the guest.
pub(crate) fn disturb(machine: &mut Machine, chance: &mut Chance) {
    let bay = chance.of(&Bay::ALL);
    machine.inject(match chance.below(8) {
        0 => Input::Mouse { dx: i32::MAX, dy: i32::MIN, wheel: i32::MIN, buttons: 0xFF },
        1 => Input::Serial(vec![chance.byte(); 20]),
        2 => Input::Eject { bay },
        3 => Input::Nmi,
        4 => Input::Insert { bay, disk: Disk::from_bytes(vec![1; 1000]) },
        5 => Input::Power,
        _ => Input::Key { key: chance.of(Key::ALL), down: chance.below(2) == 0 },
    });
}

fn run_wild(seed: u64) -> (Stop, u64, u128) {
    let mut chance = Chance::seeded(seed);
    let (mut machine, _) = machine(&mut chance);
    let begun = machine.run(Until { debug_line: true, ..Until::time(Instant(LIMIT_NS)) });
    assert_eq!(begun, Stop::DebugLine, "seed {seed} was not started by the firmware");
    let last = machine.instructions() + INSTRUCTIONS;
    let mut stop = Stop::Deadline;
    while stop == Stop::Deadline && machine.instructions() < last && machine.now().ns() < LIMIT_NS {
        let deadline = machine.now() + SLICE_NS;
        stop = machine.run(Until::time(deadline));
        assert!(stop != Stop::Deadline || machine.now() >= deadline, "seed {seed} stopped early");
        if chance.below(8) == 0 {
            disturb(&mut machine, &mut chance);
        }
        if chance.below(8) == 0 {
            let frame = machine.frame();
            assert_eq!(frame.pixels.len(), (frame.width * frame.height) as usize, "seed {seed}");
        }
    }
    // Whatever it did to its chips, they are still of the make that a snapshot asks for.
    let mut another = self::machine(&mut Chance::seeded(seed)).0;
    another.restore(&machine.save()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    assert!(machine.now() < Instant(LIMIT_NS + 10 * SLICE_NS), "seed {seed} ran on to {:?}", machine.now());
    (stop, machine.instructions(), machine.digests().ram)
}

#[test]
fn wild_guests_end_at_their_deadline_or_die_and_do_so_twice_alike() {
    let mut died = 0;
    for seed in 0..GUESTS {
        let first = run_wild(seed);
        died += u64::from(matches!(first.0, Stop::Died(_)));
        if seed % 8 == 0 {
            assert_eq!(first, run_wild(seed), "seed {seed} ran differently the second time");
        }
    }
    assert!((1..GUESTS).contains(&died), "{died} of {GUESTS} died: these guests are not wild");
}
