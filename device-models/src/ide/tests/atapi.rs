use super::*;

const TEST_UNIT_READY: [u8; 6] = [0; 6];
const INQUIRY: [u8; 5] = [0x12, 0, 0, 0, 36];

fn read_10(lba: u8, count: u8) -> [u8; 9] {
    [0x28, 0, 0, 0, 0, lba, 0, 0, count]
}

#[test]
fn ide_10_a_cd_refuses_identify_and_shows_its_signature() {
    let mut h = Host::secondary();
    for code in [0xEC, 0x20] {
        h.command(0xA0, 0, 0, code);
        h.wait();
        assert_eq!(h.inp(7), DRDY | ERR);
        assert_eq!((h.inp(1), h.inp(4), h.inp(5)), (0x04, 0x14, 0xEB));
    }
    h.command(0xA0, 0, 0, 0xA1);
    h.wait();
    assert_eq!(h.words(256)[0], 0x85C0);
}

#[test]
fn ide_12_device_reset_leaves_status_zero_and_no_interrupt() {
    let mut h = Host::secondary();
    h.packet(0x800, &read_10(0, 1));
    h.out(7, 0x08);
    assert_eq!((h.inp(7), h.inp(1), h.inp(4), h.inp(5)), (0, 1, 0x14, 0xEB));
    h.b.advance(1_000_000);
    assert!(!h.irq());
}

#[test]
fn read_cd_of_no_part_of_a_sector_needs_the_sector() {
    let mut h = Host::secondary();
    let mut cdb = [0xBE, 0, 0, 0, 1, 0x2B, 0, 0, 1, 0];
    assert_eq!(h.run_packet(&cdb).1 & ERR, 0);
    cdb[5] = 0x2C;
    assert_eq!(h.run_packet(&cdb).1 & ERR, ERR);
    assert_eq!(h.sense(), (5, 0x21, 0));
}

#[test]
fn device_reset_clears_the_device_register_but_for_the_device() {
    let mut h = Host::secondary();
    h.command(0xE5, 0, 0, 0x08);
    assert_eq!(h.inp(6), 0xA0);
}

#[test]
fn ide_20_the_packet_is_asked_for_at_once() {
    let mut h = Host::secondary();
    h.command(0xA0, 0, 0, 0xA0);
    assert_eq!((h.alternate() & (BSY | DRQ), h.inp(2)), (DRQ, 1));
    assert!(!h.irq());
}

#[test]
fn cd_01_inquiry_and_request_sense_leave_the_unit_attention_queued() {
    let mut h = Host::secondary();
    h.run_packet(&TEST_UNIT_READY);
    h.b.drives.insert(Bay::SecondaryMaster, Disk::from_bytes(numbered(4096)));
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1 & ERR, ERR);
    for _ in 0..2 {
        let (data, status, _) = h.run_packet(&INQUIRY);
        assert_eq!((data[0], data.len(), status), (5, 36, DRDY));
        assert_eq!(h.run_packet(&[0x03, 0, 0, 0, 18]).1, DRDY);
    }
    let (_, status, error) = h.run_packet(&TEST_UNIT_READY);
    assert_eq!((status, error), (DRDY | ERR, 0x64));
    assert_eq!(h.sense(), (6, 0x28, 0));
}

#[test]
fn cd_02_seek_complete_is_shown_after_seek_only() {
    let mut h = Host::secondary();
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
    assert_eq!(h.run_packet(&[0x2B, 0, 0, 0, 0, 9]).1, DRDY | DSC);
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
}

#[test]
fn cd_03_the_byte_count_limit_is_honoured_and_ffff_means_fffe() {
    let mut h = Host::secondary();
    h.packet(0xFFFF, &read_10(0, 40));
    assert_eq!(h.inp(4), BSY | DRDY);
    h.wait();
    assert_eq!((h.byte_count(), h.inp(2)), (0xFFFE, 2));
    h.inp(7);
    h.bytes(0xFFFE);
    h.wait();
    assert_eq!(h.byte_count(), (40 * 2048 - 0xFFFEu32) as u16);
}

#[test]
fn cd_03_a_byte_count_of_zero_is_a_command_without_data() {
    let mut h = Host::secondary();
    h.packet(0, &read_10(0, 1));
    h.wait();
    assert_eq!((h.inp(7), h.inp(2), h.byte_count()), (DRDY, 3, 0));
}

#[test]
fn cd_04_the_last_block_shows_what_it_holds() {
    let mut h = Host::secondary();
    h.packet(1500, &read_10(3, 1));
    h.wait();
    assert_eq!(h.byte_count(), 1500);
    assert_eq!(h.inp(7), DRDY | DRQ);
    assert_eq!(h.in32(), 3 * 512);
    h.bytes(1496);
    h.wait();
    assert_eq!((h.byte_count(), h.inp(7)), (548, DRDY | DRQ));
    assert_eq!(h.in32(), 3 * 512 + 375);
    h.bytes(544);
    h.wait();
    assert_eq!((h.inp(7), h.inp(2)), (DRDY, 3));
}

