//! The way into 32-bit code and back, and what a signal on the way does.

use super::{ENDLESS, LOST};
use crate::layout::{EXIT, selector};
use crate::state::Fx;
use std::mem::offset_of;

const AC: i32 = 1 << 18;
/// Periods of the watchdog that a run may take.
const PATIENCE: u32 = 5;

/// What the code under test starts from, and then what it left.
#[repr(C, align(64))]
pub(super) struct Control {
    pub(super) fx: Fx,
    pub(super) gpr: [u32; 8],
    /// With `cs`, the far pointer of the jump in.
    pub(super) eip: u32,
    pub(super) cs: u32,
    pub(super) eflags: u64,
    /// Selectors by encoding number.
    pub(super) seg: [u32; 6],
    pub(super) host_rsp: u64,
    pub(super) fs_base: u64,
    pub(super) vector: u32,
    pub(super) error: u32,
    pub(super) cr2: u32,
    /// Periods of the watchdog during this run.
    pub(super) ticks: u32,
    /// MXCSR of the host's own code.
    pub(super) mxcsr: u32,
    /// Nonzero while system calls are refused.
    pub(super) refuse: u8,
}

/// The one [`Control`]; assembly knows it by name.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub(super) static mut relic_host_control: Control = Control {
    fx: Fx([0; 512]),
    gpr: [0; 8],
    eip: 0,
    cs: 0,
    eflags: 0,
    seg: [0; 6],
    host_rsp: 0,
    fs_base: 0,
    vector: 0,
    error: 0,
    cr2: 0,
    ticks: 0,
    mxcsr: 0x1F80,
    refuse: 0,
};
pub(super) use relic_host_control as CONTROL;

/// The one [`Control`].
///
/// # Safety
/// Nothing else may use it as long as the reference lives.
pub(super) unsafe fn control() -> &'static mut Control {
    let control = &raw mut CONTROL;
    // SAFETY: the caller's.
    unsafe { &mut *control }
}

unsafe extern "C" {
    /// Runs what [`CONTROL`] says until the code under test ends.
    pub(super) fn relic_host_enter();
    /// Where the page at EXIT jumps.
    pub(super) fn relic_host_exit();
    fn relic_host_leave();
    /// The signal handler.
    pub(super) fn relic_host_signal();
    /// What a signal handler returns to.
    pub(super) fn relic_host_restorer();
    /// End of the code whose system calls are never refused; it begins at [`relic_host_enter`].
    pub(super) fn relic_host_end();
}

