//! The register stack and the delivery of results and exceptions.

use super::arithmetic::{Dyadic, dyadic};
use super::environment::{EMPTY, summarise, top};
use super::float::{Class, Context, INDEFINITE, class, negative, unpack};
use super::regs::{Status, TOP_MASK, TOP_SHIFT};
use engine::{F80, Fpu};

/// The unit, with the operations that all instructions are made of.
pub(super) struct Unit<'a> {
    pub(super) fpu: &'a mut Fpu,
}

/// Exceptions that are found before anything is computed: when one of them is unmasked, no result is delivered.
const BEFORE: Status = Status::IE.union(Status::DE).union(Status::ZE);

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    Equal,
    Greater,
    Unordered,
}

impl Unit<'_> {
    pub(super) fn context(&self) -> Context {
        Context::of(self.fpu.control)
    }

    fn physical(&self, i: usize) -> usize {
        (top(self.fpu) + i) & 7
    }

    pub(super) fn is_empty(&self, i: usize) -> bool {
        self.fpu.tags >> (2 * self.physical(i)) & 3 == EMPTY
    }

    /// ST(i), empty or not.
    pub(super) fn st(&self, i: usize) -> F80 {
        self.fpu.st[self.physical(i)]
    }

    pub(super) fn set(&mut self, i: usize, value: F80) {
        let n = self.physical(i);
        self.fpu.st[n] = value;
        self.fpu.tags &= !(EMPTY << (2 * n));
    }

    pub(super) fn free(&mut self, i: usize) {
        self.fpu.tags |= EMPTY << (2 * self.physical(i));
    }

    pub(super) fn move_top(&mut self, by: u16) {
        let top = (self.fpu.status >> TOP_SHIFT).wrapping_add(by) << TOP_SHIFT & TOP_MASK;
        self.fpu.status = self.fpu.status & !TOP_MASK | top;
    }

    pub(super) fn pop(&mut self) {
        self.free(0);
        self.move_top(1);
    }

    pub(super) fn pops(&mut self, count: u8) {
        for _ in 0..count {
            self.pop();
        }
    }

    fn set_condition(&mut self, which: Status, value: Status) {
        self.fpu.status = self.fpu.status & !which.bits() | (value & which).bits();
    }

    /// Sets C0, C1, C2 and C3.
    pub(super) fn condition(&mut self, value: Status) {
        self.set_condition(Status::CONDITION, value);
    }

    /// Sets C2 alone: whether a reduction is incomplete.
    pub(super) fn incomplete(&mut self, incomplete: bool) {
        self.set_condition(Status::C2, if incomplete { Status::C2 } else { Status::empty() });
    }

    /// Whether a result with these exceptions must not be delivered to a register.
    pub(super) fn withheld(&self, flags: Status) -> bool {
        (flags & BEFORE).bits() & !self.fpu.control != 0
    }

    /// Whether one of these exceptions is unmasked.
    pub(super) fn unmasked(&self, flags: Status) -> bool {
        (flags & Status::EXCEPTIONS).bits() & !self.fpu.control != 0
    }

    /// Records exceptions and C1. Of a withheld result only those found before count.
    pub(super) fn raise(&mut self, flags: Status) {
        let flags = if self.withheld(flags) { flags & (BEFORE | Status::SF | Status::C1) } else { flags };
        self.set_condition(Status::C1, flags);
        self.fpu.status |= (flags & (Status::EXCEPTIONS | Status::SF)).bits();
        summarise(self.fpu);
    }

    /// Delivers a result to ST(i); true unless it was withheld.
    pub(super) fn deliver(&mut self, i: usize, (value, flags): (F80, Status)) -> bool {
        let withheld = self.withheld(flags);
        self.raise(flags);
        if !withheld {
            self.set(i, value);
        }
        !withheld
    }

    /// An empty register was read: true when the masked response goes on with the indefinite NaN.
    pub(super) fn underflow(&mut self) -> bool {
        self.raise(Status::IE | Status::SF);
        !self.withheld(Status::IE)
    }

    /// Pushes a result that raised `flags`. A full stack is a stack overflow: C1 set, the indefinite NaN pushed.
    pub(super) fn push(&mut self, (value, flags): (F80, Status)) {
        let full = !self.is_empty(7);
        let (value, flags) =
            if full { (INDEFINITE, Status::IE | Status::SF | Status::C1) } else { (value, flags) };
        let withheld = self.withheld(flags);
        self.raise(flags);
        if !withheld {
            self.move_top(7);
            self.set(0, value);
        }
    }

    /// `ST(to) = a op b`, where the operands come from the registers `used`.
    pub(super) fn operate(&mut self, op: Dyadic, to: usize, a: F80, b: F80, used: &[usize]) -> bool {
        if used.iter().any(|i| self.is_empty(*i)) {
            let goes_on = self.underflow();
            if goes_on {
                self.set(to, INDEFINITE);
            }
            return goes_on;
        }
        let result = dyadic(op, a, b, self.context());
        self.deliver(to, result)
    }

    /// Compares ST(0) with `other` (in a register of `used`): sets C3, C2, C0; true when the instruction goes on to pop. `quiet`
    /// comparisons accept quiet NaNs.
    pub(super) fn compare(&mut self, other: (F80, Status), quiet: bool, used: &[usize]) -> Option<Order> {
        let (order, flags) = if used.iter().any(|i| self.is_empty(*i)) {
            (Order::Unordered, Status::IE | Status::SF)
        } else {
            let (order, flags) = order(self.st(0), other.0, quiet);
            (order, if order == Order::Unordered { flags } else { flags | other.1 })
        };
        let withheld = self.withheld(flags);
        self.raise(flags);
        (!withheld).then_some(order)
    }

    /// Sets the condition codes of a comparison.
    pub(super) fn compared(&mut self, order: Order) {
        let codes = match order {
            Order::Greater => Status::empty(),
            Order::Less => Status::C0,
            Order::Equal => Status::C3,
            Order::Unordered => Status::COMPARISON,
        };
        self.set_condition(Status::COMPARISON, codes);
    }
}

fn order(a: F80, b: F80, quiet: bool) -> (Order, Status) {
    let (ca, cb) = (class(a), class(b));
    let any = |c: Class| ca == c || cb == c;
    if any(Class::Unsupported) || any(Class::Signalling) || any(Class::Quiet) {
        let invalid = !quiet || any(Class::Unsupported) || any(Class::Signalling);
        return (Order::Unordered, if invalid { Status::IE } else { Status::empty() });
    }
    let flags = if any(Class::Denormal) { Status::DE } else { Status::empty() };
    let key = |f: F80, c: Class| match c {
        Class::Zero => (0, 0, 0),
        Class::Infinity => (1, i32::MAX, 0),
        _ => {
            let w = unpack(f);
            (1, w.exp, w.sig)
        }
    };
    let (ka, kb) = (key(a, ca), key(b, cb));
    let both_zero = ka.0 == 0 && kb.0 == 0;
    let magnitude = ka.cmp(&kb);
    let ordering = match (negative(a), negative(b)) {
        _ if both_zero => std::cmp::Ordering::Equal,
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
    };
    let order = match ordering {
        std::cmp::Ordering::Less => Order::Less,
        std::cmp::Ordering::Equal => Order::Equal,
        std::cmp::Ordering::Greater => Order::Greater,
    };
    (order, flags)
}
