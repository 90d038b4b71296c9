//! Linux's own drivers bind to the hardware and work: vesafb on the VGA BIOS's VBE, then the bochs DRM driver in its place;
//! ata_piix with DMA, sd and sr, floppy, psmouse, 8250, rtc_cmos; the cirrus DRM driver on the other adapter. Debian's i386
//! kernel complains of nothing that it does not complain of on QEMU with the same modules.
//!
//! `RELIC_LINUX` is as for the test `linux`.

use hypervisor::{Bay, Disk, Drive, Input, MachineConfig, Media, Model, VideoKind};
use relic_tests::linux::{
    Console, Flavour, OnQemu, OnRelic, READY, expect_no_new_complaint, initramfs, kernel, machine, modules,
};
use relic_tests::{goldens, installed, skip};
use std::path::Path;

/// 1024x768 in 24 bits.
const APPEND: &str = "console=ttyS0,115200 quiet vga=0x318";
/// How long QEMU may take, in seconds of a host that does much else besides.
const PATIENCE: u64 = 900;
/// All but the display's.
const MODULES: &str = "ata_piix sd_mod sr_mod isofs floppy psmouse evdev";
const KIB: usize = 1024;
const FLOPPY: usize = 1440 * KIB;
/// The hard disk: its own content, and a quarter each for copies of the disc and the floppy.
const DISK: usize = 8 << 20;
const COPIED_DISC: usize = 4 << 20;
const COPIED_FLOPPY: usize = 6 << 20;

/// Bytes that differ at every place that matters.
fn content(len: usize, salt: u32) -> Vec<u8> {
    (0..len as u32 / 4).flat_map(|n| (n ^ salt).wrapping_mul(0x9E37_79B1).to_le_bytes()).collect()
}

/// A disc with a text and a file of half a megabyte.
fn disc() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recipe = folder.path().join("disc.toml");
    std::fs::write(folder.path().join("data"), content(512 * KIB, 0xD15C)).expect("a file");
    let text = "kind = \"iso\"\nvolume = \"DRIVERS\"\nfiles = [{ text = \"On the disc.\\n\", to = \"DISC.TXT\" }, \
                { from = \"data\", to = \"DATA.BIN\" }]\n";
    std::fs::write(&recipe, text).expect("a recipe");
    let made = guest_images::master(&recipe, folder.path()).expect("the disc is mastered");
    std::fs::read(made.path).expect("the disc is readable")
}

struct Contents {
    disk: Vec<u8>,
    disc: Vec<u8>,
    floppy: Vec<u8>,
}

impl Contents {
    fn media(&self) -> Media {
        let disk = |bytes: &Vec<u8>| Disk::from_bytes(bytes.clone());
        Media {
            floppies: [Some(disk(&self.floppy)), None],
            drives: [
                Drive::Disk(disk(&self.disk)),
                Drive::None,
                Drive::Cd(Some(disk(&self.disc))),
                Drive::None,
            ],
        }
    }

    /// Writes them for QEMU, and says so in its arguments.
    fn arguments(&self, folder: &Path) -> Vec<String> {
        let files = [
            ("disk", &self.disk, "if=ide,index=0"),
            ("disc", &self.disc, "media=cdrom,if=ide,index=2"),
            ("floppy", &self.floppy, "if=floppy"),
        ];
        files
            .into_iter()
            .flat_map(|(name, bytes, how)| {
                let path = folder.join(name);
                std::fs::write(&path, bytes).expect("a medium can be written");
                ["-drive".into(), format!("file={},format=raw,{how}", path.display())]
            })
            .collect()
    }
}

/// Loads everything, the display's driver last.
fn load(console: &mut dyn Console, display: &str) -> String {
    let devices = "/dev/sda /dev/sr0 /dev/fd0 /dev/input/event1";
    let wait = format!("for n in 1 2 3 4 5 6 7 8 9; do ls {devices} >/dev/null 2>&1 && break; sleep 1; done");
    console
        .command(&format!("depmod; modprobe -a {MODULES}; {wait}; modprobe {display}; sleep 2; ls {devices}"))
}

