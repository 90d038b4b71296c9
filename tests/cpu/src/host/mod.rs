//! The host's CPU: runs a case's bytes in 32-bit compatibility mode of this very process.
//!
//! The windows lie below 4 GiB, where nothing else of a 64-bit process does, and the segments in a local descriptor
//! table: code under test reaches its own memory only. Exceptions come back as signals on a stack of their own;
//! system calls of code under test are refused by the kernel's system call dispatch.
//!
//! This module is the one place of the crate with `unsafe`.
#![allow(unsafe_code)]

mod entry;
mod setup;

use crate::layout::{self, MEMORY, WINDOWS};
use crate::state::{Case, End, Outcome, Registers};
use entry::{CONTROL, Control, relic_host_enter};
use std::marker::PhantomData;

/// The host's CPU. One thread has it, once in the life of a process.
pub struct Host {
    not_send: PhantomData<*const ()>,
}

/// The kernel refuses something that the runner needs.
#[derive(Debug)]
pub struct Refused {
    /// What was asked for.
    pub what: &'static str,
    /// What the kernel said.
    pub cause: std::io::Error,
}

/// Vectors with a meaning of their own in [`Control::vector`].
const NO_VECTOR: u32 = u32::MAX;
const ENDLESS: u32 = u32::MAX - 1;
const LOST: u32 = u32::MAX - 2;

impl Host {
    /// Maps the windows, fills the local descriptor table, takes the signals and starts the watchdog.
    ///
    /// # Errors
    /// [`Refused`] with the call that failed.
    pub fn new() -> Result<Host, Refused> {
        setup::all()?;
        Ok(Host { not_send: PhantomData })
    }

    /// What LAR and LSL tell of a selector of the global descriptor table: access rights and limit.
    pub fn describe(&self, selector: u16) -> Option<(u32, u32)> {
        let (access, limit): (u32, u32);
        let found: u8;
        // SAFETY: LAR and LSL read a descriptor and change nothing but their destination and ZF.
        unsafe {
            std::arch::asm!(
                "lar {a:e}, {s:e}", "lsl {l:e}, {s:e}", "setz {z}",
                s = in(reg) u32::from(selector), a = inout(reg) 0u32 => access,
                l = inout(reg) 0u32 => limit, z = out(reg_byte) found,
                options(nomem, nostack),
            );
        }
        (found != 0).then_some((access, limit))
    }

    /// Runs a case. `memory` is what the windows hold at its start, code included.
    pub fn run(&mut self, case: &Case, memory: &[u8; MEMORY]) -> Outcome {
        for window in &WINDOWS {
            let from = &memory[window.offset..window.offset + window.len];
            // SAFETY: `setup` mapped the window writable, and nothing in this process refers to it.
            unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), window.linear as *mut u8, window.len) };
        }
        let control = &raw mut CONTROL;
        // SAFETY: the only other users of CONTROL are the assembly called here and the signal handler during it.
        unsafe {
            load(&mut *control, &case.registers);
            relic_host_enter();
        }
        let mut after = layout::blank();
        for window in &WINDOWS {
            let to = &mut after[window.offset..window.offset + window.len];
            // SAFETY: as above.
            unsafe {
                std::ptr::copy_nonoverlapping(window.linear as *const u8, to.as_mut_ptr(), window.len);
            }
        }
        // SAFETY: the code under test has ended.
        let (end, registers) = unsafe { store(&*control) };
        Outcome { end, registers, memory: after }
    }
}

fn load(control: &mut Control, registers: &Registers) {
    control.fx = registers.fx;
    control.gpr = registers.gpr;
    control.eip = registers.eip;
    control.eflags = u64::from(registers.eflags);
    control.seg = registers.seg.map(u32::from);
    control.vector = NO_VECTOR;
    control.ticks = 0;
}

fn store(control: &Control) -> (End, Registers) {
    let registers = Registers {
        gpr: control.gpr,
        eip: control.eip,
        eflags: control.eflags as u32,
        seg: control.seg.map(|s| s as u16),
        fx: control.fx,
    };
    let end = match control.vector {
        NO_VECTOR => End::Exit,
        ENDLESS => End::Endless,
        LOST => End::Lost,
        14 => End::Exception { vector: 14, error: control.error, cr2: control.cr2 },
        vector => End::Exception { vector: vector as u8, error: control.error, cr2: 0 },
    };
    (end, registers)
}
