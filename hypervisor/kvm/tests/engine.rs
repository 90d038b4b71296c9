//! Small programs under the host's KVM. Where the host has none, or one that lacks what a test needs, the test is passed over by name,
//! with what the host said.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod board;
mod states;

use backplane::{PAGE, PageFlags, Ram, Width};
use board::{ROM, Rig, rig};
use engine::{CrZero, EFlags, Exit, Reg, SegAccess};
use kvm::{Kvm, Outcome, Refusal, Unavailable};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn a_device_that_is_missing_or_foreign_is_refused_in_one_line() {
    let missing = Kvm::open(Path::new("/nowhere/kvm")).err();
    assert_eq!(missing, Some(Unavailable::Missing("/nowhere/kvm".into())));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let foreign = Kvm::open(&file).err().expect("no device").to_string();
    assert!(foreign.contains("Cargo.toml") && !foreign.contains('\n'), "{foreign}");
    assert!(Kvm::open(Path::new("/dev/null")).is_err());
    assert_eq!(kvm::probe(Path::new("/nowhere/kvm"), false).err(), missing);
}

#[test]
fn random_states_come_out_as_they_went_in() {
    let Some(Rig { mut kvm, ram, mut board, .. }) = rig(&[]) else { return };
    // Nothing is run: the state goes in and comes out.
    board.due = 0;
    let (v86, paging) = (board::has("virtual-8086 mode"), board::has("paging"));
    let mut random = states::Random(0x9E37_79B9_7F4A_7C15);
    for n in 0..300 {
        let state = states::state(&mut random, v86, paging);
        let mut cpu = state.clone();
        assert_eq!(kvm.run(&mut cpu, &ram, &mut board), Outcome::Exit(Exit::Due), "state {n}: {state:?}");
        assert_eq!(states::comparable(cpu), states::comparable(state), "state {n}");
    }
}

#[test]
fn ports_are_reached_at_every_width_and_by_strings() {
    let code = &[
        0xBA, 0x00, 0x03, // mov dx, 300h
        0xB8, 0x34, 0x12, // mov ax, 1234h
        0xEE, 0xEF, 0x66, 0xEF, // out dx, al / ax / eax
        0xBE, 0x00, 0x60, 0xB9, 3, 0, 0xF3, 0x6F, // mov si, 6000h / mov cx, 3 / rep outsw
        0xBF, 0x00, 0x61, 0xB9, 4, 0, 0xF3, 0x6C, // mov di, 6100h / mov cx, 4 / rep insb
        0xF4,
    ];
    let Some(mut rig) = rig(code) else { return };
    rig.ram.write(0x6000, &[1, 2, 3, 4, 5, 6]);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    let out = |width, value| (0x300, width, value);
    let words = [0x0201, 0x0403, 0x0605].map(|value| out(Width::Word, value));
    let first = [out(Width::Byte, 0x34), out(Width::Word, 0x1234), out(Width::Dword, 0x1234)];
    assert_eq!(rig.board.outs, [&first[..], &words[..]].concat());
    let mut read = [0; 4];
    rig.ram.read(0x6100, &mut read);
    assert_eq!(read, [1, 2, 3, 4], "each read of the port counts");
    assert!(rig.cpu.halted && rig.cpu.gpr[Reg::Ecx as usize] & 0xFFFF == 0);
}

#[test]
fn memory_that_is_a_chip_is_reached_in_pieces_that_cross_no_dword() {
    // mov ax, B000h / mov ds, ax / mov dword [2], 44332211h / mov eax, [2] / mov [cs:6000h], eax / hlt
    let code = &[
        0xB8, 0x00, 0xB0, 0x8E, 0xD8, 0x66, 0xC7, 0x06, 2, 0, 0x11, 0x22, 0x33, 0x44, 0x66, 0xA1, 2, 0, 0x2E,
        0x66, 0xA3, 0, 0x60, 0xF4,
    ];
    let Some(mut rig) = rig(code) else { return };
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!(rig.board.stores, [(0xB0002, Width::Word, 0x2211), (0xB0004, Width::Word, 0x4433)]);
    assert_eq!(rig.ram.read_u32(0x6000), 0x4433_2211);
}

#[test]
fn read_only_memory_stays_and_only_written_pages_are_marked() {
    // mov ax, F000h / mov ds, ax / mov byte [0], 1 / mov al, [0] / mov [cs:6000h], al / hlt
    let code = &[0xB8, 0x00, 0xF0, 0x8E, 0xD8, 0xC6, 0x06, 0, 0, 1, 0xA0, 0, 0, 0x2E, 0xA2, 0, 0x60, 0xF4];
    let Some(mut rig) = rig(code) else { return };
    rig.ram.write_u8(ROM as usize, 0x77);
    rig.ram.clear_flags(0, rig.ram.len(), PageFlags::DIRTY);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!((rig.ram.read_u8(ROM as usize), rig.ram.read_u8(0x6000)), (0x77, 0x77));
    let marked = |at: usize| rig.ram.flags(at).contains(PageFlags::DIRTY);
    let pages: Vec<usize> = (0..rig.ram.len() / PAGE).filter(|page| marked(page * PAGE)).collect();
    assert_eq!(pages, [6]);
}

