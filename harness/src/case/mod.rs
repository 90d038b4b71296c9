//! Cases: a folder with `case.toml` and the golden pictures of its shots.

mod beginning;
mod contents;
mod file;
mod parse;
mod run;
mod sought;
mod step;

pub use crate::images::vars::Variables;
pub use beginning::{Beginning, Beginnings};
pub(crate) use file::{CaseTable, StepsTable};
pub use parse::{Case, GuestRef, name, parse};
pub use run::{Mark, Progress, Run, StepTime, Still, Taken, Watch, run};
pub use step::{Accepted, Action, ClickText, End, FileCheck, Motion, Place, Shot, Step, Volume, Wait};
