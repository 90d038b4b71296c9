//! A picture that is waited for.

use super::parse::Case;
use super::run::Taken;
use super::step::Wait;
use crate::compare::{Rect, Rules, Verdict, compare};
use crate::failure::{Failure, Result};
use crate::find::{cut, find};
use crate::golden;
use crate::guest::Frame;

/// The golden pictures of a wait, read.
pub(super) enum Sought {
    /// The screen is as one of these.
    InPlace(Vec<Frame>, Rules),
    /// This stands anywhere on the screen.
    Anywhere(Frame),
}

impl Sought {
    /// Reads what is waited for. What the run itself has taken under the name goes before the golden picture, which may be missing
    /// or about to be renewed.
    ///
    /// # Errors
    /// There is no such picture, or a part of it is asked for that it has not.
    pub(super) fn load(case: &Case, wait: &Wait, taken: &[Taken]) -> Result<Self> {
        let shot = &wait.shot;
        let picture = |name: &String| match taken.iter().find(|taken| taken.shot.name == *name) {
            Some(taken) => Ok(taken.frame.clone()),
            None => golden::existing(case, name),
        };
        let names = std::iter::once(&shot.name).chain(shot.accepted.iter().map(|other| &other.picture));
        let pictures: Vec<Frame> = names.map(picture).collect::<Result<_>>()?;
        if let (true, Some(whole)) = (wait.anywhere, pictures.first()) {
            let part =
                shot.rules.only.unwrap_or(Rect { x: 0, y: 0, width: whole.width, height: whole.height });
            return match part.is_inside(whole.width, whole.height) {
                true => Ok(Sought::Anywhere(cut(whole, part))),
                false => Err(Failure::bad(format!(
                    "the area is not inside the picture of {}x{}",
                    whole.width, whole.height
                ))),
            };
        }
        for picture in &pictures {
            golden::check_rules(case, &shot.name, &shot.rules, picture)?;
        }
        Ok(Sought::InPlace(pictures, shot.rules.clone()))
    }

    /// Whether the screen shows it.
    pub(super) fn is_on(&self, screen: &Frame) -> bool {
        match self {
            Sought::InPlace(pictures, rules) => {
                pictures.iter().any(|picture| compare(picture, screen, rules) == Verdict::Same)
            }
            Sought::Anywhere(part) => find(part, screen).is_some(),
        }
    }

    /// What is said when it did not come.
    pub(super) fn missed(&self, screen: &Frame) -> String {
        match self {
            Sought::InPlace(pictures, rules) => match pictures.first() {
                Some(picture) => format!("at last {}", compare(picture, screen, rules)),
                None => "there is no picture".into(),
            },
            Sought::Anywhere(part) => {
                format!("its {}x{} dots are nowhere on the screen", part.width, part.height)
            }
        }
    }
}
