//! Shifts and rotates.

use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::{Op, Place};
use crate::word::Word;
use engine::Model;

/// One shift or rotate: from value and count (not 0) to the result, with flags set.
pub(crate) trait Shift: 'static {
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32;
}

/// Sets CF and OF and leaves the rest, as rotates do.
#[inline(always)]
fn rotate_flags(cpu: &mut Cpu, cf: bool, of: bool) {
    let af = cpu.lazy.af();
    cpu.set_carry_overflow(cf, of);
    cpu.set_af(af);
}

pub(crate) struct Rol;
impl Shift for Rol {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let n = count & (W::BITS - 1);
        let r = if n == 0 { value } else { (value << n | value >> (W::BITS - n)) & W::MASK };
        rotate_flags(cpu, r & 1 != 0, (r & 1 != 0) != (r & W::SIGN != 0));
        r
    }
}

pub(crate) struct Ror;
impl Shift for Ror {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let n = count & (W::BITS - 1);
        let r = if n == 0 { value } else { (value >> n | value << (W::BITS - n)) & W::MASK };
        rotate_flags(cpu, r & W::SIGN != 0, (r ^ r << 1) & W::SIGN != 0);
        r
    }
}

pub(crate) struct Rcl;
impl Shift for Rcl {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let width = W::BITS + 1;
        let n = count % width;
        let whole = u64::from(cpu.lazy.cf()) << W::BITS | u64::from(value);
        let turned = if n == 0 { whole } else { whole << n | whole >> (width - n) };
        let r = turned as u32 & W::MASK;
        let cf = turned >> W::BITS & 1 != 0;
        rotate_flags(cpu, cf, cf != (r & W::SIGN != 0));
        r
    }
}

pub(crate) struct Rcr;
impl Shift for Rcr {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let width = W::BITS + 1;
        let n = count % width;
        let whole = u64::from(cpu.lazy.cf()) << W::BITS | u64::from(value);
        let turned = if n == 0 { whole } else { whole >> n | whole << (width - n) };
        let r = turned as u32 & W::MASK;
        rotate_flags(cpu, turned >> W::BITS & 1 != 0, (r ^ r << 1) & W::SIGN != 0);
        r
    }
}

pub(crate) struct Shl;
impl Shift for Shl {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let shifted = if count < 64 { u64::from(value) << count } else { 0 };
        let r = shifted as u32 & W::MASK;
        let cf = shifted >> W::BITS & 1 != 0;
        cpu.set_zsp::<W>(r);
        cpu.set_carry_overflow(cf, cf != (r & W::SIGN != 0));
        // As an addition to itself.
        if matches!(cpu.s.model, Model::I8086 | Model::I80286) {
            cpu.set_af(r & 0x10 != 0);
        }
        r
    }
}

pub(crate) struct Shr;
impl Shift for Shr {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let before = if count <= 32 { u64::from(value) >> (count - 1) } else { 0 };
        let r = (before >> 1) as u32;
        cpu.set_zsp::<W>(r);
        cpu.set_carry_overflow(before & 1 != 0, (r ^ r << 1) & W::SIGN != 0);
        cpu.set_af(cpu.is_286());
        r
    }
}

pub(crate) struct Sar;
impl Shift for Sar {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, value: u32, count: u32) -> u32 {
        let before = i64::from(W::sext(value) as i32) >> (count - 1).min(40);
        let r = (before >> 1) as u32 & W::MASK;
        cpu.set_zsp::<W>(r);
        cpu.set_carry_overflow(before & 1 != 0, false);
        cpu.set_af(cpu.is_286());
        r
    }
}

/// SETMO, SETMOC (8086's D0-D3 /6): all ones.
pub(crate) struct Setmo;
impl Shift for Setmo {
    #[inline(always)]
    fn run<W: Word>(cpu: &mut Cpu, _: u32, _: u32) -> u32 {
        cpu.logic::<W>(W::MASK)
    }
}

/// The 8086 uses all eight bits of a count, later CPUs five.
#[inline(always)]
fn masked(cpu: &Cpu, count: u32) -> u32 {
    if cpu.s.model == Model::I8086 { count & 0xFF } else { count & 0x1F }
}

#[inline(always)]
fn apply<W: Word, P: Place, S: Shift>(cpu: &mut Cpu, op: &Op, count: u32) -> Done {
    let value = P::get_to_set::<W>(cpu, op)?;
    if count == 0 {
        return P::set::<W>(cpu, op, value);
    }
    let lazy = cpu.lazy;
    let r = S::run::<W>(cpu, value, count);
    let done = P::set::<W>(cpu, op, r);
    if done.is_err() {
        cpu.lazy = lazy;
    }
    done
}

/// `shl rm, imm`
pub(crate) fn by_imm<W: Word, P: Place, S: Shift>(cpu: &mut Cpu, op: &Op) -> Done {
    let count = masked(cpu, op.imm);
    apply::<W, P, S>(cpu, op, count)
}

/// `shl rm, cl`
pub(crate) fn by_cl<W: Word, P: Place, S: Shift>(cpu: &mut Cpu, op: &Op) -> Done {
    let count = masked(cpu, cpu.s.gpr[1]);
    apply::<W, P, S>(cpu, op, count)
}

/// SHLD (or SHRD) of `value`, filled from `fill`.
#[inline(always)]
fn double<W: Word, const RIGHT: bool>(cpu: &mut Cpu, value: u32, fill: u32, count: u32) -> u32 {
    let (v, f) = (u64::from(value), u64::from(fill));
    // A 16-bit count above 16 shifts the fill's own bits back in.
    let (r, cf) = if RIGHT {
        let whole = v | f << W::BITS | if W::BYTES == 2 { v << 32 } else { 0 };
        ((whole >> count) as u32 & W::MASK, whole >> (count - 1) & 1 != 0)
    } else {
        let whole = v << W::BITS | f;
        let whole = if W::BYTES == 2 { whole << 16 | v } else { whole };
        let width = if W::BYTES == 2 { 48 } else { 64 };
        ((whole >> (width - W::BITS - count)) as u32 & W::MASK, whole >> (width - count) & 1 != 0)
    };
    cpu.set_zsp::<W>(r);
    cpu.set_carry_overflow(cf, (r ^ value) & W::SIGN != 0);
    r
}

#[inline(always)]
fn apply_double<W: Word, P: Place, const RIGHT: bool>(cpu: &mut Cpu, op: &Op, count: u32) -> Done {
    let value = P::get_to_set::<W>(cpu, op)?;
    let count = count & 0x1F;
    if count == 0 {
        return P::set::<W>(cpu, op, value);
    }
    let fill = W::get(&cpu.s.gpr, op.reg);
    let lazy = cpu.lazy;
    let r = double::<W, RIGHT>(cpu, value, fill, count);
    let done = P::set::<W>(cpu, op, r);
    if done.is_err() {
        cpu.lazy = lazy;
    }
    done
}

/// `shld rm, reg, imm`
pub(crate) fn double_imm<W: Word, P: Place, const RIGHT: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    apply_double::<W, P, RIGHT>(cpu, op, op.imm)
}

/// `shld rm, reg, cl`
pub(crate) fn double_cl<W: Word, P: Place, const RIGHT: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    let count = cpu.s.gpr[1];
    apply_double::<W, P, RIGHT>(cpu, op, count)
}
