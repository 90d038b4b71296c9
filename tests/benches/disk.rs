//! The bench disk on relic, QEMU TCG and Bochs, in one interleaved run: `cargo bench -p relic-tests --bench disk`.
//!
//! The disk (`RELIC_BENCH`, else `../shared/bench`) runs some forty kernels and marks each on port E9h: byte 10h and a
//! letter at its start, 11h and the letter at its end, then a checksum and a newline; 12h when all are done. What counts
//! is CPU time. Prints each kernel's cost as medians of the rounds, how many times faster relic is than each peer, and
//! the goals. A number after `--` sets the rounds.

use flate2::read::GzDecoder;
use hypervisor::{Bytes, Disk, Machine, MachineConfig, Media, Model, Stop, Until};
use relic_tests::cost::{cpu_seconds, geometric_mean, median};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const IMAGE: &str = "bench_s.img.gz";
/// The scheduler counts running time at its ticks: a cost below this is not told from it.
const TICK: f64 = 0.004;
const LIMIT: Duration = Duration::from_secs(300);

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

/// CPU seconds and checksum of each kernel.
type Costs = BTreeMap<char, (f64, String)>;

/// Ours: runs the disk and prints port E9h.
fn child(image: Vec<u8>) {
    let config = MachineConfig { cpu: Model::PentiumMmx, ram: Bytes(64 << 20), ..MachineConfig::default() };
    let media = Media { floppies: [Some(Disk::from_bytes(image)), None], ..Media::default() };
    let mut machine = Machine::new(&config, media).expect("the machine can be built");
    loop {
        let stop = machine.run(Until::time(machine.now() + 200_000));
        let heard = machine.take_debug_text();
        if !heard.is_empty() {
            let mut output = std::io::stdout().lock();
            output.write_all(&heard).and_then(|()| output.flush()).expect("stdout is open");
        }
        if stop != Stop::Deadline {
            return;
        }
    }
}

/// Runs a process whose standard output is port E9h, until the disk says that all is done.
fn measure(command: &mut Command) -> Costs {
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the process starts");
    let id = process.id();
    let mut output = process.stdout.take().expect("its output is piped");
    let (mut costs, mut marks) = (Costs::new(), Marks::default());
    let (end, mut bytes) = (Instant::now() + LIMIT, [0; 4096]);
    while !marks.done && Instant::now() < end {
        let count = output.read(&mut bytes).expect("its output is readable");
        if count == 0 {
            break;
        }
        let now = cpu_seconds(id);
        bytes[..count].iter().for_each(|&byte| marks.take(byte, now, &mut costs));
    }
    // It may have ended by itself.
    let _ = process.kill();
    process.wait().expect("it ends");
    costs
}

/// The marks of port E9h as they come.
#[derive(Default)]
struct Marks {
    last: u8,
    started: f64,
    /// The kernel whose checksum comes now.
    checked: Option<char>,
    done: bool,
}

impl Marks {
    const START: u8 = 0x10;
    const END: u8 = 0x11;
    const DONE: u8 = 0x12;

    fn take(&mut self, byte: u8, now: f64, costs: &mut Costs) {
        let letter = char::from(byte);
        match (std::mem::replace(&mut self.last, byte), self.checked) {
            (Self::START, _) => self.started = now,
            (Self::END, _) => {
                costs.insert(letter, (now - self.started, String::new()));
                self.checked = Some(letter);
            }
            (_, Some(_)) if byte == b'\n' => self.checked = None,
            (_, Some(kernel)) => costs.entry(kernel).or_default().1.push(letter),
            (_, None) => self.done |= byte == Self::DONE,
        }
    }
}

fn relic(image: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("--guest").arg(image);
    command
}

fn qemu(image: &Path) -> Command {
    let mut command = Command::new("qemu-system-i386");
    command.args(["-M", "pc", "-accel", "tcg,thread=single", "-cpu", "qemu32", "-m", "64", "-boot", "a"]);
    command.args(["-vga", "std", "-display", "none", "-net", "none", "-monitor", "none"]);
    command.args(["-serial", "none", "-parallel", "none", "-debugcon", "stdio"]);
    command.arg("-drive").arg(format!("if=floppy,format=raw,readonly=on,file={}", image.display()));
    command
}

