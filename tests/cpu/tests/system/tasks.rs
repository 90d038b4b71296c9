//! Task switches (SDM vol. 3, chapter 7).

use crate::case::*;

const NT: u32 = 1 << 14;
const TS: u32 = 8;

/// A word of the 32-bit task's image.
fn image(r: &Rig, at: u32, value: u32) {
    r.put(TSS_32 + at, value);
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_jump_to_a_tss_saves_one_task_and_loads_the_other",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov ecx, 77h / jmp 48h:0",
            &[0xB9, 0x77, 0x00, 0x00, 0x00, 0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00],
        ),
        setup: |r| {
            r.task_32();
        },
        want: &[
            Halted(LANDING + 1),
            Task(0x48),
            Gpr(Reg::Eax, 0x1111_1111),
            Gpr(Reg::Esp, 0x5800),
            Memory(TSS + 0x20, u32::MAX, CODE + 12),
            Memory(TSS + 0x2C, u32::MAX, 0x77),
            Memory(TSS + 0x4C, 0xFFFF, 8),
        ],
    },
    Case {
        name: "a_jump_moves_the_busy_bit",
        manual: "SDM 3, table 7-2",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
        },
        want: &[Halted(LANDING + 1), Kind(0x28, 9), Kind(0x48, 11), Flags(NT, 0), Cr0(TS, TS)],
    },
    Case {
        name: "a_call_nests",
        manual: "SDM 3, 7.4",
        on: FROM_386,
        start: Ring0,
        code: ("call 48h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
        },
        want: &[
            Halted(LANDING + 1),
            Kind(0x28, 11),
            Kind(0x48, 11),
            Flags(NT, NT),
            Memory(TSS_32, 0xFFFF, 0x28),
        ],
    },
    Case {
        name: "cpu_05_iret_with_nt_returns_along_the_link",
        manual: "SDM 3, 7.4",
        on: FROM_386,
        start: Ring0,
        code: ("call 48h:0 / hlt", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00, 0xF4]),
        setup: |r| {
            r.task_32();
            r.put8(LANDING, 0xCF);
        },
        want: &[
            Halted(CODE + 8),
            Task(0x28),
            Kind(0x28, 11),
            Kind(0x48, 9),
            Flags(NT, 0),
            Memory(TSS_32 + 0x24, NT, 0),
            Memory(TSS_32 + 0x20, u32::MAX, LANDING + 1),
        ],
    },
    Case {
        name: "a_task_gate_leads_to_its_tss",
        manual: "SDM 3, 7.2.5",
        on: FROM_386,
        start: Ring3,
        code: ("call 33h:0", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.task_32();
            r.gate(sel::FREE, sel::TSS_32, 0, access::TASK_GATE | access::DPL_3, 0);
        },
        want: &[
            Halted(LANDING + 1),
            Cpl(0),
            Memory(TSS + 0x4C, 0xFFFF, 0x1B),
            Memory(TSS + 0x38, u32::MAX, 0x6000),
        ],
    },
    Case {
        name: "a_tss_of_more_privilege_is_out_of_reach",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
        },
        want: &[Vector(13), Stack(&[0x48, CODE, 0x1B])],
    },
    Case {
        name: "a_task_gate_of_more_privilege_is_out_of_reach",
        manual: "SDM 3, 7.2.5",
        on: FROM_386,
        start: Ring3,
        code: ("jmp 33h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00]),
        setup: |r| {
            r.task_32();
            r.gate(sel::FREE, sel::TSS_32, 0, access::TASK_GATE, 0);
        },
        want: &[Vector(13), Stack(&[0x30, CODE, 0x1B])],
    },
    Case {
        name: "a_task_gate_that_is_not_present_faults_with_its_selector",
        manual: "SDM 2, JMP",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.task_32();
            r.gate(sel::FREE, sel::TSS_32, 0, access::TASK_GATE & !access::PRESENT, 0);
        },
        want: &[Vector(11), Stack(&[0x30, CODE])],
    },
    Case {
        name: "a_busy_tss_cannot_be_entered",
        manual: "SDM 3, 7.2.2",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 28h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x28, 0x00]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x28, CODE])],
    },
    Case {
        name: "a_busy_tss_behind_a_gate_faults_with_its_own_selector",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.gate(sel::FREE, sel::TSS, 0, access::TASK_GATE, 0);
        },
        want: &[Vector(13), Stack(&[0x28, CODE])],
    },
    Case {
        name: "a_tss_in_the_ldt_is_refused",
        manual: "SDM 3, 7.2.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 30h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x30, 0x00]),
        setup: |r| {
            r.gate(sel::FREE, 0x0C, 0, access::TASK_GATE, 0);
        },
        want: &[Vector(13), Stack(&[0x0C, CODE])],
    },
    Case {
        name: "a_tss_that_is_not_present_faults_in_the_old_task",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            r.segment(sel::TSS_32, TSS_32, 0x67, access::TSS_32 & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x48, CODE]), Task(0x28)],
    },
    Case {
        name: "a_short_tss_is_invalid",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            r.segment(sel::TSS_32, TSS_32, 0x66, access::TSS_32);
        },
        want: &[Vector(10), Stack(&[0x48, CODE]), Task(0x28), Kind(0x28, 11)],
    },
    Case {
        name: "iret_to_a_tss_that_is_not_busy_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("iret", &[0xCF]),
        setup: |r| {
            r.task_32();
            r.cpu.eflags |= NT;
            r.put(TSS, 0x48);
        },
        want: &[Vector(10), Stack(&[0x48, CODE])],
    },
    Case {
        name: "iret_along_a_null_link_is_an_invalid_tss",
        manual: "SDM 2, IRET",
        on: FROM_386,
        start: Ring0,
        code: ("iret", &[0xCF]),
        setup: |r| {
            r.cpu.eflags |= NT;
        },
        want: &[Vector(10), Stack(&[0, CODE])],
    },
    Case {
        name: "an_interrupt_through_a_task_gate_nests",
        manual: "SDM 3, 6.12.2",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.task_32();
            r.vector(0x40, sel::TSS_32, 0, access::TASK_GATE | access::DPL_3);
        },
        want: &[
            Halted(LANDING + 1),
            Flags(NT, NT),
            Memory(TSS_32, 0xFFFF, 0x28),
            Memory(TSS + 0x20, u32::MAX, CODE + 2),
            Gpr(Reg::Esp, 0x5800),
        ],
    },
    Case {
        name: "a_task_gate_in_the_idt_has_a_privilege_for_int_n",
        manual: "SDM 3, 7.2.5",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.task_32();
            r.vector(0x40, sel::TSS_32, 0, access::TASK_GATE);
        },
        want: &[Vector(13), Stack(&[0x202, CODE, 0x1B])],
    },
    Case {
        name: "an_exceptions_code_goes_to_the_new_tasks_stack",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 10h / mov ds, ax", &[0x66, 0xB8, 0x10, 0x00, 0x8E, 0xD8]),
        setup: |r| {
            r.task_32();
            r.vector(13, sel::TSS_32, 0, access::TASK_GATE);
        },
        want: &[
            Halted(LANDING + 1),
            Stack(&[0x10]),
            Gpr(Reg::Esp, 0x57FC),
            Memory(TSS + 0x20, u32::MAX, CODE + 4),
            Memory(TSS + 0x24, 1 << 16, 1 << 16),
        ],
    },
    Case {
        name: "a_fault_of_the_task_gate_of_an_exception_has_ext",
        manual: "SDM 3, 6.13",
        on: FROM_386,
        start: Ring0,
        code: ("ud2", &[0x0F, 0x0B]),
        setup: |r| {
            r.vector(6, sel::TSS, 0, access::TASK_GATE);
        },
        want: &[Vector(13), Stack(&[0x29, CODE])],
    },
    Case {
        name: "iret_from_an_interrupt_task_goes_on_behind_int_n",
        manual: "SDM 3, 7.4",
        on: FROM_386,
        start: Ring3,
        code: ("int 40h / mov ecx, 5 / int 41h", &[0xCD, 0x40, 0xB9, 0x05, 0x00, 0x00, 0x00, 0xCD, 0x41]),
        setup: |r| {
            r.task_32();
            r.vector(0x40, sel::TSS_32, 0, access::TASK_GATE | access::DPL_3);
            r.put8(LANDING, 0xCF);
        },
        want: &[Vector(13), Stack(&[0x20A, CODE + 7, 0x1B]), Gpr(Reg::Ecx, 5), Task(0x28)],
    },
    Case {
        name: "a_16_bit_task_has_16_bit_registers",
        manual: "SDM 3, 7.6",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 50h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x50, 0x00]),
        setup: |r| {
            r.task_16();
            r.ram.put_fill(0x1_8000, &[0xF4], 16);
        },
        want: &[
            Halted(0x8001),
            Gpr(Reg::Eax, 0xFFFF_2222),
            Gpr(Reg::Esp, 0xFFFF_5800),
            Null(Seg::Fs),
            Null(Seg::Gs),
            Selector(Seg::Cs, 0x70),
        ],
    },
    Case {
        name: "a_16_bit_task_is_saved_in_44_bytes",
        manual: "SDM 3, 7.6",
        on: FROM_386,
        start: Ring0,
        code: ("call 50h:0 / hlt", &[0x9A, 0x00, 0x00, 0x00, 0x00, 0x50, 0x00, 0xF4]),
        setup: |r| {
            r.task_16();
            r.ram.write((CODE + 0x8000) as usize, &[0xB8, 0x34, 0x12, 0xCF]);
            r.put(TSS_16 + 0x2C, 0xAAAA_AAAA);
        },
        want: &[
            Halted(CODE + 8),
            Memory(TSS_16 + 0x12, 0xFFFF, 0x1234),
            Memory(TSS_16 + 0x0E, 0xFFFF, 0x8004),
            Memory(TSS_16 + 0x2C, u32::MAX, 0xAAAA_AAAA),
            Kind(0x50, 1),
        ],
    },
    Case {
        name: "a_short_16_bit_tss_is_invalid",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 50h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x50, 0x00]),
        setup: |r| {
            r.task_16();
            r.segment_16(sel::TSS_16, TSS_16, 0x2A, access::TSS_16);
        },
        want: &[Vector(10), Stack(&[0x50, CODE])],
    },
    Case {
        name: "an_exceptions_code_is_a_word_for_a_16_bit_task",
        manual: "SDM 3, 21.4",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 200h / mov ds, ax", &[0x66, 0xB8, 0x00, 0x02, 0x8E, 0xD8]),
        setup: |r| {
            r.task_16();
            r.vector(13, sel::TSS_16, 0, access::TASK_GATE);
            r.ram.put_fill(0x1_8000, &[0xF4], 16);
        },
        want: &[Halted(0x8001), Words(&[0x200]), Gpr(Reg::Esp, 0xFFFF_57FE)],
    },
    Case {
        name: "a_task_may_begin_in_ring_3",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x50, 0x23);
            image(r, 0x48, 0x23);
            image(r, 0x54, 0x23);
            image(r, 0x58, 0);
            image(r, 0x5C, 0);
            r.steps = Some(1);
        },
        want: &[Eip(LANDING), Cpl(3), Null(Seg::Fs)],
    },
    Case {
        name: "cpu_05_a_task_may_begin_in_virtual_8086_mode",
        manual: "SDM 3, 20.2.4",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x24, 0x2_3002);
            image(r, 0x4C, 0x1800);
            image(r, 0x20, 0x12);
            r.steps = Some(1);
        },
        want: &[Eip(0x12), Cpl(3), Base(Seg::Cs, 0x1_8000), Limit(Seg::Cs, 0xFFFF), Base(Seg::Ss, 0x100)],
    },
    Case {
        name: "a_task_brings_its_page_directory",
        manual: "SDM 3, 7.5",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            r.page(DATA, DATA | 7);
            image(r, 0x1C, 0x6_0000);
            r.put(0x6_0000, 0x4_1007);
        },
        want: &[Halted(LANDING + 1), Cr3(0x6_0000)],
    },
    Case {
        name: "without_paging_cr3_stays",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x1C, 0x6_0000);
            r.cpu.cr3 = 0x4_0000;
        },
        want: &[Halted(LANDING + 1), Cr3(0x4_0000)],
    },
    Case {
        name: "a_page_fault_in_the_new_tss_belongs_to_the_old_task",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            r.page(TSS_32, 0);
        },
        want: &[Vector(14), Task(0x28), Cr2(TSS_32), Stack(&[0, CODE]), Kind(0x28, 11)],
    },
    Case {
        name: "the_t_flag_traps_before_the_first_instruction",
        manual: "SDM 3, 17.3.1.5",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x64, 0x68 << 16 | 1);
        },
        want: &[Vector(1), Stack(&[LANDING, 8]), Dr(6, 0xE00F, 0x8000)],
    },
    Case {
        name: "a_task_switch_clears_local_breakpoints",
        manual: "SDM 3, 17.2.4",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            r.cpu.dr[7] = 0x7FF;
            r.cpu.dr[0] = DATA;
            r.cpu.dr[1] = DATA;
            r.cpu.dr[2] = DATA;
            r.cpu.dr[3] = DATA;
        },
        want: &[Halted(LANDING + 1), Dr(7, 0xFFFF, 0x6AA)],
    },
    Case {
        name: "an_interrupt_leaves_virtual_8086_mode_by_a_task_gate",
        manual: "SDM 3, 20.3.1.3",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h", &[0xCD, 0x40]),
        setup: |r| {
            r.task_32();
            r.vector(0x40, sel::TSS_32, 0, access::TASK_GATE | access::DPL_3);
        },
        want: &[
            Halted(LANDING + 1),
            Cpl(0),
            Flags(1 << 17, 0),
            Memory(TSS + 0x24, u32::MAX, 0x2_3202),
            Memory(TSS + 0x4C, 0xFFFF, 0x1000),
        ],
    },
    Case {
        name: "iret_with_nt_returns_into_virtual_8086_mode",
        manual: "SDM 3, 20.2.5",
        on: FROM_386,
        start: V86(3),
        code: ("int 40h / mov cx, 5", &[0xCD, 0x40, 0xB9, 0x05, 0x00]),
        setup: |r| {
            r.task_32();
            r.vector(0x40, sel::TSS_32, 0, access::TASK_GATE | access::DPL_3);
            r.put8(LANDING, 0xCF);
            r.steps = Some(3);
        },
        want: &[Eip(5), Cpl(3), Base(Seg::Cs, CODE), Gpr(Reg::Ecx, 5), Flags(1 << 17, 1 << 17)],
    },
    Case {
        name: "the_port_map_counts_from_the_new_tss",
        manual: "SDM 3, 7.2.1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x50, 0x23);
            for at in [0x48, 0x54, 0x58, 0x5C] {
                image(r, at, 0x23);
            }
            r.put8(LANDING, 0xEC);
        },
        want: &[Vector(13), Stack(&[0, LANDING, 0x1B]), Ports(&[])],
    },
];
