//! Flags that Intel leaves undefined (SDM vol. 2, each instruction's "Flags Affected").

use super::case::Case;
use engine::Model;

/// Flags that Intel leaves undefined after an instruction.
pub(crate) fn undefined(case: &Case) -> u16 {
    let [cf, pf, af, zf, sf, of] = [1, 4, 0x10, 0x40, 0x80, 0x800];
    let (opcode, reg, count) = (case.opcode, case.reg, case.count());
    let rotate_of = if count == 1 { 0 } else { of };
    let shifts = matches!(opcode, 0xD0..=0xD3) || matches!(opcode, 0xC0 | 0xC1) && case.suite != Model::I8086;
    match opcode {
        0x08..=0x0D | 0x20..=0x25 | 0x30..=0x35 | 0x84 | 0x85 | 0xA8 | 0xA9 => af,
        0x80..=0x83 if matches!(reg, 1 | 4 | 6) => af,
        0x27 | 0x2F => of,
        0x37 | 0x3F => of | sf | zf | pf,
        0xD4 | 0xD5 => of | af | cf | if case.test.code.contains(&0) { sf | zf | pf } else { 0 },
        0x69 | 0x6B => sf | zf | af | pf,
        _ if shifts && reg < 4 => rotate_of,
        // A shift by more than the width leaves CF undefined too.
        _ if shifts => af | rotate_of | if count > 8 { cf } else { 0 },
        0xF6 | 0xF7 if reg <= 1 => af,
        0xF6 | 0xF7 if matches!(reg, 4 | 5) => sf | zf | af | pf,
        0xF6 | 0xF7 if matches!(reg, 6 | 7) => cf | pf | af | zf | sf | of,
        _ => 0,
    }
}
