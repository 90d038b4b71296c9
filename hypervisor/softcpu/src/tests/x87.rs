//! The x87 as the CPU sees it: pending exceptions, faults of memory operands, images, and the pointers to the last instruction.

use super::rig::Rig;
use crate::fault::vector;
use engine::{CrZero, Exit, F80, Fpu, Model};

const ES: u16 = 0x80;
const IE: u16 = 1;
const ZE: u16 = 4;
const STACK_OVERFLOW: u16 = 0x241;

/// Real mode with the unit as FNINIT leaves it.
fn real(model: Model, code: &[u8]) -> Rig {
    let mut rig = Rig::real(model, code);
    rig.cpu.fpu = Fpu::default();
    rig
}

#[test]
fn cpu_08_a_ninth_push_is_a_stack_overflow_and_leaves_the_indefinite() {
    // fld1, nine times
    let mut rig = real(Model::Pentium, &[0xD9, 0xE8].repeat(9));
    rig.step(9);
    assert_eq!(rig.cpu.fpu.status & 0x7F | rig.cpu.fpu.status & 0x200, STACK_OVERFLOW);
    assert_eq!(rig.cpu.fpu.st[7], F80 { mantissa: 0xC000_0000_0000_0000, sign_exponent: 0xFFFF });
}

/// fldcw [0]; fld1; fldz; fdivp; fwait, with division by zero unmasked.
fn division_by_zero(native: bool) -> Rig {
    let code = [0xD9, 0x2E, 0, 0, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B, 0x90];
    let mut rig = real(Model::Pentium, &code);
    rig.ram.write(0x2_0000, &0x037Bu16.to_le_bytes());
    if native {
        rig.cpu.cr0 |= CrZero::NE.bits();
    }
    rig
}

#[test]
fn cpu_08_an_unmasked_exception_keeps_the_operands_and_is_reported_by_the_next_instruction() {
    let mut rig = division_by_zero(true);
    rig.step(4);
    assert_eq!(rig.cpu.fpu.status & (ES | ZE), ES | ZE);
    assert_eq!(rig.cpu.fpu.status >> 11 & 7, 6, "nothing was popped");
    rig.board.due = 100;
    assert_eq!(rig.vector(), vector::FPU);
}

#[test]
fn cpu_08_without_ne_a_pending_exception_raises_ferr_and_goes_on() {
    let mut rig = division_by_zero(false);
    rig.step(6);
    assert_eq!((rig.board.ferr, rig.cpu.eip), (1, 12));
    assert_eq!(rig.cpu.fpu.status & (ES | ZE), ES | ZE);
}

/// A page without rights behind the operand's first bytes; `code` runs with EBX at them.
fn with_a_hole(code: &[u8]) -> Rig {
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.page();
    rig.cpu.gpr[3] = 0x5_0FFA;
    rig.ram.write_u32(Rig::pte(0x5_1000), 0);
    rig.cpu.fpu.status = 5 << 11;
    rig.cpu.fpu.tags = 0x03FF;
    rig.cpu.fpu.st[5] = F80 { mantissa: 0x8765_4321 << 32, sign_exponent: 0x4001 };
    rig
}

#[test]
fn cpu_08_a_page_fault_leaves_unit_and_memory_as_they_were() {
    // fstp qword, fstp tbyte, fbstp, fistp qword, fnsave, fnstenv, fld qword, fld tbyte, frstor, fldenv, fadd qword [ebx]
    for code in [0x1BDD, 0x3BDB, 0x33DF, 0x3BDF, 0x33DD, 0x33D9, 0x03DD, 0x2BDB, 0x23DD, 0x23D9, 0x03DCu16] {
        let mut rig = with_a_hole(&code.to_le_bytes());
        let before = rig.cpu.fpu.clone();
        assert_eq!(rig.vector(), vector::PAGE, "{code:04X}");
        assert_eq!(rig.cpu.fpu, before, "{code:04X}");
        assert_eq!(rig.ram.read_u32(0x5_0FFA), 0, "{code:04X}");
    }
}

