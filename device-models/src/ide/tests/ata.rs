use super::*;

#[test]
fn identify_tells_geometry_and_capacity() {
    let mut h = Host::primary();
    h.command(0xA0, 0, 0, 0xEC);
    h.wait();
    assert_eq!(h.inp(7), DRDY | DSC | DRQ);
    let id = h.words(256);
    assert_eq!((id[0], id[1], id[3], id[6]), (0x0040, 4, 16, 63));
    assert_eq!((id[60], id[61]), (4032, 0));
    assert_eq!(&id[27..30], &[0x5245, 0x4C49, 0x4320]);
    assert_eq!(h.inp(7), DRDY | DSC);
}

#[test]
fn ide_01_command_block_latches_in_both_drives() {
    let mut h = Host::secondary();
    h.out(6, 0xB0);
    for offset in 2..6 {
        h.out(offset, 0x50 + offset as u8);
    }
    h.out(6, 0xA0);
    assert_eq!([2, 3, 4, 5].map(|n| h.inp(n)), [0x52, 0x53, 0x54, 0x55]);
    assert_eq!(h.inp(6), 0xA0);
    h.out(6, 0xB0);
    assert_eq!([2, 3, 4, 5].map(|n| h.inp(n)), [0x52, 0x53, 0x54, 0x55]);
}

#[test]
fn ide_02_status_clears_the_interrupt_and_alternate_status_does_not() {
    let mut h = Host::secondary();
    h.lba_command(0x10, 0, 1, 0x20);
    h.wait();
    h.alternate();
    assert!(h.irq());
    h.inp(7);
    assert!(!h.irq());
    h.words(256);
    h.lba_command(0x10, 0, 1, 0x40);
    h.wait();
    h.out(6, 0xA0);
    assert!(!h.irq());
    h.out(6, 0xB0);
    assert!(!h.irq());
}

#[test]
fn ide_03_a_lone_slave_leaves_the_master_an_absent_shadow() {
    let mut h = Host::secondary();
    let drives = [DriveKind::None, DriveKind::None, DriveKind::None, DriveKind::Cd(CdModel::default())];
    h.b.chip = Ide::new(&IdeConfig { pci: true, drives });
    h.control(4);
    h.control(0);
    h.b.advance(1_000_000);
    h.out(6, 0xA0);
    assert_eq!((h.inp(7), h.inp(4), h.inp(5)), (0, 0, 0));
    h.out(7, 0xEC);
    h.b.advance(1_000_000);
    assert!(!h.irq());
    h.out(6, 0xB0);
    assert_eq!((h.inp(4), h.inp(5)), (0x14, 0xEB));
}

#[test]
fn ide_04_a_busy_drive_owns_its_registers() {
    let mut h = Host::primary();
    h.lba_command(0, 7, 1, 0x20);
    assert_eq!(h.alternate() & BSY, BSY);
    h.out(3, 0x99);
    h.out(7, 0xEC);
    h.wait();
    assert_eq!(h.inp(3), 7);
    assert_eq!(h.in32(), 7 * 128);
}

#[test]
fn ide_09_initialize_parameters_changes_the_current_translation_every_time() {
    let mut h = Host::primary();
    for (heads, sectors, cylinders) in [(8u8, 32u8, 15u16), (4, 17, 59)] {
        h.command(0xA0 | (heads - 1), 0, sectors, 0x91);
        h.wait();
        assert_eq!(h.inp(7), DRDY | DSC);
        h.command(0xA0, 0, 0, 0xEC);
        h.wait();
        let id = h.words(256);
        assert_eq!(id[54..57], [cylinders, heads.into(), sectors.into()]);
        assert_eq!(id[1], 4);
        h.inp(7);
    }
    // Cylinder 1, head 2, sector 3 of 4 heads and 17 sectors.
    for (offset, value) in [(6, 0xA2), (2, 1), (3, 3), (4, 1), (5, 0), (7, 0x20)] {
        h.out(offset, value);
    }
    h.wait();
    assert_eq!(h.in32(), ((4 + 2) * 17 + 2) * 128);
}

#[test]
fn a_chs_sector_outside_the_translation_is_not_found() {
    let mut h = Host::primary();
    for (low, head) in [(0, 0), (64, 0)] {
        for (offset, value) in [(6, 0xA0 | head), (2, 1), (3, low), (4, 0), (5, 0), (7, 0x20)] {
            h.out(offset, value);
        }
        h.wait();
        assert_eq!((h.inp(7), h.inp(1)), (DRDY | DSC | ERR, 0x10));
    }
}

#[test]
fn ide_10_a_disk_refuses_packet_commands() {
    let mut h = Host::primary();
    for code in [0xA0, 0xA1] {
        h.command(0xA0, 0, 0, code);
        h.wait();
        assert_eq!((h.inp(7), h.inp(1)), (DRDY | DSC | ERR, 0x04));
    }
}

