//! CPUID, time-stamp counter and model-specific registers.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop, gp};
use crate::op::Op;
use engine::{Features, Model};

/// CPUID leaf 1 EDX bits of the features that guests may use. SSE2 comes with CLFLUSH.
fn feature_bits(features: Features) -> u32 {
    let pairs = [
        (Features::FPU, 0),
        (Features::VME, 1),
        (Features::DE, 2),
        (Features::PSE, 3),
        (Features::TSC, 4),
        (Features::MSR, 5),
        (Features::PAE, 6),
        (Features::CX8, 8),
        (Features::SEP, 11),
        (Features::PGE, 13),
        (Features::CMOV, 15),
        (Features::SSE2, 19),
        (Features::MMX, 23),
        (Features::FXSR, 24),
        (Features::SSE, 25),
        (Features::SSE2, 26),
    ];
    pairs.into_iter().filter(|(f, _)| features.contains(*f)).fold(0, |bits, (_, n)| bits | 1 << n)
}

/// CPUID leaf 1 EBX: the line that CLFLUSH flushes, in units of eight bytes in bits 15-8.
fn cache_line(features: Features) -> u32 {
    if features.contains(Features::SSE2) { 8 << 8 } else { 0 }
}

/// Cache and TLB descriptors of leaf 2 (Intel application note 485).
fn cache_descriptors(model: Model) -> [u32; 4] {
    match model {
        Model::Pentium4 => [0x665B_5001, 0, 0, 0x007A_7000],
        Model::Pentium3 => [0x0302_0101, 0, 0, 0x0C04_0882],
        _ => [0x0302_0101, 0, 0, 0x0C04_0843],
    }
}

/// CPUID. A leaf past the last answers as the last.
pub(crate) fn cpuid(cpu: &mut Cpu, _: &Op) -> Done {
    let model = cpu.s.model;
    let last = if cpu.has(Features::P6) { 2 } else { 1 };
    let [eax, ebx, ecx, edx] = match cpu.s.gpr[0].min(last) {
        0 => {
            let word = |b: &[u8; 4]| u32::from_le_bytes(*b);
            [last, word(b"Genu"), word(b"ntel"), word(b"ineI")]
        }
        1 => [model.signature(), cache_line(cpu.features), 0, feature_bits(cpu.features)],
        _ => cache_descriptors(model),
    };
    cpu.s.gpr[0] = eax;
    cpu.s.gpr[3] = ebx;
    cpu.s.gpr[1] = ecx;
    cpu.s.gpr[2] = edx;
    Ok(())
}

fn set_edx_eax(cpu: &mut Cpu, value: u64) {
    cpu.s.gpr[0] = value as u32;
    cpu.s.gpr[2] = (value >> 32) as u32;
}

