//! Debian's Bochs as a peer. It has its debugger compiled in: that stops the guest every second of its time and writes
//! text memory to a file.

use crate::session::Session;
use crate::text;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Instructions a virtual second.
const SPEED: u64 = 20_000_000;
/// Bytes of an 80x25 screen.
const SCREEN: usize = 4000;
const GLANCE: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(120);

/// What a run gave.
pub struct Outcome {
    /// The rows of the text screen when the debugger last wrote them.
    pub rows: Vec<String>,
    /// The lines of port E9h.
    pub debug: Vec<String>,
}

impl Outcome {
    /// Whether port E9h got a line that begins with `start`.
    pub fn said(&self, start: &str) -> bool {
        self.debug.iter().any(|line| line.starts_with(start))
    }
}

/// Runs a guest on our ROMs until `done`, or for `seconds` of the guest's time. `settings` gives the lines of the
/// configuration file for the medium. Without Bochs the test is skipped.
///
/// # Panics
/// If Bochs goes on for two minutes.
pub fn run(
    medium: &[u8],
    settings: impl Fn(&str) -> String,
    seconds: u32,
    done: impl Fn(&Outcome) -> bool,
) -> Option<Outcome> {
    if !crate::installed(&["bochs", "xvfb-run", "setsid"]) {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(name);
    for (name, bytes) in
        [("bios.bin", firmware::BIOS), ("vgabios.bin", firmware::VGA_BIOS), ("medium", medium)]
    {
        std::fs::write(file(name), bytes).expect("a file can be written");
    }
    std::fs::write(file("bochsrc"), configuration(&folder, &settings)).expect("a file can be written");
    std::fs::write(file("commands"), commands(&folder, seconds)).expect("a file can be written");
    let mut session = Session::start("xvfb-run", |command| {
        command.args(["-a", "bochs", "-q", "-rc"]).arg(file("commands")).arg("-f").arg(file("bochsrc"));
        command.stdout(Stdio::piped());
    });
    Some(watch(&mut session, &folder, done))
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

/// The debugger's commands: every second of the guest's time the screen into a file, at last the end.
fn commands(folder: &TempDir, seconds: u32) -> String {
    let look =
        |second| format!("sb {SPEED}\nc\nwritemem \"{}\" 0xb8000 4000\n", screen(folder, second).display());
    (0..seconds).map(look).chain(["quit\n".to_owned()]).collect()
}

fn screen(folder: &TempDir, second: u32) -> PathBuf {
    folder.path().join(format!("screen-{second}"))
}

fn watch(session: &mut Session, folder: &TempDir, done: impl Fn(&Outcome) -> bool) -> Outcome {
    let output = BufReader::new(session.child().stdout.take().expect("its output is piped"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let end = Instant::now() + LIMIT;
    let mut outcome = Outcome { rows: Vec::new(), debug: Vec::new() };
    let mut second = 0;
    loop {
        let over = match receiver.recv_timeout(GLANCE) {
            Ok(line) => {
                outcome.debug.push(line.trim_end().to_owned());
                false
            }
            Err(error) => error == mpsc::RecvTimeoutError::Disconnected,
        };
        while let Some(bytes) = whole_screen(&screen(folder, second)) {
            outcome.rows = text::rows_of_memory(&bytes);
            second += 1;
        }
        if over || done(&outcome) {
            return outcome;
        }
        assert!(Instant::now() < end, "Bochs did not end: {:#?} {:#?}", outcome.rows, outcome.debug);
    }
}

fn whole_screen(file: &Path) -> Option<Vec<u8>> {
    std::fs::read(file).ok().filter(|bytes| bytes.len() == SCREEN)
}
