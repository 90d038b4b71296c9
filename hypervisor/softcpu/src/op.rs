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
        self.raw_offset(cpu) & self.mask
    }

    #[inline(always)]
    fn raw_offset(&self, cpu: &Cpu) -> u32 {
        let base = shifted(cpu.s.gpr[usize::from(self.base & 7)], self.base_shift);
        let index = shifted(cpu.s.gpr[usize::from(self.index & 7)], self.index_shift);
        self.disp.wrapping_add(base).wrapping_add(index)
    }
}

/// `value` shifted by less than 64 in 64 bits: nothing is left of it from 32 on.
#[inline(always)]
fn shifted(value: u32, by: u8) -> u32 {
    (u64::from(value) << (by & 63)) as u32
}

/// The operand that ModRM's rm field names.
pub(crate) trait Place: 'static {
    fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop>;
    /// Reads an operand that will be written.
    fn get_to_set<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop>;
    fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done;
}

/// A register.
pub(crate) struct Register;
/// Memory.
pub(crate) struct Memory;

impl Place for Register {
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

impl Place for Memory {
    #[inline(always)]
    fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        let offset = op.offset(cpu);
        cpu.read::<W>(op.seg, offset)
    }
    #[inline(always)]
    fn get_to_set<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
        let offset = op.offset(cpu);
        cpu.read_to_write::<W>(op.seg, offset)
    }
    #[inline(always)]
    fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
        let offset = op.offset(cpu);
        cpu.write::<W>(op.seg, offset, value)
    }
}

/// Reads the rm operand, whichever place it is.
pub(crate) fn get<W: Word>(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
    if op.memory { Memory::get::<W>(cpu, op) } else { Register::get::<W>(cpu, op) }
}

/// Writes the rm operand.
pub(crate) fn set<W: Word>(cpu: &mut Cpu, op: &Op, value: u32) -> Done {
    if op.memory { Memory::set::<W>(cpu, op, value) } else { Register::set::<W>(cpu, op, value) }
}