/// Each of `paths` is there: a device in its driver's folder.
fn expect_bound(console: &mut OnRelic, paths: &[&str]) {
    for path in paths {
        let said = console.command(&format!("[ -e /sys/bus/{path} ] && echo BOUND"));
        assert_eq!(said, "BOUND\n", "{path}");
    }
}

/// A page of the console: who drives it, all colours, all printable characters.
fn show_console(console: &mut OnRelic, golden: &str) {
    let colours = "for c in 0 1 2 3 4 5 6 7; do \
        printf \"\\033[3${c}mcolour \\033[1mbright \\033[0;4${c}mground\\033[0m  \"; done";
    let characters = "for n in $(seq 33 126); do printf \"\\\\$(printf %o $n) \"; done";
    let page = format!("cat /proc/fb; uname -srm; {colours}; echo; {characters}");
    console.command(&format!("(printf '\\033c\\033[?25l'; {page}) >/dev/tty0"));
    goldens::expect(&mut console.pc, golden);
}

fn expect_storage(console: &mut OnRelic, contents: &Contents) {
    let modes = console.command("cat /sys/class/ata_device/dev?.0/dma_mode");
    assert_eq!(modes.matches("MW_DMA_2").count(), 2, "{modes}");
    let said =
        console.command("mkdir /cd; mount -t iso9660 -o ro /dev/sr0 /cd && cat /cd/[dD]*.[tT]*; umount /cd");
    assert!(said.contains("On the disc."), "{said}");
    let copy = |from: &str, to: usize| {
        format!("dd if=/dev/{from} of=/dev/sda bs=64k seek={} conv=fsync 2>&1", to / (64 * KIB))
    };
    console.command(&copy("sr0", COPIED_DISC));
    console.command(&format!("{} count=2", copy("fd0", COPIED_FLOPPY)));
    console.command("dd if=/dev/sda of=/dev/fd0 bs=18k skip=3 seek=3 count=4 conv=fsync 2>&1");
    let medium = |bay: Bay, at: usize, len: usize| {
        let mut bytes = vec![0; len];
        let disk = console.pc.machine.medium(bay).expect("it is in its bay");
        disk.read(at as u64, &mut bytes).expect("it is as long");
        bytes
    };
    let Contents { disk, disc, floppy } = contents;
    assert!(medium(Bay::PrimaryMaster, COPIED_DISC, disc.len()) == *disc, "from the disc to the disk");
    assert!(
        medium(Bay::PrimaryMaster, COPIED_FLOPPY, 128 * KIB) == floppy[..128 * KIB],
        "from the floppy to the disk"
    );
    let written = 54 * KIB..126 * KIB;
    assert!(
        medium(Bay::FloppyA, written.start, written.len()) == disk[written],
        "from the disk to the floppy"
    );
    assert!(medium(Bay::FloppyA, 126 * KIB, KIB) == floppy[126 * KIB..127 * KIB], "and no further");
}

/// Events of the input device: type, code, value.
fn expect_mouse(console: &mut OnRelic) {
    let said = console.command("cat /proc/bus/input/devices");
    assert!(said.contains("ImExPS/2 Generic Explorer Mouse"), "{said}");
    console.send("dd if=/dev/input/event1 bs=16 count=7 2>/dev/null | hexdump -v -e '16/1 \"%02x\" \"\\n\"'; echo MO''USE\r");
    console.pc.run(500_000_000);
    console.pc.machine.inject(Input::Mouse { dx: 5, dy: -3, wheel: 1, buttons: 1 });
    console.pc.run(100_000_000);
    console.pc.machine.inject(Input::Mouse { dx: 0, dy: 0, wheel: 0, buttons: 9 });
    let said = console.until("\nMOUSE\n");
    // Seconds and microseconds come first.
    let events: Vec<&str> = said.lines().filter(|line| line.len() == 32).map(|line| &line[16..]).collect();
    let (left, right, up) = ("0100100101000000", "0200000005000000", "02000100fdffffff");
    let (wheel, side) = ("02000800ffffffff", "0100130101000000");
    for wanted in [left, right, up, wheel, side] {
        assert!(events.contains(&wanted), "{wanted} in {events:?}");
    }
}

