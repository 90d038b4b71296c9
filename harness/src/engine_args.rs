//! What runs the guest: the software CPU, or KVM with the software CPU beside it.

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::guest::Guest;
use crate::guest_file::MachineTable;
use clap::Args;
use hypervisor::{KvmCpuid, KvmError, KvmOptions, Shares};
use serde_json::json;

/// What runs a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// The software CPU: the same machine, media and input give the same bits.
    #[default]
    Soft,
    /// The host's CPU where its KVM can, the software CPU where it cannot.
    Kvm,
}

impl EngineKind {
    /// Their names in files and on the command line.
    pub(crate) const NAMES: &[(&str, EngineKind)] = &[("soft", EngineKind::Soft), ("kvm", EngineKind::Kvm)];
}

/// What CPUID may tell a guest under KVM, in files and on the command line.
pub(crate) const CPUID: &[(&str, KvmCpuid)] = &[("preset", KvmCpuid::Preset), ("host", KvmCpuid::Host)];

/// The engine that a guest's file asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineChoice {
    /// Which.
    pub kind: EngineKind,
    /// What CPUID may tell the guest under KVM.
    pub cpuid: KvmCpuid,
}

impl EngineChoice {
    /// Goes on under KVM.
    ///
    /// # Errors
    /// One line: the host, or this machine, cannot.
    pub(crate) fn run_on_kvm(self, guest: &mut dyn Guest) -> Result<(), String> {
        let machine = guest.machine().ok_or("this guest has no engine")?;
        let options = KvmOptions { cpuid: self.cpuid, ..KvmOptions::default() };
        machine.run_on_kvm(&options).map_err(|why| {
            let hint = match (&why, self.cpuid) {
                (KvmError::ForeignCpuid { .. }, KvmCpuid::Preset) => " (--kvm-cpuid host takes that)",
                _ => "",
            };
            format!("{why}{hint}")
        })
    }
}

/// Options of `relic run` for the engine.
#[derive(Args)]
#[command(next_help_heading = "The engine")]
pub(crate) struct EngineArgs {
    /// soft: the software CPU, the same way each time. kvm: the host's CPU where its KVM can, and the software CPU where it
    /// cannot, never the same way twice [default: the guest's, or soft]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,
    /// What CPUID may tell a guest under KVM. preset: what its CPU has, and a host that cannot do this is not used. host:
    /// what the host's KVM shows, if the machine has it all [default: the guest's, or preset]
    #[arg(long, value_name = "WHOSE")]
    kvm_cpuid: Option<String>,
}

impl EngineArgs {
    /// The command line goes before the guest's file.
    pub(crate) fn overrule(&self, machine: &mut MachineTable) {
        machine.engine = self.engine.clone().or(machine.engine.take());
        machine.kvm_cpuid = self.kvm_cpuid.clone().or(machine.kvm_cpuid.take());
    }
}

/// Gives a guest to its engine. Where KVM cannot be used that is said, and the software CPU runs it.
pub(crate) fn begin(choice: EngineChoice, guest: &mut dyn Guest, console: &Console) {
    if choice.kind == EngineKind::Kvm
        && let Err(why) = choice.run_on_kvm(guest)
    {
        console.complain(format!("engine kvm: {why}; the software CPU runs the guest"));
    }
}

/// Refuses results that only the software CPU can give.
///
/// # Errors
/// A log is asked for of a run under KVM.
pub(crate) fn check(choice: EngineChoice, log: bool) -> Result<()> {
    if choice.kind == EngineKind::Kvm && log {
        let why = "a run under KVM goes another way each time; with --engine soft it is written, also from a snapshot that KVM left";
        return Err(Failure::bad(format!("--log: {why}")));
    }
    Ok(())
}

/// Which engine ran how much, if there were two.
pub(crate) fn shares(guest: &mut dyn Guest) -> Option<Shares> {
    guest.machine().and_then(|machine| machine.shares())
}

/// [`Shares`] in one line.
pub(crate) fn told(shares: &Shares) -> String {
    let count: u64 = shares.given_back.values().sum();
    let why = shares.given_back.iter().map(|(reason, times)| format!("{times} for {reason}"));
    let why = why.collect::<Vec<_>>().join(", ");
    let tail = if count == 0 { String::new() } else { format!("; given back {why}") };
    format!(
        "the host's CPU ran {:.1} % of the instructions, about {}, the software CPU {}{tail}",
        shares.host_percent(),
        shares.host_instructions(),
        shares.software_instructions,
    )
}

/// [`Shares`] for other programs.
pub(crate) fn to_json(shares: &Shares) -> serde_json::Value {
    json!({
        "host_percent": shares.host_percent(),
        "host_instructions": shares.host_instructions(),
        "host_ns": shares.host_ns,
        "software_instructions": shares.software_instructions,
        "given_back": shares.given_back,
    })
}
