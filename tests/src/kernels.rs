//! Bench disks: floppies whose kernels mark themselves on port E9h, run by relic, QEMU TCG and Bochs.
//!
//! A disk writes byte 10h and a letter at the start of each kernel, 11h and the letter at its end, then a checksum and a
//! newline; 12h when all are done. What counts is CPU time.

use crate::cost::{cpu_seconds, median};
use hypervisor::{Machine, Stop, Until, VideoKind};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The scheduler counts running time at its ticks: a cost below this, in seconds, is not told from it.
const TICK: f64 = 0.004;
const LIMIT: Duration = Duration::from_secs(300);

/// CPU seconds and checksum of each kernel.
type Costs = BTreeMap<char, (f64, String)>;

/// Runs a machine and prints port E9h, as the peers do.
///
/// # Panics
/// When standard output is closed.
pub fn run(mut machine: Machine) {
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

const QEMU: &str = "qemu-system-i386";
const BOCHS: &str = "bochs";

/// QEMU TCG with a disk.
fn qemu(image: &Path, video: VideoKind) -> Command {
    let mut command = Command::new(QEMU);
    command.args(["-M", "pc", "-accel", "tcg,thread=single", "-cpu", "qemu32", "-m", "64", "-boot", "a"]);
    command.args(["-vga", if video == VideoKind::Cirrus { "cirrus" } else { "std" }]);
    command.args(["-display", "none", "-net", "none", "-monitor", "none"]);
    command.args(["-serial", "none", "-parallel", "none", "-debugcon", "stdio"]);
    command.arg("-drive").arg(format!("if=floppy,format=raw,readonly=on,file={}", image.display()));
    command
}

/// Bochs with a disk; its files go beside the image.
fn bochs(image: &Path, video: VideoKind) -> Command {
    let folder = image.parent().expect("the image lies in a folder");
    let (settings, debugger) = (folder.join("bochsrc"), folder.join("commands"));
    let (rom, adapter) = match video {
        VideoKind::Cirrus => (
            "/usr/share/vgabios/vgabios.cirrus.bin",
            "vga: extension=cirrus, update_freq=5\npci: enabled=1, chipset=i440fx, slot1=cirrus",
        ),
        _ => ("/usr/share/bochs/VGABIOS-lgpl-latest", "vga: extension=vbe, update_freq=5"),
    };
    let lines = format!(
        "display_library: rfb, options=\"timeout=0\"\nromimage: file=/usr/share/bochs/BIOS-bochs-latest\n\
         vgaromimage: file={rom}\n\
         cpu: model=pentium_mmx, count=1, ips=100000000, reset_on_triple_fault=0\nmegs: 64\n\
         floppya: 1_44=\"{}\", status=inserted, write_protected=1\nboot: floppy\nport_e9_hack: enabled=1\n\
         clock: sync=none\nlog: {}\npanic: action=report\nerror: action=ignore\ninfo: action=ignore\n\
         debug: action=ignore\n{adapter}\nsound: driver=dummy\nspeaker: enabled=0\nmouse: enabled=0\n",
        image.display(),
        folder.join("log").display()
    );
    std::fs::write(&settings, lines).expect("a file can be written");
    std::fs::write(&debugger, "c\n").expect("a file can be written");
    let mut command = Command::new(BOCHS);
    command.arg("-q").arg("-f").arg(settings).arg("-rc").arg(debugger);
    command
}

/// Someone who runs a disk, and what it cost in each round.
pub struct Runner {
    name: &'static str,
    command: Command,
    rounds: Vec<Costs>,
}

/// Runs a disk by `relic` and by the peers that are installed, in turn, so many rounds. Relic is the first.
///
/// # Panics
/// When a process cannot be started, or its files cannot be written.
pub fn compare(image: &Path, video: VideoKind, relic: Command, rounds: usize) -> Vec<Runner> {
    let mut runners = vec![Runner::new("relic", relic)];
    if crate::installed(&[QEMU]) {
        runners.push(Runner::new("QEMU", qemu(image, video)));
    }
    if crate::installed(&[BOCHS]) {
        runners.push(Runner::new("Bochs", bochs(image, video)));
    }
    for _ in 0..rounds {
        for runner in &mut runners {
            runner.rounds.push(measure(&mut runner.command));
        }
    }
    runners
}

impl Runner {
    fn new(name: &'static str, command: Command) -> Self {
        Runner { name, command, rounds: Vec::new() }
    }

    /// The median of a kernel's costs in seconds; none if it never ran.
    fn cost(&self, kernel: char) -> Option<f64> {
        let costs: Vec<f64> = self.rounds.iter().filter_map(|r| r.get(&kernel).map(|k| k.0)).collect();
        (!costs.is_empty()).then(|| median(costs).max(TICK))
    }

    fn checksum(&self, kernel: char) -> Option<&str> {
        self.rounds.iter().find_map(|round| round.get(&kernel)).map(|k| k.1.as_str())
    }
}

/// How many times faster the first runner, relic, is than a peer; none where one of them did not run the kernel.
pub fn ratio(runners: &[Runner], peer: &str, kernel: char) -> Option<f64> {
    let peer = runners.iter().find(|r| r.name == peer)?;
    Some(peer.cost(kernel)? / runners.first()?.cost(kernel)?)
}

/// Prints what the runners make of a column of each kernel, how many times faster relic is than each peer, and whether
/// their checksums agree; `timed` is a kernel whose checksum depends on time.
pub fn print_table(
    runners: &[Runner],
    unit: &str,
    kernels: impl Iterator<Item = (char, &'static str)>,
    column: impl Fn(char, f64) -> f64,
    timed: Option<char>,
) {
    let number = |value: Option<f64>, digits| {
        value.map_or_else(|| format!("{:>11}", "-"), |v| format!("{v:11.digits$}"))
    };
    let head: String = runners.iter().map(|r| format!("{:>11}", format!("{} {unit}", r.name))).collect();
    println!("  {:26}{head}   QEMU/relic  Bochs/relic  checksum", "kernel");
    for (kernel, what) in kernels {
        let columns: String =
            runners.iter().map(|r| number(r.cost(kernel).map(|cost| column(kernel, cost)), 4)).collect();
        let [qemu, bochs] = ["QEMU", "Bochs"].map(|peer| number(ratio(runners, peer, kernel), 2));
        let sums: Vec<&str> = runners.iter().filter_map(|r| r.checksum(kernel)).collect();
        let agree = timed == Some(kernel) || sums.windows(2).all(|pair| pair[0] == pair[1]);
        let verdict = if agree { "agrees".to_owned() } else { format!("DIFFERS: {sums:?}") };
        println!("{kernel} {what:26}{columns}  {qemu}  {bochs}  {verdict}");
    }
}
