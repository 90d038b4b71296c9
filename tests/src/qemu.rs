//! Debian's QEMU as a peer: a guest is watched and typed to through the monitor.

use crate::keyboard::qemu_name;
use crate::session::Session;
use crate::{screenshot, text};
use hypervisor::Frame;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The CL-GD5446, as `-device` names it.
pub const CIRRUS: &str = "cirrus-vga";

const PROGRAM: &str = "qemu-system-i386";
/// Text memory of an 80x25 screen.
const SCREEN: (u32, usize) = (0xB_8000, 4000);
/// Between two keys; slower than any guest's typematic.
const STROKE: Duration = Duration::from_millis(60);
/// The file that gets what the guest writes to port E9h.
const DEBUG: &str = "debug";
const GLANCE: Duration = Duration::from_millis(100);
/// Between two looks at the debug port's file.
const SHORT_GLANCE: Duration = Duration::from_millis(10);
/// The prompt that the monitor gives when it is done with a command.
const READY: &[u8] = b"(qemu) ";

/// A running QEMU.
pub struct Qemu {
    _session: Session,
    folder: TempDir,
    monitor: UnixStream,
}

/// Our ROMs as arguments, or none for QEMU's own firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// `firmware::BIOS` and the adapter's VGA BIOS.
    Ours,
    /// SeaBIOS, as QEMU brings it.
    Its,
}

impl Qemu {
    /// Starts a machine of 32 MiB; `medium` lies in the file that `drive` names in its arguments.
    /// Without QEMU the test is skipped.
    pub fn start(firmware: Firmware, medium: &[u8], drive: impl Fn(&str) -> Vec<String>) -> Option<Qemu> {
        Qemu::with_adapter("VGA", firmware, medium, drive)
    }

    /// [`Qemu::start`] with another display adapter, as `-device` names it. QEMU's own firmware brings its own adapter.
    pub fn with_adapter(
        adapter: &str,
        firmware: Firmware,
        medium: &[u8],
        drive: impl Fn(&str) -> Vec<String>,
    ) -> Option<Qemu> {
        if !crate::installed(&[PROGRAM, "setsid"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (bios, vga) = (folder.path().join("bios.bin"), folder.path().join("vgabios.bin"));
        let (image, socket) = (folder.path().join("medium"), folder.path().join("monitor"));
        let debug = folder.path().join(DEBUG);
        std::fs::write(&bios, firmware::BIOS).expect("the ROM can be written");
        let vga_bios = if adapter == CIRRUS { firmware::CIRRUS_VGA_BIOS } else { firmware::STD_VGA_BIOS };
        std::fs::write(&vga, vga_bios).expect("the ROM can be written");
        std::fs::write(&image, medium).expect("the medium can be written");
        let session = Session::start(PROGRAM, |command| {
            command.arg("-debugcon").arg(format!("file:{}", debug.display()));
            command.args(["-display", "none", "-net", "none", "-m", "32", "-accel", "tcg"]);
            command.arg("-monitor").arg(format!("unix:{},server,nowait", socket.display()));
            if firmware == Firmware::Ours {
                command.arg("-bios").arg(&bios).args(["-vga", "none", "-device"]);
                command.arg(format!("{adapter},romfile={}", vga.display()));
            }
            command.args(drive(&image.display().to_string()));
        });
        let monitor = connect(&socket);
        let mut qemu = Qemu { _session: session, folder, monitor };
        qemu.until_ready();
        Some(qemu)
    }

    fn until_ready(&mut self) -> Vec<u8> {
        let mut heard = Vec::new();
        let mut byte = [0];
        while !heard.ends_with(READY) {
            self.monitor.read_exact(&mut byte).expect("the monitor answers");
            heard.push(byte[0]);
        }
        heard
    }

    fn monitor(&mut self, command: &str) {
        writeln!(self.monitor, "{command}").expect("the monitor listens");
        self.until_ready();
    }

    /// What the monitor says to a command, without its echo.
    fn answer(&mut self, command: &str) -> String {
        writeln!(self.monitor, "{command}").expect("the monitor listens");
        let heard = String::from_utf8_lossy(&self.until_ready()).into_owned();
        heard.lines().skip(1).collect::<Vec<_>>().join("\n")
    }

    /// Writes a byte to a port, past the guest's CPU.
    pub fn outb(&mut self, port: u16, value: u8) {
        self.monitor(&format!("o/b 0x{port:x} 0x{value:x}"));
    }

    /// Reads a byte from a port, past the guest's CPU.
    ///
    /// # Panics
    /// If the monitor answers in other words than QEMU's 7.2.
    pub fn inb(&mut self, port: u16) -> u8 {
        let answer = self.answer(&format!("i/b 0x{port:x}"));
        let value = answer.trim_end_matches("(qemu) ").trim().rsplit("0x").next().unwrap_or_default();
        u8::from_str_radix(value, 16).unwrap_or_else(|_| panic!("the monitor said {answer:?}"))
    }

    /// Moves the mouse, to the right and down; the wheel away from the user.
    pub fn move_mouse(&mut self, dx: i32, dy: i32, wheel: i32) {
        self.monitor(&format!("mouse_move {dx} {dy} {wheel}"));
    }

    /// Presses the mouse's buttons, bit 0 left, 1 right, 2 middle, and releases the others.
    pub fn press_buttons(&mut self, buttons: u8) {
        self.monitor(&format!("mouse_button {buttons}"));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The rows of the text screen.
    pub fn rows(&mut self) -> Vec<String> {
        let file = self.file("screen");
        let (at, len) = SCREEN;
        self.monitor(&format!("pmemsave {at} {len} \"{}\"", file.display()));
        text::rows_of_memory(&std::fs::read(&file).unwrap_or_default())
    }

    /// The picture, as QEMU would show it in a window.
    pub fn picture(&mut self) -> Frame {
        let file = self.file("picture.png");
        self.monitor(&format!("screendump \"{}\" -f png", file.display()));
        screenshot::from_file(&file)
    }

    /// What the guest wrote to port E9h.
    pub fn debug_text(&self) -> String {
        std::fs::read_to_string(self.file(DEBUG)).unwrap_or_default()
    }

    /// Waits until a line on port E9h is `line`.
    ///
    /// # Panics
    /// With the lines, when `limit` is over.
    pub fn wait_debug(&self, line: &str, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.debug_text().lines().any(|heard| heard.trim_end() == line) {
            assert!(Instant::now() < end, "QEMU never said {line}:\n{}", self.debug_text());
            std::thread::sleep(SHORT_GLANCE);
        }
    }

    /// Types.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.monitor(&format!("sendkey {}", qemu_name(c)));
            std::thread::sleep(STROKE);
        }
    }

    /// Waits until `seen` holds for the screen, and gives the screen.
    ///
    /// # Panics
    /// With the screen, when `limit` is over.
    pub fn wait(&mut self, what: &str, limit: Duration, seen: impl Fn(&[String]) -> bool) -> Vec<String> {
        let end = Instant::now() + limit;
        loop {
            let rows = self.rows();
            if seen(&rows) {
                return rows;
            }
            assert!(Instant::now() < end, "QEMU never showed {what}:\n{}", rows.join("\n"));
            std::thread::sleep(GLANCE);
        }
    }
}

fn connect(socket: &Path) -> UnixStream {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
                return stream;
            }
            Err(error) => assert!(Instant::now() < end, "QEMU's monitor: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
