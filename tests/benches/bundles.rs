//! Bundles against other people's programs on the same bytes, in one interleaved run: `cargo bench -p relic-tests --bench bundles`.
//!
//! Prints, as medians of the rounds, MiB a second: a disk without a zero becomes a bundle, by us, by `tar` and `sha1sum`, and by
//! `xva-img` (which makes files of the blocks first); and a bundle becomes a disk, by us and by `tar`, `sha1sum` and `xva-img`. What each
//! writes is brought to the host's disk. `RELIC_BENCH_FOLDER` is where, if not in the host's folder of temporary files.

use harness::cli::{self, Rights};
use harness::console::Console;
use harness::guest::Software;
use relic_tests::cost::median;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const ROUNDS: usize = 5;
const MIB: usize = 512;

/// Bytes that nothing can compress, under a partition table.
fn disk() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut disk: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(MIB << 17)
    .flatten()
    .collect();
    disk[446..512].fill(0);
    (disk[446], disk[450], disk[454], disk[458]) = (0x80, 6, 1, 8);
    disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    disk
}

/// Seconds that a command takes in a folder.
fn seconds(command: &mut Command, folder: &Path) -> f64 {
    let start = Instant::now();
    let status = command.current_dir(folder).stdout(Stdio::null()).status().expect("the process starts");
    assert!(status.success(), "{command:?}");
    start.elapsed().as_secs_f64()
}

fn ours(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--relic").args(arguments);
    command
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-ec", script]);
    command
}

/// One way of doing it.
struct Way {
    name: &'static str,
    command: Box<dyn Fn() -> Command>,
}

fn compare(what: &str, folder: &Path, ways: &[Way]) {
    let mut times = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (way, times) in ways.iter().zip(&mut times) {
            seconds(&mut shell("rm -rf out out.* blocks && sync"), folder);
            times.push(seconds(&mut (way.command)(), folder));
        }
    }
    let rates: Vec<f64> = times.into_iter().map(|times| MIB as f64 / median(times)).collect();
    for (way, rate) in ways.iter().zip(&rates) {
        println!("{what:7} {:22} {rate:6.0} MiB/s, relic is {:.2} times as fast", way.name, rates[0] / rate);
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = &arguments[..]
        && first == "--relic"
    {
        let console = Console::with(Box::new(std::io::sink()), Box::new(std::io::stderr()));
        let arguments = std::iter::once("relic").chain(rest.iter().map(String::as_str));
        return ExitCode::from(cli::main(arguments, &Software, &console, Rights::Keep) as u8);
    }
    if !relic_tests::installed(&["tar", "sha1sum", "sync"]) {
        return ExitCode::SUCCESS;
    }
    let place = std::env::var_os("RELIC_BENCH_FOLDER").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(place).expect("a temporary folder");
    std::fs::write(folder.path().join("disk.img"), disk()).expect("the disk can be written");
    let way = |name, command: fn() -> Command| Way { name, command: Box::new(command) };
    let mut export = vec![
        way("relic, SHA-1", || ours(&["export", "disk.img", "--format", "xva", "-o", "out"])),
        way("relic, XXH64", || {
            ours(&["export", "disk.img", "--format", "xva", "--checksum", "xxhash", "-o", "out"])
        }),
        way("tar, then sha1sum", || shell("tar -cf out disk.img; sha1sum disk.img; sync out")),
    ];
    seconds(&mut ours(&["export", "disk.img", "--format", "xva", "-o", "kept.xva"]), folder.path());
    let mut import = vec![
        way("relic", || ours(&["import", "kept.xva", "-o", "out"])),
        way("tar, then sha1sum", || {
            shell("mkdir out; tar -xf kept.xva -C out; sha1sum kept.xva; sync out/*")
        }),
    ];
    if relic_tests::installed(&["xva-img"]) {
        seconds(&mut shell("tar -xf kept.xva ova.xml"), folder.path());
        export.push(way("xva-img", || {
            shell(
                "mkdir -p blocks/Ref:200; cp ova.xml blocks; xva-img disk-import blocks/Ref:200/ disk.img; \
                 xva-img package out blocks/ova.xml blocks/Ref:200/; sync out",
            )
        }));
        import.push(way("tar, then xva-img", || {
            shell(
                "mkdir blocks; tar -xf kept.xva -C blocks; xva-img disk-export blocks/Ref:200/ out; sync out",
            )
        }));
    }
    compare("export", folder.path(), &export);
    compare("import", folder.path(), &import);
    ExitCode::SUCCESS
}
