//! Decoded code and who may overwrite it.

use super::rig::{CODE, Rig};
use engine::{Exit, Model};

#[test]
fn data_beside_code_leaves_the_loop_alone() {
    // l: inc word [cs:100h] / loop l / hlt
    let code = &[0x2E, 0xFF, 0x06, 0x00, 0x01, 0xE2, 0xF9, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[1] = 1000;
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.ram.read_u16(CODE as usize + 0x100), 1000);
    assert_eq!(rig.cpu.retired, 2001);
}

#[test]
fn a_loop_that_patches_itself_runs_each_version_once() {
    // The immediate of ADD grows by one each time around.
    // l: add ax, 1 / inc byte [cs:2] / loop l / hlt
    let code = &[0x83, 0xC0, 0x01, 0x2E, 0xFE, 0x06, 0x02, 0x00, 0xE2, 0xF6, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[1] = 10;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], (1..=10u32).sum::<u32>());
}

#[test]
fn code_that_dma_brought_replaces_what_ran_before() {
    // l: inc ax / jmp l
    let code = &[0x40, 0xE9, 0xFC, 0xFF];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.step(10);
    assert_eq!(rig.cpu.gpr[0], 5);
    rig.ram.write(CODE as usize, &[0x48]);
    rig.step(10);
    assert_eq!(rig.cpu.gpr[0], 0);
}

#[test]
fn a_string_store_over_code_is_seen() {
    // call 40h / mov al, 48h / mov di, 40h / mov cx, 3 / rep stosb / call 40h / hlt
    let code = &[
        0xE8, 0x3D, 0x00, 0xB0, 0x48, 0xBF, 0x40, 0x00, 0xB9, 0x03, 0x00, 0xF3, 0xAA, 0xE8, 0x30, 0x00, 0xF4,
    ];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.seg[0] = rig.cpu.seg[3];
    rig.cpu.seg[0].base = CODE;
    // 40h: three times INC AX, RET
    rig.ram.write(CODE as usize + 0x40, &[0x40, 0x40, 0x40, 0xC3]);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.cpu.gpr[0] & 0xFF, 0x45, "three times INC, AL = 48h, three times DEC");
}

#[test]
fn an_instruction_across_two_pages_runs_and_sees_changes_of_either() {
    let mut rig = Rig::real(Model::Pentium, &[]);
    // mov ax, 1234h / hlt, from the last byte of a page on
    rig.ram.write(CODE as usize + 0xFFF, &[0xB8, 0x34, 0x12, 0xF4]);
    rig.cpu.eip = 0xFFF;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0x1234);
    rig.ram.write_u8(CODE as usize + 0x1001, 0x56);
    rig.cpu.eip = 0xFFF;
    rig.cpu.halted = false;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0x5634);
}

#[test]
fn two_runs_of_any_length_end_in_the_same_state() {
    // l: add ax, bx / rol bx, 3 / push ax / pop dx / mov [si], dx / add si, 2 / cmp ax, si / jb l / xor bx, ax / jmp l
    let code = &[
        0x01, 0xD8, 0xC1, 0xC3, 0x03, 0x50, 0x5A, 0x89, 0x14, 0x83, 0xC6, 0x02, 0x39, 0xF0, 0x0F, 0x82, 0xEE,
        0xFF, 0x31, 0xC3, 0xE9, 0xE9, 0xFF,
    ];
    let mut whole = Rig::real(Model::Pentium, code);
    whole.cpu.gpr[3] = 0x1357;
    whole.step(5000);
    let mut pieces = Rig::real(Model::Pentium, code);
    pieces.cpu.gpr[3] = 0x1357;
    for n in [1, 2, 3, 5, 7, 11, 13, 958, 1000, 3000] {
        pieces.step(n);
    }
    assert_eq!(whole.cpu, pieces.cpu);
}

#[test]
fn a_change_behind_an_invalid_opcode_makes_a_new_instruction() {
    // FF /7 is #UD; mov byte [1001h], 0C0h makes it `inc ax`.
    let mut rig =
        Rig::real(Model::Pentium, &[0xC6, 0x06, 0x09, 0x00, 0xC0, 0xEB, 0x01, 0x90, 0xFF, 0xFF, 0xF4]);
    for n in [0, 3, 4, 5] {
        rig.cpu.seg[n] = rig.cpu.seg[1];
    }
    rig.cpu.eip = 8;
    assert_eq!(rig.vector(), 6);
    rig.cpu.seg[1] = rig.cpu.seg[3];
    rig.cpu.eip = 0;
    rig.cpu.halted = false;
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((rig.cpu.gpr[0] & 0xFFFF, rig.cpu.eip), (1, 11));
}

#[test]
fn a_repeated_instruction_leaves_no_more_time_to_its_block_than_there_is() {
    // rep lodsb / nop / nop / nop
    let mut rig = Rig::real(Model::Pentium, &[0xF3, 0xAC, 0x90, 0x90, 0x90]);
    rig.cpu.gpr[1] = 8;
    assert_eq!(rig.step(10), Exit::Due);
    assert_eq!((rig.cpu.retired, rig.cpu.eip), (10, 4));
}
