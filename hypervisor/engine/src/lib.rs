//! The seam between the board and whatever runs guest instructions.
//!
//! Every engine (interpreter, translator, KVM) maps a [`CpuState`] to a [`CpuState`] until something is due, over
//! the same [`Bus`]. Between two calls of [`Engine::run`] the whole CPU is in the [`CpuState`]: engines keep only
//! caches, so one can take over from another at any such point.

#![forbid(unsafe_code)]

mod bus;
mod cpuid;
mod debugger;
mod model;
mod shares;
mod state;

pub use bus::{Bus, Page, Poll};
pub use debugger::{Executed, Hit, Stops, Watch};
pub use model::{Features, Model};
pub use shares::Shares;
pub use state::{
    ApicBase, CpuState, CrZero, EFlags, F80, Fpu, Interruptibility, Mtrrs, Reg, Seg, SegAccess, Segment,
    SystemMsrs, Table,
};

use backplane::Ram;

/// Why an engine came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// [`Bus::due`] was reached: the machine has something to do.
    Due,
    /// The CPU executed HLT and waits for an interrupt; [`CpuState::halted`] is set.
    Halted,
    /// A fault while a double fault was delivered: the CPU shut down.
    Shutdown,
    /// A place of [`Engine::set_stops`] was met.
    Stopped(Hit),
}

/// Something that runs guest instructions.
pub trait Engine: Send {
    /// A short name: `interpreter`, `jit`, `kvm`.
    fn name(&self) -> &'static str;

    /// Runs from `cpu` until the bus says that something is due, the CPU halts or it shuts down. On return `cpu`
    /// is complete and precise. `cpu.retired` counts every instruction exactly; each iteration of a repeated
    /// string instruction counts as one.
    fn run(&mut self, cpu: &mut CpuState, ram: &Ram, bus: &mut dyn Bus) -> Exit;

    /// Forgets every cache: the state or the memory was replaced from outside.
    fn forget(&mut self);

    /// Replaces the places to stop at.
    fn set_stops(&mut self, stops: Stops);

    /// Begins or ends the record of executed instructions.
    fn set_trace(&mut self, on: bool);

    /// Takes the record since the last call.
    fn take_trace(&mut self) -> Vec<Executed>;

    /// What each part of an engine of several ran; `None` of an engine that is one.
    fn shares(&self) -> Option<Shares> {
        None
    }
}
