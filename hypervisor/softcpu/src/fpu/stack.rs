//! The register stack and the delivery of results and exceptions.

use super::arithmetic::{Dyadic, dyadic};
use super::environment::{EMPTY, summarise};
use super::fast;
use super::float::{Class, Context, INDEFINITE, Rounded, class, negative, unpack};
use super::regs::{Status, TOP_MASK, TOP_SHIFT};
use engine::{F80, Fpu};

/// The unit, with the operations that all instructions are made of.
pub(crate) struct Unit<'a> {
    pub(crate) fpu: &'a mut Fpu,
}

/// Exceptions that are found before anything is computed: when one of them is unmasked, no result is delivered.
const BEFORE: Status = Status::IE.union(Status::DE).union(Status::ZE);

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    Equal,
    Greater,
    Unordered,
}

impl Unit<'_> {
    pub(super) fn context(&self) -> Context {
        Context::of(self.fpu.control)
    }

    #[inline(always)]
    fn physical(&self, i: usize) -> usize {
        ((self.fpu.status >> TOP_SHIFT) as usize).wrapping_add(i) & 7
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self, i: usize) -> bool {
        self.fpu.tags >> (2 * self.physical(i)) & 3 == EMPTY
    }

    /// ST(i), empty or not.
    #[inline(always)]
    pub(crate) fn st(&self, i: usize) -> F80 {
        self.fpu.st[self.physical(i)]
    }

    #[inline(always)]
    pub(super) fn set(&mut self, i: usize, value: F80) {
        let n = self.physical(i);
        self.fpu.tags &= !(EMPTY << (2 * n));
        self.fpu.st[n] = value;
    }

    #[inline(always)]
    pub(super) fn free(&mut self, i: usize) {
        self.fpu.tags |= EMPTY << (2 * self.physical(i));
    }

    #[inline(always)]
    pub(super) fn move_top(&mut self, by: u16) {
        let top = self.fpu.status.wrapping_add(by << TOP_SHIFT) & TOP_MASK;
        self.fpu.status = self.fpu.status & !TOP_MASK | top;
    }

    #[inline(always)]
    pub(crate) fn pops(&mut self, count: u8) {
        for _ in 0..count {
            self.free(0);
            self.move_top(1);
        }
    }

    #[inline(always)]
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
    #[inline(always)]
    pub(crate) fn unmasked(&self, flags: Status) -> bool {
        (flags & Status::EXCEPTIONS).bits() & !self.fpu.control != 0
    }

    /// Records exceptions and C1. Of a withheld result only those found before count, and C1 tells of a stack fault alone.
    #[inline(always)]
    pub(crate) fn raise(&mut self, flags: Status) {
        if self.unmasked(flags) {
            return self.raise_unmasked(flags);
        }
        self.fpu.status = self.fpu.status & !Status::C1.bits() | (flags & Status::RECORDED).bits();
    }

    #[cold]
    #[inline(never)]
    fn raise_unmasked(&mut self, flags: Status) {
        let kept = match (self.withheld(flags), flags.contains(Status::SF)) {
            (false, _) => Status::RECORDED,
            (true, false) => BEFORE,
            (true, true) => BEFORE | Status::SF | Status::C1,
        };
        let flags = flags & kept;
        self.set_condition(Status::C1, flags);
        self.fpu.status |= (flags & Status::RECORDED).bits();
        summarise(self.fpu);
    }

    /// Delivers a result to ST(i) and pops; true unless it was withheld.
    #[inline(always)]
    pub(super) fn deliver(&mut self, i: usize, (value, flags): Rounded<F80>, pops: u8) -> bool {
        if self.unmasked(flags) {
            return self.deliver_unmasked(i, value, flags, pops);
        }
        self.raise(flags);
        self.set(i, value);
        self.pops(pops);
        true
    }

    #[cold]
    #[inline(never)]
    fn deliver_unmasked(&mut self, i: usize, value: F80, flags: Status, pops: u8) -> bool {
        let withheld = self.withheld(flags);
        self.raise(flags);
        if !withheld {
            self.set(i, value);
            self.pops(pops);
        }
        !withheld
    }

    /// An empty register was read: true when the masked response goes on with the indefinite NaN.
    #[cold]
    #[inline(never)]
    pub(super) fn underflow(&mut self) -> bool {
        self.raise(Status::IE | Status::SF);
        !self.withheld(Status::IE)
    }

    /// An operand is missing: the masked response puts the indefinite NaN into ST(to) and pops.
    #[cold]
    #[inline(never)]
    pub(super) fn starved(&mut self, to: usize, pops: u8) {
        if self.underflow() {
            self.set(to, INDEFINITE);
            self.pops(pops);
        }
    }

    /// Pushes a result that raised `flags`. A full stack is a stack overflow: C1 set, the indefinite NaN pushed. A denormal is
    /// pushed even if that is an unmasked exception.
    #[inline(always)]
    pub(crate) fn push(&mut self, (value, flags): Rounded<F80>) {
        if !self.is_empty(7) || self.unmasked(flags) {
            return self.push_specially(value, flags);
        }
        self.raise(flags);
        self.move_top(7);
        self.set(0, value);
    }

    #[cold]
    #[inline(never)]
    fn push_specially(&mut self, value: F80, flags: Status) {
        let full = !self.is_empty(7);
        let (value, flags) =
            if full { (INDEFINITE, Status::IE | Status::SF | Status::C1) } else { (value, flags) };
        self.raise(flags);
        if !self.unmasked(flags & Status::IE) {
            self.move_top(7);
            self.set(0, value);
        }
    }

    /// `ST(to) = ST(0) op ST(i)`, or `ST(i) op ST(0)` when `reversed`; then pops. ST(to) is one of the two.
    #[inline(always)]
    pub(super) fn operate(&mut self, op: Dyadic, reversed: bool, to: usize, i: usize, pops: u8) {
        if self.is_empty(0) || self.is_empty(i) {
            return self.starved(to, pops);
        }
        let (st0, sti) = (self.st(0), self.st(i));
        let (a, b) = if reversed { (sti, st0) } else { (st0, sti) };
        if !self.operate_plainly(op, a, b, to, pops) {
            self.operate_in_general(op, a, b, to, pops);
        }
    }

    /// `ST(0) = ST(0) op value`, or `value op ST(0)` when `reversed`, for a value from memory that was loaded with exceptions.
    #[inline(always)]
    pub(super) fn operate_with(&mut self, op: Dyadic, reversed: bool, (value, loaded): Rounded<F80>) {
        if self.is_empty(0) {
            return self.starved(0, 0);
        }
        let st0 = self.st(0);
        let (a, b) = if reversed { (value, st0) } else { (st0, value) };
        if !loaded.is_empty() {
            self.operate_with_denormal(op, a, b, loaded);
        } else if !self.operate_plainly(op, a, b, 0, 0) {
            self.operate_in_general(op, a, b, 0, 0);
        }
    }

    /// Does an operation when nothing about it is unusual; false when something is.
    #[inline(always)]
    fn operate_plainly(&mut self, op: Dyadic, a: F80, b: F80, to: usize, pops: u8) -> bool {
        let control = self.fpu.control;
        if fast::is_plain(control)
            && let Some((value, flags)) = fast::dyadic::<true>(op, a, b, control)
            && !self.unmasked(flags)
        {
            let n = self.physical(to);
            self.raise(flags);
            self.pops(pops);
            self.fpu.st[n] = value;
            return true;
        }
        false
    }

    #[inline(never)]
    fn operate_in_general(&mut self, op: Dyadic, a: F80, b: F80, to: usize, pops: u8) {
        let result = dyadic(op, a, b, self.fpu.control);
        self.deliver(to, result, pops);
    }

    #[cold]
    #[inline(never)]
    fn operate_with_denormal(&mut self, op: Dyadic, a: F80, b: F80, loaded: Status) {
        let (result, mut flags) = dyadic(op, a, b, self.fpu.control);
        if !flags.intersects(Status::IE | Status::ZE) && class(result) != Class::Quiet {
            flags |= loaded;
        }
        self.deliver(0, (result, flags), 0);
    }

    /// FXCH.
    #[inline(always)]
    pub(super) fn exchange(&mut self, i: usize) {
        if self.is_empty(0) || self.is_empty(i) {
            return self.exchange_empty(i);
        }
        let (n0, ni) = (self.physical(0), self.physical(i));
        self.raise(Status::empty());
        let st = &mut self.fpu.st;
        (st[n0], st[ni]) = (st[ni], st[n0]);
    }

    #[cold]
    #[inline(never)]
    fn exchange_empty(&mut self, i: usize) {
        if !self.underflow() {
            return;
        }
        let [a, b] = [0, i].map(|i| if self.is_empty(i) { INDEFINITE } else { self.st(i) });
        self.set(0, b);
        self.set(i, a);
    }

    /// Compares ST(0) with ST(i): the order unless an exception stops the instruction. `quiet` comparisons accept quiet NaNs.
    #[inline(always)]
    pub(super) fn compare(&mut self, i: usize, quiet: bool) -> Option<Order> {
        if self.is_empty(i) {
            return self.unordered_for_want();
        }
        self.compare_with((self.st(i), Status::empty()), quiet)
    }

    /// Compares ST(0) with a number that was loaded with exceptions.
    #[inline(always)]
    pub(super) fn compare_with(&mut self, (other, loaded): Rounded<F80>, quiet: bool) -> Option<Order> {
        if self.is_empty(0) {
            return self.unordered_for_want();
        }
        let (order, flags) = match fast::order(self.st(0), other) {
            Some(order) => (order, loaded),
            None => match order(self.st(0), other, quiet) {
                (Order::Unordered, flags) => (Order::Unordered, flags),
                (order, flags) => (order, flags | loaded),
            },
        };
        self.raise(flags);
        (!self.withheld(flags)).then_some(order)
    }

    fn unordered_for_want(&mut self) -> Option<Order> {
        self.underflow().then_some(Order::Unordered)
    }

    /// Sets the condition codes of a comparison.
    #[inline(always)]
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

#[cold]
#[inline(never)]
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
