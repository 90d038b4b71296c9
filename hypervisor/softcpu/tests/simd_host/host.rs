//! Instructions on the host: each in an executable page, called with all registers loaded.

use super::State;
use std::ffi::c_void;

/// Bytes from one instruction to the next.
const SLOT: usize = 16;
const RET: u8 = 0xC3;

unsafe extern "C" {
    fn mmap(at: *mut c_void, len: usize, protection: i32, flags: i32, file: i32, offset: i64) -> *mut c_void;
}

pub(super) struct Host {
    code: *const u8,
    count: usize,
}

impl Host {
    /// Makes the instructions callable. The mapping lives as long as the process.
    pub(super) fn new(instructions: &[&[u8]]) -> Host {
        const READ_WRITE_EXECUTE: i32 = 7;
        const PRIVATE_ANONYMOUS: i32 = 0x22;
        let len = instructions.len() * SLOT;
        // SAFETY: a fresh anonymous mapping, written inside its bounds only.
        let code = unsafe {
            let code =
                mmap(std::ptr::null_mut(), len, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0).cast::<u8>();
            assert_ne!(code as isize, -1, "no executable memory");
            for (n, bytes) in instructions.iter().enumerate() {
                assert!(bytes.len() < SLOT);
                let slot = code.add(n * SLOT);
                bytes.as_ptr().copy_to_nonoverlapping(slot, bytes.len());
                slot.add(bytes.len()).write(RET);
            }
            code
        };
        Host { code, count: instructions.len() }
    }

    /// Runs instruction `n`, which may touch only what is in `State`.
    pub(super) fn run(&self, n: usize, mut state: State) -> State {
        assert!(n < self.count);
        let usual: u32 = 0x1F80;
        // SAFETY: the slot holds one instruction and a return; it changes the registers named here and `state`.
        unsafe {
            std::arch::asm!(
                "ldmxcsr [rsi + 64]",
                "movups xmm0, [rsi]",
                "movups xmm1, [rsi + 16]",
                "movq mm0, [rsi + 32]",
                "movq mm1, [rsi + 40]",
                "mov rax, [rsi + 48]",
                "mov rcx, [rsi + 56]",
                "lea rdi, [rsi + 80]",
                "push qword ptr [rsi + 68]",
                "popfq",
                "call rdx",
                "pushfq",
                "pop r8",
                "mov [rsi + 68], r8d",
                "stmxcsr [rsi + 64]",
                "movups [rsi], xmm0",
                "movups [rsi + 16], xmm1",
                "movq [rsi + 32], mm0",
                "movq [rsi + 40], mm1",
                "mov [rsi + 48], rax",
                "mov [rsi + 56], rcx",
                "emms",
                "ldmxcsr [{usual}]",
                in("rsi") &raw mut state, in("rdx") self.code.add(n * SLOT), usual = in(reg) &raw const usual,
                out("rax") _, out("rcx") _, out("rdi") _, out("r8") _, out("xmm0") _, out("xmm1") _,
                out("mm0") _, out("mm1") _, out("mm2") _, out("mm3") _,
                out("mm4") _, out("mm5") _, out("mm6") _, out("mm7") _,
                out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
            );
        }
        state.eflags &= super::ARITHMETIC;
        state
    }
}
