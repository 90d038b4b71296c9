//! Golden pictures: where they are, comparing, blessing, and what is left beside them when they differ.
//!
//! A case that runs on several video adapters has the pictures of the first one, and for another adapter only those
//! that differ: `menu.png`, and perhaps `menu.cirrus.png`.

use crate::case::{Case, Taken};
use crate::compare::{self, Rect, Verdict};
use crate::failure::{Exit, Failure, Result};
use crate::guest::Frame;
use crate::picture;
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
    /// What was written to the golden picture.
    pub blessed: Option<String>,
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

/// Compares a picture with the golden one, and when told to bless makes it that.
///
/// # Errors
/// A mask outside the screen, or a picture that cannot be read or written.
pub fn judge(case: &Case, taken: &Taken, bless: bool) -> Result<ShotResult> {
    check_masks(case, taken)?;
    let golden = Golden::of(case, &taken.name);
    let against = |path: &Path| -> Result<(Option<Frame>, Option<Verdict>)> {
        let expected = load(path, bless)?;
        let verdict =
            expected.as_ref().map(|expected| compare::compare(expected, &taken.frame, &taken.rules));
        Ok((expected, verdict))
    };
    // A picture of its own that blessing finds to be the common one goes.
    let path = if bless && against(&golden.common)?.1 == Some(Verdict::Same) {
        golden.own.iter().for_each(|own| remove(own));
        &golden.common
    } else {
        golden.present()
    };
    let (expected, verdict) = against(path)?;
    let mut shot =
        ShotResult { name: taken.name.clone(), expected, taken: taken.clone(), verdict, blessed: None };
    match (shot.verdict, bless) {
        (Some(Verdict::Same), _) => remove_leftovers(golden.written()),
        (other, true) => {
            picture::save(&taken.frame, golden.written())?;
            remove_leftovers(golden.written());
            shot.blessed = Some(other.map_or("new".into(), |verdict| verdict.to_string()));
            shot.expected = Some(taken.frame.clone());
            shot.verdict = Some(Verdict::Same);
        }
        _ => write_leftovers(&shot, golden.written())?,
    }
    Ok(shot)
}

fn check_masks(case: &Case, taken: &Taken) -> Result<()> {
    let Frame { width, height, .. } = taken.frame;
    match taken.rules.masks.iter().find(|mask| mask.is_outside(width, height)) {
        None => Ok(()),
        Some(Rect { x, y, .. }) => Err(Failure::bad_file(
            &case.folder.join("case.toml"),
            format!(
                "shot `{}`: the mask at ({x}, {y}) covers nothing of the {width}x{height} screen",
                taken.name
            ),
        )),
    }
}

/// A picture, if there is one; blessing does not mind what cannot be read.
fn load(golden: &Path, bless: bool) -> Result<Option<Frame>> {
    if golden.symlink_metadata().is_err() {
        return Ok(None);
    }
    match picture::load(golden) {
        Ok(frame) => Ok(Some(frame)),
        Err(_) if bless => Ok(None),
        Err(failure) => Err(failure),
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
        let difference = compare::difference_picture(expected, &shot.taken.frame, &shot.taken.rules);
        picture::save(&difference, &beside(golden, "diff"))?;
    }
    Ok(())
}

/// What is wrong with a picture, if anything.
pub fn complaint(case: &Case, shot: &ShotResult) -> Option<Failure> {
    let golden = Golden::of(case, &shot.name);
    let (compared, written) = (golden.present().display(), golden.written());
    let message = match shot.verdict {
        Some(Verdict::Same) => return None,
        Some(verdict) => format!("{compared}: {verdict}; see {}", beside(written, "diff").display()),
        None => format!(
            "{compared}: no such golden picture; --bless makes it of {}",
            beside(written, "new").display()
        ),
    };
    Some(Failure::new(Exit::Mismatch, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    fn taken(colour: [u8; 3]) -> Taken {
        let frame = Frame { width: 1, height: 1, rgb: colour.to_vec() };
        Taken { name: "a".into(), rules: compare::Rules::default(), frame, text: None, now_ns: 0 }
    }

    fn of_two_adapters(folder: &Path) -> Vec<Case> {
        let text = "guest = 'g'\nvideo = ['std', 'cirrus']\nsteps = []";
        std::fs::write(folder.join("case.toml"), text).unwrap();
        crate::case::parse(folder).unwrap()
    }

    #[test]
    fn a_second_adapter_has_pictures_of_its_own_only_where_they_differ() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        let own = folder.path().join("a.cirrus.png");
        let bless = |case: usize, colour| judge(&cases[case], &taken(colour), true).unwrap();
        let same = |case: usize, colour| {
            judge(&cases[case], &taken(colour), false).unwrap().verdict == Some(Verdict::Same)
        };
        bless(0, RED);
        bless(1, RED);
        assert!(same(1, RED) && !own.exists());
        bless(1, BLUE);
        assert!(same(0, RED) && same(1, BLUE) && !same(1, RED) && own.exists());
        bless(1, RED);
        assert!(same(1, RED) && !own.exists(), "what is common again goes");
    }

    #[test]
    fn what_differs_is_left_under_the_adapters_name() {
        let folder = tempfile::tempdir().unwrap();
        let cases = of_two_adapters(folder.path());
        judge(&cases[0], &taken(RED), true).unwrap();
        let shot = judge(&cases[1], &taken(BLUE), false).unwrap();
        let complaint = complaint(&cases[1], &shot).unwrap().message;
        let new = folder.path().join("a.cirrus.new.png");
        assert!(new.exists() && folder.path().join("a.cirrus.diff.png").exists());
        assert!(complaint.contains("a.png") && complaint.contains("a.cirrus.diff.png"), "{complaint}");
        judge(&cases[1], &taken(RED), false).unwrap();
        assert!(!new.exists());
    }
}
