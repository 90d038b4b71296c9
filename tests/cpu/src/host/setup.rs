//! What the kernel has to give before the first run.

use super::Refused;
use super::entry::{
    CONTROL, relic_host_end, relic_host_enter, relic_host_exit, relic_host_restorer, relic_host_signal,
};
use crate::layout::{self, EXIT, Kind, LOCALS, Local, PAGE, READ_ONLY, WINDOWS};
use std::io::Error;

pub(super) const ARCH_SET_FS: i64 = 0x1002;
const ARCH_GET_FS: i64 = 0x1003;
const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
const PR_SYS_DISPATCH_ON: u64 = 1;
const WRITE_LDT: i64 = 0x11;
const SA_RESTORER: u64 = 0x0400_0000;
/// Bytes of the signal stack: room for every register the host may have.
const SIGNAL_STACK: usize = 1 << 16;
/// The watchdog's period, in microseconds of CPU time.
const PERIOD_US: i64 = 10_000;

pub(super) fn all() -> Result<(), Refused> {
    // SAFETY: the calls change what this module's description says and nothing else.
    unsafe {
        memory()?;
        segments()?;
        signals()?;
        dispatch()?;
        stay()?;
        watchdog()
    }
}

fn check(result: i64, what: &'static str) -> Result<(), Refused> {
    if result == -1 { Err(Refused { what, cause: Error::last_os_error() }) } else { Ok(()) }
}

unsafe fn map(linear: u32, len: usize) -> Result<*mut u8, Refused> {
    let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE | libc::MAP_POPULATE;
    // SAFETY: NOREPLACE takes free addresses only.
    let at = unsafe { libc::mmap(linear as *mut _, len, protection, flags, -1, 0) };
    check(at as i64, "mmap below 4 GiB")?;
    Ok(at.cast())
}

unsafe fn protect(at: *mut u8, protection: i32) -> Result<(), Refused> {
    // SAFETY: a page of `map`.
    check(i64::from(unsafe { libc::mprotect(at.cast(), PAGE as usize, protection) }), "mprotect")
}

unsafe fn memory() -> Result<(), Refused> {
    // SAFETY: the pages written to were just mapped.
    unsafe {
        for window in &WINDOWS {
            map(window.linear, window.len)?;
        }
        let page = map(READ_ONLY, PAGE as usize)?;
        let bytes = layout::read_only_page();
        page.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        protect(page, libc::PROT_READ | libc::PROT_EXEC)?;
        let page = map(EXIT, PAGE as usize)?;
        let bytes = layout::exit_bytes(relic_host_exit as *const () as u64);
        page.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        protect(page, libc::PROT_READ | libc::PROT_EXEC)
    }
}

/// The kernel's `struct user_desc`.
fn user_desc(n: usize, segment: &Local) -> [u32; 4] {
    let (contents, restricted) = match segment.kind {
        Kind::Data => (0, 0),
        Kind::ReadOnly => (0, 1),
        Kind::Down => (1, 0),
        Kind::Code => (2, 0),
        Kind::ExecuteOnly => (2, 1),
    };
    let flags = u32::from(segment.big)
        | contents << 1
        | restricted << 3
        | u32::from(segment.pages) << 4
        | u32::from(!segment.present) << 5;
    [n as u32, segment.base, segment.limit, flags]
}

unsafe fn segments() -> Result<(), Refused> {
    for (n, segment) in LOCALS.iter().enumerate() {
        let entry = user_desc(n, segment);
        // SAFETY: the entry outlives the call.
        let result = unsafe { libc::syscall(libc::SYS_modify_ldt, WRITE_LDT, &entry, size_of_val(&entry)) };
        // The kernel returns 32 bits.
        check(i64::from(result as i32), "modify_ldt")?;
    }
    Ok(())
}

/// The kernel's `struct sigaction`: with a restorer of ours, whose system call is never refused.
#[repr(C)]
struct KernelAction {
    handler: *const (),
    flags: u64,
    restorer: *const (),
    mask: u64,
}

unsafe fn signals() -> Result<(), Refused> {
    let stack: &'static mut [u8] = Box::leak(vec![0; SIGNAL_STACK].into_boxed_slice());
    let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: SIGNAL_STACK };
    // SAFETY: the stack is never freed, the handler is async-signal-safe.
    unsafe {
        check(i64::from(libc::sigaltstack(&stack, std::ptr::null_mut())), "sigaltstack")?;
        let flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        let action = KernelAction {
            handler: relic_host_signal as *const (),
            flags: flags as u64 | SA_RESTORER,
            restorer: relic_host_restorer as *const (),
            mask: u64::MAX,
        };
        let all = [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGTRAP,
            libc::SIGSYS,
            libc::SIGVTALRM,
        ];
        for signal in all {
            let none = std::ptr::null_mut::<KernelAction>();
            check(libc::syscall(libc::SYS_rt_sigaction, signal, &action, none, 8), "rt_sigaction")?;
        }
    }
    Ok(())
}

unsafe fn dispatch() -> Result<(), Refused> {
    let first = relic_host_enter as *const () as u64;
    let len = relic_host_end as *const () as u64 - first;
    // SAFETY: the kernel reads the byte, which lives for ever, at each system call of this thread.
    unsafe {
        let refuse = &raw const CONTROL.refuse;
        let result = libc::prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, first, len, refuse);
        check(i64::from(result), "prctl(PR_SET_SYSCALL_USER_DISPATCH)")?;
        let base = &raw mut CONTROL.fs_base;
        check(libc::syscall(libc::SYS_arch_prctl, ARCH_GET_FS, base), "arch_prctl")
    }
}

/// Keeps the thread on one CPU, the first that it may use: the limit of one descriptor of the global table is the CPU's number,
/// which LSL tells code under test.
unsafe fn stay() -> Result<(), Refused> {
    // SAFETY: plain system calls on sets of this function's own.
    unsafe {
        let mut allowed: libc::cpu_set_t = std::mem::zeroed();
        let got = libc::sched_getaffinity(0, size_of_val(&allowed), &mut allowed);
        check(i64::from(got), "sched_getaffinity")?;
        let first = (0..libc::CPU_SETSIZE as usize).find(|&n| libc::CPU_ISSET(n, &allowed));
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(first.unwrap_or(0), &mut set);
        check(i64::from(libc::sched_setaffinity(0, size_of_val(&set), &set)), "sched_setaffinity")
    }
}

unsafe fn watchdog() -> Result<(), Refused> {
    let period = libc::timeval { tv_sec: 0, tv_usec: PERIOD_US };
    let timer = libc::itimerval { it_interval: period, it_value: period };
    // SAFETY: a plain system call; its signal has a handler.
    let result = unsafe { libc::setitimer(libc::ITIMER_VIRTUAL, &timer, std::ptr::null_mut()) };
    check(i64::from(result), "setitimer")
}
