//! A terminal that is none: a pseudo terminal with a parser behind it, and a program that runs on it.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a terminal answers to the question for its attributes, the last one that is asked.
const QUESTION: &[u8] = b"\x1b[c";
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    shared: Arc<Mutex<Shared>>,
    stalled: Arc<AtomicBool>,
    termios: String,
}

struct Shared {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

impl Pty {
    /// Runs a program on a terminal of `columns` x `rows` that gives these answers.
    pub(crate) fn run(program: &str, arguments: &[&str], size: (u16, u16), answers: &str) -> Pty {
        let (cols, rows) = size;
        let pty =
            native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let termios = format!("{:?}", pty.master.get_termios());
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("RELIC_ON_A_TERMINAL", "1");
        command.cwd(std::env::temp_dir());
        let child = pty.slave.spawn_command(command).unwrap();
        let writer = Arc::new(Mutex::new(pty.master.take_writer().unwrap()));
        let parser = vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0);
        let shared = Arc::new(Mutex::new(Shared { parser, bytes: Vec::new(), closed: false }));
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (to, back, answers) = (Arc::clone(&shared), Arc::clone(&writer), answers.to_owned());
        let stalled = Arc::new(AtomicBool::new(false));
        let stands = Arc::clone(&stalled);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            let mut answered = false;
            loop {
                while stands.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let length = reader.read(&mut piece).unwrap_or(0);
                let mut shared = to.lock().unwrap();
                if length == 0 {
                    shared.closed = true;
                    return;
                }
                shared.bytes.extend_from_slice(&piece[..length]);
                shared.parser.process(&piece[..length]);
                if !answered && shared.bytes.windows(QUESTION.len()).any(|part| part == QUESTION) {
                    answered = true;
                    back.lock().unwrap().write_all(answers.as_bytes()).unwrap();
                }
            }
        });
        Pty { child, master: pty.master, writer, shared, stalled, termios }
    }

    /// Runs `relic`.
    pub(crate) fn relic(arguments: &[&str], size: (u16, u16), answers: &str) -> Pty {
        Pty::run(env!("CARGO_BIN_EXE_relic"), arguments, size, answers)
    }

    /// Types.
    pub(crate) fn send(&self, bytes: &str) {
        self.writer.lock().unwrap().write_all(bytes.as_bytes()).unwrap();
    }

    /// Looks at the screen.
    pub(crate) fn screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shared.lock().unwrap().parser.screen())
    }

    /// The row of the screen, without the blanks at its end.
    pub(crate) fn row(&self, row: u16) -> String {
        self.screen(|screen| {
            let columns = screen.size().1.get();
            let cell = |column| screen.cell(row, column).filter(|cell| cell.has_contents());
            let text: String = (0..columns).map(|c| cell(c).map_or(" ", |cell| cell.contents())).collect();
            text.trim_end().to_owned()
        })
    }

    /// All that the program has written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.shared.lock().unwrap().bytes.clone()
    }

    /// Waits until `met` holds.
    pub(crate) fn wait(&self, what: &str, mut met: impl FnMut(&Pty) -> bool) {
        let began = Instant::now();
        while !met(self) {
            let contents = self.screen(|screen| screen.contents());
            assert!(began.elapsed() < PATIENCE, "{what} did not come; the terminal shows:\n{contents}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for text anywhere on the screen.
    pub(crate) fn wait_text(&self, wanted: &str) {
        self.wait(wanted, |pty| pty.screen(|screen| screen.contents().contains(wanted)));
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, (cols, rows): (u16, u16)) {
        let mut shared = self.shared.lock().unwrap();
        shared.parser.screen_mut().set_size(rows.try_into().unwrap(), cols.try_into().unwrap());
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// From now on the terminal takes nothing, or again all.
    pub(crate) fn stall(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    /// Waits for the end: the exit code.
    pub(crate) fn exit(&mut self) -> u32 {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(began.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end: the exit code, after all of the output was read.
    pub(crate) fn end(&mut self) -> u32 {
        let code = self.exit();
        // Reading ends when nobody has the other side open.
        self.wait("the end of the output", |pty| {
            let shared = pty.shared.lock().unwrap();
            shared.closed || shared.bytes.ends_with(b"\n") || shared.bytes.ends_with(b"\x1b[?1049l")
        });
        code
    }

    /// The terminal is as it was before the program came.
    pub(crate) fn assert_restored(&self) {
        self.screen(|screen| {
            assert!(!screen.alternate_screen(), "the alternate screen stayed");
            assert!(!screen.hide_cursor(), "the cursor is gone");
            assert!(!screen.bracketed_paste(), "pasting stayed in brackets");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        });
        assert_eq!(format!("{:?}", self.master.get_termios()), self.termios, "not raw any more");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A failed test must not leave its program behind.
        let _ = self.child.kill();
    }
}
