//! Both machines, and the search for what differs.

use super::{Field, Known, Written};
use crate::qtest::Qtest;
use backplane::bench::{Action, Answer, Subject as _};
use hypervisor::board::bench::{BoardBench, Start};
use hypervisor::{MachineConfig, Media};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use tempfile::NamedTempFile;

/// Choices of a script.
const CHOICES: usize = 120;
/// Actions behind its beginning after which a script takes no more choices: sectors are long.
const ACTIONS: usize = 2500;

/// Our board and QEMU's machine.
pub struct Pair {
    ours: BoardBench,
    power_on: Start,
    its: Qtest,
    images: Vec<Image>,
    settle: u64,
}

/// What QEMU has a medium in.
pub struct Image {
    file: NamedTempFile,
    bytes: Vec<u8>,
}

impl Image {
    /// A file with these bytes.
    ///
    /// # Panics
    /// When there is no room for it.
    pub fn new(bytes: Vec<u8>) -> Image {
        let image = Image { file: NamedTempFile::new().expect("a temporary file"), bytes };
        image.restore();
        image
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// What was written to it is undone.
    fn restore(&self) {
        self.file.as_file().write_all_at(&self.bytes, 0).expect("room for an image");
    }
}

/// A difference, by the shortest script that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Both answers to its last access.
    pub answers: [u32; 2],
    /// The script behind the field's beginning.
    pub script: Vec<Action>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for action in &self.script {
            writeln!(f, "{action}")?;
        }
        write!(f, "# relic {:#x}, QEMU {:#x}", self.answers[0], self.answers[1])
    }
}

impl Pair {
    /// Our board with its media, and QEMU's machine with these arguments, which name the images. Without QEMU the test is
    /// skipped.
    ///
    /// # Panics
    /// When ours cannot be built.
    pub fn new(config: &MachineConfig, media: Media, images: Vec<Image>, arguments: &[&str]) -> Option<Pair> {
        let its = Qtest::start(arguments)?;
        let ours = BoardBench::new(config, media).expect("our board");
        let power_on = ours.start();
        Some(Pair { ours, power_on, its, images, settle: 0 })
    }

    /// Lets so many nanoseconds pass on our board after each action, for a chip that takes its time for what QEMU's does at once.
    #[must_use]
    pub fn settled(self, settle: u64) -> Pair {
        Pair { settle, ..self }
    }

    /// What both answer to the reads of a script that begins at power-on.
    fn answers(&mut self, script: &[Action]) -> [Vec<u32>; 2] {
        self.ours.rewind(&self.power_on);
        self.its.reset();
        self.images.iter().for_each(Image::restore);
        let answer = |action: &Action| {
            let answer = self.ours.act(action);
            let mut left = self.settle;
            while left > 0 {
                let step = u32::try_from(left).unwrap_or(u32::MAX);
                self.ours.act(&Action::Step(step));
                left -= u64::from(step);
            }
            match answer {
                Answer::Value(value) => Some(value),
                _ => None,
            }
        };
        let ours = script.iter().filter_map(answer).collect();
        [ours, self.its.act(script)]
    }

    /// The first difference behind the script's beginning that is not known: the place of its read, and the answers. Counts the known ones that show.
    fn differs(
        &mut self,
        script: &[Action],
        begin: usize,
        known: &[Known],
        shown: &mut BTreeMap<&'static str, u64>,
    ) -> Option<(usize, [u32; 2])> {
        let [ours, its] = self.answers(script);
        let mut written = Written::default();
        let mut answers = ours.into_iter().zip(its);
        for (at, action) in script.iter().enumerate() {
            if is_read(action) {
                let (ours, its) = answers.next()?;
                written.note_answer(action, ours);
                // In its beginning a script brings both to one state.
                let mut differ = if at < begin { 0 } else { ours ^ its };
                for known in known {
                    if differ == 0 {
                        break;
                    }
                    let covered = differ & (known.bits)(&written, action);
                    if covered != 0 {
                        *shown.entry(known.name).or_default() += 1;
                        differ &= !covered;
                        if known.parts {
                            return None;
                        }
                    }
                }
                if differ != 0 {
                    return Some((at, [ours, its]));
                }
            }
            written.note(action);
        }
        None
    }

    /// Runs about `accesses` accesses to a chip, and gives the differences that are not known, `most` at most, and how often each known
    /// one showed.
    pub fn search(
        &mut self,
        field: &Field,
        known: &[Known],
        accesses: usize,
        most: usize,
    ) -> (Vec<Found>, BTreeMap<&'static str, u64>) {
        let (mut found, mut seen, mut shown) = (Vec::new(), HashSet::new(), BTreeMap::new());
        let mut done = 0;
        for seed in 0.. {
            let script = field.script(seed, CHOICES, ACTIONS);
            let begin = field.begin.len();
            done += script.len();
            if let Some((at, [ours, its])) = self.differs(&script, begin, known, &mut shown)
                && seen.insert((script[at], ours ^ its))
            {
                found.push(self.shortest(script[..=at].to_vec(), begin, known));
            }
            if done >= accesses || found.len() >= most {
                break;
            }
        }
        (found, shown)
    }

    /// Takes actions away behind the first `begin` as long as the answer to the last one still differs in the same bits. Time passes as before:
    /// a drive that is not given it is busy for as long as its host likes.
    fn shortest(&mut self, mut script: Vec<Action>, begin: usize, known: &[Known]) -> Found {
        let mut ignored = BTreeMap::new();
        let last = script[script.len() - 1];
        let (_, [ours, its]) = self.differs(&script, begin, known, &mut ignored).unwrap_or_default();
        let mut part = (script.len() - begin) / 2;
        while part > 0 {
            let mut at = begin;
            while at + part < script.len() {
                let taken = at..at + part;
                let stays = |n: &usize| !taken.contains(n) || is_step(&script[*n]);
                let mut shorter: Vec<Action> = (0..script.len()).filter(stays).map(|n| script[n]).collect();
                shorter.dedup_by(|next, action| is_step(next) && next == action);
                if shorter.len() == script.len() {
                    at += part;
                    continue;
                }
                match self.differs(&shorter, begin, known, &mut ignored) {
                    Some((place, [a, b])) if shorter[place] == last && a ^ b == ours ^ its => {
                        script = shorter[..=place].to_vec();
                    }
                    _ => at += part,
                }
            }
            part /= 2;
        }
        let (_, answers) = self.differs(&script, begin, known, &mut ignored).unwrap_or_default();
        Found { answers, script: script[begin..].to_vec() }
    }
}

/// Whether an action only lets time pass.
fn is_step(action: &Action) -> bool {
    matches!(action, Action::Step(_))
}

/// Whether an action has an answer that is compared.
pub(crate) fn is_read(action: &Action) -> bool {
    matches!(action, Action::In { .. } | Action::Read { .. } | Action::ReadConfig { .. })
}
