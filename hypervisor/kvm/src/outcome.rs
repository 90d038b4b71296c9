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

/// One thing that a host's KVM was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Ability {
    /// What.
    pub name: &'static str,
    /// The mode it stands for, if it is one.
    pub mode: Option<Modes>,
    /// Nanoseconds an instruction took; or why it did not work.
    pub answer: Result<Option<f64>, String>,
}

impl Ability {
    /// The modes among abilities that were found.
    pub fn modes(abilities: &[Ability]) -> Modes {
        let found = abilities.iter().filter(|ability| ability.answer.is_ok());
        found.filter_map(|ability| ability.mode).fold(Modes::empty(), |modes, mode| modes | mode)
    }
}
