//! The log of a run, and the run again: the same bits on any host.
//!
//! A log is text, a line of JSON each:
//!
//! | line | what it says |
//! |---|---|
//! | the first | `format`, `schema` and the version that wrote it |
//! | the second | the guest's name, the whole machine, its ROM files and media by name, length and digest ([`head::Head`]) |
//! | every other | a moment, and what happened then ([`line::Entry`]): an input, digests of every part of the machine, the end |
//!
//! Digests are written at switch-on, every virtual second of the first minute, and then each time another sixtieth of the time so far has
//! gone by: a log grows with what comes from outside, and with the logarithm of time. Each line is written when it happens, so a run that is
//! killed leaves all that is needed to come to the same place.

mod asked;
mod device;
mod head;
mod kept;
mod line;
mod log_args;
mod player;
mod replay_args;
mod shelf;
mod show;
mod writer;

pub(crate) use asked::{Answer, Ask, Greeting, Place, Space, Stand, answer};
pub(crate) use device::TraceFile;
pub(crate) use head::Head;
pub(crate) use kept::Kept;
pub(crate) use line::{Entry, Line, ReadLog, show};
pub(crate) use log_args::LogArgs;
pub(crate) use player::{Player, Target};
pub(crate) use replay_args::{ReplayArgs, replay};
pub(crate) use shelf::{Given, Shelf, given};
pub(crate) use writer::{Log, whole};
