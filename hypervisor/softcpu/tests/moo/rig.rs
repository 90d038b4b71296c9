//! One test of a suite on one model: load, run, compare.

use super::Registers;
use super::case::Case;
use super::undefined::undefined;
use backplane::{Ram, Width};
use engine::{Bus, CpuState, Engine, Exit, Model, Page, Segment};
use softcpu::Interpreter;

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

/// An interpreter with memory for one model's tests.
pub(crate) struct Rig {
    engine: Interpreter,
    ram: Ram,
    model: Model,
}

impl Rig {
    pub(crate) fn new(model: Model) -> Rig {
        Rig { engine: Interpreter::new(), ram: Ram::new(0x100_0000).expect("16 MiB"), model }
    }

    /// The silicon of the suite itself: every flag is compared. On later CPUs the defined ones are, and bits 15-12
    /// (always set on an 8086, IOPL and NT since the 286, which clears them in real mode) are not.
    fn flags_that_matter(&self, case: &Case) -> u16 {
        if self.model == case.suite { u16::MAX } else { 0x0FFF & !undefined(case) }
    }

    /// Runs a test; what differs.
    pub(crate) fn run(&mut self, case: &Case) -> Result<(), String> {
        let test = case.test;
        let mut state = CpuState::power_on(self.model);
        load(&mut state, &test.initial);
        for &(at, value) in &test.initial_ram {
            self.ram.write_u8(at as usize, value);
        }
        let mut bus = Plain { mask: case.address_mask(), due: 0 };
        if case.suite == Model::I8086 {
            let start = state.eip;
            for _ in 0..70_000 {
                bus.due = state.retired + 1;
                self.engine.run(&mut state, &self.ram, &mut bus);
                if !case.repeats() || state.eip != start {
                    break;
                }
            }
        } else {
            bus.due = 70_000;
            let exit = self.engine.run(&mut state, &self.ram, &mut bus);
            if exit != Exit::Halted {
                return Err(format!("{exit:?} at {:X}", state.eip));
            }
        }
        self.compare(case, &state)
    }

    fn compare(&self, case: &Case, state: &CpuState) -> Result<(), String> {
        let (test, flags) = (case.test, self.flags_that_matter(case));
        for n in 0..14 {
            let Some(expected) = test.last.get(n).or(test.initial.get(n)) else { continue };
            let found = read(state, n);
            let care = match n {
                FLAGS if case.suite == Model::I80286 => flags & 0x0FFF,
                FLAGS => flags,
                _ => u16::MAX,
            };
            if (found ^ expected) & care != 0 {
                return Err(format!("register {n}: {found:04X}, silicon has {expected:04X}"));
            }
        }
        let flags_at = case.pushed_flags(state);
        for &(at, expected) in &test.last_ram {
            let found = self.ram.read_u8(at as usize);
            let care = match flags_at {
                Some([low, _]) if at == low => flags as u8,
                Some([_, high]) if at == high => (flags >> 8) as u8,
                _ => 0xFF,
            };
            if (found ^ expected) & care != 0 {
                return Err(format!("byte {at:05X}: {found:02X}, silicon has {expected:02X}"));
            }
        }
        Ok(())
    }
}