fn tsc(cpu: &Cpu) -> u64 {
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

/// RDPMC: the two counters exist and count nothing.
pub(crate) fn rdpmc(cpu: &mut Cpu, _: &Op) -> Done {
    if cpu.s.cr4 & cr4::PCE == 0 {
        cpu.require_cpl0()?;
    }
    if cpu.s.gpr[1] > 1 {
        return Err(gp(0));
    }
    set_edx_eax(cpu, 0);
    Ok(())
}

/// MSR addresses (Intel SDM vol. 4).
mod msr {
    pub(super) const P5_MACHINE_CHECK_ADDRESS: u32 = 0x00;
    pub(super) const P5_MACHINE_CHECK_TYPE: u32 = 0x01;
    pub(super) const TR12: u32 = 0x0E;
    pub(super) const TSC: u32 = 0x10;
    pub(super) const CESR: u32 = 0x11;
    pub(super) const COUNTER_1: u32 = 0x13;
    pub(super) const PLATFORM_ID: u32 = 0x17;
    pub(super) const APIC_BASE: u32 = 0x1B;
    pub(super) const POWER_ON: u32 = 0x2A;
    pub(super) const MICROCODE_UPDATE: u32 = 0x79;
    pub(super) const MICROCODE_REVISION: u32 = 0x8B;
    pub(super) const PERFORMANCE_0: u32 = 0xC1;
    pub(super) const PERFORMANCE_1: u32 = 0xC2;
    pub(super) const BBL_CONTROL: u32 = 0x119;
    pub(super) const SYSENTER_CS: u32 = 0x174;
    pub(super) const SYSENTER_ESP: u32 = 0x175;
    pub(super) const SYSENTER_EIP: u32 = 0x176;
    pub(super) const EVENT_SELECT_0: u32 = 0x186;
    pub(super) const EVENT_SELECT_1: u32 = 0x187;
    pub(super) const MISC_ENABLE: u32 = 0x1A0;
    pub(super) const DEBUG_CONTROL: u32 = 0x1D9;
    pub(super) const PAT: u32 = 0x277;
}

/// MSRs of a P6 that exist, read as zero and ignore writes.
fn is_quiet(address: u32) -> bool {
    matches!(
        address,
        msr::PLATFORM_ID
            | msr::POWER_ON
            | msr::MICROCODE_UPDATE
            | msr::MICROCODE_REVISION
            | msr::PERFORMANCE_0
            | msr::PERFORMANCE_1
            | msr::BBL_CONTROL
            | msr::EVENT_SELECT_0
            | msr::EVENT_SELECT_1
            | msr::DEBUG_CONTROL
            | msr::P5_MACHINE_CHECK_ADDRESS
            | msr::P5_MACHINE_CHECK_TYPE
    )
}

fn is_quiet_p5(address: u32) -> bool {
    let counters = msr::CESR..=msr::COUNTER_1;
    matches!(address, msr::P5_MACHINE_CHECK_ADDRESS | msr::P5_MACHINE_CHECK_TYPE | msr::TR12)
        || counters.contains(&address)
}

/// Where an MSR with a value is kept; `Err` when the model has no such register, `None` when it is quiet.
fn register<'c>(cpu: &'c mut Cpu, address: u32) -> Result<Option<Slot<'c>>, Stop> {
    let (p6, sep, p4) =
        (cpu.has(Features::P6), cpu.has(Features::SEP), matches!(cpu.s.model, Model::Pentium4));
    let m = &mut cpu.s.msr;
    Ok(Some(match address {
        msr::SYSENTER_CS if sep => Slot::Low(&mut m.sysenter_cs),
        msr::SYSENTER_ESP if sep => Slot::Low(&mut m.sysenter_esp),
        msr::SYSENTER_EIP if sep => Slot::Low(&mut m.sysenter_eip),
        msr::APIC_BASE if p6 => Slot::Whole(&mut m.apic_base),
        msr::PAT if p6 => Slot::Whole(&mut m.pat),
        msr::MISC_ENABLE if p4 => Slot::Whole(&mut m.misc_enable),
        _ if p6 && is_quiet(address) || !p6 && is_quiet_p5(address) => return Ok(None),
        _ => return Err(gp(0)),
    }))
}

enum Slot<'c> {
    Low(&'c mut u32),
    Whole(&'c mut u64),
}

/// RDMSR.
pub(crate) fn rdmsr(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    let address = cpu.s.gpr[1];
    let value = match address {
        msr::TSC => tsc(cpu),
        _ => match register(cpu, address)? {
            Some(Slot::Low(value)) => u64::from(*value),
            Some(Slot::Whole(value)) => *value,
            None => 0,
        },
    };
    set_edx_eax(cpu, value);
    Ok(())
}

/// WRMSR.
pub(crate) fn wrmsr(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = u64::from(cpu.s.gpr[2]) << 32 | u64::from(cpu.s.gpr[0]);
    let address = cpu.s.gpr[1];
    if address == msr::TSC {
        cpu.s.msr.tsc_offset = value.wrapping_sub(cpu.bus.tsc(cpu.s.retired));
        return Ok(());
    }
    match register(cpu, address)? {
        Some(Slot::Low(place)) => *place = value as u32,
        Some(Slot::Whole(place)) => *place = value,
        None => {}
    }
    Ok(())
}
