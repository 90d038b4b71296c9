//! Faults of a new task, which belong to it (SDM vol. 3, table 7-1).

use crate::case::*;

/// A word of the 32-bit task's image.
fn image(r: &Rig, at: u32, value: u32) {
    r.put(TSS_32 + at, value);
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a_bad_ldt_is_the_new_tasks_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x60, 0x10);
        },
        want: &[Vector(10), Stack(&[0x10, LANDING, 0x1B]), Task(0x48)],
    },
    Case {
        name: "an_ldt_that_is_not_present_is_the_new_tasks_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x60, 0x30);
            r.segment(sel::FREE, LDT, 0x3F, access::LDT & !access::PRESENT);
        },
        want: &[Vector(10), Stack(&[0x30, LANDING, 0x1B]), Task(0x48)],
    },
    Case {
        name: "the_ldt_is_loaded_before_the_segments",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x60, 0x30);
            image(r, 0x4C, 0x0C);
            r.segment(sel::FREE, DATA, 0x3F, access::LDT);
            r.put(DATA + 8, 0x0000_FFFF);
            r.put(DATA + 12, 0x00CF_9A00);
        },
        want: &[Halted(LANDING + 1), Selector(Seg::Cs, 0x0C)],
    },
    Case {
        name: "a_null_stack_in_the_new_task_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x50, 0);
            r.vector(10, sel::TSS_16, 0, access::TASK_GATE);
            r.task_16();
            r.ram.put_fill(0x1_8000, &[0xF4], 16);
        },
        want: &[Halted(0x8001), Words(&[0]), Memory(TSS_32 + 0x20, u32::MAX, LANDING)],
    },
    Case {
        name: "a_stack_of_another_dpl_in_the_new_task_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x50, 0x13);
        },
        want: &[Vector(10), Stack(&[0x10, LANDING, 0x1B]), Task(0x48)],
    },
    Case {
        name: "a_stack_that_is_not_present_in_the_new_task_is_a_stack_fault",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x1B);
            image(r, 0x50, 0x33);
            r.segment(sel::FREE, 0, u32::MAX, 0x72);
        },
        want: &[Vector(12), Stack(&[0x30, LANDING, 0x1B])],
    },
    Case {
        name: "code_of_another_dpl_in_the_new_task_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x18);
        },
        want: &[Vector(10), Stack(&[0x18, LANDING, 0x18]), Task(0x48)],
    },
    Case {
        name: "data_where_code_belongs_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x10);
        },
        want: &[Vector(10), Stack(&[0x10, LANDING, 0x10])],
    },
    Case {
        name: "code_that_is_not_present_in_the_new_task_faults",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x30);
            r.segment(sel::FREE, 0, u32::MAX, access::CODE & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, LANDING, 0x30])],
    },
    Case {
        name: "a_bad_data_selector_in_the_new_task_is_an_invalid_tss",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x54, 0x200);
        },
        want: &[Vector(10), Stack(&[0x200, LANDING, 8])],
    },
    Case {
        name: "data_that_is_not_present_in_the_new_task_faults",
        manual: "SDM 3, table 7-1",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x58, 0x30);
            r.segment(sel::FREE, 0, u32::MAX, access::DATA & !access::PRESENT);
        },
        want: &[Vector(11), Stack(&[0x30, LANDING, 8])],
    },
    Case {
        name: "an_eip_beyond_the_limit_is_the_new_tasks_fault",
        manual: "SDM 3, 7.3",
        on: FROM_386,
        start: Ring0,
        code: ("jmp 48h:0", &[0xEA, 0x00, 0x00, 0x00, 0x00, 0x48, 0x00]),
        setup: |r| {
            r.task_32();
            image(r, 0x4C, 0x30);
            r.segment(sel::FREE, 0, 0xFFFF, access::CODE);
        },
        want: &[Vector(13), Stack(&[0, LANDING, 0x30]), Task(0x48)],
    },
];
