//! A guest made of nothing but a prompt, to test the harness itself in no time: its medium says how it behaves.

use backplane::{Bay, Disk, Instant, Note, Notes, Refusal};
use harness::guest::{
    Digests, Frame, Guest, Input, Kept, MachineConfig, Machines, Media, Stop, TextScreen, TextStyle,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A floppy that makes the typewriter behave in one way.
pub(crate) fn floppy(behaviour: &str) -> Vec<u8> {
    let mut bytes = vec![0; 163_840];
    bytes[..behaviour.len()].copy_from_slice(behaviour.as_bytes());
    bytes[510..512].copy_from_slice(&[0x55, 0xAA]);
    bytes
}

/// Switches typewriters on.
pub(crate) struct Typewriters;

static SWITCHED_ON: AtomicU64 = AtomicU64::new(0);

impl Machines for Typewriters {
    fn power_on(&self, _config: &MachineConfig, media: Media) -> Result<Box<dyn Guest>, String> {
        let floppy = media.floppies[0].clone().ok_or("no floppy")?;
        let mut name = [0; 16];
        floppy.read(0, &mut name).map_err(|error| error.to_string())?;
        let behaviour = String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned();
        let seed = SWITCHED_ON.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Typewriter { behaviour, seed, floppy, ..Typewriter::blank() }))
    }
}

#[derive(Clone)]
struct Typewriter {
    behaviour: String,
    seed: u64,
    floppy: Disk,
    now: Instant,
    busy_until: Instant,
    cells: Vec<(u8, u8)>,
    at: usize,
    shift: bool,
    line: String,
    debug: Vec<u8>,
    notes: Notes,
    off: bool,
}

const COLUMNS: usize = 40;
const ROWS: usize = 25;
const BOOT_NS: u64 = 300_000_000;

impl Typewriter {
    fn blank() -> Self {
        Typewriter {
            behaviour: String::new(),
            seed: 0,
            floppy: Disk::from_bytes(vec![]),
            now: Instant::ZERO,
            busy_until: Instant::ZERO,
            cells: vec![(b' ', 7); COLUMNS * ROWS],
            at: 0,
            shift: false,
            line: String::new(),
            debug: Vec::new(),
            notes: Notes::default(),
            off: false,
        }
    }

    fn print(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.at = (self.at / COLUMNS + 1) * COLUMNS % self.cells.len();
            } else {
                self.cells[self.at] = (byte, 7);
                self.at = (self.at + 1) % self.cells.len();
            }
        }
    }

    fn boot(&mut self) {
        self.print("Typewriter\nA:\\>");
        self.debug.extend(b"page: prompt\n");
    }

    fn key(&mut self, name: &str) {
        match name {
            "lshift" => {}
            "enter" => self.command(),
            "space" => self.character(' '),
            "semicolon" if self.shift => self.character(':'),
            letter if self.shift => self.character(letter.to_ascii_uppercase().chars().next().unwrap()),
            letter => self.character(letter.chars().next().unwrap()),
        }
    }

    fn character(&mut self, c: char) {
        self.line.push(c);
        self.print(&c.to_string());
    }

    fn command(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.debug.extend(format!("typed: {line}\n").bytes());
        let reply = match line.as_str() {
            "ver" => "\nversion one\n".to_owned(),
            "write" => {
                self.floppy.write(1000, &[0x77]).unwrap();
                "\nwritten\n".to_owned()
            }
            "off" => {
                self.off = true;
                String::new()
            }
            "bad" => {
                self.notes.add(self.now, "typewriter", Refusal::Command(0x42));
                "\nbad\n".to_owned()
            }
            other => format!("\n{other}?\n"),
        };
        self.print(&reply);
        self.print("A:\\>");
    }
}

impl Guest for Typewriter {
    fn run(&mut self, deadline: Instant) -> Stop {
        if self.behaviour == "slow" {
            std::thread::sleep(Duration::from_millis(5));
        }
        let before = self.now;
        self.now = self.now.max(deadline);
        let boots = before.ns() < BOOT_NS && self.now.ns() >= BOOT_NS;
        match self.behaviour.as_str() {
            "dies" if boots => return Stop::Died("triple fault at 0000:7C00".into()),
            "panics" => panic!("a fault of our own"),
            "silent" => {}
            _ if boots => self.boot(),
            _ => {}
        }
        if self.off { Stop::PowerOff } else { Stop::Deadline }
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn instructions(&self) -> u64 {
        self.now.ns() / 10
    }

    fn inject(&mut self, input: Input) {
        assert!(self.now >= self.busy_until, "a key came too soon");
        match input {
            Input::Key { key, down } => {
                self.busy_until = self.now + 3_000_000;
                if key.name() == "lshift" {
                    self.shift = down;
                } else if down {
                    self.key(key.name());
                }
            }
            Input::Insert { disk, .. } => self.print(&format!("in {}", disk.len())),
            Input::Eject { .. } => self.print("out"),
            Input::Mouse { dx, dy, buttons, .. } => self.print(&format!("mouse {dx} {dy} {buttons}")),
            Input::Serial(_) => {}
            Input::Reset => self.boot(),
            Input::Nmi => self.print("nmi"),
            Input::Power => self.off = true,
        }
    }

    fn ready_for_key(&mut self) -> bool {
        self.now >= self.busy_until && self.now.ns() >= BOOT_NS
    }

    fn frame(&mut self) -> Frame {
        let dot = |cell: &(u8, u8)| [cell.0, cell.0 / 2, cell.1];
        Frame { width: COLUMNS as u32, height: ROWS as u32, rgb: self.cells.iter().flat_map(dot).collect() }
    }

    fn text(&mut self) -> Option<TextScreen> {
        let cells = self.cells.clone();
        Some(TextScreen { columns: COLUMNS as u32, rows: ROWS as u32, cells, cursor: None })
    }

    fn text_style(&mut self) -> Option<TextStyle> {
        let mut colours = [0; 16];
        (colours[7], colours[15]) = (0xAAAAAA, 0xFFFFFF);
        Some(TextStyle {
            colours,
            blinks: true,
            blink_shows: true,
            underlines: false,
            row_height: 16,
            cursor: None,
        })
    }

    fn take_debug_text(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.debug)
    }

    fn post_codes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.list()
    }

    fn digests(&mut self) -> Digests {
        let ram = if self.behaviour == "unsteady" { u128::from(self.seed) } else { 1 };
        let screen = self.cells.iter().fold(0, |sum: u128, cell| sum.wrapping_mul(31) + u128::from(cell.0));
        let mut media = [0; 6];
        media[0] = 1 + self.floppy.written().count() as u128;
        Digests { ram, screen, media }
    }

    fn save(&self) -> Option<Kept> {
        Some(Box::new(self.clone()))
    }

    fn restore(&mut self, kept: &Kept) -> Result<(), String> {
        *self = kept.downcast_ref::<Typewriter>().ok_or("not a typewriter")?.clone();
        Ok(())
    }

    fn medium(&self, bay: Bay) -> Option<&Disk> {
        (bay == Bay::FloppyA).then_some(&self.floppy)
    }
}
