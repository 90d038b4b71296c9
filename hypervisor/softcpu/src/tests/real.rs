use super::rig::{CODE, DEVICE, HANDLERS, Rig};
use engine::{EFlags, Exit, Model};

#[test]
fn the_run_ends_exactly_when_something_is_due() {
    // inc ax / inc ax / inc ax / inc ax / inc ax / inc ax
    let code = &[0x40, 0x40, 0x40, 0x40, 0x40, 0x40];
    let mut rig = Rig::real(Model::Pentium, code);
    assert_eq!(rig.step(3), Exit::Due);
    assert_eq!((rig.cpu.gpr[0], rig.cpu.eip, rig.cpu.retired), (3, 3, 3));
    rig.step(2);
    assert_eq!((rig.cpu.gpr[0], rig.cpu.retired), (5, 5));
}

#[test]
fn a_port_write_that_moves_due_stops_the_same_block() {
    // inc ax / out 80h, al / inc ax / inc ax / inc ax
    let code = &[0x40, 0xE6, 0x80, 0x40, 0x40, 0x40];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.board.due_after_port = Some(3);
    rig.run();
    assert_eq!((rig.cpu.gpr[0], rig.cpu.retired), (2, 3));
    assert_eq!(rig.board.ports, [(0x80, Some(1), 1)]);
}

