use super::*;
use backplane::bench::{Bench, seeded};
use backplane::{Direction, Disk};

const BUFFER: u32 = 0x1_0000;

fn config() -> FdcConfig {
    FdcConfig { drives: [Some(DriveType::D1440), Some(DriveType::D1200)], speed: FloppySpeed::Fast }
}

/// Content whose every sector begins with its own number.
fn medium(bytes: u64) -> Disk {
    Disk::from_bytes(
        (0..bytes).map(|n| if n % 2 == 0 { (n / 512) as u8 } else { (n / 0x2_0000) as u8 }).collect(),
    )
}

/// A controller out of reset, with a 1.44 MB medium in drive A.
struct Host {
    b: Bench<Fdc>,
}

impl Host {
    fn new() -> Host {
        Host::with(config())
    }

    fn with(config: FdcConfig) -> Host {
        let mut b = Bench::new(Fdc::new(config));
        b.drives.insert(Bay::FloppyA, medium(1_474_560));
        b.dma.channels[4].masked = false;
        let mut h = Host { b };
        h.b.outb(0x3F2, 0x1C);
        h.b.advance(1_000_000);
        for n in 0..4 {
            assert_eq!(h.run(&[0x08]), [0xC0 | n, 0]);
        }
        h.b.outb(0x3F7, 0);
        h.run(&[0x03, 0xDF, 0x02]);
        h
    }

    /// Writes a command, waits for it and fetches its results.
    fn run(&mut self, command: &[u8]) -> Vec<u8> {
        self.send(command);
        for _ in 0..20_000 {
            if self.msr() & 0x90 == 0x90 || self.msr() == 0x80 {
                break;
            }
            self.b.advance(10_000);
        }
        self.results()
    }

    fn send(&mut self, command: &[u8]) {
        for byte in command {
            assert_eq!(self.msr() & 0xC0, 0x80, "the controller wants no command");
            self.b.outb(0x3F5, *byte);
        }
    }

    fn results(&mut self) -> Vec<u8> {
        let mut results = Vec::new();
        while self.msr() & 0xD0 == 0xD0 {
            results.push(self.b.inb(0x3F5));
        }
        results
    }

    fn msr(&mut self) -> u8 {
        self.b.inb(0x3F4)
    }

    fn seek(&mut self, drive: u8, cylinder: u8) -> Vec<u8> {
        self.send(&[0x0F, drive, cylinder]);
        self.b.advance(100_000_000);
        self.run(&[0x08])
    }

    fn dma(&mut self, direction: Direction, bytes: usize) {
        let ch = &mut self.b.dma.channels[2];
        ch.masked = false;
        ch.mode.direction = direction;
        (ch.page, ch.address, ch.count) = ((BUFFER >> 16) as u8, BUFFER as u16, (bytes - 1) as u16);
    }

    fn ram(&self, offset: usize) -> u8 {
        self.b.ram.read_u8(BUFFER as usize + offset)
    }

    fn medium_bytes(&self, offset: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.b.drives.get(Bay::FloppyA).unwrap().read(offset, &mut bytes).unwrap();
        bytes
    }
}

#[test]
fn reset_makes_four_sense_interrupts_when_polling() {
    let mut b = Bench::new(Fdc::new(config()));
    assert_eq!(b.inb(0x3F4), 0);
    b.outb(0x3F2, 0x0C);
    assert!(!b.line(0));
    b.advance(1_000_000);
    assert!(b.line(0));
    assert_eq!(b.inb(0x3F4), 0x80);
    b.outb(0x3F5, 0x08);
    assert!(!b.line(0));
    assert_eq!((b.inb(0x3F5), b.inb(0x3F5)), (0xC0, 0));
}

#[test]
fn a_data_rate_reset_clears_itself_and_interrupts() {
    let mut h = Host::new();
    h.b.outb(0x3F4, 0x80);
    assert_eq!(h.msr(), 0);
    h.b.advance(1_000_000);
    assert!(h.b.line(0));
    assert_eq!(h.run(&[0x08]), [0xC0, 0]);
}

