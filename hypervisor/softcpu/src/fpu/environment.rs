//! The environment and state images of FSTENV, FLDENV, FSAVE and FRSTOR.
//!
//! Follows: Intel SDM vol. 1, section 8.1.10, figures 8-9 to 8-12.

use super::float::{Class, class};
use super::regs::{Control, Status, TOP_SHIFT};
use engine::{F80, Fpu};

/// Which of the four layouts.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// 32-bit operand size.
    pub(crate) wide: bool,
    /// Protected mode (not real, not virtual-8086).
    pub(crate) protected: bool,
}

/// The longest environment.
pub(crate) const LONGEST: usize = 28;
/// The longest state image.
pub(crate) const LONGEST_STATE: usize = LONGEST + 8 * REGISTER;
/// Bytes of one register in a state image.
pub(crate) const REGISTER: usize = 10;
/// Tag of an empty register.
pub(super) const EMPTY: u16 = 3;

impl Layout {
    /// Bytes of the environment.
    pub(crate) fn len(self) -> usize {
        if self.wide { LONGEST } else { LONGEST / 2 }
    }

    /// Bytes of the state: the environment and the registers.
    pub(crate) fn state_len(self) -> usize {
        self.len() + 8 * REGISTER
    }

    /// Writes the environment; unused upper halves are ones.
    pub(crate) fn store(self, fpu: &Fpu) -> [u8; LONGEST] {
        let (ip, dp) =
            if self.protected { (fpu.ip, fpu.dp) } else { (linear(fpu.cs, fpu.ip), linear(fpu.ds, fpu.dp)) };
        let opcode = u32::from(fpu.opcode & 0x7FF);
        let high = |address: u32, with: u32| address >> 16 << 12 | with;
        let words = if self.protected {
            let cs = u32::from(fpu.cs) | if self.wide { opcode << 16 } else { 0 };
            [ip, cs, dp, u32::from(fpu.ds) | 0xFFFF_0000]
        } else {
            [ip & 0xFFFF | 0xFFFF_0000, high(ip, opcode), dp & 0xFFFF | 0xFFFF_0000, high(dp, 0)]
        };
        let control = [fpu.control, fpu.status, tag_word(fpu)].map(|w| u32::from(w) | 0xFFFF_0000);
        let mut image = [0; LONGEST];
        for (n, value) in control.iter().chain(&words).enumerate() {
            if self.wide {
                image[4 * n..4 * n + 4].copy_from_slice(&value.to_le_bytes());
            } else {
                image[2 * n..2 * n + 2].copy_from_slice(&(*value as u16).to_le_bytes());
            }
        }
        image
    }

    /// Reads the environment.
    pub(crate) fn load(self, fpu: &mut Fpu, image: &[u8; LONGEST]) {
        let word = |n: usize| {
            if self.wide {
                u32::from_le_bytes([image[4 * n], image[4 * n + 1], image[4 * n + 2], image[4 * n + 3]])
            } else {
                u32::from(u16::from_le_bytes([image[2 * n], image[2 * n + 1]]))
            }
        };
        set_control(fpu, word(0) as u16);
        fpu.status = word(1) as u16;
        fpu.tags = word(2) as u16;
        if self.protected {
            (fpu.ip, fpu.cs, fpu.dp, fpu.ds) = (word(3), word(4) as u16, word(5), word(6) as u16);
            // The narrow image has no opcode.
            fpu.opcode = if self.wide { (word(4) >> 16) as u16 & 0x7FF } else { 0 };
        } else {
            (fpu.ip, fpu.cs) = (word(3) & 0xFFFF | word(4) >> 12 << 16, 0);
            (fpu.dp, fpu.ds) = (word(5) & 0xFFFF | word(6) >> 12 << 16, 0);
            fpu.opcode = word(4) as u16 & 0x7FF;
        }
        summarise(fpu);
    }

    /// Writes the state: the environment, then the registers from ST(0) on.
    pub(crate) fn store_state(self, fpu: &Fpu) -> [u8; LONGEST_STATE] {
        let mut image = [0; LONGEST_STATE];
        image[..LONGEST].copy_from_slice(&self.store(fpu));
        for (i, bytes) in image[self.len()..].chunks_exact_mut(REGISTER).take(8).enumerate() {
            bytes.copy_from_slice(&to_bytes(fpu.st[(top(fpu) + i) & 7]));
        }
        image
    }

    /// Reads the state.
    pub(crate) fn load_state(self, fpu: &mut Fpu, image: &[u8; LONGEST_STATE]) {
        let (environment, _) = image.split_first_chunk().unwrap_or((&[0; LONGEST], &[]));
        self.load(fpu, environment);
        for (i, bytes) in image[self.len()..].as_chunks().0.iter().take(8).enumerate() {
            let n = (top(fpu) + i) & 7;
            fpu.st[n] = from_bytes(*bytes);
        }
    }
}

/// FNINIT: the registers' contents stay, but all are empty.
pub(crate) fn initialise(fpu: &mut Fpu) {
    *fpu = Fpu { st: fpu.st, ..Fpu::default() };
}

fn linear(selector: u16, offset: u32) -> u32 {
    (u32::from(selector) << 4).wrapping_add(offset)
}

/// Sets the control word's writable bits.
pub(crate) fn set_control(fpu: &mut Fpu, value: u16) {
    fpu.control = value & Control::WRITABLE | Control::ALWAYS;
    summarise(fpu);
}

/// ES and BUSY follow the unmasked exceptions.
pub(super) fn summarise(fpu: &mut Fpu) {
    let summary = (Status::ES | Status::BUSY).bits();
    fpu.status &= !summary;
    if fpu.status & !fpu.control & Status::EXCEPTIONS.bits() != 0 {
        fpu.status |= summary;
    }
}

/// The tag word as it is stored: empty registers are remembered, the others are looked at.
pub(super) fn tag_word(fpu: &Fpu) -> u16 {
    (0..8).fold(0, |word, n| {
        let tag = match fpu.tags >> (2 * n) & 3 {
            EMPTY => EMPTY,
            _ => match class(fpu.st[n]) {
                Class::Normal => 0,
                Class::Zero => 1,
                _ => 2,
            },
        };
        word | tag << (2 * n)
    })
}

/// A register as ten bytes.
pub(crate) fn to_bytes(f: F80) -> [u8; REGISTER] {
    let mut bytes = [0; REGISTER];
    bytes[..8].copy_from_slice(&f.mantissa.to_le_bytes());
    bytes[8..].copy_from_slice(&f.sign_exponent.to_le_bytes());
    bytes
}

/// Ten bytes as a register.
pub(crate) fn from_bytes(bytes: [u8; REGISTER]) -> F80 {
    let [m0, m1, m2, m3, m4, m5, m6, m7, s0, s1] = bytes;
    F80 {
        mantissa: u64::from_le_bytes([m0, m1, m2, m3, m4, m5, m6, m7]),
        sign_exponent: u16::from_le_bytes([s0, s1]),
    }
}

/// TOP.
pub(super) fn top(fpu: &Fpu) -> usize {
    (fpu.status >> TOP_SHIFT & 7) as usize
}
