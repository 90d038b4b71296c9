//! Floating-point instructions on lanes, and the delivery of their exceptions.
//!
//! Operations that the host rounds as MXCSR says are left to it when nothing but the precision exception can come of them, and that
//! one is masked and flagged already; `float` computes all others.

use super::compare::Relation;
use super::estimate;
use super::float::{Context, Format, Operator, Order, Rounded, compute, is_zero, order};
use super::regs::Mxcsr;
use super::state::{File, Xmm, source32, source64};
use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop, ud, xm};
use crate::op::Op;
use crate::wide::Quads;

impl Cpu<'_> {
    /// Records the exceptions of an instruction, all its lanes together; an error when one of them is unmasked: nothing may be
    /// delivered then. Exceptions found after computing do not count beside an unmasked one found before.
    #[inline(always)]
    pub(crate) fn raise_simd(&mut self, flags: Mxcsr) -> Done {
        if flags.is_empty() { Ok(()) } else { self.record_simd(flags) }
    }

    fn record_simd(&mut self, flags: Mxcsr) -> Done {
        let masks = self.s.mxcsr >> Mxcsr::MASKS_SHIFT;
        let unmasked = |flags: Mxcsr| flags.bits() & !masks != 0;
        let before = flags & Mxcsr::BEFORE;
        let flags = if unmasked(before) { before } else { flags };
        self.s.mxcsr |= flags.bits();
        if !unmasked(flags) {
            Ok(())
        } else if self.s.cr4 & cr4::OSXMMEXCPT != 0 {
            Err(xm())
        } else {
            Err(ud())
        }
    }

    #[inline(always)]
    pub(crate) fn simd_context(&self) -> Context {
        Context::of(self.s.mxcsr)
    }
}

/// An operation on one lane: destination and source.
pub(crate) trait Operation: 'static {
    fn apply<F: Format>(a: u64, b: u64, c: &Context) -> Rounded;
}

/// Lane `n` of a register.
#[inline(always)]
pub(crate) fn lane<F: Format>(value: Quads, n: u32) -> u64 {
    let at = n * F::BITS;
    value[(at >> 6 & 1) as usize] >> (at & 63) & u64::MAX >> (64 - F::BITS)
}

/// A register with lane `n` replaced.
#[inline(always)]
pub(crate) fn set_lane<F: Format>(value: &mut Quads, n: u32, lane: u64) {
    let at = n * F::BITS;
    let quad = &mut value[(at >> 6 & 1) as usize];
    *quad = *quad & !(u64::MAX >> (64 - F::BITS) << (at & 63)) | lane << (at & 63);
}

/// The scalar source operand.
#[inline(always)]
pub(crate) fn scalar_source<F: Format>(cpu: &mut Cpu, op: &Op) -> Result<u64, Stop> {
    if F::BITS == 32 { source32(cpu, op).map(u64::from) } else { source64(cpu, op) }
}

/// All lanes.
pub(crate) fn packed<F: Format, O: Operation>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = Xmm::source(cpu, op)?;
    let a = cpu.xmm(op.reg);
    let c = cpu.simd_context();
    let (mut result, mut flags) = ([0; 2], Mxcsr::empty());
    for n in 0..128 / F::BITS {
        let (value, more) = O::apply::<F>(lane::<F>(a, n), lane::<F>(b, n), &c);
        set_lane::<F>(&mut result, n, value);
        flags |= more;
    }
    cpu.raise_simd(flags)?;
    cpu.set_xmm(op.reg, result);
    Ok(())
}

/// The lowest lane; the others stay.
pub(crate) fn scalar<F: Format, O: Operation>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = scalar_source::<F>(cpu, op)?;
    let mut result = cpu.xmm(op.reg);
    let (value, flags) = O::apply::<F>(lane::<F>(result, 0), b, &cpu.simd_context());
    cpu.raise_simd(flags)?;
    set_lane::<F>(&mut result, 0, value);
    cpu.set_xmm(op.reg, result);
    Ok(())
}

