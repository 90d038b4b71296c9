//! Decoded instructions in the form that runs.

use crate::cpu::Cpu;
use crate::fault::{Done, Stop};
use crate::word::Word;

/// A handler: runs one instruction. In one that ends a block, `s.eip` points behind it already; others leave EIP alone.
pub(crate) type Run = for<'a, 'b> fn(&'b mut Cpu<'a>, &Op) -> Done;

/// One instruction: its handler and its operands.
#[derive(Clone, Copy)]
pub(crate) struct Op {
    pub(crate) run: Run,
    /// Immediate, branch distance from the next instruction, or whatever the handler says.
    pub(crate) imm: u32,
    /// Displacement of the memory operand.
    pub(crate) disp: u32,
    /// What the memory operand's offset is masked by; also the address size of string instructions and LOOP.
    pub(crate) mask: u32,
    /// Bytes.
    pub(crate) len: u8,
    /// Register operand.
    pub(crate) reg: u8,
    /// Register in the place of a memory operand.
    pub(crate) rm: u8,
    /// Segment of the memory operand.
    pub(crate) seg: u8,
    pub(crate) base: u8,
    /// 0, or [`Op::ABSENT`] without a base register.
    pub(crate) base_shift: u8,
    pub(crate) index: u8,
    /// 0 to 3, or [`Op::ABSENT`] without an index register.
    pub(crate) index_shift: u8,
    /// Repeat prefix: see [`repeat`].
    pub(crate) rep: u8,
    /// The operand size is 32 bits.
    pub(crate) wide: bool,
    /// There is a memory operand.
    pub(crate) memory: bool,
    /// One more small operand.
    pub(crate) extra: u8,
}

/// Values of [`Op::rep`].
pub(crate) mod repeat {
    pub(crate) const NONE: u8 = 0;
    /// F3: REP, REPE.
    pub(crate) const EQUAL: u8 = 1;
    /// F2: REPNE.
    pub(crate) const NOT_EQUAL: u8 = 2;
}

impl Op {
    /// A shift that leaves nothing of a register in an offset.
    pub(crate) const ABSENT: u8 = 32;

    /// Offset of the memory operand in its segment.
    #[inline(always)]
    pub(crate) fn offset(&self, cpu: &Cpu) -> u32 {
        let base = shifted(cpu.s.gpr[usize::from(self.base & 7)], self.base_shift);
        let index = shifted(cpu.s.gpr[usize::from(self.index & 7)], self.index_shift);
        self.disp.wrapping_add(base).wrapping_add(index) & self.mask
    }

    /// The same where there is a base register and no index.
    #[inline(always)]
    fn offset_from_base(&self, cpu: &Cpu) -> u32 {
        self.disp.wrapping_add(cpu.s.gpr[usize::from(self.base & 7)]) & self.mask
    }

    /// Which handlers fit the rm operand.
    pub(crate) fn form(&self) -> Form {
        match (self.memory, self.base_shift, self.index_shift) {
            (false, ..) => Form::Register,
            (true, 0, Op::ABSENT) => Form::Based,
            (true, ..) => Form::Memory,
        }
    }
}

/// Forms of the rm operand: each hot handler has a copy for each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Register,
    /// Memory at a base register and a displacement.
    Based,
    /// Memory anywhere.
    Memory,
}

/// `value` shifted by less than 64 in 64 bits: nothing is left of it from 32 on.
#[inline(always)]
fn shifted(value: u32, by: u8) -> u32 {
    (u64::from(value) << (by & 63)) as u32
}

/// The operand that ModRM's rm field names.
pub(crate) trait Place: 'static {
    /// Reads it where that needs no second look.
    fn peek<W: Word>(cpu: &Cpu, op: &Op) -> Option<u32>;
    fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop>;
    /// Reads an operand that will be written.
    fn get_to_set<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop>;
    fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done;
}

/// A register.
pub(crate) struct Register;

/// Memory, at an offset that [`Op::offset`] or, when it is `BASED`, a shorter way computes.
pub(crate) struct At<const BASED: bool>;
/// Memory at any kind of offset.
pub(crate) type Memory = At<false>;
/// Memory at a base register and a displacement.
pub(crate) type Based = At<true>;

impl Place for Register {
    #[inline(always)]
    fn peek<W: Word>(cpu: &Cpu, op: &Op) -> Option<u32> {
        Some(W::get(&cpu.s.gpr, op.rm))
    }
    #[inline(always)]
    fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        Ok(W::get(&cpu.s.gpr, op.rm))
    }
    #[inline(always)]
    fn get_to_set<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        Ok(W::get(&cpu.s.gpr, op.rm))
    }
    #[inline(always)]
    fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
        W::set(&mut cpu.s.gpr, op.rm, value);
        Ok(())
    }
}

impl<const BASED: bool> At<BASED> {
    #[inline(always)]
    fn offset(cpu: &Cpu, op: &Op) -> u32 {
        if BASED { op.offset_from_base(cpu) } else { op.offset(cpu) }
    }
}

impl<const BASED: bool> Place for At<BASED> {
    #[inline(always)]
    fn peek<W: Word>(cpu: &Cpu, op: &Op) -> Option<u32> {
        cpu.peek::<W>(op.seg, Self::offset(cpu, op))
    }
    #[inline(always)]
    fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        let offset = Self::offset(cpu, op);
        cpu.read::<W>(op.seg, offset)
    }
    #[inline(always)]
    fn get_to_set<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        let offset = Self::offset(cpu, op);
        cpu.read_to_write::<W>(op.seg, offset)
    }
    #[inline(always)]
    fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
        let offset = Self::offset(cpu, op);
        cpu.write::<W>(op.seg, offset, value)
    }
}

/// Hands the rm operand to the rest of an instruction, which cannot fail: at once where a peek gives it, and in an outlined
/// copy elsewhere, so that the common way needs no stack frame.
#[inline(always)]
pub(crate) fn with_rm<W: Word, P: Place>(
    cpu: &mut Cpu,
    op: &Op,
    rest: impl Fn(&mut Cpu, &Op, u32) + Copy,
) -> Done {
    match P::peek::<W>(cpu, op) {
        Some(value) => {
            rest(cpu, op, value);
            Ok(())
        }
        None => with_rm_slowly::<W, P>(cpu, op, rest),
    }
}

#[cold]
#[inline(never)]
fn with_rm_slowly<W: Word, P: Place>(
    cpu: &mut Cpu,
    op: &Op,
    rest: impl Fn(&mut Cpu, &Op, u32) + Copy,
) -> Done {
    let value = P::get::<W>(cpu, op)?;
    rest(cpu, op, value);
    Ok(())
}

/// Reads the rm operand, whichever place it is.
pub(crate) fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
    if op.memory { Memory::get::<W>(cpu, op) } else { Register::get::<W>(cpu, op) }
}

/// Writes the rm operand.
pub(crate) fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
    if op.memory { Memory::set::<W>(cpu, op, value) } else { Register::set::<W>(cpu, op, value) }
}
