//! Whole processes against QEMU TCG with SeaBIOS, in one interleaved run: `cargo bench -p relic-tests --bench whole`.
//!
//! Prints, as medians of the rounds: process start to the boot sector's first instruction, to DOS's prompt, each in wall
//! time and CPU time; and what an idle guest at DOS's prompt and in HLT costs, as a share of one core.

use hypervisor::{Disk, Machine, MachineConfig, Media, Stop, Until};
use relic_tests::cost::{cpu_seconds, median};
use relic_tests::media;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 7;
/// What the guest writes when it is where it is measured.
const MARK: u8 = b'R';
const QEMU: &str = "qemu-system-i386";

/// A guest and the port by which it gives its mark.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guest {
    /// MOV AL, 'R'; OUT E9h, AL; HLT.
    BootSector,
    /// FreeDOS, whose AUTOEXEC.BAT writes to COM1 as its last command.
    Dos,
}

impl Guest {
    fn name(self) -> &'static str {
        if self == Guest::BootSector { "boot-sector" } else { "dos" }
    }

    fn image(self) -> Option<Vec<u8>> {
        match self {
            Guest::BootSector => {
                let mut image = vec![0; 1440 << 10];
                image[..7].copy_from_slice(&[0xB0, MARK, 0xE6, 0xE9, 0xF4, 0xEB, 0xFD]);
                image[510..512].copy_from_slice(&[0x55, 0xAA]);
                Some(image)
            }
            Guest::Dos => media::floppy("1.4MB").map(|mut image| {
                const REMARK: &[u8] = b"REM NOTE: If you remove this file from your boot disks,";
                const COMMAND: &[u8] = b"ECHO R>COM1\r\nREM";
                let at = image.windows(REMARK.len()).position(|bytes| bytes == REMARK);
                let at = at.expect("the floppy's AUTOEXEC.BAT has its remark");
                image[at..at + COMMAND.len()].copy_from_slice(COMMAND);
                image
            }),
        }
    }
}

/// Ours: runs a guest until its mark, prints it, and stays.
fn child(image: Vec<u8>) {
    let mut machine = machine(image);
    loop {
        let stop = machine.run(Until::time(machine.now() + 1_000_000));
        let heard = [machine.take_debug_text(), machine.take_serial_text(0)].concat();
        // Our firmware's own debug text has no capital letter.
        let marked = heard.contains(&MARK);
        if marked {
            print!("{}", char::from(MARK));
            std::io::stdout().flush().expect("stdout is open");
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
        assert!(matches!(stop, Stop::Deadline), "{stop:?}");
    }
}

fn machine(image: Vec<u8>) -> Machine {
    let media = Media { floppies: [Some(Disk::from_bytes(image)), None], ..Media::default() };
    Machine::new(&MachineConfig::default(), media).expect("the machine can be built")
}

/// Wall and CPU seconds until a process printed the mark.
fn measure(command: &mut Command) -> (f64, f64) {
    let start = Instant::now();
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the process starts");
    let mut byte = [0];
    let output = process.stdout.as_mut().expect("its output is piped");
    while byte[0] != MARK {
        output.read_exact(&mut byte).expect("the mark comes");
    }
    let wall = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds(process.id());
    process.kill().expect("it runs");
    process.wait().expect("it ends");
    (wall, cpu)
}

fn compare(guest: Guest) {
    let Some(image) = guest.image() else { return };
    if !relic_tests::installed(&[QEMU]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("floppy.img");
    std::fs::write(&file, image).expect("the floppy can be written");
    let ours = || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--guest").arg(&file);
        measure(&mut command)
    };
    let theirs = || {
        let mut command = Command::new(QEMU);
        command.args(["-accel", "tcg", "-display", "none", "-net", "none", "-m", "32", "-boot", "a"]);
        command.args(if guest == Guest::Dos { ["-serial", "stdio"] } else { ["-debugcon", "stdio"] });
        command.args(["-monitor", "none"]);
        command.arg("-drive").arg(format!("if=floppy,format=raw,file={}", file.display()));
        measure(&mut command)
    };
    let rounds: Vec<_> = (0..ROUNDS).map(|_| (ours(), theirs())).collect();
    for (what, pick) in [("wall", 0), ("CPU", 1)] {
        let part = |pair: (f64, f64)| if pick == 0 { pair.0 } else { pair.1 };
        let our = median(rounds.iter().map(|round| part(round.0)).collect());
        let their = median(rounds.iter().map(|round| part(round.1)).collect());
        println!(
            "{:12} {what:4}: relic {our:.3} s, QEMU TCG {their:.3} s, ratio {:.1}",
            guest.name(),
            their / our
        );
    }
}

/// CPU seconds of this process a virtual second, while `machine` idles.
fn idle_share(machine: &mut Machine, seconds: u64) -> f64 {
    let before = cpu_seconds(std::process::id());
    let stop = machine.run(Until::time(machine.now() + seconds * 1_000_000_000));
    assert_eq!(stop, Stop::Deadline);
    (cpu_seconds(std::process::id()) - before) / seconds as f64
}

fn idle() {
    let mut halted = machine(Guest::BootSector.image().expect("it is made here"));
    // The boot sector halts with interrupts on, as the BIOS left them.
    halted.run(Until::time(halted.now() + 500_000_000));
    println!("idle in HLT: {:.4} % of a core", 100.0 * idle_share(&mut halted, 1000));
    if let Some(image) = Guest::Dos.image() {
        let mut dos = machine(image);
        dos.run(Until::time(dos.now() + 3_000_000_000));
        println!("idle at DOS's prompt: {:.2} % of a core", 100.0 * idle_share(&mut dos, 10));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let image = || std::fs::read(&arguments[1]).expect("the image is readable");
    match arguments.first().map(String::as_str) {
        Some("--guest") => child(image()),
        _ => {
            compare(Guest::BootSector);
            compare(Guest::Dos);
            idle();
        }
    }
}
