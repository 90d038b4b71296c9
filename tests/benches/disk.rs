//! The bench disk on relic, QEMU TCG and Bochs, in one interleaved run: `cargo bench -p relic-tests --bench disk`.
//!
//! The disk (`RELIC_BENCH`, else `../shared/bench`) runs some forty kernels. Prints each kernel's cost as medians of the
//! rounds, how many times faster relic is than each peer, and the goals. A number after `--` sets the rounds.

use flate2::read::GzDecoder;
use hypervisor::{Bytes, Disk, Machine, MachineConfig, Media, Model, VideoKind};
use relic_tests::cost::geometric_mean;
use relic_tests::kernels::{self, Runner, ratio};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROUNDS: usize = 3;
const IMAGE: &str = "bench_s.img.gz";

/// Every kernel by its letter, in the disk's order.
const KERNELS: [(char, &str); 39] = [
    ('b', "strings, calls, segments"),
    ('q', "INT/IRET, own stack page"),
    ('A', "16-bit ALU mix"),
    ('B', "b, stack beside code"),
    ('P', "IN 61h"),
    ('Q', "PIT latch and read"),
    ('R', "IN 3DAh"),
    ('i', "INT/IRET"),
    ('V', "12h: pixels"),
    ('W', "12h: rep stosb"),
    ('w', "12h: word stores"),
    ('X', "12h: latch copy"),
    ('Y', "12h: lodsb"),
    ('Z', "13h: rep stosd"),
    ('z', "13h: byte stores"),
    ('T', "text: rep stosw"),
    ('C', "sieve"),
    ('D', "CRC-32"),
    ('E', "quicksort"),
    ('F', "memcpy loop"),
    ('G', "bytecode"),
    ('H', "x87 Mandelbrot"),
    ('I', "x87 FSIN and others"),
    ('J', "x87 memory mix"),
    ('K', "patched immediate"),
    ('L', "generate and call"),
    ('M', "rep movsd"),
    ('N', "rep stosd"),
    ('O', "memcpy, 1 MiB apart"),
    ('f', "frame buffer fill"),
    ('g', "frame buffer scroll"),
    ('h', "frame buffer bytes"),
    ('j', "INT/IRET ring 0"),
    ('k', "INT/IRET ring 3 to 0"),
    ('l', "page fault"),
    ('m', "CR3 and 32 pages"),
    ('x', "v, own stack page"),
    ('a', "V86 ALU mix"),
    ('v', "V86 monitor"),
];

/// Where relic is to be faster than QEMU TCG.
const FASTER_THAN_QEMU: &str = "PQRVWXYiqjklmvKLMNTZOHIJ";
/// Port 61h shows the refresh toggle: what a kernel sums there depends on time.
const TIMED: char = 'P';

/// Ours: runs the disk and prints port E9h.
fn child(image: Vec<u8>) {
    let config = MachineConfig { cpu: Model::PentiumMmx, ram: Bytes(64 << 20), ..MachineConfig::default() };
    let media = Media { floppies: [Some(Disk::from_bytes(image)), None], ..Media::default() };
    kernels::run(Machine::new(&config, media).expect("the machine can be built"));
}

fn relic(image: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--guest").arg(image);
    command
}

fn ratios<'a>(runners: &'a [Runner], peer: &'a str) -> impl Iterator<Item = (char, f64)> + 'a {
    KERNELS.iter().filter_map(move |&(kernel, _)| Some((kernel, ratio(runners, peer, kernel)?)))
}

fn print(runners: &[Runner]) {
    kernels::print_table(runners, "s", KERNELS.into_iter(), |_, seconds| seconds, Some(TIMED));
    for peer in ["QEMU", "Bochs"] {
        let mean = geometric_mean(ratios(runners, peer).map(|(_, ratio)| ratio));
        println!("geometric mean against {peer}: {mean:.2} times as fast");
    }
}

fn print_goals(runners: &[Runner]) {
    let goal = |what: &str, missed: Vec<String>| {
        let verdict =
            if missed.is_empty() { "reached".to_owned() } else { format!("MISSED: {}", missed.join(", ")) };
        println!("goal: {what}: {verdict}");
    };
    let shown = |(kernel, ratio): (char, f64)| format!("{kernel} {ratio:.2}");
    let mean = geometric_mean(ratios(runners, "Bochs").map(|(_, ratio)| ratio));
    goal("twice as fast as Bochs", if mean < 2.0 { vec![format!("{mean:.2}")] } else { Vec::new() });
    let slower =
        ratios(runners, "QEMU").filter(|(kernel, ratio)| FASTER_THAN_QEMU.contains(*kernel) && *ratio < 1.0);
    goal("faster than QEMU where legacy code lives", slower.map(shown).collect());
    let far = ratios(runners, "QEMU").filter(|(_, ratio)| *ratio < 1.0 / 20.0);
    goal("never 20 times slower than QEMU", far.map(shown).collect());
}

/// The disk's image; without it there is nothing to run.
fn image() -> Option<Vec<u8>> {
    let standard = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/bench");
    let folder = std::env::var_os("RELIC_BENCH").map_or_else(|| PathBuf::from(standard), PathBuf::from);
    let Ok(packed) = std::fs::read(folder.join(IMAGE)) else {
        relic_tests::skip(&format!("RELIC_BENCH ({}) has no {IMAGE}", folder.display()));
        return None;
    };
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("the image is whole");
    Some(bytes)
}

fn compare(rounds: usize) {
    let Some(image) = image() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bench.img");
    std::fs::write(&file, image).expect("the image can be written");
    let runners = kernels::compare(&file, VideoKind::Std, relic(&file), rounds);
    print(&runners);
    print_goals(&runners);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--guest") => child(std::fs::read(&arguments[1]).expect("the image is readable")),
        _ => compare(arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS)),
    }
}
