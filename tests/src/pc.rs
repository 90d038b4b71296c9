//! A machine as someone in front of it uses it: look at the screen, wait, type.

use crate::keyboard::key_for;
use crate::text;
use hypervisor::{Digests, Frame, Input, Instant, Key, Machine, MachineConfig, Media, Stop, Until};

/// How often the screen is looked at while waiting: 10 ms of virtual time.
const GLANCE: u64 = 10_000_000;
/// How long a key stays down.
const STROKE: u64 = 20_000_000;
/// How long a guest may take to accept a key.
const PATIENCE: u32 = 1000;

/// A machine and what was heard from it.
pub struct Pc {
    /// The machine itself.
    pub machine: Machine,
    debug: Vec<u8>,
    /// How much of the debug text was waited for.
    heard: usize,
}

impl Pc {
    /// Switches a machine on.
    ///
    /// # Panics
    /// If the configuration cannot be built.
    pub fn start((config, media): (MachineConfig, Media)) -> Pc {
        let machine = Machine::new(&config, media).expect("the machine can be built");
        Pc { machine, debug: Vec::new(), heard: 0 }
    }

    /// Runs for a span of virtual nanoseconds.
    ///
    /// # Panics
    /// If the guest dies or switches off.
    pub fn run(&mut self, ns: u64) {
        let stop = self.machine.run(Until::time(self.machine.now() + ns));
        self.debug.extend(self.machine.take_debug_text());
        assert_eq!(stop, Stop::Deadline, "{}", self.scene());
    }

    /// The rows of the screen; none in a graphics mode.
    pub fn rows(&self) -> Vec<String> {
        self.machine.text().map(|screen| text::rows(&screen)).unwrap_or_default()
    }

    /// Whether a row of the screen contains `wanted`.
    pub fn shows(&self, wanted: &str) -> bool {
        self.rows().iter().any(|row| row.contains(wanted))
    }

    /// Everything written to the debug ports so far.
    pub fn debug_text(&self) -> String {
        String::from_utf8_lossy(&self.debug).into_owned()
    }

    /// Time, debug text and screen: what a failed test shows.
    pub fn scene(&self) -> String {
        let seconds = self.machine.now().ns() as f64 / 1e9;
        let tail: String =
            self.debug_text().lines().rev().take(12).map(|line| format!("  {line}\n")).collect();
        format!("after {seconds:.3} s, debug (newest first):\n{tail}screen:\n{}", self.rows().join("\n"))
    }

    /// Runs until `seen` holds.
    ///
    /// # Panics
    /// With the scene, when `seconds` of virtual time are over.
    pub fn wait(&mut self, what: &str, seconds: u64, mut seen: impl FnMut(&Pc) -> bool) {
        let limit = self.machine.now() + seconds * 1_000_000_000;
        while !seen(self) {
            assert!(self.machine.now() < limit, "never saw {what}; {}", self.scene());
            self.run(GLANCE);
        }
    }

    /// Runs until a row contains `wanted`.
    pub fn wait_text(&mut self, wanted: &str, seconds: u64) {
        self.wait(&format!("{wanted:?}"), seconds, |pc| pc.shows(wanted));
    }

    /// Runs until the lowest row that is not blank is `prompt` alone.
    pub fn wait_prompt(&mut self, prompt: &str, seconds: u64) {
        self.wait(&format!("the prompt {prompt:?}"), seconds, |pc| text::last(&pc.rows()) == prompt);
    }

    /// Runs until a whole line of debug text begins with `start`, and gives that line. Lines before it are passed over;
    /// a line is found once.
    ///
    /// # Panics
    /// With the scene, when `seconds` of virtual time are over or the guest dies.
    pub fn wait_debug(&mut self, start: &str, seconds: u64) -> String {
        let deadline = self.machine.now() + seconds * 1_000_000_000;
        loop {
            while let Some(line) = self.next_line() {
                if line.starts_with(start) {
                    return line;
                }
            }
            let stop = self.machine.run(Until { debug_line: true, ..Until::time(deadline) });
            self.debug.extend(self.machine.take_debug_text());
            assert_eq!(stop, Stop::DebugLine, "never heard {start:?}; {}", self.scene());
        }
    }

    fn next_line(&mut self) -> Option<String> {
        let rest = &self.debug[self.heard..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(&rest[..end]).trim_end().to_owned();
        self.heard += end + 1;
        Some(line)
    }

    /// Types, waiting before each key until the guest has taken the last.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            let (key, shift) = key_for(c);
            if shift {
                self.key(Key::LeftShift, true);
            }
            self.key(key, true);
            self.key(key, false);
            if shift {
                self.key(Key::LeftShift, false);
            }
        }
    }

    fn key(&mut self, key: Key, down: bool) {
        for _ in 0..PATIENCE {
            if self.machine.ready_for_key() {
                break;
            }
            self.run(STROKE);
        }
        assert!(self.machine.ready_for_key(), "{} was not taken; {}", key.name(), self.scene());
        self.machine.inject(Input::Key { key, down });
        self.run(STROKE);
    }

    /// Types a command and waits until the prompt is back.
    pub fn command(&mut self, command: &str, prompt: &str) {
        self.type_text(command);
        self.type_text("\n");
        self.wait_prompt(prompt, 30);
    }

    /// The picture.
    pub fn frame(&self) -> Frame {
        self.machine.frame()
    }

    /// Digests of RAM, screen and media.
    pub fn digests(&self) -> Digests {
        self.machine.digests()
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.machine.now()
    }
}
