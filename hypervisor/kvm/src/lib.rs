//! The KVM engine: guest code on the host's CPU (Linux, `Documentation/virt/kvm/api.rst`), over the same [`engine::Bus`] and chips
//! as the software CPU. There is no interrupt controller or timer in the kernel; all that is not plain memory comes back to the bus.
//!
//! Hosts differ in what their KVM can run, so nothing is assumed: [`probe()`] tries each mode and the ways out of it, and [`Kvm::run`] gives a
//! guest back ([`Outcome::Refused`]), with its whole state, at an instruction that the host's KVM does not run. Who gives guests to
//! KVM has another engine for these, and enters only modes that ran.
//!
//! **Time**: the host counts no instructions. One nanosecond in which the host's CPU was in the guest is one of virtual time, told as the
//! instructions that the preset would have retired. So a run under KVM never repeats to the bit.
//!
//! **CPUID** cannot be intercepted. The preset's leaves are given to the kernel, but some hosts show guests features of their own all the same:
//! [`foreign_features`] tells, for whoever begins to decide. A 386, which has no CPUID, cannot run here.
//!
//! **Known deviations**: instructions newer than the preset's run if the host has them; #MF comes instead of IRQ 13 where CR0.NE is
//! clear and the host's FPU is used; the time-stamp counter ticks at the host's rate unless the host can scale it, and goes on from there afterwards; selectors of the
//! last x87 instruction and its operand are lost when they change; page-directory-pointer entries are read again from memory at each entry and exit. Where KVM emulates
//! instructions itself it leaves checks out, such as that of the IDT's limit in real mode; and a task switch from unpaged protected into
//! virtual-8086 mode, unlike IRET, may lose EFLAGS.VM there.
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
pub use elsewhere::{Kvm, foreign_features, probe};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use host::Kvm;
pub use outcome::{Ability, Answer, Modes, Outcome, Refusal, Unavailable};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use probe::{foreign_features, probe};

/// Where Linux has KVM.
pub const DEVICE: &str = "/dev/kvm";
