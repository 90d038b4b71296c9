//! What comes of running a guest under KVM, and of asking for it.

use bitflags::bitflags;
use engine::{CpuState, CrZero, EFlags, Exit};
use std::path::PathBuf;

/// Why a host has no KVM to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// There is no such device.
    #[error("{}: there is no such device; the host has no KVM, or keeps it from this place", .0.display())]
    Missing(PathBuf),
    /// The device is there and may not be used.
    #[error("{}: the host refuses: {cause}; the device's group may be missing", device.display())]
    Refused {
        /// The device.
        device: PathBuf,
        /// What the host said.
        cause: String,
    },
    /// It is not KVM, or not of the stable interface (version 12).
    #[error("{}: not KVM's interface of version 12", .0.display())]
    Foreign(PathBuf),
    /// A capability is missing.
    #[error("{}: the host's KVM lacks {lacks}", device.display())]
    Lacks {
        /// The device.
        device: PathBuf,
        /// What.
        lacks: &'static str,
    },
    /// It does not do what every guest needs, or does it wrong.
    #[error("{}: the host's KVM fails at {what}: {answer}", device.display())]
    Fails {
        /// The device.
        device: PathBuf,
        /// At what.
        what: &'static str,
        /// What came of it.
        answer: String,
    },
    /// Not Linux on x86-64.
    #[error("KVM needs Linux on an x86-64 host")]
    Host,
}

/// Why KVM gave a guest back. The CPU's state is whole, and before the instruction in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// KVM has to emulate an instruction, and cannot.
    Emulation,
    /// RDMSR or WRMSR: the registers are the software CPU's.
    Msr,
    /// KVM says that the CPU shut down: a triple fault, or a mode that it lacks.
    Shutdown,
    /// The host's CPU does not enter this state.
    Entry,
    /// Something else that it said.
    Host(String),
}

impl Refusal {
    /// The reason in few words.
    pub fn reason(&self) -> &str {
        match self {
            Refusal::Emulation => "an instruction that the host's KVM does not emulate",
            Refusal::Msr => "a model-specific register",
            Refusal::Shutdown => "a shutdown, to be confirmed",
            Refusal::Entry => "a state that the host's CPU does not enter",
            Refusal::Host(what) => what,
        }
    }
}

/// How a stretch under KVM ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As any engine ends.
    Exit(Exit),
    /// Another engine has to go on.
    Refused(Refusal),
}

bitflags! {
    /// What a host's KVM was seen to run.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Modes: u8 {
        /// Real mode.
        const REAL = 1 << 0;
        /// Real mode with segments beyond 64 KiB.
        const BIG_REAL = 1 << 1;
        /// Protected mode without paging.
        const PROTECTED = 1 << 2;
        /// Paging.
        const PAGING = 1 << 3;
        /// Paging with 64-bit entries.
        const PAE = 1 << 4;
        /// Virtual-8086 mode.
        const V86 = 1 << 5;
    }
}

/// CR4.PAE.
const CR4_PAE: u32 = 1 << 5;

impl Modes {
    /// Those that a CPU is in.
    pub fn of(cpu: &CpuState) -> Modes {
        if cpu.cr0 & CrZero::PE.bits() == 0 {
            let big = cpu.seg.iter().any(|segment| segment.limit > 0xFFFF);
            return if big { Modes::BIG_REAL } else { Modes::REAL };
        }
        let mut modes = Modes::PROTECTED;
        if cpu.cr0 & CrZero::PG.bits() != 0 {
            modes |= if cpu.cr4 & CR4_PAE != 0 { Modes::PAE } else { Modes::PAGING };
        }
        if cpu.eflags & EFlags::VM.bits() != 0 {
            modes |= Modes::V86;
        }
        modes
    }
}

/// What a host's KVM made of something.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It ran, in so many nanoseconds an instruction if that was measured.
    Runs(Option<f64>),
    /// The guest came back before it, for this reason: another engine does it.
    GivenBack(String),
    /// Something else was done without a word.
    Wrong(String),
}

/// One thing that a host's KVM was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Ability {
    /// What.
    pub name: &'static str,
    /// The mode it stands for, if it is one.
    pub mode: Option<Modes>,
    /// What came of it.
    pub answer: Answer,
}

impl Ability {
    /// Whether it ran.
    pub fn runs(&self) -> bool {
        matches!(self.answer, Answer::Runs(_))
    }

    /// In which modes a guest may be entered. Where the host's KVM loses a guest that leaves unpaged protected mode for another one,
    /// protected mode is none of them.
    pub fn modes(abilities: &[Ability]) -> Modes {
        let found = abilities.iter().filter(|ability| ability.runs());
        let modes = found.filter_map(|ability| ability.mode).fold(Modes::empty(), |modes, mode| modes | mode);
        let lost = |a: &Ability| LEAVING.contains(&a.name) && matches!(a.answer, Answer::Wrong(_));
        if abilities.iter().any(lost) { modes - Modes::PROTECTED } else { modes }
    }

    /// Nanoseconds that an instruction of real mode took.
    pub fn speed(abilities: &[Ability]) -> Option<f64> {
        abilities.iter().find_map(|ability| match (ability.mode, &ability.answer) {
            (Some(Modes::REAL), Answer::Runs(nanoseconds)) => *nanoseconds,
            _ => None,
        })
    }

    /// The first thing without which, or with a wrong answer to which, no guest can be given to this KVM.
    pub fn hindrance(abilities: &[Ability]) -> Option<&Ability> {
        abilities.iter().find(|ability| match &ability.answer {
            Answer::Runs(_) => false,
            Answer::GivenBack(_) => NEEDED.contains(&ability.name),
            Answer::Wrong(_) => !AVOIDED.contains(&ability.name) && !LEAVING.contains(&ability.name),
        })
    }
}

/// What every guest needs.
const NEEDED: [&str; 5] = ["real mode", "read-only memory", "dirty pages", "interrupts", "immediate exit"];

/// What is not entered, or for whoever begins to decide about ([`crate::foreign_features`]), where it goes wrong.
const AVOIDED: [&str; 6] = ["big real mode", "protected mode", "paging", "PAE", "virtual-8086 mode", "CPUID"];

/// The ways from unpaged protected mode into others.
pub(crate) const LEAVING: [&str; 2] = ["paging turned on", "IRET to virtual-8086 mode"];