#[test]
fn without_polling_reset_is_silent_and_lock_keeps_that() {
    let mut h = Host::new();
    h.run(&[0x13, 0, 0x57, 7]);
    assert_eq!(h.run(&[0x94]), [0x10]);
    h.b.outb(0x3F4, 0x80);
    h.b.advance(1_000_000);
    assert!(!h.b.line(0));
    assert_eq!(h.run(&[0x0E]), [0, 0, 0, 0, 0xDF, 0x02, 0, 0x80, 0x57, 7]);
    assert_eq!(h.run(&[0x14]), [0]);
    h.b.outb(0x3F4, 0x80);
    h.b.advance(1_000_000);
    assert!(h.b.line(0));
}

#[test]
fn fdc_01_a_seek_is_busy_until_it_interrupts() {
    let mut h = Host::new();
    h.send(&[0x0F, 0x00, 10]);
    assert_eq!(h.msr(), 0x81);
    h.b.advance(500_000);
    assert_eq!((h.msr(), h.b.line(0)), (0x81, false));
    h.b.advance(600_000);
    assert_eq!((h.msr(), h.b.line(0)), (0x80, true));
    assert_eq!(h.run(&[0x08]), [0x20, 10]);
    assert!(!h.b.line(0));
}

#[test]
fn fdc_01_real_drives_step_at_the_specified_rate() {
    let mut h = Host::with(FdcConfig { speed: FloppySpeed::Real, ..config() });
    h.send(&[0x0F, 0x00, 10]);
    h.b.advance(29_000_000);
    assert_eq!(h.msr(), 0x81);
    h.b.advance(2_000_000);
    assert_eq!(h.msr(), 0x80);
}

#[test]
fn fdc_02_sense_interrupt_with_nothing_pending_is_one_byte() {
    let mut h = Host::new();
    assert_eq!(h.run(&[0x08]), [0x80]);
}

#[test]
fn fdc_03_drive_2_is_another_name_for_drive_0() {
    let mut h = Host::new();
    assert_eq!(h.seek(2, 3), [0x20, 3]);
    assert_eq!(h.run(&[0x04, 0x02]), [0x28]);
}

#[test]
fn fdc_04_a_seek_to_the_present_track_still_interrupts() {
    let mut h = Host::new();
    assert_eq!(h.seek(0, 0), [0x20, 0]);
}

#[test]
fn fdc_05_after_a_seek_the_head_is_0() {
    let mut h = Host::new();
    assert_eq!(h.seek(4, 2), [0x20, 2]);
    h.send(&[0x07, 0x04]);
    h.b.advance(10_000_000);
    assert_eq!(h.run(&[0x08]), [0x20, 0]);
    assert_eq!(h.run(&[0x04, 0x04]), [0x3C]);
}

#[test]
fn recalibrating_a_drive_that_is_not_there_fails_its_equipment_check() {
    let mut h = Host::with(FdcConfig { drives: [Some(DriveType::D1440), None], ..config() });
    h.send(&[0x07, 0x01]);
    h.b.advance(20_000_000);
    assert_eq!(h.run(&[0x08]), [0x71, 0]);
}

#[test]
fn a_relative_seek_moves_by_its_argument() {
    let mut h = Host::new();
    h.seek(0, 5);
    h.send(&[0xCF, 0, 3]);
    h.b.advance(10_000_000);
    assert_eq!(h.run(&[0x08]), [0x20, 8]);
    h.send(&[0x8F, 0, 6]);
    h.b.advance(10_000_000);
    assert_eq!(h.run(&[0x08]), [0x20, 2]);
}

#[test]
fn a_read_ends_at_terminal_count_with_the_next_sector_s_address() {
    let mut h = Host::new();
    h.seek(0, 1);
    h.dma(Direction::ToMemory, 1024);
    h.send(&[0xE6, 0x00, 1, 0, 3, 2, 18, 0x1B, 0xFF]);
    assert_eq!(h.msr(), 0x10);
    h.b.advance(1_000_000);
    assert!(h.b.line(0));
    assert_eq!(h.results(), [0x00, 0, 0, 1, 0, 5, 2]);
    assert!(!h.b.line(0));
    assert_eq!((h.ram(0), h.ram(512)), (38, 39));
}

