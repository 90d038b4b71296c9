//! Shuffles, and single words in and out of registers.

use super::state::{File, Mmx, Xmm};
use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::Op;
use crate::word::Word;

/// Four words picked from `quad` by the two-bit fields of `order`.
#[inline(always)]
fn pick_words(quad: u64, order: u32) -> u64 {
    (0..4).fold(0, |picked, n| {
        let from = order >> (2 * n) & 3;
        picked | (quad >> (16 * from) & 0xFFFF) << (16 * n)
    })
}

/// The dword of `value` that the low two bits of `which` name.
#[inline(always)]
fn dword(value: [u64; 2], which: u32) -> u64 {
    value[(which >> 1 & 1) as usize] >> (32 * (which & 1)) & 0xFFFF_FFFF
}

/// PSHUFW.
pub(crate) fn pshufw(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.mmx_ready(op)?;
    let [b, _] = Mmx::source(cpu, op)?;
    cpu.set_mm(op.reg, pick_words(b, op.imm));
    Ok(())
}

/// PSHUFLW.
pub(crate) fn pshuflw(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let [low, high] = Xmm::source(cpu, op)?;
    cpu.set_xmm(op.reg, [pick_words(low, op.imm), high]);
    Ok(())
}

/// PSHUFHW.
pub(crate) fn pshufhw(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let [low, high] = Xmm::source(cpu, op)?;
    cpu.set_xmm(op.reg, [low, pick_words(high, op.imm)]);
    Ok(())
}

/// PSHUFD.
pub(crate) fn pshufd(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = Xmm::source(cpu, op)?;
    let pair = |order: u32| dword(b, order) | dword(b, order >> 2) << 32;
    cpu.set_xmm(op.reg, [pair(op.imm), pair(op.imm >> 4)]);
    Ok(())
}

/// SHUFPS: two lanes of the destination below, two of the source above.
pub(crate) fn shufps(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = Xmm::source(cpu, op)?;
    let a = cpu.xmm(op.reg);
    let pair = |from, order: u32| dword(from, order) | dword(from, order >> 2) << 32;
    cpu.set_xmm(op.reg, [pair(a, op.imm), pair(b, op.imm >> 4)]);
    Ok(())
}

/// SHUFPD.
pub(crate) fn shufpd(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = Xmm::source(cpu, op)?;
    let a = cpu.xmm(op.reg);
    cpu.set_xmm(op.reg, [a[(op.imm & 1) as usize], b[(op.imm >> 1 & 1) as usize]]);
    Ok(())
}

/// The quadword and the bit of the word that an immediate names.
#[inline(always)]
fn word_place<F: File>(imm: u32) -> (usize, u32) {
    let word = imm & (4 * F::QUADS as u32 - 1);
    ((word >> 2 & 1) as usize, 16 * (word & 3))
}

/// PEXTRW.
pub(crate) fn pextrw<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let (quad, at) = word_place::<F>(op.imm);
    let value = F::get(cpu, op.rm);
    if F::QUADS == 1 {
        cpu.enter_mmx();
    }
    cpu.s.gpr[usize::from(op.reg & 7)] = (value[quad] >> at) as u32 & 0xFFFF;
    Ok(())
}

/// PINSRW.
pub(crate) fn pinsrw<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let (quad, at) = word_place::<F>(op.imm);
    let word = if op.memory { cpu.read::<u16>(op.seg, op.offset(cpu))? } else { u16::get(&cpu.s.gpr, op.rm) };
    let mut value = F::get(cpu, op.reg);
    value[quad] = value[quad] & !(0xFFFF << at) | u64::from(word) << at;
    F::set(cpu, op.reg, value);
    Ok(())
}

/// The sign bits of lanes of `BITS` bits.
#[inline(always)]
fn signs<const BITS: u32>(quad: u64) -> u32 {
    let lanes = 64 / BITS;
    (0..lanes).fold(0, |mask, n| mask | ((quad >> (BITS * n + BITS - 1)) as u32 & 1) << n)
}

/// PMOVMSKB.
pub(crate) fn pmovmskb<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let [low, high] = F::get(cpu, op.rm);
    if F::QUADS == 1 {
        cpu.enter_mmx();
    }
    cpu.s.gpr[usize::from(op.reg & 7)] = signs::<8>(low) | signs::<8>(high) << 8;
    Ok(())
}

/// MOVMSKPS (lanes of 32 bits), MOVMSKPD (64).
pub(crate) fn movmsk<const BITS: u32>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let [low, high] = cpu.xmm(op.rm);
    cpu.s.gpr[usize::from(op.reg & 7)] = signs::<BITS>(low) | signs::<BITS>(high) << (64 / BITS);
    Ok(())
}
