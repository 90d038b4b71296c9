//! The CMOS bytes that a setup program would have left: memory sizes, drive types, boot order.
//!
//! The layout is the IBM PC/AT's (Technical Reference, section 1), with the extensions that QEMU, Bochs and SeaBIOS agree on:
//! memory above 16 MiB at 34h, boot order at 3Dh and 38h, disk translation at 39h. The primary disk's type is never zero: Windows
//! would fall back to real-mode access (IDE-05).

use crate::build::{Drive, Media};
use crate::config::{BootDevice, FloppyType, MachineConfig, Preset};
use device_models::{DriveType, Geometry, MouseModel, Rtc};

/// Where things are.
mod index {
    pub(super) const FLOPPY_TYPES: u8 = 0x10;
    pub(super) const DISK_TYPES: u8 = 0x12;
    pub(super) const EQUIPMENT: u8 = 0x14;
    pub(super) const BASE_KIB: u8 = 0x15;
    pub(super) const EXTENDED_KIB: u8 = 0x17;
    pub(super) const DISK_TYPE: [u8; 2] = [0x19, 0x1A];
    pub(super) const DISK_GEOMETRY: [u8; 2] = [0x1B, 0x24];
    pub(super) const CHECKED: std::ops::RangeInclusive<u8> = 0x10..=0x2D;
    pub(super) const CHECKSUM: u8 = 0x2E;
    pub(super) const EXTENDED_KIB_FOUND: u8 = 0x30;
    pub(super) const ABOVE_16_MIB: u8 = 0x34;
    pub(super) const BOOT_THIRD: u8 = 0x38;
    pub(super) const TRANSLATION: u8 = 0x39;
    pub(super) const BOOT: u8 = 0x3D;
}

/// "Type 47": the geometry follows in CMOS.
const USER_TYPE: u8 = 47;
/// The nibble that says so.
const EXTENDED_TYPE: u8 = 0xF;
/// Disks beyond 504 MiB are translated.
const LBA_TRANSLATION: u8 = 1;
const CHS_LIMIT_CYLINDERS: u16 = 1024;

pub(crate) fn fill(rtc: &mut Rtc, config: &MachineConfig, media: &Media) {
    memory(rtc, config.ram.0);
    floppies(rtc, config);
    disks(rtc, media);
    boot_order(rtc, &config.boot);
    let sum = index::CHECKED.map(|n| u16::from(rtc.cmos(n))).sum::<u16>();
    rtc.set_cmos(index::CHECKSUM, (sum >> 8) as u8);
    rtc.set_cmos(index::CHECKSUM + 1, sum as u8);
}

/// A word, low byte first.
fn set_word(rtc: &mut Rtc, at: u8, value: u16) {
    rtc.set_cmos(at, value as u8);
    rtc.set_cmos(at + 1, (value >> 8) as u8);
}

fn memory(rtc: &mut Rtc, bytes: u64) {
    const BASE_KIB: u16 = 640;
    let units = |above: u64, unit: u64| u16::try_from(bytes.saturating_sub(above) / unit).unwrap_or(u16::MAX);
    let extended = units(1 << 20, 1 << 10);
    set_word(rtc, index::BASE_KIB, BASE_KIB);
    set_word(rtc, index::EXTENDED_KIB, extended);
    set_word(rtc, index::EXTENDED_KIB_FOUND, extended);
    set_word(rtc, index::ABOVE_16_MIB, units(16 << 20, 64 << 10));
}

fn floppies(rtc: &mut Rtc, config: &MachineConfig) {
    const FPU: u8 = 1 << 1;
    const PS2_MOUSE: u8 = 1 << 2;
    let types = if config.preset == Preset::XenServer { [FloppyType::None; 2] } else { config.floppy };
    let codes = types.map(|t| t.drive().map_or(0, DriveType::cmos));
    rtc.set_cmos(index::FLOPPY_TYPES, codes[0] << 4 | codes[1]);
    let count = codes.iter().filter(|c| **c != 0).count() as u8;
    let drives = if count == 0 { 0 } else { 1 | (count - 1) << 6 };
    let mouse = if config.ps2_mouse() == MouseModel::None { 0 } else { PS2_MOUSE };
    rtc.set_cmos(index::EQUIPMENT, FPU | mouse | drives);
}

fn disks(rtc: &mut Rtc, media: &Media) {
    let mut types = 0;
    let mut translation = 0;
    for (n, drive) in media.drives.iter().enumerate() {
        let Drive::Disk(disk) = drive else { continue };
        let geometry = Geometry::of_size(disk.len());
        if geometry.cylinders > CHS_LIMIT_CYLINDERS {
            translation |= LBA_TRANSLATION << (2 * n);
        }
        if n < 2 {
            types |= EXTENDED_TYPE << (4 * (1 - n));
            rtc.set_cmos(index::DISK_TYPE[n], USER_TYPE);
            user_type(rtc, index::DISK_GEOMETRY[n], geometry);
        }
    }
    rtc.set_cmos(index::DISK_TYPES, types);
    rtc.set_cmos(index::TRANSLATION, translation);
}

/// Nine bytes: cylinders, heads, write precompensation, control, landing zone, sectors.
fn user_type(rtc: &mut Rtc, at: u8, geometry: Geometry) {
    const NO_PRECOMPENSATION: u16 = 0xFFFF;
    const MORE_THAN_8_HEADS: u8 = 0x08;
    set_word(rtc, at, geometry.cylinders);
    rtc.set_cmos(at + 2, geometry.heads);
    set_word(rtc, at + 3, NO_PRECOMPENSATION);
    rtc.set_cmos(at + 5, 0xC0 | if geometry.heads > 8 { MORE_THAN_8_HEADS } else { 0 });
    set_word(rtc, at + 6, geometry.cylinders);
    rtc.set_cmos(at + 8, geometry.sectors);
}

