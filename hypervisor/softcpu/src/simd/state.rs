//! The MMX and XMM registers, and when instructions may use them.
//!
//! Follows: Intel SDM vol. 3, chapters 12 (MMX on the x87's registers, table 12-2) and 13.

use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop, nm, ud};
use crate::op::Op;
use crate::ops::escape;
use crate::wide::Quads;
use engine::CrZero;

/// TOP in the x87's status word.
const TOP: u16 = 7 << 11;
/// Sign and exponent of a register that MMX wrote.
const ALL_ONES: u16 = 0xFFFF;

impl Cpu<'_> {
    /// CR0.EM and CR0.TS stand in the way of every instruction on MMX or XMM registers.
    fn check_cr0(&self) -> Done {
        let cr0 = CrZero::from_bits_retain(self.s.cr0);
        if cr0.contains(CrZero::EM) {
            Err(ud())
        } else if cr0.contains(CrZero::TS) {
            Err(nm())
        } else {
            Ok(())
        }
    }

    /// Whether an instruction on MMX registers may run; a pending x87 exception comes first.
    #[inline(always)]
    pub(crate) fn mmx_ready(&mut self, op: &Op) -> Done {
        self.check_cr0()?;
        escape::wait(self, op)
    }

    /// Whether an instruction on XMM registers may run.
    #[inline(always)]
    pub(crate) fn sse_ready(&self) -> Done {
        if self.s.cr4 & cr4::OSFXSR == 0 {
            return Err(ud());
        }
        self.check_cr0()
    }

    /// What every MMX instruction but EMMS does to the x87: all registers valid, TOP 0.
    #[inline(always)]
    pub(crate) fn enter_mmx(&mut self) {
        self.s.fpu.tags = 0;
        self.s.fpu.status &= !TOP;
    }

    #[inline(always)]
    pub(crate) fn mm(&self, n: u8) -> u64 {
        self.s.fpu.st[usize::from(n & 7)].mantissa
    }

    /// Writes an MMX register and enters the MMX state.
    #[inline(always)]
    pub(crate) fn set_mm(&mut self, n: u8, value: u64) {
        let register = &mut self.s.fpu.st[usize::from(n & 7)];
        register.mantissa = value;
        register.sign_exponent = ALL_ONES;
        self.enter_mmx();
    }

    #[inline(always)]
    pub(crate) fn xmm(&self, n: u8) -> Quads {
        self.s.xmm[usize::from(n & 7)]
    }

    #[inline(always)]
    pub(crate) fn set_xmm(&mut self, n: u8, value: Quads) {
        self.s.xmm[usize::from(n & 7)] = value;
    }

    /// Replaces the low quadword of an XMM register.
    #[inline(always)]
    pub(crate) fn set_xmm_low(&mut self, n: u8, value: u64) {
        self.s.xmm[usize::from(n & 7)][0] = value;
    }
}

/// A file of registers that packed instructions work on. MMX values are the low quadword, above which is zero.
pub(crate) trait File: 'static {
    /// Quadwords in a register.
    const QUADS: usize;

    fn ready(cpu: &mut Cpu, op: &Op) -> Done;
    fn get(cpu: &Cpu, n: u8) -> Quads;
    fn set(cpu: &mut Cpu, n: u8, value: Quads);
    /// The source operand: a register, or memory of the register's size.
    fn source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop>;
    /// As [`File::source`] where only the low half counts: MMX reads four bytes of memory.
    fn low_source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop>;

    /// Applies an operation to corresponding quadwords.
    #[inline(always)]
    fn zip(a: Quads, b: Quads, f: impl Fn(u64, u64) -> u64) -> Quads {
        if Self::QUADS == 2 { [f(a[0], b[0]), f(a[1], b[1])] } else { [f(a[0], b[0]), 0] }
    }
}

/// MM0 to MM7.
pub(crate) struct Mmx;
/// XMM0 to XMM7.
pub(crate) struct Xmm;

impl File for Mmx {
    const QUADS: usize = 1;

    #[inline(always)]
    fn ready(cpu: &mut Cpu, op: &Op) -> Done {
        cpu.mmx_ready(op)
    }
    #[inline(always)]
    fn get(cpu: &Cpu, n: u8) -> Quads {
        [cpu.mm(n), 0]
    }
    #[inline(always)]
    fn set(cpu: &mut Cpu, n: u8, value: Quads) {
        cpu.set_mm(n, value[0]);
    }
    #[inline(always)]
    fn source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop> {
        Ok([if op.memory { cpu.read64(op.seg, op.offset(cpu))? } else { cpu.mm(op.rm) }, 0])
    }
    #[inline(always)]
    fn low_source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop> {
        Ok([if op.memory { u64::from(cpu.read::<u32>(op.seg, op.offset(cpu))?) } else { cpu.mm(op.rm) }, 0])
    }
}

impl File for Xmm {
    const QUADS: usize = 2;

    #[inline(always)]
    fn ready(cpu: &mut Cpu, _: &Op) -> Done {
        cpu.sse_ready()
    }
    #[inline(always)]
    fn get(cpu: &Cpu, n: u8) -> Quads {
        cpu.xmm(n)
    }
    #[inline(always)]
    fn set(cpu: &mut Cpu, n: u8, value: Quads) {
        cpu.set_xmm(n, value);
    }
    #[inline(always)]
    fn source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop> {
        if op.memory { cpu.read128(op.seg, op.offset(cpu), true) } else { Ok(cpu.xmm(op.rm)) }
    }
    #[inline(always)]
    fn low_source(cpu: &mut Cpu, op: &Op) -> Result<Quads, Stop> {
        Self::source(cpu, op)
    }
}

/// The source operand of instructions that read eight bytes: an XMM register's low quadword, or memory.
#[inline(always)]
pub(crate) fn source64(cpu: &mut Cpu, op: &Op) -> Result<u64, Stop> {
    if op.memory { cpu.read64(op.seg, op.offset(cpu)) } else { Ok(cpu.xmm(op.rm)[0]) }
}

/// The source operand of instructions that read four bytes: an XMM register's low dword, or memory.
#[inline(always)]
pub(crate) fn source32(cpu: &mut Cpu, op: &Op) -> Result<u32, Stop> {
    if op.memory { cpu.read::<u32>(op.seg, op.offset(cpu)) } else { Ok(cpu.xmm(op.rm)[0] as u32) }
}
