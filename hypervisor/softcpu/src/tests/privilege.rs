use super::rig::{CODE, GDT, HANDLERS, Rig, access, selector};
use engine::{EFlags, Exit, Model, Table};

#[test]
fn cpu_01_sidt_with_16_bit_operands_stores_all_32_bits_of_the_base() {
    // o16 sidt [5000h] / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x66, 0x0F, 0x01, 0x0D, 0x00, 0x50, 0x00, 0x00, 0xF4]);
    rig.cpu.idtr = Table { base: 0x8765_4321, limit: 0x7FF };
    rig.run();
    assert_eq!(rig.ram.read_u16(0x5000), 0x7FF);
    assert_eq!(rig.ram.read_u32(0x5002), 0x8765_4321);
}

#[test]
fn cpu_02_a_read_past_the_limit_faults() {
    // mov al, [5000h] / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xA0, 0x00, 0x50, 0x00, 0x00, 0xF4]);
    rig.cpu.seg[3].limit = 0x4FFF;
    assert_eq!(rig.vector(), 13);
    assert_eq!((rig.stack(0), rig.stack(1)), (0, CODE));
}

#[test]
fn a_push_past_the_stack_limit_is_a_stack_fault_and_moves_nothing() {
    // pusha
    let mut rig = Rig::protected(Model::Pentium, 3, &[0x60]);
    rig.cpu.seg[2].limit = 0x5FFF;
    rig.cpu.seg[2].base = 0;
    rig.cpu.gpr[4] = 0x10;
    rig.cpu.seg[2].access |= engine::SegAccess::DOWN_CONFORMING;
    rig.cpu.seg[2].limit = 0;
    assert_eq!(rig.vector(), 12);
    // error code, EIP, CS, EFLAGS, ESP, SS
    assert_eq!((rig.stack(0), rig.stack(1), rig.stack(4)), (0, CODE, 0x10));
}

#[test]
fn expand_down_segments_end_below_their_limit() {
    // mov eax, [1000h] / mov eax, [0FFFh]
    let code = &[0xA1, 0x00, 0x10, 0x00, 0x00, 0xA1, 0xFF, 0x0F, 0x00, 0x00];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.cpu.seg[3].access |= engine::SegAccess::DOWN_CONFORMING;
    rig.cpu.seg[3].limit = 0xFFF;
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.cpu.retired, 3, "the first read, the fault and the handler's HLT");
}

#[test]
fn writes_to_code_and_read_only_segments_fault() {
    // mov [cs:5000h], al
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x2E, 0xA2, 0x00, 0x50, 0x00, 0x00]);
    assert_eq!(rig.vector(), 13);
}

#[test]
fn a_null_selector_loads_and_faults_on_use() {
    // xor eax, eax / mov es, eax / mov al, [es:0]
    let code = &[0x31, 0xC0, 0x8E, 0xC0, 0x26, 0xA0, 0x00, 0x00, 0x00, 0x00];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.cpu.retired, 4);
    assert_eq!(rig.stack(0), 0);
}

#[test]
fn a_segment_that_is_not_present_faults_with_its_selector() {
    // mov ax, 33h / mov ds, ax
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x66, 0xB8, 0x33, 0x00, 0x66, 0x8E, 0xD8]);
    rig.segment(selector::FREE, 0, u32::MAX, access::DATA_3 & !0x80);
    assert_eq!(rig.vector(), 11);
    assert_eq!(rig.stack(0), 0x30);
}

#[test]
fn ring_3_cannot_load_a_ring_0_segment() {
    // mov ax, 10h / mov ds, ax
    let mut rig = Rig::protected(Model::Pentium, 3, &[0x66, 0xB8, 0x10, 0x00, 0x66, 0x8E, 0xD8]);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(0), 0x10);
}

