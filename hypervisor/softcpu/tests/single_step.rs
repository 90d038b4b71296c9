//! SingleStepTests: real silicon's 8086 and 80286, one instruction a test.
//!
//! The suites are kept beside the workspace (`../shared/suites`, or where `RELIC_SUITES` points). Every register
//! and byte that a test lists is compared; flags that Intel leaves undefined for the instruction are not, neither in
//! the register nor in the copy that an exception pushed. `RELIC_SUITE_FILES=D4,F6` runs only files with such names
//! and prints their failures; `RELIC_SUITE_STRICT=1` compares undefined flags too.

mod moo;

use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, Exit, Model, Page, Segment};
use moo::{Registers, Test};
use softcpu::Interpreter;
use std::path::PathBuf;

/// Plain memory everywhere, all ones from every port.
struct Plain {
    mask: u32,
    due: u64,
}

impl Bus for Plain {
    fn read_port(&mut self, _: u16, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_port(&mut self, _: u16, _: Width, _: u32, _: u64) {}
    fn read_mmio(&mut self, _: u32, _: Width, _: u64) -> u32 {
        u32::MAX
    }
    fn write_mmio(&mut self, _: u32, _: Width, _: u32, _: u64) {}
    fn page(&mut self, address: u32) -> Page {
        Page::Ram { offset: address & !0xFFF, writable: true }
    }
    fn a20_mask(&self) -> u32 {
        self.mask
    }
    fn map_version(&self) -> u32 {
        0
    }
    fn due(&self) -> u64 {
        self.due
    }
    fn interrupt(&self) -> bool {
        false
    }
    fn acknowledge(&mut self, _: u64) -> u8 {
        0
    }
    fn fpu_error(&mut self, _: u64) {}
    fn tsc(&self, retired: u64) -> u64 {
        retired
    }
}

/// Where a general register of the suite's order lies: AX BX CX DX, later SP BP SI DI.
const GENERAL: [(usize, usize); 8] = [(0, 0), (1, 3), (2, 1), (3, 2), (8, 4), (9, 5), (10, 6), (11, 7)];
/// CS SS DS ES in the suite's order.
const SEGMENTS: [(usize, usize); 4] = [(4, 1), (5, 2), (6, 3), (7, 0)];
const IP: usize = 12;
const FLAGS: usize = 13;

fn load(state: &mut CpuState, registers: &Registers) {
    let value = |n: usize| registers.get(n).unwrap_or(0);
    for (from, to) in GENERAL {
        state.gpr[to] = u32::from(value(from));
    }
    for (from, to) in SEGMENTS {
        state.seg[to] = Segment::real(value(from), state.seg[to].access);
    }
    state.eip = u32::from(value(IP));
    let mask = if state.model == Model::I8086 { 0xFFFF } else { 0x0FFF };
    state.eflags = u32::from(value(FLAGS) & mask) | 2;
}

fn read(state: &CpuState, n: usize) -> u16 {
    if let Some((_, r)) = GENERAL.iter().find(|(from, _)| *from == n) {
        return state.gpr[*r] as u16;
    }
    if let Some((_, s)) = SEGMENTS.iter().find(|(from, _)| *from == n) {
        return state.seg[*s].selector;
    }
    match n {
        IP => state.eip as u16,
        _ if state.model == Model::I8086 => state.eflags as u16 | 0xF000,
        _ => state.eflags as u16,
    }
}

/// The opcode, and ModRM's reg field.
fn opcode(test: &Test) -> (u8, u8) {
    let is_prefix = |b: &&u8| matches!(**b, 0x26 | 0x2E | 0x36 | 0x3E | 0xF0..=0xF3);
    let mut rest = test.code.iter().skip_while(is_prefix);
    let opcode = rest.next().copied().unwrap_or(0);
    (opcode, rest.next().copied().unwrap_or(0) >> 3 & 7)
}

/// Flags that Intel leaves undefined after an instruction.
fn undefined(test: &Test, model: Model) -> u16 {
    let [cf, pf, af, zf, sf, of] = [1, 4, 0x10, 0x40, 0x80, 0x800];
    let (opcode, reg) = opcode(test);
    let count = match opcode {
        0xD0 | 0xD1 => 1,
        0xC0 | 0xC1 => u16::from(test.code.iter().rev().nth(1).copied().unwrap_or(0)),
        _ => test.initial.get(2).unwrap_or(0) & 0xFF,
    };
    let rotate_of = if count == 1 { 0 } else { of };
    let shifts = matches!(opcode, 0xD0..=0xD3) || matches!(opcode, 0xC0 | 0xC1) && model != Model::I8086;
    match opcode {
        0x08..=0x0D | 0x20..=0x25 | 0x30..=0x35 | 0x84 | 0x85 | 0xA8 | 0xA9 => af,
        0x80..=0x83 if matches!(reg, 1 | 4 | 6) => af,
        0x27 | 0x2F => of,
        0x37 | 0x3F => of | sf | zf | pf,
        0xD4 | 0xD5 => of | af | cf | if test.code.contains(&0) { sf | zf | pf } else { 0 },
        0x69 | 0x6B => sf | zf | af | pf,
        _ if shifts && reg < 4 => rotate_of,
        // A shift by more than the width leaves CF undefined too.
        _ if shifts => af | rotate_of | if count > 8 { cf } else { 0 },
        0xF6 | 0xF7 if reg <= 1 => af,
        0xF6 | 0xF7 if matches!(reg, 4 | 5) => sf | zf | af | pf,
        0xF6 | 0xF7 if matches!(reg, 6 | 7) => cf | pf | af | zf | sf | of,
        _ => 0,
    }
}

/// Whether the instruction is a repeated string instruction, which may take many iterations.
fn repeats(test: &Test) -> bool {
    let (opcode, _) = opcode(test);
    matches!(opcode, 0xA4..=0xA7 | 0xAA..=0xAF | 0x6C..=0x6F)
        && test.code.iter().any(|b| matches!(b, 0xF2 | 0xF3))
}

struct Rig {
    engine: Interpreter,
    ram: Ram,
    model: Model,
    strict: bool,
}

impl Rig {
    fn run(&mut self, test: &Test) -> Result<(), String> {
        let mut state = CpuState::power_on(self.model);
        load(&mut state, &test.initial);
        for &(at, value) in &test.initial_ram {
            self.ram.write_u8(at as usize, value);
        }
        let mask = if self.model == Model::I8086 { 0xF_FFFF } else { 0xFF_FFFF };
        let mut bus = Plain { mask, due: 0 };
        if self.model == Model::I8086 {
            let start = state.eip;
            for _ in 0..70_000 {
                bus.due = state.retired + 1;
                self.engine.run(&mut state, &self.ram, &mut bus);
                if !repeats(test) || state.eip != start {
                    break;
                }
            }
        } else {
            bus.due = 1_000_000;
            let exit = self.engine.run(&mut state, &self.ram, &mut bus);
            if exit != Exit::Halted {
                return Err(format!("{exit:?}"));
            }
        }
        self.compare(test, &state)
    }

