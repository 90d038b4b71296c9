//! Beginnings that cases share: where a case keeps its machine, others of the same guest whose first steps are the same go
//! on, instead of being switched on again.

use super::parse::Case;
use super::run::{Mark, StepTime, Still, Taken};
use super::step::{Action, Step};
use crate::guest::Frame;
use crate::pointer::Pointer;
use crate::session::Checkpoint;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use xxhash_rust::xxh3::Xxh3;

/// A run up to one of its `save` steps: the machine, and what had come of it until then.
#[derive(Clone)]
pub struct Beginning {
    /// The machine.
    pub(super) checkpoint: Arc<Checkpoint>,
    /// What was known of its pointer.
    pub(super) pointer: Pointer,
    /// The machines kept until then, this one included.
    pub(super) kept: BTreeMap<String, Arc<Checkpoint>>,
    /// The pictures taken.
    pub(super) taken: Vec<Taken>,
    /// The digests.
    pub(super) marks: Vec<Mark>,
    /// The steps that are done.
    pub(super) steps: Vec<StepTime>,
    /// The film strip.
    pub(super) film: Vec<Still>,
    /// The screen that the film strip saw last.
    pub(super) last_seen: Frame,
}

/// Stands for a guest and the steps until a `save`.
type Key = u128;

/// The beginnings that more than one case of a suite has. Each is kept as long as a case that has it is still to come.
#[derive(Default)]
pub struct Beginnings {
    of_case: HashMap<String, Vec<Key>>,
    shared: Mutex<HashMap<Key, Shared>>,
}

#[derive(Default)]
struct Shared {
    cases_to_come: usize,
    beginning: Option<Arc<Beginning>>,
}

impl Beginnings {
    /// The beginnings of cases; with each the text that stands for its guest: equal texts are the same machine with the same
    /// media.
    pub fn of<'a>(cases: impl IntoIterator<Item = (&'a Case, String)>) -> Beginnings {
        let mut of_case = HashMap::new();
        let mut shared: HashMap<Key, Shared> = HashMap::new();
        for (case, guest) in cases {
            let keys = keys(case, &guest);
            keys.iter().for_each(|key| shared.entry(*key).or_default().cases_to_come += 1);
            of_case.insert(case.name.clone(), keys);
        }
        shared.retain(|_, shared| shared.cases_to_come > 1);
        Beginnings { of_case, shared: Mutex::new(shared) }
    }

    /// The longest beginning of a case that another case has kept.
    pub fn longest(&self, case: &Case) -> Option<Arc<Beginning>> {
        let shared = self.shared.lock().ok()?;
        let kept = self.keys(case).iter().rev().filter_map(|key| shared.get(key)?.beginning.clone());
        // A case of less time than its beginning takes has to fail as it does by itself.
        kept.into_iter().find(|beginning| beginning.checkpoint.now_ns() < case.limit_ns)
    }

    /// Whether other cases wait for what a case has at its save number `save`, from 0 on.
    pub(super) fn wants(&self, case: &Case, save: usize) -> bool {
        let shared = self.shared.lock();
        let key = self.keys(case).get(save);
        key.is_some_and(|key| {
            shared.is_ok_and(|shared| shared.get(key).is_some_and(|s| s.beginning.is_none()))
        })
    }

    /// Keeps what a case has at that save.
    pub(super) fn keep(&self, case: &Case, save: usize, beginning: Beginning) {
        let Some(key) = self.keys(case).get(save) else { return };
        if let Ok(mut shared) = self.shared.lock()
            && let Some(shared) = shared.get_mut(key)
        {
            shared.beginning.get_or_insert(Arc::new(beginning));
        }
    }

    /// A case was run: what was kept for it alone is dropped.
    pub fn done(&self, case: &Case) {
        let Ok(mut shared) = self.shared.lock() else { return };
        for key in self.keys(case) {
            if let Some(of_key) = shared.get_mut(key) {
                of_key.cases_to_come -= 1;
                if of_key.cases_to_come == 0 {
                    shared.remove(key);
                }
            }
        }
    }

    fn keys(&self, case: &Case) -> &[Key] {
        self.of_case.get(&case.name).map_or(&[], Vec::as_slice)
    }
}

/// A key for each `save`: of the guest and of every step until then.
fn keys(case: &Case, guest: &str) -> Vec<Key> {
    let mut sum = Xxh3::new();
    sum.update(guest.as_bytes());
    let mut keys = Vec::new();
    for step in &case.steps {
        sum.update(told(step, case).as_bytes());
        if matches!(step.action, Action::Save(_)) {
            keys.push(sum.digest128());
        }
    }
    keys
}

/// All that decides what a step does to a machine.
fn told(step: &Step, case: &Case) -> String {
    let files = match step.action {
        Action::WaitShot(_) => Some(case.folder.as_path()),
        Action::Insert(..) | Action::ExpectFile(_) => Some(step.place.folder()),
        _ => None,
    };
    format!("{:?} {:?} {files:?}\n", step.action, step.limit_ns)
}
