//! BIOS services, called directly: the demands of COMPATIBILITY.md that can be checked so, by their IDs.

use engine::{Model, Mtrrs, Reg};
use hypervisor::{Date, FloppyType, Input, Key, MachineConfig, Media, Stop};
use relic_tests::service::{BUFFER, Bios, Registers, sector};

/// A hard disk of 16 heads and 63 sectors.
const DISK_SECTORS: u32 = 20 * 16 * 63;
/// Data areas of the BIOS, physical.
const BDA: u32 = 0x400;

fn registers(ax: u16) -> Registers {
    Registers { ax, ..Registers::default() }
}

/// Reads one sector by CHS: function 02h.
fn read_sector(drive: u16, buffer: u32) -> Registers {
    Registers { ax: 0x0201, bx: buffer as u16, cx: 0x0002, dx: drive, ..Registers::default() }
}

#[test]
fn bio_01_int_13h_works_with_under_100_bytes_of_caller_stack() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    for drive in [0x00, 0x80] {
        let answer = bios.call(0x13, read_sector(drive, BUFFER));
        assert!(!answer.carry(), "{answer:X?}");
        assert!(bios.stack_used() < 100, "drive {drive:02X}h: {} bytes", bios.stack_used());
    }
}

#[test]
fn bio_02_services_return_with_interrupts_on_and_keep_high_halves() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    let none: &[Reg] = &[];
    for (int, with) in [
        (0x13, registers(0x0000)),
        (0x13, read_sector(0x00, BUFFER)),
        (0x13, read_sector(0x80, BUFFER)),
        (0x13, Registers { dx: 0x80, ..registers(0x0800) }),
        (0x13, Registers { dx: 0x80, bx: 0x55AA, ..registers(0x4100) }),
        (0x15, registers(0x8800)),
        (0x15, registers(0xC000)),
        (0x15, registers(0xE801)),
        (0x15, registers(0x2402)),
        (0x16, registers(0x0100)),
        (0x16, registers(0x0200)),
        (0x16, registers(0x1100)),
        (0x10, registers(0x0F00)),
        (0x1A, registers(0x0000)),
    ] {
        let answer = bios.call(int, with);
        assert!(answer.interrupts(), "INT {int:02X}h {with:X?} returns with interrupts off");
        assert!(answer.keeps_high_halves(none), "INT {int:02X}h {with:X?}: {:X?}", answer.wide);
    }
}

#[test]
fn bio_03_irq_0_returns_through_the_frame_that_the_cpu_pushed() {
    let mut bios = Bios::boot();
    // The hook of INT 1Ch moves the interrupted program on: MOV WORD SS:[3FFA], 3010h; IRET.
    bios.put(0x3100, &[0x36, 0xC7, 0x06, 0xFA, 0x3F, 0x10, 0x30, 0xCF]);
    bios.put(4 * 0x1C, &[0x00, 0x31, 0x00, 0x00]);
    bios.put(0x3000, &[0xEB, 0xFE]);
    bios.put(0x3010, &[0xEB, 0xFE]);
    bios.start(0x3000, Registers::default());
    bios.finish(0x3010);
}

#[test]
fn bio_04_edd_names_device_parameters_or_says_that_there_are_none() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    bios.put(BUFFER, &30u16.to_le_bytes());
    let answer = bios.call(0x13, Registers { dx: 0x80, si: BUFFER as u16, ..registers(0x4800) });
    assert!(!answer.carry(), "{answer:X?}");
    let pointer = bios.dword(BUFFER + 26);
    if pointer != 0xFFFF_FFFF {
        let table = bios.bytes((pointer >> 16 << 4) + (pointer & 0xFFFF), 16);
        assert_eq!(table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0, "{table:X?}");
        assert_eq!(u16::from_le_bytes([table[0], table[1]]), 0x1F0);
    }
}

