//! Debian's i386 Linux: where its kernels are, an initramfs around its busybox, and its serial console on relic and on QEMU.

use crate::pc::Pc;
use hypervisor::{Bytes, Input, Kernel, MachineConfig, Media, Model, Stop, Until};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// Where the packages are unpacked unless `RELIC_LINUX` says otherwise, from the workspace's folder.
const STANDARD: &str = "target/linux";
const INSTALLER: &str = "usr/lib/debian-installer/images/12/i386/text/debian-installer/i386";

/// What the initramfs's shell says when it is there.
pub const READY: &str = "THE SHELL IS UP";

const INIT: &str = "\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
dmesg -n 1
echo THE SHELL IS UP
exec setsid cttyhack sh
";

/// Which of Debian's kernels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `linux-image-686`: two-level page tables.
    I686,
    /// `linux-image-686-pae`: three-level page tables.
    Pae,
}

fn folder() -> PathBuf {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    std::env::var_os("RELIC_LINUX").map_or_else(|| workspace.join(STANDARD), PathBuf::from)
}

fn found(path: Option<PathBuf>, what: &str) -> Option<PathBuf> {
    let path = path.filter(|path| path.is_file());
    if path.is_none() {
        crate::skip(&format!("RELIC_LINUX ({}) has no {what}", folder().display()));
    }
    path
}

/// The kernel's file; without it the test is skipped.
pub fn kernel(flavour: Flavour) -> Option<PathBuf> {
    let end = if flavour == Flavour::Pae { "-686-pae" } else { "-686" };
    let entries = std::fs::read_dir(folder().join("boot")).into_iter().flatten().flatten();
    let is_it =
        |path: &PathBuf| path.to_string_lossy().ends_with(end) && path.to_string_lossy().contains("vmlinuz");
    found(entries.map(|entry| entry.path()).find(is_it), &format!("boot/vmlinuz-*{end}"))
}

/// The installer's kernel and initramfs; without them the test is skipped.
pub fn installer() -> Option<(PathBuf, PathBuf)> {
    let file = |name: &str| found(Some(folder().join(INSTALLER).join(name)), name);
    Some((file("linux")?, file("initrd.gz")?))
}

/// Loadable modules of [`Flavour::I686`]: a path in the initramfs, and the bytes.
pub type Modules = Vec<(String, Vec<u8>)>;

/// All modules that are unpacked, which `.ci/run` picks; without them the test is skipped.
pub fn modules() -> Option<Modules> {
    let release =
        kernel(Flavour::I686)?.to_string_lossy().split_once("vmlinuz-").map(|(_, r)| r.to_owned())?;
    let inside = format!("lib/modules/{release}");
    let (mut folders, mut modules) = (vec![folder().join(&inside)], Modules::new());
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "ko") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let bytes = std::fs::read(&path).expect("a module is readable");
                modules.push((format!("{inside}/{name}"), bytes));
            }
        }
    }
    if modules.is_empty() {
        crate::skip(&format!("RELIC_LINUX ({}) has no {inside}", folder().display()));
        return None;
    }
    modules.sort();
    Some(modules)
}

/// An initramfs of busybox, a shell on the console, and modules; without busybox the test is skipped.
pub fn initramfs(modules: Modules) -> Option<Vec<u8>> {
    const FOLDER: u32 = 0o040_755;
    let busybox = found(Some(folder().join("bin/busybox")), "bin/busybox")?;
    let busybox = std::fs::read(busybox).expect("busybox is readable");
    let mut files: Vec<(String, u32, Vec<u8>)> = vec![
        ("bin".into(), FOLDER, Vec::new()),
        ("dev".into(), FOLDER, Vec::new()),
        ("bin/busybox".into(), 0o100_755, busybox),
        ("bin/sh".into(), 0o120_777, b"busybox".to_vec()),
        ("init".into(), 0o100_755, INIT.into()),
    ];
    if let Some((first, _)) = modules.first() {
        let parents = Path::new(first).ancestors().skip(1).filter_map(Path::to_str).filter(|p| !p.is_empty());
        let mut parents: Vec<_> = parents.map(|parent| (parent.to_owned(), FOLDER, Vec::new())).collect();
        parents.reverse();
        files.append(&mut parents);
    }
    files.extend(modules.into_iter().map(|(path, bytes)| (path, 0o100_644, bytes)));
    let inputs = files
        .into_iter()
        .map(|(name, mode, bytes)| (cpio::newc::Builder::new(&name).mode(mode), std::io::Cursor::new(bytes)));
    Some(cpio::write_cpio(inputs, Vec::new()).expect("an archive in memory"))
}

/// A machine with a kernel.
pub fn machine(cpu: Model, ram: u64, image: &Path, initrd: Vec<u8>, append: &str) -> (MachineConfig, Media) {
    let kernel = Kernel {
        name: "vmlinuz".into(),
        image: std::fs::read(image).expect("the kernel is readable"),
        initrd: Some(initrd),
        command_line: append.into(),
    };
    let config =
        MachineConfig { cpu, ram: Bytes(ram << 20), kernel: Some(kernel), ..MachineConfig::default() };
    (config, Media::default())
}

