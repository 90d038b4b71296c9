use super::rig::{CODE, Rig};
use engine::{EFlags, Exit, Model};

const STEP: u32 = 1 << 14;

#[test]
fn a_single_step_traps_behind_the_instruction() {
    // inc eax / inc eax
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x40, 0x40]);
    rig.cpu.eflags |= EFlags::TF.bits();
    assert_eq!(rig.vector(), 1);
    assert_eq!((rig.cpu.gpr[0], rig.stack(0)), (1, CODE + 1));
    assert_eq!(rig.cpu.dr[6] & 0xE00F, STEP);
    assert_eq!(rig.cpu.eflags & EFlags::TF.bits(), 0);
    assert_ne!(rig.stack(2) & EFlags::TF.bits(), 0);
}

#[test]
fn popf_starts_stepping_behind_the_next_instruction() {
    // push dword 102h / popf / inc eax / inc eax
    let code = &[0x68, 0x02, 0x01, 0x00, 0x00, 0x9D, 0x40, 0x40];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    assert_eq!(rig.vector(), 1);
    assert_eq!((rig.cpu.gpr[0], rig.stack(0)), (1, CODE + 7));
}

#[test]
fn cpu_06_a_repeated_string_instruction_traps_after_each_iteration() {
    // rep lodsb / nop
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xF3, 0xAC, 0x90]);
    rig.cpu.eflags |= EFlags::TF.bits();
    rig.cpu.gpr[1] = 5;
    rig.cpu.gpr[6] = 0x5000;
    assert_eq!(rig.vector(), 1);
    assert_eq!((rig.cpu.gpr[1], rig.stack(0)), (4, CODE));
}

#[test]
fn an_instruction_breakpoint_faults_once_and_rf_lets_it_pass() {
    // inc eax / inc ebx / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x40, 0x43, 0xF4]);
    rig.cpu.dr[0] = CODE + 1;
    rig.cpu.dr[7] = 0x401;
    // handler of vector 1: iret
    rig.ram.write_u8(0x8010, 0xCF);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((rig.cpu.gpr[0], rig.cpu.gpr[3], rig.cpu.eip), (1, 1, CODE + 3));
    assert_eq!(rig.cpu.dr[6] & 0xF, 1);
    assert_eq!(rig.cpu.retired, 5, "two INCs, the fault, IRET, HLT");
}

#[test]
fn a_data_breakpoint_traps_behind_the_write() {
    // mov al, [5002h] / mov [5002h], al / nop
    let mut rig = Rig::protected(
        Model::Pentium,
        0,
        &[0xA0, 0x02, 0x50, 0x00, 0x00, 0xA2, 0x02, 0x50, 0x00, 0x00, 0x90],
    );
    rig.cpu.dr[1] = 0x5000;
    // DR1: enabled, write, four bytes
    rig.cpu.dr[7] = 0x400 | 0x4 | 0xD << 20;
    assert_eq!(rig.vector(), 1);
    assert_eq!(rig.cpu.dr[6] & 0xF, 2);
    assert_eq!(rig.stack(0), CODE + 10);
}

#[test]
fn general_detect_faults_on_a_move_to_a_debug_register() {
    // mov dr0, eax
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x0F, 0x23, 0xC0]);
    rig.cpu.dr[7] |= 1 << 13;
    assert_eq!(rig.vector(), 1);
    assert_eq!(rig.stack(0), CODE);
    assert_ne!(rig.cpu.dr[6] & 1 << 13, 0);
    assert_eq!(rig.cpu.dr[7] & 1 << 13, 0);
}

#[test]
fn int_under_single_step_does_not_trap_in_the_handler() {
    // int 60h
    let mut rig = Rig::real(Model::Pentium, &[0xCD, 0x60]);
    rig.cpu.eflags |= EFlags::TF.bits();
    assert_eq!(rig.vector(), 0x60);
}

#[test]
fn a_breakpoint_on_the_debug_gate_traps_for_ever_and_time_goes_on() {
    // nop / nop
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x90, 0x90]);
    rig.cpu.eflags |= EFlags::TF.bits();
    // DR0: reads of the IDT's second entry
    rig.cpu.dr[0] = 0x1008;
    rig.cpu.dr[7] = 0x400 | 0xF << 16 | 1;
    assert_eq!(rig.step(100), Exit::Due);
    assert_eq!(rig.cpu.retired, 100);
}
