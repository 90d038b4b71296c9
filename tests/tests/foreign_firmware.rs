//! Firmware that is not ours runs on our chips: SeaBIOS and its video BIOS boot the same guests.

use guest_images::probe::{self, CdBoot};
use hypervisor::{MachineConfig, Media, Preset};
use relic_tests::media;
use relic_tests::pc::Pc;
use relic_tests::probe::{expect_pass, hurried};
use relic_tests::seabios::{self, Build};

/// SeaBIOS waits three seconds for its boot menu's key.
const BOOT: u64 = 20;

fn start(build: Build, (config, media): (MachineConfig, Media)) -> Option<Pc> {
    Some(Pc::start((seabios::on(config, build)?, media)))
}

fn boots_floppy(build: Build, format: &str) {
    let Some(image) = media::floppy(format) else { return };
    let Some(mut pc) = start(build, media::with_floppy(image)) else { return };
    pc.wait_prompt("A:\\>", BOOT);
    pc.command("ver", "A:\\>");
    pc.command("dir", "A:\\>");
    assert!(pc.shows("FreeCom version") && pc.shows("5 file(s)"), "{}", pc.scene());
    pc.command("type readme.txt", "A:\\>");
    assert!(pc.shows("created by Jason Baker"), "{}", pc.scene());
}

#[test]
fn seabios_boots_a_360_kb_floppy() {
    boots_floppy(Build::Small, "360K");
}

#[test]
fn seabios_boots_a_720_kb_floppy() {
    boots_floppy(Build::Small, "720K");
}

#[test]
fn seabios_boots_a_1200_kb_floppy() {
    boots_floppy(Build::Small, "1200K");
}

#[test]
fn seabios_boots_a_1440_kb_floppy() {
    boots_floppy(Build::Small, "1.4MB");
}

#[test]
fn seabios_of_256_kb_boots_a_1440_kb_floppy() {
    boots_floppy(Build::Large, "1.4MB");
}

#[test]
fn seabios_boots_floppies_with_fewer_sectors_a_track_than_the_drive_reads() {
    for format in ["160K", "180K", "320K", "640K"] {
        boots_floppy(Build::Small, format);
    }
}

#[test]
fn seabios_boots_the_hard_disk() {
    let Some(image) = media::hard_disk() else { return };
    let disc = probe::iso(CdBoot::NoEmulation);
    let Some(mut pc) = start(Build::Large, media::with_hard_disk(image, Some(disc))) else { return };
    pc.wait_prompt("C:\\>", 2 * BOOT);
    assert!(pc.shows("Installed at PS/2 port"), "{}", pc.scene());
    pc.command("dir d:", "C:\\>");
    assert!(pc.shows("RELIC_PROBE"), "{}", pc.scene());
}

fn probe_passes(build: Build, machine: (MachineConfig, Media)) {
    let Some(mut pc) = start(build, machine) else { return };
    pc.wait_debug("probe: ", 90);
    let text = pc.debug_text();
    expect_pass(
        text.lines()
            .filter(|line| ["page: ", "skip: ", "fail: ", "probe: "].iter().any(|p| line.starts_with(p))),
    );
}

#[test]
fn seabios_passes_the_probe_from_a_floppy() {
    probe_passes(Build::Small, media::with_floppy(probe::floppy_with(&hurried())));
}

#[test]
fn seabios_passes_the_probe_from_a_hard_disk() {
    probe_passes(Build::Small, media::with_hard_disk(probe::hard_disk_with(&hurried()), None));
}

#[test]
fn seabios_passes_the_probe_from_a_disc_without_emulation() {
    probe_passes(Build::Large, media::with_disc(probe::iso_with(CdBoot::NoEmulation, &hurried())));
}

#[test]
fn seabios_passes_the_probe_from_a_disc_that_emulates_a_floppy() {
    probe_passes(Build::Large, media::with_disc(probe::iso_with(CdBoot::Floppy, &hurried())));
}

#[test]
fn seabios_passes_the_probe_from_a_disc_that_emulates_a_hard_disk() {
    probe_passes(Build::Large, media::with_disc(probe::iso_with(CdBoot::HardDisk, &hurried())));
}

#[test]
fn seabios_boots_on_the_machine_of_a_xenserver() {
    let disc = probe::iso_with(CdBoot::NoEmulation, &hurried());
    let (config, media) = media::with_disc(disc);
    probe_passes(Build::Large, (MachineConfig { preset: Preset::XenServer, ..config }, media));
}
