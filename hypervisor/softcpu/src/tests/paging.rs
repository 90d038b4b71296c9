use super::rig::{CODE, Rig};
use engine::{Exit, Model};

const WRITE: u32 = 2;
const USER: u32 = 4;
const PRESENT: u32 = 1;

#[test]
fn a_missing_page_faults_with_its_address_and_the_access() {
    for (code, expected) in [
        // mov al, [30123h]
        (&[0xA0, 0x23, 0x01, 0x03, 0x00][..], USER),
        // mov [30123h], al
        (&[0xA2, 0x23, 0x01, 0x03, 0x00], USER | WRITE),
        // inc byte [30123h]
        (&[0xFE, 0x05, 0x23, 0x01, 0x03, 0x00], USER | WRITE),
    ] {
        let mut rig = Rig::protected(Model::Pentium, 3, code);
        rig.page();
        rig.ram.write_u32(Rig::pte(0x3_0000), 0);
        assert_eq!(rig.vector(), 14);
        assert_eq!((rig.stack(0), rig.cpu.cr2, rig.stack(1)), (expected, 0x3_0123, CODE));
    }
}

#[test]
fn a_supervisor_page_keeps_ring_3_out() {
    // mov al, [30000h]
    let mut rig = Rig::protected(Model::Pentium, 3, &[0xA0, 0x00, 0x00, 0x03, 0x00]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_0000), 0x3_0003);
    assert_eq!(rig.vector(), 14);
    assert_eq!(rig.stack(0), USER | PRESENT);
}

#[test]
fn ring_0_writes_read_only_pages_until_wp_is_set() {
    // mov [30000h], al / mov eax, cr0 / or eax, 10000h / mov cr0, eax / mov [30000h], al
    let code = &[
        0xA2, 0x00, 0x00, 0x03, 0x00, 0x0F, 0x20, 0xC0, 0x0D, 0x00, 0x00, 0x01, 0x00, 0x0F, 0x22, 0xC0, 0xA2,
        0x00, 0x00, 0x03, 0x00,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_0000), 0x3_0005);
    assert_eq!(rig.vector(), 14);
    assert_eq!(rig.stack(0), WRITE | PRESENT);
    assert_eq!(rig.cpu.retired, 6);
}

#[test]
fn accessed_and_dirty_bits_follow_the_accesses() {
    // mov al, [30000h] / mov [31000h], al / mov al, [32000h] / mov [32000h], al / hlt
    let code = &[
        0xA0, 0x00, 0x00, 0x03, 0x00, 0xA2, 0x00, 0x10, 0x03, 0x00, 0xA0, 0x00, 0x20, 0x03, 0x00, 0xA2, 0x00,
        0x20, 0x03, 0x00, 0xF4,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.page();
    rig.run();
    let flags = |linear| rig.ram.read_u32(Rig::pte(linear)) & 0x60;
    assert_eq!([flags(0x3_0000), flags(0x3_1000), flags(0x3_2000), flags(0x3_3000)], [0x20, 0x60, 0x60, 0]);
}

#[test]
fn a_write_across_two_pages_changes_neither_when_the_second_faults() {
    // mov dword [30FFEh], 11223344h
    let mut rig =
        Rig::protected(Model::Pentium, 0, &[0xC7, 0x05, 0xFE, 0x0F, 0x03, 0x00, 0x44, 0x33, 0x22, 0x11]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_1000), 0);
    assert_eq!(rig.vector(), 14);
    assert_eq!(rig.cpu.cr2, 0x3_1000);
    assert_eq!(rig.ram.read_u32(0x3_0FFC), 0);
}

#[test]
fn a_string_instruction_stops_at_the_faulting_element_and_goes_on_from_there() {
    // rep movsd / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xF3, 0xA5, 0xF4]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_1000), 0);
    (rig.cpu.gpr[1], rig.cpu.gpr[6], rig.cpu.gpr[7]) = (64, 0x4_0000, 0x3_0F80);
    for n in 0..64 {
        rig.ram.write_u32(0x4_0000 + 4 * n, n as u32 + 1);
    }
    // page fault handler: add esp, 4 / mov dword [pte of 31000h], 31007h / iret
    // add esp, 4 / mov dword [210C4h], 31007h / iret
    rig.ram
        .write(0x80E0, &[0x83, 0xC4, 0x04, 0xC7, 0x05, 0xC4, 0x10, 0x02, 0x00, 0x07, 0x10, 0x03, 0x00, 0xCF]);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!((rig.cpu.gpr[1], rig.cpu.eip), (0, CODE + 3));
    assert_eq!((rig.ram.read_u32(0x3_0FFC), rig.ram.read_u32(0x3_107C)), (32, 64));
    assert_eq!(rig.cpu.retired, 64 + 1 + 3 + 1);
}