#[test]
fn a_multi_track_read_crosses_to_head_1_and_ends_on_the_next_cylinder() {
    let mut h = Host::new();
    h.dma(Direction::ToMemory, 36 * 512);
    assert_eq!(h.run(&[0xC6, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]), [0x04, 0, 0, 1, 0, 1, 2]);
    assert_eq!((h.ram(17 * 512), h.ram(18 * 512), h.ram(35 * 512)), (17, 18, 35));
    h.dma(Direction::ToMemory, 18 * 512);
    assert_eq!(h.run(&[0xC6, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]), [0x04, 0, 0, 0, 1, 1, 2]);
}

#[test]
fn the_end_of_the_track_without_terminal_count_is_abnormal() {
    let mut h = Host::new();
    h.dma(Direction::ToMemory, 4096);
    assert_eq!(h.run(&[0x46, 0x00, 0, 0, 17, 2, 18, 0x1B, 0xFF]), [0x40, 0x80, 0, 1, 0, 1, 2]);
}

#[test]
fn a_masked_dma_channel_is_an_overrun() {
    let mut h = Host::new();
    assert_eq!(h.run(&[0x46, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF])[..3], [0x40, 0x10, 0]);
}

#[test]
fn a_write_reaches_the_medium() {
    let mut h = Host::new();
    h.b.ram.write(BUFFER as usize, &[0x5A; 1024]);
    h.dma(Direction::FromMemory, 1024);
    assert_eq!(h.run(&[0xC5, 0x04, 0, 1, 18, 2, 18, 0x1B, 0xFF])[..3], [0x44, 0x80, 0]);
    assert_eq!(h.medium_bytes(35 * 512, 512), [0x5A; 512]);
    h.dma(Direction::FromMemory, 512);
    assert_eq!(h.run(&[0x45, 0x00, 0, 0, 2, 2, 18, 0x1B, 0xFF]), [0, 0, 0, 0, 0, 3, 2]);
    assert_eq!(h.medium_bytes(512, 513), [vec![0x5A; 512], vec![2]].concat());
}

#[test]
fn a_protected_medium_is_not_written() {
    let mut h = Host::new();
    h.b.drives.insert(Bay::FloppyA, medium(1_474_560).protected());
    h.dma(Direction::FromMemory, 512);
    assert_eq!(h.run(&[0x45, 0x00, 0, 0, 2, 2, 18, 0x1B, 0xFF])[..3], [0x40, 0x02, 0]);
    assert_eq!(h.run(&[0x4D, 0x00, 2, 18, 0x50, 0xF6])[..3], [0x40, 0x02, 0]);
    assert_eq!(h.run(&[0x04, 0x00]), [0x78]);
}

#[test]
fn fdc_06_a_wrong_data_rate_fails_after_two_revolutions() {
    let mut h = Host::new();
    h.b.outb(0x3F7, 2);
    h.dma(Direction::ToMemory, 512);
    h.send(&[0x46, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]);
    h.b.advance(8_000_000);
    assert_eq!(h.msr(), 0x10);
    h.b.advance(1_000_000);
    assert_eq!(h.results(), [0x40, 0x01, 0, 0, 0, 1, 2]);
    assert_eq!(h.run(&[0x4A, 0x00])[..3], [0x40, 0x01, 0]);
    h.b.outb(0x3F7, 0);
    assert_eq!(h.run(&[0x4A, 0x00])[..5], [0, 0, 0, 0, 0]);
}

#[test]
fn sectors_that_are_not_there_are_told_apart() {
    let mut h = Host::new();
    for (cylinder, head, sector, expected) in [
        (0, 0, 19, [0x40, 0x04, 0x00]),
        (5, 0, 1, [0x40, 0x04, 0x10]),
        (0xFF, 0, 1, [0x40, 0x04, 0x02]),
        (0, 1, 1, [0x40, 0x04, 0]),
    ] {
        h.dma(Direction::ToMemory, 512);
        assert_eq!(h.run(&[0x46, 0x00, cylinder, head, sector, 2, 20, 0x1B, 0xFF])[..3], expected);
    }
    // Single density, and another sector size.
    assert_eq!(h.run(&[0x06, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF])[1], 0x01);
    assert_eq!(h.run(&[0x46, 0x00, 0, 0, 1, 3, 18, 0x1B, 0xFF])[1], 0x04);
}

