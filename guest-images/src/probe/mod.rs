//! The probe: a 16-bit guest of our own that walks the hardware, page by page, and checks what it sees.
//!
//! Source in `probe/` (NASM), built bytes in `built/`. One program boots from floppy, hard disk and CD; every page ends
//! with a line `page: NAME` on debug port E9h when its screen is complete, and the run ends with `probe: N of N`.
//! The recipe's wishes and the place of the check file go into a block of the program.

mod config;

use std::path::Path;

pub(crate) use config::{configure_volume, configured_for_cd};

use crate::recipe::{BootMode, IsoRecipe, ProbeTable, Recipe, Wait};

/// The program: the CD loader's 2 KiB, then the guest itself.
pub(crate) const PROGRAM: &[u8] = include_bytes!("../../built/probe.bin");
/// Boot sector that loads the program from a FAT volume.
pub(crate) const BOOT_SECTOR: &[u8] = include_bytes!("../../built/probeboot.bin");
/// Where the program lies on its medium.
pub(crate) const PROGRAM_NAME: &str = "PROBE.BIN";
/// The file whose checksum the disk page verifies.
pub(crate) const CHECK_NAME: &str = "PROBE.DAT";
/// Length of the check file: more than one track of any floppy, whole CD blocks.
const CHECK_BYTES: usize = 20 * 1024;

/// How the probe behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeOptions {
    /// What ends a page.
    pub wait: Wait,
    /// How long a page stays in `auto` mode, in BIOS ticks of 54.9 ms.
    pub pace_ticks: u16,
    /// How long the keyboard page waits for a key, in ticks.
    pub key_ticks: u16,
    /// How long the mouse page waits for a packet, in ticks.
    pub mouse_ticks: u16,
    /// Text that will be typed on the keyboard page; empty when nothing is expected.
    pub keys: String,
    /// Whether packets and a click must come on the mouse page.
    pub expect_mouse: bool,
}

impl ProbeOptions {
    /// Most characters the keyboard page compares.
    pub const MAX_KEYS: usize = 16;
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self {
            wait: Wait::Auto,
            pace_ticks: 18,
            key_ticks: 55,
            mouse_ticks: 55,
            keys: String::new(),
            expect_mouse: false,
        }
    }
}

/// How a probe disc boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CdBoot {
    /// The loader reads the program through INT 13h extensions.
    NoEmulation,
    /// The disc's image becomes drive A:.
    Floppy,
    /// The disc's image becomes drive C:.
    HardDisk,
}

/// One page of the probe, in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// As in `page: NAME`.
    pub name: &'static str,
    /// Screen width in dots (720x400 text shows 9-dot cells).
    pub width: u16,
    /// Screen height in lines.
    pub height: u16,
    /// On which machines it shows, and whether it looks the same.
    pub place: Place,
}

/// Where a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On every machine, the same.
    Same,
    /// On every machine, but memory, drives and what else a page tells differ.
    Varies,
    /// With the Bochs display interface (`std`), the same; elsewhere it is skipped.
    Dispi,
    /// With VESA's BIOS functions, the same.
    Vesa,
    /// With a CL-GD5446.
    Cirrus,
}

impl Place {
    /// Whether there are machines that skip the page.
    #[must_use]
    pub fn is_optional(self) -> bool {
        matches!(self, Place::Dispi | Place::Vesa | Place::Cirrus)
    }

    /// Whether the page shows on the adapter `std`.
    #[must_use]
    pub fn is_on_std(self) -> bool {
        self != Place::Cirrus
    }

    /// Whether the page shows on the adapter `cirrus`.
    #[must_use]
    pub fn is_on_cirrus(self) -> bool {
        self != Place::Dispi
    }
}

/// Every page, in the order shown.
pub const PAGES: [Page; 41] = [
    page("cp437", 720, 400, Place::Same),
    page("attributes", 720, 400, Place::Same),
    page("text40", 360, 400, Place::Same),
    page("text50", 720, 400, Place::Same),
    page("planar", 640, 480, Place::Same),
    page("palette", 320, 200, Place::Same),
    page("ramp", 320, 200, Place::Same),
    page("modex", 320, 240, Place::Same),
    page("fonts", 720, 400, Place::Same),
    page("text8", 640, 400, Place::Same),
    page("blink", 720, 400, Place::Same),
    page("cga4", 320, 200, Place::Same),
    page("cga2", 640, 200, Place::Same),
    page("ega200", 320, 200, Place::Same),
    page("ega350", 640, 350, Place::Same),
    page("mode11", 640, 480, Place::Same),
    page("tweak360", 360, 480, Place::Same),
    page("tweak400", 400, 300, Place::Same),
    page("dac", 320, 200, Place::Same),
    page("beam", 320, 200, Place::Same),
    page("std4", 640, 480, Place::Dispi),
    page("std8", 640, 480, Place::Dispi),
    page("std15", 640, 480, Place::Dispi),
    page("std16", 640, 480, Place::Dispi),
    page("std24", 640, 480, Place::Dispi),
    page("std32", 640, 480, Place::Dispi),
    page("stdscroll", 640, 480, Place::Dispi),
    page("vesa8", 640, 480, Place::Vesa),
    page("vesa15", 640, 480, Place::Vesa),
    page("vesa16", 640, 480, Place::Vesa),
    page("vesa24", 640, 480, Place::Vesa),
    page("vesadac", 640, 480, Place::Dispi),
    page("cirblt", 640, 480, Place::Cirrus),
    page("circur", 640, 480, Place::Cirrus),
    page("disk", 720, 400, Place::Varies),
    page("keyboard", 720, 400, Place::Same),
    page("mouse", 720, 400, Place::Same),
    page("ps2", 720, 400, Place::Same),
    page("memory", 720, 400, Place::Varies),
    page("timer", 720, 400, Place::Same),
    page("summary", 720, 400, Place::Varies),
];

