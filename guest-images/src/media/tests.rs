use super::*;
use crate::probe::{self, CdBoot};

fn kind(bytes: &[u8]) -> Result<Medium> {
    probe_kind_of(bytes, Path::new("x"))
}

fn refusal(bytes: &[u8]) -> String {
    kind(bytes).unwrap_err().to_string()
}

#[test]
fn every_probe_medium_is_recognised_and_boots() {
    let floppy = kind(&probe::floppy()).unwrap();
    assert_eq!((floppy.kind, floppy.not_bootable), (MediaKind::Floppy, None));
    let disk = kind(&probe::hard_disk()).unwrap();
    assert_eq!((disk.kind, disk.not_bootable), (MediaKind::Harddisk, None));
    assert_eq!(disk.geometry, Some(Geometry { cylinders: 20, heads: 16, sectors: 63 }));
    let disc = kind(&probe::iso(CdBoot::NoEmulation)).unwrap();
    assert_eq!((disc.kind, disc.not_bootable), (MediaKind::Iso, None));
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(refusal(&[]), "x: the file is empty, expected a medium");
}

#[test]
fn a_packed_file_is_refused_with_advice() {
    assert!(refusal(&[0x1F, 0x8B, 8, 0, 0]).contains("unpack it first"));
}

#[test]
fn a_truncated_disc_says_both_sizes() {
    let disc = probe::iso(CdBoot::NoEmulation);
    let message = refusal(&disc[..disc.len() - 2048]);
    assert!(
        message.contains(&format!("say {} bytes, the file has {}", disc.len(), disc.len() - 2048)),
        "{message}"
    );
}

#[test]
fn a_truncated_floppy_and_disk_are_refused() {
    assert!(refusal(&probe::floppy()[..100_000]).contains("truncated FAT volume"));
    assert!(refusal(&probe::hard_disk()[..1 << 20]).contains("truncated partitioned disk"));
}

#[test]
fn media_that_do_not_boot_say_why() {
    let reason = |bytes: &[u8]| kind(bytes).unwrap().not_bootable.unwrap();
    assert!(reason(&vec![0; 1_474_560]).contains("blank"));
    let mut floppy = probe::floppy();
    floppy[511] = 0;
    assert!(reason(&floppy).contains("55 AA"));
    let mut disk = probe::hard_disk();
    disk[446] = 0;
    assert!(reason(&disk).contains("active"));
    let mut disc = probe::iso(CdBoot::NoEmulation);
    disc[17 * 2048] = 1;
    assert!(reason(&disc).contains("El Torito boot record"));
}

#[test]
fn a_bundle_is_a_tar_file_that_begins_with_ova_xml() {
    let mut header = vec![0u8; 1024];
    header[..7].copy_from_slice(b"ova.xml");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header[..512].iter().map(|&b| u32::from(b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    assert_eq!(kind(&header).unwrap().kind, MediaKind::Xva);
    header[0] = b'x';
    assert_eq!(kind(&header).unwrap().kind, MediaKind::Unknown);
}

#[test]
fn anything_else_is_unknown() {
    assert_eq!(kind(b"hello").unwrap().kind, MediaKind::Unknown);
    assert_eq!(kind(&[0xFF; 4096]).unwrap().kind, MediaKind::Unknown);
}

#[test]
fn a_partition_table_of_noise_is_none() {
    let mut sector = [0xA5; 512];
    sector[510..].copy_from_slice(&[0x55, 0xAA]);
    assert_eq!(partition_table(&sector), None);
    assert_eq!(partition_table(&sector[..100]), None);
}
