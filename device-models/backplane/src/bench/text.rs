//! Scripts as text: one action a line, in the words of QEMU's qtest where it has them.
//!
//! `docs/bench-scripts.md` lists the words. What is printed is read back as the same actions.

use super::script::{Action, Input, Medium};
use crate::{Bay, Direction, Reset, Width};
use std::fmt;
use std::str::{FromStr, SplitAsciiWhitespace};

/// Version of the text form that is written, and the only one that is read.
pub const TEXT_VERSION: u32 = 1;
/// What the first line says before the version.
const HEAD: &str = "# relic script ";

/// A list of actions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Script(pub Vec<Action>);

impl Script {
    /// The scripts of a file: each begins with the line that names the version.
    ///
    /// # Errors
    /// As for one script; the line is counted in its own script.
    pub fn all(text: &str) -> Result<Vec<Script>, ScriptError> {
        let mut starts: Vec<usize> = text.match_indices(HEAD).map(|(at, _)| at).collect();
        starts.push(text.len());
        starts.windows(2).map(|ends| text[ends[0]..ends[1]].parse()).collect()
    }
}

/// A line that is no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScriptError {
    /// Which line, from 1 on.
    pub line: usize,
    /// What was found, and what belongs there.
    pub what: String,
}

impl FromStr for Script {
    type Err = ScriptError;

    /// Reads lines; what follows a `#`, and empty lines, say nothing.
    fn from_str(text: &str) -> Result<Script, ScriptError> {
        let mut actions = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let fail = |what| ScriptError { line: number + 1, what };
            if let Some(version) = line.strip_prefix(HEAD).filter(|_| number == 0)
                && version.trim() != TEXT_VERSION.to_string()
            {
                return Err(fail(format!("a script of version {}, expected {TEXT_VERSION}", version.trim())));
            }
            let words = line.split('#').next().unwrap_or_default();
            if !words.trim().is_empty() {
                actions.push(words.parse().map_err(fail)?);
            }
        }
        Ok(Script(actions))
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{HEAD}{TEXT_VERSION}")?;
        self.0.iter().try_for_each(|action| writeln!(f, "{action}"))
    }
}

const WIDTHS: [(char, Width); 3] = [('b', Width::Byte), ('w', Width::Word), ('l', Width::Dword)];
const DIRECTIONS: [(&str, Direction); 4] = [
    ("verify", Direction::Verify),
    ("to_memory", Direction::ToMemory),
    ("from_memory", Direction::FromMemory),
    ("illegal", Direction::Illegal),
];
pub(super) const BAYS: [(&str, Bay); 6] = [
    ("floppy_a", Bay::FloppyA),
    ("floppy_b", Bay::FloppyB),
    ("primary_master", Bay::PrimaryMaster),
    ("primary_slave", Bay::PrimarySlave),
    ("secondary_master", Bay::SecondaryMaster),
    ("secondary_slave", Bay::SecondarySlave),
];
const MEDIA: [(&str, Medium); 5] = [
    ("floppy_1440", Medium::Floppy1440),
    ("floppy_1440_protected", Medium::Protected1440),
    ("floppy_720", Medium::Floppy720),
    ("sliver", Medium::Sliver),
    ("disc", Medium::Disc),
];
const RESETS: [(&str, Reset); 2] = [("board", Reset::Board), ("power_on", Reset::PowerOn)];
const SWITCH: [(&str, bool); 2] = [("down", true), ("up", false)];