#[test]
fn ide_11_set_features_are_accepted_and_the_register_is_cleared() {
    let mut h = Host::primary();
    for (feature, count) in
        [(0x03, 0x0C), (0x03, 0x22), (0x02, 0), (0x82, 0), (0x55, 0), (0xAA, 0), (0x66, 0)]
    {
        h.command(0xA0, feature, count, 0xEF);
        h.wait();
        assert_eq!(h.inp(7), DRDY | DSC, "{feature:02X}h");
        assert_eq!(h.b.chip.channels[0].drives[0].regs.feature, 0);
    }
    h.command(0xA0, 0x03, 0x45, 0xEF);
    h.wait();
    assert_eq!(h.inp(7) & ERR, ERR);
}

#[test]
fn ide_12_device_reset_raises_the_interrupt_of_a_disk() {
    let mut h = Host::primary();
    h.command(0xA0, 0, 0, 0x08);
    h.wait();
    assert_eq!((h.inp(7), h.inp(1)), (DRDY | DSC | ERR, 0x04));
}

#[test]
fn ide_13_reset_and_diagnostic_leave_the_signature() {
    let mut h = Host::secondary();
    for diagnostic in [false, true] {
        h.out(6, 0xB0);
        if diagnostic {
            h.out(7, 0x90);
        } else {
            h.control(4);
            assert_eq!(h.alternate(), BSY);
            h.control(0);
        }
        h.b.advance(1_000_000);
        assert_eq!(h.irq(), diagnostic);
        assert_eq!([1, 2, 3, 4, 5, 6].map(|n| h.inp(n)), [1, 1, 1, 0x14, 0xEB, 0xA0]);
        assert_eq!(h.inp(7), 0);
        h.out(6, 0xB0);
        assert_eq!([1, 2, 3, 4, 5].map(|n| h.inp(n)), [1, 1, 1, 0, 0]);
        assert_eq!(h.inp(7), DRDY | DSC);
    }
}

#[test]
fn ide_14_no_command_completes_inside_the_write_that_starts_it() {
    let mut h = Host::primary();
    for code in [0x20, 0x30, 0x40, 0x10, 0xEC, 0xEF, 0xE7, 0x91, 0xFF] {
        h.lba_command(0, 0, 1, code);
        assert!(!h.irq(), "{code:02X}h");
        assert_eq!(h.alternate() & (BSY | DRQ), BSY, "{code:02X}h");
        h.b.advance(60_000);
        assert_eq!(h.alternate() & BSY, 0, "{code:02X}h");
    }
}

#[test]
fn ide_15_multiple_honours_its_block_and_zero_means_256() {
    let mut h = Host::primary();
    h.lba_command(0, 0, 1, 0xC4);
    h.wait();
    assert_eq!(h.inp(7) & ERR, ERR);
    h.command(0xA0, 0, 16, 0xC6);
    h.wait();
    assert_eq!(h.inp(7), DRDY | DSC);
    h.lba_command(0, 100, 0, 0xC4);
    for block in 0..16 {
        h.wait();
        assert_eq!(h.inp(7) & DRQ, DRQ);
        assert_eq!(h.in32(), (100 + block * 16) * 128);
        for _ in 1..16 * 128 {
            h.in32();
        }
    }
    h.b.advance(1_000_000);
    assert!(!h.irq());
    assert_eq!((h.inp(7), h.inp(2), h.inp(3), h.inp(4)), (DRDY | DSC, 0, 99, 1));
    h.command(0xA0, 0, 3, 0xC6);
    h.wait();
    assert_eq!(h.inp(7) & ERR, ERR);
}

#[test]
fn ide_15_reading_past_the_block_gives_no_data() {
    let mut h = Host::primary();
    h.lba_command(0, 1, 1, 0x20);
    h.wait();
    h.words(256);
    assert_eq!(h.in16(), 0xFFFF);
    assert_eq!(h.alternate(), DRDY | DSC);
}

#[test]
fn writes_reach_the_medium_and_interrupt_after_each_block() {
    let mut h = Host::primary();
    h.lba_command(0, 9, 2, 0x30);
    h.b.advance(10_000);
    assert!(!h.irq());
    for sector in 0..2u16 {
        assert_eq!(h.alternate() & DRQ, DRQ);
        for word in 0..256 {
            h.out16(word << 8 | sector);
        }
        h.wait();
        h.inp(7);
    }
    assert_eq!((h.alternate(), h.inp(2), h.inp(3)), (DRDY | DSC, 0, 10));
    let mut seen = [0; 512];
    h.b.drives.get(Bay::PrimaryMaster).unwrap().read(10 * 512, &mut seen).unwrap();
    assert_eq!(seen[..6], [1, 0, 1, 1, 1, 2]);
}

