//! Every chip on its bench, by name: in the state in which a guest's driver finds it, with what reaches it from outside.

use crate::{
    ApicGeneration, CdModel, Date, DebugExit, DebugPorts, DiskModel, Dma, DriveKind, DriveType, Fdc,
    FdcConfig, FloppySpeed, FpuError, Geometry, I440fx, I8042, Ide, IdeConfig, IdlePort, Key, LocalApic,
    PcTestdev, Pics, Piix3, Piix4Pm, Pit, Port92, PostCard, RomImages, Rtc, SerialMouseModel, Uart, Video,
    debug_ports,
};
use backplane::bench::search::{Driven, Target};
use backplane::bench::{Action, Bench, Chip, Input, Medium, Pair, Script, Subject};
use backplane::{Bay, Instant, Region};

/// Store of the video adapters: guest RAM, a ROM, video memory.
const VIDEO_RAM: usize = 0x4_0000;
const VIDEO_ROM: Region = Region { offset: 0x4_0000, len: 0x1_0000 };
const VIDEO_MEMORY: Region = Region { offset: 0x20_0000, len: 0x20_0000 };
const VIDEO_STORE: usize = 0x40_0000;
const COM1: u16 = 0x3F8;
const NEW_YEAR: Date = Date { year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 58 };

macro_rules! targets {
    ($($name:literal $about:literal $bench:expr;)*) => {
        /// All chips.
        pub const TARGETS: &[Target] = &[$(Target {
            name: $name,
            about: $about,
            pair: || pair($bench),
            seeds: include_str!(concat!("../seeds/", $name, ".txt")),
        },)*];
    };
}

targets! {
    "pic" "interrupt controllers, a pair of 8259A" Bench::new(Pics::new()).with_input(pic_input);
    "pit" "8254 timer and port 61h" Bench::new(Pit::new()).with_input(pit_input);
    "rtc" "MC146818 clock and CMOS memory" Bench::new(Rtc::new(NEW_YEAR));
    "dma" "a pair of 8237A and the page registers" Bench::new(Dma::new());
    "i8042" "keyboard controller, keyboard and mouse" Bench::new(I8042::new()).with_input(i8042_input);
    "uart" "16550A serial port" Bench::new(Uart::new(COM1, 4, 0)).with_input(uart_input);
    "serial-mouse" "a serial mouse on its port"
        Bench::new(Uart::with_mouse(COM1, 4, 0, SerialMouseModel::Logitech)).with_input(uart_input);
    "fdc" "82077AA floppy controller with two drives" fdc();
    "ide" "PIIX3 IDE with disks, an ATAPI CD drive and bus master" ide();
    "vga" "plain VGA" video(Video::plain(VIDEO_MEMORY_PLAIN, Some(VIDEO_ROM)).with_interrupt(), "");
    "vbe" "VGA with the Bochs VBE registers" video(Video::std(VIDEO_MEMORY, Some(VIDEO_ROM)), VBE_SETUP);
    "cirrus" "Cirrus Logic CL-GD5446" video(Video::cirrus(VIDEO_MEMORY, Some(VIDEO_ROM)), CIRRUS_SETUP);
    "i440fx" "host bridge" Bench::new(I440fx::new());
    "piix3" "south bridge" Bench::new(Piix3::beside_piix4());
    "piix4-pm" "power management and SMBus" Bench::new(Piix4Pm::new()).with_input(pm_input);
    "local-apic" "the CPU's local APIC" Bench::new(LocalApic::new(ApicGeneration::NetBurst)).with_input(apic_input);
    "port92" "system control port A" Bench::new(Port92::new());
    "fpu-error" "FPU error latch" Bench::new(FpuError::new()).with_input(fpu_input);
    "debug-ports" "debug text ports" Bench::new(DebugPorts::new(&[debug_ports::SEABIOS, debug_ports::BOCHS]));
    "debug-exit" "where test programs end" Bench::new(DebugExit::new(0xF4));
    "idle" "idle detector" Bench::new(IdlePort::new());
    "post-card" "diagnostic codes" Bench::new(PostCard::new(0x80));
    "pc-testdev" "what kvm-unit-tests exercise" Bench::new(PcTestdev::new());
    "rom-images" "ROM images" Bench::new(RomImages::new(vec![(0xD_0000, Region { offset: 0xF_0000, len: 0x1000 })]));
}

/// Video memory of a card without PCI.
const VIDEO_MEMORY_PLAIN: Region = Region { offset: 0x20_0000, len: 0x4_0000 };
/// Base addresses, and memory and ports on.
const VBE_SETUP: &str = "config_writel 2.0 0x10 0xe0000000\nconfig_writel 2.0 0x18 0xfeb00000\nconfig_writew 2.0 0x4 0x3\noutb 0x3c2 0x67\n";
const CIRRUS_SETUP: &str = "config_writel 2.0 0x10 0xf0000000\nconfig_writel 2.0 0x14 0xfeb00000\nconfig_writew 2.0 0x4 0x3\noutb 0x3c2 0x67\noutw 0x3c4 0x1206\n";

fn pair<D: Chip + 'static>(bench: Bench<D>) -> Box<dyn Driven> {
    Box::new(Pair::new(bench))
}

