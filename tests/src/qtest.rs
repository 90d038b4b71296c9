//! A chip of QEMU's on its test socket: ports and memory are accessed without a CPU.

use crate::differential::is_read;
use crate::session::Session;
use backplane::bench::Action;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = "qemu-system-i386";

fn connect(path: &Path) -> BufReader<UnixStream> {
    let end = Instant::now() + Duration::from_secs(20);
    let stream = loop {
        match UnixStream::connect(path) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < end, "QEMU's test socket: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    BufReader::new(stream)
}

/// The number in an answer.
fn hexadecimal(answer: &str) -> u32 {
    u64::from_str_radix(answer.trim_start_matches("0x"), 16).expect("a number") as u32
}

/// A QEMU whose CPU stands still.
pub struct Qtest {
    _session: Session,
    _folder: TempDir,
    socket: BufReader<UnixStream>,
    control: BufReader<UnixStream>,
}

impl Qtest {
    /// Starts a PC with one more device, as `-device` names it, and no display adapter beside it. Without QEMU the test
    /// is skipped.
    pub fn with_device(device: &str) -> Option<Qtest> {
        Qtest::start(&["-vga", "none", "-device", device])
    }

    /// Starts a PC with 16 MiB and further arguments. Without QEMU the test is skipped.
    pub fn start(arguments: &[&str]) -> Option<Qtest> {
        if !crate::installed(&[PROGRAM, "setsid"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, control) = (folder.path().join("qtest"), folder.path().join("control"));
        let session = Session::start(PROGRAM, |command| {
            command.args(["-display", "none", "-net", "none", "-m", "16", "-accel", "tcg", "-S"]);
            command.args(arguments);
            command.args(["-qtest-log", "none"]);
            command.arg("-qtest").arg(format!("unix:{},server=on,wait=off", path.display()));
            command.arg("-qmp").arg(format!("unix:{},server=on,wait=off", control.display()));
        });
        let (socket, control) = (connect(&path), connect(&control));
        let mut qtest = Qtest { _session: session, _folder: folder, socket, control };
        qtest.control(r#""execute":"qmp_capabilities""#, "\"return\"");
        Some(qtest)
    }

    /// Gives QEMU a command, and waits until it says something.
    fn control(&mut self, command: &str, until: &str) {
        writeln!(self.control.get_mut(), "{{{command}}}").expect("QEMU listens");
        let mut line = String::new();
        while !line.contains(until) {
            line.clear();
            let said = self.control.read_line(&mut line).expect("QEMU answers");
            assert!(said != 0, "QEMU has ended");
        }
    }

    /// Presses the reset button.
    pub fn reset(&mut self) {
        self.control(r#""execute":"system_reset""#, "\"RESET\"");
    }

    /// Does actions, many at a time, and gives what the reads among them give. No time passes; where the script lets some,
    /// the drives finish what they are at.
    pub fn act(&mut self, script: &[Action]) -> Vec<u32> {
        let mut read = Vec::new();
        for part in script.split_inclusive(|action| matches!(action, Action::Step(_))) {
            self.act_at_once(part, &mut read);
            if let Some(Action::Step(_)) = part.last() {
                self.drain();
            }
        }
        read
    }

    fn act_at_once(&mut self, script: &[Action], read: &mut Vec<u32>) {
        // QEMU stops listening while its answers wait: neither side's buffer may fill.
        for part in script.chunks(500) {
            let mut commands = Vec::new();
            let mut awaited = Vec::new();
            for action in part {
                commands_of(action, &mut commands);
                awaited.resize(commands.len(), false);
                if let Some(last) = awaited.last_mut().filter(|_| is_read(action)) {
                    *last = true;
                }
            }
            let answers = self.say(&commands).into_iter().zip(awaited);
            read.extend(answers.filter(|(_, awaited)| *awaited).map(|(answer, _)| hexadecimal(&answer)));
        }
    }

    /// Waits until nothing is under way between the drives and their images: a transaction drains them, even one of
    /// nothing.
    fn drain(&mut self) {
        let transaction = r#""execute":"transaction","arguments":{"actions":[]},"id":"drained""#;
        self.control(transaction, "\"drained\"");
    }

    /// Sends commands together, and gives what each answers after its OK.
    ///
    /// # Panics
    /// When QEMU refuses one.
    fn say(&mut self, commands: &[String]) -> Vec<String> {
        let text: String = commands.iter().flat_map(|command| [command.as_str(), "\n"]).collect();
        self.socket.get_mut().write_all(text.as_bytes()).expect("QEMU listens");
        let mut answer = |command: &String| {
            let mut line = String::new();
            self.socket.read_line(&mut line).expect("QEMU answers");
            let rest = line.trim_end().strip_prefix("OK");
            rest.unwrap_or_else(|| panic!("{command}: {line}")).trim().to_owned()
        };
        commands.iter().map(&mut answer).collect()
    }

    fn number(&mut self, command: String) -> u32 {
        hexadecimal(&self.say(&[command])[0])
    }

    /// Reads a byte port.
    pub fn inb(&mut self, port: u16) -> u8 {
        self.number(format!("inb {port:#x}")) as u8
    }

    /// Writes byte ports, one after another.
    pub fn out_all(&mut self, writes: &[(u16, u8)]) {
        let commands: Vec<String> =
            writes.iter().map(|(port, value)| format!("outb {port:#x} {value:#x}")).collect();
        self.say(&commands);
    }

    /// Writes a double word of a function's configuration space, by mechanism 1.
    pub fn configure(&mut self, device: u32, register: u32, value: u32) {
        let address = 1 << 31 | device << 11 | register;
        self.say(&[format!("outl 0xcf8 {address:#x}"), format!("outl 0xcfc {value:#x}")]);
    }

    /// Reads bytes of memory, one access for each.
    pub fn peek(&mut self, address: u32) -> u8 {
        self.number(format!("readb {address:#x}")) as u8
    }

    /// Writes bytes of memory, one access for each.
    pub fn poke_all(&mut self, writes: &[(u32, u8)]) {
        let commands: Vec<String> =
            writes.iter().map(|(at, value)| format!("writeb {at:#x} {value:#x}")).collect();
        self.say(&commands);
    }

    /// Reads a block of memory.
    pub fn block(&mut self, address: u32, len: usize) -> Vec<u8> {
        let answers = self.say(&[format!("read {address:#x} {len:#x}")]);
        let digits = answers[0].trim_start_matches("0x").as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap_or(""), 16);
        digits.chunks(2).map(|pair| byte(pair).expect("two digits")).collect()
    }

    /// Writes a block of memory.
    pub fn set_block(&mut self, address: u32, bytes: &[u8]) {
        let mut command = format!("write {address:#x} {:#x} 0x", bytes.len());
        for byte in bytes {
            let _ = write!(command, "{byte:02x}");
        }
        self.say(&[command]);
    }
}

/// An action in the socket's words; one that only moves time, nothing.
fn commands_of(action: &Action, commands: &mut Vec<String>) {
    let mut select = |function: u8, register: u8| {
        let address = 1 << 31 | u32::from(function) << 8 | u32::from(register & !3);
        commands.push(format!("outl 0xcf8 {address:#x}"));
        0xCFC + u16::from(register & 3)
    };
    let action = match *action {
        Action::ReadConfig { function, register, width } => {
            Action::In { port: select(function, register), width }
        }
        Action::WriteConfig { function, register, width, value } => {
            Action::Out { port: select(function, register), width, value }
        }
        Action::Step(_) => return,
        other => other,
    };
    commands.push(action.to_string());
}