#[test]
fn bio_06_buffers_may_lie_at_any_address() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    for drive in [0x00, 0x80] {
        for buffer in [BUFFER, BUFFER + 1, BUFFER + 3, 0xFDFF, 0xFE00] {
            bios.put(buffer, &[0; 512]);
            let answer = bios.call(0x13, read_sector(drive, buffer));
            assert!(!answer.carry(), "drive {drive:02X}h to {buffer:X}h: {answer:X?}");
            assert_eq!(bios.bytes(buffer, 512), sector(1), "drive {drive:02X}h to {buffer:X}h");
        }
    }
}

#[test]
fn extended_read_reaches_the_last_sector_and_refuses_the_one_after() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    let mut read = |lba: u32| {
        let mut packet = vec![16, 0, 1, 0];
        packet.extend((BUFFER + 0x100).to_le_bytes());
        packet.extend(u64::from(lba).to_le_bytes());
        bios.put(BUFFER, &packet);
        let answer = bios.call(0x13, Registers { dx: 0x80, si: BUFFER as u16, ..registers(0x4200) });
        (answer, bios.bytes(BUFFER + 0x100, 512))
    };
    let (answer, bytes) = read(DISK_SECTORS - 1);
    assert!(!answer.carry() && answer.ah() == 0, "{answer:X?}");
    assert_eq!(bytes, sector(DISK_SECTORS - 1));
    let (answer, _) = read(DISK_SECTORS);
    assert!(answer.carry() && answer.ah() != 0, "{answer:X?}");
}

/// Sets the shutdown code, resets the CPU through the 8042, and expects to arrive at 0:3010h.
fn resumes_after(code: u8) -> Bios {
    let mut bios = Bios::boot();
    bios.put(0x467, &[0x10, 0x30, 0x00, 0x00]);
    bios.put(0x3010, &[0xEB, 0xFE]);
    // CLI; OUT 70h, 8Fh; OUT 71h, code; OUT 64h, FEh; HLT.
    let program = [0xFA, 0xB0, 0x8F, 0xE6, 0x70, 0xB0, code, 0xE6, 0x71, 0xB0, 0xFE, 0xE6, 0x64, 0xF4];
    bios.put(0x3000, &program);
    bios.start(0x3000, Registers::default());
    bios.finish(0x3010);
    bios
}

#[test]
fn bio_07_shutdown_codes_5_and_10_jump_through_40_67() {
    for code in [0x05, 0x0A] {
        let mut bios = resumes_after(code);
        assert_eq!(bios.machine.board().chips.rtc.cmos(0x0F), 0, "the code is used once");
        assert_eq!(bios.call(0x12, Registers::default()).registers.ax, 639, "services go on");
    }
}

#[test]
fn bio_07_shutdown_code_10_needs_no_memory_but_the_pointer() {
    let mut bios = Bios::boot();
    // MOV CX, 1000h; XOR DI, DI; MOV AL, CCh; REP STOSB: nothing is left of page 0. Then the pointer, and the reset.
    bios.put(0x3000, &[0xFA, 0xB9, 0x00, 0x10, 0x31, 0xFF, 0xB0, 0xCC, 0xF3, 0xAA]);
    bios.put(0x300A, &[0xC7, 0x06, 0x67, 0x04, 0x40, 0x30, 0xC7, 0x06, 0x69, 0x04, 0x00, 0x00]);
    bios.put(0x3016, &[0xB0, 0x8F, 0xE6, 0x70, 0xB0, 0x0A, 0xE6, 0x71, 0xB0, 0xFE, 0xE6, 0x64, 0xF4]);
    bios.put(0x3040, &[0xEB, 0xFE]);
    bios.start(0x3000, Registers::default());
    bios.finish(0x3040);
    assert_eq!((bios.word(0x40E), bios.dword(0x467)), (0xCCCC, 0x3040));
    assert!(bios.bytes(0, 0x467).iter().all(|byte| *byte == 0xCC), "page 0 stays the guest's");
}

