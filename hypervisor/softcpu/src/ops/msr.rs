//! Model-specific registers (Intel SDM vol. 4; Pentium Processor Family Developer's Manual vol. 3, chapter 16).
//!
//! Memory types, machine checks, the L2 cache and the performance counters have no effect here: their registers keep
//! what software writes and refuse what the silicon refuses. The Pentium 4's performance monitoring is reported as
//! absent (IA32_MISC_ENABLE bit 7), so its counters at 300h-3F2h are too.

use super::identify::{set_edx_eax, tsc};
use crate::cpu::Cpu;
use crate::fault::{Done, Stop, gp};
use crate::op::Op;
use engine::{ApicBase, Features, Model};

/// MSR addresses.
mod address {
    pub(super) const P5_MACHINE_CHECK_ADDRESS: u32 = 0x00;
    pub(super) const P5_MACHINE_CHECK_TYPE: u32 = 0x01;
    pub(super) const TSC: u32 = 0x10;
    pub(super) const CESR: u32 = 0x11;
    pub(super) const P5_COUNTER_0: u32 = 0x12;
    pub(super) const P5_COUNTER_1: u32 = 0x13;
    pub(super) const PLATFORM_ID: u32 = 0x17;
    pub(super) const APIC_BASE: u32 = 0x1B;
    pub(super) const POWER_ON: u32 = 0x2A;
    pub(super) const SOFT_POWER_ON: u32 = 0x2B;
    pub(super) const FREQUENCY_ID: u32 = 0x2C;
    pub(super) const MICROCODE_UPDATE: u32 = 0x79;
    pub(super) const MICROCODE_REVISION: u32 = 0x8B;
    pub(super) const PERFORMANCE_0: u32 = 0xC1;
    pub(super) const PERFORMANCE_1: u32 = 0xC2;
    pub(super) const MTRR_CAPABILITIES: u32 = 0xFE;
    pub(super) const L2_CONTROL: u32 = 0x119;
    pub(super) const SYSENTER_CS: u32 = 0x174;
    pub(super) const SYSENTER_ESP: u32 = 0x175;
    pub(super) const SYSENTER_EIP: u32 = 0x176;
    pub(super) const MCG_CAPABILITIES: u32 = 0x179;
    pub(super) const MCG_STATUS: u32 = 0x17A;
    pub(super) const EVENT_SELECT_0: u32 = 0x186;
    pub(super) const EVENT_SELECT_1: u32 = 0x187;
    pub(super) const MISC_ENABLE: u32 = 0x1A0;
    pub(super) const DEBUG_CONTROL: u32 = 0x1D9;
    pub(super) const MTRR_FIRST: u32 = 0x200;
    pub(super) const MTRR_LAST: u32 = 0x20F;
    pub(super) const PAT: u32 = 0x277;
    pub(super) const MTRR_DEFAULT: u32 = 0x2FF;
}

/// MTRRcap: eight variable ranges, fixed ranges, write-combining.
const MTRR_CAPABILITIES: u64 = 1 << 10 | 1 << 8 | 8;
/// Physical address bits of P6 and later that a range can have: 35-12.
const FRAME: u64 = 0xF_FFFF_F000;
/// APIC_BASE: bits that may be written as ones.
const APIC_KNOWN: u64 = ApicBase::PLACE | ApicBase::ENABLED | 1 << 8;
/// MISC_ENABLE: bits that only tell, of those that may be written.
const MISC_TELLS: u64 = 1 << 12 | 1 << 11 | 1 << 7;
const MISC_KNOWN: u64 = 0x7F_FFFF;

/// The generation, as far as its MSRs go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    P5,
    P6,
    NetBurst,
}

fn family(model: Model) -> Family {
    match model {
        Model::Pentium4 => Family::NetBurst,
        model if model.features().contains(Features::P6) => Family::P6,
        _ => Family::P5,
    }
}

/// RDMSR.
pub(crate) fn rdmsr(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = read(cpu, cpu.s.gpr[1])?;
    set_edx_eax(cpu, value);
    Ok(())
}

/// WRMSR.
pub(crate) fn wrmsr(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = u64::from(cpu.s.gpr[2]) << 32 | u64::from(cpu.s.gpr[0]);
    write(cpu, cpu.s.gpr[1], value)
}

