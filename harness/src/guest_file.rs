//! `guest.toml`: a machine and its media, as people write them.

use crate::engine_args::{CPUID, EngineChoice, EngineKind};
use crate::failure::{Failure, Result};
use crate::guest::{BootDevice, Date, Kernel, MachineConfig, Model, MouseModel, Preset, Rom, Vbe, VideoKind};
use crate::images::{input, wording};
use crate::media;
use crate::text_or_table::{OneOrMore, TextOr, one_or_more};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A guest.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GuestFile {
    /// What to call it.
    pub name: Option<String>,
    /// The machine.
    pub machine: MachineTable,
    /// The media.
    pub media: MediaTable,
}

/// The `[machine]` table.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MachineTable {
    /// `32M`
    pub ram: Option<String>,
    /// `386` to `pentium4`
    pub cpu: Option<String>,
    /// What runs it with `relic run`: `soft`, or `kvm` where the host can. A case has an `engine` of its own.
    pub engine: Option<String>,
    /// What CPUID may tell it under KVM: `preset`, or what the `host` shows.
    pub kvm_cpuid: Option<String>,
    /// `pc`, `xenserver`, `isa-486`
    pub preset: Option<String>,
    /// `std`, `cirrus`, `vga`
    pub video: Option<String>,
    /// `8M`
    pub video_memory: Option<String>,
    /// `{ banked-only = true }`, `truecolour-32`, `list-in-block`, `deferred-off`
    #[schemars(with = "VbeTable")]
    #[serde(skip_serializing_if = "is_default")]
    pub vbe: Vbe,
    /// What is on the PS/2 port: `none`, `two-button`, `three-button`, `intellimouse`, `explorer`, `nt4`
    pub mouse: Option<String>,
    /// A mouse on a serial port, in place of the PS/2 mouse: `com1`, `com2:logitech`
    pub serial_mouse: Option<String>,
    /// `["floppy", "disk", "cdrom"]`
    pub boot: Option<Vec<String>>,
    /// What the RTC shows at switch-on: `1995-01-01T00:00:00`.
    pub rtc: Option<String>,
    /// A system BIOS instead of our own.
    pub bios: Option<PathBuf>,
    /// A VGA BIOS instead of our own.
    pub vga_bios: Option<PathBuf>,
    /// ROM images: `[{ path = "test.bin", address = 0xE0000 }]`. One that ends at 1 MiB or 4 GiB is the system BIOS.
    #[serde(skip_serializing_if = "is_default")]
    pub rom: Vec<RomEntry>,
    /// A kernel to boot in place of a disk: a Linux bzImage or a multiboot kernel.
    pub kernel: Option<PathBuf>,
    /// Its initial RAM disk, or its multiboot module.
    pub initrd: Option<PathBuf>,
    /// Its command line.
    pub append: Option<String>,
    /// The port that the POST card listens to.
    pub post_port: Option<u16>,
    /// One more port for debug text.
    pub debug_port: Option<u16>,
    /// A port where a test program ends the run.
    pub debug_exit: Option<u16>,
    /// The CPU's local APIC, from the Pentium on.
    #[serde(skip_serializing_if = "is_default")]
    pub apic: bool,
    /// QEMU's `pc-testdev`.
    #[serde(skip_serializing_if = "is_default")]
    pub testdev: bool,
}

/// A ROM image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RomEntry {
    /// The file.
    pub path: PathBuf,
    /// The physical address of its first byte.
    pub address: u32,
}

/// The `[media]` table.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MediaTable {
    /// In A:.
    pub floppy: Option<MediumEntry>,
    /// In B:.
    pub floppy_b: Option<MediumEntry>,
    /// Hard disks: one, or a list.
    #[serde(deserialize_with = "one_or_more", skip_serializing_if = "is_default")]
    #[schemars(with = "OneOrMore<MediumEntry>")]
    pub disk: Vec<MediumEntry>,
    /// A CD-ROM drive; `{}` is an empty one.
    pub cdrom: Option<MediumEntry>,
}

/// What the VGA BIOS's VESA functions leave out or do otherwise; the keys of [`Vbe`], for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct VbeTable {
    /// No linear frame buffer and no protected-mode interface.
    #[schemars(default)]
    banked_only: bool,
    /// The truecolour modes have 32 bits, not 24.
    #[schemars(default)]
    truecolour_32: bool,
    /// The list of modes is in the caller's block, not in the ROM.
    #[schemars(default)]
    list_in_block: bool,
    /// For Windows 9x with DOS boxes in windows.
    #[schemars(default)]
    deferred_off: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One medium: a path, or a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "TextOr<MediumTable>", into = "MediumTable")]
