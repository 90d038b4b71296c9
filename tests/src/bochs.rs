//! Debian's Bochs as a peer. It has its debugger compiled in, which lets the guest run for a span of its time and stop;
//! meanwhile text memory and the window can be looked at.

use crate::screenshot;
use crate::session::Session;
use crate::text;
use hypervisor::Frame;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Instructions a virtual second.
const SPEED: u64 = 20_000_000;
/// Bytes of an 80x25 screen.
const SCREEN: usize = 4000;
/// Between two looks at a window that may not have come to the X server yet.
const GLANCE: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(120);
/// What the debugger says when it waits for a command.
const PROMPT: &str = "<bochs:";
/// Where on the display the guest's screen begins: in the window's border, below its tool bar.
const SCREEN_AT: (u32, u32) = (4, 36);
/// What `xvfb-run` is told: a screen that every mode fits on, and where it lies as a file.
const DISPLAY: &str = "-screen 0 1680x1300x24 -fbdir";

/// A Bochs that is stopped between two steps.
pub struct Bochs {
    session: Session,
    folder: TempDir,
    output: Receiver<Vec<u8>>,
    /// Everything that came from it since the guest was switched on.
    heard: String,
    ended: bool,
}

impl Bochs {
    /// Starts a guest on our ROMs. `settings` gives the lines of the configuration file for the medium. Without Bochs
    /// the test is skipped.
    pub fn start(medium: &[u8], settings: impl Fn(&str) -> String) -> Option<Bochs> {
        Bochs::with_vga_bios(firmware::STD_VGA_BIOS, medium, settings)
    }

    /// [`Bochs::start`] with another VGA BIOS.
    pub fn with_vga_bios(vga_bios: &[u8], medium: &[u8], settings: impl Fn(&str) -> String) -> Option<Bochs> {
        if !crate::installed(&["bochs", "xvfb-run", "setsid"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| folder.path().join(name);
        for (name, bytes) in [("bios.bin", firmware::BIOS), ("vgabios.bin", vga_bios), ("medium", medium)] {
            std::fs::write(file(name), bytes).expect("a file can be written");
        }
        std::fs::write(file("bochsrc"), configuration(&folder, &settings)).expect("a file can be written");
        let mut session = Session::start("xvfb-run", |command| {
            command.args(["-a", "-s"]).arg(format!("{DISPLAY} {}", folder.path().display()));
            command.args(["bochs", "-q", "-f"]).arg(file("bochsrc"));
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
        });
        let output = listen(&mut session);
        let mut bochs = Bochs { session, folder, output, heard: String::new(), ended: false };
        bochs.until_prompt(0);
        bochs.heard.clear();
        Some(bochs)
    }

    /// Lets the guest run for a span of its time.
    ///
    /// # Panics
    /// If Bochs is busy with it for two minutes.
    pub fn step(&mut self, span: Duration) {
        let ticks = SPEED * span.as_millis() as u64 / 1000;
        self.command(&format!("sb {ticks}"));
        self.command("c");
    }

    fn command(&mut self, command: &str) {
        let prompts = self.heard.matches(PROMPT).count();
        let input = self.session.child().stdin.as_mut().expect("its input is piped");
        self.ended |= writeln!(input, "{command}").is_err();
        self.until_prompt(prompts);
    }

    /// Listens until one more than so many prompts came.
    fn until_prompt(&mut self, prompts: usize) {
        let end = Instant::now() + LIMIT;
        while !self.ended && self.heard.matches(PROMPT).count() <= prompts {
            match self.output.recv_timeout(GLANCE) {
                Ok(bytes) => self.heard.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => self.ended = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            assert!(Instant::now() < end, "Bochs did not stop: {}", self.heard);
        }
    }

    /// Lets the guest run, a second of its time after the other, until `done` or for `seconds`. Says whether it came to
    /// `done`.
    pub fn until(&mut self, seconds: u32, mut done: impl FnMut(&mut Bochs) -> bool) -> bool {
        for _ in 0..seconds {
            self.step(Duration::from_secs(1));
            if done(self) {
                return true;
            }
        }
        false
    }

    /// The lines of port E9h, and the debugger's.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.heard.lines().map(str::trim_end)
    }

    /// Whether port E9h got a line that begins with `start`.
    pub fn said(&self, start: &str) -> bool {
        self.lines().any(|line| line.starts_with(start))
    }

    /// The rows of the text screen.
    pub fn rows(&mut self) -> Vec<String> {
        let file = self.folder.path().join("screen");
        self.command(&format!("writemem \"{}\" 0xb8000 {SCREEN}", file.display()));
        text::rows_of_memory(&std::fs::read(file).unwrap_or_default())
    }

    /// The guest's screen as the window shows it, `size` dots of it. It may be a little late: the X server
    /// draws when it comes to it.
    pub fn picture(&self, size: (u32, u32)) -> Frame {
        let mut last = self.display();
        loop {
            std::thread::sleep(GLANCE);
            let now = self.display();
            if now == last {
                return screenshot::cut(&screenshot::from_xwd(&now), SCREEN_AT, size);
            }
            last = now;
        }
    }

    /// The whole display, as Xvfb keeps it in a file.
    fn display(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("Xvfb_screen0")).expect("Xvfb keeps its screen in a file")
    }
}

fn listen(session: &mut Session) -> Receiver<Vec<u8>> {
    let mut output = session.child().stdout.take().expect("its output is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(len @ 1..) = output.read(&mut bytes) {
            if sender.send(bytes[..len].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn configuration(folder: &TempDir, settings: &impl Fn(&str) -> String) -> String {
    let at = folder.path().display();
    format!(
        "display_library: x\nmegs: 32\nromimage: file={at}/bios.bin\nvgaromimage: file={at}/vgabios.bin\n\
         port_e9_hack: enabled=1\nclock: sync=none, time0=1000000000\ncpu: count=1, ips={SPEED}\n\
         panic: action=fatal\nlog: {at}/log\n{}\n",
        settings(&format!("{at}/medium"))
    )
}
