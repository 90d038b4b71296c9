//! Board and machine: chips wired together, a CPU engine, virtual time, and the run loop.
//!
//! [`Machine`] is the whole PC. It is made from a [`MachineConfig`] and [`Media`], runs until a virtual instant
//! ([`Machine::run`]), takes input by one door ([`Machine::inject`]), and shows its screen ([`Machine::frame`],
//! [`Machine::text`]). [`Machine::save`] makes a value of all of it, [`Machine::restore`] a machine of that value. The same configuration, media and input give the same bits on any host.

#![forbid(unsafe_code)]

pub mod board;
mod build;
mod cmos;
mod config;
mod device_trace;
mod digest;
mod handover;
mod inspect;
mod kernel;
mod log;
mod machine;
mod medium;
mod rom;
mod snapshot;

pub use backplane::{Base, Bay, Disk, Instant, MediumError, Note, Notes};
pub use build::{BuildError, Drive, Media};
pub use config::{
    BootDevice, Bytes, Date, FloppyType, MachineConfig, MouseModel, Preset, SerialMouse, SerialMouseModel,
    SerialPort, Vbe, VideoKind,
};
pub use device_models::{Frame, HardwareCursor, Key, TextScreen, TextStyle};
pub use device_trace::NoChip;
pub use digest::{Digests, Sums, disk_digest};
pub use engine::{CpuState, Executed, Hit, Model, Seg, SegAccess, Shares, Stops, Watch};
pub use handover::{KvmCpuid, KvmError, KvmOptions};
pub use kernel::Kernel;
pub use log::{Event, What};
pub use machine::{Input, Machine, Moment, Stop, Until};
pub use medium::{MediumId, OpenMedium};
pub use rom::Rom;
pub use snapshot::{
    FileError, OpenBase, Pages, RestoreError, SCHEMA, Saved, SnapshotBase, SnapshotId, State,
};