std::arch::global_asm!(
    ".globl relic_host_enter, relic_host_exit, relic_host_leave, relic_host_signal, relic_host_restorer",
    ".globl relic_host_end",
    "relic_host_enter:",
    "push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15",
    "lea rdi, [rip + relic_host_control]",
    "mov [rdi + {rsp}], rsp",
    "fxrstor [rdi + {fx}]",
    "mov byte ptr [rdi + {refuse}], 1",
    "mov eax, [rdi + {seg} + 4]", "mov [rdi + {cs}], eax",
    "mov eax, [rdi + {seg}]", "mov es, eax",
    "mov eax, [rdi + {seg} + 12]", "mov ds, eax",
    "mov eax, [rdi + {seg} + 16]", "mov fs, eax",
    "mov eax, [rdi + {seg} + 20]", "mov gs, eax",
    // Should the code get into 64-bit mode by itself, it finds no pointer of the host's.
    "xor r8d, r8d", "xor r9d, r9d", "xor r10d, r10d", "xor r11d, r11d",
    "xor r12d, r12d", "xor r13d, r13d", "xor r14d, r14d", "xor r15d, r15d",
    "push qword ptr [rdi + {eflags}]", "popfq",
    "mov eax, [rdi + {seg} + 8]", "mov ss, eax",
    "mov eax, [rdi + {gpr}]",
    "mov ecx, [rdi + {gpr} + 4]",
    "mov edx, [rdi + {gpr} + 8]",
    "mov ebx, [rdi + {gpr} + 12]",
    "mov esp, [rdi + {gpr} + 16]",
    "mov ebp, [rdi + {gpr} + 20]",
    "mov esi, [rdi + {gpr} + 24]",
    "mov edi, [rdi + {gpr} + 28]",
    "jmp fword ptr [rip + relic_host_control + {eip}]",
    // From the page at EXIT, in 64-bit mode; nothing but CS differs from what the code under test left.
    "relic_host_exit:",
    "mov [rip + relic_host_control + {gpr}], eax",
    "mov [rip + relic_host_control + {gpr} + 4], ecx",
    "mov [rip + relic_host_control + {gpr} + 8], edx",
    "mov [rip + relic_host_control + {gpr} + 12], ebx",
    "mov [rip + relic_host_control + {gpr} + 16], esp",
    "mov [rip + relic_host_control + {gpr} + 20], ebp",
    "mov [rip + relic_host_control + {gpr} + 24], esi",
    "mov [rip + relic_host_control + {gpr} + 28], edi",
    "mov rsp, [rip + relic_host_control + {rsp}]",
    "pushfq", "pop qword ptr [rip + relic_host_control + {eflags}]",
    "push 2", "popfq",
    "mov eax, es", "mov [rip + relic_host_control + {seg}], eax",
    "mov dword ptr [rip + relic_host_control + {seg} + 4], {long}",
    "mov eax, ss", "mov [rip + relic_host_control + {seg} + 8], eax",
    "mov eax, ds", "mov [rip + relic_host_control + {seg} + 12], eax",
    "mov eax, fs", "mov [rip + relic_host_control + {seg} + 16], eax",
    "mov eax, gs", "mov [rip + relic_host_control + {seg} + 20], eax",
    "mov dword ptr [rip + relic_host_control + {eip}], {exit}",
    "fxsave [rip + relic_host_control + {fx}]",
    // Here a signal that ended the code under test continues; RSP is the host's.
    "relic_host_leave:",
    "push 2", "popfq",
    "fninit",
    "ldmxcsr [rip + relic_host_control + {mxcsr}]",
    "mov eax, {data}", "mov ss, eax", "mov ds, eax", "mov es, eax",
    "xor eax, eax", "mov fs, eax", "mov gs, eax",
    "mov byte ptr [rip + relic_host_control + {refuse}], 0",
    "mov eax, {arch_prctl}", "mov edi, {set_fs}", "mov rsi, [rip + relic_host_control + {fs_base}]", "syscall",
    "pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx",
    "ret",
    // The kernel leaves AC as the code under test had it; when that goes on, it finds ID and NT as they are here.
    "relic_host_signal:",
    "pushfq", "and dword ptr [rsp], {not_ac}", "popfq",
    "jmp {handler}",
    "relic_host_restorer:",
    "mov eax, {sigreturn}", "syscall",
    // The kernel looks where a system call returns to: inside as well.
    "nop",
    "relic_host_end:",
    fx = const offset_of!(Control, fx),
    gpr = const offset_of!(Control, gpr),
    eip = const offset_of!(Control, eip),
    cs = const offset_of!(Control, cs),
    eflags = const offset_of!(Control, eflags),
    seg = const offset_of!(Control, seg),
    rsp = const offset_of!(Control, host_rsp),
    fs_base = const offset_of!(Control, fs_base),
    mxcsr = const offset_of!(Control, mxcsr),
    refuse = const offset_of!(Control, refuse),
    exit = const EXIT,
    long = const selector::LONG,
    data = const selector::DATA,
    not_ac = const !AC,
    arch_prctl = const libc::SYS_arch_prctl,
    set_fs = const super::setup::ARCH_SET_FS,
    sigreturn = const libc::SYS_rt_sigreturn,
    handler = sym handle,
);