#[test]
fn cd_05_read_cd_of_no_sectors_succeeds() {
    let mut h = Host::secondary();
    let mut cdb = [0xBE, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0x10];
    assert_eq!(h.run_packet(&cdb).1, DRDY);
    cdb = [0xBE, 0, 0, 0, 0, 1, 0, 0, 1, 0];
    assert_eq!(h.run_packet(&cdb), (vec![], DRDY, 0));
}

#[test]
fn read_cd_delivers_raw_sectors_with_their_header() {
    let mut h = Host::secondary();
    let (data, status, _) = h.run_packet(&[0xBE, 0, 0, 0, 0, 16, 0, 0, 2, 0xF8]);
    assert_eq!((data.len(), status), (2 * 2352, DRDY));
    assert_eq!(data[..16], [0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 2, 0x16, 1]);
    assert_eq!(data[2352 + 16..2352 + 20], (17u32 * 512).to_le_bytes());
}

#[test]
fn cd_06_eject_and_load_leave_seek_complete() {
    let mut h = Host::secondary();
    assert_eq!(h.run_packet(&[0x1B, 0, 0, 0, 2]).1, DRDY | DSC);
    assert_eq!(h.run_packet(&TEST_UNIT_READY).2, 0x24);
    assert_eq!(h.sense(), (2, 0x3A, 0));
    assert_eq!(h.run_packet(&[0x1B, 0, 0, 0, 3]).1, DRDY | DSC);
    h.run_packet(&TEST_UNIT_READY);
    assert_eq!(h.sense(), (6, 0x28, 0));
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
}

#[test]
fn a_locked_door_does_not_open() {
    let mut h = Host::secondary();
    h.run_packet(&[0x1E, 0, 0, 0, 1]);
    h.run_packet(&[0x1B, 0, 0, 0, 2]);
    assert_eq!(h.sense(), (5, 0x53, 2));
    h.run_packet(&[0x1E, 0, 0, 0, 0]);
    assert_eq!(h.run_packet(&[0x1B, 0, 0, 0, 2]).1 & ERR, 0);
}

#[test]
fn cd_07_toc_formats_0_1_and_2() {
    let mut h = Host::secondary();
    let (toc, ..) = h.run_packet(&[0x43, 2, 0, 0, 0, 0, 0, 0, 100]);
    assert_eq!(toc, [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 2, 0, 0, 0x14, 0xAA, 0, 0, 0, 6, 0]);
    let (session, ..) = h.run_packet(&[0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40]);
    assert_eq!(session, [0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0]);
    let (raw, ..) = h.run_packet(&[0x43, 2, 2, 0, 0, 0, 0, 0, 100]);
    assert_eq!((raw.len(), raw[7], raw[18], raw[29]), (48, 0xA0, 0xA1, 0xA2));
    let (short, ..) = h.run_packet(&[0x43, 0, 0, 0, 0, 0xAA, 0, 0, 12]);
    assert_eq!(short.len(), 12);
    h.run_packet(&[0x43, 0, 3, 0, 0, 0, 0, 0, 12]);
    assert_eq!(h.sense(), (5, 0x24, 0));
}

#[test]
fn cd_07_subchannel_read_12_and_capabilities() {
    let mut h = Host::secondary();
    let (position, ..) = h.run_packet(&[0x42, 2, 0x40, 1, 0, 0, 0, 0, 16]);
    assert_eq!(position, [0, 0x15, 0, 12, 1, 0x14, 1, 1, 0, 0, 2, 0, 0, 0, 2, 0]);
    let (data, ..) = h.run_packet(&[0xA8, 0, 0, 0, 0, 4, 0, 0, 0, 2]);
    assert_eq!((data.len(), &data[..4]), (4096, &(4u32 * 512).to_le_bytes()[..]));
    let (page, ..) = h.run_packet(&[0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 100]);
    assert_eq!((page.len(), page[1], page[2], page[8], page[9]), (28, 26, 1, 0x2A, 18));
    let (all, ..) = h.run_packet(&[0x1A, 0, 0x3F, 0, 255]);
    assert_eq!((all.len(), all[0]), (4 + 8 + 8 + 16 + 20, 55));
    h.run_packet(&[0x5A, 0, 0xEA, 0, 0, 0, 0, 0, 100]);
    assert_eq!(h.sense(), (5, 0x39, 0));
}

