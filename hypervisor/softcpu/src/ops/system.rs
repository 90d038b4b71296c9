//! Control, debug and table registers; caches; fast system calls.

use crate::cpu::{Cpu, cr4};
use crate::debug::dr6;
use crate::fault::{Done, Stop, db, gp, ud};
use crate::op::{Op, get, set};
use engine::{CrZero, EFlags, Features, Seg, SegAccess, Segment, Table};

/// `mov reg, crN`: N in `extra`.
pub(crate) fn mov_from_cr(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = match op.extra {
        0 => cpu.s.cr0,
        2 => cpu.s.cr2,
        3 => cpu.s.cr3,
        4 if has_cr4(cpu) => cpu.s.cr4,
        _ => return Err(ud()),
    };
    cpu.s.gpr[usize::from(op.rm & 7)] = value;
    Ok(())
}

/// `mov crN, reg`
pub(crate) fn mov_to_cr(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = cpu.s.gpr[usize::from(op.rm & 7)];
    match op.extra {
        0 => set_cr0(cpu, value),
        2 => {
            cpu.s.cr2 = value;
            Ok(())
        }
        3 => set_cr3(cpu, value),
        4 if has_cr4(cpu) => set_cr4(cpu, value),
        _ => Err(ud()),
    }
}

/// A 486 whose CPUID reports nothing but the FPU has no CR4.
fn has_cr4(cpu: &Cpu) -> bool {
    cpu.has(Features::VME)
}

/// Loads CR0 with all consequences.
fn set_cr0(cpu: &mut Cpu, value: u32) -> Done {
    let mut known = CrZero::PE | CrZero::MP | CrZero::EM | CrZero::TS | CrZero::PG;
    if cpu.has(Features::I486) {
        known |= CrZero::NE | CrZero::WP | CrZero::AM | CrZero::NW | CrZero::CD;
    }
    let value = value & known.bits() | CrZero::ET.bits();
    let new = CrZero::from_bits_retain(value);
    let unpaged = new.contains(CrZero::PG) && !new.contains(CrZero::PE);
    if unpaged || new.contains(CrZero::NW) && !new.contains(CrZero::CD) {
        return Err(gp(0));
    }
    let changed = cpu.s.cr0 ^ value;
    if value & CrZero::PG.bits() != 0
        && cpu.s.cr4 & cr4::PAE != 0
        && changed & (CrZero::PG | CrZero::CD | CrZero::NW).bits() != 0
    {
        cpu.load_directory_pointers(cpu.s.cr3)?;
    }
    cpu.s.cr0 = value;
    if changed & CrZero::PE.bits() != 0 {
        cpu.set_cpl(0);
    }
    if changed & (CrZero::PE | CrZero::PG | CrZero::WP).bits() != 0 {
        cpu.flush_tlb();
    }
    cpu.derive_privilege();
    cpu.attention = true;
    Ok(())
}

fn set_cr3(cpu: &mut Cpu, value: u32) -> Done {
    if cpu.s.cr0 & CrZero::PG.bits() != 0 && cpu.s.cr4 & cr4::PAE != 0 {
        cpu.load_directory_pointers(value)?;
    }
    cpu.s.cr3 = value;
    if cpu.s.cr4 & cr4::PGE != 0 {
        cpu.tlb.flush_local()
    } else {
        cpu.tlb.flush()
    }
    cpu.generation = cpu.generation.wrapping_add(1);
    cpu.attention = true;
    Ok(())
}

/// CR4 bits that this model has.
fn cr4_bits(features: Features) -> u32 {
    let pairs = [
        (Features::VME, cr4::VME | cr4::PVI),
        (Features::TSC, cr4::TSD),
        (Features::DE, cr4::DE),
        (Features::PSE, cr4::PSE),
        (Features::PAE, cr4::PAE),
        // Machine-check enable: nothing ever checks.
        (Features::MCE, 1 << 6),
        (Features::PGE, cr4::PGE),
        (Features::PMC, cr4::PCE),
        (Features::FXSR, cr4::OSFXSR),
        (Features::SSE, cr4::OSXMMEXCPT),
    ];
    pairs.into_iter().filter(|(f, _)| features.contains(*f)).fold(0, |bits, (_, bit)| bits | bit)
}