fn expect_clock_and_serial_ports(console: &mut OnRelic) {
    let clock = "cat /sys/class/rtc/rtc0/date /sys/class/rtc/rtc0/time";
    let said = console.command(clock);
    assert!(said.starts_with("1995-08-24\n09:"), "{said}");
    let said = console.command(&format!("date -u -s '2001-02-03 04:05:06'; hwclock -u -w; {clock}"));
    assert!(said.contains("2001-02-03\n04:05:0"), "{said}");
    let said = console.command("cat /proc/tty/driver/serial");
    for port in ["uart:16550A port:000003F8 irq:4", "uart:16550A port:000002F8 irq:3"] {
        assert!(said.contains(port), "{said}");
    }
}

#[test]
fn linux_drives_everything_on_the_board_and_complains_of_nothing_new() {
    let (Some(image), Some(modules)) = (kernel(Flavour::I686), modules()) else { return };
    let Some(initrd) = initramfs(modules) else { return };
    let contents = Contents { disk: content(DISK, 1), disc: disc(), floppy: content(FLOPPY, 2) };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let peer = installed(&["qemu-system-i386"]).then(|| {
        let path = folder.path().join("initramfs");
        std::fs::write(&path, &initrd).expect("the initramfs can be written");
        OnQemu::start(&image, &path, APPEND, PATIENCE, &contents.arguments(folder.path()))
    });
    let (config, _) = machine(Model::Pentium4, 128, &image, initrd, APPEND);
    let mut console = OnRelic::start((config, contents.media()), 120);
    console.until(READY);
    show_console(&mut console, "goldens/linux-vesafb");
    let said = load(&mut console, "bochs");
    assert!(!said.contains("No such file"), "{said}");
    expect_bound(
        &mut console,
        &[
            "pci/drivers/bochs-drm/0000:00:02.0",
            "pci/drivers/ata_piix/0000:00:01.1",
            "scsi/drivers/sd/0:0:0:0",
            "scsi/drivers/sr/1:0:0:0",
            "serio/drivers/psmouse/serio1",
            "platform/drivers/rtc_cmos/rtc_cmos",
        ],
    );
    show_console(&mut console, "goldens/linux-bochs-drm");
    expect_storage(&mut console, &contents);
    expect_mouse(&mut console);
    expect_clock_and_serial_ports(&mut console);
    let Some(mut peer) = peer else { return };
    peer.until(READY);
    load(&mut peer, "bochs");
    expect_no_new_complaint(&console.complaints(), &peer.complaints());
}

/// The DRM driver and what it needs.
const CIRRUS: [&str; 8] = [
    "cirrus",
    "drm",
    "drm_kms_helper",
    "drm_shmem_helper",
    "fb_sys_fops",
    "sysimgblt",
    "sysfillrect",
    "syscopyarea",
];

#[test]
fn linux_drives_the_cirrus_adapter_from_text_on_and_complains_of_nothing_new() {
    let (Some(image), Some(mut modules)) = (kernel(Flavour::I686), modules()) else { return };
    modules.retain(|(path, _)| CIRRUS.iter().any(|name| path.ends_with(&format!("/{name}.ko"))));
    if modules.len() != CIRRUS.len() {
        return skip(&format!("RELIC_LINUX has not all of {CIRRUS:?}"));
    }
    let Some(initrd) = initramfs(modules) else { return };
    let append = "console=ttyS0,115200 quiet";
    // A sleep that ends close to a reading of the PIT, a clock's watchdog while Linux uses it for single events, is a complaint.
    let load = "depmod; modprobe cirrus";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let peer = installed(&["qemu-system-i386"]).then(|| {
        let path = folder.path().join("initramfs");
        std::fs::write(&path, &initrd).expect("the initramfs can be written");
        OnQemu::start(&image, &path, append, PATIENCE, &["-vga".into(), "cirrus".into()])
    });
    let (config, media) = machine(Model::Pentium4, 64, &image, initrd, append);
    let mut console = OnRelic::start((MachineConfig { video: VideoKind::Cirrus, ..config }, media), 120);
    console.until(READY);
    console.command(load);
    expect_bound(&mut console, &["pci/drivers/cirrus/0000:00:02.0"]);
    show_console(&mut console, "goldens/linux-cirrus-drm");
    let Some(mut peer) = peer else { return };
    peer.until(READY);
    peer.command(load);
    expect_no_new_complaint(&console.complaints(), &peer.complaints());
}
