//! Golden pictures: where they are, comparing, blessing, and what is left beside them when they differ.
//!
//! A case that runs on several video adapters has the pictures of the first one, and for another adapter only those
//! that differ: `menu.png`, and perhaps `menu.cirrus.png`.

use crate::case::{Accepted, Case, Taken};
use crate::compare::{self, Rules, Verdict};
use crate::failure::{Exit, Failure, Result};
use crate::guest::Frame;
use crate::picture;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A picture and its golden one.
#[derive(Clone, Debug)]
pub struct ShotResult {
    /// Name without `.png`.
    pub name: String,
    /// The golden picture, if there is one.
    pub expected: Option<Frame>,
    /// The screen.
    pub taken: Taken,
    /// What the comparison says; `None` without a golden picture.
    pub verdict: Option<Verdict>,
    /// The other golden picture that the screen is the same as, if it is not as the first.
    pub accepted: Option<Accepted>,
    /// What was written to the golden picture.
    pub blessed: Option<String>,
    /// Why what differs could not be left beside the golden picture.
    pub unwritten: Option<Failure>,
}

/// The golden pictures of a shot.
struct Golden {
    /// For every adapter that has none of its own.
    common: PathBuf,
    /// For this adapter alone.
    own: Option<PathBuf>,
}

impl Golden {
    fn of(case: &Case, shot: &str) -> Self {
        let own = case.video.as_ref().filter(|_| case.own_pictures);
        Golden {
            common: case.folder.join(format!("{shot}.png")),
            own: own.map(|video| case.folder.join(format!("{shot}.{video}.png"))),
        }
    }

    /// The one to compare with.
    fn present(&self) -> &Path {
        match &self.own {
            Some(own) if own.symlink_metadata().is_ok() => own,
            _ => &self.common,
        }
    }

    /// The one that blessing writes, and that leftovers are named after.
    fn written(&self) -> &Path {
        self.own.as_deref().unwrap_or(&self.common)
    }
}

/// Compares a picture with the golden one. Where they differ, the picture and the difference are left beside it, if they can be written.
///
/// # Errors
/// A mask outside the screen, or a picture that cannot be read.
pub fn judge(case: &Case, taken: &Taken) -> Result<ShotResult> {
    let Taken { shot, frame, .. } = taken;
    check_rules(case, &shot.name, &shot.rules, frame)?;
    let golden = Golden::of(case, &shot.name);
    let verdict_of = |expected: &Frame| compare::compare(expected, frame, &shot.rules);
    let (mut expected, mut accepted) = (load(golden.present())?, None);
    let mut verdict = expected.as_ref().map(verdict_of);
    if verdict != Some(Verdict::Same) {
        for other in &shot.accepted {
            let picture = existing(case, &other.picture)?;
            if verdict_of(&picture) == Verdict::Same {
                (verdict, expected, accepted) = (Some(Verdict::Same), Some(picture), Some(other.clone()));
                break;
            }
        }
    }
    let name = shot.name.clone();
    let taken = taken.clone();
    let mut shot = ShotResult { name, expected, taken, verdict, accepted, blessed: None, unwritten: None };
    match shot.verdict {
        Some(Verdict::Same) => remove_leftovers(golden.written()),
        _ => shot.unwritten = write_leftovers(&shot, golden.written()).err(),
    }
    Ok(shot)
}

/// A golden picture that has to be there.
///
/// # Errors
/// It is not, or it cannot be read.
pub fn existing(case: &Case, name: &str) -> Result<Frame> {
    let golden = Golden::of(case, name);
    load(golden.present())?.ok_or_else(|| {
        let message = "no such picture; a `shot` step takes it, and `relic test --bless` keeps it";
        Failure::bad_file(golden.present(), message)
    })
}

/// Refuses rules of which a rectangle lies outside the picture.
///
/// # Errors
/// The rectangle.
pub fn check_rules(case: &Case, shot: &str, rules: &Rules, picture: &Frame) -> Result<()> {
    let Frame { width, height, .. } = *picture;
    let Some((what, at)) = rules.misplaced(width, height) else { return Ok(()) };
    let message = format!(
        "shot `{shot}`: the {what} at ({}, {}) covers nothing of the {width}x{height} screen",
        at.x, at.y
    );
    Err(Failure::bad_file(&case.folder.join("case.toml"), message))
}

