//! [`CpuState`] as KVM has it, and back.
#![forbid(unsafe_code)]

use engine::{CpuState, CrZero, EFlags, Reg, Seg, SegAccess, Segment, Table};
use kvm_bindings::{
    KVM_VCPUEVENT_VALID_NMI_PENDING, KVM_VCPUEVENT_VALID_SHADOW, KVM_X86_SHADOW_INT_MOV_SS,
    KVM_X86_SHADOW_INT_STI, kvm_debugregs, kvm_dtable, kvm_regs, kvm_segment, kvm_sregs, kvm_vcpu_events,
};

pub(super) fn general(cpu: &CpuState) -> kvm_regs {
    let gpr = |reg: Reg| u64::from(cpu.gpr[reg as usize]);
    kvm_regs {
        rax: gpr(Reg::Eax),
        rcx: gpr(Reg::Ecx),
        rdx: gpr(Reg::Edx),
        rbx: gpr(Reg::Ebx),
        rsp: gpr(Reg::Esp),
        rbp: gpr(Reg::Ebp),
        rsi: gpr(Reg::Esi),
        rdi: gpr(Reg::Edi),
        rip: u64::from(cpu.eip),
        rflags: u64::from(cpu.eflags),
        ..kvm_regs::default()
    }
}

pub(super) fn take_general(cpu: &mut CpuState, regs: &kvm_regs) {
    let values = [regs.rax, regs.rcx, regs.rdx, regs.rbx, regs.rsp, regs.rbp, regs.rsi, regs.rdi];
    cpu.gpr = values.map(|value| value as u32);
    cpu.eip = regs.rip as u32;
    cpu.eflags = regs.rflags as u32;
}

/// Places of the fields in an access-rights word.
mod field {
    pub(super) const TYPE: u16 = 0xF;
    pub(super) const DPL: u16 = 5;
    pub(super) const LONG: u16 = 13;
}

fn segment(segment: &Segment) -> kvm_segment {
    let access = segment.access;
    let bit = |what: SegAccess| u8::from(access.contains(what));
    let unusable = access.contains(SegAccess::UNUSABLE);
    kvm_segment {
        base: u64::from(segment.base),
        limit: segment.limit,
        selector: segment.selector,
        type_: (access.bits() & field::TYPE) as u8,
        present: bit(SegAccess::PRESENT) & u8::from(!unusable),
        dpl: (access.bits() >> field::DPL & 3) as u8,
        db: bit(SegAccess::BIG),
        s: bit(SegAccess::CODE_DATA),
        l: 0,
        g: bit(SegAccess::GRANULAR),
        avl: bit(SegAccess::AVL),
        unusable: u8::from(unusable),
        padding: 0,
    }
}

/// A host's CPU may forget the rights of an unusable segment; those that it had at the last entry are as good.
fn take_segment(old: &Segment, new: &kvm_segment) -> Segment {
    let flag = |set: u8, what: SegAccess| if set != 0 { what } else { SegAccess::empty() };
    let (base, limit, selector) = (new.base as u32, new.limit, new.selector);
    if new.unusable != 0 || new.present == 0 {
        let access = (old.access | SegAccess::UNUSABLE) & SegAccess::all();
        return Segment { base, limit, selector, access };
    }
    let kept = u16::from(new.type_) & field::TYPE | u16::from(new.dpl & 3) << field::DPL;
    let access = SegAccess::from_bits_retain(kept | u16::from(new.l & 1) << field::LONG)
        | flag(new.s, SegAccess::CODE_DATA)
        | SegAccess::PRESENT
        | flag(new.avl, SegAccess::AVL)
        | flag(new.db, SegAccess::BIG)
        | flag(new.g, SegAccess::GRANULAR);
    Segment { base, limit, selector, access }
}

fn table(table: Table) -> kvm_dtable {
    kvm_dtable { base: u64::from(table.base), limit: table.limit, padding: [0; 3] }
}

fn take_table(table: &kvm_dtable) -> Table {
    Table { base: table.base as u32, limit: table.limit }
}

/// The system registers; what a 32-bit CPU does not have stays as the vCPU came up with it.
pub(super) fn system(cpu: &CpuState, fresh: &kvm_sregs) -> kvm_sregs {
    let of = |seg: Seg| segment(&cpu.seg[seg as usize]);
    let mut ss = of(Seg::Ss);
    // The host's CPU has no other place for the privilege level.
    ss.dpl = cpu.cpl;
    kvm_sregs {
        es: of(Seg::Es),
        cs: of(Seg::Cs),
        ss,
        ds: of(Seg::Ds),
        fs: of(Seg::Fs),
        gs: of(Seg::Gs),
        tr: segment(&cpu.tr),
        ldt: segment(&cpu.ldtr),
        gdt: table(cpu.gdtr),
        idt: table(cpu.idtr),
        cr0: u64::from(cpu.cr0),
        cr2: u64::from(cpu.cr2),
        cr3: u64::from(cpu.cr3),
        cr4: u64::from(cpu.cr4),
        interrupt_bitmap: [0; 4],
        ..*fresh
    }
}