pub(super) fn word_for<T: PartialEq + Copy, W: Copy>(table: &[(W, T)], value: T) -> W {
    let entry = table.iter().find(|(_, v)| *v == value);
    entry.unwrap_or(&table[0]).0
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let letter = |width| word_for(&WIDTHS, width);
        let fall = |down| if down { " down" } else { "" };
        match *self {
            Action::In { port, width } => write!(f, "in{} {port:#x}", letter(width)),
            Action::Out { port, width, value } => {
                write!(f, "out{} {port:#x} {:#x}", letter(width), value & width.mask())
            }
            Action::InString { port, width, to, count } => {
                write!(f, "ins{} {port:#x} {to:#x} {count}", letter(width))
            }
            Action::OutString { port, width, from, count } => {
                write!(f, "outs{} {port:#x} {from:#x} {count}", letter(width))
            }
            Action::Read { at, width } => write!(f, "read{} {at:#x}", letter(width)),
            Action::Write { at, width, value } => {
                write!(f, "write{} {at:#x} {:#x}", letter(width), value & width.mask())
            }
            Action::Fill { to, width, value, count, down } => {
                write!(f, "stos{} {to:#x} {:#x} {count}{}", letter(width), value & width.mask(), fall(down))
            }
            Action::Copy { from, to, width, count, down } => {
                write!(f, "movs{} {from:#x} {to:#x} {count}{}", letter(width), fall(down))
            }
            Action::ReadConfig { function, register, width } => {
                write!(f, "config_read{} {}.{} {register:#x}", letter(width), function >> 3, function & 7)
            }
            Action::WriteConfig { function, register, width, value } => {
                let (device, function) = (function >> 3, function & 7);
                let value = value & width.mask();
                write!(f, "config_write{} {device}.{function} {register:#x} {value:#x}", letter(width))
            }
            Action::Load { at, len } => write!(f, "read {at:#x} {len}"),
            Action::Store { at, len, byte } => write!(f, "memset {at:#x} {len} {byte:#x}"),
            Action::Channel { channel, direction, address, count, masked, auto_init, decrement } => {
                write!(f, "channel {channel} {} {address:#x} {count}", word_for(&DIRECTIONS, direction))?;
                let flags = [(masked, " masked"), (auto_init, " auto"), (decrement, " down")];
                flags.iter().filter(|(set, _)| *set).try_for_each(|(_, word)| f.write_str(word))
            }
            Action::Step(ns) => write!(f, "clock_step {ns}"),
            Action::Wake => write!(f, "clock_step"),
            Action::Input(input) => write!(f, "{input}"),
            Action::Insert(bay, medium) => {
                write!(f, "insert {} {}", word_for(&BAYS, bay), word_for(&MEDIA, medium))
            }
            Action::Eject(bay) => write!(f, "eject {}", word_for(&BAYS, bay)),
            Action::Restore => write!(f, "restore"),
            Action::Reset(kind) => write!(f, "reset {}", word_for(&RESETS, kind)),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Input::Key { key, down } => write!(f, "key {key} {}", word_for(&SWITCH, down)),
            Input::Pointer { dx, dy, wheel, buttons } => {
                write!(f, "pointer {dx} {dy} {wheel} {buttons:#x}")
            }
            Input::Receive(byte) => write!(f, "receive {byte:#x}"),
            Input::Levels(levels) => write!(f, "levels {levels:#x}"),
            Input::Acknowledge => write!(f, "acknowledge"),
            Input::Pulse => write!(f, "pulse"),
        }
    }
}

/// The words after the first.
pub(super) struct Rest<'a>(pub(super) SplitAsciiWhitespace<'a>);

impl Rest<'_> {
    /// The next word; nothing at the end.
    pub(super) fn word(&mut self) -> &str {
        self.0.next().unwrap_or_default()
    }

    pub(super) fn number<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, String> {
        let word = self.0.next().ok_or_else(|| format!("{what} is missing"))?;
        parse_number(word, what)
    }

    fn width_of(&mut self, width: Width, what: &str) -> Result<u32, String> {
        let value: u32 = self.number(what)?;
        if value > width.mask() {
            return Err(format!("{what} {value:#x} has more than {} bytes", width.bytes()));
        }
        Ok(value)
    }

    fn count(&mut self, what: &str) -> Result<u16, String> {
        let count = self.number(what)?;
        if count > Action::MOST {
            return Err(format!("{what} {count} is more than {}", Action::MOST));
        }
        Ok(count)
    }

    pub(super) fn one_of<T: Copy>(&mut self, table: &[(&str, T)], what: &str) -> Result<T, String> {
        let found = self.0.next().unwrap_or_default();
        match table.iter().find(|(word, _)| *word == found) {
            Some((_, value)) => Ok(*value),
            None => {
                let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
                Err(format!("{what} `{found}`, expected one of {}", words.join(", ")))
            }
        }
    }

    /// `DEVICE.FUNCTION` of bus 0.
    fn function(&mut self) -> Result<u8, String> {
        let word = self.0.next().unwrap_or_default();
        let place = word.split_once('.').and_then(|(device, function)| {
            let (device, function) = (device.parse::<u8>().ok()?, function.parse::<u8>().ok()?);
            (device < 32 && function < 8).then_some(device << 3 | function)
        });
        place.ok_or_else(|| format!("PCI function `{word}`, expected DEVICE.FUNCTION such as 1.0"))
    }

    fn flag(&mut self, word: &str) -> bool {
        let mut ahead = self.0.clone();
        let found = ahead.next() == Some(word);
        if found {
            self.0 = ahead;
        }
        found
    }
}

