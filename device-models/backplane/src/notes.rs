//! Typed records of what a guest asked for and the model lacks or refuses.

use crate::Instant;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// A command code the chip does not have.
    Command(u32),
    /// A register index or address that nothing answers.
    Register(u32),
    /// A value that the named register does not take.
    Value(String, u32),
    /// A documented function that the model lacks.
    Feature(String),
    /// The medium behind the chip failed to read or write.
    Medium(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Refusal::Command(code) => write!(f, "unknown command {code:02X}h"),
            Refusal::Register(index) => write!(f, "no register at {index:X}h"),
            Refusal::Value(register, value) => write!(f, "{register} does not take {value:X}h"),
            Refusal::Feature(what) => write!(f, "not modelled: {what}"),
            Refusal::Medium(what) => write!(f, "medium error: {what}"),
        }
    }
}

/// One kind of refusal by one chip, with its first instant and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The chip's name.
    pub chip: String,
    /// What was refused.
    pub refusal: Refusal,
    /// When it happened first.
    pub first: Instant,
    /// How often it happened.
    pub count: u64,
}

/// All notes of a run: bounded, one entry a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Listed", into = "Listed")]
pub struct Notes {
    kinds: BTreeMap<(Cow<'static, str>, Refusal), (Instant, u64)>,
    dropped: u64,
}

impl Notes {
    /// The most kinds kept; a guest gone wild cannot fill the host's memory.
    pub const MAX_KINDS: usize = 1024;

    /// Records a refusal.
    pub fn add(&mut self, now: Instant, chip: &'static str, refusal: Refusal) {
        let kind = (Cow::Borrowed(chip), refusal);
        if self.kinds.len() >= Self::MAX_KINDS && !self.kinds.contains_key(&kind) {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let (_, count) = self.kinds.entry(kind).or_insert((now, 0));
        *count = count.saturating_add(1);
    }

    /// All kinds, by first instant.
    pub fn list(&self) -> Vec<Note> {
        let mut list: Vec<Note> = self
            .kinds
            .iter()
            .map(|((chip, refusal), (first, count))| Note {
                chip: chip.to_string(),
                refusal: refusal.clone(),
                first: *first,
                count: *count,
            })
            .collect();
        list.sort_by_key(|n| n.first);
        list
    }

    /// How many refusals were of kinds beyond [`Notes::MAX_KINDS`].
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Notes as a snapshot has them.
#[derive(Serialize, Deserialize)]
struct Listed {
    notes: Vec<Note>,
    dropped: u64,
}

impl From<Notes> for Listed {
    fn from(notes: Notes) -> Listed {
        Listed { notes: notes.list(), dropped: notes.dropped }
    }
}

impl From<Listed> for Notes {
    fn from(listed: Listed) -> Notes {
        let kind = |note: Note| ((Cow::Owned(note.chip), note.refusal), (note.first, note.count));
        let kinds = listed.notes.into_iter().take(Notes::MAX_KINDS).map(kind).collect();
        Notes { kinds, dropped: listed.dropped }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} ({}x, first at {} us)", self.chip, self.refusal, self.count, self.first.ns() / 1000)
    }
}
