//! Two-operand arithmetic and logic, and the one-operand ones.

use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::{Op, Place, with_rm};
use crate::word::Word;
use engine::EFlags;

/// A two-operand operation: result and flags.
pub(crate) trait Binary: 'static {
    /// CMP and TEST only make flags.
    const WRITES: bool = true;
    fn run<W: Word>(cpu: &mut Cpu, a: u32, b: u32) -> u32;
}

macro_rules! binary {
    ($name:ident, $writes:expr, |$cpu:ident, $a:ident, $b:ident| $body:expr) => {
        pub(crate) struct $name;
        impl Binary for $name {
            const WRITES: bool = $writes;
            #[inline(always)]
            fn run<W: Word>($cpu: &mut Cpu, $a: u32, $b: u32) -> u32 {
                $body
            }
        }
    };
}

binary!(Add, true, |cpu, a, b| cpu.add::<W>(a, b, 0));
binary!(Sub, true, |cpu, a, b| cpu.sub::<W>(a, b, 0));
binary!(Cmp, false, |cpu, a, b| cpu.sub::<W>(a, b, 0));
binary!(And, true, |cpu, a, b| cpu.logic::<W>(a & b));
binary!(Test, false, |cpu, a, b| cpu.logic::<W>(a & b));
binary!(Or, true, |cpu, a, b| cpu.logic::<W>(a | b));
binary!(Xor, true, |cpu, a, b| cpu.logic::<W>(a ^ b));
binary!(Adc, true, |cpu, a, b| {
    let carry = u32::from(cpu.lazy.cf());
    cpu.add::<W>(a, b, carry)
});
binary!(Sbb, true, |cpu, a, b| {
    let borrow = u32::from(cpu.lazy.cf());
    cpu.sub::<W>(a, b, borrow)
});

#[inline(always)]
fn apply<W: Word, P: Place, B: Binary>(cpu: &mut Cpu, op: &Op, b: u32) -> Done {
    if B::WRITES {
        let a = P::get_to_set::<W>(cpu, op)?;
        let lazy = cpu.lazy;
        let r = B::run::<W>(cpu, a, b);
        let done = P::set::<W>(cpu, op, r);
        if done.is_err() {
            cpu.lazy = lazy;
        }
        done
    } else {
        with_rm::<W, P>(cpu, op, move |cpu, _, a| {
            B::run::<W>(cpu, a, b);
        })
    }
}

/// `op rm, reg`
pub(crate) fn rm_reg<W: Word, P: Place, B: Binary>(cpu: &mut Cpu, op: &Op) -> Done {
    let b = W::get(&cpu.s.gpr, op.reg);
    apply::<W, P, B>(cpu, op, b)
}

/// `op rm, imm`
pub(crate) fn rm_imm<W: Word, P: Place, B: Binary>(cpu: &mut Cpu, op: &Op) -> Done {
    apply::<W, P, B>(cpu, op, op.imm & W::MASK)
}

/// `op reg, mem`
pub(crate) fn reg_rm<W: Word, P: Place, B: Binary>(cpu: &mut Cpu, op: &Op) -> Done {
    with_rm::<W, P>(cpu, op, |cpu, op, b| {
        let a = W::get(&cpu.s.gpr, op.reg);
        let r = B::run::<W>(cpu, a, b);
        if B::WRITES {
            W::set(&mut cpu.s.gpr, op.reg, r);
        }
    })
}

/// INC: CF stays.
pub(crate) fn inc<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let a = P::get_to_set::<W>(cpu, op)?;
    let r = a.wrapping_add(1) & W::MASK;
    P::set::<W>(cpu, op, r)?;
    step_flags::<W>(cpu, r, r == W::SIGN, r & 0xF == 0);
    Ok(())
}

/// DEC: CF stays.
pub(crate) fn dec<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let a = P::get_to_set::<W>(cpu, op)?;
    let r = a.wrapping_sub(1) & W::MASK;
    P::set::<W>(cpu, op, r)?;
    step_flags::<W>(cpu, r, a == W::SIGN, r & 0xF == 0xF);
    Ok(())
}

/// DEC of a register.
#[inline(always)]
pub(crate) fn decrement<W: Word>(cpu: &mut Cpu, r: u8) {
    let a = W::get(&cpu.s.gpr, r);
    let result = a.wrapping_sub(1) & W::MASK;
    W::set(&mut cpu.s.gpr, r, result);
    step_flags::<W>(cpu, result, a == W::SIGN, result & 0xF == 0xF);
}

#[inline(always)]
fn step_flags<W: Word>(cpu: &mut Cpu, r: u32, overflow: bool, auxiliary: bool) {
    let cf = cpu.lazy.cf();
    cpu.set_zsp::<W>(r);
    cpu.set_carry_overflow(cf, overflow);
    cpu.set_af(auxiliary);
}

/// NEG.
pub(crate) fn neg<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let a = P::get_to_set::<W>(cpu, op)?;
    P::set::<W>(cpu, op, a.wrapping_neg())?;
    cpu.sub::<W>(0, a, 0);
    Ok(())
}

/// NOT.
pub(crate) fn not<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let a = P::get_to_set::<W>(cpu, op)?;
    P::set::<W>(cpu, op, !a)
}

/// XADD rm, reg. Memory is written first, as the register may be part of its address; of one register with itself
/// the sum stays.
pub(crate) fn xadd<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let a = P::get_to_set::<W>(cpu, op)?;
    let b = W::get(&cpu.s.gpr, op.reg);
    P::set::<W>(cpu, op, a.wrapping_add(b))?;
    W::set(&mut cpu.s.gpr, op.reg, a);
    let sum = cpu.add::<W>(a, b, 0);
    if !op.memory {
        P::set::<W>(cpu, op, sum)?;
    }
    Ok(())
}

/// CMPXCHG rm, reg: the destination is written either way.
pub(crate) fn cmpxchg<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let old = P::get_to_set::<W>(cpu, op)?;
    let accumulator = W::get(&cpu.s.gpr, 0);
    if accumulator == old {
        let new = W::get(&cpu.s.gpr, op.reg);
        P::set::<W>(cpu, op, new)?;
    } else {
        P::set::<W>(cpu, op, old)?;
        W::set(&mut cpu.s.gpr, 0, old);
    }
    cpu.sub::<W>(accumulator, old, 0);
    Ok(())
}

/// CMPXCHG8B m64.
pub(crate) fn cmpxchg8b(cpu: &mut Cpu, op: &Op) -> Done {
    let offset = op.offset(cpu);
    let linear = cpu.check(usize::from(op.seg), offset, 8, true)?;
    cpu.check_alignment(linear, 8)?;
    let low = cpu.read_to_write::<u32>(op.seg, offset)?;
    let high = cpu.read_to_write::<u32>(op.seg, offset.wrapping_add(4))?;
    let [eax, ecx, edx, ebx, ..] = cpu.s.gpr;
    let equal = (low, high) == (eax, edx);
    let new = if equal { (ebx, ecx) } else { (low, high) };
    cpu.write::<u32>(op.seg, offset, new.0)?;
    cpu.write::<u32>(op.seg, offset.wrapping_add(4), new.1)?;
    if !equal {
        cpu.s.gpr[0] = low;
        cpu.s.gpr[2] = high;
    }
    let zf = EFlags::ZF.bits();
    cpu.set_arithmetic(zf, if equal { zf } else { 0 });
    Ok(())
}