#[test]
fn post_programs_the_memory_types_where_the_cpu_has_mtrrs() {
    let of = |cpu| Bios::boot_on(MachineConfig { cpu, ..MachineConfig::default() }, Media::default());
    let (back, protect) = (0x0606_0606_0606_0606, 0x0505_0505_0505_0505);
    for cpu in [Model::Pentium3, Model::Pentium4] {
        let mtrr = of(cpu).machine.cpu().msr.mtrr.clone();
        assert_eq!(mtrr.fixed[..3], [back, back, 0], "64K_00000, 16K_80000, 16K_A0000");
        assert_eq!(mtrr.fixed[3..], [protect; 8], "4K_C0000 to 4K_F8000");
        assert_eq!((mtrr.base[0], mtrr.mask[0]), (0xE000_0000, 0xF_E000_0800), "the PCI hole");
        assert_eq!((mtrr.mask[1..].iter().sum::<u64>(), mtrr.default_type), (0, 0xC06));
    }
    for cpu in [Model::I386, Model::I486, Model::Pentium] {
        assert_eq!(of(cpu).machine.cpu().msr.mtrr, Mtrrs::default(), "{cpu:?} has none");
    }
}

#[test]
fn bio_07_block_move_reaches_extended_memory_and_comes_back() {
    let mut bios = Bios::boot();
    let descriptor = |base: u32| {
        let [a, b, c, d] = base.to_le_bytes();
        [0xFF, 0xFF, a, b, c, 0x93, 0, d]
    };
    let mut table = [0u8; 48];
    table[16..24].copy_from_slice(&descriptor(BUFFER + 0x100));
    table[24..32].copy_from_slice(&descriptor(0x11_2345));
    bios.put(BUFFER, &table);
    bios.put(BUFFER + 0x100, b"a block that is moved");
    let answer = bios.call(0x15, Registers { si: BUFFER as u16, cx: 11, ..registers(0x8700) });
    assert!(!answer.carry() && answer.ah() == 0 && answer.interrupts(), "{answer:X?}");
    assert_eq!(bios.bytes(0x11_2345, 21), b"a block that is moved");
}

#[test]
fn bio_08_model_byte_configuration_table_and_keyboard_functions() {
    let mut bios = Bios::boot();
    let model = bios.machine.ram().read_u8(0xF_FFFE);
    assert_eq!(model, 0xFC, "AT");
    let answer = bios.call(0x15, registers(0xC000));
    let table = (u32::from(answer.registers.es) << 4) + u32::from(answer.registers.bx);
    assert!(!answer.carry() && answer.ah() == 0, "{answer:X?}");
    assert!(bios.word(table) >= 8 && bios.byte(table + 2) == 0xFC, "{:X?}", bios.bytes(table, 10));
    let functions = bios.call(0x16, registers(0x0900)).al();
    assert_ne!(functions & 0x20, 0, "09h: enhanced functions 10h-12h are there");
    let id = bios.call(0x16, registers(0x0A00)).registers.bx;
    assert!([0x41AB, 0x83AB].contains(&id), "0Ah: {id:04X}h");
    assert!(bios.call(0x16, registers(0x92FF)).ah() <= 0x80, "92h: 10h-12h are there");
    assert!(bios.call(0x16, registers(0xA2FF)).ah() > 0x80, "A2h: 20h-22h are not");
}

#[test]
fn bio_09_pci_bios_finds_and_reads_the_ide_function() {
    let mut bios = Bios::boot();
    let present = bios.call(0x1A, registers(0xB101));
    assert_eq!((present.wide[Reg::Edx as usize], present.ah()), (u32::from_le_bytes(*b"PCI "), 0));
    let find = Registers { cx: 0x7010, dx: 0x8086, si: 0, ..registers(0xB102) };
    let found = bios.call(0x1A, find);
    assert!(!found.carry() && found.ah() == 0, "{found:X?}");
    let read = Registers { bx: found.registers.bx, di: 0, ..registers(0xB10A) };
    assert_eq!(bios.call(0x1A, read).wide[Reg::Ecx as usize], 0x7010_8086);
    let missing = bios.call(0x1A, Registers { si: 1, ..find });
    assert!(missing.carry() && missing.ah() == 0x86, "{missing:X?}");
}

