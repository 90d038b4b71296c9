//! Comparisons: the predicates of CMPPS and its like, COMISS and UCOMISS.

use super::arithmetic::scalar_source;
use super::float::{Format, Order, order};
use crate::cpu::Cpu;
use crate::fault::Done;
use crate::flags::ARITHMETIC;
use crate::op::Op;
use engine::EFlags;

/// A predicate of CMPPS and its like (Intel SDM vol. 2, CMPPD, table 3-1).
pub(crate) struct Relation {
    base: u8,
    negated: bool,
    /// Quiet NaNs are not invalid.
    pub(crate) quiet: bool,
}

impl Relation {
    /// From an immediate's low three bits: EQ, LT, LE, UNORD, and their negations.
    #[inline(always)]
    pub(crate) const fn of(predicate: u8) -> Relation {
        let base = predicate & 3;
        Relation { base, negated: predicate & 4 != 0, quiet: matches!(base, 0 | 3) }
    }

    #[inline(always)]
    pub(crate) fn holds(&self, order: Order) -> bool {
        let holds = match self.base {
            0 => order == Order::Equal,
            1 => order == Order::Less,
            2 => matches!(order, Order::Less | Order::Equal),
            _ => order == Order::Unordered,
        };
        holds != self.negated
    }
}

/// COMISS, COMISD, and with `QUIET` UCOMISS, UCOMISD.
pub(crate) fn compare_flags<F: Format, const QUIET: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let b = scalar_source::<F>(cpu, op)?;
    let a = cpu.lowest::<F>(op.reg);
    let c = cpu.simd_context();
    let (order, exceptions) = order::<F>(c.operand::<F>(a), c.operand::<F>(b), QUIET);
    cpu.raise_simd(exceptions)?;
    let flags = match order {
        Order::Greater => EFlags::empty(),
        Order::Less => EFlags::CF,
        Order::Equal => EFlags::ZF,
        Order::Unordered => EFlags::ZF | EFlags::PF | EFlags::CF,
    };
    cpu.set_arithmetic(ARITHMETIC, flags.bits());
    Ok(())
}