#[test]
fn code_that_the_guest_overwrites_is_told_to_the_software_cpu() {
    // mov byte [6000h], 1 / hlt
    let Some(mut rig) = rig(&[0xC6, 0x06, 0, 0x60, 1, 0xF4]) else { return };
    rig.ram.set_flags(0x6000, PageFlags::HAS_CODE);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert!(rig.ram.take_stale_code().contains(&6));
}

#[test]
fn with_a20_low_the_second_mib_is_the_first() {
    // mov ax, FFFFh / mov ds, ax / mov byte [6010h], 5Ah / hlt: linear 106000h
    let code = &[0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xC6, 0x06, 0x10, 0x60, 0x5A, 0xF4];
    for (open, at) in [(false, 0x6000), (true, 0x10_6000)] {
        let Some(mut rig) = rig(code) else { return };
        rig.board.a20 = open;
        assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
        assert_eq!(rig.ram.read_u8(at), 0x5A, "A20 {open}");
    }
}

#[test]
fn a_gate_that_a_port_moves_holds_for_the_next_instruction() {
    // mov ax, FFFFh / mov ds, ax / out 92h, al / mov byte [6010h], 5Ah / hlt
    let code = &[0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xE6, 0x92, 0xC6, 0x06, 0x10, 0x60, 0x5A, 0xF4];
    let Some(mut rig) = rig(code) else { return };
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!((rig.ram.read_u8(0x6000), rig.ram.read_u8(0x10_6000)), (0x5A, 0), "the gate closed before");
}

#[test]
fn an_interrupt_waits_for_sti_and_is_acknowledged_once() {
    // nop x 4 / sti / nop / jmp $-1; the handler: out 80h, al / hlt
    let code = &[0x90, 0x90, 0x90, 0x90, 0xFB, 0x90, 0xEB, 0xFD];
    let Some(mut rig) = rig(code) else { return };
    rig.ram.write(0x7000, &[0xE6, 0x80, 0xF4]);
    rig.ram.write_u32(0x21 * 4, 0x7000);
    rig.board.interrupt = Some(0x21);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!(rig.board.acknowledged, 1);
    assert_eq!(rig.board.outs.len(), 1, "the handler ran");
    assert!(rig.ram.read_u16(0x6FFA) >= 0x1005, "it came behind STI");
    assert_eq!(rig.cpu.eflags & EFlags::IF.bits(), 0);
}

#[test]
fn an_nmi_comes_with_interrupts_off_and_wakes_a_halted_cpu() {
    let Some(mut rig) = rig(&[0xFA, 0xF4, 0xF4]) else { return };
    rig.ram.write(0x7000, &[0xE6, 0x80, 0xF4]);
    rig.ram.write_u32(2 * 4, 0x7000);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted), "it sleeps on");
    rig.cpu.interruptibility.nmi_pending = true;
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!(rig.board.outs.len(), 1, "the handler ran");
    assert!(!rig.cpu.interruptibility.nmi_pending && rig.cpu.interruptibility.nmi_blocked);
}