#[test]
fn bio_09_bios_32_directory_and_routing_table_have_right_sums() {
    let bios = Bios::boot();
    let rom = bios.bytes(0xF_0000, 0x1_0000);
    let at = |signature: &[u8]| (0..rom.len()).step_by(16).find(|at| rom[*at..].starts_with(signature));
    let sum = |at: usize, len: usize| rom[at..at + len].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    let directory = at(b"_32_").expect("_32_");
    assert_eq!(sum(directory, 16 * usize::from(rom[directory + 9])), 0);
    let routing = at(b"$PIR").expect("$PIR");
    let len = usize::from(u16::from_le_bytes([rom[routing + 6], rom[routing + 7]]));
    assert!(len > 32 && len % 16 == 0);
    assert_eq!(sum(routing, len), 0);
}

#[test]
fn bio_10_a_program_that_hooks_irq_1_and_reads_port_60h_first_still_leaves_the_key_to_the_bios() {
    let mut bios = Bios::boot();
    let old = bios.dword(4 * 9).to_le_bytes();
    // PUSH AX; IN AL, 60h; MOV CS:[30F0h], AL; POP AX; JMP FAR old.
    let mut hook = vec![0x50, 0xE4, 0x60, 0x2E, 0xA2, 0xF0, 0x30, 0x58, 0xEA];
    hook.extend(old);
    bios.put(0x3000, &hook);
    bios.put(4 * 9, &[0x00, 0x30, 0x00, 0x00]);
    bios.put(0x3200, &[0xEB, 0xFE]);
    bios.start(0x3200, Registers::default());
    bios.machine.inject(Input::Key { key: Key::A, down: true });
    assert_eq!(bios.run(30_000_000), Stop::Deadline);
    assert_eq!(bios.byte(0x30F0), 0x1E);
    let answer = bios.call(0x16, registers(0x0100));
    assert!(!answer.zero() && answer.registers.ax == 0x1E61, "{answer:X?}");
}

#[test]
fn vga_10_int_10h_structures_are_packed_as_documented() {
    let mut bios = Bios::boot();
    let adapter = bios.call(0x10, Registers { bx: 0x0010, ..registers(0x1200) });
    assert_eq!(adapter.registers.bx, 0x0003, "12h: colour, 256 KiB");
    let combination = bios.call(0x10, registers(0x1A00));
    assert_eq!((combination.al(), combination.registers.bx), (0x1A, 0x0008), "1Ah: VGA with colour display");
    bios.put(BUFFER, &[0xEE; 80]);
    let state = bios.call(0x10, Registers { di: BUFFER as u16, ..registers(0x1B00) });
    assert_eq!(state.al(), 0x1B);
    let bytes = bios.bytes(BUFFER, 80);
    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    assert_eq!((bytes[4], word(5)), (3, 80), "mode and columns");
    assert_eq!((bytes[0x22], word(0x23)), (25, 16), "rows and character height");
    assert_eq!((bytes[0x25], bytes[0x31]), (8, 3), "display combination and memory of 256 KiB");
    assert_eq!(bytes[64..], [0xEE; 16], "64 bytes and no more");
    let size = bios.call(0x10, Registers { cx: 7, ..registers(0x1C00) });
    assert!(size.al() == 0x1C && (1..64).contains(&size.registers.bx), "1Ch: {size:X?}");
}

#[test]
fn vga_10_saved_video_state_brings_the_picture_back() {
    let mut bios = Bios::boot();
    let save = Registers { cx: 7, bx: BUFFER as u16, ..registers(0x1C01) };
    bios.call(0x10, save);
    let before = bios.machine.frame();
    bios.call(0x10, registers(0x0013));
    assert_eq!(bios.machine.frame().width, 320);
    bios.call(0x10, Registers { ax: 0x1C02, ..save });
    let after = bios.machine.frame();
    assert_eq!((after.width, after.height), (before.width, before.height));
    assert_eq!(bios.byte(BDA + 0x49), 3);
}

#[test]
fn vga_11_teletype_needs_little_of_the_callers_stack() {
    let mut bios = Bios::boot();
    for ax in [0x0E41, 0x0E0A, 0x0E07] {
        bios.call(0x10, Registers { bx: 7, ..registers(ax) });
        assert!(bios.stack_used() < 128, "{ax:04X}h: {} bytes", bios.stack_used());
    }
}

