use super::rig::{HANDLERS, Rig, TSS, access, selector};
use engine::{EFlags, Model, SegAccess, Segment};

/// V86 mode at 1000:0000, data segments 2000h, SS:SP 2000:8000, with an IOPL.
fn v86(iopl: u32, code: &[u8]) -> Rig {
    let mut rig = Rig::protected(Model::Pentium, 3, code);
    for n in 0..6 {
        let base = if n == 1 { 0x1000 } else { 0x2000 };
        rig.cpu.seg[n] = Segment::real(base, SegAccess::from_bits_retain(0xF3));
    }
    rig.cpu.eip = 0;
    rig.cpu.gpr[4] = 0x8000;
    rig.cpu.eflags = EFlags::VM.bits() | iopl << 12 | EFlags::IF.bits() | 2;
    rig
}

#[test]
fn an_interrupt_leaves_v86_mode_and_saves_all_segments() {
    // int 40h
    let mut rig = v86(3, &[0xCD, 0x40]);
    rig.idt(0x40, selector::CODE_0, HANDLERS + 0x400, access::INTERRUPT_GATE_3);
    assert_eq!(rig.vector(), 0x40);
    let frame: Vec<u32> = (0..9).map(|n| rig.stack(n)).collect();
    assert_eq!(frame, [2, 0x1000, 0x2_3202, 0x8000, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000]);
    assert_eq!(rig.cpu.eflags & EFlags::VM.bits(), 0);
    assert!(rig.cpu.seg[3].access.contains(SegAccess::UNUSABLE));
}

#[test]
fn with_iopl_below_3_what_touches_if_faults() {
    // int 40h
    // int 40h, cli, sti, pushf, popf, iret
    for code in [&[0xCD, 0x40][..], &[0xFA], &[0xFB], &[0x9C], &[0x9D], &[0xCF]] {
        let mut rig = v86(0, code);
        assert_eq!(rig.vector(), 13, "{code:02X?}");
        assert_eq!((rig.stack(0), rig.stack(1)), (0, 0));
    }
}

#[test]
fn iret_from_ring_0_enters_v86_mode() {
    // push dword 1 / push dword 2 / push dword 3 / push dword 4 / push dword 2000h / push dword 8000h / push dword 23002h / push dword 1800h / push dword 0 / iret
    let code = &[
        0x6A, 0x01, 0x6A, 0x02, 0x6A, 0x03, 0x6A, 0x04, 0x68, 0x00, 0x20, 0x00, 0x00, 0x68, 0x00, 0x80, 0x00,
        0x00, 0x68, 0x02, 0x30, 0x02, 0x00, 0x68, 0x00, 0x18, 0x00, 0x00, 0x6A, 0x00, 0xCF,
    ];
    let mut rig = Rig::protected(Model::Pentium, 0, code);
    rig.step(10);
    assert_eq!((rig.cpu.seg[1].base, rig.cpu.eip, rig.cpu.cpl), (0x1_8000, 0, 3));
    let selectors = rig.cpu.seg.map(|s| s.selector);
    assert_eq!(selectors, [4, 0x1800, 0x2000, 3, 2, 1]);
    assert_eq!(rig.cpu.gpr[4], 0x8000);
}

#[test]
fn vme_sends_a_clear_bit_of_the_redirection_map_through_the_tasks_own_vectors() {
    // int 21h
    let mut rig = v86(0, &[0xCD, 0x21]);
    rig.cpu.cr4 |= 1;
    rig.ram.write_u32(TSS as usize + 0x64, 0x88 << 16);
    rig.ram.write_u32(0x21 * 4, 0x3000_0123);
    rig.step(1);
    assert_eq!((rig.cpu.seg[1].selector, rig.cpu.eip), (0x3000, 0x123));
    assert_ne!(rig.cpu.eflags & EFlags::VM.bits(), 0);
    // IP, CS, FLAGS with IOPL 3 and the virtual IF (clear)
    let word = |n: usize| rig.ram.read_u16(0x2_7FFA + 2 * n);
    assert_eq!([word(0), word(1), word(2)], [2, 0x1000, 0x3002]);
}

#[test]
fn vme_keeps_cli_and_sti_to_the_virtual_flag() {
    // sti / cli / sti
    let mut rig = v86(0, &[0xFB, 0xFA, 0xFB]);
    rig.cpu.cr4 |= 1;
    rig.step(1);
    assert_ne!(rig.cpu.eflags & EFlags::VIF.bits(), 0);
    rig.step(1);
    assert_eq!(rig.cpu.eflags & (EFlags::VIF | EFlags::IF).bits(), EFlags::IF.bits());
    rig.cpu.eflags |= EFlags::VIP.bits();
    rig.board.due = 100;
    assert_eq!(rig.vector(), 13, "STI while an interrupt is pending");
}

#[test]
fn vme_with_a_set_bit_goes_to_the_monitor() {
    // int 21h
    let mut rig = v86(0, &[0xCD, 0x21]);
    rig.cpu.cr4 |= 1;
    rig.ram.write_u32(TSS as usize + 0x64, 0x88 << 16);
    rig.ram.write_u8(TSS as usize + 0x68 + 4, 0x02);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.stack(0), 0);
}

#[test]
fn ports_in_v86_mode_ask_the_bitmap_whatever_the_iopl() {
    // in al, 60h / in al, 61h
    let mut rig = v86(3, &[0xE4, 0x60, 0xE4, 0x61]);
    rig.ram.write_u8(TSS as usize + 0x68 + 0xC, 0x02);
    assert_eq!(rig.vector(), 13);
    assert_eq!(rig.board.ports.len(), 1);
}

#[test]
fn privileged_instructions_fault_and_selector_ones_are_invalid() {
    // hlt
    assert_eq!(v86(3, &[0xF4]).vector(), 13);
    // mov eax, cr0
    assert_eq!(v86(3, &[0x0F, 0x20, 0xC0]).vector(), 13);
    // verr ax
    assert_eq!(v86(3, &[0x0F, 0x00, 0xE0]).vector(), 6);
    // sldt ax
    assert_eq!(v86(3, &[0x0F, 0x00, 0xC0]).vector(), 6);
    // jmp 1234h:5678h
    let mut rig = v86(3, &[0xEA, 0x78, 0x56, 0x34, 0x12]);
    rig.step(1);
    assert_eq!((rig.cpu.seg[1].base, rig.cpu.eip), (0x1_2340, 0x5678));
}