/// A serial console that is read and typed to.
pub trait Console {
    /// What came since the last call; `None` when no more will come.
    fn more(&mut self) -> Option<Vec<u8>>;
    /// Types.
    fn send(&mut self, text: &str);

    /// Reads on until `wanted` has come: everything that came.
    ///
    /// # Panics
    /// With what came, when no more will come.
    fn until(&mut self, wanted: &str) -> String {
        let mut heard = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&heard).replace('\r', "");
            if text.contains(wanted) {
                return text;
            }
            match self.more() {
                Some(more) => heard.extend(more),
                None => panic!("never heard {wanted:?}:\n{text}"),
            }
        }
    }

    /// Runs a command of the shell: what it prints.
    fn command(&mut self, line: &str) -> String {
        // The mark is cut in two so that the echo of the line is not taken for it.
        self.send(&format!("{line}; echo EN''D\r"));
        let text = self.until("\nEND\n");
        let answer = text.split_once("EN''D\n").map_or("", |(_, answer)| answer);
        answer.rsplit_once("END\n").map_or("", |(answer, _)| answer).to_owned()
    }

    /// The kernel's messages of level warning and above, without times and numbers. A message of hexadecimal numbers alone is
    /// none: vesafb lists so the ports of a VBE BIOS's protected-mode interface, which QEMU's BIOS has not, and gives them no level.
    fn complaints(&mut self) -> BTreeSet<String> {
        let text = self.command("dmesg -r | grep '^<[0-4]>'");
        let without_time = |line: &str| line.split_once("] ").map(|(_, message)| message.to_owned());
        let without_numbers = |message: String| message.chars().filter(|c| !c.is_ascii_digit()).collect();
        let says = |message: &String| !message.chars().all(|c| c.is_ascii_hexdigit() || c == ' ');
        text.lines().filter_map(without_time).filter(says).map(without_numbers).collect()
    }
}

/// No message of level warning and above came on relic that did not come on QEMU. A slow host can make QEMU's kernel say more;
/// relic's says the same on every host.
///
/// # Panics
/// With those that did.
#[track_caller]
pub fn expect_no_new_complaint(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) {
    let new: Vec<&String> = ours.difference(theirs).collect();
    assert!(theirs.len() > 2, "QEMU's kernel says nothing: {theirs:?}");
    assert!(new.is_empty(), "only on relic: {new:#?}\non QEMU: {theirs:#?}");
}

/// The console on relic.
pub struct OnRelic {
    /// The machine.
    pub pc: Pc,
    deadline: u64,
}

impl OnRelic {
    /// Switches a machine on, for at most so many seconds of its time.
    ///
    /// # Panics
    /// If the machine cannot be built.
    pub fn start(machine: (MachineConfig, Media), seconds: u64) -> OnRelic {
        OnRelic { pc: Pc::start(machine), deadline: seconds * 1_000_000_000 }
    }
}

impl Console for OnRelic {
    fn more(&mut self) -> Option<Vec<u8>> {
        let machine = &mut self.pc.machine;
        let now = machine.now();
        let stop = machine.run(Until::time(now + 10_000_000));
        let text = machine.take_serial_text(0);
        (stop == Stop::Deadline && now.ns() < self.deadline).then_some(text)
    }

    fn send(&mut self, text: &str) {
        self.pc.machine.inject(Input::Serial(text.as_bytes().to_vec()));
    }
}

/// The console on QEMU's TCG, on a machine that has what relic's has: no APIC, no HPET, no ACPI.
pub struct OnQemu {
    child: Child,
    heard: Receiver<Vec<u8>>,
    deadline: Instant,
}

impl OnQemu {
    /// Starts QEMU, for at most so many seconds of the host's time; `more` are arguments that give it media.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(image: &Path, initrd: &Path, append: &str, seconds: u64, more: &[String]) -> OnQemu {
        let mut child = Command::new("qemu-system-i386")
            .args("-M pc,acpi=off,hpet=off -accel tcg -cpu pentium3,-apic -m 128 -net none".split(' '))
            .args("-display none -serial stdio -monitor none".split(' '))
            .arg("-kernel")
            .arg(image)
            .arg("-initrd")
            .arg(initrd)
            .args(["-append", append])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("QEMU starts");
        let mut out = child.stdout.take().expect("stdout is piped");
        let (sender, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buf = [0; 4096];
            while let Ok(n @ 1..) = out.read(&mut buf) {
                if sender.send(buf[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        OnQemu { child, heard, deadline: Instant::now() + Duration::from_secs(seconds) }
    }
}

impl Console for OnQemu {
    fn more(&mut self) -> Option<Vec<u8>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.heard.recv_timeout(left).ok()
    }

    fn send(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("stdin is piped");
        input.write_all(text.as_bytes()).expect("QEMU listens");
    }
}

impl Drop for OnQemu {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
