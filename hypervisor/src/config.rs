//! What a machine is made of: the `[machine]` table of a guest file.

use crate::kernel::Kernel;
use crate::rom::{self, Rom};
use backplane::PAGE;
use engine::{Features, Model};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use device_models::{DriveType, post_card};
use firmware::vga::options::{Truecolour, VbeOptions};

pub use device_models::{Date, MouseModel, SerialMouseModel};

/// A chipset with its fixed devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// i440FX and PIIX3, PCI video, floppy, IDE, PS/2, two serial ports.
    #[default]
    Pc,
    /// What XenServer gives a BIOS-booted guest: as `pc`, without a floppy controller and with one serial port; the CD is
    /// IDE drive 3.
    #[serde(rename = "xenserver")]
    XenServer,
    /// No PCI: plain VGA, ISA floppy and IDE.
    #[serde(rename = "isa-486")]
    Isa486,
}

/// The video adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoKind {
    /// VGA with the Bochs VBE extensions, PCI 1234:1111.
    #[default]
    Std,
    /// Cirrus Logic CL-GD5446 with 4 MiB, PCI 1013:00B8.
    Cirrus,
    /// Plain VGA with 256 KiB.
    Vga,
}

impl VideoKind {
    /// Bytes of video memory unless told, and what they may be.
    fn memory(self) -> (u32, RangeInclusive<u64>) {
        match self {
            VideoKind::Std => (16 << 20, 1 << 20..=64 << 20),
            VideoKind::Cirrus => (4 << 20, 2 << 20..=4 << 20),
            VideoKind::Vga => (256 << 10, 256 << 10..=256 << 10),
        }
    }
}

/// What guests with a picky VESA driver want of an adapter. Relic's own VGA BIOS obeys all but the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Vbe {
    /// VBE 1.2: no linear frame buffer and no protected-mode interface.
    pub banked_only: bool,
    /// VESA's truecolour modes have 32 bits, not 24.
    pub truecolour_32: bool,
    /// The list of modes is in the caller's block, not in the ROM.
    pub list_in_block: bool,
    /// Switching DISPI off waits for a mode set: for Windows 9x with DOS boxes in windows. On `std`.
    pub deferred_off: bool,
}

impl Vbe {
    /// The options of the VGA BIOS.
    pub(crate) fn options(self) -> VbeOptions {
        let truecolour = if self.truecolour_32 { Truecolour::Bits32 } else { Truecolour::Bits24 };
        VbeOptions { banked_only: self.banked_only, truecolour, list_in_block: self.list_in_block }
    }
}

/// What firmware tries to boot from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BootDevice {
    /// First floppy drive.
    Floppy,
    /// First hard disk.
    Disk,
    /// First CD-ROM drive.
    Cdrom,
}

/// A floppy drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FloppyType {
    /// No drive.
    #[serde(rename = "none")]
    None,
    /// 5.25 inch, 360 KB.
    #[serde(rename = "360K")]
    F360,
    /// 5.25 inch, 1.2 MB.
    #[serde(rename = "1.2M")]
    F1200,
    /// 3.5 inch, 720 KB.
    #[serde(rename = "720K")]
    F720,
    /// 3.5 inch, 1.44 MB.
    #[serde(rename = "1.44M")]
    F1440,
    /// 3.5 inch, 2.88 MB.
    #[serde(rename = "2.88M")]
    F2880,
}

impl FloppyType {
    /// The drive for the floppy controller.
    pub const fn drive(self) -> Option<DriveType> {
        match self {
            FloppyType::None => None,
            FloppyType::F360 => Some(DriveType::D360),
            FloppyType::F1200 => Some(DriveType::D1200),
            FloppyType::F720 => Some(DriveType::D720),
            FloppyType::F1440 => Some(DriveType::D1440),
            FloppyType::F2880 => Some(DriveType::D2880),
        }
    }
}

/// A serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialPort {
    /// The first.
    Com1,
    /// The second.
    Com2,
}

/// A mouse on a serial port, written `com1` or `com2:logitech`: Microsoft's unless a kind is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialMouse {
    /// Where it is plugged in.
    pub port: SerialPort,
    /// What it is.
    pub model: SerialMouseModel,
}

impl SerialMouse {
    const PORTS: [(&str, SerialPort); 2] = [("com1", SerialPort::Com1), ("com2", SerialPort::Com2)];
    const MODELS: [(&str, SerialMouseModel); 3] = [
        ("microsoft", SerialMouseModel::Microsoft),
        ("logitech", SerialMouseModel::Logitech),
        ("mouse-systems", SerialMouseModel::MouseSystems),
    ];
}

impl FromStr for SerialMouse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (port, model) = text.split_once(':').unwrap_or((text, Self::MODELS[0].0));
        let port = Self::PORTS.iter().find(|(name, _)| *name == port).map(|(_, port)| *port);
        let model = Self::MODELS.iter().find(|(name, _)| *name == model).map(|(_, model)| *model);
        match (port, model) {
            (Some(port), Some(model)) => Ok(SerialMouse { port, model }),
            _ => Err(format!(
                "`{text}` is not com1 or com2, with :microsoft, :logitech or :mouse-systems behind it"
            )),
        }
    }
}

