//! What CPUID says of a preset (Intel application note 485).

use crate::{ApicBase, CpuState, Features, Model};

/// Leaf 1 EDX bits of the features that guests may use. SSE2 comes with CLFLUSH. The Pentium 4's
/// debug store and thermal monitor (21, 22, 29) are not there.
const FEATURES: [(Features, u32); 22] = [
    (Features::FPU, 0),
    (Features::VME, 1),
    (Features::DE, 2),
    (Features::PSE, 3),
    (Features::TSC, 4),
    (Features::MSR, 5),
    (Features::PAE, 6),
    (Features::MCE, 7),
    (Features::CX8, 8),
    (Features::SEP, 11),
    (Features::MTRR, 12),
    (Features::PGE, 13),
    (Features::MCA, 14),
    (Features::CMOV, 15),
    (Features::PAT, 16),
    (Features::PSE36, 17),
    (Features::SSE2, 19),
    (Features::MMX, 23),
    (Features::FXSR, 24),
    (Features::SSE, 25),
    (Features::SSE2, 26),
    (Features::SNOOP, 27),
];

fn feature_bits(features: Features) -> u32 {
    FEATURES.into_iter().filter(|(f, _)| features.contains(*f)).fold(0, |bits, (_, n)| bits | 1 << n)
}

/// Leaf 1 EDX: a local APIC that is on.
const APIC: u32 = 1 << 9;

/// Whether the guest finds a local APIC: one that APIC_BASE switched off is not there.
fn apic_bit(cpu: &CpuState) -> u32 {
    let on = !cpu.model.features().contains(Features::P6) || cpu.msr.apic_base & ApicBase::ENABLED != 0;
    if cpu.local_apic && on { APIC } else { 0 }
}

/// Leaf 1 EBX: brand index in bits 7-0, CLFLUSH line in quadwords in bits 15-8 (table 7).
fn brand(model: Model) -> u32 {
    match model {
        Model::Pentium3 => 0x02,
        Model::Pentium4 => 0x0808,
        _ => 0,
    }
}

/// Cache and TLB descriptors of leaf 2.
fn cache_descriptors(model: Model) -> [u32; 4] {
    match model {
        Model::Pentium4 => [0x665B_5001, 0, 0, 0x007A_7000],
        Model::Pentium3 => [0x0302_0101, 0, 0, 0x0C04_0882],
        _ => [0x0302_0101, 0, 0, 0x0C04_0843],
    }
}

/// Leaves 80000002h-80000004h of the Pentium 4: 48 bytes, right-justified, closed by a zero.
const BRAND_STRING: &[u8; 48] = b"              Intel(R) Pentium(R) 4 CPU 1500MHz\0";

/// The registers of a basic leaf, EAX to EDX. The serial number of a Pentium III (leaf 3) is disabled.
fn basic_leaf(leaf: u32, last: u32, cpu: &CpuState) -> [u32; 4] {
    match leaf {
        0 => {
            let word = |b: &[u8; 4]| u32::from_le_bytes(*b);
            [last, word(b"Genu"), word(b"ntel"), word(b"ineI")]
        }
        1 => {
            let features = feature_bits(cpu.model.features()) | apic_bit(cpu);
            [cpu.model.signature(), brand(cpu.model), 0, features]
        }
        _ => cache_descriptors(cpu.model),
    }
}

/// The registers of leaf 80000000h + `n` of a Pentium 4.
fn extended_leaf(n: u32) -> [u32; 4] {
    let mut registers = [if n == 0 { 0x8000_0004 } else { 0 }, 0, 0, 0];
    let part = n.checked_sub(2).and_then(|n| BRAND_STRING.chunks_exact(16).nth(n as usize));
    for (register, bytes) in registers.iter_mut().zip(part.unwrap_or_default().chunks_exact(4)) {
        *register = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    }
    registers
}

impl CpuState {
    /// EAX, EBX, ECX and EDX after CPUID with this leaf in EAX. A leaf that there is not answers as the last basic one.
    pub fn cpuid(&self, leaf: u32) -> [u32; 4] {
        let last = if self.model.features().contains(Features::P6) { 2 } else { 1 };
        match leaf {
            0x8000_0000..=0x8000_0004 if self.model == Model::Pentium4 => extended_leaf(leaf & 7),
            leaf => basic_leaf(leaf.min(last), last, self),
        }
    }

    /// Names of the features among bits of leaf 1's EDX that this CPU does not have. Bits that no preset has are passed over.
    pub fn lacks(&self, edx: u32) -> Vec<&'static str> {
        let foreign = edx & !self.cpuid(1)[3];
        let known = FEATURES.into_iter().filter(|(_, n)| foreign >> n & 1 != 0);
        let named = known.flat_map(|(feature, _)| feature.iter_names().map(|(name, _)| name));
        let mut names = Vec::new();
        for name in named.chain((foreign & APIC != 0).then_some("APIC")) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