pub(super) fn parse_number<T: TryFrom<i64>>(word: &str, what: &str) -> Result<T, String> {
    let number = match word.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    let fitting = number.ok().and_then(|n| T::try_from(n).ok());
    fitting.ok_or_else(|| format!("{what} `{word}` is no number that fits"))
}

impl FromStr for Action {
    type Err = String;

    fn from_str(line: &str) -> Result<Action, String> {
        let mut words = line.split_ascii_whitespace();
        let word = words.next().ok_or("an empty line")?;
        let mut rest = Rest(words);
        let action = match plain(word, &mut rest)? {
            Some(action) => action,
            None => sized(word, &mut rest)?,
        };
        match rest.0.next() {
            Some(more) => Err(format!("`{more}` after a whole `{word}`")),
            None => Ok(action),
        }
    }
}

/// The actions whose word does not end in a width.
fn plain(word: &str, rest: &mut Rest) -> Result<Option<Action>, String> {
    Ok(Some(match word {
        "read" => Action::Load { at: rest.number("address")?, len: rest.count("length")? },
        "memset" => Action::Store {
            at: rest.number("address")?,
            len: rest.count("length")?,
            byte: rest.number("byte")?,
        },
        "channel" => channel(rest)?,
        "clock_step" => match rest.0.next() {
            None => Action::Wake,
            Some(word) => Action::Step(parse_number(word, "nanoseconds")?),
        },
        "key" => {
            let key = rest.number("key")?;
            Action::Input(Input::Key { key, down: rest.one_of(&SWITCH, "key")? })
        }
        "pointer" => Action::Input(Input::Pointer {
            dx: rest.number("dx")?,
            dy: rest.number("dy")?,
            wheel: rest.number("wheel")?,
            buttons: rest.number("buttons")?,
        }),
        "receive" => Action::Input(Input::Receive(rest.number("byte")?)),
        "levels" => Action::Input(Input::Levels(rest.number("levels")?)),
        "acknowledge" => Action::Input(Input::Acknowledge),
        "pulse" => Action::Input(Input::Pulse),
        "insert" => Action::Insert(rest.one_of(&BAYS, "bay")?, rest.one_of(&MEDIA, "medium")?),
        "eject" => Action::Eject(rest.one_of(&BAYS, "bay")?),
        "restore" => Action::Restore,
        "reset" => Action::Reset(rest.one_of(&RESETS, "reset")?),
        _ => return Ok(None),
    }))
}

fn channel(rest: &mut Rest) -> Result<Action, String> {
    let channel: u8 = rest.number("channel")?;
    let direction = rest.one_of(&DIRECTIONS, "direction")?;
    let (address, count): (u32, u16) = (rest.number("address")?, rest.number("count")?);
    if channel > 7 || address > 0xFF_FFFF {
        return Err(format!("channel {channel} at {address:#x}: channels go to 7, addresses to 0xffffff"));
    }
    let (masked, auto_init, decrement) = (rest.flag("masked"), rest.flag("auto"), rest.flag("down"));
    Ok(Action::Channel { channel, direction, address, count, masked, auto_init, decrement })
}

