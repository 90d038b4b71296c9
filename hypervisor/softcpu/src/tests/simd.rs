//! MMX and SSE instructions around their results, which `tests/simd_host.rs` has: who may run them, operands, exceptions.

use super::rig::{CODE, DEVICE, Rig};
use engine::{EFlags, F80, Model};

/// Where operands lie.
pub(super) const DATA: u32 = 0x3_0000;
pub(super) const OSFXSR: u32 = 1 << 9;
const OSXMMEXCPT: u32 = 1 << 10;
const HLT: u8 = 0xF4;

/// An instruction with the operand `[address]`: its ModRM byte is the last of `bytes`, register in place.
pub(super) fn at(bytes: &[u8], address: u32) -> Vec<u8> {
    let (mod_rm, opcode) = bytes.split_last().unwrap();
    [opcode, &[mod_rm | 5], &address.to_le_bytes(), &[HLT]].concat()
}

/// Privilege 0, SSE switched on as an operating system does.
pub(super) fn rig(model: Model, code: &[u8]) -> Rig {
    let mut rig = Rig::protected(model, 0, code);
    rig.cpu.cr0 |= 0x20;
    rig.cpu.cr4 = OSFXSR | OSXMMEXCPT;
    rig
}

#[track_caller]
fn completes(rig: &mut Rig) {
    let start = rig.cpu.retired;
    rig.step(1);
    assert!(rig.cpu.eip >= CODE && rig.cpu.retired == start + 1, "faulted to {:X}", rig.cpu.eip);
}

fn invalid_opcode(model: Model, bytes: &[u8]) -> bool {
    let mut rig = rig(model, &[bytes, &[HLT; 8]].concat());
    rig.step(1);
    rig.cpu.eip == 0x8000 + 16 * 6
}

#[test]
fn each_preset_has_its_own_sets_and_the_others_are_invalid() {
    use Model::{Pentium, Pentium2, Pentium3, Pentium4, PentiumMmx};
    let table: &[(&[u8], Model, Model)] = &[
        (&[0x0F, 0xFC, 0xC1], PentiumMmx, Pentium),
        (&[0x0F, 0x77], PentiumMmx, Pentium),
        (&[0x0F, 0xAE, 0x07], Pentium2, PentiumMmx),
        (&[0x0F, 0x58, 0xC1], Pentium3, Pentium2),
        (&[0x0F, 0x70, 0xC1, 0], Pentium3, Pentium2),
        (&[0x0F, 0xE0, 0xC1], Pentium3, Pentium2),
        (&[0x0F, 0xAE, 0xF8], Pentium3, Pentium2),
        (&[0x66, 0x0F, 0x58, 0xC1], Pentium4, Pentium3),
        (&[0x66, 0x0F, 0xFC, 0xC1], Pentium4, Pentium3),
        (&[0x0F, 0xD4, 0xC1], Pentium4, Pentium3),
        (&[0x0F, 0xC3, 0x07], Pentium4, Pentium3),
        (&[0x0F, 0xAE, 0xF0], Pentium4, Pentium3),
        (&[0x0F, 0xAE, 0x3F], Pentium4, Pentium3),
    ];
    for (bytes, has, lacks) in table {
        assert!(!invalid_opcode(*has, bytes), "{bytes:02x?} on {has:?}");
        assert!(invalid_opcode(*lacks, bytes), "{bytes:02x?} on {lacks:?}");
    }
    let sse3 = [0xF2, 0x0F, 0x7C, 0xC1];
    assert!(invalid_opcode(Pentium4, &sse3));
}

#[test]
fn lock_makes_them_invalid() {
    assert!(invalid_opcode(Model::Pentium4, &[0xF0, 0x0F, 0xFC, 0xC1]));
    assert!(invalid_opcode(Model::Pentium4, &[0xF0, 0x0F, 0x58, 0x07]));
}

#[test]
fn a_repeat_prefix_wins_over_the_operand_size_prefix() {
    let mut rig = rig(Model::Pentium4, &[0x66, 0xF2, 0x0F, 0x58, 0xC1]);
    rig.cpu.xmm[0] = [1f64.to_bits(), 7];
    rig.cpu.xmm[1] = [2f64.to_bits(), 9];
    completes(&mut rig);
    assert_eq!(rig.cpu.xmm[0], [3f64.to_bits(), 7], "ADDSD leaves the upper half");
}

#[test]
fn emulation_makes_them_invalid_and_a_switched_task_unavailable() {
    let (mmx, sse) = (&[0x0F, 0xFC, 0xC1], &[0x0F, 0x58, 0xC1]);
    for code in [mmx, sse] {
        let mut emulated = rig(Model::Pentium3, code);
        emulated.cpu.cr0 |= 4;
        assert_eq!(emulated.vector(), 6);
        let mut switched = rig(Model::Pentium3, code);
        switched.cpu.cr0 |= 8;
        assert_eq!(switched.vector(), 7);
    }
}

