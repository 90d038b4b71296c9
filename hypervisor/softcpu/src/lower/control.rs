//! Transfers of control.

use super::{Lowering, conditional, placed, sized};
use crate::op::Run;
use crate::ops::control;
use iced_x86::{Mnemonic as M, OpKind};

impl Lowering<'_> {
    pub(super) fn control(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Jmp => self.jump(),
            M::Call => self.call(),
            M::Ret => sized!(self.word(), control::ret),
            M::Retf => control::retf,
            M::Iret | M::Iretd => control::iret,
            M::Loop => {
                self.counted(|w| if w { control::repeat::<u32, 2> } else { control::repeat::<u16, 2> })
            }
            M::Loope => {
                self.counted(|w| if w { control::repeat::<u32, 1> } else { control::repeat::<u16, 1> })
            }
            M::Loopne => {
                self.counted(|w| if w { control::repeat::<u32, 0> } else { control::repeat::<u16, 0> })
            }
            M::Jcxz | M::Jecxz => {
                self.counted(|w| if w { control::jcxz::<u32> } else { control::jcxz::<u16> })
            }
            M::Int => control::int,
            M::Int3 => control::int3,
            M::Into => control::into,
            M::Int1 => control::icebp,
            M::Bound => sized!(self.size, control::bound),
            M::Hlt => control::hlt,
            M::Cli => control::cli,
            M::Sti => control::sti,
            _ if self.ins.is_jcc_short_or_near() => {
                self.relative();
                let cc = self.condition();
                if self.op.wide {
                    conditional!(cc, control::jcc, u32)
                } else {
                    conditional!(cc, control::jcc, u16)
                }
            }
            _ => return None,
        })
    }

    /// Turns a branch target, decoded as if the instruction lay at 0, into a distance from its end.
    fn relative(&mut self) {
        self.op.imm = self.op.imm.wrapping_sub(u32::from(self.op.len));
    }

    fn counted(&mut self, pick: fn(bool) -> Run) -> Run {
        self.relative();
        pick(self.op.wide)
    }

    fn is_far(&self) -> bool {
        matches!(self.ins.op0_kind(), OpKind::FarBranch16 | OpKind::FarBranch32)
    }

    fn is_near(&self) -> bool {
        matches!(self.ins.op0_kind(), OpKind::NearBranch16 | OpKind::NearBranch32)
    }

    fn far_operands(&mut self) {
        self.op.disp = u32::from(self.ins.far_branch_selector());
        self.op.imm = if self.ins.op0_kind() == OpKind::FarBranch32 {
            self.ins.far_branch32()
        } else {
            u32::from(self.ins.far_branch16())
        };
    }

    /// A far pointer in memory is wider than the operand size.
    fn is_far_memory(&self) -> bool {
        self.op.memory && self.ins.memory_size().size() > usize::from(self.word())
    }

    fn jump(&mut self) -> Run {
        if self.is_far() {
            self.far_operands();
            control::jmp_far
        } else if self.is_near() {
            self.relative();
            sized!(self.word(), control::jmp)
        } else if self.is_far_memory() {
            control::jmp_far_mem
        } else {
            placed!(self.word(), self.op.memory, control::jmp_rm)
        }
    }

    fn call(&mut self) -> Run {
        if self.is_far() {
            self.far_operands();
            control::call_far
        } else if self.is_near() {
            self.relative();
            sized!(self.word(), control::call)
        } else if self.is_far_memory() {
            control::call_far_mem
        } else {
            placed!(self.word(), self.op.memory, control::call_rm)
        }
    }
}
