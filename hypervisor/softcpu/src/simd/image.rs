//! FXSAVE, FXRSTOR, LDMXCSR and STMXCSR.
//!
//! The image has the x87 with an abridged tag word (one bit a physical register: not empty), MXCSR with the bits it can have, the
//! stack from ST(0) on and the XMM registers. MXCSR and XMM registers take part when the CPU has SSE and CR4.OSFXSR is set;
//! otherwise their places in memory are left alone. Follows: Intel SDM vol. 1, section 10.5, and vol. 2, FXSAVE, table 3-43.

use super::regs::mxcsr_mask;
use crate::cpu::{Cpu, cr4};
use crate::fault::{Done, Stop, gp, nm};
use crate::fpu::environment::set_control;
use crate::op::Op;
use crate::paging::Want;
use engine::{CrZero, F80, Features, Fpu};

/// Bytes of the operand; the last quarter and more is reserved.
const OPERAND: u32 = 512;
/// Dwords of the image that have a meaning.
const DWORDS: usize = 72;
/// First dword of MXCSR and its mask.
const MXCSR: usize = 6;
/// First dword of ST(0); the registers are four dwords apart.
const STACK: usize = 8;
/// First dword of XMM0.
const XMM: usize = 40;
const EMPTY: u16 = 3;

fn available(cpu: &Cpu) -> Done {
    let stops = CrZero::EM | CrZero::TS;
    if CrZero::from_bits_retain(cpu.s.cr0).intersects(stops) { Err(nm()) } else { Ok(()) }
}

/// Whether the image's SSE part is used.
fn has_sse(cpu: &Cpu) -> bool {
    cpu.has(Features::SSE) && cpu.s.cr4 & cr4::OSFXSR != 0
}

/// The dwords of the image that are used.
fn is_used(n: usize, sse: bool) -> bool {
    sse || !matches!(n, MXCSR..STACK | XMM..DWORDS)
}

/// Checks the operand; its linear address.
fn operand(cpu: &mut Cpu, op: &Op, want: Want) -> Result<u32, Stop> {
    let linear = cpu.check_wide(op.seg, op.offset(cpu), OPERAND, want, true)?;
    cpu.probe_pages(linear, OPERAND, want)?;
    Ok(linear)
}

/// FXSAVE.
pub(crate) fn fxsave(cpu: &mut Cpu, op: &Op) -> Done {
    available(cpu)?;
    let linear = operand(cpu, op, Want::Write)?;
    let (image, sse) = (store(cpu), has_sse(cpu));
    for (n, dword) in image.into_iter().enumerate().filter(|(n, _)| is_used(*n, sse)) {
        cpu.write_linear::<u32>(linear.wrapping_add(4 * n as u32), cpu.side, dword)?;
    }
    Ok(())
}

/// FXRSTOR. Nothing changes when MXCSR's image has a bit that this CPU does not.
pub(crate) fn fxrstor(cpu: &mut Cpu, op: &Op) -> Done {
    available(cpu)?;
    let linear = operand(cpu, op, Want::Read)?;
    let sse = has_sse(cpu);
    let mut image = [0; DWORDS];
    for (n, dword) in image.iter_mut().enumerate().filter(|(n, _)| is_used(*n, sse)) {
        *dword = cpu.read_linear::<u32>(linear.wrapping_add(4 * n as u32), cpu.side)?;
    }
    if sse {
        check_mxcsr(cpu, image[MXCSR])?;
        cpu.s.mxcsr = image[MXCSR];
        for (n, register) in cpu.s.xmm.iter_mut().enumerate() {
            let at = XMM + 4 * n;
            *register = [quad(&image, at), quad(&image, at + 2)];
        }
    }
    restore(&mut cpu.s.fpu, &image);
    Ok(())
}

fn quad(image: &[u32; DWORDS], at: usize) -> u64 {
    u64::from(image[at]) | u64::from(image[at + 1]) << 32
}

fn set_quad(image: &mut [u32; DWORDS], at: usize, value: u64) {
    image[at] = value as u32;
    image[at + 1] = (value >> 32) as u32;
}

fn top(fpu: &Fpu) -> usize {
    usize::from(fpu.status >> 11 & 7)
}

fn store(cpu: &Cpu) -> [u32; DWORDS] {
    let fpu = &cpu.s.fpu;
    let tags = (0..8).filter(|n| fpu.tags >> (2 * n) & 3 != EMPTY).fold(0, |tags, n| tags | 1 << n);
    let mut image = [0; DWORDS];
    image[0] = u32::from(fpu.control) | u32::from(fpu.status) << 16;
    image[1] = tags | u32::from(fpu.opcode & 0x7FF) << 16;
    image[2] = fpu.ip;
    image[3] = u32::from(fpu.cs);
    image[4] = fpu.dp;
    image[5] = u32::from(fpu.ds);
    image[MXCSR] = cpu.s.mxcsr;
    image[MXCSR + 1] = mxcsr_mask(cpu.features);
    for i in 0..8 {
        let register = fpu.st[(top(fpu) + i) & 7];
        set_quad(&mut image, STACK + 4 * i, register.mantissa);
        image[STACK + 4 * i + 2] = u32::from(register.sign_exponent);
    }
    for (n, [low, high]) in cpu.s.xmm.into_iter().enumerate() {
        set_quad(&mut image, XMM + 4 * n, low);
        set_quad(&mut image, XMM + 4 * n + 2, high);
    }
    image
}

fn restore(fpu: &mut Fpu, image: &[u32; DWORDS]) {
    *fpu = Fpu {
        st: fpu.st,
        control: fpu.control,
        status: (image[0] >> 16) as u16,
        tags: (0..8).filter(|n| image[1] >> n & 1 == 0).fold(0, |tags, n| tags | EMPTY << (2 * n)),
        opcode: (image[1] >> 16) as u16 & 0x7FF,
        ip: image[2],
        cs: image[3] as u16,
        dp: image[4],
        ds: image[5] as u16,
    };
    set_control(fpu, image[0] as u16);
    for i in 0..8 {
        let at = STACK + 4 * i;
        let register = F80 { mantissa: quad(image, at), sign_exponent: image[at + 2] as u16 };
        fpu.st[(top(fpu) + i) & 7] = register;
    }
}

/// #GP for bits that MXCSR does not have.
fn check_mxcsr(cpu: &Cpu, value: u32) -> Done {
    if value & !mxcsr_mask(cpu.features) != 0 { Err(gp(0)) } else { Ok(()) }
}

/// LDMXCSR: flags and masks that are loaded together raise nothing by themselves.
pub(crate) fn ldmxcsr(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    let value = cpu.read::<u32>(op.seg, op.offset(cpu))?;
    check_mxcsr(cpu, value)?;
    cpu.s.mxcsr = value;
    Ok(())
}

/// STMXCSR.
pub(crate) fn stmxcsr(cpu: &mut Cpu, op: &Op) -> Done {
    cpu.sse_ready()?;
    cpu.write::<u32>(op.seg, op.offset(cpu), cpu.s.mxcsr)
}