#[test]
fn without_osfxsr_xmm_registers_are_invalid_and_mmx_extensions_are_not() {
    for (code, runs) in [([0x0F, 0x58, 0xC1, HLT], false), ([0x0F, 0xE0, 0xC1, HLT], true)] {
        let mut rig = rig(Model::Pentium3, &code);
        rig.cpu.cr4 = 0;
        if runs {
            completes(&mut rig);
        } else {
            assert_eq!(rig.vector(), 6);
        }
    }
}

#[test]
fn an_mmx_result_makes_the_x87_registers_valid_and_its_own_a_nan() {
    let mut rig = rig(Model::PentiumMmx, &[0x0F, 0x6F, 0xD9]);
    rig.cpu.fpu.status = 5 << 11;
    rig.cpu.fpu.st[1].mantissa = 0x1234;
    completes(&mut rig);
    let fpu = &rig.cpu.fpu;
    assert_eq!((fpu.tags, fpu.status), (0, 0));
    assert_eq!(fpu.st[3], F80 { mantissa: 0x1234, sign_exponent: 0xFFFF });
    assert_eq!(fpu.st[1].sign_exponent, 0, "a source keeps its exponent");
}

#[test]
fn reading_an_mmx_register_enters_the_mmx_state_and_emms_leaves_it() {
    let mut rig = rig(Model::PentiumMmx, &[0x0F, 0x7E, 0xC0, 0x0F, 0x77]);
    rig.cpu.fpu.status = 5 << 11;
    completes(&mut rig);
    assert_eq!((rig.cpu.fpu.tags, rig.cpu.fpu.status), (0, 0));
    completes(&mut rig);
    assert_eq!((rig.cpu.fpu.tags, rig.cpu.fpu.status), (0xFFFF, 0));
}

/// The x87 with a division by zero that nobody has heard of.
fn pend_exception(rig: &mut Rig) {
    rig.cpu.fpu.control = 0x037B;
    rig.cpu.fpu.status = 0x8084;
}

#[test]
fn a_pending_x87_exception_comes_before_mmx_and_not_before_sse() {
    for (code, faults) in [
        (vec![0x0F, 0xFC, 0xC1], true),
        (vec![0x0F, 0x77], true),
        (vec![0x0F, 0x2D, 0xC1], true),
        (vec![0x0F, 0x58, 0xC1], false),
    ] {
        let mut rig = rig(Model::Pentium3, &code);
        pend_exception(&mut rig);
        if faults {
            assert_eq!(rig.vector(), 16, "{code:02x?}");
            assert_ne!(rig.cpu.fpu.tags, 0);
        } else {
            completes(&mut rig);
        }
    }
}

#[test]
fn without_ne_a_pending_x87_exception_raises_ferr_before_mmx() {
    let mut rig = rig(Model::PentiumMmx, &[0x0F, 0xFC, 0xC1]);
    rig.cpu.cr0 &= !0x20;
    pend_exception(&mut rig);
    completes(&mut rig);
    assert_eq!(rig.board.ferr, 1);
}

#[test]
fn conversions_of_mmx_registers_enter_the_mmx_state_and_cvtpi2pd_of_memory_does_not() {
    for (code, enters) in [
        (vec![0x0F, 0x2A, 0xC1], true),
        (vec![0x66, 0x0F, 0x2A, 0xC1], true),
        (vec![0x0F, 0x2D, 0xC1], true),
        (vec![0xF3, 0x0F, 0xD6, 0xC1], true),
        (at(&[0x66, 0x0F, 0x2A, 0], DATA), false),
    ] {
        let mut rig = rig(Model::Pentium4, &code);
        completes(&mut rig);
        assert_eq!(rig.cpu.fpu.tags == 0, enters, "{code:02x?}");
    }
}

#[test]
fn misaligned_sixteen_bytes_fault_where_alignment_is_demanded() {
    for (code, faults) in [
        (vec![0x0F, 0x58, 0], true),
        (vec![0x0F, 0x28, 0], true),
        (vec![0x0F, 0x29, 0], true),
        (vec![0x66, 0x0F, 0xE7, 0], true),
        (vec![0x66, 0x0F, 0xFC, 0], true),
        (vec![0x0F, 0x10, 0], false),
        (vec![0x0F, 0x11, 0], false),
        (vec![0xF3, 0x0F, 0x58, 0], false),
        (vec![0x0F, 0xFC, 0], false),
    ] {
        let mut misaligned = rig(Model::Pentium4, &at(&code, DATA + 4));
        if faults {
            assert_eq!(misaligned.vector(), 13, "{code:02x?}");
            assert_eq!(misaligned.stack(0), 0);
        } else {
            completes(&mut misaligned);
        }
        completes(&mut rig(Model::Pentium4, &at(&code, DATA + 16)));
    }
}

#[test]
fn alignment_checks_look_at_eight_bytes() {
    for (code, address, vector) in [
        (&[0x0F, 0x6F, 0][..], DATA + 4, 17),
        (&[0x0F, 0x10, 0], DATA + 4, 17),
        (&[0x0F, 0x28, 0], DATA + 4, 13),
        // HLT at privilege 3.
        (&[0x0F, 0x10, 0], DATA + 8, 13),
    ] {
        let mut rig = Rig::protected(Model::Pentium3, 3, &at(code, address));
        rig.cpu.cr4 = OSFXSR;
        rig.cpu.cr0 |= 1 << 18;
        rig.cpu.eflags |= EFlags::AC.bits();
        assert_eq!(rig.vector(), vector, "{code:02x?}");
    }
}

