//! One random instruction.

use super::start::Environment;
use super::{Family, offset_in};
use crate::differences::{excluded, is_vector};
use crate::layout;
use crate::random::Random;
use iced_x86::{
    Code, CpuidFeature, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register,
};

/// An instruction, and which of its bytes say where it branches.
pub(super) struct Unit {
    pub(super) bytes: Vec<u8>,
    branch: Branch,
}

#[derive(Clone, Copy)]
enum Branch {
    None,
    /// A distance of so many bytes at the end.
    Near(usize),
    /// An offset of so many bytes and a selector at the end.
    Far(usize),
}

impl Unit {
    /// Makes a branch go to `target`; the unit itself lies at `at`.
    pub(super) fn point(&mut self, at: u32, target: u32, cs: u16) {
        let len = self.bytes.len();
        match self.branch {
            Branch::None => {}
            Branch::Near(size) => {
                let distance = target.wrapping_sub(at.wrapping_add(len as u32));
                self.bytes[len - size..].copy_from_slice(&distance.to_le_bytes()[..size]);
            }
            Branch::Far(size) => {
                self.bytes[len - 2 - size..len - 2].copy_from_slice(&target.to_le_bytes()[..size]);
                self.bytes[len - 2..].copy_from_slice(&cs.to_le_bytes());
            }
        }
    }
}

/// A random instruction that the preset has.
pub(super) fn unit(random: &mut Random, environment: &Environment) -> Unit {
    loop {
        let mut bytes = [0; 15];
        random_bytes(random, environment.family, &mut bytes);
        let bitness = if environment.big() { 32 } else { 16 };
        let mut decoder = Decoder::new(bitness, &bytes, DecoderOptions::NONE);
        let ins = decoder.decode();
        if ins.is_invalid() {
            if random.one_in(60) && refused_everywhere(&bytes) {
                return Unit { bytes: bytes.to_vec(), branch: Branch::None };
            }
            continue;
        }
        let foreign = match environment.family {
            Family::Integer => is_float(&ins) || is_vector(&ins),
            Family::Float => is_vector(&ins),
            Family::Vector => is_float(&ins),
        };
        if foreign || excluded(&ins).is_some() || !random.one_in(rarity(&ins)) {
            continue;
        }
        let places = decoder.get_constant_offsets(&ins);
        if places.has_displacement() && places.displacement_size() > 1 && !random.one_in(8) {
            let displacement = displacement(random, environment, &ins).to_le_bytes();
            let (at, size) = (places.displacement_offset(), places.displacement_size());
            bytes[at..at + size].copy_from_slice(&displacement[..size]);
        }
        if places.has_immediate() {
            let (at, size) = (places.immediate_offset(), places.immediate_size());
            let value = random.integer(8 * size.min(8) as u32).to_le_bytes();
            bytes[at..at + size].copy_from_slice(&value[..size]);
        }
        // A changed immediate may have become something else: INT 80h.
        let ins = Decoder::new(bitness, &bytes, DecoderOptions::NONE).decode();
        if ins.is_invalid() || excluded(&ins).is_some() {
            continue;
        }
        return Unit { bytes: bytes[..ins.len()].to_vec(), branch: branch(&ins) };
    }
}

/// Encodings that no CPU has ever given a meaning in compatibility mode.
fn refused_everywhere(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x0F, 0x0B])
        || matches!(bytes[0], 0xFE | 0xFF | 0x8F | 0xC6 | 0xC7 | 0x8C | 0x8E | 0x8D)
}

