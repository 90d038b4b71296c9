//! The recipe of a disc.

use serde::Deserialize;

use super::{FileEntry, Kind, ProbeTable};
use crate::vars::Variables;

/// `kind = "iso"`: ISO 9660 with Joliet and Rock Ridge names and El Torito boot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsoRecipe {
    /// `iso`
    pub kind: Kind,
    /// Name of the file to write; the recipe's own name with `.iso` unless told.
    pub output: Option<String>,
    /// Volume identifier: up to 32 of `A-Z 0-9 _`; the first 16 in the Joliet descriptor.
    pub volume: Option<String>,
    /// Joliet names (on unless told).
    #[serde(default = "yes")]
    pub joliet: bool,
    /// Rock Ridge names (on unless told).
    #[serde(default = "yes")]
    pub rock_ridge: bool,
    /// Line ends of literal text are written as CR LF.
    #[serde(default)]
    pub dos_text: bool,
    /// El Torito.
    #[serde(default)]
    pub boot: Boot,
    /// The files.
    #[serde(default)]
    pub files: Vec<FileEntry>,
    /// Folders that must exist even when empty.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Boot the probe.
    pub probe: Option<ProbeTable>,
    /// Texts for `${name}`. Once the recipe is read, those that were given in their place, too.
    #[serde(default)]
    pub vars: Variables,
}

/// The `[boot]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// How the BIOS presents the image.
    #[serde(default)]
    pub mode: BootMode,
    /// The boot image, a host path; one that ends in `.gz` is unpacked.
    pub image: Option<String>,
    /// A recipe (floppy or harddisk) whose result is the boot image; this recipe's variables go before its own.
    pub recipe: Option<String>,
    /// Where the image appears on the disc; `BOOT/BOOT.IMG` unless told.
    pub to: Option<String>,
    /// No emulation: how many 512-byte sectors the BIOS loads; 4 unless told.
    pub load_sectors: Option<u16>,
    /// Real-mode segment to load to; 0 means 07C0h.
    #[serde(default)]
    pub load_segment: u16,
    /// No emulation: write the 56-byte boot information table at byte 8 of the image.
    #[serde(default)]
    pub boot_info_table: bool,
}

/// El Torito media types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootMode {
    /// The disc does not boot.
    #[default]
    None,
    /// The image is loaded and run.
    NoEmulation,
    /// The image becomes drive A: (1.2, 1.44 or 2.88 MB by its size).
    Floppy,
    /// The image becomes drive C:.
    HardDisk,
}

impl BootMode {
    /// As recipes write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            BootMode::None => "none",
            BootMode::NoEmulation => "no-emulation",
            BootMode::Floppy => "floppy",
            BootMode::HardDisk => "hard-disk",
        }
    }
}

fn yes() -> bool {
    true
}
