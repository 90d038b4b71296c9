//! CPU presets: which silicon a machine has.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// What a CPU can do, beyond the 80386's instruction set.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Features: u32 {
        /// x87 on chip.
        const FPU = 1 << 0;
        /// BSWAP, CMPXCHG, XADD, INVLPG, WBINVD, INVD, CR0.WP, alignment check.
        const I486 = 1 << 1;
        /// CPUID and the ID flag.
        const CPUID = 1 << 2;
        /// Virtual-8086 mode extensions.
        const VME = 1 << 3;
        /// Debugging extensions: CR4.DE.
        const DE = 1 << 4;
        /// 4 MiB pages.
        const PSE = 1 << 5;
        /// RDTSC and CR4.TSD.
        const TSC = 1 << 6;
        /// RDMSR, WRMSR.
        const MSR = 1 << 7;
        /// CMPXCHG8B.
        const CX8 = 1 << 8;
        /// MMX.
        const MMX = 1 << 9;
        /// CMOVcc, FCMOVcc, FCOMI.
        const CMOV = 1 << 10;
        /// Physical address extension.
        const PAE = 1 << 11;
        /// Global pages.
        const PGE = 1 << 12;
        /// SYSENTER, SYSEXIT.
        const SEP = 1 << 13;
        /// FXSAVE, FXRSTOR.
        const FXSR = 1 << 14;
        /// SSE.
        const SSE = 1 << 15;
        /// SSE2.
        const SSE2 = 1 << 16;
        /// RDPMC.
        const PMC = 1 << 17;
        /// UD2, and hint NOPs 0F 18-1F.
        const P6 = 1 << 18;
        /// CR4.MCE and the machine-check MSRs of the family.
        const MCE = 1 << 24;
        /// Memory-type range registers.
        const MTRR = 1 << 25;
        /// Machine-check architecture.
        const MCA = 1 << 26;
        /// Page attribute table.
        const PAT = 1 << 27;
        /// 4 MiB pages above 4 GiB.
        const PSE36 = 1 << 28;
        /// Self-snoop.
        const SNOOP = 1 << 29;
    }
}

/// A CPU preset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Model {
    /// 8086 behaviour switches, for the silicon suites.
    #[serde(rename = "8086")]
    I8086,
    /// 80286 behaviour switches, for the silicon suites.
    #[serde(rename = "286")]
    I80286,
    /// 80386 with an 80387.
    #[serde(rename = "386")]
    I386,
    /// i486DX2, SL-enhanced.
    #[serde(rename = "486")]
    I486,
    /// Pentium (P54C).
    #[default]
    #[serde(rename = "pentium")]
    Pentium,
    /// Pentium MMX (P55C).
    #[serde(rename = "pentium-mmx")]
    PentiumMmx,
    /// Pentium II (Deschutes).
    #[serde(rename = "pentium2")]
    Pentium2,
    /// Pentium III (Coppermine).
    #[serde(rename = "pentium3")]
    Pentium3,
    /// Pentium 4 (Willamette).
    #[serde(rename = "pentium4")]
    Pentium4,
}

impl Model {
    /// The presets a machine can name, oldest first.
    pub const ALL: [Model; 7] = [
        Model::I386,
        Model::I486,
        Model::Pentium,
        Model::PentiumMmx,
        Model::Pentium2,
        Model::Pentium3,
        Model::Pentium4,
    ];

    /// The name in machine files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Model::I8086 => "8086",
            Model::I80286 => "286",
            Model::I386 => "386",
            Model::I486 => "486",
            Model::Pentium => "pentium",
            Model::PentiumMmx => "pentium-mmx",
            Model::Pentium2 => "pentium2",
            Model::Pentium3 => "pentium3",
            Model::Pentium4 => "pentium4",
        }
    }

    /// What it can do.
    pub const fn features(self) -> Features {
        use Features as F;
        const I486: Features = F::FPU.union(F::I486);
        const PENTIUM: Features = I486
            .union(F::CPUID)
            .union(F::VME)
            .union(F::DE)
            .union(F::PSE)
            .union(F::TSC)
            .union(F::MSR)
            .union(F::MCE)
            .union(F::CX8);
        const P6: Features = PENTIUM
            .union(F::MMX)
            .union(F::CMOV)
            .union(F::PAE)
            .union(F::PGE)
            .union(F::MTRR)
            .union(F::MCA)
            .union(F::PMC)
            .union(F::P6);
        // Deschutes has what the first Pentium II lacks: PAT, PSE-36 and FXSAVE.
        const P2: Features = P6.union(F::SEP).union(F::PAT).union(F::PSE36).union(F::FXSR);
        match self {
            Model::I8086 | Model::I80286 | Model::I386 => F::FPU,
            // An SL-enhanced DX2: CPUID, and nothing that it reports but the FPU.
            Model::I486 => I486.union(F::CPUID),
            Model::Pentium => PENTIUM,
            Model::PentiumMmx => PENTIUM.union(F::MMX).union(F::PMC),
            Model::Pentium2 => P2,
            Model::Pentium3 => P2.union(F::SSE),
            Model::Pentium4 => P2.union(F::SSE).union(F::SSE2).union(F::SNOOP),
        }
    }

    /// Virtual picoseconds an instruction takes: the preset's constant instruction rate.
    pub const fn picoseconds_per_instruction(self) -> u64 {
        match self {
            Model::I8086 => 1_000_000,
            Model::I80286 => 400_000,
            Model::I386 => 125_000,
            Model::I486 => 25_000,
            Model::Pentium => 10_000,
            Model::PentiumMmx => 5_000,
            Model::Pentium2 => 2_500,
            Model::Pentium3 => 1_250,
            Model::Pentium4 => 700,
        }
    }

    /// Frequency of the time-stamp counter in hertz.
    pub const fn tsc_hz(self) -> u64 {
        match self {
            Model::PentiumMmx => 200_000_000,
            Model::Pentium2 => 400_000_000,
            Model::Pentium3 => 800_000_000,
            Model::Pentium4 => 1_500_000_000,
            _ => 100_000_000,
        }
    }
}
