//! Blocks: how they are cut, patched and chained makes no difference to the guest.

use super::rig::Rig;
use engine::{CpuState, Exit, Model};

/// A loop that patches an immediate, an opcode and a branch of its own; ends in HLT.
const PATCHER: &[u8] = &[
    0xB9, 0x40, 0x00, // mov cx, 40h
    0x2E, 0x89, 0x0E, 0x0F, 0x00, // l: mov [cs:0Fh], cx (the immediate)
    0x2E, 0x80, 0x36, 0x11, 0x00, 0x08, // xor byte [cs:11h], 8 (INC SI or DEC SI)
    0x05, 0x00, 0x00, // add ax, imm (0Eh)
    0x46, // inc si (11h)
    0xF6, 0xC1, 0x03, // test cl, 3
    0x75, 0x06, // jnz over
    0x2E, 0x80, 0x36, 0x20, 0x00, 0x01, // xor byte [cs:20h], 1 (JZ or JNZ)
    0x90, // over: nop
    0x39, 0xC0, // cmp ax, ax
    0x74, 0x00, // jz to the next (20h)
    0x49, // dec cx
    0x75, 0xDE, // jnz l
    0xF4, // hlt
];

fn run_in_slices(code: &[u8], slice: u64) -> (CpuState, Vec<u8>) {
    let mut rig = Rig::real(Model::Pentium, code);
    for _ in 0..100_000 {
        if rig.step(slice) == Exit::Halted {
            let mut memory = vec![0; code.len()];
            rig.ram.read(0x1_0000, &mut memory);
            return (rig.cpu, memory);
        }
    }
    panic!("the program never halts: {:X?}", rig.cpu);
}

#[test]
fn slices_of_any_length_give_the_same() {
    let whole = run_in_slices(PATCHER, 1_000_000);
    assert!(whole.0.retired > 500, "{}", whole.0.retired);
    for slice in 1..40 {
        assert_eq!(run_in_slices(PATCHER, slice), whole, "in slices of {slice}");
    }
}

#[test]
fn a_comparison_and_its_jump_can_be_cut_apart() {
    // cmp ax, bx / jne +1 / hlt / hlt
    let code = &[0x39, 0xD8, 0x75, 0x01, 0xF4, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    (rig.cpu.gpr[0], rig.cpu.gpr[3]) = (1, 2);
    assert_eq!(rig.step(1), Exit::Due);
    assert_eq!((rig.cpu.eip, rig.cpu.retired), (2, 1));
    assert_eq!(rig.step(1), Exit::Due);
    assert_eq!((rig.cpu.eip, rig.cpu.retired), (5, 2));
}

#[test]
fn the_jump_of_a_pair_faults_at_its_own_address() {
    // cmp eax, eax / je beyond the limit
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x39, 0xC0, 0x74, 0x7E]);
    let at = rig.cpu.eip;
    rig.cpu.seg[1].limit = at + 0x20;
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(1), at + 2, "the saved EIP is the jump's");
    assert_eq!(rig.cpu.retired, 3);
}

#[test]
fn an_instruction_patched_to_another_length_is_decoded_with_its_neighbours() {
    // l: inc ax / inc ax / nop / mov word [cs:0], C031h (xor ax, ax) / loop l / hlt
    let code = &[0x40, 0x40, 0x90, 0x2E, 0xC7, 0x06, 0x00, 0x00, 0x31, 0xC0, 0xE2, 0xF4, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    (rig.cpu.gpr[0], rig.cpu.gpr[1]) = (7, 2);
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0);
    assert_eq!(rig.cpu.retired, 10);
}
