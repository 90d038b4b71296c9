//! A guest driver's dialogue with its chips, as text: a line for each access, with its virtual time and its answer.
//!
//! `docs/device-traces.md` describes the form. The words are those of scripts ([`super::Script`]); what is printed is read back as the
//! same event.

use super::script::Action;
use super::text::{BAYS, Rest, Script, parse_number, word_for};
use crate::{Bay, Instant};
use std::fmt;
use std::str::FromStr;

/// What the first line of a trace says.
pub const TRACE_HEAD: &str = "# relic device trace 1";
/// The name under which every chip is reset.
pub const EVERY_CHIP: &str = "*";

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// Virtual time since switch-on.
    pub at: Instant,
    /// The chip, by the name of its fuzz target, or [`EVERY_CHIP`].
    pub chip: String,
    /// What happened.
    pub event: Event,
}

/// What happened between a guest and a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An access, or what came from outside, and what the chip answered, if it did.
    Act(Action, Option<u32>),
    /// The chip's time came ([`crate::Device::tick`]).
    Tick,
    /// What the chip will read from memory as a bus master in its next access or tick.
    Finds(u32, Vec<u8>),
    /// What it wrote to memory as a bus master in the last one.
    Stores(u32, Vec<u8>),
    /// The levels of its interrupt lines ([`crate::Device::lines`]) changed to these in the last one.
    Lines(u16),
    /// Another chip moved the A20 gate.
    A20(bool),
    /// A medium was put into a bay, by the name that whoever wrote the trace knows it by.
    Insert(Bay, String),
}

/// A line that is no line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no line of a device trace: {0}")]
pub struct TraceError(String);

impl fmt::Display for TraceLine {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {} {}", self.at.ns(), self.chip, self.event)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut moved = |word, address, bytes: &[u8]| {
            write!(f, "{word} {address:#x} ")?;
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        };
        match self {
            Event::Act(action, None) => write!(f, "{action}"),
            Event::Act(action, Some(answer)) => write!(f, "{action} = {answer:#x}"),
            Event::Tick => write!(f, "tick"),
            Event::Finds(address, bytes) => moved("finds", *address, bytes),
            Event::Stores(address, bytes) => moved("stores", *address, bytes),
            Event::Lines(levels) => write!(f, "lines {levels:#x}"),
            Event::A20(open) => write!(f, "a20 {}", if *open { "open" } else { "shut" }),
            Event::Insert(bay, medium) => write!(f, "insert {} {medium}", word_for(&BAYS, *bay)),
        }
    }
}

impl FromStr for TraceLine {
    type Err = TraceError;

    fn from_str(line: &str) -> Result<TraceLine, TraceError> {
        let mut words = line.trim().splitn(3, ' ');
        let mut word = || words.next().filter(|word| !word.is_empty());
        let (Some(at), Some(chip), Some(event)) = (word(), word(), word()) else {
            return Err(TraceError("it has a time, a chip, and what happened".into()));
        };
        let at = at.parse().map_err(|_| TraceError(format!("`{at}` is no number of nanoseconds")))?;
        let event = event.parse().map_err(TraceError)?;
        Ok(TraceLine { at: Instant(at), chip: chip.to_owned(), event })
    }
}

impl FromStr for Event {
    type Err = String;

    fn from_str(text: &str) -> Result<Event, String> {
        let (word, more) = text.split_once(' ').unwrap_or((text, ""));
        let mut rest = Rest(more.split_ascii_whitespace());
        Ok(match word {
            "tick" => Event::Tick,
            "finds" | "stores" => {
                let address = rest.number("address")?;
                let bytes = bytes(rest.word())?;
                if word == "finds" { Event::Finds(address, bytes) } else { Event::Stores(address, bytes) }
            }
            "lines" => Event::Lines(rest.number("levels")?),
            "a20" => Event::A20(rest.one_of(&[("open", true), ("shut", false)], "A20")?),
            "insert" => {
                let bay = rest.one_of(&BAYS, "bay")?;
                Event::Insert(bay, more.split_once(' ').map_or("", |(_, medium)| medium).to_owned())
            }
            _ => match text.split_once(" = ") {
                None => Event::Act(text.parse()?, None),
                Some((action, answer)) => Event::Act(action.parse()?, Some(parse_number(answer, "answer")?)),
            },
        })
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    };
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| "the bytes are not pairs of hexadecimal digits".into())
}

