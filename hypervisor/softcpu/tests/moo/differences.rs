//! Where the 80386 and later CPUs are documented to differ from the silicon of the suites.
//!
//! Each entry says of which tests, why, and who says so. Everything else is equal on every preset. Not in the list:
//! undefined flags (`undefined.rs`), and bits 15-12 of FLAGS (`rig.rs`).

use super::case::Case;
use engine::Model;

pub(crate) struct Difference {
    /// One line for the counts.
    pub(crate) reason: &'static str,
    /// Where it is written.
    pub(crate) document: &'static str,
    /// Whether a test meets it.
    pub(crate) met: fn(&Case) -> bool,
}

/// Intel SDM vol. 3, "IA-32 Architecture Compatibility", the section on real-mode code of the 8086 and the 286.
const SDM: &str = "SDM vol. 3, 8086 emulation and compatibility chapters";
const I386: &str = "80386 Programmer's Reference Manual, 14.7 Differences From 8086";
const I286: &str = "80386 Programmer's Reference Manual, 14.8 Differences From 80286 Real-Address Mode";
const SILICON: &str = "undocumented on the 8086; the later opcode is documented";

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        reason: "opcodes that the 80186 gave a meaning (8086: aliases of 70-7F, C2, C3, CA, CB)",
        document: I386,
        met: |c| is_8086(c) && matches!(c.opcode, 0x60..=0x6F | 0xC0 | 0xC1 | 0xC8 | 0xC9),
    },
    Difference {
        reason: "PUSH SP stores SP as it was before (8086: after)",
        document: I386,
        met: |c| is_8086(c) && (c.opcode == 0x54 || c.opcode == 0xFF && c.modrm == 0xF4),
    },
    Difference {
        reason: "shift counts use five bits (8086: eight)",
        document: I386,
        met: |c| is_8086(c) && matches!(c.opcode, 0xD2 | 0xD3) && c.count() > 31,
    },
    Difference {
        reason: "D0-D3 /6 shifts left (8086: sets all ones)",
        document: SILICON,
        met: |c| is_8086(c) && matches!(c.opcode, 0xD0..=0xD3) && c.reg == 6,
    },
    Difference {
        reason: "#DE saves the address of the instruction (8086: of the next one)",
        document: I386,
        met: |c| is_8086(c) && c.divides() && c.ends_in_interrupt(),
    },
    Difference {
        reason: "IDIV and IMUL ignore REP (8086: it negates the result)",
        document: SILICON,
        met: |c| is_8086(c) && matches!((c.opcode, c.reg), (0xF6 | 0xF7, 5 | 7)) && c.is_repeated(),
    },
    Difference {
        reason: "DAA and DAS compare AL with 99h, and DAS keeps a borrow (8086: 9Fh after a low adjustment, no borrow)",
        document: SDM,
        met: |c| is_8086(c) && decimal_adjustment_differs(c),
    },
    Difference {
        reason: "AAA and AAS carry from AL into AH (8086: no)",
        document: SDM,
        met: |c| is_8086(c) && ascii_adjustment_carries(c),
    },
    Difference {
        reason: "MOV of segment registers 4-7 and to CS: FS, GS, #UD (8086: ES, CS, SS, DS)",
        document: I386,
        met: |c| is_8086(c) && matches!((c.opcode, c.reg), (0x8C | 0x8E, 4..=7) | (0x8E, 1)),
    },
    Difference {
        reason: "8F, C6, C7 with a reg field other than 0, FF /7: #UD (8086: as /0, as /6)",
        document: I386,
        met: |c| is_8086(c) && matches!((c.opcode, c.reg), (0x8F | 0xC6 | 0xC7, 1..=7) | (0xFF, 7)),
    },
    Difference {
        reason: "escapes reach a floating-point unit (the 8086 was captured without one)",
        document: SDM,
        met: |c| is_8086(c) && matches!(c.opcode, 0xD8..=0xDF),
    },
    Difference {
        reason: "an operand across offset FFFFh: #GP or #SS (8086: it wraps to offset 0)",
        document: I386,
        met: |c| is_8086(c) && c.crosses_the_end(),
    },
    Difference {
        reason: "an instruction across offset FFFFh: #GP (8086: it goes on at offset 0)",
        document: I386,
        met: |c| is_8086(c) && usize::from(c.register(12)) + c.test.code.len() > 0x1_0000,
    },
    Difference {
        reason: "LOCK only before instructions that change memory: otherwise #UD (8086, 286: before any)",
        document: I286,
        met: |c| c.prefixes.iter().any(|p| matches!(p, 0xF0 | 0xF1)) && !lockable(c),
    },
    Difference {
        reason: "instructions of up to 15 bytes (286: 10, then #GP)",
        document: I286,
        met: |c| c.suite == Model::I80286 && c.test.code.len() - 1 > 10,
    },
    Difference {
        reason: "MOV of segment registers 4 and 5: FS, GS (286: #UD)",
        document: I286,
        met: |c| c.suite == Model::I80286 && matches!((c.opcode, c.reg), (0x8C | 0x8E, 4 | 5)),
    },
    Difference {
        reason: "a string instruction that faults can be restarted (286: index and count have moved on)",
        document: I286,
        met: |c| c.suite == Model::I80286 && c.is_string() && matches!(c.test.exception, Some((13, _))),
    },
    Difference {
        reason: "POP to memory that faults leaves SP (286: SP has moved on)",
        document: I286,
        met: |c| c.suite == Model::I80286 && c.opcode == 0x8F && matches!(c.test.exception, Some((13, _))),
    },
    Difference {
        reason: "a word across the end of the stack segment: #SS (286: #GP)",
        document: I286,
        met: |c| {
            c.suite == Model::I80286 && matches!(c.test.exception, Some((13, _))) && c.crosses_the_stack_end()
        },
    },
];

fn is_8086(case: &Case) -> bool {
    case.suite == Model::I8086
}

fn al(case: &Case) -> u16 {
    case.register(0) & 0xFF
}

fn adjusts_low_digit(case: &Case) -> bool {
    al(case) & 0xF > 9 || case.flags() & 0x10 != 0
}

fn decimal_adjustment_differs(case: &Case) -> bool {
    let (carry, auxiliary) = (case.flags() & 1 != 0, case.flags() & 0x10 != 0);
    let top = auxiliary && !carry && matches!(al(case), 0x9A..=0x9F);
    match case.opcode {
        0x27 => top,
        0x2F => top || !carry && adjusts_low_digit(case) && al(case) < 6,
        _ => false,
    }
}

fn ascii_adjustment_carries(case: &Case) -> bool {
    let carries = match case.opcode {
        0x37 => al(case) >= 0xFA,
        0x3F => al(case) < 6,
        _ => false,
    };
    carries && adjusts_low_digit(case)
}

/// Whether a 386 takes LOCK before the instruction (80386 Programmer's Reference Manual, "LOCK").
fn lockable(case: &Case) -> bool {
    let writes = match (case.opcode, case.reg) {
        (0x00..=0x37, _) => matches!(case.opcode & 7, 0 | 1),
        (0x80..=0x83, reg) => reg != 7,
        (0x86 | 0x87, _) => true,
        (0xF6 | 0xF7, reg) => matches!(reg, 2 | 3),
        (0xFE | 0xFF, reg) => reg < 2,
        _ => false,
    };
    writes && case.modrm < 0xC0
}
