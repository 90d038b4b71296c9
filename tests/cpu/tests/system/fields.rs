//! Instructions that look at selectors and descriptors (SDM vol. 3, section 5.10), and those that load LDTR and TR.

use crate::case::*;

const ZF: u32 = 1 << 6;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "lar_gives_the_access_bytes",
        manual: "SDM 2, LAR",
        on: FROM_386,
        start: Ring0,
        code: ("mov ecx, 23h / lar eax, ecx / hlt", &[0xB9, 0x23, 0x00, 0x00, 0x00, 0x0F, 0x02, 0xC1, 0xF4]),
        setup: |_| {},
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x00C0_F200)],
    },
    Case {
        name: "lar_of_a_call_gate_is_valid",
        manual: "SDM 2, LAR (table 3-53)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ecx, 30h / lar eax, ecx / hlt", &[0xB9, 0x30, 0x00, 0x00, 0x00, 0x0F, 0x02, 0xC1, 0xF4]),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, 0, access::CALL_32, 0);
        },
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x8C00)],
    },
    Case {
        name: "lar_of_an_interrupt_gate_is_not_valid",
        manual: "SDM 2, LAR (table 3-53)",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 5 / mov ecx, 30h / or ecx, ecx / lar eax, ecx / hlt",
            &[0xB8, 0x05, 0x00, 0x00, 0x00, 0xB9, 0x30, 0x00, 0x00, 0x00, 0x09, 0xC9, 0x0F, 0x02, 0xC1, 0xF4],
        ),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, 0, access::INTERRUPT_32, 0);
        },
        want: &[Flags(ZF, 0), Gpr(Reg::Eax, 5)],
    },
    Case {
        name: "lar_of_a_null_selector_is_not_valid",
        manual: "SDM 2, LAR",
        on: FROM_386,
        start: Ring0,
        code: ("xor ecx, ecx / lar eax, ecx / hlt", &[0x31, 0xC9, 0x0F, 0x02, 0xC1, 0xF4]),
        setup: |_| {},
        want: &[Flags(ZF, 0), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "lar_sees_no_data_of_more_privilege",
        manual: "SDM 2, LAR",
        on: FROM_386,
        start: Ring3,
        code: (
            "mov ecx, 10h / lar eax, ecx / int 3",
            &[0xB9, 0x10, 0x00, 0x00, 0x00, 0x0F, 0x02, 0xC1, 0xCD, 0x03],
        ),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Eax, 0), Stack(&[0x1A, CODE + 8, 0x1B, 0x1_0202])],
    },
    Case {
        name: "lar_with_16_bit_operands_keeps_the_upper_half",
        manual: "SDM 2, LAR",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 12345678h / mov ecx, 23h / lar ax, cx / hlt",
            &[0xB8, 0x78, 0x56, 0x34, 0x12, 0xB9, 0x23, 0x00, 0x00, 0x00, 0x66, 0x0F, 0x02, 0xC1, 0xF4],
        ),
        setup: |_| {},
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x1234_F200)],
    },
    Case {
        name: "lsl_gives_the_limit_in_bytes",
        manual: "SDM 2, LSL",
        on: FROM_386,
        start: Ring0,
        code: ("mov ecx, 30h / lsl eax, ecx / hlt", &[0xB9, 0x30, 0x00, 0x00, 0x00, 0x0F, 0x03, 0xC1, 0xF4]),
        setup: |r| {
            r.segment(sel::FREE, 0, 0x12_3FFF, access::DATA);
        },
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x12_3FFF)],
    },
    Case {
        name: "lsl_of_a_call_gate_is_not_valid",
        manual: "SDM 2, LSL (table 3-56)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ecx, 30h / lsl eax, ecx / hlt", &[0xB9, 0x30, 0x00, 0x00, 0x00, 0x0F, 0x03, 0xC1, 0xF4]),
        setup: |r| {
            r.gate(sel::FREE, sel::CODE_0, 0, access::CALL_32, 0);
        },
        want: &[Flags(ZF, 0), Gpr(Reg::Eax, 0)],
    },
    Case {
        name: "lsl_of_a_tss_is_valid",
        manual: "SDM 2, LSL (table 3-56)",
        on: FROM_386,
        start: Ring0,
        code: ("mov ecx, 28h / lsl eax, ecx / hlt", &[0xB9, 0x28, 0x00, 0x00, 0x00, 0x0F, 0x03, 0xC1, 0xF4]),
        setup: |_| {},
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x20FF)],
    },
    Case {
        name: "verr_follows_the_rpl",
        manual: "SDM 2, VERR/VERW",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 13h / verr ax / hlt", &[0x66, 0xB8, 0x13, 0x00, 0x0F, 0x00, 0xE0, 0xF4]),
        setup: |_| {},
        want: &[Flags(ZF, 0)],
    },
    Case {
        name: "verr_passes_conforming_code_of_any_privilege",
        manual: "SDM 2, VERR/VERW",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 68h / verr ax / int 3", &[0x66, 0xB8, 0x68, 0x00, 0x0F, 0x00, 0xE0, 0xCD, 0x03]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x1A, CODE + 7, 0x1B, 0x1_0242])],
    },
    Case {
        name: "verr_refuses_execute_only_code",
        manual: "SDM 2, VERR/VERW",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / verr ax / hlt", &[0x66, 0xB8, 0x30, 0x00, 0x0F, 0x00, 0xE0, 0xF4]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::EXECUTE_ONLY);
        },
        want: &[Flags(ZF, 0)],
    },
    Case {
        name: "verw_refuses_code_and_read_only_data",
        manual: "SDM 2, VERR/VERW",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov edx, 8 / verw dx / setz al / mov edx, 30h / verw dx / setz bl / mov edx, 10h / verw dx / setz cl / hlt",
            &[
                0xBA, 0x08, 0x00, 0x00, 0x00, 0x0F, 0x00, 0xEA, 0x0F, 0x94, 0xC0, 0xBA, 0x30, 0x00, 0x00,
                0x00, 0x0F, 0x00, 0xEA, 0x0F, 0x94, 0xC3, 0xBA, 0x10, 0x00, 0x00, 0x00, 0x0F, 0x00, 0xEA,
                0x0F, 0x94, 0xC1, 0xF4,
            ],
        ),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::READ_ONLY);
        },
        want: &[Gpr(Reg::Eax, 0), Gpr(Reg::Ebx, 0), Gpr(Reg::Ecx, 1)],
    },
    Case {
        name: "verr_takes_a_segment_that_is_not_present",
        manual: "SDM 2, VERR/VERW",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / verr ax / hlt", &[0x66, 0xB8, 0x30, 0x00, 0x0F, 0x00, 0xE0, 0xF4]),
        setup: |r| {
            r.segment(sel::FREE, 0, u32::MAX, access::DATA & !access::PRESENT);
        },
        want: &[Flags(ZF, ZF)],
    },
    Case {
        name: "arpl_raises_a_smaller_rpl",
        manual: "SDM 2, ARPL",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 12340011h / mov ecx, 3 / arpl ax, cx / hlt",
            &[0xB8, 0x11, 0x00, 0x34, 0x12, 0xB9, 0x03, 0x00, 0x00, 0x00, 0x63, 0xC8, 0xF4],
        ),
        setup: |_| {},
        want: &[Flags(ZF, ZF), Gpr(Reg::Eax, 0x1234_0013)],
    },
    Case {
        name: "arpl_leaves_a_greater_rpl",
        manual: "SDM 2, ARPL",
        on: FROM_386,
        start: Ring0,
        code: (
            "mov eax, 13h / mov ecx, 1 / arpl ax, cx / hlt",
            &[0xB8, 0x13, 0x00, 0x00, 0x00, 0xB9, 0x01, 0x00, 0x00, 0x00, 0x63, 0xC8, 0xF4],
        ),
        setup: |r| {
            r.cpu.eflags |= ZF;
        },
        want: &[Flags(ZF, 0), Gpr(Reg::Eax, 0x13)],
    },
    Case {
        name: "selector_instructions_are_invalid_in_real_mode",
        manual: "SDM 2, ARPL",
        on: FROM_386,
        start: Real,
        code: ("arpl ax, cx", &[0x63, 0xC8]),
        setup: |_| {},
        want: &[Vector(6), Words(&[0, 0x1000])],
    },
    Case {
        name: "lar_is_invalid_in_real_mode",
        manual: "SDM 2, LAR",
        on: FROM_386,
        start: Real,
        code: ("lar ax, cx", &[0x0F, 0x02, 0xC1]),
        setup: |_| {},
        want: &[Vector(6), Words(&[0, 0x1000])],
    },
    Case {
        name: "sldt_is_invalid_in_real_mode",
        manual: "SDM 2, SLDT",
        on: FROM_386,
        start: Real,
        code: ("sldt ax", &[0x0F, 0x00, 0xC0]),
        setup: |_| {},
        want: &[Vector(6), Words(&[0, 0x1000])],
    },
    Case {
        name: "str_is_invalid_in_virtual_8086_mode",
        manual: "SDM 2, STR",
        on: FROM_386,
        start: V86(3),
        code: ("str ax", &[0x0F, 0x00, 0xC8]),
        setup: |_| {},
        want: &[Vector(6), Stack(&[0, 0x1000])],
    },
    Case {
        name: "sldt_and_str_need_no_privilege",
        manual: "SDM 2, SLDT, STR",
        on: FROM_386,
        start: Ring3,
        code: ("sldt eax / str ecx / int 3", &[0x0F, 0x00, 0xC0, 0x0F, 0x00, 0xC9, 0xCD, 0x03]),
        setup: |_| {},
        want: &[Vector(13), Gpr(Reg::Eax, 0x40), Gpr(Reg::Ecx, 0x28)],
    },
    Case {
        name: "lldt_of_null_makes_the_ldt_unusable",
        manual: "SDM 2, LLDT",
        on: FROM_386,
        start: Ring0,
        code: (
            "xor eax, eax / lldt ax / mov al, 0Ch / mov ds, ax",
            &[0x31, 0xC0, 0x0F, 0x00, 0xD0, 0xB0, 0x0C, 0x8E, 0xD8],
        ),
        setup: |r| {
            r.segment(0x0C, DATA, 0xFFF, access::DATA);
        },
        want: &[Vector(13), Stack(&[0x0C, CODE + 7])],
    },
    Case {
        name: "lldt_wants_an_ldt",
        manual: "SDM 2, LLDT",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 10h / lldt ax", &[0x66, 0xB8, 0x10, 0x00, 0x0F, 0x00, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x10, CODE + 4])],
    },
    Case {
        name: "lldt_wants_the_gdt",
        manual: "SDM 2, LLDT",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 44h / lldt ax", &[0x66, 0xB8, 0x44, 0x00, 0x0F, 0x00, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x44, CODE + 4])],
    },
    Case {
        name: "lldt_of_what_is_not_present_faults",
        manual: "SDM 2, LLDT",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 30h / lldt ax", &[0x66, 0xB8, 0x30, 0x00, 0x0F, 0x00, 0xD0]),
        setup: |r| {
            r.segment(sel::FREE, LDT, 0x3F, access::LDT & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, CODE + 4])],
    },
    Case {
        name: "lldt_is_privileged",
        manual: "SDM 2, LLDT",
        on: FROM_386,
        start: Ring3,
        code: ("mov ax, 40h / lldt ax", &[0x66, 0xB8, 0x40, 0x00, 0x0F, 0x00, 0xD0]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 4, 0x1B])],
    },
    Case {
        name: "ltr_marks_the_tss_busy",
        manual: "SDM 2, LTR",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 48h / ltr ax / hlt", &[0x66, 0xB8, 0x48, 0x00, 0x0F, 0x00, 0xD8, 0xF4]),
        setup: |r| {
            r.task_32();
        },
        want: &[Task(0x48), Kind(0x48, 11)],
    },
    Case {
        name: "ltr_refuses_a_busy_tss",
        manual: "SDM 2, LTR",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 28h / ltr ax", &[0x66, 0xB8, 0x28, 0x00, 0x0F, 0x00, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0x28, CODE + 4])],
    },
    Case {
        name: "ltr_refuses_null",
        manual: "SDM 2, LTR",
        on: FROM_386,
        start: Ring0,
        code: ("xor eax, eax / ltr ax", &[0x31, 0xC0, 0x0F, 0x00, 0xD8]),
        setup: |_| {},
        want: &[Vector(13), Stack(&[0, CODE + 2])],
    },
    Case {
        name: "ltr_of_what_is_not_present_faults_and_stays_available",
        manual: "SDM 2, LTR",
        on: FROM_386,
        start: Ring0,
        code: ("mov ax, 48h / ltr ax", &[0x66, 0xB8, 0x48, 0x00, 0x0F, 0x00, 0xD8]),
        setup: |r| {
            r.task_32();
            r.segment(sel::TSS_32, TSS_32, 0x67, access::TSS_32 & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x48, CODE + 4]), Kind(0x48, 9), Task(0x28)],
    },
];
