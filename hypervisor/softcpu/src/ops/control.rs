//! Jumps, calls, returns, loops and software interrupts.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, br, gp, vector};
use crate::interrupt::Source;
use crate::op::{Op, Place};
use crate::ops::alu::{self, Binary};
use crate::word::Word;
use engine::{EFlags, Seg};
use std::marker::PhantomData;

/// Goes to `target`, which must be inside the code segment.
#[inline(always)]
fn jump<W: Word>(cpu: &mut Cpu, target: u32) -> Done {
    let target = target & W::MASK;
    if target > cpu.s.seg[Seg::Cs as usize].limit {
        return Err(gp(0));
    }
    cpu.s.eip = target;
    Ok(())
}

/// `jmp rel`
pub(crate) fn jmp<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    jump::<W>(cpu, cpu.s.eip.wrapping_add(op.imm))
}

/// `jcc rel`
pub(crate) fn jcc<const CC: u8, W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    if cpu.condition::<CC>() { jump::<W>(cpu, cpu.s.eip.wrapping_add(op.imm)) } else { Ok(()) }
}

/// `jmp rm`
pub(crate) fn jmp_rm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let target = P::get::<W>(cpu, op)?;
    jump::<W>(cpu, target)
}

#[inline(always)]
fn call_to<W: Word>(cpu: &mut Cpu, target: u32) -> Done {
    let target = target & W::MASK;
    if target > cpu.s.seg[Seg::Cs as usize].limit {
        return Err(gp(0));
    }
    let back = cpu.s.eip;
    cpu.s.eip = target;
    // A fault takes EIP back to the call itself.
    cpu.push::<W>(back)
}

/// `call rel`
pub(crate) fn call<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    call_to::<W>(cpu, cpu.s.eip.wrapping_add(op.imm))
}

/// `call rm`
pub(crate) fn call_rm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let target = P::get::<W>(cpu, op)?;
    call_to::<W>(cpu, target)
}

/// RET, with `imm` bytes of arguments.
pub(crate) fn ret<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    match cpu.peek::<W>(Seg::Ss as u8, cpu.sp()) {
        Some(target) => return_to::<W>(cpu, op, target),
        None => ret_slowly::<W>(cpu, op),
    }
}

#[inline(always)]
fn return_to<W: Word>(cpu: &mut Cpu, op: &Op, target: u32) -> Done {
    jump::<W>(cpu, target)?;
    cpu.set_sp(cpu.sp().wrapping_add(W::BYTES).wrapping_add(op.imm));
    Ok(())
}

#[cold]
#[inline(never)]
fn ret_slowly<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let target = cpu.read::<W>(Seg::Ss as u8, cpu.sp())?;
    return_to::<W>(cpu, op, target)
}

/// A comparison of registers or with an immediate, and the `jcc rel` behind it, in one step: the branch's distance is in
/// `disp`, its offset mask in `mask`, and the comparison's length in `extra`. Two instructions in every count.
pub(crate) fn compare_jcc<const CC: u8, W: Word, T: Comparison>(cpu: &mut Cpu, op: &Op) -> Done {
    T::run::<W>(cpu, op);
    cpu.start = cpu.start.wrapping_add(u32::from(op.extra));
    cpu.s.retired += 1;
    if cpu.condition::<CC>() {
        return jump::<u32>(cpu, cpu.s.eip.wrapping_add(op.disp) & op.mask);
    }
    Ok(())
}

/// What can be one step with the jump behind it: it cannot fault.
pub(crate) trait Comparison: 'static {
    fn run<W: Word>(cpu: &mut Cpu, op: &Op);
}

/// `op reg, reg`
pub(crate) struct WithRegister<B>(PhantomData<B>);
/// `op reg, imm`
pub(crate) struct WithImmediate<B>(PhantomData<B>);
/// `dec reg`
pub(crate) struct Decrement;

impl<B: Binary> Comparison for WithRegister<B> {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, op: &Op) {
        let (a, b) = (W::get(&cpu.s.gpr, op.rm), W::get(&cpu.s.gpr, op.reg));
        B::run::<W>(cpu, a, b);
    }
}

impl<B: Binary> Comparison for WithImmediate<B> {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, op: &Op) {
        let a = W::get(&cpu.s.gpr, op.rm);
        B::run::<W>(cpu, a, op.imm & W::MASK);
    }
}

impl Comparison for Decrement {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, op: &Op) {
        alu::decrement::<W>(cpu, op.rm);
    }
}

/// LOOP (`WHAT` 2), LOOPE (1), LOOPNE (0): the count register is as wide as the address size.
pub(crate) fn repeat<W: Word, const WHAT: u8>(cpu: &mut Cpu, op: &Op) -> Done {
    let count = cpu.s.gpr[1].wrapping_sub(1) & op.mask;
    let wanted = WHAT == 2 || cpu.lazy.zf() == (WHAT == 1);
    if count != 0 && wanted {
        jump::<W>(cpu, cpu.s.eip.wrapping_add(op.imm))?;
    }
    cpu.s.gpr[1] = cpu.s.gpr[1] & !op.mask | count;
    Ok(())
}

/// JCXZ, JECXZ.
pub(crate) fn jcxz<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    if cpu.s.gpr[1] & op.mask == 0 { jump::<W>(cpu, cpu.s.eip.wrapping_add(op.imm)) } else { Ok(()) }
}

