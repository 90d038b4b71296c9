//! What the audit keeps out of a comparison, on the interpreter alone.

use cpu_tests::audit::audit;
use cpu_tests::guest::{Guest, LINUX_TABLE};
use cpu_tests::layout::{self, CODE, EXIT, STACK, selector};
use cpu_tests::state::{Case, Registers};

const ESP: usize = 4;
const ESI: usize = 6;
const EDI: usize = 7;

/// Why a sequence of flat 32-bit code is not compared.
fn refused(code: &[&[u8]], registers: &[(usize, u32)]) -> Option<&'static str> {
    let data = selector::DATA;
    let seg = [data, selector::CODE, data, data, data, data];
    let mut start = Registers { eip: CODE, eflags: 0x202, seg, ..Registers::default() };
    start.gpr[ESP] = STACK + 0x800;
    for &(register, value) in registers {
        start.gpr[register] = value;
    }
    let code = code.iter().map(|ins| ins.to_vec()).collect();
    let case = Case { code, registers: start, memory: layout::blank() };
    audit(&mut Guest::new(&LINUX_TABLE), &case, &case.image()).err()
}

#[test]
fn what_is_the_same_on_both_sides_is_compared() {
    let movsb: &[u8] = &[0xA4];
    assert_eq!(refused(&[movsb], &[(ESI, STACK), (EDI, STACK + 4)]), None);
}

#[test]
fn a_string_instruction_that_reads_the_way_out_is_not_compared() {
    let reason = Some("the way out differs");
    let (movsb, lodsb, lodsb_16): (&[u8], &[u8], &[u8]) = (&[0xA4], &[0xAC], &[0x67, 0xAC]);
    assert_eq!(refused(&[movsb], &[(ESI, EXIT), (EDI, STACK)]), reason);
    assert_eq!(refused(&[lodsb], &[(ESI, EXIT + 0xFFF)]), reason);
    // SI alone does not reach it, and faults.
    assert_eq!(refused(&[lodsb_16], &[(ESI, EXIT)]), None);
}

#[test]
fn a_string_or_stack_instruction_that_reads_bytes_which_are_not_compared_ends_the_comparison() {
    let reason = Some("comes back to bytes that are not compared");
    // FNSTENV [edi] stores FIP at EDI + 12.
    let fnstenv: &[u8] = &[0xD9, 0x37];
    let (lodsd, pop): (&[u8], &[u8]) = (&[0xAD], &[0x58]);
    assert_eq!(refused(&[fnstenv, lodsd], &[(EDI, STACK), (ESI, STACK + 12)]), reason);
    assert_eq!(refused(&[fnstenv, lodsd], &[(EDI, STACK), (ESI, STACK + 4)]), None);
    assert_eq!(refused(&[fnstenv, pop], &[(EDI, STACK), (ESP, STACK + 12)]), reason);
}

#[test]
fn an_undefined_form_of_an_instruction_that_is_excluded_is_not_compared() {
    let reason = Some("newer than the preset, or older");
    for vmcall in [&[0x0F, 0x01, 0xC1][..], &[0xF2, 0x0F, 0x01, 0xC1], &[0x67, 0x66, 0x0F, 0x01, 0xC1]] {
        assert_eq!(refused(&[vmcall], &[]), reason, "{vmcall:X?}");
    }
    let ud2: &[u8] = &[0xF2, 0x0F, 0x0B];
    assert_eq!(refused(&[ud2], &[]), None, "undefined with and without the prefix");
}