#[test]
fn an_interrupt_from_ring_3_takes_the_stack_of_the_tss() {
    // int 40h
    let mut rig = Rig::protected(Model::Pentium, 3, &[0xCD, 0x40]);
    rig.idt(0x40, selector::CODE_0, HANDLERS + 0x400, access::INTERRUPT_GATE_3);
    rig.cpu.eflags |= EFlags::IF.bits();
    assert_eq!(rig.vector(), 0x40);
    assert_eq!(rig.cpu.gpr[4], 0x7000 - 20);
    let frame = [rig.stack(0), rig.stack(1), rig.stack(2), rig.stack(3), rig.stack(4)];
    assert_eq!(frame, [CODE + 2, 0x1B, 0x202, 0x6000, 0x23]);
    assert_eq!((rig.cpu.cpl, rig.cpu.eflags & EFlags::IF.bits()), (0, 0));
}

#[test]
fn int_through_a_gate_of_ring_0_faults_with_the_vector() {
    // int 40h
    let mut rig = Rig::protected(Model::Pentium, 3, &[0xCD, 0x40]);
    assert_eq!(rig.vector(), 13);
    assert_eq!((rig.stack(0), rig.stack(1)), (0x40 * 8 + 2, CODE));
}

#[test]
fn cpu_03_a_call_gate_copies_parameters_and_cs_gets_the_new_privilege() {
    // push dword 11223344h / push dword 55667788h / call 3Bh:0
    let code = &[
        0x68, 0x44, 0x33, 0x22, 0x11, 0x68, 0x88, 0x77, 0x66, 0x55, 0x9A, 0x00, 0x00, 0x00, 0x00, 0x3B, 0x00,
    ];
    let mut rig = Rig::protected(Model::Pentium, 3, code);
    let gate = GDT + u32::from(selector::FREE_2);
    // The gate's selector has an RPL of 3; CS gets 0.
    rig.gate(gate, selector::CODE_0 | 3, HANDLERS, access::CALL_GATE_32, 2);
    assert_eq!(rig.vector(), 0);
    assert_eq!((rig.cpu.seg[1].selector, rig.cpu.cpl), (8, 0));
    let frame: Vec<u32> = (0..6).map(|n| rig.stack(n)).collect();
    let ret = CODE + code.len() as u32;
    assert_eq!(frame, [ret, 0x1B, 0x5566_7788, 0x1122_3344, 0x5FF8, 0x23]);
}

#[test]
fn cpu_04_a_16_bit_gate_has_a_16_bit_offset() {
    // call 3Bh:0
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x3B, 0x00]);
    let gate = GDT + u32::from(selector::FREE_2);
    rig.gate(gate, selector::CODE_0, 0xDEAD_0000 | HANDLERS, access::CALL_GATE_16, 0);
    assert_eq!(rig.vector(), 0);
    assert_eq!(rig.cpu.gpr[4], 0x6000 - 4, "a 16-bit frame");
    assert_eq!(rig.ram.read_u16(0x5FFE), 8);
}

#[test]
fn a_far_return_to_ring_3_hides_ring_0_segments() {
    // push dword 23h / push dword 5000h / push dword 1Bh / push dword 18000h / retf
    let code = &[0x6A, 0x23, 0x68, 0x00, 0x50, 0x00, 0x00, 0x6A, 0x1B, 0x68, 0x00, 0x80, 0x01, 0x00, 0xCB];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    // mov al, [0]
    rig.ram.write(0x1_8000, &[0xA0, 0x00, 0x00, 0x00, 0x00]);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(1), 0x1_8000);
    assert_eq!((rig.stack(2), rig.stack(4), rig.stack(5)), (0x1B, 0x5000, 0x23));
}

#[test]
fn iret_with_a_bad_cs_leaves_the_stack_as_it_was() {
    // pushf / push dword 99h / push dword 0 / iret
    let code = &[0x9C, 0x68, 0x99, 0x00, 0x00, 0x00, 0x6A, 0x00, 0xCF];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(0), 0x98);
    assert_eq!(rig.cpu.gpr[4], 0x6000 - 12 - 16);
}

