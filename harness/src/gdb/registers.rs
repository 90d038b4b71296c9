//! GDB's i386 register file and [`CpuState`].

use gdbstub_arch::x86::reg::{X86CoreRegs, X86SegmentRegs, X87FpuInternalRegs};
use hypervisor::{CpuState, Seg};

/// Encoding numbers of the segment registers in GDB's order.
const SEGMENTS: [Seg; 6] = [Seg::Cs, Seg::Ss, Seg::Ds, Seg::Es, Seg::Fs, Seg::Gs];

/// What GDB shows of a CPU. EIP is linear.
pub(super) fn of(cpu: &CpuState) -> X86CoreRegs {
    let [eax, ecx, edx, ebx, esp, ebp, esi, edi] = cpu.gpr;
    let top = usize::from(cpu.fpu.status >> 11 & 7);
    let mut st = [[0; 10]; 8];
    for (n, slot) in st.iter_mut().enumerate() {
        let register = cpu.fpu.st[(top + n) & 7];
        slot[..8].copy_from_slice(&register.mantissa.to_le_bytes());
        slot[8..].copy_from_slice(&register.sign_exponent.to_le_bytes());
    }
    let [cs, ss, ds, es, fs, gs] = SEGMENTS.map(|seg| u32::from(cpu.seg[seg as usize].selector));
    X86CoreRegs {
        eax,
        ecx,
        edx,
        ebx,
        esp,
        ebp,
        esi,
        edi,
        eip: code_base(cpu).wrapping_add(cpu.eip),
        eflags: cpu.eflags,
        segments: X86SegmentRegs { cs, ss, ds, es, fs, gs },
        st,
        fpu: X87FpuInternalRegs {
            fctrl: u32::from(cpu.fpu.control),
            fstat: u32::from(cpu.fpu.status),
            ftag: u32::from(cpu.fpu.tags),
            fiseg: u32::from(cpu.fpu.cs),
            fioff: cpu.fpu.ip,
            foseg: u32::from(cpu.fpu.ds),
            fooff: cpu.fpu.dp,
            fop: u32::from(cpu.fpu.opcode),
        },
        xmm: cpu.xmm.map(|[low, high]| u128::from(high) << 64 | u128::from(low)),
        mxcsr: cpu.mxcsr,
    }
}

/// Takes over what GDB changed: general registers, EIP, the arithmetic and control flags, the FPU's and SSE's registers.
/// Segment registers keep their hidden part and so stay as they are, and so do VM and IOPL.
pub(super) fn set(cpu: &mut CpuState, regs: &X86CoreRegs) {
    const FLAGS: u32 = 0x0000_4FD5;
    cpu.gpr = [regs.eax, regs.ecx, regs.edx, regs.ebx, regs.esp, regs.ebp, regs.esi, regs.edi];
    cpu.eip = regs.eip.wrapping_sub(code_base(cpu));
    cpu.eflags = cpu.eflags & !FLAGS | regs.eflags & FLAGS;
    cpu.fpu.control = regs.fpu.fctrl as u16;
    cpu.fpu.status = regs.fpu.fstat as u16;
    cpu.fpu.tags = regs.fpu.ftag as u16;
    let top = usize::from(cpu.fpu.status >> 11 & 7);
    for (n, [a, b, c, d, e, f, g, h, low, high]) in regs.st.into_iter().enumerate() {
        let register = &mut cpu.fpu.st[(top + n) & 7];
        register.mantissa = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        register.sign_exponent = u16::from_le_bytes([low, high]);
    }
    cpu.xmm = regs.xmm.map(|xmm| [xmm as u64, (xmm >> 64) as u64]);
    cpu.mxcsr = regs.mxcsr & 0xFFFF;
}

fn code_base(cpu: &CpuState) -> u32 {
    cpu.seg[Seg::Cs as usize].base
}