fn read(cpu: &Cpu, at: u32) -> Result<u64, Stop> {
    let m = &cpu.s.msr;
    let family = family(cpu.s.model);
    if let (Some(n), true) = (fixed_range(at), family != Family::P5) {
        return Ok(m.mtrr.fixed[n]);
    }
    Ok(match at {
        address::TSC => tsc(cpu),
        address::P5_MACHINE_CHECK_ADDRESS | address::P5_MACHINE_CHECK_TYPE => 0,
        _ if family == Family::P5 => match at {
            address::CESR => u64::from(m.event_select[0]),
            address::P5_COUNTER_0 => m.counter[0],
            address::P5_COUNTER_1 => m.counter[1],
            _ => u64::from(*m.test.get(p5_test(at)?).ok_or(gp(0))?),
        },
        address::APIC_BASE => m.apic_base,
        address::POWER_ON => u64::from(m.power_on),
        address::PLATFORM_ID | address::MICROCODE_REVISION => 0,
        address::SYSENTER_CS => u64::from(m.sysenter_cs),
        address::SYSENTER_ESP => u64::from(m.sysenter_esp),
        address::SYSENTER_EIP => u64::from(m.sysenter_eip),
        // No bank, and no MCG_CTL.
        address::MCG_CAPABILITIES => 0,
        address::MCG_STATUS => m.machine_check,
        address::DEBUG_CONTROL => u64::from(m.debug_control),
        address::MTRR_CAPABILITIES => MTRR_CAPABILITIES,
        address::MTRR_FIRST..=address::MTRR_LAST => {
            let n = (at & 0xF) as usize / 2;
            if at & 1 == 0 { m.mtrr.base[n] } else { m.mtrr.mask[n] }
        }
        address::MTRR_DEFAULT => m.mtrr.default_type,
        address::PAT => m.pat,
        _ if last_branch(at, family) => 0,
        _ if family == Family::P6 => match at {
            address::PERFORMANCE_0 => m.counter[0],
            address::PERFORMANCE_1 => m.counter[1],
            address::EVENT_SELECT_0 => u64::from(m.event_select[0]),
            address::EVENT_SELECT_1 => u64::from(m.event_select[1]),
            address::L2_CONTROL => u64::from(m.l2_control),
            _ if l2_cache(at) => 0,
            _ => return Err(gp(0)),
        },
        address::SOFT_POWER_ON | address::FREQUENCY_ID => 0,
        address::MISC_ENABLE => m.misc_enable,
        _ => return Err(gp(0)),
    })
}

fn write(cpu: &mut Cpu, at: u32, value: u64) -> Done {
    let family = family(cpu.s.model);
    let m = &mut cpu.s.msr;
    if let (Some(n), true) = (fixed_range(at), family != Family::P5) {
        m.mtrr.fixed[n] = valid(value, value.to_le_bytes().iter().all(|t| memory_type(*t)))?;
        return Ok(());
    }
    match at {
        // The upper half cannot be written: it is cleared.
        address::TSC => m.tsc_offset = u64::from(value as u32).wrapping_sub(cpu.bus.tsc(cpu.s.retired)),
        address::P5_MACHINE_CHECK_ADDRESS | address::P5_MACHINE_CHECK_TYPE => {}
        _ if family == Family::P5 => match at {
            address::CESR => m.event_select[0] = value as u32 & 0x03FF_03FF,
            address::P5_COUNTER_0 => m.counter[0] = value & 0xFF_FFFF_FFFF,
            address::P5_COUNTER_1 => m.counter[1] = value & 0xFF_FFFF_FFFF,
            _ => *m.test.get_mut(p5_test(at)?).ok_or(gp(0))? = value as u32,
        },
        address::APIC_BASE if value & !APIC_KNOWN == 0 => set_apic_base(cpu, value, family),
        address::POWER_ON => m.power_on = value as u32,
        address::MICROCODE_UPDATE | address::MICROCODE_REVISION => {}
        address::SYSENTER_CS => m.sysenter_cs = value as u32,
        address::SYSENTER_ESP => m.sysenter_esp = value as u32,
        address::SYSENTER_EIP => m.sysenter_eip = value as u32,
        address::MCG_STATUS if value & !7 == 0 => m.machine_check = value,
        address::DEBUG_CONTROL if value & !0x7F == 0 => m.debug_control = value as u32,
        address::MTRR_FIRST..=address::MTRR_LAST => {
            let n = (at & 0xF) as usize / 2;
            if at & 1 == 0 {
                m.mtrr.base[n] = valid(value, value & !(FRAME | 0xFF) == 0 && memory_type(value as u8))?;
            } else {
                m.mtrr.mask[n] = valid(value, value & !(FRAME | 1 << 11) == 0)?;
            }
        }
        address::MTRR_DEFAULT => {
            m.mtrr.default_type = valid(value, value & !0xCFF == 0 && memory_type(value as u8))?;
        }
        address::PAT => {
            let known = |t: &u8| memory_type(*t) || *t == 7;
            m.pat = valid(value, value.to_le_bytes().iter().all(known))?;
        }
        _ if last_branch(at, family) => {}
        _ if family == Family::P6 => match at {
            // The upper part repeats bit 31.
            address::PERFORMANCE_0 => m.counter[0] = value as i32 as u64 & 0xFF_FFFF_FFFF,
            address::PERFORMANCE_1 => m.counter[1] = value as i32 as u64 & 0xFF_FFFF_FFFF,
            address::EVENT_SELECT_0 => m.event_select[0] = value as u32,
            address::EVENT_SELECT_1 => m.event_select[1] = value as u32,
            // A disabled serial number stays so until RESET.
            address::L2_CONTROL => m.l2_control = value as u32 | m.l2_control & 1 << 21,
            _ if l2_cache(at) => {}
            _ => return Err(gp(0)),
        },
        address::SOFT_POWER_ON => {}
        address::MISC_ENABLE if value & !MISC_KNOWN == 0 => {
            m.misc_enable = value & !MISC_TELLS | m.misc_enable & MISC_TELLS;
        }
        _ => return Err(gp(0)),
    }
    Ok(())
}

