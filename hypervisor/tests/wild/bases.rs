//! The machines whose snapshots are changed: those of wild guests, and some with a known thing under way.

use crate::chance::Chance;
use crate::guests;
use flate2::read::GzDecoder;
use hypervisor::{Disk, Drive, Input, Instant, Key, Machine, MachineConfig, Media, Model, Until};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Machines with wild guests, and how far they run at most.
const WILD: u64 = 6;
const WILD_UNTIL_NS: u64 = 400_000_000;
/// After so many every other guest has come to what is looked for.
const SLICES: u32 = 3000;
const MS: u64 = 1_000_000;
/// What a boot sector writes to the debug port when the chips are set up; the firmware writes text.
const BEGUN: u8 = 7;

/// A machine, switched on or where its snapshot is taken.
pub(crate) struct Base {
    pub(crate) fresh: Machine,
    /// An earlier instant and a later one: the second snapshot may be a difference to the first.
    pub(crate) instants: [Machine; 2],
}

/// All of them.
pub(crate) fn all() -> Vec<Base> {
    let known = [dos_at_its_prompt, dma_under_way, serial_mouse_moving, apic_timer_running];
    (0..WILD).map(wild).chain(known.into_iter().filter_map(|base| base())).collect()
}

/// What a wild guest makes of a machine.
fn wild(seed: u64) -> Base {
    let mut chance = Chance::seeded(seed);
    let (mut machine, _) = guests::machine(&mut chance);
    let fresh = machine.fork().expect("memory");
    let end = Instant(WILD_UNTIL_NS / 4 + chance.next() % WILD_UNTIL_NS);
    let mut earlier = None;
    while machine.now() < end && machine.stopped().is_none() {
        machine.run(Until::time(machine.now() + MS / 2));
        match chance.below(8) {
            0 => machine.inject(Input::Key { key: Key::A, down: true }),
            1 => machine.inject(Input::Mouse { dx: 70, dy: -300, wheel: 1, buttons: 1 }),
            2 => machine.inject(Input::Serial(b"typed".to_vec())),
            _ => {}
        }
        if earlier.is_none() && machine.now() >= Instant(end.ns() / 2) {
            earlier = Some(machine.fork().expect("memory"));
        }
    }
    let earlier = earlier.unwrap_or_else(|| fresh.fork().expect("memory"));
    Base { fresh, instants: [earlier, machine] }
}

/// Runs a machine in slices until it has come to something.
fn until(machine: &mut Machine, slice_ns: u64, mut there: impl FnMut(&mut Machine) -> bool) {
    for _ in 0..SLICES {
        if there(machine) {
            return;
        }
        machine.run(Until::time(machine.now() + slice_ns));
    }
    panic!("the guest does not come there until {:?}: {:?}", machine.now(), machine.stopped());
}

/// The folder of other people's media: `RELIC_MEDIA`, or the one beside the workspace. Only outside CI may it be absent.
fn dos() -> Option<Vec<u8>> {
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let folder = std::env::var_os("RELIC_MEDIA").map_or(standard, PathBuf::from);
    let path = folder.join("dos/freedos-floppy-1.4MB.img.gz");
    let Ok(packed) = std::fs::File::open(&path) else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{path:?} is missing");
        eprintln!("without FreeDOS: {path:?} is missing");
        return None;
    };
    let mut image = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut image).expect("a medium is whole");
    Some(image)
}

/// FreeDOS at its prompt, and with a command half typed: a key is down.
fn dos_at_its_prompt() -> Option<Base> {
    let media = Media { floppies: [Some(Disk::from_bytes(dos()?)), None], ..Media::default() };
    let mut machine = Machine::new(&MachineConfig::default(), media).expect("a machine");
    let fresh = machine.fork().expect("memory");
    until(&mut machine, 10 * MS, |machine| {
        let text = machine.text().map(|screen| screen.cells.iter().map(|cell| cell.0).collect::<Vec<u8>>());
        text.is_some_and(|text| text.windows(4).any(|part| part == b"A:\\>"))
    });
    let earlier = machine.fork().expect("memory");
    for (key, down) in [(Key::D, true), (Key::D, false), (Key::I, true)] {
        machine.inject(Input::Key { key, down });
        machine.run(Until::time(machine.now() + 5 * MS));
    }
    Some(Base { fresh, instants: [earlier, machine] })
}

/// A machine with a disk whose boot sector is this code. The second instant is the first where `there` says so of the chips, the first
/// a little before.
fn with_code(
    config: &MachineConfig,
    code: &[u8],
    there: impl Fn(&mut Machine, &Value) -> bool,
) -> Option<Base> {
    let mut disk = vec![0; 1 << 20];
    disk[..code.len()].copy_from_slice(code);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    let drives = [Drive::Disk(Disk::from_bytes(disk)), Drive::None, Drive::None, Drive::None];
    let mut machine = Machine::new(config, Media { drives, ..Media::default() }).expect("a machine");
    let fresh = machine.fork().expect("memory");
    until(&mut machine, MS, |machine| machine.take_debug_text().contains(&BEGUN));
    let earlier = machine.fork().expect("memory");
    until(&mut machine, MS / 50, |machine| {
        let chips = serde_json::to_value(machine.save().state.chips).expect("JSON");
        there(machine, &chips)
    });
    Some(Base { fresh, instants: [earlier, machine] })
}