pub(super) fn take_system(cpu: &mut CpuState, sregs: &kvm_sregs) {
    let new = [&sregs.es, &sregs.cs, &sregs.ss, &sregs.ds, &sregs.fs, &sregs.gs];
    for (segment, new) in cpu.seg.iter_mut().zip(new) {
        *segment = take_segment(segment, new);
    }
    cpu.tr = take_segment(&cpu.tr, &sregs.tr);
    cpu.ldtr = take_segment(&cpu.ldtr, &sregs.ldt);
    cpu.gdtr = take_table(&sregs.gdt);
    cpu.idtr = take_table(&sregs.idt);
    (cpu.cr0, cpu.cr2) = (sregs.cr0 as u32, sregs.cr2 as u32);
    (cpu.cr3, cpu.cr4) = (sregs.cr3 as u32, sregs.cr4 as u32);
    cpu.cpl = if cpu.cr0 & CrZero::PE.bits() == 0 {
        0
    } else if cpu.eflags & EFlags::VM.bits() != 0 {
        3
    } else {
        sregs.ss.dpl & 3
    };
}

pub(super) fn debug(cpu: &CpuState) -> kvm_debugregs {
    kvm_debugregs {
        db: [0, 1, 2, 3].map(|n: usize| u64::from(cpu.dr[n])),
        dr6: u64::from(cpu.dr[6]),
        dr7: u64::from(cpu.dr[7]),
        ..kvm_debugregs::default()
    }
}

pub(super) fn take_debug(cpu: &mut CpuState, regs: &kvm_debugregs) {
    for (register, value) in cpu.dr.iter_mut().zip(regs.db) {
        *register = value as u32;
    }
    (cpu.dr[6], cpu.dr[7]) = (regs.dr6 as u32, regs.dr7 as u32);
}

pub(super) fn events(cpu: &CpuState) -> kvm_vcpu_events {
    let state = cpu.interruptibility;
    let mut events = kvm_vcpu_events {
        flags: KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW,
        ..kvm_vcpu_events::default()
    };
    events.nmi.pending = u8::from(state.nmi_pending);
    events.nmi.masked = u8::from(state.nmi_blocked);
    // Both at once are not entered; that of SS holds back more.
    events.interrupt.shadow = if state.ss_shadow {
        KVM_X86_SHADOW_INT_MOV_SS as u8
    } else if state.sti_shadow {
        KVM_X86_SHADOW_INT_STI as u8
    } else {
        0
    };
    events
}

/// DR6 bits of a single step and of a task switch.
const TRAPS: u32 = 1 << 14 | 1 << 15;
/// The vector of debug traps.
const DEBUG: u8 = 1;

/// Takes what waits to be delivered. An exception of an instruction that did not complete is dropped: the instruction runs again.
/// An interrupt that was acknowledged comes back, for who goes on must deliver it.
pub(super) fn take_events(cpu: &mut CpuState, events: &kvm_vcpu_events) -> Option<u8> {
    let state = &mut cpu.interruptibility;
    state.nmi_pending = events.nmi.pending != 0 || events.nmi.injected != 0;
    state.nmi_blocked = events.nmi.masked != 0;
    state.ss_shadow = u32::from(events.interrupt.shadow) & KVM_X86_SHADOW_INT_MOV_SS != 0;
    state.sti_shadow = u32::from(events.interrupt.shadow) & KVM_X86_SHADOW_INT_STI != 0;
    state.debug_traps = 0;
    let exception = &events.exception;
    if (exception.injected != 0 || exception.pending != 0) && exception.nr == DEBUG {
        state.debug_traps = cpu.dr[6] & (TRAPS | data_breakpoints(cpu.dr[7]));
    }
    (events.interrupt.injected != 0 && events.interrupt.soft == 0).then_some(events.interrupt.nr)
}

/// The DR6 bits of breakpoints that trap, behind an access; those on instructions are met again.
fn data_breakpoints(dr7: u32) -> u32 {
    (0..4).filter(|n| dr7 >> (16 + 4 * n) & 3 != 0).fold(0, |bits, n| bits | 1 << n)
}

/// Whether a CPU stands where RESET and INIT leave it.
pub(super) fn at_reset(cpu: &CpuState) -> bool {
    cpu.eip == 0xFFF0 && cpu.seg[Seg::Cs as usize].base == 0xFFFF_0000
}
