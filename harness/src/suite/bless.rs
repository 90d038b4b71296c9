//! Blessing: what would change is shown first.

use super::CaseResult;
use crate::console::Console;
use crate::failure::Result;
use crate::golden::{self, Change};

/// Shows what blessing changes, and changes it if `yes` or the person at the terminal says so.
///
/// # Errors
/// A picture cannot be written.
pub(super) fn bless(results: Vec<CaseResult>, yes: bool, console: &Console) -> Result<Vec<CaseResult>> {
    let shots = results.iter().filter_map(|result| Some((result.blessable()?, &result.shots)));
    let changes = golden::changes(shots.flat_map(|(case, shots)| shots.iter().map(move |shot| (case, shot))));
    for change in &changes {
        console.say(format!("{}: {}", change.path.display(), change.says));
    }
    let several = if changes.len() == 1 { "" } else { "s" };
    if changes.is_empty() {
        return Ok(results);
    }
    if !yes && !console.ask(&format!("Make these {} golden picture{several}?", changes.len())) {
        console.say("nothing is changed; look at the .new.png pictures, then `--bless --yes`");
        return Ok(results);
    }
    changes.iter().try_for_each(Change::apply)?;
    Ok(results.into_iter().map(|result| judged_again(result, &changes)).collect())
}

fn judged_again(result: CaseResult, changes: &[Change]) -> CaseResult {
    let CaseResult { case: Some(case), run: Some(run), unsteady: None, .. } = result else { return result };
    let mut again = CaseResult::judged(case, run, None);
    let Some(case) = &again.case else { return again };
    for shot in &mut again.shots {
        let change = changes.iter().find(|change| change.is_of(case, &shot.name));
        shot.blessed = change.map(|change| change.says.clone());
    }
    again
}
