//! What user code can see of a CPU, and how a run of it ended.

use crate::layout::{self, Memory};
use std::fmt::{Display, Formatter};

/// The 512 bytes that FXSAVE stores.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(16))]
pub struct Fx(pub [u8; 512]);

impl Fx {
    fn word(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }
    fn dword(&self, at: usize) -> u32 {
        u32::from(self.word(at)) | u32::from(self.word(at + 2)) << 16
    }
    fn put_word(&mut self, at: usize, value: u16) {
        self.0[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    fn put_dword(&mut self, at: usize, value: u32) {
        self.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// x87 control word.
    pub fn control(&self) -> u16 {
        self.word(0)
    }
    /// x87 status word.
    pub fn status(&self) -> u16 {
        self.word(2)
    }
    /// One bit a physical register: not empty.
    pub fn tags(&self) -> u8 {
        self.0[4]
    }
    /// Opcode of the last x87 instruction.
    pub fn opcode(&self) -> u16 {
        self.word(6)
    }
    /// Its offset.
    pub fn ip(&self) -> u32 {
        self.dword(8)
    }
    /// Offset of its operand.
    pub fn dp(&self) -> u32 {
        self.dword(16)
    }
    /// SSE control and status.
    pub fn mxcsr(&self) -> u32 {
        self.dword(24)
    }
    /// ST(`n`): mantissa, sign and exponent.
    pub fn st(&self, n: usize) -> (u64, u16) {
        let at = 32 + 16 * n;
        (u64::from(self.dword(at)) | u64::from(self.dword(at + 4)) << 32, self.word(at + 8))
    }
    /// XMM`n`.
    pub fn xmm(&self, n: usize) -> u128 {
        let at = 160 + 16 * n;
        (0..4).fold(0, |value, k| value | u128::from(self.dword(at + 4 * k)) << (32 * k))
    }

    /// Sets the control word.
    pub fn set_control(&mut self, value: u16) {
        self.put_word(0, value);
    }
    /// Sets the status word.
    pub fn set_status(&mut self, value: u16) {
        self.put_word(2, value);
    }
    /// Sets the abridged tags.
    pub fn set_tags(&mut self, value: u8) {
        self.0[4] = value;
    }
    /// Sets the last instruction's opcode, offset and operand.
    pub fn set_pointers(&mut self, opcode: u16, ip: u32, dp: u32) {
        self.put_word(6, opcode);
        self.put_dword(8, ip);
        self.put_dword(16, dp);
    }
    /// Sets MXCSR.
    pub fn set_mxcsr(&mut self, value: u32) {
        self.put_dword(24, value);
    }
    /// Sets ST(`n`).
    pub fn set_st(&mut self, n: usize, (mantissa, sign_exponent): (u64, u16)) {
        let at = 32 + 16 * n;
        self.0[at..at + 8].copy_from_slice(&mantissa.to_le_bytes());
        self.put_word(at + 8, sign_exponent);
    }
    /// Sets XMM`n`.
    pub fn set_xmm(&mut self, n: usize, value: u128) {
        let at = 160 + 16 * n;
        self.0[at..at + 16].copy_from_slice(&value.to_le_bytes());
    }
}

impl Default for Fx {
    /// After FNINIT, with MXCSR at its reset value.
    fn default() -> Self {
        let mut fx = Fx([0; 512]);
        fx.set_control(0x037F);
        fx.set_mxcsr(0x1F80);
        fx
    }
}

/// The registers.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Registers {
    /// General registers by encoding number.
    pub gpr: [u32; 8],
    /// Instruction pointer.
    pub eip: u32,
    /// Flags.
    pub eflags: u32,
    /// Selectors by encoding number: ES, CS, SS, DS, FS, GS.
    pub seg: [u16; 6],
    /// x87, MMX and SSE.
    pub fx: Fx,
}

/// Code with everything that it starts from.
#[derive(Clone)]
pub struct Case {
    /// The instructions, one after the other from CS:EIP on; the way to [`crate::layout::EXIT`] follows them.
    pub code: Vec<Vec<u8>>,
    /// Registers at its start.
    pub registers: Registers,
    /// All other memory at its start.
    pub memory: Memory,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Behind the last instruction.
    Exit,
    /// With an exception.
    Exception {
        /// Its vector.
        vector: u8,
        /// Its error code, 0 when it has none.
        error: u32,
        /// CR2 of a page fault, otherwise 0.
        cr2: u32,
    },
    /// Not in reasonable time.
    Endless,
    /// In a way that no user code may reach.
    Lost,
}

impl Display for End {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        match self {
            End::Exit => write!(f, "exit"),
            End::Exception { vector: 14, error, cr2 } => write!(f, "#14({error:X}) at {cr2:08X}"),
            End::Exception { vector, error, .. } => write!(f, "#{vector}({error:X})"),
            End::Endless => write!(f, "endless"),
            End::Lost => write!(f, "lost"),
        }
    }
}

/// What a run left behind.
#[derive(Clone)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Registers at its end.
    pub registers: Registers,
    /// Memory at its end.
    pub memory: Memory,
}

impl Case {
    /// The memory at the start: with the code in its place, and behind it the jump to [`layout::EXIT`].
    pub fn image(&self) -> Memory {
        let mut memory = self.memory.clone();
        let Some(cs) = layout::descriptor(self.registers.seg[1]) else { return memory };
        let start = cs.base.wrapping_add(self.registers.eip);
        let exit = [0xEA, 0, 0, 0, 0, layout::selector::LONG as u8, 0];
        let mut bytes: Vec<u8> = self.code.concat();
        if !cs.big {
            bytes.push(0x66);
        }
        bytes.extend(exit);
        let at = bytes.len() - 6;
        bytes[at..at + 4].copy_from_slice(&layout::EXIT.to_le_bytes());
        for (n, byte) in bytes.into_iter().enumerate() {
            if let Some(place) = layout::place(start.wrapping_add(n as u32)) {
                memory[place] = byte;
            }
        }
        memory
    }
}
