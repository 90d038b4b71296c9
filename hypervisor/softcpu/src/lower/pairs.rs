//! Comparisons and the conditional jumps behind them, which run as one step.

use super::{Lowering, conditional};
use crate::decode::Pairing;
use crate::op::Run;
use crate::ops::alu::{Binary, Cmp, Test};
use crate::ops::control::{self, Comparison, Decrement, WithImmediate, WithRegister};
use iced_x86::Mnemonic as M;

impl Lowering<'_> {
    /// What this instruction can be half of.
    pub(super) fn pairing(&self) -> Pairing {
        if self.ins.is_jcc_short_or_near() {
            return Pairing::Jump(self.condition());
        }
        if self.op.memory || self.prefixes.lock {
            return Pairing::None;
        }
        match self.ins.mnemonic() {
            M::Cmp => self.comparison::<Cmp>(),
            M::Test => self.comparison::<Test>(),
            M::Dec => self.sized_comparison::<Decrement>(),
            _ => Pairing::None,
        }
    }

    fn comparison<B: Binary>(&self) -> Pairing {
        if self.has_immediate(1) {
            self.sized_comparison::<WithImmediate<B>>()
        } else {
            self.sized_comparison::<WithRegister<B>>()
        }
    }

    fn sized_comparison<T: Comparison>(&self) -> Pairing {
        Pairing::Comparison(match self.size {
            1 => pick::<u8, T>,
            2 => pick::<u16, T>,
            _ => pick::<u32, T>,
        })
    }
}

fn pick<W: crate::word::Word, T: Comparison>(condition: u8) -> Run {
    conditional!(condition, control::compare_jcc, W, T)
}
