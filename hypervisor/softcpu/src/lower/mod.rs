//! From a decoded instruction to its handler and operands: the only place that looks at `iced-x86`'s enums.

mod bits;
mod control;
mod data;
mod pairs;
mod simd;
mod system;

use crate::decode::{Pairing, Prefixes, supported};
use crate::fault::ud;
use crate::op::{Op, Run};
use crate::ops;
use engine::Model;
use iced_x86::{Instruction, OpKind, Register};

/// An operation with no operands.
pub(crate) const BLANK: Op = Op {
    run: |_, _| Err(ud()),
    imm: 0,
    disp: 0,
    mask: 0xFFFF,
    len: 0,
    reg: 0,
    rm: 0,
    seg: 3,
    base: 0,
    base_shift: Op::ABSENT,
    index: 0,
    index_shift: Op::ABSENT,
    rep: 0,
    wide: false,
    memory: false,
    extra: 0,
};

/// Picks the instance of a handler for an operand size of 1, 2 or 4 bytes.
macro_rules! sized {
    ($size:expr, $f:path $(, $x:ty)*) => {{
        use $f as handler;
        match $size {
            1 => handler::<u8 $(, $x)*> as $crate::op::Run,
            2 => handler::<u16 $(, $x)*> as $crate::op::Run,
            _ => handler::<u32 $(, $x)*> as $crate::op::Run,
        }
    }};
}

/// Picks the instance of a handler for an operand size and the place of its rm operand.
macro_rules! placed {
    ($size:expr, $memory:expr, $f:path $(, $x:ty)*) => {{
        use $f as handler;
        use $crate::op::{Memory as M, Register as R};
        match ($size, $memory) {
            (1, false) => handler::<u8, R $(, $x)*> as $crate::op::Run,
            (2, false) => handler::<u16, R $(, $x)*> as $crate::op::Run,
            (_, false) => handler::<u32, R $(, $x)*> as $crate::op::Run,
            (1, true) => handler::<u8, M $(, $x)*> as $crate::op::Run,
            (2, true) => handler::<u16, M $(, $x)*> as $crate::op::Run,
            (_, true) => handler::<u32, M $(, $x)*> as $crate::op::Run,
        }
    }};
}

/// Picks the instance of a hot handler for an operand size and the form of its rm operand.
macro_rules! formed {
    ($size:expr, $form:expr, $f:path $(, $x:ty)*) => {{
        use $f as handler;
        use $crate::op::Based;
        if $form == $crate::op::Form::Based {
            match $size {
                1 => handler::<u8, Based $(, $x)*> as $crate::op::Run,
                2 => handler::<u16, Based $(, $x)*> as $crate::op::Run,
                _ => handler::<u32, Based $(, $x)*> as $crate::op::Run,
            }
        } else {
            placed!($size, $form == $crate::op::Form::Memory, $f $(, $x)*)
        }
    }};
}

/// Picks the instance of a handler for a condition code.
macro_rules! conditional {
    ($cc:expr, $f:path $(, $x:ty)*) => {{
        use $f as handler;
        let table: [$crate::op::Run; 16] = [
            handler::<0 $(, $x)*>, handler::<1 $(, $x)*>, handler::<2 $(, $x)*>, handler::<3 $(, $x)*>,
            handler::<4 $(, $x)*>, handler::<5 $(, $x)*>, handler::<6 $(, $x)*>, handler::<7 $(, $x)*>,
            handler::<8 $(, $x)*>, handler::<9 $(, $x)*>, handler::<10 $(, $x)*>, handler::<11 $(, $x)*>,
            handler::<12 $(, $x)*>, handler::<13 $(, $x)*>, handler::<14 $(, $x)*>, handler::<15 $(, $x)*>,
        ];
        table[usize::from($cc) & 15]
    }};
}
pub(crate) use {conditional, formed, placed, sized};

/// An instruction on its way to an [`Op`].
pub(crate) struct Lowering<'i> {
    pub(crate) ins: &'i Instruction,
    pub(crate) prefixes: &'i Prefixes,
    pub(crate) model: Model,
    /// Bytes of the main operand: the register's or the memory's.
    pub(crate) size: u8,
    pub(crate) op: Op,
}

/// Lowers a valid instruction; `None` when the model does not have it.
pub(crate) fn lower(
    ins: &Instruction,
    bytes: &[u8],
    prefixes: &Prefixes,
    model: Model,
) -> Option<(Op, Pairing)> {
    if model == Model::I80286 && prefixes.of_386 {
        return None;
    }
    let opcode = *bytes.get(prefixes.len)?;
    let mut l = Lowering { ins, prefixes, model, size: 0, op: BLANK };
    l.operands();
    if opcode & 0xF8 == 0xD8 {
        let modrm = *bytes.get(prefixes.len + 1)?;
        return Some((l.escape(opcode, modrm)?, Pairing::None));
    }
    if !supported(ins, model) {
        return None;
    }
    if l.is_simd() {
        let run = l.simd()?;
        return Some((Op { run, ..l.op }, Pairing::None));
    }
    let run = l.data().or_else(|| l.bits()).or_else(|| l.control()).or_else(|| l.system(opcode))?;
    Some((Op { run, ..l.op }, l.pairing()))
}