#[test]
fn cpu_08_state_images_of_all_four_layouts_come_back() {
    for (protected, prefix) in [(false, false), (false, true), (true, false), (true, true)] {
        // fldpi; fldz; fld dword [bx or ebx]; fnsave [..]; frstor [..]
        let mut code = vec![0xD9, 0xEB, 0xD9, 0xEE];
        let memory: [[u8; 2]; 3] = if protected {
            [[0xD9, 0x03], [0xDD, 0x33], [0xDD, 0x23]]
        } else {
            [[0xD9, 0x07], [0xDD, 0x37], [0xDD, 0x27]]
        };
        for form in memory {
            if prefix {
                code.push(0x66);
            }
            code.extend(form);
        }
        let mut rig =
            if protected { Rig::protected(Model::Pentium, 0, &code) } else { real(Model::Pentium, &code) };
        rig.cpu.fpu = Fpu::default();
        rig.cpu.gpr[3] = 0x4000;
        rig.step(3);
        let before = rig.cpu.fpu.clone();
        rig.step(1);
        assert_eq!((rig.cpu.fpu.tags, rig.cpu.fpu.ip), (0xFFFF, 0), "initialised");
        rig.step(1);
        let after = &rig.cpu.fpu;
        assert_eq!((after.st, after.control, after.status), (before.st, before.control, before.status));
        let linear = |selector: u16, offset: u32| (u32::from(selector) << 4) + offset;
        // 16-bit protected-mode images have 16-bit offsets; real-mode images have linear addresses.
        let expected = match (protected, prefix) {
            (false, _) => (linear(before.cs, before.ip), linear(before.ds, before.dp)),
            (true, true) => (before.ip & 0xFFFF, before.dp & 0xFFFF),
            (true, false) => (before.ip, before.dp),
        };
        assert_eq!((after.ip, after.dp), expected, "protected {protected}, prefix {prefix}");
    }
}

#[test]
fn cpu_08_fnstenv_masks_all_exceptions_after_storing() {
    // fldcw [0]; fnstenv [10h]
    let mut rig = real(Model::Pentium, &[0xD9, 0x2E, 0, 0, 0xD9, 0x36, 0x10, 0]);
    rig.ram.write(0x2_0000, &0x0340u16.to_le_bytes());
    rig.step(2);
    assert_eq!(rig.ram.read_u16(0x2_0010), 0x0340);
    assert_eq!(rig.cpu.fpu.control, 0x037F);
}

#[test]
fn cpu_08_control_instructions_keep_the_pointers_to_the_last_other_one() {
    // fld dword [4]; fnstcw [8]; fnstsw ax; fldcw [8]
    let code = [0xD9, 0x06, 4, 0, 0xD9, 0x3E, 8, 0, 0xDF, 0xE0, 0xD9, 0x2E, 8, 0];
    let mut rig = real(Model::Pentium, &code);
    rig.step(4);
    let fpu = &rig.cpu.fpu;
    assert_eq!((fpu.opcode, fpu.ip, fpu.cs, fpu.dp, fpu.ds), (0x106, 0, 0x1000, 4, 0x2000));
}

#[test]
fn cpu_08_a_pentium_4_keeps_the_opcode_of_unmasked_exceptions_only() {
    // fld1; fldz; fdivp: section 8.1.9.1 of the manual's first volume
    let code = [0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9];
    for (model, control, compatible, opcode) in [
        (Model::Pentium3, 0x037F, false, 0x6F9),
        (Model::Pentium4, 0x037F, false, 0),
        (Model::Pentium4, 0x037F, true, 0x6F9),
        (Model::Pentium4, 0x037B, false, 0x6F9),
    ] {
        let mut rig = real(model, &code);
        rig.cpu.fpu.control = control;
        rig.cpu.msr.misc_enable = if compatible { 4 } else { 0 };
        rig.step(3);
        assert_eq!(rig.cpu.fpu.opcode, opcode, "{model:?} {control:04x} {compatible}");
    }
}

