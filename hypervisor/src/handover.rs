//! The engine of two: the host's CPU under KVM where it runs the guest, the software CPU where it does not.
//!
//! A guest goes to the software CPU with its whole state when the host's KVM was seen to lack the mode that it is in, when KVM gives it back
//! ([`kvm::Refusal`]), while somebody debugs it, and for stretches too short to be worth an entry. It comes back where KVM can go on; who
//! comes back to soon refuse again is kept for longer and longer.
//!
//! **CPUID** cannot be intercepted under KVM, and some hosts show guests their own features whatever the preset is. Then a machine is refused
//! unless whoever begins takes the host's CPUID ([`KvmCpuid::Host`]); and it must have every feature of leaf 1's EDX that the guest then sees, since
//! the guest meets the software CPU with what it has learnt. ECX tells of instructions that no preset has: a guest that uses what it finds there fails, as
//! Linux from 2014 on does with RDRAND, unless it is told `nokaslr`.

use backplane::{Ram, Repeat, Width};
use engine::{Bus, CpuState, Engine, Executed, Exit, Features, Model, Page, Poll, Shares, Stops};
use kvm::{Ability, Answer, Kvm, Modes, Outcome, Refusal, Unavailable};
use softcpu::Interpreter;
use std::path::PathBuf;

/// What CPUID may tell a guest that runs under KVM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KvmCpuid {
    /// What the preset is; a host that shows something else is refused.
    #[default]
    Preset,
    /// What the host shows, if the machine has all that this promises.
    Host,
}

/// How to run under KVM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvmOptions {
    /// The host's device.
    pub device: PathBuf,
    /// What CPUID may tell the guest.
    pub cpuid: KvmCpuid,
}

impl Default for KvmOptions {
    fn default() -> Self {
        KvmOptions { device: kvm::DEVICE.into(), cpuid: KvmCpuid::default() }
    }
}

/// Why a machine cannot run under KVM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KvmError {
    /// The host has none to use.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// KVM cannot take CPUID away from a guest.
    #[error("a {} has no CPUID, and KVM cannot take it away from a guest", .0.name())]
    NoCpuid(Model),
    /// CPUID was tried, and did not come through.
    #[error("CPUID under the host's KVM: {0}")]
    Cpuid(String),
    /// CPUID would not tell the preset.
    #[error("CPUID under the host's KVM tells a guest features {seen:X}h of the host, and not what a {} has", model.name())]
    ForeignCpuid {
        /// The preset.
        model: Model,
        /// Leaf 1 EDX.
        seen: u32,
    },
    /// CPUID would promise what the software CPU then refuses.
    #[error("CPUID under the host's KVM promises {lacks}, which this {} lacks ({fits} has all)", model.name())]
    Promises {
        /// The preset.
        model: Model,
        /// The features.
        lacks: String,
        /// Which machine has all.
        fits: String,
    },
}

/// KVM and the software CPU, taking turns.
pub(crate) struct Handover {
    kvm: Kvm,
    modes: Modes,
    soft: Interpreter,
    /// The software CPU runs up to here at least.
    soft_until: u64,
    /// How long it keeps a guest that KVM refused.
    patience: u64,
    /// Virtual time under KVM since it last refused.
    calm_ns: u64,
    /// KVM ran since the software CPU did.
    kvm_ran: bool,
    stops: bool,
    trace: bool,
    shares: Shares,
}

/// Instructions for which the software CPU keeps a guest at first, and at most.
const PATIENCE: std::ops::RangeInclusive<u64> = 1_000..=4_000_000;
/// Instructions after which a guest whose mode KVM lacks is looked at again.
const LOOK: u64 = 10_000;
/// Virtual time under KVM after which a refusal is one of its own, and not the next of a row.
const CALM_NS: u64 = 2_000_000;
/// Less virtual time than this is not worth an entry.
const SHORT_NS: u64 = 20_000;