#[schemars(with = "TextOr<MediumTable>")]
pub struct MediumEntry {
    /// The file.
    pub path: Option<PathBuf>,
    /// A recipe whose result is the medium.
    pub master: Option<PathBuf>,
    /// The size of a fresh medium without a byte on it.
    pub blank: Option<String>,
    /// The sum of the file.
    pub sha256: Option<String>,
    /// Whether the guest may not write it.
    pub write_protect: bool,
    /// IDE position 0-3: primary master, primary slave, secondary master, secondary slave.
    pub position: Option<u8>,
    /// Which disk of a bundle, from 0 on.
    pub index: Option<usize>,
}

impl MediumEntry {
    /// A medium by path.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        MediumEntry { path: Some(path.into()), ..Default::default() }
    }
}

#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct MediumTable {
    /// The file.
    path: Option<PathBuf>,
    /// A recipe whose result is the medium.
    master: Option<PathBuf>,
    /// The size of a fresh medium without a byte on it: `504M`, `8G`.
    blank: Option<String>,
    /// The SHA-256 sum of the file, in hex.
    sha256: Option<String>,
    /// Whether the guest may not write it.
    #[serde(skip_serializing_if = "is_default")]
    write_protect: bool,
    /// IDE position 0-3: primary master, primary slave, secondary master, secondary slave.
    position: Option<u8>,
    /// Which disk of a bundle, from 0 on.
    index: Option<usize>,
}

impl TryFrom<TextOr<MediumTable>> for MediumEntry {
    type Error = &'static str;

    fn try_from(written: TextOr<MediumTable>) -> Result<Self, Self::Error> {
        match written {
            TextOr::Text(path) => Ok(Self::path(path)),
            TextOr::Table(MediumTable { path, master, blank, sha256, write_protect, position, index }) => {
                let sources = [path.is_some(), master.is_some(), blank.is_some()];
                if sources.into_iter().filter(|given| *given).count() > 1 {
                    return Err("a medium has a `path`, a `master` or a `blank`, and only one of them");
                }
                Ok(MediumEntry { path, master, blank, sha256, write_protect, position, index })
            }
        }
    }
}

impl From<MediumEntry> for MediumTable {
    fn from(entry: MediumEntry) -> Self {
        let MediumEntry { path, master, blank, sha256, write_protect, position, index } = entry;
        MediumTable { path, master, blank, sha256, write_protect, position, index }
    }
}

impl GuestFile {
    /// Reads a guest file.
    ///
    /// # Errors
    /// It cannot be read, or has an unknown key or a wrong value.
    pub fn load(path: &Path) -> Result<Self> {
        let text = input::read_text(path).map_err(|error| Failure::read(path, &error))?;
        wording::from_toml(&text).map_err(|message| Failure::bad_file(path, message))
    }
}

/// The files that a machine's ROMs and kernel come from.
#[derive(Clone, Debug, Default)]
pub struct BootFiles {
    /// The system BIOS.
    pub bios: Option<PathBuf>,
    /// The VGA BIOS.
    pub vga_bios: Option<PathBuf>,
    /// ROM images, in their order.
    pub roms: Vec<PathBuf>,
    /// The kernel.
    pub kernel: Option<PathBuf>,
    /// Its initial RAM disk.
    pub initrd: Option<PathBuf>,
}

impl MachineTable {
    /// Where its ROMs and its kernel come from; relative to `folder`.
    ///
    /// # Errors
    /// A path that needs a folder of media that is not there.
    pub fn files(&self, folder: &Path) -> Result<BootFiles> {
        let at =
            |path: &Option<PathBuf>| path.as_deref().map(|path| media::resolve(path, folder)).transpose();
        Ok(BootFiles {
            bios: at(&self.bios)?,
            vga_bios: at(&self.vga_bios)?,
            roms: self.rom.iter().map(|rom| media::resolve(&rom.path, folder)).collect::<Result<_>>()?,
            kernel: at(&self.kernel)?,
            initrd: at(&self.initrd)?,
        })
    }

