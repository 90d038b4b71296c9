//! From a failing case to the shortest one that still fails.

use crate::layout::WINDOWS;
use crate::runner::Runner;
use crate::state::{Case, Fx};

/// Bytes of memory that are zeroed at once, from coarse to fine.
const CHUNKS: [usize; 4] = [0x1000, 0x100, 0x10, 1];

/// Takes away whatever the failure does not need.
pub fn shrink(runner: &mut Runner, case: &Case) -> Case {
    let mut best = case.clone();
    while instructions(runner, &mut best) | registers(runner, &mut best) {}
    memory(runner, &mut best);
    while instructions(runner, &mut best) | registers(runner, &mut best) {}
    best
}

/// Keeps a change of the best case if that still fails.
fn attempt(runner: &mut Runner, best: &mut Case, change: impl FnOnce(&mut Case)) -> bool {
    let mut changed = best.clone();
    change(&mut changed);
    let fails = !runner.try_case(&changed).is_empty();
    if fails {
        *best = changed;
    }
    fails
}

/// Removes instructions, or at least makes them do nothing where they lie; removes prefixes.
fn instructions(runner: &mut Runner, best: &mut Case) -> bool {
    const NOP: u8 = 0x90;
    let mut better = false;
    let mut n = 0;
    while n < best.code.len() {
        if attempt(runner, best, |case| drop(case.code.remove(n))) {
            better = true;
            continue;
        }
        if best.code[n].iter().any(|&b| b != NOP) {
            better |= attempt(runner, best, |case| case.code[n].fill(NOP));
        }
        n += 1;
    }
    better
}

/// Zeroes registers.
fn registers(runner: &mut Runner, best: &mut Case) -> bool {
    let mut better = false;
    let fresh = Fx::default();
    for n in 0..8 {
        if best.registers.gpr[n] != 0 {
            better |= attempt(runner, best, |case| case.registers.gpr[n] = 0);
        }
        if best.registers.fx.st(n) != (0, 0) {
            better |= attempt(runner, best, |case| case.registers.fx.set_st(n, (0, 0)));
        }
        if best.registers.fx.xmm(n) != 0 {
            better |= attempt(runner, best, |case| case.registers.fx.set_xmm(n, 0));
        }
    }
    for bit in (0..22).filter(|&b| b != 1 && b != 9) {
        if best.registers.eflags & 1 << bit != 0 {
            better |= attempt(runner, best, |case| case.registers.eflags &= !(1 << bit));
        }
    }
    let fx = best.registers.fx;
    if fx.control() != fresh.control() {
        better |= attempt(runner, best, |case| case.registers.fx.set_control(fresh.control()));
    }
    if fx.status() != 0 {
        better |= attempt(runner, best, |case| case.registers.fx.set_status(0));
    }
    if fx.tags() != 0 {
        better |= attempt(runner, best, |case| case.registers.fx.set_tags(0));
    }
    if fx.mxcsr() != fresh.mxcsr() {
        better |= attempt(runner, best, |case| case.registers.fx.set_mxcsr(fresh.mxcsr()));
    }
    if (fx.opcode(), fx.ip(), fx.dp()) != (0, 0, 0) {
        better |= attempt(runner, best, |case| case.registers.fx.set_pointers(0, 0, 0));
    }
    better
}

/// Zeroes memory, the code's surroundings excepted.
fn memory(runner: &mut Runner, best: &mut Case) {
    for chunk in CHUNKS {
        for at in (WINDOWS[0].len..best.memory.len()).step_by(chunk) {
            if best.memory[at..at + chunk].iter().any(|&b| b != 0) {
                attempt(runner, best, |case| case.memory[at..at + chunk].fill(0));
            }
        }
    }
}