/// Does a script's actions before programs begin.
fn prepared<D: Chip>(mut bench: Bench<D>, setup: &str) -> Bench<D> {
    let script: Script = setup.parse().expect("the setup is a script");
    script.0.iter().for_each(|action| drop(bench.act(action)));
    bench
}

fn video(chip: Video, setup: &str) -> Bench<Video> {
    let bench = Bench::with_store(chip, VIDEO_STORE);
    bench.ram.set_dma_limit(VIDEO_RAM);
    prepared(bench, setup)
}

fn fdc() -> Bench<Fdc> {
    let drives = [Some(DriveType::D1440), Some(DriveType::D1200)];
    let mut bench = Bench::new(Fdc::new(FdcConfig { drives, speed: FloppySpeed::Fast }));
    bench.act(&Action::Insert(Bay::FloppyA, Medium::Floppy1440));
    prepared(bench, "outb 0x3f2 0x1c\nclock_step 1000000\n")
}

fn ide() -> Bench<Ide> {
    let disk = |medium: Medium| DriveKind::Disk(DiskModel::new(Geometry::of_size(medium.disk().len())));
    let drives = [
        disk(Medium::Floppy1440),
        DriveKind::None,
        DriveKind::Cd(CdModel::default()),
        disk(Medium::Floppy720),
    ];
    let mut bench = Bench::new(Ide::new(&IdeConfig { pci: true, drives }));
    for (bay, medium) in [
        (Bay::PrimaryMaster, Medium::Floppy1440),
        (Bay::SecondaryMaster, Medium::Disc),
        (Bay::SecondarySlave, Medium::Floppy720),
    ] {
        bench.act(&Action::Insert(bay, medium));
    }
    prepared(bench, "config_writel 1.1 0x20 0xc000\nconfig_writew 1.1 0x4 0x5\n")
}

/// Nothing reaches the chip from outside.
pub fn nothing<D>(_chip: &mut D, _input: Input, _now: Instant) -> Option<u32> {
    None
}

/// What reaches the chip from outside: for its bench.
pub fn pic_input(chip: &mut Pics, input: Input, _now: Instant) -> Option<u32> {
    match input {
        Input::Levels(levels) => chip.set_levels(levels),
        Input::Acknowledge => return chip.intr().then(|| chip.acknowledge().into()),
        _ => {}
    }
    None
}

/// What reaches the chip from outside: for its bench.
pub fn pit_input(chip: &mut Pit, input: Input, now: Instant) -> Option<u32> {
    if input == Input::Pulse {
        chip.pull_channel_check();
    }
    Some(chip.speaker(now).into())
}

/// What reaches the chip from outside: for its bench.
pub fn i8042_input(chip: &mut I8042, input: Input, now: Instant) -> Option<u32> {
    match input {
        Input::Key { key, down } => chip.key(Key::ALL[usize::from(key) % Key::ALL.len()], down, now),
        Input::Pointer { dx, dy, wheel, buttons } => {
            chip.mouse(dx.into(), dy.into(), wheel.into(), buttons, now);
        }
        _ => {}
    }
    Some(u32::from(chip.ready_for_key()) << 8 | u32::from(chip.leds()))
}

/// What reaches the chip from outside: for its bench.
pub fn uart_input(chip: &mut Uart, input: Input, now: Instant) -> Option<u32> {
    match input {
        Input::Pointer { dx, dy, buttons, .. } => chip.mouse(dx.into(), dy.into(), buttons, now),
        Input::Receive(byte) => chip.receive(&[byte], now),
        _ => {}
    }
    Some(chip.is_mouse_read().into())
}

/// What reaches the chip from outside: for its bench.
pub fn pm_input(chip: &mut Piix4Pm, input: Input, _now: Instant) -> Option<u32> {
    match input {
        Input::Pulse => chip.press_power_button(),
        Input::Acknowledge => chip.raise_rtc_event(),
        _ => {}
    }
    None
}

fn apic_input(chip: &mut LocalApic, input: Input, _now: Instant) -> Option<u32> {
    match input {
        Input::Acknowledge => chip.acknowledge().map(u32::from),
        Input::Levels(levels) => Some(chip.interrupt(levels & 1 != 0).into()),
        Input::Pulse => Some(chip.take_nmi().into()),
        _ => None,
    }
}

/// What reaches the chip from outside: for its bench.
pub fn fpu_input(chip: &mut FpuError, input: Input, _now: Instant) -> Option<u32> {
    match input {
        Input::Pulse => chip.assert_ferr(),
        Input::Acknowledge => chip.release_ferr(),
        _ => {}
    }
    Some(chip.ignne().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backplane::bench::search::{Search, failure};

    #[test]
    fn every_chip_has_another_name_and_its_seeds_and_their_changes_find_nothing() {
        let mut names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        for target in TARGETS {
            let mut search = Search::new(target, 1);
            let scripts =
                Script::all(target.seeds).unwrap_or_else(|error| panic!("{}: {error}", target.name));
            assert!(!scripts.is_empty(), "{} has no seeds", target.name);
            for script in scripts {
                assert_eq!(failure(target.pair, &script.0), None, "{}", target.name);
                search.seed(&script).unwrap();
            }
            for _ in 0..1000 {
                if let Err(finding) = search.next_program() {
                    panic!("{}: {}\n{}", target.name, finding.message, finding.script);
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TARGETS.len());
    }
}