#[test]
fn a_store_that_faults_in_its_second_page_stores_nothing() {
    let second = DATA + 0x1000;
    for code in [&[0x0F, 0x11, 0][..], &[0x66, 0x0F, 0xD6, 0]] {
        let mut rig = rig(Model::Pentium4, &at(code, second - 4));
        rig.page();
        rig.ram.write_u32(Rig::pte(second), 0);
        rig.cpu.xmm[0] = [u64::MAX; 2];
        assert_eq!(rig.vector(), 14);
        assert_eq!((rig.cpu.cr2, rig.stack(0)), (second, 2));
        assert_eq!(rig.ram.read_u32(second as usize - 4), 0);
    }
}

#[test]
fn an_operand_may_cross_a_page() {
    let second = DATA + 0x1000;
    let load = at(&[0x0F, 0x10, 0x08], second - 4);
    let mut rig = rig(Model::Pentium3, &[&at(&[0x0F, 0x11, 0], second - 4)[..7], &load].concat());
    rig.page();
    rig.cpu.xmm[0] = [0x0807_0605_0403_0201, 0x100F_0E0D_0C0B_0A09];
    rig.run();
    assert_eq!(rig.cpu.xmm[1], rig.cpu.xmm[0]);
    assert_eq!(rig.ram.read_u32(second as usize), 0x0807_0605);
}

#[test]
fn an_operand_past_the_limit_faults_whole() {
    for (segment, vector) in [(3, 13), (2, 12)] {
        let prefix = [0x36, 0x3E][usize::from(segment == 3)];
        let mut rig = rig(Model::Pentium3, &at(&[prefix, 0x0F, 0x7F, 0], DATA - 4));
        rig.cpu.seg[segment].limit = DATA + 2;
        rig.cpu.fpu.st[0].mantissa = u64::MAX;
        assert_eq!(rig.vector(), vector);
        assert_eq!(rig.ram.read_u32(DATA as usize - 4), 0);
    }
}

#[test]
fn a_device_is_read_and_written_in_dwords() {
    let store = at(&[0x0F, 0x7F, 0], DEVICE + 8);
    let mut rig = rig(Model::PentiumMmx, &[&at(&[0x0F, 0x6F, 0], DEVICE)[..7], &store].concat());
    rig.run();
    let written = Some(0xC3C3_C3C3);
    let accesses = [(DEVICE, None), (DEVICE + 4, None), (DEVICE + 8, written), (DEVICE + 12, written)];
    assert_eq!(rig.board.mmio, accesses);
}

#[test]
fn a_store_over_code_is_executed() {
    // MOVAPS over the sixteen bytes at the next instruction.
    let target = CODE + 16;
    let mut rig = rig(Model::Pentium3, &at(&[0x0F, 0x29, 0], target)[..7]);
    rig.ram.write(CODE as usize + 7, &[0x90; 9]);
    rig.ram.write(target as usize, &[0x90; 16]);
    rig.ram.write(target as usize + 16, &[HLT]);
    // mov eax, 0x11223344; hlt
    rig.cpu.xmm[0] = [u64::from_le_bytes([0xB8, 0x44, 0x33, 0x22, 0x11, HLT, HLT, HLT]), 0];
    rig.run();
    assert_eq!((rig.cpu.gpr[0], rig.cpu.eip), (0x1122_3344, target + 6));
}

#[test]
fn a_masked_store_writes_the_chosen_bytes_and_needs_all_writable() {
    let code = [0x66, 0x0F, 0xF7, 0xC1, HLT];
    for present in [true, false] {
        let mut rig = rig(Model::Pentium4, &code);
        rig.page();
        rig.cpu.gpr[7] = DATA + 0x1000 - 8;
        rig.cpu.xmm[0] = [0x0807_0605_0403_0201, 0x100F_0E0D_0C0B_0A09];
        rig.cpu.xmm[1] = [0x8000_0000_0000_0080, 0];
        if !present {
            rig.ram.write_u32(Rig::pte(DATA + 0x1000), 0);
            assert_eq!(rig.vector(), 14);
        } else {
            completes(&mut rig);
        }
        let stored = if present { [0x01, 0x0800_0000] } else { [0, 0] };
        let at = DATA as usize + 0x1000 - 8;
        assert_eq!([rig.ram.read_u32(at), rig.ram.read_u32(at + 4)], stored);
    }
}

#[test]
fn clflush_and_prefetch_of_a_missing_page() {
    let missing = DATA + 0x1000;
    for (code, vector) in [(&[0x0F, 0xAE, 0x38][..], Some(14)), (&[0x0F, 0x18, 0x08], None)] {
        let mut rig = rig(Model::Pentium4, &at(code, missing));
        rig.page();
        rig.ram.write_u32(Rig::pte(missing), 0);
        match vector {
            Some(vector) => assert_eq!(rig.vector(), vector),
            None => completes(&mut rig),
        }
    }
}
