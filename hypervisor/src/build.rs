//! Puts a machine together: memory layout, chips, media, and what POST expects to find in CMOS.

use crate::board::{Board, Chips, Clock, MemoryLayout, Overlap};
use crate::cmos;
use crate::config::{FloppyType, MachineConfig, Preset, SerialPort, VideoKind};
use crate::rom::Rom;
use backplane::{Bay, Disk, Drives, PAGE, Ram, RamError, Region};
use device_models::{
    ApicGeneration, CdModel, DebugExit, DebugPorts, DiskModel, Dma, DriveKind, Fdc, FdcConfig, FloppySpeed,
    FpuError, Geometry, I440fx, I8042, Ide, IdeConfig, IdlePort, LocalApic, PcTestdev, Pics, Piix3, Piix4Pm,
    Pit, Port92, PostCard, RomImages, Rtc, Uart, Video, debug_ports,
};
use engine::{Features, Model};
use std::borrow::Cow;

/// What is in an IDE position.
#[derive(Clone, Default)]
pub enum Drive {
    /// Nothing.
    #[default]
    None,
    /// A hard disk.
    Disk(Disk),
    /// A CD-ROM drive, perhaps with a disc.
    Cd(Option<Disk>),
}

/// The media a machine starts with.
#[derive(Clone, Default)]
pub struct Media {
    /// Floppies in A: and B:.
    pub floppies: [Option<Disk>; 2],
    /// Primary master and slave, secondary master and slave.
    pub drives: [Drive; 4],
}