#[test]
fn vga_13_text_has_350_lines_when_bit_4_of_40_89_is_clear() {
    let mut bios = Bios::boot();
    let control = bios.byte(BDA + 0x89);
    bios.put(BDA + 0x89, &[control & !0x90]);
    bios.call(0x10, registers(0x0003));
    assert_eq!((bios.machine.frame().height, bios.word(BDA + 0x85)), (350, 14));
    bios.put(BDA + 0x89, &[control & !0x90 | 0x10]);
    bios.call(0x10, registers(0x0003));
    assert_eq!((bios.machine.frame().height, bios.word(BDA + 0x85)), (400, 16));
}

#[test]
fn vga_14_upper_memory_is_read_only_after_post() {
    let mut bios = Bios::boot();
    // MOV AX, D000h; MOV DS, AX; MOV BYTE [0], 5Ah; MOV AL, [0]; MOV CS:[30F0h], AL; JMP $.
    let program = [
        0xB8, 0x00, 0xD0, 0x8E, 0xD8, 0xC6, 0x06, 0x00, 0x00, 0x5A, 0xA0, 0x00, 0x00, 0x2E, 0xA2, 0xF0, 0x30,
        0xEB, 0xFE,
    ];
    bios.put(0x3000, &program);
    bios.start(0x3000, Registers::default());
    bios.finish(0x3000 + program.len() as u32 - 2);
    assert_ne!(bios.byte(0x30F0), 0x5A);
}

/// The entries of function E820h: base, length, type.
fn memory_map(bios: &mut Bios) -> Vec<(u64, u64, u32)> {
    // MOV EAX, E820h; MOV EDX, 'SMAP'; MOV ECX, 20; MOV EBX, [30F0h]; INT 15h; MOV [30F0h], EBX; JMP $.
    let program = [
        0x66, 0xB8, 0x20, 0xE8, 0, 0, 0x66, 0xBA, 0x50, 0x41, 0x4D, 0x53, 0x66, 0xB9, 20, 0, 0, 0, 0x66,
        0x8B, 0x1E, 0xF0, 0x30, 0xCD, 0x15, 0x66, 0x89, 0x1E, 0xF0, 0x30, 0xEB, 0xFE,
    ];
    bios.put(0x3000, &program);
    bios.put(0x30F0, &[0; 4]);
    let mut entries = Vec::new();
    loop {
        bios.start(0x3000, Registers { di: BUFFER as u16, ..Registers::default() });
        let answer = bios.finish(0x3000 + program.len() as u32 - 2);
        assert!(
            !answer.carry() && answer.wide[Reg::Eax as usize] == u32::from_be_bytes(*b"SMAP"),
            "{answer:X?}"
        );
        let bytes = bios.bytes(BUFFER, 20);
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        entries.push((number(0), number(8), u32::from_le_bytes(bytes[16..20].try_into().unwrap())));
        if bios.dword(0x30F0) == 0 {
            return entries;
        }
        assert!(entries.len() < 32, "{entries:X?}");
    }
}

fn with_ram(ram: &str) -> Bios {
    Bios::boot_on(MachineConfig { ram: ram.parse().unwrap(), ..MachineConfig::default() }, Media::default())
}

#[test]
fn mem_01_e820_is_sorted_leaves_the_hole_free_and_ends_below_4_gb() {
    for ram in ["2M", "32M", "1G"] {
        let mut bios = with_ram(ram);
        let map = memory_map(&mut bios);
        for pair in map.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{map:X?}");
        }
        let usable = map.iter().filter(|entry| entry.2 == 1);
        let touches_hole = |entry: &(u64, u64, u32)| entry.0 < 0x10_0000 && entry.0 + entry.1 > 0xA_0000;
        assert!(!usable.clone().any(touches_hole), "{map:X?}");
        assert!(map.iter().all(|entry| entry.0 + entry.1 <= 1 << 32), "{map:X?}");
        let total: u64 = usable.map(|entry| entry.1).sum();
        let bytes = ram.parse::<hypervisor::Bytes>().unwrap().0;
        assert!((bytes - (1 << 20)..bytes).contains(&total), "{ram}: {map:X?}");
    }
}

