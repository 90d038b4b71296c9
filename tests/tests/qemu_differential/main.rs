//! Our chips beside QEMU's, on its test socket: random accesses to one chip after the other, every read compared, and a
//! list of the differences that are there on purpose. `RELIC_DIFFERENTIAL=1000000` sets how many accesses a chip gets; from
//! a million on, a difference on the list that does not show is a failure, too.

/// Bits of an answer that differ in these reads of byte ports.
macro_rules! at_ports {
    ($ports:pat, $bits:expr) => {
        |_, action| match *action {
            Action::In { port: $ports, .. } => $bits,
            _ => 0,
        }
    };
}

mod ata;
mod atapi;
mod bus_master;
mod cirrus;
mod dispi;
mod dma;
mod fdc;
mod ide;
mod keyboard;
mod pci;
mod pic;
mod pit;
mod rtc;
mod uart;
mod vga;

use hypervisor::{Date, FloppyType, MachineConfig, Media, VideoKind};
use relic_tests::differential::{Field, Image, Known, Pair};
use std::ops::Range;

/// Accesses that a chip gets in every run of the tests.
const ACCESSES: usize = 30_000;
/// Differences that are told.
const MOST: usize = 12;

/// What QEMU is started with, as our machine is configured.
const ITS: &[&str] = &[
    "-machine",
    "pc",
    "-nodefaults",
    "-serial",
    "null",
    "-serial",
    "null",
    "-rtc",
    "base=1996-02-29T23:59:50,clock=vm",
];

/// Both machines with a display adapter, which is device 2 on both, and the arguments that give QEMU's machine one.
fn pair(video: VideoKind, its_video: &[&str]) -> Option<Pair> {
    machines(video, Media::default(), Vec::new(), its_video)
}

/// Both machines with media, which the arguments give to QEMU's as images.
fn machines(video: VideoKind, media: Media, images: Vec<Image>, arguments: &[&str]) -> Option<Pair> {
    let date = Date { year: 1996, month: 2, day: 29, hour: 23, minute: 59, second: 50 };
    let ram = "16M".parse().expect("a size");
    let floppy = [FloppyType::F1440; 2];
    let config = MachineConfig { ram, video, floppy, rtc: date, ..MachineConfig::default() };
    Pair::new(&config, media, images, &[ITS, arguments].concat())
}

/// Compares a chip of the machine with the standard adapter.
fn compare(field: &Field, known: &[Known]) {
    compare_on(pair(VideoKind::Std, &["-vga", "std"]), field, known);
}

/// Compares a chip that takes at most so many nanoseconds for what QEMU's does at once.
fn compare_settled(field: &Field, known: &[Known], settle_ns: u64) {
    let pair = pair(VideoKind::Std, &["-vga", "std"]);
    compare_on(pair.map(|pair| pair.settled(settle_ns)), field, known);
}

fn compare_on(pair: Option<Pair>, field: &Field, known: &[Known]) {
    let Some(mut pair) = pair else { return };
    let asked = std::env::var("RELIC_DIFFERENTIAL").ok();
    let asked: Option<usize> = asked.map(|text| text.parse().expect("RELIC_DIFFERENTIAL is a count"));
    let accesses = asked.unwrap_or(ACCESSES);
    let (found, shown) = pair.search(field, known, accesses, MOST);
    println!("{}: {accesses} accesses; known differences that showed: {shown:?}", field.name);
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} differs from QEMU's:\n{}", field.name, told.join("\n\n"));
    // Some are rare.
    if asked.is_none_or(|accesses| accesses < 1_000_000) {
        return;
    }
    let silent: Vec<&str> =
        known.iter().map(|known| known.name).filter(|name| !shown.contains_key(name)).collect();
    assert!(
        silent.is_empty(),
        "{}: these differences are on the list and do not show: {silent:?}",
        field.name
    );
}

/// The numbers of an index register's registers.
fn numbers(all: Range<u16>) -> Vec<u8> {
    all.map(|n| n as u8).collect()
}
