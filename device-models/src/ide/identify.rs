//! IDENTIFY DEVICE and IDENTIFY PACKET DEVICE: 256 words.
//!
//! Follows: ATA-4 (T13 1153D) clauses 8.12 and 8.13, and ATA-1 for the words that later became obsolete.

use super::config::{CdModel, PacketDrq};
use super::disk::Disk;
use super::regs::{MAX_MULTIPLE, SECTOR};

/// Cylinders that IDENTIFY never exceeds (IDE-16).
const MOST_CYLINDERS: u16 = 16_383;

/// 256 words being filled in.
struct Words([u16; 256]);

impl Words {
    fn set(&mut self, index: usize, value: u16) {
        self.0[index] = value;
    }

    fn set_dword(&mut self, index: usize, value: u32) {
        self.0[index] = value as u16;
        self.0[index + 1] = (value >> 16) as u16;
    }

    /// Text of `words` words, blank-padded, the first character of each pair in the high byte.
    fn set_text(&mut self, index: usize, words: usize, text: &str) {
        let mut bytes = text.bytes().chain(std::iter::repeat(b' '));
        for word in &mut self.0[index..index + words] {
            let mut next = || u16::from(bytes.next().unwrap_or(b' '));
            *word = next() << 8 | next();
        }
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// What disk and CD say alike about PIO and DMA.
    fn set_timing(&mut self, bus_master: bool, dma_mode: Option<u8>) {
        self.set(51, 0x0200);
        // Words 54-58 and 64-70 are valid.
        self.set(53, 0x0003);
        if bus_master {
            self.set(63, 0x0007 | dma_mode.map_or(0, |mode| 0x100 << mode));
        }
        // PIO modes 3 and 4; cycle times of 120 ns.
        self.set(64, 0x0003);
        for cycle_time in 65..=68 {
            self.set(cycle_time, 120);
        }
        // ATA-1 to ATA-4.
        self.set(80, 0x001E);
    }

    /// Capabilities: IORDY and its disabling, LBA, DMA.
    fn set_capabilities(&mut self, bus_master: bool) {
        self.set(49, 0x0E00 | u16::from(bus_master) << 8);
    }
}

/// What a disk of `total` sectors says.
pub(super) fn disk(disk: &Disk, total: u32, bus_master: bool) -> Vec<u8> {
    let (native, current) = (disk.model.geometry, disk.current);
    let mut w = Words([0; 256]);
    // Fixed disk.
    w.set(0, 0x0040);
    w.set(1, native.cylinders.min(MOST_CYLINDERS));
    w.set(3, native.heads.into());
    w.set(4, u16::from(native.sectors) * SECTOR as u16);
    w.set(5, SECTOR as u16);
    w.set(6, native.sectors.into());
    w.set_text(10, 10, &format!("{:>20}", disk.model.serial));
    // Dual-ported buffer with look-ahead, 256 KiB, four ECC bytes.
    w.set(20, 3);
    w.set(21, 512);
    w.set(22, 4);
    w.set_text(23, 4, &disk.model.firmware);
    w.set_text(27, 20, &disk.model.model);
    w.set(47, 0x8000 | u16::from(MAX_MULTIPLE));
    // Doubleword data port accesses work.
    w.set(48, 1);
    w.set_capabilities(bus_master);
    w.set_timing(bus_master, disk.dma_mode);
    let cylinders = current.cylinders.min(MOST_CYLINDERS);
    w.set(54, cylinders);
    w.set(55, current.heads.into());
    w.set(56, current.sectors.into());
    let by_chs = u32::from(cylinders) * u32::from(current.heads) * u32::from(current.sectors);
    w.set_dword(57, by_chs.min(total));
    w.set(59, if disk.multiple == 0 { 0 } else { 0x100 | u16::from(disk.multiple) });
    w.set_dword(60, total);
    // NOP, READ and WRITE BUFFER, look-ahead, write cache, power management; FLUSH CACHE.
    w.set(82, 0x7068);
    w.set(83, 0x5000);
    w.set(84, 0x4000);
    w.set(85, 0x7008 | u16::from(disk.write_cache) << 5 | u16::from(disk.look_ahead) << 6);
    w.set(86, 0x1000);
    w.set(87, 0x4000);
    w.bytes()
}

/// What a CD-ROM drive says.
pub(super) fn cd(model: &CdModel, bus_master: bool, dma_mode: Option<u8>) -> Vec<u8> {
    let mut w = Words([0; 256]);
    let drq = match model.drq {
        PacketDrq::Microprocessor => 0x0000,
        PacketDrq::Accelerated => 0x0040,
    };
    // ATAPI, CD-ROM, removable, packets of 12 bytes.
    w.set(0, 0x8580 | drq);
    w.set_text(10, 10, &format!("{:>20}", model.serial));
    w.set_text(23, 4, &model.revision);
    w.set_text(27, 20, &format!("{} {}", model.vendor, model.product));
    w.set(48, 1);
    w.set_capabilities(bus_master);
    w.set_timing(bus_master, dma_mode);
    // NOP, DEVICE RESET, PACKET.
    w.set(82, 0x4210);
    w.set(83, 0x4000);
    w.set(84, 0x4000);
    w.set(85, 0x4210);
    w.set(87, 0x4000);
    w.bytes()
}
