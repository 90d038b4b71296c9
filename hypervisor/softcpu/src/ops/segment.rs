//! Segment registers, and the instructions that examine selectors.

use crate::cpu::Cpu;
use crate::descriptor::{Descriptor, is_null, kind, rpl};
use crate::fault::{Done, Stop, gp, ud};
use crate::op::{Op, get, set};
use crate::word::Word;
use engine::{EFlags, Seg};

/// `mov rm, sreg`: a register operand gets 32 bits when the operand size says so, memory always 16.
pub(crate) fn mov_from(cpu: &mut Cpu, op: &Op) -> Done {
    let value = u32::from(cpu.s.seg[usize::from(op.extra)].selector);
    if op.wide && !op.memory { set::<u32>(cpu, op, value) } else { set::<u16>(cpu, op, value) }
}

/// `mov sreg, rm`
pub(crate) fn mov_to(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    load(cpu, op.extra, selector)
}

fn load(cpu: &mut Cpu, n: u8, selector: u16) -> Done {
    cpu.load_seg(usize::from(n), selector)?;
    if n == Seg::Ss as u8 {
        cpu.s.interruptibility.ss_shadow = true;
        cpu.attention = true;
    }
    Ok(())
}

/// `mov cs, rm` on an 8086.
pub(crate) fn mov_cs(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    cpu.load_real_seg(Seg::Cs as usize, selector);
    cpu.attention = true;
    Ok(())
}

/// `push sreg`: with 32-bit operands the upper half of the stack slot keeps what it had.
pub(crate) fn push(cpu: &mut Cpu, op: &Op) -> Done {
    let value = u32::from(cpu.s.seg[usize::from(op.extra)].selector);
    if !op.wide {
        return cpu.push::<u16>(value);
    }
    let sp = cpu.sp().wrapping_sub(4) & cpu.stack_mask;
    cpu.write::<u16>(Seg::Ss as u8, sp, value)?;
    cpu.set_sp(sp);
    Ok(())
}

/// `pop sreg`
pub(crate) fn pop(cpu: &mut Cpu, op: &Op) -> Done {
    let sp = cpu.sp();
    let selector = cpu.read::<u16>(Seg::Ss as u8, sp)? as u16;
    // SS itself may change the width of the stack: ESP moves first.
    let old = cpu.s.gpr[4];
    cpu.set_sp(sp.wrapping_add(if op.wide { 4 } else { 2 }));
    load(cpu, op.extra, selector).inspect_err(|_| cpu.s.gpr[4] = old)
}

/// `pop cs` of the 8086.
pub(crate) fn pop_cs(cpu: &mut Cpu, _: &Op) -> Done {
    let selector = cpu.pop::<u16>()? as u16;
    cpu.load_real_seg(Seg::Cs as usize, selector);
    cpu.attention = true;
    Ok(())
}

/// LES, LDS, LSS, LFS, LGS.
pub(crate) fn load_pointer<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let at = op.offset(cpu);
    let offset = cpu.read::<W>(op.seg, at)?;
    let selector = cpu.read::<u16>(op.seg, at.wrapping_add(W::BYTES) & op.mask)? as u16;
    cpu.load_seg(usize::from(op.extra), selector)?;
    W::set(&mut cpu.s.gpr, op.reg, offset);
    Ok(())
}

fn set_zf(cpu: &mut Cpu, on: bool) {
    let zf = EFlags::ZF.bits();
    cpu.set_arithmetic(zf, if on { zf } else { 0 });
}

/// The descriptor of a selector that an instruction examines; `None` when it is outside its table or null.
fn examine(cpu: &mut Cpu, selector: u16) -> Result<Option<Descriptor>, Stop> {
    if !cpu.selectors() {
        return Err(ud());
    }
    if is_null(selector) {
        return Ok(None);
    }
    match cpu.descriptor_at(selector) {
        Some(at) => cpu.descriptor_from(at).map(Some),
        None => Ok(None),
    }
}

/// Whether the running privilege may see a segment's descriptor.
fn visible(cpu: &Cpu, selector: u16, descriptor: Descriptor) -> bool {
    descriptor.is_conforming() || descriptor.dpl() >= cpu.s.cpl.max(rpl(selector))
}

