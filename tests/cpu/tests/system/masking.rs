//! What holds interrupts back: IF, shadows, IOPL, NMI; and interrupts in real mode (SDM vol. 3, sections 6.7, 6.8, 20.1).

use crate::case::*;

const RF: u32 = 1 << 16;
const IF: u32 = 1 << 9;

pub(crate) const CASES: &[Case] = &[
    // Masking.
    Case {
        name: "interrupts_wait_while_if_is_clear",
        manual: "SDM 3, 6.8.1",
        on: FROM_386,
        start: Ring0,
        code: ("nop / hlt", &[0x90, 0xF4]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Halted(CODE + 2)],
    },
    Case {
        name: "sti_lets_one_more_instruction_through",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / inc eax / inc eax", &[0xFB, 0x40, 0x40]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 2, 8]), Gpr(Reg::Eax, 1)],
    },
    Case {
        name: "sti_with_interrupts_on_shields_nothing",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / nop / sti / inc eax", &[0xFB, 0x90, 0xFB, 0x40]),
        setup: |r| {
            r.cpu.eflags |= IF;
            r.cpu.interruptibility.sti_shadow = true;
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 1, 8]), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "sti_before_cli_lets_nothing_in",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring0,
        code: ("sti / cli / hlt", &[0xFB, 0xFA, 0xF4]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Halted(CODE + 3)],
    },
    Case {
        name: "sti_before_hlt_wakes_behind_it",
        manual: "SDM 2, HLT",
        on: FROM_386,
        start: Ring0,
        code: ("sti / hlt / nop", &[0xFB, 0xF4, 0x90]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 2, 8])],
    },
    Case {
        name: "popf_shields_nothing",
        manual: "SDM 3, 6.8.1",
        on: FROM_386,
        start: Ring0,
        code: ("push 202h / popf / inc eax", &[0x68, 0x02, 0x02, 0x00, 0x00, 0x9D, 0x40]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 6, 8]), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "mov_ss_shields_the_next_instruction",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("sti / mov ss, eax / inc ecx / inc ecx", &[0xFB, 0x8E, 0xD0, 0x41, 0x41]),
        setup: |r| {
            r.cpu.gpr[0] = 0x10;
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 4, 8]), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "a_second_mov_ss_shields_nothing_more",
        manual: "SDM 2, MOV",
        on: FROM_386,
        start: Ring0,
        code: ("sti / mov ss, eax / mov ss, eax / inc ecx", &[0xFB, 0x8E, 0xD0, 0x8E, 0xD0, 0x41]),
        setup: |r| {
            r.cpu.gpr[0] = 0x10;
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 5, 8]), Gpr(Reg::Ecx, 0)],
    },
    Case {
        name: "pop_ss_shields_the_next_instruction",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("push ss / sti / pop ss / inc ecx / inc ecx", &[0x16, 0xFB, 0x17, 0x41, 0x41]),
        setup: |r| {
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 4, 8]), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "lss_shields_nothing",
        manual: "SDM 3, 6.8.3",
        on: FROM_386,
        start: Ring0,
        code: ("sti / lss esp, [30000h] / inc ecx", &[0xFB, 0x0F, 0xB2, 0x25, 0x00, 0x00, 0x03, 0x00, 0x41]),
        setup: |r| {
            r.put(DATA, 0x6000);
            r.put(DATA + 4, 0x10);
            r.board.irq = Some(0x30);
        },
        want: &[Vector(0x30), Stack(&[CODE + 8, 8]), Gpr(Reg::Ecx, 0)],
    },
    Case {
        name: "cli_above_iopl_faults",
        manual: "SDM 2, CLI",
        on: FROM_386,
        start: Ring3,
        code: ("cli", &[0xFA]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE, 0x1B])],
    },
    Case {
        name: "sti_at_iopl_passes",
        manual: "SDM 2, STI",
        on: FROM_386,
        start: Ring3,
        code: ("cli / sti / int 40h", &[0xFA, 0xFB, 0xCD, 0x40]),
        setup: |r| {
            r.cpu.eflags |= 0x3000;
        },
        want: &[Vector(13), Stack(&[0x202, CODE + 2, 0x1B, 0x1_3202])],
    },
    Case {
        name: "popf_above_iopl_keeps_if_silently",
        manual: "SDM 2, POPF",
        on: FROM_386,
        start: Ring3,
        code: ("push 0 / popf / int 40h", &[0x6A, 0x00, 0x9D, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x202, CODE + 3, 0x1B, 0x1_0202])],
    },
    Case {
        name: "popf_above_ring_0_keeps_iopl",
        manual: "SDM 2, POPF",
        on: FROM_386,
        start: Ring3,
        code: ("push 3002h / popf / int 40h", &[0x68, 0x02, 0x30, 0x00, 0x00, 0x9D, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x202, CODE + 6, 0x1B, 0x1_0202])],
    },
    Case {
        name: "pushfd_hides_rf_and_vm",
        manual: "SDM 2, PUSHF",
        on: FROM_386,
        start: Ring0,
        code: ("pushf / pop eax / hlt", &[0x9C, 0x58, 0xF4]),
        setup: |r| {
            r.cpu.eflags |= RF;
        },
        want: &[Gpr(Reg::Eax, 2)],
    },
    Case {
        name: "popfd_changes_what_the_model_has_of_ac_and_id",
        manual: "SDM 3, 2.3",
        on: &[Model::I386],
        start: Ring0,
        code: (
            "push 240002h / popf / pushf / pop eax / hlt",
            &[0x68, 0x02, 0x00, 0x24, 0x00, 0x9D, 0x9C, 0x58, 0xF4],
        ),
        setup: |_| {},
        want: &[Gpr(Reg::Eax, 2)],
    },
    Case {
        name: "popfd_leaves_vif_and_vip",
        manual: "SDM 2, POPF",
        on: FROM_PENTIUM,
        start: Ring0,
        code: (
            "push 240002h / popf / pushf / pop eax / hlt",
            &[0x68, 0x02, 0x00, 0x24, 0x00, 0x9D, 0x9C, 0x58, 0xF4],
        ),
        setup: |r| {
            r.cpu.eflags |= 0x18_0000;
        },
        want: &[Gpr(Reg::Eax, 0x3C_0002)],
    },
    Case {
        name: "an_nmi_comes_with_interrupts_off",
        manual: "SDM 3, 6.7",
        on: FROM_386,
        start: Ring0,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.cpu.interruptibility.nmi_pending = true;
        },
        want: &[Vector(2), Stack(&[CODE, 8, 2])],
    },
    Case {
        name: "an_nmi_waits_for_the_iret_of_another",
        manual: "SDM 3, 6.7.1",
        on: FROM_386,
        start: Ring0,
        code: (
            "inc eax / push 2 / push 8 / push 10010h / iret / times 8 nop / inc eax / hlt",
            &[
                0x40, 0x6A, 0x02, 0x6A, 0x08, 0x68, 0x10, 0x00, 0x01, 0x00, 0xCF, 0x90, 0x90, 0x90, 0x90,
                0x90, 0x90, 0x90, 0x90, 0x40, 0xF4,
            ],
        ),
        setup: |r| {
            r.cpu.interruptibility.nmi_pending = true;
            r.cpu.interruptibility.nmi_blocked = true;
            r.put8(CODE + 0x10, 0x90);
        },
        want: &[Vector(2), Stack(&[CODE + 0x10, 8, 2]), Gpr(Reg::Eax, 1)],
    },
    Case {
        name: "an_nmi_wakes_a_halted_cpu",
        manual: "SDM 2, HLT",
        on: FROM_386,
        start: Ring0,
        code: ("nop", &[0x90]),
        setup: |r| {
            r.cpu.halted = true;
            r.cpu.interruptibility.nmi_pending = true;
        },
        want: &[Vector(2), Stack(&[CODE, 8, 2])],
    },
    // Real mode.
    Case {
        name: "real_mode_pushes_flags_cs_and_ip",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("sti / int 40h", &[0xFB, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Vector(0x40), Words(&[3, 0x1000, 0x202]), Flags(0x300, 0)],
    },
    Case {
        name: "real_mode_faults_push_no_code",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("mov eax, [0FFFEh]", &[0x66, 0xA1, 0xFE, 0xFF]),
        setup: |_| {},
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "the_table_of_real_mode_can_move",
        manual: "SDM 3, 20.1.4",
        on: FROM_386,
        start: Real,
        code: ("lidt [0] / int 1", &[0x0F, 0x01, 0x1E, 0x00, 0x00, 0xCD, 0x01]),
        setup: |r| {
            r.put(DATA, 0x1000_03FF);
            r.put(DATA + 4, 0x3);
            r.put(0x3_1004, 0x0800_0420);
        },
        want: &[Vector(0x42)],
    },
    Case {
        name: "a_table_too_short_for_int_n_is_a_double_fault_up_to_the_486",
        manual: "386, 14.7; 486, 23.7",
        on: FROM_386.split_at(2).0,
        start: Real,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.idtr.limit = 0xFF;
        },
        want: &[Vector(8), Words(&[0, 0x1000])],
    },
    Case {
        name: "a_table_too_short_for_int_n_is_a_protection_fault_since_the_pentium",
        manual: "SDM 2, INT n (real-address mode)",
        on: FROM_PENTIUM,
        start: Real,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.cpu.idtr.limit = 0xFF;
        },
        want: &[Vector(13), Words(&[0, 0x1000])],
    },
    Case {
        name: "a_real_mode_stack_without_room_shuts_down",
        manual: "SDM 2, INT n (real-address mode)",
        on: FROM_386,
        start: Real,
        code: ("mov sp, 1 / int 40h", &[0xBC, 0x01, 0x00, 0xCD, 0x40]),
        setup: |_| {},
        want: &[Shutdown],
    },
];