#[test]
fn invlpg_makes_a_changed_entry_count() {
    // mov al, [30000h] / mov dword [210C0h], 40007h / mov bl, [30000h] / invlpg [30000h] / mov cl, [30000h] / hlt
    let code = &[
        0xA0, 0x00, 0x00, 0x03, 0x00, 0xC7, 0x05, 0xC0, 0x10, 0x02, 0x00, 0x07, 0x00, 0x04, 0x00, 0x8A, 0x1D,
        0x00, 0x00, 0x03, 0x00, 0x0F, 0x01, 0x3D, 0x00, 0x00, 0x03, 0x00, 0x8A, 0x0D, 0x00, 0x00, 0x03, 0x00,
        0xF4,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.page();
    rig.ram.write_u8(0x3_0000, 3);
    rig.ram.write_u8(0x4_0000, 4);
    rig.run();
    assert_eq!((rig.cpu.gpr[0] & 0xFF, rig.cpu.gpr[1] & 0xFF), (3, 4));
    assert_eq!(rig.cpu.gpr[3] & 0xFF, 3, "the old translation holds until then");
}

#[test]
fn large_pages_map_4_mib() {
    // mov eax, [0C12344h] / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xA1, 0x44, 0x23, 0xC1, 0x00, 0xF4]);
    rig.page();
    rig.cpu.cr4 |= 0x10;
    rig.ram.write_u32(0x2_000C, 0x0000_0083);
    rig.ram.write_u32(0x1_2344, 0xABCD_EF01);
    rig.run();
    assert_eq!(rig.cpu.gpr[0], 0xABCD_EF01);
    assert_eq!(rig.ram.read_u32(0x2_000C), 0xA3);
}

#[test]
fn pae_walks_three_levels() {
    // mov eax, [40201238h] / hlt
    let mut rig = Rig::protected(Model::Pentium2, 0, &[0xA1, 0x38, 0x12, 0x20, 0x40, 0xF4]);
    rig.cpu.cr3 = 0x2_0000;
    rig.cpu.cr4 |= 0x20;
    rig.cpu.cr0 |= 1 << 31;
    rig.cpu.pdpte = [0x2_1001, 0x2_2001, 0, 0];
    // The first directory maps 2 MiB flat, the second one page.
    rig.ram.write_u32(0x2_1000, 0x83);
    rig.ram.write_u32(0x2_2008, 0x2_3003);
    rig.ram.write_u32(0x2_3008, 0x3_0003);
    rig.ram.write_u32(0x3_0238, 0x7654_3210);
    assert_eq!(rig.run(), Exit::Halted);
    assert_eq!(rig.cpu.gpr[0], 0x7654_3210);
}

#[test]
fn cpu_07_a_page_fault_handler_may_page_fault_itself() {
    // mov al, [30000h] / hlt
    let mut rig = Rig::protected(Model::Pentium, 0, &[0xA0, 0x00, 0x00, 0x03, 0x00, 0xF4]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_0000), 0);
    rig.ram.write_u32(Rig::pte(0x3_1000), 0);
    // inc ecx / cmp ecx, 2 / je short second / mov al, [31000h] / hlt / second: hlt
    rig.ram.write(0x80E0, &[0x41, 0x83, 0xF9, 0x02, 0x74, 0x06, 0xA0, 0x00, 0x10, 0x03, 0x00, 0xF4, 0xF4]);
    assert_eq!(rig.vector(), 14);
    assert_eq!((rig.cpu.gpr[1], rig.cpu.cr2), (2, 0x3_1000));
    assert_eq!(rig.stack(1), 0x80E6);
}

#[test]
fn a_page_of_code_that_is_missing_faults_at_its_address() {
    // jmp dword (30010h-10000h)
    let mut rig = Rig::protected(Model::Pentium, 3, &[0xE9, 0x0B, 0x00, 0x02, 0x00]);
    rig.page();
    rig.ram.write_u32(Rig::pte(0x3_0000), 0);
    assert_eq!(rig.vector(), 14);
    assert_eq!((rig.stack(0), rig.stack(1), rig.cpu.cr2), (USER, 0x3_0010, 0x3_0010));
}
