use super::*;

const TABLE: u32 = 0x8000;

impl Host {
    /// Descriptors of `(address, bytes)`, the last one marked.
    fn table(&mut self, regions: &[(u32, u32)]) {
        for (n, (address, bytes)) in regions.iter().enumerate() {
            let end = u32::from(n + 1 == regions.len()) << 31;
            self.b.ram.write_u32(TABLE as usize + 8 * n, *address);
            self.b.ram.write_u32(TABLE as usize + 8 * n + 4, bytes & 0xFFFF | end);
        }
        self.b.write(Addr::Port(self.master(4), Width::Dword), TABLE);
    }

    fn start(&mut self, to_memory: bool) {
        self.b.outb(self.master(2), 0x06);
        self.b.outb(self.master(0), if to_memory { 0x09 } else { 0x01 });
    }

    /// Four sectors are read, and not a byte of memory changes.
    #[track_caller]
    fn reads_in_vain(&mut self) {
        let before = self.memory();
        self.lba_command(0, 0, 4, 0xC8);
        self.start(true);
        self.b.advance(1_000_000_000);
        assert!(self.memory() == before);
    }

    fn memory(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.b.ram.len()];
        self.b.ram.read(0, &mut bytes);
        bytes
    }

    fn master_status(&mut self) -> u8 {
        self.b.inb(self.master(2)) & 7
    }
}

#[test]
fn a_dma_read_scatters_over_its_regions() {
    let mut h = Host::primary();
    h.table(&[(0x1_0000, 512), (0x2_0000, 1536)]);
    h.lba_command(0, 5, 4, 0xC8);
    h.start(true);
    h.wait();
    assert_eq!(h.master_status(), 4);
    assert_eq!((h.inp(7), h.inp(2)), (DRDY | DSC, 0));
    assert_eq!((h.b.ram.read_u32(0x1_0000), h.b.ram.read_u32(0x2_0000)), (5 * 128, 6 * 128));
    assert_eq!(h.b.ram.read_u32(0x2_0000 + 1532), 9 * 128 - 1);
    h.b.outb(h.master(2), 4);
    assert_eq!(h.master_status(), 0);
}

#[test]
fn a_dma_write_gathers_and_may_be_started_before_the_command() {
    let mut h = Host::primary();
    h.b.ram.write(0x1_0000, &[0xAB; 0x1_0000]);
    h.table(&[(0x1_0000, 0), (0x1_0000, 0)]);
    h.start(false);
    h.lba_command(0, 3, 0, 0xCA);
    h.wait();
    assert_eq!((h.inp(7), h.master_status()), (DRDY | DSC, 4));
    let mut seen = [0; 4];
    for (sector, expected) in
        [(2, [0x7C, 1, 0, 0]), (3, [0xAB; 4]), (258, [0xAB; 4]), (259, [0x80, 0x81, 0, 0])]
    {
        let at = if sector == 2 { 2 * 512 + 496 } else { sector * 512 };
        h.b.drives.get(Bay::PrimaryMaster).unwrap().read(at, &mut seen).unwrap();
        assert_eq!(seen, expected, "sector {sector}");
    }
}

#[test]
fn a_table_that_is_longer_leaves_the_master_active() {
    let mut h = Host::primary();
    h.table(&[(0x1_0000, 4096)]);
    h.lba_command(0, 0, 1, 0xC8);
    h.start(true);
    h.wait();
    assert_eq!(h.master_status(), 5);
    h.b.outb(h.master(0), 0);
    assert_eq!(h.master_status(), 4);
}

#[test]
fn ide_17_a_table_that_is_too_short_ends_the_command_without_interrupt() {
    let mut h = Host::primary();
    h.table(&[(0x1_0000, 700)]);
    h.lba_command(0, 0, 2, 0xC8);
    h.start(true);
    h.b.advance(1_000_000);
    assert!(!h.irq());
    assert_eq!((h.master_status(), h.alternate()), (0, DRDY | DSC));
    assert_eq!(h.b.ram.read_u32(0x1_0000 + 696), 174);
    h.lba_command(0, 8, 1, 0x20);
    h.wait();
    assert_eq!(h.in32(), 8 * 128);
}

#[test]
fn ide_17_the_table_pointer_takes_halves_and_bytes() {
    let mut h = Host::primary();
    h.b.write(Addr::Port(h.master(4), Width::Word), 0x1234);
    h.b.write(Addr::Port(h.master(6), Width::Word), 0x00AB);
    assert_eq!(h.b.read(Addr::Port(h.master(4), Width::Dword)), 0x00AB_1234);
    h.b.outb(h.master(5), 0x56);
    assert_eq!(h.b.read(Addr::Port(h.master(4), Width::Dword)), 0x00AB_5634);
}

#[test]
fn ide_17_a_packet_s_data_go_by_dma() {
    let mut h = Host::secondary();
    h.table(&[(0x1_0000, 0), (0x2_0000, 0), (0x3_0000, 0)]);
    h.packet_with(1, 0, &[0x28, 0, 0, 0, 0, 7, 0, 0, 96]);
    h.start(true);
    h.wait();
    assert_eq!((h.inp(7), h.inp(2), h.master_status()), (DRDY, 3, 4));
    assert_eq!(h.b.ram.read_u32(0x1_0000), 7 * 512);
    assert_eq!(h.b.ram.read_u32(0x3_FFFC), 103 * 512 - 1);
}

#[test]
fn ports_move_with_the_base_address_register() {
    let mut h = Host::primary();
    let before = h.b.chip.claims_key();
    h.b.write(config(0x20, Width::Dword), 0xD000);
    assert_ne!(h.b.chip.claims_key(), before);
    h.b.outb(0xD002, 0x60);
    assert_eq!((h.b.inb(0xD002), h.b.inb(0xC002)), (0x60, 0xFF));
    h.b.write(config(0x04, Width::Word), 0);
    assert_eq!(h.b.chip.claims().iter().count(), 9);
}

#[test]
fn a_read_error_ends_the_transfer_with_an_interrupt() {
    let mut h = Host::primary();
    h.table(&[(0x1_0000, 4096)]);
    h.lba_command(0, 4030, 4, 0xC8);
    h.start(true);
    h.wait();
    assert_eq!((h.inp(7) & ERR, h.inp(1), h.inp(2)), (ERR, 0x10, 2));
}

#[test]
fn cve_2014_9718_a_table_without_a_whole_sector_ends_the_command() {
    let mut h = Host::primary();
    h.table(&[(0x1_0000, 2)]);
    h.lba_command(0, 0, 1, 0xC8);
    h.start(true);
    h.b.advance(1_000_000_000);
    assert_eq!((h.master_status(), h.alternate() & (BSY | DRQ)), (0, 0));
    h.lba_command(0, 8, 1, 0x20);
    h.wait();
    assert_eq!(h.in32(), 8 * 128);
}

#[test]
fn a_table_and_regions_outside_memory_touch_none() {
    let mut h = Host::primary();
    for table in [0xFFFF_FFF8, h.b.ram.len() as u32, 0x8000_0000] {
        h.b.write(Addr::Port(h.master(4), Width::Dword), table);
        h.reads_in_vain();
        h.b.outb(h.master(0), 0);
        h.control(0x04);
        h.control(0);
        h.b.advance(1_000_000_000);
    }
    h.table(&[(0xFFFF_F000, 0), (0x8000_0000, 0)]);
    h.reads_in_vain();
}