#[test]
fn mem_02_int_15h_88h_reports_15_mb_at_most() {
    for (ram, kib) in [("2M", 0x400), ("16M", 0x3C00), ("64M", 0x3C00)] {
        assert_eq!(with_ram(ram).call(0x15, registers(0x8800)).registers.ax, kib, "{ram}");
    }
}

#[test]
fn ide_05_cmos_says_that_there_is_a_disk() {
    let bios = Bios::boot_with_disk(DISK_SECTORS);
    let rtc = &bios.machine.board().chips.rtc;
    assert_eq!((rtc.cmos(0x12) >> 4, rtc.cmos(0x19)), (0xF, 0x2F));
}

#[test]
fn ide_07_geometry_is_a_clean_translation() {
    for sectors in [DISK_SECTORS, 2_000_000] {
        let mut bios = Bios::boot_with_disk(sectors);
        let answer = bios.call(0x13, Registers { dx: 0x80, ..registers(0x0800) });
        let [heads, sectors_a_track] = [(answer.registers.dx >> 8) + 1, answer.registers.cx & 0x3F];
        let cylinders = (answer.registers.cx >> 8 | (answer.registers.cx & 0xC0) << 2) + 1;
        assert!([16, 32, 64, 128, 255].contains(&heads) && sectors_a_track == 63, "{answer:X?}");
        let total = u32::from(cylinders) * u32::from(heads) * u32::from(sectors_a_track);
        assert!(total <= sectors && total + 2 * u32::from(heads) * 63 >= sectors.min(total + 1), "{total}");
        assert_eq!(answer.registers.dx & 0xFF, 1, "drives");
    }
}

#[test]
fn ide_08_vector_41h_points_at_the_disks_parameters() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    let table = bios.vector(0x41);
    assert_eq!((bios.word(table), bios.byte(table + 2), bios.byte(table + 14)), (20, 16, 63));
    let big = Bios::boot_with_disk(2_000_000);
    let table = big.vector(0x41);
    assert_eq!(big.byte(table + 3), 0xA0, "translated");
    assert!(big.bytes(table, 16).iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0);
    bios.run(1);
}

#[test]
fn fdc_07_function_08h_gives_drive_type_and_parameter_table() {
    for (drive, kind, tracks, sectors) in [
        (FloppyType::F360, 1, 39, 9),
        (FloppyType::F1200, 2, 79, 15),
        (FloppyType::F720, 3, 79, 9),
        (FloppyType::F1440, 4, 79, 18),
        (FloppyType::F2880, 5, 79, 36),
    ] {
        let config = MachineConfig { floppy: [FloppyType::F1440, drive], ..MachineConfig::default() };
        let mut bios = Bios::boot_on(config, Media::default());
        let answer = bios.call(0x13, Registers { dx: 1, ..registers(0x0800) });
        let Registers { bx, cx, dx, es, di, .. } = answer.registers;
        assert!(!answer.carry(), "{drive:?}: {answer:X?}");
        assert_eq!((bx & 0xFF, cx >> 8, cx & 0x3F, dx), (kind, tracks, sectors, 0x0102), "{drive:?}");
        let table = (u32::from(es) << 4) + u32::from(di);
        assert_eq!(u16::from(bios.byte(table + 4)), sectors, "{drive:?}");
    }
}

#[test]
fn tim_01_the_disk_interrupt_sets_40_8e() {
    let mut bios = Bios::boot_with_disk(DISK_SECTORS);
    bios.put(BDA + 0x8E, &[0]);
    // MOV DX, 1F6h; MOV AL, A0h; OUT; INC DX; MOV AL, ECh; OUT; JMP $.
    let program = [0xBA, 0xF6, 0x01, 0xB0, 0xA0, 0xEE, 0x42, 0xB0, 0xEC, 0xEE, 0xEB, 0xFE];
    bios.put(0x3000, &program);
    bios.start(0x3000, Registers::default());
    bios.run(50_000_000);
    assert_eq!(bios.byte(BDA + 0x8E), 0xFF);
}