impl fmt::Display for SerialMouse {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let port = Self::PORTS.iter().find(|(_, port)| *port == self.port);
        let model = Self::MODELS.iter().find(|(_, model)| *model == self.model);
        let name = |name: Option<&'static str>| name.unwrap_or_default();
        write!(f, "{}:{}", name(port.map(|(name, _)| *name)), name(model.map(|(name, _)| *name)))
    }
}

impl Serialize for SerialMouse {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SerialMouse {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A number of bytes, written `640K`, `32M`, `1G` or plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, shift) = match text.as_bytes().last().map(u8::to_ascii_uppercase) {
            Some(b'K') => (&text[..text.len() - 1], 10),
            Some(b'M') => (&text[..text.len() - 1], 20),
            Some(b'G') => (&text[..text.len() - 1], 30),
            _ => (text, 0),
        };
        let number: u64 =
            digits.parse().map_err(|_| format!("'{text}' is not a size such as 640K, 32M or 1G"))?;
        number.checked_mul(1 << shift).map(Bytes).ok_or_else(|| format!("'{text}' is too large"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            n if n > 0 && n % (1 << 30) == 0 => write!(f, "{}G", n >> 30),
            n if n > 0 && n % (1 << 20) == 0 => write!(f, "{}M", n >> 20),
            n if n > 0 && n % (1 << 10) == 0 => write!(f, "{}K", n >> 10),
            n => write!(f, "{n}"),
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A machine, without its media.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MachineConfig {
    /// Chipset and fixed devices.
    pub preset: Preset,
    /// Guest RAM: 1 MiB to 2 GiB.
    pub ram: Bytes,
    /// CPU preset.
    pub cpu: Model,
    /// Whether the CPU's local APIC is there, from the Pentium on. Software of the time does without.
    pub apic: bool,
    /// Video adapter. The ISA preset always has plain VGA.
    pub video: VideoKind,
    /// Video memory: of `std` a power of two from 1 MiB to 64 MiB, 16 unless told; of `cirrus` 2 or 4 MiB, 4 unless told.
    pub video_memory: Option<Bytes>,
    /// VESA as the guest wants it.
    pub vbe: Vbe,
    /// Boot order.
    pub boot: Vec<BootDevice>,
    /// The two floppy drives.
    pub floppy: [FloppyType; 2],
    /// The mouse on the PS/2 port. With a serial mouse there is none.
    pub mouse: MouseModel,
    /// The mouse on a serial port: all pointer input goes to it.
    pub serial_mouse: Option<SerialMouse>,
    /// What the clock says at switch-on.
    pub rtc: Date,
    /// System BIOS image instead of relic's own.
    #[serde(skip)]
    pub bios: Option<Vec<u8>>,
    /// Video BIOS image instead of relic's own.
    #[serde(skip)]
    pub vga_bios: Option<Vec<u8>>,
    /// Further ROM images; one that ends at 1 MiB or 4 GiB is the system BIOS.
    #[serde(skip)]
    pub roms: Vec<Rom>,
    /// A kernel to boot in place of a disk. It needs relic's own BIOS, or one that runs option ROMs at D0000h.
    #[serde(skip)]
    pub kernel: Option<Kernel>,
    /// The port that the POST card listens to.
    pub post_port: u16,
    /// One more port for debug text, beside E9h and 402h.
    pub debug_port: Option<u16>,
    /// The first port of the debug exit device, if there is one.
    pub debug_exit: Option<u16>,
    /// Whether QEMU's `pc-testdev` is there. It has the port E9h, which then takes no debug text.
    pub testdev: bool,
}

/// When a clock starts that nobody set.
const START: Date = Date { year: 1995, month: 8, day: 24, hour: 9, minute: 0, second: 0 };

impl Default for MachineConfig {
    fn default() -> Self {
        MachineConfig {
            preset: Preset::default(),
            ram: Bytes(32 << 20),
            cpu: Model::default(),
            apic: false,
            video: VideoKind::default(),
            video_memory: None,
            vbe: Vbe::default(),
            boot: vec![BootDevice::Floppy, BootDevice::Disk, BootDevice::Cdrom],
            floppy: [FloppyType::F1440, FloppyType::None],
            mouse: MouseModel::default(),
            serial_mouse: None,
            rtc: START,
            bios: None,
            vga_bios: None,
            roms: Vec::new(),
            kernel: None,
            post_port: post_card::PORT,
            debug_port: None,
            debug_exit: None,
            testdev: false,
        }
    }
}

/// The largest system and video BIOS images, and what the former is a multiple of.
const MAX_BIOS: usize = 256 << 10;
const BIOS_STEP: usize = 64 << 10;
const MAX_VGA_BIOS: usize = 64 << 10;

impl MachineConfig {
    /// The smallest and largest guest RAM, in bytes; it is whole pages. Base addresses lie above 2 GiB, so RAM never hides a window
    /// that firmware placed.
    pub const RAM: RangeInclusive<u64> = 1 << 20..=2 << 30;

    /// What is plugged into the PS/2 port. A driver that finds a mouse there looks no further, so a serial mouse takes
    /// its place.
    pub fn ps2_mouse(&self) -> MouseModel {
        if self.serial_mouse.is_some() { MouseModel::None } else { self.mouse }
    }

    /// The adapter that is there.
    pub fn adapter(&self) -> VideoKind {
        if self.preset == Preset::Isa486 { VideoKind::Vga } else { self.video }
    }

    /// Bytes of video memory.
    pub fn video_memory(&self) -> u32 {
        self.video_memory.map_or(self.adapter().memory().0, |memory| memory.0 as u32)
    }

    /// Checks what types cannot.
    ///
    /// # Errors
    /// One line that names the value and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        if !Self::RAM.contains(&self.ram.0) || !self.ram.0.is_multiple_of(PAGE as u64) {
            return Err(format!("ram = {} is not between 1M and 2G in steps of 4K", self.ram));
        }
        if self.apic && !self.cpu.features().contains(Features::MSR) {
            return Err(format!("apic: a {} has none", self.cpu.name()));
        }
        let (_, sizes) = self.adapter().memory();
        if let Some(memory) = self.video_memory
            && !(sizes.contains(&memory.0) && memory.0.is_power_of_two())
        {
            let [first, last] = [*sizes.start(), *sizes.end()].map(Bytes);
            return Err(format!("video_memory = {memory} is no power of two from {first} to {last}"));
        }
        if let Some(bios) = &self.bios
            && (bios.is_empty() || bios.len() > MAX_BIOS || !bios.len().is_multiple_of(BIOS_STEP))
        {
            return Err(format!("a system BIOS is 64, 128, 192 or 256 KiB, not {} bytes", bios.len()));
        }
        if self.preset == Preset::XenServer && self.serial_mouse.is_some_and(|m| m.port == SerialPort::Com2) {
            return Err("serial_mouse: this board has only com1".into());
        }
        rom::check(&self.roms, self.ram.0, self.bios.is_some())?;
        match &self.vga_bios {
            Some(rom) if !rom.starts_with(&[0x55, 0xAA]) => {
                Err("a video BIOS begins with 55 AA; this file does not".into())
            }
            Some(rom) if rom.len() > MAX_VGA_BIOS => {
                Err(format!("a video BIOS has at most 64 KiB, not {} bytes", rom.len()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_alike() {
        for text in ["640K", "32M", "1G", "1000"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        assert!("32X".parse::<Bytes>().is_err());
        assert!("99999999999G".parse::<Bytes>().is_err());
        assert!("".parse::<Bytes>().is_err());
        assert!("M".parse::<Bytes>().is_err());
        assert!("\u{e9}".parse::<Bytes>().is_err());
    }

    #[test]
    fn what_no_machine_can_have_is_refused_by_name() {
        let refused = |config: MachineConfig| config.check().unwrap_err();
        for bytes in [0, 640 << 10, (1 << 20) + 1, (2 << 30) + 4096] {
            let config = MachineConfig { ram: Bytes(bytes), ..MachineConfig::default() };
            assert!(refused(config).starts_with("ram = "), "{bytes}");
        }
        for (video, mib) in
            [(VideoKind::Std, 128), (VideoKind::Std, 12), (VideoKind::Cirrus, 1), (VideoKind::Vga, 1)]
        {
            let video_memory = Some(Bytes(mib << 20));
            let config = MachineConfig { video, video_memory, ..MachineConfig::default() };
            assert!(refused(config).starts_with("video_memory = "), "{video:?} with {mib} MiB");
        }
        for len in [0, 1, 65535, 320 << 10] {
            let config = MachineConfig { bios: Some(vec![0; len]), ..MachineConfig::default() };
            assert!(refused(config).contains("system BIOS"), "{len}");
        }
        for text in ["", "com3", "com1:", "com1:trackball", ":logitech"] {
            assert!(text.parse::<SerialMouse>().unwrap_err().contains("com1 or com2"), "{text}");
        }
        let serial_mouse = "com2".parse().ok();
        let config = MachineConfig { preset: Preset::XenServer, serial_mouse, ..MachineConfig::default() };
        assert!(refused(config).starts_with("serial_mouse"));
        for rom in [vec![], vec![0x55], vec![0; 512], [vec![0x55, 0xAA], vec![0; 65535]].concat()] {
            let config = MachineConfig { vga_bios: Some(rom), ..MachineConfig::default() };
            assert!(refused(config).contains("video BIOS"));
        }
    }

    #[test]
    fn a_machine_table_is_read_as_it_is_written() {
        for serial_mouse in [None, Some("com1"), Some("com2:logitech"), Some("com1:mouse-systems")] {
            let serial_mouse = serial_mouse.map(|text| text.parse().unwrap());
            let config =
                MachineConfig { preset: Preset::XenServer, serial_mouse, ..MachineConfig::default() };
            assert_eq!(toml::from_str::<MachineConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
        }
        assert!(toml::from_str::<MachineConfig>("rma = \"1M\"").is_err());
    }
}