#[test]
fn a_fault_without_a_handler_is_a_double_fault_and_then_a_shutdown() {
    // mov ax, 99h / mov ds, ax
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x66, 0xB8, 0x99, 0x00, 0x66, 0x8E, 0xD8]);
    rig.idt(13, 0x99, 0, access::INTERRUPT_GATE);
    assert_eq!(rig.vector(), 8);
    assert_eq!((rig.stack(0), rig.stack(1)), (0, CODE + 4));
    // ud2
    let mut rig = Rig::protected(Model::Pentium, 0, &[0x0F, 0x0B]);
    rig.cpu.idtr.limit = 0;
    assert_eq!(rig.run(), Exit::Shutdown);
}

#[test]
fn popf_in_ring_3_changes_neither_iopl_nor_if() {
    // push dword 3202h / popf / pushf / pop eax / cli
    let code = &[0x68, 0x02, 0x32, 0x00, 0x00, 0x9D, 0x9C, 0x58, 0xFA];
    let mut rig = Rig::protected(Model::Pentium, 3, code);
    assert_eq!(rig.vector(), 13, "CLI with IOPL 0");
    assert_eq!(rig.cpu.gpr[0], 2);
}

#[test]
fn ports_follow_the_bitmap_of_the_tss() {
    // out 80h, al / out 81h, al
    let code = &[0xE6, 0x80, 0xE6, 0x81];
    let mut rig = Rig::protected(Model::Pentium, 3, code);
    rig.ram.write_u8(super::rig::TSS as usize + 0x68 + 0x10, 0x02);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.board.ports.len(), 1);
    assert_eq!(rig.stack(1), CODE + 2);
}

#[test]
fn the_alignment_check_is_for_ring_3_only() {
    // mov eax, [5001h] / hlt
    let code = &[0xA1, 0x01, 0x50, 0x00, 0x00, 0xF4];
    let mut rig = Rig::protected(Model::Pentium, 3, code);
    rig.cpu.cr0 |= 1 << 18;
    rig.cpu.eflags |= EFlags::AC.bits();
    assert_eq!(rig.vector(), 17);
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.cpu.cr0 |= 1 << 18;
    rig.cpu.eflags |= EFlags::AC.bits();
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.cpu.retired, 2);
}

#[test]
fn leaving_protected_mode_and_coming_back_keeps_the_code_running() {
    // mov eax, cr0 / and al, 0FEh / mov cr0, eax / or al, 1 / mov cr0, eax / jmp 8:10015h / hlt
    let code = &[
        0x0F, 0x20, 0xC0, 0x24, 0xFE, 0x0F, 0x22, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0, 0xEA, 0x15, 0x00, 0x01,
        0x00, 0x08, 0x00, 0xF4,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.ram.write_u8(0x1_0015, 0xF4);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.cpu.eip, 0x1_0016);
    assert_eq!(rig.cpu.cr0 & 1, 1);
}

#[test]
fn verr_and_lar_answer_by_zf_without_a_fault() {
    // mov ax, 9990h / verr ax / setz bl / mov ax, 10h / lar ecx, eax / setz bh / hlt
    let code = &[
        0x66, 0xB8, 0x90, 0x99, 0x0F, 0x00, 0xE0, 0x0F, 0x94, 0xC3, 0x66, 0xB8, 0x10, 0x00, 0x0F, 0x02, 0xC8,
        0x0F, 0x94, 0xC7, 0xF4,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.run();
    assert_eq!(rig.cpu.gpr[3] & 0xFFFF, 0x0100);
    assert_eq!(rig.cpu.gpr[1] & 0xFE00, 0x9200);
}

#[test]
fn sysenter_goes_to_the_msrs_entry_point() {
    // sysenter
    let mut rig = Rig::protected(Model::Pentium2, 3, &[0x0F, 0x34]);
    rig.cpu.msr.sysenter_cs = 8;
    rig.cpu.msr.sysenter_esp = 0x7000;
    rig.cpu.msr.sysenter_eip = HANDLERS + 0x330;
    assert_eq!(rig.vector(), 0x33);
    assert_eq!((rig.cpu.cpl, rig.cpu.seg[2].selector, rig.cpu.gpr[4]), (0, 0x10, 0x7000));
}