#[test]
fn a_guest_that_spins_comes_back_when_it_is_due_and_not_later_in_virtual_time() {
    let Some(mut rig) = rig(&[0xEB, 0xFE]) else { return };
    let due = rig.cpu.retired + 30_000_000_000 / rig.cpu.model.picoseconds_per_instruction();
    rig.board.due = due;
    let before = Instant::now();
    assert_eq!(rig.run(), Outcome::Exit(Exit::Due));
    assert_eq!(rig.cpu.retired, due);
    assert!(before.elapsed() >= Duration::from_millis(30) && before.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_guest_that_spins_comes_back_though_its_time_is_over_before_it_is_entered() {
    let (done, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let Some(mut rig) = rig(&[0xEB, 0xFE]) else { return done.send(()) };
        for _ in 0..200 {
            rig.board.due = rig.cpu.retired + 1;
            assert_eq!(rig.run(), Outcome::Exit(Exit::Due));
        }
        done.send(())
    });
    wait.recv_timeout(Duration::from_secs(60)).expect("it stays inside");
}

#[test]
fn a_model_specific_register_goes_to_the_software_cpu_and_leaves_nothing_behind() {
    // mov ecx, 1Bh / rdmsr / hlt
    let Some(mut rig) = rig(&[0x66, 0xB9, 0x1B, 0, 0, 0, 0x0F, 0x32, 0xF4]) else { return };
    assert_eq!(rig.run(), Outcome::Refused(Refusal::Msr));
    assert_eq!(rig.cpu.eip, 0x1006, "before the instruction");
    // As if another engine had done it.
    rig.cpu.eip += 2;
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
}

#[test]
fn cpuid_is_the_presets_and_not_the_hosts() {
    if !board::has("CPUID") {
        return;
    }
    // mov eax, 1 / cpuid / hlt
    let Some(mut rig) = rig(&[0x66, 0xB8, 1, 0, 0, 0, 0x0F, 0xA2, 0xF4]) else { return };
    let leaf = rig.cpu.cpuid(1);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    let seen = [Reg::Eax, Reg::Ecx, Reg::Edx].map(|reg| rig.cpu.gpr[reg as usize]);
    assert_eq!((seen[0], seen[2]), (leaf[0], leaf[3]));
    // The host may say that a hypervisor is there, nothing else.
    assert_eq!(seen[1] & 0x7FFF_FFFF, leaf[2]);
}

#[test]
fn a_guest_that_turns_paging_on_runs_or_is_given_back_with_it_on() {
    // lgdt [cs:1050h] / mov eax, cr0 / or al, 1 / mov cr0, eax / jmp 8:1020h
    let real = &[
        0x2E, 0x0F, 0x01, 0x16, 0x50, 0x10, 0x0F, 0x20, 0xC0, 0x0C, 1, 0x0F, 0x22, 0xC0, 0xEA, 0x20, 0x10, 8,
        0,
    ];
    // mov ecx, 8000h / mov cr3, ecx / or eax, 80000000h / mov cr0, eax / jmp $+2 / out 80h, al / hlt
    let protected = &[
        0xB9, 0, 0x80, 0, 0, 0x0F, 0x22, 0xD9, 0x0D, 0, 0, 0, 0x80, 0x0F, 0x22, 0xC0, 0xEB, 0, 0xE6, 0x80,
        0xF4,
    ];
    let Some(mut rig) = rig(real) else { return };
    rig.ram.write(0x1020, protected);
    rig.ram.write(0x1050, &[0x17, 0, 0x60, 0x10, 0, 0]);
    rig.ram.write(0x1068, &0x00CF_9B00_0000_FFFF_u64.to_le_bytes());
    rig.ram.write(0x1070, &0x00CF_9300_0000_FFFF_u64.to_le_bytes());
    rig.ram.write_u32(0x8000, 0x9003);
    (0..512).for_each(|n| rig.ram.write_u32(0x9000 + 4 * n, (n as u32) << 12 | 3));
    let outcome = rig.run();
    eprintln!("{outcome:?} at {:X}h, CR0 {:X}h", rig.cpu.eip, rig.cpu.cr0);
    assert!(rig.cpu.cr0 & CrZero::PG.bits() != 0 || rig.cpu.eip <= 0x102D, "the change is lost");
    if outcome == Outcome::Exit(Exit::Halted) {
        assert_eq!(rig.board.outs.len(), 1);
    }
}

#[test]
fn a_big_real_mode_segment_keeps_its_limit() {
    let Some(mut rig) = rig(&[0x67, 0xC6, 0x05, 0, 0, 0x12, 0, 0x5A, 0xF4]) else { return };
    let data = &mut rig.cpu.seg[engine::Seg::Ds as usize];
    data.limit = u32::MAX;
    data.access |= SegAccess::GRANULAR;
    // mov byte [edi], 5Ah has no displacement here: the address is in the instruction.
    rig.ram.write(0x1000, &[0x67, 0xC6, 0x05, 0, 0, 0x12, 0, 0x5A, 0xF4]);
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    assert_eq!(rig.cpu.seg[engine::Seg::Ds as usize].limit, u32::MAX);
}

#[test]
fn another_store_takes_the_place_of_the_first() {
    // mov byte [6000h], 1 / hlt
    let Some(mut rig) = rig(&[0xC6, 0x06, 0, 0x60, 1, 0xF4]) else { return };
    let second = Ram::new(board::MEMORY as usize).unwrap();
    second.write(0x1000, &[0xC6, 0x06, 0, 0x60, 2, 0xF4]);
    let start = rig.cpu.clone();
    assert_eq!(rig.run(), Outcome::Exit(Exit::Halted));
    rig.cpu = start;
    rig.kvm.forget();
    assert_eq!(rig.kvm.run(&mut rig.cpu, &second, &mut rig.board), Outcome::Exit(Exit::Halted));
    assert_eq!((rig.ram.read_u8(0x6000), second.read_u8(0x6000)), (1, 2));
}