/// What blessing does to a golden picture.
pub struct Change {
    /// The picture's file.
    pub path: PathBuf,
    /// What changes, in one line.
    pub says: String,
    /// The picture to write; none if the file goes.
    picture: Option<Frame>,
}

/// What blessing would change, for pictures in the order in which their cases stand.
pub fn changes<'a>(shots: impl Iterator<Item = (&'a Case, &'a ShotResult)>) -> Vec<Change> {
    let (mut changes, mut common) = (Vec::new(), BTreeMap::new());
    for (case, shot) in shots.filter(|(_, shot)| shot.accepted.is_none()) {
        let golden = Golden::of(case, &shot.name);
        let after = common.get(&golden.common).cloned().or_else(|| load(&golden.common).ok().flatten());
        let verdict_of = |expected: Option<&Frame>| {
            expected.map(|expected| compare::compare(expected, &shot.taken.frame, &shot.taken.shot.rules))
        };
        let is_common = verdict_of(after.as_ref()) == Some(Verdict::Same);
        let own = golden.own.as_ref().filter(|own| own.symlink_metadata().is_ok());
        let before = match &golden.own {
            Some(_) if is_common => {
                let says = "goes: this adapter shows the common picture".to_owned();
                changes.extend(own.map(|own| Change { path: own.clone(), says, picture: None }));
                continue;
            }
            Some(own) => load(own).ok().flatten(),
            None => after,
        };
        let says = match verdict_of(before.as_ref()) {
            Some(Verdict::Same) => continue,
            Some(verdict) => verdict.to_string(),
            None => format!("new, {}x{}", shot.taken.frame.width, shot.taken.frame.height),
        };
        if golden.own.is_none() {
            common.insert(golden.common.clone(), shot.taken.frame.clone());
        }
        let (path, picture) = (golden.written().to_owned(), Some(shot.taken.frame.clone()));
        changes.push(Change { path, says, picture });
    }
    changes
}

impl Change {
    /// Does it.
    ///
    /// # Errors
    /// The picture cannot be written.
    pub fn apply(&self) -> Result<()> {
        match &self.picture {
            Some(picture) => picture::save_kept(picture, &self.path)?,
            None => remove(&self.path),
        }
        remove_leftovers(&self.path);
        Ok(())
    }

    /// Whether it writes the golden picture of this shot.
    pub fn is_of(&self, case: &Case, shot: &str) -> bool {
        self.picture.is_some() && Golden::of(case, shot).written() == self.path
    }
}

/// A picture, if there is one.
fn load(golden: &Path) -> Result<Option<Frame>> {
    match golden.symlink_metadata() {
        Ok(_) => picture::load(golden).map(Some),
        Err(_) => Ok(None),
    }
}

fn beside(golden: &Path, what: &str) -> PathBuf {
    golden.with_extension(format!("{what}.png"))
}

fn remove(file: &Path) {
    // Mostly there is nothing to remove.
    let _ = std::fs::remove_file(file);
}

fn remove_leftovers(golden: &Path) {
    ["new", "diff"].iter().for_each(|what| remove(&beside(golden, what)));
}

fn write_leftovers(shot: &ShotResult, golden: &Path) -> Result<()> {
    picture::save(&shot.taken.frame, &beside(golden, "new"))?;
    if let Some(expected) = &shot.expected {
        let difference = compare::difference_picture(expected, &shot.taken.frame, &shot.taken.shot.rules);
        picture::save(&difference, &beside(golden, "diff"))?;
    }
    Ok(())
}

