use super::rig::{CODE, GDT, HANDLERS, IDT, Rig, TSS, access, selector};
use engine::{EFlags, Exit, Model};

const SECOND: u32 = 0x4000;

/// A second TSS at 4000h: ring 0, EIP 18000h, ESP 5000h, EAX 1234h.
fn second_task(rig: &Rig, eflags: u32) {
    rig.segment(selector::FREE, SECOND, 0x67, access::TSS_32);
    let put = |at: u32, value: u32| rig.ram.write_u32((SECOND + at) as usize, value);
    put(0x1C, 0);
    put(0x20, 0x1_8000);
    put(0x24, eflags);
    put(0x28, 0x1234);
    put(0x38, 0x5000);
    for at in [0x48, 0x50, 0x54, 0x58, 0x5C] {
        put(at, u32::from(selector::DATA_0));
    }
    put(0x4C, u32::from(selector::CODE_0));
    put(0x60, 0);
    put(0x64, 0);
}

fn kind(rig: &Rig, of: u16) -> u8 {
    rig.ram.read_u8((GDT + u32::from(of)) as usize + 5) & 0xF
}

#[test]
fn cpu_05_a_far_call_to_a_tss_nests_and_iret_comes_back() {
    // mov ebx, 77h / call 30h:0 / hlt
    let code = &[0xBB, 0x77, 0x00, 0x00, 0x00, 0x9A, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00, 0xF4];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    second_task(&rig, 2);
    // inc eax / iret
    // inc eax / iret
    rig.ram.write(0x1_8000, &[0x40, 0xCF]);
    rig.step(3);
    assert_eq!((rig.cpu.eip, rig.cpu.gpr[0], rig.cpu.gpr[4]), (0x1_8001, 0x1235, 0x5000));
    assert_eq!(rig.cpu.eflags & EFlags::NT.bits(), EFlags::NT.bits());
    assert_eq!((rig.cpu.tr.selector, rig.ram.read_u16(SECOND as usize)), (0x30, 0x28));
    assert_eq!((kind(&rig, 0x28), kind(&rig, 0x30)), (11, 11));
    assert_ne!(rig.cpu.cr0 & 8, 0, "TS");
    rig.board.due = 100;
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((rig.cpu.eip, rig.cpu.gpr[3]), (CODE + code.len() as u32, 0x77));
    assert_eq!((rig.cpu.tr.selector, kind(&rig, 0x28), kind(&rig, 0x30)), (0x28, 11, 9));
    assert_eq!(rig.ram.read_u32((SECOND + 0x28) as usize), 0x1235, "the second task was saved");
    assert_eq!(rig.cpu.eflags & EFlags::NT.bits(), 0);
}

#[test]
fn a_jump_to_a_tss_frees_the_old_one() {
    // jmp 30h:0
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]);
    second_task(&rig, 2);
    rig.ram.write_u8(0x1_8000, 0xF4);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((kind(&rig, 0x28), kind(&rig, 0x30)), (9, 11));
    assert_eq!(rig.ram.read_u32((TSS + 0x20) as usize), CODE + 7);
}

#[test]
fn an_exception_through_a_task_gate_leaves_its_code_on_the_new_stack() {
    // mov ax, 10h / mov ds, ax
    let mut rig = Rig::protected(Model::Pentium, 3, &[0x66, 0xB8, 0x10, 0x00, 0x66, 0x8E, 0xD8]);
    second_task(&rig, 2);
    rig.gate(IDT + 8 * 13, selector::FREE, 0, access::TASK_GATE, 0);
    rig.ram.write_u8(0x1_8000, 0xF4);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((rig.cpu.gpr[4], rig.stack(0)), (0x4FFC, 0x10));
    assert_eq!(rig.ram.read_u32((TSS + 0x20) as usize), CODE + 4, "the faulting instruction");
    assert_eq!(rig.cpu.cpl, 0);
}

#[test]
fn cpu_05_a_task_may_start_in_v86_mode() {
    // jmp 30h:0
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]);
    second_task(&rig, EFlags::VM.bits() | 0x3002);
    let put = |at: u32, value: u32| rig.ram.write_u32((SECOND + at) as usize, value);
    put(0x4C, 0x1800);
    put(0x20, 0);
    put(0x50, 0x500);
    put(0x38, 0x100);
    // mov ax, cs / hlt: HLT faults in V86 mode
    rig.ram.write(0x1_8000, &[0x8C, 0xC8, 0xF4]);
    rig.ram.write_u32((SECOND + 4) as usize, 0x7000);
    rig.ram.write_u32((SECOND + 8) as usize, u32::from(selector::DATA_0));
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.cpu.gpr[0] & 0xFFFF, 0x1800);
    assert_eq!((rig.stack(1), rig.stack(2)), (2, 0x1800));
}

#[test]
fn a_busy_tss_cannot_be_called() {
    // call 28h:0
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x28, 0x00]);
    assert_eq!(rig.vector(), 13);
    assert_eq!((rig.stack(0), rig.stack(1)), (0x28, CODE));
}

#[test]
fn a_bad_segment_in_the_new_task_is_its_own_invalid_tss_fault() {
    // jmp 30h:0
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]);
    second_task(&rig, 2);
    rig.ram.write_u32((SECOND + 0x54) as usize, 0x99);
    assert_eq!(rig.vector(), 10);
    assert_eq!((rig.stack(0), rig.cpu.tr.selector), (0x98, 0x30));
    assert_eq!(rig.cpu.eip, HANDLERS + 0xA1);
}

#[test]
fn an_interrupt_into_a_task_with_a_trap_traps_before_its_first_instruction() {
    // nop
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x90, 0x90]);
    second_task(&rig, 2);
    rig.ram.write_u32((SECOND + 0x64) as usize, 1);
    rig.gate(IDT + 8 * 0x40, selector::FREE, 0, access::TASK_GATE, 0);
    // The switch set TS: fnop would be #NM.
    rig.ram.write(0x1_8000, &[0xD9, 0xD0]);
    rig.cpu.eflags |= EFlags::IF.bits();
    rig.board.vector = Some(0x40);
    assert_eq!(rig.vector(), 1);
    assert_eq!((rig.stack(0), rig.cpu.dr[6] & 0x8000), (0x1_8000, 0x8000));
}
