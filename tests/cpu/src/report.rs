//! A failing case in words.

use crate::compare::Difference;
use crate::layout::{self, WINDOWS};
use crate::state::{Case, Fx};
use iced_x86::{Decoder, DecoderOptions, Formatter, NasmFormatter};
use std::fmt::Write;

/// What a case does, what it starts from and what came out differently.
pub fn describe(case: &Case, differences: &[Difference]) -> String {
    let mut text = code(case);
    let r = &case.registers;
    let _ = writeln!(
        text,
        "  eax={:08X} ecx={:08X} edx={:08X} ebx={:08X} esp={:08X} ebp={:08X} esi={:08X} edi={:08X}",
        r.gpr[0], r.gpr[1], r.gpr[2], r.gpr[3], r.gpr[4], r.gpr[5], r.gpr[6], r.gpr[7]
    );
    let _ = writeln!(
        text,
        "  eflags={:08X} es={:04X} cs={:04X} ss={:04X} ds={:04X} fs={:04X} gs={:04X}",
        r.eflags, r.seg[0], r.seg[1], r.seg[2], r.seg[3], r.seg[4], r.seg[5]
    );
    floating(&mut text, &r.fx);
    memory(&mut text, case);
    let _ = writeln!(text, "  {:>12} {:>34} {:>34}", "", "host", "interpreter");
    for (name, host, guest) in differences.iter().take(24) {
        let _ = writeln!(text, "  {name:>12} {host:>34} {guest:>34}");
    }
    text
}

fn code(case: &Case) -> String {
    let mut text = String::new();
    let cs = layout::descriptor(case.registers.seg[1]);
    let bitness = if cs.is_some_and(|cs| cs.big) { 32 } else { 16 };
    let mut at = case.registers.eip;
    let mut formatter = NasmFormatter::new();
    for bytes in &case.code {
        let ins = Decoder::with_ip(bitness, bytes, u64::from(at), DecoderOptions::NONE).decode();
        let mut words = String::new();
        formatter.format(&ins, &mut words);
        let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        let _ = writeln!(text, "  {at:08X} {hex:<24} {words}");
        at = at.wrapping_add(bytes.len() as u32);
    }
    text
}

fn floating(text: &mut String, fx: &Fx) {
    let _ = writeln!(
        text,
        "  fcw={:04X} fsw={:04X} tags={:02X} fop={:03X} fip={:08X} fdp={:08X} mxcsr={:04X}",
        fx.control(),
        fx.status(),
        fx.tags(),
        fx.opcode(),
        fx.ip(),
        fx.dp(),
        fx.mxcsr()
    );
    for n in 0..8 {
        let (mantissa, sign_exponent) = fx.st(n);
        if (mantissa, sign_exponent) != (0, 0) {
            let _ = writeln!(text, "  st{n}={sign_exponent:04X}.{mantissa:016X}");
        }
    }
    for n in 0..8 {
        if fx.xmm(n) != 0 {
            let _ = writeln!(text, "  xmm{n}={:032X}", fx.xmm(n));
        }
    }
}

/// Rows of memory with something in them, the code window excepted.
fn memory(text: &mut String, case: &Case) {
    let mut rows = 0;
    for window in &WINDOWS[1..] {
        for n in (0..window.len).step_by(16) {
            let row = &case.memory[window.offset + n..window.offset + n + 16];
            if row.iter().all(|&b| b == 0) {
                continue;
            }
            rows += 1;
            if rows <= 16 {
                let hex: String = row.iter().map(|b| format!(" {b:02X}")).collect();
                let _ = writeln!(text, "  [{:08X}]{hex}", window.linear + n as u32);
            }
        }
    }
    if rows > 16 {
        let _ = writeln!(text, "  and {} more rows of memory", rows - 16);
    }
}