/// What is wrong with a picture, if anything.
pub fn complaint(case: &Case, shot: &ShotResult) -> Option<Failure> {
    let golden = Golden::of(case, &shot.name);
    let (compared, written) = (golden.present().display(), golden.written());
    let found = match shot.verdict {
        Some(Verdict::Same) => return None,
        Some(verdict) => verdict.to_string(),
        None => "no such golden picture".to_owned(),
    };
    let next = match (&shot.unwritten, shot.verdict) {
        (Some(failure), _) => failure.to_string(),
        (None, Some(_)) => format!("see {}", beside(written, "diff").display()),
        (None, None) => format!("--bless makes it of {}", beside(written, "new").display()),
    };
    Some(Failure::new(Exit::Mismatch, format!("{compared}: {found}; {next}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Shot;

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    fn taken(colour: [u8; 3]) -> Taken {
        let frame = Frame { width: 1, height: 1, rgb: colour.to_vec() };
        Taken { shot: Shot { name: "a".into(), ..Shot::default() }, frame, text: None, now_ns: 0 }
    }

    fn bless(shown: &[(&Case, [u8; 3])]) {
        let shots: Vec<(&Case, ShotResult)> =
            shown.iter().map(|(case, colour)| (*case, judge(case, &taken(*colour)).unwrap())).collect();
        let changes = changes(shots.iter().map(|(case, shot)| (*case, shot)));
        changes.iter().for_each(|change| change.apply().unwrap());
    }

    fn of_two_adapters(folder: &Path) -> Vec<Case> {
        let text = "guest = 'g'\nvideo = ['std', 'cirrus']\nsteps = []";
        std::fs::write(folder.join("case.toml"), text).unwrap();
        crate::case::parse(folder, &Default::default()).unwrap()
    }

    #[test]
    fn a_second_adapter_has_pictures_of_its_own_only_where_they_differ() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        let own = folder.path().join("a.cirrus.png");
        let same =
            |case: usize, colour| judge(&cases[case], &taken(colour)).unwrap().verdict == Some(Verdict::Same);
        bless(&[(&cases[0], RED), (&cases[1], RED)]);
        assert!(same(1, RED) && !own.exists());
        bless(&[(&cases[0], RED), (&cases[1], BLUE)]);
        assert!(same(0, RED) && same(1, BLUE) && !same(1, RED) && own.exists());
        bless(&[(&cases[0], BLUE), (&cases[1], BLUE)]);
        assert!(same(0, BLUE) && same(1, BLUE) && !own.exists(), "what is common again goes");
    }

    #[test]
    fn an_accepted_picture_is_as_good_and_is_not_blessed_away() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        bless(&[(&cases[0], RED)]);
        let other = Accepted { picture: "b".into(), reason: "why not".into() };
        let mut blue = taken(BLUE);
        blue.shot.accepted.push(other.clone());
        let missing = judge(&cases[0], &blue).unwrap_err().message;
        assert!(missing.contains("b.png: no such picture"), "{missing}");
        picture::save(&blue.frame, &folder.path().join("b.png")).unwrap();
        let shot = judge(&cases[0], &blue).unwrap();
        assert_eq!((shot.verdict, shot.accepted.as_ref()), (Some(Verdict::Same), Some(&other)));
        assert!(changes([(&cases[0], &shot)].into_iter()).is_empty());
    }

    #[test]
    fn what_differs_is_left_under_the_adapters_name() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        bless(&[(&cases[0], RED)]);
        let shot = judge(&cases[1], &taken(BLUE)).unwrap();
        let complaint = complaint(&cases[1], &shot).unwrap().message;
        let new = folder.path().join("a.cirrus.new.png");
        assert!(new.exists() && folder.path().join("a.cirrus.diff.png").exists());
        assert!(complaint.contains("a.png") && complaint.contains("a.cirrus.diff.png"), "{complaint}");
        judge(&cases[1], &taken(RED)).unwrap();
        assert!(!new.exists());
    }

    #[test]
    fn what_differs_is_told_where_it_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        bless(&[(&cases[0], RED)]);
        std::fs::create_dir(folder.path().join("a.new.png")).unwrap();
        let shot = judge(&cases[0], &taken(BLUE)).unwrap();
        let complaint = complaint(&cases[0], &shot).unwrap().message;
        assert!(complaint.contains("1 pixel differs"), "{complaint}");
        assert!(
            complaint.contains("a.new.png: cannot write: ") && !complaint.contains("see "),
            "{complaint}"
        );
    }
}
