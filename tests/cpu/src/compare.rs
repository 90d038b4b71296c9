//! Two outcomes side by side.

use crate::differences::{pointers, selector};
use crate::layout::{MEMORY, WINDOWS};
use crate::state::{Fx, Outcome};

/// What is not compared.
#[derive(Clone, Default)]
pub struct Masks {
    /// Flags.
    pub flags: u32,
    /// Linear addresses and bytes.
    pub memory: Vec<(u32, u32)>,
    /// x87 condition codes.
    pub conditions: u16,
    /// ST(0) and ST(1) may differ by one unit in the last place.
    pub approximate: bool,
}

const SEGMENTS: [&str; 6] = ["es", "cs", "ss", "ds", "fs", "gs"];
const GENERAL: [&str; 8] = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];

/// A field that differs: its name, the host's value and the interpreter's.
pub type Difference = (String, String, String);

/// Every field that differs.
pub fn differences(host: &Outcome, guest: &Outcome, masks: &Masks) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut note = |name: String, host: String, guest: String| {
        if host != guest {
            all.push((name, host, guest));
        }
    };
    let (h, g) = (&host.registers, &guest.registers);
    note("end".into(), host.end.to_string(), guest.end.to_string());
    for (n, name) in GENERAL.into_iter().enumerate() {
        note(name.into(), format!("{:08X}", h.gpr[n]), format!("{:08X}", g.gpr[n]));
    }
    note("eip".into(), format!("{:08X}", h.eip), format!("{:08X}", g.eip));
    let flags = |f: u32| format!("{:08X}", f & !masks.flags);
    note("eflags".into(), flags(h.eflags), flags(g.eflags));
    for (n, name) in SEGMENTS.into_iter().enumerate() {
        let (host, guest) = (selector(h.seg[n]), selector(g.seg[n]));
        note(name.into(), format!("{host:04X}"), format!("{guest:04X}"));
    }
    let fields = |fx| fx_fields(fx, masks.conditions);
    for ((name, host), (_, guest)) in fields(&h.fx).into_iter().zip(fields(&g.fx)) {
        note(name, format!("{host:X}"), format!("{guest:X}"));
    }
    for n in 0..8 {
        let (host, guest) = (h.fx.st(n), g.fx.st(n));
        if !(masks.approximate && n < 2 && near(host, guest)) {
            let text = |(m, e): (u64, u16)| format!("{e:04X}.{m:016X}");
            note(format!("st{n}"), text(host), text(guest));
        }
    }
    memory(&host.memory, &guest.memory, masks, &mut note);
    all
}

fn fx_fields(fx: &Fx, conditions: u16) -> Vec<(String, u128)> {
    let mut all = vec![
        ("fcw".into(), fx.control().into()),
        ("fsw".into(), (fx.status() & !conditions).into()),
        ("tags".into(), fx.tags().into()),
        ("mxcsr".into(), fx.mxcsr().into()),
    ];
    let (opcode, ip, dp) = pointers(fx);
    all.extend([("fop".into(), opcode.into()), ("fip".into(), ip.into()), ("fdp".into(), dp.into())]);
    all.extend((0..8).map(|n| (format!("xmm{n}"), fx.xmm(n))));
    all
}

/// Numbers of one sign whose patterns are neighbours.
fn near((a, a_exponent): (u64, u16), (b, b_exponent): (u64, u16)) -> bool {
    let value = |m: u64, e: u16| u128::from(e & 0x7FFF) << 63 | u128::from(m & !(1 << 63));
    (a_exponent ^ b_exponent) & 0x8000 == 0 && value(a, a_exponent).abs_diff(value(b, b_exponent)) <= 1
}

fn memory(
    host: &[u8; MEMORY],
    guest: &[u8; MEMORY],
    masks: &Masks,
    note: &mut impl FnMut(String, String, String),
) {
    if host == guest {
        return;
    }
    for window in &WINDOWS {
        for n in 0..window.len {
            let (linear, at) = (window.linear + n as u32, window.offset + n);
            let masked = masks.memory.iter().any(|&(from, len)| linear.wrapping_sub(from) < len);
            if host[at] != guest[at] && !masked {
                note(format!("[{linear:08X}]"), format!("{:02X}", host[at]), format!("{:02X}", guest[at]));
            }
        }
    }
}

/// Whether nothing at all differs, masks or not.
pub fn identical(host: &Outcome, guest: &Outcome) -> bool {
    let (h, g) = (&host.registers, &guest.registers);
    host.end == guest.end
        && h.gpr == g.gpr
        && h.eip == g.eip
        && h.eflags == g.eflags
        && h.seg.map(selector) == g.seg.map(selector)
        && (0..8).all(|n| h.fx.st(n) == g.fx.st(n))
        && (0..8).all(|n| h.fx.xmm(n) == g.fx.xmm(n))
        && h.fx.control() == g.fx.control()
        && h.fx.status() == g.fx.status()
        && h.fx.tags() == g.fx.tags()
        && pointers(&h.fx) == pointers(&g.fx)
        && h.fx.mxcsr() == g.fx.mxcsr()
        && host.memory == guest.memory
}