impl Lowering<'_> {
    /// Bytes of the operand size that the prefixes select: 2 or 4.
    pub(crate) fn word(&self) -> u8 {
        if self.prefixes.operand32 { 4 } else { 2 }
    }

    fn operands(&mut self) {
        let ins = self.ins;
        self.op.len = ins.len() as u8;
        self.op.wide = self.prefixes.operand32;
        self.op.rep = self.prefixes.rep;
        self.op.mask = if self.prefixes.address32 { u32::MAX } else { 0xFFFF };
        self.op.seg = segment_number(ins.memory_segment());
        let mut registers = [None; 2];
        for n in 0..ins.op_count() {
            match ins.op_kind(n) {
                OpKind::Register => {
                    let register = ins.op_register(n);
                    if let Some(slot) = registers.get_mut(n as usize) {
                        *slot = Some(register);
                    }
                }
                OpKind::Memory => self.memory(),
                kind if is_immediate(kind) => self.op.imm = ins.immediate(n) as u32,
                OpKind::NearBranch16 => self.op.imm = u32::from(ins.near_branch16()),
                OpKind::NearBranch32 => self.op.imm = ins.near_branch32(),
                _ => {}
            }
        }
        self.registers(registers);
    }

    /// Register operands: the one that shares ModRM's rm field goes to `rm`, the other to `reg`.
    fn registers(&mut self, registers: [Option<Register>; 2]) {
        let number = |r: Register| r.number() as u8;
        match registers {
            [Some(first), Some(second)] => {
                self.op.rm = number(first);
                self.op.reg = number(second);
                self.size = first.size() as u8;
            }
            [Some(only), None] | [None, Some(only)] => {
                if self.op.memory {
                    self.op.reg = number(only);
                } else {
                    self.op.rm = number(only);
                }
                self.size = only.size() as u8;
            }
            [None, None] => self.size = self.ins.memory_size().size() as u8,
        }
    }

    fn memory(&mut self) {
        let ins = self.ins;
        self.op.memory = true;
        self.op.disp = ins.memory_displacement32();
        if ins.memory_base() != Register::None {
            self.op.base = ins.memory_base().number() as u8;
            self.op.base_shift = 0;
        }
        if ins.memory_index() != Register::None {
            self.op.index = ins.memory_index().number() as u8;
            self.op.index_shift = ins.memory_index_scale().trailing_zeros() as u8;
        }
    }

    pub(crate) fn is_register(&self, n: u32) -> bool {
        self.ins.op_count() > n && self.ins.op_kind(n) == OpKind::Register
    }

    pub(crate) fn has_immediate(&self, n: u32) -> bool {
        self.ins.op_count() > n && is_immediate(self.ins.op_kind(n))
    }

    pub(crate) fn register(&self, n: u32) -> Register {
        if self.is_register(n) { self.ins.op_register(n) } else { Register::None }
    }

    /// Encoding number of the condition code.
    pub(crate) fn condition(&self) -> u8 {
        (self.ins.condition_code() as u8).wrapping_sub(1) & 15
    }

    fn escape(&mut self, opcode: u8, modrm: u8) -> Option<Op> {
        let (major, minor) = (opcode & 7, modrm >> 3 & 7);
        self.op.imm = u32::from(major) << 8 | u32::from(modrm);
        self.op.rm = modrm & 7;
        self.op.extra = (self.model == Model::Pentium4).into();
        if self.op.len == 0 || modrm >= 0xC0 && !self.op.memory {
            self.op.len = self.prefixes.len as u8 + 2;
        }
        if self.prefixes.lock && !matches!(self.model, Model::I8086 | Model::I80286) {
            return None;
        }
        if modrm < 0xC0 && !self.op.memory {
            return None;
        }
        let forms = if self.op.memory { &ops::escape::MEMORY } else { &ops::escape::REGISTER };
        let run: Run = if self.model == Model::I8086 {
            ops::escape::absent
        } else if crate::fpu::undefined(self.model.features(), major, modrm) {
            ops::escape::undefined
        } else {
            forms[usize::from(major)][usize::from(minor)]
        };
        Some(Op { run, ..self.op })
    }
}

fn is_immediate(kind: OpKind) -> bool {
    matches!(
        kind,
        OpKind::Immediate8
            | OpKind::Immediate8_2nd
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate8to16
            | OpKind::Immediate8to32
    )
}

/// Encoding number of a segment register; DS for anything else.
fn segment_number(register: Register) -> u8 {
    if register.is_segment_register() { register.number() as u8 } else { 3 }
}
