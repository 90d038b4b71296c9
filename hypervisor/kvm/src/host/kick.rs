//! Brings a vCPU out of the guest after some host time: one POSIX timer a thread, whose signal asks the vCPU to exit at once.
//!
//! `unsafe` here: the timer's system calls, and a signal handler that stores one byte.

use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

thread_local! {
    /// The byte of the shared page that makes the vCPU exit, while one runs on this thread.
    static FLAG: Cell<*const AtomicU8> = const { Cell::new(std::ptr::null()) };
}

/// A real-time signal, beside those that runtimes and debuggers take.
fn signal() -> libc::c_int {
    libc::SIGRTMIN() + 6
}

extern "C" fn kicked(_: libc::c_int) {
    let flag = FLAG.get();
    if !flag.is_null() {
        // SAFETY: `Watched` keeps the byte alive for as long as the pointer is set, on the thread that runs this handler.
        unsafe { &*flag }.store(1, Ordering::Relaxed);
    }
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: a zeroed sigaction is a valid one; the handler only reads a thread-local and stores a byte.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = kicked as extern "C" fn(libc::c_int) as usize;
            // Other system calls of the thread go on; KVM_RUN comes back all the same.
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal(), &action, null_mut());
        }
    });
}

/// A timer that kicks the vCPU of one thread.
pub(super) struct Timer {
    timer: libc::timer_t,
    thread: libc::pid_t,
    /// When it goes off, as far as it is set.
    at: Option<Instant>,
}

// SAFETY: a timer id may be used from any thread of the process.
unsafe impl Send for Timer {}

impl Timer {
    /// A timer for this thread.
    pub(super) fn new() -> std::io::Result<Timer> {
        install();
        let thread = this_thread();
        // SAFETY: all pointers are to locals that live through the calls; a zeroed sigevent and sigset are valid.
        unsafe {
            let mut wanted: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut wanted);
            libc::sigaddset(&mut wanted, signal());
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &wanted, null_mut());
            let mut event: libc::sigevent = std::mem::zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = signal();
            event.sigev_notify_thread_id = thread;
            let mut timer: libc::timer_t = std::mem::zeroed();
            if libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(Timer { timer, thread, at: None })
        }
    }

    /// Whether it is this thread's.
    pub(super) fn is_here(&self) -> bool {
        self.thread == this_thread()
    }

    /// Goes off after `span`, unless it will before.
    pub(super) fn within(&mut self, span: Duration) {
        let now = Instant::now();
        let at = now + span;
        if self.at.is_some_and(|armed| armed > now && armed <= at) {
            return;
        }
        self.at = Some(at);
        let nanoseconds = span.as_nanos().clamp(1, 1_000_000_000) as libc::c_long;
        self.set(nanoseconds);
    }

    /// Does not go off any more.
    pub(super) fn rest(&mut self) {
        if self.at.take().is_some() {
            self.set(0);
        }
    }

    fn set(&self, nanoseconds: libc::c_long) {
        let zero = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let value =
            libc::timespec { tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000 };
        let when = libc::itimerspec { it_interval: zero, it_value: value };
        // SAFETY: the timer is ours until it is dropped, and `when` lives through the call.
        unsafe { libc::timer_settime(self.timer, 0, &when, null_mut()) };
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: the timer is ours and not used again. A signal that is still on its way finds no flag set.
        unsafe { libc::timer_delete(self.timer) };
    }
}

fn this_thread() -> libc::pid_t {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::gettid() }
}

/// While it lives, a signal on this thread sets a vCPU's byte.
pub(super) struct Watched;

impl Watched {
    /// # Safety
    /// The byte must live, and be accessed by nobody but the kernel and this thread, until this is dropped.
    pub(super) unsafe fn new(flag: *mut u8) -> Watched {
        // SAFETY: AtomicU8 has the layout of u8.
        FLAG.set(flag.cast::<AtomicU8>());
        Watched
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        FLAG.set(std::ptr::null());
    }
}