/// The actions whose word ends in `b`, `w` or `l`.
fn sized(word: &str, rest: &mut Rest) -> Result<Action, String> {
    let unknown = || format!("`{word}` is no action");
    let (stem, letter) = word.split_at(word.char_indices().next_back().map_or(0, |(at, _)| at));
    let width = WIDTHS.iter().find(|(l, _)| letter.starts_with(*l)).ok_or_else(unknown)?.1;
    Ok(match stem {
        "in" => Action::In { port: rest.number("port")?, width },
        "out" => Action::Out { port: rest.number("port")?, width, value: rest.width_of(width, "value")? },
        "ins" => Action::InString {
            port: rest.number("port")?,
            width,
            to: rest.number("address")?,
            count: rest.count("count")?,
        },
        "outs" => Action::OutString {
            port: rest.number("port")?,
            width,
            from: rest.number("address")?,
            count: rest.count("count")?,
        },
        "read" => Action::Read { at: rest.number("address")?, width },
        "write" => {
            Action::Write { at: rest.number("address")?, width, value: rest.width_of(width, "value")? }
        }
        "stos" => Action::Fill {
            to: rest.number("address")?,
            width,
            value: rest.width_of(width, "value")?,
            count: rest.count("count")?,
            down: rest.flag("down"),
        },
        "movs" => Action::Copy {
            from: rest.number("address")?,
            to: rest.number("address")?,
            width,
            count: rest.count("count")?,
            down: rest.flag("down"),
        },
        "config_read" => {
            Action::ReadConfig { function: rest.function()?, register: rest.number("register")?, width }
        }
        "config_write" => Action::WriteConfig {
            function: rest.function()?,
            register: rest.number("register")?,
            width,
            value: rest.width_of(width, "value")?,
        },
        _ => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "\
# relic script 1
inb 0x60
outw 0x1ce 0x4
insw 0x1f0 0x1000 256
outsl 0x1f0 0x1000 128
readl 0xfee00020
writeb 0xa0000 0xff
stosl 0xa0000 0xffffffff 4096 down
movsb 0xa0000 0xa8000 9
config_readl 31.7 0x10
config_writew 1.1 0x4 0x5
read 0x1000 512
memset 0x1000 4096 0xaa
channel 2 to_memory 0x12345 511 masked auto down
channel 5 verify 0xffffff 0
clock_step 1000
clock_step
key 30 down
key 30 up
pointer 3 -2 -1 0x1
receive 0x41
levels 0x12
acknowledge
pulse
insert floppy_a floppy_1440_protected
eject secondary_slave
restore
reset board
reset power_on
";

    #[test]
    fn what_is_printed_is_read_back() {
        let script: Script = ALL.parse().unwrap();
        assert_eq!(script.0.len(), ALL.lines().count() - 1);
        assert_eq!(script.to_string(), ALL);
    }

    #[test]
    fn comments_empty_lines_and_a_missing_head_are_read_over() {
        let script: Script = "\n  outb 0x20 32 # end of interrupt\n# inb 0\n".parse().unwrap();
        assert_eq!(script.0, [Action::Out { port: 0x20, width: Width::Byte, value: 0x20 }]);
    }

    #[test]
    fn a_bad_line_is_named_with_what_belongs_there() {
        for (text, said) in [
            ("# relic script 2", "line 1: a script of version 2, expected 1"),
            ("inb 0x60\nouth 0x60 1", "line 2: `outh` is no action"),
            ("outb 0x60", "line 1: value is missing"),
            ("outb 0x60 0x100", "line 1: value 0x100 has more than 1 bytes"),
            ("outb 0x10000 0", "line 1: port `0x10000` is no number that fits"),
            ("inb 0x60 7", "line 1: `7` after a whole `inb`"),
            ("insb 0x60 0 5000", "line 1: count 5000 is more than 4096"),
            ("config_readb 32.0 0", "line 1: PCI function `32.0`, expected DEVICE.FUNCTION such as 1.0"),
            ("reset cpu", "line 1: reset `cpu`, expected one of board, power_on"),
            ("\u{e9}", "line 1: `\u{e9}` is no action"),
        ] {
            assert_eq!(text.parse::<Script>().unwrap_err().to_string(), said);
        }
    }
}