#[test]
fn a_block_over_the_end_is_written_as_far_as_the_disk_goes() {
    let mut h = Host::primary();
    h.command(0xA0, 0, 4, 0xC6);
    h.wait();
    let last = (DISK_BYTES / 512 - 1) as u32;
    h.lba_command(0, last, 3, 0xC5);
    h.b.advance(1_000_000);
    (0..3 * 256).for_each(|_| h.out16(0x5A5A));
    h.wait();
    assert_eq!((h.inp(7), h.inp(1), h.inp(2)), (DRDY | DSC | ERR, 0x10, 2));
    h.lba_command(0, last, 1, 0x20);
    h.wait();
    assert_eq!(h.words(256), [0x5A5A; 256]);
}

#[test]
fn a_protected_medium_aborts_a_write() {
    let mut h = Host::primary();
    h.b.drives.insert(Bay::PrimaryMaster, Disk::from_bytes(numbered(DISK_BYTES)).protected());
    h.lba_command(0, 0, 1, 0x30);
    h.b.advance(10_000);
    for _ in 0..256 {
        h.out16(0);
    }
    h.wait();
    assert_eq!((h.inp(7) & ERR, h.inp(1)), (ERR, 0x04));
}

#[test]
fn a_transfer_past_the_end_stops_at_the_first_missing_sector() {
    let mut h = Host::primary();
    h.lba_command(0, 4031, 2, 0x20);
    h.wait();
    h.inp(7);
    h.words(256);
    h.wait();
    assert_eq!((h.inp(7), h.inp(1), h.inp(2)), (DRDY | DSC | ERR, 0x10, 1));
    assert_eq!((h.inp(3), h.inp(4)), (0xC0, 0x0F));
    h.lba_command(0, 4030, 5, 0x40);
    h.wait();
    assert_eq!((h.inp(7) & ERR, h.inp(1), h.inp(2)), (ERR, 0x10, 3));
}

#[test]
fn ide_16_a_large_drive_shows_16383_cylinders_and_no_single_word_dma() {
    let mut h = Host::primary();
    let drives = [disk(20_000_000_000), DriveKind::None, DriveKind::None, DriveKind::None];
    h.b.chip = Ide::new(&IdeConfig { pci: true, drives });
    h.command(0xA0, 0, 0, 0xEC);
    h.wait();
    let id = h.words(256);
    assert_eq!((id[1], id[51], id[62], id[63]), (16_383, 0x0200, 0, 7));
}

#[test]
fn ide_19_unknown_commands_abort_and_are_noted() {
    let mut h = Host::primary();
    for code in [0x87, 0xB0, 0xC0, 0xF2, 0xFA, 0xFF, 0x50] {
        h.command(0xA0, 0, 0, code);
        h.wait();
        assert_eq!((h.inp(7), h.inp(1)), (DRDY | DSC | ERR, 0x04), "{code:02X}h");
    }
    assert_eq!(h.b.notes.list().len(), 7);
}

#[test]
fn power_modes_are_told_by_old_and_new_codes() {
    let mut h = Host::primary();
    for (set, check, expected) in [(0xE0, 0xE5, 0x00), (0xE1, 0x98, 0x80), (0x94, 0xE5, 0x00)] {
        h.command(0xA0, 0, 0, set);
        h.wait();
        h.command(0xA0, 0, 0, check);
        h.wait();
        assert_eq!((h.inp(7), h.inp(2)), (DRDY | DSC, expected));
    }
}

#[test]
fn the_buffer_keeps_what_was_written() {
    let mut h = Host::primary();
    h.command(0xA0, 0, 0, 0xE8);
    h.b.advance(10_000);
    for word in 0..256 {
        h.out16(word);
    }
    h.wait();
    h.command(0xA0, 0, 0, 0xE4);
    h.wait();
    assert_eq!(h.words(256), (0..256).collect::<Vec<u16>>());
}

#[test]
fn nien_lets_the_interrupt_float_until_it_is_cleared() {
    let mut h = Host::primary();
    h.control(2);
    h.lba_command(0, 0, 1, 0x40);
    h.b.advance(1_000_000);
    assert!(!h.irq());
    h.control(0);
    assert!(h.irq());
}

#[test]
fn read_native_max_gives_the_last_sector() {
    let mut h = Host::primary();
    h.lba_command(0, 0, 0, 0xF8);
    h.wait();
    assert_eq!((h.inp(7), h.inp(3), h.inp(4), h.inp(5)), (DRDY | DSC, 0xBF, 0x0F, 0));
}

#[test]
fn read_native_max_without_the_lba_bit_gives_cylinder_head_and_sector() {
    let mut h = Host::primary();
    h.command(0xA0, 0, 0, 0xF8);
    h.wait();
    assert_eq!((h.inp(7), h.inp(3), h.inp(4), h.inp(5), h.inp(6)), (DRDY | DSC, 63, 3, 0, 0xAF));
}

#[test]
fn bytes_and_dwords_of_the_data_port_move_their_width() {
    let mut h = Host::primary();
    h.lba_command(0, 2, 1, 0x20);
    h.wait();
    assert_eq!((h.in32(), h.in16(), h.in16()), (256, 257, 0));
    assert_eq!(h.inp(0), 2);
    assert_eq!(h.inp(0), 1);
}