/// Why a machine could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The configuration asks for something that is not possible.
    #[error("{0}")]
    Config(String),
    /// The host has no memory for it.
    #[error(transparent)]
    Ram(#[from] RamError),
    /// Two chips claim one address.
    #[error(transparent)]
    Overlap(#[from] Overlap),
}

/// What an expansion ROM register decodes; a card without one has its ROM at C0000h as long as it is.
const VIDEO_ROM: u32 = 64 << 10;

/// Builds store and board.
pub(crate) fn assemble(config: &MachineConfig, media: Media) -> Result<(Ram, Board), BuildError> {
    config.check().map_err(BuildError::Config)?;
    let kernel = config.kernel.as_ref().map(|kernel| kernel.roms(config.ram.0)).transpose();
    let kernel = kernel.map_err(BuildError::Config)?;
    let (system, mut others): (Vec<&Rom>, Vec<&Rom>) = config.roms.iter().partition(|rom| rom.is_system());
    others.extend(kernel.iter().flatten());
    let bios = match system.first() {
        Some(rom) => Cow::Owned(rom.pages()),
        None => Cow::Borrowed(config.bios.as_deref().unwrap_or(firmware::BIOS)),
    };
    let kind = config.adapter();
    let options = config.vbe.options();
    let vga_bios = match (&config.vga_bios, kind) {
        (Some(rom), _) => Cow::Borrowed(rom.as_slice()),
        (None, VideoKind::Std) => Cow::Owned(options.set_in(firmware::STD_VGA_BIOS)),
        (None, VideoKind::Cirrus) => Cow::Owned(options.set_in(firmware::CIRRUS_VGA_BIOS)),
        (None, VideoKind::Vga) => Cow::Borrowed(firmware::VGA_BIOS),
    };

    let system_rom =
        Region { offset: config.ram.0 as u32, len: (bios.len() as u32).next_multiple_of(PAGE as u32) };
    let on_pci = kind != VideoKind::Vga;
    let rom_len = if on_pci { VIDEO_ROM } else { (vga_bios.len() as u32).next_multiple_of(PAGE as u32) };
    let video_rom = Region { offset: system_rom.offset + system_rom.len, len: rom_len };
    let vram = Region { offset: video_rom.offset + video_rom.len, len: config.video_memory() };
    let images = place(&others, vram.offset + vram.len);
    let end = images.last().map_or(vram, |(_, last)| *last);
    let ram = Ram::new(end.offset as usize + end.len as usize)?;
    ram.set_dma_limit(config.ram.0 as usize);
    ram.write(system_rom.offset as usize, &bios);
    ram.write(video_rom.offset as usize, &vga_bios);
    for (rom, (_, place)) in others.iter().zip(&images) {
        ram.write(place.offset as usize, &rom.pages());
    }

    let video = match kind {
        VideoKind::Std => Video::std(vram, Some(video_rom)).with_edid(&firmware::vga::edid::edid()),
        VideoKind::Cirrus => Video::cirrus(vram, Some(video_rom)),
        VideoKind::Vga => Video::plain(vram, Some(video_rom)),
    };
    let video = if config.vbe.deferred_off { video.with_deferred_disable() } else { video };
    let mut chips = chips(config, RomImages::new(images), video, &media);
    cmos::fill(&mut chips.rtc, config, &media);
    let layout =
        MemoryLayout { ram_bytes: config.ram.0 as u32, system_rom, system_rom_bytes: bios.len() as u32 };
    let board = Board::new(chips, insert(media), layout, Clock::new(config.cpu))?;
    Ok((ram, board))
}

/// Places for ROM images in the store from `offset` on: the physical address of each, and its place.
fn place(roms: &[&Rom], mut offset: u32) -> Vec<(u32, Region)> {
    let next = |rom: &&Rom| {
        let place = Region { offset, len: (rom.bytes.len() as u32).next_multiple_of(PAGE as u32) };
        offset += place.len;
        (rom.address, place)
    };
    roms.iter().map(next).collect()
}

fn chips(config: &MachineConfig, rom_images: RomImages, video: Video, media: &Media) -> Chips {
    let pci = config.preset != Preset::Isa486;
    let xen = config.preset == Preset::XenServer;
    Chips {
        rom_images,
        pics: Pics::new(),
        pit: Pit::new(),
        rtc: Rtc::new(config.rtc),
        dma: Dma::new(),
        i8042: I8042::with_mouse(config.ps2_mouse()),
        video,
        ide: Ide::new(&IdeConfig { pci, drives: std::array::from_fn(|n| drive_kind(&media.drives[n])) }),
        com1: serial_port(config, SerialPort::Com1),
        port92: Port92::new(),
        fpu_error: FpuError::new(),
        debug_ports: debug_ports(config),
        idle: IdlePort::new(),
        post_card: PostCard::new(config.post_port),
        com2: (!xen).then(|| serial_port(config, SerialPort::Com2)),
        fdc: (!xen).then(|| Fdc::new(fdc_config(config))),
        i440fx: pci.then(I440fx::new),
        piix3: pci.then(Piix3::beside_piix4),
        piix4_pm: pci.then(Piix4Pm::new),
        local_apic: config.apic.then(|| LocalApic::new(apic_generation(config.cpu))),
        debug_exit: config.debug_exit.map(DebugExit::new),
        pc_testdev: config.testdev.then(PcTestdev::new),
    }
}

fn apic_generation(model: Model) -> ApicGeneration {
    match model {
        Model::Pentium4 => ApicGeneration::NetBurst,
        model if model.features().contains(Features::P6) => ApicGeneration::P6,
        _ => ApicGeneration::Pentium,
    }
}

/// A serial port, with the mouse if it is plugged in there.
fn serial_port(config: &MachineConfig, port: SerialPort) -> Uart {
    let (base, irq, index) = match port {
        SerialPort::Com1 => (0x3F8, 4, 0),
        SerialPort::Com2 => (0x2F8, 3, 1),
    };
    match config.serial_mouse.filter(|mouse| mouse.port == port) {
        Some(mouse) => Uart::with_mouse(base, irq, index, mouse.model),
        None => Uart::new(base, irq, index),
    }
}

fn debug_ports(config: &MachineConfig) -> DebugPorts {
    let mut ports = vec![debug_ports::SEABIOS];
    if !config.testdev {
        ports.push(debug_ports::BOCHS);
    }
    ports.extend(config.debug_port.filter(|port| !ports.contains(port)));
    DebugPorts::new(&ports)
}

fn fdc_config(config: &MachineConfig) -> FdcConfig {
    FdcConfig { drives: config.floppy.map(FloppyType::drive), speed: FloppySpeed::Fast }
}

fn drive_kind(drive: &Drive) -> DriveKind {
    match drive {
        Drive::None => DriveKind::None,
        Drive::Disk(disk) => DriveKind::Disk(DiskModel::new(Geometry::of_size(disk.len()))),
        Drive::Cd(_) => DriveKind::Cd(CdModel::default()),
    }
}

fn insert(media: Media) -> Drives {
    let mut drives = Drives::default();
    let [a, b] = media.floppies;
    for (bay, floppy) in [(Bay::FloppyA, a), (Bay::FloppyB, b)] {
        if let Some(floppy) = floppy {
            drives.insert(bay, floppy);
        }
    }
    let bays = [Bay::PrimaryMaster, Bay::PrimarySlave, Bay::SecondaryMaster, Bay::SecondarySlave];
    for (bay, drive) in bays.into_iter().zip(media.drives) {
        match drive {
            Drive::Disk(disk) => drop(drives.insert(bay, disk)),
            Drive::Cd(Some(disc)) => drop(drives.insert(bay, disc.protected())),
            Drive::Cd(None) | Drive::None => {}
        }
    }
    drives
}