/// Computes by the host when that gives the same bits and flags.
#[inline(always)]
fn arithmetic<F: Format>(operator: Operator, a: u64, b: u64, c: &Context) -> Rounded {
    if c.plain
        && let Some(value) = on_host::<F>(operator, a, b)
    {
        return (value, Mxcsr::empty());
    }
    compute::<F>(operator, a, b, c)
}

/// The host's result, when operands and result are normal numbers or exact zeros: only the precision exception can have come of
/// it. The smallest normal numbers are left out, because they can be tiny results rounded up.
#[inline(always)]
fn on_host<F: Format>(operator: Operator, a: u64, b: u64) -> Option<u64> {
    let unit = 1 << F::FRACTION;
    let is_plain = |bits: u64| {
        let exponent = bits & F::INFINITY;
        exponent != F::INFINITY && (exponent != 0 || is_zero::<F>(bits))
    };
    if !is_plain(b) || operator != Operator::SquareRoot && !is_plain(a) {
        return None;
    }
    let value = F::on_host(operator, a, b);
    let exponent = value & F::INFINITY;
    let normal = exponent > unit && exponent != F::INFINITY;
    let exact_zero = is_zero::<F>(value)
        && match operator {
            Operator::Add | Operator::Subtract => true,
            Operator::Multiply => is_zero::<F>(a) || is_zero::<F>(b),
            Operator::Divide => is_zero::<F>(a),
            Operator::SquareRoot => true,
        };
    (normal || exact_zero).then_some(value)
}

macro_rules! operations {
    ($($name:ident = $operator:ident;)*) => {$(
        pub(crate) struct $name;
        impl Operation for $name {
            #[inline(always)]
            fn apply<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
                arithmetic::<F>(Operator::$operator, a, b, c)
            }
        }
    )*};
}

operations! {
    Add = Add;
    Sub = Subtract;
    Mul = Multiply;
    Div = Divide;
    Sqrt = SquareRoot;
}

pub(crate) struct Min;
pub(crate) struct Max;

/// The first operand when it compares so with the second, else the second: also with a NaN (always invalid), and of two zeros.
#[inline(always)]
fn pick<F: Format>(a: u64, b: u64, c: &Context, wanted: Order) -> Rounded {
    let (a, b) = (c.operand::<F>(a), c.operand::<F>(b));
    let (order, flags) = order::<F>(a, b, false);
    (if order == wanted { a } else { b }, flags)
}

impl Operation for Min {
    #[inline(always)]
    fn apply<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
        pick::<F>(a, b, c, Order::Less)
    }
}

impl Operation for Max {
    #[inline(always)]
    fn apply<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
        pick::<F>(a, b, c, Order::Greater)
    }
}

/// CMPPS and its like with predicate `P`: all ones where it holds.
pub(crate) struct Compare<const P: u8>;

impl<const P: u8> Operation for Compare<P> {
    #[inline(always)]
    fn apply<F: Format>(a: u64, b: u64, c: &Context) -> Rounded {
        let relation = Relation::of(P);
        let (order, flags) = order::<F>(c.operand::<F>(a), c.operand::<F>(b), relation.quiet);
        (if relation.holds(order) { u64::MAX >> (64 - F::BITS) } else { 0 }, flags)
    }
}

/// RCPPS, RCPSS.
pub(crate) struct Reciprocal;
/// RSQRTPS, RSQRTSS.
pub(crate) struct ReciprocalRoot;

impl Operation for Reciprocal {
    fn apply<F: Format>(_: u64, b: u64, _: &Context) -> Rounded {
        (estimate::reciprocal(b as u32).into(), Mxcsr::empty())
    }
}

impl Operation for ReciprocalRoot {
    fn apply<F: Format>(_: u64, b: u64, _: &Context) -> Rounded {
        (estimate::reciprocal_root(b as u32).into(), Mxcsr::empty())
    }
}