#[test]
fn cpu_08_an_operand_that_straddles_the_segments_end_is_a_protection_fault() {
    // fld qword [fffch]
    let mut rig = real(Model::Pentium, &[0xDD, 0x06, 0xFC, 0xFF]);
    assert_eq!(rig.vector(), vector::PROTECTION);
}

#[test]
fn cpu_08_fcomi_clears_the_flags_it_does_not_set() {
    // fld1; fldz; fcomi st0,st1
    let mut rig = real(Model::Pentium2, &[0xD9, 0xE8, 0xD9, 0xEE, 0xDB, 0xF1]);
    rig.cpu.eflags |= 0x8D5;
    assert_eq!(rig.step(3), Exit::Due);
    assert_eq!(rig.cpu.eflags & 0x8D5, 1, "zero is less than one");
}

#[test]
fn cpu_08_an_unmasked_fcomi_clears_those_flags_and_keeps_the_others() {
    // fcomi st0, st1: both are empty and that is unmasked.
    let mut rig = real(Model::Pentium2, &[0xDB, 0xF1]);
    rig.cpu.fpu.control = 0x037E;
    rig.cpu.eflags |= 0x8D5;
    rig.step(1);
    assert_eq!(rig.cpu.eflags & 0x8D5, 0x45);
}

#[test]
fn cpu_08_fcmov_of_an_empty_register_underflows_whatever_the_condition() {
    // fcmovb st0, st1 with CF clear.
    let mut rig = real(Model::Pentium2, &[0xDA, 0xC1]);
    rig.step(1);
    assert_eq!(rig.cpu.fpu.status & 0x41, 0x41);
    assert_eq!(rig.cpu.fpu.st[0], F80 { mantissa: 0xC000_0000_0000_0000, sign_exponent: 0xFFFF });
}

#[test]
fn cpu_08_fstpnce_of_an_empty_register_only_pops() {
    // fstpnce st3
    let mut rig = real(Model::Pentium, &[0xD9, 0xDB]);
    let before = rig.cpu.fpu.clone();
    rig.step(1);
    assert_eq!((rig.cpu.fpu.status, rig.cpu.fpu.tags), (1 << 11, before.tags));
    assert_eq!(rig.cpu.fpu.st, before.st);
}

#[test]
fn cpu_08_a_store_with_an_unmasked_exception_faults_on_its_memory_first() {
    // fstp qword, fstp tbyte, fistp qword [ebx]
    for code in [0x1BDD, 0x3BDB, 0x3BDFu16] {
        let mut rig = with_a_hole(&code.to_le_bytes());
        rig.cpu.fpu.control = 0x0340;
        rig.cpu.fpu.tags = 0xFFFF;
        assert_eq!(rig.vector(), vector::PAGE, "{code:04X}");
        assert_eq!(rig.cpu.fpu.status & IE, 0, "{code:04X}");
    }
}

#[test]
fn cpu_08_an_unmasked_invalid_store_writes_nothing() {
    // fldcw [0]; fist word [10h], of 1e5
    let mut rig = real(Model::Pentium, &[0xD9, 0x2E, 0, 0, 0xDF, 0x16, 0x10, 0]);
    rig.ram.write(0x2_0000, &0x037Eu16.to_le_bytes());
    rig.ram.write(0x2_0010, &0x1234u16.to_le_bytes());
    rig.cpu.fpu.st[0] = F80 { mantissa: 100_000 << 47, sign_exponent: 0x3FFF + 16 };
    rig.cpu.fpu.tags = 0xFFFC;
    rig.step(2);
    assert_eq!(rig.ram.read_u16(0x2_0010), 0x1234);
    assert_eq!(rig.cpu.fpu.status & (ES | IE), ES | IE);
    assert_eq!(rig.cpu.fpu.ip, 4);
}
