//! Shifts, rotates, bit tests and flag instructions.

use super::{Lowering, placed};
use crate::op::{Memory, Register as InRegister, Run};
use crate::ops::{bits, shift};
use engine::Model;
use iced_x86::Mnemonic as M;

impl Lowering<'_> {
    pub(super) fn bits(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Rol => self.shift::<shift::Rol>(),
            M::Ror => self.shift::<shift::Ror>(),
            M::Rcl => self.shift::<shift::Rcl>(),
            M::Rcr => self.shift::<shift::Rcr>(),
            M::Sal if self.model == Model::I8086 => self.shift::<shift::Setmo>(),
            M::Shl | M::Sal => self.shift::<shift::Shl>(),
            M::Shr => self.shift::<shift::Shr>(),
            M::Sar => self.shift::<shift::Sar>(),
            M::Shld => self.double::<false>(),
            M::Shrd => self.double::<true>(),
            M::Bt => self.bit::<0>(),
            M::Bts => self.bit::<1>(),
            M::Btr => self.bit::<2>(),
            M::Btc => self.bit::<3>(),
            M::Bsf => self.scan(false),
            M::Bsr => self.scan(true),
            M::Clc => bits::put_carry::<false>,
            M::Stc => bits::put_carry::<true>,
            M::Cmc => bits::cmc,
            M::Cld => bits::put_direction::<false>,
            M::Std => bits::put_direction::<true>,
            _ => return None,
        })
    }

    fn shift<S: shift::Shift>(&mut self) -> Run {
        if !self.op.memory {
            // The count's register is not the operand's size.
            self.size = self.register(0).size() as u8;
            self.op.rm = self.register(0).number() as u8;
        } else {
            self.size = self.ins.memory_size().size() as u8;
        }
        if self.has_immediate(1) {
            placed!(self.size, self.op.memory, shift::by_imm, S)
        } else {
            placed!(self.size, self.op.memory, shift::by_cl, S)
        }
    }

    fn double<const RIGHT: bool>(&mut self) -> Run {
        let by_imm = self.has_immediate(2);
        match (self.size, self.op.memory, by_imm) {
            (2, false, true) => shift::double_imm::<u16, InRegister, RIGHT>,
            (2, true, true) => shift::double_imm::<u16, Memory, RIGHT>,
            (_, false, true) => shift::double_imm::<u32, InRegister, RIGHT>,
            (_, true, true) => shift::double_imm::<u32, Memory, RIGHT>,
            (2, false, false) => shift::double_cl::<u16, InRegister, RIGHT>,
            (2, true, false) => shift::double_cl::<u16, Memory, RIGHT>,
            (_, false, false) => shift::double_cl::<u32, InRegister, RIGHT>,
            (_, true, false) => shift::double_cl::<u32, Memory, RIGHT>,
        }
    }

    fn bit<const WHAT: u8>(&mut self) -> Run {
        match (self.size, self.op.memory, self.has_immediate(1)) {
            (2, false, true) => bits::bit_imm::<u16, InRegister, WHAT>,
            (2, true, true) => bits::bit_imm::<u16, Memory, WHAT>,
            (_, false, true) => bits::bit_imm::<u32, InRegister, WHAT>,
            (_, true, true) => bits::bit_imm::<u32, Memory, WHAT>,
            (2, false, false) => bits::bit_reg::<u16, InRegister, WHAT>,
            (2, true, false) => bits::bit_string::<u16, Memory, WHAT>,
            (_, false, false) => bits::bit_reg::<u32, InRegister, WHAT>,
            (_, true, false) => bits::bit_string::<u32, Memory, WHAT>,
        }
    }

    fn scan(&mut self, reverse: bool) -> Run {
        if !self.op.memory {
            std::mem::swap(&mut self.op.reg, &mut self.op.rm);
        }
        if reverse {
            placed!(self.size, self.op.memory, bits::bsr)
        } else {
            placed!(self.size, self.op.memory, bits::bsf)
        }
    }
}
