//! Instructions whose operands depend on each other.

use super::rig::Rig;
use engine::{CrZero, EFlags, Model};

#[test]
fn xadd_of_a_register_in_its_own_address_writes_where_it_read() {
    // xadd [bx], bh
    let mut rig = Rig::real(Model::Pentium, &[0x0F, 0xC0, 0x3F]);
    rig.cpu.gpr[3] = 0xF200;
    rig.step(1);
    assert_eq!(rig.ram.read_u8(0x2_F200), 0xF2);
    assert_eq!(rig.cpu.gpr[3], 0);
}

#[test]
fn cmps_reads_its_source_before_its_destination() {
    // cmpsb with both operands in pages that are not there
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xA6]);
    rig.page();
    (rig.cpu.gpr[6], rig.cpu.gpr[7]) = (0x50_0000, 0x60_0000);
    assert_eq!(rig.vector(), 14);
    assert_eq!(rig.cpu.cr2, 0x50_0000);
}

#[test]
fn a_change_across_pages_reports_the_first_byte_that_is_missing() {
    // inc dword [eax]
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xFF, 0x00]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x4_1000), 0);
    rig.cpu.gpr[0] = 0x4_0FFE;
    assert_eq!(rig.vector(), 14);
    assert_eq!(rig.cpu.cr2, 0x4_1000);
}

#[test]
fn cmpxchg8b_wants_its_eight_bytes_aligned() {
    // cmpxchg8b [eax], at privilege 3 with alignment checks on
    let mut rig = Rig::protected(Model::Pentium, 3, &[0x0F, 0xC7, 0x08]);
    rig.cpu.cr0 |= CrZero::AM.bits();
    rig.cpu.eflags |= EFlags::AC.bits();
    rig.cpu.gpr[0] = 0x5004;
    assert_eq!(rig.vector(), 17);
}

#[test]
fn aam_by_zero_leaves_the_flags() {
    let mut rig = Rig::real(Model::Pentium, &[0xD4, 0x00]);
    rig.cpu.eflags |= EFlags::CF.bits();
    assert_eq!(rig.vector(), 0);
    assert_eq!(rig.stack(1) & 0xFFF, 0x003, "the flags that the exception pushed");
}
