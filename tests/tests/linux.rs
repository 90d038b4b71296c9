//! Debian's i386 Linux 6.1 boots to a shell, on the serial console and on the screen, and complains of nothing that it does not
//! complain of on QEMU.
//!
//! `RELIC_LINUX` (default `target/linux`) is a folder in which Debian's packages linux-image-*-686, linux-image-*-686-pae,
//! debian-installer-12-netboot-i386 and busybox-static (i386) are unpacked; `.ci/run` does that.

use harness::compare::Rect;
use harness::glyphs::{Font, Learner, Sample};
use harness::session::{Limits, Session};
use harness::{keys, picture};
use hypervisor::{Machine, Model};
use relic_tests::linux::{
    Console, Flavour, OnQemu, OnRelic, READY, expect_no_new_complaint, initramfs, installer, kernel, machine,
};
use relic_tests::pc::Pc;
use relic_tests::{goldens, installed};
use std::path::Path;
use std::sync::Arc;

const SERIAL: &str = "console=ttyS0,115200 quiet";
/// How long QEMU may take, in seconds of a host that does much else besides.
const PATIENCE: u64 = 900;

/// Boots to the shell on the serial console: what `uname` and /proc/cpuinfo say.
fn shell(flavour: Flavour, cpu: Model) -> Option<(OnRelic, String)> {
    let (image, initrd) = (kernel(flavour)?, initramfs(Vec::new())?);
    let mut console = OnRelic::start(machine(cpu, 128, &image, initrd, SERIAL), 60);
    console.until(READY);
    let said = console.command("uname -srm; cat /proc/cpuinfo");
    Some((console, said))
}

#[track_caller]
fn expect(said: &str, wanted: &[&str]) {
    for part in wanted {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
}

#[test]
fn the_kernel_without_pae_boots_to_a_shell_on_a_pentium_2() {
    let Some((_, said)) = shell(Flavour::I686, Model::Pentium2) else { return };
    expect(&said, &["i686", "GenuineIntel", "Pentium II", "fpu_exception\t: yes", " mmx fxsr"]);
    assert!(!said.contains(" sse"), "{said}");
}

#[test]
fn the_kernel_with_pae_boots_to_a_shell_on_a_pentium_4_and_complains_of_nothing_new() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut peer = None;
    if installed(&["qemu-system-i386"]) {
        let (Some(image), Some(archive)) = (kernel(Flavour::Pae), initramfs(Vec::new())) else { return };
        let initrd = folder.path().join("initramfs");
        std::fs::write(&initrd, archive).expect("the initramfs can be written");
        peer = Some(OnQemu::start(&image, &initrd, SERIAL, PATIENCE, &[]));
    }
    let Some((mut ours, said)) = shell(Flavour::Pae, Model::Pentium4) else { return };
    expect(&said, &["i686", "Intel(R) Pentium(R) 4 CPU 1500MHz", " pae ", " mmx fxsr sse sse2"]);
    let Some(peer) = &mut peer else { return };
    ours.command("sleep 3");
    peer.until(READY);
    expect_no_new_complaint(&ours.complaints(), &peer.complaints());
}

#[test]
fn the_installer_boots_to_a_shell_on_the_screen_and_takes_keys() {
    let Some((image, initrd)) = installer() else { return };
    let initrd = std::fs::read(initrd).expect("the initramfs is readable");
    let append = "rdinit=/bin/sh quiet vt.default_utf8=0";
    let mut pc = Pc::start(machine(Model::Pentium3, 384, &image, initrd, append));
    pc.wait_text("~ #", 60);
    pc.run(500_000_000);
    pc.type_text("mount -t proc proc /proc; printf '\\033c'\n");
    pc.run(500_000_000);
    pc.type_text("uname -srm; grep -E 'model name|flags' /proc/cpuinfo; ls /\n");
    pc.wait_text("var", 10);
    for wanted in ["Linux 6.1", "Pentium III", "sse", "initrd"] {
        assert!(pc.shows(wanted), "no {wanted:?}; {}", pc.scene());
    }
    goldens::expect(&mut pc, "goldens/linux-shell");
}

#[test]
fn a_kernel_for_a_later_cpu_says_so() {
    let Some(image) = kernel(Flavour::I686) else { return };
    let missing =
        [(Model::I486, "requires an i586 CPU"), (Model::Pentium, "cmov"), (Model::PentiumMmx, "cmov")];
    for (cpu, what) in missing {
        let mut pc = Pc::start(machine(cpu, 64, &image, Vec::new(), ""));
        pc.wait_text("Unable to boot - please use a kernel appropriate for your CPU.", 20);
        assert!(pc.shows(what), "{}", pc.scene());
    }
}

/// The console's font, learnt from the page of all its characters that the test `linux_drivers` compares.
fn console_font() -> Arc<Font> {
    let page = picture::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens/linux-vesafb.png"));
    let characters: String = ('!'..='~').flat_map(|character| [character, ' ']).collect();
    let text = format!("{}\n{}", &characters[..128], &characters[128..]);
    let at = Rect { x: 0, y: 64, width: 1024, height: 32 };
    let mut learner = Learner::new(Some((8, 16))).expect("a cell");
    learner.learn(&page.expect("a picture"), &Sample { at, text }).expect("the page has this text");
    Arc::new(learner.font("console").expect("a font"))
}

#[test]
fn a_vesa_console_is_read_with_a_font_that_was_learnt_from_a_picture_of_another_mode() {
    let (Some(image), Some(initrd)) = (kernel(Flavour::I686), initramfs(Vec::new())) else { return };
    // 800x600 in 16 bits.
    let (config, media) = machine(Model::Pentium3, 64, &image, initrd, "quiet vga=0x314");
    let machine = Machine::new(&config, media).expect("the machine can be built");
    let limits = Limits { virtual_ns: 60_000_000_000, ..Limits::default() };
    let mut session = Session::new(Box::new(machine), limits);
    session.set_fonts(vec![console_font()]);
    session.wait_text(READY).unwrap_or_else(|failure| panic!("{failure}"));
    session.type_keys(&keys::parse("uname -sm; cat /proc/fb<enter>").expect("keys")).expect("they are taken");
    session.wait_text("0 VESA VGA").unwrap_or_else(|failure| panic!("{failure}"));
    let lines = session.text_lines().unwrap_or_default();
    assert!(lines.iter().any(|line| line == "Linux i686"), "{lines:?}");
}