fn set_cr4(cpu: &mut Cpu, value: u32) -> Done {
    if value & !cr4_bits(cpu.features) != 0 {
        return Err(gp(0));
    }
    let changed = (cpu.s.cr4 ^ value) & (cr4::PAE | cr4::PGE | cr4::PSE);
    if cpu.s.cr0 & CrZero::PG.bits() != 0 && value & cr4::PAE != 0 && changed != 0 {
        cpu.load_directory_pointers(cpu.s.cr3)?;
    }
    cpu.s.cr4 = value;
    cpu.flush_tlb();
    Ok(())
}

/// SMSW: a register with 32-bit operands gets all of CR0.
pub(crate) fn smsw(cpu: &mut Cpu, op: &Op) -> Done {
    let value = if cpu.is_286() { cpu.s.cr0 | 0xFFF0 } else { cpu.s.cr0 };
    if op.wide && !op.memory { set::<u32>(cpu, op, value) } else { set::<u16>(cpu, op, value) }
}

/// LMSW: can set PE, never clear it.
pub(crate) fn lmsw(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let value = get::<u16>(cpu, op)?;
    let old = cpu.s.cr0;
    set_cr0(cpu, old & !0xE | value & 0xF)
}

/// CLTS.
pub(crate) fn clts(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    cpu.s.cr0 &= !CrZero::TS.bits();
    Ok(())
}

fn debug_register(cpu: &mut Cpu, op: &Op) -> Result<usize, Stop> {
    cpu.require_cpl0()?;
    let n = match op.extra {
        4 | 5 if cpu.s.cr4 & cr4::DE != 0 => return Err(ud()),
        n @ (4 | 5) => n + 2,
        n => n & 7,
    };
    if cpu.s.dr[7] & dr6::GENERAL_DETECT != 0 {
        cpu.s.dr[6] |= dr6::DETECT;
        return Err(db());
    }
    Ok(usize::from(n))
}

/// `mov reg, drN`
pub(crate) fn mov_from_dr(cpu: &mut Cpu, op: &Op) -> Done {
    let n = debug_register(cpu, op)?;
    cpu.s.gpr[usize::from(op.rm & 7)] = cpu.s.dr[n];
    Ok(())
}

/// `mov drN, reg`
pub(crate) fn mov_to_dr(cpu: &mut Cpu, op: &Op) -> Done {
    let n = debug_register(cpu, op)?;
    let value = cpu.s.gpr[usize::from(op.rm & 7)];
    cpu.s.dr[n] = match n {
        6 => value & 0xE00F | 0xFFFF_0FF0,
        7 => value & 0xFFFF_23FF | 0x400,
        _ => value,
    };
    cpu.derive_watch();
    cpu.attention = true;
    Ok(())
}

/// The test registers of a 386 (TR6, TR7) or 486 (TR3-TR7) keep what is written; the TLB and the cache that they test
/// are not modelled, so a look-up misses.
fn test_register(cpu: &mut Cpu, op: &Op) -> Result<usize, Stop> {
    let first = if cpu.has(Features::I486) { 3 } else { 6 };
    if op.extra < first {
        return Err(ud());
    }
    cpu.require_cpl0()?;
    Ok(usize::from(op.extra & 7))
}

/// `mov reg, trN`
pub(crate) fn mov_from_tr(cpu: &mut Cpu, op: &Op) -> Done {
    let n = test_register(cpu, op)?;
    cpu.s.gpr[usize::from(op.rm & 7)] = cpu.s.msr.test[n];
    Ok(())
}

