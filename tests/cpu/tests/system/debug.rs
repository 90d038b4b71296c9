//! Debug registers, single step, and what they share with other events (SDM vol. 3, chapter 17).

use crate::case::*;

const TF: u32 = 1 << 8;
const RF: u32 = 1 << 16;
/// DR6.
const STEP: u32 = 1 << 14;
const DETECT: u32 = 1 << 13;
const HITS: u32 = 0xF00F;

/// Sets breakpoint `n`; `field` is LEN and R/W.
fn watch(r: &mut Rig, n: usize, at: u32, field: u32) {
    r.cpu.dr[n] = at;
    r.cpu.dr[7] |= 2 << (2 * n) | field << (16 + 4 * n) | 0x400;
}

/// R/W and LEN.
const EXECUTE: u32 = 0;
const WRITE: u32 = 1;
const PORT: u32 = 2;
const ACCESS: u32 = 3;
const WORD: u32 = 1 << 2;
const DWORD: u32 = 3 << 2;

pub(crate) const CASES: &[Case] = &[
    // Single step.
    Case {
        name: "a_single_step_traps_behind_the_instruction",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("inc eax / inc eax", &[0x40, 0x40]),
        setup: |r| {
            r.cpu.eflags |= TF;
        },
        want: &[Vector(1), Stack(&[CODE + 1, 8, 0x102]), Dr(6, HITS, STEP), Flags(TF, 0)],
    },
    Case {
        name: "popf_steps_from_the_next_instruction_on",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("push 102h / popf / inc eax / inc eax", &[0x68, 0x02, 0x01, 0x00, 0x00, 0x9D, 0x40, 0x40]),
        setup: |_| {},
        want: &[Vector(1), Stack(&[CODE + 7, 8])],
    },
    Case {
        name: "popf_that_clears_tf_still_traps",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("push 2 / popf / inc eax", &[0x6A, 0x02, 0x9D, 0x40]),
        setup: |r| {
            r.put(0x5FFC, 2);
            r.cpu.gpr[4] = 0x5FFC;
            r.cpu.eip = CODE + 2;
            r.cpu.eflags |= TF;
        },
        want: &[Vector(1), Stack(&[CODE + 3, 8, 2])],
    },
    Case {
        name: "iret_steps_from_the_next_instruction_on",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: (
            "push 102h / push 8 / push 10010h / iret / times 5 nop / inc eax / inc eax",
            &[
                0x68, 0x02, 0x01, 0x00, 0x00, 0x6A, 0x08, 0x68, 0x10, 0x00, 0x01, 0x00, 0xCF, 0x90, 0x90,
                0x90, 0x90, 0x90, 0x40, 0x40,
            ],
        ),
        setup: |_| {},
        want: &[Vector(1), Stack(&[CODE + 0x11, 8])],
    },
    Case {
        name: "int_n_clears_tf_before_it_traps",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= TF;
        },
        want: &[Vector(0x40), Stack(&[CODE + 2, 8, 0x102]), Dr(6, HITS, 0)],
    },
    Case {
        name: "icebp_pushes_rf_as_0",
        manual: "SDM 3, 17.3.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("db 0F1h", &[0xF1]),
        setup: |r| {
            r.cpu.eflags |= RF;
        },
        want: &[Vector(1), Stack(&[CODE + 1, 8, 2])],
    },
    Case {
        name: "a_faulting_instruction_is_not_a_step",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.cpu.eflags |= TF;
        },
        want: &[Vector(6), Stack(&[CODE, 8, RF | 0x102]), Dr(6, HITS, 0)],
    },
    Case {
        name: "cpu_06_a_repeated_instruction_traps_after_each_iteration",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("rep lodsb", &[0xF3, 0xAC]),
        setup: |r| {
            r.cpu.eflags |= TF;
            r.cpu.gpr[1] = 3;
            r.cpu.gpr[6] = DATA;
        },
        want: &[Vector(1), Stack(&[CODE, 8]), Gpr(Reg::Ecx, 2)],
    },
    Case {
        name: "mov_ss_holds_the_trap_back",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov eax, ss / mov ss, eax / inc ecx / inc ecx", &[0x8C, 0xD0, 0x8E, 0xD0, 0x41, 0x41]),
        setup: |r| {
            r.cpu.gpr[0] = 0x10;
            r.cpu.eip = CODE + 2;
            r.cpu.eflags |= TF;
        },
        want: &[Vector(1), Stack(&[CODE + 5, 8]), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "hlt_under_tf_goes_on_in_the_handler",
        manual: "SDM 3, 17.3.1.4",
        on: FROM_386,
        start: Ring0,
        code: ("hlt / inc eax", &[0xF4, 0x40]),
        setup: |r| {
            r.cpu.eflags |= TF;
            r.put8(HANDLERS + 0x10, 0x41);
            r.put8(HANDLERS + 0x11, 0xF4);
        },
        want: &[Halted(HANDLERS + 0x12), Stack(&[CODE + 1, 8]), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "a_trap_comes_before_an_interrupt",
        manual: "SDM 3, table 6-2",
        on: FROM_386,
        start: Ring0,
        code: ("nop / nop", &[0x90, 0x90]),
        setup: |r| {
            r.cpu.eflags |= TF | 0x200;
            r.cpu.interruptibility.sti_shadow = true;
            r.board.irq = Some(0x30);
        },
        want: &[Vector(1), Stack(&[CODE + 1, 8])],
    },
    Case {
        name: "the_step_bit_stays_until_software_clears_it",
        manual: "SDM 3, 17.2.3",
        on: FROM_386,
        start: Ring0,
        code: ("inc eax", &[0x40]),
        setup: |r| {
            r.cpu.eflags |= TF;
            r.cpu.dr[6] |= 1;
        },
        want: &[Vector(1), Dr(6, HITS, STEP | 1)],
    },
    Case {
        name: "syscall_style_entries_keep_tf",
        manual: "SDM 2, SYSENTER",
        on: FROM_PENTIUM_2,
        start: Ring3,
        code: ("sysenter", &[0x0F, 0x34]),
        setup: |r| {
            r.cpu.eflags |= TF;
            r.cpu.msr.sysenter_cs = 8;
            r.cpu.msr.sysenter_eip = LANDING;
            r.cpu.msr.sysenter_esp = 0x7000;
        },
        want: &[Vector(1), Stack(&[LANDING, 8, 0x102])],
    },
    // Instruction breakpoints.
    Case {
        name: "an_instruction_breakpoint_is_a_fault",
        manual: "SDM 3, 17.3.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("inc eax / inc ecx", &[0x40, 0x41]),
        setup: |r| {
            watch(r, 0, CODE + 1, EXECUTE);
        },
        want: &[Vector(1), Stack(&[CODE + 1, 8, RF | 2]), Dr(6, HITS, 1), Gpr(Reg::Ecx, 0)],
    },
    Case {
        name: "rf_lets_an_instruction_pass_its_breakpoint_once",
        manual: "SDM 3, 17.3.1.1",
        on: FROM_386,
        start: Ring0,
        code: ("inc eax / inc ecx / hlt", &[0x40, 0x41, 0xF4]),
        setup: |r| {
            watch(r, 0, CODE + 1, EXECUTE);
            r.put8(HANDLERS + 0x10, 0xCF);
        },
        want: &[Halted(CODE + 3), Gpr(Reg::Ecx, 1), Flags(RF, 0)],
    },
    Case {
        name: "mov_ss_hides_the_breakpoint_behind_it",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov eax, ss / mov ss, eax / inc ecx / hlt", &[0x8C, 0xD0, 0x8E, 0xD0, 0x41, 0xF4]),
        setup: |r| {
            watch(r, 0, CODE + 4, EXECUTE);
        },
        want: &[Halted(CODE + 6), Dr(6, HITS, 0)],
    },
    Case {
        name: "a_breakpoint_comes_before_the_fault_of_its_instruction",
        manual: "SDM 3, table 6-2",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            watch(r, 2, CODE, EXECUTE);
        },
        want: &[Vector(1), Stack(&[CODE]), Dr(6, HITS, 4)],
    },
    Case {
        name: "a_disabled_breakpoint_does_not_stop",
        manual: "SDM 3, 17.2.4",
        on: FROM_386,
        start: Ring0,
        code: ("nop / hlt", &[0x90, 0xF4]),
        setup: |r| {
            r.cpu.dr[0] = CODE;
            r.cpu.dr[7] = 0x700;
        },
        want: &[Halted(CODE + 2), Dr(6, HITS, 0)],
    },
    Case {
        name: "a_breakpoint_in_real_mode_is_a_linear_address",
        manual: "SDM 3, 17.2.1",
        on: FROM_386,
        start: Real,
        code: ("nop / nop / hlt", &[0x90, 0x90, 0xF4]),
        setup: |r| {
            watch(r, 3, CODE + 1, EXECUTE);
        },
        want: &[Vector(1), Words(&[1, 0x1000, 2]), Dr(6, HITS, 8)],
    },
    // Data and port breakpoints.
    Case {
        name: "a_write_breakpoint_traps_behind_the_write",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov al, [30000h] / mov [30000h], al / nop",
            &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xA2, 0x00, 0x00, 0x03, 0x00, 0x90],
        ),
        setup: |r| {
            watch(r, 0, DATA, WRITE);
        },
        want: &[Vector(1), Stack(&[CODE + 10, 8, 2]), Dr(6, HITS, 1)],
    },
    Case {
        name: "an_access_breakpoint_traps_behind_a_read",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            watch(r, 1, DATA, ACCESS);
        },
        want: &[Vector(1), Stack(&[CODE + 5, 8]), Dr(6, HITS, 2)],
    },
    Case {
        name: "a_breakpoint_of_a_dword_is_aligned_down",
        manual: "SDM 3, 17.2.5",
        on: FROM_386,
        start: Ring0,
        code: ("mov al, [30000h]", &[0xA0, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            watch(r, 0, DATA + 3, ACCESS | DWORD);
        },
        want: &[Vector(1), Dr(6, HITS, 1)],
    },
    Case {
        name: "a_word_breakpoint_ends_after_two_bytes",
        manual: "SDM 3, 17.2.5",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov al, [30002h] / mov al, [30001h]",
            &[0xA0, 0x02, 0x00, 0x03, 0x00, 0xA0, 0x01, 0x00, 0x03, 0x00],
        ),
        setup: |r| {
            watch(r, 0, DATA, ACCESS | WORD);
        },
        want: &[Vector(1), Stack(&[CODE + 10])],
    },
    Case {
        name: "an_access_that_overlaps_by_one_byte_stops",
        manual: "SDM 3, 17.2.5",
        on: FROM_386,
        start: Ring0,
        code: ("mov eax, [2FFFDh]", &[0xA1, 0xFD, 0xFF, 0x02, 0x00]),
        setup: |r| {
            watch(r, 0, DATA, ACCESS);
        },
        want: &[Vector(1), Stack(&[CODE + 5])],
    },
    Case {
        name: "two_breakpoints_report_together",
        manual: "SDM 3, 17.2.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov [30000h], al", &[0xA2, 0x00, 0x00, 0x03, 0x00]),
        setup: |r| {
            watch(r, 0, DATA, WRITE);
            watch(r, 3, DATA, ACCESS);
        },
        want: &[Vector(1), Dr(6, HITS, 9)],
    },
    Case {
        name: "a_push_meets_a_data_breakpoint",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_386,
        start: Ring0,
        code: ("push eax", &[0x50]),
        setup: |r| {
            watch(r, 0, 0x5FFC, WRITE);
        },
        want: &[Vector(1), Stack(&[CODE + 1, 8])],
    },
    Case {
        name: "a_repeated_store_stops_after_the_iteration_that_hit",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ecx, 8 / mov edi, 30000h / rep stosd",
            &[0xB9, 0x08, 0x00, 0x00, 0x00, 0xBF, 0x00, 0x00, 0x03, 0x00, 0xF3, 0xAB],
        ),
        setup: |r| {
            watch(r, 0, DATA + 8, WRITE | DWORD);
        },
        want: &[Vector(1), Stack(&[CODE + 10]), Gpr(Reg::Ecx, 5), Gpr(Reg::Edi, DATA + 12)],
    },
    Case {
        name: "mov_ss_holds_its_own_data_breakpoint_back",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov ss, [30000h] / inc ecx / inc ecx", &[0x8E, 0x15, 0x00, 0x00, 0x03, 0x00, 0x41, 0x41]),
        setup: |r| {
            r.put(DATA, 0x10);
            watch(r, 0, DATA, ACCESS);
        },
        want: &[Vector(1), Stack(&[CODE + 7, 8]), Gpr(Reg::Ecx, 1), Dr(6, HITS, 1)],
    },
    Case {
        name: "a_breakpoint_of_mov_ss_before_int_n_traps_in_the_handler",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov ss, [30000h] / int 40h", &[0x8E, 0x15, 0x00, 0x00, 0x03, 0x00, 0xCD, 0x40]),
        setup: |r| {
            r.put(DATA, 0x10);
            watch(r, 0, DATA, ACCESS);
        },
        want: &[Vector(1), Stack(&[HANDLERS + 0x400, 8, 2, CODE + 8])],
    },
    Case {
        name: "a_data_breakpoint_of_a_faulting_instruction_is_lost",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov esi, 30000h / mov edi, 20000000h / movsd / nop",
            &[0xBE, 0x00, 0x00, 0x03, 0x00, 0xBF, 0x00, 0x00, 0x00, 0x20, 0xA5, 0x90],
        ),
        setup: |r| {
            watch(r, 0, DATA, ACCESS);
            r.cpu.seg[0].limit = 0xF_FFFF;
        },
        want: &[Vector(13), Stack(&[0, CODE + 10]), Dr(6, HITS, 0)],
    },
    Case {
        name: "a_port_breakpoint_traps_behind_the_access",
        manual: "SDM 3, 17.3.1.2",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("in al, 61h / in al, 60h / nop", &[0xE4, 0x61, 0xE4, 0x60, 0x90]),
        setup: |r| {
            r.cpu.cr4 |= 8;
            watch(r, 0, 0x60, PORT);
        },
        want: &[Vector(1), Stack(&[CODE + 4]), Dr(6, HITS, 1), Ports(&[0x61, 0x60])],
    },
    Case {
        name: "without_de_there_are_no_port_breakpoints",
        manual: "SDM 3, 17.2.4",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("in al, 60h / hlt", &[0xE4, 0x60, 0xF4]),
        setup: |r| {
            watch(r, 0, 0x60, PORT);
        },
        want: &[Halted(CODE + 3)],
    },
    // The registers themselves.
    Case {
        name: "general_detect_faults_before_the_move",
        manual: "SDM 3, 17.3.1.3",
        on: FROM_386,
        start: Ring0,
        code: ("mov dr0, eax", &[0x0F, 0x23, 0xC0]),
        setup: |r| {
            r.cpu.dr[7] |= 1 << 13;
        },
        want: &[Vector(1), Stack(&[CODE, 8]), Dr(6, HITS | DETECT, DETECT), Dr(7, 1 << 13, 0)],
    },
    Case {
        name: "any_debug_exception_clears_general_detect",
        manual: "SDM 3, 17.2.4",
        on: FROM_386,
        start: Ring0,
        code: ("inc eax", &[0x40]),
        setup: |r| {
            r.cpu.dr[7] |= 1 << 13;
            r.cpu.eflags |= TF;
        },
        want: &[Vector(1), Dr(7, 1 << 13, 0)],
    },
    Case {
        name: "debug_registers_are_privileged",
        manual: "SDM 2, MOV (debug registers)",
        on: FROM_386,
        start: Ring3,
        code: ("mov eax, dr7", &[0x0F, 0x21, 0xF8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "dr4_is_dr6_without_de",
        manual: "SDM 3, 17.2.2",
        on: FROM_386,
        start: Ring0,
        code: ("db 0Fh, 21h, 0E0h / hlt", &[0x0F, 0x21, 0xE0, 0xF4]),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0xFFFF_0FF0)],
    },
    Case {
        name: "dr5_is_dr7_without_de",
        manual: "SDM 3, 17.2.2",
        on: FROM_386,
        start: Ring0,
        code: ("db 0Fh, 21h, 0E8h / hlt", &[0x0F, 0x21, 0xE8, 0xF4]),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 0x400)],
    },
    Case {
        name: "dr4_is_invalid_with_de",
        manual: "SDM 3, 17.2.2",
        on: FROM_PENTIUM,
        start: Ring0,
        code: ("db 0Fh, 21h, 0E0h", &[0x0F, 0x21, 0xE0]),
        setup: |r| {
            r.cpu.cr4 |= 8;
        },
        want: &[Vector(6), Stack(&[CODE])],
    },
    Case {
        name: "dr6_and_dr7_have_fixed_bits",
        manual: "SDM 3, 17.2.3, 17.2.4",
        on: FROM_386,
        start: Ring0,
        code: (
            "xor eax, eax / mov dr6, eax / mov dr7, eax / mov ecx, dr6 / mov edx, dr7 / hlt",
            &[0x31, 0xC0, 0x0F, 0x23, 0xF0, 0x0F, 0x23, 0xF8, 0x0F, 0x21, 0xF1, 0x0F, 0x21, 0xFA, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Ecx, 0xFFFF_0FF0), Gpr(Reg::Edx, 0x400)],
    },
    Case {
        name: "dr7_has_bits_that_cannot_be_set",
        manual: "SDM 3, figure 17-1",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 0FFFFDC00h / mov dr7, eax / mov edx, dr7 / hlt",
            &[0xB8, 0x00, 0xDC, 0xFF, 0xFF, 0x0F, 0x23, 0xF8, 0x0F, 0x21, 0xFA, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Edx, 0xFFFF_0400)],
    },
    Case {
        name: "icebp_enters_like_an_exception_and_sets_no_bit",
        manual: "SDM 3, 6.15 (vector 1)",
        on: FROM_386,
        start: V86(0),
        code: ("db 0F1h", &[0xF1]),
        setup: |_| {},
        want: &[Vector(1), Stack(&[1, 0x1000]), Dr(6, HITS, 0)],
    },
];