#[test]
fn cd_08_audio_is_refused_as_the_wrong_mode() {
    let mut h = Host::secondary();
    for code in [0x45, 0x47, 0xA5] {
        h.run_packet(&[code, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(h.sense(), (5, 0x64, 0));
    }
}

#[test]
fn cd_09_a_new_disc_is_not_ready_then_a_unit_attention_then_there() {
    let mut h = Host::secondary();
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
    h.b.drives.eject(Bay::SecondaryMaster);
    for _ in 0..2 {
        h.run_packet(&TEST_UNIT_READY);
        assert_eq!(h.sense(), (2, 0x3A, 0));
    }
    h.b.drives.insert(Bay::SecondaryMaster, Disk::from_bytes(numbered(8192)));
    h.run_packet(&TEST_UNIT_READY);
    assert_eq!(h.sense(), (2, 0x3A, 0));
    h.run_packet(&TEST_UNIT_READY);
    assert_eq!(h.sense(), (6, 0x28, 0));
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
    let (event, ..) = h.run_packet(&[0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8]);
    assert_eq!(event, [0, 6, 4, 16, 2, 2, 0, 0]);
}

#[test]
fn cd_09_the_tray_stays_open_over_a_board_reset() {
    let mut h = Host::secondary();
    h.run_packet(&[0x1B, 0, 0, 0, 2]);
    h.b.chip.reset(Reset::Board);
    h.run_packet(&TEST_UNIT_READY);
    assert_eq!(h.sense(), (2, 0x3A, 0));
    h.b.chip.reset(Reset::PowerOn);
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
}

#[test]
fn cd_10_writes_do_not_touch_data_on_their_way_to_the_host() {
    let mut h = Host::secondary();
    h.packet(0x800, &read_10(1, 1));
    h.wait();
    h.out16(0xDEAD);
    assert_eq!(h.in32(), 512);
}

#[test]
fn cd_11_inquiry_tells_the_preset_s_maker() {
    let mut h = Host::secondary();
    let model = CdModel { vendor: "NEC".into(), product: "CD-ROM DRIVE:273".into(), ..CdModel::default() };
    let drives = [DriveKind::None, DriveKind::None, DriveKind::Cd(model), DriveKind::None];
    h.b.chip = Ide::new(&IdeConfig { pci: true, drives });
    let (data, ..) = h.run_packet(&INQUIRY);
    assert_eq!(&data[8..32], b"NEC     CD-ROM DRIVE:273");
}

#[test]
fn cd_12_an_image_that_ends_in_mid_sector_is_read_to_its_end() {
    let mut h = Host::secondary();
    h.b.drives.insert(Bay::SecondaryMaster, Disk::from_bytes(vec![7; 2048 + 10]));
    let (capacity, ..) = h.run_packet(&[0x25]);
    assert_eq!(capacity, [0, 0, 0, 1, 0, 0, 8, 0]);
    let (data, ..) = h.run_packet(&read_10(1, 1));
    assert_eq!((data.len(), data[9], data[10]), (2048, 7, 0));
    h.run_packet(&read_10(2, 1));
    assert_eq!(h.sense(), (5, 0x21, 0));
}

#[test]
fn cd_13_the_interrupt_comes_with_the_data_request() {
    let mut h = Host::secondary();
    h.packet(0x800, &read_10(0, 2));
    for _ in 0..200 {
        h.b.advance(500);
        assert_eq!(h.irq(), h.alternate() & DRQ != 0);
    }
}

#[test]
fn unknown_packets_are_illegal_and_noted() {
    let mut h = Host::secondary();
    h.run_packet(&[0xC0]);
    assert_eq!(h.sense(), (5, 0x20, 0));
    assert_eq!(h.b.notes.list().len(), 1);
}

#[test]
fn mode_select_takes_its_parameters() {
    let mut h = Host::secondary();
    h.packet(0x800, &[0x55, 0x10, 0, 0, 0, 0, 0, 0, 16]);
    h.wait();
    assert_eq!((h.inp(7), h.inp(2), h.byte_count()), (DRDY | DRQ, 0, 16));
    for _ in 0..8 {
        h.out16(0);
    }
    h.wait();
    assert_eq!((h.inp(7), h.inp(2)), (DRDY, 3));
}

#[test]
fn information_commands_describe_a_finished_data_disc() {
    let mut h = Host::secondary();
    let (disc, ..) = h.run_packet(&[0x51, 0, 0, 0, 0, 0, 0, 0, 34]);
    assert_eq!((disc.len(), disc[1], disc[2]), (34, 32, 0x0E));
    let (header, ..) = h.run_packet(&[0x44, 2, 0, 0, 0, 75, 0, 0, 8]);
    assert_eq!(header, [1, 0, 0, 0, 0, 0, 3, 0]);
    let (mechanism, ..) = h.run_packet(&[0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    assert_eq!(mechanism, [0, 0, 0, 0, 0, 1, 0, 0]);
    let (features, ..) = h.run_packet(&[0x46, 0, 0, 0, 0, 0, 0, 0, 255]);
    assert_eq!((features[7], features.len()), (8, features[3] as usize + 4));
}

#[test]
fn cve_2020_29443_lengths_and_places_past_the_disc_are_refused_before_a_byte_moves() {
    let mut h = Host::secondary();
    assert_eq!(h.run_packet(&TEST_UNIT_READY).1, DRDY);
    let all = [0xFF; 4];
    let far = [&[0xA8, 0][..], &all, &[0, 0, 0, 1]].concat();
    let huge = [&[0xA8, 0, 0, 0, 0, 0][..], &all].concat();
    for cdb in [far, huge] {
        h.packet(0xFFFE, &cdb);
        h.wait();
        assert_eq!(h.inp(7) & (BSY | DRQ | ERR), ERR, "{cdb:X?}");
    }
    h.packet(0xFFFE, &read_10(7, 1));
    h.wait();
    assert_eq!((h.inp(7) & DRQ, h.in32()), (DRQ, 7 * 512));
}