fn boot_order(rtc: &mut Rtc, order: &[BootDevice]) {
    let code = |n: usize| match order.get(n) {
        None => 0,
        Some(BootDevice::Floppy) => 1,
        Some(BootDevice::Disk) => 2,
        Some(BootDevice::Cdrom) => 3,
    };
    rtc.set_cmos(index::BOOT, code(0) | code(1) << 4);
    rtc.set_cmos(index::BOOT_THIRD, code(2) << 4);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Bytes;
    use backplane::{Base, Disk};
    use std::sync::Arc;

    /// A disk of some size, all zeros.
    struct Blank(u64);

    impl Base for Blank {
        fn len(&self) -> u64 {
            self.0
        }

        fn read_at(&self, _offset: u64, buf: &mut [u8]) -> std::io::Result<()> {
            buf.fill(0);
            Ok(())
        }
    }

    fn disk(mib: u64) -> Drive {
        Drive::Disk(Disk::new(Arc::new(Blank(mib << 20))))
    }

    fn filled(config: &MachineConfig, drives: [Drive; 4]) -> Rtc {
        let mut rtc = Rtc::new(config.rtc);
        fill(&mut rtc, config, &Media { drives, ..Media::default() });
        rtc
    }

    fn word(rtc: &Rtc, at: u8) -> u16 {
        u16::from_le_bytes([rtc.cmos(at), rtc.cmos(at + 1)])
    }

    #[test]
    fn mem_01_sizes_from_1_mib_to_2_gib() {
        for (mib, kib_above_1, units_above_16) in
            [(1, 0, 0), (16, 15 << 10, 0), (17, 16 << 10, 16), (64, 63 << 10, 768), (2048, 0xFFFF, 32512)]
        {
            let config = MachineConfig { ram: Bytes(mib << 20), ..MachineConfig::default() };
            config.check().unwrap();
            let rtc = filled(&config, Default::default());
            assert_eq!(word(&rtc, index::BASE_KIB), 640);
            assert_eq!(word(&rtc, index::EXTENDED_KIB), kib_above_1, "{mib} MiB");
            assert_eq!(word(&rtc, index::EXTENDED_KIB_FOUND), kib_above_1);
            assert_eq!(word(&rtc, index::ABOVE_16_MIB), units_above_16, "{mib} MiB");
        }
    }

    #[test]
    fn ide_05_the_first_disk_has_the_high_nibble_and_a_user_type() {
        let config = MachineConfig::default();
        let types = |drives: [Drive; 4]| {
            let rtc = filled(&config, drives);
            (rtc.cmos(index::DISK_TYPES), rtc.cmos(index::DISK_TYPE[0]), rtc.cmos(index::DISK_TYPE[1]))
        };
        let none = || Drive::None;
        assert_eq!(types([disk(64), none(), none(), none()]), (0xF0, 0x2F, 0));
        assert_eq!(types([none(), disk(64), none(), none()]), (0x0F, 0, 0x2F));
        assert_eq!(types([disk(64), disk(64), none(), none()]), (0xFF, 0x2F, 0x2F));
        assert_eq!(types([Drive::Cd(None), none(), disk(64), none()]), (0, 0, 0));
    }

    #[test]
    fn disks_beyond_1024_cylinders_are_translated() {
        let rtc = filled(&MachineConfig::default(), [disk(64), disk(2048), Drive::None, disk(600)]);
        assert_eq!(rtc.cmos(index::TRANSLATION), 0b0100_0100);
        assert_eq!(word(&rtc, index::DISK_GEOMETRY[0]), 130);
        assert_eq!(rtc.cmos(index::DISK_GEOMETRY[0] + 8), 63);
    }

    #[test]
    fn floppy_types_and_their_number() {
        for (floppy, types, drives) in [
            ([FloppyType::F1440, FloppyType::None], 0x40, 0b00_000001),
            ([FloppyType::F1200, FloppyType::F360], 0x21, 0b01_000001),
            ([FloppyType::None, FloppyType::None], 0x00, 0),
        ] {
            let config = MachineConfig { floppy, ..MachineConfig::default() };
            let rtc = filled(&config, Default::default());
            assert_eq!(rtc.cmos(index::FLOPPY_TYPES), types);
            assert_eq!(rtc.cmos(index::EQUIPMENT) & 0b1100_0001, drives);
        }
        let xen = MachineConfig { preset: Preset::XenServer, ..MachineConfig::default() };
        assert_eq!(filled(&xen, Default::default()).cmos(index::FLOPPY_TYPES), 0);
    }

    #[test]
    fn the_checksum_covers_10_to_2d() {
        let rtc = filled(&MachineConfig::default(), [disk(64), Drive::None, Drive::None, Drive::None]);
        let sum: u16 = (0x10..=0x2D).map(|n| u16::from(rtc.cmos(n))).sum();
        assert_eq!(u16::from_be_bytes([rtc.cmos(0x2E), rtc.cmos(0x2F)]), sum);
    }

    #[test]
    fn the_boot_order_is_a_nibble_a_device() {
        let boot = vec![BootDevice::Cdrom, BootDevice::Floppy, BootDevice::Disk];
        let rtc = filled(&MachineConfig { boot, ..MachineConfig::default() }, Default::default());
        assert_eq!((rtc.cmos(index::BOOT), rtc.cmos(index::BOOT_THIRD)), (0x13, 0x20));
    }
}