    fn compare(&self, test: &Test, state: &CpuState) -> Result<(), String> {
        let loose = if self.strict { 0 } else { undefined(test, self.model) };
        for n in 0..14 {
            let Some(expected) = test.last.get(n).or(test.initial.get(n)) else { continue };
            let found = read(state, n);
            let care = if n == FLAGS { !loose } else { u16::MAX };
            let expected =
                if n == FLAGS && self.model != Model::I8086 { expected & 0xFFF | 2 } else { expected };
            if (found ^ expected) & care != 0 {
                return Err(format!("register {n}: {found:04X}, silicon has {expected:04X}"));
            }
        }
        let flags_at = self.pushed_flags(test, state);
        for &(at, expected) in &test.last_ram {
            let found = self.ram.read_u8(at as usize);
            let care = match flags_at {
                Some(flags) if at == flags => !loose as u8,
                Some(flags) if at == flags + 1 => !(loose >> 8) as u8,
                _ => 0xFF,
            };
            if (found ^ expected) & care != 0 {
                return Err(format!("byte {at:05X}: {found:02X}, silicon has {expected:02X}"));
            }
        }
        Ok(())
    }

    /// Where an exception pushed FLAGS. (The suite's own address is that of the aligned word.)
    fn pushed_flags(&self, test: &Test, state: &CpuState) -> Option<u32> {
        let divided = test.last.get(4).is_some() && matches!(opcode(test).0, 0xD4 | 0xF6 | 0xF7);
        let mask = if self.model == Model::I8086 { 0xF_FFFF } else { 0xFF_FFFF };
        let at = (state.seg[2].base + ((state.gpr[4] + 4) & 0xFFFF)) & mask;
        (divided || test.exception.is_some()).then_some(at)
    }
}

/// Runs all files of a suite; the names of those with failures.
fn run_suite(folder: &str, model: Model) {
    let Some(root) = suites() else { return };
    let only = std::env::var("RELIC_SUITE_FILES").unwrap_or_default();
    let strict = std::env::var_os("RELIC_SUITE_STRICT").is_some();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let revoked = moo::revoked(&root.join(folder).join("revocation_list.txt"));
    let mut rig = Rig { engine: Interpreter::new(), ram: Ram::new(0x20_0000).unwrap(), model, strict };
    let (mut ran, mut failed, mut bad_files) = (0, 0, Vec::new());
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "gz")) {
        let name = path.file_name().unwrap().to_string_lossy().replace(".MOO.gz", "");
        if !only.is_empty() && !only.split(',').any(|o| name == o) {
            continue;
        }
        let mut bad = 0;
        for test in moo::read(path).iter().filter(|test| !revoked.contains(&test.hash)) {
            ran += 1;
            if let Err(why) = rig.run(test) {
                bad += 1;
                if bad <= if only.is_empty() { 1 } else { 8 } {
                    println!("{folder}/{name} #{}: {} {:02X?}: {why}", test.index, test.name, test.code);
                }
            }
        }
        failed += bad;
        if bad > 0 {
            bad_files.push(format!("{name}:{bad}"));
        }
    }
    println!("{folder}: {} of {ran} pass; failing files: {bad_files:?}", ran - failed);
    assert_eq!(failed, 0, "{folder}: {failed} of {ran} differ from silicon");
}

/// Where the suites are; `None` (and the test passes by name) when they are not on this machine, but never in CI.
fn suites() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites");
    let root = std::env::var_os("RELIC_SUITES").map_or(beside, PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no suites at {}", root.display());
    println!("skipped: no suites at {}", root.display());
    None
}

#[test]
fn suite_8086_agrees_with_silicon() {
    run_suite("8086", Model::I8086);
}

#[test]
fn suite_80286_agrees_with_silicon() {
    run_suite("80286", Model::I80286);
}
