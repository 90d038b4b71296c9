//! `monitor` commands: what GDB's own protocol has no word for.

use super::target::Debuggee;
use crate::{keys, picture, span};
use hypervisor::CpuState;
use std::path::Path;

const HELP: [&str; 6] = [
    "cpu               registers that GDB does not know: CS:EIP, hidden segments, control and debug registers",
    "text              the rows of a text screen",
    "screenshot FILE   the screen as a PNG",
    "type KEYS         types, as `dir<enter>`; the keys go in while the guest runs",
    "time              virtual time and instructions",
    "notes             what the guest asked for and the machine lacks",
];

/// The lines that a command answers with.
pub(super) fn answer(debuggee: &mut Debuggee, command: &str) -> Vec<String> {
    let (word, rest) = command.trim().split_once(' ').unwrap_or((command.trim(), ""));
    let session = &mut *debuggee.session;
    match (word, rest.trim()) {
        ("cpu", "") => match session.guest().machine() {
            Some(machine) => cpu(machine.cpu()),
            None => Vec::new(),
        },
        ("text", "") => session.text_lines().unwrap_or_else(|| vec![session.shown()]),
        ("screenshot", file) if !file.is_empty() => {
            match picture::save_named(&session.frame(), Path::new(file)) {
                Ok(()) => vec![format!("{file} written")],
                Err(failure) => vec![failure.message],
            }
        }
        ("type", text) if !text.is_empty() => match keys::parse(text) {
            Ok(events) => match debuggee.type_keys(&events) {
                Ok(()) => vec![format!("typed; {}", debuggee.session.shown())],
                Err(failure) => vec![failure.message],
            },
            Err(message) => vec![message.to_string()],
        },
        ("time", "") => {
            vec![format!("{}, {} instructions", span::show(session.now_ns()), session.guest().instructions())]
        }
        ("notes", "") => session.guest().notes().iter().map(ToString::to_string).collect(),
        _ => HELP.map(String::from).to_vec(),
    }
}

/// CS:EIP, hidden segments, control and debug registers.
pub(crate) fn cpu(cpu: &CpuState) -> Vec<String> {
    const NAMES: [&str; 6] = ["es", "cs", "ss", "ds", "fs", "gs"];
    let code = cpu.seg[1];
    let mut lines = vec![format!("cs:eip {:04X}:{:08X}, CPL {}", code.selector, cpu.eip, cpu.cpl)];
    let segments = NAMES.iter().zip(&cpu.seg).chain([(&"ldtr", &cpu.ldtr), (&"tr", &cpu.tr)]);
    for (name, segment) in segments {
        lines.push(format!(
            "{name:<4} {:04X} base {:08X} limit {:08X} access {:04X}",
            segment.selector,
            segment.base,
            segment.limit,
            segment.access.bits()
        ));
    }
    for (name, table) in [("gdtr", &cpu.gdtr), ("idtr", &cpu.idtr)] {
        lines.push(format!("{name} base {:08X} limit {:04X}", table.base, table.limit));
    }
    lines.push(format!("cr0 {:08X} cr2 {:08X} cr3 {:08X} cr4 {:08X}", cpu.cr0, cpu.cr2, cpu.cr3, cpu.cr4));
    let [dr0, dr1, dr2, dr3, _, _, dr6, dr7] = cpu.dr;
    lines
        .push(format!("dr0 {dr0:08X} dr1 {dr1:08X} dr2 {dr2:08X} dr3 {dr3:08X} dr6 {dr6:08X} dr7 {dr7:08X}"));
    lines
}