#[test]
fn an_empty_drive_has_no_address_marks() {
    let mut h = Host::new();
    h.b.drives.eject(Bay::FloppyA);
    assert_eq!(h.run(&[0x4A, 0x00])[..3], [0x40, 0x01, 0]);
}

#[test]
fn fdc_08_formats_are_known_by_size() {
    for (n, format) in FORMATS.iter().enumerate() {
        assert_eq!(Format::of_size(format.bytes()), Some(format));
        assert!(FORMATS[..n].iter().all(|other| other.bytes() != format.bytes()));
    }
    let named = |name: &str| FORMATS.iter().find(|f| f.name == name).unwrap().bytes();
    assert_eq!(
        (named("160K"), named("1.6M"), named("1.68M DMF"), named("2.88M")),
        (163_840, 1_638_400, 1_720_320, 2_949_120)
    );
    let cut_short = |drive| Format::in_drive(1_000_000, drive).map(|f| f.name);
    assert_eq!((cut_short(DriveType::D1200), cut_short(DriveType::D1440)), (Some("1.2M"), Some("1.44M")));
    assert_eq!(Format::in_drive(0, DriveType::D1440), None);
    assert_eq!(Format::in_drive(3_000_000, DriveType::D2880), None);
}

#[test]
fn fdc_08_a_dmf_medium_gives_its_21st_sector() {
    let mut h = Host::new();
    h.b.drives.insert(Bay::FloppyA, medium(1_720_320));
    h.dma(Direction::ToMemory, 512);
    assert_eq!(h.run(&[0x46, 0x00, 0, 0, 21, 2, 21, 0x1B, 0xFF])[..3], [0, 0, 0]);
    assert_eq!(h.ram(0), 20);
}

#[test]
fn fdc_09_the_change_line_is_set_by_a_new_medium_and_cleared_by_a_step() {
    let mut h = Host::new();
    assert_eq!(h.b.inb(0x3F7), 0x80);
    h.seek(0, 0);
    assert_eq!(h.b.inb(0x3F7), 0x80);
    h.seek(0, 1);
    assert_eq!(h.b.inb(0x3F7), 0);
    h.b.drives.eject(Bay::FloppyA);
    h.seek(0, 2);
    assert_eq!(h.b.inb(0x3F7), 0x80);
    h.b.drives.insert(Bay::FloppyA, medium(737_280));
    assert_eq!(h.b.inb(0x3F7), 0x80);
    h.seek(0, 1);
    assert_eq!(h.b.inb(0x3F7), 0);
}

#[test]
fn a_40_track_medium_in_a_1_2_mb_drive_is_found_by_double_steps_and_by_single_ones() {
    let mut h = Host::new();
    h.b.drives.insert(Bay::FloppyB, medium(368_640));
    h.b.outb(0x3F2, 0x2D);
    h.b.outb(0x3F7, 1);
    h.seek(1, 20);
    for cylinder in [10, 20] {
        h.dma(Direction::ToMemory, 512);
        assert_eq!(h.run(&[0x46, 0x01, cylinder, 0, 1, 2, 9, 0x2A, 0xFF])[..3], [0x01, 0, 0]);
        assert_eq!(u16::from(h.ram(0)) + u16::from(h.ram(1)) * 256, u16::from(cylinder) * 18);
    }
    assert_eq!(h.run(&[0x4A, 0x01])[3], 10);
}

#[test]
fn format_fills_the_sectors_it_is_told() {
    let mut h = Host::new();
    let ids: Vec<u8> = (1..=18).flat_map(|sector| [0, 1, sector, 2]).collect();
    h.b.ram.write(BUFFER as usize, &ids);
    h.dma(Direction::FromMemory, ids.len());
    assert_eq!(h.run(&[0x4D, 0x04, 2, 18, 0x54, 0xF6])[..3], [0x04, 0, 0]);
    assert_eq!(h.medium_bytes(18 * 512, 18 * 512), vec![0xF6; 18 * 512]);
    assert_eq!(h.medium_bytes(36 * 512, 1), [36]);
}

