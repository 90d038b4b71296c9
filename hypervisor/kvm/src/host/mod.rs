//! The engine on a host that has KVM.
#![allow(unsafe_code)]

mod fpu;
mod kick;
mod memory;
mod registers;
mod stretch;
mod vcpu;

use crate::{Outcome, Refusal, Unavailable};
use backplane::Ram;
use engine::{Bus, CpuState, Exit, Model};
use kick::Timer;
use kvm_ioctls::Kvm as System;
use memory::Slots;
use std::path::Path;
use stretch::Stretch;
use vcpu::Vcpu;

/// A machine's CPU under KVM.
pub struct Kvm {
    system: System,
    /// Made when the first state comes, for a preset and with or without a local APIC.
    guest: Option<Guest>,
    timer: Option<Timer>,
    undelivered: Option<u8>,
}

struct Guest {
    vcpu: Vcpu,
    slots: Slots,
    kind: (Model, bool),
    /// What the vCPU holds, if nobody changed it since.
    holds: Option<CpuState>,
}

impl Kvm {
    /// Opens the host's device.
    ///
    /// # Errors
    /// [`Unavailable`]: it is not there, may not be used, or lacks what the engine stands on.
    pub fn open(device: &Path) -> Result<Kvm, Unavailable> {
        let system = vcpu::open(device)?;
        Ok(Kvm { system, guest: None, timer: None, undelivered: None })
    }

    /// Runs as [`engine::Engine::run`] does, or gives the guest back.
    pub fn run(&mut self, cpu: &mut CpuState, ram: &Ram, bus: &mut dyn Bus) -> Outcome {
        match self.try_run(cpu, ram, bus) {
            Ok(outcome) => outcome,
            Err(message) => {
                // What the vCPU holds is not trusted again.
                self.guest = None;
                Outcome::Refused(Refusal::Host(message))
            }
        }
    }

    /// The vector of an interrupt that was acknowledged in the last run and is not delivered: another engine has to deliver it
    /// before anything else, to the state that the run left.
    pub fn take_undelivered(&mut self) -> Option<u8> {
        self.undelivered.take()
    }

    /// Forgets every cache: the state or the memory was replaced from outside.
    pub fn forget(&mut self) {
        self.undelivered = None;
        if let Some(guest) = &mut self.guest {
            guest.holds = None;
            guest.slots.forget();
        }
    }

    fn try_run(&mut self, cpu: &mut CpuState, ram: &Ram, bus: &mut dyn Bus) -> Result<Outcome, String> {
        if cpu.halted {
            let state = cpu.interruptibility;
            let nmi = state.nmi_pending && !state.nmi_blocked;
            let interrupt = cpu.eflags & engine::EFlags::IF.bits() != 0 && bus.interrupt();
            if !nmi && !interrupt {
                return Ok(Outcome::Exit(Exit::Halted));
            }
            cpu.halted = false;
        }
        let kind = (cpu.model, cpu.local_apic);
        if self.guest.as_ref().is_none_or(|guest| guest.kind != kind) {
            let vcpu = Vcpu::new(&self.system, cpu).map_err(|error| format!("no vCPU: {error}"))?;
            self.guest = Some(Guest { vcpu, slots: Slots::new(), kind, holds: None });
        }
        if self.timer.as_ref().is_none_or(|timer| !timer.is_here()) {
            self.timer = Some(Timer::new().map_err(|error| format!("no timer: {error}"))?);
        }
        let (Some(guest), Some(timer)) = (&mut self.guest, &mut self.timer) else {
            return Err("no vCPU".into());
        };
        guest.slots.update(&guest.vcpu.vm, ram, bus)?;
        guest
            .load(cpu, bus)
            .map_err(|error| format!("a state that the host's KVM does not take: {error}"))?;
        let (outcome, retired) = Stretch::new(cpu, ram, bus, guest, timer).run();
        cpu.retired = retired;
        let (outcome, undelivered) = guest.unload(outcome, cpu, ram, bus)?;
        self.undelivered = undelivered;
        Ok(outcome)
    }
}

impl Guest {
    fn load(&mut self, cpu: &CpuState, bus: &dyn Bus) -> Result<(), kvm_ioctls::Error> {
        let same = self.holds.take().is_some_and(|held| CpuState { retired: cpu.retired, ..held } == *cpu);
        if same {
            return Ok(());
        }
        self.vcpu.load(cpu, bus.tsc(cpu.retired).wrapping_add(cpu.msr.tsc_offset))
    }

    fn unload(
        &mut self,
        outcome: Outcome,
        cpu: &mut CpuState,
        ram: &Ram,
        bus: &dyn Bus,
    ) -> Result<(Outcome, Option<u8>), String> {
        self.slots.mark_written(&self.vcpu.vm, ram)?;
        let (tsc, undelivered) = self.vcpu.unload(cpu).map_err(|error| format!("no registers: {error}"))?;
        cpu.msr.tsc_offset = tsc.wrapping_sub(bus.tsc(cpu.retired));
        if outcome == Outcome::Refused(Refusal::Msr) {
            // The vCPU ends its own try at the instruction, and is loaded anew.
            self.vcpu.exit_at_once(true);
            self.vcpu.enter(|| {});
            self.vcpu.exit_at_once(false);
        }
        cpu.halted = outcome == Outcome::Exit(Exit::Halted);
        if cpu.cr4 & CR4_PAE != 0 && cpu.cr0 & engine::CrZero::PG.bits() != 0 {
            let table = (cpu.cr3 & !0x1F) as usize;
            cpu.pdpte = std::array::from_fn(|n| ram.read_u64(table + 8 * n));
        }
        // A CPU of some hosts starts over when it shuts down: nothing is left to confirm it by.
        let outcome = match outcome {
            Outcome::Refused(Refusal::Shutdown) if registers::at_reset(cpu) => Outcome::Exit(Exit::Shutdown),
            outcome => outcome,
        };
        let whole = undelivered.is_none() && cpu.interruptibility.debug_traps == 0;
        self.holds = (whole && outcome == Outcome::Exit(Exit::Due)).then(|| cpu.clone());
        Ok((outcome, undelivered))
    }
}

/// CR4.PAE.
const CR4_PAE: u32 = 1 << 5;