impl Handover {
    /// Opens the host's device and asks what it runs of a machine with this CPU.
    ///
    /// # Errors
    /// [`KvmError`]: there is no KVM here, it fails at what every guest needs, or CPUID stands in the way.
    pub(crate) fn open(options: &KvmOptions, cpu: &CpuState) -> Result<Handover, KvmError> {
        if !cpu.model.features().contains(Features::CPUID) {
            return Err(KvmError::NoCpuid(cpu.model));
        }
        let device = &options.device;
        let abilities = kvm::probe(device, true)?;
        if let Some(ability) = Ability::hindrance(&abilities) {
            let answer = match &ability.answer {
                Answer::GivenBack(answer) | Answer::Wrong(answer) => answer.clone(),
                Answer::Runs(_) => String::new(),
            };
            return Err(Unavailable::Fails { device: device.clone(), what: ability.name, answer }.into());
        }
        let mut kvm = Kvm::open(device)?;
        check_cpuid(&mut kvm, cpu, options.cpuid)?;
        let host_ns_per_instruction = Ability::speed(&abilities).unwrap_or_default();
        Ok(Handover {
            kvm,
            modes: Ability::modes(&abilities),
            soft: Interpreter::new(),
            soft_until: 0,
            patience: *PATIENCE.start(),
            calm_ns: 0,
            kvm_ran: false,
            stops: false,
            trace: false,
            shares: Shares { host_ns_per_instruction, ..Shares::default() },
        })
    }

    /// How many instructions the software CPU has to run now; none when KVM can.
    fn turn(&self, cpu: &CpuState, due: u64) -> Option<u64> {
        if self.stops || self.trace {
            return Some(u64::MAX);
        }
        if cpu.retired < self.soft_until {
            return Some(self.soft_until);
        }
        let state = cpu.interruptibility;
        if state.debug_traps != 0 || state.sti_shadow || state.ss_shadow {
            return Some(cpu.retired + 1);
        }
        if !self.modes.contains(Modes::of(cpu)) {
            return Some(cpu.retired.saturating_add(LOOK));
        }
        let short = SHORT_NS * 1000 / cpu.model.picoseconds_per_instruction();
        (due.saturating_sub(cpu.retired) < short).then_some(due)
    }

    /// The software CPU runs up to an instruction.
    fn run_soft(
        &mut self,
        cpu: &mut CpuState,
        ram: &Ram,
        bus: &mut dyn Bus,
        until: u64,
        vector: Option<u8>,
    ) -> Exit {
        if std::mem::take(&mut self.kvm_ran) {
            self.soft.flush_tlb();
        }
        let before = cpu.retired;
        let mut lent = Lent { bus, until, vector };
        let exit = self.soft.run(cpu, ram, &mut lent);
        self.shares.software_instructions += cpu.retired - before;
        exit
    }

    /// An interrupt that KVM took from the board and did not deliver comes before anything else.
    fn deliver(&mut self, cpu: &mut CpuState, ram: &Ram, bus: &mut dyn Bus, vector: u8) -> Exit {
        let nmi = std::mem::take(&mut cpu.interruptibility.nmi_pending);
        let exit = self.run_soft(cpu, ram, bus, cpu.retired + 1, Some(vector));
        cpu.interruptibility.nmi_pending |= nmi;
        exit
    }

    /// KVM gave the guest back: how long the software CPU keeps it.
    fn refused(&mut self, cpu: &CpuState, refusal: &Refusal) {
        *self.shares.given_back.entry(refusal.reason().to_owned()).or_default() += 1;
        if *refusal == Refusal::Msr {
            self.soft_until = cpu.retired + 1;
            return;
        }
        let longer = std::mem::take(&mut self.calm_ns) < CALM_NS;
        self.patience = if longer { self.patience * 4 } else { self.patience / 2 };
        self.patience = self.patience.clamp(*PATIENCE.start(), *PATIENCE.end());
        self.soft_until = cpu.retired.saturating_add(self.patience);
    }
}

/// Whether what CPUID tells the guest will do.
fn check_cpuid(kvm: &mut Kvm, cpu: &CpuState, allowed: KvmCpuid) -> Result<(), KvmError> {
    let Some(seen) = kvm::foreign_features(kvm, cpu).map_err(KvmError::Cpuid)? else { return Ok(()) };
    let model = cpu.model;
    if allowed == KvmCpuid::Preset {
        return Err(KvmError::ForeignCpuid { model, seen });
    }
    let lacks = cpu.lacks(seen);
    if lacks.is_empty() {
        return Ok(());
    }
    let fits = Model::ALL.into_iter().flat_map(|model| [(model, false), (model, true)]).find(|kind| {
        let mut cpu = CpuState::power_on(kind.0);
        cpu.fit_local_apic(kind.1);
        cpu.lacks(seen).is_empty()
    });
    let fits = match fits {
        Some((model, true)) => format!("a {} with a local APIC", model.name()),
        Some((model, false)) => format!("a {}", model.name()),
        None => "no preset".into(),
    };
    Err(KvmError::Promises { model, lacks: lacks.join(", "), fits })
}