fn bochs(image: &Path) -> Command {
    let folder = image.parent().expect("the image lies in a folder");
    let (settings, debugger) = (folder.join("bochsrc"), folder.join("commands"));
    let lines = format!(
        "display_library: rfb, options=\"timeout=0\"\nromimage: file=/usr/share/bochs/BIOS-bochs-latest\n\
         vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n\
         cpu: model=pentium_mmx, count=1, ips=100000000, reset_on_triple_fault=0\nmegs: 64\n\
         floppya: 1_44=\"{}\", status=inserted, write_protected=1\nboot: floppy\nport_e9_hack: enabled=1\n\
         clock: sync=none\nlog: {}\npanic: action=report\nerror: action=ignore\ninfo: action=ignore\n\
         debug: action=ignore\nvga: extension=vbe, update_freq=5\nsound: driver=dummy\nspeaker: enabled=0\n\
         mouse: enabled=0\n",
        image.display(),
        folder.join("log").display()
    );
    std::fs::write(&settings, lines).expect("a file can be written");
    std::fs::write(&debugger, "c\n").expect("a file can be written");
    let mut command = Command::new("bochs");
    command.arg("-q").arg("-f").arg(settings).arg("-rc").arg(debugger);
    command
}

/// Someone who runs the disk, and what it cost in each round.
struct Runner {
    name: &'static str,
    start: fn(&Path) -> Command,
    rounds: Vec<Costs>,
}

impl Runner {
    fn cost(&self, kernel: char) -> Option<f64> {
        let costs: Vec<f64> = self.rounds.iter().filter_map(|r| r.get(&kernel).map(|k| k.0)).collect();
        (!costs.is_empty()).then(|| median(costs).max(TICK))
    }

    fn checksum(&self, kernel: char) -> Option<&str> {
        self.rounds.iter().find_map(|round| round.get(&kernel)).map(|k| k.1.as_str())
    }
}

/// How many times faster relic is than a peer; none where one of them did not run the kernel.
fn ratio(runners: &[Runner], peer: &str, kernel: char) -> Option<f64> {
    let peer = runners.iter().find(|r| r.name == peer)?;
    Some(peer.cost(kernel)? / runners.first()?.cost(kernel)?)
}

fn ratios<'a>(runners: &'a [Runner], peer: &'a str) -> impl Iterator<Item = (char, f64)> + 'a {
    KERNELS.iter().filter_map(move |&(kernel, _)| Some((kernel, ratio(runners, peer, kernel)?)))
}

fn print_table(runners: &[Runner]) {
    let shown = |value: Option<f64>, digits| {
        value.map_or_else(|| format!("{:>11}", "-"), |v| format!("{v:11.digits$}"))
    };
    let head: String = runners.iter().map(|r| format!("{:>9} s", r.name)).collect();
    println!("  {:26}{head}   QEMU/relic  Bochs/relic  checksum", "kernel");
    for (kernel, what) in KERNELS {
        let costs: String = runners.iter().map(|r| shown(r.cost(kernel), 4)).collect();
        let [qemu, bochs] = ["QEMU", "Bochs"].map(|peer| shown(ratio(runners, peer, kernel), 2));
        let sums: Vec<&str> = runners.iter().filter_map(|r| r.checksum(kernel)).collect();
        let agree = kernel == TIMED || sums.windows(2).all(|pair| pair[0] == pair[1]);
        let verdict = if agree { "agrees".to_owned() } else { format!("DIFFERS: {sums:?}") };
        println!("{kernel} {what:26}{costs}  {qemu}  {bochs}  {verdict}");
    }
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
    let runner = |name, start| Runner { name, start, rounds: Vec::new() };
    let mut runners = vec![runner("relic", relic as fn(&Path) -> Command)];
    if relic_tests::installed(&["qemu-system-i386"]) {
        runners.push(runner("QEMU", qemu));
    }
    if relic_tests::installed(&["bochs"]) {
        runners.push(runner("Bochs", bochs));
    }
    for _ in 0..rounds {
        for runner in &mut runners {
            runner.rounds.push(measure(&mut (runner.start)(&file)));
        }
    }
    print_table(&runners);
    print_goals(&runners);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--guest") => child(std::fs::read(&arguments[1]).expect("the image is readable")),
        _ => compare(arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS)),
    }
}
