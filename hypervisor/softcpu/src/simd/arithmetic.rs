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

const LOW_DWORD: u64 = 0xFFFF_FFFF;

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

impl Cpu<'_> {
    /// The lowest lane of a register.
    #[inline(always)]
    pub(crate) fn lowest<F: Format>(&self, n: u8) -> u64 {
        self.xmm(n)[0] & u64::MAX >> (64 - F::BITS)
    }

    /// Replaces the lowest lane of a register.
    #[inline(always)]
    pub(crate) fn set_lowest<F: Format>(&mut self, n: u8, lane: u64) {
        let [low, _] = self.xmm(n);
        self.set_xmm_low(n, low & !(u64::MAX >> (64 - F::BITS)) | lane);
    }
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
    let (low, flags_low) = quad::<F, O>(a[0], b[0], &c);
    let (high, flags_high) = quad::<F, O>(a[1], b[1], &c);
    cpu.raise_simd(flags_low | flags_high)?;
    cpu.set_xmm(op.reg, [low, high]);
    Ok(())
}

/// The lanes of a quadword.
#[inline(always)]
fn quad<F: Format, O: Operation>(a: u64, b: u64, c: &Context) -> Rounded {
    if F::BITS == 64 {
        return O::apply::<F>(a, b, c);
    }
    let (low, flags_low) = O::apply::<F>(a & LOW_DWORD, b & LOW_DWORD, c);
    let (high, flags_high) = O::apply::<F>(a >> 32, b >> 32, c);
    (low | high << 32, flags_low | flags_high)
}

/// The lowest lane; the others stay.
pub(crate) fn scalar<F: Format, O: Operation>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = scalar_source::<F>(cpu, op)?;
    let (value, flags) = O::apply::<F>(cpu.lowest::<F>(op.reg), b, &cpu.simd_context());
    cpu.raise_simd(flags)?;
    cpu.set_lowest::<F>(op.reg, value);
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

#[cfg(test)]
mod tests {
    use super::super::float::{Double, Single};
    use super::*;

    /// Adversarial in class and in the distance of the exponents.
    fn number<F: Format>(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state.rotate_right(11);
        let most = F::INFINITY >> F::FRACTION;
        let exponent = match random & 7 {
            0 => 0,
            1 => most,
            2 => 1 + (random >> 3 & 3),
            3 => most - 1 - (random >> 3 & 3),
            _ => most / 2 - 8 + (random >> 3 & 15),
        };
        let fraction = [0, 1, F::FRACTION_MASK, *state & F::FRACTION_MASK][(random >> 8 & 3) as usize];
        let sign = if random & 1 << 12 != 0 { F::SIGN } else { 0 };
        sign | exponent << F::FRACTION | fraction
    }

    fn host_equals_exact<F: Format>() -> usize {
        let context = Context::of(0x1FA0);
        let operators =
            [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide, Operator::SquareRoot];
        let (mut state, mut taken) = (F::BITS.into(), 0);
        for _ in 0..20_000 {
            let (a, b) = (number::<F>(&mut state), number::<F>(&mut state));
            for operator in operators {
                let Some(value) = on_host::<F>(operator, a, b) else { continue };
                let (exact, flags) = compute::<F>(operator, a, b, &context);
                assert_eq!(value, exact, "{operator:?} {a:x} {b:x}");
                assert!(Mxcsr::PE.contains(flags), "{operator:?} {a:x} {b:x}: {flags:?}");
                taken += 1;
            }
        }
        taken
    }

    #[test]
    fn what_is_left_to_the_host_equals_the_exact_result_and_can_only_be_inexact() {
        assert!(host_equals_exact::<Single>() > 20_000);
        assert!(host_equals_exact::<Double>() > 20_000);
    }
}