/// INT n.
pub(crate) fn int(cpu: &mut Cpu, op: &Op) -> Done {
    let number = op.imm as u8;
    if cpu.v86() {
        if cpu.s.cr4 & cr4::VME != 0 && !crate::v86::redirected_to_monitor(cpu, number)? {
            return crate::v86::interrupt(cpu, number);
        }
        if cpu.iopl() < 3 {
            return Err(gp(0));
        }
    }
    interrupt(cpu, number, Source::Software)
}

/// RF is cleared at the start of the instruction, so that it is pushed as 0 (SDM vol. 3, 17.3.1.1).
fn interrupt(cpu: &mut Cpu, number: u8, source: Source) -> Done {
    cpu.s.eflags &= !EFlags::RF.bits();
    cpu.deliver(number, source, None)
}

/// INT3.
pub(crate) fn int3(cpu: &mut Cpu, _: &Op) -> Done {
    interrupt(cpu, vector::BREAKPOINT, Source::Software)
}

/// INTO.
pub(crate) fn into(cpu: &mut Cpu, _: &Op) -> Done {
    if cpu.lazy.of() { interrupt(cpu, vector::OVERFLOW, Source::Software) } else { Ok(()) }
}

/// ICEBP (INT1, F1): as an exception, with no privilege check on the gate.
pub(crate) fn icebp(cpu: &mut Cpu, _: &Op) -> Done {
    interrupt(cpu, vector::DEBUG, Source::Hardware)
}

/// BOUND reg, mem.
pub(crate) fn bound<W: Word>(cpu: &mut Cpu, op: &Op) -> Done {
    let offset = op.offset(cpu);
    let low = cpu.read::<W>(op.seg, offset)?;
    let high = cpu.read::<W>(op.seg, offset.wrapping_add(W::BYTES) & op.mask)?;
    let [value, low, high] = [W::get(&cpu.s.gpr, op.reg), low, high].map(|v| W::sext(v) as i32);
    if value < low || value > high { Err(br()) } else { Ok(()) }
}

/// `jmp sel:off`: selector in `disp`.
pub(crate) fn jmp_far(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.jump_far(op.disp as u16, op.imm, op.wide)
}

/// `call sel:off`: selector in `disp`.
pub(crate) fn call_far(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.call_far(op.disp as u16, op.imm, op.wide)
}

fn far_pointer(cpu: &mut Cpu, op: &Op) -> Result<(u16, u32), crate::fault::Stop> {
    let at = op.offset(cpu);
    let (offset, behind) = if op.wide {
        (cpu.read::<u32>(op.seg, at)?, at.wrapping_add(4))
    } else {
        (cpu.read::<u16>(op.seg, at)?, at.wrapping_add(2))
    };
    Ok((cpu.read::<u16>(op.seg, behind & op.mask)? as u16, offset))
}

/// `jmp far mem`
pub(crate) fn jmp_far_mem(cpu: &mut Cpu, op: &Op) -> Done {
    let (selector, offset) = far_pointer(cpu, op)?;
    cpu.jump_far(selector, offset, op.wide)
}

/// `call far mem`
pub(crate) fn call_far_mem(cpu: &mut Cpu, op: &Op) -> Done {
    let (selector, offset) = far_pointer(cpu, op)?;
    cpu.call_far(selector, offset, op.wide)
}

/// RETF, with `imm` bytes of arguments.
pub(crate) fn retf(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.return_far(op.imm as u16, op.wide)
}

/// IRET, IRETD.
pub(crate) fn iret(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.return_from_interrupt(op.wide)
}

/// HLT.
pub(crate) fn hlt(cpu: &mut Cpu, _: &Op) -> Done {
    cpu.require_cpl0()?;
    cpu.s.halted = true;
    cpu.attention = true;
    Ok(())
}

/// CLI.
pub(crate) fn cli(cpu: &mut Cpu, _: &Op) -> Done {
    match interrupt_flag(cpu) {
        Some(flag) => {
            cpu.s.eflags &= !flag;
            Ok(())
        }
        None => Err(gp(0)),
    }
}

/// STI: interrupts wait for the end of the next instruction.
pub(crate) fn sti(cpu: &mut Cpu, _: &Op) -> Done {
    let Some(flag) = interrupt_flag(cpu) else { return Err(gp(0)) };
    let was = cpu.s.eflags & flag != 0;
    if flag == EFlags::VIF.bits() {
        if cpu.flag(EFlags::VIP) {
            return Err(gp(0));
        }
    } else if !was {
        cpu.s.interruptibility.sti_shadow = true;
    }
    cpu.s.eflags |= flag;
    cpu.attention = true;
    Ok(())
}

/// The flag that CLI and STI work on here; none when they fault.
fn interrupt_flag(cpu: &Cpu) -> Option<u32> {
    let real = EFlags::IF.bits();
    let virtual_flag = EFlags::VIF.bits();
    if !cpu.protected() {
        return Some(real);
    }
    if cpu.v86() {
        return match (cpu.iopl(), cpu.s.cr4 & cr4::VME != 0) {
            (3, _) => Some(real),
            (_, true) => Some(virtual_flag),
            _ => None,
        };
    }
    if cpu.s.cpl <= cpu.iopl() {
        Some(real)
    } else if cpu.s.cpl == 3 && cpu.s.cr4 & cr4::PVI != 0 {
        Some(virtual_flag)
    } else {
        None
    }
}
