//! Code to run wild: noise, real instructions with random operands, and snippets that change modes and tables.

use crate::chance::Chance;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic};

/// Code of at least `len` bytes for a CPU with a default size of `bits`.
pub(crate) fn stream(chance: &mut Chance, bits: u32, len: usize) -> Vec<u8> {
    if chance.once_in(8) {
        return (0..len).map(|_| chance.byte()).collect();
    }
    let mut code = Vec::with_capacity(len + 16);
    while code.len() < len {
        match chance.below(16) {
            0 => snippet(chance, bits, &mut code),
            _ => instruction(chance, bits, &mut code),
        }
        if chance.once_in(24) {
            // A mutation: the rest of the stream may mean something else now.
            let at = code.len().saturating_sub(1 + chance.below(8) as usize);
            code[at] ^= 1 << chance.below(8);
        }
    }
    code
}

/// Bytes that begin like an instruction.
fn candidate(chance: &mut Chance) -> [u8; 15] {
    let mut bytes = [0; 15];
    bytes.fill_with(|| chance.byte());
    let mut at = 0;
    for (odds, prefixes) in [
        (8, &[0x66][..]),
        (8, &[0x67]),
        (12, &[0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65]),
        (10, &[0xF2, 0xF3]),
        (64, &[0xF0]),
    ] {
        if chance.once_in(odds) {
            bytes[at] = chance.of(prefixes);
            at += 1;
        }
    }
    match chance.below(8) {
        0..=2 => bytes[at] = 0x0F,
        3 => bytes[at] = 0xD8 | chance.byte() & 7,
        _ => {}
    }
    bytes
}

/// A valid instruction whose branch stays near and whose displacement stays low, so that it does something.
fn instruction(chance: &mut Chance, bits: u32, code: &mut Vec<u8>) {
    for _ in 0..20 {
        let mut bytes = candidate(chance);
        let mut decoder = Decoder::new(bits, &bytes, DecoderOptions::NONE);
        let ins = decoder.decode();
        if ins.is_invalid() || !wanted(chance, &ins) {
            continue;
        }
        let constants = decoder.get_constant_offsets(&ins);
        let near = matches!(
            ins.flow_control(),
            FlowControl::ConditionalBranch | FlowControl::UnconditionalBranch | FlowControl::Call
        );
        if near && ins.is_jmp_short_or_near() || ins.is_call_near() || ins.is_jcc_near() {
            for n in 1..constants.immediate_size() {
                bytes[constants.immediate_offset() + n] = 0;
            }
        }
        if constants.displacement_size() == 4 && !chance.once_in(16) {
            let at = constants.displacement_offset();
            bytes[at + 2] &= 0x1F;
            bytes[at + 3] = 0;
        }
        code.extend(&bytes[..ins.len()]);
        return;
    }
}

/// Most of what leaves the stream or stops the CPU is left out, not all.
fn wanted(chance: &mut Chance, ins: &Instruction) -> bool {
    match ins.flow_control() {
        FlowControl::Next | FlowControl::ConditionalBranch => {
            let mode = matches!(ins.mnemonic(), Mnemonic::Lmsw | Mnemonic::Lidt | Mnemonic::Lgdt)
                || ins.op0_register().is_cr();
            ins.mnemonic() != Mnemonic::Hlt && !mode || chance.once_in(16)
        }
        FlowControl::UnconditionalBranch | FlowControl::Call => chance.once_in(3),
        _ => chance.once_in(8),
    }
}

/// Selectors of the world's tables, and some of nothing.
fn selector(chance: &mut Chance) -> u16 {
    let table = if chance.once_in(4) { 4 } else { 0 };
    (chance.below(32) * 8) as u16 | table | (chance.byte() & 3) as u16
}

