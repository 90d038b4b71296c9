//! A machine at one moment, for people.

use super::line;
use crate::guest::{Machine, Stop};
use crate::{gdb, text};
use hypervisor::{CpuState, Seg, SegAccess};
use iced_x86::{Decoder, DecoderOptions, Formatter as _, NasmFormatter};

/// The longest instruction.
const MOST_CODE: usize = 15;

/// Registers, the instruction that comes next, and the screen.
pub(super) fn state(machine: &mut Machine) -> Vec<String> {
    let mut lines = vec![format!("at {}", line::show(machine.moment()))];
    lines.extend(registers(machine));
    lines.extend(screen(machine));
    lines
}

/// The CPU's registers and what it does next.
pub(super) fn registers(machine: &mut Machine) -> Vec<String> {
    let cpu = machine.cpu();
    let [eax, ecx, edx, ebx, esp, ebp, esi, edi] = cpu.gpr;
    let mut lines = vec![
        format!("eax {eax:08X} ebx {ebx:08X} ecx {ecx:08X} edx {edx:08X}"),
        format!("esi {esi:08X} edi {edi:08X} ebp {ebp:08X} esp {esp:08X} eflags {:08X}", cpu.eflags),
    ];
    lines.extend(gdb::cpu(cpu));
    lines.push(format!("next: {}", next(machine)));
    lines
}

/// CS:EIP and the instruction there, or why there is none to come.
pub(super) fn next(machine: &mut Machine) -> String {
    let cpu = machine.cpu();
    let code = &cpu.seg[Seg::Cs as usize];
    let (selector, eip, linear) = (code.selector, cpu.eip, code.base.wrapping_add(cpu.eip));
    let (bitness, halted) = (if is_code_32(cpu) { 32 } else { 16 }, cpu.halted);
    let mut bytes = [0; MOST_CODE];
    let there = machine.peek(linear, &mut bytes);
    let ins = Decoder::with_ip(bitness, &bytes[..there], u64::from(eip), DecoderOptions::NONE).decode();
    let mut text = String::new();
    NasmFormatter::new().format(&ins, &mut text);
    let stopped = match machine.stopped() {
        Some(Stop::PowerOff) => " (switched off)",
        Some(_) => " (ended)",
        None if halted => " (halted before it)",
        None => "",
    };
    format!("{selector:04X}:{eip:08X} {text}{stopped}")
}

fn is_code_32(cpu: &CpuState) -> bool {
    cpu.seg[Seg::Cs as usize].access.contains(SegAccess::BIG)
}

/// The rows of a text screen, or what else there is.
pub(super) fn screen(machine: &Machine) -> Vec<String> {
    let Some(screen) = machine.text() else {
        let frame = machine.frame();
        return vec![format!("the screen shows graphics, {}x{}", frame.width, frame.height)];
    };
    let mut rows = text::lines(&screen);
    while rows.last().is_some_and(|row| row.trim().is_empty()) {
        rows.pop();
    }
    if rows.is_empty() {
        return vec!["the screen is blank".into()];
    }
    rows.iter().map(|row| format!("| {}", row.trim_end())).collect()
}
