//! Whole machines with small guests: the run loop, and snapshots.

mod apic;
mod debugger;
mod device_trace;
mod machine;
mod nmi;
mod power;
mod snapshot;
mod snapshot_difference;
mod snapshot_file;
mod support;
