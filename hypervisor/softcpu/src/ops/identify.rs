//! CPUID and the performance-monitoring and time-stamp counters.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, gp};
use crate::op::Op;
use engine::{ApicBase, Features, Model};

/// CPUID leaf 1 EDX bits of the features that guests may use. SSE2 comes with CLFLUSH. The Pentium 4's
/// debug store and thermal monitor (21, 22, 29) are not there.
fn feature_bits(features: Features) -> u32 {
    let pairs = [
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
    pairs.into_iter().filter(|(f, _)| features.contains(*f)).fold(0, |bits, (_, n)| bits | 1 << n)
}

/// CPUID leaf 1 EDX: a local APIC that is on.
const APIC: u32 = 1 << 9;

/// Whether the guest finds a local APIC: one that APIC_BASE switched off is not there.
fn apic_bit(cpu: &Cpu) -> u32 {
    let on = !cpu.has(Features::P6) || cpu.s.msr.apic_base & ApicBase::ENABLED != 0;
    if cpu.s.local_apic && on { APIC } else { 0 }
}

/// Leaf 1 EBX: brand index in bits 7-0, CLFLUSH line in quadwords in bits 15-8 (Intel application note 485, table 7).
fn brand(model: Model) -> u32 {
    match model {
        Model::Pentium3 => 0x02,
        Model::Pentium4 => 0x0808,
        _ => 0,
    }
}

/// Cache and TLB descriptors of leaf 2 (Intel application note 485).
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
fn basic_leaf(leaf: u32, last: u32, cpu: &Cpu) -> [u32; 4] {
    let model = cpu.s.model;
    match leaf {
        0 => {
            let word = |b: &[u8; 4]| u32::from_le_bytes(*b);
            [last, word(b"Genu"), word(b"ntel"), word(b"ineI")]
        }
        1 => [model.signature(), brand(model), 0, feature_bits(model.features()) | apic_bit(cpu)],
        _ => cache_descriptors(model),
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

/// CPUID. A leaf that there is not answers as the last basic one.
pub(crate) fn cpuid(cpu: &mut Cpu, _: &Op) -> Done {
    let model = cpu.s.model;
    let last = if cpu.has(Features::P6) { 2 } else { 1 };
    let [eax, ebx, ecx, edx] = match cpu.s.gpr[0] {
        leaf @ 0x8000_0000..=0x8000_0004 if model == Model::Pentium4 => extended_leaf(leaf & 7),
        leaf => basic_leaf(leaf.min(last), last, cpu),
    };
    cpu.s.gpr[0] = eax;
    cpu.s.gpr[3] = ebx;
    cpu.s.gpr[1] = ecx;
    cpu.s.gpr[2] = edx;
    Ok(())
}

pub(super) fn set_edx_eax(cpu: &mut Cpu, value: u64) {
    cpu.s.gpr[0] = value as u32;
    cpu.s.gpr[2] = (value >> 32) as u32;
}

/// The time-stamp counter as software set it going.
pub(super) fn tsc(cpu: &Cpu) -> u64 {
    cpu.bus.tsc(cpu.s.retired).wrapping_add(cpu.s.msr.tsc_offset)
}

/// RDTSC.
pub(crate) fn rdtsc(cpu: &mut Cpu, _: &Op) -> Done {
    if cpu.s.cr4 & cr4::TSD != 0 {
        cpu.require_cpl0()?;
    }
    let now = tsc(cpu);
    set_edx_eax(cpu, now);
    Ok(())
}

/// RDPMC: two counters that keep what was written, or the Pentium 4's eighteen that read as zero, bit 31 for the fast
/// form.
pub(crate) fn rdpmc(cpu: &mut Cpu, _: &Op) -> Done {
    if cpu.s.cr4 & cr4::PCE == 0 {
        cpu.require_cpl0()?;
    }
    let n = cpu.s.gpr[1];
    let value = match cpu.s.model {
        Model::Pentium4 if n & 0x7FFF_FFFF < 18 => 0,
        Model::Pentium4 => return Err(gp(0)),
        _ => *cpu.s.msr.counter.get(n as usize).ok_or(gp(0))?,
    };
    set_edx_eax(cpu, value);
    Ok(())
}
