//! CPUID and the performance-monitoring and time-stamp counters.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, gp};
use crate::op::Op;
use engine::Model;

/// CPUID.
pub(crate) fn cpuid(cpu: &mut Cpu, _: &Op) -> Done {
    let [eax, ebx, ecx, edx] = cpu.s.cpuid(cpu.s.gpr[0]);
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
