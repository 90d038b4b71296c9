//! Packed integer instructions on MMX and XMM registers.

use super::lanes::{Interleave, Lanes, Narrow, Shift};
use super::state::{File, Xmm};
use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::Op;

/// An operation on corresponding lanes.
pub(crate) fn dyadic<F: File, L: Lanes>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let b = F::source(cpu, op)?;
    let a = F::get(cpu, op.reg);
    F::set(cpu, op.reg, F::zip(a, b, L::apply));
    Ok(())
}

/// A shift by the source's low quadword.
pub(crate) fn shift<F: File, S: Shift>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let [count, _] = F::source(cpu, op)?;
    let a = F::get(cpu, op.reg);
    F::set(cpu, op.reg, F::zip(a, a, |a, _| S::apply(a, count)));
    Ok(())
}

/// A shift by an immediate.
pub(crate) fn shift_imm<F: File, S: Shift>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let a = F::get(cpu, op.reg);
    F::set(cpu, op.reg, F::zip(a, a, |a, _| S::apply(a, u64::from(op.imm & 0xFF))));
    Ok(())
}

/// PSLLDQ (`LEFT`), PSRLDQ: a shift of the register by bytes.
pub(crate) fn shift_bytes<const LEFT: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let [low, high] = cpu.xmm(op.reg);
    let value = u128::from(high) << 64 | u128::from(low);
    let bits = (op.imm & 0xFF).min(16) * 8;
    let shifted = if LEFT { value.unbounded_shl(bits) } else { value.unbounded_shr(bits) };
    cpu.set_xmm(op.reg, [shifted as u64, (shifted >> 64) as u64]);
    Ok(())
}

/// PACKSSWB, PACKSSDW, PACKUSWB: the destination's lanes below, the source's above.
pub(crate) fn pack<F: File, N: Narrow>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let b = F::source(cpu, op)?;
    let a = F::get(cpu, op.reg);
    let join = |low, high| u64::from(N::narrow(low)) | u64::from(N::narrow(high)) << 32;
    let packed = if F::QUADS == 2 { [join(a[0], a[1]), join(b[0], b[1])] } else { [join(a[0], b[0]), 0] };
    F::set(cpu, op.reg, packed);
    Ok(())
}

/// PUNPCKL of bytes, words and dwords: the registers' lower halves interleaved.
pub(crate) fn unpack_low<F: File, I: Interleave>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let [b, _] = F::low_source(cpu, op)?;
    let [a, _] = F::get(cpu, op.reg);
    F::set(cpu, op.reg, interleave::<F, I>(a, b));
    Ok(())
}

/// PUNPCKH of bytes, words and dwords: the registers' upper halves interleaved.
pub(crate) fn unpack_high<F: File, I: Interleave>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let b = F::source(cpu, op)?;
    let a = F::get(cpu, op.reg);
    let upper = if F::QUADS == 2 {
        interleave::<F, I>(a[1], b[1])
    } else {
        [I::interleave((a[0] >> 32) as u32, (b[0] >> 32) as u32), 0]
    };
    F::set(cpu, op.reg, upper);
    Ok(())
}

/// Interleaves as many lanes of two quadwords as a register has room for.
#[inline(always)]
fn interleave<F: File, I: Interleave>(a: u64, b: u64) -> [u64; 2] {
    let high = if F::QUADS == 2 { I::interleave((a >> 32) as u32, (b >> 32) as u32) } else { 0 };
    [I::interleave(a as u32, b as u32), high]
}

/// PUNPCKLQDQ, UNPCKLPD (quadword 0), PUNPCKHQDQ, UNPCKHPD (1).
pub(crate) fn unpack_quads<const N: usize>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = Xmm::source(cpu, op)?;
    let a = cpu.xmm(op.reg);
    cpu.set_xmm(op.reg, [a[N & 1], b[N & 1]]);
    Ok(())
}