#[test]
fn verify_reads_without_dma() {
    let mut h = Host::new();
    assert_eq!(h.run(&[0x56, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]), [0, 0, 0, 1, 0, 1, 2]);
    assert_eq!(h.run(&[0x56, 0x80, 0, 0, 1, 2, 18, 0x1B, 4]), [0, 0, 0, 0, 0, 5, 2]);
}

#[test]
fn read_track_begins_at_the_index() {
    let mut h = Host::new();
    h.dma(Direction::ToMemory, 3 * 512);
    assert_eq!(h.run(&[0x42, 0x00, 0, 0, 9, 2, 18, 0x1B, 0xFF])[..3], [0, 0, 0]);
    assert_eq!((h.ram(0), h.ram(1024)), (0, 2));
}

#[test]
fn scan_finds_the_sector_that_equals_memory() {
    let mut h = Host::new();
    let wanted: Vec<u8> = [4, 0].repeat(256).repeat(18);
    h.b.ram.write(BUFFER as usize, &wanted);
    h.dma(Direction::FromMemory, wanted.len());
    assert_eq!(h.run(&[0x51, 0x00, 0, 0, 1, 2, 18, 0x1B, 1]), [0, 0, 0x08, 0, 0, 5, 2]);
    h.dma(Direction::FromMemory, wanted.len());
    assert_eq!(h.run(&[0x51, 0x00, 0, 0, 6, 2, 18, 0x1B, 1])[..3], [0, 0, 0x04]);
    h.dma(Direction::FromMemory, wanted.len());
    assert_eq!(h.run(&[0x5D, 0x00, 0, 0, 1, 2, 18, 0x1B, 2])[2..6], [0x08, 0, 0, 5]);
}

#[test]
fn deleted_data_is_looked_for_and_not_found() {
    let mut h = Host::new();
    h.dma(Direction::ToMemory, 4096);
    assert_eq!(h.run(&[0x4C, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]), [0, 0, 0x40, 0, 0, 2, 2]);
    assert_eq!(h.run(&[0x6C, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF])[..2], [0x40, 0x80]);
}

#[test]
fn without_dma_bytes_cross_the_fifo() {
    let mut h = Host::new();
    h.run(&[0x03, 0xDF, 0x03]);
    h.send(&[0x46, 0x00, 0, 0, 18, 2, 18, 0x1B, 0xFF]);
    assert_eq!(h.msr(), 0x30);
    h.b.advance(1_000_000);
    assert!(h.b.line(0));
    for n in 0..512 {
        assert_eq!(h.msr(), 0xF0);
        assert_eq!(h.b.inb(0x3F5), if n % 2 == 0 { 17 } else { 0 });
    }
    h.b.advance(1_000_000);
    assert!(h.b.line(0));
    assert_eq!(h.results(), [0x40, 0x80, 0, 1, 0, 1, 2]);
    h.send(&[0x45, 0x00, 0, 0, 18, 2, 18, 0x1B, 0xFF]);
    h.b.advance(1_000_000);
    for _ in 0..512 {
        assert_eq!(h.msr(), 0xB0);
        h.b.outb(0x3F5, 0xA5);
    }
    h.b.advance(1_000_000);
    assert_eq!(h.results()[..2], [0x40, 0x80]);
    assert_eq!(h.medium_bytes(17 * 512, 513), [vec![0xA5; 512], vec![18]].concat());
}

#[test]
fn an_implied_seek_moves_the_head_first() {
    let mut h = Host::new();
    h.run(&[0x13, 0, 0x40, 0]);
    h.dma(Direction::ToMemory, 512);
    assert_eq!(h.run(&[0x46, 0x00, 7, 0, 1, 2, 18, 0x1B, 0xFF]), [0x20, 0, 0, 7, 0, 2, 2]);
    assert_eq!(h.run(&[0x0E])[0], 7);
}

#[test]
fn version_is_an_82077_s_and_later_commands_are_invalid() {
    let mut h = Host::new();
    assert_eq!(h.run(&[0x10]), [0x90]);
    for code in [0x18, 0x00, 0x1F, 0x47, 0xAE] {
        assert_eq!(h.run(&[code]), [0x80], "{code:02X}h");
    }
    assert_eq!(h.b.notes.list().len(), 5);
}

