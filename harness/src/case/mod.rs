//! Cases: a folder with `case.toml` and the golden pictures of its shots.

mod parse;
mod run;

pub use parse::{Action, Case, GuestRef, Shot, Step, name, parse};
pub use run::{Mark, Run, Taken, run};
