//! Random states of a CPU that a guest could have brought about.

use engine::{CpuState, CrZero, EFlags, F80, Model, Seg, SegAccess, Segment};

/// A xorshift sequence.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn dword(&mut self) -> u32 {
        (self.next() >> 16) as u32
    }
    fn coin(&mut self) -> bool {
        self.next() >> 40 & 1 != 0
    }
}

const DATA: SegAccess =
    SegAccess::PRESENT.union(SegAccess::CODE_DATA).union(SegAccess::READ_WRITE).union(SegAccess::ACCESSED);

/// A segment of any base; beyond 1 MiB in whole pages.
fn segment(random: &mut Random, access: SegAccess) -> Segment {
    let limit = random.dword();
    let granular = limit > 0xF_FFFF;
    let limit = if granular { limit | 0xFFF } else { limit };
    let flag = if granular { SegAccess::GRANULAR } else { SegAccess::empty() };
    Segment { base: random.dword(), limit, selector: random.dword() as u16, access: access | flag }
}

/// Real (with or without big segments) or protected mode, and if they are wanted paging and virtual-8086 mode, with everything else
/// at random.
pub(crate) fn state(random: &mut Random, v86: bool, paging: bool) -> CpuState {
    let mut cpu = CpuState::power_on(Model::Pentium3);
    cpu.gpr = std::array::from_fn(|_| random.dword());
    cpu.eip = random.dword();
    let flags = EFlags::CF | EFlags::PF | EFlags::AF | EFlags::ZF | EFlags::SF | EFlags::DF | EFlags::OF;
    cpu.eflags |=
        random.dword() & (flags | EFlags::IF | EFlags::IOPL | EFlags::NT | EFlags::AC | EFlags::ID).bits();
    cpu.cr2 = random.dword();
    cpu.cr3 = random.dword() & !0xFFF;
    cpu.gdtr = engine::Table { base: random.dword(), limit: random.dword() as u16 };
    cpu.idtr = engine::Table { base: random.dword(), limit: random.dword() as u16 };
    match random.next() % if v86 { 4 } else { 3 } {
        0 => {
            cpu.seg = std::array::from_fn(|_| Segment::real(random.dword() as u16, DATA));
        }
        1 => {
            cpu.seg = std::array::from_fn(|_| segment(random, DATA));
            cpu.seg[Seg::Cs as usize] = Segment::real(random.dword() as u16, DATA);
        }
        2 => protect(&mut cpu, random, paging),
        _ => {
            cpu.cr0 |= CrZero::PE.bits();
            cpu.eflags |= EFlags::VM.bits();
            cpu.cpl = 3;
            cpu.seg = std::array::from_fn(|_| Segment::real(random.dword() as u16, DATA | SegAccess::DPL));
        }
    }
    units(&mut cpu, random);
    cpu
}

fn protect(cpu: &mut CpuState, random: &mut Random, paging: bool) {
    cpu.cr0 |= CrZero::PE.bits();
    if paging && random.coin() {
        cpu.cr0 |= (CrZero::PG | CrZero::WP).bits();
        cpu.cr4 |= 1 << 4;
    }
    let user = random.coin();
    cpu.cpl = if user { 3 } else { 0 };
    let level = if user { SegAccess::DPL } else { SegAccess::empty() };
    cpu.seg = std::array::from_fn(|_| segment(random, DATA | level | SegAccess::BIG));
    cpu.seg[Seg::Cs as usize].access |= SegAccess::CODE;
    if random.coin() {
        cpu.seg[Seg::Gs as usize].access |= SegAccess::UNUSABLE;
    }
    cpu.ldtr = segment(random, SegAccess::PRESENT | SegAccess::from_bits_retain(2));
    cpu.tr = segment(random, SegAccess::PRESENT | SegAccess::from_bits_retain(0xB));
}

/// x87, SSE, debug and model-specific registers, and what holds events back.
fn units(cpu: &mut CpuState, random: &mut Random) {
    for register in &mut cpu.fpu.st {
        *register = F80 { mantissa: random.next() | 1 << 63, sign_exponent: random.dword() as u16 | 1 };
    }
    let fpu = &mut cpu.fpu;
    fpu.control = random.dword() as u16 & 0x0F3F | 0x40;
    fpu.status = random.dword() as u16 & 0x7F00;
    fpu.tags = (0..8).filter(|_| random.coin()).fold(0, |tags, n| tags | 3 << (2 * n));
    fpu.opcode = random.dword() as u16 & 0x7FF;
    (fpu.ip, fpu.dp) = (random.dword(), random.dword());
    (fpu.cs, fpu.ds) = (random.dword() as u16, random.dword() as u16);
    cpu.xmm = std::array::from_fn(|_| [random.next(), random.next()]);
    cpu.mxcsr = random.dword() & 0xFFBF;
    (0..4).for_each(|n| cpu.dr[n] = random.dword());
    cpu.dr[6] |= random.dword() & 0x400F;
    cpu.dr[7] |= random.dword() & 0x3FF;
    cpu.msr.sysenter_cs = random.dword() & 0xFFFF;
    (cpu.msr.sysenter_esp, cpu.msr.sysenter_eip) = (random.dword(), random.dword());
    let state = &mut cpu.interruptibility;
    state.nmi_blocked = random.coin();
    state.nmi_pending = random.coin();
    state.sti_shadow = random.coin();
    state.ss_shadow = !state.sti_shadow && random.coin();
    cpu.retired = random.next() >> 20;
}

/// Without what KVM may tell otherwise: the counter goes on meanwhile, some CPUs do not tell the two shadows apart, and of tags only
/// "empty" counts.
pub(crate) fn comparable(mut cpu: CpuState) -> CpuState {
    cpu.msr.tsc_offset = 0;
    let state = &mut cpu.interruptibility;
    state.ss_shadow |= std::mem::take(&mut state.sti_shadow);
    for n in 0..8 {
        if cpu.fpu.tags >> (2 * n) & 3 != 3 {
            cpu.fpu.tags &= !(3 << (2 * n));
        }
    }
    cpu
}