/// A few instructions that go together. Written for the default size; the other size makes other ones of them.
fn snippet(chance: &mut Chance, bits: u32, code: &mut Vec<u8>) {
    let [a, b, c, d]: [u8; 4] = std::array::from_fn(|_| chance.byte());
    let [low, high] = selector(chance).to_le_bytes();
    // `mov eax, imm32` in either size.
    let mov_eax: &[u8] = if bits == 16 { &[0x66, 0xB8] } else { &[0xB8] };
    let mov_cx: &[u8] = if bits == 16 { &[0xB9] } else { &[0x66, 0xB9] };
    match chance.below(13) {
        // mov ax, selector; mov sreg, ax
        0 | 1 => {
            code.extend(if bits == 16 { &[0xB8][..] } else { &[0x66, 0xB8] });
            code.extend([low, high, 0x8E, 0xC0 | (a % 6) << 3]);
        }
        // call or jmp far
        2 => {
            code.extend([chance.of(&[0x9A, 0xEA]), a, b & 0x1F]);
            code.extend(if bits == 16 { &[][..] } else { &[1, 0] });
            code.extend([low, high]);
        }
        // int n
        3 => code.extend([0xCD, a]),
        // Flags: pushf; xor [esp or bp], bits; popf
        4 => {
            code.push(0x9C);
            code.extend(if bits == 16 {
                &[0x55, 0x89, 0xE5, 0x81, 0x76, 2][..]
            } else {
                &[0x81, 0x34, 0x24]
            });
            code.extend([a, b & 0x7D]);
            code.extend(if bits == 16 { vec![0x5D] } else { vec![c & 0x1F, 0] });
            code.push(0x9D);
        }
        // A control register: one bit of it
        5 => {
            let register = chance.of(&[0xC0, 0xC0, 0xD8, 0xE0]);
            code.extend([0x0F, 0x20, register, 0x66, 0x0F, 0xBA, 0xF8, a % 16, 0x0F, 0x22, register]);
        }
        // A debug register
        6 => {
            code.extend(mov_eax);
            code.extend([a, b, if c & 1 == 0 { 0 } else { c }, if d & 1 == 0 { 0 } else { d }]);
            code.extend([0x0F, 0x23, chance.of(&[0xC0, 0xC8, 0xD0, 0xD8, 0xF0, 0xF8])]);
        }
        // rep string
        7 => {
            code.extend(mov_cx);
            code.extend([a, b & 0xF, chance.of(&[0xF2, 0xF3])]);
            code.push(
                chance.of(&[
                    0xA4, 0xA5, 0xA6, 0xA7, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF, 0x6C, 0x6D, 0x6E, 0x6F,
                ]),
            );
        }
        // A write to code near by
        8 => code.extend(if bits == 16 {
            vec![0x2E, 0x80, 0x36, a, b & 0x1F, c]
        } else {
            vec![0x80, 0x35, a, b & 0x1F, 1, 0, c]
        }),
        // An MSR
        9 => {
            let number =
                chance.of(&[0x10, 0x1B, 0x174, 0x175, 0x176, 0x277, 0x1A0, u16::from(a)]).to_le_bytes();
            if bits == 16 {
                code.push(0x66);
            }
            code.extend([0xB9, number[0], number[1], 0, 0, 0x0F, chance.of(&[0x30, 0x32])]);
        }
        // A table register or selector check: 0F 00 and 0F 01 with a register or the address in EBX
        10 => code.extend([0x0F, a & 1, chance.of(&[0xC3, 0x03]) | b & 0x38]),
        // sysenter, sysexit, rsm, fxsave, ud2, invlpg, cpuid, loadall
        11 => code.extend([
            0x0F,
            chance.of(&[0x34, 0x35, 0xAA, 0xAE, 0x0B, 0x01, 0xA2, 0x05, 0x07]),
            0x07 | a & 0x38,
        ]),
        // ports
        _ => code.extend([chance.of(&[0xE4, 0xE5, 0xE6, 0xE7]), a, chance.of(&[0xEC, 0xED, 0xEE, 0xEF])]),
    }
}