#[test]
fn interrupts_are_gated_by_the_output_register() {
    let mut h = Host::new();
    h.b.outb(0x3F2, 0x14);
    h.send(&[0x0F, 0x00, 1]);
    h.b.advance(10_000_000);
    assert!(!h.b.line(0));
    h.b.outb(0x3F2, 0x1C);
    assert!(h.b.line(0));
}

#[test]
fn a_real_drive_passes_a_revolution_in_200_ms() {
    let mut h = Host::with(FdcConfig { speed: FloppySpeed::Real, ..config() });
    h.dma(Direction::ToMemory, 18 * 512);
    let start = h.b.now;
    h.send(&[0x46, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]);
    while !h.b.line(0) {
        h.b.advance(1_000_000);
    }
    let took = h.b.now - start;
    assert!((200_000_000..=402_000_000).contains(&took), "{took} ns");
    assert_eq!(h.results()[..3], [0, 0, 0]);
}

#[test]
fn seeded_accesses_find_no_difference() {
    seeded(|| Host::new().b, 8, 5000);
}

#[test]
fn seeded_accesses_in_the_middle_of_a_transfer_find_no_difference() {
    let busy = || {
        let mut h = Host::with(FdcConfig { speed: FloppySpeed::Real, ..config() });
        h.dma(Direction::ToMemory, 0x1_0000);
        h.send(&[0xC6, 0x00, 0, 0, 1, 2, 18, 0x1B, 0xFF]);
        h.b
    };
    seeded(busy, 8, 3000);
}

#[test]
fn wild_commands_always_end_and_a_reset_brings_the_controller_back() {
    const CODES: [u8; 24] = [
        0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13,
        0x14, 0x16, 0x19, 0x1D, 0x18, 0x00, 0x06,
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as usize
    };
    let mut h = Host::new();
    for round in 0..4000 {
        let direction = [Direction::ToMemory, Direction::FromMemory, Direction::Verify][next() % 3];
        h.dma(direction, 1 + next() % 0x4000);
        h.b.outb(0x3F5, CODES[next() % 24] | [0x00, 0x40, 0xC0, 0xE0][next() % 4]);
        for _ in 0..8 {
            let byte = [next() as u8, 0, 1, 2, 18][next() % 5];
            h.b.outb(0x3F5, byte);
        }
        // PIO transfers wait for their host, DMA ones for nobody: 2 revolutions, 255 sectors a side, all steps.
        for _ in 0..600 {
            if h.b.chip.phase != Phase::Execution {
                break;
            }
            h.b.advance(2_000_000);
            for _ in 0..1024 {
                match h.msr() & 0xF0 {
                    0xF0 => drop(h.b.inb(0x3F5)),
                    0xB0 => h.b.outb(0x3F5, round as u8),
                    _ => break,
                }
            }
        }
        assert_ne!(h.b.chip.phase, Phase::Execution, "round {round}: {:?}", h.b.chip.transfer);
        h.results();
        if next() % 64 == 0 {
            h.b.drives.eject(Bay::FloppyA);
            h.b.drives.insert(Bay::FloppyA, medium([368_640, 737_280, 1_474_560, 1000][next() % 4]));
        }
    }
    h.b.outb(0x3F2, 0x00);
    h.b.outb(0x3F2, 0x0C);
    h.b.advance(1_000_000);
    assert_eq!(h.msr(), 0x80);
}

#[test]
fn cve_2015_3456_parameters_without_end_neither_grow_the_controller_nor_harm_it() {
    // VENOM: DRIVE SPECIFICATION and READ ID kept their parameters in a buffer whose index never came back.
    for command in [0x8E, 0x4A, 0x8E | 0x40] {
        let mut h = Host::new();
        let before = h.b.saved().len();
        h.b.outb(0x3F5, command);
        for n in 0..5000u32 {
            h.b.outb(0x3F5, n as u8 & 0x3F);
        }
        assert!(h.b.saved().len() < before + 4096, "command {command:02X}h");
        h.b.outb(0x3F2, 0x00);
        h.b.outb(0x3F2, 0x0C);
        h.b.advance(1_000_000_000);
        assert_eq!(h.msr(), 0x80, "command {command:02X}h");
    }
}
