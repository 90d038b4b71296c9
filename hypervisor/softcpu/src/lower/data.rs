//! Moves, arithmetic, stack and string instructions.

use super::{Lowering, conditional, placed, sized};
use crate::op::{Memory, Register as InRegister, Run};
use crate::ops::{alu, bcd, bits, data, muldiv, segment, stack, string};
use engine::Model;
use iced_x86::{Mnemonic as M, Register};

impl Lowering<'_> {
    /// Makes `reg` the destination and `rm` the source.
    fn put_destination_in_reg(&mut self) {
        if !self.op.memory {
            std::mem::swap(&mut self.op.reg, &mut self.op.rm);
        }
    }

    pub(super) fn data(&mut self) -> Option<Run> {
        self.arithmetic()
            .or_else(|| self.moves())
            .or_else(|| self.multiply())
            .or_else(|| self.stack())
            .or_else(|| self.strings())
    }

    fn arithmetic(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Add => self.binary::<alu::Add>(),
            M::Or => self.binary::<alu::Or>(),
            M::Adc => self.binary::<alu::Adc>(),
            M::Sbb => self.binary::<alu::Sbb>(),
            M::And => self.binary::<alu::And>(),
            M::Sub => self.binary::<alu::Sub>(),
            M::Xor => self.binary::<alu::Xor>(),
            M::Cmp => self.binary::<alu::Cmp>(),
            M::Test => self.binary::<alu::Test>(),
            M::Inc => placed!(self.size, self.op.memory, alu::inc),
            M::Dec => placed!(self.size, self.op.memory, alu::dec),
            M::Neg => placed!(self.size, self.op.memory, alu::neg),
            M::Not => placed!(self.size, self.op.memory, alu::not),
            M::Xadd => placed!(self.size, self.op.memory, alu::xadd),
            M::Cmpxchg => placed!(self.size, self.op.memory, alu::cmpxchg),
            M::Cmpxchg8b => alu::cmpxchg8b,
            M::Daa => bcd::daa,
            M::Das => bcd::das,
            M::Aaa => bcd::aaa,
            M::Aas => bcd::aas,
            M::Aam => bcd::aam,
            M::Aad => bcd::aad,
            _ => return None,
        })
    }

    fn binary<B: alu::Binary>(&mut self) -> Run {
        if self.has_immediate(1) {
            placed!(self.size, self.op.memory, alu::rm_imm, B)
        } else if self.is_register(0) && self.op.memory && !self.test() {
            placed!(self.size, true, alu::reg_rm, B)
        } else {
            placed!(self.size, self.op.memory, alu::rm_reg, B)
        }
    }

    fn test(&self) -> bool {
        self.ins.mnemonic() == M::Test
    }

    fn moves(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Mov | M::Umov => return self.mov(),
            M::Movzx | M::Movsx => return self.extend(),
            M::Lea => sized!(self.size, data::lea),
            M::Xchg => placed!(self.size, self.op.memory, data::xchg),
            M::Xlatb => data::xlat,
            M::Bswap => data::bswap,
            M::Cbw => data::cbw::<u16>,
            M::Cwde => data::cbw::<u32>,
            M::Cwd => data::cwd::<u16>,
            M::Cdq => data::cwd::<u32>,
            M::Lahf => bits::lahf,
            M::Sahf => bits::sahf,
            M::Salc => bits::salc,
            M::Nop | M::Pause | M::Reservednop => data::nop,
            M::Les | M::Lds | M::Lss | M::Lfs | M::Lgs => self.load_pointer(),
            m if is_setcc(m) => {
                let cc = self.condition();
                if self.op.memory {
                    conditional!(cc, data::setcc, Memory)
                } else {
                    conditional!(cc, data::setcc, InRegister)
                }
            }
            m if is_cmov(m) => {
                self.put_destination_in_reg();
                let cc = self.condition();
                match (self.size, self.op.memory) {
                    (2, false) => conditional!(cc, data::cmov, u16, InRegister),
                    (2, true) => conditional!(cc, data::cmov, u16, Memory),
                    (_, false) => conditional!(cc, data::cmov, u32, InRegister),
                    (_, true) => conditional!(cc, data::cmov, u32, Memory),
                }
            }
            _ => return None,
        })
    }

    fn load_pointer(&mut self) -> Run {
        self.op.extra = match self.ins.mnemonic() {
            M::Les => 0,
            M::Lss => 2,
            M::Lds => 3,
            M::Lfs => 4,
            _ => 5,
        };
        sized!(self.size, segment::load_pointer)
    }

    fn mov(&mut self) -> Option<Run> {
        let (to, from) = (self.register(0), self.register(1));
        let special = |r: Register| r.is_segment_register() || r.is_cr() || r.is_dr() || r.is_tr();
        if special(to) || special(from) {
            return self.mov_special(to, from);
        }
        Some(if self.has_immediate(1) {
            placed!(self.size, self.op.memory, data::mov_rm_imm)
        } else if self.is_register(0) && self.op.memory {
            placed!(self.size, true, data::mov_reg_rm)
        } else {
            placed!(self.size, self.op.memory, data::mov_rm_reg)
        })
    }

    fn mov_special(&mut self, to: Register, from: Register) -> Option<Run> {
        use crate::ops::system;
        let (special, to_special) = if to.is_segment_register() || to.is_cr() || to.is_dr() || to.is_tr() {
            (to, true)
        } else {
            (from, false)
        };
        self.op.extra = special.number() as u8;
        if !self.op.memory {
            let general = if to_special { from } else { to };
            self.op.rm = general.number() as u8;
        }
        if special.is_segment_register() {
            let of_386 = matches!(special, Register::FS | Register::GS);
            if of_386 && matches!(self.model, Model::I8086 | Model::I80286) {
                return None;
            }
            if to_special && special == Register::CS {
                return (self.model == Model::I8086).then_some(segment::mov_cs as Run);
            }
            return Some(if to_special { segment::mov_to } else { segment::mov_from });
        }
        if special.is_tr() {
            return Some(if to_special { system::mov_to_tr } else { system::mov_from_tr });
        }
        Some(match (special.is_cr(), to_special) {
            (true, true) => system::mov_to_cr,
            (true, false) => system::mov_from_cr,
            (false, true) => system::mov_to_dr,
            (false, false) => system::mov_from_dr,
        })
    }

    fn extend(&mut self) -> Option<Run> {
        let source = if self.op.memory { self.ins.memory_size().size() } else { self.register(1).size() };
        self.put_destination_in_reg();
        let signed = self.ins.mnemonic() == M::Movsx;
        Some(match (signed, source) {
            (false, 1) => placed!(self.size, self.op.memory, data::movzx8),
            (false, _) => placed!(self.size, self.op.memory, data::movzx16),
            (true, 1) => placed!(self.size, self.op.memory, data::movsx8),
            (true, _) => placed!(self.size, self.op.memory, data::movsx16),
        })
    }

    fn multiply(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Mul => placed!(self.size, self.op.memory, muldiv::mul),
            M::Div => placed!(self.size, self.op.memory, muldiv::div),
            M::Idiv => placed!(self.size, self.op.memory, muldiv::idiv),
            M::Imul if self.ins.op_count() == 1 => placed!(self.size, self.op.memory, muldiv::imul),
            M::Imul => {
                self.put_destination_in_reg();
                if self.ins.op_count() == 3 {
                    placed!(self.size, self.op.memory, muldiv::imul_imm)
                } else {
                    placed!(self.size, self.op.memory, muldiv::imul_reg)
                }
            }
            _ => return None,
        })
    }

    fn stack(&mut self) -> Option<Run> {
        Some(match self.ins.mnemonic() {
            M::Push => self.push(),
            M::Pop => self.pop(),
            M::Pusha => stack::pusha::<u16>,
            M::Pushad => stack::pusha::<u32>,
            M::Popa => stack::popa::<u16>,
            M::Popad => stack::popa::<u32>,
            M::Pushf => stack::pushf::<u16>,
            M::Pushfd => stack::pushf::<u32>,
            M::Popf => stack::popf::<u16>,
            M::Popfd => stack::popf::<u32>,
            M::Enter => {
                self.op.imm = u32::from(self.ins.immediate16());
                self.op.extra = self.ins.immediate8_2nd();
                sized!(self.word(), stack::enter)
            }
            M::Leave => sized!(self.word(), stack::leave),
            _ => return None,
        })
    }

    fn push(&mut self) -> Run {
        if self.register(0).is_segment_register() {
            self.op.extra = self.register(0).number() as u8;
            return segment::push;
        }
        if self.has_immediate(0) {
            return sized!(self.word(), stack::push_imm);
        }
        if self.op.memory {
            return placed!(self.word(), true, stack::push_rm);
        }
        if self.model == Model::I8086 && self.op.rm == 4 {
            return stack::push_sp_8086;
        }
        sized!(self.word(), stack::push_reg)
    }

    fn pop(&mut self) -> Run {
        if self.register(0).is_segment_register() {
            self.op.extra = self.register(0).number() as u8;
            return segment::pop;
        }
        if self.op.memory {
            return placed!(self.word(), true, stack::pop_mem);
        }
        sized!(self.word(), stack::pop_reg)
    }

    fn strings(&mut self) -> Option<Run> {
        let size = self.ins.memory_size().size();
        Some(match self.ins.mnemonic() {
            M::Movsb | M::Movsw | M::Movsd => sized!(size, string::movs),
            M::Stosb | M::Stosw | M::Stosd => sized!(size, string::stos),
            M::Lodsb | M::Lodsw | M::Lodsd => sized!(size, string::lods),
            M::Scasb | M::Scasw | M::Scasd => sized!(size, string::scas),
            M::Cmpsb | M::Cmpsw | M::Cmpsd => sized!(size, string::cmps),
            M::Insb | M::Insw | M::Insd => sized!(size, string::ins),
            M::Outsb | M::Outsw | M::Outsd => sized!(size, string::outs),
            _ => return None,
        })
    }
}

fn is_setcc(m: M) -> bool {
    matches!(
        m,
        M::Seto
            | M::Setno
            | M::Setb
            | M::Setae
            | M::Sete
            | M::Setne
            | M::Setbe
            | M::Seta
            | M::Sets
            | M::Setns
            | M::Setp
            | M::Setnp
            | M::Setl
            | M::Setge
            | M::Setle
            | M::Setg
    )
}

fn is_cmov(m: M) -> bool {
    matches!(
        m,
        M::Cmovo
            | M::Cmovno
            | M::Cmovb
            | M::Cmovae
            | M::Cmove
            | M::Cmovne
            | M::Cmovbe
            | M::Cmova
            | M::Cmovs
            | M::Cmovns
            | M::Cmovp
            | M::Cmovnp
            | M::Cmovl
            | M::Cmovge
            | M::Cmovle
            | M::Cmovg
    )
}
