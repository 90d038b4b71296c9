//! x87 and SSE registers in the layout of XSAVE (Intel SDM vol. 1, section 13.4): the FXSAVE image with 64-bit pointers, then a
//! header that says which parts count.
#![forbid(unsafe_code)]

use engine::{CpuState, F80, Fpu};
use kvm_bindings::kvm_xsave;

/// Where things are, in dwords.
mod place {
    pub(super) const CONTROL_STATUS: usize = 0;
    pub(super) const TAGS_OPCODE: usize = 1;
    pub(super) const IP: usize = 2;
    pub(super) const DP: usize = 4;
    pub(super) const MXCSR: usize = 6;
    pub(super) const ST: usize = 8;
    pub(super) const XMM: usize = 40;
    /// Header: which parts are in the image.
    pub(super) const PARTS: usize = 128;
}

/// The x87 and the SSE part.
const X87_SSE: u32 = 3;

const EMPTY: u16 = 3;

fn top(status: u16) -> usize {
    usize::from(status >> 11 & 7)
}

pub(super) fn image(cpu: &CpuState) -> kvm_xsave {
    let mut image = kvm_xsave::default();
    let fpu = &cpu.fpu;
    let region = &mut image.region;
    region[place::CONTROL_STATUS] = u32::from(fpu.control) | u32::from(fpu.status) << 16;
    let used = (0..8).filter(|n| fpu.tags >> (2 * n) & 3 != EMPTY).fold(0, |bits, n| bits | 1 << n);
    region[place::TAGS_OPCODE] = used | u32::from(fpu.opcode) << 16;
    region[place::IP] = fpu.ip;
    region[place::DP] = fpu.dp;
    region[place::MXCSR] = cpu.mxcsr;
    for i in 0..8 {
        let F80 { mantissa, sign_exponent } = fpu.st[(top(fpu.status) + i) & 7];
        let at = place::ST + 4 * i;
        region[at..at + 3].copy_from_slice(&[
            mantissa as u32,
            (mantissa >> 32) as u32,
            u32::from(sign_exponent),
        ]);
    }
    for (n, [low, high]) in cpu.xmm.into_iter().enumerate() {
        let at = place::XMM + 4 * n;
        let dwords = [low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32];
        region[at..at + 4].copy_from_slice(&dwords);
    }
    region[place::PARTS] = X87_SSE;
    image
}

pub(super) fn take(cpu: &mut CpuState, image: &kvm_xsave) {
    let region = &image.region;
    let quad = |at: usize| u64::from(region[at]) | u64::from(region[at + 1]) << 32;
    let old = &cpu.fpu;
    let (ip, dp) = (region[place::IP], region[place::DP]);
    let mut fpu = Fpu {
        st: [F80::default(); 8],
        control: region[place::CONTROL_STATUS] as u16,
        status: (region[place::CONTROL_STATUS] >> 16) as u16,
        tags: 0,
        opcode: (region[place::TAGS_OPCODE] >> 16) as u16 & 0x7FF,
        ip,
        // The 64-bit layout has no selectors.
        cs: if ip == old.ip { old.cs } else { 0 },
        ds: if dp == old.dp { old.ds } else { 0 },
        dp,
    };
    for i in 0..8 {
        let at = place::ST + 4 * i;
        let register = F80 { mantissa: quad(at), sign_exponent: region[at + 2] as u16 };
        fpu.st[(top(fpu.status) + i) & 7] = register;
    }
    for n in 0..8 {
        let used = region[place::TAGS_OPCODE] >> n & 1 != 0;
        fpu.tags |= if used { tag(fpu.st[n]) } else { EMPTY } << (2 * n);
    }
    cpu.fpu = fpu;
    for (n, xmm) in cpu.xmm.iter_mut().enumerate() {
        let at = place::XMM + 4 * n;
        *xmm = [quad(at), quad(at + 2)];
    }
    cpu.mxcsr = region[place::MXCSR];
}

/// The tag of a register in use: valid, zero or special.
fn tag(register: F80) -> u16 {
    let exponent = register.sign_exponent & 0x7FFF;
    match (exponent, register.mantissa) {
        (0, 0) => 1,
        (0 | 0x7FFF, _) => 2,
        (_, mantissa) if mantissa >> 63 == 0 => 2,
        _ => 0,
    }
}
