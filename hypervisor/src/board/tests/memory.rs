use super::{BAR0, BAR2, ROM_BAR, Rig, VGA};
use backplane::Width::{Byte, Dword, Word};
use engine::{Bus, Page};

/// PAM register of F0000-FFFFF (high half), of C0000-C7FFF (both halves), and SMRAM, of the host bridge.
const PAM0: u8 = 0x59;
const PAM1: u8 = 0x5A;
const SMRAM: u8 = 0x72;
/// Somewhere in the system ROM that is neither all zeros nor all ones.
const IN_ROM: u32 = 0xF_FFF0;

fn host(rig: &mut Rig, register: u8, value: u32) {
    rig.config_write(0, 0, register, Byte, value);
}

#[test]
fn pam_reads_and_writes_go_where_each_of_the_four_modes_says() {
    let mut rig = Rig::pc();
    let rom = rig.read(IN_ROM, Dword);
    assert!(rom != 0 && rom != u32::MAX);
    let mut ram = 0;
    for (mode, reads_ram, writes_ram) in
        [(0, false, false), (2, false, true), (1, true, false), (3, true, true), (0, false, false)]
    {
        host(&mut rig, PAM0, mode << 4);
        rig.write(IN_ROM, Dword, 0x1111_1111 * (mode + 1));
        if writes_ram {
            ram = 0x1111_1111 * (mode + 1);
        }
        assert_eq!(rig.ram.read_u32(IN_ROM as usize), ram, "mode {mode}");
        assert_eq!(rig.read(IN_ROM, Dword), if reads_ram { ram } else { rom }, "mode {mode}");
    }
}

#[test]
fn a_shadow_being_filled_reads_rom_at_every_width() {
    let mut rig = Rig::pc();
    let rom = rig.read(IN_ROM, Dword).to_le_bytes();
    host(&mut rig, PAM0, 2 << 4);
    assert_eq!(rig.bus().page(IN_ROM), Page::Device);
    for n in 0..4 {
        assert_eq!(rig.read(IN_ROM + n, Byte), u32::from(rom[n as usize]));
    }
    assert_eq!(rig.read(IN_ROM + 2, Word), u32::from(u16::from_le_bytes([rom[2], rom[3]])));
    rig.write(IN_ROM + 1, Byte, 0x5A);
    rig.write(IN_ROM + 2, Word, 0xABCD);
    assert_eq!(rig.ram.read_u32(IN_ROM as usize), 0xABCD_5A00);
}

#[test]
fn a_shadow_over_a_card_s_rom_is_filled_and_then_hides_it() {
    let mut rig = Rig::pc();
    rig.place_vga(ROM_BAR, 0xC_0001);
    assert_eq!(rig.read(0xC_0000, Word), 0xAA55);
    host(&mut rig, PAM1, 0x22);
    assert_eq!(rig.read(0xC_0000, Word), 0xAA55);
    rig.write(0xC_0000, Dword, 0x1234_5678);
    assert_eq!(rig.read(0xC_0000, Word), 0xAA55);
    host(&mut rig, PAM1, 0x11);
    assert_eq!(rig.read(0xC_0000, Dword), 0x1234_5678);
    rig.write(0xC_0000, Dword, 0);
    assert_eq!(rig.read(0xC_0000, Dword), 0x1234_5678);
}

#[test]
fn shadow_changes_tell_the_engine() {
    let mut rig = Rig::pc();
    let before = rig.bus().map_version();
    host(&mut rig, PAM0, 3 << 4);
    assert_ne!(rig.bus().map_version(), before);
}

#[test]
fn open_smram_is_ram_under_the_video_window() {
    let mut rig = Rig::pc();
    host(&mut rig, SMRAM, 0x48);
    rig.write(0xA_8000, Dword, 0xCAFE_F00D);
    assert_eq!(rig.ram.read_u32(0xA_8000), 0xCAFE_F00D);
    host(&mut rig, SMRAM, 0x08);
    assert_ne!(rig.read(0xA_8000, Dword), 0xCAFE_F00D);
}

#[test]
fn kbd_03_a_closed_a20_gate_folds_the_second_megabyte_onto_the_first() {
    let mut rig = Rig::pc();
    rig.ram.write_u32(0x500, 1);
    rig.ram.write_u32(0x10_0500, 2);
    let open = rig.bus().map_version();
    rig.outb(0x92, 0);
    let closed = rig.bus().map_version();
    assert_ne!(open, closed);
    assert_eq!((rig.read(0x10_0500, Dword), rig.read(0x20_0500, Dword)), (1, 0));
    rig.outb(0x92, 0);
    assert_eq!(rig.bus().map_version(), closed, "nothing changed");
    rig.outb(0x92, 2);
    assert_ne!(rig.bus().map_version(), closed);
    assert_eq!(rig.read(0x10_0500, Dword), 2);
}

#[test]
fn a_moved_window_is_found_at_its_new_place_only() {
    let mut rig = Rig::pc();
    rig.place_vga(BAR0, 0xE000_0000);
    rig.write(0xE000_0010, Dword, 0x0BAD_CAFE);
    rig.place_vga(BAR0, 0xD000_0000);
    assert_eq!(rig.read(0xD000_0010, Dword), 0x0BAD_CAFE);
    assert_eq!(rig.read(0xE000_0010, Dword), u32::MAX);
    rig.config_write(VGA, 0, super::COMMAND, Word, 0);
    assert_eq!(rig.read(0xD000_0010, Dword), u32::MAX);
    assert!(rig.notes().is_empty());
}

