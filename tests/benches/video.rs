//! Pixels a second on relic, QEMU TCG and Bochs, in one interleaved run, and what a frame costs: `cargo bench -p relic-tests
//! --bench video`.
//!
//! The disk is assembled from `video.asm`. Prints millions of pixels in a second of CPU time as medians of the rounds, how
//! many times faster relic is than each peer, and the goals; then what it costs to look at the screen. A number after
//! `--` sets the rounds.

use hypervisor::{Bytes, Disk, Machine, MachineConfig, Media, Model, VideoKind};
use relic_tests::cost::{geometric_mean, median};
use relic_tests::kernels::{self, Runner, ratio};
use relic_tests::service::{Bios, Registers};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 3;

/// A kernel of the disk.
struct Kernel {
    letter: char,
    what: &'static str,
    /// Pixels of a round.
    pixels: u32,
    /// Rounds: some tenths of a second.
    rounds: u32,
}

const fn kernel(letter: char, what: &'static str, pixels: u32, rounds: u32) -> Kernel {
    Kernel { letter, what, pixels, rounds }
}

const PLANES: u32 = 640 * 480;
/// A character of 9 by 16 dots.
const CELL: u32 = 9 * 16;
const LINEAR: u32 = 1024 * 768;

/// What runs on the standard adapter.
const STD: [Kernel; 17] = [
    kernel('a', "write mode 0: bytes", PLANES, 100),
    kernel('b', "write mode 0: rep stosb", PLANES, 400),
    kernel('c', "write mode 0: dots", 64_000, 30),
    kernel('d', "write mode 1: bytes", PLANES / 2, 150),
    kernel('e', "write mode 1: rep movsb", PLANES / 2, 600),
    kernel('f', "write mode 2: read, write", PLANES, 60),
    kernel('g', "write mode 2: rep stosb", PLANES, 400),
    kernel('h', "write mode 3: read, write", PLANES, 60),
    kernel('i', "write mode 3: rep stosb", PLANES, 400),
    kernel('j', "chain-4: bytes", 64_000, 400),
    kernel('k', "chain-4: rep stosd", 64_000, 10_000),
    kernel('l', "text: words", 2000 * CELL, 2000),
    kernel('m', "text: rep stosw", 2000 * CELL, 10_000),
    kernel('n', "text: rep movsw", 1920 * CELL, 5000),
    kernel('o', "linear: double words", LINEAR, 50),
    kernel('p', "linear: rep stosd", LINEAR, 300),
    kernel('q', "linear: rep movsd", LINEAR - 8 * 1024, 300),
];

/// What runs on the CL-GD5446.
const CIRRUS: [Kernel; 2] =
    [kernel('s', "blitter: pattern", LINEAR, 1500), kernel('t', "blitter: copy", 2 * LINEAR, 1500)];

/// Where relic is to be three times as fast as QEMU TCG, and half as fast.
const THRICE: &str = "abcdefghilmn";
const HALF: &str = "jkopq";

/// Ours: runs the disk and prints port E9h.
fn child(image: Vec<u8>, video: VideoKind) {
    let config =
        MachineConfig { cpu: Model::PentiumMmx, ram: Bytes(64 << 20), video, ..MachineConfig::default() };
    let media = Media { floppies: [Some(Disk::from_bytes(image)), None], ..Media::default() };
    kernels::run(Machine::new(&config, media).expect("the machine can be built"));
}

fn relic(image: &Path, video: VideoKind) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(if video == VideoKind::Cirrus { "--cirrus" } else { "--std" }).arg(image);
    command
}

/// Assembles the disk.
fn assemble(image: &Path) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/video.asm");
    let mut nasm = Command::new("nasm");
    nasm.args(["-f", "bin", "-o"]).arg(image).arg(source);
    for Kernel { letter, rounds, .. } in STD.iter().chain(&CIRRUS) {
        nasm.arg(format!("-DROUNDS_{letter}={rounds}"));
    }
    assert!(nasm.status().expect("nasm runs").success(), "{source} is assembled");
    let file = std::fs::OpenOptions::new().write(true).open(image).expect("the image is there");
    file.set_len(1440 << 10).expect("it can become a floppy's");
}

fn print(runners: &[Runner], kernels: &'static [Kernel]) {
    let speed = |letter, seconds: f64| {
        let kernel = kernels.iter().find(|kernel| kernel.letter == letter).expect("it is one of them");
        f64::from(kernel.pixels) * f64::from(kernel.rounds) / seconds / 1e6
    };
    let names = kernels.iter().map(|kernel| (kernel.letter, kernel.what));
    kernels::print_table(runners, "M/s", names, speed, None);
}

/// Prints whether relic is so many times as fast as QEMU by the geometric mean, and where it is not.
fn print_goal(runners: &[Runner], what: &str, kernels: &str, least: f64) {
    let ratios: Vec<(char, f64)> =
        kernels.chars().filter_map(|kernel| Some((kernel, ratio(runners, "QEMU", kernel)?))).collect();
    let mean = geometric_mean(ratios.iter().map(|(_, ratio)| *ratio));
    let below: Vec<String> = ratios
        .iter()
        .filter(|(_, ratio)| *ratio < least)
        .map(|(kernel, ratio)| format!("{kernel} {ratio:.2}"))
        .collect();
    let verdict = if mean >= least { "reached" } else { "MISSED" };
    println!(
        "goal: {what}: {least} times as fast as QEMU: {mean:.2}, {verdict}; below: {}",
        below.join(", ")
    );
}

fn compare(rounds: usize) {
    if !relic_tests::installed(&["nasm"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("video.img");
    assemble(&image);
    let run = |video| kernels::compare(&image, video, relic(&image, video), rounds);
    let (std, cirrus) = (run(VideoKind::Std), run(VideoKind::Cirrus));
    print(&std, &STD);
    print(&cirrus, &CIRRUS);
    print_goal(&std, "planes and text", THRICE, 3.0);
    print_goal(&std, "linear modes", HALF, 0.5);
}

/// What [`Machine::screen`] costs in VESA mode 105h, 1024x768 in 256 colours.
fn frames() {
    const MODE: u16 = 0x4105;
    const VIDEO_MEMORY: usize = 16 << 20;
    const LOOKS: usize = 201;
    let mut bios = Bios::boot();
    bios.call(0x10, Registers { ax: 0x4F02, bx: MODE, ..Registers::default() });
    assert_eq!((bios.machine.frame().width, bios.machine.frame().height), (1024, 768));
    for (what, lines) in [("nothing", 0), ("one line", 1), ("everything", 768)] {
        let looks = (0..LOOKS).map(|n| {
            bios.set_video_memory(
                VIDEO_MEMORY,
                1024 * 384 * usize::from(lines == 1),
                &vec![n as u8; 1024 * lines],
            );
            let start = Instant::now();
            std::hint::black_box(bios.machine.screen());
            start.elapsed().as_secs_f64() * 1e6
        });
        let cost = median(looks.collect());
        println!("a look at 1024x768x8 when {what} changed: {cost:.2} us");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let image = || std::fs::read(&arguments[1]).expect("the image is readable");
    match arguments.first().map(String::as_str) {
        Some("--std") => child(image(), VideoKind::Std),
        Some("--cirrus") => child(image(), VideoKind::Cirrus),
        _ => {
            compare(arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS));
            frames();
        }
    }
}
