//! A test with its instruction taken apart.

use super::Test;
use engine::{CpuState, Model};

pub(crate) struct Case<'t> {
    pub(crate) test: &'t Test,
    /// The silicon that it was captured from.
    pub(crate) suite: Model,
    /// Prefixes, in order.
    pub(crate) prefixes: &'t [u8],
    pub(crate) opcode: u8,
    /// The byte behind the opcode.
    pub(crate) modrm: u8,
    /// ModRM's reg field.
    pub(crate) reg: u8,
}

impl<'t> Case<'t> {
    pub(crate) fn new(test: &'t Test, suite: Model) -> Case<'t> {
        let is_prefix = |b: &u8| matches!(b, 0x26 | 0x2E | 0x36 | 0x3E | 0xF0..=0xF3);
        let len = test.code.iter().take_while(|b| is_prefix(b)).count();
        let (prefixes, rest) = test.code.split_at(len);
        let byte = |n: usize| rest.get(n).copied().unwrap_or(0);
        Case { test, suite, prefixes, opcode: byte(0), modrm: byte(1), reg: byte(1) >> 3 & 7 }
    }

    /// A register before, in the suite's order.
    pub(crate) fn register(&self, n: usize) -> u16 {
        self.test.initial.get(n).unwrap_or(0)
    }

    /// A shift's count, before any mask.
    pub(crate) fn count(&self) -> u16 {
        match self.opcode {
            0xD0 | 0xD1 => 1,
            // The 286's tests end with HLT.
            0xC0 | 0xC1 => u16::from(self.test.code.iter().rev().nth(1).copied().unwrap_or(0)),
            _ => self.register(2) & 0xFF,
        }
    }

    /// Whether it is a repeated string instruction, which may take many iterations.
    pub(crate) fn repeats(&self) -> bool {
        self.is_string() && self.is_repeated()
    }

    pub(crate) fn is_string(&self) -> bool {
        matches!(self.opcode, 0xA4..=0xA7 | 0xAA..=0xAF)
            || matches!(self.opcode, 0x6C..=0x6F) && self.suite != Model::I8086
    }

    /// REP, REPE or REPNE is there.
    pub(crate) fn is_repeated(&self) -> bool {
        self.prefixes.iter().any(|b| matches!(b, 0xF2 | 0xF3))
    }

    /// DIV, IDIV or AAM.
    pub(crate) fn divides(&self) -> bool {
        matches!((self.opcode, self.reg), (0xF6 | 0xF7, 6 | 7) | (0xD4, _))
    }

    /// Whether a word that the instruction reads or writes lies at offset FFFFh.
    pub(crate) fn crosses_the_end(&self) -> bool {
        let last = |offset: u16| offset == 0xFFFF;
        match self.opcode {
            0xA1 | 0xA3 => last(self.word(1)),
            0xA5 | 0xA7 => last(self.register(10)) || last(self.register(11)),
            0xAD => last(self.register(10)),
            0xAB | 0xAF => last(self.register(11)),
            _ => self.modrm < 0xC0 && self.has_word_operand() && last(self.effective_offset()),
        }
    }

    /// Whether that word is in the stack segment.
    pub(crate) fn crosses_the_stack_end(&self) -> bool {
        let override_ = self.prefixes.iter().rev().find(|p| matches!(p, 0x26 | 0x2E | 0x36 | 0x3E));
        let by_bp = matches!((self.modrm >> 6, self.modrm & 7), (_, 2 | 3) | (1 | 2, 6));
        let (sp, bp) = (self.register(8), self.register(9));
        match self.opcode {
            0x07 | 0x17 | 0x1F | 0x58..=0x5F | 0x61 | 0x9D | 0xC2 | 0xC3 | 0xCA | 0xCB | 0xCF => sp == 0xFFFF,
            0x8F if sp == 0xFFFF => true,
            0xC9 => bp == 0xFFFF,
            _ => self.crosses_the_end() && override_.map_or(by_bp, |&p| p == 0x36),
        }
    }

    /// Whether there is a ModRM byte, of a word operand.
    fn has_word_operand(&self) -> bool {
        match self.opcode {
            0x00..=0x3F => matches!(self.opcode & 7, 1 | 3),
            0x62 | 0x69 | 0x6B | 0x81 | 0x83 | 0x85 | 0x87 | 0x89 | 0x8B | 0x8C | 0x8E | 0x8F | 0xC4
            | 0xC5 | 0xC7 => true,
            0xD1 | 0xD3 | 0xF7 | 0xFF => true,
            _ => false,
        }
    }

    /// Bytes behind the opcode.
    fn word(&self, at: usize) -> u16 {
        let byte = |n: usize| self.test.code.get(self.prefixes.len() + n).copied().unwrap_or(0);
        u16::from_le_bytes([byte(at), byte(at + 1)])
    }

    /// Offset of the memory operand.
    fn effective_offset(&self) -> u16 {
        let [bx, bp, si, di] = [1, 9, 10, 11].map(|n| self.register(n));
        let (form, rm) = (self.modrm >> 6, self.modrm & 7);
        let base = match rm {
            0 => bx.wrapping_add(si),
            1 => bx.wrapping_add(di),
            2 => bp.wrapping_add(si),
            3 => bp.wrapping_add(di),
            4 => si,
            5 => di,
            6 if form == 0 => 0,
            6 => bp,
            _ => bx,
        };
        let displacement = match form {
            0 if rm == 6 => self.word(2),
            1 => self.word(2) as i8 as u16,
            2 => self.word(2),
            _ => 0,
        };
        base.wrapping_add(displacement)
    }

    /// FLAGS before.
    pub(crate) fn flags(&self) -> u16 {
        self.register(13)
    }

    pub(crate) fn address_mask(&self) -> u32 {
        if self.suite == Model::I8086 { 0xF_FFFF } else { 0xFF_FFFF }
    }

    /// Where FLAGS were pushed: by PUSHF, by an interrupt or an exception. (The suite's own address is that of the
    /// aligned word.)
    pub(crate) fn pushed_flags(&self, state: &CpuState) -> Option<[u32; 2]> {
        let above = match self.opcode {
            0x9C => 0,
            _ if self.ends_in_interrupt() => 4,
            _ => return None,
        };
        let at = |n: u32| state.seg[2].base.wrapping_add((state.gpr[4] + n) & 0xFFFF) & self.address_mask();
        Some([at(above), at(above + 1)])
    }

    /// Whether the instruction ended in an interrupt or exception.
    pub(crate) fn ends_in_interrupt(&self) -> bool {
        let new_code = self.test.last.get(4).is_some();
        self.test.exception.is_some() || new_code && matches!(self.opcode, 0xCC..=0xCE | 0xD4 | 0xF6 | 0xF7)
    }
}
