//! Multiplication and division.

use crate::cpu::Cpu;
use crate::fault::{Done, de, vector};
use crate::interrupt::Source;
use crate::op::{Op, Place};
use crate::ops::early_division::{self, Signs};
use crate::word::Word;
use engine::Model;

/// Stores a double-width product: AX, or xDX:xAX.
#[inline(always)]
fn set_wide<W: Word>(cpu: &mut Cpu, product: u64) {
    if W::BYTES == 1 {
        u16::set(&mut cpu.s.gpr, 0, product as u32);
    } else {
        W::set(&mut cpu.s.gpr, 0, product as u32);
        W::set(&mut cpu.s.gpr, 2, (product >> W::BITS) as u32);
    }
}

/// The double-width dividend.
#[inline(always)]
fn wide<W: Word>(cpu: &Cpu) -> u64 {
    if W::BYTES == 1 {
        u64::from(u16::get(&cpu.s.gpr, 0))
    } else {
        u64::from(W::get(&cpu.s.gpr, 2)) << W::BITS | u64::from(W::get(&cpu.s.gpr, 0))
    }
}

/// CF and OF say whether the high half matters. The others, undefined, describe the low half; on an 8086 the sum of
/// the high half and the carry that tests it, on a 286 the high half.
#[inline(always)]
fn product_flags<W: Word>(cpu: &mut Cpu, product: u64, significant: bool, signed: bool) {
    let high = (product >> W::BITS) as u32 & W::MASK;
    let af = match cpu.s.model {
        Model::I8086 => {
            let carry = u32::from(signed && product as u32 & W::SIGN != 0);
            cpu.add::<W>(high, 0, carry);
            cpu.lazy.af()
        }
        Model::I80286 => {
            cpu.set_zsp::<W>(high);
            true
        }
        _ => {
            cpu.set_zsp::<W>(product as u32);
            false
        }
    };
    cpu.set_carry_overflow(significant, significant);
    cpu.set_af(af);
}

/// MUL.
pub(crate) fn mul<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let b = P::get::<W>(cpu, op)?;
    let product = u64::from(W::get(&cpu.s.gpr, 0)) * u64::from(b);
    set_wide::<W>(cpu, product);
    product_flags::<W>(cpu, product, product >> W::BITS != 0, false);
    Ok(())
}

/// Signed product, and whether it does not fit the single width.
#[inline(always)]
fn signed_product<W: Word>(a: u32, b: u32) -> (u64, bool) {
    let product = i64::from(W::sext(a) as i32) * i64::from(W::sext(b) as i32);
    (product as u64, i64::from(W::sext(product as u32) as i32) != product)
}

/// One-operand IMUL.
pub(crate) fn imul<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let b = P::get::<W>(cpu, op)?;
    let (product, significant) = signed_product::<W>(W::get(&cpu.s.gpr, 0), b);
    set_wide::<W>(cpu, product);
    product_flags::<W>(cpu, product, significant, true);
    Ok(())
}

/// `imul reg, rm`
pub(crate) fn imul_reg<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let b = P::get::<W>(cpu, op)?;
    let (product, significant) = signed_product::<W>(W::get(&cpu.s.gpr, op.reg), b);
    W::set(&mut cpu.s.gpr, op.reg, product as u32);
    product_flags::<W>(cpu, product, significant, true);
    Ok(())
}

/// `imul reg, rm, imm`
pub(crate) fn imul_imm<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let b = P::get::<W>(cpu, op)?;
    let (product, significant) = signed_product::<W>(op.imm, b);
    W::set(&mut cpu.s.gpr, op.reg, product as u32);
    product_flags::<W>(cpu, product, significant, true);
    Ok(())
}

/// #DE; to the 8086 it is an interrupt after the instruction.
pub(crate) fn divide_error(cpu: &mut Cpu) -> Done {
    if cpu.is_8086() { cpu.deliver(vector::DIVIDE, Source::Hardware, None) } else { Err(de()) }
}

/// DIV.
pub(crate) fn div<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let divisor = u64::from(P::get::<W>(cpu, op)?);
    let dividend = wide::<W>(cpu);
    early_division::flags::<W>(cpu, dividend, divisor as u32, None);
    if divisor == 0 || dividend / divisor > u64::from(W::MASK) {
        return divide_error(cpu);
    }
    store_quotient::<W>(cpu, dividend / divisor, dividend % divisor);
    Ok(())
}

/// IDIV. The 8086 refuses the most negative quotient, and negates the quotient after a REP prefix.
pub(crate) fn idiv<W: Word, P: Place>(cpu: &mut Cpu, op: &Op) -> Done {
    let divisor = i128::from(W::sext(P::get::<W>(cpu, op)?) as i32);
    let shift = 64 - 2 * W::BITS;
    let dividend = i128::from((wide::<W>(cpu) << shift) as i64 >> shift);
    let signs = Signs { dividend: dividend < 0, divisor: divisor < 0 };
    let magnitudes = (dividend.unsigned_abs() as u64, divisor.unsigned_abs() as u32);
    early_division::flags::<W>(cpu, magnitudes.0, magnitudes.1, Some(signs));
    if divisor == 0 {
        return divide_error(cpu);
    }
    let mut quotient = dividend / divisor;
    let limit = i128::from(W::SIGN);
    let lowest = if cpu.is_8086() { -limit + 1 } else { -limit };
    if quotient >= limit || quotient < lowest {
        return divide_error(cpu);
    }
    if cpu.is_8086() && op.rep != 0 {
        quotient = -quotient;
    }
    store_quotient::<W>(cpu, quotient as u64, (dividend % divisor) as u64);
    Ok(())
}

fn store_quotient<W: Word>(cpu: &mut Cpu, quotient: u64, remainder: u64) {
    if W::BYTES == 1 {
        u16::set(&mut cpu.s.gpr, 0, (quotient as u32 & 0xFF) | (remainder as u32 & 0xFF) << 8);
    } else {
        W::set(&mut cpu.s.gpr, 0, quotient as u32);
        W::set(&mut cpu.s.gpr, 2, remainder as u32);
    }
}