#[test]
fn tim_04_century_is_kept_at_32h_and_37h() {
    let rtc = Date { year: 2031, month: 2, day: 3, hour: 4, minute: 5, second: 6 };
    let mut bios = Bios::boot_on(MachineConfig { rtc, ..MachineConfig::default() }, Media::default());
    let date = bios.call(0x1A, registers(0x0400)).registers;
    assert_eq!((date.cx, date.dx), (0x2031, 0x0203));
    let chip = &bios.machine.board().chips.rtc;
    assert_eq!((chip.cmos(0x32), chip.cmos(0x37)), (0x20, 0x20));
    let time = bios.call(0x1A, registers(0x0200)).registers;
    assert_eq!(time.cx, 0x0405);
}

#[test]
fn pwr_01_waiting_for_a_key_halts_the_cpu() {
    let mut bios = Bios::boot();
    bios.put(0x3000, &[0xB4, 0x00, 0xCD, 0x16, 0xEB, 0xFE]);
    bios.start(0x3000, Registers::default());
    let before = bios.machine.instructions();
    bios.run(1_000_000_000);
    let spent = bios.machine.instructions() - before;
    assert!(spent < 100_000, "{spent} instructions in a second of waiting");
}

#[test]
fn pwr_03_apm_switches_the_machine_off() {
    let mut bios = Bios::boot();
    let check = bios.call(0x15, registers(0x5300));
    assert!(!check.carry() && check.registers.bx == u16::from_be_bytes(*b"PM"), "{check:X?}");
    assert!(!bios.call(0x15, registers(0x5301)).carry());
    bios.call(0x15, Registers { cx: 0x0102, ..registers(0x530E) });
    // MOV AX, 5307h; MOV BX, 1; MOV CX, 3; INT 15h; JMP $.
    bios.put(0x3000, &[0xB8, 0x07, 0x53, 0xBB, 1, 0, 0xB9, 3, 0, 0xCD, 0x15, 0xEB, 0xFE]);
    bios.start(0x3000, Registers::default());
    assert_eq!(bios.run(1_000_000_000), Stop::PowerOff);
}

#[test]
fn pwr_03_looking_for_a_key_switches_interrupts_on() {
    let mut bios = Bios::boot();
    // CLI; MOV AH, 1; INT 16h; JMP $.
    bios.put(0x3000, &[0xFA, 0xB4, 0x01, 0xCD, 0x16, 0xEB, 0xFE]);
    bios.start(0x3000, Registers::default());
    assert!(bios.finish(0x3005).interrupts());
}

#[test]
fn kbd_03_a20_by_bios_8042_and_port_92h_wraps_at_one_megabyte() {
    let mut bios = Bios::boot();
    for (switch, off) in [(0x2400, true), (0x2401, false), (0x2400, true)] {
        assert!(!bios.call(0x15, registers(switch)).carry());
        let state = bios.call(0x15, registers(0x2402));
        assert_eq!(state.al() == 0, off, "{state:X?}");
        bios.put(0x0600, &[0x11]);
        bios.put(0x10_0600, &[0x22]);
        // MOV AX, FFFFh; MOV DS, AX; MOV AL, [610h]; MOV CS:[30F0h], AL; JMP $.
        let program = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xA0, 0x10, 0x06, 0x2E, 0xA2, 0xF0, 0x30, 0xEB, 0xFE];
        bios.put(0x3000, &program);
        bios.start(0x3000, Registers::default());
        bios.finish(0x3000 + program.len() as u32 - 2);
        assert_eq!(bios.byte(0x30F0), if off { 0x11 } else { 0x22 });
    }
}

#[test]
fn kbd_04_a_reset_brings_a20_and_memory_size_back() {
    let mut bios = Bios::boot();
    let first = bios.call(0x15, registers(0x2402)).al();
    bios.call(0x15, registers(if first == 0 { 0x2401 } else { 0x2400 }));
    bios.machine.inject(Input::Reset);
    bios.run(20_000_000);
    bios.wait_idle();
    assert_eq!(bios.call(0x15, registers(0x2402)).al(), first);
}
