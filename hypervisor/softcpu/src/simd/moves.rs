//! Moves between registers and memory, whole, in part or under a mask.

use super::state::{File, source32, source64};
use crate::cpu::Cpu;
use crate::fault::Done;
use crate::op::Op;
use crate::paging::Want;
use engine::SegAccess;

const LOW_DWORD: u64 = 0xFFFF_FFFF;
/// The x87's tag word when all its registers are empty.
const ALL_EMPTY: u16 = 0xFFFF;

/// EMMS.
pub(crate) fn emms(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.mmx_ready(op)?;
    cpu.enter_mmx();
    cpu.s.fpu.tags = ALL_EMPTY;
    Ok(())
}

/// MOVD to a register: zeros above.
pub(crate) fn movd_load<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let value = crate::op::get::<u32>(cpu, op)?;
    F::set(cpu, op.reg, [u64::from(value), 0]);
    Ok(())
}

/// MOVD from a register.
pub(crate) fn movd_store<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let [value, _] = F::get(cpu, op.reg);
    crate::op::set::<u32>(cpu, op, value as u32)?;
    if F::QUADS == 1 {
        cpu.enter_mmx();
    }
    Ok(())
}

/// MOVQ to an MMX register.
pub(crate) fn movq_load(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.mmx_ready(op)?;
    let value = if op.memory { cpu.read64(op.seg, op.offset(cpu))? } else { cpu.mm(op.rm) };
    cpu.set_mm(op.reg, value);
    Ok(())
}

/// MOVQ and MOVNTQ from an MMX register to memory.
pub(crate) fn movq_store(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.mmx_ready(op)?;
    cpu.write64(op.seg, op.offset(cpu), cpu.mm(op.reg))?;
    cpu.enter_mmx();
    Ok(())
}

/// MOVAPS, MOVUPS and their like to a register.
pub(crate) fn load<const ALIGNED: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = if op.memory { cpu.read128(op.seg, op.offset(cpu), ALIGNED)? } else { cpu.xmm(op.rm) };
    cpu.set_xmm(op.reg, value);
    Ok(())
}

/// MOVAPS, MOVUPS and their like to memory; MOVNTPS, MOVNTPD, MOVNTDQ.
pub(crate) fn store<const ALIGNED: bool>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.write128(op.seg, op.offset(cpu), ALIGNED, cpu.xmm(op.reg))
}

/// MOVSS to a register: from memory with zeros above, from a register without.
pub(crate) fn movss_load(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = u64::from(source32(cpu, op)?);
    let [low, high] = if op.memory { [0; 2] } else { cpu.xmm(op.reg) };
    cpu.set_xmm(op.reg, [low & !LOW_DWORD | value, high]);
    Ok(())
}

/// MOVSS to memory.
pub(crate) fn movss_store(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.write::<u32>(op.seg, op.offset(cpu), cpu.xmm(op.reg)[0] as u32)
}

/// MOVSD to a register: from memory with zeros above, from a register without.
pub(crate) fn movsd_load(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = source64(cpu, op)?;
    let high = if op.memory { 0 } else { cpu.xmm(op.reg)[1] };
    cpu.set_xmm(op.reg, [value, high]);
    Ok(())
}

/// MOVQ to an XMM register: zeros above.
pub(crate) fn movq_xmm(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = source64(cpu, op)?;
    cpu.set_xmm(op.reg, [value, 0]);
    Ok(())
}

/// MOVLPS, MOVLPD (quadword 0), MOVHPS, MOVHPD (1) from memory; MOVLHPS is the register form of the latter.
pub(crate) fn load_quad<const N: usize>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = source64(cpu, op)?;
    cpu.s.xmm[usize::from(op.reg & 7)][N & 1] = value;
    Ok(())
}

/// MOVLPS, MOVLPD, MOVSD, MOVQ (quadword 0), MOVHPS, MOVHPD (1) to memory.
pub(crate) fn store_quad<const N: usize>(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.write64(op.seg, op.offset(cpu), cpu.xmm(op.reg)[N & 1])
}

/// MOVHLPS.
pub(crate) fn movhlps(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.set_xmm_low(op.reg, cpu.xmm(op.rm)[1]);
    Ok(())
}

/// MOVQ2DQ.
pub(crate) fn movq2dq(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.mmx_ready(op)?;
    cpu.set_xmm(op.reg, [cpu.mm(op.rm), 0]);
    cpu.enter_mmx();
    Ok(())
}

/// MOVDQ2Q.
pub(crate) fn movdq2q(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.mmx_ready(op)?;
    cpu.set_mm(op.reg, cpu.xmm(op.rm)[0]);
    Ok(())
}

/// MOVNTI.
pub(crate) fn movnti(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.write::<u32>(op.seg, op.offset(cpu), cpu.s.gpr[usize::from(op.reg & 7)])
}

/// MASKMOVQ, MASKMOVDQU: the bytes whose mask has its top bit set go to `seg:EDI`. The whole operand must be writable, whatever
/// the mask.
pub(crate) fn maskmov<F: File>(cpu: &mut Cpu, op: &Op) -> Done {
    F::ready(cpu, op)?;
    let (data, mask) = (F::get(cpu, op.reg), F::get(cpu, op.rm));
    let offset = cpu.s.gpr[7] & op.mask;
    let size = 8 * F::QUADS as u32;
    let linear = cpu.check(usize::from(op.seg), offset, size, true)?;
    cpu.probe_pages(linear, size, Want::Write)?;
    for n in 0..size {
        let (quad, at) = ((n >> 3 & 1) as usize, 8 * (n & 7));
        if mask[quad] >> (at + 7) & 1 != 0 {
            cpu.write_linear::<u8>(linear.wrapping_add(n), cpu.side, (data[quad] >> at) as u32 & 0xFF)?;
        }
    }
    if F::QUADS == 1 {
        cpu.enter_mmx();
    }
    Ok(())
}

/// CLFLUSH: no cache is modelled; the address is checked as a byte's, but execute-only code may be flushed as well.
pub(crate) fn clflush(cpu: &mut Cpu, op: &Op) -> Done {
    let offset = op.offset(cpu);
    let segment = cpu.s.seg[usize::from(op.seg)];
    let code = segment.access.contains(SegAccess::PRESENT | SegAccess::CODE);
    let linear = if code && offset <= segment.limit {
        segment.base.wrapping_add(offset)
    } else {
        cpu.check(usize::from(op.seg), offset, 1, false)?
    };
    cpu.probe_pages(linear, 1, Want::Read)
}
