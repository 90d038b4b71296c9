//! The probe boots from every medium in QEMU (SeaBIOS) and in Bochs (its own BIOS) and passes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use guest_images::probe::{self, CdBoot, ProbeOptions};

mod tools;

const LIMIT: Duration = Duration::from_secs(90);

/// Pages that pass quickly: nobody looks at them here.
fn hurried() -> ProbeOptions {
    ProbeOptions { pace_ticks: 1, key_ticks: 2, mouse_ticks: 2, ..ProbeOptions::default() }
}

/// Runs `command` until the probe's last line; gives every line of the debug port.
fn debug_lines(mut command: Command) -> Vec<String> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (sender, receiver) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut lines = Vec::new();
    let end = Instant::now() + LIMIT;
    while let Ok(line) = receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
        lines.push(line.trim_end().to_owned());
        if line.starts_with("probe: ") {
            break;
        }
    }
    stop(&mut child);
    lines
}

/// Ends a child and what it started: it leads its own session.
fn stop(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-TERM", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.wait();
}

/// Every page came, and every check passed but for `known`, which did not.
fn all_passed(lines: &[String], known: &[&str]) {
    let last = lines.last().map_or("", String::as_str);
    let numbers: Vec<&str> = last.trim_start_matches("probe: ").split(" of ").collect();
    assert!(last.starts_with("probe: ") && numbers.len() == 2, "the probe did not end: {lines:?}");
    assert_eq!(probe::failures(lines.iter().map(String::as_str)), known);
    let [passed, all] = [0, 1].map(|n| numbers[n].parse::<usize>().unwrap());
    assert_eq!(passed + known.len(), all);
    let pages: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("page: ")).collect();
    let there = probe::PAGES.iter().filter(|page| page.place.is_on_std()).map(|page| page.name);
    assert_eq!(pages, there.collect::<Vec<_>>());
}

/// A command that leads its own session, so that all of it can be ended.
fn session(program: &str) -> Command {
    let mut command = Command::new("setsid");
    command.args(["--wait", program]);
    command
}

fn qemu(test: &str, medium: &[u8], arguments: impl Fn(&str) -> Vec<String>) {
    if !tools::have(test, &["qemu-system-i386", "setsid"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("medium");
    fs::write(&image, medium).unwrap();
    let mut command = session("qemu-system-i386");
    command.args(["-display", "none", "-net", "none", "-m", "32", "-accel", "tcg", "-debugcon", "stdio"]);
    command.args(arguments(image.to_str().unwrap()));
    all_passed(&debug_lines(command), &probe::FAIL_IN_QEMU);
}

fn qemu_cd(test: &str, boot: CdBoot) {
    qemu(test, &probe::iso_with(boot, &hurried()), |image| {
        vec!["-cdrom".into(), image.into(), "-boot".into(), "d".into()]
    });
}

#[test]
fn qemu_boots_the_probe_from_a_floppy() {
    qemu("qemu_boots_the_probe_from_a_floppy", &probe::floppy_with(&hurried()), |image| {
        vec!["-drive".into(), format!("if=floppy,format=raw,file={image}")]
    });
}

#[test]
fn qemu_boots_the_probe_from_a_hard_disk() {
    qemu("qemu_boots_the_probe_from_a_hard_disk", &probe::hard_disk_with(&hurried()), |image| {
        vec!["-drive".into(), format!("if=ide,format=raw,file={image}")]
    });
}

#[test]
fn qemu_boots_the_probe_from_a_disc_without_emulation() {
    qemu_cd("qemu_boots_the_probe_from_a_disc_without_emulation", CdBoot::NoEmulation);
}

#[test]
fn qemu_boots_the_probe_from_a_disc_that_emulates_a_floppy() {
    qemu_cd("qemu_boots_the_probe_from_a_disc_that_emulates_a_floppy", CdBoot::Floppy);
}

#[test]
fn qemu_boots_the_probe_from_a_disc_that_emulates_a_hard_disk() {
    qemu_cd("qemu_boots_the_probe_from_a_disc_that_emulates_a_hard_disk", CdBoot::HardDisk);
}

fn bochs(test: &str, medium: &[u8], lines: impl Fn(&str) -> String) {
    if !tools::have(test, &["bochs", "xvfb-run", "setsid"]) || !bochs_has_roms(test) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("medium");
    fs::write(&image, medium).unwrap();
    let settings = format!(
        "display_library: x\nmegs: 32\nromimage: file={ROMS}/BIOS-bochs-latest\n\
         vgaromimage: file={ROMS}/VGABIOS-lgpl-latest\nport_e9_hack: enabled=1\n\
         clock: sync=none, time0=1000000000\ncpu: count=1, ips=20000000\npanic: action=fatal\n\
         log: {}\n{}\n",
        folder.path().join("log").display(),
        lines(image.to_str().unwrap())
    );
    let file = folder.path().join("bochsrc");
    fs::write(&file, settings).unwrap();
    // Debian's Bochs has its debugger compiled in and begins at its prompt.
    let script = folder.path().join("commands");
    fs::write(&script, "c\n").unwrap();
    let mut command = session("xvfb-run");
    command.args(["-a", "bochs", "-q", "-rc"]).arg(script).arg("-f").arg(file);
    let all = debug_lines(command);
    let known = ["page: ", "fail: ", "ready: ", "probe: "];
    let ours: Vec<String> =
        all.iter().filter(|line| known.iter().any(|prefix| line.starts_with(prefix))).cloned().collect();
    assert!(!ours.is_empty(), "nothing came from the guest: {all:?}");
    all_passed(&ours, &probe::FAIL_IN_BOCHS);
}

const ROMS: &str = "/usr/share/bochs";

fn bochs_has_roms(test: &str) -> bool {
    let there = Path::new(ROMS).join("BIOS-bochs-latest").is_file();
    if !there {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: {ROMS} has no BIOS");
        eprintln!("skipped {test}: {ROMS} has no BIOS");
    }
    there
}

#[test]
fn bochs_boots_the_probe_from_a_floppy() {
    bochs("bochs_boots_the_probe_from_a_floppy", &probe::floppy_with(&hurried()), |image| {
        format!("floppya: 1_44={image}, status=inserted\nboot: floppy")
    });
}

#[test]
fn bochs_boots_the_probe_from_a_hard_disk() {
    bochs("bochs_boots_the_probe_from_a_hard_disk", &probe::hard_disk_with(&hurried()), |image| {
        format!("ata0-master: type=disk, path={image}, mode=flat, cylinders=20, heads=16, spt=63\nboot: disk")
    });
}

#[test]
fn bochs_boots_the_probe_from_a_disc() {
    bochs("bochs_boots_the_probe_from_a_disc", &probe::iso_with(CdBoot::NoEmulation, &hurried()), |image| {
        format!("ata0-master: type=cdrom, path={image}, status=inserted\nboot: cdrom")
    });
}