/// LAR: silicon gives the limit's four bits as well, which the manual calls undefined.
pub(crate) fn lar<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    let found = examine(cpu, selector)?.filter(|d| {
        let system = matches!(d.kind(), 1..=5 | 9 | 11 | 12);
        (d.is_segment() || system) && visible(cpu, selector, *d)
    });
    if let Some(descriptor) = found {
        W::set(&mut cpu.s.gpr, op.reg, descriptor.high & 0x00FF_FF00);
    }
    set_zf(cpu, found.is_some());
    Ok(())
}

/// LSL.
pub(crate) fn lsl<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    let found = examine(cpu, selector)?.filter(|d| {
        let system = matches!(d.kind(), 1..=3 | 9 | 11);
        (d.is_segment() || system) && visible(cpu, selector, *d)
    });
    if let Some(descriptor) = found {
        W::set(&mut cpu.s.gpr, op.reg, descriptor.limit());
    }
    set_zf(cpu, found.is_some());
    Ok(())
}

/// VERR.
pub(crate) fn verr(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    let found = examine(cpu, selector)?;
    set_zf(cpu, found.is_some_and(|d| d.is_readable() && visible(cpu, selector, d)));
    Ok(())
}

/// VERW.
pub(crate) fn verw(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = get::<u16>(cpu, op)? as u16;
    let found = examine(cpu, selector)?;
    set_zf(cpu, found.is_some_and(|d| d.is_writable_data() && visible(cpu, selector, d)));
    Ok(())
}

/// ARPL.
pub(crate) fn arpl(cpu: &mut Cpu, op: &Op) -> Done {
    if !cpu.selectors() {
        return Err(ud());
    }
    // Nothing is written, nor checked for writing, when nothing changes.
    let target = get::<u16>(cpu, op)?;
    let level = u16::get(&cpu.s.gpr, op.reg) & 3;
    let raise = target & 3 < level;
    if raise {
        set::<u16>(cpu, op, target & !3 | level)?;
    }
    set_zf(cpu, raise);
    Ok(())
}

/// LLDT.
pub(crate) fn lldt(cpu: &mut Cpu, op: &Op) -> Done {
    if !cpu.selectors() {
        return Err(ud());
    }
    cpu.require_cpl0()?;
    let selector = get::<u16>(cpu, op)? as u16;
    if is_null(selector) {
        cpu.s.ldtr.selector = selector;
        cpu.s.ldtr.access |= engine::SegAccess::UNUSABLE;
        return Ok(());
    }
    let ldt = system_descriptor(cpu, selector, |k| k == kind::LDT)?;
    cpu.s.ldtr = ldt.segment(selector);
    Ok(())
}

/// LTR.
pub(crate) fn ltr(cpu: &mut Cpu, op: &Op) -> Done {
    if !cpu.selectors() {
        return Err(ud());
    }
    cpu.require_cpl0()?;
    let selector = get::<u16>(cpu, op)? as u16;
    if is_null(selector) {
        return Err(gp(0));
    }
    let tss = system_descriptor(cpu, selector, |k| matches!(k, kind::TSS_16 | kind::TSS_32))?;
    let busy = Descriptor { high: tss.high | 1 << 9, ..tss };
    if let Some(at) = cpu.descriptor_at(selector) {
        cpu.write_system::<u8>(at.wrapping_add(5), busy.high >> 8)?;
    }
    cpu.s.tr = busy.segment(selector);
    Ok(())
}

fn system_descriptor(cpu: &mut Cpu, selector: u16, right: fn(u8) -> bool) -> Result<Descriptor, Stop> {
    let error = selector & !3;
    if selector & 4 != 0 {
        return Err(gp(error));
    }
    let descriptor = cpu.descriptor(selector, gp)?;
    if !right(descriptor.kind()) {
        return Err(gp(error));
    }
    if !descriptor.present() {
        return Err(crate::fault::np(error));
    }
    Ok(descriptor)
}

/// SLDT, STR: a register gets the selector zero-extended.
fn store_selector(cpu: &mut Cpu, op: &Op, selector: u16) -> Done {
    if !cpu.selectors() {
        return Err(ud());
    }
    let value = u32::from(selector);
    if op.wide && !op.memory { set::<u32>(cpu, op, value) } else { set::<u16>(cpu, op, value) }
}

/// SLDT.
pub(crate) fn sldt(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = cpu.s.ldtr.selector;
    store_selector(cpu, op, selector)
}

/// STR.
pub(crate) fn str(cpu: &mut Cpu, op: &Op) -> Done {
    let selector = cpu.s.tr.selector;
    store_selector(cpu, op, selector)
}