    /// The files that it names.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let named = [&mut self.bios, &mut self.vga_bios, &mut self.kernel, &mut self.initrd];
        named.into_iter().flatten().chain(self.rom.iter_mut().map(|rom| &mut rom.path))
    }

    fn kernel(&self, folder: &Path) -> Result<Option<Kernel>> {
        let Some(path) = &self.kernel else {
            return match (&self.initrd, &self.append) {
                (None, None) => Ok(None),
                _ => Err(Failure::bad("an initrd or a command line without a kernel")),
            };
        };
        if self.bios.is_some() {
            return Err(Failure::bad("a kernel is booted by relic's own BIOS; it cannot go with another"));
        }
        Ok(Some(Kernel {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            image: read_boot_file(path, folder)?,
            initrd: self.initrd.as_deref().map(|file| read_boot_file(file, folder)).transpose()?,
            command_line: self.append.clone().unwrap_or_default(),
        }))
    }

    /// What runs it.
    ///
    /// # Errors
    /// A name that means nothing.
    pub fn engine(&self) -> Result<EngineChoice> {
        let mut choice = EngineChoice::default();
        set(&mut choice.kind, "engine", self.engine.as_deref(), EngineKind::NAMES)?;
        set(&mut choice.cpuid, "kvm_cpuid", self.kvm_cpuid.as_deref(), CPUID)?;
        Ok(choice)
    }

    /// The machine, with paths relative to `folder`.
    ///
    /// # Errors
    /// A value that means nothing, or a ROM that cannot be read.
    pub fn config(&self, folder: &Path) -> Result<MachineConfig> {
        let mut config = MachineConfig::default();
        if let Some(ram) = &self.ram {
            config.ram = ram.parse().map_err(|e| Failure::bad(format!("ram: {e}")))?;
        }
        set(&mut config.cpu, "cpu", self.cpu.as_deref(), &cpus())?;
        set(&mut config.preset, "preset", self.preset.as_deref(), PRESETS)?;
        set(&mut config.video, "video", self.video.as_deref(), VIDEO)?;
        if let Some(memory) = &self.video_memory {
            let memory = memory.parse().map_err(|e| Failure::bad(format!("video_memory: {e}")))?;
            config.video_memory = Some(memory);
        }
        config.vbe = self.vbe;
        set(&mut config.mouse, "mouse", self.mouse.as_deref(), MICE)?;
        if let Some(mouse) = &self.serial_mouse {
            let mouse = mouse.parse().map_err(|e| Failure::bad(format!("serial_mouse: {e}")))?;
            config.serial_mouse = Some(mouse);
        }
        if let Some(boot) = &self.boot {
            config.boot = boot.iter().map(|name| named("boot", name, BOOT)).collect::<Result<_>>()?;
        }
        if let Some(rtc) = &self.rtc {
            config.rtc = date(rtc)?;
        }
        config.bios = self.bios.as_deref().map(|rom| read_rom(rom, folder)).transpose()?;
        config.vga_bios = self.vga_bios.as_deref().map(|rom| read_rom(rom, folder)).transpose()?;
        let rom = |rom: &RomEntry| Ok(Rom { address: rom.address, bytes: read_rom(&rom.path, folder)? });
        config.roms = self.rom.iter().map(rom).collect::<Result<_>>()?;
        config.kernel = self.kernel(folder)?;
        config.apic = self.apic;
        config.post_port = self.post_port.unwrap_or(config.post_port);
        (config.debug_port, config.debug_exit, config.testdev) =
            (self.debug_port, self.debug_exit, self.testdev);
        Ok(config)
    }
}

fn cpus() -> Vec<(&'static str, Model)> {
    Model::ALL.iter().map(|model| (model.name(), *model)).collect()
}

/// Far more than any ROM of a PC holds; the machine knows the sizes it takes.
const MAX_ROM: u64 = 16 << 20;
const PRESETS: &[(&str, Preset)] =
    &[("pc", Preset::Pc), ("xenserver", Preset::XenServer), ("isa-486", Preset::Isa486)];
const VIDEO: &[(&str, VideoKind)] =
    &[("std", VideoKind::Std), ("cirrus", VideoKind::Cirrus), ("vga", VideoKind::Vga)];
const MICE: &[(&str, MouseModel)] = &[
    ("none", MouseModel::None),
    ("two-button", MouseModel::TwoButton),
    ("three-button", MouseModel::ThreeButton),
    ("intellimouse", MouseModel::IntelliMouse),
    ("explorer", MouseModel::Explorer),
    ("nt4", MouseModel::Nt4),
];
const BOOT: &[(&str, BootDevice)] =
    &[("floppy", BootDevice::Floppy), ("disk", BootDevice::Disk), ("cdrom", BootDevice::Cdrom)];

fn set<T: Copy>(to: &mut T, what: &str, name: Option<&str>, known: &[(&str, T)]) -> Result<()> {
    if let Some(name) = name {
        *to = named(what, name, known)?;
    }
    Ok(())
}

fn named<T: Copy>(what: &str, name: &str, known: &[(&str, T)]) -> Result<T> {
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = known.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| Failure::bad(format!("{what}: `{name}` is unknown; known are {}", names())))
}

/// A kernel or an initrd: as large as fits on the kernel card.
const MAX_BOOT_FILE: u64 = 240 << 20;