#[test]
fn ram_keeps_its_addresses_when_a_window_is_put_over_it() {
    let mut rig = Rig::pc();
    rig.ram.write_u32(0x100_0010, 77);
    rig.place_vga(BAR0, 0x100_0000);
    assert_eq!(rig.read(0x100_0010, Dword), 77);
    assert_eq!(rig.notes(), ["not modelled: RAM and vga both claim address 1000000h"]);
}

#[test]
fn of_two_windows_at_one_address_the_first_keeps_it() {
    let mut rig = Rig::pc();
    rig.place_vga(BAR2, 0xE000_1000);
    let registers = rig.read(0xE000_1600, Dword);
    rig.place_vga(BAR0, 0xE000_0000);
    rig.write(0xE000_1600, Dword, 0x7777_7777);
    assert_eq!(rig.read(0xE000_1600, Dword), 0x7777_7777, "the frame buffer, BAR 0");
    assert_eq!(rig.notes(), ["not modelled: vga and vga both claim address E0001000h"]);
    rig.place_vga(BAR0, 0xD000_0000);
    assert_eq!(rig.read(0xE000_1600, Dword), registers);
}

#[test]
fn the_rom_below_4_gib_keeps_its_addresses() {
    let mut rig = Rig::pc();
    let last = rig.read(0xFFFF_FFF0, Dword);
    assert_eq!(last, rig.read(IN_ROM, Dword));
    rig.place_vga(BAR2, 0xFFFF_E000);
    assert_eq!(rig.notes().len(), 1);
    rig.place_vga(BAR2, 0xFFFF_F000);
    assert_eq!(rig.read(0xFFFF_FFF0, Dword), last);
}

#[test]
fn the_last_bytes_of_the_address_space_can_be_reached() {
    let mut rig = Rig::pc();
    let dword = rig.read(0xFFFF_FFFC, Dword).to_le_bytes();
    let bytes: Vec<u8> = (0..4).map(|n| rig.read(0xFFFF_FFFC + n, Byte) as u8).collect();
    assert_eq!(bytes, dword);
    rig.write(0xFFFF_FFFF, Byte, !dword[3] as u32);
    assert_eq!(rig.read(0xFFFF_FFFF, Byte), u32::from(dword[3]));
}

#[test]
fn memory_that_nobody_answers_is_an_undriven_bus() {
    let mut rig = Rig::pc();
    for address in [0x200_0000, 0x8000_0000, 0xFEC0_0000, 0xD_0000] {
        for width in [Byte, Word, Dword] {
            rig.write(address, width, 0);
            assert_eq!(rig.read(address, width), width.mask(), "{address:X}");
        }
    }
    assert!(rig.notes().is_empty());
}

#[test]
fn the_smallest_ram_ends_at_1_mib() {
    let mut rig = Rig::with_ram(1 << 20);
    rig.write(0x9_FFFC, Dword, 1);
    assert_eq!(rig.read(0x9_FFFC, Dword), 1);
    rig.write(0x10_0000, Dword, 1);
    assert_eq!(rig.read(0x10_0000, Dword), u32::MAX);
    host(&mut rig, PAM0, 3 << 4);
    rig.write(0xF_FFFC, Dword, 2);
    assert_eq!(rig.read(0xF_FFFC, Dword), 2, "the shadow is inside");
}

#[test]
fn the_largest_ram_leaves_windows_and_rom_alone() {
    let mut rig = Rig::with_ram(2 << 30);
    let rom = rig.read(0xFFFF_FFF0, Dword);
    rig.place_vga(BAR0, 0x8000_0000);
    rig.write(0x7FFF_FFFC, Dword, 1);
    rig.write(0x8000_0000, Dword, 2);
    assert_eq!((rig.read(0x7FFF_FFFC, Dword), rig.read(0x8000_0000, Dword)), (1, 2));
    assert_eq!(rig.read(0xFFFF_FFF0, Dword), rom);
    assert!(rig.notes().is_empty());
}

#[test]
fn mem_04_bus_masters_do_not_reach_past_ram() {
    let mut rig = Rig::with_ram(1 << 20);
    let rom = rig.read(IN_ROM, Dword);
    rig.ram.dma_write(0xF_FFFC, &[7; 64]);
    assert_eq!(rig.ram.read_u32(0xF_FFFC), 0x0707_0707);
    assert_eq!(rig.read(IN_ROM, Dword), rom, "the ROM image follows RAM in the store");
    let mut beyond = [0; 8];
    rig.ram.dma_read(0xF_FFFC, &mut beyond);
    assert_eq!(beyond, [7, 7, 7, 7, 0xFF, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn a_board_without_pci_has_its_roms_below_1_mib() {
    let mut rig = Rig::isa();
    assert!(matches!(rig.bus().page(0xC_0000), Page::Ram { writable: false, .. }));
    assert_eq!(rig.read(0xC_0000, Word), 0xAA55);
    assert_eq!(rig.read(IN_ROM, Dword), rig.read(0xFFFF_FFF0, Dword));
    assert_eq!(rig.bus().page(0xD_F000), Page::Device);
}