/// Prefixes, an opcode, and random bytes behind it.
fn random_bytes(random: &mut Random, family: Family, bytes: &mut [u8; 15]) {
    for chunk in bytes.chunks_mut(8) {
        chunk.copy_from_slice(&random.qword().to_le_bytes()[..chunk.len()]);
    }
    let mut at = 0;
    let mut prefix = |byte, at: &mut usize| {
        bytes[*at] = byte;
        *at += 1;
    };
    if random.one_in(6) {
        prefix(0x66, &mut at);
    }
    if random.one_in(12) {
        prefix(0x67, &mut at);
    }
    if random.one_in(10) {
        prefix(random.pick(&[0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65]), &mut at);
    }
    if random.one_in(16) {
        prefix(random.pick(&[0xF2, 0xF3]), &mut at);
    }
    if random.one_in(40) {
        prefix(0xF0, &mut at);
    }
    match (family, random.below(16)) {
        (Family::Float, 0..=10) => prefix(0xD8 | random.below(8) as u8, &mut at),
        (Family::Vector, 0..=12) => {
            if let Some(mandatory) = random.pick(&[None, Some(0x66), Some(0xF2), Some(0xF3)]) {
                prefix(mandatory, &mut at);
            }
            prefix(0x0F, &mut at);
        }
        (_, 11..=15) => prefix(0x0F, &mut at),
        _ => {}
    }
}

/// Once in how many times an instruction is taken.
fn rarity(ins: &Instruction) -> u32 {
    use Mnemonic as M;
    if ins.is_privileged() || loads_segment(ins) {
        return 6;
    }
    match ins.mnemonic() {
        M::Hlt | M::In | M::Out | M::Insb | M::Insw | M::Insd | M::Outsb | M::Outsw | M::Outsd => 12,
        M::Cli | M::Sti | M::Int | M::Int1 | M::Int3 | M::Iret | M::Iretd | M::Retf => 8,
        M::Ret | M::Bound | M::Into | M::Arpl => 3,
        _ if ins.flow_control() == FlowControl::ConditionalBranch => 3,
        _ => 1,
    }
}

fn is_float(ins: &Instruction) -> bool {
    use CpuidFeature as C;
    ins.cpuid_features().iter().any(|f| matches!(f, C::FPU | C::FPU287 | C::FPU387))
}

fn loads_segment(ins: &Instruction) -> bool {
    use Mnemonic as M;
    let to_segment = ins.op_count() > 0
        && ins.op0_kind() == OpKind::Register
        && ins.op0_register().is_segment_register()
        && ins.mnemonic() != M::Push;
    to_segment || matches!(ins.mnemonic(), M::Les | M::Lds | M::Lss | M::Lfs | M::Lgs)
}

/// A displacement with which the operand lies in a window, if the registers are still as at the start.
fn displacement(random: &mut Random, environment: &Environment, ins: &Instruction) -> u32 {
    let segment = match ins.memory_segment() {
        Register::None => Register::DS,
        segment => segment,
    };
    let selector = environment.segments[segment.number()];
    let target = match layout::descriptor(selector) {
        Some(segment) => offset_in(random, &segment),
        None => random.below(0x2000),
    };
    let value = |register: Register| match register {
        Register::None => 0,
        register => environment.gpr[register.number()],
    };
    let index = value(ins.memory_index()).wrapping_mul(ins.memory_index_scale());
    target.wrapping_sub(value(ins.memory_base())).wrapping_sub(index)
}

fn branch(ins: &Instruction) -> Branch {
    let far = |offset| Branch::Far(offset);
    match ins.op0_kind() {
        _ if ins.op_count() == 0 => Branch::None,
        OpKind::FarBranch16 => far(2),
        OpKind::FarBranch32 => far(4),
        OpKind::NearBranch16 | OpKind::NearBranch32 => Branch::Near(distance_bytes(ins)),
        _ => Branch::None,
    }
}

fn distance_bytes(ins: &Instruction) -> usize {
    let short =
        ins.is_jcc_short() || ins.is_jmp_short() || ins.is_loop() || ins.is_loopcc() || ins.is_jcx_short();
    match ins.code() {
        _ if short => 1,
        Code::Jmp_rel8_16 | Code::Jmp_rel8_32 => 1,
        _ if ins.op0_kind() == OpKind::NearBranch16 => 2,
        _ => 4,
    }
}