#[test]
fn every_iteration_of_a_string_instruction_counts_and_can_be_interrupted() {
    // rep stosb / hlt
    let code = &[0xF3, 0xAA, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[1] = 100;
    rig.cpu.gpr[0] = 0x77;
    rig.step(40);
    assert_eq!((rig.cpu.gpr[1], rig.cpu.gpr[7], rig.cpu.eip, rig.cpu.retired), (60, 40, 0, 40));
    rig.board.vector = Some(0x20);
    rig.cpu.eflags |= EFlags::IF.bits();
    rig.board.due = 10_000;
    assert_eq!(rig.vector(), 0x20);
    assert_eq!(rig.stack(0) & 0xFFFF, 0, "the return address is the string instruction");
    assert_eq!(rig.ram.read_u8(0x2_0000 + 39), 0x77);
    assert_eq!(rig.ram.read_u8(0x2_0000 + 40), 0);
}

#[test]
fn a_forward_copy_onto_itself_repeats_the_pattern() {
    // rep movsb / hlt
    let code = &[0xF3, 0xA4, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.ram.write(0x2_0000, &[1, 2, 3]);
    (rig.cpu.gpr[1], rig.cpu.gpr[6], rig.cpu.gpr[7]) = (7, 0, 3);
    rig.run();
    let mut seen = [0; 10];
    rig.ram.read(0x2_0000, &mut seen);
    assert_eq!(seen, [1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
    assert_eq!(rig.cpu.retired, 8);
}

#[test]
fn a_backward_copy_wraps_at_the_start_of_the_segment() {
    // std / rep movsw / hlt
    let code = &[0xFD, 0xF3, 0xA5, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.ram.write(0x2_0000, &[1, 2, 3, 4]);
    rig.ram.write(0x2_FFFE, &[9, 8]);
    (rig.cpu.gpr[1], rig.cpu.gpr[6], rig.cpu.gpr[7]) = (3, 2, 0x102);
    rig.run();
    let mut seen = [0; 6];
    rig.ram.read(0x2_00FE, &mut seen);
    assert_eq!(seen, [9, 8, 1, 2, 3, 4]);
    assert_eq!((rig.cpu.gpr[6], rig.cpu.gpr[7]), (0xFFFC, 0xFC));
}

#[test]
fn sti_holds_interrupts_back_for_one_instruction() {
    // sti / inc ax / inc ax
    let code = &[0xFB, 0x40, 0x40];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.board.vector = Some(0x21);
    assert_eq!(rig.vector(), 0x21);
    assert_eq!(rig.cpu.gpr[0], 1);
    assert_eq!(rig.stack(0) & 0xFFFF, 2);
}

#[test]
fn sti_hlt_wakes_up_behind_the_hlt() {
    // sti / hlt / inc ax
    let code = &[0xFB, 0xF4, 0x40];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.board.vector = Some(0x21);
    assert_eq!(rig.vector(), 0x21);
    assert_eq!(rig.stack(0) & 0xFFFF, 2);
    assert!(rig.cpu.halted, "by the handler's HLT");
}

#[test]
fn mov_ss_holds_interrupts_back_for_one_instruction() {
    // mov ss, ax / mov sp, 4000h / nop
    let code = &[0x8E, 0xD0, 0xBC, 0x00, 0x40, 0x90];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[0] = 0x3000;
    rig.cpu.eflags |= EFlags::IF.bits();
    rig.step(1);
    rig.board.vector = Some(0x22);
    rig.board.due = 100;
    assert_eq!(rig.vector(), 0x22);
    assert_eq!((rig.cpu.seg[2].base, rig.cpu.gpr[4]), (0x3_0000, 0x3FFA));
}

#[test]
fn a_halted_cpu_stays_halted_until_an_interrupt() {
    // sti / nop / hlt
    let mut rig = Rig::real(Model::Pentium, &[0xFB, 0x90, 0xF4]);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.cpu.retired, 3);
    rig.board.vector = Some(0x30);
    assert_eq!(rig.vector(), 0x30);
}

#[test]
fn an_nmi_comes_with_interrupts_off_and_blocks_the_next_until_iret() {
    // nop / nop
    let mut rig = Rig::real(Model::Pentium, &[0x90, 0x90]);
    rig.ram.write_u8(HANDLERS as usize + 32, 0xCF);
    rig.cpu.interruptibility.nmi_pending = true;
    rig.step(0);
    rig.step(1);
    assert!(!rig.cpu.interruptibility.nmi_blocked, "IRET ended it");
    assert_eq!(rig.cpu.eip, 0);
}

#[test]
fn a_word_at_the_end_of_the_segment_faults() {
    // mov ax, [0FFFFh]
    let mut rig = Rig::real(Model::Pentium, &[0xA1, 0xFF, 0xFF]);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(0) & 0xFFFF, 0);
}

#[test]
fn unreal_mode_keeps_its_big_limit_over_segment_loads() {
    // mov ds, ax / mov eax, [dword 200000h] / hlt
    let code = &[0x8E, 0xD8, 0x66, 0x67, 0xA1, 0x00, 0x00, 0x20, 0x00, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.seg[3].limit = u32::MAX;
    rig.ram.write_u32(0x20_0000, 0x1234_5678);
    rig.cpu.gpr[0] = 0;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0x1234_5678);
}

#[test]
fn device_pages_get_whole_accesses_and_misaligned_ones_in_pieces() {
    // mov ax, 0A000h / mov ds, ax / mov eax, [0] / mov [3], bx / hlt
    let code = &[0xB8, 0x00, 0xA0, 0x8E, 0xD8, 0x66, 0xA1, 0x00, 0x00, 0x89, 0x1E, 0x03, 0x00, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[3] = 0xBEEF;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0xC3C3_C3C3);
    assert_eq!(rig.board.mmio, [(DEVICE, None), (DEVICE + 3, Some(0xEF)), (DEVICE + 4, Some(0xBE))]);
}

#[test]
fn opcodes_of_later_cpus_are_invalid() {
    // cpuid / hlt
    let cpuid = &[0x0F, 0xA2, 0xF4];
    assert_eq!(Rig::real(Model::I386, cpuid).vector(), 6);
    assert_eq!(Rig::real(Model::I486, cpuid).run(), Exit::Halted);
    // cmovz ax, bx / hlt
    let cmov = &[0x0F, 0x44, 0xC3, 0xF4];
    assert_eq!(Rig::real(Model::Pentium, cmov).vector(), 6);
    assert_eq!(Rig::real(Model::Pentium2, cmov).run(), Exit::Halted);
    // bswap eax / hlt
    let bswap = &[0x66, 0x0F, 0xC8, 0xF4];
    assert_eq!(Rig::real(Model::I386, bswap).vector(), 6);
}

#[test]
fn mov_to_cs_and_lock_on_a_plain_move_are_invalid() {
    assert_eq!(Rig::real(Model::Pentium, &[0x8E, 0xC8]).vector(), 6);
    assert_eq!(Rig::real(Model::Pentium, &[0xF0, 0x89, 0x07]).vector(), 6);
    assert_eq!(Rig::real(Model::Pentium, &[0xF0, 0x01, 0xC0]).vector(), 6);
}

#[test]
fn an_instruction_of_sixteen_bytes_faults() {
    let mut code = [0x26; 16];
    code[15] = 0x90;
    assert_eq!(Rig::real(Model::Pentium, &code).vector(), 13);
    code[14] = 0x90;
    code[15] = 0xF4;
    assert_eq!(Rig::real(Model::Pentium, &code).run(), Exit::Halted);
}

#[test]
fn cpu_09_cpuid_has_one_leaf_on_a_pentium_and_names_family_5() {
    // cpuid / mov esi, eax / mov eax, 1 / cpuid / hlt
    let code = &[0x0F, 0xA2, 0x66, 0x89, 0xC6, 0x66, 0xB8, 0x01, 0x00, 0x00, 0x00, 0x0F, 0xA2, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[0] = 0;
    rig.run();
    assert_eq!(rig.cpu.gpr[6], 1);
    assert_eq!(rig.cpu.gpr[0], Model::Pentium.signature());
}

#[test]
fn cpu_10_platform_and_microcode_msrs_answer_on_a_p6() {
    // mov ecx, 17h / rdmsr / mov ecx, 79h / wrmsr / mov ecx, 8Bh / rdmsr / hlt
    let code = &[
        0x66, 0xB9, 0x17, 0x00, 0x00, 0x00, 0x0F, 0x32, 0x66, 0xB9, 0x79, 0x00, 0x00, 0x00, 0x0F, 0x30, 0x66,
        0xB9, 0x8B, 0x00, 0x00, 0x00, 0x0F, 0x32, 0xF4,
    ];
    assert_eq!(Rig::real(Model::Pentium2, code).run(), Exit::Halted);
    let mut rig = Rig::real(Model::Pentium, code);
    assert_eq!(rig.vector(), 13);
}

#[test]
fn a_store_over_the_next_instruction_takes_effect() {
    // mov byte [cs:6], 48h / inc ax / hlt
    let code = &[0x2E, 0xC6, 0x06, 0x06, 0x00, 0x48, 0x40, 0xF4];
    let mut rig = Rig::real(Model::Pentium, code);
    rig.cpu.gpr[0] = 5;
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 4, "INC AX became DEC AX at {CODE:X}");
}

#[test]
fn encodings_with_a_history_run_where_they_exist() {
    let passes = |model, code: &[u8]| {
        let mut rig = Rig::real(model, code);
        rig.run() == Exit::Halted && rig.cpu.eip as usize == code.len() && rig.cpu.seg[1].base == CODE
    };
    let faults = |model, code: &[u8]| Rig::real(model, code).vector();
    // wait / fnstcw [0] / hlt: two instructions
    assert!(passes(Model::Pentium, &[0x9B, 0xD9, 0x3E, 0x00, 0x00, 0xF4]));
    // icebp
    assert_eq!(faults(Model::I386, &[0xF1]), 1);
    // nop [bx+si] and prefetch are hints on a P6 only
    for hint in [[0x0F, 0x1F, 0x00, 0xF4], [0x0F, 0x18, 0x00, 0xF4]] {
        assert!(passes(Model::Pentium2, &hint), "{hint:02X?}");
        assert_eq!(faults(Model::Pentium, &hint), 6);
    }
    // xor cx, cx / rdpmc
    assert!(passes(Model::PentiumMmx, &[0x31, 0xC9, 0x0F, 0x33, 0xF4]));
    assert_eq!(faults(Model::Pentium, &[0x31, 0xC9, 0x0F, 0x33, 0xF4]), 6);
    // rsm outside SMM, ud2
    assert_eq!(faults(Model::Pentium, &[0x0F, 0xAA]), 6);
    assert_eq!(faults(Model::Pentium, &[0x0F, 0x0B]), 6);
    // invlpg [0], wbinvd, cmpxchg, xadd, bswap
    let of_486: [&[u8]; 5] = [
        &[0x0F, 0x01, 0x3E, 0, 0, 0xF4],
        &[0x0F, 0x09, 0xF4],
        &[0x0F, 0xB1, 0xC8, 0xF4],
        &[0x0F, 0xC1, 0xC8, 0xF4],
        &[0x0F, 0xC8, 0xF4],
    ];
    for code in of_486 {
        assert_eq!(faults(Model::I386, code), 6);
        assert!(passes(Model::I486, code), "{code:02X?}");
    }
    // umov ax, [0] on a 386; pause is nop; mov tr6, eax on a 486
    assert!(passes(Model::I386, &[0x0F, 0x13, 0x06, 0x00, 0x00, 0xF4]));
    assert!(passes(Model::Pentium, &[0xF3, 0x90, 0xF4]));
    assert!(passes(Model::I486, &[0x0F, 0x26, 0xF0, 0xF4]));
    // cmpxchg8b, rdtsc, rdmsr
    assert!(passes(Model::Pentium, &[0x0F, 0xC7, 0x0E, 0, 0, 0xF4]));
    assert!(passes(Model::Pentium, &[0x0F, 0x31, 0xF4]));
    assert_eq!(faults(Model::I486, &[0x0F, 0x31, 0xF4]), 6);
}

#[test]
fn rep_bsf_is_bsf_and_keeps_the_destination_of_a_zero_source() {
    let mut rig = Rig::real(Model::Pentium, &[0xF3, 0x0F, 0xBC, 0xC3, 0xF4]);
    rig.cpu.gpr[3] = 0;
    rig.cpu.gpr[0] = 7;
    rig.run();
    assert_eq!(rig.cpu.gpr[0] & 0xFFFF, 7);
}

#[test]
fn a_pending_fpu_error_in_the_shadow_of_sti_does_not_stop_time() {
    // sti / fld1, with an unmasked exception pending, CR0.NE clear and INTR up
    let mut rig = Rig::real(Model::I386, &[0xFB, 0xD9, 0xE8, 0x90]);
    rig.cpu.fpu.control = 0x037E;
    rig.cpu.fpu.status = 0x8081;
    rig.board.vector = Some(0x30);
    assert_eq!(rig.vector(), 0x30);
    assert_eq!(rig.cpu.retired, 3, "STI, FLD1, the handler's HLT");
}

#[test]
fn pop_cs_of_the_8086_is_one_byte_whatever_follows() {
    for next in 0..=0xFF {
        // push cs / pop cs
        let mut rig = Rig::real(Model::I8086, &[0x0E, 0x0F, next, 0, 0, 0]);
        rig.step(2);
        assert_eq!((rig.cpu.eip, rig.cpu.retired), (2, 2), "{next:02X}h");
    }
    // So it is at the end of a page, where another instruction has its second half in the next one.
    let mut rig = Rig::real(Model::I8086, &[]);
    rig.ram.write(0x1_0FFE, &[0x0E, 0x0F]);
    rig.cpu.eip = 0xFFE;
    rig.step(2);
    assert_eq!(rig.cpu.eip, 0x1000);
}