/// `mov trN, reg`
pub(crate) fn mov_to_tr(cpu: &mut Cpu, op: &Op) -> Done {
    /// TR6: look up instead of write.
    const LOOK_UP: u32 = 1;
    /// TR7: the look-up hit.
    const HIT: u32 = 1 << 4;
    let n = test_register(cpu, op)?;
    let value = cpu.s.gpr[usize::from(op.rm & 7)];
    cpu.s.msr.test[n] = value;
    if n == 6 && value & LOOK_UP != 0 {
        cpu.s.msr.test[7] &= !HIT;
    }
    Ok(())
}

/// LGDT (`extra` 0), LIDT (1): a 16-bit operand size takes 24 bits of base.
pub(crate) fn load_table(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let at = op.offset(cpu);
    let limit = cpu.read::<u16>(op.seg, at)? as u16;
    let base = cpu.read::<u32>(op.seg, at.wrapping_add(2) & op.mask)?;
    let table = Table { base: if op.wide { base } else { base & 0x00FF_FFFF }, limit };
    if op.extra == 0 {
        cpu.s.gdtr = table;
    } else {
        cpu.s.idtr = table;
    }
    Ok(())
}

/// SGDT, SIDT: the whole base whatever the operand size; the 286 stores FFh on top.
pub(crate) fn store_table(cpu: &mut Cpu, op: &Op) -> Done {
    let table = if op.extra == 0 { cpu.s.gdtr } else { cpu.s.idtr };
    let at = op.offset(cpu);
    let base = if cpu.is_286() { table.base | 0xFF00_0000 } else { table.base };
    let second = at.wrapping_add(2) & op.mask;
    cpu.read_to_write::<u32>(op.seg, second)?;
    cpu.write::<u16>(op.seg, at, u32::from(table.limit))?;
    cpu.write::<u32>(op.seg, second, base)
}

/// INVLPG.
pub(crate) fn invlpg(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.require_cpl0()?;
    let linear = cpu.s.seg[usize::from(op.seg)].base.wrapping_add(op.offset(cpu));
    if cpu.s.cr4 & (cr4::PSE | cr4::PAE) != 0 {
        // The page may be a large one, which the TLB keeps in pieces.
        cpu.flush_tlb();
        return Ok(());
    }
    cpu.tlb.flush_page(linear);
    cpu.generation = cpu.generation.wrapping_add(1);
    cpu.attention = true;
    Ok(())
}

/// INVD, WBINVD: no cache is modelled.
pub(crate) fn invalidate_caches(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()
}

fn flat(selector: u16, access: u16) -> Segment {
    Segment { base: 0, limit: u32::MAX, selector, access: SegAccess::from_bits_retain(access) }
}

/// SYSENTER.
pub(crate) fn sysenter(cpu: &mut Cpu, _: &Op) -> Done {
    let cs = cpu.s.msr.sysenter_cs as u16 & !3;
    if !cpu.protected() || cs == 0 {
        return Err(gp(0));
    }
    cpu.change_flags((EFlags::VM | EFlags::IF | EFlags::RF).bits(), 0);
    cpu.set_seg(Seg::Cs as usize, flat(cs, 0xC09B));
    cpu.set_seg(Seg::Ss as usize, flat(cs.wrapping_add(8), 0xC093));
    cpu.set_cpl(0);
    cpu.s.gpr[4] = cpu.s.msr.sysenter_esp;
    cpu.s.eip = cpu.s.msr.sysenter_eip;
    Ok(())
}

/// SYSEXIT.
pub(crate) fn sysexit(cpu: &mut Cpu, _: &Op) -> Done {
    let cs = cpu.s.msr.sysenter_cs as u16 & !3;
    if !cpu.protected() || cs == 0 || cpu.s.cpl != 0 {
        return Err(gp(0));
    }
    cpu.set_seg(Seg::Cs as usize, flat(cs.wrapping_add(16) | 3, 0xC0FB));
    cpu.set_seg(Seg::Ss as usize, flat(cs.wrapping_add(24) | 3, 0xC0F3));
    cpu.set_cpl(3);
    cpu.s.gpr[4] = cpu.s.gpr[1];
    cpu.s.eip = cpu.s.gpr[2];
    Ok(())
}