const fn page(name: &'static str, width: u16, height: u16, place: Place) -> Page {
    Page { name, width, height, place }
}

/// Checks that fail in QEMU 7.2, each behind the name of its page; `docs/pictures.md` says why.
pub const FAIL_IN_QEMU: [&str; 4] = [
    "cga4 odd bytes are in plane 1",
    "dac PEL mask",
    "std4 bank 0 is not bank 1",
    "std4 bank 1 keeps its bytes",
];
/// [`FAIL_IN_QEMU`] for Bochs 2.7.
pub const FAIL_IN_BOCHS: [&str; 5] = [
    "cga4 odd bytes are in plane 1",
    "ps2 mouse: IntelliMouse id",
    "ps2 mouse: Explorer id",
    "ps2 tells it translated",
    "ps2 tells that translated",
];

/// [`FAIL_IN_QEMU`] for its CL-GD5446.
pub const FAIL_IN_QEMUS_CIRRUS: [&str; 3] =
    ["cga4 odd bytes are in plane 1", "dac PEL mask", "cirblt screen to system"];

/// [`FAIL_IN_BOCHS`] for its CL-GD5446.
pub const FAIL_IN_BOCHSS_CIRRUS: [&str; 8] = [
    "cga4 odd bytes are in plane 1",
    "dac PEL mask",
    "cirblt screen to system",
    "cirblt and has ended",
    "ps2 mouse: IntelliMouse id",
    "ps2 mouse: Explorer id",
    "ps2 tells it translated",
    "ps2 tells that translated",
];

/// The checks that failed, each behind the name of its page, from the lines of the debug port.
pub fn failures<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let failed = |line: &'a str| line.strip_prefix("fail: ")?.split_once(" got ");
    lines.into_iter().filter_map(failed).map(|(check, _)| check).collect()
}

/// A 1.44 MB floppy that boots the probe.
pub fn floppy() -> Vec<u8> {
    floppy_with(&ProbeOptions::default())
}

/// [`floppy`] with other options.
pub fn floppy_with(options: &ProbeOptions) -> Vec<u8> {
    let Recipe::Floppy(mut recipe) = builtin(include_str!("../../recipes/probe-floppy.toml")) else {
        unreachable!("the recipe is a floppy's");
    };
    recipe.probe = Some(ProbeTable::from(options));
    mastered(&Recipe::Floppy(recipe))
}

/// A small partitioned hard disk (20 cylinders, 16 heads, 63 sectors) that boots the probe.
pub fn hard_disk() -> Vec<u8> {
    hard_disk_with(&ProbeOptions::default())
}

/// [`hard_disk`] with other options.
pub fn hard_disk_with(options: &ProbeOptions) -> Vec<u8> {
    let Recipe::Harddisk(mut recipe) = builtin(include_str!("../../recipes/probe-harddisk.toml")) else {
        unreachable!("the recipe is a hard disk's");
    };
    recipe.partitions[0].probe = Some(ProbeTable::from(options));
    mastered(&Recipe::Harddisk(recipe))
}

/// A disc that boots the probe.
pub fn iso(boot: CdBoot) -> Vec<u8> {
    iso_with(boot, &ProbeOptions::default())
}

/// [`iso`] with other options.
pub fn iso_with(boot: CdBoot, options: &ProbeOptions) -> Vec<u8> {
    let Recipe::Iso(recipe) = builtin(include_str!("../../recipes/probe-cd.toml")) else {
        unreachable!("the recipe is a disc's");
    };
    let mut recipe = IsoRecipe { probe: Some(ProbeTable::from(options)), ..recipe };
    recipe.boot.mode = match boot {
        CdBoot::NoEmulation => BootMode::NoEmulation,
        CdBoot::Floppy => BootMode::Floppy,
        CdBoot::HardDisk => BootMode::HardDisk,
    };
    mastered(&Recipe::Iso(recipe))
}

/// The content of the check file: a linear congruential sequence, the same on every medium.
pub fn check_data() -> Vec<u8> {
    let mut state = 0x0052_454Cu32;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (state >> 16) as u8
    };
    (0..CHECK_BYTES).map(|_| next()).collect()
}

fn builtin(recipe: &str) -> Recipe {
    Recipe::parse(recipe, Path::new("probe")).expect("the probe's recipes are tested")
}

fn mastered(recipe: &Recipe) -> Vec<u8> {
    crate::master::build(recipe, Path::new("probe")).expect("the probe's recipes need nothing from outside")
}

#[cfg(test)]
mod tests;