/// Records how the code under test ended, and goes on at `relic_host_leave`.
///
/// FS holds the code's selector, so nothing here may touch thread-local storage.
unsafe extern "C" fn handle(signal: i32, _: *mut libc::siginfo_t, context: *mut libc::ucontext_t) {
    use libc::{
        REG_CR2, REG_CSGSFS, REG_EFL, REG_ERR, REG_RAX, REG_RBP, REG_RBX, REG_RCX, REG_RDI, REG_RDX, REG_RIP,
        REG_RSI, REG_RSP, REG_TRAPNO, SIGSYS, SIGTRAP, SIGVTALRM,
    };
    // SAFETY: the kernel passes a valid context; CONTROL belongs to the interrupted code, which waits.
    let (context, control) = unsafe { (&mut (*context).uc_mcontext, control()) };
    let registers = &mut context.gregs;
    let selectors = registers[REG_CSGSFS as usize] as u64;
    let (cs, ss) = (selectors as u16, (selectors >> 48) as u16);
    let rip = registers[REG_RIP as usize] as u64;
    // IRET to EXIT with TF: the trap comes behind the jump there.
    let stepped_out = signal == SIGTRAP && rip == relic_host_exit as *const () as u64;
    let inside = (relic_host_enter as *const () as u64..relic_host_end as *const () as u64).contains(&rip);
    // Code under test that got into 64-bit mode may branch anywhere that a displacement reaches, above 4 GiB as well.
    let ours = control.refuse == 0 || inside && cs == selector::LONG;
    if ours && !stepped_out {
        if signal != SIGVTALRM {
            crash(control);
        }
        return;
    }
    if signal == SIGVTALRM {
        control.ticks += 1;
        if control.ticks < PATIENCE {
            return;
        }
    }
    let order = [REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI];
    for (to, from) in control.gpr.iter_mut().zip(order) {
        *to = registers[from as usize] as u32;
    }
    control.eip = rip as u32;
    control.eflags = registers[REG_EFL as usize] as u64;
    control.seg = data_selectors();
    control.seg[1] = u32::from(cs);
    control.seg[2] = u32::from(ss);
    control.error = registers[REG_ERR as usize] as u32;
    control.cr2 = registers[REG_CR2 as usize] as u32;
    control.vector = match signal {
        SIGVTALRM => ENDLESS,
        SIGSYS => LOST,
        _ if stepped_out => LOST,
        _ if cs == selector::LONG && rip != u64::from(EXIT) => LOST,
        _ => registers[REG_TRAPNO as usize] as u32,
    };
    // SAFETY: the kernel stores an FXSAVE image there.
    control.fx = unsafe { context.fpregs.cast::<Fx>().read() };
    registers[REG_RIP as usize] = relic_host_leave as *const () as i64;
    registers[REG_RSP as usize] = control.host_rsp as i64;
    registers[REG_EFL as usize] = 0x202;
    registers[REG_CSGSFS as usize] = i64::from(selector::DATA) << 48 | i64::from(selector::LONG);
}

/// DS, ES, FS and GS, which the kernel leaves as they are.
fn data_selectors() -> [u32; 6] {
    let (es, ds, fs, gs): (u32, u32, u32, u32);
    // SAFETY: reads of selectors.
    unsafe {
        std::arch::asm!(
            "mov {0:e}, es", "mov {1:e}, ds", "mov {2:e}, fs", "mov {3:e}, gs",
            out(reg) es, out(reg) ds, out(reg) fs, out(reg) gs, options(nomem, nostack, preserves_flags),
        );
    }
    [es, 0, 0, ds, fs, gs]
}

/// A fault of this process's own code.
fn crash(control: &mut Control) -> ! {
    control.refuse = 0;
    let text = b"the runner's own code faulted\n";
    // SAFETY: plain system calls.
    unsafe {
        libc::write(2, text.as_ptr().cast(), text.len());
        libc::_exit(101)
    }
}
