mod ata;
mod atapi;
mod bus_master;
mod wild;

use super::*;
use backplane::Disk;
use backplane::bench::{Bench, seeded};

pub(super) const BSY: u8 = 0x80;
pub(super) const DRDY: u8 = 0x40;
pub(super) const DSC: u8 = 0x10;
pub(super) const DRQ: u8 = 0x08;
pub(super) const ERR: u8 = 0x01;
const MASTER: u32 = 0xC000;

/// A host with one channel of registers in view.
pub(super) struct Host {
    pub(super) b: Bench<Ide>,
    base: u16,
    control: u16,
    line: u32,
}

/// Content that tells its place: each dword holds its own number.
pub(super) fn numbered(bytes: usize) -> Vec<u8> {
    (0..bytes as u32 / 4).flat_map(u32::to_le_bytes).collect()
}

pub(super) fn disk(bytes: u64) -> DriveKind {
    DriveKind::Disk(DiskModel::new(Geometry::of_size(bytes)))
}

pub(super) const DISK_BYTES: usize = 16 * 63 * 512 * 4;
pub(super) const CD_BYTES: usize = 2048 * 300;

fn board() -> Bench<Ide> {
    let drives = [disk(DISK_BYTES as u64), DriveKind::None, DriveKind::Cd(CdModel::default()), disk(737_280)];
    let mut b = Bench::new(Ide::new(&IdeConfig { pci: true, drives }));
    b.drives.insert(Bay::PrimaryMaster, Disk::from_bytes(numbered(DISK_BYTES)));
    b.drives.insert(Bay::SecondaryMaster, Disk::from_bytes(numbered(CD_BYTES)));
    b.drives.insert(Bay::SecondarySlave, Disk::from_bytes(numbered(737_280)));
    b.write(config(0x20, Width::Dword), MASTER);
    b.write(config(0x04, Width::Word), 5);
    b
}

pub(super) fn config(register: u8, width: Width) -> Addr {
    Addr::Config { function: 1, register, width }
}

impl Host {
    /// The channel with a disk as its only drive.
    pub(super) fn primary() -> Host {
        Host { b: board(), base: 0x1F0, control: 0x3F6, line: 0 }
    }

    /// The channel with a CD-ROM drive and a disk.
    pub(super) fn secondary() -> Host {
        Host { b: board(), base: 0x170, control: 0x376, line: 1 }
    }

    pub(super) fn out(&mut self, offset: u16, value: u8) {
        self.b.outb(self.base + offset, value);
    }

    pub(super) fn inp(&mut self, offset: u16) -> u8 {
        self.b.inb(self.base + offset)
    }

    pub(super) fn control(&mut self, value: u8) {
        self.b.outb(self.control, value);
    }

    /// The status without touching the interrupt.
    pub(super) fn alternate(&mut self) -> u8 {
        self.b.inb(self.control)
    }

    pub(super) fn irq(&self) -> bool {
        self.b.line(self.line)
    }

    /// Lets time pass until the interrupt comes.
    pub(super) fn wait(&mut self) {
        for _ in 0..4000 {
            if self.irq() {
                return;
            }
            self.b.advance(1000);
        }
        panic!("no interrupt within four milliseconds: status {:02X}h", self.alternate());
    }

    pub(super) fn in16(&mut self) -> u16 {
        self.b.read(Addr::Port(self.base, Width::Word)) as u16
    }

    pub(super) fn in32(&mut self) -> u32 {
        self.b.read(Addr::Port(self.base, Width::Dword))
    }

    pub(super) fn out16(&mut self, value: u16) {
        self.b.write(Addr::Port(self.base, Width::Word), value.into());
    }

    pub(super) fn words(&mut self, count: usize) -> Vec<u16> {
        (0..count).map(|_| self.in16()).collect()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.words(count / 2).into_iter().flat_map(u16::to_le_bytes).collect()
    }

    /// Writes count, LBA and device, then the command.
    pub(super) fn lba_command(&mut self, device: u8, lba: u32, count: u8, code: u8) {
        let [low, mid, high, top] = lba.to_le_bytes();
        self.out(6, 0xE0 | device | top);
        for (offset, value) in [(2, count), (3, low), (4, mid), (5, high), (7, code)] {
            self.out(offset, value);
        }
    }

