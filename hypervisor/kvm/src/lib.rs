//! The KVM engine: guest code on the host's CPU (Linux, `Documentation/virt/kvm/api.rst`), over the same [`engine::Bus`] and chips
//! as the software CPU. There is no interrupt controller or timer in the kernel; all that is not plain memory comes back to the bus.
//!
//! Hosts differ in what their KVM can run, so nothing is assumed: [`probe()`] tries each mode, and [`Kvm::run`] gives a guest
//! back ([`Outcome::Refused`]), with its whole state, at an instruction that the host's KVM does not run. Who gives guests to KVM
//! has another engine for these.
//!
//! **Time**: the host counts no instructions. One nanosecond in which the host's CPU was in the guest is one of virtual time, told as the
//! instructions that the preset would have retired. So a run under KVM never repeats to the bit.
//!
//! **Known deviations**: instructions newer than the preset's run if the host has them, and some hosts tell their own features by CPUID; #MF comes instead of IRQ 13 where CR0.NE is
//! clear and the host's FPU is used; the time-stamp counter ticks at the host's rate unless the host can scale it, and goes on from there afterwards; selectors of the
//! last x87 instruction and its operand are lost when they change; page-directory-pointer entries are read again from memory at each entry and exit.
//!
//! `unsafe` is confined to this crate's `host` folder: the system calls, the shared page of a vCPU, and a timer's signal.

mod outcome;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod elsewhere;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod host;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod probe;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub use elsewhere::{Kvm, probe};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use host::Kvm;
pub use outcome::{Ability, Modes, Outcome, Refusal, Unavailable};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use probe::probe;

/// Where Linux has KVM.
pub const DEVICE: &str = "/dev/kvm";