impl Engine for Handover {
    fn name(&self) -> &'static str {
        "kvm"
    }

    fn run(&mut self, cpu: &mut CpuState, ram: &Ram, bus: &mut dyn Bus) -> Exit {
        loop {
            let due = bus.due();
            if cpu.retired >= due {
                return Exit::Due;
            }
            if let Some(until) = self.turn(cpu, due) {
                match self.run_soft(cpu, ram, bus, until, None) {
                    Exit::Due if cpu.retired < bus.due() => continue,
                    exit => return exit,
                }
            }
            let before = cpu.retired;
            let outcome = self.kvm.run(cpu, ram, bus);
            self.kvm_ran = true;
            let ran = nanoseconds(cpu, cpu.retired - before);
            self.shares.host_ns += ran;
            self.calm_ns = self.calm_ns.saturating_add(ran);
            if let Outcome::Refused(refusal) = &outcome {
                self.refused(cpu, refusal);
            }
            if let Some(vector) = self.kvm.take_undelivered() {
                match self.deliver(cpu, ram, bus, vector) {
                    Exit::Due => {}
                    exit => return exit,
                }
            }
            // What was refused, a triple fault too, is tried by the software CPU.
            if let Outcome::Exit(exit) = outcome {
                return exit;
            }
        }
    }

    fn forget(&mut self) {
        self.kvm.forget();
        self.soft.forget();
        self.soft_until = 0;
    }

    fn set_stops(&mut self, stops: Stops) {
        self.stops = !stops.is_empty();
        self.soft.set_stops(stops);
    }

    fn set_trace(&mut self, on: bool) {
        self.trace = on;
        self.soft.set_trace(on);
    }

    fn take_trace(&mut self) -> Vec<Executed> {
        self.soft.take_trace()
    }

    fn shares(&self) -> Option<Shares> {
        Some(self.shares.clone())
    }
}

fn nanoseconds(cpu: &CpuState, instructions: u64) -> u64 {
    let picoseconds = u128::from(instructions) * u128::from(cpu.model.picoseconds_per_instruction());
    u64::try_from(picoseconds / 1000).unwrap_or(u64::MAX)
}

/// The bus, for a turn of the software CPU: it comes back earlier, and may bring an interrupt along.
struct Lent<'a> {
    bus: &'a mut dyn Bus,
    until: u64,
    vector: Option<u8>,
}

impl Bus for Lent<'_> {
    fn read_port(&mut self, port: u16, width: Width, retired: u64) -> u32 {
        self.bus.read_port(port, width, retired)
    }
    fn write_port(&mut self, port: u16, width: Width, value: u32, retired: u64) {
        self.bus.write_port(port, width, value, retired);
    }
    fn repeat(&mut self, repeat: &Repeat, retired: u64) -> u32 {
        self.bus.repeat(repeat, retired)
    }
    fn read_mmio(&mut self, address: u32, width: Width, retired: u64) -> u32 {
        self.bus.read_mmio(address, width, retired)
    }
    fn write_mmio(&mut self, address: u32, width: Width, value: u32, retired: u64) {
        self.bus.write_mmio(address, width, value, retired);
    }
    fn page(&mut self, address: u32) -> Page {
        self.bus.page(address)
    }
    fn a20_mask(&self) -> u32 {
        self.bus.a20_mask()
    }
    fn map_version(&self) -> u32 {
        self.bus.map_version()
    }
    fn due(&self) -> u64 {
        match self.vector {
            Some(_) => self.until,
            None => self.bus.due().min(self.until),
        }
    }
    fn poll(&self) -> Poll {
        let poll = self.bus.poll();
        Poll { due: poll.due.min(self.until), ..poll }
    }
    fn interrupt(&self) -> bool {
        self.vector.is_some() || self.bus.interrupt()
    }
    fn acknowledge(&mut self, retired: u64) -> u8 {
        self.vector.take().unwrap_or_else(|| self.bus.acknowledge(retired))
    }
    fn place_apic(&mut self, on: bool, base: u64, retired: u64) {
        self.bus.place_apic(on, base, retired);
    }
    fn fpu_error(&mut self, retired: u64) {
        self.bus.fpu_error(retired);
    }
    fn tsc(&self, retired: u64) -> u64 {
        self.bus.tsc(retired)
    }
}
