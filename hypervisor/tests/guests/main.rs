//! Whole machines with small guests: the run loop, and snapshots.

mod machine;
mod snapshot;
mod support;