/// The bytes of a kernel, an initial RAM disk or a ROM.
///
/// # Errors
/// It cannot be read, or is too large.
pub(crate) fn read_boot_file(written: &Path, folder: &Path) -> Result<Vec<u8>> {
    let path = media::resolve(written, folder)?;
    input::read(&path, MAX_BOOT_FILE).map_err(|error| Failure::read(&path, &error))
}

fn read_rom(written: &Path, folder: &Path) -> Result<Vec<u8>> {
    let path = media::resolve(written, folder)?;
    input::read(&path, MAX_ROM).map_err(|error| Failure::read(&path, &error))
}

/// A date of the form `1995-01-01T00:00:00`, with every part in its range.
fn date(text: &str) -> Result<Date> {
    let wrong = || Failure::bad(format!("rtc: `{text}` is no date; write `1995-01-01T00:00:00`"));
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape != "0000-00-00T00:00:00" {
        return Err(wrong());
    }
    let number = |at: std::ops::Range<usize>| text[at].parse::<u16>().unwrap_or(u16::MAX);
    let small = |at| u8::try_from(number(at)).unwrap_or(u8::MAX);
    let (year, month, day) = (number(0..4), small(5..7), small(8..10));
    let (hour, minute, second) = (small(11..13), small(14..16), small(17..19));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let in_range =
        (1..=12).contains(&month) && (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
    in_range.then_some(Date { year, month, day, hour, minute, second }).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Bytes;

    fn parse(text: &str) -> Result<GuestFile, String> {
        wording::from_toml(text)
    }

    #[test]
    fn media_are_paths_tables_or_lists() {
        let file = parse(
            "[media]\nfloppy = 'a.img'\ndisk = ['c.img', { path = 'd.img', position = 3, write_protect = true }]\ncdrom = {}\n",
        )
        .unwrap();
        assert_eq!(file.media.floppy.unwrap().path.as_deref(), Some(Path::new("a.img")));
        assert_eq!((file.media.disk.len(), file.media.disk[1].position), (2, Some(3)));
        assert!(file.media.cdrom.unwrap().path.is_none());
    }

    #[test]
    fn a_guest_that_is_written_reads_the_same() {
        let text = "name = 'x'\n[machine]\nram = '8M'\nvbe = { banked-only = true }\napic = true\nrom = [{ path = 'a', address = 1 }]\n\
            [media]\nfloppy = {}\ndisk = [{ blank = '504M', position = 1 }, { path = 'a.img', write_protect = true }]\ncdrom = { master = 'r.toml' }\n";
        let file = parse(text).unwrap();
        let written = parse(&toml::to_string_pretty(&file).unwrap()).unwrap();
        assert_eq!(format!("{written:?}"), format!("{file:?}"));
        let empty = toml::to_string(&GuestFile::default()).unwrap();
        assert_eq!(empty, "[machine]\n\n[media]\n", "nothing that was not said");
    }

    #[test]
    fn a_medium_comes_from_one_place() {
        let wrong = parse("[media]\ndisk = { path = 'a.img', blank = '8M' }").unwrap_err();
        assert!(wrong.contains("only one of them"), "{wrong}");
    }

    #[test]
    fn unknown_keys_are_named_with_the_nearest_at_every_depth() {
        assert!(parse("[machine]\nramm = '1M'").unwrap_err().contains("did you mean `ram`?"));
        assert!(parse("[media]\nflopy = 'x'").unwrap_err().contains("did you mean `floppy`?"));
        assert!(parse("[media]\ndisk = { pth = 'x' }").unwrap_err().contains("did you mean `path`?"));
    }

    #[test]
    fn machine_values_that_mean_nothing_say_which_are_known() {
        let config = |text: &str| parse(text).unwrap().machine.config(Path::new("."));
        let wrong = config("[machine]\ncpu = '686'").unwrap_err().message;
        assert!(wrong.starts_with("cpu: `686` is unknown; known are 386, 486"), "{wrong}");
        assert!(config("[machine]\nrtc = '1995-02-29T00:00:00'").is_err());
        assert!(
            config("[machine]\nmouse = 'ball'").unwrap_err().message.contains("known are none, two-button")
        );
        assert!(config("[machine]\nserial_mouse = 'lpt1'").unwrap_err().message.contains("com1 or com2"));
        let vbe = config("[machine]\nvideo_memory = '8M'\nvbe = { banked-only = true }").unwrap();
        assert_eq!((vbe.video_memory, vbe.vbe.banked_only), (Some(Bytes(8 << 20)), true));
        let right = config("[machine]\nram = '8M'\nrtc = '1996-02-29T23:59:59'\nboot = ['cdrom']").unwrap();
        assert_eq!((right.ram.0, right.boot), (8 << 20, vec![BootDevice::Cdrom]));
    }
}