/// The bootstrap processor's bit only tells. An APIC that was switched off stays so until RESET, on the P6 (SDM vol. 3, 10.4.3).
fn set_apic_base(cpu: &mut Cpu, value: u64, family: Family) {
    let m = &mut cpu.s.msr;
    let may_enable = cpu.s.local_apic && (family == Family::NetBurst || m.apic_base & ApicBase::ENABLED != 0);
    let writable = ApicBase::PLACE | if may_enable { ApicBase::ENABLED } else { 0 };
    m.apic_base = m.apic_base & !writable | value & writable;
    if cpu.s.local_apic {
        let on = m.apic_base & ApicBase::ENABLED != 0;
        cpu.bus.place_apic(on, m.apic_base & ApicBase::PLACE, cpu.s.retired);
        cpu.attention = true;
    }
}

/// A value that a register takes, or #GP.
fn valid(value: u64, ok: bool) -> Result<u64, Stop> {
    if ok { Ok(value) } else { Err(gp(0)) }
}

/// Whether a byte is a memory type that an MTRR can hold: UC, WC, WT, WP, WB.
fn memory_type(byte: u8) -> bool {
    matches!(byte, 0 | 1 | 4 | 5 | 6)
}

/// Place of a fixed-range MTRR in [`engine::Mtrrs::fixed`].
fn fixed_range(at: u32) -> Option<usize> {
    match at {
        0x250 => Some(0),
        0x258 | 0x259 => Some((at - 0x258) as usize + 1),
        0x268..=0x26F => Some((at - 0x268) as usize + 3),
        _ => None,
    }
}

/// Records of the last branches and interrupts, which are not kept.
fn last_branch(at: u32, family: Family) -> bool {
    match family {
        Family::NetBurst => matches!(at, 0x1D7 | 0x1D8 | 0x1DA..=0x1DE),
        _ => matches!(at, 0x1DB..=0x1DE | 0x1E0),
    }
}

/// TEST_CTL and the P6's window to its L2 cache: BBL_CR_D0-D2, ADDR, DECC, TRIG, BUSY, CTL3.
fn l2_cache(at: u32) -> bool {
    matches!(at, 0x33 | 0x88..=0x8A | 0x116 | 0x118 | 0x11A | 0x11B | 0x11E)
}

/// The place of one of the P5's test registers TR1-TR12.
fn p5_test(at: u32) -> Result<usize, Stop> {
    if matches!(at, 0x02 | 0x04..=0x09 | 0x0B..=0x0E) { Ok(at as usize) } else { Err(gp(0)) }
}
