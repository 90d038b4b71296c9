//! Whole machines with small guests: the run loop, and snapshots.

mod debugger;
mod machine;
mod nmi;
mod snapshot;
mod support;