/// A disk's READ DMA of 64 KiB: the bus master is active, and has written some of it.
fn dma_under_way() -> Option<Base> {
    let code = [
        0xB0, BEGUN, 0xE6, 0xE9, // mov al, BEGUN; out E9h, al
        0x31, 0xC9, 0xE2, 0xFE, // xor cx, cx; loop $
        0x31, 0xC0, 0x8E, 0xD8, // xor ax, ax; mov ds, ax
        0x66, 0xC7, 0x06, 0x00, 0x60, 0x00, 0x00, 0x01, 0x00, // mov dword [6000h], 10000h
        0x66, 0xC7, 0x06, 0x04, 0x60, 0x00, 0x00, 0x00, 0x80, // mov dword [6004h], 80000000h
        0xBA, 0xF8, 0x0C, 0x66, 0xB8, 0x20, 0x09, 0x00, 0x80, 0x66, 0xEF, // BAR 4 of the IDE function
        0xBA, 0xFC, 0x0C, 0x66, 0xB8, 0x01, 0xC0, 0x00, 0x00, 0x66, 0xEF, // is C000h
        0xBA, 0xF8, 0x0C, 0x66, 0xB8, 0x04, 0x09, 0x00, 0x80, 0x66, 0xEF, // its command register:
        0xBA, 0xFC, 0x0C, 0x66, 0xB8, 0x05, 0x00, 0x00, 0x00, 0x66, 0xEF, // ports, bus master
        0xBA, 0x04, 0xC0, 0x66, 0xB8, 0x00, 0x60, 0x00, 0x00, 0x66, 0xEF, // the table is at 6000h
        0xBA, 0xF2, 0x01, 0xB0, 0x80, 0xEE, // 128 sectors
        0x42, 0xB0, 0x00, 0xEE, 0x42, 0xEE, 0x42, 0xEE, // from 0
        0x42, 0xB0, 0xE0, 0xEE, 0x42, 0xB0, 0xC8, 0xEE, // of drive 0: READ DMA
        0xBA, 0x00, 0xC0, 0xB0, 0x09, 0xEE, // start, to memory
        0xFB, 0xF4, 0xEB, 0xFD, // sti; hlt
    ];
    with_code(&MachineConfig::default(), &code, |_, chips| {
        let status = &chips["ide"]["channels"][0]["master"]["status"];
        status.as_str().is_some_and(|flags| flags.contains("ACTIVE"))
    })
}

/// A serial mouse whose packets come faster than the line takes them, to a guest that does not read.
fn serial_mouse_moving() -> Option<Base> {
    let code = [
        0xBA, 0xFB, 0x03, 0xB0, 0x80, 0xEE, // LCR: divisor
        0xBA, 0xF8, 0x03, 0xB0, 0x60, 0xEE, 0x42, 0xB0, 0x00, 0xEE, // 1200 baud
        0xBA, 0xFB, 0x03, 0xB0, 0x02, 0xEE, // 7 bits, one stop
        0xBA, 0xFC, 0x03, 0xB0, 0x0B, 0xEE, // DTR, RTS, OUT2
        0xBA, 0xF9, 0x03, 0xB0, 0x0F, 0xEE, // all interrupts
        0xB0, BEGUN, 0xE6, 0xE9, // mov al, BEGUN; out E9h, al
        0xFB, 0xEB, 0xFE, // sti; jmp $
    ];
    let config = MachineConfig { serial_mouse: "com1:logitech".parse().ok(), ..MachineConfig::default() };
    with_code(&config, &code, |machine, chips| {
        machine.inject(Input::Mouse { dx: 9, dy: -7, wheel: 0, buttons: 1 });
        let mouse = &chips["com1"]["far_end"]["Mouse"];
        let is_full = |queue: &Value| queue.as_array().is_some_and(|queue| !queue.is_empty());
        chips["com1"]["ier"] != "" && is_full(&mouse["motion"]["later"]) && is_full(&mouse["out"])
    })
}

/// A local APIC whose timer counts, with a message to itself that waits.
fn apic_timer_running() -> Option<Base> {
    let set = |register: u32, value: u32| {
        // mov dword [register], value
        [&[0x67, 0x66, 0xC7, 0x05][..], &register.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    // lgdt [7C40h]; mov eax, cr0; or al, 1; mov cr0, eax; mov bx, 8; mov ds, bx; and al, FEh; mov cr0, eax
    let flat = [
        0xFA, 0x31, 0xC0, 0x8E, 0xD8, 0x0F, 0x01, 0x16, 0xF0, 0x7C, 0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22,
        0xC0, 0xBB, 0x08, 0x00, 0x8E, 0xDB, 0x24, 0xFE, 0x0F, 0x22, 0xC0,
    ];
    let mut code = [
        &flat[..],
        &set(0xFEE0_00F0, 0x1FF),
        &set(0xFEE0_03E0, 0xB),
        &set(0xFEE0_0320, 1 << 17 | 0x41),
        &set(0xFEE0_0380, 100_000),
        &set(0xFEE0_0300, 1 << 18 | 0x40),
        &[0xB0, BEGUN, 0xE6, 0xE9, 0xEB, 0xFE],
    ]
    .concat();
    code.resize(0xF0, 0);
    code.extend([0x0F, 0, 0xF8, 0x7C, 0, 0, 0, 0]);
    code.extend([0; 8]);
    code.extend([0xFF, 0xFF, 0, 0, 0, 0x92, 0xCF, 0]);
    let config = MachineConfig { cpu: Model::Pentium4, apic: true, ..MachineConfig::default() };
    with_code(&config, &code, |_, chips| {
        let apic = &chips["local_apic"];
        apic["timer"]["running"] == true && apic["requests"][2] != 0
    })
}
