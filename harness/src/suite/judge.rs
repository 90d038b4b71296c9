//! What came of a case, from its run and its pictures.

use super::{CaseResult, Outcome};
use crate::case::{Case, Place, Run};
use crate::failure::{Exit, Failure};
use crate::golden::{self, ShotResult};

impl CaseResult {
    /// Without a run.
    pub(super) fn not_run(name: String, outcome: Outcome, reason: Failure) -> Self {
        CaseResult {
            name,
            outcome,
            reason: Some(reason),
            place: None,
            shots: vec![],
            run: None,
            case: None,
            unsteady: None,
        }
    }

    /// Compares the pictures of a run; `unsteady` is how a second run was not the same.
    pub(super) fn judged(case: Case, run: Run, unsteady: Option<Failure>) -> Self {
        let (mut shots, mut unreadable) = (Vec::new(), None);
        for taken in &run.taken {
            match golden::judge(&case, taken) {
                Ok(shot) => shots.push(shot),
                Err(failure) => unreadable = unreadable.or(Some(failure)),
            }
        }
        let differing = shots.iter().find_map(|shot| Some((shot, golden::complaint(&case, shot)?)));
        let place = match (&run.failure, &differing) {
            (Some(_), _) => run.steps.last().map(|step| step.place.clone()),
            (None, Some((shot, _))) => place_of(&case, shot),
            (None, None) => None,
        };
        let complaint = differing.map(|(_, complaint)| complaint);
        let wrong = run.failure.clone().or(unsteady.clone()).or(unreadable).or(complaint);
        let (outcome, reason) = verdict(&case, wrong);
        let name = case.name.clone();
        CaseResult { name, outcome, reason, place, shots, run: Some(run), case: Some(case), unsteady }
    }

    /// The case, if its pictures may become golden: it came to its end, twice in the same way.
    pub(super) fn blessable(&self) -> Option<&Case> {
        let ended = self.run.as_ref().is_some_and(|run| run.failure.is_none());
        self.case.as_ref().filter(|_| ended && self.unsteady.is_none())
    }
}

/// The step that takes a picture.
fn place_of(case: &Case, shot: &ShotResult) -> Option<Place> {
    let takes =
        |action: &crate::case::Action| matches!(action, crate::case::Action::Shot(s) if s.name == shot.name);
    case.steps.iter().find(|step| takes(&step.action)).map(|step| step.place.clone())
}

fn verdict(case: &Case, wrong: Option<Failure>) -> (Outcome, Option<Failure>) {
    match (wrong, &case.known_failure) {
        (None, None) => (Outcome::Passed, None),
        (Some(failure), _) if failure.exit == Exit::Interrupted => (Outcome::Failed, Some(failure)),
        (Some(failure), None) => (Outcome::Failed, Some(failure)),
        (Some(failure), Some(why)) => (Outcome::KnownFailure, Some(failure.within(why))),
        (None, Some(why)) => {
            let message = format!("it passes, but is marked as a known failure ({why}); take the mark away");
            (Outcome::Failed, Some(Failure::new(Exit::Mismatch, message)))
        }
    }
}