    pub(super) fn command(&mut self, device: u8, feature: u8, count: u8, code: u8) {
        self.out(6, device);
        self.out(1, feature);
        self.out(2, count);
        self.out(7, code);
    }

    /// A packet to the master, by PIO with a byte count limit.
    pub(super) fn packet(&mut self, limit: u16, cdb: &[u8]) {
        self.packet_with(0, limit, cdb);
    }

    pub(super) fn packet_with(&mut self, feature: u8, limit: u16, cdb: &[u8]) {
        self.out(6, 0xA0);
        self.out(1, feature);
        self.out(4, limit as u8);
        self.out(5, (limit >> 8) as u8);
        self.out(7, 0xA0);
        let mut packet = cdb.to_vec();
        packet.resize(12, 0);
        for pair in packet.chunks_exact(2) {
            self.out16(u16::from_le_bytes([pair[0], pair[1]]));
        }
    }

    /// The byte count registers.
    pub(super) fn byte_count(&mut self) -> u16 {
        u16::from_le_bytes([self.inp(4), self.inp(5)])
    }

    /// Runs a packet to its end by PIO; the data, the final status and the error register.
    pub(super) fn run_packet(&mut self, cdb: &[u8]) -> (Vec<u8>, u8, u8) {
        self.packet(0x8000, cdb);
        let mut data = Vec::new();
        loop {
            self.wait();
            let status = self.inp(7);
            if status & DRQ == 0 {
                return (data, status, self.inp(1));
            }
            let count = self.byte_count() as usize;
            let bytes = self.bytes(count.next_multiple_of(2));
            data.extend(&bytes[..count]);
        }
    }

    /// Sense key, code and qualifier.
    pub(super) fn sense(&mut self) -> (u8, u8, u8) {
        let (data, status, _) = self.run_packet(&[0x03, 0, 0, 0, 18]);
        assert_eq!(status & ERR, 0);
        (data[2], data[12], data[13])
    }

    pub(super) fn master(&self, offset: u16) -> u16 {
        MASTER as u16 + if self.line == 1 { 8 } else { 0 } + offset
    }
}

#[test]
fn the_function_is_the_piix3_s() {
    let mut b = board();
    assert_eq!(b.read(config(0x00, Width::Dword)), 0x7010_8086);
    assert_eq!(b.read(config(0x08, Width::Dword)), 0x0101_8000);
    b.write(config(0x20, Width::Dword), u32::MAX);
    assert_eq!(b.read(config(0x20, Width::Dword)), 0xFFFF_FFF1);
}

#[test]
fn ide_21_both_channels_are_there_until_idetim_turns_one_off() {
    let mut b = board();
    assert_eq!(b.chip.claims().iter().count(), 10);
    let before = b.chip.claims_key();
    b.write(config(0x42, Width::Word), 0);
    assert_eq!(b.chip.claims().iter().count(), 7);
    assert_ne!(b.chip.claims_key(), before);
}

#[test]
fn an_isa_adapter_claims_no_pci_and_knows_no_dma() {
    let drives = [disk(DISK_BYTES as u64), DriveKind::None, DriveKind::None, DriveKind::None];
    let mut h = Host::primary();
    h.b.chip = Ide::new(&IdeConfig { pci: false, drives });
    assert_eq!(h.b.chip.claims().iter().count(), 8);
    h.lba_command(0, 0, 1, 0xC8);
    h.wait();
    assert_eq!((h.inp(7), h.inp(1)), (DRDY | DSC | ERR, 0x04));
    assert_eq!(h.b.inb(0x177), 0x7F);
}

#[test]
fn seeded_accesses_find_no_difference() {
    seeded(board, 10, 6000);
}

#[test]
fn seeded_commands_find_no_difference() {
    // Uniform accesses rarely get far: these programs are all command block and data port.
    seeded(
        || {
            let mut h = Host::secondary();
            h.packet(0x800, &[0x28, 0, 0, 0, 0, 3, 0, 0, 9]);
            h.b.chip.channels.swap(0, 1);
            h.b
        },
        10,
        3000,
    );
}
