//! Conversions between the formats and integers.

use super::arithmetic::scalar_source;
use super::float::{Context, Double, Format, Rounding, Single, convert, from_integer, to_integer};
use super::regs::Mxcsr;
use super::state::{File, Mmx, Xmm, source64};
use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::Op;

const LOW_DWORD: u64 = 0xFFFF_FFFF;

/// Applies a conversion to two values.
#[inline(always)]
fn both<T, R>(pair: [T; 2], f: impl Fn(T) -> (R, Mxcsr)) -> ([R; 2], Mxcsr) {
    let [(a, flags_a), (b, flags_b)] = pair.map(f);
    ([a, b], flags_a | flags_b)
}

/// The dwords of a quadword.
#[inline(always)]
fn dwords(quad: u64) -> [u64; 2] {
    [quad & LOW_DWORD, quad >> 32]
}

/// A quadword of two dwords.
#[inline(always)]
fn join([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// A quadword of two singles.
#[inline(always)]
fn join_singles([low, high]: [u64; 2]) -> u64 {
    low | high << 32
}

/// The context of a conversion to integers; CVTT instructions chop whatever MXCSR says.
#[inline(always)]
fn to_integer_context<const CHOP: bool>(cpu: &Cpu) -> Context {
    let c = cpu.simd_context();
    if CHOP { c.rounding(Rounding::Chop) } else { c }
}

/// CVTSI2SS, CVTSI2SD.
pub(crate) fn integer_to_scalar<F: Format>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let integer = crate::op::get::<u32>(cpu, op)? as i32;
    let (value, flags) = from_integer::<F>(integer, &cpu.simd_context());
    cpu.raise_simd(flags)?;
    cpu.set_lowest::<F>(op.reg, value);
    Ok(())
}

/// CVTSS2SI, CVTSD2SI, CVTTSS2SI, CVTTSD2SI.
pub(crate) fn scalar_to_integer<F: Format, const CHOP: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = scalar_source::<F>(cpu, op)?;
    let (value, flags) = to_integer::<F>(source, &to_integer_context::<CHOP>(cpu));
    cpu.raise_simd(flags)?;
    cpu.s.gpr[usize::from(op.reg & 7)] = value;
    Ok(())
}

/// CVTSS2SD, CVTSD2SS.
pub(crate) fn scalar<From: Format, To: Format>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = scalar_source::<From>(cpu, op)?;
    let (value, flags) = convert::<From, To>(source, &cpu.simd_context());
    cpu.raise_simd(flags)?;
    cpu.set_lowest::<To>(op.reg, value);
    Ok(())
}

/// CVTPS2PD.
pub(crate) fn cvtps2pd(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = source64(cpu, op)?;
    let c = cpu.simd_context();
    let (result, flags) = both(dwords(source), |a| convert::<Single, Double>(a, &c));
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, result);
    Ok(())
}

/// CVTPD2PS: zeros above.
pub(crate) fn cvtpd2ps(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = Xmm::source(cpu, op)?;
    let c = cpu.simd_context();
    let (result, flags) = both(source, |a| convert::<Double, Single>(a, &c));
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, [join_singles(result), 0]);
    Ok(())
}

/// CVTDQ2PS.
pub(crate) fn cvtdq2ps(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = Xmm::source(cpu, op)?;
    let c = cpu.simd_context();
    let (result, flags) = both(source, |quad| {
        let (pair, flags) = both(dwords(quad), |a| from_integer::<Single>(a as i32, &c));
        (join_singles(pair), flags)
    });
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, result);
    Ok(())
}

/// CVTPS2DQ, CVTTPS2DQ.
pub(crate) fn cvtps2dq<const CHOP: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = Xmm::source(cpu, op)?;
    let c = to_integer_context::<CHOP>(cpu);
    let (result, flags) = both(source, |quad| {
        let (pair, flags) = both(dwords(quad), |a| to_integer::<Single>(a, &c));
        (join(pair), flags)
    });
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, result);
    Ok(())
}

/// CVTDQ2PD.
pub(crate) fn cvtdq2pd(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = source64(cpu, op)?;
    let c = cpu.simd_context();
    cpu.set_xmm(op.reg, dwords(source).map(|a| from_integer::<Double>(a as i32, &c).0));
    Ok(())
}

/// CVTPD2DQ, CVTTPD2DQ: zeros above.
pub(crate) fn cvtpd2dq<const CHOP: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let source = Xmm::source(cpu, op)?;
    let c = to_integer_context::<CHOP>(cpu);
    let (result, flags) = both(source, |a| to_integer::<Double>(a, &c));
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, [join(result), 0]);
    Ok(())
}

/// CVTPI2PS: the upper half stays.
pub(crate) fn cvtpi2ps(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.mmx_ready(op)?;
    let [source, _] = Mmx::source(cpu, op)?;
    let c = cpu.simd_context();
    let (result, flags) = both(dwords(source), |a| from_integer::<Single>(a as i32, &c));
    cpu.raise_simd(flags)?;
    cpu.enter_mmx();
    cpu.set_xmm_low(op.reg, join_singles(result));
    Ok(())
}

/// CVTPI2PD: only the register form is an MMX instruction to the x87.
pub(crate) fn cvtpi2pd(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    if !op.memory {
        cpu.mmx_ready(op)?;
    }
    let [source, _] = Mmx::source(cpu, op)?;
    if !op.memory {
        cpu.enter_mmx();
    }
    let c = cpu.simd_context();
    cpu.set_xmm(op.reg, dwords(source).map(|a| from_integer::<Double>(a as i32, &c).0));
    Ok(())
}

/// CVTPS2PI, CVTTPS2PI.
pub(crate) fn cvtps2pi<const CHOP: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.mmx_ready(op)?;
    let source = source64(cpu, op)?;
    let c = to_integer_context::<CHOP>(cpu);
    let (result, flags) = both(dwords(source), |a| to_integer::<Single>(a, &c));
    cpu.raise_simd(flags)?;
    cpu.set_mm(op.reg, join(result));
    Ok(())
}

/// CVTPD2PI, CVTTPD2PI.
pub(crate) fn cvtpd2pi<const CHOP: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.mmx_ready(op)?;
    let source = Xmm::source(cpu, op)?;
    let c = to_integer_context::<CHOP>(cpu);
    let (result, flags) = both(source, |a| to_integer::<Double>(a, &c));
    cpu.raise_simd(flags)?;
    cpu.set_mm(op.reg, join(result));
    Ok(())
}