/// The most actions of a script that is cut from a trace: as many as a program has that a search changes.
const PIECE: usize = 40;

/// Cuts a chip's part of a trace into scripts to begin a search with: its accesses, and time passing as it did. Of what a bus master
/// finds in memory, only one byte again and again can be told.
#[derive(Default)]
pub struct Cutter {
    pieces: Vec<Script>,
    piece: Vec<Action>,
    last: Option<Instant>,
}

impl Cutter {
    /// Adds a line.
    pub fn add(&mut self, line: &TraceLine) {
        let action = match &line.event {
            Event::Act(action, _) => *action,
            Event::Finds(at, bytes) => match *bytes.as_slice() {
                [byte, ref more @ ..] if more.iter().all(|b| *b == byte) => {
                    Action::Store { at: *at, len: bytes.len().min(Action::MOST.into()) as u16, byte }
                }
                _ => return,
            },
            _ => return,
        };
        if let Some(passed) = self.last.map(|last| line.at - last).filter(|passed| *passed > 0) {
            self.push(Action::Step(u32::try_from(passed).unwrap_or(u32::MAX)));
        }
        self.last = Some(line.at);
        self.push(action);
    }

    fn push(&mut self, action: Action) {
        self.piece.push(action);
        if self.piece.len() == PIECE {
            self.pieces.push(Script(std::mem::take(&mut self.piece)));
        }
    }

    /// All pieces.
    pub fn scripts(mut self) -> Vec<Script> {
        if !self.piece.is_empty() {
            self.pieces.push(Script(self.piece));
        }
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 12] = [
        "0 * reset board",
        "1034500 ide inb 0x1f7 = 0x50",
        "1034890 fdc channel 2 to_memory 0x1000 511",
        "1034890 ide finds 0x1000 00ff10",
        "1034890 ide tick",
        "1034890 ide stores 0x2000 0102",
        "1034890 ide lines 0x1",
        "1034900 i8042 a20 shut",
        "1034900 i8042 key 30 down",
        "1034901 pic acknowledge = 0x8",
        "1034902 ide config_readl 1.1 0x20 = 0xffffffff",
        "1034903 ide insert secondary_master {\"path\":\"a b.iso\"}",
    ];

    #[test]
    fn what_is_printed_is_read_back() {
        for line in LINES {
            let read: TraceLine = line.parse().unwrap();
            assert_eq!(read.to_string(), line);
        }
    }

    #[test]
    fn a_bad_line_is_named_with_what_belongs_there() {
        for (line, said) in [
            ("", "it has a time, a chip, and what happened"),
            ("12 ide", "it has a time, a chip, and what happened"),
            ("-1 ide tick", "`-1` is no number of nanoseconds"),
            ("1 ide inb 0x1f7 = x", "answer `x` is no number that fits"),
            ("1 ide finds 0x10 abc", "the bytes are not pairs of hexadecimal digits"),
            ("1 ide finds 0x10 \u{e9}", "the bytes are not pairs of hexadecimal digits"),
            ("1 ide tock", "`tock` is no action"),
        ] {
            let error = line.parse::<TraceLine>().unwrap_err();
            assert_eq!(error.to_string(), format!("no line of a device trace: {said}"));
        }
    }

    #[test]
    fn a_trace_becomes_scripts_in_which_time_passes() {
        let text = ["5 pit outb 0x43 0x34", "5 pit inb 0x40 = 0x1", "9 pit tick", "12 pit inb 0x40 = 0x2"];
        let lines = text.map(|line| line.parse::<TraceLine>().unwrap());
        let cut = |lines: &[TraceLine]| {
            let mut cutter = Cutter::default();
            lines.iter().for_each(|line| cutter.add(line));
            cutter.scripts()
        };
        let [script] = &cut(&lines)[..] else { panic!("one script") };
        let expected = "# relic script 1\noutb 0x43 0x34\ninb 0x40\nclock_step 7\ninb 0x40\n";
        assert_eq!(script.to_string(), expected);
        let many = vec![lines[0].clone(); 2 * PIECE + 1];
        assert_eq!(cut(&many).iter().map(|s| s.0.len()).collect::<Vec<_>>(), [PIECE, PIECE, 1]);
    }
}
