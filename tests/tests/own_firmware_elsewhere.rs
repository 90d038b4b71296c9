//! Our ROMs boot the same guests in other people's machines: Debian's QEMU and Bochs.
//!
//! Without the 640 KB floppy in QEMU and Bochs: neither knows the format (QEMU takes it for one of 2.88 MB, with any
//! firmware).

use guest_images::probe::{self, CdBoot};
use relic_tests::bochs::Bochs;
use relic_tests::probe::{expect_pass_but, hurried};
use relic_tests::qemu::{Firmware, Qemu};
use relic_tests::{media, text};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(90);

fn at_prompt(prompt: &'static str) -> impl Fn(&[String]) -> bool {
    move |rows: &[String]| text::last(rows) == prompt
}

fn shows(wanted: &'static str, prompt: &'static str) -> impl Fn(&[String]) -> bool {
    move |rows: &[String]| rows.iter().any(|row| row.contains(wanted)) && text::last(rows) == prompt
}

fn qemu_boots_floppy(format: &str) {
    let Some(image) = media::floppy(format) else { return };
    let drive = |file: &str| vec!["-drive".into(), format!("if=floppy,format=raw,file={file}")];
    let Some(mut qemu) = Qemu::start(Firmware::Ours, &image, drive) else { return };
    qemu.wait("the prompt", LIMIT, at_prompt("A:\\>"));
    qemu.type_text("ver\n");
    qemu.wait("ver", LIMIT, shows("FreeCom version", "A:\\>"));
    qemu.type_text("dir\n");
    qemu.wait("dir", LIMIT, shows("5 file(s)", "A:\\>"));
    qemu.type_text("type readme.txt\n");
    qemu.wait("type", LIMIT, shows("created by Jason Baker", "A:\\>"));
}

#[test]
fn qemu_boots_dos_from_a_160_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("160K");
}

#[test]
fn qemu_boots_dos_from_a_180_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("180K");
}

#[test]
fn qemu_boots_dos_from_a_320_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("320K");
}

#[test]
fn qemu_boots_dos_from_a_360_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("360K");
}

#[test]
fn qemu_boots_dos_from_a_720_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("720K");
}

#[test]
fn qemu_boots_dos_from_a_1200_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("1200K");
}

#[test]
fn qemu_boots_dos_from_a_1440_kb_floppy_on_our_firmware() {
    qemu_boots_floppy("1.4MB");
}

#[test]
fn qemu_boots_dos_from_the_hard_disk_on_our_firmware() {
    let Some(image) = media::hard_disk() else { return };
    let drives = |file: &str| {
        let disk = format!("if=ide,format=raw,file={file}");
        vec!["-drive".into(), disk, "-drive".into(), "if=ide,index=2,media=cdrom".into()]
    };
    let Some(mut qemu) = Qemu::start(Firmware::Ours, &image, drives) else { return };
    let rows = qemu.wait("the prompt", LIMIT, at_prompt("C:\\>"));
    assert!(rows.iter().any(|row| row.contains("Installed at PS/2 port")), "{}", rows.join("\n"));
    qemu.type_text("ver\n");
    qemu.wait("ver", LIMIT, shows("FreeCom version", "C:\\>"));
}

/// Bochs's settings for a medium.
fn bochs_floppy(kind: &'static str) -> impl Fn(&str) -> String {
    move |file: &str| format!("floppya: {kind}={file}, status=inserted\nboot: floppy")
}

fn bochs_boots_floppy(format: &str, kind: &'static str) {
    let Some(image) = media::floppy(format) else { return };
    let Some(mut bochs) = Bochs::start(&image, bochs_floppy(kind)) else { return };
    let booted = bochs.until(30, |bochs| text::last(&bochs.rows()) == "A:\\>");
    assert!(booted, "{format}: {:#?} {:#?}", bochs.rows(), bochs.lines().collect::<Vec<_>>());
}

#[test]
fn bochs_boots_dos_from_floppies_on_our_firmware() {
    for (format, kind) in [("160K", "160k"), ("180K", "180k"), ("320K", "320k"), ("360K", "360k")] {
        bochs_boots_floppy(format, kind);
    }
    for (format, kind) in [("720K", "720k"), ("1200K", "1_2"), ("1.4MB", "1_44")] {
        bochs_boots_floppy(format, kind);
    }
}

fn bochs_passes_the_probe(medium: &[u8], settings: impl Fn(&str) -> String) {
    let Some(mut bochs) = Bochs::start(medium, settings) else { return };
    bochs.until(120, |bochs| bochs.said("probe: "));
    expect_pass_but(bochs.lines(), &probe::FAIL_IN_BOCHS);
}

#[test]
fn bochs_passes_the_probe_on_our_firmware_from_a_floppy() {
    bochs_passes_the_probe(&probe::floppy_with(&hurried()), bochs_floppy("1_44"));
}

#[test]
fn bochs_passes_the_probe_on_our_firmware_from_a_hard_disk() {
    bochs_passes_the_probe(&probe::hard_disk_with(&hurried()), |file| {
        format!("ata0-master: type=disk, path={file}, mode=flat, cylinders=20, heads=16, spt=63\nboot: disk")
    });
}

#[test]
fn bochs_passes_the_probe_on_our_firmware_from_a_disc() {
    bochs_passes_the_probe(&probe::iso_with(CdBoot::NoEmulation, &hurried()), |file| {
        format!("ata0-master: type=cdrom, path={file}, status=inserted\nboot: cdrom")
    });
}
