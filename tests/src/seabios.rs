//! SeaBIOS and its video BIOS, as Debian's packages `seabios` and `vgabios` bring them.

use hypervisor::{MachineConfig, VideoKind};
use std::path::Path;

const BIOS: &str = "/usr/share/seabios/bios.bin";
const BIOS_256K: &str = "/usr/share/seabios/bios-256k.bin";
const VGA_BIOS: &str = "/usr/share/seabios/vgabios-stdvga.bin";
const CIRRUS_VGA_BIOS: &str = "/usr/share/seabios/vgabios-cirrus.bin";

/// Which of the two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// 128 KiB.
    Small,
    /// 256 KiB.
    Large,
}

/// The machine on foreign firmware; without the packages the test is skipped.
pub fn on(config: MachineConfig, build: Build) -> Option<MachineConfig> {
    let bios = if build == Build::Small { BIOS } else { BIOS_256K };
    let vga_bios = if config.video == VideoKind::Cirrus { CIRRUS_VGA_BIOS } else { VGA_BIOS };
    Some(MachineConfig { bios: Some(read(bios)?), vga_bios: Some(read(vga_bios)?), ..config })
}

fn read(path: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(Path::new(path)).ok();
    if bytes.is_none() {
        crate::skip(&format!("{path} is not there (Debian package seabios)"));
    }
    bytes
}
